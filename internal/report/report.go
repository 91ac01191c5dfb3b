// Package report writes what a command has to say: as tables for people, or as
// JSON or YAML for programs. One file holds one format; a new one is that file,
// its test and a line in [Formats].
package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"muxkey/internal/named"
)

// Document is what a command has to say, twice: once as a value for programs,
// once as sections for people. Neither is made from the other. A table that is
// derived from a JSON value reads like one, and a contract that follows a table
// changes with every better wording.
type Document struct {
	// Value is marshalled with encoding/json. Its tags are the contract, also
	// for YAML.
	Value any
	// Sections are printed in order, a blank line between them.
	Sections []Section
	// Findings are for the formats that viewers of findings read; the table
	// shows them in place of the sections. Nil where a command has none.
	Findings *Findings
	// Checked is for the formats that show targets: calendars, metrics, lists of
	// certificates. Formats that show findings alone get those of the targets. Nil
	// where a command has none.
	Checked *Checked
}

// Section is a part of a document for people: a title, then what there is of
// fields, table and notes, in that order. All of it may be left out. Texts may
// hold anything: characters that could steer a terminal are shown escaped.
type Section struct {
	Title  string
	Fields []Field
	// Columns are the headings of the table, printed as they stand. Without
	// rows there is no table.
	Columns []string
	Rows    []Row
	Notes   []string
}

// Field is a name with its value.
type Field struct {
	Name, Value string
	Tone        Tone
}

// Row is a row of a table; cells that are missing are empty.
type Row struct {
	Cells []string
	Tone  Tone
}

// Tone says how a person should take a field, or a row, whose first cell shows
// it. It is seen where there is colour only, so the words must say it too.
type Tone int

// The tones.
const (
	Plain Tone = iota
	Good
	Warn
	Bad
)

// Options say where the report goes. The zero value is right for a file or a
// pipe.
type Options struct {
	// Width is that of the terminal in columns; 0 means that it is none, and
	// nothing is wrapped.
	Width int
	// Colour allows ANSI colours.
	Colour bool
	// Now and Version of the program are for formats whose standard wants them.
	Now     time.Time
	Version string
}

// Format is one way to write a document.
type Format struct {
	Name        string
	MIME        string
	Description string
	// Write returns every error of w: a report that a full disk cut off must
	// not look done. It is nil for a format that is not for every report.
	Write func(w io.Writer, d Document, o Options) error
	// Stream is Write for a document whose items come one after the other.
	Stream func(w io.Writer, s Stream, o Options) error
	render func(Item) (string, error)
	// findings is Write for what has findings.
	findings func(w io.Writer, f *Findings, o Options) error
	// checked is Write for what has targets.
	checked func(w io.Writer, r *Checked, o Options) error
	// Of are the commands whose reports alone have the format; none for all.
	Of []string
}

// Default is the name of the format for people.
const Default = "table"

// Formats returns all formats, the default first.
func Formats() named.Set[Format] {
	return named.New(func(f Format) string { return f.Name },
		Format{Name: Default, MIME: "text/plain; charset=utf-8", Description: "tables and lists for people", Write: writeTable, Stream: streamTable, findings: writeFindings, checked: tableOfTargets},
		Format{Name: "json", MIME: "application/json", Description: "one JSON value; its fields are a contract", Write: writeJSON, Stream: streamJSON, render: renderJSON},
		Format{Name: "yaml", MIME: "application/yaml", Description: "the same value as YAML", Write: writeYAML, Stream: streamYAML, render: renderYAML},
		cbomFormat,
		sarifFormat, junitFormat, checkstyleFormat, githubFormat, gitlabFormat, markdownFormat, htmlFormat,
		linesFormat, csvFormat, prometheusFormat, openMetricsFormat, nagiosFormat, calendarFormat,
	)
}

// Takes tells whether the format can show a document.
func (f Format) Takes(d Document) bool {
	return f.Write != nil || f.checked != nil && d.Checked != nil || f.findings != nil && (d.Findings != nil || d.Checked != nil)
}

// Report writes a document. Its findings, where it has some, are written by the
// formats that are made for them.
func (f Format) Report(w io.Writer, d Document, o Options) error {
	if d.Checked != nil && f.checked != nil {
		return f.checked(w, d.Checked, o)
	}
	findings := d.Findings
	if d.Checked != nil && f.findings != nil {
		findings = d.Checked.AsFindings()
	}
	if findings != nil && f.findings != nil {
		return f.findings(w, findings, o)
	}
	return f.Write(w, d, o)
}

// Find returns the format of that name. The error is an *UnknownFormatError.
func Find(name string) (Format, error) {
	formats := Formats()
	if f, ok := formats.Get(name); ok {
		return f, nil
	}
	return Format{}, &UnknownFormatError{Name: name, Known: formats.Names(), Nearest: formats.Nearest(name)}
}

// UnknownFormatError says that no format has the name, and which names there are.
type UnknownFormatError struct {
	Name    string
	Known   []string
	Nearest string // the name that was probably meant, or ""
}

func (e *UnknownFormatError) Error() string {
	text := fmt.Sprintf("there is no report format %q; there are %s", e.Name, strings.Join(e.Known, ", "))
	if e.Nearest != "" {
		text += fmt.Sprintf(" (did you mean %s?)", e.Nearest)
	}
	return text
}

// Printable returns s with everything escaped, in the notation of Go, that could
// steer a terminal or hide in plain sight: control characters, line ends,
// direction marks, blanks that are not the blank, and bytes that are not UTF-8.
// Aliases and names come from files that strangers made.
func Printable(s string) string {
	if clean(s) {
		return s
	}
	var b strings.Builder
	for rest := s; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		if r == utf8.RuneError && size == 1 || !strconv.IsPrint(r) {
			quoted := strconv.Quote(rest[:size])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(rest[:size])
		}
		rest = rest[size:]
	}
	return b.String()
}

func clean(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
