package secret

import (
	"encoding"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Password is a password with what is known of where it came from. It shows
// itself to nobody: only Reveal gives the text.
type Password struct {
	// A pointer, because fmt prints the unexported fields of a struct that holds
	// a Password without asking Format; of this one it prints an address.
	text   *string
	origin string
	notes  []string // facts from reading it
}

const hidden = "[password]"

var (
	_ fmt.Formatter          = Password{}
	_ encoding.TextMarshaler = Password{}
	_ slog.LogValuer         = Password{}
)

// Reveal returns the password itself, in UTF-8.
func (p Password) Reveal() string {
	if p.text == nil {
		return ""
	}
	return *p.text
}

// Origin says where the password came from, in words that stand behind "the
// password from": "$MUXKEY_PASSWORD", "the file pw.txt", "the prompt".
func (p Password) Origin() string { return p.origin }

// String returns a placeholder.
func (p Password) String() string { return hidden }

// Format writes a placeholder, whatever the verb.
func (p Password) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText returns a placeholder, which JSON, YAML and XML take.
func (p Password) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue returns a placeholder.
func (p Password) LogValue() slog.Value { return slog.StringValue(hidden) }

// newPassword makes a Password of the bytes that were read, and wipes them. That
// leaves one copy, in a string, which Go gives no way to wipe: it lives as long
// as the program, as do the environment and the command line. The wiping keeps
// the password out of buffers that are used again, and out of a file's other
// lines. Bytes that are no
// UTF-8 were written by an editor or a shell of the Windows-1252 or Latin-1
// years; the keystores of those years were made with the characters, not with
// the bytes, so the characters are what is meant.
func newPassword(origin string, raw []byte, notes ...string) (Password, error) {
	defer clear(raw)
	text := string(raw)
	if strings.ContainsRune(text, 0) {
		return Password{}, &SourceError{origin, errors.New("it holds a NUL byte, so it is no text")}
	}
	if !utf8.ValidString(text) {
		text = fromWindows1252(raw)
		notes = append(notes, "the password is not UTF-8 and was read as Windows-1252 (Latin-1)")
	}
	return Password{text: &text, origin: origin, notes: notes}, nil
}

// windows1252 holds the characters of the bytes 0x80 to 0x9f; all others are
// those of Latin-1. From the Encoding Standard, index-windows-1252.
const windows1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"

func fromWindows1252(raw []byte) string {
	high := []rune(windows1252)
	text := make([]rune, len(raw))
	for i, b := range raw {
		text[i] = rune(b)
		if b >= 0x80 && b < 0xa0 {
			text[i] = high[b-0x80]
		}
	}
	return string(text)
}

// Oddities says what about the password may explain that it proved wrong, most
// likely first, each a clause without a full stop. It is empty for an
// ordinary password. The clauses tell the password's form and never a part of it.
func (p Password) Oddities() []string {
	said := slices.Clone(p.notes)
	text := p.Reveal()
	for _, fact := range facts {
		if fact.holds(text) {
			said = append(said, fact.clause)
		}
	}
	if p.origin == originPrompt && text == strings.ToUpper(text) && text != strings.ToLower(text) {
		said = append(said, "the password has no small letters: Caps Lock may be on")
	}
	return said
}

var facts = []struct {
	clause string
	holds  func(text string) bool
}{
	{"the password is empty", func(s string) bool { return s == "" }},
	{"the password begins with a blank", func(s string) bool { return s != strings.TrimLeft(s, blanks) }},
	{"the password ends with a blank", func(s string) bool { return s != strings.TrimRight(s, blanks) }},
	{"the password ends with a line break", func(s string) bool { return strings.HasSuffix(s, "\n") }},
	{"the password stands in quotation marks, which were taken as part of it", func(s string) bool {
		return len(s) >= 2 && s[0] == s[len(s)-1] && (s[0] == '"' || s[0] == '\'')
	}},
	{"the password looks like a variable that was not filled in", func(s string) bool {
		return strings.HasPrefix(s, "${") || strings.HasPrefix(s, "$(") || strings.HasPrefix(s, "{{") ||
			len(s) > 2 && strings.HasPrefix(s, "%") && strings.HasSuffix(s, "%") ||
			len(s) > 1 && s[0] == '$' && strings.Trim(s[1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == ""
	}},
	{"the password begins like the name of a source (env:, file: ...), which was taken as part of it", func(s string) bool {
		word, _, colon := strings.Cut(s, ":")
		_, known := ways().Get(word)
		return known && colon
	}},
	{"the password has control characters", func(s string) bool {
		return strings.ContainsFunc(strings.TrimSuffix(s, "\n"), unicode.IsControl)
	}},
	{"the password has typographic quotation marks or dashes, as word processors put them", func(s string) bool {
		return strings.ContainsAny(s, "‘’‚“”„«»‹›–—")
	}},
	{"the password has invisible characters", func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Cf, r) })
	}},
	{"the password has accents that are characters of their own, as macOS writes file names", func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Mn, r) })
	}},
	{"the password has characters outside ASCII, which programs encode in different ways", func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
	}},
}

// blanks are the space, the tab and the no-break space.
const blanks = " \t\u00a0"
