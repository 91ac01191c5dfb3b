package dial

import (
	"cmp"
	"fmt"
	"net"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// Endpoint is where a server is, and how TLS begins there.
type Endpoint struct {
	// Protocol is that of Protocols which is spoken before TLS; empty where TLS
	// begins at once.
	Protocol string
	Host     string // a name, or an IP address without brackets
	Port     string // a number
	// Name is what the protocol before TLS calls the server, where that is not
	// Host: XMPP opens its stream to a domain. It is no part of the address.
	Name string
}

// startTLS marks the protocols of addresses, as in "smtp+starttls://mail:587".
const startTLS = "+starttls"

// secure are the schemes of protocols that stand on TLS from the first byte, with
// their ports (IANA, Service Name and Transport Protocol Port Number Registry).
func secure() []struct{ scheme, port string } {
	return []struct{ scheme, port string }{
		{"tls", "443"},
		{"https", "443"},
		{"ldaps", "636"},
		{"smtps", "465"}, // RFC 8314 section 7.3
		{"imaps", "993"},
		{"pop3s", "995"},
		{"ftps", "990"},
		{"nntps", "563"},
		{"ircs", "6697"},
		{"sips", "5061"},
		{"amqps", "5671"},
		{"mqtts", "8883"},
	}
}

// EndpointError says why a text is no endpoint.
type EndpointError struct{ Text, Reason string }

func (e *EndpointError) Error() string { return fmt.Sprintf("%q: %s", e.Text, e.Reason) }

// Hint shows what would be right.
func (e *EndpointError) Hint() string {
	return "write HOST:PORT, or with STARTTLS PROTOCOL" + startTLS + "://HOST[:PORT], where PROTOCOL is " + strings.Join(Protocols(), ", ")
}

// ParseEndpoint reads "HOST:PORT", where TLS begins at once, or a URL: "tls://HOST",
// "https://HOST", "ldaps://HOST" and their like, where it does so too, and
// "PROTOCOL+starttls://HOST". A URL needs a port where that is not the usual one.
// What stands behind the address in an https URL, as browsers show it, is left
// out. An IPv6 address stands in brackets. The error is an *EndpointError.
func ParseEndpoint(text string) (Endpoint, error) { return ParseHost(text, "") }

// ParseHost is ParseEndpoint for those who know the port where the text is a HOST
// alone.
func ParseHost(text, port string) (Endpoint, error) {
	var e Endpoint
	shown := hidePassword(text) // that of whoever copied a whole URL
	wrong := func(reason string) (Endpoint, error) { return Endpoint{}, &EndpointError{shown, reason} }
	address := text
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		scheme = strings.ToLower(scheme)
		address, port = rest, ""
		if name, ok := strings.CutSuffix(scheme, startTLS); ok {
			p, known := protocolOf(name)
			if !known {
				return wrong("there is no STARTTLS for " + strconv.Quote(name) + " here")
			}
			e.Protocol, port = p.name, p.port
		}
		for _, s := range secure() {
			if s.scheme == scheme {
				port = s.port
			}
		}
		if port == "" {
			return wrong("this is no address of a server for TLS alone")
		}
		if scheme == "https" {
			address = upTo(address, "/?#")
		}
	}
	host, number, err := splitAddress(address, port)
	if err != nil {
		return wrong(err.Error())
	}
	e.Host, e.Port = host, number
	return e, nil
}

// upTo is the text before the first of the characters.
func upTo(text, chars string) string {
	if i := strings.IndexAny(text, chars); i >= 0 {
		return text[:i]
	}
	return text
}

// addressError says why a text is no "HOST:PORT".
type addressError string

func (e addressError) Error() string { return string(e) }

// splitAddress reads "HOST:PORT"; with a standard port also HOST. A name of other
// letters than ASCII's becomes what DNS and TLS know (RFC 5891).
func splitAddress(address, standard string) (host, port string, err error) {
	host, port, err = net.SplitHostPort(address)
	if err != nil && standard != "" {
		host, port, err = net.SplitHostPort(address + ":" + standard)
	}
	if err != nil && strings.Count(address, ":") > 1 && !strings.ContainsAny(address, "[]/@") {
		return "", "", addressError("an IPv6 address stands in brackets, [::1]:443")
	}
	number, bad := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil || host == "":
		return "", "", addressError("an address is written HOST:PORT")
	case bad != nil || number == 0:
		return "", "", addressError("a port is a number up to 65535")
	}
	for _, r := range host {
		if r > 0x7f {
			if host, err = idna.Lookup.ToASCII(host); err != nil {
				return "", "", addressError("this is no name of a host")
			}
			break
		}
	}
	if !isHost(host) {
		return "", "", addressError("an address is written HOST:PORT")
	}
	return host, strconv.FormatUint(number, 10), nil
}

// isHost refuses what could be more than a name or an address to those that it is
// handed to: proxies get it in lines and between zeros.
func isHost(host string) bool {
	for i := range len(host) {
		if c := host[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`/@\"<>#?`, c) >= 0 {
			return false
		}
	}
	return host != ""
}

// Address is "HOST:PORT".
func (e Endpoint) Address() string { return net.JoinHostPort(e.Host, e.Port) }

// String is the form that ParseEndpoint reads. It lacks Name.
func (e Endpoint) String() string {
	if e.Protocol == "" {
		return e.Address()
	}
	return e.Protocol + startTLS + "://" + e.Address()
}

// name is what the protocol before TLS calls the server.
func (e Endpoint) name() string { return cmp.Or(e.Name, e.Host) }
