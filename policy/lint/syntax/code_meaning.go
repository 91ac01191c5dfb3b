package syntax

import "strings"

// meaning adds what a call says that no syntax tells: a property or an environment
// variable that is set by its name, a program that is run.
func (w *walker) meaning(at, start int) {
	call := &w.p.file.Calls[at]
	name := call.Name[strings.LastIndexByte(call.Name, '.')+1:]
	lower := strings.ToLower(name)
	args := call.Args
	if len(args) == 0 {
		return
	}
	if setsVariable(call.Name, lower) {
		w.variable(call, args)
		return
	}
	if name == "define" && len(args) == 2 && args[0].Value.Form == Quoted {
		w.assign(key{parts: []string{args[0].Value.Text}}, args[1].Value)
		return
	}
	if name == "of" && len(args)%2 == 0 && strings.HasSuffix(call.Name, "Map.of") {
		for i := 0; i < len(args); i += 2 {
			w.property(call, args[i:i+2])
		}
	}
	if len(args) >= 2 && setsProperty(lower) {
		w.property(call, args)
	}
	w.run(call, lower, args, start)
}

// setsVariable tells whether a function sets an environment variable.
func setsVariable(name, last string) bool {
	switch last {
	case "environment", "putenv", "setenv", "setenvironmentvariable", "set_var", "put_env", "sys.setenv", "withenv":
		return true
	case "env", "envs":
		return name == ".env" || name == "env" || strings.HasSuffix(name, ".env")
	case "put", "set", "store", "setdefault", "putifabsent":
		receiver := strings.ToLower(name[:max(len(name)-len(last)-1, 0)])
		return strings.HasSuffix(receiver, "env") || strings.HasSuffix(receiver, "environ") || strings.HasSuffix(receiver, "environment") || strings.HasSuffix(receiver, "environmentvariables")
	}
	return false
}

// variable adds the environment variables that a call sets.
func (w *walker) variable(call *Call, args []Argument) {
	add := func(name string, at Span, v Value) {
		w.add(Setting{Path: []string{name}, Value: v, Key: at, Origin: FromEnv, Block: call.Block})
	}
	first := args[0].Value
	if len(args) >= 2 && first.Form == Quoted && args[0].Name == "" && isName(first.Text) {
		add(first.Text, first.Span, args[1].Value)
		return
	}
	for _, a := range args {
		switch {
		case a.Name != "" && variableName(a.Name, false):
			add(a.Name, a.Value.Span, a.Value)
		case a.Value.Form == Quoted:
			w.assignments(a.Value, add)
		case a.Value.Form == Expression:
			for i := a.Value.Tokens[0]; i < a.Value.Tokens[1]; i++ {
				if w.kind(i) == String {
					w.assignments(w.value(i, i+1), add)
				}
			}
		}
	}
}

// assignments reads "NAME=value" in a string.
func (w *walker) assignments(v Value, add func(string, Span, Value)) {
	name, value, found := strings.Cut(v.Text, "=")
	if !found || !variableName(name, true) || v.Tokens[1] != v.Tokens[0]+1 || w.mark(v.Tokens[0]).escaped {
		return
	}
	set := Value{Text: value, Form: Quoted, Span: Span{v.Span.End - len(value), v.Span.End}}
	set.recognise()
	add(name, Span{v.Span.Start, v.Span.Start + len(name)}, set)
}

// setsProperty tells whether a function is given a name and its value.
func setsProperty(name string) bool {
	for _, prefix := range []string{"set", "put", "with", "option", "config", "property", "systemproperty", "param", "add", "define", "append", "update", "store", "argument", "header", "ini_set"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// property adds what put("key", "value") sets.
func (w *walker) property(call *Call, args []Argument) {
	k, v := args[0], args[1]
	if len(args) > 3 || k.Name != "" || v.Name != "" || k.Value.Form != Quoted || k.Value.Text == "" || v.Value.Form == Expression {
		return
	}
	if strings.ContainsAny(k.Value.Text, " \n/") {
		return
	}
	w.add(Setting{Path: []string{k.Value.Text}, Value: v.Value, Key: k.Value.Span, Origin: FromOption, Block: call.Block})
}

// run adds the commands that a call runs.
func (w *walker) run(call *Call, name string, args []Argument, start int) {
	shell, list := runs(call.Name, name, w.p.file.Language)
	if !shell && !list {
		return
	}
	// The strings among the arguments, in their order.
	var words []int
	var only int
	for _, a := range args {
		if a.Name != "" && a.Name != "script" && a.Name != "args" && a.Name != "command" && a.Name != "cmd" {
			continue
		}
		for i := a.Value.Tokens[0]; i < a.Value.Tokens[1] && len(words) < 200; i++ {
			if w.kind(i) == String {
				words = append(words, i)
			}
		}
		if len(words) == 1 {
			only = words[0]
		}
	}
	if len(words) == 0 {
		return
	}
	first := w.tokens[words[0]].Text
	if builds := name == "new" && w.p.file.Language == "rust"; shell && !builds && (len(words) == 1 || strings.ContainsAny(strings.TrimSpace(first), " \n")) {
		if only == 0 {
			only = words[0]
		}
		w.shell(only)
		return
	}
	if !list || strings.ContainsAny(strings.TrimSpace(first), "\n") {
		return
	}
	if strings.ContainsAny(strings.TrimSpace(first), " ") && len(words) == 1 {
		w.shell(words[0])
		return
	}
	var out []Word
	for _, i := range words {
		m := w.mark(i)
		if m.flags&used == 0 && !m.escaped && len(out) > 0 && (w.p.file.Language == "csharp" || w.p.file.Language == "vb") {
			// All arguments are in one text.
			text, from := w.tokens[i].Text, 0
			for field := range strings.FieldsSeq(text) {
				from += strings.Index(text[from:], field)
				at := w.tokens[i].Span.Start + from
				from += len(field)
				out = append(out, Word{Text: field, Span: Span{at, at + len(field)}, Variable: m.flags&holes != 0})
			}
		} else {
			t := &w.tokens[i]
			out = append(out, Word{Text: t.Text, Span: t.Span, Variable: m.flags&holes != 0})
		}
		m.flags |= used
	}
	// Rust: Command::new("curl").arg("-k").args(["-s"])
	for i := start; w.d.functions != nil && w.d.functions[0] == "fn"; {
		for i < len(w.tokens) && !w.is(i, "(") {
			i++
		}
		if i >= len(w.tokens) || w.tokens[i].Mate < i {
			break
		}
		i = w.tokens[i].Mate + 1
		if !w.is(i, ".") || !w.word(i+1, "arg") && !w.word(i+1, "args") || !w.is(i+2, "(") {
			break
		}
		for j := i + 3; j < w.tokens[i+2].Mate && len(out) < 200; j++ {
			if w.kind(j) == String {
				out = append(out, Word{Text: w.tokens[j].Text, Span: w.tokens[j].Span})
				w.mark(j).flags |= used
			}
		}
		i++
	}
	w.p.command(w.l.src, out)
}

// runs tells whether a function runs a program: a text by a shell, or a list of
// words.
func runs(full, name, language string) (shell, list bool) {
	receiver := ""
	if i := strings.LastIndexByte(full, '.'); i >= 0 {
		receiver = strings.ToLower(full[strings.LastIndexByte(full[:i], '.')+1 : i])
	}
	switch name {
	case "system", "popen", "shell_exec", "passthru", "proc_open", "getoutput", "getstatusoutput", "check_output", "check_call", "execsync",
		"callcommand", "readprocess", "system2", "shellexecute", "create_subprocess_shell", "winexec":
		return true, true
	case "create_subprocess_exec", "execvp", "execlp", "execv", "execl", "execfile", "execfilesync", "spawn", "spawnsync", "spawnp",
		"processbuilder", "commandcontext", "processstartinfo", "capture2", "capture2e", "capture3":
		return true, true
	case "exec":
		if language == "python" && receiver == "" {
			return false, false // code of its own
		}
		return true, receiver != "db" && receiver != "conn" && receiver != "tx" && receiver != "stmt" && receiver != "re" && receiver != "regex"
	case "sh", "bat", "powershell", "pwsh":
		return language == "groovy" || language == "python" || language == "ruby", false
	case "execute":
		return language == "lua" || receiver == "os", false
	case "run", "call", "start", "command", "new", "cmd", "local", "sudo", "getoutputof":
		switch receiver {
		case "subprocess", "process", "exec", "os", "c", "connection", "runtime", "command", "processbuilder", "conn", "ctx", "open3", "$", "execa", "system":
			return true, true
		}
		return receiver == "" && (name == "command" || name == "local" || name == "sudo"), receiver == "" && name == "command"
	case "shell", "exec_command", "execasync", "runshellcommand", "check_result":
		return true, false
	}
	return false, false
}

// shell takes a string apart as a shell does.
func (w *walker) shell(i int) {
	m := w.mark(i)
	if m.flags&used != 0 {
		return
	}
	w.p.script(w.source(i), false)
}
