package cel

import (
	"cmp"
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"
)

// value is a value of CEL. It is small enough to be handed around by itself, so
// that numbers and texts need no memory of their own.
//
// Lists and maps stand in x: those of literals and macros as *[]value and
// *mapping, those of Go as pointers to what g describes.
type value struct {
	kind  Kind
	nanos int32  // of a timestamp, beyond the seconds
	n     int64  // the bool, the int, the bits of a uint or double, the nanoseconds of a duration, the Unix seconds of a timestamp, the Kind
	s     string // the string or the bytes
	x     any
	g     *goType
}

// mapping is a map that an expression has made.
type mapping struct {
	keys, values []value
	index        map[mapKey]int
}

// mapKey is a key: equal numbers are one, whatever their type.
type mapKey struct {
	kind Kind
	n    int64
	s    string
}

// failure is an error of an evaluation. It is made often, and told seldom: || and
// all() go on past it.
type failure struct {
	at      *node
	reason  error
	message string
}

func boolValue(b bool) value {
	if b {
		return value{kind: Bool, n: 1}
	}
	return value{kind: Bool}
}

func intValue(i int64) value      { return value{kind: Int, n: i} }
func uintValue(u uint64) value    { return value{kind: Uint, n: int64(u)} }
func stringValue(s string) value  { return value{kind: String, s: s} }
func doubleValue(f float64) value { return value{kind: Double, n: int64(math.Float64bits(f))} }
func listValue(l []value) value   { return value{kind: List, x: &l} }
func timeValue(t time.Time) value {
	return value{kind: Timestamp, n: t.Unix(), nanos: int32(t.Nanosecond())}
}

func (v value) uint() uint64    { return uint64(v.n) }
func (v value) double() float64 { return math.Float64frombits(uint64(v.n)) }
func (v value) time() time.Time { return time.Unix(v.n, int64(v.nanos)).UTC() }

// global is the value of a variable, which must be of the type that was declared,
// or a pointer to one.
func (s *state) global(g global, given any) (value, error) {
	rv := reflect.ValueOf(given)
	t := g.typ
	switch {
	case t.how == fromAny:
		return s.convert(reflect.ValueOf(&given).Elem(), t), nil
	case !rv.IsValid():
		return value{}, fmt.Errorf("the variable %s has no value", g.name)
	case rv.Type() == t.rt:
		return s.convert(rv, t), nil
	case rv.Type() == reflect.PointerTo(t.rt) && !rv.IsNil():
		return s.convert(rv.Elem(), t), nil
	}
	return value{}, fmt.Errorf("the variable %s is of type %T, and must be of %s", g.name, given, t.rt)
}

// convert makes a value of a Go value. Lists, maps and structs stay where they
// are; one that has no address is copied, but not what is in it.
func (s *state) convert(rv reflect.Value, g *goType) value {
	switch g.how {
	case fromBool:
		return boolValue(rv.Bool())
	case fromInt:
		return intValue(rv.Int())
	case fromSmallUint:
		return intValue(int64(rv.Uint()))
	case fromUint:
		return uintValue(rv.Uint())
	case fromFloat:
		return doubleValue(rv.Float())
	case fromString:
		return stringValue(rv.String())
	case fromBytes:
		s.spend(rv.Len() / 8)
		return value{kind: Bytes, s: string(rv.Bytes())}
	case fromTime:
		if rv.CanAddr() {
			return timeValue(*rv.Addr().Interface().(*time.Time))
		}
		return timeValue(rv.Interface().(time.Time))
	case fromDuration:
		return value{kind: Duration, n: rv.Int()}
	case fromText:
		text, err := rv.Interface().(encoding.TextMarshaler).MarshalText()
		if err != nil {
			return value{kind: failed, x: &failure{at: s.program.root, reason: ErrEval, message: err.Error()}}
		}
		return stringValue(string(text))
	case fromPointer:
		if rv.IsNil() {
			return value{kind: Null}
		}
		return s.convert(rv.Elem(), g.elem)
	case fromAny:
		if rv.IsNil() {
			return value{kind: Null}
		}
		inner, err := s.program.types.of(rv.Elem().Type())
		if err != nil {
			return value{kind: failed, x: &failure{at: s.program.root, reason: ErrEval, message: err.Error()}}
		}
		return s.convert(rv.Elem(), inner)
	}
	v := value{kind: List, g: g}
	if g.how != fromList {
		v.kind = Map
	}
	if rv.CanAddr() {
		v.x = rv.Addr().Interface()
	} else {
		p := reflect.New(g.rt)
		p.Elem().Set(rv)
		v.x = p.Interface()
	}
	return v
}

// goValue is what a list, map or struct of Go stands for.
func (v value) goValue() reflect.Value { return reflect.ValueOf(v.x).Elem() }

// size is the number of elements of a list or map.
func (v value) size() int {
	switch x := v.x.(type) {
	case *[]value:
		return len(*x)
	case *mapping:
		return len(x.keys)
	}
	rv := v.goValue()
	if v.g.how != fromStruct {
		return rv.Len()
	}
	n := 0
	for _, f := range v.g.typ.object.fields {
		if _, ok := f.of(rv); ok {
			n++
		}
	}
	return n
}

// items are the elements of a list, or the keys of a map: of a struct in the
// order of its fields, of a Go map sorted.
type items struct {
	s    *state
	list []value
	rv   reflect.Value // of a list of Go
	elem *goType
	n    int
}

func (s *state) items(v value) items {
	switch x := v.x.(type) {
	case *[]value:
		return items{list: *x, n: len(*x)}
	case *mapping:
		return items{list: x.keys, n: len(x.keys)}
	}
	rv := v.goValue()
	switch v.g.how {
	case fromList:
		return items{s: s, rv: rv, elem: v.g.elem, n: rv.Len()}
	case fromStruct:
		var keys []value
		for _, f := range v.g.typ.object.fields {
			if _, ok := f.of(rv); ok {
				keys = append(keys, stringValue(f.name))
			}
		}
		return items{list: keys, n: len(keys)}
	}
	s.spend(16 * rv.Len()) // they are sorted
	keys := make([]value, 0, rv.Len())
	for _, k := range rv.MapKeys() {
		keys = append(keys, stringValue(k.String()))
	}
	slices.SortFunc(keys, func(a, b value) int { return cmp.Compare(a.s, b.s) })
	return items{list: keys, n: len(keys)}
}

func (i items) at(at int) value {
	if i.elem == nil {
		return i.list[at]
	}
	return i.s.convert(i.rv.Index(at), i.elem)
}

// key normalises what a map is looked up with. ok is false for what can be no
// key.
func (v value) key() (k mapKey, ok bool) {
	switch v.kind {
	case String:
		return mapKey{kind: String, s: v.s}, true
	case Bool, Int:
		return mapKey{kind: v.kind, n: v.n}, true
	case Uint:
		if v.n < 0 {
			return mapKey{kind: Uint, n: v.n}, true
		}
		return mapKey{kind: Int, n: v.n}, true
	case Double:
		f := v.double()
		if f >= math.MinInt64 && f < 1<<63 && f == math.Trunc(f) {
			return mapKey{kind: Int, n: int64(f)}, true
		}
		if f >= 1<<63 && f < 1<<64 {
			return mapKey{kind: Uint, n: int64(uint64(f))}, true
		}
	}
	return mapKey{}, false
}

// lookup is what a map has under a key.
func (s *state) lookup(m, key value) (value, bool) {
	s.spend(len(key.s) / 64)
	if x, ok := m.x.(*mapping); ok {
		k, ok := key.key()
		if !ok {
			return value{}, false
		}
		i, ok := x.index[k]
		if !ok {
			return value{}, false
		}
		return x.values[i], true
	}
	if key.kind != String {
		return value{}, false
	}
	rv := m.goValue()
	if m.g.how == fromStruct {
		f, ok := m.g.typ.object.byName[key.s]
		if !ok {
			return value{}, false
		}
		return s.field(rv, f)
	}
	found := rv.MapIndex(reflect.ValueOf(key.s).Convert(m.g.rt.Key()))
	if !found.IsValid() {
		return value{}, false
	}
	return s.convert(found, m.g.elem), true
}

func (s *state) field(rv reflect.Value, f *field) (value, bool) {
	at, ok := f.of(rv)
	if !ok {
		return value{}, false
	}
	return s.convert(at, f.typ), true
}

// equal compares as == does. Values of different types are not equal, but
// numbers are compared by what they are worth.
func (s *state) equal(a, b value) bool {
	if !s.spend(1) {
		return false
	}
	if order, ok := compareNumbers(a, b); ok {
		return order == 0
	}
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case String, Bytes:
		s.spend(min(len(a.s), len(b.s)) / 64)
		return a.s == b.s
	case Bool, Duration, TypeOf:
		return a.n == b.n
	case Timestamp:
		return a.n == b.n && a.nanos == b.nanos
	case Null:
		return true
	case List:
		x, y := s.items(a), s.items(b)
		if x.n != y.n {
			return false
		}
		for i := range x.n {
			if !s.equal(x.at(i), y.at(i)) {
				return false
			}
		}
		return true
	case Map:
		if a.size() != b.size() {
			return false
		}
		keys := s.items(a)
		for i := range keys.n {
			key := keys.at(i)
			x, _ := s.lookup(a, key)
			y, ok := s.lookup(b, key)
			if !ok || !s.equal(x, y) {
				return false
			}
		}
		return true
	}
	return false // NaN, and what is no value
}

// compareNumbers orders numbers of all three types by what they are worth. ok is
// false where one is no number, or not a number.
func compareNumbers(a, b value) (order int, ok bool) {
	switch {
	case a.kind == Int && b.kind == Int:
		return cmp.Compare(a.n, b.n), true
	case a.kind == Uint && b.kind == Uint:
		return cmp.Compare(a.uint(), b.uint()), true
	case a.kind == Double && b.kind == Double:
		x, y := a.double(), b.double()
		return cmp.Compare(x, y), x == x && y == y
	case a.kind == Int && b.kind == Uint:
		if a.n < 0 || b.n < 0 {
			return -1, true
		}
		return cmp.Compare(a.n, b.n), true
	case a.kind == Int && b.kind == Double:
		f := b.double()
		switch {
		case f != f:
			return 0, false
		case f < math.MinInt64:
			return 1, true
		case f >= 1<<63:
			return -1, true
		}
		return compareWhole(cmp.Compare(a.n, int64(f)), f)
	case a.kind == Uint && b.kind == Double:
		f := b.double()
		switch {
		case f != f:
			return 0, false
		case f < 0:
			return 1, true
		case f >= 1<<64:
			return -1, true
		}
		return compareWhole(cmp.Compare(a.uint(), uint64(f)), f)
	case b.kind == Int && a.kind == Uint, (b.kind == Int || b.kind == Uint) && a.kind == Double:
		order, ok = compareNumbers(b, a)
		return -order, ok
	}
	return 0, false
}

// compareWhole corrects the comparison with the whole part of a double by what
// is behind its point.
func compareWhole(order int, f float64) (int, bool) {
	if order == 0 {
		order = cmp.Compare(0, f-math.Trunc(f))
	}
	return order, true
}

// isNaN tells whether a value is not a number, which nothing is less than.
func (v value) isNaN() bool { return v.kind == Double && v.double() != v.double() }

// export makes a value one of Go.
func (s *state) export(v value) (any, error) {
	// A list may stand in another many times, and is made each time.
	if !s.spend(4) {
		v = value{kind: failed, x: s.fatal}
	}
	switch v.kind {
	case Null:
		return nil, nil
	case Bool:
		return v.n != 0, nil
	case Int:
		return v.n, nil
	case Uint:
		return v.uint(), nil
	case Double:
		return v.double(), nil
	case String:
		return v.s, nil
	case Bytes:
		return []byte(v.s), nil
	case Timestamp:
		return v.time(), nil
	case Duration:
		return time.Duration(v.n), nil
	case TypeOf:
		return Kind(v.n), nil
	case List:
		list := []any{}
		for i, it := 0, s.items(v); i < it.n; i++ {
			item, err := s.export(it.at(i))
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		return list, nil
	case Map:
		return s.exportMap(v)
	}
	f := v.x.(*failure)
	return nil, s.program.error(f.at, f.reason, f.message)
}

func (s *state) exportMap(v value) (any, error) {
	texts, all := map[string]any{}, map[any]any{}
	for i, it := 0, s.items(v); i < it.n; i++ {
		key := it.at(i)
		item, _ := s.lookup(v, key)
		k, err := s.export(key)
		if err != nil {
			return nil, err
		}
		out, err := s.export(item)
		if err != nil {
			return nil, err
		}
		all[k] = out
		if key.kind == String {
			texts[key.s] = out
		}
	}
	if len(texts) == len(all) {
		return texts, nil
	}
	return all, nil
}
