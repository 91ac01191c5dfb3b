package jca

import (
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"encoding"
	"fmt"
	"io"
	"strings"

	"github.com/cloudflare/circl/dh/x448"
	"github.com/cloudflare/circl/kem"
	"github.com/cloudflare/circl/kem/mlkem/mlkem1024"
	"github.com/cloudflare/circl/kem/mlkem/mlkem512"
	"github.com/cloudflare/circl/kem/mlkem/mlkem768"
	"github.com/cloudflare/circl/sign"
	"github.com/cloudflare/circl/sign/ed448"
	"github.com/cloudflare/circl/sign/mldsa/mldsa44"
	"github.com/cloudflare/circl/sign/mldsa/mldsa65"
	"github.com/cloudflare/circl/sign/mldsa/mldsa87"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// A set is a kind of keys whose parameters are fixed by its name: the keys are
// strings of bytes, and the private ones stand in an OCTET STRING of their own
// (RFC 8410 section 7, RFC 9881, RFC 9935).
type set struct {
	name, family, oid string
	bits              int // as Java counts, by which -keysize finds it; -1 for none
	seed              int // how many random bytes make a private key
	private           int // its size in bytes

	derive func(seed []byte) (private []byte)
	// publicOf returns the public key; nil for a private key that is none.
	publicOf func(private []byte) []byte
	size     int // of the public key
	sign     func(private, message []byte) []byte
	check    func(public, message, signature []byte) bool
}

// sets are all of them; the first of each family is the one that Java takes where
// the family alone is asked for.
func sets() []set {
	return []set{
		{
			name: "Ed25519", family: "EdDSA", oid: "1.3.101.112", bits: 255,
			seed: ed25519.SeedSize, private: ed25519.SeedSize, derive: itself, size: ed25519.PublicKeySize,
			publicOf: func(k []byte) []byte { return ed25519.NewKeyFromSeed(k)[ed25519.SeedSize:] },
			sign:     func(k, message []byte) []byte { return ed25519.Sign(ed25519.NewKeyFromSeed(k), message) },
			check:    func(k, message, signature []byte) bool { return ed25519.Verify(k, message, signature) },
		},
		{
			name: "Ed448", family: "EdDSA", oid: "1.3.101.113", bits: 448,
			seed: ed448.SeedSize, private: ed448.SeedSize, derive: itself, size: ed448.PublicKeySize,
			publicOf: func(k []byte) []byte { return ed448.NewKeyFromSeed(k)[ed448.SeedSize:] },
			sign:     func(k, message []byte) []byte { return ed448.Sign(ed448.NewKeyFromSeed(k), message, "") },
			check: func(k, message, signature []byte) bool {
				return ed448.Verify(ed448.PublicKey(k), message, signature, "")
			},
		},
		{
			name: "X25519", family: "XDH", oid: "1.3.101.110", bits: 255,
			seed: 32, private: 32, derive: itself, size: 32,
			publicOf: func(k []byte) []byte {
				key, err := ecdh.X25519().NewPrivateKey(k)
				if err != nil {
					return nil
				}
				return key.PublicKey().Bytes()
			},
		},
		{
			name: "X448", family: "XDH", oid: "1.3.101.111", bits: 448,
			seed: x448.Size, private: x448.Size, derive: itself, size: x448.Size,
			publicOf: func(k []byte) []byte {
				var public x448.Key
				private := x448.Key(k)
				x448.KeyGen(&public, &private)
				return public[:]
			},
		},
		signing("2.16.840.1.101.3.4.3.18", mldsa65.Scheme(), 4),
		signing("2.16.840.1.101.3.4.3.17", mldsa44.Scheme(), 2),
		signing("2.16.840.1.101.3.4.3.19", mldsa87.Scheme(), 2),
		agreeing("2.16.840.1.101.3.4.4.2", mlkem768.Scheme()),
		agreeing("2.16.840.1.101.3.4.4.1", mlkem512.Scheme()),
		agreeing("2.16.840.1.101.3.4.4.3", mlkem1024.Scheme()),
	}
}

func itself(seed []byte) []byte { return seed }

// signing is ML-DSA (FIPS 204). eta is how large the coefficients of its secret
// may be.
func signing(oid string, s sign.Scheme, eta byte) set {
	return set{
		name: s.Name(), family: "ML-DSA", oid: oid, bits: -1,
		seed: s.SeedSize(), private: s.PrivateKeySize(), size: s.PublicKeySize(),
		derive: func(seed []byte) []byte {
			_, k := s.DeriveKey(seed)
			return marshalled(k)
		},
		publicOf: func(private []byte) []byte {
			k, err := s.UnmarshalBinaryPrivateKey(private)
			if err != nil || !short(private[128:len(private)-416*(s.PublicKeySize()/320)], eta) {
				return nil
			}
			return marshalled(k.Public())
		},
		sign: func(private, message []byte) []byte {
			k, err := s.UnmarshalBinaryPrivateKey(private)
			if err != nil {
				return nil
			}
			return s.Sign(k, message, nil)
		},
		check: func(public, message, signature []byte) bool {
			k, err := s.UnmarshalBinaryPublicKey(public)
			return err == nil && s.Verify(k, message, signature, nil)
		},
	}
}

// short tells whether the coefficients of a packed secret are in range (FIPS 204
// algorithm 25). A signature with others may never come to an end.
func short(packed []byte, eta byte) bool {
	width := 3
	if eta == 4 {
		width = 4
	}
	var pending, n int
	for _, b := range packed {
		pending |= int(b) << n
		for n += 8; n >= width; n -= width {
			if pending&(1<<width-1) > int(2*eta) {
				return false
			}
			pending >>= width
		}
	}
	return true
}

// agreeing is ML-KEM (FIPS 203).
func agreeing(oid string, s kem.Scheme) set {
	return set{
		name: s.Name(), family: "ML-KEM", oid: oid, bits: -1,
		seed: s.SeedSize(), private: s.PrivateKeySize(), size: s.PublicKeySize(),
		derive: func(seed []byte) []byte {
			_, k := s.DeriveKeyPair(seed)
			return marshalled(k)
		},
		publicOf: func(private []byte) []byte {
			k, err := s.UnmarshalBinaryPrivateKey(private)
			if err != nil {
				return nil
			}
			return marshalled(k.Public())
		},
	}
}

// marshalled is the encoding of a key that has one.
func marshalled(key any) []byte {
	k, ok := key.(encoding.BinaryMarshaler)
	if !ok {
		return nil
	}
	b, err := k.MarshalBinary()
	if err != nil {
		return nil
	}
	return b
}

// choose finds the set that is asked for, in a family, or of the one name that is
// given.
func choose(family, name string, p Parameters) (set, error) {
	for _, s := range sets() {
		switch {
		case s.family != family, name != "" && s.name != name:
		case p.Group != "" && strings.EqualFold(p.Group, s.name):
			return s, nil
		case p.Group == "" && (p.Bits == 0 || p.Bits == s.bits):
			return s, nil
		}
	}
	algorithm := name
	if algorithm == "" {
		algorithm = family
	}
	if p.Group != "" {
		return set{}, fmt.Errorf("%s %q: %w", algorithm, p.Group, ErrCurve)
	}
	return set{}, &SizeError{algorithm, p.Bits}
}

func checkerSet(family, name string) func(Parameters) error {
	return func(p Parameters) error {
		_, err := choose(family, name, p)
		return err
	}
}

func generatorSet(family, name string) func(context.Context, io.Reader, Parameters) (*PrivateKey, error) {
	return func(_ context.Context, rand io.Reader, p Parameters) (*PrivateKey, error) {
		s, err := choose(family, name, p)
		if err != nil {
			return nil, err
		}
		seed := make([]byte, s.seed)
		if _, err := io.ReadFull(rand, seed); err != nil {
			return nil, fmt.Errorf("generating %s key: %w", s.name, err)
		}
		private := s.derive(seed)
		k := s.key(private, s.publicOf(private))
		encoded := octets(private)
		if p.Seed && len(seed) != len(private) {
			encoded = tagged(seedForm, seed)
		}
		k.PKCS8 = pkcs8Of(identifier{oid: s.oid}, encoded)
		return k, nil
	}
}

// seedForm is the tag of a private key that is its seed alone.
const seedForm = asn1.Tag(0x80)

func (s set) key(private, public []byte) *PrivateKey {
	k := &PrivateKey{Public: s.publicKey(public)}
	k.Public.SPKI = spkiOf(identifier{oid: s.oid}, public)
	if s.sign != nil {
		k.sign = func(_ io.Reader, _ Signature, message []byte) ([]byte, error) {
			return s.sign(private, message), nil
		}
	}
	return k
}

func (s set) publicKey(public []byte) PublicKey {
	k := PublicKey{Algorithm: s.family, Group: s.name, Bits: s.bits}
	if s.check != nil {
		k.verify = func(_ Signature, message, signature []byte) error {
			if !s.check(public, message, signature) {
				return ErrSignature
			}
			return nil
		}
	}
	return k
}

func (s set) readPublic(_ identifier, key []byte) (PublicKey, error) {
	if len(key) != s.size {
		return PublicKey{}, fmt.Errorf("%w: %s with a public key of %d bytes", ErrDamaged, s.name, len(key))
	}
	return s.publicKey(key), nil
}

// readPrivate reads the forms that there are of a private key: the key in an OCTET
// STRING; for ML-DSA and ML-KEM also its seed in a [0], or both in a SEQUENCE (RFC
// 9881 section 6, RFC 9935 section 6).
func (s set) readPrivate(_ identifier, key []byte) (*PrivateKey, error) {
	content := cryptobyte.String(key)
	var private, both cryptobyte.String
	switch {
	case content.PeekASN1Tag(asn1.SEQUENCE):
		var seed cryptobyte.String
		if !content.ReadASN1(&both, asn1.SEQUENCE) || !both.ReadASN1(&seed, asn1.OCTET_STRING) ||
			!both.ReadASN1(&private, asn1.OCTET_STRING) || !both.Empty() {
			return nil, ErrDamaged
		}
	case content.PeekASN1Tag(seedForm):
		var seed cryptobyte.String
		if !content.ReadASN1(&seed, seedForm) || len(seed) != s.seed {
			return nil, ErrDamaged
		}
		private = s.derive(seed)
	default:
		if !content.ReadASN1(&private, asn1.OCTET_STRING) {
			return nil, ErrDamaged
		}
	}
	if len(private) != s.private || !content.Empty() {
		return nil, fmt.Errorf("%w: %s with a private key of %d bytes", ErrDamaged, s.name, len(private))
	}
	public := s.publicOf(private)
	if public == nil {
		return nil, fmt.Errorf("%w: no private key of %s", ErrDamaged, s.name)
	}
	return s.key(private, public), nil
}
