package cmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/rotate"
	"muxkey/trust/source"
	"muxkey/trust/target"
)

type trustRotateOptions struct {
	from     sourceFlags
	bundle   bundleFlags
	old, now string
	also     []string
	finish   bool
}

func newTrustRotateCmd(env *console.Env) *cobra.Command {
	o := trustRotateOptions{}
	c := &cobra.Command{
		Use:   "rotate OLD-STORE NEW-STORE",
		Short: "Write the bundle for the time in which a key or CA changes",
		Long: `Write the bundle with which clients accept a server before and after its key or
its CA changes, and say in which order to go: the clients get this bundle, then
the server gets the new keystore, then the clients get the bundle without the
old anchors, which the same command with --finish writes.

OLD-STORE and NEW-STORE are the keystores of the server before and after, or the
certificates of the old and the new CA. The old anchors may go when all that
they vouch for has been replaced or has expired. --also names further servers
whose clients get the same bundle: as long as they show a certificate of the old
side, it is counted, and --finish refuses.

Nothing is written when a client with the bundle would refuse the new keystore.`,
		Example: `  muxkey trust rotate keystore.p12 new.p12 -o clients.pem
  muxkey trust rotate old-ca.pem new-ca.pem -t jks,pem -o bundles --also gms:443
  muxkey trust rotate keystore.p12 new.p12 -o clients.pem --finish --force`,
		Args: takes("OLD-STORE", "NEW-STORE"),
		RunE: func(c *cobra.Command, args []string) error {
			o.old, o.now = args[0], args[1]
			return runTrustRotate(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	o.from.add(c, string(trust.Server))
	o.bundle.add(c)
	f.StringSliceVarP(&o.bundle.targets, "target", "t", []string{"pem"}, "the `TARGETS` to write for; docs/targets.md lists them")
	complete(c, "target", target.Targets().Names())
	f.StringArrayVar(&o.also, "also", nil, "another server whose clients get the bundle: its keystore or `HOST:PORT`; may be repeated")
	f.BoolVar(&o.finish, "finish", false, "write the bundle of the end, without the old anchors")
	return c
}

// rotated is the JSON of muxkey trust rotate.
type rotated struct {
	built
	Rotation rotation `json:"rotation"`
}

// rotation is how to get from the old anchors to the new ones.
type rotation struct {
	Retiring []trust.Facts `json:"retiring"` // anchors that are to go
	Coming   []trust.Facts `json:"coming"`   // anchors that are new
	// OldAcceptsNew and NewAcceptsOld are false where the certificates of the server
	// are not known.
	OldAcceptsNew bool           `json:"oldAcceptsNew"`              // clients with the old anchors alone accept the new keystore
	NewAcceptsOld bool           `json:"newAcceptsOld"`              // clients with the new anchors alone accept the old keystore
	VouchedFor    []vouchedFor   `json:"vouchedFor"`                 // certificates that need a retiring anchor
	MayGo         *time.Time     `json:"oldMayGo,omitempty"`         // RFC 3339; when what nothing replaces has expired; missing: as soon as the server has changed
	AtLatest      *time.Time     `json:"oldMayGoAtLatest,omitempty"` // RFC 3339; when all of vouchedFor has expired, replaced or not
	Ends          *time.Time     `json:"oldEnds,omitempty"`          // RFC 3339; when the last retiring anchor that can have issued others expires
	Finish        bool           `json:"finish"`                     // the bundle is that of the end
	Steps         []rotationStep `json:"steps"`                      // what to do, in order
}

// vouchedFor is a certificate that needs a retiring anchor.
type vouchedFor struct {
	Server   string    `json:"server"`   // OLD-STORE or that of --also, as it was given
	Subject  string    `json:"subject"`  // RFC 4514
	SHA256   string    `json:"sha256"`   // of the DER
	Until    time.Time `json:"until"`    // RFC 3339; when the first certificate of its path expires
	Replaced bool      `json:"replaced"` // the new keystore has all its names
}

// rotationStep is one thing to do.
type rotationStep struct {
	Text    string     `json:"text"`              // for people
	Command string     `json:"command,omitempty"` // to paste
	From    *time.Time `json:"from,omitempty"`    // RFC 3339; not before this time
}

func runTrustRotate(ctx context.Context, env *console.Env, format report.Format, o trustRotateOptions) error {
	targets, err := o.bundle.chosen()
	if err != nil {
		return err
	}
	passwords, err := o.from.password.keyring(env, false)
	if err != nil {
		return err
	}
	choose, err := o.from.chooser(ctx, env, passwords)
	if err != nil {
		return err
	}
	change := rotate.Change{Now: env.Now(), Purpose: trust.Server}
	if len(o.from.purposes) > 0 {
		change.Purpose = trust.Purpose(o.from.purposes[0])
	}
	for _, side := range []struct {
		name string
		to   *rotate.Side
	}{{o.old, &change.Old}, {o.now, &change.New}} {
		if *side.to, err = o.side(ctx, env, side.name, passwords, choose); err != nil {
			return err
		}
	}
	for _, name := range o.also {
		chain, err := presented(ctx, env, name, "", "", passwords, o.from.limits.limits())
		if err != nil {
			return fmt.Errorf("--also: %w", err)
		}
		change.Others = append(change.Others, rotate.Other{Name: name, Chain: chain})
	}
	plan, err := rotate.Make(ctx, change)
	if err != nil {
		return fmt.Errorf("comparing %s and %s: %w", o.old, o.now, err)
	}
	if plan.Refused != "" {
		return &Failure{StatusFound, "see why, step by step: muxkey trust verify " + command.Quote(o.now) + " " + command.Quote(o.now), fmt.Errorf("nothing was written: a client with the bundle would refuse %s: %s", o.now, plan.Refused)}
	}
	v := o.rotation(plan)
	all := plan.Both
	if o.finish {
		if when := plan.OldMayGo(); when.After(env.Now()) {
			return &Failure{StatusFound, "change those servers first (muxkey trust rotate without --finish lists them), or wait until then", fmt.Errorf("nothing was written: until %s there are certificates that need the old anchors, and that %s does not replace", when.UTC().Format(time.DateOnly), o.now)}
		}
		all = change.New.Anchors
	}
	return o.bundle.build(ctx, env, choose(all), targets, func(b built, d report.Document) error {
		return show(env, format, v.document(b, d))
	})
}

// side reads a keystore of the server, or the certificates of a CA.
func (o *trustRotateOptions) side(ctx context.Context, env *console.Env, name string, passwords *keyring, choose func(*trust.Set) *gathered) (rotate.Side, error) {
	var s rotate.Side
	st, err := openStore(ctx, env, name, passwords, keystore.Options{Limits: o.from.limits.limits()})
	if err != nil {
		return s, err
	}
	if err := closedPart(st); err != nil {
		return s, err
	}
	for _, e := range st.Entries {
		if e.Kind == pkcs12x.PrivateKey && len(e.Chain) > 0 {
			s.Chains = append(s.Chains, e.Chain)
		}
	}
	var b trust.Builder
	if err := source.Store(&b, st, source.Options{Limits: o.from.limits.limits(), KeyIssuers: len(s.Chains) > 0}); err != nil {
		return s, err
	}
	g := choose(b.Set())
	if s.Anchors = g.set; len(s.Anchors.Anchors) > 0 {
		return s, nil
	}
	err = fmt.Errorf("%s leaves no anchor for clients to trust", name)
	hint := ""
	switch {
	case len(g.leftOut) > 0:
		err = fmt.Errorf("%w: %s: %s", err, g.leftOut[0].Anchor.Name(), g.leftOut[0].Why)
	case len(g.set.Skipped) > 0:
		err = fmt.Errorf("%w: %s", err, g.set.Skipped[0].Why)
		hint = "complete its chain, or name the certificate of its CA instead"
	}
	return s, &Failure{StatusInput, hint, err}
}

func (o *trustRotateOptions) rotation(p *rotate.Plan) rotation {
	r := rotation{
		Retiring: trust.List(p.Retiring), Coming: trust.List(p.Coming), OldAcceptsNew: p.OldAcceptsNew, NewAcceptsOld: p.NewAcceptsOld,
		VouchedFor: []vouchedFor{}, MayGo: known(p.OldMayGo()), AtLatest: known(p.AtLatest()), Ends: known(p.Ends), Finish: o.finish, Steps: []rotationStep{},
	}
	for _, v := range p.Vouched {
		server := v.From
		if server == "" {
			server = o.old
		}
		r.VouchedFor = append(r.VouchedFor, vouchedFor{server, v.Subject, v.SHA256, v.Until.UTC(), v.Replaced})
	}
	add := func(text, command string, from *time.Time) {
		r.Steps = append(r.Steps, rotationStep{text, command, from})
	}
	switch {
	case o.finish:
		add("Give the clients "+o.bundle.out+", when every server has changed.", "", r.MayGo)
		return r
	case len(p.Retiring) == 0 && len(p.Coming) == 0:
		add("The anchors stay the same: put "+o.now+" in the place of "+o.old+" at any time.", "", nil)
		return r
	case p.OldAcceptsNew:
		add("Clients with the old anchors accept "+o.now+" as well: the server can change at once.", "", nil)
	default:
		add("Give the clients "+o.bundle.out+", and wait until all of them have it.", "", nil)
	}
	add("Put "+o.now+" in the place of "+o.old+" on the server.", "", nil)
	if len(p.Retiring) == 0 {
		return r
	}
	words := []string{"muxkey", "trust", "rotate", o.old, o.now, "--target", strings.Join(o.bundle.targets, ","), "--out", o.bundle.out, "--finish", "--force"}
	for _, name := range o.also {
		words = append(words, "--also", name)
	}
	for i, w := range words {
		words[i] = command.Quote(w)
	}
	text := "Give the clients the bundle without the old anchors, which this writes:"
	if r.MayGo != nil {
		text = fmt.Sprintf("From %s on, or when all that needs them has been replaced, give the clients the bundle without the old anchors, which this writes:", r.MayGo.Format(time.DateOnly))
	}
	add(text, strings.Join(words, " "), r.MayGo)
	return r
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// document shows the rotation above what was written.
func (r rotation) document(b built, d report.Document) report.Document {
	head := report.Section{Title: "Rotation", Fields: []report.Field{
		{Name: "Old anchors", Value: namesOf(r.Retiring, "all of them stay")},
		{Name: "New anchors", Value: namesOf(r.Coming, "none")},
		{Name: "Old may go", Value: r.when()},
	}}
	if r.Ends != nil && len(r.Retiring) > 0 {
		head.Notes = append(head.Notes, fmt.Sprintf("What else the old CA has issued is not known here; the last of it ends with the CA, on %s. Name further servers with --also.", r.Ends.Format(time.DateOnly)))
	}
	needs := report.Section{Title: "What needs the old anchors", Columns: []string{"Server", "Certificate", "Until", "Replaced"}}
	for _, v := range r.VouchedFor {
		row := report.Row{Cells: []string{v.Server, v.Subject, v.Until.Format(time.DateOnly), "no"}, Tone: report.Warn}
		if v.Replaced {
			row = report.Row{Cells: []string{v.Server, v.Subject, v.Until.Format(time.DateOnly), "yes"}}
		}
		needs.Rows = append(needs.Rows, row)
	}
	steps := report.Section{Title: "Steps, in order"}
	for i, s := range r.Steps {
		steps.Notes = append(steps.Notes, fmt.Sprintf("%d. %s", i+1, s.Text))
		if s.Command != "" {
			steps.Notes = append(steps.Notes, "   "+s.Command)
		}
	}
	sections := append(filled(head, needs), d.Sections...)
	return report.Document{Value: rotated{b, r}, Sections: append(sections, steps)}
}

func (r rotation) when() string {
	switch {
	case len(r.Retiring) == 0:
		return "there are none to go"
	case r.MayGo != nil:
		return fmt.Sprintf("from %s on, when the last certificate that nothing replaces has expired", r.MayGo.Format(time.DateOnly))
	case r.AtLatest != nil:
		return fmt.Sprintf("as soon as the server has changed; from %s on in any case", r.AtLatest.Format(time.DateOnly))
	}
	return "as soon as all servers have changed"
}

func namesOf(list []trust.Facts, none string) string {
	var names []string
	for _, a := range list {
		names = append(names, fmt.Sprintf("%s (%s, until %s)", a.Name, a.SHA256[:16], a.NotAfter.Format(time.DateOnly)))
	}
	if names == nil {
		return none
	}
	return strings.Join(names, ", ")
}
