package jks

import (
	"unicode/utf16"
	"unicode/utf8"
)

// decodeUTF reads the "modified UTF-8" of java.io.DataInput: UTF-8 of each
// UTF-16 unit, so that characters outside the BMP are two surrogates of three
// octets each, and U+0000 is C0 80. Plain UTF-8, which writers outside Java put
// there, is read as well. A lone surrogate becomes U+FFFD.
func decodeUTF(b []byte) (string, bool) {
	units := make([]uint16, 0, len(b))
	for len(b) > 0 {
		c := b[0]
		var n int
		var u uint16
		switch {
		case c < 0x80:
			n, u = 1, uint16(c)
		case c>>5 == 0b110 && len(b) >= 2:
			n, u = 2, uint16(c&0x1f)<<6|uint16(b[1]&0x3f)
		case c>>4 == 0b1110 && len(b) >= 3:
			n, u = 3, uint16(c&0x0f)<<12|uint16(b[1]&0x3f)<<6|uint16(b[2]&0x3f)
		case c>>3 == 0b11110:
			r, size := utf8.DecodeRune(b)
			if r == utf8.RuneError {
				return "", false
			}
			units = utf16.AppendRune(units, r)
			b = b[size:]
			continue
		default:
			return "", false
		}
		for _, c := range b[1:n] {
			if c>>6 != 0b10 {
				return "", false
			}
		}
		units = append(units, u)
		b = b[n:]
	}
	return string(utf16.Decode(units)), true
}

// encodeUTF is the inverse of decodeUTF.
func encodeUTF(s string) []byte {
	out := make([]byte, 0, len(s))
	for _, u := range utf16.Encode([]rune(s)) {
		switch {
		case u > 0 && u < 0x80:
			out = append(out, byte(u))
		case u < 0x800:
			out = append(out, 0xc0|byte(u>>6), 0x80|byte(u&0x3f))
		default:
			out = append(out, 0xe0|byte(u>>12), 0x80|byte(u>>6&0x3f), 0x80|byte(u&0x3f))
		}
	}
	return out
}
