// Package dname reads and prints distinguished names as Java's X500Name does: the
// grammar of -dname, the form behind "Owner:", those of RFC 2253 and RFC 1779, and
// the comparison of two names.
//
// A [Name] keeps its attributes as they were written; [Name.DER] puts those of one
// RDN in the order that DER wants.
package dname

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/oid"
)

// Name is a distinguished name, in the order of its encoding: the last RDN is the
// one that is printed first.
type Name []RDN

// RDN has the attributes of one relative name, in the order of what was read.
type RDN []Attribute

// Attribute is one attribute of an RDN.
type Attribute struct {
	Type x509.OID
	// Value is the encoded value with tag and length.
	Value []byte
}

// Decode reads an encoded Name. An error is an [exception.Exception].
func Decode(der []byte) (Name, error) {
	var rdns cryptobyte.String
	input := cryptobyte.String(der)
	switch {
	case !input.ReadASN1(&rdns, asn1.SEQUENCE):
		return nil, exception.New(exception.IO, "Sequence tag error")
	case !input.Empty():
		return nil, exception.New(exception.IO, "extra data at the end")
	}
	name := Name{}
	for !rdns.Empty() {
		var attributes cryptobyte.String
		var tag asn1.Tag
		switch {
		case !rdns.ReadAnyASN1(&attributes, &tag):
			return nil, exception.New(exception.IO, "Too short")
		case tag != asn1.SET:
			return nil, exception.New(exception.IO, "X500 RDN")
		}
		rdn := RDN{}
		for !attributes.Empty() {
			a, err := attribute(&attributes)
			if err != nil {
				return nil, err
			}
			rdn = append(rdn, a)
		}
		name = append(name, rdn)
	}
	return name, nil
}

// attribute takes the next attribute.
func attribute(input *cryptobyte.String) (Attribute, error) {
	var pair, id, value cryptobyte.String
	var tag asn1.Tag
	switch {
	case !input.ReadAnyASN1(&pair, &tag):
		return Attribute{}, exception.New(exception.IO, "Too short")
	case tag != asn1.SEQUENCE:
		return Attribute{}, exception.New(exception.IO, "AVA not a sequence")
	case !pair.ReadAnyASN1(&id, &tag):
		return Attribute{}, exception.New(exception.IO, "Too short")
	case tag != asn1.OBJECT_IDENTIFIER:
		return Attribute{}, exception.New(exception.IO, fmt.Sprintf("DerValue.getOID, not an OID %d", tag))
	}
	kind, err := oid.Decode(id)
	switch {
	case err != nil:
		return Attribute{}, err
	case !pair.ReadAnyASN1Element(&value, &tag):
		return Attribute{}, exception.New(exception.IO, "Too short")
	case !pair.Empty():
		return Attribute{}, exception.New(exception.IO, fmt.Sprintf("AVA, extra bytes = %d", len(pair)))
	}
	return Attribute{Type: kind, Value: bytes.Clone(value)}, nil
}

// DER encodes the name.
func (n Name) DER() []byte {
	var sets []byte
	for _, rdn := range n {
		pairs := make([][]byte, len(rdn))
		for i, a := range rdn {
			pairs[i] = element(asn1.SEQUENCE, append(element(asn1.OBJECT_IDENTIFIER, oid.Content(a.Type)), a.Value...))
		}
		slices.SortFunc(pairs, bytes.Compare) // X.690, 11.6
		sets = append(sets, element(asn1.SET, bytes.Join(pairs, nil))...)
	}
	return element(asn1.SEQUENCE, sets)
}

// element is one TLV.
func element(tag asn1.Tag, content []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(content) })
	return b.BytesOrPanic() // it fails on tags above 30 alone
}

// Plain is an RDN of one attribute, by its keyword, with a value that is taken as it
// stands.
func Plain(keyword, value string) (RDN, error) {
	kind, err := attributeType(keyword)
	if err != nil {
		return nil, err
	}
	tag := asn1.UTF8String
	if !strings.ContainsFunc(value, func(r rune) bool { return !isPrintable(r) }) {
		tag = asn1.PrintableString
	}
	return RDN{{Type: kind, Value: element(tag, []byte(value))}}, nil
}
