package keystore

import (
	"bytes"
	"context"
	"encoding/asn1"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"

	"muxkey/pkcs12x"
)

// maxReopened is how many keys are opened again after they were encrypted. In
// most formats each costs as much as the encryption did; what is wrong with an
// encoder shows in the first ones.
const maxReopened = 16

// readBack decodes what was made of entries and says what is not as it should
// be: certificates, keys and other content that are missing, and in formats that
// keep aliases what stands under each of them.
func (f Format) readBack(ctx context.Context, data []byte, entries []*Entry, e Encoding) error {
	// Nothing in it is a stranger's: limits that were raised to read a store must
	// not be in the way when it is written.
	limits := pkcs12x.DefaultLimits()
	limits.Size, limits.Iterations, limits.Work, limits.Bags = math.MaxInt, math.MaxInt, math.MaxInt, math.MaxInt
	password := func(context.Context) (string, error) { return e.Password, nil }
	st, err := Decode(ctx, "what was made", data, Options{Password: password, Limits: limits, outline: true})
	if err != nil {
		return err
	}
	if st.Format != f.ID {
		return fmt.Errorf("it is taken for %s", st.Format)
	}
	have := sync.OnceValue(st.contents) // which copies the store
	named := map[string]*Entry{}        // Find, which looks at one after the other, would take the square of their number
	for _, got := range st.Entries {
		named[strings.ToLower(got.Alias)] = got
	}
	reopened := 0
	for _, want := range entries {
		alone := f.KeepsAliases && len(want.Chain) == 1 // looked for under its alias, below
		for _, c := range want.Chain {
			if !alone && !have()[string(c.Raw)] {
				return fmt.Errorf("%q lacks a certificate", want.Alias)
			}
		}
		if want.Value != nil && !have()[string(want.Value)] {
			return fmt.Errorf("%q lacks its content", want.Alias)
		}
		if !f.KeepsAliases {
			continue
		}
		got := named[strings.ToLower(want.Alias)]
		if got == nil || got.Kind != want.Kind {
			return fmt.Errorf("there is no %q", want.Alias)
		}
		// Only the leaf: PKCS#12 has no order, and readers build the chain anew.
		if len(want.Chain) > 0 && (len(got.Chain) == 0 || !bytes.Equal(got.Chain[0].Raw, want.Chain[0].Raw)) {
			return fmt.Errorf("%q has another certificate", want.Alias)
		}
		if err := st.sameKey(ctx, got, want, e.keyPassword(want), &reopened); err != nil {
			return err
		}
	}
	if f.KeepsAliases {
		return nil
	}
	return st.sameKeys(ctx, entries, e)
}

// contents are the certificates and the other content of a store.
func (s *Store) contents() map[string]bool {
	out := map[string]bool{}
	for _, e := range s.Entries {
		for _, c := range e.Chain {
			out[string(c.Raw)] = true
		}
		if e.Value != nil {
			out[string(e.Value)] = true
		}
	}
	return out
}

// sameKey compares the key of an entry with the one that was written. One that
// was copied locked must be the same octets; one that was open is opened again.
func (s *Store) sameKey(ctx context.Context, got, want *Entry, password string, reopened *int) error {
	wrong := fmt.Errorf("%q has another key", want.Alias)
	switch {
	case want.Key == nil && got.Key == nil:
		return nil
	case want.Key == nil || got.Key == nil:
		return wrong
	case want.Key.PKCS8 == nil && !bytes.Equal(got.Key.Shrouded, want.Key.Shrouded):
		return wrong
	case want.Key.PKCS8 == nil:
		return nil
	}
	if got.Key.PKCS8 == nil {
		if *reopened++; *reopened > maxReopened {
			return nil
		}
		if err := s.UnlockKey(ctx, got, password); err != nil {
			return err
		}
	}
	if !equalKeys(got.Key, want.Key) {
		return wrong
	}
	return nil
}

// sameKeys looks for the keys that were written in a format that gives them
// other names. One that was not encrypted anew may stay locked, and is the same
// octets then.
func (s *Store) sameKeys(ctx context.Context, entries []*Entry, e Encoding) error {
	passwords := append([]string{e.Password}, slices.Collect(maps.Values(e.KeyPasswords))...)
	var keys []*Key
	reopened := 0
	for _, got := range s.Entries {
		if got.Key == nil {
			continue
		}
		keys = append(keys, got.Key)
		if got.Key.PKCS8 != nil {
			continue
		}
		if reopened++; reopened > maxReopened {
			continue
		}
		for _, password := range passwords {
			if err := s.UnlockKey(ctx, got, password); err == nil || !errors.Is(err, ErrPassword) {
				break // what cannot be opened was not encrypted here
			}
		}
	}
	for _, want := range entries {
		if want.Key == nil {
			continue
		}
		found := slices.ContainsFunc(keys, func(k *Key) bool {
			return want.Key.PKCS8 != nil && k.PKCS8 != nil && equalKeys(k, want.Key) ||
				want.Key.Shrouded != nil && bytes.Equal(k.Shrouded, want.Key.Shrouded)
		})
		legacy := want.Key.PKCS8 == nil && want.Key.Shrouded == nil // the encryption of RFC 1423, whose octets are not kept
		if !found && !legacy && reopened <= maxReopened {
			return fmt.Errorf("%q lacks its key", want.Alias)
		}
	}
	return nil
}

// equalKeys compares open keys by algorithm and octets, as formats differ in
// what they put around them: the version, a NULL for no parameters, attributes.
func equalKeys(a, b *Key) bool {
	if bytes.Equal(a.PKCS8, b.PKCS8) {
		return true
	}
	parameters := func(k *Key) []byte { return bytes.TrimPrefix(k.Parameters, asn1.NullBytes) }
	x, errA := a.Secret()
	y, errB := b.Secret()
	return errors.Join(errA, errB) == nil && bytes.Equal(x, y) &&
		a.Algorithm.Equal(b.Algorithm) && bytes.Equal(parameters(a), parameters(b))
}
