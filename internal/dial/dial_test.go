package dial

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"syscall"
	"testing"
	"time"
)

func certificate(t *testing.T, serial int64) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "mux"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1, 0), // expired, and that is none of our business
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// serve answers connections until the test ends, and tells of each what came
// behind the handshake.
func serve(t *testing.T, answer func(net.Conn) []byte) (at Endpoint, heard chan []byte) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	heard = make(chan []byte, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				heard <- answer(c)
				_ = c.Close()
			}()
		}
	}()
	return endpoint(t, l.Addr().String()), heard
}

func endpoint(t *testing.T, text string) Endpoint {
	t.Helper()
	e, err := ParseEndpoint(text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestCertificates(t *testing.T) {
	first, second := certificate(t, 1), certificate(t, 2)
	stranger := certificate(t, 3)
	stranger.Certificate = first.Certificate // of which the server lacks the key
	server := func(cfg *tls.Config) func(net.Conn) []byte {
		return func(c net.Conn) []byte {
			conn := tls.Server(c, cfg)
			data, _ := io.ReadAll(conn)
			return data
		}
	}
	byName := &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if h.ServerName == "second.example" {
			return &second, nil
		}
		return &first, nil
	}}
	for _, tt := range []struct {
		name, ask string
		answer    func(net.Conn) []byte
		want      *tls.Certificate
	}{
		{"no name", "", server(byName), &first},
		{"by name", "second.example", server(byName), &second},
		{"TLS 1.0", "", server(&tls.Config{Certificates: []tls.Certificate{first}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}), &first},
		{"client certificate, TLS 1.3", "", server(&tls.Config{Certificates: []tls.Certificate{first}, ClientAuth: tls.RequireAnyClientCert}), &first},
		{"client certificate, TLS 1.2", "", server(&tls.Config{Certificates: []tls.Certificate{first}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}), &first},
		{"another's certificate, TLS 1.3", "", server(&tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &stranger, nil }}), nil},
		{"another's certificate, TLS 1.2", "", server(&tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &stranger, nil }, MaxVersion: tls.VersionTLS12}), nil},
		{"no TLS", "", func(c net.Conn) []byte { _, _ = c.Write([]byte("220 mail.example ESMTP\r\n")); return nil }, nil},
		{"nothing", "", func(net.Conn) []byte { return nil }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, heard := serve(t, tt.answer)
			got, err := Certificates(t.Context(), at, tt.ask)
			if tt.want == nil {
				if _, ok := errors.AsType[*Error](err); !ok || got != nil {
					t.Errorf("got %d certificates, %v", len(got), err)
				}
			} else if err != nil || len(got) != 1 || !bytes.Equal(got[0].Raw, tt.want.Certificate[0]) {
				t.Errorf("got %d certificates, %v", len(got), err)
			}
			if sent := <-heard; len(sent) > 0 {
				t.Errorf("sent %q", sent)
			}
		})
	}
}

func TestWaits(t *testing.T) {
	at, _ := serve(t, func(c net.Conn) []byte {
		data, _ := io.ReadAll(c)
		return data[:0]
	})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := Certificates(ctx, at, ""); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := endpoint(t, l.Addr().String())
	_ = l.Close()
	if _, err := Certificates(t.Context(), closed, ""); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v", err)
	}
}
