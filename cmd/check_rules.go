package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"muxkey/internal/console"
	"muxkey/internal/finding"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/policy/check"
	"muxkey/policy/check/rules"
)

// checkRule is what there is to know of a rule of muxkey check.
type checkRule struct {
	ruleInfo
	Profiles []rules.Profile `json:"profiles,omitempty"` // for which it holds; missing for all
	Settings []string        `json:"settings,omitempty"` // of the policy that it heeds
}

// checkRulesListed is the JSON of muxkey check --list-rules, and of --explain, which
// has one of them.
type checkRulesListed struct {
	SchemaVersion int         `json:"schemaVersion"`
	Rules         []checkRule `json:"rules"` // in the order of their families
}

func checkRuleOf(r rules.Rule) checkRule {
	info := infoOf(r.Rule)
	if info.References == nil {
		info.References = []string{}
	}
	return checkRule{info, r.Profiles, r.Settings}
}

func runCheckRules(env *console.Env, format report.Format) error {
	out := checkRulesListed{SchemaVersion: schemaVersion, Rules: []checkRule{}}
	section := report.Section{Columns: []string{"RULE", "SEVERITY", "PROFILES", "WHAT IT FINDS"}}
	for r := range rules.All().All() {
		out.Rules = append(out.Rules, checkRuleOf(r))
		section.Rows = append(section.Rows, report.Row{Cells: []string{r.ID, string(r.Severity), r.For(), r.Title}})
	}
	return show(env, format, report.Document{Value: out, Sections: []report.Section{section}})
}

func runCheckExplain(env *console.Env, format report.Format, id string) error {
	all := rules.All()
	r, ok := all.Get(strings.ToUpper(id))
	if !ok {
		return &Failure{StatusUsage, cmp.Or(didYouMean(id, all.Names()), "muxkey check --list-rules"), fmt.Errorf("there is no rule %q", id)}
	}
	section := report.Section{
		Title: r.ID + ": " + r.Title,
		Fields: []report.Field{
			{Name: "Severity", Value: string(r.Severity)},
			{Name: "Profiles", Value: r.For()},
			{Name: "CWE", Value: fmt.Sprint(r.CWE)},
			{Name: "Why", Value: r.Why},
			{Name: "Fix", Value: r.Fix},
		},
	}
	if len(r.Settings) > 0 {
		section.Fields = append(section.Fields, report.Field{Name: "Settings", Value: strings.Join(r.Settings, ", ")})
	}
	if len(r.References) > 0 {
		section.Fields = append(section.Fields, report.Field{Name: "References", Value: strings.Join(r.References, " ")})
	}
	return show(env, format, report.Document{Value: checkRulesListed{schemaVersion, []checkRule{checkRuleOf(r)}}, Sections: []report.Section{section}})
}

// drafted is the JSON of muxkey check --init.
type drafted struct {
	SchemaVersion int          `json:"schemaVersion"`
	Policy        string       `json:"policy"`  // the file that was written
	Summary       check.Counts `json:"summary"` // what the targets are like before it
}

// runCheckInit writes a first policy, and says what is not as it should be today.
func runCheckInit(ctx context.Context, env *console.Env, format report.Format, o checkOptions) error {
	file := cmp.Or(o.config, check.PolicyName)
	if _, err := os.Lstat(file); err == nil && !o.force {
		return &Failure{StatusOutput, "--force replaces it", fmt.Errorf("writing the policy %s: it is there already", file)}
	}
	if len(o.targets) == 0 {
		return wrongUsage(errors.New("--init needs a TARGET, of which the policy is made"))
	}
	none, err := check.ParsePolicy(nil, "")
	if err != nil {
		return err
	}
	options, err := o.options(env)
	if err != nil {
		return err
	}
	result, err := check.Run(ctx, none, options)
	if err != nil {
		return err
	}
	if err := safefile.Write(ctx, file, check.Draft(result, filepath.Dir(file), o.password.spec), safefile.Options{Mode: 0o644, Replace: o.force}); err != nil {
		return err
	}
	d := drafted{schemaVersion, file, result.Summary}
	notes := []string{"muxkey check -c " + file}
	if n := len(result.All()); n > 0 {
		notes = append(notes, fmt.Sprintf("%s today; with --write-baseline FILE, and then --baseline FILE, only what is new fails", plural(n, "finding")))
	}
	return show(env, format, report.Document{Value: d, Sections: []report.Section{{
		Fields: []report.Field{
			{Name: "Policy", Value: file},
			{Name: "Targets", Value: fmt.Sprint(d.Summary.Targets)},
			{Name: "Not checked", Value: fmt.Sprint(d.Summary.Unchecked)},
		},
		Notes: notes,
	}}})
}

// baselineOf reads the baseline of the flag, or of the policy.
func (o *checkOptions) baselineOf(p *check.Policy) (*finding.Baseline, error) {
	file := o.baseline
	if file == "" && p.Baseline != "" && o.writeBaseline == "" {
		file = p.Baseline
		if !filepath.IsAbs(file) {
			file = filepath.Join(p.Dir, file)
		}
	}
	if file == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	data, err := os.ReadFile(file) //nolint:gosec // that is what it is for
	if err != nil {
		return nil, fmt.Errorf("reading the baseline %s: %w", file, plainPath(err))
	}
	b, err := finding.ParseBaseline(data)
	if err != nil {
		return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("reading the baseline %s: %w", file, err)}
	}
	return &b, nil
}
