package syntax

import "strings"

// parseMarkdown takes the blocks of code in prose, each as the language that it
// says: fences of Markdown, code-block of reStructuredText, [source] of AsciiDoc.
func parseMarkdown(p *parser, s source) {
	var m prose
	lines(s.text, func(start, end int) { m.line(p, s, start, end) })
	m.flush(p)
}

// prose is the state of reading one.
type prose struct {
	fence    string // that the open block began with
	indent   int    // of the lines of an open block of reStructuredText; -1: not known yet
	open     bool
	pending  string // the language of an AsciiDoc block that begins next
	language string
	b        builder
	at       int
}

func (m *prose) line(p *parser, s source, start, end int) {
	from, to := trim(s.text, start, end)
	text := s.text[from:to]
	switch {
	case m.open && m.fence != "":
		if strings.HasPrefix(text, m.fence) && strings.Trim(text, m.fence[:1]) == "" {
			m.flush(p)
			return
		}
		cut := start
		for cut < end && cut-start < m.indent && s.text[cut] == ' ' {
			cut++
		}
		m.add(s, cut, end)
		return
	case m.open:
		in := from - start
		switch {
		case text == "" || m.indent < 0 && strings.HasPrefix(text, ":"):
			m.add(s, end, end) // options of the directive, and blank lines
			return
		case m.indent < 0 && in > 0:
			m.indent = in
		}
		if in > 0 && in >= m.indent {
			m.add(s, start+m.indent, end)
			return
		}
		m.flush(p)
	}
	switch {
	case strings.HasPrefix(text, "```") || strings.HasPrefix(text, "~~~"):
		n := 0
		for n < len(text) && text[n] == text[0] {
			n++
		}
		m.begin(text[:n], from-start, text[n:])
	case strings.HasPrefix(text, ".. ") && strings.Contains(text, "::"):
		name, language, _ := strings.Cut(text[3:], "::")
		switch name {
		case "code-block", "code", "sourcecode":
			m.begin("", -1, language)
		}
	case strings.HasPrefix(text, "[source"):
		_, language, _ := strings.Cut(strings.Trim(text, "[]"), ",")
		m.pending = before(language, ",")
	case text == "----" && m.pending != "":
		m.begin(text, 0, m.pending)
	case text != "" && !strings.HasPrefix(text, "."):
		m.pending = ""
	}
}

func (m *prose) begin(fence string, indent int, info string) {
	info = strings.Trim(strings.TrimSpace(info), "{}.")
	word := strings.FieldsFunc(info, func(r rune) bool { return strings.ContainsRune(" \t,{:", r) })
	*m = prose{open: true, fence: fence, indent: indent}
	if len(word) > 0 {
		m.language = strings.ToLower(strings.TrimPrefix(word[0], "."))
	}
}

func (m *prose) add(s source, start, end int) {
	if len(m.b.text) == 0 {
		m.at = s.at(start)
	}
	m.b.append(s.slice(start, end))
	m.b.escape("\n", s.at(end), 0)
}

// flush takes the block that ends here apart.
func (m *prose) flush(p *parser) {
	if m.open && len(m.b.text) > 0 {
		p.quoted(m.language, m.b.source(m.at))
	}
	*m = prose{}
}

// quoted takes an example in prose apart. Examples leave out what does not
// matter, so that their faults are no problems of the file.
func (p *parser) quoted(language string, s source) {
	known := len(p.file.Problems)
	switch name := p.spoken(language); name {
	case "":
	case "console":
		p.script(transcript(s), false)
	default:
		p.parse(name, s)
	}
	p.file.Problems = p.file.Problems[:known]
}

// transcript is what somebody typed in a session, without the prompts and without
// what came back.
func transcript(s source) source {
	var b builder
	open := false
	lines(s.text, func(start, end int) {
		from, to := trim(s.text, start, end)
		if !open {
			text := s.text[from:to]
			switch {
			case strings.HasPrefix(text, "$ "), strings.HasPrefix(text, "# "), strings.HasPrefix(text, "% "), strings.HasPrefix(text, "> "):
				from += 2
			default:
				return
			}
		}
		open = to > from && s.text[to-1] == '\\'
		b.append(s.slice(from, to))
		b.escape("\n", s.at(to), 0)
	})
	return b.source(s.at(0))
}

// spoken is the language that a block of code is said to be in.
func (p *parser) spoken(name string) string {
	switch name {
	case "sh", "bash", "shell", "zsh", "ksh":
		return "shell"
	case "console", "shell-session", "sh-session", "bash-session", "terminal", "shellsession":
		return "console"
	case "yml":
		name = "yaml"
	case "js", "jsx", "ts", "tsx", "typescript", "node":
		name = "javascript"
	case "py", "python3":
		name = "python"
	case "golang":
		name = "go"
	case "c#", "cs":
		name = "csharp"
	case "c++", "cc", "cxx":
		name = "cpp"
	case "rb":
		name = "ruby"
	case "rs":
		name = "rust"
	case "kt":
		name = "kotlin"
	case "docker":
		name = "dockerfile"
	case "make":
		name = "makefile"
	case "ps1", "pwsh", "ps":
		name = "powershell"
	case "bat", "cmd", "dos":
		name = "batch"
	case "jsonc", "json5":
		name = "json"
	case "terraform", "tf":
		name = "hcl"
	case "dotenv":
		name = "env"
	case "nginx", "apache", "apacheconf":
		name = "conf"
	case "objective-c", "objectivec":
		name = "objc"
	case "vb.net", "vbnet":
		name = "vb"
	case "cfg", "conf":
		name = "ini"
	}
	if _, ok := p.table.byName[name]; !ok || name == "text" || name == "markdown" {
		return ""
	}
	return name
}
