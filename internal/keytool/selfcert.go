package keytool

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/extension"
	certtext "muxkey/internal/keytool/text"
	"muxkey/pkcs12x"
)

// selfCert is -selfcert: the key of an entry gets a new certificate that it signs
// itself.
func selfCert(ctx context.Context, t *tool) error {
	alias := t.alias()
	key, password, err := t.privateKey(ctx, alias, t.call.KeyPass)
	if err != nil {
		return err
	}
	name, err := t.signatureName(key.Public)
	if err != nil {
		return err
	}
	old, err := t.ownCertificate(alias)
	if err != nil {
		return err
	}
	if old == nil {
		return exception.New(exception.Plain, fmt.Sprintf("%s has no public key", alias))
	}
	from, to, err := t.dates(exception.Plain)
	if err != nil {
		return err
	}
	serial, err := t.serial()
	if err != nil {
		return err
	}
	subject, err := t.subject(old.Subject)
	if err != nil {
		return err
	}
	given := extension.Given{}
	if given.SubjectKeyID, err = subjectKeyID(old.Key); err != nil {
		return err
	}
	if given.Existing, err = pkixExtensions(old.Extensions); err != nil {
		return err
	}
	extensions, err := extension.Build(t.level, t.call.Ext, given)
	if err != nil {
		return err
	}
	signature, err := t.namedSignature(name, key.Public)
	if err != nil {
		return err
	}
	der, err := jca.Certificate{
		Serial: serial, Issuer: subject, Subject: subject, NotBefore: from, NotAfter: to,
		SPKI: old.Key.SPKI, Extensions: extensions,
	}.Sign(t.env.Rand, key, signature)
	if err != nil {
		return err
	}
	own, err := pkcs12x.ParseOutline(der)
	if err != nil {
		return exception.Wrap(exception.Certificate, err.Error(), err)
	}
	if err := t.store.SetKey(ctx, alias, entryOf(key), password, []*pkcs12x.Certificate{own}); err != nil {
		return err
	}
	if t.call.Verbose {
		read, err := t.certificate(der)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.err, "New certificate (self-signed):\n%s\n", t.made(read))
	}
	return t.save(ctx)
}

// made is a certificate as Java's debugging prints one that it has not read, but made:
// the extensions are in the order in which they are written, and a path without a
// limit has another word.
func (t *tool) made(c *certtext.Certificate) string {
	if !t.level.NamedExtensions {
		slices.SortStableFunc(c.Extensions, func(a, b certtext.Extension) int { return strings.Compare(a.OID, b.OID) })
	}
	return strings.Replace(t.printer().Debug(c), "PathLen: no limit", "PathLen: undefined", 1)
}
