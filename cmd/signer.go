package cmd

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/chain"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/secret"
	"muxkey/internal/signer"
	"muxkey/keystore"
)

// signerFlags name a key that stays in its token or key service.
type signerFlags struct {
	flag string
	uri  string
	pin  *secret.Password // that was taken before: opening and making are two steps
	// open are the keys to close at the end. A pointer, as options are copied.
	open *[]*signer.Key
}

func (s *signerFlags) add(c *cobra.Command, flag, what string) {
	var forms []string
	for _, scheme := range signer.Schemes() {
		forms = append(forms, scheme.Name+":")
	}
	s.flag, s.open = flag, &[]*signer.Key{}
	c.Flags().StringVar(&s.uri, flag, "", "`URI` of "+what+", in a token or key service: "+strings.Join(forms, " or "))
	annotate(c, flag, takesURI)
	run := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		defer s.close()
		return run(c, args)
	}
}

// given tells whether a key is named.
func (s *signerFlags) given() bool { return s.uri != "" }

// close logs out, in the reverse order of opening as modules want it.
func (s *signerFlags) close() {
	for _, key := range slices.Backward(*s.open) {
		_ = key.Close() // what was signed is signed
	}
}

// key opens the key that there is.
func (s *signerFlags) key(ctx context.Context, env *console.Env) (*signer.Key, error) {
	return s.take(signer.Open(ctx, s.uri, signer.Options{PIN: s.askPIN(env)}))
}

// keyOrNew opens the key, and makes one where there is none of that name.
// asked is the type that the person named; empty when it does not matter.
func (s *signerFlags) keyOrNew(ctx context.Context, env *console.Env, keyType, asked string) (key *signer.Key, isNew bool, err error) {
	key, err = s.key(ctx, env)
	which, ok := errors.AsType[*signer.KeyError](err)
	several := ok && which.Several
	switch {
	case errors.Is(err, signer.ErrNoKey) && !several:
		key, err = s.take(signer.Create(ctx, s.uri, keyType, signer.Options{PIN: s.askPIN(env)}))
		return key, true, err
	case err != nil:
		return nil, false, err
	}
	for _, t := range certgen.KeyTypes() {
		if have := certgen.KeyTypeOf(key.Public()); t.Name == asked && t.Label != have {
			return nil, false, &Failure{
				StatusUsage, "name another key, or leave out --key",
				fmt.Errorf("--key %s: there is a key already, %s, and it is of the type %s", asked, key.URI, have),
			}
		}
	}
	return key, false, nil
}

func (s *signerFlags) take(key *signer.Key, err error) (*signer.Key, error) {
	if err != nil {
		return nil, fmt.Errorf("take the key of --%s: %w", s.flag, err)
	}
	*s.open = append(*s.open, key)
	return key, nil
}

// askPIN gets the PIN from where the URI says, else from a person. $MUXKEY_PASSWORD
// is that of keystores, and no token should lose a try to it.
func (s *signerFlags) askPIN(env *console.Env) func(context.Context, signer.PINRequest) (string, error) {
	return func(ctx context.Context, r signer.PINRequest) (string, error) {
		if s.pin != nil {
			return s.pin.Reveal(), nil
		}
		spec := cmp.Or(r.Source, "prompt")
		label := "PIN of the token " + report.Printable(r.Token)
		switch {
		case r.Last && spec != "prompt":
			return "", &Failure{
				StatusPassword, "take pin-source=prompt, and be sure of the PIN",
				fmt.Errorf("the PIN of the token %q was wrong before, and one more wrong one locks it: only a person may try now", r.Token),
			}
		case r.Last:
			label += " (the last try: one more wrong PIN locks it)"
		case r.Few:
			label += " (it was wrong before, and few tries are left)"
		}
		source, err := secret.Parse(spec)
		if err != nil {
			return "", err
		}
		pin, err := source.Read(ctx, env, label)
		if errors.Is(err, console.ErrNoTerminal) && r.Source == "" {
			return "", signer.ErrNoPIN
		}
		if err != nil {
			return "", err
		}
		s.pin = &pin
		return pin.Reveal(), nil
	}
}

// remarksOnSigner warn of a key that can leave its token.
func remarksOnSigner(key crypto.Signer) []string {
	if k, ok := key.(*signer.Key); ok && k.Exportable {
		return []string{"the token gives this key to everybody who has the PIN: it was not made to stay there"}
	}
	return nil
}

// openSigner is open for a CA whose key is not in the file: the certificates come
// from there, and must have one for the key among them.
func (f *caFlags) openSigner(ctx context.Context, env *console.Env, st *keystore.Store) (*certgen.CA, error) {
	ca := func(err error) error {
		return fmt.Errorf("issue with the key of --%s and %s: %w", f.signer.flag, f.store, err)
	}
	search := chain.Search{CA: true, Now: env.Now()}
	for _, e := range st.Entries {
		search.Pool = append(search.Pool, e.Chain...)
	}
	search.Reply = search.Pool
	if f.alias != "" {
		e, err := st.Find(f.alias)
		if err != nil {
			return nil, err
		}
		search.Reply = e.Chain
	}
	// What the certificates lack is said before a PIN is asked for.
	isCA := func(c *keystore.Certificate) bool { return c.X509 != nil && certgen.MayIssue(c.X509) == nil }
	if !slices.ContainsFunc(search.Reply, isCA) {
		return nil, ca(&certgen.NotCAError{Subject: f.store, Why: "there is no certificate of a CA in it"})
	}
	key, err := f.signer.key(ctx, env)
	if err != nil {
		return nil, err
	}
	if search.SPKI, err = x509.MarshalPKIXPublicKey(key.Public()); err != nil {
		return nil, ca(err)
	}
	if !slices.ContainsFunc(search.Reply, func(c *keystore.Certificate) bool { return bytes.Equal(c.RawSPKI, search.SPKI) }) {
		return nil, ca(fmt.Errorf("%w: none of the certificates is for %s", certgen.ErrKeyMismatch, key.URI))
	}
	found, err := search.Find()
	if _, incomplete := errors.AsType[*chain.MissingIssuerError](err); err != nil && !incomplete {
		return nil, ca(err)
	}
	out, err := certgen.NewCA(issuers(found.Chain), key)
	if err != nil {
		return nil, ca(err)
	}
	return out, nil
}
