package jca

import "math/big"

// pi is π times a unit, rounded down. The primes of RFC 3526 and the table of MD2
// are made of its digits, and that is shorter than they are.
//
// It is Machin's formula, π = 16·arctan(1/5) - 4·arctan(1/239), with bits to spare
// for what each term loses.
func pi(unit *big.Int) *big.Int {
	const spare = 64
	wide := new(big.Int).Lsh(unit, spare)
	sum := new(big.Int).Lsh(arctan(5, wide), 2)
	sum.Sub(sum, arctan(239, wide))
	return sum.Rsh(sum, spare-2)
}

// arctan is the arc tangent of 1/x times a unit.
func arctan(x int64, unit *big.Int) *big.Int {
	term := new(big.Int).Quo(unit, big.NewInt(x))
	sum := new(big.Int)
	square := big.NewInt(x * x)
	part := new(big.Int)
	for n := int64(1); term.Sign() > 0; n += 2 {
		part.Quo(term, big.NewInt(n))
		if n%4 == 1 {
			sum.Add(sum, part)
		} else {
			sum.Sub(sum, part)
		}
		term.Quo(term, square)
	}
	return sum
}
