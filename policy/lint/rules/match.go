package rules

import (
	"path"
	"slices"
	"strings"

	"muxkey/policy/lint/syntax"
)

// Is is a condition on a value.
type Is func(syntax.Value) bool

// plain is the text of a value that is decided where it stands, or what a
// template falls back to.
func plain(v syntax.Value) (string, bool) {
	switch v.Form {
	case syntax.Template:
		return strings.TrimSpace(v.Default), v.HasDefault
	case syntax.Expression:
		return "", false
	}
	return strings.TrimSpace(v.Text), true
}

// OneOf is one of some words, without regard to case.
func OneOf(words ...string) Is {
	return func(v syntax.Value) bool {
		text, ok := plain(v)
		return ok && v.Form != syntax.Present && slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, text) })
	}
}

// True is what formats write for it; a name that stands alone, as options do, is
// true as well. Values that only some formats take for true (git's "yes" in YAML
// 1.2) are taken for it everywhere: whoever wrote it meant it.
func True(v syntax.Value) bool {
	return v.Form == syntax.Present || OneOf("true", "yes", "on", "1", "y", "t", "enable", "enabled")(v)
}

// False is what formats write for it.
func False(v syntax.Value) bool {
	return OneOf("false", "no", "off", "0", "n", "f", "disable", "disabled")(v)
}

// Exactly is one of some words, in the same case.
func Exactly(words ...string) Is {
	return func(v syntax.Value) bool {
		text, ok := plain(v)
		return ok && v.Form != syntax.Present && slices.Contains(words, text)
	}
}

// Empty is a value that is there and holds nothing but blanks.
func Empty(v syntax.Value) bool {
	text, ok := plain(v)
	return ok && text == "" && v.Form != syntax.Present
}

// Some is any value but an empty one; a template counts when it falls back to one.
func Some(v syntax.Value) bool {
	text, ok := plain(v)
	return ok && text != ""
}

// Containing is a value with one of some texts in it, without regard to case.
func Containing(texts ...string) Is {
	return func(v syntax.Value) bool {
		text, ok := plain(v)
		return ok && slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(t)) })
	}
}

// Listing is a list in one value, by blanks, commas, colons or semicolons, with
// one of some words in it as a whole, without regard to case.
func Listing(words ...string) Is {
	return func(v syntax.Value) bool {
		text, ok := plain(v)
		return ok && slices.ContainsFunc(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n,:;|", r) }), func(item string) bool {
			return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, item) })
		})
	}
}

// Not is the opposite, for values that are known.
func Not(is Is) Is {
	return func(v syntax.Value) bool {
		_, ok := plain(v)
		return ok && !is(v)
	}
}

// Env is an environment variable of one of these exact names that is set, in
// whatever way a script, a manifest or a program sets it.
func Env(is Is, names ...string) *Match {
	return settings(names, func(s *syntax.Setting) bool {
		return s.Origin == syntax.FromEnv && slices.Contains(names, s.Path[len(s.Path)-1]) && is(s.Value)
	})
}

// Key is a setting under one of these keys, in configuration, in options of a
// command line, in the parameters of an address, or set by its name in code.
// "ssl.verify-mode" is the last parts of the path, written in whatever style:
// [ssl] verify_mode, ssl: {verifyMode: ...}, app.ssl.verify-mode, APP_SSL_VERIFY_MODE.
func Key(is Is, keys ...string) *Match {
	wanted := squeezed(keys)
	return settings(keys, func(s *syntax.Setting) bool {
		return s.Origin != syntax.FromCode && wanted.end(s) && is(s.Value)
	}).joined(keys)
}

// Whole is Key for the whole of the path.
func Whole(is Is, keys ...string) *Match {
	wanted := squeezed(keys)
	return settings(keys, func(s *syntax.Setting) bool {
		return s.Origin != syntax.FromCode && wanted.end(s) && slices.Contains(wanted, squeeze(strings.Join(s.Path, "."))) && is(s.Value)
	}).joined(keys)
}

// Assign is a field, a variable, a keyword argument or an entry of a literal that
// is set in source code. The names are the last parts of the target, with case:
// "InsecureSkipVerify", "tls.rejectUnauthorized".
func Assign(is Is, names ...string) *Match {
	return settings(names, func(s *syntax.Setting) bool {
		return s.Origin == syntax.FromCode && slices.ContainsFunc(names, func(n string) bool { return ends(s.Path, n) }) && is(s.Value)
	}).setters()
}

// Call is a function that is called in source code. The names are the last parts
// of the callee, with case: "ssl._create_unverified_context", "curl_setopt". A
// name that begins with a dot is a method, whatever it is called on. Each
// condition is on the argument in its place; nil is for any.
func Call(names []string, args ...Is) *Match {
	return &Match{Literals: literals(names), Find: func(f *syntax.File, report func(Hit)) {
		for _, c := range f.Calls {
			if !slices.ContainsFunc(names, func(n string) bool { return lastParts(c.Name, n) }) || len(c.Args) < len(args) {
				continue
			}
			span := c.Span
			var related []syntax.Span
			ok := true
			for i, is := range args {
				if is != nil {
					span, related = c.Args[i].Value.Span, decided(c.Args[i].Value)
					ok = ok && is(c.Args[i].Value)
				}
			}
			if ok {
				report(Hit{Span: span, Related: related})
			}
		}
	}}
}

// decided is where the literal stands that a name was found to be set to.
func decided(v syntax.Value) []syntax.Span {
	if v.Set.End == 0 {
		return nil
	}
	return []syntax.Span{v.Set}
}

// Uses is a name that source code uses, in whatever way: a constant, a class, a
// method. It is found where it stands as a whole word.
func Uses(names ...string) *Match {
	return &Match{Literals: literals(names), Find: func(f *syntax.File, report func(Hit)) {
		for _, t := range f.Tokens {
			if t.Kind == syntax.Name && slices.Contains(names, t.Text) {
				report(Hit{Span: t.Span})
			}
		}
	}}
}

// Param is a parameter of an address whose scheme is one of some ("postgresql",
// "jdbc" is left out of it); no scheme is any of them, and connection strings.
func Param(schemes []string, is Is, names ...string) *Match {
	return settings(names, func(s *syntax.Setting) bool {
		return s.Origin == syntax.FromAddress && (len(schemes) == 0 || slices.Contains(schemes, s.Scheme)) &&
			slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, s.Path[len(s.Path)-1]) }) && is(s.Value)
	})
}

// URL is an address for which a condition holds. The literals are those of its
// scheme, without punctuation.
func URL(schemes []string, is func(syntax.URL) bool) *Match {
	return &Match{Literals: schemed(schemes), Find: func(f *syntax.File, report func(Hit)) {
		for _, u := range f.URLs {
			if slices.Contains(schemes, u.Scheme) && is(u) {
				report(Hit{Span: u.Span, Host: u.Host, Secret: u.Password.Span})
			}
		}
	}}
}

// Within is Key for settings that have other words further out in their path,
// with anything between: "quarkus.tls" and "trust-all" for
// quarkus.tls."name".trust-all.
func Within(outer string, is Is, keys ...string) *Match {
	wanted, around := squeezed(keys), squeeze(outer)
	return settings(keys, func(s *syntax.Setting) bool {
		return s.Origin != syntax.FromCode && wanted.end(s) && strings.Contains(squeeze(strings.Join(s.Path, ".")), around) && is(s.Value)
	}).With(literals([]string{outer + "."})...)
}

// spelt tells whether the name of what was found is written just so, for products
// that differ in nothing else.
func spelt(names ...string) func(*syntax.File, Hit) bool {
	return lastPart(func(part string) bool { return slices.Contains(names, part) })
}

// onePart tells whether what was found has one of the keys as its own name, not
// spread over blocks: "ssl_verify", not "ssl: {verify: ...}".
func onePart(keys ...string) func(*syntax.File, Hit) bool {
	wanted := squeezed(keys)
	return lastPart(func(part string) bool {
		short := squeeze(part)
		return slices.ContainsFunc(wanted, func(k string) bool { return strings.HasSuffix(short, k) })
	})
}

func lastPart(ok func(part string) bool) func(*syntax.File, Hit) bool {
	return func(f *syntax.File, h Hit) bool {
		s := settingOf(f, h)
		return s != nil && ok(s.Path[len(s.Path)-1])
	}
}

// settingOf is the setting that a hit is about; nil when it is about something else.
func settingOf(f *syntax.File, h Hit) *syntax.Setting {
	for i := range f.Settings {
		if s := &f.Settings[i]; s.Block == h.Block && len(s.Path) > 0 && s.Value.Span.Start <= h.Span.Start && (h.Span.End <= s.Value.Span.End || s.Key == h.Span) {
			return s
		}
	}
	return nil
}

// beside tells whether a setting with one of the keys and such a value stands
// side by side with what was found.
func beside(is Is, keys ...string) func(*syntax.File, Hit) bool {
	wanted := squeezed(keys)
	return func(f *syntax.File, h Hit) bool {
		return slices.ContainsFunc(f.Settings, func(s syntax.Setting) bool {
			return s.Block == h.Block && wanted.end(&s) && is(s.Value)
		})
	}
}

// anywhere tells whether a setting with one of the keys and such a value is in
// the file.
func anywhere(is Is, keys ...string) func(*syntax.File, Hit) bool {
	wanted := squeezed(keys)
	return func(f *syntax.File, _ Hit) bool {
		return slices.ContainsFunc(f.Settings, func(s syntax.Setting) bool { return wanted.end(&s) && is(s.Value) })
	}
}

// mentions tells whether the file holds one of some words, which are written as
// literals are.
func mentions(words ...string) func(*syntax.File, Hit) bool {
	return func(f *syntax.File, _ Hit) bool {
		text := squeeze(string(f.Text))
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
}

// not is the opposite of a condition on a file.
func not(ok func(*syntax.File, Hit) bool) func(*syntax.File, Hit) bool {
	return func(f *syntax.File, h Hit) bool { return !ok(f, h) }
}

// anyValue is for settings of which it only counts that they are there.
func anyValue(syntax.Value) bool { return true }

// Find is a match of its own.
func Find(literals []string, find func(f *syntax.File, report func(Hit))) *Match {
	return &Match{Literals: literals, Find: find}
}

func settings(names []string, ok func(*syntax.Setting) bool) *Match {
	return &Match{Literals: literals(names), Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			if s := &f.Settings[i]; len(s.Path) > 0 && ok(s) {
				at := s.Value.Span
				if at.Start == at.End || s.Value.Form == syntax.Present {
					at = s.Key
				}
				report(Hit{Span: at, Host: s.Host, Block: s.Block, Related: decided(s.Value)})
			}
		}
	}}
}

// literals derives the text that a file must hold from the names that are looked
// for: the parts of each, which may stand apart, the longest first. Short parts
// are everywhere and tell nothing. The first part begins a word and the last one
// ends one.
func literals(names []string) []string {
	var out []string
	for _, name := range names {
		var parts []string
		all := strings.Split(name, ".")
		for i, part := range all {
			if part = squeeze(part); part == "" {
				continue
			}
			if i == 0 {
				part = "^" + part
			}
			if i == len(all)-1 {
				part += "$"
			}
			parts = append(parts, part)
		}
		slices.SortStableFunc(parts, func(a, b string) int { return len(strings.Trim(b, "^$")) - len(strings.Trim(a, "^$")) })
		for len(parts) > 1 && len(strings.Trim(parts[len(parts)-1], "^$")) < 3 {
			parts = parts[:len(parts)-1]
		}
		if l := strings.Join(parts, "&"); l != "" && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// setters lets the literals be the ends of words, as a setter is called setName.
func (m *Match) setters() *Match {
	for i, l := range m.Literals {
		m.Literals[i] = strings.ReplaceAll(l, "^", "")
	}
	return m
}

// joined sets the literals for source code, in which a key is one string.
func (m *Match) joined(keys []string) *Match {
	for _, k := range keys {
		m.InCode = append(m.InCode, "^"+squeeze(k)+"$")
	}
	return m
}

// schemed are the literals of files that hold an address of some schemes.
func schemed(schemes []string) []string {
	var out []string
	for _, s := range schemes {
		out = append(out, squeeze(s)+":")
	}
	return out
}

// squeeze takes away what the styles of writing a key differ in.
func squeeze(key string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '-', '_', '.', '@':
			return -1
		}
		return r
	}, strings.ToLower(key))
}

type keys []string

func squeezed(list []string) keys {
	var out keys
	for _, k := range list {
		out = append(out, squeeze(k))
	}
	return out
}

// end tells whether the path of a setting ends with one of the keys, where a word
// of it begins.
func (k keys) end(s *syntax.Setting) bool {
	for _, key := range k {
		if endsWithKey(s.Path, key) {
			return true
		}
	}
	return false
}

// endsWithKey goes from the end of both to the beginning of the key. Every rule
// asks this of every setting, so nothing is joined, squeezed or copied for it.
func endsWithKey(path []string, key string) bool {
	part, rest := len(path), ""
	for k := len(key) - 1; k >= 0; {
		for rest == "" {
			if part--; part < 0 {
				return false
			}
			rest = path[part]
		}
		c := rest[len(rest)-1]
		rest = rest[:len(rest)-1]
		switch {
		case c == '-' || c == '_' || c == '.' || c == '@':
			continue
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		if c != key[k] {
			return false
		}
		k--
	}
	return rest == "" || strings.IndexByte("-_.@/: ", rest[len(rest)-1]) >= 0
}

// ends tells whether a path, joined by dots, ends with a dotted name, in the same
// case.
func ends(path []string, name string) bool {
	last := path[len(path)-1]
	if n := min(len(last), len(name)); last[len(last)-n:] != name[len(name)-n:] {
		return false // most are told by this, and need not be joined
	}
	return lastParts(strings.Join(path, "."), name)
}

// lastParts tells whether a dotted name ends with another one.
func lastParts(name, wanted string) bool {
	if strings.HasPrefix(wanted, ".") {
		return strings.HasSuffix(name, wanted)
	}
	return name == wanted || strings.HasSuffix(name, "."+wanted)
}

// base is the last element of the path of a file, in lower case.
func base(f *syntax.File) string { return strings.ToLower(path.Base(f.Path)) }
