package rules

import (
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func identity() []Rule {
	keycloak := "https://www.keycloak.org/server/keycloak-truststore"
	proxy := "https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-IDENTITY-001", Title: "a service for log-ins takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Codes, tokens and passwords are given to whoever answers for the identity provider or the directory. Who stands in between can be any user.",
				Fix:        "Remove it. " + pemTrust + "`truststore`, `--provider-ca-file`, `rootCA` or `certificates_directory`, whatever the service calls it.",
				References: []string{keycloak, proxy, "https://dexidp.io/docs/connectors/ldap/", "https://www.authelia.com/configuration/prologue/common/"},
			},
			Match: []*Match{
				Key(True, "disable-trust-manager").Or("false"),
				Flag("oauth2-proxy", "--ssl-insecure-skip-verify", "--ssl-upstream-insecure-skip-verify", "-ssl-insecure-skip-verify", "-ssl-upstream-insecure-skip-verify").Gone(),
				Flag("", "--ssl-insecure-skip-verify", "--ssl-upstream-insecure-skip-verify").Gone(),
				Key(True, "ssl_insecure_skip_verify", "ssl_upstream_insecure_skip_verify").If(mentions("oauth2")).Or("false"),
				Key(True, "config.insecureSkipVerify").In("yaml", "json").If(mentions("connectors")).Or("false"),
				Key(True, "ldap.tls.skip_verify", "smtp.tls.skip_verify", "storage.postgres.tls.skip_verify", "storage.mysql.tls.skip_verify", "session.redis.tls.skip_verify").In("yaml").Or("false"),
				Key(True, "AUTHENTICATION_BACKEND_LDAP_TLS_SKIP_VERIFY", "NOTIFIER_SMTP_TLS_SKIP_VERIFY").Hinting("skipverify").Or("false"),
			},
			Bad: []Example{
				{"keycloak.json", "{\"realm\": \"a\", \"disable-trust-manager\": «true»}\n"},
				{"oauth2-proxy.cfg", "provider = \"oidc\"\nssl_insecure_skip_verify = «true»\n[x]\noauth2 = 1\n"},
				{"deploy.yaml", "args:\n  - --provider=oidc\n  - «--ssl-insecure-skip-verify»\n"},
				{"oauth2.env", "OAUTH2_PROXY_SSL_INSECURE_SKIP_VERIFY=«true»\n"},
				{"dex.yaml", "connectors:\n  - type: ldap\n    config:\n      host: ldap.example.com:636\n      insecureSkipVerify: «true»\n"},
				{"configuration.yml", "authentication_backend:\n  ldap:\n    address: ldaps://ldap.example.com\n    tls:\n      skip_verify: «true»\n"},
			},
			Good: []Example{
				{"dex.yaml", "connectors:\n  - type: oidc\n    config:\n      insecureSkipEmailVerified: true\n      insecureEnableGroups: true\n"},
				{"oauth2-proxy.cfg", "# oauth2\nskip_oidc_discovery = true\ninsecure_oidc_skip_issuer_verification = true\nssl_insecure_skip_verify = false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-IDENTITY-002", Title: "a service for log-ins does not look at the host name", Severity: finding.High, CWE: 297,
				Why:        "Any certificate that some trusted CA has given to anybody passes for the identity provider.",
				Fix:        "Remove it, or write `DEFAULT` for Keycloak's `tls-hostname-verifier`. The certificate must hold the name, which `muxkey verify STORE --host NAME` tells.",
				References: []string{keycloak},
			},
			Match: []*Match{
				Key(True, "allow-any-hostname").If(spelt("allow-any-hostname", "keycloak.allow-any-hostname")).Or("false"),
				Key(OneOf("ANY"), "truststore-file-hostname-verification-policy", "tls-hostname-verifier").Or("DEFAULT"),
				FlagIs("", OneOf("ANY"), "--tls-hostname-verifier", "--spi-truststore-file-hostname-verification-policy").Hinting("hostnameverif"),
			},
			Bad: []Example{
				{"keycloak.json", "{\"realm\": \"a\", \"allow-any-hostname\": «true»}\n"},
				{"keycloak.conf", "spi-truststore-file-hostname-verification-policy=«ANY»\ntls-hostname-verifier=«ANY»\n"},
				{"kc.env", "KC_TLS_HOSTNAME_VERIFIER=«ANY»\n"},
				{"run.sh", "kc.sh start «--spi-truststore-file-hostname-verification-policy=ANY»\n"},
			},
			Good: []Example{
				{"keycloak.conf", "tls-hostname-verifier=STRICT\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-IDENTITY-003", Title: "log-ins may go without TLS", Severity: finding.High, CWE: 319,
				Why:        "Passwords and tokens can be read on the way.",
				Fix:        "Set `sslRequired` to `external` or `all` (Keycloak); use TLS to the directory (Dex: remove `insecureNoSSL`).",
				References: []string{"https://www.keycloak.org/docs/latest/server_admin/#_ssl_modes", "https://dexidp.io/docs/connectors/ldap/"},
			},
			Match: []*Match{
				Key(OneOf("none"), "ssl-required", "sslRequired").Or("external"),
				Key(True, "insecureNoSSL").Or("false"),
				Args(keycloakRealm, "kcadm.sh", "update"),
			},
			Bad: []Example{
				{"keycloak.json", "{\"realm\": \"a\", \"ssl-required\": \"«none»\"}\n"},
				{"realm.json", "{\"realm\": \"master\", \"sslRequired\": \"«NONE»\"}\n"},
				{"dex.yaml", "connectors:\n  - config:\n      host: ldap.example.com:389\n      insecureNoSSL: «true»\n"},
				{"setup.sh", "kcadm.sh update realms/master -s «sslRequired=NONE»\n"},
			},
			Good: []Example{
				{"keycloak.json", "{\"ssl-required\": \"external\"}\n"},
			},
		},
	}
}

// keycloakRealm finds what switches TLS off in a realm.
func keycloakRealm(_ *syntax.Command, rest []syntax.Word) *syntax.Word {
	for i, w := range rest {
		if strings.EqualFold(w.Text, "sslRequired=NONE") {
			return &rest[i]
		}
	}
	return nil
}
