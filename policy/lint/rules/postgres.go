package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func postgres() []Rule {
	keys := []string{"sslmode", "ssl mode", "ssl_mode", "pgsslmode"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-POSTGRES-001", Title: "a PostgreSQL client is content with plain text", Severity: finding.Medium, CWE: 319,
				Why:        "With disable nothing is encrypted, with allow and prefer nothing is when somebody in between says that the server cannot. Queries, data and often the password are read and changed on the way.",
				Fix:        "Write `sslmode=verify-full`, and `sslrootcert=system` or the CA's file. For a private CA: `muxkey trust build ca.pem --target pem -o root.crt`.",
				References: []string{"https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION", "https://www.npgsql.org/doc/security.html"},
			},
			Match: []*Match{
				KeyWhere(ofPostgres, OneOf("disable", "allow", "prefer"), keys...),
				Param([]string{"postgres", "postgresql"}, False, "ssl").Hinting("postgres").With("ssl=", "ssl%3d"),
				Param([]string{"postgres", "postgresql", ""}, OneOf("0"), "requiressl").Or("1"),
				Key(OneOf("off"), "pg_ssl"),
			},
			Bad: []Example{
				{"app.env", "DATABASE_URL=postgres://app@db.example.com/app?sslmode=«disable»\nPGSSLMODE=«prefer»\n"},
				{"app.yaml", "dsn: host=db.example.com user=app dbname=app sslmode=«disable»\n"},
				{"database.yml", "production:\n  adapter: postgresql\n  sslmode: «allow»\n"},
				{"application.properties", "spring.datasource.url=jdbc:postgresql://db.example.com/app?ssl=«false»\n"},
				{"appsettings.json", "{\"ConnectionStrings\": {\"App\": \"Host=db.example.com;Database=app;Username=app;Ssl Mode=«Prefer»\"}}\n"},
				{"pgbouncer.ini", "[pgbouncer]\nserver_tls_sslmode = «prefer»\n"},
				{"load.sh", "psql \"host=db.example.com dbname=app sslmode=«disable»\" -f load.sql\n"},
			},
			Good: []Example{
				{"app.env", "DATABASE_URL=postgres://app@db.example.com/app?sslmode=verify-full\nPGSSLMODE=verify-full\n"},
				{"values.yaml", "sslmode: {{ .Values.sslmode }}\nhelp: sslmode is one of disable|allow|prefer|require\n"},
				{"app.properties", "spring.datasource.url=jdbc:mariadb://db.example.com/app?sslMode=disable\n"},
				{"app.yaml", "sslmode_required: disable\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-POSTGRES-002", Title: "a PostgreSQL client does not check the server", Severity: finding.Info, CWE: 295,
				Why:        "With require any certificate is taken, unless a file with a CA happens to be there; with verify-ca any of that CA, whatever its name. Somebody in between can stand in for the server.",
				Fix:        "Write `sslmode=verify-full`, and `sslrootcert=system` or the CA's file. For a private CA: `muxkey trust build ca.pem --target pem -o root.crt`.",
				References: []string{"https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION"},
			},
			Match: []*Match{
				KeyWhere(ofPostgres, OneOf("require", "verify-ca"), keys...).Or("verify-full"),
				KeyWhere(ofPostgres, Exactly("VerifyCA"), "ssl mode", "sslmode").Or("VerifyFull"),
			},
			Bad: []Example{
				{"app.env", "DATABASE_URL=postgres://app@db.example.com/app?sslmode=«require»\n"},
				{"database.yml", "production:\n  sslmode: «verify-ca»\n"},
			},
			Good: []Example{
				{"database.yml", "production:\n  sslmode: verify-full\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-POSTGRES-003", Title: "a PostgreSQL client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The factory of this name validates nothing. The driver hands its password to whoever answers for the database.",
				Fix:        "Remove it, and write `sslmode=verify-full&sslrootcert=/path/root.crt`. For a private CA: `muxkey trust build ca.pem --target pem -o root.crt`.",
				References: []string{"https://jdbc.postgresql.org/documentation/ssl/"},
			},
			Match: []*Match{
				Key(Containing("NonValidatingFactory"), "sslfactory"),
			},
			Bad: []Example{
				{"application.yml", "url: jdbc:postgresql://db.example.com/app?ssl=true&sslfactory=«org.postgresql.ssl.NonValidatingFactory»\n"},
			},
			Good: []Example{
				{"application.yml", "url: jdbc:postgresql://db.example.com/app?sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-POSTGRES-004", Title: "a PostgreSQL server speaks what is broken", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2 has known attacks, and some ciphers give no protection at all. Who stands in between can press both sides down to the worst that they share.",
				Fix:        "Write `ssl_min_protocol_version = 'TLSv1.2'` and `ssl_ciphers = 'HIGH:!aNULL'`.",
				References: []string{"https://www.postgresql.org/docs/current/runtime-config-connection.html#RUNTIME-CONFIG-CONNECTION-SSL", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Key(Old, "ssl_min_protocol_version", "ssl_max_protocol_version").Or("TLSv1.2"),
				Picked(oldProtocols, "server_tls_protocols", "client_tls_protocols").At("pgbouncer*"),
				Picked(brokenCiphers, "ssl_ciphers").At("postgresql*.conf*", "*postgres*/*"),
			},
			Bad: []Example{
				{"postgresql.conf", "ssl = on\nssl_min_protocol_version = '«TLSv1»'\nssl_ciphers = 'HIGH:«RC4»'\n"},
				{"pgbouncer.ini", "[pgbouncer]\nserver_tls_protocols = «tlsv1.0»,tlsv1.2\n"},
			},
			Good: []Example{
				{"postgresql.conf", "ssl_min_protocol_version = 'TLSv1.2'\nssl_ciphers = 'HIGH:MEDIUM:+3DES:!aNULL'\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-POSTGRES-005", Title: "a PostgreSQL server has clients that must not encrypt", Severity: finding.Medium, CWE: 319,
				Why:        "A line with hostnossl matches connections without TLS alone: what comes in by it is plain text, with the password where the method is `password`.",
				Fix:        "Write `hostssl`.",
				References: []string{"https://www.postgresql.org/docs/current/auth-pg-hba-conf.html"},
			},
			Match: []*Match{
				Key(Not(Containing("reject")), "hostnossl").At("pg_hba*.conf*"),
			},
			Bad:  []Example{{"pg_hba.conf", "hostnossl «all all 10.0.0.0/8 scram-sha-256»\n"}},
			Good: []Example{{"pg_hba.conf", "hostssl all all 0.0.0.0/0 scram-sha-256\nhostnossl all all 0.0.0.0/0 reject\n"}},
		},
	}
}

// ofPostgres leaves out addresses of other databases, some of which have the same
// words and mean something else.
func ofPostgres(s *syntax.Setting) bool {
	return s.Origin != syntax.FromAddress || s.Scheme == "" || strings.Contains(s.Scheme, "postgres") ||
		slices.Contains([]string{"pgsql", "pgx", "cockroach", "cockroachdb", "redshift", "yugabytedb", "timescaledb", "opengauss", "gaussdb"}, s.Scheme)
}
