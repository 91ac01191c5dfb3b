package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"muxkey/internal/dial"
	"muxkey/internal/finding"
	"muxkey/internal/named"
	"muxkey/policy/check/rules"
)

// PolicyName is what the file of a policy is called.
const PolicyName = "muxkey.yaml"

// Never is the FailOn with which no finding is a failure.
const Never = "never"

// maxPolicy is the size of a policy in bytes.
const maxPolicy = 4 << 20

// Policy is what a team has decided. The zero value is the default.
type Policy struct {
	// File is its path, and Dir the directory that paths in it are relative to.
	File, Dir string
	Targets   []*Target
	Services  []*Service
	// Only and Skip choose rules by their IDs, or by groups of them.
	Only, Skip []string
	// Severities replace those of rules, by IDs or groups.
	Severities map[string]finding.Severity
	Allow      []*Allowance
	// FailOn is the severity from which on there is a failure; empty: not said.
	FailOn string
	// Baseline is a file, below Dir where it is no absolute path; empty: none.
	Baseline string
	Checks   []*Custom

	defaults       ast.Node
	defaultProfile string
	profiles       map[string]ast.Node // those of the policy
	custom         []rules.Rule        // Checks, ready to be asked
}

// Service names what belongs together. The paths are relative to the policy.
type Service struct {
	Name         string `yaml:"name"`          // in reports
	Keystore     string `yaml:"keystore"`      // the file with its key and chain
	PasswordFile string `yaml:"password-file"` // the file whose first line is the password of the keystore
	TrustStore   string `yaml:"truststore"`    // the file with what it trusts
	Certificate  string `yaml:"certificate"`   // its certificate in PEM or DER
	Key          string `yaml:"key"`           // its private key in PEM or DER
	Request      string `yaml:"csr"`           // the request that its certificate is from
	Server       string `yaml:"server"`        // its address, as in url of a target
	Settings     `yaml:",inline"`

	node         ast.Node
	endpoint     dial.Endpoint // of Server
	line, column int
}

// UnmarshalYAML keeps where the service stands.
func (s *Service) UnmarshalYAML(node ast.Node) error {
	type plain Service
	if err := yaml.NodeToValue(node, (*plain)(s), yaml.Strict()); err != nil {
		return err
	}
	s.node = node
	s.line, s.column = placeOf(node)
	return nil
}

// Allowance is a suppression: findings that are put up with, why, and until when.
type Allowance struct {
	Rules   words  `yaml:"rules"`   // IDs or groups
	Targets words  `yaml:"targets"` // names or patterns; all without any
	Reason  string `yaml:"reason"`  // why they are put up with
	Until   string `yaml:"until"`   // the last day: 2027-01-31; for good without it

	until        time.Time
	line, column int
}

// UnmarshalYAML keeps where the allowance stands.
func (a *Allowance) UnmarshalYAML(node ast.Node) error {
	type plain Allowance
	if err := yaml.NodeToValue(node, (*plain)(a), yaml.Strict()); err != nil {
		return err
	}
	a.line, a.column = placeOf(node)
	return nil
}

// Custom is a check of one's own.
type Custom struct {
	ID       string `yaml:"id"`       // such as ORG-KEY-001; none of muxkey's own
	Title    string `yaml:"title"`    // what it finds
	Severity string `yaml:"severity"` // of its findings; high without it
	Why      string `yaml:"why"`      // what goes wrong otherwise
	Fix      string `yaml:"fix"`      // what to do about it
	Each     string `yaml:"each"`     // what is asked: target (without it), entry or certificate
	When     string `yaml:"when"`     // an expression that chooses those that are asked; all without it
	Require  string `yaml:"require"`  // the expression that must hold

	line, column int
}

// UnmarshalYAML keeps where the check stands.
func (c *Custom) UnmarshalYAML(node ast.Node) error {
	type plain Custom
	if err := yaml.NodeToValue(node, (*plain)(c), yaml.Strict()); err != nil {
		return err
	}
	c.line, c.column = placeOf(node)
	return nil
}

// policyFile is the form of muxkey.yaml, as docs/schema/check.json has it.
type policyFile struct {
	Version  *int              `yaml:"version"`  // of this form; 1 without it
	FailOn   string            `yaml:"fail-on"`  // the severity from which on a target has failed; medium without it
	Baseline string            `yaml:"baseline"` // a file made with --write-baseline
	Defaults *layer            `yaml:"defaults"` // settings for all targets
	Profiles map[string]*layer `yaml:"profiles"` // settings by a name that targets choose; its own profile is the one it stands on
	Targets  []*Target         `yaml:"targets"`  // what is checked
	Services []*Service        `yaml:"services"` // files and servers that belong together
	Checks   []*Custom         `yaml:"checks"`   // checks of one's own
	// Rules chooses rules by their IDs, or by groups of them: only these, or not these.
	Rules struct {
		Only words `yaml:"only"`
		Skip words `yaml:"skip"`
	} `yaml:"rules"`
	Severities map[string]string `yaml:"severities"` // in place of those of rules, by IDs or groups
	Allow      []*Allowance      `yaml:"allow"`      // findings that are put up with
}

// PolicyError says where a policy is wrong. Line and Column count from 1; 0 where
// it is the policy as a whole.
type PolicyError struct {
	File         string
	Line, Column int
	Reason       string
	Nearest      string // the name that was probably meant, or ""
}

func (e *PolicyError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("reading the policy %s: %s", e.File, e.Reason)
	}
	return fmt.Sprintf("reading the policy %s: line %d, column %d: %s", e.File, e.Line, e.Column, e.Reason)
}

// Hint says what was probably meant.
func (e *PolicyError) Hint() string {
	if e.Nearest == "" {
		return "docs/check.md has all that may stand in it"
	}
	return "did you mean: " + e.Nearest
}

// ParsePolicy reads a policy. Every name in it is held against what there is. The
// error is a *PolicyError.
func ParsePolicy(data []byte, file string) (*Policy, error) {
	p, err := parsePolicy(data, file)
	if e, ok := errors.AsType[*PolicyError](err); ok {
		e.File = file
	}
	return p, err
}

func parsePolicy(data []byte, file string) (*Policy, error) {
	if len(data) > maxPolicy {
		return nil, &PolicyError{Reason: fmt.Sprintf("it has more than %d bytes", maxPolicy)}
	}
	var f policyFile
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, problem(err, keys(reflect.TypeFor[policyFile]()))
	}
	if slices.Contains(f.Targets, nil) || slices.Contains(f.Services, nil) || slices.Contains(f.Checks, nil) || slices.Contains(f.Allow, nil) {
		return nil, &PolicyError{Reason: "an item of a list is empty"}
	}
	if f.Version != nil && *f.Version != 1 {
		return nil, &PolicyError{Reason: fmt.Sprintf("version %d is not known here", *f.Version)}
	}
	p := &Policy{
		File: file, Dir: filepath.Dir(file), Targets: f.Targets, Services: f.Services, Only: f.Rules.Only, Skip: f.Rules.Skip,
		Severities: map[string]finding.Severity{}, Allow: f.Allow, FailOn: f.FailOn, Baseline: f.Baseline, Checks: f.Checks,
		profiles: map[string]ast.Node{}, defaultProfile: string(rules.Internal),
	}
	for id, s := range f.Severities {
		p.Severities[id] = finding.Severity(s)
	}
	for name, l := range f.Profiles {
		if l != nil {
			p.profiles[name] = l.node
		}
	}
	if f.Defaults != nil {
		p.defaults = f.Defaults.node
		var d Settings
		if err := yaml.NodeToValue(p.defaults, &d); err != nil {
			return nil, problem(err, nil)
		}
		if d.Profile != "" {
			p.defaultProfile = d.Profile
		}
	}
	var err error
	if p.custom, err = p.own(); err != nil {
		return nil, err
	}
	return p, p.check()
}

// keys are the names of all settings in a form.
func keys(t reflect.Type) []string {
	var out []string
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t == reflect.TypeFor[layer]() {
			t = reflect.TypeFor[Settings]()
		}
		if t.Kind() != reflect.Struct || seen[t] {
			return
		}
		seen[t] = true
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if name != "" {
				out = append(out, name)
			}
			if f.IsExported() {
				walk(f.Type)
			}
		}
	}
	walk(t)
	slices.Sort(out)
	return slices.Compact(out)
}

func nearest(name string, names []string) string { return named.Nearest(name, names) }
