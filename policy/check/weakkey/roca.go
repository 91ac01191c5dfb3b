package weakkey

import (
	"math/big"
	"sync"
)

// The primes of Infineon's library (CVE-2017-15361) are k*M + (65537^a mod M),
// where M is a product of the first primes: of 39 at least, for the shortest keys.
// So a modulus is a power of 65537 modulo that product, as good as no other number
// is: Nemec and others, "The Return of Coppersmith's Attack", ACM CCS 2017, section
// 2.2.
const (
	generator  = 65537
	firstCount = 39
)

// subgroup is what 65537 generates modulo the product.
type subgroup struct {
	modulus   *big.Int
	generator *big.Int
	order     *big.Int
	powers    []uint64 // the prime powers of the order
}

var infineon = sync.OnceValue(func() subgroup {
	g := subgroup{modulus: big.NewInt(1), generator: big.NewInt(generator), order: big.NewInt(1)}
	highest := map[uint64]uint64{} // of a prime in one of the orders
	for _, p := range primesBelow(168)[:firstCount] {
		g.modulus.Mul(g.modulus, new(big.Int).SetUint64(p))
		for q, power := range factors(orderModulo(p)) {
			highest[q] = max(highest[q], power)
		}
	}
	for _, power := range highest {
		g.order.Mul(g.order, new(big.Int).SetUint64(power))
		g.powers = append(g.powers, power)
	}
	return g
})

// orderModulo is the least power of the generator that is 1 modulo a prime.
func orderModulo(p uint64) uint64 {
	order := uint64(1)
	for x := generator % p; x != 1; x = x * generator % p {
		order++
	}
	return order
}

// factors are the prime powers of n by their primes.
func factors(n uint64) map[uint64]uint64 {
	out := map[uint64]uint64{}
	for p := uint64(2); n > 1; p++ {
		for ; n%p == 0; n /= p {
			out[p] = max(out[p], 1) * p
		}
	}
	return out
}

// ROCA tells whether the key was made by Infineon's library (CVE-2017-15361), from
// whose primes the private key can be computed.
func ROCA(n *big.Int) bool {
	g := infineon()
	rest := new(big.Int).Mod(n, g.modulus)
	// Modulo one prime the powers of the generator are those whose order divides
	// its own. A few primes tell nearly all other keys.
	const some = 11 * 13 * 17 * 19 * 37 * 53 * 61 * 71
	r := new(big.Int).Mod(rest, big.NewInt(some)).Uint64()
	for _, p := range [...]uint64{11, 13, 17, 19, 37, 53, 61, 71} {
		x := uint64(1)
		for range orderModulo(p) {
			x = x * (r % p) % p
		}
		if x != 1 {
			return false
		}
	}
	if new(big.Int).Exp(rest, g.order, g.modulus).Cmp(big.NewInt(1)) != 0 {
		return false
	}
	// A discrete logarithm exists when it does for each prime power of the order
	// (Pohlig and Hellman).
	for _, power := range g.powers {
		e := new(big.Int).Div(g.order, new(big.Int).SetUint64(power))
		step, want := new(big.Int).Exp(g.generator, e, g.modulus), new(big.Int).Exp(rest, e, g.modulus)
		x, found := big.NewInt(1), false
		for range power {
			if found = x.Cmp(want) == 0; found {
				break
			}
			x.Mul(x, step).Mod(x, g.modulus)
		}
		if !found {
			return false
		}
	}
	return true
}
