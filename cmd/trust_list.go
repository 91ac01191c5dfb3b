package cmd

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/finding"
	"muxkey/internal/report"
	"muxkey/trust"
)

func newTrustListCmd(env *console.Env) *cobra.Command {
	from := sourceFlags{}
	c := &cobra.Command{
		Use:   "list [SOURCE...]",
		Short: "Show the trust anchors in files, keystores and bundles",
		Long: `Show what "muxkey trust build" would take from the sources: each anchor once,
with all places where it was found, what it is trusted for, and what speaks
against it.`,
		Example: `  muxkey trust list /etc/ssl/certs/ca-certificates.crt --not-expired
  muxkey trust list truststore.jks ca.pem --json
  muxkey trust list --from mux.example.com:443`,
		Args: takes("[SOURCE...]"),
		RunE: func(c *cobra.Command, args []string) error {
			from.sources = args
			return runTrustList(c.Context(), env, formatOf(c), from)
		},
	}
	from.add(c)
	from.live.addLook(c)
	return c
}

// trustList is the JSON of muxkey trust list.
type trustList struct {
	SchemaVersion int               `json:"schemaVersion"`
	Anchors       []trust.Facts     `json:"anchors"`  // by name
	LeftOut       []trust.Omitted   `json:"leftOut"`  // found, and not chosen
	Skipped       []trust.Skip      `json:"skipped"`  // what of the sources is no anchor
	Findings      []finding.Finding `json:"findings"` // what speaks against sources and anchors
}

func runTrustList(ctx context.Context, env *console.Env, format report.Format, from sourceFlags) error {
	g, err := from.gather(ctx, env)
	if err != nil {
		return err
	}
	v := trustList{
		schemaVersion, trust.List(g.set.Anchors), append([]trust.Omitted{}, g.omitted()...),
		append([]trust.Skip{}, g.set.Skipped...), append([]finding.Finding{}, g.findings...),
	}
	anchors := anchorSection(v.Anchors, len(v.Anchors))
	anchors.Notes = []string{plural(len(v.Anchors), "anchor") + "."}
	return show(env, format, report.Document{Value: v, Sections: filled(anchors, findingsSection(v.Findings), leftSection(v.LeftOut, v.Skipped))})
}

// anchorSection shows the first of some anchors.
func anchorSection(list []trust.Facts, most int) report.Section {
	s := report.Section{Title: "Anchors", Columns: []string{"Name", "Subject", "Until", "Key", "SHA-256", "From"}}
	for _, a := range list[:min(len(list), most)] {
		from := a.Sources[0].String()
		if n := len(a.Sources) - 1; n > 0 {
			from += fmt.Sprintf(" and %d more", n)
		}
		s.Rows = append(s.Rows, report.Row{Cells: []string{a.Name, a.Subject, a.NotAfter.Format(time.DateOnly), a.Key, a.SHA256[:16], from}})
	}
	if n := len(list) - most; n > 0 {
		s.Notes = []string{fmt.Sprintf("... and %d more; --json lists all.", n)}
	}
	return s
}

// leftSection shows what of the sources is not among the anchors.
func leftSection(left []trust.Omitted, skipped []trust.Skip) report.Section {
	s := report.Section{Title: "Left out", Columns: []string{"Certificate", "Why"}}
	for _, l := range left[:min(len(left), mostListed)] {
		s.Rows = append(s.Rows, report.Row{Cells: []string{l.Name, l.Why}})
	}
	for _, k := range skipped[:min(len(skipped), mostListed)] {
		s.Rows = append(s.Rows, report.Row{Cells: []string{k.Origin.String(), k.Why}})
	}
	if n := len(left) + len(skipped) - len(s.Rows); n > 0 {
		s.Notes = []string{fmt.Sprintf("... and %d more; --json lists all.", n)}
	}
	return s
}

// filled leaves out the sections in which nothing stands.
func filled(list ...report.Section) []report.Section {
	var out []report.Section
	for _, s := range list {
		if len(s.Rows)+len(s.Fields)+len(s.Notes) > 0 {
			out = append(out, s)
		}
	}
	return out
}

func (g *gathered) omitted() []trust.Omitted {
	var out []trust.Omitted
	for _, l := range g.leftOut {
		out = append(out, trust.Omitted{Facts: l.Anchor.Facts(), Why: l.Why})
	}
	return out
}
