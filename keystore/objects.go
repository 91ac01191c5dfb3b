package keystore

import (
	"bytes"
	"context"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/pkcs12x"
)

var (
	oidRSA       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidDSA       = asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}
	oidEC        = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidX509CRL   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 23, 1}
	oidPKCS7     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7}
	oidData      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSigned    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	tagExplicit0 = cbasn1.Tag(0).ContextSpecific().Constructed()
	tagExplicit1 = cbasn1.Tag(1).ContextSpecific().Constructed()
)

// objects gathers what a PEM, DER or PKCS#7 file holds, until finish makes a
// store of it.
type objects struct {
	in      *Input
	keys    []*Key
	certs   []*Certificate
	others  []*Entry // CRLs, CSRs and public keys
	skipped []Skipped
	legacy  map[*Key]*pem.Block
	// ecParameters is the curve that stood in a block of its own before an EC
	// key; OpenSSL writes both.
	ecParameters []byte
	signed       bool
	trailing     int
	count        int
	text         []textBlock
}

// maxKeyBytes bounds the private keys in the open of one file together, in octets. Taking
// an RSA key in costs up to 2 µs an octet, a thousand times more than anything
// else; this is some 800 keys of 2048 bits.
const maxKeyBytes = 1 << 20

// shape is what a DER element is, told from its structure alone.
type shape string

const (
	shapeNone         shape = ""
	shapeCertificate  shape = "certificate"
	shapeCSR          shape = "CSR"
	shapeCRL          shape = "CRL"
	shapePKCS8        shape = "private key"
	shapeEncrypted    shape = "encrypted private key"
	shapeRSA          shape = "RSA private key"
	shapeEC           shape = "EC private key"
	shapeDSA          shape = "DSA private key"
	shapePublicKey    shape = "public key"
	shapeRSAPublicKey shape = "RSA public key"
	shapePKCS7        shape = "PKCS#7 file"
)

// shapeOf tells what the first element of der is. It looks no deeper than it
// must: the readers behind it say what is wrong with a broken one.
func shapeOf(der []byte) shape {
	in := cryptobyte.String(der)
	var body cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) {
		return shapeNone
	}
	switch {
	case body.PeekASN1Tag(cbasn1.OBJECT_IDENTIFIER):
		var id asn1.ObjectIdentifier
		if body.ReadASN1ObjectIdentifier(&id) && below(id, oidPKCS7) && (body.Empty() || body.PeekASN1Tag(tagExplicit0)) {
			return shapePKCS7
		}
	case body.PeekASN1Tag(cbasn1.INTEGER):
		return shapeOfKey(body)
	case body.PeekASN1Tag(cbasn1.SEQUENCE):
		var first cryptobyte.String
		body.ReadASN1(&first, cbasn1.SEQUENCE)
		switch {
		case first.PeekASN1Tag(cbasn1.OBJECT_IDENTIFIER) && body.PeekASN1Tag(cbasn1.OCTET_STRING):
			return shapeEncrypted
		case first.PeekASN1Tag(cbasn1.OBJECT_IDENTIFIER) && body.PeekASN1Tag(cbasn1.BIT_STRING):
			return shapePublicKey
		case body.SkipASN1(cbasn1.SEQUENCE) && body.PeekASN1Tag(cbasn1.BIT_STRING):
			return shapeOfSigned(first)
		}
	}
	return shapeNone
}

// shapeOfSigned tells certificate, CSR and CRL apart by the part that is signed.
func shapeOfSigned(body cryptobyte.String) shape {
	if body.PeekASN1Tag(tagExplicit0) { // version of a certificate
		return shapeCertificate
	}
	body.SkipOptionalASN1(cbasn1.INTEGER)
	sequences := 0
	for body.PeekASN1Tag(cbasn1.SEQUENCE) && body.SkipASN1(cbasn1.SEQUENCE) {
		sequences++
	}
	switch {
	case sequences == 2 && (body.Empty() || body.PeekASN1Tag(tagExplicit0)):
		return shapeCSR
	case sequences == 2 && (body.PeekASN1Tag(cbasn1.UTCTime) || body.PeekASN1Tag(cbasn1.GeneralizedTime)):
		return shapeCRL
	case sequences == 5:
		return shapeCertificate // version 1
	}
	return shapeNone
}

// shapeOfKey tells apart the keys that begin with a number.
func shapeOfKey(body cryptobyte.String) shape {
	first := new(big.Int)
	if !body.ReadASN1Integer(first) {
		return shapeNone
	}
	switch {
	case body.PeekASN1Tag(cbasn1.SEQUENCE):
		var algorithm cryptobyte.String
		if body.ReadASN1(&algorithm, cbasn1.SEQUENCE) && algorithm.PeekASN1Tag(cbasn1.OBJECT_IDENTIFIER) && body.PeekASN1Tag(cbasn1.OCTET_STRING) {
			return shapePKCS8
		}
	case body.PeekASN1Tag(cbasn1.OCTET_STRING) && first.Cmp(big.NewInt(1)) == 0:
		return shapeEC
	case body.PeekASN1Tag(cbasn1.INTEGER):
		second := new(big.Int)
		numbers := 1
		if body.ReadASN1Integer(second) {
			numbers++
		}
		for body.SkipASN1(cbasn1.INTEGER) {
			numbers++
		}
		switch {
		case numbers == 9 && first.BitLen() <= 1:
			return shapeRSA
		case numbers == 6 && first.Sign() == 0:
			return shapeDSA
		case numbers == 2 && first.BitLen() >= 256 && second.Bit(0) == 1 && second.BitLen() <= 256:
			return shapeRSAPublicKey
		}
	}
	return shapeNone
}

func below(id, base asn1.ObjectIdentifier) bool {
	return len(id) > len(base) && id[:len(base)].Equal(base)
}

// add reads the first element of der and returns what stands behind it.
// Attributes are those that a PEM file has beside a block.
func (o *objects) add(der []byte, attributes []Attribute) (rest []byte, err error) {
	if o.count++; o.count > o.in.Limits.Bags {
		return nil, &pkcs12x.LimitError{Limit: "entries", Asked: -1, Max: int64(o.in.Limits.Bags)}
	}
	s := shapeOf(der)
	if s == shapeNone && signedInBER(der) {
		s = shapePKCS7
	}
	if s == shapePKCS7 {
		return o.addPKCS7(der)
	}
	in := cryptobyte.String(der)
	var raw cryptobyte.String
	if s == shapeNone || !in.ReadASN1Element(&raw, cbasn1.SEQUENCE) {
		return nil, notKnown(der)
	}
	switch s {
	case shapeCertificate:
		c, err := pkcs12x.ParseCertificate(raw)
		if err != nil {
			return nil, err
		}
		var extra []Attribute
		extra, in = trustSettings(in)
		c.Attributes = append(attributes, extra...)
		o.certs = append(o.certs, c)
	case shapeCSR:
		o.others = append(o.others, &Entry{Kind: CSR, Value: raw, Attributes: attributes})
	case shapeCRL:
		o.others = append(o.others, &Entry{Kind: pkcs12x.CRL, Type: oidX509CRL, Value: raw, Attributes: attributes})
	case shapePublicKey:
		o.others = append(o.others, &Entry{Kind: PublicKey, Value: raw, Attributes: attributes})
	case shapeRSAPublicKey:
		o.others = append(o.others, &Entry{Kind: PublicKey, Value: publicKeyInfo(raw), Attributes: attributes})
	case shapeEncrypted:
		k := pkcs12x.NewShroudedKey(raw, attributes, o.in.Limits)
		if k == nil {
			return nil, fmt.Errorf("%w: an encrypted private key", pkcs12x.ErrDamaged)
		}
		o.keys = append(o.keys, k)
	default:
		if err := o.chargeKey(len(raw)); err != nil {
			return nil, err
		}
		k, err := parseKey(raw, o.ecParameters)
		if err != nil {
			return nil, err
		}
		k.Attributes = attributes
		o.keys = append(o.keys, k)
	}
	return in, nil
}

// chargeKey counts the octets of a private key against the limit.
func (o *objects) chargeKey(size int) error {
	limit := max(maxKeyBytes, o.in.Limits.Size/64)
	if o.in.keyBytes == nil {
		o.in.keyBytes = new(int)
	}
	if *o.in.keyBytes += size; *o.in.keyBytes > limit {
		return &pkcs12x.LimitError{Limit: "bytes of private keys", Asked: -1, Max: int64(limit)}
	}
	return nil
}

// notKnown says whether der is cut short or something else.
func notKnown(der []byte) error {
	if _, _, _, err := element(der, maxDepth); err != nil {
		return fmt.Errorf("%w: %w", pkcs12x.ErrDamaged, err)
	}
	return errNoObject
}

// errNoObject marks well-formed DER that is nothing for a keystore.
var errNoObject = errors.New("neither certificate, CSR, CRL nor key")

// maxDepth bounds the nesting of BER elements.
const maxDepth = 32

// trustSettings skips what OpenSSL puts behind the certificate in a TRUSTED
// CERTIFICATE block (X509_CERT_AUX), and takes the alias out of it.
func trustSettings(in cryptobyte.String) ([]Attribute, cryptobyte.String) {
	rest := in
	var body cryptobyte.String
	if !rest.ReadASN1(&body, cbasn1.SEQUENCE) {
		return nil, in
	}
	// SEQUENCE { trust SEQUENCE OF OID OPTIONAL, reject [0] OPTIONAL,
	// alias UTF8String OPTIONAL, keyid OCTET STRING OPTIONAL, other [1] OPTIONAL }
	var trust, alias, id cryptobyte.String
	var hasAlias, hasID bool
	if !body.ReadOptionalASN1(&trust, nil, cbasn1.SEQUENCE) || !trust.Empty() && !trust.PeekASN1Tag(cbasn1.OBJECT_IDENTIFIER) ||
		!body.SkipOptionalASN1(tagExplicit0) ||
		!body.ReadOptionalASN1(&alias, &hasAlias, cbasn1.UTF8String) || !body.ReadOptionalASN1(&id, &hasID, cbasn1.OCTET_STRING) ||
		!body.SkipOptionalASN1(tagExplicit1) || !body.Empty() {
		return nil, in
	}
	var out []Attribute
	if hasAlias {
		out = append(out, pkcs12x.NewFriendlyName(string(alias)))
	}
	if hasID {
		out = append(out, localKeyID(id))
	}
	return out, rest
}

func localKeyID(id []byte) Attribute {
	var b cryptobyte.Builder
	b.AddASN1OctetString(id)
	return Attribute{ID: pkcs12x.OIDLocalKeyID, Values: [][]byte{b.BytesOrPanic()}}
}

// publicKeyInfo wraps an RSAPublicKey (RFC 8017 appendix A.1.1).
func publicKeyInfo(key []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		addAlgorithm(b, oidRSA, asn1.NullBytes)
		b.AddASN1BitString(key)
	})
	return b.BytesOrPanic()
}

func addAlgorithm(b *cryptobyte.Builder, id asn1.ObjectIdentifier, parameters []byte) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(id)
		b.AddBytes(parameters)
	})
}

// parseKey reads a private key in the open in any of its forms. Curve is the
// EcpkParameters for an EC key that does not name its own; it may be nil.
func parseKey(der, curve []byte) (*Key, error) {
	switch s := shapeOf(der); s {
	case shapePKCS8:
		return pkcs12x.ParsePrivateKey(der)
	case shapeRSA:
		return pkcs12x.ParsePrivateKey(privateKeyInfo(oidRSA, asn1.NullBytes, der))
	case shapeEC:
		return parseECKey(der, curve)
	case shapeDSA:
		return parseDSAKey(der)
	default:
		return nil, fmt.Errorf("%w: no private key", pkcs12x.ErrDamaged)
	}
}

// privateKeyInfo wraps a key into PKCS#8 (RFC 5208 section 5).
func privateKeyInfo(id asn1.ObjectIdentifier, parameters, key []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		addAlgorithm(b, id, parameters)
		b.AddASN1OctetString(key)
	})
	return b.BytesOrPanic()
}

// parseECKey wraps an ECPrivateKey (RFC 5915 section 3), whose curve moves into
// the AlgorithmIdentifier.
func parseECKey(der, curve []byte) (*Key, error) {
	in := cryptobyte.String(der)
	var body, own cryptobyte.String
	var has bool
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.SkipASN1(cbasn1.INTEGER) || !body.SkipASN1(cbasn1.OCTET_STRING) ||
		!body.ReadOptionalASN1(&own, &has, tagExplicit0) {
		return nil, fmt.Errorf("%w: an EC private key", pkcs12x.ErrDamaged)
	}
	if has {
		curve = own
	}
	if curve == nil {
		return nil, fmt.Errorf("%w: an EC private key that does not say its curve", pkcs12x.ErrDamaged)
	}
	return pkcs12x.ParsePrivateKey(privateKeyInfo(oidEC, curve, der))
}

// parseDSAKey wraps OpenSSL's form of a DSA key: 0, p, q, g, y, x.
func parseDSAKey(der []byte) (*Key, error) {
	in := cryptobyte.String(der)
	var body, number cryptobyte.String
	var numbers [6]cryptobyte.String
	ok := in.ReadASN1(&body, cbasn1.SEQUENCE)
	for i := range numbers {
		ok = ok && body.ReadASN1Element(&number, cbasn1.INTEGER)
		numbers[i] = number
	}
	if !ok {
		return nil, fmt.Errorf("%w: a DSA private key", pkcs12x.ErrDamaged)
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(bytes.Join([][]byte{numbers[1], numbers[2], numbers[3]}, nil))
	})
	return pkcs12x.ParsePrivateKey(privateKeyInfo(oidDSA, b.BytesOrPanic(), numbers[5]))
}

// finish unlocks keys as far as wanted, pairs them with certificates and names
// all entries.
func (o *objects) finish(ctx context.Context) (*Store, error) {
	s := &Store{Sequence: o.certs, Skipped: o.skipped, Trailing: o.trailing, Signed: o.signed && len(o.keys) == 0, legacy: o.legacy, limits: o.in.Limits}
	if err := o.unlock(ctx, s); err != nil {
		return nil, err
	}
	s.Entries = append(pkcs12x.Assemble(o.keys, o.certs), o.others...)
	nameOthers(s.Entries)
	s.Protections = protections(nil, s.Entries)
	return s, nil
}

// unlock opens the encrypted keys when all keys are wanted open, or when they
// must be paired with certificates. A password that opens none of them is
// wrong.
func (o *objects) unlock(ctx context.Context, s *Store) error {
	var sealed []*Key
	for _, k := range o.keys {
		if k.PKCS8 == nil && (k.Shrouded != nil || o.legacy[k] != nil) {
			sealed = append(sealed, k)
		}
	}
	if len(sealed) == 0 {
		return nil
	}
	password, given := "", false
	if o.in.Unlock || len(o.certs) > 0 {
		var err error
		if password, given, err = o.in.Password(ctx); err != nil {
			return err
		}
	}
	// The budget for derivations is one for the whole file.
	limits := o.in.Limits
	limits.Work /= len(sealed)
	opened, wrong := false, false
	for _, k := range sealed {
		if !given {
			if k.Err == nil {
				k.Err = pkcs12x.ErrLocked
			}
			continue
		}
		err := s.unseal(ctx, k, password, limits)
		if _, over := errors.AsType[*pkcs12x.LimitError](err); over || ctx.Err() != nil {
			return err
		}
		opened = opened || err == nil
		wrong = wrong || errors.Is(err, ErrPassword)
	}
	if wrong && !opened {
		return ErrPassword
	}
	return nil
}

// nameOthers names what pkcs12x.Assemble does not know: by friendlyName, with
// "-2", "-3" ... behind a name that is taken, else by the next free number.
func nameOthers(entries []*Entry) {
	taken := map[string]bool{}
	for _, e := range entries {
		if e.Alias != "" {
			taken[strings.ToLower(e.Alias)] = true
		}
	}
	next := map[string]int{} // last number tried behind a name
	free := func(base, dash string) string {
		key := strings.ToLower(base)
		if dash != "" {
			next[key] = max(next[key], 1)
		}
		for {
			next[key]++
			name := base + dash + strconv.Itoa(next[key])
			if !taken[strings.ToLower(name)] {
				return name
			}
		}
	}
	for _, e := range entries {
		if e.Alias != "" {
			continue
		}
		name, ok := pkcs12x.FriendlyName(e.Attributes)
		switch {
		case !ok || name == "":
			name = free("", "")
		case taken[strings.ToLower(name)]:
			name = free(name, "-")
		}
		e.Alias = name
		taken[strings.ToLower(name)] = true
	}
}
