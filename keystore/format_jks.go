package keystore

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // the format has no other
	"encoding/asn1"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"muxkey/keystore/jks"
	"muxkey/pkcs12x"
)

// The two keystore formats of old Java.
var (
	jksFormat = Format{
		ID:         "jks",
		Title:      "JKS keystore",
		Extensions: []string{".jks", ".keystore", ".truststore", ".ks", ".ts"},
		Detect:     detectJKS(jks.JKS),
		Decode:     decodeJKS,
		Encode:     encodeJKS(jks.JKS),
		Refuses:    refusedByJKS(jks.JKS),

		KeepsAliases:  true,
		NeedsPassword: true,
	}
	jceksFormat = Format{
		ID:         "jceks",
		Title:      "JCEKS keystore",
		Extensions: []string{".jceks", ".jck"},
		Detect:     detectJKS(jks.JCEKS),
		Decode:     decodeJKS,
		Encode:     encodeJKS(jks.JCEKS),
		Refuses:    refusedByJKS(jks.JCEKS),

		KeepsAliases:  true,
		NeedsPassword: true,
	}
)

func detectJKS(want jks.Format) func([]byte) Confidence {
	return func(head []byte) Confidence {
		if f, ok := jks.Detect(head); ok && f == want {
			return Sure
		}
		return No
	}
}

// decodeJKS reads both formats. Certificates and names stand in the open, so
// without a password all is listed, unchecked, as keytool does it.
func decodeJKS(ctx context.Context, in *Input) (*Store, error) {
	f, err := jks.Parse(in.Data, in.Limits)
	if err != nil {
		return nil, err
	}
	s := &Store{
		verify:     func(_ context.Context, password string) error { return f.Verify(password) },
		verifyWork: len(in.Data) / sha1.BlockSize,

		Integrity: &pkcs12x.Integrity{Name: fmt.Sprintf("SHA-1 digest (%s)", f.Format), KDF: "SHA1", Iterations: 1},
		Trailing:  f.Trailing,
	}
	password, given, err := in.Password(ctx)
	if err != nil {
		return nil, err
	}
	if given {
		if err := f.Verify(password); err != nil {
			return nil, err
		}
		s.Verified = true
	}
	sealed := map[*Key]*jks.Entry{}
	for _, e := range f.Entries {
		entry := s.entryOfJKS(f, e, in.parse())
		if entry.Key != nil {
			sealed[entry.Key] = e
			if !given {
				entry.Key.Err = pkcs12x.ErrLocked
			}
		}
		s.Entries = append(s.Entries, entry)
	}
	uniqueAliases(s.Entries)
	s.unlock = func(ctx context.Context, k *Key, password string) error {
		open, err := f.UnlockKey(ctx, sealed[k], password)
		return openJKS(k, open, err)
	}
	if given && in.Unlock && (in.UnlockAtMost == 0 || len(sealed) <= in.UnlockAtMost) {
		for i, r := range f.UnlockAll(ctx, password) {
			if k := s.Entries[i].Key; k != nil {
				_ = openJKS(k, r.Key, r.Err) // it is in Key.Err
			}
		}
	}
	s.Protections = protections(nil, s.Entries)
	return s, ctx.Err()
}

func (s *Store) entryOfJKS(f *jks.File, e *jks.Entry, parse func([]byte) (*Certificate, error)) *Entry {
	out := &Entry{Alias: e.Alias, JavaAlias: strings.ToLower(e.Alias), Kind: e.Kind}
	// Other years are no dates, and RFC 3339 has no place for them; 0 is what
	// encodeJKS writes for none.
	if y := e.Created.Year(); y >= 1 && y <= 9999 && e.Created.UnixMilli() != 0 {
		out.Created = e.Created
	}
	if e.Sealed != nil {
		out.Key = &Key{Shrouded: e.Sealed, Protection: f.Protection(e)}
	}
	for i, c := range e.Chain {
		parsed, err := parse(c.Raw)
		switch {
		case err == nil:
			out.Chain = append(out.Chain, parsed)
			continue
		case out.Key == nil:
			out.Kind, out.Value = pkcs12x.Opaque, c.Raw
		}
		s.Skipped = append(s.Skipped, Skipped{What: fmt.Sprintf("certificate %d of %q and what follows it, of type %q", i+1, e.Alias, c.Type)})
		break // without it, what follows is no chain of this key
	}
	return out
}

// openJKS puts an open key, or the reason why it is not, into k.
func openJKS(k *Key, open *jks.Key, err error) error {
	if err == nil && open.Private == nil {
		open.Private, err = secretKey(open.Algorithm, open.Secret)
	}
	if err != nil {
		k.Err = err
		return err
	}
	shrouded, protection := k.Shrouded, k.Protection
	*k = *open.Private
	k.Shrouded, k.Protection = shrouded, protection
	return nil
}

// encodeJKS writes both formats. Aliases are in small letters as Java has them:
// it finds no others.
func encodeJKS(format jks.Format) func(context.Context, io.Reader, []*Entry, Encoding) ([]byte, error) {
	return func(ctx context.Context, rand io.Reader, entries []*Entry, enc Encoding) ([]byte, error) {
		f := &jks.File{Format: format, Version: 2}
		taken := map[string]string{}
		for _, e := range entries {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			out := &jks.Entry{Alias: strings.ToLower(e.Alias), Kind: e.Kind, Created: e.Created}
			if other, ok := taken[out.Alias]; ok {
				return nil, fmt.Errorf("%w: %q and %q", pkcs12x.ErrDuplicateAlias, other, e.Alias)
			}
			taken[out.Alias] = e.Alias
			if e.Created.IsZero() {
				out.Created = time.UnixMilli(0) // there is no other way to say that it is not known
			}
			for _, c := range e.Chain {
				out.Chain = append(out.Chain, jks.Certificate{Type: "X.509", Raw: c.Raw})
			}
			if e.Key != nil {
				var err error
				if out.Sealed, err = sealForJKS(ctx, rand, format, e, enc.keyPassword(e)); err != nil {
					return nil, fmt.Errorf("sealing the key of %q: %w", e.Alias, err)
				}
			}
			f.Entries = append(f.Entries, out)
		}
		return f.Encode(enc.Password)
	}
}

// sealForJKS gives the sealed key of an entry: the octets that were read where
// they serve, else new ones.
func sealForJKS(ctx context.Context, rand io.Reader, format jks.Format, e *Entry, password string) ([]byte, error) {
	k := e.Key
	if k.PKCS8 == nil || protectedBy(format, k) && opensInJKS(ctx, format, e, password) {
		return k.Shrouded, nil
	}
	if e.Kind != pkcs12x.SecretKey {
		return format.SealPrivateKey(rand, k.PKCS8, password, jks.DefaultIterations)
	}
	secret, err := k.Secret()
	if err != nil {
		return nil, err
	}
	return jks.SealSecretKey(rand, SecretKeyName(k.Algorithm), secret, password, jks.DefaultIterations)
}

// opensInJKS tells whether a sealed key opens with a password.
func opensInJKS(ctx context.Context, format jks.Format, e *Entry, password string) bool {
	alone := &jks.File{Format: format, Version: 2, Entries: []*jks.Entry{{Kind: e.Kind, Sealed: e.Key.Shrouded}}}
	data, err := alone.Encode("")
	if err != nil {
		return false
	}
	f, err := jks.Parse(data, pkcs12x.DefaultLimits())
	if err != nil {
		return false
	}
	_, err = f.UnlockKey(ctx, f.Entries[0], password)
	return err == nil
}

// refusedByJKS leaves plain certificates to muxkey import: in these formats a
// certificate that stands alone is trusted, and that is not for a conversion
// to decide.
func refusedByJKS(format jks.Format) func(*Entry, Encoding) string {
	return func(e *Entry, _ Encoding) string {
		switch {
		case e.Kind == pkcs12x.Opaque:
			return "its type is not known"
		case e.Kind == pkcs12x.PlainCertificate:
			return string(format) + " holds trusted certificates only, and this one is not marked as such"
		case e.Kind == pkcs12x.SecretKey && format != jks.JCEKS:
			return string(format) + " has no place for a secret key, JCEKS has"
		case e.Kind != pkcs12x.PrivateKey && e.Kind != pkcs12x.TrustedCertificate && e.Kind != pkcs12x.SecretKey:
			return string(format) + " has no place for a " + string(e.Kind)
		case e.Key != nil && e.Key.PKCS8 == nil && !heldByJKS(format, e.Key):
			return "its key is locked"
		case e.Kind == pkcs12x.SecretKey && e.Key.PKCS8 != nil && SecretKeyName(e.Key.Algorithm) == "":
			return "Java has no name for the algorithm " + e.Key.Algorithm.String() + " of its key"
		}
		return ""
	}
}

// protectedBy tells whether a key is sealed in the way that a format has by
// itself; JCEKS may hold those of JKS as well.
func protectedBy(format jks.Format, k *Key) bool {
	return k.Shrouded != nil && k.Protection != nil && jks.OwnProtection(k.Protection.Name) &&
		strings.HasPrefix(k.Protection.Name, string(format)+" ")
}

// heldByJKS tells whether a format may hold a locked key as it is.
func heldByJKS(format jks.Format, k *Key) bool {
	return protectedBy(format, k) || format == jks.JCEKS && k.Shrouded != nil && sealedByJava(k)
}

// sealedByJava tells whether a locked key is sealed in the way of JKS or JCEKS,
// which no other format may hold. Secret keys of a class or cipher that is not
// known are still serialised objects of Java, which begin with two octets of
// their own (Java Object Serialization Specification, 6.4.2).
func sealedByJava(k *Key) bool {
	return k.PKCS8 == nil && (k.Protection != nil && jks.OwnProtection(k.Protection.Name) || bytes.HasPrefix(k.Shrouded, []byte{0xac, 0xed}))
}

// sealedElsewhere tells whether a locked key is sealed in a way that is a
// format's own.
func sealedElsewhere(k *Key) bool {
	return sealedByJava(k) || sealedByBouncy(k) || sealedByBCFKS(k)
}

// SecretKeyName is Java's name for the algorithm of a secret key; empty when it
// has none.
func SecretKeyName(id asn1.ObjectIdentifier) string {
	for _, n := range secretKeyNames {
		if n.id.Equal(id) {
			return n.name
		}
	}
	return ""
}

// secretKeyNames are Java's names for the algorithms of secret keys, and the
// identifiers under which it puts them into PKCS#12
// (sun.security.util.KnownOIDs). The last three it cannot put there.
var secretKeyNames = []struct {
	name string
	id   asn1.ObjectIdentifier
}{
	{"AES", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1}},
	{"DES", asn1.ObjectIdentifier{1, 3, 14, 3, 2, 7}},
	{"DESede", asn1.ObjectIdentifier{1, 3, 14, 3, 2, 17}},
	{"ARCFOUR", asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 4}},
	{"RC4", asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 4}},
	{"HmacSHA1", asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 7}},
	{"HmacSHA224", asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 8}},
	{"HmacSHA256", asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}},
	{"HmacSHA384", asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 10}},
	{"HmacSHA512", asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 11}},
	{"HmacSHA512/224", asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 12}},
	{"HmacSHA512/256", asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 13}},
	{"HmacSHA3-224", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 13}},
	{"HmacSHA3-256", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 14}},
	{"HmacSHA3-384", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 15}},
	{"HmacSHA3-512", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 16}},
	{"ChaCha20-Poly1305", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 3, 18}},
	{"PBEWithMD5AndDES", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 3}},
	{"HmacMD5", asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 8, 1, 1}},
	{"RC2", asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 2}},
	{"Blowfish", asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 3029, 1, 2}},
}

// SecretKeyID is the identifier under which Java puts a secret key of an algorithm
// into PKCS#12. The name is compared without case.
func SecretKeyID(algorithm string) (id asn1.ObjectIdentifier, ok bool) {
	for _, n := range secretKeyNames {
		if strings.EqualFold(n.name, algorithm) {
			return n.id, true
		}
	}
	return nil, false
}

// secretKey wraps a secret key as the JDK does in PKCS#12.
func secretKey(algorithm string, secret []byte) (*Key, error) {
	id, ok := SecretKeyID(algorithm)
	if !ok {
		return nil, fmt.Errorf("%w: a secret key for %q, which has no object identifier", pkcs12x.ErrUnsupported, algorithm)
	}
	return pkcs12x.NewSecretKey(id, secret)
}

// uniqueAliases puts "-2", "-3" ... behind names that differ from an earlier one
// in case only, or not at all; an entry without a name gets a number.
func uniqueAliases(entries []*Entry) {
	taken := map[string]bool{}
	var again []*Entry
	for _, e := range entries {
		if key := strings.ToLower(e.Alias); e.Alias == "" || taken[key] {
			again = append(again, e)
		} else {
			taken[key] = true
		}
	}
	next := map[string]int{}
	for _, e := range again {
		base, first := e.Alias+"-", 2
		if e.Alias == "" {
			base, first = "", 1
		}
		key := strings.ToLower(base)
		n := max(next[key], first)
		for taken[key+strconv.Itoa(n)] {
			n++
		}
		next[key] = n + 1
		e.Alias = base + strconv.Itoa(n)
		taken[key+strconv.Itoa(n)] = true
	}
}
