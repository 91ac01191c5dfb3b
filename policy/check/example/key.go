package example

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"io"
	"math/big"
)

// publicOnly is a key whose private half nobody needs here.
type publicOnly struct{ key crypto.PublicKey }

func (k publicOnly) Public() crypto.PublicKey { return k.key }

func (publicOnly) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("signing with a public key")
}

// modulus is an RSA key of two factors, with the usual exponent.
func modulus(p, q *big.Int) publicOnly { return publicOnly{&rsa.PublicKey{N: p.Mul(p, q), E: 65537}} }

// infineon makes a prime of 1024 bits in the form that gives it away: a multiple of
// the product of the first 126 primes, and a power of 65537 modulo that.
func infineon(w *World) *big.Int {
	m := big.NewInt(1)
	for n, found := big.NewInt(2), 0; found < 126; n.Add(n, big.NewInt(1)) {
		if n.ProbablyPrime(0) {
			m.Mul(m, n)
			found++
		}
	}
	for k := new(big.Int).Div(new(big.Int).Lsh(big.NewInt(3), 1022), m); ; k.Add(k, big.NewInt(1)) {
		some := make([]byte, 128)
		must(io.ReadFull(w.Rand, some))
		p := new(big.Int).Exp(big.NewInt(65537), new(big.Int).SetBytes(some), m)
		if p.Add(p, new(big.Int).Mul(k, m)).ProbablyPrime(20) {
			return p
		}
	}
}

func keyExamples() []Example {
	prime := func(w *World) *big.Int { return must(rsa.GenerateKey(w.Rand, 2048)).Primes[0] }
	rsaKey := func(bits int) func(w *World) crypto.Signer {
		return func(w *World) crypto.Signer { return must(rsa.GenerateKey(w.Rand, bits)) }
	}
	ec := func(c elliptic.Curve) func(w *World) crypto.Signer {
		return func(w *World) crypto.Signer { return must(ecdsa.GenerateKey(c, w.Rand)) }
	}
	withExponent := func(e int) func(w *World) crypto.Signer {
		return func(w *World) crypto.Signer {
			return publicOnly{&rsa.PublicKey{N: new(big.Int).Mul(prime(w), prime(w)), E: e}}
		}
	}
	ofKey := func(rule string, bad bool, title, more string, key func(w *World) crypto.Signer) Example {
		return Example{
			Rule: rule, Bad: bad, Title: title, Policy: "path: mux.pem\n" + more,
			Make: func(w *World) {
				w.PEM("mux.pem", w.ServerWith(w.Root("Example CA"), key(w), "mux.example.com").Certificate)
			},
		}
	}
	const public = "profile: public-tls"
	return []Example{
		ofKey("MUX-KEY-001", true, "an RSA key where EC is wanted", "key-types: EC, Ed25519", rsaKey(2048)),
		ofKey("MUX-KEY-001", true, "an EC key on another curve", "key-types: RSA, P-384", ec(elliptic.P256())),
		ofKey("MUX-KEY-001", false, "an EC key where EC is wanted", "key-types: EC, Ed25519", ec(elliptic.P256())),

		ofKey("MUX-KEY-002", true, "an RSA key of 1024 bits", "", rsaKey(1024)),
		ofKey("MUX-KEY-002", true, "an RSA key of 2048 bits where 3072 are wanted", "min-rsa: 3072", rsaKey(2048)),
		ofKey("MUX-KEY-002", true, "an EC key on P-224", "", ec(elliptic.P224())),
		{Rule: "MUX-KEY-002", Bad: true, Title: "a key of 1024 bits that has no certificate", Policy: "path: mux.key", Make: func(w *World) {
			w.KeyPEM("mux.key", rsaKey(1024)(w))
		}},
		ofKey("MUX-KEY-002", false, "an RSA key of 2048 bits", "", rsaKey(2048)),

		ofKey("MUX-KEY-003", true, "the exponent 3", "", withExponent(3)),
		ofKey("MUX-KEY-003", true, "the exponent 1", "", withExponent(1)),
		ofKey("MUX-KEY-003", true, "an exponent of 33 bits", "", withExponent(1<<32+1)),
		ofKey("MUX-KEY-003", false, "the exponent 65537", "", rsaKey(2048)),

		ofKey("MUX-KEY-004", true, "a modulus that 7 divides", "", func(w *World) crypto.Signer {
			return modulus(new(big.Int).Mul(prime(w), big.NewInt(7)), prime(w))
		}),
		ofKey("MUX-KEY-004", true, "an even modulus", "", func(w *World) crypto.Signer { return modulus(new(big.Int).Lsh(prime(w), 1023), big.NewInt(1)) }),
		ofKey("MUX-KEY-004", false, "a modulus of two primes", "", rsaKey(2048)),

		ofKey("MUX-KEY-005", true, "a key as Infineon's chips made them", "", func(w *World) crypto.Signer { return modulus(infineon(w), infineon(w)) }),
		ofKey("MUX-KEY-005", false, "a key of random primes", "", rsaKey(2048)),

		ofKey("MUX-KEY-006", true, "a prime and the next one", "", func(w *World) crypto.Signer {
			p := prime(w)
			q := new(big.Int).Add(p, big.NewInt(2))
			for !q.ProbablyPrime(20) {
				q.Add(q, big.NewInt(2))
			}
			return modulus(p, q)
		}),
		ofKey("MUX-KEY-006", false, "two random primes", "", rsaKey(2048)),

		ofKey("MUX-KEY-007", true, "a key that stands in an RFC", "", func(*World) crypto.Signer { return published() }),
		ofKey("MUX-KEY-007", false, "a key of one's own", "", ec(elliptic.P256())),

		ofKey("MUX-KEY-008", true, "a public certificate with a key on P-224", public, ec(elliptic.P224())),
		ofKey("MUX-KEY-008", false, "a public certificate with a key on P-384", public, ec(elliptic.P384())),
		ofKey("MUX-KEY-008", false, "a key on P-224 under a CA of one's own", "", ec(elliptic.P224())),
	}
}
