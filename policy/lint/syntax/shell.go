package syntax

import (
	"bytes"
	"cmp"
	"errors"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

const (
	// maxStatements is how deep the brackets and statements of a script may nest: the
	// parser calls itself for each level.
	maxStatements = 500
	// maxExpanded is how many words may come from variables.
	maxExpanded = 20_000
)

// parseShell takes a script apart.
func parseShell(p *parser, s source) { p.script(s, true) }

// script takes a script apart with a shell parser: commands as they are called,
// variables as they are set. Where it is not certain that it is one, faults are
// no problems.
func (p *parser) script(s source, certain bool) {
	if p.depth >= maxEmbedding {
		return
	}
	p.depth++
	defer func() { p.depth-- }()
	fault := func(at Span, err error) {
		if certain {
			p.problem(at, err)
		}
	}
	if nests(s.text) > maxStatements {
		fault(s.span(0, len(s.text)), errNesting)
		return
	}
	masked := maskWords(s.text)
	sh := shell{p: p, s: s, block: p.block(), variables: map[string]variable{}}
	parts, at, err := read(masked)
	if err != nil {
		line := strings.LastIndexByte(masked[:at], '\n') + 1
		fault(s.span(line, max(at, lineEnd(masked, line))), err)
	}
	for _, part := range parts {
		sh.collect(part)
	}
	for _, part := range parts {
		sh.walk(part)
	}
}

// read gives the stretches of a script that can be read, and the first fault with
// its place. Where a statement has one, the parser gives up all of it: a script
// that ends too early in "if" would have no commands. So its first line is read
// as far as it goes, and the lines behind it on their own.
func read(text string) (parts []part, at int, fault error) {
	budget := maxReread
	for start := 0; start < len(text) && budget > 0; {
		budget -= len(text) - start
		file, end, err := parseStatements(text[start:])
		if len(file.Stmts) > 0 {
			parts = append(parts, part{file, start})
		}
		if err == nil {
			return parts, at, fault
		}
		if fault == nil {
			fault, at = err, start+end
		}
		begin := start
		for _, stmt := range file.Stmts {
			begin = max(begin, min(start+int(stmt.End().Offset()), len(text)))
		}
		for begin < len(text) && strings.IndexByte(" \t\r\n;&", text[begin]) >= 0 {
			begin++
		}
		next := lineEnd(text, begin)
		for {
			word, _, _ := strings.Cut(strings.TrimLeft(text[begin:next], " \t({"), " ")
			begin = next - len(strings.TrimLeft(text[begin:next], " \t({"))
			if !syntax.IsKeyword(word) {
				break
			}
			begin += len(word)
		}
		if file, end, err := parseStatements(text[begin:next]); err == nil {
			parts = append(parts, part{file, begin})
		} else if file, _, err := parseStatements(text[begin : begin+end]); err == nil {
			parts = append(parts, part{file, begin})
		}
		start = next + 1
	}
	return parts, at, fault
}

// maxReread is how much text is given to the parser for a script with faults.
const maxReread = 4 << 20

// parseStatements reads a script up to its first fault.
func parseStatements(text string) (file *syntax.File, at int, fault error) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if file == nil {
		file = &syntax.File{}
	}
	var parse syntax.ParseError
	var lang syntax.LangError
	switch {
	case errors.As(err, &parse):
		at, err = int(parse.Pos.Offset()), errors.New(parse.Text)
	case errors.As(err, &lang):
		at = int(lang.Pos.Offset())
	}
	return file, min(at, len(text)), err
}

// part is a stretch of a script that could be read; the offsets of its nodes
// count from base.
type part struct {
	file *syntax.File
	base int
}

// shell takes the facts out of a script.
type shell struct {
	p         *parser
	s         source
	base      int
	block     int
	variables map[string]variable
	expanded  int // words that came from variables
}

// variable is what is known of one that the script sets.
type variable struct {
	times int
	words []arg // what it stands for when it is used without quotes
	list  bool
}

func (sh *shell) pos(p syntax.Pos) int { return min(sh.base+int(p.Offset()), len(sh.s.text)) }

// collect finds the variables that are set once, and to something certain.
func (sh *shell) collect(part part) {
	sh.base = part.base
	several := func(name string) {
		v := sh.variables[name]
		v.times = 2
		sh.variables[name] = v
	}
	syntax.Walk(part.file, func(node syntax.Node) bool {
		switch n := node.(type) {
		case *syntax.Assign:
			if n.Name == nil || n.Naked {
				return true
			}
			v := sh.variables[n.Name.Value]
			v.times++
			if n.Append || n.Index != nil {
				v.times = 2
			}
			switch {
			case n.Array != nil:
				v.list = true
				for _, e := range n.Array.Elems {
					if e.Value != nil {
						v.words = append(v.words, sh.arg(e.Value))
					}
				}
			case n.Value != nil:
				v.words = fields(sh.arg(n.Value))
			}
			sh.variables[n.Name.Value] = v
		case *syntax.ForClause:
			if loop, ok := n.Loop.(*syntax.WordIter); ok {
				several(loop.Name.Value)
			}
		case *syntax.CallExpr:
			if len(n.Args) > 1 && (n.Args[0].Lit() == "read" || n.Args[0].Lit() == "unset" || n.Args[0].Lit() == "mapfile") {
				for _, w := range n.Args[1:] {
					several(w.Lit())
				}
			}
		}
		return true
	})
}

// fields splits a word at its blanks, as a shell does when a variable stands
// without quotes.
func fields(a arg) []arg {
	if a.Variable {
		return nil
	}
	var out []arg
	for start := 0; start < len(a.src.text); {
		end := start
		for end < len(a.src.text) && !strings.ContainsRune(" \t\n", rune(a.src.text[end])) {
			end++
		}
		if end > start {
			out = append(out, plainArg(a.src.slice(start, end)))
		}
		start = end + 1
	}
	return out
}

// walk finds commands and settings.
func (sh *shell) walk(part part) {
	sh.base = part.base
	syntax.Walk(part.file, func(node syntax.Node) bool {
		switch n := node.(type) {
		case *syntax.Stmt:
			sh.flow(n)
		case *syntax.DeclClause:
			for _, a := range n.Args {
				sh.assignment(a)
			}
		case *syntax.CallExpr:
			for _, a := range n.Assigns {
				sh.assignment(a)
			}
			sh.p.run(sh.words(n.Args), sh.block)
		}
		return true
	})
}

// words are the words of a command; variables that are set once stand for their
// values.
func (sh *shell) words(list []*syntax.Word) []arg {
	var out []arg
	for _, w := range list {
		if name, quoted := alone(w); name != "" {
			if v := sh.variables[name]; v.times == 1 && len(v.words) > 0 && (!quoted || v.list || len(v.words) == 1) && sh.expanded+len(v.words) < maxExpanded {
				sh.expanded += len(v.words)
				out = append(out, v.words...)
				continue
			}
		}
		out = append(out, sh.arg(w))
	}
	return out
}

// alone is the name of the variable that is the whole of a word: $X, "$X",
// ${X}, "${X[@]}".
func alone(w *syntax.Word) (name string, quoted bool) {
	parts := w.Parts
	if len(parts) == 1 {
		if q, ok := parts[0].(*syntax.DblQuoted); ok {
			parts, quoted = q.Parts, true
		}
	}
	if len(parts) != 1 {
		return "", false
	}
	e, ok := parts[0].(*syntax.ParamExp)
	if !ok || e.Param == nil || e.Excl || e.Length || e.Width || e.Slice != nil || e.Repl != nil || e.Exp != nil || e.Names != 0 {
		return "", false
	}
	return e.Param.Value, quoted
}

// assignment is NAME=value.
func (sh *shell) assignment(a *syntax.Assign) {
	if a.Name == nil || a.Naked || a.Value == nil {
		return
	}
	w := sh.arg(a.Value)
	v := Value{Text: w.Text, Span: w.Span}
	if w.quoted {
		v.Form = Quoted
	}
	v.recognise()
	if w.Variable && v.Form != Template {
		v.Form = Template
	}
	sh.p.setting(Setting{
		Path: []string{a.Name.Value}, Key: sh.s.span(sh.pos(a.Name.Pos()), sh.pos(a.Name.End())),
		Origin: FromEnv, Block: sh.block, Value: v,
	}, w.src)
}

// arg is a word of a command with the source of its text.
type arg struct {
	Word
	src    source
	quoted bool
}

func plainArg(s source) arg {
	return arg{Word: Word{Text: s.text, Span: s.span(0, len(s.text))}, src: s}
}

// arg is a word as the program gets it.
func (sh *shell) arg(w *syntax.Word) arg {
	if w == nil {
		return arg{}
	}
	t := sh.s.text
	var b builder
	variable := false
	piece := func(start, end int, escaped func(c byte) bool) {
		sh.unescape(&b, start, end, escaped)
	}
	for _, part := range w.Parts {
		from, to := sh.pos(part.Pos()), sh.pos(part.End())
		switch n := part.(type) {
		case *syntax.Lit:
			piece(from, to, func(byte) bool { return true })
		case *syntax.SglQuoted:
			if n.Dollar {
				sh.ansi(&b, min(from+2, to), max(from+2, to-1))
			} else {
				b.append(sh.s.slice(min(from+1, to), max(min(from+1, to), to-1)))
			}
		case *syntax.DblQuoted:
			for _, inner := range n.Parts {
				from, to := sh.pos(inner.Pos()), sh.pos(inner.End())
				if _, ok := inner.(*syntax.Lit); ok {
					piece(from, to, func(c byte) bool { return strings.IndexByte("$`\"\\", c) >= 0 })
					continue
				}
				variable = true
				b.append(sh.s.slice(from, to))
			}
		default:
			variable = true
			b.append(sh.s.slice(from, to))
		}
	}
	from, to := sh.pos(w.Pos()), sh.pos(w.End())
	var form Form
	if len(w.Parts) == 1 {
		from, to, form = unquote(t, from, to)
	}
	src := b.source(sh.s.at(from))
	return arg{Word: Word{Text: src.text, Span: sh.s.span(from, to), Variable: variable || strings.Contains(src.text, "{{")}, src: src, quoted: form == Quoted}
}

// unescape adds a stretch of the script without the backslashes before the
// bytes that need one.
func (sh *shell) unescape(b *builder, start, end int, escaped func(c byte) bool) {
	t := sh.s.text
	done := start
	for i := start; i+1 < end; i++ {
		if t[i] != '\\' {
			continue
		}
		switch c := t[i+1]; {
		case c == '\n' || c == '\r' && i+2 < end && t[i+2] == '\n':
			b.append(sh.s.slice(done, i))
			i += 1 + len(t[i+1:i+2]) - 1
			if c == '\r' {
				i++
			}
			done = i + 1
		case escaped(c):
			b.append(sh.s.slice(done, i))
			b.escape(t[i+1:i+2], sh.s.at(i), sh.s.span(i, i+2).End-sh.s.at(i))
			i++
			done = i + 1
		default:
			i++
		}
	}
	b.append(sh.s.slice(done, end))
}

// ansi adds what stands in $'...'.
func (sh *shell) ansi(b *builder, start, end int) {
	t := sh.s.text
	done := start
	for i := start; i+1 < end; i++ {
		if t[i] != '\\' {
			continue
		}
		c := t[i+1 : i+2]
		if at := strings.IndexByte("ntr", c[0]); at >= 0 {
			c = "\n\t\r"[at : at+1]
		}
		b.append(sh.s.slice(done, i))
		b.escape(c, sh.s.at(i), sh.s.span(i, i+2).End-sh.s.at(i))
		i++
		done = i + 1
	}
	b.append(sh.s.slice(done, end))
}

// flow follows a text to where it goes: a heredoc or what echo prints becomes a
// file, or a script.
func (sh *shell) flow(stmt *syntax.Stmt) {
	if pipe, ok := stmt.Cmd.(*syntax.BinaryCmd); ok && pipe.Op == syntax.Pipe {
		if text, ok := sh.output(pipe.X); ok && !redirected(pipe.X) {
			sh.pour(pipe.Y, text)
		}
		return
	}
	if text, ok := sh.input(stmt); ok && sh.pour(stmt, text) {
		return
	}
	if text, ok := sh.output(stmt); ok {
		if name, ok := sh.target(stmt); ok {
			sh.p.embed(name, text)
		}
	}
}

func redirected(stmt *syntax.Stmt) bool {
	for _, r := range stmt.Redirs {
		if r.Op == syntax.RdrOut || r.Op == syntax.AppOut || r.Op == syntax.RdrAll {
			return true
		}
	}
	return false
}

// target is the file that a statement writes to.
func (sh *shell) target(stmt *syntax.Stmt) (string, bool) {
	for _, r := range stmt.Redirs {
		if r.Word != nil && (r.Op == syntax.RdrOut || r.Op == syntax.AppOut || r.Op == syntax.RdrClob || r.Op == syntax.RdrAll || r.Op == syntax.AppAll) {
			return sh.arg(r.Word).Text, true
		}
	}
	return "", false
}

// input is what stands in the script for a statement to read.
func (sh *shell) input(stmt *syntax.Stmt) (source, bool) {
	for _, r := range stmt.Redirs {
		switch {
		case r.Hdoc != nil:
			delimiter := sh.arg(r.Word)
			return sh.heredoc(r, delimiter.Text), true
		case r.Op == syntax.WordHdoc && r.Word != nil:
			return sh.arg(r.Word).src, true
		}
	}
	return source{}, false
}

// heredoc is the text of one, without the tabs that <<- takes away.
func (sh *shell) heredoc(r *syntax.Redirect, delimiter string) source {
	tabs, escapes := r.Op == syntax.DashHdoc, r.Word.Lit() != ""
	from, to := sh.pos(r.Hdoc.Pos()), sh.pos(r.Hdoc.End())
	if last := strings.LastIndexByte(sh.s.text[from:to], '\n') + 1; strings.TrimLeft(sh.s.text[from+last:to], "\t") == delimiter {
		to = from + last
	}
	var b builder
	add := func(start, end int) {
		if escapes {
			sh.unescape(&b, start, end, func(c byte) bool { return strings.IndexByte("$`\\", c) >= 0 })
		} else {
			b.append(sh.s.slice(start, end))
		}
	}
	if !tabs {
		add(from, to)
		return b.source(sh.s.at(from))
	}
	for start := from; start < to; {
		end := to
		if i := strings.IndexByte(sh.s.text[start:to], '\n'); i >= 0 {
			end = start + i + 1
		}
		for start < end && sh.s.text[start] == '\t' {
			start++
		}
		add(start, end)
		start = end
	}
	return b.source(sh.s.at(from))
}

// output is the text that a statement prints, where it stands in the script.
func (sh *shell) output(stmt *syntax.Stmt) (source, bool) {
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 {
		return source{}, false
	}
	switch name := call.Args[0].Lit(); name {
	case "cat":
		return sh.input(stmt)
	case "echo", "printf":
		var b builder
		rest := call.Args[1:]
		escapes := name == "printf"
		for name == "echo" && len(rest) > 0 && strings.HasPrefix(rest[0].Lit(), "-") {
			escapes = escapes || strings.Contains(rest[0].Lit(), "e")
			rest = rest[1:]
		}
		if name == "printf" && len(rest) > 1 && !strings.Contains(sh.arg(rest[0]).Text, "=") {
			rest = rest[1:] // '%s\n', and each word is a line
		}
		for i, w := range rest {
			a := sh.arg(w)
			if i > 0 {
				between := " "
				if name == "printf" {
					between = "\n"
				}
				b.add(between, a.Span.Start)
			}
			if escapes {
				backslashes(&b, a.src)
			} else {
				b.append(a.src)
			}
		}
		return b.source(sh.s.at(sh.pos(stmt.Pos()))), true
	}
	return source{}, false
}

// backslashes adds a text in which \n and \t are still to be read.
func backslashes(b *builder, s source) {
	done := 0
	for i := 0; i+1 < len(s.text); i++ {
		if s.text[i] != '\\' {
			continue
		}
		at := strings.IndexByte("nt\\", s.text[i+1])
		if at >= 0 {
			b.append(s.slice(done, i))
			at, span := "\n\t\\"[at:at+1], s.span(i, i+2)
			b.escape(at, span.Start, span.End-span.Start)
			done = i + 2
		}
		i++
	}
	b.append(s.slice(done, len(s.text)))
}

// pour gives a text to a statement that reads it.
func (sh *shell) pour(stmt *syntax.Stmt, text source) bool {
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok {
		return false
	}
	words := sh.words(call.Args)
	for {
		inner, ok := sh.p.unwrap(words, 0, false)
		if !ok {
			break
		}
		words = inner
	}
	if len(words) == 0 {
		return false
	}
	name := program(words[0].Text)
	switch name {
	case "tee":
		for _, w := range words[1:] {
			if !strings.HasPrefix(w.Text, "-") {
				sh.p.embed(w.Text, text)
			}
		}
		return true
	case "cat":
		return false
	case "ssh":
		sh.p.script(text, true)
		return true
	}
	for _, w := range words[1:] {
		if !strings.HasPrefix(w.Text, "-") && w.Text != "/dev/stdin" && name != "su" {
			return false // a script of its own; this is only its input
		}
	}
	if language := sh.p.interpreted(name); language != "" {
		sh.p.parse(language, text)
		return true
	}
	return false
}

// embed takes a text apart that is the content of a file.
func (p *parser) embed(file string, text source) {
	file = strings.Trim(file, "\"'")
	if language := p.table.Detect(file, head(text.text)); !prosaic(language) {
		p.inner(file, language, text)
	}
}

// interpreted is the language that a program reads.
func (p *parser) interpreted(program string) string {
	switch program {
	case "su":
		return "shell"
	case "powershell":
		program = "pwsh"
	case "nodejs":
		program = "node"
	}
	if i, ok := p.table.programs[strings.TrimRight(program, "0123456789.")]; ok {
		return p.table.languages[i].Name
	}
	return ""
}

// nests is how deep a script may nest, by its brackets and keywords. It counts
// too much rather than too little: also those in quotes.
func nests(text string) int {
	depth, deepest, unary := 0, 0, 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch c {
		case '(', '{', '[', '`':
			depth++
		case ')', '}', ']':
			depth = max(depth-1, 0)
		case '!', '~', '+':
			unary++
		case '-':
			unary++
		case ' ', '\t', '\n':
			continue
		default:
			unary = 0
			if c >= 'a' && c <= 'z' {
				end := i
				for end < len(text) && text[end] >= 'a' && text[end] <= 'z' {
					end++
				}
				switch text[i:end] {
				case "if", "while", "until", "for", "case", "select", "time", "coproc", "function":
					depth++
				case "fi", "done", "esac":
					depth = max(depth-1, 0)
				}
				i = end - 1
			}
		}
		deepest = max(deepest, depth, unary)
	}
	return deepest
}

// maskWords puts ${___} in the place of what other programs fill in before the
// shell sees it: {{ }} of Go and Jinja, ${{ }} of GitHub, $[[ ]] of GitLab. The
// text keeps its length.
func maskWords(text string) string {
	if !strings.Contains(text, "{{") && !strings.Contains(text, "$[[") {
		return text
	}
	out := []byte(text)
	for _, pair := range [][2]string{{"{{", "}}"}, {"$[[", "]]"}} {
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
			end := start + j + 2
			for end < len(out) && pair[1] == "}}" && out[end] == '}' {
				end++
			}
			if start > 0 && out[start-1] == '$' && pair[0] == "{{" {
				start--
			}
			line := bytes.LastIndexByte(out[:start], '\n') + 1
			whole := len(bytes.TrimSpace(out[line:start])) == 0 && len(bytes.TrimSpace(out[end:lineEnd(text, end)])) == 0
			fill := byte('_')
			if whole || bytes.IndexByte(out[start:end], '\n') >= 0 {
				fill = ' '
			}
			for k := start; k < end; k++ {
				if out[k] != '\n' {
					out[k] = fill
				}
			}
			if fill == '_' {
				copy(out[start:], "${")
				out[end-1] = '}'
			}
			at = end
		}
	}
	return string(out)
}

// maxTemplate is how long a template in braces may be.
const maxTemplate = 4096

// program is the name of a program, without its directory.
func program(word string) string {
	word = word[strings.LastIndexAny(word, "/\\")+1:]
	return cmp.Or(strings.TrimSuffix(strings.ToLower(word), ".exe"), word)
}
