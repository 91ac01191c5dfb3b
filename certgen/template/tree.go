package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	yamlparser "github.com/goccy/go-yaml/parser"
)

// value is a node of JSON or YAML.
type value struct {
	kind  kind
	line  int
	text  string // of a scalar, as written
	items []value
	pairs []pair
}

type pair struct {
	key   string
	line  int
	value value
}

// kind is a type of JSON, in the words of errors.
type kind string

const (
	object  kind = "an object"
	list    kind = "a list"
	text    kind = "a string"
	number  kind = "a number"
	boolean kind = "true or false"
	null    kind = "null"
)

// maxNesting bounds what is inside of one another. Templates have three levels.
const maxNesting = 32

func readTree(data []byte) (value, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return value{}, &FieldError{Line: 1, Why: "not UTF-8"}
	}
	if bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) {
		return readJSON(data)
	}
	return readYAML(data)
}

// jsonReader reads tokens, for encoding/json itself takes the last of two equal
// keys and says no line.
type jsonReader struct {
	data []byte
	dec  *json.Decoder
}

func readJSON(data []byte) (value, error) {
	r := &jsonReader{data, json.NewDecoder(bytes.NewReader(data))}
	r.dec.UseNumber()
	v, err := r.value(0)
	if err != nil {
		return value{}, err
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return value{}, &FieldError{Line: r.line(), Why: "text behind the end"}
	}
	return v, nil
}

func (r *jsonReader) line() int {
	return 1 + bytes.Count(r.data[:min(int(r.dec.InputOffset()), len(r.data))], []byte("\n"))
}

func (r *jsonReader) token() (json.Token, error) {
	t, err := r.dec.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, &FieldError{Line: r.line(), Why: "no JSON: " + err.Error()}
	}
	return t, nil
}

func (r *jsonReader) value(depth int) (value, error) {
	t, err := r.token()
	if err != nil {
		return value{}, err
	}
	v := value{line: r.line()}
	if depth > maxNesting {
		return v, &FieldError{Line: v.line, Why: "too many levels"}
	}
	switch t := t.(type) {
	case string:
		v.kind, v.text = text, t
	case json.Number:
		v.kind, v.text = number, t.String()
	case bool:
		v.kind, v.text = boolean, fmt.Sprint(t)
	case nil:
		v.kind = null
	case json.Delim:
		if t == '{' {
			return r.object(v, depth)
		}
		v.kind = list
		for r.dec.More() {
			item, err := r.value(depth + 1)
			if err != nil {
				return v, err
			}
			v.items = append(v.items, item)
		}
		_, err = r.token() // the end
	}
	return v, err
}

func (r *jsonReader) object(v value, depth int) (value, error) {
	v.kind = object
	for r.dec.More() {
		key, err := r.token()
		if err != nil {
			return v, err
		}
		name, _ := key.(string) // the decoder takes nothing else
		line := r.line()
		item, err := r.value(depth + 1)
		if err != nil {
			return v, err
		}
		v.pairs = append(v.pairs, pair{name, line, item})
	}
	_, err := r.token()
	return v, err
}

func readYAML(data []byte) (value, error) {
	// The parser takes the square of open brackets.
	depth := 0
	for _, c := range data {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		if depth > maxNesting {
			return value{}, &FieldError{Line: 1, Why: "too many levels"}
		}
	}
	file, err := yamlparser.ParseBytes(data, 0)
	if err != nil {
		return value{}, yamlError(err)
	}
	switch {
	case len(file.Docs) > 1:
		return value{}, &FieldError{Line: 1, Why: fmt.Sprintf("%d YAML documents, where one is wanted", len(file.Docs))}
	case len(file.Docs) == 0 || file.Docs[0].Body == nil:
		return value{}, &FieldError{Line: 1, Why: "empty"}
	}
	return fromYAML(file.Docs[0].Body, 0)
}

// yamlError turns "[2:1] why" and a picture of the place into a line.
func yamlError(err error) error {
	e := &FieldError{Line: 1}
	first, _, _ := strings.Cut(err.Error(), "\n")
	position, why, ok := strings.Cut(first, "] ")
	if !ok {
		why = first
	}
	_, _ = fmt.Sscanf(position, "[%d:", &e.Line)
	e.Why = "no YAML: " + why
	return e
}

func fromYAML(n ast.Node, depth int) (value, error) {
	v := value{line: 1}
	if t := n.GetToken(); t != nil && t.Position != nil {
		v.line = t.Position.Line
	}
	if depth > maxNesting {
		return v, &FieldError{Line: v.line, Why: "too many levels"}
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return mapping(v, n.Values, depth)
	case *ast.MappingValueNode:
		return mapping(v, []*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		v.kind = list
		for _, item := range n.Values {
			iv, err := fromYAML(item, depth+1)
			if err != nil {
				return v, err
			}
			v.items = append(v.items, iv)
		}
	case *ast.StringNode:
		v.kind, v.text = text, n.Value
	case *ast.LiteralNode:
		v.kind, v.text = text, n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		v.kind, v.text = number, n.GetToken().Value
	case *ast.BoolNode:
		v.kind, v.text = boolean, fmt.Sprint(n.Value)
	case *ast.NullNode:
		v.kind = null
	default:
		return v, &FieldError{Line: v.line, Why: fmt.Sprintf("YAML's %s is not taken here", strings.ToLower(n.Type().String()))}
	}
	return v, nil
}

func mapping(v value, nodes []*ast.MappingValueNode, depth int) (value, error) {
	v.kind = object
	for _, n := range nodes {
		key, err := fromYAML(n.Key, depth+1)
		if err != nil {
			return v, err
		}
		if key.kind != text {
			return v, &FieldError{Line: key.line, Why: fmt.Sprintf("a key that is %s, where a string is wanted", key.kind)}
		}
		item, err := fromYAML(n.Value, depth+1)
		if err != nil {
			return v, err
		}
		v.pairs = append(v.pairs, pair{key.text, key.line, item})
	}
	return v, nil
}
