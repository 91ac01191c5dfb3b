package rules

import "muxkey/internal/finding"

func kubectl() []Rule {
	programs := []string{"kubectl", "oc", "k", "k9s", "stern", "tkn", "kn", "virtctl", "kustomize", "kubectl-ns", "kubectl-ctx", "istioctl", "cilium", "linkerd", "odo", "velero", "skaffold", "tilt", "krew", "calicoctl", "kubeadm", "k3s", "microk8s", "openshift-install", "rosa", "hubble", ""}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-KUBECTL-001", Title: "kubectl or oc takes any certificate of the API server", Severity: finding.High, CWE: 295,
				Why:        "The token that is sent opens the cluster, and it goes to whoever answers.",
				Fix:        "Remove the switch, and give the cluster's CA: `certificate-authority-data` in the kubeconfig, or `--certificate-authority ca-bundle.pem` made with `muxkey trust build ca.pem -o ca-bundle.pem`.",
				References: []string{"https://kubernetes.io/docs/reference/kubectl/generated/kubectl/", "https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/"},
			},
			Match: []*Match{
				Flags(programs, "--insecure-skip-tls-verify").Gone(),
				Key(True, "cluster.insecure-skip-tls-verify").Or("false"),
				SetBy(True, []string{"kubectl", "oc", "k"}, "clusters.*.insecure-skip-tls-verify").Or("false"),
				EnvFlags([]string{"KUBECTL_ARGS", "KUBECTL_OPTS", "KUBECTL", "KUBECTL_FLAGS", "OC_ARGS", "KUBE_ARGS"}, "--insecure-skip-tls-verify"),
			},
			Bad: []Example{
				{"deploy.sh", "kubectl «--insecure-skip-tls-verify» get pods\noc login «--insecure-skip-tls-verify=true» https://api.example.com:6443\nkubectl -n mux apply «--insecure-skip-tls-verify» -f mux.yaml\n"},
				{"deploy.sh", "kubectl config set-cluster mux --server=https://api.example.com «--insecure-skip-tls-verify=true»\nkubectl config set clusters.mux.insecure-skip-tls-verify «true»\n"},
				{"kubeconfig", "apiVersion: v1\nkind: Config\nclusters:\n- name: mux\n  cluster:\n    server: https://api.example.com\n    insecure-skip-tls-verify: «true»\n"},
				{".github/workflows/deploy.yml", "jobs:\n  deploy:\n    steps:\n      - run: kubectl «--insecure-skip-tls-verify» apply -f .\n"},
				{"job.yaml", "kind: Job\nspec:\n  template:\n    spec:\n      containers:\n        - name: a\n          image: bitnami/kubectl\n          args: [\"get\", \"pods\", \"«--insecure-skip-tls-verify»\"]\n"},
				{"deploy.sh", "KUBECTL='kubectl «--insecure-skip-tls-verify»'\ncat > ~/.kube/config <<EOF\napiVersion: v1\nclusters:\n- cluster:\n    insecure-skip-tls-verify: «true»\nEOF\n"},
			},
			Good: []Example{
				{"deploy.sh", "kubectl --insecure-skip-tls-verify=false get pods\nkubectl --insecure-skip-tls-verify=$SKIP get pods\n# kubectl --insecure-skip-tls-verify\n"},
				{"kubeconfig", "apiVersion: v1\nclusters:\n- name: mux\n  cluster:\n    server: https://api.example.com\n    certificate-authority-data: AAAA\n    insecure-skip-tls-verify: false\n"},
				{"crd.yaml", "kind: CustomResourceDefinition\nspec:\n  properties:\n    cluster:\n      properties:\n        insecure-skip-tls-verify:\n          type: boolean\n          description: insecure-skip-tls-verify true skips\n"},
				{"completion.bash", "flags+=(\"--insecure-skip-tls-verify\")\nlocal_nonpersistent_flags+=(\"--insecure-skip-tls-verify\")\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KUBECTL-002", Title: "logs come from a node whose certificate is not checked", Severity: finding.Low, CWE: 295,
				Why:        "The API server takes the logs from whoever answers in place of the node.",
				Fix:        "Remove the option. The node needs a certificate for serving that the cluster's CA has signed (`serverTLSBootstrap: true`).",
				References: []string{"https://kubernetes.io/docs/reference/kubectl/generated/kubectl_logs/"},
			},
			Match: []*Match{Flags([]string{"kubectl", "oc", "k"}, "--insecure-skip-tls-verify-backend").Gone()},
			Bad: []Example{
				{"logs.sh", "kubectl logs «--insecure-skip-tls-verify-backend» mux\n"},
			},
			Good: []Example{
				{"logs.sh", "kubectl logs mux\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KUBECTL-003", Title: "a node joins a cluster without knowing its CA", Severity: finding.High, CWE: 295,
				Why:        "The node gives itself to whoever answers in place of the API server, and runs what that one sends.",
				Fix:        "Write `--discovery-token-ca-cert-hash sha256:...` (in a file: `caCertHashes`); `kubeadm token create --print-join-command` shows it.",
				References: []string{"https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/"},
			},
			Match: []*Match{
				Flags([]string{"kubeadm"}, "--discovery-token-unsafe-skip-ca-verification"),
				Key(True, "bootstrapToken.unsafeSkipCAVerification"),
			},
			Bad: []Example{
				{"join.sh", "kubeadm join --token a.b api.example.com:6443 «--discovery-token-unsafe-skip-ca-verification»\n"},
				{"join.yaml", "kind: JoinConfiguration\ndiscovery:\n  bootstrapToken:\n    token: a.b\n    unsafeSkipCAVerification: «true»\n"},
			},
			Good: []Example{
				{"join.sh", "kubeadm join --token a.b --discovery-token-ca-cert-hash sha256:00ff api.example.com:6443\n"},
			},
		},
	}
}
