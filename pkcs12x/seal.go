package pkcs12x

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"encoding/asn1"
	"fmt"
	"io"
	"runtime"
	"sync"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// sealer is an encryption scheme with its salt drawn.
type sealer struct {
	deriver *deriver
	scheme  Scheme
	key, iv kdf
	nonce   []byte // the IV of PBES2
}

// defaultPRF is the hash of PBKDF2 where an Encryption names none.
const defaultPRF = "SHA256"

func (e Encryption) prf() string {
	if e.PRF == "" {
		return defaultPRF
	}
	return e.PRF
}

func (s Scheme) pbes2() bool { return s == SchemeAES256 || s == SchemeAES128 }

// byPassword returns the scheme where it is one of those whose parameters are
// salt and iterations alone, and this package writes it.
func (s Scheme) byPassword() (passwordScheme, bool) {
	switch s {
	case SchemeSHA1TripleDES, SchemeSHA1RC2x40, SchemeSHA1RC2x128, SchemeSHA1RC4x40, SchemeSHA1RC4x128, SchemeMD5DES:
		for _, p := range passwordSchemes {
			if s == Scheme(p.name) {
				return p, true
			}
		}
	}
	return passwordScheme{}, false
}

// block returns the row of a scheme of PBES2.
func (s Scheme) block() blockScheme {
	for _, b := range blockSchemes {
		if s == Scheme("PBES2 "+b.name) {
			return b
		}
	}
	return blockScheme{}
}

// sealer draws salt and IV for one encryption and starts its derivation.
func (w *writer) sealer(e Encryption) (*sealer, error) {
	p, simple := e.Scheme.byPassword()
	if !simple && !e.Scheme.pbes2() || digestByName(e.prf()).size == 0 {
		return nil, fmt.Errorf("%w: writing %q with %q", ErrUnsupported, e.Scheme, e.prf())
	}
	length := e.SaltLen
	if p.kind == kdfPBKDF1 {
		length = 8
	}
	salt, err := w.draw(length)
	if err != nil {
		return nil, err
	}
	s := &sealer{scheme: e.Scheme, deriver: w.deriver}
	k := kdf{salt: string(salt), iterations: e.Iterations}
	switch {
	case !simple:
		k.kind, k.hash, k.length = kdfPBKDF2, e.prf(), e.Scheme.block().key
		if s.nonce, err = w.draw(aes.BlockSize); err != nil {
			return nil, err
		}
	case p.kind == kdfPBKDF1: // key and IV are the halves of one derivation
		k.kind, k.hash, k.length = p.kind, p.hash, p.key+p.iv
	default:
		if e.SevenBits {
			s.deriver = newDeriver(w.deriver.ctx, sevenBits(w.deriver.pw.octets), w.deriver.slot)
		}
		k.kind, k.hash, k.length, k.purpose = p.kind, p.hash, p.key, purposeKey
		s.iv = k
		s.iv.length, s.iv.purpose = p.iv, purposeIV
		if p.iv > 0 {
			s.deriver.start(s.iv)
		}
	}
	s.key = k
	s.deriver.start(s.key)
	return s, nil
}

// algorithm writes the AlgorithmIdentifier.
func (s *sealer) algorithm(b *cryptobyte.Builder) {
	if p, simple := s.scheme.byPassword(); simple { // RFC 7292 appendix C, RFC 8018 appendix A.3
		addAlgorithm(b, p.id, func(b *cryptobyte.Builder) {
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
			addAlgorithm(b, s.scheme.block().id, func(b *cryptobyte.Builder) { b.AddASN1OctetString(s.nonce) })
		})
	})
}

// encrypt waits for the derivation and pads (RFC 8018 section 6.1.1).
func (s *sealer) encrypt(plain []byte) ([]byte, error) {
	key, err := s.deriver.get(s.key)
	if err != nil {
		return nil, err
	}
	iv := s.nonce
	if s.iv.length > 0 {
		if iv, err = s.deriver.get(s.iv); err != nil {
			return nil, err
		}
	}
	var block cipher.Block
	switch s.scheme {
	case SchemeAES256, SchemeAES128:
		block, err = aes.NewCipher(key)
	case SchemeSHA1TripleDES:
		block, err = tripleDES(key)
	case SchemeMD5DES:
		key, iv = key[:des.BlockSize], key[des.BlockSize:]
		block, err = des.NewCipher(key)
	case SchemeSHA1RC4x40, SchemeSHA1RC4x128: // a stream needs no padding
		return rc4Stream(key, nil, plain)
	default:
		block = newRC2(key, 8*len(key))
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
	der, err := BeginShroud(ctx, rand, pkcs8, password, e)
	if err != nil {
		return nil, err
	}
	return der()
}

// BeginShroud is ShroudKey for who has other things to do while the key is derived:
// der waits for that, and gives the same each time. pkcs8 must not change before.
func BeginShroud(ctx context.Context, rand io.Reader, pkcs8 []byte, password string, e Encryption) (der func() ([]byte, error), err error) {
	w := &writer{rand: rand, deriver: newDeriver(ctx, readings(password)[0], make(chan struct{}, runtime.GOMAXPROCS(0)))}
	s, err := w.sealer(e)
	if err != nil {
		return nil, err
	}
	return sync.OnceValues(func() ([]byte, error) { return s.encryptedKey(pkcs8) }), nil
}

// encryptedKey makes an EncryptedPrivateKeyInfo (RFC 5958 section 3).
func (s *sealer) encryptedKey(pkcs8 []byte) ([]byte, error) {
	sealed, err := s.encrypt(pkcs8)
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
