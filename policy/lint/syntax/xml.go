package syntax

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

var errMarkup = errors.New("the markup is broken")

// parseXML takes the attributes and the texts of elements. It goes over the text
// once and by itself, as encoding/xml has no places for attributes and stops at
// the first fault; what is no markup (a lone '&', a template) is text here.
//
// A name and its value, in whatever two places, are also a setting of that name:
// <add key="x" value="v"/>, <Set name="x">v</Set>,
// <property><name>x</name><value>v</value></property>.
func parseXML(p *parser, s source) {
	x := &xmlParser{parser: p, s: s}
	for x.i < len(s.text) {
		if !x.markup() {
			next := len(s.text)
			if n := strings.IndexByte(s.text[x.i+1:], '<'); n >= 0 {
				next = x.i + 1 + n
			}
			x.write(x.i, next, true)
			x.i = next
		}
	}
	for len(x.open) > 0 {
		x.close()
	}
}

type xmlParser struct {
	*parser
	s    source
	i    int
	path []string
	open []*element
	deep int // elements beyond maxNesting
}

// element is one that is open.
type element struct {
	name     string
	key      Span
	block    int
	text     builder
	raw      Span // of the text, in the source
	children int
	// named and given are what stands in attributes or in elements within:
	// the name of something, and its value.
	named, given *xmlValue
	plist        *node // what a <dict> or <array> of a property list holds
	pending      *xmlValue
}

type xmlValue struct {
	text source
	span Span
	form Form
}

// markup takes what begins with '<'; false for text.
func (x *xmlParser) markup() bool {
	rest := x.s.text[x.i:]
	for _, m := range [][2]string{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}, {"<%", "%>"}} {
		if !strings.HasPrefix(rest, m[0]) {
			continue
		}
		end := strings.Index(rest[len(m[0]):], m[1])
		if end < 0 {
			x.problem(x.s.span(x.i, x.i+len(m[0])), errUnended)
			x.i = len(x.s.text)
			return true
		}
		start := x.i + len(m[0])
		x.i = start + end + len(m[1])
		if m[0] == "<![CDATA[" {
			x.write(start, start+end, false)
		}
		return true
	}
	switch {
	case strings.HasPrefix(rest, "<!"):
		x.doctype()
	case strings.HasPrefix(rest, "</"):
		end := strings.IndexByte(rest, '>')
		if end < 0 {
			x.problem(x.s.span(x.i, x.i+2), errUnended)
			x.i = len(x.s.text)
			return true
		}
		x.end(local(strings.TrimSpace(rest[2:end])))
		x.i += end + 1
	case len(rest) > 1 && rest[0] == '<' && nameStart(rest[1]):
		x.element()
	default:
		return false
	}
	return true
}

func nameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ':' || c >= 0x80
}

// local is a name without its prefix.
func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

// doctype goes over <!DOCTYPE ... [ ... ]>.
func (x *xmlParser) doctype() {
	t := x.s.text
	brackets := 0
	for i := x.i; i < len(t); i++ {
		switch t[i] {
		case '"', '\'':
			n := strings.IndexByte(t[i+1:], t[i])
			if n < 0 {
				x.i = len(t)
				return
			}
			i += n + 1
		case '[':
			brackets++
		case ']':
			brackets--
		case '>':
			if brackets <= 0 {
				x.i = i + 1
				return
			}
		}
	}
	x.i = len(t)
}

// element takes a start tag.
func (x *xmlParser) element() {
	t := x.s.text
	start := x.i + 1
	x.i = start
	for x.i < len(t) && strings.IndexByte(" \t\r\n/><=\"'", t[x.i]) < 0 {
		x.i++
	}
	e := &element{name: local(t[start:x.i]), key: x.s.span(start, x.i), block: x.block()}
	if n := len(x.open); n > 0 {
		x.open[n-1].children++
		x.flush(x.open[n-1])
	}
	if len(x.open) < maxNesting {
		x.path = append(x.path, e.name)
		x.open = append(x.open, e)
	} else {
		if x.deep == 0 {
			x.problem(e.key, errNesting)
		}
		x.deep++
	}
	var attributes []xmlAttribute
	for {
		for x.i < len(t) && strings.IndexByte(" \t\r\n", t[x.i]) >= 0 {
			x.i++
		}
		switch {
		case x.i >= len(t):
			x.problem(e.key, errUnended)
		case t[x.i] == '>':
			x.i++
			x.attributes(e, attributes)
			return
		case strings.HasPrefix(t[x.i:], "/>"):
			x.attributes(e, attributes)
			x.i += 2
			x.end(e.name)
			return
		case t[x.i] == '<':
			x.problem(x.s.span(x.i, x.i+1), errMarkup)
		default:
			if a, ok := x.attribute(); ok {
				attributes = append(attributes, a)
			}
			continue
		}
		x.attributes(e, attributes)
		return
	}
}

type xmlAttribute struct {
	name string
	key  Span
	xmlValue
}

// attribute takes name="value"; always at least one byte.
func (x *xmlParser) attribute() (xmlAttribute, bool) {
	t := x.s.text
	start := x.i
	for x.i < len(t) && strings.IndexByte(" \t\r\n/><=\"'", t[x.i]) < 0 {
		x.i++
	}
	if x.i == start {
		x.i++
		return xmlAttribute{}, false
	}
	full := t[start:x.i]
	a := xmlAttribute{name: local(full), key: x.s.span(x.i-len(local(full)), x.i)}
	from := x.i
	for from < len(t) && strings.IndexByte(" \t\r\n", t[from]) >= 0 {
		from++
	}
	if from >= len(t) || t[from] != '=' {
		a.form, a.span = Present, x.s.span(x.i, x.i)
		a.text = x.s.slice(x.i, x.i)
		return a, !strings.HasPrefix(full, "{")
	}
	for from++; from < len(t) && strings.IndexByte(" \t\r\n", t[from]) >= 0; {
		from++
	}
	x.i = from
	if from >= len(t) {
		return a, false
	}
	// Word processors make other quotes of the straight ones.
	quote := ""
	switch {
	case t[from] == '"', t[from] == '\'':
		quote = t[from : from+1]
	case strings.HasPrefix(t[from:], "”"), strings.HasPrefix(t[from:], "“"):
		quote = "”"
	}
	var end int
	if quote != "" {
		from += len(quote)
		n := strings.Index(t[from:], quote)
		if n < 0 {
			x.problem(x.s.span(from-len(quote), from), errUnended)
			x.i = len(t)
			return a, false
		}
		end = from + n
		x.i = end + len(quote)
		a.form = Quoted
	} else {
		for x.i < len(t) && strings.IndexByte(" \t\r\n><\"'", t[x.i]) < 0 && !strings.HasPrefix(t[x.i:], "/>") {
			x.i++
		}
		end = x.i
		if end == from {
			return a, false
		}
	}
	a.text, a.span = x.unescape(from, end), x.s.span(from, end)
	if full == "xmlns" || strings.HasPrefix(full, "xmlns:") || strings.HasSuffix(a.name, "chemaLocation") && strings.Contains(full, ":") {
		return a, false // the names of languages, no settings
	}
	return a, true
}

// attributes adds the settings of a start tag.
func (x *xmlParser) attributes(e *element, attributes []xmlAttribute) {
	for i := range attributes {
		a := &attributes[i]
		switch strings.ToLower(a.name) {
		case "name", "key":
			if e.named == nil {
				e.named = &a.xmlValue
			}
		case "value", "val":
			e.given = &a.xmlValue
		}
		if x.path[0] == "plist" {
			continue
		}
		x.setting(Setting{
			Path: append(slices.Clip(x.path), "@"+a.name), Key: a.key, Block: e.block,
			Value: Value{Text: a.text.text, Form: a.form, Span: a.span},
		}, a.text)
	}
}

// write adds text to the element that is open.
func (x *xmlParser) write(start, end int, entities bool) {
	if len(x.open) == 0 {
		return
	}
	e := x.open[len(x.open)-1]
	if len(e.text.text) == 0 {
		for start < end && strings.IndexByte(" \t\r\n", x.s.text[start]) >= 0 {
			start++
		}
		e.raw.Start = start
	}
	if start == end {
		return
	}
	e.raw.End = end
	if entities {
		x.plain(&e.text, start, end)
	} else {
		e.text.append(x.s.slice(start, end))
	}
}

// unescape is a range without entities.
func (x *xmlParser) unescape(start, end int) source {
	if strings.IndexByte(x.s.text[start:end], '&') < 0 {
		return x.s.slice(start, end)
	}
	var b builder
	x.plain(&b, start, end)
	return b.source(x.s.at(start))
}

// plain adds a range without entities.
func (x *xmlParser) plain(b *builder, start, end int) {
	t := x.s.text[:end]
	for i := start; i < end; {
		if t[i] == '&' {
			if text, size := entity(t[i:]); size > 0 {
				b.replace(text, x.s, i, size)
				i += size
				continue
			}
		}
		next := end
		if n := strings.IndexByte(t[i+1:], '&'); n >= 0 {
			next = i + 1 + n
		}
		b.append(x.s.slice(i, next))
		i = next
	}
}

// entity is what an entity stands for, and how long it is; 0 for one that is not
// known.
func entity(t string) (string, int) {
	end := strings.IndexByte(t[:min(len(t), 12)], ';')
	if end < 0 {
		return "", 0
	}
	name := t[1:end]
	for _, e := range [][2]string{{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", `"`}, {"apos", "'"}} {
		if e[0] == name {
			return e[1], end + 1
		}
	}
	base := 10
	digits, ok := strings.CutPrefix(name, "#")
	if !ok {
		return "", 0
	}
	if rest, ok := strings.CutPrefix(strings.ToLower(digits), "x"); ok {
		digits, base = rest, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune {
		return "", 0
	}
	return string(rune(n)), end + 1
}

// flush adds the text of an element up to here.
func (x *xmlParser) flush(e *element) *xmlValue {
	if len(e.text.text) == 0 {
		return nil
	}
	from, to := e.raw.Start, e.raw.End
	for to > from && strings.IndexByte(" \t\r\n", x.s.text[to-1]) >= 0 {
		to--
	}
	text := e.text.source(x.s.at(from))
	text = text.slice(0, len(strings.TrimRight(text.text, " \t\r\n")))
	e.text = builder{}
	if text.text == "" {
		return nil
	}
	v := &xmlValue{text: text, span: x.s.span(from, to)}
	if x.path[0] == "plist" {
		return v // its keys and values become settings together
	}
	x.setting(Setting{
		Path: append([]string(nil), x.path...), Key: e.key, Block: e.block, Value: Value{Text: text.text, Span: v.span},
	}, text)
	return v
}

// end takes an end tag: it closes the nearest element of that name, and those
// within it that nobody closed.
func (x *xmlParser) end(name string) {
	if x.deep > 0 {
		x.deep--
		return
	}
	for i, e := range slices.Backward(x.open) {
		if e.name == name {
			for len(x.open) > i {
				x.close()
			}
			return
		}
	}
}

// close closes the innermost element.
func (x *xmlParser) close() {
	n := len(x.open) - 1
	e := x.open[n]
	text := x.flush(e)
	if text == nil && e.children == 0 && e.given == nil {
		text = &xmlValue{span: Span{e.key.End, e.key.End}, form: Null}
		if x.path[0] != "plist" {
			x.setting(Setting{
				Path: append([]string(nil), x.path...), Key: e.key, Block: e.block, Value: Value{Form: Null, Span: text.span},
			}, source{})
		}
	}
	if e.given == nil {
		e.given = text
	}
	outer := x.path[:n]
	if e.named != nil && e.given != nil && e.named.text.text != "" {
		x.pair(e, outer)
	}
	if n > 0 {
		x.inner(x.open[n-1], e, text)
	}
	x.open, x.path = x.open[:n], outer
}

// inner tells an element what one within it is, when it is its name or its value.
func (x *xmlParser) inner(e, child *element, text *xmlValue) {
	switch name := strings.ToLower(child.name); {
	case text == nil:
	case name == "null" && text.form == Null:
		e.given = &xmlValue{span: child.key, form: Null}
	case (name == "name" || name == "key" || strings.HasSuffix(name, "-name")) && e.named == nil && text.form != Null:
		e.named = text
	case name == "value", strings.HasSuffix(name, "-value"):
		e.given = text
	}
	x.plistValue(e, child, text)
}

// pair adds the value of a name that both stand in an element.
func (x *xmlParser) pair(e *element, outer []string) {
	name := e.named.text.text
	s := Setting{
		Path: append(slices.Clip(outer), name), Key: e.named.span, Block: e.block,
		Value: Value{Text: e.given.text.text, Form: e.given.form, Span: e.given.span},
	}
	if strings.HasPrefix(strings.ToLower(e.name), "env") {
		s.Origin = FromEnv
	}
	s.Value.recognise()
	x.file.Settings = append(x.file.Settings, s)
}

// plistValue puts together what a property list holds: <key> and the element
// behind it.
func (x *xmlParser) plistValue(e, child *element, text *xmlValue) {
	switch {
	case e.name == "plist":
		if child.plist != nil {
			x.tree(child.plist, where{})
		}
		return
	case e.name != "dict" && e.name != "array" || x.path[0] != "plist":
		return
	case e.plist == nil:
		e.plist = &node{kind: mapping}
		if e.name == "array" {
			e.plist.kind = list
		}
	}
	if child.name == "key" {
		e.pending = text
		return
	}
	value := child.plist
	switch {
	case value != nil:
	case child.name == "true" || child.name == "false":
		value = &node{value: Value{Text: child.name, Span: child.key}, text: source{}}
	case text != nil:
		value = &node{value: Value{Text: text.text.text, Form: text.form, Span: text.span}, text: text.text}
	default:
		return
	}
	if e.name == "array" {
		e.plist.items = append(e.plist.items, value)
	} else if e.pending != nil {
		e.plist.entries = append(e.plist.entries, entry{[]string{e.pending.text.text}, e.pending.span, value})
	}
	e.pending = nil
}
