package acme_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"testing"
)

// accountKeys are the forms in which clients keep account keys, and some that
// begin with "no ".
func accountKeys(t *testing.T) map[string][]byte {
	t.Helper()
	must := func(der []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	return map[string][]byte{
		"PKCS #8, RSA (certbot)": text("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(private))),
		"PKCS #1":                text("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(private)),
		"SEC 1 (lego)":           text("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(p384))),
		"with parameters (openssl)": append(text("EC PARAMETERS", []byte{6, 5, 0x2b, 0x81, 4, 0, 0x22}),
			text("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(p384)))...),
		"no account can have an Ed25519 key": text("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(edwards))),
		"no key in a damaged one":            text("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(p384))[1:]),
		"no key under a password":            text("ENCRYPTED PRIVATE KEY", []byte{0x30, 0}),
		"no PEM":                             []byte("{}"),
		"no content":                         nil,
	}
}
