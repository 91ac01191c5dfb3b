package pkcs12x

import (
	"cmp"
	"context"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// The types of bags (RFC 7292 section 4.2), for who reads [File.Contents].
var (
	OIDKeyBag         = oidKeyBag
	OIDShroudedKeyBag = oidShroudedBag
	OIDCertBag        = oidCertBag
	OIDCRLBag         = oidCRLBag
	OIDSecretBag      = oidSecretBag
	OIDSafeContents   = oidSafeContents
)

// Bag is one SafeBag (RFC 7292 section 4.2) as it stands in a file.
type Bag struct {
	Type asn1.ObjectIdentifier
	// Value is the DER of what the bag holds.
	Value      []byte
	Attributes []Attribute
	// Later is waited for in place of Value when a bag is written, and nil otherwise:
	// for keys of BeginShroud. Only a bag in the open may have it.
	Later func() ([]byte, error)
}

// Contents are the bags of one safe. Those of a nested safe are inside its
// Value.
type Contents struct {
	Bags []Bag
	// Encrypted tells that the safe does not stand in the open.
	Encrypted bool
	// Encryption is how it was encrypted; Known is false for schemes that this
	// package does not write.
	Encryption Encryption
	Known      bool
	// Err says why the safe stayed closed: ErrLocked, ErrPassword,
	// ErrUnsupported, ErrDamaged or *LimitError.
	Err error
}

// Reading is what one password gives of a file.
type Reading struct {
	Safes []Contents
	// Err is why the integrity check failed: ErrPassword, ErrUnsupported or
	// *LimitError. It is nil for a file without a MAC, and when no password was
	// given.
	Err error
}

// Contents gives the bags of a file as they stand in it, for who makes entries of
// them by other rules than [File.Unlock]. Unlike there, no answer keeps another
// back: each safe that can be opened is, whatever the MAC says. Without a password
// the safes in the open are read and nothing is checked. Keys stay shrouded.
// Errors: that of ctx, and *LimitError where the whole file asks for too much.
func (f *File) Contents(ctx context.Context, password *string) (Reading, error) {
	var out Reading
	count := 0
	if password == nil {
		for _, s := range f.safes {
			c := s.contents()
			if c.Encrypted {
				c.Err = ErrLocked
			} else {
				c.Bags, c.Err = topBags(s.plain, f.limits, &count)
			}
			out.Safes = append(out.Safes, c)
		}
		return out, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o := f.opener(ctx, *password, list)
	if err := o.budget(); err != nil && limitError(err) != nil {
		return out, err
	}
	o.current = o.readings[0]
	if f.mac != nil && f.mac.Err == nil {
		o.current.start(f.mac.key)
	}
	o.startAll(o.current)
	for _, s := range f.safes {
		c := s.contents()
		if c.Encrypted {
			plain := []byte(nil)
			if c.Err = o.decrypt(s.encryption, s.sealed, func(p []byte) error { plain = p; return nil }); c.Err == nil {
				c.Bags, c.Err = topBags(plain, f.limits, &count)
			}
		} else {
			c.Bags, c.Err = topBags(s.plain, f.limits, &count)
		}
		out.Safes = append(out.Safes, c)
	}
	if f.mac != nil {
		out.Err = f.mac.Err
		if out.Err == nil {
			if err := o.checkMAC(); errors.Is(err, ErrPassword) {
				out.Err = err
			} else if err != nil {
				return out, err
			}
		}
	}
	return out, ctx.Err()
}

func (s *safe) contents() Contents {
	if s.encryption == nil {
		return Contents{}
	}
	c := Contents{Encrypted: true}
	var scheme Scheme
	if scheme, c.Known = s.encryption.scheme(); c.Known {
		c.Encryption = Encryption{Scheme: scheme, Iterations: s.encryption.Iterations, SaltLen: len(s.encryption.key.salt)}
		if s.encryption.key.kind == kdfPBKDF2 {
			c.Encryption.PRF = s.encryption.key.hash
		}
	}
	return c
}

// topBags reads SafeContents without looking into nested ones.
func topBags(content []byte, l Limits, count *int) ([]Bag, error) {
	if len(content) == 0 {
		return nil, nil
	}
	der, _, err := normalize(content, l.Depth)
	if err != nil {
		der = content // Java does not look everywhere
	}
	in := cryptobyte.String(der)
	var list cryptobyte.String
	if !in.ReadASN1(&list, cbasn1.SEQUENCE) {
		return nil, cmp.Or(err, fmt.Errorf("%w: the contents of a safe", ErrDamaged))
	}
	var out []Bag
	for !list.Empty() {
		if *count++; *count > l.Bags {
			return nil, &LimitError{Limit: "bags", Asked: -1, Max: int64(l.Bags)}
		}
		b, attributes, err := readBagHead(&list)
		if err == nil && splits(attributes) {
			b.attributes, err = readAttributes(attributes)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, Bag{Type: b.id, Value: b.value, Attributes: b.attributes})
	}
	return out, nil
}

// splits tells whether a SET consists of elements. Java takes one that does not for no
// attributes at all (PKCS12KeyStore.loadSafeContents), and complains of what is wrong
// inside the elements.
func splits(in cryptobyte.String) bool {
	var set, element cryptobyte.String
	if !in.ReadASN1(&set, cbasn1.SET) {
		return false
	}
	for !set.Empty() {
		if !set.ReadAnyASN1Element(&element, nil) {
			return false
		}
	}
	return true
}

// MACSpec returns the form of the MAC; ok is false when there is none, or one
// that this package cannot compute.
func (f *File) MACSpec() (spec MACSpec, ok bool) {
	if f.mac == nil || f.mac.Err != nil {
		return MACSpec{}, false
	}
	return MACSpec{f.mac.digest.name, f.mac.key.kind == kdfPBKDF2, f.mac.key.iterations, len(f.mac.key.salt)}, true
}

// EncodeBags writes a file of bags: a safe in the open with keys, and one under
// p.Cert with the others, each left out when it is nil. Nothing in a bag is looked at
// or encrypted by itself. Errors: ErrUnsupported, those of rand and ctx.
func (p Profile) EncodeBags(ctx context.Context, rand io.Reader, password string, keys, others []Bag) ([]byte, error) {
	if others == nil {
		p.Cert.Scheme = SchemeNone
	}
	d, err := p.Begin(ctx, rand, password)
	if err != nil {
		return nil, err
	}
	return d.EncodeBags(keys, others)
}

// Draft is a file of bags to be: its salts are drawn, and what is derived from them is
// on its way.
type Draft struct {
	w     *writer
	mac   *kdf
	salt  []byte  // of the MAC
	certs *sealer // nil: in the open
}

// Begin begins a file before it is known what is in it. What is derived ends with ctx.
// Errors: ErrUnsupported, those of rand and ctx.
func (p Profile) Begin(ctx context.Context, rand io.Reader, password string) (*Draft, error) {
	return p.writer(ctx, rand, password).draft()
}

func (w *writer) draft() (*Draft, error) {
	d := &Draft{w: w}
	var err error
	if d.mac, d.salt, err = w.macKey(); err != nil || w.profile.Cert.Scheme == SchemeNone {
		return d, err
	}
	d.certs, err = w.sealer(w.profile.Cert)
	return d, err
}

// EncodeBags is that of [Profile]. A draft becomes one file: a second would have its
// salts.
func (d *Draft) EncodeBags(keys, others []Bag) ([]byte, error) {
	if keys != nil {
		d.w.keys = make([]sealedBag, 0, len(keys))
	}
	if others != nil {
		d.w.content = make([]func(*cryptobyte.Builder), 0, len(others))
	}
	for _, b := range keys {
		d.w.keys = append(d.w.keys, sealedBag{id: b.Type, attributes: b.Attributes, der: b.Value, later: b.Later})
	}
	for _, b := range others {
		d.w.content = append(d.w.content, bagOf(b.Type, b.Attributes, func(out *cryptobyte.Builder) { out.AddBytes(b.Value) }))
	}
	return d.file()
}

// X509 returns the DER of the certificate in a bag of type OIDCertBag; ok is false
// when it holds something else.
func (b Bag) X509() (der []byte, ok bool) {
	id, value, ok := typedValue(b.Value)
	var raw cryptobyte.String
	if !ok || !id.Equal(oidX509Certificate) || !value.ReadASN1(&raw, cbasn1.OCTET_STRING) {
		return nil, false
	}
	return raw, true
}

// NewX509Bag wraps a certificate in DER.
func NewX509Bag(der []byte, attributes []Attribute) (Bag, error) {
	return typedBag(oidCertBag, oidX509Certificate, der, attributes)
}

// Secret returns the EncryptedPrivateKeyInfo of a secret key in the JDK's form in a
// bag of type OIDSecretBag.
func (b Bag) Secret() (der []byte, ok bool) {
	_, value, ok := typedValue(b.Value)
	var raw cryptobyte.String
	if !ok || !value.ReadASN1(&raw, cbasn1.OCTET_STRING) {
		return nil, false
	}
	return raw, true
}

// NewSecretBag wraps the EncryptedPrivateKeyInfo of a secret key as the JDK does.
func NewSecretBag(epki []byte, attributes []Attribute) (Bag, error) {
	return typedBag(oidSecretBag, oidShroudedBag, epki, attributes)
}

func typedBag(bag, value asn1.ObjectIdentifier, octets []byte, attributes []Attribute) (Bag, error) {
	var b cryptobyte.Builder
	typed(value, func(b *cryptobyte.Builder) { b.AddASN1OctetString(octets) })(&b)
	der, err := b.Bytes()
	return Bag{Type: bag, Value: der, Attributes: attributes}, err
}

// NewLocalKeyID makes the attribute that ties a certificate to its key (RFC 2985
// section 5.5.2).
func NewLocalKeyID(id []byte) Attribute { return localKeyID(id) }

// NewTrustedKeyUsage makes the JDK's attribute of a trusted certificate.
func NewTrustedKeyUsage(usages ...asn1.ObjectIdentifier) (Attribute, error) {
	a := Attribute{ID: OIDTrustedKeyUsage}
	for _, u := range usages {
		der, err := asn1.Marshal(u)
		if err != nil {
			return a, err
		}
		a.Values = append(a.Values, der)
	}
	return a, nil
}
