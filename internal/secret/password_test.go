package secret

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"muxkey/internal/console"
)

func mustPassword(t *testing.T, origin, text string) Password {
	t.Helper()
	p, err := newPassword(origin, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPasswordShowsItselfToNobody(t *testing.T) {
	p := mustPassword(t, "the command line", hunter2)
	type options struct {
		Public  Password
		private Password
		source  Source
	}
	opts := options{p, p, source(t, "pass:"+hunter2)}
	var shown []string
	for _, v := range []any{p, &p, opts, &opts, []Password{p}, map[string]Password{"p": p}, opts.source} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10.3s"} {
			shown = append(shown, fmt.Sprintf(verb, v))
		}
		j, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		shown = append(shown, string(j))
	}
	x, err := xml.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "p", p, "o", opts)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "p", p, "o", opts)
	shown = append(shown, p.String(), string(x), log.String(), fmt.Sprint(errors.Join(fmt.Errorf("with %v", p))))
	for _, s := range shown {
		for _, leak := range []string{hunter2, fmt.Sprintf("%x", hunter2), fmt.Sprintf("%X", hunter2), fmt.Sprintf("%d", []byte(hunter2))} {
			if strings.Contains(s, leak) {
				t.Errorf("shown: %s", s)
			}
		}
	}
	if p.String() != "[password]" || fmt.Sprintf("%#v", p) != "[password]" {
		t.Errorf("placeholder is %v", p)
	}
	if j, _ := json.Marshal(p); string(j) != `"[password]"` {
		t.Errorf("JSON is %s", j)
	}
	if p.Reveal() != hunter2 {
		t.Errorf("revealed %q", p.Reveal())
	}
	if (Password{}).Reveal() != "" {
		t.Error("the zero password is not empty")
	}
}

func TestOddities(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"s3cret", ""},
		{"correct horse battery staple", ""},
		{"$ecret$", ""},
		{"100%", ""},
		{"it's", ""},
		{"pass", ""},
		{"", "is empty"},
		{" s3cret", "begins with a blank"},
		{"s3cret\u00a0", "ends with a blank"},
		{"s3cret\n", "ends with a line break"},
		{`"s3cret"`, "quotation marks, which were taken"},
		{`'s3cret'`, "quotation marks, which were taken"},
		{"$STORE_PW", "not filled in"},
		{"${STORE_PW}", "not filled in"},
		{"$(STORE_PW)", "not filled in"},
		{"{{ store_pw }}", "not filled in"},
		{"%STORE_PW%", "not filled in"},
		{"env:STORE_PW", "name of a source"},
		{"s3\x1b[Dcret", "control characters"},
		{"s3–cret", "typographic"},
		{"s3\u200bcret", "invisible"},
		{"pa\u0308ss", "accents that are characters of their own"},
		{"päss", "outside ASCII"},
	} {
		odd := strings.Join(mustPassword(t, "$X", tt.text).Oddities(), "; ")
		if !strings.Contains(odd, tt.want) || (odd == "") != (tt.want == "") {
			t.Errorf("%q: oddities are %q, want %q", tt.text, odd, tt.want)
		}
		if tt.text != "" && strings.Contains(odd, strings.TrimSpace(tt.text)) {
			t.Errorf("%q is shown in %q", tt.text, odd)
		}
	}
}

func TestCapsLockIsGuessedOnlyAtAPrompt(t *testing.T) {
	for _, tt := range []struct {
		origin, text string
		want         bool
	}{
		{originPrompt, "HUNTER2", true},
		{originPrompt, "Hunter2", false},
		{originPrompt, "12345678", false},
		{"$X", "HUNTER2", false},
	} {
		odd := strings.Join(mustPassword(t, tt.origin, tt.text).Oddities(), "; ")
		if strings.Contains(odd, "Caps Lock") != tt.want {
			t.Errorf("%q from %s: %q", tt.text, tt.origin, odd)
		}
	}
}

func TestGenerateIsStrongAndFair(t *testing.T) {
	env, _ := console.Test()
	const runs = 4000
	count := map[rune]int{}
	seen := map[string]bool{}
	for range runs {
		p, err := Generate(env.Rand)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Reveal()) != 24 || seen[p.Reveal()] {
			t.Fatalf("generated %q", p.Reveal())
		}
		seen[p.Reveal()] = true
		for _, r := range p.Reveal() {
			count[r]++
		}
		if odd := p.Oddities(); len(odd) > 0 {
			t.Errorf("generated a password of which %q", odd)
		}
	}
	if len(count) != 62 {
		t.Errorf("%d different characters", len(count))
	}
	// Without the rejection the first eight letters come a quarter too often;
	// six standard deviations of a fair one are 15 %.
	mean := float64(runs*24) / 62
	for r, n := range count {
		if !strings.ContainsRune(letters, r) {
			t.Errorf("generated %q", r)
		}
		if f := float64(n) / mean; f < 0.85 || f > 1.15 {
			t.Errorf("%q comes %.2f times as often as it should", r, f)
		}
	}
	if _, err := Generate(strings.NewReader("short")); !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		t.Errorf("no randomness: %v", err)
	}
}

// Of the bytes that were read nothing is left but the password itself.
func TestWhatWasReadIsWiped(t *testing.T) {
	for _, read := range []string{hunter2, "p\xe4ss", "a\x00b"} {
		raw := []byte(read)
		p, err := newPassword("$X", raw)
		if !bytes.Equal(raw, make([]byte, len(read))) {
			t.Errorf("%q is left of %q", raw, read)
		}
		if err == nil && p.Reveal() == "" {
			t.Errorf("%q was lost", read)
		}
	}
}
