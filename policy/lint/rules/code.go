package rules

import (
	"bytes"
	"slices"
	"strings"

	"muxkey/policy/lint/syntax"
)

// function is a function that source code holds: a lambda, a closure, a block, a
// method.
type function struct {
	name   syntax.Span // empty for one without
	params []string
	// body are its tokens. Of a braced one they are statements, else they may be
	// one expression.
	from, to int
	braced   bool
}

// AlwaysTrue tells whether a value is a function that says yes on every path
// without looking at what it was given: "=> true", "{ return true; }", "|_| Ok(())",
// or the name of such a function of the file. One that returns false, throws, or
// uses an argument for more than a line in a log is none.
func AlwaysTrue(f *syntax.File, v syntax.Value) bool {
	return everyPath(f, v, "true")
}

// AlwaysSilent tells whether a value is a function that returns nothing, or no
// error, on every path, and throws none, without looking at what it was given.
func AlwaysSilent(f *syntax.File, v syntax.Value) bool {
	return everyPath(f, v, "")
}

func everyPath(f *syntax.File, v syntax.Value, outcome string) bool {
	list := functions(f, v.Tokens, 0)
	return len(list) > 0 && !slices.ContainsFunc(list, func(fn function) bool {
		got, ok := comesTo(f, fn)
		return !ok || got != outcome
	})
}

// Accepts is a function that always says yes, given under one of these names: to
// a field, as an argument of that name, or to a method of that name or its setter.
func Accepts(names ...string) *Match {
	return (&Match{Literals: literals(names), Find: func(f *syntax.File, report func(Hit)) {
		var taken []syntax.Span
		add := func(v syntax.Value, related []syntax.Span) {
			at := v.Span
			if list := functions(f, v.Tokens, 0); len(list) == 1 && list[0].from < list[0].to {
				at = f.Tokens[list[0].from].Span
			}
			for _, t := range taken {
				if t.Start <= at.Start && at.End <= t.End || t.Start <= v.Span.Start && v.Span.End <= t.End {
					return // it was reported where it stands, or with what it is wrapped in
				}
			}
			taken = append(taken, v.Span)
			report(Hit{Span: v.Span, Related: related})
		}
		for i := range f.Settings {
			s := &f.Settings[i]
			if s.Origin == syntax.FromCode && slices.Contains(names, s.Path[len(s.Path)-1]) && AlwaysTrue(f, s.Value) {
				add(s.Value, definedAt(f, s.Value))
			}
		}
		for _, c := range f.Calls {
			last := c.Name[strings.LastIndexByte(c.Name, '.')+1:]
			plain := strings.TrimPrefix(last, "set")
			if !slices.ContainsFunc(names, func(n string) bool { return n == last || plain != last && strings.EqualFold(n, plain) }) {
				continue
			}
			for _, a := range c.Args {
				if AlwaysTrue(f, a.Value) {
					add(a.Value, definedAt(f, a.Value))
				}
			}
		}
	}}).setters()
}

// definedAt is where a function stands that is given by its name.
func definedAt(f *syntax.File, v syntax.Value) []syntax.Span {
	var out []syntax.Span
	for _, fn := range functions(f, v.Tokens, 0) {
		if fn.name.End > 0 && (fn.name.Start < v.Span.Start || fn.name.Start >= v.Span.End) {
			out = append(out, fn.name)
		}
	}
	return out
}

// functions are the functions that a range of tokens stands for: the one that is
// written there, or those of the file that are named there.
func functions(f *syntax.File, tokens [2]int, depth int) []function {
	from, to := tokens[0], tokens[1]
	if depth > 4 || from >= to || to > len(f.Tokens) {
		return nil
	}
	text := func(i int) string {
		if i < from || i >= to || f.Tokens[i].Kind == syntax.String {
			return ""
		}
		return f.Tokens[i].Text
	}
	for text(from) == "(" && f.Tokens[from].Mate == to-1 {
		from, to = from+1, to-1
	}
	// &name, \&name, AddressOf name, ::name, this::name, new Type(name)
	for text(from) == "&" || text(from) == "\\" || text(from) == "AddressOf" || text(from) == "new" || text(from) == "::" {
		from++
	}
	for to-from > 2 && text(to-2) == "as" {
		to -= 2
	}
	if from >= to {
		return nil
	}
	if last := f.Tokens[to-1]; last.Kind == syntax.Name && names(f, from, to) {
		return namedFunctions(f, last.Text, depth)
	}
	if fn, ok := lambda(f, from, to); ok {
		return []function{fn}
	}
	// Type(function), new Type(function), Type { function }
	open := from
	for open < to && f.Tokens[open].Kind == syntax.Name || text(open) == "." || text(open) == "::" {
		open++
	}
	if open == from || open >= to || f.Tokens[open].Mate != to-1 {
		return nil
	}
	if fn, ok := closureAt(f, open, to); ok && text(from-1) != "new" {
		return []function{fn}
	}
	if text(open) == "(" {
		return functions(f, [2]int{open + 1, to - 1}, depth+1)
	}
	return nil
}

// names tells whether some tokens are one name with its receivers.
func names(f *syntax.File, from, to int) bool {
	for i := from; i < to; i++ {
		t := f.Tokens[i]
		if t.Kind != syntax.Name && (t.Kind != syntax.Symbol || t.Text != "." && t.Text != "::" && t.Text != "->") {
			return false
		}
	}
	return from < to
}

// namedFunctions are the functions of a file with a name, also those that are
// assigned to it.
func namedFunctions(f *syntax.File, name string, depth int) []function {
	list := definitions(f, name)
	if len(list) > 0 {
		return list
	}
	for i := range f.Settings {
		s := &f.Settings[i]
		if s.Origin != syntax.FromCode || s.Path[len(s.Path)-1] != strings.TrimLeft(name, "$@") || s.Callee != "" {
			continue
		}
		got := functions(f, s.Value.Tokens, depth+1)
		if len(got) == 0 {
			return nil // it is also something else
		}
		list = append(list, got...)
	}
	return list
}

// lambda reads a function without a name.
func lambda(f *syntax.File, from, to int) (function, bool) {
	text := func(i int) string {
		if i < from || i >= to || f.Tokens[i].Kind == syntax.String {
			return ""
		}
		return f.Tokens[i].Text
	}
	block := func(open int, params []string) (function, bool) {
		end := f.Tokens[open].Mate
		if end < open || end != to-1 {
			return function{}, false
		}
		return function{params: params, from: open + 1, to: end, braced: true}, true
	}
	arrow := func(i int, params []string) (function, bool) {
		if text(i) == "{" {
			return block(i, params)
		}
		return function{params: params, from: i, to: to}, i < to
	}
	i := from
	for text(i) == "async" || text(i) == "static" || text(i) == "move" || text(i) == "unsafe" {
		i++
	}
	switch word := text(i); word {
	case "lambda", "proc", "Proc":
		if f.Language == "python" {
			colon := i
			for colon < to && text(colon) != ":" {
				colon = past(f, colon)
			}
			return function{params: parameters(f, i+1, colon), from: colon + 1, to: to}, colon+1 < to
		}
		for i < to && text(i) != "{" {
			i++
		}
		return closureAt(f, i, to)
	case "function", "func", "sub", "delegate", "fun", "fn", "Function", "Sub", "def":
		i++
		var params []string
		for i < to && text(i) != "(" && text(i) != "{" && text(i) != "->" && f.Tokens[i].Kind == syntax.Name {
			if word == "fn" {
				params = append(params, text(i))
			}
			i++
			if text(i) == "," {
				i++
			}
		}
		if text(i) == "(" {
			if f.Tokens[i].Mate < i {
				return function{}, false
			}
			params = parameters(f, i+1, f.Tokens[i].Mate)
			i = f.Tokens[i].Mate + 1
		}
		switch f.Language {
		case "vb":
			end := to
			for end > i && slices.Contains([]string{"end", "function", "sub"}, strings.ToLower(text(end-1))) {
				end--
			}
			return function{params: params, from: i, to: end, braced: end < to}, i < end
		case "lua", "elixir", "erlang", "julia":
			if text(i) == "->" {
				i++
			}
			if text(to-1) == "end" && i < to-1 {
				return function{params: params, from: i, to: to - 1, braced: true}, true
			}
			return function{}, false
		}
		// A result type, captured variables.
		for i < to && text(i) != "{" && text(i) != "=>" {
			i = past(f, i)
		}
		if text(i) == "=>" {
			return arrow(i+1, params)
		}
		if i < to {
			return block(i, params)
		}
		return function{}, false
	case "|", "||":
		end := i + 1
		for word == "|" && end < to && text(end) != "|" {
			end++
		}
		if word == "||" {
			end = i
		}
		params := parameters(f, i+1, end)
		i = end + 1
		for i < to && text(i) == "->" {
			for i < to && text(i) != "{" {
				i++
			}
		}
		return arrow(i, params)
	case "[": // C++: [captures](parameters) { ... }
		if f.Tokens[i].Mate < i {
			return function{}, false
		}
		i = f.Tokens[i].Mate + 1
		var params []string
		if text(i) == "(" && f.Tokens[i].Mate > i {
			params = parameters(f, i+1, f.Tokens[i].Mate)
			i = f.Tokens[i].Mate + 1
		}
		for i < to && text(i) != "{" {
			i++
		}
		if i < to {
			return block(i, params)
		}
		return function{}, false
	case "->": // Ruby
		for i++; i < to && text(i) != "{"; {
			i = past(f, i)
		}
		return closureAt(f, i, to)
	case "{":
		return closureAt(f, i, to)
	case "(":
		end := f.Tokens[i].Mate
		if end < i || end+1 >= to {
			return function{}, false
		}
		next := end + 1
		params := parameters(f, i+1, end)
		if text(next) == ":" { // a result type of TypeScript
			for next < to && text(next) != "=>" {
				next = past(f, next)
			}
		}
		switch {
		case text(next) == "=>" || text(next) == "->":
			return arrow(next+1, params)
		case text(next) == "{": // Dart
			return block(next, params)
		}
		return function{}, false
	}
	if f.Tokens[i].Kind == syntax.Name && (text(i+1) == "=>" || text(i+1) == "->" && f.Language != "php" && f.Language != "perl") {
		return arrow(i+2, []string{text(i)})
	}
	return function{}, false
}

// closureAt reads "{ a, b -> ... }", "{ a, b in ... }", "{ |a, b| ... }", "{ ... }".
func closureAt(f *syntax.File, open, to int) (function, bool) {
	if open >= to || f.Tokens[open].Text != "{" || f.Tokens[open].Mate != to-1 {
		return function{}, false
	}
	fn := function{from: open + 1, to: to - 1, braced: true}
	if fn.from < fn.to && f.Tokens[fn.from].Text == "|" {
		for i := fn.from + 1; i < fn.to; i++ {
			if f.Tokens[i].Text == "|" {
				fn.params, fn.from = parameters(f, fn.from+1, i), i+1
				return fn, true
			}
		}
	}
	for i := fn.from; i < fn.to; i = past(f, i) {
		switch t := f.Tokens[i]; t.Text {
		case "->", "=>", "in":
			if f.Language == "javascript" || f.Language == "csharp" || f.Language == "java" || f.Language == "php" {
				return fn, true
			}
			fn.params = parameters(f, fn.from, i)
			fn.from = i + 1
			return fn, true
		case ";", "return", "=", "{", "if", "for":
			return fn, true
		}
	}
	return fn, true
}

// past is the token behind a bracket and what is in it, or the next one.
func past(f *syntax.File, i int) int {
	if m := f.Tokens[i].Mate; m > i {
		return m + 1
	}
	return i + 1
}

// parameters are the names of parameters: the last of each, or the one before its
// type or its default.
func parameters(f *syntax.File, from, to int) []string {
	var out []string
	if from < to && f.Tokens[from].Text == "(" && f.Tokens[from].Mate == to-1 {
		from, to = from+1, to-1
	}
	for i := from; i < to; {
		name := ""
		typed := false
		for ; i < to && f.Tokens[i].Text != ","; i = past(f, i) {
			t := f.Tokens[i]
			if t.Text == ":" || t.Text == "=" || t.Text == "throws" {
				typed = true
			}
			if t.Kind == syntax.Name && !typed && (name == "" || f.Language != "go") {
				name = t.Text
			}
		}
		i++
		if name != "" && name != "_" {
			out = append(out, name)
		}
	}
	return out
}

// definitions are the functions of a file that are written with a name.
func definitions(f *syntax.File, name string) []function {
	var out []function
	for i, t := range f.Tokens {
		if t.Kind != syntax.Name || t.Text != name && (f.Language != "vb" || !strings.EqualFold(t.Text, name)) {
			continue
		}
		if fn, ok := definition(f, i); ok {
			out = append(out, fn)
		}
	}
	return out
}

// definition reads the function whose name stands at a place, if one is written
// there.
func definition(f *syntax.File, i int) (function, bool) {
	if i > 0 {
		switch before := f.Tokens[i-1].Text; before {
		case ".", "->", "!", "=", "(", ",", "return", "&&", "||", "new", "if", "while", "?", ":", "=>", "await", "throw", "[":
			if before != "," && before != ":" || f.Language != "javascript" {
				return function{}, false
			}
		}
	}
	fn := function{name: f.Tokens[i].Span}
	at := i + 1
	if at < len(f.Tokens) && f.Tokens[at].Text == "<" {
		for n := 0; n < 30 && at < len(f.Tokens) && f.Tokens[at].Text != "("; n++ {
			at++
		}
	}
	indented := f.Language == "python" || f.Language == "ruby" || f.Language == "lua" || f.Language == "elixir" || f.Language == "julia" || f.Language == "vb"
	if at >= len(f.Tokens) || f.Tokens[at].Text != "(" || f.Tokens[at].Mate < at {
		if i == 0 || f.Tokens[i-1].Text != "sub" && (f.Language != "ruby" || f.Tokens[i-1].Text != "def") {
			return fn, false
		}
	} else {
		fn.params = parameters(f, at+1, f.Tokens[at].Mate)
		at = f.Tokens[at].Mate + 1
	}
	if indented {
		start := i
		for start > 0 && column(f, start) < 0 {
			start--
		}
		switch word := strings.ToLower(f.Tokens[i-min(i, 1)].Text); word {
		case "def", "function", "sub", "defp":
		default:
			return fn, false
		}
		fn.from = at
		if f.Language == "python" {
			for at < len(f.Tokens) && f.Tokens[at].Text != ":" && column(f, at) < 0 {
				at = past(f, at)
			}
			fn.from = min(at+1, len(f.Tokens))
		} else if f.Language == "vb" {
			for at < len(f.Tokens) && column(f, at) < 0 {
				at++
			}
			fn.from = at
		} else if at < len(f.Tokens) && f.Tokens[at].Text == "do" {
			fn.from++
		}
		fn.to = fn.from
		for fn.to < len(f.Tokens) {
			if c := column(f, fn.to); c >= 0 && c <= max(column(f, start), 0) {
				break
			}
			fn.to++
		}
		fn.braced = true
		return fn, fn.from < fn.to
	}
	arrow := false
	for n := 0; n < 40 && at < len(f.Tokens); n++ {
		t := f.Tokens[at]
		switch t.Text {
		case "{":
			if t.Mate < at {
				return fn, false
			}
			fn.from, fn.to, fn.braced = at+1, t.Mate, true
			return fn, true
		case "=", "=>":
			fn.from = at + 1
			if fn.from < len(f.Tokens) && f.Tokens[fn.from].Text == "{" && f.Tokens[fn.from].Mate > fn.from {
				fn.to, fn.braced = f.Tokens[fn.from].Mate, true
				fn.from++
				return fn, true
			}
			fn.to = fn.from
			for fn.to < len(f.Tokens) && (fn.to == fn.from || column(f, fn.to) < 0) && !slices.Contains([]string{";", "}", ","}, f.Tokens[fn.to].Text) {
				fn.to = past(f, fn.to)
			}
			fn.to = min(fn.to, len(f.Tokens))
			return fn, fn.from < fn.to
		case ";", ")", "}":
			return fn, false
		case ",":
			if !arrow {
				return fn, false
			}
		case "->", "throws", ":", "<":
			arrow = true
		}
		at = past(f, at)
	}
	return fn, false
}

// column is how far a token that begins a line is indented; -1 for others.
func column(f *syntax.File, i int) int {
	at := f.Tokens[i].Span.Start
	for n := 1; n <= at && n < 256; n++ {
		switch f.Text[at-n] {
		case '\n':
			return n - 1
		case ' ', '\t':
		default:
			return -1
		}
	}
	if at < 256 && len(bytes.TrimSpace(f.Text[:at])) == 0 {
		return at
	}
	return -1
}

// comesTo tells what a function returns on every path: "true", or "" for nothing
// and for no error. It is not ok when that is not certain, when the function
// throws, and when it uses an argument for more than a log.
func comesTo(f *syntax.File, fn function) (outcome string, ok bool) {
	if fn.to-fn.from > 400 {
		return "", false
	}
	outcomes := map[string]bool{}
	lastFrom := fn.from
	for i := fn.from; i < fn.to; {
		t := f.Tokens[i]
		if t.Kind == syntax.Name {
			if end, ok := speaking(f, i, fn.to); ok {
				i = end
				lastFrom = end
				continue
			}
			switch t.Text {
			case "return", "Return", "exit":
				end := statementEnd(f, i+1, fn.to)
				got, ok := outcomeOf(f, i+1, end)
				if !ok {
					return "", false
				}
				outcomes[got] = true
				i = end
				lastFrom = end
				continue
			case "error", "TODO", "fail":
				if i+1 < fn.to && f.Tokens[i+1].Text == "(" && (i == fn.from || f.Tokens[i-1].Text != ".") {
					return "", false
				}
			case "throw", "raise", "panic", "die", "croak", "abort", "assert", "Throw", "fatalError", "yield", "await", "unwrap", "expect", "bail", "reject":
				return "", false
			}
			if slices.Contains(fn.params, t.Text) && !discarded(f, i) {
				return "", false
			}
		}
		if t.Kind == syntax.Symbol && (t.Text == ";" || t.Text == "}") || i > fn.from && column(f, i) >= 0 {
			lastFrom = i
			if t.Text == ";" || t.Text == "}" {
				lastFrom = i + 1
			}
		}
		i++
	}
	// The last expression is the value where there is no return.
	if lastFrom < fn.to {
		got, ok := outcomeOf(f, lastFrom, fn.to)
		switch {
		case ok:
			outcomes[got] = true
		case !fn.braced || len(outcomes) == 0:
			return "", false
		}
	} else if len(outcomes) == 0 {
		outcomes[""] = true
	}
	if len(outcomes) != 1 {
		return "", false
	}
	for o := range outcomes {
		outcome = o
	}
	return outcome, true
}

// discarded tells whether a name is only thrown away: "_ = x", "(void)x".
func discarded(f *syntax.File, i int) bool {
	if i < 2 {
		return false
	}
	a, b := f.Tokens[i-2].Text, f.Tokens[i-1].Text
	return a == "_" && b == "=" || a == "void" && b == ")" || a == "let" && b == "_"
}

// statementEnd is where a statement ends: at a separator, a closing bracket, or
// the line.
func statementEnd(f *syntax.File, i, to int) int {
	for first := i; i < to; i = past(f, i) {
		switch t := f.Tokens[i]; {
		case t.Text == ";" || t.Text == "}" || t.Kind == syntax.Name && t.Text == "end":
			return i
		case column(f, i) >= 0 && i > first || i == first && column(f, i) >= 0:
			return i
		}
	}
	return min(i, to)
}

// outcomeOf is what an expression comes to, if that is certain.
func outcomeOf(f *syntax.File, from, to int) (string, bool) {
	for to > from && (f.Tokens[to-1].Text == ";" || f.Tokens[to-1].Text == "end") {
		to--
	}
	for to-from > 2 && f.Tokens[from].Text == "(" && f.Tokens[from].Mate == to-1 {
		from, to = from+1, to-1
	}
	negated := false
	for to-from > 1 && (f.Tokens[from].Text == "!" || f.Tokens[from].Text == "not" || f.Tokens[from].Text == "return") {
		negated = negated != (f.Tokens[from].Text != "return")
		from++
	}
	if from >= to {
		return "", true
	}
	var b strings.Builder
	for _, t := range f.Tokens[from:to] {
		if t.Kind == syntax.String || b.Len() > 100 {
			return "", false
		}
		b.WriteString(t.Text)
	}
	word := b.String()
	if negated {
		return "true", word == "false" || word == "0" || word == "False"
	}
	switch word {
	case "true", "True", "TRUE", "YES", "1", "Boolean.TRUE", ".success", "success":
		return "true", true
	case "nil", "null", "None", "NULL", "undefined", "void0", "Unit", "()", "Nothing", "undef", "{}", "pass", "Promise.resolve()", "next()":
		return "", true
	}
	if strings.HasPrefix(word, "Ok(") {
		return "true", true
	}
	return "", false
}

// speaking tells whether a call that begins at a token only writes to a log, and
// where it ends.
func speaking(f *syntax.File, i, to int) (int, bool) {
	end := i + 1
	for end+1 < to && (f.Tokens[end].Text == "." || f.Tokens[end].Text == "::" || f.Tokens[end].Text == "->") && f.Tokens[end+1].Kind == syntax.Name {
		end += 2
	}
	last := strings.ToLower(f.Tokens[end-1].Text)
	known := false
	switch last {
	case "print", "println", "printf", "puts", "writeline", "write", "nslog", "log", "debug", "warn", "info", "trace", "verbose", "fine", "finer", "finest", "warning", "fprintf", "printstacktrace", "logger", "severe", "config":
		known = true
	case "d", "i", "w", "v", "e", "wtf", "error":
		receiver := ""
		if end-i > 2 {
			receiver = strings.ToLower(f.Tokens[end-3].Text)
		}
		known = strings.Contains(receiver, "log") || receiver == "timber" || receiver == "console" || receiver == "slog"
	}
	if !known {
		return 0, false
	}
	if end < to && f.Tokens[end].Text == "!" {
		end++ // a macro of Rust
	}
	if end < to && f.Tokens[end].Text == "(" && f.Tokens[end].Mate > end {
		end = f.Tokens[end].Mate + 1
		for end+2 < to && f.Tokens[end].Text == "." && f.Tokens[end+1].Kind == syntax.Name && f.Tokens[end+2].Text == "(" && f.Tokens[end+2].Mate > end {
			end = f.Tokens[end+2].Mate + 1
		}
		return end, true
	}
	if f.Language == "ruby" || f.Language == "groovy" || f.Language == "perl" {
		return statementEnd(f, end, to), end < to
	}
	return 0, false
}

// methods are the functions of a name with some number of parameters in the
// classes, named or not, whose heads mention one of some types.
func methods(f *syntax.File, name string, arity []int, types ...string) []function {
	var out []function
	for _, fn := range definitions(f, name) {
		if slices.Contains(arity, len(fn.params)) && slices.ContainsFunc(types, func(t string) bool { return within(f, fn, t) }) {
			out = append(out, fn)
		}
	}
	return out
}

// within tells whether the class around a function mentions a type in its head.
func within(f *syntax.File, fn function, typeName string) bool {
	// Outwards over the brackets that are open there.
	for i := fn.from - 1; i >= 0; i-- {
		t := f.Tokens[i]
		if t.Kind != syntax.Symbol {
			continue
		}
		if (t.Text == "}" || t.Text == ")" || t.Text == "]") && t.Mate >= 0 && t.Mate < i {
			i = t.Mate
			continue
		}
		if t.Text != "{" || t.Mate < fn.to {
			continue
		}
		if i == fn.from-1 {
			continue // its own
		}
		// The head of the class goes back to the end of the statement before.
		for j, n := i-1, 0; j >= 0 && n < 80; j, n = j-1, n+1 {
			h := f.Tokens[j]
			if h.Kind == syntax.Symbol && (h.Text == ";" || h.Text == "{" || h.Text == "}") {
				break
			}
			if h.Kind == syntax.Symbol && h.Mate >= 0 && h.Mate < j {
				j = h.Mate
			}
			if h.Kind == syntax.Name && h.Text == typeName {
				return true
			}
		}
		return false
	}
	return false
}

// harmless tells whether statements can throw nothing: there are none, or they
// only log, return, or try something and swallow what it throws.
func harmless(f *syntax.File, from, to int) bool {
	for i := from; i < to; {
		t := f.Tokens[i]
		if t.Kind == syntax.Symbol {
			if t.Text == ";" {
				i++
				continue
			}
			if t.Text == "(" && t.Mate == i+1 || t.Text == "{" && t.Mate > i && harmless(f, i+1, t.Mate) {
				i = t.Mate + 1
				continue
			}
			return false
		}
		if t.Kind != syntax.Name {
			return false
		}
		if end, ok := speaking(f, i, to); ok {
			i = end
			continue
		}
		switch t.Text {
		case "return":
			end := statementEnd(f, i+1, to)
			if _, ok := outcomeOf(f, i+1, end); !ok {
				return false
			}
			i = end
		case "Unit", "pass", "null":
			i++
		case "try":
			end, ok := swallowed(f, i+1, to)
			if !ok {
				return false
			}
			i = end
		case "if", "else":
			i++
			if i < to && f.Tokens[i].Text == "(" && f.Tokens[i].Mate > i {
				if !asksALog(f, i+1, f.Tokens[i].Mate) {
					return false
				}
				i = f.Tokens[i].Mate + 1
			}
		default:
			// x = y, this.x = true
			at := i + 1
			for at+1 < to && f.Tokens[at].Text == "." && f.Tokens[at+1].Kind == syntax.Name {
				at += 2
			}
			end := statementEnd(f, at, to)
			if at >= to || f.Tokens[at].Text != "=" || slices.ContainsFunc(f.Tokens[at:end], func(t syntax.Token) bool { return t.Kind == syntax.Symbol && t.Text == "(" }) {
				return false
			}
			i = end
		}
	}
	return true
}

// asksALog tells whether a condition calls nothing but what says how much is
// logged.
func asksALog(f *syntax.File, from, to int) bool {
	for i := from; i < to; i++ {
		if f.Tokens[i].Text == "(" && f.Tokens[i].Kind == syntax.Symbol && (i == from || !strings.HasSuffix(f.Tokens[i-1].Text, "Enabled")) {
			return false
		}
	}
	return true
}

// swallowed reads what follows "try": its block may do anything, but nothing that
// is caught is thrown again.
func swallowed(f *syntax.File, i, to int) (int, bool) {
	if i < to && f.Tokens[i].Text == "(" {
		i = past(f, i)
	}
	if i >= to || f.Tokens[i].Text != "{" || f.Tokens[i].Mate < i {
		return 0, false
	}
	i = f.Tokens[i].Mate + 1
	caught := false
	for i < to && (f.Tokens[i].Text == "catch" || f.Tokens[i].Text == "finally") {
		isCatch := f.Tokens[i].Text == "catch"
		i++
		general := f.Language == "scala"
		if i < to && f.Tokens[i].Text == "(" && f.Tokens[i].Mate > i {
			for _, t := range f.Tokens[i:f.Tokens[i].Mate] {
				switch t.Text {
				case "CertificateException", "Exception", "Throwable", "GeneralSecurityException":
					general = true
				}
			}
			i = f.Tokens[i].Mate + 1
		}
		if i >= to || f.Tokens[i].Text != "{" || f.Tokens[i].Mate < i || !harmless(f, i+1, f.Tokens[i].Mate) {
			return 0, false
		}
		caught = caught || isCatch && general
		i = f.Tokens[i].Mate + 1
	}
	return i, caught
}
