package rules

import "muxkey/internal/finding"

func kubernetes() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-KUBERNETES-001", Title: "Kubernetes takes any certificate of an API service or a kubelet", Severity: finding.High, CWE: 295,
				Why:        "Who gets between the API server and such a service answers in its name, and sees the users whom the API server vouches for.",
				Fix:        "Remove it and give `caBundle`; `muxkey trust build ca.pem --target kubernetes-configmap -o ca.yaml` makes what pods mount. For kubelets have their serving certificates signed by the cluster (`serverTLSBootstrap: true`).",
				References: []string{"https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/api-service-v1/", "https://github.com/kubernetes-sigs/metrics-server#requirements"},
			},
			Match: []*Match{
				Key(True, "spec.insecureSkipTLSVerify").In("yaml", "json").Or("false"),
				flagEnding("kubelet-insecure-tls").Gone(),
			},
			Bad: []Example{
				{"apiservice.yaml", "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nspec:\n  insecureSkipTLSVerify: «true»\n  group: metrics.k8s.io\n"},
				{"metrics.yaml", "containers:\n  - name: metrics-server\n    args:\n      - --cert-dir=/tmp\n      - «--kubelet-insecure-tls»\n"},
			},
			Good: []Example{
				{"apiservice.yaml", "kind: APIService\nspec:\n  insecureSkipTLSVerify: false\n  caBundle: LS0t\n"},
				{"crd.yaml", "spec:\n  insecureSkipTLSVerify:\n    type: boolean\n    description: with --kubelet-insecure-tls nothing is checked\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KUBERNETES-002", Title: "a part of Kubernetes talks or listens without TLS", Severity: finding.Critical, CWE: 319,
				Why:        "The insecure port asks nobody who they are: whoever reaches it rules the cluster. Kubelets without TLS show secrets on the way.",
				Fix:        "Remove the flag; versions of today do not know it any more.",
				References: []string{"https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/", "https://kubernetes.io/docs/concepts/security/controlling-access/"},
			},
			Match: []*Match{
				FlagIs("", Not(OneOf("0")), "--insecure-port").Hinting("insecureport"),
				FlagIs("", Not(OneOf("127.0.0.1", "::1", "localhost")), "--insecure-bind-address").Hinting("insecurebindaddress"),
				FlagIs("", False, "--kubelet-https").As(finding.High, "").Hinting("kubelethttps"),
			},
			Bad: []Example{
				{"kube-apiserver.yaml", "containers:\n  - name: kube-apiserver\n    command:\n      - kube-apiserver\n      - «--insecure-port=8080»\n      - «--insecure-bind-address=0.0.0.0»\n      - «--kubelet-https=false»\n"},
			},
			Good: []Example{
				{"kube-apiserver.yaml", "containers:\n  - command:\n      - kube-apiserver\n      - --insecure-port=0\n      - --kubelet-https=true\n      - --secure-port=6443\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KUBERNETES-003", Title: "an ingress serves a page without TLS beside the one with it", Severity: finding.Low, CWE: 319,
				Why:        "Who types the name of the site gets the plain page, and who stands in between keeps them there.",
				Fix:        "Remove the annotation, or set it to `\"true\"`, which is the default where the ingress has a certificate.",
				References: []string{"https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/"},
			},
			Match: []*Match{
				Key(False, "annotations.nginx.ingress.kubernetes.io/ssl-redirect", "annotations.nginx.ingress.kubernetes.io/force-ssl-redirect").In("yaml", "json").If(mentions("tls:", "\"tls\"")).Hinting("sslredirect").Or("true"),
			},
			Bad: []Example{
				{"ingress.yaml", "kind: Ingress\nmetadata:\n  annotations:\n    nginx.ingress.kubernetes.io/ssl-redirect: \"«false»\"\nspec:\n  tls:\n    - hosts: [a.example.com]\n"},
			},
			Good: []Example{
				{"ingress.yaml", "kind: Ingress\nmetadata:\n  annotations:\n    nginx.ingress.kubernetes.io/ssl-redirect: \"true\"\nspec:\n  tls:\n    - hosts: [a.example.com]\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KUBERNETES-004", Title: "a part of Kubernetes speaks TLS 1.0 or TLS 1.1", Severity: finding.Medium, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said.",
				Fix:        "Remove the setting, or name `VersionTLS12`.",
				References: []string{"https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/", "https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/"},
			},
			Match: []*Match{
				FlagIs("", Exactly("VersionTLS10", "VersionTLS11"), "--tls-min-version").Hinting("versiontls10", "versiontls11"),
				Key(Exactly("VersionTLS10", "VersionTLS11"), "tlsMinVersion", "minTLSVersion").Or("VersionTLS12"),
			},
			Bad: []Example{
				{"kubelet.yaml", "kind: KubeletConfiguration\ntlsMinVersion: «VersionTLS10»\n"},
				{"run.sh", "kube-scheduler «--tls-min-version=VersionTLS11»\n"},
			},
			Good: []Example{
				{"kubelet.yaml", "kind: KubeletConfiguration\ntlsMinVersion: VersionTLS12\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KUBERNETES-005", Title: "etcd lets in whoever has no certificate of the cluster", Severity: finding.High, CWE: 295,
				Why:        "All secrets of the cluster are in etcd. With certificates that it makes for itself, nobody can tell one peer from another.",
				Fix:        "Remove `--auto-tls` and `--peer-auto-tls`, set `--client-cert-auth=true` and `--peer-client-cert-auth=true`, and give the certificates of a CA of your own: `muxkey ca` and `muxkey sign`.",
				References: []string{"https://etcd.io/docs/latest/op-guide/security/"},
			},
			Match: []*Match{
				Flag("etcd", "--auto-tls", "--peer-auto-tls").Gone(),
				FlagIs("etcd", False, "--client-cert-auth", "--peer-client-cert-auth"),
				Env(True, "ETCD_AUTO_TLS", "ETCD_PEER_AUTO_TLS").Or("false"),
				Env(False, "ETCD_CLIENT_CERT_AUTH", "ETCD_PEER_CLIENT_CERT_AUTH").Or("true"),
			},
			Bad: []Example{
				{"etcd.yaml", "containers:\n  - command:\n      - etcd\n      - «--auto-tls»\n      - «--client-cert-auth=false»\n"},
				{"etcd.env", "ETCD_PEER_AUTO_TLS=«true»\n"},
			},
			Good: []Example{
				{"etcd.yaml", "containers:\n  - command:\n      - etcd\n      - --client-cert-auth=true\n      - --auto-tls=false\n"},
			},
		},
	}
}
