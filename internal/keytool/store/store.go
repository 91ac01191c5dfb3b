// Package store is Java's view of a keystore: what java.security.KeyStore says of
// a file, and what its providers write.
//
// The formats are those of packages pkcs12x and keystore/jks. What is here are the
// rules by which Java makes entries of what a file holds: which bags are entries,
// under which names and dates, which certificates make the chain of a key, in which
// order they are listed and written, and what it says when something is wrong.
//
//   - Load reads a file of a given type, Open one whose type its content tells.
//   - New makes an empty store.
//   - Store.Entry, Key, SetKey, SetCertificate and Delete are KeyStore's methods,
//     Encode is its store.
//
// Errors are *exception.Exception with the class and message of Java's.
//
// # What Java does not list
//
// A PKCS#12 file may hold more than Java makes entries of: certificates that are
// nobody's, CRLs, keys in the open. Java drops them when it writes the file again, and
// so does this package: what muxkey's own commands keep, the next keytool would drop.
package store

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
	"muxkey/keystore/jks"
	"muxkey/pkcs12x"
)

// Kind is what an entry is.
type Kind int

// The kinds of entries.
const (
	PrivateKeyEntry Kind = iota + 1
	SecretKeyEntry
	TrustedCertEntry
)

// String is the kind as keytool -list prints it.
func (k Kind) String() string {
	switch k {
	case PrivateKeyEntry:
		return "PrivateKeyEntry"
	case SecretKeyEntry:
		return "SecretKeyEntry"
	}
	return "trustedCertEntry"
}

// Entry is what is to be seen of an entry without its key.
type Entry struct {
	// Alias is the name under which it is listed.
	Alias   string
	Kind    Kind
	Created time.Time
	// Chain belongs to a private key, leaf first. It may be empty: nil where the format
	// does not count certificates, as PKCS#12. A trusted certificate is the only one of its chain. Of the certificates no more is read
	// than pkcs12x.ParseOutline does.
	Chain []*pkcs12x.Certificate
}

// Key is an open key.
type Key struct {
	// Algorithm is Java's name: "RSA", "EC", "EdDSA", "AES" ...
	Algorithm string
	// PKCS8 is the PrivateKeyInfo of a private key in DER; nil for a secret key.
	PKCS8 []byte
	// Secret are the octets of a secret key.
	Secret []byte
	// Attributes go with an entry of PKCS#12 from one store to the next, as far as
	// they are neither name nor date.
	Attributes []pkcs12x.Attribute
	// Protection is the PBE algorithm that SetKey puts the key under, by Java's name;
	// empty for that of the store.
	Protection string

	// spec tells that the key is a SecretKeySpec to Java, as those of stores are, and
	// no object of a class of its own.
	spec bool
}

// Options are what a store depends on besides its bytes.
type Options struct {
	Level level.Level
	// Rand gives salts.
	Rand io.Reader
	// Now is the date of new entries, and of those whose date a file does not tell.
	Now func() time.Time
	// Property looks a system property up; nil for none.
	Property func(name string) (value string, ok bool)
	// Limits bound what a file may ask for; zero means pkcs12x.DefaultLimits.
	Limits pkcs12x.Limits
	// Opens is the alias of a key, "" for the first, that will be opened with the
	// password of the store, so that what this takes can begin beside the loading; nil
	// for none.
	Opens *string
	// Saves tells that the store will be encoded again, most likely with the password
	// that opens it, so that what this takes can begin beside the loading, too.
	Saves bool
}

func (o Options) limits() pkcs12x.Limits {
	if o.Limits == (pkcs12x.Limits{}) {
		return pkcs12x.DefaultLimits()
	}
	return o.Limits
}

// property returns a property that is set to something.
func (o Options) property(name string) (string, bool) {
	if o.Property == nil {
		return "", false
	}
	value, ok := o.Property(name)
	return value, ok && value != ""
}

// Store is a keystore.
type Store struct {
	typ      string
	provider string
	impl     engine
}

// engine is one implementation of KeyStoreSpi.
type engine interface {
	// aliases are those of all entries in Java's order.
	aliases() []string
	// lookup returns nil for an alias that there is not.
	lookup(alias string) *record
	key(ctx context.Context, r *record, password string) (*Key, error)
	setKey(ctx context.Context, alias string, k *Key, password *string, chain []*pkcs12x.Certificate) error
	setCertificate(alias string, cert *pkcs12x.Certificate) error
	remove(alias string) error
	// kind is what Java calls an entry.
	kind(r *record) Kind
	encode(ctx context.Context, password *string) ([]byte, error)
}

// record is an entry as an engine keeps it.
type record struct {
	kind    Kind
	created time.Time
	chain   []*pkcs12x.Certificate
	// sealed is the encrypted key in the form of the format.
	sealed []byte

	// The rest is for PKCS#12 alone.

	// sealing waits for the encryption of a key that is new, in place of sealed.
	sealing func() ([]byte, error)

	// name is the alias as it is spelled in the file.
	name string
	// id is the localKeyID; nil for none.
	id         []byte
	usages     []pkcs12x.Attribute // that for trust, or none
	attributes []pkcs12x.Attribute
}

// seal is the encrypted key.
func (r *record) seal() ([]byte, error) {
	if r.sealing != nil {
		return r.sealing()
	}
	return r.sealed, nil
}

// New makes an empty store, as KeyStore.getInstance(typ) and load(null) do.
func New(typ string, o Options) (*Store, error) {
	switch strings.ToUpper(typ) {
	case "JKS":
		return &Store{typ, "SUN", newJKS(jks.JKS, false, o)}, nil
	case "CASEEXACTJKS":
		return &Store{typ, "SUN", newJKS(jks.JKS, true, o)}, nil
	case "JCEKS":
		return &Store{typ, "SunJCE", newJKS(jks.JCEKS, false, o)}, nil
	case "PKCS12":
		return &Store{typ, o.Level.PKCS12Provider, newPKCS12(o)}, nil
	case "DKS":
		return &Store{typ, "SUN", newDomain()}, nil
	}
	return nil, exception.New(exception.KeyStore, typ+" not found")
}

// Probe tells the type of a file by its content, as KeyStore.getInstance(File)
// does.
func Probe(data []byte) (typ string, err error) {
	if f, ok := jks.Detect(data); ok {
		return string(f), nil
	}
	if probePKCS12(data) {
		return "PKCS12", nil
	}
	return "", exception.New(exception.KeyStore, "Unrecognized keystore format. Please load it with a specified type")
}

// Open reads a file whose type its content tells, or the level.
func Open(ctx context.Context, data []byte, password *string, o Options) (*Store, error) {
	if o.Level.Assumes {
		return Load(ctx, o.Level.StoreType, data, password, o)
	}
	typ, err := Probe(data)
	if err == nil && o.Level.DefiniteLengths && bytes.HasPrefix(data, []byte{0x30, 0x80}) {
		_, err = Probe(nil)
	}
	if err != nil {
		return nil, err
	}
	return Load(ctx, typ, data, password, o)
}

// Load reads a file as a store of a type. Without a password nothing is verified,
// and the encrypted safes of PKCS#12 are passed over. JKS and PKCS12 take files of
// the other type as well; such a store is written in the format that it was read in.
func Load(ctx context.Context, typ string, data []byte, password *string, o Options) (*Store, error) {
	s, err := New(typ, o)
	if err != nil {
		return nil, err
	}
	load := func(upper string) (engine, error) {
		switch upper {
		case "JKS":
			return loadJKS(data, password, jks.JKS, false, o)
		case "CASEEXACTJKS":
			return loadJKS(data, password, jks.JKS, true, o)
		case "JCEKS":
			return loadJKS(data, password, jks.JCEKS, false, o)
		}
		return loadPKCS12(ctx, data, password, o)
	}
	other := map[string]string{"JKS": "PKCS12", "PKCS12": "JKS"}
	if o.Level.NarrowPKCS12 {
		delete(other, "PKCS12")
	}
	upper := strings.ToUpper(typ)
	if upper == "DKS" {
		if err := s.impl.(*domain).load(load); err != nil {
			return nil, err
		}
		return s, nil
	}
	impl, err := load(upper)
	if second := other[upper]; err != nil && second != "" && !isWrongPassword(err) {
		var again error
		if impl, again = load(second); again == nil || isWrongPassword(again) {
			err = again
		}
	}
	if err != nil {
		return nil, err
	}
	s.impl = impl
	return s, nil
}

// wrongPassword is the failure of an integrity check or a decryption. Java knows it
// by its cause, an UnrecoverableKeyException.
func wrongPassword(message string) error {
	return exception.Wrap(exception.IO, message, pkcs12x.ErrPassword)
}

func isWrongPassword(err error) bool {
	e := exception.Of(err)
	return e.Class == exception.IO && e.Err == pkcs12x.ErrPassword //nolint:errorlint // what wrongPassword makes, and nothing around it
}

// Type is the type that the store was asked for, or that its content told.
func (s *Store) Type() string { return s.typ }

// Provider is the name of the provider that Java has the type from.
func (s *Store) Provider() string { return s.provider }

// Aliases are those of all entries in Java's order.
func (s *Store) Aliases() []string { return s.impl.aliases() }

// Size is the number of entries.
func (s *Store) Size() int { return len(s.impl.aliases()) }

// Entry returns the entry of an alias; ok is false when there is none. Its Alias is
// the one given.
func (s *Store) Entry(alias string) (e *Entry, ok bool) {
	r := s.impl.lookup(alias)
	if r == nil {
		return nil, false
	}
	return &Entry{Alias: alias, Kind: s.impl.kind(r), Created: r.created, Chain: r.chain}, true
}

// Is tells whether an alias names an entry of a kind.
func (s *Store) Is(alias string, k Kind) bool {
	r := s.impl.lookup(alias)
	return r != nil && s.impl.kind(r) == k
}

// Contains tells whether an alias names an entry.
func (s *Store) Contains(alias string) bool { return s.impl.lookup(alias) != nil }

// Key opens the key of an entry; nil when the alias names no key. Errors:
// UnrecoverableKeyException, NoSuchAlgorithmException.
func (s *Store) Key(ctx context.Context, alias, password string) (*Key, error) {
	r := s.impl.lookup(alias)
	if r == nil || r.kind == TrustedCertEntry {
		return nil, nil
	}
	return s.impl.key(ctx, r, password)
}

// SetKey puts a key with its chain under an alias, in place of what is there. Its
// date is now. PKCS12 takes no password, nil, for an empty one. Errors:
// KeyStoreException, and IllegalArgumentException for a private key without a
// certificate.
func (s *Store) SetKey(ctx context.Context, alias string, k *Key, password *string, chain []*pkcs12x.Certificate) error {
	if k.PKCS8 != nil && len(chain) == 0 {
		return exception.New(exception.IllegalArgument, "Private key must be accompanied by certificate chain")
	}
	return s.impl.setKey(ctx, alias, k, password, chain)
}

// SetCertificate puts a trusted certificate under an alias; its date is now. The
// certificate's Attributes go with it, as far as they are neither name nor date.
// Errors: KeyStoreException where the alias names a key.
func (s *Store) SetCertificate(alias string, cert *pkcs12x.Certificate) error {
	return s.impl.setCertificate(alias, cert)
}

// Delete takes an entry out.
func (s *Store) Delete(alias string) error { return s.impl.remove(alias) }

// CertificateAlias finds the first entry whose own certificate is that of raw, in
// DER. The alias may be empty.
func (s *Store) CertificateAlias(raw []byte) (alias string, ok bool) {
	for _, alias := range s.impl.aliases() {
		if r := s.impl.lookup(alias); r != nil && len(r.chain) > 0 && string(r.chain[0].Raw) == string(raw) {
			return alias, true
		}
	}
	return "", false
}

// Encode writes the store. Without a password PKCS#12 gets neither MAC nor encrypted
// certificates; the other types need one. Errors: IOException,
// IllegalArgumentException.
func (s *Store) Encode(ctx context.Context, password *string) ([]byte, error) {
	return s.impl.encode(ctx, password)
}

// takes tells whether PKCS12 takes a password.
func (o Options) takes(password string) bool { return o.Level.WidePasswords || ascii(password) }

// ascii tells whether Java takes a password for a key derivation: it wants the
// printable part of ASCII (com.sun.crypto.provider.PBEKey).
func ascii(password string) bool {
	for i := range len(password) {
		if password[i] < ' ' || password[i] > '~' {
			return false
		}
	}
	return true
}

const notASCII = "Password is not ASCII"

// badPadding is what Java says of a key that a password does not open.
const badPadding = "Given final block not properly padded. Such issues can arise if a bad key is used during decryption."

func fold(alias string) string { return strings.ToLower(alias) }

func unrecoverable(format string, args ...any) error {
	return exception.New(exception.UnrecoverableKey, fmt.Sprintf(format, args...))
}
