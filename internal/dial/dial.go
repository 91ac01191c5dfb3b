// Package dial connects to servers and says which certificates they show. An
// [Endpoint] is where one is, and whether it speaks another protocol before TLS
// begins (STARTTLS).
package dial

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Error says why a server showed no certificate.
type Error struct {
	Endpoint Endpoint
	Doing    string // "connecting", "STARTTLS" or "the TLS handshake"
	Err      error
}

func (e *Error) Error() string {
	why := e.Err.Error()
	switch {
	case errors.Is(e.Err, context.DeadlineExceeded):
		why = "there is no answer in time"
	case errors.Is(e.Err, io.EOF), errors.Is(e.Err, io.ErrUnexpectedEOF):
		why = "the server ended the connection"
	}
	return fmt.Sprintf("%s: %s: %s", e.Endpoint, e.Doing, why)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// ErrNoCertificate means that a handshake ended without a certificate.
var ErrNoCertificate = errors.New("the server showed no certificate")

// patience is for one connection with its handshake.
const patience = 10 * time.Second

// Certificates connects to a server, has it begin TLS, and returns the
// certificates that it shows, its own first. The server is asked for name (SNI,
// RFC 6066 section 3), or for none when that is empty.
//
// The certificates are not verified: what they are is the question. That the
// server has the key of the first is proved by the handshake. Nothing is sent
// under TLS, and the connection is closed at once. A server that wants a
// certificate of its clients need not like it that we have none. The error is an
// *Error, also when ten seconds pass or the context ends.
func Certificates(ctx context.Context, at Endpoint, name string) ([]*x509.Certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", at.Address())
	if err != nil {
		return nil, &Error{at, "connecting", reason(err)}
	}
	defer func() { _ = raw.Close() }() // nothing was written
	if at.Protocol != "" {
		if err := begin(ctx, raw, at.Protocol, cmp.Or(name, at.Host)); err != nil {
			return nil, &Error{at, "STARTTLS", reason(err)}
		}
	}
	var shown []*x509.Certificate
	asked := false // for ours, which a server does after it has proved its own
	conn := tls.Client(raw, &tls.Config{
		ServerName: name,
		// muxkey:allow MUX-GO-001 reason="what a server shows is looked at, and not trusted"
		InsecureSkipVerify: true, //nolint:gosec // see above
		// muxkey:allow MUX-GO-003 reason="old servers have certificates too"
		MinVersion: tls.VersionTLS10, //nolint:gosec // see above
		VerifyPeerCertificate: func(chain [][]byte, _ [][]*x509.Certificate) error {
			for _, der := range chain {
				c, err := x509.ParseCertificate(der)
				if err != nil {
					return err
				}
				shown = append(shown, c)
			}
			return nil
		},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked = true
			return &tls.Certificate{}, nil
		},
	})
	if err := conn.HandshakeContext(ctx); err != nil && !asked {
		return nil, &Error{at, "the TLS handshake", err}
	}
	if len(shown) == 0 {
		return nil, &Error{at, "the TLS handshake", ErrNoCertificate}
	}
	return shown, nil
}

// reason leaves out what the *Error says already.
func reason(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil {
		return op.Err
	}
	return err
}
