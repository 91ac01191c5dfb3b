package cel_test

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// writer makes expressions by chance. Most are well typed: wrong decides how
// often one is not.
type writer struct {
	*rand.Rand
	wrong float64
	names []string // of the elements of macros around, all of them ints
}

func (w *writer) pick(of ...string) string { return of[w.IntN(len(of))] }

// expr is an expression of the type, no deeper than that.
func (w *writer) expr(kind string, depth int) string {
	if w.Float64() < w.wrong {
		kind = w.pick("bool", "int", "uint", "double", "string", "bytes", "ints", "strings", "map", "dyn", "time", "duration", "type", "null")
	}
	if depth == 0 {
		return w.leaf(kind)
	}
	// Patterns, in which each letter in braces is an expression of that type.
	var forms []string
	switch kind {
	case "bool":
		forms = []string{
			"!{b}", "{b} && {b}", "{b} || {b}", "{i} == {i}", "{i} != {n}", "{i} < {u}", "{d} >= {i}", "{s} < {s}", "{s} == {s}",
			"{y} == {y}", "{i} in {I}", "{s} in {S}", "{s} in {m}", "{x} == {i}", "{x} == {x}", "{I} == {I}", "{m} == {m}",
			"{I}.all({e}, {b})", "{I}.exists({e}, {b})", "{I}.exists_one({e}, {b})", "{s}.contains({s})", "{s}.startsWith({s})",
			"{s}.matches({s})", "{t} < {t}", "{l} > {l}", "{T} == {T}", "has({x}.name)", "has({m}.one)", "bool({s})", "{b} ? {b} : {b}",
			"{x}", "{u} <= {d}", "{b} == {b}", "{n} == {n}", "{y} < {y}", "{t} == {t}",
		}
	case "int":
		forms = []string{
			"{i} + {i}", "{i} - {i}", "{i} * {i}", "{i} / {i}", "{i} % {i}", "-({i})", "size({s})", "size({I})", "{m}.size()", "{I}[{i}]",
			"{m}[{s}]", "{m}.one", "int({u})", "int({d})", "int({s})", "int({l})", "int({t})", "{b} ? {i} : {i}", "{t}.getHours()",
			"{t}.getDate('Asia/Tokyo')", "{l}.getMinutes()", "{s}.indexOf({s})", "{s}.lastIndexOf({s}, {i})", "{y}.size()", "{x}",
		}
	case "uint":
		forms = []string{"{u} + {u}", "{u} - {u}", "{u} * {u}", "{u} / {u}", "{u} % {u}", "uint({i})", "uint({d})", "{b} ? {u} : {u}"}
	case "double":
		forms = []string{"{d} + {d}", "{d} - {d}", "{d} * {d}", "{d} / {d}", "-({d})", "double({i})", "double({u})", "double({s})"}
	case "string":
		forms = []string{
			"{s} + {s}", "{b} ? {s} : {s}", "string({i})", "string({u})", "string({d})", "string({b})", "string({y})", "string({t})", "string({l})",
			"{S}[{i}]", "{s}.lowerAscii()", "{s}.upperAscii()", "{s}.trim()", "{S}.join({s})", "{S}.join()", "{s}.replace({s}, {s})",
			"{s}.substring({i})", "{s}.substring({i}, {i})", "{s}.charAt({i})", "{x}.name",
		}
	case "bytes":
		forms = []string{"{y} + {y}", "bytes({s})"}
	case "ints":
		forms = []string{
			"[{i}, {i}]", "[{i}]", "{I} + {I}", "{I}.map({e}, {i})", "{I}.filter({e}, {b})", "{I}.map({e}, {b}, {i})", "{b} ? {I} : {I}", "{S}.map(q, size(q))",
			"{{s}: {i}}.map(k, {i})",
		}
	case "strings":
		forms = []string{"[{s}, {s}]", "{S} + {S}", "{s}.split({s})", "{{s}: {i}}.filter(k, {b})", "{I}.map({e}, {s})", "{s}.split({s}, {i})"}
	case "map":
		forms = []string{"{'one': {i}, 'k': {i}}", "{{s}: {i}}", "{b} ? {m} : {m}"}
	case "dyn":
		forms = []string{"dyn({i})", "dyn({s})", "dyn({d})", "[{i}, {s}, {n}][{i}]", "{x}.deep", "{x}.list[{i}]", "{x}['name']", "dyn({I})", "dyn({m})", "{x} + {x}", "{x} + {i}", "{I}.map({e}, {x})"}
	case "time":
		forms = []string{"{t} + {l}", "{t} - {l}", "{l} + {t}", "timestamp({i})", "timestamp({s})"}
	case "duration":
		forms = []string{"{t} - {t}", "{l} + {l}", "{l} - {l}", "duration({s})"}
	case "type":
		forms = []string{"type({i})", "type({x})", "type({I})", "type({T})"}
	default:
		return w.leaf(kind)
	}
	return w.fill(w.pick(forms...), depth-1)
}

func (w *writer) fill(form string, depth int) string {
	kinds := map[byte]string{
		'b': "bool", 'i': "int", 'u': "uint", 'd': "double", 's': "string", 'y': "bytes", 'I': "ints", 'S': "strings",
		'm': "map", 'x': "dyn", 't': "time", 'l': "duration", 'T': "type", 'n': "null",
	}
	var b strings.Builder
	named := false
	for i := 0; i < len(form); i++ {
		if i+2 >= len(form) || form[i] != '{' || form[i+2] != '}' || i > 0 && form[i-1] == '`' {
			b.WriteByte(form[i])
			continue
		}
		i += 2
		letter := form[i-1]
		if letter == 'e' {
			name := w.pick("e", "f", "i")
			w.names, named = append(w.names, name), true
			b.WriteString(name)
			continue
		}
		part := w.expr(kinds[letter], depth)
		if strings.ContainsAny(part, " ?-") && w.IntN(8) > 0 {
			part = "(" + part + ")"
		}
		b.WriteString(part)
	}
	if named {
		w.names = w.names[:len(w.names)-1]
	}
	return b.String()
}

func (w *writer) leaf(kind string) string {
	switch kind {
	case "bool":
		return w.pick("true", "false", "b")
	case "int":
		return w.pick(append([]string{"0", "1", "2", "-1", "5", "i", "li[1]", "9223372036854775807", "-9223372036854775808"}, w.names...)...)
	case "uint":
		return w.pick("0u", "1u", "u", "18446744073709551615u")
	case "double":
		return w.pick("0.0", "1.0", "-1.5", "d", "1e300", "9223372036854775808.0")
	case "string":
		return w.pick("''", "'a'", "'Grüße'", "s", "'1'", "'one'", "'a.*'", "'2020-02-29T12:00:00Z'", "'90s'", "ls[0]", "'true'", "'['")
	case "bytes":
		return w.pick("b''", "b'a'", "by")
	case "ints":
		return w.pick("[]", "[1, 2]", "li", "[0]")
	case "strings":
		return w.pick("[]", "['a']", "ls")
	case "map":
		return w.pick("{}", "{'one': 1}", "m")
	case "dyn":
		return w.pick("x", "none", "dyn(1)", "x.list", "dyn('a')", "dyn(true)", "x.deep", "dyn(2.0)")
	case "time":
		return w.pick("ts", "timestamp('2020-02-29T12:00:00.5Z')", "timestamp(0)")
	case "duration":
		return w.pick("du", "duration('1h')", "duration('-1.5s')")
	case "type":
		return w.pick("int", "string", "list", "map", "google.protobuf.Timestamp")
	}
	return "null"
}

// quirk tells expressions on which the two are known to differ: for the reasons
// of TestStricterThanJudge, or because the judge narrows the type of an empty
// list, and of what is looked up in a dyn, by the first use of it, and looks at
// literal keys once more when it plans the evaluation.
func quirk(source string, ours, theirs verdict) bool {
	for _, v := range []verdict{ours, theirs} {
		for _, text := range []string{"twice", "the key of a map", "has no fields", "invalid qualifier type"} {
			if v.err != nil && strings.Contains(v.err.Error(), text) {
				return true
			}
		}
	}
	narrowed := strings.Contains(source, "[]") || strings.Contains(source, "{}") || strings.Contains(source, "['name']")
	return narrowed && theirs.stage == "check" && ours.stage != "check"
}

func TestGeneratedAgainstJudge(t *testing.T) {
	c := newCourt(t)
	w := &writer{Rand: rand.New(rand.NewPCG(7, 7))}
	counts := map[string]int{}
	for i := range 6000 {
		w.wrong = []float64{0, 0, 0.02, 0.2}[i%4]
		source := w.expr(w.pick("bool", "bool", "int", "uint", "double", "string", "bytes", "ints", "strings", "map", "dyn", "time", "duration"), 1+i%4)
		got := c.ask(source)
		counts[got.stage]++
		if quirk(source, got, c.askJudge(source)) {
			counts["quirk"]++
			continue
		}
		c.compare(t, source)
	}
	if counts["quirk"] > 120 {
		t.Errorf("%d expressions are left out", counts["quirk"])
	}
	for _, stage := range []string{"", "eval", "check"} {
		if counts[stage] < 600 {
			t.Errorf("only %d expressions end at %q", counts[stage], stage)
		}
	}
}
