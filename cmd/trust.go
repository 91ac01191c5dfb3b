package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/finding"
	"muxkey/internal/report"
	"muxkey/trust"
	"muxkey/trust/source"
)

func newTrustCmd(env *console.Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "trust",
		Short: "Make clients trust a server: trust bundles for every kind of client",
		Long: `A client accepts a server when it trusts what vouches for the server's
certificate: a CA, or the certificate itself where that is self-signed. These
commands collect such trust anchors, judge them, and write them in the form that
each kind of client takes.`,
		Args: knownWord,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newTrustBuildCmd(env), newTrustListCmd(env), newTrustDiffCmd(env), newTrustProveCmd(env), newTrustVerifyCmd(env), newTrustRotateCmd(env), newTrustKitCmd(env), newTrustEnvCmd(env),
		newTrustInstallCmd(env), newTrustUninstallCmd(env))
	return c
}

// sourceFlags say where anchors come from, and which of them are wanted.
type sourceFlags struct {
	sources    []string
	password   passwordFlag
	limits     limitFlags
	purposes   []string
	exclude    []string
	scope      []string
	onlyCA     bool
	notExpired bool
	keyIssuers bool // of keystores, the issuers of their keys alone
	leaf       func(raw []byte)
	live       liveFlags
}

// add adds the flags; without --purpose the anchors for those purposes are taken,
// and for none of them all.
func (s *sourceFlags) add(c *cobra.Command, purposes ...string) {
	f := c.Flags()
	f.StringSliceVar(&s.purposes, "purpose", purposes, "what the anchors must be trusted for (`PURPOSE`): "+strings.Join(purposeNames(), ", "))
	complete(c, "purpose", purposeNames())
	f.StringArrayVar(&s.exclude, "exclude", nil, "leave out the certificate of this SHA-256 `FINGERPRINT`, or those in this file")
	f.StringSliceVar(&s.scope, "scope", nil, "trust the anchors for names below these `DOMAINS` and IP networks alone")
	f.BoolVar(&s.onlyCA, "only-ca", false, "leave out what is no CA")
	f.BoolVar(&s.notExpired, "not-expired", false, "leave out what has expired, or is not valid yet")
	s.password.add(c, "the password of the keystores among the sources")
	s.limits.add(c)
}

func purposeNames() []string {
	var names []string
	for _, p := range trust.Purposes() {
		names = append(names, string(p))
	}
	return names
}

// gathered is what the sources gave.
type gathered struct {
	set      *trust.Set
	purposes []trust.Purpose
	rejected []*trust.Anchor // certificates that must never be trusted
	leftOut  []trust.LeftOut
	findings []finding.Finding
}

// gather reads the sources, chooses, and judges what is left.
func (s *sourceFlags) gather(ctx context.Context, env *console.Env) (*gathered, error) {
	endpoints, err := s.live.endpoints()
	if err != nil {
		return nil, err
	}
	if len(s.sources)+len(endpoints) == 0 {
		return nil, wrongUsage(errors.New("there is no source: SOURCE..., or a server with --from"))
	}
	passwords, err := s.password.keyring(env, true)
	if err != nil {
		return nil, err
	}
	o := source.Options{Password: passwords.password, Limits: s.limits.limits(), KeyIssuers: s.keyIssuers, Leaf: s.leaf}
	choose, err := s.chooser(ctx, env, passwords)
	if err != nil {
		return nil, err
	}
	var b trust.Builder
	for _, name := range s.sources {
		if err := s.read(ctx, env, &b, name, o); err != nil {
			return nil, passwords.explain(err)
		}
	}
	for _, at := range endpoints {
		if err := s.live.live(ctx, env, &b, at); err != nil {
			return nil, err
		}
	}
	return choose(b.Set()), nil
}

// chooser reads the flags that say which anchors are wanted, and returns what takes
// those out of a set and judges them.
func (s *sourceFlags) chooser(ctx context.Context, env *console.Env, passwords *keyring) (func(all *trust.Set) *gathered, error) {
	var purposes []trust.Purpose
	for _, name := range s.purposes {
		if !slices.Contains(purposeNames(), name) {
			return nil, &Failure{StatusUsage, didYouMean(name, purposeNames()), fmt.Errorf("--purpose %q is none", name)}
		}
		purposes = append(purposes, trust.Purpose(name))
	}
	permitted, err := trust.ParseNames(s.scope)
	if err != nil {
		return nil, wrongUsage(fmt.Errorf("--scope: %w", err))
	}
	exclude, err := s.excluded(ctx, source.Options{Password: passwords.password, Limits: s.limits.limits(), KeyIssuers: s.keyIssuers})
	if err != nil {
		return nil, passwords.explain(err)
	}
	by := trust.Selection{Purposes: purposes, OnlyCA: s.onlyCA, Exclude: exclude}
	if s.notExpired {
		by.ValidAt = env.Now()
	}
	return func(all *trust.Set) *gathered {
		g := &gathered{purposes: purposes}
		for _, a := range all.Anchors {
			a.Terms.Permitted = a.Terms.Permitted.And(permitted)
		}
		g.rejected = all.Rejected(g.purposes)
		g.set, g.leftOut = all.Select(by)
		g.findings = append(slices.Clone(g.set.Findings), g.set.Judge(env.Now())...)
		return g
	}, nil
}

func (s *sourceFlags) read(ctx context.Context, env *console.Env, b *trust.Builder, name string, o source.Options) error {
	if place, ok := source.Places().Get(name); ok {
		path, err := place.Find(env.LookupEnv)
		if err != nil {
			return err
		}
		return place.Read(ctx, b, path, o)
	}
	if name != stdin {
		return source.Path(ctx, b, name, o)
	}
	data, err := io.ReadAll(io.LimitReader(env.In, int64(o.Limits.Size)+1))
	if err != nil {
		return fmt.Errorf("reading %s: %w", inputName, err)
	}
	return source.Bytes(ctx, b, source.Input{Name: inputName, Data: data, Options: o})
}

// excluded are the fingerprints that --exclude names.
func (s *sourceFlags) excluded(ctx context.Context, o source.Options) (map[[32]byte]bool, error) {
	out := map[[32]byte]bool{}
	for _, what := range s.exclude {
		if sum, ok := trust.ParseFingerprint(what); ok {
			out[sum] = true
			continue
		}
		var b trust.Builder
		if err := source.Path(ctx, &b, what, o); err != nil {
			return nil, fmt.Errorf("--exclude: %w", err)
		}
		for _, a := range b.Set().Anchors {
			out[a.SHA256] = true
		}
	}
	return out, nil
}

// findingsSection shows what was found, the worst first.
func findingsSection(list []finding.Finding) report.Section {
	tones := map[finding.Severity]report.Tone{finding.High: report.Bad, finding.Medium: report.Warn}
	s := report.Section{Title: "Findings", Columns: []string{"Severity", "Rule", "Where", "Finding"}}
	for _, severity := range slices.Backward(finding.Severities()) {
		for _, f := range list {
			if f.Severity == severity {
				s.Rows = append(s.Rows, report.Row{Cells: []string{string(f.Severity), f.Rule, f.Where, f.Text}, Tone: tones[f.Severity]})
			}
		}
	}
	return s
}
