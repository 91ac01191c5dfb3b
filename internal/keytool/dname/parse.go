package dname

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/internal/keytool/exception"
)

// Parse reads what -dname is given: the name of RFC 1779 and RFC 2253 as Java
// mixes them, the most significant RDN last. The empty text is the empty name. An
// error is an [exception.Exception] with Java's words.
func Parse(text string) (Name, error) {
	if text == "" {
		return Name{}, nil
	}
	var name Name
	for _, part := range cut(text, ",;", escapedComma) {
		rdn, err := parseRDN(part)
		if err != nil {
			return nil, err
		}
		name = append(name, rdn)
	}
	slices.Reverse(name)
	return name, nil
}

func parseRDN(text string) (RDN, error) {
	var rdn RDN
	for _, part := range cut(text, "+", escapedPlus) {
		if part == "" {
			return nil, exception.New(exception.IO, `empty AVA in RDN "`+text+`"`)
		}
		a, err := parseAttribute(part)
		if err != nil {
			return nil, err
		}
		rdn = append(rdn, a)
	}
	return rdn, nil
}

// cut splits a text at separators. One behind a single quote, counted from the
// last cut, is no separator; with two or more quotes before it is one, even when
// the quotes are still open. That is less than a scanner of the quotes would do,
// and it is what Java does.
func cut(text, separators string, escaped func(text string, at int) bool) []string {
	var parts []string
	start, seen, quotes := 0, 0, 0
	for {
		i := strings.IndexAny(text[seen:], separators)
		if i < 0 {
			return append(parts, text[start:])
		}
		at := seen + i
		for q := seen; q < at; q++ {
			if text[q] == '"' && (q == seen || text[q-1] != '\\') {
				quotes++
			}
		}
		if quotes != 1 && !escaped(text, at) {
			parts = append(parts, text[start:at])
			start, quotes = at+1, 0
		}
		seen = at + 1
	}
}

// escapedComma tells whether an odd number of backslashes stands before.
func escapedComma(text string, at int) bool {
	before := text[:at]
	return (len(before)-len(strings.TrimRight(before, `\`)))%2 == 1
}

// escapedPlus tells whether a backslash stands before, an escaped one too. At the
// very start there is nothing to cut off.
func escapedPlus(text string, at int) bool { return at == 0 || text[at-1] == '\\' }

func parseAttribute(text string) (Attribute, error) {
	word, rest, ok := strings.Cut(text, "=")
	if !ok {
		return Attribute{}, exception.New(exception.IO, "Incorrect AVA format")
	}
	kind, err := attributeType(word)
	if err != nil {
		return Attribute{}, err
	}
	rest = strings.TrimLeft(rest, " \n")
	if rest == "" {
		return Attribute{Type: kind, Value: element(asn1.PrintableString, nil)}, nil
	}
	if rest[0] == '#' {
		value, err := parseHex(rest[1:])
		return Attribute{Type: kind, Value: value}, err
	}
	v := valueParser{rest: rest, printable: true}
	if rest[0] == '"' {
		v.rest = rest[1:]
		err = v.quoted()
	} else {
		err = v.plain()
	}
	if err != nil {
		return Attribute{}, err
	}
	tag, content := asn1.UTF8String, v.text.String()
	switch dotted := kind.String(); {
	case dotted == emailAddress || dotted == domainComponent:
		tag, content = asn1.IA5String, questioned(content)
	case v.printable:
		tag = asn1.PrintableString
	}
	return Attribute{Type: kind, Value: element(tag, []byte(content))}, nil
}

// questioned has a question mark for each UTF-16 unit that is not ASCII, but one
// for a pair of surrogates, as Java's encoder.
func questioned(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf {
			return '?'
		}
		return r
	}, s)
}

// valueParser reads the text of a value.
type valueParser struct {
	rest string
	text strings.Builder
	// bytes are those of hex pairs that no character has followed yet.
	bytes []byte
	// printable tells that all characters so far fit a PrintableString.
	printable bool
}

// next takes one character.
func (v *valueParser) next() (rune, bool) {
	r, size := utf8.DecodeRuneInString(v.rest)
	v.rest = v.rest[size:]
	return r, size > 0
}

// pair takes the second half of a hex pair whose first one is r; ok tells that
// there is a pair.
func (v *valueParser) pair(r rune) (ok bool, err error) {
	if !isHex(r) {
		return false, nil
	}
	second, more := v.next()
	switch {
	case !more:
		return false, exception.New(exception.IO, "unexpected EOF - escaped hex value must include two valid digits")
	case !isHex(second):
		return false, exception.New(exception.IO, "escaped hex value must include two valid digits")
	}
	b, err := hex.DecodeString(string([]rune{r, second}))
	if err != nil {
		return false, err
	}
	v.bytes = append(v.bytes, b...)
	v.printable = false
	return true, nil
}

func (v *valueParser) flush() {
	v.text.WriteString(validUTF8(v.bytes))
	v.bytes = v.bytes[:0]
}

// quoted reads a value behind its opening quote.
func (v *valueParser) quoted() error {
	for {
		r, ok := v.next()
		if ok && r == '"' {
			break
		}
		if ok && r == '\\' {
			if r, ok = v.next(); ok {
				pair, err := v.pair(r)
				if err != nil {
					return err
				}
				if pair {
					continue
				}
				if !strings.ContainsRune(",=\n+<>#;\\\"", r) {
					return exception.New(exception.IO, "Invalid escaped character in AVA: "+string(r))
				}
			}
		}
		if !ok {
			return exception.New(exception.IO, "Quoted string did not end in quote")
		}
		v.flush()
		v.printable = v.printable && isPrintable(r)
		v.text.WriteRune(r)
	}
	v.flush()
	if strings.TrimLeft(v.rest, " \n") != "" {
		return exception.New(exception.IO, "AVA had characters other than whitespace after terminating quote")
	}
	content := trim(v.text.String())
	v.text.Reset()
	v.text.WriteString(content)
	return nil
}

// plain reads a value without quotes. A separator that no cut was made at ends it,
// and what follows is lost, as in Java.
func (v *valueParser) plain() error {
	blanks := 0 // read, and only written when something follows
	for first := true; ; first = false {
		r, ok := v.next()
		if !ok || !first && strings.ContainsRune("+,;", r) {
			break
		}
		bare := r != '\\'
		if !bare {
			if r, ok = v.next(); !ok {
				return exception.New(exception.IO, "Invalid trailing backslash")
			}
			pair, err := v.pair(r)
			if err != nil {
				return err
			}
			if pair {
				continue
			}
		}
		switch {
		case bare && strings.ContainsRune(`,+<>;"`, r):
			return exception.New(exception.IO, fmt.Sprintf("Character '%c' in AVA appears without escape", r))
		case !bare && !strings.ContainsRune(",=\n+<>#;\\\" ", r):
			return exception.New(exception.IO, fmt.Sprintf("Invalid escaped character in AVA: '%c'", r))
		}
		if len(v.bytes) > 0 {
			v.blanks(&blanks)
			v.flush()
		}
		v.printable = v.printable && isPrintable(r)
		if bare && r == ' ' {
			blanks++
			continue
		}
		v.blanks(&blanks)
		v.text.WriteRune(r)
	}
	v.flush() // without the blanks before it, which Java forgets here
	return nil
}

func (v *valueParser) blanks(n *int) {
	v.text.WriteString(strings.Repeat(" ", *n))
	*n = 0
}

func isHex(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'f' || r >= 'A' && r <= 'F'
}

// isPrintable tells whether Java lets a character into a PrintableString: those of
// X.680, 41.4.
func isPrintable(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune(" '()+,-./:=?", r)
}
