package bcfks

import (
	"crypto/cipher"
	"crypto/subtle"
	"fmt"

	"muxkey/pkcs12x"
)

// AES-CCM as RFC 3610 has it, without additional data, which the format does
// not use. The standard library leaves it out. github.com/pion/dtls/v3 has it in
// a package of its own, at the price of three modules around a protocol.

const blockSize = 16

// ccm is the mode with its nonce. The nonce of 7 to 13 octets leaves 15 - n for
// the length of the message.
type ccm struct {
	block cipher.Block
	nonce []byte
	tag   int // octets
}

func newCCM(block cipher.Block, nonce []byte, tag int) (ccm, error) {
	if len(nonce) < 7 || len(nonce) > 13 || tag < 4 || tag > 16 || tag%2 != 0 {
		return ccm{}, damagedf("AES-CCM with a nonce of %d octets and a tag of %d", len(nonce), tag)
	}
	return ccm{block, nonce, tag}, nil
}

// fits tells whether a message is short enough for the nonce.
func (c ccm) fits(length int) bool {
	bits := 8 * (15 - len(c.nonce))
	return bits >= 63 || int64(length) < 1<<bits
}

// first is the block that both halves of the mode begin with: A_0 for the
// counter, and with flags and length filled in B_0 for the MAC.
func (c ccm) first() []byte {
	b := make([]byte, blockSize)
	b[0] = byte(14 - len(c.nonce))
	copy(b[1:], c.nonce)
	return b
}

// sum is the CBC-MAC of section 2.2, not yet encrypted.
func (c ccm) sum(plain []byte) []byte {
	b := c.first()
	b[0] |= byte((c.tag-2)/2) << 3
	for i, n := blockSize-1, len(plain); n > 0; i, n = i-1, n>>8 {
		b[i] |= byte(n)
	}
	mac := cipher.NewCBCEncrypter(c.block, make([]byte, blockSize))
	last := make([]byte, blockSize)
	mac.CryptBlocks(last, b)
	buffer := make([]byte, 256*blockSize)
	for len(plain) > 0 {
		n := copy(buffer, plain)
		plain = plain[n:]
		whole := (n + blockSize - 1) / blockSize * blockSize
		clear(buffer[n:whole])
		mac.CryptBlocks(buffer[:whole], buffer[:whole])
		copy(last, buffer[whole-blockSize:whole])
	}
	return last[:c.tag]
}

// stream encrypts the tag with S_0 and the message with what follows (section
// 2.3); twice it gives back what was there.
func (c ccm) stream(tag, out, in []byte) {
	s := cipher.NewCTR(c.block, c.first())
	var zero [blockSize]byte
	copy(zero[:], tag)
	s.XORKeyStream(zero[:], zero[:])
	copy(tag, zero[:])
	s.XORKeyStream(out, in)
}

func (c ccm) seal(plain []byte) ([]byte, error) {
	if !c.fits(len(plain)) {
		return nil, fmt.Errorf("%w: %d octets are too many for AES-CCM with a nonce of %d octets", pkcs12x.ErrUnsupported, len(plain), len(c.nonce))
	}
	out := make([]byte, len(plain), len(plain)+c.tag)
	tag := c.sum(plain)
	c.stream(tag, out, plain)
	return append(out, tag...), nil
}

// open returns ErrPassword when the tag is wrong.
func (c ccm) open(sealed []byte) ([]byte, error) {
	n := len(sealed) - c.tag
	if n < 0 || !c.fits(n) {
		return nil, damagedf("AES-CCM over %d octets", len(sealed))
	}
	tag := append([]byte(nil), sealed[n:]...)
	out := make([]byte, n)
	c.stream(tag, out, sealed[:n])
	if subtle.ConstantTimeCompare(tag, c.sum(out)) != 1 {
		clear(out)
		return nil, pkcs12x.ErrPassword
	}
	return out, nil
}
