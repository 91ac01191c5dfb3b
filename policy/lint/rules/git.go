package rules

import "muxkey/internal/finding"

func git() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-GIT-001", Title: "git takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Code is fetched from, and credentials are sent to, whoever answers. What is built from it is then somebody else's.",
				Fix:        "Remove the setting. If the server's CA is a private one, put it into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and name that as `http.sslCAInfo`.",
				References: []string{"https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpsslVerify"},
			},
			Match: []Match{
				Env(Some, "GIT_SSL_NO_VERIFY"),
				Key(False, "http.sslVerify").In("ini").Or("true"),
			},
			Bad: []Example{
				{"build.sh", "export GIT_SSL_NO_VERIFY=«0»\n"},
				{"Dockerfile", "ENV GIT_SSL_NO_VERIFY=«true»\n"},
				{".gitconfig", "[http]\n\tsslVerify = «false»\n"},
			},
			Good: []Example{
				{"build.sh", "unset GIT_SSL_NO_VERIFY\nexport MYGIT_SSL_NO_VERIFY=1\n"},
				{".gitconfig", "[http]\n\tsslVerify = true\n\tsslCAInfo = /etc/ssl/ca.pem\n"},
			},
		},
	}
}
