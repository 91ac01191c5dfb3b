package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func openssl() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-OPENSSL-001", Title: "socat, GnuTLS or ncat makes a tunnel to anyone", Severity: finding.High, CWE: 295,
				Why:        "The tunnel is encrypted, and it ends at whoever answers.",
				Fix:        "Write `verify=1,cafile=ca-bundle.pem` for socat, `--x509cafile ca-bundle.pem` for gnutls-cli, `--ssl-verify --ssl-trustfile ca-bundle.pem` for ncat. `muxkey trust build ca.pem -o ca-bundle.pem` makes the bundle.",
				References: []string{"https://manpages.debian.org/stable/socat/socat.1.en.html", "https://www.gnutls.org/manual/html_node/gnutls_002dcli-Invocation.html"},
			},
			Match: []*Match{
				socat(),
				Flags([]string{"gnutls-cli"}, "--insecure").Hinting("gnutlscli").Gone(),
			},
			Bad: []Example{
				{"tunnel.sh", "socat TCP-LISTEN:8080,fork «OPENSSL:mux.example.com:443,verify=0»\nsocat - «ssl:mux.example.com:443,verify=0,cert=a.pem»\ngnutls-cli «--insecure» mux.example.com\n"},
			},
			Good: []Example{
				{"tunnel.sh", "socat TCP-LISTEN:8080,fork OPENSSL:mux.example.com:443,verify=1,cafile=ca.pem\nsocat OPENSSL-LISTEN:443,cert=a.pem,verify=0 TCP:localhost:80\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-OPENSSL-002", Title: "openssl s_client carries data and checks nobody", Severity: finding.Low, CWE: 295,
				Why:        "s_client goes on whatever the certificate says. What is sent through it goes to whoever answers.",
				Fix:        "Add `-verify_return_error -verify_hostname NAME -CAfile ca-bundle.pem`; `muxkey trust build ca.pem -o ca-bundle.pem` makes the bundle. To look at a server, `muxkey probe` does more.",
				References: []string{"https://docs.openssl.org/master/man1/openssl-s_client/"},
			},
			Match: []*Match{Args(unverified, "openssl", "s_client")},
			Bad: []Example{
				{"mail.sh", "openssl s_client «-quiet» -connect mail.example.com:465 < mail.txt\n"},
			},
			Good: []Example{
				{"mail.sh", "openssl s_client -quiet -verify_return_error -connect mail.example.com:465 < mail.txt\nopenssl s_client -connect mux.example.com:443 </dev/null | openssl x509 -noout -dates\n"},
			},
		},
	}
}

// socat is an address of socat that is a TLS client without checks. At a
// listener verify=0 asks no certificate of clients, as most servers do.
func socat() *Match {
	return Find([]string{"verify=0"}, func(f *syntax.File, report func(Hit)) {
		for i := range f.Commands {
			c := &f.Commands[i]
			if c.Name != "socat" {
				continue
			}
			for _, w := range c.Words[1:] {
				items := strings.Split(w.Text, ",")
				kind, _, _ := strings.Cut(strings.ToLower(items[0]), ":")
				if slices.Contains([]string{"openssl", "ssl", "openssl-connect", "ssl-connect", "openssl-dtls-client"}, kind) && slices.Contains(items, "verify=0") {
					report(Hit{Span: w.Span})
				}
			}
		}
	})
}

// unverified is the option that makes s_client a pipe, where none makes it check.
func unverified(_ *syntax.Command, rest []syntax.Word) *syntax.Word {
	var quiet *syntax.Word
	for i := range rest {
		switch rest[i].Text {
		case "-quiet":
			quiet = &rest[i]
		case "-verify_return_error", "-showcerts", "-help":
			return nil
		}
	}
	return quiet
}
