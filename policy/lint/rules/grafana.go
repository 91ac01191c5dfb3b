package rules

import "muxkey/internal/finding"

func grafana() []Rule {
	docs := "https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-GRAFANA-001", Title: "Grafana takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Grafana gives the passwords and tokens of data sources, of log-ins and of mail to whoever answers. Who stands in between sees and changes what is shown.",
				Fix:        "Remove the setting, or set it to `false`. " + pemTrust + "`tls_client_ca`, `root_ca_cert` or the `tlsCACert` of the data source.",
				References: []string{docs, "https://grafana.com/docs/grafana/latest/administration/provisioning/"},
			},
			Match: []*Match{
				Key(True, "tls_skip_verify_insecure", "smtp.skip_verify").Or("false"),
				Key(True, "jsonData.tlsSkipVerify", "json_data.tlsSkipVerify", "json_data_encoded.tlsSkipVerify").Hinting("tlsskipverify").Or("false"),
				Key(True, "servers.ssl_skip_verify").Or("false"),
			},
			Bad: []Example{
				{"grafana.ini", "[smtp]\nskip_verify = «true»\n[auth.generic_oauth]\ntls_skip_verify_insecure = «true»\n"},
				{"compose.env", "GF_SMTP_SKIP_VERIFY=«true»\nGF_AUTH_GENERIC_OAUTH_TLS_SKIP_VERIFY_INSECURE=«true»\n"},
				{"datasources/a.yaml", "datasources:\n  - name: a\n    url: https://prom.example.com\n    jsonData:\n      tlsSkipVerify: «true»\n"},
				{"ldap.toml", "[[servers]]\nhost = \"ldap.example.com\"\nssl_skip_verify = «true»\n"},
			},
			Good: []Example{
				{"grafana.ini", "[smtp]\n;skip_verify = true\nskip_verify = false\n"},
				{"datasources/a.yaml", "datasources:\n  - jsonData:\n      tlsSkipVerify: false\n      tlsAuthWithCACert: true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GRAFANA-002", Title: "Grafana asks a directory without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "The passwords of all who log in go to the directory as they are. Who reads along can log in as any of them.",
				Fix:        "Set `use_ssl = true`, and `start_tls = true` for port 389. " + pemTrust + "`root_ca_cert`.",
				References: []string{"https://grafana.com/docs/grafana/latest/setup-grafana/configure-access/configure-authentication/ldap/"},
			},
			Match: []*Match{
				Key(False, "servers.use_ssl").In("toml").If(beside(anyValue, "search_base_dns", "bind_dn")).Hinting("usessl").Or("true"),
			},
			Bad: []Example{
				{"ldap.toml", "[[servers]]\nhost = \"ldap.example.com\"\nuse_ssl = «false»\nbind_dn = \"cn=%s,dc=example,dc=com\"\n"},
			},
			Good: []Example{
				{"ldap.toml", "[[servers]]\nuse_ssl = true\nstart_tls = true\nbind_dn = \"cn=a\"\n"},
			},
		},
	}
}
