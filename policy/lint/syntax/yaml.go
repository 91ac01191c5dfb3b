package syntax

import (
	"bytes"
	"errors"
	"strings"
)

// The reader of YAML is this package's own: go.yaml.in/yaml/v3 (which the tests
// hold it against) gives up a whole document at its first fault, as templates of
// Helm and Jinja have many, tells the places of no values, and needs 2,500 bytes
// for a node. This one goes on behind a fault, takes time linear in the text, and
// takes for YAML whatever comes near. Schemas, tags and merge keys play no part;
// aliases are followed by nobody, since a value stands where its anchor is.

var (
	errPlace = errors.New("this is not expected here")
	errOpen  = errors.New("the end of this is missing")
)

// parseYAML takes every document of a YAML file.
func parseYAML(p *parser, s source) {
	readYAML(p, s, func(n *node) { p.tree(n, where{}) })
}

// readYAML calls do with each document.
func readYAML(p *parser, s source, do func(*node)) {
	y := yaml{p: p, s: s, t: maskTemplates(s.text), do: do}
	y.pos = len(y.t) - len(strings.TrimPrefix(y.t, "\ufeff"))
	y.line = y.pos
	for y.pos < len(y.t) {
		y.document()
	}
}

// yaml is a reader of YAML. Positions are offsets in t, which is the text of s
// with templates covered.
type yaml struct {
	p     *parser
	s     source
	t     string
	pos   int
	line  int // where the current line begins
	depth int
	do    func(*node)
}

// document reads up to the next "---".
func (y *yaml) document() {
	for y.next(); y.pos < len(y.t) && y.pos == y.line && (y.marker("---") || y.t[y.pos] == '%' || y.marker("...")); y.next() {
		if y.marker("---") {
			y.pos += 3
			break
		}
		y.pos = y.lineEnd()
	}
	for y.next(); y.pos < len(y.t) && !y.stop(); y.next() {
		start := y.pos
		if n := y.block(-1, false); n != nil {
			y.do(n)
		}
		if y.next(); y.pos < len(y.t) && !y.stop() {
			if y.pos == start || !y.fresh() {
				y.fault(errPlace)
			} else {
				y.p.problem(y.s.span(y.pos, y.lineEnd()), errPlace)
			}
		}
	}
}

// stop tells whether a document ends here.
func (y *yaml) stop() bool {
	return y.pos == y.line && (y.marker("---") || y.marker("..."))
}

func (y *yaml) marker(m string) bool {
	return strings.HasPrefix(y.t[y.pos:], m) && (y.pos+3 == len(y.t) || strings.IndexByte(" \t\r\n", y.t[y.pos+3]) >= 0)
}

// fault reports the rest of the line, and goes behind it.
func (y *yaml) fault(err error) {
	end := y.lineEnd()
	y.p.problem(y.s.span(y.pos, end), err)
	y.pos = end
}

func (y *yaml) lineEnd() int {
	if i := strings.IndexByte(y.t[y.pos:], '\n'); i >= 0 {
		return y.pos + i
	}
	return len(y.t)
}

// next goes to the next token, over blanks, line breaks and comments.
func (y *yaml) next() {
	for y.pos < len(y.t) {
		switch c := y.t[y.pos]; {
		case c == '\n':
			y.pos++
			y.line = y.pos
		case c == ' ' || c == '\t' || c == '\r':
			y.pos++
		case c == '#' && (y.pos == 0 || blank(y.t[y.pos-1])):
			y.pos = y.lineEnd()
		default:
			return
		}
	}
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// indicator tells whether an offset holds a character with a blank behind it.
func (y *yaml) indicator(at int, c byte) bool {
	return at < len(y.t) && y.t[at] == c && (at+1 == len(y.t) || blank(y.t[at+1]))
}

// fresh tells whether only blanks stand before this place in its line.
func (y *yaml) fresh() bool { return strings.Trim(y.t[y.line:y.pos], " \t") == "" }

// block reads a node whose lines are further in than indent. A list may be just
// as far in as the key that it belongs to.
func (y *yaml) block(indent int, list bool) *node {
	if y.depth++; y.depth > maxNesting {
		y.depth--
		y.fault(errNesting)
		return nil
	}
	defer func() { y.depth-- }()
	line := y.line
	y.next()
	for checked := -1; y.pos < len(y.t) && (y.t[y.pos] == '&' || y.t[y.pos] == '!') && !y.outside(indent, line, list); y.next() {
		// Before a key on the same line they are those of the key.
		if checked != y.line && y.isKey() {
			break
		}
		checked = y.line
		y.properties(false)
	}
	if y.pos >= len(y.t) || y.outside(indent, line, list) {
		return y.null(y.empty(line))
	}
	if y.p.full() {
		y.p.problem(y.s.span(y.pos, y.lineEnd()), errNodes)
		y.pos = len(y.t)
		return nil
	}
	column := y.pos - y.line
	switch c := y.t[y.pos]; {
	case y.indicator(y.pos, '-'):
		return y.list(column)
	case c == '|' || c == '>':
		return y.scalarBlock(indent)
	case y.indicator(y.pos, '?'):
		return y.mapping(column)
	case (c == '@' || c == '`' || c == '%') && !y.isKey():
		y.fault(errPlace)
		return nil
	}
	if y.isKey() {
		return y.mapping(column)
	}
	return y.scalar(indent, false)
}

// outside tells whether a token belongs to no node that is further in than
// indent.
func (y *yaml) outside(indent, line int, list bool) bool {
	if y.stop() {
		return true
	}
	if y.line == line || !y.fresh() {
		return false
	}
	column := y.pos - y.line
	return column < indent || column == indent && (!list || !y.indicator(y.pos, '-'))
}

// empty is the place of a value that is not there: behind what stands in a line.
func (y *yaml) empty(line int) source {
	end := line
	if i := strings.IndexByte(y.t[line:], '\n'); i >= 0 {
		end += i
	} else {
		end = len(y.t)
	}
	_, end = trim(y.t, line, end)
	return y.s.slice(end, end)
}

// properties skips an anchor, a tag or an alias.
func (y *yaml) properties(flow bool) {
	if strings.HasPrefix(y.t[y.pos:], "!<") {
		for y.pos < len(y.t) && !blank(y.t[y.pos]) && y.t[y.pos] != '>' {
			y.pos++
		}
	}
	for y.pos < len(y.t) && !blank(y.t[y.pos]) && (!flow || strings.IndexByte(",[]{}", y.t[y.pos]) < 0) {
		y.pos++
	}
}

// isKey tells whether a key of a mapping begins here: what stands before ": ".
func (y *yaml) isKey() bool {
	at := y.pos
	for at < len(y.t) && (y.t[at] == '&' || y.t[at] == '!' || y.t[at] == '*') {
		for at < len(y.t) && !blank(y.t[at]) {
			at++
		}
		for at < len(y.t) && y.t[at] == ' ' {
			at++
		}
	}
	if at >= len(y.t) {
		return false
	}
	switch y.t[at] {
	case '"', '\'':
		end := y.quoteEnd(at)
		if strings.IndexByte(y.t[at:end], '\n') >= 0 {
			return false
		}
		for end < len(y.t) && (y.t[end] == ' ' || y.t[end] == '\t') {
			end++
		}
		return y.indicator(end, ':')
	case '[', '{':
		return false
	}
	for ; at < len(y.t) && y.t[at] != '\n'; at++ {
		switch y.t[at] {
		case ':':
			if y.indicator(at, ':') {
				return true
			}
		case '#':
			if at > 0 && blank(y.t[at-1]) {
				return false
			}
		}
	}
	return false
}

// quoteEnd is the offset behind a quoted scalar; its start, when it has no end.
func (y *yaml) quoteEnd(start int) int {
	quote := y.t[start]
	for at := start + 1; at < len(y.t); at++ {
		switch y.t[at] {
		case '\\':
			if quote == '"' {
				at++
			}
		case quote:
			if quote == '\'' && at+1 < len(y.t) && y.t[at+1] == '\'' {
				at++
				continue
			}
			return at + 1
		}
	}
	return start
}

// list reads the items that begin with "- " in a column.
func (y *yaml) list(column int) *node {
	n := &node{kind: list}
	for y.pos < len(y.t) && y.pos-y.line == column && y.indicator(y.pos, '-') && !y.stop() {
		y.pos++
		if item := y.block(column, false); item != nil {
			n.items = append(n.items, item)
		}
		y.next()
		if y.pos < len(y.t) && !y.stop() && y.pos-y.line > column {
			y.stray(n)
		}
	}
	return n
}

// stray reads what stands further in than it should, so that it is not lost.
func (y *yaml) stray(n *node) {
	if !n.endsInTemplate() {
		y.p.problem(y.s.span(y.pos, y.lineEnd()), errPlace)
	}
	start := y.pos
	if y.fresh() {
		child := y.block(y.pos-y.line-1, false)
		switch {
		case child == nil:
		case n.kind == list:
			n.items = append(n.items, child)
		case len(n.entries) > 0:
			last := n.entries[len(n.entries)-1]
			n.entries = append(n.entries, entry{last.path, last.key, child})
		}
	}
	if y.pos == start {
		y.pos = y.lineEnd()
	}
	y.next()
}

// endsInTemplate tells whether the last value is written by a template. What
// stands further in below it is beside what the template writes:
//
//	labels: {{- include "labels" . | nindent 4 }}
//	  component: server
func (n *node) endsInTemplate() bool {
	last := n
	switch {
	case n.kind == list && len(n.items) > 0:
		last = n.items[len(n.items)-1]
	case len(n.entries) > 0:
		last = n.entries[len(n.entries)-1].node
	}
	return last != nil && last.kind == scalar && strings.Contains(last.text.text, "{{")
}

// member adds a member to a mapping.
func (n *node) member(key source, value *node) {
	if value != nil {
		n.entries = append(n.entries, entry{[]string{key.text}, key.span(0, len(key.text)), value})
	}
}

// mapping reads the keys in a column, with their values.
func (y *yaml) mapping(column int) *node {
	n := &node{kind: mapping}
	for y.pos < len(y.t) && y.pos-y.line == column && !y.stop() {
		start := y.pos
		switch {
		case y.indicator(y.pos, '?'):
			y.pos++
			key := y.block(column, false)
			y.next()
			value := y.null(y.s.slice(y.pos, y.pos))
			if y.pos-y.line == column && y.indicator(y.pos, ':') {
				y.pos++
				value = y.block(column, true)
			}
			if key != nil && key.kind == scalar {
				n.member(key.text, value)
			}
		case y.isKey():
			key := y.key()
			n.member(key, y.block(column, true))
		case y.indicator(y.pos, '-'):
			return n // a list, where a key was expected
		default:
			y.fault(errPlace)
		}
		for y.next(); y.pos < len(y.t) && !y.stop() && y.pos-y.line > column; {
			y.stray(n)
		}
		if y.pos == start {
			y.fault(errPlace)
		}
	}
	return n
}

// key reads a key up to behind its ':'.
func (y *yaml) key() source {
	for y.pos < len(y.t) && (y.t[y.pos] == '&' || y.t[y.pos] == '!') {
		y.properties(false)
		for y.pos < len(y.t) && y.t[y.pos] == ' ' {
			y.pos++
		}
	}
	if y.pos >= len(y.t) {
		return y.s.slice(y.pos, y.pos)
	}
	var key source
	if c := y.t[y.pos]; c == '"' || c == '\'' {
		end := y.quoteEnd(y.pos)
		key = y.quoted(y.pos, end)
		y.pos = end
		for !y.indicator(y.pos, ':') {
			y.pos++
		}
	} else {
		start := y.pos
		for !y.indicator(y.pos, ':') {
			y.pos++
		}
		from, to := trim(y.t, start, y.pos)
		key = y.s.slice(from, to)
	}
	y.pos++
	return key
}

// scalar reads a quoted or plain scalar, an alias, or a collection in brackets.
func (y *yaml) scalar(indent int, flow bool) *node {
	start := y.pos
	switch c := y.t[y.pos]; c {
	case '"', '\'':
		end := y.quoteEnd(start)
		if end == start {
			y.fault(errOpen)
			return nil
		}
		y.move(end)
		value := y.quoted(start, end)
		return y.node(value, Quoted, y.s.span(start+1, end-1))
	case '[', '{':
		return y.flow(indent)
	case '*':
		y.properties(flow)
		return nil // its value stands elsewhere
	}
	return y.plain(indent, flow)
}

// move goes on over line breaks.
func (y *yaml) move(to int) {
	if i := strings.LastIndexByte(y.t[y.pos:to], '\n'); i >= 0 {
		y.line = y.pos + i + 1
	}
	y.pos = to
}

// plain reads a scalar without quotes, folding its lines (YAML 1.2 section 7.3.3).
func (y *yaml) plain(indent int, flow bool) *node {
	var b builder
	start := y.pos
	end, pieces, breaks := start, 0, 0
	var first source
	for {
		from := y.pos
		stop := y.plainEnd(flow)
		_, to := trim(y.t, from, stop)
		if to > from {
			piece := y.s.slice(from, to)
			if pieces == 0 {
				first = piece
			} else {
				if pieces == 1 {
					b.append(first)
				}
				y.fold(&b, end, from, breaks)
				b.append(piece)
			}
			pieces++
			end = to
		}
		y.pos = stop
		if stop < len(y.t) && y.t[stop] != '\n' && y.t[stop] != '\r' {
			break
		}
		// The next line may belong to it.
		at, lineStart := y.lineEnd(), y.line
		breaks = 0
		for at < len(y.t) && (y.t[at] == '\n' || y.t[at] == ' ' || y.t[at] == '\t' || y.t[at] == '\r') {
			if y.t[at] == '\n' {
				lineStart = at + 1
				breaks++
			}
			at++
		}
		if at >= len(y.t) || y.t[at] == '#' {
			break
		}
		back, line := y.pos, y.line
		y.pos, y.line = at, lineStart
		if !flow && at-lineStart <= indent || y.stop() || flow && strings.IndexByte(",[]{}", y.t[at]) >= 0 || !flow && y.isKey() || flow && y.leftOpen(indent) {
			y.pos, y.line = back, line
			break
		}
	}
	if y.pos == start {
		y.fault(errPlace)
		return nil
	}
	value := first
	if pieces > 1 {
		value = b.source(y.s.at(start))
	}
	form := Bare
	switch value.text {
	case "~", "null", "Null", "NULL", "":
		form = Null
	}
	return y.node(value, form, y.s.span(start, end))
}

// node is a scalar.
func (y *yaml) node(text source, form Form, span Span) *node {
	v := Value{Text: text.text, Form: form, Span: span}
	v.recognise()
	return &node{value: v, text: text}
}

// null is a value that is not there, at its place.
func (y *yaml) null(at source) *node {
	return &node{value: Value{Form: Null, Span: at.span(0, 0)}, text: at}
}

// fold puts in what line breaks between two offsets stand for.
func (y *yaml) fold(b *builder, from, to, breaks int) {
	text := " "
	if breaks > 1 {
		text = strings.Repeat("\n", breaks-1)
	}
	span := y.s.span(from, to)
	b.escape(text, span.Start, span.End-span.Start)
}

// plainEnd is where a plain scalar ends in its line.
func (y *yaml) plainEnd(flow bool) int {
	for at := y.pos; at < len(y.t); at++ {
		switch c := y.t[at]; {
		case c == '\n':
			return at
		case c == ':' && (y.indicator(at, ':') || flow && at+1 < len(y.t) && strings.IndexByte(",[]{}", y.t[at+1]) >= 0):
			return at
		case c == '#' && at > y.pos && blank(y.t[at-1]):
			return at
		case flow && strings.IndexByte(",[]{}", c) >= 0:
			return at
		}
	}
	return len(y.t)
}

// quoted is the text of a scalar in quotes: lines folded, escapes read (sections
// 7.3.1 and 7.3.2).
func (y *yaml) quoted(start, end int) source {
	if end-start < 2 {
		return y.s.slice(start, start)
	}
	quote := y.t[start]
	inner := y.s.text[start+1 : end-1]
	if strings.IndexByte(inner, '\n') < 0 && (quote == '"' && strings.IndexByte(inner, '\\') < 0 || quote == '\'' && strings.IndexByte(inner, '\'') < 0) {
		return y.s.slice(start+1, end-1)
	}
	var b builder
	done := start + 1
	upTo := func(at int) { b.append(y.s.slice(done, max(at, done))) }
	for at := start + 1; at < end-1; at++ {
		switch c := y.s.text[at]; {
		case c == '\n':
			to := at
			for to > done && blank(y.s.text[to-1]) {
				to--
			}
			upTo(to)
			next, breaks := at, 0
			for next < end-1 && blank(y.s.text[next]) {
				if y.s.text[next] == '\n' {
					breaks++
				}
				next++
			}
			y.fold(&b, to, next, breaks)
			done, at = next, next-1
		case c == '\'' && quote == '\'':
			upTo(at)
			b.escape("'", y.s.at(at), y.s.span(at, at+2).End-y.s.at(at))
			at++
			done = at + 1
		case c == '\\' && quote == '"':
			upTo(at)
			text, width := escaped(y.s.text[at : end-1])
			if text == "\n" && strings.HasPrefix(y.s.text[at+1:], "\n") || strings.HasPrefix(y.s.text[at+1:], "\r\n") {
				// A line that is joined to the next one.
				text = ""
				for width = 1; at+width < end-1 && blank(y.s.text[at+width]); width++ {
				}
			}
			span := y.s.span(at, at+width)
			b.escape(text, span.Start, span.End-span.Start)
			at += width - 1
			done = at + 1
		}
	}
	upTo(end - 1)
	return b.source(y.s.at(start + 1))
}

// escaped reads an escape that begins a text: what it stands for, and its width.
func escaped(t string) (string, int) {
	if len(t) < 2 {
		return t, len(t)
	}
	switch t[1] {
	case '0':
		return "\x00", 2
	case 'a':
		return "\a", 2
	case 'v':
		return "\v", 2
	case 'N':
		return "\u0085", 2
	case '_':
		return "\u00a0", 2
	case 'L':
		return "\u2028", 2
	case 'P':
		return "\u2029", 2
	}
	return escape(t)
}

// scalarBlock reads "|" and ">" (section 8.1). Its lines are further in than
// indent.
func (y *yaml) scalarBlock(indent int) *node {
	folded := y.t[y.pos] == '>'
	header := y.t[y.pos:y.lineEnd()]
	width, keep, strip := 0, false, false
	for _, c := range strings.TrimRight(before(header, "#"), " \t\r")[1:] {
		switch {
		case c >= '1' && c <= '9':
			width = max(indent, 0) + int(c-'0')
		case c == '+':
			keep = true
		case c == '-':
			strip = true
		default:
			return y.plain(indent, false) // no header: a plain scalar that YAML does not allow
		}
	}
	y.pos = y.lineEnd()
	var b builder
	start, end := -1, y.pos
	blanks, more, count := 0, false, 0
lines:
	for y.pos < len(y.t) {
		from := y.pos + 1
		to := len(y.t)
		if i := strings.IndexByte(y.t[from:], '\n'); i >= 0 {
			to = from + i
		}
		if from > len(y.t) || from == len(y.t) {
			y.pos = len(y.t)
			break
		}
		text := to
		if text > from && y.t[text-1] == '\r' {
			text--
		}
		in := from
		for in < text && y.t[in] == ' ' {
			in++
		}
		lead := from
		for lead < text && y.s.text[lead] == ' ' {
			lead++
		}
		// In the covered text a line with nothing but a template is blank; in the
		// value it is a line, unless it stands outside.
		switch bare := strings.Trim(y.t[in:text], " \t") == ""; {
		case bare && (width == 0 || lead-from <= width) && strings.Trim(y.s.text[lead:text], " \t") == "":
			blanks++
			y.line, y.pos = from, to
			continue
		case bare && lead < text && lead-from <= indent && y.s.text[lead] != ' ' && y.s.text[lead] != '\t':
			y.line, y.pos = from, to
			continue
		case bare:
		case width == 0 && in-from <= indent, in-from < width, width == 0 && (strings.HasPrefix(y.t[from:], "---") || strings.HasPrefix(y.t[from:], "...")):
			break lines
		case width == 0:
			width = in - from
		}
		if width == 0 {
			from = lead
		}
		from += min(width, lead-from)
		deeper := from < text && (y.s.text[from] == ' ' || y.s.text[from] == '\t')
		switch {
		case count == 0:
			for range blanks {
				b.escape("\n", y.s.at(from), 0)
			}
		case folded && !deeper && !more:
			y.fold(&b, end, from, blanks+1)
		default:
			y.breaks(&b, end, from, blanks+1)
		}
		if start < 0 {
			start = from
		}
		b.append(y.s.slice(from, text))
		count, blanks, more, end = count+1, 0, deeper, text
		y.line, y.pos = y.pos+1, to
	}
	if start < 0 {
		start = end
	}
	if keep && count == 0 {
		y.breaks(&b, end, end, blanks)
	}
	if count > 0 && !strip {
		n := 1
		if keep {
			n += blanks
		}
		if end < len(y.t) || keep {
			y.breaks(&b, end, min(end+1, len(y.t)), n)
		}
	}
	n := y.node(b.source(y.s.at(start)), Quoted, y.s.span(start, end))
	n.block = true
	return n
}

// breaks puts in line breaks.
func (y *yaml) breaks(b *builder, from, to, n int) {
	span := y.s.span(from, to)
	b.escape(strings.Repeat("\n", n), span.Start, span.End-span.Start)
}

// flow reads a list or mapping in brackets.
func (y *yaml) flow(indent int) *node {
	if y.depth++; y.depth > maxNesting {
		y.depth--
		y.p.problem(y.s.span(y.pos, y.lineEnd()), errNesting)
		y.pos = len(y.t)
		return nil
	}
	defer func() { y.depth-- }()
	open := y.pos
	n := &node{kind: list}
	shut := byte(']')
	if y.t[open] == '{' {
		n.kind, shut = mapping, '}'
	}
	y.pos++
	for {
		y.next()
		if y.pos >= len(y.t) || y.p.nodes > maxNodes || y.stop() || n.kind == list && y.leftOpen(indent) {
			y.p.problem(y.s.span(open, open+1), errOpen)
			return n
		}
		switch y.t[y.pos] {
		case shut:
			y.pos++
			return n
		case ']', '}':
			y.p.problem(y.s.span(open, open+1), errOpen)
			y.pos++
			return n
		case ',':
			y.pos++
			continue
		}
		y.p.nodes++
		start := y.pos
		if y.indicator(y.pos, '?') {
			y.pos++
			y.next()
		}
		item := y.item(indent)
		if y.pos == start {
			y.pos++
			continue
		}
		y.next()
		pair := n
		var key source
		if item != nil && item.kind == scalar {
			key = item.text
		}
		switch {
		case y.pos < len(y.t) && y.t[y.pos] == ':':
			y.pos++
			y.next()
			if n.kind == list { // [a: b] is a list of mappings
				pair = &node{kind: mapping}
				n.items = append(n.items, pair)
			}
			item = y.null(y.s.slice(y.pos, y.pos))
			if y.pos < len(y.t) && strings.IndexByte(",]}", y.t[y.pos]) < 0 {
				item = y.item(indent)
			}
			pair.member(key, item)
		case n.kind == mapping:
			n.member(key, y.null(y.s.slice(y.pos, y.pos)))
		case item != nil:
			n.items = append(n.items, item)
		}
	}
}

// leftOpen tells whether a key of the mapping around begins here, so that the
// bracket was forgotten. YAML wants what stands in brackets further in; its readers
// do not, but who writes a pair into a list puts it there.
func (y *yaml) leftOpen(indent int) bool {
	return indent >= 0 && y.pos-y.line <= indent && y.fresh() && letter(y.t[y.pos]) && y.isKey()
}

// item reads a node in brackets.
func (y *yaml) item(indent int) *node {
	for y.pos < len(y.t) && (y.t[y.pos] == '&' || y.t[y.pos] == '!') {
		y.properties(true)
		y.next()
	}
	if y.pos >= len(y.t) || strings.IndexByte(",]}:", y.t[y.pos]) >= 0 {
		return y.null(y.s.slice(y.pos, y.pos))
	}
	return y.scalar(indent, true)
}

// maskTemplates covers templates of Helm, Jinja and ERB: lines that hold nothing
// else become blank, and what stands in a value becomes letters. The text keeps
// its length.
func maskTemplates(text string) string {
	if !strings.Contains(text, "{{") && !strings.Contains(text, "{%") && !strings.Contains(text, "<%") {
		return text
	}
	out := []byte(text)
	for _, pair := range [][2]string{{"{{", "}}"}, {"{%", "%}"}, {"{#", "#}"}, {"<%", "%>"}} {
		for at := 0; at < len(out); {
			i := bytes.Index(out[at:], []byte(pair[0]))
			if i < 0 {
				break
			}
			start := at + i
			j := bytes.Index(out[start:min(len(out), start+maxTemplate)], []byte(pair[1]))
			if j < 0 {
				at = start + 2
				continue
			}
			at = start + j + 2
			fill := byte('x')
			if bytes.IndexByte(out[start:at], '\n') >= 0 || pair[0] != "{{" {
				fill = ' '
			}
			for k := start; k < at; k++ {
				if out[k] != '\n' && out[k] != '\r' {
					out[k] = fill
				}
			}
		}
	}
	// Lines on which no letter of the text is left.
	for start := 0; start < len(text); {
		end := len(text)
		if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
			end = start + i
		}
		line := strings.TrimSpace(text[start:end])
		if strings.HasPrefix(line, "{{") && strings.HasSuffix(line, "}}") && strings.Trim(string(out[start:end]), "x \t\r") == "" {
			for k := start; k < end; k++ {
				if out[k] != '\r' {
					out[k] = ' '
				}
			}
		}
		start = end + 1
	}
	return string(out)
}
