package pkcs12x

import (
	"strings"
	"unicode/utf16"
)

// reading is one way to turn a password into the octets that a key derivation
// takes. RFC 7292 appendix B.1 wants a BMPString with a terminator, RFC 8018
// wants octets. Writers that got it wrong:
//
//   - the empty password: OpenSSL, the JDK and NSS hash the two zero octets of
//     the terminator, Windows hashes nothing at all, and some files mix both
//     between MAC and bags;
//   - OpenSSL up to 1.0.2 (and 3 in a Latin-1 locale) widened each octet of the
//     password to 16 bits, so "ü" in UTF-8 became two characters;
//   - JDK 25 and 26 keep seven bits of each octet in UTF-8, in the keys of the
//     derivation of RFC 7292 but not in that of the MAC (PKCS12PBECipherCore);
//   - NSS up to 3.46 gave PBKDF2 the BMPString; other programs gave it Latin-1.
type reading struct {
	bmp    []byte // for the derivation of RFC 7292 appendix B
	octets []byte // for PBKDF1, PBKDF2 and scrypt
}

// readings lists the ways to read a password, the standard one first. A wrong
// ASCII password is tried once, so that it is not slower to refuse.
func readings(password string) []reading {
	standard := reading{bmpString(password, true), []byte(password)}
	if password == "" {
		return []reading{standard, {nil, nil}}
	}
	if isASCII(password) {
		return []reading{standard}
	}
	widened := make([]rune, 0, len(password))
	for _, b := range []byte(password) {
		widened = append(widened, rune(b))
	}
	list := []reading{
		standard,
		{bmpString(string(widened), true), bmpString(password, true)},
		sevenBits([]byte(password)),
	}
	if narrow, ok := latin1(password); ok {
		list = append(list, reading{bmpString(password, false), narrow})
	}
	return list
}

// sevenBits is the reading of a password in UTF-8 by JDK 25.
func sevenBits(octets []byte) reading {
	masked := make([]byte, len(octets))
	for i, b := range octets {
		masked[i] = b & 0x7f
	}
	return reading{bmpString(string(masked), true), octets}
}

// octetReadings are the ways to read a password for PBKDF2 when the standard
// one has failed behind a MAC that proved the password right; ASCII included.
func octetReadings(password string) [][]byte {
	list := [][]byte{[]byte(password), bmpString(password, true), bmpString(password, false)}
	if narrow, ok := latin1(password); ok && !isASCII(password) {
		list = append(list, narrow)
	}
	return list
}

// bmpString is UTF-16 in big-endian order. Characters outside the BMP become
// surrogate pairs, which is what OpenSSL, the JDK and Windows write, though a
// BMPString has none.
func bmpString(s string, terminated bool) []byte {
	units := utf16.Encode([]rune(s))
	out := make([]byte, 0, 2*len(units)+2)
	for _, u := range units {
		out = append(out, byte(u>>8), byte(u))
	}
	if terminated {
		out = append(out, 0, 0)
	}
	return out
}

// decodeBMP is tolerant: an odd last octet is dropped, a lone surrogate becomes
// U+FFFD.
func decodeBMP(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	return strings.TrimSuffix(string(utf16.Decode(units)), "\x00")
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func latin1(s string) ([]byte, bool) {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return nil, false
		}
		out = append(out, byte(r))
	}
	return out, true
}
