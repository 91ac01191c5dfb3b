package pkcs12x

import (
	"context"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Derivation turns a password into a key: PBKDF2 (RFC 8018) or scrypt (RFC
// 7914) with all parameters. Other formats than PKCS#12 use them as well, and
// say so in the same AlgorithmIdentifier.
type Derivation struct {
	// Hash is what PBKDF2 makes its HMAC of: "SHA256", "SHA512", "SHA3-512" ...;
	// the object identifier of one that is not known; empty for scrypt.
	Hash string
	Salt []byte
	// Iterations of PBKDF2; N for scrypt.
	Iterations int
	// BlockSize and Parallelization are r and p of scrypt.
	BlockSize, Parallelization int
	// Length of the key in octets; 0 leaves it to the cipher.
	Length int
}

// ParseDerivation reads an AlgorithmIdentifier in DER. With an error comes what
// could be read. Errors: ErrDamaged, ErrUnsupported, *LimitError for numbers
// that do not fit.
func ParseDerivation(der []byte) (Derivation, error) {
	in := cryptobyte.String(der)
	a, ok := readAlgorithm(&in)
	if !ok {
		return Derivation{}, fmt.Errorf("%w: a key derivation without an identifier", ErrDamaged)
	}
	k, _, err := parseKDF(a)
	return Derivation{k.hash, []byte(k.salt), k.iterations, k.r, k.p, k.length}, err
}

func (d Derivation) kdf() kdf {
	k := kdf{kind: kdfPBKDF2, hash: d.Hash, salt: string(d.Salt), iterations: d.Iterations, length: d.Length}
	if d.Hash == "" {
		k.kind, k.r, k.p = kdfScrypt, d.BlockSize, d.Parallelization
	}
	return k
}

// Name in the words of Protection.KDF: "PBKDF2-HMAC-SHA512", "scrypt".
func (d Derivation) Name() string { return d.kdf().name() }

// Work is the cost in the unit of Limits.Work.
func (d Derivation) Work() int { return d.kdf().work() }

// Check holds the parameters against the limits before anything is paid for.
// Errors: ErrDamaged for impossible ones, *LimitError.
func (d Derivation) Check(l Limits) error { return d.kdf().check(l) }

// Key derives Length octets from a password in the form in which it goes into
// the function. It does not end early when ctx does. Check comes first.
func (d Derivation) Key(ctx context.Context, password []byte) ([]byte, error) {
	return d.kdf().run(ctx, reading{octets: password})
}

// Marshal is the inverse of ParseDerivation.
func (d Derivation) Marshal() ([]byte, error) {
	var b cryptobyte.Builder
	if d.Hash != "" {
		if digestByName(d.Hash).new == nil {
			return nil, fmt.Errorf("%w: PBKDF2 with %q", ErrUnsupported, d.Hash)
		}
		addPBKDF2(&b, d.kdf())
		return b.Bytes()
	}
	addAlgorithm(&b, oidScrypt, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1OctetString(d.Salt)
			for _, n := range []int{d.Iterations, d.BlockSize, d.Parallelization, d.Length} {
				b.AddASN1Int64(int64(n))
			}
		})
	})
	return b.Bytes()
}
