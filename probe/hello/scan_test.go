package hello_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muxkey/probe/hello"
)

// certificate is self-signed, by an RSA or an EC key.
func certificate(t testing.TB, ec bool) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mux"}, DNSNames: []string{"mux.example"}, NotAfter: time.Now().Add(time.Hour)}
	if ec {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
		if err != nil {
			t.Fatal(err)
		}
		return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k}
	}
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k}
}

type dialer = func(context.Context) (net.Conn, error)

// serve has each connection answered, and says how to make one.
func serve(t testing.TB, answer func(net.Conn)) dialer {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
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
				answer(c)
				_ = c.Close()
			}()
		}
	}()
	return to(l.Addr().String())
}

func to(address string) dialer {
	return func(ctx context.Context) (net.Conn, error) { return (&net.Dialer{}).DialContext(ctx, "tcp", address) }
}

func serveTLS(t testing.TB, cfg *tls.Config) dialer {
	return serve(t, func(c net.Conn) { _ = tls.Server(c, cfg).Handshake() })
}

// names are those of suites and groups in their order.
func names(ids []uint16, name func(uint16) string) []string {
	var list []string
	for _, id := range ids {
		list = append(list, name(id))
	}
	return list
}

func suites(ids []uint16) []string {
	return names(ids, func(id uint16) string { s, _ := hello.SuiteOf(id); return s.Name })
}

func groups(ids []uint16) []string {
	return names(ids, func(id uint16) string { g, _ := hello.GroupOf(id); return g.Name })
}

func TestScan(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config *tls.Config
		ec     bool
		want   map[hello.Version][]string // suites
		groups map[hello.Version][]string
	}{
		{
			"the defaults of Go",
			&tls.Config{},
			false,
			map[hello.Version][]string{
				hello.TLS13: {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"},
				hello.TLS12: {
					"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
					"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
				},
			},
			map[hello.Version][]string{
				hello.TLS13: {"X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024", "x25519", "secp256r1", "secp384r1", "secp521r1"},
				hello.TLS12: {"x25519", "secp256r1", "secp384r1", "secp521r1"},
			},
		},
		{
			"a certificate on a curve",
			&tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP384, tls.CurveP256}, MaxVersion: tls.VersionTLS12},
			true,
			map[hello.Version][]string{hello.TLS12: {
				"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
				"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
			}},
			map[hello.Version][]string{hello.TLS12: {"secp256r1", "secp384r1"}},
		},
		{
			"TLS 1.0 alone",
			&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10, CipherSuites: []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}},
			false,
			map[hello.Version][]string{hello.TLS10: {"TLS_RSA_WITH_RC4_128_SHA"}},
			nil,
		},
		{
			"one of each",
			&tls.Config{MinVersion: tls.VersionTLS10, CurvePreferences: []tls.CurveID{tls.X25519MLKEM768}, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA}},
			false,
			map[hello.Version][]string{
				hello.TLS13: {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"},
				hello.TLS12: {"TLS_RSA_WITH_AES_256_CBC_SHA"},
				hello.TLS11: {"TLS_RSA_WITH_AES_256_CBC_SHA"},
				hello.TLS10: {"TLS_RSA_WITH_AES_256_CBC_SHA"},
			},
			map[hello.Version][]string{hello.TLS13: {"X25519MLKEM768"}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Certificates = []tls.Certificate{certificate(t, tt.ec)}
			m, err := hello.Scan(t.Context(), serveTLS(t, tt.config), hello.Options{Randomness: rand.Reader, ServerName: "mux.example"})
			if err != nil || m.Cut != nil {
				t.Fatal(err, m.Cut)
			}
			for _, v := range m.Versions {
				if got, want := suites(v.Suites), tt.want[v.Version]; !slices.Equal(got, want) || v.Accepted != (want != nil) || v.Cut || (v.Refusal == nil) != v.Accepted {
					t.Errorf("%s: accepted %t (%v): %q, want %q", v.Version, v.Accepted, v.Refusal, got, want)
				}
				if got, want := groups(v.Groups), tt.groups[v.Version]; !slices.Equal(got, want) {
					t.Errorf("%s: groups %q, want %q", v.Version, got, want)
				}
				if len(v.Suites) > 1 && v.Order != hello.OrderServer {
					t.Errorf("%s: order of the %s", v.Version, v.Order)
				}
			}
		})
	}
}

// prefixed is a connection of which the beginning was read already.
type prefixed struct {
	net.Conn
	in io.Reader
}

func (p prefixed) Read(b []byte) (int, error) { return p.in.Read(b) }

// behind looks at the hello before a server does.
func behind(config *tls.Config, look func(record []byte) bool) func(net.Conn) {
	return func(c net.Conn) {
		first := make([]byte, 4096)
		n, err := c.Read(first)
		if err == nil && look(first[:n]) {
			_ = tls.Server(prefixed{c, io.MultiReader(bytes.NewReader(first[:n]), c)}, config).Handshake()
		}
	}
}

// A server of old that hangs up on extensions is asked without.
func TestBare(t *testing.T) {
	config := &tls.Config{
		Certificates: []tls.Certificate{certificate(t, false)}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA},
	}
	extension := []byte{0, 23, 0, 0}
	m, err := hello.Scan(t.Context(), serve(t, behind(config, func(hello []byte) bool { return !bytes.Contains(hello, extension) })), hello.Options{Randomness: rand.Reader})
	if err != nil || m.Cut != nil {
		t.Fatal(err, m.Cut)
	}
	for _, v := range m.Versions {
		old := v.Version == hello.TLS10 || v.Version == hello.TLS11
		if v.Accepted != old || v.Bare != old || old && len(v.Suites) != 2 {
			t.Errorf("%s: accepted %t (%v), bare %t, %q", v.Version, v.Accepted, v.Refusal, v.Bare, suites(v.Suites))
		}
	}
}

// Hellos without keys save the server its signatures; one that cannot take them is
// sent some.
func TestWithoutShares(t *testing.T) {
	config := &tls.Config{
		Certificates: []tls.Certificate{certificate(t, false)}, MinVersion: tls.VersionTLS13,
		CurvePreferences: []tls.CurveID{tls.CurveP521, tls.CurveP256, tls.X25519},
	}
	keyless := []byte{0, 51, 0, 2, 0, 0}
	for _, takes := range []bool{true, false} {
		var without, with atomic.Int32
		m, err := hello.Scan(t.Context(), serve(t, behind(config, func(hello []byte) bool {
			if !bytes.Contains(hello, keyless) {
				with.Add(1)
				return true
			}
			without.Add(1)
			return takes
		})), hello.Options{Randomness: rand.Reader, Versions: []hello.Version{hello.TLS13}})
		if err != nil || m.Cut != nil {
			t.Fatal(err, m.Cut)
		}
		got := groups(m.Of(hello.TLS13).Groups)
		slices.Sort(got)
		if n := len(m.Of(hello.TLS13).Suites); n != 3 || !slices.Equal(got, []string{"secp256r1", "secp521r1", "x25519"}) {
			t.Errorf("takes them: %t: %d suites, %q", takes, n, got)
		}
		if takes != (without.Load() > with.Load()) || m.Connections > 20 {
			t.Errorf("takes them: %t: %d hellos with keys, %d without", takes, with.Load(), without.Load())
		}
	}
}

// A server that knows one version answers with it whatever it is asked for.
func TestOtherVersion(t *testing.T) {
	chooses := func(c net.Conn) {
		hello := make([]byte, 4096)
		if _, err := c.Read(hello); err == nil {
			_, _ = c.Write(record(22, join(serverHello(2, 0x0005), message(14))...))
			_, _ = io.Copy(io.Discard, c)
		}
	}
	m, err := hello.Scan(t.Context(), serve(t, chooses), hello.Options{Randomness: rand.Reader})
	if err != nil || m.Cut != nil || m.Usual.Version != hello.TLS11 {
		t.Fatalf("%v, %v, %+v", err, m.Cut, m.Usual)
	}
	for _, v := range m.Versions {
		other, ok := errors.AsType[*hello.OtherVersionError](v.Refusal)
		if is := v.Version == hello.TLS11; v.Accepted != is || ok == is || ok && other.Version != hello.TLS11 {
			t.Errorf("%s: accepted %t, %v", v.Version, v.Accepted, v.Refusal)
		}
	}
	if got := suites(m.Of(hello.TLS11).Suites); !slices.Equal(got, []string{"TLS_RSA_WITH_RC4_128_SHA"}) {
		t.Errorf("it chose what it was not offered: %q", got)
	}
}

// The clock of old servers is in their random values, if two agree.
func TestClock(t *testing.T) {
	now := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, drift := range []time.Duration{time.Second, 48 * time.Hour} {
		at := now
		var mu sync.Mutex
		m, err := hello.Scan(t.Context(), serve(t, func(c net.Conn) {
			mu.Lock()
			at = at.Add(-drift)
			answer := serverHello(3, 0x0005)
			binary.BigEndian.PutUint32(answer[6:], uint32(at.Unix()))
			mu.Unlock()
			script(record(22, join(answer, message(14))...), 0, false)(c)
		}), hello.Options{Randomness: rand.Reader})
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Clock; drift < time.Minute && (got.After(now) || got.Before(now.Add(-time.Minute))) || drift > time.Minute && !got.IsZero() {
			t.Errorf("drift %s: the clock says %s", drift, got)
		}
	}
}
