package syntax

import (
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parseYAML takes every document of a YAML file. Aliases are followed by nobody:
// the anchor's own place is where a value stands.
func parseYAML(p *parser, s source) {
	starts := []int{0}
	lines(s.text, func(_, end int) { starts = append(starts, end+1) })
	d := yaml.NewDecoder(strings.NewReader(s.text))
	for {
		var doc yaml.Node
		if err := d.Decode(&doc); err != nil {
			if !errors.Is(err, io.EOF) {
				p.problem(s.span(0, len(s.text)), err)
			}
			return
		}
		p.yamlNode(s, starts, &doc, nil, 0, 0)
	}
}

// scripts are the keys whose text is a shell script.
func scripts(key string) bool {
	switch key {
	case "run", "script", "before_script", "after_script", "command", "cmd", "shell", "entrypoint", "args":
		return true
	}
	return false
}

func (p *parser) yamlNode(s source, starts []int, n *yaml.Node, path []string, block, item int) {
	switch n.Kind {
	case yaml.DocumentNode:
		for _, c := range n.Content {
			p.yamlNode(s, starts, c, path, block, item)
		}
	case yaml.MappingNode:
		block = p.block()
		for i := 0; i+1 < len(n.Content); i += 2 {
			p.yamlNode(s, starts, n.Content[i+1], append(path[:len(path):len(path)], n.Content[i].Value), block, 0)
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			p.yamlNode(s, starts, c, path, block, i+1)
		}
	case yaml.ScalarNode:
		if len(path) == 0 || n.Line > len(starts) {
			return
		}
		at := starts[n.Line-1] + n.Column - 1
		if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
			at++
		}
		form := Bare
		switch {
		case n.Tag == "!!null":
			form = Null
		case n.Style != 0:
			form = Quoted
		}
		end := min(at+len(n.Value), len(s.text))
		value := s.slice(min(at, end), end)
		p.setting(Setting{
			Path: path, Key: s.span(min(at, end), min(at, end)), Block: block, Item: item,
			Value: Value{Text: n.Value, Form: form, Span: value.span(0, len(value.text))},
		}, value)
		if scripts(path[len(path)-1]) {
			p.parse("shell", value)
		}
	}
}
