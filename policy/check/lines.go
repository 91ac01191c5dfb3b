package check

import (
	"time"

	"muxkey/internal/finding"
)

// TargetLine is a line of the JSON lines of muxkey check: a target.
type TargetLine struct {
	Type    string `json:"type"` // "target"
	Checked        // the target
}

// SummaryLine is the last of the JSON lines of muxkey check. It has what Report has
// besides the targets.
type SummaryLine struct {
	Type          string            `json:"type"` // "summary"
	SchemaVersion int               `json:"schemaVersion"`
	At            time.Time         `json:"at"`               // the time for which it was checked
	Policy        string            `json:"policy,omitempty"` // the path of the policy; missing without one
	Shard         string            `json:"shard,omitempty"`  // which part of the targets there is: "2/10"; missing for all
	FailOn        string            `json:"failOn"`           // the severity from which on a target has failed, or "never"
	Summary       Counts            `json:"summary"`
	Findings      []finding.Finding `json:"findings"`         // those about the policy itself
	Custom        []CustomRule      `json:"custom,omitempty"` // the checks of the policy's own
}

// SummaryLine returns what comes behind the targets.
func (r *Report) SummaryLine() SummaryLine {
	return SummaryLine{
		Type: "summary", SchemaVersion: r.SchemaVersion, At: r.At, Policy: r.Policy, Shard: r.Shard, FailOn: r.FailOn,
		Summary: r.Summary, Findings: r.Findings, Custom: r.Custom,
	}
}
