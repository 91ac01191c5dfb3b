package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/inspect"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

type diffOptions struct {
	a, b          string
	password      passwordFlag
	otherPassword passwordFlag
	limits        limitFlags
}

func newDiffCmd(env *console.Env) *cobra.Command {
	o := diffOptions{}
	c := &cobra.Command{
		Use:   "diff A B",
		Short: "Show what differs between two keystores, entry by entry",
		Long: `Compare two stores of any known formats by their entries: those of one alias, or
else of one content, are held against each other, whatever the order and the
encryption. The exit status is 1 when they differ.`,
		Example: `  muxkey diff keystore.p12 keystore.p12.old --password file:keystore.pw
  muxkey diff old.p12 new.pem --password env:PW --json`,
		Args: takes("A", "B"),
		RunE: func(c *cobra.Command, args []string) error {
			o.a, o.b = args[0], args[1]
			return runDiff(c.Context(), env, formatOf(c), o)
		},
	}
	o.password.add(c, "the password of A, and of B unless that has its own")
	o.otherPassword.addAs(c, "other-password", "the password of B")
	o.limits.add(c)
	return c
}

// differences is the JSON of muxkey diff.
type differences struct {
	SchemaVersion int          `json:"schemaVersion"`
	A             string       `json:"a"`
	B             string       `json:"b"`
	Same          bool         `json:"same"`
	Differences   []difference `json:"differences"`
}

type difference struct {
	Alias string `json:"alias"`
	// Part is "entry", "alias", "kind", "key", "certificate", "chain" or "content".
	Part string `json:"part"`
	A    string `json:"a,omitempty"` // what is in A; missing when nothing is
	B    string `json:"b,omitempty"` // what is in B; missing when nothing is
}

func runDiff(ctx context.Context, env *console.Env, format report.Format, o diffOptions) error {
	passwords, err := o.password.keyring(env, true)
	if err != nil {
		return err
	}
	opts := keystore.Options{Unlock: true, Limits: o.limits.limits()}
	a, err := openStore(ctx, env, o.a, passwords, opts)
	if err != nil {
		return err
	}
	if o.otherPassword.given() {
		if passwords, err = o.otherPassword.keyring(env, true); err != nil {
			return err
		}
	}
	b, err := openStore(ctx, env, o.b, passwords, opts)
	if err != nil {
		return err
	}
	if err := join(hidden(a), hidden(b)); err != nil {
		return err
	}
	v := differences{SchemaVersion: 1, A: o.a, B: o.b, Differences: compare(a, b, env.Now())}
	v.Same = len(v.Differences) == 0
	s := report.Section{Columns: []string{"Entry", "Part", o.a, o.b}}
	for _, d := range v.Differences {
		s.Rows = append(s.Rows, report.Row{Cells: []string{d.Alias, d.Part, d.A, d.B}, Tone: report.Warn})
	}
	if v.Same {
		s.Notes = []string{"The entries are the same."}
	}
	if err := show(env, format, report.Document{Value: v, Sections: []report.Section{s}}); err != nil {
		return err
	}
	if !v.Same {
		return errFound
	}
	return nil
}

// hidden is the error of a store of which not all can be seen.
func hidden(s *keystore.Store) error {
	if err := closedPart(s); err != nil {
		return err
	}
	for _, e := range s.Entries {
		if e.Key != nil && e.Key.PKCS8 == nil && errors.Is(e.Key.Err, pkcs12x.ErrLocked) {
			return fmt.Errorf("comparing %s: the key of %q: %w", s.Path, e.Alias, e.Key.Err)
		}
	}
	return nil
}

// compare holds entries against each other: those of one alias, and of the rest
// those of one content. Between two names that are both the entries' own, the
// alias is a difference, too; those of a PEM file or directory may be numbers or
// the names of files.
func compare(a, b *keystore.Store, now time.Time) []difference {
	out := []difference{}
	twins := pairs(a, b)
	met := map[*keystore.Entry]bool{}
	for _, x := range a.Entries {
		y := twins[x]
		if y == nil {
			out = append(out, difference{Alias: x.Alias, Part: "entry", A: entryLine(x)})
			continue
		}
		met[y] = true
		if !sameAlias(x, y) && hasOwnName(a, x) && hasOwnName(b, y) {
			out = append(out, difference{x.Alias, "alias", x.Alias, y.Alias})
		}
		out = append(out, compareEntries(x, y, marksTrust(a) && marksTrust(b), now)...)
	}
	for _, y := range b.Entries {
		if !met[y] {
			out = append(out, difference{Alias: y.Alias, Part: "entry", B: entryLine(y)})
		}
	}
	return out
}

// pairs finds the counterparts of the entries of a in b. The first rule that
// brings two together counts.
func pairs(a, b *keystore.Store) map[*keystore.Entry]*keystore.Entry {
	alias := func(e *keystore.Entry) string { return strings.ToLower(e.Alias) }
	twins, taken := map[*keystore.Entry]*keystore.Entry{}, map[*keystore.Entry]bool{}
	for _, rule := range []struct {
		key  func(e *keystore.Entry) string
		only func(x, y *keystore.Entry) bool
	}{
		{alias, func(x, y *keystore.Entry) bool {
			return material(x) == material(y) || hasOwnName(a, x) && hasOwnName(b, y)
		}},
		{material, func(*keystore.Entry, *keystore.Entry) bool { return true }},
		{alias, func(*keystore.Entry, *keystore.Entry) bool { return true }},
	} {
		in := map[string][]*keystore.Entry{}
		for _, y := range b.Entries {
			if !taken[y] {
				in[rule.key(y)] = append(in[rule.key(y)], y)
			}
		}
		for _, x := range a.Entries {
			if twins[x] != nil {
				continue
			}
			if like := in[rule.key(x)]; len(like) > 0 && rule.only(x, like[0]) {
				twins[x], taken[like[0]] = like[0], true
				in[rule.key(x)] = like[1:]
			}
		}
	}
	return twins
}

func sameAlias(x, y *keystore.Entry) bool { return strings.EqualFold(x.Alias, y.Alias) }

// hasOwnName tells whether the alias of an entry is more than a number or the
// name of a file.
func hasOwnName(s *keystore.Store, e *keystore.Entry) bool {
	if f, _ := keystore.Formats().Get(s.Format); f.KeepsAliases {
		return true
	}
	list := e.Attributes
	if e.Key != nil {
		list = e.Key.Attributes
	} else if len(e.Chain) > 0 {
		list = e.Chain[0].Attributes
	}
	name, _ := pkcs12x.FriendlyName(list)
	return s.Format != "directory" && strings.EqualFold(name, e.Alias)
}

// marksTrust tells whether a format says of certificates that they are trusted.
func marksTrust(s *keystore.Store) bool {
	f, _ := keystore.Formats().Get(s.Format)
	return f.KeepsAliases
}

func compareEntries(x, y *keystore.Entry, marked bool, now time.Time) []difference {
	var out []difference
	add := func(part, a, b string) {
		if a != b {
			out = append(out, difference{x.Alias, part, a, b})
		}
	}
	if marked || !isCertificate(x) || !isCertificate(y) {
		add("kind", string(x.Kind), string(y.Kind))
	}
	add("key", keyLine(x, y, now), keyLine(y, x, now))
	for i := range max(len(x.Chain), len(y.Chain)) {
		part := "certificate"
		if i > 0 {
			part = fmt.Sprintf("chain, certificate %d", i+1)
		}
		add(part, certificateLine(x, i, now), certificateLine(y, i, now))
	}
	if !bytes.Equal(x.Value, y.Value) {
		add("content", fmt.Sprintf("%d bytes", len(x.Value)), fmt.Sprintf("%d other bytes", len(y.Value)))
	}
	return out
}

func isCertificate(e *keystore.Entry) bool {
	return e.Kind == pkcs12x.TrustedCertificate || e.Kind == pkcs12x.PlainCertificate
}

// keyLine names the key of an entry; where both keys are open and differ though
// they are alike, it says so.
func keyLine(e, other *keystore.Entry, now time.Time) string {
	switch {
	case e.Key == nil:
		return ""
	case e.Key.PKCS8 == nil:
		return "locked"
	case other.Key != nil && bytes.Equal(e.Key.PKCS8, other.Key.PKCS8):
		return "the same"
	case len(e.Chain) > 0:
		return inspect.Describe(e.Chain[0], now).PublicKey.Type + " of certificate " + inspect.Describe(e.Chain[0], now).Fingerprints.SHA256[:16]
	}
	return fmt.Sprintf("a key of %d bytes", len(e.Key.PKCS8))
}

func certificateLine(e *keystore.Entry, i int, now time.Time) string {
	if i >= len(e.Chain) {
		return ""
	}
	c := e.Chain[i]
	return fmt.Sprintf("%s, until %s, SHA-256 %s", certgen.FormatDN(c.RawSubject), c.NotAfter.Format(time.DateOnly), inspect.Describe(c, now).Fingerprints.SHA256)
}
