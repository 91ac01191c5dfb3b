package rules

import (
	"slices"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func mssql() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-MSSQL-001", Title: "a client of SQL Server takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The client hands its password to whoever answers for the database. Somebody in between reads and changes every query.",
				Fix:        "Write `TrustServerCertificate=false` with `Encrypt=true` (or strict), and let the machine trust the CA: `muxkey trust build ca.pem --target windows-sst -o ca.sst` on Windows, `--target debian` or `--target rhel` on Linux, `--target java-cacerts` for JDBC.",
				References: []string{"https://learn.microsoft.com/en-us/sql/connect/ado-net/connection-string-syntax", "https://learn.microsoft.com/en-us/sql/connect/jdbc/setting-the-connection-properties", "https://learn.microsoft.com/en-us/sql/tools/sqlcmd/sqlcmd-utility", "https://learn.microsoft.com/en-us/sql/tools/bcp-utility"},
			},
			Match: []*Match{
				KeyWhere(noScheme("mysql", "mariadb"), True, "trustservercertificate", "trust server certificate").Or("false"),
				Assign(True, "TrustServerCertificate", "trustServerCertificate", "options.trustServerCertificate").Or("false"),
				Flags([]string{"sqlcmd"}, "-C"),
				Flags([]string{"bcp"}, "-u").Hinting("bcp "),
				Flags([]string{"invoke-sqlcmd"}, "-TrustServerCertificate"),
			},
			Bad: []Example{
				{"appsettings.json", "{\"ConnectionStrings\": {\"App\": \"Server=db.example.com;Database=app;User Id=app;TrustServerCertificate=«True»\"}}\n"},
				{"web.config", "<configuration><connectionStrings><add name=\"App\" connectionString=\"Data Source=db.example.com;Initial Catalog=app;Trust Server Certificate=«yes»\"/></connectionStrings></configuration>\n"},
				{"app.properties", "url=jdbc:sqlserver://db.example.com:1433;databaseName=app;encrypt=true;trustServerCertificate=«true»\n"},
				{"app.yaml", "url: sqlserver://app@db.example.com?database=app&TrustServerCertificate=«true»\n"},
				{"db.js", "const config = { server: 'db.example.com', options: { encrypt: true, trustServerCertificate: «true» } };\n"},
				{"Db.cs", "var b = new SqlConnectionStringBuilder { DataSource = \"db\", TrustServerCertificate = «true» };\n"},
				{"Db.cs", "var c = new SqlConnection(\"Server=db.example.com;Database=app;TrustServerCertificate=«true»\");\n"},
				{"q.ps1", "Invoke-Sqlcmd -ServerInstance db.example.com «-TrustServerCertificate» -Query 'select 1'\n"},
				{"init.sh", "sqlcmd -S db.example.com -U app «-C» -i init.sql\n"},
			},
			Good: []Example{
				{"appsettings.json", "{\"ConnectionStrings\": {\"App\": \"Server=db.example.com;Database=app;Encrypt=True;TrustServerCertificate=False;HostNameInCertificate=db\"}}\n"},
				{"init.sh", "sqlcmd -S db.example.com -U app -i init.sql\nbcp app.dbo.t in t.csv -S db.example.com -C 65001\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MSSQL-002", Title: "a client of SQL Server is content with plain text", Severity: finding.Medium, CWE: 319,
				Why:        "Only the login is encrypted then, for whoever answers; queries and data are not. They are read and changed on the way.",
				Fix:        "Write `Encrypt=true` (mandatory), or strict with SQL Server 2022.",
				References: []string{"https://learn.microsoft.com/en-us/sql/connect/ado-net/connection-string-syntax", "https://learn.microsoft.com/en-us/sql/connect/jdbc/setting-the-connection-properties"},
			},
			Match: []*Match{
				KeyWhere(sqlServer, OneOf("false", "no", "optional", "disable", "0"), "encrypt").Hinting("encrypt=", "encrypt ="),
				Find([]string{"sqlcmd", "bcp "}, optionalEncryption),
				Key(OneOf("off"), "encryption").At("freetds.conf*"),
			},
			Bad: []Example{
				{"appsettings.json", "{\"ConnectionStrings\": {\"App\": \"Server=db.example.com;Database=app;Encrypt=«False»\"}}\n"},
				{"app.properties", "url=jdbc:sqlserver://db.example.com:1433;databaseName=app;encrypt=«false»\n"},
				{"init.sh", "sqlcmd -S db.example.com «-No» -i init.sql\n"},
				{"freetds.conf", "[db]\nhost = db.example.com\nencryption = «off»\n"},
			},
			Good: []Example{
				{"appsettings.json", "{\"ConnectionStrings\": {\"App\": \"Server=db.example.com;Database=app;Encrypt=True\"}}\n"},
				{"app.yaml", "backup:\n  encrypt: false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MSSQL-003", Title: "FreeTDS does not look at the name in a certificate", Severity: finding.Medium, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for the database, and everybody can have one for a host of their own.",
				Fix:        "Remove the line, and name the CA with `ca file`.",
				References: []string{"https://www.freetds.org/userguide/freetdsconf.html"},
			},
			Match: []*Match{
				Key(False, "check certificate hostname").Or("yes"),
			},
			Bad:  []Example{{"freetds.conf", "[db]\nca file = /etc/ca.pem\ncheck certificate hostname = «no»\n"}},
			Good: []Example{{"freetds.conf", "[db]\ncheck certificate hostname = yes\n"}},
		},
	}
}

// sqlServer tells whether a parameter is one of an address of SQL Server; other
// connection strings that have "Encrypt" are not known.
func sqlServer(s *syntax.Setting) bool {
	return s.Origin == syntax.FromAddress && slices.Contains([]string{"", "sqlserver", "mssql", "mssql+pyodbc", "azuresql"}, s.Scheme)
}

// optionalEncryption finds -No of sqlcmd and -Yo of bcp, whose value is joined to
// the letter or missing.
func optionalEncryption(f *syntax.File, report func(Hit)) {
	for _, c := range f.Commands {
		for _, w := range c.Words {
			if c.Name == "sqlcmd" && w.Text == "-No" || c.Name == "bcp" && w.Text == "-Yo" {
				report(Hit{Span: w.Span})
			}
		}
	}
}
