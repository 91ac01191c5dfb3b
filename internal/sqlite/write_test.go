package sqlite_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"muxkey/internal/peer"
	"muxkey/internal/sqlite"
)

// content makes a table with an index that a constraint implies, one over blobs
// that overflow, one over values that are mostly the same, and one over two columns.
func content(rows int, long int) sqlite.TableContent {
	t := sqlite.TableContent{
		Name: "things", SQL: "CREATE TABLE things (id PRIMARY KEY UNIQUE ON CONFLICT ABORT, name, big, kind, none)",
		Indexes: []sqlite.Index{
			{Name: "sqlite_autoindex_things_1", Columns: []int{0}},
			{Name: "big", SQL: "CREATE INDEX big ON things (big)", Columns: []int{2}},
			{Name: "kind", SQL: "CREATE INDEX kind ON things (kind)", Columns: []int{3}},
			{Name: "both", SQL: "CREATE INDEX both ON things (name, id)", Columns: []int{1, 0}},
		},
	}
	kinds := []any{nil, int64(-7), "text", []byte{0}, []byte{}, ""}
	for i := range rows {
		id := int64(i * 7919 % max(rows, 1)) // not in order
		big := bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 1+i*37%max(long/2, 1))
		t.Rows = append(t.Rows, []any{id, fmt.Sprintf("row %d", i/2), big, kinds[i%len(kinds)], nil})
	}
	return t
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	integers := sqlite.TableContent{Name: "integers", SQL: "CREATE TABLE integers (n)"}
	for shift := range 64 {
		for _, n := range []int64{1<<shift - 1, 1 << shift, -1 << shift, -1<<shift - 1} {
			integers.Rows = append(integers.Rows, []any{n})
		}
	}
	integers.Rows = append(integers.Rows, []any{int64(math.MinInt64)}, []any{int64(math.MaxInt64)})
	// So many columns that the header of a record has a length of two octets, and
	// that the definition goes on in an overflow page.
	columns := make([]string, 400)
	for i := range columns {
		columns[i] = fmt.Sprintf("column_%06d", i)
	}
	wide := sqlite.TableContent{Name: "wide", SQL: "CREATE TABLE wide (" + strings.Join(columns, ", ") + ")", Rows: [][]any{make([]any, 400)}}
	for _, tables := range [][]sqlite.TableContent{
		nil,
		{integers, wide, content(3, 10)},
		{content(0, 1)},
		{content(1, 1)},
		{content(500, 9000)},
		{content(2000, 400), content(700, 3)},
	} {
		for i := range tables {
			if tables[i].Name == "things" && i == 1 {
				tables[i].Name, tables[i].SQL, tables[i].Indexes = "others", strings.Replace(tables[i].SQL, "things", "others", 1), nil
				tables[i].SQL = strings.Replace(tables[i].SQL, " PRIMARY KEY UNIQUE ON CONFLICT ABORT", "", 1)
			}
		}
		data, err := sqlite.Encode(tables)
		if err != nil {
			t.Error(err)
			continue
		}
		again, err := sqlite.Encode(tables)
		if err != nil || !bytes.Equal(data, again) {
			t.Error("the same content makes other octets")
		}
		sound(t, data)
		f, err := sqlite.Open(data, nil)
		if err != nil || len(f.Tables) != len(tables) {
			t.Fatalf("%d tables, %v", len(f.Tables), err)
		}
		for _, want := range tables {
			table, _ := f.Table(want.Name)
			n := 0
			for row, err := range f.Rows(table) {
				if err != nil {
					t.Fatal(err)
				}
				if got, want := fmt.Sprintf("%d %#v", row.ID, row.Values), fmt.Sprintf("%d %#v", n+1, want.Rows[n]); got != want {
					t.Fatalf("row %.200s, want %.200s", got, want)
				}
				n++
			}
			if n != len(want.Rows) {
				t.Errorf("%s: %d rows of %d", want.Name, n, len(want.Rows))
			}
		}
	}
}

// Where a page is just full, and where just one cell is left for the next.
func TestPagesAtTheirEdges(t *testing.T) {
	for rows := 1; rows < 1000; rows += 1 + rows/20 {
		for _, long := range []int{2, 120, 1010} {
			data, err := sqlite.Encode([]sqlite.TableContent{content(rows, long)})
			if err != nil {
				t.Fatal(err)
			}
			f, err := sqlite.Open(data, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := rowsOf(f); err != nil || got != rows {
				t.Fatalf("%d rows of %d, %v", got, rows, err)
			}
			if rows%3 == 0 {
				sound(t, data)
			}
		}
	}
}

func rowsOf(f *sqlite.File) (int, error) {
	got, err := rows(f, "things")
	return len(got), err
}

func TestNotWritten(t *testing.T) {
	for _, tt := range []struct {
		want  error
		table sqlite.TableContent
	}{
		{sqlite.ErrUnsupported, sqlite.TableContent{Name: "t", SQL: "CREATE TABLE t (a, b)", Rows: [][]any{{int64(1)}}}},
		{sqlite.ErrUnsupported, sqlite.TableContent{Name: "t", SQL: "CREATE TABLE t (a)", Rows: [][]any{{1.5}}}},
		{sqlite.ErrUnsupported, sqlite.TableContent{Name: "t", SQL: "CREATE TABLE t (a)", Indexes: []sqlite.Index{{Name: "i", Columns: []int{1}}}}},
		{sqlite.ErrDamaged, sqlite.TableContent{Name: "t", SQL: "CREATE TABLE t"}},
		{sqlite.ErrTooLarge, sqlite.TableContent{Name: "t", SQL: "CREATE TABLE t (a)", Indexes: make([]sqlite.Index, 400)}},
	} {
		if _, err := sqlite.Encode([]sqlite.TableContent{tt.table}); !errors.Is(err, tt.want) {
			t.Errorf("%v, want %v", err, tt.want)
		}
	}
}

// sound lets SQLite check a database, where it is there: the pages, and the
// indexes against the tables. TestSQLiteGoesOnWithIt is skipped by its name.
func sound(t *testing.T, data []byte) {
	t.Helper()
	program, err := exec.LookPath("sqlite3")
	if os.Getenv("MUXKEY_INTEROP") != "require" && (err != nil || testing.Short()) {
		return
	}
	path := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), program, path, "PRAGMA integrity_check; PRAGMA freelist_count").CombinedOutput()
	if err != nil || string(out) != "ok\n0\n" {
		t.Errorf("SQLite finds: %s %v", out, err)
	}
}

// SQLite finds through the indexes what is there, and adds to it.
func TestSQLiteGoesOnWithIt(t *testing.T) {
	program := peer.Program(t, "sqlite3")
	data, err := sqlite.Encode([]sqlite.TableContent{content(10_000, 3000)})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	sql := `SELECT count(*), sum(id), sum(length(big)) FROM things;
SELECT name FROM things WHERE id = 7919;
SELECT count(*) FROM things INDEXED BY both WHERE name >= 'row 10' AND name < 'row 11';
SELECT count(*) FROM things INDEXED BY kind WHERE kind = x'';
INSERT INTO things (id, name, big) SELECT id + 10000, name, big FROM things;
DELETE FROM things WHERE id % 3 = 0;
SELECT count(*) FROM things;
PRAGMA integrity_check;`
	out, err := exec.CommandContext(t.Context(), program, path, sql).CombinedOutput()
	sum := 0
	for i := range 10_000 {
		sum += 2 * (1 + i*37%1500)
	}
	want := fmt.Sprintf("10000|49995000|%d\nrow 0\n222\n1666\n13333\nok\n", sum)
	if err != nil || string(out) != want {
		t.Errorf("SQLite says %s %v, want %s", out, err, want)
	}
}
