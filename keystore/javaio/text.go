package javaio

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"muxkey/pkcs12x"
)

// DecodeUTF reads the "modified UTF-8" of java.io.DataInput: UTF-8 of each
// UTF-16 unit, so that characters outside the BMP are two surrogates of three
// octets each, and U+0000 is C0 80. Plain UTF-8, which writers outside Java put
// there, is read as well. A lone surrogate becomes U+FFFD. ok is false for what is
// no text.
func DecodeUTF(b []byte) (s string, ok bool) {
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

// EncodeUTF is the inverse of DecodeUTF, as Java writes it.
func EncodeUTF(s string) []byte {
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

// AppendText writes a text with its length in front, in the octets that it was
// read from while they say the same: there is more than one way to write it.
// stored is nil for a new one. The error is pkcs12x.ErrUnsupported for a text over
// 65,535 octets.
func AppendText(out []byte, text string, stored []byte) ([]byte, error) {
	b := stored
	if was, ok := DecodeUTF(stored); !ok || was != text {
		b = EncodeUTF(text)
	}
	if len(b) > 0xffff {
		return nil, fmt.Errorf("%w: a text of %d octets, 65535 is the most", pkcs12x.ErrUnsupported, len(b))
	}
	out = binary.BigEndian.AppendUint16(out, uint16(len(b))) //nolint:gosec // checked
	return append(out, b...), nil
}

// AppendLong writes octets with a 32-bit length in front.
func AppendLong(out, b []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(b))) //nolint:gosec // no key or certificate is so long
	return append(out, b...)
}

// UTF16 is the octets of a string's chars, the form in which a password goes
// into hashes.
func UTF16(s string) []byte {
	out := make([]byte, 0, 2*len(s)) // UTF-8 has at least an octet where this has two, so it never grows
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.BigEndian.AppendUint16(out, u)
	}
	return out
}
