package syntax

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unescape takes the escapes out of the text between the quotes of a string, as
// JSON, TOML, HCL and HOCON write them; what only one of them knows (\e, \x41,
// \U0001F512, a line break after a backslash) means the same in all. An escape
// that is none stands for its letter.
func unescape(s source, start, end int) source {
	if !strings.Contains(s.text[start:end], `\`) {
		return s.slice(start, end)
	}
	var b builder
	for i := start; i < end; {
		if s.text[i] != '\\' || i+1 == end {
			next := end
			if j := strings.IndexByte(s.text[i+1:end], '\\'); j >= 0 {
				next = i + 1 + j
			}
			b.append(s.slice(i, next))
			i = next
			continue
		}
		i += b.unescape(s, i, end)
	}
	return b.source(s.at(start))
}

// unescape adds what the escape at an offset stands for, and returns how long it
// is.
func (b *builder) unescape(s source, at, end int) int {
	text, size := escape(s.text[at:end])
	b.replace(text, s, at, size)
	return size
}

// replace adds a text that stands for some bytes of a source.
func (b *builder) replace(text string, s source, at, size int) {
	span := s.span(at, at+size)
	b.escape(text, span.Start, span.End-span.Start)
}

// escape is what an escape stands for, and how long it is.
func escape(t string) (string, int) {
	switch c := t[1]; c {
	case 'n':
		return "\n", 2
	case 't':
		return "\t", 2
	case 'r':
		return "\r", 2
	case 'b':
		return "\b", 2
	case 'f':
		return "\f", 2
	case 'e':
		return "\x1b", 2
	case '\r', '\n':
		// A line break, and the blanks that the next line begins with.
		return "", len(t) - len(strings.TrimLeft(t[1:], " \t\r\n"))
	case 'u', 'U', 'x':
		digits := map[byte]int{'u': 4, 'U': 8, 'x': 2}[c]
		r, ok := hexRune(t, 2, digits)
		if !ok {
			return t[1:2], 2
		}
		size := 2 + digits
		if utf16.IsSurrogate(r) {
			if low, ok := hexRune(t, size+2, 4); ok && t[size:size+2] == `\u` && utf16.DecodeRune(r, low) != utf8.RuneError {
				return string(utf16.DecodeRune(r, low)), size + 6
			}
		}
		return string(r), size
	default:
		_, size := utf8.DecodeRuneInString(t[1:])
		return t[1 : 1+size], 1 + size
	}
}

func hexRune(t string, at, digits int) (rune, bool) {
	if at+digits > len(t) {
		return 0, false
	}
	n, err := strconv.ParseUint(t[at:at+digits], 16, 32)
	return rune(n), err == nil && n <= utf8.MaxRune
}

// closing is the offset of the quote that closes the string whose text starts at
// an offset; -1 without one. Backslashes protect quotes.
func closing(text string, start int, quote byte) int {
	for i := start; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case quote:
			return i
		}
	}
	return -1
}
