package check

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"muxkey/internal/finding"
)

// MaxShards is into how many parts targets can be split at most.
const MaxShards = 10_000

// MaxReport is how large the JSON of a report may be, in bytes: a hundred thousand
// targets have room.
const MaxReport = 256 << 20

// ParseShard reads "2/10": the second of ten parts.
func ParseShard(text string) (shard, shards int, err error) {
	a, b, ok := strings.Cut(text, "/")
	shard, errA := strconv.Atoi(a)
	shards, errB := strconv.Atoi(b)
	if !ok || errA != nil || errB != nil || shard < 1 || shard > shards || shards > MaxShards {
		return 0, 0, fmt.Errorf("%q is no part of at most %d such as 2/10", text, MaxShards)
	}
	return shard, shards, nil
}

// ParseReport reads the JSON of muxkey check. Nothing in it is believed: what the
// rest of the program takes for granted is asked here.
func ParseReport(in io.Reader) (*Report, error) { return parseReport(in, MaxReport) }

func parseReport(in io.Reader, most int64) (*Report, error) {
	data, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("it has more than %d bytes", most)
	}
	r := &Report{}
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), r); err != nil {
		return nil, fmt.Errorf("it is no report of muxkey check: %w", err)
	}
	return r, r.valid()
}

// valid says what is wrong with a report that was read.
func (r *Report) valid() error {
	switch {
	case r.SchemaVersion == 0:
		return errors.New("it is no report of muxkey check: it has no schemaVersion")
	case r.SchemaVersion != SchemaVersion:
		return fmt.Errorf("it is a report of version %d, and version %d is known here", r.SchemaVersion, SchemaVersion)
	case r.FailOn != Never && !slices.Contains(finding.Severities(), finding.Severity(r.FailOn)):
		return fmt.Errorf("it is no report of muxkey check: failOn is %q", r.FailOn)
	case r.Targets == nil:
		return errors.New("it is no report of muxkey check: it has no targets")
	}
	if r.Shard != "" {
		if _, _, err := ParseShard(r.Shard); err != nil {
			return fmt.Errorf("it is no report of muxkey check: %w", err)
		}
	}
	if r.Findings == nil {
		r.Findings = []finding.Finding{}
	}
	lists := [][]finding.Finding{r.Findings}
	for i := range r.Targets {
		t := &r.Targets[i]
		if !slices.Contains([]TargetKind{File, Endpoint, Group, Part}, t.Kind) {
			return fmt.Errorf("it is no report of muxkey check: the target %q is a %q", t.Name, t.Kind)
		}
		if t.Status == Unchecked && len(t.Reasons) == 0 {
			t.Reasons = []string{"the report does not say why"}
		}
		if t.Certificates == nil {
			t.Certificates = []Certified{}
		}
		if t.Findings == nil {
			t.Findings = []finding.Finding{}
		}
		lists = append(lists, t.Findings)
	}
	for _, list := range lists {
		for _, f := range list {
			if !slices.Contains(finding.Severities(), f.Severity) {
				return fmt.Errorf("it is no report of muxkey check: a finding of %s has the severity %q", f.Rule, f.Severity)
			}
		}
	}
	return nil
}

// MergeOptions say how reports are put together.
type MergeOptions struct {
	// FailOn replaces that of the reports where it is not empty.
	FailOn string
	// Policy and Baseline are those that the shards were checked with: what compares
	// targets is asked of all of them together. Reports of no shards need none.
	Policy   *Policy
	Baseline *finding.Baseline
	// Unread stand for what could not be read.
	Unread []Checked
}

// Merge makes one report of the reports of all shards, or of reports that have
// nothing to do with each other. A shard that is missing is a target that could not
// be checked.
func Merge(reports []*Report, o MergeOptions) (*Report, error) {
	if len(reports) == 0 {
		return nil, errors.New("there are no reports")
	}
	first := reports[0]
	out := &Report{
		SchemaVersion: SchemaVersion, At: first.At, Policy: first.Policy, FailOn: cmp.Or(o.FailOn, first.FailOn),
		Targets: []Checked{}, Findings: policyFindings(reports),
	}
	for _, r := range reports {
		if o.FailOn == "" && r.FailOn != first.FailOn {
			return nil, fmt.Errorf("in one report targets fail from %s on, in another from %s on", first.FailOn, r.FailOn)
		}
		if (r.Shard == "") != (first.Shard == "") {
			return nil, errors.New("some reports are of a shard and others of all targets")
		}
		if r.Policy != first.Policy {
			out.Policy = ""
		}
		if r.At.Before(out.At) {
			out.At = r.At
		}
		out.Summary.Suppressed += r.Summary.Suppressed
		out.Summary.Known += r.Summary.Known
		out.Targets = append(out.Targets, r.Targets...)
		for _, c := range r.Custom {
			if !slices.ContainsFunc(out.Custom, func(o CustomRule) bool { return o.ID == c.ID }) {
				out.Custom = append(out.Custom, c)
			}
		}
	}
	out.Summary.Gone = gone(reports)
	if first.Shard != "" {
		missing, err := missingShards(reports)
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(out.Targets, inOrder)
		if o.Policy != nil {
			out.compare(o.Policy, o.Baseline)
		}
		for i := range out.Targets {
			out.Targets[i].Position, out.Targets[i].Fleet = 0, nil
		}
		out.Targets = append(out.Targets, missing...)
	}
	out.Targets = append(out.Targets, o.Unread...)
	out.count()
	return out, nil
}

// compare asks what no shard could tell, and adds the findings to those of the
// shards.
func (r *Report) compare(p *Policy, b *finding.Baseline) {
	run := &run{policy: p, options: Options{Now: r.At}, used: map[*Allowance]bool{}}
	for _, rule := range p.chosen() {
		if rule.Fleet != nil && !rule.Secrets {
			run.rules = append(run.rules, rule)
		}
	}
	results := make([]result, len(r.Targets))
	for i, t := range r.Targets {
		results[i].checked = t
		results[i].checked.Findings = nil
		if t.Fleet != nil {
			results[i].member = *t.Fleet
		}
		results[i].member.Name = t.Name
	}
	run.fleet(results)
	more := run.report(results)
	run.allow(more, false)
	if b != nil {
		fresh, gone := b.New(more.All())
		r.Summary.Gone = max(gone-r.Summary.Known, 0)
		r.Summary.Known += len(more.All()) - len(fresh)
		more.keep(fresh)
	}
	r.Summary.Suppressed += more.Summary.Suppressed
	for i := range r.Targets {
		list := append(r.Targets[i].Findings, more.Targets[i].Findings...)
		slices.SortStableFunc(list, func(a, b finding.Finding) int { return b.Severity.Compare(a.Severity) })
		r.Targets[i].Findings = list
	}
	r.Findings = policyFindings([]*Report{r, more})
}

// Unreadable is what stands for targets of which there is no report.
func Unreadable(name string, why error) Checked {
	return Checked{
		Name: name, Kind: Part, Status: Unchecked, Reasons: []string{why.Error()},
		Certificates: []Certified{}, Findings: []finding.Finding{},
	}
}

// missingShards are those of which there is no report.
func missingShards(reports []*Report) ([]Checked, error) {
	_, shards, err := ParseShard(reports[0].Shard)
	if err != nil {
		return nil, err
	}
	there := make([]bool, shards)
	for _, r := range reports {
		shard, of, err := ParseShard(r.Shard)
		switch {
		case err != nil:
			return nil, err
		case of != shards:
			return nil, fmt.Errorf("shard %s does not belong to %s", r.Shard, reports[0].Shard)
		case there[shard-1]:
			return nil, fmt.Errorf("shard %s is there twice", r.Shard)
		}
		there[shard-1] = true
	}
	var out []Checked
	for i, ok := range there {
		if !ok {
			out = append(out, Unreadable(fmt.Sprintf("shard %d/%d", i+1, shards), errors.New("its report is missing")))
		}
	}
	return out, nil
}

// inOrder compares targets as reports have them: by kind, then in the order of the
// policy.
func inOrder(a, b Checked) int {
	kinds := []TargetKind{File, Endpoint, Group}
	return cmp.Or(slices.Index(kinds, a.Kind)-slices.Index(kinds, b.Kind), a.Position-b.Position)
}

// policyFindings are the findings about the policy, each once.
func policyFindings(reports []*Report) []finding.Finding {
	type key struct{ rule, where, text string }
	seen := map[key]bool{}
	out := []finding.Finding{}
	for _, r := range reports {
		for _, f := range r.Findings {
			if k := (key{f.Rule, f.Where, f.Text}); !seen[k] {
				seen[k] = true
				out = append(out, f)
			}
		}
	}
	return out
}

// gone is how many findings of the baseline are in no report. A shard knows all
// that are in no report of its own.
func gone(reports []*Report) int {
	n, known := 0, 0
	for _, r := range reports {
		n += r.Summary.Gone
		known += r.Summary.Known
	}
	if first := reports[0]; first.Shard != "" {
		return max(first.Summary.Known+first.Summary.Gone-known, 0)
	}
	return n
}
