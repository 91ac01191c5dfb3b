package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"muxkey/policy/check"
)

// GitHub cuts a step summary off at one MiB; these many rows stay below it.
const mostTargetRows = 2000

// markdownOfTargets is a table of the targets, then what there is to do.
func markdownOfTargets(w io.Writer, r *Checked, _ Options) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# muxkey check\n\n%s.\n", sentence(r.outcome()))
	list := r.worstFirst()
	if len(list) > 0 {
		b.WriteString("\n| Target | Outcome | Expires | What was found |\n| --- | --- | --- | --- |\n")
	}
	for _, t := range list[:min(len(list), mostTargetRows)] {
		expires := ""
		if shown := shownBy(t); len(shown) > 0 {
			expires = fmt.Sprintf("%s, %s", shown[0].NotAfter.UTC().Format(time.DateOnly), daysLeft(shown[0].DaysLeft))
		}
		var said []string
		for _, f := range t.Findings {
			said = append(said, fmt.Sprintf("%s [%s](#%s): %s", f.Severity, f.Rule, strings.ToLower(f.Rule), markdownCell(f.Text)))
		}
		for _, reason := range t.Reasons {
			said = append(said, "not checked: "+markdownCell(reason))
		}
		outcome := string(t.Status)
		if t.Status != check.OK {
			outcome = "**" + outcome + "**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", markdownCode(t.Name), outcome, expires, strings.Join(said, "<br>"))
	}
	if more := len(list) - mostTargetRows; more > 0 {
		fmt.Fprintf(&b, "\nAnd %d more targets.\n", more)
	}
	for i, f := range r.Findings {
		if i == 0 {
			b.WriteString("\n## The policy\n\n")
		}
		fmt.Fprintf(&b, "- %s [%s](#%s), %s line %d: %s\n", f.Severity, f.Rule, strings.ToLower(f.Rule), markdownCode(f.Where), f.Place.Line, markdownCell(f.Text))
	}
	for i, rule := range r.used() {
		if i == 0 {
			b.WriteString("\n## What to do\n")
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s. %s\n\n%s\n", rule.ID, sentence(rule.Title), rule.Why, rule.Fix)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
