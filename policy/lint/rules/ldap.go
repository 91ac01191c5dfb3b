package rules

import "muxkey/internal/finding"

func ldap() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-LDAP-001", Title: "an LDAP client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Logins are checked with whoever answers for the directory: that one learns every password, and lets in whom it likes.",
				Fix:        "Write `demand` (or hard), and name the CA: `TLS_CACERT` in ldap.conf, `tls_cacertfile` in nslcd, `ldap_tls_cacert` in sssd. For a private one make the file with `muxkey trust build ca.pem --target pem -o ldap-ca.pem`.",
				References: []string{"https://www.openldap.org/doc/admin26/tls.html", "https://www.openldap.org/software/man.cgi?query=ldap.conf", "https://manpages.debian.org/sssd-ldap"},
			},
			Match: []*Match{
				Key(OneOf("never", "allow"), "tls_reqcert", "ldaptls_reqcert").Or("demand"),
				Raw([]string{"tlsreqcert"}, `(?i)\btls_reqcert=(never|allow)\b`).In("conf", "text"),
				Key(False, "tls_checkpeer").Or("yes"),
				Key(OneOf("never", "allow"), "tls_require_cert").Or("hard"),
				Key(OneOf("try"), "tls_reqcert", "ldaptls_reqcert").As(finding.Info, "certificates are checked, and a server without one is taken as well").Or("demand"),
			},
			Bad: []Example{
				{"etc/ldap/ldap.conf", "BASE dc=example,dc=com\nTLS_REQCERT «never»\n"},
				{"run.sh", "LDAPTLS_REQCERT=«never» ldapsearch -H ldaps://ldap.example.com\n"},
				{"nslcd.conf", "uri ldaps://ldap.example.com\ntls_reqcert «allow»\n"},
				{"sssd.conf", "[domain/example]\nldap_uri = ldaps://ldap.example.com\nldap_tls_reqcert = «never»\n"},
				{"pam_ldap.conf", "ssl start_tls\ntls_checkpeer «no»\n"},
				{"slapd.conf", "syncrepl rid=1 provider=ldaps://ldap.example.com tls_reqcert=«never» bindmethod=simple\n"},
				{"dovecot-ldap.conf", "tls_require_cert = «never»\n"},
				{"ldaprc", "TLS_REQCERT «try»\n"},
				{"cluster.yaml", "DirectoryService:\n  LdapTlsReqCert: «never»\n"},
			},
			Good: []Example{
				{"etc/ldap/ldap.conf", "TLS_REQCERT demand\nTLS_CRLCHECK none\n# TLS_REQCERT never\n"},
				{"slapd.conf", "TLSVerifyClient never\n"},
				{"sssd.conf", "[domain/example]\nldap_tls_reqcert = hard\n"},
				{"run.sh", "echo LDAPTLS_REQCERT=never\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-LDAP-002", Title: "logins are checked with an LDAP server in plain text", Severity: finding.High, CWE: 319,
				Why:        "Every password of those who log in goes over the network for everybody on the way to read. Who changes the answers decides who gets in.",
				Fix:        "Write `ldaps://` in the address, or `ldap_id_use_start_tls = true` (sssd), `ssl start_tls` (nslcd).",
				References: []string{"https://manpages.debian.org/sssd-ldap", "https://manpages.debian.org/nslcd.conf"},
			},
			Match: []*Match{
				Key(True, "ldap_auth_disable_tls_never_use_in_production").Or("false"),
				Key(False, "ldap_id_use_start_tls").If(anywhere(Containing("ldap://"), "ldap_uri")).As(finding.Medium, "").Or("true"),
				Key(OneOf("no", "off"), "ssl").At("nslcd.conf*", "*ldap.conf*").If(anywhere(Containing("ldap://"), "uri")).As(finding.Medium, "").Hinting("ldap://"),
			},
			Bad: []Example{
				{"sssd.conf", "[domain/example]\nldap_uri = ldap://ldap.example.com\nldap_auth_disable_tls_never_use_in_production = «true»\nldap_id_use_start_tls = «false»\n"},
				{"nslcd.conf", "uri ldap://ldap.example.com\nssl «no»\n"},
			},
			Good: []Example{
				{"sssd.conf", "[domain/example]\nldap_uri = ldaps://ldap.example.com\nldap_id_use_start_tls = false\n"},
				{"nslcd.conf", "uri ldaps://ldap.example.com\nssl no\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-LDAP-003", Title: "LDAP over protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "SSL and TLS before 1.2 have known attacks and rest on MD5 and SHA-1. Who stands in between can press both sides down to the oldest that they share.",
				Fix:        "Write 3.3, which is TLS 1.2.",
				References: []string{"https://www.openldap.org/software/man.cgi?query=slapd.conf", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				// 3.0 is SSL 3.0, 3.1 is TLS 1.0, 3.2 is TLS 1.1
				Key(OneOf("0.0", "2.0", "3.0", "3.1", "3.2"), "TLSProtocolMin", "TLS_PROTOCOL_MIN", "olcTLSProtocolMin").Or("3.3"),
			},
			Bad:  []Example{{"slapd.conf", "TLSProtocolMin «3.1»\n"}, {"ldap.conf", "TLS_PROTOCOL_MIN «3.2»\n"}},
			Good: []Example{{"slapd.conf", "TLSProtocolMin 3.3\n"}},
		},
	}
}
