package rules

import (
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func git() []Rule {
	program := []string{"git"}
	old := OneOf("sslv2", "sslv3", "tlsv1", "tlsv1.0", "tlsv1.1")
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-GIT-001", Title: "git takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Code is fetched from, and credentials are sent to, whoever answers. What is built from it is then somebody else's.",
				Fix:        "Remove the setting. If the server's CA is a private one, put it into a bundle with `muxkey trust build ca.pem --target git -o ca` and name it as `http.sslCAInfo`, for that server alone.",
				References: []string{"https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpsslVerify", "https://git-scm.com/docs/git#Documentation/git.txt-codeGITSSLNOVERIFYcode"},
			},
			Match: []*Match{
				// git asks only whether the variable is there: 0 and false switch off as well.
				Env(written, "GIT_SSL_NO_VERIFY"),
				under(False, []string{"http"}, "sslVerify").In("ini").Or("true"),
				Whole(False, "http.sslVerify").Or("true"),
				SetBy(False, program, "http.sslVerify", "http.*.sslVerify", "lfs.*.sslverify").Or("true"),
				under(False, []string{"lfs"}, "sslverify").In("ini").Or("true"),
				gitConfigEnv(),
			},
			Bad: []Example{
				{"build.sh", "export GIT_SSL_NO_VERIFY=«0»\n"},
				{"build.sh", "GIT_SSL_NO_VERIFY=«true» git clone https://git.example.com/a.git\n"},
				{"build.sh", "env GIT_SSL_NO_VERIFY=«false» git fetch\n"},
				{"Dockerfile", "FROM debian:13\nENV GIT_SSL_NO_VERIFY=«true»\n"},
				{"Dockerfile", "FROM debian:13\nENV LANG=C GIT_SSL_NO_VERIFY=«1»\nARG GIT_SSL_NO_VERIFY=«1»\n"},
				{"compose.yaml", "services:\n  build:\n    environment:\n      GIT_SSL_NO_VERIFY: \"«1»\"\n"},
				{"pod.yaml", "kind: Pod\nspec:\n  containers:\n    - name: build\n      env:\n        - name: GIT_SSL_NO_VERIFY\n          value: \"«0»\"\n"},
				{".gitlab-ci.yml", "variables:\n  GIT_SSL_NO_VERIFY: \"«true»\"\n"},
				{".gitconfig", "[http]\n\tsslVerify = «false»\n"},
				{".gitconfig", "[http \"https://git.example.com/\"]\n\tsslVerify = «no»\n"},
				{".git/config", "[http]\n\tsslverify = «0»\n"},
				{"build.sh", "git config --global http.sslVerify «false»\ngit config http.sslverify «0»\ngit -c http.sslVerify=«false» clone https://git.example.com/a.git\n"},
				{"build.sh", "git config --system 'http.https://git.example.com/.sslVerify' «off»\n"},
				{"build.sh", "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.sslVerify GIT_CONFIG_VALUE_0=«false»\n"},
			},
			Good: []Example{
				{"build.sh", "unset GIT_SSL_NO_VERIFY\nexport MYGIT_SSL_NO_VERIFY=1 GIT_SSL_NO_VERIFYX=1\n"},
				{"build.sh", "export GIT_SSL_NO_VERIFY=$SKIP\nif [ -n \"$GIT_SSL_NO_VERIFY\" ]; then echo GIT_SSL_NO_VERIFY=1; fi\n"},
				{"build.sh", "git config --unset http.sslVerify\ngit config --get http.sslVerify false\ngit config http.sslVerify true\n"},
				{"build.sh", "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.proxy GIT_CONFIG_VALUE_0=false\n"},
				{"build.py", "import os\nif os.getenv(\"GIT_SSL_NO_VERIFY\"):\n    pass\n"},
				{".gitconfig", "[http]\n\t# sslVerify = false\n\tsslVerify = true\n\tsslCAInfo = /etc/ssl/ca.pem\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GIT-002", Title: "git sends mail to any server", Severity: finding.High, CWE: 295,
				Why:        "With an empty path for certificates `git send-email` checks none, and sends the password of the mail account to whoever answers.",
				Fix:        "Remove the setting, or name a bundle: `muxkey trust build ca.pem -o ca-bundle.pem`. For imap-send write `sslverify = true`.",
				References: []string{"https://git-scm.com/docs/git-send-email#Documentation/git-send-email.txt---smtp-ssl-cert-pathpath", "https://git-scm.com/docs/git-imap-send"},
			},
			Match: []*Match{
				under(Empty, []string{"sendemail"}, "smtpSSLCertPath"),
				SetBy(Empty, program, "sendemail.smtpSSLCertPath"),
				FlagsAre(program, Empty, "--smtp-ssl-cert-path"),
				under(False, []string{"imap"}, "sslverify").In("ini").Or("true"),
				SetBy(False, program, "imap.sslVerify").Or("true"),
			},
			Bad: []Example{
				{".gitconfig", "[sendemail]\n\t«smtpSSLCertPath» = \"\"\n"},
				{".gitconfig", "[imap]\n\thost = imaps://mail.example.com\n\tsslverify = «false»\n"},
				{"mail.sh", "git send-email «--smtp-ssl-cert-path=» 0001.patch\n"},
			},
			Good: []Example{
				{".gitconfig", "[sendemail]\n\tsmtpSSLCertPath = /etc/ssl/certs\n[imap]\n\tsslverify = true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GIT-003", Title: "git speaks a protocol of old", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2, and SSL, have breaks that let someone on the way read or change what is sent. Without the setting git takes the best that both sides know.",
				Fix:        "Remove the setting, or write `tlsv1.2`. The server must speak TLS 1.2 first; `muxkey probe` shows what it speaks.",
				References: []string{"https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpsslVersion", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Env(old, "GIT_SSL_VERSION").Or("tlsv1.2"),
				under(old, []string{"http"}, "sslVersion").In("ini").Or("tlsv1.2"),
				SetBy(old, program, "http.sslVersion", "http.*.sslVersion").Or("tlsv1.2"),
			},
			Bad: []Example{
				{".gitconfig", "[http]\n\tsslVersion = «tlsv1.0»\n"},
				{"build.sh", "git config --global http.sslVersion «tlsv1»\nexport GIT_SSL_VERSION=«sslv3»\n"},
			},
			Good: []Example{
				{".gitconfig", "[http]\n\tsslVersion = tlsv1.2\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GIT-004", Title: "git does not ask whether a certificate was revoked", Severity: finding.Low, CWE: 299,
				Why:        "On Windows git lets the system ask for revocation, and this setting forbids it. A certificate whose key was stolen stays good until it expires.",
				Fix:        "Remove the setting, or write `best-effort` for `http.schannelCheckRevoke` where the CA's list cannot always be reached.",
				References: []string{"https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpschannelCheckRevoke"},
			},
			Match: []*Match{
				under(False, []string{"http"}, "schannelCheckRevoke").Or("true"),
				SetBy(False, program, "http.schannelCheckRevoke").Or("true"),
			},
			Bad: []Example{
				{".gitconfig", "[http]\n\tschannelCheckRevoke = «false»\n"},
				{"setup.bat", "git config --global http.schannelCheckRevoke «false»\r\n"},
			},
			Good: []Example{
				{".gitconfig", "[http]\n\tschannelCheckRevoke = true\n"},
			},
		},
	}
}

// gitConfigEnv is http.sslVerify in the numbered variables that stand for lines
// of git's configuration: GIT_CONFIG_KEY_0 and GIT_CONFIG_VALUE_0.
func gitConfigEnv() *Match {
	return Find([]string{"gitconfigkey"}, func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			if s.Origin != syntax.FromEnv || len(s.Path) == 0 || !strings.EqualFold(s.Value.Text, "http.sslVerify") {
				continue
			}
			number, ok := strings.CutPrefix(s.Path[len(s.Path)-1], "GIT_CONFIG_KEY_")
			if !ok {
				continue
			}
			for j := range f.Settings {
				v := &f.Settings[j]
				if v.Origin == syntax.FromEnv && len(v.Path) > 0 && v.Path[len(v.Path)-1] == "GIT_CONFIG_VALUE_"+number && False(v.Value) {
					report(Hit{Span: v.Value.Span})
				}
			}
		}
	})
}
