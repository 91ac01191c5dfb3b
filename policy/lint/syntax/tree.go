package syntax

import (
	"errors"
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
// key means (a script, an environment, the words of a command) is the same in
// all of these formats, and is said there once.
type node struct {
	kind nodeKind
	// entries are those of a mapping, in the order of the file; keys that occur
	// twice are there twice.
	entries []entry
	items   []*node // of a list
	// value is a scalar, and text what stands in it, with its way back.
	value Value
	text  source
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

// where is the place of a node among others.
type where struct {
	path        []string
	key         Span
	block, item int
}

// tree adds the facts of a tree.
func (p *parser) tree(n *node, at where) {
	if at.block == 0 {
		at.block = p.block()
	}
	switch n.kind {
	case scalar:
		if len(at.path) > 0 {
			p.setting(Setting{Path: at.path, Key: at.key, Block: at.block, Item: at.item, Value: n.value}, n.text)
		}
	case list:
		for i, item := range n.items {
			p.tree(item, where{at.path, at.key, at.block, i + 1})
		}
	case mapping:
		p.mapping(n, at)
	}
}

func (p *parser) mapping(n *node, at where) {
	block := p.block()
	pair := namedValue(n)
	p.argv(n)
	for i, e := range n.entries {
		inner := where{path: append(at.path[:len(at.path):len(at.path)], e.path...), key: e.key, block: block}
		name := strings.ToLower(e.name())
		switch {
		case i == pair.value:
			// The value of {name: X, value: V} is that of X.
			x := n.entries[pair.name].node
			inner.path = append(at.path[:len(at.path):len(at.path)], x.value.Text)
			inner.key = x.value.Span
			p.variable(e.node, inner, len(at.path) > 0 && environments(strings.ToLower(at.path[len(at.path)-1])))
		case environments(name):
			p.environment(e.node, inner)
		case e.node.kind == scalar && scripts(name) && e.node.value.Form != Null:
			p.tree(e.node, inner)
			p.parse("shell", e.node.text)
		default:
			p.tree(e.node, inner)
		}
	}
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
		"environmentvariables", "environment_variables", "variables", "containerenv", "remoteenv", "setenv", "set_env":
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
			p.pairText(item, where{at.path, at.key, at.block, i + 1})
		}
	case mapping:
		if namedValue(n).name >= 0 {
			p.mapping(n, at)
			return
		}
		block := p.block()
		for _, e := range n.entries {
			inner := where{path: append(at.path[:len(at.path):len(at.path)], e.path...), key: e.key, block: block}
			p.variable(e.node, inner, true)
		}
	}
}

// variable adds a value under a name that a program may find in its environment.
func (p *parser) variable(n *node, at where, environment bool) {
	if n.kind != scalar {
		p.tree(n, at)
		return
	}
	origin := FromFile
	if environment || isName(at.path[len(at.path)-1]) && at.path[len(at.path)-1] == strings.ToUpper(at.path[len(at.path)-1]) {
		origin = FromEnv
	}
	p.setting(Setting{Path: at.path, Key: at.key, Origin: origin, Block: at.block, Value: n.value}, n.text)
}

// pairText adds NAME=value.
func (p *parser) pairText(n *node, at where) {
	if n.kind != scalar {
		p.tree(n, at)
		return
	}
	name, value, ok := strings.Cut(n.text.text, "=")
	if !ok || !isName(name) {
		p.tree(n, at)
		return
	}
	from, to := len(name)+1, len(n.text.text)
	p.setting(Setting{
		Path: append(at.path[:len(at.path):len(at.path)], name), Key: n.text.span(0, len(name)), Origin: FromEnv, Block: at.block,
		Value: Value{Text: value, Span: n.text.span(from, to)},
	}, n.text.slice(from, to))
}

// argv adds the commands that a mapping gives as lists of words. A container's
// command is followed by its args, an entrypoint by its command.
func (p *parser) argv(n *node) {
	words := map[string][]Word{}
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
		p.command(n.text, words[name])
	}
	if test := words["test"]; len(test) > 1 && strings.HasPrefix(test[0].Text, "CMD") {
		p.command(n.text, test[1:]) // a health check of Docker
	}
	if args := words["args"]; len(args) > 0 {
		p.file.Commands = append(p.file.Commands, Command{Words: args, Span: Span{args[0].Span.Start, args[len(args)-1].Span.End}})
	}
}

// listWords are the scalars of a list as the words of a command.
func listWords(n *node) []Word {
	var words []Word
	for _, item := range n.items {
		if item.kind == scalar {
			words = append(words, Word{Text: item.value.Text, Span: item.value.Span})
		}
	}
	return words
}
