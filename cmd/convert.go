package cmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/keystore"
)

type convertOptions struct {
	source          string
	out             string
	to              string
	aliases         []string
	encoding        encodingFlags
	password        passwordFlag
	newPassword     passwordFlag
	skipUnsupported bool
	dryRun          bool
	force           bool
	limits          limitFlags
}

func newConvertCmd(env *console.Env) *cobra.Command {
	o := convertOptions{}
	c := &cobra.Command{
		Use:   "convert SRC -o DST",
		Short: "Write a keystore in another format, or with other algorithms",
		Long: `Write the entries of a file of any known format to a new file of the same or
another format: all of them, or those named. Aliases, chains and attributes are
kept as far as the format has a place for them; what it cannot hold is an error
that names the entries.

The format is that of --to, else what the name of DST says, else that of SRC.
The password stays the same unless --new-password gives another.`,
		Example: `  muxkey convert server.pem -o keystore.p12 --new-password file:keystore.pw
  muxkey convert keystore.p12 -o old.p12 --for java-8-before-301
  muxkey convert keystore.p12 -o keystore.pem --alias mux`,
		Args: takes("SRC"),
		RunE: func(c *cobra.Command, args []string) error {
			o.source = args[0]
			return runConvert(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.StringVarP(&o.out, "out", "o", "", "write to `FILE`")
	f.StringVar(&o.to, "to", "", "`FORMAT` to write: "+strings.Join(writableFormats(), ", "))
	f.StringArrayVar(&o.aliases, "alias", nil, "`NAME` of an entry to take; may be repeated (default: all)")
	f.BoolVar(&o.skipUnsupported, "skip-unsupported", false, "leave out what the format cannot hold, with a warning for each")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would be written, and write nothing")
	f.BoolVar(&o.force, "force", false, "overwrite an existing file")
	o.password.add(c, "the password of SRC")
	o.newPassword.addAs(c, "new-password", "the password of DST")
	o.encoding.add(c)
	o.limits.add(c)
	complete(c, "to", writableFormats())
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
	if o.out == "" {
		return wrongUsage(errors.New("--out names no file"))
	}
	if sameFile(o.out, o.source) {
		return &Failure{StatusUsage, "to change its password or algorithms in place: muxkey password", fmt.Errorf("SRC and --out are the same file, %s", o.source)}
	}
	profile, err := o.encoding.profile()
	if err != nil {
		return err
	}
	if !o.dryRun {
		if err := safefile.Check(o.out, safefile.Options{Replace: o.force}); err != nil {
			return err
		}
	}
	passwords, err := o.password.keyring(env, false)
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
	target, err := o.format(st)
	if err != nil {
		return err
	}
	enc := keystore.Encoding{Profile: profile}
	if enc.Password, err = o.outPassword(ctx, env, passwords, target); err != nil {
		return err
	}
	entries, changes, err := o.choose(st, target, enc)
	if err != nil {
		return err
	}
	data, err := keystore.Encode(ctx, env.Rand, target.ID, entries, enc)
	if err != nil {
		return fmt.Errorf("converting %s to %s: %w", o.source, target.Title, err)
	}
	if !o.dryRun {
		mode := safefile.Options{Mode: 0o600, Replace: o.force, Exact: true}
		if !slices.ContainsFunc(entries, func(e *keystore.Entry) bool { return e.Key != nil }) {
			mode = safefile.Options{Mode: 0o644, Replace: o.force}
		}
		if err := safefile.Write(ctx, o.out, data, mode); err != nil {
			return err
		}
	}
	return showChanges(env, format, edited{1, o.out, o.dryRun, changes})
}

// format is the one to write.
func (o convertOptions) format(st *keystore.Store) (keystore.Format, error) {
	formats := keystore.Formats()
	if o.to != "" {
		if f, ok := formats.Get(o.to); ok && f.Encode != nil {
			return f, nil
		}
		return keystore.Format{}, &Failure{StatusUsage, didYouMean(o.to, writableFormats()), fmt.Errorf("--to %q is no format that is written", o.to)}
	}
	extension := strings.ToLower(filepath.Ext(o.out))
	for f := range formats.All() {
		if f.Encode != nil && slices.Contains(f.Extensions, extension) {
			return f, nil
		}
	}
	if f, ok := formats.Get(st.Format); ok && f.Encode != nil {
		return f, nil
	}
	f, _ := formats.Get("pkcs12")
	return f, nil
}

// outPassword is the password of what is written: a new one, or that of the source.
func (o convertOptions) outPassword(ctx context.Context, env *console.Env, source *keyring, target keystore.Format) (string, error) {
	if o.newPassword.given() {
		pw, err := o.newPassword.readNew(ctx, env, "new password for "+o.out)
		return pw.Reveal(), err
	}
	if source.last != nil {
		return source.last.Reveal(), nil
	}
	if !target.NeedsPassword {
		return "", nil
	}
	pw, err := o.password.readNew(ctx, env, "new password for "+o.out)
	return pw.Reveal(), err
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
