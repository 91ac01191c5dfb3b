package report

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/check"
)

// AsFindings are the findings of all targets, for the viewers that know nothing
// else: each names its target, and what could not be checked is a finding, for no
// such viewer may be green then.
func (r *Checked) AsFindings() *Findings {
	out := &Findings{Command: "check", Files: len(r.Targets), What: "target", Rules: append(slices.Clone(r.Rules), uncheckedRule())}
	add := func(f finding.Finding, at finding.Location) {
		f.Place, f.Text = &at, f.Where+": "+f.Text
		out.List = append(out.List, f)
	}
	for _, f := range r.Findings {
		add(f, location(f))
	}
	for _, t := range r.Targets {
		if len(t.Reasons) > 0 {
			u := uncheckedRule()
			f := finding.Finding{Rule: u.ID, Severity: u.Severity, Where: t.Name, Text: strings.Join(t.Reasons, "; "), Fingerprint: hash(u.ID, t.Name)}
			add(f, r.placeOf(t, f))
		}
		for _, f := range t.Findings {
			add(f, r.placeOf(t, f))
		}
	}
	finding.Sort(out.List)
	return out
}

// placeOf is where viewers of source code show a finding: the line of the policy or
// inventory that names the target, else the beginning of the file; of what is no
// file that of the policy, if there is one.
func (r *Checked) placeOf(t check.Checked, f finding.Finding) finding.Location {
	switch {
	case f.Place != nil:
		return *f.Place
	case t.Place != nil:
		return *t.Place
	}
	file, _, _ := strings.Cut(t.Name, "#") // a member of an archive
	if t.Kind != check.File && r.Policy != "" {
		file = r.Policy
	}
	return finding.Location{File: file, Line: 1, Column: 1, EndLine: 1, EndColumn: 1}
}

// uncheckedRule is what stands for a target that could not be checked.
func uncheckedRule() finding.Rule {
	return finding.Rule{
		ID: "MUX-UNCHECKED-001", Title: "A target could not be checked", Severity: finding.High,
		Why: "Nobody knows whether it is as it should be: it is as bad as what is hidden by it.",
		Fix: "Make it readable or reachable for the check, give its password, or take it out of the policy.",
	}
}

// rule is what there is to know of a rule; of one that is not known, its ID.
func (r *Checked) rule(id string) finding.Rule {
	for _, rule := range r.Rules {
		if rule.ID == id {
			return rule
		}
	}
	return finding.Rule{ID: id, Title: id}
}

// Fails tells whether a target fails by a finding.
func (r *Checked) Fails(f finding.Finding) bool {
	return r.FailOn != check.Never && f.Severity.AtLeast(finding.Severity(r.FailOn))
}

// standsIn is where a certificate stands: "keystore.p12, alias mux".
func standsIn(target string, c check.Certified) string {
	if c.Alias == "" {
		return target
	}
	return target + ", alias " + c.Alias
}
