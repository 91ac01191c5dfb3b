package syntax

import (
	"slices"
	"strings"
)

// walker finds assignments, keys with values, and calls among the tokens of one
// source. Each token is looked at a fixed number of times: brackets are jumped
// over by their mates, and gone into once.
type walker struct {
	p      *parser
	d      *grammar
	l      *lexer
	tokens []Token
	base   int
	depth  int

	constants map[string]constant
	// from is where the settings and calls of this source begin.
	settings, calls int
}

// constant is a name that is assigned.
type constant struct {
	times int
	value Value
}

// context is where a walker stands.
type context struct {
	// path and callee are what keys are put behind, and quoted tells that one of
	// the path was quoted. The first parts, bare of them, are those of a variable.
	path   []string
	callee string
	quoted bool
	bare   int
	block  int
	// lines tells that a line ends a statement.
	lines bool
	// list counts the items of a list.
	list *int
	// args takes the arguments of a call.
	args *[]Argument
}

// maxBrackets is how deep brackets in brackets are followed.
const maxBrackets = 150

func (w *walker) walk() {
	w.settings, w.calls = len(w.p.file.Settings), len(w.p.file.Calls)
	if w.d.lisp {
		w.forms(w.base, len(w.tokens), context{block: w.p.block()})
	} else {
		w.group(w.base, len(w.tokens), context{block: w.p.block(), lines: true})
	}
	w.resolve()
	for i := range w.l.marks {
		m := &w.l.marks[i]
		if w.tokens[w.base+i].Kind != String || m.flags&used != 0 || m.end-m.start < 5 {
			continue
		}
		if m.flags&shellText != 0 {
			w.shell(w.base + i)
		} else {
			w.p.inside(w.source(w.base+i), nil)
		}
	}
}

// mark is what the lexer noted of a token.
func (w *walker) mark(i int) *mark { return &w.l.marks[i-w.base] }

// source is the text of a string, without its escapes.
func (w *walker) source(i int) source {
	m := w.mark(i)
	m.flags |= used
	if m.escaped {
		return w.l.decode(m.quote, int(m.start), int(m.end))
	}
	return w.l.src.slice(int(m.start), int(m.end))
}

// is tells whether there is this symbol.
func (w *walker) is(i int, text string) bool {
	return i >= w.base && i < len(w.tokens) && w.tokens[i].Kind == Symbol && w.tokens[i].Text == text
}

// word tells whether there is this name.
func (w *walker) word(i int, text string) bool {
	return i >= w.base && i < len(w.tokens) && w.tokens[i].Kind == Name && w.tokens[i].Text == text
}

func (w *walker) kind(i int) TokenKind {
	if i < w.base || i >= len(w.tokens) {
		return 0
	}
	return w.tokens[i].Kind
}

// member tells whether a symbol joins the parts of a name.
func (w *walker) member(i int) bool {
	if w.kind(i) != Symbol {
		return false
	}
	switch w.tokens[i].Text {
	case ".", "::", "?.", "?->":
		return true
	case "->":
		return w.d.arrows
	case "\\":
		return w.d.pair == "=>"
	case ":":
		return w.d.colons && w.mark(i).flags&spaced == 0
	}
	return false
}

// after is the token behind a bracket and what is in it, or the next one.
func (w *walker) after(i int) int {
	if m := w.tokens[i].Mate; m > i {
		return m + 1
	}
	return i + 1
}

// group walks through what stands between brackets.
func (w *walker) group(from, to int, c context) {
	if w.depth >= maxBrackets {
		return
	}
	w.depth++
	defer func() { w.depth-- }()
	for i := from; i < to; {
		if w.d.bare && c.lines && w.command(&i, to) {
			continue
		}
		end := w.itemEnd(i, to, c.lines)
		w.item(i, end, c)
		i = end
		for i < to && w.separator(i) {
			i++
		}
	}
}

// itemEnd is where an item ends: at a separator, or with the line.
func (w *walker) itemEnd(from, to int, lines bool) int {
	for i := from; i < to; {
		if lines && i > from && w.newLine(i) {
			return i
		}
		if w.separator(i) {
			return i
		}
		if n := w.parameterList(i, to); n > i {
			i = n
			continue
		}
		if w.d.heads && w.word(i, "lambda") {
			i = w.lambdaBody(i, to)
			continue
		}
		i = min(w.after(i), to)
	}
	return to
}

// separator tells whether a symbol stands between items: ',' and ';', and in
// Visual Basic ':'.
func (w *walker) separator(i int) bool {
	return w.is(i, ",") || w.is(i, ";") || w.d.compares && w.d.bare && w.is(i, ":")
}

// parameterList skips the parameters of a closure that commas part without
// brackets: |a, b| of Rust, fn a, b -> of Elixir.
func (w *walker) parameterList(i, to int) int {
	var end string
	switch {
	case w.is(i, "|") && len(w.d.functions) > 0 && w.d.functions[0] == "fn":
		if w.kind(i-1) != Symbol && !w.word(i-1, "move") || w.is(i-1, ")") || w.is(i-1, "]") {
			return i
		}
		end = "|"
	case w.word(i, "fn") && w.d.tuples:
		end = "->"
	default:
		return i
	}
	for j := i + 1; j < to && j < i+40; j = w.after(j) {
		if w.is(j, end) {
			return j + 1
		}
	}
	return i
}

// lambdaBody is where the body of a lambda of Python begins: behind a ':', as commas
// part its parameters.
func (w *walker) lambdaBody(from, to int) int {
	for i := from + 1; i < to && !w.is(i, ";"); i = w.after(i) {
		if w.is(i, ":") {
			return i + 1
		}
	}
	return from + 1
}

// newLine tells whether a token begins a statement on a new line.
func (w *walker) newLine(i int) bool {
	if w.mark(i).flags&lineStart == 0 {
		return false
	}
	before, t := &w.tokens[i-1], &w.tokens[i]
	if before.Kind == Symbol {
		switch before.Text {
		case ")", "]", "}", "++", "--", ";", ",", "!", "?", ":":
		default:
			return false
		}
		if before.Text == ":" && !w.d.heads {
			return false
		}
	}
	if t.Kind != Symbol {
		return true
	}
	switch t.Text {
	case ".", "?.", "->", "?->", "::", "&&", "||", "+", "?", ":", "|>", "=", "==", "!=", "=>", "|", "??", "?:", "{", "<>", "..", "/":
		return false
	}
	return true
}

// item walks through one statement, argument, or entry of a literal.
func (w *walker) item(from, to int, c context) {
	if from >= to {
		return
	}
	if w.d.directives == "c" && to-from == 4 && w.is(from, "#") && w.word(from+1, "define") && w.kind(from+2) == Name {
		t := &w.tokens[from+2]
		k := key{parts: []string{t.Text}, span: t.Span}
		v := w.value(from+3, to)
		w.assign(k, v)
		w.emit(c.under(k), k.span, v, 0)
		return
	}
	if w.d.heads && c.lines {
		from = w.head(from, to, c)
		if from >= to {
			return
		}
	}
	key, ok := w.pair(from, to, c)
	if at := w.assigned(from, to, c); at > 0 && (!ok || !w.hasArrow(key.value, at)) {
		w.assignment(from, at, to, c)
		return
	}
	if ok {
		w.entry(key, to, c)
		return
	}
	if c.args != nil {
		*c.args = append(*c.args, Argument{Value: w.value(from, to)})
	}
	if c.list != nil {
		*c.list++
		if len(c.path) > 0 && *c.list <= 256 {
			if v := w.value(from, to); v.Form != Expression {
				w.emit(c, v.Span, v, *c.list)
			}
		}
	}
	w.expression(from, to, c)
}

// key is the left side of a pair.
type key struct {
	parts  []string
	quoted bool
	bare   int // parts of a variable before the first quoted one
	span   Span
	value  int // where the right side begins
}

// pair reads "name:", "'name' =>" and their like.
func (w *walker) pair(from, to int, c context) (key, bool) {
	k := key{}
	i := from
	if w.d.messages && w.is(i, "(") && w.tokens[i].Mate == i+2 && i+3 < to {
		i += 3 // a cast
	}
	switch t := &w.tokens[i]; {
	case t.Kind == String:
		k.parts, k.quoted, k.span = []string{t.Text}, true, t.Span
		i++
	case t.Kind == Name:
		end, _ := w.dotted(i, to)
		for j := i; j < end; j++ {
			if w.tokens[j].Kind == Name {
				k.parts = append(k.parts, plainName(w.tokens[j].Text))
				k.span = w.tokens[j].Span
			}
		}
		i = end
	case t.Kind == Symbol && t.Text == "[" && t.Mate > i && t.Mate < to && t.Mate-i > 1:
		inner := i + 1
		if w.kind(inner) == String && t.Mate == i+2 {
			k.parts, k.quoted, k.span = []string{w.tokens[inner].Text}, true, w.tokens[inner].Span
		} else if end, _ := w.dotted(inner, t.Mate); end == t.Mate && w.kind(inner) == Name {
			k.parts, k.span = []string{w.tokens[end-1].Text}, w.tokens[end-1].Span
		} else {
			return k, false
		}
		i = t.Mate + 1
		if !w.is(i, ":") {
			return k, false
		}
	default:
		return k, false
	}
	if i >= to || i+1 > to {
		return k, false
	}
	t := &w.tokens[i]
	switch {
	case t.Text == ":" && t.Kind == Symbol:
		if c.lines && w.d.heads || c.lines && isLabel(k.parts) {
			return k, false
		}
	case t.Text == w.d.pair && w.d.pair != "":
		if w.d.closures && !k.quoted {
			return k, false // a lambda, or a range
		}
	case t.Text == ":=" && t.Kind == Symbol && c.args != nil:
	default:
		return k, false
	}
	k.value = i + 1
	return k, k.value < to
}

func isLabel(parts []string) bool {
	if len(parts) != 1 {
		return false
	}
	switch parts[0] {
	case "default", "public", "private", "protected", "case", "else", "try", "finally", "signals", "slots":
		return true
	}
	return false
}

// hasArrow tells whether a lambda begins in a range.
func (w *walker) hasArrow(from, to int) bool {
	for i := from; i < to; i = w.after(i) {
		if w.is(i, "=>") || w.is(i, "->") && !w.member(i-1) && w.kind(i-1) != Name || w.word(i, "lambda") {
			return true
		}
	}
	return false
}

// dotted reads a name with its receivers, and returns where it ends. It is joined
// by dots.
func (w *walker) dotted(from, to int) (end int, name string) {
	i := from
	if w.is(i, "\\") || w.is(i, "::") {
		i++
	}
	if w.kind(i) != Name || i >= to {
		return from, ""
	}
	start := i
	for i++; i+1 < to && w.member(i) && w.kind(i+1) == Name; i += 2 {
		if w.mark(i+1).flags&lineStart != 0 && w.d.colons {
			break
		}
	}
	if i == start+1 {
		return i, plainName(w.tokens[start].Text)
	}
	var b strings.Builder
	for j := start; j < i; j += 2 {
		if j > start {
			b.WriteByte('.')
		}
		b.WriteString(plainName(w.tokens[j].Text))
	}
	return i, b.String()
}

// plainName is a name without the sign before it.
func plainName(name string) string {
	if n := strings.TrimLeft(name, "$@%"); n != "" {
		if strings.Contains(n, "::") {
			return strings.ReplaceAll(n, "::", ".")
		}
		return n
	}
	return name
}

// under puts a key behind the path of a context.
func (c context) under(k key) context {
	c.quoted = c.quoted || k.quoted
	c.path = slices.Concat(c.path, k.parts)
	return c
}

// entry is a key with its value.
func (w *walker) entry(k key, to int, c context) {
	v := w.value(k.value, to)
	if c.args != nil {
		*c.args = append(*c.args, Argument{Name: strings.Join(k.parts, "."), Value: v})
	}
	inner := c.under(k)
	inner.args, inner.list = nil, nil
	if !w.collection(k.value, to) {
		w.emit(inner, k.span, v, 0)
	}
	inner.block = 0
	w.expression(k.value, to, inner)
}

// collection tells whether a value is one literal with something in it.
func (w *walker) collection(from, to int) bool {
	if from >= to || w.tokens[from].Mate != to-1 || to-from < 3 {
		return false
	}
	return w.is(from, "[") || w.is(from, "{") && w.literal(from)
}

// assigned finds the operator of an assignment; the last one where there are
// several in a row. It returns 0 where there is none.
func (w *walker) assigned(from, to int, c context) int {
	found := 0
	for i := from; i < to; i = w.after(i) {
		t := &w.tokens[i]
		if t.Kind != Symbol {
			if w.d.compares && t.Kind == Name && comparing(t.Text) {
				return 0
			}
			continue
		}
		switch t.Text {
		case "=", ":=", "+=", "|=", "||=", "?=", "??=", "&=", "^=", ".=", "//=", "<-":
			if t.Text == "<-" && w.d.functions != nil && w.d.functions[0] == "func" {
				continue // a channel
			}
			if i == from || i+1 >= to {
				continue
			}
			if found > 0 && !w.assignable(i-1) {
				continue
			}
			found = i
		case "=>", "->":
			if found > 0 {
				return found // a lambda is the value
			}
		}
	}
	if found > 0 && (w.d.compares && c.lines && !w.assignable(found-1) || !w.assignable(found-1)) {
		return 0
	}
	return found
}

// comparing tells whether '=' compares behind a word.
func comparing(word string) bool {
	switch strings.ToLower(word) {
	case "if", "elseif", "while", "until", "where", "and", "or", "on", "when", "having", "return", "andalso", "orelse", "iif":
		return true
	}
	return false
}

// assignable tells whether something can be assigned to what ends here.
func (w *walker) assignable(i int) bool {
	switch w.kind(i) {
	case Name:
		return true
	case Symbol:
		switch w.tokens[i].Text {
		case "]", ">", "?", "}":
			return true
		case ")":
			return w.d.pair == "" // a type, as in VB's "As String()" or Go's func()
		}
	}
	return false
}

// assignment is target = value.
func (w *walker) assignment(from, at, to int, c context) {
	k := w.target(from, at)
	end := w.trimmed(at+1, to)
	v := w.value(at+1, end)
	if c.args != nil {
		*c.args = append(*c.args, Argument{Name: strings.Join(k.parts, "."), Value: v})
	}
	inner := context{block: c.block, callee: c.callee}
	if len(k.parts) > 0 {
		if c.args == nil && !c.lines {
			inner = c
			inner.args, inner.list = nil, nil
		}
		inner = inner.under(k)
		if c.lines {
			inner.bare = k.bare
		}
		if c.lines || c.args == nil {
			w.assign(k, v)
		}
		if !w.collection(at+1, end) {
			w.emit(inner, k.span, v, 0)
		}
	}
	inner.block = 0
	left := c
	left.args, left.list = nil, nil
	for i := from; i < at; i++ {
		// Calls and indices on the left side: f(x).y = z
		if t := &w.tokens[i]; t.Kind == Symbol && t.Text == "(" && t.Mate > i && t.Mate < at {
			w.expression(from, at, left)
			break
		}
	}
	if c.lines {
		inner.callee = ""
	}
	w.expression(at+1, to, inner)
}

// trimmed cuts a condition off that stands behind a statement.
func (w *walker) trimmed(from, to int) int {
	if !w.d.suffixed {
		return to
	}
	for i := from + 1; i < to; i = w.after(i) {
		if w.kind(i) == Name {
			switch w.tokens[i].Text {
			case "if", "unless", "while", "until", "for", "foreach", "or", "and", "rescue":
				return i
			}
		}
	}
	return to
}

// assign notes what a name is set to.
func (w *walker) assign(k key, v Value) {
	name := k.parts[len(k.parts)-1]
	known := w.constants[name]
	known.times++
	if len(k.parts) == 1 || len(k.parts) == 2 && (k.parts[0] == "this" || k.parts[0] == "self") {
		known.value = v
	} else if known.times == 1 {
		known.times = 0
		return
	}
	w.constants[name] = known
}

// target reads back from an operator what it assigns to.
func (w *walker) target(from, at int) key {
	k := key{}
	j := at - 1
	// A type behind the name: "name: Type =", "name As Type ="
	if j > from {
		if n := w.typed(from, j); n >= from {
			j = n
		}
	}
	var parts []string
	quotedAt := 0 // counted from behind
	first := true
	for j >= from {
		t := &w.tokens[j]
		switch {
		case t.Kind == Name:
			parts = append(parts, plainName(t.Text))
			if first {
				k.span = t.Span
			}
			j--
		case t.Kind == Symbol && (t.Text == "]" || t.Text == "}" && w.d.braceIndex) && t.Mate >= from && t.Mate < j:
			if t.Mate == j-2 {
				inner := &w.tokens[j-1]
				parts = append(parts, plainName(inner.Text))
				if inner.Kind == String || t.Text == "}" {
					quotedAt = len(parts)
				}
				if first {
					k.span = inner.Span
					k.quoted = inner.Kind == String || t.Text == "}" || w.mark(j-1).flags&atom != 0
				}
			} else if end, name := w.dotted(t.Mate+1, j); end == j {
				parts = append(parts, name[strings.LastIndexByte(name, '.')+1:])
				if first {
					k.span = w.tokens[j-1].Span
				}
			} else if first {
				return k
			}
			j = t.Mate - 1
			first = false
			if w.kind(j) == Name && j >= from || w.is(j, "]") || w.is(j, "}") {
				continue
			}
			if !w.member(j) {
				goto done
			}
			j--
			continue
		default:
			goto done
		}
		first = false
		for j > from && (w.is(j, "!") || w.is(j, "?")) && w.member(j+1) {
			j--
		}
		if !w.member(j) || j < from {
			break
		}
		j--
	}
done:
	slices.Reverse(parts)
	if len(parts) > 1 && (w.is(at-1, "]") || w.is(at-1, "}")) && w.kind(at-2) == Number {
		return key{} // x[0] = y
	}
	k.parts = parts
	k.bare = len(parts) - quotedAt
	return k
}

// typed finds the end of a declared name before the type that ends at a place;
// -1 where there is none.
func (w *walker) typed(from, last int) int {
	j := last
	for n := 0; j >= from && n < 40; n++ {
		t := &w.tokens[j]
		if t.Kind == Symbol {
			switch t.Text {
			case "]", ")", "}":
				if t.Mate < from {
					return -1
				}
				if t.Text == "]" && w.kind(t.Mate-1) == Name && !w.is(t.Mate-2, ":") && w.kind(j-1) == String {
					return -1 // an index
				}
				j = t.Mate - 1
				continue
			case ":", "::":
				if t.Text == "::" && w.d.functions != nil && w.d.functions[0] != "function" {
					j--
					continue
				}
				if w.kind(j-1) == Name {
					return j - 1
				}
				return -1
			case ".", "<", ">", "|", "&", "*", "?", "!", ",", "=>", "->", "'":
			default:
				return -1
			}
		} else if t.Kind == Name {
			if strings.EqualFold(t.Text, "as") && w.d.compares {
				return j - 1
			}
			if t.Text == "var" || t.Text == "const" {
				// Go: var name Type =
				if w.d.functions != nil && w.d.functions[0] == "func" && last-j >= 2 && w.kind(j+1) == Name && !w.member(j+2) {
					return j + 1
				}
				return -1
			}
		}
		j--
	}
	return -1
}

// head skips what stands before the ':' of "if x: y = z" in Python.
func (w *walker) head(from, to int, c context) int {
	switch w.tokens[from].Text {
	case "if", "elif", "else", "for", "while", "with", "try", "except", "finally", "def", "class", "match", "case", "async":
	default:
		return from
	}
	if w.kind(from) != Name || w.is(from+1, ".") || w.is(from+1, "=") {
		return from
	}
	for i := from; i < to; i = w.after(i) {
		if w.word(i, "lambda") {
			for i < to && !w.is(i, ":") {
				i = w.after(i)
			}
			continue
		}
		if w.is(i, ":") {
			c.args, c.list = nil, nil
			w.expression(from, i, c)
			return i + 1
		}
	}
	return from
}

// emit adds a setting: one of code, and one by its name where the key was quoted.
func (w *walker) emit(c context, at Span, v Value, item int) {
	if c.block == 0 {
		c.block = w.p.block()
	}
	s := Setting{Path: c.path, Value: v, Key: at, Origin: FromCode, Block: c.block, Callee: c.callee, Item: item}
	last := c.path[len(c.path)-1]
	if isEnvironment(c.path, c.quoted) || c.callee == "environment" && variableName(last, false) {
		s.Path, s.Origin = c.path[len(c.path)-1:], FromEnv
		w.add(s)
		return
	}
	if c.quoted {
		named := s
		named.Path, named.Origin, named.Callee = c.path[min(c.bare, len(c.path)-1):], FromOption, ""
		w.add(named)
		if !isName(last) {
			return
		}
	}
	w.add(s)
}

// add adds a setting, and what its text holds.
func (w *walker) add(s Setting) {
	if i := s.Value.Tokens[0]; s.Value.Form == Quoted && s.Value.Tokens[1] == i+1 && w.mark(i).flags&used == 0 && s.Value.Text != "" {
		w.p.setting(s, w.source(i))
		return
	}
	w.p.file.Settings = append(w.p.file.Settings, s)
}

// isEnvironment tells whether a path is that of an environment variable.
func isEnvironment(path []string, quoted bool) bool {
	if len(path) < 2 {
		return false
	}
	switch path[len(path)-2] {
	case "env", "environ", "ENV", "_ENV", "environment", "Environment", "EnvironmentVariables", "environmentVariables", "extraEnv":
	default:
		return false
	}
	return variableName(path[len(path)-1], quoted)
}

// variableName tells whether a name looks like that of an environment variable.
func variableName(name string, quoted bool) bool {
	if !isName(name) {
		return false
	}
	return quoted || strings.ToUpper(name) == name && strings.ToLower(name) != name
}

// resolve puts the values of names in their place that are set once, in this
// source, to something plain.
func (w *walker) resolve() {
	value := func(v *Value) {
		if v.Form != Bare || v.Tokens[1] == 0 {
			return
		}
		last := w.tokens[v.Tokens[1]-1]
		if last.Kind != Name || v.Tokens[1]-v.Tokens[0] > 3 {
			return
		}
		known, ok := w.constants[plainName(last.Text)]
		if !ok || known.times != 1 {
			return
		}
		if k := known.value; k.Form == Quoted || k.Form == Null || k.Form == Bare && isLiteral(k.Text) {
			v.Text, v.Form, v.Set = k.Text, k.Form, k.Span
		}
	}
	for i := range w.p.file.Settings[w.settings:] {
		if s := &w.p.file.Settings[w.settings+i]; s.Origin != FromAddress {
			value(&s.Value)
		}
	}
	for i := range w.p.file.Calls[w.calls:] {
		args := w.p.file.Calls[w.calls+i].Args
		for j := range args {
			value(&args[j].Value)
		}
	}
}

// isLiteral tells whether a word stands for itself.
func isLiteral(text string) bool {
	switch text {
	case "true", "false", "True", "False", "TRUE", "FALSE", "YES", "NO":
		return true
	}
	return text != "" && text[0] >= '0' && text[0] <= '9'
}

// forms walks through lists in parentheses, as Clojure writes everything.
func (w *walker) forms(from, to int, c context) {
	if w.depth >= maxBrackets {
		return
	}
	w.depth++
	defer func() { w.depth-- }()
	for i := from; i < to; i = w.after(i) {
		t := &w.tokens[i]
		if t.Kind == Name && w.mark(i).flags&atom != 0 || t.Kind == String && c.list != nil {
			// :key value
			if i+1 < to && (w.kind(i+1) != Name || w.mark(i+1).flags&atom == 0 || c.list != nil) {
				end := w.after(i + 1)
				inner := c.under(key{parts: []string{t.Text}, quoted: t.Kind == String})
				if w.tokens[i+1].Mate < 0 {
					w.emit(inner, t.Span, w.value(i+1, end), 0)
				} else {
					inner.block = 0
					w.forms(i+1, end, inner)
				}
				i++
				continue
			}
		}
		if t.Kind != Symbol || t.Mate <= i || t.Mate >= to {
			continue
		}
		inner := context{path: c.path, callee: c.callee, block: w.p.block()}
		count := 0
		switch t.Text {
		case "{":
			inner.list = &count
			w.forms(i+1, t.Mate, inner)
		case "(":
			w.form(i, inner)
		default:
			w.forms(i+1, t.Mate, inner)
		}
	}
}

// form is one list: a function and its arguments.
func (w *walker) form(i int, c context) {
	m := w.tokens[i].Mate
	if w.kind(i+1) != Name || w.mark(i+1).flags&atom != 0 {
		w.forms(i+1, m, c)
		return
	}
	t := &w.tokens[i+1]
	name := strings.ReplaceAll(t.Text, "/", ".")
	if t.Text == "def" && m == i+4 {
		w.assign(key{parts: []string{w.tokens[i+2].Text}}, w.value(i+3, m))
	}
	at := len(w.p.file.Calls)
	w.p.file.Calls = append(w.p.file.Calls, Call{Name: name, Span: t.Span, Block: c.block})
	var args []Argument
	for j := i + 2; j < m; j = w.after(j) {
		args = append(args, Argument{Value: w.value(j, min(w.after(j), m))})
	}
	w.p.file.Calls[at].Args = args
	c.path, c.callee = nil, name
	w.forms(i+2, m, c)
	w.meaning(at, i)
}
