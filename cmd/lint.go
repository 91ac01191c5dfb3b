package cmd

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/finding"
	"muxkey/internal/report"
	"muxkey/policy/lint"
	"muxkey/policy/lint/rules"
)

func newLintCmd(env *console.Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "lint PATH...",
		Short: "Find every place that tells software to trust anything",
		Long: `Find every place in files and directories that tells software to trust any
certificate, to skip the host name, to speak without encryption or with
protocols of old, or that leaves a password of a keystore lying about.`,
		Example: `  muxkey lint .
  muxkey lint /etc /opt/genesys --json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return runLint(c.Context(), env, formatOf(c), args)
		},
	}
	return c
}

// linted is the JSON of muxkey lint.
type linted struct {
	SchemaVersion int `json:"schemaVersion"`
	// Findings are in the order of files and places.
	Findings []finding.Finding `json:"findings"`
}

func runLint(ctx context.Context, env *console.Env, format report.Format, paths []string) error {
	l := lint.New(slices.Collect(rules.All().All()), lint.Policy{})
	out := linted{SchemaVersion: 1, Findings: []finding.Finding{}}
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() || ctx.Err() != nil {
				return err
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			out.Findings = append(out.Findings, l.Text(filepath.ToSlash(name), text).Findings...)
			return nil
		})
		if err != nil {
			return fmt.Errorf("linting %s: %w", path, err)
		}
	}
	section := report.Section{Columns: []string{"PLACE", "SEVERITY", "RULE", "FINDING"}}
	for _, f := range out.Findings {
		section.Rows = append(section.Rows, report.Row{Cells: []string{
			f.Place.File + ":" + strconv.Itoa(f.Place.Line) + ":" + strconv.Itoa(f.Place.Column), string(f.Severity), f.Rule, f.Text,
		}})
	}
	if err := show(env, format, report.Document{Value: out, Sections: []report.Section{section}}); err != nil {
		return err
	}
	if finding.Worst(out.Findings).AtLeast(finding.Medium) {
		return errFound
	}
	return nil
}
