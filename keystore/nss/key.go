package nss

import (
	"context"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/pkcs12x"
)

// Key is a private or a secret key.
type Key struct {
	// Label is the name, which is empty for keys that NSS made itself.
	Label string
	// ID is that of the certificate that belongs to it.
	ID     []byte
	Secret bool
	// Protection is the encryption of its secret parts.
	Protection *pkcs12x.Protection

	object *object
	public *object // of the same ID, or nil
}

// The types of private keys that are read.
const (
	typeRSA        uint32 = 0
	typeDSA        uint32 = 1
	typeEC         uint32 = 3
	typeEdwards    uint32 = 0x40
	typeMontgomery uint32 = 0x41
	typeMLKEM      uint32 = 0x49
	typeMLDSA      uint32 = 0x4a
)

var (
	oidRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidDSA = asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}
	oidEC  = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
)

// nist are the algorithms of the post-quantum keys, to which the number of the
// parameter set is added (CKP_ML_DSA_44 is 1, and its identifier ends in 17).
func nist(keyType uint32) (arc asn1.ObjectIdentifier, base int) {
	switch keyType {
	case typeMLDSA:
		return asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3}, 16
	case typeMLKEM:
		return asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 4}, 0
	}
	return nil, 0
}

// secretTypes are the names of secret keys in Java, by their type in PKCS#11;
// those that Java has no name for are as PKCS#11 calls them.
func secretTypes() map[uint32]string {
	return map[uint32]string{
		0x10: "generic", 0x11: "RC2", 0x12: "RC4", 0x13: "DES", 0x14: "DES2", 0x15: "DESede", 0x1f: "AES", 0x20: "Blowfish", 0x25: "Camellia",
		0x27: "HmacMD5", 0x28: "HmacSHA1", 0x2b: "HmacSHA256", 0x2c: "HmacSHA384", 0x2d: "HmacSHA512", 0x2e: "HmacSHA224",
		0x2f: "SEED", 0x33: "ChaCha20-Poly1305",
		0x36: "HmacSHA3-224", 0x37: "HmacSHA3-256", 0x38: "HmacSHA3-384", 0x39: "HmacSHA3-512",
	}
}

// Algorithm names the type of a secret key: "AES", "HmacSHA256".
func (k *Key) Algorithm() string {
	t := k.object.number(attrKeyType)
	if name, ok := secretTypes()[t]; ok {
		return name
	}
	return fmt.Sprintf("type %#x of PKCS#11", t)
}

// secretAttribute is the one whose encryption stands for all of a key.
func (o *object) secretAttribute() uint32 {
	if o.class() == classPrivateKey && o.number(attrKeyType) == typeRSA {
		return attrPrivateExp
	}
	return attrValue
}

func protectionOf(o *object, l pkcs12x.Limits) *pkcs12x.Protection {
	s, err := parseSealed(o.attributes[o.secretAttribute()])
	if err != nil {
		return &pkcs12x.Protection{Name: "encryption of NSS", Err: err}
	}
	_, err = s.check(l)
	return &pkcs12x.Protection{Name: s.name, KDF: s.kdfName(), Iterations: s.iterations, Err: err}
}

// Open decrypts a key: a private one comes as PrivateKeyInfo in DER (RFC 5208), a
// secret one as its octets. File.Login comes first. Errors: pkcs12x.ErrLocked,
// pkcs12x.ErrUnsupported, pkcs12x.ErrDamaged (also for a signature that is wrong),
// *pkcs12x.LimitError.
func (f *File) Open(ctx context.Context, k *Key) ([]byte, error) {
	if f.key == nil {
		return nil, pkcs12x.ErrLocked
	}
	if k.Secret {
		return f.decrypt(ctx, k.object, attrValue)
	}
	switch t := k.object.number(attrKeyType); t {
	case typeRSA:
		return f.openRSA(ctx, k.object)
	case typeDSA:
		return f.openDSA(ctx, k.object)
	case typeEC:
		return f.openEC(ctx, k)
	case typeEdwards, typeMontgomery:
		return f.openEdwards(ctx, k.object)
	case typeMLKEM, typeMLDSA:
		return f.openML(ctx, k.object)
	default:
		return nil, fmt.Errorf("%w: a private key of type %#x of PKCS#11", pkcs12x.ErrUnsupported, t)
	}
}

// The bits of handles that older versions left in when they signed anew
// (Mozilla bug 1720226).
const misfiled uint32 = 0xc0000000

// decrypt gives a secret attribute. AES goes with a signature; the old scheme has
// none.
func (f *File) decrypt(ctx context.Context, o *object, attribute uint32) ([]byte, error) {
	der, ok := o.attributes[attribute]
	if !ok {
		return nil, damagedf("a key without its attribute %#x", attribute)
	}
	s, err := parseSealed(der)
	if err != nil {
		return nil, err
	}
	plain, err := f.unseal(ctx, s, f.key)
	if errors.Is(err, errPadding) {
		return nil, damagedf("attribute %#x of a key does not decrypt, though the password is right", attribute)
	}
	if err != nil || s.name != "PBES2 AES-256-CBC" {
		return plain, err
	}
	err = f.verify(ctx, "key", o.handle, 0, attribute, plain)
	if errors.Is(err, pkcs12x.ErrDamaged) {
		if _, ok := f.meta[fmt.Sprintf("sig_key_%08x_%08x", o.handle|misfiled, attribute)]; ok {
			err = f.verify(ctx, "key", o.handle|misfiled, 0, attribute, plain)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the signature over attribute %#x of a key: %w", attribute, err)
	}
	return plain, nil
}

// maxNumber bounds the numbers of a key, in octets: an RSA modulus of 16,384 bits.
const maxNumber = 2048

func (f *File) number(ctx context.Context, o *object, attribute uint32, secret bool) (*big.Int, error) {
	b := o.attributes[attribute]
	if secret {
		var err error
		if b, err = f.decrypt(ctx, o, attribute); err != nil {
			return nil, err
		}
	}
	n := new(big.Int).SetBytes(b)
	if len(b) > maxNumber+1 {
		return nil, fmt.Errorf("%w: a key with a number of %d octets", pkcs12x.ErrUnsupported, len(b))
	}
	if n.Sign() == 0 {
		return nil, damagedf("a key whose attribute %#x is missing or 0", attribute)
	}
	return n, nil
}

// openRSA rebuilds RSAPrivateKey (RFC 8017 appendix A.1.2). What follows from
// other numbers is computed, as each decryption costs two derivations; what was
// read is checked against itself, which says more than the signatures over the
// public numbers.
func (f *File) openRSA(ctx context.Context, o *object) ([]byte, error) {
	if o.attributes[attrPrime1] == nil || o.attributes[attrPrime2] == nil {
		return nil, fmt.Errorf("%w: an RSA key without its primes", pkcs12x.ErrUnsupported)
	}
	var numbers [5]*big.Int
	for i, a := range []struct {
		attribute uint32
		secret    bool
	}{{attrModulus, false}, {attrPublicExp, false}, {attrPrivateExp, true}, {attrPrime1, true}, {attrPrime2, true}} {
		var err error
		if numbers[i], err = f.number(ctx, o, a.attribute, a.secret); err != nil {
			return nil, err
		}
	}
	n, e, d, p, q := numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
	one := big.NewInt(1)
	p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
	inverse := new(big.Int)
	if p1.Sign() <= 0 || q1.Sign() <= 0 || new(big.Int).Mul(p, q).Cmp(n) != 0 || inverse.ModInverse(q, p) == nil {
		return nil, damagedf("an RSA key whose numbers do not belong together")
	}
	product := new(big.Int).Mul(d, e)
	for _, m := range []*big.Int{p1, q1} {
		if new(big.Int).Mod(product, m).Cmp(one) != 0 {
			return nil, damagedf("an RSA key whose numbers do not belong together")
		}
	}
	return privateKeyInfo(oidRSA, asn1.NullBytes, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(0)
			for _, number := range []*big.Int{n, e, d, p, q, new(big.Int).Mod(d, p1), new(big.Int).Mod(d, q1), inverse} {
				b.AddASN1BigInt(number)
			}
		})
	})
}

// openDSA gives x, with Dss-Parms (RFC 3279 section 2.3.2) in the algorithm.
func (f *File) openDSA(ctx context.Context, o *object) ([]byte, error) {
	var numbers [3]*big.Int
	for i, a := range []uint32{attrPrime, attrSubprime, attrBase} {
		var err error
		if numbers[i], err = f.number(ctx, o, a, false); err != nil {
			return nil, err
		}
	}
	x, err := f.number(ctx, o, attrValue, true)
	if err != nil {
		return nil, err
	}
	var params cryptobyte.Builder
	params.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, n := range numbers {
			b.AddASN1BigInt(n)
		}
	})
	der, err := params.Bytes()
	if err != nil {
		return nil, err
	}
	return privateKeyInfo(oidDSA, der, func(b *cryptobyte.Builder) { b.AddASN1BigInt(x) })
}

// openEC rebuilds ECPrivateKey (RFC 5915) with its public point, where one is
// known: in the key itself, or in a public key beside it.
func (f *File) openEC(ctx context.Context, k *Key) ([]byte, error) {
	params := k.object.attributes[attrECParams]
	if len(params) == 0 {
		return nil, damagedf("an EC key without its curve")
	}
	scalar, err := f.decrypt(ctx, k.object, attrValue)
	if err != nil {
		return nil, err
	}
	point := k.point()
	if size := (len(point) - 1) / 2; len(point) > 1 && point[0] == 4 && len(scalar) < size && size <= maxNumber {
		scalar = append(make([]byte, size-len(scalar)), scalar...) // NSS drops leading zeros
	}
	return privateKeyInfo(oidEC, params, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1)
			b.AddASN1OctetString(scalar)
			if point != nil {
				b.AddASN1(cbasn1.Tag(1).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { b.AddASN1BitString(point) })
			}
		})
	})
}

// point is the public half of an EC key; nil when it is not there.
func (k *Key) point() []byte {
	point := k.object.attributes[attrPublicValue]
	if len(point) == 0 {
		point = k.object.attributes[attrECPoint]
	}
	if len(point) == 0 && k.public != nil {
		point = k.public.attributes[attrECPoint]
	}
	in := cryptobyte.String(point)
	var inner cryptobyte.String
	// PKCS#11 wraps the point into an OCTET STRING, whose tag is that of an
	// uncompressed point as well.
	if in.ReadASN1(&inner, cbasn1.OCTET_STRING) && in.Empty() && len(inner) > 0 && inner[0] >= 2 && inner[0] <= 4 {
		return inner
	}
	if len(point) == 0 {
		return nil
	}
	return point
}

// openEdwards gives the keys of RFC 8410.
func (f *File) openEdwards(ctx context.Context, o *object) ([]byte, error) {
	params := cryptobyte.String(o.attributes[attrECParams])
	var id asn1.ObjectIdentifier
	var name cryptobyte.String
	switch {
	case params.PeekASN1Tag(cbasn1.OBJECT_IDENTIFIER) && params.ReadASN1ObjectIdentifier(&id):
	case params.ReadASN1(&name, cbasn1.PrintableString) && string(name) == "edwards25519":
		id = asn1.ObjectIdentifier{1, 3, 101, 112}
	case string(name) == "curve25519":
		id = asn1.ObjectIdentifier{1, 3, 101, 110}
	default:
		return nil, fmt.Errorf("%w: a key on a curve that has no identifier", pkcs12x.ErrUnsupported)
	}
	secret, err := f.decrypt(ctx, o, attrValue)
	if err != nil {
		return nil, err
	}
	return privateKeyInfo(id, nil, func(b *cryptobyte.Builder) { b.AddASN1OctetString(secret) })
}

// Identifier is the algorithm of a private key, with its parameters in DER, as far
// as that is known without opening it; nil when it is not.
func (k *Key) Identifier() (id asn1.ObjectIdentifier, parameters []byte) {
	if k.Secret {
		return nil, nil
	}
	switch k.object.number(attrKeyType) {
	case typeRSA:
		return oidRSA, asn1.NullBytes
	case typeDSA:
		return oidDSA, nil
	case typeEC:
		return oidEC, k.object.attributes[attrECParams]
	case typeMLKEM, typeMLDSA:
		id, _ := k.object.parameterSet()
		return id, nil
	}
	return nil, nil
}

// parameterSet is the algorithm of a post-quantum key. The attribute was written
// as the machine had it at first, in eight octets (sftkdb_fixupTemplateOut).
func (o *object) parameterSet() (asn1.ObjectIdentifier, error) {
	set := o.number(attrParameterSet)
	if b := o.attributes[attrParameterSet]; len(b) == 8 {
		set = uint32(b[0])
	}
	if set < 1 || set > 3 {
		return nil, fmt.Errorf("%w: a key with parameter set %d", pkcs12x.ErrUnsupported, set)
	}
	arc, base := nist(o.number(attrKeyType))
	return append(slices.Clone(arc), base+int(set)), nil
}

// openML gives the keys of RFC 9881 and RFC 9935, which have the same form: the
// expanded key, and with it the seed where there is one.
func (f *File) openML(ctx context.Context, o *object) ([]byte, error) {
	id, err := o.parameterSet()
	if err != nil {
		return nil, err
	}
	expanded, err := f.decrypt(ctx, o, attrValue)
	if err != nil {
		return nil, err
	}
	if len(o.attributes[attrSeed]) == 0 {
		return privateKeyInfo(id, nil, func(b *cryptobyte.Builder) { b.AddASN1OctetString(expanded) })
	}
	seed, err := f.decrypt(ctx, o, attrSeed)
	if err != nil {
		return nil, err
	}
	return privateKeyInfo(id, nil, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1OctetString(seed)
			b.AddASN1OctetString(expanded)
		})
	})
}

// privateKeyInfo wraps a key into PKCS#8 (RFC 5208 section 5).
func privateKeyInfo(id asn1.ObjectIdentifier, parameters []byte, key func(*cryptobyte.Builder)) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(id)
			b.AddBytes(parameters)
		})
		b.AddASN1(cbasn1.OCTET_STRING, key)
	})
	return b.Bytes()
}
