package syntax

import "strings"

// parseBatch takes a script of cmd.exe: commands, and variables as they are set.
func parseBatch(p *parser, s source) {
	block := p.block()
	var logical builder
	open := false
	flush := func(at int) {
		p.batchLine(logical.source(at), block)
		logical = builder{}
	}
	lines(s.text, func(start, end int) {
		if open = end > start && s.text[end-1] == '^'; open {
			logical.append(s.slice(start, end-1))
			logical.escape(" ", s.at(end-1), 1)
			return
		}
		logical.append(s.slice(start, end))
		flush(s.at(start))
	})
	if open {
		flush(s.at(0))
	}
}

// batchLine takes the commands of a line, which stand between &, && and |, in
// brackets, and behind if, for and else.
func (p *parser) batchLine(line source, block int) {
	t := line.text
	for at := 0; at < len(t); {
		for at < len(t) && strings.IndexByte(" \t@()&|,;'", t[at]) >= 0 {
			at++
		}
		rest := strings.ToLower(t[at:min(len(t), at+8)])
		if strings.HasPrefix(rest, "::") || rest == "rem" || strings.HasPrefix(rest, "rem ") || strings.HasPrefix(rest, ":") {
			return
		}
		if strings.HasPrefix(rest, "set ") {
			at = p.batchSet(line, at+len("set "), block)
			continue
		}
		var words []arg
		start := at
		for at < len(t) && strings.IndexByte("&|\r\n", t[at]) < 0 {
			if blank(t[at]) {
				at++
				continue
			}
			if t[at] == '(' && len(words) > 0 || t[at] == ')' {
				break
			}
			word, next := batchWord(line, at)
			at = max(next, at+1)
			switch strings.ToLower(word.Text) {
			case "do", "else":
				words = nil
				continue
			}
			words = append(words, word)
			if n := condition(words); n > 0 {
				words = nil
				break
			}
		}
		if len(words) > 0 {
			p.run(words, block)
		}
		if at == start {
			at++
		}
	}
}

// condition tells how many words "if" has before its command, when these are
// all of them.
func condition(words []arg) int {
	if !strings.EqualFold(words[0].Text, "if") {
		return 0
	}
	n := 1
	for n < len(words) && (strings.EqualFold(words[n].Text, "/i") || strings.EqualFold(words[n].Text, "not")) {
		n++
	}
	if n >= len(words) {
		return 0
	}
	switch strings.ToLower(words[n].Text) {
	case "exist", "defined", "errorlevel":
		n += 2
	default:
		if strings.Contains(words[n].Text, "==") {
			n++
		} else {
			n += 3 // a EQU b
		}
	}
	if len(words) == n {
		return n
	}
	return 0
}

// batchSet takes NAME=value or "NAME=value", and returns where it ends.
func (p *parser) batchSet(line source, at, block int) int {
	t := line.text
	for at < len(t) && blank(t[at]) {
		at++
	}
	if strings.HasPrefix(t[at:], "/") {
		// set /a and set /p: computed, or asked for.
		for at < len(t) && strings.IndexByte("&|", t[at]) < 0 {
			at++
		}
		return at
	}
	start, end := at, at
	if at < len(t) && t[at] == '"' {
		start = at + 1
		end = len(t)
		if i := strings.IndexByte(t[start:], '"'); i >= 0 {
			end = start + i
		}
		at = min(end+1, len(t))
	} else {
		for end < len(t) && strings.IndexByte("&|)", t[end]) < 0 {
			end++
		}
		at = end
	}
	name, _, ok := strings.Cut(t[start:end], "=")
	if !ok {
		return at
	}
	from := start + len(name) + 1
	v := Value{Text: t[from:end], Span: line.span(from, end)}
	v.recognise()
	if strings.Contains(v.Text, "%") && v.Form == Bare {
		v.Form = Template
	}
	p.setting(Setting{
		Path: []string{strings.TrimSpace(name)}, Key: line.span(start, start+len(name)), Origin: FromEnv, Block: block, Value: v,
	}, line.slice(from, end))
	return at
}

// batchWord reads a word, and returns where it ends.
func batchWord(line source, at int) (arg, int) {
	t := line.text
	var b builder
	start, quoted, done := at, false, at
	for ; at < len(t) && (quoted || !blank(t[at]) && strings.IndexByte("&|()", t[at]) < 0); at++ {
		switch t[at] {
		case '"':
			b.append(line.slice(done, at))
			done = at + 1
			quoted = !quoted
		case '^':
			if !quoted {
				b.append(line.slice(done, at))
				done = at + 1
				at++
			}
		}
	}
	at = min(at, len(t))
	b.append(line.slice(min(done, at), at))
	from, to, _ := unquote(t, start, at)
	src := b.source(line.at(from))
	return arg{Word: Word{Text: src.text, Span: line.span(from, to), Variable: strings.Count(src.text, "%") > 1}, src: src}, at
}
