package cmd

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/trust"
)

func newTrustDiffCmd(env *console.Env) *cobra.Command {
	from := sourceFlags{}
	c := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Show which trust anchors were added, removed and changed",
		Long: `Compare the trust anchors of two bundles, keystores or directories of any kind:
by their certificates, and by what is known of them besides. The exit status is
1 when they differ.`,
		Example: `  muxkey trust diff bundle.pem new-bundle.pem
  muxkey trust diff truststore.jks ca.pem --json`,
		Args: takes("OLD", "NEW"),
		RunE: func(c *cobra.Command, args []string) error {
			return runTrustDiff(c.Context(), env, formatOf(c), from, args[0], args[1])
		},
	}
	from.add(c)
	return c
}

// trustDiff is the JSON of muxkey trust diff.
type trustDiff struct {
	SchemaVersion int           `json:"schemaVersion"`
	Same          bool          `json:"same"` // nothing differs
	Changes       []trustChange `json:"changes"`
}

// trustChange is one anchor that differs.
type trustChange struct {
	Change string      `json:"change"`           // "removed", "changed" or "added"
	Anchor trust.Facts `json:"anchor"`           // as it is now; one that was removed, as it was
	Detail []string    `json:"detail,omitempty"` // what has changed, or which anchor stands in its place; for people
}

func runTrustDiff(ctx context.Context, env *console.Env, format report.Format, from sourceFlags, before, after string) error {
	from.sources = []string{before}
	a, err := from.gather(ctx, env)
	if err != nil {
		return err
	}
	from.sources = []string{after}
	b, err := from.gather(ctx, env)
	if err != nil {
		return err
	}
	v := trustDiff{SchemaVersion: schemaVersion, Changes: []trustChange{}}
	s := report.Section{Columns: []string{"Change", "Name", "Subject", "SHA-256", "Detail"}}
	for _, d := range trust.Compare(a.set, b.set) {
		change, of, tone := "changed", d.New, report.Warn
		switch {
		case d.New == nil:
			change, of, tone = "removed", d.Old, report.Bad
		case d.Old == nil:
			change, tone = "added", report.Good
		}
		v.Changes = append(v.Changes, trustChange{change, of.Facts(), d.Changes})
		s.Rows = append(s.Rows, report.Row{Cells: []string{change, of.Name(), of.DN(), of.Fingerprint()[:16], strings.Join(d.Changes, "; ")}, Tone: tone})
	}
	v.Same = len(v.Changes) == 0
	if v.Same {
		s.Notes = []string{"The anchors are the same."}
	}
	if err := show(env, format, report.Document{Value: v, Sections: []report.Section{s}}); err != nil {
		return err
	}
	if !v.Same {
		return errFound
	}
	return nil
}
