package rules

import "muxkey/internal/finding"

func cassandra() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-CASSANDRA-001", Title: "cqlsh takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The password and all queries go to whoever answers for the cluster.",
				Fix:        "Write `validate = true` and name the CA in `certfile`. For a private one: `muxkey trust build ca.pem --target pem -o ca.pem`.",
				References: []string{"https://cassandra.apache.org/doc/latest/cassandra/managing/tools/cqlsh.html"},
			},
			Match: []*Match{
				Key(False, "ssl.validate").At("*cqlshrc*").Or("true"),
				Env(False, "SSL_VALIDATE").Or("true"),
			},
			Bad: []Example{
				{"cqlshrc", "[connection]\nssl = true\n[ssl]\nvalidate = «false»\n"},
				{"query.sh", "SSL_VALIDATE=«false» cqlsh --ssl db.example.com\n"},
			},
			Good: []Example{
				{"cqlshrc", "[ssl]\nvalidate = true\ncertfile = ca.pem\n; validate = false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CASSANDRA-002", Title: "the nodes of Cassandra do not look at the name in a certificate", Severity: finding.Medium, CWE: 297,
				Why:        "Any certificate of the CA is good for any node. Each client that holds one can stand in for a node.",
				Fix:        "Write `require_endpoint_verification: true`, and have the nodes' certificates issued for their addresses.",
				References: []string{"https://cassandra.apache.org/doc/latest/cassandra/managing/operating/security.html"},
			},
			Match: []*Match{
				Key(False, "require_endpoint_verification").If(not(anywhere(OneOf("none"), "internode_encryption"))).Or("true"),
			},
			Bad:  []Example{{"cassandra.yaml", "server_encryption_options:\n  internode_encryption: all\n  require_endpoint_verification: «false»\n"}},
			Good: []Example{{"cassandra.yaml", "server_encryption_options:\n  internode_encryption: all\n  require_endpoint_verification: true\n"}},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CASSANDRA-003", Title: "Cassandra in plain text", Severity: finding.Low, CWE: 319,
				Why:        "Rows, and the passwords of clients, are read and changed on the way.",
				Fix:        "Write `internode_encryption: all`, and `enabled: true` with `optional: false` in `client_encryption_options`.",
				References: []string{"https://cassandra.apache.org/doc/latest/cassandra/managing/operating/security.html"},
			},
			Match: []*Match{
				Key(OneOf("none"), "internode_encryption"),
				Key(False, "client_encryption_options.enabled"),
				Key(True, "client_encryption_options.optional", "server_encryption_options.optional"),
			},
			Bad:  []Example{{"cassandra.yaml", "server_encryption_options:\n  internode_encryption: «none»\nclient_encryption_options:\n  enabled: «false»\n  optional: «true»\n"}},
			Good: []Example{{"cassandra.yaml", "server_encryption_options:\n  internode_encryption: all\nclient_encryption_options:\n  enabled: true\n  require_client_auth: false\n"}},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CASSANDRA-004", Title: "Cassandra speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2 has known attacks and rests on MD5 and SHA-1. Who stands in between can press both sides down to the oldest that they share.",
				Fix:        "Write `accepted_protocols: [TLSv1.2, TLSv1.3]`, or remove the line.",
				References: []string{"https://cassandra.apache.org/doc/latest/cassandra/managing/operating/security.html", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Key(Old, "encryption_options.accepted_protocols", "encryption_options.protocol"),
				Key(Old, "ssl.version").At("*cqlshrc*"),
			},
			Bad:  []Example{{"cassandra.yaml", "client_encryption_options:\n  accepted_protocols: [«TLSv1.1», TLSv1.2]\n"}, {"cqlshrc", "[ssl]\nversion = «TLSv1»\n"}},
			Good: []Example{{"cassandra.yaml", "client_encryption_options:\n  protocol: TLS\n  accepted_protocols: [TLSv1.2]\n"}},
		},
	}
}
