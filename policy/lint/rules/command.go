package rules

import (
	"slices"
	"strings"

	"muxkey/policy/lint/syntax"
)

// Flag is an option of a program, set: alone, as "--flag=true", or in a cluster
// of short ones. The program "" is any, also where only the arguments are known.
func Flag(program string, flags ...string) Match {
	return flagged(program, flags, func(o option) bool { return !o.hasValue || True(o.value) })
}

// FlagIs is an option of a program with a value: "--flag=value" or "--flag value".
func FlagIs(program string, is Is, flags ...string) Match {
	return flagged(program, flags, func(o option) bool {
		if o.hasValue {
			return is(o.value)
		}
		return o.next != nil && is(*o.next)
	})
}

func flagged(program string, flags []string, ok func(option) bool) Match {
	var hints []string
	for _, f := range flags {
		if name := squeeze(f); len(name) > 3 {
			hints = append(hints, name)
		} else {
			hints = []string{squeeze(program)}
			break
		}
	}
	return Match{Literals: hints, Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Commands {
			c := &f.Commands[i]
			if program != "" && c.Name != program {
				continue
			}
			for _, o := range options(c) {
				if slices.Contains(flags, o.name) && ok(o) {
					report(Hit{Span: o.span})
				}
			}
		}
	}}
}

// Args is a command whose words, besides its options, begin with these.
func Args(is func(c *syntax.Command, rest []syntax.Word) *syntax.Word, words ...string) Match {
	return Match{Literals: []string{squeeze(words[len(words)-1])}, Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Commands {
			c := &f.Commands[i]
			if c.Name != words[0] {
				continue
			}
			rest := c.Words[1:]
			for _, w := range words[1:] {
				at := slices.IndexFunc(rest, func(r syntax.Word) bool { return r.Text == w })
				if at < 0 {
					rest = nil
					break
				}
				rest = rest[at+1:]
			}
			if rest == nil {
				continue
			}
			if found := is(c, rest); found != nil {
				report(Hit{Span: found.Span})
			}
		}
	}}
}

// option is one option of a command.
type option struct {
	name     string // "-k", "--insecure"
	value    syntax.Value
	hasValue bool
	next     *syntax.Value // the word behind it, which may be its value
	span     syntax.Span
}

// takesValue are the short options that take a value, for programs whose options
// come in clusters: a cluster ends at the first of these, and the rest of the
// word is its value.
func takesValue(program string) (letters string, clusters bool) {
	switch program {
	case "curl":
		return "AbcCdDeEFHhKmoPQrtTuUwxXYyz", true
	case "wget":
		return "aoeDiIlOPQRtTUwXABY", true
	}
	return "", false
}

// options are the options of a command, clusters taken apart. What stands behind
// "--" is none.
func options(c *syntax.Command) []option {
	letters, clusters := takesValue(c.Name)
	words := c.Words
	if c.Name != "" && len(words) > 0 {
		words = words[1:]
	}
	var out []option
	for i := 0; i < len(words); i++ {
		w := words[i]
		var next *syntax.Value
		if i+1 < len(words) {
			next = &syntax.Value{Text: words[i+1].Text, Span: words[i+1].Span}
			if words[i+1].Variable {
				next.Form = syntax.Template
			}
		}
		switch {
		case w.Text == "--":
			return out
		case strings.HasPrefix(w.Text, "--"), strings.HasPrefix(w.Text, "-") && !clusters && len(w.Text) > 1:
			name, value, found := strings.Cut(w.Text, "=")
			o := option{name: name, span: w.Span, hasValue: found, next: next}
			if found {
				o.value = syntax.Value{Text: value, Span: syntax.Span{Start: w.Span.End - len(value), End: w.Span.End}}
				if w.Variable {
					o.value.Form = syntax.Template
				}
			}
			out = append(out, o)
		case strings.HasPrefix(w.Text, "-") && len(w.Text) > 1:
			for at, letter := range w.Text[1:] {
				o := option{name: "-" + string(letter), span: w.Span, next: next}
				if strings.ContainsRune(letters, letter) {
					if rest := w.Text[at+2:]; rest != "" {
						o.value, o.hasValue = syntax.Value{Text: rest, Span: w.Span}, true
					} else {
						i++ // the next word is its value
					}
					out = append(out, o)
					break
				}
				out = append(out, o)
			}
		}
	}
	return out
}
