package syntax

import "strings"

// What single languages write like no other one.

// scanLifetime keeps apart 'c', a character, and 'a, a lifetime or a symbol; in
// Haskell and Julia the quote also ends names and transposes.
func scanLifetime(l *lexer) bool {
	if l.all[l.at] != '\'' || !l.wordAt(l.at+1) {
		return false
	}
	if end := l.at + 2; l.byteAt(end) == '\'' {
		return false
	}
	if l.all[l.at+1] >= 0x80 {
		return false
	}
	l.symbol()
	return true
}

// scanPrivateName reads #name of JavaScript.
func scanPrivateName(l *lexer) bool {
	if !l.wordAt(l.at + 1) {
		return false
	}
	l.at++
	return true
}

var (
	verbatim      = quote{open: `@"`, close: `"`, doubled: true, lines: true}
	verbatimHoles = quote{open: `$@"`, close: `"`, doubled: true, lines: true, hole: brace}
	withHoles     = quote{open: `$"`, close: `"`, escape: true, hole: brace}
	doubledHoles  = quote{open: `$"`, close: `"`, doubled: true, hole: brace}
	rawText       = quote{open: `"""`, close: `"""`, lines: true}
	anyText       = quote{open: `"`, close: `"`, lines: true}
	escapedText   = quote{open: `"`, close: `"`, escape: true, lines: true}
	shellCommand  = quote{open: "`", close: "`", escape: true, lines: true, shell: true}
)

// scanCSharp reads @"...", $"...", $@"..." and """...""".
func scanCSharp(l *lexer) bool {
	i := l.at
	dollars, at := 0, false
	for ; i < l.at+16 && (l.byteAt(i) == '$' || l.byteAt(i) == '@'); i++ {
		if l.all[i] == '@' {
			at = true
		} else {
			dollars++
		}
	}
	if l.byteAt(i) != '"' {
		return false
	}
	quotes := i
	for l.byteAt(quotes) == '"' {
		quotes++
	}
	if n := quotes - i; n >= 3 && !at {
		end := strings.Index(l.all[quotes:], l.all[i:quotes])
		if end < 0 || l.wasted > l.patience() {
			l.wasted += len(l.all) - quotes
			l.at = quotes
			l.add(Symbol, i, quotes, `"`)
			return true
		}
		l.string(&rawText, quotes, quotes+end, false, dollars > 0 && strings.IndexByte(l.all[quotes:quotes+end], '{') >= 0, raw)
		l.at = quotes + end + n
		return true
	}
	switch {
	case at && dollars > 0:
		return l.text(&verbatimHoles, i+1, brace, 0)
	case at:
		return l.text(&verbatim, i+1, noHole, 0)
	case dollars > 0:
		return l.text(&withHoles, i+1, brace, 0)
	}
	return false
}

// scanVB reads $"..." and the '_' that lets a line go on.
func scanVB(l *lexer) bool {
	switch l.all[l.at] {
	case '$':
		return l.byteAt(l.at+1) == '"' && l.text(&doubledHoles, l.at+2, brace, 0)
	case '_':
		i := l.at + 1
		for l.class[l.byteAt(i)] == isBlank {
			i++
		}
		if l.byteAt(i) == '\n' && !l.wordAt(l.at-1) {
			l.at = i + 1
			l.spaced = true
			return true
		}
	}
	return false
}

// wordCpp reads R"x(...)x".
func wordCpp(l *lexer, start int) bool {
	word := l.all[start:l.at]
	if len(word) > 3 || word[len(word)-1] != 'R' || l.byteAt(l.at) != '"' {
		return false
	}
	paren := l.at + 1
	for paren < len(l.all) && paren < l.at+18 && l.all[paren] != '(' && l.all[paren] != '"' {
		paren++
	}
	if l.byteAt(paren) != '(' {
		return false
	}
	end := strings.Index(l.all[paren+1:], ")"+l.all[l.at+1:paren]+`"`)
	if end < 0 {
		l.wasted += len(l.all) - paren
		return false
	}
	l.string(&anyText, paren+1, paren+1+end, false, false, raw)
	l.at = paren + 1 + end + 1 + (paren - l.at - 1) + 1
	return true
}

// wordRust reads r"...", r#"..."# and their like with b and c.
func wordRust(l *lexer, start int) bool {
	switch l.all[start:l.at] {
	case "r", "br", "cr":
		return l.hashed(l.at)
	}
	return false
}

// hashed reads "..." without escapes between any number of '#'.
func (l *lexer) hashed(at int) bool {
	quote := at
	for l.byteAt(quote) == '#' && quote < at+64 {
		quote++
	}
	if l.byteAt(quote) != '"' || l.wasted > l.patience() {
		return false
	}
	closing := `"` + l.all[at:quote]
	end := strings.Index(l.all[quote+1:], closing)
	if end < 0 {
		l.wasted += len(l.all) - quote
		return false
	}
	l.string(&anyText, quote+1, quote+1+end, false, false, raw)
	l.at = quote + 1 + end + len(closing)
	return true
}

// scanSwift reads #"..."#.
func scanSwift(l *lexer) bool {
	return l.hashed(l.at)
}

// wordR reads r"(...)".
func wordR(l *lexer, start int) bool {
	word := l.all[start:l.at]
	if word != "r" && word != "R" || l.byteAt(l.at) != '"' && l.byteAt(l.at) != '\'' || l.wasted > l.patience() {
		return false
	}
	open := l.byteAt(l.at + 1)
	i := strings.IndexByte("([{", open)
	if i < 0 || open == 0 {
		return false
	}
	end := strings.Index(l.all[l.at+2:], ")]}"[i:i+1]+l.all[l.at:l.at+1])
	if end < 0 {
		l.wasted += len(l.all) - l.at
		return false
	}
	l.string(&anyText, l.at+2, l.at+2+end, false, false, raw)
	l.at += end + 4
	return true
}

// scanObjC reads @"...", and leaves the sign of @YES and @{...} out.
func scanObjC(l *lexer) bool {
	next := l.byteAt(l.at + 1)
	if next == '"' {
		return l.quoted(l.at+1, 0)
	}
	if next == '{' || next == '[' || next == '(' || next >= '0' && next <= '9' || l.has(l.at+1, "YES") || l.has(l.at+1, "NO") || l.has(l.at+1, "true") || l.has(l.at+1, "false") {
		l.at++
		l.spaced = true
		return true
	}
	return false
}

// heredoc reads the text that begins on the next line and ends with a line that
// holds a word alone; the opener ends at from.
func (l *lexer) heredoc(from int, word string, holed, indented bool) bool {
	if l.wasted > l.patience() {
		return false
	}
	line := l.hereEnd
	if l.hereLine < from {
		i := strings.IndexByte(l.all[from:], '\n')
		if i < 0 {
			return false
		}
		l.hereLine = from + i
		line = from + i + 1
	}
	start := line
	for line <= len(l.all) {
		end := len(l.all)
		if i := strings.IndexByte(l.all[line:], '\n'); i >= 0 {
			end = line + i
		}
		rest := strings.TrimRight(l.all[line:end], "\r")
		if indented {
			rest = strings.TrimLeft(rest, " \t")
		}
		// PHP goes on behind the word.
		if rest == word || strings.HasPrefix(rest, word) && strings.IndexByte(";,)", rest[len(word)]) >= 0 {
			stop := max(start, line-1)
			l.string(&anyText, start, stop, false, holed && (strings.Contains(l.all[start:stop], "#{") || strings.IndexByte(l.all[start:stop], '$') >= 0), raw)
			l.at = from
			if rest == word {
				l.hereEnd = min(end+1, len(l.all))
			} else {
				l.hereEnd = end - len(l.all[line:end]) + strings.Index(l.all[line:end], word) + len(word)
			}
			return true
		}
		line = end + 1
	}
	l.wasted += len(l.all) - start
	if l.hereEnd < start {
		l.hereLine = -1
	}
	return false
}

// scanPHP reads <<<EOT, and #[...], which is no comment.
func scanPHP(l *lexer) bool {
	if !l.has(l.at, "<<<") {
		return false
	}
	i := l.at + 3
	for l.byteAt(i) == ' ' {
		i++
	}
	mark := l.byteAt(i)
	if mark == '\'' || mark == '"' {
		i++
	}
	from := i
	for l.wordAt(i) {
		i++
	}
	if from == i {
		return false
	}
	word := l.all[from:i]
	if mark == '\'' || mark == '"' {
		i++
	}
	return l.heredoc(i, word, mark != '\'', true)
}

// scanRuby reads heredocs, %w(...) and its like, and ?c.
func scanRuby(l *lexer) bool {
	switch l.all[l.at] {
	case '<':
		if !l.has(l.at, "<<") {
			return false
		}
		i := l.at + 2
		indented := l.byteAt(i) == '~' || l.byteAt(i) == '-'
		if indented {
			i++
		}
		mark := l.byteAt(i)
		if mark == '\'' || mark == '"' || mark == '`' {
			i++
		} else if !indented && (mark < 'A' || mark > 'Z' || l.afterValue() && !l.spaced) {
			return false
		}
		from := i
		for l.wordAt(i) {
			i++
		}
		if from == i {
			return false
		}
		word := l.all[from:i]
		if mark == '\'' || mark == '"' || mark == '`' {
			i++
		}
		return l.heredoc(i, word, mark != '\'', indented)
	case '%':
		if l.afterValue() && (!l.spaced || l.tokens[len(l.tokens)-1].Kind != Name || l.class[l.byteAt(l.at+1)]&isBlank != 0) {
			return false
		}
		i := l.at + 1
		letter := l.byteAt(i)
		if strings.IndexByte("wWiIqQxrs", letter) >= 0 && letter != 0 {
			i++
		} else {
			letter = 'Q'
			if strings.IndexByte("([{<|!", l.byteAt(i)) < 0 {
				return false
			}
		}
		return l.delimited(i, letter)
	case '?':
		// ?x is a character.
		if l.afterValue() || l.class[l.byteAt(l.at+1)]&(isBlank|isNewline) != 0 || l.wordAt(l.at+2) {
			return false
		}
		l.literal(min(l.at+1, len(l.all)), min(l.at+2, len(l.all)))
		l.at = min(l.at+2, len(l.all))
		return true
	case '$':
		// $`, $' and their like are variables.
		if i := l.at + 1; i < len(l.all) && strings.IndexByte("\"'`/&~!@$,.;<>+:*", l.all[i]) >= 0 {
			start := l.at
			l.at = i + 1
			l.add(Name, start, l.at, l.all[start:l.at])
			return true
		}
	case '_':
		return l.dataEnd()
	}
	return false
}

// dataEnd stops at __END__ or __DATA__ on a line of its own.
func (l *lexer) dataEnd() bool {
	if !l.lineStart || !l.has(l.at, "__END__") && !l.has(l.at, "__DATA__") {
		return false
	}
	l.at = len(l.all)
	return true
}

// delimited reads what stands between delimiters of the writer's choice, after
// q, %w, ~r and their like; the letter says what it is.
func (l *lexer) delimited(at int, letter byte) bool {
	opening := l.byteAt(at)
	if opening == 0 || l.wordAt(at) || l.class[opening]&(isBlank|isNewline) != 0 {
		return false
	}
	end := l.closing(at)
	if end < 0 {
		return false
	}
	switch letter {
	case 'w', 'W', 'i', 'I':
		l.words(at+1, end)
	case 'x':
		l.string(&shellCommand, at+1, end, strings.IndexByte(l.all[at+1:end], '\\') >= 0, strings.ContainsAny(l.all[at+1:end], "#$"), 0)
	case 'r', 'm', 's', 'y':
		l.literal(at+1, end)
	default:
		l.string(&escapedText, at+1, end, strings.IndexByte(l.all[at+1:end], '\\') >= 0, letter == 'Q' && strings.ContainsAny(l.all[at+1:end], "#$@"), 0)
	}
	l.at = end + 1
	return true
}

// closing finds the delimiter that closes the one at a place.
func (l *lexer) closing(at int) int {
	if l.wasted > l.patience() {
		return -1
	}
	opening := l.all[at]
	closing := opening
	if i := strings.IndexByte("([{<", opening); i >= 0 {
		closing = ")]}>"[i]
	}
	depth := 0
	for i := at + 1; i < len(l.all); i++ {
		switch b := l.all[i]; {
		case b == '\\':
			i++
		case b == closing && depth == 0:
			return i
		case b == closing:
			depth--
		case b == opening:
			depth++
		}
	}
	l.wasted += len(l.all) - at
	return -1
}

// words adds a list of words as strings between brackets.
func (l *lexer) words(from, to int) {
	bracket := func(at int, text string) {
		l.add(Symbol, at, at, text)
	}
	bracket(from, "[")
	l.open = append(l.open, len(l.tokens)-1)
	for i := from; i < to; {
		for i < to && l.class[l.all[i]]&(isBlank|isNewline) != 0 {
			i++
		}
		start := i
		for i < to && l.class[l.all[i]]&(isBlank|isNewline) == 0 {
			i++
		}
		if i > start {
			if start > from && l.tokens[len(l.tokens)-1].Kind == String {
				l.add(Symbol, start, start, ",")
			}
			l.string(&anyText, start, i, false, false, raw)
		}
	}
	bracket(to, "]")
	l.close(']')
}

// scanPerl reads variables, whose names may be signs, and heredocs.
func scanPerl(l *lexer) bool {
	switch b := l.all[l.at]; b {
	case '_':
		return l.dataEnd()
	case '<':
		if !l.has(l.at, "<<") || l.afterValue() && !l.spaced {
			return false
		}
		i := l.at + 2
		indented := l.byteAt(i) == '~'
		if indented {
			i++
		}
		mark := l.byteAt(i)
		if mark == '\'' || mark == '"' {
			i++
		} else if mark < 'A' || mark > 'Z' {
			return false
		}
		from := i
		for l.wordAt(i) {
			i++
		}
		if from == i {
			return false
		}
		word := l.all[from:i]
		if mark == '\'' || mark == '"' {
			i++
		}
		return l.heredoc(i, word, mark != '\'', indented)
	case '$', '@', '%':
		i := l.at + 1
		if b == '$' {
			for l.byteAt(i) == '$' && l.wordAt(i+1) {
				i++
			}
		}
		if b != '$' && l.afterValue() {
			return false
		}
		if l.wordAt(i) {
			start := l.at
			for l.wordAt(i) || l.has(i, "::") && l.wordAt(i+2) {
				i++
				if l.byteAt(i-1) == ':' {
					i++
				}
			}
			l.at = i
			l.add(Name, start, i, l.all[start:i])
			return true
		}
		if b == '$' && i < len(l.all) && strings.IndexByte("\"'`/#;&!@$,.0]\\|", l.all[i]) >= 0 {
			if l.all[i] == '#' && strings.IndexByte("{$", l.byteAt(i+1)) >= 0 {
				i++
				l.at = i
				return true
			}
			start := l.at
			l.at = i + 1
			l.add(Name, start, l.at, l.all[start:l.at])
			return true
		}
	}
	return false
}

// wordPerl reads q(...), qq{...}, qw/.../, m{...}, s/.../.../ and their like.
func wordPerl(l *lexer, start int) bool {
	word := l.all[start:l.at]
	parts := 1
	var letter byte
	switch word {
	case "q":
		letter = 'q'
	case "qq":
		letter = 'Q'
	case "qw":
		letter = 'w'
	case "qx":
		letter = 'x'
	case "m", "qr":
		letter = 'm'
	case "s", "tr", "y":
		letter, parts = 's', 2
	default:
		return false
	}
	// A key or a method is none: $h{s}, s => 1, ->y
	if len(l.marks) > 0 {
		last := l.tokens[len(l.tokens)-1].Text
		if last == "->" || last == "sub" || last == "{" && l.byteAt(l.at) == '}' {
			return false
		}
	}
	at := l.at
	for l.class[l.byteAt(at)] == isBlank {
		at++
	}
	if b := l.byteAt(at); b == 0 || l.wordAt(at) || strings.IndexByte(",;)=\n}", b) >= 0 || b == '#' && at > l.at || b == '-' && l.byteAt(at+1) == '>' {
		return false
	}
	if parts == 1 {
		return l.delimited(at, letter)
	}
	opening := l.all[at]
	end := l.closing(at)
	if end < 0 {
		return false
	}
	second := end
	if strings.IndexByte("([{<", opening) >= 0 {
		for second++; l.class[l.byteAt(second)]&(isBlank|isNewline) != 0; second++ {
		}
		if second >= len(l.all) {
			return false
		}
	}
	stop := l.closing(second)
	if stop < 0 {
		return false
	}
	l.literal(at+1, end)
	l.at = stop + 1
	for l.wordAt(l.at) {
		l.at++
	}
	return true
}

// scanElixir reads sigils, ?c, and what "@doc" is given, which is a comment.
func scanElixir(l *lexer) bool {
	switch l.all[l.at] {
	case '?':
		if l.afterValue() || l.at+1 >= len(l.all) || l.wordAt(l.at+2) {
			return false
		}
		start := l.at + 1
		end := start + 1
		if l.all[start] == '\\' {
			end++
		}
		end = min(end, len(l.all))
		l.literal(start, end)
		l.at = end
		return true
	case '@':
		for _, word := range []string{"@moduledoc", "@typedoc", "@shortdoc", "@doc"} {
			if !l.has(l.at, word) || l.wordAt(l.at+len(word)) {
				continue
			}
			i := l.at + len(word)
			for l.class[l.byteAt(i)] == isBlank {
				i++
			}
			if l.byteAt(i) == '~' && l.wordAt(i+1) {
				i += 2
			}
			for k := range l.d.quotes {
				q := &l.d.quotes[k]
				if !l.has(i, q.open) {
					continue
				}
				if end, _, _ := l.end(q, i+len(q.open), noHole, 0); end >= 0 {
					l.at = end + len(q.close)
					return true
				}
			}
		}
	case '~':
		letter := l.byteAt(l.at + 1)
		if letter < 'A' || letter > 'z' || letter > 'Z' && letter < 'a' {
			return false
		}
		at := l.at + 2
		for l.wordAt(at) {
			at++
		}
		for _, q := range []string{`"""`, `'''`} {
			if !l.has(at, q) {
				continue
			}
			if l.wasted > l.patience() {
				return false
			}
			l.wasted += len(l.all) - at
			if end := strings.Index(l.all[at+3:], q); end >= 0 {
				l.wasted -= len(l.all) - at
				l.string(&rawText, at+3, at+3+end, false, false, raw)
				l.at = at + 3 + end + 3
				return true
			}
		}
		if strings.IndexByte("([{<|/\"'", l.byteAt(at)) < 0 || l.byteAt(at) == 0 {
			return false
		}
		lower := letter | 0x20
		if lower == 'w' || lower == 'r' {
			return l.delimited(at, lower)
		}
		return l.delimited(at, 'Q')
	}
	return false
}

// scanErlang reads $c.
func scanErlang(l *lexer) bool {
	if l.at+1 >= len(l.all) {
		return false
	}
	end := l.at + 2
	if l.all[l.at+1] == '\\' {
		end++
	}
	start := l.at
	l.at = min(end, len(l.all))
	l.add(Number, start, l.at, l.all[start:l.at])
	return true
}

// scanLua reads [[...]] and [==[...]==], also as comments.
func scanLua(l *lexer) bool {
	at, isComment := l.at, false
	if l.all[at] == '-' {
		if !l.has(at, "--[") {
			return false
		}
		at, isComment = at+2, true
	}
	open := at + 1
	for l.byteAt(open) == '=' {
		open++
	}
	if l.byteAt(open) != '[' || l.wasted > l.patience() {
		return false
	}
	closing := "]" + l.all[at+1:open] + "]"
	end := strings.Index(l.all[open+1:], closing)
	if end < 0 {
		l.wasted += len(l.all) - open
		return false
	}
	if !isComment {
		l.string(&anyText, open+1, open+1+end, false, false, raw)
	}
	l.at = open + 1 + end + len(closing)
	return true
}

// scanClojure reads \c, and #"..." and #_ without their sign.
func scanClojure(l *lexer) bool {
	if l.all[l.at] == '#' {
		l.at++
		return true
	}
	start := l.at + 1
	end := start + 1
	for l.wordAt(start) && l.wordAt(end) {
		end++
	}
	end = min(end, len(l.all))
	l.literal(min(start, end), end)
	l.at = end
	return true
}
