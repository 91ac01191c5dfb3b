package report

import (
	"fmt"
	"io"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/check"
)

// junitOfTargets has a test suite for each target. Its first test case asks whether
// the target could be checked, and passes, or is an error; each finding is one
// more, which fails when the target fails by it, and else passes and has the
// finding in its output. A case for each rule that found nothing was the
// alternative: a hundred passes a target, of which most asked nothing of it.
func junitOfTargets(w io.Writer, r *Checked, _ Options) error {
	all := junitSuites{Name: "muxkey check"}
	suites := map[string]int{}
	add := func(t check.Checked) {
		name := legal(t.Name)
		suites[name]++
		if n := suites[name]; n > 1 {
			name = fmt.Sprintf("%s (%d)", name, n)
		}
		s := junitSuite{Name: name}
		first := junitCase{Class: name, Name: "can be checked", File: legal(r.placeOf(t, finding.Finding{}).File), Time: "0"}
		if len(t.Reasons) > 0 {
			s.Errors++
			first.Error = &junitFailure{Message: legal(t.Reasons[0]), Type: string(check.Unchecked), Text: legal(strings.Join(t.Reasons, "\n"))}
		}
		s.Cases = append(s.Cases, first)
		names := map[string]int{}
		for _, f := range t.Findings {
			c := r.junitCase(name, t, f)
			names[c.Name]++
			if n := names[c.Name]; n > 1 {
				c.Name = fmt.Sprintf("%s (%d)", c.Name, n)
			}
			if c.Failure != nil {
				s.Failures++
			}
			s.Cases = append(s.Cases, c)
		}
		s.Tests = len(s.Cases)
		all.Suites = append(all.Suites, s)
	}
	if list := r.Findings; len(list) > 0 {
		add(check.Checked{Name: "the policy", Findings: list})
	}
	for _, t := range r.Targets {
		add(t)
	}
	return all.write(w)
}

// junitCase is a finding as a test case; its name is the same for as long as the
// finding stays.
func (r *Checked) junitCase(class string, t check.Checked, f finding.Finding) junitCase {
	name := f.Rule
	if _, alias, ok := strings.Cut(f.Where, "#"); ok {
		name += " " + legal(alias)
	}
	rule := r.rule(f.Rule)
	text := legal(fmt.Sprintf("%s: %s\n%s: %s\n\n%s", f.Where, f.Text, f.Rule, rule.Title, rule.Fix))
	c := junitCase{Class: class, Name: name, Time: "0", File: legal(r.placeOf(t, f).File)}
	if !r.Fails(f) {
		c.Out = text
		return c
	}
	c.Failure = &junitFailure{Message: legal(f.Text), Type: string(f.Severity), Text: text}
	return c
}
