package keytool

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"testing"
	"time"

	"muxkey/internal/keytool/level"
	certtext "muxkey/internal/keytool/text"
)

// TestCrossSigned has authorities that have all signed each other and of which none
// is its own issuer: there are more ways among them than could be gone.
func TestCrossSigned(t *testing.T) {
	l, err := level.Parse("")
	if err != nil {
		t.Fatal(err)
	}
	const n = 12
	keys, names := make([]*ecdsa.PrivateKey, n+1), make([]string, n+1)
	for i := range keys {
		if keys[i], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
		names[i] = fmt.Sprintf("CA %d", i)
	}
	made := func(subject, by int) issuer {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[subject]},
			NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
		}
		signer := &x509.Certificate{Subject: pkix.Name{CommonName: names[by]}}
		der, err := x509.CreateCertificate(rand.Reader, template, signer, keys[subject].Public(), keys[by])
		if err != nil {
			t.Fatal(err)
		}
		c, err := certtext.ParseCertificate(der, l)
		if err != nil {
			t.Fatal(err)
		}
		return issuer{names[subject], c}
	}
	var among []issuer
	for i := range n {
		for j := range n {
			if i != j {
				among = append(among, made(i, j))
			}
		}
	}
	leaf := made(n, 0)
	if chain, ok := chainOf(leaf, among); ok {
		t.Errorf("there is a chain of %d", len(chain))
	}
	// With a root above one of them there is a chain, however long.
	root := made(n-1, n-1)
	chain, ok := chainOf(leaf, append(among, root))
	if !ok || chain[len(chain)-1].cert != root.cert {
		t.Errorf("%d certificates, %v", len(chain), ok)
	}
	for i := 1; i < len(chain); i++ {
		if !signedBy(chain[i-1].cert, chain[i].cert) {
			t.Errorf("%d has not signed the one below", i)
		}
	}
}
