package jca

import (
	"crypto/x509"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// addOID writes an OID that is given in dots. What the tables of this package
// have is well-formed; a caller's own is checked by the builder.
func addOID(b *cryptobyte.Builder, dotted string) {
	oid, err := x509.ParseOID(dotted)
	if err != nil {
		b.SetError(fmt.Errorf("OID %q: %w", dotted, err))
		return
	}
	content, err := oid.MarshalBinary()
	if err != nil {
		b.SetError(err)
		return
	}
	b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(content) })
}

// readOID reads an OID of any length, in dots.
func readOID(s *cryptobyte.String) (string, bool) {
	var content cryptobyte.String
	var oid x509.OID
	if !s.ReadASN1(&content, asn1.OBJECT_IDENTIFIER) || oid.UnmarshalBinary(content) != nil {
		return "", false
	}
	return oid.String(), true
}

// An identifier is an AlgorithmIdentifier (RFC 5280 section 4.1.1.2).
type identifier struct {
	oid        string
	parameters []byte // in DER; nil where there are none
}

func (i identifier) add(b *cryptobyte.Builder) {
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		addOID(b, i.oid)
		b.AddBytes(i.parameters)
	})
}

func (i identifier) der() []byte {
	var b cryptobyte.Builder
	i.add(&b)
	return b.BytesOrPanic() // the OID is one of ours
}

func readIdentifier(s *cryptobyte.String) (identifier, bool) {
	var content cryptobyte.String
	if !s.ReadASN1(&content, asn1.SEQUENCE) {
		return identifier{}, false
	}
	oid, ok := readOID(&content)
	if !ok {
		return identifier{}, false
	}
	if content.Empty() {
		return identifier{oid: oid}, true
	}
	var parameters cryptobyte.String
	var tag asn1.Tag
	if !content.ReadAnyASN1Element(&parameters, &tag) || !content.Empty() {
		return identifier{}, false
	}
	return identifier{oid, parameters}, true
}

// null is the NULL that RSA has for parameters.
func null() []byte { return []byte{5, 0} }

func oidDER(dotted string) []byte {
	var b cryptobyte.Builder
	addOID(&b, dotted)
	return b.BytesOrPanic() // the OID is one of ours
}

func octets(content []byte) []byte { return tagged(asn1.OCTET_STRING, content) }

func tagged(tag asn1.Tag, content []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(content) })
	return b.BytesOrPanic() // bytes always fit
}

func sequence(f func(*cryptobyte.Builder)) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, f)
	return b.BytesOrPanic() // integers and bytes always fit
}

// maxIntegerBits bounds the numbers of a key, so that a hostile one cannot keep
// the processor busy: Java makes RSA keys of up to 16384 bits in practice.
const maxIntegerBits = 16384

// readPositive reads an INTEGER above zero.
func readPositive(s *cryptobyte.String) (*big.Int, bool) {
	n := new(big.Int)
	ok := s.ReadASN1Integer(n) && n.Sign() > 0 && n.BitLen() <= maxIntegerBits
	return n, ok
}
