package keystore

import (
	"context"
	"encoding/asn1"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"

	"muxkey/keystore/nss"
	"muxkey/pkcs12x"
)

// nssFormat is the database of NSS, which is two files in one directory.
var nssFormat = Format{
	ID:         "nss",
	Title:      "NSS database",
	Extensions: []string{".db"},
	Detect: func(head []byte) Confidence {
		if _, ok := nss.Detect(head); ok {
			return Sure
		}
		return No
	},
	Decode:  decodeNSS,
	Instead: "write a PKCS#12 file, and let NSS take it in: pk12util -i keystore.p12 -d sql:DIRECTORY; certificates: certutil -A",
}

// nssDatabase names the file by which the NSS database in a directory is opened.
// A directory holds one when there is a cert9.db or a key4.db in it.
func nssDatabase(path string) (file string, ok bool) {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return "", false
	}
	for _, name := range []nss.Kind{nss.CertDB, nss.KeyDB} {
		file := filepath.Join(path, string(name))
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file, true
		}
	}
	return "", false
}

// decodeNSS reads both files of a database, whichever it was given. Certificates
// stand in the open; without a password keys are listed and stay locked, and
// trust is shown as it stands.
func decodeNSS(ctx context.Context, in *Input) (*Store, error) {
	dbs := map[nss.Kind]*nss.Database{}
	first, err := in.nssFile(ctx, in.Name, in.Data)
	if err != nil {
		return nil, err
	}
	dbs[first.Kind] = first
	// The name of the other file follows from that of this one, which may have a
	// prefix (certutil -P). Of a file under a name of its own nobody knows where the
	// other one is.
	other := map[nss.Kind]nss.Kind{nss.CertDB: nss.KeyDB, nss.KeyDB: nss.CertDB}[first.Kind]
	if prefix, ok := strings.CutSuffix(filepath.Base(in.Name), string(first.Kind)); ok && in.Beside != nil {
		name := prefix + string(other)
		data, err := in.besides(ctx, name)
		if err != nil {
			return nil, err
		}
		if kind, ok := nss.Detect(data); ok && kind == other {
			if dbs[other], err = in.nssFile(ctx, name, data); err != nil {
				return nil, fmt.Errorf("%s beside it: %w", name, err)
			}
		}
	}
	n := &nssStore{file: nss.Join(dbs[nss.CertDB], dbs[nss.KeyDB]), in: in, sealed: map[*Key]*nss.Key{}}
	return n.store(ctx)
}

// nssFile reads one of the files, with what its last transaction may have left
// beside it.
func (in *Input) nssFile(ctx context.Context, name string, data []byte) (*nss.Database, error) {
	base := filepath.Base(name)
	log, err := in.besides(ctx, base+"-wal")
	if err != nil {
		return nil, err
	}
	journal, err := in.besides(ctx, base+"-journal")
	if err != nil {
		return nil, err
	}
	if nss.Unfinished(journal) {
		return nil, &FormatError{
			What: "an NSS database", Err: fmt.Errorf("a change to it was not finished (%s-journal)", base),
			Hint: "end the program that writes it, or let NSS take the change back: certutil -L -d sql:DIRECTORY",
		}
	}
	return nss.ReadDatabase(data, log, in.Limits)
}

// besides reads a file from the same directory; nil when there is none.
func (in *Input) besides(ctx context.Context, name string) ([]byte, error) {
	if in.Beside == nil {
		return nil, nil
	}
	data, err := in.Beside(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// nssStore is a database on its way to becoming a Store.
type nssStore struct {
	file   *nss.File
	in     *Input
	sealed map[*Key]*nss.Key
	keys   []*Key // in the order of file.Keys
}

func (n *nssStore) store(ctx context.Context) (*Store, error) {
	s := &Store{Integrity: n.file.Integrity()}
	open, err := n.login(ctx, s)
	if err != nil {
		return nil, err
	}
	s.Verified = open
	if err := n.readKeys(ctx, open); err != nil {
		return nil, err
	}
	n.entries(ctx, s, open)
	s.unlock = func(ctx context.Context, k *Key, password string) error {
		var err error
		if !open { // keys have no password of their own
			err = n.file.Login(ctx, password)
			open = err == nil
		}
		if open {
			err = n.open(ctx, k)
		}
		if err != nil {
			k.Err = err
		}
		return err
	}
	s.Protections = protections(nil, s.Entries)
	n.skipped(s)
	return s, ctx.Err()
}

// login opens the database with no password, which is what many have, and then
// with that of the user, who is not asked for one that is not needed.
func (n *nssStore) login(ctx context.Context, s *Store) (open bool, err error) {
	if !n.file.HasPassword {
		return false, nil
	}
	err = n.file.Login(ctx, "")
	s.NoPassword = err == nil
	if errors.Is(err, ErrPassword) {
		password, given, askErr := n.in.Password(ctx)
		if askErr != nil || !given {
			return false, askErr
		}
		err = n.file.Login(ctx, password)
	}
	if errors.Is(err, pkcs12x.ErrUnsupported) {
		s.Integrity.Err = err
		return false, nil
	}
	return err == nil, err
}

// readKeys opens the keys as far as wanted, all on all cores.
func (n *nssStore) readKeys(ctx context.Context, open bool) error {
	names := map[string]string{} // nicknames of certificates by the ID of their key
	for _, c := range n.file.Certificates {
		if len(c.ID) > 0 && names[string(c.ID)] == "" {
			names[string(c.ID)] = c.Nickname
		}
	}
	for _, from := range n.file.Keys {
		k := &Key{Protection: from.Protection, Err: pkcs12x.ErrLocked}
		k.Algorithm, k.Parameters = from.Identifier()
		if from.Protection.Err != nil {
			k.Err = from.Protection.Err
		}
		name := names[string(from.ID)] // by which certutil and pk12util go
		if name == "" {
			name = from.Label
		}
		if name != "" {
			k.Attributes = append(k.Attributes, pkcs12x.NewFriendlyName(name))
		}
		if len(from.ID) > 0 {
			k.Attributes = append(k.Attributes, localKeyID(from.ID))
		}
		n.keys = append(n.keys, k)
		n.sealed[k] = from
	}
	if !open || !n.in.Unlock || n.in.UnlockAtMost > 0 && len(n.keys) > n.in.UnlockAtMost {
		return nil
	}
	errs := make([]error, len(n.keys))
	nss.InParallel(len(n.keys), func(i int) { errs[i] = n.open(ctx, n.keys[i]) })
	for i, err := range errs {
		if _, over := errors.AsType[*pkcs12x.LimitError](err); over {
			return err
		}
		if err != nil {
			n.keys[i].Err = err
		}
	}
	return ctx.Err()
}

// open decrypts a key in place.
func (n *nssStore) open(ctx context.Context, k *Key) error {
	from := n.sealed[k]
	raw, err := n.file.Open(ctx, from)
	if err != nil {
		return err
	}
	var open *Key
	if from.Secret {
		open, err = secretKey(from.Algorithm(), raw)
	} else {
		open, err = pkcs12x.ParsePrivateKey(raw)
	}
	if err != nil {
		return err
	}
	attributes, protection := k.Attributes, k.Protection
	*k = *open
	k.Attributes, k.Protection = attributes, protection
	return nil
}

// entries pairs keys with certificates and names all.
func (n *nssStore) entries(ctx context.Context, s *Store, open bool) {
	var private []*Key
	var secrets []*Entry
	ours := map[string]bool{} // IDs of private keys
	for i, from := range n.file.Keys {
		if k := n.keys[i]; from.Secret {
			name, _ := pkcs12x.FriendlyName(k.Attributes)
			secrets = append(secrets, &Entry{Alias: name, Kind: pkcs12x.SecretKey, Key: k})
		} else {
			private = append(private, k)
			ours[string(from.ID)] = true
		}
	}
	forged := n.checkTrust(ctx, s, open)
	var certs []*Certificate
	settings := map[*Certificate]NSSTrust{}
	for _, from := range n.file.Certificates {
		c, err := pkcs12x.ParseCertificate(from.Raw)
		if err != nil {
			s.Skipped = append(s.Skipped, Skipped{What: fmt.Sprintf("%q, which is no certificate", from.Nickname)})
			continue
		}
		if from.Nickname != "" {
			c.Attributes = append(c.Attributes, pkcs12x.NewFriendlyName(from.Nickname))
		}
		own := len(from.ID) > 0 && ours[string(from.ID)]
		if own {
			c.Attributes = append(c.Attributes, localKeyID(from.ID))
		}
		trust := from.Trust
		if trust == nil || forged[trust] {
			trust = &nss.Trust{}
		}
		settings[c] = NSSTrust{trust.Flags(own), trust}
		if usages := trustedUsages(trust); usages != nil && !own {
			c.Attributes = append(c.Attributes, *usages)
		}
		certs = append(certs, c)
	}
	newestFirst(certs)
	s.Entries = append(pkcs12x.Assemble(private, certs), secrets...)
	for _, l := range n.file.CRLs {
		s.Entries = append(s.Entries, &Entry{Alias: l.Name, Kind: pkcs12x.CRL, Type: oidX509CRL, Value: l.Raw})
	}
	uniqueAliases(s.Entries)
	s.Trust = map[*Entry]NSSTrust{}
	for _, e := range s.Entries {
		if len(e.Chain) > 0 {
			s.Trust[e] = settings[e.Chain[0]]
		}
	}
}

// newestFirst puts a certificate that replaces another one of the same key into
// its place, so that the key gets that one, as in NSS.
func newestFirst(certs []*Certificate) {
	places := map[string][]int{}
	for i, c := range certs {
		if id, ok := pkcs12x.LocalKeyID(c.Attributes); ok {
			places[string(id)] = append(places[string(id)], i)
		}
	}
	for _, at := range places {
		var group []*Certificate
		for _, i := range at {
			group = append(group, certs[i])
		}
		slices.SortStableFunc(group, func(a, b *Certificate) int { return b.NotBefore.Compare(a.NotBefore) })
		for j, i := range at {
			certs[i] = group[j]
		}
	}
}

// checkTrust checks the signatures of those settings that make a certificate
// trusted; without a login there is nothing to check them with.
func (n *nssStore) checkTrust(ctx context.Context, s *Store, open bool) (forged map[*nss.Trust]bool) {
	forged = map[*nss.Trust]bool{}
	if !open {
		return forged
	}
	errs := make([]error, len(n.file.Certificates))
	nss.InParallel(len(errs), func(i int) {
		if t := n.file.Certificates[i].Trust; t != nil {
			errs[i] = n.file.CheckTrust(ctx, t)
		}
	})
	unchecked := 0
	for i, err := range errs {
		c := n.file.Certificates[i]
		switch _, over := errors.AsType[*pkcs12x.LimitError](err); {
		case err == nil:
		case over || errors.Is(err, pkcs12x.ErrUnsupported):
			unchecked++
		default:
			forged[c.Trust] = true
			s.Skipped = append(s.Skipped, Skipped{What: fmt.Sprintf("the trust %s of %q: %v", c.Trust.Flags(false), c.Nickname, err)})
		}
	}
	if unchecked > 0 {
		s.Verified = false
		s.Skipped = append(s.Skipped, Skipped{What: fmt.Sprintf("the signatures over the trust of %d certificates, which would take too long to check", unchecked)})
	}
	return forged
}

// trustedUsages is the trust of NSS in the form of Java's attribute; nil when
// there is none.
func trustedUsages(t *nss.Trust) *Attribute {
	a := Attribute{ID: pkcs12x.OIDTrustedKeyUsage}
	for _, u := range []struct {
		level nss.Level
		id    asn1.ObjectIdentifier
	}{
		{t.ServerAuth, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 1}},
		{t.ClientAuth, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 2}},
		{t.CodeSigning, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 3}},
		{t.EmailProtection, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 4}},
	} {
		if u.level.Trusted() {
			var b cryptobyte.Builder
			b.AddASN1ObjectIdentifier(u.id)
			a.Values = append(a.Values, b.BytesOrPanic())
		}
	}
	if a.Values == nil {
		return nil
	}
	return &a
}

// skipped names what is no entry, the same things once.
func (n *nssStore) skipped(s *Store) {
	count := map[string]int{}
	for _, what := range n.file.Others {
		count[what]++
	}
	for _, t := range n.file.Trusts {
		if flags := t.Flags(false); flags != ",," {
			count[fmt.Sprintf("the trust %s of a certificate that is not in the database", flags)]++
		}
	}
	for _, what := range slices.Sorted(maps.Keys(count)) {
		if n := count[what]; n > 1 {
			what = fmt.Sprintf("%s (%d times)", what, n)
		}
		s.Skipped = append(s.Skipped, Skipped{What: what})
	}
}
