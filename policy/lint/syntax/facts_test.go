package syntax

import (
	"fmt"
	"strings"
	"testing"
)

// facts are those of a file in lines, each with the text at its place:
//
//	env NAME = value «text in the file»
//	run curl: curl -k «-k» ...
func facts(t *testing.T, name, text string) []string {
	t.Helper()
	f := Parse(name, Detect(name, []byte(text)), []byte(text))
	out := factsOf(t, f, text)
	for _, inner := range f.Inner {
		out = append(out, "in "+inner.Path+" as "+inner.Language)
		if l, _ := Languages().Get(inner.Language); l.Code {
			continue // for the tests of that language
		}
		out = append(out, factsOf(t, inner, text)...)
	}
	return out
}

func factsOf(t *testing.T, f *File, text string) []string {
	t.Helper()
	at := func(s Span) string {
		if s.Start < 0 || s.End > len(text) || s.Start > s.End {
			t.Fatalf("the span %v is not in the text", s)
		}
		return "«" + text[s.Start:s.End] + "»"
	}
	var out []string
	for _, p := range f.Problems {
		out = append(out, fmt.Sprintf("problem %s: %v", at(p.Span), p.Err))
	}
	for _, s := range f.Settings {
		origin := []string{"file", "env", "option", "address", "code"}[s.Origin]
		line := fmt.Sprintf("%s %s = %s %s", origin, strings.Join(s.Path, "/"), s.Value.Text, at(s.Value.Span))
		if got := at(s.Key); s.Key != (Span{}) && got != "«"+s.Path[len(s.Path)-1]+"»" {
			line += " key " + got
		}
		if s.Value.Form != Bare {
			line += " " + []string{"", "quoted", "null", "present", "template", "expression"}[s.Value.Form]
		}
		if s.Value.HasDefault {
			line += " or " + s.Value.Default
		}
		if s.Item > 0 {
			line += fmt.Sprintf(" #%d", s.Item)
		}
		if s.Scheme != "" || s.Host != "" {
			line += fmt.Sprintf(" of %s %s", s.Scheme, s.Host)
		}
		out = append(out, line)
	}
	for _, c := range f.Commands {
		var words []string
		for _, w := range c.Words {
			word := w.Text
			if got := at(w.Span); got != "«"+word+"»" {
				word += got
			}
			if w.Variable {
				word += "*"
			}
			words = append(words, word)
		}
		out = append(out, "run "+c.Name+": "+strings.Join(words, " "))
	}
	for _, u := range f.URLs {
		line := fmt.Sprintf("url %s user=%s host=%s port=%s path=%s %s", u.Scheme, u.User, u.Host, u.Port, u.Path, at(u.Span))
		if u.Password.Span != (Span{}) {
			line += " password " + at(u.Password.Span)
		}
		out = append(out, line)
	}
	return out
}
