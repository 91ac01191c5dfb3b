package cel

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"strings"
)

// state is one evaluation.
type state struct {
	program *Program
	ctx     context.Context
	slots   []value // of the variables
	stack   []value // arguments of the calls under way
	cost    int
	tick    int
	fatal   *failure // ends everything: the cost, or the context
}

// spend counts steps, and is false when there are none left.
func (s *state) spend(steps int) bool {
	s.cost += steps
	s.tick += steps
	if s.tick > 4096 && s.fatal == nil {
		s.tick = 0
		if err := s.ctx.Err(); err != nil {
			s.fatal = &failure{at: s.program.root, reason: err, message: err.Error()}
		}
	}
	if s.cost > MaxCost && s.fatal == nil {
		s.fatal = &failure{at: s.program.root, reason: ErrLimit, message: fmt.Sprintf("the evaluation takes more than %d steps", MaxCost)}
	}
	return s.fatal == nil
}

func fail(at *node, format string, args ...any) value {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return value{kind: failed, x: &failure{at: at, reason: ErrEval, message: format}}
}

func noKey(at *node, name string) value {
	return value{kind: failed, x: &failure{at: at, reason: ErrNoKey, message: "no such key: " + name}}
}

// eval is the value of a node.
func (s *state) eval(n *node) value {
	if !s.spend(1) {
		return value{kind: failed, x: s.fatal}
	}
	switch n.op {
	case opLiteral:
		return n.value
	case opIdent:
		return s.slots[n.slot]
	case opSelect:
		return s.selection(n)
	case opHas:
		return s.has(n)
	case opAnd:
		return s.and(n)
	case opOr:
		return s.or(n)
	case opCond:
		cond := s.eval(n.args[0])
		switch {
		case cond.kind == failed:
			return cond
		case cond.kind != Bool:
			return noOverload(n, cond)
		case cond.n != 0:
			return s.eval(n.args[1])
		}
		return s.eval(n.args[2])
	case opNot:
		v := s.eval(n.args[0])
		switch v.kind {
		case failed:
			return v
		case Bool:
			return boolValue(v.n == 0)
		}
		return noOverload(n, v)
	case opNegate:
		v := s.eval(n.args[0])
		if v.kind == failed {
			return v
		}
		return negate(n, v)
	case opList:
		return s.list(n)
	case opMap:
		return s.mapLiteral(n)
	case opCall:
		return s.call(n)
	case opAll, opExists:
		return s.quantify(n)
	case opExistsOne:
		return s.existsOne(n)
	case opTransform, opFilter, opFilterTransform:
		return s.transform(n)
	}
	a := s.eval(n.args[0])
	if a.kind == failed {
		return a
	}
	b := s.eval(n.args[1])
	if b.kind == failed {
		return b
	}
	switch n.op {
	case opEqual:
		return boolValue(s.equal(a, b))
	case opNotEqual:
		return boolValue(!s.equal(a, b))
	case opLess, opLessEqual, opGreater, opGreaterEqual:
		return s.order(n, a, b)
	case opIn:
		return s.in(n, a, b)
	case opIndex:
		return s.index(n, a, b)
	}
	return s.arithmetic(n, a, b)
}

func noOverload(n *node, values ...value) value {
	what := n.name
	switch n.op {
	case opCond:
		what = "?"
	case opIndex:
		what = "[]"
	}
	var kinds []string
	for _, v := range values {
		kinds = append(kinds, v.kind.String())
	}
	return fail(n, "no such overload: %s of %s", what, strings.Join(kinds, " and "))
}

func (s *state) selection(n *node) value {
	of := s.eval(n.args[0])
	if of.kind != Map {
		if of.kind == failed {
			return of
		}
		return fail(n, "no such overload: %s has no field %s", of.kind, n.name)
	}
	if v, ok := s.member(n, of); ok {
		return v
	}
	return noKey(n, n.name)
}

// member is what a map has under the name of a node.
func (s *state) member(n *node, of value) (value, bool) {
	if n.field != nil && n.field.owner == of.g {
		return s.field(reflect.ValueOf(of.x).Elem(), n.field)
	}
	return s.lookup(of, stringValue(n.name))
}

func (s *state) has(n *node) value {
	of := s.eval(n.args[0])
	switch of.kind {
	case failed:
		return of
	case Map:
		v, ok := s.member(n, of)
		if v.kind == failed {
			return v
		}
		return boolValue(ok)
	}
	return fail(n, "no such overload: %s has no fields", of.kind)
}

// and is false when one side is, whatever is wrong with the other.
func (s *state) and(n *node) value {
	a := s.eval(n.args[0])
	if a.kind == Bool && a.n == 0 {
		return a
	}
	b := s.eval(n.args[1])
	if b.kind == Bool && b.n == 0 {
		return b
	}
	return bothBool(n, a, b)
}

// or is true when one side is, whatever is wrong with the other.
func (s *state) or(n *node) value {
	a := s.eval(n.args[0])
	if a.kind == Bool && a.n != 0 {
		return a
	}
	b := s.eval(n.args[1])
	if b.kind == Bool && b.n != 0 {
		return b
	}
	return bothBool(n, a, b)
}

// bothBool is what two operands that do not decide come to: they are equal, or
// one is an error.
func bothBool(n *node, a, b value) value {
	switch {
	case a.kind == failed:
		return a
	case b.kind == failed:
		return b
	case a.kind != Bool || b.kind != Bool:
		return noOverload(n, a, b)
	}
	return b
}

func (s *state) list(n *node) value {
	s.spend(4 * len(n.args))
	list := make([]value, len(n.args))
	for i, arg := range n.args {
		list[i] = s.eval(arg)
		if list[i].kind == failed {
			return list[i]
		}
	}
	return listValue(list)
}

func (s *state) mapLiteral(n *node) value {
	s.spend(8 * len(n.args))
	m := &mapping{index: make(map[mapKey]int, len(n.args)/2)}
	for i := 0; i < len(n.args); i += 2 {
		k := s.eval(n.args[i])
		if k.kind == failed {
			return k
		}
		v := s.eval(n.args[i+1])
		if v.kind == failed {
			return v
		}
		key, ok := k.key()
		if !ok || k.kind == Double {
			return fail(n.args[i], "a %s cannot be the key of a map", k.kind)
		}
		s.spend(len(k.s) / 64)
		if _, taken := m.index[key]; taken {
			return fail(n.args[i], "the key stands in the map twice")
		}
		m.index[key] = len(m.keys)
		m.keys, m.values = append(m.keys, k), append(m.values, v)
	}
	return value{kind: Map, x: m}
}

func (s *state) call(n *node) value {
	base := len(s.stack)
	for _, arg := range n.args {
		v := s.eval(arg)
		if v.kind == failed {
			s.stack = s.stack[:base]
			return v
		}
		s.stack = append(s.stack, v)
	}
	v := n.fn.run(s, n, s.stack[base:])
	s.stack = s.stack[:base]
	return v
}

func (s *state) order(n *node, a, b value) value {
	result, ok := compareNumbers(a, b)
	if !ok {
		s.spend(min(len(a.s), len(b.s)) / 64)
		switch {
		case a.isNaN() && b.isNumber(), b.isNaN() && a.isNumber():
			return boolValue(false)
		case a.kind != b.kind:
			return noOverload(n, a, b)
		}
		switch a.kind {
		case String, Bytes:
			result = cmp.Compare(a.s, b.s)
		case Bool, Duration:
			result = cmp.Compare(a.n, b.n)
		case Timestamp:
			result = cmp.Or(cmp.Compare(a.n, b.n), cmp.Compare(a.nanos, b.nanos))
		default:
			return noOverload(n, a, b)
		}
	}
	switch n.op {
	case opLess:
		return boolValue(result < 0)
	case opLessEqual:
		return boolValue(result <= 0)
	case opGreater:
		return boolValue(result > 0)
	}
	return boolValue(result >= 0)
}

func (v value) isNumber() bool { return v.kind == Int || v.kind == Uint || v.kind == Double }

func (s *state) in(n *node, a, b value) value {
	switch b.kind {
	case List:
		for i, it := 0, s.items(b); i < it.n; i++ {
			if s.equal(a, it.at(i)) {
				return boolValue(true)
			}
			if s.fatal != nil {
				break
			}
		}
		return boolValue(false)
	case Map:
		_, ok := s.lookup(b, a)
		return boolValue(ok)
	}
	return noOverload(n, a, b)
}

func (s *state) index(n *node, a, b value) value {
	switch a.kind {
	case List:
		at, ok := b.key()
		if !ok || at.kind != Int && at.kind != Uint {
			return noOverload(n, a, b)
		}
		it := s.items(a)
		if at.kind == Uint || at.n < 0 || at.n >= int64(it.n) {
			return fail(n, "the index is out of range: the list has %d elements", it.n)
		}
		return it.at(int(at.n))
	case Map:
		if v, ok := s.lookup(a, b); ok {
			return v
		}
		if b.kind == String {
			return noKey(n.args[1], b.s)
		}
		return noKey(n.args[1], "a "+b.kind.String())
	}
	return noOverload(n, a, b)
}

// over evaluates the range of a macro.
func (s *state) over(n *node) (items, value) {
	v := s.eval(n.args[0])
	switch v.kind {
	case failed:
		return items{}, v
	case List, Map:
		return s.items(v), value{}
	}
	return items{}, fail(n.args[0], "no such overload: there are no elements in a %s", v.kind)
}

// quantify is all() and exists(): && and || of the conditions for each element.
func (s *state) quantify(n *node) value {
	it, wrong := s.over(n)
	if wrong.kind == failed {
		return wrong
	}
	decides := int64(0)
	if n.op == opExists {
		decides = 1
	}
	result := value{kind: Bool, n: 1 - decides}
	for i := range it.n {
		s.slots[n.slot] = it.at(i)
		v := s.eval(n.args[1])
		switch {
		case s.fatal != nil:
			return value{kind: failed, x: s.fatal}
		case v.kind == Bool && v.n == decides:
			return v
		case v.kind == Bool || result.kind == failed:
		case v.kind == failed:
			result = v
		default:
			result = fail(n.args[1], "no such overload: a condition is a bool, not a %s", v.kind)
		}
	}
	return result
}

// holds is the value of a condition of a macro.
func (s *state) holds(cond *node) (bool, value) {
	v := s.eval(cond)
	switch v.kind {
	case Bool:
		return v.n != 0, value{}
	case failed:
		return false, v
	}
	return false, fail(cond, "no such overload: a condition is a bool, not a %s", v.kind)
}

func (s *state) existsOne(n *node) value {
	it, wrong := s.over(n)
	if wrong.kind == failed {
		return wrong
	}
	count := 0
	for i := range it.n {
		s.slots[n.slot] = it.at(i)
		yes, wrong := s.holds(n.args[1])
		if wrong.kind == failed {
			return wrong
		}
		if yes {
			count++
		}
	}
	return boolValue(count == 1)
}

// transform is map() and filter().
func (s *state) transform(n *node) value {
	it, wrong := s.over(n)
	if wrong.kind == failed {
		return wrong
	}
	var list []value
	for i := range it.n {
		item := it.at(i)
		s.slots[n.slot] = item
		if n.op != opTransform {
			yes, wrong := s.holds(n.args[1])
			if wrong.kind == failed {
				return wrong
			}
			if !yes {
				continue
			}
		}
		if n.op != opFilter {
			if item = s.eval(n.args[len(n.args)-1]); item.kind == failed {
				return item
			}
		}
		s.spend(4)
		list = append(list, item)
	}
	return listValue(list)
}
