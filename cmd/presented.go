package cmd

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"muxkey/certgen"
	"muxkey/internal/console"
	"muxkey/internal/dial"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/trust/path"
)

// endpointOf tells whether a word is the address of a server rather than a file.
func endpointOf(word string) (dial.Endpoint, bool) {
	if _, err := os.Lstat(word); !errors.Is(err, fs.ErrNotExist) {
		return dial.Endpoint{}, false
	}
	at, err := dial.ParseEndpoint(word)
	return at, err == nil
}

// presented are the certificates that a live server shows, or that the server of a
// keystore would show: its own first. The server at an address is asked for name,
// or where that is empty for its host.
func presented(ctx context.Context, env *console.Env, target, alias, name string, passwords *keyring, limits pkcs12x.Limits) ([]*pkcs12x.Certificate, error) {
	if at, ok := endpointOf(target); ok {
		return shownAt(ctx, at, name)
	}
	st, err := openStore(ctx, env, target, passwords, keystore.Options{Limits: limits})
	if err != nil {
		return nil, err
	}
	if err := closedPart(st); err != nil {
		return nil, err
	}
	list, err := sentFrom(st, alias)
	if err == nil && len(list) == 0 {
		err = &Failure{Status: StatusInput, Err: fmt.Errorf("%s: the entry has no certificate", target)}
	}
	return list, err
}

// sentFrom is the chain of the private key; of a file that has none, the
// certificates as they stand there.
func sentFrom(st *keystore.Store, alias string) ([]*pkcs12x.Certificate, error) {
	e, err := st.PrivateKey(alias)
	if err == nil {
		return e.Chain, nil
	}
	if _, none := errors.AsType[*keystore.KindError](err); !none {
		return nil, err
	}
	if alias != "" {
		if e, err = st.Find(alias); err != nil {
			return nil, err
		}
		return e.Chain, nil
	}
	if len(st.Sequence) > 0 {
		return st.Sequence, nil
	}
	if len(st.Entries) == 1 {
		return st.Entries[0].Chain, nil
	}
	return nil, err
}

func shownAt(ctx context.Context, at dial.Endpoint, name string) ([]*pkcs12x.Certificate, error) {
	name = cmp.Or(name, at.Host)
	if net.ParseIP(name) != nil {
		name = "" // RFC 6066 section 3 has no addresses
	}
	shown, err := dial.Certificates(ctx, at, name)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &Failure{Status: StatusNetwork, Err: err}
	}
	var list []*pkcs12x.Certificate
	for _, x := range shown {
		c, err := pkcs12x.ParseCertificate(x.Raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
		list = append(list, c)
	}
	return list, nil
}

// anyHost stands for the hosts that a wildcard covers.
const anyHost = "any-host"

// hostsOf are the names that clients can ask for a server by: all that its
// certificate has; where it has none, its common name, which shows who still looks
// at that.
func hostsOf(leaf *pkcs12x.Certificate) []string {
	if leaf.X509 == nil {
		return nil
	}
	var words []string
	for _, name := range leaf.X509.DNSNames {
		if below, ok := strings.CutPrefix(name, "*."); ok {
			name = anyHost + "." + below
		}
		words = append(words, name)
	}
	for _, ip := range leaf.X509.IPAddresses {
		words = append(words, ip.String())
	}
	if len(words) == 0 {
		words = []string{leaf.X509.Subject.CommonName}
	}
	var hosts []string
	for _, word := range words {
		if names, err := certgen.ParseServerNames([]string{word}); err == nil && !strings.Contains(word, "*") {
			hosts = append(hosts, names[0].Value)
		}
	}
	return hosts
}

// The bounds of asking an OCSP responder.
const (
	ocspTimeout = 10 * time.Second
	maxOCSP     = 1 << 20 // octets
)

// responder asks OCSP responders by HTTP (RFC 6960 appendix A.1). The connection
// need not be safe: the answer is signed.
func responder(env *console.Env) path.Responder {
	proxy := proxyOf(env)
	client := &http.Client{
		Timeout:   ocspTimeout,
		Transport: &http.Transport{Proxy: func(r *http.Request) (*url.URL, error) { return proxy(r.URL) }},
	}
	return func(ctx context.Context, address string, request []byte) ([]byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(request))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/ocsp-request")
		req.Header.Set("User-Agent", userAgent())
		answer, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		defer func() { _ = answer.Body.Close() }() // it was only read
		if answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s answers %s", address, answer.Status)
		}
		data, err := io.ReadAll(io.LimitReader(answer.Body, maxOCSP+1))
		if err == nil && len(data) > maxOCSP {
			err = fmt.Errorf("%s answers with more than %d octets", address, maxOCSP)
		}
		return data, err
	}
}
