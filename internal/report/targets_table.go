package report

import (
	"fmt"
	"io"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/check"
)

// What is shown to people of a long list; all of it is in the other formats.
const (
	mostFine  = 20 // targets with nothing to say of
	mostShown = 4  // certificates of one target
	mostSaid  = 12 // findings of one target
)

// tableOfTargets is the format for people: the worst first, each with its findings
// and how long its certificates last, then what there is to do about each rule.
func tableOfTargets(w io.Writer, r *Checked, o Options) error {
	p := page{Options: o}
	fine := 0
	for _, t := range r.worstFirst() {
		if t.Status == check.OK && len(t.Findings) == 0 {
			if fine++; fine > mostFine {
				continue
			}
		}
		p.target(t)
	}
	if more := fine - mostFine; more > 0 {
		p.line(0, fmt.Sprintf("ok         and %d more", more))
	}
	for _, f := range r.Findings {
		p.findingOf(f, 0, Printable(f.Where)+fmt.Sprintf(":%d: ", f.Place.Line))
	}
	if used := r.used(); len(used) > 0 {
		p.WriteByte('\n')
		for _, rule := range used {
			p.line(0, p.paint(rule.ID, bold)+" "+Printable(rule.Title))
			for _, line := range wrap(rule.Fix, p.room(indent)) {
				p.line(indent, Printable(line))
			}
		}
	}
	if len(r.Targets) > 0 {
		p.WriteByte('\n')
	}
	tone := Good
	if r.Failed() {
		tone = Bad
	} else if r.Summary.Unchecked > 0 {
		tone = Warn
	}
	p.line(0, p.paint(r.outcome(), tone.colour()))
	_, err := w.Write(p.Bytes())
	return err
}

// target is one target: what became of it, its certificates, and what was found.
func (p *page) target(t check.Checked) {
	tone := map[check.TargetStatus]Tone{check.OK: Good, check.Failed: Bad, check.Unchecked: Warn}[t.Status]
	p.line(0, p.paint(fmt.Sprintf("%-10s", t.Status), tone.colour())+" "+p.paint(Printable(t.Name), bold))
	shown := shownBy(t)
	for _, c := range shown[:min(len(shown), mostShown)] {
		name := shortName(c)
		if c.Alias != "" && !strings.EqualFold(c.Alias, name) {
			name = c.Alias + ": " + name
		}
		left := toneOfDays(c.DaysLeft)
		p.line(11, p.paint(bar(c.DaysLeft), left.colour())+" "+p.paint(daysLeft(c.DaysLeft), left.colour())+", "+Printable(clip(name, 60)))
	}
	if more := len(shown) - mostShown; more > 0 {
		p.line(11, fmt.Sprintf("and %d more certificates, which last longer", more))
	}
	for _, f := range t.Findings[:min(len(t.Findings), mostSaid)] {
		alias := ""
		if _, a, ok := strings.Cut(strings.TrimPrefix(f.Where, t.Name), "#"); ok && len(shown) > 1 {
			alias = a + ": "
		}
		p.findingOf(f, 11, Printable(alias))
	}
	if more := len(t.Findings) - mostSaid; more > 0 {
		p.line(11, fmt.Sprintf("and %d more findings", more))
	}
	for _, reason := range t.Reasons {
		p.said(11, "not checked: "+Printable(reason))
	}
}

// findingOf is a finding on a line of its own, or on several where there is no room.
func (p *page) findingOf(f finding.Finding, by int, before string) {
	tone := severityTone(f.Severity)
	head := fmt.Sprintf("%s %s: ", f.Severity, f.Rule)
	lines := wrap(head+before+Printable(f.Text), p.room(by+indent))
	lines[0] = strings.Replace(lines[0], string(f.Severity), p.paint(string(f.Severity), tone.colour()), 1)
	for i, line := range lines {
		p.line(by+min(i, 1)*indent, line)
	}
}

func (p *page) said(by int, text string) {
	for i, line := range wrap(text, p.room(by+indent)) {
		p.line(by+min(i, 1)*indent, line)
	}
}

// bar is ten blocks for ninety days or more: a share of the lifetime would show a
// certificate of six days that was made today as full.
func bar(days int) string {
	const blocks, whole = 10, 90
	n := min(max((days*blocks+whole-1)/whole, 0), blocks)
	return strings.Repeat("█", n) + strings.Repeat("░", blocks-n)
}
