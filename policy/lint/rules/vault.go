package rules

import (
	"muxkey/internal/finding"
)

func vault() []Rule {
	docs := "https://developer.hashicorp.com/vault/docs/commands#configure-environment-variables"
	listener := "https://developer.hashicorp.com/vault/docs/configuration/listener/tcp"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-VAULT-001", Title: "Vault's clients take any certificate", Severity: finding.High, CWE: 295,
				Why:        "The token is given to whoever answers, and with it every secret that it opens.",
				Fix:        "Remove it. Put the CA of the server into a bundle with `muxkey trust build ca.pem -o vault-ca.pem` and name that as `VAULT_CACERT`.",
				References: []string{docs, "https://developer.hashicorp.com/vault/docs/agent-and-proxy/agent"},
			},
			Match: []*Match{
				Env(True, "VAULT_SKIP_VERIFY", "BAO_SKIP_VERIFY").Or("false"),
				Flag("vault", "-tls-skip-verify", "--tls-skip-verify").Gone(),
				Flag("bao", "-tls-skip-verify", "--tls-skip-verify").Gone(),
				Key(True, "vault.tls_skip_verify").In("hcl", "json").Or("false"),
			},
			Bad: []Example{
				{"run.sh", "export VAULT_SKIP_VERIFY=«1»\nvault status «-tls-skip-verify»\n"},
				{"deploy.yaml", "env:\n  - name: VAULT_SKIP_VERIFY\n    value: \"«true»\"\n"},
				{"agent.hcl", "vault {\n  address = \"https://vault.example.com:8200\"\n  tls_skip_verify = «true»\n}\n"},
			},
			Good: []Example{
				{"run.sh", "export VAULT_SKIP_VERIFY=false\nexport VAULT_CACERT=/etc/ca.pem\nunset VAULT_SKIP_VERIFY\nexport MYVAULT_SKIP_VERIFY=1\nvault status -tls-skip-verify=false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-VAULT-002", Title: "Vault listens without TLS", Severity: finding.High, CWE: 319,
				Why:        "Tokens and secrets go over the wire as they are. Whoever reads along has them.",
				Fix:        "Remove `tls_disable`, and name `tls_cert_file` and `tls_key_file`: `muxkey create vault.example.com -o vault.pem` makes them.",
				References: []string{listener},
			},
			Match: []*Match{
				Within("listener", True, "tls_disable").If(not(beside(Beginning("127.", "localhost", "[::1]", "/"), "address"))),
				Within("listener", True, "tls_disable").If(beside(Beginning("127.", "localhost", "[::1]", "/"), "address")).As(finding.Low, "Vault listens without TLS, on this machine alone"),
			},
			Bad: []Example{
				{"vault.hcl", "listener \"tcp\" {\n  address = \"0.0.0.0:8200\"\n  tls_disable = «1»\n}\nlistener \"tcp\" {\n  address = \"127.0.0.1:8201\"\n  tls_disable = «true»\n}\n"},
				{"vault.json", "{\"listener\": {\"tcp\": {\"address\": \"[::]:8200\", \"tls_disable\": \"«true»\"}}}\n"},
			},
			Good: []Example{
				{"vault.hcl", "listener \"tcp\" {\n  tls_disable = 0\n  tls_cert_file = \"a.pem\"\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-VAULT-003", Title: "Vault, Consul, Nomad or Boundary speaks TLS 1.0 or TLS 1.1", Severity: finding.Medium, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said.",
				Fix:        "Remove `tls_min_version`, or set it to `tls12` (`TLSv1_2` in the `tls` block of Consul).",
				References: []string{listener, "https://developer.hashicorp.com/consul/docs/agent/config/config-files#tls-configuration-reference"},
			},
			Match: []*Match{
				Key(OneOf("tls10", "tls11", "TLSv1_0", "TLSv1_1"), "tls_min_version", "tls_max_version").In("hcl", "json").Or("tls12"),
			},
			Bad: []Example{
				{"vault.hcl", "listener \"tcp\" {\n  tls_min_version = \"«tls10»\"\n}\n"},
			},
			Good: []Example{
				{"vault.hcl", "listener \"tcp\" {\n  tls_min_version = \"tls12\"\n}\n"},
			},
		},
	}
}
