package jca

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// A curve is one that there is arithmetic for: those that Java has made keys for
// since 16, and P-224, which there are old certificates with.
type curve struct {
	name    string // of SEC 2
	oid     string
	aliases []string
	curve   elliptic.Curve
	java    bool // Java makes such keys
}

func curves() []curve {
	return []curve{
		{"secp384r1", "1.3.132.0.34", []string{"NIST P-384"}, elliptic.P384(), true},
		{"secp256r1", "1.2.840.10045.3.1.7", []string{"NIST P-256", "X9.62 prime256v1", "prime256v1"}, elliptic.P256(), true},
		{"secp521r1", "1.3.132.0.35", []string{"NIST P-521"}, elliptic.P521(), true},
		{"secp224r1", "1.3.132.0.33", []string{"NIST P-224"}, elliptic.P224(), false},
	}
}

// wanted finds the curve that parameters ask for.
func wanted(p Parameters) (curve, error) {
	for _, c := range curves() {
		switch {
		case !c.java:
		case p.Group == "" && p.Bits == 0, p.Group == "" && p.Bits == c.curve.Params().BitSize:
			return c, nil
		case p.Group != "" && (named(p.Group, c.name, c.aliases) || p.Group == c.oid):
			return c, nil
		}
	}
	if p.Group == "" {
		return curve{}, &SizeError{"EC", p.Bits}
	}
	return curve{}, fmt.Errorf("curve %q: %w", p.Group, ErrCurve)
}

func groupsEC(p Parameters) error {
	_, err := wanted(p)
	return err
}

func generateEC(_ context.Context, rand io.Reader, p Parameters) (*PrivateKey, error) {
	c, err := wanted(p)
	if err != nil {
		return nil, err
	}
	// FIPS 186-5 A.2.2: draws until one is in range. P-521, whose order is one bit
	// over 65 bytes, loses half of them; a source that fails this often is broken.
	scalar := make([]byte, (c.curve.Params().BitSize+7)/8)
	for range 64 {
		if _, err := io.ReadFull(rand, scalar); err != nil {
			return nil, fmt.Errorf("generating EC key: %w", err)
		}
		scalar[0] &= 0xff >> (8*len(scalar) - c.curve.Params().BitSize)
		if key, err := ecdsa.ParseRawPrivateKey(c.curve, scalar); err == nil {
			k, err := newEC(c, key)
			if err != nil {
				return nil, err
			}
			k.PKCS8 = pkcs8Of(c.identifier(), ecPrivate(scalar))
			return k, nil
		}
	}
	return nil, errors.New("the random source is broken: no draw is in the range of the curve")
}

func (c curve) identifier() identifier { return identifier{oidEC, oidDER(c.oid)} }

// ecPrivate is an ECPrivateKey (RFC 5915) as Java writes it: the scalar alone.
func ecPrivate(scalar []byte) []byte {
	return sequence(func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1OctetString(scalar)
	})
}

func newEC(c curve, key *ecdsa.PrivateKey) (*PrivateKey, error) {
	point, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	public := newPublicEC(c, &key.PublicKey)
	public.SPKI = spkiOf(c.identifier(), point)
	return &PrivateKey{Public: public, sign: func(rand io.Reader, s Signature, message []byte) ([]byte, error) {
		return ecdsa.SignASN1(rand, key, s.digest.sum(message))
	}}, nil
}

func newPublicEC(c curve, key *ecdsa.PublicKey) PublicKey {
	return PublicKey{
		Algorithm: "EC", Group: c.name, Bits: c.curve.Params().BitSize,
		verify: func(s Signature, message, signature []byte) error {
			if !ecdsa.VerifyASN1(key, s.digest.sum(message), signature) {
				return ErrSignature
			}
			return nil
		},
	}
}

// curveOf reads the parameters of an EC key. ok is false for a curve that there is
// no arithmetic for; name is its OID.
func curveOf(id identifier) (c curve, name string, ok bool, err error) {
	s := cryptobyte.String(id.parameters)
	if s.PeekASN1Tag(asn1.SEQUENCE) {
		return c, "", false, nil // explicit parameters
	}
	oid, ok := readOID(&s)
	if !ok || !s.Empty() {
		return c, "", false, fmt.Errorf("%w: an EC key without its curve", ErrDamaged)
	}
	for _, c := range curves() {
		if c.oid == oid {
			return c, c.name, true, nil
		}
	}
	return c, oid, false, nil
}

func publicEC(id identifier, key []byte) (PublicKey, error) {
	c, name, ok, err := curveOf(id)
	if err != nil {
		return PublicKey{}, err
	}
	if !ok {
		return PublicKey{Algorithm: "EC", Group: name, Bits: -1}, nil
	}
	parsed, err := ecdsa.ParseUncompressedPublicKey(c.curve, key)
	if err != nil {
		return PublicKey{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return newPublicEC(c, parsed), nil
}

func privateEC(id identifier, key []byte) (*PrivateKey, error) {
	c, name, ok, err := curveOf(id)
	if err != nil {
		return nil, err
	}
	s := cryptobyte.String(key)
	var inner cryptobyte.String
	var version int
	var scalar []byte
	if !s.ReadASN1(&inner, asn1.SEQUENCE) || !inner.ReadASN1Integer(&version) || version != 1 ||
		!inner.ReadASN1Bytes(&scalar, asn1.OCTET_STRING) {
		return nil, ErrDamaged
	}
	if !ok {
		return &PrivateKey{Public: PublicKey{Algorithm: "EC", Group: name, Bits: -1}}, nil
	}
	// Java 7 and 8 wrote the scalar without its leading zeros.
	size := (c.curve.Params().BitSize + 7) / 8
	if trimmed := strings.TrimLeft(string(scalar), "\x00"); len(trimmed) <= size {
		scalar = make([]byte, size)
		copy(scalar[size-len(trimmed):], trimmed)
	}
	parsed, err := ecdsa.ParseRawPrivateKey(c.curve, scalar)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return newEC(c, parsed)
}
