package cmd

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/finding"
	"muxkey/internal/lazy"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/trust"
	"muxkey/trust/kit"
	"muxkey/trust/target"
)

type trustKitOptions struct {
	from   sourceFlags
	bundle bundleFlags
}

func newTrustKitCmd(env *console.Env) *cobra.Command {
	o := trustKitOptions{}
	c := &cobra.Command{
		Use:   "kit KEYSTORE",
		Short: "Make one directory with all that the clients of a server need",
		Long: `Make a directory that the clients of a server get: the anchor of its certificate
in the form of each kind of client, and a README for each of them that says what
to do and how to see that it worked. The anchor is what vouches for the keys of
the keystore: the CA at the end of the chain, or the certificate itself where it
is self-signed.

Everybody may read a kit. It has no private key, and its trust stores have the
public password "` + publicPassword + `". The same keystore makes the same kit.

The READMEs name the servers of --server; without it those that the certificate
names.`,
		Example: `  muxkey trust kit keystore.p12 -o kit
  muxkey trust kit keystore.p12 --server mux.example.com:1533 -o kit
  muxkey trust kit keystore.p12 --target sametime,pem -o kit`,
		Args: takes("KEYSTORE"),
		RunE: func(c *cobra.Command, args []string) error {
			o.from.sources = args
			return runTrustKit(c.Context(), env, formatOf(c), o)
		},
	}
	o.from.add(c, string(trust.Server))
	o.bundle.addCommon(c)
	var ids []string
	for _, t := range kit.Targets() {
		ids = append(ids, t.ID)
	}
	c.Flags().StringSliceVarP(&o.bundle.targets, "target", "t", ids, "the `TARGETS` to write for; docs/targets.md lists them (default: all for clients)")
	c.Flags().Lookup("target").DefValue = ""
	complete(c, "target", target.Targets().Names())
	return c
}

// kitManifest says what is in a kit: the manifest of a bundle, and of the server.
type kitManifest struct {
	trust.Manifest
	Servers []string      `json:"servers"` // that clients connect to: HOST, or HOST:PORT
	Names   []string      `json:"names"`   // that the certificates of the server are for
	Leaves  []trust.Facts `json:"leaves"`  // the certificates of the server
	Ends    time.Time     `json:"ends"`    // RFC 3339; when the first of all certificates ends
	Missing []missingPart `json:"missing"` // targets that are not in the kit
}

type missingPart struct {
	Target string `json:"target"` // its ID
	Why    string `json:"why"`    // for people
}

// kitMade is the JSON of muxkey trust kit.
type kitMade struct {
	kitManifest
	Out    string `json:"out"`    // the directory
	DryRun bool   `json:"dryRun"` // nothing was written
}

func runTrustKit(ctx context.Context, env *console.Env, format report.Format, o trustKitOptions) error {
	targets, err := o.targets()
	if err != nil {
		return err
	}
	var s kit.Server
	var damaged error
	o.from.keyIssuers = true
	o.from.leaf = func(raw []byte) {
		a, err := trust.Parse(raw)
		if err != nil {
			damaged = errors.Join(damaged, fmt.Errorf("%s: %w", o.from.sources[0], err))
			return
		}
		a.Origins = []trust.Origin{{Source: o.from.sources[0]}}
		s.Leaves = append(s.Leaves, a)
	}
	g, err := o.from.gather(ctx, env)
	if err = cmp.Or(err, damaged); err != nil {
		return err
	}
	if len(s.Leaves) == 0 {
		return &Failure{StatusInput, "a bundle of other certificates is made by muxkey trust build", fmt.Errorf("%s has no private key with a certificate, so it is no server's", o.from.sources[0])}
	}
	s.Names = kit.Names(s.Leaves)
	job, err := o.job(g, s)
	if err != nil {
		return err
	}
	g.findings = append(g.findings, o.judge(env.Now(), job, s)...)

	k, err := kit.Make(ctx, job, s, targets)
	if err != nil {
		return fmt.Errorf("making %s: %w", o.bundle.out, err)
	}
	v := kitMade{o.manifest(g, job, s, k), o.bundle.out, o.bundle.dryRun}
	var losses []target.Loss
	for _, p := range k.Parts {
		losses = append(losses, p.Losses...)
	}
	refused := o.bundle.refusal(g, losses)
	if refused == nil && !o.bundle.dryRun {
		if err := o.write(ctx, k, v.kitManifest); err != nil {
			return err
		}
	}
	return errors.Join(show(env, format, v.document(refused == nil)), refused)
}

// targets are those asked for. Options need no check: the kit has values for all.
func (o trustKitOptions) targets() ([]target.Target, error) {
	if o.bundle.out == "" {
		return nil, wrongUsage(errors.New("--out names no directory"))
	}
	var list []target.Target
	for _, id := range o.bundle.targets {
		t, ok := target.Targets().Get(id)
		if !ok {
			return nil, &Failure{StatusUsage, didYouMean(id, target.Targets().Names()), fmt.Errorf("there is no target %q", id)}
		}
		if !slices.ContainsFunc(list, func(u target.Target) bool { return u.ID == t.ID }) {
			list = append(list, t)
		}
	}
	return list, nil
}

// objectName is what the name of a server must be like to be that of an object too.
var objectName = lazy.Regexp(`^[a-z0-9][a-z0-9.-]*[a-z0-9]$`)

func (o trustKitOptions) job(g *gathered, s kit.Server) (target.Job, error) {
	job := target.Job{
		Set: g.set, Rejected: g.rejected, Purposes: g.purposes, Password: publicPassword,
		Name: o.bundle.name, Namespace: o.bundle.namespace,
	}
	servers := o.bundle.hosts
	if len(servers) == 0 {
		servers = slices.DeleteFunc(slices.Clone(s.Names), func(name string) bool { return strings.Contains(name, "*") })
	}
	if len(servers) == 0 {
		return job, &Failure{StatusUsage, "--server HOST, or HOST:PORT where the port is not 443", errors.New("the certificate names no host that clients could connect to")}
	}
	for _, text := range servers {
		h, err := target.ParseHost(text)
		if err != nil {
			return job, err
		}
		job.Hosts = append(job.Hosts, h.String())
		if job.Name == "" && objectName().MatchString(h.Name) {
			job.Name = h.Name
		}
	}
	job.Name = cmp.Or(job.Name, defaultName)
	return job, nil
}

// judge says for what reasons clients refuse the server whatever they trust.
func (o trustKitOptions) judge(now time.Time, job target.Job, s kit.Server) []finding.Finding {
	var out []finding.Finding
	find := func(rule, format string, args ...any) {
		out = append(out, finding.Finding{Rule: rule, Severity: finding.Medium, Where: o.from.sources[0], Text: fmt.Sprintf(format, args...)})
	}
	for _, l := range s.Leaves {
		if now.After(l.NotAfter) && !slices.ContainsFunc(job.Set.Anchors, func(a *trust.Anchor) bool { return a.SHA256 == l.SHA256 }) {
			find("expired", "the server's certificate expired on %s", l.NotAfter.UTC().Format(time.DateOnly))
		}
	}
	for _, text := range job.Hosts {
		h, err := target.ParseHost(text)
		if err == nil && !slices.ContainsFunc(s.Leaves, func(l *trust.Anchor) bool {
			c, err := l.Certificate()
			return err != nil || c.VerifyHostname(h.Name) == nil // what Go cannot read is not judged here
		}) {
			find("server-name", "the server's certificate is not for %s", h.Name)
		}
	}
	return out
}

func (o trustKitOptions) manifest(g *gathered, job target.Job, s kit.Server, k *kit.Kit) kitManifest {
	m := kitManifest{
		Manifest: g.manifest(), Servers: job.Hosts, Names: append([]string{}, s.Names...),
		Leaves: trust.List(s.Leaves), Ends: kit.End(job, s).UTC(), Missing: []missingPart{},
	}
	for _, p := range k.Parts {
		b := piece{Target: p.Target, files: p.Files, path: o.bundle.out}.digest(o.bundle.out)
		b.Path = p.ID
		m.Bundles = append(m.Bundles, b)
		for _, l := range p.Losses {
			m.Losses = append(m.Losses, trust.Lost{Target: l.Target, Name: l.Anchor.Name(), SHA256: l.Anchor.Fingerprint(), What: l.What})
		}
	}
	for _, t := range k.Missing {
		m.Missing = append(m.Missing, missingPart{t.ID, t.Why})
	}
	return m
}

// kitManifestName is where the manifest is, in the kit.
const kitManifestName = "manifest.json"

func (o trustKitOptions) write(ctx context.Context, k *kit.Kit, m kitManifest) error {
	manifest, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	files := []safefile.TreeFile{
		{Path: k.Readme.Path, Data: k.Readme.Data},
		{Path: kitManifestName, Data: append(manifest, '\n')},
	}
	for _, p := range k.Parts {
		for _, f := range p.Files {
			files = append(files, safefile.TreeFile{Path: f.Path, Data: f.Data, Mode: f.Mode})
		}
	}
	return safefile.WriteTree(ctx, o.bundle.out, files, o.bundle.force, o.earlier())
}

// earlier are the files of the kit that is there; none when there is none.
func (o trustKitOptions) earlier() []string {
	data, err := os.ReadFile(filepath.Join(o.bundle.out, kitManifestName))
	if err != nil {
		return nil
	}
	var m trust.Manifest
	if json.Unmarshal(data, &m) != nil {
		return nil
	}
	files := []string{kit.ReadmeName, kitManifestName}
	for _, b := range m.Bundles {
		for _, f := range b.Files {
			files = append(files, f.Path)
		}
	}
	return files
}

// document shows for whom there is what, then whom it makes clients trust.
func (v kitMade) document(made bool) report.Document {
	title := v.Out
	if v.DryRun || !made {
		title += " (nothing was written)"
	}
	parts := report.Section{Title: title, Columns: []string{"Directory", "What it is"}}
	for _, b := range v.Bundles {
		t, _ := target.Targets().Get(b.Target)
		parts.Rows = append(parts.Rows, report.Row{Cells: []string{t.ID, t.Title}})
	}
	missing := report.Section{Title: "Not in the kit", Columns: []string{"Target", "Why"}}
	for _, m := range v.Missing {
		missing.Rows = append(missing.Rows, report.Row{Cells: []string{m.Target, m.Why}, Tone: report.Warn})
	}
	server := report.Section{Title: "Server", Fields: []report.Field{
		{Name: "Servers", Value: strings.Join(v.Servers, ", ")},
		{Name: "Names", Value: strings.Join(v.Names, ", ")},
		{Name: "Ends", Value: v.Ends.Format(time.DateOnly)},
	}}
	for _, l := range v.Leaves {
		server.Fields = append(server.Fields, report.Field{Name: "SHA-256", Value: l.SHA256})
	}
	next := report.Section{Title: "Next"}
	if made && !v.DryRun {
		next.Notes = []string{"Begin with " + filepath.Join(v.Out, kit.ReadmeName) + "; give clients the whole, or the directory that is theirs."}
	}
	return report.Document{Value: v, Sections: filled(
		parts, server, anchorSection(v.Anchors, mostListed), findingsSection(v.Findings), missing, leftSection(v.LeftOut, v.Skipped), next)}
}
