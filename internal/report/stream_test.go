package report

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muxkey/inspect"
)

type (
	streamHead struct {
		Schema int    `json:"schemaVersion"`
		Name   string `json:"name,omitempty"`
	}
	streamTail struct {
		Notes []string `json:"notes,omitempty"`
		Last  string   `json:"last,omitempty"`
	}
	streamEntry struct {
		Alias string         `json:"alias"`
		More  map[string]any `json:"more,omitempty"`
	}
	whole struct {
		streamHead
		Entries []streamEntry `json:"a<list>"`
		streamTail
	}
)

func items(list []streamEntry) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for _, e := range list {
			if !yield(Item{Value: e, Row: Row{Cells: []string{e.Alias}}, Sections: []Section{{Title: e.Alias}}}) {
				return
			}
		}
	}
}

// A stream must read as if it had been written whole.
func TestStreamIsTheDocument(t *testing.T) {
	nested := map[string]any{"a": []any{1, "x", map[string]any{}}, "b": []any{}, "c": map[string]any{"d": nil}, "e": hostile}
	for name, v := range map[string]whole{
		"empty":   {streamHead{Schema: 1}, []streamEntry{}, streamTail{}},
		"one":     {streamHead{1, "x"}, []streamEntry{{Alias: hostile}}, streamTail{}},
		"several": {streamHead{1, "x"}, []streamEntry{{Alias: "a", More: nested}, {}, {Alias: "c"}}, streamTail{[]string{"a", "b"}, hostile}},
		"no head": {streamHead{}, []streamEntry{{Alias: "a"}}, streamTail{Last: "z"}},
	} {
		for _, format := range []string{"json", "yaml"} {
			f, err := Find(format)
			if err != nil {
				t.Fatal(err)
			}
			var want, got bytes.Buffer
			if err := f.Write(&want, Document{Value: v}, Options{}); err != nil {
				t.Fatal(err)
			}
			s := Stream{Head: v.streamHead, List: "a<list>", Items: items(v.Entries), Tail: func() Document { return Document{Value: v.streamTail} }}
			if err := f.Stream(&got, s, Options{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.String(), got.String()); diff != "" {
				t.Errorf("%s, %s (-document +stream):\n%s", name, format, diff)
			}
			var ahead bytes.Buffer
			s.Items = func(yield func(Item) bool) {
				for item := range items(v.Entries) {
					item, err := f.Render(item)
					if err != nil {
						t.Fatal(err)
					}
					item.Value = "it is not looked at any more"
					if !yield(item) {
						return
					}
				}
			}
			if err := f.Stream(&ahead, s, Options{}); err != nil || !bytes.Equal(ahead.Bytes(), want.Bytes()) {
				t.Errorf("%s, %s, rendered ahead: %v\n%s", name, format, err, ahead.Bytes())
			}
		}
	}
}

func TestStreamWithoutHeadOrTail(t *testing.T) {
	for format, want := range map[string]string{"json": "{\n  \"list\": [\n    {\n      \"alias\": \"a\"\n    }\n  ]\n}\n", "yaml": "list:\n  - alias: a\n"} {
		f, err := Find(format)
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		s := Stream{Head: struct{}{}, List: "list", Items: items([]streamEntry{{Alias: "a"}})}
		if err := f.Stream(&got, s, Options{}); err != nil {
			t.Fatal(err)
		}
		if got.String() != strings.Replace(want, "{\n  \"list\"", "{\n  \"list\"", 1) {
			t.Errorf("%s:\n%s", format, got.String())
		}
	}
}

// Every format must pass on the errors of the writer, and stop.
func TestStreamFails(t *testing.T) {
	target := &inspect.Target{Path: hostile, Entries: []inspect.Entry{{Alias: hostile}}}
	for f := range Formats().All() {
		if f.Stream == nil {
			continue // it is for findings
		}
		given := 0
		stream := func() Stream {
			return Stream{
				Head: streamHead{Schema: 1}, List: "targets", Columns: []Column{{Title: hostile, Width: 8}, {Title: "B"}},
				Items: func(yield func(Item) bool) {
					for range 5 {
						given++
						if !yield(Item{Value: target, Row: Row{Cells: []string{hostile, "b"}, Tone: Bad}}) {
							return
						}
					}
				},
				Tail: func() Document {
					return Document{Value: streamTail{Last: hostile}, Sections: []Section{{Title: hostile}}}
				},
			}
		}
		var out strings.Builder
		if err := f.Stream(&out, stream(), Options{Colour: false}); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		for line := range strings.Lines(out.String()) {
			if line = strings.TrimSuffix(line, "\n"); line != Printable(line) {
				t.Errorf("%s: not printable: %q", f.Name, line)
			}
		}
		for n := range out.Len() {
			if err := f.Stream(&full{room: n}, stream(), Options{}); !errors.Is(err, errFull) {
				t.Fatalf("%s: the disk was full after %d bytes, and the error is %v", f.Name, n, err)
			}
		}
		given = 0
		if err := f.Stream(&full{room: 200}, stream(), Options{}); err == nil || f.Name != "cbom" && given == 5 {
			t.Errorf("%s: it went on when nobody could read it: %d items, %v", f.Name, given, err)
		}
		if err := f.Stream(io.Discard, Stream{Head: streamHead{}, List: "x", Items: func(yield func(Item) bool) { yield(Item{Value: func() {}}) }}, Options{}); err == nil && f.Name != Default {
			t.Errorf("%s wrote a function", f.Name)
		}
	}
}

// What was interrupted must not look done.
func TestStreamInterrupted(t *testing.T) {
	stop := errors.New("interrupted")
	for f := range Formats().All() {
		if f.Stream == nil {
			continue
		}
		target := &inspect.Target{Path: "a"}
		s := Stream{
			Head: streamHead{}, List: "targets", Err: func() error { return stop },
			Items: func(yield func(Item) bool) { yield(Item{Value: target}) },
			Tail:  func() Document { t.Errorf("%s wrote the end", f.Name); return Document{Value: streamTail{}} },
		}
		var out strings.Builder
		if err := f.Stream(&out, s, Options{}); !errors.Is(err, stop) || strings.HasSuffix(out.String(), "}\n") {
			t.Errorf("%s: %v, and\n%s", f.Name, err, out.String())
		}
	}
}

func TestStreamedTable(t *testing.T) {
	rows := []Row{
		{Cells: []string{"expired", "jks", "a.jks"}, Tone: Bad},
		{Cells: []string{"a-very-long-remark", "pkcs12", "日本語.p12"}},
		{Cells: []string{"none"}, Tone: Good},
		{Cells: []string{"", "", strings.Repeat("long/", 20)}},
	}
	s := Stream{
		Columns: []Column{{Title: "Remark", Width: 10}, {Title: "Format", Width: 6}, {Title: "File"}},
		Items: func(yield func(Item) bool) {
			for _, r := range rows {
				if !yield(Item{Row: r}) {
					return
				}
			}
		},
		Tail: func() Document {
			return Document{Sections: []Section{{Title: "Summary", Fields: []Field{{Name: "Files", Value: "4"}}}}}
		},
	}
	var out strings.Builder
	if err := streamTable(&out, s, Options{}); err != nil {
		t.Fatal(err)
	}
	compare(t, `
Remark      Format  File
expired     jks     a.jks
a-very-long-remark  pkcs12  日本語.p12
none
                    `+strings.Repeat("long/", 20)+`

Summary
  Files  4
`, out.String())
	out.Reset()
	rows = rows[:1]
	if err := streamTable(&out, s, Options{Width: 30, Colour: true}); err != nil {
		t.Fatal(err)
	}
	compare(t, `
`+"\x1b[1mRemark      \x1b[0m\x1b[1mFormat  \x1b[0m\x1b[1mFile\x1b[0m"+`
`+strings.Repeat("─", 30)+`
`+"\x1b[31mexpired\x1b[0m"+`     jks     a.jks

`+"\x1b[1mSummary\x1b[0m"+`
  Files  4
`, out.String())
}

func TestStreamOfSections(t *testing.T) {
	var out strings.Builder
	if err := streamTable(&out, Stream{Items: items([]streamEntry{{Alias: "a"}, {Alias: "b"}})}, Options{Now: time.Time{}}); err != nil {
		t.Fatal(err)
	}
	compare(t, "\na\n\nb\n", out.String())
}
