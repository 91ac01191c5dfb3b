package rules

import (
	"muxkey/internal/finding"
)

func forges() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-FORGES-001", Title: "a server of code, files or messages takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The server talks to directories, mail servers, mirrors and hooks in the name of its users. Whoever answers gets what it logs in with, and what it sends.",
				Fix:        "Let it check. Install the CA where the server looks for it (the system's trust store: `muxkey trust build ca.pem --target debian -o DIR`; GitLab: `/etc/gitlab/trusted-certs`).",
				References: []string{"https://docs.gitea.com/administration/config-cheat-sheet", "https://docs.gitlab.com/administration/auth/ldap/", "https://docs.mattermost.com/administration-guide/configure/environment-configuration-settings.html", "https://docs.nextcloud.com/server/latest/admin_manual/configuration_server/config_sample_php_parameters.html"},
			},
			Match: []*Match{
				Key(True, "webhook.SKIP_TLS_VERIFY", "webhook__SKIP_TLS_VERIFY", "migrations.SKIP_TLS_VERIFY", "mailer.SKIP_VERIFY", "FORCE_TRUST_SERVER_CERT").Hinting("skiptlsverify", "skipverify", "forcetrustservercert").Or("false"),
				Key(False, "ldap_servers.verify_certificates", "main.verify_certificates", "verify_certificates").In("yaml").If(mentions("ldap")).Or("true"),
				Key(OneOf("none"), "smtp_openssl_verify_mode", "DISCOURSE_SMTP_OPENSSL_VERIFY_MODE").Or("peer"),
				Key(False, "verify_remote_cert").Or("true"),
				Key(True, "storage.s3.skipverify", "storage.oss.skipverify", "registry_storage_s3_skipverify").Hinting("skipverify").Or("false"),
				Key(False, "app.mail.verify-tls-peer").Or("true"),
				Key(True, "turnOffCertCheck", "ldap_turn_off_cert_check").Or("0"),
				Key(True, "ServiceSettings.EnableInsecureOutgoingConnections", "SkipServerCertificateVerification").Hinting("enableinsecureoutgoingconnections", "skipservercertificateverification").Or("false"),
			},
			Bad: []Example{
				{"app.ini", "[webhook]\nSKIP_TLS_VERIFY = «true»\n[mailer]\nFORCE_TRUST_SERVER_CERT = «true»\n"},
				{"gitea.env", "GITEA__webhook__SKIP_TLS_VERIFY=«true»\n"},
				{"gitlab.yml", "production:\n  ldap:\n    servers:\n      main:\n        host: ldap.example.com\n        verify_certificates: «false»\n"},
				{"config.json", "{\"ServiceSettings\": {\"EnableInsecureOutgoingConnections\": «true»}, \"EmailSettings\": {\"SkipServerCertificateVerification\": «true»}}\n"},
				{"configurations.json", "{\"auth_mode\": \"ldap_auth\", \"verify_remote_cert\": «false»}\n"},
				{"registry.yml", "storage:\n  s3:\n    bucket: a\n    skipverify: «true»\n"},
				{"compose.env", "DISCOURSE_SMTP_OPENSSL_VERIFY_MODE=«none»\nMM_SERVICESETTINGS_ENABLEINSECUREOUTGOINGCONNECTIONS=«true»\n"},
			},
			Good: []Example{
				{"app.ini", "[webhook]\nSKIP_TLS_VERIFY = false\n"},
				{"en.json", "{\"VERIFY_REMOTE_CERT\": \"Verify remote certificate\", \"EnableInsecureOutgoingConnections\": \"Enable insecure outgoing connections\"}\n"},
				{"swagger.yaml", "properties:\n  verify_remote_cert:\n    type: boolean\n"},
			},
		},
	}
}
