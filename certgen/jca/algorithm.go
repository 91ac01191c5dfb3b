package jca

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// The OIDs of key algorithms that need more than a row of sets.
const (
	oidRSA = "1.2.840.113549.1.1.1"
	oidPSS = "1.2.840.113549.1.1.10"
	oidDSA = "1.2.840.10040.4.1"
	oidDH  = "1.2.840.113549.1.3.1"
	oidEC  = "1.2.840.10045.2.1"
)

// A KeyAlgorithm makes keys: what Java calls a KeyPairGenerator.
type KeyAlgorithm struct {
	// Name is Java's: "RSA", "EC", "Ed25519".
	Name string

	aliases  []string
	generate func(ctx context.Context, rand io.Reader, p Parameters) (*PrivateKey, error)
	check    func(p Parameters) error
}

// Parameters say what key is to be made. Where both are zero, it is that of the
// algorithm: RSA, RSASSA-PSS and DH 3072 bits, DSA 2048, EC secp384r1, EdDSA
// Ed25519, XDH X25519, ML-DSA ML-DSA-65, ML-KEM ML-KEM-768.
type Parameters struct {
	// Bits is the size; 0 for none.
	Bits int
	// Group is a curve or a set of parameters, in any case; empty for none.
	Group string
	// Seed tells that private keys of ML-DSA and ML-KEM are to be encoded as their
	// seed, as the JDKs from the end of 2026 on do, and not as what is made of it.
	Seed bool
}

// KeyAlgorithms returns all algorithms that keys can be made for.
func KeyAlgorithms() []KeyAlgorithm {
	all := []KeyAlgorithm{
		{"RSA", []string{"1.2.840.113549.1.1", oidRSA}, generatorRSA("RSA"), sizesRSA("RSA")},
		{"RSASSA-PSS", []string{oidPSS, "PSS"}, generatorRSA("RSASSA-PSS"), sizesRSA("RSASSA-PSS")},
		{"DSA", []string{oidDSA, "1.3.14.3.2.12"}, generateDSA, sizesDSA},
		{"DiffieHellman", []string{oidDH, "DH"}, generateDH, sizesDH},
		{"EC", []string{oidEC, "EllipticCurve"}, generateEC, groupsEC},
	}
	for _, f := range []string{"EdDSA", "XDH", "ML-DSA", "ML-KEM"} {
		all = append(all, KeyAlgorithm{f, nil, generatorSet(f, ""), checkerSet(f, "")})
	}
	for _, s := range sets() {
		all = append(all, KeyAlgorithm{s.name, []string{s.oid}, generatorSet(s.family, s.name), checkerSet(s.family, s.name)})
	}
	return all
}

// FindKeyAlgorithm finds an algorithm by one of its names, in any case: that of
// Java, another one that Java has for it, or its OID, "OID." before it or not. The
// error wraps ErrKeyAlgorithm.
func FindKeyAlgorithm(name string) (KeyAlgorithm, error) {
	for _, a := range KeyAlgorithms() {
		if named(name, a.Name, a.aliases) {
			return a, nil
		}
	}
	return KeyAlgorithm{}, fmt.Errorf("%q: %w", name, ErrKeyAlgorithm)
}

// named tells whether a word is a name, or one of its aliases.
func named(word, name string, aliases []string) bool {
	if strings.EqualFold(word, name) {
		return true
	}
	for _, a := range aliases {
		if strings.EqualFold(word, a) || strings.EqualFold(word, "OID."+a) && a[0] >= '0' && a[0] <= '9' {
			return true
		}
	}
	return false
}

// Check tells whether there are such keys. The error is a *SizeError, or wraps
// ErrCurve.
func (a KeyAlgorithm) Check(p Parameters) error { return a.check(p) }

// Generate makes a key. The error for what there is not is that of Check. EC keys
// and those of named groups are a function of the bytes of rand; RSA keys are not,
// as crypto/rsa draws from the system's source whatever it is given.
//
// When ctx ends, Generate returns its error; the search for RSA primes, which
// cannot be interrupted, runs out in the background.
func (a KeyAlgorithm) Generate(ctx context.Context, rand io.Reader, p Parameters) (*PrivateKey, error) {
	if err := a.check(p); err != nil {
		return nil, err
	}
	return a.generate(ctx, rand, p)
}
