package jca

import (
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// A Certificate is what a certificate of version 3 says. Nothing of it is judged,
// and nothing is added.
type Certificate struct {
	// Serial may be negative, or zero.
	Serial *big.Int
	// Issuer and Subject are Names in DER, as they are to stand there.
	Issuer, Subject []byte
	// NotBefore and NotAfter are written in UTC and whole seconds: as UTCTime up to
	// 2049, then as GeneralizedTime, and not beyond the year 9999.
	NotBefore, NotAfter time.Time
	// SPKI is the public key.
	SPKI []byte
	// Extensions stand in this order. Without any there is no field for them.
	Extensions []pkix.Extension
}

// Sign signs the certificate and returns its DER. The errors are those of
// Signature.For, or of what cannot be encoded.
func (c Certificate) Sign(rand io.Reader, key *PrivateKey, s Signature) ([]byte, error) {
	return signed(rand, key, s, func(b *cryptobyte.Builder, algorithm []byte) {
		b.AddASN1(asn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { b.AddASN1Int64(2) })
		b.AddASN1BigInt(c.Serial)
		b.AddBytes(algorithm)
		b.AddBytes(c.Issuer)
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addTime(b, c.NotBefore)
			addTime(b, c.NotAfter)
		})
		b.AddBytes(c.Subject)
		b.AddBytes(c.SPKI)
		addExtensions(b, asn1.Tag(3).ContextSpecific().Constructed(), c.Extensions)
	})
}

// A Request is what a PKCS #10 request says (RFC 2986).
type Request struct {
	// Subject is a Name in DER.
	Subject []byte
	// SPKI is the public key.
	SPKI []byte
	// Extensions are asked for by an extensionRequest, the one attribute that there
	// is. Without any there is none.
	Extensions []pkix.Extension
}

// oidExtensionRequest is the attribute of PKCS #9 (RFC 2985 section 5.4.2).
const oidExtensionRequest = "1.2.840.113549.1.9.14"

// Sign signs the request, with the key that it is for, and returns its DER. The
// errors are those of Signature.For, or of what cannot be encoded.
func (r Request) Sign(rand io.Reader, key *PrivateKey, s Signature) ([]byte, error) {
	return signed(rand, key, s, func(b *cryptobyte.Builder, _ []byte) {
		b.AddASN1Int64(0)
		b.AddBytes(r.Subject)
		b.AddBytes(r.SPKI)
		b.AddASN1(asn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
			if len(r.Extensions) == 0 {
				return
			}
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				addOID(b, oidExtensionRequest)
				addExtensions(b, asn1.SET, r.Extensions)
			})
		})
	})
}

// A Revoked is an entry of a revocation list.
type Revoked struct {
	Serial *big.Int
	Time   time.Time
	// Extensions stand in this order. Without any there is no field for them.
	Extensions []pkix.Extension
}

// A CRL is what a revocation list says. It is one of version 2 where there are
// extensions, and of version 1, which leaves the field for it out, where there are
// none.
type CRL struct {
	// Issuer is a Name in DER.
	Issuer []byte
	// ThisUpdate and NextUpdate are written as the dates of certificates.
	ThisUpdate, NextUpdate time.Time
	// Revoked and Extensions stand in this order. Without any there is no field for
	// them.
	Revoked    []Revoked
	Extensions []pkix.Extension
}

// Sign signs the list and returns its DER. The errors are those of Signature.For,
// or of what cannot be encoded.
func (c CRL) Sign(rand io.Reader, key *PrivateKey, s Signature) ([]byte, error) {
	return signed(rand, key, s, func(b *cryptobyte.Builder, algorithm []byte) {
		if c.extended() {
			b.AddASN1Int64(1)
		}
		b.AddBytes(algorithm)
		b.AddBytes(c.Issuer)
		addTime(b, c.ThisUpdate)
		addTime(b, c.NextUpdate)
		if len(c.Revoked) > 0 {
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				for _, r := range c.Revoked {
					b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1BigInt(r.Serial)
						addTime(b, r.Time)
						addExtensionList(b, r.Extensions)
					})
				}
			})
		}
		addExtensions(b, asn1.Tag(0).ContextSpecific().Constructed(), c.Extensions)
	})
}

// extended tells whether there are extensions anywhere.
func (c CRL) extended() bool {
	return len(c.Extensions) > 0 || slices.ContainsFunc(c.Revoked, func(r Revoked) bool { return len(r.Extensions) > 0 })
}

// signed makes what all of them have: a SEQUENCE of content, the algorithm and the
// signature. The content is given the algorithm, which certificates repeat inside.
func signed(rand io.Reader, key *PrivateKey, s Signature, content func(b *cryptobyte.Builder, algorithm []byte)) ([]byte, error) {
	s, err := s.For(key.Public)
	if err != nil {
		return nil, err
	}
	algorithm := s.Identifier()
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { content(b, algorithm) })
	body, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("what is to be signed: %w", err)
	}
	signature, err := key.Sign(rand, s, body)
	if err != nil {
		return nil, err
	}
	return sequence(func(b *cryptobyte.Builder) {
		b.AddBytes(body)
		b.AddBytes(algorithm)
		b.AddASN1BitString(signature)
	}), nil
}

// addTime writes a Time (RFC 5280 section 4.1.2.5). The builder refuses a year
// that has no four digits.
func addTime(b *cryptobyte.Builder, t time.Time) {
	t = t.UTC()
	if y := t.Year(); y >= 1950 && y < 2050 {
		b.AddASN1UTCTime(t)
		return
	}
	b.AddASN1GeneralizedTime(t)
}

// addExtensions writes a list of extensions in a field of their own.
func addExtensions(b *cryptobyte.Builder, tag asn1.Tag, extensions []pkix.Extension) {
	if len(extensions) == 0 {
		return
	}
	b.AddASN1(tag, func(b *cryptobyte.Builder) { addExtensionList(b, extensions) })
}

func addExtensionList(b *cryptobyte.Builder, extensions []pkix.Extension) {
	if len(extensions) == 0 {
		return
	}
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, e := range extensions {
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(e.Id)
				if e.Critical {
					b.AddASN1Boolean(true)
				}
				b.AddASN1OctetString(e.Value)
			})
		}
	})
}

// Verify tells whether a certificate, request or revocation list in DER is signed
// by a key. It looks at the outer frame alone. A wrong signature gives
// ErrSignature; ErrDamaged, ErrSignatureAlgorithm and the errors of Signature.For
// mean that nothing can be said.
func Verify(der []byte, key PublicKey) error {
	s := cryptobyte.String(der)
	var inner, body, algorithm cryptobyte.String
	var signature []byte
	if !s.ReadASN1(&inner, asn1.SEQUENCE) || !inner.ReadASN1Element(&body, asn1.SEQUENCE) ||
		!inner.ReadASN1Element(&algorithm, asn1.SEQUENCE) || !inner.ReadASN1BitStringAsBytes(&signature) || !inner.Empty() {
		return ErrDamaged
	}
	a, err := SignatureOf(algorithm)
	if err != nil {
		return err
	}
	return key.Verify(a, body, signature)
}
