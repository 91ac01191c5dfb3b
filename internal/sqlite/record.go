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
