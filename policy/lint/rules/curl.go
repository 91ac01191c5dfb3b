package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func curl() []Rule {
	program := []string{"curl"}
	old := OneOf("1.0", "1.1")
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-CURL-001", Title: "curl takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "With this option curl talks to whoever answers and sends what it was given: passwords, tokens, data. Nobody notices when the answer comes from somebody else.",
				Fix:        "Remove the option. If the server's CA is a private one, put it into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and give that with `--cacert ca-bundle.pem`.",
				References: []string{"https://curl.se/docs/manpage.html#-k", "https://curl.se/docs/sslcerts.html"},
			},
			Match: []*Match{
				Flags(program, "--insecure", "--proxy-insecure", "--doh-insecure").Gone(),
				Flags(program, "-k"),
				curlrc("insecure", "-k", "proxy-insecure", "doh-insecure"),
				curlIn("-k", "--insecure", "--proxy-insecure", "--doh-insecure"),
			},
			Bad: []Example{
				{"fetch.sh", "curl «-k» https://mux.example.com/health\n"},
				{"fetch.sh", "curl «-sSk» -o out.json https://mux.example.com/health\n"},
				{"fetch.sh", "curl «-fks» https://mux.example.com/ | sudo sh\n"},
				{"fetch.sh", "v=$(/usr/bin/curl -s «--insecure» https://mux.example.com/version)\n"},
				{"fetch.sh", "sudo -E curl «-kLO» https://mux.example.com/tool.tgz\n"},
				{"fetch.sh", "HTTPS_PROXY=proxy.example.com:3128 timeout 10 curl «-k» https://mux.example.com/\n"},
				{"fetch.sh", "xargs -n1 curl «-sk» < urls\n"},
				{"fetch.sh", "sh -c 'curl «-k» https://mux.example.com/ | grep -k'\n"},
				{"fetch.sh", "curl «--doh-insecure» --doh-url https://dns.example.com/ https://mux.example.com/\n"},
				{"fetch.sh", "CURL='curl -sS «-k»'\nCURL_OPTS=\"«--insecure» -f\"\n$CURL https://mux.example.com/\n"},
				{"fetch.py", "command = [\"curl\", \"-s\", \"https://\" + host + \"/v2\", \"«--insecure»\"]\nsubprocess.run([\"curl\", \"«-k»\", url])\nos.system(\"curl «-k» https://mux.example.com/\")\n"},
				{"fetch.bat", "curl.exe «-k» https://mux.example.com/\r\n"},
				{"Makefile", "fetch:\n\t@curl «-k» https://mux.example.com/\n"},
				{"Dockerfile", "FROM debian:13\nRUN apt-get update && \\\n    curl \\\n      «--insecure» https://mux.example.com/tool.tgz | tar xz\n"},
				{"Dockerfile", "FROM debian:13\nHEALTHCHECK CMD curl -f «-k» https://localhost:8443/ || exit 1\n"},
				{"compose.yaml", "services:\n  mux:\n    image: mux\n    healthcheck:\n      test: [\"CMD\", \"curl\", \"-f\", \"«-k»\", \"https://localhost:8443/\"]\n"},
				{".gitlab-ci.yml", "fetch:\n  script:\n    - curl «--proxy-insecure» https://mux.example.com/\n"},
				{".curlrc", "silent\n«insecure»\n"},
				{"_curlrc", "# for the proxy\n«-k»\n--«proxy-insecure»\n"},
			},
			Good: []Example{
				{"fetch.sh", "curl --cacert ca.pem https://mux.example.com/health\n"},
				{"fetch.sh", "curl https://mux.example.com/list | grep -k\ncurl https://mux.example.com/; tar -k x\n"},
				{"fetch.sh", "curl -ok https://mux.example.com/health\n"},
				{"fetch.sh", "echo 'never use curl -k'\n# curl -k https://mux.example.com\n"},
				{"fetch.sh", "curl --key client.key --keepalive-time 5 https://mux.example.com\n"},
				{"fetch.sh", "curl -d -k -H k https://mux.example.com\ncurl -Hk -uk:secret -dk https://mux.example.com\n"},
				{"fetch.sh", "curl -d '{\"args\": \"-k --insecure\"}' 'https://mux.example.com/?q=-k'\n"},
				{"fetch.sh", "CURL_OPTS='-sS --cacert ca.pem'\n"},
				{"fetch.py", "tools = [\"curl\", \"wget\"]\ncommand = [\"curl\", \"--cacert\", \"ca.pem\", url]\nprint([\"grep\", \"curl\", \"-k\"])\n"},
				{".curlrc", "# insecure\ncacert = \"/etc/ssl/ca.pem\"\n"},
				{"words.conf", "insecure\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CURL-002", Title: "curl speaks a protocol of old", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2, and SSL, have breaks that let someone on the way read or change what is sent. curl takes TLS 1.2 or later by itself, and this option makes it take less.",
				Fix:        "Remove the option, or write `--tlsv1.2`. The server must speak TLS 1.2 first; `muxkey probe` shows what it speaks.",
				References: []string{"https://curl.se/docs/manpage.html#--tlsv10", "https://curl.se/docs/manpage.html#--tls-max", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Flags(program, "-2", "-3", "--sslv2", "--sslv3"),
				Flags(program, "--tlsv1.0", "--tlsv1.1", "--proxy-tlsv1").Or("--tlsv1.2"),
				Flags(program, "-1", "--tlsv1").As(finding.Low, "curl takes any TLS 1, from 1.0 on").Or("--tlsv1.2"),
				FlagsAre(program, old, "--tls-max"),
				FlagsAre(program, weakCiphers, "--ciphers", "--proxy-ciphers"),
				Flags(program, "--ssl-allow-beast", "--proxy-ssl-allow-beast").As(finding.Low, "curl leaves out the guard against BEAST").Gone(),
				curlrc("sslv2", "sslv3", "-2", "-3", "tlsv1.0", "tlsv1.1", "ssl-allow-beast"),
			},
			Bad: []Example{
				{"fetch.sh", "curl «--tlsv1.0» https://mux.example.com/\ncurl «--tlsv1.1» https://mux.example.com/\n"},
				{"fetch.sh", "curl «-sS3» https://mux.example.com/\ncurl «-1» https://mux.example.com/\ncurl «--sslv2» https://mux.example.com/\n"},
				{"fetch.sh", "curl «--tls-max» 1.1 https://mux.example.com/\n"},
				{"fetch.sh", "curl «--ciphers» 'DEFAULT@SECLEVEL=0' https://mux.example.com/\n"},
				{".curlrc", "«sslv3»\n"},
			},
			Good: []Example{
				{"fetch.sh", "curl --tlsv1.2 https://mux.example.com/\ncurl --tlsv1.3 --tls-max 1.3 https://mux.example.com/\n"},
				{"fetch.sh", "curl https://mux.example.com/ | head -1 | tail -2\n"},
				{"fetch.sh", "curl -m1 -o3 https://mux.example.com/\n"},
				{"fetch.sh", "curl --ciphers 'HIGH:!RC4:!aNULL:!3DES' https://mux.example.com/\n"},
				{".curlrc", "tlsv1.2\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CURL-003", Title: "curl does not ask whether a certificate was revoked", Severity: finding.Low, CWE: 299,
				Why:        "On Windows curl lets the system ask for revocation, and this option forbids it. A certificate whose key was stolen stays good until it expires.",
				Fix:        "Remove the option. If the CA's list cannot be reached from where curl runs, write `--ssl-revoke-best-effort`, which asks where it can.",
				References: []string{"https://curl.se/docs/manpage.html#--ssl-no-revoke"},
			},
			Match: []*Match{
				Flags(program, "--ssl-no-revoke").Or("--ssl-revoke-best-effort"),
				curlrc("ssl-no-revoke"),
			},
			Bad: []Example{
				{"fetch.bat", "curl «--ssl-no-revoke» https://mux.example.com/\r\n"},
				{"_curlrc", "«ssl-no-revoke»\n"},
			},
			Good: []Example{
				{"fetch.bat", "rem curl --ssl-no-revoke https://mux.example.com/\r\ncurl --ssl-revoke-best-effort https://mux.example.com/\r\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CURL-004", Title: "curl goes on without TLS when the server offers none", Severity: finding.Low, CWE: 319,
				Why:        "With mail, FTP and LDAP `--ssl` only asks for TLS. Someone on the way takes the offer out of the server's answer, and reads the password.",
				Fix:        "Write `--ssl-reqd`, which fails without TLS.",
				References: []string{"https://curl.se/docs/manpage.html#--ssl-reqd"},
			},
			Match: []*Match{Flags(program, "--ssl", "--ftp-ssl").Or("--ssl-reqd")},
			Bad: []Example{
				{"mail.sh", "curl «--ssl» smtp://mail.example.com --mail-from a@example.com -T mail.txt\n"},
			},
			Good: []Example{
				{"mail.sh", "curl --ssl-reqd smtp://mail.example.com --mail-from a@example.com -T mail.txt\n"},
			},
		},
	}
}

// curlrc is a line of curl's file of options: a long name with or without "--",
// or a short one.
func curlrc(names ...string) *Match {
	hints := []string{"curl", "proxy", "cacert", "silent"} // "-k" alone is too short to be looked for
	for _, n := range names {
		if !strings.HasPrefix(n, "-") {
			hints = append(hints, squeeze(n))
		}
	}
	return Find(hints, func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			if len(s.Path) == 1 && slices.ContainsFunc(names, func(n string) bool { return s.Path[0] == n || s.Path[0] == "--"+n }) && !False(s.Value) {
				report(Hit{Span: s.Key})
			}
		}
	}).At(".curlrc", "_curlrc", "curlrc", "*.curlrc")
}

// curlIn is an option of curl in a variable from which curl is called.
func curlIn(flags ...string) *Match {
	m := Find([]string{"curl"}, func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			if s.Origin != syntax.FromEnv || len(s.Path) == 0 {
				continue
			}
			words := wordsOf(s.Value)
			if len(words) == 0 {
				continue
			}
			name := strings.ToUpper(s.Path[len(s.Path)-1])
			c := syntax.Command{Name: "curl", Words: words}
			switch {
			case words[0].Text == "curl" || strings.HasSuffix(words[0].Text, "/curl"):
			case strings.Contains(name, "CURL") && strings.HasPrefix(words[0].Text, "-"):
				c.Words = append([]syntax.Word{{Text: "curl"}}, words...)
			default:
				continue
			}
			for _, o := range options(&c) {
				if slices.ContainsFunc(flags, o.is) && !o.hasValue {
					report(Hit{Span: o.span})
				}
			}
		}
	})
	m.InCode = []string{`"curl`, "'curl", "envcurl"}
	return m
}

// weakCiphers is a list of ciphers, as OpenSSL takes them, that lets in what is
// broken, or lowers the level of security to nothing. What it takes out with '!'
// or '-' does no harm.
func weakCiphers(v syntax.Value) bool {
	text, ok := plain(v)
	return ok && slices.ContainsFunc(strings.FieldsFunc(strings.ToUpper(text), func(r rune) bool { return strings.ContainsRune(" :,@", r) }), func(item string) bool {
		if strings.HasPrefix(item, "!") || strings.HasPrefix(item, "-") {
			return false
		}
		return item == "SECLEVEL=0" || slices.ContainsFunc([]string{"RC4", "NULL", "EXPORT", "DES", "MD5"}, func(w string) bool { return strings.Contains(item, w) })
	})
}
