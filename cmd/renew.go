package cmd

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/keystore"
)

type renewOptions struct {
	store          string
	alias          string
	ifWithin       string
	rekey          bool
	key            string
	days           int
	csrOut         string
	from           string
	sourcePassword passwordFlag
	entryPassword  passwordFlag
	ca             caFlags
	acme           acmeFlags
	reload         reloadFlags
	edit           editFlags
	force          bool
	noBackup       bool
	changed        func(flag string) bool
}

func newRenewCmd(env *console.Env) *cobra.Command {
	o := renewOptions{}
	c := &cobra.Command{
		Use:   "renew STORE",
		Short: "Renew the certificate of a private key",
		Long: `Renew a certificate in a keystore: same alias, names and usages, new dates and
serial number, and the same key unless --rekey is given. A self-signed
certificate is signed by its own key again; any other needs one of --ca, --acme,
--csr-out (then "muxkey import STORE REPLY" puts in what the CA sends), or
--from, which takes a keystore that has the new certificate already.

The keystore is replaced in one step once the new certificate is there, and the
old one is kept as STORE.bak; "muxkey rollback STORE" puts it back. With
--reload the server is told, and with --probe it is watched: when it does not
come to serve the new certificate, the old keystore is put back, and the server
told again.

With --if-within nothing is done, and nothing asked, while the certificate has
longer to live than that, so that the command can run every day. What an ACME
server says about when to renew counts as well.

With --csr-out and --rekey, the new key waits in a keystore of its own,
STORE-new: a server that is told no alias may take any key that it finds.`,
		Example: `  muxkey renew keystore.p12 --password file:keystore.pw --if-within 30d
  muxkey renew mux.p12 --ca ca.p12 --reload signal:HUP:mux.pid --probe mux:443
  muxkey renew mux.p12 --acme https://ca.example.com/dir --listen :80
  muxkey renew mux.p12 --rekey --csr-out mux.csr`,
		Args: takes("STORE"),
		RunE: func(c *cobra.Command, args []string) error {
			o.store = args[0]
			return runRenew(c.Context(), env, formatOf(c), &o)
		},
	}
	f := c.Flags()
	o.changed = f.Changed
	f.StringVar(&o.alias, "alias", "", "`NAME` of the entry (may be left out when there is only one key)")
	f.StringVar(&o.ifWithin, "if-within", "", "do nothing unless the certificate ends within `TIME`: 30d, 720h, or 20% of its lifetime")
	f.BoolVar(&o.rekey, "rekey", false, "make a new key as well")
	f.StringVar(&o.key, "key", "", "`TYPE` of the new key of --rekey (default: that of the old one): "+strings.Join(keyTypeNames(), ", "))
	f.IntVar(&o.days, "days", 0, "lifetime in `DAYS` (default: as long as that of the old certificate)")
	f.StringVar(&o.csrOut, "csr-out", "", `make a request for a CA and write it to FILE, "-" for standard output`)
	f.StringVar(&o.from, "from", "", "take certificate and key from the keystore `FILE`")
	f.BoolVar(&o.force, "force", false, "overwrite the files of --csr-out")
	f.BoolVar(&o.edit.dryRun, "dry-run", false, "show what would be renewed, and change nothing")
	f.BoolVar(&o.noBackup, "no-backup", false, "do not keep the old keystore")
	o.edit.password.add(c, "the keystore's password")
	o.entryPassword.addAs(c, entryPassword, "the key's password, where it has another than the keystore")
	o.sourcePassword.addAs(c, "source-password", "the password of --from (default: that of the keystore)")
	o.edit.limits.add(c)
	o.ca.add(c)
	o.acme.add(c)
	o.reload.add(c)
	sources := []string{"ca", "acme", "csr-out", "from"}
	for i, a := range sources {
		for _, b := range sources[i+1:] {
			exclusive(c, a, b)
		}
	}
	for _, b := range sources[1:] {
		exclusive(c, "days", b) // others decide on it
	}
	exclusive(c, "from", "rekey")
	exclusive(c, "csr-out", "reload")
	exclusive(c, "csr-out", "probe")
	complete(c, "key", keyTypeNames())
	return c
}

func runRenew(ctx context.Context, env *console.Env, format report.Format, o *renewOptions) error {
	within, err := o.check()
	if err != nil {
		return err
	}
	passwords, err := o.edit.password.keyring(env, false)
	if err != nil {
		return err
	}
	st, e, reason, err := o.load(ctx, env, passwords, within)
	if err != nil {
		return err
	}
	v := renewed{
		SchemaVersion: schemaVersion, Keystore: o.store, Alias: e.Alias, DryRun: o.edit.dryRun, Reason: reason.text,
		Names: []sanName{}, Old: datesOf(e.Chain[0], env.Now()), Told: []string{}, Served: []string{}, Remarks: []string{},
	}
	file, _ := keystore.SplitMember(o.store)
	if !reason.due {
		if err := o.resume(ctx, env, &v, file, e.Chain[0].X509); err != nil {
			return err
		}
		return v.show(env, format, e.Chain[0])
	}
	by, issue, err := o.issuer(e)
	if err != nil {
		return err
	}
	v.By = by
	if err := o.preflight(ctx, env, st, passwords); err != nil {
		return err
	}
	var now replacement
	switch by {
	case "csr":
		return o.request(ctx, env, format, v, st, e, passwords)
	case "from":
		now, err = o.taken(ctx, env, e, passwords)
	default:
		now, err = o.made(ctx, env, st, e, passwords, issue)
	}
	if err != nil {
		return err
	}
	v.Remarks = append(v.Remarks, now.remarks...)
	if o.edit.dryRun {
		return v.show(env, format, e.Chain[0])
	}
	leaf := now.chain[0]
	if err := o.reload.promise(ctx, file, leaf.X509); err != nil {
		return err
	}
	done, err := o.install(ctx, env, passwords, e, now)
	if err != nil {
		o.reload.kept(file, leaf.X509)
		return err
	}
	if err := o.reload.announce(ctx, env, file, done, leaf.X509, o.edit.backup.name, o.secretVariables()); err != nil {
		return err
	}
	fresh := datesOf(leaf, env.Now())
	v.Renewed, v.New, v.Backup = true, &fresh, o.edit.backup.name
	v.told(&o.reload)
	for _, c := range done.changes {
		v.Remarks = append(v.Remarks, c.Detail)
	}
	return v.show(env, format, leaf)
}

// resume tells the servers of a certificate of which an earlier run did not come
// to tell them.
func (o *renewOptions) resume(ctx context.Context, env *console.Env, v *renewed, file string, leaf *x509.Certificate) error {
	switch {
	case !isUntold(file, leaf):
	case !o.reload.given():
		v.Remarks = append(v.Remarks, "an earlier run was ended before the server knew of this certificate; one with its --reload or --probe makes up for it")
	case o.edit.dryRun:
		v.Remarks = append(v.Remarks, "an earlier run was ended before the server knew of this certificate; it would be told now")
	default:
		if err := o.reload.resume(ctx, env, file, leaf, o.secretVariables()); err != nil {
			return err
		}
		v.told(&o.reload)
		v.Remarks = append(v.Remarks, "an earlier run was ended before the server knew of this certificate; that is made up for")
	}
	return nil
}

// check refuses what is wrong in the command line itself.
func (o *renewOptions) check() (within, error) {
	w, err := parseWithin(o.ifWithin)
	if err != nil {
		return w, wrongUsage(fmt.Errorf("--if-within %q: %w", o.ifWithin, err))
	}
	switch {
	case o.key != "" && !o.rekey:
		return w, wrongUsage(errors.New("--key is the type of the new key of --rekey, which is missing"))
	case o.sourcePassword.given() && o.from == "":
		return w, wrongUsage(errors.New("--source-password is that of --from, which is missing"))
	case o.force && o.csrOut == "":
		return w, wrongUsage(errors.New("--force is about the files of --csr-out, which is missing"))
	case o.changed("days") && o.days < 1:
		return w, wrongUsage(fmt.Errorf("--days: %w: %d days", certgen.ErrLifetime, o.days))
	}
	o.edit.backup.wanted = !o.noBackup
	o.ca.limits = o.edit.limits.limits()
	if err := o.ca.check(); err != nil {
		return w, err
	}
	if err := o.acme.check(); err != nil {
		return w, err
	}
	return w, o.reload.check()
}

// issuer is who makes the new certificate. A certificate of another's cannot be
// renewed without a word on who is to do it: one that is self-signed by mistake
// would be refused by every client.
func (o *renewOptions) issuer(e *keystore.Entry) (by string, from issuer, err error) {
	file, _ := keystore.SplitMember(o.store)
	for _, s := range []struct {
		name  string
		asked bool
		make  issuer
	}{
		{"ca", o.ca.given(), o.byCA(e)},
		{"acme", o.acme.given(), o.acme.issuer(file, o.secretVariables())},
		{"csr", o.csrOut != "", nil},
		{"from", o.from != "", nil},
		{"self", isSelfSigned(e.Chain[0]), itself},
	} {
		if s.asked {
			return s.name, s.make, nil
		}
	}
	this := command.Quote(o.store)
	if o.alias != "" {
		this += " --alias " + command.Quote(o.alias)
	}
	return "", nil, &Failure{
		Status: StatusUsage,
		Hint: "ask that CA: muxkey renew " + this + " --csr-out " + command.Quote(csrOptions{from: file}.requestName()) +
			"; or with --ca STORE when it is yours, or --acme URL",
		Err: fmt.Errorf("renewing %q in %s: its certificate is from %s, and nothing says how that is asked for another", e.Alias, o.store, certgen.FormatDN(e.Chain[0].RawIssuer)),
	}
}

func (o *renewOptions) secretVariables() []string {
	return secretVariables(&o.edit.password, &o.entryPassword, &o.sourcePassword, &o.ca.password, &o.ca.entryPassword, &o.acme.eabKey)
}

// load opens the store and finds the entry. With --if-within it first looks
// whether the dates can be seen without a password, so that nobody is asked for
// one in vain.
func (o *renewOptions) load(ctx context.Context, env *console.Env, passwords *keyring, w within) (*keystore.Store, *keystore.Entry, verdict, error) {
	opts := keystore.Options{Limits: o.edit.limits.limits()}
	if o.ifWithin != "" && !passwords.named {
		opts.Password = func(context.Context) (string, error) { return "", keystore.ErrNoPassword }
		if st, err := keystore.Open(ctx, o.store, opts); err == nil {
			if e, err := o.entry(st); err == nil {
				if v := o.judge(ctx, env, w, e.Chain[0].X509); !v.due {
					return st, e, v, nil
				}
			}
		}
	}
	opts.Password = nil
	st, err := openStore(ctx, env, o.store, passwords, opts)
	if err != nil {
		return nil, nil, verdict{}, err
	}
	if err := closedPart(st); err != nil {
		return nil, nil, verdict{}, err
	}
	passwords.named = true // it is not asked for again when the store is written
	e, err := o.entry(st)
	if err != nil {
		return nil, nil, verdict{}, err
	}
	return st, e, o.judge(ctx, env, w, e.Chain[0].X509), nil
}

func (o *renewOptions) entry(st *keystore.Store) (*keystore.Entry, error) {
	e, err := st.PrivateKey(o.alias)
	if err != nil {
		return nil, o.inToken(st, err)
	}
	if len(e.Chain) == 0 || e.Chain[0].X509 == nil {
		return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("renewing %q in %s: it has no certificate that can be read", e.Alias, o.store)}
	}
	return e, nil
}

// inToken says how a certificate is renewed whose key is not in the file, but in a
// token. Here that would be a file to write without a key in it, to which alias,
// password and backup mean nothing.
func (o *renewOptions) inToken(st *keystore.Store, err error) error {
	if _, ok := errors.AsType[*keystore.KindError](err); !ok {
		return err
	}
	for _, e := range st.Entries {
		if e.Key != nil || len(e.Chain) == 0 || e.Chain[0].X509 == nil {
			continue
		}
		c := e.Chain[0].X509
		file, _ := keystore.SplitMember(o.store)
		hint := "where its key is in a token: muxkey ca create " + command.Quote(certgen.CommonName(c.RawSubject)) + " --signer URI -o NEW.pem"
		if !c.IsCA {
			content, _ := certgen.Renewal(c)
			request := command.Quote(csrOptions{from: file}.requestName())
			var names []string
			for _, n := range content.Names {
				names = append(names, command.Quote(n.Value))
			}
			hint = "where its key is in a token: muxkey csr " + strings.Join(names, " ") + " --signer URI --csr-out " + request +
				", and then for a CA of yours: muxkey sign " + request + " --ca STORE"
		}
		return &Failure{Status: StatusAlias, Hint: hint, Err: err}
	}
	return err
}

// preflight refuses before a CA is asked what would be refused after it: the
// store is written as it is, though not to its file.
func (o *renewOptions) preflight(ctx context.Context, env *console.Env, st *keystore.Store, passwords *keyring) error {
	file, _ := keystore.SplitMember(o.store)
	if err := safefile.Check(file, safefile.Options{Replace: true}); err != nil {
		return err
	}
	enc := o.encoding(st, passwords)
	_, err := st.Rewrite(ctx, env.Rand, enc)
	if errors.Is(err, keystore.ErrReadOnly) {
		f, _ := keystore.Formats().Get(st.Format)
		return &Failure{Status: StatusInput, Hint: f.Instead, Err: fmt.Errorf("renewing %s: %w", o.store, err)}
	}
	if err != nil {
		return fmt.Errorf("renewing %s: %w", o.store, err)
	}
	return nil
}

func (o *renewOptions) encoding(st *keystore.Store, passwords *keyring) keystore.Encoding {
	enc, _ := asItWas(st)
	enc.Old = st
	if passwords.last != nil {
		enc.Password = passwords.last.Reveal()
	}
	return enc
}
