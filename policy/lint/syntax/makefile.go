package syntax

import "strings"

// parseMakefile takes the recipes of a Makefile as scripts, and its variables as
// settings; those that are exported are environment variables.
// https://www.gnu.org/software/make/manual/
func parseMakefile(p *parser, s source) {
	m := makefile{p: p, s: s, block: p.block(), exported: map[string]bool{}, values: map[string]source{}, times: map[string]int{}}
	m.each(m.learn)
	m.each(m.line)
}

type makefile struct {
	p        *parser
	s        source
	block    int
	exported map[string]bool
	all      bool // .EXPORT_ALL_VARIABLES
	values   map[string]source
	times    map[string]int
	expanded int // bytes that came from variables
}

const (
	// maxCalls is how deep variables and functions are followed.
	maxCalls = 4
	// maxMake is how much text may come from variables.
	maxMake = 1 << 17
)

// each calls do with every logical line, and tells whether it is of a recipe. In
// others a backslash at the end and the blanks around it are one blank.
func (m *makefile) each(do func(line source, recipe bool)) {
	var logical builder
	open, recipe := false, false
	lines(m.s.text, func(start, end int) {
		if !open {
			recipe = start < end && m.s.text[start] == '\t'
		}
		from := start
		if recipe && start < end && m.s.text[start] == '\t' {
			from++
		}
		backslashes := 0
		for i := end - 1; i >= from && m.s.text[i] == '\\'; i-- {
			backslashes++
		}
		more := backslashes%2 == 1
		switch {
		case more && recipe:
			logical.append(m.s.slice(from, end))
			logical.escape("\n", m.s.at(end), 0)
		case more:
			logical.append(m.s.slice(from, end-1))
			logical.escape(" ", m.s.at(end-1), 1)
		default:
			logical.append(m.s.slice(from, end))
		}
		if open = more; !more {
			do(logical.source(m.s.at(start)), recipe)
			logical = builder{}
		}
	})
	if open {
		do(logical.source(0), recipe)
	}
}

// assigned parts NAME = value; ok is false for other lines.
func assigned(line source) (name, value source, exported, ok bool) {
	from, to := trim(line.text, 0, len(line.text))
	for {
		word, _, _ := strings.Cut(line.text[from:to], " ")
		switch word {
		case "export":
			exported = true
		case "override", "private", "define":
		default:
			i := strings.IndexByte(line.text[from:to], '=')
			if i < 0 {
				return name, value, exported, false
			}
			left := strings.TrimRight(line.text[from:from+i], ":+?! \t")
			if strings.ContainsAny(left, ":#$") {
				// target: NAME = value
				target, variable, found := strings.Cut(left, ":")
				variable = strings.TrimSpace(variable)
				if rest, ok := strings.CutPrefix(variable, "export "); ok {
					variable, exported = strings.TrimSpace(rest), true
				}
				if !found || !isName(variable) || strings.Contains(target, "#") {
					return name, value, exported, false
				}
				from += len(left) - len(variable)
				left = variable
			}
			if left == "" || strings.ContainsAny(left, " \t()") {
				return name, value, exported, false
			}
			name = line.slice(from, from+len(left))
			start := strings.IndexByte(line.text[from+len(left):], '=') + from + len(left) + 1
			end := to
			if j := strings.Index(line.text[start:end], " #"); j >= 0 {
				end = start + j
			}
			start, end = trim(line.text, start, end)
			return name, line.slice(start, end), exported, true
		}
		from, to = trim(line.text, min(from+len(word)+1, to), to)
		if from >= to {
			return name, value, exported, false
		}
	}
}

// learn finds variables that are set once, and those that are exported.
func (m *makefile) learn(line source, recipe bool) {
	if recipe {
		return
	}
	name, value, exported, ok := assigned(line)
	switch {
	case ok:
		m.times[name.text]++
		if strings.Contains(before(line.text, "="), "+") {
			m.times[name.text]++
		}
		m.values[name.text] = value
		if exported {
			m.exported[name.text] = true
		}
	case strings.HasPrefix(line.text, ".EXPORT_ALL_VARIABLES"):
		m.all = true
	case strings.HasPrefix(line.text, "export"):
		names := strings.Fields(line.text)[1:]
		m.all = m.all || len(names) == 0
		for _, n := range names {
			m.exported[n] = true
		}
	}
}

func (m *makefile) line(line source, recipe bool) {
	if recipe {
		from := 0
		for from < len(line.text) && strings.IndexByte("@-+ \t", line.text[from]) >= 0 {
			from++
		}
		m.p.script(m.shell(line.slice(from, len(line.text)), 0), true)
		return
	}
	if from, to := trim(line.text, 0, len(line.text)); from == to || line.text[from] == '#' {
		return
	}
	if name, value, _, ok := assigned(line); ok {
		origin := FromFile
		if m.all || m.exported[name.text] {
			origin = FromEnv
		}
		v := Value{Text: value.text, Span: value.span(0, len(value.text))}
		if strings.Contains(v.Text, "$(") || strings.Contains(v.Text, "${") {
			v.Form = Template
		}
		m.p.setting(Setting{
			Path: []string{name.text}, Key: name.span(0, len(name.text)), Origin: origin, Block: m.block, Value: v,
		}, value)
		m.functions(value)
		return
	}
	// target: prerequisites ; recipe
	if _, recipe, ok := strings.Cut(line.text, ";"); ok && strings.Contains(before(line.text, ";"), ":") {
		m.p.script(m.shell(line.slice(len(line.text)-len(recipe), len(line.text)), 0), false)
	}
	m.functions(line)
}

// functions takes the commands of $(shell ...).
func (m *makefile) functions(s source) {
	for at := 0; ; {
		i := strings.Index(s.text[at:], "$(shell ")
		if i < 0 {
			return
		}
		start := at + i + len("$(shell ")
		end := matching(s.text, start, '(', ')')
		m.p.script(m.shell(s.slice(start, end), 0), false)
		at = end
	}
}

// matching is where the bracket closes in which a text stands from an offset on.
func matching(text string, from int, open, shut byte) int {
	depth := 1
	for i := from; i < len(text); i++ {
		switch text[i] {
		case open:
			depth++
		case shut:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

// shell is what make gives to the shell: $$ is a dollar, variables that are set
// once stand for their values, others become the shell's own. What functions give
// is not known.
func (m *makefile) shell(s source, depth int) source {
	if strings.IndexByte(s.text, '$') < 0 {
		return s
	}
	var b builder
	done := 0
	for i := 0; i+1 < len(s.text); i++ {
		if s.text[i] != '$' {
			continue
		}
		b.append(s.slice(done, i))
		at := s.span(i, i+2)
		switch c := s.text[i+1]; c {
		case '$':
			b.escape("$", at.Start, at.End-at.Start)
			i, done = i+1, i+2
		case '(', '{':
			end := matching(s.text, i+2, c, map[byte]byte{'(': ')', '{': '}'}[c])
			name := s.text[i+2 : end]
			whole := s.span(i, min(end+1, len(s.text)))
			value, ok := m.values[name]
			switch {
			case ok && m.times[name] == 1 && depth < maxCalls && m.expanded < maxMake:
				inner := m.shell(value, depth+1)
				m.expanded += len(inner.text)
				b.append(inner)
			case strings.HasPrefix(name, "shell ") && depth < maxCalls:
				inner := s.slice(i+2+len("shell "), end)
				m.p.script(m.shell(inner, depth+1), false)
				b.escape("${shell}", whole.Start, whole.End-whole.Start)
			case isName(name):
				b.escape("${"+name+"}", whole.Start, whole.End-whole.Start)
			default:
				b.escape("${make}", whole.Start, whole.End-whole.Start)
			}
			i = min(end, len(s.text)-1)
			done = i + 1
		default:
			b.escape("${make}", at.Start, at.End-at.Start) // $@ and its like
			i, done = i+1, i+2
		}
	}
	b.append(s.slice(min(done, len(s.text)), len(s.text)))
	return b.source(s.at(0))
}
