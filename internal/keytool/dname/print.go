package dname

import (
	"encoding/hex"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// String prints an encoded name as [Name.String] does; what is no name gives "".
func String(der []byte) string {
	name, err := Decode(der)
	if err != nil {
		return ""
	}
	return name.String()
}

// String is the form of "Owner:" and "Issuer:": the keywords of Java, blanks
// behind the commas, values in quotes where they need it.
func (n Name) String() string { return n.join(", ", " + ", java, quoted) }

// RFC1779 is Java's form of that name: as [Name.String], with fewer keywords.
func (n Name) RFC1779() string { return n.join(", ", " + ", rfc1779, quoted) }

// RFC2253 is Java's form of that name: backslashes, no blanks, and hex for all
// that has no keyword there.
func (n Name) RFC2253() string { return n.join(",", "+", rfc2253, escaped) }

// join prints the RDNs, the last one first.
func (n Name) join(comma, plus string, f form, value func(v []byte, known bool) string) string {
	rdns := make([]string, len(n))
	for i, rdn := range n {
		attributes := make([]string, len(rdn))
		for j, a := range rdn {
			word, known := typeWord(a.Type, f)
			attributes[j] = word + "=" + value(a.Value, known)
		}
		rdns[len(n)-1-i] = strings.Join(attributes, plus)
	}
	return strings.Join(rdns, comma)
}

// quoted prints a value for the forms that put quotes around what is special.
// Quotes that are the first and the last character of a value already stand for
// those.
func quoted(value []byte, _ bool) string {
	text, ok := decoded(value)
	if !ok {
		return dump(value)
	}
	if len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' {
		return `"` + escapeQuotes(text[1:len(text)-1]) + `"`
	}
	special := strings.ContainsAny(text, ",+=\n<>#;\\\"") || strings.HasPrefix(text, " ") ||
		strings.HasSuffix(text, " ") || strings.Contains(text, "  ")
	if special {
		return `"` + escapeQuotes(text) + `"`
	}
	return text
}

func escapeQuotes(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) }

// escaped prints a value for RFC 2253.
func escaped(value []byte, known bool) string {
	text, ok := eightBit(value)
	if !known || !ok {
		return dump(value)
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case strings.ContainsRune(`,=+<>#;"\`, r):
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == 0:
			b.WriteString(`\00`)
		default:
			b.WriteRune(r)
		}
	}
	inner := strings.TrimLeft(b.String(), " \r")
	before := b.String()[:b.Len()-len(inner)]
	core := strings.TrimRight(inner, " \r")
	return escapeAll(before) + core + escapeAll(inner[len(core):])
}

// escapeAll puts a backslash before each byte.
func escapeAll(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.Write([]byte{'\\', c})
	}
	return b.String()
}

func dump(value []byte) string { return "#" + hex.EncodeToString(value) }

// The string types that cryptobyte has no names for.
const (
	universalString = asn1.Tag(28)
	bmpString       = asn1.Tag(30)
)

// decoded is the text of a value of a string type. Bytes that are none in its
// encoding become U+FFFD.
func decoded(value []byte) (text string, ok bool) {
	tag, content := split(value)
	switch tag {
	case asn1.PrintableString, asn1.IA5String, asn1.GeneralString:
		return ascii(content), true
	case universalString:
		return utf32(content), true
	default:
		return eightBit(value)
	}
}

// eightBit is as decoded, but takes all string types of one byte a character for
// Latin-1 and knows no UniversalString: what the RFC 2253 form does.
func eightBit(value []byte) (text string, ok bool) {
	tag, content := split(value)
	switch tag {
	case asn1.PrintableString, asn1.IA5String, asn1.GeneralString, asn1.T61String:
		return latin1(content), true
	case asn1.UTF8String:
		return validUTF8(content), true
	case bmpString:
		return utf16BE(content), true
	default:
		return "", false
	}
}

// split is the tag and the content of an element.
func split(value []byte) (asn1.Tag, []byte) {
	input := cryptobyte.String(value)
	var content cryptobyte.String
	var tag asn1.Tag
	if !input.ReadAnyASN1(&content, &tag) {
		return 0, nil
	}
	return tag, content
}

func ascii(content []byte) string {
	runes := make([]rune, len(content))
	for i, c := range content {
		runes[i] = rune(c)
		if c >= utf8.RuneSelf {
			runes[i] = utf8.RuneError
		}
	}
	return string(runes)
}

func latin1(content []byte) string {
	runes := make([]rune, len(content))
	for i, c := range content {
		runes[i] = rune(c)
	}
	return string(runes)
}

// utf16BE decodes as Java does: a high surrogate takes the unit behind it with
// it, whatever that is, and an odd byte at the end counts as a character.
func utf16BE(content []byte) string {
	var runes []rune
	for len(content) > 1 {
		r := rune(content[0])<<8 | rune(content[1])
		content = content[2:]
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if r < 0xDC00 && len(content) > 1 {
				low = rune(content[0])<<8 | rune(content[1])
				content = content[2:]
			}
			r = utf16.DecodeRune(r, low)
		}
		runes = append(runes, r)
	}
	if len(content) > 0 {
		runes = append(runes, utf8.RuneError)
	}
	return string(runes)
}

func utf32(content []byte) string {
	var runes []rune
	for len(content) > 0 {
		r := rune(utf8.RuneError)
		if len(content) >= 4 {
			r = rune(content[0])<<24 | rune(content[1])<<16 | rune(content[2])<<8 | rune(content[3])
		}
		runes = append(runes, r) // what is no rune becomes U+FFFD as a string
		content = content[min(4, len(content)):]
	}
	return string(runes)
}

// validUTF8 has one U+FFFD for each longest part that could have begun a
// character, and for each surrogate, as Java's decoder; Go has one for each byte.
func validUTF8(content []byte) string {
	var b strings.Builder
	for len(content) > 0 {
		r, size := utf8.DecodeRune(content)
		if r == utf8.RuneError && size == 1 {
			for size < len(content) && size < 3 && !utf8.FullRune(content[:size+1]) {
				size++
			}
			if len(content) > 2 && content[0] == 0xED && content[1]&0xE0 == 0xA0 && content[2]&0xC0 == 0x80 {
				size = 3
			}
		}
		b.WriteRune(r)
		content = content[size:]
	}
	return b.String()
}
