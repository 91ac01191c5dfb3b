package dial

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Endpoint is where a server is, and how TLS begins there.
type Endpoint struct {
	// Protocol is that of Protocols which is spoken before TLS; empty where TLS
	// begins at once.
	Protocol string
	Host     string // a name, or an IP address without brackets
	Port     string // a number
}

// startTLS marks the protocols of addresses, as in "smtp+starttls://mail:587".
const startTLS = "+starttls"

// EndpointError says why a text is no endpoint.
type EndpointError struct{ Text, Reason string }

func (e *EndpointError) Error() string { return fmt.Sprintf("%q: %s", e.Text, e.Reason) }

// Hint shows what would be right.
func (e *EndpointError) Hint() string {
	return "write HOST:PORT, or with STARTTLS PROTOCOL" + startTLS + "://HOST[:PORT], where PROTOCOL is " + strings.Join(Protocols(), ", ")
}

// ParseEndpoint reads "HOST:PORT", where TLS begins at once, or
// "PROTOCOL+starttls://HOST", with a port of its own where it is not the
// protocol's usual one. The error is an *EndpointError.
func ParseEndpoint(text string) (Endpoint, error) {
	wrong := func(reason string) (Endpoint, error) { return Endpoint{}, &EndpointError{text, reason} }
	var e Endpoint
	standard := ""
	address := text
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		name, isSTARTTLS := strings.CutSuffix(scheme, startTLS)
		p, known := protocolOf(name)
		switch {
		case !isSTARTTLS:
			return wrong("this is no address of a server for TLS alone")
		case !known:
			return wrong("there is no STARTTLS for " + strconv.Quote(name) + " here")
		}
		e.Protocol, standard, address = p.name, p.port, rest
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil && standard != "" {
		host, port, err = net.SplitHostPort(address + ":" + standard)
	}
	number, bad := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil || host == "" || strings.ContainsAny(host, "/@ "):
		return wrong("an address is written HOST:PORT")
	case bad != nil || number == 0:
		return wrong("a port is a number up to 65535")
	}
	e.Host, e.Port = host, strconv.FormatUint(number, 10)
	return e, nil
}

// Address is "HOST:PORT".
func (e Endpoint) Address() string { return net.JoinHostPort(e.Host, e.Port) }

// String is the form that ParseEndpoint reads.
func (e Endpoint) String() string {
	if e.Protocol == "" {
		return e.Address()
	}
	return e.Protocol + startTLS + "://" + e.Address()
}
