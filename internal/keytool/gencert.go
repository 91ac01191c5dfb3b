package keytool

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"strings"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/extension"
	"muxkey/internal/keytool/store"
	certtext "muxkey/internal/keytool/text"
)

// authority is an entry whose key signs.
type authority struct {
	entry *store.Entry
	key   *jca.PrivateKey
}

// authority opens the key of an entry that is to sign.
func (t *tool) authority(ctx context.Context, alias string, keyPass *string) (authority, error) {
	entry, ok := t.store.Entry(alias)
	if !ok {
		return authority{}, noAlias(alias)
	}
	opened, _, err := t.key(ctx, alias, t.call.StorePass, keyPass)
	if err != nil {
		return authority{}, err
	}
	if len(entry.Chain) == 0 {
		return authority{}, exception.New(exception.NullPointer, "")
	}
	key, err := signingKey(opened, entry.Chain[0])
	return authority{entry: entry, key: key}, err
}

// genCert is -gencert: a request becomes a certificate.
func genCert(ctx context.Context, t *tool) error {
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
	from, until, err := t.dates()
	if err != nil {
		return err
	}
	ca, err := t.authority(ctx, t.alias(), t.call.KeyPass)
	if err != nil {
		return err
	}
	s, err := t.signature(ca.key.Public)
	if err != nil {
		return err
	}
	request, err := t.readInRequest(read)
	if err != nil {
		return err
	}
	t.warnSigned(labelRequest, request.SignatureName, request.Key, "")

	issuer := ca.entry.Chain[0]
	made := jca.Certificate{Issuer: issuer.RawSubject, SPKI: request.Key.SPKI, NotBefore: from, NotAfter: until}
	if made.Serial, err = t.serial(); err != nil {
		return err
	}
	if made.Subject, err = t.subject(request.Subject); err != nil {
		return err
	}
	id, err := issuerKeyID(issuer, made.SPKI)
	if err != nil {
		return exception.Wrap(exception.InvalidKey, err.Error(), err)
	}
	requested, err := requestedExtensions(request)
	if err != nil {
		return err
	}
	if made.Extensions, err = t.extensions(made.SPKI, id, extension.Given{Request: true, Requested: requested}); err != nil {
		return err
	}
	cert, err := t.issue(made, ca.key, s)
	if err != nil {
		return err
	}
	chain, err := t.certificates(ca.entry)
	if err != nil {
		return err
	}
	if err := t.putChain(ctx, cert.Raw, chain); err != nil {
		return err
	}
	if err := t.warnChain(labelIssuer, chain); err != nil {
		return err
	}
	issued, err := t.certificate(cert.Raw)
	if err != nil {
		return err
	}
	return t.warnCertificate(labelGeneratedCertificate, issued)
}

// readInRequest reads a request: what stands between two lines that speak of a
// REQUEST.
func (t *tool) readInRequest(read func() ([]byte, error)) (*certtext.Request, error) {
	data, err := read()
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	inside := false
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, maxFile+1)
	for lines.Scan() {
		line := lines.Text()
		marker := strings.Contains(line, "REQUEST")
		switch {
		case marker && strings.HasPrefix(line, "-----BEGIN"):
			inside = true
			continue
		case marker && strings.HasPrefix(line, "-----END"):
			return t.decodedRequest(text.String())
		case inside:
			text.WriteString(line)
		}
	}
	return t.decodedRequest(text.String())
}

// decodedRequest reads a request in base64, in which line ends and other characters
// do not count, as for Java's MIME decoder.
func (t *tool) decodedRequest(text string) (*certtext.Request, error) {
	text = strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '+' || r == '/' {
			return r
		}
		return -1
	}, text)
	der, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, exception.Wrap(exception.IO, "Input byte array has wrong 4-byte ending unit", err)
	}
	return t.verifiedRequest(der)
}

// requestedExtensions are those that a request asks for.
func requestedExtensions(r *certtext.Request) ([]pkix.Extension, error) {
	var list []pkix.Extension
	for _, e := range r.Extensions {
		id, err := objectIdentifier(e.OID)
		if err != nil {
			return nil, err
		}
		list = append(list, pkix.Extension{Id: id, Critical: e.Critical, Value: e.Value})
	}
	return list, nil
}

func objectIdentifier(dotted string) (asn1.ObjectIdentifier, error) {
	var id asn1.ObjectIdentifier
	for part := range strings.SplitSeq(dotted, ".") {
		n := 0
		if _, err := fmt.Sscan(part, &n); err != nil {
			return nil, exception.Wrap(exception.IO, "ObjectIdentifier() -- Invalid OID: "+dotted, err)
		}
		id = append(id, n)
	}
	return id, nil
}

// putChain writes a new certificate and behind it those above it, without roots: as
// PEM with -rfc, else one behind the other in DER.
func (t *tool) putChain(ctx context.Context, der []byte, above []*certtext.Certificate) error {
	list := [][]byte{der}
	for _, c := range above {
		if !selfSigned(c) {
			list = append(list, c.Raw)
		}
	}
	var out bytes.Buffer
	for _, raw := range list {
		if t.call.RFC {
			raw = []byte(t.printer().PEM("CERTIFICATE", raw))
		}
		out.Write(raw)
	}
	return t.put(ctx, t.call.OutFile, out.Bytes())
}
