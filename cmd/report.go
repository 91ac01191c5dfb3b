package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/policy/check"
)

func newReportCmd(env *console.Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "report",
		Short: "Put reports of muxkey check together",
		Long: `Reports of muxkey check, as JSON: what several machines have found is put
together and shown in any form.`,
		Args: knownWord,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newReportMergeCmd(env))
	return c
}

type mergeReportsOptions struct {
	checked checkOptions // the policy and the baseline
	failOn  string
	reports reportFlags
}

func newReportMergeCmd(env *console.Env) *cobra.Command {
	o := mergeReportsOptions{}
	c := &cobra.Command{
		Use:   "merge FILE...",
		Short: "Make one report of several",
		Long: `Make one report of the JSON reports of muxkey check: those of all parts of
--shard, or several that have nothing to do with each other. The targets come
in the order of the policy, the numbers are added up, and the exit status is
that of muxkey check.

Rules that compare targets with each other, such as the one about shared keys,
are asked of all parts together, under the policy that the parts were checked
with. The one about shared passwords is asked in each part: no report has
anything of a password.

A part that is missing, and a report that cannot be read, is a target that
could not be checked, so the exit status is not 0 then.`,
		Example: `  muxkey report merge shard-*.json
  muxkey report merge shard-*.json -f html -o check.html
  muxkey report merge shard-*.json --report sarif=check.sarif`,
		Args: takes("FILE..."),
		RunE: func(c *cobra.Command, args []string) error {
			return runReportMerge(c.Context(), env, formatOf(c), args, o)
		},
	}
	c.Flags().StringVar(&o.failOn, "fail-on", "", "a target fails from this `SEVERITY` on: "+strings.Join(failOnWords(), ", ")+" (default: that of the reports)")
	complete(c, "fail-on", failOnWords())
	c.Flags().StringVarP(&o.checked.config, "config", "c", "", "the policy (`FILE`); without it "+check.PolicyName+", where the parts had one")
	c.Flags().StringVar(&o.checked.baseline, "baseline", "", "leave out the findings that this baseline (`FILE`) has")
	o.reports.add(c)
	return c
}

func runReportMerge(ctx context.Context, env *console.Env, format report.Format, files []string, o mergeReportsOptions) error {
	if o.failOn != "" && !slices.Contains(failOnWords(), o.failOn) {
		return &Failure{StatusUsage, didYouMean(o.failOn, failOnWords()), fmt.Errorf("--fail-on %q is none of %s", o.failOn, strings.Join(failOnWords(), ", "))}
	}
	if err := o.reports.check("report merge", format); err != nil {
		return err
	}
	var read []*check.Report
	var unread []check.Checked
	var errs []error
	for _, file := range files {
		r, err := readReport(env, file)
		if err != nil {
			unread = append(unread, check.Unreadable(file, err))
			errs = append(errs, &Failure{StatusInput, "", fmt.Errorf("reading the report %s: %w", file, err)})
			continue
		}
		read = append(read, r)
	}
	if len(read) == 0 {
		return join(errs...)
	}
	how := check.MergeOptions{FailOn: o.failOn, Unread: unread}
	if read[0].Shard != "" {
		var err error
		if how.Policy, err = o.policy(read[0].Policy); err != nil {
			return err
		}
		if how.Baseline, err = o.checked.baselineOf(how.Policy); err != nil {
			return err
		}
	}
	merged, err := check.Merge(read, how)
	if err != nil {
		return &Failure{StatusInput, "", fmt.Errorf("putting the reports together: %w", err)}
	}
	d := checkedDocument(merged)
	if err := o.reports.show(ctx, env, format, d); err != nil {
		return err
	}
	return verdictFor(format, d)
}

// policy is the one that the parts were checked with: a report says whether there
// was one, and the command line where it is. The name in a report is that of
// another machine.
func (o *mergeReportsOptions) policy(named string) (*check.Policy, error) {
	if named == "" && o.checked.config == "" {
		return check.ParsePolicy(nil, "")
	}
	file := cmp.Or(o.checked.config, check.PolicyName)
	data, err := os.ReadFile(file) //nolint:gosec // that is what it is for
	switch {
	case o.checked.config == "" && (errors.Is(err, fs.ErrNotExist) || filepath.Base(named) != check.PolicyName):
		return nil, wrongUsage(fmt.Errorf("the parts were checked with the policy %s, which is not here: name it with --config", named))
	case err != nil:
		return nil, fmt.Errorf("reading the policy %s: %w", file, plainPath(err))
	}
	return check.ParsePolicy(data, file)
}

func readReport(env *console.Env, file string) (*check.Report, error) {
	in := env.In
	if file != stdin {
		f, err := os.Open(file) //nolint:gosec // that is what it is for
		if err != nil {
			return nil, plainPath(err)
		}
		defer f.Close() //nolint:errcheck // it was only read
		in = f
	}
	r, err := check.ParseReport(in)
	if err != nil {
		return nil, plainPath(err)
	}
	return r, nil
}
