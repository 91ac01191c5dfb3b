package syntax

import (
	"errors"
	"strings"
)

var errSyntax = errors.New("it is not written as its language has it")

// parseTOML takes TOML. After a line that is none it goes on with the next.
func parseTOML(p *parser, s source) {
	t := &tomlParser{parser: p, s: s}
	root := &node{kind: mapping}
	table := root
	for t.skip(); t.i < len(s.text); t.skip() {
		start := t.i
		ok := false
		if s.text[t.i] == '[' {
			if inner := t.head(root); inner != nil {
				table, ok = inner, true
			}
		} else if e, found := t.entry(0); found {
			table.entries = append(table.entries, e)
			ok = true
		}
		if end := t.rest(); !ok || end {
			if !t.isTemplate(start) {
				t.problem(s.span(start, min(start+1, len(s.text))), errSyntax)
			}
			t.i = lineEnd(s.text, t.i)
		}
	}
	p.tree(root, where{})
}

type tomlParser struct {
	*parser
	s    source
	i    int
	line line
}

// skip goes over blanks, line breaks and comments.
func (t *tomlParser) skip() {
	for t.i < len(t.s.text) {
		switch c := t.s.text[t.i]; {
		case c == '#':
			t.i = lineEnd(t.s.text, t.i)
		case c == ' ', c == '\t', c == '\n', c == '\r':
			t.i++
		case strings.HasPrefix(t.s.text[t.i:], "\ufeff"):
			t.i += 3
		default:
			return
		}
	}
}

// blank goes over blanks in a line.
func (t *tomlParser) blank() {
	for t.i < len(t.s.text) && (t.s.text[t.i] == ' ' || t.s.text[t.i] == '\t') {
		t.i++
	}
}

// at tells whether a text stands here.
func (t *tomlParser) at(text string) bool { return strings.HasPrefix(t.s.text[t.i:], text) }

// rest tells whether the line holds more than a comment.
func (t *tomlParser) rest() bool {
	t.blank()
	return t.i < len(t.s.text) && strings.IndexByte("#\r\n", t.s.text[t.i]) < 0
}

// isTemplate tells whether a line begins with a statement of a template.
func (t *tomlParser) isTemplate(start int) bool {
	rest := t.s.text[start:]
	return strings.HasPrefix(rest, "{{") || strings.HasPrefix(rest, "{%") || strings.HasPrefix(rest, "<%")
}

// head takes [table] and [[array of tables]].
func (t *tomlParser) head(root *node) *node {
	brackets := 1
	if t.at("[[") {
		brackets = 2
	}
	t.i += brackets
	e, ok := t.key()
	if !ok || !t.at("]]"[:brackets]) {
		return nil
	}
	t.i += brackets
	e.node = &node{kind: mapping}
	root.entries = append(root.entries, e)
	return e.node
}

// key takes a.b."c d".
func (t *tomlParser) key() (entry, bool) {
	var e entry
	for {
		t.blank()
		start := t.i
		if t.i < len(t.s.text) && (t.s.text[t.i] == '"' || t.s.text[t.i] == '\'') {
			v := t.quoted()
			if v == nil {
				return e, false
			}
			e.path, e.key = append(e.path, v.text.text), v.value.Span
		} else {
			for t.i < len(t.s.text) && strings.IndexByte(" \t\r\n.=[]{}#,\"'", t.s.text[t.i]) < 0 {
				t.i++
			}
			if t.i == start {
				return e, false
			}
			e.path, e.key = append(e.path, t.s.text[start:t.i]), t.s.span(start, t.i)
		}
		t.blank()
		if len(e.path) > maxNesting || !t.at(".") {
			return e, len(e.path) <= maxNesting
		}
		t.i++
	}
}

func (t *tomlParser) entry(depth int) (entry, bool) {
	e, ok := t.key()
	if !ok || !t.at("=") {
		return e, false
	}
	t.i++
	t.blank()
	e.node = t.value(depth)
	return e, e.node != nil
}

func (t *tomlParser) value(depth int) *node {
	if t.i >= len(t.s.text) || depth > maxNesting || t.full() {
		return nil
	}
	switch c := t.s.text[t.i]; {
	case c == '"' || c == '\'':
		return t.quoted()
	case c == '[':
		return t.collection(&node{kind: list}, "]", depth)
	case c == '{' && template(t.s.text[t.i:]) == 0:
		return t.collection(&node{kind: mapping}, "}", depth)
	}
	start := t.i
	for t.i < len(t.s.text) && strings.IndexByte(",]}#\r\n", t.s.text[t.i]) < 0 {
		t.i += max(1, template(t.s.text[t.i:]))
	}
	_, end := trim(t.s.text, start, t.i)
	if start == end {
		return nil
	}
	v := Value{Text: t.s.text[start:end], Span: t.s.span(start, end)}
	return &node{value: v, text: t.s.slice(start, end)}
}

// collection takes an array or an inline table, which may go over lines.
func (t *tomlParser) collection(n *node, end string, depth int) *node {
	for t.i++; ; {
		t.skip()
		switch {
		case t.i >= len(t.s.text):
			return nil
		case t.at(end):
			t.i++
			return n
		case t.at(","):
			t.i++
			continue
		}
		if n.kind == mapping {
			e, ok := t.entry(depth + 1)
			if !ok {
				return nil
			}
			n.entries = append(n.entries, e)
			continue
		}
		item := t.value(depth + 1)
		if item == nil {
			return nil
		}
		n.items = append(n.items, item)
	}
}

// quoted takes the four kinds of strings.
func (t *tomlParser) quoted() *node {
	text, quote := t.s.text, t.s.text[t.i:t.i+1]
	if long := strings.Repeat(quote, 3); t.at(long) {
		start := t.i + 3
		if strings.HasPrefix(text[start:], "\r\n") {
			start += 2
		} else if strings.HasPrefix(text[start:], "\n") {
			start++
		}
		end := start
		for {
			n := strings.Index(text[end:], long)
			if n < 0 {
				return nil
			}
			end += n
			if quote == "'" || !protected(text, start, end) {
				break
			}
			end++
		}
		for end+3 < len(text) && text[end+3] == quote[0] {
			end++ // one or two quotes may stand before the closing ones
		}
		t.i = end + 3
		return t.str(start, end, quote)
	}
	line := t.line.at(text, t.i).end
	end := -1
	if quote == "'" {
		if n := strings.IndexByte(text[t.i+1:line], '\''); n >= 0 {
			end = t.i + 1 + n
		}
	} else {
		end = closing(text[:line], t.i+1, '"')
	}
	if end < 0 {
		return nil
	}
	start := t.i + 1
	t.i = end + 1
	return t.str(start, end, quote)
}

func (t *tomlParser) str(start, end int, quote string) *node {
	s := t.s.slice(start, end)
	if quote == `"` {
		s = unescape(t.s, start, end)
	}
	v := Value{Text: s.text, Form: Quoted, Span: t.s.span(start, end)}
	return &node{value: v, text: s}
}

// protected tells whether an odd number of backslashes stands before an offset.
func protected(text string, start, at int) bool {
	n := 0
	for at-n > start && text[at-n-1] == '\\' {
		n++
	}
	return n%2 == 1
}
