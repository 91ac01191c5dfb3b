package keytool

import (
	"context"
	"fmt"

	"muxkey/internal/keytool/exception"
)

// warnUnverified says of a keystore that it was read without its password.
func (t *tool) warnUnverified() {
	if t.call.StorePass == nil && !t.call.Protected && !t.passwordless {
		fmt.Fprint(t.err, noIntegrity)
	}
}

// exportCert is -exportcert.
func exportCert(ctx context.Context, t *tool) error {
	if err := t.begin(ctx, t.call.File); err != nil {
		return err
	}
	t.warnUnverified()
	alias := t.alias()
	entry, ok := t.store.Entry(alias)
	switch {
	case !ok:
		return noAlias(alias)
	case len(entry.Chain) == 0:
		return exception.New(exception.Plain, fmt.Sprintf("Alias <%s> has no certificate", alias))
	}
	cert, err := t.certificate(entry.Chain[0].Raw)
	if err != nil {
		return err
	}
	if err := t.putOut(ctx, t.call.File, "CERTIFICATE", cert.Raw); err != nil {
		return err
	}
	if err := t.warnCertificate(labelCertificate, cert); err != nil {
		return err
	}
	if t.call.File != nil {
		fmt.Fprintf(t.err, "Certificate stored in file <%s>\n", *t.call.File)
	}
	return nil
}

// putOut writes what is made to a file or, without one, to stdout: as PEM with
// -rfc, else in DER.
func (t *tool) putOut(ctx context.Context, file *string, label string, der []byte) error {
	if t.call.RFC {
		der = []byte(t.printer().PEM(label, der))
	}
	return t.put(ctx, file, der)
}
