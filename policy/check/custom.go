package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"muxkey/inspect"
	"muxkey/internal/cel"
	"muxkey/internal/finding"
	"muxkey/policy/check/rules"
	"muxkey/probe"
)

// each is what a check of one's own can be asked of, and the variables that its
// expressions then have.
type each struct {
	name      string
	variables []cel.Variable
	// ask calls for each thing of a subject; what names it for people, and alias and
	// key are those of the fault.
	ask func(s *rules.Subject, call func(what, alias, key string, variables map[string]any))
}

func eachTarget() each {
	return each{
		"target",
		[]cel.Variable{cel.Var[inspect.Target]("target"), cel.Var[*probe.Server]("server"), cel.Var[time.Time]("now")},
		func(s *rules.Subject, call func(string, string, string, map[string]any)) {
			call("", "", "", map[string]any{"target": s.Facts, "server": s.Server, "now": s.Now})
		},
	}
}

func eachEntry() each {
	return each{
		"entry", append(eachTarget().variables, cel.Var[inspect.Entry]("entry")),
		func(s *rules.Subject, call func(string, string, string, map[string]any)) {
			for _, e := range s.Entries() {
				call("", e.Alias, e.Alias, map[string]any{"target": s.Facts, "server": s.Server, "now": s.Now, "entry": e.Entry})
			}
		},
	}
}

func eachCertificate() each {
	return each{
		"certificate", append(eachEntry().variables, cel.Var[inspect.Certificate]("cert"), cel.Var[int]("depth")),
		func(s *rules.Subject, call func(string, string, string, map[string]any)) {
			for _, c := range s.Certificates() {
				call(c.Subject+": ", c.Entry.Alias, c.Fingerprints.SHA256, map[string]any{
					"target": s.Facts, "server": s.Server, "now": s.Now, "entry": c.Entry.Entry, "cert": c.Certificate, "depth": c.Depth,
				})
			}
		},
	}
}

// rule compiles a check of the policy's own. The error is a *PolicyError.
func (c *Custom) rule() (rules.Rule, error) {
	wrong := func(format string, args ...any) (rules.Rule, error) {
		return rules.Rule{}, &PolicyError{Line: c.line, Column: c.column, Reason: fmt.Sprintf(format, args...)}
	}
	kinds := []each{eachTarget(), eachEntry(), eachCertificate()}
	i := slices.IndexFunc(kinds, func(k each) bool { return k.name == cmp.Or(c.Each, "target") })
	severity := finding.Severity(cmp.Or(c.Severity, string(finding.High)))
	switch {
	case !strings.Contains(c.ID, "-") || strings.Trim(c.ID, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" || strings.HasPrefix(c.ID, "MUX-"):
		return wrong("%q is no ID for a check of one's own, such as ORG-KEY-001; MUX- is for those of muxkey", c.ID)
	case c.Title == "":
		return wrong("the check %s needs a title, which says what it finds", c.ID)
	case c.Require == "":
		return wrong("the check %s requires nothing", c.ID)
	case i < 0:
		return wrong("each %q is none of target, entry and certificate", c.Each)
	case !slices.Contains(finding.Severities(), severity):
		return wrong("the severity %q is none of %v", c.Severity, finding.Severities())
	}
	kind := kinds[i]
	when, err := c.compile("when", cmp.Or(c.When, "true"), kind)
	if err != nil {
		return rules.Rule{}, err
	}
	require, err := c.compile("require", c.Require, kind)
	if err != nil {
		return rules.Rule{}, err
	}
	r := rules.Rule{Rule: finding.Rule{ID: c.ID, Title: c.Title, Severity: severity, Why: c.Why, Fix: c.Fix}}
	r.Subject = func(ctx context.Context, s *rules.Subject) []rules.Fault {
		if s.Facts == nil {
			return nil // it did not open, which others say
		}
		var out []rules.Fault
		kind.ask(s, func(what, alias, key string, variables map[string]any) {
			asked, err := when.Bool(ctx, variables)
			holds := false
			if err == nil && asked {
				holds, err = require.Bool(ctx, variables)
			}
			switch {
			case err != nil:
				out = append(out, rules.Fault{Alias: alias, Key: key, Unknown: true, Text: what + err.Error()})
			case asked && !holds:
				out = append(out, rules.Fault{Alias: alias, Key: key, Text: what + c.Title})
			}
		})
		return out
	}
	return r, nil
}

func (c *Custom) compile(name, source string, kind each) (*cel.Program, error) {
	env, err := cel.NewEnv(kind.variables...)
	if err != nil {
		return nil, err
	}
	p, err := cel.Compile(source, env, cel.Bool)
	if err == nil {
		return p, nil
	}
	out := &PolicyError{Line: c.line, Column: c.column, Reason: fmt.Sprintf("%s of the check %s: %v", name, c.ID, err)}
	if e, ok := errors.AsType[*cel.Error](err); ok {
		out.Nearest = nearest(e.Word, e.Words)
	}
	return nil, out
}

// own are the checks of the policy, ready to be asked.
func (p *Policy) own() ([]rules.Rule, error) {
	var out []rules.Rule
	for _, c := range p.Checks {
		if slices.ContainsFunc(out, func(r rules.Rule) bool { return r.ID == c.ID }) {
			return nil, &PolicyError{Line: c.line, Column: c.column, Reason: fmt.Sprintf("there are two checks %s", c.ID)}
		}
		r, err := c.rule()
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// customRules are what a report says of them.
func (p *Policy) customRules() []CustomRule {
	var out []CustomRule
	for _, r := range p.custom {
		out = append(out, CustomRule{ID: r.ID, Title: r.Title, Severity: r.Severity, Why: r.Why, Fix: r.Fix})
	}
	return out
}
