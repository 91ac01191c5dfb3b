package store

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"muxkey/internal/keytool/exception"
	"muxkey/pkcs12x"
)

// publicKey is what Java says of all that is not encrypted with a password.
const publicKey = "public key protected PKCS12 not supported"

// malformed is what Java says of a file that is no PKCS#12, or that broke off.
func malformed(data []byte, err error) error {
	if _, limit := errors.AsType[*pkcs12x.LimitError](err); limit {
		return exception.Wrap(exception.IO, err.Error(), err)
	}
	said := func(message string) error { return exception.Wrap(exception.IO, message, err) }
	n, ok := declared(data)
	switch {
	case len(data) < 2:
		return said("Short read of DER length")
	case data[1] > 0x84:
		return said(fmt.Sprintf("DerInputStream.getLength(): lengthTag=%d, too big.", data[1]&0x7f))
	case ok && n > len(data):
		return exception.Wrap(endOfFile, "", err)
	case data[0] != 0x30:
		return said("toDerInputStream rejects tag type " + strconv.Itoa(int(int8(data[0])))) //nolint:gosec // Java's byte has a sign
	}
	if errors.Is(err, pkcs12x.ErrUnsupported) {
		return said(publicKey)
	}
	return said(err.Error())
}

// declared is the length of the element that data begins with, as it says itself.
func declared(data []byte) (n int, ok bool) {
	if len(data) < 2 {
		return 0, false
	}
	size := int(data[1])
	if size < 0x80 {
		return 2 + size, true
	}
	if size -= 0x80; size == 0 || size > 4 || len(data) < 2+size {
		return 0, false
	}
	for _, b := range data[2 : 2+size] {
		n = n<<8 | int(b)
	}
	return 2 + size + n, true
}

// probePKCS12 tells whether a file begins as Java knows PKCS#12: with the first 24
// octets of a PFX of version 3 with data in it, in the forms of length that occur
// together (PKCS12KeyStore.engineProbe). A "-" stands for any digit.
func probePKCS12(data []byte) bool {
	const data12 = "06092a864886f70d010701a0"
	for _, pattern := range []string{
		"3080 020103 3080 " + data12 + "80 2480 04--",
		"3082---- 020103 3082---- " + data12 + "8-",
		"30-- 020103 30-- " + data12 + "-- 04------",
		"3081-- 020103 3081-- " + data12 + "81-- 04",
		"3082---- 020103 3081-- " + data12 + "81--",
		"3083------ 020103 3082---- " + data12,
		"3083------ 020103 3083------ " + data12[:22],
		"3084-------- 020103 3083------ " + data12[:20],
		"3084-------- 020103 3084-------- " + data12[:18],
	} {
		if len(data) >= probed && matches(data[:probed], strings.ReplaceAll(pattern, " ", "")) {
			return true
		}
	}
	return false
}

// probed is how much of a file Java looks at.
const probed = 24

func matches(data []byte, pattern string) bool {
	digits := hex.EncodeToString(data)
	for i := range min(len(pattern), len(digits)) {
		if pattern[i] != '-' && pattern[i] != digits[i] {
			return false
		}
	}
	return true
}
