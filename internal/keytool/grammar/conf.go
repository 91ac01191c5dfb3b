package grammar

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"muxkey/internal/keytool/exception"
)

// configured returns the arguments that a file of -conf has for the command: those
// of keytool.all, then those of the command under one of its names.
func (p *parser) configured(path string) ([]string, error) {
	content, err := p.around.ReadFile(path)
	if err != nil {
		return nil, exception.Wrap(exception.FileNotFound, missing(path, err), err)
	}
	settings, err := properties(content)
	if err != nil {
		return nil, err
	}
	own, ok := settings["keytool."+p.command.name]
	if p.command.other != "" {
		if other, also := settings["keytool."+p.command.other]; ok && also {
			return nil, exception.New(exception.IO, "Cannot have both -"+p.command.name+" and -"+p.command.other+" as pre-configured options")
		} else if also {
			own = other
		}
	}
	all, err := p.words(settings["keytool.all"])
	if err != nil {
		return nil, err
	}
	words, err := p.words(own)
	return append(all, words...), err
}

// words splits a line at blanks and at quotes, which group: a"b c" is two words.
// Backslashes escape within quotes only.
func (p *parser) words(line string) (words []string, err error) {
	text := []rune(line)
	for i := 0; i < len(text); {
		var word string
		switch r := text[i]; {
		case r <= ' ':
			i++
			continue
		case r == '"' || r == '\'':
			word, i = quoted(text, i)
		default:
			start := i
			for i < len(text) && text[i] > ' ' && text[i] != '"' && text[i] != '\'' {
				i++
			}
			word = string(text[start:i])
		}
		word, err := p.expand(word)
		if err != nil {
			return nil, err
		}
		words = append(words, word)
	}
	return words, nil
}

// quoted returns the text between quotes, from the quote at start on, and where it
// goes on behind them. Quotes that do not close end with the line.
func quoted(text []rune, start int) (word string, next int) {
	var b strings.Builder
	quote := text[start]
	for i := start + 1; i < len(text); i++ {
		switch r := text[i]; {
		case r == quote:
			return b.String(), i + 1
		case r == '\n' || r == '\r':
			return b.String(), i // the end is read again as a blank
		case r == '\\' && i+1 == len(text):
			b.WriteRune('\uFFFF') // what Java makes of the end of its input here
		case r == '\\':
			value, last := escaped(text, i+1)
			b.WriteRune(value)
			i = last
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), len(text)
}

// escaped returns the character that an escape of java.io.StreamTokenizer stands
// for, and where it ends.
func escaped(text []rune, i int) (value rune, last int) {
	switch text[i] {
	case 'a':
		return '\a', i
	case 'b':
		return '\b', i
	case 'f':
		return '\f', i
	case 'n':
		return '\n', i
	case 'r':
		return '\r', i
	case 't':
		return '\t', i
	case 'v':
		return '\v', i
	}
	if text[i] < '0' || '7' < text[i] {
		return text[i], i
	}
	// One to three octal digits, up to \377.
	limit := i + 2
	if text[i] <= '3' {
		limit++
	}
	for ; i < min(limit, len(text)) && '0' <= text[i] && text[i] <= '7'; i++ {
		value = value*8 + text[i] - '0'
	}
	return value, i - 1
}

// expand puts system properties in the place of ${name}, and the separator of
// paths in that of ${/}. ${{name}} is left alone: other readers of such files
// expand it.
func (p *parser) expand(word string) (string, error) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(word, "${")
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		if strings.HasPrefix(rest, "{") {
			end := strings.Index(rest, "}}")
			if end < 0 {
				b.WriteString("${" + rest)
				return b.String(), nil
			}
			b.WriteString("${" + rest[:end+2])
			word = rest[end+2:]
			continue
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			b.WriteString("${" + rest)
			return b.String(), nil
		}
		value, err := p.property(name)
		if err != nil {
			return "", err
		}
		b.WriteString(value)
		word = after
	}
}

// property returns a system property.
func (p *parser) property(name string) (string, error) {
	if name == "" {
		return "", exception.New(exception.IllegalArgument, "key can't be empty")
	}
	if name == "/" {
		name = "file.separator"
	}
	if value, ok := p.call.Properties[name]; ok {
		return value, nil
	}
	if p.around.Property != nil {
		if value, ok := p.around.Property(name); ok {
			return value, nil
		}
	}
	return "", exception.New("sun.security.util.PropertyExpander$ExpandException", "unable to expand property "+name)
}

// properties reads a file as java.util.Properties does: ISO 8859-1, lines that end
// in a backslash go on, the last value of a key counts.
func properties(content []byte) (map[string]string, error) {
	settings := map[string]string{}
	for _, line := range logicalLines(content) {
		end := 0
		for end < len(line) && !strings.ContainsRune("=: \t\f", line[end]) {
			if line[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end, len(line))
		key, err := unescape(line[:end])
		if err != nil {
			return nil, err
		}
		value := trimBlanks(line[end:])
		if len(value) > 0 && (value[0] == '=' || value[0] == ':') {
			value = trimBlanks(value[1:])
		}
		if settings[key], err = unescape(value); err != nil {
			return nil, err
		}
	}
	return settings, nil
}

// logicalLines returns the lines that are neither blank nor comments, each with
// those that continue it, without the blanks they begin with.
func logicalLines(content []byte) [][]rune {
	var lines [][]rune
	var line []rune
	continued := false
	for _, natural := range naturalLines(content) {
		natural = trimBlanks(natural)
		if !continued && (len(natural) == 0 || natural[0] == '#' || natural[0] == '!') {
			continue
		}
		if trailing(natural)%2 == 1 {
			line = append(line, natural[:len(natural)-1]...)
			continued = true
			continue
		}
		lines = append(lines, append(line, natural...))
		line, continued = nil, false
	}
	if len(line) > 0 {
		lines = append(lines, line)
	}
	return lines
}

// trailing counts the backslashes at the end of a line.
func trailing(line []rune) int {
	n := 0
	for n < len(line) && line[len(line)-1-n] == '\\' {
		n++
	}
	return n
}

// naturalLines splits at LF, CR and CR LF.
func naturalLines(content []byte) [][]rune {
	text := make([]rune, len(content))
	for i, b := range content {
		text[i] = rune(b) // ISO 8859-1
	}
	var lines [][]rune
	for {
		i := slices.IndexFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
		if i < 0 {
			return append(lines, text)
		}
		lines = append(lines, text[:i])
		if text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			i++
		}
		text = text[i+1:]
	}
}

func trimBlanks(line []rune) []rune {
	i := slices.IndexFunc(line, func(r rune) bool { return r != ' ' && r != '\t' && r != '\f' })
	if i < 0 {
		return nil
	}
	return line[i:]
}

// unescape resolves the escapes of a key or a value. Two of them may be the halves
// of one character.
func unescape(text []rune) (string, error) {
	var units []uint16
	for i := 0; i < len(text); i++ {
		r := text[i]
		if r != '\\' {
			units = append(units, uint16(r)) // a byte
			continue
		}
		if i++; i == len(text) {
			break
		}
		switch r = text[i]; r {
		case 't':
			r = '\t'
		case 'n':
			r = '\n'
		case 'r':
			r = '\r'
		case 'f':
			r = '\f'
		case 'u':
			code, err := strconv.ParseUint(string(text[i+1:min(i+5, len(text))]), 16, 16)
			if err != nil || i+5 > len(text) {
				return "", exception.New(exception.IllegalArgument, `Malformed \uxxxx encoding.`)
			}
			r = rune(code)
			i += 4
		}
		units = append(units, uint16(r))
	}
	return string(utf16.Decode(units)), nil
}
