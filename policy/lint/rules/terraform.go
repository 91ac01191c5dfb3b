package rules

import (
	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func terraform() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-TERRAFORM-001", Title: "a provider or backend of Terraform takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The credentials that may change a whole site are given to whoever answers. What is built then follows what they answered.",
				Fix:        "Remove it. Put the CA into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and give that to the provider (`cluster_ca_certificate`, `ca_cert_file`, `cacert_file`), or to the machine by `SSL_CERT_FILE`.",
				References: []string{"https://developer.hashicorp.com/terraform/language/backend/http", "https://registry.terraform.io/providers/hashicorp/kubernetes/latest/docs", "https://registry.terraform.io/providers/hashicorp/vault/latest/docs"},
			},
			Match: []*Match{
				KeyWhere(topBlock("provider"), True,
					"insecure", "pm_tls_insecure", "tls_insecure", "allow_unverified_ssl", "skip_tls_verify", "ssl_skip_verify", "tls_skip_verify", "insecure_skip_verify",
					"insecure_skip_tls_verify", "skip_ssl_verification", "skip_ssl_verify", "skip_cert_verification", "tls_insecure_skip_verify", "ignore_ssl_errors", "disable_ssl_verification", "skip_tls_verification",
				).In("hcl", "json").At("*.tf", "*.tofu", "*.tf.json", "*.tofu.json").Hinting("provider").Or("false"),
				KeyWhere(topBlock("provider"), False, "verify_ssl", "validate_certs", "ssl_verify", "tls_verify", "verify_certs", "verify_tls").In("hcl", "json").At("*.tf", "*.tofu", "*.tf.json", "*.tofu.json").Hinting("provider").Or("true"),
				KeyWhere(inBlock("backend"), True, "skip_cert_verification").In("hcl").Or("false"),
				KeyWhere(inBlock("backend"), True, "insecure").In("hcl").Hinting("backend").Or("false"),
				KeyWhere(dataHTTP, True, "insecure").In("hcl").Hinting("insecure").Or("false"),
				Env(True, "VSPHERE_ALLOW_UNVERIFIED_SSL", "PM_TLS_INSECURE", "PROXMOX_VE_INSECURE", "TFE_SSL_SKIP_VERIFY", "TF_HTTP_SKIP_CERT_VERIFICATION", "KUBE_INSECURE", "OS_INSECURE", "GRAFANA_INSECURE_SKIP_VERIFY").Or("false"),
			},
			Bad: []Example{
				{"main.tf", "provider \"kubernetes\" {\n  host     = \"https://k8s.example.com\"\n  insecure = «true»\n}\nprovider \"vsphere\" {\n  allow_unverified_ssl = «true»\n}\n"},
				{"main.tf", "terraform {\n  backend \"http\" {\n    address = \"https://state.example.com\"\n    skip_cert_verification = «true»\n  }\n}\ndata \"http\" \"ip\" {\n  url = \"https://ip.example.com\"\n  insecure = «true»\n}\n"},
				{"plan.sh", "export PM_TLS_INSECURE=«true»\nTF_HTTP_SKIP_CERT_VERIFICATION=«1» terraform plan\n"},
			},
			Good: []Example{
				{"main.tf", "variable \"insecure\" {\n  type = bool\n  default = true\n}\nprovider \"kubernetes\" {\n  insecure = var.insecure\n}\n"},
				{"main.tf", "provider \"github\" {\n  owner = \"x\"\n}\nresource \"github_repository_webhook\" \"a\" {\n  configuration {\n    insecure_ssl = false\n  }\n}\nresource \"x\" \"y\" {\n  insecure = true\n}\n"},
				{"traefik.json", "{\"providers\": {\"consul\": {\"tls\": {\"insecureSkipVerify\": true}}}, \"provider\": {\"insecure\": true}}\n"},
			},
		},
	}
}

// dataHTTP tells whether a setting is of the data source "http".
func dataHTTP(s *syntax.Setting) bool { return topBlock("data")(s) && inBlock("http")(s) }
