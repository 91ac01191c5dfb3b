package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// outputFlags are those of the commands that write a new keystore of entries
// that they have read.
type outputFlags struct {
	out         string
	to          string
	encoding    encodingFlags
	newPassword passwordFlag
	dryRun      bool
	force       bool
	backup      backupFlag
}

func (o *outputFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.StringVarP(&o.out, "out", "o", "", "write to `FILE`")
	f.StringVar(&o.to, "to", "", "`FORMAT` to write: "+strings.Join(writableFormats(), ", "))
	complete(c, "to", writableFormats())
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would be written, and write nothing")
	f.BoolVar(&o.force, "force", false, "overwrite an existing file")
	o.backup.add(c)
	o.newPassword.addAs(c, "new-password", "the password of what is written (default: that of what is read)")
	o.encoding.add(c)
}

// check refuses before anything is read, and chooses the algorithms.
func (o *outputFlags) check() (pkcs12x.Profile, error) {
	if o.out == "" {
		return pkcs12x.Profile{}, wrongUsage(errors.New("--out names no file"))
	}
	profile, err := o.encoding.profile()
	if err != nil || o.dryRun {
		return profile, err
	}
	if _, member := keystore.SplitMember(o.out); member != "" {
		if !o.force {
			err = &safefile.Error{Op: "replace", Path: o.out, Err: safefile.ErrExists}
		}
		return profile, err
	}
	return profile, safefile.Check(o.out, safefile.Options{Replace: o.force})
}

// target chooses the format, and how it is encrypted: source is the format of
// what is read, or empty when there are several.
func (o *outputFlags) target(ctx context.Context, env *console.Env, source string, profile pkcs12x.Profile, passwords *keyring, flag *passwordFlag) (keystore.Format, keystore.Encoding, error) {
	enc := keystore.Encoding{Profile: profile}
	target, err := formatFor(o.out, o.to, source)
	if err == nil {
		err = o.encoding.fits(target)
	}
	if err == nil {
		enc.Password, err = o.password(ctx, env, passwords, flag, target.NeedsPassword)
	}
	return target, enc, err
}

// password is the one to write with: the new one, that of the source, or, where
// the source had none and one is needed, one from the source's flag.
func (o *outputFlags) password(ctx context.Context, env *console.Env, source *keyring, flag *passwordFlag, needed bool) (string, error) {
	switch {
	case o.newPassword.given():
		flag = &o.newPassword
	case source.last != nil:
		return source.last.Reveal(), nil
	case !needed:
		return "", nil
	}
	pw, err := flag.readNew(ctx, env, "new password for "+o.out)
	return pw.Reveal(), err
}

// write makes the file, unless it is a dry run, and reports what is in it. What
// holds a key is for its owner's eyes only, whatever stood there before.
func (o *outputFlags) write(ctx context.Context, env *console.Env, format report.Format, target string, entries []*keystore.Entry, enc keystore.Encoding, changes []change) error {
	for _, e := range entries {
		if e.Created.IsZero() { // PKCS#12 and PEM know none for certificates; JKS would say 1970
			e.Created = env.Now()
		}
	}
	data, err := keystore.Encode(ctx, env.Rand, target, entries, enc)
	if err != nil {
		return fmt.Errorf("making %s: %w", o.out, err)
	}
	file, member := keystore.SplitMember(o.out)
	switch {
	case o.dryRun:
	case member != "":
		if err := o.replaceMember(ctx, file, member, data); err != nil {
			return err
		}
	default:
		mode := safefile.Options{Mode: 0o644, Replace: o.force}
		if slices.ContainsFunc(entries, func(e *keystore.Entry) bool { return e.Key != nil }) {
			mode = safefile.Options{Mode: 0o600, Replace: o.force, Exact: true}
		}
		mode.Backup = o.backup.option()
		if err := safefile.Write(ctx, o.out, data, mode); err != nil {
			return err
		}
	}
	return showChanges(env, format, edited{1, o.out, o.dryRun, append(changes, o.backup.changes()...), nil})
}

// replaceMember puts a keystore in the place of one that another file carries.
func (o *outputFlags) replaceMember(ctx context.Context, file, member string, content []byte) error {
	return safefile.Edit(ctx, file, safefile.Options{Backup: o.backup.option()}, func(old io.Reader) ([]byte, error) {
		data, err := io.ReadAll(old)
		if err != nil {
			return nil, err
		}
		return keystore.ReplaceMember(file, data, member, content)
	})
}

// formatFor is the format to write to a file: the one asked for, else what the
// file's name says, else that of the source, else PKCS#12.
func formatFor(path, asked, source string) (keystore.Format, error) {
	formats := keystore.Formats()
	if asked != "" {
		f, ok := formats.Get(asked)
		switch {
		case ok && f.Encode != nil:
			return f, nil
		case ok:
			return keystore.Format{}, readOnly(path, f)
		}
		return keystore.Format{}, &Failure{StatusUsage, didYouMean(asked, writableFormats()), fmt.Errorf("--to %q is no format that is written", asked)}
	}
	extension := strings.ToLower(filepath.Ext(path))
	for f := range formats.All() {
		switch named := slices.Contains(f.Extensions, extension); {
		case named && f.Encode != nil:
			return f, nil
		case named:
			return keystore.Format{}, readOnly(path, f)
		}
	}
	if f, ok := formats.Get(source); ok && f.Encode != nil {
		return f, nil
	}
	f, _ := formats.Get("pkcs12")
	return f, nil
}

// readOnly refuses to write a format that its own programs have to write.
func readOnly(path string, f keystore.Format) error {
	hint := cmp.Or(f.Instead, "name a .p12, .jks or .pem, or say the format with --to; for one certificate: muxkey export --as der")
	return &Failure{StatusInput, hint, fmt.Errorf("making %s: %s: %w", path, f.ID, keystore.ErrReadOnly)}
}
