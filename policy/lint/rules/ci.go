package rules

import "muxkey/internal/finding"

func ci() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-CI-001", Title: "a runner or agent of CI takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The runner gets its jobs from, and sends the secrets of builds to, whoever answers.",
				Fix:        "Remove the switch, and give the server's CA to the machine or the image of the runner: `muxkey trust build ca.pem --target debian -o ca` or `--target rhel`; on Windows `--target windows-powershell`.",
				References: []string{"https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/monitor-and-troubleshoot", "https://learn.microsoft.com/en-us/azure/devops/pipelines/agents/certificate", "https://docs.drone.io/server/reference/", "https://woodpecker-ci.org/docs/administration/configuration/forges/overview"},
			},
			Match: []*Match{
				Env(Exactly("1", "true", "True"), "GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY").Or("0"),
				Flags([]string{"config.sh", "config.cmd", "run.sh", "run.cmd", "config"}, "--sslskipcertvalidation", "--sslSkipCertValidation").Gone(),
				Env(True, "VSTS_AGENT_INPUT_SSLSKIPCERTVALIDATION").Or("false"),
				Env(True, "DRONE_SKIP_VERIFY", "DRONE_GITEA_SKIP_VERIFY", "DRONE_GITHUB_SKIP_VERIFY", "DRONE_GITLAB_SKIP_VERIFY", "DRONE_GOGS_SKIP_VERIFY", "DRONE_STASH_SKIP_VERIFY", "DRONE_BITBUCKET_SKIP_VERIFY", "DRONE_RPC_SKIP_VERIFY", "DRONE_CONVERT_PLUGIN_SKIP_VERIFY", "DRONE_VALIDATE_PLUGIN_SKIP_VERIFY", "DRONE_YAML_SKIP_VERIFY", "DRONE_SECRET_PLUGIN_SKIP_VERIFY").Or("false"),
				Env(True, "WOODPECKER_GITEA_SKIP_VERIFY", "WOODPECKER_GITHUB_SKIP_VERIFY", "WOODPECKER_GITLAB_SKIP_VERIFY", "WOODPECKER_FORGEJO_SKIP_VERIFY", "WOODPECKER_BITBUCKET_DC_SKIP_VERIFY", "WOODPECKER_FORGE_SKIP_VERIFY").Or("false"),
			},
			Bad: []Example{
				{"runner.sh", "export GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY=«1»\n./config.sh --unattended --url https://dev.example.com «--sslskipcertvalidation»\n"},
				{"compose.yaml", "services:\n  drone:\n    environment:\n      - DRONE_GITEA_SKIP_VERIFY=«true»\n  woodpecker:\n    environment:\n      WOODPECKER_GITEA_SKIP_VERIFY: \"«true»\"\n"},
			},
			Good: []Example{
				{"compose.yaml", "services:\n  drone:\n    environment:\n      - DRONE_GITEA_SKIP_VERIFY=false\n      - DRONE_GITEA_SKIP_VERIFY\n"},
				{"runner.sh", "unset GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY\n./config.sh --sslcacert ca.pem\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CI-002", Title: "a step or resource of CI takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The step takes code from, or sends its token to, whoever answers.",
				Fix:        "Remove the setting, and give the CA: `ca_certs` or `https_tunnel` of a Concourse resource, or the image of the step: `muxkey trust build ca.pem --target debian -o ca`.",
				References: []string{"https://docs.drone.io/pipeline/docker/syntax/cloning/", "https://github.com/concourse/git-resource#source-configuration", "https://woodpecker-ci.org/plugins"},
			},
			Match: []*Match{
				Env(True, "PLUGIN_SKIP_VERIFY").Or("false"),
				Key(True, "settings.skip_verify", "clone.skip_verify").At(".drone.yml", ".drone.yaml", ".woodpecker.yml", ".woodpecker.yaml", ".woodpecker/*", "*drone*.yml").Or("false"),
				Key(True, "skip_ssl_verification").In("yaml").Or("false"),
			},
			Bad: []Example{
				{".drone.yml", "kind: pipeline\nclone:\n  skip_verify: «true»\nsteps:\n  - name: publish\n    image: plugins/webhook\n    settings:\n      skip_verify: «true»\n"},
				{"pipeline.yml", "resources:\n- name: a\n  type: git\n  source:\n    uri: https://git.example.com/a\n    skip_ssl_verification: «true»\n"},
			},
			Good: []Example{
				{".drone.yml", "kind: pipeline\nclone:\n  skip_verify: false\n"},
				{"pipeline.yml", "resources:\n- name: a\n  source:\n    skip_ssl_verification: ((skip))\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CI-003", Title: "a command for code, artifacts or scans takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The token that is sent opens repositories, and it goes to whoever answers.",
				Fix:        "Remove the switch. If the server's CA is a private one, put it into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and name that: `glab config set ca_cert`, `NODE_EXTRA_CA_CERTS` for snyk, `~/.jfrog/security/certs` for jf.",
				References: []string{"https://gitlab.com/gitlab-org/cli#configuration", "https://docs.jfrog-applications.jfrog.io/jfrog-applications/jfrog-cli", "https://docs.snyk.io/snyk-cli/configure-the-snyk-cli/configure-the-snyk-cli-to-connect-to-snyk-api/proxy-configuration-for-snyk-cli"},
			},
			Match: []*Match{
				SetBy(True, []string{"glab"}, "skip_tls_verify").Or("false"),
				Key(True, "hosts.*.skip_tls_verify").Hinting("skiptlsverify").At("glab-cli/config.yml"),
				Flags([]string{"jf", "jfrog"}, "--insecure-tls").Gone(),
				Flags([]string{"snyk"}, "--insecure").Hinting("snyk").Gone(),
				Flags([]string{"ansible-galaxy"}, "--ignore-certs", "-c").Hinting("ansiblegalaxy"),
			},
			Bad: []Example{
				{"setup.sh", "glab config set skip_tls_verify «true» --host git.example.com\njf rt upload «--insecure-tls» a own/\nsnyk test «--insecure»\nansible-galaxy collection install «--ignore-certs» a.b\n"},
			},
			Good: []Example{
				{"setup.sh", "glab config set ca_cert ca.pem --host git.example.com\njf rt upload a own/\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CI-004", Title: "a webhook is sent to anyone", Severity: finding.Medium, CWE: 295,
				Why:        "What happens in the repository, and the secret with which the hook is signed or called, goes to whoever answers.",
				Fix:        "Write `0`, or `true` for GitLab, and give the receiver a certificate that the platform trusts.",
				References: []string{"https://docs.github.com/en/rest/repos/webhooks", "https://docs.gitlab.com/api/project_webhooks/", "https://registry.terraform.io/providers/integrations/github/latest/docs/resources/repository_webhook"},
			},
			Match: []*Match{
				Key(OneOf("1", "true"), "insecure_ssl"),
				Assign(OneOf("1", "true"), "insecure_ssl"),
				SetBy(OneOf("1", "true"), []string{"gh", "curl", "http"}, "config[insecure_ssl]"),
				Key(False, "enable_ssl_verification").Or("true"),
				Assign(False, "enable_ssl_verification").Or("true"),
				SetBy(False, []string{"glab", "curl", "http"}, "enable_ssl_verification").Or("true"),
			},
			Bad: []Example{
				{"hook.tf", "resource \"github_repository_webhook\" \"a\" {\n  configuration {\n    url          = \"https://mux.example.com/\"\n    insecure_ssl = «true»\n  }\n}\n"},
				{"hook.json", "{\"config\": {\"url\": \"https://mux.example.com/\", \"insecure_ssl\": \"«1»\"}}\n"},
				{"hook.tf", "resource \"gitlab_project_hook\" \"a\" {\n  url = \"https://mux.example.com/\"\n  enable_ssl_verification = «false»\n}\n"},
				{"hook.sh", "gh api repos/a/b/hooks -f 'config[insecure_ssl]=«1»'\n"},
			},
			Good: []Example{
				{"hook.json", "{\"config\": {\"url\": \"https://mux.example.com/\", \"insecure_ssl\": \"0\"}}\n"},
				{"hook.tf", "resource \"github_repository_webhook\" \"a\" {\n  configuration {\n    insecure_ssl = false\n  }\n}\n"},
			},
		},
	}
}
