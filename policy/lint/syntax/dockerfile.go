package syntax

import (
	"slices"
	"strings"
)

// parseDockerfile takes the instructions of a Dockerfile: RUN and its like are
// commands, ENV and ARG set variables, COPY with a heredoc holds a file.
// https://docs.docker.com/reference/dockerfile/
func parseDockerfile(p *parser, s source) {
	d := dockerfile{p: p, block: p.block(), escape: '\\', shell: "shell"}
	var logical builder
	open := false
	head := true // parser directives may still come
	for start := 0; start < len(s.text); {
		end, next := len(s.text), len(s.text)
		if i := strings.IndexByte(s.text[start:], '\n'); i >= 0 {
			end, next = start+i, start+i+1
		}
		from, to := trim(s.text, start, end)
		line := s.text[from:to]
		start = next
		if strings.HasPrefix(line, "#") {
			if name, value, ok := strings.Cut(line[1:], "="); head && ok && strings.EqualFold(strings.TrimSpace(name), "escape") && strings.TrimSpace(value) == "`" {
				d.escape = '`'
			}
			continue // comments may stand between the lines of an instruction
		}
		head = false
		if line == "" {
			continue
		}
		if line[len(line)-1] == d.escape {
			// The shell reads the backslash and the line break as nothing.
			logical.append(s.slice(from, to-1))
			logical.escape("  ", s.at(to-1), 1)
			open = true
			continue
		}
		logical.append(s.slice(from, to))
		open = false
		instruction := logical.source(s.at(from))
		logical = builder{}
		var docs []source
		for _, mark := range heredocs(instruction.text) {
			var doc source
			doc, start = heredocBody(s, start, mark)
			docs = append(docs, doc)
		}
		d.instruction(instruction, docs)
	}
	if open {
		d.instruction(logical.source(s.at(0)), nil)
	}
}

type dockerfile struct {
	p      *parser
	block  int
	escape byte
	shell  string // the language of RUN
}

// instruction takes one instruction, with the heredocs behind it.
func (d *dockerfile) instruction(line source, docs []source) {
	verb, rest := cutWord(line)
	for strings.HasPrefix(rest.text, "--") {
		_, rest = cutWord(rest) // --mount=type=secret
	}
	switch verb := strings.ToUpper(verb.text); verb {
	case "ONBUILD":
		d.instruction(rest, docs)
	case "HEALTHCHECK":
		if first, cmd := cutWord(rest); strings.EqualFold(first.text, "CMD") {
			d.run(cmd, nil)
		}
	case "RUN", "CMD", "ENTRYPOINT":
		d.run(rest, docs)
	case "SHELL":
		if words := jsonWords(rest); len(words) > 0 {
			d.shell = "shell"
			switch program(words[0].Text) {
			case "powershell", "pwsh":
				d.shell = "powershell"
			case "cmd":
				d.shell = "batch"
			}
		}
	case "ENV", "LABEL", "ARG":
		d.variables(verb, rest)
	case "COPY", "ADD":
		fields := strings.Fields(rest.text)
		for _, doc := range docs {
			d.p.embed(fields[len(fields)-1], doc)
		}
		d.p.inside(rest, nil)
	}
}

// run takes the command of RUN and its like, as a script or as a list in JSON.
func (d *dockerfile) run(rest source, docs []source) {
	if words := jsonWords(rest); len(words) > 0 {
		d.p.run(words, d.block)
		return
	}
	if len(docs) == 0 {
		d.script(rest)
		return
	}
	// RUN <<EOF is a script; RUN python3 <<EOF is one for another program.
	name := ""
	for word := range strings.FieldsSeq(rest.text) {
		if !strings.HasPrefix(word, "<<") {
			name = program(word)
			break
		}
	}
	for _, doc := range docs {
		switch language := d.p.interpreted(name); {
		case name == "" && strings.HasPrefix(doc.text, "#!"):
			d.p.embed("script", doc)
		case name == "":
			d.script(doc)
		case language != "":
			d.p.parse(language, doc)
		case name == "cat" || name == "tee":
			if _, file, ok := strings.Cut(rest.text, ">"); ok {
				d.p.embed(strings.Trim(strings.TrimLeft(file, "> "), " \"'"), doc)
			}
		}
	}
}

func (d *dockerfile) script(s source) {
	if d.shell == "shell" {
		d.p.script(s, true)
	} else {
		d.p.parse(d.shell, s)
	}
}

// variables are NAME=value pairs, or a name and the rest of the line.
func (d *dockerfile) variables(verb string, rest source) {
	t := rest.text
	first, value := cutWord(rest)
	if verb == "ENV" && !strings.Contains(first.text, "=") {
		d.set(verb, first, plainArg(value))
		return
	}
	for at := 0; at < len(t); {
		for at < len(t) && blank(t[at]) {
			at++
		}
		start := at
		var b builder
		quote, done := byte(0), at
		for ; at < len(t) && (quote != 0 || !blank(t[at])); at++ {
			switch c := t[at]; {
			case c == quote:
				quote = 0
				b.append(rest.slice(done, at))
				done = at + 1
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
				b.append(rest.slice(done, at))
				done = at + 1
			case c == d.escape && quote != '\'' && at+1 < len(t):
				b.append(rest.slice(done, at))
				b.escape(t[at+1:at+2], rest.at(at), rest.span(at, at+2).End-rest.at(at))
				at++
				done = at + 1
			}
		}
		b.append(rest.slice(done, at))
		word := b.source(rest.at(start))
		if name, _, ok := strings.Cut(word.text, "="); ok {
			value := plainArg(word.slice(len(name)+1, len(word.text)))
			from, to, form := unquote(t, start+len(before(t[start:at], "="))+1, at)
			value.Span, value.quoted = rest.span(from, to), form == Quoted
			d.set(verb, word.slice(0, len(name)), value)
		}
	}
}

func (d *dockerfile) set(verb string, name source, value arg) {
	v := worth(value)
	if value.quoted && v.Form == Bare {
		v.Form = Quoted
	}
	origin := FromEnv
	if verb == "LABEL" {
		origin = FromFile
	}
	d.p.setting(Setting{
		Path: []string{name.text}, Key: name.span(0, len(name.text)), Origin: origin, Block: d.block, Value: v,
	}, value.src)
}

// cutWord parts the first word from the rest.
func cutWord(s source) (word, rest source) {
	from, to := trim(s.text, 0, len(s.text))
	end := from
	for end < to && !blank(s.text[end]) {
		end++
	}
	next, _ := trim(s.text, end, to)
	return s.slice(from, end), s.slice(next, to)
}

// jsonWords are the strings of a list in JSON; nil when it is none.
func jsonWords(s source) []arg {
	if !strings.HasPrefix(s.text, "[") || !strings.HasSuffix(s.text, "]") {
		return nil
	}
	j := jsonParser{parser: &parser{file: &File{}}, s: s}
	n := j.value(0)
	if j.failed || j.i < len(s.text) || slices.ContainsFunc(n.items, func(c *node) bool { return c.kind != scalar || c.value.Form == Bare }) {
		return nil
	}
	return listWords(n)
}

// heredocs are the marks of the heredocs that an instruction opens.
func heredocs(line string) []string {
	var out []string
	rest := line
	for {
		_, after, ok := strings.Cut(rest, "<<")
		if !ok {
			return out
		}
		rest = after
		if strings.HasPrefix(after, "<") {
			rest = after[1:] // a here-string
			continue
		}
		mark := strings.TrimLeft(strings.TrimPrefix(after, "-"), "\"'")
		end := 0
		for end < len(mark) && isName(mark[end:end+1]) {
			end++
		}
		if end > 0 && (mark[0] < '0' || mark[0] > '9') {
			out = append(out, mark[:end])
		}
	}
}

// heredocBody is the text up to a mark, and where it goes on.
func heredocBody(s source, start int, mark string) (source, int) {
	for at := start; at < len(s.text); {
		end, next := len(s.text), len(s.text)
		if i := strings.IndexByte(s.text[at:], '\n'); i >= 0 {
			end, next = at+i, at+i+1
		}
		if strings.Trim(s.text[at:end], "\t\r") == mark {
			return s.slice(start, at), next
		}
		at = next
	}
	return s.slice(start, len(s.text)), len(s.text)
}
