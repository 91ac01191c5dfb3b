// Package weakkey tells RSA keys whose private half follows from the public one:
// their modulus has a factor that is found at once, whatever its size.
//
// Each question takes microseconds, so that it can be asked of every certificate of
// a large inventory. What takes longer to find, or needs other keys to compare
// with, is not looked for.
package weakkey

import (
	"math/big"
	"sync"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// ParseRSA reads modulus and exponent of a SubjectPublicKeyInfo (RFC 5280 section
// 4.1, RFC 8017 section A.1.1), also those that crypto/x509 refuses. ok is false
// for all that is no RSA key.
func ParseRSA(spki []byte) (n, e *big.Int, ok bool) {
	in := cryptobyte.String(spki)
	var body, algorithm, id, bits, key cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1(&id, cbasn1.OBJECT_IDENTIFIER) || !isRSA(id) ||
		!body.ReadASN1(&bits, cbasn1.BIT_STRING) || !bits.Skip(1) || !bits.ReadASN1(&key, cbasn1.SEQUENCE) {
		return nil, nil, false
	}
	n, e = new(big.Int), new(big.Int)
	if !key.ReadASN1Integer(n) || !key.ReadASN1Integer(e) || n.BitLen() > maxModulus {
		return nil, nil, false
	}
	return n, e, true
}

// maxModulus is that of crypto/rsa: what is longer takes seconds to look at.
const maxModulus = 16 << 10

// isRSA knows rsaEncryption, id-RSAES-OAEP and id-RSASSA-PSS: 1.2.840.113549.1.1 and
// 1, 7 or 10 (RFC 8017 appendix C).
func isRSA(id []byte) bool {
	const arc = "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
	last := len(id) - 1
	return last == len(arc) && string(id[:last]) == arc && (id[last] == 1 || id[last] == 7 || id[last] == 10)
}

// sieve is a product of primes, which leaves less to divide, and its parts.
type sieve struct {
	product *big.Int
	words   []word
}

// word is a product of primes that has 64 bits at most.
type word struct {
	product uint64
	primes  []uint64
}

// smallPrimes are those below 752, as the baseline requirements of the CA/Browser
// Forum want it (section 6.1.6).
var smallPrimes = sync.OnceValue(func() sieve {
	out := sieve{product: big.NewInt(1)}
	for _, p := range primesBelow(752) {
		out.product.Mul(out.product, new(big.Int).SetUint64(p))
		if n := len(out.words); n > 0 && out.words[n-1].product < (1<<63)/p {
			out.words[n-1].product *= p
			out.words[n-1].primes = append(out.words[n-1].primes, p)
			continue
		}
		out.words = append(out.words, word{p, []uint64{p}})
	}
	return out
})

func primesBelow(limit uint64) []uint64 {
	var primes []uint64
	composite := make([]bool, limit)
	for p := uint64(2); p < limit; p++ {
		if composite[p] {
			continue
		}
		primes = append(primes, p)
		for m := p * p; m < limit; m += p {
			composite[m] = true
		}
	}
	return primes
}

// SmallFactor returns the smallest prime below 752 that divides n, and 0 without
// one. n is above 1.
func SmallFactor(n *big.Int) uint64 {
	var divisor, rest big.Int
	s := smallPrimes()
	left := new(big.Int).Mod(n, s.product)
	for _, w := range s.words {
		r := rest.Mod(left, divisor.SetUint64(w.product)).Uint64()
		for _, p := range w.primes {
			if r%p == 0 {
				return p
			}
		}
	}
	return 0
}

// rounds of Fermat's method: what it finds beyond has not been seen in the wild,
// and those that have been were found in fewer than ten (CVE-2022-26320).
const rounds = 100

// CloseFactors tells whether n is a product of two numbers so close to each other
// that Fermat's method finds them: with a beside the root of n, a*a-n is the square
// of half their difference. n is odd.
func CloseFactors(n *big.Int) bool {
	a := new(big.Int).Sqrt(n)
	if new(big.Int).Mul(a, a).Cmp(n) == 0 {
		return true
	}
	a.Add(a, big.NewInt(1))
	b2 := new(big.Int).Mul(a, a)
	b2.Sub(b2, n)
	// Squares are told by their remainders first: only one number in a thousand
	// passes, and the big numbers need not be counted up.
	moduli := [...]uint64{64, 63, 59, 53, 47, 43, 41, 37}
	product := uint64(1)
	var squares [len(moduli)]uint64 // a bit for each remainder of a square
	for i, m := range moduli {
		product *= m
		for x := range m {
			squares[i] |= 1 << (x * x % m)
		}
	}
	divisor := new(big.Int).SetUint64(product)
	ra, rb := new(big.Int).Mod(a, divisor).Uint64(), new(big.Int).Mod(b2, divisor).Uint64()
next:
	for i := range uint64(rounds) {
		r := rb
		rb, ra = (rb+2*ra+1)%product, ra+1
		for j, m := range moduli {
			if squares[j]>>(r%m)&1 == 0 {
				continue next
			}
		}
		x := new(big.Int).Add(a, new(big.Int).SetUint64(i))
		x.Mul(x, x).Sub(x, n)
		root := new(big.Int).Sqrt(x)
		if root.Mul(root, root).Cmp(x) == 0 {
			return true
		}
	}
	return false
}
