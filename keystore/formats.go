package keystore

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"muxkey/internal/named"
	"muxkey/pkcs12x"
)

// Format is one kind of file that this package knows.
type Format struct {
	// ID is the name in flags and JSON: "pkcs12".
	ID string
	// Title is the name for people: "PKCS#12 keystore".
	Title string
	// Extensions that files of it usually have, with the dot.
	Extensions []string
	// Detect judges the bytes alone; they may be cut off after some 64 KiB.
	Detect func(head []byte) Confidence
	// Members takes a file apart that carries others; then there is no Decode.
	// isStore judges content as one of the other formats.
	Members func(data []byte, isStore func(name string, data []byte) bool) ([]Member, error)
	// Decode reads a file; nil when the format is known by name only.
	Decode func(ctx context.Context, in *Input) (*Store, error)
	// Encode writes entries; nil when files of the format are read only.
	Encode func(ctx context.Context, rand io.Reader, entries []*Entry, e Encoding) ([]byte, error)
	// Refuses says why the format cannot hold an entry; empty when it can. Nil
	// means that it holds all.
	Refuses func(entry *Entry, e Encoding) string
	// KeepsAliases tells that entries come back under the same names.
	KeepsAliases bool
	// NeedsPassword tells that what is written has a password in any case.
	NeedsPassword bool
	// TakesProfile tells that Encoding.Profile is heeded; the other formats have
	// one way of encryption each.
	TakesProfile bool
	// Instead says how entries get into a store of a format that is read only;
	// empty where there is no other way.
	Instead string
	// Hint says how to turn a file that cannot be read into one that can; path is
	// the file's name, quoted for a shell.
	Hint func(path string) string
}

// Confidence is how sure a format is that bytes are its own.
type Confidence int

// The degrees of confidence. The higher wins; the file's extension decides
// between equals, and the order of Formats after it.
const (
	No Confidence = iota
	Maybe
	Likely
	Sure
)

// Formats lists the formats, the more particular ones first.
func Formats() named.Set[Format] {
	return named.New(func(f Format) string { return f.ID }, formatList()...)
}

// formatList is Formats for who asks them all about each of a hundred thousand files.
func formatList() []Format {
	return []Format{
		pkcs12Format,
		jksFormat,
		jceksFormat,
		bksFormat,
		bksV1Format,
		uberFormat,
		bcfksFormat,
		nssFormat,
		pkcs7Format,
		manifestFormat,
		pemFormat,
		derFormat,
		directoryFormat,
	}
}

// Input is a file on its way through a decoder.
type Input struct {
	Name   string
	Data   []byte
	Limits pkcs12x.Limits
	Unlock bool
	// UnlockAtMost is as in Options.
	UnlockAtMost int
	// Beside reads a file of another name from the directory of this one, for
	// formats that are spread over several; nil where there is no directory, as
	// with standard input. Errors: *fs.PathError, *pkcs12x.LimitError.
	Beside func(ctx context.Context, name string) ([]byte, error)

	outline  bool // no more of certificates is asked for
	keyBytes *int // octets of private keys so far, where several files share a limit
	password func(context.Context) (string, error)
	given    bool
	answer   string
}

// parse is how certificates are to be read.
func (in *Input) parse() func([]byte) (*Certificate, error) {
	if in.outline {
		return pkcs12x.ParseOutline
	}
	return pkcs12x.ParseCertificate
}

// Password asks for the password, once for each file; ok is false when there is
// none to be had.
func (in *Input) Password(ctx context.Context) (password string, ok bool, err error) {
	if in.password != nil {
		ask := in.password
		in.password = nil
		in.answer, err = ask(ctx)
		if err != nil {
			return "", false, notGiven(err)
		}
		in.given = true
	}
	return in.answer, in.given, nil
}

// detect picks the format of a file.
func detect(name string, head []byte) (Format, bool) {
	extension := strings.ToLower(filepath.Ext(name))
	var best Format
	most := No
	for _, f := range formatList() {
		c := f.Detect(head)
		if c > most || c == most && c > No && slices.Contains(f.Extensions, extension) && !slices.Contains(best.Extensions, extension) {
			best, most = f, c
		}
	}
	return best, most > No
}
