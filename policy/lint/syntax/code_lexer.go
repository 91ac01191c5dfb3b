package syntax

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxTokens bounds the memory that one file takes (100 bytes a token, with what
// is made of it).
const maxTokens = 1 << 20

var errTooManyTokens = errors.New("the rest of the file is not read: it has too many words")

// lexer makes tokens of source code, in one pass. It never goes back for more
// than a fixed multiple of the text: what was looked through in vain, for the end
// of a string that has none, is counted in wasted.
type lexer struct {
	d     *grammar
	src   source
	all   string // of src
	at    int
	class [256]class

	tokens []Token
	base   int // of the first token of this source
	marks  []mark
	open   []int // brackets that are not closed yet

	lineStart, spaced bool
	wasted            int
	full              bool
	// hereLine is the end of the line behind which bodies of heredocs stand, and
	// hereEnd the end of the last of them.
	hereLine, hereEnd int
}

// mark is what the walker wants to know of a token besides.
type mark struct {
	start, end int32 // in the source
	flags      flags
	escaped    bool
	quote      *quote
}

type flags uint16

const (
	lineStart flags = 1 << iota // the first of a line
	spaced                      // blanks stand before it
	holes                       // a string with values put in
	raw                         // a string without escapes
	atom                        // it was written with a colon
	shellText                   // a string that is run as a command
	used                        // a string whose inside was looked at
)

type class uint8

const (
	isBlank class = 1 << iota
	isNewline
	isLetter
	isDigit
	isQuote
	isComment
	isSpecial
	isSigil
)

func newLexer(d *grammar, s source, base int) *lexer {
	l := &lexer{d: d, src: s, all: s.text, base: base, lineStart: true, hereLine: -1}
	for i := range l.class {
		switch b := byte(i); {
		case b == ' ' || b == '\t' || b == '\r' || b == '\f' || b == '\v':
			l.class[i] = isBlank
		case b == '\n':
			l.class[i] = isNewline
		case b == '_' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= utf8.RuneSelf:
			l.class[i] = isLetter
		case b >= '0' && b <= '9':
			l.class[i] = isDigit
		}
	}
	add := func(text string, c class) {
		for i := range len(text) {
			l.class[text[i]] |= c
		}
	}
	add(d.letters, isLetter)
	add(d.sigils, isSigil)
	add(d.special, isSpecial)
	for _, c := range d.comments {
		add(c.open[:1], isComment)
		if c.open[0] >= 'a' && c.open[0] <= 'z' {
			add(strings.ToUpper(c.open[:1]), isComment)
		}
	}
	for i := range d.quotes {
		add(d.quotes[i].open[:1], isQuote)
	}
	return l
}

func (l *lexer) run(tokens []Token) []Token {
	l.tokens = tokens
	if guess := len(l.all) / 6; cap(l.tokens)-len(l.tokens) < guess {
		l.tokens = append(make([]Token, 0, len(tokens)+guess+16), tokens...)
	}
	l.marks = make([]mark, 0, len(l.all)/6+16)
	if strings.HasPrefix(l.all, "#!") {
		l.line()
	}
	for l.at < len(l.all) {
		if len(l.tokens) >= maxTokens {
			l.full = true
			break
		}
		b := l.all[l.at]
		c := l.class[b]
		switch c {
		case isBlank:
			l.at++
			l.spaced = true
			continue
		case isNewline:
			if l.at == l.hereLine {
				l.at = l.hereEnd
				l.hereLine = -1
			} else {
				l.at++
			}
			l.lineStart = true
			continue
		}
		if c&isComment != 0 && l.comment() {
			l.spaced = true
			continue
		}
		if c&isSpecial != 0 && l.d.scan(l) {
			continue
		}
		switch {
		case c&isQuote != 0 && l.quoted(l.at, 0):
		case c&isDigit != 0:
			l.number()
		case c&isLetter != 0:
			l.name()
		case c&isSigil != 0 && l.sigil():
		case b == '\\' && l.at+1 < len(l.all) && (l.all[l.at+1] == '\n' || l.all[l.at+1] == '\r'):
			// A line that goes on.
			l.at += 2
			if l.at < len(l.all) && l.all[l.at-1] == '\r' && l.all[l.at] == '\n' {
				l.at++
			}
			l.spaced = true
		case b == '/' && l.d.regex && l.regexp():
		case b == '#' && l.d.directives != "" && l.lineStart && l.directive():
		case b == ':' && l.d.atoms && l.atom():
		default:
			l.symbol()
		}
	}
	return l.tokens
}

// add appends a token that reaches from one place to another.
func (l *lexer) add(kind TokenKind, start, end int, text string) *mark {
	span := Span{start + l.src.from, end + l.src.from}
	if len(l.src.anchors) > 0 {
		span = l.src.span(start, end)
	}
	l.tokens = append(l.tokens, Token{Kind: kind, Text: text, Span: span, Mate: -1})
	m := mark{start: int32(start), end: int32(end)}
	if l.lineStart {
		m.flags |= lineStart
		l.lineStart = false
	}
	if l.spaced {
		m.flags |= spaced
		l.spaced = false
	}
	l.marks = append(l.marks, m)
	return &l.marks[len(l.marks)-1]
}

// patience is how much may be looked through in vain.
func (l *lexer) patience() int { return 8*len(l.all) + 1<<16 }

// has tells whether the text goes on like this.
func (l *lexer) has(at int, text string) bool {
	return at >= 0 && at+len(text) <= len(l.all) && l.all[at:at+len(text)] == text
}

// byteAt is the byte at a place, 0 outside of the text.
func (l *lexer) byteAt(at int) byte {
	if at < 0 || at >= len(l.all) {
		return 0
	}
	return l.all[at]
}

// line skips what is left of the line.
func (l *lexer) line() {
	if i := strings.IndexByte(l.all[l.at:], '\n'); i >= 0 {
		l.at += i
	} else {
		l.at = len(l.all)
	}
}

// wordAt tells whether the byte at a place belongs to a name.
func (l *lexer) wordAt(at int) bool {
	return at >= 0 && at < len(l.all) && l.class[l.all[at]]&(isLetter|isDigit) != 0
}

// afterValue tells whether what was read last is a value, so that an operator
// follows, and no operand.
func (l *lexer) afterValue() bool {
	if len(l.marks) == 0 {
		return false
	}
	t := &l.tokens[len(l.tokens)-1]
	switch t.Kind {
	case Number, String:
		return true
	case Name:
		return l.marks[len(l.marks)-1].flags&atom != 0 || !awaitsValue(t.Text)
	}
	return t.Text == ")" || t.Text == "]" || t.Text == "}"
}

// awaitsValue tells whether a value follows a keyword.
func awaitsValue(word string) bool {
	switch word {
	case "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do", "and", "or", "not",
		"if", "unless", "when", "while", "until", "split", "grep", "yield", "await", "then", "elsif", "x", "instanceof":
		return true
	}
	return false
}

// comment skips a comment.
func (l *lexer) comment() bool {
	for _, c := range l.d.comments {
		if !l.has(l.at, c.open) && (!c.first || len(c.open) != 4 || l.at+4 > len(l.all) || !strings.EqualFold(l.all[l.at:l.at+4], c.open)) {
			continue
		}
		if c.first && !l.lineStart {
			continue
		}
		if c.open == "=" && (l.at > 0 && l.all[l.at-1] != '\n' || !l.wordAt(l.at+1)) {
			continue // an assignment
		}
		if c.close == "" {
			l.line()
			return true
		}
		from := l.at + len(c.open)
		if !c.nested {
			i := strings.Index(l.all[from:], c.close)
			if i < 0 {
				l.at = len(l.all)
				return true
			}
			newline := strings.IndexByte(l.all[l.at:from+i], '\n') >= 0
			l.at = from + i + len(c.close)
			if c.first {
				l.line()
			}
			l.lineStart = l.lineStart || newline
			return true
		}
		depth := 1
		for j := from; j < len(l.all); {
			switch {
			case l.has(j, c.close):
				j += len(c.close)
				if depth--; depth == 0 {
					l.lineStart = l.lineStart || strings.IndexByte(l.all[l.at:j], '\n') >= 0
					l.at = j
					return true
				}
			case l.has(j, c.open):
				depth++
				j += len(c.open)
			default:
				j++
			}
		}
		l.at = len(l.all)
		return true
	}
	return false
}

func (l *lexer) number() {
	start := l.at
	i := start
	for i < len(l.all) {
		b := l.all[i]
		switch {
		case b >= '0' && b <= '9' || b == '_' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z':
		case b == '.' && i+1 < len(l.all) && l.all[i+1] >= '0' && l.all[i+1] <= '9':
		case b == '\'' && l.d.directives == "c" && l.wordAt(i+1):
		default:
			goto done
		}
		i++
	}
done:
	l.at = i
	l.add(Number, start, i, l.all[start:i])
}

func (l *lexer) name() {
	start := l.at
	i := start + 1
	for i < len(l.all) && l.class[l.all[i]]&(isLetter|isDigit) != 0 {
		i++
	}
	if i < len(l.all) {
		b := l.all[i]
		if l.d.tails != "" && strings.IndexByte(l.d.tails, b) >= 0 && l.byteAt(i+1) != '=' {
			i++
		} else if l.class[b]&isQuote != 0 && l.d.prefixes != "" && l.prefixed(start, i) {
			return
		}
	}
	l.at = i
	if l.d.word != nil && l.d.word(l, start) {
		return
	}
	l.at = i
	l.add(Name, start, i, l.all[start:i])
}

// prefixed reads a string with letters before its quote.
func (l *lexer) prefixed(start, end int) bool {
	word := l.all[start:end]
	if l.d.prefixes != "*" {
		if len(word) > 3 {
			return false
		}
		for i := range len(word) {
			if strings.IndexByte(l.d.prefixes, word[i]) < 0 {
				return false
			}
		}
	}
	var f flags
	if l.d.raw == "*" || l.d.raw != "" && strings.ContainsAny(word, l.d.raw) {
		f |= raw
	}
	if l.d.holed == "*" && word != "raw" || l.d.holed != "" && strings.ContainsAny(word, l.d.holed) {
		f |= holes
	}
	return l.quoted(end, f)
}

// quoted reads the string whose quote stands at a place.
func (l *lexer) quoted(at int, f flags) bool {
	for i := range l.d.quotes {
		q := &l.d.quotes[i]
		if !l.has(at, q.open) {
			continue
		}
		h := q.hole
		if f&holes != 0 {
			if h = brace; l.d.holed == "*" {
				h = dollarBrace
			}
		}
		if l.text(q, at+len(q.open), h, f&raw) {
			return true
		}
	}
	return false
}

// text reads a string from behind its quote to its end.
func (l *lexer) text(q *quote, from int, h hole, f flags) bool {
	end, escaped, holed := l.end(q, from, h, 0)
	if end < 0 {
		return false
	}
	l.string(q, from, end, escaped, holed, f)
	l.at = end + len(q.close)
	if l.d.docstrings && len(l.open) == 0 && l.alone() {
		// A text that does nothing is documentation.
		l.tokens = l.tokens[:len(l.tokens)-1]
		l.marks = l.marks[:len(l.marks)-1]
		l.lineStart = true
	}
	return true
}

// alone tells whether the string that was just read is a whole statement.
func (l *lexer) alone() bool {
	last := len(l.marks) - 1
	if l.marks[last].flags&lineStart == 0 {
		return false
	}
	for i := l.at; i < len(l.all); i++ {
		switch l.all[i] {
		case ' ', '\t', '\r':
		case '\n', '#', ';':
			return true
		default:
			return false
		}
	}
	return true
}

// string adds a string whose text is known.
func (l *lexer) string(q *quote, from, end int, escaped, holed bool, f flags) {
	text := l.all[from:end]
	if f&raw != 0 {
		escaped = false
	}
	if escaped {
		text = l.decode(q, from, end).text
	}
	m := l.add(String, from, end, text)
	m.quote, m.escaped = q, escaped
	m.flags |= f
	if holed {
		m.flags |= holes
	}
	if q.shell {
		m.flags |= shellText
	}
}

// end finds the end of a string, -1 when it has none.
func (l *lexer) end(q *quote, from int, h hole, depth int) (end int, escaped, holed bool) {
	if l.wasted > l.patience() {
		return -1, false, false
	}
	first := q.close[0]
	i := from
	for i < len(l.all) {
		b := l.all[i]
		switch {
		case b == first && l.has(i, q.close):
			if q.doubled && l.has(i+len(q.close), q.close) {
				escaped = true
				i += 2 * len(q.close)
				continue
			}
			if len(q.close) == 3 && l.byteAt(i+3) == first {
				i++ // """"text"""" ends with its last quotes
				continue
			}
			if q.char && i-from > 12 {
				l.wasted += i - from
				return -1, false, false
			}
			return i, escaped, holed
		case b == '\\' && q.escape:
			if h == slashParen && l.byteAt(i+1) == '(' {
				holed = true
				i = l.hole(i+2, ')', depth)
				continue
			}
			escaped = true
			i += 2
			continue
		case b == '\n' && !q.lines:
			l.wasted += i - from
			return -1, false, false
		case h == noHole:
		case b == '$' && (h == dollarBrace || h == dollarParen || h == sigilName):
			next := l.byteAt(i + 1)
			switch {
			case next == '{':
				holed = true
				i = l.hole(i+2, '}', depth)
				continue
			case next == '(' && h == dollarParen:
				holed = true
				i = l.hole(i+2, ')', depth)
				continue
			case next == '_' || next >= 'a' && next <= 'z' || next >= 'A' && next <= 'Z':
				holed = holed || q.open != "`" || h != dollarBrace
			}
		case b == '#' && h == hashBrace && l.byteAt(i+1) == '{':
			holed = true
			i = l.hole(i+2, '}', depth)
			continue
		case b == '{' && h == brace:
			if l.byteAt(i+1) == '{' {
				i += 2
				continue
			}
			holed = true
			i = l.hole(i+1, '}', depth)
			continue
		case b == '{' && h == sigilName && l.byteAt(i+1) == '$':
			holed = true
			i = l.hole(i+1, '}', depth)
			continue
		}
		i++
	}
	l.wasted += len(l.all) - from
	return -1, false, false
}

// maxHoleDepth is how deep strings in values in strings are followed.
const maxHoleDepth = 6

// hole skips a value that is put into a string, and returns where the string goes
// on. A value that does not end is text.
func (l *lexer) hole(from int, closing byte, depth int) int {
	if depth >= maxHoleDepth || l.wasted > l.patience() {
		return from
	}
	nesting := 0
	for i := from; i < len(l.all) && i < from+1<<16; i++ {
		switch b := l.all[i]; b {
		case '(', '[', '{':
			nesting++
		case ')', ']', '}':
			if nesting == 0 {
				if b == closing {
					return i + 1
				}
				l.wasted += i - from
				return from
			}
			nesting--
		case '"', '\'', '`':
			if b == '\'' && l.d.typed {
				continue
			}
			inner := quote{open: string(b), close: string(b), escape: true, lines: b == '`'}
			h := noHole
			for k := range l.d.quotes {
				if l.d.quotes[k].open == inner.open {
					h = l.d.quotes[k].hole
				}
			}
			end, _, _ := l.end(&inner, i+1, h, depth+1)
			if end < 0 {
				l.wasted += i - from
				return from
			}
			i = end
		}
	}
	l.wasted += min(len(l.all)-from, 1<<16)
	return from
}

// decode takes the escapes out of a string.
func (l *lexer) decode(q *quote, from, end int) source {
	var b builder
	text := l.all[from:end]
	for i := 0; i < len(text); {
		next := i
		for next < len(text) && text[next] != '\\' && (!q.doubled || text[next] != q.close[0]) {
			next++
		}
		b.append(l.src.slice(from+i, from+next))
		if i = next; i == len(text) {
			break
		}
		if q.doubled {
			b.append(l.src.slice(from+i, from+i+1))
			i++
			if strings.HasPrefix(text[i:], q.close) {
				i += len(q.close)
			}
			continue
		}
		plain, size := escapeSequence(text[i:])
		if q.open[0] == '\'' && !q.char && l.singleQuotesAreRaw() && len(plain) > 0 && plain[0] != '\\' && plain[0] != '\'' {
			plain, size = `\`, 1
		}
		outer := l.src.span(from+i, from+i+size)
		b.escape(plain, outer.Start, outer.End-outer.Start)
		i += size
	}
	return b.source(l.src.at(from))
}

// singleQuotesAreRaw tells whether '\n' is two characters: in PHP, Ruby, Perl.
func (l *lexer) singleQuotesAreRaw() bool { return l.d.pair == "=>" && !l.d.tuples }

// escapeSequence is what a backslash and what follows stand for, and how long they are.
func escapeSequence(s string) (plain string, size int) {
	if len(s) < 2 {
		return s, len(s)
	}
	digits := func(from, most int) (string, int) {
		n := from
		for n < len(s) && n < from+most && isHex(s[n]) {
			n++
		}
		v, err := strconv.ParseUint(s[from:n], 16, 32)
		if err != nil {
			return s[1:2], 2
		}
		return string(rune(v)), n
	}
	switch s[1] {
	case 'n':
		return "\n", 2
	case 't':
		return "\t", 2
	case 'r':
		return "\r", 2
	case '0':
		return "\x00", 2
	case '\n':
		return "", 2
	case 'x':
		if len(s) > 2 && s[2] == '{' {
			break
		}
		return digits(2, 2)
	case 'U':
		return digits(2, 8)
	case 'u':
		if len(s) > 2 && s[2] == '{' {
			if end := strings.IndexByte(s, '}'); end > 0 && end <= 10 {
				plain, _ = digits(3, end-3)
				return plain, end + 1
			}
			break
		}
		return digits(2, 4)
	}
	_, n := utf8.DecodeRuneInString(s[1:])
	return s[1 : 1+n], 1 + n
}

func isHex(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}

// sigil reads a name with a sign before it.
func (l *lexer) sigil() bool {
	i := l.at
	for i < len(l.all) && i < l.at+2 && l.class[l.all[i]]&isSigil != 0 {
		i++
	}
	if !l.wordAt(i) {
		return false
	}
	start := l.at
	for l.wordAt(i) {
		i++
	}
	l.at = i
	l.add(Name, start, i, l.all[start:i])
	return true
}

// atom reads :name.
func (l *lexer) atom() bool {
	start := l.at + 1
	if !l.wordAt(start) || l.byteAt(l.at-1) == ':' || l.class[l.byteAt(start)]&isDigit != 0 {
		return false
	}
	if before := l.byteAt(l.at - 1); l.wordAt(l.at-1) || before == ')' || before == ']' || before == '"' || before == '\'' {
		return false
	}
	i := start
	for l.wordAt(i) {
		i++
	}
	if i < len(l.all) && strings.IndexByte(l.d.tails, l.all[i]) >= 0 && l.d.tails != "" {
		i++
	}
	l.at = i
	l.add(Name, start, i, l.all[start:i]).flags |= atom
	return true
}

// regexp reads /.../ where a value can stand.
func (l *lexer) regexp() bool {
	if l.afterValue() {
		// Ruby and Perl call without parentheses: split /,/
		if !l.d.bare || !l.spaced || l.tokens[len(l.tokens)-1].Kind != Name || l.class[l.byteAt(l.at+1)]&(isBlank|isNewline) != 0 || l.byteAt(l.at+1) == '=' {
			return false
		}
	}
	class := false
	for i := l.at + 1; i < len(l.all); i++ {
		switch l.all[i] {
		case '\\':
			i++
		case '[':
			class = true
		case ']':
			class = false
		case '\n':
			// Ruby and Perl have patterns of several lines.
			if l.d.bare && i-l.at < 2000 && len(l.marks) > 0 && l.tokens[len(l.tokens)-1].Kind == Symbol {
				continue
			}
			l.wasted += i - l.at
			return false
		case '/':
			if class {
				continue
			}
			l.literal(l.at+1, i)
			l.at = i + 1
			for l.wordAt(l.at) {
				l.at++
			}
			return true
		}
		if l.wasted > l.patience() {
			return false
		}
	}
	l.wasted += len(l.all) - l.at
	return false
}

// patternText is the syntax of texts that are no strings for anybody: patterns.
var patternText = quote{open: "/", close: "/"}

// literal adds a pattern.
func (l *lexer) literal(from, to int) {
	l.string(&patternText, from, to, false, false, raw|used)
}

// directive reads a line for a preprocessor.
func (l *lexer) directive() bool {
	i := l.at + 1
	for l.class[l.byteAt(i)] == isBlank {
		i++
	}
	from := i
	for l.wordAt(i) {
		i++
	}
	word := l.all[from:i]
	if l.d.directives != "c" {
		if word == "" {
			return false
		}
		l.line()
		return true
	}
	switch word {
	case "include", "import", "include_next", "error", "warning", "pragma", "line", "ident", "endif", "else", "undef", "ifdef", "ifndef":
		l.line()
		return true
	case "if":
		rest := l.all[i:]
		if end := strings.IndexByte(rest, '\n'); end >= 0 && strings.TrimSpace(rest[:end]) == "0" {
			l.at = i
			l.dead()
			return true
		}
		l.line()
		return true
	case "elif":
		l.line()
		return true
	}
	return false
}

// dead skips what stands between "#if 0" and its "#endif" or "#else".
func (l *lexer) dead() {
	depth := 0
	for {
		l.line()
		if l.at++; l.at >= len(l.all) {
			l.at = len(l.all)
			return
		}
		rest := l.all[l.at:]
		if end := strings.IndexByte(rest, '\n'); end >= 0 {
			rest = rest[:end]
		}
		rest = strings.TrimSpace(rest)
		if !strings.HasPrefix(rest, "#") {
			continue
		}
		rest = strings.TrimSpace(rest[1:])
		switch {
		case strings.HasPrefix(rest, "if"):
			depth++
		case depth == 0 && (strings.HasPrefix(rest, "endif") || strings.HasPrefix(rest, "else") || strings.HasPrefix(rest, "elif")):
			l.line()
			return
		case strings.HasPrefix(rest, "endif"):
			depth--
		}
	}
}

// symbol reads an operator, a bracket or a separator.
func (l *lexer) symbol() {
	start := l.at
	b := l.all[start]
	switch b {
	case '(', '[', '{':
		l.at++
		l.add(Symbol, start, l.at, l.all[start:l.at])
		l.open = append(l.open, len(l.tokens)-1)
		return
	case ')', ']', '}':
		l.at++
		l.add(Symbol, start, l.at, l.all[start:l.at])
		l.close(b)
		return
	}
	l.at += operator(l.all[start:])
	l.add(Symbol, start, l.at, l.all[start:l.at])
}

// close finds the bracket that one belongs to. A few that were left open in
// between are passed over, so that one bad line does not cost the file.
func (l *lexer) close(b byte) {
	opening := byte('(')
	switch b {
	case ']':
		opening = '['
	case '}':
		opening = '{'
	}
	for i := len(l.open) - 1; i >= 0 && i >= len(l.open)-16; i-- {
		if l.tokens[l.open[i]].Text[0] != opening {
			continue
		}
		last := len(l.tokens) - 1
		l.tokens[l.open[i]].Mate = last
		l.tokens[last].Mate = l.open[i]
		l.open = l.open[:i]
		return
	}
}

// operator is the length of the operator that a text begins with.
func operator(s string) int {
	if len(s) >= 3 {
		switch s[:3] {
		case "===", "!==", "<<=", ">>=", "||=", "&&=", "??=", "...", "**=", "//=", "=:=", "=/=", "<=>", "->>", "..=", "..<", "?->":
			return 3
		}
	}
	if len(s) >= 2 {
		switch s[:2] {
		case "==", "!=", "<=", ">=", "=~", "=>", "->", ":=", "+=", "-=", "*=", "/=", "|=", "&=", "^=", "%=", ".=", "?=", "~=",
			"<-", "::", "?.", "?:", "..", "&&", "||", "??", "|>", "<>", "++", "--", "=<":
			return 2
		}
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}
