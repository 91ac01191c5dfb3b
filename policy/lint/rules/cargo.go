package rules

import "muxkey/internal/finding"

func cargo() []Rule {
	old := OneOf("sslv2", "sslv3", "tlsv1", "tlsv1.0", "tlsv1.1")
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-CARGO-001", Title: "Cargo does not ask whether a certificate was revoked", Severity: finding.Low, CWE: 299,
				Why:        "On Windows a certificate whose key was stolen stays good until it expires.",
				Fix:        "Remove the setting.",
				References: []string{"https://doc.rust-lang.org/cargo/reference/config.html#httpcheck-revoke"},
			},
			Match: []*Match{
				Whole(False, "http.check-revoke").Or("true"),
				Env(False, "CARGO_HTTP_CHECK_REVOKE").Or("true"),
			},
			Bad: []Example{
				{".cargo/config.toml", "[http]\ncheck-revoke = «false»\n"},
				{"build.bat", "set CARGO_HTTP_CHECK_REVOKE=«false»\r\n"},
			},
			Good: []Example{
				{".cargo/config.toml", "[http]\ncheck-revoke = true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CARGO-002", Title: "Cargo speaks a protocol of old", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2, and SSL, have breaks that let someone on the way read or change what is sent.",
				Fix:        "Remove the setting, or write `tlsv1.2`.",
				References: []string{"https://doc.rust-lang.org/cargo/reference/config.html#httpssl-version", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Whole(old, "http.ssl-version", "http.ssl-version.min", "http.ssl-version.max").At(".cargo/config.toml", ".cargo/config", "cargo/config.toml").Or("tlsv1.2"),
				Env(old, "CARGO_HTTP_SSL_VERSION", "CARGO_HTTP_SSL_VERSION_MIN", "CARGO_HTTP_SSL_VERSION_MAX").Or("tlsv1.2"),
			},
			Bad: []Example{
				{".cargo/config.toml", "[http]\nssl-version.min = \"«tlsv1.0»\"\n"},
			},
			Good: []Example{
				{".cargo/config.toml", "[http]\nssl-version = \"tlsv1.3\"\n"},
			},
		},
	}
}
