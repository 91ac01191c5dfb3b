package target

import (
	"bytes"
	"crypto/md5"  //nolint:gosec // the names of files, not protection
	"crypto/sha1" //nolint:gosec // as above
	"encoding/binary"
	"errors"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// subjectHash is the hash under which OpenSSL 1.0.0 and later look for the
// certificate of a name, "openssl x509 -subject_hash": the first four octets,
// little-endian, of the SHA-1 of the canonical name (X509_NAME_hash_ex in
// crypto/x509/x509_cmp.c). name is DER. Names that OpenSSL refuses hash as they
// stand; opensslRefuses keeps them out.
func subjectHash(name []byte) uint32 {
	canonical, err := canonicalName(name)
	if err != nil {
		canonical = name
	}
	sum := sha1.Sum(canonical) //nolint:gosec // the name of a file
	return binary.LittleEndian.Uint32(sum[:])
}

// subjectHashOld is that of OpenSSL before 1.0.0, and of Android: the MD5 of the
// name as it stands.
func subjectHashOld(name []byte) uint32 {
	sum := md5.Sum(name) //nolint:gosec // the name of a file
	return binary.LittleEndian.Uint32(sum[:])
}

var errName = errors.New("the name is not well-formed")

// canonicalName is the form in which OpenSSL compares names (x509_name_canon in
// crypto/x509/x_name.c): the RDNs one after another without the sequence around
// them, each string in UTF-8, lower case, with single blanks.
func canonicalName(der []byte) ([]byte, error) {
	in, name := cryptobyte.String(der), cryptobyte.String(nil)
	if !in.ReadASN1(&name, asn1.SEQUENCE) || !in.Empty() {
		return nil, errName
	}
	var out cryptobyte.Builder
	for !name.Empty() {
		var rdn cryptobyte.String
		if !name.ReadASN1(&rdn, asn1.SET) {
			return nil, errName
		}
		attributes, err := canonicalRDN(rdn)
		if err != nil {
			return nil, err
		}
		out.AddASN1(asn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(attributes, nil)) })
	}
	return out.Bytes()
}

// canonicalRDN are the attributes in the order of DER, which those of the
// certificate need not have, nor have after they have changed.
func canonicalRDN(rdn cryptobyte.String) ([][]byte, error) {
	var out [][]byte
	for !rdn.Empty() {
		var attribute, id, value cryptobyte.String
		var tag asn1.Tag
		if !rdn.ReadASN1(&attribute, asn1.SEQUENCE) || !attribute.ReadASN1Element(&id, asn1.OBJECT_IDENTIFIER) ||
			!attribute.ReadAnyASN1(&value, &tag) || !attribute.Empty() {
			return nil, errName
		}
		text, isText, err := toUTF8(tag, value)
		if err != nil {
			return nil, err
		}
		if isText {
			tag, value = asn1.UTF8String, foldText(text)
		}
		var b cryptobyte.Builder
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(id)
			b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(value) })
		})
		der, err := b.Bytes()
		if err != nil {
			return nil, err
		}
		out = append(out, der)
	}
	slices.SortFunc(out, bytes.Compare)
	return out, nil
}

// Strings of X.680 table 8 for which cryptobyte has no name.
const (
	numericString   = asn1.Tag(18)
	universalString = asn1.Tag(28)
	bmpString       = asn1.Tag(30)
)

// toUTF8 turns a string of the types that ASN1_MASK_CANON lists, and that OpenSSL
// takes in names, into UTF-8. What has one octet a character is read as Latin-1.
func toUTF8(tag asn1.Tag, value []byte) (text []byte, isText bool, err error) {
	switch tag {
	case asn1.UTF8String:
		if !utf8.Valid(value) {
			return nil, false, errName
		}
		return value, true, nil
	case asn1.PrintableString, asn1.T61String, asn1.IA5String:
		for _, c := range value {
			text = utf8.AppendRune(text, rune(c))
		}
		return text, true, nil
	case bmpString:
		if len(value)%2 != 0 {
			return nil, false, errName
		}
		for ; len(value) > 0; value = value[2:] {
			r := rune(binary.BigEndian.Uint16(value))
			if utf16.IsSurrogate(r) {
				return nil, false, errName
			}
			text = utf8.AppendRune(text, r)
		}
		return text, true, nil
	case universalString:
		if len(value)%4 != 0 {
			return nil, false, errName
		}
		for ; len(value) > 0; value = value[4:] {
			r := binary.BigEndian.Uint32(value)
			if r > utf8.MaxRune || !utf8.ValidRune(rune(r)) {
				return nil, false, errName
			}
			text = utf8.AppendRune(text, rune(r))
		}
		return text, true, nil
	}
	switch tag { // of the rest, those that OpenSSL takes in names: B_ASN1_PRINTABLE
	case asn1.BIT_STRING, asn1.SEQUENCE, numericString:
		return value, false, nil
	}
	return nil, false, errName
}

// foldText trims blanks, makes one of several, and lowers ASCII letters alone.
func foldText(text []byte) []byte {
	words := bytes.FieldsFunc(text, func(r rune) bool { return r == ' ' || '\t' <= r && r <= '\r' })
	text = bytes.Join(words, []byte{' '})
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			text[i] = c + 'a' - 'A'
		}
	}
	return text
}
