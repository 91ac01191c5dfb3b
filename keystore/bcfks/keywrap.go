package bcfks

import (
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"math"

	"muxkey/pkcs12x"
)

// AES key wrap with padding, RFC 5649. The standard library leaves it out, and
// that of github.com/tink-crypto/tink-go stops at 8,192 octets, which whole
// keystores are longer than.

// wrapMagic is the first half of the initial value; the length of the message
// is the other (section 3).
const wrapMagic = 0xa65959a6

const half = 8 // octets of a semiblock

func wrap(block cipher.Block, plain []byte) ([]byte, error) {
	if len(plain) == 0 || int64(len(plain)) > math.MaxUint32 {
		return nil, fmt.Errorf("%w: key wrap over %d octets", pkcs12x.ErrUnsupported, len(plain))
	}
	n := (len(plain) + half - 1) / half
	out := make([]byte, (n+1)*half)
	binary.BigEndian.PutUint32(out, wrapMagic)
	binary.BigEndian.PutUint32(out[4:], uint32(len(plain))) //nolint:gosec // checked
	copy(out[half:], plain)
	var b [blockSize]byte
	if n == 1 {
		block.Encrypt(out, out)
		return out, nil
	}
	copy(b[:half], out)
	for t := 1; t <= 6*n; t++ { // RFC 3394 section 2.2.1
		r := out[((t-1)%n+1)*half:][:half]
		copy(b[half:], r)
		block.Encrypt(b[:], b[:])
		copy(r, b[half:])
		count(&b, t)
	}
	copy(out, b[:half])
	return out, nil
}

// unwrap returns ErrPassword when what comes out was never wrapped.
func unwrap(block cipher.Block, sealed []byte) ([]byte, error) {
	if len(sealed) < 2*half || len(sealed)%half != 0 {
		return nil, damagedf("a wrapping of %d octets", len(sealed))
	}
	n := len(sealed)/half - 1
	out := append([]byte(nil), sealed...)
	var b [blockSize]byte
	if n == 1 {
		block.Decrypt(out, out)
		copy(b[:half], out)
	} else {
		copy(b[:half], out)
		for t := 6 * n; t > 0; t-- { // RFC 3394 section 2.2.2
			r := out[((t-1)%n+1)*half:][:half]
			count(&b, t)
			copy(b[half:], r)
			block.Decrypt(b[:], b[:])
			copy(r, b[half:])
		}
	}
	length := int64(binary.BigEndian.Uint32(b[4:]))
	good := binary.BigEndian.Uint32(b[:]) == wrapMagic && length > int64(n-1)*half && length <= int64(n)*half
	if good {
		for _, c := range out[half+length:] {
			good = good && c == 0
		}
	}
	if !good {
		clear(out)
		return nil, pkcs12x.ErrPassword
	}
	return out[half : half+length], nil
}

// count puts the number of a step into the first half of a block.
func count(b *[blockSize]byte, t int) {
	binary.BigEndian.PutUint64(b[:], binary.BigEndian.Uint64(b[:])^uint64(t)) //nolint:gosec // not negative
}
