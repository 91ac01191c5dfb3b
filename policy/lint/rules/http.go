package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func http() []Rule {
	httpie := []string{"http", "https", "httpie", "xh", "xhs", "httpx"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-HTTP-001", Title: "a client for HTTP, gRPC or WebSocket takes any certificate", Severity: finding.Medium, CWE: 295,
				Why:        "What is sent, tokens and passwords as well, goes to whoever answers. A test that passes so says nothing about certificates.",
				Fix:        "Remove the option, and give the CA: `--verify ca-bundle.pem` for HTTPie and xh, `--ssl-extra-ca-certs` for newman, `-cacert` for grpcurl, `-root-certs` for vegeta, `--cacert` for hurl. `muxkey trust build ca.pem -o ca-bundle.pem` makes the bundle.",
				References: []string{"https://httpie.io/docs/cli/server-ssl-certificate-verification", "https://learning.postman.com/docs/collections/using-newman-cli/newman-options/", "https://grafana.com/docs/k6/latest/using-k6/k6-options/reference/#insecure-skip-tls-verify", "https://github.com/fullstorydev/grpcurl#usage", "https://hurl.dev/docs/manual.html"},
			},
			Match: []*Match{
				FlagsAre(httpie, False, "--verify").Hinting("verify=no", "verify=false", "verify=off", "verify=0", "verify no", "verify false", "verify off", "verify 0", `verify", "`, "verify', '"),
				Flags([]string{"xh", "xhs"}, "--insecure").Gone(),
				Flags([]string{"newman", "hurl", "websocat", "bombardier", "oha", "artillery", "wrk2", "evans", "drill", "goku", "autocannon", "insomnia", "inso", "bru"}, "--insecure", "--disableCertValidation").Gone(),
				Flags([]string{"newman", "hurl", "bombardier", "artillery", "websocat"}, "-k"),
				Flags([]string{"k6", "k6-operator"}, "--insecure-skip-tls-verify").Gone(),
				Env(True, "K6_INSECURE_SKIP_TLS_VERIFY").Or("false"),
				Assign(True, "insecureSkipTLSVerify").In("javascript").Or("false"),
				Flags([]string{"vegeta"}, "-insecure").Hinting("vegeta").Gone(),
				Flags([]string{"grpcurl", "grpcui"}, "-insecure", "--insecure").Hinting("grpcurl", "grpcui").Gone(),
				Flags([]string{"ghz"}, "--skipTLS").Hinting("skiptls").Gone(),
				Flags([]string{"wscat"}, "-n", "--no-check").Hinting("wscat").Gone(),
				Flags([]string{"mitmproxy", "mitmdump", "mitmweb"}, "--ssl-insecure", "-k").Hinting("mitmproxy", "mitmdump", "mitmweb").Gone(),
				Key(True, "ssl_insecure").At(".mitmproxy/config.yaml", "mitmproxy/config.yaml").Or("false"),
				Key(False, "config.tls.rejectUnauthorized").In("yaml").Or("true"),
			},
			Bad: []Example{
				{"test.sh", "http «--verify=no» https://mux.example.com/\nhttps «--verify» false mux.example.com\nxh «--verify=no» https://mux.example.com/\nnewman run mux.json «--insecure»\nnewman run mux.json «-k»\n"},
				{"test.sh", "k6 run «--insecure-skip-tls-verify» mux.js\nexport K6_INSECURE_SKIP_TLS_VERIFY=«true»\nvegeta attack «-insecure» -targets t\ngrpcurl «-insecure» mux.example.com:443 list\nhurl «--insecure» mux.hurl\n"},
				{"load.yml", "config:\n  target: https://mux.example.com\n  tls:\n    rejectUnauthorized: «false»\n"},
				{"load.js", "export const options = { vus: 10, insecureSkipTLSVerify: «true» };\n"},
			},
			Good: []Example{
				{"test.sh", "http --verify=yes https://mux.example.com/\nhttp --verify ca.pem https://mux.example.com/\nnewman run mux.json --ssl-extra-ca-certs ca.pem\nk6 run mux.js\n"},
				{"load.js", "export const options = { insecureSkipTLSVerify: false };\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-HTTP-002", Title: "grpcurl speaks without TLS", Severity: finding.Low, CWE: 319,
				Why:        "What is sent can be read and changed on the way.",
				Fix:        "Remove `-plaintext` for servers that are not this machine.",
				References: []string{"https://github.com/fullstorydev/grpcurl#usage"},
			},
			Match: []*Match{Flags([]string{"grpcurl", "grpcui"}, "-plaintext", "--plaintext").Gone().If(not(anyLoopback))},
			Bad: []Example{
				{"test.sh", "grpcurl «-plaintext» mux.example.com:50051 list\n"},
			},
			Good: []Example{
				{"test.sh", "grpcurl -cacert ca.pem mux.example.com:443 list\ngrpcurl -plaintext localhost:50051 list\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-HTTP-003", Title: "HTTPie speaks a protocol of old", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2, and SSL, have breaks that let someone on the way read or change what is sent.",
				Fix:        "Remove the option. The server must speak TLS 1.2 first; `muxkey probe` shows what it speaks.",
				References: []string{"https://httpie.io/docs/cli/ssl-version", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				FlagsAre(httpie, OneOf("ssl2", "ssl3", "tls1", "tls1.0", "tls1.1", "ssl2.3"), "--ssl").Hinting("ssl=tls1", "ssl=ssl", "ssl tls1", "ssl ssl", `ssl", "tls1`, `ssl", "ssl`, "ssl', 'tls1", "ssl', 'ssl"),
			},
			Bad: []Example{
				{"test.sh", "http «--ssl=tls1» https://mux.example.com/\n"},
			},
			Good: []Example{
				{"test.sh", "http --ssl=tls1.2 https://mux.example.com/\n"},
			},
		},
	}
}

// anyLoopback tells whether the line of what was found goes on to this machine.
func anyLoopback(f *syntax.File, h Hit) bool {
	for i := range f.Commands {
		c := &f.Commands[i]
		if c.Span.Start <= h.Span.Start && h.Span.End <= c.Span.End {
			return slices.ContainsFunc(c.Words, func(w syntax.Word) bool {
				return strings.HasPrefix(w.Text, "localhost:") || strings.HasPrefix(w.Text, "127.") || strings.HasPrefix(w.Text, "[::1]")
			})
		}
	}
	return false
}
