package report

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPrintable(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"mux.example.com", "mux.example.com"},
		{`CN=a\,b,O=it's "c"`, `CN=a\,b,O=it's "c"`},
		{"Größe 日本語 😀 “mux”", "Größe 日本語 😀 “mux”"},
		{"a\nb\tc\x00\x1b[2J", `a\nb\tc\x00\x1b[2J`},
		{"c1 \u009b31m del \x7f", `c1 \u009b31m del \x7f`},
		{"evil\u202etxt.exe", `evil\u202etxt.exe`},
		{"mux\u00a0key\u200b", `mux\u00a0key\u200b`},
		{"latin1 \xe4 \xff", `latin1 \xe4 \xff`},
		{"a real \ufffd stays", "a real \ufffd stays"},
	} {
		if got := Printable(tt.in); got != tt.want {
			t.Errorf("Printable(%q) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestFind(t *testing.T) {
	for _, name := range Formats().Names() {
		if f, err := Find(name); err != nil || f.Name != name {
			t.Errorf("Find(%q) = %q, %v", name, f.Name, err)
		}
	}
	_, err := Find("jsno")
	want := &UnknownFormatError{Name: "jsno", Known: []string{"table", "json", "yaml", "cbom", "sarif", "junit", "checkstyle", "github", "gitlab", "markdown", "html", "jsonl", "csv", "prometheus", "openmetrics", "nagios", "ics"}, Nearest: "json"}
	var got *UnknownFormatError
	if !errors.As(err, &got) || !cmp.Equal(got, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
	const text = `there is no report format "jsno"; there are table, json, yaml, cbom, sarif, junit, checkstyle, github, gitlab, markdown, html, jsonl, csv, prometheus, openmetrics, nagios, ics (did you mean json?)`
	if err.Error() != text {
		t.Errorf("got %q, want %q", err, text)
	}
}

// hostile is what an alias in a file from a stranger may look like.
const hostile = "mux\r\n\tkey\x00\x1b]0;owned\x07\u009b31m\u202e\u2028\U000e0001 \xff"

// Every format must write any document, pass on the errors of the writer, and
// let no character through that steers a terminal.
func TestFormats(t *testing.T) {
	type entry struct {
		Alias string            `json:"alias"`
		More  map[string]string `json:"more"`
	}
	documents := map[string]Document{
		"empty": {},
		"one":   {Value: entry{Alias: "mux"}, Sections: []Section{{Title: "Entry", Fields: []Field{{Name: "Alias", Value: "mux"}}}}},
		"hostile": {
			Value: []entry{{Alias: hostile, More: map[string]string{hostile: hostile}}},
			Sections: []Section{{
				Title:   hostile,
				Fields:  []Field{{Name: hostile, Value: hostile}},
				Columns: []string{hostile, "B"},
				Rows:    []Row{{Cells: []string{hostile, hostile}}, {}, {Cells: []string{"too", "many", hostile}}},
				Notes:   []string{hostile},
			}},
		},
	}
	for f := range Formats().All() {
		if f.MIME == "" || f.Description == "" {
			t.Errorf("%s: no MIME type or no description", f.Name)
		}
		if f.Stream == nil && f.findings == nil && f.checked == nil || (f.Write == nil) == (f.Of == nil) {
			t.Errorf("%s: it cannot write what it should", f.Name)
		}
		if f.Write == nil {
			continue
		}
		for name, d := range documents {
			for _, width := range []int{0, 1, 20, 80} {
				var out strings.Builder
				if err := f.Write(&out, d, Options{Width: width}); err != nil {
					t.Errorf("%s, %s, width %d: %v", f.Name, name, width, err)
				}
				for line := range strings.Lines(out.String()) {
					if line = strings.TrimSuffix(line, "\n"); line != Printable(line) {
						t.Errorf("%s, %s, width %d: not printable: %q", f.Name, name, width, line)
					}
				}
				for n := range out.Len() {
					if err := f.Write(&full{room: n}, d, Options{Width: width}); !errors.Is(err, errFull) {
						t.Fatalf("%s, %s: the disk was full after %d bytes, and the error is %v", f.Name, name, n, err)
					}
				}
			}
		}
	}
}

// full is a disk with that much room.
type full struct{ room int }

var errFull = errors.New("no space left on device")

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.room {
		n := f.room
		f.room = 0
		return n, errFull
	}
	f.room -= len(p)
	return len(p), nil
}

func TestUnmarshallableIsAnError(t *testing.T) {
	for _, name := range []string{"json", "yaml"} {
		f, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Write(io.Discard, Document{Value: func() {}}, Options{}); err == nil {
			t.Errorf("%s wrote a function", name)
		}
	}
}
