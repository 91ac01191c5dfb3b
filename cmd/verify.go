package cmd

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/policy/verify"
)

type verifyOptions struct {
	store         string
	alias         string
	host          string
	trust         string
	consumers     []string
	password      passwordFlag
	entryPassword passwordFlag
	trustPassword passwordFlag
	limits        limitFlags
}

func newVerifyCmd(env *console.Env) *cobra.Command {
	o := verifyOptions{}
	c := &cobra.Command{
		Use:   "verify STORE",
		Short: "Prove that password, alias, key, chain, name and dates of a keystore are right",
		Long: `Check a keystore as the server that will use it: the password opens it, the
alias is a private-key entry, the key belongs to the certificate, the chain is
whole, the dates hold and the key is strong enough. With --host the name must
match, with --trust the clients that have that bundle must accept it, and with
--for the named programs must be able to open the file.

STORE may be a directory with the files of key and certificates, or a value in a
Kubernetes manifest, as in secret.yaml#tls. One line is printed for each check.
The exit status is 0 when all is well, 4 for the password, 5 for the alias, and
1 when another check failed.`,
		Example: `  muxkey verify keystore.p12 --alias mux --host mux.example.com
  muxkey verify keystore.p12 --password file:keystore.pw --for sametime-12
  muxkey verify keystore.p12 --trust clients.pem --json`,
		Args: takes("STORE"),
		RunE: func(c *cobra.Command, args []string) error {
			o.store = args[0]
			return runVerify(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.alias, "alias", "", "`NAME` of the entry (may be left out when there is only one private key)")
	f.StringVar(&o.host, "host", "", "the `HOST` name that clients connect to")
	f.StringVar(&o.trust, "trust", "", "the trust bundle or trust store (`FILE`) that clients have")
	f.StringSliceVar(&o.consumers, "for", nil, "`PROGRAMS` that must be able to open it, such as java-17,sametime-12")
	completeLater(c, "for", consumerIDs)
	o.password.add(c, "the keystore's password")
	o.entryPassword.addAs(c, entryPassword, "the key's password, where it has another than the keystore")
	o.trustPassword.addAs(c, "trust-password", "the trust store's password")
	o.limits.add(c)
	return c
}

// verified is the JSON of muxkey verify.
type verified struct {
	SchemaVersion int    `json:"schemaVersion"`
	Keystore      string `json:"keystore"`
	Alias         string `json:"alias,omitempty"` // of the entry, or the one asked for; missing where there is neither
	OK            bool   `json:"ok"`              // no check failed
	// Checks are in the order in which they were made. The first is "alias". A
	// wrong password or alias ends the work: then "password" or "alias" is the
	// only one.
	Checks []verify.Result `json:"checks"`
}

func runVerify(ctx context.Context, env *console.Env, format report.Format, o verifyOptions) error {
	subject := verify.Subject{SystemRoots: x509.SystemCertPool, Now: env.Now()}
	if o.host != "" {
		names, err := certgen.ParseServerNames([]string{o.host})
		if err != nil {
			return fmt.Errorf("--host: %w", err)
		}
		subject.Host = names[0].Value
	}
	var err error
	if len(o.consumers) > 0 {
		if subject.Consumers, err = consumersNamed(o.consumers); err != nil {
			return err
		}
	}
	passwords, err := o.password.keyring(env, false)
	if err != nil {
		return err
	}
	subject.Store, err = openStore(ctx, env, o.store, passwords, keystore.Options{Limits: o.limits.limits()})
	if err != nil {
		return o.gone(env, format, "", "password", err)
	}
	if err := closedPart(subject.Store); err != nil {
		return err
	}
	if subject.Entry, err = subject.Store.PrivateKey(o.alias); err != nil {
		return o.gone(env, format, o.alias, "alias", err)
	}
	if o.trust != "" {
		if subject.Trust, err = o.anchors(ctx, env); err != nil {
			return err
		}
	}
	keys, err := passwords.orOwn(env, &o.entryPassword)
	if err != nil {
		return err
	}
	keyErr := unlock(ctx, subject.Store, subject.Entry, keys)
	if keyErr != nil && !errors.Is(keyErr, pkcs12x.ErrUnsupported) && !errors.Is(keyErr, keystore.ErrPassword) {
		return keyErr
	}
	results := append([]verify.Result{{
		Check: "alias", Outcome: verify.Pass,
		Text: fmt.Sprintf("%q is a private-key entry", subject.Entry.Alias),
	}}, verify.Entry(subject)...)
	if err := show(env, format, o.document(subject.Entry.Alias, results)); err != nil {
		return err
	}
	switch {
	case errors.Is(keyErr, keystore.ErrPassword):
		return keyError(subject.Store, subject.Entry, keys, keyErr)
	case verify.Failed(results):
		return errFound
	}
	return nil
}

// closedPart is the error of a store of which a part does not open. Where the
// integrity check has passed, that is no matter of the password.
func closedPart(st *keystore.Store) error {
	switch {
	case len(st.Locked) == 0:
		return nil
	case st.Verified && errors.Is(st.Locked[0], keystore.ErrPassword):
		return &Failure{
			Status: StatusPassword, Hint: "such a file has two passwords; give the other one to see what it opens",
			Err: fmt.Errorf("opening %s: the password passes the integrity check, but entries are encrypted under another one", st.Path),
		}
	case st.Verified:
		return fmt.Errorf("opening %s: the password is right, but a part of it does not open: %w", st.Path, st.Locked[0])
	default:
		return fmt.Errorf("opening %s: a part of it does not open: %w", st.Path, st.Locked[0])
	}
}

// entryPassword is the flag for the password that a key has of its own. The name
// --key-password is that of export, for the one that a key is to get.
const entryPassword = "entry-password"

// keyError explains why a key does not open. Where the store did, its password
// is right, and the key has another.
func keyError(st *keystore.Store, e *keystore.Entry, keys *keyring, err error) error {
	if !errors.Is(err, keystore.ErrPassword) || !st.Verified {
		return keys.explain(err)
	}
	return &Failure{
		Status: StatusPassword, Hint: "give the key's own password with --" + entryPassword,
		Err: fmt.Errorf("opening %s: its password is right, but the key %q has another one: %w", st.Path, e.Alias, err),
	}
}

// unlock opens the key of an entry, asking for a password if need be.
func unlock(ctx context.Context, s *keystore.Store, e *keystore.Entry, keys *keyring) error {
	if e.Key == nil || e.Key.PKCS8 != nil {
		return nil
	}
	if s.NoPassword {
		return s.UnlockKey(ctx, e, "")
	}
	pw, err := keys.again(ctx, "the key "+e.Alias)
	if err != nil {
		return err
	}
	return s.UnlockKey(ctx, e, pw)
}

// anchors are the certificates of the trust bundle: those a client would trust.
func (o verifyOptions) anchors(ctx context.Context, env *console.Env) ([]*keystore.Certificate, error) {
	passwords, err := o.trustPassword.keyring(env, false)
	if err != nil {
		return nil, err
	}
	st, err := openStore(ctx, env, o.trust, passwords, keystore.Options{Limits: o.limits.limits()})
	if err != nil {
		return nil, err
	}
	list := []*keystore.Certificate{}
	for _, e := range st.Entries {
		if st.IsAnchor(e) {
			list = append(list, e.Chain[0])
		}
	}
	if len(list) == 0 {
		return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("the trust bundle %s holds no certificate to trust", o.trust)}
	}
	return list, nil
}

// gone reports a check without which no other makes sense, and the error.
func (o verifyOptions) gone(env *console.Env, format report.Format, alias, id string, err error) error {
	d := diagnose(err)
	if d.Kind != "password" && d.Kind != "alias" && d.Kind != "entry-kind" {
		return err
	}
	results := []verify.Result{{Check: id, Outcome: verify.Fail, Text: short(err)}}
	if e := show(env, format, o.document(alias, results)); e != nil {
		return e
	}
	return err
}

// short is what the line of the check says; the error says the rest.
func short(err error) string {
	if e, ok := errors.AsType[*keystore.NoAliasError](err); ok {
		return fmt.Sprintf("there is no entry %q", e.Alias)
	}
	if e, ok := errors.AsType[*keystore.AmbiguousAliasError](err); ok {
		return fmt.Sprintf("there are %d entries to choose from", len(e.Have))
	}
	if errors.Is(err, keystore.ErrPassword) {
		return "the password is wrong"
	}
	return err.Error()
}

func (o verifyOptions) document(alias string, results []verify.Result) report.Document {
	v := verified{SchemaVersion: 1, Keystore: o.store, Alias: alias, OK: !verify.Failed(results), Checks: results}
	s := report.Section{Columns: []string{"Check", "Result", "Finding"}}
	words := map[verify.Outcome]string{verify.Pass: "ok", verify.Warning: "note", verify.Fail: "FAILED"}
	tones := map[verify.Outcome]report.Tone{verify.Pass: report.Good, verify.Warning: report.Warn, verify.Fail: report.Bad}
	for _, r := range results {
		s.Rows = append(s.Rows, report.Row{Cells: []string{r.Check, words[r.Outcome], r.Text}, Tone: tones[r.Outcome]})
	}
	return report.Document{Value: v, Sections: []report.Section{s}}
}
