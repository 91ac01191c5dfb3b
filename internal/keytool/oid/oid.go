// Package oid reads object identifiers as Java does: the forms that it takes and
// what it says of others.
package oid

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"muxkey/internal/keytool/exception"
)

// maxSize is how many bytes an encoded identifier may have in the JDK.
const maxSize = 4096

// invalid begins what Java says of an identifier that is none.
const invalid = "ObjectIdentifier() -- "

// Parse reads numbers between dots. An error is an [exception.Exception] with
// Java's words.
func Parse(text string) (x509.OID, error) {
	if len(text) > 8*maxSize { // no identifier of maxSize has so many digits and dots
		return x509.OID{}, tooLong(maxSize + 1)
	}
	words := strings.Split(text, ".")
	arcs := make([]string, len(words))
	for i, word := range words {
		n, err := number(word)
		if err != nil {
			return x509.OID{}, err
		}
		switch {
		case i == 0 && (n.Sign() < 0 || n.Cmp(big.NewInt(2)) > 0):
			return x509.OID{}, exception.New(exception.IO, invalid+"First oid component is invalid ")
		case i == 1 && (n.Sign() < 0 || arcs[0] != "2" && n.Cmp(big.NewInt(39)) > 0):
			return x509.OID{}, exception.New(exception.IO, invalid+"Second oid component is invalid ")
		case n.Sign() < 0:
			return x509.OID{}, exception.New(exception.IO, fmt.Sprintf(invalid+"oid component #%d must be non-negative ", i+1))
		}
		arcs[i] = n.String()
	}
	if len(arcs) < 2 {
		return x509.OID{}, exception.New(exception.IO, invalid+"Must be at least two oid components ")
	}
	id, err := x509.ParseOID(strings.Join(arcs, "."))
	if err != nil {
		return x509.OID{}, exception.Wrap(exception.IO, invalid+err.Error(), err)
	}
	if n := len(Content(id)); n > maxSize {
		return x509.OID{}, tooLong(n)
	}
	return id, nil
}

// number reads one arc, a sign included.
func number(word string) (*big.Int, error) {
	n, ok := new(big.Int).SetString(word, 10)
	if !ok || strings.Contains(word, "_") {
		return nil, exception.New(exception.IO, invalid+"Invalid format: java.lang.NumberFormatException: "+notNumber(word))
	}
	return n, nil
}

// notNumber is what Java says of a word that is no number. It reads long ones in
// groups of nine digits, the first of which may be shorter, and names the first
// that is none.
func notNumber(word string) string {
	const group = 9
	chars := []rune(word)
	if len(chars) <= group {
		return `For input string: "` + word + `"`
	}
	if strings.LastIndexAny(word, "+-") > 0 {
		return "Illegal embedded sign character"
	}
	chars = []rune(strings.TrimLeft(strings.TrimLeft(word, "+-"), "0"))
	for n := (len(chars)-1)%group + 1; len(chars) > 0; n = group {
		part := string(chars[:n])
		if strings.Trim(part, "0123456789") != "" {
			return `For input string: "` + part + `"`
		}
		chars = chars[n:]
	}
	return `For input string: "` + word + `"`
}

func tooLong(n int) error {
	return exception.New(exception.IO, fmt.Sprintf("ObjectIdentifier encoded length exceeds the restriction in JDK (OId length(>=): %d, Restriction: %d)", n, maxSize))
}

// Arcs is Parse for identifiers whose arcs have 31 bits at most, as those of
// extensions.
func Arcs(text string) (asn1.ObjectIdentifier, error) {
	id, err := Parse(text)
	if err != nil {
		return nil, err
	}
	var arcs asn1.ObjectIdentifier
	for word := range strings.SplitSeq(id.String(), ".") {
		arc, err := strconv.ParseInt(word, 10, 32)
		if err != nil {
			return nil, exception.Wrap(exception.IO, invalid+"arc too large in "+text, err)
		}
		arcs = append(arcs, int(arc))
	}
	return arcs, nil
}

// Content is what the DER encoding of an identifier has behind tag and length.
func Content(id x509.OID) []byte {
	content, err := id.MarshalBinary()
	if err != nil { // it has no reason to fail
		return nil
	}
	return content
}

// Decode reads the content of a DER encoding.
func Decode(content []byte) (x509.OID, error) {
	if len(content) > maxSize {
		return x509.OID{}, tooLong(len(content))
	}
	if len(content) == 0 || content[len(content)-1]&0x80 != 0 {
		return x509.OID{}, exception.New(exception.IO, invalid+"Invalid DER encoding, not ended")
	}
	var id x509.OID
	if err := id.UnmarshalBinary(content); err != nil {
		return x509.OID{}, exception.Wrap(exception.IO, invalid+"Invalid DER encoding, useless extra octet detected", err)
	}
	return id, nil
}
