package inventory

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Limits bound what one archive may ask of its reader, archives within it
// included.
type Limits struct {
	// Unpacked is the number of octets that may be unpacked.
	Unpacked int64
	// Ratio is how many octets may be unpacked for each octet of the archive
	// file. It counts from RatioFrom octets on: small files shrink well.
	Ratio, RatioFrom int64
	// Members is the number of members.
	Members int
	// Depth of archives in archives. An image archive has its layers at the
	// second, a jar in a war in a layer at the fourth.
	Depth int
	// Aside is the number of octets of an archive in an archive that may be put
	// aside, in memory or in a temporary file without a name. Only ZIP archives
	// need that, whose directory stands at their end.
	Aside int64
}

// DefaultLimits reads every genuine archive we know of. Deflate makes at most
// 1,032 octets of one; real archives as a whole stay below 30.
func DefaultLimits() Limits {
	return Limits{Unpacked: 16 << 30, Ratio: 100, RatioFrom: 64 << 20, Members: 2_000_000, Depth: 6, Aside: 1 << 30}
}

// limitError says which limit an archive went over. It ends the walk through
// the whole archive file.
type limitError struct{ reason string }

func (e *limitError) Error() string { return e.reason }

// meter counts what is unpacked from one file.
type meter struct {
	Limits
	ctx      context.Context
	size     int64 // of the file
	unpacked int64
	members  int
	failed   error
}

// member counts one member.
func (m *meter) member() error {
	if m.failed == nil {
		m.failed = m.ctx.Err()
	}
	if m.failed != nil {
		return m.failed
	}
	if m.members++; m.members > m.Members {
		m.failed = &limitError{fmt.Sprintf("it has more than %d members, and the rest of them is not looked into", m.Members)}
	}
	return m.failed
}

// reader passes on what r unpacks, and counts it.
func (m *meter) reader(r io.Reader) io.Reader { return &meteredReader{r, m} }

type meteredReader struct {
	r io.Reader
	m *meter
}

func (r *meteredReader) Read(p []byte) (int, error) {
	m := r.m
	if m.failed == nil {
		m.failed = m.ctx.Err()
	}
	if m.failed != nil {
		return 0, m.failed
	}
	n, err := r.r.Read(p)
	m.unpacked += int64(n)
	switch {
	case m.unpacked > m.Unpacked:
		m.failed = &limitError{fmt.Sprintf("it unpacks to more than %d bytes, and the rest of it is not looked into", m.Unpacked)}
	case m.unpacked > m.RatioFrom && m.unpacked/m.Ratio > m.size:
		m.failed = &limitError{fmt.Sprintf("it unpacks to more than %d times its size, and the rest of it is not looked into", m.Ratio)}
	default:
		return n, err
	}
	return 0, m.failed
}

// over returns the limit that err is about.
func over(err error) (*limitError, bool) { return errors.AsType[*limitError](err) }

// budgetReaderAt fails once more than left octets have been read. The directory
// of a ZIP archive is taken into memory whole by archive/zip, some six times its
// size.
type budgetReaderAt struct {
	at   io.ReaderAt
	left int64
}

func (b *budgetReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, &limitError{"its directory is larger than any real one"}
	}
	return b.at.ReadAt(p, off)
}
