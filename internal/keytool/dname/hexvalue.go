package dname

import (
	"encoding/hex"
	"math"
	"strings"

	"golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/internal/keytool/exception"
)

// parseHex reads the digits behind "#": one encoded value.
func parseHex(digits string) ([]byte, error) {
	if i := strings.IndexAny(digits, "+,;"); i >= 0 {
		digits = digits[:i]
	}
	for _, r := range digits {
		if !isHex(r) {
			return nil, exception.New(exception.IO, "AVA parse, invalid hex digit: "+string(r))
		}
	}
	switch {
	case digits == "":
		return nil, exception.New(exception.IO, "AVA parse, zero hex digits")
	case len(digits)%2 == 1:
		return nil, exception.New(exception.IO, "AVA parse, odd number of hex digits")
	}
	value, err := hex.DecodeString(digits)
	if err != nil {
		return nil, exception.Wrap(exception.IO, "AVA parse, invalid hex digit", err)
	}
	return oneValue(value)
}

// oneValue holds bytes to be one element, and gives it with the shortest length.
// Java also takes indefinite lengths; nobody writes those in a name by hand.
func oneValue(value []byte) ([]byte, error) {
	switch {
	case len(value) < 2:
		return nil, exception.New(exception.IO, "Too short")
	case value[0]&0x1F == 0x1F:
		return nil, exception.New(exception.IO, "Tag number over 30 at 0 is not supported")
	case value[1] == 0x80:
		return nil, exception.New(exception.IO, "not enough data to resolve indef len BER")
	}
	length, content := int64(value[1]), value[2:]
	if length > 0x80 {
		n := int(length & 0x7F)
		switch {
		case n > 4:
			return nil, exception.New(exception.IO, "Invalid lenByte")
		case n > len(content):
			return nil, exception.New(exception.IO, "Not enough length bytes")
		}
		length = 0
		for _, b := range content[:n] {
			length = length<<8 | int64(b)
		}
		content = content[n:]
	}
	switch {
	case length > math.MaxInt32:
		return nil, exception.New(exception.IO, "Invalid length bytes")
	case length > int64(len(content)):
		return nil, exception.New("java.io.EOFException", "not enough content")
	case length < int64(len(content)):
		return nil, exception.New(exception.IO, "extra data at the end")
	}
	return element(asn1.Tag(value[0]), content), nil
}
