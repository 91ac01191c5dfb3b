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
	"muxkey/trust/source"
)

// systemRoots are the roots that the system trusts; none where it keeps them out
// of files.
func systemRoots(ctx context.Context, env *console.Env) []*keystore.Certificate {
	place, _ := source.Places().Get("system")
	path, err := place.Find(env.LookupEnv)
	if err != nil {
		return nil
	}
	st, err := keystore.Open(ctx, path, keystore.Options{})
	if err != nil {
		return nil
	}
	var roots []*keystore.Certificate
	for _, e := range st.Entries {
		roots = append(roots, e.Chain...)
	}
	return roots
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
