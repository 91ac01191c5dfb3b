package check

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muxkey/keystore"
)

// listen answers connections until the test ends.
func listen(t *testing.T, answer func(net.Conn)) string {
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
				defer func() { _ = c.Close() }()
				answer(c)
			}()
		}
	}()
	return l.Addr().String()
}

// Servers are reached as the policy says, with one connection unless it asks for
// more, and one that hangs hides none of the others.
func TestServers(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: new(big.Int).Lsh(big.NewInt(77), 100), Subject: pkix.Name{CommonName: "mux.example.com"}, DNSNames: []string{"mux.example.com"},
		NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 6, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	var connections, proxied atomic.Int64
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server := listen(t, func(c net.Conn) {
		connections.Add(1)
		_, _ = io.Copy(io.Discard, tls.Server(c, config))
	})
	hangs := listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	proxy := listen(t, func(c net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		if r.Header.Get("Proxy-Authorization") != "Basic bWU6c2VzYW1l" { // me:sesame
			_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n\r\n")
			return
		}
		proxied.Add(1)
		to, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", r.Host)
		if err != nil {
			return
		}
		defer func() { _ = to.Close() }()
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(to, c) }()
		_, _ = io.Copy(c, to)
	})
	for _, tt := range []struct {
		name, policy string
		status       TargetStatus
		reason       string // or a finding's text
		connections  int64  // at most; at least one where there are any
		proxied      bool
	}{
		{"straight", "server-name: mux.example.com", OK, "", 1, false},
		{"another name", "", OK, "127.0.0.1 is not among its names", 1, false},
		{"all that it accepts", "server-name: mux.example.com\nmin-tls: \"1.2\"", OK, "", 100, false},
		{"through a proxy", "server-name: mux.example.com\nvia: http://me@" + proxy + "\nproxy-password: env:SESAME", OK, "", 1, true},
		{"with the wrong password", "server-name: mux.example.com\nvia: http://me@" + proxy + "\nproxy-password: env:OTHER", Unchecked, "it does not take the user and the password", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			connections.Store(0)
			proxied.Store(0)
			text := "targets:\n  - url: tls://" + server + "\n    " + strings.ReplaceAll(tt.policy, "\n", "\n    ") +
				"\n  - url: tls://" + hangs + "\n    timeout: 200ms\n"
			p, err := ParsePolicy([]byte(text), "")
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			r, err := Run(t.Context(), p, Options{
				Now: now, Rand: rand.Reader, Salt: []byte("salt"), FailOn: "critical",
				Password: func(_ context.Context, source, _ string) (string, error) {
					if name, ok := strings.CutPrefix(source, "env:"); ok {
						return strings.ToLower(name), nil
					}
					return "", keystore.ErrNoPassword
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			got, other := r.Targets[0], r.Targets[1]
			said := fmt.Sprint(got.Reasons, got.Findings)
			n := connections.Load()
			if got.Status != tt.status || !strings.Contains(said, tt.reason) || n > tt.connections || n == 0 && tt.connections > 0 ||
				tt.connections > 1 && n < 5 || (proxied.Load() > 0) != tt.proxied {
				t.Errorf("%+v after %d connections, %d through the proxy", got, n, proxied.Load())
			}
			if other.Status != Unchecked || !other.Network || !strings.Contains(fmt.Sprint(other.Reasons), "no answer in time") || time.Since(start) > 3*time.Second {
				t.Errorf("the one that hangs: %+v after %s", other, time.Since(start))
			}
			if strings.Contains(said, "sesame") {
				t.Errorf("the password: %s", said)
			}
		})
	}
}
