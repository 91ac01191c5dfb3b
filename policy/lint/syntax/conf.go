package syntax

import (
	"path"
	"slices"
	"strings"
)

// conf takes one file of directives apart.
type conf struct {
	*parser
	s    source
	i    int
	line line

	// What the file shows of its style.
	braces     bool // blocks stand in braces
	semicolons bool // a directive ends there, and not with the line
	indented   bool // a line that begins with a blank continues the one before
	parens     bool // arguments stand in parentheses and may have names
	sections   []string

	root    int // the block of what stands in none
	section confBlock
	blocks  []confBlock
	deep    int // blocks beyond maxNesting

	unclosed bool // a file within the file has no end
}

// confBlock is a block that is open.
type confBlock struct {
	name  string
	block int
	tag   bool
}

// parseConf takes the style of a word and its values on a line: nginx, Apache,
// HAProxy, Postfix, Squid, ssh, Caddy, Dovecot, apt, rsyslog and very many more.
// What differs is seen from the text: whether braces make blocks, and whether
// semicolons end directives. Only where indentation means something the program
// has to be known by the name of its file.
func parseConf(p *parser, s source) {
	c := &conf{parser: p, s: s, root: p.block()}
	c.section.block = c.root
	c.style()
	for c.statement() {
	}
}

// style looks at how the lines of the file end.
func (c *conf) style() {
	base := strings.ToLower(path.Base(c.file.Path))
	dir := strings.ToLower(path.Dir(c.file.Path))
	var semicolons, plain int
	haproxy := false
	lines(c.s.text, func(start, end int) {
		from, to := trim(c.s.text, start, end)
		if from == to || c.s.text[from] == '#' {
			return
		}
		line := c.s.text[from:to]
		if i := strings.LastIndex(line, " #"); i > 0 {
			line = strings.TrimRight(line[:i], " \t")
		}
		switch word, _, _ := strings.Cut(line, " "); {
		case strings.HasSuffix(line, "{"), line[0] == '}':
			c.braces = true
		case strings.HasSuffix(line, ";"):
			semicolons++
		case line[0] != '<':
			plain++
			haproxy = haproxy || from == start && (word == "frontend" || word == "backend" || word == "defaults")
		}
		for _, name := range []string{"action(", "module(", "input(", "global(", "network(", "peer-verify("} {
			c.parens = c.parens || strings.Contains(line, name)
		}
		if strings.HasSuffix(strings.TrimRight(line, "; "), "}") && strings.Contains(line, "{ ") && strings.Contains(line, ";") {
			c.braces = true
			semicolons++
		}
	})
	c.semicolons = semicolons > 0 && semicolons >= plain
	switch {
	case strings.Contains(base, "rsyslog"), strings.HasSuffix(dir, "rsyslog.d"):
		c.semicolons = false
	case haproxy, strings.HasPrefix(base, "haproxy"):
		c.braces, c.semicolons = false, false
		c.sections = []string{
			"global", "defaults", "frontend", "backend", "listen", "resolvers", "peers", "mailers", "userlist", "cache",
			"program", "ring", "http-errors", "fcgi-app", "log-forward", "crt-store",
		}
	case strings.Contains(base, "ssh_config"), strings.Contains(base, "sshd_config"), strings.HasSuffix(dir, ".ssh"), strings.HasSuffix(dir, "ssh_config.d"), strings.HasSuffix(dir, "sshd_config.d"):
		c.braces, c.semicolons = false, false
		c.sections = []string{"host", "match"}
	case base == "main.cf":
		// postconf(5)
		c.braces, c.semicolons, c.indented = false, false, true
	case strings.HasSuffix(base, "msmtprc"):
		c.sections = []string{"account", "defaults"}
	}
}

// token is a word of a directive.
type token struct {
	start, end int // without quotes around the whole
	quoted     bool
}

// statement takes the next directive, block or section; false at the end.
func (c *conf) statement() bool {
	t := c.s.text
	for c.i < len(t) {
		switch rest := t[c.i:]; {
		case strings.IndexByte(" \t\r\n;\f", rest[0]) >= 0:
			if rest[0] == ';' && !c.semicolons {
				c.i = lineEnd(t, c.i) // a comment of OpenVPN and of stunnel
				continue
			}
			c.i++
			continue
		case rest[0] == '#', strings.HasPrefix(rest, "//"):
			c.i = lineEnd(t, c.i)
			continue
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest, "*/")
			if end < 0 {
				c.problem(c.s.span(c.i, c.i+2), errUnended)
				return false
			}
			c.i += end + 2
			continue
		case strings.HasPrefix(rest, "\ufeff"):
			c.i += 3
			continue
		case rest[0] == '}' && c.braces:
			c.close(false)
			c.i++
			continue
		case rest[0] == '<' && len(rest) > 1 && (rest[1] == '/' || rest[1] >= 'A'):
			c.tag()
			return true
		case rest[0] == '[' && c.line.at(t, c.i).first == c.i:
			if end := strings.IndexByte(t[c.i:c.line.end], ']'); end > 0 {
				c.section = confBlock{name: strings.Trim(t[c.i+1:c.i+end], "[] "), block: c.block()}
				c.blocks = nil
				c.i = lineEnd(t, c.i)
				continue
			}
		}
		c.directive()
		return true
	}
	return false
}

// tag takes <Name arguments> and </Name>.
func (c *conf) tag() {
	t := c.s.text
	end := strings.IndexByte(t[c.i:c.line.at(t, c.i).end], '>')
	if end < 0 {
		c.i = lineEnd(t, c.i)
		return
	}
	text := t[c.i+1 : c.i+end]
	c.i += end + 1
	if strings.HasPrefix(text, "/") {
		c.close(true)
		return
	}
	name, rest, _ := strings.Cut(text, " ")
	if !c.unclosed && slices.Contains([]string{"ca", "cert", "key", "dh", "tls-auth", "tls-crypt", "tls-crypt-v2", "extra-certs", "pkcs12", "secret"}, name) {
		// OpenVPN's inline files
		if stop := strings.Index(t[c.i:], "</"+name+">"); stop >= 0 {
			c.i += stop + len(name) + 3
			return
		}
		c.unclosed = true
	}
	start := c.i - 1 - len(rest)
	c.argument(name, Span{c.i - 1 - len(text), c.i - 1 - len(text) + len(name)}, start, c.i-1)
	c.open(name, true)
}

// open begins a block.
func (c *conf) open(name string, tag bool) {
	if len(c.blocks) >= maxNesting {
		if c.deep == 0 {
			c.problem(c.s.span(c.i-1, c.i), errNesting)
		}
		c.deep++
		return
	}
	c.blocks = append(c.blocks, confBlock{name, c.block(), tag})
}

// close ends a block. A brace does not end a tag, nor a tag a block in braces.
func (c *conf) close(tag bool) {
	if c.deep > 0 {
		c.deep--
		return
	}
	if n := len(c.blocks); n > 0 && c.blocks[n-1].tag == tag {
		c.blocks = c.blocks[:n-1]
	}
}

// in is the path of what stands here, and its block.
func (c *conf) in() ([]string, int) {
	var out []string
	block := c.section.block
	if c.section.name != "" {
		out = append(out, c.section.name)
	}
	for _, b := range c.blocks {
		if b.name != "" {
			out = append(out, b.name)
		}
		block = b.block
	}
	return out, block
}

// argument adds what stands behind the name of a block.
func (c *conf) argument(name string, key Span, start, end int) {
	if start, end = trim(c.s.text, start, end); start < end {
		outer, block := c.in()
		from, to, form := unquote(c.s.text, start, end)
		c.setting(Setting{
			Path: append(outer, name), Key: c.s.span(key.Start, key.End), Block: block,
			Value: Value{Text: c.s.text[from:to], Form: form, Span: c.s.span(from, to)},
		}, c.s.slice(from, to))
	}
}

// directive takes the words up to the end of a directive, or to the brace that
// begins a block.
func (c *conf) directive() {
	t := c.s.text
	first := c.i
	column := first - c.line.at(t, first).start
	var words []token
	block := false
words:
	for c.i < len(t) {
		switch b := t[c.i]; {
		case b == '\n':
			if !c.semicolons && !c.continued() {
				break words
			}
			c.i++
		case b == ' ', b == '\t', b == '\r', b == '\f':
			c.i++
		case b == '\\' && strings.HasPrefix(strings.TrimLeft(t[c.i+1:min(c.i+3, len(t))], "\r"), "\n"):
			c.i += 1 + strings.IndexByte(t[c.i:], '\n')
		case b == '#' && c.i > first:
			c.i = lineEnd(t, c.i)
		case b == ';' && c.semicolons:
			c.i++
			break words
		case b == '{' && c.braces && c.opens():
			c.i++
			block = true
			break words
		case b == '}' && c.braces && c.closes():
			break words
		case c.parens && len(words) == 0 && c.call() > 0:
			outer, block := c.in()
			c.arguments(outer, block, 0)
		default:
			words = append(words, c.word())
		}
	}
	if len(words) > 0 || block {
		c.emit(words, block, column)
	}
}

// continued tells whether the next line that is neither empty nor a comment
// begins with a blank and so continues this one. It goes to the break before it.
func (c *conf) continued() bool {
	for at := c.i; c.indented && at < len(c.s.text); {
		start := at + 1
		at = lineEnd(c.s.text, start)
		if from, to := trim(c.s.text, start, at); from < to && c.s.text[from] != '#' {
			if from == start {
				return false
			}
			c.i = start - 1
			return true
		}
	}
	return false
}

// opens tells whether a brace begins a block, and not a placeholder {like.this}.
func (c *conf) opens() bool {
	if c.i+1 == len(c.s.text) {
		return true
	}
	next := c.s.text[c.i+1]
	return strings.IndexByte(" \t\r\n#", next) >= 0 || c.semicolons && (next < '0' || next > '9')
}

// closes tells whether a brace stands alone.
func (c *conf) closes() bool {
	return c.i+1 >= len(c.s.text) || strings.IndexByte(" \t\r\n;#}", c.s.text[c.i+1]) >= 0
}

// word takes one word, which may be in quotes.
func (c *conf) word() token {
	t := c.s.text
	if q := t[c.i]; q == '"' || q == '\'' {
		limit := c.line.at(t, c.i).end
		if c.semicolons {
			limit = min(len(t), c.i+4096) // text over several lines, as in log_format
		}
		if end := closing(t[:limit], c.i+1, q); end >= 0 && (end+1 == len(t) || strings.IndexByte(" \t\r\n;{}),", t[end+1]) >= 0) {
			w := token{c.i + 1, end, true}
			c.i = end + 1
			return w
		}
	}
	start := c.i
	for c.i < len(t) {
		switch b := t[c.i]; {
		case b == ' ', b == '\t', b == '\r', b == '\n', b == '\f':
			return token{start, c.i, false}
		case b == ';' && c.semicolons:
			return token{start, c.i, false}
		case b == '{' && c.braces && c.i > start && t[c.i-1] != '$' && c.i+1 < len(t) && strings.IndexByte(" \t\r\n", t[c.i+1]) >= 0:
			return token{start, c.i, false}
		case b == '}' && c.braces && c.semicolons && c.i > start && strings.LastIndexByte(t[start:c.i], '{') < 0:
			return token{start, c.i, false}
		case b == '\\' && c.i+1 < len(t) && t[c.i+1] != '\n' && t[c.i+1] != '\r':
			c.i++
		case b == '\\':
			if c.i > start {
				return token{start, c.i, false}
			}
		case b == '"' || b == '\'':
			if end := closing(t[:c.line.at(t, c.i).end], c.i+1, b); end >= 0 {
				c.i = end
			}
		}
		c.i++
	}
	c.i = min(c.i, len(t))
	return token{start, c.i, false}
}

// call is the length of a name with a parenthesis behind it; 0 for none.
func (c *conf) call() int {
	t := c.s.text[c.i:min(len(c.s.text), c.i+64)]
	n := 0
	for n < len(t) && (isWord(t[n:n+1]) || t[n] == '.') {
		n++
	}
	if n > 0 && n < len(t) && t[n] == '(' {
		return n
	}
	return 0
}

// arguments takes name(...), as rsyslog and syslog-ng have it: arguments with
// names, name="value", arguments without, and calls.
func (c *conf) arguments(outer []string, block, depth int) {
	t := c.s.text
	key := token{c.i, c.i + c.call(), false}
	path := append(slices.Clip(outer), t[key.start:key.end])
	inner := c.block()
	c.i = key.end + 1
	if depth >= maxNesting {
		c.problem(c.s.span(key.start, key.end), errNesting)
		c.i = len(t)
		return
	}
	add := func(path []string, key, value token, block int) {
		text, span, form := c.joined([]token{value})
		c.setting(Setting{Path: path, Key: c.s.span(key.start, key.end), Block: block, Value: Value{Text: text.text, Form: form, Span: span}}, text)
	}
	for c.i < len(t) {
		switch b := t[c.i]; {
		case b == ')':
			c.i++
			return
		case strings.IndexByte(" \t\r\n,;", b) >= 0:
			c.i++
		case b == '#':
			c.i = lineEnd(t, c.i)
		case c.call() > 0:
			c.arguments(path, inner, depth+1)
		default:
			first := c.value("=")
			from := c.i
			for from < len(t) && (t[from] == ' ' || t[from] == '\t') {
				from++
			}
			if from >= len(t) || t[from] != '=' || first.quoted {
				add(path, key, first, block)
				continue
			}
			for from++; from < len(t) && (t[from] == ' ' || t[from] == '\t'); from++ {
			}
			c.i = from
			add(append(slices.Clip(path), t[first.start:first.end]), first, c.value(""), inner)
		}
	}
}

// value is a word within parentheses. It takes at least one byte, unless one
// stands here that ends a value.
func (c *conf) value(ends string) token {
	t := c.s.text
	if c.i < len(t) && (t[c.i] == '"' || t[c.i] == '\'') {
		if end := closing(t[:c.line.at(t, c.i).end], c.i+1, t[c.i]); end >= 0 {
			w := token{c.i + 1, end, true}
			c.i = end + 1
			return w
		}
	}
	start := c.i
	for c.i < len(t) && strings.IndexByte(" \t\r\n,;)"+ends, t[c.i]) < 0 {
		c.i++
	}
	if c.i == start && ends != "" {
		c.i++
	}
	return token{start, c.i, false}
}

// emit adds the setting that a directive is.
func (c *conf) emit(words []token, block bool, column int) {
	t := c.s.text
	if len(words) == 0 {
		c.open("", false)
		return
	}
	first := words[0]
	rest := words[1:]
	if !first.quoted {
		if i := strings.IndexByte(t[first.start:first.end], '='); i > 0 {
			// key=value
			value := token{first.start + i + 1, first.end, false}
			first.end = first.start + i
			if value.start < value.end {
				from, to, form := unquote(t, value.start, value.end)
				rest = append([]token{{from, to, form == Quoted}}, rest...)
			} else {
				rest = append([]token{{value.end, value.end, false}}, rest...)
			}
		} else if first.end > first.start+1 && t[first.end-1] == ':' {
			first.end--
		}
		for first.start < first.end && (t[first.start] == '$' || strings.HasPrefix(t[first.start:first.end], "--")) {
			first.start += len("--")
			if t[first.start-2] == '$' {
				first.start--
			}
		}
	}
	assigned := len(rest) != len(words)-1
	if len(rest) > 0 && !rest[0].quoted {
		switch t[rest[0].start:rest[0].end] {
		case "=", "=>", ":=":
			rest, assigned = rest[1:], true
		}
	}
	name := t[first.start:first.end]
	lower := strings.ToLower(name)
	if column == 0 && slices.Contains(c.sections, lower) {
		c.blocks, c.section = nil, confBlock{block: c.root}
		if len(rest) > 0 {
			c.argument(name, Span{first.start, first.end}, rest[0].start, rest[len(rest)-1].end)
		}
		c.section = confBlock{name: name, block: c.block()}
		return
	}
	if block {
		if len(rest) > 0 {
			c.argument(name, Span{first.start, first.end}, rest[0].start, rest[len(rest)-1].end)
		}
		c.open(name, false)
		if strings.HasSuffix(lower, "_by_lua_block") {
			c.skip()
		}
		return
	}
	outer, number := c.in()
	parts := []string{name}
	if strings.Contains(name, "::") && isWord(name[:1]) {
		parts = strings.Split(strings.Trim(name, ":"), "::") // apt.conf(5)
	}
	s := Setting{Path: append(outer, parts...), Key: c.s.span(first.start, first.end), Block: number}
	if len(rest) == 0 {
		s.Value = Value{Form: Present, Span: c.s.span(first.end, first.end)}
		if assigned {
			s.Value.Form = Null
		}
		c.setting(s, c.s.slice(first.end, first.end))
		return
	}
	if c.variables(lower, s, rest) {
		return
	}
	value, span, form := c.joined(rest)
	s.Value = Value{Text: value.text, Form: form, Span: span}
	if form == Bare && value.text == "" {
		s.Value.Form = Null
	}
	c.setting(s, value)
}

func isWord(s string) bool { return s != "" && isName(strings.ReplaceAll(s, "-", "_")) }

// joined is the text of some words: as it stands on one line, with a blank for
// each break between several.
func (c *conf) joined(words []token) (source, Span, Form) {
	t := c.s.text
	first, last := words[0], words[len(words)-1]
	if len(words) == 1 {
		if first.quoted {
			return unescapeQuotes(c.s, first.start, first.end), c.s.span(first.start, first.end), Quoted
		}
		return c.s.slice(first.start, first.end), c.s.span(first.start, first.end), Bare
	}
	start, end := first.start, last.end
	if first.quoted {
		start--
	}
	if last.quoted {
		end++
	}
	if strings.IndexByte(t[start:end], '\n') < 0 {
		return c.s.slice(start, end), c.s.span(start, end), Bare
	}
	var b builder
	for i, w := range words {
		from, to := w.start, w.end
		if w.quoted {
			from, to = from-1, to+1
		}
		if i > 0 {
			b.escape(" ", c.s.at(from-1), 1)
		}
		b.append(c.s.slice(from, to))
	}
	return b.source(c.s.at(start)), c.s.span(start, end), Bare
}

// unescapeQuotes takes the backslashes from quotes and from themselves; what else
// they mean differs from program to program, and regular expressions need them.
func unescapeQuotes(s source, start, end int) source {
	if strings.IndexByte(s.text[start:end], '\\') < 0 {
		return s.slice(start, end)
	}
	var b builder
	from := start
	for i := start; i+1 < end; i++ {
		if s.text[i] == '\\' && strings.IndexByte(`\"'`, s.text[i+1]) >= 0 {
			b.append(s.slice(from, i))
			from = i + 1
			i++
		}
	}
	b.append(s.slice(from, end))
	return b.source(s.at(start))
}

// variables takes the directives that set variables: Apache's SetEnv NAME value,
// nginx's env NAME=value and HAProxy's setenv those of an environment, mutt's set
// name=value its own.
func (c *conf) variables(name string, s Setting, words []token) bool {
	s.Origin = FromEnv
	switch name {
	case "setenv", "env", "environment":
	case "set":
		s.Origin = FromFile
	default:
		return false
	}
	t := c.s.text
	outer := s.Path
	add := func(key token, value []token) {
		s.Path = append(slices.Clip(outer), t[key.start:key.end])
		s.Key = c.s.span(key.start, key.end)
		text, span, form := c.joined(value)
		s.Value = Value{Text: text.text, Form: form, Span: span}
		c.setting(s, text)
	}
	found := false
	for i := 0; i < len(words); i++ {
		w := words[i]
		name, _, assigned := strings.Cut(t[w.start:w.end], "=")
		if !isVariable(name) {
			continue
		}
		key := token{w.start, w.start + len(name), false}
		switch {
		case assigned && key.end < w.end:
			from, to, form := unquote(t, key.end+1, w.end)
			add(key, []token{{from, to, form == Quoted}})
		case i+2 < len(words) && t[words[i+1].start:words[i+1].end] == "=":
			add(key, words[i+2:i+3])
			i += 2
		case s.Origin == FromEnv && i == 0 && len(words) == 2:
			add(key, words[1:])
			return true
		default:
			continue
		}
		found = true
	}
	return found
}

// skip goes over a block in another language.
func (c *conf) skip() {
	depth := 1
	for ; c.i < len(c.s.text); c.i++ {
		switch c.s.text[c.i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return
			}
		}
	}
}
