package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"muxkey/internal/dial"
)

// handshake is one that was made, or of which as much was made as there is to see.
type handshake struct {
	state   tls.ConnectionState
	raw     [][]byte // the certificates
	address string   // of the other side
	asked   *tls.CertificateRequestInfo
	refusal error // of the client's certificate, or that there was none
	tickets *tickets
}

// tickets is a cache of one session for one server.
type tickets struct {
	mu      sync.Mutex
	session *tls.ClientSessionState
	came    func() // is told of each
}

// Get returns the session, whatever it was kept as.
func (t *tickets) Get(string) (*tls.ClientSessionState, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.session, t.session != nil
}

// Put keeps a session; nil takes it away.
func (t *tickets) Put(_ string, s *tls.ClientSessionState) {
	t.mu.Lock()
	t.session = s
	came := t.came
	t.mu.Unlock()
	if came != nil && s != nil {
		came()
	}
}

// config is what a client of today has, but that it judges nothing.
func (p *prober) config() *tls.Config {
	return &tls.Config{
		ServerName: p.sni,
		// muxkey:allow MUX-GO-001 reason="what a server shows is looked at, and not trusted"
		InsecureSkipVerify: true, //nolint:gosec // see above
		// muxkey:allow MUX-GO-003 reason="old servers have certificates too"
		MinVersion: tls.VersionTLS10, //nolint:gosec // see above
		NextProtos: p.ALPN,
		// The clock stands, as crypto/tls takes up no session with a certificate that
		// has expired.
		Time: func() time.Time { return time.Unix(1, 0) },
	}
}

// generous is the same with all that crypto/tls can do, and without the large keys
// of the exchanges after quantum, which some old servers cannot read.
func (p *prober) generous() *tls.Config {
	c := p.config()
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		c.CipherSuites = append(c.CipherSuites, s.ID)
	}
	c.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
	return c
}

// shake connects and makes a handshake, with a session to take up where keep has
// one, and waits for one where it has none; nil does neither. When the server was
// not content with the client's certificate, or that there was none, that is no
// error: it has shown all. The error is a *dial.Error.
func (p *prober) shake(ctx context.Context, c *tls.Config, keep *tickets) (*handshake, error) {
	h := &handshake{tickets: keep}
	raw, err := p.Dialer.Dial(ctx, p.at)
	if err != nil {
		return h, err
	}
	defer func() { _ = raw.Close() }() // nothing was written
	h.address = addressOf(raw)
	wait := keep != nil && keep.session == nil
	if keep == nil {
		h.tickets = &tickets{}
	}
	c.ClientSessionCache = h.tickets
	c.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error {
		h.raw = raw
		return nil
	}
	c.VerifyConnection = func(s tls.ConnectionState) error {
		h.state = s // in case the handshake does not come to its end
		return nil
	}
	c.GetClientCertificate = func(i *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		h.asked = i
		if p.Certificate != nil {
			return p.Certificate, nil
		}
		return &tls.Certificate{}, nil
	}
	inTime, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	conn, err := dial.Handshake(inTime, raw, p.at, c)
	switch {
	case err != nil && (h.asked == nil || len(h.raw) == 0):
		return h, err
	case err != nil:
		h.refusal = cause(err)
		return h, nil
	}
	h.state = conn.ConnectionState()
	if h.state.Version == tls.VersionTLS13 && (h.asked != nil || wait) {
		h.linger(conn)
	}
	_ = conn.CloseWrite() // close_notify, for the manners
	return h, nil
}

// linger reads what a server says behind the handshake of TLS 1.3: tickets, or that
// it does not like the client's certificate. Who gives a ticket has taken it.
func (h *handshake) linger(conn *tls.Conn) {
	const long = time.Second
	enough := func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) }
	timer := time.AfterFunc(long, enough)
	defer timer.Stop()
	h.tickets.mu.Lock()
	h.tickets.came = enough
	h.tickets.mu.Unlock()
	var one [1]byte
	_, err := conn.Read(one[:])
	h.tickets.mu.Lock()
	taken := h.tickets.session != nil
	h.tickets.mu.Unlock()
	if err != nil && h.asked != nil && !taken && !errors.Is(err, os.ErrDeadlineExceeded) {
		h.refusal = err
	}
}

// cause is an error without what a *dial.Error says of the server.
func cause(err error) error {
	if d, ok := errors.AsType[*dial.Error](err); ok {
		return d.Err
	}
	return err
}

// addressOf is the IP address of the other side.
func addressOf(c net.Conn) string {
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return host
}
