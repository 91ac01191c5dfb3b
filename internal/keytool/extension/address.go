package extension

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
)

const unknownHost = "java.net.UnknownHostException"

// ipName reads an address, with a mask (IPv4) or a prefix length (IPv6) behind a
// slash, as Java does, which does not care that a certificate should have none.
func ipName(text string, l level.Level) ([]byte, error) {
	base, suffix, masked := strings.Cut(text, "/")
	switch {
	case text == "":
		return nil, ioException("IPAddress cannot be null or empty")
	case strings.HasSuffix(text, "/"), !strings.ContainsAny(text, ".:"):
		return nil, ioException("Invalid IPAddress: " + text)
	case !masked:
		return address(text)
	case strings.Contains(text, ":"):
		return prefixed(base, suffix, l)
	}
	mask, err := address(suffix)
	if err != nil {
		return nil, err
	}
	host, err := address(base)
	if err != nil {
		return nil, err
	}
	return append(host, mask...), nil
}

// prefixed is an IPv6 network.
func prefixed(base, suffix string, l level.Level) ([]byte, error) {
	host, err := address(base)
	if err != nil {
		return nil, err
	}
	var short error
	if len(host) != 16 {
		short = exception.New("java.lang.ArrayIndexOutOfBoundsException", fmt.Sprintf("arraycopy: last source index 16 out of bounds for byte[%d]", len(host)))
	}
	if short != nil && !l.StrictLabels {
		return nil, short
	}
	n, err := number(suffix)
	in := "in"
	if l.StrictLabels { // the updates that have those have this
		in = "is"
		if err != nil {
			err = exception.Wrap(exception.IO, exception.Of(err).Error(), err)
		}
	}
	switch {
	case err != nil:
		return nil, err
	case n < 0 || n > 128:
		return nil, ioException(fmt.Sprintf("IPv6Address prefix length (%d) %s out of valid range [0,128]", n, in))
	case short != nil:
		return nil, short
	}
	mask := make([]byte, 16)
	for i := range n {
		mask[i/8] |= 0x80 >> (i % 8)
	}
	return append(host, mask...), nil
}

// address reads a literal address as InetAddress.getByName does. Java would look
// up what is none; here there is no network to ask, and it is not found. No text is
// this machine.
func address(text string) ([]byte, error) {
	if text == "" {
		return []byte{127, 0, 0, 1}, nil
	}
	inner := text
	bracketed := strings.HasPrefix(text, "[")
	if bracketed {
		inner = strings.TrimSuffix(text[1:], "]")
	}
	if inner != "" && (inner[0] == ':' || strings.IndexByte("0123456789abcdefABCDEF", inner[0]) >= 0) || bracketed {
		if ip := ipv4(text); ip != nil {
			return ip, nil
		}
		// A scope is no part of the address.
		literal, scope, scoped := strings.Cut(inner, "%")
		a, err := netip.ParseAddr(literal)
		_, notNumber := strconv.Atoi(scope)
		switch {
		case err != nil, !a.Is6(), scoped && scope == "", bracketed && !strings.HasSuffix(text, "]"):
		case scoped && notNumber != nil:
			return nil, exception.New(unknownHost, "no such interface "+scope)
		default:
			return a.Unmap().AsSlice(), nil
		}
		if bracketed || strings.Contains(text, ":") {
			return nil, exception.New(unknownHost, text+": invalid IPv6 address literal")
		}
	}
	return nil, exception.New(unknownHost, text+": Name or service not known")
}

// ipv4 reads one to four numbers, the last of which fills what is left; nil for
// anything else.
func ipv4(text string) []byte {
	words := strings.Split(text, ".")
	if len(words) > 4 || len(text) > len("255.255.255.255") {
		return nil
	}
	ip := make([]byte, 4)
	for i, word := range words {
		n, err := strconv.ParseUint(word, 10, 32)
		last := i == len(words)-1
		switch {
		case err != nil:
			return nil
		case !last && n > 0xFF, last && n >= 1<<(8*(4-i)):
			return nil
		case !last:
			ip[i] = byte(n)
		}
		for j := 3; last && j >= i; j-- {
			ip[j] = byte(n)
			n >>= 8
		}
	}
	return ip
}
