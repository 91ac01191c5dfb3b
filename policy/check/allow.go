package check

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"muxkey/internal/finding"
	"muxkey/internal/glob"
	"muxkey/policy/check/rules"
)

// allow takes away the findings that the policy puts up with, and says what is
// wrong with its suppressions. Of a run over a part of the targets nobody knows
// what is not used.
func (r *run) allow(out *Report, whole bool) {
	for i := range out.Targets {
		c := &out.Targets[i]
		c.Findings = slices.DeleteFunc(c.Findings, func(f finding.Finding) bool {
			allowed := r.allows(f.Rule, c.Name)
			if allowed {
				out.Summary.Suppressed++
			}
			return allowed
		})
	}
	for _, a := range r.policy.Allow {
		about := strings.Join(a.Rules, ", ")
		switch {
		case r.used[a] && a.expired(r.options.Now):
			r.say(out, rules.ExpiredAllow, a.line, a.column, "the suppression of "+about+" has expired on "+a.until.Format(time.DateOnly), about)
		case !r.used[a] && whole && r.applied(a.Rules):
			r.say(out, rules.UnusedAllow, a.line, a.column, "nothing is found that the suppression of "+about+" is for", about)
		}
	}
}

// allows tells whether a finding is put up with. An allowance that has expired is
// used, and allows nothing.
func (r *run) allows(rule, target string) bool {
	allowed := false
	for _, a := range r.policy.Allow {
		if !slices.ContainsFunc(a.Rules, func(word string) bool { return finding.Means(rule, word) }) || !a.concerns(r.policy, target) {
			continue
		}
		r.used[a] = true
		allowed = allowed || !a.expired(r.options.Now)
	}
	return allowed
}

func (a *Allowance) expired(now time.Time) bool {
	return finding.Allowance{Until: a.until}.Expired(now)
}

// concerns tells whether an allowance is for a target: by its name, by a pattern,
// or as it stands relative to the policy.
func (a *Allowance) concerns(p *Policy, target string) bool {
	name, _, _ := strings.Cut(filepath.ToSlash(target), "#")
	return len(a.Targets) == 0 || slices.ContainsFunc(a.Targets, func(pattern string) bool {
		pattern = filepath.ToSlash(pattern)
		return pattern == target || glob.Match(pattern, name) || glob.Match(filepath.ToSlash(p.below(pattern)), name)
	})
}

// applied tells whether all rules were asked that some words mean.
func (r *run) applied(words []string) bool {
	for _, id := range r.policy.ids() {
		if slices.ContainsFunc(words, func(word string) bool { return finding.Means(id, word) }) && !r.policy.chooses(id) {
			return false
		}
	}
	return true
}

// say makes a finding about the policy.
func (r *run) say(out *Report, id string, line, column int, text, key string) {
	rule, ok := rules.All().Get(id)
	if !ok || !r.policy.chooses(id) {
		return
	}
	severity := rule.Severity
	if own, ok := r.policy.severity(id); ok {
		severity = own
	}
	file := filepath.ToSlash(r.policy.File)
	sum := sha256.Sum256([]byte(strings.Join([]string{id, file, key}, "\x00")))
	out.Findings = append(out.Findings, finding.Finding{
		Rule: id, Severity: severity, Where: file, Text: text, Fingerprint: hex.EncodeToString(sum[:16]),
		Place: &finding.Location{File: file, Line: line, Column: column, EndLine: line, EndColumn: column},
	})
}

// literals finds passwords that stand in the policy itself.
func (r *run) literals(out *Report, jobs []*job) {
	type place struct {
		file string
		line int
		name string
	}
	seen := map[place]bool{}
	look := func(s *Settings, file string, line, column int, key string) {
		for _, source := range s.sources() {
			at := place{file, line, source.name}
			if !strings.HasPrefix(*source.spec, "pass:") || seen[at] {
				continue
			}
			seen[at] = true
			r.say(out, rules.LiteralPassword, line, column, fmt.Sprintf("%s is a password, and no source of one", source.name), key+" "+source.name)
			if n := len(out.Findings); file != "" && n > 0 {
				out.Findings[n-1].Where, out.Findings[n-1].Place.File = file, filepath.ToSlash(file)
			}
		}
	}
	for _, j := range jobs {
		for _, t := range j.targets {
			look(&t.Settings, t.file, t.line, t.column, j.name)
		}
		if j.plan != nil && len(j.targets) > 0 {
			// From the defaults or a profile: the line of the target is the nearest known.
			look(j.plan.Settings, j.plan.file, j.plan.line, j.plan.column, j.name)
		}
	}
}

// sources are the settings that name where a password comes from.
func (s *Settings) sources() []struct {
	name string
	spec *string
} {
	return []struct {
		name string
		spec *string
	}{{"password", &s.Password}, {"entry-password", &s.EntryPassword}, {"trust-password", &s.TrustPassword}, {"proxy-password", &s.ProxyPassword}}
}
