package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/keystore"
)

type convertOptions struct {
	source          string
	aliases         []string
	output          outputFlags
	password        passwordFlag
	entryPassword   passwordFlag
	skipUnsupported bool
	limits          limitFlags
}

func newConvertCmd(env *console.Env) *cobra.Command {
	o := convertOptions{}
	c := &cobra.Command{
		Use:   "convert SRC -o DST",
		Short: "Write a keystore in another format, or with other algorithms",
		Long: `Write the entries of a file of any known format, or of the PEM and DER files of
a directory, to a new file of the same or another format: all of them, or those
named. Aliases, chains and attributes are kept as far as the format has a place
for them; what it cannot hold is an error that names the entries. With --force,
DST may be a value in a Kubernetes manifest: secret.yaml#keystore.p12.

The format is that of --to, else what the name of DST says, else that of SRC.
The password stays the same unless --new-password gives another.`,
		Example: `  muxkey convert server.pem -o keystore.p12 --new-password file:keystore.pw
  muxkey convert keystore.p12 -o old.p12 --for java-8-before-301
  muxkey convert keystore.p12 -o keystore.pem --alias mux
  muxkey convert /etc/ssl/certs -o trust.p12 --new-password env:PW`,
		Args: takes("SRC"),
		RunE: func(c *cobra.Command, args []string) error {
			o.source = args[0]
			return runConvert(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&o.aliases, "alias", nil, "`NAME` of an entry to take; may be repeated (default: all)")
	f.BoolVar(&o.skipUnsupported, "skip-unsupported", false, "leave out what the format cannot hold, with a warning for each")
	o.password.add(c, "the password of SRC")
	o.entryPassword.addAs(c, entryPassword, "the keys' password, where they have another than SRC")
	o.output.add(c)
	o.limits.add(c)
	return c
}

// writableFormats are the formats that entries can be written in.
func writableFormats() []string {
	var ids []string
	for f := range keystore.Formats().All() {
		if f.Encode != nil {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

func runConvert(ctx context.Context, env *console.Env, format report.Format, o convertOptions) error {
	if sameFile(o.output.out, o.source) {
		return &Failure{StatusUsage, "to change its password or algorithms in place: muxkey password", fmt.Errorf("SRC and --out are the same file, %s", o.source)}
	}
	profile, err := o.output.check()
	if err != nil {
		return err
	}
	passwords, err := o.password.keyring(env, true)
	if err != nil {
		return err
	}
	st, err := openStore(ctx, env, o.source, passwords, keystore.Options{Unlock: true, Limits: o.limits.limits()})
	if err != nil {
		return err
	}
	if err := closedPart(st); err != nil {
		return err
	}
	if err := unlockAll(ctx, env, st, passwords, &o.entryPassword, o.skipUnsupported); err != nil {
		return err
	}
	target, enc, err := o.output.target(ctx, env, st.Format, profile, passwords, &o.password)
	if err != nil {
		return err
	}
	entries, changes, err := o.choose(st, target, enc)
	if err != nil {
		return err
	}
	return o.output.write(ctx, env, format, target.ID, entries, enc, changes)
}

// unlockAll opens the keys that have another password than their store. What
// is written has one password for all. Where lenient, a key may stay locked.
func unlockAll(ctx context.Context, env *console.Env, st *keystore.Store, passwords *keyring, own *passwordFlag, lenient bool) error {
	keys, err := passwords.orOwn(env, own)
	if err != nil {
		return err
	}
	for _, e := range st.Entries {
		if err := unlock(ctx, st, e, keys); errors.Is(err, keystore.ErrPassword) && !lenient {
			return keyError(st, e, keys, err)
		}
	}
	return nil
}

// choose takes the entries named and leaves out what the format cannot hold.
func (o convertOptions) choose(st *keystore.Store, target keystore.Format, enc keystore.Encoding) ([]*keystore.Entry, []change, error) {
	entries := st.Entries
	if len(o.aliases) > 0 {
		entries = nil
		for _, alias := range o.aliases {
			e, err := st.Find(alias)
			if err != nil {
				return nil, nil, err
			}
			entries = append(entries, e)
		}
	}
	unsupported, refused := errors.AsType[*keystore.UnsupportedEntriesError](target.Unsupported(entries, enc))
	if refused && !o.skipUnsupported {
		return nil, nil, &Failure{StatusInput, "leave them out with --skip-unsupported", fmt.Errorf("converting %s: %w", o.source, unsupported)}
	}
	var changes []change
	kept := make([]*keystore.Entry, 0, len(entries))
	for _, e := range entries {
		if refused && unsupported.Reasons[e.Alias] != "" {
			changes = append(changes, change{e.Alias, "skip", unsupported.Reasons[e.Alias]})
			continue
		}
		changes = append(changes, change{e.Alias, "add", entryLine(e)})
		kept = append(kept, e)
	}
	if len(kept) == 0 {
		return nil, nil, &Failure{Status: StatusInput, Err: fmt.Errorf("converting %s: there is nothing to write", o.source)}
	}
	return kept, changes, nil
}
