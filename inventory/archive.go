package inventory

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"muxkey/keystore"
)

// source is the content of a file or of a member. It can be read at any place,
// or once from its beginning.
type source struct {
	path string
	at   io.ReaderAt
	size int64         // -1 when it is not known
	r    *bufio.Reader // where at is nil
	// depth counts the archives around it, and what was packed around those.
	depth int
	// packed is the extension of what was unpacked to get it: ".gz". It has no
	// name of its own then.
	packed string
	// sum is its checksum, where the reader does not check it by itself.
	sum *uint32
}

// stream is a source that can be read once.
func stream(path string, r io.Reader, size int64, depth int) source {
	return source{path: path, r: bufio.NewReaderSize(r, headSize), size: size, depth: depth}
}

// headSize is how much of a file is read first to know what it is, and textSize
// how much of a text, in which key material may stand far behind.
const (
	headSize = 4 << 10
	textSize = 1 << 20
)

// head returns up to n octets from the beginning, which can be read again.
func (s *source) head(n int) []byte {
	if s.at != nil {
		head := make([]byte, n)
		got, _ := s.at.ReadAt(head, 0) // a failure shows when it is read whole
		return head[:got]
	}
	if n > s.r.Size() {
		s.r = bufio.NewReaderSize(s.r, n)
	}
	head, _ := s.r.Peek(n)
	return head
}

// reader reads from the beginning.
func (s *source) reader() io.Reader {
	if s.at != nil {
		return io.NewSectionReader(s.at, 0, s.size)
	}
	return s.r
}

// kind is a sort of archive.
type kind struct {
	what  string // with its article
	match func(head []byte) bool
	// walk goes through the members. Nil: it is known, and not looked into.
	walk func(j *job, s source) error
}

func begins(magic string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }
}

// kinds lists what is looked into, and what could be and is not. xz is left out
// for the memory that its headers can ask for, gigabytes, which no library for Go
// bounds; RAR and 7-Zip are rare where servers are.
func kinds() []kind {
	return []kind{
		{"a ZIP or JAR archive", begins("PK\x03\x04"), (*job).zip},
		{"an empty ZIP archive", begins("PK\x05\x06"), (*job).zip},
		{"a tar archive", isTar, (*job).tar},
		{"a gzip archive", begins("\x1f\x8b\x08"), unpack(".gz", func(r io.Reader) (io.Reader, func(), error) {
			z, err := gzip.NewReader(r)
			return z, func() {}, err
		})},
		{"a bzip2 archive", isBzip2, unpack(".bz2", func(r io.Reader) (io.Reader, func(), error) {
			return bzip2.NewReader(r), func() {}, nil
		})},
		{"a zstd archive", begins("\x28\xb5\x2f\xfd"), unpack(".zst", func(r io.Reader) (io.Reader, func(), error) {
			z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
			if err != nil {
				return nil, nil, err
			}
			return z, z.Close, nil
		})},
		{"an xz archive", begins("\xfd7zXZ\x00"), nil},
		{"a 7-Zip archive", begins("7z\xbc\xaf\x27\x1c"), nil},
		{"a RAR archive", begins("Rar!\x1a\x07"), nil},
	}
}

// zstdWindow is the memory that one zstd stream may ask for; "zstd --long" asks
// for 128 MiB, everything else for 8 or less.
const zstdWindow = 64 << 20

func isBzip2(head []byte) bool {
	return len(head) >= 10 && string(head[:3]) == "BZh" && string(head[4:10]) == "\x31\x41\x59\x26\x53\x59"
}

// isTar checks the sum over the first header, which every form of tar has
// (POSIX.1-1990 section 10.1.1). The magic word is younger.
func isTar(head []byte) bool {
	if len(head) < 512 || head[0] == 0 {
		return false
	}
	want, err := strconv.ParseInt(strings.Trim(string(head[148:156]), " \x00"), 8, 64)
	if err != nil {
		return false
	}
	sum := int64(8 * ' ')
	for i, c := range head[:512] {
		if i < 148 || i >= 156 {
			sum += int64(c)
		}
	}
	return sum == want
}

// container walks through s if it is an archive, and says whether it is.
func (j *job) container(s source) bool {
	k := kindOf(&s)
	switch {
	case k == nil:
		return false
	case k.walk == nil:
		j.skip(s.path, "it is "+k.what+", which is not looked into")
		return true
	case s.depth >= j.Depth:
		j.skip(s.path, fmt.Sprintf("archives in archives are followed to a depth of %d", j.Depth))
		return true
	}
	err := k.walk(j, s)
	limit, isLimit := over(err)
	switch {
	case err == nil || j.ctx.Err() != nil:
	case isLimit && err == j.failed: //nolint:errorlint // the very error, which ends the walk through the file
		if s.depth == 0 {
			j.skip(s.path, limit.reason)
		}
	case isLimit:
		j.skip(s.path, limit.reason)
	case errors.Is(err, errNotOpened):
		j.skip(s.path, err.Error())
	default:
		j.report(Found{Path: s.path, Err: &keystore.FormatError{Path: s.path, What: k.what, Damaged: true, Err: err}})
	}
	return true
}

// skip reports what was passed over. Who named the very file is told that it was
// not read.
func (j *job) skip(path, reason string) {
	if j.itself(path) {
		j.report(Found{Path: path, Err: fmt.Errorf("reading %s: %s", path, reason)})
		return
	}
	j.report(Found{Path: path, Skipped: reason})
}

// errNotOpened means that something is not damaged, and yet not read.
var errNotOpened = errors.New("it is not opened")

func kindOf(s *source) *kind {
	head := s.head(headSize)
	for _, k := range kinds() {
		if k.match(head) {
			return &k
		}
	}
	// A program may stand before a ZIP archive: Spring Boot puts a shell script
	// there, installers for Windows one of their own.
	if bytes.HasPrefix(head, []byte("#!")) || bytes.HasPrefix(head, []byte("MZ")) {
		end := make([]byte, 22)
		if s.at != nil && s.size > 22 {
			if _, err := s.at.ReadAt(end, s.size-22); err == nil && bytes.HasPrefix(end, []byte("PK\x05\x06")) {
				return &kinds()[0]
			}
		}
	}
	return nil
}

// sniff tells whether a file may be a store. It reads more of it as long as that
// can tell: a script or manifest may hold a key anywhere.
func (j *job) sniff(s *source) bool {
	for n := headSize; ; n *= 16 { // 4 KiB, 64 KiB, 1 MiB
		if s.size >= 0 {
			n = int(min(s.size, int64(n)))
		}
		head := s.head(n)
		j.inText = !bytes.HasPrefix(bytes.TrimLeft(head, "\ufeff \t\r\n"), []byte("-----BEGIN ")) && bytes.IndexByte(head, 0) < 0
		promising, settled := keystore.Sniff(s.path, head)
		switch {
		case promising:
			return true
		case settled && !j.inText, len(head) < n, n >= textSize, int64(n) == s.size:
			return false
		}
	}
}

// member looks at one member of an archive, and at what is in it if it is an
// archive itself.
func (j *job) member(s source) error {
	if err := j.meter.member(); err != nil {
		return err
	}
	if j.place.only != "" && !under(j.place.only, s.path) && !under(s.path, j.place.only) {
		return nil
	}
	if j.container(s) {
		return j.failed // the limits are those of the whole file
	}
	if s.packed != "" {
		s.path += "#" + strings.TrimSuffix(path.Base(strings.ReplaceAll(s.path, "#", "/")), s.packed)
	}
	j.count()
	if !j.sniff(&s) {
		return j.failed
	}
	limit := int64(j.Open.Limits.Size)
	if s.size > limit {
		j.skip(s.path, fmt.Sprintf("it has %d bytes, the limit is %d", s.size, limit))
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(s.reader(), limit+1))
	switch {
	case err != nil:
		return err
	case s.size >= 0 && int64(len(data)) < s.size:
		return io.ErrUnexpectedEOF
	case int64(len(data)) > limit:
		j.skip(s.path, fmt.Sprintf("it has more than %d bytes, the limit", limit))
		return nil
	}
	if s.sum != nil && crc32.ChecksumIEEE(data) != *s.sum {
		return zip.ErrChecksum
	}
	stores, err := keystore.DecodeAll(j.ctx, s.path, data, j.options(s.path))
	j.opened(s.path, stores, err)
	return nil
}

// under tells whether a path is that of an archive or something in it.
func under(p, archive string) bool { return p == archive || strings.HasPrefix(p, archive+"#") }

// unpack makes the walk through what is packed as a whole.
func unpack(extension string, open func(io.Reader) (io.Reader, func(), error)) func(*job, source) error {
	return func(j *job, s source) error {
		r, done, err := open(s.reader())
		if err != nil {
			return fmt.Errorf("its beginning cannot be read: %w", err)
		}
		defer done()
		inner := stream(s.path, j.reader(r), -1, s.depth+1)
		if k := kindOf(&inner); k == nil || k.walk == nil {
			inner.packed = extension
		}
		return j.member(inner)
	}
}

func (j *job) tar(s source) error {
	section := io.NewSectionReader(s.at, 0, max(s.size, 0))
	var r *tar.Reader
	if s.at != nil {
		if s.depth == 0 {
			j.image(s)
		}
		r = tar.NewReader(section)
	} else {
		r = tar.NewReader(s.r)
	}
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) { // names become no paths here
			return err
		}
		if h.Typeflag != tar.TypeReg || h.Size == 0 {
			if err := j.meter.member(); err != nil {
				return err
			}
			continue
		}
		inner := stream(s.path+"#"+strings.TrimPrefix(h.Name, "./"), r, h.Size, s.depth+1)
		if s.at != nil && plain(h) {
			from, err := section.Seek(0, io.SeekCurrent)
			if err != nil {
				return err
			}
			inner = source{path: inner.path, at: io.NewSectionReader(s.at, from, h.Size), size: h.Size, depth: inner.depth}
		}
		if err := j.layered(h.Name, func() error { return j.member(inner) }); err != nil {
			return err
		}
	}
}

// plain tells whether a member stands in the archive octet by octet.
func plain(h *tar.Header) bool {
	for name := range h.PAXRecords {
		if strings.HasPrefix(name, "GNU.sparse.") {
			return false
		}
	}
	return h.Typeflag == tar.TypeReg
}

// maxDirectory is the size of the directory of a ZIP archive, in octets: some
// 200,000 members with long names.
const maxDirectory = 16 << 20

func (j *job) zip(s source) error {
	s, done, err := j.aside(s)
	if err != nil {
		return err
	}
	defer done()
	directory := &budgetReaderAt{s.at, maxDirectory}
	z, err := zip.NewReader(directory, s.size)
	if errors.Is(err, zip.ErrFormat) {
		return errors.New("the directory at its end is not there or broken (cut short?)")
	}
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names become no paths here
		return err
	}
	directory.left = math.MaxInt64
	slices.SortStableFunc(z.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	passed := map[string]int{}
	for _, f := range z.File {
		if f.UncompressedSize64 == 0 || strings.HasSuffix(f.Name, "/") {
			if err := j.meter.member(); err != nil {
				return err
			}
			continue
		}
		if f.Flags&1 != 0 {
			passed["encrypted"]++
			continue
		}
		if err := j.zipped(s, f); errors.Is(err, zip.ErrAlgorithm) {
			passed[fmt.Sprintf("packed with method %d", f.Method)]++
		} else if err != nil && err == j.failed { //nolint:errorlint // the very error
			return err
		} else if err != nil {
			name := s.path + "#" + f.Name
			j.report(Found{Path: name, Err: &keystore.FormatError{Path: name, What: "a member of a ZIP archive", Damaged: true, Err: err}})
		}
	}
	for _, why := range slices.Sorted(keys(passed)) {
		j.skip(s.path, fmt.Sprintf("%d of its members are %s", passed[why], why))
	}
	return nil
}

func keys(m map[string]int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (j *job) zipped(s source, f *zip.File) error {
	name, size := s.path+"#"+f.Name, int64(min(f.UncompressedSize64, math.MaxInt64)) //nolint:gosec // bounded
	if f.Method == zip.Store && f.CompressedSize64 == f.UncompressedSize64 {
		if from, err := f.DataOffset(); err == nil {
			return j.member(source{path: name, at: io.NewSectionReader(s.at, from, size), size: size, depth: s.depth + 1, sum: &f.CRC32})
		}
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // it was read
	return j.member(stream(name, j.reader(r), size, s.depth+1))
}

// inMemory is how large what is put aside may be before it goes to a file.
const inMemory = 8 << 20

// aside makes a source readable at any place.
func (j *job) aside(s source) (source, func(), error) {
	if s.at != nil {
		return s, func() {}, nil
	}
	if s.size > j.Aside {
		return s, nil, &limitError{fmt.Sprintf("it has %d bytes, and an archive in an archive may have %d", s.size, j.Aside)}
	}
	data, err := io.ReadAll(io.LimitReader(s.r, inMemory+1))
	if err != nil {
		return s, nil, err
	}
	if len(data) <= inMemory {
		s.at, s.size = bytes.NewReader(data), int64(len(data))
		return s, func() {}, nil
	}
	// The name is a random one in the directory for temporary files.
	f, err := os.CreateTemp("", "muxkey-*")
	if err != nil {
		return s, nil, fmt.Errorf("%w: putting it aside: %w", errNotOpened, err)
	}
	done := func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	n, err := io.Copy(f, io.MultiReader(bytes.NewReader(data), io.LimitReader(s.r, j.Aside-inMemory)))
	if err == nil && n > j.Aside {
		err = &limitError{fmt.Sprintf("it has more than %d bytes, and an archive in an archive may have no more", j.Aside)}
	}
	if err != nil {
		done()
		return s, nil, err
	}
	s.at, s.size = f, n
	return s, done, nil
}
