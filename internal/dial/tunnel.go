package dial

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// request is a talk with a proxy about a connection to a host.
type request struct {
	talk
	proxy      Proxy
	host, port string
}

// through has a proxy, to which conn leads, connect to the next hop.
func (d Dialer) through(ctx context.Context, conn net.Conn, p Proxy, to Endpoint) (net.Conn, error) {
	s, ok := schemeOf(p.Scheme)
	if !ok {
		return nil, fmt.Errorf("there is no kind of proxy %q", p.Scheme)
	}
	if !isHost(to.Host) {
		return nil, fmt.Errorf("%q is no name of a host", to.Host)
	}
	if err := p.checkUser(); err != nil {
		return nil, err
	}
	host := to.Host
	if s.here {
		var err error
		if host, err = d.resolve(ctx, host, s.name == "socks4"); err != nil {
			return nil, err
		}
	}
	if s.name == "https" {
		cfg := d.ProxyTLS.Clone()
		if cfg == nil {
			cfg = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		cfg.ServerName = p.Host
		c, err := handshake(ctx, conn, cfg)
		if err != nil {
			return nil, err
		}
		conn = c
	}
	r := &request{talk{conn, p.Host, bufio.NewReaderSize(&most{conn, mostSaid}, mostLine)}, p, host, to.Port}
	if err := within(ctx, conn, func() error { return s.connect(r) }); err != nil {
		return nil, err
	}
	if n := r.in.Buffered(); n > 0 { // the host speaks first
		early, _ := r.in.Peek(n)
		conn = &earlyConn{conn, bytes.NewReader(early)}
	}
	return conn, nil
}

// earlyConn has something that was read already.
type earlyConn struct {
	net.Conn
	early *bytes.Reader
}

func (c *earlyConn) Read(p []byte) (int, error) {
	if c.early.Len() > 0 {
		return c.early.Read(p)
	}
	return c.Conn.Read(p)
}

// resolve is the address of a host for a proxy that does not look it up. There is
// one try: how the proxy gets to the addresses cannot be seen from here.
func (d Dialer) resolve(ctx context.Context, host string, only4 bool) (string, error) {
	family := d.Family
	if only4 {
		if family == IPv6 {
			return "", fmt.Errorf("%w: SOCKS4 knows none of IPv6", ErrNoAddress)
		}
		family = IPv4
	}
	list, err := net.DefaultResolver.LookupNetIP(ctx, "ip"+string(family), host)
	if err != nil {
		return "", err
	}
	return list[0].Unmap().String(), nil
}

func (r *request) password() string {
	if r.proxy.Password == nil {
		return ""
	}
	return r.proxy.Password()
}

// exchange sends something and reads an answer of that many bytes, of which the
// first tells whether the proxy speaks the protocol at all.
func (r *request) exchange(ask string, length int, first func(byte) bool) ([]byte, error) {
	if err := r.send(ask); err != nil {
		return nil, err
	}
	begin, err := r.in.Peek(1)
	if err != nil {
		return nil, ended(err)
	}
	if !first(begin[0]) {
		return nil, r.strange()
	}
	return r.read(length)
}

func (r *request) read(length int) ([]byte, error) {
	answer := make([]byte, length)
	_, err := io.ReadFull(r.in, answer)
	return answer, ended(err)
}

// strange says what a proxy speaks instead.
func (r *request) strange() error {
	begin, _ := r.in.Peek(r.in.Buffered())
	return fmt.Errorf("%w: %w", ErrProxyProtocol, Identify(begin))
}

// tunnel is CONNECT (RFC 9110 section 9.3.6), with the Basic scheme of RFC 7617.
func tunnel(r *request) error {
	host := net.JoinHostPort(r.host, r.port)
	ask := "CONNECT " + host + " HTTP/1.1\r\nHost: " + host + "\r\n"
	hide := func(text string) string { return text } // a password that the answer has
	if r.proxy.User != "" {
		password := r.password()
		token := base64.StdEncoding.EncodeToString([]byte(r.proxy.User + ":" + password))
		ask += "Proxy-Authorization: Basic " + token + "\r\n"
		hide = func(text string) string {
			text = strings.ReplaceAll(text, token, "***")
			if password == "" {
				return text
			}
			return strings.ReplaceAll(text, password, "***")
		}
	}
	if err := r.send(ask + "\r\n"); err != nil {
		return err
	}
	const http1 = "HTTP/1."
	for n := 1; n <= len(http1); n++ {
		begin, err := r.in.Peek(n)
		if err != nil {
			return ended(err)
		}
		if begin[n-1] != http1[n-1] {
			return r.strange()
		}
	}
	status, err := r.line()
	if err != nil {
		return err
	}
	basic := false
	for {
		line, err := r.line()
		if err != nil {
			return err
		}
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return said(ErrProxyProtocol, hide(line))
		}
		basic = basic || strings.EqualFold(name, "Proxy-Authenticate") && hasPrefixFold(strings.TrimSpace(value), "Basic")
	}
	_, status, _ = strings.Cut(status, " ")
	word, text, _ := strings.Cut(status, " ")
	code, err := strconv.Atoi(word)
	switch {
	case err != nil || code < 100 || code > 999:
		return said(ErrProxyProtocol, hide(status))
	case code/100 == 2: // and what it says of a length counts for nothing
		return nil
	case code == http.StatusUnauthorized && r.proxy.User != "": // tinyproxy says so of a wrong password
		return ErrProxyDenied
	case code != http.StatusProxyAuthRequired:
		return &ReplyError{code, cmp.Or(printable(hide(text)), http.StatusText(code), "without a word of why")}
	case !basic:
		return ErrProxyScheme
	case r.proxy.User == "":
		return ErrProxyAuth
	}
	return ErrProxyDenied
}
