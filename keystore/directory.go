package keystore

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"muxkey/pkcs12x"
)

// directoryFormat is the PEM, DER and PKCS#7 files of a directory, taken as one
// store: what /etc/ssl/certs is to OpenSSL. It has no bytes of its own.
var directoryFormat = Format{
	ID:         "directory",
	Title:      "directory of certificates and keys",
	Extensions: []string{".d"},
	Detect:     func([]byte) Confidence { return No },
	Hint:       func(string) string { return "name the directory" },
}

// OpenDirectory reads the files of a directory as one store, without going into
// directories below: the PEM, DER and PKCS#7 files in it, each certificate once,
// though links and copies under the names of c_rehash are there. Keys get their
// certificates from all the files. Entries are named after the files, where they
// have no name of their own. Other keystores are not taken in; Skipped names
// them. Without a private key the certificates are trusted ones, as they are to
// OpenSSL. A directory with a database of NSS is that. Errors: those of Open; a file
// that cannot be read is one.
func OpenDirectory(ctx context.Context, path string, opts Options) (*Store, error) {
	if _, ok := nssDatabase(path); ok {
		return Open(ctx, path, opts)
	}
	d := &directory{
		objects: &objects{in: (&opening{name: path, opts: opts}).input(nil), legacy: map[*Key]*pem.Block{}},
		seen:    map[string]bool{},
	}
	files, err := d.read(ctx, path, opts)
	if err != nil {
		return nil, err
	}
	for _, s := range files {
		d.take(s)
	}
	if d.count == 0 {
		return nil, &FormatError{Path: path, What: "a directory", Err: errors.New("none of its files is a certificate or key in PEM or DER")}
	}
	s, err := d.finish(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	s.Path, s.Format, s.Size = path, directoryFormat.ID, d.size
	s.Sequence = nil // the order of files means nothing
	if len(d.keys) == 0 {
		for _, e := range s.Entries {
			if e.Kind == pkcs12x.PlainCertificate {
				e.Kind = pkcs12x.TrustedCertificate
			}
		}
	}
	return s, nil
}

// directory gathers what the files hold.
type directory struct {
	*objects
	seen map[string]bool // keys, certificates and others by their DER
	size int
}

// read opens the files. Those of a single certificate come first and those named
// by c_rehash last, because of several copies the first gives the name.
func (d *directory) read(ctx context.Context, path string, opts Options) ([]*Store, error) {
	list, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, reason(err))
	}
	opts.Password, opts.Unlock = nil, false // the keys are opened all at once
	shared := new(int)
	var out []*Store
	for _, item := range list {
		name := filepath.Join(path, item.Name())
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			continue // a dangling link, a directory, a device
		}
		s, err := d.open(ctx, name, opts, shared)
		if e, ok := errors.AsType[*FormatError](err); ok && !e.Damaged {
			if e.Unread {
				d.pass(name, e.What)
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		if s != nil {
			out = append(out, s)
		}
	}
	rank := func(s *Store) int {
		switch {
		case hashed(filepath.Base(s.Path)):
			return 2
		case len(s.Sequence) > 1:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(out, func(a, b *Store) int { return rank(a) - rank(b) })
	return out, nil
}

// hashed tells the names that c_rehash gives to certificates and CRLs, such as
// "5ed36f99.0" and "5ed36f99.r0".
func hashed(name string) bool {
	hash, number, ok := strings.Cut(name, ".")
	return ok && len(hash) == 8 && strings.Trim(hash, "0123456789abcdef") == "" &&
		number != "" && strings.Trim(strings.TrimPrefix(number, "r"), "0123456789") == ""
}

// open reads one file; nil for one that is passed over.
func (d *directory) open(ctx context.Context, name string, opts Options, keyBytes *int) (*Store, error) {
	o, err := load(ctx, name, opts)
	if err != nil {
		return nil, err
	}
	l, err := o.look()
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]string{pemFormat.ID, derFormat.ID, pkcs7Format.ID}, l.format.ID) {
		d.pass(name, article(l.format.Title))
		return nil, nil
	}
	if d.size += len(l.data); d.size > d.in.Limits.Size {
		return nil, fmt.Errorf("reading %s: %w", d.in.Name, &pkcs12x.LimitError{Limit: "bytes", Asked: -1, Max: int64(d.in.Limits.Size)})
	}
	in := o.input(l.data)
	in.keyBytes = keyBytes
	s, err := o.decode(ctx, l, in)
	if err == nil && s.Format == pkcs12Format.ID { // in PEM
		d.pass(name, article(pkcs12Format.Title))
		return nil, nil
	}
	return s, err
}

func (d *directory) pass(name, what string) {
	d.skipped = append(d.skipped, Skipped{What: filepath.Base(name) + ": " + what})
}

// take adds the objects of a file that are not there yet, under its name.
func (d *directory) take(s *Store) {
	base := filepath.Base(s.Path)
	if !hashed(base) {
		base = strings.TrimSuffix(base, filepath.Ext(base))
	}
	for _, part := range s.Skipped {
		part.What = filepath.Base(s.Path) + ": " + part.What
		d.skipped = append(d.skipped, part)
	}
	isNew := func(der []byte) bool {
		old := d.seen[string(der)]
		d.seen[string(der)] = true
		if !old {
			d.count++
		}
		return !old
	}
	name := func(list []Attribute) []Attribute {
		if _, has := pkcs12x.FriendlyName(list); has || base == "" {
			return list
		}
		return append(list, pkcs12x.NewFriendlyName(base))
	}
	for _, c := range s.Sequence {
		if isNew(c.Raw) {
			c.Attributes = name(c.Attributes)
			d.certs = append(d.certs, c)
		}
	}
	for _, e := range s.Entries {
		switch k := e.Key; {
		case k != nil:
			der := append(slices.Clone(k.PKCS8), k.Shrouded...)
			if block := s.legacy[k]; block != nil {
				der = block.Bytes
				d.legacy[k] = block
			}
			if isNew(der) {
				k.Attributes = name(k.Attributes)
				d.keys = append(d.keys, k)
			}
		case len(e.Chain) == 0 && isNew(e.Value):
			e.Alias, e.Attributes = "", name(e.Attributes)
			d.others = append(d.others, e)
		}
	}
}
