package dial

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
)

// socks4 is SOCKS4, with SOCKS4a where the host is a name (OpenSSH's copies of
// socks4.protocol and socks4a.protocol).
func socks4(t *request) error {
	port, err := strconv.ParseUint(t.port, 10, 16)
	if err != nil {
		return err
	}
	const connect = 1
	ask := binary.BigEndian.AppendUint16([]byte{4, connect}, uint16(port))
	name := ""
	switch ip, err := netip.ParseAddr(t.host); {
	case err != nil:
		ask, name = append(ask, 0, 0, 0, 1), t.host+"\x00" // an address that none has: the name follows
	case ip.Unmap().Is4():
		ask = append(ask, ip.Unmap().AsSlice()...)
	default:
		return fmt.Errorf("%w: SOCKS4 knows none of IPv6", ErrNoAddress)
	}
	answer, err := t.exchange(string(ask)+t.proxy.User+"\x00"+name, 8, func(first byte) bool { return first == 0 || first == 4 })
	if err != nil {
		return err
	}
	const granted = 90
	switch code := int(answer[1]); code {
	case granted:
		return nil
	case 91:
		return &ReplyError{code, "it refuses, or the connection failed"}
	case 92:
		return &ReplyError{code, "it finds no identd here"}
	case 93:
		return &ReplyError{code, "identd says another user"}
	}
	return ErrProxyProtocol
}

// socks5 is RFC 1928, with the password of RFC 1929.
func socks5(t *request) error {
	const version, connect = 5, 1
	const none, password, nothing = 0, 2, 0xff // methods of authentication
	is := func(want byte) func(byte) bool { return func(first byte) bool { return first == want } }
	port, err := strconv.ParseUint(t.port, 10, 16)
	if err != nil {
		return err
	}
	offer := string([]byte{version, 1, none})
	if t.proxy.User != "" {
		offer = string([]byte{version, 2, none, password})
	}
	answer, err := t.exchange(offer, 2, is(version))
	if err != nil {
		return err
	}
	switch method := answer[1]; {
	case method == none:
	case method == nothing && t.proxy.User != "":
		return fmt.Errorf("%w: it knows no such way", ErrProxyDenied)
	case method == nothing:
		return ErrProxyAuth
	case method == password && t.proxy.User != "":
		secret := t.password()
		if len(secret) > 255 {
			return fmt.Errorf("%w: SOCKS5 has no room for more than 255 bytes of it", ErrProxyDenied)
		}
		const negotiation = 1
		ask := string([]byte{negotiation, byte(len(t.proxy.User))}) + t.proxy.User + string([]byte{byte(len(secret))}) + secret
		// Some answer with the version of the protocol rather than that of the
		// negotiation.
		answer, err := t.exchange(ask, 2, func(first byte) bool { return first == negotiation || first == version })
		if errors.Is(err, io.ErrUnexpectedEOF) { // RFC 1929 section 2: who is not let in is left
			return ErrProxyDenied
		}
		if err != nil {
			return err
		}
		if answer[1] != 0 {
			return ErrProxyDenied
		}
	default:
		return ErrProxyProtocol
	}
	const ipv4, name, ipv6 = 1, 3, 4
	ask := []byte{version, connect, 0}
	switch ip, err := netip.ParseAddr(t.host); {
	case err != nil && len(t.host) > 255:
		return fmt.Errorf("%w: SOCKS5 has no room for more than 255 bytes", ErrNoAddress)
	case err != nil:
		ask = append(append(ask, name, byte(len(t.host))), t.host...)
	case ip.Unmap().Is4():
		ask = append(append(ask, ipv4), ip.Unmap().AsSlice()...)
	default:
		ask = append(append(ask, ipv6), ip.AsSlice()...)
	}
	ask = binary.BigEndian.AppendUint16(ask, uint16(port))
	// Of a refusal some send no more than the code.
	answer, err = t.exchange(string(ask), 2, is(version))
	if err != nil {
		return err
	}
	if code := int(answer[1]); code != 0 {
		return &ReplyError{code, socks5Reply(code)}
	}
	// The address from which it connects is of no use, but it must be read.
	answer, err = t.read(3) // a zero, the type, and the first byte of the address
	if err != nil {
		return err
	}
	left := 2 // the port
	switch answer[1] {
	case ipv4:
		left += 4 - 1
	case ipv6:
		left += 16 - 1
	case name:
		left += int(answer[2])
	default:
		return ErrProxyProtocol
	}
	_, err = t.read(left)
	return err
}

// socks5Reply is RFC 1928 section 6 in words.
func socks5Reply(code int) string {
	switch code {
	case 1:
		return "general failure"
	case 2:
		return "its rules do not allow it"
	case 3:
		return "the network is unreachable"
	case 4:
		return "the host is unreachable, or its name does not resolve"
	case 5:
		return "the server refuses the connection"
	case 6:
		return "the time to live is over"
	case 7:
		return "it does not know the command"
	case 8:
		return "it does not know this type of address"
	}
	return "a code without a meaning"
}
