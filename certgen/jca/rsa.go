package jca

import (
	"context"
	"crypto"
	cryptorand "crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// Sizes of RSA keys in bits.
const (
	rsaMin     = 512   // Java makes none that are smaller
	rsaMax     = 16384 // and works with none that are larger
	rsaDefault = 3072
	// rsaSmall is what crypto/rsa refuses to work with below. Its setting
	// rsa1024min=0 holds for a whole program, and would open TLS and the
	// verification of chains to such keys; so these few lines are here. They take
	// no care to run in constant time: what they could give away can be found by
	// factoring the modulus.
	rsaSmall = 1024
)

func sizesRSA(name string) func(Parameters) error {
	return func(p Parameters) error {
		switch {
		case p.Group != "":
			return fmt.Errorf("%s %q: %w", name, p.Group, ErrCurve)
		case p.Bits != 0 && (p.Bits < rsaMin || p.Bits > rsaMax):
			return &SizeError{name, p.Bits}
		}
		return nil
	}
}

func generatorRSA(name string) func(context.Context, io.Reader, Parameters) (*PrivateKey, error) {
	return func(ctx context.Context, rand io.Reader, p Parameters) (*PrivateKey, error) {
		bits := p.Bits
		if bits == 0 {
			bits = rsaDefault
		}
		type result struct {
			key *rsa.PrivateKey
			err error
		}
		made := make(chan result, 1)
		go func() {
			key, err := generateRSA(rand, bits)
			made <- result{key, err}
		}()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case r := <-made:
			if r.err != nil {
				return nil, fmt.Errorf("generating RSA key: %w", r.err)
			}
			id := identifier{oidRSA, null()}
			if name == "RSASSA-PSS" {
				id = identifier{oid: oidPSS}
			}
			k := newRSA(id, r.key, nil)
			k.PKCS8 = pkcs8Of(id, pkcs1Of(r.key))
			return k, nil
		}
	}
}

func generateRSA(rand io.Reader, bits int) (*rsa.PrivateKey, error) {
	if bits >= rsaSmall {
		return rsa.GenerateKey(rand, bits)
	}
	e := big.NewInt(65537)
	one := big.NewInt(1)
	for {
		p, err := cryptorand.Prime(rand, (bits+1)/2)
		if err != nil {
			return nil, err
		}
		q, err := cryptorand.Prime(rand, bits/2)
		if err != nil {
			return nil, err
		}
		k := &rsa.PrivateKey{Primes: []*big.Int{p, q}}
		k.N, k.E = new(big.Int).Mul(p, q), int(e.Int64())
		totient := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		k.D = new(big.Int).ModInverse(e, totient)
		if k.D != nil && k.N.BitLen() == bits && p.Cmp(q) != 0 {
			return k, nil
		}
	}
}

// pkcs1Of encodes an RSAPrivateKey (RFC 8017 appendix A.1.2). That of crypto/x509
// refuses small keys.
func pkcs1Of(k *rsa.PrivateKey) []byte {
	one := big.NewInt(1)
	p, q := k.Primes[0], k.Primes[1]
	numbers := []*big.Int{
		new(big.Int), k.N, big.NewInt(int64(k.E)), k.D, p, q,
		new(big.Int).Mod(k.D, new(big.Int).Sub(p, one)),
		new(big.Int).Mod(k.D, new(big.Int).Sub(q, one)),
		new(big.Int).ModInverse(q, p),
	}
	return sequence(func(b *cryptobyte.Builder) {
		for _, n := range numbers {
			b.AddASN1BigInt(n)
		}
	})
}

// newRSA makes a key of numbers that are in order. It has no PKCS8.
func newRSA(id identifier, key *rsa.PrivateKey, pss *PSS) *PrivateKey {
	spki := spkiOf(id, sequence(func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(key.N)
		b.AddASN1Int64(int64(key.E))
	}))
	return &PrivateKey{Public: newPublicRSA(id, rsaPublic{key.N, big.NewInt(int64(key.E))}, spki, pss), sign: signerRSA(key)}
}

// rsaPublic is a key as certificates have it: its exponent need not be one that
// crypto/rsa works with.
type rsaPublic struct{ n, e *big.Int }

func newPublicRSA(id identifier, key rsaPublic, spki []byte, pss *PSS) PublicKey {
	name := "RSA"
	if id.oid == oidPSS {
		name = "RSASSA-PSS"
	}
	return PublicKey{Algorithm: name, Bits: key.n.BitLen(), SPKI: spki, pss: pss, verify: verifierRSA(key)}
}

// restriction reads what the parameters of an RSASSA-PSS key restrict it to.
func restriction(id identifier) (*PSS, error) {
	if id.oid != oidPSS || len(id.parameters) == 0 {
		return nil, nil
	}
	return readPSS(id.parameters)
}

func publicRSA(id identifier, key []byte) (PublicKey, error) {
	pss, err := restriction(id)
	if err != nil {
		return PublicKey{}, err
	}
	s := cryptobyte.String(key)
	var inner cryptobyte.String
	if !s.ReadASN1(&inner, asn1.SEQUENCE) || !s.Empty() {
		return PublicKey{}, ErrDamaged
	}
	n, ok1 := readPositive(&inner)
	e, ok2 := readPositive(&inner)
	if !ok1 || !ok2 || !inner.Empty() {
		return PublicKey{}, ErrDamaged
	}
	return newPublicRSA(id, rsaPublic{n, e}, nil, pss), nil
}

func privateRSA(id identifier, key []byte) (*PrivateKey, error) {
	pss, err := restriction(id)
	if err != nil {
		return nil, err
	}
	s := cryptobyte.String(key)
	var inner cryptobyte.String
	var version int
	if !s.ReadASN1(&inner, asn1.SEQUENCE) || !inner.ReadASN1Integer(&version) || version != 0 {
		return nil, ErrDamaged
	}
	var numbers [8]*big.Int // n, e, d, p, q and three that follow from them
	for i := range numbers {
		n, ok := readPositive(&inner)
		if !ok {
			return nil, ErrDamaged
		}
		numbers[i] = n
	}
	k := &rsa.PrivateKey{D: numbers[2], Primes: numbers[3:5]}
	k.N = numbers[0]
	if !numbers[1].IsInt64() || numbers[1].Int64() > 1<<31-1 {
		return nil, fmt.Errorf("%w: an RSA key with an exponent of %d bits", ErrDamaged, numbers[1].BitLen())
	}
	k.E = int(numbers[1].Int64())
	if new(big.Int).Mul(k.Primes[0], k.Primes[1]).Cmp(k.N) != 0 {
		return nil, fmt.Errorf("%w: the factors of an RSA key are not its factors", ErrDamaged)
	}
	return newRSA(id, k, pss), nil
}

// encodeRSA makes of a message what is to be raised: a padded digest.
func encodeRSA(s Signature, message []byte, bits int, salt func([]byte) error) ([]byte, error) {
	if s.PSS != nil {
		return s.PSS.encode(message, bits-1, salt)
	}
	return pkcs1Padding(s.digest.info(message), (bits+7)/8)
}

// pkcs1Padding is EMSA-PKCS1-v1_5 (RFC 8017 section 9.2).
func pkcs1Padding(info []byte, size int) ([]byte, error) {
	const least = 8 + 3
	if size < len(info)+least {
		return nil, ErrKeyTooShort
	}
	em := make([]byte, size)
	for i := 1; i < size-len(info)-1; i++ {
		em[i] = 0xff
	}
	em[1] = 1
	copy(em[size-len(info):], info)
	return em, nil
}

func signerRSA(k *rsa.PrivateKey) signer {
	return func(rand io.Reader, s Signature, message []byte) ([]byte, error) {
		if k.N.BitLen() >= rsaSmall {
			if s.PSS != nil {
				return s.PSS.sign(rand, k, message)
			}
			// With no hash named, what is signed is the DigestInfo as given, which
			// covers digests that crypto/rsa does not know.
			return rsa.SignPKCS1v15(rand, k, crypto.Hash(0), s.digest.info(message))
		}
		em, err := encodeRSA(s, message, k.N.BitLen(), func(salt []byte) error {
			_, err := io.ReadFull(rand, salt)
			return err
		})
		if err != nil {
			return nil, err
		}
		signature := make([]byte, (k.N.BitLen()+7)/8)
		return new(big.Int).Exp(new(big.Int).SetBytes(em), k.D, k.N).FillBytes(signature), nil
	}
}

// maxExponentBits bounds the work that a certificate can ask for. Exponents in
// use have 17 bits; Java takes any below 64 bits for large keys.
const maxExponentBits = 64

func verifierRSA(k rsaPublic) verifier {
	return func(s Signature, message, signature []byte) error {
		size := (k.n.BitLen() + 7) / 8
		if len(signature) != size || k.e.BitLen() > maxExponentBits || k.n.Bit(0) == 0 {
			return ErrSignature
		}
		number := new(big.Int).SetBytes(signature)
		if number.Cmp(k.n) >= 0 {
			return ErrSignature
		}
		em := make([]byte, size)
		number.Exp(number, k.e, k.n).FillBytes(em)
		if s.PSS != nil {
			return s.PSS.check(message, em, k.n.BitLen()-1)
		}
		want, err := pkcs1Padding(s.digest.info(message), size)
		if err != nil || string(want) != string(em) {
			return ErrSignature
		}
		return nil
	}
}
