package jca

import (
	"hash"
	"math/big"
)

// md2 is the digest of RFC 1319, which no library in use has: roots of the
// nineties are signed with it, and Java signs with it to this day.
type md2 struct {
	state    [48]byte
	checksum [16]byte
	rest     []byte // fewer than a block
}

func newMD2() hash.Hash { return &md2{} }

func (d *md2) Size() int      { return 16 }
func (d *md2) BlockSize() int { return 16 }
func (d *md2) Reset()         { *d = md2{} }

func (d *md2) Write(p []byte) (int, error) {
	d.rest = append(d.rest, p...)
	table := piDigits()
	for ; len(d.rest) >= 16; d.rest = d.rest[16:] {
		d.block(&table, d.rest[:16])
	}
	return len(p), nil
}

func (d *md2) block(table *[256]byte, block []byte) {
	last := d.checksum[15]
	for i, b := range block {
		d.checksum[i] ^= table[b^last]
		last = d.checksum[i]
	}
	d.absorb(table, block)
}

func (d *md2) absorb(table *[256]byte, block []byte) {
	for i, b := range block {
		d.state[16+i] = b
		d.state[32+i] = b ^ d.state[i]
	}
	var t byte
	for round := range 18 {
		for i := range d.state {
			d.state[i] ^= table[t]
			t = d.state[i]
		}
		t += byte(round)
	}
}

func (d *md2) Sum(in []byte) []byte {
	end := *d
	pad := byte(16 - len(d.rest))
	block := append([]byte{}, d.rest...)
	for range pad {
		block = append(block, pad)
	}
	table := piDigits()
	end.block(&table, block)
	end.absorb(&table, end.checksum[:])
	return append(in, end.state[:16]...)
}

// piDigits is the permutation of RFC 1319 section 3.2, which is made of the
// digits of pi. It is made and not stored, by the algorithm that the Handbook of
// Applied Cryptography describes under 9.4: a shuffle, whose choices are the next
// digits.
func piDigits() [256]byte {
	const enough = 722 // digits
	digits := pi(new(big.Int).Exp(big.NewInt(10), big.NewInt(enough), nil)).String()
	next := func(n int) int {
		wide, limit := 1, 10
		switch {
		case n > 100:
			wide, limit = 3, 1000
		case n > 10:
			wide, limit = 2, 100
		}
		for {
			x := 0
			for range wide {
				x = 10*x + int(digits[0]-'0')
				digits = digits[1:]
			}
			if x < n*(limit/n) {
				return x % n
			}
		}
	}
	var s [256]byte
	for i := range s {
		s[i] = byte(i)
	}
	for i := 2; i <= len(s); i++ {
		j := next(i)
		s[j], s[i-1] = s[i-1], s[j]
	}
	return s
}
