package lint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"muxkey/internal/finding"
	"muxkey/internal/glob"
	"muxkey/policy/lint/rules"
)

// Policy is what a team has decided. The zero value is the default.
type Policy struct {
	// Only and Skip choose rules by their IDs, or by groups of them (MUX-CURL, or
	// curl). Without Only all are chosen.
	Only, Skip []string
	// Severities replace those of rules, by IDs or groups.
	Severities map[string]finding.Severity
	// Include and Exclude choose files by patterns like those of .gitignore, with
	// paths below Dir. Without Include all are chosen.
	Include, Exclude []string
	Dir              string // absolute
	// AllowedHosts are names ("*.lab.example.com" too), addresses and prefixes
	// (10.0.0.0/8) for which a finding weighs less.
	AllowedHosts []string
	// FailOn is the severity from which on there is a failure; empty: not said.
	FailOn string
	// Baseline is a file, below Dir where it is no absolute path; empty: none.
	Baseline string
	// Now is when suppressions expire.
	Now time.Time
}

// PolicyName is what the file of a policy is called.
const PolicyName = ".muxkey.yaml"

// Never is the FailOn with which no finding is a failure.
const Never = "never"

// policyFile is the form of .muxkey.yaml, as docs/schema/muxkey.json has it.
type policyFile struct {
	Version *int       `yaml:"version"` // 1 without it
	Lint    lintPolicy `yaml:"lint"`
}

type lintPolicy struct {
	FailOn string `yaml:"fail-on"`
	Rules  struct {
		Only []string `yaml:"only"`
		Skip []string `yaml:"skip"`
	} `yaml:"rules"`
	Severities   map[string]string `yaml:"severities"`
	Include      []string          `yaml:"include"`
	Exclude      []string          `yaml:"exclude"`
	AllowedHosts []string          `yaml:"allowed-hosts"`
	Baseline     string            `yaml:"baseline"`
}

// ErrPolicy is within the errors of a policy that cannot be used.
var ErrPolicy = errors.New("it is no policy")

// maxPolicy is the size of a policy in bytes; one that people wrote has a few
// hundred.
const maxPolicy = 1 << 20

// ParsePolicy reads a policy that stands in a directory. Every name in it is held
// against the rules that there are.
func ParsePolicy(data []byte, dir string, list []rules.Rule) (Policy, error) {
	if len(data) > maxPolicy {
		return Policy{}, fmt.Errorf("%w: it has more than %d bytes", ErrPolicy, maxPolicy)
	}
	var file policyFile
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		first, _, _ := strings.Cut(yaml.FormatError(err, false, false), "\n")
		return Policy{}, fmt.Errorf("%w: %s", ErrPolicy, first)
	}
	l := file.Lint
	p := Policy{
		Only: l.Rules.Only, Skip: l.Rules.Skip, Severities: map[string]finding.Severity{}, Include: l.Include, Exclude: l.Exclude, Dir: dir,
		AllowedHosts: l.AllowedHosts, FailOn: l.FailOn, Baseline: l.Baseline,
	}
	if v := file.Version; v != nil && *v != 1 {
		return Policy{}, fmt.Errorf("%w: version %d is not known here", ErrPolicy, *v)
	}
	for id, s := range l.Severities {
		p.Severities[id] = finding.Severity(s)
	}
	return p, p.check(list)
}

// check holds every word of a policy against what there is.
func (p Policy) check(list []rules.Rule) error {
	names := slices.Concat(p.Only, p.Skip)
	for id, s := range p.Severities {
		names = append(names, id)
		if !slices.Contains(finding.Severities(), s) {
			return fmt.Errorf("%w: the severity %q of %s is none of %v", ErrPolicy, s, id, finding.Severities())
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if !slices.ContainsFunc(ids(list), func(id string) bool { return finding.Means(id, name) }) {
			return fmt.Errorf("%w: there is no rule and no group of rules %q", ErrPolicy, name)
		}
	}
	if p.FailOn != "" && p.FailOn != Never && !slices.Contains(finding.Severities(), finding.Severity(p.FailOn)) {
		return fmt.Errorf("%w: fail-on %q is neither %s nor one of %v", ErrPolicy, p.FailOn, Never, finding.Severities())
	}
	for _, host := range p.AllowedHosts {
		if _, err := netip.ParsePrefix(host); strings.Contains(host, "/") && err != nil {
			return fmt.Errorf("%w: the allowed host %q is neither a name, nor an address, nor a prefix such as 10.0.0.0/8", ErrPolicy, host)
		}
	}
	return nil
}

// ids are those of all rules, with those about suppressions.
func ids(list []rules.Rule) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.ID)
	}
	for _, r := range AllowRules() {
		out = append(out, r.ID)
	}
	return out
}

// chooses tells whether a rule is applied.
func (p Policy) chooses(id string) bool { return finding.Chosen(id, p.Only, p.Skip) }

// severity is that of a rule, where the policy says one.
func (p Policy) severity(id string) (finding.Severity, bool) {
	return finding.SeverityFor(id, p.Severities)
}

// reads tells whether a file, or what is in a directory, is to be looked at. The
// path is absolute, with the separators of the system.
func (p Policy) reads(file string, isDir bool) bool {
	if len(p.Include)+len(p.Exclude) == 0 {
		return true
	}
	rel, err := filepath.Rel(p.Dir, file)
	if err != nil || !filepath.IsLocal(rel) {
		return true // the policy is for what is below it
	}
	rel = filepath.ToSlash(rel)
	if within(p.Exclude, rel) {
		return false
	}
	return isDir || len(p.Include) == 0 || within(p.Include, rel)
}

// within tells whether a path, or a directory above it, is like one of the
// patterns. One without a slash is for names anywhere.
func within(patterns []string, rel string) bool {
	for _, pattern := range patterns {
		pattern = strings.TrimSuffix(pattern, "/")
		if !strings.Contains(pattern, "/") {
			pattern = "**/" + pattern
		}
		pattern = strings.TrimPrefix(pattern, "/")
		for at := rel; at != "." && at != "/"; at = path.Dir(at) {
			if glob.Match(pattern, at) {
				return true
			}
		}
	}
	return false
}
