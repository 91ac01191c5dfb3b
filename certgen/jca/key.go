package jca

import (
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// A PublicKey is a key that may verify signatures.
type PublicKey struct {
	// Algorithm is what Java's Key.getAlgorithm says: "RSA", "RSASSA-PSS", "DSA",
	// "DH", "EC", "EdDSA", "XDH", "ML-DSA", "ML-KEM"; the OID in dots of an
	// algorithm that is unknown here.
	Algorithm string
	// Group is the curve or set of parameters, where the algorithm has several:
	// "secp256r1", "Ed25519", "ML-DSA-65"; the OID of a curve that is unknown here.
	Group string
	// Bits is the size as Java counts it, -1 where it counts none.
	Bits int
	// SPKI is the SubjectPublicKeyInfo in DER.
	SPKI []byte

	verify verifier // nil where nothing can be verified
	pss    *PSS     // what an RSASSA-PSS key is restricted to
	// subgroupBits is the size of DSA's q.
	subgroupBits int
}

// A PrivateKey is a key that may sign.
type PrivateKey struct {
	// Public belongs to it. Where it does not follow from the private key (a curve
	// without arithmetic here, an algorithm that is unknown), it has no SPKI.
	Public PublicKey
	// PKCS8 is the PrivateKeyInfo in DER.
	PKCS8 []byte

	sign signer // nil where nothing can be signed
}

// A verifier returns an error around ErrSignature for a signature that is wrong.
// The signature algorithm has been found to fit the key.
type verifier func(s Signature, message, signature []byte) error

// A signer signs. The signature algorithm has been found to fit the key.
type signer func(rand io.Reader, s Signature, message []byte) ([]byte, error)

// A family is what keys of one kind have in common.
type family struct {
	oid string
	// public and private read the inside of a key.
	public  func(id identifier, key []byte) (PublicKey, error)
	private func(id identifier, key []byte) (*PrivateKey, error)
}

func families() []family {
	all := []family{
		{oidRSA, publicRSA, privateRSA},
		{oidPSS, publicRSA, privateRSA},
		{oidDSA, publicDSA, privateDSA},
		{"1.3.14.3.2.12", publicDSA, privateDSA}, // the OID of OIW
		{oidDH, publicDH, privateDH},
		{oidEC, publicEC, privateEC},
	}
	for _, s := range sets() {
		all = append(all, family{s.oid, s.readPublic, s.readPrivate})
	}
	return all
}

func familyOf(oid string) (family, bool) {
	for _, f := range families() {
		if f.oid == oid {
			return f, true
		}
	}
	return family{}, false
}

// ParsePublicKey reads a SubjectPublicKeyInfo in DER. A key of an algorithm or a
// curve that is unknown here is none that can verify, and no error. The errors
// wrap ErrDamaged.
func ParsePublicKey(spki []byte) (PublicKey, error) {
	s := cryptobyte.String(spki)
	var inner cryptobyte.String
	var bits []byte
	if !s.ReadASN1(&inner, asn1.SEQUENCE) || !s.Empty() {
		return PublicKey{}, fmt.Errorf("public key: %w", ErrDamaged)
	}
	id, ok := readIdentifier(&inner)
	if !ok || !inner.ReadASN1BitStringAsBytes(&bits) || !inner.Empty() {
		return PublicKey{}, fmt.Errorf("public key: %w", ErrDamaged)
	}
	k := PublicKey{Algorithm: id.oid, Bits: -1}
	if f, ok := familyOf(id.oid); ok {
		var err error
		if k, err = f.public(id, bits); err != nil {
			return PublicKey{}, fmt.Errorf("public key: %w", err)
		}
	}
	k.SPKI = spki
	return k, nil
}

// ParsePrivateKey reads a PrivateKeyInfo (PKCS #8) in DER, in the forms that Java
// and OpenSSL write. A key of an algorithm or a curve that is unknown here is none
// that can sign, and no error. The errors wrap ErrDamaged.
func ParsePrivateKey(pkcs8 []byte) (*PrivateKey, error) {
	s := cryptobyte.String(pkcs8)
	var inner cryptobyte.String
	var version int
	if !s.ReadASN1(&inner, asn1.SEQUENCE) || !s.Empty() || !inner.ReadASN1Integer(&version) || version < 0 || version > 1 {
		return nil, fmt.Errorf("private key: %w", ErrDamaged)
	}
	id, ok := readIdentifier(&inner)
	var content cryptobyte.String
	if !ok || !inner.ReadASN1(&content, asn1.OCTET_STRING) {
		return nil, fmt.Errorf("private key: %w", ErrDamaged)
	}
	k := &PrivateKey{Public: PublicKey{Algorithm: id.oid, Bits: -1}}
	if f, ok := familyOf(id.oid); ok {
		var err error
		if k, err = f.private(id, content); err != nil {
			return nil, fmt.Errorf("private key: %w", err)
		}
	}
	k.PKCS8 = pkcs8
	return k, nil
}

// spkiOf encodes a SubjectPublicKeyInfo.
func spkiOf(id identifier, key []byte) []byte {
	return sequence(func(b *cryptobyte.Builder) {
		id.add(b)
		b.AddASN1BitString(key)
	})
}

// pkcs8Of encodes a PrivateKeyInfo of version 0, which has no attributes and no
// public key.
func pkcs8Of(id identifier, key []byte) []byte {
	return sequence(func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		id.add(b)
		b.AddASN1OctetString(key)
	})
}

// Sign signs a message. What does not fit gives the errors of Signature.For.
func (k *PrivateKey) Sign(rand io.Reader, s Signature, message []byte) ([]byte, error) {
	s, err := s.For(k.Public)
	if err != nil {
		return nil, err
	}
	if k.sign == nil {
		return nil, fmt.Errorf("%s: %w", k.Public.describe(), ErrCurve)
	}
	return k.sign(rand, s, message)
}

// Verify tells whether a signature of a message is by the key. A wrong one gives
// ErrSignature; what does not fit, the errors of Signature.For.
func (k PublicKey) Verify(s Signature, message, signature []byte) error {
	s, err := s.For(k)
	if err != nil {
		return err
	}
	if k.verify == nil {
		return fmt.Errorf("%s: %w", k.describe(), ErrCurve)
	}
	return k.verify(s, message, signature)
}

// describe names the key for errors.
func (k PublicKey) describe() string {
	if k.Group != "" {
		return k.Algorithm + " " + k.Group
	}
	return k.Algorithm
}
