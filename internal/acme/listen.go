package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	rfc8555 "github.com/mholt/acmez/v3/acme"

	"muxkey/certgen"
)

// HTTP01 answers http-01 (RFC 8555 section 8.3): the server fetches a page at
// port 80 of the name. It proves host names and addresses.
type HTTP01 struct {
	// Listen is the address to listen on, "HOST:PORT" or ":PORT" for all of the
	// machine. It has no default: what is to be reached from outside must be
	// asked for. Where another server has port 80, that one can pass on
	// /.well-known/acme-challenge/.
	Listen string
}

// Type returns "http-01".
func (HTTP01) Type() string { return rfc8555.ChallengeTypeHTTP01 }

func (HTTP01) proves(id identifier) bool { return !id.wildcard() }

func (h HTTP01) check() error { return checkAddress(h.Type(), h.Listen) }

func (h HTTP01) solve(ctx context.Context, proofs []proof, say func(string, ...any)) (func(context.Context) error, error) {
	pages := map[string]string{}
	for _, p := range proofs {
		pages["/.well-known/acme-challenge/"+p.token] = p.keyAuth
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = io.WriteString(w, page)
	})}
	return serve(ctx, h.Type(), h.Listen, server, nil, say)
}

// TLSALPN01 answers tls-alpn-01 (RFC 8737): the server looks at a certificate at
// port 443 of the name. It proves host names and addresses.
type TLSALPN01 struct {
	// Listen is the address to listen on, as that of HTTP01. What passes on port
	// 443 must do so without ending TLS.
	Listen string
}

// Type returns "tls-alpn-01".
func (TLSALPN01) Type() string { return rfc8555.ChallengeTypeTLSALPN01 }

func (TLSALPN01) proves(id identifier) bool { return !id.wildcard() }

func (t TLSALPN01) check() error { return checkAddress(t.Type(), t.Listen) }

// alpn is the protocol that only ACME servers speak.
const alpn = "acme-tls/1"

func (t TLSALPN01) solve(ctx context.Context, proofs []proof, say func(string, ...any)) (func(context.Context) error, error) {
	nothing := func(context.Context) error { return nil }
	certificates := map[string]*tls.Certificate{}
	for _, p := range proofs {
		certificate, err := challengeCertificate(p)
		if err != nil {
			return nothing, fmt.Errorf("making the certificate for %s: %w", t.Type(), err)
		}
		certificates[serverName(p.id)] = certificate
	}
	config := &tls.Config{
		MinVersion: tls.VersionTLS12, // RFC 8737 section 3
		NextProtos: []string{alpn},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			certificate := certificates[strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))]
			if certificate == nil || !slices.Equal(hello.SupportedProtos, []string{alpn}) {
				return nil, errors.New("only for " + alpn)
			}
			return certificate, nil
		},
	}
	// The handshake is all there is to it; the server closes what has shaken
	// hands, and what has not.
	server := &http.Server{TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){
		alpn: func(*http.Server, *tls.Conn, http.Handler) {},
	}}
	return serve(ctx, t.Type(), t.Listen, server, config, say)
}

// serverName is what a name is asked for with in TLS, for an address the name of
// its reverse lookup (RFC 8738 section 6).
func serverName(id identifier) string {
	if id.Kind == certgen.DNS {
		return id.Value
	}
	ip := netip.MustParseAddr(id.Value)
	var b strings.Builder
	for _, octet := range slices.Backward(ip.AsSlice()) {
		if ip.Is4() {
			fmt.Fprintf(&b, "%d.", octet)
		} else {
			fmt.Fprintf(&b, "%x.%x.", octet&15, octet>>4)
		}
	}
	if ip.Is4() {
		return b.String() + "in-addr.arpa"
	}
	return b.String() + "ip6.arpa"
}

// id-pe-acmeIdentifier, RFC 8737 section 6.1.
var acmeIdentifier = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 31}

// challengeCertificate makes what RFC 8737 section 3 asks for. Nobody looks at
// its dates and number, and its key is gone with the order.
func challengeCertificate(p proof) (*tls.Certificate, error) {
	digest := p.digest()
	value, err := asn1.Marshal(digest[:])
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:    big.NewInt(1),
		Subject:         pkix.Name{CommonName: "ACME challenge"},
		NotBefore:       time.Unix(0, 0),
		NotAfter:        time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC),
		ExtraExtensions: []pkix.Extension{{Id: acmeIdentifier, Critical: true, Value: value}},
	}
	if p.id.Kind == certgen.DNS {
		template.DNSNames = []string{p.id.Value}
	} else {
		template.IPAddresses = []net.IP{net.ParseIP(p.id.Value)}
	}
	der, err := x509.CreateCertificate(nil, template, template, p.key.Public(), p.key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: p.key}, nil
}

// ListenError says that an address cannot be listened on.
type ListenError struct {
	Challenge string // the type of challenge
	Address   string
	Err       error // ErrNoAddress, or what the system said
}

func (e *ListenError) Error() string {
	if e.Address == "" {
		return e.Challenge + ": " + e.Err.Error()
	}
	return fmt.Sprintf("%s: listening on %s: %v", e.Challenge, e.Address, e.Err)
}

// Unwrap returns Err.
func (e *ListenError) Unwrap() error { return e.Err }

// Hint is what mends it.
func (e *ListenError) Hint() string {
	switch {
	case errors.Is(e.Err, ErrNoAddress) && e.Challenge == HTTP01{}.Type():
		return "the CA must reach it from outside at port 80 of the name: listen on :80, or on another address that port 80 leads to"
	case errors.Is(e.Err, ErrNoAddress):
		return "the CA must reach it from outside at port 443 of the name: listen on :443, or on another address that port 443 leads to"
	case errors.Is(e.Err, syscall.EADDRINUSE):
		return "another server has the port: stop it for that time, or have it pass on the challenge to another port"
	case errors.Is(e.Err, syscall.EACCES):
		return "ports below 1024 need root or CAP_NET_BIND_SERVICE: have port 80 or 443 lead to a higher one"
	}
	return ""
}

// ErrNoAddress means that no address to listen on was given.
var ErrNoAddress = errors.New("there is no address to listen on")

func checkAddress(challenge, address string) error {
	if address == "" {
		return &ListenError{challenge, "", ErrNoAddress}
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		if wrong, ok := errors.AsType[*net.AddrError](err); ok {
			err = errors.New(wrong.Err)
		}
		return &ListenError{challenge, address, err}
	}
	return nil
}

// serve runs the server until it is undone; config is that of TLS.
func serve(ctx context.Context, challenge, address string, server *http.Server, config *tls.Config, say func(string, ...any)) (undo func(context.Context) error, err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		if refused, ok := errors.AsType[*net.OpError](err); ok {
			err = refused.Err
		}
		return func(context.Context) error { return nil }, &ListenError{challenge, address, err}
	}
	say("listening on %s for %s", l.Addr(), challenge)
	if config != nil {
		l = tls.NewListener(l, config)
	}
	// Whoever else finds the port gets little for it.
	const slow, header = 10 * time.Second, 16 << 10
	server.ReadTimeout, server.WriteTimeout, server.MaxHeaderBytes = slow, slow, header
	server.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	return func(context.Context) error {
		_ = server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			return &ListenError{challenge, address, err}
		}
		return nil
	}, nil
}
