package rules

import "muxkey/internal/finding"

func squid() []Rule {
	lines := []string{"tls_outgoing_options", "sslproxy_flags", "cache_peer", "https_port", "http_port", "icap_service"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-SQUID-001", Title: "Squid takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Squid opens TLS for its clients to whoever answers. With ssl_bump it then signs a certificate that its clients trust, and nobody can see the difference.",
				Fix:        "Remove the flag, and name a private CA with `tls_outgoing_options cafile=ca.pem`, made with `muxkey trust build ca.pem --target pem -o ca.pem`.",
				References: []string{"https://www.squid-cache.org/Doc/config/tls_outgoing_options/", "https://www.squid-cache.org/Doc/config/sslproxy_cert_error/"},
			},
			Match: []*Match{
				Picked(having("DONT_VERIFY_PEER"), lines...).Hinting("dontverifypeer"),
				Picked(follows("allow", "all"), "sslproxy_cert_error"),
			},
			Bad: []Example{
				{"squid.conf", "tls_outgoing_options flags=«DONT_VERIFY_PEER»\nsslproxy_cert_error allow «all»\n"},
				{"squid.conf", "sslproxy_flags «DONT_VERIFY_PEER»,DONT_VERIFY_DOMAIN\n"},
				{"squid.conf", "cache_peer up.example.com parent 443 0 tls sslflags=«DONT_VERIFY_PEER»\n"},
			},
			Good: []Example{
				{"squid.conf", "# tls_outgoing_options flags=DONT_VERIFY_PEER\ntls_outgoing_options cafile=/etc/squid/ca.pem\nsslproxy_cert_error allow broken_sites\nsslproxy_cert_error deny all\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SQUID-002", Title: "Squid does not look at the name in a certificate", Severity: finding.High, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for any server, and everybody can have one for a host of their own.",
				Fix:        "Remove the flag.",
				References: []string{"https://www.squid-cache.org/Doc/config/tls_outgoing_options/"},
			},
			Match: []*Match{
				Picked(having("DONT_VERIFY_DOMAIN"), lines...).Hinting("dontverifydomain"),
			},
			Bad:  []Example{{"squid.conf", "tls_outgoing_options flags=DONT_VERIFY_PEER,«DONT_VERIFY_DOMAIN»\n"}},
			Good: []Example{{"squid.conf", "tls_outgoing_options cafile=ca.pem\n"}},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SQUID-003", Title: "Squid speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "SSL and TLS before 1.2 have known attacks and rest on MD5 and SHA-1. Who stands in between can press both sides down to the oldest that they share.",
				Fix:        "Write `min-version=1.2`.",
				References: []string{"https://www.squid-cache.org/Doc/config/tls_outgoing_options/", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Raw([]string{"minversion"}, `\bmin-version=(1\.[01])\b`).At("*squid*", "*squid*/*", "*squid*/*/*"),
				// 2: SSLv2, 3: SSLv3, 4: TLS 1.0, 5: TLS 1.1
				Key(OneOf("2", "3", "4", "5"), "sslproxy_version"),
			},
			Bad:  []Example{{"squid.conf", "tls_outgoing_options min-version=«1.0» cafile=ca.pem\nsslproxy_version «3»\n"}},
			Good: []Example{{"squid.conf", "tls_outgoing_options min-version=1.2\n# tls_outgoing_options min-version=1.0\n"}},
		},
	}
}
