package sqlite

import (
	"encoding/binary"
	"math"
	"strings"
)

// varint reads a number of one to nine octets; n is 0 when it is cut short.
func varint(b []byte) (v uint64, n int) {
	for i, c := range b {
		if i == 8 {
			return v<<8 | uint64(c), 9
		}
		v = v<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// record takes a record apart, up to as many columns as the table has.
func record(b []byte, columns int) ([]any, error) {
	size, n := varint(b)
	if n == 0 || size < uint64(n) || size > uint64(len(b)) { //nolint:gosec // not negative
		return nil, damagedf("the header of a record is cut short")
	}
	header, body := b[n:size], b[size:]
	values := make([]any, 0, min(columns, len(header)))
	for len(header) > 0 && len(values) < columns {
		kind, n := varint(header)
		if n == 0 {
			return nil, damagedf("the header of a record is cut short")
		}
		header = header[n:]
		length := lengthOf(kind)
		if length > uint64(len(body)) {
			return nil, damagedf("a value of %d octets, more than its record has", length)
		}
		values = append(values, valueOf(kind, body[:length:length]))
		body = body[length:]
	}
	return values, nil
}

// lengthOf is the size of a value by its serial type (section 2.1 of the
// description).
func lengthOf(kind uint64) uint64 {
	switch {
	case kind <= 4:
		return kind
	case kind == 5:
		return 6
	case kind == 6, kind == 7:
		return 8
	case kind < 12:
		return 0
	}
	return (kind - 12) / 2
}

func valueOf(kind uint64, b []byte) any {
	switch {
	case kind == 0, kind == 10, kind == 11:
		return nil
	case kind == 7:
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	case kind == 8, kind == 9:
		return int64(kind - 8) //nolint:gosec // 0 or 1
	case kind < 7:
		v := int64(int8(b[0])) // sign extension; lengths are 1 to 8
		for _, c := range b[1:] {
			v = v<<8 | int64(c)
		}
		return v
	case kind%2 == 1:
		return string(b)
	}
	return b
}

// columnsOf finds the names of the columns in a CREATE TABLE statement.
func columnsOf(sql string) ([]string, error) {
	begin := strings.IndexByte(sql, '(')
	if begin < 0 {
		return nil, damagedf("a table without columns")
	}
	var columns []string
	depth, from := 1, begin+1
	add := func(to int) {
		if name := firstName(strings.TrimSpace(sql[from:to])); name != "" {
			columns = append(columns, name)
		}
		from = to + 1
	}
	for i := begin + 1; i < len(sql); i++ {
		switch c := sql[i]; c {
		case '\'', '"', '`', '[':
			if c == '[' {
				c = ']'
			}
			end := strings.IndexByte(sql[i+1:], c)
			if end < 0 {
				return nil, damagedf("the definition of a table is cut short")
			}
			i += end + 1
		case '(':
			depth++
		case ',':
			if depth == 1 {
				add(i)
			}
		case ')':
			if depth--; depth == 0 {
				add(i)
				if len(columns) > maxColumns {
					return nil, damagedf("a table of %d columns", len(columns))
				}
				return columns, nil
			}
		}
	}
	return nil, damagedf("the definition of a table is cut short")
}

// firstName is the name of a column in its definition; empty for the
// constraints of a table, which stand behind the columns.
func firstName(definition string) string {
	if definition == "" {
		return ""
	}
	if i := strings.IndexByte("\"'`[", definition[0]); i >= 0 {
		end := strings.IndexByte(definition[1:], "\"'`]"[i])
		if end < 0 {
			return ""
		}
		return definition[1 : 1+end]
	}
	name := definition
	if i := strings.IndexAny(name, " \t\r\n("); i >= 0 {
		name = name[:i]
	}
	for _, constraint := range []string{"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"} {
		if strings.EqualFold(name, constraint) {
			return ""
		}
	}
	return name
}

// putVarint appends a number as varint reads it.
func putVarint(out []byte, v uint64) []byte {
	if v >= 1<<56 { // the ninth octet has eight bits of it
		var b [9]byte
		b[8] = byte(v)
		v >>= 8
		for i := 7; i >= 0; i-- {
			b[i], v = byte(v)|0x80, v>>7
		}
		return append(out, b[:]...)
	}
	for shift := 49; shift > 0; shift -= 7 {
		if v>>shift > 0 {
			out = append(out, byte(v>>shift)|0x80)
		}
	}
	return append(out, byte(v)&0x7f)
}

// recordOf puts values together as record takes them apart.
func recordOf(values []any) []byte {
	var kinds, body []byte
	for _, v := range values {
		var kind uint64
		switch v := v.(type) {
		case int64:
			kind, body = putInteger(body, v)
		case string:
			kind, body = 13+2*uint64(len(v)), append(body, v...)
		case []byte:
			kind, body = 12+2*uint64(len(v)), append(body, v...)
		}
		kinds = putVarint(kinds, kind)
	}
	size := len(kinds) + 1 // the header counts its own length too
	for len(putVarint(nil, uint64(size)))+len(kinds) > size {
		size++
	}
	out := putVarint(make([]byte, 0, size+len(body)), uint64(size)) //nolint:gosec // positive
	return append(append(out, kinds...), body...)
}

// putInteger appends an integer in the fewest octets.
func putInteger(out []byte, v int64) (kind uint64, body []byte) {
	if v == 0 || v == 1 {
		return 8 + uint64(v), out
	}
	b := binary.BigEndian.AppendUint64(nil, uint64(v)) //nolint:gosec // two's complement
	for kind = 1; kind < 6; kind++ {
		n := lengthOf(kind)
		if high := v >> (8*n - 1); high == 0 || high == -1 {
			return kind, append(out, b[8-n:]...)
		}
	}
	return 6, append(out, b...)
}
