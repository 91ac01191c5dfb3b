package dial

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"time"
)

// patience is for one connection with its handshake.
const patience = 10 * time.Second

// Certificates is the method of a Dialer that goes straight to the server, in no
// more than ten seconds.
func Certificates(ctx context.Context, at Endpoint, name string) ([]*x509.Certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return Dialer{}.Certificates(ctx, at, name)
}

// Certificates connects to a server, has it begin TLS, and returns the
// certificates that it shows, its own first. The server is asked for name (SNI,
// RFC 6066 section 3), or for none when that is empty.
//
// The certificates are not verified: what they are is the question. That the
// server has the key of the first is proved by the handshake. Nothing is sent
// under TLS, and the connection is closed at once. A server that wants a
// certificate of its clients need not like it that we have none. The error is an
// *Error.
func (d Dialer) Certificates(ctx context.Context, at Endpoint, name string) ([]*x509.Certificate, error) {
	if name != "" {
		at.Name = name
	}
	raw, err := d.Dial(ctx, at)
	if err != nil {
		return nil, err
	}
	defer func() { _ = raw.Close() }() // nothing was written
	var shown []*x509.Certificate
	asked := false // for ours, which a server does after it has proved its own
	_, err = Handshake(ctx, raw, at, &tls.Config{
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
	if err != nil && !asked {
		return nil, err
	}
	if len(shown) == 0 {
		return nil, &Error{Endpoint: at, Stage: StageHandshake, Err: ErrNoCertificate}
	}
	return shown, nil
}

// Handshake begins TLS on a connection to a server. The error is an *Error; where
// the server speaks something else, that has a *NotTLS in it.
func Handshake(ctx context.Context, conn net.Conn, at Endpoint, cfg *tls.Config) (*tls.Conn, error) {
	c, err := handshake(ctx, conn, cfg)
	if err != nil {
		return nil, &Error{Endpoint: at, Stage: StageHandshake, Err: reason(err)}
	}
	return c, nil
}

func handshake(ctx context.Context, conn net.Conn, cfg *tls.Config) (*tls.Conn, error) {
	heard := &beginning{Conn: conn}
	c := tls.Client(heard, cfg)
	err := c.HandshakeContext(ctx)
	if err == nil {
		heard.enough = true
		return c, nil
	}
	return nil, heard.explain(err)
}

// beginning keeps the first bytes that come over a connection.
type beginning struct {
	net.Conn
	bytes  []byte
	enough bool
}

func (b *beginning) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	if room := mostKept - len(b.bytes); !b.enough && room > 0 {
		b.bytes = append(b.bytes, p[:min(n, room)]...)
	}
	return n, err
}
