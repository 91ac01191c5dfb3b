package keytool

import (
	"context"
	"fmt"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/extension"
	"muxkey/pkcs12x"
)

// selfCert is -selfcert, which is not in the help: a new self-signed certificate
// for the key of an entry, in place of its chain.
func selfCert(ctx context.Context, t *tool) error {
	alias := t.alias()
	opened, password, err := t.key(ctx, alias, t.call.StorePass, t.call.KeyPass)
	if err != nil {
		return err
	}
	entry, _ := t.store.Entry(alias)
	if len(entry.Chain) == 0 {
		return exception.New(exception.Plain, alias+" has no public key")
	}
	old := entry.Chain[0]
	key, err := signingKey(opened, old)
	if err != nil {
		return err
	}
	s, err := t.signature(key.Public)
	if err != nil {
		return err
	}
	made := jca.Certificate{SPKI: old.RawSPKI}
	if made.NotBefore, made.NotAfter, err = t.dates(); err != nil {
		return err
	}
	if made.Serial, err = t.serial(); err != nil {
		return err
	}
	if made.Subject, err = t.subject(old.RawSubject); err != nil {
		return err
	}
	made.Issuer = made.Subject
	if made.Extensions, err = t.extensions(old.RawSPKI, nil, extension.Given{Existing: old.Extensions}); err != nil {
		return err
	}
	cert, err := t.issue(made, key, s)
	if err != nil {
		return err
	}
	if err := t.store.SetKey(ctx, alias, opened, text(password, ""), []*pkcs12x.Certificate{cert}); err != nil {
		return err
	}
	if t.call.Verbose {
		// Java prints it in the form of its debugging here, with the bare numbers of
		// the key and the signature; this is the form of the other commands.
		read, err := t.certificate(cert.Raw)
		if err != nil {
			return err
		}
		shown, err := t.printer().Certificate(read, false)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.err, "New certificate (self-signed):\n%s\n", shown)
	}
	return t.save(ctx)
}

// issue signs a certificate.
func (t *tool) issue(c jca.Certificate, key *jca.PrivateKey, s jca.Signature) (*pkcs12x.Certificate, error) {
	der, err := c.Sign(t.env.Rand, key, s)
	if err != nil {
		return nil, misfit(key.Public, err)
	}
	return pkcs12x.ParseOutline(der)
}
