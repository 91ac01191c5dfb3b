package syntax

import "strings"

// parseINI takes sections and "key = value" lines, the way most programs do:
// comments begin with '#' or ';', a value may be quoted.
func parseINI(p *parser, s source) {
	var section []string
	block := p.block()
	lines(s.text, func(start, end int) {
		start, end = trim(s.text, start, end)
		if start == end || s.text[start] == '#' || s.text[start] == ';' {
			return
		}
		if s.text[start] == '[' {
			if i := strings.LastIndexByte(s.text[start:end], ']'); i > 0 {
				section = []string{strings.TrimSpace(s.text[start+1 : start+i])}
				block = p.block()
			}
			return
		}
		split := strings.IndexAny(s.text[start:end], "=:")
		if split < 0 {
			split = strings.IndexAny(s.text[start:end], " \t")
		}
		name, value := [2]int{start, end}, [2]int{end, end}
		form := Present
		if split >= 0 {
			name[0], name[1] = trim(s.text, start, start+split)
			value[0], value[1] = trim(s.text, start+split+1, end)
			value[0], value[1], form = unquote(s.text, value[0], value[1])
		}
		p.setting(Setting{
			Path: append(section[:len(section):len(section)], s.text[name[0]:name[1]]), Key: s.span(name[0], name[1]), Block: block,
			Value: Value{Text: s.text[value[0]:value[1]], Form: form, Span: s.span(value[0], value[1])},
		}, s.slice(value[0], value[1]))
	})
}
