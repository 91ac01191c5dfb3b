package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"muxkey/internal/finding"
	"muxkey/policy/check/rules"
)

// check holds every word of a policy against what there is.
func (p *Policy) check() error {
	words := slices.Concat(p.Only, p.Skip)
	for id, s := range p.Severities {
		words = append(words, id)
		if !slices.Contains(finding.Severities(), s) {
			return &PolicyError{Reason: fmt.Sprintf("the severity %q of %s is none of %v", s, id, finding.Severities())}
		}
	}
	slices.Sort(words)
	if err := p.known(0, 0, words); err != nil {
		return err
	}
	if p.FailOn != "" && p.FailOn != Never && !slices.Contains(finding.Severities(), finding.Severity(p.FailOn)) {
		return &PolicyError{Reason: fmt.Sprintf("fail-on %q is neither %s nor one of %v", p.FailOn, Never, finding.Severities())}
	}
	for _, a := range p.Allow {
		if err := a.check(p); err != nil {
			return err
		}
	}
	for name := range p.profiles {
		if base := p.base(name); !slices.Contains(rules.Profiles(), base) {
			return &PolicyError{Reason: fmt.Sprintf("the profile %q stands on none of %v", name, rules.Profiles())}
		}
	}
	if err := p.knownProfile(0, 0, p.defaultProfile); err != nil {
		return err
	}
	for _, t := range p.Targets {
		if err := t.check(p); err != nil {
			return err
		}
	}
	for _, s := range p.Services {
		if err := s.check(p); err != nil {
			return err
		}
	}
	return nil
}

// known looks for words that name no rule and no group of rules.
func (p *Policy) known(line, column int, words []string) error {
	ids := p.ids()
	for _, word := range words {
		if !slices.ContainsFunc(ids, func(id string) bool { return finding.Means(id, word) }) {
			for _, id := range ids {
				ids = append(ids, id[:strings.LastIndexByte(id, '-')]) // groups may be meant
			}
			return &PolicyError{Line: line, Column: column, Reason: fmt.Sprintf("there is no rule and no group of rules %q", word), Nearest: nearest(strings.ToUpper(word), ids)}
		}
	}
	return nil
}

// ids are those of all rules, and of the policy's own.
func (p *Policy) ids() []string {
	ids := rules.All().Names()
	for _, c := range p.Checks {
		ids = append(ids, c.ID)
	}
	return ids
}

func (a *Allowance) check(p *Policy) error {
	wrong := func(reason string) error { return &PolicyError{Line: a.line, Column: a.column, Reason: reason} }
	switch {
	case len(a.Rules) == 0:
		return wrong("this suppression names no rule")
	case strings.TrimSpace(a.Reason) == "":
		return wrong("this suppression gives no reason")
	}
	if a.Until != "" {
		day, err := time.Parse(time.DateOnly, a.Until)
		if err != nil {
			return wrong(fmt.Sprintf("until %q is no date such as 2027-01-31", a.Until))
		}
		a.until = day
	}
	return p.known(a.line, a.column, a.Rules)
}

func (t *Target) check(p *Policy) error {
	n := 0
	for _, s := range []string{t.Path, t.URL, t.Inventory} {
		if s != "" {
			n++
		}
	}
	if n != 1 {
		return &PolicyError{Line: t.line, Column: t.column, Reason: "a target has one of path, url and inventory"}
	}
	return p.knownProfile(t.line, t.column, t.Profile)
}

func (s *Service) check(p *Policy) error {
	if s.Name == "" {
		return &PolicyError{Line: s.line, Column: s.column, Reason: "a service needs a name"}
	}
	if s.Server != "" {
		at, err := parseServer(s.Server)
		if err != nil {
			return &PolicyError{Line: s.line, Column: s.column, Reason: err.Error()}
		}
		s.endpoint = at
	}
	return p.knownProfile(s.line, s.column, s.Profile)
}

func (p *Policy) knownProfile(line, column int, name string) error {
	names := []string{}
	for _, known := range rules.Profiles() {
		names = append(names, string(known))
	}
	for own := range p.profiles {
		names = append(names, own)
	}
	if name != "" && !slices.Contains(names, name) {
		return &PolicyError{Line: line, Column: column, Reason: fmt.Sprintf("there is no profile %q", name), Nearest: nearest(name, names)}
	}
	return nil
}

// chooses tells whether a rule is applied.
func (p *Policy) chooses(id string) bool { return finding.Chosen(id, p.Only, p.Skip) }

// severity is that of a rule, where the policy says one.
func (p *Policy) severity(id string) (finding.Severity, bool) {
	return finding.SeverityFor(id, p.Severities)
}
