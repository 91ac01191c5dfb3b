package cel

import (
	"math"
	"math/bits"
	"time"
)

// Timestamps are within the years 1 to 9999, see the language definition.
const (
	minUnix = -62135596800 // 0001-01-01T00:00:00Z
	maxUnix = 253402300799 // 9999-12-31T23:59:59Z
)

// operators are the ways to use an operator.
func operators(o op) []overload {
	of := func(result *Type, args ...*Type) overload { return overload{args: args, result: result} }
	numbers := []overload{of(intType, intType, intType), of(uintType, uintType, uintType), of(doubleType, doubleType, doubleType)}
	switch o {
	case opNegate:
		return []overload{of(intType, intType), of(doubleType, doubleType)}
	case opAdd:
		return append(numbers,
			of(stringType, stringType, stringType), of(bytesType, bytesType, bytesType), of(listOfA, listOfA, listOfA),
			of(durationType, durationType, durationType), of(timestampType, timestampType, durationType), of(timestampType, durationType, timestampType))
	case opSubtract:
		return append(numbers,
			of(durationType, durationType, durationType), of(timestampType, timestampType, durationType), of(durationType, timestampType, timestampType))
	case opMultiply, opDivide:
		return numbers
	case opModulo:
		return numbers[:2]
	case opEqual, opNotEqual:
		return []overload{of(boolType, paramA, paramA)}
	case opIn:
		return []overload{of(boolType, paramA, listOfA), of(boolType, paramA, mapOfAB)}
	case opIndex:
		return []overload{of(paramA, listOfA, intType), of(paramB, mapOfAB, paramA)}
	}
	var all []overload
	for _, t := range []*Type{boolType, stringType, bytesType, timestampType, durationType} {
		all = append(all, of(boolType, t, t))
	}
	for _, t := range []*Type{intType, uintType, doubleType} {
		all = append(all, of(boolType, t, intType), of(boolType, t, uintType), of(boolType, t, doubleType))
	}
	return all
}

func overflow(n *node, k Kind) value {
	return fail(n, "the result of %s is out of the range of %s", n.name, &Type{kind: k})
}

func negate(n *node, v value) value {
	switch {
	case v.kind == Int && v.n == math.MinInt64:
		return overflow(n, Int)
	case v.kind == Int:
		return intValue(-v.n)
	case v.kind == Double:
		return doubleValue(-v.double())
	}
	return noOverload(n, v)
}

// arithmetic is + - * / and %.
func (s *state) arithmetic(n *node, a, b value) value {
	switch {
	case a.kind == Int && b.kind == Int:
		return arithInt(n, a.n, b.n)
	case a.kind == Uint && b.kind == Uint:
		return arithUint(n, a.uint(), b.uint())
	case a.kind == Double && b.kind == Double:
		return arithDouble(n, a, b)
	case a.kind == Duration && b.kind == Duration && (n.op == opAdd || n.op == opSubtract):
		v := arithInt(n, a.n, b.n)
		if v.kind == Int {
			return value{kind: Duration, n: v.n}
		}
		return overflow(n, Duration)
	case a.kind == Timestamp && b.kind == Duration && n.op == opAdd:
		return addTime(n, a, b.n)
	case a.kind == Duration && b.kind == Timestamp && n.op == opAdd:
		return addTime(n, b, a.n)
	case a.kind == Timestamp && b.kind == Duration && n.op == opSubtract:
		if b.n == math.MinInt64 {
			return overflow(n, Timestamp)
		}
		return addTime(n, a, -b.n)
	case a.kind == Timestamp && b.kind == Timestamp && n.op == opSubtract:
		return subtractTimes(n, a, b)
	case n.op == opAdd && a.kind == b.kind && (a.kind == String || a.kind == Bytes):
		if !s.spend((len(a.s) + len(b.s)) / 8) {
			return a // the end is near, and the memory is not spent
		}
		return value{kind: a.kind, s: a.s + b.s}
	case n.op == opAdd && a.kind == List && b.kind == List:
		return s.concat(a, b)
	}
	return noOverload(n, a, b)
}

func arithInt(n *node, a, b int64) value {
	switch n.op {
	case opAdd:
		if sum := a + b; (sum > a) == (b > 0) {
			return intValue(sum)
		}
	case opSubtract:
		if diff := a - b; (diff < a) == (b > 0) {
			return intValue(diff)
		}
	case opMultiply:
		if a == 0 || b == 0 {
			return intValue(0)
		}
		if p := a * b; p/b == a && (a != -1 || b != math.MinInt64) && (b != -1 || a != math.MinInt64) {
			return intValue(p)
		}
	default:
		if b == 0 {
			return fail(n, "a division by zero")
		}
		if a == math.MinInt64 && b == -1 {
			break
		}
		if n.op == opDivide {
			return intValue(a / b)
		}
		return intValue(a % b)
	}
	return overflow(n, Int)
}

func arithUint(n *node, a, b uint64) value {
	switch n.op {
	case opAdd:
		if sum, carry := bits.Add64(a, b, 0); carry == 0 {
			return uintValue(sum)
		}
	case opSubtract:
		if a >= b {
			return uintValue(a - b)
		}
	case opMultiply:
		if high, low := bits.Mul64(a, b); high == 0 {
			return uintValue(low)
		}
	default:
		if b == 0 {
			return fail(n, "a division by zero")
		}
		if n.op == opDivide {
			return uintValue(a / b)
		}
		return uintValue(a % b)
	}
	return overflow(n, Uint)
}

func arithDouble(n *node, a, b value) value {
	x, y := a.double(), b.double()
	switch n.op {
	case opAdd:
		return doubleValue(x + y)
	case opSubtract:
		return doubleValue(x - y)
	case opMultiply:
		return doubleValue(x * y)
	case opDivide:
		return doubleValue(x / y)
	}
	return noOverload(n, a, b)
}

func addTime(n *node, t value, nanos int64) value {
	seconds, rest := t.n+nanos/int64(time.Second), int64(t.nanos)+nanos%int64(time.Second)
	switch {
	case rest < 0:
		seconds, rest = seconds-1, rest+int64(time.Second)
	case rest >= int64(time.Second):
		seconds, rest = seconds+1, rest-int64(time.Second)
	}
	if seconds < minUnix || seconds > maxUnix {
		return overflow(n, Timestamp)
	}
	return value{kind: Timestamp, n: seconds, nanos: int32(rest)}
}

func subtractTimes(n *node, a, b value) value {
	seconds, nanos := a.n-b.n, int64(a.nanos-b.nanos)
	if high, low := bits.Mul64(uint64(max(seconds, -seconds)), uint64(time.Second)); high != 0 || low > math.MaxInt64 {
		return overflow(n, Duration)
	}
	total := seconds * int64(time.Second)
	if sum := total + nanos; (sum > total) == (nanos > 0) || nanos == 0 {
		return value{kind: Duration, n: sum}
	}
	return overflow(n, Duration)
}

func (s *state) concat(a, b value) value {
	x, y := s.items(a), s.items(b)
	if !s.spend(4 * (x.n + y.n)) {
		return a
	}
	list := make([]value, 0, x.n+y.n)
	for i := range x.n {
		list = append(list, x.at(i))
	}
	for i := range y.n {
		list = append(list, y.at(i))
	}
	return listValue(list)
}
