package cmd

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/finding"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/trust"
	"muxkey/trust/target"
)

// defaultName is that of objects, profiles and policies.
const defaultName = "muxkey-trust"

// publicPassword is what trust stores get where no other password is asked for.
// Everybody may read what is in them, and Java's own has this one.
const publicPassword = "changeit"

type trustBuildOptions struct {
	from   sourceFlags
	bundle bundleFlags
}

// bundleFlags say what is written, and what of the findings is put up with.
type bundleFlags struct {
	targets     []string
	out         string
	newPassword passwordFlag
	hosts       []string
	name        string
	namespace   string
	comments    bool
	accept      []string
	strict      bool
	force       bool
	dryRun      bool
	changed     func(flag string) bool
}

func newTrustBuildCmd(env *console.Env) *cobra.Command {
	o := trustBuildOptions{}
	c := &cobra.Command{
		Use:   "build [SOURCE...]",
		Short: "Write trust anchors in the form that clients take",
		Long: `Collect trust anchors from files, keystores and directories, judge them, and
write them for one or more kinds of client.

A keystore gives the certificates that it trusts; one that trusts none gives the
issuers of its keys. "-" is standard input. The words system, mozilla and java
mean the roots of this machine; a file of that name is ./system. The order of
the sources does not matter, and the same sources make the same bytes, but for
what is encrypted. With --from a server is asked for its certificates, and what
vouches for it is trusted after a look at its fingerprint.

With one target --out names the file, or the directory where the target is
several files. With several, --out is a directory in which each gets its own.
Beside it a manifest (OUT.manifest.json) says of each anchor where it came from.

Anchors that must not be trusted stop the build; with --strict, findings of
medium severity do too, and so does a target that cannot say all that is known
of an anchor.`,
		Example: `  muxkey trust build keystore.p12 --target pem -o ca.pem
  muxkey trust build ca.pem partner.p7b --target jks,openssl-dir -o bundles
  muxkey trust build --from mux.example.com:443 -o ca.pem
  muxkey trust build ca.pem -t jks --new-password file:trust.pw -o trust.jks`,
		Args: takes("[SOURCE...]"),
		RunE: func(c *cobra.Command, args []string) error {
			o.from.sources = args
			return runTrustBuild(c.Context(), env, formatOf(c), o)
		},
	}
	o.from.add(c, string(trust.Server))
	o.from.live.add(c)
	o.bundle.add(c)
	c.Flags().StringSliceVarP(&o.bundle.targets, "target", "t", []string{"pem"}, "the `TARGETS` to write for; docs/targets.md lists them")
	complete(c, "target", target.Targets().Names())
	return c
}

func (o *bundleFlags) add(c *cobra.Command) {
	o.addCommon(c)
	c.Flags().BoolVar(&o.comments, string(target.Comments), false, "say above each certificate what it is")
	o.newPassword.addAs(c, "new-password", "the password of what is written (default: "+publicPassword+", as everybody may read it)")
}

// addCommon adds those that a kit has as well.
func (o *bundleFlags) addCommon(c *cobra.Command) {
	f := c.Flags()
	o.changed = f.Changed
	f.StringVarP(&o.out, "out", "o", "", "write to `PATH`")
	f.StringSliceVar(&o.hosts, string(target.Server), nil, "the `HOSTS` of the servers that the anchors are for, with the port where it is not 443")
	f.StringVar(&o.name, string(target.Name), "", "`NAME` of the object, profile or policy that is made (default: "+defaultName+", or the server of a kit)")
	f.StringVar(&o.namespace, string(target.Namespace), "", "`NAMESPACE` of Kubernetes")
	f.StringSliceVar(&o.accept, "accept", nil, "put up with what these `RULES` have found")
	complete(c, "accept", ruleIDs())
	f.BoolVar(&o.strict, "strict", false, "refuse findings of medium severity, and what a target cannot say, as well")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would be written, and write nothing")
	f.BoolVar(&o.force, "force", false, "overwrite existing files")
}

func ruleIDs() []string {
	var ids []string
	for _, r := range trust.Rules() {
		ids = append(ids, r.ID)
	}
	return ids
}

// built is the JSON of muxkey trust build: the manifest, and what became of it.
type built struct {
	trust.Manifest
	Out    string `json:"out"`    // the file or directory
	DryRun bool   `json:"dryRun"` // nothing was written
}

func runTrustBuild(ctx context.Context, env *console.Env, format report.Format, o trustBuildOptions) error {
	targets, err := o.bundle.chosen()
	if err != nil {
		return err
	}
	o.from.live.yes = o.from.live.yes || o.bundle.dryRun
	g, err := o.from.gather(ctx, env)
	if err != nil {
		return err
	}
	return o.bundle.build(ctx, env, g, targets, func(_ built, d report.Document) error { return show(env, format, d) })
}

// chosen are the targets asked for, once it is clear that all their options are
// there and that no option is idle.
func (o *bundleFlags) chosen() ([]target.Target, error) {
	if o.out == "" {
		return nil, wrongUsage(errors.New("--out names no file"))
	}
	var list []target.Target
	heeded := map[target.Option]bool{}
	for _, id := range o.targets {
		t, ok := target.Targets().Get(id)
		if !ok {
			return nil, &Failure{StatusUsage, didYouMean(id, target.Targets().Names()), fmt.Errorf("there is no target %q", id)}
		}
		for _, need := range t.Needs {
			if !o.changed(string(need)) {
				return nil, wrongUsage(fmt.Errorf("target %s needs --%s", t.ID, need))
			}
		}
		for _, option := range t.Options {
			heeded[option] = true
		}
		if !slices.ContainsFunc(list, func(u target.Target) bool { return u.ID == t.ID }) {
			list = append(list, t)
		}
	}
	for _, option := range []target.Option{target.Server, target.Name, target.Namespace, target.Comments} {
		if o.changed(string(option)) && !heeded[option] {
			return nil, wrongUsage(fmt.Errorf("--%s has no effect on %s", option, strings.Join(o.targets, ", ")))
		}
	}
	if o.newPassword.given() && !heeded[target.Password] {
		return nil, wrongUsage(fmt.Errorf("--new-password has no effect on %s, which has no password", strings.Join(o.targets, ", ")))
	}
	return list, nil
}

// refusal says why what was gathered must not become a bundle.
func (o *bundleFlags) refusal(g *gathered, losses []target.Loss) error {
	worst := finding.High
	if o.strict {
		worst = finding.Medium
	}
	refused := map[string]bool{}
	for _, f := range g.findings {
		if f.Severity.AtLeast(worst) && !slices.Contains(o.accept, f.Rule) {
			refused[f.Rule] = true
		}
	}
	rules := slices.Sorted(maps.Keys(refused))
	switch {
	case len(g.set.Anchors) == 0:
		return &Failure{Status: StatusInput, Err: errors.New("the sources leave no anchor to write")}
	case len(rules) > 0:
		mend := "leave them out with --exclude"
		if slices.ContainsFunc(rules, func(id string) bool { return !slices.Contains(ruleIDs(), id) }) { // of a source, not of an anchor
			mend = "mend the source"
		}
		return &Failure{StatusFound, mend + ", or put up with it: --accept " + strings.Join(rules, ","), fmt.Errorf("nothing was written for what was found: %s", strings.Join(rules, ", "))}
	case o.strict && len(losses) > 0:
		return &Failure{StatusFound, "choose targets that can say it (docs/targets.md), leave the anchors out with --exclude, or leave out --strict", fmt.Errorf("nothing was written, as %d times a target cannot say what is known of an anchor", len(losses))}
	}
	return nil
}

// build writes the targets and the manifest, and has tell report what was built.
func (o *bundleFlags) build(ctx context.Context, env *console.Env, g *gathered, targets []target.Target, tell func(built, report.Document) error) error {
	job := target.Job{
		Set: g.set, Rejected: g.rejected, Purposes: g.purposes, Password: publicPassword,
		Hosts: o.hosts, Name: cmp.Or(o.name, defaultName), Namespace: o.namespace, Comments: o.comments, Rand: env.Rand,
	}
	v := built{Manifest: g.manifest(), Out: o.out, DryRun: o.dryRun}
	var losses []target.Loss
	for _, t := range targets {
		losses = append(losses, t.Losses(job)...)
	}
	for _, l := range losses {
		v.Losses = append(v.Losses, trust.Lost{Target: l.Target, Name: l.Anchor.Name(), SHA256: l.Anchor.Fingerprint(), What: l.What})
	}
	if err := o.refusal(g, losses); err != nil {
		return errors.Join(tell(v, v.document(job, targets)), err)
	}
	if o.newPassword.given() {
		pw, err := o.newPassword.readNew(ctx, env, "new password for "+o.out)
		if err != nil {
			return err
		}
		job.Password = pw.Reveal()
	}
	var pieces []piece
	for _, t := range targets {
		files, err := t.Write(ctx, job)
		if err != nil {
			return fmt.Errorf("making %s for target %s: %w", o.out, t.ID, err)
		}
		p := piece{Target: t, path: o.out, files: files}
		if len(targets) > 1 {
			p.path = filepath.Join(o.out, t.Name)
		}
		pieces = append(pieces, p)
		v.Bundles = append(v.Bundles, p.digest(filepath.Dir(o.out)))
	}
	if !o.dryRun {
		if err := o.write(ctx, pieces, v.Manifest); err != nil {
			return err
		}
	}
	return tell(v, v.document(job, targets))
}

// piece is what is written for one target.
type piece struct {
	target.Target
	path  string
	files []target.File
}

// digest lists the files, by their paths from the directory of the manifest.
func (p piece) digest(from string) trust.Bundle {
	root, err := filepath.Rel(from, p.path)
	if err != nil {
		root = p.path
	}
	root = filepath.ToSlash(root)
	out := trust.Bundle{Target: p.ID, Path: root}
	var lines strings.Builder
	for _, f := range p.files {
		sum := sha256.Sum256(f.Data)
		d := trust.Digest{Path: path.Join(root, f.Path), Size: len(f.Data), SHA256: hex.EncodeToString(sum[:])}
		out.Files = append(out.Files, d)
		fmt.Fprintf(&lines, "%s  %s\n", d.SHA256, f.Path)
	}
	if !p.Directory {
		out.SHA256 = out.Files[0].SHA256
		return out
	}
	sum := sha256.Sum256([]byte(lines.String()))
	out.SHA256 = hex.EncodeToString(sum[:])
	return out
}

// manifestSuffix is what the manifest has behind the name of the bundle. It lies
// beside it and not in it: hashed directories and the like must hold nothing else.
const manifestSuffix = ".manifest.json"

// write makes the files and the manifest. A directory is made as a whole, so that
// no client ever sees half of the anchors.
func (o *bundleFlags) write(ctx context.Context, pieces []piece, m trust.Manifest) error {
	manifest, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	list := []newFile{{"the manifest", o.out + manifestSuffix, append(manifest, '\n'), safefile.Options{Mode: 0o644, Replace: o.force}}}
	if len(pieces) == 1 && !pieces[0].Directory {
		list = append(list, newFile{"--out", o.out, pieces[0].files[0].Data, safefile.Options{Mode: 0o644, Replace: o.force}})
		if err := preflight(list); err != nil {
			return err
		}
		return writeAll(ctx, list)
	}
	if err := preflight(list); err != nil {
		return err
	}
	var files []safefile.TreeFile
	for _, p := range pieces {
		for _, f := range p.files {
			name := f.Path
			if len(pieces) > 1 {
				name = path.Join(p.Name, f.Path)
			}
			files = append(files, safefile.TreeFile{Path: name, Data: f.Data, Mode: f.Mode})
		}
	}
	if err := safefile.WriteTree(ctx, o.out, files, o.force, o.earlier()); err != nil {
		return err
	}
	return writeAll(ctx, list)
}

// earlier are the files that an earlier build has written into the directory, by
// its manifest; none when there is none.
func (o *bundleFlags) earlier() []string {
	data, err := os.ReadFile(o.out + manifestSuffix)
	if err != nil {
		return nil
	}
	var m trust.Manifest
	if json.Unmarshal(data, &m) != nil {
		return nil
	}
	var files []string
	for _, b := range m.Bundles {
		for _, f := range b.Files {
			files = append(files, strings.TrimPrefix(f.Path, filepath.Base(o.out)+"/"))
		}
	}
	return files
}

func (g *gathered) manifest() trust.Manifest {
	m := trust.Manifest{
		SchemaVersion: schemaVersion, Purposes: g.purposes, Bundles: []trust.Bundle{},
		Anchors: trust.List(g.set.Anchors), Rejected: trust.List(g.rejected), LeftOut: []trust.Omitted{},
		Skipped: append([]trust.Skip{}, g.set.Skipped...), Losses: []trust.Lost{}, Findings: append([]finding.Finding{}, g.findings...),
	}
	m.LeftOut = append(m.LeftOut, g.omitted()...)
	return m
}

// document shows the bundles, then what is in them, then what is not.
func (v built) document(job target.Job, targets []target.Target) report.Document {
	title := v.Out
	if v.DryRun {
		title += " (nothing was written)"
	}
	bundles := report.Section{Title: title, Columns: []string{"Target", "Path", "Anchors", "SHA-256"}}
	for _, b := range v.Bundles {
		bundles.Rows = append(bundles.Rows, report.Row{Cells: []string{b.Target, b.Path, fmt.Sprint(len(v.Anchors)), b.SHA256[:16]}})
	}
	losses := report.Section{Title: "What a target cannot say", Columns: []string{"Target", "Anchor", "What is lost"}}
	for _, l := range v.Losses {
		losses.Rows = append(losses.Rows, report.Row{Cells: []string{l.Target, l.Name, l.What}, Tone: report.Warn})
	}
	next := report.Section{Title: "Next"}
	if len(v.Bundles) == 1 {
		for _, step := range targets[0].Use(v.Out, job) {
			next.Notes = append(next.Notes, step.Text)
			if step.Command != "" {
				next.Notes = append(next.Notes, "  "+step.Command)
			}
		}
	}
	return report.Document{Value: v, Sections: filled(
		bundles, anchorSection(v.Anchors, mostListed), findingsSection(v.Findings), losses, leftSection(v.LeftOut, v.Skipped), next)}
}

// mostListed is how many anchors are shown to people; all are in the JSON.
const mostListed = 30
