package rules

import (
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func mysql() []Rule {
	programs := []string{"mysql", "mysqldump", "mysqladmin", "mysqlsh", "mysqlimport", "mysqlcheck", "mysqlbinlog", "mysqlshow", "mysqlslap", "mysqlpump", "mariadb", "mariadb-dump", "mariadb-admin", "mariadb-import", "mariadb-check", "mariadb-backup", "mycli"}
	jdbc := scheme("mysql", "mariadb", "mysqlx", "mysql+srv", "mysqls", "aurora")
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-MYSQL-001", Title: "a MySQL client is content with plain text", Severity: finding.Medium, CWE: 319,
				Why:        "Without TLS queries and data are read and changed on the way. With PREFERRED that is so as soon as somebody in between says that the server cannot encrypt.",
				Fix:        "Write VERIFY_IDENTITY (`sslMode=VERIFY_IDENTITY`, `--ssl-mode=VERIFY_IDENTITY`, in Go `tls=true`), in MariaDB `sslMode=verify-full` and `--ssl-verify-server-cert`, and name the CA. For a private one: `muxkey trust build ca.pem --target pem -o ca.pem`.",
				References: []string{"https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#option_general_ssl-mode", "https://dev.mysql.com/doc/connector-j/en/connector-j-connp-props-security.html", "https://mariadb.com/docs/connectors/mariadb-connector-j/about-mariadb-connector-j", "https://github.com/go-sql-driver/mysql#tls"},
			},
			Match: []*Match{
				FlagsAre(programs, OneOf("DISABLED", "PREFERRED"), "--ssl-mode"),
				Flags(programs, "--skip-ssl", "--disable-ssl"),
				Joined(programs, False, "--ssl").Hinting("ssl="),
				Key(True, "skip-ssl", "disable-ssl").In("ini"),
				Key(OneOf("DISABLED", "PREFERRED"), "ssl-mode", "sslMode", "ssl mode"),
				Key(False, "require_secure_transport").As(finding.Low, "the server takes clients that do not encrypt").Or("ON"),
				KeyWhere(jdbc, False, "useSSL"),
				KeyWhere(exact("useSSL"), False, "useSSL"),
				KeyWhere(jdbc, OneOf("disable"), "sslMode"),
				Param([]string{"mysql", "mariadb"}, OneOf("false", "preferred"), "tls").Hinting("tls=false", "tls=preferred"),
			},
			Bad: []Example{
				{"dump.sh", "mysqldump «--ssl-mode=DISABLED» -h db.example.com app\nmysql «--skip-ssl» -h db.example.com\nmariadb «--ssl=0» app\n"},
				{"my.cnf", "[client]\n«skip-ssl»\n[mysql]\nssl-mode=«PREFERRED»\n[mysqld]\nrequire_secure_transport=«OFF»\n"},
				{"app.properties", "url=jdbc:mysql://db.example.com/app?useSSL=«false»&user=app\ndataSource.useSSL=«false»\n"},
				{"app.yaml", "url: jdbc:mysql://db.example.com/app?sslMode=«DISABLED»\nother: jdbc:mariadb://db.example.com/app?sslMode=«disable»\n"},
				{"app.env", "DSN=app@tcp(db.example.com:3306)/app?tls=«preferred»\n"},
			},
			Good: []Example{
				{"dump.sh", "mysqldump --ssl-mode=VERIFY_IDENTITY --ssl-ca=ca.pem -h db.example.com app\n"},
				{"app.properties", "url=jdbc:mysql://db.example.com/app?useSSL=true&requireSSL=false\n# url=jdbc:mysql://db.example.com/app?useSSL=false\nuse_ssl=false\n"},
				{"app.env", "DSN=app@tcp(db.example.com:3306)/app?tls=true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MYSQL-002", Title: "a MySQL client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The client hands its password to whoever answers for the database. Somebody in between reads and changes every query.",
				Fix:        "Write VERIFY_IDENTITY (`sslMode=VERIFY_IDENTITY`, `--ssl-mode=VERIFY_IDENTITY`, in Go `tls=true`), in MariaDB `sslMode=verify-full`, and name the CA. For a private one: `muxkey trust build ca.pem --target pem -o ca.pem`, for Connector/J `--target java-cacerts`.",
				References: []string{"https://dev.mysql.com/doc/connector-j/en/connector-j-connp-props-security.html", "https://mariadb.com/docs/connectors/mariadb-connector-j/about-mariadb-connector-j", "https://mariadb.com/docs/server/security/encryption/data-in-transit-encryption/securing-connections-for-client-and-server", "https://github.com/go-sql-driver/mysql#tls"},
			},
			Match: []*Match{
				Joined(programs, False, "--ssl-verify-server-cert"),
				Flags(programs, "--skip-ssl-verify-server-cert", "--disable-ssl-verify-server-cert"),
				Key(False, "ssl-verify-server-cert").In("ini").If(not(spelt("sslVerifyServerCert"))).Or("1"),
				Key(True, "skip-ssl-verify-server-cert", "disable-ssl-verify-server-cert").In("ini").Gone(),
				Key(False, "verifyServerCertificate").Or("true"),
				KeyWhere(scheme("mariadb", "mysql"), True, "trustServerCertificate").Or("false"),
				KeyWhere(scheme("mariadb", "mysql"), OneOf("trust"), "sslMode"),
				Key(OneOf("skip-verify"), "tls", "ssl_mode", "sslmode").Hinting("skipverify"),
				Find([]string{"mysqlattrsslverifyservercert"}, pdoVerify),
				Key(OneOf("REQUIRED", "VERIFY_CA"), "ssl-mode", "sslMode", "ssl mode").As(finding.Info, "REQUIRED takes any certificate, VERIFY_CA any of its CA").Or("VERIFY_IDENTITY"),
				FlagsAre(programs, OneOf("REQUIRED", "VERIFY_CA"), "--ssl-mode").As(finding.Info, "REQUIRED takes any certificate, VERIFY_CA any of its CA"),
			},
			Bad: []Example{
				{"app.properties", "url=jdbc:mysql://db.example.com/app?useSSL=true&verifyServerCertificate=«false»\n"},
				{"app.yaml", "url: jdbc:mariadb://db.example.com/app?trustServerCertificate=«true»\n"},
				{"app.yaml", "url: jdbc:mariadb://db.example.com/app?sslMode=«trust»\n"},
				{"gitea.ini", "[database]\nSSL_MODE = «skip-verify»\n"},
				{"app.env", "DSN=app@tcp(db.example.com:3306)/app?tls=«skip-verify»\n"},
				{"db.php", "<?php $p = new PDO($dsn, $u, $w, [PDO::MYSQL_ATTR_SSL_CA => 'ca.pem', PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => «false»]);\n"},
				{"my.cnf", "[client]\nssl-verify-server-cert=«0»\n[mysql]\n«disable-ssl-verify-server-cert»\n"},
				{"dump.sh", "mariadb «--skip-ssl-verify-server-cert» -h db.example.com\nmysql «--ssl-verify-server-cert=0»\n"},
				{"app.yaml", "url: jdbc:mysql://db.example.com/app?sslMode=«REQUIRED»\n"},
			},
			Good: []Example{
				{"app.properties", "url=jdbc:mysql://db.example.com/app?sslMode=VERIFY_IDENTITY&verifyServerCertificate=true\n"},
				{"my.cnf", "[client]\nssl-verify-server-cert\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MYSQL-003", Title: "a MySQL client does not look at the name in a certificate", Severity: finding.High, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for the database, and everybody can have one for a host of their own.",
				Fix:        "Remove it, and call the server by a name that its certificate has.",
				References: []string{"https://mariadb.com/docs/connectors/mariadb-connector-j/about-mariadb-connector-j"},
			},
			Match: []*Match{
				Key(True, "disableSslHostnameVerification").Or("false"),
			},
			Bad:  []Example{{"app.yaml", "url: jdbc:mariadb://db.example.com/app?useSsl=true&disableSslHostnameVerification=«true»\n"}},
			Good: []Example{{"app.yaml", "url: jdbc:mariadb://db.example.com/app?sslMode=verify-full\n"}},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MYSQL-004", Title: "a MySQL client asks whoever answers for the key that hides its password", Severity: finding.Low, CWE: 295,
				Why:        "Without TLS the client encrypts its password with a key that the server sends. Somebody in between sends their own and has the password.",
				Fix:        "Remove it, and use TLS, or give the key with `serverRSAPublicKeyFile`.",
				References: []string{"https://dev.mysql.com/doc/connector-j/en/connector-j-connp-props-security.html"},
			},
			Match: []*Match{
				Key(True, "allowPublicKeyRetrieval").Or("false"),
			},
			Bad:  []Example{{"app.yaml", "url: jdbc:mysql://db.example.com/app?allowPublicKeyRetrieval=«true»\n"}},
			Good: []Example{{"app.yaml", "url: jdbc:mysql://db.example.com/app?allowPublicKeyRetrieval=false\n"}},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MYSQL-005", Title: "MySQL speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2 has known attacks and rests on MD5 and SHA-1. Who stands in between can press both sides down to the oldest that they share.",
				Fix:        "Write `tls_version = TLSv1.2,TLSv1.3`.",
				References: []string{"https://dev.mysql.com/doc/refman/8.4/en/encrypted-connection-protocols-ciphers.html", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Picked(oldProtocols, "tls_version", "enabledTLSProtocols", "tlsVersions", "admin_tls_version").In("ini", "properties", "yaml").If(not(inPath("mosquitto"))),
				KeyWhere(jdbc, Old, "enabledTLSProtocols", "tlsVersions"),
			},
			Bad:  []Example{{"my.cnf", "[mysqld]\ntls_version=«TLSv1»,«TLSv1.1»,TLSv1.2\n"}},
			Good: []Example{{"my.cnf", "[mysqld]\ntls_version=TLSv1.2,TLSv1.3\n"}},
		},
	}
}

// exact is for a key that counts in this very spelling.
func exact(name string) func(*syntax.Setting) bool {
	return func(s *syntax.Setting) bool {
		whole := strings.Join(s.Path, ".")
		return s.Origin != syntax.FromAddress && (whole == name || strings.HasSuffix(whole, "."+name))
	}
}

// pdoVerify finds PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT set to false, in whatever
// way the options of PDO are given.
func pdoVerify(f *syntax.File, report func(Hit)) {
	for i := range f.Settings {
		s := &f.Settings[i]
		if len(s.Path) > 0 && strings.HasSuffix(s.Path[len(s.Path)-1], "MYSQL_ATTR_SSL_VERIFY_SERVER_CERT") && False(s.Value) {
			report(Hit{Span: s.Value.Span, Block: s.Block})
		}
	}
}
