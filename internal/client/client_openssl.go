package client

import (
	"context"
	_ "embed" // the programs
	"net"
)

// What those that are made with OpenSSL say, in the words of X509_verify_cert_error_string
// (crypto/x509/x509_txt.c), which differ a little between versions.
const (
	opensslUntrusted = `(?:unable to get (?:local )?issuer certificate|self[- ]signed certificate|unable to verify the first certificate|certificate not trusted)`
	opensslName      = `(?:[Hh]ostname mismatch|IP address mismatch)`
)

// curlClient takes what its own TLS library takes; on most systems that is
// OpenSSL. The handshake alone counts, so any TLS server will do.
var curlClient = Client{
	ID: "curl", Title: "curl",
	Programs: []string{"curl"},
	Targets:  []string{"pem", "openssl-dir", "openssl-trusted"},
	try: command(func(_ context.Context, r *run) error {
		r.args = []string{
			"--silent", "--show-error", "--max-time", "15", "--output", "page", "--connect-to", "::" + r.Address,
			"--write-out", `handshake %{time_appconnect}\n`,
		}
		switch {
		case r.Bundle == "":
		case r.Target == "openssl-dir":
			r.args = append(r.args, "--capath", r.Bundle)
		default:
			r.args = append(r.args, "--cacert", r.Bundle)
		}
		r.args = append(r.args, r.url())
		return nil
	},
		sign{`^handshake [0-9.]*[1-9]()`, Accepted, ""},
		sign{`^curl: \((?:51|60)\) (.*match.*)`, Refused, WrongName},
		sign{`^curl: \(60\) (.*(?:` + opensslUntrusted + `|verification failed).*)`, Refused, Untrusted},
		sign{`^curl: \((?:58|77)\) (.*)`, Unloadable, ""},
		sign{`^curl: \(60\) (.*)`, Refused, Other},
	),
}

// opensslClient is the program that people look at a server with. Anchors of the
// machine itself are left out.
var opensslClient = Client{
	ID: "openssl", Title: "openssl s_client",
	Programs: []string{"openssl"},
	Targets:  []string{"pem", "openssl-dir", "openssl-trusted"},
	try: command(func(_ context.Context, r *run) error {
		switch {
		case r.Bundle == "":
			r.args = sClient(r)
		case r.Target == "openssl-dir":
			r.args = sClient(r, "-CApath", r.Bundle, "-no-CAfile", "-no-CAstore")
		default:
			r.args = sClient(r, "-CAfile", r.Bundle, "-no-CApath", "-no-CAstore")
		}
		return nil
	}, opensslSigns...),
}

var opensslSigns = []sign{
	{`^verify error:num=(?:62|64):(.*)`, Refused, WrongName},
	{`^verify error:num=(?:2|18|19|20|21|27):(.*)`, Refused, Untrusted},
	{`^verify error:num=\d+:(.*)`, Refused, Other},
	{`^Verification: OK()`, Accepted, ""},
	{`^Error (?:loading|setting) .*`, Unloadable, ""},
	{`:(?:PEM|x509 certificate) routines:.*`, Unloadable, ""},
}

// sClient are the arguments of openssl.
func sClient(r *run, trust ...string) []string {
	args := append([]string{"s_client", "-brief", "-connect", r.Address, "-verify_return_error"}, trust...)
	if r.isIP() {
		return append(args, "-verify_ip", r.Host)
	}
	return append(args, "-servername", r.Host, "-verify_hostname", r.Host)
}

//go:embed programs/connect.py
var pythonProgram []byte

var pythonClient = Client{
	ID: "python", Title: "Python (ssl)",
	Programs: []string{"python3", "python"},
	Targets:  []string{"pem", "openssl-dir", "openssl-trusted"},
	try:      command(script("connect.py", pythonProgram), scriptSigns...),
}

//go:embed programs/connect.rb
var rubyProgram []byte

var rubyClient = Client{
	ID: "ruby", Title: "Ruby (openssl)",
	Programs: []string{"ruby"},
	Targets:  []string{"pem", "openssl-dir", "openssl-trusted"},
	try:      command(script("connect.rb", rubyProgram), scriptSigns...),
}

// scriptSigns are those of the programs of our own.
var scriptSigns = []sign{
	{`^accepted()$`, Accepted, ""},
	{`^unloadable: (.*)`, Unloadable, ""},
	{`^refused: (.*(?:` + opensslName + `|does not match).*)`, Refused, WrongName},
	{`^refused: (.*` + opensslUntrusted + `.*)`, Refused, Untrusted},
	{`^refused: (.*)`, Refused, Other},
	{`^failed: (.*)`, Failed, ""},
}

// script is a program of our own, which takes ADDRESS PORT HOST [BUNDLE].
func script(name string, text []byte) func(context.Context, *run) error {
	return func(_ context.Context, r *run) error {
		path, err := r.file(name, text)
		r.args = []string{path, r.ip, r.port, r.Host}
		if r.Bundle != "" {
			r.args = append(r.args, r.Bundle)
		}
		return err
	}
}

//go:embed programs/connect.php
var phpProgram []byte

var phpClient = Client{
	ID: "php", Title: "PHP",
	Programs: []string{"php"},
	Targets:  []string{"pem", "openssl-dir", "openssl-trusted"},
	try: command(func(_ context.Context, r *run) error {
		path, err := r.file("connect.php", phpProgram)
		r.args = []string{"-d", "display_errors=stderr", "-d", "html_errors=0", "-d", "log_errors=0"}
		switch {
		case r.Bundle == "":
		case r.Target == "openssl-dir":
			r.args = append(r.args, "-d", "openssl.cafile=", "-d", "openssl.capath="+r.Bundle)
		default:
			r.args = append(r.args, "-d", "openssl.capath=", "-d", "openssl.cafile="+r.Bundle)
		}
		ip := r.ip
		if net.ParseIP(ip) != nil && net.ParseIP(ip).To4() == nil {
			ip = "[" + ip + "]"
		}
		r.args = append(r.args, path, ip, r.port, r.Host)
		return err
	},
		sign{`^accepted()$`, Accepted, ""},
		sign{`(Peer certificate.* did not match .*) in /`, Refused, WrongName},
		sign{`((?:no valid certs found|failed loading) cafile.*) in /`, Unloadable, ""},
		sign{`(certificate verify failed) in /`, Refused, Untrusted},
		sign{`((?:SSL operation failed|Peer certificate).*)`, Refused, Other},
	),
}
