package secret

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"muxkey/internal/console"
)

// What names no source may be a password, so the error has nothing of it.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "pass:", "env:", "file:", "fd:", "stdin", "prompt", "fd:3", "pas:", "ENV:", ":", "x:y:", "stdin:"} {
		f.Add(s, "")
		f.Add("", s)
	}
	f.Fuzz(func(t *testing.T, before, behind string) {
		_, err := Parse(before + hunter2 + behind)
		if err == nil {
			return
		}
		if _, ok := errors.AsType[*SpecError](err); !ok || strings.Contains(err.Error(), hunter2) {
			t.Fatalf("%q: %v", before+hunter2+behind, err)
		}
	})
}

// Whatever is in a password file, a password is one line of text.
func FuzzPasswordFile(f *testing.F) {
	for _, s := range []string{"", "\n", "hunter2", "hunter2\r\n", "two\nlines", "\xef\xbb\xbfhunter2\n", "\xff\xfeh\x00u\x00\n\x00", "\xfe\xff\x00h", "p\xe4ss", "a\x00b", "\xff\xfe", "\xff\xfe\x00\xd8"} {
		f.Add([]byte(s))
	}
	dir := f.TempDir()
	env, _ := console.Test()
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(dir, "pw")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := source(t, "file:"+path).Read(t.Context(), env, "x")
		if err != nil {
			if _, ok := errors.AsType[*SourceError](err); !ok {
				t.Fatal(err)
			}
			return
		}
		if text := p.Reveal(); !utf8.ValidString(text) || strings.ContainsAny(text, "\n\x00") {
			t.Fatalf("%q gave the password %q", content, text)
		}
		for _, odd := range p.Oddities() {
			if text := p.Reveal(); len(text) > 12 && strings.Contains(odd, text) {
				t.Fatalf("%q is shown in %q", text, odd)
			}
		}
	})
}
