package jks

import (
	"crypto/cipher"
	"crypto/des"
	"encoding/hex"
	"testing"
)

// The answer is that of OpenJDK 17: Cipher "PBEWithMD5AndTripleDES", 3
// iterations, over "hello". One salt in four thousand million has equal halves.
func TestSaltWithEqualHalves(t *testing.T) {
	key, iv, err := deriveJCEKS(t.Context(), "changeit", []byte{1, 2, 3, 4, 1, 2, 3, 4}, 3)
	if err != nil {
		t.Fatal(err)
	}
	block, err := des.NewTripleDESCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	out := []byte("hello\x03\x03\x03")
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, out)
	if got := hex.EncodeToString(out); got != "1194d70faa1b4396" {
		t.Errorf("got %s", got)
	}
}
