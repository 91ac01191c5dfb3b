// Package pebble runs Pebble, the ACME server that the makers of Let's Encrypt
// test clients with, beside a DNS server that tests can fill. It is for tests
// alone.
//
// Both programs come from the module proxy at the version that tools/go.mod
// pins; "make tools" builds them.
package pebble

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	server = "pebble"
	dns    = "pebble-challtestsrv"
)

// Missing says which program is not there, and is empty when both are.
func Missing() string {
	for _, name := range []string{server, dns} {
		if _, err := find(name); err != nil {
			return name + " is not installed (make tools builds it)"
		}
	}
	return ""
}

// find looks where make puts it, in .cache/tools of the repository, and on the
// path.
func find(name string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	if path, err := exec.LookPath(filepath.Join(dir, ".cache", "tools", name)); err == nil {
		return path, nil
	}
	return exec.LookPath(name)
}

// Options say how the server differs from the usual.
type Options struct {
	// EAB makes accounts need an external account binding, with Server.EABKeyID
	// and Server.EABKey.
	EAB bool
	// Blocked are domains that it does not issue for.
	Blocked []string
	// Profiles are its profiles, with the lifetime of the certificates; nil for
	// one named "default".
	Profiles map[string]time.Duration
	// Alternates is how many chains it has besides the first.
	Alternates int
}

// Server is a running pair of both. Every name leads to 127.0.0.1. A twentieth
// of the requests are refused with a bad nonce, as servers may.
type Server struct {
	Directory string // the address of the directory
	CA        string // the file with the CA of the server's own certificate
	Root      string // the file with the root of what it issues
	// HTTP and TLS are where it looks for http-01 and tls-alpn-01 in place of
	// ports 80 and 443 of any name: "127.0.0.1:PORT".
	HTTP, TLS string
	// DNS is where records are set; see Hook.
	DNS string
	// EABKeyID and EABKey are those of a customer.
	EABKeyID, EABKey string

	stop func() error
}

// Start runs the programs with dir for their files, and returns when they
// answer. They end with Stop, or with the context.
func Start(ctx context.Context, dir string, opts Options) (*Server, error) {
	// Between finding a port and using it, somebody else may take it.
	const tries = 3
	var errs []error
	for range tries {
		s, err := start(ctx, dir, opts)
		if err == nil {
			return s, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// Stop ends the programs.
func (s *Server) Stop() error { return s.stop() }

func start(ctx context.Context, dir string, opts Options) (*Server, error) {
	at, err := addresses(6)
	if err != nil {
		return nil, err
	}
	listen, management, resolver := at[0], at[1], at[2]
	s := &Server{
		Directory: "https://" + listen + "/dir",
		CA:        filepath.Join(dir, "acme-ca.pem"),
		Root:      filepath.Join(dir, "acme-root.pem"),
		HTTP:      at[3], TLS: at[4], DNS: "http://" + at[5],
		EABKeyID: "customer-1",
		EABKey:   "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W",
	}
	key := filepath.Join(dir, "acme-server.key")
	pool, err := certify(s.CA, key)
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "pebble.json")
	if err := configure(config, s, listen, management, key, opts); err != nil {
		return nil, err
	}

	ctx, cancel := context.WithCancel(ctx)
	log := filepath.Join(dir, "pebble.log")
	var waits []func() error
	s.stop = func() error {
		cancel()
		var errs []error
		for _, wait := range waits {
			errs = append(errs, wait())
		}
		return errors.Join(errs...)
	}
	for _, argv := range [][]string{
		{
			dns, "-dnsserver", resolver, "-management", at[5], "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "",
			"-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "",
		},
		{server, "-config", config, "-dnsserver", resolver},
	} {
		wait, err := run(ctx, argv, log, fmt.Sprintf("PEBBLE_ALTERNATE_ROOTS=%d", opts.Alternates))
		if err != nil {
			return nil, errors.Join(err, s.stop())
		}
		waits = append(waits, wait)
	}
	if err := s.ready(ctx, "https://"+management+"/roots/0", pool); err != nil {
		said, _ := os.ReadFile(log)
		return nil, errors.Join(fmt.Errorf("pebble does not answer: %w\n%s", err, said), s.stop())
	}
	return s, nil
}

// addresses finds n free ports.
func addresses(n int) ([]string, error) {
	var all []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }() // after all are found, so that they differ
		all = append(all, l.Addr().String())
	}
	return all, nil
}

// certify makes the certificate of the server, which is its own CA. It is valid
// for long, so that a test's clock may stand anywhere.
func certify(certificate, key string) (*x509.CertPool, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), nil)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "pebble"},
		NotBefore:    time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2199, time.January, 1, 0, 0, 0, 0, time.UTC),
		DNSNames:     []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(nil, template, template, private.Public(), private)
	if err != nil {
		return nil, err
	}
	privateDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(certificate, text, 0o600); err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: privateDER}), 0o600)
}

func configure(path string, s *Server, listen, management, key string, opts Options) error {
	type profile struct {
		Description    string `json:"description"`
		ValidityPeriod int    `json:"validityPeriod"` // seconds
	}
	profiles := map[string]profile{}
	for name, lifetime := range opts.Profiles {
		profiles[name] = profile{"for tests", int(lifetime.Seconds())}
	}
	port := func(address string) int {
		a, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			return 0
		}
		return a.Port
	}
	text, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": listen, "managementListenAddress": management,
		"certificate": s.CA, "privateKey": key,
		"httpPort": port(s.HTTP), "tlsPort": port(s.TLS),
		"externalAccountBindingRequired": opts.EAB,
		"externalAccountMACKeys":         map[string]string{s.EABKeyID: s.EABKey},
		"domainBlocklist":                opts.Blocked,
		"keyAlgorithm":                   "ecdsa",
		"profiles":                       profiles,
	}})
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

// run starts a program, whose words go to the log.
func run(ctx context.Context, argv []string, log string, env ...string) (wait func() error, err error) {
	path, err := find(argv[0])
	if err != nil {
		return nil, err
	}
	said, err := os.OpenFile(log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	c := exec.CommandContext(ctx, path, argv[1:]...)
	c.Stdout, c.Stderr = said, said
	c.Env = append(c.Environ(), "PEBBLE_VA_NOSLEEP=1")
	c.Env = append(c.Env, env...)
	if err := c.Start(); err != nil {
		return nil, errors.Join(err, said.Close())
	}
	return func() error {
		err := c.Wait()
		if errors.Is(err, context.Canceled) || ctx.Err() != nil {
			err = nil // it was told to end
		}
		return errors.Join(err, said.Close())
	}, nil
}

// ready waits for both to answer, and keeps the root.
func (s *Server) ready(ctx context.Context, roots string, pool *x509.CertPool) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for {
		root, err := fetch(ctx, client, http.MethodGet, roots, nil)
		if err == nil {
			_, err = fetch(ctx, client, http.MethodGet, s.Directory, nil)
		}
		if err == nil {
			err = s.set(ctx, client, "clear-txt", map[string]string{"host": "ready."})
		}
		if err == nil {
			return os.WriteFile(s.Root, root, 0o600)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *Server) set(ctx context.Context, client *http.Client, what string, record map[string]string) error {
	text, err := json.Marshal(record)
	if err != nil {
		return err
	}
	_, err = fetch(ctx, client, http.MethodPost, s.DNS+"/"+what, text)
	return err
}

func fetch(ctx context.Context, client *http.Client, method, url string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, resp.Status)
	}
	return text, err
}

// Hook does what a command for dns-01 does: "present NAME VALUE" or "cleanup
// NAME VALUE" at the DNS server at the address.
func Hook(ctx context.Context, address string, args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: present|cleanup NAME VALUE, not %q", args)
	}
	s := &Server{DNS: address}
	name := strings.TrimSuffix(args[1], ".") + "."
	switch args[0] {
	case "present":
		return s.set(ctx, http.DefaultClient, "set-txt", map[string]string{"host": name, "value": args[2]})
	case "cleanup":
		return s.set(ctx, http.DefaultClient, "clear-txt", map[string]string{"host": name})
	}
	return fmt.Errorf("there is no %q", args[0])
}
