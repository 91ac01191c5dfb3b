package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func table(t *testing.T, o Options, sections ...Section) string {
	t.Helper()
	var out strings.Builder
	if err := writeTable(&out, Document{Sections: sections}, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func compare(t *testing.T, want, got string) {
	t.Helper()
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

var (
	fingerprint = strings.Repeat("a1b2c3d4", 8)
	keystore    = Section{
		Title: "keystore.p12",
		Fields: []Field{
			{Name: "Type", Value: "PKCS#12"},
			{Name: "SHA-256", Value: fingerprint},
			{Name: "日本語", Value: "mux.example.com, www.example.com, 10.0.0.1, im.example.com"},
		},
		Notes: []string{"the certificate is self-signed: each client must be told to trust it"},
	}
	checks = Section{
		Title:   "Checks",
		Columns: []string{"Check", "Result", "not_after detail"},
		Rows: []Row{
			{Cells: []string{"integrity", "ok", "HMAC-SHA256"}, Tone: Good},
			{Cells: []string{"日本語 alias", "failed", " no such alias; there are: mux.example.com, im.example.com"}, Tone: Bad},
			{Cells: []string{"dates"}},
		},
	}
)

func TestIntoAPipe(t *testing.T) {
	compare(t, `
keystore.p12
  Type     PKCS#12
  SHA-256  `+fingerprint+`
  日本語   mux.example.com, www.example.com, 10.0.0.1, im.example.com
  the certificate is self-signed: each client must be told to trust it

Checks
  Check         Result  not_after detail
  integrity     ok      HMAC-SHA256
  日本語 alias  failed   no such alias; there are: mux.example.com, im.example.com
  dates
`, table(t, Options{}, keystore, checks))
}

func TestOnATerminal(t *testing.T) {
	compare(t, `
keystore.p12
  Type     PKCS#12
  SHA-256
      `+fingerprint+`
  日本語   mux.example.com, www.example.com,
           10.0.0.1, im.example.com
  the certificate is self-signed: each client must
  be told to trust it

Checks
  Check         Result  not_after detail
  ────────────────────────────────────────────────
  integrity     ok      HMAC-SHA256
  日本語 alias  failed   no such alias; there are:
                        mux.example.com,
                        im.example.com
  dates
`, table(t, Options{Width: 50}, keystore, checks))
}

func TestColour(t *testing.T) {
	got := table(t, Options{Width: 30, Colour: true}, Section{
		Title:   "T",
		Fields:  []Field{{Name: "N", Value: "a value that has to be wrapped", Tone: Warn}},
		Columns: []string{"C", "D"},
		Rows:    []Row{{Cells: []string{"one", "x"}, Tone: Good}, {Cells: []string{"two", "y"}}},
	})
	got = strings.ReplaceAll(got, "\x1b", "^")
	compare(t, `
^[1mT^[0m
  N  ^[33ma value that has to be^[0m
     ^[33mwrapped^[0m

  ^[1mC    D^[0m
  ──────
  ^[32mone^[0m  x
  two  y
`, got)
}

// A table that cannot be had without breaking words becomes a list.
func TestNarrowTerminal(t *testing.T) {
	compare(t, `
Alias    mux
Subject  CN=mux
SHA-256
    `+fingerprint+`

Alias    im
`, table(t, Options{Width: 40}, Section{
		Columns: []string{"Alias", "Subject", "SHA-256"},
		Rows:    []Row{{Cells: []string{"mux", "CN=mux", fingerprint}}, {Cells: []string{"im"}}},
	}))
}

func TestNothingToShow(t *testing.T) {
	compare(t, "", table(t, Options{Width: 80}))
	compare(t, "\nEntries\n  none\n", table(t, Options{Width: 80},
		Section{Title: "Entries", Columns: []string{"Alias"}, Notes: []string{"none"}}))
}

// However narrow the terminal: every word is there whole and in order, and a
// line is too long only when a word is.
func TestWidths(t *testing.T) {
	for width := 1; width <= 160; width++ {
		got := table(t, Options{Width: width}, keystore, checks)
		for _, word := range append(strings.Fields(keystore.Fields[2].Value), fingerprint, "alias;", "trust") {
			if !strings.Contains(got, word) {
				t.Fatalf("width %d: %q is broken:\n%s", width, word, got)
			}
		}
		for line := range strings.Lines(got) {
			line = strings.TrimSuffix(line, "\n")
			// The longest name of a field has two words.
			if widthOf(line) > width && len(strings.Fields(line)) > 3 {
				t.Errorf("width %d: not wrapped: %q", width, line)
			}
		}
	}
}

func TestThousandsOfRows(t *testing.T) {
	rows := make([]Row, 5000)
	for i := range rows {
		rows[i] = Row{Cells: []string{fmt.Sprintf("alias-%d", i), fingerprint, "CN=mux.example.com, O=Example"}, Tone: Good}
	}
	start := time.Now()
	if err := writeTable(io.Discard, Document{Sections: []Section{{Columns: []string{"Alias", "SHA-256", "Subject"}, Rows: rows}}}, Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	// It takes a quarter of a second; ten times that is a quadratic mistake.
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("%d rows took %v", len(rows), took)
	}
}

// One long alias must not make every row as long.
func TestLongCellsAreCut(t *testing.T) {
	long := strings.Repeat("a", 200_000)
	var rows []Row
	for range 100 {
		rows = append(rows, Row{Cells: []string{"x", "y"}})
	}
	rows = append(rows, Row{Cells: []string{long, long}})
	var b bytes.Buffer
	d := Document{Sections: []Section{{Columns: []string{"A", "B"}, Rows: rows, Notes: []string{long}}}}
	if err := writeTable(&b, d, Options{}); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 100_000 {
		t.Errorf("%d bytes", b.Len())
	}
}

// FuzzTable: nothing that stands in a file may command the terminal, or pass for
// a line of ours.
func FuzzTable(f *testing.F) {
	for _, s := range []string{"", "mux", "\x1b]0;owned\a", "a\r\nb", "\u202egnp", "\u2028x", "日本語", "\xff\xfe", "\u0085x", "a\tb", "e\u0301", strings.Repeat("x", 300), "\U000e0041"} {
		f.Add(s, 0)
		f.Add(s, 40)
	}
	f.Fuzz(func(t *testing.T, text string, width int) {
		if width < 0 || width > 1000 {
			t.Skip("no terminal is so wide")
		}
		var out strings.Builder
		d := Document{Sections: []Section{{
			Title: "x", Fields: []Field{{Name: "Alias", Value: text}}, Notes: []string{text},
			Columns: []string{"Alias", "Detail"}, Rows: []Row{{Cells: []string{text, "y"}}},
		}}}
		if err := writeTable(&out, d, Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		for _, r := range out.String() {
			if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) {
				t.Fatalf("%q is shown as %q, with %U", text, out.String(), r)
			}
		}
	})
}
