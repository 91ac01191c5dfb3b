package lint

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"slices"
	"strings"
)

// The bounds on one archive file with all that is packed in it. They are those of
// package inventory, but for the sum: an image of a whole system is no input here.
const (
	maxUnpacked  = 4 << 30
	maxRatio     = 100      // of unpacked bytes to those of the file, from ratioFrom on
	ratioFrom    = 64 << 20 // small files shrink well
	maxMembers   = 200_000
	maxDirectory = 16 << 20 // bytes of the directory of a ZIP archive, which takes some six times the memory
	maxDepth     = 3        // a jar in a war in an ear
	maxAside     = 32 << 20 // bytes of a ZIP archive that is packed in another archive
)

// archiveEndings are those of the names that are looked into. Office documents
// and their like are ZIP archives too, and nobody's configuration.
func archiveEndings() []string {
	return []string{
		".jar", ".war", ".ear", ".aar", ".kar", ".hpi", ".jpi", ".zip", ".whl", ".egg", ".nupkg", ".vsix", ".xpi", ".apk",
		".tar", ".tar.gz", ".tgz", ".crate", ".gem",
	}
}

func namesArchive(name string) bool {
	lower := strings.ToLower(path.Base(name))
	return slices.ContainsFunc(archiveEndings(), func(e string) bool { return strings.HasSuffix(lower, e) })
}

// errNoArchive means that something is only called like an archive.
var errNoArchive = errors.New("it is no archive, whatever its name says")

// boundError says which bound an archive went over. It ends the walk through the
// whole file.
type boundError struct{ reason string }

func (e *boundError) Error() string { return e.reason }

// unpacking is the walk through one archive file.
type unpacking struct {
	*worker
	size     int64 // of the file
	unpacked int64
	members  int
	aside    bool // an archive is held in memory
	over     error
}

// archive looks into a file if it is an archive.
func (w *worker) archive(n name, path string) bool {
	if !namesArchive(n.shown) {
		return false
	}
	f, err := openRegular(path) // as it must be, and then in the way that can be read anywhere
	if err != nil {
		return false // it is said when it is read as a file
	}
	size := f.size()
	_ = f.Close()
	at, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = at.Close() }() // nothing was written
	u := &unpacking{worker: w, size: size}
	err = u.open(n, at, size, 1)
	if u.aside {
		w.nesting.Unlock()
	}
	if errors.Is(err, errNoArchive) {
		return false
	}
	if err != nil && w.ctx.Err() == nil {
		w.unread(n, "as an archive: "+err.Error())
	}
	return true
}

// open looks into an archive that can be read anywhere.
func (u *unpacking) open(n name, at io.ReaderAt, size int64, depth int) error {
	head := make([]byte, 512)
	got, _ := at.ReadAt(head, 0) // a failure shows when it is read
	if kind := packing(head[:got]); kind != nil {
		return kind(u, n, io.NewSectionReader(at, 0, size), depth)
	}
	directory := &budgetReaderAt{at, maxDirectory}
	z, err := zip.NewReader(directory, size)
	switch {
	case errors.Is(err, zip.ErrFormat) && !bytes.HasPrefix(head, []byte("PK")):
		return errNoArchive
	case errors.Is(err, zip.ErrFormat):
		return errors.New("the directory at its end is not there or broken (cut short?)")
	case err != nil && !errors.Is(err, zip.ErrInsecurePath): // names become no paths here
		return err
	}
	directory.left = math.MaxInt64
	return u.zip(n, at, z, depth)
}

// packing finds out how a stream is packed; nil for a ZIP archive, or none.
func packing(head []byte) func(*unpacking, name, io.Reader, int) error {
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b\x08")):
		return (*unpacking).gzip
	case len(head) == 512 && bytes.HasPrefix(head[257:], []byte("ustar")):
		return (*unpacking).tar
	}
	return nil
}

func (u *unpacking) gzip(n name, from io.Reader, depth int) error {
	z, err := gzip.NewReader(from)
	if err != nil {
		return fmt.Errorf("its beginning cannot be read: %w", err)
	}
	inner := bufio.NewReader(&meter{z, u})
	if head, _ := inner.Peek(512); packing(head) == nil {
		return errNoArchive // one packed file, which has no name
	}
	return u.tar(n, inner, depth)
}

func (u *unpacking) tar(n name, from io.Reader, depth int) error {
	r := tar.NewReader(from)
	for {
		h, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.Is(err, tar.ErrInsecurePath): // names become no paths here
			return err
		case u.count() != nil:
			return u.over
		case h.Typeflag != tar.TypeReg || h.Size == 0:
			continue
		}
		if err := u.member(n.member(h.Name), r, h.Size, depth); err != nil {
			return err
		}
	}
}

func (u *unpacking) zip(n name, at io.ReaderAt, z *zip.Reader, depth int) error {
	passed := 0
	for _, f := range z.File {
		if err := u.count(); err != nil {
			return err
		}
		if f.UncompressedSize64 == 0 || strings.HasSuffix(f.Name, "/") {
			continue
		}
		if f.Flags&1 != 0 {
			passed++
			continue
		}
		member, size := n.member(f.Name), int64(min(f.UncompressedSize64, math.MaxInt64)) //nolint:gosec // bounded
		if f.Method == zip.Store && f.CompressedSize64 == f.UncompressedSize64 && namesArchive(f.Name) && depth < maxDepth {
			// As Spring Boot packs them: it can be read where it is.
			if from, err := f.DataOffset(); err == nil {
				if err := u.nested(member, io.NewSectionReader(at, from, size), size, depth); err != nil {
					return err
				}
				continue
			}
		}
		r, err := f.Open()
		if err != nil {
			u.unread(member, err.Error())
			continue
		}
		err = u.member(member, &meter{r, u}, size, depth)
		_ = r.Close() // it was read
		if err != nil {
			return err
		}
	}
	if passed > 0 {
		u.unread(n, fmt.Sprintf("%d of its members are encrypted", passed))
	}
	return nil
}

// member lints one member. The error ends the whole.
func (u *unpacking) member(n name, from io.Reader, size int64, depth int) error {
	if namesArchive(n.shown) {
		return u.packed(n, from, size, depth)
	}
	language := u.index.table.Named(n.shown)
	head := make([]byte, min(size, headSize))
	_, err := io.ReadFull(from, head)
	_, isBinary := decoded(head)
	switch {
	case err != nil:
		return u.broken(n, err)
	case isBinary:
		u.binary(n)
		return nil
	case size > int64(u.MaxSize):
		u.unread(n, fmt.Sprintf("it has %d bytes, and members of more than %d are not read", size, u.MaxSize))
		return nil
	}
	rest, err := io.ReadAll(io.LimitReader(from, size-int64(len(head))+1))
	if err == nil && int64(len(head)+len(rest)) != size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return u.broken(n, err)
	}
	u.content(n, language, append(head, rest...))
	return nil
}

// broken names a member that cannot be read. What is over a bound, and what broke
// in a stream, ends the whole.
func (u *unpacking) broken(n name, err error) error {
	if u.over != nil {
		return u.over
	}
	u.unread(n, err.Error())
	return nil
}

// packed looks into an archive that is packed in another one.
func (u *unpacking) packed(n name, from io.Reader, size int64, depth int) error {
	if depth >= maxDepth {
		u.unread(n, fmt.Sprintf("archives in archives are followed to a depth of %d", maxDepth))
		return nil
	}
	buffered := bufio.NewReader(from)
	head, _ := buffered.Peek(512)
	if kind := packing(head); kind != nil {
		return u.told(n, kind(u, n, buffered, depth+1))
	}
	if size > maxAside {
		u.unread(n, fmt.Sprintf("it has %d bytes, and a ZIP archive packed in another archive may have %d", size, maxAside))
		return nil
	}
	// One worker at a time holds archives in memory. It may hold several, one in
	// the other, so it waits once.
	if !u.aside {
		u.nesting.Lock()
		u.aside = true
	}
	data, err := io.ReadAll(io.LimitReader(buffered, size+1))
	if err != nil {
		return u.broken(n, err)
	}
	return u.nested(n, bytes.NewReader(data), int64(len(data)), depth)
}

func (u *unpacking) nested(n name, at io.ReaderAt, size int64, depth int) error {
	return u.told(n, u.open(n, at, size, depth+1))
}

// told names an archive within another that cannot be read.
func (u *unpacking) told(n name, err error) error {
	if err != nil && u.over == nil {
		u.unread(n, "as an archive: "+err.Error())
		return nil
	}
	return u.over
}

// count counts a member, and fails when there are too many.
func (u *unpacking) count() error {
	if u.members++; u.members > maxMembers && u.over == nil {
		u.over = &boundError{fmt.Sprintf("it has more than %d members, and the rest of them is not looked into", maxMembers)}
	}
	if u.over == nil {
		u.over = context.Cause(u.ctx)
	}
	return u.over
}

// meter passes on what is unpacked, and counts it.
type meter struct {
	from io.Reader
	u    *unpacking
}

func (m *meter) Read(p []byte) (int, error) {
	u := m.u
	if u.over == nil {
		u.over = context.Cause(u.ctx)
	}
	if u.over != nil {
		return 0, u.over
	}
	n, err := m.from.Read(p)
	u.unpacked += int64(n)
	switch {
	case u.unpacked > maxUnpacked:
		u.over = &boundError{fmt.Sprintf("it unpacks to more than %d bytes, and the rest of it is not looked into", int64(maxUnpacked))}
	case u.unpacked > ratioFrom && u.unpacked/maxRatio > u.size:
		u.over = &boundError{fmt.Sprintf("it unpacks to more than %d times its size, and the rest of it is not looked into", maxRatio)}
	default:
		return n, err
	}
	return 0, u.over
}

// budgetReaderAt fails once more than left bytes have been read.
type budgetReaderAt struct {
	at   io.ReaderAt
	left int64
}

func (b *budgetReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, &boundError{"its directory is larger than any real one"}
	}
	return b.at.ReadAt(p, off)
}

// member is the name of what an archive holds.
func (n name) member(inner string) name {
	inner = strings.TrimLeft(strings.TrimPrefix(strings.ReplaceAll(inner, `\`, "/"), "./"), "/")
	return name{n.shown + "!/" + inner, n.steady + "!/" + inner}
}
