package rules

import "muxkey/internal/finding"

func acme() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-ACME-001", Title: "a client of ACME takes any certificate of its CA", Severity: finding.High, CWE: 295,
				Why:        "Who stands in between orders certificates in the name of this account, and hands over others in their place.",
				Fix:        "Remove it. Give the client the root of the private CA: `caBundle` (cert-manager), `LEGO_CA_CERTIFICATES`, `REQUESTS_CA_BUNDLE` (certbot), `--ca-bundle` (acme.sh); `muxkey trust build ca.pem -o ca-bundle.pem` makes the file.",
				References: []string{"https://cert-manager.io/docs/reference/api-docs/#acme.cert-manager.io/v1.ACMEIssuer", "https://go-acme.github.io/lego/usage/cli/options/", "https://eff-certbot.readthedocs.io/en/stable/using.html"},
			},
			Match: []*Match{
				Key(True, "acme.skipTLSVerify").In("yaml", "json", "hcl").Or("false"),
				Flag("lego", "--tls-skip-verify").Gone(),
				Flag("certbot", "--no-verify-ssl").Gone(),
				Flag("certbot-auto", "--no-verify-ssl").Gone(),
				Flag("acme.sh", "--insecure").Gone(),
				Key(True, "no-verify-ssl", "no_verify_ssl").In("ini").At("cli.ini", "renewal/*.conf", "letsencrypt/*.ini"),
			},
			Bad: []Example{
				{"issuer.yaml", "kind: ClusterIssuer\nspec:\n  acme:\n    server: https://ca.example.com/acme/directory\n    skipTLSVerify: «true»\n"},
				{"renew.sh", "certbot certonly «--no-verify-ssl» --server https://ca.example.com/acme -d mux.example.com\n./acme.sh --issue «--insecure» -d mux.example.com\nlego «--tls-skip-verify» run\n"},
			},
			Good: []Example{
				{"issuer.yaml", "kind: ClusterIssuer\nspec:\n  acme:\n    caBundle: LS0t\n    skipTLSVerify: false\n"},
				{"crd.yaml", "acme:\n  properties:\n    skipTLSVerify:\n      type: boolean\n"},
				{"renew.sh", "certbot certonly -d mux.example.com\ncurl https://mux.example.com\n"},
			},
		},
	}
}
