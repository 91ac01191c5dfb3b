package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/finding"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/trust"
	"muxkey/trust/install"
	"muxkey/trust/target"
)

// storeFlags say which trust stores of a machine are changed.
type storeFlags struct {
	system        bool
	java          string
	nss           []string
	root          string
	dryRun        bool
	storePassword passwordFlag
}

// ofThisMachine stands for the path of Java's trust store.
const ofThisMachine = "java"

func (s *storeFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&s.system, "system", false, "the trust store of the system (the default, where no other is named)")
	f.StringVar(&s.java, "java", "", "the trust store of Java: the cacerts that is found, or that at `PATH` with --java=PATH")
	f.Lookup("java").NoOptDefVal = ofThisMachine
	f.StringArrayVar(&s.nss, "nss", nil, "the database of Firefox or Chromium in `DIRECTORY`, such as ~/.pki/nssdb")
	f.StringVar(&s.root, "root", "/", "look for the stores below `DIRECTORY`, that of an image, and leave its programs alone")
	f.BoolVar(&s.dryRun, "dry-run", false, "show what would change, and change nothing")
	s.storePassword.addAs(c, "new-password", "the password of Java's trust store (default: "+publicPassword+")")
}

// stores are the ones to change.
func (s *storeFlags) stores(env *console.Env, limits limitFlags) ([]install.Store, error) {
	var list []install.Store
	if s.system || s.java == "" && len(s.nss) == 0 {
		st, err := install.System(s.root, install.Command)
		if err != nil {
			return nil, fmt.Errorf("--system: %w", err)
		}
		list = append(list, st)
	}
	if s.java != "" {
		st, err := s.javaStore(env, limits)
		if err != nil {
			return nil, fmt.Errorf("--java: %w", err)
		}
		list = append(list, st)
	}
	for _, dir := range s.nss {
		list = append(list, install.NSS(dir, install.Command))
	}
	return list, nil
}

type trustInstallOptions struct {
	from   sourceFlags
	stores storeFlags
	accept []string
	strict bool
}

func newTrustInstallCmd(env *console.Env) *cobra.Command {
	o := trustInstallOptions{}
	c := &cobra.Command{
		Use:   "install [SOURCE...]",
		Short: "Make this machine trust anchors: the system, Java, browsers",
		Long: `Put trust anchors into the trust stores of this machine: of the system (Debian,
RHEL, SUSE, Arch, Alpine and their kin), of Java, of Firefox and Chromium. What
is there already stays as it is. What is put there has the fingerprint in its
name, and "muxkey trust uninstall" takes it out again.

The anchors are judged before; one that must not be trusted stops it.`,
		Example: `  sudo muxkey trust install ca.pem
  sudo muxkey trust install --from mux.example.com:443 --system --java
  muxkey trust install ca.pem --nss ~/.pki/nssdb
  muxkey trust install ca.pem --root image --dry-run`,
		Args: takes("[SOURCE...]"),
		RunE: func(c *cobra.Command, args []string) error {
			o.from.sources = args
			return runTrustInstall(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	o.from.add(c, string(trust.Server))
	o.from.live.add(c)
	o.stores.add(c)
	f.StringSliceVar(&o.accept, "accept", nil, "put up with what these `RULES` have found")
	f.BoolVar(&o.strict, "strict", false, "refuse findings of medium severity, and what a store cannot say, as well")
	complete(c, "accept", ruleIDs())
	return c
}

type trustUninstallOptions struct {
	from   sourceFlags
	stores storeFlags
	all    bool
}

func newTrustUninstallCmd(env *console.Env) *cobra.Command {
	o := trustUninstallOptions{}
	c := &cobra.Command{
		Use:   "uninstall [SOURCE...]",
		Short: "Take out of this machine's trust stores what install has put there",
		Long: `Take trust anchors out of the trust stores of this machine that "muxkey trust
install" has put there: those in the sources, or all with --all. It knows them
by the fingerprint in their names; anything else stays.`,
		Example: `  sudo muxkey trust uninstall ca.pem
  sudo muxkey trust uninstall --all --system --java`,
		Args: takes("[SOURCE...]"),
		RunE: func(c *cobra.Command, args []string) error {
			o.from.sources = args
			return runTrustUninstall(c.Context(), env, formatOf(c), o)
		},
	}
	o.from.add(c)
	o.stores.add(c)
	c.Flags().BoolVar(&o.all, "all", false, "take out all that was installed")
	return c
}

// trustInstall is the JSON of muxkey trust install and uninstall.
type trustInstall struct {
	SchemaVersion int               `json:"schemaVersion"`
	DryRun        bool              `json:"dryRun"`   // nothing was changed
	Stores        []trustStore      `json:"stores"`   // in the order in which they were changed
	Losses        []trust.Lost      `json:"losses"`   // what is known of an anchor and no such store can say
	Findings      []finding.Finding `json:"findings"` // what speaks against the anchors
}

// trustStore is what became of one store.
type trustStore struct {
	Store   string             `json:"store"`          // "system", "java" or "nss"
	Path    string             `json:"path"`           // of the directory or file
	Changes []trustStoreChange `json:"changes"`        // in the order of the anchors
	Next    string             `json:"next,omitempty"` // the command that is left to do in the image
}

// trustStoreChange is what became of one anchor in a store.
type trustStoreChange struct {
	Action install.Action `json:"action"`           // "add", "delete", "keep" or "absent"
	Name   string         `json:"name,omitempty"`   // of the file, alias or nickname
	SHA256 string         `json:"sha256"`           // of the certificate
	Detail string         `json:"detail,omitempty"` // for people
}

func runTrustInstall(ctx context.Context, env *console.Env, format report.Format, o trustInstallOptions) error {
	stores, err := o.stores.stores(env, o.from.limits)
	if err != nil {
		return err
	}
	o.from.live.yes = o.from.live.yes || o.stores.dryRun
	g, err := o.from.gather(ctx, env)
	if err != nil {
		return err
	}
	v := trustInstall{SchemaVersion: schemaVersion, DryRun: o.stores.dryRun, Stores: []trustStore{}, Losses: []trust.Lost{}, Findings: append([]finding.Finding{}, g.findings...)}
	losses := (target.Target{ID: "install"}).Losses(target.Job{Set: g.set, Rejected: g.rejected, Purposes: g.purposes})
	for _, l := range losses {
		v.Losses = append(v.Losses, trust.Lost{Target: l.Target, Name: l.Anchor.Name(), SHA256: l.Anchor.Fingerprint(), What: l.What})
	}
	if err := (&bundleFlags{accept: o.accept, strict: o.strict}).refusal(g, losses); err != nil {
		return errors.Join(show(env, format, v.document()), err)
	}
	return v.change(ctx, env, format, stores, func(st install.Store, have []install.Entry) []install.Change { return st.Add(have, g.set.Anchors) })
}

func runTrustUninstall(ctx context.Context, env *console.Env, format report.Format, o trustUninstallOptions) error {
	if o.all == (len(o.from.sources) > 0) {
		return wrongUsage(errors.New("name either SOURCE... or --all"))
	}
	stores, err := o.stores.stores(env, o.from.limits)
	if err != nil {
		return err
	}
	plan := install.Store.RemoveAll
	if !o.all {
		g, err := o.from.gather(ctx, env)
		if err != nil {
			return err
		}
		plan = func(st install.Store, have []install.Entry) []install.Change { return st.Remove(have, g.set.Anchors) }
	}
	v := trustInstall{SchemaVersion: schemaVersion, DryRun: o.stores.dryRun, Stores: []trustStore{}, Losses: []trust.Lost{}, Findings: []finding.Finding{}}
	return v.change(ctx, env, format, stores, plan)
}

// change plans for all stores before it changes the first, and reports what was
// done, also where a later one fails.
func (v *trustInstall) change(ctx context.Context, env *console.Env, format report.Format, stores []install.Store, plan func(install.Store, []install.Entry) []install.Change) error {
	plans := make([][]install.Change, len(stores))
	for i, st := range stores {
		have, err := st.List(ctx)
		if err != nil {
			return fmt.Errorf("reading %s: %w", st.Path, err)
		}
		plans[i] = plan(st, have)
	}
	for i, st := range stores {
		t := trustStore{Store: st.ID, Path: st.Path, Changes: []trustStoreChange{}}
		missing := map[[32]byte]bool{}
		if install.Changes(plans[i]) {
			if st.Next != nil {
				t.Next = st.Next(plans[i])
			}
			if !v.DryRun {
				if err := st.Apply(ctx, plans[i]); err != nil {
					return errors.Join(v.soFar(env, format), unchanged(st, err))
				}
				missing = notTaken(ctx, st, plans[i])
			}
		}
		for _, c := range plans[i] {
			change := trustStoreChange{Action: c.Action, Name: c.Name, SHA256: c.Anchor.Fingerprint(), Detail: c.Why}
			if missing[c.Anchor.SHA256] {
				change.Detail = "the system does not hand it on to programs: as a rule because it is no CA"
			}
			t.Changes = append(t.Changes, change)
		}
		v.Stores = append(v.Stores, t)
	}
	return show(env, format, v.document())
}

// soFar reports the stores that were changed, if any was.
func (v *trustInstall) soFar(env *console.Env, format report.Format) error {
	if len(v.Stores) == 0 {
		return nil
	}
	return show(env, format, v.document())
}

// notTaken are the anchors that were added and that programs do not get.
func notTaken(ctx context.Context, st install.Store, plan []install.Change) map[[32]byte]bool {
	out := map[[32]byte]bool{}
	if st.Taken == nil {
		return out
	}
	have, err := st.Taken(ctx)
	if err != nil {
		return out // the system has it elsewhere
	}
	for _, c := range plan {
		if c.Action == install.Added && !have[c.Anchor.SHA256] {
			out[c.Anchor.SHA256] = true
		}
	}
	return out
}

// unchanged says why a store is as it was.
func unchanged(st install.Store, err error) error {
	err = fmt.Errorf("changing %s: %w", st.Path, err)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, safefile.ErrOwner) || errors.Is(err, safefile.ErrReadOnly) {
		return &Failure{StatusOutput, "it takes the permissions of an administrator: sudo muxkey trust ...", err}
	}
	return err
}

func (v *trustInstall) document() report.Document {
	title := ""
	if v.DryRun {
		title = "Nothing was changed"
	}
	s := report.Section{Title: title, Columns: []string{"Store", "Change", "Name", "SHA-256", "Detail"}}
	tones := map[install.Action]report.Tone{install.Added: report.Good, install.Deleted: report.Warn}
	next := report.Section{}
	for _, t := range v.Stores {
		name := t.Store + " " + t.Path
		for _, c := range t.Changes {
			tone := tones[c.Action]
			if c.Action == install.Added && c.Detail != "" {
				tone = report.Warn
			}
			s.Rows = append(s.Rows, report.Row{Cells: []string{name, string(c.Action), c.Name, c.SHA256[:16], c.Detail}, Tone: tone})
			name = ""
		}
		if len(t.Changes) == 0 {
			s.Rows = append(s.Rows, report.Row{Cells: []string{name, "", "nothing to change"}})
		}
		if t.Next != "" && !v.DryRun {
			next.Notes = append(next.Notes, "Next, in the image: "+t.Next)
		}
	}
	losses := report.Section{Title: "What these stores cannot say", Columns: []string{"Anchor", "What is lost"}}
	for _, l := range v.Losses {
		losses.Rows = append(losses.Rows, report.Row{Cells: []string{l.Name, l.What}, Tone: report.Warn})
	}
	return report.Document{Value: v, Sections: filled(s, findingsSection(v.Findings), losses, next)}
}
