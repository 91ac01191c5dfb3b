package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/internal/secret"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// newStoreFlags are those of the commands that make a keystore with a private
// key in it.
type newStoreFlags struct {
	out              string
	encoding         encodingFlags
	password         passwordFlag
	generatePassword string
	force            bool
	dryRun           bool
	backup           backupFlag
}

func (n *newStoreFlags) add(c *cobra.Command, out string) {
	f := c.Flags()
	f.StringVarP(&n.out, "out", "o", out, "write the keystore to `FILE`")
	f.StringVar(&n.generatePassword, "generate-password", "", "write a strong random password to the new `FILE` and use it")
	f.BoolVar(&n.force, "force", false, "overwrite existing files")
	f.BoolVar(&n.dryRun, "dry-run", false, "show what would be made, and write nothing")
	n.backup.add(c)
	n.password.add(c, "the keystore's password")
	n.encoding.add(c)
	exclusive(c, "password", "generate-password")
}

// plan chooses format and algorithms.
func (n *newStoreFlags) plan() (keystore.Format, pkcs12x.Profile, error) {
	profile, err := n.encoding.profile()
	if err != nil {
		return keystore.Format{}, profile, err
	}
	if profile.Key.Scheme == pkcs12x.SchemeNone {
		return keystore.Format{}, profile, wrongUsage(fmt.Errorf("profile %s leaves everything in the open, and a keystore holds a private key", profile.Name))
	}
	target, err := formatFor(n.out, "", "")
	if err != nil {
		return target, profile, err
	}
	if !target.KeepsAliases { // a .pem or .cer is no keystore that a server opens
		target, _ = keystore.Formats().Get("pkcs12")
	}
	return target, profile, n.encoding.fits(target)
}

// newFile is a file that a command makes.
type newFile struct {
	flag string // that names it
	path string // empty when it is not wanted
	data []byte
	opts safefile.Options
}

// preflight refuses before the work, and before a question for a password, what
// would be refused after it. The others are what is made beside the keystore;
// their data does not matter yet.
func (n *newStoreFlags) preflight(others ...newFile) error {
	if n.out == "" {
		return wrongUsage(errors.New("--out names no file"))
	}
	list := append([]newFile{
		{flag: "--out", path: n.out, opts: safefile.Options{Replace: n.force}},
		{flag: "--generate-password", path: n.generatePassword},
	}, others...)
	return preflight(list)
}

// preflight refuses files that cannot be written, and two flags that name the
// same one.
func preflight(list []newFile) error {
	flags := map[string]string{}
	for _, f := range list {
		if f.path == "" {
			continue
		}
		if f.path == stdin {
			return wrongUsage(fmt.Errorf("%s names a file; nothing of this is written to standard output", f.flag))
		}
		absolute, err := filepath.Abs(f.path)
		if err != nil {
			return err
		}
		if other, taken := flags[absolute]; taken {
			return wrongUsage(fmt.Errorf("%s and %s both name %s", other, f.flag, f.path))
		}
		flags[absolute] = f.flag
		err = safefile.Check(f.path, f.opts)
		if errors.Is(err, safefile.ErrExists) && f.flag == "--generate-password" {
			return &Failure{Status: StatusOutput, Hint: "use the password in it with --password file:" + command.Quote(f.path) + ", or name another file", Err: err}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (n *newStoreFlags) newPassword(ctx context.Context, env *console.Env) (secret.Password, error) {
	if n.generatePassword != "" {
		return secret.Generate(env.Rand)
	}
	return n.password.readNew(ctx, env, "new password for "+n.out)
}

// write makes the keystore and the files beside it. The password goes first, for
// a keystore without it is worth nothing, and the keystore last. When one cannot
// be written, those that were new are taken away again.
func (n *newStoreFlags) write(ctx context.Context, pw secret.Password, store []byte, others ...newFile) error {
	list := append([]newFile{
		{path: n.generatePassword, data: []byte(pw.Reveal() + "\n"), opts: safefile.Options{Mode: 0o600}},
	}, others...)
	list = append(list, newFile{path: n.out, data: store, opts: safefile.Options{Mode: 0o600, Replace: n.force, Backup: n.backup.option()}})
	return n.writeAll(ctx, list)
}

// writeAll is that of a command that may be a dry run.
func (n *newStoreFlags) writeAll(ctx context.Context, list []newFile) error {
	if n.dryRun {
		return nil
	}
	return writeAll(ctx, list)
}

// report is a section about what was made, or would be. Fingerprints of a dry run are not
// those of the next run, and what comes next is nothing.
func (n *newStoreFlags) report(what string, f fields, remarks []string, next ...string) []report.Section {
	s := report.Section{Title: "Made " + what, Fields: f}
	if n.dryRun {
		s.Title = "Would make " + what + " (nothing was written)"
		s.Fields = slices.DeleteFunc(f, func(x report.Field) bool { return slices.Contains([]string{"SHA-256", "Password", "Backup"}, x.Name) })
		next = nil
	}
	for _, r := range remarks {
		s.Notes = append(s.Notes, "Note: "+r)
	}
	if len(next) == 0 {
		return []report.Section{s}
	}
	return []report.Section{s, {Notes: next}}
}

// writeAll writes files one after the other, and takes away those that were new
// when one cannot be written.
func writeAll(ctx context.Context, list []newFile) error {
	var made []string
	for _, f := range list {
		if f.path == "" {
			continue
		}
		_, err := os.Lstat(f.path)
		isNew := errors.Is(err, fs.ErrNotExist)
		if err := safefile.Write(ctx, f.path, f.data, f.opts); err != nil {
			for _, path := range made {
				_ = os.Remove(path)
			}
			return err
		}
		if isNew {
			made = append(made, f.path)
		}
	}
	return nil
}

// passwordSource repeats, for the next command, where the password is.
func (n *newStoreFlags) passwordSource() string {
	if n.generatePassword == "" {
		return ""
	}
	return " --password file:" + command.Quote(n.generatePassword)
}
