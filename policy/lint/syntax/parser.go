package syntax

import (
	"errors"
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
	// seen are the places of the addresses that were taken.
	seen  map[Span]bool
	nodes int // of trees
	kept  int // parts of paths, and as many for a setting
}

// Bounds for what is kept of a file, some 100 MiB: it can hold a long path many
// times over.
const (
	maxNodes    = 400_000
	maxKept     = 5_000_000
	settingCost = 16 // in parts of a path
	maxProblems = 100
)

var errNodes = errors.New("it has too many parts")

// full tells whether a tree may not grow any more.
func (p *parser) full() bool {
	p.nodes++
	return p.nodes > maxNodes
}

// parse takes a source apart as what the language says. Inside of a file it is a
// file of its own, for the rules of that language.
func (p *parser) parse(language string, s source) {
	if p.depth == 0 {
		p.takeApart(language, s)
	} else {
		p.inner(p.file.Path, language, s)
	}
}

// inner takes apart what is the content of another file, by its name.
func (p *parser) inner(name, language string, s source) {
	outer := p.file
	p.file = &File{Path: name, Language: language, Text: outer.Text}
	p.takeApart(language, s)
	if f := p.file; len(f.Settings)+len(f.Commands)+len(f.Calls)+len(f.URLs)+len(f.Tokens) > 0 {
		outer.Inner = append(outer.Inner, f)
	}
	outer.Problems = append(outer.Problems, p.file.Problems...)
	outer.Inner = append(outer.Inner, p.file.Inner...)
	p.file.Inner = nil
	p.file = outer
}

func (p *parser) takeApart(language string, s source) {
	i, ok := p.table.byName[language]
	if !ok || p.depth >= maxEmbedding {
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
	if len(p.file.Problems) >= maxProblems {
		return
	}
	p.file.Problems = append(p.file.Problems, Problem{at, err})
}

// setting adds a setting, and what its value holds: addresses, options of a
// JVM, connection strings.
func (p *parser) setting(s Setting, value source) {
	if p.keep(s) {
		p.inside(value, s.Path)
	}
}

// keep adds a setting alone, as long as there is room.
func (p *parser) keep(s Setting) bool {
	if p.kept += len(s.Path) + settingCost; p.kept > maxKept {
		if p.kept-len(s.Path)-settingCost <= maxKept {
			p.problem(s.Key, errNodes)
		}
		return false
	}
	s.Value.recognise()
	p.file.Settings = append(p.file.Settings, s)
	return true
}

// inside looks for addresses and connection strings within a value.
func (p *parser) inside(value source, key []string) {
	p.addresses(value, key)
	p.options(value)
}

// options finds -Dname=value anywhere in a text, as JAVA_OPTS and command lines
// hold it.
func (p *parser) options(value source) {
	t := value.text
	block := 0
	for rest := 0; ; {
		i := strings.Index(t[rest:], "-D")
		if i < 0 {
			return
		}
		start := rest + i
		rest = start + len("-D")
		if start > 0 && strings.IndexByte(" \t\r\n\"'=,[", t[start-1]) < 0 {
			continue
		}
		end := rest
		for end < len(t) && strings.IndexByte(" \t\r\n\"'=", t[end]) < 0 {
			end++
		}
		name := t[rest:end]
		if !parameterName(name) || !p.once(value.span(rest, end)) {
			continue
		}
		if block == 0 {
			block = p.block()
		}
		v := Value{Form: Present, Span: value.span(rest, end)}
		if end < len(t) && t[end] == '=' {
			from := end + 1
			end = from
			if from < len(t) && (t[from] == '"' || t[from] == '\'') {
				for end++; end < len(t) && t[end] != t[from]; end++ {
				}
				from++
			} else {
				for end < len(t) && strings.IndexByte(" \t\r\n\"'", t[end]) < 0 {
					end += max(placeholder(t[end:]), 1)
				}
			}
			from, end = min(from, len(t)), min(end, len(t))
			v = Value{Text: t[from:end], Span: value.span(from, end)}
			v.recognise()
		}
		p.keep(Setting{
			Path: []string{name}, Value: v, Key: value.span(rest, rest+len(name)), Origin: FromOption, Block: block,
		})
		rest = end
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
