package rules

import "muxkey/internal/finding"

func curl() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-CURL-001", Title: "curl takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "With this option curl talks to whoever answers and sends what it was given: passwords, tokens, data. Nobody notices when the answer comes from somebody else.",
				Fix:        "Remove the option. If the server's CA is a private one, put it into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and give that with `--cacert ca-bundle.pem`.",
				References: []string{"https://curl.se/docs/manpage.html#-k", "https://curl.se/docs/sslcerts.html"},
			},
			Match: []Match{
				Flag("curl", "-k", "--insecure", "--proxy-insecure", "--doh-insecure").Gone(),
			},
			Bad: []Example{
				{"fetch.sh", "curl «-k» https://mux.example.com/health\n"},
				{"fetch.sh", "curl «-sSk» -o out.json https://mux.example.com/health\n"},
				{"Dockerfile", "FROM debian:13\nRUN apt-get update && \\\n    curl \\\n      «--insecure» https://mux.example.com/tool.tgz | tar xz\n"},
				{".gitlab-ci.yml", "fetch:\n  script:\n    - curl «--proxy-insecure» https://mux.example.com/\n"},
			},
			Good: []Example{
				{"fetch.sh", "curl --cacert ca.pem https://mux.example.com/health\n"},
				{"fetch.sh", "curl https://mux.example.com/list | grep -k\n"},
				{"fetch.sh", "curl -ok https://mux.example.com/health\n"},
				{"fetch.sh", "echo 'never use curl -k'\n# curl -k https://mux.example.com\n"},
				{"fetch.sh", "curl --key client.key --keepalive-time 5 https://mux.example.com\n"},
				{"fetch.sh", "curl -d -k -H k https://mux.example.com\n"},
			},
		},
	}
}
