package keytool

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"syscall"

	"muxkey/internal/keytool/exception"
)

// proxy is the proxy for a host that the system properties name, as HOST:PORT;
// empty for none. Java's are SCHEME.proxyHost and SCHEME.proxyPort, and for both
// schemes http.nonProxyHosts.
func (t *tool) proxy(scheme, host string) string {
	name := t.property(scheme+".proxyHost", "")
	if name == "" {
		return ""
	}
	direct := t.property("http.nonProxyHosts", "localhost|127.*|[::1]|0.0.0.0|[::0]")
	for pattern := range strings.SplitSeq(direct, "|") {
		pattern = strings.NewReplacer("[", "", "]", "").Replace(strings.ToLower(pattern))
		if ok, err := path.Match(pattern, strings.ToLower(host)); err == nil && ok {
			return ""
		}
	}
	port := map[bool]string{true: "443", false: "80"}[scheme == "https"]
	return net.JoinHostPort(name, t.property(scheme+".proxyPort", port))
}

// httpProxy is that for an HTTP client.
func (t *tool) httpProxy(r *http.Request) (*url.URL, error) {
	address := t.proxy(r.URL.Scheme, r.URL.Hostname())
	if address == "" {
		return nil, nil //nolint:nilnil // what the client takes for none
	}
	return &url.URL{Scheme: "http", Host: address}, nil
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
