package keytool

import (
	"context"
	"fmt"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/extension"
	certtext "muxkey/internal/keytool/text"
)

// certReq is -certreq.
func certReq(ctx context.Context, t *tool) error {
	if err := t.begin(ctx, t.call.File); err != nil {
		return err
	}
	alias := t.alias()
	opened, _, err := t.key(ctx, alias, t.call.StorePass, t.call.KeyPass)
	if err != nil {
		return err
	}
	entry, _ := t.store.Entry(alias)
	if len(entry.Chain) == 0 {
		return exception.New(exception.Plain, fmt.Sprintf("%s has no public key (certificate)", alias))
	}
	cert := entry.Chain[0]
	key, err := signingKey(opened, cert)
	if err != nil {
		return err
	}
	request := jca.Request{Subject: cert.RawSubject}
	if request.Extensions, err = t.extensions(cert.RawSPKI, nil, extension.Given{}); err != nil {
		return err
	}
	s, err := t.signature(key.Public)
	if err != nil {
		return err
	}
	if request.Subject, err = t.subject(cert.RawSubject); err != nil {
		return err
	}
	der, err := request.Sign(t.env.Rand, key, s)
	if err != nil {
		return misfit(key.Public, err)
	}
	if err := t.put(ctx, t.call.File, []byte(t.printer().PEM("NEW CERTIFICATE REQUEST", der))); err != nil {
		return err
	}
	made, err := certtext.ParseRequest(der, t.level, func(*certtext.Request) error { return nil })
	if err != nil {
		return err
	}
	t.warnSigned(labelGeneratedRequest, made.SignatureName, made.Key, "")
	if t.call.Verbose && t.call.File != nil {
		fmt.Fprintf(t.err, "Certification request stored in file <%s>\nSubmit this to your CA\n", *t.call.File)
	}
	return nil
}

// subject is the name of -dname in DER, or another one.
func (t *tool) subject(other []byte) ([]byte, error) {
	if t.call.DName == nil {
		return other, nil
	}
	name, err := dname.Parse(*t.call.DName)
	if err != nil {
		return nil, err
	}
	return name.DER(), nil
}
