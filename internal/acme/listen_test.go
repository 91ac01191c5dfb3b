package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"muxkey/certgen"
)

// The certificate of RFC 8737 section 3 is for ACME servers alone: whoever else
// comes to the port does not get it.
func TestChallengeCertificate(t *testing.T) {
	var proofs []proof
	for _, id := range []identifier{{certgen.DNS, "mux.example.com"}, {certgen.IP, "192.0.2.1"}} {
		key, err := certgen.GenerateKey(t.Context(), zeros{}, "ec-p256")
		if err != nil {
			t.Fatal(err)
		}
		proofs = append(proofs, proof{id: id, keyAuth: "token." + id.Value, key: key})
	}
	var address string
	say := func(format string, args ...any) {
		line := fmt.Sprintf(format, args...)
		address = strings.Fields(strings.TrimPrefix(line, "listening on "))[0]
	}
	undo, err := TLSALPN01{"127.0.0.1:0"}.solve(t.Context(), proofs, say)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		alpn  []string
		proof *proof
	}{
		{"mux.example.com", []string{"acme-tls/1"}, &proofs[0]},
		{"MUX.example.com", []string{"acme-tls/1"}, &proofs[0]},
		{"1.2.0.192.in-addr.arpa", []string{"acme-tls/1"}, &proofs[1]},
		{"mux.example.com", nil, nil},
		{"mux.example.com", []string{"http/1.1"}, nil},
		{"mux.example.com", []string{"acme-tls/1", "http/1.1"}, nil},
		{"other.example.com", []string{"acme-tls/1"}, nil},
		{"192.0.2.1", []string{"acme-tls/1"}, nil}, // an address is no server name: none is sent
	} {
		c, err := tls.Dial("tcp", address, &tls.Config{ServerName: tt.name, NextProtos: tt.alpn, InsecureSkipVerify: true})
		if (err == nil) != (tt.proof != nil) {
			t.Errorf("%s %s: %v", tt.name, tt.alpn, err)
		}
		if err != nil {
			continue
		}
		state := c.ConnectionState()
		_ = c.Close()
		digest := tt.proof.digest()
		want, err := asn1.Marshal(digest[:])
		if err != nil {
			t.Fatal(err)
		}
		leaf := state.PeerCertificates[0]
		if got := extension(leaf); got != string(want) || state.NegotiatedProtocol != "acme-tls/1" || len(leaf.DNSNames)+len(leaf.IPAddresses) != 1 {
			t.Errorf("%s: %x, want %x", tt.name, got, want)
		}
	}
	// One that never says anything keeps nobody.
	silent, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	start := time.Now()
	if err := undo(context.Background()); err != nil || time.Since(start) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
	if c, err := net.Dial("tcp", address); err == nil {
		_ = c.Close()
		t.Error("still listening")
	}
}

func extension(c *x509.Certificate) string {
	for _, e := range c.Extensions {
		if e.Id.String() == "1.3.6.1.5.5.7.1.31" && e.Critical {
			return string(e.Value)
		}
	}
	return ""
}

// zeros is no randomness at all, but never 0 as a scalar.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	p[len(p)-1] = 1
	return len(p), nil
}
