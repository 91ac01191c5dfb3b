package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
)

// Stream is a document that is too long to be held in memory: a value with one
// long list in it, whose items are written as they come. What is written is the
// same as that of the whole value in a Document.
type Stream struct {
	// Head has the fields that stand before the list: a struct or a map.
	Head any
	// List is the name of the list.
	List  string
	Items iter.Seq[Item]
	// Columns of the table for people that the rows of the items make. Without
	// columns the items have sections.
	Columns []Column
	// Err is asked behind the last item whether there should have been more. With
	// an error the document stays without its end, so that it does not look done.
	// It may be nil.
	Err func() error
	// Tail is called behind the last item. The fields of its value stand
	// behind the list. It may be nil.
	Tail func() Document
}

// Item is one of the list.
type Item struct {
	Value    any
	Sections []Section
	Row      Row

	text string // what Format.Render has made of Value
}

// Render does the part of the work on an item that needs no other item, so that
// it can be done by several goroutines; Stream takes the item with or without it.
func (f Format) Render(item Item) (Item, error) {
	if f.render == nil {
		return item, nil
	}
	var err error
	item.text, err = f.render(item)
	return item, err
}

// rendered is the text of an item.
func rendered(item Item, render func(Item) (string, error)) (string, error) {
	if item.text != "" {
		return item.text, nil
	}
	return render(item)
}

func renderJSON(item Item) (string, error) { return indentJSON(item.Value, "    ") }

func renderYAML(item Item) (string, error) { return yamlText(item.Value, 2, "  -", " ") }

// Column is a column of a table whose rows are not known yet.
type Column struct {
	Title string
	// Width in which its cells find place; longer ones push those behind them to
	// the right. The last column needs none.
	Width int
}

// writer remembers the first error.
type writer struct {
	w   io.Writer
	err error
}

func (w *writer) write(parts ...string) {
	if w.err == nil {
		_, w.err = io.WriteString(w.w, strings.Join(parts, ""))
	}
}

func (s Stream) tail() (Document, error) {
	if s.Err != nil {
		if err := s.Err(); err != nil {
			return Document{}, err
		}
	}
	if s.Tail == nil {
		return Document{Value: struct{}{}}, nil
	}
	return s.Tail(), nil
}

// streamJSON writes what writeJSON would write.
func streamJSON(w io.Writer, s Stream, _ Options) error {
	out := &writer{w: w}
	head, err := jsonFields(s.Head)
	if err != nil {
		return err
	}
	out.write("{\n", head)
	if head != "" {
		out.write(",\n")
	}
	out.write("  ", string(escapeJSON(fmt.Appendf(nil, "%q", s.List))), ": [")
	before := "\n"
	for item := range s.Items {
		text, err := rendered(item, renderJSON)
		if err != nil {
			return err
		}
		if out.write(before, "    ", text); out.err != nil {
			return out.err
		}
		before = ",\n"
	}
	end, err := s.tail()
	if err != nil {
		return err
	}
	if before != "\n" {
		out.write("\n  ")
	}
	out.write("]")
	tail, err := jsonFields(end.Value)
	if err != nil {
		return err
	}
	if tail != "" {
		out.write(",\n", tail)
	}
	out.write("\n}\n")
	return out.err
}

// jsonFields are the fields of a struct as they stand in an indented object.
func jsonFields(v any) (string, error) {
	text, err := indentJSON(v, "")
	if err != nil {
		return "", err
	}
	text, opened := strings.CutPrefix(text, "{")
	text, shut := strings.CutSuffix(text, "}")
	if !opened || !shut {
		return "", fmt.Errorf("write JSON: a %T is no object", v)
	}
	return strings.Trim(text, "\n"), nil
}

func indentJSON(v any, prefix string) (string, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent(prefix, "  ")
	if err := enc.Encode(v); err != nil {
		return "", fmt.Errorf("write JSON: %w", err)
	}
	return strings.TrimSuffix(string(escapeJSON(buf.Bytes())), "\n"), nil
}

// streamYAML writes what writeYAML would write.
func streamYAML(w io.Writer, s Stream, _ Options) error {
	out := &writer{w: w}
	head, err := yamlText(s.Head, 0, "", "")
	if err != nil {
		return err
	}
	if head = strings.TrimPrefix(head, "{}\n"); head != "" {
		out.write(head)
	}
	out.write(yamlString(s.List), ":")
	empty := true
	for item := range s.Items {
		if empty {
			out.write("\n")
		}
		empty = false
		text, err := rendered(item, renderYAML)
		if err != nil {
			return err
		}
		if out.write(text); out.err != nil {
			return out.err
		}
	}
	if empty {
		out.write(" []\n")
	}
	end, err := s.tail()
	if err != nil {
		return err
	}
	tail, err := yamlText(end.Value, 0, "", "")
	if err != nil {
		return err
	}
	out.write(strings.TrimPrefix(tail, "{}\n"))
	return out.err
}

// yamlText is a value behind what stands before it on its line.
func yamlText(v any, indent int, before, lead string) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write YAML: %w", err)
	}
	y := yamlWriter{dec: json.NewDecoder(bytes.NewReader(text))}
	y.dec.UseNumber()
	y.out.WriteString(before)
	if err := y.value(indent, lead); err != nil {
		return "", fmt.Errorf("write YAML: %w", err)
	}
	return y.out.String(), nil
}
