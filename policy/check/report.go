// Package check is the gate: it holds keystores, certificates, bundles and servers
// against a policy, and says of each whether it is as it should be.
//
// A [Policy] names targets and what is expected of them; [Run] looks at all of
// them, several at a time, and returns a [Report]. What is right and wrong is in
// package rules.
package check

import (
	"slices"
	"time"

	"muxkey/internal/finding"
	"muxkey/policy/check/rules"
)

// SchemaVersion of Report. It rises when a field changes its meaning.
const SchemaVersion = 1

// Report is the JSON of muxkey check.
type Report struct {
	SchemaVersion int       `json:"schemaVersion"`
	At            time.Time `json:"at"`               // the time for which it was checked
	Policy        string    `json:"policy,omitempty"` // the path of the policy; missing without one
	Shard         string    `json:"shard,omitempty"`  // which part of the targets it has: "2/10"; missing for all
	FailOn        string    `json:"failOn"`           // the severity from which on a target has failed, or "never"
	Summary       Counts    `json:"summary"`
	Targets       []Checked `json:"targets"` // in the order of the policy, files first
	// Findings are those about the policy itself, such as suppressions that have
	// expired.
	Findings []finding.Finding `json:"findings"`
	Custom   []CustomRule      `json:"custom,omitempty"` // the checks of the policy's own
}

// Counts says how many targets there are, and what became of them.
type Counts struct {
	Targets    int `json:"targets"`        // all of them
	OK         int `json:"ok"`             // as they should be, or with findings below failOn
	Failed     int `json:"failed"`         // with a finding of failOn or above
	Unchecked  int `json:"unchecked"`      // that could not be checked, or not wholly
	Suppressed int `json:"suppressed"`     // findings that the policy allows
	Known      int `json:"known"`          // findings that the baseline has
	Gone       int `json:"gone,omitempty"` // findings of the baseline that are no longer there
}

// heed leaves out what a baseline has, and counts.
func (r *Report) heed(b *finding.Baseline) {
	if b != nil {
		fresh, gone := b.New(r.All())
		r.Summary.Known, r.Summary.Gone = len(r.All())-len(fresh), gone
		r.keep(fresh)
	}
	r.count()
}

// All are the findings of all targets, then those about the policy.
func (r *Report) All() []finding.Finding {
	var out []finding.Finding
	for _, t := range r.Targets {
		out = append(out, t.Findings...)
	}
	return append(out, r.Findings...)
}

// keep leaves the findings of a list, which has them in the order of All.
func (r *Report) keep(list []finding.Finding) {
	kept := func(have []finding.Finding) []finding.Finding {
		return slices.DeleteFunc(have, func(f finding.Finding) bool {
			if len(list) > 0 && list[0].Rule == f.Rule && list[0].Fingerprint == f.Fingerprint {
				list = list[1:]
				return false
			}
			return true
		})
	}
	for i := range r.Targets {
		r.Targets[i].Findings = kept(r.Targets[i].Findings)
	}
	r.Findings = kept(r.Findings)
}

// Failed tells whether a target has failed, or the policy is not as it should be.
func (r *Report) Failed() bool {
	worst := finding.Worst(r.Findings)
	return r.Summary.Failed > 0 || worst != "" && r.FailOn != Never && worst.AtLeast(finding.Severity(r.FailOn))
}

// TargetStatus is whether a target is as it should be. The strings are part of the JSON
// contract.
type TargetStatus string

// The statuses.
const (
	OK        TargetStatus = "ok"
	Failed    TargetStatus = "failed"
	Unchecked TargetStatus = "unchecked"
)

// TargetKind is what a target is. The strings are part of the JSON contract.
type TargetKind string

// The kinds.
const (
	File     TargetKind = "file"
	Endpoint TargetKind = "endpoint"
	Group    TargetKind = "service"
	Part     TargetKind = "shard" // a part of the targets of which there is no report
)

// Checked is what became of one target.
type Checked struct {
	Name    string       `json:"name"` // the path, the address, or the name of the service
	Kind    TargetKind   `json:"kind"`
	Status  TargetStatus `json:"status"`
	Profile string       `json:"profile,omitempty"` // that it was held against
	Format  string       `json:"format,omitempty"`  // ID of the format of a file
	// Reasons say what could not be checked, and why.
	Reasons []string `json:"reasons,omitempty"`
	// Network tells that it is the network that kept it from being checked.
	Network bool `json:"network,omitempty"`
	// Position in the policy of what names it; in the report of a shard only.
	Position int `json:"position,omitempty"`
	// Fleet has what rules compare among targets; in the report of a shard only.
	Fleet *rules.Member `json:"fleet,omitempty"`
	// Place is the line of the policy, or of the inventory, that names it.
	Place        *finding.Location `json:"place,omitempty"`
	Certificates []Certified       `json:"certificates"` // in the order of the entries, chains leaf first
	Findings     []finding.Finding `json:"findings"`     // the gravest first
}

// Certified is a certificate of a target, for lists and calendars.
type Certified struct {
	Alias     string    `json:"alias"`             // of its entry; empty for a server
	Depth     int       `json:"depth"`             // its place in the chain, 0 for the first
	Key       bool      `json:"key,omitempty"`     // the entry has its private key, or the server has
	Subject   string    `json:"subject"`           // RFC 4514
	Issuer    string    `json:"issuer"`            // RFC 4514
	Serial    string    `json:"serial"`            // hex
	SHA256    string    `json:"sha256"`            // of the DER
	NotBefore time.Time `json:"notBefore"`         // RFC 3339
	NotAfter  time.Time `json:"notAfter"`          // RFC 3339
	DaysLeft  int       `json:"daysLeft"`          // whole days until notAfter; below zero it has passed
	CA        bool      `json:"ca"`                // by its basic constraints
	Names     []string  `json:"names,omitempty"`   // subject alternative names, with their kinds in front
	KeyType   string    `json:"keyType,omitempty"` // "RSA 2048", "EC P-256"
}

// CustomRule is a check of the policy's own, for who reads the report.
type CustomRule struct {
	ID       string           `json:"id"`            // as the policy has it
	Title    string           `json:"title"`         // what it finds
	Severity finding.Severity `json:"severity"`      // of its findings
	Why      string           `json:"why,omitempty"` // as the policy says it
	Fix      string           `json:"fix,omitempty"` // as the policy says it
}
