package jca

import (
	"context"
	"crypto/dsa" //nolint:staticcheck // Java still makes such keys, and old stores have them
	"errors"
	"fmt"
	"io"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

const dsaDefault = 2048

func sizesDSA(p Parameters) error {
	switch {
	case p.Group != "":
		return fmt.Errorf("DSA %q: %w", p.Group, ErrCurve)
	case p.Bits == 0, p.Bits >= 512 && p.Bits <= 1024 && p.Bits%64 == 0, p.Bits == 2048, p.Bits == 3072:
		return nil
	}
	return &SizeError{"DSA", p.Bits}
}

func generateDSA(ctx context.Context, rand io.Reader, p Parameters) (*PrivateKey, error) {
	bits := p.Bits
	if bits == 0 {
		bits = dsaDefault
	}
	domain, err := dsaDomain(ctx, rand, bits)
	if err != nil {
		return nil, fmt.Errorf("generating DSA key: %w", err)
	}
	k := &dsa.PrivateKey{PublicKey: dsa.PublicKey{Parameters: domain}}
	if err := dsa.GenerateKey(k, rand); err != nil {
		return nil, fmt.Errorf("generating DSA key: %w", err)
	}
	return newDSA(k), nil
}

func newDSA(k *dsa.PrivateKey) *PrivateKey {
	id := identifier{oidDSA, sequence(func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(k.P)
		b.AddASN1BigInt(k.Q)
		b.AddASN1BigInt(k.G)
	})}
	return &PrivateKey{
		Public: newPublicDSA(&k.PublicKey, spkiOf(id, integer(k.Y))),
		PKCS8:  pkcs8Of(id, integer(k.X)),
		sign:   signerDSA(k),
	}
}

func newPublicDSA(k *dsa.PublicKey, spki []byte) PublicKey {
	return PublicKey{Algorithm: "DSA", Bits: k.P.BitLen(), SPKI: spki, verify: verifierDSA(k), subgroupBits: k.Q.BitLen()}
}

// integer encodes one INTEGER.
func integer(n *big.Int) []byte {
	var b cryptobyte.Builder
	b.AddASN1BigInt(n)
	return b.BytesOrPanic() // integers always fit
}

func readInteger(der []byte) (*big.Int, bool) {
	s := cryptobyte.String(der)
	n, ok := readPositive(&s)
	return n, ok && s.Empty()
}

// maxDSABits bounds the work of a verification; Java has no keys above 3072 bits.
const maxDSABits = 4096

func readDomain(id identifier) (dsa.Parameters, error) {
	s := cryptobyte.String(id.parameters)
	var inner cryptobyte.String
	if !s.ReadASN1(&inner, asn1.SEQUENCE) || !s.Empty() {
		return dsa.Parameters{}, fmt.Errorf("%w: a DSA key without its parameters", ErrDamaged)
	}
	p, ok1 := readPositive(&inner)
	q, ok2 := readPositive(&inner)
	g, ok3 := readPositive(&inner)
	if !ok1 || !ok2 || !ok3 || !inner.Empty() || p.BitLen() > maxDSABits || q.Cmp(p) >= 0 {
		return dsa.Parameters{}, fmt.Errorf("%w: the parameters of a DSA key", ErrDamaged)
	}
	return dsa.Parameters{P: p, Q: q, G: g}, nil
}

func publicDSA(id identifier, key []byte) (PublicKey, error) {
	domain, err := readDomain(id)
	if err != nil {
		return PublicKey{}, err
	}
	y, ok := readInteger(key)
	if !ok || y.BitLen() > maxDSABits {
		return PublicKey{}, ErrDamaged
	}
	return newPublicDSA(&dsa.PublicKey{Parameters: domain, Y: y}, nil), nil
}

func privateDSA(id identifier, key []byte) (*PrivateKey, error) {
	domain, err := readDomain(id)
	if err != nil {
		return nil, err
	}
	x, ok := readInteger(key)
	if !ok || x.Cmp(domain.Q) >= 0 {
		return nil, ErrDamaged
	}
	y := new(big.Int).Exp(domain.G, x, domain.P)
	return newDSA(&dsa.PrivateKey{PublicKey: dsa.PublicKey{Parameters: domain, Y: y}, X: x}), nil
}

func signerDSA(k *dsa.PrivateKey) signer {
	return func(rand io.Reader, s Signature, message []byte) ([]byte, error) {
		r, t, err := dsa.Sign(rand, k, truncated(s.digest.sum(message), k.Q))
		if err != nil {
			return nil, err
		}
		return sequence(func(b *cryptobyte.Builder) {
			b.AddASN1BigInt(r)
			b.AddASN1BigInt(t)
		}), nil
	}
}

func verifierDSA(k *dsa.PublicKey) verifier {
	return func(s Signature, message, signature []byte) error {
		der := cryptobyte.String(signature)
		var inner cryptobyte.String
		if !der.ReadASN1(&inner, asn1.SEQUENCE) || !der.Empty() {
			return ErrSignature
		}
		r, ok1 := readPositive(&inner)
		t, ok2 := readPositive(&inner)
		if !ok1 || !ok2 || !inner.Empty() || !dsa.Verify(k, truncated(s.digest.sum(message), k.Q), r, t) {
			return ErrSignature
		}
		return nil
	}
}

// truncated is the part of a digest that DSA uses (FIPS 186-4 section 4.6).
func truncated(sum []byte, q *big.Int) []byte {
	return sum[:min(len(sum), q.BitLen()/8)]
}

// A recipe makes DSA domain parameters (FIPS 186-4 appendix A.1.1.2, and for keys
// up to 1024 bits FIPS 186-2 appendix 2.2): what is public of them once and for
// all.
type recipe struct {
	seed    []byte
	counter int // which of the candidates for p is the prime
}

// recipes are those of the parameters that the JDK shares among all of its keys,
// which makes a key in a millisecond where a search for primes takes seconds, and
// makes ours look like its own. It names these seeds and counters itself; those
// for up to 1024 bits were NIST's examples.
func recipes(bits int) (recipe, bool) {
	switch bits {
	case 512:
		return recipe{unhex("b869c82b35d70e1b1ff91b28e37a62ecdc34409b"), 123}, true
	case 768:
		return recipe{unhex("77d0f8c4dad15eb8c4f2f8d6726cefd96d5bb399"), 263}, true
	case 1024:
		return recipe{unhex("8d5155894229d5e689ee01e6018a237e2cae64cd"), 92}, true
	case 2048:
		return recipe{unhex("584236080cfa43c09b02354135f4cc5198a19efada08bd866d601ba4"), 2666}, true
	case 3072:
		return recipe{unhex("9fe304be4d6b9919559f39d5911d12e95158d6946598cd59775b8f3b8fff3a3f"), 1186}, true
	}
	return recipe{}, false
}

// maxCounter is after how many candidates a seed has failed.
const maxCounter = 4096

// dsaDomain returns parameters for keys of a size that sizesDSA takes.
func dsaDomain(ctx context.Context, rand io.Reader, bits int) (dsa.Parameters, error) {
	if r, ok := recipes(bits); ok {
		q := subprime(r.seed, bits)
		return domainOf(r.prime(q, bits), q), nil
	}
	for range 1 << 16 {
		seed := make([]byte, 20)
		if _, err := io.ReadFull(rand, seed); err != nil {
			return dsa.Parameters{}, fmt.Errorf("reading randomness: %w", err)
		}
		q := subprime(seed, bits)
		if !q.ProbablyPrime(primeRounds) {
			continue
		}
		for counter := range maxCounter {
			if err := ctx.Err(); err != nil {
				return dsa.Parameters{}, err
			}
			if p := (recipe{seed, counter}).prime(q, bits); p.BitLen() == bits && p.ProbablyPrime(primeRounds) {
				return domainOf(p, q), nil
			}
		}
	}
	return dsa.Parameters{}, errors.New("the random source is broken: no seed leads to a prime")
}

// primeRounds are enough for numbers that nobody chose (FIPS 186-4 table C.1).
const primeRounds = 40

// domainOf takes 2 for h: its power is a generator for all of the recipes, and
// for almost all primes.
func domainOf(p, q *big.Int) dsa.Parameters {
	e := new(big.Int).Sub(p, big.NewInt(1))
	e.Quo(e, q)
	return dsa.Parameters{P: p, Q: q, G: new(big.Int).Exp(big.NewInt(2), e, p)}
}

// dsaDigest is what the recipe for a size is made with.
func dsaDigest(bits int) digest {
	name := "SHA-1"
	switch {
	case bits > 2048:
		name = "SHA-256"
	case bits > 1024:
		name = "SHA-224"
	}
	d, _ := digestNamed(name)
	return d
}

// subprime is the q of a seed, which may be no prime.
func subprime(seed []byte, bits int) *big.Int {
	d := dsaDigest(bits)
	u := d.sum(seed)
	if bits <= 1024 {
		for i, b := range d.sum(plus(seed, 1)) {
			u[i] ^= b
		}
	}
	u[0] |= 0x80
	u[len(u)-1] |= 1
	return new(big.Int).SetBytes(u)
}

// prime is the p of a recipe, which may be no prime.
func (r recipe) prime(q *big.Int, bits int) *big.Int {
	d := dsaDigest(bits)
	width := 8 * d.new().Size()
	n := (bits - 1) / width
	offset := 1 + r.counter*(n+1)
	if bits <= 1024 {
		offset++ // 1 went into q
	}
	x := new(big.Int)
	for i := n; i >= 0; i-- {
		x.Lsh(x, uint(width)).Add(x, new(big.Int).SetBytes(d.sum(plus(r.seed, offset+i))))
	}
	top := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	x.Mod(x, top).Add(x, top)
	rest := new(big.Int).Mod(x, new(big.Int).Lsh(q, 1))
	return x.Sub(x, rest.Sub(rest, big.NewInt(1)))
}

// plus adds to a seed, modulo its width.
func plus(seed []byte, n int) []byte {
	sum := new(big.Int).SetBytes(seed)
	sum.Add(sum, big.NewInt(int64(n)))
	sum.Mod(sum, new(big.Int).Lsh(big.NewInt(1), uint(8*len(seed))))
	return sum.FillBytes(make([]byte, len(seed)))
}
