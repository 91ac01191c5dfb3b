package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// change is a line of what an edit does.
type change struct {
	Alias string `json:"alias"`
	// Action is "rename", "copy", "delete", "encrypt", "add", "replace", "skip",
	// "restore" or "backup".
	Action string `json:"action"`
	Detail string `json:"detail,omitempty"`
}

// edited is the JSON of the commands that change a store.
type edited struct {
	SchemaVersion int      `json:"schemaVersion"`
	Keystore      string   `json:"keystore"`
	DryRun        bool     `json:"dryRun"` // nothing was written
	Changes       []change `json:"changes"`
	Remarks       []string `json:"remarks,omitempty"` // warnings for people
}

// editFlags are those of every command that changes a store in place.
type editFlags struct {
	password passwordFlag
	limits   limitFlags
	dryRun   bool
	remarks  []string // for the report
	backup   backupFlag
	replaced bool // the store was; what is wrong after that does not undo it
}

func (e *editFlags) add(c *cobra.Command) {
	e.backup.add(c)
	e.password.add(c, "the keystore's password")
	e.limits.add(c)
	c.Flags().BoolVar(&e.dryRun, "dry-run", false, "show what would change, and change nothing")
}

// edit changes the entries of a store and writes it again in its own format and
// algorithms, keeping whatever was not asked about. The file is replaced whole
// or not at all, and other edits of it wait.
func (e *editFlags) edit(ctx context.Context, env *console.Env, format report.Format, path string, unlock bool,
	how func(st *keystore.Store, enc *keystore.Encoding) ([]change, error),
) error {
	passwords, err := e.password.keyring(env, false)
	if err != nil {
		return err
	}
	done, err := e.rewrite(ctx, env, passwords, path, unlock, how)
	if err != nil {
		return err
	}
	return showChanges(env, format, edited{1, path, e.dryRun, append(done.changes, e.backup.changes()...), e.remarks})
}

// rewritten is a store that was edited.
type rewritten struct {
	old, new []byte // the file
	changes  []change
}

// rewrite is edit without its report.
func (e *editFlags) rewrite(ctx context.Context, env *console.Env, passwords *keyring, path string, unlock bool,
	how func(st *keystore.Store, enc *keystore.Encoding) ([]change, error),
) (rewritten, error) {
	file, member := keystore.SplitMember(path)
	var done rewritten
	work := func(data []byte) ([]byte, error) {
		st, err := keystore.Decode(ctx, file, data, keystore.Options{Member: member, Password: passwords.password(path), Unlock: unlock, Limits: e.limits.limits()})
		if err != nil {
			return nil, passwords.explain(err)
		}
		if err := closedPart(st); err != nil {
			return nil, err // it would be lost
		}
		enc, other := asItWas(st)
		enc.Old = st
		if passwords.last != nil {
			enc.Password = passwords.last.Reveal()
		}
		before := enc.Profile.Name
		if done.changes, err = how(st, &enc); err != nil {
			return nil, err
		}
		if enc.Profile.Name == before {
			done.changes = append(done.changes, other...)
		}
		out, err := st.Rewrite(ctx, env.Rand, enc)
		if errors.Is(err, keystore.ErrReadOnly) {
			hint := "convert it first: muxkey convert " + command.Quote(path) + " -o " + defaultKeystore
			if f, _ := keystore.Formats().Get(st.Format); f.Instead != "" {
				hint = f.Instead
			}
			return nil, &Failure{Status: StatusInput, Hint: hint, Err: fmt.Errorf("editing %s: %w", path, err)}
		}
		if err != nil {
			return nil, fmt.Errorf("editing %s: %w", path, err)
		}
		return out, nil
	}
	err := safefile.Edit(ctx, file, safefile.Options{Backup: e.backup.option()}, func(old io.Reader) ([]byte, error) {
		data, err := io.ReadAll(io.LimitReader(old, int64(e.limits.size)+1))
		if err != nil {
			return nil, err
		}
		out, err := work(data)
		if e.dryRun {
			return nil, err // the file stays as it is
		}
		done.old, done.new = data, out
		return out, err
	})
	if err != nil {
		return done, err
	}
	e.replaced = !e.dryRun
	return done, nil
}

// asItWas is the encoding that a store has. Algorithms that are read and not
// written give way to those of today, which is a change that nobody asked for
// and so is said.
func asItWas(st *keystore.Store) (keystore.Encoding, []change) {
	if st.PKCS12 == nil {
		profile, _ := pkcs12x.ProfileByName(pkcs12x.DefaultProfile)
		return keystore.Encoding{Profile: profile}, nil
	}
	profile, exact := st.PKCS12.Profile()
	if exact {
		return keystore.Encoding{Profile: profile}, nil
	}
	var old []string
	for _, p := range st.Protections {
		old = append(old, p.Name)
	}
	if st.Integrity != nil {
		old = append(old, st.Integrity.Name)
	}
	return keystore.Encoding{Profile: profile}, []change{{
		"(store)", "encrypt", "with algorithms of " + pkcs12x.DefaultProfile + " where the old ones are no longer written: " + strings.Join(old, ", "),
	}}
}

// showChanges is the report of an edit.
func showChanges(env *console.Env, format report.Format, v edited) error {
	s := report.Section{Title: v.Keystore, Columns: []string{"Entry", "Change", "Detail"}}
	if v.DryRun {
		s.Title += " (nothing was written)"
	}
	if v.Changes == nil {
		v.Changes = []change{}
		s.Notes = []string{"Nothing to change."}
	}
	for _, r := range v.Remarks {
		s.Notes = append(s.Notes, "Note: "+r)
	}
	tones := map[string]report.Tone{"delete": report.Warn, "replace": report.Warn, "skip": report.Warn}
	for _, c := range v.Changes {
		s.Rows = append(s.Rows, report.Row{Cells: []string{c.Alias, c.Action, c.Detail}, Tone: tones[c.Action]})
	}
	return show(env, format, report.Document{Value: v, Sections: []report.Section{s}})
}

// entryLine says what an entry is, for people.
func entryLine(e *keystore.Entry) string {
	text := kindWord(e.Kind, 1)
	if len(e.Chain) > 0 {
		text += ", " + certgen.FormatDN(e.Chain[0].RawSubject)
	}
	return text
}
