package certgen

import (
	"context"
	"crypto"
	"crypto/dsa" //nolint:staticcheck // only named, never used: old certificates have such keys
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"strings"
)

// KeyType is one kind of key pair that GenerateKey makes.
type KeyType struct {
	Name  string // as in flags and policies: "ec-p256"
	Label string // as KeyTypeOf names such a key: "EC P-256"
	Note  string // who refuses such keys in TLS; empty when everybody in use takes them

	generate func(ctx context.Context, rand io.Reader) (crypto.Signer, error)
}

// DefaultKeyType is the name of the type to take when none is asked for.
const DefaultKeyType = "ec-p256"

// KeyTypes lists the key types, the default first.
func KeyTypes() []KeyType {
	return []KeyType{
		{Name: DefaultKeyType, Label: "EC P-256", generate: generateEC(elliptic.P256())},
		{Name: "ec-p384", Label: "EC P-384", generate: generateEC(elliptic.P384())},
		{
			Name: "ec-p521", Label: "EC P-521", generate: generateEC(elliptic.P521()),
			Note: "browsers built on Chromium refuse it",
		},
		{Name: "rsa-2048", Label: "RSA 2048", generate: generateRSA(2048)},
		{Name: "rsa-3072", Label: "RSA 3072", generate: generateRSA(3072)},
		{Name: "rsa-4096", Label: "RSA 4096", generate: generateRSA(4096)},
		{
			Name: "ed25519", Label: "Ed25519", generate: generateEd25519,
			Note: "browsers built on Chromium refuse it, NSS 3.87 and Java before 15",
		},
	}
}

// GenerateKey makes a key pair of the type with the given name; the error for
// a name that KeyTypes does not list wraps ErrKeyType.
//
// EC and Ed25519 keys are a function of the bytes of rand. RSA keys are not:
// since Go 1.26 crypto/rsa draws from the system's source whatever it is given,
// and a prime search of our own would be worse than that. A test that needs
// the same RSA key twice has testing/cryptotest.SetGlobalRandom.
//
// When ctx ends, GenerateKey returns its error at once; the search for RSA
// primes, which cannot be interrupted, runs out in the background.
func GenerateKey(ctx context.Context, rand io.Reader, name string) (crypto.Signer, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("generating %s key: %w", name, err)
	}
	var names []string
	for _, t := range KeyTypes() {
		if t.Name == name {
			key, err := t.generate(ctx, rand)
			if err != nil {
				return nil, fmt.Errorf("generating %s key: %w", name, err)
			}
			return key, nil
		}
		names = append(names, t.Name)
	}
	return nil, fmt.Errorf("%w %q (there are %s)", ErrKeyType, name, strings.Join(names, ", "))
}

// generateEC draws scalars until one is in range: FIPS 186-5 A.2.2. Reducing a
// draw modulo the order instead would favour small scalars.
func generateEC(curve elliptic.Curve) func(context.Context, io.Reader) (crypto.Signer, error) {
	return func(_ context.Context, rand io.Reader) (crypto.Signer, error) {
		bits := curve.Params().BitSize
		scalar := make([]byte, (bits+7)/8)
		// A draw is out of range with a chance of at most 2^-32 (P-256), so a
		// source that fails this often is broken, and must not hang us.
		for range 16 {
			if _, err := io.ReadFull(rand, scalar); err != nil {
				return nil, fmt.Errorf("reading randomness: %w", err)
			}
			scalar[0] &= 0xff >> (8*len(scalar) - bits) // P-521 is one bit over 65 bytes
			if key, err := ecdsa.ParseRawPrivateKey(curve, scalar); err == nil {
				return key, nil
			}
		}
		return nil, errors.New("the random source is broken: no draw is in the range of the curve")
	}
}

func generateEd25519(_ context.Context, rand io.Reader) (crypto.Signer, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return nil, fmt.Errorf("reading randomness: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

func generateRSA(bits int) func(context.Context, io.Reader) (crypto.Signer, error) {
	return func(ctx context.Context, rand io.Reader) (crypto.Signer, error) {
		var key *rsa.PrivateKey
		var err error
		done := make(chan struct{})
		go func() {
			defer close(done)
			key, err = rsa.GenerateKey(rand, bits)
		}()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-done:
			if err != nil {
				return nil, err
			}
			return key, nil
		}
	}
}

// KeyTypeOf names the type of a public key for people: "EC P-256", "RSA 2048",
// "Ed25519", "X25519", "DSA 1024". It is empty for what it does not know.
func KeyTypeOf(pub crypto.PublicKey) string {
	switch pub := pub.(type) {
	case *ecdsa.PublicKey:
		if pub.Curve == nil {
			return "EC"
		}
		return "EC " + pub.Curve.Params().Name
	case *rsa.PublicKey:
		if pub.N == nil {
			return "RSA"
		}
		return fmt.Sprintf("RSA %d", pub.N.BitLen())
	case ed25519.PublicKey:
		return "Ed25519"
	case *ecdh.PublicKey:
		if pub.Curve() == ecdh.X25519() {
			return "X25519"
		}
		return fmt.Sprintf("EC %v", pub.Curve())
	case *dsa.PublicKey:
		if pub.P == nil {
			return "DSA"
		}
		return fmt.Sprintf("DSA %d", pub.P.BitLen())
	}
	return ""
}
