package cel

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// number is the value of a literal, with a minus sign in front of it or not.
func (t token) number(negative bool) (value, string) {
	text := t.text
	switch t.kind {
	case tokDouble:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return value{}, text + " is too large for a double"
		}
		if negative {
			f = -f
		}
		return doubleValue(f), ""
	case tokUint:
		text = text[:len(text)-1]
	}
	base := 10
	if digits, ok := strings.CutPrefix(text, "0x"); ok {
		text, base = digits, 16
	}
	if t.kind == tokUint {
		u, err := strconv.ParseUint(text, base, 64)
		if err != nil {
			return value{}, t.text + " is too large for a uint"
		}
		return uintValue(u), ""
	}
	if negative {
		text = "-" + text
	}
	i, err := strconv.ParseInt(text, base, 64)
	if err != nil {
		return value{}, t.text + " is too large for an int"
	}
	return intValue(i), ""
}

// unquote is the value of a text in quotes. wrong tells what is wrong with it, at
// that byte of the token.
func (t token) unquote() (text string, at int, wrong string) {
	start := strings.IndexAny(t.text, `"'`)
	raw := strings.ContainsAny(t.text[:start], "rR")
	quotes := 1
	if rest := t.text[start:]; len(rest) >= 6 && rest[1] == rest[0] && rest[2] == rest[0] {
		quotes = 3
	}
	start += quotes
	body := t.text[start : len(t.text)-quotes]
	body = strings.ReplaceAll(body, "\r\n", "\n")
	body = strings.ReplaceAll(body, "\r", "\n")
	if raw || !strings.Contains(body, `\`) {
		return body, 0, ""
	}
	out := make([]byte, 0, len(body))
	for i := 0; i < len(body); {
		if body[i] != '\\' {
			out = append(out, body[i])
			i++
			continue
		}
		var size int
		out, size, wrong = escape(out, body[i+1:], t.kind == tokBytes)
		if wrong != "" {
			return "", start + i, wrong
		}
		i += 1 + size
	}
	return string(out), 0, ""
}

// escape appends what stands behind a backslash, of which it takes size bytes.
func escape(out []byte, s string, inBytes bool) (_ []byte, size int, wrong string) {
	if s == "" {
		return nil, 0, "a backslash stands at the end"
	}
	digits, base := 0, 16
	switch c := s[0]; c {
	case '\\', '\'', '"', '`', '?':
		return append(out, c), 1, ""
	case 'a', 'b', 't', 'n', 'v', 'f', 'r':
		return append(out, "\a\b\t\n\v\f\r"[strings.IndexByte("abtnvfr", c)]), 1, ""
	case 'x', 'X':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	case '0', '1', '2', '3':
		digits, base = 3, 8
	}
	if digits == 0 || inBytes && digits >= 4 {
		return nil, 0, `\` + s[:1] + " stands for nothing here"
	}
	size = digits
	if base == 16 {
		size++
		s = s[1:]
	}
	if len(s) < digits {
		return nil, 0, "the escape is too short"
	}
	r, err := strconv.ParseUint(s[:digits], base, 32)
	switch {
	case err != nil:
		return nil, 0, "the escape has other than digits"
	case inBytes:
		return append(out, byte(r)), size, ""
	case !utf8.ValidRune(rune(r)):
		return nil, 0, "the escape stands for no character"
	}
	return utf8.AppendRune(out, rune(r)), size, ""
}
