// Package keystore opens any file that holds keys or certificates, without
// being told its type: PKCS#12, JKS, PEM, DER, PKCS#7, and what else [Formats]
// lists.
//
// What it gives is format-neutral: a [Store] of entries by alias. PKCS#12 is
// the richest of the formats, so its entry is the entry here, and the types of
// package pkcs12x are used as they are; a second set of the same types with
// conversions between the two was the alternative. Two kinds of entry are added
// that only single files have: [CSR] and [PublicKey].
//
//   - [Open] reads a file, [OpenDirectory] the files of a directory as one,
//     [Decode] bytes that are already there, such as standard input.
//   - [Store.Find] and [Store.PrivateKey] look an entry up by alias as Java
//     does, and their errors say what there is instead.
//   - [DecodeAll] reads all stores that a file carries, such as a Kubernetes
//     manifest.
//   - [Store.Rewrite] gives the file back with the entries as they are now.
//   - [Store.UnlockKey] opens a key that has a password of its own.
package keystore

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"muxkey/keystore/nss"
	"muxkey/pkcs12x"
)

// The format-neutral types are those of PKCS#12.
type (
	// Entry is one thing in a store: a key with its chain, a certificate, a
	// secret, a CSR ...
	Entry = pkcs12x.Entry
	// Key is a private or a secret key, open or locked.
	Key = pkcs12x.Key
	// Certificate is an X.509 certificate, also one that crypto/x509 refuses.
	Certificate = pkcs12x.Certificate
	// Attribute is a bag attribute of PKCS#12.
	Attribute = pkcs12x.Attribute
	// Kind says what an entry is.
	Kind = pkcs12x.Kind
)

// The kinds of entry that a PKCS#12 file has no bags for. Entry.Value holds the
// DER: a CertificationRequest (RFC 2986), or a SubjectPublicKeyInfo.
const (
	CSR       Kind = "csr"
	PublicKey Kind = "public-key"
)

// Store is what one file holds.
type Store struct {
	// Path is the name the store was opened under; for one that another file
	// carries, the name of that, "#" and its own: "secret.yaml#keystore.p12".
	Path string
	// Format is the ID of the format in Formats.
	Format string
	// Armor says what was around the format: "base64" or "pem" for a binary
	// format that came as text, else empty.
	Armor string
	// Size of the file in bytes.
	Size int
	// Entries in the order of the file; aliases are unique without regard to
	// case.
	Entries []*Entry
	// Sequence is the certificates of a PEM, DER or PKCS#7 file as they stand in
	// it, because Entries has them by chains; nil for PKCS#12, whose order means
	// nothing.
	Sequence []*Certificate
	// Signed tells that a PKCS#7 file is a signature, such as that of a JAR, or a
	// message with one: its certificates are those of who has signed.
	Signed bool
	// Integrity is the MAC of a PKCS#12 file; nil without one.
	Integrity *pkcs12x.Integrity
	// Verified tells that the password was given and the integrity check over
	// the whole file came out right.
	Verified bool
	// NoPassword tells that the store opened with the empty password, without
	// anyone being asked.
	NoPassword bool
	// Protections are the distinct encryption schemes in the file.
	Protections []pkcs12x.Protection
	// Features are what a program must know to open a PKCS#12 file.
	Features []pkcs12x.Feature
	// Locked says for each part that stayed closed why: pkcs12x.ErrLocked (no
	// password), ErrPassword (it has another one) or pkcs12x.ErrUnsupported
	// (the password may well be right). Locked keys are not counted here; they
	// have their own Err.
	Locked []error
	// Trailing counts octets behind the end of the content.
	Trailing int
	// Skipped are parts of the file that are well formed but hold nothing for a
	// keystore, such as DH parameters.
	Skipped []Skipped
	// Trust is what NSS trusts the certificates of an entry for; nil in other
	// formats.
	Trust map[*Entry]NSSTrust
	// WrongPassword tells that the password given did not open the store, under
	// Options.WrongAsNone.
	WrongPassword bool
	// Published is the row of PublishedPasswords that the store password is in,
	// where Options.TryPublished has found one.
	Published string
	// PKCS12 is the file itself, for the formats that have one.
	PKCS12 *pkcs12x.File

	limits pkcs12x.Limits
	text   *pemText // how a PEM file stands; nil for others
	// around puts what is written back into what it was taken out of, the
	// innermost first.
	around []func(content []byte) ([]byte, error)
	legacy map[*Key]*pem.Block // keys under the encryption of RFC 1423, or OpenSSH's
	bcfks  *bcfksStore
	// unlock opens a key in place, or says in it why not; nil in the formats
	// whose keys are those of PEM.
	unlock func(ctx context.Context, k *Key, password string) error
	// verify checks a password and opens nothing, at a cost in the unit of
	// pkcs12x.Limits; nil in the formats without an integrity check.
	verify     func(ctx context.Context, password string) error
	verifyWork int
}

// NSSTrust is what NSS trusts a certificate for.
type NSSTrust struct {
	// Flags are in the letters of certutil: "CT,C,C". They do not tell for which of
	// servers and clients of TLS a peer is trusted, or a certificate distrusted.
	Flags string
	// Trust has the level for each purpose, with trust that was forged left out.
	Trust *nss.Trust
}

// Skipped is a part of a file that is no entry.
type Skipped struct {
	What string // "DH PARAMETERS", the label of the PEM block
	Line int    // where it begins, from 1
}

// UnlockKey opens the key of one entry with a password that may differ from
// that of the store. It returns at once when the key is open. Errors:
// ErrPassword, pkcs12x.ErrUnsupported, *pkcs12x.LimitError; Key.Err has the
// reason as well.
func (s *Store) UnlockKey(ctx context.Context, e *Entry, password string) error {
	k := e.Key
	if k == nil {
		return fmt.Errorf("unlocking %q in %s: it is %s", e.Alias, s.Path, aKind(e.Kind))
	}
	if k.PKCS8 != nil {
		return nil
	}
	var err error
	if s.unlock != nil {
		err = s.unlock(ctx, k, password)
	} else {
		err = s.unseal(ctx, k, password, s.limits)
	}
	if err != nil {
		return fmt.Errorf("unlocking the key %q in %s: %w", e.Alias, s.Path, err)
	}
	return nil
}

// unseal opens an encrypted key of a PEM or DER file in place.
func (s *Store) unseal(ctx context.Context, k *Key, password string, l pkcs12x.Limits) error {
	var (
		open *Key
		err  error
	)
	if block := s.legacy[k]; block != nil {
		open, err = unsealBlock(ctx, block, password, l)
	} else {
		open, err = pkcs12x.UnshroudKey(ctx, k.Shrouded, password, l)
	}
	if err != nil {
		k.Err = err
		return err
	}
	attributes, shrouded, protection := k.Attributes, k.Shrouded, k.Protection
	*k = *open
	k.Attributes, k.Shrouded, k.Protection = attributes, shrouded, protection
	return nil
}

// unsealBlock opens a key that PKCS#8 has no form for.
func unsealBlock(ctx context.Context, block *pem.Block, password string, l pkcs12x.Limits) (*Key, error) {
	if block.Type == opensshLabel {
		return unsealOpenSSH(ctx, block.Bytes, password, l)
	}
	return unsealLegacy(block, password)
}

// unsealLegacy undoes the encryption of RFC 1423, which OpenSSL wrote up to
// 0.9.8 by default and still writes on request.
func unsealLegacy(block *pem.Block, password string) (*Key, error) {
	// The scheme has no integrity check and one round of MD5, so the function
	// is deprecated; files are there all the same, and it reads them right.
	der, err := x509.DecryptPEMBlock(block, []byte(password)) //nolint:staticcheck // see above
	if errors.Is(err, x509.IncorrectPasswordError) {
		return nil, ErrPassword
	}
	if err != nil {
		return nil, fmt.Errorf("%w: PEM encryption %q", pkcs12x.ErrUnsupported, block.Headers["DEK-Info"])
	}
	k, err := parseKey(der, nil)
	if err != nil { // one wrong password in 256 gives valid padding
		return nil, ErrPassword
	}
	return k, nil
}

// protections lists the schemes of a store once each.
func protections(list []pkcs12x.Protection, entries []*Entry) []pkcs12x.Protection {
	for _, e := range entries {
		if e.Key != nil && e.Key.Protection != nil {
			list = append(list, *e.Key.Protection)
		}
	}
	type scheme struct {
		name, kdf  string
		iterations int
	}
	seen := map[scheme]bool{}
	return slices.DeleteFunc(list, func(p pkcs12x.Protection) bool {
		s := scheme{p.Name, p.KDF, p.Iterations}
		defer func() { seen[s] = true }()
		return seen[s]
	})
}

// trimmed counts the octets of b that are not padding: line ends that an editor
// or a copy through text left behind a binary file, and zero octets.
func trimmed(b []byte) int { return len(bytes.Trim(b, "\x00\r\n\t \x1a")) }
