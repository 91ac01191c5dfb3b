package rules

import (
	"muxkey/internal/finding"
	"muxkey/internal/lazy"
	"muxkey/policy/lint/syntax"
)

const (
	gmsDocs   = "https://enu.docs.genesys.com/Documentation/GMS/latest/Deployment/TransportLayerSecurity"
	sdgDocs   = "https://docs.genesys.com/Documentation/System/latest/SDG/TLSConns"
	sdgServer = "https://docs.genesys.com/Documentation/System/8.5.x/SDG/CliTLSSNI"
	sdgLevels = "https://docs.genesys.com/Documentation/System/8.5.x/SDG/AdvTLS"
	gmsTrust  = "`muxkey trust build ca.pem --target gms -o DIR` writes the PEM file and the Java trust store that applications of Genesys take."
)

func genesys() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-GMS-001", Title: "Genesys Mobile Services trusts any certificate", Severity: finding.Critical, CWE: 295,
				Why:        "GMS then talks to whoever answers for ORS, URS or a Web API server, and gives them the data of callers. Who stands in between reads and changes all of it.",
				Fix:        "Give GMS the CA and set `http.ssl_trust_all` to `false`. " + gmsTrust + " Chat Server, UCS and E-mail Server are reached in a mode that checks no certificate, whatever is set: where one of them needs this option, keep that network apart.",
				References: []string{gmsDocs},
			},
			Match: []*Match{
				Key(True, "http.ssl_trust_all").Or("false"),
			},
			Bad: []Example{
				{"gms.ini", "[gms]\nhttp.ssl_trust_all=«true»\n[server]\nweb_scheme=https\n"},
				{"gms.properties", "gms/http.ssl_trust_all = «true»\n"},
				{"gms.json", "{\"gms\": {\"http.ssl_trust_all\": \"«true»\"}}\n"},
				{"export.xml", "<CfgApplication><options><list_pair key=\"gms\"><str_pair key=\"http.ssl_trust_all\" value=\"«true»\"/></list_pair></options></CfgApplication>\n"},
				{"gms.yaml", "gms:\n  http.ssl_trust_all: «true»\n"},
			},
			Good: []Example{
				{"gms.ini", "[gms]\nhttp.ssl_trust_all=false\n; http.ssl_trust_all=true\n"},
				{"gms.json", "{\"http.ssl_trust_all\": {\"type\": \"boolean\", \"default\": \"true\"}}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GMS-002", Title: "Genesys Mobile Services serves without TLS", Severity: finding.High, CWE: 319,
				Why:        "What phones and other servers send, names, numbers and tokens, can be read and changed on the way.",
				Fix:        "Set `web_scheme` to `https` and `web_port` to 443 or 8443. Jetty's keystore must hold a private key with its certificate for the names of all nodes: `muxkey create` makes one.",
				References: []string{gmsDocs},
			},
			Match: []*Match{
				Key(OneOf("http"), "server.web_scheme", "server/web_scheme", "list_pair.web_scheme"),
			},
			Bad: []Example{
				{"gms.ini", "[server]\nweb_scheme=«http»\nweb_port=8080\n"},
				{"gms.properties", "server/web_scheme=«http»\n"},
				{"export.xml", "<options><list_pair key=\"server\"><str_pair key=\"web_scheme\" value=\"«http»\"/></list_pair></options>\n"},
			},
			Good: []Example{
				{"gms.ini", "[server]\nweb_scheme=https\nweb_port=443\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GMS-003", Title: "a connection between Genesys applications goes without TLS", Severity: finding.High, CWE: 319,
				Why:        "Connections between applications are not secure unless both the port and the connection say so. Passwords and the data of callers are then there to be read.",
				Fix:        "Set `tls=1` on the port and in the `security` section of the connection. " + gmsTrust,
				References: []string{sdgDocs, "https://enu.docs.genesys.com/Documentation/FR/Current/CORM/CommTransParms"},
			},
			Match: []*Match{
				Key(Exactly("0"), "security.tls").In("ini", "conf", "properties"),
				Key(func(v syntax.Value) bool { return transportPlain().MatchString(v.Text) }, "transport", "transport-params", "TransportParams").Hinting("tls=0"),
			},
			Bad: []Example{
				{"app.cfg", "[security]\ntls=«0»\ntrusted-ca=/etc/ssl/ca.pem\n"},
				{"app.cfg", "[backup]\ntransport=«tls=0;address-family=4»\n"},
			},
			Good: []Example{
				{"app.cfg", "[security]\ntls=1\ntls-mutual=0\n[backup]\ntransport=tls=1;tls-mutual=0\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GMS-004", Title: "Genesys does not look at the name in the certificate", Severity: finding.Medium, CWE: 297,
				Why:        "Without `host`, any certificate of the same CA passes for any server. Whoever has one of them can stand in between.",
				Fix:        "Set `tls-target-name-check` to `host`, and `tls-target-name` where the name differs from the one that is connected to.",
				References: []string{sdgServer},
			},
			Match: []*Match{
				Key(Not(OneOf("host")), "tls-target-name-check").Or("host"),
				Key(True, "security.tls").In("ini", "conf").If(anywhere(Some, "trusted-ca")).If(not(beside(anyValue, "tls-target-name-check"))).Hinting("trustedca"),
			},
			Bad: []Example{
				{"app.cfg", "[security]\ntls=1\ntls-target-name-check=«none»\n"},
				{"app.cfg", "[security]\ntls=«1»\ntrusted-ca=/etc/ssl/ca.pem\n"},
			},
			Good: []Example{
				{"app.cfg", "[security]\ntls=1\ntrusted-ca=/etc/ssl/ca.pem\ntls-target-name-check=host\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GMS-005", Title: "Genesys is told of no CA to trust", Severity: finding.High, CWE: 295,
				Why:        "Where this is empty, TLS is off or no certificate can be checked against anything.",
				Fix:        "Name the CA in `trusted-ca`, and its form in `trusted-ca-type` where the application has that option. " + gmsTrust,
				References: []string{"https://docs.genesys.com/Documentation/PSDK/latest/Developer/TLSTLSParametersinConfigManager", "https://enu.docs.genesys.com/Documentation/GWE/8.1.2/Deployment/TLS"},
			},
			Match: []*Match{
				Key(Empty, "trusted-ca-type").In("ini", "conf", "properties", "xml"),
				Key(Empty, "security.trusted-ca").In("ini", "conf").If(not(beside(OneOf("MSCAPI"), "provider"))),
			},
			Bad: []Example{
				{"app.cfg", "[security]\n«trusted-ca-type»=\n«trusted-ca»=\n"},
			},
			Good: []Example{
				{"app.cfg", "[security]\nprovider=MSCAPI\ntrusted-ca=\n"},
				{"app.cfg", "[security]\ntrusted-ca-type=PEM\ntrusted-ca=/etc/ssl/ca.pem\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GMS-006", Title: "Genesys is told to speak SSL 3, TLS 1.0 or TLS 1.1", Severity: finding.High, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said.",
				Fix:        "Leave `sec-protocol` empty, which is TLS 1.2 and later, or name `TLSv12` or `TLSv13`.",
				References: []string{sdgLevels},
			},
			Match: []*Match{
				Key(OneOf("SSLv3", "TLSv1", "TLSv11"), "sec-protocol").Or("TLSv12"),
				Key(OneOf("SSLv23"), "sec-protocol").As(finding.Low, "Genesys may speak TLS 1.1").Or("TLSv12"),
			},
			Bad: []Example{
				{"app.cfg", "[security]\nsec-protocol=«TLSv11»\n"},
				{"app.cfg", "[security]\nsec-protocol=«SSLv23»\n"},
			},
			Good: []Example{
				{"app.cfg", "[security]\nsec-protocol=TLSv12\n"},
				{"app.cfg", "[security]\nsec-protocol=\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GMS-007", Title: "the Configuration Server is reached without TLS", Severity: finding.High, CWE: 319,
				Why:        "What is fetched there are the passwords and options of the whole site. Whoever reads along knows them, and who changes them on the way runs the site.",
				Fix:        "Set `PRIMARY_CFGSERVER_CONNECTION_MODE` to `TLS`, with a secure port of the Configuration Server. " + gmsTrust,
				References: []string{"https://enu.docs.genesys.com/Documentation:KC:Deployment:TLS:Current"},
			},
			Match: []*Match{
				Env(OneOf("UNSECURED"), "PRIMARY_CFGSERVER_CONNECTION_MODE", "BACKUP_CFGSERVER_CONNECTION_MODE").Or("TLS"),
				Env(OneOf("UPGRADE"), "PRIMARY_CFGSERVER_CONNECTION_MODE", "BACKUP_CFGSERVER_CONNECTION_MODE").As(finding.Info, "the Configuration Server is reached in the clear at first, and by TLS from then on"),
			},
			Bad: []Example{
				{"setenv.sh", "export PRIMARY_CFGSERVER_CONNECTION_MODE=«UNSECURED»\n"},
				{"setenv.sh", "PRIMARY_CFGSERVER_CONNECTION_MODE=«UPGRADE»\n"},
				{"setenv.bat", "set PRIMARY_CFGSERVER_CONNECTION_MODE=«UNSECURED»\r\n"},
			},
			Good: []Example{
				{"setenv.sh", "PRIMARY_CFGSERVER_CONNECTION_MODE=TLS\n# PRIMARY_CFGSERVER_CONNECTION_MODE=UNSECURED\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GMS-008", Title: "a program for Genesys trusts any certificate", Severity: finding.Critical, CWE: 295,
				Why:        "The program logs in to the Configuration Server, and gives its password and the data of callers to whoever answers.",
				Fix:        "Use `TrustManagerHelper.createPEMTrustManager` or `createJKSTrustManager` with the CA. " + gmsTrust,
				References: []string{"https://docs.genesys.com/Documentation/PSDK/latest/Developer/TLSTLSParametersinConfigManager"},
			},
			Match: []*Match{
				Call([]string{"createTrustEveryoneTrustManager", "TrustManagerHelper.createTrustEveryoneTrustManager"}),
			},
			Bad: []Example{
				{"Main.java", "class Main {\n  Object f() {\n    return TrustManagerHelper.«createTrustEveryoneTrustManager»();\n  }\n}\n"},
			},
			Good: []Example{
				{"Main.java", "class Main {\n  // TrustManagerHelper.createTrustEveryoneTrustManager()\n  Object f() {\n    return TrustManagerHelper.createPEMTrustManager(\"ca.pem\");\n  }\n}\n"},
			},
		},
	}
}

// transportPlain are transport parameters that switch TLS off.
var transportPlain = lazy.Regexp(`(?i)(?:^|[;,\s])tls\s*=\s*(?:0|false|no|off)(?:[;,\s]|$)`)
