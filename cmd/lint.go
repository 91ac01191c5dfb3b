package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/finding"
	"muxkey/internal/named"
	"muxkey/internal/report"
	"muxkey/policy/lint"
	"muxkey/policy/lint/rules"
)

type lintOptions struct {
	walk    lint.Options
	stdin   bool
	name    string // of what standard input has
	failOn  string
	strict  bool
	verbose bool
	explain string
	list    bool

	config        string
	noConfig      bool
	baseline      string
	writeBaseline string
	fix           bool
	dryRun        bool
}

// lintMemory is what the program is to stay below while it lints, in bytes.
const lintMemory = 180 << 20

func failOnWords() []string {
	words := []string{lint.Never}
	for _, s := range finding.Severities() {
		words = append(words, string(s))
	}
	return words
}

func newLintCmd(env *console.Env) *cobra.Command {
	o := lintOptions{}
	c := &cobra.Command{
		Use:   "lint PATH...",
		Short: "Find every place that tells software to trust anything",
		Long: `Find every place in files and directories that tells software to trust any
certificate, to skip the host name, to speak without encryption or with
protocols of old, or that leaves a password of a keystore lying about.

Files are taken apart as what they are: configuration, scripts, manifests,
source code. Whether something is found does not depend on how it is spelled
or indented, and comments count for nothing. What .gitignore, .ignore and
.git/info/exclude leave out is left out, unless it is named itself. Symbolic
links are followed where they are named.

The exit status is 1 when there is a finding of the severity of --fail-on, or a
heavier one. Files that cannot be read, or not wholly understood, are counted;
--verbose lists them with the reason, and with --strict-read they make the exit
status 3.

A policy in .muxkey.yaml, in the directory of PATH or one above it, chooses
rules and files and sets severities (docs/lint.md). A comment suppresses a
finding on its line or the one below, if it says why:

  # muxkey:allow MUX-CURL-001 until=2027-01-31 reason="the lab has no CA yet"

--write-baseline keeps all findings in a file, and --baseline FILE then leaves
only those that are new. --fix mends what can be mended without a decision;
with --dry-run it shows the changes and makes none.

--changed-since REV leaves what stands on lines that were added or changed since
the branch left REV, committed or not, and files that git does not know yet.`,
		Example: `  muxkey lint .
  muxkey lint /etc /opt/genesys --fail-on high
  muxkey lint . --changed-since origin/main --json
  muxkey lint --explain MUX-CURL-001`,
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case o.stdin && (o.name == "" || len(args) > 0):
				return wrongUsage(errors.New("with --stdin there is no PATH, and --stdin-filename says what the file is called"))
			case o.stdin && o.walk.Since != "":
				return wrongUsage(errors.New("--changed-since asks git about files, and standard input is none"))
			case o.name != "" && !o.stdin:
				return wrongUsage(errors.New("--stdin-filename is for --stdin"))
			case o.stdin && o.fix:
				return wrongUsage(errors.New("--fix is for files, and not for --stdin"))
			case o.dryRun && !o.fix:
				return wrongUsage(errors.New("--dry-run is for --fix"))
			case o.noConfig && o.config != "":
				return wrongUsage(errors.New("--config names a policy, and --no-config wants none"))
			case o.stdin || o.list || o.explain != "":
				return nil
			}
			return takes("PATH...")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.walk.Paths = args
			switch {
			case o.list:
				return runLintRules(env, formatOf(c))
			case o.explain != "":
				return runLintExplain(env, formatOf(c), o.explain)
			}
			return runLint(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.walk.Archives, "archives", false, "look into ZIP and tar archives: jar, war, whl, nupkg, tgz and others")
	f.BoolVar(&o.walk.NoIgnore, "no-ignore", false, "read also what .gitignore, .ignore and .git/info/exclude leave out")
	f.StringVar(&o.walk.Since, "changed-since", "", "only lines changed since the revision `REV` of git")
	f.StringVar(&o.failOn, "fail-on", "", "exit with status 1 from this `SEVERITY` on: "+strings.Join(failOnWords(), ", ")+" (default: what the policy says, or medium)")
	complete(c, "fail-on", failOnWords())
	f.BoolVar(&o.strict, "strict-read", false, "exit with status 3 when a file was not read, or not wholly understood")
	f.BoolVar(&o.verbose, "verbose", false, "list the files that were not read, with the reason")
	f.BoolVar(&o.stdin, "stdin", false, "lint standard input")
	f.StringVar(&o.name, "stdin-filename", "", "`NAME` of the file that standard input has")
	f.IntVar(&o.walk.MaxSize, "max-size", lint.DefaultMaxSize, "take no files apart that are larger than `BYTES`")
	f.StringVarP(&o.config, "config", "c", "", "the policy (`FILE`), in place of the .muxkey.yaml that is found")
	f.BoolVar(&o.noConfig, "no-config", false, "heed no .muxkey.yaml")
	f.StringVar(&o.baseline, "baseline", "", "leave out the findings that this baseline (`FILE`) has")
	f.StringVar(&o.writeBaseline, "write-baseline", "", "write a baseline of all findings to `FILE`, which is replaced")
	f.BoolVar(&o.fix, "fix", false, "mend what can be mended without a decision")
	f.BoolVar(&o.dryRun, "dry-run", false, "with --fix: show the changes, and make none")
	f.StringVar(&o.explain, "explain", "", "say all there is to say of the rule `ID`")
	completeLater(c, "explain", func() []string { return rules.All().Names() })
	f.BoolVar(&o.list, "list-rules", false, "list the rules")
	return c
}

// linted is the JSON of muxkey lint.
type linted struct {
	SchemaVersion int `json:"schemaVersion"`
	// Findings are in the order of files and places.
	Findings   []finding.Finding `json:"findings"`
	Files      int               `json:"files"`      // that were read, members of archives among them
	Bytes      int64             `json:"bytes"`      // that were read
	Suppressed int               `json:"suppressed"` // findings that comments took away
	Known      int               `json:"known"`      // findings that the baseline has
	// Mended are findings that --fix has mended, and that are not among the others
	// any more; with --dry-run those that it would mend, and that are.
	Mended []finding.Finding `json:"mended,omitempty"`
	// Unread are files that were not read or not wholly understood.
	Unread []lint.Unread `json:"unread"`

	notes []string
}

func runLint(ctx context.Context, env *console.Env, format report.Format, o lintOptions) error {
	// What a file is taken apart into is garbage a moment later: collecting it
	// less often takes a third less time, and the limit keeps the memory small.
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(lintMemory))
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	policy, err := o.policy(env)
	if err != nil {
		return err
	}
	failOn := cmp.Or(o.failOn, policy.FailOn, string(finding.Medium))
	if !slices.Contains(failOnWords(), failOn) {
		return &Failure{StatusUsage, didYouMean(failOn, failOnWords()), fmt.Errorf("--fail-on %q is none of %s", failOn, strings.Join(failOnWords(), ", "))}
	}
	l := lint.New(slices.Collect(rules.All().All()), policy)
	var result lint.Result
	if o.stdin {
		result, err = l.Read(ctx, o.name, env.In, o.walk)
	} else {
		result, err = l.Run(ctx, o.walk)
	}
	if err != nil {
		return err
	}
	out := linted{
		SchemaVersion: schemaVersion, Findings: result.Findings, Files: result.Files, Bytes: result.Bytes, Suppressed: result.Suppressed,
		Unread: append([]lint.Unread{}, result.Unread...),
	}
	if err := o.heedBaseline(ctx, policy, &out); err != nil {
		return err
	}
	if o.fix {
		if err := o.mend(ctx, env, format, l, &out); err != nil {
			return err
		}
	}
	if out.Findings == nil {
		out.Findings = []finding.Finding{}
	}
	if err := show(env, format, report.Document{Value: out, Findings: out.report(o.verbose)}); err != nil {
		return err
	}
	switch {
	case o.strict && len(out.Unread) > 0:
		return &Failure{StatusInput, "", fmt.Errorf("linting: not read, or not wholly understood: %s", plural(len(out.Unread), "file"))}
	case failOn != lint.Never && finding.Worst(out.Findings).AtLeast(finding.Severity(failOn)):
		return errFound
	}
	return nil
}

// report is the same for the formats that show findings.
func (l linted) report(verbose bool) *report.Findings {
	out := report.Findings{Command: "lint", List: l.Findings, Files: l.Files, Brief: !verbose}
	out.Rules = lintRules()
	if l.Suppressed > 0 {
		out.Notes = append(out.Notes, plural(l.Suppressed, "finding")+" suppressed by comments")
	}
	if l.Known > 0 {
		out.Notes = append(out.Notes, plural(l.Known, "finding")+" known from the baseline")
	}
	out.Notes = append(out.Notes, l.notes...)
	for _, u := range l.Unread {
		out.Unread = append(out.Unread, report.Unread{Path: u.Path, Reason: u.Reason})
	}
	return &out
}

// ruleInfo is what there is to know of a rule.
type ruleInfo struct {
	ID         string           `json:"id"`         // which never changes
	Group      string           `json:"group"`      // the ecosystem it belongs to
	Title      string           `json:"title"`      // what it finds
	Severity   finding.Severity `json:"severity"`   // where nothing about the place changes it
	CWE        int              `json:"cwe"`        // number in the Common Weakness Enumeration
	Why        string           `json:"why"`        // what it lets an attacker do
	Fix        string           `json:"fix"`        // what to write in its place, and what must exist first
	References []string         `json:"references"` // addresses of pages that say more
}

// lintRules are all rules, those about suppressions last.
func lintRules() []finding.Rule {
	var out []finding.Rule
	for r := range rules.All().All() {
		out = append(out, r.Rule)
	}
	return append(out, lint.AllowRules()...)
}

func infoOf(r finding.Rule) ruleInfo {
	return ruleInfo{r.ID, r.Group(), r.Title, r.Severity, r.CWE, r.Why, r.Fix, r.References}
}

// listedRules is the JSON of muxkey lint --list-rules, and of --explain, which has
// one of them.
type listedRules struct {
	SchemaVersion int        `json:"schemaVersion"`
	Rules         []ruleInfo `json:"rules"` // in the order of their ecosystems and numbers
}

func runLintRules(env *console.Env, format report.Format) error {
	out := listedRules{SchemaVersion: schemaVersion, Rules: []ruleInfo{}}
	section := report.Section{Columns: []string{"RULE", "SEVERITY", "CWE", "WHAT IT FINDS"}}
	for _, r := range lintRules() {
		out.Rules = append(out.Rules, infoOf(r))
		section.Rows = append(section.Rows, report.Row{Cells: []string{r.ID, string(r.Severity), strconv.Itoa(r.CWE), r.Title}})
	}
	return show(env, format, report.Document{Value: out, Sections: []report.Section{section}})
}

func runLintExplain(env *console.Env, format report.Format, id string) error {
	all := named.New(func(r finding.Rule) string { return r.ID }, lintRules()...)
	r, ok := all.Get(strings.ToUpper(id))
	if !ok {
		return &Failure{StatusUsage, cmp.Or(didYouMean(id, all.Names()), "muxkey lint --list-rules"), fmt.Errorf("there is no rule %q", id)}
	}
	sections := []report.Section{{
		Title: r.ID + ": " + r.Title,
		Fields: []report.Field{
			{Name: "Severity", Value: string(r.Severity)},
			{Name: "CWE", Value: strconv.Itoa(r.CWE)},
			{Name: "Why", Value: r.Why},
			{Name: "Fix", Value: r.Fix},
			{Name: "References", Value: strings.Join(r.References, " ")},
		},
	}}
	if whole, ok := rules.All().Get(r.ID); ok {
		sections = append(sections, examples("Found", whole.Bad), examples("Not found", whole.Good))
	}
	return show(env, format, report.Document{Value: listedRules{schemaVersion, []ruleInfo{infoOf(r)}}, Sections: sections})
}

// examples shows the first few, with the places marked.
func examples(title string, list []rules.Example) report.Section {
	const most = 4
	s := report.Section{Title: title}
	for _, e := range list[:min(len(list), most)] {
		s.Notes = append(s.Notes, e.File+":")
		for line := range strings.Lines(e.Text) {
			s.Notes = append(s.Notes, "    "+strings.TrimRight(strings.ReplaceAll(line, "\t", "    "), "\r\n"))
		}
	}
	return s
}
