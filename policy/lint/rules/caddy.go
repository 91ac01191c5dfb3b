package rules

import "muxkey/internal/finding"

func caddy() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-CADDY-001", Title: "Caddy takes any certificate from the servers behind it", Severity: finding.High, CWE: 295,
				Why:        "Caddy sends requests, with the cookies and passwords in them, to whoever answers for the upstream. The encryption behind it protects nothing then.",
				Fix:        "Remove it, and name the CA: `tls_trust_pool file ca.pem` in the transport, with `tls_server_name` where the name differs. For a private CA: `muxkey trust build ca.pem --target pem -o upstream-ca.pem`.",
				References: []string{"https://caddyserver.com/docs/caddyfile/directives/reverse_proxy#the-http-transport", "https://caddyserver.com/docs/json/apps/http/servers/routes/handle/reverse_proxy/transport/http/tls/"},
			},
			Match: []*Match{
				Key(True, "tls_insecure_skip_verify").In("conf").Gone(),
				Key(True, "transport.tls.insecure_skip_verify").In("json", "yaml").Or("false"),
				Key(True, "insecure_skip_verify").In("conf").Gone(),
			},
			Bad: []Example{
				{"Caddyfile", "app.example.com {\n\treverse_proxy https://10.0.0.1:8443 {\n\t\ttransport http {\n\t\t\t«tls_insecure_skip_verify»\n\t\t}\n\t}\n}\n"},
				{"caddy.json", "{\"handle\": [{\"handler\": \"reverse_proxy\", \"transport\": {\"protocol\": \"http\", \"tls\": {\"insecure_skip_verify\": «true»}}}]}\n"},
				{"Caddyfile", "app.example.com {\n\tproxy / https://10.0.0.1:8443 {\n\t\t«insecure_skip_verify»\n\t}\n}\n"},
			},
			Good: []Example{
				{"Caddyfile", "app.example.com {\n\ttls internal\n\treverse_proxy https://10.0.0.1:8443 {\n\t\ttransport http {\n\t\t\t# tls_insecure_skip_verify\n\t\t\ttls_trust_pool file ca.pem\n\t\t\ttls_server_name app\n\t\t}\n\t}\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CADDY-002", Title: "Caddy speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2 has known attacks and rests on MD5 and SHA-1. Version 1 of Caddy speaks it when it is told so, and gets no repairs any more.",
				Fix:        "Remove the line, and go to version 2, which has TLS 1.2 and 1.3 alone.",
				References: []string{"https://caddyserver.com/docs/caddyfile/directives/tls", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Picked(oldProtocols, "tls.protocols").At("*caddy*", "*caddy*/*").Hinting("protocols"),
			},
			Bad:  []Example{{"Caddyfile", "app.example.com {\n\ttls {\n\t\tprotocols «tls1.0» tls1.2\n\t}\n}\n"}},
			Good: []Example{{"Caddyfile", "app.example.com {\n\ttls {\n\t\tprotocols tls1.2 tls1.3\n\t}\n}\n"}},
		},
	}
}
