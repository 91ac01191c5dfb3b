package syntax

import (
	"errors"
	"strings"
)

var errUnicode = errors.New(`\u is not followed by four hexadecimal digits`)

// parseProperties takes Java properties exactly as java.util.Properties.load
// does: https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)
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
	natural(s.text, func(start, end int) {
		from := start
		for from < end && strings.IndexByte(" \t\f", s.text[from]) >= 0 {
			from++
		}
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
		logical.append(s.slice(from, end))
		if open = more; !more {
			flush()
		}
	})
	flush()
}

// natural calls do with the range of each line; a carriage return ends one as
// well as a line feed.
func natural(text string, do func(start, end int)) {
	for start := 0; start < len(text); {
		n := strings.IndexAny(text[start:], "\r\n")
		if n < 0 {
			do(start, len(text))
			return
		}
		do(start, start+n)
		start += n + 1
		if text[start-1] == '\r' && start < len(text) && text[start] == '\n' {
			start++
		}
	}
}

// property takes one logical line: the name ends at the first '=', ':' or blank
// that no backslash protects. Blanks at the end belong to the value, which its
// span does not show.
func (p *parser) property(line source, block int) {
	t := line.text
	end := 0
	for end < len(t) && strings.IndexByte("=: \t\f", t[end]) < 0 {
		if t[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end, len(t))
	from, to := trim(t, end, len(t))
	if from < to && (t[from] == '=' || t[from] == ':') {
		from, to = trim(t, from+1, to)
	}
	if to < len(t) && protected(t, from, to) {
		to++ // the blank after a backslash is no blank at the end
	}
	name, value := p.plainProperty(line, 0, end), p.plainProperty(line, from, len(t))
	p.setting(Setting{
		Path: []string{name.text}, Key: line.span(0, end), Block: block,
		Value: Value{Text: value.text, Span: line.span(from, to)},
	}, value)
}

// plainProperty is a range of a line without its escapes.
func (p *parser) plainProperty(line source, start, end int) source {
	t := line.text[:end]
	if strings.IndexByte(t[start:], '\\') < 0 {
		return line.slice(start, end)
	}
	var b builder
	for i := start; i < end; {
		if t[i] != '\\' {
			next := end
			if j := strings.IndexByte(t[i:], '\\'); j >= 0 {
				next = i + j
			}
			b.append(line.slice(i, next))
			i = next
			continue
		}
		if i+1 == end {
			break
		}
		text, size := t[i+1:i+2], 2
		switch t[i+1] {
		case 't':
			text = "\t"
		case 'n':
			text = "\n"
		case 'r':
			text = "\r"
		case 'f':
			text = "\f"
		case 'u':
			if _, ok := hexRune(t, i+2, 4); !ok {
				p.problem(line.span(i, i+2), errUnicode)
				break
			}
			text, size = escape(t[i:])
		}
		b.replace(text, line, i, size)
		i += size
	}
	return b.source(line.at(start))
}
