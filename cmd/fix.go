package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/secret"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// repair is one thing that breaks the programs which read a store.
type repair struct {
	doc string
	// mend changes the store and says what it did.
	mend func(st *keystore.Store, now time.Time) []change
}

// repairs in the order in which they are made.
func repairs() []repair {
	return []repair{
		{"certificates of a trust store get the attribute without which Java shows none of them", mendTrust},
		{"aliases lose quotes and blanks that were pasted along with them", mendAliasTypography},
		{"of entries with one alias, or aliases that differ only in case, the later ones are renamed", mendAliasCollisions},
		{"the certificates of a PEM file are put in order: leaf, intermediates, root", mendOrder},
		{"of two trusted roots of one subject, one that has expired, or the older one of the same key, is taken out", mendTwinRoots},
	}
}

func newFixCmd(env *console.Env) *cobra.Command {
	var flags editFlags
	var newPassword passwordFlag
	var yes bool
	var list strings.Builder
	for _, r := range repairs() {
		list.WriteString("- " + wrapped(r.doc) + "\n")
	}
	c := &cobra.Command{
		Use:   "fix STORE",
		Short: "Repair what keeps other programs from using a keystore",
		Long: `Repair what keeps other programs from using a keystore, and nothing else:

` + list.String() + `- an empty password, which keytool does not take, gives way to --new-password

What would change is shown first, and asked about unless --yes is given.`,
		Example: `  muxkey fix trust.p12 --dry-run --password env:PW
  muxkey fix trust.p12 --yes --password env:PW`,
		Args: takes("STORE"),
		RunE: func(c *cobra.Command, args []string) error {
			return runFix(c.Context(), env, formatOf(c), flags, &newPassword, args[0], yes)
		},
	}
	newPassword.addAs(c, "new-password", "a password in place of an empty one")
	flags.add(c)
	c.Flags().BoolVar(&yes, "yes", false, "repair without a question")
	return c
}

// wrapped breaks a line of help at 78 columns.
func wrapped(text string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i > 0 && column+1+len(word) > 76:
			b.WriteString("\n  ")
			column = 0
		case i > 0:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// errNothingToFix ends an edit that found nothing to do.
var errNothingToFix = errors.New("nothing to fix")

func runFix(ctx context.Context, env *console.Env, format report.Format, flags editFlags, newPassword *passwordFlag, path string, yes bool) error {
	var advice []change
	var pw *secret.Password // asked for once, though the file is read twice
	mend := func(st *keystore.Store, enc *keystore.Encoding) ([]change, error) {
		var changes []change
		for _, r := range repairs() {
			changes = append(changes, r.mend(st, env.Now())...)
		}
		advice = adviceOn(st)
		switch {
		case !underEmptyPassword(st, enc):
		case newPassword.given():
			if pw == nil {
				given, err := newPassword.readNew(ctx, env, "new password for "+path)
				if err != nil {
					return nil, err
				}
				pw = &given
			}
			enc.Password, enc.Reseal = pw.Reveal(), true
			changes = append(changes, change{"(store)", "encrypt", "under the new password instead of the empty one"})
		default:
			advice = append(advice, change{"(store)", "skip", "its password is empty, which keytool does not take: give another with --new-password"})
		}
		if len(changes) == 0 {
			return nil, errNothingToFix
		}
		return append(changes, advice...), nil
	}
	run := func(dryRun bool) error {
		flags.dryRun = dryRun
		err := flags.edit(ctx, env, format, path, true, mend)
		if errors.Is(err, errNothingToFix) {
			return showChanges(env, format, edited{1, path, dryRun, advice, nil})
		}
		return err
	}
	if flags.dryRun || yes {
		return run(flags.dryRun)
	}
	if err := run(true); err != nil {
		return err
	}
	ok, err := env.Prompter.Confirm(ctx, "Write it so?")
	if errors.Is(err, console.ErrNoTerminal) {
		return &Failure{StatusUsage, "confirm with --yes", errors.New("a repair is confirmed first, and there is no terminal to ask on")}
	}
	if err != nil || !ok {
		return err
	}
	return run(false)
}

// adviceOn says what is wrong and not for a repair to decide.
func adviceOn(st *keystore.Store) []change {
	var out []change
	ext := filepath.Ext(st.Path)
	if st.Format == "pkcs12" && strings.EqualFold(ext, ".jks") {
		p12 := strings.TrimSuffix(st.Path, ext) + ".p12"
		out = append(out, change{"(file)", "skip", fmt.Sprintf("it is PKCS#12 under the name of a JKS, which misleads programs that go by the name: mv %s %s", command.Quote(st.Path), command.Quote(p12))})
	}
	for _, twins := range twinRoots(st) {
		for _, e := range twins[1:] {
			out = append(out, change{e.Alias, "skip", fmt.Sprintf("another root has the subject of %q and another key; programs that know one root of a name may take the wrong one", twins[0].Alias)})
		}
	}
	return out
}

// underEmptyPassword tells whether a store is guarded by the empty password.
func underEmptyPassword(st *keystore.Store, enc *keystore.Encoding) bool {
	return enc.Password == "" && (st.Integrity != nil && st.Verified || len(st.Protections) > 0)
}

// twinRoots are the trusted roots that share a subject, the one first
// that lasts longest.
func twinRoots(st *keystore.Store) [][]*keystore.Entry {
	at := map[string]int{}
	var groups [][]*keystore.Entry
	for _, e := range st.Entries {
		if e.Kind != pkcs12x.TrustedCertificate || e.Chain[0].X509 == nil {
			continue
		}
		c := e.Chain[0].X509
		if !bytes.Equal(c.RawSubject, c.RawIssuer) {
			continue
		}
		i, known := at[string(c.RawSubject)]
		if !known {
			i = len(groups)
			at[string(c.RawSubject)] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], e)
	}
	groups = slices.DeleteFunc(groups, func(g []*keystore.Entry) bool { return len(g) < 2 })
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b *keystore.Entry) int {
			return b.Chain[0].X509.NotAfter.Compare(a.Chain[0].X509.NotAfter)
		})
	}
	return groups
}

// mendTwinRoots keeps two valid roots of different keys: a CA that changes its
// key has both for a time.
func mendTwinRoots(st *keystore.Store, now time.Time) []change {
	var out []change
	for _, twins := range twinRoots(st) {
		kept := twins[:1]
		for _, e := range twins[1:] {
			c := e.Chain[0].X509
			same := slices.IndexFunc(kept, func(k *keystore.Entry) bool {
				return bytes.Equal(k.Chain[0].X509.RawSubjectPublicKeyInfo, c.RawSubjectPublicKeyInfo)
			})
			var why string
			switch {
			case now.After(c.NotAfter) && !now.After(twins[0].Chain[0].X509.NotAfter):
				why = fmt.Sprintf("it has expired, and %q is the root of this subject", twins[0].Alias)
			case same >= 0 && !now.Before(kept[same].Chain[0].X509.NotBefore):
				why = fmt.Sprintf("%q has the same subject and key and lasts longer", kept[same].Alias)
			default:
				kept = append(kept, e)
				continue
			}
			out = append(out, change{e.Alias, "delete", why})
			st.Entries = slices.DeleteFunc(st.Entries, func(other *keystore.Entry) bool { return other == e })
		}
	}
	return out
}

// mendTrust leaves stores with private keys alone: what stands beside a key
// without the attribute is as a rule a stray intermediate, and to trust it is
// not for a repair to decide.
func mendTrust(st *keystore.Store, _ time.Time) []change {
	if st.Format != "pkcs12" {
		return nil
	}
	for _, e := range st.Entries {
		if e.Kind == pkcs12x.PrivateKey {
			return nil
		}
	}
	var out []change
	for _, e := range st.Entries {
		if e.Kind == pkcs12x.PlainCertificate {
			e.Kind = pkcs12x.TrustedCertificate
			out = append(out, change{e.Alias, "replace", "Java lists it as a trusted certificate from now on"})
		}
	}
	return out
}

func mendAliasTypography(st *keystore.Store, _ time.Time) []change {
	var out []change
	for _, e := range st.Entries {
		name := strings.TrimFunc(e.Alias, func(r rune) bool {
			return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`"'‘’‚“”„«»‹›`, r)
		})
		if name == e.Alias || goodAlias(name) != nil {
			continue
		}
		if _, err := st.Find(name); err == nil {
			continue // the other entry has the name
		}
		out = append(out, change{e.Alias, "rename", "to " + name})
		e.Alias = name
	}
	return out
}

// mendAliasCollisions has little to do: entries got names of their own when the
// store was read, and are written under them.
func mendAliasCollisions(st *keystore.Store, _ time.Time) []change {
	var out []change
	for _, e := range st.Entries {
		list := e.Attributes
		if e.Key != nil {
			list = e.Key.Attributes
		} else if len(e.Chain) > 0 {
			list = e.Chain[0].Attributes
		}
		if name, ok := pkcs12x.FriendlyName(list); ok && e.Alias != name && strings.HasPrefix(e.Alias, name+"-") {
			out = append(out, change{name, "rename", "to " + e.Alias})
		}
	}
	return out
}

// mendOrder is for PEM: entries hold their chains in order, so writing them is
// the repair.
func mendOrder(st *keystore.Store, _ time.Time) []change {
	var ordered []*keystore.Certificate
	for _, e := range st.Entries {
		ordered = append(ordered, e.Chain...)
	}
	for i, c := range st.Sequence {
		if i >= len(ordered) || string(ordered[i].Raw) != string(c.Raw) {
			st.Sequence = ordered
			return []change{{"(file)", "replace", "certificates in order: leaf, intermediates, root"}}
		}
	}
	return nil
}
