package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"muxkey/internal/console"
	"muxkey/keystore"
)

// systemBundles are where systems keep the roots that they trust, as crypto/x509
// looks for them; its own pool cannot be listed.
var systemBundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Arch, Gentoo
	"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL 6
	"/etc/ssl/ca-bundle.pem",                            // openSUSE
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL 7
	"/etc/ssl/cert.pem",                                 // Alpine, macOS, the BSDs
	"/usr/local/etc/ssl/cert.pem",                       // FreeBSD
}

// systemRoots are the roots that the system trusts; none where it keeps them out
// of files.
func systemRoots(ctx context.Context, env *console.Env) []*keystore.Certificate {
	places := systemBundles
	if file, ok := env.LookupEnv("SSL_CERT_FILE"); ok && file != "" {
		places = []string{file}
	}
	for _, path := range places {
		st, err := keystore.Open(ctx, path, keystore.Options{})
		if err != nil {
			continue
		}
		var roots []*keystore.Certificate
		for _, e := range st.Entries {
			roots = append(roots, e.Chain...)
		}
		return roots
	}
	return nil
}

// The bounds of fetching an issuer.
const (
	fetchTimeout = 15 * time.Second
	maxIssuer    = 1 << 20 // octets
)

// fetchIssuers gets the certificates at the first of some addresses that has
// any. The connection need not be secret or safe: what comes is held to the
// signature of the certificate below it (RFC 5280 section 4.2.2.1).
func fetchIssuers(ctx context.Context, env *console.Env, addresses []string) ([]*keystore.Certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	proxy := proxyOf(env)
	client := &http.Client{Transport: &http.Transport{Proxy: func(r *http.Request) (*url.URL, error) { return proxy(r.URL) }}}
	var failed []error
	for _, address := range addresses {
		list, err := fetchCertificates(ctx, client, address)
		if err == nil {
			return list, nil
		}
		failed = append(failed, &Failure{Status: StatusNetwork, Err: fmt.Errorf("fetching the issuer from %s: %w", address, err)})
	}
	return nil, join(failed...)
}

func fetchCertificates(ctx context.Context, client *http.Client, address string) ([]*keystore.Certificate, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("it is no http address")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answers %s", answer.Status)
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxIssuer+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxIssuer {
		return nil, fmt.Errorf("it is more than %d octets", maxIssuer)
	}
	st, err := keystore.Decode(ctx, address, data, keystore.Options{})
	if err != nil {
		return nil, err
	}
	var list []*keystore.Certificate
	for _, e := range st.Entries {
		list = append(list, e.Chain...)
	}
	return list, nil
}
