package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/keystore"
)

type rollbackOptions struct {
	store    string
	list     bool
	number   int
	chosen   func() bool
	password passwordFlag
	limits   limitFlags
	dryRun   bool
}

func newRollbackCmd(env *console.Env) *cobra.Command {
	o := rollbackOptions{}
	c := &cobra.Command{
		Use:   "rollback STORE",
		Short: "Put the backup of a keystore back",
		Long: `Put back what a keystore was before it was renewed or edited with --backup: the
newest of its backups, or that of --number. What it is now is kept as a backup
in turn, so that nothing is lost, and a second rollback undoes the first.

The backup is opened with the password before anything is changed.`,
		Example: `  muxkey rollback keystore.p12 --password file:keystore.pw
  muxkey rollback keystore.p12 --list
  muxkey rollback keystore.p12 --number 1 --dry-run`,
		Args: takes("STORE"),
		RunE: func(c *cobra.Command, args []string) error {
			o.store = args[0]
			if o.list {
				return runBackups(env, formatOf(c), o.store)
			}
			return runRollback(c.Context(), env, formatOf(c), &o)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.list, "list", false, "list the backups there are")
	f.IntVar(&o.number, "number", 0, "put back the backup of this `NUMBER` in --list (default: the newest)")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would be put back, and change nothing")
	o.password.add(c, "the backup's password")
	o.limits.add(c)
	o.chosen = func() bool { return f.Changed("number") }
	exclusive(c, "list", "number")
	exclusive(c, "list", "dry-run")
	return c
}

// backups is the JSON of muxkey rollback --list.
type backups struct {
	SchemaVersion int      `json:"schemaVersion"`
	Keystore      string   `json:"keystore"`
	Backups       []backup `json:"backups"` // the newest first
}

// backup is a file that was kept.
type backup struct {
	Number  int       `json:"number"`  // for --number
	File    string    `json:"file"`    // where it is
	Changed time.Time `json:"changed"` // when the file was last changed before it was replaced
	Size    int       `json:"size"`    // in bytes
}

// backupsOf lists the backups of a store, the newest first.
func backupsOf(file string) ([]backup, error) {
	names, err := safefile.Backups(file)
	if err != nil {
		return nil, err
	}
	list := []backup{}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		number, err := strconv.Atoi(strings.TrimPrefix(filepath.Ext(name), "."))
		if err != nil {
			number = 1 // the first has none in its name
		}
		list = append(list, backup{number, name, info.ModTime().UTC().Truncate(time.Second), int(info.Size())})
	}
	return list, nil
}

func runBackups(env *console.Env, format report.Format, store string) error {
	file, _ := keystore.SplitMember(store)
	list, err := backupsOf(file)
	if err != nil {
		return err
	}
	s := report.Section{Title: "Backups of " + store, Columns: []string{"Number", "File", "Changed", "Bytes"}}
	for _, b := range list {
		s.Rows = append(s.Rows, report.Row{Cells: []string{
			strconv.Itoa(b.Number), b.File, b.Changed.Format(time.RFC3339), strconv.Itoa(b.Size),
		}})
	}
	if len(list) == 0 {
		s.Notes = []string{"There are none."}
	}
	return show(env, format, report.Document{Value: backups{schemaVersion, store, list}, Sections: []report.Section{s}})
}

func runRollback(ctx context.Context, env *console.Env, format report.Format, o *rollbackOptions) error {
	file, member := keystore.SplitMember(o.store)
	from, err := o.choose(file)
	if err != nil {
		return err
	}
	passwords, err := o.password.keyring(env, false)
	if err != nil {
		return err
	}
	data, err := readAtMost(from.File, o.limits.size)
	if err != nil {
		return err
	}
	// The name is that of the store: it decides where the bytes leave a choice.
	st, err := keystore.Decode(ctx, file, data, keystore.Options{
		Member: member, Password: passwords.password(from.File), Unlock: true, Limits: o.limits.limits(),
	})
	if err != nil {
		return fmt.Errorf("putting %s back: %w", from.File, passwords.explain(err))
	}
	var changes []change
	for _, e := range st.Entries {
		c := change{e.Alias, "restore", entryLine(e)}
		if len(e.Chain) > 0 {
			c.Detail += ", until " + e.Chain[0].NotAfter.UTC().Format(time.DateOnly)
		}
		if e.Key != nil && e.Key.PKCS8 == nil {
			c.Detail += "; its key has a password of its own, and was not tried"
		}
		changes = append(changes, c)
	}
	changes = append(changes, change{"(file)", "restore", "from " + from.File})
	kept := backupFlag{wanted: true}
	if !o.dryRun {
		if err := replaceFile(ctx, file, data, &kept, from.File); err != nil {
			return err
		}
	}
	return showChanges(env, format, edited{
		SchemaVersion: schemaVersion, Keystore: o.store, DryRun: o.dryRun, Changes: append(changes, kept.changes()...),
	})
}

// choose is the backup to put back.
func (o *rollbackOptions) choose(file string) (backup, error) {
	list, err := backupsOf(file)
	if err != nil {
		return backup{}, err
	}
	if len(list) == 0 {
		return backup{}, &Failure{Status: StatusInput, Err: fmt.Errorf("putting %s back: there is no backup of it", file)}
	}
	if !o.chosen() {
		return list[0], nil
	}
	var numbers []string
	for _, b := range list {
		if b.Number == o.number {
			return b, nil
		}
		numbers = append(numbers, strconv.Itoa(b.Number))
	}
	return backup{}, &Failure{
		Status: StatusInput, Hint: "there are " + strings.Join(numbers, ", "),
		Err: fmt.Errorf("putting %s back: there is no backup with the number %d", file, o.number),
	}
}

// replaceFile gives a file other content and keeps what it had. Where the file
// itself is gone, it comes back with the permissions of its backup.
func replaceFile(ctx context.Context, file string, data []byte, kept *backupFlag, backup string) error {
	if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
		info, err := os.Stat(backup)
		if err != nil {
			return err
		}
		return safefile.Write(ctx, file, data, safefile.Options{Mode: info.Mode().Perm()})
	}
	return safefile.Edit(ctx, file, safefile.Options{Backup: kept.option()}, func(io.Reader) ([]byte, error) { return data, nil })
}

// readAtMost reads a file as far as a keystore may be large; a longer one is
// refused by whoever decodes it.
func readAtMost(path string, size int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	return io.ReadAll(io.LimitReader(f, int64(size)+1))
}
