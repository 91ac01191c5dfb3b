package cmd

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muxkey/internal/console"
)

// issued is a certificate with its key, from an issuer or self-signed.
type issued struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

func issueTo(t *testing.T, name string, by *issued) *issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return certify(t, name, key, by)
}

func certify(t *testing.T, name string, key *ecdsa.PrivateKey, by *issued) *issued {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	out := &issued{c, key}
	if by == nil {
		by = out
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by.Certificate, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	if out.Certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return out
}

// What is trusted has signed what the server has the key of; the rest of what it
// shows does not matter.
func TestVouching(t *testing.T) {
	root := issueTo(t, "root", nil)
	middle := issueTo(t, "middle", root)
	leaf := issueTo(t, "leaf", middle)
	self := issueTo(t, "self", nil)
	impostor := issueTo(t, "middle", self) // of the name of the issuer, and of another key
	a := issueTo(t, "a", nil)
	b := issueTo(t, "b", a)
	circle := certify(t, "a", a.key, b)
	for _, tt := range []struct {
		name  string
		shown []*issued
		want  *issued
	}{
		{"in order", []*issued{leaf, middle, root}, root},
		{"out of order", []*issued{leaf, root, middle}, root},
		{"no root", []*issued{leaf, middle}, middle},
		{"alone", []*issued{leaf}, leaf},
		{"self-signed", []*issued{self}, self},
		{"a stranger behind", []*issued{leaf, middle, self}, middle},
		{"a stranger of the same name", []*issued{leaf, impostor, self}, leaf},
		{"that and the right one", []*issued{leaf, impostor, self, middle}, middle},
		{"a gap", []*issued{leaf, root}, leaf},
		{"a root first", []*issued{root, leaf}, root},
		{"in a circle", []*issued{b, circle}, circle},
	} {
		var shown []*x509.Certificate
		for _, c := range tt.shown {
			shown = append(shown, c.Certificate)
		}
		if got := vouching(shown); !got.Equal(tt.want.Certificate) {
			t.Errorf("%s: %s", tt.name, got.Subject)
		}
	}
}

// A person who says no has trusted nothing; several servers are asked about one
// by one.
func TestTrustFrom(t *testing.T) {
	server := func(c *issued) string {
		l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{c.Raw}, PrivateKey: c.key}}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go func(conn net.Conn) {
					_ = conn.(*tls.Conn).HandshakeContext(t.Context())
					_ = conn.Close()
				}(conn)
			}
		}()
		return l.Addr().String()
	}
	one, two := server(issueTo(t, "one", nil)), server(issueTo(t, "two", nil))
	for _, tt := range []struct {
		answers []string
		status  Status
		anchors int
		asked   int
	}{
		{[]string{"y", "y"}, StatusDone, 2, 2},
		{[]string{"y", "n"}, StatusFound, 0, 2},
		{[]string{"n"}, StatusFound, 0, 1},
		{[]string{}, StatusPassword, 0, 1}, // the input is closed
		{nil, StatusUsage, 0, 0},           // there is no terminal
	} {
		env, d := console.Test()
		d.Answers = tt.answers
		out := filepath.Join(t.TempDir(), "ca.pem")
		status := Status(Main(t.Context(), []string{"trust", "build", "--from", one, "--from", two, "-o", out}, env))
		data, _ := os.ReadFile(out)
		if n := strings.Count(string(data), "BEGIN CERTIFICATE"); status != tt.status || n != tt.anchors || len(d.Questions) != tt.asked {
			t.Errorf("answers %q: status %d, %d anchors, questions %q, %s", tt.answers, status, n, d.Questions, d.Err)
		}
	}
}
