package certgen

import (
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// attribute is one attribute type of distinguished names.
type attribute struct {
	oid      string
	name     string   // as FormatDN writes it
	keywords []string // that ParseDN takes besides it
	max      int      // characters; RFC 5280 appendix A.1 where not said otherwise
	syntax   syntax
}

// syntax says which string type an attribute value is encoded in.
type syntax int

const (
	// directoryString is PrintableString where that holds the value, which
	// every reader knows, else UTF8String: the choice of RFC 5280 section
	// 4.1.2.4, made as keytool and Go make it.
	directoryString syntax = iota
	printableString
	ia5String
)

// attributes are the types with a keyword. RFC 4514 section 3 asks every
// implementation for the first nine; the others carry the names of the IANA
// registry of LDAP descriptors, which section 2.3 allows, and the three of
// extended-validation certificates those of OpenSSL, because #-strings there
// would help nobody.
var attributes = []attribute{
	{oid: "2.5.4.3", name: "CN", keywords: []string{"commonName"}, max: 64},
	{oid: "2.5.4.7", name: "L", keywords: []string{"localityName"}, max: 128},
	{oid: "2.5.4.8", name: "ST", keywords: []string{"S", "stateOrProvinceName"}, max: 128},
	{oid: "2.5.4.10", name: "O", keywords: []string{"organizationName"}, max: 64},
	{oid: "2.5.4.11", name: "OU", keywords: []string{"organizationalUnitName"}, max: 64},
	{oid: "2.5.4.6", name: "C", keywords: []string{"countryName"}, max: 2, syntax: printableString},
	{oid: "2.5.4.9", name: "STREET", keywords: []string{"streetAddress"}, max: 128},
	{oid: "0.9.2342.19200300.100.1.25", name: "DC", keywords: []string{"domainComponent"}, max: 63, syntax: ia5String}, // RFC 1035
	{oid: "0.9.2342.19200300.100.1.1", name: "UID", keywords: []string{"userId"}, max: 256},                            // RFC 1274

	{oid: "2.5.4.4", name: "surname", keywords: []string{"SN"}, max: 128},
	{oid: "2.5.4.5", name: "serialNumber", max: 64, syntax: printableString},
	{oid: "2.5.4.12", name: "title", keywords: []string{"T"}, max: 64},
	{oid: "2.5.4.13", name: "description", max: 1024},
	{oid: "2.5.4.15", name: "businessCategory", max: 128},
	{oid: "2.5.4.17", name: "postalCode", max: 40},
	{oid: "2.5.4.41", name: "name", max: 128},
	{oid: "2.5.4.42", name: "givenName", keywords: []string{"GN", "G"}, max: 128},
	{oid: "2.5.4.43", name: "initials", max: 128},
	{oid: "2.5.4.44", name: "generationQualifier", keywords: []string{"generation"}, max: 128},
	{oid: "2.5.4.46", name: "dnQualifier", keywords: []string{"DNQ"}, max: 64, syntax: printableString},
	{oid: "2.5.4.65", name: "pseudonym", max: 128},
	{oid: "2.5.4.97", name: "organizationIdentifier", max: 256}, // X.520
	{oid: "1.2.840.113549.1.9.1", name: "emailAddress", keywords: []string{"E", "email"}, max: 255, syntax: ia5String},
	{oid: "1.2.840.113549.1.9.2", name: "unstructuredName", max: 255}, // RFC 2985

	{oid: "1.3.6.1.4.1.311.60.2.1.1", name: "jurisdictionL", max: 128},
	{oid: "1.3.6.1.4.1.311.60.2.1.2", name: "jurisdictionST", max: 128},
	{oid: "1.3.6.1.4.1.311.60.2.1.3", name: "jurisdictionC", max: 2, syntax: printableString},
}

// attributeByKeyword ignores case.
func attributeByKeyword(word string) (attribute, bool) {
	for _, a := range attributes {
		if strings.EqualFold(a.name, word) ||
			slices.ContainsFunc(a.keywords, func(k string) bool { return strings.EqualFold(k, word) }) {
			return a, true
		}
	}
	return attribute{}, false
}

func attributeByOID(oid string) (attribute, bool) {
	i := slices.IndexFunc(attributes, func(a attribute) bool { return a.oid == oid })
	if i < 0 {
		return attribute{}, false
	}
	return attributes[i], true
}

// ParseDN turns a subject as people write it into the DER of an RDNSequence,
// not empty. It reads
//
//   - RFC 4514 strings, "CN=mux.example.com, OU=Chat, O=Example, C=DE", which
//     name the most specific part first and come out in reverse order, with
//     what is around in practice: blanks, semicolons for commas, values in
//     double quotes as keytool takes them;
//   - the form of openssl -subj, "/C=DE/O=Example/CN=mux.example.com", which
//     keeps its order.
//
// Keywords ignore case; attributes without one are given by OID, with or
// without the prefix "OID.". A value "#" and hexadecimal digits is DER. The
// error is a *DNError.
//
// Values are held to the limits of RFC 5280 appendix A.1, because readers
// enforce them: a commonName has at most 64 characters, a country two letters.
// No value is empty or has control characters.
func ParseDN(s string) ([]byte, error) {
	p := dnParser{input: s}
	rdns, err := p.parse()
	if err != nil {
		return nil, err
	}
	return marshalRDNs(rdns)
}

// ava is an AttributeTypeAndValue.
type ava struct {
	oid   x509.OID
	value []byte // DER
}

func marshalRDNs(rdns [][]ava) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, rdn := range rdns {
			b.AddASN1(asn1.SET, func(b *cryptobyte.Builder) { addRDN(b, rdn) })
		}
	})
	der, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("encoding a name: %w", err)
	}
	return der, nil
}

func addRDN(b *cryptobyte.Builder, rdn []ava) {
	var elements [][]byte
	for _, a := range rdn {
		oid, err := a.oid.MarshalBinary()
		if err != nil {
			b.SetError(err)
			return
		}
		var e cryptobyte.Builder
		e.AddASN1(asn1.SEQUENCE, func(e *cryptobyte.Builder) {
			e.AddASN1(asn1.OBJECT_IDENTIFIER, func(e *cryptobyte.Builder) { e.AddBytes(oid) })
			e.AddBytes(a.value)
		})
		element, err := e.Bytes()
		if err != nil {
			b.SetError(err)
			return
		}
		elements = append(elements, element)
	}
	slices.SortFunc(elements, slices.Compare) // DER orders a SET OF: X.690 section 11.6
	for _, e := range elements {
		b.AddBytes(e)
	}
}

// maxDN bounds what ParseDN looks at.
const maxDN = 8192

// dnParser reads a name from left to right. Positions are byte offsets.
type dnParser struct {
	input string
	at    int
	slash bool // the form of openssl -subj
}

func (p *dnParser) errorf(at int, hint, why string, args ...any) error {
	return &DNError{Input: p.input, Pos: position(p.input, at), Why: fmt.Sprintf(why, args...), Hint: hint}
}

func (p *dnParser) parse() ([][]ava, error) {
	if len(p.input) > maxDN {
		return nil, &DNError{Input: strings.ToValidUTF8(p.input[:64], "") + "...", Why: fmt.Sprintf("more than %d characters", maxDN)}
	}
	for i, r := range p.input {
		if _, size := utf8.DecodeRuneInString(p.input[i:]); r == utf8.RuneError && size == 1 {
			return nil, p.errorf(i, "", "byte 0x%02x, which is not UTF-8,", p.input[i])
		}
		if unicode.IsControl(r) {
			return nil, p.errorf(i, "", "control character %U", r)
		}
	}
	p.skipBlanks()
	if p.done() {
		return nil, &DNError{Input: p.input, Why: "empty", Hint: "write it as in CN=mux.example.com, O=Example"}
	}
	if p.peek() == '/' {
		p.slash = true
		p.at++
	}
	var rdns [][]ava
	for {
		rdn, err := p.parseRDN()
		if err != nil {
			return nil, err
		}
		rdns = append(rdns, rdn)
		if p.done() {
			break
		}
		p.at++ // the separator
	}
	if !p.slash {
		slices.Reverse(rdns)
	}
	return rdns, nil
}

func (p *dnParser) done() bool { return p.at == len(p.input) }

// peek returns the byte at hand, 0 at the end. All that the grammar knows is
// ASCII, which no other character of UTF-8 contains.
func (p *dnParser) peek() byte {
	if p.done() {
		return 0
	}
	return p.input[p.at]
}

func (p *dnParser) skipBlanks() {
	for p.peek() == ' ' {
		p.at++
	}
}

// atEnd reports whether a value ends here.
func (p *dnParser) atEnd() bool {
	switch c := p.peek(); c {
	case 0, '+':
		return true
	case ',', ';':
		return !p.slash
	case '/':
		return p.slash
	}
	return false
}

func (p *dnParser) parseRDN() ([]ava, error) {
	var rdn []ava
	for {
		p.skipBlanks()
		start := p.at
		a, err := p.parseAVA()
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(rdn, func(b ava) bool { return b.oid.Equal(a.oid) }) {
			// X.501 section 9.3: one value of a type in one RDN.
			return nil, p.errorf(start, "write \\+ for a plus sign inside a value", "the same attribute twice, joined by +,")
		}
		rdn = append(rdn, a)
		if p.peek() != '+' {
			return rdn, nil
		}
		p.at++
	}
}

func (p *dnParser) parseAVA() (ava, error) {
	start := p.at
	for !p.atEnd() && p.peek() != '=' {
		p.at++
	}
	word := strings.TrimRight(p.input[start:p.at], " ")
	if p.peek() != '=' {
		if word == "" {
			return ava{}, p.errorf(min(start, len(p.input)-1), "", "attribute missing")
		}
		hint := `write a comma inside a value as \, or put the value in double quotes`
		if p.slash {
			hint = `write a slash inside a value as \/`
		}
		return ava{}, p.errorf(start, hint, `%q without "="`, word)
	}
	p.at++
	a, known := attributeByKeyword(word)
	if !known {
		dotted := word
		if len(word) > 4 && strings.EqualFold(word[:4], "OID.") {
			dotted = word[4:]
		}
		oid, err := x509.ParseOID(dotted)
		if err != nil {
			return ava{}, p.errorf(start, "the usual ones are CN, OU, O, L, ST, C and DC; others can be given by OID, as in 2.5.4.97=...",
				"unknown attribute %q", word)
		}
		if a, known = attributeByOID(oid.String()); !known {
			a = attribute{oid: oid.String(), name: oid.String()}
		}
	}
	oid, err := x509.ParseOID(a.oid)
	if err != nil {
		return ava{}, p.errorf(start, "", "unknown attribute %q", word)
	}
	p.skipBlanks()
	at := p.at
	if p.peek() == '#' && !p.slash {
		der, err := p.parseHexValue(a, known)
		return ava{oid, der}, err
	}
	text, err := p.parseText()
	if err != nil {
		return ava{}, err
	}
	der, err := p.encode(a, text, at)
	return ava{oid, der}, err
}

// parseHexValue reads the "#" form of RFC 4514 section 2.4.
func (p *dnParser) parseHexValue(a attribute, known bool) ([]byte, error) {
	start := p.at
	p.at++
	for !p.atEnd() {
		p.at++
	}
	digits := strings.TrimRight(p.input[start+1:p.at], " ")
	der, err := hex.DecodeString(digits)
	if err != nil {
		return nil, p.errorf(start, `write \# for a value that begins with #`, `"#" without hexadecimal digits`)
	}
	in := cryptobyte.String(der)
	var element cryptobyte.String
	var tag asn1.Tag
	if !in.ReadAnyASN1Element(&element, &tag) || !in.Empty() {
		return nil, p.errorf(start, `write \# for a value that begins with #`, "no DER value")
	}
	if known {
		text, ok := decodeString(element)
		if !ok {
			return nil, p.errorf(start, "", "%s that is no string", a.name)
		}
		if err := p.check(a, text, start); err != nil {
			return nil, err
		}
	}
	return der, nil
}

// parseText reads a value and takes its escapes and quotes away.
func (p *dnParser) parseText() (string, error) {
	start := p.at
	quoted := p.peek() == '"' && !p.slash
	if quoted {
		p.at++
	}
	var text []byte
	kept := 0 // trailing blanks after this many bytes are not part of the value
	for {
		switch c := p.peek(); {
		case quoted && p.done():
			return "", p.errorf(start, "", "quotation mark that is never closed")
		case quoted && c == '"':
			p.at++
			if p.skipBlanks(); !p.atEnd() {
				return "", p.errorf(p.at, "put the whole value in quotes, or none of it", "text behind a closing quotation mark")
			}
			return p.value(text, start)
		case !quoted && p.atEnd():
			return p.value(text[:kept], start)
		case !quoted && c == '"' && !p.slash:
			return "", p.errorf(p.at, `put the whole value in quotes, or write \"`, "quotation mark")
		case c == '\\':
			b, err := p.parseEscape()
			if err != nil {
				return "", err
			}
			text = append(text, b...)
			kept = len(text)
		default:
			text = append(text, c)
			if c != ' ' {
				kept = len(text)
			}
			p.at++
		}
	}
}

// value checks what escapes can bring into a value.
func (p *dnParser) value(text []byte, start int) (string, error) {
	if !utf8.Valid(text) {
		return "", p.errorf(start, `an escape \XX is one byte of UTF-8, as in \C3\A4`, "value that is not UTF-8")
	}
	return string(text), nil
}

// parseEscape reads a pair of RFC 4514 section 3. The specials are taken with
// the slash of openssl, and anything else that is no letter or digit.
func (p *dnParser) parseEscape() ([]byte, error) {
	rest := p.input[p.at+1:]
	if len(rest) >= 2 && isHex(rest[0]) && isHex(rest[1]) {
		p.at += 3
		return hex.DecodeString(rest[:2])
	}
	r, size := utf8.DecodeRuneInString(rest)
	if size == 0 || unicode.IsLetter(r) || unicode.IsDigit(r) {
		return nil, p.errorf(p.at, `write \\ for a backslash`, "backslash that escapes nothing")
	}
	p.at += 1 + size
	return []byte(rest[:size]), nil
}

// check holds a value to the limits and the characters of its attribute.
func (p *dnParser) check(a attribute, text string, at int) error {
	n := utf8.RuneCountInString(text)
	switch {
	case n == 0:
		return p.errorf(min(at, len(p.input)-1), "leave the attribute out", "empty %s", a.name)
	case strings.ContainsFunc(text, unicode.IsControl):
		return p.errorf(at, "", "control character in the %s", a.name)
	case a.max == 2 && (n != 2 || !only(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz")):
		return p.errorf(at, "write the two letters of ISO 3166, as in C=DE", "country %q", text)
	case a.max > 0 && n > a.max:
		return p.errorf(at, "", "%s of %d characters, %d are allowed,", a.name, n, a.max)
	case a.syntax == ia5String && strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }):
		return p.errorf(at, "write international hosts in their xn-- form", "%s that is not ASCII", a.name)
	case a.syntax == printableString && !isPrintable(text):
		return p.errorf(at, "letters, digits, blanks and '()+,-./:=? are allowed", "%s that is no PrintableString", a.name)
	}
	return nil
}

// encode turns a value into DER.
func (p *dnParser) encode(a attribute, text string, at int) ([]byte, error) {
	if err := p.check(a, text, at); err != nil {
		return nil, err
	}
	tag := asn1.UTF8String
	switch {
	case a.syntax == ia5String:
		tag = asn1.IA5String
	case isPrintable(text):
		tag = asn1.PrintableString
	}
	if a.max == 2 {
		text = strings.ToUpper(text)
	}
	var b cryptobyte.Builder
	b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes([]byte(text)) })
	return b.Bytes()
}

// isPrintable reports whether s fits a PrintableString (X.680 section 41.4).
func isPrintable(s string) bool {
	for _, r := range s {
		if !isAlphanumeric(r) && !strings.ContainsRune(" '()+,-./:=?", r) {
			return false
		}
	}
	return true
}
