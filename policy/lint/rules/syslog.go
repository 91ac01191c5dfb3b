package rules

import "muxkey/internal/finding"

func syslog() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-SYSLOG-001", Title: "logs go to whoever answers", Severity: finding.Medium, CWE: 295,
				Why:        "The log server is not asked who it is. Somebody in between reads the logs, and drops or changes what should not be seen.",
				Fix:        "Write `StreamDriverAuthMode=\"x509/name\"` with `StreamDriverPermittedPeers` in rsyslog, `peer-verify(required-trusted)` in syslog-ng, and name the CA. For a private one: `muxkey trust build ca.pem --target pem -o log-ca.pem`.",
				References: []string{"https://www.rsyslog.com/doc/concepts/ns_gtls.html", "https://syslog-ng.github.io/admin-guide/120_TLS-encrypted_message_transfer/006_TLS_options"},
			},
			Match: []*Match{
				Key(OneOf("anon"), "ActionSendStreamDriverAuthMode").Or("x509/name"),
				Raw([]string{"streamdriverauthmode"}, `(?i)\bStreamDriverAuthMode\s*=\s*"?(anon)\b`).In("conf"),
				Raw([]string{"peerverify"}, `(?i)\bpeer-verify\(\s*"?(optional-untrusted|required-untrusted|optional-trusted|no)"?\s*\)`).In("conf"),
				Raw([]string{"skipverifyhost"}, `(?i)\bskipverifyhost\s*=\s*"?(on)\b`).In("conf"),
				Raw([]string{"allowunsignedcerts"}, `(?i)\ballowunsignedcerts\s*=\s*"?(on)\b`).In("conf"),
			},
			Bad: []Example{
				{"rsyslog.conf", "$ActionSendStreamDriverMode 1\n$ActionSendStreamDriverAuthMode «anon»\n*.* @@log.example.com:6514\n"},
				{"rsyslog.d/90-forward.conf", "action(type=\"omfwd\" target=\"log.example.com\" StreamDriver=\"gtls\" StreamDriverMode=\"1\" StreamDriverAuthMode=\"«anon»\")\n"},
				{"rsyslog.d/90-forward.conf", "action(\n  type=\"omfwd\"\n  StreamDriverAuthMode=\"«anon»\"\n)\n"},
				{"rsyslog.d/es.conf", "action(type=\"omelasticsearch\" server=\"es.example.com\" usehttps=\"on\" allowunsignedcerts=\"«on»\" skipverifyhost=\"«on»\")\n"},
				{"syslog-ng.conf", "destination d_log {\n  network(\"log.example.com\" port(6514) transport(\"tls\")\n    tls(ca-dir(\"/etc/ca\") peer-verify(«optional-untrusted»))\n  );\n};\n"},
			},
			Good: []Example{
				{"rsyslog.conf", "$ActionSendStreamDriverAuthMode x509/name\n# $ActionSendStreamDriverAuthMode anon\n$InputTCPServerStreamDriverAuthMode anon\n"},
				{"syslog-ng.conf", "destination d_log {\n  network(\"log.example.com\" tls(peer-verify(required-trusted)));\n};\n"},
				{"rsyslog.d/in.conf", "module(load=\"imtcp\" StreamDriver.Name=\"gtls\" StreamDriver.Mode=\"1\" StreamDriver.AuthMode=\"anon\")\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SYSLOG-002", Title: "rsyslog takes expired certificates", Severity: finding.Medium, CWE: 298,
				Why:        "A key whose certificate has run out is watched by nobody any more, and lists of revoked certificates no longer name it. Whoever finds one can still use it here.",
				Fix:        "Remove it, and renew in time: `muxkey check` tells when a certificate runs out.",
				References: []string{"https://www.rsyslog.com/doc/configuration/modules/omfwd.html"},
			},
			Match: []*Match{
				Raw([]string{"permitexpiredcerts"}, `(?i)\bStreamDriver\.?PermitExpiredCerts\s*=\s*"?(on)\b`).In("conf"),
				Key(True, "StreamDriverPermitExpiredCerts", "StreamDriver.PermitExpiredCerts").In("conf"),
			},
			Bad:  []Example{{"rsyslog.conf", "action(type=\"omfwd\" StreamDriver.PermitExpiredCerts=\"«on»\")\n"}},
			Good: []Example{{"rsyslog.conf", "action(type=\"omfwd\" StreamDriver.PermitExpiredCerts=\"off\")\n"}},
		},
	}
}
