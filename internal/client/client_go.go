package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
)

// goClient is the TLS client of the Go library, which is built in. It stands for all
// programs made with Go: they read the same files in the same way.
var goClient = Client{
	ID: "go", Title: "Go",
	Targets: []string{"pem", "openssl-dir"},
	try: func(ctx context.Context, _ string, a Attempt) Result {
		config := &tls.Config{ServerName: a.Host, MinVersion: tls.VersionTLS12}
		if a.Bundle != "" {
			var err error
			if config.RootCAs, err = goRoots(a.Bundle); err != nil {
				return Result{Answer: Unloadable, Says: oneLine(err.Error())}
			}
		}
		conn, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", a.Address)
		if err != nil {
			return goVerdict(err)
		}
		_ = conn.Close()
		return Result{Answer: Accepted}
	},
}

// goRoots reads what $SSL_CERT_FILE and $SSL_CERT_DIR may name, as crypto/x509 does:
// of a directory all files, whatever their names (root_unix.go).
func goRoots(bundle string) (*x509.CertPool, error) {
	files := []string{bundle}
	if info, err := os.Stat(bundle); err == nil && info.IsDir() {
		entries, err := os.ReadDir(bundle)
		if err != nil {
			return nil, err
		}
		files = nil
		for _, e := range entries {
			files = append(files, filepath.Join(bundle, e.Name()))
		}
	}
	pool, found := x509.NewCertPool(), false
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		found = pool.AppendCertsFromPEM(data) || found
	}
	if !found {
		return nil, errors.New("no certificate was found")
	}
	return pool, nil
}

func goVerdict(err error) Result {
	unknown, unknownOK := errors.AsType[x509.UnknownAuthorityError](err)
	name, nameOK := errors.AsType[x509.HostnameError](err)
	verify, verifyOK := errors.AsType[*tls.CertificateVerificationError](err)
	network, networkOK := errors.AsType[*net.OpError](err)
	switch {
	case unknownOK:
		return Result{Refused, Untrusted, oneLine(unknown.Error())}
	case nameOK:
		return Result{Refused, WrongName, oneLine(name.Error())}
	case verifyOK:
		return Result{Refused, Other, oneLine(verify.Error())}
	case networkOK:
		return Result{Answer: Failed, Says: oneLine(network.Error())}
	}
	return Result{Answer: Failed, Says: oneLine(err.Error())}
}
