package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/hashtable"
	"muxkey/keystore/jks"
	"muxkey/pkcs12x"
)

// javaStore is JKS, CaseExactJKS or JCEKS.
type javaStore struct {
	format jks.Format
	exact  bool // aliases are told apart by case
	o      Options
	order  *hashtable.Table
	list   map[string]*record
	// file and from open the keys that were read.
	file *jks.File
	from map[*record]*jks.Entry
}

func newJKS(format jks.Format, exact bool, o Options) *javaStore {
	return &javaStore{format: format, exact: exact, o: o, order: hashtable.New(11), list: map[string]*record{}, from: map[*record]*jks.Entry{}}
}

func loadJKS(data []byte, password *string, format jks.Format, exact bool, o Options) (engine, error) {
	f, err := jks.Parse(data, o.limits())
	if have, ok := jks.Detect(data); len(data) >= 4 && (!ok || have != format && format == jks.JKS) || errors.Is(err, pkcs12x.ErrUnsupported) {
		return nil, exception.Wrap(exception.IO, "Invalid keystore format", err)
	}
	if tag, ok := errors.AsType[*jks.TagError](err); ok {
		return nil, exception.Wrap(exception.IO, "Unrecognized keystore entry: "+strconv.Itoa(int(int32(tag.Tag))), err) //nolint:gosec // Java's int has a sign
	}
	if _, ok := errors.AsType[*pkcs12x.LimitError](err); ok {
		return nil, exception.Wrap(exception.IO, err.Error(), err)
	}
	if err != nil {
		return nil, exception.Wrap(endOfFile, "", err)
	}
	s := newJKS(format, exact, o)
	s.file = f
	for _, e := range f.Entries {
		r := &record{created: e.Created, sealed: e.Sealed, chain: make([]*pkcs12x.Certificate, 0, len(e.Chain))}
		switch e.Kind {
		case pkcs12x.PrivateKey:
			r.kind = PrivateKeyEntry
		case pkcs12x.SecretKey:
			r.kind = SecretKeyEntry
			if p := f.Protection(e); errors.Is(p.Err, pkcs12x.ErrUnsupported) {
				return nil, exception.Wrap(exception.IO, "Invalid secret key format", p.Err)
			}
		default:
			r.kind = TrustedCertEntry
		}
		for _, c := range e.Chain {
			cert, err := certificateOf(c)
			if err != nil {
				return nil, err
			}
			r.chain = append(r.chain, cert)
		}
		s.put(e.Alias, r)
		s.from[r] = e
	}
	if password != nil && f.Verify(*password) != nil {
		return nil, wrongPassword("Keystore was tampered with, or password was incorrect")
	}
	return s, nil
}

const (
	endOfFile  = "java.io.EOFException"
	noPassword = "password can't be null"
)

// certificateOf reads a certificate as far as a listing needs it.
func certificateOf(c jks.Certificate) (*pkcs12x.Certificate, error) {
	if c.Type != "X.509" && c.Type != "X509" {
		return nil, exception.New(exception.Certificate, c.Type+" not found")
	}
	return parseCertificate(c.Raw)
}

func (s *javaStore) put(alias string, r *record) {
	s.order.Put(alias)
	s.list[alias] = r
}

func (s *javaStore) fold(alias string) string {
	if s.exact {
		return alias
	}
	return fold(alias)
}

func (s *javaStore) aliases() []string           { return s.order.Keys() }
func (s *javaStore) lookup(alias string) *record { return s.list[s.fold(alias)] }

func (s *javaStore) remove(alias string) error {
	alias = s.fold(alias)
	s.order.Remove(alias)
	delete(s.list, alias)
	return nil
}

func (s *javaStore) kind(r *record) Kind { return kindByChain(r) }

// kindByChain goes by the certificate, as KeyStoreSpi does: a private key without one
// counts as a secret key. PKCS12 looks closer.
func kindByChain(r *record) Kind {
	if r.kind == PrivateKeyEntry && len(r.chain) == 0 {
		return SecretKeyEntry
	}
	return r.kind
}

func (s *javaStore) key(ctx context.Context, r *record, password string) (*Key, error) {
	file, entry := s.file, s.from[r]
	if entry == nil { // it was put in by this run
		entry = s.entry("", r)
		data, err := (&jks.File{Format: s.format, Version: 2, Entries: []*jks.Entry{entry}}).Encode("")
		if err != nil {
			return nil, err
		}
		if file, err = jks.Parse(data, s.o.limits()); err != nil {
			return nil, err
		}
		entry = file.Entries[0]
	}
	k, err := file.UnlockKey(ctx, entry, password)
	own := file.Protection(entry)
	switch _, limit := errors.AsType[*pkcs12x.LimitError](err); {
	case limit:
		return nil, exception.Wrap(exception.UnrecoverableKey, "PBE iteration count too large", err)
	case errors.Is(err, pkcs12x.ErrPassword) && own != nil && strings.HasPrefix(own.Name, "JKS "):
		return nil, exception.Wrap(exception.UnrecoverableKey, "Cannot recover key", err)
	case errors.Is(err, pkcs12x.ErrPassword) && !ascii(password):
		return nil, exception.Wrap(exception.UnrecoverableKey, notASCII, err)
	case errors.Is(err, pkcs12x.ErrPassword):
		return nil, exception.Wrap(exception.UnrecoverableKey, badPadding, err)
	case errors.Is(err, pkcs12x.ErrUnsupported) && k == nil && r.kind == PrivateKeyEntry:
		return nil, exception.Wrap(exception.UnrecoverableKey, "Unsupported key protection algorithm", err)
	case err != nil && k == nil:
		return nil, exception.Wrap(exception.UnrecoverableKey, err.Error(), err)
	}
	if k.Private == nil && len(k.Secret) == 0 { // what java.security.KeyRep cannot make a key of
		return nil, unrecoverable("java.security.Key: [SECRET] [%s] [RAW]", k.Algorithm)
	}
	if k.Private == nil {
		return &Key{Algorithm: k.Algorithm, Secret: k.Secret, spec: true}, nil
	}
	name := keyAlgorithm(k.Private.Algorithm)
	if name == "" {
		name = k.Private.Algorithm.String()
		if s.format == jks.JCEKS {
			return nil, exception.New(exception.NoSuchAlgorithm, name+" KeyFactory not available")
		}
	}
	return &Key{Algorithm: name, PKCS8: k.Private.PKCS8}, nil
}

func (s *javaStore) setKey(_ context.Context, alias string, k *Key, password *string, chain []*pkcs12x.Certificate) error {
	if k.Protection != "" && !s.o.Level.IgnoresProtection {
		return exception.New(exception.KeyStore, "unsupported password protection algorithm")
	}
	r := &record{kind: PrivateKeyEntry, created: s.o.Now(), chain: chain}
	var err error
	switch {
	case k.PKCS8 == nil && s.format == jks.JKS:
		return exception.New(exception.KeyStore, "Cannot store non-PrivateKeys")
	case password == nil:
		return exception.New(exception.KeyStore, noPassword)
	case s.format == jks.JCEKS && !ascii(*password):
		return exception.New(exception.KeyStore, notASCII)
	case k.PKCS8 != nil:
		r.sealed, err = s.format.SealPrivateKey(s.o.Rand, k.PKCS8, *password, s.iterations())
	default:
		seal := jks.SealSecretKey
		if !k.spec && ownClass(k.Algorithm) {
			seal = jks.SealKeyRep
		}
		r.kind, r.chain = SecretKeyEntry, nil
		r.sealed, err = seal(s.o.Rand, k.Algorithm, k.Secret, *password, s.iterations())
	}
	if err != nil {
		return exception.Wrap(exception.KeyStore, err.Error(), err)
	}
	s.put(s.fold(alias), r)
	return nil
}

// ownClass tells whether the JDK has a class of its own for secret keys of an
// algorithm, which it writes as KeyRep.
func ownClass(algorithm string) bool {
	return algorithm == "DES" || algorithm == "DESede" || strings.HasPrefix(algorithm, "PBE")
}

// The range that JCEKS takes for jdk.jceks.iterationCount.
const (
	minJCEKS = 10_000
	maxJCEKS = 5_000_000
)

func (s *javaStore) iterations() int {
	text, _ := s.o.property("jdk.jceks.iterationCount")
	if n, err := strconv.Atoi(text); err == nil && n >= minJCEKS && n <= maxJCEKS {
		return n
	}
	return jks.DefaultIterations
}

func (s *javaStore) setCertificate(alias string, cert *pkcs12x.Certificate) error {
	if have := s.lookup(alias); have != nil && have.kind != TrustedCertEntry {
		if have.kind == SecretKeyEntry {
			return exception.New(exception.KeyStore, "Cannot overwrite secret key")
		}
		return exception.New(exception.KeyStore, "Cannot overwrite own certificate")
	}
	s.put(s.fold(alias), &record{kind: TrustedCertEntry, created: s.o.Now(), chain: []*pkcs12x.Certificate{cert}})
	return nil
}

func (s *javaStore) entry(alias string, r *record) *jks.Entry {
	e := &jks.Entry{Alias: alias, Created: r.created, Sealed: r.sealed, Kind: pkcs12x.TrustedCertificate}
	switch r.kind {
	case PrivateKeyEntry:
		e.Kind = pkcs12x.PrivateKey
	case SecretKeyEntry:
		e.Kind = pkcs12x.SecretKey
	}
	for _, c := range r.chain {
		e.Chain = append(e.Chain, jks.Certificate{Type: "X.509", Raw: c.Raw})
	}
	return e
}

func (s *javaStore) encode(_ context.Context, password *string) ([]byte, error) {
	if password == nil {
		return nil, exception.New(exception.IllegalArgument, noPassword)
	}
	f := &jks.File{Format: s.format, Version: 2}
	for _, alias := range s.order.Keys() {
		f.Entries = append(f.Entries, s.entry(alias, s.list[alias]))
	}
	data, err := f.Encode(*password)
	if err != nil {
		return nil, exception.Wrap(exception.IO, fmt.Sprint(err), err)
	}
	return data, nil
}
