package jks

import (
	"crypto/sha1" //nolint:gosec // the format has no other
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"time"

	"muxkey/keystore/javaio"
	"muxkey/pkcs12x"
)

// Format is one of the two formats.
type Format string

// The formats.
const (
	JKS   Format = "JKS"
	JCEKS Format = "JCEKS"
)

// The magic numbers at the beginning.
const (
	magicJKS   uint32 = 0xfeedfeed
	magicJCEKS uint32 = 0xcececece
)

// The tags of entries.
const (
	tagPrivateKey  uint32 = 1
	tagTrusted     uint32 = 2
	tagSecretKey   uint32 = 3 // JCEKS alone
	typeX509              = "X.509"
	digestSize            = sha1.Size
	minEntry              = 4 + 2 + 8 + 4 // tag, alias, date, a length
	minCertificate        = 4             // version 1 has no type
)

// File is a keystore.
type File struct {
	Format Format
	// Version is 1 or 2. Version 1, of JDK 1.2 betas, has no types of
	// certificates: all are X.509.
	Version int
	// Entries in the order of the file, which means nothing: Java writes them in
	// that of a hash table.
	Entries []*Entry
	// Trailing counts the octets behind the digest. Java ignores them.
	Trailing int

	limits pkcs12x.Limits
	body   []byte // what the digest is over
	digest []byte
}

// Entry is one thing in a keystore.
type Entry struct {
	// Alias as it stands in the file. Java writes small letters alone and finds
	// no others; other writers are not so strict.
	Alias string
	// Kind is pkcs12x.PrivateKey, TrustedCertificate or SecretKey.
	Kind pkcs12x.Kind
	// Created is kept in milliseconds.
	Created time.Time
	// Sealed is the encrypted key: an EncryptedPrivateKeyInfo in DER (RFC 5958)
	// for a private key, a serialised javax.crypto.SealedObject for a secret key.
	Sealed []byte
	// Chain belongs to a private key, leaf first by custom, and may be empty; a
	// trusted certificate has exactly one.
	Chain []Certificate

	stored []byte // the octets of Alias in the file
}

// Certificate is one certificate of an entry, not looked into.
type Certificate struct {
	Type string // "X.509", for nearly all
	Raw  []byte // DER for X.509

	stored []byte // the octets of Type in the file
}

// TagError means that an entry is of a kind that the format does not have. It is a
// pkcs12x.ErrDamaged.
type TagError struct{ Tag uint32 }

func (e *TagError) Error() string { return fmt.Sprintf("an entry of unknown kind %d", e.Tag) }

// Unwrap returns pkcs12x.ErrDamaged.
func (e *TagError) Unwrap() error { return pkcs12x.ErrDamaged }

// Detect tells the format by the first octets.
func Detect(head []byte) (Format, bool) {
	if len(head) < 4 {
		return "", false
	}
	switch binary.BigEndian.Uint32(head) {
	case magicJKS:
		return JKS, true
	case magicJCEKS:
		return JCEKS, true
	}
	return "", false
}

// Parse reads a keystore. What it returns shares memory with data. Of the
// limits, Size bounds data and Bags the entries and certificates together; the
// others are for the keys, when they are opened. Errors: pkcs12x.ErrDamaged,
// pkcs12x.ErrUnsupported (another version), *pkcs12x.LimitError.
func Parse(data []byte, limits pkcs12x.Limits) (*File, error) {
	if len(data) > limits.Size {
		return nil, &pkcs12x.LimitError{Limit: "bytes", Asked: int64(len(data)), Max: int64(limits.Size)}
	}
	format, ok := Detect(data)
	if !ok {
		return nil, javaio.Damagedf("no magic number of JKS or JCEKS")
	}
	r := &javaio.Reader{Rest: data[4:]}
	version := r.Uint32("the version")
	if r.Err == nil && version != 1 && version != 2 {
		return nil, fmt.Errorf("%w: version %d of the format", pkcs12x.ErrUnsupported, version)
	}
	f := &File{Format: format, Version: int(version), limits: limits}
	left := limits.Bags
	for range r.Count("entries", minEntry, &left, limits.Bags) {
		e := f.entry(r, &left)
		if r.Err != nil {
			return nil, r.Err
		}
		f.Entries = append(f.Entries, e)
	}
	f.body = data[:len(data)-len(r.Rest)]
	f.digest = r.Take(digestSize, "the digest")
	if r.Err != nil {
		return nil, r.Err
	}
	f.Trailing = len(r.Rest)
	return f, nil
}

func (f *File) entry(r *javaio.Reader, left *int) *Entry {
	e := &Entry{}
	tag := r.Uint32("the kind of an entry")
	e.stored = r.Short("an alias")
	e.Alias = r.Text(e.stored, "an alias")
	e.Created = time.UnixMilli(int64(r.Uint64("a date"))).UTC() //nolint:gosec // negative before 1970
	switch {
	case tag == tagPrivateKey:
		e.Kind = pkcs12x.PrivateKey
		e.Sealed = r.Long("an encrypted key")
		for range r.Count("certificates", minCertificate, left, f.limits.Bags) {
			e.Chain = append(e.Chain, f.certificate(r))
		}
	case tag == tagTrusted:
		e.Kind = pkcs12x.TrustedCertificate
		e.Chain = []Certificate{f.certificate(r)}
	case tag == tagSecretKey && f.Format == JCEKS:
		e.Kind = pkcs12x.SecretKey
		e.Sealed = sealedObject(r)
	case r.Err == nil:
		r.Err = &TagError{tag}
	}
	return e
}

func (f *File) certificate(r *javaio.Reader) Certificate {
	c := Certificate{Type: typeX509}
	if f.Version > 1 {
		c.stored = r.Short("the type of a certificate")
		c.Type = r.Text(c.stored, "the type of a certificate")
	}
	c.Raw = r.Long("a certificate")
	return c
}

// Verify checks the digest at the end of the file, which is over the store
// password and all that stands before it. That it differs means a wrong
// password or a damaged file; nothing tells which. It returns
// pkcs12x.ErrPassword then.
func (f *File) Verify(password string) error {
	if subtle.ConstantTimeCompare(digestOf(f.body, password), f.digest) != 1 {
		return pkcs12x.ErrPassword
	}
	return nil
}

// digestOf is the integrity check; the phrase is in JavaKeyStore.java.
func digestOf(body []byte, password string) []byte {
	h := sha1.New() //nolint:gosec // see above
	pw := javaio.UTF16(password)
	defer clear(pw)
	h.Write(pw)
	h.Write([]byte("Mighty Aphrodite"))
	h.Write(body)
	return h.Sum(nil)
}

// Encode writes the keystore as Java does, in the order of Entries, with the
// digest for password. A sealed key is written as it is. Errors:
// pkcs12x.ErrUnsupported for what the format cannot hold: secret keys or the
// protection of JCEKS in JKS, certificates other than X.509 in version 1,
// aliases over 65,535 octets, an entry of another kind.
func (f *File) Encode(password string) ([]byte, error) {
	magic := magicJKS
	if f.Format == JCEKS {
		magic = magicJCEKS
	}
	if f.Version != 1 && f.Version != 2 || f.Format != JKS && f.Format != JCEKS {
		return nil, fmt.Errorf("%w: version %d of the format %q", pkcs12x.ErrUnsupported, f.Version, f.Format)
	}
	size := 12 + digestSize
	for _, e := range f.Entries {
		size += minEntry + 3*len(e.Alias) + len(e.Sealed)
		for _, c := range e.Chain {
			size += 2 + len(typeX509) + 4 + len(c.Raw)
		}
	}
	out := binary.BigEndian.AppendUint32(make([]byte, 0, size), magic)
	out = binary.BigEndian.AppendUint32(out, uint32(f.Version))      //nolint:gosec // 1 or 2
	out = binary.BigEndian.AppendUint32(out, uint32(len(f.Entries))) //nolint:gosec // no machine holds more
	for _, e := range f.Entries {
		var err error
		if out, err = f.appendEntry(out, e); err != nil {
			return nil, fmt.Errorf("writing the entry %q: %w", e.Alias, err)
		}
	}
	return append(out, digestOf(out, password)...), nil
}

func (f *File) appendEntry(out []byte, e *Entry) ([]byte, error) {
	var tag uint32
	switch e.Kind {
	case pkcs12x.PrivateKey:
		tag = tagPrivateKey
	case pkcs12x.TrustedCertificate:
		tag = tagTrusted
	case pkcs12x.SecretKey:
		tag = tagSecretKey
	}
	switch {
	case tag == 0, tag == tagSecretKey && f.Format != JCEKS:
		return nil, fmt.Errorf("%w: %s holds no entry of kind %s", pkcs12x.ErrUnsupported, f.Format, e.Kind)
	case tag == tagTrusted && len(e.Chain) != 1:
		return nil, fmt.Errorf("%w: a trusted-certificate entry with %d certificates", pkcs12x.ErrUnsupported, len(e.Chain))
	case tag != tagTrusted && len(e.Sealed) == 0:
		return nil, fmt.Errorf("%w: a key that is not sealed", pkcs12x.ErrUnsupported)
	}
	out = binary.BigEndian.AppendUint32(out, tag)
	out, err := javaio.AppendText(out, e.Alias, e.stored)
	if err != nil {
		return nil, err
	}
	out = binary.BigEndian.AppendUint64(out, uint64(e.Created.UnixMilli())) //nolint:gosec // negative before 1970
	switch tag {
	case tagSecretKey:
		if n, err := lengthOfObject(e.Sealed); err != nil || n != len(e.Sealed) {
			return nil, fmt.Errorf("%w: a secret key that is no serialised object", pkcs12x.ErrUnsupported)
		}
		return append(out, e.Sealed...), nil
	case tagPrivateKey:
		s, err := parseSealedKey(e.Sealed)
		if err != nil {
			return nil, err
		}
		if f.Format == JKS && !s.id.Equal(oidJKSProtector) {
			return nil, fmt.Errorf("%w: a key sealed for another format than JKS; unlock it first", pkcs12x.ErrUnsupported)
		}
		out = javaio.AppendLong(out, e.Sealed)
		out = binary.BigEndian.AppendUint32(out, uint32(len(e.Chain))) //nolint:gosec // no machine holds more
	}
	for _, c := range e.Chain {
		if f.Version > 1 {
			if out, err = javaio.AppendText(out, c.Type, c.stored); err != nil {
				return nil, err
			}
		} else if c.Type != typeX509 {
			return nil, fmt.Errorf("%w: a certificate of type %q in version 1 of the format", pkcs12x.ErrUnsupported, c.Type)
		}
		out = javaio.AppendLong(out, c.Raw)
	}
	return out, nil
}
