package syntax

import "strings"

// parseHCL takes HCL: Terraform, OpenTofu, Nomad, Consul, Vault, Packer. Blocks,
// their labels and the names of attributes are the path. After a fault it goes on
// with the next line.
func parseHCL(p *parser, s source) {
	h := &hclParser{parser: p, s: s}
	root := &node{kind: mapping}
	h.body(root, 0)
	p.tree(root, where{})
}

type hclParser struct {
	*parser
	s    source
	i    int
	line line
}

// stop ends everything: what follows cannot be told apart any more.
func (h *hclParser) stop(at int, err error) *node {
	h.problem(h.s.span(min(at, len(h.s.text)), min(at+1, len(h.s.text))), err)
	h.i = len(h.s.text)
	return nil
}

// blank goes over blanks and comments, and over line breaks as well if asked to.
func (h *hclParser) blank(breaks bool) {
	t := h.s.text
	for h.i < len(t) {
		switch c := t[h.i]; {
		case c == '#', strings.HasPrefix(t[h.i:], "//"):
			h.i = lineEnd(t, h.i)
		case strings.HasPrefix(t[h.i:], "/*"):
			end := strings.Index(t[h.i:], "*/")
			if end < 0 {
				h.stop(h.i, errUnended)
				return
			}
			h.i += end + 2
		case c == ' ', c == '\t', c == '\r', breaks && c == '\n':
			h.i++
		case strings.HasPrefix(t[h.i:], "\ufeff"):
			h.i += 3
		default:
			return
		}
	}
}

// peek is the byte that stands here; 0 at the end.
func (h *hclParser) peek() byte {
	if h.i < len(h.s.text) {
		return h.s.text[h.i]
	}
	return 0
}

// body takes attributes and blocks up to the brace that ends them.
func (h *hclParser) body(n *node, depth int) {
	for {
		h.blank(true)
		switch h.peek() {
		case 0:
			if h.i < len(h.s.text) {
				h.i++
				continue
			}
			return
		case '}':
			h.i++
			if depth > 0 {
				return
			}
			continue
		case ',', ';':
			h.i++
			continue
		}
		start := h.i
		if e, ok := h.item(depth); ok {
			n.entries = append(n.entries, e)
		} else {
			if template(h.s.text[start:]) == 0 && h.i < len(h.s.text) {
				h.problem(h.s.span(start, min(start+1, len(h.s.text))), errSyntax)
			}
			h.i = max(h.i, lineEnd(h.s.text, start))
		}
	}
}

// item takes an attribute, or a block with its labels.
func (h *hclParser) item(depth int) (entry, bool) {
	var e entry
	for {
		h.blank(false)
		switch c := h.peek(); {
		case c == '"':
			label := h.str()
			if label == nil {
				return e, false
			}
			e.path, e.key = append(e.path, label.text.text), label.value.Span
		case isName(h.s.text[h.i:min(h.i+1, len(h.s.text))]) || c >= 0x80:
			start := h.i
			for c := h.peek(); isWord(string(c)) && c < 0x80 || c >= 0x80 || c == '.'; c = h.peek() {
				h.i++
			}
			e.path, e.key = append(e.path, h.s.text[start:h.i]), h.s.span(start, h.i)
		case (c == '=' || c == ':') && len(e.path) > 0:
			h.i++
			h.blank(false)
			e.node = h.expression(depth)
			return e, e.node != nil
		case c == '{' && len(e.path) > 0:
			if depth >= maxNesting || len(e.path) > maxNesting {
				h.stop(h.i, errNesting)
				return e, false
			}
			h.i++
			e.node = &node{kind: mapping}
			h.body(e.node, depth+1)
			return e, true
		default:
			return e, false
		}
	}
}

// expression takes a value: a literal, a list, an object, or source code that is
// more than that.
func (h *hclParser) expression(depth int) *node {
	start := h.i
	if depth > maxNesting {
		return h.stop(start, errNesting)
	}
	if h.full() {
		return h.stop(start, errNodes)
	}
	if n := h.literal(depth); n != nil {
		after := h.i
		h.blank(false)
		if strings.IndexByte("\n,}])#;\x00", h.peek()) >= 0 {
			return n
		}
		h.i = after
		if n.kind != scalar {
			h.i = start
		}
	}
	if h.i == len(h.s.text) {
		return nil
	}
	h.i = start
	h.code()
	_, end := trim(h.s.text, start, h.i)
	if start == end {
		return nil
	}
	text := h.s.slice(start, end)
	form := Expression
	if reference(text.text) {
		form = Template
	}
	return &node{value: Value{Text: strings.Join(strings.Fields(text.text), " "), Form: form, Span: h.s.span(start, end)}, text: text}
}

// literal takes what is a value by itself; nil for source code.
func (h *hclParser) literal(depth int) *node {
	t := h.s.text
	switch c := h.peek(); {
	case c == '"':
		return h.str()
	case strings.HasPrefix(t[h.i:], "<<"):
		return h.heredoc()
	case c == '[':
		return h.list(depth)
	case c == '{':
		h.i++
		h.blank(true)
		if strings.HasPrefix(t[h.i:], "for ") {
			return nil
		}
		return h.object(depth)
	}
	for _, f := range []string{"jsonencode(", "yamlencode("} {
		if strings.HasPrefix(t[h.i:], f) {
			h.i += len(f)
			h.blank(true)
			n := h.expression(depth + 1)
			h.blank(true)
			if n == nil || h.peek() != ')' {
				return nil
			}
			h.i++
			return n
		}
	}
	start := h.i
	for h.i < len(t) && (isWord(t[h.i:h.i+1]) || t[h.i] == '.' && t[start] <= '9') {
		h.i++
	}
	if start == h.i {
		return nil
	}
	v := Value{Text: t[start:h.i], Span: h.s.span(start, h.i)}
	if v.Text == "null" {
		v.Form = Null
	}
	return &node{value: v, text: h.s.slice(start, h.i)}
}

// reference tells whether a text is one name with dots, var.tls.insecure: decided
// elsewhere.
func reference(text string) bool {
	return strings.ContainsRune(text, '.') && isWord(strings.NewReplacer(".", "_", "[", "_", "]", "_", "*", "_", `"`, "_").Replace(text))
}

// code goes to the end of an expression: of the line, or where a bracket closes
// that was not opened in it.
func (h *hclParser) code() {
	depth := 0
	for h.i < len(h.s.text) {
		switch c := h.s.text[h.i]; {
		case c == '"':
			if h.str() == nil {
				h.i = lineEnd(h.s.text, h.i)
			}
			continue
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			if depth == 0 {
				return
			}
			depth--
		case depth == 0 && (c == '\n' || c == ','):
			return
		case c == '#', strings.HasPrefix(h.s.text[h.i:], "//"):
			if depth == 0 {
				return
			}
			h.i = lineEnd(h.s.text, h.i)
			continue
		}
		h.i++
	}
}

// maxInterpolation is how far the end of ${ is looked for.
const maxInterpolation = 1 << 10

// str takes a string in quotes. Quotes within ${...} do not end it.
func (h *hclParser) str() *node {
	t := h.s.text
	start := h.i + 1
	limit := h.line.at(t, h.i).end
	depth, opened := 0, 0
	for i := start; i < limit && (depth == 0 || i-opened < maxInterpolation); i++ {
		switch c := t[i]; {
		case c == '\\':
			i++
		case (c == '$' || c == '%') && i+1 < limit && t[i+1] == '{' && t[i-1] != c:
			if depth == 0 {
				opened = i
			}
			depth++
			i++
		case depth > 0 && c == '{':
			depth++
		case depth > 0 && c == '}':
			depth--
		case c == '"' && depth == 0:
			h.i = i + 1
			text := unescape(h.s, start, i)
			return &node{value: Value{Text: text.text, Form: Quoted, Span: h.s.span(start, i)}, text: text}
		}
	}
	if depth > 0 {
		// The braces do not match: the first quote is the end.
		if end := closing(t[:limit], start, '"'); end >= 0 {
			h.i = end + 1
			text := unescape(h.s, start, end)
			return &node{value: Value{Text: text.text, Form: Quoted, Span: h.s.span(start, end)}, text: text}
		}
	}
	return nil
}

// heredoc takes <<NAME and <<-NAME, which takes the indentation away.
func (h *hclParser) heredoc() *node {
	t := h.s.text
	line := h.line.at(t, h.i).end
	name := strings.TrimSpace(t[h.i+2 : line])
	indented := strings.HasPrefix(name, "-")
	name = strings.TrimPrefix(name, "-")
	if !isWord(name) || line == len(t) {
		return nil
	}
	start := line + 1
	end := start
	for {
		if end >= len(t) {
			return h.stop(h.i, errUnended)
		}
		stop := lineEnd(t, end)
		if strings.TrimSpace(t[end:stop]) == name {
			h.i = stop
			break
		}
		end = stop + 1
	}
	text := h.s.slice(start, end)
	if indented {
		text = undent(h.s, start, end)
	}
	return &node{value: Value{Text: text.text, Form: Quoted, Span: h.s.span(start, end)}, text: text}
}

// undent takes the blanks away that all lines begin with.
func undent(s source, start, end int) source {
	least := -1
	lines(s.text[start:end], func(from, to int) {
		first, _ := trim(s.text[start:end], from, to)
		if first < to && (least < 0 || first-from < least) {
			least = first - from
		}
	})
	var b builder
	for at := start; at < end; {
		next := min(lineEnd(s.text, at)+1, end)
		from := min(at+max(least, 0), next)
		if strings.TrimSpace(s.text[at:next]) == "" {
			from = max(at, next-1)
		}
		b.append(s.slice(from, next))
		at = next
	}
	return b.source(s.at(start))
}

func (h *hclParser) list(depth int) *node {
	n := &node{kind: list}
	for h.i++; ; {
		h.blank(true)
		switch h.peek() {
		case ']':
			h.i++
			return n
		case ',':
			h.i++
			continue
		}
		if strings.HasPrefix(h.s.text[h.i:], "for ") {
			return nil
		}
		item := h.expression(depth + 1)
		if item == nil {
			return nil
		}
		n.items = append(n.items, item)
	}
}

// object takes the entries behind a brace.
func (h *hclParser) object(depth int) *node {
	n := &node{kind: mapping}
	for {
		h.blank(true)
		switch h.peek() {
		case '}':
			h.i++
			return n
		case ',':
			h.i++
			continue
		case '(':
			// A key that is computed.
			h.i++
			h.code()
			if h.peek() != ')' {
				return nil
			}
			h.i++
			h.blank(false)
			if c := h.peek(); c != '=' && c != ':' {
				return nil
			}
			h.i++
			h.blank(false)
			if h.expression(depth+1) == nil {
				return nil
			}
			continue
		}
		e, ok := h.item(depth + 1)
		if !ok {
			return nil
		}
		n.entries = append(n.entries, e)
	}
}
