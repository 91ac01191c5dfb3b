package cmd

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"muxkey/internal/named"
	"muxkey/internal/secret"
)

// Column is a column of the CSV file of muxkey create --batch.
type Column struct {
	Name     string
	Doc      string // what it holds, with what stands for an empty cell
	Required bool
	// set takes a cell, which is not empty, into the options of its row.
	set func(r *batchRow, cell string) error
}

// Columns are all of them, host first. docs/batch.md is held to this list.
func Columns() named.Set[Column] {
	return named.New(func(c Column) string { return c.Name },
		Column{"host", "the name that clients connect to, as HOST of `muxkey create`", true, func(r *batchRow, cell string) error {
			r.options.hosts = []string{cell}
			return nil
		}},
		Column{"sans", "more names for the certificate, parted by blanks or semicolons; those of `--san` come after them", false, func(r *batchRow, cell string) error {
			r.options.subject.sans = append(strings.FieldsFunc(cell, func(c rune) bool { return c == ' ' || c == ';' }), r.options.subject.sans...)
			return nil
		}},
		Column{"alias", "name of the entry; without it that of `--alias`, else the host", false, func(r *batchRow, cell string) error {
			r.options.alias = cell
			return nil
		}},
		Column{"out", "the keystore, below `--out-dir`; a name that ends in .jks makes a JKS. Without it the host with .p12", false, func(r *batchRow, cell string) error {
			if !filepath.IsLocal(cell) || strings.HasSuffix(cell, "/") {
				return wrongUsage(fmt.Errorf("out %q is no file below --out-dir", cell))
			}
			r.options.store.out = filepath.FromSlash(cell)
			return nil
		}},
		Column{"key", "type of key, as `--key` has it", false, func(r *batchRow, cell string) error {
			r.options.subject.key, r.options.subject.keyGiven = cell, func() bool { return true }
			return nil
		}},
		Column{"days", "lifetime in days, as `--days` has it", false, func(r *batchRow, cell string) error {
			days, err := strconv.Atoi(cell)
			if err != nil {
				return wrongUsage(fmt.Errorf("days %q is no whole number", cell))
			}
			if r.options.life.notAfter != "" {
				return wrongUsage(errors.New("days and --not-after exclude each other"))
			}
			r.options.life.days, r.options.life.asked = days, func() bool { return true }
			return nil
		}},
		Column{"subject", "distinguished name, as `--subject` has it", false, func(r *batchRow, cell string) error {
			r.options.subject.subject = cell
			return nil
		}},
		Column{"usage", "what the certificate is for, as `--usage` has it; not with a template", false, func(r *batchRow, cell string) error {
			if r.ownTemplate {
				return wrongUsage(errors.New("usage and template exclude each other"))
			}
			r.options.issuer.usage.usage, r.options.issuer.usage.template, r.ownUsage = cell, "", true
			return nil
		}},
		Column{"template", "JSON or YAML file, as `--template` has it", false, func(r *batchRow, cell string) error {
			if r.ownUsage {
				return wrongUsage(errors.New("usage and template exclude each other"))
			}
			r.options.issuer.usage.template, r.ownTemplate = cell, true
			return nil
		}},
		Column{"password", "where the password of this keystore comes from: `env:NAME`, `file:PATH` or `pass:TEXT`. Without it that of all of them", false, func(r *batchRow, cell string) error {
			// Streams and people would answer in the order in which rows happen to
			// be worked on.
			switch word, _, _ := strings.Cut(cell, ":"); word {
			case "stdin", "fd", "prompt":
				return wrongUsage(fmt.Errorf("a password from %s is for all keystores: name it with --password", word))
			}
			s, err := secret.Parse(cell)
			if err != nil {
				return fmt.Errorf("password: %w", err)
			}
			r.password = &s
			return nil
		}},
	)
}

func columnList() string { return strings.Join(Columns().Names(), ", ") }

// batchRow is a row of the file: a keystore that is wanted.
type batchRow struct {
	line     int
	host     string // as it stands in the file
	options  createOptions
	password *secret.Source // its own; nil without one

	ownUsage, ownTemplate bool
	err                   error // why it cannot be read
}

// maxBatch bounds the file of --batch, in octets: some 100,000 rows.
const maxBatch = 16 << 20

// errFile is the failure of a file that as a whole is none of a batch.
func errFile(name string, line int, hint, why string, args ...any) error {
	return &Failure{StatusUsage, hint, fmt.Errorf("%s, line %d: %s", name, line, fmt.Sprintf(why, args...))}
}

// readRows reads the file of a batch. A row that cannot be read comes with its
// error; the error that is returned is one of the file as a whole.
func readRows(name string, data []byte, defaults createOptions) ([]*batchRow, error) {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	switch {
	case len(data) > maxBatch:
		return nil, errFile(name, 1, "part it into several files", "the file has more than %d octets", maxBatch)
	case !utf8.Valid(data):
		return nil, errFile(name, 1, "save it as CSV in UTF-8", "the file is not UTF-8")
	}
	f := &csvFile{rest: data, comma: ','}
	f.guessComma()
	head, err := f.next()
	if errors.Is(err, io.EOF) {
		return nil, errFile(name, 1, "the first line names the columns: "+columnList(), "there is nothing in the file")
	}
	if err != nil {
		return nil, errFile(name, f.line, "", "%v", err)
	}
	columns, err := readHead(name, f.line, head)
	if err != nil {
		return nil, err
	}
	var rows []*batchRow
	for {
		cells, err := f.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue // spreadsheets leave such rows at the end
		}
		r := &batchRow{line: f.line, options: defaults}
		if err != nil {
			r.err = wrongUsage(err)
		} else {
			r.err = r.read(columns, cells)
		}
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return nil, errFile(name, f.line, "each line below it is a keystore", "there is nothing below the names of the columns")
	}
	return rows, nil
}

// readHead finds the columns. The first line as a whole must be right: a column
// that is passed over would make hundreds of keystores that say something else.
func readHead(name string, line int, head []string) ([]Column, error) {
	all := Columns()
	var columns []Column
	var wrong []error
	seen := map[string]bool{}
	for _, cell := range head {
		word := strings.ToLower(strings.TrimSpace(cell))
		c, ok := all.Get(word)
		switch {
		case !ok:
			wrong = append(wrong, errFile(name, line, didYouMean(word, all.Names()), "unknown column %q", word))
		case seen[word]:
			wrong = append(wrong, errFile(name, line, "leave one of them out", "the column %q is there twice", word))
		}
		seen[word] = true
		columns = append(columns, c)
	}
	for c := range all.All() {
		if c.Required && !seen[c.Name] {
			wrong = append(wrong, errFile(name, line, "the first line names the columns: "+columnList(), "there is no column %q", c.Name))
		}
	}
	return columns, join(wrong...)
}

// read takes the cells of a row. Those that are missing at its end are empty.
func (r *batchRow) read(columns []Column, cells []string) error {
	r.options.subject.sans = slices.Clone(r.options.subject.sans)
	var wrong []error
	for i, cell := range cells {
		cell = strings.TrimSpace(cell)
		switch {
		case i >= len(columns) && cell != "":
			return &Failure{StatusUsage, "put a cell with a comma in it into double quotes", fmt.Errorf("there are %d cells, and %d columns", len(cells), len(columns))}
		case i >= len(columns) || cell == "":
		default:
			wrong = append(wrong, columns[i].set(r, cell))
		}
	}
	if len(r.options.hosts) == 0 {
		return wrongUsage(errors.New("there is no host"))
	}
	r.host = r.options.hosts[0]
	if r.options.store.out == "" {
		// Neither "*" nor ":" can be in the name of a file everywhere.
		r.options.store.out = strings.NewReplacer("*", "_wildcard", ":", "-", "/", "-", `\`, "-").Replace(r.host) + ".p12"
	}
	return join(wrong...)
}

// csvFile reads records of RFC 4180, with lines that begin with "#" for people.
// Each is a line: no column holds line breaks, and so a quote that is not closed
// does not take along what stands below it.
type csvFile struct {
	rest  []byte
	line  int // of the record that was read last, from 1
	comma rune
}

// guessComma takes what the first line is parted with: spreadsheets write
// semicolons or tabs where the comma is a decimal point.
func (f *csvFile) guessComma() {
	for line := range bytes.Lines(f.rest) {
		if noRecord(line) {
			continue
		}
		if i := bytes.IndexAny(line, ",;\t"); i >= 0 {
			f.comma = rune(line[i])
		}
		return
	}
}

func noRecord(line []byte) bool {
	return bytes.HasPrefix(line, []byte("#")) || len(bytes.TrimSpace(line)) == 0
}

// next returns the next record; io.EOF when there is none.
func (f *csvFile) next() ([]string, error) {
	for len(f.rest) > 0 {
		line, rest, _ := bytes.Cut(f.rest, []byte("\n"))
		f.rest = rest
		f.line++
		if noRecord(line) {
			continue
		}
		r := csv.NewReader(bytes.NewReader(line))
		r.Comma = f.comma
		cells, err := r.Read()
		if err != nil {
			err = errors.New("the quotes of its cells are not in pairs")
		}
		return cells, err
	}
	return nil, io.EOF
}
