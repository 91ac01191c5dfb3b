package report

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// The rules of the format for people:
//
//   - Columns are parted by blanks, not by lines, and only a terminal gets a
//     rule below the headings: a line that was copied holds nothing but text.
//   - On a terminal, text is wrapped at blanks. A word is never broken, however
//     long: fingerprints and names are there to be copied, and the terminal
//     itself wraps an overlong line in a way that copies well.
//   - A table whose longest words do not fit side by side is written as a list
//     of fields for each row.
//   - Into a file or a pipe nothing is wrapped.

const (
	gap    = 2 // columns between a name and its value, and between cells
	indent = 2 // of what stands under a title
)

func writeTable(w io.Writer, d Document, o Options) error {
	p := page{Options: o}
	for _, s := range d.Sections {
		if p.Len() > 0 {
			p.WriteByte('\n')
		}
		if err := p.section(s); err != nil {
			return err
		}
	}
	_, err := w.Write(p.Bytes())
	return err
}

// streamTable writes one line for each row, or the sections of each item.
func streamTable(w io.Writer, s Stream, o Options) error {
	out := &writer{w: w}
	first := true
	section := func(sections []Section) error {
		p := page{Options: o}
		for _, s := range sections {
			if !first {
				p.WriteByte('\n')
			}
			first = false
			if err := p.section(s); err != nil {
				return err
			}
		}
		out.write(p.String())
		return out.err
	}
	for item := range s.Items {
		if len(s.Columns) == 0 {
			if err := section(item.Sections); err != nil {
				return err
			}
			continue
		}
		if first {
			out.write(headLine(s.Columns, o))
			first = false
		}
		if out.write(rowLine(s.Columns, item.Row, o)); out.err != nil {
			return out.err
		}
	}
	end, err := s.tail()
	if err != nil {
		return err
	}
	if err := section(end.Sections); err != nil {
		return err
	}
	return out.err
}

func headLine(columns []Column, o Options) string {
	p := page{Options: o}
	var b strings.Builder
	width := 0
	for i, c := range columns {
		cell := Printable(c.Title)
		if i < len(columns)-1 {
			cell = pad(cell, c.Width+gap)
			width += c.Width + gap
		}
		b.WriteString(p.paint(cell, bold))
	}
	text := strings.TrimRight(b.String(), " ") + "\n"
	if o.Width > 0 { // only a terminal gets a rule, as in other tables
		text += strings.Repeat("─", max(o.Width, width)) + "\n"
	}
	return text
}

func rowLine(columns []Column, row Row, o Options) string {
	p := page{Options: o}
	var b strings.Builder
	behind := 0 // columns that long cells have taken from those behind them
	for i, c := range columns {
		cell := ""
		if i < len(row.Cells) {
			cell = cut(row.Cells[i], longestText)
		}
		sgr := ""
		if i == 0 {
			sgr = row.Tone.colour()
		}
		b.WriteString(p.paint(cell, sgr))
		if i == len(columns)-1 {
			break
		}
		blanks := c.Width + gap - widthOf(cell) - behind
		behind = max(0, gap-blanks)
		b.WriteString(strings.Repeat(" ", max(blanks, gap)))
	}
	return strings.TrimRight(b.String(), " ") + "\n"
}

// page collects the lines. It is written at once, so that a failure leaves no
// half of it.
type page struct {
	bytes.Buffer
	Options
	indent int // of the section
}

func (p *page) section(s Section) error {
	p.indent = 0
	if s.Title != "" {
		p.line(0, p.paint(cut(s.Title, longestCell), bold))
		p.indent = indent
	}
	names := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		names[i] = f.Name
	}
	p.fields(names, s.Fields)
	if len(s.Fields) > 0 && len(s.Rows) > 0 {
		p.WriteByte('\n')
	}
	if err := p.table(s.Columns, s.Rows); err != nil {
		return err
	}
	for _, note := range s.Notes {
		for _, line := range wrap(cut(note, longestText), p.room(0)) {
			p.line(0, line)
		}
	}
	return nil
}

// fields writes names and values side by side, the values under each other as
// far right as the longest of all names needs.
func (p *page) fields(all []string, fields []Field) {
	widest := 0
	for _, name := range all {
		widest = max(widest, widthOf(cut(name, longestCell)))
	}
	for _, f := range fields {
		name, value := cut(f.Name, longestCell), cut(f.Value, longestText)
		beside := widest + gap
		if longest(value) > p.room(beside) {
			// Below the name there is more room for the word.
			p.line(0, name)
			name, beside = "", 2*indent
		}
		for i, line := range wrap(value, p.room(beside)) {
			line = p.paint(line, f.Tone.colour())
			if i == 0 && name != "" {
				p.line(0, pad(name, beside)+line)
			} else {
				p.line(beside, line)
			}
		}
	}
}

func (p *page) table(columns []string, rows []Row) error {
	switch {
	case len(rows) == 0:
		return nil
	case len(columns) == 0:
		return errors.New("lay out a table: there are rows and no columns")
	}
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = Printable(c)
	}
	body := make([][]string, len(rows))
	full, least := make([]int, len(head)), make([]int, len(head))
	grow := func(cells []string) {
		for i, cell := range cells {
			full[i] = max(full[i], widthOf(cell))
			least[i] = max(least[i], longest(cell))
		}
	}
	grow(head)
	for i, row := range rows {
		cells := make([]string, len(head))
		for j := range min(len(cells), len(row.Cells)) {
			cells[j] = cut(row.Cells[j], longestCell)
		}
		grow(cells)
		body[i] = cells
	}
	room := p.room(gap * (len(head) - 1))
	if sum(least) > room {
		p.records(columns, rows)
		return nil
	}
	p.render(head, body, tones(rows), share(full, least, room))
	return nil
}

// records writes each row as a list of fields.
func (p *page) records(columns []string, rows []Row) {
	for i, row := range rows {
		if i > 0 {
			p.WriteByte('\n')
		}
		fields := make([]Field, 0, len(columns))
		for j := range min(len(columns), len(row.Cells)) {
			f := Field{Name: columns[j], Value: row.Cells[j]}
			if j == 0 {
				f.Tone = row.Tone
			}
			fields = append(fields, f)
		}
		p.fields(columns, fields)
	}
}

// render lays the cells out in columns of at most the given widths. Of a row,
// the first cell is coloured, and of the headings the whole line.
func (p *page) render(head []string, body [][]string, tones []Tone, limits []int) {
	widths := make([]int, len(limits)) // of what there is once it is wrapped
	fold := func(cells []string) [][]string {
		folded := make([][]string, len(cells))
		for i, cell := range cells {
			folded[i] = wrap(cell, limits[i])
			for _, line := range folded[i] {
				widths[i] = max(widths[i], widthOf(line))
			}
		}
		return folded
	}
	heading := fold(head)
	rows := make([][][]string, len(body))
	for i, cells := range body {
		rows[i] = fold(cells)
	}
	for _, line := range sideBySide(heading, widths) {
		p.line(0, p.paint(line, bold))
	}
	if p.Width > 0 {
		p.line(0, strings.Repeat("─", sum(widths)+gap*(len(widths)-1)))
	}
	for i, cells := range rows {
		for j, line := range sideBySide(cells, widths) {
			n := 0
			if j < len(cells[0]) {
				n = min(len(cells[0][j]), len(line))
			}
			p.line(0, p.paint(line[:n], tones[i].colour())+line[n:])
		}
	}
}

// sideBySide puts the lines of a row's cells side by side.
func sideBySide(cells [][]string, widths []int) []string {
	height := 0
	for _, lines := range cells {
		height = max(height, len(lines))
	}
	rows := make([]string, height)
	for n := range rows {
		var b strings.Builder
		for i, lines := range cells {
			cell := ""
			if n < len(lines) {
				cell = lines[n]
			}
			b.WriteString(pad(cell, widths[i]+gap))
		}
		rows[n] = strings.TrimRight(b.String(), " ")
	}
	return rows
}

func tones(rows []Row) []Tone {
	tones := make([]Tone, len(rows))
	for i, row := range rows {
		tones[i] = row.Tone
	}
	return tones
}

// line writes a line, by columns to the right of the section, without blanks at
// its end.
func (p *page) line(by int, text string) {
	if text = strings.TrimRight(text, " "); text != "" {
		p.WriteString(strings.Repeat(" ", p.indent+by))
	}
	p.WriteString(text)
	p.WriteByte('\n')
}

// room is how many columns are left beside the given number of them.
func (p *page) room(beside int) int {
	if p.Width == 0 {
		return unlimited
	}
	return max(p.Width-p.indent-beside, 1)
}

const unlimited = 1 << 30

// SGR parameters (ECMA-48 section 8.3.117).
const bold = "1"

func (t Tone) colour() string {
	switch t {
	case Good:
		return "32"
	case Warn:
		return "33"
	case Bad:
		return "31"
	default:
		return ""
	}
}

func (p *page) paint(text, sgr string) string {
	if !p.Colour || sgr == "" || text == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

// wrap breaks text at blanks into lines of at most width columns, one at least.
// A word that is longer gets a line of its own. Blanks at either end of text
// stay: in an alias they are what is wrong with it.
func wrap(text string, width int) []string {
	if widthOf(text) <= width {
		return []string{text}
	}
	words := strings.Split(text, " ")
	var lines []string
	line, used := words[0], widthOf(words[0])
	for _, word := range words[1:] {
		n := widthOf(word)
		if used+1+n <= width {
			line, used = line+" "+word, used+1+n
			continue
		}
		lines = append(lines, line)
		line, used = word, n
	}
	return append(lines, line)
}

// longest is the width of the longest word.
func longest(text string) int {
	n := 0
	for word := range strings.SplitSeq(text, " ") {
		n = max(n, widthOf(word))
	}
	return n
}

// share gives each column what it needs at least and spreads the rest of the
// room evenly over those that want more.
func share(full, least []int, room int) []int {
	limits := slices.Clone(full)
	for level := room; sum(limits) > room; level-- {
		for i := range limits {
			limits[i] = max(least[i], min(full[i], level))
		}
	}
	return limits
}

func sum(numbers []int) int {
	total := 0
	for _, n := range numbers {
		total += n
	}
	return total
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(width-widthOf(text), 0))
}

// The longest texts that are shown whole, in characters. The cells of a column
// are as wide as the longest of them, so that a single hostile alias could make
// megabytes of blanks. The other formats have everything.
const (
	longestCell = 300
	longestText = 4000
)

// cut makes a text printable and shortens it.
func cut(s string, most int) string {
	for i := range s {
		if most--; most < 0 {
			return Printable(s[:i]) + "…"
		}
	}
	return Printable(s)
}

// widthOf is how many columns of a terminal a text takes. What the Unicode tables
// call ambiguous (UAX #11) takes one, as in all but old East Asian terminals.
func widthOf(text string) int {
	n := 0
	for _, r := range text {
		n += displaywidth.Rune(r)
	}
	return n
}
