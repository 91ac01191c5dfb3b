package syntax

import (
	"strings"
)

// maxEmbedding is how deep text in text is followed: a script in a heredoc in a
// script in a YAML block is three.
const maxEmbedding = 6

// parser collects the facts of one file.
type parser struct {
	file   *File
	table  *Table
	blocks int
	depth  int
}

// parse takes a source apart as what the language says.
func (p *parser) parse(language string, s source) {
	if p.depth >= maxEmbedding {
		return
	}
	i, ok := p.table.byName[language]
	if !ok {
		return
	}
	p.depth++
	defer func() { p.depth-- }()
	p.table.languages[i].parse(p, s)
}

// block is the number for a new group of settings.
func (p *parser) block() int {
	p.blocks++
	return p.blocks
}

func (p *parser) problem(at Span, err error) {
	p.file.Problems = append(p.file.Problems, Problem{at, err})
}

// setting adds a setting, and what its value holds: addresses, options of a
// JVM, connection strings.
func (p *parser) setting(s Setting, value source) {
	s.Value.recognise()
	p.file.Settings = append(p.file.Settings, s)
	p.inside(value, s.Path)
}

// inside looks for addresses and connection strings within a value.
func (p *parser) inside(value source, key []string) {
	p.addresses(value, key)
	p.options(value)
}

// options finds -Dname=value anywhere in a text, as JAVA_OPTS and command lines
// hold it.
func (p *parser) options(value source) {
	rest := 0
	block := 0
	for {
		i := strings.Index(value.text[rest:], "-D")
		if i < 0 {
			return
		}
		start := rest + i
		rest = start + 2
		if start > 0 && !strings.ContainsRune(" \t\n\"'=,[", rune(value.text[start-1])) {
			continue
		}
		end := rest
		for end < len(value.text) && !strings.ContainsRune(" \t\r\n\"'", rune(value.text[end])) {
			end++
		}
		name, text, found := strings.Cut(value.text[rest:end], "=")
		if name == "" || strings.ContainsAny(name, "${}()") {
			continue
		}
		if block == 0 {
			block = p.block()
		}
		v := Value{Text: text, Span: value.span(end-len(text), end)}
		if !found {
			v = Value{Form: Present, Span: value.span(rest, end)}
		}
		v.recognise()
		p.file.Settings = append(p.file.Settings, Setting{
			Path: []string{name}, Value: v, Key: value.span(rest, rest+len(name)), Origin: FromOption, Block: block,
		})
		rest = end
	}
}

// recognise tells a template from a plain value, and finds what it falls back to.
func (v *Value) recognise() {
	if v.Form != Bare && v.Form != Quoted {
		return
	}
	t := strings.TrimSpace(v.Text)
	switch {
	case strings.HasPrefix(t, "${") && strings.HasSuffix(t, "}") && strings.Count(t, "${") == 1:
		v.Form = Template
		// sh: ${X:-default}; Spring: ${X:default}
		if _, fallback, ok := strings.Cut(t[2:len(t)-1], ":"); ok {
			v.Default, v.HasDefault = strings.TrimPrefix(fallback, "-"), true
		}
	case strings.Contains(t, "{{") && strings.Contains(t, "}}"), strings.Contains(t, "<%") && strings.Contains(t, "%>"):
		v.Form = Template
	case strings.HasPrefix(t, "$(") && strings.HasSuffix(t, ")"):
		v.Form = Template
	case len(t) > 1 && t[0] == '$' && isName(t[1:]):
		v.Form = Template
	case len(t) > 2 && t[0] == '%' && t[len(t)-1] == '%' && isName(t[1:len(t)-1]):
		v.Form = Template
	case len(t) > 2 && t[0] == '@' && t[len(t)-1] == '@' && isName(strings.ReplaceAll(t[1:len(t)-1], ".", "_")):
		v.Form = Template
	}
}

func isName(s string) bool {
	for _, r := range s {
		if r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return s != ""
}
