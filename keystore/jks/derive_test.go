package jks

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"encoding/hex"
	"strings"
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

// The stream is what the JDK makes of new KeyRep(SECRET, "DES", "RAW", {1 ... 8}).
func TestKeyRep(t *testing.T) {
	const java = "aced000573720014 6a6176612e73656375726974792e4b6579526570 bdf94fb3889aa543 02 0004" +
		"4c0009616c676f726974686d 7400124c6a6176612f6c616e672f537472696e673b 5b0007656e636f646564 7400025b42" +
		"4c0006666f726d6174 71007e0001 4c000474797065 74001b4c6a6176612f73656375726974792f4b657952657024547970653b 7870" +
		"7400034445537572 00025b42 acf317f8060854e0 02000078 70000000080102030405060708 740003524157" +
		"7e7200196a6176612e73656375726974792e4b65795265702454797065 0000000000000000 120000 78" +
		"72000e6a6176612e6c616e672e456e756d 0000000000000000 120000 7870 740006534543524554"
	want, err := hex.DecodeString(strings.ReplaceAll(java, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	got := keyRep("DES", []byte{1, 2, 3, 4, 5, 6, 7, 8})
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%x, want\n%x", got, want)
	}
	if k, err := parseSecret(got); err != nil || k.Algorithm != "DES" || len(k.Secret) != 8 {
		t.Errorf("read back as %+v, %v", k, err)
	}
}
