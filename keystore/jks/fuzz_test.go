package jks

import (
	"bytes"
	"errors"
	"testing"

	"muxkey/pkcs12x"
)

// FuzzSecret feeds the reader of serialised keys, which stands behind an
// encryption that mutants of a whole file do not get through.
func FuzzSecret(f *testing.F) {
	for _, algorithm := range []string{"AES", "HmacSHA256", "x"} {
		f.Add(secretKeySpec(algorithm, []byte("0123456789abcdef")))
		f.Add(keyRep(algorithm, []byte("0123456789abcdef")))
	}
	f.Add([]byte("\xac\xed\x00\x05sr\x00\x14java.security.KeyRep\xbd\xf9O\xb3\x88\x9a\xa5C\x02\x00\x01[\x00\x07encodedt\x00\x02[Bxpp"))
	f.Fuzz(func(t *testing.T, plain []byte) {
		k, err := parseSecret(plain)
		if err != nil {
			if k != nil || !errors.Is(err, pkcs12x.ErrDamaged) && !errors.Is(err, pkcs12x.ErrUnsupported) {
				t.Fatalf("%v, %v", k, err)
			}
			return
		}
		if k.Algorithm == "" || len(k.Secret) > len(plain) {
			t.Fatalf("%+v", k)
		}
		if len(k.Algorithm) > 0x7fff { // its modified UTF-8 may be longer than that of the input
			t.Skip()
		}
		again := secretKeySpec(k.Algorithm, k.Secret)
		if same, err := parseSecret(again); err != nil || same.Algorithm != k.Algorithm || !bytes.Equal(same.Secret, k.Secret) {
			t.Fatalf("%+v became %+v, %v", k, same, err)
		}
	})
}
