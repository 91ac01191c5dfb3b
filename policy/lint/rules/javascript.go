package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func javascript() []Rule {
	no := Literal("false", "0")
	yes := Literal("true", "1")
	bundle := "If the server's CA is a private one, make a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and "
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-JS-001", Title: "JavaScript client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the option. " + bundle + "name it in NODE_EXTRA_CA_CERTS, or give it as the option ca.",
				References: []string{"https://nodejs.org/api/tls.html#tlsconnectoptions-callback", "https://nodejs.org/api/cli.html#node_extra_ca_certsfile"},
			},
			Match: []*Match{
				FieldWhere(no, func(f *syntax.File, s *syntax.Setting) bool { return !serverSide(f, s) }, "rejectUnauthorized").In("javascript").Or("true"),
				FieldWhere(no, serverSide, "rejectUnauthorized").In("javascript").
					As(finding.Low, "JavaScript server asks for client certificates and takes any"),
				Field(no, "strictSSL", "sslValidate", "sslVerify", "verifySSL", "verifySsl", "validateCertificate", "validateCertificates", "verifyCertificate", "checkServerCertificate", "strictSsl").In("javascript").Or("true"),
				Field(yes, "tlsAllowInvalidCertificates", "tlsInsecure", "trustServerCertificate", "trustAllCerts", "trustAllCertificates", "allowInvalidCertificates", "insecureSkipVerify",
					"skipTlsVerify", "skipTLSVerify", "insecureSkipTlsVerify", "ignoreSslErrors", "ignoreSSLErrors", "ignoreSslError", "allowUnauthorizedCerts", "allowUnauthorized",
					"ignoreInvalidCertificates", "ignoreCertificateErrors", "disableTLSVerification", "sslInsecure").In("javascript").Or("false"),
				Field(no, "SSL_VERIFYPEER", "PROXY_SSL_VERIFYPEER").In("javascript").Or("1"),
				Call([]string{".setOpt", ".setopt"}, curlOption("SSL_VERIFYPEER", "PROXY_SSL_VERIFYPEER"), no).In("javascript").Or("true"),
				Call([]string{".disableTLSCerts"}).In("javascript"),
			},
			Bad: []Example{
				{"client.js", "const agent = new https.Agent({ rejectUnauthorized: «false» });\n"},
				{"client.js", "axios.get(url, {\n  httpsAgent: new https.Agent({\n    keepAlive: true,\n    rejectUnauthorized:\n      «false», // self-signed\n  }),\n});\n"},
				{"client.ts", "const options: RequestOptions = { 'rejectUnauthorized': «false» };\noptions.rejectUnauthorized = «!true»;\noptions[\"rejectUnauthorized\"] = «!!false»;\n"},
				{"client.js", "https.globalAgent.options.rejectUnauthorized = «false»;\n"},
				{"bundle.js", "const a=new h.Agent({rejectUnauthorized:«!1»}),b=3;\n"},
				{"client.js", "const client = new Client({ connectionString, ssl: { rejectUnauthorized: «false» } });\n"},
				{"client.mjs", "const { body } = await got(url, { https: { rejectUnauthorized: «false» } });\nconst d = new Agent({ connect: { rejectUnauthorized: «false» } });\n"},
				{"client.js", "request({ url, strictSSL: «false», agentOptions: { rejectUnauthorized: «false» } }, done);\n"},
				{"db.js", "mongoose.connect(uri, { sslValidate: «false» });\nconst c = new MongoClient(uri, { tlsAllowInvalidCertificates: «true» });\n"},
				{"db.ts", "const config = { server, options: { encrypt: true, trustServerCertificate: «true» } };\n"},
				{"curl.js", "curl.setOpt('SSL_VERIFYPEER', «false»);\ncurl.setOpt(Curl.option.SSL_VERIFYPEER, «0»);\nconst o = { SSL_VERIFYPEER: «0» };\n"},
				{"agent.js", "superagent.get(url).«disableTLSCerts»().end();\n"},
				{"App.vue", "<template><p>rejectUnauthorized: false</p></template>\n<script>\nexport default { agent: new https.Agent({ rejectUnauthorized: «false» }) }\n</script>\n"},
				{"server.js", "https.createServer({ key, cert, requestCert: true, rejectUnauthorized: «false» }, app);\n"},
				{"const.js", "const strict = false;\nconst agent = new https.Agent({ rejectUnauthorized: «strict» });\n"},
			},
			Good: []Example{
				{"client.js", "const agent = new https.Agent({ rejectUnauthorized: true, ca: fs.readFileSync('ca.pem') });\nconst b = { rejectUnauthorized: !false };\n"},
				{"client.js", "// const agent = new https.Agent({ rejectUnauthorized: false });\n/* rejectUnauthorized: false */\nconst text = 'rejectUnauthorized: false';\nconst html = `{ rejectUnauthorized: false }`;\n"},
				{"client.js", "const agent = new https.Agent({ rejectUnauthorized: !insecure });\nconst b = { rejectUnauthorized: process.env.STRICT !== 'false' };\n"},
				{"client.js", "if (options.rejectUnauthorized === false || options.rejectUnauthorized == false) {\n  throw new Error('rejectUnauthorized: false');\n}\n"},
				{"types.ts", "export interface Options {\n  rejectUnauthorized?: boolean;\n  strictSSL: false | true;\n}\n"},
				{"client.test.js", "expect(agent.options.rejectUnauthorized).toBe(true);\nassert.equal(agent.options.rejectUnauthorized, true);\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JS-002", Title: "JavaScript client does not check the host name", Severity: finding.High, CWE: 297,
				Why:        whyHostName,
				Fix:        "Remove checkServerIdentity. If the name in the certificate is another one, give that as servername; what the function should add, it does after tls.checkServerIdentity.",
				References: []string{"https://nodejs.org/api/tls.html#tlscheckserveridentityhostname-cert", "https://docs.deno.com/api/deno/~/Deno.ConnectTlsOptions"},
			},
			Match: []*Match{
				Callback([]string{"", "undefined", "null", "void0", "true", "return"}, "checkServerIdentity").In("javascript"),
				Field(Literal("undefined", "null", "noop", "_.noop", "lodash.noop", "false"), "checkServerIdentity").In("javascript"),
				Field(yes, "unsafelyDisableHostnameVerification", "tlsAllowInvalidHostnames").In("javascript").Or("false"),
				Field(no, "SSL_VERIFYHOST").In("javascript").Or("2"),
				Call([]string{".setOpt", ".setopt"}, curlOption("SSL_VERIFYHOST"), no).In("javascript").Or("2"),
			},
			Bad: []Example{
				{"client.js", "const agent = new https.Agent({ checkServerIdentity: «() => {}» });\n"},
				{"client.js", "const agent = new https.Agent({\n  checkServerIdentity: «function (host, cert) {\n    return undefined; // fine\n  }»,\n});\n"},
				{"client.js", "tls.connect({ host, checkServerIdentity: «() => undefined» });\noptions.checkServerIdentity = «(host, cert) => null»;\n"},
				{"client.js", "tls.connect({ host, checkServerIdentity: «noop» });\n"},
				{"client.js", "tls.connect({ host, checkServerIdentity() { } });\ntls.connect({ host, checkServerIdentity: «() => { return; }» });\n"},
				{"client.ts", "await Deno.connectTls({ hostname, port, unsafelyDisableHostnameVerification: «true» });\n"},
			},
			Good: []Example{
				{"client.js", "const agent = new https.Agent({\n  checkServerIdentity: (host, cert) => {\n    const err = tls.checkServerIdentity(host, cert);\n    if (err) return err;\n  },\n});\n"},
				{"client.js", "const agent = new https.Agent({\n  checkServerIdentity: (host, cert) => {\n    if (cert.fingerprint256 !== pin) {\n      throw new Error('pin');\n    }\n  },\n});\n// checkServerIdentity: () => {}\n"},
				{"client.js", "const agent = new https.Agent({ checkServerIdentity: tls.checkServerIdentity });\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JS-003", Title: "development proxy takes any certificate", Severity: finding.Low, CWE: 295,
				Why:        "What the proxy of a development server sends on, session cookies among it, goes to whoever answers for the target. Tokens of shared test systems get lost this way.",
				Fix:        "Remove \"secure\": false. " + bundle + "start the development server with NODE_EXTRA_CA_CERTS naming it.",
				References: []string{"https://github.com/http-party/node-http-proxy#options", "https://vite.dev/config/server-options#server-proxy", "https://webpack.js.org/configuration/dev-server/#devserverproxy"},
			},
			Match: []*Match{
				Find([]string{"secure"}, devProxy).In("javascript", "json"),
			},
			Bad: []Example{
				{"vite.config.js", "export default { server: { proxy: { '/api': { target: 'https://mux.example.com', changeOrigin: true, secure: «false» } } } };\n"},
				{"proxy.conf.json", "{\n  \"/api\": {\n    \"target\": \"https://mux.example.com\",\n    \"secure\": «false»\n  }\n}\n"},
			},
			Good: []Example{
				{"vite.config.js", "export default { server: { proxy: { '/api': { target: 'http://mux.example.com', secure: false } } } };\n"},
				{"app.js", "app.use(session({ secret, cookie: { secure: false, httpOnly: true } }));\nconst t = nodemailer.createTransport({ host, port: 587, secure: false });\n"},
				{"proxy.conf.json", "{\"/api\": {\"target\": \"https://mux.example.com\", \"secure\": true}}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JS-004", Title: "JavaScript program allows TLS before 1.2", Severity: finding.Medium, CWE: 326,
				Why:        whyOld,
				Fix:        "Remove the option (Node's own minimum is TLS 1.2), or set minVersion to 'TLSv1.2'. Peers that speak nothing newer must be updated first.",
				References: []string{"https://nodejs.org/api/tls.html#tlscreatesecurecontextoptions", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Field(Exactly("TLSv1", "TLSv1.1", "TLSv1.0", "SSLv3"), "minVersion", "maxVersion", "DEFAULT_MIN_VERSION", "DEFAULT_MAX_VERSION").In("javascript").Or("TLSv1.2"),
				Field(Exactly("SSLv2_method", "SSLv3_method", "SSLv2_client_method", "SSLv3_client_method", "SSLv3_server_method", "TLSv1_method", "TLSv1_client_method", "TLSv1_server_method",
					"TLSv1_1_method", "TLSv1_1_client_method", "TLSv1_1_server_method"), "secureProtocol").In("javascript"),
			},
			Bad: []Example{
				{"server.js", "https.createServer({ key, cert, minVersion: '«TLSv1»' }, app);\n"},
				{"server.js", "tls.DEFAULT_MIN_VERSION = '«TLSv1.1»';\n"},
				{"client.js", "const agent = new https.Agent({ secureProtocol: \"«TLSv1_method»\" });\n"},
			},
			Good: []Example{
				{"server.js", "https.createServer({ key, cert, minVersion: 'TLSv1.2', secureProtocol: 'TLSv1_2_method' }, app);\n"},
				{"server.js", "// minVersion: 'TLSv1'\nif (options.minVersion === 'TLSv1') throw new Error();\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JS-005", Title: "JavaScript program offers weak ciphers", Severity: finding.Medium, CWE: 327,
				Why:        whyWeak,
				Fix:        "Remove the option: Node's own list is a good one.",
				References: []string{"https://nodejs.org/api/tls.html#modifying-the-default-tls-cipher-suite"},
			},
			Match: []*Match{
				Field(quoted(weakCiphers), "ciphers", "DEFAULT_CIPHERS").In("javascript"),
			},
			Bad: []Example{
				{"client.js", "const agent = new https.Agent({ ciphers: '«DEFAULT@SECLEVEL=0»' });\ntls.DEFAULT_CIPHERS = '«ALL:RC4»';\n"},
			},
			Good: []Example{
				{"client.js", "const agent = new https.Agent({ ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:!RC4:!aNULL' });\n// ciphers: 'RC4'\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JS-006", Title: "JavaScript program talks in plaintext", Severity: finding.Low, CWE: 319,
				Why:        whyPlaintext,
				Fix:        "Switch TLS on, and give the CA's certificates; for a private CA make the file with `muxkey trust build ca.pem -o ca-bundle.pem`.",
				References: []string{"https://nodemailer.com/smtp/", "https://grpc.github.io/grpc/node/grpc.credentials.html"},
			},
			Match: []*Match{
				Field(yes, "ignoreTLS").In("javascript").Or("false"),
				Call([]string{"credentials.createInsecure", "ChannelCredentials.createInsecure"}).In("javascript"),
				FieldWhere(no, calledLike("Minio.Client", "minio.Client", "Client"), "useSSL").In("javascript"),
				FieldWhere(no, func(f *syntax.File, s *syntax.Setting) bool {
					return sibling(f, s, "trustServerCertificate") != nil
				}, "encrypt").In("javascript").Hinting("encrypt"),
			},
			Bad: []Example{
				{"mail.js", "const t = nodemailer.createTransport({ host, port: 25, ignoreTLS: «true» });\n"},
				{"rpc.js", "const client = new Mux(addr, grpc.credentials.«createInsecure»());\n"},
				{"s3.js", "const c = new Minio.Client({ endPoint: 's3.example.com', port: 9000, useSSL: «false», accessKey, secretKey });\n"},
				{"db.js", "const config = { options: { encrypt: «false», trustServerCertificate: false } };\n"},
			},
			Good: []Example{
				{"mail.js", "const t = nodemailer.createTransport({ host, port: 465, secure: true, ignoreTLS: false });\n"},
				{"rpc.js", "const client = new Mux(addr, grpc.credentials.createSsl(ca));\n// grpc.credentials.createInsecure()\nserver.bindAsync(addr, grpc.ServerCredentials.createInsecure(), done);\n"},
				{"cookie.js", "const options = { encrypt: false };\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JS-007", Title: "JavaScript program takes any SSH host key", Severity: finding.Medium, CWE: 322,
				Why:        whySSH,
				Fix:        "Compare the key with the one that the server's owner gives out.",
				References: []string{"https://github.com/mscdex/ssh2#client-methods"},
			},
			Match: []*Match{Callback([]string{"true", "cb(true)", "callback(true)", "verify(true)", "done(true)"}, "hostVerifier").In("javascript")},
			Bad: []Example{
				{"ssh.js", "conn.connect({ host, username, hostVerifier: «() => true» });\n"},
				{"ssh.js", "conn.connect({ host, hostVerifier: «function (key, verify) { verify(true); }» });\n"},
			},
			Good: []Example{
				{"ssh.js", "conn.connect({ host, hostHash: 'sha256', hostVerifier: (key) => key === known });\n// hostVerifier: () => true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JS-008", Title: "JavaScript client takes self-signed certificates", Severity: finding.Medium, CWE: 295,
				Why:        "Everybody can make a self-signed certificate with the server's name in it. The client cannot tell the server's from an attacker's.",
				Fix:        "Trust that one certificate, not all: put it into a bundle with `muxkey trust build server.pem -o ca-bundle.pem`, and give that as the option ca.",
				References: []string{"https://nodejs.org/api/tls.html#tlsconnectoptions-callback"},
			},
			Match: []*Match{
				Field(yes, "allowSelfSigned", "acceptSelfSigned", "allowSelfSignedCerts", "allowSelfSignedCertificates", "acceptSelfSignedCerts", "selfSignedCert", "trustSelfSigned").In("javascript").Or("false"),
			},
			Bad: []Example{
				{"client.js", "const c = new Client({ host, allowSelfSigned: «true» });\n"},
			},
			Good: []Example{
				{"client.js", "const c = new Client({ host, allowSelfSigned: false });\n// allowSelfSigned: true\n"},
			},
		},
	}
}

// serverSide tells that an option belongs to a server which asks its clients for
// certificates.
func serverSide(f *syntax.File, s *syntax.Setting) bool {
	o := sibling(f, s, "requestCert")
	return o != nil && o.Value.Text == "true"
}

// curlOption is an option of libcurl by its name, in quotes or as a constant.
func curlOption(names ...string) Is {
	return func(v syntax.Value) bool {
		return slices.ContainsFunc(names, func(n string) bool { return lastParts(v.Text, n) })
	}
}

// devProxy finds "secure: false" beside a target with https.
func devProxy(f *syntax.File, report func(Hit)) {
	for i := range f.Settings {
		s := &f.Settings[i]
		if s.Path[len(s.Path)-1] != "secure" || s.Value.Text != "false" || s.Value.Form == syntax.Quoted {
			continue
		}
		if target := sibling(f, s, "target"); target != nil && strings.HasPrefix(target.Value.Text, "https://") {
			report(Hit{Span: s.Value.Span, Block: s.Block})
		}
	}
}
