package jca

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

const dhDefault = 3072

// A modp is a group of Diffie and Hellman: the prime 2^n - 2^(n-64) - 1 +
// 2^64·(⌊2^(n-130)·π⌋ + offset), with 2 for a generator.
type modp struct {
	bits     int
	offset   int64
	exponent int // how many bits private keys of the JDK have (NIST SP 800-57 part 1 table 2, twice the strength)
}

// modps are the groups 1 and 2 of RFC 7296 and those of RFC 3526.
func modps() []modp {
	return []modp{
		{768, 149686, 160},
		{1024, 129093, 160},
		{1536, 741804, 160},
		{2048, 124476, 224},
		{3072, 1690314, 256},
		{4096, 240904, 304},
		{6144, 929484, 352},
		{8192, 4743158, 400},
	}
}

func (m modp) prime() *big.Int {
	p := pi(new(big.Int).Lsh(big.NewInt(1), uint(m.bits-130)))
	p.Add(p, big.NewInt(m.offset)).Lsh(p, 64)
	p.Add(p, new(big.Int).Lsh(big.NewInt(1), uint(m.bits)))
	p.Sub(p, new(big.Int).Lsh(big.NewInt(1), uint(m.bits-64)))
	return p.Sub(p, big.NewInt(1))
}

// groupDH returns the prime of a size that the JDK shares among its keys, and the
// length of their exponents.
func groupDH(bits int) (p *big.Int, exponent int, ok bool) {
	if bits == 512 { // the JDK's own, made as those of RFC 2412 appendix E
		return new(big.Int).SetBytes(unhex("ffffffffffffffff8b479b3a6e8de86c294188f0bf2cd86cdb950adb36d0f61f" +
			"d51e46f69c99ed95abe5a7bbb230a6ed1d0b4506b5317284ffffffffffffffff")), 160, true
	}
	for _, m := range modps() {
		if m.bits == bits {
			return m.prime(), m.exponent, true
		}
	}
	return nil, 0, false
}

func sizesDH(p Parameters) error {
	switch {
	case p.Group != "":
		return fmt.Errorf("DH %q: %w", p.Group, ErrCurve)
	case p.Bits == 0, ownPrime(p.Bits):
		return nil
	}
	for _, m := range modps() {
		if m.bits == p.Bits {
			return nil
		}
	}
	return &SizeError{"DH", p.Bits}
}

// ownPrime tells whether a key of a size gets a prime of its own where there is
// none for all. Java does so for these, with primes as DSA has them, which are no
// safe ones.
func ownPrime(bits int) bool { return bits >= 512 && bits <= 1024 && bits%64 == 0 }

func generateDH(ctx context.Context, rand io.Reader, p Parameters) (*PrivateKey, error) {
	bits := p.Bits
	if bits == 0 {
		bits = dhDefault
	}
	d := dhDomain{g: big.NewInt(2)}
	var ok bool
	if d.p, d.exponent, ok = groupDH(bits); !ok {
		domain, err := dsaDomain(ctx, rand, bits)
		if err != nil {
			return nil, fmt.Errorf("generating DH key: %w", err)
		}
		d = dhDomain{domain.P, domain.G, max(384, bits/2)}
	}
	x := make([]byte, d.exponent/8)
	if _, err := io.ReadFull(rand, x); err != nil {
		return nil, fmt.Errorf("generating DH key: %w", err)
	}
	x[0] |= 0x80 // PKCS #3 section 7.1: the exponent has all of its bits
	return newDH(d, new(big.Int).SetBytes(x)), nil
}

// A dhDomain is what PKCS #3 calls DHParameter.
type dhDomain struct {
	p, g     *big.Int
	exponent int // 0 for any
}

func newDH(d dhDomain, x *big.Int) *PrivateKey {
	id := identifier{oidDH, sequence(func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(d.p)
		b.AddASN1BigInt(d.g)
		if d.exponent != 0 {
			b.AddASN1Int64(int64(d.exponent))
		}
	})}
	y := new(big.Int).Exp(d.g, x, d.p)
	return &PrivateKey{
		Public: PublicKey{Algorithm: "DH", Bits: d.p.BitLen(), SPKI: spkiOf(id, integer(y))},
		PKCS8:  pkcs8Of(id, integer(x)),
	}
}

func readDHDomain(id identifier) (d dhDomain, err error) {
	s := cryptobyte.String(id.parameters)
	var inner cryptobyte.String
	if !s.ReadASN1(&inner, asn1.SEQUENCE) || !s.Empty() {
		return d, fmt.Errorf("%w: a DH key without its parameters", ErrDamaged)
	}
	var ok1, ok2 bool
	d.p, ok1 = readPositive(&inner)
	d.g, ok2 = readPositive(&inner)
	if !ok1 || !ok2 || !inner.Empty() && !inner.ReadASN1Integer(&d.exponent) || !inner.Empty() ||
		d.p.BitLen() > maxDHBits || d.exponent < 0 || d.exponent > maxDHBits {
		return d, fmt.Errorf("%w: the parameters of a DH key", ErrDamaged)
	}
	return d, nil
}

// maxDHBits bounds the work for the public key of a private one.
const maxDHBits = 8192

func publicDH(id identifier, key []byte) (PublicKey, error) {
	d, err := readDHDomain(id)
	if err != nil {
		return PublicKey{}, err
	}
	if _, ok := readInteger(key); !ok {
		return PublicKey{}, ErrDamaged
	}
	return PublicKey{Algorithm: "DH", Bits: d.p.BitLen()}, nil
}

func privateDH(id identifier, key []byte) (*PrivateKey, error) {
	d, err := readDHDomain(id)
	if err != nil {
		return nil, err
	}
	x, ok := readInteger(key)
	if !ok || x.Cmp(d.p) >= 0 {
		return nil, ErrDamaged
	}
	return newDH(d, x), nil
}

// unhex reads constants of this package.
func unhex(s string) []byte {
	b, _ := hex.DecodeString(s)
	return b
}
