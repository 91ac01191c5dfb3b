package bcfks

import (
	"context"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/pkcs12x"
)

// sealedKey is an EncryptedPrivateKeyInfo or an EncryptedSecretKeyData: they
// are built alike.
type sealedKey struct {
	scheme
	data []byte
}

func (e *Entry) sealed(l pkcs12x.Limits) sealedKey {
	in := cryptobyte.String(e.Sealed)
	var body, algorithm, data cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) || !body.ReadASN1(&data, cbasn1.OCTET_STRING) {
		return sealedKey{scheme: scheme{Protection: pkcs12x.Protection{Name: "unknown", Err: damagedf("an encrypted key without algorithm or content")}}}
	}
	return sealedKey{parseScheme(algorithm, l), data}
}

// Protection says how the key of an entry is sealed; nil for what has none. Its
// Err is set when the key cannot be unlocked whatever the password.
func (e *Entry) Protection(l pkcs12x.Limits) *pkcs12x.Protection {
	if e.Sealed == nil {
		return nil
	}
	p := e.sealed(l).Protection
	return &p
}

// Unlock opens the key of an entry. Errors: pkcs12x.ErrPassword,
// pkcs12x.ErrUnsupported (another encryption), pkcs12x.ErrDamaged,
// *pkcs12x.LimitError, that of ctx.
func (e *Entry) Unlock(ctx context.Context, password string, l pkcs12x.Limits) (*pkcs12x.Key, error) {
	return e.unlock(ctx, password, l, newMeter(l))
}

// Result is what became of one key in UnlockAll.
type Result struct {
	Key *pkcs12x.Key
	Err error // as of Entry.Unlock
}

// UnlockAll tries one password on all keys, in the order of Entries; the results
// of entries without a key are empty. Together with Open they may ask for no
// more than Limits.Work: keys beyond that have a *pkcs12x.LimitError.
func (f *File) UnlockAll(ctx context.Context, password string) []Result {
	out := make([]Result, len(f.Entries))
	for i, e := range f.Entries {
		if e.Sealed != nil {
			out[i].Key, out[i].Err = e.unlock(ctx, password, f.limits, f.meter)
		}
	}
	return out
}

func (e *Entry) unlock(ctx context.Context, password string, l pkcs12x.Limits, m *meter) (*pkcs12x.Key, error) {
	if e.Sealed == nil {
		return nil, fmt.Errorf("%w: an entry without a key", pkcs12x.ErrUnsupported)
	}
	s := e.sealed(l)
	what := forPrivate
	if e.Kind == pkcs12x.SecretKey {
		what = forSecret
	}
	// Looking into an RSA key costs the square of its length; beyond 10,000
	// octets pkcs12x does not look.
	if err := m.pay(min(len(s.data), 10_000) * min(len(s.data), 10_000) / 900); err != nil {
		return nil, err
	}
	plain, err := s.unseal(ctx, s.data, what.secret(password), l, m)
	if err != nil {
		return nil, err
	}
	var k *pkcs12x.Key
	if e.Kind == pkcs12x.SecretKey {
		k, err = parseSecretKey(plain)
	} else {
		k, err = pkcs12x.ParsePrivateKey(plain)
	}
	if errors.Is(err, pkcs12x.ErrDamaged) { // the tag was right, so is the password
		return nil, fmt.Errorf("%w: what is sealed is no key", pkcs12x.ErrUnsupported)
	}
	return k, err
}

// parseSecretKey reads a SecretKeyData.
func parseSecretKey(der []byte) (*pkcs12x.Key, error) {
	in := cryptobyte.String(der)
	var body, key cryptobyte.String
	var id asn1.ObjectIdentifier
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1ObjectIdentifier(&id) || !body.ReadASN1(&key, cbasn1.OCTET_STRING) {
		return nil, damagedf("a secret key without algorithm or content")
	}
	return pkcs12x.NewSecretKey(id, key)
}

// secretKeys are the algorithms that Bouncy Castle stores secret keys for. Those
// of the MACs it gives back since 1.80; the older ones store them and do not find
// them again.
var secretKeys = []asn1.ObjectIdentifier{
	{2, 16, 840, 1, 101, 3, 4, 1},       // AES
	{1, 3, 14, 3, 2, 17},                // DESede
	{1, 2, 410, 200004, 1, 4},           // SEED
	{1, 2, 392, 200011, 61, 1, 1, 1, 2}, // Camellia, by length
	{1, 2, 392, 200011, 61, 1, 1, 1, 3}, //
	{1, 2, 392, 200011, 61, 1, 1, 1, 4}, //
	{1, 2, 410, 200046, 1, 1, 2},        // ARIA, by length
	{1, 2, 410, 200046, 1, 1, 7},        //
	{1, 2, 410, 200046, 1, 1, 12},       //
	{1, 2, 840, 113549, 2, 7},           // HmacSHA1
	{1, 2, 840, 113549, 2, 8},           // HmacSHA224
	{1, 2, 840, 113549, 2, 9},           // HmacSHA256
	{1, 2, 840, 113549, 2, 10},          // HmacSHA384
	{1, 2, 840, 113549, 2, 11},          // HmacSHA512
	{1, 2, 840, 113549, 2, 12},          // HmacSHA512/224
	{1, 2, 840, 113549, 2, 13},          // HmacSHA512/256
	{2, 16, 840, 1, 101, 3, 4, 2, 13},   // HmacSHA3-224
	{2, 16, 840, 1, 101, 3, 4, 2, 14},   // HmacSHA3-256
	{2, 16, 840, 1, 101, 3, 4, 2, 15},   // HmacSHA3-384
	{2, 16, 840, 1, 101, 3, 4, 2, 16},   // HmacSHA3-512
	{2, 16, 840, 1, 101, 3, 4, 2, 21},   // KMAC128
	{2, 16, 840, 1, 101, 3, 4, 2, 22},   // KMAC256
}

// TakesSecretKey tells whether Bouncy Castle has a place in the format for secret
// keys of an algorithm. The format itself takes any.
func TakesSecretKey(id asn1.ObjectIdentifier) bool {
	return slices.ContainsFunc(secretKeys, id.Equal)
}

// SealPrivateKey encrypts a PrivateKeyInfo in DER. Errors: those of rand and
// ctx.
func (a Algorithms) SealPrivateKey(ctx context.Context, rand io.Reader, pkcs8 []byte, password string) ([]byte, error) {
	return a.sealKey(ctx, rand, forPrivate.secret(password), pkcs8)
}

// SealSecretKey encrypts a secret key for the algorithm of that identifier.
// Errors: pkcs12x.ErrUnsupported for an empty key, which Java does not take, and
// those of rand and ctx.
func (a Algorithms) SealSecretKey(ctx context.Context, rand io.Reader, id asn1.ObjectIdentifier, key []byte, password string) ([]byte, error) {
	if len(key) == 0 {
		return nil, fmt.Errorf("%w: a secret key without octets", pkcs12x.ErrUnsupported)
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(id)
		b.AddASN1OctetString(key)
	})
	plain, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	return a.sealKey(ctx, rand, forSecret.secret(password), plain)
}

// sealKey takes the derivation of DefaultAlgorithms, as Bouncy Castle does
// whatever the store has.
func (a Algorithms) sealKey(ctx context.Context, rand io.Reader, secret, plain []byte) ([]byte, error) {
	d, err := salted(rand, DefaultAlgorithms().Derivation, keyLength)
	if err != nil {
		return nil, err
	}
	sealed, err := seal(ctx, rand, a.Cipher, d, d, secret, plain)
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(sealed) })
	return b.Bytes()
}

// salted is a derivation with a new salt, as long as the old one.
func salted(rand io.Reader, d pkcs12x.Derivation, length int) (pkcs12x.Derivation, error) {
	d.Salt, d.Length = make([]byte, len(d.Salt)), length
	if _, err := io.ReadFull(rand, d.Salt); err != nil {
		return d, fmt.Errorf("drawing a salt: %w", err)
	}
	return d, nil
}
