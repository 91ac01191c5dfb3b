package syntax

import (
	"slices"
	"strings"
)

// expression finds calls and literals.
func (w *walker) expression(from, to int, c context) {
	c.args, c.list = nil, nil
	for i := from; i < to; {
		t := &w.tokens[i]
		switch t.Kind {
		case Name:
			i = w.named(i, to, c)
		case Symbol:
			if t.Mate <= i || t.Mate >= to {
				if t.Text == "&" && w.kind(i+1) == Name && (i == from || w.kind(i-1) == Symbol && !w.is(i-1, ")") && !w.is(i-1, "]")) {
					// Whoever has its address may set it.
					w.changed(w.tokens[i+1].Text)
				}
				i++
				continue
			}
			w.brackets(i, c)
			i = t.Mate + 1
		default:
			i++
		}
	}
}

// changed notes that a name may have any value.
func (w *walker) changed(name string) {
	name = plainName(name)
	known := w.constants[name]
	known.times += 2
	w.constants[name] = known
}

// brackets goes into brackets that are no call's.
func (w *walker) brackets(i int, c context) {
	t := &w.tokens[i]
	inner := context{path: c.path, quoted: c.quoted, bare: c.bare, callee: c.callee, block: w.p.block()}
	count := 0
	switch t.Text {
	case "(":
		next := t.Mate + 1
		if w.is(next, "=>") || w.is(next, "->") || w.d.braced && w.is(next, "{") && !w.controls(i-1) {
			w.parameters(i+1, t.Mate)
			return
		}
	case "[":
		if w.d.messages && w.message(i, c) {
			return
		}
		if w.indexed(i) {
			inner.path, inner.quoted = nil, false
		} else {
			inner.list = &count
		}
	case "{":
		if !w.literal(i) {
			w.group(i+1, t.Mate, context{block: inner.block, lines: true})
			return
		}
		if w.d.tuples && w.tuple(i, inner) {
			return
		}
		inner.list = &count
	}
	w.group(i+1, t.Mate, inner)
}

// controls tells whether a word stands before the condition of a statement.
func (w *walker) controls(i int) bool {
	return w.kind(i) == Name && isControl(w.tokens[i].Text)
}

func isControl(word string) bool {
	switch word {
	case "if", "for", "while", "switch", "catch", "elif", "elsif", "elseif", "unless", "until", "foreach", "match", "when", "using", "lock",
		"synchronized", "with", "return", "throw", "yield", "await", "typeof", "sizeof", "not", "and", "or", "in", "assert", "else", "do", "fixed", "guard":
		return true
	}
	return false
}

// indexed tells whether a bracket is an index.
func (w *walker) indexed(i int) bool {
	if i == w.base || w.mark(i).flags&lineStart != 0 {
		return false
	}
	switch before := &w.tokens[i-1]; before.Kind {
	case Name:
		return w.mark(i).flags&spaced == 0 || !w.d.bare && !awaitsValue(before.Text)
	case String:
		return true
	case Symbol:
		return before.Text == ")" || before.Text == "]" || before.Text == "}"
	}
	return false
}

// literal tells whether braces hold the entries of a value, not statements.
func (w *walker) literal(i int) bool {
	if w.d.closures {
		return false
	}
	if i == w.base {
		return false
	}
	before := &w.tokens[i-1]
	if before.Kind == Name {
		return before.Text == "return" || w.mark(i-1).flags&atom != 0
	}
	if before.Kind == Number {
		return false
	}
	switch before.Text {
	case "=", ":", "(", ",", "[", "?", "||", "&&", "??", "&", "%", "#", "+", "|", ":=", "<-", "\\", "...", "..", "{", "+=", "|=", "||=":
		if before.Text == "{" {
			// A block in a block, or a set of tuples.
			return w.d.tuples || w.literal(i-1)
		}
		if before.Text == ":" && w.d.heads && len(w.tokens) > i+1 && w.mark(i).flags&lineStart != 0 {
			return false
		}
		return true
	case "=>":
		return w.d.pair == "=>"
	case "]":
		// Go: []T{...} has a name between; C#: new[] {...}, Java: new T[] {...}
		return w.d.pair == "" || before.Mate == i-2
	case ")":
		return false
	}
	return false
}

// tuple reads {name, value} of Erlang and Elixir.
func (w *walker) tuple(i int, c context) bool {
	m := w.tokens[i].Mate
	if w.kind(i+1) != Name || !w.is(i+2, ",") || i+3 >= m || w.itemEnd(i+3, m, false) != m {
		return false
	}
	t := &w.tokens[i+1]
	w.entry(key{parts: []string{t.Text}, span: t.Span, value: i + 3}, m, c)
	return true
}

// parameters notes the names of parameters, which are set by whoever calls.
func (w *walker) parameters(from, to int) {
	for i := from; i < to; {
		end := w.itemEnd(i, to, false)
		for j := i; j < end; j = w.after(j) {
			// The name is the first one, or the last one before '=' and ':'.
			if w.kind(j) == Name && (j+1 >= end || w.is(j+1, "=") || w.is(j+1, ":") || j == i) {
				w.changed(w.tokens[j].Text)
			}
			if w.is(j, "=") {
				break
			}
		}
		i = end + 1
	}
}

// named reads what begins with a name: a call, a literal with its type, a function.
func (w *walker) named(i, to int, c context) int {
	t := &w.tokens[i]
	if slices.Contains(w.d.functions, t.Text) && !w.member(i-1) && w.mark(i).flags&atom == 0 {
		if next, ok := w.function(i, to); ok {
			return next
		}
		return i + 1
	}
	if isControl(t.Text) && !w.member(i-1) {
		return i + 1
	}
	end, name := w.dotted(i, to)
	if w.member(i-1) && !w.is(i-1, "::") || w.is(i-1, "::") && i-2 >= w.base && w.kind(i-2) == Symbol {
		name = "." + name
	}
	if end >= to {
		return end
	}
	next := w.generics(end, to)
	if w.is(next, "!") && (w.is(next+1, "(") || w.is(next+1, "[")) && next+1 < to {
		next++ // a macro of Rust
	}
	b := &w.tokens[next]
	if next >= to || b.Kind != Symbol || b.Mate <= next || b.Mate >= to {
		return end
	}
	switch b.Text {
	case "(":
		if w.d.pair == "" && !w.d.typed && !w.d.braced && w.mark(next).flags&lineStart != 0 {
			return end // a statement of its own
		}
		if w.defined(i, next, to) {
			w.parameters(next+1, b.Mate)
			return b.Mate + 1
		}
		return w.call(i, end-1, next, to, name, c)
	case "[":
		if next != end {
			w.group(next+1, b.Mate, context{block: w.p.block()})
			return b.Mate + 1
		}
	case "{":
		return w.typedLiteral(i, end, next, name, c)
	}
	return end
}

// typedLiteral reads Type{...}, new Type {...} and name { ... }.
func (w *walker) typedLiteral(i, end, open int, name string, c context) int {
	m := w.tokens[open].Mate
	inner := context{block: w.p.block(), callee: name}
	if w.d.braceIndex && w.mark(open).flags&spaced == 0 {
		w.group(open+1, m, context{block: inner.block})
		return m + 1
	}
	if w.d.closures || w.d.blocks {
		inner.lines = true
		if !w.member(i-1) && w.declares(i) {
			inner.callee = ""
		} else {
			w.p.file.Calls = append(w.p.file.Calls, Call{Name: name, Args: []Argument{{Value: w.value(open, m+1)}}, Span: w.tokens[end-1].Span, Block: inner.block})
		}
		w.group(open+1, m, inner)
		return m + 1
	}
	if !w.declares(i) && (w.mark(open).flags&spaced == 0 || w.word(i-1, "new") || w.entries(open)) {
		inner.path, inner.quoted, inner.bare = c.path, c.quoted, c.bare
		count := 0
		inner.list = &count
		w.group(open+1, m, inner)
		return m + 1
	}
	w.group(open+1, m, context{block: inner.block, lines: true})
	return m + 1
}

// declares tells whether what stands before a name and a brace makes it no value.
func (w *walker) declares(i int) bool {
	for n := 0; i-1 >= w.base && n < 12; n++ {
		if w.mark(i).flags&lineStart != 0 {
			break
		}
		i--
		t := &w.tokens[i]
		if t.Kind == Symbol {
			switch t.Text {
			case ";", "}", "{", "=", "(", ":=", "return", "&":
				return false
			case ")":
				return true
			}
			continue
		}
		switch t.Text {
		case "class", "struct", "interface", "enum", "impl", "trait", "object", "record", "namespace", "module", "package", "extends", "implements",
			"if", "for", "while", "match", "switch", "else", "try", "do", "range", "union", "protocol", "extension", "func", "fn", "in", "throws":
			return true
		case "return", "new":
			return false
		}
	}
	switch w.tokens[i].Text {
	case "else", "try", "do", "finally", "loop", "unsafe", "static", "init", "get", "set", "async", "defer", "select", "class", "struct", "enum", "interface", "namespace":
		return true
	}
	return false
}

// entries tells whether braces begin with "name:" or "name =".
func (w *walker) entries(open int) bool {
	return w.kind(open+1) == Name && (w.is(open+2, ":") || w.is(open+2, "=") || w.is(open+2, "}") || w.is(open+2, ","))
}

// generics skips <...> behind a name when a bracket follows.
func (w *walker) generics(i, to int) int {
	start := i
	if w.is(i, "::") && w.is(i+1, "<") {
		i++
	}
	if !w.is(i, "<") || i >= to {
		return start
	}
	depth := 0
	for n := 0; i < to && n < 40; n++ {
		t := &w.tokens[i]
		switch t.Kind {
		case Symbol:
			switch t.Text {
			case "<":
				depth++
			case ">":
				if depth--; depth == 0 {
					if w.is(i+1, "(") || w.is(i+1, "{") {
						return i + 1
					}
					return start
				}
			case ",", ".", "?", "[", "]", "&", "'", "::", "*", ":", "|", "<>":
			default:
				return start
			}
		case Number, String:
			return start
		}
		i++
	}
	return start
}

// function skips a function's name and parameters.
func (w *walker) function(i, to int) (int, bool) {
	found := false
	j := i + 1
	for j < to {
		t := &w.tokens[j]
		switch {
		case t.Kind == Name:
			if found && !w.is(j+1, "(") {
				return j, true
			}
			j++
		case t.Kind != Symbol:
			return j, found
		case t.Text == "(" && t.Mate > j && t.Mate < to:
			w.parameters(j+1, t.Mate)
			j = t.Mate + 1
			if found || w.kind(j) != Name || !w.is(j+1, "(") || w.d.functions[0] != "func" {
				return j, true
			}
			found = true
		case t.Text == "." || t.Text == "::" || t.Text == ":" && w.d.colons || t.Text == "&" || t.Text == "*":
			j++
		case t.Text == "<":
			if n := w.generics(j, to); n > j {
				j = n
				continue
			}
			return j, found
		default:
			return j, found
		}
	}
	return j, found
}

// defined tells whether a name with parentheses is a function that is written
// here, not one that is called.
func (w *walker) defined(start, open, to int) bool {
	if !w.d.typed && !w.d.braced {
		return false
	}
	m := w.tokens[open].Mate
	before := start - 1
	if w.word(before, "new") || w.member(before) {
		return false
	}
	body := w.is(m+1, "{") && m+1 < to
	if body && w.d.braced {
		return true
	}
	if !w.d.typed || w.mark(start).flags&lineStart != 0 {
		return false
	}
	typeBefore := w.kind(before) == Name && !isControl(w.tokens[before].Text) && (w.tokens[before].Text == "void" || !awaitsValue(w.tokens[before].Text)) ||
		w.is(before, ">") && w.mark(start).flags&spaced != 0 || w.is(before, "]") && w.mark(start).flags&spaced != 0
	if !typeBefore {
		return body && (w.is(before, "*") || w.is(before, "&"))
	}
	if w.d.bare {
		return body || w.word(m+1, "throws")
	}
	if w.d.directives == "c" && w.is(m+1, ";") {
		return false // an object that is made
	}
	return true
}

// call reads a call whose parentheses open at a place.
func (w *walker) call(start, last, open, to int, name string, c context) int {
	m := w.tokens[open].Mate
	at := len(w.p.file.Calls)
	block := w.p.block()
	w.p.file.Calls = append(w.p.file.Calls, Call{Name: name, Span: w.tokens[last].Span, Block: block})
	var args []Argument
	inner := context{callee: name, block: block, args: &args}
	if collects(name) {
		inner.path, inner.quoted, inner.bare, inner.callee = c.path, c.quoted, c.bare, c.callee
		inner.list = new(int)
	}
	w.group(open+1, m, inner)
	next := m + 1
	if w.is(next, "{") && next < to && w.tokens[next].Mate > next && w.tokens[next].Mate < to {
		end := w.tokens[next].Mate
		switch {
		case w.d.blocks && w.mark(next).flags&lineStart == 0:
			args = append(args, Argument{Value: w.value(next, end+1)})
			w.group(next+1, end, context{callee: name, block: w.p.block(), lines: true})
			next = end + 1
		case w.word(start-1, "new") && !w.members(next):
			// C#: new Type(...) { Name = value }
			count := 0
			w.group(next+1, end, context{path: c.path, quoted: c.quoted, bare: c.bare, callee: name, block: block, list: &count})
			next = end + 1
		}
	}
	w.p.file.Calls[at].Args = args
	w.meaning(at, start)
	return next
}

// collects tells whether a function makes a list or a map of what it is given.
func collects(name string) bool {
	switch name {
	case "array", "dict", "list", "listOf", "mapOf", "mutableMapOf", "hashMapOf", "linkedMapOf", "setOf", "arrayOf", "Map", "List", "Set", "Seq", "Array",
		"Arrays.asList", "List.of", "Set.of", "List.new", "c", "vec", "collections.OrderedDict", "OrderedDict":
		return true
	}
	return false
}

// members tells whether braces behind a constructor hold a class.
func (w *walker) members(open int) bool {
	return !w.entries(open) && !w.is(open+1, "[") && !w.is(open+1, "{")
}

// command reads a call without parentheses, as Ruby, Groovy, Perl and Elixir
// write it; i is moved behind it.
func (w *walker) command(i *int, to int) bool {
	start := *i
	if w.kind(start) != Name || isControl(w.tokens[start].Text) || w.d.compares && declaresVB(w.tokens[start].Text) || slices.Contains(w.d.functions, w.tokens[start].Text) {
		return false
	}
	end, name := w.dotted(start, to)
	if end >= to || w.mark(end).flags&spaced == 0 || w.mark(end).flags&lineStart != 0 {
		return false
	}
	t := &w.tokens[end]
	switch t.Kind {
	case Symbol:
		if t.Text != "[" && t.Text != "-" && t.Text != "%" || t.Text != "[" && w.mark(end+min(1, to-end-1)).flags&spaced != 0 {
			return false
		}
	case Name:
		if w.mark(end).flags&atom == 0 {
			switch t.Text {
			case "if", "unless", "while", "until", "and", "or", "do", "in", "is", "as", "instanceof", "rescue", "then", "x", "eq", "ne", "extends", "implements", "when", "for", "foreach":
				return false
			}
			// "Type name = value" is a declaration.
			if n, _ := w.dotted(end, to); w.d.typed && n < to && !w.is(n, "(") && !w.is(n, ",") && !w.is(n, ":") && w.mark(n).flags&lineStart == 0 {
				return false
			}
			if w.word(start, "class") || w.word(start, "module") || w.word(start, "package") || w.word(start, "import") || w.word(start, "use") && w.kind(end) == Name || w.word(start, "my") || w.word(start, "our") || w.word(start, "local") || w.word(start, "def") || w.word(start, "new") || w.word(start, "final") || w.word(start, "static") {
				return false
			}
		}
	}
	// The statement is its arguments.
	at := len(w.p.file.Calls)
	block := w.p.block()
	w.p.file.Calls = append(w.p.file.Calls, Call{Name: name, Span: w.tokens[end-1].Span, Block: block})
	var args []Argument
	j := end
	for j < to {
		stop := j
		for stop < to && !w.separator(stop) && (stop == j || !w.newLine(stop)) {
			stop = min(w.after(stop), to)
		}
		w.item(j, w.trimmed(j, stop), context{callee: name, block: block, args: &args})
		j = stop
		if j < to && w.is(j, ",") {
			j++
			continue
		}
		break
	}
	for j < to && w.separator(j) {
		j++
	}
	w.p.file.Calls[at].Args = args
	w.meaning(at, start)
	*i = j
	return true
}

// declaresVB tells whether a word of Visual Basic begins a statement that is no
// call without parentheses.
func declaresVB(word string) bool {
	switch strings.ToLower(word) {
	case "dim", "const", "private", "public", "friend", "protected", "shared", "static", "readonly", "set", "let", "call", "if", "elseif", "return", "imports", "end", "exit",
		"for", "each", "while", "do", "loop", "select", "case", "try", "catch", "throw", "using", "with", "next", "module", "class", "namespace", "option", "inherits", "implements", "property", "redim", "goto", "on":
		return true
	}
	return false
}

// message reads [receiver selector:argument ...] of Objective-C.
func (w *walker) message(i int, c context) bool {
	m := w.tokens[i].Mate
	if w.indexed(i) && w.mark(i).flags&spaced == 0 {
		return false
	}
	// The receiver is a name or brackets.
	j := i + 1
	name := ""
	if w.kind(j) == Name {
		j, name = w.dotted(j, m)
	} else if w.tokens[j].Mate > j && w.tokens[j].Mate < m {
		w.brackets(j, c)
		j = w.tokens[j].Mate + 1
		for w.member(j) && w.kind(j+1) == Name {
			j += 2
		}
	} else {
		return false
	}
	if w.kind(j) != Name || j >= m {
		return false
	}
	at := len(w.p.file.Calls)
	block := w.p.block()
	w.p.file.Calls = append(w.p.file.Calls, Call{Name: name + "." + w.tokens[j].Text, Span: w.tokens[j].Span, Block: block})
	var args []Argument
	for first := true; j < m && w.kind(j) == Name && w.is(j+1, ":"); first = false {
		label := w.tokens[j]
		from := j + 2
		end := from
		for end < m && (w.kind(end) != Name || !w.is(end+1, ":") || end == from || w.is(end-1, "?")) {
			end = min(w.after(end), m)
		}
		v := w.value(from, end)
		inner := context{callee: w.p.file.Calls[at].Name, block: block}
		if first {
			args = append(args, Argument{Value: v})
		} else {
			args = append(args, Argument{Name: label.Text, Value: v})
		}
		w.expression(from, end, inner)
		j = end
	}
	w.p.file.Calls[at].Args = args
	w.meaning(at, i)
	return true
}

// maxExpression is how much of an expression is kept as a text.
const maxExpression = 200

// value reads a value, as far as it is plain.
func (w *walker) value(from, to int) Value {
	outerFrom, outerTo := from, to
	negated, flipped := false, false
	for from < to {
		t := &w.tokens[from]
		switch {
		case t.Kind == Symbol && t.Text == "!" || t.Kind == Name && (t.Text == "not" || w.d.compares && t.Text == "Not"):
			flipped = true
			negated = !negated
			from++
			continue
		case t.Kind == Symbol && t.Text == "(" && t.Mate == to-1 && to-from > 2:
			from, to = from+1, to-1
			continue
		case t.Kind == Symbol && t.Text == "(" && t.Mate > from && t.Mate < to-1 && t.Mate-from <= 4 && w.kind(from+1) == Name && w.castable(t.Mate+1):
			from = t.Mate + 1 // a cast
			continue
		}
		break
	}
	v := Value{Tokens: [2]int{outerFrom, outerTo}, Span: w.span(outerFrom, outerTo), Form: Expression}
	if from >= to {
		v.Form = Null
		return v
	}
	if n := to - from; n >= 3 && w.word(to-2, "as") {
		to -= 2 // x as Type
	}
	t := &w.tokens[from]
	text := ""
	switch n := to - from; {
	case n == 1 && t.Kind == String:
		if flipped || w.mark(from).quote == &patternText {
			break
		}
		v.Text, v.Form, v.Span, v.Tokens = t.Text, Quoted, t.Span, [2]int{from, to}
		if w.mark(from).flags&holes != 0 {
			v.Form = Template
		}
		return v
	case n == 1 && t.Kind == Number:
		text = plainNumber(t.Text)
	case n == 1 && t.Kind == Name:
		text = t.Text
	case n == 2 && t.Kind == Symbol && (t.Text == "-" || t.Text == "+") && w.kind(from+1) == Number && !flipped:
		text = t.Text + plainNumber(w.tokens[from+1].Text)
	case t.Kind == Name || t.Text == "." || t.Text == "::" || t.Text == "\\":
		start := from
		if t.Kind == Symbol {
			start++
		}
		if end, _ := w.dotted(start, to); end == to && start < to {
			text = w.words(from, to)
			if last := w.tokens[to-1].Text; strings.HasPrefix(text, "Boolean.") || strings.HasSuffix(text, ".Boolean."+last) {
				text = strings.ToLower(last)
			}
			break
		}
		// Boolean.valueOf(false), new Boolean(false), bool(False)
		if n >= 4 && w.is(to-1, ")") && w.tokens[to-1].Mate == to-3 {
			if _, name := w.dotted(from, to); name == "Boolean.valueOf" || name == "java.lang.Boolean.valueOf" || name == "bool" || name == "Boolean" {
				return w.folded(v, w.value(to-2, to-1), negated, flipped)
			}
		}
	case t.Kind == String:
		if joined, ok := w.joined(from, to); ok && !flipped {
			v.Text, v.Form = joined, Quoted
			return v
		}
	}
	if text == "" {
		v.Text = w.words(outerFrom, outerTo)
		return v
	}
	plain := Value{Text: text, Form: Bare, Span: w.span(from, to), Tokens: [2]int{from, to}}
	switch text {
	case "nil", "null", "None", "NULL", "nullptr", "undefined", "Nothing", "undef", "NA":
		plain.Form = Null
	}
	return w.folded(v, plain, negated, flipped)
}

// folded applies negations to a plain value.
func (w *walker) folded(whole, plain Value, negated, flipped bool) Value {
	if !flipped {
		return plain
	}
	truth := false
	switch plain.Text {
	case "true", "True", "TRUE", "1", "YES":
		truth = true
	case "false", "False", "FALSE", "0", "NO":
	default:
		whole.Text = w.words(whole.Tokens[0], whole.Tokens[1])
		return whole
	}
	whole.Form = Bare
	whole.Text = "false"
	if truth != negated {
		whole.Text = "true"
	}
	return whole
}

// castable tells whether a value can follow a type in parentheses.
func (w *walker) castable(i int) bool {
	switch w.kind(i) {
	case Name, Number, String:
		return w.mark(i).flags&lineStart == 0
	}
	return false
}

// plainNumber is a number without the letters for its type.
func plainNumber(s string) string {
	if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") {
		return strings.TrimRight(s, "uUlL")
	}
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '_' || s[end] == '.') {
		end++
	}
	switch strings.ToLower(s[end:]) {
	case "", "l", "u", "ul", "ll", "ull", "n", "i", "i32", "u32", "i64", "u64", "usize", "u8", "i8", "u16", "i16", "isize":
		return strings.ReplaceAll(s[:end], "_", "")
	}
	return s
}

// joined puts strings together that are added.
func (w *walker) joined(from, to int) (string, bool) {
	if to-from > 64 {
		return "", false
	}
	var b strings.Builder
	for i := from; i < to; i++ {
		t := &w.tokens[i]
		switch {
		case t.Kind == String && w.mark(i).flags&holes == 0 && w.mark(i).quote != &patternText:
			b.WriteString(t.Text)
		case t.Kind == Symbol && (t.Text == "+" || t.Text == "." || t.Text == ".." || t.Text == "&" || t.Text == "<>" || t.Text == "++"):
		default:
			return "", false
		}
	}
	return b.String(), true
}

// span is the place of some tokens.
func (w *walker) span(from, to int) Span {
	if from >= to {
		if from < len(w.tokens) {
			at := w.tokens[from].Span.Start
			return Span{at, at}
		}
		return Span{}
	}
	span := Span{w.tokens[from].Span.Start, w.tokens[to-1].Span.End}
	if span.End < span.Start {
		return w.tokens[from].Span // the body of a heredoc, with more behind its word
	}
	return span
}

// words is the source of some tokens, with single spaces.
func (w *walker) words(from, to int) string {
	start, end := int(w.mark(from).start), int(w.mark(to-1).end)
	if end < start {
		return "" // the body of a heredoc stands behind
	}
	text := w.l.all[start:min(end, start+maxExpression)]
	for i := range len(text) {
		if b := text[i]; b == '\n' || b == '\t' || b == '\r' || b == ' ' && i+1 < len(text) && text[i+1] == ' ' {
			return strings.Join(strings.Fields(text), " ")
		}
	}
	return text
}
