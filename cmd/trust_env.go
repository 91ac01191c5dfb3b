package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/trust"
	"muxkey/trust/environment"
	"muxkey/trust/source"
	"muxkey/trust/target"
)

type trustEnvOptions struct {
	bundle   string
	programs []string
	all      bool
	as       string
	path     string
	name     string
	password passwordFlag
	limits   limitFlags
	locked   bool // the bundle has a password
}

func newTrustEnvCmd(env *console.Env) *cobra.Command {
	o := trustEnvOptions{}
	c := &cobra.Command{
		Use:   "env [BUNDLE]",
		Short: "Show which variables and settings say what programs here trust",
		Long: `Programs learn from a dozen variables and as many settings what to trust. Show
for each program that is installed here which of them are set, which of those
win, what is in the files that they name, and, with a BUNDLE, whether its
anchors are among that. What is in different slots adds up; in one slot the
first source that is set counts. The exit status is 1 when a program does not
have them all.

With --as, the lines are written that name the bundle to all of these programs,
or to those of --program: a PEM file to most, a keystore to Java. They may be
for another machine, where the bundle lies at the path of --path.`,
		Example: `  muxkey trust env
  muxkey trust env ca.pem --program curl,git,node
  eval "$(muxkey trust env ca.pem --as sh)"
  muxkey trust env ca.pem --as dockerfile --path /etc/ssl/muxkey/ca.pem`,
		Args: takes("[BUNDLE]"),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.bundle = args[0]
			}
			return runTrustEnv(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.StringSliceVar(&o.programs, "program", nil, "look at these `PROGRAMS` alone, installed or not")
	f.BoolVar(&o.all, "all", false, "show also programs that are not installed, and sources that are not set")
	f.StringVar(&o.as, "as", "", "write the lines for the bundle in the `FORM`: "+strings.Join(environment.Forms().Names(), ", "))
	f.StringVar(&o.path, "path", "", "`PATH` that the bundle has where the variables are set (default: its own; in containers below /etc/ssl/muxkey)")
	f.StringVar(&o.name, string(target.Name), "", "`NAME` of the ConfigMap that has the bundle (default: muxkey-trust)")
	o.password.add(c, "the bundle's password")
	o.limits.add(c)
	complete(c, "program", environment.Programs().Names())
	complete(c, "as", environment.Forms().Names())
	return c
}

// trustEnv is the JSON of muxkey trust env.
type trustEnv struct {
	SchemaVersion int                 `json:"schemaVersion"`
	Programs      []environment.Found `json:"programs"`  // in the order of the table
	Variables     []envVariable       `json:"variables"` // that name the bundle to programs; empty without one
}

// envVariable is a variable that names the bundle.
type envVariable struct {
	Name     string   `json:"name"`     // of the variable
	Value    string   `json:"value"`    // to set it to
	Programs []string `json:"programs"` // the IDs of those that heed it
	Adds     bool     `json:"adds"`     // the bundle comes to the roots that they have; else it takes the place of some
}

func runTrustEnv(ctx context.Context, env *console.Env, format report.Format, o trustEnvOptions) error {
	programs, err := o.chosen()
	if err != nil {
		return err
	}
	if o.bundle == "" {
		if o.as != "" || o.path != "" || o.name != "" {
			return wrongUsage(errors.New("--as, --path and --name are about a BUNDLE, and there is none"))
		}
		return o.show(ctx, env, format, programs, nil, nil)
	}
	if o.name != "" && o.as != "kubernetes" {
		return wrongUsage(errors.New("--name is for --as kubernetes alone"))
	}
	set, form, err := o.read(ctx, env)
	if err != nil {
		return err
	}
	lines, err := o.lines(form)
	if err != nil {
		return err
	}
	if o.as == "" {
		return o.show(ctx, env, format, programs, set, &lines)
	}
	f, ok := environment.Forms().Get(o.as)
	if !ok {
		return &Failure{StatusUsage, didYouMean(o.as, environment.Forms().Names()), fmt.Errorf("--as %q is no form of variables", o.as)}
	}
	if len(lines.Variables) == 0 {
		return &Failure{Status: StatusUsage, Hint: "build one that they take: muxkey trust build " + command.Quote(o.bundle) + " --target pem -o ca.pem", Err: fmt.Errorf("no variable names a file of this kind to %s", strings.Join(o.programs, ", "))}
	}
	var replaced []string
	for _, v := range lines.Variables {
		if !v.Adds {
			replaced = append(replaced, v.Name)
		}
	}
	if len(replaced) > 0 {
		progress(env)("the bundle takes the place of other roots for what reads " + strings.Join(replaced, ", ") + "; where public servers are to be reached too, build it with the source system")
	}
	if form == environment.Keystore && o.locked {
		progress(env)("Java opens the bundle with its password alone: add -Djavax.net.ssl.trustStorePassword=..., or build a JKS trust store, which it opens without")
	}
	_, err = io.WriteString(env.Out, f.Write(lines))
	return err
}

// chosen are the programs to look at; without any named, all of them.
func (o *trustEnvOptions) chosen() ([]environment.Program, error) {
	all := environment.Programs()
	for _, id := range o.programs {
		if _, ok := all.Get(id); !ok {
			return nil, &Failure{StatusUsage, didYouMean(id, all.Names()), fmt.Errorf("--program: nothing is known of %q", id)}
		}
	}
	var list []environment.Program
	for p := range all.All() {
		if len(o.programs) == 0 || slices.Contains(o.programs, p.ID) {
			list = append(list, p)
		}
	}
	return list, nil
}

// read reads the bundle, and says in which form it is. A path that is not there
// is fine where only lines are wanted.
func (o *trustEnvOptions) read(ctx context.Context, env *console.Env) (*trust.Set, environment.Form, error) {
	passwords, err := o.password.keyring(env, true)
	if err != nil {
		return nil, "", err
	}
	var b trust.Builder
	if err := source.Path(ctx, &b, o.bundle, source.Options{Password: passwords.password, Limits: o.limits.limits()}); err != nil {
		return nil, "", passwords.explain(err)
	}
	set := b.Set()
	if len(set.Anchors) == 0 {
		return nil, "", &Failure{Status: StatusInput, Err: fmt.Errorf("%s holds no certificate to trust", o.bundle)}
	}
	o.locked = passwords.last != nil
	form, err := environment.FormOf(o.bundle)
	return set, form, err
}

// lines are the variables, with the path that the bundle has where they are set.
func (o *trustEnvOptions) lines(form environment.Form) (environment.Lines, error) {
	own, err := filepath.Abs(o.bundle)
	if err != nil {
		return environment.Lines{}, err
	}
	l := environment.Lines{Variables: environment.Variables(form, o.programs...), Bundle: own, Path: own, Name: cmp.Or(o.name, "muxkey-trust")}
	f, _ := environment.Forms().Get(o.as)
	switch {
	case o.path != "":
		l.Path = o.path
	case f.Inside:
		l.Path = path.Join("/etc/ssl/muxkey", filepath.Base(own))
	}
	if f.Inside { // COPY and bind mounts start from where the file of the container is
		l.Bundle = filepath.ToSlash(o.bundle)
		if o.as == "compose" && !filepath.IsAbs(o.bundle) {
			l.Bundle = "./" + l.Bundle
		}
	}
	for _, p := range []string{l.Bundle, l.Path, l.Name} {
		if strings.IndexFunc(p, unicode.IsControl) >= 0 || form == environment.Keystore && strings.Contains(p, `"`) && strings.Contains(p, "'") {
			return l, wrongUsage(fmt.Errorf("%q has characters in it that no variable should have", p))
		}
	}
	return l, nil
}

func (o *trustEnvOptions) show(ctx context.Context, env *console.Env, format report.Format, programs []environment.Program, bundle *trust.Set, lines *environment.Lines) error {
	machine := environment.Local(env.LookupEnv)
	if !o.all && len(o.programs) == 0 {
		programs = slices.DeleteFunc(programs, func(p environment.Program) bool { return machine.Installed(p) == "" })
	}
	v := trustEnv{SchemaVersion: schemaVersion, Programs: append([]environment.Found{}, environment.Look(ctx, machine, programs, bundle)...), Variables: []envVariable{}}
	if lines != nil {
		for _, x := range lines.Variables {
			v.Variables = append(v.Variables, envVariable{x.Name, x.Value(lines.Path), x.Programs, x.Adds})
		}
	}
	if err := show(env, format, report.Document{Value: v, Sections: o.sections(v, bundle)}); err != nil {
		return err
	}
	if slices.ContainsFunc(v.Programs, func(f environment.Found) bool { return f.Trusts != nil && !*f.Trusts }) {
		return errFound
	}
	return nil
}

// sections show each program with the sources that are set, in their order.
func (o *trustEnvOptions) sections(v trustEnv, bundle *trust.Set) []report.Section {
	s := report.Section{Columns: []string{"Program", "Source", "Slot", "Counts", "Path", "Anchors"}}
	if bundle != nil {
		s.Columns = append(s.Columns, "Of the bundle")
	}
	unproven := []string{}
	for _, f := range v.Programs {
		name := f.Title
		if !f.Proven {
			unproven = append(unproven, f.Title)
		}
		if f.Path == "" {
			name += " (not here)"
		}
		for _, state := range f.Sources {
			if !o.all && (state.Status == environment.Unset || state.Default && state.Status == environment.Overridden) {
				continue
			}
			s.Rows = append(s.Rows, stateRow(name, state, bundle))
			name = ""
		}
		if name != "" {
			s.Rows = append(s.Rows, report.Row{Cells: []string{name, "nothing is set"}})
		}
		if f.Trusts != nil {
			verdict, tone := "trusts the bundle", report.Good
			if !*f.Trusts {
				verdict, tone = "does not trust all of the bundle", report.Bad
			}
			s.Rows = append(s.Rows, report.Row{Cells: []string{"", verdict}, Tone: tone})
		}
	}
	if len(unproven) > 0 {
		s.Notes = append(s.Notes, "By their documentation alone: "+strings.Join(unproven, ", ")+".")
	}
	if bundle != nil && len(v.Variables) > 0 {
		s.Notes = append(s.Notes, "To name the bundle to all of them: muxkey trust env "+command.Quote(o.bundle)+" --as FORM")
	}
	return []report.Section{s}
}

func stateRow(name string, state environment.State, bundle *trust.Set) report.Row {
	row := report.Row{Cells: []string{name, state.Source, string(state.Slot), "", cmp.Or(state.Value, "within the program"), ""}}
	switch state.Status {
	case environment.Unset:
		row.Cells[3], row.Cells[4] = "not set", ""
	case environment.Used:
		row.Cells[3] = "yes"
	case environment.Overridden:
		row.Cells[3] = "no: " + state.By + " does"
		row.Tone = report.Warn
	}
	if state.Anchors != nil {
		row.Cells[5] = fmt.Sprint(*state.Anchors)
	}
	if state.Problem != "" {
		row.Cells[5], row.Tone = state.Problem, report.Bad
	}
	if bundle != nil && state.Of != nil {
		row.Cells = append(row.Cells, fmt.Sprintf("%d of %d", *state.Of, len(bundle.Anchors)))
	}
	return row
}
