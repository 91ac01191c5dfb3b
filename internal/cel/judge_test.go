package cel_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	judge "cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"muxkey/internal/cel"
)

// court has one environment for both, with variables of each type.
type court struct {
	ours   *cel.Env
	theirs *judge.Env
	values map[string]any
}

func newCourt(t testing.TB) court {
	t.Helper()
	ours, err := cel.NewEnv(
		cel.Var[int]("i"), cel.Var[uint]("u"), cel.Var[float64]("d"), cel.Var[string]("s"), cel.Var[bool]("b"),
		cel.Var[[]byte]("by"), cel.Var[time.Time]("ts"), cel.Var[time.Duration]("du"),
		cel.Var[[]int]("li"), cel.Var[[]string]("ls"), cel.Var[map[string]int]("m"), cel.Var[any]("x"), cel.Var[any]("none"),
	)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := judge.NewEnv(
		judge.Variable("i", judge.IntType), judge.Variable("u", judge.UintType), judge.Variable("d", judge.DoubleType),
		judge.Variable("s", judge.StringType), judge.Variable("b", judge.BoolType), judge.Variable("by", judge.BytesType),
		judge.Variable("ts", judge.TimestampType), judge.Variable("du", judge.DurationType),
		judge.Variable("li", judge.ListType(judge.IntType)), judge.Variable("ls", judge.ListType(judge.StringType)),
		judge.Variable("m", judge.MapType(judge.StringType, judge.IntType)), judge.Variable("x", judge.DynType), judge.Variable("none", judge.DynType),
		ext.Strings(ext.StringsVersion(2)),
		judge.CrossTypeNumericComparisons(true),
		judge.EnableIdentifierEscapeSyntax(),
		judge.ASTValidators(judge.ValidateRegexLiterals(), judge.ValidateTimestampLiterals(), judge.ValidateDurationLiterals()),
	)
	if err != nil {
		t.Fatal(err)
	}
	return court{ours, theirs, map[string]any{
		"i": 7, "u": uint(3), "d": 2.5, "s": "Grüße", "b": true, "by": []byte("a\xff"),
		"ts": time.Date(2026, 2, 28, 23, 30, 15, 123456789, time.UTC), "du": 90 * time.Minute,
		"li": []int{3, 1, 2}, "ls": []string{"b", "a", ""}, "m": map[string]int{"one": 1, "two": 2},
		"x":    map[string]any{"name": "mux", "list": []any{1.0, "two", nil, true}, "deep": map[string]any{"a-b": 5.0}, "n": nil},
		"none": nil,
	}}
}

// verdict is what became of an expression.
type verdict struct {
	stage string // "check", "eval" or ""
	value any
	err   error
}

func (c court) ask(source string) (v verdict) {
	p, err := cel.Compile(source, c.ours, cel.Dyn)
	if err != nil {
		return verdict{stage: "check", err: err}
	}
	out, err := p.Eval(context.Background(), c.values)
	if err != nil {
		return verdict{stage: "eval", err: err}
	}
	return verdict{value: named(out)}
}

// named has the names of types in place of them.
func named(v any) any {
	switch v := v.(type) {
	case cel.Kind:
		return v.String()
	case []any:
		for i := range v {
			v[i] = named(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = named(v[k])
		}
	case map[any]any:
		for k := range v {
			v[k] = named(v[k])
		}
	}
	return v
}

func (c court) askJudge(source string) verdict {
	ast, issues := c.theirs.Compile(source)
	if issues.Err() != nil {
		return verdict{stage: "check", err: issues.Err()}
	}
	p, err := c.theirs.Program(ast)
	if err != nil {
		return verdict{stage: "check", err: err}
	}
	out, _, err := p.Eval(c.values)
	if err != nil {
		return verdict{stage: "eval", err: err}
	}
	return verdict{value: native(out)}
}

// native is a value of the judge as this package returns it.
func native(v ref.Val) any {
	switch v := v.(type) {
	case types.Null:
		return nil
	case types.Bytes:
		return []byte(v)
	case types.Timestamp:
		return v.UTC()
	case types.Duration:
		return v.Duration
	case *types.Type:
		return v.TypeName()
	case traits.Mapper:
		texts, all := map[string]any{}, map[any]any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			k := it.Next()
			if _, isList := k.(traits.Lister); isList {
				return v.Value() // which is no map of Go
			}
			all[native(k)] = native(v.Get(k))
			if s, ok := k.(types.String); ok {
				texts[string(s)] = native(v.Get(k))
			}
		}
		if len(texts) == len(all) {
			return texts
		}
		return all
	case traits.Lister:
		list := []any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			list = append(list, native(it.Next()))
		}
		return list
	}
	return v.Value()
}

// compare fails where the two differ: in the value, in whether there is one, and
// in whether that is told before the evaluation.
func (c court) compare(t testing.TB, source string) {
	t.Helper()
	got, want := c.ask(source), c.askJudge(source)
	switch {
	case got.stage != want.stage:
		t.Errorf("%s\n ours:   %s %v %v\n theirs: %s %v %v", source, got.stage, got.value, got.err, want.stage, want.value, want.err)
	case !cmp.Equal(got.value, want.value, cmpopts.EquateNaNs()):
		t.Errorf("%s\n ours:   %#v\n theirs: %#v", source, got.value, want.value)
	case got.err != nil:
		var e *cel.Error
		if !errors.As(got.err, &e) || e.Line < 1 || e.Column < 1 || e.Message == "" {
			t.Errorf("%s: the error is %#v", source, got.err)
		}
	}
	if f, ok := got.value.(float64); ok && math.Signbit(f) != math.Signbit(reflect.ValueOf(want.value).Float()) {
		t.Errorf("%s: the sign differs", source)
	}
}

func TestAgainstJudge(t *testing.T) {
	c := newCourt(t)
	for _, source := range corpus() {
		t.Run(source, func(t *testing.T) { c.compare(t, source) })
	}
	if n := len(corpus()); n < 300 {
		t.Errorf("the corpus has %d expressions", n)
	}
}

// Where the two differ, this package follows the language definition, or finds
// earlier what cannot be right.
func TestStricterThanJudge(t *testing.T) {
	c := newCourt(t)
	for _, tt := range []struct{ source, stage string }{
		// "duplicate keys are an error", and keys are of four types.
		{"{'a': 1, 'a': 2}", "eval"},
		{"{1: 1, dyn(1u): 2}", "eval"},
		{"{1.0: 1}", "check"},
		{"{null: 1}", "check"},
		{"{[1]: 1}", "check"},
		{"{dyn(1.0): 1}", "eval"},
		{"{dyn(null): 1}", "eval"},
		// has() of what has no fields has no overload.
		{"has(x.name.a)", "eval"},
		{"has(dyn(1).a)", "eval"},
		// Pairs of ! and - are dropped by the judge, whatever stands behind them.
		{"!!'a'", "check"},
		{"--'a'", "check"},
		{"--(-9223372036854775808)", "eval"},
		// A name with a dot in front is no name for an element.
		{"[1].all(.e, true)", "check"},
		// There are no messages, not even those that are values.
		{"google.protobuf.Duration{seconds: 1}", "check"},
		// A literal zone is looked for once, when the expression is compiled.
		{"ts.getHours('No/Where')", "check"},
		{"ts.getHours('24:00')", "check"},
		{"'\xff'", "check"},
		{"\xff", "check"},
	} {
		source := strings.ReplaceAll(tt.source, `\xff`, "\xff")
		if got := c.ask(source); got.stage != tt.stage {
			t.Errorf("%s: %q %v, want an error of %s", source, got.stage, got.err, tt.stage)
		}
		if theirs := c.askJudge(source); theirs.stage == tt.stage && source != "\xff" {
			t.Errorf("%s: the judge has come to the same: %v", source, theirs.err)
		}
	}
}
