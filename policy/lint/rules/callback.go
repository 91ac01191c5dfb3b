package rules

import (
	"slices"
	"strings"

	"muxkey/policy/lint/syntax"
)

// Callback is a function, given under one of these names, that can come to
// nothing but one of some outcomes: a check that says yes to everything. The
// function stands there, or elsewhere in the file under the name that is given.
func Callback(outcomes []string, names ...string) Match {
	return Match{Literals: literals(names), Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			if s.Origin != syntax.FromCode && s.Origin != syntax.FromOption || len(s.Path) == 0 {
				continue
			}
			path := strings.Join(s.Path, ".")
			if slices.ContainsFunc(names, func(n string) bool { return lastParts(path, n) }) && onlyOutcome(f, s.Value.Tokens, outcomes...) {
				report(Hit{Span: s.Value.Span})
			}
		}
	}}
}

// CallbackOf is Callback for an argument of a call, counted from 0; -1 is the last.
func CallbackOf(calls []string, arg int, outcomes ...string) Match {
	return Match{Literals: literals(calls), Find: func(f *syntax.File, report func(Hit)) {
		for _, c := range f.Calls {
			if !slices.ContainsFunc(calls, func(n string) bool { return lastParts(c.Name, n) }) {
				continue
			}
			at := arg
			if at < 0 {
				at += len(c.Args)
			}
			if at < 0 || at >= len(c.Args) {
				continue
			}
			if v := c.Args[at].Value; onlyOutcome(f, v.Tokens, outcomes...) {
				report(Hit{Span: v.Span})
			}
		}
	}}
}

// onlyOutcome tells whether the function in a range of tokens, or the one of the
// file that is named there, has one of some outcomes and no other: "=> true",
// "{ return nil }", "lambda *a: True", "{ _, _ -> true }", "cb(0)". Besides it,
// there may be calls that only speak (log.Print).
func onlyOutcome(f *syntax.File, tokens [2]int, outcomes ...string) bool {
	body, ok := bodyOf(f, tokens)
	if !ok {
		return false
	}
	if len(body) == 0 {
		return slices.Contains(outcomes, "")
	}
	text := ""
	for _, t := range body {
		if t.Kind == syntax.String {
			text += `"`
		}
		text += t.Text
		if t.Kind == syntax.Name && (t.Text == "return" || t.Text == "await") {
			text += " "
		}
	}
	for {
		trimmed := strings.TrimSuffix(strings.TrimSpace(text), ";")
		trimmed = strings.TrimPrefix(trimmed, "return ")
		if len(trimmed) > 1 && trimmed[0] == '(' && trimmed[len(trimmed)-1] == ')' {
			trimmed = trimmed[1 : len(trimmed)-1]
		}
		if trimmed == text {
			break
		}
		text = trimmed
	}
	return slices.Contains(outcomes, text)
}

// bodyOf is what a function does: the tokens behind its arrow, or in its braces.
func bodyOf(f *syntax.File, tokens [2]int) ([]syntax.Token, bool) {
	list := f.Tokens[tokens[0]:tokens[1]]
	if len(list) == 0 {
		return nil, false
	}
	if len(list) == 1 && list[0].Kind == syntax.Name {
		return declared(f, list[0].Text)
	}
	for len(list) > 1 && list[0].Text == "(" && list[0].Mate == tokens[1]-1 {
		tokens = [2]int{tokens[0] + 1, tokens[1] - 1}
		list = list[1 : len(list)-1]
	}
	inside := func(open int) []syntax.Token {
		if mate := f.Tokens[open].Mate; mate > open {
			return f.Tokens[open+1 : mate]
		}
		return nil
	}
	for i := tokens[0]; i < tokens[1]; i++ {
		t := f.Tokens[i]
		switch {
		case t.Text == "lambda" && t.Kind == syntax.Name:
			for ; i < tokens[1]; i++ {
				if f.Tokens[i].Text == ":" {
					return f.Tokens[i+1 : tokens[1]], true
				}
			}
			return nil, false
		case t.Text == "=>" || t.Text == "->" && f.Language != "rust" && f.Language != "ruby":
			rest := f.Tokens[i+1 : tokens[1]]
			if len(rest) > 0 && rest[0].Text == "{" {
				return inside(i + 1), true
			}
			return rest, true
		case t.Text == "{":
			return closure(inside(i)), true
		case t.Text == "(":
			if t.Mate > i {
				i = t.Mate
			}
		case t.Text == "|" && f.Language == "rust":
			for i++; i < tokens[1] && f.Tokens[i].Text != "|"; i++ {
			}
			if i+1 < tokens[1] && f.Tokens[i+1].Text != "{" {
				return f.Tokens[i+1 : tokens[1]], true
			}
		}
	}
	return nil, false
}

// closure takes the parameters away from the body of a closure in braces:
// "{ _, _ -> true }", "{ |a| true }", "{ a, b in true }".
func closure(body []syntax.Token) []syntax.Token {
	if len(body) > 0 && body[0].Text == "|" {
		for i, t := range body[1:] {
			if t.Text == "|" {
				return body[i+2:]
			}
		}
	}
	for i, t := range body {
		switch t.Text {
		case "->", "in", "=>":
			return body[i+1:]
		case ";", "return", "=", "{":
			return body
		}
	}
	return body
}

// declared is the body of a function of the file: "func name(...) {...}",
// "function name(...) {...}", "bool name(...) {...}", "def name(...): ...".
func declared(f *syntax.File, name string) ([]syntax.Token, bool) {
	for i, t := range f.Tokens {
		if t.Kind != syntax.Name || t.Text != name || i+1 >= len(f.Tokens) || f.Tokens[i+1].Text != "(" {
			continue
		}
		at := f.Tokens[i+1].Mate + 1
		arrow := false
		for n := 0; n < 24 && at > 0 && at < len(f.Tokens); n++ {
			if f.Tokens[at].Text == "{" && f.Tokens[at].Mate > at {
				return f.Tokens[at+1 : f.Tokens[at].Mate], true
			}
			arrow = arrow || f.Tokens[at].Text == "->"
			if slices.Contains([]string{";", ")", "}"}, f.Tokens[at].Text) || f.Tokens[at].Text == "," && !arrow {
				break
			}
			at++
		}
	}
	return nil, false
}
