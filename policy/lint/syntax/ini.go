package syntax

import (
	"path"
	"slices"
	"strings"
)

// dialect is how one program writes INI.
type dialect struct {
	names      []string // patterns of the names of its files, in lower case
	separators string
	inline     string // what begins a comment behind a value
	anywhere   bool   // and needs no blank before it
	backslash  bool   // a backslash continues a line
	deeper     bool   // a line that stands deeper than its key does
	escapes    bool   // in values, with quotes around parts of them
}

// dialects is the table of programs that differ from what most do.
func dialects() []dialect {
	return []dialect{
		// git-config(1), section SYNTAX
		{names: []string{".gitconfig", "gitconfig", ".gitmodules", ".lfsconfig", "config", "config.worktree"}, separators: "=", inline: "#;", anywhere: true, backslash: true, escapes: true},
		// systemd.syntax(7)
		{names: units(), separators: "=", backslash: true},
		// https://github.com/npm/ini
		{names: []string{".npmrc", "npmrc"}, separators: "=", inline: "#;", anywhere: true},
		// https://dev.mysql.com/doc/refman/8.4/en/option-files.html
		{names: []string{"my.cnf", ".my.cnf", "my.ini", "mysqld.cnf"}, separators: "=", inline: "#"},
		// smb.conf(5)
		{names: []string{"smb.conf"}, separators: "=", backslash: true},
		// Python's configparser as pip calls it knows no comments behind values.
		{names: []string{"pip.conf", "pip.ini"}, separators: "=:", deeper: true},
		{names: []string{"sametime.ini"}, separators: "="},
	}
}

// units are the names of what systemd reads, and of Podman's Quadlets.
func units() []string {
	return []string{
		"*.service", "*.socket", "*.timer", "*.mount", "*.automount", "*.path", "*.target", "*.slice", "*.scope", "*.swap",
		"*.network", "*.netdev", "*.link", "*.nspawn", "*.container", "*.volume", "*.pod", "*.kube", "*.image", "*.build",
	}
}

// iniDialect is the one of a file.
func iniDialect(file string) dialect {
	base := strings.ToLower(path.Base(file))
	for _, d := range dialects() {
		for _, name := range d.names {
			if ok, _ := path.Match(name, base); ok {
				return d
			}
		}
	}
	return dialect{separators: "=:", inline: "#;", deeper: true}
}

// ini takes one file apart.
type ini struct {
	*parser
	dialect
	section []string
	block   int

	// key is the setting that deeper lines may still add values to.
	key    *Setting
	values []iniValue
	indent int
}

type iniValue struct {
	text source
	Value
}

// parseINI takes sections and "key = value" lines. Comments begin with '#' or
// ';'. A line that stands deeper than its key and looks like none continues the
// list that the value is, as in Python's configparser.
func parseINI(p *parser, s source) {
	in := &ini{parser: p, dialect: iniDialect(p.file.Path), block: p.block()}
	var logical builder
	lines(s.text, func(start, end int) {
		from, to := trim(s.text, start, end)
		if from < to && (s.text[from] == '#' || s.text[from] == ';') {
			return // also between the lines of a continued one
		}
		if in.backslash && to > from && s.text[to-1] == '\\' && (to < from+2 || s.text[to-2] != '\\') {
			piece := s.slice(from, to-1)
			logical.append(piece)
			return
		}
		if len(logical.text) > 0 {
			piece := s.slice(from, to)
			logical.append(piece)
			in.line(logical.source(0), 0)
			logical = builder{}
			return
		}
		if from == to {
			in.flush()
			return
		}
		in.line(s.slice(from, to), from-start)
	})
	if len(logical.text) > 0 {
		in.line(logical.source(0), 0)
	}
	in.flush()
}

// line takes a line that is no comment.
func (in *ini) line(line source, indent int) {
	t := line.text
	split := in.split(t)
	if in.deeper && in.key != nil && indent > in.indent && (split < 0 || strings.ContainsAny(t[:split], " /")) {
		in.values = append(in.values, in.value(line, 0, len(t)))
		return
	}
	in.flush()
	if t[0] == '[' {
		in.head(line)
		return
	}
	end := split
	if split < 0 {
		end = uncomment(t, 0, len(t), in.inline)
	}
	_, to := trim(t, 0, end)
	from, to, _ := unquote(t, 0, to)
	in.key, in.indent = &Setting{
		Path: append(slices.Clip(in.section), t[from:to]), Key: line.span(from, to), Block: in.block,
	}, indent
	if split < 0 {
		in.values = []iniValue{{line.slice(to, to), Value{Form: Present, Span: line.span(to, to)}}}
		return
	}
	in.values = []iniValue{in.value(line, split+1, len(t))}
}

// split is the offset of the separator; -1 without one. A colon before a later
// '=' belongs to the key unless a blank follows it: //registry.example/:_auth=x
func (in *ini) split(t string) int {
	split := strings.IndexAny(t, in.separators)
	if split >= 0 && t[split] == ':' && split+1 < len(t) && t[split+1] != ' ' {
		if equals := strings.IndexByte(t, '='); equals >= 0 {
			return equals
		}
	}
	return split
}

// head takes [section] and [section "subsection"].
func (in *ini) head(line source) {
	t := line.text
	end := strings.IndexByte(t, ']')
	if quote := strings.IndexByte(t, '"'); quote > 0 && quote < end {
		if i := closing(t, quote+1, '"'); i > 0 && i+1 < len(t) && t[i+1] == ']' {
			name := strings.TrimSpace(t[1:quote])
			in.section = []string{name, unescape(line, quote+1, i).text}
			in.block = in.parser.block()
			in.behind(line, i+2)
			return
		}
	}
	if end < 0 {
		end = len(t)
	}
	name := strings.TrimSpace(strings.Trim(t[1:end], "[]"))
	in.section = []string{name}
	in.block = in.parser.block()
	switch name {
	case "Service", "Unit", "Container", "Socket":
		// A drop-in is called *.conf and written as its unit.
		in.dialect = iniDialect("x.service")
	}
	in.behind(line, end+1)
}

// behind takes what git allows on the line of a section.
func (in *ini) behind(line source, at int) {
	from, to := trim(line.text, min(at, len(line.text)), len(line.text))
	if in.escapes && from < to && strings.IndexByte("[#;", line.text[from]) < 0 {
		in.line(line.slice(from, to), 0)
	}
}

// value takes the quotes and the comment from a value.
func (in *ini) value(line source, from, to int) iniValue {
	t := line.text
	from, to = trim(t, from, to)
	if in.escapes {
		return gitValue(line, from, to)
	}
	form := Bare
	if from < to && (t[from] == '"' || t[from] == '\'') {
		if i := strings.IndexByte(t[from+1:to], t[from]); i >= 0 {
			end := from + 1 + i
			if uncomment(t, end+1, to, in.inline) == end+1 || strings.TrimSpace(t[end+1:to]) == "" {
				from, to, form = from+1, end, Quoted
			}
		}
	}
	if form == Bare {
		to = uncomment(t, from, to, in.inline)
		if i := strings.IndexAny(t[from:to], in.inline); in.anywhere && i >= 0 {
			_, to = trim(t, from, from+i)
		}
		if from >= to {
			from = to
			form = Null
		}
	}
	return iniValue{line.slice(from, to), Value{Text: t[from:to], Form: form, Span: line.span(from, to)}}
}

// gitValue takes quotes around any part, escapes, and a comment.
func gitValue(line source, from, to int) iniValue {
	t := line.text
	var b builder
	quoted := false
	end, kept := from, 0 // of what is no blank
	i := from
scan:
	for i < to {
		switch c := t[i]; {
		case c == '"':
			quoted = !quoted
			i++
			end, kept = i, len(b.text)
			continue
		case c == '\\' && i+1 < to:
			i += b.unescape(line, i, to)
		case !quoted && (c == '#' || c == ';'):
			break scan
		default:
			b.append(line.slice(i, i+1))
			i++
			if !quoted && (c == ' ' || c == '\t') {
				continue
			}
		}
		end, kept = i, len(b.text)
	}
	start, end, form := unquote(t, from, end)
	text := b.source(line.at(from)).slice(0, kept)
	if form == Bare && kept == 0 {
		form = Null
	}
	return iniValue{text, Value{Text: text.text, Form: form, Span: line.span(start, end)}}
}

// flush adds the setting with all of its values.
func (in *ini) flush() {
	if in.key == nil {
		return
	}
	key, values := *in.key, in.values
	in.key = nil
	if len(values) > 1 && values[0].Form == Null {
		values = values[1:]
	}
	for i, v := range values {
		if in.special(key, v) {
			continue
		}
		s := key
		s.Value = v.Value
		if len(values) > 1 {
			s.Item = i + 1
		}
		in.setting(s, v.text)
	}
}

// special takes the values that are commands and variables.
func (in *ini) special(key Setting, v iniValue) bool {
	if len(in.section) == 0 || v.text.text == "" {
		return false
	}
	section, name := in.section[0], key.Path[len(key.Path)-1]
	switch lower := strings.ToLower(name); {
	case strings.HasPrefix(name, "Exec") && section != "Desktop Entry":
		in.exec(v.text)
	case name == "Exec", lower == "command" && strings.HasPrefix(section, "program:"):
		in.run(pieces(v.text, " \t"), in.block)
	case environments(lower):
		return in.variables(key, v.text)
	default:
		return false
	}
	return true
}

// exec takes the value of ExecStart= and its like: systemd.service(5), "Command
// lines".
func (in *ini) exec(text source) {
	from := 0
	for from < len(text.text) && strings.IndexByte("@-:+!|", text.text[from]) >= 0 {
		from++
	}
	words := pieces(text.slice(from, len(text.text)), " \t")
	first := 0
	for i, w := range words {
		if w.Text == ";" && !w.quoted {
			in.run(words[first:i], in.block)
			first = i + 1
		}
	}
	in.run(words[first:], in.block)
}

// variables takes NAME=value, several of them, with quotes around any.
func (in *ini) variables(key Setting, text source) bool {
	found := false
	for _, w := range pieces(text, " \t,") {
		name, _, ok := strings.Cut(w.Text, "=")
		if !ok || !isVariable(name) {
			continue
		}
		found = true
		from, to, form := unquote(w.src.text, len(name)+1, len(w.src.text))
		in.setting(Setting{
			Path: append(slices.Clip(key.Path), name), Key: w.src.span(0, len(name)), Origin: FromEnv, Block: in.block,
			Value: Value{Text: w.src.text[from:to], Form: form, Span: w.src.span(from, to)},
		}, w.src.slice(from, to))
	}
	return found
}

// pieces splits a text as systemd does: at blanks, with quotes of both kinds
// anywhere, and backslashes.
func pieces(s source, separators string) []arg {
	var out []arg
	t := s.text
	separators += "\r\n"
	for i := 0; i < len(t); {
		if strings.IndexByte(separators, t[i]) >= 0 {
			i++
			continue
		}
		start := i
		var b builder
		quote := byte(0)
		for i < len(t) && (quote != 0 || strings.IndexByte(separators, t[i]) < 0) {
			switch c := t[i]; {
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
				i++
			case quote != 0 && c == quote:
				quote = 0
				i++
			case c == '\\' && i+1 < len(t):
				i += b.unescape(s, i, len(t))
			default:
				b.append(s.slice(i, i+1))
				i++
			}
		}
		from, to, form := unquote(t, start, i)
		text := b.source(s.at(from))
		out = append(out, arg{
			Word: Word{Text: text.text, Span: s.span(from, to), Variable: strings.IndexByte(text.text, '$') >= 0},
			src:  text, quoted: form == Quoted,
		})
	}
	return out
}
