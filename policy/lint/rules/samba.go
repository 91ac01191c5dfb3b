package rules

import "muxkey/internal/finding"

func samba() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-SAMBA-001", Title: "Samba takes certificates without a full check", Severity: finding.Medium, CWE: 295,
				Why:        "Samba looks up accounts, and their passwords, with whoever answers for the directory server.",
				Fix:        "Write `tls verify peer = as_strict_as_possible` and `tls cafile`. For a private CA: `muxkey trust build ca.pem --target pem -o ldap-ca.pem`.",
				References: []string{"https://www.samba.org/samba/docs/current/man-html/smb.conf.5.html"},
			},
			Match: []*Match{
				Key(OneOf("no_check", "ca_only", "ca_and_name_if_available"), "tls verify peer").Or("as_strict_as_possible"),
			},
			Bad:  []Example{{"smb.conf", "[global]\n\ttls verify peer = «no_check»\n"}, {"smb.conf", "[global]\n\ttls verify peer = «ca_only»\n"}},
			Good: []Example{{"smb.conf", "[global]\n\ttls verify peer = as_strict_as_possible\n;\ttls verify peer = no_check\n"}},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMBA-002", Title: "Samba speaks LDAP in plain text", Severity: finding.Medium, CWE: 319,
				Why:        "Passwords of accounts go over the network for everybody on the way to read, or to change.",
				Fix:        "Write `ldap ssl = start tls`, `ldap server require strong auth = yes` and `client ldap sasl wrapping = sign` (or seal).",
				References: []string{"https://www.samba.org/samba/docs/current/man-html/smb.conf.5.html"},
			},
			Match: []*Match{
				Key(OneOf("off", "no"), "ldap ssl").Or("start tls"),
				Key(OneOf("no", "allow_sasl_over_tls"), "ldap server require strong auth").Or("yes"),
				Key(OneOf("plain"), "client ldap sasl wrapping").Or("sign"),
			},
			Bad:  []Example{{"smb.conf", "[global]\n\tldap ssl = «off»\n\tldap server require strong auth = «no»\n\tclient ldap sasl wrapping = «plain»\n"}},
			Good: []Example{{"smb.conf", "[global]\n\tldap ssl = start tls\n\tldap server require strong auth = yes\n"}},
		},
	}
}
