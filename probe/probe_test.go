package probe

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"muxkey/internal/dial"
	"muxkey/trust"
	"muxkey/trust/path"
)

// pair is a certificate with its key.
type pair struct {
	*x509.Certificate
	key crypto.Signer
}

func now() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// issue makes a certificate under another, or one that is self-signed.
func issue(t *testing.T, above *pair, name string, key crypto.Signer, change ...func(*x509.Certificate)) *pair {
	t.Helper()
	if key == nil {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: now().AddDate(0, -1, 0), NotAfter: now().AddDate(0, 1, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true,
	}
	for _, c := range change {
		c(template)
	}
	issuer, signer := template, key
	if above != nil {
		issuer, signer = above.Certificate, above.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &pair{c, key}
}

func authority(c *x509.Certificate) {
	c.IsCA, c.DNSNames, c.ExtKeyUsage, c.KeyUsage = true, nil, nil, x509.KeyUsageCertSign
}

func (p *pair) tls(above ...*pair) tls.Certificate {
	c := tls.Certificate{Certificate: [][]byte{p.Raw}, PrivateKey: p.key}
	for _, a := range above {
		c.Certificate = append(c.Certificate, a.Raw)
	}
	return c
}

func bundle(t *testing.T, list ...*pair) *path.Bundle {
	t.Helper()
	var b trust.Builder
	for _, p := range list {
		a, err := trust.Parse(p.Raw)
		if err != nil {
			t.Fatal(err)
		}
		b.Add(a)
	}
	return path.NewBundle(b.Set())
}

// listen answers connections until the test ends.
func listen(t testing.TB, answer func(net.Conn)) dial.Endpoint {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				answer(c)
			}()
		}
	}()
	at, err := dial.ParseEndpoint(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func serve(t testing.TB, c *tls.Config) dial.Endpoint {
	return listen(t, func(conn net.Conn) {
		server := tls.Server(conn, c)
		_, _ = io.Copy(io.Discard, server)
	})
}

func options() Options {
	return Options{Host: "mux.example.com", Timeout: 5 * time.Second, Now: now, Rand: rand.Reader}
}

func TestProbe(t *testing.T) {
	root := issue(t, nil, "Example Root", nil, authority)
	middle := issue(t, root, "Example CA", nil, authority)
	leaf := issue(t, middle, "mux.example.com", nil)
	client := issue(t, root, "client", nil)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	withRSA := issue(t, middle, "mux.example.com", rsaKey)
	broken := issue(t, middle, "mux.example.com", nil, func(c *x509.Certificate) { c.NotAfter = now().Add(-time.Hour) })
	traefik := issue(t, nil, "TRAEFIK DEFAULT CERT", nil)
	roots := x509.NewCertPool()
	roots.AddCert(root.Certificate)
	plain := func(change func(*tls.Config)) *tls.Config {
		c := &tls.Config{Certificates: []tls.Certificate{leaf.tls(middle)}}
		if change != nil {
			change(c)
		}
		return c
	}
	answer, err := ocsp.CreateResponse(middle.Certificate, middle.Certificate, ocsp.Response{
		Status: ocsp.Good, SerialNumber: leaf.SerialNumber, ThisUpdate: now().Add(-time.Hour), NextUpdate: now().Add(time.Hour),
	}, middle.key)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := ocsp.CreateResponse(client.Certificate, client.Certificate, ocsp.Response{
		Status: ocsp.Good, SerialNumber: leaf.SerialNumber, ThisUpdate: now().Add(-time.Hour),
	}, client.key)
	if err != nil {
		t.Fatal(err)
	}
	sct := append(append([]byte{0}, make([]byte, 32)...), 0, 0, 1, 0x9a, 0, 0, 0, 0, 0, 0, 4, 3, 0, 0)

	for _, tt := range []struct {
		name   string
		server *tls.Config
		change func(*Options)
		ok     bool
		check  func(r *Server) bool
	}{
		{"TLS 1.3", plain(nil), nil, true, func(r *Server) bool {
			return r.Version == "TLS 1.3" && r.Cipher == "TLS_AES_128_GCM_SHA256" && r.Group == "X25519MLKEM768" && r.PostQuantum && r.KeyProved &&
				r.InOrder && r.IP == "127.0.0.1" && r.ServerName == "mux.example.com" && len(r.Certificates) == 2 && *r.Verdict.Trusted &&
				r.ClientCertificate == nil && r.Staple == nil && r.Matrix == nil && r.Resumption == nil && r.ClockSkew == nil
		}},
		{"TLS 1.2", plain(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }), nil, true, func(r *Server) bool {
			return r.Version == "TLS 1.2" && r.Cipher == "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" && r.Group == "x25519" && !r.PostQuantum
		}},
		{"TLS 1.0", plain(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 }), nil, true, func(r *Server) bool {
			return r.Version == "TLS 1.0" && r.Cipher == "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"
		}},
		{"key exchange with RSA alone", plain(func(c *tls.Config) {
			c.Certificates = []tls.Certificate{withRSA.tls(middle)}
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}
		}), nil, true, func(r *Server) bool {
			return r.Cipher == "TLS_RSA_WITH_AES_128_GCM_SHA256" && r.Group == "" && strings.Contains(r.Concession, "cipher suites") && r.KeyProved
		}},
		{"no patience with large keys", plain(func(c *tls.Config) {
			c.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
				if slices.Contains(h.SupportedCurves, tls.X25519MLKEM768) {
					return nil, io.EOF
				}
				return nil, nil //nolint:nilnil // the same
			}
		}), nil, true, func(r *Server) bool {
			return r.Version == "TLS 1.3" && r.Group == "x25519" && strings.Contains(r.Concession, "post-quantum")
		}},
		{"another host", plain(nil), func(o *Options) { o.Host = "www.example.com" }, false, func(r *Server) bool {
			return !r.Verdict.Named && *r.Verdict.Trusted && r.ServerName == "www.example.com" && strings.Contains(r.Verdict.Why, "for another server: www.example.com is not among its names")
		}},
		{"an address", plain(nil), func(o *Options) { o.Host = "" }, false, func(r *Server) bool {
			return r.ServerName == "" && r.Verdict.Host == "127.0.0.1" && !r.Verdict.Named
		}},
		{"another CA", plain(nil), func(o *Options) { o.Bundle = bundle(t, client) }, false, func(r *Server) bool {
			return r.Verdict.Named && !*r.Verdict.Trusted
		}},
		{"no bundle", plain(nil), func(o *Options) { o.Bundle = nil }, true, func(r *Server) bool { return r.Verdict.Trusted == nil }},
		{"expired", plain(func(c *tls.Config) { c.Certificates = []tls.Certificate{broken.tls(middle)} }), nil, false, func(r *Server) bool {
			return strings.Contains(r.Verdict.Why, "2026-11-22") && r.Verdict.Named
		}},
		{"no SNI", plain(func(c *tls.Config) {
			c.GetCertificate = func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
				if h.ServerName != "" {
					return nil, io.EOF
				}
				shown := leaf.tls(middle)
				return &shown, nil
			}
			c.Certificates = nil
		}), func(o *Options) { o.NoSNI = true }, true, func(r *Server) bool { return r.ServerName == "" && r.Verdict.Host == "mux.example.com" }},
		{"ALPN", plain(func(c *tls.Config) { c.NextProtos = []string{"h2", "http/1.1"} }), func(o *Options) { o.ALPN = []string{"http/1.1"} }, true, func(r *Server) bool { return r.ALPN == "http/1.1" }},
		{"the wrong order", plain(func(c *tls.Config) { c.Certificates = []tls.Certificate{leaf.tls(root, middle)} }), nil, true, func(r *Server) bool {
			return !r.InOrder && r.Order == "certificate 2 is not the issuer of the one before it, which is certificate 3"
		}},
		{"a stray certificate", plain(func(c *tls.Config) { c.Certificates = []tls.Certificate{leaf.tls(middle, client)} }), nil, true, func(r *Server) bool {
			return !r.InOrder && strings.HasPrefix(r.Order, "certificate 3 (CN=client) is not the issuer")
		}},
		{"twice", plain(func(c *tls.Config) { c.Certificates = []tls.Certificate{leaf.tls(leaf, middle)} }), nil, true, func(r *Server) bool { return r.Order == "certificate 2 is shown twice" }},
		{"with the root", plain(func(c *tls.Config) { c.Certificates = []tls.Certificate{leaf.tls(middle, root)} }), nil, true, func(r *Server) bool { return r.InOrder }},
		{"a default certificate", plain(func(c *tls.Config) { c.Certificates = []tls.Certificate{traefik.tls()} }), nil, false, func(r *Server) bool {
			return r.Front != nil && r.Front.Kind == FrontDefault && r.Front.Product == "Traefik"
		}},
		{"client certificate, TLS 1.3", plain(func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, roots }), nil, true, func(r *Server) bool {
			c := r.ClientCertificate
			return c != nil && c.Required && !c.Sent && !c.Accepted && slices.Equal(c.Authorities, []string{"CN=Example Root"}) && strings.Contains(c.Refusal, "certificate required")
		}},
		{"client certificate, TLS 1.2", plain(func(c *tls.Config) {
			c.ClientAuth, c.ClientCAs, c.MaxVersion = tls.RequireAndVerifyClientCert, roots, tls.VersionTLS12
		}), nil, true, func(r *Server) bool {
			c := r.ClientCertificate
			return c != nil && c.Required && r.Version == "TLS 1.2" && r.Cipher != "" && r.KeyProved
		}},
		{"client certificate that need not be", plain(func(c *tls.Config) { c.ClientAuth = tls.RequestClientCert }), nil, true, func(r *Server) bool {
			return r.ClientCertificate != nil && !r.ClientCertificate.Required && r.ClientCertificate.Accepted
		}},
		{"client certificate that is shown", plain(func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, roots }), func(o *Options) {
			shown := client.tls()
			o.Certificate = &shown
		}, true, func(r *Server) bool {
			return r.ClientCertificate.Sent && r.ClientCertificate.Accepted && !r.ClientCertificate.Required
		}},
		{"client certificate that is refused", plain(func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, roots }), func(o *Options) {
			shown := traefik.tls()
			o.Certificate = &shown
		}, true, func(r *Server) bool { return !r.ClientCertificate.Accepted && r.ClientCertificate.Refusal != "" }},
		{"staple and timestamp", plain(func(c *tls.Config) {
			c.Certificates[0].OCSPStaple, c.Certificates[0].SignedCertificateTimestamps = answer, [][]byte{sct}
		}), nil, true, func(r *Server) bool {
			return r.Staple != nil && r.Staple.Status == "good" && r.Staple.NextUpdate.Equal(now().Add(time.Hour)) &&
				len(r.SCTs) == 1 && r.SCTs[0].From == "tls" && r.SCTs[0].LogID == strings.Repeat("00", 32) && r.SCTs[0].Time.Year() == 2025
		}},
		{"staple of a stranger", plain(func(c *tls.Config) { c.Certificates[0].OCSPStaple = stranger }), nil, true, func(r *Server) bool {
			return r.Staple.Status == "invalid" && r.Staple.Problem != ""
		}},
		{"no staple at all", plain(func(c *tls.Config) { c.Certificates[0].OCSPStaple = []byte("hello") }), nil, true, func(r *Server) bool {
			return r.Staple.Status == "invalid"
		}},
		{"resumption and matrix", plain(nil), func(o *Options) { o.Matrix, o.Resume = true, true }, true, func(r *Server) bool {
			accepted := ""
			for _, v := range r.Matrix.Versions {
				if v.Accepted {
					accepted += v.Name + " "
				}
			}
			return accepted == "TLS 1.3 TLS 1.2 " && r.Matrix.Connections <= mostConnections && r.Matrix.Cut == "" &&
				slices.Equal(r.Resumption, []Resumption{{"TLS 1.3", true, true}, {"TLS 1.2", true, true}}) &&
				slices.ContainsFunc(r.Matrix.Groups, func(g Group) bool { return g.PostQuantum })
		}},
		{"no tickets", plain(func(c *tls.Config) { c.SessionTicketsDisabled = true }), func(o *Options) { o.Resume = true }, true, func(r *Server) bool {
			return slices.Equal(r.Resumption, []Resumption{{"TLS 1.3", false, false}})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := options()
			o.Bundle = bundle(t, root)
			if tt.change != nil {
				tt.change(&o)
			}
			r, err := Probe(t.Context(), serve(t, tt.server), o)
			if err != nil {
				t.Fatal(err)
			}
			if r.OK() != tt.ok || !tt.check(r) {
				t.Errorf("ok %v, want %v: %+v, verdict %+v, client %+v, staple %+v, SCTs %+v, matrix %+v, front %+v", r.OK(), tt.ok, r, r.Verdict, r.ClientCertificate, r.Staple, r.SCTs, r.Matrix, r.Front)
			}
		})
	}
}
