package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/internal/secret"
	"muxkey/keystore"
)

type passwordOptions struct {
	store            string
	aliases          []string
	edit             editFlags
	encoding         encodingFlags
	newPassword      passwordFlag
	generate         string
	generated        bool // the file of generate is there
	entryPassword    passwordFlag
	newEntryPassword passwordFlag
}

func newPasswordCmd(env *console.Env) *cobra.Command {
	o := passwordOptions{}
	c := &cobra.Command{
		Use:   "password STORE",
		Short: "Change the password of a keystore or its keys, or its algorithms",
		Long: `Encrypt a keystore anew: under another password, with other algorithms, or both.

A key that has a password of its own keeps it, unless --entry-password opens it;
then it comes under the password of the store. --new-entry-password goes the
other way: all keys, or those of --alias, get a password of their own.`,
		Example: `  muxkey password keystore.p12 --password file:old.pw --generate-password new.pw
  muxkey password keystore.p12 --password env:PW --for windows-2016
  muxkey password mux.jks --password env:PW --new-entry-password env:KEY_PW`,
		Args: takes("STORE"),
		RunE: func(c *cobra.Command, args []string) error {
			o.store = args[0]
			return runPassword(c.Context(), env, formatOf(c), &o)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&o.aliases, "alias", nil, "`NAME` of an entry for --new-entry-password; may be repeated (default: all)")
	f.StringVar(&o.generate, "generate-password", "", "write a strong random password to the new `FILE` and use it")
	o.newPassword.addAs(c, "new-password", "the new password")
	o.entryPassword.addAs(c, entryPassword, "the keys' password, where they have another than the keystore")
	o.newEntryPassword.addAs(c, "new-entry-password", "a password for the keys alone")
	o.encoding.add(c)
	o.edit.add(c)
	exclusive(c, "new-password", "generate-password")
	return c
}

func runPassword(ctx context.Context, env *console.Env, format report.Format, o *passwordOptions) error {
	changesStore := o.newPassword.given() || o.generate != "" || o.encoding.given()
	switch {
	case len(o.aliases) > 0 && !o.newEntryPassword.given():
		return wrongUsage(errors.New("--alias chooses among the keys for --new-entry-password, which is missing"))
	case !changesStore && !o.newEntryPassword.given() && !o.entryPassword.given():
		return &Failure{StatusUsage, "--new-password SOURCE, --generate-password FILE, --new-entry-password SOURCE, --profile NAME or --for PROGRAMS", errors.New("nothing was said that could change")}
	}
	profile, err := o.encoding.profile()
	if err != nil {
		return err
	}
	err = o.edit.edit(ctx, env, format, o.store, true, func(st *keystore.Store, enc *keystore.Encoding) ([]change, error) {
		target, _ := keystore.Formats().Get(st.Format)
		if err := o.encoding.fits(target); err != nil {
			return nil, err
		}
		if !hasPassword(st) && enc.Password == "" && !changesStore {
			return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("changing the password of %s: it has none", o.store)}
		}
		if o.encoding.given() {
			enc.Profile = profile
		}
		changes, err := o.keys(ctx, env, st, enc)
		if err != nil {
			return nil, err
		}
		if err := o.storePassword(ctx, env, enc); err != nil {
			return nil, err
		}
		enc.Reseal = true
		how := target.Title
		if target.TakesProfile {
			how = enc.Profile.Title
		}
		return append(changes, change{"(store)", "encrypt", how}), nil
	})
	if o.generated && !o.edit.replaced {
		_ = os.Remove(o.generate) // it opens nothing
	}
	return err
}

// hasPassword tells whether there is anything in a store that a password guards.
func hasPassword(st *keystore.Store) bool {
	return st.Integrity != nil || len(st.Protections) > 0 || slices.ContainsFunc(st.Entries, func(e *keystore.Entry) bool { return e.Key != nil })
}

// keys opens what --entry-password opens, and chooses the keys that get a
// password of their own.
func (o *passwordOptions) keys(ctx context.Context, env *console.Env, st *keystore.Store, enc *keystore.Encoding) ([]change, error) {
	chosen := map[*keystore.Entry]bool{}
	for _, alias := range o.aliases {
		e, err := st.Find(alias)
		if err != nil {
			return nil, err
		}
		if e.Key == nil {
			return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("changing the password of %q in %s: it has no key", e.Alias, o.store)}
		}
		chosen[e] = true
	}
	var own secret.Password
	var err error
	if o.newEntryPassword.given() {
		if own, err = o.newEntryPassword.readNew(ctx, env, "new password for the keys of "+o.store); err != nil {
			return nil, err
		}
		enc.KeyPasswords = map[string]string{}
	}
	passwords, err := o.entryPassword.keyring(env, false)
	if err != nil {
		return nil, err
	}
	var changes []change
	for _, e := range st.Entries {
		if e.Key == nil {
			continue
		}
		if o.entryPassword.given() {
			if err := unlock(ctx, st, e, passwords); err != nil && !errors.Is(err, keystore.ErrPassword) {
				return nil, err
			}
		}
		wanted := chosen[e] || len(chosen) == 0 && o.newEntryPassword.given()
		switch {
		case e.Key.PKCS8 == nil && wanted:
			return nil, keyError(st, e, passwords, fmt.Errorf("the key of %q does not open: %w", e.Alias, e.Key.Err))
		case e.Key.PKCS8 == nil:
			changes = append(changes, change{e.Alias, "skip", "its key stays as it is: " + e.Key.Err.Error()})
		case wanted:
			enc.KeyPasswords[e.Alias] = own.Reveal()
			changes = append(changes, change{e.Alias, "encrypt", "under a password of its own"})
		default:
			changes = append(changes, change{e.Alias, "encrypt", "under the password of the store"})
		}
	}
	return changes, nil
}

// storePassword sets the new password of the store, where there is to be one.
func (o *passwordOptions) storePassword(ctx context.Context, env *console.Env, enc *keystore.Encoding) error {
	switch {
	case o.generate != "" && !o.edit.dryRun:
		pw, err := secret.Generate(env.Rand)
		if err != nil {
			return err
		}
		// Before the store is replaced: without it the store would be lost.
		if err := safefile.Write(ctx, o.generate, []byte(pw.Reveal()+"\n"), safefile.Options{Mode: 0o600}); err != nil {
			return err
		}
		o.generated = true
		enc.Password = pw.Reveal()
	case o.newPassword.given():
		pw, err := o.newPassword.readNew(ctx, env, "new password for "+o.store)
		if err != nil {
			return err
		}
		enc.Password = pw.Reveal()
	}
	return nil
}
