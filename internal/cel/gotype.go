package cel

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
)

// how is the way from a Go value to a value of CEL.
type how uint8

const (
	fromBool how = iota
	fromInt
	fromSmallUint
	fromUint
	fromFloat
	fromString
	fromText // by its MarshalText
	fromBytes
	fromTime
	fromDuration
	fromList
	fromMap
	fromStruct
	fromPointer
	fromAny
)

// goType is a Go type and what CEL takes it for.
type goType struct {
	how  how
	rt   reflect.Type
	typ  *Type
	elem *goType // of a list, a map and a pointer
	done bool    // the type is described, so that others may be made of it
}

// field is a field of a struct under its name in JSON.
type field struct {
	name   string
	index  []int // the way to it, through embedded structs
	tagged bool
	omit   omit
	typ    *goType
	owner  *goType
}

// omit is when JSON leaves a field out.
type omit uint8

const (
	omitNever  omit = iota
	omitEmpty       // omitempty
	omitZero        // omitzero
	omitIsZero      // omitzero of a type with a method IsZero
	omitBoth        // omitempty and omitzero
)

// registry holds the Go types that were seen. Those behind interfaces come up
// while programs run.
type registry struct {
	mu    sync.RWMutex
	known map[reflect.Type]*goType
}

func (r *registry) of(rt reflect.Type) (*goType, error) {
	r.mu.RLock()
	g, ok := r.known[rt]
	r.mu.RUnlock()
	if ok {
		return g, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	// Those that a failure leaves half described must not be found later.
	before := maps.Clone(r.known)
	g, err := r.describe(rt)
	if err != nil {
		r.known = before
	}
	return g, err
}

func (r *registry) describe(rt reflect.Type) (*goType, error) {
	if g, ok := r.known[rt]; ok {
		return g, nil
	}
	g := &goType{rt: rt, typ: &Type{}}
	r.known[rt] = g // before its parts: a struct may contain itself
	err := r.fill(g)
	g.done = true
	return g, err
}

func (r *registry) fill(g *goType) error {
	rt := g.rt
	simple := func(h how, t *Type) error {
		g.how, *g.typ = h, *t
		return nil
	}
	switch {
	case rt == reflect.TypeFor[time.Time]():
		return simple(fromTime, timestampType)
	case rt == reflect.TypeFor[time.Duration]():
		return simple(fromDuration, durationType)
	case rt.Kind() == reflect.Interface:
		return simple(fromAny, dynType)
	case rt.Kind() == reflect.Pointer:
		elem, err := r.part(rt)
		if err != nil {
			return err
		}
		g.how, g.elem = fromPointer, elem
		*g.typ = *elem.typ
		g.typ.nullable = true
		return nil
	case rt.Implements(reflect.TypeFor[json.Marshaler]()), reflect.PointerTo(rt).Implements(reflect.TypeFor[json.Marshaler]()):
		return fmt.Errorf("%s writes its own JSON", rt)
	case rt.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return simple(fromText, stringType)
	case reflect.PointerTo(rt).Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return fmt.Errorf("%s writes its own text, but only behind a pointer", rt)
	}
	switch rt.Kind() {
	case reflect.Bool:
		return simple(fromBool, boolType)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return simple(fromInt, intType)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return simple(fromSmallUint, intType) // who reads the JSON sees a number like the others
	case reflect.Uint, reflect.Uint64:
		return simple(fromUint, uintType)
	case reflect.Float32, reflect.Float64:
		return simple(fromFloat, doubleType)
	case reflect.String:
		return simple(fromString, stringType)
	case reflect.Slice, reflect.Array:
		if rt.Kind() == reflect.Slice && rt.Elem().Kind() == reflect.Uint8 {
			return simple(fromBytes, bytesType)
		}
		g.how, g.typ.kind = fromList, List
		return r.element(g)
	case reflect.Map:
		if rt.Key().Kind() != reflect.String || rt.Key().Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
			return fmt.Errorf("%s: the keys are no strings", rt)
		}
		g.how, g.typ.kind, g.typ.key = fromMap, Map, stringType
		return r.element(g)
	case reflect.Struct:
		g.how = fromStruct
		*g.typ = Type{kind: Map, key: stringType, elem: dynType, object: &object{byName: map[string]*field{}}}
		g.done = true
		return r.fields(g)
	}
	return fmt.Errorf("%s has no JSON", rt)
}

func (r *registry) element(g *goType) error {
	elem, err := r.part(g.rt)
	if err != nil {
		return err
	}
	g.elem, g.typ.elem = elem, elem.typ
	return nil
}

// part describes what a type is a list, a map or a pointer of.
func (r *registry) part(rt reflect.Type) (*goType, error) {
	elem, err := r.describe(rt.Elem())
	if err == nil && !elem.done {
		err = fmt.Errorf("%s contains itself without a struct", rt)
	}
	return elem, err
}

// fields finds the fields of a struct as encoding/json does: a name that stands
// nearer to the outside hides the others; of several at one depth the one with a
// tag counts, and none if that does not decide.
func (r *registry) fields(g *goType) error {
	var found []*field
	if err := r.collect(g, g.rt, nil, nil, &found); err != nil {
		return err
	}
	slices.SortFunc(found, func(a, b *field) int {
		return cmp.Or(cmp.Compare(a.name, b.name), rank(a)-rank(b))
	})
	object := g.typ.object
	for i, f := range found {
		first := i == 0 || found[i-1].name != f.name
		rival := i+1 < len(found) && found[i+1].name == f.name && rank(found[i+1]) == rank(f)
		if first && !rival {
			object.fields = append(object.fields, f)
			object.byName[f.name] = f
		}
	}
	slices.SortFunc(object.fields, func(a, b *field) int { return slices.Compare(a.index, b.index) })
	return nil
}

// rank is lower for a field that counts more.
func rank(f *field) int {
	if f.tagged {
		return 2 * len(f.index)
	}
	return 2*len(f.index) + 1
}

func (r *registry) collect(g *goType, rt reflect.Type, way []int, through []reflect.Type, found *[]*field) error {
	if slices.Contains(through, rt) {
		return nil // it embeds itself
	}
	through = append(slices.Clip(through), rt)
	for i := range rt.NumField() {
		sf := rt.Field(i)
		tag := sf.Tag.Get("json")
		if tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		index := append(slices.Clip(way), i)
		inner := sf.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if sf.Anonymous && name == "" && inner.Kind() == reflect.Struct {
			if err := r.collect(g, inner, index, through, found); err != nil {
				return err
			}
			continue
		}
		if !sf.IsExported() {
			continue
		}
		f := &field{name: name, index: index, tagged: name != "", owner: g}
		if name == "" {
			f.name = sf.Name
		}
		if slices.Contains(strings.Split(options, ","), "string") {
			return fmt.Errorf("%s.%s: a number that JSON has as a string", rt, sf.Name)
		}
		f.omit = omission(sf.Type, strings.Split(options, ","))
		var err error
		if f.typ, err = r.describe(sf.Type); err != nil {
			return fmt.Errorf("%s.%s: %w", rt, sf.Name, err)
		}
		*found = append(*found, f)
	}
	return nil
}

func omission(rt reflect.Type, options []string) omit {
	empty, zero := slices.Contains(options, "omitempty"), slices.Contains(options, "omitzero")
	switch {
	case zero && rt.Implements(reflect.TypeFor[interface{ IsZero() bool }]()):
		return omitIsZero
	case zero && empty:
		return omitBoth
	case zero:
		return omitZero
	case empty:
		return omitEmpty
	}
	return omitNever
}

// of returns the field of a struct, or false when JSON would leave it out.
func (f *field) of(rv reflect.Value) (reflect.Value, bool) {
	for _, i := range f.index {
		if rv.Kind() == reflect.Pointer {
			if rv.IsNil() {
				return rv, false
			}
			rv = rv.Elem()
		}
		rv = rv.Field(i)
	}
	switch f.omit {
	case omitEmpty:
		return rv, !isEmpty(rv)
	case omitZero:
		return rv, !rv.IsZero()
	case omitIsZero:
		if rv.Kind() == reflect.Pointer && rv.IsNil() {
			return rv, false
		}
		return rv, !rv.Interface().(interface{ IsZero() bool }).IsZero()
	case omitBoth:
		return rv, !isEmpty(rv) && !rv.IsZero()
	}
	return rv, true
}

// isEmpty is what omitempty calls empty.
func isEmpty(rv reflect.Value) bool {
	switch rv.Kind() {
	case reflect.Slice, reflect.Map, reflect.Array, reflect.String:
		return rv.Len() == 0
	case reflect.Struct:
		return false
	}
	return rv.IsZero()
}
