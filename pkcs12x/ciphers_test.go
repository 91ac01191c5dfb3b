package pkcs12x

import (
	"encoding/hex"
	"testing"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Vectors of RFC 2268 section 5 and RFC 3713 appendix A.
func TestCipherVectors(t *testing.T) {
	type block interface {
		Encrypt(dst, src []byte)
		Decrypt(dst, src []byte)
	}
	camellia := func(key []byte) block {
		b, err := newCamellia(key)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, test := range []struct {
		name, key, plain, cipher string
		block                    func(key []byte) block
	}{
		{"RC2-63", "0000000000000000", "0000000000000000", "ebb773f993278eff", func(k []byte) block { return newRC2(k, 63) }},
		{"RC2-64", "ffffffffffffffff", "ffffffffffffffff", "278b27e42e2f0d49", func(k []byte) block { return newRC2(k, 64) }},
		{"RC2-64 short key", "88", "0000000000000000", "61a8a244adacccf0", func(k []byte) block { return newRC2(k, 64) }},
		{"RC2-128", "88bca90e90875a7f0f79c384627bafb2", "0000000000000000", "2269552ab0f85ca6", func(k []byte) block { return newRC2(k, 128) }},
		{"RC2-129", "88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e", "0000000000000000", "5b78d3a43dfff1f1", func(k []byte) block { return newRC2(k, 129) }},
		{"Camellia-128", "0123456789abcdeffedcba9876543210", "0123456789abcdeffedcba9876543210", "67673138549669730857065648eabe43", camellia},
		{"Camellia-192", "0123456789abcdeffedcba98765432100011223344556677", "0123456789abcdeffedcba9876543210", "b4993401b3e996f84ee5cee7d79b09b9", camellia},
		{"Camellia-256", "0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff", "0123456789abcdeffedcba9876543210", "9acc237dff16d76c20ef7c919e3a7509", camellia},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := test.block(unhex(t, test.key))
			plain := unhex(t, test.plain)
			out := make([]byte, len(plain))
			b.Encrypt(out, plain)
			if got := hex.EncodeToString(out); got != test.cipher {
				t.Errorf("encrypt: got %s, want %s", got, test.cipher)
			}
			b.Decrypt(out, out)
			if got := hex.EncodeToString(out); got != test.plain {
				t.Errorf("decrypt: got %s, want %s", got, test.plain)
			}
		})
	}
}
