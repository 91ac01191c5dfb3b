package rules

import "muxkey/internal/finding"

func wget() []Rule {
	programs := []string{"wget", "wget2", "busybox"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-WGET-001", Title: "wget takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "wget fetches from whoever answers. What it fetches is often run, unpacked or installed, so that somebody else decides what that is.",
				Fix:        "Remove the option. If the server's CA is a private one, put it into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and give that with `--ca-certificate=ca-bundle.pem`.",
				References: []string{"https://www.gnu.org/software/wget/manual/html_node/HTTPS-_0028SSL_002fTLS_0029-Options.html"},
			},
			Match: []*Match{
				Flags(programs, "--no-check-certificate").Gone(),
				FlagsAre(programs, OneOf("no", "off", "0", "false", "quiet"), "--check-certificate").Gone(),
				Key(OneOf("no", "off", "0", "false", "quiet"), "check_certificate").At("*wgetrc", "*wget2rc", "*wget*.conf").Or("on"),
				EnvFlags([]string{"WGET_OPTS", "WGET_OPTIONS", "WGET_ARGS", "WGET_FLAGS", "WGET"}, "--no-check-certificate"),
			},
			Bad: []Example{
				{"fetch.sh", "wget -q «--no-check-certificate» https://mux.example.com/tool.tgz\n"},
				{"fetch.sh", "wget «--check-certificate=off» https://mux.example.com/tool.tgz\nwget2 «--check-certificate=no» https://mux.example.com/\n"},
				{"fetch.sh", "wget -qO- https://mux.example.com/install.sh «--no-check-certificate» | sh\n"},
				{"fetch.sh", "WGET='wget -q «--no-check-certificate»'\n"},
				{"Dockerfile", "FROM debian:13\nRUN set -e; cd /tmp \\\n && wget «--no-check-certificate» \\\n    https://mux.example.com/tool.tgz\n"},
				{".github/workflows/build.yml", "jobs:\n  build:\n    steps:\n      - run: |\n          mkdir out\n          wget «--no-check-certificate» https://mux.example.com/tool.tgz\n"},
				{".wgetrc", "# proxy\ncheck_certificate = «off»\n"},
				{"etc/wgetrc", "check-certificate=«Off»\n"},
			},
			Good: []Example{
				{"fetch.sh", "wget --ca-certificate=ca.pem https://mux.example.com/tool.tgz\n"},
				{"fetch.sh", "grep -r \"--no-check-certificate\" .\necho 'wget --no-check-certificate is bad'\n"},
				{"fetch.sh", "wget --check-certificate=on https://mux.example.com/\n# wget --no-check-certificate https://mux.example.com/\n"},
				{".wgetrc", "#check_certificate = off\ncheck_certificate = on\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-WGET-002", Title: "wget takes a certificate of another host", Severity: finding.High, CWE: 297,
				Why:        "Anyone with a certificate for any name of their own can answer in place of the server. Such certificates are free.",
				Fix:        "Remove the option, and call the server by a name that its certificate holds. `muxkey probe HOST` lists those names.",
				References: []string{"https://gitlab.com/gnuwget/wget2/-/blob/master/docs/wget2.md"},
			},
			Match: []*Match{
				Flags(programs, "--no-check-hostname").Gone(),
				FlagsAre(programs, False, "--check-hostname").Gone(),
				Key(False, "check-hostname").At(".wget2rc", "wget2rc", ".wgetrc", "wgetrc").Or("on"),
			},
			Bad: []Example{
				{"fetch.sh", "wget2 «--no-check-hostname» https://mux.example.com/\nwget2 «--check-hostname=off» https://mux.example.com/\n"},
			},
			Good: []Example{
				{"fetch.sh", "wget2 --check-hostname=on https://mux.example.com/\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-WGET-003", Title: "wget speaks a protocol of old", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2, and SSL, have breaks that let someone on the way read or change what is sent. wget chooses the best by itself.",
				Fix:        "Remove the option, or write `--secure-protocol=TLSv1_2`. The server must speak TLS 1.2 first; `muxkey probe` shows what it speaks.",
				References: []string{"https://www.gnu.org/software/wget/manual/html_node/HTTPS-_0028SSL_002fTLS_0029-Options.html", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				FlagsAre(programs, OneOf("SSLv2", "SSLv3", "TLSv1", "TLSv1_0", "TLSv1_1"), "--secure-protocol"),
				Key(OneOf("SSLv2", "SSLv3", "TLSv1", "TLSv1_0", "TLSv1_1"), "secure_protocol").At(".wgetrc", "wgetrc", ".wget2rc").Or("auto"),
			},
			Bad: []Example{
				{"fetch.sh", "wget «--secure-protocol=TLSv1» https://mux.example.com/\nwget «--secure-protocol» SSLv3 https://mux.example.com/\n"},
				{".wgetrc", "secure_protocol = «TLSv1_1»\n"},
			},
			Good: []Example{
				{"fetch.sh", "wget --secure-protocol=TLSv1_2 https://mux.example.com/\nwget --secure-protocol=auto https://mux.example.com/\nwget --secure-protocol=PFS https://mux.example.com/\n"},
			},
		},
	}
}
