package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/inspect"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/keystore"
)

type inspectOptions struct {
	targets  []string
	pem      bool
	full     bool
	password passwordFlag
	limits   limitFlags
}

func newInspectCmd(env *console.Env) *cobra.Command {
	o := inspectOptions{}
	c := &cobra.Command{
		Use:   "inspect TARGET...",
		Short: "Show what is in keystores, certificates, requests and keys",
		Long: `Show what is in files of any known type, told by their content: PKCS#12
keystores, PEM, DER, PKCS#7, certificate requests, revocation lists, keys, and
every such file of a directory or Kubernetes manifest. FILE#MEMBER is one of the
latter, as in secret.yaml#keystore.p12; "-" reads standard input.

For a keystore this is every entry with its alias, key and chain, how the file
is encrypted and protected, which programs can open it, and what is remarkable.
Without a password, what stands in the open is shown.`,
		Example: `  muxkey inspect keystore.p12
  muxkey inspect keystore.p12 --password env:STORE_PW --json
  muxkey inspect /etc/ssl/certs --pem`,
		Args: takes("TARGET..."),
		RunE: func(c *cobra.Command, args []string) error {
			o.targets = args
			return runInspect(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.pem, "pem", false, "print all certificates as PEM instead of a report")
	f.BoolVar(&o.full, "all", false, "show extensions, attributes and every program that opens it")
	o.password.add(c, "the password")
	o.limits.add(c)
	return c
}

func runInspect(ctx context.Context, env *console.Env, format report.Format, o inspectOptions) error {
	passwords, err := o.password.keyring(env, true)
	if err != nil {
		return err
	}
	var stores []*keystore.Store
	var failed []error
	for _, target := range o.targets {
		list, errs := o.open(ctx, env, target, passwords)
		stores, failed = append(stores, list...), append(failed, errs...)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if o.pem {
		return join(append(failed, printPEM(env, stores))...)
	}
	if len(stores) > 0 || len(failed) == 0 {
		facts := inspect.NewReport()
		for _, st := range stores {
			facts.Targets = append(facts.Targets, inspect.Inspect(st, env.Now()))
		}
		v := view{full: o.full, now: env.Now()}
		if err := show(env, format, report.Document{Value: facts, Sections: v.report(facts)}); err != nil {
			return err
		}
	}
	return join(failed...)
}

// open reads one target; a directory gives several stores, and an error for
// each file in it that cannot be read.
func (o inspectOptions) open(ctx context.Context, env *console.Env, target string, passwords *keyring) ([]*keystore.Store, []error) {
	if isDirectory(target) {
		dir, err := keystore.OpenDir(ctx, target, o.options(passwords.password(target)))
		if err != nil {
			return nil, []error{err}
		}
		if len(dir.Stores) == 0 && len(dir.Failed) == 0 {
			return nil, []error{&Failure{Status: StatusInput, Err: fmt.Errorf(
				"inspect the directory %s: none of its %d files is a keystore, certificate or key", target, len(dir.Skipped))}}
		}
		for i, err := range dir.Failed {
			dir.Failed[i] = passwords.explain(err)
		}
		return dir.Stores, dir.Failed
	}
	stores, err := openStores(ctx, env, target, passwords, o.options(nil))
	if err == nil {
		return stores, nil
	}
	failed := []error{err}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		failed = several.Unwrap()
	}
	for i, err := range failed {
		failed[i] = passwords.explain(err)
	}
	return stores, failed
}

// options open keys too, to see whether they belong to their certificates; but
// not those of a store of thousands.
func (o inspectOptions) options(password func(context.Context) (string, error)) keystore.Options {
	return keystore.Options{Password: password, Unlock: true, UnlockAtMost: 8, Limits: o.limits.limits()}
}

// printPEM writes every certificate once, with its alias and subject above it,
// as openssl does.
func printPEM(env *console.Env, stores []*keystore.Store) error {
	seen := map[string]bool{}
	for _, st := range stores {
		for _, e := range st.Entries {
			for i, block := range certificates(e.Chain) {
				if seen[string(block.Bytes)] {
					continue
				}
				seen[string(block.Bytes)] = true
				text, err := encodePEM(certificates(e.Chain[i : i+1]))
				if err != nil {
					return err
				}
				head := fmt.Sprintf("# %s\n# %s\n", report.Printable(e.Alias), report.Printable(certgen.FormatDN(e.Chain[i].RawSubject)))
				if _, err := io.WriteString(env.Out, head+string(text)); err != nil {
					return err
				}
			}
		}
	}
	if len(seen) > 0 || len(stores) == 0 {
		return nil
	}
	for _, st := range stores {
		if len(st.Locked) > 0 {
			return fmt.Errorf("printing the certificates of %s: %w", st.Path, keystore.ErrNoPassword)
		}
	}
	return &Failure{Status: StatusInput, Err: errors.New("there is no certificate to print")}
}
