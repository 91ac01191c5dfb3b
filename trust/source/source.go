// Package source reads trust anchors from wherever they lie about: PEM, DER and
// PKCS#7 files, keystores of every format, directories, lists of root programs,
// and the bundles that package trust/target writes.
//
// What a file is, its content says. Kinds lists what is read here, the more
// particular first; what none of them knows is left to package keystore. To add a
// kind, write its file and its line in Kinds.
package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"muxkey/internal/finding"
	"muxkey/internal/named"
	"muxkey/keystore"
	"muxkey/keystore/nss"
	"muxkey/pkcs12x"
	"muxkey/trust"
)

// Options say how sources are read.
type Options struct {
	// Password is asked for the stores that need one; nil when there is none.
	Password func(name string) func(context.Context) (string, error)
	// Limits bound what a file may ask for; zero means pkcs12x.DefaultLimits.
	Limits pkcs12x.Limits
	// KeyIssuers takes from keystores the issuers of their private-key entries
	// alone, and not the certificates that they trust.
	KeyIssuers bool
	// Leaf gets the certificate of each of those keys; nil when nobody asks.
	Leaf func(raw []byte)
}

func (o Options) limits() pkcs12x.Limits {
	if o.Limits == (pkcs12x.Limits{}) {
		return pkcs12x.DefaultLimits()
	}
	return o.Limits
}

// Input is a file on its way through a reader.
type Input struct {
	Name    string // as it was named
	Entry   string // the file in a directory; else empty
	Data    []byte
	Options Options
}

// origin of an anchor in the file; entry is the alias in it, where it has one.
func (in Input) origin(entry string) trust.Origin {
	switch {
	case in.Entry == "":
		return trust.Origin{Source: in.Name, Entry: entry}
	case entry == "":
		return trust.Origin{Source: in.Name, Entry: in.Entry}
	}
	return trust.Origin{Source: in.Name, Entry: in.Entry + "#" + entry}
}

// find takes note of something wrong with the file.
func (in Input) find(b *trust.Builder, rule string, severity finding.Severity, text string) {
	in.findAt(b, "", rule, severity, text)
}

func (in Input) findAt(b *trust.Builder, entry, rule string, severity finding.Severity, text string) {
	b.Find(finding.Finding{Rule: rule, Severity: severity, Where: in.origin(entry).String(), Text: text})
}

// add takes an anchor from the file, with what has been said of it; entry is the
// alias in it, or the place.
func (in Input) add(b *trust.Builder, entry string, a *trust.Anchor) {
	if a.Trailing > 0 {
		in.findAt(b, entry, "trailing-bytes", finding.Medium, fmt.Sprintf("%d octets stand behind the certificate, and are left out", a.Trailing))
	}
	b.Add(a)
}

// certificate adds an anchor under terms. It fails as trust.Parse does.
func (in Input) certificate(b *trust.Builder, entry, label string, raw []byte, terms trust.Terms) error {
	a, err := trust.Parse(raw)
	if err != nil {
		return err
	}
	a.Label, a.Terms, a.Origins = label, terms, []trust.Origin{in.origin(entry)}
	b.Add(a)
	return nil
}

// damaged says that the file is what it seems to be, and broken. Its bundle is
// then refused as a whole, as it was written in one go.
func (in Input) damaged(what string, err error) error {
	return &keystore.FormatError{Path: in.origin("").String(), What: what, Damaged: true, Err: err}
}

// Kind is one kind of file that anchors are read from.
type Kind struct {
	ID    string
	Title string
	// Detect judges the content.
	Detect func(data []byte) bool
	// Read adds the anchors. What it passes over, it skips by name.
	Read func(ctx context.Context, b *trust.Builder, in Input) error
}

// Kinds lists them, the more particular first. The last knows all that is left.
func Kinds() named.Set[Kind] {
	return named.New(func(k Kind) string { return k.ID },
		p11kitKind,
		certdataKind,
		sstKind,
		regKind,
		appleKind,
		chromiumKind,
		pemKind,
		uefiKind,
		kubernetesKind,
		keystoreKind,
	)
}

// PrivateKeyError means that a bundle has a private key in it, which must not go
// where bundles go.
type PrivateKeyError struct {
	Path string
	Line int // from 1; 0 when the file has no lines
}

func (e *PrivateKeyError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s: a private key stands at line %d; a bundle is for everybody to read", e.Path, e.Line)
	}
	return e.Path + ": it holds a private key; a bundle is for everybody to read"
}

// Bytes reads anchors from the content of a file. Errors: *PrivateKeyError,
// *pkcs12x.LimitError, those of keystore.Open.
func Bytes(ctx context.Context, b *trust.Builder, in Input) error {
	if most := in.Options.limits().Size; len(in.Data) > most {
		// Asked is not known: a stream is read up to the limit.
		return fmt.Errorf("reading %s: %w", in.origin(""), &pkcs12x.LimitError{Limit: "bytes", Asked: -1, Max: int64(most)})
	}
	for k := range Kinds().All() {
		if k.Detect(in.Data) {
			return k.Read(ctx, b, in)
		}
	}
	return &keystore.FormatError{Path: in.origin("").String(), What: "a file of a kind that is not known"}
}

// Path reads anchors from a file or from the files of a directory, without going
// into directories below. Errors: *fs.PathError, *pkcs12x.LimitError, and those
// of Bytes.
func Path(ctx context.Context, b *trust.Builder, path string, o Options) error {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		for _, name := range []nss.Kind{nss.CertDB, nss.KeyDB} {
			if _, err := os.Stat(filepath.Join(path, string(name))); err == nil {
				return openKeystore(ctx, b, path, o)
			}
		}
		return directory(ctx, b, path, o)
	}
	file, member := keystore.SplitMember(path)
	if member != "" { // of a manifest, which only package keystore takes apart
		return openKeystore(ctx, b, file+"#"+member, o)
	}
	data, err := keystore.ReadFile(ctx, path, o.limits().Size)
	if err != nil {
		return err
	}
	if _, ok := nss.Detect(data); ok { // its other file lies beside it
		return openKeystore(ctx, b, path, o)
	}
	return Bytes(ctx, b, Input{Name: path, Data: data, Options: o})
}

// directory reads the files of a directory. One that holds no anchors is skipped
// by name; one with a private key refuses the whole, as it would by itself.
func directory(ctx context.Context, b *trust.Builder, path string, o Options) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		name := filepath.Join(path, e.Name())
		info, err := os.Stat(name) // of what a link points to
		switch {
		case errors.Is(err, fs.ErrNotExist):
			b.Skip(trust.Origin{Source: path, Entry: e.Name()}, "it is a link to nothing")
			continue
		case err != nil:
			return err
		case info.IsDir():
			b.Skip(trust.Origin{Source: path, Entry: e.Name()}, "it is a directory")
			continue
		case !info.Mode().IsRegular():
			b.Skip(trust.Origin{Source: path, Entry: e.Name()}, "it is a device, pipe or socket")
			continue
		}
		data, err := keystore.ReadFile(ctx, name, o.limits().Size)
		if err != nil {
			return err
		}
		in := Input{Name: path, Entry: e.Name(), Data: data, Options: o}
		var format *keystore.FormatError
		if err := Bytes(ctx, b, in); errors.As(err, &format) && !format.Damaged {
			b.Skip(in.origin(""), "it is "+format.What)
		} else if err != nil {
			return err
		}
	}
	return nil
}
