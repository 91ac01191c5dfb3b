// Package der reads DER as the JDK does: where it is strict, where it is not, and
// what it says of what it does not take. keytool prints those words, and a
// certificate that the JDK refuses must be refused here.
//
// crypto/x509 and cryptobyte are stricter in some places (minimal lengths and
// integers) and laxer in others, and have errors of their own.
package der

import (
	"fmt"
	"math/big"

	"muxkey/internal/keytool/exception"
)

// Tags of the universal class, with the bit for constructed values where the type
// has it.
const (
	Boolean         byte = 0x01
	Integer         byte = 0x02
	BitString       byte = 0x03
	OctetString     byte = 0x04
	Null            byte = 0x05
	ObjectID        byte = 0x06
	Enumerated      byte = 0x0a
	UTF8String      byte = 0x0c
	PrintableString byte = 0x13
	T61String       byte = 0x14
	IA5String       byte = 0x16
	UTCTime         byte = 0x17
	GeneralizedTime byte = 0x18
	GeneralString   byte = 0x1b
	UniversalString byte = 0x1c
	BMPString       byte = 0x1e
	Sequence        byte = 0x30
	Set             byte = 0x31
)

const (
	constructed byte = 0x20
	classes     byte = 0xc0
	context     byte = 0x80
	number      byte = 0x1f
)

// Value is one element. Its content has definite lengths only: what was written
// with an indefinite one has been converted.
type Value struct {
	Tag     byte
	Content []byte
	// at is where Content begins in what was read at first; messages name it.
	at int
}

// fail is an IOException, as which Java has most of what can be wrong.
func fail(format string, a ...any) error {
	return exception.New(exception.IO, fmt.Sprintf(format, a...))
}

// Parse reads an element that is all of the data.
func Parse(data []byte) (Value, error) {
	v, n, err := read(data, 0)
	if err == nil && n < len(data) {
		err = fail("extra data at the end")
	}
	return v, err
}

// read reads the element at the beginning of data, and tells its length. at is
// where data begins.
func read(data []byte, at int) (Value, int, error) {
	if len(data) < 2 {
		return Value{}, 0, fail("Too short")
	}
	tag := data[0]
	if tag&number == number {
		return Value{}, 0, fail("Tag number over 30 at %d is not supported", at)
	}
	if data[1] == indefinite {
		if tag&constructed == 0 {
			return Value{}, 0, fail("Indefinite length encoding not supported with non-constructed data")
		}
		return readIndefinite(data)
	}
	header, length := 2, int(data[1])
	if count := length & 0x7f; length > 0x7f {
		if count > 4 {
			return Value{}, 0, fail("Invalid lenByte")
		}
		if header += count; len(data) < header {
			return Value{}, 0, fail("Not enough length bytes")
		}
		length = 0
		for _, b := range data[2:header] {
			length = length<<8 | int(b)
		}
		if length > 1<<31-1 {
			return Value{}, 0, fail("Invalid length bytes")
		}
	}
	if len(data)-header < length {
		return Value{}, 0, exception.New(exception.EOF, "not enough content")
	}
	return Value{Tag: tag, Content: data[header : header+length], at: at + header}, header + length, nil
}

// Constructed tells whether the tag is of a constructed value.
func (v Value) Constructed() bool { return v.Tag&constructed != 0 }

// Context tells whether the tag is [n] of the context-specific class.
func (v Value) Context(n byte) bool { return v.Tag&classes == context && v.Tag&number == n }

// ContextClass tells whether the tag is of the context-specific class.
func (v Value) ContextClass() bool { return v.Tag&classes == context }

// Number is the number of the tag, without class and form.
func (v Value) Number() byte { return v.Tag & number }

// As is the value under another tag, for what is tagged implicitly.
func (v Value) As(tag byte) Value { return Value{Tag: tag, Content: v.Content, at: v.at} }

// Signed is the tag as Java prints it in messages: as a signed octet.
func (v Value) Signed() int8 { return int8(v.Tag) } // #nosec G115 -- the sign is meant

// Stream reads the elements in the content.
func (v Value) Stream() *Stream { return &Stream{rest: v.Content, at: v.at} }

// Elements are the elements in the content of a value with that tag; tag 0 is any.
func (v Value) Elements(tag byte) ([]Value, error) {
	if tag != 0 && v.Tag != tag {
		return nil, fail("Not the correct tag")
	}
	var list []Value
	for s := v.Stream(); !s.Empty(); {
		e, err := s.Next()
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// Encode is the value in DER.
func (v Value) Encode() []byte {
	n := len(v.Content)
	out := make([]byte, 0, n+6)
	out = append(out, v.Tag)
	if n < 0x80 {
		return append(append(out, byte(n)), v.Content...)
	}
	var length []byte
	for ; n > 0; n >>= 8 {
		length = append([]byte{byte(n)}, length...)
	}
	out = append(append(out, 0x80|byte(len(length))), length...)
	return append(out, v.Content...)
}

// Bool reads a BOOLEAN; every octet but zero is true.
func (v Value) Bool() (bool, error) {
	if v.Tag != Boolean {
		return false, fail("DerValue.getBoolean, not a BOOLEAN %d", v.Signed())
	}
	if len(v.Content) != 1 {
		return false, fail("DerValue.getBoolean, invalid length %d", len(v.Content))
	}
	return v.Content[0] != 0, nil
}

// BigInt reads an INTEGER, which need not be minimal.
func (v Value) BigInt() (*big.Int, error) { return v.integer(Integer) }

// Int reads an INTEGER of at most 32 bits.
func (v Value) Int() (int, error) { return v.small(Integer) }

// Enum reads an ENUMERATED.
func (v Value) Enum() (int, error) { return v.small(Enumerated) }

func (v Value) integer(tag byte) (*big.Int, error) {
	if v.Tag != tag {
		return nil, fail("DerValue.getBigIntegerInternal, not expected %d", v.Signed())
	}
	if len(v.Content) == 0 {
		return nil, fail("Invalid encoding: zero length Int value")
	}
	n := new(big.Int).SetBytes(v.Content)
	if v.Content[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(v.Content)))) // #nosec G115 -- a length
	}
	return n, nil
}

func (v Value) small(tag byte) (int, error) {
	n, err := v.integer(tag)
	switch {
	case err != nil:
		return 0, err
	case n.Cmp(big.NewInt(-1<<31)) < 0:
		return 0, fail("Integer below minimum valid value")
	case n.Cmp(big.NewInt(1<<31-1)) > 0:
		return 0, fail("Integer exceeds maximum valid value")
	}
	return int(n.Int64()), nil
}

// Octets reads an OCTET STRING, which may be constructed of others.
func (v Value) Octets() ([]byte, error) {
	if v.Tag&^constructed != OctetString {
		return nil, fail("DerValue.getOctetString, not an Octet String: %d", v.Signed())
	}
	if !v.Constructed() {
		return v.Content, nil
	}
	parts, err := v.Elements(0)
	var out []byte
	for _, p := range parts {
		var part []byte
		if part, err = p.Octets(); err != nil {
			break
		}
		out = append(out, part...)
	}
	return out, err
}

// Bits are the bits of a BIT STRING, whose tag may be an implicit one. Padding is
// cleared.
func (v Value) Bits() (Bits, error) {
	if len(v.Content) == 0 {
		return Bits{}, fail("Invalid encoding: zero length bit string")
	}
	padding := int(int8(v.Content[0])) // #nosec G115 -- as in Java, whose octets have a sign
	if padding < 0 || padding > 7 {
		return Bits{}, fail("Invalid number of padding bits")
	}
	octets := append([]byte(nil), v.Content[1:]...)
	if len(octets)*8 < padding {
		return Bits{}, fail("Not enough bytes in BitString")
	}
	if padding > 0 {
		octets[len(octets)-1] &= 0xff << padding
	}
	return Bits{Octets: octets, Len: len(octets)*8 - padding}, nil
}

// BitString is Bits for a value that must have the tag of a BIT STRING.
func (v Value) BitString() (Bits, error) {
	if v.Tag != BitString {
		return Bits{}, fail("DerValue.getBitString, not a bit string %d", v.Signed())
	}
	return v.Bits()
}

// Bits are the content of a BIT STRING.
type Bits struct {
	Octets []byte
	Len    int // in bits
}

// At tells whether a bit is set; the first is 0, and those beyond the end are not.
func (b Bits) At(i int) bool { return i < b.Len && b.Octets[i/8]&(0x80>>(i%8)) != 0 }

// Stream reads elements one after the other.
type Stream struct {
	rest []byte
	at   int // of rest, see Value
}

// NewStream reads the elements of data.
func NewStream(data []byte) *Stream { return &Stream{rest: data} }

// Empty tells whether all is read.
func (s *Stream) Empty() bool { return len(s.rest) == 0 }

// Rest is what has not been read.
func (s *Stream) Rest() []byte { return s.rest }

// Peek is the tag of the next element.
func (s *Stream) Peek() (byte, error) {
	if s.Empty() {
		return 0, fail("At end")
	}
	return s.rest[0], nil
}

// Next reads an element.
func (s *Stream) Next() (Value, error) {
	v, n, err := read(s.rest, s.at)
	if err == nil {
		s.rest = s.rest[n:]
		s.at += n
	}
	return v, err
}

// OID reads an OBJECT IDENTIFIER.
func (s *Stream) OID() (string, error) {
	v, err := s.Next()
	if err != nil {
		return "", err
	}
	return v.OID()
}

// Elements reads a value with that tag, and the elements in it.
func (s *Stream) Elements(tag byte) ([]Value, error) {
	v, err := s.Next()
	if err != nil {
		return nil, err
	}
	return v.Elements(tag)
}
