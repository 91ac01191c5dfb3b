package rules

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"muxkey/policy/lint/syntax"
)

// This file is for settings whose value is a list or a line of words, as web
// servers and other daemons have them.

// Picked is a setting under one of these keys, as [Key] has them, of whose value
// only parts are found.
func Picked(pick func(syntax.Value) []syntax.Span, keys ...string) *Match {
	wanted := squeezed(keys)
	return (&Match{Literals: literals(keys), Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			if len(s.Path) == 0 || s.Origin == syntax.FromCode || !wanted.end(s) {
				continue
			}
			for _, span := range pick(s.Value) {
				report(Hit{Span: span, Host: s.Host, Block: s.Block})
			}
		}
	}}).joined(keys)
}

// parts are the words of a value, between any of some separators, without quotes
// around them. Where escapes make the text differ from what the file holds, each
// has the place of the whole.
func parts(v syntax.Value, separators string) []syntax.Word {
	exact := v.Span.End-v.Span.Start == len(v.Text)
	var out []syntax.Word
	for at := 0; at < len(v.Text); {
		if strings.IndexByte(separators, v.Text[at]) >= 0 {
			at++
			continue
		}
		end := at
		for end < len(v.Text) && strings.IndexByte(separators, v.Text[end]) < 0 {
			end++
		}
		from, to, _ := unquoted(v.Text, at, end)
		w := syntax.Word{Text: v.Text[from:to], Span: v.Span}
		if exact {
			w.Span = syntax.Span{Start: v.Span.Start + from, End: v.Span.Start + to}
		}
		out = append(out, w)
		at = end
	}
	return out
}

// unquoted narrows a range to what is within quotes around it; at the ends of a
// list that is quoted as a whole there is one of them.
func unquoted(text string, from, to int) (int, int, bool) {
	start, end := from, to
	for from < to && (text[from] == '"' || text[from] == '\'') {
		from++
	}
	for to > from && (text[to-1] == '"' || text[to-1] == '\'') {
		to--
	}
	return from, to, from > start || to < end
}

// blanks separate the words of a directive.
const blanks = " \t\r\n"

// after returns the word behind one of some words.
func after(line []syntax.Word, names ...string) (syntax.Word, bool) {
	for i, w := range line {
		if i+1 < len(line) && slices.Contains(names, w.Text) {
			return line[i+1], true
		}
	}
	return syntax.Word{}, false
}

// holds tells whether one of some words is in a line.
func holds(line []syntax.Word, names ...string) bool {
	return slices.ContainsFunc(line, func(w syntax.Word) bool { return slices.Contains(names, w.Text) })
}

// follows returns a pick for the values that stand behind an option in a line of
// words: "verify none".
func follows(option string, values ...string) func(syntax.Value) []syntax.Span {
	return func(v syntax.Value) []syntax.Span {
		line := parts(v, blanks)
		var out []syntax.Span
		for i := 1; i < len(line); i++ {
			if line[i-1].Text == option && slices.ContainsFunc(values, func(w string) bool { return strings.EqualFold(w, line[i].Text) }) {
				out = append(out, line[i].Span)
			}
		}
		return out
	}
}

// having returns a pick for words in a value, whatever of blanks, commas and
// colons stands between them.
func having(words ...string) func(syntax.Value) []syntax.Span {
	return func(v syntax.Value) []syntax.Span {
		var out []syntax.Span
		for _, w := range parts(v, " \t\r\n,:;|=()") {
			if slices.ContainsFunc(words, func(o string) bool { return strings.EqualFold(o, w.Text) }) {
				out = append(out, w.Span)
			}
		}
		return out
	}
}

// oldProtocols reads a list of protocols as servers have it, and returns the
// words that leave one on that is older than TLS 1.2. "TLSv1", "+TLSv1" and
// ">=TLSv1" switch on, "-TLSv1" and "!TLSv1" off, and "all" is every one that is
// not switched off behind it. A list that only switches off (postfix) is read as
// the hardening that it is.
func oldProtocols(v syntax.Value) []syntax.Span {
	if _, ok := plain(v); !ok {
		return nil
	}
	type on struct {
		name string
		span syntax.Span
	}
	var list []on
	for _, w := range parts(v, " \t\r\n,:;|[]") {
		name := strings.TrimLeft(w.Text, "+!->=<")
		sign := w.Text[:len(w.Text)-len(name)]
		name = protocol(name)
		span := w.Span
		switch {
		case sign == "<=":
		case strings.ContainsAny(sign, "!-"):
			list = slices.DeleteFunc(list, func(o on) bool { return o.name == name || name == "all" })
		case name == "all":
			// What a library still has of SSL it does not take for "all".
			list = append(list, on{"tls1", span}, on{"tls11", span})
		case name == "ssl2" || name == "ssl3" || name == "tls1" || name == "tls11":
			list = append(list, on{name, span})
		}
	}
	var out []syntax.Span
	for _, o := range list {
		if !slices.Contains(out, o.span) {
			out = append(out, o.span)
		}
	}
	return out
}

// protocol is the name of a protocol without the ways in which it is written:
// TLSv1, TLSv1.0, TLS_v1_0, tlsv1.0 and TLS10 are "tls1".
func protocol(name string) string {
	name = strings.ReplaceAll(strings.Map(func(r rune) rune {
		switch r {
		case '.', '_', '-', ' ', '"', '\'':
			return -1
		}
		return r
	}, strings.ToLower(name)), "lsv", "ls")
	name = strings.ReplaceAll(name, "slv", "sl")
	switch name {
	case "tls10":
		return "tls1"
	case "ssl20":
		return "ssl2"
	case "ssl30":
		return "ssl3"
	}
	return name
}

// Old is a protocol older than TLS 1.2, or a list with one.
func Old(v syntax.Value) bool { return len(oldProtocols(v)) > 0 }

// brokenCiphers reads a list of ciphers as OpenSSL has it (and as IANA names them),
// and returns the words that switch on what gives no protection: no encryption,
// no certificate, export keys, DES, RC4, MD5.
func brokenCiphers(v syntax.Value) []syntax.Span {
	return ciphers(v, func(weakness string) bool { return weakness != "3DES" })
}

// tripleDES returns the words of a list of ciphers that switch on 3DES.
func tripleDES(v syntax.Value) []syntax.Span {
	return ciphers(v, func(weakness string) bool { return weakness == "3DES" })
}

func ciphers(v syntax.Value, counts func(weakness string) bool) []syntax.Span {
	if _, ok := plain(v); !ok {
		return nil
	}
	words := parts(v, " \t\r\n,:;")
	off := map[string]bool{}
	for _, w := range words {
		if name, ok := strings.CutPrefix(w.Text, "!"); ok {
			off[strings.ToUpper(name)] = true
		} else if name, ok := strings.CutPrefix(w.Text, "-"); ok {
			off[strings.ToUpper(name)] = true
		}
	}
	var out []syntax.Span
	for _, w := range words {
		// A "+" in front moves what is on already to the end of the list.
		if strings.HasPrefix(w.Text, "!") || strings.HasPrefix(w.Text, "-") || strings.HasPrefix(w.Text, "+") {
			continue
		}
		if weakness := weakCipher(strings.ToUpper(w.Text), off); weakness != "" && counts(weakness) {
			out = append(out, w.Span)
		}
	}
	return out
}

// weakCipher names what is wrong with a cipher or a group of them; empty when
// nothing is, or when it is switched off elsewhere in the list.
func weakCipher(name string, off map[string]bool) string {
	if strings.HasSuffix(name, "@SECLEVEL=0") {
		return name
	}
	found := ""
	names := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '+' || r == '_' })
	for _, n := range names {
		if off[n] {
			return ""
		}
		weakness := ""
		switch n {
		case "ANULL", "ADH", "AECDH", "ANON", "COMPLEMENTOFDEFAULT":
			weakness = "ANULL"
		case "ENULL", "NULL", "COMPLEMENTOFALL":
			weakness = "ENULL"
		case "EXP", "EXPORT", "EXPORT40", "EXPORT56", "EXP1024":
			weakness = "EXPORT"
		case "RC4", "RC2", "MD5", "LOW":
			weakness = n
		case "DES", "DES40":
			weakness = "DES"
			if slices.Contains(names, "CBC3") {
				weakness = "3DES"
			}
		case "3DES":
			weakness = n
		}
		if weakness == "" {
			continue
		}
		if off[weakness] || weakness == "EXPORT" && off["EXP"] || weakness == "ENULL" && off["NULL"] || weakness == "DES" && off["LOW"] || weakness == "RC4" && off["MEDIUM"] {
			return ""
		}
		if found == "" || found == "3DES" || found == "MD5" {
			found = weakness
		}
	}
	return found
}

// inPath tells whether one of some texts is in the path of the file.
func inPath(texts ...string) func(*syntax.File, Hit) bool {
	return func(f *syntax.File, _ Hit) bool {
		lower := strings.ToLower(f.Path)
		return slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(lower, t) })
	}
}

// both are two conditions on a file.
func both(a, b func(*syntax.File, Hit) bool) func(*syntax.File, Hit) bool {
	return func(f *syntax.File, h Hit) bool { return a(f, h) && b(f, h) }
}

// either is one of two conditions on a file.
func either(a, b func(*syntax.File, Hit) bool) func(*syntax.File, Hit) bool {
	return func(f *syntax.File, h Hit) bool { return a(f, h) || b(f, h) }
}

// kind is that of the Kubernetes object in which the setting with an index is.
func kind(f *syntax.File, i int) string {
	for j := i; j >= 0; j-- {
		s := &f.Settings[j]
		if n := len(s.Path); n > 0 && s.Path[n-1] == "kind" && n <= len(f.Settings[i].Path) && slices.Equal(s.Path[:n-1], f.Settings[i].Path[:n-1]) {
			return s.Value.Text
		}
	}
	return ""
}

// KeyOf is Key within Kubernetes objects of some kinds.
func KeyOf(is Is, kinds []string, keys ...string) *Match {
	wanted := squeezed(keys)
	return &Match{Literals: literals(kinds), Languages: []string{"yaml", "json"}, Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			if s.Origin != syntax.FromCode && len(s.Path) > 0 && wanted.end(s) && is(s.Value) && slices.Contains(kinds, kind(f, i)) {
				report(Hit{Span: s.Value.Span, Block: s.Block})
			}
		}
	}}
}

// Pair is a word "key=value" that a program is given ("postconf -e"), or that is
// the item of a list in configuration, also as "--key=value": labels, arguments in
// the values of a chart.
func Pair(is Is, keys ...string) *Match {
	wanted := squeezed(keys)
	check := func(text string, span syntax.Span, report func(Hit)) {
		name, value, ok := strings.Cut(text, "=")
		if !ok || span.End-span.Start != len(text) || strings.ContainsAny(strings.TrimSpace(name), blanks) {
			return
		}
		name, lead := strings.TrimSpace(name), len(value)-len(strings.TrimLeft(value, " \t"))
		if value = strings.TrimSpace(value); value == "" {
			lead = 0
		}
		s := syntax.Setting{Path: []string{strings.TrimLeft(name, "-")}}
		v := syntax.Value{Text: value}
		if strings.ContainsAny(value, "${}") {
			return
		}
		if wanted.end(&s) && is(v) {
			start := span.Start + strings.IndexByte(text, '=') + 1 + lead
			at := syntax.Span{Start: start, End: start + len(value)}
			if value == "" {
				at = span
			}
			report(Hit{Span: at})
		}
	}
	return &Match{Literals: literals(keys), Find: func(f *syntax.File, report func(Hit)) {
		for _, c := range f.Commands {
			for _, w := range c.Words {
				// Those with dashes are settings already.
				if !strings.HasPrefix(w.Text, "-") {
					check(w.Text, w.Span, report)
				}
			}
		}
		for i := range f.Settings {
			if s := &f.Settings[i]; s.Origin == syntax.FromFile && s.Item > 0 {
				check(s.Value.Text, s.Value.Span, report)
			}
		}
	}}
}

// Raw is what a pattern finds in directives as they stand in the file, for those
// whose values have a grammar of their own: action(type="omfwd" ...), nested
// brackets. The place is that of the first group.
func Raw(hints []string, pattern string) *Match {
	find := regexp.MustCompile(pattern)
	return &Match{Literals: hints, Find: func(f *syntax.File, report func(Hit)) {
		seen := map[int]bool{}
		for i := range f.Settings {
			s := &f.Settings[i]
			from, to := s.Key.Start, max(s.Key.End, s.Value.Span.End)
			if from > to || to > len(f.Text) {
				continue
			}
			// To the end of the line, as a quote or a bracket may stand behind the value.
			if n := bytes.IndexByte(f.Text[to:], '\n'); n >= 0 {
				to += n
			} else {
				to = len(f.Text)
			}
			for _, m := range find.FindAllSubmatchIndex(f.Text[from:to], -1) {
				at := syntax.Span{Start: from + m[2], End: from + m[3]}
				if !seen[at.Start] && !commented(f.Text, at.Start) {
					seen[at.Start] = true
					report(Hit{Span: at, Block: s.Block})
				}
			}
		}
	}}
}

// commented tells whether a place stands behind a "#" in its line.
func commented(text []byte, at int) bool {
	line := string(text[:at])
	line = line[strings.LastIndexByte(line, '\n')+1:]
	return strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") || strings.Contains(line, " #")
}

// KeyWhere is Key with a condition on the setting itself.
func KeyWhere(ok func(s *syntax.Setting) bool, is Is, keys ...string) *Match {
	wanted := squeezed(keys)
	return settings(keys, func(s *syntax.Setting) bool {
		return s.Origin != syntax.FromCode && wanted.end(s) && ok(s) && is(s.Value)
	}).joined(keys)
}

// inBlock tells whether a setting stands in a block of one of some names, at whatever
// depth. Names with a dot of their own are their parts.
func inBlock(blocks ...string) func(*syntax.Setting) bool {
	return func(s *syntax.Setting) bool {
		parts := pathParts(s)
		return slices.ContainsFunc(blocks, func(b string) bool { return slices.Contains(parts[:len(parts)-1], b) })
	}
}

// topBlock tells whether the outermost block of a setting has one of some names.
func topBlock(blocks ...string) func(*syntax.Setting) bool {
	return func(s *syntax.Setting) bool { return slices.Contains(blocks, pathParts(s)[0]) }
}

// scheme tells whether a setting is a parameter of an address with one of some
// schemes.
func scheme(names ...string) func(*syntax.Setting) bool {
	return func(s *syntax.Setting) bool {
		return s.Origin == syntax.FromAddress && slices.Contains(names, s.Scheme)
	}
}

// noScheme is the opposite of scheme: also whatever is no parameter of an address.
func noScheme(names ...string) func(*syntax.Setting) bool {
	return func(s *syntax.Setting) bool { return !scheme(names...)(s) }
}

// Kept is an option of a program that a variable holds for later.
func Kept(options ...string) *Match {
	return &Match{Literals: literals(options), Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			if s.Origin != syntax.FromEnv {
				continue
			}
			for _, w := range parts(s.Value, blanks) {
				if slices.Contains(options, w.Text) {
					report(Hit{Span: w.Span, Block: s.Block})
				}
			}
		}
	}}
}
