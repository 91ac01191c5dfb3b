package rules

import "muxkey/internal/finding"

func argo() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-ARGO-001", Title: "Argo takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Passwords and tokens go to, and what the cluster runs comes from, whoever answers.",
				Fix:        "Remove the switch. Give the CA of a repository to Argo CD with `argocd cert add-tls HOST --from ca-bundle.pem`, that of a cluster as `tlsClientConfig.caData`, that of the server to the client with `--server-crt`; `muxkey trust build ca.pem -o ca-bundle.pem` makes the bundle.",
				References: []string{"https://argo-cd.readthedocs.io/en/stable/user-guide/commands/argocd/", "https://argo-cd.readthedocs.io/en/stable/user-guide/private-repositories/#self-signed-untrusted-tls-certificates", "https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters"},
			},
			Match: []*Match{
				Flags([]string{"argocd"}, "--insecure", "--insecure-skip-server-verification", "--insecure-skip-tls-verify").Hinting("argocd").Gone(),
				EnvFlags([]string{"ARGOCD_OPTS"}, "--insecure"),
				Flags([]string{"argo"}, "--insecure-skip-verify", "-k").Gone(),
				Env(True, "ARGO_INSECURE_SKIP_VERIFY").Or("false"),
				Key(True, "tlsClientConfig.insecure").In("yaml", "json").Hinting("tlsclientconfig").Or("false"),
				Key(True, "stringData.insecure").In("yaml", "json").If(mentions("argocdargoprojio/secrettype")).Or("false"),
				Key(Exactly("dHJ1ZQ=="), "data.insecure").In("yaml", "json").If(mentions("argocdargoprojio/secrettype")),
			},
			Bad: []Example{
				{"deploy.sh", "argocd login argocd.example.com «--insecure»\nexport ARGOCD_OPTS='--grpc-web «--insecure»'\nargocd repo add https://git.example.com/a «--insecure-skip-server-verification»\nargo submit «-k» mux.yaml\n"},
				{"repo.yaml", "kind: Secret\nmetadata:\n  labels:\n    argocd.argoproj.io/secret-type: repository\nstringData:\n  url: https://git.example.com/a\n  insecure: \"«true»\"\n"},
				{"cluster.yaml", "kind: Secret\nmetadata:\n  labels:\n    argocd.argoproj.io/secret-type: cluster\nstringData:\n  server: https://api.example.com\n  config: |\n    {\n      \"bearerToken\": \"x\",\n      \"tlsClientConfig\": {\n        \"insecure\": «true»\n      }\n    }\n"},
			},
			Good: []Example{
				{"deploy.sh", "argocd login argocd.example.com --server-crt ca.pem\nexport ARGOCD_OPTS=--grpc-web\n"},
				{"secret.yaml", "kind: Secret\nstringData:\n  insecure: \"true\"\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ARGO-002", Title: "Argo CD takes any SSH host key of a repository", Severity: finding.Medium, CWE: 322,
				Why:        "What the cluster runs comes from whoever answers.",
				Fix:        "Remove the switch, and give the server's key: `argocd cert add-ssh --batch < known_hosts`.",
				References: []string{"https://argo-cd.readthedocs.io/en/stable/user-guide/private-repositories/#unknown-ssh-hosts"},
			},
			Match: []*Match{
				Flags([]string{"argocd"}, "--insecure-ignore-host-key").Gone(),
				Key(True, "stringData.insecureIgnoreHostKey").In("yaml", "json").Or("false"),
			},
			Bad: []Example{
				{"deploy.sh", "argocd repo add git@git.example.com:a.git «--insecure-ignore-host-key»\n"},
				{"repo.yaml", "kind: Secret\nstringData:\n  insecureIgnoreHostKey: \"«true»\"\n"},
			},
			Good: []Example{
				{"deploy.sh", "argocd repo add git@git.example.com:a.git --ssh-private-key-path key\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ARGO-003", Title: "Argo CD or Argo Workflows serves or asks without TLS", Severity: finding.Low, CWE: 319,
				Why:        "Behind an ingress of the same cluster this is usual. Anywhere else, tokens that open clusters are read on the way.",
				Fix:        "Remove the setting where the connection leaves the node; TLS ends at the ingress otherwise.",
				References: []string{"https://argo-cd.readthedocs.io/en/stable/operator-manual/tls/", "https://argo-workflows.readthedocs.io/en/latest/tls/"},
			},
			Match: []*Match{
				Key(True, "data.server.insecure", "params.server.insecure", "reposerver.disable.tls", "server.repo.server.plaintext", "controller.repo.server.plaintext").In("yaml").If(mentions("argocd")).Hinting("serverinsecure", "reposerver").Or("false"),
				Flags([]string{"argocd-server"}, "--insecure").Hinting("argocdserver").Gone(),
				Flags([]string{"argocd"}, "--plaintext").Gone(),
				EnvFlags([]string{"ARGOCD_OPTS"}, "--plaintext"),
				Env(True, "ARGOCD_SERVER_INSECURE").Or("false"),
				Env(False, "ARGO_SECURE").Or("true"),
			},
			Bad: []Example{
				{"argocd-cmd-params-cm.yaml", "kind: ConfigMap\nmetadata:\n  name: argocd-cmd-params-cm\ndata:\n  server.insecure: \"«true»\"\n"},
				{"deploy.sh", "argocd login «--plaintext» argocd.example.com:80\nexport ARGO_SECURE=«false»\n"},
			},
			Good: []Example{
				{"argocd-cmd-params-cm.yaml", "kind: ConfigMap\nmetadata:\n  name: argocd-cmd-params-cm\ndata:\n  server.insecure: \"false\"\n"},
				{"values.yaml", "data:\n  server.insecure: true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ARGO-004", Title: "Flux fetches its sources without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "What the cluster runs can be changed on the way, and credentials are read there.",
				Fix:        "Remove `insecure`, and name the CA in `certSecretRef`: `muxkey trust build ca.pem --target kubernetes-secret -o ca.yaml`.",
				References: []string{"https://fluxcd.io/flux/components/source/ocirepositories/#insecure", "https://fluxcd.io/flux/components/source/buckets/#insecure"},
			},
			Match: []*Match{
				Key(True, "spec.insecure").In("yaml", "json").If(anywhere(Containing("source.toolkit.fluxcd.io", "image.toolkit.fluxcd.io"), "apiVersion")).Hinting("toolkitfluxcd").Or("false"),
			},
			Bad: []Example{
				{"repo.yaml", "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec:\n  insecure: «true»\n  url: oci://mux.example.com/a\n"},
			},
			Good: []Example{
				{"repo.yaml", "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec:\n  url: oci://mux.example.com/a\n  certSecretRef:\n    name: ca\n"},
				{"other.yaml", "apiVersion: example.com/v1\nspec:\n  insecure: true\n"},
			},
		},
	}
}
