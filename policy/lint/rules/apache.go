package rules

import "muxkey/internal/finding"

func apache() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-APACHE-001", Title: "Apache takes any certificate from the servers behind it", Severity: finding.High, CWE: 295,
				Why:        "The proxy sends requests, with the cookies and passwords in them, to whoever answers for the server behind it. The `https` in `ProxyPass` protects nothing then.",
				Fix:        "Write `SSLProxyVerify require` and name the CA: `SSLProxyCACertificateFile ca.pem`. For a private one make the file with `muxkey trust build ca.pem --target pem -o upstream-ca.pem`.",
				References: []string{"https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslproxyverify"},
			},
			Match: []*Match{
				Key(OneOf("none", "optional", "optional_no_ca"), "SSLProxyVerify").Or("require"),
			},
			Bad: []Example{
				{"httpd.conf", "SSLProxyEngine on\nSSLProxyVerify «none»\n"},
				{"apache2/sites-available/app.conf", "<VirtualHost *:443>\n  <Proxy \"https://app.example.com/\">\n    SSLProxyVerify «optional_no_ca»\n  </Proxy>\n</VirtualHost>\n"},
			},
			Good: []Example{
				{"httpd.conf", "SSLVerifyClient none\n#SSLProxyVerify none\nSSLProxyVerify require\nSSLProxyCACertificateFile conf/ca.pem\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-APACHE-002", Title: "Apache does not look at the name in a certificate behind it", Severity: finding.High, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for any server. Who holds one for a host of their own can stand in for the server behind the proxy.",
				Fix:        "Remove the line, both are on by default, and have the server's certificate issued for the name in `ProxyPass`.",
				References: []string{"https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslproxycheckpeername"},
			},
			Match: []*Match{
				Key(False, "SSLProxyCheckPeerName", "SSLProxyCheckPeerCN").Or("on"),
			},
			Bad: []Example{
				{"httpd.conf", "SSLProxyCheckPeerCN «off»\nSSLProxyCheckPeerName «off»\n"},
			},
			Good: []Example{
				{"httpd.conf", "SSLProxyCheckPeerCN on\n# SSLProxyCheckPeerName off\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-APACHE-003", Title: "Apache takes expired certificates from the servers behind it", Severity: finding.Medium, CWE: 298,
				Why:        "A key whose certificate has run out is watched by nobody any more, and lists of revoked certificates no longer name it. Whoever finds one can still use it here.",
				Fix:        "Remove the line, and renew the certificate in time: `muxkey check` tells when it runs out.",
				References: []string{"https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslproxycheckpeerexpire"},
			},
			Match: []*Match{
				Key(False, "SSLProxyCheckPeerExpire").Or("on"),
			},
			Bad:  []Example{{"httpd.conf", "SSLProxyCheckPeerExpire «off»\n"}},
			Good: []Example{{"httpd.conf", "SSLProxyCheckPeerExpire on\n"}},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-APACHE-004", Title: "Apache speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "SSL and TLS before 1.2 have known attacks and rest on MD5 and SHA-1. Who stands in between can press both sides down to the oldest that they share.",
				Fix:        "Write `SSLProtocol -all +TLSv1.2 +TLSv1.3`.",
				References: []string{"https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslprotocol", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Picked(oldProtocols, "SSLProtocol", "SSLProxyProtocol").In("conf"),
			},
			Bad: []Example{
				{"httpd.conf", "SSLProtocol «all» -SSLv3\n"},
				{"httpd.conf", "SSLProtocol -all «+TLSv1» +TLSv1.2\n"},
				{"apache2/mods-available/ssl.conf", "<IfModule mod_ssl.c>\n  SSLProxyProtocol «all» -SSLv3 -TLSv1\n</IfModule>\n"},
			},
			Good: []Example{
				{"httpd.conf", "SSLProtocol all -SSLv3 -TLSv1 -TLSv1.1\n"},
				{"httpd.conf", "SSLProtocol -all +TLSv1.2 +TLSv1.3\n"},
				{"httpd.conf", "SSLProtocol +TLSv1 +TLSv1.2 -TLSv1\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-APACHE-005", Title: "Apache offers ciphers that give no protection", Severity: finding.Medium, CWE: 327,
				Why:        "These ciphers leave out the encryption or the certificate, or are broken within hours. A client that can be brought to use one has no protection left.",
				Fix:        "Take the words out, or switch the groups off: `SSLCipherSuite HIGH:!aNULL:!MD5:!3DES`.",
				References: []string{"https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslciphersuite", "https://docs.openssl.org/3.0/man1/openssl-ciphers/"},
			},
			Match: []*Match{
				Picked(brokenCiphers, "SSLCipherSuite", "SSLProxyCipherSuite").In("conf"),
				Picked(tripleDES, "SSLCipherSuite", "SSLProxyCipherSuite").In("conf").As(finding.Low, "3DES has blocks so small that long sessions give their content away"),
			},
			Bad: []Example{
				{"httpd.conf", "SSLCipherSuite ALL:!ADH:!EXPORT56:«RC4+RSA»:+HIGH:+MEDIUM:+LOW:+SSLv2:+EXP:«eNULL»\n"},
				{"httpd.conf", "SSLProxyCipherSuite HIGH:«3DES»:!aNULL\n"},
			},
			Good: []Example{
				{"httpd.conf", "SSLCipherSuite HIGH:MEDIUM:!MD5:!RC4:!3DES\n"},
				{"httpd.conf", "SSLCipherSuite TLSv1.3 TLS_AES_256_GCM_SHA384\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-APACHE-006", Title: "Apache renegotiates the insecure way", Severity: finding.Medium, CWE: 327,
				Why:        "Renegotiation without RFC 5746 lets somebody in between put requests of their own in front of those of the client. The server takes both for one session.",
				Fix:        "Remove the line, it is off by default. Clients that need it are older than 2010.",
				References: []string{"https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslinsecurerenegotiation", "https://www.rfc-editor.org/rfc/rfc5746"},
			},
			Match: []*Match{
				Key(True, "SSLInsecureRenegotiation").Or("off"),
			},
			Bad:  []Example{{"httpd.conf", "SSLInsecureRenegotiation «on»\n"}},
			Good: []Example{{"httpd.conf", "SSLInsecureRenegotiation off\n"}},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-APACHE-007", Title: "Apache takes any certificate from an LDAP server", Severity: finding.High, CWE: 295,
				Why:        "Apache sends the passwords of those who log in to whoever answers for the LDAP server. That one also decides who gets in.",
				Fix:        "Remove the line, it is on by default, and name the CA with `LDAPTrustedGlobalCert CA_BASE64 ca.pem`. For a private one: `muxkey trust build ca.pem --target pem -o ldap-ca.pem`.",
				References: []string{"https://httpd.apache.org/docs/2.4/mod/mod_ldap.html#ldapverifyservercert"},
			},
			Match: []*Match{
				Key(False, "LDAPVerifyServerCert").Or("on"),
			},
			Bad:  []Example{{"httpd.conf", "LDAPVerifyServerCert «Off»\n"}},
			Good: []Example{{"httpd.conf", "LDAPVerifyServerCert On\n"}},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-APACHE-008", Title: "Apache does not check the servers behind it, as it was not told to", Severity: finding.Info, CWE: 295,
				Why:        "`SSLProxyVerify` is none unless it is set, so `SSLProxyEngine on` alone encrypts for whoever answers. Names and dates are looked at, and are worth nothing without a CA.",
				Fix:        "Add `SSLProxyVerify require` and `SSLProxyCACertificateFile`. For a private CA: `muxkey trust build ca.pem --target pem -o upstream-ca.pem`.",
				References: []string{"https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslproxyverify"},
			},
			Match: []*Match{
				Key(True, "SSLProxyEngine").If(not(anywhere(anyValue, "SSLProxyVerify"))),
			},
			Bad:  []Example{{"httpd.conf", "SSLProxyEngine «on»\nProxyPass / https://app.example.com/\n"}},
			Good: []Example{{"httpd.conf", "SSLProxyEngine on\nSSLProxyVerify require\n"}, {"httpd.conf", "SSLProxyEngine off\n"}},
		},
	}
}
