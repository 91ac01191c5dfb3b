package rules

import (
	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func containers() []Rule {
	podman := []string{"podman", "buildah", "skopeo", "podman-compose", "podman-remote", "ramalama", "bootc-image-builder", ""}
	tools := []string{"crane", "gcrane", "krane", "oras", "cosign", "trivy", "notation", "ko", "flux", "executor", "kaniko", "imgpkg", "kbld", "pack", "timoni", "opm", "operator-sdk", "regclient", "zot", "img", "chart-testing", "ct"}
	certsd := "If its CA is a private one, give it to that registry alone: `muxkey trust build ca.pem --target docker --server mux.example.com -o certs.d`, then copy that to `/etc/containers`."
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-CONTAINERS-001", Title: "Podman, Buildah or Skopeo takes images from any server, or without TLS", Severity: finding.High, CWE: 295,
				Why:        "No certificate is checked, and http is taken as well. Who answers gets the credentials, and decides what is run.",
				Fix:        "Remove the option. " + certsd,
				References: []string{"https://docs.podman.io/en/latest/markdown/podman-pull.1.html", "https://github.com/containers/skopeo/blob/main/docs/skopeo.1.md", "https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md"},
			},
			Match: []*Match{
				Joined(podman, False, "--tls-verify", "--src-tls-verify", "--dest-tls-verify").Gone(),
				Key(True, "registry.insecure", "registry.mirror.insecure").At("registries.conf", "registries.conf.d/*", "*registries.conf").Or("false"),
				Key(Some, "registries.insecure.registries").At("registries.conf", "registries.conf.d/*"),
				Key(False, "tls_verify", "tlsVerify").In("hcl").At("*.nomad", "*.hcl", "*.nomad.tpl").Or("true"),
			},
			Bad: []Example{
				{"run.sh", "podman pull «--tls-verify=false» mux.example.com/a\nsudo buildah push «--tls-verify=false» a docker://mux.example.com/a\nskopeo copy «--src-tls-verify=false» «--dest-tls-verify=false» docker://a docker://b\n"},
				{"registries.conf", "[[registry]]\nlocation = \"mux.example.com\"\ninsecure = «true»\n"},
				{"registries.conf", "[registries.insecure]\nregistries = ['«mux.example.com»']\n"},
				{"web.nomad", "task \"web\" {\n  driver = \"podman\"\n  config {\n    image = \"mux.example.com/a\"\n    auth {\n      tls_verify = «false»\n    }\n  }\n}\n"},
				{"task.yaml", "kind: Task\nspec:\n  steps:\n    - image: quay.io/buildah/stable\n      script: |\n        buildah push «--tls-verify=false» mux.example.com/a\n"},
			},
			Good: []Example{
				{"run.sh", "podman pull --tls-verify=true mux.example.com/a\npodman pull --tls-verify=$VERIFY mux.example.com/a\npodman pull --cert-dir certs mux.example.com/a\n"},
				{"registries.conf", "[[registry]]\nlocation = \"mux.example.com\"\ninsecure = false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CONTAINERS-002", Title: "a tool for registries takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Who answers gets the credentials, and decides what is scanned, copied, signed or run.",
				Fix:        "Remove the option, and give the registry's CA to the system, or name a bundle in `SSL_CERT_FILE`: `muxkey trust build ca.pem -o ca-bundle.pem`.",
				References: []string{"https://github.com/google/go-containerregistry/blob/main/cmd/crane/doc/crane.md", "https://oras.land/docs/commands/use_oras_cli/", "https://docs.sigstore.dev/cosign/signing/signing_with_containers/", "https://trivy.dev/latest/docs/references/configuration/config-file/", "https://github.com/GoogleContainerTools/kaniko#flag---skip-tls-verify"},
			},
			Match: []*Match{
				Flags(tools, "--insecure", "--allow-insecure-registry", "--insecure-skip-verify", "--skip-tls-verify", "--skip-tls-verify-pull", "--insecure-pull", "--registry-insecure", "--from-insecure", "--to-insecure").Gone(),
				Flags([]string{"oc"}, "--insecure").Gone(),
				Flags([]string{""}, "--skip-tls-verify", "--skip-tls-verify-pull", "--insecure-pull", "--allow-insecure-registry").Gone(),
				FlagsAre(tools, Some, "--skip-tls-verify-registry", "--insecure-registry"),
				Joined(tools, False, "--registry-verify-certs").Gone(),
				FlagsAre([]string{"regctl", "regsync"}, OneOf("insecure", "disabled"), "--tls").Hinting("regctl", "regsync"),
				Flags([]string{"ctr", "nerdctl"}, "--skip-verify").Gone(),
				Env(True, "TRIVY_INSECURE", "GRYPE_REGISTRY_INSECURE_SKIP_TLS_VERIFY", "SYFT_REGISTRY_INSECURE_SKIP_TLS_VERIFY").Or("false"),
				Whole(True, "insecure").At("trivy.yaml", "trivy.yml").Hinting("insecure").Or("false"),
				Key(True, "registry.insecure-skip-tls-verify").In("yaml").Or("false"),
				Key(True, "jib.allowInsecureRegistries", "jib.to.allowInsecureRegistries", "configuration.allowInsecureRegistries").Or("false"),
				Assign(True, "allowInsecureRegistries").Or("false"),
			},
			Bad: []Example{
				{"scan.sh", "trivy image «--insecure» mux.example.com/a\ncrane copy «--insecure» a mux.example.com/a\ncosign sign «--allow-insecure-registry» mux.example.com/a\noras push «--insecure=true» mux.example.com/a\n/kaniko/executor «--skip-tls-verify» --destination mux.example.com/a\nexport TRIVY_INSECURE=«true»\n"},
				{"scan.sh", "ctr images pull «--skip-verify» mux.example.com/a:1\nregctl registry set «--tls» insecure mux.example.com\nimgpkg push «--registry-verify-certs=false» -b a\nmvn jib:build -Djib.allowInsecureRegistries=«true»\noc image mirror «--insecure» a=b\n"},
				{"build.yaml", "kind: Pod\nspec:\n  containers:\n    - name: kaniko\n      image: gcr.io/kaniko-project/executor\n      args: [\"--dockerfile=Dockerfile\", \"«--skip-tls-verify»\", \"--destination=mux.example.com/a\"]\n"},
				{".grype.yaml", "registry:\n  insecure-skip-tls-verify: «true»\n"},
				{"pom.xml", "<project><build><plugins><plugin><configuration><allowInsecureRegistries>«true»</allowInsecureRegistries></configuration></plugin></plugins></build></project>\n"},
			},
			Good: []Example{
				{"scan.sh", "trivy image --insecure=false mux.example.com/a\ncosign verify --insecure-ignore-tlog mux.example.com/a\nexport TRIVY_INSECURE=false\n"},
				{".grype.yaml", "registry:\n  insecure-skip-tls-verify: false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CONTAINERS-003", Title: "images go to or come from a registry without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "Who is on the way reads the credentials, and changes the image.",
				Fix:        "Remove the option, and let the registry speak TLS: `muxkey create --profile server` makes its key and certificate.",
				References: []string{"https://oras.land/docs/commands/use_oras_cli/", "https://helm.sh/docs/helm/helm_push/", "https://apptainer.org/docs/user/latest/cli.html"},
			},
			Match: []*Match{
				Flags(append([]string{"helm", "ctr", "nerdctl"}, tools...), "--plain-http", "--allow-http-registry", "--from-plain-http", "--to-plain-http").Hinting("plainhttp", "httpregistry").Gone(),
				Flags([]string{"apptainer", "singularity"}, "--no-https", "--nohttps").Gone(),
				Key(True, "repositories.plainHttp").In("yaml").Or("false"),
				Key(True, "sendCredentialsOverHttp").Or("false"),
			},
			Bad: []Example{
				{"push.sh", "helm push «--plain-http» mux-1.0.tgz oci://mux.example.com/charts\noras pull «--plain-http» mux.example.com/a\ncosign sign «--allow-http-registry» mux.example.com/a\napptainer pull «--no-https» oras://mux.example.com/a\nmvn jib:build -DsendCredentialsOverHttp=«true»\n"},
				{"helmfile.yaml", "repositories:\n  - name: own\n    oci: true\n    plainHttp: «true»\n"},
			},
			Good: []Example{
				{"push.sh", "helm push --plain-http=false mux-1.0.tgz oci://mux.example.com/charts\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CONTAINERS-004", Title: "containerd takes images from any server", Severity: finding.High, CWE: 295,
				Why:        "Every pod of the node runs what whoever answers sends, and the credentials of the registry are sent there.",
				Fix:        "Remove the setting. If the registry's CA is a private one, name it as `ca` in `hosts.toml`: `muxkey trust build ca.pem --target docker --server mux.example.com -o certs.d` makes the directory.",
				References: []string{"https://github.com/containerd/containerd/blob/main/docs/hosts.md", "https://github.com/containerd/containerd/blob/main/docs/cri/registry.md", "https://docs.k3s.io/installation/private-registry"},
			},
			Match: []*Match{
				Key(True, "skip_verify").In("toml").If(inRegistry).Or("false"),
				Key(True, "tls.insecure_skip_verify").In("toml", "yaml").If(inRegistry).Or("false"),
			},
			Bad: []Example{
				{"etc/containerd/certs.d/mux.example.com/hosts.toml", "server = \"https://mux.example.com\"\n[host.\"https://mux.example.com\"]\n  capabilities = [\"pull\"]\n  skip_verify = «true»\n"},
				{"config.toml", "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry.configs.\"mux.example.com\".tls]\n  insecure_skip_verify = «true»\n"},
				{"etc/rancher/k3s/registries.yaml", "configs:\n  mux.example.com:\n    tls:\n      insecure_skip_verify: «true»\n"},
			},
			Good: []Example{
				{"hosts.toml", "[host.\"https://mux.example.com\"]\n  ca = \"/etc/ssl/ca.pem\"\n  skip_verify = false\n"},
				{"hosts.toml", "[host.\"https://mux.example.com\"]\n  skip_verify = {{ .SkipVerify }}\n"},
				{"config.toml", "[[inputs.http]]\n  [inputs.http.tls]\n    insecure_skip_verify = true\n"},
			},
		},
	}
}

// inRegistry tells whether a setting is about a registry of images: by the
// sections around it in containerd's files, and by the name of k3s's file.
func inRegistry(f *syntax.File, h Hit) bool {
	if b := base(f); b == "registries.yaml" || b == "hosts.toml" {
		return true
	}
	for i := range f.Settings {
		if s := &f.Settings[i]; s.Block == h.Block && s.Value.Span == h.Span && len(s.Path) > 2 {
			return s.Path[0] == "plugins" || s.Path[0] == "registry"
		}
	}
	return false
}
