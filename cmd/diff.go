package cmd

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/inspect"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/keystore"
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
		Long: `Compare two files of any known formats by their entries: those of one alias are
held against each other, whatever the order and the encryption. The exit status
is 1 when they differ.`,
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
	// Part is "entry", "kind", "key", "certificate", "chain" or "content".
	Part string `json:"part"`
	A    string `json:"a,omitempty"` // what is in A; missing when nothing is
	B    string `json:"b,omitempty"` // what is in B; missing when nothing is
}

func runDiff(ctx context.Context, env *console.Env, format report.Format, o diffOptions) error {
	passwords, err := o.password.keyring(env, false)
	if err != nil {
		return err
	}
	opts := keystore.Options{Unlock: true, Limits: o.limits.limits()}
	a, err := openStore(ctx, env, o.a, passwords, opts)
	if err != nil {
		return err
	}
	if o.otherPassword.given() {
		if passwords, err = o.otherPassword.keyring(env, false); err != nil {
			return err
		}
	}
	b, err := openStore(ctx, env, o.b, passwords, opts)
	if err != nil {
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

// compare holds the entries of one alias against each other.
func compare(a, b *keystore.Store, now time.Time) []difference {
	out := []difference{}
	of := func(s *keystore.Store) map[string]*keystore.Entry {
		m := map[string]*keystore.Entry{}
		for _, e := range s.Entries {
			m[strings.ToLower(e.Alias)] = e
		}
		return m
	}
	inA, inB := of(a), of(b)
	for _, x := range a.Entries {
		y := inB[strings.ToLower(x.Alias)]
		if y == nil {
			out = append(out, difference{Alias: x.Alias, Part: "entry", A: entryLine(x)})
			continue
		}
		out = append(out, compareEntries(x, y, now)...)
	}
	for _, y := range b.Entries {
		if inA[strings.ToLower(y.Alias)] == nil {
			out = append(out, difference{Alias: y.Alias, Part: "entry", B: entryLine(y)})
		}
	}
	return out
}

func compareEntries(x, y *keystore.Entry, now time.Time) []difference {
	var out []difference
	add := func(part, a, b string) {
		if a != b {
			out = append(out, difference{x.Alias, part, a, b})
		}
	}
	add("kind", string(x.Kind), string(y.Kind))
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
