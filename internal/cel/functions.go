package cel

import (
	"fmt"
	"math"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// function is a function of the standard library or of the extension for
// strings. All its overloads are one piece of code, which looks at the kinds of
// the values: where the checker knows less, so does it.
type function struct {
	run       func(s *state, n *node, args []value) value
	overloads []overload
}

// standard are the functions by their names.
func standard() map[string]*function {
	call := func(result *Type, args ...*Type) overload { return overload{args: args, result: result} }
	on := func(result *Type, args ...*Type) overload { return overload{member: true, args: args, result: result} }
	fn := func(run func(*state, *node, []value) value, o ...overload) *function { return &function{run, o} }
	from := func(result *Type, kinds ...*Type) []overload {
		var o []overload
		for _, k := range kinds {
			o = append(o, call(result, k))
		}
		return o
	}
	texts := func(test func(s, sub string) bool) *function {
		return fn(func(s *state, n *node, a []value) value {
			if a[0].kind != String || a[1].kind != String {
				return noOverload(n, a...)
			}
			s.spend(len(a[0].s) / 64)
			return boolValue(test(a[0].s, a[1].s))
		}, on(boolType, stringType, stringType))
	}
	size := fn(size)
	for _, t := range []*Type{stringType, bytesType, listOfA, mapOfAB} {
		size.overloads = append(size.overloads, call(intType, t), on(intType, t))
	}
	functions := map[string]*function{
		"size":       size,
		"contains":   texts(strings.Contains),
		"startsWith": texts(strings.HasPrefix),
		"endsWith":   texts(strings.HasSuffix),
		"matches":    fn(matches, call(boolType, stringType, stringType), on(boolType, stringType, stringType)),

		"dyn":       fn(func(_ *state, _ *node, a []value) value { return a[0] }, call(dynType, paramA)),
		"type":      fn(func(_ *state, _ *node, a []value) value { return value{kind: TypeOf, n: int64(a[0].kind)} }, call(typeType, paramA)),
		"bool":      fn(toBool, from(boolType, boolType, stringType)...),
		"bytes":     fn(toBytes, from(bytesType, bytesType, stringType)...),
		"double":    fn(toDouble, from(doubleType, doubleType, intType, uintType, stringType)...),
		"int":       fn(toInt, from(intType, intType, uintType, doubleType, stringType, timestampType, durationType)...),
		"uint":      fn(toUint, from(uintType, uintType, intType, doubleType, stringType)...),
		"string":    fn(toString, from(stringType, stringType, boolType, intType, uintType, doubleType, bytesType, timestampType, durationType)...),
		"timestamp": fn(toTimestamp, from(timestampType, timestampType, stringType, intType)...),
		"duration":  fn(toDuration, from(durationType, durationType, stringType)...),
	}
	for name, part := range timeParts() {
		o := []overload{on(intType, timestampType), on(intType, timestampType, stringType)}
		if part.ofDuration != nil {
			o = append(o, on(intType, durationType))
		}
		functions[name] = fn(part.run, o...)
	}
	text := func(run func(*state, *node, []value) value, result *Type, args ...*Type) *function {
		return fn(kinds(run), on(result, append([]*Type{stringType}, args...)...))
	}
	optional := func(f *function, more *Type) *function {
		first := f.overloads[0]
		f.overloads = append(f.overloads, on(first.result, append(append([]*Type{}, first.args...), more)...))
		return f
	}
	functions["lowerAscii"] = text(lowerASCII, stringType)
	functions["upperAscii"] = text(upperASCII, stringType)
	functions["trim"] = text(trim, stringType)
	functions["charAt"] = text(charAt, stringType, intType)
	functions["indexOf"] = optional(text(indexOf, intType, stringType), intType)
	functions["lastIndexOf"] = optional(text(lastIndexOf, intType, stringType), intType)
	functions["substring"] = optional(text(substring, stringType, intType), intType)
	functions["replace"] = optional(text(replace, stringType, stringType, stringType), intType)
	functions["split"] = optional(text(split, listOf(stringType), stringType), intType)
	functions["join"] = fn(joinTexts, on(stringType, listOf(stringType)), on(stringType, listOf(stringType), stringType))
	return functions
}

// kinds looks at the arguments for a function whose overloads differ in their
// number alone.
func kinds(run func(*state, *node, []value) value) func(*state, *node, []value) value {
	return func(s *state, n *node, args []value) value {
		for _, o := range n.fn.overloads {
			if len(o.args) != len(args) {
				continue
			}
			for i, a := range args {
				if a.kind != o.args[i].kind {
					return noOverload(n, args...)
				}
			}
		}
		return run(s, n, args)
	}
}

func size(s *state, n *node, a []value) value {
	switch v := a[0]; v.kind {
	case String:
		s.spend(len(v.s) / 64)
		return intValue(int64(utf8.RuneCountInString(v.s)))
	case Bytes:
		return intValue(int64(len(v.s)))
	case List, Map:
		return intValue(int64(v.size()))
	}
	return noOverload(n, a...)
}

// pattern is a regular expression and the number of its instructions: each byte
// may be held against each.
type pattern struct {
	*regexp.Regexp
	size int
}

func compile(text string) (*pattern, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	return &pattern{re, len(program.Inst)}, nil
}

func matches(s *state, n *node, a []value) value {
	if a[0].kind != String || a[1].kind != String {
		return noOverload(n, a...)
	}
	p, ok := n.static.(*pattern)
	if !ok {
		if !s.spend(100 + 10*len(a[1].s)) {
			return boolValue(false)
		}
		var err error
		if p, err = compile(a[1].s); err != nil {
			return fail(n, "%v", err)
		}
		s.spend(10 * p.size)
	}
	if !s.spend(1 + len(a[0].s)*p.size/16) {
		return boolValue(false)
	}
	return boolValue(p.MatchString(a[0].s))
}

// fold does before the evaluation what a literal argument allows, and returns
// what is wrong with it.
func (n *node) fold() string {
	last := n.args[len(n.args)-1]
	if last.op != opLiteral {
		return ""
	}
	switch {
	case n.name == "timestamp" || n.name == "duration":
		v := n.fn.run(nil, n, []value{last.value})
		if v.kind == failed {
			return v.x.(*failure).message
		}
		*n = node{op: opLiteral, pos: n.pos, typ: n.typ, value: v}
	case last.value.kind != String:
	case n.name == "matches":
		p, err := compile(last.value.s)
		if err != nil {
			return err.Error()
		}
		n.static = p
	case len(n.args) == 2 && strings.HasPrefix(n.name, "get"):
		zone, err := loadZone(last.value.s)
		if err != nil {
			return err.Error()
		}
		n.static = zone
	}
	return ""
}

func toBool(_ *state, n *node, a []value) value {
	switch a[0].kind {
	case Bool:
		return a[0]
	case String:
		if b, err := strconv.ParseBool(a[0].s); err == nil {
			return boolValue(b)
		}
	}
	return noConversion(n, a[0])
}

// noConversion is the error for a value that is none of the wanted type, and
// could be.
func noConversion(n *node, v value) value {
	if v.kind == String {
		return fail(n, "%.80q is no %s", v.s, n.name)
	}
	for _, o := range n.fn.overloads {
		if o.args[0].kind == v.kind {
			return fail(n, "the %s is out of the range of %s", &Type{kind: v.kind}, n.name)
		}
	}
	return noOverload(n, v)
}

func toBytes(_ *state, n *node, a []value) value {
	switch a[0].kind {
	case Bytes, String:
		return value{kind: Bytes, s: a[0].s}
	}
	return noConversion(n, a[0])
}

func toDouble(s *state, n *node, a []value) value {
	switch v := a[0]; v.kind {
	case Double:
		return v
	case Int:
		return doubleValue(float64(v.n))
	case Uint:
		return doubleValue(float64(v.uint()))
	case String:
		s.spend(len(v.s) / 8)
		if f, err := strconv.ParseFloat(v.s, 64); err == nil {
			return doubleValue(f)
		}
	}
	return noConversion(n, a[0])
}

func toInt(_ *state, n *node, a []value) value {
	switch v := a[0]; v.kind {
	case Int, Timestamp, Duration:
		return intValue(v.n)
	case Uint:
		if v.n >= 0 {
			return intValue(v.n)
		}
	case Double:
		// The lowest int is left out, as in the language definition: what lies
		// between it and the next double may be rounded.
		if f := v.double(); f > math.MinInt64 && f < 1<<63 {
			return intValue(int64(f))
		}
	case String:
		if i, err := strconv.ParseInt(v.s, 10, 64); err == nil {
			return intValue(i)
		}
	}
	return noConversion(n, a[0])
}

func toUint(_ *state, n *node, a []value) value {
	switch v := a[0]; v.kind {
	case Uint:
		return v
	case Int:
		if v.n >= 0 {
			return uintValue(uint64(v.n))
		}
	case Double:
		if f := v.double(); f >= 0 && f < 1<<64 {
			return uintValue(uint64(f))
		}
	case String:
		if u, err := strconv.ParseUint(v.s, 10, 64); err == nil {
			return uintValue(u)
		}
	}
	return noConversion(n, a[0])
}

func toString(s *state, n *node, a []value) value {
	switch v := a[0]; v.kind {
	case String:
		return v
	case Bool:
		return stringValue(strconv.FormatBool(v.n != 0))
	case Int:
		return stringValue(strconv.FormatInt(v.n, 10))
	case Uint:
		return stringValue(strconv.FormatUint(v.uint(), 10))
	case Double:
		return stringValue(strconv.FormatFloat(v.double(), 'g', -1, 64))
	case Bytes:
		s.spend(len(v.s) / 64)
		if utf8.ValidString(v.s) {
			return stringValue(v.s)
		}
		return fail(n, "the bytes are no UTF-8")
	case Timestamp:
		return stringValue(v.time().Format(time.RFC3339Nano))
	case Duration:
		return stringValue(strconv.FormatFloat(time.Duration(v.n).Seconds(), 'f', -1, 64) + "s")
	}
	return noConversion(n, a[0])
}

func toTimestamp(_ *state, n *node, a []value) value {
	switch v := a[0]; v.kind {
	case Timestamp:
		return v
	case Int:
		if v.n >= minUnix && v.n <= maxUnix {
			return value{kind: Timestamp, n: v.n}
		}
	case String:
		if t, err := parseTime(v.s); err == nil {
			return timeValue(t)
		}
	}
	return noConversion(n, a[0])
}

func toDuration(_ *state, n *node, a []value) value {
	switch v := a[0]; v.kind {
	case Duration:
		return v
	case String:
		if d, err := time.ParseDuration(v.s); err == nil {
			return value{kind: Duration, n: int64(d)}
		}
	}
	return noConversion(n, a[0])
}

// parseTime takes what RFC 3339 allows, of which time.Parse takes more: a comma
// in front of the fraction, one digit for the hour, offsets of a hundred hours.
func parseTime(s string) (time.Time, error) {
	bad := fmt.Errorf("%q is no timestamp", s)
	if len(s) < len("2006-01-02T15:04:05Z") || strings.ContainsRune(s, ',') || s[13] != ':' {
		return time.Time{}, bad
	}
	if zone := s[len(s)-6:]; zone[0] == '+' || zone[0] == '-' {
		if zone[1:3] > "23" || zone[4:] > "59" {
			return time.Time{}, bad
		}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Unix() < minUnix || t.Unix() > maxUnix {
		return time.Time{}, bad
	}
	return t, nil
}

// timePart is a function that takes a number out of a timestamp or a duration.
type timePart struct {
	of         func(time.Time) int
	ofDuration func(time.Duration) int64
}

func timeParts() map[string]timePart {
	return map[string]timePart{
		"getFullYear":     {of: time.Time.Year},
		"getMonth":        {of: func(t time.Time) int { return int(t.Month()) - 1 }},
		"getDate":         {of: time.Time.Day},
		"getDayOfMonth":   {of: func(t time.Time) int { return t.Day() - 1 }},
		"getDayOfWeek":    {of: func(t time.Time) int { return int(t.Weekday()) }},
		"getDayOfYear":    {of: func(t time.Time) int { return t.YearDay() - 1 }},
		"getHours":        {of: time.Time.Hour, ofDuration: func(d time.Duration) int64 { return int64(d / time.Hour) }},
		"getMinutes":      {of: time.Time.Minute, ofDuration: func(d time.Duration) int64 { return int64(d / time.Minute) }},
		"getSeconds":      {of: time.Time.Second, ofDuration: func(d time.Duration) int64 { return int64(d / time.Second) }},
		"getMilliseconds": {of: func(t time.Time) int { return t.Nanosecond() / 1e6 }, ofDuration: time.Duration.Milliseconds},
	}
}

func (p timePart) run(s *state, n *node, a []value) value {
	v := a[0]
	switch {
	case v.kind == Duration && len(a) == 1 && p.ofDuration != nil:
		return intValue(p.ofDuration(time.Duration(v.n)))
	case v.kind == Timestamp && len(a) == 1:
		return intValue(int64(p.of(v.time())))
	case v.kind != Timestamp || a[1].kind != String:
		return noOverload(n, a...)
	}
	zone, ok := n.static.(*time.Location)
	if !ok {
		if !s.spend(1000) { // it may be read from a file
			return intValue(0)
		}
		var err error
		if zone, err = loadZone(a[1].s); err != nil {
			return fail(n, "%v", err)
		}
	}
	return intValue(int64(p.of(v.time().In(zone))))
}

// loadZone takes the name of a time zone, or hours and minutes such as "-08:00".
func loadZone(name string) (*time.Location, error) {
	hours, minutes, isOffset := strings.Cut(name, ":")
	if !isOffset {
		zone, err := time.LoadLocation(name)
		if err != nil {
			return nil, fmt.Errorf("%.80q is no time zone that is known here", name)
		}
		return zone, nil
	}
	h, err := strconv.Atoi(hours)
	m, err2 := strconv.Atoi(minutes)
	if err != nil || err2 != nil || h < -23 || h > 23 || m < 0 || m > 59 {
		return nil, fmt.Errorf("%.80q is no offset of a time zone, such as -08:00", name)
	}
	if hours[0] == '-' {
		m = -m
	}
	return time.FixedZone(name, (h*60+m)*60), nil
}
