package acme

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	rfc8555 "github.com/mholt/acmez/v3/acme"
)

// Server says where an ACME server is and how it is reached.
type Server struct {
	// Directory is the address of the directory, an https URL.
	Directory string
	// Roots are the CAs that the server's own certificate may be from; nil stands
	// for those of the system.
	Roots *x509.CertPool
	// Proxy returns the proxy for an address, nil for none. Without the function
	// there is none. httpproxy.Config.ProxyFunc of golang.org/x/net makes one of
	// the usual environment variables.
	Proxy func(*url.URL) (*url.URL, error)
	// UserAgent is what the program calls itself: "muxkey/1.0".
	UserAgent string
}

// The limits of one connection, many times what an order for 100 names takes.
const (
	maxReply    = 1 << 20 // bytes of one answer
	maxReplies  = 16 << 20
	maxRequests = 2000
	// patience is for one answer. Some servers only answer when the certificate
	// is issued.
	patience = 2 * time.Minute
	dial     = 15 * time.Second
)

// conn speaks to a server.
type conn struct {
	*rfc8555.Client
	guard *guard
}

func (s Server) connect(now func() time.Time) (*conn, error) {
	u, err := url.Parse(s.Directory)
	switch {
	case err != nil:
		if wrong, ok := errors.AsType[*url.Error](err); ok {
			err = wrong.Err
		}
		return nil, &ServerError{Directory: s.Directory, Err: err}
	case u.Scheme != "https" || u.Host == "":
		return nil, &ServerError{Directory: s.Directory, Err: ErrHTTPS}
	}
	transport := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: dial}).DialContext,
		TLSHandshakeTimeout: dial,
		TLSClientConfig:     &tls.Config{RootCAs: s.Roots, MinVersion: tls.VersionTLS12, Time: now},
		ForceAttemptHTTP2:   true,
	}
	if s.Proxy != nil {
		transport.Proxy = func(r *http.Request) (*url.URL, error) { return s.Proxy(r.URL) }
	}
	g := &guard{transport: transport, now: now}
	return &conn{
		guard: g,
		Client: &rfc8555.Client{
			Directory:  s.Directory,
			UserAgent:  s.UserAgent,
			HTTPClient: &http.Client{Transport: g, Timeout: patience, CheckRedirect: stay},
		},
	}, nil
}

func (c *conn) close() { c.guard.transport.CloseIdleConnections() }

// stay lets a server move a page within itself, and nothing else: what is signed
// for one host is not for another.
func stay(next *http.Request, via []*http.Request) error {
	first := via[0]
	if next.URL.Host != first.URL.Host || first.Method == http.MethodPost || len(via) > 3 {
		return fmt.Errorf("%w: %s", ErrRedirect, next.URL.Redacted())
	}
	return nil
}

// guard keeps a server within limits. The library reads whatever comes, and
// follows some links for as long as there are any.
type guard struct {
	transport *http.Transport
	now       func() time.Time
	requests  int
	read      int64
	refusal   *http.Response // the last that was none of success
}

func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		return nil, fmt.Errorf("%w: %s", ErrHTTPS, r.URL.Redacted())
	}
	if g.requests++; g.requests > maxRequests {
		return nil, ErrTooOften
	}
	resp, err := g.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		g.refusal = resp
	}
	resp.Body = &meter{ReadCloser: resp.Body, guard: g}
	return resp, nil
}

// retryAfter is what the header of the last refusal says; the library keeps it
// to itself.
func (g *guard) retryAfter(status int) time.Time {
	if g.refusal == nil || g.refusal.StatusCode != status {
		return time.Time{}
	}
	value := g.refusal.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return g.now().Add(time.Duration(seconds) * time.Second)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return time.Time{}
	}
	return at
}

// meter counts what is read of an answer.
type meter struct {
	io.ReadCloser
	guard *guard
	read  int64
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	m.read += int64(n)
	m.guard.read += int64(n)
	if m.read > maxReply || m.guard.read > maxReplies {
		return 0, ErrTooMuch
	}
	return n, err
}
