package jca

import (
	"bytes"
	"crypto/rand"
	"testing"
)

// Whatever is read as a key signs and verifies without a panic, and what it signs
// it verifies.
func FuzzKeys(f *testing.F) {
	for _, s := range samples(f) {
		if len(s.pkcs8) < 1000 {
			f.Add(s.pkcs8)
			f.Add(s.spki)
		}
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		if public, err := ParsePublicKey(der); err == nil {
			for _, s := range signatures() {
				_ = public.Verify(s, der, der[len(der)/2:])
			}
		}
		private, err := ParsePrivateKey(der)
		if err != nil {
			return
		}
		if private.Public.SPKI != nil {
			if _, err := ParsePublicKey(private.Public.SPKI); err != nil {
				t.Errorf("the public key of a private one: %v", err)
			}
		}
		for _, s := range signatures() {
			_, _ = private.Sign(rand.Reader, s, der)
		}
	})
}

// Whatever is signed by nobody is signed by nobody.
func FuzzVerify(f *testing.F) {
	k := keyOf(f, "EC", Parameters{Bits: 256})
	s, err := FindSignature("SHA256withECDSA")
	if err != nil {
		f.Fatal(err)
	}
	good, err := certificate(f, k).Sign(rand.Reader, k, s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte("0\x820\x00"))
	f.Fuzz(func(t *testing.T, der []byte) {
		err := Verify(der, k.Public)
		if (err == nil) != bytes.Equal(der, good) {
			t.Errorf("%v", err)
		}
	})
}
