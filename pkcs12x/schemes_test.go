package pkcs12x

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha512"
	"errors"
	"math/big"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/scrypt"
)

// No program at hand writes these into PKCS#12; the files are made here with the
// primitives alone.
func TestSchemesWithoutAWriter(t *testing.T) {
	st, err := Decode(fixture(t, "openssl-plain-no-mac.p12"), "")
	certificate := must(t, st, err).Entries[0].Chain[0].Raw
	plain := build(t, sequence(bagOf(oidCertBag, nil, typed(oidX509Certificate, func(b *cryptobyte.Builder) { b.AddASN1OctetString(certificate) }))))
	salt, nonce := []byte("0123456789abcdef"), []byte("noncenonce12")
	iv := make([]byte, aes.BlockSize)

	seal := func(scheme builder, sealed []byte) []byte {
		return pfx(t, func(b *cryptobyte.Builder) {
			addContentInfo(b, oidEncryptedData, sequence(func(b *cryptobyte.Builder) {
				b.AddASN1Int64(0)
				sequence(func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(oidData)
					scheme(b)
					b.AddASN1(cbasn1.Tag(0).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(sealed) })
				})(b)
			}))
		}, nil)
	}
	block := func(key []byte, err error) cipher.Block {
		t.Helper()
		b, err := aes.NewCipher(must(t, key, err))
		return must(t, b, err)
	}

	padded := append([]byte{}, plain...)
	for n := aes.BlockSize - len(plain)%aes.BlockSize; len(padded)%aes.BlockSize != 0 || len(padded) == len(plain); {
		padded = append(padded, byte(n))
	}
	underScrypt := make([]byte, len(padded))
	cipher.NewCBCEncrypter(block(scrypt.Key([]byte(password), salt, 1024, 8, 1, 32)), iv).CryptBlocks(underScrypt, padded)
	scryptFile := seal(pbes2(derive(oidScrypt, string(salt), big.NewInt(1024), big.NewInt(8), big.NewInt(1))), underScrypt)

	aead, err := cipher.NewGCM(block(pbkdf2.Key(sha512.New, password, salt, 1000, 16)))
	must(t, aead, err)
	gcmFile := seal(func(b *cryptobyte.Builder) {
		addAlgorithm(b, oidPBES2, sequence(func(b *cryptobyte.Builder) {
			addPBKDF2(b, kdf{hash: "SHA512", salt: string(salt), iterations: 1000, length: 16})
			addAlgorithm(b, below(nistAES, 6), sequence(func(b *cryptobyte.Builder) {
				b.AddASN1OctetString(nonce)
				b.AddASN1Int64(16)
			}))
		}))
	}, aead.Seal(nil, nonce, plain, nil))

	for name, data := range map[string][]byte{"scrypt": scryptFile, "AES-128-GCM": gcmFile} {
		st, err := Decode(data, password)
		if err != nil || len(st.Entries) != 1 || string(st.Entries[0].Chain[0].Raw) != string(certificate) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Decode(data, "wrong"); !errors.Is(err, ErrPassword) {
			t.Errorf("%s under a wrong password: %v", name, err)
		}
	}
}

// must fails the test on an error.
func must[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}
