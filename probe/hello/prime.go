package hello

import (
	"bytes"
	"fmt"
	"math/bits"
)

// Prime is the modulus of a Diffie-Hellman group, big-endian without zeros ahead.
type Prime []byte

// Bits is its length.
func (p Prime) Bits() int {
	if len(p) == 0 {
		return 0
	}
	return (len(p)-1)*8 + bits.Len8(p[0])
}

// Name is that of the standard group, as far as it can be told from the ends of the
// prime ("ffdhe2048" of RFC 7919, "modp1024" of RFC 2409 and RFC 3526), and
// "custom" for one that somebody made.
func (p Prime) Name() string {
	family := ""
	switch {
	case !bytes.HasSuffix(p, bytes.Repeat([]byte{0xFF}, 8)): // both end in 64 ones
	case bytes.HasPrefix(p, []byte("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xAD\xF8\x54\x58\xA2\xBB\x4A\x9A")): // and begin so, with e
		family = "ffdhe"
	case bytes.HasPrefix(p, []byte("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xC9\x0F\xDA\xA2\x21\x68\xC2\x34")): // or pi
		family = "modp"
	}
	if family == "" {
		return "custom"
	}
	return fmt.Sprintf("%s%d", family, p.Bits())
}

// Verdict says what the group is worth.
func (p Prime) Verdict() Verdict {
	switch n := p.Bits(); {
	case n < 1024:
		return Verdict{Insecure, []string{fmt.Sprintf("a prime of %d bits (Logjam)", n)}}
	case n < 2048:
		return Verdict{Weak, []string{fmt.Sprintf("a prime of %d bits (RFC 9325 section 4.4)", n)}}
	}
	return Verdict{Grade: Secure}
}
