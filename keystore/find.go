package keystore

import (
	"errors"
	"fmt"
	"strings"

	"muxkey/pkcs12x"
)

// Find returns the entry of an alias, compared without case as Java does.
// Errors: *NoAliasError; ErrNoPassword when the entry may be in a part that is
// locked.
func (s *Store) Find(alias string) (*Entry, error) {
	// Java lower-cases; strings.EqualFold folds characters that Java keeps apart.
	asJava := strings.ToLower(alias)
	for _, e := range s.Entries {
		if strings.ToLower(e.Alias) == asJava {
			return e, nil
		}
	}
	if err := s.closed(); err != nil {
		return nil, fmt.Errorf("looking up alias %q in %s: %w", alias, s.Path, err)
	}
	err := &NoAliasError{Path: s.Path, Alias: alias, Have: s.Aliases()}
	err.Near, err.Typography = nearest(alias, err.Have)
	return nil, err
}

// Aliases of all entries, in order.
func (s *Store) Aliases() []string {
	out := make([]string, 0, len(s.Entries))
	for _, e := range s.Entries {
		out = append(out, e.Alias)
	}
	return out
}

// PrivateKey returns the private-key entry of an alias. With an alias of "" it
// returns the only one there is. Errors: those of Find, *KindError,
// *AmbiguousAliasError.
func (s *Store) PrivateKey(alias string) (*Entry, error) {
	if alias != "" {
		e, err := s.Find(alias)
		if err != nil {
			return nil, err
		}
		if e.Kind != pkcs12x.PrivateKey {
			return nil, &KindError{Path: s.Path, Alias: e.Alias, Want: pkcs12x.PrivateKey, Have: map[Kind]int{e.Kind: 1}}
		}
		return e, nil
	}
	var keys []*Entry
	for _, e := range s.Entries {
		if e.Kind == pkcs12x.PrivateKey {
			keys = append(keys, e)
		}
	}
	switch len(keys) {
	case 1:
		return keys[0], nil
	case 0:
		if err := s.closed(); err != nil {
			return nil, fmt.Errorf("looking for a private key in %s: %w", s.Path, err)
		}
		return nil, &KindError{Path: s.Path, Want: pkcs12x.PrivateKey, Have: s.kinds()}
	}
	err := &AmbiguousAliasError{Path: s.Path, Want: "the private key"}
	for _, e := range keys {
		err.Have = append(err.Have, e.Alias)
	}
	return nil, err
}

func (s *Store) kinds() map[Kind]int {
	out := map[Kind]int{}
	for _, e := range s.Entries {
		out[e.Kind]++
	}
	return out
}

// closed says why entries may be missing, or nil.
func (s *Store) closed() error {
	switch {
	case len(s.Locked) == 0:
		return nil
	case errors.Is(s.Locked[0], pkcs12x.ErrLocked):
		return ErrNoPassword
	}
	return s.Locked[0]
}

// IsAnchor tells whether a client of TLS that has the store for its trust store
// trusts the certificate of an entry. NSS says so for each by itself; elsewhere
// it is every certificate that stands alone.
func (s *Store) IsAnchor(e *Entry) bool {
	if s.Trust != nil {
		t := s.Trust[e].Trust
		return t != nil && t.ServerAuth.Trusted()
	}
	return e.Kind == pkcs12x.TrustedCertificate || e.Kind == pkcs12x.PlainCertificate
}
