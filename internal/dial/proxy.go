package dial

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Proxy is a server that connects to others.
type Proxy struct {
	// Scheme is one of ProxySchemes.
	Scheme string
	User   string // empty for none
	Host   string // a name, or an IP address without brackets
	Port   string // a number
	// Password is that of User; nil for none. A function, so that nothing that
	// prints or encodes a Proxy has it.
	Password func() string
}

// scheme is a kind of proxy.
type scheme struct {
	name string
	port string // where its servers listen as a rule
	// connect asks the proxy for a connection to a host, and ends where the next
	// byte is that of the host.
	connect func(t *request) error
	// here: the host must be an IP address, so its name is resolved here.
	here bool
}

// schemes are the kinds of proxies, with the names that curl gave them.
func schemes() []scheme {
	return []scheme{
		{"socks4", "1080", socks4, true},   // OpenSSH, socks4.protocol
		{"socks4a", "1080", socks4, false}, // the same, socks4a.protocol
		{"socks5", "1080", socks5, true},   // RFC 1928
		{"socks5h", "1080", socks5, false},
		{"http", "80", tunnel, false}, // RFC 9110 section 9.3.6
		{"https", "443", tunnel, false},
	}
}

// ProxySchemes are the schemes of proxies. The name of a server is resolved here
// for socks4 and socks5, and by the proxy for the others.
func ProxySchemes() []string {
	var names []string
	for _, s := range schemes() {
		names = append(names, s.name)
	}
	return names
}

func schemeOf(name string) (scheme, bool) {
	for _, s := range schemes() {
		if s.name == name {
			return s, true
		}
	}
	return scheme{}, false
}

// ProxyError says why a text is no proxy.
type ProxyError struct{ Text, Reason, hint string }

func (e *ProxyError) Error() string { return fmt.Sprintf("%q: %s", e.Text, e.Reason) }

// Hint shows what would be right.
func (e *ProxyError) Hint() string {
	if e.hint != "" {
		return e.hint
	}
	return "write SCHEME://[USER@]HOST[:PORT], where SCHEME is " + strings.Join(ProxySchemes(), ", ")
}

// ParseProxy reads "SCHEME://[USER@]HOST[:PORT]". Letters that have a meaning in a
// URL are written %XX in USER. The ports that are not written are 1080 for SOCKS, 80
// for http and 443 for https. A password is refused: other users of the machine see
// the command line. The error is a *ProxyError, which does not show it.
func ParseProxy(text string) (Proxy, error) {
	shown := hidePassword(text)
	wrong := func(reason, hint string) (Proxy, error) { return Proxy{}, &ProxyError{shown, reason, hint} }
	name, rest, ok := strings.Cut(text, "://")
	if !ok {
		return wrong("this does not say what kind of proxy it is", "")
	}
	s, ok := schemeOf(strings.ToLower(name))
	if !ok {
		return wrong("there is no kind of proxy "+strconv.Quote(name), "")
	}
	p := Proxy{Scheme: s.name}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, _, hasPassword := strings.Cut(rest[:at], ":")
		if hasPassword {
			return wrong("a password does not belong on the command line", "leave it out of the URL, and give it by its source, such as env:NAME or file:PATH")
		}
		var err error
		if p.User, err = url.PathUnescape(user); err != nil || p.User == "" {
			return wrong("this is no user", "")
		}
		rest = rest[at+1:]
	}
	if err := p.checkUser(); err != nil {
		return wrong(err.Error(), "")
	}
	var err error
	if p.Host, p.Port, err = splitAddress(strings.TrimSuffix(rest, "/"), s.port); err != nil {
		return wrong(err.Error(), "")
	}
	return p, nil
}

// checkUser says what the protocols have no room for.
func (p Proxy) checkUser() error {
	switch {
	case len(p.User) > 255:
		return addressError("a user is no longer than 255 bytes")
	case strings.ContainsFunc(p.User, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return addressError("a user has no control characters")
	case strings.HasPrefix(p.Scheme, "http") && strings.Contains(p.User, ":"):
		return addressError("a user has no colon in HTTP") // RFC 7617 section 2
	}
	return nil
}

// Address is "HOST:PORT".
func (p Proxy) Address() string { return net.JoinHostPort(p.Host, p.Port) }

// String is the form that ParseProxy reads.
func (p Proxy) String() string {
	user := ""
	if p.User != "" {
		user = strings.ReplaceAll(url.PathEscape(p.User), ":", "%3A") + "@"
	}
	return p.Scheme + "://" + user + p.Address()
}

// hidePassword replaces that of a URL.
func hidePassword(text string) string {
	begin := 0
	if i := strings.Index(text, "://"); i >= 0 {
		begin = i + len("://")
	}
	at := strings.LastIndexByte(text, '@')
	if at < begin {
		return text
	}
	user, _, has := strings.Cut(text[begin:at], ":")
	if !has {
		return text
	}
	return text[:begin] + user + ":***" + text[at:]
}
