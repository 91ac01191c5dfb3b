package cel

import (
	"maps"
	"slices"
	"strings"
)

// checker finds the types of all nodes, or what is wrong.
type checker struct {
	env     *Env
	source  string
	globals []global
	slots   map[string]int // of the globals
	scopes  []local        // the variables of macros around a node, the innermost last
	deepest int            // how many of them there are at most
	locals  []*node        // nodes whose slot counts from the last global
}

// local is the variable of a macro.
type local struct {
	name string
	typ  *Type
}

func (c *checker) errorf(at *node, format string, args ...any) *Error {
	return invalid(c.source, at.pos, format, args...)
}

// unknown is the error for a name that is none of those that could stand there.
func (c *checker) unknown(at *node, words []string, format string, args ...any) *Error {
	err := c.errorf(at, format, args...)
	err.Word, err.Words = at.name, words
	return err
}

// check is for the root. The slots of the variables of macros follow those of
// the globals, whose number is known at the end.
func (c *checker) check(root *node) error {
	if err := c.visit(root); err != nil {
		return err
	}
	for _, n := range c.locals {
		n.slot += len(c.globals)
	}
	return nil
}

func (c *checker) visit(n *node) error {
	switch n.op {
	case opLiteral:
		n.typ = &Type{kind: n.value.kind}
		return nil
	case opIdent:
		return c.ident(n)
	case opSelect, opHas:
		return c.selection(n)
	case opAll, opExists, opExistsOne, opTransform, opFilter, opFilterTransform:
		return c.macro(n)
	}
	if n.op == opCall {
		if err := c.function(n); err != nil {
			return err
		}
	}
	for _, arg := range n.args {
		if err := c.visit(arg); err != nil {
			return err
		}
	}
	switch n.op {
	case opCall:
		return c.call(n)
	case opIndex:
		return c.index(n)
	case opList:
		n.typ = listOf(common(n.args, 0, 1))
		return nil
	case opMap:
		n.typ = &Type{kind: Map, key: common(n.args, 0, 2), elem: common(n.args, 1, 2)}
		for i := 0; i < len(n.args); i += 2 {
			switch k := n.args[i].typ.kind; k {
			case Dyn, Bool, Int, Uint, String:
			default:
				return c.errorf(n.args[i], "a %s cannot be the key of a map", k)
			}
		}
		return nil
	case opCond:
		if err := c.bool(n.args[0]); err != nil {
			return err
		}
		t, ok := join(n.args[1].typ, n.args[2].typ)
		if !ok {
			return c.errorf(n, "the two outcomes are %s and %s", n.args[1].typ, n.args[2].typ)
		}
		n.typ = t
		return nil
	case opNot, opAnd, opOr:
		for _, arg := range n.args {
			if err := c.bool(arg); err != nil {
				return err
			}
		}
		n.typ = boolType
		return nil
	}
	return c.operator(n)
}

// common is the type of the elements of a literal: every step-th argument.
func common(args []*node, first, step int) *Type {
	if len(args) == 0 {
		return openType
	}
	t := args[first].typ
	for i := first + step; i < len(args); i += step {
		var ok bool
		if t, ok = join(t, args[i].typ); !ok {
			return dynType
		}
	}
	return t
}

func (c *checker) bool(n *node) error {
	if k := n.typ.kind; k != Bool && k != Dyn {
		return c.errorf(n, "this must be a bool, and is %s", n.typ.some())
	}
	return nil
}

func (c *checker) ident(n *node) error {
	if !n.root {
		for i, l := range slices.Backward(c.scopes) {
			if l.name == n.name {
				n.typ, n.slot = l.typ, i
				c.locals = append(c.locals, n)
				return nil
			}
		}
	}
	if g, ok := c.env.variables[n.name]; ok {
		slot, used := c.slots[n.name]
		if !used {
			slot = len(c.globals)
			c.slots[n.name] = slot
			c.globals = append(c.globals, global{n.name, g})
		}
		n.typ, n.slot = g.typ, slot
		return nil
	}
	if k, ok := kindNamed(n.name); ok {
		n.toType(k)
		return nil
	}
	words := slices.Clone(c.env.names)
	for _, l := range c.scopes {
		words = append(words, l.name)
	}
	return c.unknown(n, words, "there is no variable %s", n.name)
}

// toType makes a node the literal of a type.
func (n *node) toType(k Kind) {
	*n = node{op: opLiteral, pos: n.pos, typ: typeType, value: value{kind: TypeOf, n: int64(k)}}
}

// qualified is the name with dots that a chain of selections spells.
func (n *node) qualified() (string, bool) {
	switch n.op {
	case opIdent:
		return n.name, true
	case opSelect:
		if front, ok := n.args[0].qualified(); ok {
			return front + "." + n.name, true
		}
	}
	return "", false
}

func (c *checker) selection(n *node) error {
	if n.op == opSelect && (n.name == "Timestamp" || n.name == "Duration") {
		if name, ok := n.qualified(); ok {
			if k, ok := kindNamed(name); ok {
				n.toType(k)
				return nil
			}
		}
	}
	of := n.args[0]
	if err := c.visit(of); err != nil {
		return err
	}
	switch t := of.typ; {
	case t.object != nil:
		f, ok := t.object.byName[n.name]
		if !ok {
			return c.unknown(n, t.object.names(), "there is no field %s%s", n.name, of.in())
		}
		n.field, n.typ = f, f.typ.typ
	case t.kind == Map:
		n.typ = t.elem
	case t.kind == Dyn:
		n.typ = dynType
	default:
		return c.errorf(n, "%s has no fields, and so no %s", t.some(), n.name)
	}
	if n.op == opHas {
		n.typ = boolType
	}
	return nil
}

// in names what a field is looked for in, where it has a name.
func (n *node) in() string {
	if name, ok := n.qualified(); ok && len(name) <= 80 {
		return " in " + name
	}
	return ""
}

func (c *checker) index(n *node) error {
	of, at := n.args[0], n.args[1]
	if o := of.typ.object; o != nil && at.op == opLiteral && at.value.kind == String {
		f, ok := o.byName[at.value.s]
		if !ok {
			err := c.errorf(at, "there is no field %s%s", at.value.s, of.in())
			err.Word, err.Words = at.value.s, o.names()
			return err
		}
		n.field, n.typ = f, f.typ.typ
		return nil
	}
	return c.operator(n)
}

func (c *checker) operator(n *node) error {
	types := make([]*Type, len(n.args))
	for i, arg := range n.args {
		types[i] = arg.typ
	}
	var ok bool
	if n.typ, ok = resolve(operators(n.op), false, types); ok {
		return nil
	}
	switch {
	case n.op == opIndex && types[0].kind == List:
		return c.errorf(n.args[1], "the index of a list is an int, not %s", types[1].some())
	case n.op == opIndex:
		return c.errorf(n, "%s cannot be looked up in %s", types[1].some(), types[0].some())
	case n.op == opIn && types[1].kind != List && types[1].kind != Map:
		return c.errorf(n, "behind the operator in must be a list or a map, not %s", types[1].some())
	case len(types) == 1:
		return c.errorf(n, "the operator %s does not take %s", n.name, types[0].some())
	case (n.op == opEqual || n.op == opNotEqual) && types[0].kind != types[1].kind:
		return c.errorf(n, "%s is never equal to %s", types[0].some(), types[1].some())
	}
	return c.errorf(n, "the operator %s does not take %s and %s", n.name, types[0], types[1])
}

// function finds the function that a call means, before its arguments: those of
// a macro that was called wrongly would hide what is wrong.
func (c *checker) function(n *node) error {
	if fn, ok := c.env.functions[n.name]; ok {
		n.fn = fn
		return nil
	}
	switch n.name {
	case "has":
		return c.errorf(n, "has() takes one field, as in has(a.b)")
	case "all", "exists", "exists_one", "filter":
		return c.errorf(n, "%s() is called as list.%[1]s(x, condition)", n.name)
	case "map":
		return c.errorf(n, "map() is called as list.map(x, value) or list.map(x, condition, value)")
	}
	words := append(slices.Sorted(maps.Keys(c.env.functions)), "has", "all", "exists", "exists_one", "map", "filter")
	return c.unknown(n, words, "there is no function %s", n.name)
}

func (c *checker) call(n *node) error {
	types := make([]*Type, len(n.args))
	for i, arg := range n.args {
		types[i] = arg.typ
	}
	var ok bool
	if n.typ, ok = resolve(n.fn.overloads, n.member, types); !ok {
		var ways []string
		for _, o := range n.fn.overloads {
			ways = append(ways, o.show(n.name))
		}
		return c.errorf(n, "%s is not among %s", overload{n.member, types, nil}.show(n.name), strings.Join(ways, ", "))
	}
	if wrong := n.fold(); wrong != "" {
		return c.errorf(n.args[len(n.args)-1], "%s", wrong)
	}
	return nil
}

func (c *checker) macro(n *node) error {
	of := n.args[0]
	if err := c.visit(of); err != nil {
		return err
	}
	l := local{name: n.name, typ: dynType}
	switch of.typ.kind {
	case List:
		l.typ = of.typ.elem
	case Map:
		l.typ = of.typ.key
	case Dyn:
	default:
		return c.errorf(of, "this must be a list or a map, and is %s", of.typ.some())
	}
	n.slot = len(c.scopes)
	c.locals = append(c.locals, n)
	c.scopes = append(c.scopes, l)
	c.deepest = max(c.deepest, len(c.scopes))
	for _, arg := range n.args[1:] {
		if err := c.visit(arg); err != nil {
			return err
		}
	}
	c.scopes = c.scopes[:len(c.scopes)-1]
	last := n.args[len(n.args)-1]
	switch n.op {
	case opTransform, opFilterTransform:
		n.typ = listOf(last.typ)
		if n.op == opFilterTransform {
			return c.bool(n.args[1])
		}
		return nil
	case opFilter:
		n.typ = listOf(l.typ)
	default:
		n.typ = boolType
	}
	return c.bool(last)
}
