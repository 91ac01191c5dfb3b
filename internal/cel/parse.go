package cel

import (
	"fmt"
	"unicode/utf8"
)

// op is what a node does with its arguments.
type op uint8

const (
	opLiteral op = iota
	opIdent
	opSelect // args[0].name
	opHas    // has(args[0].name)
	opIndex
	opCall // name(args...), or args[0].name(args[1:]...)
	opList
	opMap // keys and values in turn
	opNot
	opNegate
	opCond
	opAnd
	opOr
	opEqual
	opNotEqual
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opIn
	opAdd
	opSubtract
	opMultiply
	opDivide
	opModulo
	// The macros: a range, and what is evaluated with each element as the
	// variable name.
	opAll
	opExists
	opExistsOne
	opTransform // map with an expression
	opFilter
	opFilterTransform // map with a condition and an expression
)

// node is an expression. The parser fills what is above the line, the checker
// what is below.
type node struct {
	op     op
	member bool // of a call: the function stands behind a dot
	root   bool // of an identifier: a dot stands in front
	pos    int  // byte of the source
	name   string
	args   []*node
	value  value // of a literal

	typ    *Type
	slot   int // of an identifier, and of the variable of a macro
	fn     *function
	field  *field // that a selection means
	static any    // what was made of a literal argument: *pattern, *time.Location
}

// parser makes nodes of tokens by recursive descent, with a loop for each level
// of operators that group to the left.
type parser struct {
	lexer lexer
	tok   token
	depth int
}

func parse(source string) (*node, error) {
	if !utf8.ValidString(source) {
		return nil, invalid(source, 0, "the source is no UTF-8")
	}
	p := &parser{lexer: lexer{source: source}}
	if err := p.advance(); err != nil {
		return nil, err
	}
	n, err := p.expr()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokEnd {
		return nil, p.errorf(p.tok.pos, "the expression goes on with %s, where its end or an operator is due", p.tok.show())
	}
	return n, nil
}

func invalid(source string, pos int, format string, args ...any) *Error {
	line, column := place(source, pos)
	return &Error{Line: line, Column: column, Message: fmt.Sprintf(format, args...), Err: ErrInvalid}
}

func (p *parser) errorf(pos int, format string, args ...any) error {
	return invalid(p.lexer.source, pos, format, args...)
}

// show is the token for people.
func (t token) show() string {
	if t.kind == tokEnd {
		return "the end"
	}
	if len(t.text) > 40 {
		return fmt.Sprintf("%.40q and more", t.text)
	}
	return fmt.Sprintf("%q", t.text)
}

func (p *parser) advance() error {
	t, err := p.lexer.next()
	if err != nil {
		return err // not a nil *Error in an error
	}
	p.tok = t
	return nil
}

// sign tells whether the next token is that sign.
func (p *parser) sign(text string) bool { return p.tok.kind == tokSign && p.tok.text == text }

// take takes that sign, if it is next.
func (p *parser) take(text string) (bool, error) {
	if !p.sign(text) {
		return false, nil
	}
	return true, p.advance()
}

// expect takes that sign, which must be next.
func (p *parser) expect(text string) error {
	if !p.sign(text) {
		return p.errorf(p.tok.pos, "%s is due here, and there is %s", text, p.tok.show())
	}
	return p.advance()
}

// deeper counts a level; the returned function ends it.
func (p *parser) deeper() (func(), error) {
	p.depth++
	if p.depth > MaxDepth {
		line, column := place(p.lexer.source, p.tok.pos)
		return nil, &Error{Line: line, Column: column, Message: fmt.Sprintf("the expression is nested deeper than %d levels", MaxDepth), Err: ErrLimit}
	}
	return func() { p.depth-- }, nil
}

// expr is a condition with its two outcomes, or less.
func (p *parser) expr() (*node, error) {
	done, err := p.deeper()
	if err != nil {
		return nil, err
	}
	defer done()
	cond, err := p.binary(0)
	if err != nil || !p.sign("?") {
		return cond, err
	}
	n := &node{op: opCond, pos: p.tok.pos}
	if err := p.advance(); err != nil {
		return nil, err
	}
	yes, err := p.binary(0)
	if err != nil {
		return nil, err
	}
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	no, err := p.expr()
	n.args = []*node{cond, yes, no}
	return n, err
}

// operator is the operator that a token is, and its level: those of higher
// levels bind more tightly.
func (t token) operator() (op, int) {
	if t.kind != tokSign {
		return 0, -1
	}
	switch t.text {
	case "||":
		return opOr, 0
	case "&&":
		return opAnd, 1
	case "==":
		return opEqual, 2
	case "!=":
		return opNotEqual, 2
	case "<":
		return opLess, 2
	case "<=":
		return opLessEqual, 2
	case ">":
		return opGreater, 2
	case ">=":
		return opGreaterEqual, 2
	case "in":
		return opIn, 2
	case "+":
		return opAdd, 3
	case "-":
		return opSubtract, 3
	case "*":
		return opMultiply, 4
	case "/":
		return opDivide, 4
	case "%":
		return opModulo, 4
	}
	return 0, -1
}

// binary takes operators of that level and above.
func (p *parser) binary(level int) (*node, error) {
	left, err := p.unary()
	if err != nil {
		return nil, err
	}
	for {
		o, l := p.tok.operator()
		if l < level {
			return left, nil
		}
		n := &node{op: o, pos: p.tok.pos, name: p.tok.text}
		if err := p.advance(); err != nil {
			return nil, err
		}
		right, err := p.binary(l + 1)
		if err != nil {
			return nil, err
		}
		n.args = []*node{left, right}
		left = n
	}
}

// unary takes signs in front of a member. The grammar has no "!-x" or "-!x".
func (p *parser) unary() (*node, error) {
	if !p.sign("!") && !p.sign("-") {
		return p.member()
	}
	sign := p.tok
	if err := p.advance(); err != nil {
		return nil, err
	}
	n := &node{op: opNot, pos: sign.pos, name: sign.text}
	var operand *node
	var err error
	switch {
	case sign.text == "-" && (p.tok.kind == tokInt || p.tok.kind == tokDouble):
		if operand, err = p.literal(true); err != nil {
			return nil, err
		}
		operand.pos = sign.pos
		return p.rest(operand)
	case p.sign(sign.text):
		var done func()
		if done, err = p.deeper(); err != nil {
			return nil, err
		}
		operand, err = p.unary()
		done()
	case p.sign("-"):
		minus := p.tok.pos
		if operand, err = p.unary(); err == nil && operand.op == opNegate {
			return nil, p.errorf(minus, "a minus sign behind ! needs brackets")
		}
	default:
		operand, err = p.member()
	}
	if sign.text == "-" {
		n.op = opNegate
	}
	n.args = []*node{operand}
	return n, err
}

func (p *parser) member() (*node, error) {
	n, err := p.primary()
	if err != nil {
		return nil, err
	}
	return p.rest(n)
}

// rest takes the selections, calls and indexes behind a primary expression.
func (p *parser) rest(n *node) (*node, error) {
	for {
		switch {
		case p.sign("."):
			if err := p.advance(); err != nil {
				return nil, err
			}
			name := p.tok
			switch name.kind {
			case tokName:
			case tokQuotedName:
				name.text = name.text[1 : len(name.text)-1]
			default:
				return nil, p.errorf(p.tok.pos, "the name of a field or function is due behind the dot, and there is %s", p.tok.show())
			}
			if err := p.advance(); err != nil {
				return nil, err
			}
			if !p.sign("(") {
				n = &node{op: opSelect, pos: name.pos, name: name.text, args: []*node{n}}
				continue
			}
			if name.kind == tokQuotedName {
				return nil, p.errorf(name.pos, "a function has no name in back quotes")
			}
			args, err := p.list("(", ")", false)
			if err != nil {
				return nil, err
			}
			call := &node{op: opCall, member: true, pos: name.pos, name: name.text, args: append([]*node{n}, args...)}
			if n, err = p.macro(call); err != nil {
				return nil, err
			}
		case p.sign("["):
			index := &node{op: opIndex, pos: p.tok.pos}
			if err := p.advance(); err != nil {
				return nil, err
			}
			at, err := p.expr()
			if err != nil {
				return nil, err
			}
			if err := p.expect("]"); err != nil {
				return nil, err
			}
			index.args = []*node{n, at}
			n = index
		case p.sign("{") && (n.op == opIdent || n.op == opSelect):
			return nil, p.errorf(p.tok.pos, "messages cannot be made: there are no message types here, only maps, such as {'key': 1}")
		default:
			return n, nil
		}
	}
}

// list takes expressions between brackets. A comma behind the last is allowed
// where trailing says so.
func (p *parser) list(open, end string, trailing bool) ([]*node, error) {
	if err := p.expect(open); err != nil {
		return nil, err
	}
	if trailing {
		if lone, err := p.lone(end); lone || err != nil {
			return nil, err
		}
	}
	var items []*node
	for !p.sign(end) {
		item, err := p.expr()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		comma, err := p.take(",")
		if err != nil {
			return nil, err
		}
		if !comma {
			break
		}
		if p.sign(end) && !trailing {
			return nil, p.errorf(p.tok.pos, "an argument is due behind the comma")
		}
	}
	return items, p.expect(end)
}

// lone takes the comma of "[,]" and "{,}", which the grammar allows, and the
// bracket behind it.
func (p *parser) lone(end string) (bool, error) {
	comma, err := p.take(",")
	if !comma || err != nil {
		return false, err
	}
	return true, p.expect(end)
}

func (p *parser) primary() (*node, error) {
	t := p.tok
	switch t.kind {
	case tokInt, tokUint, tokDouble, tokString, tokBytes:
		return p.literal(false)
	case tokName:
		return p.ident(false)
	case tokQuotedName:
		return nil, p.errorf(t.pos, "only a field has a name in back quotes")
	case tokEnd:
		return nil, p.errorf(t.pos, "the expression ends where a value is due")
	}
	switch t.text {
	case "true", "false":
		return &node{op: opLiteral, pos: t.pos, value: boolValue(t.text == "true")}, p.advance()
	case "null":
		return &node{op: opLiteral, pos: t.pos, value: value{kind: Null}}, p.advance()
	case ".":
		if err := p.advance(); err != nil {
			return nil, err
		}
		return p.ident(true)
	case "(":
		if err := p.advance(); err != nil {
			return nil, err
		}
		n, err := p.expr()
		if err != nil {
			return nil, err
		}
		return n, p.expect(")")
	case "[":
		items, err := p.list("[", "]", true)
		return &node{op: opList, pos: t.pos, args: items}, err
	case "{":
		return p.mapLiteral()
	}
	return nil, p.errorf(t.pos, "a value is due here, and there is %s", t.show())
}

func (p *parser) mapLiteral() (*node, error) {
	n := &node{op: opMap, pos: p.tok.pos}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if lone, err := p.lone("}"); lone || err != nil {
		return n, err
	}
	for !p.sign("}") {
		key, err := p.expr()
		if err != nil {
			return nil, err
		}
		if err := p.expect(":"); err != nil {
			return nil, err
		}
		val, err := p.expr()
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, key, val)
		comma, err := p.take(",")
		if err != nil {
			return nil, err
		}
		if !comma {
			break
		}
	}
	return n, p.expect("}")
}

// ident takes a name or the call of a function.
func (p *parser) ident(root bool) (*node, error) {
	t := p.tok
	if t.kind != tokName {
		return nil, p.errorf(t.pos, "a name is due here, and there is %s", t.show())
	}
	if isReserved(t.text) {
		return nil, p.errorf(t.pos, "the word %s is reserved by the language", t.text)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if !p.sign("(") {
		return &node{op: opIdent, root: root, pos: t.pos, name: t.text}, nil
	}
	args, err := p.list("(", ")", false)
	if err != nil {
		return nil, err
	}
	return p.macro(&node{op: opCall, root: root, pos: t.pos, name: t.text, args: args})
}

func (p *parser) literal(negative bool) (*node, error) {
	t := p.tok
	n := &node{op: opLiteral, pos: t.pos}
	if t.kind == tokString || t.kind == tokBytes {
		text, at, wrong := t.unquote()
		if wrong != "" {
			return nil, p.errorf(t.pos+at, "%s", wrong)
		}
		n.value = stringValue(text)
		if t.kind == tokBytes {
			n.value.kind = Bytes
		}
		return n, p.advance()
	}
	var wrong string
	if n.value, wrong = t.number(negative); wrong != "" {
		return nil, p.errorf(t.pos, "%s", wrong)
	}
	return n, p.advance()
}

// macro makes of a call what it means, when it is that of a macro.
func (p *parser) macro(call *node) (*node, error) {
	if !call.member {
		if call.name != "has" || len(call.args) != 1 {
			return call, nil
		}
		field := call.args[0]
		if field.op != opSelect {
			return nil, p.errorf(field.pos, "has() asks for a field, as in has(a.b)")
		}
		return &node{op: opHas, pos: field.pos, name: field.name, args: field.args}, nil
	}
	n := &node{pos: call.pos}
	switch {
	case call.name == "all" && len(call.args) == 3:
		n.op = opAll
	case call.name == "exists" && len(call.args) == 3:
		n.op = opExists
	case call.name == "exists_one" && len(call.args) == 3:
		n.op = opExistsOne
	case call.name == "filter" && len(call.args) == 3:
		n.op = opFilter
	case call.name == "map" && len(call.args) == 3:
		n.op = opTransform
	case call.name == "map" && len(call.args) == 4:
		n.op = opFilterTransform
	default:
		return call, nil
	}
	variable := call.args[1]
	if variable.op != opIdent || variable.root {
		return nil, p.errorf(variable.pos, "the first argument of %s() is the name that each element gets", call.name)
	}
	n.name = variable.name
	n.args = append([]*node{call.args[0]}, call.args[2:]...)
	return n, nil
}
