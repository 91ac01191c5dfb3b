package keystore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"muxkey/pkcs12x"
)

var pkcs12Format = Format{
	ID:         "pkcs12",
	Title:      "PKCS#12 keystore",
	Extensions: []string{".p12", ".pfx", ".pkcs12"},
	Detect: func(head []byte) Confidence {
		if pkcs12x.Detect(head) {
			return Sure
		}
		return No
	},
	Decode: decodePKCS12,
	Encode: encodePKCS12,
	Refuses: func(entry *Entry, e Encoding) string {
		switch {
		case entry.Kind == CSR, entry.Kind == PublicKey:
			return "PKCS#12 has no place for a " + string(entry.Kind)
		case entry.Key != nil && entry.Key.PKCS8 == nil && (entry.Key.Shrouded == nil || sealedElsewhere(entry.Key)):
			return "its key is locked"
		case entry.Kind == pkcs12x.SecretKey && entry.Key == nil && entry.Type == nil:
			return "its secret has no type, which PKCS#12 wants"
		case entry.Key != nil && e.Profile.Key.Scheme == pkcs12x.SchemeNone:
			return "profile " + e.Profile.Name + " encrypts nothing"
		}
		return ""
	},
	KeepsAliases:  true,
	NeedsPassword: true,
	TakesProfile:  true,
}

func encodePKCS12(ctx context.Context, rand io.Reader, entries []*Entry, e Encoding) ([]byte, error) {
	entries = slices.Clone(entries)
	for i, entry := range entries {
		own, ok := e.KeyPasswords[entry.Alias]
		if !ok || entry.Key == nil || entry.Key.PKCS8 == nil {
			continue
		}
		sealed, err := pkcs12x.ShroudKey(ctx, rand, entry.Key.PKCS8, own, e.Profile.Key)
		if err != nil {
			return nil, fmt.Errorf("sealing the key of %q: %w", entry.Alias, err)
		}
		twin := *entry
		twin.Key = pkcs12x.NewShroudedKey(sealed, entry.Key.Attributes, pkcs12x.DefaultLimits())
		entries[i] = &twin
	}
	return e.Profile.Encode(ctx, rand, e.Password, entries)
}

func decodePKCS12(ctx context.Context, in *Input) (*Store, error) {
	f, err := pkcs12x.Parse(in.Data, in.Limits)
	if err != nil {
		return nil, err
	}
	s := &Store{PKCS12: f, Integrity: f.Integrity, Trailing: f.Trailing, unlock: f.UnlockKey, verifyWork: f.VerifyWork()}
	if f.Integrity != nil {
		s.verify = f.Verify
	}
	content, err := openPKCS12(ctx, f, in, s)
	if err != nil {
		return nil, err
	}
	s.Entries, s.Features = content.Entries, content.Features
	s.Locked = append(s.Locked, content.Locked...)
	var list []pkcs12x.Protection
	for _, safe := range f.Safes {
		if safe.Protection != nil {
			list = append(list, *safe.Protection)
		}
	}
	s.Protections = protections(list, s.Entries)
	return s, nil
}

// openPKCS12 asks for the password when there is something to check or to
// decrypt with it. A MAC that cannot be computed does not hide what stands in
// the open.
func openPKCS12(ctx context.Context, f *pkcs12x.File, in *Input, s *Store) (*pkcs12x.Store, error) {
	peek := f.Peek()
	needed := f.Integrity != nil
	for _, safe := range f.Safes {
		needed = needed || safe.Protection != nil
	}
	keys := 0
	for _, e := range peek.Entries {
		if e.Key != nil && e.Key.Shrouded != nil {
			keys++
		}
	}
	unlock := in.Unlock && (in.UnlockAtMost == 0 || keys <= in.UnlockAtMost)
	needed = needed || unlock && keys > 0
	if !needed {
		return peek, nil
	}
	password, ok, err := in.Password(ctx)
	if err != nil {
		return nil, err
	}
	if !ok {
		return peek, nil
	}
	open := f.List
	if unlock {
		open = f.Unlock
	}
	content, err := open(ctx, password)
	if errors.Is(err, pkcs12x.ErrUnsupported) {
		s.Locked = append(s.Locked, err)
		return peek, nil
	}
	s.Verified = err == nil && f.Integrity != nil
	return content, err
}
