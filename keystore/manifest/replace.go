package manifest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// ErrNotText means that a value stands as plain text, and the new one is none.
var ErrNotText = errors.New("it stands as plain text, which cannot hold binary data (data of a Secret and binaryData of a ConfigMap can)")

// Replace returns the file with other values, keyed by those of f.Values. Each
// keeps the style it is written in, where that can hold the new value. The result
// is read back before it is returned. Errors: ErrShared, ErrNotText.
func (f *File) Replace(changes map[*Value][]byte) ([]byte, error) {
	starts := lineStarts(f.data)
	var out []byte
	done := 0
	for _, v := range f.inFileOrder() {
		data, ok := changes[v]
		if !ok {
			continue
		}
		s, err := f.locate(starts, v)
		if err == nil && s.start < done {
			err = ErrShared
		}
		if err != nil {
			return nil, fmt.Errorf("replacing %s: %w", v.Key, err)
		}
		text, err := s.write(v, data)
		if err != nil {
			return nil, fmt.Errorf("replacing %s: %w", v.Key, err)
		}
		out = append(append(out, f.data[done:s.start]...), text...)
		done = s.end
	}
	out = append(out, f.data[done:]...)
	return out, f.verify(out, changes)
}

// inFileOrder are the values by their places; those under stringData are listed
// before others that may stand above them.
func (f *File) inFileOrder() []*Value {
	return slices.SortedStableFunc(slices.Values(f.Values), func(a, b *Value) int {
		if a.node.Line != b.node.Line {
			return a.node.Line - b.node.Line
		}
		return a.node.Column - b.node.Column
	})
}

// verify reads what was made: it must hold the new values, and all others as
// they were.
func (f *File) verify(out []byte, changes map[*Value][]byte) error {
	again, err := Parse(out)
	if err != nil {
		return fmt.Errorf("reading back what was made: %w", err)
	}
	if len(again.Values) != len(f.Values) {
		return errors.New("reading back what was made: it holds other values")
	}
	for i, v := range f.Values {
		got := again.Values[i]
		want, changed := changes[v]
		if !changed {
			want = v.Data
		}
		if got.Kind != v.Kind || got.Namespace != v.Namespace || got.Object != v.Object || got.Key != v.Key || !bytes.Equal(got.Data, want) {
			return fmt.Errorf("reading back what was made: %s is not as it should be", v.Key)
		}
	}
	return nil
}

// source is how a scalar stands in the file.
type source struct {
	start, end int
	style      yaml.Style
	newLine    string // the line end that the file has there
	alone      bool   // nothing follows on its last line
	// For block scalars:
	header string // the first line: "|-", perhaps with a comment
	indent int    // of the lines, in blanks
	width  int    // the longest line, when there are several
}

// locate finds the text of a value from the place where the library says that it
// begins.
func (f *File) locate(starts []int, v *Value) (source, error) {
	if v.shared {
		return source{}, ErrShared
	}
	s := source{newLine: "\n", style: v.node.Style}
	if f.json {
		s.start = v.node.Column
	} else {
		if v.node.Line < 1 || v.node.Line > len(starts) {
			return s, errPlace
		}
		s.start = starts[v.node.Line-1]
		if s.start == 0 {
			s.start = len(f.data) - len(bytes.TrimPrefix(f.data, []byte("\ufeff")))
		}
		for range v.node.Column - 1 {
			_, n := utf8.DecodeRune(f.data[s.start:])
			s.start += n
		}
	}
	text := f.data[s.start:]
	if len(text) == 0 || first[s.style] != 0 && text[0] != first[s.style] {
		return s, errPlace
	}
	switch s.style {
	case yaml.DoubleQuotedStyle:
		s.end = s.start + 1
		for s.end < len(f.data) && f.data[s.end] != '"' {
			if f.data[s.end] == '\\' {
				s.end++
			}
			s.end++
		}
		s.end++
	case yaml.SingleQuotedStyle:
		s.end = s.start + 1
		for s.end < len(f.data) && (f.data[s.end] != '\'' || bytes.HasPrefix(f.data[s.end+1:], []byte("'"))) {
			if f.data[s.end] == '\'' {
				s.end++
			}
			s.end++
		}
		s.end++
	case yaml.LiteralStyle, yaml.FoldedStyle:
		s.block(f.data, v.column-1)
	default:
		s.plain(f.data, v.column, v.flow)
	}
	if s.end > len(f.data) {
		return s, errPlace
	}
	rest, lineEnd, _ := cutLine(f.data[s.end:])
	s.alone = len(bytes.Trim(rest, " \t")) == 0
	if s.header == "" && lineEnd != "" {
		s.newLine = lineEnd
	}
	return s, nil
}

// errPlace cannot happen, as long as the library counts lines as this package
// does.
var errPlace = errors.New("the place of the value in the file cannot be told")

// first is the character that a style begins with.
var first = map[yaml.Style]byte{yaml.DoubleQuotedStyle: '"', yaml.SingleQuotedStyle: '\'', yaml.LiteralStyle: '|', yaml.FoldedStyle: '>'}

// block finds the end of a block scalar, whose lines are further in than parent
// columns (YAML 1.2 section 8.1). Blank lines behind the last other one do not
// count.
func (s *source) block(data []byte, parent int) {
	header, lineEnd, rest := cutLine(data[s.start:])
	s.header, s.end = string(header), len(data)-len(rest)
	if lineEnd != "" {
		s.newLine = lineEnd
	}
	s.indent = parent + 2
	fixed := false
	if i := strings.IndexAny(s.header[:min(3, len(s.header))], "123456789"); i > 0 {
		s.indent, fixed = parent+int(s.header[i]-'0'), true
	}
	for longest, lines := 0, 0; len(rest) > 0; {
		line, _, after := cutLine(rest)
		rest = after
		in := len(line) - len(bytes.TrimLeft(line, " "))
		if in == len(line) {
			continue
		}
		if !fixed && in > parent {
			s.indent, fixed = in, true
		}
		if in < s.indent || in <= parent {
			return
		}
		s.end, longest, lines = len(data)-len(after), max(longest, len(line)-s.indent), lines+1
		if lines > 1 {
			s.width = longest
		}
	}
}

// plain finds the end of a scalar without quotes (section 7.3.3).
func (s *source) plain(data []byte, column int, flow bool) {
	s.end = s.start
	for at := s.start; at < len(data); {
		line, _, rest := cutLine(data[at:])
		if at > s.start {
			in := len(line) - len(bytes.TrimLeft(line, " \t"))
			if in == len(line) {
				at = len(data) - len(rest)
				continue // a blank line within, or behind
			}
			if line[in] == '#' || !flow && in < column || bytes.HasPrefix(line, []byte("---")) || bytes.HasPrefix(line, []byte("...")) {
				return
			}
		}
		stop := len(line)
		for i, c := range line {
			blank := i+1 == len(line) || line[i+1] == ' ' || line[i+1] == '\t'
			if flow && bytes.IndexByte([]byte(",[]{}"), c) >= 0 || c == ':' && blank || c == '#' && i > 0 && (line[i-1] == ' ' || line[i-1] == '\t') {
				stop = i
				break
			}
		}
		if part := len(bytes.TrimRight(line[:stop], " \t")); part > 0 {
			s.end = at + part
		}
		if stop < len(line) {
			return
		}
		at = len(data) - len(rest)
	}
}

// write is the text that stands for data.
func (s source) write(v *Value, data []byte) (string, error) {
	if v.encoded() {
		text := base64.StdEncoding.EncodeToString(data)
		switch s.style {
		case yaml.DoubleQuotedStyle:
			return `"` + text + `"`, nil
		case yaml.SingleQuotedStyle:
			return "'" + text + "'", nil
		case yaml.LiteralStyle:
			return s.lines(s.header, wrap(text, s.width)), nil
		case yaml.FoldedStyle: // on one line: folds would be blanks in the base64
			return s.lines(s.header, []string{text}), nil
		}
		return text, nil
	}
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return "", ErrNotText
	}
	text := string(data)
	inBlock := s.header != ""
	switch {
	case s.style == yaml.SingleQuotedStyle && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "'" + strings.ReplaceAll(text, "'", "''") + "'", nil
	case inBlock && literal(text):
		return s.lines(blockHeader(s.header, text), strings.Split(strings.TrimSuffix(text, "\n"), "\n")), nil
	case inBlock:
		return quote(text) + s.newLine, nil
	case s.style == 0 && !v.flow && s.alone && literal(text) && strings.Contains(text, "\n"):
		s.indent = v.column + 1
		block := s.lines(blockHeader("|", text), strings.Split(strings.TrimSuffix(text, "\n"), "\n"))
		return strings.TrimSuffix(block, s.newLine), nil
	}
	return quote(text), nil
}

// lines is a block scalar.
func (s source) lines(header string, lines []string) string {
	var b strings.Builder
	b.WriteString(header + s.newLine)
	for _, line := range lines {
		if line != "" {
			b.WriteString(strings.Repeat(" ", s.indent) + line)
		}
		b.WriteString(s.newLine)
	}
	return b.String()
}

// blockHeader is the header of a literal with the right indicator for the end,
// and the comment of the old one.
func blockHeader(old, text string) string {
	indicators := old[:indexOr([]byte(old), " \t", len(old))]
	header := "|" + strings.Trim(indicators, "|>+-")
	if !strings.HasSuffix(text, "\n") {
		header += "-"
	}
	return header + old[len(indicators):]
}

// literal tells whether a text can stand as a literal without indicators for its
// indentation or for more than one line end.
func literal(text string) bool {
	if text == "" || strings.ContainsAny(text[:1], " \t\n") || strings.HasSuffix(text, "\n\n") {
		return false
	}
	if last := strings.TrimSuffix(text, "\n"); strings.TrimRight(last[strings.LastIndexByte(last, '\n')+1:], " \t") == "" {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) })
}

// quote writes a text between double quotes so that it means the same in YAML
// and JSON.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r) || r > 0xffff: // JSON escapes only 16 bits
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// wrap breaks text into lines; a width of 0 is no bound.
func wrap(text string, width int) []string {
	if width <= 0 {
		return []string{text}
	}
	var out []string
	for part := range slices.Chunk([]byte(text), width) {
		out = append(out, string(part))
	}
	return out
}

// cutLine splits off the first line. Lines end as the library counts them: also
// with NEL, LS and PS.
func cutLine(data []byte) (line []byte, lineEnd string, rest []byte) {
	for i, c := range data {
		n := 0
		switch {
		case c == '\r' && bytes.HasPrefix(data[i:], []byte("\r\n")):
			n = 2
		case c == '\r', c == '\n':
			n = 1
		case c == 0xc2 && bytes.HasPrefix(data[i:], []byte("\u0085")):
			n = 2
		case c == 0xe2 && (bytes.HasPrefix(data[i:], []byte("\u2028")) || bytes.HasPrefix(data[i:], []byte("\u2029"))):
			n = 3
		}
		if n > 0 {
			return data[:i], string(data[i : i+n]), data[i+n:]
		}
	}
	return data, "", nil
}

// lineStarts are the offsets of all lines.
func lineStarts(data []byte) []int {
	starts := []int{0}
	for rest := data; ; {
		_, lineEnd, after := cutLine(rest)
		if lineEnd == "" {
			return starts
		}
		rest = after
		starts = append(starts, len(data)-len(rest))
	}
}
