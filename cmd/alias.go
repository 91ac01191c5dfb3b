package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/keystore"
)

func newAliasCmd(env *console.Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "alias",
		Short: "List, rename and copy the entries of a keystore",
		Long: `The names of the entries of a keystore. They are compared without regard to
case, as Java does, and kept as they are spelled.`,
		Args: knownWord,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newAliasListCmd(env), newAliasRenameCmd(env), newAliasCopyCmd(env))
	return c
}

func newAliasListCmd(env *console.Env) *cobra.Command {
	var password passwordFlag
	var limits limitFlags
	c := &cobra.Command{
		Use:     "list STORE",
		Short:   "List the aliases, one a line",
		Example: `  muxkey alias list keystore.p12 --password env:STORE_PW`,
		Args:    takes("STORE"),
		RunE: func(c *cobra.Command, args []string) error {
			passwords, err := password.keyring(env, true)
			if err != nil {
				return err
			}
			st, err := openStore(c.Context(), env, args[0], passwords, keystore.Options{Limits: limits.limits()})
			if err != nil {
				return err
			}
			return listAliases(env, formatOf(c), st)
		},
	}
	password.add(c, "the keystore's password")
	limits.add(c)
	return c
}

// listed is the JSON of muxkey alias list.
type listed struct {
	SchemaVersion int           `json:"schemaVersion"`
	Keystore      string        `json:"keystore"`
	Entries       []listedEntry `json:"entries"`
}

type listedEntry struct {
	Alias string        `json:"alias"`
	Kind  keystore.Kind `json:"kind"`
}

func listAliases(env *console.Env, format report.Format, st *keystore.Store) error {
	v := listed{SchemaVersion: 1, Keystore: st.Path, Entries: []listedEntry{}}
	s := report.Section{Columns: []string{"Alias", "Kind"}}
	for _, e := range st.Entries {
		v.Entries = append(v.Entries, listedEntry{e.Alias, e.Kind})
		s.Rows = append(s.Rows, report.Row{Cells: []string{e.Alias, string(e.Kind)}})
	}
	return show(env, format, report.Document{Value: v, Sections: []report.Section{s}})
}

func newAliasRenameCmd(env *console.Env) *cobra.Command {
	var flags editFlags
	c := &cobra.Command{
		Use:     "rename STORE OLD NEW",
		Short:   "Give an entry another alias",
		Example: `  muxkey alias rename keystore.p12 1 mux --password file:keystore.pw`,
		Args:    takes("STORE", "OLD", "NEW"),
		RunE: func(c *cobra.Command, args []string) error {
			return runAlias(c.Context(), env, formatOf(c), &flags, args[0], args[1], args[2], false)
		},
	}
	flags.add(c)
	return c
}

func newAliasCopyCmd(env *console.Env) *cobra.Command {
	var flags editFlags
	c := &cobra.Command{
		Use:     "copy STORE OLD NEW",
		Short:   "Put an entry under a second alias as well",
		Example: `  muxkey alias copy keystore.p12 mux teamworkcloud --password file:keystore.pw`,
		Args:    takes("STORE", "OLD", "NEW"),
		RunE: func(c *cobra.Command, args []string) error {
			return runAlias(c.Context(), env, formatOf(c), &flags, args[0], args[1], args[2], true)
		},
	}
	flags.add(c)
	return c
}

func runAlias(ctx context.Context, env *console.Env, format report.Format, flags *editFlags, path, from, to string, keep bool) error {
	if err := goodAlias(to); err != nil {
		return err
	}
	return flags.edit(ctx, env, format, path, false, func(st *keystore.Store, _ *keystore.Encoding) ([]change, error) {
		e, err := st.Find(from)
		if err != nil {
			return nil, err
		}
		if other, err := st.Find(to); err == nil && (other != e || keep) {
			return nil, &Failure{Status: StatusAlias, Err: fmt.Errorf("there is an entry %q in %s already", other.Alias, path), Hint: "delete it first, or choose another name"}
		}
		if !keep {
			done := change{e.Alias, "rename", "to " + to}
			e.Alias = to
			return []change{done}, nil
		}
		twin := *e
		twin.Alias = to
		st.Entries = slices.Insert(st.Entries, slices.Index(st.Entries, e)+1, &twin)
		return []change{{e.Alias, "copy", "to " + to}}, nil
	})
}

// goodAlias refuses what would be found again by nobody.
func goodAlias(alias string) error {
	switch {
	case alias == "":
		return wrongUsage(errors.New("the alias is empty"))
	case !utf8.ValidString(alias):
		return wrongUsage(fmt.Errorf("alias %q is not UTF-8", alias))
	case strings.TrimSpace(alias) != alias:
		return wrongUsage(fmt.Errorf("alias %q begins or ends with a blank", alias))
	case strings.ContainsFunc(alias, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }):
		return wrongUsage(fmt.Errorf("alias %q holds a character that cannot be seen", alias))
	}
	return nil
}

func newDeleteCmd(env *console.Env) *cobra.Command {
	var flags editFlags
	var aliases []string
	c := &cobra.Command{
		Use:   "delete STORE --alias NAME",
		Short: "Take entries out of a keystore",
		Example: `  muxkey delete trust.p12 --alias "old root" --password env:STORE_PW
  muxkey delete trust.p12 --alias a --alias b --dry-run`,
		Args: takes("STORE"),
		RunE: func(c *cobra.Command, args []string) error {
			if len(aliases) == 0 {
				return wrongUsage(errors.New("--alias names the entry to delete"))
			}
			return flags.edit(c.Context(), env, formatOf(c), args[0], false, func(st *keystore.Store, _ *keystore.Encoding) ([]change, error) {
				var done []change
				for _, alias := range aliases {
					e, err := st.Find(alias)
					if err != nil {
						return nil, err
					}
					done = append(done, change{e.Alias, "delete", entryLine(e)})
					st.Entries = slices.DeleteFunc(st.Entries, func(other *keystore.Entry) bool { return other == e })
				}
				return done, nil
			})
		},
	}
	c.Flags().StringArrayVar(&aliases, "alias", nil, "`NAME` of the entry; may be repeated")
	flags.add(c)
	return c
}
