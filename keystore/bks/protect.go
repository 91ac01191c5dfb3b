package bks

import (
	"context"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // the formats have no other ciphers
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/twofish" //nolint:staticcheck // see above

	"muxkey/keystore/javaio"
	"muxkey/pkcs12x"
)

// The purposes of RFC 7292 appendix B.3.
const (
	purposeKey byte = 1
	purposeIV  byte = 2
	purposeMAC byte = 3
)

// pbe is one of Bouncy Castle's encryptions by password: a cipher in CBC, its key
// and IV derived as in PKCS#12.
type pbe struct {
	name       string
	key, block int // octets
	cipher     func(key []byte) (cipher.Block, error)
}

var (
	// keyCipher is PBEWithSHAAnd3-KeyTripleDES-CBC.
	keyCipher = pbe{"BKS PBE-SHA1-3DES", 24, des.BlockSize, des.NewTripleDESCipher}
	// storeCipher is PBEWithSHAAndTwofish-CBC.
	storeCipher = pbe{"UBER PBE-SHA1-Twofish-256", 32, twofish.BlockSize, func(key []byte) (cipher.Block, error) { return twofish.NewCipher(key) }}
)

// OwnProtection tells whether a [pkcs12x.Protection] of that name is the one of
// sealed keys, which no other format may hold.
func OwnProtection(name string) bool { return name == keyCipher.name }

// derivations are the blocks of SHA-1 that key and IV take together.
func (p pbe) derivations() int { return (p.key+19)/20 + (p.block+19)/20 }

// check holds an iteration count against the limits before it is paid for.
func (p pbe) check(rounds int, l pkcs12x.Limits) error {
	return checkRounds(rounds, p.derivations(), l)
}

// checkRounds leaves one derivation half of the work, as package pkcs12x does.
func checkRounds(rounds, derivations int, l pkcs12x.Limits) error {
	switch {
	case rounds < 1:
		return javaio.Damagedf("%d iterations", rounds)
	case rounds > l.Iterations:
		return &pkcs12x.LimitError{Limit: "iterations", Asked: int64(rounds), Max: int64(l.Iterations)}
	case rounds*derivations > l.Work/2:
		return &pkcs12x.LimitError{Limit: "hash calls", Asked: int64(rounds * derivations), Max: int64(l.Work / 2)}
	}
	return nil
}

// mode derives key and IV.
func (p pbe) mode(ctx context.Context, password string, salt []byte, rounds int,
	newMode func(cipher.Block, []byte) cipher.BlockMode,
) (cipher.BlockMode, error) {
	pw := encodePassword(password)
	key, err := pkcs12x.DerivePKCS12(ctx, purposeKey, pw, salt, rounds, p.key)
	if err != nil {
		return nil, err
	}
	iv, err := pkcs12x.DerivePKCS12(ctx, purposeIV, pw, salt, rounds, p.block)
	if err != nil {
		return nil, err
	}
	b, err := p.cipher(key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	return newMode(b, iv), nil
}

// encodePassword gives the empty password as nothing at all, unlike most of
// PKCS#12 (PBEParametersGenerator.PKCS12PasswordToBytes).
func encodePassword(password string) []byte {
	if password == "" {
		return nil
	}
	return append(javaio.UTF16(password), 0, 0)
}

// pad fills out from start on to whole blocks (RFC 8018 section 6.1.1).
func pad(out []byte, start, block int) []byte {
	n := block - (len(out)-start)%block
	for range n {
		out = append(out, byte(n))
	}
	return out
}

// KeyType says what a key is.
type KeyType byte

// The types of keys.
const (
	PrivateKey KeyType = 0
	PublicKey  KeyType = 1
	SecretKey  KeyType = 2
)

// Key is an open key.
type Key struct {
	Type KeyType
	// Algorithm is Java's name: "RSA", "EC", "AES" ...
	Algorithm string
	// Encoded is a PrivateKeyInfo or a SubjectPublicKeyInfo in DER, or the octets
	// of a secret key.
	Encoded []byte
	// Private is a private key looked into, as far as that is known.
	Private *pkcs12x.Key
}

// The names of encodings. Bouncy Castle writes the first of each, and goes by
// them before it goes by the type.
var encodings = map[string]KeyType{
	"PKCS#8": PrivateKey, "PKCS8": PrivateKey,
	"X.509": PublicKey, "X509": PublicKey,
	"RAW": SecretKey,
}

// parseKey reads a key in the open, with nothing behind it. Errors:
// pkcs12x.ErrDamaged, pkcs12x.ErrUnsupported (another encoding).
func parseKey(b []byte) (*Key, error) {
	r := &javaio.Reader{Rest: b}
	k, encoding := readKey(r)
	if len(r.Rest) > 0 {
		r.Fail("octets behind a key")
	}
	if r.Err != nil {
		return nil, r.Err
	}
	t, known := encodings[encoding]
	if !known {
		return nil, fmt.Errorf("%w: a key encoded as %q", pkcs12x.ErrUnsupported, encoding)
	}
	k.Type = t
	return k, nil
}

func readKey(r *javaio.Reader) (k *Key, encoding string) {
	k = &Key{Type: KeyType(r.Uint8("the type of a key"))}
	if k.Type > SecretKey {
		r.Fail("a key of unknown type %d", k.Type)
	}
	encoding = r.Text(r.Short("the encoding of a key"), "the encoding of a key")
	k.Algorithm = r.Text(r.Short("the algorithm of a key"), "the algorithm of a key")
	k.Encoded = r.Long("a key")
	return k, encoding
}

// sealed is an encrypted key, taken apart.
type sealed struct {
	salt   []byte
	rounds int
	data   []byte
}

func parseSealed(content []byte) (sealed, error) {
	r := &javaio.Reader{Rest: content}
	s := sealed{salt: r.Long("the salt of a key"), rounds: r.Length("the iteration count of a key"), data: r.Rest}
	switch {
	case r.Err != nil:
	case len(s.salt) > maxSalt:
		r.Err = &pkcs12x.LimitError{Limit: "octets of salt", Asked: int64(len(s.salt)), Max: maxSalt}
	case len(s.data) == 0 || len(s.data)%keyCipher.block != 0:
		r.Fail("an encrypted key of %d octets", len(s.data))
	}
	return s, r.Err
}

// Protection says how the key of an entry is encrypted; nil for what is not
// sealed. Its Err is set when the key cannot be unlocked whatever the password.
func (f *File) Protection(e *Entry) *pkcs12x.Protection {
	if e.Type != SealedEntry {
		return nil
	}
	s, err := parseSealed(e.Content)
	if err == nil {
		err = keyCipher.check(s.rounds, f.bounds())
	}
	return &pkcs12x.Protection{Name: keyCipher.name, KDF: "PKCS12-SHA1", Iterations: s.rounds, Err: err}
}

// StoreProtection says how the whole file is encrypted; nil for BKS.
func (f *File) StoreProtection() *pkcs12x.Protection {
	if f.Format != UBER {
		return nil
	}
	return &pkcs12x.Protection{Name: storeCipher.name, KDF: "PKCS12-SHA1", Iterations: f.Iterations, Err: storeCipher.check(f.Iterations, f.bounds())}
}

// UnlockKey opens the key of a SealedEntry; that of a PlainEntry needs no
// password. Errors: pkcs12x.ErrPassword, pkcs12x.ErrUnsupported (an entry of
// another type), pkcs12x.ErrDamaged, *pkcs12x.LimitError, that of ctx.
func (f *File) UnlockKey(ctx context.Context, e *Entry, password string) (*Key, error) {
	left := f.bounds().Work / 2
	return f.unlock(ctx, e, password, &left)
}

// Result is what became of one key in UnlockAll.
type Result struct {
	Key *Key
	Err error // as of UnlockKey
}

// UnlockAll tries one password on the keys that which says yes to, in the order
// of Entries; the other results are empty. All together may ask for no more than
// half of Limits.Work, as one core does it: those beyond have a
// *pkcs12x.LimitError.
func (f *File) UnlockAll(ctx context.Context, password string, which func(*Entry) bool) []Result {
	out := make([]Result, len(f.Entries))
	left := f.bounds().Work / 2
	for i, e := range f.Entries {
		if which(e) {
			out[i].Key, out[i].Err = f.unlock(ctx, e, password, &left)
		}
	}
	return out
}

func (f *File) unlock(ctx context.Context, e *Entry, password string, left *int) (*Key, error) {
	plain := e.Content
	// Looking into an RSA key grows with the square of its length.
	work := min(len(plain), 1<<20) * min(len(plain), 1<<20) / 900
	var s sealed
	switch e.Type {
	case PlainEntry:
	case SealedEntry:
		var err error
		if s, err = parseSealed(e.Content); err != nil {
			return nil, err
		}
		if err := keyCipher.check(s.rounds, f.bounds()); err != nil {
			return nil, err
		}
		work += s.rounds * keyCipher.derivations()
	default:
		return nil, fmt.Errorf("%w: an entry without a key that could be opened", pkcs12x.ErrUnsupported)
	}
	if work > *left {
		most := f.bounds().Work / 2
		return nil, &pkcs12x.LimitError{Limit: "hash calls", Asked: int64(most - *left + work), Max: int64(most)}
	}
	*left -= work
	if e.Type == SealedEntry {
		var err error
		if plain, err = s.open(ctx, password); err != nil {
			return nil, err
		}
	}
	k, err := parseKey(plain)
	if err != nil {
		if e.Type == SealedEntry && errors.Is(err, pkcs12x.ErrDamaged) { // one wrong password in 256 gives valid padding
			err = pkcs12x.ErrPassword
		}
		return nil, err
	}
	if k.Type == PrivateKey {
		k.Private, err = pkcs12x.ParsePrivateKey(k.Encoded)
	}
	if errors.Is(err, pkcs12x.ErrDamaged) {
		err = fmt.Errorf("%w: a private key that is no PrivateKeyInfo", pkcs12x.ErrUnsupported)
	}
	if err != nil {
		return nil, err
	}
	return k, nil
}

func (s sealed) open(ctx context.Context, password string) ([]byte, error) {
	mode, err := keyCipher.mode(ctx, password, s.salt, s.rounds, cipher.NewCBCDecrypter)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(s.data))
	mode.CryptBlocks(out, s.data)
	n := int(out[len(out)-1])
	if n == 0 || n > keyCipher.block {
		return nil, pkcs12x.ErrPassword
	}
	for _, c := range out[len(out)-n:] {
		if int(c) != n {
			return nil, pkcs12x.ErrPassword
		}
	}
	return out[:len(out)-n], nil
}

// Seal encrypts a key for a SealedEntry, of which it returns the content. Private
// is not looked at. Errors: pkcs12x.ErrUnsupported for a key without algorithm or
// octets and for no iterations, and those of rand and ctx.
func Seal(ctx context.Context, rand io.Reader, k Key, password string, iterations int) ([]byte, error) {
	names := map[KeyType]string{PrivateKey: "PKCS#8", PublicKey: "X.509", SecretKey: "RAW"}
	if names[k.Type] == "" || k.Algorithm == "" || len(k.Encoded) == 0 || iterations < 1 {
		return nil, fmt.Errorf("%w: a key of type %d, algorithm %q and %d octets, with %d iterations",
			pkcs12x.ErrUnsupported, k.Type, k.Algorithm, len(k.Encoded), iterations)
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(rand, salt); err != nil {
		return nil, fmt.Errorf("drawing a salt: %w", err)
	}
	out := javaio.AppendLong(nil, salt)
	out = binary.BigEndian.AppendUint32(out, uint32(iterations)) //nolint:gosec // bounded by what anyone would wait for
	start := len(out)
	out = append(out, byte(k.Type))
	for _, text := range []string{names[k.Type], k.Algorithm} {
		var err error
		if out, err = javaio.AppendText(out, text, nil); err != nil {
			return nil, err
		}
	}
	out = pad(javaio.AppendLong(out, k.Encoded), start, keyCipher.block)
	mode, err := keyCipher.mode(ctx, password, salt, iterations, cipher.NewCBCEncrypter)
	if err != nil {
		return nil, err
	}
	mode.CryptBlocks(out[start:], out[start:])
	return out, nil
}
