// Package cel evaluates expressions of the Common Expression Language
// (https://github.com/google/cel-spec, the language definition) over Go values,
// which it sees as encoding/json would write them: a struct is a map with the
// names of its json tags, a field that omitempty leaves out is a key that is not
// there.
//
//	env, err := cel.NewEnv(cel.Var[inspect.Target]("target"), cel.Var[time.Time]("now"))
//	p, err := cel.Compile(`target.entries.all(e, size(e.alias) > 0)`, env, cel.Bool)
//	ok, err := p.Bool(ctx, map[string]any{"target": &target, "now": now})
//
// Compile knows the types of the variables, so that a field that does not exist,
// an operand of the wrong type and a function that nobody has are found before
// there is a value. Evaluation has no side effects, no loops without end and a
// limit on what it may cost.
//
// All of the language is here but messages (there is no protobuf) and optional
// types, and of the extensions the functions of strings. The times in JSON are
// timestamps, and whole numbers are of type int (uint where Go has uint or
// uint64), where CEL over decoded JSON would have strings and doubles. A nil
// slice or map is empty, where JSON would have null.
//
// cel.dev/cel-go was the alternative, and judges this package in its tests. It
// adds 7.4 MB to a binary of 21.7 MB and 2 ms to every start, see
// docs/dependencies.md.
package cel

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"
)

// What one expression may take.
const (
	MaxSource = 32 << 10  // bytes of source
	MaxDepth  = 200       // levels of brackets, calls and conditions
	MaxCost   = 5_000_000 // steps of one evaluation: one for each operation, for each 8 bytes of text made, four for each element of a list made
)

// The reasons by which errors can be told apart. Those of Compile are *Error
// with ErrInvalid or ErrLimit, those of an evaluation *Error with ErrNoKey,
// ErrLimit, ErrEval or the context's own.
var (
	ErrInvalid = errors.New("the expression is wrong")
	ErrLimit   = errors.New("the expression is over a limit")
	ErrNoKey   = errors.New("no such key") // a field or key that this value does not have
	ErrEval    = errors.New("the evaluation failed")
)

// Error is what is wrong with an expression, or was with its evaluation, and
// where.
type Error struct {
	Line, Column int    // from 1; columns are characters
	Message      string // one line, without the place
	// Word is the name that is not known, and Words the names that are in its
	// place. Both are empty when the error is another one.
	Word  string
	Words []string
	Err   error // the reason: ErrInvalid and the others
}

// Error returns the message behind its place: "line 1, column 5: ...".
func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// Variable is a name that expressions know, and the type of what it stands for.
type Variable struct {
	name string
	typ  reflect.Type
}

// Var is a variable with the values of T, or pointers to them.
func Var[T any](name string) Variable { return Variable{name, reflect.TypeFor[T]()} }

// Env is what expressions are compiled against. It is safe for concurrent use.
type Env struct {
	names     []string
	variables map[string]*goType
	functions map[string]*function
	types     *registry
}

// NewEnv describes the variables. It fails for a type that has no JSON, or whose
// JSON is written by its own MarshalJSON: what comes out cannot be known.
func NewEnv(variables ...Variable) (*Env, error) {
	env := &Env{variables: map[string]*goType{}, functions: standard(), types: &registry{known: map[reflect.Type]*goType{}}}
	for _, v := range variables {
		if !isIdentifier(v.name) {
			return nil, fmt.Errorf("%q cannot be the name of a variable", v.name)
		}
		g, err := env.types.of(v.typ)
		if err != nil {
			return nil, fmt.Errorf("variable %s: %w", v.name, err)
		}
		if _, taken := env.variables[v.name]; taken {
			return nil, fmt.Errorf("there are two variables %s", v.name)
		}
		env.variables[v.name] = g
		env.names = append(env.names, v.name)
	}
	return env, nil
}

// Program is an expression that was found to be right. It is safe for concurrent
// use.
type Program struct {
	source  string
	root    *node
	types   *registry
	globals []global // the variables that it uses, in the order of their slots
	slots   int      // of all variables, those of macros included
	states  sync.Pool
}

// global is a variable that a program uses.
type global struct {
	name string
	typ  *goType
}

// Compile parses the source and checks it against the variables, and that its
// value is of the kind that is wanted; Dyn takes any. The error is an *Error.
func Compile(source string, env *Env, want Kind) (*Program, error) {
	if len(source) > MaxSource {
		return nil, &Error{Line: 1, Column: 1, Message: fmt.Sprintf("the expression has %d bytes, %d are the limit", len(source), MaxSource), Err: ErrLimit}
	}
	root, err := parse(source)
	if err != nil {
		return nil, err
	}
	c := &checker{env: env, source: source, slots: map[string]int{}}
	if err := c.check(root); err != nil {
		return nil, err
	}
	if k := root.typ.kind; want != Dyn && k != Dyn && k != want {
		return nil, c.errorf(root, "this must be %s, and is %s", (&Type{kind: want}).some(), root.typ.some())
	}
	return &Program{source: source, root: root, types: env.types, globals: c.globals, slots: len(c.globals) + c.deepest}, nil
}

// Eval returns the value of the expression: nil, bool, int64, uint64, float64,
// string, []byte, time.Time, time.Duration, Kind, []any, or a map of string or
// any to any. The variables are values of the types that the Env has, or
// pointers to them; nothing changes them. The error is an *Error, or tells of a
// variable that is missing or of another type.
func (p *Program) Eval(ctx context.Context, variables map[string]any) (any, error) {
	s, v, err := p.run(ctx, variables)
	if err != nil {
		return nil, err
	}
	defer p.release(s)
	return s.export(v)
}

// Bool returns the value of an expression that is true or false.
func (p *Program) Bool(ctx context.Context, variables map[string]any) (bool, error) {
	s, v, err := p.run(ctx, variables)
	if err != nil {
		return false, err
	}
	p.release(s)
	if v.kind != Bool {
		return false, p.error(p.root, ErrEval, "this must be a bool, and is "+(&Type{kind: v.kind}).some())
	}
	return v.n != 0, nil
}

// Variables returns the names of the variables that the expression uses, in the
// order in which they occur first.
func (p *Program) Variables() []string {
	var names []string
	for _, g := range p.globals {
		names = append(names, g.name)
	}
	return names
}

// run evaluates. The state is the caller's to release: the value may stand in
// it.
func (p *Program) run(ctx context.Context, variables map[string]any) (*state, value, error) {
	s, ok := p.states.Get().(*state)
	if !ok {
		s = &state{program: p, slots: make([]value, p.slots)}
	}
	s.ctx, s.cost, s.tick, s.fatal = ctx, 0, 0, nil
	for i, g := range p.globals {
		given, ok := variables[g.name]
		if !ok {
			return nil, value{}, fmt.Errorf("the variable %s has no value", g.name)
		}
		v, err := s.global(g, given)
		if err != nil {
			return nil, value{}, err
		}
		s.slots[i] = v
	}
	if err := ctx.Err(); err != nil {
		return nil, value{}, p.error(p.root, err, err.Error())
	}
	v := s.eval(p.root)
	if s.fatal != nil {
		v = value{kind: failed, x: s.fatal}
	}
	if v.kind == failed {
		f := v.x.(*failure)
		return nil, value{}, p.error(f.at, f.reason, f.message)
	}
	return s, v, nil
}

// release keeps the memory of an evaluation for the next one, without what it
// was about.
func (p *Program) release(s *state) {
	clear(s.slots)
	clear(s.stack[:cap(s.stack)])
	s.stack, s.ctx = s.stack[:0], nil
	p.states.Put(s)
}

func (p *Program) error(at *node, reason error, message string) *Error {
	if errors.Is(reason, ErrNoKey) && at.op == opSelect {
		message += at.args[0].in()
	}
	line, column := place(p.source, at.pos)
	return &Error{Line: line, Column: column, Message: message, Err: reason}
}

// place is the line and the column of a byte of the source.
func place(source string, pos int) (line, column int) {
	before := source[:pos]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}
