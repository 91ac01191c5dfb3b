// Package finding holds what a check or a rule has found: one type for all of
// them, so that reports, baselines and exit statuses need to know no other.
package finding

import "slices"

// Severity is the weight of a finding. The strings are part of the JSON contract.
type Severity string

// The severities, from the lightest.
const (
	Info    Severity = "info"    // good to know
	Warning Severity = "warning" // it works, and somebody should know
	Error   Severity = "error"   // it must not stay so
)

// Severities lists them from the lightest.
func Severities() []Severity { return []Severity{Info, Warning, Error} }

// AtLeast tells whether s weighs as much as other, or more.
func (s Severity) AtLeast(other Severity) bool {
	return slices.Index(Severities(), s) >= slices.Index(Severities(), other)
}

// Finding is one thing found.
type Finding struct {
	Rule     string   `json:"rule"` // its ID, which never changes
	Severity Severity `json:"severity"`
	Where    string   `json:"where"` // the file, entry or certificate it is about
	Text     string   `json:"text"`  // one sentence for people; may change its wording
}

// Worst is the highest severity of some findings; empty when there are none.
func Worst(list []Finding) Severity {
	var worst Severity
	for _, f := range list {
		if worst == "" || f.Severity.AtLeast(worst) {
			worst = f.Severity
		}
	}
	return worst
}
