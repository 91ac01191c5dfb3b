package cmd

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/internal/console"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// caFlags name the CA that issues: a private-key entry with a CA's certificate,
// in a keystore or a PEM file; or certificates there, and a key in a token.
type caFlags struct {
	store         string
	alias         string
	password      passwordFlag
	entryPassword passwordFlag
	signer        signerFlags
	limits        pkcs12x.Limits // of a command that has flags for them; zero is the standard
}

const caEntryPassword = "ca-entry-password"

func (f *caFlags) add(c *cobra.Command) { f.addWith(c, "signer") }

// addWith takes the name of the flag for a key in a token.
func (f *caFlags) addWith(c *cobra.Command, signer string) {
	c.Flags().StringVar(&f.store, "ca", "", "the CA that issues: keystore or PEM file `STORE` with its key and certificate")
	c.Flags().StringVar(&f.alias, "ca-alias", "", "`NAME` of the CA's entry (may be left out when there is only one)")
	f.password.addAs(c, "ca-password", "the password of the CA's keystore")
	f.entryPassword.addAs(c, caEntryPassword, "the password of the CA's key, where it has another than its keystore")
	f.signer.add(c, signer, "the CA's key, of which --ca has the certificate")
	exclusive(c, signer, caEntryPassword)
}

// given tells whether a CA is named.
func (f *caFlags) given() bool { return f.store != "" }

// check refuses flags about a CA where none is named.
func (f *caFlags) check() error {
	switch {
	case f.given():
		return nil
	case f.alias != "":
		return wrongUsage(errors.New("--ca-alias is about the CA of --ca, and there is none"))
	case f.signer.given():
		return wrongUsage(fmt.Errorf("--%s is the key of the CA whose certificate --ca names, and there is none", f.signer.flag))
	case f.password.given(), f.entryPassword.given():
		return wrongUsage(errors.New("--ca-password is about the CA of --ca, and there is none"))
	}
	return nil
}

// open reads the CA and opens its key.
func (f *caFlags) open(ctx context.Context, env *console.Env) (*certgen.CA, error) {
	if f.limits == (pkcs12x.Limits{}) {
		f.limits = pkcs12x.DefaultLimits()
	}
	passwords, err := f.password.keyring(env, false)
	if err != nil {
		return nil, err
	}
	st, err := openStore(ctx, env, f.store, passwords, keystore.Options{Limits: f.limits})
	if err != nil {
		return nil, err
	}
	if f.signer.given() {
		return f.openSigner(ctx, env, st)
	}
	e, err := f.entry(st)
	if _, ok := errors.AsType[*keystore.KindError](err); ok {
		err = &Failure{Status: StatusAlias, Hint: "name the keystore with the CA's key, or the key in a token with --" + f.signer.flag, Err: err}
	}
	if err != nil {
		return nil, err
	}
	ca := func(err error) error { return fmt.Errorf("issue with %q in %s: %w", e.Alias, f.store, err) }
	// What the certificate lacks is said before a password is asked for.
	chain := issuers(e.Chain)
	if len(chain) == 0 {
		return nil, ca(errNoCertificate(e))
	}
	if err := certgen.MayIssue(chain[0]); err != nil {
		return nil, ca(err)
	}
	keys, err := passwords.orOwn(env, &f.entryPassword)
	if err != nil {
		return nil, err
	}
	if err := unlock(ctx, st, e, keys); err != nil {
		err = keyError(st, e, keys, err)
		if x, ok := errors.AsType[*Failure](err); ok && errors.Is(err, keystore.ErrPassword) && st.Verified {
			x.Hint = "give the key's own password with --" + caEntryPassword
		}
		return nil, err
	}
	key := e.Key.Signer()
	if key == nil {
		return nil, ca(cannotSign(e))
	}
	out, err := certgen.NewCA(chain, key)
	if err != nil {
		return nil, ca(err)
	}
	return out, nil
}

// entry is the one of --ca-alias, else the only private-key entry with a CA's
// certificate, else the only one.
func (f *caFlags) entry(st *keystore.Store) (*keystore.Entry, error) {
	if f.alias != "" {
		return st.PrivateKey(f.alias)
	}
	var cas []*keystore.Entry
	var names []string
	for _, e := range st.Entries {
		if e.Kind == pkcs12x.PrivateKey && len(e.Chain) > 0 && e.Chain[0].X509 != nil && certgen.MayIssue(e.Chain[0].X509) == nil {
			cas, names = append(cas, e), append(names, e.Alias)
		}
	}
	if len(cas) == 1 {
		return cas[0], nil
	}
	e, err := st.PrivateKey("")
	if many, ok := errors.AsType[*keystore.AmbiguousAliasError](err); ok {
		if len(cas) == 0 {
			return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("looking for a CA in %s: it has %d private keys, and none with a CA's certificate", f.store, len(many.Have))}
		}
		many.Want, many.Have = "the CA", names
		return nil, &Failure{Status: StatusAlias, Hint: "choose one with --ca-alias", Err: many}
	}
	return e, err
}

// issuers are the certificates of a chain as long as each is the issuer of the
// one before: keystores of Java hold whatever somebody put there.
func issuers(chain []*keystore.Certificate) []*x509.Certificate {
	var out []*x509.Certificate
	for i, c := range chain {
		if c.X509 == nil || i > 0 && !bytes.Equal(chain[i-1].RawIssuer, c.RawSubject) {
			break
		}
		out = append(out, c.X509)
	}
	return out
}

func errNoCertificate(e *keystore.Entry) error {
	if len(e.Chain) > 0 {
		return fmt.Errorf("%w: its certificate: %w", pkcs12x.ErrUnsupported, e.Chain[0].Err)
	}
	return &certgen.NotCAError{Subject: fmt.Sprintf("the key %q", e.Alias), Why: "it has no certificate"}
}

// spare refuses to write over the CA, also with --force.
func (f *caFlags) spare(flag, path string) error {
	if !f.given() || path == "" || !sameFile(path, f.store) {
		return nil
	}
	return wrongUsage(fmt.Errorf("%s and --ca are the same file, %s", flag, path))
}
