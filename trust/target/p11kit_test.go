package target

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"muxkey/trust"
)

// A CA that is held to some names, by the extension that is stapled to it, vouches
// for these and for no others, of whatever kind.
func TestNameConstraints(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(c, parent *x509.Certificate) *x509.Certificate {
		t.Helper()
		c.NotBefore, c.NotAfter = now.AddDate(0, 0, -1), now.AddDate(0, 0, 1)
		raw, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		out, err := x509.ParseCertificate(raw)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, tt := range []struct {
		names    trust.Names
		accepted []string
		refused  []string
	}{
		{trust.Names{DNS: []string{"example.com"}}, []string{"example.com", "a.example.com"}, []string{"example.net", "10.0.0.1", "2001:db8::1"}},
		{trust.Names{IP: []string{"10.0.0.0/8"}}, []string{"10.1.2.3"}, []string{"11.0.0.1", "2001:db8::1", "example.com"}},
		{trust.Names{IP: []string{"2001:db8::/33"}}, []string{"2001:db8::1"}, []string{"2001:db8:8000::1", "10.1.2.3", "example.com"}},
		{trust.Names{DNS: []string{"example.com"}, IP: []string{"10.0.0.0/8"}}, []string{"example.com", "10.1.2.3"}, []string{"example.net", "11.0.0.1", "2001:db8::1"}},
	} {
		value, err := nameConstraints(tt.names)
		if err != nil {
			t.Fatal(err)
		}
		root := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, IsCA: true, BasicConstraintsValid: true,
			ExtraExtensions: []pkix.Extension{{Id: oidNameConstraints, Critical: true, Value: value}},
		}
		root = sign(root, root)
		roots := x509.NewCertPool()
		roots.AddCert(root)
		verify := func(host string) error {
			leaf := &x509.Certificate{SerialNumber: big.NewInt(2)}
			if ip := net.ParseIP(host); ip != nil {
				leaf.IPAddresses = []net.IP{ip}
			} else {
				leaf.DNSNames = []string{host}
			}
			_, err := sign(leaf, root).Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now, DNSName: host})
			return err
		}
		for _, host := range tt.accepted {
			if err := verify(host); err != nil {
				t.Errorf("%v refuses %s: %v", tt.names, host, err)
			}
		}
		for _, host := range tt.refused {
			if verify(host) == nil {
				t.Errorf("%v accepts %s", tt.names, host)
			}
		}
	}
	if _, err := nameConstraints(trust.Names{IP: []string{"10.0.0.1"}}); err == nil {
		t.Error("an address without its length is a network")
	}
}
