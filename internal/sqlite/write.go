package sqlite

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrTooLarge means that a database cannot be written: what defines its tables
// fills more than its first page, or it has more pages than the format can count.
var ErrTooLarge = errors.New("too large for an SQLite database")

// TableContent is a table to be written, with its indexes.
type TableContent struct {
	Name string
	// SQL is its CREATE TABLE statement. It must not name an INTEGER PRIMARY KEY,
	// which would be the rowid itself, nor say WITHOUT ROWID.
	SQL string
	// Rows get the rowids 1, 2 ... in their order. Their values are nil, int64,
	// string or []byte, one for each column.
	Rows    [][]any
	Indexes []Index
}

// Index is an index over columns of a table.
type Index struct {
	// Name of an index that a constraint of the table implies, such as UNIQUE, is
	// "sqlite_autoindex_TABLE_1", with the number of the constraint.
	Name string
	// SQL is its CREATE INDEX statement; empty for one that a constraint implies.
	SQL string
	// Columns are counted from 0. Values are compared as SQLite does without a
	// collation: numbers, then text, then blobs, both by their octets.
	Columns []int
}

// What is in the header of a database that is written.
const (
	pageSize      = 4096
	schemaFormat  = 4 // with the serial types 8 and 9
	encodingUTF8  = 1
	writerVersion = 3_007_000 // the first that keeps the size of the database in the header
)

// Encode writes a database. The same content makes the same octets. Pages are
// filled up, as nothing will be added as a rule; SQLite splits them where something
// is. Errors: ErrTooLarge, ErrUnsupported for what TableContent does not allow.
func Encode(tables []TableContent) ([]byte, error) {
	w := &writer{pages: make([][]byte, 1)} // the first is filled last, as it says where the others are
	var schema [][]any
	for _, t := range tables {
		if err := t.check(); err != nil {
			return nil, err
		}
		schema = append(schema, []any{"table", t.Name, t.Name, w.table(t.Rows), t.SQL})
		for _, x := range t.Indexes {
			row := []any{"index", x.Name, t.Name, w.index(t.Rows, x.Columns), nil}
			if x.SQL != "" {
				row[4] = x.SQL
			}
			schema = append(schema, row)
		}
	}
	cells := make([][]byte, len(schema))
	size := headerSize + leafHeader
	for i, row := range schema {
		cells[i] = w.tableCell(int64(i+1), row)
		size += len(cells[i]) + cellPointer
	}
	if size > pageSize {
		return nil, fmt.Errorf("%w: the definitions of its tables have %d octets, and the first page has room for %d", ErrTooLarge, size, pageSize)
	}
	if len(w.pages) > math.MaxInt32 {
		return nil, fmt.Errorf("%w: it has %d pages", ErrTooLarge, len(w.pages))
	}
	w.pages[0] = page(headerSize, pageLeaf, cells, 0)
	w.header()
	return bytes.Join(w.pages, nil), nil
}

// check holds the rows and the indexes against the columns.
func (t TableContent) check() error {
	columns, err := columnsOf(t.SQL)
	if err != nil {
		return err
	}
	for i, row := range t.Rows {
		if len(row) != len(columns) {
			return fmt.Errorf("%w: row %d of %s has %d values for %d columns", ErrUnsupported, i+1, t.Name, len(row), len(columns))
		}
		for _, v := range row {
			switch v.(type) {
			case nil, int64, string, []byte:
			default:
				return fmt.Errorf("%w: row %d of %s has a %T", ErrUnsupported, i+1, t.Name, v)
			}
		}
	}
	for _, x := range t.Indexes {
		for _, c := range x.Columns {
			if c < 0 || c >= len(columns) {
				return fmt.Errorf("%w: %s is over column %d of %d", ErrUnsupported, x.Name, c, len(columns))
			}
		}
	}
	return nil
}

// writer collects pages; the first has the number 1.
type writer struct{ pages [][]byte }

func (w *writer) add(p []byte) int64 {
	w.pages = append(w.pages, p)
	return int64(len(w.pages))
}

// header fills in the first 100 octets (section 1.3 of the description).
func (w *writer) header() {
	h := w.pages[0]
	copy(h, magic)
	binary.BigEndian.PutUint16(h[16:], pageSize)
	copy(h[18:], []byte{1, 1, 0, 64, 32, 32}) // no write-ahead log, nothing reserved, and three fixed values
	for at, v := range map[int]uint32{
		24: 1,                    // changes so far
		28: uint32(len(w.pages)), //nolint:gosec // Encode has checked it
		40: 1, 44: schemaFormat,  // of the schema: its version and its format
		56: encodingUTF8,         //
		92: 1, 96: writerVersion, // at which change the version was noted
	} {
		binary.BigEndian.PutUint32(h[at:], v)
	}
}

// The parts of a b-tree page, in octets (section 1.6).
const (
	leafHeader     = 8
	interiorHeader = 12
	cellPointer    = 2
	childPointer   = 4
)

// The types of pages in an index.
const (
	pageIndexInterior = 2
	pageIndexLeaf     = 10
)

// page lays out a b-tree page: cells from its end downwards, so that no gap is
// left. right is the last child of an interior page. from is where the page
// begins within its octets: only the first one has something before it.
func page(from int, kind byte, cells [][]byte, right int64) []byte {
	p := make([]byte, pageSize)
	p[from] = kind
	at := from + leafHeader
	if right > 0 {
		binary.BigEndian.PutUint32(p[at:], uint32(right)) //nolint:gosec // a page number
		at = from + interiorHeader
	}
	end := pageSize
	for _, c := range cells {
		end -= copy(p[end-len(c):], c)
		binary.BigEndian.PutUint16(p[at:], uint16(end)) //nolint:gosec // within the page
		at += cellPointer
	}
	binary.BigEndian.PutUint16(p[from+3:], uint16(len(cells))) //nolint:gosec // as many as fit
	binary.BigEndian.PutUint16(p[from+5:], uint16(end))        //nolint:gosec // within the page
	return p
}

// table writes rows as a b-tree and returns the number of its root page.
func (w *writer) table(rows [][]any) (root int64) {
	cells := make([][]byte, len(rows))
	for i, row := range rows {
		cells[i] = w.tableCell(int64(i+1), row)
	}
	return w.tree(cells, false)
}

func (w *writer) tableCell(rowid int64, row []any) []byte {
	payload := recordOf(row)
	cell := putVarint(nil, uint64(len(payload)))
	cell = putVarint(cell, uint64(rowid)) //nolint:gosec // from 1
	return w.payload(cell, payload, pageSize-35)
}

// index writes an index: entries are the indexed values with the rowid behind
// them, in order.
func (w *writer) index(rows [][]any, columns []int) (root int64) {
	entries := make([][]any, len(rows))
	for i, row := range rows {
		for _, c := range columns {
			entries[i] = append(entries[i], row[c])
		}
		entries[i] = append(entries[i], int64(i+1))
	}
	slices.SortFunc(entries, func(a, b []any) int { return slices.CompareFunc(a, b, compareValues) })
	cells := make([][]byte, len(entries))
	for i, entry := range entries {
		payload := recordOf(entry)
		cells[i] = w.payload(putVarint(nil, uint64(len(payload))), payload, (pageSize-12)*64/255-23)
	}
	return w.tree(cells, true)
}

// payload puts a record behind the beginning of its cell. Of one that is longer
// than most, a part goes to overflow pages, so that the rest fills the last of
// them (section 1.6).
func (w *writer) payload(cell, record []byte, most int) []byte {
	if len(record) <= most {
		return append(cell, record...)
	}
	const room = pageSize - childPointer
	least := (pageSize-12)*32/255 - 23
	local := least + (len(record)-least)%room
	if local > most {
		local = least
	}
	cell, rest := append(cell, record[:local]...), record[local:]
	cell = binary.BigEndian.AppendUint32(cell, uint32(len(w.pages)+1)) //nolint:gosec // Encode checks the number of pages
	for len(rest) > 0 {
		p := make([]byte, pageSize)
		rest = rest[copy(p[childPointer:], rest):]
		n := w.add(p)
		if len(rest) > 0 {
			binary.BigEndian.PutUint32(p, uint32(n+1)) //nolint:gosec // as above
		}
	}
	return cell
}

// node is a page within one level of a tree, and what stands between it and the
// next one: in a table the rowid up to which it goes, in an index an entry.
type node struct {
	page    int64
	divider []byte
}

// tree writes cells as a b-tree, one level after the other from the leaves up,
// and returns the number of its root page.
func (w *writer) tree(cells [][]byte, index bool) (root int64) {
	level := w.leaves(cells, index)
	kind := byte(pageInterior)
	if index {
		kind = pageIndexInterior
	}
	for len(level) > 1 {
		var above []node
		for len(level) > 0 {
			n := 0
			for size := interiorHeader; n+1 < len(level); n++ {
				if size += childPointer + len(level[n].divider) + cellPointer; size > pageSize {
					break
				}
			}
			if n+2 == len(level) { // the last page would have one child, and no cell
				n--
			}
			children := make([][]byte, n)
			for i, c := range level[:n] {
				children[i] = append(binary.BigEndian.AppendUint32(nil, uint32(c.page)), c.divider...) //nolint:gosec // a page number
			}
			above = append(above, node{w.add(page(0, kind, children, level[n].page)), level[n].divider})
			level = level[n+1:]
		}
		level = above
	}
	return level[0].page
}

// leaves fills leaf pages; without cells there is one, which is empty.
func (w *writer) leaves(cells [][]byte, index bool) []node {
	kind := byte(pageLeaf)
	if index {
		kind = pageIndexLeaf
	}
	var level []node
	for done := 0; done < len(cells) || done == 0; {
		rest := cells[done:]
		n := 0
		for size := leafHeader; n < len(rest); n++ {
			if size += len(rest[n]) + cellPointer; size > pageSize {
				break
			}
		}
		if index && n+1 == len(rest) { // the divider would be the last, with nothing behind it
			n--
		}
		last := node{page: w.add(page(0, kind, rest[:n], 0))}
		done += n
		switch {
		case done == len(cells):
		case index:
			last.divider = cells[done]
			done++
		default:
			last.divider = putVarint(nil, uint64(done)) //nolint:gosec // rowids count from 1
		}
		level = append(level, last)
		if len(cells) == 0 {
			break
		}
	}
	return level
}

// compareValues orders as SQLite does (section 2.2): NULL, numbers, text, blobs.
func compareValues(a, b any) int {
	switch x := a.(type) {
	case int64:
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y)
		}
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y)
		}
	case []byte:
		if y, ok := b.([]byte); ok {
			return bytes.Compare(x, y)
		}
	}
	return cmp.Compare(rank(a), rank(b))
}

func rank(v any) int {
	switch v.(type) {
	case int64:
		return 1
	case string:
		return 2
	case []byte:
		return 3
	}
	return 0
}
