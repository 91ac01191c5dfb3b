package keytool

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"muxkey/internal/keytool/exception"
)

// proxy is the proxy for a host that the system properties name; nil for none. They
// are those of java.net.ProxySelector: the first that names one counts, and for both
// schemes http.nonProxyHosts takes hosts out.
func (t *tool) proxy(scheme, host string) *url.URL {
	port := map[string]string{"http": "80", "https": "443"}[scheme]
	for _, p := range []struct{ prefix, scheme, port string }{
		{scheme + ".proxy", "http", port},
		{"proxy", "http", port},
		{"socksProxy", "socks5h", "1080"},
	} {
		name := t.property(p.prefix+"Host", "")
		if name == "" {
			continue
		}
		if t.direct(strings.ToLower(host)) {
			return nil
		}
		return &url.URL{Scheme: p.scheme, Host: net.JoinHostPort(name, t.property(p.prefix+"Port", p.port))}
	}
	return nil
}

// direct tells that a host, in small letters, is reached without a proxy. To the
// hosts of the property those of this machine are added, unless it is empty.
func (t *tool) direct(host string) bool {
	const local = "localhost|127.*|[::1]|0.0.0.0|[::0]"
	patterns := t.property("http.nonProxyHosts", local)
	if patterns == "" {
		return false
	}
	for pattern := range strings.SplitSeq(strings.ToLower(patterns)+"|"+local, "|") {
		word, open := strings.CutPrefix(pattern, "*") // stars count at the ends alone
		word, more := strings.CutSuffix(word, "*")
		word = strings.Trim(word, "[]")
		switch {
		case pattern == "":
		case open && more && strings.Contains(host, word), open && !more && strings.HasSuffix(host, word),
			!open && more && strings.HasPrefix(host, word), !open && !more && host == word:
			return true
		}
	}
	return false
}

// httpProxy is that for an HTTP client.
func (t *tool) httpProxy(r *http.Request) (*url.URL, error) {
	return t.proxy(r.URL.Scheme, r.URL.Hostname()), nil
}

// networkException is what Java throws when a URL cannot be read.
func networkException(u *url.URL, err error) error {
	var unknown *net.DNSError
	switch {
	case errors.As(err, &unknown):
		return exception.Wrap(exception.UnknownHost, u.Hostname(), err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return exception.Wrap(exception.Connect, "Connection refused", err)
	case errors.Is(err, context.DeadlineExceeded):
		return exception.Wrap(exception.Connect, "Connection timed out", err)
	}
	return exception.Wrap(exception.IO, reason(err), err)
}
