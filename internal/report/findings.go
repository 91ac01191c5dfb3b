package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"muxkey/internal/finding"
)

// Findings are what rules have found in files, for the formats that viewers of
// findings read.
type Findings struct {
	// Command is the command that looked: "lint".
	Command string
	// Rules are all that were applied, in their order.
	Rules []finding.Rule
	// List is in the order of [finding.Sort].
	List []finding.Finding
	// Files is how many files were looked at, or of what What says.
	Files int
	What  string // "target"; empty: "file"
	// Notes say what else there is to know, after the numbers.
	Notes []string
	// Unread are files, or parts of files, that could not be judged.
	Unread []Unread
	// Brief leaves the list of what was not read out for people; its number is
	// always said.
	Brief bool
}

// Unread is a file that could not be judged, or not whole.
type Unread struct {
	Path   string
	Reason string
}

// rule is what there is to know of the rule of a finding. A finding without one
// (an unused suppression) has its text alone.
func (f *Findings) rule(id string) finding.Rule {
	for _, r := range f.Rules {
		if r.ID == id {
			return r
		}
	}
	return finding.Rule{ID: id, Title: id}
}

// used are the rules of which there are findings, in order.
func (f *Findings) used() []finding.Rule {
	var out []finding.Rule
	seen := map[string]bool{}
	for _, x := range f.List {
		if !seen[x.Rule] {
			seen[x.Rule] = true
			out = append(out, f.rule(x.Rule))
		}
	}
	slices.SortFunc(out, func(a, b finding.Rule) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// counts are the numbers of findings by severity, the heaviest first: "2 high, 1 low".
func (f *Findings) counts() string {
	var parts []string
	for _, s := range slices.Backward(finding.Severities()) {
		n := 0
		for _, x := range f.List {
			if x.Severity == s {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	if len(parts) == 0 {
		return "nothing found"
	}
	return strings.Join(parts, ", ")
}

// location is the place of a finding; of one without lines the first of its file.
func location(f finding.Finding) finding.Location {
	if f.Place != nil {
		return *f.Place
	}
	return finding.Location{File: f.Where, Line: 1, Column: 1, EndLine: 1, EndColumn: 1}
}

// lighter is why a finding weighs less than its rule says: " (in test code)".
func lighter(f finding.Finding) string {
	if len(f.Context) == 0 {
		return ""
	}
	return " (" + strings.Join(f.Context, ", ") + ")"
}

// writeFindings is the format for people: each finding with its line and a caret
// below the place, then what there is to do about each rule, once.
func writeFindings(w io.Writer, f *Findings, o Options) error {
	p := page{Options: o}
	for _, x := range f.List {
		at := location(x)
		tone := severityTone(x.Severity)
		p.line(0, fmt.Sprintf("%s: %s %s: %s%s",
			p.paint(Printable(fmt.Sprintf("%s:%d:%d", at.File, at.Line, at.Column)), bold),
			p.paint(string(x.Severity), tone.colour()), x.Rule, Printable(x.Text), lighter(x)))
		p.snippet(at, tone)
	}
	if len(f.List) > 0 {
		p.WriteByte('\n')
		for _, r := range f.used() {
			if r.Fix == "" {
				continue
			}
			p.line(0, p.paint(r.ID, bold)+" "+Printable(r.Title))
			for _, line := range wrap(r.Fix, p.room(indent)) {
				p.line(indent, line)
			}
		}
		p.WriteByte('\n')
	}
	if !f.Brief {
		for _, u := range f.Unread {
			p.line(0, "not read: "+Printable(u.Path)+": "+Printable(u.Reason))
		}
	}
	summary := fmt.Sprintf("%s in %s", f.counts(), f.looked())
	if n := len(f.Unread); n > 0 {
		summary += fmt.Sprintf("; %s not read", files(n))
		if f.Brief {
			summary += " (--verbose lists them)"
		}
	}
	p.line(0, summary)
	for _, note := range f.Notes {
		p.line(0, Printable(note))
	}
	_, err := w.Write(p.Bytes())
	return err
}

// looked is how much was looked at: "3 files".
func (f *Findings) looked() string { return count(f.Files, cmp.Or(f.What, "file")) }

func files(n int) string { return count(n, "file") }

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// heaviest are at most so many findings, in their order, and how many of the
// lighter ones are left out.
func heaviest(list []finding.Finding, most int) (kept []finding.Finding, left int) {
	if len(list) <= most {
		return list, 0
	}
	kept = slices.Clone(list)
	slices.SortStableFunc(kept, func(a, b finding.Finding) int { return b.Severity.Compare(a.Severity) })
	kept = kept[:most]
	finding.Sort(kept)
	return kept, len(list) - most
}

// fingerprints are those of findings, each once: viewers take two findings of one
// fingerprint for the same.
func fingerprints(list []finding.Finding) []string {
	out := make([]string, len(list))
	seen := map[string]int{}
	for i, x := range list {
		out[i] = cmp.Or(x.Fingerprint, hash(x.Rule, x.Where, x.Text))
		seen[out[i]]++
		if n := seen[out[i]]; n > 1 {
			out[i] = hash(out[i], strconv.Itoa(n))
		}
	}
	return out
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// snippet writes the line of a finding with a caret below its place. Of a long
// line the part around the place is shown.
func (p *page) snippet(at finding.Location, tone Tone) {
	line, column, end := marked(at)
	if len(line) == 0 {
		return
	}
	width := 100
	if p.Width > 0 {
		width = max(p.Width-2*indent, 20)
	}
	from := 0
	if column > width*2/3 {
		from = column - width/3
	}
	to := min(len(line), from+width)
	// What cannot be printed becomes as many columns as its escape has.
	before, place, behind := show(line[from:column]), show(line[column:min(max(end, column), max(to, column))]), ""
	if end < to {
		behind = show(line[end:to])
	}
	lead := len(before) - len(strings.TrimLeft(before, " "))
	if from > 0 {
		lead = 0
		before = "…" + before
	}
	before = before[lead:]
	p.line(indent, before+p.paint(place, tone.colour())+behind)
	p.line(indent, strings.Repeat(" ", widthOf(before))+p.paint(strings.Repeat("^", max(widthOf(place), 1)), tone.colour()))
}

// marked is the line of a place, and which of its characters are the place. What
// was cut away from its beginning does not count.
func marked(at finding.Location) (line []rune, from, to int) {
	line = []rune(at.Snippet)
	cut := max(at.SnippetColumn, 1)
	from = min(max(at.Column-cut, 0), len(line))
	to = len(line)
	if at.EndLine == at.Line {
		to = min(max(at.EndColumn-cut, from), len(line))
	}
	return line, from, to
}

// show makes runes of a line printable; a tab is four blanks.
func show(line []rune) string {
	return Printable(strings.ReplaceAll(string(line), "\t", "    "))
}

func severityTone(s finding.Severity) Tone {
	switch s {
	case finding.Critical, finding.High:
		return Bad
	case finding.Medium:
		return Warn
	}
	return Plain
}

// clip is a text of at most so many characters.
func clip(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
