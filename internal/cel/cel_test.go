package cel_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muxkey/internal/cel"
)

// store is as the facts about keystores are: structs in structs, some of which
// JSON leaves out.
type store struct {
	Path     string            `json:"path"`
	Format   format            `json:"format,omitempty"`
	Size     int               `json:"size"`
	Verified *bool             `json:"verified"`
	Layer    *layer            `json:"layer,omitempty"`
	Entries  []entry           `json:"entries"`
	Labels   map[string]string `json:"labels,omitempty"`
	Parents  []*store          `json:"parents,omitempty"`
	Extra    any               `json:"extra,omitempty"`
	Hidden   string            `json:"-"`
	hidden   string
	tail
}

type format string

type layer struct {
	Number uint8  `json:"number"`
	Digest []byte `json:"digest"`
}

type tail struct {
	Total  int64 `json:"total,omitempty"`
	Path   int   `json:"path"` // hidden by that of store
	Untold float32
}

type entry struct {
	Alias    string        `json:"alias"`
	NotAfter time.Time     `json:"notAfter,omitzero"`
	Age      time.Duration `json:"age"`
	Days     int           `json:"days,omitempty"`
	Usage    []string      `json:"usage,omitempty"`
	Level    level         `json:"level"`
}

// level has a name as its text.
type level int

func (l level) MarshalText() ([]byte, error) {
	if l < 0 {
		return nil, errors.New("a level below the ground")
	}
	return []byte(strings.Repeat("*", int(l))), nil
}

func example() *store {
	yes := true
	return &store{
		Path: "a.p12", Format: "pkcs12", Size: 1000, Verified: &yes, Layer: &layer{2, []byte("\x01\xff")},
		Labels: map[string]string{"team": "mux", "a-b": "c"},
		Entries: []entry{
			{Alias: "mux", NotAfter: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC), Age: time.Hour, Days: 40, Usage: []string{"serverAuth"}, Level: 1},
			{Alias: "root", Level: 2},
		},
		Parents: []*store{{Path: "b.p12"}, nil},
		Extra:   entry{Alias: "inside", Days: 3},
		Hidden:  "x", hidden: "y",
		tail: tail{Untold: 1.5},
	}
}

func storeEnv(t testing.TB) *cel.Env {
	t.Helper()
	env, err := cel.NewEnv(cel.Var[store]("store"), cel.Var[time.Time]("now"))
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func variables() map[string]any {
	return map[string]any{"store": example(), "now": time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
}

func TestStructs(t *testing.T) {
	env := storeEnv(t)
	for _, tt := range []struct {
		source string
		want   any // an error: the reason
	}{
		{"store.path", "a.p12"},
		{"store.format == 'pkcs12'", true},
		{"store.size + 1", int64(1001)},
		{"store.verified", true},
		{"store.parents[0].verified", nil},
		{"store.parents[0].verified == null", true},
		{"store.parents[1]", nil},
		{"store.parents[1].path", cel.ErrEval},
		{"store.parents[0].path", "b.p12"},
		{"store.parents[0].layer", cel.ErrNoKey},
		{"has(store.parents[0].layer)", false},
		{"has(store.layer)", true},
		{"store.layer.number", int64(2)},
		{"store.layer.number == 2 && store.layer.number < 3u", true},
		{"store.layer.digest", []byte("\x01\xff")},
		{"store.total", cel.ErrNoKey},
		{"has(store.total)", false},
		{"has(store.total) && store.total > 1", false},
		{"has(store.size)", true},
		{"store.Untold", 1.5},
		{"store['path']", "a.p12"},
		{"store['pa' + 'th']", "a.p12"},
		{"store['no' + 'ne']", cel.ErrNoKey},
		{"'path' in store", true},
		{"'total' in store", false},
		{"'hidden' in store", false},
		{"store.labels.team", "mux"},
		{"store.labels['a-b'] + store.labels.`a-b`", "cc"},
		{"store.labels.nope", cel.ErrNoKey},
		{"store.labels.map(k, k)", []any{"a-b", "team"}},
		{"store.labels == {'a-b': 'c', 'team': 'mux'}", true},
		{"store.entries.map(e, e.alias)", []any{"mux", "root"}},
		{"store.entries.filter(e, has(e.notAfter) && e.notAfter - now < duration('1000h')).size()", int64(1)},
		{"store.entries[0].notAfter.getFullYear('Europe/Berlin')", int64(2027)},
		{"store.entries[1].notAfter", cel.ErrNoKey},
		{"store.entries.all(e, e.days > 30)", cel.ErrNoKey},
		{"store.entries.exists(e, e.days > 30)", true},
		{"store.entries[0].age", time.Hour},
		{"store.entries[0].level + store.entries[1].level", "***"},
		{"store.extra", map[string]any{"alias": "inside", "age": time.Duration(0), "days": int64(3), "level": ""}},
		{"{1: store.layer.number, true: null}", map[any]any{int64(1): int64(2), true: nil}},
		{"store.entries[1]", map[string]any{"alias": "root", "age": time.Duration(0), "level": "**"}},
		{"size(store.entries[1])", int64(3)},
		{"store.entries[1].map(k, k)", []any{"alias", "age", "level"}},
		{"store.entries[1] == {'alias': 'root', 'age': duration('0s'), 'level': '**'}", true},
		{"store.entries[0] == store.entries[0]", true},
		{"store.entries[0] == store.entries[1]", false},
		{"store.entries == store.entries", true},
		{"store.parents[0].entries", []any{}},
		{"store.extra.alias", "inside"},
		{"store.extra.notAfter", cel.ErrNoKey},
		{"has(store.extra.days) && store.extra.days == 3", true},
		{"has(store.extra.nope)", false},
		{"type(store) == map && type(store.entries) == list", true},
		{"store.entries.exists(e, 'serverAuth' in e.usage)", true},
		{"dyn(store).path", "a.p12"},
		{"dyn(store).nope", cel.ErrNoKey},
		{"[store.entries[0], {'alias': 'lit'}].map(e, e.alias)", []any{"mux", "lit"}},
		{"(true ? store.layer : store.layer).number", int64(2)},
		{"store.layer != null && store.layer.number == 2", true},
		{"now.getMonth()", int64(10)},
	} {
		t.Run(tt.source, func(t *testing.T) {
			p, err := cel.Compile(tt.source, env, cel.Dyn)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Eval(t.Context(), variables())
			if reason, ok := tt.want.(error); ok {
				var e *cel.Error
				if !errors.Is(err, reason) || !errors.As(err, &e) {
					t.Errorf("got %v, %v, want %v", got, err, reason)
				}
				return
			}
			if err != nil || !cmp.Equal(got, tt.want) {
				t.Errorf("got %#v, %v, want %#v", got, err, tt.want)
			}
		})
	}
}

// The messages are for people who write a policy: each says where and what.
func TestMessages(t *testing.T) {
	env := storeEnv(t)
	for _, tt := range []struct{ source, message, word string }{
		{"store.pathh", "line 1, column 7: there is no field pathh in store", "pathh"},
		{"store.entries.all(e,\n  e.alais == 'x')", "line 2, column 5: there is no field alais in e", "alais"},
		{"store['pahts']", "line 1, column 7: there is no field pahts in store", "pahts"},
		{"has(store.totl)", "line 1, column 11: there is no field totl in store", "totl"},
		{"stor.path", "line 1, column 1: there is no variable stor", "stor"},
		{"store.entries.exists(entry, entri.days > 1)", "line 1, column 29: there is no variable entri", "entri"},
		{"store.path.startWith('a')", "line 1, column 12: there is no function startWith", "startWith"},
		{"store.entries.alll(e, e.days > 1)", "line 1, column 15: there is no function alll", "alll"},
		{"store.entries.all(e.days > 1)", "line 1, column 15: all() is called as list.all(x, condition)", ""},
		{"store.entries.map(e)", "line 1, column 15: map() is called as list.map(x, value) or list.map(x, condition, value)", ""},
		{"has(store)", "line 1, column 5: has() asks for a field, as in has(a.b)", ""},
		{"store.path + 1 == ''", "line 1, column 12: the operator + does not take string and int", ""},
		{"store.path == 1", "line 1, column 12: a string is never equal to an int", ""},
		{"store.path.startsWith(1)", "line 1, column 12: string.startsWith(int) is not among string.startsWith(string)", ""},
		{"startsWith(store.path, 'a')", "line 1, column 1: startsWith(string, string) is not among string.startsWith(string)", ""},
		{"store.size", "line 1, column 7: this must be a bool, and is an int", ""},
		{"store.size && true", "line 1, column 7: this must be a bool, and is an int", ""},
		{"store.path.foo == 1", "line 1, column 12: a string has no fields, and so no foo", ""},
		{"store.entries.alias == 'x'", "line 1, column 15: a list(object) has no fields, and so no alias", ""},
		{"store.entries['a'].days > 1", "line 1, column 15: the index of a list is an int, not a string", ""},
		{"store.path[0] == 'a'", "line 1, column 11: an int cannot be looked up in a string", ""},
		{"store.size.all(e, true)", "line 1, column 7: this must be a list or a map, and is an int", ""},
		{"'a' in store.path", "line 1, column 5: behind the operator in must be a list or a map, not a string", ""},
		{"store.path.matches('a(')", "line 1, column 20: error parsing regexp: missing closing ): `a(`", ""},
		{"now > timestamp('yesterday')", `line 1, column 17: "yesterday" is no timestamp`, ""},
		{"now.getHours('Nowhere') == 1", `line 1, column 14: "Nowhere" is no time zone that is known here`, ""},
		{"store.size > 1 and store.size < 3", `line 1, column 16: the expression goes on with "and", where its end or an operator is due`, ""},
		{"store.size = 1", "line 1, column 12: a single = is no operator; equal is ==", ""},
		{"store.size & 1", "line 1, column 12: a single & is no operator; there are && and ||", ""},
		{"store.path == 'a", "line 1, column 15: the text has no end", ""},
		{"store.path == 'a\n'", "line 1, column 15: the text has no end on its line; three quotes begin one of many lines", ""},
		{"'ü' == 'x' && (true", "line 1, column 20: ) is due here, and there is the end", ""},
		{"store.", "line 1, column 7: the name of a field or function is due behind the dot, and there is the end", ""},
		{"true ? 1 : 'a'", "line 1, column 6: the two outcomes are int and string", ""},
		{"store.total", "line 1, column 7: this must be a bool, and is an int", ""},
	} {
		_, err := cel.Compile(tt.source, env, cel.Bool)
		var e *cel.Error
		if !errors.As(err, &e) || !errors.Is(err, cel.ErrInvalid) {
			t.Errorf("%s: %v", tt.source, err)
			continue
		}
		if err.Error() != tt.message || e.Word != tt.word || (len(e.Words) > 0) != (tt.word != "") {
			t.Errorf("%s:\n got  %s (%s)\n want %s (%s)", tt.source, err, e.Word, tt.message, tt.word)
		}
	}
	for source, message := range map[string]string{
		"store.total > 0":                         "line 1, column 7: no such key: total in store",
		"1 / (store.size - 1000) == 0":            "line 1, column 3: a division by zero",
		"store.entries[7].days == 1":              "line 1, column 14: the index is out of range: the list has 2 elements",
		"store.entries.map(e, e.days).size() > 0": "line 1, column 24: no such key: days in e",
		"dyn(store.size)":                         "line 1, column 1: this must be a bool, and is an int",
		"timestamp(store.path) < now":             `line 1, column 1: "a.p12" is no timestamp`,
	} {
		p, err := cel.Compile(source, env, cel.Bool)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if _, err = p.Bool(t.Context(), variables()); err == nil || err.Error() != message {
			t.Errorf("%s:\n got  %v\n want %s", source, err, message)
		}
	}
}

type embedsItself struct {
	*embedsItself        //nolint:unused // by encoding/json and by what is tested
	Name          string `json:"name"`
	Deep          *embedsItself
}

type ambiguousA struct {
	One int `json:"one"`
	Two int
}

type ambiguousB struct {
	One int `json:"one"`
	Two int `json:"Two"`
}

type ambiguous struct {
	ambiguousA
	*ambiguousB
}

// Fields are those that encoding/json finds.
func TestEmbedded(t *testing.T) {
	env, err := cel.NewEnv(cel.Var[*embedsItself]("self"), cel.Var[ambiguous]("amb"))
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]any{"self": &embedsItself{Name: "x", Deep: &embedsItself{Name: "y"}}, "amb": ambiguous{ambiguousB: &ambiguousB{Two: 2}}}
	for source, want := range map[string]any{"self.name + self.Deep.name": "xy", "'one' in amb": false, "amb.Two": int64(2), "size(amb)": int64(1)} {
		p, err := cel.Compile(source, env, cel.Dyn)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got, err := p.Eval(t.Context(), vars); err != nil || got != want {
			t.Errorf("%s: %v, %v", source, got, err)
		}
	}
	if _, err := cel.Compile("amb.one", env, cel.Dyn); err == nil {
		t.Error("a name that two fields have is one")
	}
	vars["amb"] = ambiguous{}
	p, err := cel.Compile("has(amb.Two)", env, cel.Bool)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Bool(t.Context(), vars); err != nil || got {
		t.Errorf("through a nil pointer there is a field: %v, %v", got, err)
	}
}

// everything has a field of each kind, with each way to leave it out.
type everything[T any] struct {
	Always T `json:"always"`
	Empty  T `json:"empty,omitempty"`
	Zero   T `json:"zero,omitzero"`
	Both   T `json:"both,omitempty,omitzero"`
}

// isZero is never empty, and zero when it says so.
type isZero struct{ N int }

func (z isZero) IsZero() bool { return z.N < 5 }

func leavesOut[T any](t *testing.T, values ...T) {
	t.Helper()
	env, err := cel.NewEnv(cel.Var[everything[T]]("v"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := cel.Compile("v.map(k, k)", env, cel.List)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range append(values, *new(T)) {
		v := everything[T]{value, value, value, value}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(text, &fields); err != nil {
			t.Fatal(err)
		}
		var want []any
		for _, k := range []string{"always", "empty", "zero", "both"} {
			if _, ok := fields[k]; ok {
				want = append(want, k)
			}
		}
		if got, err := p.Eval(t.Context(), map[string]any{"v": v}); err != nil || !cmp.Equal(got, any(want)) {
			t.Errorf("%#v: got %v, %v, and JSON has %v", value, got, err, want)
		}
	}
}

func TestLeavesOutAsJSON(t *testing.T) {
	leavesOut(t, true)
	leavesOut(t, 1)
	leavesOut(t, uint16(1))
	leavesOut(t, 0.5)
	leavesOut(t, "x")
	leavesOut(t, []byte{}, []byte{1})
	leavesOut(t, []int{}, []int{0})
	leavesOut(t, [0]int{})
	leavesOut(t, [1]int{}, [1]int{1})
	leavesOut(t, map[string]int{}, map[string]int{"": 0})
	leavesOut(t, struct{ A int }{}, struct{ A int }{1})
	leavesOut(t, new(int))
	leavesOut(t, new(time.Time))
	leavesOut[any](t, 0, "", nil, []int(nil))
	leavesOut(t, time.Time{}, time.Unix(0, 0))
	leavesOut(t, time.Duration(1))
	leavesOut(t, isZero{}, isZero{1}, isZero{5})
	leavesOut(t, &isZero{}, &isZero{5})
	leavesOut(t, level(0), level(1))
}

type (
	byPointer int
	endless   []endless
	endlessly []*endlessly
	selfish   *selfish
	writes    struct{}
)

func (*byPointer) MarshalText() ([]byte, error) { return nil, nil }

func (writes) MarshalJSON() ([]byte, error) { return []byte("1"), nil }

func TestEnvRefuses(t *testing.T) {
	for _, v := range []cel.Variable{
		cel.Var[chan int]("v"), cel.Var[func()]("v"), cel.Var[complex128]("v"), cel.Var[map[int]string]("v"), cel.Var[writes]("v"),
		cel.Var[*writes]("v"), cel.Var[byPointer]("v"), cel.Var[struct{ A []writes }]("v"), cel.Var[endless]("v"), cel.Var[endlessly]("v"), cel.Var[selfish]("v"),
		cel.Var[struct {
			N int `json:"n,string"`
		}]("v"),
		cel.Var[int](""), cel.Var[int]("a-b"), cel.Var[int]("1a"), cel.Var[int]("if"), cel.Var[int]("ü"),
	} {
		if _, err := cel.NewEnv(v); err == nil {
			t.Errorf("%+v is described", v)
		}
	}
	if _, err := cel.NewEnv(cel.Var[int]("a"), cel.Var[int]("a")); err == nil {
		t.Error("two variables have one name")
	}
}

func TestVariables(t *testing.T) {
	env := storeEnv(t)
	p, err := cel.Compile("store.size > 1 && store.path != '' || now == now", env, cel.Bool)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Variables(); !cmp.Equal(got, []string{"store", "now"}) {
		t.Errorf("variables are %q", got)
	}
	for _, vars := range []map[string]any{
		nil,
		{"store": example()},
		{"store": example(), "now": 1},
		{"store": nil, "now": time.Time{}},
		{"store": (*store)(nil), "now": time.Time{}},
		{"store": entry{}, "now": time.Time{}},
	} {
		if got, err := p.Bool(t.Context(), vars); err == nil {
			t.Errorf("%v: %v", vars, got)
		}
	}
	if got, err := p.Bool(t.Context(), map[string]any{"store": *example(), "now": &time.Time{}}); err != nil || !got {
		t.Errorf("a struct and a pointer: %v, %v", got, err)
	}
	// What comes in an interface cannot be known before.
	open, err := cel.NewEnv(cel.Var[any]("x"))
	if err != nil {
		t.Fatal(err)
	}
	if p, err = cel.Compile("x.a == 1 || x.a == 2", open, cel.Bool); err != nil {
		t.Fatal(err)
	}
	for _, x := range []any{map[string]any{"a": 2.0}, struct {
		A int `json:"a"`
	}{2}, map[string]int{"a": 1}} {
		if got, err := p.Bool(t.Context(), map[string]any{"x": x}); err != nil || !got {
			t.Errorf("%v: %v, %v", x, got, err)
		}
	}
	for _, x := range []any{nil, make(chan int), writes{}, map[string]any{"a": make(chan int)}, map[string]any{"a": level(-1)}} {
		if got, err := p.Bool(t.Context(), map[string]any{"x": x}); !errors.Is(err, cel.ErrEval) {
			t.Errorf("%v: %v, %v", x, got, err)
		}
	}
}

// Nothing that can be written takes long or much.
func TestBounds(t *testing.T) {
	env, err := cel.NewEnv(cel.Var[[]int]("l"), cel.Var[string]("s"), cel.Var[map[string]int]("m"))
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]any{"l": make([]int, 50_000), "s": strings.Repeat("a", 1<<20), "m": map[string]int{}}
	for i := range 20_000 {
		vars["m"].(map[string]int)[strings.Repeat("k", i%100)+string(rune(i))] = i
	}
	for _, source := range []string{
		"l.all(a, l.all(b, l.all(c, a + b + c >= 0)))",
		"l.exists(a, l.exists(b, a + b > 0)) || true",
		"l.map(a, l).size() > 0 && l.map(a, l.map(b, [b, b])).size() > 0",
		"l.map(a, s + s).size() > 0",
		"l.map(a, s.replace('a', s)).size() > 0",
		"[s, s].join(s.replace('a', 'bbbbbbbbbb')).replace('', s).size() > 0",
		"l.map(a, s.split('')).size() > 0",
		"l.all(a, s.matches('(a|b|ab)*c' + string(a)) || true)",
		"l.all(a, s.matches('((a{0,30}){0,30}b)?c') || true)",
		"l.all(a, m.all(k, m[k] >= 0))",
		"l.all(a, l == l)",
		"l.all(a, !(-1 in l))",
		"l.all(a, !((s + 'b') in m) && s < s + 'b')",
		"l.all(a, string(bytes(s)) == s || double(s) > 1.0)",
		"l.all(a, (l + l).size() > 0)",
		"l.all(a, s == s + 'a' || s.lowerAscii().upperAscii().size() > 0)",
		"l.all(a, s.substring(1000000).size() > 0 && s.indexOf('b') < 0 && s.lastIndexOf('b') < 0)",
		"l.all(a, timestamp(a).getHours('Europe/' + 'Berlin') >= 0)",
		"l.all(a, {'a': l, 'b': [a]} == {'a': l, 'b': [a]})",
	} {
		p, err := cel.Compile(source, env, cel.Bool)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		start := time.Now()
		if got, err := p.Bool(t.Context(), vars); !errors.Is(err, cel.ErrLimit) {
			t.Errorf("%s: %v, %v", source, got, err)
		}
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("%s took %v", source, took)
		} else {
			t.Logf("%v %s", took, source)
		}
	}

	// Each evaluation has the whole of it.
	p, err := cel.Compile("l.all(a, a == 0)", env, cel.Bool)
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if got, err := p.Bool(t.Context(), vars); err != nil || !got {
			t.Fatalf("a list that is not too long: %v, %v", got, err)
		}
	}
	p, err = cel.Compile("l.map(a, l)", env, cel.List)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Eval(t.Context(), vars); !errors.Is(err, cel.ErrLimit) {
		t.Errorf("a list of lists: %v", err)
	}
	p, err = cel.Compile("l.all(a, l.all(b, l.all(c, a + b + c >= 0))) || true", env, cel.Bool)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if got, err := p.Bool(ctx, vars); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("behind the deadline: %v, %v", got, err)
	}

	for _, source := range []string{
		strings.Repeat("(", 10_000), strings.Repeat("[", 10_000), strings.Repeat("{1:", 5_000), strings.Repeat("size(", 5_000),
		strings.Repeat("-", 10_000) + "1", strings.Repeat("!", 10_000) + "true", strings.Repeat("true ? 1 : ", 2_000) + "1",
		strings.Repeat("l[", 10_000), "'" + strings.Repeat("a", 40_000) + "'",
	} {
		if _, err := cel.Compile(source, env, cel.Dyn); !errors.Is(err, cel.ErrLimit) {
			t.Errorf("%.20s: %v", source, err)
		}
	}
	// Long chains are no depth.
	for _, source := range []string{strings.Repeat("true && ", 3_000) + "true", strings.Repeat("1 + ", 5_000) + "1", "'a'" + strings.Repeat(".trim()", 4_000), strings.Repeat("// comment\n", 2_000) + "1"} {
		p, err := cel.Compile(source, env, cel.Dyn)
		if err != nil {
			t.Errorf("%.20s: %v", source, err)
			continue
		}
		if _, err := p.Eval(t.Context(), vars); err != nil {
			t.Errorf("%.20s: %v", source, err)
		}
	}
}

func TestConcurrent(t *testing.T) {
	env := storeEnv(t)
	p, err := cel.Compile("store.entries.map(e, e.alias).join(',') == 'mux,root' && store.extra.alias == 'inside'", env, cel.Bool)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	for range 8 {
		go func() {
			var err error
			for range 200 {
				var ok bool
				if ok, err = p.Bool(context.Background(), variables()); err != nil || !ok {
					break
				}
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkEval(b *testing.B) {
	env := storeEnv(b)
	for _, source := range []string{
		"store.size < 5000",
		"store.entries.all(e, e.alias != '' && (!has(e.days) || e.days > 30))",
		"has(store.layer) && store.path.matches('^[a-z]+[.]p12$') && 'serverAuth' in store.entries[0].usage",
	} {
		b.Run(source, func(b *testing.B) {
			p, err := cel.Compile(source, env, cel.Bool)
			if err != nil {
				b.Fatal(err)
			}
			vars := variables()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Bool(b.Context(), vars); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNewEnv(b *testing.B) {
	for b.Loop() {
		storeEnv(b)
	}
}
