package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/check"
)

// Checked is what became of the targets of muxkey check, for the formats that show
// them.
type Checked struct {
	*check.Report
	// Rules are all that were applied, in their order, the policy's own last.
	Rules []finding.Rule
}

// findingCommands are the commands that have findings, checkCommands those of them
// that have targets.
func findingCommands() []string { return append([]string{"lint"}, checkCommands()...) }

func checkCommands() []string { return []string{"check", "report merge"} }

// worstFirst are the targets for people: those that failed, by their gravest
// finding, then those that could not be checked, then by the days left.
func (r *Checked) worstFirst() []check.Checked {
	rank := func(c check.Checked) int {
		switch c.Status {
		case check.Failed:
			return -1 - slices.Index(finding.Severities(), finding.Worst(c.Findings))
		case check.Unchecked:
			return 0
		}
		return 1
	}
	type ranked struct {
		check.Checked
		rank, days int
	}
	list := make([]ranked, len(r.Targets))
	for i, c := range r.Targets {
		list[i] = ranked{c, rank(c), soonest(c)}
	}
	slices.SortStableFunc(list, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.days, b.days))
	})
	out := make([]check.Checked, len(list))
	for i, c := range list {
		out[i] = c.Checked
	}
	return out
}

// soonest is how many days the first of the certificates has left that a target
// shows; a very long time without any.
func soonest(c check.Checked) int {
	days := 1 << 30
	for _, x := range shownBy(c) {
		days = min(days, x.DaysLeft)
	}
	return days
}

// shownBy are the certificates that a target shows to others: those with a key, or
// where there are none, the first of each entry. The first to expire comes first.
func shownBy(c check.Checked) []check.Certified {
	keys := slices.ContainsFunc(c.Certificates, func(x check.Certified) bool { return x.Key })
	var out []check.Certified
	for _, x := range c.Certificates {
		if x.Depth == 0 && (x.Key || !keys) {
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(a, b check.Certified) int { return a.NotAfter.Compare(b.NotAfter) })
	return out
}

// daysLeft says it in words.
func daysLeft(days int) string {
	switch {
	case days < -2:
		return fmt.Sprintf("expired %d days ago", -days-1) // whole ones, as -1 is the first day
	case days == -2:
		return "expired 1 day ago"
	case days < 0:
		return "expired"
	case days == 1:
		return "1 day left"
	}
	return fmt.Sprintf("%d days left", days)
}

// toneOfDays is that of an expiry, as the standard expectations have it.
func toneOfDays(days int) Tone {
	switch {
	case days < 14:
		return Bad
	case days < 30:
		return Warn
	}
	return Good
}

// shortName is what people call a certificate: its common name, or its subject.
func shortName(c check.Certified) string {
	for _, l := range nameLabels("subject", c.Subject) {
		if l.name == "subject_CN" && l.value != "" {
			return l.value
		}
	}
	return cmp.Or(c.Subject, strings.Join(c.Names[:min(len(c.Names), 1)], ""), "serial number "+c.Serial)
}

// outcome is the numbers of a report in one sentence.
func (r *Checked) outcome() string {
	s := r.Summary
	parts := []string{fmt.Sprintf("%d ok, %d failed, %d could not be checked", s.OK, s.Failed, s.Unchecked)}
	for _, n := range []struct {
		n    int
		what string
	}{{s.Suppressed, "suppressed by the policy"}, {s.Known, "known from the baseline"}, {s.Gone, "gone since the baseline"}} {
		if n.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.n, n.what))
		}
	}
	return strings.Join(parts, "; ")
}

// used are the rules of which there are findings, in their order.
func (r *Checked) used() []finding.Rule {
	found := map[string]bool{}
	for _, f := range r.All() {
		found[f.Rule] = true
	}
	return slices.DeleteFunc(slices.Clone(r.Rules), func(rule finding.Rule) bool { return !found[rule.ID] })
}
