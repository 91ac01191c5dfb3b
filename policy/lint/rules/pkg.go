package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func pkg() []Rule {
	apt := []string{"apt", "apt-get", "aptitude", "apt-cache", "apt-file"}
	rpm := []string{"yum", "dnf", "dnf5", "microdnf", "tdnf", "yum-config-manager", "dnf-3", "reposync", "repoquery", "yumdownloader"}
	system := "If its CA is a private one, give it to the system: `muxkey trust build ca.pem --target debian -o ca` or `--target rhel`."
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-PKG-001", Title: "apt takes packages from any server", Severity: finding.High, CWE: 295,
				Why:        "Who answers learns what is installed and with which password it was asked for, can hold back updates, and can send broken files. Signatures guard the packages alone.",
				Fix:        "Remove the setting, or name the CA of that host alone: `Acquire::https::mux.example.com::CaInfo`, with a file made by `muxkey trust build ca.pem -o ca-bundle.pem`.",
				References: []string{"https://manpages.debian.org/stable/apt/apt-transport-https.1.en.html"},
			},
			Match: []*Match{
				aptSetting(False, "acquire::https::verify-peer", "acquire::https::*::verify-peer").Or("true"),
				SetBy(False, apt, "Acquire::https::Verify-Peer", "Acquire::https::*::Verify-Peer").Or("true"),
				envSetting(False, "Acquire::https::Verify-Peer"),
			},
			Bad: []Example{
				{"etc/apt/apt.conf.d/99own", "// for the mirror\nAcquire::https::Verify-Peer \"«false»\";\nAcquire::https::mirror.example.com::Verify-Peer \"«false»\";\n"},
				{"apt.conf", "Acquire {\n  https {\n    Verify-Peer \"«false»\";\n  };\n};\n"},
				{"setup.sh", "apt-get -o Acquire::https::Verify-Peer=«false» update\napt -y -o \"Acquire::https::Verify-Peer=«false»\" install mux\n"},
				{"Dockerfile", "FROM debian:13\nRUN echo 'Acquire::https::Verify-Peer \"«false»\";' > /etc/apt/apt.conf.d/99own && apt-get update\n"},
			},
			Good: []Example{
				{"etc/apt/apt.conf.d/99own", "// Acquire::https::Verify-Peer \"false\";\n# Acquire::https::Verify-Peer \"false\";\nAcquire::https::Verify-Peer \"true\";\nAcquire::https::CaInfo \"/etc/ssl/ca.pem\";\n"},
				{"setup.sh", "apt-get -o Acquire::https::CaInfo=/etc/ssl/ca.pem update\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PKG-002", Title: "apt takes a certificate of another host", Severity: finding.Medium, CWE: 297,
				Why:        "Anyone with a certificate for any name of their own can answer in place of the mirror. Such certificates are free.",
				Fix:        "Remove the setting, and call the mirror by a name that its certificate holds. `muxkey probe HOST` lists those names.",
				References: []string{"https://manpages.debian.org/stable/apt/apt-transport-https.1.en.html"},
			},
			Match: []*Match{
				aptSetting(False, "acquire::https::verify-host", "acquire::https::*::verify-host").Or("true"),
				SetBy(False, apt, "Acquire::https::Verify-Host", "Acquire::https::*::Verify-Host").Or("true"),
				envSetting(False, "Acquire::https::Verify-Host"),
			},
			Bad: []Example{
				{"etc/apt/apt.conf.d/99own", "Acquire::https::Verify-Host \"«false»\";\n"},
				{"setup.sh", "apt-get -oAcquire::https::Verify-Host=«false» update\n"},
			},
			Good: []Example{
				{"etc/apt/apt.conf.d/99own", "Acquire::https::Verify-Host \"true\";\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PKG-003", Title: "yum, dnf or zypper takes packages from any server", Severity: finding.High, CWE: 295,
				Why:        "Who answers learns what is installed and with which password it was asked for, can hold back updates, and sends what is installed where signatures are not checked either.",
				Fix:        "Remove the setting. " + system + " For one repository alone, `sslcacert=` names a bundle.",
				References: []string{"https://dnf.readthedocs.io/en/latest/conf_ref.html", "https://en.opensuse.org/openSUSE:Libzypp_URIs"},
			},
			Match: []*Match{
				repoSetting(False, "sslverify").Or("1"),
				SetBy(False, rpm, "sslverify", "*.sslverify").Or("1"),
				Param(nil, OneOf("no", "host"), "ssl_verify"),
			},
			Bad: []Example{
				{"etc/yum.repos.d/own.repo", "[own]\nbaseurl=https://rpm.example.com/\nsslverify=«0»\n"},
				{"dnf.conf", "[main]\nsslverify = «False»\n"},
				{"setup.sh", "dnf install -y --setopt=sslverify=«false» mux\nyum --setopt=own.sslverify=«0» update\nyum-config-manager --save «--setopt='*.sslverify=no'»\nmicrodnf install --setopt sslverify=«0» mux\n"},
				{"setup.sh", "zypper addrepo 'https://rpm.example.com/?ssl_verify=«no»' own\n"},
				{"Dockerfile", "FROM fedora:43\nRUN echo \"sslverify=«false»\" >> /etc/dnf/dnf.conf\n"},
			},
			Good: []Example{
				{"etc/yum.repos.d/own.repo", "[own]\n#sslverify=0\nsslverify=1\nsslcacert=/etc/ssl/ca.pem\n"},
				{"setup.sh", "dnf install --setopt=sslverify=true mux\ndnf --disablerepo sslverify update\necho --setopt=sslverify=0\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PKG-004", Title: "packages are installed without their signatures", Severity: finding.Medium, CWE: 347,
				Why:        "A mirror, or someone on the way, can send packages of their own, and what they bring is run with all rights.",
				Fix:        "Remove the switch, and give the key of the repository to the package manager: `signed-by=` for apt, `gpgkey=` for dnf and zypper, `/etc/apk/keys` for apk, `pacman-key --add` for pacman.",
				References: []string{"https://manpages.debian.org/stable/apt/apt-secure.8.en.html", "https://dnf.readthedocs.io/en/latest/conf_ref.html", "https://man.archlinux.org/man/pacman.conf.5", "https://wiki.alpinelinux.org/wiki/Alpine_Package_Keeper"},
			},
			Match: []*Match{
				Flags([]string{"apk", "abuild-apk"}, "--allow-untrusted").Gone(),
				Flags(apt, "--allow-unauthenticated", "--allow-insecure-repositories", "--force-yes").Gone(),
				aptSetting(True, "apt::get::allowunauthenticated", "acquire::allowinsecurerepositories", "acquire::allowweakrepositories", "acquire::allowdowngradetoinsecurerepositories").Or("false"),
				SetBy(True, apt, "APT::Get::AllowUnauthenticated", "Acquire::AllowInsecureRepositories", "Acquire::AllowWeakRepositories", "Acquire::AllowDowngradeToInsecureRepositories").Or("false"),
				aptTrusted(),
				Flags(append([]string{"zypper"}, rpm...), "--nogpgcheck", "--no-gpgcheck", "--no-gpgchecks", "--no-gpg-check", "--no-gpg-checks").Gone(),
				repoSetting(False, "gpgcheck", "pkg_gpgcheck").Or("1"),
				SetBy(False, rpm, "gpgcheck", "*.gpgcheck").Or("1"),
				Flags([]string{"rpm"}, "--nosignature").Gone(),
				Key(Listing("Never", "TrustAll"), "SigLevel", "RemoteFileSigLevel").At("pacman.conf", "pacman.d/*", "pacman*.conf"),
				Flags([]string{"debootstrap", "cdebootstrap"}, "--no-check-gpg", "--allow-unauthenticated").Gone(),
				Flags([]string{"flatpak", "ostree"}, "--no-gpg-verify").Gone(),
				Key(False, "require-sigs").At("nix.conf").Or("true"),
			},
			Bad: []Example{
				{"setup.sh", "apk add «--allow-untrusted» mux.apk\napt-get install -y «--allow-unauthenticated» mux\ndnf install «--nogpgcheck» mux\nzypper «--no-gpg-checks» install mux\nyum install -y --setopt=gpgcheck=«0» mux\nrpm -i «--nosignature» mux.rpm\nflatpak remote-add «--no-gpg-verify» own https://flatpak.example.com/repo\n"},
				{"pacman.conf", "[own]\nSigLevel = «Never»\nServer = https://arch.example.com/$arch\n"},
				{"etc/yum.repos.d/own.repo", "[own]\nname=Own\nbaseurl=https://rpm.example.com/\ngpgcheck=«0»\n"},
				{"etc/apt/apt.conf.d/99own", "APT::Get::AllowUnauthenticated \"«true»\";\n"},
				{"Dockerfile", "FROM debian:13\nRUN echo \"deb [arch=amd64 «trusted=yes»] https://deb.example.com/ stable main\" > /etc/apt/sources.list.d/own.list\n"},
			},
			Good: []Example{
				{"setup.sh", "apt-get install -y mux\n# apk add --allow-untrusted mux.apk\necho deb [signed-by=/etc/apt/keyrings/own.gpg] https://deb.example.com/ stable main > own.list\n# deb [trusted=yes] https://deb.example.com/ stable main\n"},
				{"etc/yum.repos.d/own.repo", "[own]\ngpgcheck=1\nrepo_gpgcheck=0\n"},
				{"pacman.conf", "[options]\nSigLevel = Required DatabaseOptional\nLocalFileSigLevel = Optional\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PKG-005", Title: "FreeBSD's fetch and pkg take any certificate", Severity: finding.High, CWE: 295,
				Why:        "fetch, pkg and all that uses their library get files from whoever answers, and those are often unpacked or run.",
				Fix:        "Remove the switch. If the server's CA is a private one, put it into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and name that in `SSL_CA_CERT_FILE` or with `--ca-cert`.",
				References: []string{"https://man.freebsd.org/cgi/man.cgi?query=fetch&sektion=3", "https://man.freebsd.org/cgi/man.cgi?query=fetch&sektion=1"},
			},
			Match: []*Match{
				// The library asks only whether the variables are there.
				Env(written, "SSL_NO_VERIFY_PEER"),
				Env(written, "SSL_NO_VERIFY_HOSTNAME").As("", "FreeBSD's fetch takes a certificate of another host"),
				Flags([]string{"fetch"}, "--no-verify-peer", "--no-verify-hostname").Gone(),
			},
			Bad: []Example{
				{"setup.sh", "env SSL_NO_VERIFY_PEER=«1» pkg update\nfetch «--no-verify-peer» https://mux.example.com/a.txz\nexport SSL_NO_VERIFY_HOSTNAME=«yes»\n"},
			},
			Good: []Example{
				{"setup.sh", "fetch --ca-cert=ca.pem https://mux.example.com/a.txz\nunset SSL_NO_VERIFY_PEER\n"},
			},
		},
	}
}

// aptSetting is a setting of apt.conf, whole (Acquire::https::Verify-Peer) or in
// blocks, where a '*' stands for a host.
func aptSetting(is Is, keys ...string) *Match {
	return &Match{Literals: lastOf(keys, "::"), Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			path := squeezeHost(strings.Join(s.Path, "::"))
			if s.Origin == syntax.FromFile && is(s.Value) && slices.ContainsFunc(keys, func(k string) bool { return like(path, squeezeHost(k)) }) {
				report(Hit{Span: s.Value.Span})
			}
		}
	}}
}

func squeezeHost(key string) string { return strings.ReplaceAll(squeeze(key), ":::", "::") }

// lastOf are the literals of keys whose parts are joined in a way of their own.
func lastOf(keys []string, join string) []string {
	var out []string
	for _, k := range keys {
		last := squeeze(k[strings.LastIndex(k, join)+len(join):])
		if !slices.Contains(out, last) {
			out = append(out, last)
		}
	}
	return out
}

// envSetting is "-o key=value" in a variable that is given to apt.
func envSetting(is Is, key string) *Match {
	return &Match{Literals: []string{squeeze(key)}, Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			if s.Origin != syntax.FromEnv {
				continue
			}
			for _, w := range wordsOf(s.Value) {
				name, value, found := strings.Cut(strings.Trim(w.Text, "'\""), "=")
				if found && strings.EqualFold(strings.TrimPrefix(name, "-o"), key) && is(syntax.Value{Text: value}) {
					report(Hit{Span: w.Span})
				}
			}
		}
	}}
}

// repoSetting is a key of yum's and dnf's files. Git has a key of the same name,
// in sections that no repository is called.
func repoSetting(is Is, keys ...string) *Match {
	return settings(keys, func(s *syntax.Setting) bool {
		if s.Origin != syntax.FromFile || len(s.Path) > 2 || !slices.Contains(keys, strings.ToLower(s.Path[len(s.Path)-1])) || !is(s.Value) {
			return false
		}
		section, _, _ := strings.Cut(s.Path[0], " ")
		return len(s.Path) == 1 || !slices.Contains([]string{"http", "lfs", "imap"}, strings.ToLower(section))
	}).In("ini", "conf", "shell", "dockerfile", "makefile", "yaml")
}

// aptTrusted is [trusted=yes] in a line of a list of sources, in a file of them
// or where a script writes one.
func aptTrusted() *Match {
	return Find([]string{"trusted=yes"}, func(f *syntax.File, report func(Hit)) {
		at := 0
		for line := range strings.Lines(string(f.Text)) {
			start := at
			at += len(line)
			i := strings.Index(line, "trusted=yes")
			if i < 0 || strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			before := line[:i]
			if open := strings.LastIndexByte(before, '['); open >= 0 && !strings.Contains(before[open:], "]") && strings.Contains(before[:open], "deb") {
				report(Hit{Span: syntax.Span{Start: start + i, End: start + i + len("trusted=yes")}})
			}
		}
	}).In("shell", "dockerfile", "makefile", "yaml", "conf", "text", "python", "ruby", "markdown")
}
