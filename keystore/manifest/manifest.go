// Package manifest finds the values that Kubernetes Secrets and ConfigMaps carry
// in YAML or JSON, and replaces single ones of them: what surrounds a value, such
// as comments, order, indentation and other documents, stays to the octet.
//
//   - [Detect] tells a manifest by its text.
//   - [Parse] lists the values of all objects in a file.
//   - [File.Replace] gives the file with other values.
//
// go.yaml.in/yaml/v3 reads; Kubernetes itself reads manifests with a fork of it.
// github.com/goccy/go-yaml was the alternative, for the positions of its tokens:
// they are wrong behind escapes and line ends of Windows, and it needs minutes
// for a file of 100 kB that nests deep, or has many documents or keys.
package manifest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"muxkey/pkcs12x"
)

// MaxSize is the most octets of a file that are read. Kubernetes takes objects of
// 1.5 MB at most; a file may hold several.
const MaxSize = 24 << 20

const (
	// maxMarks bounds the characters that may begin a node, and so the nodes,
	// each of which costs up to 2,500 octets.
	maxMarks = 40_000
	// maxValues bounds the values of all objects, which aliases multiply.
	maxValues = 25_000
	// maxLists bounds the nesting of lists.
	maxLists = 4
	// headSize is how much of a long file detection may have.
	headSize = 64 << 10
)

// Errors about values. They do not keep the others from being read.
var (
	// ErrBase64: under data and binaryData nothing else may stand.
	ErrBase64 = errors.New("it is not in base64, as Kubernetes wants it there (stringData takes plain text)")
	// ErrShared: a change would be one in several places, or undo the sharing.
	ErrShared = errors.New("it is shared through a YAML anchor, or has a tag")
)

// SyntaxError means that a file is no YAML, or that its objects are not formed
// like those of Kubernetes.
type SyntaxError struct{ Problem string }

func (e *SyntaxError) Error() string { return e.Problem }

func malformed(n *yaml.Node, format string, args ...any) error {
	return &SyntaxError{fmt.Sprintf("line %d: ", n.Line) + fmt.Sprintf(format, args...)}
}

// File is a manifest.
type File struct {
	// Values of all Secrets and ConfigMaps, object by object as they stand in the
	// file; in each, stringData comes first.
	Values []*Value

	data    []byte
	json    bool // Column of the nodes is their offset in data, and Line 1
	bytes   int  // decoded so far
	objects int
}

// Value is one item of a Secret or ConfigMap.
type Value struct {
	// Number of the object in the file, from 1.
	Number int
	// Kind is "Secret" or "ConfigMap".
	Kind string
	// Namespace and Object are those of the metadata; either may be empty.
	Namespace, Object string
	// Key is the name of the item: "keystore.p12".
	Key string
	// Field is where it stands: "data", "stringData" or "binaryData".
	Field string
	// Data is what a program in a pod gets.
	Data []byte
	// Err is ErrBase64 when Data is the text as it stands, because it could not
	// be decoded; else nil.
	Err error

	node   *yaml.Node
	column int  // of the key, from 1
	flow   bool // it stands between braces
	shared bool
}

// encoded tells whether the value stands in the file in base64.
func (v *Value) encoded() bool {
	return v.Field == "binaryData" || v.Field == "data" && v.Kind == "Secret"
}

// kinds are the values of "kind" that are looked into.
var kinds = []string{"Secret", "ConfigMap", "List", "SecretList", "ConfigMapList"}

// Detect tells whether a text is a manifest that may hold a Secret or ConfigMap.
// It looks for the words alone; head may be cut off after 64 KiB.
func Detect(head []byte) bool {
	if !bytes.Contains(head, []byte("apiVersion")) || bytes.IndexByte(head, 0) >= 0 {
		return false
	}
	rest, some := head, false
	for {
		i := bytes.Index(rest, []byte("kind"))
		if i < 0 {
			// kubectl sorts the keys, and puts the data before the kind.
			return !some && len(head) >= headSize && bytes.Contains(head, []byte("data"))
		}
		before := bytes.TrimRight(rest[:i], "\"'")
		if len(before) == 0 || bytes.IndexByte([]byte("\n\r\t {,"), before[len(before)-1]) >= 0 {
			value, ok := bytes.CutPrefix(bytes.TrimLeft(rest[i+len("kind"):], "\"' \t"), []byte(":"))
			value = bytes.TrimLeft(value, "\"' \t\r\n")
			word := value[:max(0, indexOr(value, "\"' \t\r\n,}#", len(value)))]
			if ok && slices.Contains(kinds, string(word)) {
				return true
			}
			some = some || ok
		}
		rest = rest[i+len("kind"):]
	}
}

// indexOr is bytes.IndexAny with a value for "nowhere".
func indexOr(b []byte, chars string, otherwise int) int {
	if i := bytes.IndexAny(b, chars); i >= 0 {
		return i
	}
	return otherwise
}

// Parse reads a file of any number of objects, of which those that are no
// Secrets or ConfigMaps are passed over. The file keeps data. Errors:
// *SyntaxError, *pkcs12x.LimitError.
func Parse(data []byte) (*File, error) {
	if len(data) > MaxSize {
		return nil, &pkcs12x.LimitError{Limit: "bytes of YAML", Asked: int64(len(data)), Max: MaxSize}
	}
	if n := marks(data); n > maxMarks {
		return nil, &pkcs12x.LimitError{Limit: "parts of YAML", Asked: int64(n), Max: maxMarks}
	}
	f := &File{data: data}
	documents, err := readJSON(data)
	if f.json = err == nil && len(documents) > 0; !f.json {
		documents, err = readYAML(data)
	}
	if err != nil {
		return nil, err
	}
	for _, document := range documents {
		if err := f.object(document, "", maxLists); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// readYAML reads all documents.
func readYAML(data []byte) ([]*yaml.Node, error) {
	var out []*yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		document, err := next(d)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, document)
	}
}

// next reads one document. The recovery is for faults of the library, which
// signals its errors by panics inside.
func next(d *yaml.Decoder) (n *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			n, err = nil, &SyntaxError{"the YAML cannot be read"}
		}
	}()
	var document yaml.Node
	if err := d.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		return nil, &SyntaxError{strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	if document.Kind == yaml.DocumentNode && len(document.Content) == 1 {
		return document.Content[0], nil
	}
	return &document, nil
}

// marks counts the characters that may begin or part nodes.
func marks(data []byte) int {
	n := 0
	for i, c := range data {
		switch c {
		case ',', '[', '{', '&', '*':
			n++
		case ':', '-', '?':
			if i+1 == len(data) || bytes.IndexByte([]byte(" \t\r\n\"'"), data[i+1]) >= 0 || c == ':' {
				n++
			}
		}
	}
	return n
}

// object takes the values of one object. kind is that of the items of a list,
// which need not repeat it.
func (f *File) object(n *yaml.Node, kind string, lists int) error {
	n, shared := resolve(n)
	if n.Kind != yaml.MappingNode {
		return nil
	}
	parts, err := fields(n)
	if err != nil {
		return err
	}
	if own, ok := parts["kind"]; ok {
		kind = scalar(own.node)
	}
	switch kind {
	case "Secret", "ConfigMap":
	case "List", "SecretList", "ConfigMapList":
		items, ok := parts["items"]
		if !ok || lists == 0 {
			return nil
		}
		list, _ := resolve(items.node)
		if list.Kind != yaml.SequenceNode {
			return nil
		}
		for _, item := range list.Content {
			if err := f.object(item, strings.TrimSuffix(kind, "List"), lists-1); err != nil {
				return err
			}
		}
		return nil
	default:
		return nil
	}
	f.objects++
	about := Value{Number: f.objects, Kind: kind, shared: shared}
	if metadata, ok := parts["metadata"]; ok {
		if about.Namespace, about.Object, err = names(metadata.node); err != nil {
			return err
		}
	}
	return f.values(parts, about)
}

// values takes the items of an object. What stands under stringData goes before
// what has the same name under data, as on the API server.
func (f *File) values(parts map[string]field, about Value) error {
	plain := map[string]bool{}
	for _, name := range []string{"stringData", "data", "binaryData"} {
		part, ok := parts[name]
		if !ok || name == "stringData" && about.Kind != "Secret" || name == "binaryData" && about.Kind != "ConfigMap" {
			continue
		}
		n, shared := resolve(part.node)
		if n.Kind != yaml.MappingNode {
			continue // null, as in templates
		}
		items, err := fields(n)
		if err != nil {
			return err
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			keyNode, _ := resolve(n.Content[i])
			key := keyNode.Value
			item, ok := items[key]
			if !ok || item.key != keyNode {
				continue // no name
			}
			v := about
			v.Key, v.Field, v.column, v.flow = key, name, n.Content[i].Column, n.Style&yaml.FlowStyle != 0
			var alias bool
			v.node, alias = resolve(item.node)
			v.shared = v.shared || shared || alias || v.node.Anchor != "" || v.node.Style&yaml.TaggedStyle != 0
			if v.node.Kind != yaml.ScalarNode || plain[key] {
				continue
			}
			plain[key] = name == "stringData"
			if err := f.add(&v); err != nil {
				return err
			}
		}
	}
	return nil
}

// add decodes a value.
func (f *File) add(v *Value) error {
	if len(f.Values) == maxValues {
		return &pkcs12x.LimitError{Limit: "values", Asked: -1, Max: maxValues}
	}
	if f.bytes += len(v.node.Value); f.bytes > MaxSize {
		return &pkcs12x.LimitError{Limit: "bytes of YAML", Asked: int64(f.bytes), Max: MaxSize}
	}
	v.Data = []byte(v.node.Value)
	if v.encoded() {
		// Blanks come from folding. Kubernetes refuses them; which certificate it
		// is can be told all the same.
		text := strings.NewReplacer(" ", "", "\t", "", "\n", "", "\r", "").Replace(v.node.Value)
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			v.Err = ErrBase64
		} else {
			v.Data = data
		}
	}
	f.Values = append(f.Values, v)
	return nil
}

// field is an item of a mapping.
type field struct{ key, node *yaml.Node }

// fields are the items of a mapping by key.
func fields(n *yaml.Node) (map[string]field, error) {
	out := make(map[string]field, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, _ := resolve(n.Content[i])
		if key.Tag == "!!merge" {
			return nil, malformed(key, "merge keys (<<) are not followed")
		}
		if key.Kind != yaml.ScalarNode {
			continue
		}
		if other, twice := out[key.Value]; twice {
			return nil, malformed(key, "%q stands here and in line %d", key.Value, other.key.Line)
		}
		out[key.Value] = field{key, n.Content[i+1]}
	}
	return out, nil
}

// names are those of an object.
func names(metadata *yaml.Node) (namespace, name string, err error) {
	metadata, _ = resolve(metadata)
	if metadata.Kind != yaml.MappingNode {
		return "", "", nil
	}
	parts, err := fields(metadata)
	if err != nil {
		return "", "", err
	}
	read := func(key string) string {
		if f, ok := parts[key]; ok {
			return scalar(f.node)
		}
		return ""
	}
	if name = read("name"); name == "" {
		name = read("generateName")
	}
	return read("namespace"), name, nil
}

// scalar is the text of a node; empty for other nodes.
func scalar(n *yaml.Node) string {
	n, _ = resolve(n)
	if n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// resolve follows an alias. The library lets none point to another alias.
func resolve(n *yaml.Node) (target *yaml.Node, alias bool) {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias, true
	}
	return n, n.Anchor != ""
}
