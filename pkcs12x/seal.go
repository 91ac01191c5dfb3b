package pkcs12x

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"encoding/asn1"
	"io"
	"runtime"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// sealer is an encryption scheme with its salt drawn.
type sealer struct {
	scheme  Scheme
	key, iv kdf
	nonce   []byte // the IV of PBES2
}

// sealer draws salt and IV for one encryption and starts its derivation.
func (w *writer) sealer(e Encryption) (*sealer, error) {
	salt, err := w.draw(e.SaltLen)
	if err != nil {
		return nil, err
	}
	s := &sealer{scheme: e.Scheme}
	k := kdf{salt: string(salt), iterations: e.Iterations}
	switch e.Scheme {
	case SchemeAES256, SchemeAES128:
		k.kind, k.hash, k.length = kdfPBKDF2, "SHA256", e.Scheme.keyLength()
		if s.nonce, err = w.draw(aes.BlockSize); err != nil {
			return nil, err
		}
		s.key = k
	default:
		k.kind, k.hash, k.length, k.purpose = kdfPKCS12, "SHA1", e.Scheme.keyLength(), purposeKey
		s.key, s.iv = k, k
		s.iv.length, s.iv.purpose = des.BlockSize, purposeIV
		w.deriver.start(s.iv)
	}
	w.deriver.start(s.key)
	return s, nil
}

// keyLength in octets.
func (s Scheme) keyLength() int {
	switch s {
	case SchemeAES256:
		return 32
	case SchemeAES128:
		return 16
	case SchemeSHA1TripleDES:
		return 24
	default: // RC2-40
		return 5
	}
}

func (s Scheme) id() asn1.ObjectIdentifier {
	switch s {
	case SchemeAES256:
		return below(nistAES, 42)
	case SchemeAES128:
		return below(nistAES, 2)
	case SchemeSHA1TripleDES:
		return below(pkcs12PBE, 3)
	default:
		return below(pkcs12PBE, 6)
	}
}

// algorithm writes the AlgorithmIdentifier.
func (s *sealer) algorithm(b *cryptobyte.Builder) {
	if s.nonce == nil { // RFC 7292 appendix C
		addAlgorithm(b, s.scheme.id(), func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1OctetString([]byte(s.key.salt))
				b.AddASN1Int64(int64(s.key.iterations))
			})
		})
		return
	}
	addAlgorithm(b, oidPBES2, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addPBKDF2(b, s.key)
			addAlgorithm(b, s.scheme.id(), func(b *cryptobyte.Builder) { b.AddASN1OctetString(s.nonce) })
		})
	})
}

// encrypt waits for the derivation and pads (RFC 8018 section 6.1.1).
func (s *sealer) encrypt(d *deriver, plain []byte) ([]byte, error) {
	key, err := d.get(s.key)
	if err != nil {
		return nil, err
	}
	iv := s.nonce
	if iv == nil {
		if iv, err = d.get(s.iv); err != nil {
			return nil, err
		}
	}
	var block cipher.Block
	switch s.scheme {
	case SchemeAES256, SchemeAES128:
		block, err = aes.NewCipher(key)
	case SchemeSHA1TripleDES:
		block, err = tripleDES(key)
	default:
		block = newRC2(key, 40)
	}
	if err != nil {
		return nil, err
	}
	pad := block.BlockSize() - len(plain)%block.BlockSize()
	out := make([]byte, len(plain)+pad)
	copy(out, plain)
	for i := len(plain); i < len(out); i++ {
		out[i] = byte(pad)
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, out)
	return out, nil
}

func addAlgorithm(b *cryptobyte.Builder, id asn1.ObjectIdentifier, params func(*cryptobyte.Builder)) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(id)
		params(b)
	})
}

func addNull(b *cryptobyte.Builder) { b.AddASN1NULL() }

// addPBKDF2 writes the key length and the NULL of the PRF, as the JDK does.
func addPBKDF2(b *cryptobyte.Builder, k kdf) {
	addAlgorithm(b, oidPBKDF2, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1OctetString([]byte(k.salt))
			b.AddASN1Int64(int64(k.iterations))
			b.AddASN1Int64(int64(k.length))
			addAlgorithm(b, digestByName(k.hash).hmacID, addNull)
		})
	})
}

// ShroudKey encrypts a PrivateKeyInfo and returns the EncryptedPrivateKeyInfo
// in DER, for use outside a store, such as in a PEM file.
func ShroudKey(ctx context.Context, rand io.Reader, pkcs8 []byte, password string, e Encryption) ([]byte, error) {
	w := &writer{rand: rand, deriver: newDeriver(ctx, readings(password)[0], make(chan struct{}, runtime.GOMAXPROCS(0)))}
	s, err := w.sealer(e)
	if err != nil {
		return nil, err
	}
	return s.encryptedKey(w.deriver, pkcs8)
}

// encryptedKey makes an EncryptedPrivateKeyInfo (RFC 5958 section 3).
func (s *sealer) encryptedKey(d *deriver, pkcs8 []byte) ([]byte, error) {
	sealed, err := s.encrypt(d, pkcs8)
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		s.algorithm(b)
		b.AddASN1OctetString(sealed)
	})
	return b.Bytes()
}
