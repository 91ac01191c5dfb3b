package sqlite_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muxkey/internal/sqlite"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if data, err = io.ReadAll(r); err != nil {
		t.Fatal(err)
	}
	return data
}

// row is what make.sh put into row i.
func row(i int) string {
	big := strings.Repeat("0", 2997) + "end"
	big = big[len(big)-i*37%3000:]
	if i*37%3000 == 0 {
		big = strings.Repeat("0", 3000) + "end" // substr from 0
	}
	return fmt.Sprintf("%d: [<nil> %d %v row %d %s <nil>]", 3*i, i*i*i*1000003-500, float64(i)/4, i, big)
}

func rows(f *sqlite.File, table string) ([]string, error) {
	t, ok := f.Table(table)
	if !ok {
		return nil, fmt.Errorf("no table %q among %v", table, f.Tables)
	}
	var out []string
	for r, err := range f.Rows(t) {
		if err != nil {
			return out, err
		}
		out = append(out, fmt.Sprintf("%d: %v", r.ID, r.Values))
	}
	return out, nil
}

func TestRows(t *testing.T) {
	for _, tt := range []struct {
		file, log string
		rows      int
	}{
		{"pages-512.db", "", 200},
		{"pages-4096.db", "", 200},
		{"pages-65536.db", "", 200},
		{"log.db", "log.db-wal", 190},
		{"log.db", "", 100},
	} {
		var log []byte
		if tt.log != "" {
			log = fixture(t, tt.log)
		}
		f, err := sqlite.Open(fixture(t, tt.file), log)
		if err != nil {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		if got := f.Tables[0].Columns; strings.Join(got, "|") != "id|whole|part, with comma|text|big|none" {
			t.Errorf("%s: columns %q", tt.file, got)
		}
		got, err := rows(f, "t")
		if err != nil || len(got) != tt.rows {
			t.Errorf("%s: %d rows, %v", tt.file, len(got), err)
			continue
		}
		for i, line := range got {
			if line != row(i) {
				t.Errorf("%s: row %d is %.90s, want %.90s", tt.file, i, line, row(i))
				break
			}
		}
	}
}

func TestOlderRowsAreShorter(t *testing.T) {
	f, err := sqlite.Open(fixture(t, "columns.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	table, _ := f.Table("t")
	var lengths []int
	for r, err := range f.Rows(table) {
		if err != nil {
			t.Fatal(err)
		}
		lengths = append(lengths, len(r.Values))
	}
	if fmt.Sprint(lengths) != "[6 6 6 6 7]" || table.Columns[6] != "later" {
		t.Errorf("rows of %v values, columns %q", lengths, table.Columns)
	}
	if _, err := rows(f, "bare"); !errors.Is(err, sqlite.ErrUnsupported) {
		t.Errorf("table without rowids: %v", err)
	}
	for _, err := range f.Rows(table) {
		if err != nil {
			t.Error(err)
		}
		break // the walk ends quietly
	}
}

// A log is read as far as its transactions are whole, and only where it belongs
// to the database.
func TestLog(t *testing.T) {
	data, log := fixture(t, "log.db"), fixture(t, "log.db-wal")
	count := func(data, log []byte) int {
		f, err := sqlite.Open(data, log)
		if err != nil {
			t.Fatal(err)
		}
		got, err := rows(f, "t")
		if err != nil {
			t.Fatal(err)
		}
		return len(got)
	}
	with := func(b []byte, at int, value byte) []byte {
		b = bytes.Clone(b)
		b[at] ^= value
		return b
	}
	if n := count(data, log[:len(log)-1]); n != 200 { // the deletion is not whole
		t.Errorf("last transaction cut short: %d rows", n)
	}
	for name, log := range map[string][]byte{
		"empty":              {},
		"no log":             with(log, 0, 1),
		"header":             with(log, 24, 1),
		"salt of a frame":    with(log, 32+8, 1),
		"checksum":           with(log, 32+16, 1),
		"content of a frame": with(log, 32+24+100, 1),
	} {
		if n := count(data, log); n != 100 {
			t.Errorf("%s: %d rows", name, n)
		}
	}
	if n := count(with(data, 19, 3), log); n != 100 { // not in the mode of a log
		t.Errorf("not in WAL mode: %d rows", n)
	}
	if !sqlite.Unfinished([]byte("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7\x00")) || sqlite.Unfinished(make([]byte, 512)) || sqlite.Unfinished(nil) {
		t.Error("rollback journals are not told from used ones")
	}
}

func TestHostileFiles(t *testing.T) {
	const page = 512
	good := fixture(t, "pages-512.db")
	// The root of t is page 2, an interior page, as the schema fits the first.
	root := page
	if good[root] != 5 {
		t.Fatalf("page 2 is of type %d", good[root])
	}
	child := int(binary.BigEndian.Uint32(good[root+int(binary.BigEndian.Uint16(good[root+12:])):]))
	leaf := (child - 1) * page
	for good[leaf] == 5 {
		leaf = (int(binary.BigEndian.Uint32(good[leaf+int(binary.BigEndian.Uint16(good[leaf+12:])):])) - 1) * page
	}
	cells := int(binary.BigEndian.Uint16(good[leaf+3:]))
	lastCell := leaf + int(binary.BigEndian.Uint16(good[leaf+8+2*(cells-1):]))
	put16 := func(at, v int) func([]byte) { return func(b []byte) { binary.BigEndian.PutUint16(b[at:], uint16(v)) } }
	put32 := func(at, v int) func([]byte) { return func(b []byte) { binary.BigEndian.PutUint32(b[at:], uint32(v)) } }
	put := func(at int, v ...byte) func([]byte) { return func(b []byte) { copy(b[at:], v) } }
	for _, tt := range []struct {
		name, want string
		change     func([]byte)
	}{
		{"page size 0", "a page size of 0", put16(16, 0)},
		{"page size that is no power of two", "a page size of 600", put16(16, 600)},
		{"everything reserved", "a page size of 512", put(20, 255)},
		{"a version to come", "version 3 of the format", put(18, 3, 3)},
		{"more pages than there are", "are missing (cut short?)", put32(28, 1<<30)},
		{"a child that is its own parent", "page 2 is in use twice", put32(root+8, 2)},
		{"a child far away", "page 2147483647 is not there", put32(root+8, 1<<31-1)},
		{"a negative child", "page -1 is not there", put32(root+8, 1<<32-1)},
		{"page 0", "page 0 is not there", put32(root+8, 0)},
		{"a page of an unknown type", "is of type 7", put(leaf, 7)},
		{"too many cells", "more cells than it can hold", put16(leaf+3, 0xffff)},
		{"a cell in the header", "a cell lies outside of its page", put16(leaf+8, 3)},
		{"a cell behind the page", "a cell lies outside of its page", put16(leaf+8, 511+1)},
		{"a record of 2^56 octets", "more than the file has", put(lastCell, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1)},
		{"all cells at one place", "the cells of a page overlap", func(b []byte) {
			for i := range cells {
				put16(leaf+8+2*i, lastCell-leaf)(b)
			}
			put16(leaf+3, 200)(b)
			for i := range 200 {
				put16(leaf+8+2*i, 500)(b)
			}
			put(leaf+500, 3, 1, 2, 0, 0)(b)
		}},
	} {
		data := bytes.Clone(good)
		tt.change(data)
		f, err := sqlite.Open(data, nil)
		if err == nil {
			_, err = rows(f, "t")
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) || !errors.Is(err, sqlite.ErrDamaged) && !errors.Is(err, sqlite.ErrUnsupported) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := sqlite.Open(fixture(t, "utf16.db"), nil); !errors.Is(err, sqlite.ErrUnsupported) {
		t.Errorf("UTF-16: %v", err)
	}
	if _, err := sqlite.Open([]byte("SQLite format 3\x00"), nil); !errors.Is(err, sqlite.ErrDamaged) {
		t.Errorf("a header alone: %v", err)
	}
}

// An overflow page that leads back to an earlier one, or to a page of the tree.
func TestOverflowCycle(t *testing.T) {
	const page = 512
	good := fixture(t, "pages-512.db")
	twice, broken := 0, 0
	for n := 2; n <= len(good)/page; n++ {
		for _, target := range []int{2, n} {
			data := bytes.Clone(good)
			at := (n - 1) * page
			if data[at] == 0 { // the number of the next page begins so, and no page of a tree does
				binary.BigEndian.PutUint32(data[at:], uint32(target))
			}
			f, err := sqlite.Open(data, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := rows(f, "t"); err != nil {
				broken++
				if strings.Contains(err.Error(), "in use twice") {
					twice++
				}
			}
		}
	}
	if twice < 100 || twice != broken {
		t.Errorf("%d of %d cycles were found out", twice, broken)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(fixture(f, "columns.db"), []byte{})
	f.Add(fixture(f, "log.db"), fixture(f, "log.db-wal"))
	f.Fuzz(func(t *testing.T, data, log []byte) {
		file, err := sqlite.Open(data, log)
		if err != nil {
			return
		}
		for _, table := range file.Tables {
			size := 0
			for r, err := range file.Rows(table) {
				if err != nil {
					break
				}
				if len(r.Values) > len(table.Columns) {
					t.Fatalf("%d values in %d columns", len(r.Values), len(table.Columns))
				}
				for _, v := range r.Values {
					switch v := v.(type) {
					case []byte:
						size += len(v)
					case string:
						size += len(v)
					}
				}
			}
			if size > len(data)+len(log) {
				t.Fatalf("%d octets out of a file of %d", size, len(data)+len(log))
			}
		}
	})
}
