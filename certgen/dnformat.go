package certgen

import (
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// FormatDN turns the DER of an RDNSequence into an RFC 4514 string, most
// specific part first. ParseDN reads it back.
//
// It takes whatever certificates hold. A value is "#" and hexadecimal digits
// where RFC 4514 section 2.4 asks for it, when its attribute has no keyword or
// it is no string, and also when it breaks the rules of its string type. What
// is no RDNSequence at all is one such value. Besides what must be escaped, so
// is everything that does not print, as bytes of UTF-8: a name cannot move the
// cursor or turn the direction of writing.
func FormatDN(raw []byte) string {
	in := cryptobyte.String(raw)
	var sequence cryptobyte.String
	if !in.ReadASN1(&sequence, asn1.SEQUENCE) || !in.Empty() {
		return hexValue(raw)
	}
	var rdns []string
	for !sequence.Empty() {
		rdn, ok := formatRDN(&sequence)
		if !ok {
			return hexValue(raw)
		}
		rdns = append(rdns, rdn)
	}
	slices.Reverse(rdns)
	return strings.Join(rdns, ",")
}

// NameAttributes are the attributes of a name in DER that are text, in their
// order, by their object identifiers. What breaks the encoding ends them.
func NameAttributes(raw []byte) iter.Seq2[x509.OID, string] {
	return func(yield func(x509.OID, string) bool) {
		in := cryptobyte.String(raw)
		var sequence, set, pair, oid cryptobyte.String
		if !in.ReadASN1(&sequence, asn1.SEQUENCE) {
			return
		}
		for sequence.ReadASN1(&set, asn1.SET) {
			for set.ReadASN1(&pair, asn1.SEQUENCE) && pair.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) {
				var id x509.OID
				text, ok := decodeString(pair)
				if ok && len(oid) <= maxOID && id.UnmarshalBinary(oid) == nil && !yield(id, text) {
					return
				}
			}
		}
	}
}

// maxOID bounds the bytes of an object identifier: making a decimal number of
// one component takes the square of its length.
const maxOID = 128

func hexValue(der []byte) string { return "#" + hex.EncodeToString(der) }

func formatRDN(in *cryptobyte.String) (string, bool) {
	var set cryptobyte.String
	if !in.ReadASN1(&set, asn1.SET) || set.Empty() {
		return "", false
	}
	var avas []string
	for !set.Empty() {
		var pair, oid, value cryptobyte.String
		var tag asn1.Tag
		if !set.ReadASN1(&pair, asn1.SEQUENCE) ||
			!pair.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) ||
			!pair.ReadAnyASN1Element(&value, &tag) ||
			!pair.Empty() {
			return "", false
		}
		var id x509.OID // asn1.ObjectIdentifier has no room for long components
		if err := id.UnmarshalBinary(oid); err != nil || len(oid) > maxOID {
			return "", false
		}
		avas = append(avas, formatAVA(id, value))
	}
	return strings.Join(avas, "+"), true
}

func formatAVA(oid x509.OID, value cryptobyte.String) string {
	a, known := attributeByOID(oid.String())
	if !known {
		return oid.String() + "=" + hexValue(value)
	}
	text, ok := decodeString(value)
	if !ok {
		return a.name + "=" + hexValue(value)
	}
	return a.name + "=" + escapeValue(text)
}

// escapeValue does RFC 4514 section 2.4.
func escapeValue(s string) string {
	var b strings.Builder
	for i, r := range s {
		size := utf8.RuneLen(r)
		switch {
		case strings.ContainsRune(`"+,;<>\`, r),
			i == 0 && (r == '#' || r == ' '),
			i+size == len(s) && r == ' ':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			for _, c := range []byte(s[i : i+size]) {
				b.WriteByte('\\')
				b.WriteString(strings.ToUpper(hex.EncodeToString([]byte{c})))
			}
		}
	}
	return b.String()
}

// The string types that cryptobyte/asn1 has no names for (X.680 section 8.4).
const (
	numericString   = asn1.Tag(18)
	visibleString   = asn1.Tag(26)
	universalString = asn1.Tag(28)
	bmpString       = asn1.Tag(30)
)

// decodeString decodes the DER element of a character string. It says no to
// other types and to bytes that the type does not allow.
func decodeString(element cryptobyte.String) (string, bool) {
	var tag asn1.Tag
	var b cryptobyte.String
	if !element.ReadAnyASN1(&b, &tag) {
		return "", false
	}
	switch tag {
	case asn1.UTF8String:
		return string(b), utf8.Valid(b)
	case asn1.PrintableString, asn1.IA5String, numericString, visibleString:
		// Certificates hold "*", "@" and "&" in PrintableStrings; only what is
		// not ASCII leaves open which character is meant.
		for _, c := range b {
			if c > unicode.MaxASCII {
				return "", false
			}
		}
		return string(b), true
	case asn1.T61String:
		// Writers put Latin-1 here, and readers take it so, whatever T.61 says.
		runes := make([]rune, len(b))
		for i, c := range b {
			runes[i] = rune(c)
		}
		return string(runes), true
	case bmpString:
		return decodeBMP(b)
	case universalString:
		return decodeUniversal(b)
	}
	return "", false
}

// decodeBMP takes surrogate pairs, too, which UCS-2 does not have but writers
// produce.
func decodeBMP(b []byte) (string, bool) {
	if len(b)%2 != 0 {
		return "", false
	}
	var runes []rune
	for ; len(b) > 0; b = b[2:] {
		r := rune(binary.BigEndian.Uint16(b))
		if utf16.IsSurrogate(r) {
			if len(b) < 4 {
				return "", false
			}
			b = b[2:]
			if r = utf16.DecodeRune(r, rune(binary.BigEndian.Uint16(b))); r == unicode.ReplacementChar {
				return "", false
			}
		}
		runes = append(runes, r)
	}
	return string(runes), true
}

func decodeUniversal(b []byte) (string, bool) {
	if len(b)%4 != 0 {
		return "", false
	}
	var runes []rune
	for ; len(b) > 0; b = b[4:] {
		u := binary.BigEndian.Uint32(b)
		if u > unicode.MaxRune || !utf8.ValidRune(rune(u)) {
			return "", false
		}
		runes = append(runes, rune(u))
	}
	return string(runes), true
}
