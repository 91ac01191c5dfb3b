package keystore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"muxkey/keystore/bcfks"
	"muxkey/pkcs12x"
)

var bcfksFormat = Format{
	ID:         "bcfks",
	Title:      "BCFKS keystore",
	Extensions: []string{".bcfks", ".bcfips", ".fips"},
	Detect: func(head []byte) Confidence {
		if bcfks.Detect(head) {
			return Sure
		}
		return No
	},
	Decode:  decodeBCFKS,
	Encode:  encodeBCFKS,
	Refuses: refusedByBCFKS,

	KeepsAliases:  true,
	NeedsPassword: true,
}

// bcfksStore is what a file has that entries have no place for.
type bcfksStore struct {
	file    *bcfks.File
	entries map[*Entry]*bcfks.Entry
}

func (s *Store) bcfksEntry(e *Entry) *bcfks.Entry {
	if s == nil || s.bcfks == nil {
		return nil
	}
	return s.bcfks.entries[e]
}

// decodeBCFKS asks for a password before anything is shown, as nothing stands in
// the open. Signed files have none; there it is for the keys.
func decodeBCFKS(ctx context.Context, in *Input) (*Store, error) {
	f, err := bcfks.Parse(in.Data, in.Limits)
	if err != nil {
		return nil, err
	}
	s := &Store{Integrity: &f.Integrity, Trailing: f.Trailing, bcfks: &bcfksStore{f, map[*Entry]*bcfks.Entry{}}}
	opened := false
	if f.Signed {
		err := f.Open(ctx, "")
		if opened = err == nil; !opened && !errors.Is(err, pkcs12x.ErrPassword) && !errors.Is(err, pkcs12x.ErrUnsupported) {
			return nil, err
		}
	}
	password, given, err := in.Password(ctx)
	if err != nil {
		return nil, err
	}
	if given && !opened {
		err := f.Open(ctx, password)
		switch opened = err == nil; {
		case errors.Is(err, pkcs12x.ErrUnsupported):
			s.Locked = append(s.Locked, err)
		case err != nil:
			return nil, err
		}
	} else if !opened && f.Protection != nil {
		s.Locked = append(s.Locked, pkcs12x.ErrLocked)
	}
	s.Verified = opened && f.Verified
	s.addBCFKS(ctx, f, in, password, given)
	return s, ctx.Err()
}

// addBCFKS makes entries of the content, and opens the keys that password opens.
func (s *Store) addBCFKS(ctx context.Context, f *bcfks.File, in *Input, password string, given bool) {
	sealed := map[*Key]*bcfks.Entry{}
	for _, e := range f.Entries {
		entry := s.entryOfBCFKS(e, in.Limits)
		s.bcfks.entries[entry] = e
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
		open, err := sealed[k].Unlock(ctx, password, in.Limits)
		return openBCFKS(k, open, err)
	}
	if given && in.Unlock && (in.UnlockAtMost == 0 || len(sealed) <= in.UnlockAtMost) {
		for i, r := range f.UnlockAll(ctx, password) {
			if k := s.Entries[i].Key; k != nil {
				_ = openBCFKS(k, r.Key, r.Err) // it is in Key.Err
			}
		}
	}
	var store []pkcs12x.Protection
	if f.Protection != nil {
		store = append(store, *f.Protection)
	}
	s.Protections = protections(store, s.Entries)
}

func (s *Store) entryOfBCFKS(e *bcfks.Entry, l pkcs12x.Limits) *Entry {
	out := &Entry{Alias: e.Alias, JavaAlias: e.Alias, Kind: e.Kind, Created: dateOfBCFKS(e)}
	if e.Kind == pkcs12x.Opaque {
		out.Value = e.Data
		return out
	}
	if e.Sealed != nil {
		out.Key = &Key{Shrouded: e.Sealed, Protection: e.Protection(l)}
	}
	for i, raw := range e.Chain {
		c, err := pkcs12x.ParseCertificate(raw)
		switch {
		case err == nil:
			out.Chain = append(out.Chain, c)
			continue
		case out.Key == nil:
			out.Kind, out.Value = pkcs12x.Opaque, raw
		default:
			s.Skipped = append(s.Skipped, Skipped{What: fmt.Sprintf("certificate %d of %q and what follows it", i+1, e.Alias)})
		}
		break // without it, what follows is no chain of this key
	}
	return out
}

// dateOfBCFKS is the date that Java shows; the beginning of its time is what
// encodeBCFKS writes for none.
func dateOfBCFKS(e *bcfks.Entry) time.Time {
	if e.Modified.Unix() == 0 {
		return time.Time{}
	}
	return e.Modified
}

// openBCFKS puts an open key, or the reason why it is not, into k.
func openBCFKS(k, open *Key, err error) error {
	if err != nil {
		k.Err = err
		return err
	}
	shrouded, protection := k.Shrouded, k.Protection
	*k = *open
	k.Shrouded, k.Protection = shrouded, protection
	return nil
}

// encodeBCFKS keeps the algorithms of a store that is edited, and what it knew of
// entries that are still there.
func encodeBCFKS(ctx context.Context, rand io.Reader, entries []*Entry, enc Encoding) ([]byte, error) {
	f := &bcfks.File{Algorithms: bcfks.DefaultAlgorithms()}
	if enc.Old != nil && enc.Old.bcfks != nil {
		old := enc.Old.bcfks.file
		if old.Signed {
			return nil, fmt.Errorf("its signature cannot be made again: %w", ErrReadOnly)
		}
		f.Algorithms, f.Created, f.Modified, f.Comment = old.Algorithms, old.Created, old.Modified, old.Comment
	}
	for _, e := range entries {
		out, err := entryForBCFKS(ctx, rand, f.Algorithms, e, enc)
		if err != nil {
			return nil, fmt.Errorf("sealing the key of %q: %w", e.Alias, err)
		}
		f.Entries = append(f.Entries, out)
		// There is no clock here; a store is as old as its oldest entry, and
		// changed when its newest was.
		if f.Created.IsZero() || !out.Created.IsZero() && out.Created.Before(f.Created) {
			f.Created = out.Created
		}
		if out.Modified.After(f.Modified) {
			f.Modified = out.Modified
		}
	}
	return f.Encode(ctx, rand, enc.Password)
}

func entryForBCFKS(ctx context.Context, rand io.Reader, a bcfks.Algorithms, e *Entry, enc Encoding) (*bcfks.Entry, error) {
	out := &bcfks.Entry{Alias: e.Alias, Kind: e.Kind, Created: e.Created, Modified: e.Created}
	old := enc.Old.bcfksEntry(e)
	if old != nil {
		out.Comment, out.Protected, out.Type, out.Data = old.Comment, old.Protected, old.Type, old.Data
		if e.Created.Equal(dateOfBCFKS(old)) {
			out.Created, out.Modified = old.Created, old.Modified
		}
		if e.Kind == pkcs12x.Opaque {
			out.Kind, out.Chain = old.Kind, old.Chain
			return out, nil
		}
	}
	for _, c := range e.Chain {
		out.Chain = append(out.Chain, c.Raw)
	}
	k, password := e.Key, enc.keyPassword(e)
	if k == nil {
		return out, nil
	}
	if sealed := (&bcfks.Entry{Kind: e.Kind, Sealed: k.Shrouded}); k.PKCS8 == nil || sealedByBCFKS(k) && opensInBCFKS(ctx, sealed, password) {
		out.Sealed, out.Protected = k.Shrouded, out.Protected || old == nil && k.PKCS8 == nil
		return out, nil
	}
	out.Protected = false
	var err error
	if e.Kind != pkcs12x.SecretKey {
		out.Sealed, err = a.SealPrivateKey(ctx, rand, k.PKCS8, password)
		return out, err
	}
	secret, err := k.Secret()
	if err != nil {
		return nil, err
	}
	out.Sealed, err = a.SealSecretKey(ctx, rand, k.Algorithm, secret, password)
	return out, err
}

func opensInBCFKS(ctx context.Context, e *bcfks.Entry, password string) bool {
	_, err := e.Unlock(ctx, password, pkcs12x.DefaultLimits())
	return err == nil
}

// sealedByBCFKS tells whether a key is sealed in the way of this format, which no
// other may hold.
func sealedByBCFKS(k *Key) bool {
	return k.Shrouded != nil && k.Protection != nil && bcfks.OwnProtection(k.Protection.Name)
}

// refusedByBCFKS leaves plain certificates to muxkey import, as refusedByJKS
// does. What an edited store had before it may keep.
func refusedByBCFKS(e *Entry, enc Encoding) string {
	if enc.Old.bcfksEntry(e) != nil {
		return ""
	}
	const title = "BCFKS"
	switch {
	case e.Kind == pkcs12x.Opaque:
		return "its type is not known"
	case e.Kind == pkcs12x.PlainCertificate:
		return title + " holds trusted certificates only, and this one is not marked as such"
	case e.Kind != pkcs12x.PrivateKey && e.Kind != pkcs12x.TrustedCertificate && e.Kind != pkcs12x.SecretKey, e.Kind != pkcs12x.TrustedCertificate && e.Key == nil:
		return title + " has no place for a " + string(e.Kind)
	case e.Kind == pkcs12x.PrivateKey && len(e.Chain) == 0:
		return title + " needs a certificate with each private key"
	case e.Key != nil && e.Key.PKCS8 == nil && !sealedByBCFKS(e.Key):
		return "its key is locked"
	case e.Kind == pkcs12x.SecretKey && e.Key.PKCS8 != nil && !bcfks.TakesSecretKey(e.Key.Algorithm):
		return "Bouncy Castle has no place for a secret key of algorithm " + e.Key.Algorithm.String()
	}
	return ""
}
