package rules

import (
	"slices"
	"strings"

	"muxkey/policy/lint/syntax"
)

// Flags is an option of one of several programs, set: alone, as "--flag=true", or
// in a cluster of short ones. The program "" is one that is not known, as where a
// container is given its arguments.
func Flags(programs []string, flags ...string) *Match {
	return optionsOf(programs, flags, func(o option) (syntax.Span, bool) { return o.span, !o.hasValue || True(o.value) })
}

// FlagsAre is Flags for an option with a value: "--flag=value" or "--flag value".
func FlagsAre(programs []string, is Is, flags ...string) *Match {
	return optionsOf(programs, flags, func(o option) (syntax.Span, bool) {
		if o.hasValue {
			return o.span, is(o.value)
		}
		return o.span, o.next != nil && is(*o.next)
	})
}

// Joined is Flags for an option whose value stands behind "=" alone, as boolean
// ones of Go programs do: "--verify=false", never "--verify false".
func Joined(programs []string, is Is, flags ...string) *Match {
	return optionsOf(programs, flags, func(o option) (syntax.Span, bool) { return o.span, o.hasValue && is(o.value) })
}

func optionsOf(programs, flags []string, ok func(option) (syntax.Span, bool)) *Match {
	hints := optionHints(programs, flags)
	return &Match{Literals: hints, Also: called(programs), Find: func(f *syntax.File, report func(Hit)) {
		find := func(c *syntax.Command) {
			for _, o := range options(c) {
				if !slices.ContainsFunc(flags, o.is) {
					continue
				}
				if span, found := ok(o); found {
					report(Hit{Span: span, Host: hostOf(f, c)})
				}
			}
		}
		for i := range f.Commands {
			if c := &f.Commands[i]; slices.Contains(programs, c.Name) {
				find(c)
			}
		}
		for i := range f.Tokens {
			if c := listed(f, i, programs); c != nil {
				find(c)
			}
		}
	}}
}

// listed is the command that a list of strings in source code is, kept for later:
// command = ["curl", "-k", url]. The token is the name of the program.
func listed(f *syntax.File, i int, programs []string) *syntax.Command {
	t := &f.Tokens[i]
	if t.Kind != syntax.String || t.Text == "" || !slices.Contains(programs, t.Text) || i == 0 || i+1 == len(f.Tokens) || f.Tokens[i+1].Text != "," {
		return nil
	}
	open := &f.Tokens[i-1]
	if open.Text != "[" && open.Text != "{" || open.Mate <= i {
		return nil
	}
	c := &syntax.Command{Name: t.Text, Span: syntax.Span{Start: t.Span.Start, End: f.Tokens[open.Mate].Span.Start}}
	for j := i; j < open.Mate; j++ {
		if w := &f.Tokens[j]; w.Kind == syntax.String {
			c.Words = append(c.Words, syntax.Word{Text: w.Text, Span: w.Span})
		}
	}
	return c
}

// hostOf is the host that a command talks to: that of its addresses, when they
// name but one.
func hostOf(f *syntax.File, c *syntax.Command) string {
	host := ""
	for i := range f.URLs {
		u := &f.URLs[i]
		if u.Span.Start < c.Span.Start || u.Span.End > c.Span.End || u.Host == host {
			continue
		}
		if host != "" {
			return ""
		}
		host = u.Host
	}
	return host
}

// EnvFlags is an option among those that an environment variable holds for a
// program: ARGOCD_OPTS="--insecure --grpc-web".
func EnvFlags(names []string, flags ...string) *Match {
	return &Match{Literals: optionHints(names, flags), Also: called(names), Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			if s.Origin != syntax.FromEnv || len(s.Path) == 0 || !slices.Contains(names, s.Path[len(s.Path)-1]) {
				continue
			}
			for _, w := range wordsOf(s.Value) {
				name, value, found := strings.Cut(w.Text, "=")
				if slices.Contains(flags, name) && (!found || True(syntax.Value{Text: value})) {
					report(Hit{Span: w.Span})
				}
			}
		}
	}}
}

// wordsOf are the words of a value, cut at blanks.
func wordsOf(v syntax.Value) []syntax.Word {
	exact := v.Span.End-v.Span.Start == len(v.Text) // no escapes in between
	var out []syntax.Word
	for start := 0; start < len(v.Text); {
		if strings.IndexByte(" \t\r\n", v.Text[start]) >= 0 {
			start++
			continue
		}
		end := start
		for end < len(v.Text) && strings.IndexByte(" \t\r\n", v.Text[end]) < 0 {
			end++
		}
		w := syntax.Word{Text: v.Text[start:end], Span: v.Span}
		if exact {
			w.Span = syntax.Span{Start: v.Span.Start + start, End: v.Span.Start + end}
		}
		out = append(out, w)
		start = end
	}
	return out
}

// SetBy is a setting that a program is told: "npm config set strict-ssl false",
// "git -c http.sslVerify=false", "apt-get -o Acquire::https::Verify-Peer=false".
// Keys are compared as those of [Key], but as a whole; a '*' in one is any text.
func SetBy(is Is, programs []string, keys ...string) *Match {
	patterns := squeezed(keys)
	var hints []string
	for _, k := range keys {
		longest := ""
		for _, part := range strings.FieldsFunc(k, func(r rune) bool { return r == '*' || r == '.' }) {
			if part = squeeze(part); len(part) > len(longest) {
				longest = part
			}
		}
		if !slices.Contains(hints, longest) {
			hints = append(hints, longest)
		}
	}
	return &Match{Literals: hints, Also: called(programs), Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Commands {
			c := &f.Commands[i]
			if !slices.Contains(programs, c.Name) || len(c.Words) == 0 {
				continue
			}
			words := c.Words[1:]
			for n, w := range words {
				if asks(w.Text) {
					break
				}
				key, text, found := strings.Cut(optionless(w.Text), "=")
				if !slices.ContainsFunc(patterns, func(p string) bool { return like(squeeze(key), p) }) {
					continue
				}
				var v *syntax.Value
				switch {
				case found:
					v = value(w, len(w.Text)-len(text))
				case n+1 < len(words):
					v = value(words[n+1], 0)
				default:
					continue
				}
				if is(*v) {
					report(Hit{Span: v.Span})
				}
			}
		}
	}}
}

// asks tells whether a word of a command says that a setting is read or taken
// away, not set.
func asks(word string) bool {
	switch word {
	case "get", "unset", "delete", "list", "--get", "--get-all", "--get-regexp", "--unset", "--unset-all", "--remove-key", "--show":
		return true
	}
	return false
}

// optionless is what an option that takes key=value is given.
func optionless(word string) string {
	switch {
	case strings.HasPrefix(word, "--"):
		_, rest, _ := strings.Cut(word, "=")
		return rest
	case strings.HasPrefix(word, "-") && len(word) > 2:
		return word[2:] // -oKey=value
	}
	return word
}

// like tells whether a text is as a pattern with at most one '*' in it.
func like(text, pattern string) bool {
	before, after, found := strings.Cut(pattern, "*")
	if !found {
		return text == pattern
	}
	return len(text) >= len(before)+len(after) && strings.HasPrefix(text, before) && strings.HasSuffix(text, after)
}

// written is any value that is written down, also an empty one.
func written(v syntax.Value) bool {
	_, ok := plain(v)
	return ok && v.Form != syntax.Null && v.Form != syntax.Present
}

// under narrows a match of settings to those below one of some sections, as INI
// files have them: [http] and [http "https://mux.example.com"].
func under(is Is, sections []string, keys ...string) *Match {
	return settings(keys, func(s *syntax.Setting) bool {
		if s.Origin != syntax.FromFile || len(s.Path) < 2 || !is(s.Value) {
			return false
		}
		first, _, _ := strings.Cut(s.Path[0], " ")
		return slices.ContainsFunc(sections, func(n string) bool { return strings.EqualFold(n, first) }) &&
			slices.ContainsFunc(keys, func(k string) bool { return squeeze(k) == squeeze(s.Path[len(s.Path)-1]) })
	})
}

// envLike is Env for names that are made up in part: "POETRY_CERTIFICATES_*_CERT".
func envLike(is Is, names ...string) *Match {
	var hints []string
	for _, n := range names {
		before, _, _ := strings.Cut(n, "*")
		hints = append(hints, squeeze(before))
	}
	return &Match{Literals: hints, Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			if s.Origin == syntax.FromEnv && len(s.Path) > 0 && is(s.Value) &&
				slices.ContainsFunc(names, func(n string) bool { return like(s.Path[len(s.Path)-1], n) }) {
				report(Hit{Span: s.Value.Span})
			}
		}
	}}
}

// lineOptions are the lines of a file of options, one each, as requirements.txt
// and .mvn/maven.config have them; '#' begins a comment.
func lineOptions(ok func(name, value string) bool, hints ...string) *Match {
	return &Match{Literals: hints, Find: func(f *syntax.File, report func(Hit)) {
		at := 0
		for line := range strings.Lines(string(f.Text)) {
			text := strings.TrimSpace(line)
			start := at + strings.Index(line, text)
			at += len(line)
			if !strings.HasPrefix(text, "-") {
				continue
			}
			name, value, _ := strings.Cut(text, " ")
			if n, v, found := strings.Cut(name, "="); found {
				name, value = n, v
			}
			if ok(name, strings.TrimSpace(value)) {
				report(Hit{Span: syntax.Span{Start: start, End: start + len(text)}})
			}
		}
	}}
}

// FlagsAny is Flags for an option that takes a value or none, both of them bad.
func FlagsAny(programs []string, flags ...string) *Match {
	return optionsOf(programs, flags, func(o option) (syntax.Span, bool) { return o.span, true })
}

// plainHTTP is an address without TLS of a host that is not this one.
func plainHTTP(v syntax.Value) bool {
	text, ok := plain(v)
	if !ok || len(text) < 8 || !strings.EqualFold(text[:7], "http://") {
		return false
	}
	host := text[7:]
	if i := strings.IndexAny(host, "/?#"); i >= 0 {
		host = host[:i]
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	for _, own := range []string{"localhost", "127.", "[::1]", "0.0.0.0"} {
		if strings.HasPrefix(host, own) {
			return false
		}
	}
	return !strings.HasPrefix(host, "$") && !strings.HasPrefix(host, "{{")
}
