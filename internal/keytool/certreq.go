package keytool

import (
	"cmp"
	"context"
	"fmt"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/extension"
)

// certReq is -certreq.
func certReq(ctx context.Context, t *tool) error {
	if err := t.begin(ctx, t.call.File); err != nil {
		return err
	}
	alias := t.alias()
	key, _, err := t.privateKey(ctx, alias, t.call.KeyPass)
	if err != nil {
		return err
	}
	own, err := t.ownCertificate(alias)
	if err != nil {
		return err
	}
	if own == nil {
		return exception.New(exception.Plain, fmt.Sprintf("%s has no public key (certificate)", alias))
	}
	id, err := subjectKeyID(own.Key)
	if err != nil {
		return err
	}
	extensions, err := extension.Build(t.level, t.call.Ext, extension.Given{SubjectKeyID: id})
	if err != nil {
		return err
	}
	sigAlg, err := t.signatureName(key.Public)
	if err != nil {
		return err
	}
	signature, unsigned := t.namedSignature(sigAlg, key.Public)
	subject, unnamed := t.subject(own.Subject)
	if _, name := own.Names(); t.level.ReadName && t.call.DName == nil {
		subject, unnamed = encoded(name)
	}
	if t.level.SignatureFirst {
		err = cmp.Or(unsigned, unnamed)
	} else {
		err = cmp.Or(unnamed, unsigned)
	}
	if err != nil {
		return err
	}
	der, err := jca.Request{Subject: subject, SPKI: own.Key.SPKI, Extensions: extensions}.Sign(t.env.Rand, key, signature)
	if err != nil {
		return err
	}
	pem := t.printer().PEM("NEW CERTIFICATE REQUEST", der)
	if err := t.put(ctx, t.call.File, []byte(pem)); err != nil {
		return err
	}
	if t.call.Verbose && t.call.File != nil {
		fmt.Fprintf(t.err, "Certification request stored in file <%s>\nSubmit this to your CA\n", *t.call.File)
	}
	t.warnSigned(labelGeneratedRequest, signature.Name, own.Key, "")
	return nil
}

// subject is -dname in DER, or the name that counts without it.
func (t *tool) subject(otherwise []byte) ([]byte, error) {
	if t.call.DName == nil {
		return otherwise, nil
	}
	return encoded(*t.call.DName)
}

// encoded is a name in the form of -dname in DER.
func encoded(text string) ([]byte, error) {
	name, err := dname.Parse(text)
	if err != nil {
		return nil, err
	}
	return name.DER(), nil
}
