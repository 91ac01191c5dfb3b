package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"muxkey/internal/finding"
)

// nagiosFormat is what a plugin says to Nagios, Icinga, Naemon and others
// (Monitoring Plugins Development Guidelines): a line of at most 80 characters,
// performance data behind a bar, then as much more as fits into 4 kB. The exit
// status is that of a plugin, too: NagiosStatus.
var nagiosFormat = Format{
	Name: "nagios", MIME: "text/plain; charset=utf-8", Of: checkCommands(),
	Description: "line of a Nagios plugin with performance data; the exit status is a plugin's", checked: writeNagios,
}

// The statuses of plugins.
const (
	NagiosOK = iota
	NagiosWarning
	NagiosCritical
	NagiosUnknown
)

// NagiosStatus is the exit status of a plugin: critical when a target fails by a
// finding of high severity or above, a warning when one fails by a lighter one, and
// unknown when one could not be checked, or when there is none.
func NagiosStatus(r *Checked) int {
	status := NagiosOK
	if r.Summary.Unchecked > 0 || r.Summary.Targets == 0 {
		status = NagiosUnknown
	}
	for _, list := range r.allFindings() {
		for _, f := range list {
			switch {
			case !r.Fails(f):
			case f.Severity.AtLeast(finding.High):
				return NagiosCritical
			default:
				status = NagiosWarning
			}
		}
	}
	return status
}

// NagiosLine is the first line of a plugin: a word for the status, and a text.
func NagiosLine(status int, text string) string {
	const most = 80
	word := []string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}[status]
	return clip("MUXKEY "+word+" - "+nagiosText(text), most)
}

// nagiosText has no bar: it would begin performance data.
func nagiosText(s string) string { return strings.ReplaceAll(Printable(s), "|", `\x7c`) }

func writeNagios(w io.Writer, r *Checked, _ Options) error {
	const most, data = 4096, 1500 // bytes of all, and of the performance data
	text := fmt.Sprintf("%d ok, %d failed, %d not checked", r.Summary.OK, r.Summary.Failed, r.Summary.Unchecked)
	lines := nagiosLines(r)
	if len(lines) > 0 {
		text += "; " + lines[0]
	}
	var b strings.Builder
	b.WriteString(NagiosLine(NagiosStatus(r), text) + " |" + nagiosData(r, data) + "\n")
	const more = "... and %d more\n"
	for i, line := range lines {
		line = nagiosText(line)
		if b.Len()+len(line)+1+len(more)+8 > most {
			fmt.Fprintf(&b, more, len(lines)-i)
			break
		}
		b.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// nagiosLines say what is wrong, the gravest first.
func nagiosLines(r *Checked) []string {
	type line struct {
		severity finding.Severity
		text     string
	}
	var list []line
	for _, findings := range r.allFindings() {
		for _, f := range findings {
			if r.Fails(f) {
				list = append(list, line{f.Severity, fmt.Sprintf("%s: %s (%s, %s)", f.Where, f.Text, f.Rule, f.Severity)})
			}
		}
	}
	for _, t := range r.Targets {
		for _, reason := range t.Reasons {
			list = append(list, line{"", t.Name + ": not checked: " + reason})
		}
	}
	slices.SortStableFunc(list, func(a, b line) int { return b.severity.Compare(a.severity) })
	var out []string
	for _, l := range list {
		out = append(out, l.text)
	}
	return out
}

// nagiosData is performance data of at most so many bytes: the counts, then the
// days that are left of certificates which are shown to others, the fewest first.
// Days have no unit of measurement.
func nagiosData(r *Checked, most int) string {
	var b strings.Builder
	s := r.Summary
	fmt.Fprintf(&b, "targets=%d;;;0 ok=%d;;;0;%d failed=%d;;0;0;%d unchecked=%d;;0;0;%d", s.Targets, s.OK, s.Targets, s.Failed, s.Targets, s.Unchecked, s.Targets)
	for _, severity := range slices.Backward(finding.Severities()) {
		n := 0
		for _, list := range r.allFindings() {
			for _, f := range list {
				n += int(truth(f.Severity == severity))
			}
		}
		fmt.Fprintf(&b, " %s=%d;;;0", severity, n)
	}
	type days struct {
		label string
		left  int
	}
	var list []days
	for _, t := range r.Targets {
		for _, c := range shownBy(t) {
			list = append(list, days{standsIn(t.Name, c), c.DaysLeft})
		}
	}
	slices.SortStableFunc(list, func(a, b days) int { return cmp.Compare(a.left, b.left) })
	seen := map[string]bool{}
	for _, d := range list {
		text := fmt.Sprintf(" '%s'=%d", nagiosLabel("days "+d.label), d.left)
		if b.Len()+len(text) > most {
			break
		}
		if !seen[d.label] {
			seen[d.label] = true
			b.WriteString(text)
		}
	}
	return b.String()
}

// nagiosLabel has neither an equals sign, which a label may not have, nor an
// apostrophe, which parsers do not read doubled.
func nagiosLabel(s string) string {
	return strings.NewReplacer("=", "_", "'", "_").Replace(nagiosText(s))
}
