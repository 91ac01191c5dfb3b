package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func vcs() []Rule {
	svn := []string{"svn", "svnsync", "svnrdump", "svnmucc", "svnbench", "svnlook"}
	hg := []string{"hg", "chg", "rhg"}
	old := OneOf("tls1.0", "tls1.1")
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-VCS-001", Title: "Subversion takes a certificate that nobody vouches for", Severity: finding.High, CWE: 295,
				Why:        "The password goes to, and the code comes from, whoever answers. The option is often followed by `--password` on the same line.",
				Fix:        "Remove the option. If the server's CA is a private one, make a file of it with `muxkey trust build ca.pem -o ca-bundle.pem` and name it as `ssl-authority-files` in `~/.subversion/servers`.",
				References: []string{"https://svnbook.red-bean.com/en/1.8/svn.ref.svn.html", "https://svnbook.red-bean.com/en/1.8/svn.advanced.confarea.html"},
			},
			Match: []*Match{
				Flags(svn, "--trust-server-cert").Gone(),
				FlagsAre(svn, Containing("unknown-ca", "cn-mismatch", "other"), "--trust-server-cert-failures"),
				FlagsAre(svn, OneOf("expired", "not-yet-valid", "expired,not-yet-valid", "not-yet-valid,expired"), "--trust-server-cert-failures").
					As(finding.Medium, "Subversion takes a certificate out of its time"),
				Key(True, "ssl-ignore-unknown-ca", "ssl-ignore-host-mismatch"),
			},
			Bad: []Example{
				{"get.sh", "svn checkout --non-interactive «--trust-server-cert» https://svn.example.com/a\n"},
				{"get.sh", "svn co --non-interactive «--trust-server-cert-failures=unknown-ca,cn-mismatch» https://svn.example.com/a\nsvn up «--trust-server-cert-failures» other\n"},
				{"get.sh", "svn up «--trust-server-cert-failures=expired»\n"},
			},
			Good: []Example{
				{"get.sh", "svn checkout --config-option servers:global:ssl-authority-files=ca.pem https://svn.example.com/a\n# svn --trust-server-cert\n"},
				{".subversion/servers", "[global]\nssl-trust-default-ca = yes\nssl-authority-files = /etc/ssl/ca.pem\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-VCS-002", Title: "Mercurial takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The password goes to, and the code comes from, whoever answers. Hooks and build files among that code are run.",
				Fix:        "Remove the option. If the server's CA is a private one, make a file of it with `muxkey trust build ca.pem -o ca-bundle.pem` and name it as `cacerts` in `[web]`, or the server's fingerprint in `[hostsecurity]`.",
				References: []string{"https://www.mercurial-scm.org/help/topics/config#hostsecurity", "https://www.mercurial-scm.org/help/topics/config#web"},
			},
			Match: []*Match{
				Flags(hg, "--insecure").Gone(),
				Whole(Exactly("!"), "web.cacerts"),
				SetBy(Exactly("!"), hg, "web.cacerts"),
				Whole(OneOf("false", "loose", "no", "off", "0"), "smtp.verifycert"),
			},
			Bad: []Example{
				{"get.sh", "hg clone «--insecure» https://hg.example.com/a\nhg --config web.cacerts=«!» pull\n"},
				{".hgrc", "[web]\ncacerts = «!»\n"},
				{"mercurial.ini", "[smtp]\nverifycert = «loose»\n"},
			},
			Good: []Example{
				{".hgrc", "[web]\ncacerts = /etc/ssl/ca.pem\n"},
				{"get.sh", "hg clone https://hg.example.com/a\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-VCS-003", Title: "Mercurial speaks a protocol of old", Severity: finding.Medium, CWE: 327,
				Why:        "TLS 1.0 and 1.1 have breaks that let someone on the way read or change what is sent. Mercurial refuses them by itself, or warns.",
				Fix:        "Write `minimumprotocol = tls1.2`, or remove the setting. The server must speak TLS 1.2 first; `muxkey probe` shows what it speaks.",
				References: []string{"https://www.mercurial-scm.org/help/topics/config#hostsecurity", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				mercurialHost(old, "minimumprotocol").Or("tls1.2"),
				mercurialHost(True, "disabletls10warning").As(finding.Low, "Mercurial does not warn of TLS 1.0"),
				SetBy(old, hg, "hostsecurity.minimumprotocol", "hostsecurity.*:minimumprotocol").Or("tls1.2"),
			},
			Bad: []Example{
				{".hgrc", "[hostsecurity]\nminimumprotocol = «tls1.0»\n"},
				{".hgrc", "[hostsecurity]\nhg.example.com:minimumprotocol = «tls1.1»\n"},
				{".hgrc", "[hostsecurity]\ndisabletls10warning = «true»\n"},
			},
			Good: []Example{
				{".hgrc", "[hostsecurity]\nminimumprotocol = tls1.2\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-VCS-004", Title: "Breezy or Bazaar takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The code comes from, and the password goes to, whoever answers.",
				Fix:        "Write `ssl.cert_reqs = required` and name the CA as `ssl.ca_certs`: `muxkey trust build ca.pem -o ca-bundle.pem`.",
				References: []string{"https://www.breezy-vcs.org/doc/en/user-reference/configuration-help.html"},
			},
			Match: []*Match{
				SetBy(OneOf("none"), []string{"bzr", "brz"}, "ssl.cert_reqs"),
				Key(OneOf("none"), "ssl.cert_reqs").At("bazaar.conf", "breezy.conf", "locations.conf", "branch.conf").Or("required"),
			},
			Bad: []Example{
				{"get.sh", "bzr branch -Ossl.cert_reqs=«none» https://bzr.example.com/a\nbrz config ssl.cert_reqs=«none»\n"},
			},
			Good: []Example{
				{"get.sh", "bzr branch -Ossl.cert_reqs=required https://bzr.example.com/a\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-VCS-005", Title: "Perforce trusts whatever certificate the server shows", Severity: finding.Medium, CWE: 295,
				Why:        "`p4 trust -y` takes the fingerprint that is sent without showing it to anyone, and with `-f` also one that has changed. Who answers at that moment is trusted from then on.",
				Fix:        "Give the fingerprint that the administrator tells: `p4 trust -i FINGERPRINT`.",
				References: []string{"https://help.perforce.com/helix-core/server-apps/cmdref/current/Content/CmdRef/p4_trust.html"},
			},
			Match: []*Match{
				Args(optionAmong("-y", "-f", "-yf", "-fy"), "p4", "trust").Hinting("p4 trust$", `p4"&trust$`),
			},
			Bad: []Example{
				{"get.sh", "p4 trust «-y»\np4 -p ssl:p4.example.com:1666 trust «-f» -y\n"},
			},
			Good: []Example{
				{"get.sh", "p4 trust -i B7:5C:96:9D:3C:3A\np4 trust -l\n"},
			},
		},
	}
}

// mercurialHost is a key of [hostsecurity], for all hosts or for one of them.
func mercurialHost(is Is, key string) *Match {
	return settings([]string{key}, func(s *syntax.Setting) bool {
		name := s.Path[len(s.Path)-1]
		return s.Origin == syntax.FromFile && len(s.Path) > 1 && s.Path[0] == "hostsecurity" &&
			(name == key || strings.HasSuffix(name, ":"+key)) && is(s.Value)
	})
}

// optionAmong is the first of some words that a command has.
func optionAmong(words ...string) func(*syntax.Command, []syntax.Word) *syntax.Word {
	return func(_ *syntax.Command, rest []syntax.Word) *syntax.Word {
		for i := range rest {
			if slices.Contains(words, rest[i].Text) {
				return &rest[i]
			}
		}
		return nil
	}
}
