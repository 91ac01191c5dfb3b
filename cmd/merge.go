package cmd

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/keystore"
)

// conflictRules are the ways of --on-conflict to treat two entries of one alias.
var conflictRules = []string{"error", "keep", "replace", "rename"}

// merge adds entries to those of a store. Entries that are there already, by
// content and alias, are passed over. The result is the new list and what was
// done.
func merge(have, more []*keystore.Entry, rule, from string) ([]*keystore.Entry, []change, error) {
	var changes []change
	byAlias, byContent := map[string]int{}, map[string]string{}
	note := func(i int) {
		byAlias[strings.ToLower(have[i].Alias)] = i
		byContent[contentOf(have[i])] = have[i].Alias
	}
	for i := range have {
		note(i)
	}
	for _, e := range more {
		at, taken := byAlias[strings.ToLower(e.Alias)]
		twin, known := byContent[contentOf(e)]
		switch {
		case known:
			changes = append(changes, change{e.Alias, "skip", fmt.Sprintf("the same as %q", twin)})
		case !taken:
			have = append(have, e)
			note(len(have) - 1)
			changes = append(changes, change{e.Alias, "add", entryLine(e) + " (" + from + ")"})
		case rule == "keep":
			changes = append(changes, change{e.Alias, "skip", "the alias is taken, by " + entryLine(have[at])})
		case rule == "replace":
			changes = append(changes, change{e.Alias, "replace", entryLine(have[at]) + " by " + entryLine(e) + " (" + from + ")"})
			have[at] = e
			note(at)
		case rule == "rename":
			old := e.Alias
			for n := 2; taken; n++ {
				e.Alias = old + "-" + strconv.Itoa(n)
				_, taken = byAlias[strings.ToLower(e.Alias)]
			}
			have = append(have, e)
			note(len(have) - 1)
			changes = append(changes, change{e.Alias, "add", entryLine(e) + " (" + from + "; " + old + " is taken)"})
		default:
			return nil, nil, &Failure{
				Status: StatusAlias, Hint: "choose what becomes of it with --on-conflict keep, replace or rename",
				Err: fmt.Errorf("%s has an entry %q, and so has the store: %s, and %s", from, e.Alias, entryLine(e), entryLine(have[at])),
			}
		}
	}
	return have, changes, nil
}

// contentOf is the same for entries that hold the same: kind, key and
// certificates.
func contentOf(e *keystore.Entry) string { return string(e.Kind) + " " + material(e) }

// material is contentOf without the kind.
func material(e *keystore.Entry) string {
	h := sha256.New()
	add := func(part []byte) {
		_, _ = fmt.Fprintf(h, "%d:", len(part))
		_, _ = h.Write(part)
	}
	add(e.Value)
	if e.Key != nil {
		add(e.Key.PKCS8)
		if e.Key.PKCS8 == nil {
			add(e.Key.Shrouded)
		}
	}
	for _, c := range e.Chain {
		add(c.Raw)
	}
	return string(h.Sum(nil))
}

type mergeOptions struct {
	sources       []string
	conflict      string
	output        outputFlags
	password      passwordFlag
	entryPassword passwordFlag
	limits        limitFlags
}

func newMergeCmd(env *console.Env) *cobra.Command {
	o := mergeOptions{}
	c := &cobra.Command{
		Use:   "merge SRC... -o DST",
		Short: "Put the entries of several files into one keystore",
		Long: `Collect the entries of files and directories in one new keystore: in the format
of --to, else in that which the name of DST stands for, else PKCS#12.
What is in several of them, by content, is taken once. Two different entries of
one alias are an error, unless --on-conflict says which one stays, or that the
later one gets another name.`,
		Example: `  muxkey merge a.p12 b.p12 c.p12 -o all.p12 --password env:PW
  muxkey merge old.p12 new.p12 -o trust.p12 --on-conflict replace --dry-run`,
		Args: takes("SRC..."),
		RunE: func(c *cobra.Command, args []string) error {
			o.sources = args
			return runMerge(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.conflict, "on-conflict", "error", "`RULE` for two entries of one alias: "+strings.Join(conflictRules, ", "))
	o.password.add(c, "the password of the sources")
	o.entryPassword.addAs(c, entryPassword, "the keys' password, where they have another than their store")
	o.output.add(c)
	o.limits.add(c)
	complete(c, "on-conflict", conflictRules)
	return c
}

func runMerge(ctx context.Context, env *console.Env, format report.Format, o mergeOptions) error {
	if !slices.Contains(conflictRules, o.conflict) {
		return &Failure{StatusUsage, didYouMean(o.conflict, conflictRules), fmt.Errorf("--on-conflict %q is no rule", o.conflict)}
	}
	profile, err := o.output.check()
	if err != nil {
		return err
	}
	passwords, err := o.password.keyring(env, true)
	if err != nil {
		return err
	}
	var entries []*keystore.Entry
	var changes []change
	for _, source := range o.sources {
		st, err := openStore(ctx, env, source, passwords, keystore.Options{Unlock: true, Limits: o.limits.limits()})
		if err != nil {
			return err
		}
		if err := closedPart(st); err != nil {
			return err
		}
		if err := unlockAll(ctx, env, st, passwords, &o.entryPassword, false); err != nil {
			return err
		}
		var done []change
		if entries, done, err = merge(entries, entriesOf(st, source), o.conflict, source); err != nil {
			return fmt.Errorf("merging %s: %w", source, err)
		}
		changes = append(changes, done...)
	}
	target, enc, err := o.output.target(ctx, env, "", profile, passwords, &o.password)
	if err != nil {
		return err
	}
	return o.output.write(ctx, env, format, target.ID, entries, enc, changes)
}

// entriesOf gives the entries of a file that has no names, such as a certificate in
// PEM, names that say more than "1": the common name of the leaf, else the name
// of the file. Stores keep theirs.
func entriesOf(st *keystore.Store, source string) []*keystore.Entry {
	if f, _ := keystore.Formats().Get(st.Format); f.KeepsAliases {
		return st.Entries
	}
	taken := map[string]bool{}
	for i, e := range st.Entries {
		if e.Alias == strconv.Itoa(i+1) && len(e.Chain) > 0 {
			e.Alias = commonName(e.Chain[0])
			if e.Alias == "" {
				e.Alias = strings.TrimSuffix(filepath.Base(source), filepath.Ext(source))
			}
		}
		base := e.Alias
		for n := 2; taken[strings.ToLower(e.Alias)]; n++ {
			e.Alias = base + "-" + strconv.Itoa(n)
		}
		taken[strings.ToLower(e.Alias)] = true
	}
	return st.Entries
}

// commonName of a subject, if it can be an alias.
func commonName(c *keystore.Certificate) string {
	if c.X509 == nil || goodAlias(c.X509.Subject.CommonName) != nil {
		return ""
	}
	return c.X509.Subject.CommonName
}
