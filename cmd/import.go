package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muxkey/inspect"
	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

type importOptions struct {
	store          string
	files          []string
	alias          string
	conflict       string
	yes            bool
	reply          replyFlags
	edit           editFlags
	encoding       encodingFlags
	sourcePassword passwordFlag
}

func newImportCmd(env *console.Env) *cobra.Command {
	o := importOptions{}
	c := &cobra.Command{
		Use:   "import STORE FILE...",
		Short: "Put certificates, keys or the entries of other stores into a keystore",
		Long: `Add to a keystore what is in other files of any known format, or in a ZIP
archive. A STORE that is not there is made; FILE may be a directory.

A CA's reply is known by the key: its certificate goes to the entry with that
key, with a chain that is built from the reply, --ca-certs, the keystore and the
system's roots, and checked. A certificate for no key in the store becomes a
trusted-certificate entry, after its fingerprint was shown and confirmed; a
private key with its certificates becomes a private-key entry; the entries of a
keystore come over as they are. What is in the store already is passed over.`,
		Example: `  muxkey import keystore.p12 reply.p7b --password file:keystore.pw
  muxkey import keystore.p12 mux.crt --ca-certs ca.pem --password env:PW
  muxkey import trust.p12 root.crt --alias example-root --password env:PW
  muxkey import keystore.p12 server.pem --alias mux --password file:keystore.pw`,
		Args: takes("STORE", "FILE..."),
		RunE: func(c *cobra.Command, args []string) error {
			o.store, o.files = args[0], args[1:]
			return runImport(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.alias, "alias", "", "`NAME` of the entry (default: the name it has, or its common name)")
	f.StringVar(&o.conflict, "on-conflict", "error", "`RULE` for two entries of one alias: "+strings.Join(conflictRules, ", "))
	f.BoolVar(&o.yes, "yes", false, "trust the certificates without a question")
	o.sourcePassword.addAs(c, "source-password", "the password of the files (default: that of the keystore)")
	o.reply.add(c)
	o.encoding.add(c)
	o.edit.add(c)
	complete(c, "on-conflict", conflictRules)
	return c
}

func runImport(ctx context.Context, env *console.Env, format report.Format, o importOptions) error {
	if !slices.Contains(conflictRules, o.conflict) {
		return &Failure{StatusUsage, didYouMean(o.conflict, conflictRules), fmt.Errorf("--on-conflict %q is no rule", o.conflict)}
	}
	if err := o.reply.check(); err != nil {
		return err
	}
	entries, err := o.read(ctx, env)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Kind == keystore.CSR {
			return &Failure{StatusInput, "send it to the CA, and import what comes back", fmt.Errorf("importing %s: a certificate request (CSR) is in it, which no keystore holds", strings.Join(o.files, ", "))}
		}
	}
	if o.alias != "" {
		if err := goodAlias(o.alias); err != nil {
			return err
		}
	}
	file, _ := keystore.SplitMember(o.store)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		if err := o.prepare(ctx, env, entries); err != nil {
			return err
		}
		return o.create(ctx, env, format, entries)
	}
	if o.encoding.given() {
		return &Failure{
			StatusUsage, "change them with: muxkey password " + command.Quote(o.store),
			fmt.Errorf("--profile, --for and --iterations are for a new keystore, and %s keeps its algorithms", o.store),
		}
	}
	return o.edit.edit(ctx, env, format, o.store, true, func(st *keystore.Store, _ *keystore.Encoding) ([]change, error) {
		done, err := o.install(ctx, env, st, entries)
		if err != nil {
			return nil, err
		}
		if done != nil {
			o.edit.remarks = done.remarks
			return done.changes, nil
		}
		if err := o.prepare(ctx, env, entries); err != nil {
			return nil, err
		}
		all, changes, err := merge(st.Entries, entries, o.conflict, strings.Join(o.files, ", "))
		st.Entries = all
		return changes, err
	})
}

// prepare names the entry and asks whether it is to be trusted.
func (o importOptions) prepare(ctx context.Context, env *console.Env, entries []*keystore.Entry) error {
	if o.alias != "" {
		if len(entries) != 1 {
			return wrongUsage(fmt.Errorf("--alias names one entry, and there are %d to import", len(entries)))
		}
		entries[0].Alias = o.alias
	}
	return o.confirm(ctx, env, entries)
}

// read collects what is to be imported. A certificate that stands alone is one
// to trust.
func (o importOptions) read(ctx context.Context, env *console.Env) ([]*keystore.Entry, error) {
	source := &o.sourcePassword
	if !source.given() {
		source = &o.edit.password
	}
	passwords, err := source.keyring(env, true)
	if err != nil {
		return nil, err
	}
	var entries []*keystore.Entry
	for _, file := range o.files {
		stores, err := o.open(ctx, env, file, passwords)
		if err != nil {
			return nil, err
		}
		found := 0
		for _, st := range stores {
			if err := closedPart(st); err != nil {
				return nil, err
			}
			found += len(st.Entries)
			if err := o.take(env, file, st); err != nil {
				return nil, err
			}
			if entries, _, err = merge(entries, st.Entries, "rename", file); err != nil {
				return nil, err
			}
		}
		if found == 0 {
			return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("importing %s: there is nothing in it", file)}
		}
	}
	return entries, nil
}

// open reads a file that is to be imported: a store, or an archive of them, as
// some CAs send their replies.
func (o importOptions) open(ctx context.Context, env *console.Env, file string, passwords *keyring) ([]*keystore.Store, error) {
	opts := keystore.Options{Unlock: true, Limits: o.edit.limits.limits()}
	if isZIP(file) {
		return openArchive(ctx, file, passwords, opts)
	}
	st, err := openStore(ctx, env, file, passwords, opts)
	if err != nil {
		return nil, err
	}
	return []*keystore.Store{st}, nil
}

// take makes the entries of a file what they are to be in the store.
func (o importOptions) take(env *console.Env, file string, st *keystore.Store) error {
	for _, e := range entriesOf(st, file) {
		if e.Kind == pkcs12x.PlainCertificate {
			e.Kind = pkcs12x.TrustedCertificate
		}
		if e.Created.IsZero() {
			e.Created = env.Now()
		}
		if e.Key != nil && e.Key.PKCS8 == nil {
			return fmt.Errorf("importing %s: the key of %q does not open: %w", file, e.Alias, e.Key.Err)
		}
	}
	return nil
}

// confirm shows the certificates that are to be trusted and asks. A trust anchor
// that nobody looked at is how the wrong one gets in.
func (o importOptions) confirm(ctx context.Context, env *console.Env, entries []*keystore.Entry) error {
	s := report.Section{Title: "To be trusted", Columns: []string{"Entry", "Subject", "Until", "SHA-256"}}
	for _, e := range entries {
		if e.Kind != pkcs12x.TrustedCertificate {
			continue
		}
		c := inspect.Describe(e.Chain[0], env.Now())
		s.Rows = append(s.Rows, report.Row{Cells: []string{e.Alias, c.Subject, c.NotAfter.Format(time.DateOnly), c.Fingerprints.SHA256}})
	}
	if len(s.Rows) == 0 || o.yes || o.edit.dryRun {
		return nil
	}
	return confirmed(ctx, env, s, "Compare the fingerprints with those that the owner gave you. Trust them?", "nothing was imported")
}

// create makes a store of what is imported.
func (o importOptions) create(ctx context.Context, env *console.Env, format report.Format, entries []*keystore.Entry) error {
	profile, err := o.encoding.profile()
	if err != nil {
		return err
	}
	target, err := formatFor(o.store, "", "")
	if err != nil {
		return err
	}
	if err := o.encoding.fits(target); err != nil {
		return err
	}
	enc := keystore.Encoding{Profile: profile}
	if target.NeedsPassword && (!target.TakesProfile || profile.MAC.Hash != "") {
		pw, err := o.edit.password.readNew(ctx, env, "new password for "+o.store)
		if err != nil {
			return err
		}
		enc.Password = pw.Reveal()
	}
	all, changes, err := merge(nil, entries, o.conflict, strings.Join(o.files, ", "))
	if err != nil {
		return err
	}
	output := outputFlags{out: o.store, dryRun: o.edit.dryRun}
	return output.write(ctx, env, format, target.ID, all, enc, changes)
}
