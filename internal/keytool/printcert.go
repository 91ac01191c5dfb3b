package keytool

import (
	"context"
	"errors"
	"fmt"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/oid"
	certtext "muxkey/internal/keytool/text"
)

// printCertificate is -printcert.
func printCertificate(ctx context.Context, t *tool) error {
	switch {
	case t.call.JarFile != nil:
		return t.printJar(ctx, *t.call.JarFile)
	case t.call.SSLServer != nil:
		return t.printServer(ctx, *t.call.SSLServer)
	}
	data, err := t.input(t.call.File)
	if err != nil {
		return err
	}
	chain, err := certtext.ReadCertificates(data, t.level)
	if err != nil {
		return exception.Wrap(exception.Plain, "Failed to parse input", err)
	}
	if len(chain) == 0 {
		return exception.New(exception.Plain, "Empty input")
	}
	for i, c := range chain {
		if len(chain) > 1 {
			fmt.Fprintf(t.out, "Certificate[%d]:\n", i+1)
		}
		if err := t.show(c); err != nil {
			return err
		}
		if i < len(chain)-1 {
			fmt.Fprintln(t.out)
		}
		if err := t.warnLink(oneOf(labelCertificate, i, len(chain)), chain, i, i == 0); err != nil {
			return err
		}
	}
	return nil
}

// input reads a file of the command line, or stdin where none is named.
func (t *tool) input(path *string) ([]byte, error) {
	if path == nil {
		return t.readAll(t.in)
	}
	return t.readFile(*path)
}

// printRequest is -printcertreq.
func printRequest(_ context.Context, t *tool) error {
	data, err := t.input(t.call.File)
	if err != nil {
		return err
	}
	r, err := t.readRequest(data)
	if err != nil {
		return err
	}
	fmt.Fprint(t.out, t.printer().Request(r))
	if t.call.Debug {
		fmt.Fprintln(t.out, t.printer().DebugRequest(r))
	}
	t.warnSigned(labelRequest, r.SignatureName, r.Key, "")
	return nil
}

// readRequest reads a request in PEM, and checks its signature.
func (t *tool) readRequest(data []byte) (*certtext.Request, error) {
	der, err := certtext.DecodeRequest(data)
	if err != nil {
		return nil, err
	}
	return t.verifiedRequest(der)
}

// verifiedRequest reads a request in DER, and checks its signature.
func (t *tool) verifiedRequest(der []byte) (*certtext.Request, error) {
	return certtext.ParseRequest(der, t.level, func(r *certtext.Request) error {
		name := r.SignatureName
		err := verify(r.Key, r.Algorithm, r.TBS, r.Signature)
		switch {
		case errors.Is(err, jca.ErrSignatureAlgorithm) || dotted(name) || !t.level.HasName(name) || !t.level.Signs(name):
			return exception.Wrap(exception.NoSuchAlgorithm, name+" Signature not available", err)
		case err == nil:
			return nil
		case errors.Is(err, jca.ErrSignature):
			return exception.Wrap(exception.Signature, "Invalid PKCS #10 signature", err)
		}
		return exception.Wrap(exception.Signature, "Invalid key", err)
	})
}

// dotted tells a name of Java's from an OID in its place.
func dotted(name string) bool {
	_, err := oid.Parse(name)
	return err == nil
}
