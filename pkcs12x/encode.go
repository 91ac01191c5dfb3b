package pkcs12x

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// ErrDuplicateAlias means that two entries to be written have one alias, or two
// that differ only in case, of which the JDK would show one.
var ErrDuplicateAlias = errors.New("two entries with one alias")

// ErrEntry means that an entry to be written is not whole: a nil in it, a key or
// certificate without content, a type that is missing, an alias that is not
// UTF-8.
var ErrEntry = errors.New("incomplete entry")

// Encode writes entries as a PKCS#12 file in the layout of the JDK: keys in a
// safe in the open, each encrypted by itself, then certificates in an encrypted
// safe. Attributes are written as they were read; friendlyName follows
// Entry.Alias where that was changed or is new; trusted certificates get the
// JDK's attribute. Keys that are still shrouded are copied as they are, so they
// must have been encrypted with the same password. The output depends on
// nothing but the arguments: equal randomness gives equal bytes.
//
// Errors: ErrEntry, ErrDuplicateAlias, ErrLocked, ErrUnsupported (a profile that
// encrypts nothing, and a key), and whatever rand and ctx return.
func (p Profile) Encode(ctx context.Context, rand io.Reader, password string, entries []*Entry) ([]byte, error) {
	for i, e := range entries {
		if why := e.flaw(); why != "" {
			return nil, fmt.Errorf("entry %d: %w: %s", i+1, ErrEntry, why)
		}
	}
	if err := checkAliases(entries); err != nil {
		return nil, err
	}
	w := p.writer(ctx, rand, password)
	w.nameless = nameless(entries)
	for _, e := range entries { // an issuer that is an entry by itself is not written twice
		if e.Key == nil && len(e.Chain) == 1 {
			w.certs[string(e.Chain[0].Raw)] = true
		}
	}
	for _, e := range entries {
		if err := w.add(e); err != nil {
			return nil, fmt.Errorf("entry %q: %w", e.Alias, err)
		}
	}
	if w.content == nil {
		w.profile.Cert.Scheme = SchemeNone
	}
	d, err := w.draft()
	if err != nil {
		return nil, err
	}
	return d.file()
}

func (p Profile) writer(ctx context.Context, rand io.Reader, password string) *writer {
	return &writer{
		profile: p,
		rand:    rand,
		deriver: newDeriver(ctx, readings(password)[0], make(chan struct{}, runtime.GOMAXPROCS(0))),
		certs:   map[string]bool{},
	}
}

func checkAliases(entries []*Entry) error {
	seen := map[string]string{}
	for _, e := range entries {
		lower := strings.ToLower(e.Alias)
		if other, ok := seen[lower]; ok {
			return fmt.Errorf("%w: %q and %q", ErrDuplicateAlias, other, e.Alias)
		}
		seen[lower] = e.Alias
	}
	return nil
}

// writer collects what goes into the two safes. Derivations are begun as soon
// as their salt is drawn and waited for at the end.
type writer struct {
	profile Profile
	rand    io.Reader
	deriver *deriver
	keys    []sealedBag
	content []func(*cryptobyte.Builder) // bags of the certificate safe
	certs   map[string]bool             // issuers that need not be written (again)
	// nameless entries had no friendlyName and get none.
	nameless map[*Entry]bool
}

// nameless finds the entries that can do without a friendlyName: they were read
// without one, and the number that readers will give them is the one they had.
// Keys are written before certificates, so numbers may move; an entry whose
// number would change has it written down as its name.
func nameless(entries []*Entry) map[*Entry]bool {
	taken := map[string]bool{}
	var numbered, rest []*Entry // in the order of the file to be
	for _, pass := range []bool{true, false} {
		for _, e := range entries {
			if (e.Key != nil) != pass {
				continue
			}
			_, named := FriendlyName(e.attributes())
			switch {
			case named || !e.unchanged():
				taken[strings.ToLower(e.Alias)] = true
			case e.Key != nil || e.Kind == TrustedCertificate:
				numbered = append(numbered, e)
			default:
				rest = append(rest, e)
			}
		}
	}
	out := map[*Entry]bool{}
	number := 0
	for _, e := range numbered { // as nameAsJava
		taken[strings.ToLower(e.Alias)] = true
		if e.Alias == strconv.Itoa(number+1) {
			out[e] = true
			number++
		}
	}
	number = 0
	for _, e := range rest { // as nameRest
		for taken[strconv.Itoa(number+1)] {
			number++
		}
		if e.Alias == strconv.Itoa(number+1) {
			out[e] = true
			number++
		} else {
			taken[strings.ToLower(e.Alias)] = true
		}
	}
	return out
}

// unchanged tells whether the entry came from a file and has kept its alias.
func (e *Entry) unchanged() bool { return e.stored != nil && *e.stored == e.Alias }

// sealedBag is a bag around a key that may still have to be encrypted.
type sealedBag struct {
	id         asn1.ObjectIdentifier
	attributes []Attribute
	secret     bool
	der        []byte                 // EncryptedPrivateKeyInfo, or PrivateKeyInfo for a key bag
	seal       *sealer                // nil when der is final
	later      func() ([]byte, error) // gives der; nil when it is there
}

func (w *writer) draw(n int) ([]byte, error) {
	out := make([]byte, n)
	_, err := io.ReadFull(w.rand, out)
	return out, err
}

// add sorts one entry into the safes.
func (w *writer) add(e *Entry) error {
	switch {
	case e.Kind == PrivateKey && e.Key != nil:
		return w.addPrivateKey(e)
	case e.Kind == SecretKey && e.Key != nil:
		return w.addKey(e.Key, w.named(e, e.Key.Attributes), true)
	case e.Kind == SecretKey:
		w.addTyped(oidSecretBag, e.Type, w.named(e, e.Attributes), func(b *cryptobyte.Builder) { b.AddBytes(e.Value) })
	case e.Kind == CRL:
		w.addTyped(oidCRLBag, e.Type, w.named(e, e.Attributes), func(b *cryptobyte.Builder) { b.AddASN1OctetString(e.Value) })
	case e.Kind == TrustedCertificate && len(e.Chain) == 1:
		attributes := w.named(e, e.Chain[0].Attributes)
		if _, ok := TrustedUsages(attributes); !ok {
			attributes = append(attributes, trustedKeyUsage())
		}
		w.addCertificate(e.Chain[0].Raw, attributes)
	case e.Kind == PlainCertificate && len(e.Chain) == 1:
		w.addCertificate(e.Chain[0].Raw, w.named(e, e.Chain[0].Attributes))
	case e.Kind == Opaque:
		w.content = append(w.content, bagOf(e.Type, w.named(e, e.Attributes), func(b *cryptobyte.Builder) { b.AddBytes(e.Value) }))
	default:
		return fmt.Errorf("%w: of kind %q, with nothing in it", ErrEntry, e.Kind)
	}
	return nil
}

// flaw says what keeps an entry from being written; empty when nothing does.
func (e *Entry) flaw() string {
	switch {
	case e == nil:
		return "it is nil"
	case !utf8.ValidString(e.Alias):
		return "its alias is not UTF-8"
	}
	lists := [][]Attribute{e.Attributes}
	for _, c := range e.Chain {
		if c == nil || len(c.Raw) == 0 {
			return "a certificate without content"
		}
		lists = append(lists, c.Attributes)
	}
	if k := e.Key; k != nil {
		lists = append(lists, k.Attributes)
		if _, _, _, err := privateKeyInfo(k.PKCS8); k.PKCS8 != nil && err != nil {
			return "its key is no PrivateKeyInfo"
		}
	}
	for _, list := range lists {
		for _, a := range list {
			if len(a.ID) < 2 {
				return "an attribute without a type"
			}
		}
	}
	typed := e.Kind == CRL || e.Kind == Opaque || e.Kind == SecretKey && e.Key == nil
	if typed && (len(e.Type) < 2 || len(e.Value) == 0) {
		return "no type or no content"
	}
	return ""
}

// named returns the attributes of e with its alias as friendlyName. A name that
// has not changed stays as it was spelled.
func (w *writer) named(e *Entry, attributes []Attribute) []Attribute {
	old, ok := FriendlyName(attributes)
	raw, _ := attribute(attributes, OIDFriendlyName)
	bmp := len(raw) > 0 && raw[0] == 30 // what RFC 2985 wants, and the JDK insists on
	if w.nameless[e] || ok && bmp && old == e.Alias {
		return attributes
	}
	return with(attributes, NewFriendlyName(e.Alias))
}

// addPrivateKey writes key and chain. Key and leaf are tied by a localKeyID:
// the one they had, else the JDK's form of the creation date, else, as OpenSSL
// does it, the SHA-1 of the leaf.
func (w *writer) addPrivateKey(e *Entry) error {
	key := w.named(e, e.Key.Attributes)
	if len(e.Chain) == 0 {
		return w.addKey(e.Key, key, false)
	}
	leaf := e.Chain[0]
	leafAttributes := without(leaf.Attributes, OIDTrustedKeyUsage)
	stored, _ := FriendlyName(e.Key.Attributes)
	if kept := e.unchanged() && (w.nameless[e] || stored == e.Alias); !kept {
		leafAttributes = with(leafAttributes, NewFriendlyName(e.Alias))
	}
	id, ok := LocalKeyID(key)
	if !ok {
		id, ok = LocalKeyID(leafAttributes)
	}
	if !ok {
		sum := sha1.Sum(leaf.Raw)
		id = sum[:]
		if !e.Created.IsZero() {
			id = []byte("Time " + strconv.FormatInt(e.Created.UnixMilli(), 10))
		}
	}
	if err := w.addKey(e.Key, with(key, localKeyID(id)), false); err != nil {
		return err
	}
	w.addCertificate(leaf.Raw, with(leafAttributes, localKeyID(id)))
	for _, c := range e.Chain[1:] {
		if !w.certs[string(c.Raw)] {
			w.addCertificate(c.Raw, without(c.Attributes, OIDTrustedKeyUsage))
		}
	}
	return nil
}

func (w *writer) addKey(k *Key, attributes []Attribute, secret bool) error {
	bag := sealedBag{id: oidShroudedBag, attributes: attributes, secret: secret, der: k.Shrouded}
	if k.PKCS8 != nil {
		if w.profile.Key.Scheme == SchemeNone {
			return fmt.Errorf("%w: profile %s leaves nothing encrypted, and a private key must be", ErrUnsupported, w.profile.Name)
		}
		s, err := w.sealer(w.profile.Key)
		if err != nil {
			return err
		}
		bag.der, bag.seal = k.PKCS8, s
	} else if k.Shrouded == nil {
		return ErrLocked
	}
	w.keys = append(w.keys, bag)
	return nil
}

func (w *writer) addCertificate(raw []byte, attributes []Attribute) {
	w.certs[string(raw)] = true
	w.addTyped(oidCertBag, oidX509Certificate, attributes, func(b *cryptobyte.Builder) { b.AddASN1OctetString(raw) })
}

// addTyped writes a bag of the form of certificate, CRL and secret bags.
func (w *writer) addTyped(bag, value asn1.ObjectIdentifier, attributes []Attribute, content func(*cryptobyte.Builder)) {
	w.content = append(w.content, bagOf(bag, attributes, typed(value, content)))
}

func typed(id asn1.ObjectIdentifier, content func(*cryptobyte.Builder)) func(*cryptobyte.Builder) {
	return func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(id)
			b.AddASN1(explicit0, content)
		})
	}
}

func bagOf(id asn1.ObjectIdentifier, attributes []Attribute, value func(*cryptobyte.Builder)) func(*cryptobyte.Builder) {
	return func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(id)
			b.AddASN1(explicit0, value)
			if len(attributes) == 0 {
				return
			}
			b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
				for _, a := range attributes {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier(a.ID)
						b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
							for _, v := range a.Values {
								b.AddBytes(v)
							}
						})
					})
				}
			})
		})
	}
}

// file puts the safes together and seals them.
func (d *Draft) file() ([]byte, error) {
	auth, err := d.w.authenticatedSafe(d.certs)
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(3)
		addContentInfo(b, oidData, func(b *cryptobyte.Builder) { b.AddASN1OctetString(auth) })
		if d.mac != nil && err == nil {
			err = d.w.addMAC(b, *d.mac, d.salt, auth)
		}
	})
	if err != nil {
		return nil, err
	}
	return b.Bytes()
}

func addContentInfo(b *cryptobyte.Builder, id asn1.ObjectIdentifier, content func(*cryptobyte.Builder)) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(id)
		b.AddASN1(explicit0, content)
	})
}

// authenticatedSafe puts the two safes together: what is in the open, and what
// is under certs.
func (w *writer) authenticatedSafe(certs *sealer) ([]byte, error) {
	var open, sealed []byte
	var err error
	if w.keys != nil {
		if open, err = w.keySafe(); err != nil {
			return nil, err
		}
	}
	if w.content != nil {
		var inner cryptobyte.Builder
		inner.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			for _, add := range w.content {
				add(b)
			}
		})
		if sealed, err = inner.Bytes(); err != nil {
			return nil, err
		}
		if certs != nil {
			if sealed, err = certs.encrypt(sealed); err != nil {
				return nil, err
			}
		}
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		if w.keys != nil {
			addContentInfo(b, oidData, func(b *cryptobyte.Builder) { b.AddASN1OctetString(open) })
		}
		switch {
		case w.content == nil:
		case certs == nil:
			addContentInfo(b, oidData, func(b *cryptobyte.Builder) { b.AddASN1OctetString(sealed) })
		default:
			addEncryptedData(b, certs, sealed)
		}
	})
	return b.Bytes()
}

// addEncryptedData writes EncryptedData (RFC 2315 section 13).
func addEncryptedData(b *cryptobyte.Builder, s *sealer, sealed []byte) {
	addContentInfo(b, oidEncryptedData, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(0)
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidData)
				s.algorithm(b)
				b.AddASN1(cbasn1.Tag(0).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(sealed) })
			})
		})
	})
}

func (w *writer) keySafe() ([]byte, error) {
	for i := range w.keys {
		k := &w.keys[i]
		var err error
		if k.later != nil {
			if k.der, err = k.later(); err != nil {
				return nil, err
			}
		}
		if k.seal == nil {
			continue
		}
		if k.der, err = k.seal.encryptedKey(k.der); err != nil {
			return nil, err
		}
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, k := range w.keys {
			value := func(b *cryptobyte.Builder) { b.AddBytes(k.der) }
			if k.secret { // as the JDK has it: a secret bag around a shrouded key
				bagOf(oidSecretBag, k.attributes, typed(oidShroudedBag, func(b *cryptobyte.Builder) { b.AddASN1OctetString(k.der) }))(b)
				continue
			}
			bagOf(k.id, k.attributes, value)(b)
		}
	})
	return b.Bytes()
}

// macKey draws the salt of the MAC and starts its derivation; nil when the
// profile has none.
func (w *writer) macKey() (*kdf, []byte, error) {
	m := w.profile.MAC
	if m.Hash == "" {
		return nil, nil, nil
	}
	salt, err := w.draw(m.SaltLen)
	if err != nil {
		return nil, nil, err
	}
	d := digestByName(m.Hash)
	k := kdf{kind: kdfPKCS12, hash: m.Hash, salt: string(salt), iterations: m.Iterations, length: d.size, purpose: purposeMAC}
	if m.PBMAC1 {
		k.kind, k.purpose = kdfPBKDF2, 0
	}
	w.deriver.start(k)
	return &k, salt, nil
}

// addMAC writes MacData (RFC 7292 section 4, RFC 9579 section 4).
func (w *writer) addMAC(b *cryptobyte.Builder, k kdf, salt, content []byte) error {
	key, err := w.deriver.get(k)
	if err != nil {
		return err
	}
	d := digestByName(k.hash)
	h := hmac.New(d.new, key)
	h.Write(content)
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			if w.profile.MAC.PBMAC1 {
				addAlgorithm(b, oidPBMAC1, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						addPBKDF2(b, k)
						addAlgorithm(b, d.hmacID, addNull)
					})
				})
			} else {
				addAlgorithm(b, d.hashID, addNull)
			}
			b.AddASN1OctetString(h.Sum(nil))
		})
		b.AddASN1OctetString(salt)
		b.AddASN1Int64(int64(k.iterations))
	})
	return nil
}
