package rules

import (
	"bytes"
	"slices"
	"strings"

	"muxkey/policy/lint/syntax"
)

// programs are the rules for source code. They leave what a client library does to
// the rules of its product.
func programs() []Rule {
	list := slices.Concat(
		golang(), pythonCode(), javascript(), phpCode(), rubyCode(), rust(), swift(), objc(), c(), dart(), beam(), perlCode(), lua(), java(), dotnet(), others(),
	)
	for i := range list {
		list[i].Yields = max(list[i].Yields, ToProducts)
	}
	return list
}

// Literal is one of some words as a programming language has them: with case,
// and not in quotes. Brackets around it are nothing, and "!" and "not" in front
// of it turn truth values over.
func Literal(words ...string) Is {
	return func(v syntax.Value) bool {
		if v.Form == syntax.Quoted || v.Form == syntax.Template || v.Form == syntax.Present {
			return false
		}
		word, ok := folded(v.Text)
		return ok && slices.Contains(words, word)
	}
}

// folded takes brackets and negations away from a truth value or a name.
func folded(text string) (string, bool) {
	negated := false
	for {
		text = strings.TrimSpace(text)
		if rest, ok := strings.CutPrefix(text, "!"); ok {
			text, negated = rest, !negated
		} else if rest, ok := strings.CutPrefix(text, "not "); ok {
			text, negated = rest, !negated
		} else if len(text) > 2 && text[0] == '(' && text[len(text)-1] == ')' {
			text = text[1 : len(text)-1]
		} else {
			break
		}
	}
	if !negated {
		return text, true
	}
	for _, pair := range [][2]string{{"true", "false"}, {"True", "False"}, {"TRUE", "FALSE"}, {"YES", "NO"}, {"1", "0"}} {
		switch text {
		case pair[0]:
			return pair[1], true
		case pair[1]:
			return pair[0], true
		}
	}
	return "", false
}

// Dotted is a name, alone or as the last part of a longer one: "ssl.CERT_NONE",
// "OpenSSL::SSL::VERIFY_NONE", "Tls::NONE".
func Dotted(names ...string) Is {
	return func(v syntax.Value) bool {
		if v.Form == syntax.Quoted || v.Form == syntax.Template {
			return false
		}
		text := strings.NewReplacer("::", ".", " ", "").Replace(strings.Trim(v.Text, "() "))
		if strings.ContainsAny(text, "?|&+,") {
			return false // more than a name
		}
		return slices.ContainsFunc(names, func(n string) bool { return lastParts(text, n) || text == strings.TrimPrefix(n, ".") })
	}
}

// Mentioning is a value with one of some texts in its source, blanks left out.
func Mentioning(texts ...string) Is {
	return func(v syntax.Value) bool {
		text := strings.ReplaceAll(v.Text, " ", "")
		return v.Form != syntax.Quoted && slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(text, t) })
	}
}

// Any is a value for which one of some conditions holds.
func Any(list ...Is) Is {
	return func(v syntax.Value) bool {
		return slices.ContainsFunc(list, func(is Is) bool { return is(v) })
	}
}

// quoted narrows a condition to texts in quotes.
func quoted(is Is) Is {
	return func(v syntax.Value) bool { return v.Form == syntax.Quoted && is(v) }
}

// Field is a name that is set in source code as Assign has it, and also one in
// quotes: {"verify": False}, 'verify' => false, options["verify"] = false.
func Field(is Is, names ...string) *Match {
	return FieldWhere(is, func(*syntax.File, *syntax.Setting) bool { return true }, names...)
}

// FieldWhere is Field with a condition on where it stands.
func FieldWhere(is Is, where func(*syntax.File, *syntax.Setting) bool, names ...string) *Match {
	return (&Match{Literals: literals(names), Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			if s.Origin != syntax.FromCode && s.Origin != syntax.FromOption || len(s.Path) == 0 {
				continue
			}
			if slices.ContainsFunc(names, func(n string) bool { return ends(s.Path, n) }) && is(s.Value) && where(f, s) {
				report(Hit{Span: place(s), Block: s.Block, Related: decided(s.Value)})
			}
		}
	}}).setters()
}

// place is where a setting is reported: its value, and its key where the value
// is nothing.
func place(s *syntax.Setting) syntax.Span {
	if s.Value.Span.Start == s.Value.Span.End {
		return s.Key
	}
	return s.Value.Span
}

// sibling is the setting of one of some names that stands next to another one.
func sibling(f *syntax.File, s *syntax.Setting, names ...string) *syntax.Setting {
	for i := range f.Settings {
		if o := &f.Settings[i]; o.Block == s.Block && o != s && slices.Contains(names, o.Path[len(o.Path)-1]) {
			return o
		}
	}
	return nil
}

// Using narrows a match to source code that names one of these anywhere: the
// library that a common word belongs to.
func (m *Match) Using(names ...string) *Match {
	return m.If(func(f *syntax.File, _ Hit) bool { return namesAny(f, names...) })
}

// Without is the opposite of Using.
func (m *Match) Without(names ...string) *Match {
	return m.If(func(f *syntax.File, _ Hit) bool { return !namesAny(f, names...) })
}

// namesAny tells whether source code has one of some names in it, or a text that
// is one of them or a path to it, as imports are written.
func namesAny(f *syntax.File, names ...string) bool {
	return slices.ContainsFunc(f.Tokens, func(t syntax.Token) bool {
		switch t.Kind {
		case syntax.Name:
			return slices.Contains(names, t.Text)
		case syntax.String:
			return slices.ContainsFunc(strings.FieldsFunc(t.Text, func(r rune) bool { return r == '/' || r == ':' }), func(part string) bool {
				return slices.Contains(names, part)
			})
		}
		return false
	})
}

// Sequence is a row of tokens in source code, and the place is the last of them.
// A word may have alternatives, parted by blanks; "" is any token.
func Sequence(words ...string) *Match {
	alternatives := make([][]string, len(words))
	var hints []string
	for i, w := range words {
		alternatives[i] = strings.Fields(w)
		var names []string
		for _, a := range alternatives[i] {
			if a = squeeze(strings.TrimLeft(a, ":$@&")); len(a) < 5 {
				names = nil
				break
			}
			names = append(names, squeeze(strings.TrimLeft(a, ":$@&")))
		}
		if hints == nil || len(names) > 0 && len(slices.MinFunc(names, byLength)) > len(slices.MinFunc(hints, byLength)) {
			hints = names
		}
	}
	return &Match{Literals: hints, Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Tokens {
			at, last := i, syntax.Span{}
			ok := true
			for _, list := range alternatives {
				var n int
				if n, last = matchToken(f, at, list); n == 0 {
					ok = false
					break
				}
				at += n
			}
			if ok {
				report(Hit{Span: last})
			}
		}
	}}
}

func byLength(a, b string) int { return len(a) - len(b) }

// matchToken tells how many tokens from one on are one of some words: one, or the
// symbols and the name that a lexer took apart ("=" and ">", ":" and "verify_none").
func matchToken(f *syntax.File, at int, list []string) (int, syntax.Span) {
	if at >= len(f.Tokens) {
		return 0, syntax.Span{}
	}
	if len(list) == 0 {
		return 1, f.Tokens[at].Span
	}
	text, span := "", f.Tokens[at].Span
	for n := 1; n <= 4 && at+n <= len(f.Tokens); n++ {
		t := f.Tokens[at+n-1]
		if n > 1 && (t.Span.Start != span.End || t.Kind == syntax.String) {
			break
		}
		text += t.Text
		span.End = t.Span.End
		if slices.Contains(list, text) {
			return n, span
		}
		if t.Kind == syntax.String {
			break
		}
	}
	return 0, syntax.Span{}
}

// Given is a constant that a call is given, in whatever place.
func Given(names ...string) *Match {
	is := Dotted(names...)
	return &Match{Literals: literals(names), Find: func(f *syntax.File, report func(Hit)) {
		for _, c := range f.Calls {
			for _, a := range c.Args {
				if is(a.Value) {
					report(Hit{Span: a.Value.Span, Block: c.Block})
				}
			}
		}
	}}
}

// Constant is a name that stands somewhere, besides where it is declared,
// imported, compared or taken away: the use of a constant that is a danger in
// itself. Of several in one row of flags the first one is reported.
func Constant(names ...string) *Match {
	return &Match{Literals: literals(names), Find: func(f *syntax.File, report func(Hit)) {
		for i, t := range f.Tokens {
			if t.Kind != syntax.Name || !slices.Contains(names, t.Text) {
				continue
			}
			first := i // of a name with receivers
			for first > 1 && slices.Contains([]string{".", "::", "->", ":"}, f.Tokens[first-1].Text) && f.Tokens[first-2].Kind == syntax.Name {
				first -= 2
			}
			if first > 0 && f.Tokens[first-1].Text == `\` {
				first--
			}
			before, after := "", ""
			if first > 0 {
				before = f.Tokens[first-1].Text
			}
			if i+1 < len(f.Tokens) {
				after = f.Tokens[i+1].Text
			}
			switch {
			case slices.Contains([]string{"define", "undef", "ifdef", "ifndef", "defined", "import", "case", "==", "!=", "===", "!==", "const", "let", "var", "~", "is", "not", "in", "class"}, before),
				slices.Contains([]string{"==", "!=", "===", "!==", "="}, after),
				before == "|" && first > 1 && slices.Contains(names, f.Tokens[first-2].Text),
				imported(f, t.Span.Start):
				continue
			}
			report(Hit{Span: t.Span})
		}
	}}
}

// imported tells whether a place is in a line that brings names in.
func imported(f *syntax.File, at int) bool {
	line := f.Text[bytes.LastIndexByte(f.Text[:at], '\n')+1 : at]
	word, _, _ := strings.Cut(strings.TrimSpace(string(line[:min(len(line), 64)])), " ")
	return slices.Contains([]string{"import", "from", "use", "using", "#include", "#define", "#undef", "#if", "#ifdef", "#ifndef", "#elif"}, word)
}
