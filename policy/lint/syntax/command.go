package syntax

import (
	"slices"
	"strings"
)

// command adds a command whose words stand in the file as they are.
func (p *parser) command(_ source, words []Word) {
	list := make([]arg, 0, len(words))
	for _, w := range words {
		src := source{text: w.Text, from: w.Span.Start}
		if w.Span.End-w.Span.Start != len(w.Text) {
			src = source{text: w.Text, anchors: []anchor{{0, w.Span.Start, true, w.Span.End - w.Span.Start}}}
		}
		list = append(list, arg{Word: w, src: src})
	}
	p.run(list, p.block())
}

// run adds a command, and the ones that it starts itself. Variables that it sets
// for them belong to a block.
func (p *parser) run(words []arg, block int) {
	if p.depth >= maxEmbedding {
		return
	}
	for range words {
		inner, ok := p.unwrap(words, block, true)
		if !ok {
			break
		}
		words = inner
	}
	if len(words) == 0 {
		return
	}
	name := program(words[0].Text)
	if silent(name) || strings.Trim(name, "-_.:;%()[]{}'\"") == "" {
		return
	}
	p.add(name, words)
	p.given(name, words[1:], block)
	if inner, ok := started(name, words); ok {
		p.depth++
		p.run(inner, block)
		p.depth--
	}
	if language, text, ok := p.carried(name, words); ok {
		if language == "shell" {
			p.script(text, true)
		} else {
			p.parse(language, text)
		}
	}
}

// add adds a command with the facts in its words.
func (p *parser) add(name string, words []arg) {
	if strings.HasPrefix(name, "-") {
		name = "" // a container is given its arguments
	}
	c := Command{Name: name, Words: make([]Word, 0, len(words))}
	for _, w := range words {
		c.Words = append(c.Words, w.Word)
	}
	// Words that come from a variable stand elsewhere.
	c.Span = words[0].Span
	for _, w := range words {
		if w.Span.Start >= c.Span.Start {
			c.Span.End = max(c.Span.End, w.Span.End)
		}
	}
	p.file.Commands = append(p.file.Commands, c)
	for _, w := range words {
		p.inside(w.src, nil)
	}
}

// silent are the programs for which words are text.
func silent(program string) bool {
	switch program {
	case "echo", "printf", "grep", "egrep", "fgrep", "rg", "sed", "awk", "print", "test", "[", "logger", "die", "warn":
		return true
	}
	return false
}

// wrapper is how a program is told which one to run.
type wrapper struct {
	letters  string   // short options with a value
	long     []string // long options with a value in the next word
	operands int      // words before the command
	env      bool     // NAME=value before the command
}

// wrappers is the table of programs that run the rest of their words.
var wrappers = map[string]wrapper{
	"sudo":      {letters: "ughpCrtTUDR", long: []string{"--user", "--group", "--host", "--prompt", "--chdir", "--chroot"}, env: true},
	"doas":      {letters: "uC", env: true},
	"env":       {letters: "uC", long: []string{"--unset", "--chdir"}, env: true},
	"cross-env": {env: true}, "dotenv": {letters: "efvp"},
	"xargs": {letters: "IaEdLnPs", long: []string{"--max-args", "--max-procs", "--delimiter", "--arg-file"}},
	"time":  {letters: "fo"}, "nohup": {}, "setsid": {}, "command": {}, "builtin": {}, "exec": {letters: "a"},
	"timeout": {letters: "ks", long: []string{"--signal", "--kill-after"}, operands: 1},
	"nice":    {letters: "n"}, "ionice": {letters: "cnp"}, "chrt": {operands: 1}, "taskset": {operands: 1},
	"stdbuf": {letters: "ioe"}, "unbuffer": {}, "chroot": {operands: 1}, "flock": {letters: "wEc", operands: 1},
	"gosu": {operands: 1}, "su-exec": {operands: 1}, "setpriv": {}, "tini": {letters: "pe"}, "dumb-init": {},
	"strace": {letters: "eoEpsu"}, "retry": {letters: "tdm"}, "chronic": {}, "torsocks": {}, "proxychains": {letters: "f"}, "busybox": {},
	"npx": {letters: "pc"}, "call": {}, "winpty": {}, "&": {},
}

// unwrap takes a wrapper away from a command.
func (p *parser) unwrap(words []arg, block int, facts bool) ([]arg, bool) {
	if len(words) == 0 {
		return nil, false
	}
	w, ok := wrappers[program(words[0].Text)]
	if !ok {
		return nil, false
	}
	i, operands := 1, w.operands
	for i < len(words) {
		t := words[i].Text
		switch {
		case t == "--":
			i++
			if operands == 0 {
				return words[i:], true
			}
		case len(t) > 1 && t[0] == '-':
			i++
			if takesNext(t, w.letters, w.long) {
				i++
			}
		case w.env && isName(before(t, "=")) && strings.Contains(t, "="):
			if facts {
				p.nameValue(words[i], block)
			}
			i++
		case operands > 0:
			operands--
			i++
		default:
			return words[i:], true
		}
	}
	return nil, true
}

// takesNext tells whether the next word is the value of an option.
func takesNext(word, letters string, long []string) bool {
	if strings.HasPrefix(word, "--") {
		return slices.Contains(long, word)
	}
	i := strings.IndexAny(word[1:], letters)
	return i >= 0 && i+2 == len(word)
}

func before(text, mark string) string {
	name, _, _ := strings.Cut(text, mark)
	return name
}

// nameValue is a word of the form NAME=value.
func (p *parser) nameValue(w arg, block int) {
	name, value, ok := strings.Cut(w.Text, "=")
	if !ok || !isName(name) {
		return
	}
	from := len(w.src.text) - len(value)
	start, end, form := unquote(w.src.text, from, len(w.src.text))
	v := Value{Text: w.src.text[start:end], Form: form, Span: w.src.span(start, end)}
	v.recognise()
	if w.Variable && strings.Contains(v.Text, "$") {
		v.Form = Template
	}
	p.setting(Setting{
		Path: []string{name}, Key: w.src.span(0, len(name)), Origin: FromEnv, Block: block, Value: v,
	}, w.src.slice(start, end))
}

// given are the variables and properties that a command is told to set.
func (p *parser) given(name string, words []arg, block int) {
	options := p.block()
	for i, w := range words {
		t := w.Text
		next := func() (arg, bool) {
			if i+1 < len(words) {
				return words[i+1], true
			}
			return arg{}, false
		}
		switch {
		case name == "setx" && i == 0 || name == "setenv" && i == 0, name == "set" && i > 0 && i+1 < len(words) && strings.HasPrefix(words[0].Text, "-") && strings.Contains(words[0].Text, "x") && isName(t):
			// cmd, csh; fish
			if value, ok := next(); ok && isName(t) {
				p.setting(Setting{Path: []string{t}, Key: w.Span, Origin: FromEnv, Block: block, Value: worth(value)}, value.src)
			}
			return
		case runsContainers(name) && (t == "-e" || t == "--env" || t == "--build-arg"):
			if value, ok := next(); ok {
				p.nameValue(value, block)
			}
		case runsContainers(name) && (strings.HasPrefix(t, "--env=") || strings.HasPrefix(t, "--build-arg=")):
			p.nameValue(w.from(strings.IndexByte(t, '=')+1), block)
		case (name == "kubectl" || name == "oc") && len(words) > 1 && words[0].Text == "set" && words[1].Text == "env" && i > 1:
			p.nameValue(w, block)
		case t == "-o" || t == "-X" || t == "-c" || t == "--set" || t == "--set-string" || t == "--conf" || t == "--override" || t == "--setopt" || t == "--config" || t == "--option":
			if value, ok := next(); ok {
				p.defined(value, options)
			}
		case strings.HasPrefix(t, "--set=") || strings.HasPrefix(t, "--setopt=") || strings.HasPrefix(t, "--conf="):
			p.defined(w.from(strings.IndexByte(t, '=')+1), options)
		case strings.HasPrefix(t, "--") && strings.Contains(before(t, "="), "."):
			p.defined(w.from(2), options) // Spring's --server.ssl.enabled=false
		}
	}
}

func runsContainers(program string) bool {
	switch program {
	case "docker", "podman", "nerdctl", "docker-compose", "buildah":
		return true
	}
	return false
}

// from is the word from an offset on.
func (a arg) from(start int) arg {
	part := plainArg(a.src.slice(start, len(a.src.text)))
	part.Variable = a.Variable
	return part
}

// worth is a word as a value.
func worth(a arg) Value {
	v := Value{Text: a.Text, Span: a.Span}
	v.recognise()
	if a.Variable {
		v.Form = Template
	}
	return v
}

// defined is name=value that a program gets with an option.
func (p *parser) defined(w arg, block int) {
	name, _, ok := strings.Cut(w.src.text, "=")
	if !ok || name == "" || strings.ContainsAny(name, " \t\n\"'(){}<>?&/\\") || strings.HasPrefix(name, "-") {
		return
	}
	value := w.from(len(name) + 1)
	// The addresses in it are found with the word.
	p.keep(Setting{
		Path: []string{name}, Key: w.src.span(0, len(name)), Origin: FromOption, Block: block, Value: worth(value),
	})
}

// started is the command among the words of one that is no plain wrapper.
func started(name string, words []arg) ([]arg, bool) {
	switch name {
	case "set":
		// The words that a script runs later: set -- dockerd --host=... "$@"
		if len(words) > 2 && words[1].Text == "--" {
			return words[2:], true
		}
	case "find":
		for i, w := range words {
			if w.Text == "-exec" || w.Text == "-execdir" || w.Text == "-ok" {
				end := i + 1
				for end < len(words) && words[end].Text != ";" && words[end].Text != "+" {
					end++
				}
				return words[i+1 : end], true
			}
		}
	case "kubectl", "oc":
		if len(words) > 1 && words[1].Text == "exec" {
			for i, w := range words {
				if w.Text == "--" {
					return words[i+1:], true
				}
			}
		}
	case "docker", "podman", "nerdctl":
		rest := words[1:]
		if len(rest) > 0 && (rest[0].Text == "container" || rest[0].Text == "compose") {
			rest = rest[1:]
		}
		if len(rest) == 0 || rest[0].Text != "run" && rest[0].Text != "exec" {
			return nil, false
		}
		rest = rest[1:]
		for len(rest) > 0 && strings.HasPrefix(rest[0].Text, "-") {
			step := 1
			if !strings.Contains(rest[0].Text, "=") && !switches(rest[0].Text) {
				step = 2
			}
			rest = rest[min(step, len(rest)):]
		}
		if len(rest) > 1 {
			return rest[1:], true
		}
	}
	return nil, false
}

// switches tells whether an option of docker run or exec has no value.
func switches(option string) bool {
	if !strings.HasPrefix(option, "--") {
		return strings.Trim(option[1:], "ditPTq") == ""
	}
	switch option {
	case "--detach", "--interactive", "--tty", "--rm", "--init", "--privileged", "--publish-all", "--read-only", "--no-healthcheck", "--oom-kill-disable", "--quiet", "--sig-proxy", "--disable-content-trust", "--no-deps", "--service-ports", "--build", "--replace":
		return true
	}
	return false
}

// carried is a program in another language, or in the shell's own, that a command
// has among its words.
func (p *parser) carried(name string, words []arg) (language string, text source, ok bool) {
	rest := words[1:]
	switch name {
	case "eval", "trap":
		if len(rest) > 0 {
			if name == "trap" {
				rest = rest[:1]
			}
			return "shell", joined(rest), true
		}
		return "", source{}, false
	case "watch", "ssh", "parallel":
		letters := map[string]string{"watch": "nq", "ssh": "BbcDEeFIiJLlmOoPpQRSWw", "parallel": "jPSNa"}[name]
		operands := 0
		if name == "ssh" {
			operands = 1
		}
		for i := 0; i < len(rest); i++ {
			t := rest[i].Text
			switch {
			case len(t) > 1 && t[0] == '-':
				if takesNext(t, letters, nil) {
					i++
				}
			case operands > 0:
				operands--
			default:
				return "shell", joined(rest[i:]), true
			}
		}
		return "", source{}, false
	case "cmd":
		for i, w := range rest {
			if strings.EqualFold(w.Text, "/c") || strings.EqualFold(w.Text, "/k") {
				return "batch", joined(rest[i+1:]), true
			}
		}
		return "", source{}, false
	case "powershell", "pwsh":
		for i, w := range rest {
			if t := strings.ToLower(w.Text); len(t) > 1 && strings.HasPrefix("-command", t) {
				return "powershell", joined(rest[i+1:]), true
			}
		}
		if len(rest) > 0 && name == "powershell" && !strings.HasPrefix(rest[0].Text, "-") {
			return "powershell", joined(rest), true
		}
		return "", source{}, false
	}
	language = p.interpreted(name)
	if language == "" {
		return "", source{}, false
	}
	letter := "c"
	switch language {
	case "javascript", "perl", "ruby", "lua", "elixir":
		letter = "e"
	case "php":
		letter = "r"
	}
	for i := 0; i < len(rest); i++ {
		t := rest[i].Text
		switch {
		case strings.HasPrefix(t, "-") && !strings.HasPrefix(t, "--") && strings.Contains(t, letter), t == "--eval", t == "--command":
			if i+1 < len(rest) {
				return language, rest[i+1].src, true
			}
		case language == "shell" && (t == "-o" || t == "-O" || t == "+o" || t == "--rcfile"):
			i++
		case !strings.HasPrefix(t, "-") && name != "su" && name != "runuser":
			return "", source{}, false // a file
		}
	}
	return "", source{}, false
}

// joined are words as one text, with blanks between them.
func joined(words []arg) source {
	var b builder
	if len(words) == 0 {
		return source{}
	}
	for i, w := range words {
		if i > 0 {
			b.escape(" ", words[i-1].Span.End, 1)
		}
		b.append(w.src)
	}
	return b.source(words[0].Span.Start)
}
