package finding

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Baseline are findings that are known, and put up with for now. They are known
// again by their fingerprints, which stay when lines move.
type Baseline struct {
	SchemaVersion int     `json:"schemaVersion"`
	Findings      []Known `json:"findings"` // in the order of reports
}

// Known is a finding of a baseline.
type Known struct {
	Rule        string `json:"rule"`
	Fingerprint string `json:"fingerprint"`
	File        string `json:"file"` // for people; the fingerprint decides
}

const baselineVersion = 1

// NewBaseline is the baseline of all that was found.
func NewBaseline(list []Finding) Baseline {
	b := Baseline{SchemaVersion: baselineVersion, Findings: []Known{}}
	for _, f := range list {
		b.Findings = append(b.Findings, Known{f.Rule, f.Fingerprint, f.Where})
	}
	return b
}

// Bytes is the baseline as it is kept in a file: one finding on a line, so that
// changes to it can be read and merged.
func (b Baseline) Bytes() []byte {
	out := fmt.Appendf(nil, "{\n  \"schemaVersion\": %d,\n  \"findings\": [", b.SchemaVersion)
	for i, k := range b.Findings {
		line, _ := json.Marshal(k) // three strings
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, "\n    "...), line...)
	}
	return append(out, "\n  ]\n}\n"...)
}

// ParseBaseline reads what Bytes wrote.
func ParseBaseline(data []byte) (Baseline, error) {
	var b Baseline
	if err := json.Unmarshal(data, &b); err != nil {
		return b, fmt.Errorf("it is no baseline: %w", err)
	}
	if b.SchemaVersion != baselineVersion {
		return b, errors.New("it is no baseline of a version that is known here")
	}
	return b, nil
}

// New are the findings that the baseline does not have, and how many of its own
// are no longer there.
func (b Baseline) New(list []Finding) (fresh []Finding, gone int) {
	left := map[Known]int{}
	for _, k := range b.Findings {
		left[Known{Rule: k.Rule, Fingerprint: k.Fingerprint}]++
	}
	for _, f := range list {
		k := Known{Rule: f.Rule, Fingerprint: f.Fingerprint}
		if left[k] > 0 {
			left[k]--
			continue
		}
		fresh = append(fresh, f)
	}
	for _, n := range left {
		gone += n
	}
	return fresh, gone
}
