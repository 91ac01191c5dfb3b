package cmd

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"muxkey/certgen"
	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// replacement is what an entry gets.
type replacement struct {
	key     *pkcs12x.Key // nil when it keeps its own
	chain   []*pkcs12x.Certificate
	remarks []string
}

// made has a new certificate made. In a dry run it stops before that.
func (o *renewOptions) made(ctx context.Context, env *console.Env, st *keystore.Store, e *keystore.Entry, passwords *keyring, issue issuer) (replacement, error) {
	cert := e.Chain[0].X509
	signer, err := o.signer(ctx, env, st, e, passwords)
	if err != nil {
		return replacement{}, err
	}
	bySelf := !o.ca.given() && !o.acme.given()
	content, remarks, err := contentFor(e, signer.Public(), bySelf)
	if err != nil {
		return replacement{}, fmt.Errorf("renewing %q in %s: %w", e.Alias, o.store, err)
	}
	if o.edit.dryRun {
		return replacement{remarks: remarks}, nil
	}
	wanted := order{key: signer, content: content, life: o.life(cert, env.Now()), standardDays: certgen.DefaultDays}
	if !isSelfSigned(e.Chain[0]) {
		wanted.replaces = cert
	}
	got, err := issue(ctx, env, wanted)
	if err != nil {
		err = fmt.Errorf("renewing %q in %s: %w", e.Alias, o.store, err)
		if _, ok := errors.AsType[*certgen.KeyError](err); ok && !o.rekey {
			err = &Failure{Status: StatusInput, Hint: "make a new one with --rekey --key " + certgen.DefaultKeyType, Err: err}
		}
		return replacement{}, err
	}
	fresh, err := newEntry(e.Alias, signer, env.Now(), got.chain...)
	if err != nil {
		return replacement{}, err
	}
	out := replacement{chain: fresh.Chain, remarks: append(remarks, got.remarks...)}
	if o.rekey {
		out.key = fresh.Key
	}
	return out, nil
}

// signer is the key that the new certificate is for: the old one, or with
// --rekey a new one, of the same type if that can be made.
func (o *renewOptions) signer(ctx context.Context, env *console.Env, st *keystore.Store, e *keystore.Entry, passwords *keyring) (crypto.Signer, error) {
	if !o.rekey {
		keys, err := passwords.orOwn(env, &o.entryPassword)
		if err != nil {
			return nil, err
		}
		if err := unlock(ctx, st, e, keys); err != nil {
			return nil, keyError(st, e, keys, err)
		}
		if key := e.Key.Signer(); key != nil {
			return key, nil
		}
		return nil, fmt.Errorf("renewing %q in %s: %w", e.Alias, o.store, cannotSign(e))
	}
	name := o.key
	if name == "" {
		old := certgen.KeyTypeOf(e.Chain[0].X509.PublicKey)
		for _, t := range certgen.KeyTypes() {
			if t.Label == old {
				name = t.Name
			}
		}
		if name == "" {
			return nil, &Failure{
				Status: StatusUsage, Hint: "choose another type: --key " + certgen.DefaultKeyType,
				Err: fmt.Errorf("renewing %q in %s: its key (%s) is of a type that is not made here", e.Alias, o.store, old),
			}
		}
	}
	key, err := certgen.GenerateKey(ctx, env.Rand, name)
	if errors.Is(err, certgen.ErrKeyType) {
		return nil, &Failure{Status: StatusUsage, Hint: didYouMean(name, keyTypeNames()), Err: fmt.Errorf("--key %q: %w", name, certgen.ErrKeyType)}
	}
	return key, err
}

// life is the lifetime that was asked for, else as long as that of the old
// certificate, and then not beyond the CA's.
func (o *renewOptions) life(old *x509.Certificate, now time.Time) lifetimeFlags {
	if o.days > 0 {
		return lifetimeFlags{days: o.days, asked: func() bool { return true }}
	}
	from, _, _ := certgen.Lifetime(now, certgen.DefaultDays) // the days are good
	return lifetimeFlags{
		notAfter: from.Add(old.NotAfter.Sub(old.NotBefore)).Format(time.RFC3339),
		asked:    func() bool { return false },
	}
}

// byCA has the CA of --ca issue, and stores its whole chain. A CA that is to be
// renewed must not be its own issuer: what came out would stand above itself.
func (o *renewOptions) byCA(e *keystore.Entry) issuer {
	return func(ctx context.Context, env *console.Env, w order) (answer, error) {
		ca, err := o.ca.open(ctx, env)
		if err != nil {
			return answer{}, err
		}
		if bytes.Equal(ca.Chain[0].RawSubjectPublicKeyInfo, e.Chain[0].RawSPKI) {
			hint := "name the keystore of " + certgen.FormatDN(e.Chain[0].RawIssuer) + " with --ca"
			if isSelfSigned(e.Chain[0]) {
				hint = "muxkey renew " + command.Quote(o.store)
			}
			return answer{}, &Failure{Status: StatusUsage, Hint: hint, Err: fmt.Errorf("--ca %s is the very CA that is to be renewed", o.ca.store)}
		}
		return issuerFlags{chain: "root"}.issuedBy(ca, false)(ctx, env, w)
	}
}

// contentFor is what the next certificate of an entry says. Signed by its own
// key it says the same again. Where a CA takes over, what made a server its own
// anchor stays behind: no CA would or should grant it.
func contentFor(e *keystore.Entry, pub crypto.PublicKey, bySelf bool) (certgen.Content, []string, error) {
	cert := e.Chain[0].X509
	c, bad := certgen.Renewal(cert)
	if len(bad) > 0 {
		return c, nil, errors.Join(bad...)
	}
	var remarks []string
	if len(c.Names) == 0 && len(c.OtherNames) == 0 && !c.CA {
		if names, err := certgen.ParseServerNames([]string{certgen.CommonName(cert.RawSubject)}); err == nil {
			c.Names = names
			remarks = append(remarks, "it had no subject alternative name, which clients insist on; the common name has become one")
		}
	}
	if !bySelf && c.CA && isSelfSigned(e.Chain[0]) && len(c.Names) > 0 {
		c = noCA(c)
	}
	if _, isRSA := pub.(*rsa.PublicKey); !isRSA {
		c.KeyUsage &^= x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment // RFC 8813 section 3
	}
	return c, remarks, nil
}

// taken is the entry of another keystore: one of the same alias, or its only
// key.
func (o *renewOptions) taken(ctx context.Context, env *console.Env, old *keystore.Entry, passwords *keyring) (replacement, error) {
	keys := passwords
	if o.sourcePassword.given() {
		var err error
		if keys, err = o.sourcePassword.keyring(env, false); err != nil {
			return replacement{}, err
		}
	}
	st, err := openStore(ctx, env, o.from, keys, keystore.Options{Limits: o.edit.limits.limits()})
	if err != nil {
		return replacement{}, err
	}
	if err := closedPart(st); err != nil {
		return replacement{}, err
	}
	e, err := st.PrivateKey(old.Alias)
	if err != nil {
		if e, err = st.PrivateKey(""); err != nil {
			return replacement{}, err
		}
	}
	if err := unlock(ctx, st, e, keys); err != nil {
		return replacement{}, keyError(st, e, keys, err)
	}
	if err := successor(old, e, env.Now()); err != nil {
		return replacement{}, &Failure{Status: StatusInput, Err: fmt.Errorf("taking %q from %s: %w", e.Alias, o.from, err)}
	}
	return replacement{key: e.Key, chain: e.Chain}, nil
}

// successor says why an entry cannot take the place of another.
func successor(old, e *keystore.Entry, now time.Time) error {
	if len(e.Chain) == 0 || e.Chain[0].X509 == nil {
		return errors.New("it has no certificate that can be read")
	}
	cert, before := e.Chain[0].X509, old.Chain[0].X509
	content, _ := certgen.Renewal(cert)
	wanted, _ := certgen.Renewal(before)
	var missing []string
	for _, kind := range []certgen.NameKind{certgen.DNS, certgen.IP, certgen.Email, certgen.URI} {
		have := strings.ToLower("\n" + strings.Join(content.Names.Values(kind), "\n") + "\n")
		for _, name := range wanted.Names.Values(kind) {
			if !strings.Contains(have, strings.ToLower("\n"+name+"\n")) {
				missing = append(missing, name)
			}
		}
	}
	switch {
	case bytes.Equal(cert.Raw, before.Raw):
		return errors.New("it is the certificate that is there already")
	case isSelfSigned(e.Chain[0]) && !isSelfSigned(old.Chain[0]):
		return errors.New("it is self-signed: the answer of the CA is not in it yet")
	case now.After(cert.NotAfter) || now.Before(cert.NotBefore):
		return fmt.Errorf("its certificate is valid from %s to %s", cert.NotBefore.Format(time.RFC3339), cert.NotAfter.Format(time.RFC3339))
	case len(missing) > 0:
		return fmt.Errorf("its certificate is not for %s, and the old one is", strings.Join(missing, ", "))
	}
	return nil
}

// install replaces the store. The entry must still be the one that was renewed.
func (o *renewOptions) install(ctx context.Context, env *console.Env, passwords *keyring, old *keystore.Entry, now replacement) (rewritten, error) {
	return o.edit.rewrite(ctx, env, passwords, o.store, false, func(st *keystore.Store, enc *keystore.Encoding) ([]change, error) {
		e, err := o.entry(st)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(e.Chain[0].Raw, old.Chain[0].Raw) {
			return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("renewing %q in %s: %w", e.Alias, o.store, errChanged)}
		}
		e.Chain, e.Created = now.chain, env.Now()
		if now.key != nil {
			e.Key = now.key
			if o.entryPassword.given() {
				if enc.KeyPasswords, err = o.ownPassword(ctx, env, e.Alias); err != nil {
					return nil, err
				}
			}
		}
		return nil, nil
	})
}

// ownPassword gives a new key the password that the old one had for itself.
func (o *renewOptions) ownPassword(ctx context.Context, env *console.Env, alias string) (map[string]string, error) {
	own, err := o.entryPassword.source()
	if err != nil {
		return nil, err
	}
	pw, err := own.Read(ctx, env, "password for the key "+alias)
	return map[string]string{alias: pw.Reveal()}, err
}
