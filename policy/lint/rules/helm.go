package rules

import "muxkey/internal/finding"

func helm() []Rule {
	programs := []string{"helm", "helm3", "helmfile", "helmsman", "helm-docs"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-HELM-001", Title: "Helm takes charts from any server", Severity: finding.High, CWE: 295,
				Why:        "A chart decides what runs in the cluster and with which rights, and it comes from whoever answers. The credentials of the repository are sent there as well.",
				Fix:        "Remove the option. If the repository's CA is a private one, give it with `--ca-file ca-bundle.pem` (in a file: `caFile`), made with `muxkey trust build ca.pem -o ca-bundle.pem`.",
				References: []string{"https://helm.sh/docs/helm/helm_repo_add/", "https://helm.sh/docs/helm/helm_registry_login/", "https://helmfile.readthedocs.io/en/latest/#configuration"},
			},
			Match: []*Match{
				Flags(programs, "--insecure-skip-tls-verify", "--insecure-skip-tls").Gone(),
				Flags(programs, "--insecure").Hinting("helm").Gone(),
				Key(True, "repositories.insecure_skip_tls_verify", "repositories.skipTLSVerify", "helmDefaults.insecureSkipTLSVerify", "releases.insecureSkipTLSVerify", "releases.skipTLSVerify").In("yaml").Or("false"),
			},
			Bad: []Example{
				{"deploy.sh", "helm repo add own https://charts.example.com «--insecure-skip-tls-verify»\nhelm upgrade -i mux own/mux «--insecure-skip-tls-verify=true»\nhelm registry login «--insecure» mux.example.com\n"},
				{"repositories.yaml", "apiVersion: v1\nrepositories:\n- name: own\n  insecure_skip_tls_verify: «true»\n  url: https://charts.example.com\n"},
				{"helmfile.yaml", "repositories:\n  - name: own\n    url: https://charts.example.com\n    skipTLSVerify: «true»\n"},
			},
			Good: []Example{
				{"deploy.sh", "helm repo add own https://charts.example.com --ca-file ca.pem\nhelm pull --insecure-skip-tls-verify=false own/mux\n"},
				{"repositories.yaml", "repositories:\n- name: own\n  insecure_skip_tls_verify: false\n"},
				{"templates/repo.yaml", "repositories:\n- name: own\n  insecure_skip_tls_verify: {{ .Values.skip }}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-HELM-002", Title: "Helm takes any certificate of the API server", Severity: finding.High, CWE: 295,
				Why:        "The token that is sent opens the cluster, and it goes to whoever answers.",
				Fix:        "Remove the switch, and give the cluster's CA: `certificate-authority-data` in the kubeconfig, or `--kube-ca-file ca-bundle.pem` made with `muxkey trust build ca.pem -o ca-bundle.pem`.",
				References: []string{"https://helm.sh/docs/helm/helm/"},
			},
			Match: []*Match{
				Flags(programs, "--kube-insecure-skip-tls-verify").Gone(),
				Env(True, "HELM_KUBEINSECURE_SKIP_TLS_VERIFY").Or("false"),
			},
			Bad: []Example{
				{"deploy.sh", "helm «--kube-insecure-skip-tls-verify» list\nexport HELM_KUBEINSECURE_SKIP_TLS_VERIFY=«true»\n"},
			},
			Good: []Example{
				{"deploy.sh", "export HELM_KUBEINSECURE_SKIP_TLS_VERIFY=false\nhelm --kube-ca-file ca.pem list\n"},
			},
		},
	}
}
