package rules

import "muxkey/internal/finding"

func mongo() []Rule {
	programs := []string{"mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport", "mongostat", "mongotop", "mongofiles", "mongod", "mongos", ""}
	schemes := []string{"mongodb", "mongodb+srv"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-MONGO-001", Title: "a MongoDB client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The client logs in to whoever answers for the database. Somebody in between reads and changes every document.",
				Fix:        "Remove it, and name the CA with `tlsCAFile`. For a private one: `muxkey trust build ca.pem --target pem -o mongo-ca.pem`.",
				References: []string{"https://www.mongodb.com/docs/manual/reference/connection-string-options/#tls-options", "https://www.mongodb.com/docs/manual/reference/configuration-options/#mongodb-setting-net.tls.allowInvalidCertificates"},
			},
			Match: []*Match{
				Key(True, "tlsAllowInvalidCertificates", "sslAllowInvalidCertificates").Hinting("allowinvalidcertificates").Or("false"),
				Key(True, "tlsInsecure").If(spelt("tlsInsecure", "tlsinsecure")).Or("false"),
				Assign(True, "tlsAllowInvalidCertificates", "tlsInsecure", "sslAllowInvalidCertificates", "tls_allow_invalid_certificates", "tls_insecure").If(mentions("mongo")).Or("false"),
				Key(False, "sslValidate").If(spelt("sslValidate", "sslvalidate")).Or("true"),
				Assign(False, "sslValidate").Or("true"),
				Flags(programs, "--tlsAllowInvalidCertificates", "--sslAllowInvalidCertificates", "--tlsInsecure"),
				Kept("--tlsAllowInvalidCertificates", "--sslAllowInvalidCertificates", "--tlsInsecure"),
			},
			Bad: []Example{
				{"app.env", "MONGO_URL=mongodb://app@db.example.com/?tls=true&tlsAllowInvalidCertificates=«true»\n"},
				{"app.yaml", "uri: mongodb+srv://db.example.com/app?tlsInsecure=«true»\n"},
				{"dump.sh", "mongodump --ssl «--sslAllowInvalidCertificates» --host db.example.com\n"},
				{"init.sh", "TLS_OPTIONS='--tls «--tlsAllowInvalidCertificates» --tlsCAFile=ca.pem'\nmongosh $TLS_OPTIONS db.example.com\n"},
				{"mongod.yaml", "net:\n  tls:\n    mode: requireTLS\n    allowInvalidCertificates: «true»\n"},
				{"db.js", "new MongoClient(uri, { tls: true, tlsAllowInvalidCertificates: «true» })\n"},
				{"db.py", "c = MongoClient(host, tls=True, tlsAllowInvalidCertificates=«True»)\n"},
				{"options.json", "{\"sslValidate\": «false»}\n"},
			},
			Good: []Example{
				{"app.env", "MONGO_URL=mongodb://app@db.example.com/?tls=true&tlsAllowInvalidCertificates=false&tlsCAFile=/etc/ca.pem\n"},
				{"mongod.yaml", "net:\n  tls:\n    mode: requireTLS\n    allowConnectionsWithoutCertificates: true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MONGO-002", Title: "a MongoDB client does not look at the name in a certificate", Severity: finding.High, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for the database, and everybody can have one for a host of their own.",
				Fix:        "Remove it, and have the server's certificate issued for the names that clients and other members call.",
				References: []string{"https://www.mongodb.com/docs/manual/reference/connection-string-options/#tls-options"},
			},
			Match: []*Match{
				Key(True, "tlsAllowInvalidHostnames", "sslAllowInvalidHostnames").Hinting("allowinvalidhostnames").Or("false"),
				Key(True, "sslInvalidHostNameAllowed").Or("false"),
				Assign(True, "tlsAllowInvalidHostnames", "sslAllowInvalidHostnames", "tls_allow_invalid_hostnames").Or("false"),
				Call([]string{".invalidHostNameAllowed"}, True),
				Flags(programs, "--tlsAllowInvalidHostnames", "--sslAllowInvalidHostnames"),
				Kept("--tlsAllowInvalidHostnames", "--sslAllowInvalidHostnames"),
			},
			Bad: []Example{
				{"app.env", "MONGO_URL=mongodb://db.example.com/?tls=true&tlsAllowInvalidHostnames=«true»\n"},
				{"Db.java", "class Db { void f() { s.applyToSslSettings(b -> b.enabled(true).invalidHostNameAllowed(«true»)); } }\n"},
				{"dump.sh", "mongosh --tls «--tlsAllowInvalidHostnames» db.example.com\n"},
			},
			Good: []Example{
				{"app.env", "MONGO_URL=mongodb://db.example.com/?tls=true&tlsAllowInvalidHostnames=false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MONGO-003", Title: "MongoDB in plain text", Severity: finding.Medium, CWE: 319,
				Why:        "Documents, and with older ways of logging in the password too, are read and changed on the way.",
				Fix:        "Write `tls=true` in clients and `mode: requireTLS` in servers.",
				References: []string{"https://www.mongodb.com/docs/manual/tutorial/configure-ssl/"},
			},
			Match: []*Match{
				Param(schemes, False, "tls", "ssl").Hinting("mongodb").Or("true"),
				Key(OneOf("disabled", "allowTLS", "preferTLS", "allowSSL", "preferSSL"), "net.tls.mode", "net.ssl.mode"),
				Key(OneOf("disabled", "allowTLS", "preferTLS", "allowSSL", "preferSSL"), "tlsMode", "sslMode").In("ini", "conf", "shell", "yaml").If(mentions("mongo")),
			},
			Bad: []Example{
				{"app.env", "MONGO_URL=mongodb://db.example.com/app?tls=«false»\n"},
				{"mongod.yaml", "net:\n  tls:\n    mode: «preferTLS»\n"},
			},
			Good: []Example{
				{"mongod.yaml", "net:\n  tls:\n    mode: requireTLS\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MONGO-004", Title: "a MongoDB client does not ask whether a certificate was revoked", Severity: finding.Low, CWE: 299,
				Why:        "A stolen key stays as good as before when nobody asks whether its certificate was revoked.",
				Fix:        "Remove it.",
				References: []string{"https://www.mongodb.com/docs/manual/reference/connection-string-options/#tls-options"},
			},
			Match: []*Match{
				Param(schemes, True, "tlsDisableOCSPEndpointCheck", "tlsDisableCertificateRevocationCheck").Or("false"),
			},
			Bad:  []Example{{"app.env", "MONGO_URL=mongodb://db.example.com/?tlsDisableOCSPEndpointCheck=«true»\n"}},
			Good: []Example{{"app.env", "MONGO_URL=mongodb://db.example.com/?tlsDisableOCSPEndpointCheck=false\n"}},
		},
	}
}
