package jks

import (
	"context"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // the formats have no other ciphers
	"crypto/md5" //nolint:gosec // see above
	"crypto/sha1"
	"crypto/subtle"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/keystore/javaio"
	"muxkey/pkcs12x"
)

// The schemes that a private key may be sealed with
// (sun.security.provider.KeyProtector, com.sun.crypto.provider.KeyProtector).
var (
	oidJKSProtector   = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 42, 2, 17, 1, 1}
	oidJCEKSProtector = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 42, 2, 19, 1}
)

// The names of the schemes in [pkcs12x.Protection].
const (
	protectorJKS   = "JKS key protector"
	protectorJCEKS = "JCEKS PBEWithMD5AndTripleDES"
)

// OwnProtection tells whether a [pkcs12x.Protection] of that name is one of
// these formats, so that the key must be opened before another can hold it.
func OwnProtection(name string) bool { return name == protectorJKS || name == protectorJCEKS }

// DefaultIterations is what current JDKs take for JCEKS
// (jdk.jceks.iterationCount); they read from 1 to 5,000,000.
const DefaultIterations = 200_000

// sealed is an encrypted key, taken apart.
type sealed struct {
	id         asn1.ObjectIdentifier
	salt       []byte // JCEKS alone
	iterations int    // JCEKS alone; -1 when it does not fit
	data       []byte
}

// parseSealedKey reads an EncryptedPrivateKeyInfo.
func parseSealedKey(der []byte) (sealed, error) {
	broken := javaio.Damagedf("an encrypted key that is no EncryptedPrivateKeyInfo")
	in := cryptobyte.String(der)
	var outer, algorithm, data cryptobyte.String
	var s sealed
	if !in.ReadASN1(&outer, cbasn1.SEQUENCE) || !outer.ReadASN1(&algorithm, cbasn1.SEQUENCE) ||
		!algorithm.ReadASN1ObjectIdentifier(&s.id) || !outer.ReadASN1(&data, cbasn1.OCTET_STRING) {
		return s, broken
	}
	s.data = data
	if s.id.Equal(oidJCEKSProtector) {
		return s, s.parameters(algorithm)
	}
	return s, nil
}

// parameters reads those of PBEWithMD5AndTripleDES.
func (s *sealed) parameters(der cryptobyte.String) error {
	var body, salt cryptobyte.String
	var n cryptobyte.String
	if !der.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&salt, cbasn1.OCTET_STRING) || !body.ReadASN1(&n, cbasn1.INTEGER) ||
		len(salt) != 8 || len(n) == 0 {
		return javaio.Damagedf("the parameters of %s", protectorJCEKS)
	}
	s.salt = salt
	if len(n) > 4 {
		s.iterations = -1
		return nil
	}
	for _, c := range n {
		s.iterations = s.iterations<<8 | int(c)
	}
	return nil
}

// Protection says how the key of an entry is sealed; nil for a trusted
// certificate. Its Err is set when the key cannot be unlocked whatever the
// password.
func (f *File) Protection(e *Entry) *pkcs12x.Protection {
	if e.Sealed == nil {
		return nil
	}
	s, err := e.open()
	if err == nil {
		err = s.check("", f.limits)
	}
	switch {
	case s.id.Equal(oidJKSProtector):
		return &pkcs12x.Protection{Name: protectorJKS, KDF: "SHA1", Iterations: 1, Err: err}
	case s.id.Equal(oidJCEKSProtector):
		return &pkcs12x.Protection{Name: protectorJCEKS, KDF: "PBKDF1-MD5", Iterations: max(s.iterations, 0), Err: err}
	}
	name := "unknown"
	if s.id != nil {
		name = s.id.String()
	}
	return &pkcs12x.Protection{Name: name, Err: err}
}

func (e *Entry) open() (sealed, error) {
	if e.Kind == pkcs12x.SecretKey {
		return parseSealedObject(e.Sealed)
	}
	return parseSealedKey(e.Sealed)
}

// check holds a sealed key against the limits before anything is paid for.
func (s *sealed) check(password string, l pkcs12x.Limits) error {
	switch {
	case s.id.Equal(oidJKSProtector):
	case !s.id.Equal(oidJCEKSProtector):
		return fmt.Errorf("%w: a key encrypted with %s", pkcs12x.ErrUnsupported, s.id)
	case s.iterations < 0 || s.iterations > l.Iterations:
		return &pkcs12x.LimitError{Limit: "iterations", Asked: int64(s.iterations), Max: int64(l.Iterations)}
	case s.iterations == 0:
		return javaio.Damagedf("%s with 0 iterations", protectorJCEKS)
	}
	if work := s.work(password); work > l.Work {
		return &pkcs12x.LimitError{Limit: "hash calls", Asked: int64(work), Max: int64(l.Work)}
	}
	return nil
}

// work is the cost of decryption in blocks hashed, and of looking into the key
// behind it, which for RSA grows with the square of its length; both are in
// the unit of Limits.Work.
func (s *sealed) work(password string) int {
	looking := min(len(s.data), 1<<20) * min(len(s.data), 1<<20) / 900
	if s.id.Equal(oidJKSProtector) {
		return (len(s.data)/sha1.Size+2)*blocks(2*len(password)+sha1.Size) + looking
	}
	return 2*s.iterations*blocks(md5.Size+len(password)) + looking
}

// blocks are what a hash makes of n octets; 9 are its padding.
func blocks(n int) int { return (n + 9 + 63) / 64 }

// unseal decrypts what was sealed.
func (s *sealed) unseal(ctx context.Context, password string) ([]byte, error) {
	if s.id.Equal(oidJKSProtector) {
		return unsealJKS(s.data, password)
	}
	if !printable(password) {
		return nil, pkcs12x.ErrPassword // Java takes no such password here
	}
	key, iv, err := deriveJCEKS(ctx, password, s.salt, s.iterations)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	block, err := des.NewTripleDESCipher(key) //nolint:gosec // see above
	if err != nil {
		return nil, fmt.Errorf("%s: %w", protectorJCEKS, err)
	}
	if len(s.data) == 0 || len(s.data)%des.BlockSize != 0 {
		return nil, javaio.Damagedf("an encrypted key of %d octets", len(s.data))
	}
	out := make([]byte, len(s.data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, s.data)
	pad := int(out[len(out)-1])
	if pad == 0 || pad > des.BlockSize {
		return nil, pkcs12x.ErrPassword
	}
	for _, c := range out[len(out)-pad:] {
		if int(c) != pad {
			return nil, pkcs12x.ErrPassword
		}
	}
	return out[:len(out)-pad], nil
}

// unsealJKS undoes the key stream of SHA-1: salt, key XOR stream, check.
func unsealJKS(data []byte, password string) ([]byte, error) {
	if len(data) < 2*sha1.Size {
		return nil, javaio.Damagedf("an encrypted key of %d octets", len(data))
	}
	pw := javaio.UTF16(password)
	defer clear(pw)
	salt, body, check := data[:sha1.Size], data[sha1.Size:len(data)-sha1.Size], data[len(data)-sha1.Size:]
	plain := streamJKS(body, salt, pw)
	if subtle.ConstantTimeCompare(sumJKS(pw, plain), check) != 1 {
		return nil, pkcs12x.ErrPassword
	}
	return plain, nil
}

func streamJKS(in, salt, pw []byte) []byte {
	out := make([]byte, len(in))
	block := salt
	for at := 0; at < len(in); at += sha1.Size {
		block = sumJKS(pw, block)
		subtle.XORBytes(out[at:], in[at:], block)
	}
	return out
}

func sumJKS(pw, data []byte) []byte {
	h := sha1.New() //nolint:gosec // see above
	h.Write(pw)
	h.Write(data)
	return h.Sum(nil)
}

// deriveJCEKS gives the key and IV of PBEWithMD5AndTripleDES, Sun's own: MD5
// over and over, for each half of the salt, which go side by side.
func deriveJCEKS(ctx context.Context, password string, salt []byte, iterations int) (key, iv []byte, err error) {
	s := [8]byte(salt)
	if [4]byte(s[:4]) == [4]byte(s[4:]) {
		slices.Reverse(s[:4]) // else key and IV would repeat themselves
	}
	out := make([]byte, 2*md5.Size)
	var sides sync.WaitGroup
	for i := range 2 {
		sides.Go(func() { hashJCEKS(ctx, out[i*md5.Size:][:md5.Size], s[4*i:][:4], password, iterations) })
	}
	sides.Wait()
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	return out[:24], out[24:], nil
}

// hashJCEKS fills out from half a salt, unless ctx ends before.
func hashJCEKS(ctx context.Context, out, half []byte, password string, iterations int) {
	block := append(append(make([]byte, 0, md5.Size+len(password)), half...), password...)
	for i := range iterations {
		if i&0xfff == 0 && ctx.Err() != nil {
			break
		}
		sum := md5.Sum(block) //nolint:gosec // see above
		if i == 0 {
			block = append(block[:md5.Size], password...)
		}
		copy(block, sum[:])
	}
	copy(out, block)
	clear(block[:cap(block)])
}

// printable tells whether Java takes a password for JCEKS keys: it wants the
// printable part of ASCII (com.sun.crypto.provider.PBEKey).
func printable(password string) bool {
	for _, c := range []byte(password) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// Key is an open key.
type Key struct {
	// Private is the key of a private-key entry.
	Private *pkcs12x.Key
	// Algorithm is Java's name for a secret key, such as "AES" or "HmacSHA256".
	Algorithm string
	// Secret is the secret key itself.
	Secret []byte
}

// UnlockKey opens the key of one entry. Errors: pkcs12x.ErrPassword,
// pkcs12x.ErrUnsupported (another encryption, or a class of secret keys that
// is not known), pkcs12x.ErrDamaged, *pkcs12x.LimitError, that of ctx.
func (f *File) UnlockKey(ctx context.Context, e *Entry, password string) (*Key, error) {
	left := f.limits.Work
	return f.unlock(ctx, e, password, &left)
}

// Result is what became of one key in UnlockAll.
type Result struct {
	Key *Key
	Err error // as of UnlockKey
}

// UnlockAll tries one password on all keys, in the order of Entries; the
// results of trusted certificates are empty. All keys together may ask for no
// more than Limits.Work: those beyond have a *pkcs12x.LimitError.
func (f *File) UnlockAll(ctx context.Context, password string) []Result {
	out := make([]Result, len(f.Entries))
	left := f.limits.Work
	for i, e := range f.Entries {
		if e.Sealed != nil {
			out[i].Key, out[i].Err = f.unlock(ctx, e, password, &left)
		}
	}
	return out
}

func (f *File) unlock(ctx context.Context, e *Entry, password string, left *int) (*Key, error) {
	if e.Sealed == nil {
		return nil, fmt.Errorf("%w: an entry without a key", pkcs12x.ErrUnsupported)
	}
	s, err := e.open()
	if err != nil {
		return nil, err
	}
	if err := s.check(password, f.limits); err != nil {
		return nil, err
	}
	work := s.work(password)
	if work > *left {
		return nil, &pkcs12x.LimitError{Limit: "hash calls", Asked: int64(f.limits.Work-*left) + int64(work), Max: int64(f.limits.Work)}
	}
	*left -= work
	plain, err := s.unseal(ctx, password)
	if err != nil {
		return nil, err
	}
	var k *Key
	if e.Kind == pkcs12x.SecretKey {
		k, err = parseSecret(plain)
	} else {
		k = &Key{}
		k.Private, err = pkcs12x.ParsePrivateKey(plain)
	}
	if errors.Is(err, pkcs12x.ErrDamaged) && s.id.Equal(oidJCEKSProtector) {
		return nil, pkcs12x.ErrPassword // one wrong password in 256 gives valid padding
	}
	if errors.Is(err, pkcs12x.ErrDamaged) { // the check was right, so is the password
		return nil, fmt.Errorf("%w: what is sealed is no PrivateKeyInfo", pkcs12x.ErrUnsupported)
	}
	if err != nil {
		return nil, err
	}
	return k, nil
}

// SealPrivateKey encrypts a PrivateKeyInfo in DER for the format: with
// the key protector for JKS, PBEWithMD5AndTripleDES and that many iterations
// for JCEKS. Errors: pkcs12x.ErrUnsupported for a password that Java would not
// take for JCEKS, iterations outside 1 to 5,000,000, and those of rand.
func (f Format) SealPrivateKey(rand io.Reader, pkcs8 []byte, password string, iterations int) ([]byte, error) {
	if f == JKS {
		pw := javaio.UTF16(password)
		defer clear(pw)
		data := make([]byte, sha1.Size, len(pkcs8)+2*sha1.Size)
		if _, err := io.ReadFull(rand, data); err != nil {
			return nil, fmt.Errorf("drawing a salt: %w", err)
		}
		data = append(data, streamJKS(pkcs8, data[:sha1.Size], pw)...)
		data = append(data, sumJKS(pw, pkcs8)...)
		return encryptedPrivateKeyInfo(oidJKSProtector, func(b *cryptobyte.Builder) { b.AddASN1NULL() }, data)
	}
	parameters, data, err := sealJCEKS(rand, pkcs8, password, iterations)
	if err != nil {
		return nil, err
	}
	return encryptedPrivateKeyInfo(oidJCEKSProtector, func(b *cryptobyte.Builder) { b.AddBytes(parameters) }, data)
}

func encryptedPrivateKeyInfo(id asn1.ObjectIdentifier, parameters func(*cryptobyte.Builder), data []byte) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(id)
			parameters(b)
		})
		b.AddASN1OctetString(data)
	})
	return b.Bytes()
}

const maxIterations = 5_000_000 // the JDK reads no more

// sealJCEKS returns the parameters in DER and the encrypted octets.
func sealJCEKS(rand io.Reader, plain []byte, password string, iterations int) (parameters, data []byte, err error) {
	if !printable(password) {
		return nil, nil, fmt.Errorf("%w: a key password for JCEKS may have printable ASCII only", pkcs12x.ErrUnsupported)
	}
	if iterations < 1 || iterations > maxIterations {
		return nil, nil, fmt.Errorf("%w: %d iterations, Java takes 1 to %d", pkcs12x.ErrUnsupported, iterations, maxIterations)
	}
	salt := make([]byte, 8)
	if _, err := io.ReadFull(rand, salt); err != nil {
		return nil, nil, fmt.Errorf("drawing a salt: %w", err)
	}
	key, iv, err := deriveJCEKS(context.Background(), password, salt, iterations)
	if err != nil {
		return nil, nil, err
	}
	defer clear(key)
	block, err := des.NewTripleDESCipher(key) //nolint:gosec // see above
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", protectorJCEKS, err)
	}
	pad := des.BlockSize - len(plain)%des.BlockSize
	data = make([]byte, len(plain)+pad)
	copy(data, plain)
	for i := len(plain); i < len(data); i++ {
		data[i] = byte(pad)
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1OctetString(salt)
		b.AddASN1Int64(int64(iterations))
	})
	parameters, err = b.Bytes()
	return parameters, data, err
}
