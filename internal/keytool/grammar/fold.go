package grammar

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Same tells whether two words are the same to keytool, as names of options and as
// answers to its questions.
func Same(a, b string) bool { return fold(a) == fold(b) }

// fold returns what keytool compares of a name: it uses a java.text.Collator of
// primary strength, for which case, accents, hyphens, blanks and control
// characters do not count. Names of equal folds are the same name.
func fold(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case 'A' <= r && r <= 'Z':
			b.WriteRune(r + 'a' - 'A')
		case ignored(r):
		case r < 0x80:
			b.WriteRune(r)
		default:
			b.WriteString(foldRune(r))
		}
	}
	return b.String()
}

// foldRune returns the base letter of an accented one, the letters of a ligature,
// and any other rune as it is. golang.org/x/text/collate has the rules of another
// Unicode, and tables of a megabyte.
func foldRune(r rune) string {
	switch r {
	case 'Æ', 'æ':
		return "ae"
	case 'Œ', 'œ':
		return "oe"
	case 'ß':
		return "ss"
	case 'Þ', 'þ':
		return "th"
	}
	if base := norm.NFD.String(string(r)); base[0] < 0x80 {
		return strings.ToLower(base[:1])
	}
	return string(r)
}

// ignored are the characters without a primary weight.
func ignored(r rune) bool {
	switch {
	case r <= 0x20, r == '-', 0x7F <= r && r <= 0xA0, r == 0xAD,
		0x300 <= r && r <= 0x345, r == 0x360, r == 0x361, 0x483 <= r && r <= 0x486,
		0x2000 <= r && r <= 0x2015, 0x20D0 <= r && r <= 0x20E1,
		r == 0x2212, r == 0x3000, r == 0xFEFF:
		return true
	}
	return false
}
