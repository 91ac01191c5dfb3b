package rules

import (
	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func mail() []Rule {
	postfix := []string{"main.cf*", "*.cf", "*.cf.*"}
	dovecot := []string{"*dovecot*", "*dovecot*/*", "*dovecot*/*/*"}
	fetchmail := []string{"*fetchmailrc*"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-MAIL-001", Title: "a mail program takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The program logs in, with a password, to whoever answers for the mail server. That one then reads all the mail.",
				Fix:        "Remove it. For a private CA make a file with `muxkey trust build ca.pem --target pem -o ca-bundle.pem` and name it: `tls_trust_file` in msmtp, `certificate_file` in mutt, `sslcertfile` in fetchmail, `ssl_client_ca_file` in Dovecot.",
				References: []string{"https://marlam.de/msmtp/msmtp.html#Transport-Layer-Security", "https://neomutt.org/guide/reference", "https://www.fetchmail.info/fetchmail-man.html", "https://doc.dovecot.org/main/core/summaries/settings.html"},
			},
			Match: []*Match{
				Key(False, "tls_certcheck").Or("on"),
				Flag("msmtp", "--tls-certcheck=off"),
				FlagIs("msmtp", False, "--tls-certcheck"),
				Flag("fetchmail", "--nosslcertck").Gone(),
				Picked(having("nosslcertck"), "set", "poll", "server", "user", "options", "with", "skip", "and", "username", "ssl").At(fetchmail...),
				Raw([]string{"sslcertck"}, `\b(no\s?sslcertck)\b`).At(fetchmail...),
				Key(False, "ssl_verify_dates").At("*muttrc*", "*mutt*/*", "*mutt*/*/*").Or("yes"),
				Picked(having("ssl_verify_dates"), "unset").At("*muttrc*", "*mutt*/*", "*mutt*/*/*"),
				Key(False, "ssl_client_require_valid_cert", "imapc_ssl_verify", "pop3c_ssl_verify").At(dovecot...).Or("yes"),
			},
			Bad: []Example{
				{".msmtprc", "account work\nhost smtp.example.com\ntls on\ntls_certcheck «off»\n"},
				{"send.sh", "msmtp «--tls-certcheck=off» me@example.com < mail.txt\n"},
				{".fetchmailrc", "poll imap.example.com proto imap user \"me\" ssl «no sslcertck»\n"},
				{"fetch.sh", "fetchmail «--nosslcertck» imap.example.com\n"},
				{".muttrc", "set ssl_verify_dates=«no»\n"},
				{"dovecot/dovecot.conf", "imapc_ssl_verify = «no»\n"},
			},
			Good: []Example{
				{".msmtprc", "defaults\ntls on\ntls_trust_file /etc/ssl/ca.pem\n# tls_certcheck off\n"},
				{".fetchmailrc", "poll imap.example.com proto imap ssl sslcertck\n"},
				{".muttrc", "set ssl_verify_dates=yes\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MAIL-002", Title: "a mail program does not look at the name in a certificate", Severity: finding.High, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for the mail server, and everybody can have one for a host of their own.",
				Fix:        "Remove it, and call the server by a name that its certificate has.",
				References: []string{"https://neomutt.org/guide/reference", "https://www.postfix.org/postconf.5.html#smtp_tls_enforce_peername"},
			},
			Match: []*Match{
				Key(False, "ssl_verify_host").At("*muttrc*", "*mutt*/*", "*mutt*/*/*").Or("yes"),
				Picked(having("ssl_verify_host"), "unset").At("*muttrc*", "*mutt*/*", "*mutt*/*/*"),
				Picked(having("nossl_verify_host"), "set").At("*muttrc*", "*mutt*/*", "*mutt*/*/*"),
				Key(False, "smtp_tls_enforce_peername", "lmtp_tls_enforce_peername").Or("yes"),
				Pair(False, "smtp_tls_enforce_peername"),
			},
			Bad: []Example{
				{".muttrc", "set ssl_verify_host=«no»\n"},
				{".muttrc", "unset «ssl_verify_host»\n"},
				{"main.cf", "smtp_tls_enforce_peername = «no»\n"},
				{"setup.sh", "postconf -e smtp_tls_enforce_peername=«no»\n"},
			},
			Good: []Example{
				{".muttrc", "set ssl_verify_host=yes\n# unset ssl_verify_host\n"},
				{"main.cf", "smtp_tls_enforce_peername = yes\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MAIL-003", Title: "a mail server takes passwords in plain text", Severity: finding.Medium, CWE: 319,
				Why:        "Clients that forget TLS, or are made to, send their passwords for everybody on the way to read.",
				Fix:        "Write `smtpd_tls_auth_only = yes` in Postfix, `ssl = required` and `auth_allow_cleartext = no` (before 2.4: `disable_plaintext_auth = yes`) in Dovecot.",
				References: []string{"https://www.postfix.org/postconf.5.html#smtpd_tls_auth_only", "https://doc.dovecot.org/main/core/summaries/settings.html"},
			},
			Match: []*Match{
				Key(False, "smtpd_tls_auth_only").Or("yes"),
				Pair(False, "smtpd_tls_auth_only").Or("yes"),
				Key(False, "disable_plaintext_auth").Or("yes"),
				Key(True, "auth_allow_cleartext").Or("no"),
				Key(OneOf("no"), "ssl").At(dovecot...).Hinting("ssl"),
			},
			Bad: []Example{
				{"main.cf", "smtpd_tls_auth_only = «no»\n"},
				{"setup.sh", "postconf -e 'smtpd_tls_auth_only = «no»'\n"},
				{"etc/dovecot/conf.d/10-auth.conf", "disable_plaintext_auth = «no»\n"},
				{"dovecot.conf", "ssl = «no»\nauth_allow_cleartext = «yes»\n"},
			},
			Good: []Example{
				{"main.cf", "smtpd_tls_auth_only = yes\n"},
				{"dovecot.conf", "ssl = required\n#ssl = no\ndisable_plaintext_auth = yes\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MAIL-004", Title: "mail leaves in plain text", Severity: finding.Low, CWE: 319,
				Why:        "Everybody on the way reads the mail, and the password with which it was handed over.",
				Fix:        "To a relay of your own write `smtp_tls_security_level = secure`, to the world `dane` or `may`. In clients switch TLS on.",
				References: []string{"https://www.postfix.org/TLS_README.html", "https://marlam.de/msmtp/msmtp.html#Transport-Layer-Security", "https://isync.sourceforge.io/mbsync.html"},
			},
			Match: []*Match{
				Key(OneOf("none"), "smtp_tls_security_level", "lmtp_tls_security_level", "smtpd_tls_security_level"),
				Pair(OneOf("none"), "smtp_tls_security_level", "smtpd_tls_security_level"),
				Key(False, "smtp_use_tls", "smtpd_use_tls").At(postfix...),
				Key(OneOf("None"), "SSLType", "TLSType").At("*mbsyncrc*", "*isyncrc*"),
				Key(False, "tls").At("*msmtprc*").If(anywhere(Some, "host")).Hinting("tls"),
				Key(False, "UseTLS", "UseSTARTTLS").At("ssmtp.conf*").If(not(anywhere(True, "UseTLS", "UseSTARTTLS"))),
				Key(False, "ssl_force_tls").At("*muttrc*", "*mutt*/*", "*mutt*/*/*"),
			},
			Bad: []Example{
				{"main.cf", "smtp_tls_security_level = «none»\n"},
				{".mbsyncrc", "IMAPAccount work\nHost imap.example.com\nSSLType «None»\n"},
				{".msmtprc", "account work\nhost smtp.example.com\ntls «off»\n"},
				{".muttrc", "set ssl_force_tls=«no»\n"},
			},
			Good: []Example{
				{"main.cf", "smtp_tls_security_level = dane\nsmtpd_tls_security_level = may\n"},
				{".mbsyncrc", "SSLType IMAPS\n# SSLType None\n"},
				{".msmtprc", "tls on\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MAIL-005", Title: "Postfix encrypts for whoever answers", Severity: finding.Info, CWE: 295,
				Why:        "With may and encrypt no certificate is checked, with may plain text is good enough as well. Somebody in between takes the mail. To the world that is how mail works; to a relay of your own it is not needed.",
				Fix:        "To a relay of your own write `smtp_tls_security_level = secure` and name its CA in `smtp_tls_CAfile`, made with `muxkey trust build ca.pem --target pem -o ca.pem`. To the world `dane` checks where it can.",
				References: []string{"https://www.postfix.org/TLS_README.html#client_tls_secure"},
			},
			Match: []*Match{
				Key(OneOf("may", "encrypt"), "smtp_tls_security_level", "lmtp_tls_security_level").If(anywhere(Some, "relayhost")),
			},
			Bad:  []Example{{"main.cf", "relayhost = [relay.example.com]:587\nsmtp_tls_security_level = «encrypt»\n"}},
			Good: []Example{{"main.cf", "relayhost = [relay.example.com]:587\nsmtp_tls_security_level = secure\n"}, {"main.cf", "relayhost =\nsmtp_tls_security_level = may\n"}},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MAIL-006", Title: "a mail server speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "SSL and TLS before 1.2 have known attacks and rest on MD5 and SHA-1. Who stands in between can press both sides down to the oldest that they share.",
				Fix:        "Write `smtp_tls_mandatory_protocols = >=TLSv1.2` (the same for smtpd) in Postfix, `ssl_min_protocol = TLSv1.2` in Dovecot, `openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1` in Exim.",
				References: []string{"https://www.postfix.org/postconf.5.html#smtpd_tls_mandatory_protocols", "https://doc.dovecot.org/main/core/summaries/settings.html", "https://www.exim.org/exim-html-current/doc/html/spec_html/ch-encrypted_smtp_connections_using_tlsssl.html", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Picked(oldProtocols, "smtp_tls_mandatory_protocols", "smtpd_tls_mandatory_protocols", "lmtp_tls_mandatory_protocols"),
				Picked(oldProtocols, "ssl_protocols").At(dovecot...),
				Key(Old, "ssl_min_protocol").Or("TLSv1.2"),
				Picked(having("-no_sslv2", "-no_sslv3", "-no_tlsv1", "-no_tlsv1_1"), "openssl_options").At("*exim*", "*exim*/*", "*exim*/*/*"),
				Picked(oldProtocols, "SSLVersions", "TLSVersions").At("*mbsyncrc*", "*isyncrc*"),
				Key(True, "ssl_use_sslv2", "ssl_use_sslv3", "ssl_use_tlsv1").At("*muttrc*", "*mutt*/*", "*mutt*/*/*").Or("no"),
			},
			Bad: []Example{
				{"main.cf", "smtpd_tls_mandatory_protocols = «SSLv3», «TLSv1», TLSv1.2\n"},
				{"main.cf", "smtp_tls_mandatory_protocols = «>=TLSv1»\n"},
				{"dovecot.conf", "ssl_min_protocol = «TLSv1»\n"},
				{"exim4.conf", "openssl_options = +all «-no_sslv3»\n"},
				{".muttrc", "set ssl_use_sslv3=«yes»\n"},
			},
			Good: []Example{
				{"main.cf", "smtpd_tls_mandatory_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1\nsmtp_tls_mandatory_protocols = >=TLSv1.2, <=TLSv1.3\nsmtp_tls_protocols = !SSLv2:!SSLv3\n"},
				{"dovecot.conf", "ssl_min_protocol = TLSv1.2\nssl_protocols = !SSLv3 !SSLv2\n"},
				{"exim4.conf", "openssl_options = +no_sslv2 +no_sslv3\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MAIL-007", Title: "a mail server offers ciphers that give no protection", Severity: finding.Medium, CWE: 327,
				Why:        "These ciphers leave out the encryption or the certificate, or are broken within hours. A peer that can be brought to use one has no protection left.",
				Fix:        "Write `high` or `medium` in Postfix, and take the words out of the lists of Dovecot and Exim.",
				References: []string{"https://www.postfix.org/postconf.5.html#smtpd_tls_mandatory_ciphers"},
			},
			Match: []*Match{
				Key(OneOf("export", "low", "null"), "smtp_tls_mandatory_ciphers", "smtpd_tls_mandatory_ciphers", "lmtp_tls_mandatory_ciphers", "smtp_tls_ciphers", "smtpd_tls_ciphers").Or("medium"),
				Picked(brokenCiphers, "ssl_cipher_list").At(dovecot...),
				Picked(brokenCiphers, "tls_require_ciphers").At("*exim*", "*exim*/*", "*exim*/*/*"),
			},
			Bad: []Example{
				{"main.cf", "smtpd_tls_mandatory_ciphers = «export»\n"},
				{"dovecot.conf", "ssl_cipher_list = ALL:!aNULL:«LOW»:«RC4»\n"},
			},
			Good: []Example{
				{"main.cf", "smtpd_tls_mandatory_ciphers = high\nsmtpd_tls_exclude_ciphers = aNULL, RC4, EXPORT\n"},
				{"dovecot.conf", "ssl_cipher_list = ALL:!LOW:!SSLv2:!EXP:!aNULL\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MAIL-008", Title: "swaks tests TLS without looking at the certificate", Severity: finding.Info, CWE: 295,
				Why:        "The test passes with whoever answers, and the password given with `-ap` goes there.",
				Fix:        "Add `--tls-verify`, and `--tls-ca-path ca.pem` for a private CA.",
				References: []string{"https://jetmore.org/john/code/swaks/latest/doc/ref.txt"},
			},
			Match: []*Match{
				Find([]string{"swaks"}, unverifiedSwaks),
			},
			Bad:  []Example{{"test.sh", "swaks --to a@example.com --server mail.example.com «--tls»\n"}},
			Good: []Example{{"test.sh", "swaks --to a@example.com --server mail.example.com --tls --tls-verify\nswaks --to b@example.com\n"}},
		},
	}
}

func unverifiedSwaks(f *syntax.File, report func(Hit)) {
	for _, c := range f.Commands {
		if c.Name != "swaks" || holds(c.Words, "--tls-verify", "--tls-verify-ca", "--tls-verify-host", "-tls-verify") {
			continue
		}
		for _, w := range c.Words {
			if w.Text == "--tls" || w.Text == "-tls" || w.Text == "-tlsc" || w.Text == "--tls-on-connect" {
				report(Hit{Span: w.Span})
				break
			}
		}
	}
}
