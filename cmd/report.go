package cmd

import (
	"context"
	"fmt"
	"os"
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
	merged, err := check.Merge(read, unread, o.failOn)
	if err != nil {
		return &Failure{StatusInput, "", fmt.Errorf("putting the reports together: %w", err)}
	}
	d := checkedDocument(merged)
	if err := o.reports.show(ctx, env, format, d); err != nil {
		return err
	}
	return verdictFor(format, d)
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
