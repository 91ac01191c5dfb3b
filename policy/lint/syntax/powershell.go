package syntax

import (
	"strings"
	"unicode"
)

// parsePowerShell takes a script of PowerShell: commands with their parameters,
// environment variables, and assignments to properties of .NET.
// https://learn.microsoft.com/powershell/scripting/lang-spec/chapter-02
func parsePowerShell(p *parser, s source) {
	ps := powershell{p: p, s: s, t: s.text, block: p.block()}
	ps.statements()
}

type powershell struct {
	p     *parser
	s     source
	t     string
	block int
	// variable tells that the next statement is the arguments of a method that
	// sets one: [Environment]::SetEnvironmentVariable("NAME", "value").
	variable bool
}

// piece is a word, or a symbol that ends a command.
type piece struct {
	arg
	end    int  // the offset behind it
	start  int  // its offset
	symbol byte // one of \n ; | & ( ) { } =, or 0
	spaced bool // a blank stands before it
}

// statements cuts the text into pieces, and these into statements.
func (ps *powershell) statements() {
	var words []piece
	flush := func() {
		ps.statement(words)
		words = nil
	}
	for at := 0; at < len(ps.t); {
		spaced := false
		for at < len(ps.t) {
			if blank(ps.t[at]) && ps.t[at] != '\n' {
				at++
			} else if ps.t[at] == '`' && strings.HasPrefix(strings.TrimLeft(ps.t[at+1:min(at+3, len(ps.t))], "\r"), "\n") {
				at += strings.IndexByte(ps.t[at:], '\n') + 1
			} else if strings.HasPrefix(ps.t[at:], "<#") {
				end := strings.Index(ps.t[at:], "#>")
				if end < 0 {
					ps.p.problem(ps.s.span(at, len(ps.t)), errOpen)
					flush()
					return
				}
				at += end + 2
			} else if ps.t[at] == '#' {
				for at < len(ps.t) && ps.t[at] != '\n' {
					at++
				}
			} else {
				break
			}
			spaced = true
		}
		if at >= len(ps.t) {
			break
		}
		w := ps.piece(at)
		w.spaced = spaced
		at = max(w.end, at+1)
		switch w.symbol {
		case '\n', ';', '|', '{', '}', '(', ')', '&', ',':
			if w.symbol == '{' && len(words) > 0 && words[len(words)-1].symbol == '=' {
				// A script block as a value: what stands in it is read as well.
				if window := ps.t[:min(len(ps.t), w.start+4096)]; len(window) > matching(window, w.start+1, '{', '}') {
					end := matching(window, w.start+1, '{', '}')
					w.arg, w.symbol = plainArg(ps.s.slice(w.start, min(end+1, len(ps.t)))), 0
					words = append(words, w)
					at = w.start + 1
					flush()
					continue
				}
			}
			if w.symbol == ',' {
				continue
			}
			flush()
		default:
			words = append(words, w)
		}
	}
	flush()
}

// piece reads what stands at an offset.
func (ps *powershell) piece(at int) piece {
	t := ps.t
	start := at
	switch c := t[at]; c {
	case '\n', ';', '|', '{', '}', '(', ')', '&', ',':
		return piece{start: start, end: at + 1, symbol: c}
	case '+', '-':
		if strings.HasPrefix(t[at+1:], "=") {
			return piece{start: start, end: at + 2, symbol: '='}
		}
	case '=':
		if at+1 < len(t) && t[at+1] == '=' {
			at++
		}
		return piece{start: start, end: at + 1, symbol: '='}
	case '[':
		// A type: [Net.ServicePointManager]::Name
		window := t[:min(len(t), at+200)]
		if end := matching(window, at+1, '[', ']'); end < len(window) && !strings.ContainsAny(t[at:end], "\n\"'$") {
			at = end + 1
			for at < len(t) && (t[at] == ':' || t[at] == '.' || isName(t[at:at+1])) {
				at++
			}
			return piece{arg: plainArg(ps.s.slice(start, at)), start: start, end: at}
		}
		return piece{arg: plainArg(ps.s.slice(at, at+1)), start: start, end: at + 1}
	}
	if strings.HasPrefix(t[at:], "@\"\n") || strings.HasPrefix(t[at:], "@'\n") || strings.HasPrefix(t[at:], "@\"\r\n") || strings.HasPrefix(t[at:], "@'\r\n") {
		first := at + strings.IndexByte(t[at:], '\n') + 1
		end := strings.Index(t[first-1:], "\n"+t[at+1:at+2]+"@")
		if end < 0 {
			ps.p.problem(ps.s.span(at, len(t)), errOpen)
			return piece{start: start, end: len(t), symbol: '\n'}
		}
		a := plainArg(ps.s.slice(min(first, first-1+end), first-1+end))
		a.quoted, a.Variable = true, t[at+1] == '"' && strings.Contains(a.Text, "$")
		return piece{arg: a, start: start, end: first - 1 + end + 3}
	}
	var b builder
	variable := false
	done := at
	pieces, quotes := 0, 0
	for at < len(t) {
		c := t[at]
		switch {
		case c == '"' || c == '\'':
			quotes++
			b.append(ps.s.slice(done, at))
			at++
			done = at
			for at < len(t) && t[at] != c {
				switch {
				case c == '"' && t[at] == '`' && at+1 < len(t):
					b.append(ps.s.slice(done, at))
					text := t[at+1 : at+2]
					if i := strings.IndexByte("ntr0", text[0]); i >= 0 {
						text = "\n\t\r\x00"[i : i+1]
					}
					b.escape(text, ps.s.at(at), ps.s.span(at, at+2).End-ps.s.at(at))
					at += 2
					done = at
					continue
				case c == '"' && t[at] == '$':
					variable = true
				}
				at++
				if at < len(t)-1 && t[at] == c && t[at+1] == c {
					b.append(ps.s.slice(done, at))
					b.escape(t[at:at+1], ps.s.at(at), 2)
					at += 2
					done = at
				}
			}
			b.append(ps.s.slice(done, min(at, len(t))))
			at = min(at+1, len(t))
			done = at
		case c == '`' && at+1 < len(t) && t[at+1] != '\n' && t[at+1] != '\r':
			b.append(ps.s.slice(done, at))
			at++
			done = at
			at++
		case c == '$' && at+1 < len(t) && (t[at+1] == '(' || t[at+1] == '{'):
			variable = true
			end := matching(t, at+2, t[at+1], map[byte]byte{'(': ')', '{': '}'}[t[at+1]])
			at = min(end+1, len(t))
		case blank(c) || strings.IndexByte(";|(){},", c) >= 0 || c == '&' && at > start || c == '`':
			goto end
		case c == '=' && strings.HasPrefix(t[start:], "$"):
			goto end
		default:
			if c == '$' {
				variable = true
			}
			pieces++
			at++
		}
	}
end:
	b.append(ps.s.slice(min(done, at), at))
	from, to := start, at
	if quotes == 1 && pieces == 0 {
		from, to, _ = unquote(t, start, at)
	}
	src := b.source(ps.s.at(from))
	switch strings.ToLower(src.text) {
	case "$true", "$false", "$null":
		variable = false
	}
	return piece{arg: arg{Word: Word{Text: src.text, Span: ps.s.span(from, to), Variable: variable}, src: src, quoted: quotes == 1 && pieces == 0}, start: start, end: at}
}

// statement takes an assignment, or a command.
func (ps *powershell) statement(words []piece) {
	if len(words) == 0 {
		return
	}
	for i, w := range words {
		if w.symbol == '=' && i > 0 {
			ps.assignment(words[:i], words[i+1:])
			if i+1 < len(words) && !words[i+1].quoted {
				ps.statement(words[i+1:]) // $x = Invoke-WebRequest ...
			}
			return
		}
	}
	first := words[0]
	if ps.variable && len(words) > 1 {
		ps.p.setting(Setting{Path: []string{first.Text}, Key: first.Span, Origin: FromEnv, Block: ps.block, Value: psValue(words[1].arg)}, words[1].src)
		ps.variable = false
		return
	}
	ps.variable = hasSuffixFold(words[len(words)-1].Text, "]::SetEnvironmentVariable")
	switch strings.ToLower(first.Text) {
	case "if", "elseif", "else", "while", "foreach", "for", "function", "param", "return", "throw", "try", "catch", "finally", "switch", "do", "until", "write-host", "write-output", "write-verbose", "write-error", "write-warning", "write-debug", "write-information":
		return
	}
	if first.quoted || first.Text == "" || !unicode.IsLetter(rune(first.Text[0])) && strings.IndexByte("./\\_", first.Text[0]) < 0 {
		return
	}
	list := make([]arg, 0, len(words))
	for _, w := range words {
		if w.symbol == 0 {
			list = append(list, w.arg)
		}
	}
	ps.setItem(list)
	ps.p.run(list, ps.block)
}

// setItem is Set-Item Env:NAME value, and its like.
func (ps *powershell) setItem(words []arg) {
	switch strings.ToLower(words[0].Text) {
	case "set-item", "new-item", "si", "set-content":
	default:
		return
	}
	var name, value *arg
	for i := 1; i < len(words); i++ {
		w := &words[i]
		switch lower := strings.ToLower(w.Text); {
		case strings.HasPrefix(lower, "env:"):
			name = w
		case strings.HasPrefix(lower, "-"):
			continue
		default:
			if value == nil {
				value = w
			}
		}
	}
	if name != nil && value != nil {
		key := name.from(len(name.Text) - len(strings.TrimLeft(name.Text[len("env:"):], "\\/")))
		ps.p.setting(Setting{Path: []string{key.Text}, Key: key.Span, Origin: FromEnv, Block: ps.block, Value: psValue(*value)}, value.src)
	}
}

// psValue is a word as a value.
func psValue(a arg) Value {
	v := Value{Text: a.Text, Span: a.Span}
	switch lower := strings.ToLower(a.Text); {
	case a.quoted && !a.Variable:
		v.Form = Quoted
	case lower == "$true", lower == "$false":
		v.Text = lower[1:]
	case lower == "$null":
		v.Form, v.Text = Null, ""
	case strings.HasPrefix(a.Text, "{"), strings.HasPrefix(a.Text, "["):
		v.Form = Expression
		v.Text = strings.Join(strings.Fields(a.Text), " ")
	case a.Variable:
		v.Form = Template
	}
	return v
}

// assignment is target = value.
func (ps *powershell) assignment(target, value []piece) {
	name := target[len(target)-1]
	v := Value{Form: Null, Span: Span{name.Span.End, name.Span.End}}
	var src source
	if len(value) == 1 {
		v, src = psValue(value[0].arg), value[0].src
	} else if len(value) > 1 {
		from, to := value[0].start, value[len(value)-1].end
		src = ps.s.slice(from, to)
		v = Value{Form: Expression, Text: strings.Join(strings.Fields(src.text), " "), Span: ps.s.span(from, to)}
	}
	text := name.Text
	lower := strings.ToLower(text)
	s := Setting{Key: name.Span, Block: ps.block, Value: v}
	switch {
	case strings.HasPrefix(lower, "$env:"), strings.HasPrefix(lower, "${env:"):
		s.Origin = FromEnv
		s.Path = []string{strings.Trim(text[strings.IndexByte(text, ':')+1:], "}")}
	default:
		s.Origin = FromCode
		s.Path = strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("$[]:.{}", r) })
	}
	if len(s.Path) == 0 || v.Text == "@" { // @{ ... } has settings of its own
		return
	}
	if last := s.Path[len(s.Path)-1]; strings.HasSuffix(text, last) && name.Span.End-name.Span.Start == len(text) {
		s.Key.Start = s.Key.End - len(last)
	}
	if len(value) > 1 {
		// The words of a command have their own facts.
		ps.p.keep(s)
		return
	}
	ps.p.setting(s, src)
}

func hasSuffixFold(text, suffix string) bool {
	return len(text) >= len(suffix) && strings.EqualFold(text[len(text)-len(suffix):], suffix)
}
