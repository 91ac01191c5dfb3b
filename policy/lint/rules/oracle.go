package rules

import "muxkey/internal/finding"

func oracle() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-ORACLE-001", Title: "an Oracle client does not look at the name in a certificate", Severity: finding.Medium, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for the database. Who holds one for a host of their own can stand in for it.",
				Fix:        "Write ON (yes, true), and give the name with `SSL_SERVER_CERT_DN` where it is not the host's.",
				References: []string{"https://docs.oracle.com/en/database/oracle/oracle-database/19/netrf/parameters-for-the-sqlnet.ora.html"},
			},
			Match: []*Match{
				Key(False, "ssl_server_dn_match").Or("ON"),
			},
			Bad: []Example{
				{"sqlnet.ora", "SSL_SERVER_DN_MATCH = «OFF»\n"},
				{"app.properties", "oracle.net.ssl_server_dn_match=«false»\n"},
				{"app.yaml", "url: \"jdbc:oracle:thin:@(description=(address=(protocol=tcps)(host=db.example.com)(port=2484))(security=(ssl_server_dn_match=«no»)))\"\n"},
			},
			Good: []Example{
				{"sqlnet.ora", "SSL_SERVER_DN_MATCH = ON\nSSL_CLIENT_AUTHENTICATION = FALSE\n# SSL_SERVER_DN_MATCH = OFF\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ORACLE-002", Title: "Oracle Net refuses to encrypt", Severity: finding.Medium, CWE: 319,
				Why:        "Queries and data are read and changed on the way, as this side does not encrypt even when the other asks for it.",
				Fix:        "Write REQUIRED, or use TLS (`tcps`).",
				References: []string{"https://docs.oracle.com/en/database/oracle/oracle-database/19/netrf/parameters-for-the-sqlnet.ora.html"},
			},
			Match: []*Match{
				Key(OneOf("REJECTED"), "sqlnet.encryption_client", "sqlnet.encryption_server", "oracle.net.encryption_client", "sqlnet.crypto_checksum_client", "sqlnet.crypto_checksum_server", "oracle.net.crypto_checksum_client").Or("REQUIRED"),
			},
			Bad:  []Example{{"sqlnet.ora", "SQLNET.ENCRYPTION_CLIENT = «REJECTED»\n"}, {"app.properties", "oracle.net.encryption_client=«REJECTED»\n"}},
			Good: []Example{{"sqlnet.ora", "SQLNET.ENCRYPTION_CLIENT = REQUIRED\n"}},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ORACLE-003", Title: "Oracle Net speaks what is broken", Severity: finding.Medium, CWE: 327,
				Why:        "SSL, TLS before 1.2 and the old ways of Oracle's own encryption have known attacks. Who stands in between can press both sides down to the worst that they share.",
				Fix:        "Write `SSL_VERSION = 1.2` and `SQLNET.ALLOW_WEAK_CRYPTO = FALSE`.",
				References: []string{"https://docs.oracle.com/en/database/oracle/oracle-database/19/netrf/parameters-for-the-sqlnet.ora.html", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Key(OneOf("0", "2.0", "3.0", "1.0", "1.1", "1.0 or 3.0", "1.1 or 1.0", "1.1 or 1.0 or 3.0", "1.2 or 1.1", "1.2 or 1.1 or 1.0"), "ssl_version").At("sqlnet.ora*", "tnsnames.ora*"),
				Key(OneOf("2.0", "3.0", "1.0", "1.1"), "oracle.net.ssl_version"),
				Key(True, "sqlnet.allow_weak_crypto", "sqlnet.allow_weak_crypto_clients").Or("FALSE"),
			},
			Bad:  []Example{{"sqlnet.ora", "SSL_VERSION = «1.0»\nSQLNET.ALLOW_WEAK_CRYPTO_CLIENTS = «TRUE»\n"}},
			Good: []Example{{"sqlnet.ora", "SSL_VERSION = 1.2\nSQLNET.ALLOW_WEAK_CRYPTO = FALSE\n"}},
		},
	}
}
