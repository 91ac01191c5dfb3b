package syntax

import "strings"

// parseProperties takes Java properties: java.util.Properties.load, without the
// unescaping of \uXXXX in names.
func parseProperties(p *parser, s source) {
	block := p.block()
	var logical builder
	open := false // the last line ended in a backslash
	flush := func() {
		if len(logical.text) > 0 {
			p.property(logical.source(0), block)
		}
		logical = builder{}
	}
	lines(s.text, func(start, end int) {
		from, _ := trim(s.text, start, end)
		if !open && (from == end || s.text[from] == '#' || s.text[from] == '!') {
			return
		}
		backslashes := 0
		for i := end - 1; i >= from && s.text[i] == '\\'; i-- {
			backslashes++
		}
		more := backslashes%2 == 1
		if more {
			end--
		}
		piece := s.slice(from, end)
		logical.add(piece.text, piece.at(0))
		if open = more; !more {
			flush()
		}
	})
	flush()
}

// property takes one logical line: the name ends at the first '=', ':' or blank
// that no backslash protects.
func (p *parser) property(line source, block int) {
	t := line.text
	end := 0
	for end < len(t) && !strings.ContainsRune("=: \t\f", rune(t[end])) {
		if t[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end, len(t))
	from, to := trim(t, end, len(t))
	if from < to && (t[from] == '=' || t[from] == ':') {
		from, _ = trim(t, from+1, to)
	}
	value := t[from:]
	p.setting(Setting{
		Path: []string{strings.ReplaceAll(t[:end], "\\", "")}, Key: line.span(0, end), Block: block,
		Value: Value{Text: strings.TrimRight(strings.ReplaceAll(value, "\\", ""), " \t"), Span: line.span(from, len(t))},
	}, line.slice(from, len(t)))
}
