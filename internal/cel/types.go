package cel

import (
	"fmt"
	"strings"
)

// Kind is a type of CEL without its parameters. The name is that of the language
// definition.
type Kind uint8

// The kinds. Dyn is what is not known before there is a value.
const (
	Dyn Kind = iota
	Null
	Bool
	Int
	Uint
	Double
	String
	Bytes
	List
	Map // and structs
	Timestamp
	Duration
	TypeOf // the kind of a kind

	failed    // of a value: an error
	parameter // of a type in a signature
)

// String returns the name.
func (k Kind) String() string {
	names := [...]string{"dyn", "null_type", "bool", "int", "uint", "double", "string", "bytes", "list", "map", "google.protobuf.Timestamp", "google.protobuf.Duration", "type", "error", "any"}
	return names[k]
}

// kindNamed is the kind that an identifier stands for.
func kindNamed(name string) (Kind, bool) {
	for k := Null; k <= TypeOf; k++ {
		if k.String() == name {
			return k, true
		}
	}
	return 0, false
}

// Type is what the checker knows of a value.
type Type struct {
	kind     Kind
	nullable bool
	open     bool    // of dyn: that of the elements of an empty list, which can be those of any
	n        int     // of a parameter: which one
	key      *Type   // of a map
	elem     *Type   // of a list and a map
	object   *object // of a map that is a struct
}

// object is a struct as JSON has it.
type object struct {
	fields []*field
	byName map[string]*field
}

func (o *object) names() []string {
	names := make([]string, len(o.fields))
	for i, f := range o.fields {
		names[i] = f.name
	}
	return names
}

// The types without parameters, and the two that stand for any in signatures.
// Nothing changes them.
var (
	dynType       = &Type{kind: Dyn}
	openType      = &Type{kind: Dyn, open: true}
	boolType      = &Type{kind: Bool}
	intType       = &Type{kind: Int}
	uintType      = &Type{kind: Uint}
	doubleType    = &Type{kind: Double}
	stringType    = &Type{kind: String}
	bytesType     = &Type{kind: Bytes}
	timestampType = &Type{kind: Timestamp}
	durationType  = &Type{kind: Duration}
	typeType      = &Type{kind: TypeOf}

	paramA  = &Type{kind: parameter, n: 0}
	paramB  = &Type{kind: parameter, n: 1}
	listOfA = &Type{kind: List, elem: paramA}
	mapOfAB = &Type{kind: Map, key: paramA, elem: paramB}
)

func listOf(elem *Type) *Type { return &Type{kind: List, elem: elem} }

// String is the type for people.
func (t *Type) String() string {
	switch {
	case t.kind == List:
		return fmt.Sprintf("list(%s)", t.elem)
	case t.object != nil:
		return "object"
	case t.kind == Map:
		return fmt.Sprintf("map(%s, %s)", t.key, t.elem)
	case t.kind == Timestamp:
		return "timestamp"
	case t.kind == Duration:
		return "duration"
	}
	return t.kind.String()
}

// some is the type with its article.
func (t *Type) some() string {
	switch {
	case t.kind == Null:
		return "null"
	case t.kind == Int || t.object != nil:
		return "an " + t.String()
	}
	return "a " + t.String()
}

// takesNull tells whether a value of the type may be null. The language
// definition has it so for times, which are messages.
func (t *Type) takesNull() bool {
	return t.nullable || t.kind == Null || t.kind == Timestamp || t.kind == Duration
}

// join is the type of what may be of one or of the other type. ok tells whether
// values of both can stand in one place: as operands of ==, or as outcomes of a
// condition.
func join(a, b *Type) (t *Type, ok bool) {
	switch {
	case a == b, b.open:
		return a, true
	case a.open:
		return b, true
	case a.kind == Dyn:
		return a, true
	case b.kind == Dyn:
		return b, true
	case a.kind == Null:
		return b, b.takesNull()
	case b.kind == Null:
		return a, a.takesNull()
	case a.kind != b.kind:
		return nil, false
	case a.kind == List:
		elem, ok := join(a.elem, b.elem)
		return listOf(elem), ok
	case a.object != nil && a.object == b.object:
		return a, true
	case a.kind == Map:
		key, ok := join(a.key, b.key)
		elem, ok2 := join(a.elem, b.elem)
		return &Type{kind: Map, key: key, elem: elem}, ok && ok2
	case b.nullable:
		return b, true
	}
	return a, true
}

// binding is what the parameters of a signature stand for in one call.
type binding [2]*Type

// takes tells whether an argument of that type can stand where the signature has
// the other one.
func (b *binding) takes(param, arg *Type) bool {
	switch {
	case param.kind == parameter:
		bound := b[param.n]
		if bound == nil {
			b[param.n] = arg
			return true
		}
		t, ok := join(bound, arg)
		if ok {
			b[param.n] = t
		}
		return ok
	case param.kind == Dyn || arg.kind == Dyn:
		return true
	case arg.kind == Null:
		return param.takesNull()
	case param.kind != arg.kind:
		return false
	case param.kind == List:
		return b.takes(param.elem, arg.elem)
	case param.kind == Map:
		return b.takes(param.key, arg.key) && b.takes(param.elem, arg.elem)
	}
	return true
}

// apply puts in what the parameters stand for.
func (b *binding) apply(t *Type) *Type {
	switch t.kind {
	case parameter:
		if b[t.n] == nil {
			return dynType
		}
		return b[t.n]
	case List:
		return listOf(b.apply(t.elem))
	case Map:
		return &Type{kind: Map, key: b.apply(t.key), elem: b.apply(t.elem)}
	}
	return t
}

// overload is one way to call a function.
type overload struct {
	member bool // the first argument stands in front of a dot
	args   []*Type
	result *Type
}

func (o overload) show(name string) string {
	var args []string
	for _, a := range o.args {
		args = append(args, a.String())
	}
	if o.member {
		return fmt.Sprintf("%s.%s(%s)", args[0], name, strings.Join(args[1:], ", "))
	}
	return fmt.Sprintf("%s(%s)", name, strings.Join(args, ", "))
}

// resolve is the type of a call. Where values decide which overload it is, and
// their results differ, it is dyn.
func resolve(overloads []overload, member bool, args []*Type) (*Type, bool) {
	var result *Type
	for _, o := range overloads {
		if o.member != member || len(o.args) != len(args) {
			continue
		}
		var b binding
		fits := true
		for i := range args {
			fits = fits && b.takes(o.args[i], args[i])
		}
		if !fits {
			continue
		}
		t := b.apply(o.result)
		switch {
		case result == nil:
			result = t
		case result.String() != t.String():
			result = dynType
		}
	}
	return result, result != nil
}
