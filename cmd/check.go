package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/finding"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/internal/secret"
	"muxkey/inventory"
	"muxkey/policy/check"
	"muxkey/policy/check/rules"
	"muxkey/trust/source"
)

type checkOptions struct {
	targets []string
	config  string
	failOn  string

	baseline      string
	writeBaseline string
	draft         bool
	force         bool
	explain       string
	list          bool

	password passwordFlag
	limits   limitFlags
	watch    watchFlags
	reports  reportFlags
	shard    shardFlag
}

func newCheckCmd(env *console.Env) *cobra.Command {
	o := checkOptions{}
	c := &cobra.Command{
		Use:   "check [TARGET...]",
		Short: "Hold keystores, certificates and servers against a policy",
		Long: `Check keystores, certificates, bundles and live servers against a policy:
whether passwords, names, dates, chains, keys and protection are as they should
be. What must hold is in muxkey.yaml; without a TARGET all that it names is
checked. A TARGET is a file, a directory, an address such as
tls://mux.example.com:443 or smtp+starttls://mail.example.com, or "-" for a
list of them on standard input.

The exit status is 0 when all is well, 1 when a target has a finding of the
severity of --fail-on or a heavier one, and else 3, or 7 for servers, when one
could not be checked. With -f nagios it is that of a plugin: 0 OK, 1 WARNING,
2 CRITICAL, 3 UNKNOWN.`,
		Example: `  muxkey check
  muxkey check -c fleet.yaml -f junit
  muxkey check keystore.p12 tls://mux.example.com:443 --password env:STORE_PW`,
		RunE: func(c *cobra.Command, args []string) error {
			o.targets = args
			switch {
			case o.reports.given() && (o.list || o.explain != "" || o.draft):
				return wrongUsage(errors.New("--out and --report are for the report of a check"))
			case o.list:
				return runCheckRules(env, formatOf(c))
			case o.explain != "":
				return runCheckExplain(env, formatOf(c), o.explain)
			case o.watch.on || o.watch.listen != "":
				if err := o.watch.check(); err != nil {
					return err
				}
				return runCheckWatch(c.Context(), env, formatOf(c), o)
			case o.draft:
				return runCheckInit(c.Context(), env, formatOf(c), o)
			}
			return runCheck(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.StringVarP(&o.config, "config", "c", "", "the policy (`FILE`); without it "+check.PolicyName+", where there is one")
	f.StringVar(&o.failOn, "fail-on", "", "a target fails from this `SEVERITY` on: "+strings.Join(failOnWords(), ", ")+" (default: what the policy says, or medium)")
	complete(c, "fail-on", failOnWords())
	f.StringVar(&o.baseline, "baseline", "", "leave out the findings that this baseline (`FILE`) has")
	f.StringVar(&o.writeBaseline, "write-baseline", "", "write a baseline of all findings to `FILE`, which is replaced")
	f.BoolVar(&o.draft, "init", false, "write a first policy from what the targets are like today")
	f.BoolVar(&o.force, "force", false, "with --init: replace the policy")
	f.StringVar(&o.explain, "explain", "", "say all there is to say of the rule `ID`")
	completeLater(c, "explain", func() []string { return rules.All().Names() })
	f.BoolVar(&o.list, "list-rules", false, "list the rules")
	o.password.add(c, "the password of stores for which the policy names none")
	o.limits.add(c)
	o.watch.add(c)
	o.reports.add(c)
	o.shard.add(c)
	return c
}

func runCheck(ctx context.Context, env *console.Env, format report.Format, o checkOptions) error {
	if err := o.reports.check("check", format); err != nil {
		return err
	}
	// What a store is taken apart into is garbage a moment later. A limit would be in
	// the way of large inventories, whose report alone is larger.
	defer debug.SetGCPercent(debug.SetGCPercent(200))
	policy, options, err := o.prepare(env)
	if err != nil {
		return err
	}
	result, err := check.Run(ctx, policy, options)
	if err != nil {
		return err
	}
	if result.Summary.Targets == 0 && options.Shards == 0 {
		// A list that came out empty must not look like one that is all well.
		return wrongUsage(errors.New("there is nothing to check: neither the policy nor the list has a target"))
	}
	if o.writeBaseline != "" {
		b := finding.NewBaseline(result.All())
		if err := safefile.Write(ctx, o.writeBaseline, b.Bytes(), safefile.Options{Mode: 0o644, Replace: true}); err != nil {
			return err
		}
	}
	d := checkedDocument(result)
	if err := o.reports.show(ctx, env, format, d); err != nil {
		return err
	}
	return verdictFor(format, d)
}

// prepare reads what the flags name.
func (o *checkOptions) prepare(env *console.Env) (*check.Policy, check.Options, error) {
	policy, err := o.policy()
	if err != nil {
		return nil, check.Options{}, err
	}
	if o.failOn != "" && !slices.Contains(failOnWords(), o.failOn) {
		return nil, check.Options{}, &Failure{StatusUsage, didYouMean(o.failOn, failOnWords()), fmt.Errorf("--fail-on %q is none of %s", o.failOn, strings.Join(failOnWords(), ", "))}
	}
	options, err := o.options(env)
	if err != nil {
		return nil, options, err
	}
	if err := o.shard.set(&options); err != nil {
		return nil, options, err
	}
	options.Baseline, err = o.baselineOf(policy)
	return policy, options, err
}

// policy is that of --config, or the one of this directory. Without any the
// standard expectations hold for what the command line names.
func (o *checkOptions) policy() (*check.Policy, error) {
	file := o.config
	if file == "" {
		file = check.PolicyName
	}
	data, err := os.ReadFile(file) //nolint:gosec // that is what it is for
	switch {
	case err != nil && o.config == "" && len(o.targets) > 0:
		return check.ParsePolicy(nil, "")
	case err != nil && o.config == "":
		return nil, wrongUsage(fmt.Errorf("there is no %s here, and no TARGET", check.PolicyName))
	case err != nil:
		return nil, fmt.Errorf("reading the policy %s: %w", file, plainPath(err))
	}
	return check.ParsePolicy(data, file)
}

func (o *checkOptions) options(env *console.Env) (check.Options, error) {
	out := check.Options{Now: env.Now(), Clock: env.Now, Rand: env.Rand, FailOn: o.failOn, Counts: &inventory.Counts{}, Limits: o.limits.limits(), Responder: responder(env), Salt: make([]byte, 32)}
	if _, err := io.ReadFull(env.Rand, out.Salt); err != nil {
		return out, err
	}
	for _, t := range o.targets {
		if t != stdin {
			out.Targets = append(out.Targets, t)
			continue
		}
		list, err := io.ReadAll(io.LimitReader(env.In, maxList))
		if err != nil {
			return out, fmt.Errorf("reading the list on standard input: %w", err)
		}
		out.List = append(list, '\n')
	}
	passwords, err := o.password.keyring(env, true)
	if err != nil {
		return out, err
	}
	out.Everywhere = passwords.named
	if strings.ContainsRune(o.password.spec, '{') {
		out.Source = o.password.spec
	}
	out.Password = func(ctx context.Context, spec, label string) (string, error) {
		if spec == "" {
			return passwords.password(strings.TrimPrefix(label, "password for "))(ctx)
		}
		s, err := secret.Parse(spec)
		if err != nil {
			return "", err
		}
		pw, err := s.Read(ctx, env, label)
		return pw.Reveal(), err
	}
	out.Place = func(word string) (string, error) {
		place, ok := source.Places().Get(word)
		if !ok {
			return "", fmt.Errorf("%q is no place that has anchors", word)
		}
		return place.Find(env.LookupEnv)
	}
	return out, nil
}

// maxList is the size of a list on standard input, in bytes.
const maxList = 64 << 20

// checkedDocument is a report for every format.
func checkedDocument(r *check.Report) report.Document {
	d := report.Document{Value: r, Checked: &report.Checked{Report: r}}
	for rule := range rules.All().All() {
		d.Checked.Rules = append(d.Checked.Rules, rule.Rule)
	}
	for _, c := range r.Custom {
		d.Checked.Rules = append(d.Checked.Rules, finding.Rule{ID: c.ID, Title: c.Title, Severity: c.Severity, Why: c.Why, Fix: c.Fix})
	}
	return d
}

// verdictOf is the exit status of a report.
func verdictOf(r *check.Report) error {
	if r.Failed() {
		return errFound
	}
	if r.Summary.Unchecked == 0 {
		return nil
	}
	status := StatusNetwork
	for _, t := range r.Targets {
		if t.Status == check.Unchecked && !t.Network {
			status = StatusInput
		}
	}
	return &Failure{Status: status, Err: errors.New("checking: could not be checked: " + plural(r.Summary.Unchecked, "target"))}
}
