package keytool

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/store"
	certtext "muxkey/internal/keytool/text"
)

// printCRL is -printcrl.
func printCRL(ctx context.Context, t *tool) error {
	data, err := t.crlData(ctx)
	if err != nil {
		return err
	}
	lists, err := certtext.ReadCRLs(data, t.level)
	if err != nil {
		return err
	}
	for _, c := range lists {
		if t.call.RFC {
			fmt.Fprint(t.out, t.printer().PEM("X509 CRL", c.Raw))
		} else {
			fmt.Fprintln(t.out, t.printer().CRL(c))
		}
		if err := t.verifyCRL(c); err != nil {
			return err
		}
	}
	return nil
}

// verifyCRL says by which certificate a list is signed, and warns of what is weak
// in it.
func (t *tool) verifyCRL(c *certtext.CRL) error {
	where := "cacerts"
	alias, signer, err := t.crlSigner(t.ca, c)
	if err == nil && signer == nil {
		where = "keystore"
		alias, signer, err = t.crlSigner(t.store, c)
	}
	if err != nil {
		return err
	}
	if signer == nil {
		specify := " or specify -trustcacerts"
		if t.call.TrustCACerts || t.level.KeystoreAlone {
			specify = ""
		}
		fmt.Fprint(t.out, stars+"WARNING: not verified. Make sure -keystore is correct"+specify+".\n"+stars+"\n\n")
		t.judgeSignature(labelCRL, c.SignatureName, certtext.Context{})
		return nil
	}
	usage, err := certtext.UsageOf(signer, t.level)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Verified by %s in %s with a %s\n", alias, where, t.printer().Key(signer.Key, certtext.Context{Usage: usage}))
	t.warnSigned(labelCRL, c.SignatureName, signer.Key, usage)
	return nil
}

// crlSigner finds the certificate of a store that a list is signed by.
func (t *tool) crlSigner(s *store.Store, c *certtext.CRL) (alias string, signer *certtext.Certificate, err error) {
	if s == nil {
		return "", nil, nil
	}
	for _, alias := range s.Aliases() {
		e, ok := s.Entry(alias)
		if !ok || len(e.Chain) == 0 || !dname.Same(e.Chain[0].RawSubject, c.Issuer) {
			continue
		}
		signer, err := t.certificate(e.Chain[0].Raw)
		if err != nil {
			return "", nil, err
		}
		if verify(signer.Key, c.Algorithm, c.TBS, c.Signature) == nil {
			return alias, signer, nil
		}
	}
	return "", nil, nil
}

// crlData reads what -file names: a URL, a file, or stdin.
func (t *tool) crlData(ctx context.Context) ([]byte, error) {
	if t.call.File == nil {
		return t.input(nil)
	}
	name := *t.call.File
	u, err := url.Parse(name)
	if err != nil || u.Scheme == "" {
		return t.readFile(name)
	}
	data, err := t.fetch(ctx, u)
	if err == nil {
		return data, nil
	}
	if data, fileErr := t.readFile(name); fileErr == nil {
		return data, nil
	}
	return nil, err
}

// fetch reads a URL. The schemes are those that need no other library in Java but
// for ldap, which nothing here speaks.
func (t *tool) fetch(ctx context.Context, u *url.URL) ([]byte, error) {
	switch strings.ToLower(u.Scheme) {
	case "file":
		return t.readFile(u.Path)
	case "http", "https":
	case "ldap":
		return nil, exception.New(exception.NoSuchAlgorithm, "LDAP CertStore not available")
	default:
		return nil, exception.New(exception.MalformedURL, "unknown protocol: "+u.Scheme)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, exception.Wrap(exception.MalformedURL, err.Error(), err)
	}
	answer, err := (&http.Client{Timeout: serverTimeout, Transport: &http.Transport{Proxy: t.httpProxy}}).Do(request)
	if err != nil {
		return nil, networkException(u, err)
	}
	defer func() { _ = answer.Body.Close() }()
	switch {
	case answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusGone:
		return nil, exception.New(exception.FileNotFound, u.String())
	case answer.StatusCode >= http.StatusBadRequest:
		return nil, exception.New(exception.IO, fmt.Sprintf("Server returned HTTP response code: %d for URL: %s", answer.StatusCode, u))
	}
	return t.readAll(io.Reader(answer.Body))
}
