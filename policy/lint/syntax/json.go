package syntax

import (
	"errors"
	"strings"
)

// parseJSON takes JSON, and what people write as it: comments, trailing commas,
// several values in one file, keys without quotes and the rest of JSON5, and
// templates in the place of values.
func parseJSON(p *parser, s source) {
	j := &jsonParser{parser: p, s: s}
	for !j.failed {
		j.blank()
		if j.i >= len(s.text) {
			return
		}
		if n := j.value(0); n != nil {
			p.tree(n, where{})
		}
		j.blank()
		if j.i < len(s.text) && s.text[j.i] == ',' {
			j.i++
		}
	}
}

var (
	errValue   = errors.New("no value where one should be")
	errUnended = errors.New("it has a beginning and no end")
)

// jsonParser goes over the text once. After a fault it stops: braces no longer
// tell what belongs to what, and the facts before it stand.
type jsonParser struct {
	*parser
	s      source
	i      int
	failed bool
}

func (j *jsonParser) fail(err error) *node {
	if !j.failed {
		j.problem(j.s.span(min(j.i, len(j.s.text)), min(j.i+1, len(j.s.text))), err)
	}
	j.failed = true
	return nil
}

// blank goes over blanks and comments.
func (j *jsonParser) blank() {
	t := j.s.text
	for j.i < len(t) {
		switch rest := t[j.i:]; {
		case strings.HasPrefix(rest, "//"), rest[0] == '#':
			j.i = lineEnd(t, j.i)
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				j.fail(errUnended)
				j.i = len(t)
				return
			}
			j.i += end + 4
		case rest[0] <= ' ':
			j.i++
		case strings.HasPrefix(rest, "\u00a0"):
			j.i += 2
		case strings.HasPrefix(rest, "\ufeff"):
			j.i += 3
		default:
			return
		}
	}
}

// lineEnd is the offset of the next line break, or of the end.
func lineEnd(text string, from int) int {
	if i := strings.IndexByte(text[from:], '\n'); i >= 0 {
		return from + i
	}
	return len(text)
}

func (j *jsonParser) value(depth int) *node {
	if j.i >= len(j.s.text) {
		return j.fail(errValue)
	}
	if depth > maxNesting {
		return j.fail(errNesting)
	}
	if j.full() {
		return j.fail(errNodes)
	}
	switch c := j.s.text[j.i]; {
	case c == '{' && !strings.HasPrefix(j.s.text[j.i:], "{{") && !strings.HasPrefix(j.s.text[j.i:], "{%"):
		return j.object(depth)
	case c == '[':
		return j.array(depth)
	case c == '"' || c == '\'':
		return j.quoted()
	}
	return j.bare()
}

func (j *jsonParser) object(depth int) *node {
	n := &node{kind: mapping}
	open := j.i
	for j.i++; ; {
		j.blank()
		if j.failed {
			return n
		}
		if j.i >= len(j.s.text) {
			j.i = open
			j.fail(errUnended)
			return n
		}
		switch j.s.text[j.i] {
		case '}':
			j.i++
			return n
		case ',':
			j.i++
			continue
		case ']':
			j.fail(errValue)
			return n
		}
		key := j.word()
		if key == nil {
			return n
		}
		j.blank()
		if j.i >= len(j.s.text) || j.s.text[j.i] != ':' {
			if key.value.Form == Template || strings.HasPrefix(key.value.Text, "{") {
				continue // {{- if .Values.tls }} stands between entries
			}
			j.fail(errValue)
			return n
		}
		j.i++
		j.blank()
		value := j.value(depth + 1)
		if value != nil {
			n.entries = append(n.entries, entry{[]string{key.value.Text}, key.value.Span, value})
		}
		if j.failed {
			return n
		}
	}
}

func (j *jsonParser) array(depth int) *node {
	n := &node{kind: list}
	open := j.i
	for j.i++; ; {
		j.blank()
		if j.failed {
			return n
		}
		if j.i >= len(j.s.text) {
			j.i = open
			j.fail(errUnended)
			return n
		}
		switch j.s.text[j.i] {
		case ']':
			j.i++
			return n
		case ',':
			j.i++
			continue
		case '}', ':':
			j.fail(errValue)
			return n
		}
		if value := j.value(depth + 1); value != nil {
			n.items = append(n.items, value)
		}
		if j.failed {
			return n
		}
	}
}

// word is a key, or a scalar.
func (j *jsonParser) word() *node {
	if c := j.s.text[j.i]; c == '"' || c == '\'' {
		return j.quoted()
	}
	return j.bare()
}

func (j *jsonParser) quoted() *node {
	start := j.i + 1
	end := closing(j.s.text, start, j.s.text[j.i])
	if end < 0 {
		return j.fail(errUnended)
	}
	j.i = end + 1
	text := unescape(j.s, start, end)
	v := Value{Text: text.text, Form: Quoted, Span: j.s.span(start, end)}
	v.recognise()
	return &node{value: v, text: text}
}

// bare is a number, true, false, null, a name of JSON5, or a template.
func (j *jsonParser) bare() *node {
	start := j.i
	for j.i < len(j.s.text) {
		rest := j.s.text[j.i:]
		if size := template(rest); size > 0 {
			j.i += size
			continue
		}
		if strings.IndexByte(" \t\r\n,:{}[]\"'#", rest[0]) >= 0 || strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, "/*") {
			break
		}
		j.i++
	}
	if start == j.i {
		return j.fail(errValue)
	}
	v := Value{Text: j.s.text[start:j.i], Span: j.s.span(start, j.i)}
	if v.Text == "null" {
		v.Form = Null
	}
	v.recognise()
	return &node{value: v, text: j.s.slice(start, j.i)}
}

// template is the length of a template that a text begins with.
func template(t string) int {
	for _, marks := range [][2]string{{"{{", "}}"}, {"{%", "%}"}, {"<%", "%>"}, {"${", "}"}} {
		if strings.HasPrefix(t, marks[0]) {
			// A template that is longer, or goes over lines, is none.
			t = t[:min(len(t), 512)]
			if end := strings.Index(t[:lineEnd(t, 0)], marks[1]); end > 0 {
				return end + len(marks[1])
			}
			return 0
		}
	}
	return 0
}
