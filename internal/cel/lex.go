package cel

import (
	"strings"
	"unicode/utf8"
)

// tokenKind tells tokens apart. Operators and brackets are kinds of their own by
// their text.
type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokName
	tokQuotedName // in back quotes: `content-type`
	tokInt
	tokUint
	tokDouble
	tokString
	tokBytes
	tokSign // everything else, and the words in, true, false and null
)

type token struct {
	kind tokenKind
	pos  int
	text string // as it stands in the source
}

// lexer takes tokens from the source, one at a time.
type lexer struct {
	source string
	pos    int
}

// next returns the next token behind white space and comments.
func (l *lexer) next() (token, *Error) {
	l.skip()
	start := l.pos
	if start == len(l.source) {
		return token{kind: tokEnd, pos: start, text: "the end"}, nil
	}
	rest := l.source[start:]
	c := rest[0]
	switch {
	case isDigit(c), c == '.' && len(rest) > 1 && isDigit(rest[1]):
		return l.number()
	case c == '"' || c == '\'':
		return l.text(0, false)
	case isLetter(c):
		if prefix, raw, ok := quotePrefix(rest); ok {
			return l.text(prefix, raw)
		}
		for l.pos < len(l.source) && (isLetter(l.source[l.pos]) || isDigit(l.source[l.pos])) {
			l.pos++
		}
		t := l.token(tokName, start)
		switch t.text {
		case "in", "true", "false", "null":
			t.kind = tokSign
		}
		return t, nil
	case c == '`':
		end := strings.IndexAny(rest[1:], "`\n")
		if end < 1 || rest[1+end] != '`' {
			return token{}, l.errorf(start, "a name in back quotes has no end")
		}
		for i := range end {
			if b := rest[1+i]; !isLetter(b) && !isDigit(b) && !strings.ContainsRune(".-/ ", rune(b)) {
				return token{}, l.errorf(start+1+i, "a name in back quotes has letters, digits and _ . - / alone")
			}
		}
		l.pos += end + 2
		return l.token(tokQuotedName, start), nil
	}
	for _, sign := range [...]string{"==", "!=", "<=", ">=", "&&", "||"} {
		if strings.HasPrefix(rest, sign) {
			l.pos += 2
			return l.token(tokSign, start), nil
		}
	}
	if strings.IndexByte("[]{}().,-+*/%!?:<>", c) >= 0 {
		l.pos++
		return l.token(tokSign, start), nil
	}
	switch c {
	case '=':
		return token{}, l.errorf(start, "a single = is no operator; equal is ==")
	case '&', '|':
		return token{}, l.errorf(start, "a single %c is no operator; there are && and ||", c)
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return token{}, l.errorf(start, "%q stands for nothing here", r)
}

func (l *lexer) token(kind tokenKind, start int) token {
	return token{kind: kind, pos: start, text: l.source[start:l.pos]}
}

func (l *lexer) skip() {
	for l.pos < len(l.source) {
		switch c := l.source[l.pos]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			l.pos++
		case strings.HasPrefix(l.source[l.pos:], "//"):
			end := strings.IndexByte(l.source[l.pos:], '\n')
			if end < 0 {
				l.pos = len(l.source)
				return
			}
			l.pos += end
		default:
			return
		}
	}
}

func (l *lexer) digits(is func(byte) bool) bool {
	start := l.pos
	for l.pos < len(l.source) && is(l.source[l.pos]) {
		l.pos++
	}
	return l.pos > start
}

// at tells whether one of the bytes comes next, and takes it.
func (l *lexer) at(bytes string) bool {
	if l.pos < len(l.source) && strings.IndexByte(bytes, l.source[l.pos]) >= 0 {
		l.pos++
		return true
	}
	return false
}

func (l *lexer) number() (token, *Error) {
	start := l.pos
	kind := tokInt
	if strings.HasPrefix(l.source[start:], "0x") {
		l.pos += 2
		if !l.digits(isHex) {
			return token{}, l.errorf(start, "0x has no digits")
		}
	} else {
		l.digits(isDigit)
		if rest := l.source[l.pos:]; len(rest) > 1 && rest[0] == '.' && isDigit(rest[1]) {
			kind = tokDouble
			l.pos++
			l.digits(isDigit)
		}
		if l.at("eE") {
			kind = tokDouble
			l.at("+-")
			if !l.digits(isDigit) {
				return token{}, l.errorf(start, "the exponent has no digits")
			}
		}
	}
	if kind == tokInt && l.at("uU") {
		kind = tokUint
	}
	if l.pos < len(l.source) && (isLetter(l.source[l.pos]) || isDigit(l.source[l.pos])) {
		return token{}, l.errorf(l.pos, "a number ends in %q", l.source[l.pos])
	}
	return l.token(kind, start), nil
}

// quotePrefix tells whether a text with a prefix begins here: b, r, or b and r.
func quotePrefix(s string) (length int, raw, ok bool) {
	if s[0]|0x20 == 'b' {
		length++
	}
	if length < len(s) && s[length]|0x20 == 'r' {
		length, raw = length+1, true
	}
	return length, raw, length > 0 && length < len(s) && (s[length] == '"' || s[length] == '\'')
}

// text takes a text in quotes, behind a prefix of that length.
func (l *lexer) text(prefix int, raw bool) (token, *Error) {
	start := l.pos
	kind := tokString
	if strings.ContainsAny(l.source[start:start+prefix], "bB") {
		kind = tokBytes
	}
	l.pos += prefix
	quote := l.source[l.pos : l.pos+1]
	triple := strings.HasPrefix(l.source[l.pos:], strings.Repeat(quote, 3))
	if triple {
		quote = strings.Repeat(quote, 3)
	}
	l.pos += len(quote)
	for ; l.pos < len(l.source); l.pos++ {
		switch c := l.source[l.pos]; {
		case c == '\\' && !raw:
			l.pos++
			if l.pos < len(l.source) && l.source[l.pos] == '\n' {
				return token{}, l.errorf(l.pos-1, "a backslash stands at the end of a line")
			}
		case !triple && (c == '\n' || c == '\r'):
			return token{}, l.errorf(start, "the text has no end on its line; three quotes begin one of many lines")
		case strings.HasPrefix(l.source[l.pos:], quote):
			l.pos += len(quote)
			return l.token(kind, start), nil
		}
	}
	return token{}, l.errorf(start, "the text has no end")
}

func (l *lexer) errorf(pos int, format string, args ...any) *Error {
	return invalid(l.source, pos, format, args...)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' }

// isIdentifier tells whether a variable can have that name.
func isIdentifier(name string) bool {
	if name == "" || isDigit(name[0]) || isReserved(name) {
		return false
	}
	for i := range len(name) {
		if !isLetter(name[i]) && !isDigit(name[i]) {
			return false
		}
	}
	return true
}

// isReserved tells words that are kept for other languages that CEL may be
// embedded in, see the language definition.
func isReserved(name string) bool {
	switch name {
	case "in", "true", "false", "null",
		"as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
		"loop", "package", "namespace", "return", "var", "void", "while":
		return true
	}
	return false
}
