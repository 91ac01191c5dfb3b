package syntax

import "strings"

// parseEnv takes NAME=value lines, as Docker, Compose and systemd read them.
func parseEnv(p *parser, s source) {
	block := p.block()
	lines(s.text, func(start, end int) {
		start, end = trim(s.text, start, end)
		if start == end || s.text[start] == '#' {
			return
		}
		line := s.text[start:end]
		if rest, ok := strings.CutPrefix(line, "export "); ok {
			start += len(line) - len(strings.TrimLeft(rest, " \t"))
			line = s.text[start:end]
		}
		name, _, ok := strings.Cut(line, "=")
		if !ok || !isName(strings.TrimSpace(name)) {
			return
		}
		from, to := trim(s.text, start+len(name)+1, end)
		from, to, form := unquote(s.text, from, to)
		key := strings.TrimSpace(name)
		p.setting(Setting{
			Path: []string{key}, Key: s.span(start, start+len(key)), Origin: FromEnv, Block: block,
			Value: Value{Text: s.text[from:to], Form: form, Span: s.span(from, to)},
		}, s.slice(from, to))
	})
}
