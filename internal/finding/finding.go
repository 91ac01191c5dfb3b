// Package finding holds what a check or a rule has found: one type for all of
// them, so that reports, baselines and exit statuses need to know no other.
package finding

import (
	"cmp"
	"slices"
	"strings"
)

// Severity is the weight of a finding. The strings are part of the JSON contract.
type Severity string

// The severities, from the lightest.
const (
	Info     Severity = "info"     // good to know
	Low      Severity = "low"      // a matter of policy, or out of harm's way
	Medium   Severity = "medium"   // it works, and somebody should know
	High     Severity = "high"     // it must not stay so
	Critical Severity = "critical" // whoever stands in between has it all
)

// Severities lists them from the lightest.
func Severities() []Severity { return []Severity{Info, Low, Medium, High, Critical} }

// AtLeast tells whether s weighs as much as other, or more.
func (s Severity) AtLeast(other Severity) bool {
	return slices.Index(Severities(), s) >= slices.Index(Severities(), other)
}

// Compare orders severities from the lightest.
func (s Severity) Compare(other Severity) int {
	return cmp.Compare(slices.Index(Severities(), s), slices.Index(Severities(), other))
}

// Lower is the next lighter severity; that of Info is Info.
func (s Severity) Lower() Severity {
	return Severities()[max(slices.Index(Severities(), s)-1, 0)]
}

// Finding is one thing found.
type Finding struct {
	Rule        string     `json:"rule"` // its ID, which never changes
	Severity    Severity   `json:"severity"`
	Where       string     `json:"where"`                 // the file, entry or certificate it is about
	Text        string     `json:"text"`                  // one sentence for people; may change its wording
	Place       *Location  `json:"place,omitempty"`       // where in a text file; missing for what has no lines
	Related     []Location `json:"related,omitempty"`     // places that belong to it, such as where a constant is set
	Repair      *Repair    `json:"repair,omitempty"`      // how it can be mended, where that is certain
	Context     []string   `json:"context,omitempty"`     // why it weighs less than its rule: "test", "documentation", "loopback", "allowed host", "condition"
	Fingerprint string     `json:"fingerprint,omitempty"` // the same when lines move; it is what baselines hold
}

// Location is where in a text file a finding is. Lines and columns count from 1,
// columns in characters; the end is the first character behind it.
type Location struct {
	File          string `json:"file"`                    // with slashes
	Line          int    `json:"line"`                    // from 1
	Column        int    `json:"column"`                  // from 1, in characters
	EndLine       int    `json:"endLine"`                 // of the first character behind it
	EndColumn     int    `json:"endColumn"`               // of the first character behind it
	Snippet       string `json:"snippet"`                 // the line, without its line break; a long one is cut, a secret in it covered
	SnippetColumn int    `json:"snippetColumn,omitempty"` // where the snippet begins, if the beginning of the line was cut away
}

// Repair is a change of a file that mends a finding. Offsets are in bytes from the
// beginning of the file.
type Repair struct {
	Start int    `json:"start"` // of what goes
	End   int    `json:"end"`   // of what goes; the first byte that stays
	With  string `json:"with"`  // what stands there then; empty when it is only removed
}

// Rule is what there is to know of a rule besides how it finds.
type Rule struct {
	ID         string // "MUX-CURL-001": the group, then a number that is never given twice
	Title      string
	Severity   Severity // where nothing about the place changes it
	CWE        int
	Why        string   // what it lets an attacker do
	Fix        string   // what to write in its place, and what must exist first
	References []string // URLs
}

// Group is the middle of the ID, in lower case.
func (r Rule) Group() string {
	parts := strings.Split(strings.ToLower(r.ID), "-")
	return strings.Join(parts[1:max(len(parts)-1, 1)], "-")
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

// Sort puts findings in the order of reports: by file, place and rule.
func Sort(list []Finding) {
	slices.SortStableFunc(list, func(a, b Finding) int {
		pa, pb := Location{File: a.Where}, Location{File: b.Where}
		if a.Place != nil {
			pa = *a.Place
		}
		if b.Place != nil {
			pb = *b.Place
		}
		return cmp.Or(cmp.Compare(pa.File, pb.File), cmp.Compare(pa.Line, pb.Line), cmp.Compare(pa.Column, pb.Column),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Text, b.Text))
	})
}
