package rules

import (
	"slices"
	"strings"

	"muxkey/policy/lint/syntax"
)

// Callback is a function, given under one of these names, that can come to
// nothing but one of some outcomes: a check that says yes to everything. The
// function stands there, or elsewhere in the file under the name that is given.
func Callback(outcomes []string, names ...string) *Match {
	return (&Match{Literals: literals(names), Find: func(f *syntax.File, report func(Hit)) {
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
	}}).setters()
}

// CallbackOf is Callback for an argument of a call, counted from 0; -1 is the last.
func CallbackOf(calls []string, arg int, outcomes ...string) *Match {
	return &Match{Literals: literals(calls), Find: func(f *syntax.File, report func(Hit)) {
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
	list := functions(f, tokens, 0)
	if len(list) != 1 {
		return false
	}
	if got, ok := comesTo(f, list[0]); ok && (got == "true" && slices.Contains(outcomes, "true") || got == "" && slices.Contains(outcomes, "")) {
		return true
	}
	body := f.Tokens[list[0].from:list[0].to]
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

// declared is the body of a function of the file.
func declared(f *syntax.File, name string) ([]syntax.Token, bool) {
	list := definitions(f, name)
	if len(list) == 0 {
		return nil, false
	}
	return f.Tokens[list[0].from:list[0].to], true
}
