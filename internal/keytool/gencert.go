package keytool

import (
	"bytes"
	"context"
	"crypto/x509/pkix"
	"strings"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/extension"
	certtext "muxkey/internal/keytool/text"
)

// genCert is -gencert: it answers a request with a certificate.
func genCert(ctx context.Context, t *tool) error {
	// A file is missed before anything else; stdin is read behind passwords.
	read := func() ([]byte, error) { return t.readAll(t.in) }
	if t.call.InFile != nil {
		data, err := t.readFile(*t.call.InFile)
		if err != nil {
			return err
		}
		read = func() ([]byte, error) { return data, nil }
	}
	if err := t.begin(ctx, t.call.OutFile); err != nil {
		return err
	}
	alias := t.alias()
	if !t.store.Contains(alias) {
		return noAlias(alias)
	}
	ca, err := t.authority(ctx, alias)
	if err != nil {
		return err
	}
	serial, err := t.serial()
	if err != nil {
		return err
	}
	data, err := read()
	if err != nil {
		return err
	}
	request, err := t.readRequest(requestIn(data))
	if err != nil {
		return err
	}
	t.warnSigned(labelRequest, request.SignatureName, request.Key, "")
	subject, err := t.subject(request.Subject)
	if err != nil {
		return err
	}
	extensions, err := t.granted(request, ca.cert)
	if err != nil {
		return err
	}
	signature, err := t.namedSignature(ca.sigAlg, ca.key.Public)
	if err != nil {
		return err
	}
	der, err := jca.Certificate{
		Serial: serial, Issuer: ca.cert.Subject, Subject: subject, NotBefore: ca.from, NotAfter: ca.to,
		SPKI: request.Key.SPKI, Extensions: extensions,
	}.Sign(t.env.Rand, ca.key, signature)
	if err != nil {
		return err
	}
	if err := t.answerRequest(ctx, alias, der); err != nil {
		return err
	}
	if own, err := t.certificate(der); err == nil {
		return t.warnCertificate(labelGeneratedCertificate, own)
	}
	// Java has not read what it has made: a certificate without a subject, say, goes
	// out, and is refused by whoever reads it.
	t.warnSigned(labelGeneratedCertificate, signature.Name, request.Key, "")
	return nil
}

// requestIn is the request in a file: what stands between the line that begins it
// and the one that ends it. Without them nothing does.
func requestIn(data []byte) []byte {
	const begin, end = "-----BEGIN", "-----END"
	var body strings.Builder
	inside := false
	for line := range strings.Lines(strings.ReplaceAll(string(data), "\r", "\n")) {
		line = strings.TrimSuffix(line, "\n")
		request := strings.Contains(line, "REQUEST")
		switch {
		case request && strings.HasPrefix(line, begin):
			inside = true
		case request && strings.HasPrefix(line, end):
			return []byte(begin + "\n" + body.String() + "\n" + end)
		case inside:
			body.WriteString(line)
		}
	}
	return []byte(begin + "\n" + body.String() + "\n" + end)
}

// granted are the extensions of the new certificate.
func (t *tool) granted(request *certtext.Request, issuer *certtext.Certificate) ([]pkix.Extension, error) {
	given := extension.Given{Request: request.Extensions != nil}
	var err error
	if given.Requested, err = pkixExtensions(request.Extensions); err != nil {
		return nil, err
	}
	if given.SubjectKeyID, err = subjectKeyID(request.Key); err != nil {
		return nil, err
	}
	if !bytes.Equal(request.Key.SPKI, issuer.Key.SPKI) {
		if given.AuthorityKeyID, err = keyIdentifier(issuer); err != nil {
			return nil, err
		}
	}
	return extension.Build(t.level, t.call.Ext, given)
}

// answerRequest puts out the new certificate with those above it, but for the
// self-signed one, and warns of what is weak in these.
func (t *tool) answerRequest(ctx context.Context, alias string, der []byte) error {
	e, _ := t.store.Entry(alias)
	chain, err := t.certificates(e)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	t.encode(&out, der)
	for _, c := range chain {
		if !selfSigned(c) {
			t.encode(&out, c.Raw)
		}
	}
	if err := t.put(ctx, t.call.OutFile, out.Bytes()); err != nil {
		return err
	}
	return t.warnChain(labelIssuer, chain)
}

// encode writes a certificate in DER, or in PEM with -rfc.
func (t *tool) encode(out *bytes.Buffer, der []byte) {
	if t.call.RFC {
		out.WriteString(t.printer().PEM("CERTIFICATE", der))
		return
	}
	out.Write(der)
}
