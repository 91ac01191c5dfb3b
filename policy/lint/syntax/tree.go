package syntax

import (
	"errors"
	"path"
	"slices"
	"strings"
)

// maxNesting is how deep values stand in values. Files that people write stay
// below 30; the bound is for those that somebody made to exhaust a stack, or to
// multiply long paths.
const maxNesting = 100

var errNesting = errors.New("values are nested too deeply")

// node is a value of a format that nests: JSON, YAML, TOML, HOCON, HCL. Each
// parser builds a tree of them, and parser.tree turns that into facts. What a
// key means (a script, an environment, the words of a command, a file in the
// file) is the same in all of these formats, and is said there once.
type node struct {
	kind nodeKind
	// entries are those of a mapping, in the order of the file; keys that occur
	// twice are there twice.
	entries []entry
	items   []*node // of a list
	// value is a scalar, and text what stands in it, with its way back.
	value Value
	text  source
	block bool // the scalar is a block of lines
}

type nodeKind uint8

const (
	scalar nodeKind = iota
	mapping
	list
)

// entry is a key with its value.
type entry struct {
	path []string // more than one part where the format writes a.b.c
	key  Span
	node *node
}

// name is the last part of the key.
func (e entry) name() string { return e.path[len(e.path)-1] }

// get is the value under a key; nil without it.
func (n *node) get(key string) *node {
	for _, e := range n.entries {
		if strings.EqualFold(e.name(), key) {
			return e.node
		}
	}
	return nil
}

// scalarText is the text under a key that has one.
func (n *node) scalarText(key string) string {
	if m := n.get(key); m != nil && m.kind == scalar {
		return m.text.text
	}
	return ""
}

// where is the place of a node among others.
type where struct {
	path        []string
	key         Span
	block, item int
	// parents are the mappings around it, the innermost last.
	parents []*node
}

// last is the key that a node stands under, in lower case.
func (at where) last() string {
	if len(at.path) == 0 {
		return ""
	}
	return strings.ToLower(at.path[len(at.path)-1])
}

// parent is the mapping that a number of levels around a node stands, from 1.
func (at where) parent(level int) *node {
	if level > len(at.parents) {
		return &node{kind: mapping}
	}
	return at.parents[len(at.parents)-level]
}

// tree adds the facts of a tree.
func (p *parser) tree(n *node, at where) {
	if at.block == 0 {
		at.block = p.block()
	}
	switch n.kind {
	case scalar:
		if len(at.path) > 0 {
			p.leaf(n, at, FromFile)
		}
	case list:
		p.list(n, at)
	case mapping:
		p.mapping(n, at)
	}
}

// leaf adds a scalar, and what it holds: a script, a file, addresses.
func (p *parser) leaf(n *node, at where, origin Origin) {
	s := Setting{Path: at.path, Key: at.key, Origin: origin, Block: at.block, Item: at.item, Value: n.value}
	file, language, certain := p.file.Path, "", false
	if n.value.Form != Null && origin == FromFile {
		language, certain = p.embedded(n, at, &file)
	}
	if language == "" {
		p.setting(s, n.text)
		return
	}
	// The language finds the addresses in it.
	s.Value.recognise()
	p.keep(s)
	if language == "shell" {
		p.script(n.text, certain)
	} else {
		p.inner(file, language, n.text)
	}
}

// list adds the items of a list, which may be one script.
func (p *parser) list(n *node, at where) {
	if scriptLists(at.last()) && len(n.items) > 0 && !slices.ContainsFunc(n.items, func(i *node) bool { return i.kind != scalar }) {
		var b builder
		for i, item := range n.items {
			p.keep(Setting{Path: at.path, Key: at.key, Block: at.block, Item: i + 1, Value: item.value})
			b.append(item.text)
			b.escape("\n", item.value.Span.End, 0)
		}
		p.script(b.source(n.items[0].value.Span.Start), true)
		return
	}
	for i, item := range n.items {
		inner := at
		inner.item = i + 1
		if words := listWords(item); scriptLists(at.last()) && len(words) > 0 && len(words) == len(item.items) {
			// runcmd: [[curl, -k, URL]]
			for i, word := range item.items {
				p.keep(Setting{Path: at.path, Key: at.key, Block: at.block, Item: i + 1, Value: word.value})
			}
			p.run(words, at.block)
			continue
		}
		p.tree(item, inner)
	}
}

// scriptLists are the keys under which each item is a line of a script.
func scriptLists(key string) bool {
	switch key {
	case "script", "before_script", "after_script", "before_install", "install", "after_success", "before_deploy", "runcmd", "bootcmd":
		return true
	}
	return false
}

func (p *parser) mapping(n *node, at where) {
	block := p.block()
	pair := namedValue(n)
	p.argv(n)
	parents := append(slices.Clip(at.parents), n)
	for i, e := range n.entries {
		inner := where{path: append(slices.Clip(at.path), e.path...), key: e.key, block: block, parents: parents}
		name := strings.ToLower(e.name())
		switch {
		case i == pair.value:
			// The value of {name: X, value: V} is that of X.
			x := n.entries[pair.name].node
			inner.path = append(slices.Clip(at.path), x.value.Text)
			inner.key = x.value.Span
			p.named(e.node, inner, environments(at.last()))
		case environments(name) || name == "args" && at.last() == "build":
			p.environment(e.node, inner)
		default:
			p.tree(e.node, inner)
		}
	}
}

// embedded is the language of a scalar that is a script or a file; empty for
// others. What may be a script and may be none is not certain. A file gets its
// name.
func (p *parser) embedded(n *node, at where, name *string) (language string, certain bool) {
	step := at.parent(1)
	key := at.last()
	if i := strings.LastIndexByte(key, '.'); strings.HasPrefix(key, "ansible.") {
		key = key[i+1:]
	}
	if len(at.path) == 2 && at.path[0] == "scripts" && path.Base(p.file.Path) == "package.json" {
		return "shell", true // npm
	}
	switch key {
	case "run", "script", "before_script", "after_script", "before_install", "install", "after_success", "before_deploy", "runcmd", "bootcmd", "bash", "inlinescript":
		if strings.Contains(at.parent(2).scalarText("uses"), "github-script") {
			return "javascript", true
		}
		return shellOf(step, at.parent(2)), n.block || key == "run" || at.item > 0
	case "pwsh", "powershell", "win_shell", "win_powershell":
		return "powershell", true
	case "command", "entrypoint", "cmd", "shell", "raw", "test", "start", "exec", "execstart", "user_data", "userdata", "user-data":
		if at.item > 0 || key == "shell" && !strings.ContainsAny(n.text.text, " \n") {
			break
		}
		if language := p.blockLanguage(key, n.text.text); language != "" {
			return language, true
		}
		return shellOf(step, at.parent(2)), false
	case "content", "contents", "data", "inline":
		for _, key := range []string{"path", "dest", "destination", "filename", "target", "name"} {
			if file := step.scalarText(key); strings.ContainsAny(file, "./") {
				if language := p.table.Detect(file, head(n.text.text)); !prosaic(language) {
					*name = file
					return language, true
				}
			}
		}
	}
	if strings.Contains(n.text.text, "\n") {
		key := at.path[len(at.path)-1]
		if strings.Contains(key, ".") {
			*name = key
		}
		return p.blockLanguage(key, n.text.text), true
	}
	return "", false
}

// head is what [Table.Detect] wants to see of a text.
func head(text string) []byte { return []byte(text[:min(len(text), 256)]) }

// prosaic tells whether a language has no facts.
func prosaic(language string) bool {
	return language == "" || language == "text" || language == "markdown"
}

// blockLanguage is the language of lines under a key, which may be the name of a
// file, as in a ConfigMap.
func (p *parser) blockLanguage(key, text string) string {
	language := ""
	switch {
	case strings.HasPrefix(text, "#cloud-config"):
		language = "yaml"
	case strings.HasPrefix(text, "#!"), strings.Contains(key, "."), key == "Dockerfile", key == "Makefile", key == "Jenkinsfile":
		language = p.table.Detect(path.Base(key), head(text))
	case strings.HasPrefix(text, "{\n") && strings.HasSuffix(strings.TrimSpace(text), "}"):
		language = "json" // Argo CD's secrets, policies of clouds
	}
	if prosaic(language) {
		return ""
	}
	return language
}

// shellOf is the language of the script of a step. A task of Azure has its script
// among its inputs.
func shellOf(step, task *node) string {
	switch name, _, _ := strings.Cut(strings.ToLower(step.scalarText("shell")), " "); name {
	case "pwsh", "powershell":
		return "powershell"
	case "cmd":
		return "batch"
	case "python":
		return "python"
	}
	switch name, _, _ := strings.Cut(strings.ToLower(task.scalarText("task")), "@"); name {
	case "powershell", "azurepowershell", "powershellontargetmachines":
		return "powershell"
	case "batchscript":
		return "batch"
	case "pythonscript":
		return "python"
	}
	return "shell"
}

// pairing is the places of a name and of its value in a mapping; -1 where it is
// no such pair.
type pairing struct{ name, value int }

// namedValue finds the pair {name: X, value: V}, as Kubernetes, ECS and many others
// write a variable.
func namedValue(n *node) pairing {
	found := pairing{-1, -1}
	for i, e := range n.entries {
		if e.node.kind != scalar {
			continue
		}
		switch strings.ToLower(e.name()) {
		case "name", "key":
			if e.node.value.Text != "" {
				found.name = i
			}
		case "value":
			found.value = i
		}
	}
	if found.name < 0 || found.value < 0 {
		return pairing{-1, -1}
	}
	return found
}

// environments are the keys under which variables for a program stand.
func environments(key string) bool {
	switch key {
	case "env", "environment", "envs", "envvars", "env_vars", "extraenv", "extraenvs", "extraenvvars",
		"environmentvariables", "environment_variables", "variables", "containerenv", "remoteenv", "setenv", "set_env",
		"build_args", "buildargs":
		return true
	}
	return false
}

// environment adds the variables of a mapping, or of a list of NAME=value.
func (p *parser) environment(n *node, at where) {
	switch n.kind {
	case scalar:
		p.pairText(n, at)
	case list:
		for i, item := range n.items {
			inner := at
			inner.item = i + 1
			if item.kind == mapping {
				p.environment(item, inner) // CircleCI has lists of mappings
			} else {
				p.pairText(item, inner)
			}
		}
	case mapping:
		if namedValue(n).name >= 0 || n.get("valueFrom") != nil {
			p.mapping(n, at)
			return
		}
		block := p.block()
		parents := append(slices.Clip(at.parents), n)
		for _, e := range n.entries {
			inner := where{path: append(slices.Clip(at.path), e.path...), key: e.key, block: block, parents: parents}
			if value := e.node.get("value"); value != nil && e.node.kind == mapping {
				p.named(value, inner, true) // GitLab: NAME: {value: V, description: D}
				continue
			}
			p.named(e.node, inner, true)
		}
	}
}

// named adds a value under a name that a program may find in its environment.
func (p *parser) named(n *node, at where, environment bool) {
	if n.kind != scalar {
		p.tree(n, at)
		return
	}
	name := at.path[len(at.path)-1]
	origin := FromFile
	if environment || isName(name) && name == strings.ToUpper(name) {
		origin = FromEnv
	}
	p.leaf(n, at, origin)
}

// pairText adds NAME=value.
func (p *parser) pairText(n *node, at where) {
	if n.kind != scalar {
		p.tree(n, at)
		return
	}
	name, value, ok := strings.Cut(n.text.text, "=")
	if !ok || !isName(strings.NewReplacer(".", "", "-", "").Replace(name)) { // Elasticsearch takes xpack.security.enabled=true
		p.tree(n, at)
		return
	}
	from, to := len(name)+1, len(n.text.text)
	p.setting(Setting{
		Path: append(slices.Clip(at.path), name), Key: n.text.span(0, len(name)), Origin: FromEnv, Block: at.block,
		Value: Value{Text: value, Span: n.text.span(from, to)},
	}, n.text.slice(from, to))
}

// argv adds the commands that a mapping gives as lists of words. A container's
// command is followed by its args, an entrypoint by its command.
func (p *parser) argv(n *node) {
	words := map[string][]arg{}
	for _, e := range n.entries {
		name := strings.ToLower(e.name())
		switch name {
		case "command", "cmd", "entrypoint", "args", "exec", "argv", "test":
			words[name] = append(words[name], listWords(e.node)...)
		}
	}
	if len(words) == 0 {
		return
	}
	for _, join := range [][2]string{{"command", "args"}, {"entrypoint", "command"}, {"entrypoint", "cmd"}} {
		if len(words[join[0]]) > 0 && len(words[join[1]]) > 0 {
			words[join[0]] = slices.Concat(words[join[0]], words[join[1]])
			delete(words, join[1])
		}
	}
	for _, name := range []string{"entrypoint", "command", "cmd", "exec", "argv"} {
		p.run(words[name], p.block())
	}
	// A health check of Docker.
	if test := words["test"]; len(test) > 1 {
		switch test[0].Text {
		case "CMD":
			p.run(test[1:], p.block())
		case "CMD-SHELL":
			p.script(test[1].src, true)
		}
	}
	if args := words["args"]; len(args) > 0 {
		p.add("", args)
		p.given("", args, p.block())
	}
}

// listWords are the scalars of a list as the words of a command.
func listWords(n *node) []arg {
	var words []arg
	for _, item := range n.items {
		if item.kind == scalar {
			a := plainArg(item.text)
			a.Span = item.value.Span
			a.Variable = strings.Contains(a.Text, "{{") || strings.Contains(a.Text, "$(") || strings.Contains(a.Text, "${")
			words = append(words, a)
		}
	}
	return words
}
