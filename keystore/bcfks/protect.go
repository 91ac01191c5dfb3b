package bcfks

import (
	"context"
	"crypto/aes"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/pkcs12x"
)

var (
	oidPBES2   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidCCM     = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 47} // id-aes256-CCM, RFC 5084
	oidWrapPad = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 48} // id-aes256-wrap-pad, RFC 5649
)

// Cipher is one of the two ciphers of the format.
type Cipher string

// The ciphers.
const (
	CCM Cipher = "AES-256-CCM"
	KWP Cipher = "AES-256-KWP"
)

// keyLength where a derivation does not say it.
const keyLength = 32

// named stands before the names of ciphers in [pkcs12x.Protection].
const named = "BCFKS "

// OwnProtection tells whether a [pkcs12x.Protection] of that name is this
// format's, so that the key must be opened before another can hold it.
func OwnProtection(name string) bool { return strings.HasPrefix(name, named) }

// purpose is what a key is derived for. It is hashed behind the password.
type purpose string

const (
	forStore     purpose = "STORE_ENCRYPTION"
	forIntegrity purpose = "INTEGRITY_CHECK"
	forPrivate   purpose = "PRIVATE_KEY_ENCRYPTION"
	forSecret    purpose = "SECRET_KEY_ENCRYPTION"
)

// secret is the form in which a password goes into the derivation: both parts
// in UTF-16 with two zero octets behind them, but for an empty password, which
// is nothing at all.
func (p purpose) secret(password string) []byte {
	var out []byte
	for _, s := range []string{password, string(p)} {
		if s == "" {
			continue
		}
		for _, u := range append(utf16.Encode([]rune(s)), 0) {
			out = append(out, byte(u>>8), byte(u))
		}
	}
	return out
}

// readings are what may be meant by a derivation. Bouncy Castle takes scrypt's r
// for p as well, whatever the file says of p; should a writer mean what it says,
// that is the second reading.
func readings(d pkcs12x.Derivation) []pkcs12x.Derivation {
	bouncy := d
	bouncy.Parallelization = d.BlockSize
	if d.Parallelization == d.BlockSize {
		return []pkcs12x.Derivation{bouncy}
	}
	return []pkcs12x.Derivation{bouncy, d}
}

// meter is what is left of Limits.Work.
type meter struct{ left, limit int }

func newMeter(l pkcs12x.Limits) *meter { return &meter{l.Work, l.Work} }

func (m *meter) pay(work int) error {
	if work > m.left {
		return &pkcs12x.LimitError{Limit: "hash calls", Asked: int64(m.limit-m.left) + int64(work), Max: int64(m.limit)}
	}
	m.left -= work
	return nil
}

// derive runs a derivation in each reading until accept takes the key, and
// returns that reading. A key is refused with ErrPassword.
func derive(ctx context.Context, d pkcs12x.Derivation, secret []byte, l pkcs12x.Limits, m *meter, accept func(key []byte) error) (pkcs12x.Derivation, error) {
	for _, r := range readings(d) {
		if err := r.Check(l); err != nil {
			return d, err
		}
		if err := m.pay(r.Work()); err != nil {
			return d, err
		}
		key, err := r.Key(ctx, secret)
		if err != nil {
			return d, err
		}
		if err := accept(key); !errors.Is(err, pkcs12x.ErrPassword) {
			return r, err
		}
	}
	return d, pkcs12x.ErrPassword
}

// scheme is a PBES2 AlgorithmIdentifier (RFC 8018 appendix A.4), taken apart.
type scheme struct {
	pkcs12x.Protection
	cipher     Cipher
	derivation pkcs12x.Derivation
	nonce      []byte // CCM alone
	tag        int    // CCM alone
}

// parseScheme reads what something is encrypted with. What cannot be undone
// gets Protection.Err.
func parseScheme(der cryptobyte.String, l pkcs12x.Limits) scheme {
	s := scheme{Protection: pkcs12x.Protection{Name: "unknown"}}
	s.Err = s.parse(der)
	if s.derivation.Salt != nil {
		s.KDF, s.Iterations = s.derivation.Name(), s.derivation.Iterations
	}
	if s.Err == nil {
		s.Err = readings(s.derivation)[0].Check(l)
	}
	return s
}

func (s *scheme) parse(der cryptobyte.String) error {
	broken := damagedf("the parameters of an encryption")
	var id asn1.ObjectIdentifier
	var body, parameters, cipher, derivation cryptobyte.String
	if !der.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1ObjectIdentifier(&id) {
		return broken
	}
	if !id.Equal(oidPBES2) {
		s.Name = "algorithm " + id.String()
		return fmt.Errorf("%w: encryption with %s", pkcs12x.ErrUnsupported, s.Name)
	}
	if !body.ReadASN1(&parameters, cbasn1.SEQUENCE) || !parameters.ReadASN1Element(&derivation, cbasn1.SEQUENCE) ||
		!parameters.ReadASN1(&cipher, cbasn1.SEQUENCE) || !cipher.ReadASN1ObjectIdentifier(&id) {
		return broken
	}
	var err error
	if s.derivation, err = pkcs12x.ParseDerivation(derivation); s.derivation.Length == 0 {
		s.derivation.Length = keyLength
	}
	switch {
	case id.Equal(oidWrapPad):
		s.cipher = KWP
	case id.Equal(oidCCM):
		s.cipher = CCM
		var body, nonce cryptobyte.String
		s.tag = 12 // DEFAULT, RFC 5084 section 3.1
		if !cipher.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&nonce, cbasn1.OCTET_STRING) ||
			!body.Empty() && !body.ReadASN1Integer(&s.tag) {
			return broken
		}
		s.nonce = nonce
		if _, bad := newCCM(nil, nonce, s.tag); bad != nil {
			return bad
		}
	default:
		s.Name = "PBES2 with " + id.String()
		return fmt.Errorf("%w: encryption with %s", pkcs12x.ErrUnsupported, s.Name)
	}
	s.Name = named + string(s.cipher)
	switch n := s.derivation.Length; {
	case err != nil:
		return err
	case n != 16 && n != 24 && n != keyLength: // Bouncy Castle takes the first two for AES as well
		return damagedf("%s with a key of %d octets", s.cipher, n)
	}
	return nil
}

// unseal decrypts. ErrPassword means that the result is not authentic.
func (s *scheme) unseal(ctx context.Context, data, secret []byte, l pkcs12x.Limits, m *meter) (plain []byte, err error) {
	if s.Err != nil {
		return nil, s.Err
	}
	_, err = derive(ctx, s.derivation, secret, l, m, func(key []byte) error {
		block, err := aes.NewCipher(key)
		if err != nil {
			return err
		}
		if s.cipher == KWP {
			plain, err = unwrap(block, data)
			return err
		}
		c, err := newCCM(block, s.nonce, s.tag)
		if err != nil {
			return err
		}
		plain, err = c.open(data)
		return err
	})
	return plain, err
}

// What Bouncy Castle's CCM takes by itself.
const (
	nonceLength = 12
	tagLength   = 8
)

// seal encrypts with a derivation whose salt is drawn, and returns the
// AlgorithmIdentifier and the OCTET STRING in DER, which is what all sealed
// things of the format begin with. as is what the derivation is run as.
func seal(ctx context.Context, rand io.Reader, c Cipher, d, as pkcs12x.Derivation, secret, plain []byte) ([]byte, error) {
	as.Salt = d.Salt
	key, err := as.Key(ctx, secret)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	var data []byte
	parameters := func(*cryptobyte.Builder) {}
	id := oidWrapPad
	if c == KWP {
		data, err = wrap(block, plain)
	} else {
		id = oidCCM
		nonce := make([]byte, nonceLength)
		if _, err := io.ReadFull(rand, nonce); err != nil {
			return nil, fmt.Errorf("drawing a nonce: %w", err)
		}
		data, err = ccm{block, nonce, tagLength}.seal(plain)
		parameters = func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1OctetString(nonce)
				b.AddASN1Int64(tagLength)
			})
		}
	}
	if err != nil {
		return nil, err
	}
	derivation, err := d.Marshal()
	if err != nil {
		return nil, err
	}
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidPBES2)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(derivation)
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(id)
				parameters(b)
			})
		})
	})
	b.AddASN1OctetString(data)
	return b.Bytes()
}

func damagedf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", pkcs12x.ErrDamaged, fmt.Sprintf(format, args...))
}
