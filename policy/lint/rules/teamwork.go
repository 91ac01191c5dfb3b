package rules

import (
	"regexp"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

const (
	twcTLS   = "https://docs.nomagic.com/display/TWCloud2022xR1/Enabling+secure+connection+between+client+and+server"
	twcAuth  = "https://docs.nomagic.com/spaces/MCS/pages/247046553"
	twcWeb   = "https://docs.nomagic.com/spaces/TWCloud2024xR3/pages/227171466"
	twcKeys  = "https://docs.nomagic.com/x/IbegBw"
	twcAdmin = "https://docs.nomagic.com/display/TWCloud190SP4/Configuring+TWCloud+Admin"
	twcTrust = "`muxkey trust build teamworkcloud.crt --target teamwork-cloud -o DIR` writes what clients take."
)

func teamwork() []Rule {
	files := []string{"authserver*.properties", "webappplatform*.properties"}
	ours := mentions("twc", "teamwork", "magiccollab", "nomagic")
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-TWC-001", Title: "Teamwork Cloud's web applications take any certificate", Severity: finding.Critical, CWE: 295,
				Why:        "The web platform gives the passwords and tokens of its users to whoever answers for Teamwork Cloud or for the authentication server. This is how it is shipped.",
				Fix:        "Set it to `false`. The certificates of the other services, or their CA, must be in the trust store of the Java that runs the platform first: `muxkey trust build teamworkcloud.crt --target java-cacerts -o cacerts`.",
				References: []string{twcWeb, twcTLS},
			},
			Match: []*Match{
				Key(True, "twc.client.ignore.certificate", "authentication.server.ignore.certificate").Or("false"),
				Key(True, "http.client.ignore.certificate", "cassandra.ssl.ignore.certificate").As(finding.High, "").Or("false"),
			},
			Bad: []Example{
				{"WebAppPlatform/shared/conf/webappplatform.properties", "authentication.server.ignore.certificate=«true»\ntwc.client.ignore.certificate=«true»\nhttp.client.ignore.certificate = «true»\n"},
				{"authserver.properties", "cassandra.ssl.enabled=true\ncassandra.ssl.ignore.certificate=«true»\n"},
				{"compose.yaml", "services:\n  web:\n    environment:\n      TWC_CLIENT_IGNORE_CERTIFICATE: \"«true»\"\n"},
			},
			Good: []Example{
				{"webappplatform.properties", "#twc.client.ignore.certificate=true\ntwc.client.ignore.certificate=false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TWC-002", Title: "Teamwork Cloud talks to its database or its message broker without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "Models, tokens and passwords go over the wire as they are. It does no harm on one machine, and much between two.",
				Fix:        "Set it to `true`; the services need a keystore and a trust store first. `muxkey create` and `muxkey trust build` make them.",
				References: []string{twcAuth, twcWeb},
			},
			Match: []*Match{
				Key(False, "cassandra.ssl.enabled").At(twcFiles()...).If(not(twcLoopback)).Or("true"),
				Key(False, "cassandra.ssl.enabled").At(twcFiles()...).If(twcLoopback).As(finding.Low, "").Or("true"),
				Key(False, "messaging.server.ssl.enabled", "messaging.server.security.enabled").Or("true"),
			},
			Bad: []Example{
				{"authserver.properties", "cassandra.contactPoints=10.0.0.5\ncassandra.ssl.enabled=«false»\n"},
				{"authserver.properties", "cassandra.contactPoints=127.0.0.1\ncassandra.ssl.enabled=«false»\n"},
				{"webappplatform.properties", "messaging.server.ssl.enabled=«false»\nmessaging.server.security.enabled=«false»\n"},
			},
			Good: []Example{
				{"webappplatform.properties", "messaging.server.ssl.enabled=true\n#messaging.server.security.enabled=false\n"},
				{"cassandra-test.properties", "cassandra.ssl.enabled=false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TWC-003", Title: "the web platform talks to Teamwork Cloud without TLS", Severity: finding.High, CWE: 319,
				Why:        "The models themselves, and the tokens of those who look at them, go over the plain port. Who stands in between reads and changes them.",
				Fix:        "Set `twc.client.tls=true` with `twc.client.keystore.type`, `.path` and `.password`, and `twc.client.port=10002`. " + twcTrust,
				References: []string{twcWeb, twcTLS},
			},
			Match: []*Match{
				Key(False, "twc.client.tls").Or("true"),
				Key(Some, "twc.client.port").If(not(anywhere(anyValue, "twc.client.tls"))),
			},
			Bad: []Example{
				{"webappplatform.properties", "twc.client.tls=«false»\ntwc.client.port=3579\n"},
				{"webappplatform.properties", "#twc.client.tls=true\ntwc.client.port=«3579»\n"},
			},
			Good: []Example{
				{"webappplatform.properties", "twc.client.tls=true\ntwc.client.port=10002\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TWC-004", Title: "Teamwork Cloud serves without TLS", Severity: finding.High, CWE: 319,
				Why:        "Who stands between a browser and the server reads the password of an administrator, and everything after it.",
				Fix:        "Set `esi.httpd.ssl.enabled = true` and, on old servers, `esi.console.protocol = \"https\"`. The keystore comes first: `muxkey create HOST -o keystore.p12 --alias teamworkcloud`.",
				References: []string{twcTLS, twcAdmin},
			},
			Match: []*Match{
				Key(False, "esi.httpd.ssl.enabled").Hinting("httpd").Or("true"),
				Key(OneOf("http"), "esi.console.protocol").If(mentions("esi")).Or("https"),
			},
			Bad: []Example{
				{"run.sh", "java -Desi.httpd.ssl.enabled=«false» -jar twc.jar\n"},
				{"configuration/application.conf", "esi {\n  httpd {\n    ssl { enabled = «false» }\n  }\n  console {\n    protocol = \"«http»\"\n    port = 8111\n  }\n}\n"},
			},
			Good: []Example{
				{"run.sh", "java -Desi.httpd.ssl.enabled=true -jar twc.jar\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TWC-005", Title: "the plain port of Teamwork Cloud can be reached", Severity: finding.High, CWE: 319,
				Why:        "Port 3579 stays open after TLS is switched on, and clients that were set up for it go on using it. What they send can be read and changed.",
				Fix:        "Let a firewall close 3579, publish 10002 alone, and tell people to log in with `HOST:10002`. " + twcTrust,
				References: []string{twcTLS},
			},
			Match: []*Match{
				Within("esi.net.connectors", OneOf("raw"), "protocol").Hinting("^connectors").In("properties", "ini", "conf", "env", "yaml", "json", "xml", "hocon", "toml", "shell", "batch", "powershell", "dockerfile", "makefile"),
				Key(portMapping("3579"), "ports", "containerPort", "nodePort", "targetPort").In("yaml").If(ours).Hinting("3579").As(finding.Medium, ""),
				FlagIs("docker", portMapping("3579"), "-p", "--publish").Hinting("3579").If(ours).As(finding.Medium, ""),
				FlagIs("podman", portMapping("3579"), "-p", "--publish").Hinting("3579").If(ours).As(finding.Medium, ""),
			},
			Bad: []Example{
				{"run.sh", "java -Desi.net.connectors.0.port=3579 -Desi.net.connectors.0.protocol=«raw» -jar twc.jar\n"},
				{"application.conf", "esi.net.connectors = [\n  { host = \"0.0.0.0\", port = 3579, protocol = «raw» }\n]\n"},
				{"compose.yaml", "services:\n  twcloud:\n    image: twcloud\n    ports:\n      - \"«3579:3579»\"\n      - \"10002:10002\"\n"},
			},
			Good: []Example{
				{"compose.yaml", "services:\n  requests:\n    image: ombi\n    ports:\n      - \"3579:3579\"\n"},
				{"compose.yaml", "services:\n  twcloud:\n    ports:\n      - \"10002:10002\"\n      - \"13579:3570\"\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TWC-006", Title: "services of Teamwork Cloud reach each other by plain HTTP", Severity: finding.High, CWE: 319,
				Why:        "Log-ins and tokens go over these addresses. Who reads along is logged in as well.",
				Fix:        "Use `https`. Each service must trust the certificate of the others first: `muxkey trust build teamworkcloud.crt --target java-cacerts -o cacerts`.",
				References: []string{twcAuth, twcWeb},
			},
			Match: []*Match{
				Key(OneOf("http"), "authentication.server.protocol", "twc.rest.protocol").Or("https"),
				URL([]string{"http"}, func(u syntax.URL) bool { return len(u.Key) > 0 }).At(files...),
			},
			Bad: []Example{
				{"webappplatform.properties", "authentication.server.protocol=«http»\ntwc.rest.protocol=«http»\n"},
				{"authserver.properties", "authentication.server.url=«http://mcs.example.com:8111»\n"},
			},
			Good: []Example{
				{"webappplatform.properties", "authentication.server.protocol=https\n# see http://docs.example.com\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TWC-007", Title: "a password that Teamwork Cloud is shipped with", Severity: finding.High, CWE: 1392,
				Why:        "Everybody knows it. The keystore that it opens holds the key of the server and that with which log-ins are signed: whoever has the file can be any user.",
				Fix:        "Give the keystore another password, `muxkey password keystore.p12`, and write that, on all nodes, in the settings of the server and here. Change the secrets of clients and the administrator as well.",
				References: []string{twcAuth, twcKeys},
			},
			Match: []*Match{
				sample("nomagic"),
				Key(Exactly("CHANGE_ME"), "authentication.client.secret", "console.client.pswd").Secret(),
				Key(Exactly("Administrator"), "twc.admin.password").Secret(),
				Key(Exactly("artemis"), "messaging.server.password", "messaging.client.password").Secret(),
			},
			Bad: []Example{
				{"authserver.properties", "authentication.server.key-store-password=«nomagic»\nauthentication.server.key-password=«nomagic»\nauthentication.client.secret=«CHANGE_ME»\n"},
				{"webappplatform.properties", "twc.admin.username=Administrator\ntwc.admin.password=«Administrator»\n"},
				{"generateCerts.sh", "keytool -genkeypair -alias twc -keystore keystore.p12 -storepass «nomagic» -keypass «nomagic»\n"},
			},
			Good: []Example{
				{"authserver.properties", "authentication.server.key-store-password=${TWC_PASSWORD}\nvendor=nomagic\n"},
				{"a.sh", "docker pull nomagic\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TWC-008", Title: "Teamwork Cloud sends log-ins back to any address", Severity: finding.High, CWE: 601,
				Why:        "The bare word `http` stands at the beginning of every address. A link that somebody made brings the token of whoever clicks on it to their own server.",
				Fix:        "List the whole `https://HOST:PORT/...` addresses of your web applications.",
				References: []string{twcAuth},
			},
			Match: []*Match{
				Key(bareScheme, "authentication.redirect.uri.whitelist"),
			},
			Bad: []Example{
				{"authserver.properties", "authentication.redirect.uri.whitelist=«http»\n"},
				{"authserver.properties", "authentication.redirect.uri.whitelist=«https://mcs.example.com/,https»\n"},
			},
			Good: []Example{
				{"authserver.properties", "authentication.redirect.uri.whitelist=https://127.0.0.1:8443/,https://mcs.example.com/webapp/\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TWC-009", Title: "Teamwork Cloud signs SAML messages with SHA-1", Severity: finding.Medium, CWE: 328,
				Why:        "Two different messages with the same SHA-1 can be made for money. Identity providers begin to refuse such signatures.",
				Fix:        "Set `authentication.saml.signature.algorithm=SHA256`, on the side of the identity provider as well.",
				References: []string{twcAuth},
			},
			Match: []*Match{
				Key(OneOf("SHA1", "SHA-1"), "authentication.saml.signature.algorithm").Or("SHA256"),
			},
			Bad: []Example{
				{"authserver.properties", "authentication.saml.signature.algorithm=«SHA1»\n"},
			},
			Good: []Example{
				{"authserver.properties", "#authentication.saml.signature.algorithm=SHA1\nauthentication.saml.signature.algorithm=SHA256\n"},
			},
		},
	}
}

// twcLoopback tells whether the database of the file is on this machine.
func twcLoopback(f *syntax.File, _ Hit) bool {
	for _, s := range f.Settings {
		last := strings.ToLower(s.Path[len(s.Path)-1])
		if strings.Contains(last, "cassandra") && (strings.Contains(last, "contact") || strings.Contains(last, "host")) {
			return nearby(s.Value.Text)
		}
	}
	return false
}

// portMapping is a port, alone or as one end of host:container.
func portMapping(port string) Is {
	re := regexp.MustCompile(`(?:^|:)` + port + `(?::|/|$)`)
	return func(v syntax.Value) bool {
		text, ok := plain(v)
		return ok && re.MatchString(text)
	}
}

// bareScheme is a list with the name of a scheme in it, and nothing behind it.
func bareScheme(v syntax.Value) bool {
	text, ok := plain(v)
	if !ok {
		return false
	}
	for item := range strings.SplitSeq(text, ",") {
		switch strings.ToLower(strings.TrimSpace(item)) {
		case "http", "https", "http://", "https://", "*":
			return true
		}
	}
	return false
}

// twcFiles are the files in which the services of Teamwork Cloud name their
// database; others have settings of the same names.
func twcFiles() []string {
	return []string{"authserver.properties", "webappplatform.properties", "application.conf"}
}
