package keystore_test

import (
	"bytes"
	"testing"

	"muxkey/keystore"
)

// OpenSSL is the judge of the form: what it made of the same certificates is
// the same to the octet.
func TestPKCS7IsWhatOpenSSLWrites(t *testing.T) {
	s := open(t, "testdata/chain.p7b", keystore.Options{})
	var certificates [][]byte
	for _, c := range s.Sequence {
		certificates = append(certificates, c.Raw)
	}
	got, err := keystore.EncodePKCS7(certificates)
	if err != nil {
		t.Fatal(err)
	}
	if want := []byte(fixture(t, "chain.p7b")); !bytes.Equal(got, want) {
		t.Errorf("it is\n%x, want\n%x", got, want)
	}
}

func TestPKCS7ReadsBackInOrder(t *testing.T) {
	var want [][]byte
	for _, c := range open(t, "testdata/chain.pem", keystore.Options{}).Sequence {
		want = append(want, c.Raw)
	}
	for _, list := range [][][]byte{want, want[2:], {want[2], want[0]}, nil} {
		der, err := keystore.EncodePKCS7(list)
		if err != nil {
			t.Fatal(err)
		}
		s, err := keystore.Decode(t.Context(), "x", der, keystore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Sequence) != len(list) || s.Trailing != 0 || s.Format != "pkcs7" {
			t.Fatalf("%d certificates, want %d", len(s.Sequence), len(list))
		}
		for i, c := range s.Sequence {
			if !bytes.Equal(c.Raw, list[i]) {
				t.Errorf("certificate %d of %d is another", i, len(list))
			}
		}
	}
}
