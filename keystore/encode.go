package keystore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"muxkey/pkcs12x"
)

// Encoding says how a store is written.
type Encoding struct {
	// Profile is for PKCS#12, and for the keys of a PEM file.
	Profile pkcs12x.Profile
	// Password protects the store, or, in a PEM file, each private key; empty
	// leaves the keys of a PEM file in the open.
	Password string
	// KeyPasswords are for keys that get another password than Password, by
	// their aliases.
	KeyPasswords map[string]string
	// Reseal encrypts the keys of a PEM file anew, also those that are encrypted
	// already; without it they stay as they are.
	Reseal bool
	// Old is the store that is edited; nil when a new one is made. A format takes
	// from it what entries have no place for, such as its algorithms.
	Old *Store
}

// keyPassword is the password to seal the key of an entry with.
func (e Encoding) keyPassword(entry *Entry) string {
	if own, ok := e.KeyPasswords[entry.Alias]; ok {
		return own
	}
	return e.Password
}

// ErrReadOnly means that files of a format are read and not written.
var ErrReadOnly = errors.New("files of this format are not written")

// UnsupportedEntriesError lists the entries that a format cannot hold, with the
// reason for each.
type UnsupportedEntriesError struct {
	Format  string // its title
	Reasons map[string]string
	Aliases []string // in order
}

func (e *UnsupportedEntriesError) Error() string {
	var parts []string
	for _, a := range e.Aliases {
		parts = append(parts, fmt.Sprintf("%q (%s)", a, e.Reasons[a]))
	}
	return fmt.Sprintf("a %s cannot hold %s", e.Format, strings.Join(parts, ", "))
}

// Encode writes entries in a format and reads the result back before it returns
// it: what its own maker cannot read must not replace anything. Errors:
// ErrReadOnly, *UnsupportedEntriesError, pkcs12x.ErrLocked for keys that are
// needed open, pkcs12x.ErrDuplicateAlias.
func Encode(ctx context.Context, rand io.Reader, format string, entries []*Entry, e Encoding) ([]byte, error) {
	f, ok := Formats().Get(format)
	if !ok || f.Encode == nil {
		return nil, fmt.Errorf("%s: %w", format, ErrReadOnly)
	}
	entries = withoutChained(entries)
	if err := f.Unsupported(entries, e); err != nil {
		return nil, err
	}
	if f.KeepsAliases {
		if err := distinct(entries); err != nil {
			return nil, err
		}
	}
	// Reading back derives anew only what was written otherwise than it was meant:
	// to derive the same from the same again would double the time, and proves
	// nothing of the file.
	ctx = pkcs12x.Remember(ctx)
	data, err := f.Encode(ctx, rand, entries, e)
	if err != nil {
		return nil, err
	}
	if err := f.readBack(ctx, data, entries, e); err != nil {
		return nil, fmt.Errorf("reading back what was made: %w", err)
	}
	return data, nil
}

// withoutChained leaves out the certificates that lay in a PKCS#12 file beside the
// keys, as "openssl pkcs12 -certfile" puts them there, and have become part of
// the chain of a key: whoever reads the file finds no such entry any more. The
// chain takes the certificate over as it was, with its attributes.
func withoutChained(entries []*Entry) []*Entry {
	beside := map[string]*Certificate{}
	for _, e := range entries {
		if e.Kind == pkcs12x.PlainCertificate && len(e.Chain) == 1 {
			beside[string(e.Chain[0].Raw)] = e.Chain[0]
		}
	}
	if len(beside) == 0 {
		return entries
	}
	taken := map[string]bool{}
	out := make([]*Entry, 0, len(entries))
	for _, e := range entries {
		if e.Kind == pkcs12x.PrivateKey {
			own := *e
			own.Chain = slices.Clone(e.Chain)
			for i, c := range own.Chain {
				if same := beside[string(c.Raw)]; same != nil {
					own.Chain[i], taken[string(c.Raw)] = same, true
				}
			}
			e = &own
		}
		out = append(out, e)
	}
	return slices.DeleteFunc(out, func(e *Entry) bool {
		return e.Kind == pkcs12x.PlainCertificate && len(e.Chain) == 1 && taken[string(e.Chain[0].Raw)]
	})
}

// distinct refuses entries of which Find would give one for two: also in formats
// that tell aliases apart by their case.
func distinct(entries []*Entry) error {
	taken := map[string]string{}
	for _, e := range entries {
		key := strings.ToLower(e.Alias)
		if other, ok := taken[key]; ok {
			return fmt.Errorf("%w: %q and %q", pkcs12x.ErrDuplicateAlias, other, e.Alias)
		}
		taken[key] = e.Alias
	}
	return nil
}

// Unsupported returns an *UnsupportedEntriesError when there are entries that
// the format cannot hold.
func (f Format) Unsupported(entries []*Entry, e Encoding) error {
	out := &UnsupportedEntriesError{Format: f.Title, Reasons: map[string]string{}}
	for _, entry := range entries {
		if f.Refuses == nil {
			continue
		}
		if why := f.Refuses(entry, e); why != "" {
			out.Aliases = append(out.Aliases, entry.Alias)
			out.Reasons[entry.Alias] = why
		}
	}
	if len(out.Aliases) == 0 {
		return nil
	}
	return out
}
