package bcfks

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/pkcs12x"
)

// File is a keystore.
type File struct {
	// Integrity is the MAC over the content, or the signature. Err tells that it
	// cannot be checked.
	Integrity pkcs12x.Integrity
	// Signed tells that Integrity is a signature. It vouches for the content as
	// far as the certificate in the file is trusted, which nothing here judges.
	Signed bool
	// Verified tells that the MAC is right, or the signature by the first
	// certificate beside it.
	Verified bool
	// Protection of the content; nil where it stands in the open, which the format
	// allows and Bouncy Castle does not write.
	Protection *pkcs12x.Protection
	// Algorithms are those that Encode writes with.
	Algorithms Algorithms
	// Trailing counts the octets behind the end. Java ignores them.
	Trailing int

	// What follows is the content, for which Open has to be called unless
	// Protection is nil.

	// Created and Modified are kept in seconds; zero when they are no dates.
	Created, Modified time.Time
	Comment           string
	// Entries in the order of the file, which means nothing: Java writes them in
	// that of a hash table.
	Entries []*Entry

	limits  pkcs12x.Limits
	meter   *meter
	content []byte // what MAC or signature are over
	sealed  []byte
	scheme  scheme
	check   check
}

// Algorithms are what the content of a file is protected with.
type Algorithms struct {
	// Cipher is also that of new keys; empty leaves the content in the open.
	Cipher Cipher
	// MAC is "SHA512" or "SHA3-512".
	MAC string
	// Derivation of both keys from the password. Its length is that of the MAC's
	// key, and of the salt only the length counts: each key gets one of its own.
	Derivation pkcs12x.Derivation
	// meansP tells that scrypt is run with the p it says; see readings.
	meansP bool
}

// DefaultAlgorithms are those of Bouncy Castle 1.60 and later, where nothing
// else is asked for.
func DefaultAlgorithms() Algorithms {
	return Algorithms{
		Cipher: CCM, MAC: "SHA512",
		Derivation: pkcs12x.Derivation{Hash: "SHA512", Salt: make([]byte, 64), Iterations: 50 * 1024, Length: 64},
	}
}

// as is what a derivation of these algorithms is run as.
func (a Algorithms) as(d pkcs12x.Derivation) pkcs12x.Derivation {
	if a.meansP {
		return d
	}
	return readings(d)[0]
}

// Entry is one thing in a keystore.
type Entry struct {
	// Alias as it stands in the file; Java finds it by these very letters.
	Alias string
	// Kind is pkcs12x.PrivateKey, TrustedCertificate, SecretKey, or Opaque for a
	// type that is not known.
	Kind pkcs12x.Kind
	// Created and Modified are kept in seconds; zero when they are no dates. Java
	// shows Modified.
	Created, Modified time.Time
	Comment           string
	// Protected tells that the key was encrypted before Java was given it. It is
	// opened in the same way.
	Protected bool
	// Sealed is the encrypted key, an EncryptedPrivateKeyInfo (RFC 5958) or the
	// same structure around a secret key, in DER.
	Sealed []byte
	// Chain belongs to a private key, leaf first by custom; a trusted certificate
	// has exactly one. Not looked into.
	Chain [][]byte
	// Type and Data are of an entry of kind Opaque.
	Type int64
	Data []byte
}

// The types of entries. 5, a password for Java's PBEKey, came in 2026 and is
// carried.
const (
	typeCertificate = iota
	typePrivateKey
	typeSecretKey
	typeProtectedPrivateKey
	typeProtectedSecretKey
)

// macs are the hashes of the integrity check.
var macs = []struct {
	name string
	id   asn1.ObjectIdentifier
	new  func() hash.Hash
}{
	{"SHA512", asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 11}, sha512.New},
	{"SHA3-512", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 16}, func() hash.Hash { return sha3.New512() }},
}

// check is the integrity check.
type check struct {
	algorithm  []byte // AlgorithmIdentifier of the MAC or the signature, in DER
	derivation pkcs12x.Derivation
	new        func() hash.Hash
	mac        []byte
}

// minMACKey is the least key length that RFC 9579 section 4 allows for the same
// construction; shorter ones let other passwords pass.
const minMACKey = 20

// pbes2 is oidPBES2 in DER.
var pbes2 = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d}

// Detect tells the format by its first octets: three sequences and PBES2, or, for
// content in the open, two sequences, version 1, the algorithm and a date.
func Detect(head []byte) bool {
	_, rest, ok := header(head)
	if !ok {
		return false
	}
	if _, rest, ok = header(rest); !ok {
		return false
	}
	if _, inner, ok := header(rest); ok {
		return bytes.HasPrefix(inner, pbes2)
	}
	open, ok := bytes.CutPrefix(rest, []byte{0x02, 0x01, 0x01})
	if !ok {
		return false
	}
	n, algorithm, ok := header(open)
	return ok && n < len(algorithm) && algorithm[0] == 0x06 && algorithm[n] == 0x18
}

// header reads tag and length of a sequence, which may be cut off.
func header(in []byte) (length int, rest []byte, ok bool) {
	if len(in) < 2 || in[0] != 0x30 {
		return 0, nil, false
	}
	length, rest = int(in[1]), in[2:]
	if length < 0x80 {
		return length, rest, true
	}
	n := length & 0x7f
	if n == 0 || n > 4 || len(rest) < n {
		return 0, nil, false
	}
	length = 0
	for _, c := range rest[:n] {
		length = length<<8 | int(c)
	}
	return length, rest[n:], true
}

// Parse reads a keystore as far as it stands in the open. What it returns shares
// memory with data. Errors: pkcs12x.ErrDamaged, also for a wrong signature;
// pkcs12x.ErrUnsupported for another version; *pkcs12x.LimitError.
func Parse(data []byte, limits pkcs12x.Limits) (*File, error) {
	if len(data) > limits.Size {
		return nil, &pkcs12x.LimitError{Limit: "bytes", Asked: int64(len(data)), Max: int64(limits.Size)}
	}
	f := &File{limits: limits, meter: newMeter(limits), Algorithms: DefaultAlgorithms()}
	in := cryptobyte.String(data)
	var store, content cryptobyte.String
	if !in.ReadASN1(&store, cbasn1.SEQUENCE) {
		return nil, damagedf("no sequence, or one that is cut short")
	}
	f.Trailing = len(in)
	if !store.ReadASN1Element(&content, cbasn1.SEQUENCE) {
		return nil, damagedf("no content")
	}
	f.content = content
	var body, algorithm, sealed cryptobyte.String
	if !content.ReadASN1(&body, cbasn1.SEQUENCE) {
		return nil, damagedf("no content")
	}
	encrypted := body.PeekASN1Tag(cbasn1.SEQUENCE)
	if encrypted {
		if !body.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) || !body.ReadASN1(&sealed, cbasn1.OCTET_STRING) || !body.Empty() {
			return nil, damagedf("the encrypted content")
		}
		f.scheme, f.sealed = parseScheme(algorithm, limits), sealed
		f.Protection = &f.scheme.Protection
		if f.scheme.Err == nil {
			f.Algorithms.Cipher = f.scheme.cipher
		}
	}
	if err := f.parseCheck(&store); err != nil {
		return nil, err
	}
	if !store.Empty() {
		return nil, damagedf("something behind the integrity check")
	}
	if !encrypted {
		f.Algorithms.Cipher = ""
		return f, f.parseContent(f.content)
	}
	return f, nil
}

// parseCheck reads an ObjectStoreIntegrityCheck.
func (f *File) parseCheck(in *cryptobyte.String) error {
	signature := cbasn1.Tag(0).ContextSpecific().Constructed()
	var body, algorithm, derivation, mac cryptobyte.String
	if in.PeekASN1Tag(signature) {
		f.Signed = true
		if !in.ReadASN1(&body, signature) || !body.ReadASN1(&body, cbasn1.SEQUENCE) {
			return damagedf("the signature")
		}
		return f.checkSignature(body)
	}
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) ||
		!body.ReadASN1Element(&derivation, cbasn1.SEQUENCE) || !body.ReadASN1(&mac, cbasn1.OCTET_STRING) {
		return damagedf("the MAC")
	}
	f.check.algorithm, f.check.mac = algorithm, mac
	f.Integrity.Name = "HMAC"
	id, ok := identifier(algorithm)
	if !ok {
		return damagedf("the algorithm of the MAC")
	}
	for _, m := range macs {
		if m.id.Equal(id) {
			f.check.new, f.Integrity.Name, f.Algorithms.MAC = m.new, "HMAC-"+m.name, m.name
		}
	}
	d, err := pkcs12x.ParseDerivation(derivation)
	if d.Salt != nil {
		f.Integrity.KDF, f.Integrity.Iterations = d.Name(), d.Iterations
	}
	switch {
	case err != nil:
	case f.check.new == nil:
		err = fmt.Errorf("%w: a MAC with algorithm %s", pkcs12x.ErrUnsupported, id)
	case d.Length < minMACKey:
		err = damagedf("a MAC with a key of %d octets, at least %d are needed", d.Length, minMACKey)
	default:
		err = readings(d)[0].Check(f.limits)
	}
	f.check.derivation, f.Integrity.Err = d, err
	if err == nil {
		f.Algorithms.Derivation = d
	}
	return nil
}

// identifier of an AlgorithmIdentifier.
func identifier(der cryptobyte.String) (id asn1.ObjectIdentifier, ok bool) {
	var body cryptobyte.String
	return id, der.ReadASN1(&body, cbasn1.SEQUENCE) && body.ReadASN1ObjectIdentifier(&id)
}

// Open checks the password against the MAC and reads the content. In a signed
// file, and in one whose MAC cannot be computed, the encryption tells whether
// the password is right. Errors: pkcs12x.ErrPassword, pkcs12x.ErrUnsupported,
// pkcs12x.ErrDamaged, *pkcs12x.LimitError, that of ctx.
func (f *File) Open(ctx context.Context, password string) error {
	if err := f.Integrity.Err; err != nil && !errors.Is(err, pkcs12x.ErrUnsupported) {
		return err
	}
	if !f.Signed && f.Integrity.Err == nil {
		as, err := derive(ctx, f.check.derivation, forIntegrity.secret(password), f.limits, f.meter, func(key []byte) error {
			h := hmac.New(f.check.new, key)
			h.Write(f.content)
			if !hmac.Equal(h.Sum(nil), f.check.mac) {
				return pkcs12x.ErrPassword
			}
			return nil
		})
		if err != nil {
			return err
		}
		f.Verified = true
		f.Algorithms.meansP = as.Parallelization != readings(as)[0].Parallelization
	}
	if f.Protection == nil {
		return nil
	}
	plain, err := f.scheme.unseal(ctx, f.sealed, forStore.secret(password), f.limits, f.meter)
	if errors.Is(err, pkcs12x.ErrPassword) && f.Verified && !f.Signed {
		return damagedf("the password is right, and the content does not open with it")
	}
	if err != nil {
		return err
	}
	return f.parseContent(plain)
}

// parseContent reads an ObjectStoreData.
func (f *File) parseContent(der cryptobyte.String) error {
	var body, algorithm, list, comment cryptobyte.String
	var version int64
	if !der.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1Integer(&version) {
		return damagedf("the content has no version")
	}
	if version != 1 {
		return fmt.Errorf("%w: version %d of the format", pkcs12x.ErrUnsupported, version)
	}
	if !body.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) {
		return damagedf("the content does not name its integrity check")
	}
	if !bytes.Equal(algorithm, f.check.algorithm) { // else the stronger of two could be taken away
		return damagedf("the content names another integrity check than the file has")
	}
	var ok bool
	if f.Created, ok = date(&body); !ok {
		return damagedf("the date of the content")
	}
	if f.Modified, ok = date(&body); !ok || !body.ReadASN1(&list, cbasn1.SEQUENCE) ||
		!body.Empty() && !body.ReadASN1(&comment, cbasn1.UTF8String) {
		return damagedf("the content")
	}
	f.Comment = string(comment)
	left := f.limits.Bags
	entries, err := elements(list, &left, f.limits)
	if err != nil {
		return err
	}
	f.Entries = make([]*Entry, 0, entries)
	for !list.Empty() {
		e, err := parseEntry(&list, &left, f.limits)
		if err != nil {
			return fmt.Errorf("entry %d: %w", len(f.Entries)+1, err)
		}
		f.Entries = append(f.Entries, e)
	}
	return nil
}

// elements counts the sequences of a list before any is taken in, and pays for
// them.
func elements(list cryptobyte.String, left *int, l pkcs12x.Limits) (int, error) {
	n := 0
	for ; !list.Empty(); n++ {
		if !list.SkipASN1(cbasn1.SEQUENCE) {
			return 0, damagedf("a list of entries or certificates")
		}
	}
	if n > *left {
		return 0, &pkcs12x.LimitError{Limit: "entries and certificates", Asked: int64(l.Bags-*left) + int64(n), Max: int64(l.Bags)}
	}
	*left -= n
	return n, nil
}

// date reads a GeneralizedTime. Java's are in seconds and UTC; what is no date
// becomes none.
func date(in *cryptobyte.String) (time.Time, bool) {
	var raw cryptobyte.String
	if !in.ReadASN1(&raw, cbasn1.GeneralizedTime) {
		return time.Time{}, false
	}
	t, err := time.Parse("20060102150405Z0700", string(raw))
	if err != nil {
		return time.Time{}, true
	}
	return t.UTC().Truncate(time.Second), true
}

// parseEntry reads an ObjectData. What does not hold together in it is Opaque.
func parseEntry(list *cryptobyte.String, left *int, l pkcs12x.Limits) (*Entry, error) {
	var body, alias, data, comment cryptobyte.String
	e := &Entry{}
	if !list.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1Integer(&e.Type) || !body.ReadASN1(&alias, cbasn1.UTF8String) {
		return nil, damagedf("its type or its alias")
	}
	e.Alias = strings.ToValidUTF8(string(alias), "\ufffd")
	var ok bool
	if e.Created, ok = date(&body); !ok {
		return nil, damagedf("its date")
	}
	if e.Modified, ok = date(&body); !ok || !body.ReadASN1(&data, cbasn1.OCTET_STRING) ||
		!body.Empty() && !body.ReadASN1(&comment, cbasn1.UTF8String) {
		return nil, damagedf("its content")
	}
	e.Comment, e.Data = string(comment), data
	e.Protected = e.Type == typeProtectedPrivateKey || e.Type == typeProtectedSecretKey
	switch e.Type {
	case typeCertificate:
		e.Kind, e.Chain = pkcs12x.TrustedCertificate, [][]byte{data}
	case typePrivateKey, typeProtectedPrivateKey:
		switch err := e.privateKey(data, left, l); {
		case err == nil:
			e.Kind = pkcs12x.PrivateKey
		case !errors.Is(err, pkcs12x.ErrDamaged):
			return nil, err
		}
	case typeSecretKey, typeProtectedSecretKey:
		if data.PeekASN1Tag(cbasn1.SEQUENCE) {
			e.Kind, e.Sealed = pkcs12x.SecretKey, data
		}
	}
	if e.Kind == "" {
		e.Kind, e.Sealed, e.Chain, e.Protected = pkcs12x.Opaque, nil, nil, false
		return e, nil
	}
	e.Type, e.Data = 0, nil
	return e, nil
}

// privateKey reads an EncryptedPrivateKeyData.
func (e *Entry) privateKey(in cryptobyte.String, left *int, l pkcs12x.Limits) error {
	var body, sealed, chain cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1Element(&sealed, cbasn1.SEQUENCE) || !body.ReadASN1(&chain, cbasn1.SEQUENCE) {
		return damagedf("a private key")
	}
	n, err := elements(chain, left, l)
	if err != nil {
		return err
	}
	e.Sealed, e.Chain = sealed, make([][]byte, n)
	for i := range e.Chain {
		chain.ReadASN1Element((*cryptobyte.String)(&e.Chain[i]), cbasn1.SEQUENCE) // elements has seen it
	}
	return nil
}

// Encode writes the keystore as Java does, in the order of Entries, under
// Algorithms and a MAC. A sealed key is written as it is. Errors:
// pkcs12x.ErrUnsupported for what the format cannot hold, and for content that
// is too long for AES-CCM (16 MiB); those of rand and ctx.
func (f *File) Encode(ctx context.Context, rand io.Reader, password string) ([]byte, error) {
	a := f.Algorithms
	mac := macs[0]
	for _, m := range macs {
		if m.name == a.MAC {
			mac = m
		}
	}
	content, err := f.marshal(mac.id)
	if err != nil {
		return nil, err
	}
	if a.Cipher != "" {
		d, err := salted(rand, a.Derivation, keyLength)
		if err != nil {
			return nil, err
		}
		sealed, err := seal(ctx, rand, a.Cipher, d, a.as(d), forStore.secret(password), content)
		if err != nil {
			return nil, err
		}
		var b cryptobyte.Builder
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(sealed) })
		if content, err = b.Bytes(); err != nil {
			return nil, err
		}
	}
	d, err := salted(rand, a.Derivation, a.Derivation.Length)
	if err != nil {
		return nil, err
	}
	key, err := a.as(d).Key(ctx, forIntegrity.secret(password))
	if err != nil {
		return nil, err
	}
	derivation, err := d.Marshal()
	if err != nil {
		return nil, err
	}
	h := hmac.New(mac.new, key)
	h.Write(content)
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(content)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addAlgorithm(b, mac.id)
			b.AddBytes(derivation)
			b.AddASN1OctetString(h.Sum(nil))
		})
	})
	return b.Bytes()
}

func addAlgorithm(b *cryptobyte.Builder, id asn1.ObjectIdentifier) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(id)
		b.AddASN1NULL()
	})
}

// marshal writes an ObjectStoreData.
func (f *File) marshal(mac asn1.ObjectIdentifier) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		addAlgorithm(b, mac)
		addDate(b, f.Created)
		addDate(b, f.Modified)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			for _, e := range f.Entries {
				if err := e.addTo(b); err != nil {
					b.SetError(fmt.Errorf("writing the entry %q: %w", e.Alias, err))
					return
				}
			}
		})
		addText(b, f.Comment)
	})
	return b.Bytes()
}

func (e *Entry) addTo(b *cryptobyte.Builder) error {
	number, data := e.Type, e.Data
	switch e.Kind {
	case pkcs12x.TrustedCertificate:
		if len(e.Chain) != 1 {
			return fmt.Errorf("%w: a trusted-certificate entry with %d certificates", pkcs12x.ErrUnsupported, len(e.Chain))
		}
		number, data = typeCertificate, e.Chain[0]
	case pkcs12x.PrivateKey:
		var inner cryptobyte.Builder
		inner.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(e.Sealed)
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				for _, c := range e.Chain {
					b.AddBytes(c)
				}
			})
		})
		var err error
		if data, err = inner.Bytes(); err != nil {
			return err
		}
		number = typePrivateKey
		if e.Protected {
			number = typeProtectedPrivateKey
		}
	case pkcs12x.SecretKey:
		number, data = typeSecretKey, e.Sealed
		if e.Protected {
			number = typeProtectedSecretKey
		}
	case pkcs12x.Opaque:
	default:
		return fmt.Errorf("%w: BCFKS holds no entry of kind %s", pkcs12x.ErrUnsupported, e.Kind)
	}
	if key := e.Kind == pkcs12x.PrivateKey || e.Kind == pkcs12x.SecretKey; key && len(e.Sealed) == 0 {
		return fmt.Errorf("%w: a key that is not sealed", pkcs12x.ErrUnsupported)
	}
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(number)
		b.AddASN1(cbasn1.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(e.Alias)) })
		addDate(b, e.Created)
		addDate(b, e.Modified)
		b.AddASN1OctetString(data)
		addText(b, e.Comment)
	})
	return nil
}

// addDate writes a date; none, and one that has no place in a GeneralizedTime,
// as the beginning of Java's time.
func addDate(b *cryptobyte.Builder, t time.Time) {
	if y := t.UTC().Year(); t.IsZero() || y < 0 || y > 9999 {
		t = time.Unix(0, 0)
	}
	b.AddASN1(cbasn1.GeneralizedTime, func(b *cryptobyte.Builder) { b.AddBytes([]byte(t.UTC().Format("20060102150405Z"))) })
}

// addText writes an optional comment.
func addText(b *cryptobyte.Builder, text string) {
	if text != "" {
		b.AddASN1(cbasn1.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(text)) })
	}
}
