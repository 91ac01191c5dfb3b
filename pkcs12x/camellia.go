package pkcs12x

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"math/bits"
)

// Camellia (RFC 3713), which GnuTLS, NSS and OpenSSL can write and no kept Go
// library offers. It only ever decrypts files at rest, so it is written to be
// short, not fast.

type camellia struct {
	// k are the round keys, ke the keys of the FL layers, kw the whitening
	// keys, in the order of encryption.
	k  []uint64
	ke []uint64
	kw [4]uint64
}

var camelliaSigma = [6]uint64{
	0xa09e667f3bcc908b, 0xb67ae8584caa73b2, 0xc6ef372fe94f82be,
	0x54ff53a5f1d36f1c, 0x10e527fade682d1d, 0xb05688c2b3e6c1fd,
}

// camelliaS1 is SBOX1; the other three are rotations of it.
var camelliaS1 = [256]byte{
	112, 130, 44, 236, 179, 39, 192, 229, 228, 133, 87, 53, 234, 12, 174, 65,
	35, 239, 107, 147, 69, 25, 165, 33, 237, 14, 79, 78, 29, 101, 146, 189,
	134, 184, 175, 143, 124, 235, 31, 206, 62, 48, 220, 95, 94, 197, 11, 26,
	166, 225, 57, 202, 213, 71, 93, 61, 217, 1, 90, 214, 81, 86, 108, 77,
	139, 13, 154, 102, 251, 204, 176, 45, 116, 18, 43, 32, 240, 177, 132, 153,
	223, 76, 203, 194, 52, 126, 118, 5, 109, 183, 169, 49, 209, 23, 4, 215,
	20, 88, 58, 97, 222, 27, 17, 28, 50, 15, 156, 22, 83, 24, 242, 34,
	254, 68, 207, 178, 195, 181, 122, 145, 36, 8, 232, 168, 96, 252, 105, 80,
	170, 208, 160, 125, 161, 137, 98, 151, 84, 91, 30, 149, 224, 255, 100, 210,
	16, 196, 0, 72, 163, 247, 117, 219, 138, 3, 230, 218, 9, 63, 221, 148,
	135, 92, 131, 2, 205, 74, 144, 51, 115, 103, 246, 243, 157, 127, 191, 226,
	82, 155, 216, 38, 200, 55, 198, 59, 129, 150, 111, 75, 19, 190, 99, 46,
	233, 121, 167, 140, 159, 110, 188, 142, 41, 245, 249, 182, 47, 253, 180, 89,
	120, 152, 6, 106, 231, 70, 113, 186, 212, 37, 171, 66, 136, 162, 141, 250,
	114, 7, 185, 85, 248, 238, 172, 10, 54, 73, 42, 104, 60, 56, 241, 164,
	64, 40, 211, 123, 187, 201, 67, 193, 21, 227, 173, 244, 119, 199, 128, 158,
}

func newCamellia(key []byte) (cipher.Block, error) {
	var l, r [2]uint64
	l = [2]uint64{binary.BigEndian.Uint64(key), binary.BigEndian.Uint64(key[8:])}
	switch len(key) {
	case 16:
	case 24:
		r[0] = binary.BigEndian.Uint64(key[16:])
		r[1] = ^r[0]
	case 32:
		r = [2]uint64{binary.BigEndian.Uint64(key[16:]), binary.BigEndian.Uint64(key[24:])}
	default:
		return nil, aes.KeySizeError(len(key))
	}
	d1, d2 := l[0]^r[0], l[1]^r[1]
	d2 ^= camelliaF(d1, camelliaSigma[0])
	d1 ^= camelliaF(d2, camelliaSigma[1])
	d1 ^= l[0]
	d2 ^= l[1]
	d2 ^= camelliaF(d1, camelliaSigma[2])
	d1 ^= camelliaF(d2, camelliaSigma[3])
	a := [2]uint64{d1, d2}
	d1 ^= r[0]
	d2 ^= r[1]
	d2 ^= camelliaF(d1, camelliaSigma[4])
	d1 ^= camelliaF(d2, camelliaSigma[5])
	b := [2]uint64{d1, d2}

	// The schedule of RFC 3713 section 2.2: halves of a rotated 128-bit key.
	c := new(camellia)
	both := func(x [2]uint64, n int) []uint64 { y := rotate128(x, n); return y[:] }
	if len(key) == 16 {
		k15, a15 := rotate128(l, 15), rotate128(a, 15)
		c.kw = [4]uint64{l[0], l[1], rotate128(a, 111)[0], rotate128(a, 111)[1]}
		c.k = append(c.k, a[:]...)
		c.k = append(append(c.k, k15[:]...), a15[:]...)
		c.ke = append(both(a, 30), both(l, 77)...)
		c.k = append(append(c.k, both(l, 45)...), rotate128(a, 45)[0], rotate128(l, 60)[1])
		c.k = append(c.k, both(a, 60)...)
		c.k = append(append(append(c.k, both(l, 94)...), both(a, 94)...), both(l, 111)...)
		return c, nil
	}
	c.kw = [4]uint64{l[0], l[1], rotate128(b, 111)[0], rotate128(b, 111)[1]}
	for _, part := range []struct {
		x [2]uint64
		n int
	}{{b, 0}, {r, 15}, {a, 15}, {b, 30}, {l, 45}, {a, 45}, {r, 60}, {b, 60}, {l, 77}, {r, 94}, {a, 94}, {l, 111}} {
		c.k = append(c.k, both(part.x, part.n)...)
	}
	c.ke = append(append(both(r, 30), both(l, 60)...), both(a, 77)...)
	return c, nil
}

// rotate128 rotates to the left.
func rotate128(x [2]uint64, n int) [2]uint64 {
	if n >= 64 {
		x[0], x[1] = x[1], x[0]
		n -= 64
	}
	if n == 0 {
		return x
	}
	return [2]uint64{x[0]<<n | x[1]>>(64-n), x[1]<<n | x[0]>>(64-n)}
}

func (c *camellia) BlockSize() int { return 16 }

func (c *camellia) Encrypt(dst, src []byte) {
	c.crypt(dst, src, c.kw, func(i int) uint64 { return c.k[i] }, func(i int) uint64 { return c.ke[i] })
}

// Decrypt is encryption with the keys in reverse order (RFC 3713 section 2.3.2).
func (c *camellia) Decrypt(dst, src []byte) {
	kw := [4]uint64{c.kw[2], c.kw[3], c.kw[0], c.kw[1]}
	c.crypt(dst, src, kw, func(i int) uint64 { return c.k[len(c.k)-1-i] }, func(i int) uint64 { return c.ke[len(c.ke)-1-i] })
}

func (c *camellia) crypt(dst, src []byte, kw [4]uint64, k, ke func(int) uint64) {
	d1 := binary.BigEndian.Uint64(src) ^ kw[0]
	d2 := binary.BigEndian.Uint64(src[8:]) ^ kw[1]
	for i := 0; i < len(c.k); i += 2 {
		if i > 0 && i%6 == 0 {
			d1 = camelliaFL(d1, ke(i/3-2))
			d2 = camelliaFLInverse(d2, ke(i/3-1))
		}
		d2 ^= camelliaF(d1, k(i))
		d1 ^= camelliaF(d2, k(i+1))
	}
	binary.BigEndian.PutUint64(dst, d2^kw[2])
	binary.BigEndian.PutUint64(dst[8:], d1^kw[3])
}

func camelliaF(in, key uint64) uint64 {
	var t [8]byte
	binary.BigEndian.PutUint64(t[:], in^key)
	s2 := func(x byte) byte { return bits.RotateLeft8(camelliaS1[x], 1) }
	s3 := func(x byte) byte { return bits.RotateLeft8(camelliaS1[x], 7) }
	s4 := func(x byte) byte { return camelliaS1[bits.RotateLeft8(x, 1)] }
	t = [8]byte{camelliaS1[t[0]], s2(t[1]), s3(t[2]), s4(t[3]), s2(t[4]), s3(t[5]), s4(t[6]), camelliaS1[t[7]]}
	return binary.BigEndian.Uint64([]byte{
		t[0] ^ t[2] ^ t[3] ^ t[5] ^ t[6] ^ t[7],
		t[0] ^ t[1] ^ t[3] ^ t[4] ^ t[6] ^ t[7],
		t[0] ^ t[1] ^ t[2] ^ t[4] ^ t[5] ^ t[7],
		t[1] ^ t[2] ^ t[3] ^ t[4] ^ t[5] ^ t[6],
		t[0] ^ t[1] ^ t[5] ^ t[6] ^ t[7],
		t[1] ^ t[2] ^ t[4] ^ t[6] ^ t[7],
		t[2] ^ t[3] ^ t[4] ^ t[5] ^ t[7],
		t[0] ^ t[3] ^ t[4] ^ t[5] ^ t[6],
	})
}

func camelliaFL(in, key uint64) uint64 {
	x1, x2 := uint32(in>>32), uint32(in)
	x2 ^= bits.RotateLeft32(x1&uint32(key>>32), 1)
	x1 ^= x2 | uint32(key)
	return uint64(x1)<<32 | uint64(x2)
}

func camelliaFLInverse(in, key uint64) uint64 {
	y1, y2 := uint32(in>>32), uint32(in)
	y1 ^= y2 | uint32(key)
	y2 ^= bits.RotateLeft32(y1&uint32(key>>32), 1)
	return uint64(y1)<<32 | uint64(y2)
}
