package template

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"muxkey/certgen"
	"muxkey/internal/named"
)

// field is a key of an object and what to do with its value.
type field struct {
	name string
	read func(path string, v value)
}

// decoder gathers what is wrong.
type decoder struct{ errs []error }

// maxErrors is how many are worth reading.
const maxErrors = 10

func (d *decoder) err() error { return errors.Join(d.errs...) }

func (d *decoder) add(e *FieldError) {
	if len(d.errs) < maxErrors {
		d.errs = append(d.errs, e)
	}
}

func (d *decoder) fail(path string, v value, hint, why string, args ...any) {
	d.add(&FieldError{Path: path, Line: v.line, Why: fmt.Sprintf(why, args...), Hint: hint})
}

// check takes an error of certgen.
func (d *decoder) check(path string, v value, err error) {
	if err == nil {
		return
	}
	e := &FieldError{Path: path, Line: v.line, Why: err.Error(), Err: err}
	if n, ok := errors.AsType[*certgen.NameError](err); ok {
		e.Hint = n.Hint
	} else if n, ok := errors.AsType[*certgen.DNError](err); ok {
		e.Hint = n.Hint
	}
	d.add(e)
}

func (d *decoder) is(path string, v value, want kind) bool {
	if v.kind == want {
		return true
	}
	hint := ""
	if want == text && (v.kind == number || v.kind == boolean) {
		hint = "put it in quotes"
	}
	d.fail(path, v, hint, "%s, where %s is wanted", v.kind, want)
	return false
}

// object reads the fields of an object. All of required must be there.
func (d *decoder) object(path string, v value, fields []field, required ...string) bool {
	if !d.is(path, v, object) {
		return false
	}
	before := len(d.errs)
	seen := map[string]bool{}
	for _, p := range v.pairs {
		at := strings.TrimPrefix(path+"."+p.key, ".")
		here := value{line: p.line}
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == p.key })
		switch {
		case i < 0:
			var names []string
			for _, f := range fields {
				names = append(names, f.name)
			}
			d.fail(at, here, nearest(p.key, names), "unknown field")
		case seen[p.key]:
			d.fail(at, here, "", "the field is there twice")
		default:
			fields[i].read(at, p.value)
		}
		seen[p.key] = true
	}
	for _, name := range required {
		if !seen[name] {
			d.fail(strings.TrimPrefix(path+"."+name, "."), v, "", "missing")
		}
	}
	return len(d.errs) == before
}

// items reads a list.
func (d *decoder) items(path string, v value, read func(path string, v value)) {
	if !d.is(path, v, list) {
		return
	}
	for i, item := range v.items {
		read(fmt.Sprintf("%s[%d]", path, i), item)
	}
}

// list reads a list of strings.
func (d *decoder) list(path string, v value, to *[]string, read func(path string, v value, word string)) {
	d.items(path, v, func(at string, v value) {
		var word string
		if d.text(at, v, &word) {
			*to = append(*to, word)
			read(at, v, word)
		}
	})
}

// text reads a string that is not empty.
func (d *decoder) text(path string, v value, to *string) bool {
	if !d.is(path, v, text) {
		return false
	}
	if v.text == "" {
		d.fail(path, v, "leave the field out", "empty")
		return false
	}
	*to = v.text
	return true
}

func (d *decoder) boolean(path string, v value, to *bool) {
	if d.is(path, v, boolean) {
		*to = v.text == "true"
	}
}

func (d *decoder) integer(path string, v value, to *int, from, limit int) bool {
	if !d.is(path, v, number) {
		return false
	}
	n, err := strconv.Atoi(v.text)
	if err != nil || n < from || n > limit {
		d.fail(path, v, "", "%s is no whole number from %d to %d", v.text, from, limit)
		return false
	}
	*to = n
	return true
}

func (d *decoder) oneOf(path string, v value, word string, words []string) {
	if v.kind == text && word != "" && !slices.Contains(words, word) {
		d.fail(path, v, nearest(word, words), "unknown word %q", word)
	}
}

// nearest is the hint for a word that is none of a list.
func nearest(word string, words []string) string {
	if near := named.Nearest(word, words); near != "" {
		return "did you mean " + near + "?"
	}
	return "there are " + strings.Join(words, ", ")
}

// maxOID bounds the text of an OID: to make a number of a component takes the
// square of its length.
const maxOID = 255

func isOID(word string) bool {
	_, err := x509.ParseOID(word)
	return err == nil && len(word) <= maxOID
}

func (d *decoder) oid(path string, v value, word string) x509.OID {
	if !isOID(word) {
		d.fail(path, v, "write it as in 1.3.6.1.5.5.7.1.24", "no OID")
		return x509.OID{}
	}
	id, err := x509.ParseOID(word)
	d.check(path, v, err)
	return id
}
