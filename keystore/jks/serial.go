package jks

import (
	"fmt"
	"slices"

	"muxkey/keystore/javaio"
	"muxkey/pkcs12x"
)

// The tags of the Java Object Serialization Stream Protocol, section 6.4.2,
// as far as keys need them.
const (
	tcNull         = 0x70
	tcReference    = 0x71
	tcClassDesc    = 0x72
	tcObject       = 0x73
	tcString       = 0x74
	tcArray        = 0x75
	tcBlockData    = 0x77
	tcEndBlockData = 0x78
	tcEnum         = 0x7e
)

// The flags of a class.
const (
	scWriteMethod  = 0x01
	scSerializable = 0x02
	scEnum         = 0x10
)

const (
	serialMagic  = 0xaced0005 // with version 5
	firstHandle  = 0x7e0000
	classOfBytes = "[B"
)

// The bounds of a stream. A sealed key has three levels, nine handles and four
// fields in a class.
const (
	maxNesting = 16
	maxHandles = 64
	maxFields  = 32
)

// class describes a class of which objects are in the stream.
type class struct {
	name   string
	flags  byte
	fields []field
	super  *class
}

type field struct {
	typecode byte
	name     string
}

// object is an instance of a class. Its fields are strings, []byte,
// *object, enum, numbers (uint64) or nil.
type object struct {
	class  *class
	fields map[string]any
}

// is tells whether the object's class or one above it has the name.
func (o *object) is(name string) bool {
	for c := o.class; c != nil; c = c.super {
		if c.name == name {
			return true
		}
	}
	return false
}

// enum is a constant of an enumeration.
type enum struct{ name string }

// walker reads one object from a stream. It makes nothing of classes but their
// fields, and arrays it knows are those of bytes.
type walker struct {
	r       *javaio.Reader
	handles []any
	depth   int
}

// readObject reads a stream of one object and leaves what follows it in r.
func readObject(r *javaio.Reader) *object {
	w := &walker{r: r}
	if r.Uint32("a serialised object") != serialMagic {
		r.Fail("no serialised Java object where one should be")
	}
	o, ok := w.content().(*object)
	if !ok {
		r.Fail("a serialised value that is no object")
		return nil
	}
	if r.Err != nil {
		return nil
	}
	return o
}

// content reads a value: nil, string, []byte, *object, enum.
func (w *walker) content() any {
	const what = "a serialised object"
	if w.depth++; w.depth > maxNesting {
		w.refuse("nesting deeper than %d", maxNesting)
	}
	defer func() { w.depth-- }()
	tag := w.r.Uint8(what)
	if w.r.Err != nil {
		return nil
	}
	switch tag {
	case tcNull:
		return nil
	case tcReference:
		return w.reference()
	case tcString:
		s := w.r.Text(w.r.Short(what), what)
		w.handle(s)
		return s
	case tcArray:
		return w.array()
	case tcEnum:
		if w.class() == nil {
			w.r.Fail("an enumeration without a class")
		}
		at := w.handle(nil)
		name, ok := w.content().(string)
		if !ok {
			w.r.Fail("a constant without a name")
			return nil
		}
		w.handles[at] = enum{name}
		return w.handles[at]
	case tcObject:
		return w.object()
	}
	w.refuse("tag 0x%02x", tag)
	return nil
}

// refuse stops at what is no part of any key, though it may be serialised
// right.
func (w *walker) refuse(format string, args ...any) {
	if w.r.Err == nil {
		w.r.Err = fmt.Errorf("%w: a serialised object with %s", pkcs12x.ErrUnsupported, fmt.Sprintf(format, args...))
	}
}

func (w *walker) handle(v any) int {
	if len(w.handles) == maxHandles {
		w.refuse("more than %d parts", maxHandles)
		return 0
	}
	w.handles = append(w.handles, v)
	return len(w.handles) - 1
}

func (w *walker) reference() any {
	n := int64(w.r.Uint32("a reference")) - firstHandle
	if w.r.Err != nil {
		return nil
	}
	if n < 0 || n >= int64(len(w.handles)) {
		w.r.Fail("a reference to nothing")
		return nil
	}
	return w.handles[n]
}

// class reads a description of a class and those above it; nil is for none.
func (w *walker) class() *class {
	const what = "the description of a class"
	if w.depth++; w.depth > maxNesting {
		w.refuse("nesting deeper than %d", maxNesting)
	}
	defer func() { w.depth-- }()
	tag := w.r.Uint8(what)
	if w.r.Err != nil {
		return nil
	}
	switch tag {
	case tcNull:
		return nil
	case tcReference:
		c, ok := w.reference().(*class)
		if !ok {
			w.r.Fail("a reference to something other than a class")
		}
		return c
	case tcClassDesc:
	default:
		w.refuse("tag 0x%02x for a class", tag)
		return nil
	}
	c := &class{name: w.r.Text(w.r.Short(what), what)}
	w.r.Uint64(what) // serialVersionUID; the name and the fields decide
	w.handle(c)
	c.flags = w.r.Uint8(what)
	n := int(w.r.Uint16(what))
	if n > maxFields {
		w.refuse("a class of %d fields", n)
		return nil
	}
	for range n {
		f := field{typecode: w.r.Uint8(what), name: w.r.Text(w.r.Short(what), what)}
		if f.typecode == 'L' || f.typecode == '[' {
			if _, ok := w.content().(string); !ok {
				w.r.Fail("a field without a type")
			}
		}
		c.fields = append(c.fields, f)
	}
	w.annotation()
	c.super = w.class()
	return c
}

// annotation passes over what a class writes beside its fields.
func (w *walker) annotation() {
	for w.r.Err == nil {
		if len(w.r.Rest) == 0 {
			w.r.Uint8("an annotation")
			return
		}
		switch w.r.Rest[0] {
		case tcEndBlockData:
			w.r.Uint8("")
			return
		case tcBlockData:
			w.r.Uint8("")
			w.r.Take(int(w.r.Uint8("an annotation")), "an annotation")
		default:
			w.content()
		}
	}
}

func (w *walker) array() any {
	c := w.class()
	if w.r.Err != nil {
		return nil
	}
	if c == nil || c.name != classOfBytes {
		w.refuse("an array of other things than bytes")
		return nil
	}
	at := w.handle(nil)
	b := w.r.Long("an array of bytes")
	if w.r.Err != nil {
		return nil
	}
	w.handles[at] = b
	return b
}

func (w *walker) object() any {
	o := &object{class: w.class(), fields: map[string]any{}}
	if w.r.Err != nil {
		return nil
	}
	if o.class == nil {
		w.r.Fail("an object without a class")
		return nil
	}
	w.handle(o)
	var line []*class
	for c := o.class; c != nil; c = c.super {
		if len(line) == maxNesting {
			w.refuse("more than %d classes above one another", maxNesting) // a class above itself, by reference
			return nil
		}
		line = append(line, c)
	}
	for _, c := range slices.Backward(line) { // the highest class comes first
		w.values(o, c)
	}
	return o
}

func (w *walker) values(o *object, c *class) {
	const what = "a serialised value"
	if c.flags&scSerializable == 0 {
		w.refuse("a class of flags 0x%02x", c.flags)
	}
	for _, f := range c.fields {
		if w.r.Err != nil {
			return
		}
		switch f.typecode {
		case 'B', 'Z':
			o.fields[f.name] = uint64(w.r.Uint8(what))
		case 'C', 'S':
			o.fields[f.name] = uint64(w.r.Uint16(what))
		case 'I', 'F':
			o.fields[f.name] = uint64(w.r.Uint32(what))
		case 'J', 'D':
			o.fields[f.name] = w.r.Uint64(what)
		case 'L', '[':
			o.fields[f.name] = w.content()
		default:
			w.r.Fail("a field of type 0x%02x", f.typecode)
		}
	}
	if c.flags&scWriteMethod != 0 {
		w.annotation()
	}
}

// bytesField and textField return a field, or nothing when it is of another type.
func (o *object) bytesField(name string) []byte {
	b, _ := o.fields[name].([]byte)
	return b
}

func (o *object) textField(name string) string {
	s, _ := o.fields[name].(string)
	return s
}
