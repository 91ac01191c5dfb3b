package syntax

import "strings"

// parseEnv takes NAME=value lines, as Docker, Compose, systemd and the dotenv
// libraries read them: an "export" before the name, quotes, values in quotes over
// several lines, and comments behind a value.
func parseEnv(p *parser, s source) {
	block := p.block()
	t := s.text
	unclosed := [256]bool{} // quotes of which no more come
	for at := 0; at < len(t); {
		stop := lineEnd(t, at)
		start, end := trim(t, at, stop)
		at = stop + 1
		if start == end || t[start] == '#' {
			continue
		}
		if rest, ok := strings.CutPrefix(t[start:end], "export "); ok {
			start, end = trim(t, end-len(rest), end)
		}
		split := strings.IndexAny(t[start:end], "=:")
		if split < 0 || t[start+split] == ':' && !strings.HasPrefix(t[start+split:end]+" ", ": ") {
			continue
		}
		key := strings.TrimRight(t[start:start+split], " \t")
		if !isVariable(key) {
			continue
		}
		from, to := trim(t, start+split+1, end)
		form := Bare
		value := source{}
		if from < to && (t[from] == '"' || t[from] == '\'') && !unclosed[t[from]] {
			q, stop := t[from], -1
			if q == '"' {
				stop = closing(t, from+1, q)
			} else if i := strings.IndexByte(t[from+1:], q); i >= 0 {
				stop = from + 1 + i
			}
			unclosed[q] = stop < 0
			if stop >= 0 {
				if rest, last := trim(t, stop+1, lineEnd(t, stop)); rest == last || t[rest] == '#' {
					from, to, form = from+1, stop, Quoted
					at = lineEnd(t, stop) + 1
				}
			}
			if form == Quoted && q == '"' {
				value = unescape(s, from, to)
			}
		}
		if form == Bare {
			to = uncomment(t, from, to, "#")
		}
		if value.text == "" {
			value = s.slice(from, to)
		}
		p.setting(Setting{
			Path: []string{key}, Key: s.span(start, start+len(key)), Origin: FromEnv, Block: block,
			Value: Value{Text: value.text, Form: form, Span: s.span(from, to)},
		}, value)
	}
}

// isVariable tells whether a text may be the name of a variable. Docker takes any
// name, and people use dots and dashes.
func isVariable(s string) bool {
	return isName(strings.NewReplacer(".", "_", "-", "_").Replace(s))
}

// uncomment is the end of a value without the comment that stands behind a blank
// after it.
func uncomment(text string, start, end int, marks string) int {
	for i := start; i < end; i++ {
		if strings.IndexByte(marks, text[i]) >= 0 && (i == start && (i+1 == end || text[i+1] == ' ') || i > start && (text[i-1] == ' ' || text[i-1] == '\t')) {
			return start + len(strings.TrimRight(text[start:i], " \t"))
		}
	}
	return end
}
