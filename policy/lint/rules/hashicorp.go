package rules

import "muxkey/internal/finding"

func hashicorp() []Rule {
	consul := "https://developer.hashicorp.com/consul/docs/agent/config/config-files#tls-configuration-reference"
	nomad := "https://developer.hashicorp.com/nomad/docs/configuration/tls"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-HASHICORP-001", Title: "clients of Consul, Nomad or Boundary take any certificate", Severity: finding.High, CWE: 295,
				Why:        "The token is given to whoever answers. With a token of Nomad programs run on every machine, with one of Consul services can be sent elsewhere.",
				Fix:        "Remove it. Put the CA into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and name that as `CONSUL_CACERT`, `NOMAD_CACERT` or `BOUNDARY_CACERT`.",
				References: []string{"https://developer.hashicorp.com/consul/commands#environment-variables", "https://developer.hashicorp.com/nomad/commands", consul},
			},
			Match: []*Match{
				Env(False, "CONSUL_HTTP_SSL_VERIFY").Or("true"),
				Env(True, "NOMAD_SKIP_VERIFY", "BOUNDARY_TLS_INSECURE").Or("false"),
				Flag("nomad", "-tls-skip-verify", "--tls-skip-verify").Gone(),
				Flag("boundary", "-tls-insecure", "--tls-insecure").Gone(),
			},
			Bad: []Example{
				{"run.sh", "CONSUL_HTTP_SSL_VERIFY=«false» consul members\nexport NOMAD_SKIP_VERIFY=«true»\nnomad status «-tls-skip-verify»\nboundary authenticate «-tls-insecure»\n"},
			},
			Good: []Example{
				{"run.sh", "CONSUL_HTTP_SSL_VERIFY=true consul members\nexport NOMAD_SKIP_VERIFY=false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-HASHICORP-002", Title: "agents of Consul or Nomad do not check each other", Severity: finding.High, CWE: 295,
				Why:        "An agent joins whoever answers, or takes any agent of the same CA for a server. Who stands in between then says what runs and where it is.",
				Fix:        "Set `verify_outgoing` and `verify_server_hostname` to `true`; the certificates of servers must hold `server.DC.consul` (`server.REGION.nomad`), which `muxkey create --san` gives them.",
				References: []string{consul, nomad},
			},
			Match: []*Match{
				Key(False, "verify_outgoing").In("hcl", "json").Or("true"),
				Key(False, "verify_server_hostname").In("hcl", "json").Or("true"),
				Key(True, "check.tls_skip_verify", "checks.tls_skip_verify").In("hcl", "json").As(finding.Low, "a health check takes any certificate").Or("false"),
			},
			Bad: []Example{
				{"consul.hcl", "tls {\n  defaults {\n    verify_outgoing = «false»\n  }\n  internal_rpc {\n    verify_server_hostname = «false»\n  }\n}\n"},
				{"consul.json", "{\"verify_outgoing\": «false», \"check\": {\"http\": \"https://a.example.com\", \"tls_skip_verify\": «true»}}\n"},
			},
			Good: []Example{
				{"consul.hcl", "tls {\n  defaults {\n    verify_incoming = true\n    verify_outgoing = true\n  }\n}\nverify_incoming_https = false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-HASHICORP-003", Title: "Nomad lets anybody without a certificate use its API", Severity: finding.Info, CWE: 306,
				Why:        "Only tokens keep others out then. That is how many sites run it, as browsers have no certificates.",
				Fix:        "Set `verify_https_client = true` where only programs use the API, and see that access control lists are on.",
				References: []string{nomad},
			},
			Match: []*Match{
				Key(False, "verify_https_client").In("hcl", "json"),
			},
			Bad: []Example{
				{"nomad.hcl", "tls {\n  http = true\n  verify_https_client = «false»\n}\n"},
			},
			Good: []Example{
				{"nomad.hcl", "tls {\n  verify_https_client = true\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-HASHICORP-004", Title: "Nomad or Consul talks without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "Tokens, jobs and secrets of services go over the wire as they are.",
				Fix:        "Switch TLS on, with `ca_file`, `cert_file` and `key_file`; `muxkey ca` and `muxkey create` make them.",
				References: []string{nomad, consul},
			},
			Match: []*Match{
				Key(False, "tls.http", "tls.rpc").In("hcl").If(mentions("verifyserverhostname", "nomad")).Hinting("verifyserverhostname", "nomad"),
				Env(False, "CONSUL_HTTP_SSL"),
			},
			Bad: []Example{
				{"nomad.hcl", "datacenter = \"nomad-1\"\ntls {\n  http = «false»\n  rpc = «false»\n}\n"},
				{"run.sh", "export CONSUL_HTTP_SSL=«false»\n"},
			},
			Good: []Example{
				{"nomad.hcl", "name = \"nomad\"\ntls {\n  http = true\n  rpc = true\n}\n"},
			},
		},
	}
}
