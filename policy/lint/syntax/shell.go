package syntax

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// parseShell takes a script apart with a shell parser: commands as they are
// called, and variables as they are set.
func parseShell(p *parser, s source) {
	parsed, err := syntax.NewParser(syntax.KeepComments(false), syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(s.text), "")
	if err != nil {
		p.problem(s.span(0, len(s.text)), err)
		if parsed == nil {
			return
		}
	}
	block := p.block()
	syntax.Walk(parsed, func(node syntax.Node) bool {
		switch n := node.(type) {
		case *syntax.DeclClause:
			for _, a := range n.Args {
				p.assignment(s, a, block)
			}
			return false
		case *syntax.CallExpr:
			for _, a := range n.Assigns {
				p.assignment(s, a, block)
			}
			var words []Word
			for _, w := range n.Args {
				words = append(words, word(s, w))
			}
			p.command(s, words)
		}
		return true
	})
}

// assignment is NAME=value in a shell.
func (p *parser) assignment(s source, a *syntax.Assign, block int) {
	if a.Name == nil || a.Value == nil {
		return
	}
	w := word(s, a.Value)
	from, to := int(a.Value.Pos().Offset()), int(a.Value.End().Offset())
	v := Value{Text: w.Text, Span: w.Span}
	if w.Variable {
		v.Form = Template
	}
	p.setting(Setting{
		Path: []string{a.Name.Value}, Key: s.span(int(a.Name.Pos().Offset()), int(a.Name.End().Offset())),
		Origin: FromEnv, Block: block, Value: v,
	}, s.slice(from, to))
}

// word is a word as the program gets it.
func word(s source, w *syntax.Word) Word {
	var text strings.Builder
	variable := false
	var flat func(parts []syntax.WordPart)
	flat = func(parts []syntax.WordPart) {
		for _, part := range parts {
			switch n := part.(type) {
			case *syntax.Lit:
				text.WriteString(strings.ReplaceAll(n.Value, "\\", ""))
			case *syntax.SglQuoted:
				text.WriteString(n.Value)
			case *syntax.DblQuoted:
				flat(n.Parts)
			default:
				variable = true
				text.WriteString(s.text[part.Pos().Offset():part.End().Offset()])
			}
		}
	}
	flat(w.Parts)
	from, to := int(w.Pos().Offset()), int(w.End().Offset())
	from, to, _ = unquote(s.text, from, to)
	return Word{Text: text.String(), Span: s.span(from, to), Variable: variable}
}

// command adds a command, and the ones that it starts itself.
func (p *parser) command(s source, words []Word) {
	if len(words) == 0 {
		return
	}
	name := strings.TrimSuffix(strings.ToLower(path.Base(words[0].Text)), ".exe")
	p.file.Commands = append(p.file.Commands, Command{
		Name: name, Words: words, Span: Span{words[0].Span.Start, words[len(words)-1].Span.End},
	})
	for _, w := range words[1:] {
		p.inside(source{text: string(p.file.Text[w.Span.Start:w.Span.End]), anchors: []anchor{{0, w.Span.Start}}}, nil)
	}
}
