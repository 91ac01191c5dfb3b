// Package probe looks at a live server as a client does: which certificates it
// shows, whether a client would trust them, and what it speaks.
//
// It sends what a normal client would, a bounded number of times, and no data
// under TLS. One connection tells all but the matrix and whether sessions are
// resumed, which are asked for with [Options]. Where no current client can begin
// TLS, it says why: package hello then finds out what the server does speak.
package probe

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"muxkey/certgen"
	"muxkey/inspect"
	"muxkey/internal/dial"
	"muxkey/pkcs12x"
	"muxkey/probe/hello"
	"muxkey/trust/path"
)

// Options say how a server is asked, and what for.
type Options struct {
	// Dialer is the way to it. Where it has no Timeout, that of the options counts.
	Dialer dial.Dialer
	// Host is the name that the certificate has to be for, and that is asked for;
	// empty: that of the endpoint.
	Host string
	// NoSNI asks for no name, as old clients do.
	NoSNI bool
	// ALPN are the protocols under TLS that are offered; nil: none.
	ALPN []string
	// Certificate is shown to a server that asks for one; nil: none.
	Certificate *tls.Certificate
	// Timeout is for each attempt to connect, and for each handshake; 0 is ten
	// seconds.
	Timeout time.Duration

	// Bundle is what the client trusts; nil: that is not asked. Client is whose rules
	// count, and BundleName what people know the bundle by.
	Bundle     *path.Bundle
	BundleName string
	Client     path.Client

	// Matrix asks for all versions, suites and groups: some dozens of connections,
	// and no more than hello.Options allows.
	Matrix bool
	// Resume tries to take up a session again: a connection more, and two more for
	// TLS 1.2 where the matrix has shown that the server speaks it beside TLS 1.3.
	Resume bool

	Now  func() time.Time
	Rand io.Reader // safe for use at the same time
}

// prober is one run of Probe.
type prober struct {
	Options
	at   dial.Endpoint
	host string // the name that the certificate has to be for
	sni  string
	// concede: with what current clients offer nothing is to be had.
	concede bool
}

// Probe connects to a server and says what it shows. With an error the result has
// what was found nevertheless, and is never nil. The error is a *dial.Error; where a
// server speaks TLS that no current client does, that has a *LegacyError in it.
func Probe(ctx context.Context, at dial.Endpoint, o Options) (*Server, error) {
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	o.Dialer.Timeout = cmp.Or(o.Dialer.Timeout, o.Timeout)
	p := &prober{Options: o, at: at, host: cmp.Or(o.Host, at.Host)}
	if names, err := certgen.ParseServerNames([]string{p.host}); err == nil {
		p.host = names[0].Value
	}
	if !o.NoSNI && net.ParseIP(p.host) == nil { // RFC 6066 section 3 has no addresses
		p.sni = p.host
	}
	p.at.Name = p.host
	r := &Server{Address: at.Address(), Protocol: at.Protocol, ServerName: p.sni, Certificates: []inspect.Certificate{}}
	for _, proxy := range o.Dialer.Proxies {
		r.Via = append(r.Via, proxy.String())
	}
	var keep *tickets
	if o.Resume {
		keep = &tickets{}
	}
	h, err := p.first(ctx, r, keep)
	if len(r.Via) == 0 {
		r.IP = h.address
	}
	if err != nil {
		err = p.stranger(ctx, r, err)
	} else {
		p.negotiated(r, h)
	}
	if len(r.Presented) > 0 {
		if err := p.judge(ctx, r); err != nil {
			return r, err
		}
	}
	if err == nil && o.Matrix {
		m, scanErr := p.scan(ctx, mostConnections)
		if scanErr == nil {
			r.take(m, o.Now())
		} else if ctx.Err() != nil {
			err = ctx.Err()
		} else {
			r.Matrix = &Matrix{Cut: scanErr.Error(), Connections: m.Connections}
		}
	}
	if err == nil && o.Resume {
		p.resume(ctx, r, h)
	}
	if err != nil {
		r.Problem = problemOf(err)
	}
	return r, err
}

// Unreadable is the result for a text that is no address.
func Unreadable(text string, err error) *Server {
	return &Server{Address: text, Certificates: []inspect.Certificate{}, Problem: &Problem{At: "address", Kind: "address", Text: err.Error()}}
}

// first makes the first handshake, that of a current client; where that is refused,
// the one of a client that puts up with more.
func (p *prober) first(ctx context.Context, r *Server, keep *tickets) (*handshake, error) {
	h, err := p.shake(ctx, p.config(), keep)
	if err == nil || !isRefusal(err) {
		return h, err
	}
	again, wrong := p.shake(ctx, p.generous(), keep)
	if wrong != nil {
		return h, err
	}
	p.concede = true
	r.Concession = "it refuses clients that offer a post-quantum key exchange"
	if s, _ := hello.SuiteOf(again.state.CipherSuite); !s.ForwardSecrecy || s.Verdict().Grade == hello.Insecure || strings.HasPrefix(s.Cipher, "3DES") {
		r.Concession = "it takes none of the cipher suites that current clients offer"
	}
	return again, nil
}

// isRefusal tells whether a server has ended the handshake, as it may when it likes
// nothing of what is offered.
func isRefusal(err error) bool {
	e, ok := errors.AsType[*dial.Error](err)
	if !ok || e.Stage != dial.StageHandshake {
		return false
	}
	switch e.Kind() {
	case dial.KindAlert, dial.KindReset, dial.KindClosed:
		return true
	}
	return false
}

// negotiated notes what a handshake has shown.
func (p *prober) negotiated(r *Server, h *handshake) {
	suite, _ := hello.SuiteOf(h.state.CipherSuite)
	// What is signed in the handshake is signed before the client is asked to finish;
	// with RSA the end alone proves the key.
	r.KeyProved = h.state.HandshakeComplete || suite.ForwardSecrecy
	r.Version = hello.Version(h.state.Version).String()
	r.suite = suiteOf(suite, nil)
	r.Cipher, r.ALPN = suite.Name, h.state.NegotiatedProtocol
	if h.state.CurveID != 0 {
		g, _ := hello.GroupOf(uint16(h.state.CurveID))
		r.Group, r.PostQuantum = g.Name, g.PostQuantum
	}
	if a := h.asked; a != nil {
		c := &ClientCertificate{Sent: p.Certificate != nil, Accepted: h.refusal == nil, Required: h.refusal != nil && p.Certificate == nil}
		if h.refusal != nil {
			c.Refusal = h.refusal.Error()
		}
		for _, name := range a.AcceptableCAs[:min(len(a.AcceptableCAs), mostAuthorities)] {
			c.Authorities = append(c.Authorities, certgen.FormatDN(name))
		}
		r.ClientCertificate = c
	}
	r.present(h.raw, p.Now())
	p.stapled(r, h.state.OCSPResponse)
	r.timestamps(h.state.SignedCertificateTimestamps, h.state.OCSPResponse)
}

// Bounds of what is kept of a server's words. crypto/tls takes no more than 256 KiB
// of certificates.
const (
	mostAuthorities = 1000
	mostPresented   = 1000
)

// present keeps the certificates of a server.
func (r *Server) present(raw [][]byte, now time.Time) {
	for i, der := range raw {
		c, err := pkcs12x.ParseCertificate(der)
		if i == mostPresented || err != nil {
			r.Order = fmt.Sprintf("certificate %d and what follows cannot be read", i+1)
			return
		}
		r.Presented = append(r.Presented, c)
		r.Certificates = append(r.Certificates, inspect.Describe(c, now))
	}
}
