package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func databases() []Rule {
	couchbase := []string{"couchbase-cli", "cbbackupmgr", "cbimport", "cbexport", "cbq", "cbbackup", "cbrestore", "cbstats", "cbc"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-DATABASES-001", Title: "a database client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The client hands its password to whoever answers for the database. Somebody in between reads and changes every query.",
				Fix:        "Remove it, and give the client the CA: `--cacert` in Couchbase, `caConfig` in ClickHouse, the system's trust store for Neo4j and InfluxDB, `SSLTrustStorePath` for Trino. For a private one: `muxkey trust build ca.pem --target pem -o ca.pem`.",
				References: []string{"https://docs.couchbase.com/server/current/cli/cbcli/couchbase-cli.html", "https://neo4j.com/docs/driver-manual/current/client-applications/", "https://docs.influxdata.com/influxdb/v2/reference/cli/influx/", "https://clickhouse.com/docs/operations/server-configuration-parameters/settings#openssl", "https://trino.io/docs/current/client/jdbc.html"},
			},
			Match: []*Match{
				// Couchbase
				Flags(couchbase, "--no-ssl-verify"),
				Param([]string{"couchbase", "couchbases"}, OneOf("no_verify"), "ssl").With("couchbase"),
				Param([]string{"couchbase", "couchbases"}, OneOf("none"), "tls_verify"),
				// Neo4j
				URL([]string{"bolt+ssc", "neo4j+ssc"}, func(syntax.URL) bool { return true }),
				Call([]string{"TrustStrategy.trustAllCertificates"}),
				Call([]string{".setTrustStrategy", ".withTrustStrategy"}, endsWith("TRUST_ALL_CERTIFICATES")).Hinting("trustallcertificates"),
				Key(OneOf("trust-all-certificates", "TRUST_ALL_CERTIFICATES"), "neo4j.security.trust-strategy").Hinting("trustallcertificates"),
				Key(True, "trust_all").If(either(mentions("dbmssslpolicy"), inPath("neo4j"))).Hinting("trustall").Or("false"),
				Assign(OneOf("TRUST_ALL_CERTIFICATES"), "trust").Hinting("trustallcertificates"),
				// InfluxDB
				Env(True, "INFLUX_SKIP_VERIFY").Gone(),
				Flags([]string{"influx"}, "--skip-verify", "-unsafeSsl", "--unsafeSsl", "--unsafe-ssl"),
				KeyWhere(oneKey("insecure-skip-verify"), True, "insecure-skip-verify").In("toml", "conf").Or("false"),
				// ClickHouse
				KeyWhere(ofClickHouseClient, OneOf("none"), "verificationMode").Or("relaxed"),
				KeyWhere(ofClickHouseClient, OneOf("AcceptCertificateHandler"), "invalidCertificateHandler.name", "invalidCertificateHandler").Or("RejectCertificateHandler"),
				Flags([]string{"clickhouse-client", "clickhouse", "clickhouse-benchmark"}, "--accept-invalid-certificate").Hinting("acceptinvalidcertificate").Gone(),
				Key(True, "accept-invalid-certificate").In("xml", "yaml").Or("false"),
				Param([]string{"clickhouse", "ch", "clickhouses", "clickhouse+native", "clickhouse+http"}, OneOf("none", "false"), "sslmode", "verify").Hinting("clickhouse"),
				Param([]string{"clickhouse"}, True, "skip_verify"),
				Param([]string{"tcp", "http", "https"}, True, "skip_verify").If(mentions("clickhouse")),
				// Trino, Presto
				Param([]string{"trino", "presto"}, OneOf("NONE"), "SSLVerification"),
				Flags([]string{"trino", "presto"}, "--insecure"),
				// Drivers of Simba and Cloudera: Impala, Hive, Spark, Databricks
				Key(True, "AllowSelfSignedServerCert", "AllowSelfSignedCerts").Or("0"),
			},
			Bad: []Example{
				{"backup.sh", "cbbackupmgr backup -c couchbases://db.example.com «--no-ssl-verify»\ninflux ping «--skip-verify»\nclickhouse-client --secure «--accept-invalid-certificate» --host db.example.com\ntrino --server https://db.example.com «--insecure»\n"},
				{"app.env", "CB=couchbases://db.example.com/app?ssl=«no_verify»\nNEO4J_URI=«neo4j+ssc://db.example.com:7687»\nINFLUX_SKIP_VERIFY=«true»\nCH=clickhouse://db.example.com:9440/app?secure=true&skip_verify=«true»\n"},
				{"config.xml", "<clickhouse><openSSL><client><verificationMode>«none»</verificationMode><invalidCertificateHandler><name>«AcceptCertificateHandler»</name></invalidCertificateHandler></client></openSSL></clickhouse>\n"},
				{"app.yaml", "url: jdbc:trino://db.example.com:443/app?SSL=true&SSLVerification=«NONE»\n"},
				{"odbc.ini", "[Impala]\nHost=db.example.com\nSSL=1\nAllowSelfSignedServerCert=«1»\n"},
				{"graph.js", "const neo4j = require('neo4j-driver'); neo4j.driver(url, auth, { encrypted: true, trust: '«TRUST_ALL_CERTIFICATES»' })\n"},
				{"Graph.java", "class Graph { void f() { Config.builder().withEncryption().withTrustStrategy(Config.TrustStrategy.«trustAllCertificates»()); } }\n"},
				{"application.properties", "spring.neo4j.security.trust-strategy=«trust-all-certificates»\n"},
				{"neo4j/conf.properties", "dbms.ssl.policy.bolt.trust_all=«true»\n"},
				{"kapacitor.toml", "[[influxdb]]\n  urls = [\"https://db.example.com:8086\"]\n  insecure-skip-verify = «true»\n"},
			},
			Good: []Example{
				{"app.env", "NEO4J_URI=neo4j+s://db.example.com:7687\nCH=clickhouse://db.example.com:9440/app?secure=true\n"},
				{"config.xml", "<clickhouse><openSSL><server><verificationMode>none</verificationMode></server><client><verificationMode>relaxed</verificationMode><invalidCertificateHandler><name>RejectCertificateHandler</name></invalidCertificateHandler></client></openSSL></clickhouse>\n"},
				{"odbc.ini", "[Impala]\nSSL=1\nAllowSelfSignedServerCert=0\n"},
				{"Trust.java", "enum Trust { TRUST_ALL_CERTIFICATES, TRUST_SYSTEM } // neo4j\n"},
				{"telegraf.conf", "[[inputs.influxdb]]\n  insecure_skip_verify = true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DATABASES-002", Title: "a database client does not look at the name in a certificate", Severity: finding.High, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for the database, and everybody can have one for a host of their own.",
				Fix:        "Remove it, and have the database's certificate issued for the name that clients call.",
				References: []string{"https://trino.io/docs/current/client/jdbc.html", "https://neo4j.com/docs/operations-manual/current/security/ssl-framework/", "https://docs.cloudera.com/documentation/other/connectors/impala-jdbc/latest/Cloudera-JDBC-Driver-for-Impala-Install-Guide.pdf"},
			},
			Match: []*Match{
				Param([]string{"trino", "presto"}, OneOf("CA"), "SSLVerification"),
				Key(True, "CAIssuedCertNamesMismatch", "AllowHostNameCNMismatch").Or("0"),
				Key(False, "verify_hostname").If(mentions("dbmssslpolicy")).Or("true"),
			},
			Bad: []Example{
				{"app.yaml", "url: jdbc:impala://db.example.com:21050/app;SSL=1;CAIssuedCertNamesMismatch=«1»\n"},
				{"app.yaml", "url: jdbc:trino://db.example.com:443/app?SSL=true&SSLVerification=«CA»\n"},
				{"neo4j/conf.properties", "dbms.ssl.policy.cluster.verify_hostname=«false»\n"},
			},
			Good: []Example{
				{"app.yaml", "url: jdbc:impala://db.example.com:21050/app;SSL=1;CAIssuedCertNamesMismatch=0\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DATABASES-003", Title: "CockroachDB without TLS and without passwords", Severity: finding.High, CWE: 319,
				Why:        "In this mode nothing is encrypted and nobody is asked who they are: whoever reaches the port is root.",
				Fix:        "Remove it, and start with `--certs-dir`.",
				References: []string{"https://www.cockroachlabs.com/docs/stable/cockroach-start"},
			},
			Match: []*Match{
				Flags([]string{"cockroach"}, "--insecure"),
				Env(True, "COCKROACH_INSECURE").Gone(),
			},
			Bad:  []Example{{"start.sh", "cockroach start «--insecure» --join=db1.example.com\n"}, {"db.env", "COCKROACH_INSECURE=«true»\n"}},
			Good: []Example{{"start.sh", "cockroach start --certs-dir=certs --join=db1.example.com\n"}},
		},
	}
}

// ofClickHouseClient tells whether a setting is for the connections that
// ClickHouse opens; for those that it takes, "none" asks for no client certificate.
func ofClickHouseClient(s *syntax.Setting) bool {
	parts := pathParts(s)
	return slices.Contains(parts, "client") && !slices.Contains(parts, "server")
}

// pathParts are the parts of the path of a setting in lower case, also of keys
// with dots in them.
func pathParts(s *syntax.Setting) []string {
	return strings.Split(strings.ToLower(strings.Join(s.Path, ".")), ".")
}
