package pkcs12x

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidRSAPSS  = below(rsadsi, 1, 1, 10)
	oidDSA     = asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}
	oidEd25519 = asn1.ObjectIdentifier{1, 3, 101, 112}
	oidEC      = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
)

// maxParsedKey bounds what is handed to the number theory of crypto/rsa: a
// PKCS#8 RSA key of 16,384 bits takes 9,300 octets.
const maxParsedKey = 10_000

// ParsePrivateKey reads a PrivateKeyInfo in DER. Keys of algorithms that Go
// does not know come back with Private nil and Err set; it fails, with
// ErrDamaged, only when der is no PrivateKeyInfo.
func ParsePrivateKey(der []byte) (*Key, error) {
	k := &Key{}
	if err := k.open(der, nil); err != nil {
		return nil, err
	}
	return k, nil
}

// open fills in what the PrivateKeyInfo says. With refused set the key is only
// carried, because looking into it would cost too much.
func (k *Key) open(der []byte, refused error) error {
	a, body, _, err := privateKeyInfo(der)
	if err != nil {
		return err
	}
	k.PKCS8, k.Algorithm, k.Parameters, k.Err = der, a.id, a.params, refused
	if !k.secret && refused == nil {
		k.parse(a, body)
	}
	return nil
}

// parse lets crypto/x509 look at the key.
func (k *Key) parse(a algorithm, body []byte) {
	switch {
	case len(k.PKCS8) > maxParsedKey:
		k.Err = fmt.Errorf("%w: a key of %d octets is not looked into", ErrUnsupported, len(k.PKCS8))
	case a.id.Equal(oidRSAPSS): // crypto/x509 knows only the plain identifier
		key, err := x509.ParsePKCS1PrivateKey(body)
		k.parsed(key, err)
	default:
		key, err := x509.ParsePKCS8PrivateKey(k.PKCS8)
		k.parsed(key, err)
	}
}

// parsed keeps what crypto/x509 said of the key; what it refuses is opaque.
func (k *Key) parsed(key any, err error) {
	if err != nil {
		k.Err = fmt.Errorf("%w: a key of algorithm %s (%w)", ErrUnsupported, k.Algorithm, err)
		return
	}
	k.Private = key
}

// privateKeyInfo takes a PrivateKeyInfo apart (RFC 5958 section 2). point is
// the public key of version 2, without the octet of unused bits.
func privateKeyInfo(der []byte) (a algorithm, body, point []byte, err error) {
	broken := fmt.Errorf("%w: a private key that is no PrivateKeyInfo", ErrDamaged)
	in := cryptobyte.String(der)
	var outer, key, public cryptobyte.String
	var version int
	if !in.ReadASN1(&outer, cbasn1.SEQUENCE) || !outer.ReadASN1Integer(&version) {
		return a, nil, nil, broken
	}
	a, ok := readAlgorithm(&outer)
	if !ok || !outer.ReadASN1(&key, cbasn1.OCTET_STRING) {
		return a, nil, nil, broken
	}
	outer.SkipOptionalASN1(cbasn1.Tag(0).ContextSpecific().Constructed())
	if outer.ReadASN1(&public, cbasn1.Tag(1).ContextSpecific()) && len(public) > 0 {
		point = public[1:]
	}
	return a, key, point, nil
}

// Secret returns the raw octets of a secret key.
func (k *Key) Secret() ([]byte, error) {
	if k.PKCS8 == nil {
		return nil, errors.Join(ErrLocked, k.Err)
	}
	_, body, _, err := privateKeyInfo(k.PKCS8)
	return body, err
}

// Signer returns the private key for signing, or nil.
func (k *Key) Signer() crypto.Signer {
	s, _ := k.Private.(crypto.Signer)
	return s
}

// Public returns the public key that belongs to Private, or nil.
func (k *Key) Public() crypto.PublicKey {
	switch p := k.Private.(type) {
	case *rsa.PrivateKey:
		return p.Public()
	case *ecdsa.PrivateKey:
		return p.Public()
	case ed25519.PrivateKey:
		return p.Public()
	case *ecdh.PrivateKey:
		return p.Public()
	}
	return nil
}

// Matches tells whether k is the private half of the key in c. known is false
// when that cannot be said: the key is locked, or its algorithm gives no way to
// find the public half.
func (k *Key) Matches(c *Certificate) (match, known bool) {
	want, ok := publicBits(c.RawSPKI)
	have, known := k.publicBits()
	if !ok || !known {
		return false, false
	}
	return bytes.Equal(have, want), true
}

// publicBits returns the public half as it stands in a SubjectPublicKeyInfo,
// without the algorithm: those of RSA and RSASSA-PSS may differ between key and
// certificate.
func (k *Key) publicBits() ([]byte, bool) {
	if k.PKCS8 == nil {
		return nil, false
	}
	switch p := k.Private.(type) {
	case *rsa.PrivateKey:
		return x509.MarshalPKCS1PublicKey(&p.PublicKey), true
	case *ecdsa.PrivateKey, ed25519.PrivateKey, *ecdh.PrivateKey:
		der, err := x509.MarshalPKIXPublicKey(k.Public())
		if err != nil {
			return nil, false
		}
		return publicBits(der)
	}
	a, body, point, err := privateKeyInfo(k.PKCS8)
	if err != nil {
		return nil, false
	}
	switch {
	case a.id.Equal(oidDSA):
		return publicDSA(a.params, body)
	case a.id.Equal(oidEC):
		point = pointInECKey(body)
	}
	return point, len(point) > 0
}

// publicBits returns the subjectPublicKey of a SubjectPublicKeyInfo.
func publicBits(spki []byte) ([]byte, bool) {
	in := cryptobyte.String(spki)
	var body cryptobyte.String
	var key []byte
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.SkipASN1(cbasn1.SEQUENCE) || !body.ReadASN1BitStringAsBytes(&key) {
		return nil, false
	}
	return key, true
}

// pointInECKey returns the public point that most writers put into
// ECPrivateKey (RFC 5915), which serves for curves Go does not know.
func pointInECKey(der []byte) []byte {
	in := cryptobyte.String(der)
	var body, public cryptobyte.String
	var point []byte
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.SkipASN1(cbasn1.INTEGER) || !body.SkipASN1(cbasn1.OCTET_STRING) ||
		!body.SkipOptionalASN1(cbasn1.Tag(0).ContextSpecific().Constructed()) ||
		!body.ReadASN1(&public, cbasn1.Tag(1).ContextSpecific().Constructed()) || !public.ReadASN1BitStringAsBytes(&point) {
		return nil
	}
	return point
}

// publicDSA computes y = g^x mod p. Moduli over 8,192 bits are left alone.
func publicDSA(params, x []byte) ([]byte, bool) {
	in, key := cryptobyte.String(params), cryptobyte.String(x)
	var body cryptobyte.String
	p, q, g, secret := new(big.Int), new(big.Int), new(big.Int), new(big.Int)
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1Integer(p) || !body.ReadASN1Integer(q) || !body.ReadASN1Integer(g) ||
		!key.ReadASN1Integer(secret) {
		return nil, false
	}
	if p.Sign() <= 0 || p.BitLen() > 8192 || secret.Sign() <= 0 || secret.BitLen() > 8192 {
		return nil, false
	}
	var b cryptobyte.Builder
	b.AddASN1BigInt(new(big.Int).Exp(g, secret, p))
	y, err := b.Bytes()
	return y, err == nil
}

// NewShroudedKey wraps an EncryptedPrivateKeyInfo in DER that stood outside a
// store, such as in a PEM file. It is nil when epki is none.
func NewShroudedKey(epki []byte, attributes []Attribute, l Limits) *Key {
	return shroudedKey(bag{attributes: attributes}, epki, l)
}

// UnshroudKey opens an EncryptedPrivateKeyInfo that stood outside a store.
// Errors: ErrPassword, ErrUnsupported, ErrDamaged, *LimitError.
func UnshroudKey(ctx context.Context, epki []byte, password string, l Limits) (*Key, error) {
	k := NewShroudedKey(epki, nil, l)
	if k == nil {
		return nil, fmt.Errorf("%w: an encrypted private key", ErrDamaged)
	}
	return k, (&File{limits: l}).UnlockKey(ctx, k, password)
}

// NewSecretKey wraps the octets of a secret key as the JDK keeps it: as a
// PrivateKeyInfo with the algorithm of the key.
func NewSecretKey(algorithm asn1.ObjectIdentifier, key []byte) (*Key, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		addAlgorithm(b, algorithm, func(*cryptobyte.Builder) {})
		b.AddASN1OctetString(key)
	})
	der, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	k := &Key{secret: true}
	return k, k.open(der, nil)
}
