package syntax

import "strings"

// parseHOCON takes HOCON: https://github.com/lightbend/config/blob/main/HOCON.md
// Dotted keys are paths. Substitutions are not followed: ${x} is a template.
func parseHOCON(p *parser, s source) {
	h := &hoconParser{parser: p, s: s}
	root := &node{kind: mapping}
	for h.blank(); h.i < len(s.text) && !h.failed; h.blank() {
		switch s.text[h.i] {
		case '{':
			h.i++ // braces around the whole
			h.object(root, 0, true)
		case '}', ']':
			h.problem(s.span(h.i, h.i+1), errSyntax)
			h.i++
		default:
			h.object(root, 0, false)
		}
	}
	p.tree(root, where{})
}

type hoconParser struct {
	*parser
	s      source
	i      int
	line   line
	failed bool
}

func (h *hoconParser) fail(err error) {
	if !h.failed {
		h.problem(h.s.span(min(h.i, len(h.s.text)), min(h.i+1, len(h.s.text))), err)
	}
	h.failed = true
}

// at tells whether a text stands here.
func (h *hoconParser) at(text string) bool { return strings.HasPrefix(h.s.text[h.i:], text) }

// blank goes over blanks, line breaks, commas and comments.
func (h *hoconParser) blank() {
	for h.i < len(h.s.text) {
		switch c := h.s.text[h.i]; {
		case c == '#', h.at("//"):
			h.i = lineEnd(h.s.text, h.i)
		case c <= ' ', c == ',':
			h.i++
		case h.at("\ufeff"):
			h.i += 3
		default:
			return
		}
	}
}

// object takes entries up to the closing brace, or to the end of the file.
func (h *hoconParser) object(n *node, depth int, braces bool) {
	open := max(h.i-1, 0)
	for {
		h.blank()
		switch {
		case h.failed:
			return
		case h.i >= len(h.s.text):
			if braces {
				h.i = open
				h.fail(errUnended)
			}
			return
		case h.at("}"):
			if braces {
				h.i++
			}
			return
		case h.at("]"):
			h.skip()
			continue
		}
		h.entry(n, depth)
	}
}

func (h *hoconParser) entry(n *node, depth int) {
	t := h.s.text
	if h.at("include") && h.i+7 < len(t) && strings.IndexByte(" \t\"", t[h.i+7]) >= 0 {
		h.i = lineEnd(t, h.i)
		return
	}
	e, ok := h.key()
	if !ok {
		if size := template(t[h.i:]); size > 0 {
			h.i += size
			return
		}
		h.skip()
		return
	}
	if depth+len(e.path) > maxNesting {
		h.fail(errNesting)
		return
	}
	switch {
	case h.at("+="):
		h.i += 2
	case h.at("="), h.at(":"):
		h.i++
	case h.at("{"):
	default:
		h.skip()
		return
	}
	for h.i < len(t) && t[h.i] <= ' ' {
		h.i++ // a value may begin on the next line
	}
	for _, value := range h.value(depth + len(e.path)) {
		n.entries = append(n.entries, entry{e.path, e.key, value})
	}
}

// skip names a line that is not understood, and goes on behind it.
func (h *hoconParser) skip() {
	h.problem(h.s.span(h.i, min(h.i+1, len(h.s.text))), errSyntax)
	h.i = h.line.at(h.s.text, h.i).end
}

// key takes a path: words and strings with dots between them.
func (h *hoconParser) key() (entry, bool) {
	var e entry
	t := h.s.text
	for {
		start := h.i
		switch {
		case h.at(`"`):
			v := h.quoted()
			if v == nil {
				return e, false
			}
			e.path, e.key = append(e.path, v.text.text), v.value.Span
		default:
			for h.i < len(t) && strings.IndexByte(".\"{}[]=:,+#\\^?!*&\r\n", t[h.i]) < 0 && !h.at("//") {
				h.i++
			}
			from, to := trim(t, start, h.i)
			if from == to {
				h.i = start
				return e, false
			}
			e.path, e.key = append(e.path, t[from:to]), h.s.span(from, to)
		}
		for h.i < len(t) && (t[h.i] == ' ' || t[h.i] == '\t') {
			h.i++
		}
		if len(e.path) > maxNesting || !h.at(".") {
			return e, true
		}
		h.i++
	}
}

// value takes all that stands up to the end of a value. Objects side by side are
// one after the other; anything else side by side is one text.
func (h *hoconParser) value(depth int) []*node {
	t := h.s.text
	var out []*node
	start, end := h.i, h.i
	var parts []*node
	if h.full() {
		h.fail(errNodes)
		return nil
	}
	for h.i < len(t) && !h.failed {
		switch c := t[h.i]; {
		case c == '{' && template(t[h.i:]) == 0:
			n := &node{kind: mapping}
			h.i++
			if depth >= maxNesting {
				h.fail(errNesting)
				return out
			}
			h.object(n, depth+1, true)
			out = append(out, n)
			continue
		case c == '[':
			if n := h.list(depth); n != nil {
				out = append(out, n)
			}
			continue
		case c == '"':
			n := h.quoted()
			if n == nil {
				h.fail(errUnended)
				return out
			}
			parts = append(parts, n)
			end = h.i
			continue
		case h.at("${"):
			size := strings.IndexByte(t[h.i:h.line.at(t, h.i).end], '}')
			if size < 0 {
				h.fail(errUnended)
				return out
			}
			h.i += size + 1
			parts = append(parts, nil)
			end = h.i
			continue
		case template(t[h.i:]) > 0:
			h.i += template(t[h.i:])
			parts = append(parts, nil)
			end = h.i
			continue
		case c == ' ', c == '\t', c == '\r':
			h.i++
			continue
		}
		if strings.IndexByte("\n,}]#", t[h.i]) >= 0 || h.at("//") {
			break
		}
		for h.i < len(t) && strings.IndexByte(" \t\r\n,{}[]\"#$", t[h.i]) < 0 && !h.at("//") {
			h.i++
		}
		if t[min(h.i, len(t)-1)] == '$' && !h.at("${") {
			h.i++
		}
		parts = append(parts, nil)
		end = h.i
	}
	if len(out) > 0 {
		return out
	}
	if len(parts) == 1 && parts[0] != nil {
		return parts
	}
	v := Value{Text: t[start:end], Span: h.s.span(start, end)}
	if v.Text == "null" || v.Text == "" {
		v.Form = Null
	}
	return []*node{{value: v, text: h.s.slice(start, end)}}
}

func (h *hoconParser) list(depth int) *node {
	n := &node{kind: list}
	if depth >= maxNesting {
		h.fail(errNesting)
		return nil
	}
	open := h.i
	h.i++
	for {
		h.blank()
		switch {
		case h.failed:
			return n
		case h.i >= len(h.s.text):
			h.i = open
			h.fail(errUnended)
			return n
		case h.at("]"):
			h.i++
			return n
		case h.at("}"):
			h.problem(h.s.span(h.i, h.i+1), errSyntax)
			return n // the list has no end
		}
		n.items = append(n.items, h.value(depth+1)...)
	}
}

// quoted takes a string, or one in three quotes, which has no escapes.
func (h *hoconParser) quoted() *node {
	t := h.s.text
	if h.at(`"""`) {
		start := h.i + 3
		n := strings.Index(t[start:], `"""`)
		if n < 0 {
			return nil
		}
		end := start + n
		for end+3 < len(t) && t[end+3] == '"' {
			end++
		}
		h.i = end + 3
		return &node{value: Value{Text: t[start:end], Form: Quoted, Span: h.s.span(start, end)}, text: h.s.slice(start, end)}
	}
	start := h.i + 1
	end := closing(t[:h.line.at(t, h.i).end], start, '"')
	if end < 0 {
		return nil
	}
	h.i = end + 1
	text := unescape(h.s, start, end)
	return &node{value: Value{Text: text.text, Form: Quoted, Span: h.s.span(start, end)}, text: text}
}
