package store

import (
	"context"
	"encoding/asn1"
	"errors"
	"slices"
	"strconv"
	"strings"

	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/text"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// pkcs12Store is PKCS12.
type pkcs12Store struct {
	o Options
	// order is that in which entries were put in first; Java keeps a
	// LinkedHashMap.
	order []string
	list  map[string]*record
	// keys and certs are Java's counts of what it has read and put in, less what it
	// has deleted. Bags that are no entries count, so that a safe may be written that
	// is empty.
	keys, certs int

	// What a file that was read had. The text is empty, or the count negative, where
	// that is still to be chosen.
	certAlgorithm string
	cert          pkcs12x.Encryption
	certCount     int
	macAlgorithm  string
	mac           pkcs12x.MACSpec
	macCount      int

	ahead *ahead
}

// ahead is a file that was begun with a password before it was known what is in it.
type ahead struct {
	password string
	profile  pkcs12x.Profile
	draft    *pkcs12x.Draft
}

// begin begins the file that will take the place of one; nil where it cannot be foreseen.
func begin(ctx context.Context, f *pkcs12x.File, password string, o Options) *ahead {
	in, err := f.Contents(ctx, nil)
	if err != nil || !o.takes(password) {
		return nil
	}
	s := newPKCS12(o)
	s.keepMAC(f)
	certificates := false
	for _, safe := range in.Safes {
		if safe.Encrypted {
			s.keepEncryption(safe)
			certificates = true
		}
	}
	a := &ahead{password: password}
	if !certificates || s.protect(&a.profile, true) != nil {
		return nil
	}
	if a.draft, err = a.profile.Begin(ctx, o.Rand, password); err != nil {
		return nil
	}
	return a
}

const badIntegrity = "Integrity check failed: java.security.UnrecoverableKeyException: Failed PKCS12 integrity checking"

// asBefore is the name of an algorithm that stands in the store itself.
const asBefore = "as before"

func newPKCS12(o Options) *pkcs12Store {
	return &pkcs12Store{o: o, list: map[string]*record{}, certCount: -1, macCount: -1}
}

func loadPKCS12(ctx context.Context, data []byte, password *string, o Options) (engine, error) {
	f, err := pkcs12x.Parse(data, o.limits())
	if err != nil {
		return nil, malformed(data, err)
	}
	if f.Signed || slices.ContainsFunc(f.Safes, func(s pkcs12x.Safe) bool {
		return s.Protection != nil && s.Protection.Name == pkcs12x.PublicKeyEncryption
	}) {
		return nil, exception.New(exception.IO, publicKey)
	}
	if o.Opens != nil && password != nil {
		f.Expect(ctx, *password, func(alias string) bool { return *o.Opens == "" || fold(alias) == fold(*o.Opens) })
	}
	var next *ahead
	if o.Saves && password != nil {
		next = begin(ctx, f, *password, o)
	}
	in, err := f.Contents(ctx, password)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, exception.Wrap(exception.IO, err.Error(), err)
	}
	if password != nil {
		if err := foreignSafe(f.Safes, o); err != nil {
			return nil, err
		}
	}
	s := newPKCS12(o)
	s.ahead = next
	if err := s.take(in, password); err != nil {
		return nil, err
	}
	if f.Integrity == nil {
		s.keepMAC(f)
		return s, nil
	}
	if password == nil {
		return s, nil
	}
	if _, limit := errors.AsType[*pkcs12x.LimitError](f.Integrity.Err); limit {
		return nil, exception.Wrap(exception.IO, "Integrity check failed: java.security.InvalidAlgorithmParameterException: MAC iteration count too large: "+strconv.Itoa(f.Integrity.Iterations), f.Integrity.Err)
	}
	if !s.o.takes(*password) {
		return nil, exception.New(exception.IO, "Integrity check failed: java.io.IOException: getSecretKey failed: "+notASCII)
	}
	if name, foreign := foreignMAC(f.Integrity, o); foreign {
		return nil, exception.New(exception.IO, "Integrity check failed: java.security.NoSuchAlgorithmException: Algorithm "+name+" not available")
	}
	if in.Err != nil {
		switch {
		case errors.Is(in.Err, pkcs12x.ErrPassword) && encrypted(in.Safes) && !ascii(*password):
			// It was opened in a reading of the password that Java does not have.
			return nil, wrongPassword("keystore password was incorrect")
		case errors.Is(in.Err, pkcs12x.ErrPassword) && !s.readable(in.Safes):
			return nil, wrongPassword("keystore password was incorrect")
		case errors.Is(in.Err, pkcs12x.ErrPassword):
			return nil, wrongPassword(badIntegrity)
		}
		return nil, exception.Wrap(exception.IO, "Integrity check failed: java.security.NoSuchAlgorithmException: Algorithm "+f.Integrity.Name+" not available", in.Err)
	}
	s.keepMAC(f)
	return s, nil
}

// keepMAC keeps the algorithm of the integrity check of a file that was read.
func (s *pkcs12Store) keepMAC(f *pkcs12x.File) {
	if f.Integrity == nil {
		s.macAlgorithm = none
		return
	}
	s.macAlgorithm, s.macCount = asBefore, f.Integrity.Iterations
	if s.mac, _ = f.MACSpec(); s.mac.Hash == "" {
		s.macAlgorithm = ""
	}
	s.mac.SaltLen = saltLen
}

// keepEncryption keeps the algorithm of an encrypted safe that was read.
func (s *pkcs12Store) keepEncryption(safe pkcs12x.Contents) {
	s.certAlgorithm, s.cert, s.certCount = asBefore, safe.Encryption, safe.Encryption.Iterations
	if !safe.Known {
		s.certAlgorithm, s.certCount = "", -1
	}
	s.cert.SaltLen = saltLen
}

// take makes entries of the safes, as far as they were opened.
func (s *pkcs12Store) take(in pkcs12x.Reading, password *string) error {
	encrypted, certificates := false, 0
	for _, safe := range in.Safes {
		certificates += count(safe.Bags, pkcs12x.OIDCertBag)
		if !safe.Encrypted {
			if safe.Err != nil {
				return exception.Wrap(exception.IO, safe.Err.Error(), safe.Err)
			}
			continue
		}
		if password == nil {
			continue
		}
		if _, limit := errors.AsType[*pkcs12x.LimitError](safe.Err); limit {
			return exception.Wrap(exception.IO, "cert PBE iteration count too large", safe.Err)
		}
		if safe.Err != nil || !s.o.takes(*password) {
			return wrongPassword("keystore password was incorrect")
		}
		encrypted = true
		s.keepEncryption(safe)
	}
	if !encrypted && certificates > 0 {
		s.certAlgorithm = none
	}
	v, err := viewOf(in.Safes, s.o.Now)
	if err != nil {
		return err
	}
	s.order, s.list, s.keys, s.certs = v.order, v.list, v.private+v.secret, len(v.certs)
	return nil
}

// readable tells whether Java reads the certificates in the encrypted safes.
func (s *pkcs12Store) readable(safes []pkcs12x.Contents) bool {
	for _, safe := range safes {
		for _, b := range safe.Bags {
			if raw, ok := b.X509(); ok && safe.Encrypted {
				if _, err := text.ParseCertificate(raw, s.o.Level); err != nil {
					return false
				}
			}
		}
	}
	return true
}

// encrypted tells whether any of the safes is.
func encrypted(safes []pkcs12x.Contents) bool {
	return slices.ContainsFunc(safes, func(s pkcs12x.Contents) bool { return s.Encrypted })
}

func count(bags []pkcs12x.Bag, kind asn1.ObjectIdentifier) (n int) {
	for _, b := range bags {
		if b.Type.Equal(kind) {
			n++
		}
	}
	return n
}

func (s *pkcs12Store) aliases() []string           { return slices.Clone(s.order) }
func (s *pkcs12Store) lookup(alias string) *record { return s.list[fold(alias)] }

func (s *pkcs12Store) kind(r *record) Kind { return r.kind }

func (s *pkcs12Store) put(alias string, r *record) {
	alias = fold(alias)
	if s.list[alias] == nil {
		s.order = append(s.order, alias)
	}
	s.list[alias] = r
	s.count(r, 1)
}

// count adds an entry to the counts, or takes it out of them.
func (s *pkcs12Store) count(r *record, sign int) {
	if r.kind != TrustedCertEntry {
		s.keys += sign
	}
	s.certs += sign * len(r.chain)
}

func (s *pkcs12Store) remove(alias string) error {
	alias = fold(alias)
	if i := slices.Index(s.order, alias); i >= 0 {
		s.count(s.list[alias], -1)
		s.order = slices.Delete(s.order, i, i+1)
		delete(s.list, alias)
	}
	return nil
}

func (s *pkcs12Store) key(ctx context.Context, r *record, password string) (*Key, error) {
	if !s.o.takes(password) {
		return nil, unrecoverable("Get Key failed: getSecretKey failed: %s", notASCII)
	}
	failed := func(message string, err error) (*Key, error) {
		return nil, exception.Wrap(exception.UnrecoverableKey, "Get Key failed: "+message, err)
	}
	sealed, err := r.seal()
	if err != nil {
		return failed(err.Error(), err)
	}
	k, err := pkcs12x.UnshroudKey(ctx, sealed, password, s.o.limits())
	_, limit := errors.AsType[*pkcs12x.LimitError](err)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limit:
		return failed("key PBE iteration count too large", err)
	case errors.Is(err, pkcs12x.ErrPassword):
		return failed(badPadding, err)
	case k == nil || k.PKCS8 == nil:
		return failed(err.Error(), err)
	}
	out := &Key{Attributes: r.attributes}
	if r.kind == PrivateKeyEntry {
		out.PKCS8 = k.PKCS8
		if out.Algorithm = keyAlgorithm(k.Algorithm); out.Algorithm == "" {
			return failed(k.Algorithm.String()+" KeyFactory not available", nil)
		}
		return out, nil
	}
	if out.Algorithm = keystore.SecretKeyName(k.Algorithm); out.Algorithm == "" {
		out.Algorithm = k.Algorithm.String()
	}
	out.spec = !strings.HasPrefix(out.Algorithm, "PBE")
	if out.Secret, err = k.Secret(); err != nil {
		return failed(err.Error(), err)
	}
	if len(out.Secret) == 0 {
		return failed("Empty key", nil)
	}
	return out, nil
}

func (s *pkcs12Store) setKey(ctx context.Context, alias string, k *Key, password *string, chain []*pkcs12x.Certificate) error {
	secret := ""
	if password != nil {
		secret = *password
	}
	plain := k.PKCS8
	r := &record{kind: PrivateKeyEntry, created: s.o.Now(), chain: chain, name: fold(alias), attributes: others(k.Attributes)}
	if plain == nil {
		r.kind, r.chain = SecretKeyEntry, nil
		id, ok := keystore.SecretKeyID(k.Algorithm)
		if !ok || slices.Contains(s.o.Level.Nameless, k.Algorithm) {
			return exception.New(exception.KeyStore, "Key protection algorithm not found: java.security.NoSuchAlgorithmException: unrecognized algorithm name: "+k.Algorithm)
		}
		wrapped, err := pkcs12x.NewSecretKey(id, k.Secret)
		if err != nil {
			return exception.Wrap(exception.KeyStore, err.Error(), err)
		}
		plain = wrapped.PKCS8
	}
	var err error
	if r.sealing, err = s.seal(ctx, plain, secret, k.Protection); err != nil {
		return exception.Wrap(exception.KeyStore, "Key protection algorithm not found: java.security.UnrecoverableKeyException: Encrypt Private Key failed: "+exception.Of(err).Message, err)
	}
	if !linked(chain) {
		const invalid = "Certificate chain is not valid"
		if s.o.Level.WrappedChain {
			return exception.New(exception.KeyStore, "Key protection algorithm not found: "+exception.KeyStore+": "+invalid)
		}
		return exception.New(exception.KeyStore, invalid)
	}
	r.id = []byte("Time " + strconv.FormatInt(r.created.UnixMilli(), 10))
	s.put(alias, r)
	return nil
}

// linked tells whether each certificate names the next as its issuer, and none is
// there twice.
func linked(chain []*pkcs12x.Certificate) bool {
	seen := map[string]bool{}
	for i, c := range chain {
		if seen[string(c.Raw)] || i > 0 && !dname.Same(chain[i-1].RawIssuer, c.RawSubject) {
			return false
		}
		seen[string(c.Raw)] = true
	}
	return true
}

// seal begins to encrypt a key; what it returns waits for it.
func (s *pkcs12Store) seal(ctx context.Context, plain []byte, password, algorithm string) (func() ([]byte, error), error) {
	set := settings{s.o}
	if algorithm == "" {
		algorithm = set.keyAlgorithm()
	}
	n, err := set.keyCount()
	if err != nil {
		return nil, err
	}
	e, ok := encryption(algorithm)
	if !ok {
		return nil, exception.New(exception.IO, "getPBEAlgorithmParameters failed: "+algorithm+" AlgorithmParameters not available")
	}
	if !s.o.takes(password) {
		return nil, exception.New(exception.IO, "getSecretKey failed: "+notASCII)
	}
	e.Iterations, e.SevenBits = n, s.o.Level.WidePasswords
	return pkcs12x.BeginShroud(ctx, s.o.Rand, plain, password, e)
}

func (s *pkcs12Store) setCertificate(alias string, cert *pkcs12x.Certificate) error {
	if have := s.lookup(alias); have != nil && have.kind != TrustedCertEntry {
		return exception.New(exception.KeyStore, "Cannot overwrite own certificate")
	}
	trust, err := pkcs12x.NewTrustedKeyUsage(pkcs12x.OIDAnyUsage)
	if err != nil {
		return exception.Wrap(exception.KeyStore, err.Error(), err)
	}
	s.put(alias, &record{
		kind: TrustedCertEntry, created: s.o.Now(), chain: []*pkcs12x.Certificate{cert}, name: alias,
		usages: []pkcs12x.Attribute{trust}, attributes: others(cert.Attributes),
	})
	return nil
}

// others are the attributes but those that Java makes itself.
func others(list []pkcs12x.Attribute) (out []pkcs12x.Attribute) {
	for _, a := range list {
		if !a.ID.Equal(pkcs12x.OIDFriendlyName) && !a.ID.Equal(pkcs12x.OIDLocalKeyID) && !a.ID.Equal(pkcs12x.OIDTrustedKeyUsage) {
			out = append(out, a)
		}
	}
	return out
}

// encode writes keys and certificates in the order of the entries.
func (s *pkcs12Store) encode(ctx context.Context, password *string) ([]byte, error) {
	keys, certs, err := s.bags()
	if err != nil {
		return nil, exception.Wrap(exception.IO, err.Error(), err)
	}
	if s.keys > 0 && keys == nil {
		keys = []pkcs12x.Bag{}
	}
	if s.certs > 0 && certs == nil {
		certs = []pkcs12x.Bag{}
	}
	if password == nil && s.o.Level.EmptyForNone {
		password = new("")
	}
	p := pkcs12x.Profile{Name: "Java"}
	secret := ""
	if password != nil {
		secret = *password
		if err := s.protect(&p, certs != nil); err != nil {
			return nil, err
		}
		if !s.o.takes(secret) && (p.Cert.Scheme != pkcs12x.SchemeNone || p.MAC.Hash != "") {
			if p.Cert.Scheme != pkcs12x.SchemeNone {
				return nil, exception.New(exception.IO, "getSecretKey failed: "+notASCII)
			}
			return nil, exception.New(exception.IO, "calculateMac failed: java.io.IOException: getSecretKey failed: "+notASCII)
		}
	}
	data, err := s.write(ctx, p, secret, keys, certs)
	if err != nil {
		return nil, exception.Wrap(exception.IO, err.Error(), err)
	}
	return data, nil
}

// write encodes bags, in the file that was begun if that is the one.
func (s *pkcs12Store) write(ctx context.Context, p pkcs12x.Profile, password string, keys, certs []pkcs12x.Bag) ([]byte, error) {
	begun := s.ahead
	if s.ahead = nil; begun != nil && begun.password == password && begun.profile.Cert == p.Cert && begun.profile.MAC == p.MAC {
		return begun.draft.EncodeBags(keys, certs)
	}
	return p.EncodeBags(ctx, s.o.Rand, password, keys, certs)
}

// protect chooses the algorithms for certificates, where there are some, and MAC:
// those of the file that was read, else those of the settings.
func (s *pkcs12Store) protect(p *pkcs12x.Profile, certificates bool) error {
	set := settings{s.o}
	var err error
	if certificates {
		name, n := s.certAlgorithm, s.certCount
		if name == "" {
			name = set.certAlgorithm()
		}
		if n < 0 {
			if n, err = set.certCount(); err != nil {
				return err
			}
		}
		switch e, ok := encryption(name); {
		case name == asBefore:
			p.Cert = s.cert
		case strings.EqualFold(name, none):
		case !ok:
			return exception.New(exception.IO, "getPBEAlgorithmParameters failed: "+name+" AlgorithmParameters not available")
		default:
			p.Cert = e
		}
		p.Cert.Iterations, p.Cert.SevenBits = n, s.o.Level.WidePasswords
	}
	name, n := s.macAlgorithm, s.macCount
	if name == "" {
		name = set.macAlgorithm()
	}
	if n < 0 {
		if n, err = set.macCount(); err != nil {
			return err
		}
	}
	switch m, ok := mac(name, s.o.Level.PBMAC1); {
	case name == asBefore:
		p.MAC = s.mac
	case strings.EqualFold(name, none):
		return nil
	case !ok && s.o.Level.PBMAC1:
		return exception.New("sun.security.pkcs.ParsingException", "unexpected algorithm '"+name+"'")
	case !ok:
		return exception.New(exception.IO, "calculateMac failed: java.security.NoSuchAlgorithmException: Algorithm "+name+" not available")
	default:
		p.MAC = m
	}
	p.MAC.Iterations = n
	return nil
}

// bags makes the bags of all entries. Java writes the name of a key in small
// letters and that of its certificate as it was spelled.
func (s *pkcs12Store) bags() (keys, certs []pkcs12x.Bag, err error) {
	add := func(list *[]pkcs12x.Bag, b pkcs12x.Bag, failed error) {
		*list = append(*list, b)
		err = errors.Join(err, failed)
	}
	for _, alias := range s.order {
		r := s.list[alias]
		attributes := func(name string, id []byte, more ...pkcs12x.Attribute) []pkcs12x.Attribute {
			out := []pkcs12x.Attribute{pkcs12x.NewFriendlyName(name)}
			if id != nil {
				out = append(out, pkcs12x.NewLocalKeyID(id))
			}
			return append(append(out, more...), r.attributes...)
		}
		switch r.kind {
		case PrivateKeyEntry:
			keys = append(keys, pkcs12x.Bag{Type: pkcs12x.OIDShroudedKeyBag, Value: r.sealed, Later: r.sealing, Attributes: attributes(alias, r.id)})
		case SecretKeyEntry:
			sealed, late := r.seal()
			b, failed := pkcs12x.NewSecretBag(sealed, attributes(alias, r.id))
			add(&keys, b, errors.Join(late, failed))
		default:
			b, failed := pkcs12x.NewX509Bag(r.chain[0].Raw, attributes(r.name, r.id, r.usages...))
			add(&certs, b, failed)
			continue
		}
		for i, c := range r.chain {
			a := attributes(r.name, r.id)
			if i > 0 { // a name for the sake of NSS, which wants one
				a = attributes(rfc2253(c.RawSubject), nil)
			}
			b, failed := pkcs12x.NewX509Bag(c.Raw, a)
			add(&certs, b, failed)
		}
	}
	return keys, certs, err
}
