package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"
)

// YAML is said to take in JSON, but the library refuses two escapes of it, "\\/"
// and pairs of surrogates, which writers of JSON do use.

// maxDepth bounds the nesting of JSON.
const maxDepth = 1000

var errNoJSON = errors.New("it is no JSON")

// readJSON reads a file that is JSON throughout; the nodes are those that the
// YAML reader would give, but for their places: Column is the offset in data.
func readJSON(data []byte) ([]*yaml.Node, error) {
	if trimmed := bytes.TrimLeft(data, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return nil, errNoJSON
	}
	r := jsonReader{data, json.NewDecoder(bytes.NewReader(data))}
	r.UseNumber()
	var out []*yaml.Node
	for {
		n, err := r.node(maxDepth)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
}

type jsonReader struct {
	data []byte
	*json.Decoder
}

// node reads one value.
func (r jsonReader) node(depth int) (*yaml.Node, error) {
	if depth == 0 {
		return nil, errNoJSON
	}
	start := int(r.InputOffset())
	token, err := r.Token()
	if err != nil {
		return nil, err
	}
	start += len(r.data[start:]) - len(bytes.TrimLeft(r.data[start:], " \t\r\n,:"))
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: 1, Column: start}
	switch token := token.(type) {
	case string:
		n.Style, n.Value = yaml.DoubleQuotedStyle, token
	case json.Number:
		n.Value = token.String()
	case json.Delim:
		n.Style, n.Kind = yaml.FlowStyle, yaml.SequenceNode
		if token == '{' {
			n.Kind = yaml.MappingNode
		}
		for r.More() {
			item, err := r.node(depth - 1)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, item)
			if len(n.Content)%2 == 0 || token == '[' {
				continue
			}
			if item, err = r.node(depth - 1); err != nil {
				return nil, err
			}
			n.Content = append(n.Content, item)
		}
		if _, err := r.Token(); err != nil {
			return nil, err
		}
	}
	return n, nil
}
