package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/inspect"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/inventory"
	"muxkey/keystore"
)

type inspectOptions struct {
	targets     []string
	recursive   bool
	published   bool
	maxUnpacked int64
	pem         bool
	full        bool
	password    passwordFlag
	limits      limitFlags
}

func newInspectCmd(env *console.Env) *cobra.Command {
	o := inspectOptions{}
	c := &cobra.Command{
		Use:   "inspect TARGET...",
		Short: "Show what is in keystores, certificates, requests and keys",
		Long: `Show what is in files of any known type, told by their content: PKCS#12
keystores, PEM, DER, PKCS#7, certificate requests, revocation lists, keys, and
every such file of a directory or Kubernetes manifest. FILE#MEMBER is one of the
latter, as in secret.yaml#keystore.p12; "-" reads standard input.

For a keystore this is every entry with its alias, key and chain, how the file
is encrypted and protected, which programs can open it, and what is remarkable.
Without a password, what stands in the open is shown.

With --recursive, directories below are looked into as well, and archives: ZIP,
JAR and WAR, tar with gzip, bzip2 or zstd, and the layers of container images
saved as tar. A keystore in an archive has a name of the same form, such as
app.war#WEB-INF/keystore.jks.

More than a few files have a line each, with a summary behind them that names
the keys which several files have; --all shows everything of each file.`,
		Example: `  muxkey inspect keystore.p12
  muxkey inspect keystore.p12 --password env:STORE_PW --json
  muxkey inspect /etc/ssl/certs --pem
  muxkey inspect -r /opt app.war image.tar
  muxkey inspect -r /opt -f cbom`,
		Args: takes("TARGET..."),
		RunE: func(c *cobra.Command, args []string) error {
			o.targets = args
			if !c.Flags().Changed("published-passwords") {
				o.published = o.recursive
			}
			return runInspect(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.BoolVarP(&o.recursive, "recursive", "r", false, "look into directories below, into archives and container images")
	f.BoolVar(&o.published, "published-passwords", false, "name stores whose password stands in public documentation (default: with --recursive)")
	f.Int64Var(&o.maxUnpacked, "max-unpacked", inventory.DefaultLimits().Unpacked, "unpack no more than `BYTES` of one archive")
	f.BoolVar(&o.pem, "pem", false, "print all certificates as PEM instead of a report")
	f.BoolVar(&o.full, "all", false, "show extensions, attributes and every program that opens it")
	o.password.add(c, "the password")
	o.limits.add(c)
	return c
}

func runInspect(ctx context.Context, env *console.Env, format report.Format, o inspectOptions) error {
	passwords, err := o.password.keyring(env, true)
	if err != nil {
		return err
	}
	targets, many, err := o.open(env)
	if err != nil {
		return err
	}
	counts := &inventory.Counts{}
	out, done := env.Progress(func() string {
		return fmt.Sprintf("%d files, %d with keys or certificates", counts.Files.Load(), counts.Stores.Load())
	})
	defer done()
	walk := inventory.Options{
		Recursive: o.recursive, Open: o.options(), Limits: inventory.DefaultLimits(), Counts: counts,
		Password: passwords.forMany(many),
	}
	walk.Limits.Unpacked = o.maxUnpacked
	if !many && !passwords.named {
		walk.Workers = 1 // who is asked for passwords is asked in order
	}
	shown := *env
	shown.Out = out
	if o.pem {
		err = printAll(ctx, &shown, passwords, targets, walk)
	} else {
		v := view{full: o.full, now: env.Now(), below: o.below(env)}
		err = v.walk(ctx, &shown, format, passwords, targets, walk, many)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// open reads standard input where it is a target. many tells that there may be
// more files than the person has named.
func (o inspectOptions) open(env *console.Env) (targets []inventory.Target, many bool, err error) {
	many = o.recursive
	for _, path := range o.targets {
		if path != stdin {
			many = many || isDirectory(path)
			targets = append(targets, inventory.Target{Path: path})
			continue
		}
		data, err := readInput(env, o.options())
		if err != nil {
			return nil, false, err
		}
		targets = append(targets, inventory.Target{Path: inputName, Data: data})
	}
	return targets, many, nil
}

// options open keys too, to see whether they belong to their certificates; but
// not those of a store of thousands.
func (o inspectOptions) options() keystore.Options {
	return keystore.Options{Unlock: true, UnlockAtMost: 8, TryPublished: o.published, Limits: o.limits.limits()}
}

// below is the directory below which all files are, with its last separator,
// where their names are shown without it: on a terminal, which has little room.
func (o inspectOptions) below(env *console.Env) string {
	if len(o.targets) != 1 || env.Width == 0 {
		return ""
	}
	dir := filepath.Clean(o.targets[0])
	if !isDirectory(dir) {
		return ""
	}
	return strings.TrimSuffix(dir, string(filepath.Separator)) + string(filepath.Separator)
}

// forMany answers for many files at once. Nobody is asked for the passwords of
// files that he has not named.
func (k *keyring) forMany(many bool) func(string, bool) func(context.Context) (string, error) {
	if many && !k.named {
		return nil
	}
	var mu sync.Mutex
	return func(path string, _ bool) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			mu.Lock()
			defer mu.Unlock()
			return k.password(path)(ctx)
		}
	}
}

// seen is what the report needs of one thing found.
type seen struct {
	inventory.Found // without the store
	target          *inspect.Target
	item            report.Item
}

// few is the number of stores up to which all of them is shown.
const few = 3

// walk writes the report while the walk goes on.
func (v view) walk(ctx context.Context, env *console.Env, format report.Format, passwords *keyring, targets []inventory.Target, o inventory.Options, many bool) error {
	var failed []error
	tally := &inspect.Tally{}
	next, stop := iter.Pull(inventory.Walk(ctx, targets, o, func(_ context.Context, f inventory.Found) seen {
		s := seen{Found: f}
		if f.Store != nil {
			t := inspect.Inspect(f.Store, v.now)
			if l := f.Layer; l != nil {
				t.Layer = &inspect.Layer{Image: l.Image, Number: l.Number, Of: l.Of}
			}
			s.target, s.Store = &t, nil
			if s.item, s.Err = format.Render(report.Item{Value: &t}); s.Err != nil {
				s.target = nil
			}
		}
		return s
	}))
	defer stop()
	// store takes the next store, and note of what is none on the way to it.
	store := func() (seen, bool) {
		for {
			s, ok := next()
			switch {
			case !ok:
				return seen{}, false
			case s.target != nil:
				tally.Add(s.target)
				return s, true
			case s.Err != nil:
				tally.Error()
				failed = append(failed, passwords.explain(s.Err))
			default:
				tally.Skip(s.Path, s.Skipped)
			}
		}
	}
	var first []seen
	for len(first) <= few {
		s, ok := store()
		if !ok {
			break
		}
		first = append(first, s)
	}
	if len(first) == 0 && len(failed) > 0 && len(tally.Skipped()) == 0 {
		return join(failed...)
	}
	fleet := len(first) > few && !v.full
	stream := report.Stream{
		Head: map[string]int{"schemaVersion": inspect.SchemaVersion},
		List: "targets",
		Items: func(yield func(report.Item) bool) {
			item := func(s seen) report.Item {
				if fleet {
					s.item.Row = v.row(s, env.Width)
				} else {
					s.item.Sections = v.sections(*s.target)
				}
				return s.item
			}
			for _, s := range first {
				if !yield(item(s)) {
					return
				}
			}
			if len(first) <= few {
				return
			}
			for s, ok := store(); ok; s, ok = store() {
				if !yield(item(s)) {
					return
				}
			}
		},
		Err: ctx.Err,
		Tail: func() report.Document {
			if !many {
				return report.Document{Value: struct{}{}}
			}
			summary := tally.Summary()
			tail := inspect.Tail{Skipped: tally.Skipped(), SharedKeys: tally.SharedKeys(), Summary: &summary}
			return report.Document{Value: tail, Sections: v.tail(tail, fleet)}
		},
	}
	if fleet {
		stream.Columns = v.columns(env.Width)
	}
	err := format.Stream(env.Out, stream, options(env))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return join(append(failed, err)...)
}

// options of reports.
func options(env *console.Env) report.Options {
	return report.Options{
		Width: env.Width, Colour: env.OutColour, Now: env.Now(), Version: versionOf(debug.ReadBuildInfo()).Version,
	}
}

// printAll writes every certificate once, with its alias and subject above it,
// as openssl does.
func printAll(ctx context.Context, env *console.Env, passwords *keyring, targets []inventory.Target, o inventory.Options) error {
	var failed []error
	locked := ""
	written := map[string]bool{}
	stores := 0
	for f := range inventory.Walk(ctx, targets, o, func(_ context.Context, f inventory.Found) inventory.Found { return f }) {
		if f.Err != nil {
			failed = append(failed, passwords.explain(f.Err))
		}
		if f.Store == nil {
			continue
		}
		stores++
		if len(f.Store.Locked) > 0 && locked == "" {
			locked = f.Path
		}
		if err := printPEM(env, f.Store, written); err != nil {
			return err
		}
	}
	switch {
	case len(written) > 0 || stores == 0:
	case locked != "":
		failed = append(failed, fmt.Errorf("printing the certificates of %s: %w", locked, keystore.ErrNoPassword))
	default:
		failed = append(failed, &Failure{Status: StatusInput, Err: errors.New("there is no certificate to print")})
	}
	return join(failed...)
}

func printPEM(env *console.Env, st *keystore.Store, written map[string]bool) error {
	for _, e := range st.Entries {
		for i, block := range certificates(e.Chain) {
			if written[string(block.Bytes)] {
				continue
			}
			written[string(block.Bytes)] = true
			text, err := encodePEM(certificates(e.Chain[i : i+1]))
			if err != nil {
				return err
			}
			head := fmt.Sprintf("# %s\n# %s\n", report.Printable(e.Alias), report.Printable(certgen.FormatDN(e.Chain[i].RawSubject)))
			if _, err := io.WriteString(env.Out, head+string(text)); err != nil {
				return err
			}
		}
	}
	return nil
}
