package jks

import (
	"encoding/binary"
	"fmt"
	"math"

	"muxkey/pkcs12x"
)

// reader takes big-endian values off the front, as java.io.DataInput does. The
// first error stays, and all that is read after it is zero.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) take(n int, what string) []byte {
	if r.err != nil {
		return nil
	}
	if n > len(r.rest) {
		r.err = damagedf("%s is not all there (cut short?)", what)
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) uint8(what string) byte {
	if b := r.take(1, what); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint16(what string) uint16 {
	if b := r.take(2, what); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) uint32(what string) uint32 {
	if b := r.take(4, what); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64(what string) uint64 {
	if b := r.take(8, what); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// short is what a 16-bit length stands before.
func (r *reader) short(what string) []byte {
	return r.take(int(r.uint16("the length of "+what)), what)
}

// long is what a 32-bit length stands before.
func (r *reader) long(what string) []byte {
	return r.take(r.length("the length of "+what), what)
}

// length reads a length or count; Java has them signed.
func (r *reader) length(what string) int {
	n := r.uint32(what)
	if n > math.MaxInt32 {
		r.fail("%s is negative", what)
		return 0
	}
	return int(n)
}

// count reads how many things follow, of which each takes at least size octets,
// and takes them from left.
func (r *reader) count(what string, size int, left *int, limit int) int {
	n := r.length("the number of " + what)
	switch {
	case r.err != nil:
		return 0
	case n > len(r.rest)/size:
		r.fail("the number of %s is %d, more than fits into the file (cut short?)", what, n)
		return 0
	case n > *left:
		r.err = &pkcs12x.LimitError{Limit: "bags", Asked: int64(limit) - int64(*left) + int64(n), Max: int64(limit)}
		return 0
	}
	*left -= n
	return n
}

// text decodes a string of DataInput.
func (r *reader) text(b []byte, what string) string {
	s, ok := decodeUTF(b)
	if !ok {
		r.fail("%s is no text", what)
	}
	return s
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = damagedf(format, args...)
	}
}

// damagedError is pkcs12x.ErrDamaged in the words of this format.
type damagedError string

func (e damagedError) Error() string { return string(e) }

// Unwrap makes it pkcs12x.ErrDamaged for errors.Is.
func (e damagedError) Unwrap() error { return pkcs12x.ErrDamaged }

func damagedf(format string, args ...any) error { return damagedError(fmt.Sprintf(format, args...)) }
