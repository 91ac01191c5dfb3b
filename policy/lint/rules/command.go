package rules

import (
	"slices"
	"strings"

	"muxkey/policy/lint/syntax"
)

// Flag is an option of a program, set: alone, as "--flag=true", or in a cluster
// of short ones. The program "" is any, also where only the arguments are known.
// What has the shape of PowerShell's parameters (-SkipCertificateCheck) is
// compared without case.
func Flag(program string, flags ...string) *Match {
	return flagged(program, flags, func(o option) bool { return !o.hasValue || True(o.value) })
}

// FlagIs is an option of a program with a value: "--flag=value" or "--flag value".
func FlagIs(program string, is Is, flags ...string) *Match {
	return flagged(program, flags, func(o option) bool {
		if o.hasValue {
			return is(o.value)
		}
		return o.next != nil && is(*o.next)
	})
}

func flagged(program string, flags []string, ok func(option) bool) *Match {
	hints := optionHints([]string{program}, flags)
	return &Match{Literals: hints, Also: called([]string{program}), Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Commands {
			c := &f.Commands[i]
			// Where only the arguments are known, a name that says all is enough.
			if program != "" && c.Name != program {
				continue
			}
			for _, o := range options(c) {
				if slices.ContainsFunc(flags, o.is) && ok(o) {
					report(Hit{Span: o.span})
				}
			}
		}
	}}
}

// optionHints are the literals of files that call a program with an option. Of
// short options, which stand in clusters, there is nothing to look for.
func optionHints(programs, flags []string) []string {
	names := literals(flags)
	if slices.ContainsFunc(names, func(n string) bool { return len(strings.Trim(n, "^$")) < 4 }) {
		return literals(programs)
	}
	return names
}

// called are the literals of files that call one of some programs; none when it
// may be any. Two letters are everywhere, also as words, so they are looked for
// with what can follow them.
func called(programs []string) []string {
	var out []string
	for _, p := range programs {
		switch name := squeeze(p); len(name) {
		case 0, 1:
			return nil
		case 2:
			for _, end := range []string{" ", `"`, "'", "\n", `\`, ",", "]", "="} {
				out = append(out, "^"+name+end)
			}
		default:
			out = append(out, literals([]string{p})...)
		}
	}
	return out
}

// Args is a command whose operands begin with these words: the program, then
// its subcommands. Options and their values may stand between them. The function
// gets what follows, options included, and returns the word that is wrong.
func Args(is func(c *syntax.Command, rest []syntax.Word) *syntax.Word, words ...string) *Match {
	return &Match{Literals: literals([]string{strings.Join(words, ".")}), Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Commands {
			c := &f.Commands[i]
			if c.Name != words[0] {
				continue
			}
			rest, ok := behind(c, words[1:])
			if !ok {
				continue
			}
			if found := is(c, rest); found != nil {
				report(Hit{Span: found.Span})
			}
		}
	}}
}

// behind are the words behind some operands with which a command begins.
func behind(c *syntax.Command, wanted []string) ([]syntax.Word, bool) {
	style := styleOf(c.Name)
	rest := c.Words[1:]
	for _, w := range wanted {
		for {
			if len(rest) == 0 {
				return nil, false
			}
			word := rest[0].Text
			rest = rest[1:]
			if word == w {
				break
			}
			if !strings.HasPrefix(word, "-") {
				return nil, false
			}
			// An option that is not known may have a value or none.
			if takes := style.takes(word); len(rest) > 0 && (takes == always || takes == perhaps && rest[0].Text != w && !strings.HasPrefix(rest[0].Text, "-")) {
				rest = rest[1:]
			}
		}
	}
	return rest, true
}

// Operands are the words of a command, or of what follows a subcommand, that are
// neither options nor their values.
func Operands(c *syntax.Command, words []syntax.Word) []syntax.Word {
	style := styleOf(c.Name)
	var out []syntax.Word
	for i := 0; i < len(words); i++ {
		switch word := words[i].Text; {
		case word == "--":
			return append(out, words[i+1:]...)
		case !strings.HasPrefix(word, "-") || word == "-":
			out = append(out, words[i])
		case style.takes(word) == always:
			i++
		}
	}
	return out
}

// option is one option of a command.
type option struct {
	name     string // "-k", "--insecure"
	value    syntax.Value
	hasValue bool
	next     *syntax.Value // the word behind it, which may be its value
	span     syntax.Span
}

// is tells whether the option has that name.
func (o option) is(flag string) bool {
	if len(flag) > 2 && flag[0] == '-' && flag[1] >= 'A' && flag[1] <= 'Z' {
		return strings.EqualFold(flag, o.name)
	}
	return flag == o.name
}

// style is how a program reads its options.
type style struct {
	// program is its name; empty: it is not in the table, and nothing is certain.
	program string
	// clusters tells that letters stand together behind one dash: -sSk.
	clusters bool
	// letters are the short options that take a value, in the same word or the
	// next one.
	letters string
	// long are the long options that take a value in the next word.
	long []string
}

// styles is the table of the programs whose options decide something. Sources
// are their manuals. Letters that mean one thing in one subcommand and another in
// the next are left out.
var styles = []style{
	{program: "curl", clusters: true, letters: "AbcCdDeEFHhKmoPQrtTuUwxXyYz", long: []string{
		"--data", "--data-raw", "--data-binary", "--data-urlencode", "--header", "--user", "--user-agent", "--url", "--output", "--request", "--form", "--proxy", "--cacert", "--cert", "--key", "--config", "--connect-timeout", "--max-time", "--retry", "--write-out", "--resolve", "--cookie", "--referer", "--json", "--tls-max", "--ciphers",
	}},
	{program: "wget", clusters: true, letters: "aoeDiIlOPQRtTUwXABY", long: []string{"--header", "--output-document", "--user", "--password", "--post-data", "--directory-prefix", "--timeout", "--tries", "--ca-certificate"}},
	{program: "ssh", clusters: true, letters: "BbcDEeFIiJLlmOoPpQRSWw"},
	{program: "scp", clusters: true, letters: "cDFiJloPSX"},
	{program: "sftp", clusters: true, letters: "BbcDFiJloPRSsX"},
	{program: "ssh-keyscan", clusters: true, letters: "fOpTt"},
	{program: "git", clusters: true, letters: "cC", long: []string{"--git-dir", "--work-tree", "--namespace", "--file"}},
	{program: "kubectl", clusters: true, letters: "nsfoLlcv", long: []string{"--context", "--namespace", "--kubeconfig", "--cluster", "--user", "--server", "--token", "--output", "--filename", "--selector", "--certificate-authority", "--container"}},
	{program: "oc", clusters: true, letters: "nsfoLlcvup", long: []string{"--context", "--namespace", "--kubeconfig", "--cluster", "--user", "--username", "--password", "--server", "--token", "--output", "--filename", "--certificate-authority"}},
	{program: "helm", clusters: true, letters: "nfo", long: []string{"--kube-context", "--namespace", "--kubeconfig", "--set", "--set-string", "--set-file", "--values", "--version", "--repo", "--username", "--password", "--ca-file"}},
	{program: "docker", clusters: true, letters: "Hevpwc", long: []string{"--config", "--context", "--host", "--log-level", "--env", "--env-file", "--volume", "--publish", "--name", "--network", "--entrypoint", "--build-arg", "--tag", "--file", "--label", "--user", "--workdir", "--tlscacert", "--tlscert", "--tlskey"}},
	{program: "podman", clusters: true, letters: "evpwc", long: []string{"--connection", "--url", "--env", "--env-file", "--volume", "--publish", "--name", "--network", "--entrypoint", "--build-arg", "--label", "--user", "--workdir", "--creds", "--cert-dir", "--authfile"}},
	{program: "pip", clusters: true, letters: "ricfetd", long: []string{"--requirement", "--constraint", "--index-url", "--extra-index-url", "--find-links", "--trusted-host", "--cert", "--proxy", "--timeout", "--target", "--log"}},
	{program: "npm", long: []string{"--registry", "--prefix", "--workspace", "--loglevel", "--cafile", "--userconfig", "--location"}},
	{program: "mysql", clusters: true, letters: "ueDhPSR"},
	{program: "mariadb", clusters: true, letters: "ueDhPSR"},
	{program: "mysqldump", clusters: true, letters: "uhPSrw"},
	{program: "psql", clusters: true, letters: "cdfFhLopPRTUv", long: []string{"--command", "--dbname", "--file", "--host", "--port", "--username", "--set", "--variable"}},
	{program: "redis-cli", letters: "hpsauniIrdD", long: []string{"--user", "--pass", "--cacert", "--cacertdir", "--cert", "--key", "--sni", "--tls-ciphers", "--pattern"}},
	{program: "mosquitto_sub", letters: "hptuPiIqkTARVWCFLmMD", long: []string{"--cafile", "--capath", "--cert", "--key", "--tls-version", "--ciphers", "--psk"}},
	{program: "mosquitto_pub", letters: "hptuPiIqkmfAVLMD", long: []string{"--cafile", "--capath", "--cert", "--key", "--tls-version", "--ciphers", "--psk"}},
	{program: "ldapsearch", clusters: true, letters: "bDeEfFHhlopPRsSTUwXYyzOaBG"},
	{program: "sqlcmd", clusters: true, letters: "aAcdDfhHiKlmoPqQrsStUvVwy"},
	{program: "sshpass", clusters: true, letters: "pfd"},
	{program: "rsync", clusters: true, letters: "efBTM", long: []string{"--rsh", "--password-file", "--exclude", "--include"}},
	{program: "apt", clusters: true, letters: "oct", long: []string{"--option", "--config-file", "--target-release"}},
	{program: "apt-get", clusters: true, letters: "oct", long: []string{"--option", "--config-file", "--target-release"}},
	{program: "yum", clusters: true, letters: "cdeRx", long: []string{"--setopt", "--enablerepo", "--disablerepo", "--repo", "--installroot"}},
	{program: "dnf", clusters: true, letters: "cdeRx", long: []string{"--setopt", "--enablerepo", "--disablerepo", "--repo", "--installroot"}},
	{program: "svn", clusters: true, letters: "rmFc", long: []string{"--username", "--password", "--config-dir", "--config-option", "--revision", "--message", "--trust-server-cert-failures"}},
	{program: "http", clusters: true, letters: "aApos", long: []string{"--auth", "--auth-type", "--verify", "--cert", "--cert-key", "--ssl", "--timeout", "--proxy", "--output"}},
}

// styleOf is how a program reads its options.
func styleOf(program string) style {
	program = canonical(program)
	for _, s := range styles {
		if s.program == program {
			return s
		}
	}
	return style{}
}

// canonical is the name under which a program is in the table.
func canonical(program string) string {
	switch program {
	case "pip2", "pip3":
		return "pip"
	case "https":
		return "http"
	case "nerdctl":
		return "docker"
	case "buildah", "skopeo":
		return "podman"
	case "pnpm", "yarn":
		return "npm"
	case "ldapmodify", "ldapadd", "ldapdelete", "ldapwhoami", "ldappasswd":
		return "ldapsearch"
	case "bcp":
		return "sqlcmd"
	case "valkey-cli", "keydb-cli":
		return "redis-cli"
	case "mosquitto_rr":
		return "mosquitto_sub"
	case "pg_dump", "pg_restore", "pg_dumpall", "pg_isready", "createdb":
		return "psql"
	case "microdnf", "tdnf":
		return "dnf"
	}
	return program
}

type taking uint8

const (
	never taking = iota
	perhaps
	always
)

// takes tells whether the next word is the value of an option.
func (s style) takes(word string) taking {
	switch {
	case strings.Contains(word, "="):
		return never
	case s.program == "":
		return perhaps
	case strings.HasPrefix(word, "--"):
		if slices.Contains(s.long, word) {
			return always
		}
		return perhaps
	case !s.clusters:
		if len(word) == 2 && strings.Contains(s.letters, word[1:]) {
			return always
		}
		return perhaps
	}
	if i := strings.IndexAny(word[1:], s.letters); i >= 0 {
		if i+2 == len(word) {
			return always
		}
		return never
	}
	return never
}

// options are the options of a command, clusters taken apart. What stands behind
// "--" is none, and neither is a value.
func options(c *syntax.Command) []option {
	s := styleOf(c.Name)
	words := c.Words
	if c.Name != "" && len(words) > 0 {
		words = words[1:]
	}
	var out []option
	for i := 0; i < len(words); i++ {
		w := words[i]
		if w.Text == "--" {
			return out
		}
		if len(w.Text) < 2 || w.Text[0] != '-' {
			continue
		}
		var next *syntax.Value
		if i+1 < len(words) {
			next = value(words[i+1], 0)
		}
		if s.clusters && w.Text[1] != '-' {
			for at, letter := range w.Text[1:] {
				o := option{name: "-" + string(letter), span: w.Span, next: next}
				if !strings.ContainsRune(s.letters, letter) {
					out = append(out, o)
					continue
				}
				if from := at + 1 + len(string(letter)); from < len(w.Text) {
					o.value, o.hasValue = *value(w, from), true
				}
				out = append(out, o)
				break
			}
		} else {
			o := option{name: w.Text, span: w.Span, next: next}
			if at := separator(w.Text); at >= 0 {
				o.name, o.value, o.hasValue = w.Text[:at], *value(w, at+1), true
			}
			out = append(out, o)
		}
		if s.takes(w.Text) == always {
			i++
		}
	}
	return out
}

// separator is where the value of an option in the same word begins: behind "=",
// or behind ":" as PowerShell writes switches (-Verify:$false).
func separator(word string) int {
	if at := strings.IndexByte(word, '='); at >= 0 {
		return at
	}
	if at := strings.IndexByte(word, ':'); at >= 0 && slices.Contains([]string{"true", "false", "1", "0"}, strings.TrimPrefix(strings.ToLower(word[at+1:]), "$")) {
		return at
	}
	return -1
}

// value is a word, from an offset on, as a value. PowerShell's constants lose
// their dollar.
func value(w syntax.Word, from int) *syntax.Value {
	v := &syntax.Value{Text: w.Text[from:], Span: w.Span}
	if w.Span.End-w.Span.Start == len(w.Text) {
		v.Span.Start += from
	}
	switch strings.ToLower(v.Text) {
	case "$true", "$false":
		v.Text = strings.ToLower(v.Text[1:])
		return v
	}
	if w.Variable {
		v.Form = syntax.Template
		if inner, ok := strings.CutPrefix(v.Text, "${"); ok && strings.HasSuffix(inner, "}") {
			if _, fallback, ok := strings.Cut(inner[:len(inner)-1], ":-"); ok && !strings.Contains(fallback, "$") {
				v.Default, v.HasDefault = fallback, true
			}
		}
	}
	return v
}
