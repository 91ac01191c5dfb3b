package weakkey

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"testing"
)

// infineonPrime makes a prime in the form of Infineon's library, for a modulus of
// twice the bits: k*M + (65537^a mod M) with M the product of the first primes.
func infineonPrime(t *testing.T, bits, primes int) *big.Int {
	m := big.NewInt(1)
	for _, p := range primesBelow(1000)[:primes] {
		m.Mul(m, new(big.Int).SetUint64(p))
	}
	low := new(big.Int).Lsh(big.NewInt(3), uint(bits-2)) // so that the product has all bits
	room := new(big.Int).Lsh(big.NewInt(1), uint(bits-2))
	room.Div(room, m)
	for {
		k, err := rand.Int(rand.Reader, room)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := rand.Int(rand.Reader, m)
		k.Add(k, new(big.Int).Div(low, m)).Add(k, big.NewInt(1))
		p := new(big.Int).Exp(big.NewInt(65537), a, m)
		if p.Add(p, k.Mul(k, m)).ProbablyPrime(20) {
			return p
		}
	}
}

func TestROCA(t *testing.T) {
	for _, size := range []struct{ bits, primes int }{{512, 39}, {1024, 71}, {2048, 126}} {
		n := new(big.Int).Mul(infineonPrime(t, size.bits/2, size.primes), infineonPrime(t, size.bits/2, size.primes))
		if n.BitLen() != size.bits || !ROCA(n) {
			t.Errorf("%d of %d bits is not told", n, n.BitLen())
		}
		if ROCA(n.Add(n, big.NewInt(2))) {
			t.Error("its neighbour is taken for one")
		}
	}
	// The order that the authors of the paper give.
	if g := infineon(); g.order.String() != "2454106387091158800" || g.modulus.BitLen() != 220 {
		t.Errorf("the order is %v, the product has %d bits", g.order, g.modulus.BitLen())
	}
}

func TestFactors(t *testing.T) {
	prime := func(bits int) *big.Int {
		p, err := rand.Prime(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	after := func(p *big.Int) *big.Int {
		q := new(big.Int).Add(p, big.NewInt(2))
		for !q.ProbablyPrime(20) {
			q.Add(q, big.NewInt(2))
		}
		return q
	}
	p := prime(1024)
	for _, tt := range []struct {
		name  string
		n     *big.Int
		small uint64
		close bool
	}{
		{"two primes", new(big.Int).Mul(p, prime(1024)), 0, false},
		{"even", new(big.Int).Lsh(p, 1), 2, false},
		{"751", new(big.Int).Mul(p, big.NewInt(751)), 751, false},
		{"757", new(big.Int).Mul(p, big.NewInt(757)), 0, false},
		{"a square", new(big.Int).Mul(p, p), 0, true},
		{"neighbours", new(big.Int).Mul(p, after(p)), 0, true},
		{"some 2^500 apart", new(big.Int).Mul(p, new(big.Int).Add(p, new(big.Int).Lsh(big.NewInt(1), 500))), 0, true},
		{"some 2^600 apart", new(big.Int).Mul(p, new(big.Int).Add(p, new(big.Int).Lsh(big.NewInt(1), 600))), 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := SmallFactor(tt.n); got != tt.small && tt.name[0] != 's' {
				t.Errorf("the small factor is %d, want %d", got, tt.small)
			}
			if tt.n.Bit(0) == 1 && CloseFactors(tt.n) != tt.close {
				t.Errorf("the factors are close: %v, want %v", !tt.close, tt.close)
			}
			if ROCA(tt.n) {
				t.Error("it is taken for a key of Infineon's library")
			}
		})
	}
}

// Numbers so small that the last of the rounds can be reached.
func TestCloseFactorsWithinRounds(t *testing.T) {
	const p = 1_000_003
	for _, q := range []int64{1_000_003, 1_000_033, 1_020_001, 1_028_001} { // (q-p)^2/8p rounds: 0, 1, 50, 97
		if !CloseFactors(big.NewInt(p * q)) {
			t.Errorf("%d is not found beside %d", q, p)
		}
	}
	if CloseFactors(big.NewInt(p * 1_029_001)) { // a prime product that takes 104
		t.Error("more rounds were made than said")
	}
}

func TestParseRSA(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	n, e, ok := ParseRSA(spki)
	if !ok || n.Cmp(key.N) != 0 || e.Int64() != int64(key.E) {
		t.Errorf("read %v, %v, %v", n, e, ok)
	}
	for i := range spki {
		if _, _, ok := ParseRSA(spki[:i]); ok {
			t.Errorf("%d of %d octets are taken for a key", i, len(spki))
		}
	}
}

func BenchmarkQuestions(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	for name, ask := range map[string]func(*big.Int){
		"small factor":  func(n *big.Int) { SmallFactor(n) },
		"close factors": func(n *big.Int) { CloseFactors(n) },
		"ROCA":          func(n *big.Int) { ROCA(n) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				ask(key.N)
			}
		})
	}
}

func FuzzParseRSA(f *testing.F) {
	f.Add([]byte("\x30\x1c0\r\x06\t*\x86H\x86\xf7\r\x01\x01\x01\x05\x00\x03\x0b\x000\x08\x02\x03\x01\x00\x01\x02\x01\x03"))
	f.Fuzz(func(t *testing.T, spki []byte) {
		n, e, ok := ParseRSA(spki)
		if !ok || n.Sign() <= 0 || n.BitLen() < 2 {
			return
		}
		_ = e.Sign()
		SmallFactor(n)
		if n.Bit(0) == 1 {
			CloseFactors(n)
		}
		ROCA(n)
	})
}
