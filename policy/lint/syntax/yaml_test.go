package syntax

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	library "go.yaml.in/yaml/v3"
)

// leaves are the scalars of a text with their paths, as this package reads them.
func leaves(text string) (out []string, problems []Problem) {
	p := &parser{file: &File{Text: []byte(text)}, table: NewTable()}
	var walk func(n *node, path string)
	walk = func(n *node, path string) {
		switch n.kind {
		case scalar:
			if n.value.Form == Null {
				out = append(out, path+" null")
			} else {
				out = append(out, fmt.Sprintf("%s %q", path, n.value.Text))
			}
		case list:
			for _, item := range n.items {
				walk(item, path+"[]")
			}
		case mapping:
			for _, e := range n.entries {
				walk(e.node, path+"/"+e.path[0])
			}
		}
	}
	readYAML(p, source{text: text}, func(n *node) { walk(n, "") })
	return out, p.file.Problems
}

// libraryLeaves are the same as go.yaml.in/yaml/v3 reads them.
func libraryLeaves(text string) (out []string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	var walk func(n *library.Node, path string)
	walk = func(n *library.Node, path string) {
		switch n.Kind {
		case library.DocumentNode:
			for _, c := range n.Content {
				walk(c, path)
			}
		case library.ScalarNode:
			if n.Tag == "!!null" && n.Style == 0 || n.Style == library.TaggedStyle && n.Value == "" {
				out = append(out, path+" null")
			} else {
				out = append(out, fmt.Sprintf("%s %q", path, n.Value))
			}
		case library.SequenceNode:
			for _, c := range n.Content {
				walk(c, path+"[]")
			}
		case library.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Kind == library.ScalarNode {
					walk(n.Content[i+1], path+"/"+n.Content[i].Value)
				}
			}
		}
	}
	d := library.NewDecoder(strings.NewReader(text))
	for {
		var doc library.Node
		if err := d.Decode(&doc); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		walk(&doc, "")
	}
}

// TestCorpus compares on files of the machine; it is run by hand:
//
//	YAML_CORPUS=list-of-files go test -run Corpus ./policy/lint/syntax
func TestCorpus(t *testing.T) {
	list, err := os.ReadFile(os.Getenv("YAML_CORPUS"))
	if err != nil {
		t.Skip("no corpus is given")
	}
	same, broken, bad := 0, 0, 0
	for file := range strings.FieldsSeq(string(list)) {
		data, err := os.ReadFile(file)
		if err != nil || len(data) > 1<<20 {
			continue
		}
		text := string(data)
		got, problems := leaves(text)
		want, err := libraryLeaves(text)
		if err != nil {
			broken++
			continue
		}
		if strings.Contains(text, "{{") && len(problems) == 0 {
			continue
		}
		if slices.Equal(got, want) && len(problems) == 0 {
			same++
			continue
		}
		bad++
		if bad < 30 {
			i := 0
			for i < min(len(got), len(want)) && got[i] == want[i] {
				i++
			}
			at := func(l []string) string {
				if i < len(l) {
					return l[i]
				}
				return "nothing"
			}
			problem := ""
			if len(problems) > 0 {
				problem = fmt.Sprintf("%v %q", problems[0].Err, text[problems[0].Span.Start:problems[0].Span.End])
			}
			t.Errorf("%s\n\tgot  %.300s\n\twant %.300s\n\t%s", file, at(got), at(want), problem)
		}
	}
	t.Logf("%d the same, %d other, %d that the library does not read", same, bad, broken)
}

// What a template writes may have more beside it, further in. A value that is no
// template may not.
func TestBesideTemplates(t *testing.T) {
	for text, problems := range map[string]int{
		"labels: {{- include \"l\" . | nindent 2 }}\n  component: server\nkind: A\n":          0,
		"labels:\n  {{- include \"l\" . | nindent 2 }}\n  component: server\nkind: A\n":       0,
		"list:\n  - {{ include \"l\" . }}\n    component: server\nkind: A\n":                  0,
		"labels: plain\n  component: server\nkind: A\n":                                       1,
		"labels: {{- include \"l\" . | nindent 2 }}\nkind: A\nname: x\n  component: server\n": 1,
	} {
		f := NewTable().Parse("templates/a.yaml", "yaml", []byte(text))
		found := map[string]string{}
		for _, s := range f.Settings {
			found[strings.Join(s.Path, ".")] = s.Value.Text
		}
		if len(f.Problems) != problems || found["kind"] != "A" {
			t.Errorf("%q: %v %v", text, f.Problems, found)
		}
		if problems == 0 && found["labels.component"]+found["list.component"] != "server" {
			t.Errorf("%q: what stands beside the template is lost: %v", text, found)
		}
	}
}
