package syntax

import (
	"strings"
	"testing"
	"time"
)

// FuzzCode reads anything as each programming language: nothing panics, what is
// found lies in the text, brackets belong to each other.
func FuzzCode(f *testing.F) {
	for _, seed := range []string{
		"x = f(a, {b: 'c\\'d', \"e\" => [1, 2]}) # y\n", "`${a{`${`", "<<~A + <<B\n x\n A\ny\nB\n", "'\\", "\"\"\"", "$\"{\"{\"", "%w(a b) q{", "R\"x(", "s/a/b/; y{", "#if 0\n",
		"<?php /*", "r#\"", "[==[", "--[[", "@doc \"\"\"", "~S(", "?\\", "$$#{", "(f :a \\", "=begin\n", "{verify, {a, b}}", "a.b[\"c\"]::<T>(x!)[y]{z}", "[a b:c d:e]", "f a, b: c do |x| end\n",
	} {
		f.Add(seed)
	}
	table := NewTable()
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range table.languages {
			if l.Code {
				check(t, table.Parse("x", l.Name, []byte(text)))
			}
		}
	})
}

// check holds what is true of every file that was taken apart.
func check(t *testing.T, f *File) {
	t.Helper()
	for _, inner := range f.Inner {
		check(t, inner)
	}
	inside := func(what string, s Span) {
		if s.Start < 0 || s.End < s.Start || s.End > len(f.Text) {
			t.Fatalf("%s: %s lies at %v in a text of %d bytes", f.Language, what, s, len(f.Text))
		}
	}
	value := func(what string, v Value) {
		inside(what, v.Span)
		inside(what, v.Set)
		if v.Tokens[0] > v.Tokens[1] || v.Tokens[1] > len(f.Tokens) {
			t.Fatalf("%s: %s has the tokens %v of %d", f.Language, what, v.Tokens, len(f.Tokens))
		}
	}
	for i, k := range f.Tokens {
		inside("token "+k.Text, k.Span)
		if k.Mate >= 0 && (k.Mate >= len(f.Tokens) || f.Tokens[k.Mate].Mate != i) {
			t.Fatalf("%s: bracket %d belongs to %d, which does not know", f.Language, i, k.Mate)
		}
	}
	for _, s := range f.Settings {
		value(strings.Join(s.Path, "."), s.Value)
		inside("key", s.Key)
		if len(s.Path) == 0 || s.Block == 0 {
			t.Fatalf("%s: the setting %+v has no name or no block", f.Language, s)
		}
	}
	for _, c := range f.Calls {
		inside("call", c.Span)
		for _, a := range c.Args {
			value("argument", a.Value)
		}
	}
	for _, c := range f.Commands {
		inside("command", c.Span)
	}
	for _, u := range f.URLs {
		inside("address", u.Span)
	}
}

// TestCodeTakesTime reads what is hard on lexers and walkers.
func TestCodeTakesTime(t *testing.T) {
	t.Parallel()
	const size = 1 << 15
	hard := []string{
		"(", "[", "{", ")", "}", "(]", "'", "\"", "`", "/", "\\", "#", "$", "%", "@", "~", "<", "=", ":", ".", "a", "1", " ", "\n", "\x00", "\xff",
		"'\\'", "\"${", "`${`", "f'{", "a.", "a=", "a(", "a{", "a[", "a<", "f(a,", "a,", "x;", "<<A ", "<<<A\n", "/*", "--[[", "r#\"", "q{", "%w(", "[a b:", "a ? b : ", "{a,", "a:b:", "(a)=>", "a::<", "#{", "$\"{",
		"@\"", "R\"(", "$$", "\"a\"+", "!(", "if a:", "lambda:", "a = b = ", "new A{", "-> ", "\"\"\"", "'''", "s{", "$(", "a\n", "=begin\n", "#if 0\n", "<?", "<script", "f a, ", "a.b(c).",
	}
	for l := range Languages().All() {
		if !l.Code {
			continue
		}
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			for _, h := range hard {
				text := []byte(strings.Repeat(h, size/len(h)))
				begin := time.Now()
				check(t, Parse("x", l.Name, text))
				if took := time.Since(begin); took > 2*time.Second {
					t.Errorf("32 KiB of %q takes %v", h, took)
				}
			}
		})
	}
}
