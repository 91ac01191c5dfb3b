package keystore

import (
	"context"
	"encoding/asn1"
	"fmt"
	"strconv"
	"strings"

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
	}
	jceksFormat = Format{
		ID:         "jceks",
		Title:      "JCEKS keystore",
		Extensions: []string{".jceks", ".jck"},
		Detect:     detectJKS(jks.JCEKS),
		Decode:     decodeJKS,
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
		entry := s.entryOfJKS(f, e)
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

func (s *Store) entryOfJKS(f *jks.File, e *jks.Entry) *Entry {
	out := &Entry{Alias: e.Alias, JavaAlias: strings.ToLower(e.Alias), Kind: e.Kind}
	if y := e.Created.Year(); y >= 1 && y <= 9999 { // others are no dates, and RFC 3339 has no place for them
		out.Created = e.Created
	}
	if e.Sealed != nil {
		out.Key = &Key{Shrouded: e.Sealed, Protection: f.Protection(e)}
	}
	for i, c := range e.Chain {
		parsed, err := pkcs12x.ParseCertificate(c.Raw)
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

// sealedByJava tells whether a locked key is sealed in the way of JKS or JCEKS,
// which no other format may hold.
func sealedByJava(k *Key) bool {
	return k.PKCS8 == nil && k.Protection != nil && jks.OwnProtection(k.Protection.Name)
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
	{"RC4", asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 4}},
	{"ARCFOUR", asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 4}},
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

// secretKey wraps a secret key as the JDK does in PKCS#12.
func secretKey(algorithm string, secret []byte) (*Key, error) {
	for _, n := range secretKeyNames {
		if strings.EqualFold(n.name, algorithm) {
			return pkcs12x.NewSecretKey(n.id, secret)
		}
	}
	return nil, fmt.Errorf("%w: a secret key for %q, which has no object identifier", pkcs12x.ErrUnsupported, algorithm)
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
