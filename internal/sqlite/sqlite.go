// Package sqlite reads the tables of an SQLite 3 database that is in memory, and
// writes new databases. It is the file format
// (https://www.sqlite.org/fileformat2.html) and no more: no SQL, no change of what
// is there. [Open] reads, [Encode] writes.
//
// The reader knows table b-trees, overflow pages, records, and the write-ahead log. It
// does not know tables WITHOUT ROWID, virtual tables, text in UTF-16, and
// rollback journals: one that is left behind by a crash must be played back by
// SQLite before the file says what it should. [Unfinished] tells of one.
//
// Hostile files are read in time and memory proportional to their size: a page
// is visited once in a walk over a table, the cells of a page cannot overlap,
// and no length is believed that is larger than the file.
package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
)

// The errors, to be told apart with errors.Is.
var (
	ErrDamaged     = errors.New("damaged SQLite database")
	ErrUnsupported = errors.New("unsupported SQLite database")
)

func damagedf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

const (
	magic      = "SQLite format 3\x00"
	headerSize = 100
	// maxDepth is what SQLite itself allows (BTCURSOR_MAX_DEPTH).
	maxDepth = 20
	// maxColumns is the highest that SQLite can be built for
	// (SQLITE_MAX_COLUMN).
	maxColumns = 32767
)

// Detect tells an SQLite database by its first octets.
func Detect(head []byte) bool { return len(head) >= headerSize && string(head[:len(magic)]) == magic }

// File is a database.
type File struct {
	// Tables in the order of the schema.
	Tables []Table

	data     []byte
	pageSize int
	usable   int            // octets of a page without those reserved for extensions
	logged   map[int][]byte // pages that the write-ahead log has in a newer form
	count    int            // pages in data
}

// Table is one table.
type Table struct {
	Name    string
	Columns []string
	root    int
}

// Row is one row of a table.
type Row struct {
	// ID is the rowid.
	ID int64
	// Values are nil, int64, float64, string or []byte, in the order of
	// Table.Columns. There are fewer of them in rows that are older than a column.
	// Blobs share memory with the file.
	Values []any
}

// Open reads the schema of a database. The log is the file with "-wal" behind
// its name; nil when there is none. The file keeps both. Errors: ErrDamaged,
// ErrUnsupported.
func Open(data, log []byte) (*File, error) {
	if !Detect(data) {
		return nil, damagedf("it has no header")
	}
	f := &File{data: data, pageSize: int(binary.BigEndian.Uint16(data[16:]))}
	if f.pageSize == 1 {
		f.pageSize = 65536
	}
	f.usable = f.pageSize - int(data[20])
	switch {
	case f.pageSize < 512 || f.pageSize&(f.pageSize-1) != 0 || f.usable < 480:
		return nil, damagedf("a page size of %d", f.pageSize)
	case data[18] > 2 || data[19] > 2:
		return nil, fmt.Errorf("%w: version %d of the format", ErrUnsupported, data[19])
	case binary.BigEndian.Uint32(data[56:]) > 1:
		return nil, fmt.Errorf("%w: text in UTF-16", ErrUnsupported)
	}
	f.count = len(data) / f.pageSize
	if data[19] == 2 { // else a log is of another time
		f.logged = readLog(log, f.pageSize)
	}
	if len(f.logged) == 0 {
		// The size in the header counts only when the version that wrote it also
		// wrote the change counter.
		size := int64(binary.BigEndian.Uint32(data[28:]))
		if string(data[24:28]) == string(data[92:96]) && size > int64(f.count) {
			return nil, damagedf("%d pages of %d are missing (cut short?)", size-int64(f.count), size)
		}
	}
	return f, f.readSchema()
}

// readSchema reads the table of tables, which is rooted in the first page.
func (f *File) readSchema() error {
	schema := Table{Name: "sqlite_schema", Columns: []string{"type", "name", "tbl_name", "rootpage", "sql"}, root: 1}
	for row, err := range f.Rows(schema) {
		if err != nil {
			return err
		}
		if len(row.Values) < len(schema.Columns) || row.Values[0] != "table" {
			continue
		}
		name, _ := row.Values[1].(string)
		root, _ := row.Values[3].(int64)
		sql, _ := row.Values[4].(string)
		if root == 0 { // a virtual table
			continue
		}
		if root < 1 || root > math.MaxInt32 {
			return damagedf("the table %q begins at page %d", name, root)
		}
		columns, err := columnsOf(sql)
		if err != nil {
			return err
		}
		f.Tables = append(f.Tables, Table{Name: name, Columns: columns, root: int(root)})
	}
	return nil
}

// Table looks a table up by its name.
func (f *File) Table(name string) (Table, bool) {
	i := slices.IndexFunc(f.Tables, func(t Table) bool { return t.Name == name })
	if i < 0 {
		return Table{}, false
	}
	return f.Tables[i], true
}

// Rows walks over a table in the order of its rowids. The walk ends with the
// first error, which is ErrDamaged or, for a table without rowids,
// ErrUnsupported.
func (f *File) Rows(t Table) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		w := &walk{file: f, columns: len(t.Columns), seen: map[int]bool{}, yield: yield}
		if err := w.page(t.root, maxDepth); err != nil && !errors.Is(err, errStop) {
			yield(Row{}, err)
		}
	}
}

// errStop ends a walk that the caller wants no more of.
var errStop = errors.New("stop")

// walk is one way through a table.
type walk struct {
	file    *File
	columns int
	seen    map[int]bool // pages that were visited
	yield   func(Row, error) bool
}

// take returns a page that was not visited before.
func (w *walk) take(n int) ([]byte, error) {
	if w.seen[n] {
		return nil, damagedf("page %d is in use twice", n)
	}
	w.seen[n] = true
	if page, ok := w.file.logged[n]; ok {
		return page, nil
	}
	if n < 1 || n > w.file.count {
		return nil, damagedf("page %d is not there", n)
	}
	return w.file.data[(n-1)*w.file.pageSize : n*w.file.pageSize], nil
}

// The types of pages in a b-tree.
const (
	pageInterior = 5
	pageLeaf     = 13
)

// page visits a page of a table b-tree and those below it.
func (w *walk) page(n, depth int) error {
	if depth == 0 {
		return damagedf("a table is nested deeper than %d pages", maxDepth)
	}
	page, err := w.take(n)
	if err != nil {
		return err
	}
	at := 0
	if n == 1 {
		at = headerSize
	}
	cells := int(binary.BigEndian.Uint16(page[at+3:]))
	if at+12+2*cells > w.file.usable {
		return damagedf("a page has more cells than it can hold")
	}
	switch kind := page[at]; kind {
	case pageLeaf:
		return w.leaf(page, at+8, cells)
	case pageInterior:
		return w.interior(page, at, cells, depth)
	case 2, 10:
		return fmt.Errorf("%w: a table without rowids", ErrUnsupported)
	default:
		return damagedf("page %d is of type %d", n, kind)
	}
}

// cell returns what is at the place of one cell and behind it.
func (w *walk) cell(page []byte, at, i int) ([]byte, error) {
	begin := int(binary.BigEndian.Uint16(page[at+2*i:]))
	if begin < at || begin >= w.file.usable {
		return nil, damagedf("a cell lies outside of its page")
	}
	return page[begin:w.file.usable], nil
}

func (w *walk) interior(page []byte, at, cells, depth int) error {
	for i := range cells {
		cell, err := w.cell(page, at+12, i)
		if err != nil {
			return err
		}
		if len(cell) < 4 {
			return damagedf("a cell is cut short")
		}
		if err := w.page(pageNumber(cell), depth-1); err != nil {
			return err
		}
	}
	return w.page(pageNumber(page[at+8:]), depth-1)
}

// pageNumber reads the number of a page; what does not fit is no page.
func pageNumber(b []byte) int { return int(int32(binary.BigEndian.Uint32(b))) } //nolint:gosec // negative is refused by take

func (w *walk) leaf(page []byte, at, cells int) error {
	taken := at + 2*cells // octets of the page that are accounted for
	for i := range cells {
		cell, err := w.cell(page, at, i)
		if err != nil {
			return err
		}
		size, n := varint(cell)
		id, m := varint(cell[n:])
		if n == 0 || m == 0 {
			return damagedf("a cell is cut short")
		}
		payload, used, err := w.payload(cell[n+m:], size)
		if err != nil {
			return err
		}
		// Cells that share octets would make a small file a large one.
		if taken += n + m + used; taken > w.file.usable {
			return damagedf("the cells of a page overlap")
		}
		values, err := record(payload, w.columns)
		if err != nil {
			return err
		}
		if !w.yield(Row{ID: int64(id), Values: values}, nil) { //nolint:gosec // two's complement
			return errStop
		}
	}
	return nil
}

// payload gathers a record from its cell and the overflow pages behind it; used
// counts the octets in the cell.
func (w *walk) payload(cell []byte, size uint64) (payload []byte, used int, err error) {
	if size > uint64(w.file.count+len(w.file.logged))*uint64(w.file.pageSize) { //nolint:gosec // all positive
		return nil, 0, damagedf("a record of %d octets, more than the file has", size)
	}
	total, u := int(size), w.file.usable
	local := total
	if most := u - 35; total > most { // what stays in the cell, by section 1.6 of the description
		least := (u-12)*32/255 - 23
		if local = least + (total-least)%(u-4); local > most {
			local = least
		}
	}
	if local > len(cell) {
		return nil, 0, damagedf("a record is cut short")
	}
	if local == total {
		return cell[:local:local], local, nil
	}
	if len(cell) < local+4 {
		return nil, 0, damagedf("a record is cut short")
	}
	payload = slices.Clone(cell[:local])
	for next := pageNumber(cell[local:]); len(payload) < total; {
		page, err := w.take(next)
		if err != nil {
			return nil, 0, err
		}
		next = pageNumber(page)
		payload = append(payload, page[4:min(u, 4+total-len(payload))]...)
	}
	return payload, local + 4, nil
}
