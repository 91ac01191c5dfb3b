// Package javaio reads and writes binary data as java.io.DataInput and
// DataOutput do, for the keystore formats that Java programs made up: JKS, JCEKS,
// BKS and UBER. Numbers are big-endian, lengths and counts are signed, texts are
// in "modified UTF-8".
//
// Lengths and counts are held against the octets that are there before anything
// is allocated. Errors are pkcs12x.ErrDamaged and *pkcs12x.LimitError.
package javaio

import (
	"encoding/binary"
	"fmt"
	"math"

	"muxkey/pkcs12x"
)

// Reader takes values off the front of Rest. The first error stays in Err, and
// all that is read after it is zero. The argument what of its methods names the
// thing that is read, for the error.
type Reader struct {
	Rest []byte
	Err  error
}

// Take returns the next n octets; they share memory with Rest.
func (r *Reader) Take(n int, what string) []byte {
	if r.Err != nil {
		return nil
	}
	if n > len(r.Rest) {
		r.Err = Damagedf("%s is not all there (cut short?)", what)
		return nil
	}
	b := r.Rest[:n:n]
	r.Rest = r.Rest[n:]
	return b
}

// Uint8 reads an octet.
func (r *Reader) Uint8(what string) byte {
	if b := r.Take(1, what); b != nil {
		return b[0]
	}
	return 0
}

// Uint16 reads two octets.
func (r *Reader) Uint16(what string) uint16 {
	if b := r.Take(2, what); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// Uint32 reads four octets.
func (r *Reader) Uint32(what string) uint32 {
	if b := r.Take(4, what); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// Uint64 reads eight octets.
func (r *Reader) Uint64(what string) uint64 {
	if b := r.Take(8, what); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// Short is what a 16-bit length stands before.
func (r *Reader) Short(what string) []byte {
	return r.Take(int(r.Uint16("the length of "+what)), what)
}

// Long is what a 32-bit length stands before.
func (r *Reader) Long(what string) []byte {
	return r.Take(r.Length("the length of "+what), what)
}

// Length reads a length or count; Java has them signed.
func (r *Reader) Length(what string) int {
	n := r.Uint32(what)
	if n > math.MaxInt32 {
		r.Fail("%s is negative", what)
		return 0
	}
	return int(n)
}

// Count reads how many things follow, of which each takes at least size octets,
// and takes them from left; limit is what left began with.
func (r *Reader) Count(what string, size int, left *int, limit int) int {
	n := r.Length("the number of " + what)
	switch {
	case r.Err != nil:
		return 0
	case n > len(r.Rest)/size:
		r.Fail("the number of %s is %d, more than fits into the file (cut short?)", what, n)
		return 0
	case n > *left:
		r.Err = &pkcs12x.LimitError{Limit: "bags", Asked: int64(limit) - int64(*left) + int64(n), Max: int64(limit)}
		return 0
	}
	*left -= n
	return n
}

// Text decodes a string that was read with Short.
func (r *Reader) Text(b []byte, what string) string {
	s, ok := DecodeUTF(b)
	if !ok {
		r.Fail("%s is no text", what)
	}
	return s
}

// Fail sets Err to one of [Damagedf], unless there is one already.
func (r *Reader) Fail(format string, args ...any) {
	if r.Err == nil {
		r.Err = Damagedf(format, args...)
	}
}

// damagedError is pkcs12x.ErrDamaged in the words of these formats.
type damagedError string

func (e damagedError) Error() string { return string(e) }

// Unwrap makes it pkcs12x.ErrDamaged for errors.Is.
func (e damagedError) Unwrap() error { return pkcs12x.ErrDamaged }

// Damagedf makes an error that is pkcs12x.ErrDamaged and does not speak of
// PKCS#12.
func Damagedf(format string, args ...any) error { return damagedError(fmt.Sprintf(format, args...)) }
