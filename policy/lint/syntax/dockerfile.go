package syntax

import "strings"

// parseDockerfile takes the instructions of a Dockerfile: RUN and its like are
// commands, ENV and ARG set variables.
func parseDockerfile(p *parser, s source) {
	block := p.block()
	var logical builder
	lines(s.text, func(start, end int) {
		from, to := trim(s.text, start, end)
		if from == to || s.text[from] == '#' {
			return
		}
		more := s.text[to-1] == '\\'
		if more {
			to--
		}
		piece := s.slice(from, to)
		logical.add(piece.text, piece.at(0))
		if more {
			logical.add("  ", piece.at(0)+len(piece.text)) // the backslash and the line break
			return
		}
		p.instruction(logical.source(0), block)
		logical = builder{}
	})
	if len(logical.text) > 0 {
		p.instruction(logical.source(0), block)
	}
}

func (p *parser) instruction(line source, block int) {
	verb, _, _ := strings.Cut(line.text, " ")
	rest := line.slice(min(len(verb)+1, len(line.text)), len(line.text))
	switch strings.ToUpper(verb) {
	case "RUN", "CMD", "ENTRYPOINT":
		p.parse("shell", rest)
	case "ENV", "ARG":
		from, to := trim(rest.text, 0, len(rest.text))
		name, value, ok := strings.Cut(rest.text[from:to], "=")
		if !ok {
			name, value, ok = strings.Cut(rest.text[from:to], " ")
		}
		if !ok {
			return
		}
		start, end, form := unquote(rest.text, to-len(value), to)
		p.setting(Setting{
			Path: []string{name}, Key: rest.span(from, from+len(name)), Origin: FromEnv, Block: block,
			Value: Value{Text: rest.text[start:end], Form: form, Span: rest.span(start, end)},
		}, rest.slice(start, end))
	}
}
