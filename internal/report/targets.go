package report

import (
	"fmt"
	"io"

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

// findingCommands are the commands that have findings.
func findingCommands() []string { return []string{"lint", "check", "report merge"} }

// tableOfTargets is the format for people: the worst first.
func tableOfTargets(w io.Writer, r *Checked, o Options) error {
	p := page{Options: o}
	for _, t := range r.Targets {
		p.line(0, fmt.Sprintf("%s %s", t.Status, Printable(t.Name)))
		for _, f := range t.Findings {
			p.line(indent, fmt.Sprintf("%s %s: %s", f.Severity, f.Rule, Printable(f.Text)))
		}
		for _, reason := range t.Reasons {
			p.line(indent, "not checked: "+Printable(reason))
		}
	}
	p.line(0, fmt.Sprintf("%d ok, %d failed, %d could not be checked", r.Summary.OK, r.Summary.Failed, r.Summary.Unchecked))
	_, err := w.Write(p.Bytes())
	return err
}
