package keystore

import (
	"context"
	"encoding/asn1"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/keystore/bks"
	"muxkey/pkcs12x"
)

// The old keystore formats of Bouncy Castle. The versions of BKS are two formats
// here, as they are in Bouncy Castle, so that an edit keeps the version: what
// needs the first reads no other.
var (
	bksFormat = Format{
		ID:         "bks",
		Title:      "BKS keystore (Bouncy Castle)",
		Extensions: []string{".bks"},
		Detect:     detectBKS(bks.BKS, 2),
		Decode:     decodeBKS,
		Encode:     encodeBKS(bks.BKS, 2),
		Refuses:    refusedByBKS,

		KeepsAliases:  true,
		NeedsPassword: true,
	}
	bksV1Format = Format{
		ID:         "bks-v1",
		Title:      "BKS version 1 keystore (Bouncy Castle)",
		Extensions: []string{".bks", ".bksv1"},
		Detect:     detectBKS(bks.BKS, 0, 1),
		Decode:     decodeBKS,
		Encode:     encodeBKS(bks.BKS, 1),
		Refuses:    refusedByBKS,

		KeepsAliases:  true,
		NeedsPassword: true,
	}
	uberFormat = Format{
		ID:         "uber",
		Title:      "UBER keystore (Bouncy Castle)",
		Extensions: []string{".uber", ".ubr"},
		Detect:     detectBKS(bks.UBER, 0, 1),
		Decode:     decodeBKS,
		Encode:     encodeBKS(bks.UBER, 1),
		Refuses:    refusedByBKS,

		KeepsAliases:  true,
		NeedsPassword: true,
	}
)

func detectBKS(want bks.Format, versions ...int) func([]byte) Confidence {
	return func(head []byte) Confidence {
		f, version, sure := bks.Detect(head)
		for _, v := range versions {
			switch {
			case f != want || v != version:
			case sure:
				return Sure
			default:
				return Likely
			}
		}
		return No
	}
}

// decodeBKS reads the three formats. In BKS certificates and names stand in the
// open, so without a password all is listed, unchecked, as Bouncy Castle does it;
// UBER is closed as a whole.
func decodeBKS(ctx context.Context, in *Input) (*Store, error) {
	f, err := bks.Parse(in.Data, in.Limits)
	if err != nil {
		return nil, err
	}
	s := &Store{Integrity: integrityOfBKS(f), limits: in.Limits}
	password, given, err := in.Password(ctx)
	if err != nil {
		return nil, err
	}
	var list []pkcs12x.Protection
	if p := f.StoreProtection(); p != nil {
		list = []pkcs12x.Protection{*p}
		if !given {
			s.Locked = []error{pkcs12x.ErrLocked}
		}
	}
	if given {
		if err := f.Open(ctx, password); err != nil {
			return nil, err
		}
		s.Verified = true
	}
	s.Trailing = f.Trailing
	b := bksStore{s, f, map[*Key]sealedInBKS{}}
	for _, e := range f.Entries {
		entry := b.entry(e)
		if entry.Key != nil && !given {
			entry.Key.Err = pkcs12x.ErrLocked
		}
		s.Entries = append(s.Entries, entry)
	}
	uniqueAliases(s.Entries)
	s.unlock = b.unlock
	b.unlockAll(ctx, in, password, given)
	s.Protections = protections(append(list, b.weakest()...), nil)
	return s, ctx.Err()
}

func integrityOfBKS(f *bks.File) *pkcs12x.Integrity {
	switch {
	case f.Format == bks.UBER:
		return &pkcs12x.Integrity{Name: "SHA-1 digest under the encryption (UBER)", KDF: "PKCS12-SHA1", Iterations: f.Iterations}
	case f.Version < 2:
		return &pkcs12x.Integrity{Name: "HMAC-SHA1 with a key of 16 bits (BKS version 1, CVE-2018-5382)", KDF: "PKCS12-SHA1", Iterations: f.Iterations}
	}
	return &pkcs12x.Integrity{Name: "HMAC-SHA1 (BKS)", KDF: "PKCS12-SHA1", Iterations: f.Iterations}
}

// bksStore fills a store from a file.
type bksStore struct {
	*Store

	file   *bks.File
	sealed map[*Key]sealedInBKS
}

type sealedInBKS struct {
	from *bks.Entry
	to   *Entry
}

func (b bksStore) entry(e *bks.Entry) *Entry {
	out := &Entry{Alias: e.Alias, JavaAlias: e.Alias}
	// Other years are no dates, and RFC 3339 has no place for them; 0 is what
	// encodeBKS writes for none.
	if y := e.Created.Year(); y >= 1 && y <= 9999 && e.Created.UnixMilli() != 0 {
		out.Created = e.Created
	}
	switch e.Type {
	case bks.CertificateEntry:
		out.Kind = pkcs12x.TrustedCertificate
		if out.Chain = b.chain(e.Alias, []bks.Certificate{*e.Certificate}); out.Chain == nil {
			out.Kind, out.Value = pkcs12x.Opaque, e.Certificate.Raw
		}
		if len(e.Chain) > 0 {
			b.Skipped = append(b.Skipped, Skipped{What: fmt.Sprintf("the chain of %q, which is no key", e.Alias)})
		}
		return out
	case bks.SecretEntry:
		out.Kind, out.Value = pkcs12x.SecretKey, e.Content
		if k := pkcs12x.NewShroudedKey(e.Content, nil, b.limits); k != nil {
			out.Kind, out.Value, out.Key = pkcs12x.PrivateKey, nil, k
			if k.Err == nil {
				k.Err = pkcs12x.ErrLocked // it was given as closed already, so with a password of its own
			}
		}
	default:
		// What kind of key it is stands inside; this is what is likely while it is
		// closed. Bouncy Castle takes no private key without a chain.
		out.Kind = pkcs12x.SecretKey
		if len(e.Chain) > 0 {
			out.Kind = pkcs12x.PrivateKey
		}
		out.Key = &Key{Protection: b.file.Protection(e)}
		if e.Type == bks.SealedEntry {
			out.Key.Shrouded = e.Content
		}
	}
	if out.Key != nil {
		b.sealed[out.Key] = sealedInBKS{e, out}
	}
	out.Chain = b.chain(e.Alias, e.Chain)
	return out
}

// chain looks into certificates, up to the first that is none: what follows it
// is no chain.
func (b bksStore) chain(alias string, list []bks.Certificate) []*Certificate {
	var out []*Certificate
	for i, c := range list {
		parsed, err := pkcs12x.ParseCertificate(c.Raw)
		if err != nil {
			b.Skipped = append(b.Skipped, Skipped{What: fmt.Sprintf("certificate %d of %q and what follows it, of type %q", i+1, alias, c.Type)})
			break
		}
		out = append(out, parsed)
	}
	return out
}

// weakest are the schemes of the keys, each with the fewest iterations there are:
// Bouncy Castle draws another number for every key.
func (b bksStore) weakest() []pkcs12x.Protection {
	var list []pkcs12x.Protection
	for _, e := range b.Entries {
		if e.Key == nil || e.Key.Protection == nil {
			continue
		}
		p := *e.Key.Protection
		i := slices.IndexFunc(list, func(q pkcs12x.Protection) bool { return q.Name == p.Name })
		switch {
		case i < 0:
			list = append(list, p)
		case p.Iterations < list[i].Iterations:
			list[i] = p
		}
	}
	return list
}

// unlockAll opens what stands in the open, and with a password the sealed keys,
// asked for or not: nothing else tells for sure what kind of key they are.
func (b bksStore) unlockAll(ctx context.Context, in *Input, password string, given bool) {
	given = given && (in.UnlockAtMost == 0 || len(b.sealed) <= in.UnlockAtMost)
	results := b.file.UnlockAll(ctx, password, func(e *bks.Entry) bool {
		return e.Type == bks.PlainEntry || e.Type == bks.SealedEntry && given
	})
	for i, r := range results {
		if e := b.Entries[i]; r.Key != nil || r.Err != nil {
			_ = opened(e, e.Key, r.Key, r.Err) // it is in Key.Err
		}
	}
}

func (b bksStore) unlock(ctx context.Context, k *Key, password string) error {
	s := b.sealed[k]
	if s.from.Type == bks.SecretEntry {
		return b.unseal(ctx, k, password, b.limits)
	}
	open, err := b.file.UnlockKey(ctx, s.from, password)
	if err == nil && open.Type == bks.PublicKey {
		// Who unlocks the key of an entry wants to find it there, and that of a
		// PublicKey has none.
		err = fmt.Errorf("%w: what is sealed under a password of its own is a public key", pkcs12x.ErrUnsupported)
	}
	return opened(s.to, k, open, err)
}

// opened puts an open key, or the reason why it is not, into k, and what kind of
// key it is into its entry.
func opened(e *Entry, k *Key, open *bks.Key, err error) error {
	var inside *Key
	kind := e.Kind
	switch {
	case err != nil:
	case open.Type == bks.PrivateKey:
		kind, inside = pkcs12x.PrivateKey, open.Private
	case open.Type == bks.SecretKey:
		kind = pkcs12x.SecretKey
		inside, err = secretKey(open.Algorithm, open.Encoded)
	default:
		e.Kind, e.Value, e.Key = PublicKey, open.Encoded, nil
		return nil
	}
	if err != nil {
		k.Err = err
		return err
	}
	shrouded, protection := k.Shrouded, k.Protection
	e.Kind, *k = kind, *inside
	k.Shrouded, k.Protection = shrouded, protection
	return nil
}

// encodeBKS writes the three formats. Aliases stay as they are: Bouncy Castle
// tells capitals and small letters apart.
func encodeBKS(format bks.Format, version int) func(context.Context, io.Reader, []*Entry, Encoding) ([]byte, error) {
	return func(ctx context.Context, rand io.Reader, entries []*Entry, enc Encoding) ([]byte, error) {
		f := &bks.File{Format: format, Version: version}
		taken := map[string]string{}
		for _, e := range entries {
			key := strings.ToLower(e.Alias)
			if other, ok := taken[key]; ok {
				return nil, fmt.Errorf("%w: %q and %q", pkcs12x.ErrDuplicateAlias, other, e.Alias)
			}
			taken[key] = e.Alias
			out, err := entryForBKS(ctx, rand, e, enc.keyPassword(e))
			if err != nil {
				return nil, fmt.Errorf("sealing the key of %q: %w", e.Alias, err)
			}
			f.Entries = append(f.Entries, out)
		}
		return f.Encode(ctx, rand, enc.Password)
	}
}

func entryForBKS(ctx context.Context, rand io.Reader, e *Entry, password string) (*bks.Entry, error) {
	out := &bks.Entry{Alias: e.Alias, Type: bks.SealedEntry, Created: e.Created}
	if e.Created.IsZero() {
		out.Created = time.UnixMilli(0) // there is no other way to say that it is not known
	}
	for _, c := range e.Chain {
		out.Chain = append(out.Chain, bks.Certificate{Type: "X.509", Raw: c.Raw})
	}
	var key bks.Key
	switch k := e.Key; {
	case e.Kind == pkcs12x.TrustedCertificate && len(e.Chain) == 1:
		out.Type, out.Certificate, out.Chain = bks.CertificateEntry, &out.Chain[0], nil
		return out, nil
	case e.Kind == PublicKey:
		key = bks.Key{Type: bks.PublicKey, Algorithm: javaKeyName(algorithmOfSPKI(e.Value)), Encoded: e.Value}
	case k == nil:
		out.Type, out.Content = bks.SecretEntry, e.Value
		return out, nil
	case k.PKCS8 == nil || sealedByBouncy(k) && opensInBKS(ctx, k, password):
		out.Content = k.Shrouded
		return out, nil
	case e.Kind == pkcs12x.SecretKey:
		secret, err := k.Secret()
		if err != nil {
			return nil, err
		}
		key = bks.Key{Type: bks.SecretKey, Algorithm: SecretKeyName(k.Algorithm), Encoded: secret}
	default:
		key = bks.Key{Type: bks.PrivateKey, Algorithm: javaKeyName(k.Algorithm), Encoded: k.PKCS8}
	}
	var err error
	out.Content, err = bks.Seal(ctx, rand, key, password, bks.DefaultIterations)
	return out, err
}

// sealedByBouncy tells whether a key is sealed in the way of BKS and UBER, which no
// other format may hold.
func sealedByBouncy(k *Key) bool {
	return k.Shrouded != nil && k.Protection != nil && bks.OwnProtection(k.Protection.Name)
}

// opensInBKS tells whether a sealed key opens with a password.
func opensInBKS(ctx context.Context, k *Key, password string) bool {
	_, err := (&bks.File{}).UnlockKey(ctx, &bks.Entry{Type: bks.SealedEntry, Content: k.Shrouded}, password)
	return err == nil
}

// refusedByBKS leaves plain certificates to muxkey import, as refusedByJKS does.
func refusedByBKS(e *Entry, _ Encoding) string {
	switch {
	case e.Kind == pkcs12x.Opaque:
		return "its type is not known"
	case e.Kind == pkcs12x.PlainCertificate:
		return "BKS holds trusted certificates only, and this one is not marked as such"
	case e.Kind == pkcs12x.CRL || e.Kind == CSR:
		return "BKS has no place for a " + string(e.Kind)
	case e.Key != nil && e.Key.PKCS8 == nil && !sealedByBouncy(e.Key):
		return "its key is locked"
	case e.Kind == pkcs12x.SecretKey && e.Key == nil && e.Type != nil:
		return "its secret is in the form " + e.Type.String() + " of PKCS#12"
	case e.Kind == pkcs12x.SecretKey && e.Key != nil && e.Key.PKCS8 != nil && SecretKeyName(e.Key.Algorithm) == "":
		return "Java has no name for the algorithm " + e.Key.Algorithm.String() + " of its key"
	}
	return ""
}

// algorithmOfSPKI returns the algorithm of a SubjectPublicKeyInfo.
func algorithmOfSPKI(der []byte) asn1.ObjectIdentifier {
	in := cryptobyte.String(der)
	var body, algorithm cryptobyte.String
	var id asn1.ObjectIdentifier
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&id) {
		return nil
	}
	return id
}

// javaKeyName is Java's name for the algorithm of a key pair. Where Java has none,
// Bouncy Castle takes the identifier itself.
func javaKeyName(id asn1.ObjectIdentifier) string {
	for _, n := range javaKeyNames {
		if n.id.Equal(id) {
			return n.name
		}
	}
	return id.String()
}

// javaKeyNames are the names of Java's KeyFactory. Early Bouncy Castle went by
// them; since 1.46 it goes by the encoded key.
var javaKeyNames = []struct {
	name string
	id   asn1.ObjectIdentifier
}{
	{"RSA", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}},
	{"RSASSA-PSS", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}},
	{"DH", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 3, 1}},
	{"DSA", asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}},
	{"EC", asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}},
	{"X25519", asn1.ObjectIdentifier{1, 3, 101, 110}},
	{"X448", asn1.ObjectIdentifier{1, 3, 101, 111}},
	{"Ed25519", asn1.ObjectIdentifier{1, 3, 101, 112}},
	{"Ed448", asn1.ObjectIdentifier{1, 3, 101, 113}},
}
