package client

import (
	"context"
	"os"
	"path/filepath"
)

// gnutlsSigns are those of gnutls-cli. It names all reasons in one line, and an
// issuer that is unknown weighs more than a name.
var gnutlsSigns = []sign{
	{`^Error setting the x509 trust file.*`, Unloadable, ""},
	{`^Processed 0 CA certificate`, Unloadable, ""},
	{`^- Status: (The certificate is trusted)`, Accepted, ""},
	{`^- Status: (.*(?:issuer is unknown|signer is not a CA).*)`, Refused, Untrusted},
	{`^- Status: (.*does not match.*)`, Refused, WrongName},
	{`^- Status: (.*NOT trusted.*)`, Refused, Other},
}

var gnutlsClient = Client{
	ID: "gnutls", Title: "gnutls-cli",
	Programs: []string{"gnutls-cli"},
	Targets:  []string{"pem"},
	try: command(func(_ context.Context, r *run) error {
		gnutls(r, r.Bundle)
		return nil
	}, gnutlsSigns...),
}

func gnutls(r *run, trust string) {
	r.args = []string{"--verify-hostname=" + r.Host, "--port=" + r.port}
	if !r.isIP() {
		r.args = append(r.args, "--sni-hostname="+r.Host)
	}
	if trust != "" {
		r.args = append(r.args, "--x509cafile="+trust)
	}
	r.args = append(r.args, r.ip)
}

// p11kitClient is GnuTLS with the trust module of p11-kit, as Fedora has it: all that
// is said in the bundle of purposes and distrust counts.
var p11kitClient = Client{
	ID: "p11-kit", Title: "GnuTLS with p11-kit's trust module",
	Programs: []string{"gnutls-cli"},
	Needs:    []string{"trust", "unshare"},
	Targets:  []string{"p11-kit", "rhel"},
	try: command(func(_ context.Context, r *run) error {
		if r.Bundle == "" {
			gnutls(r, "")
			return nil
		}
		gnutls(r, "pkcs11:model=p11-kit-trust")
		return p11kit(r)
	}, gnutlsSigns...),
}

// trustClient lists: what p11-kit's own program reads of a bundle.
var trustClient = Client{
	ID: "trust", Title: "p11-kit's trust list",
	Programs: []string{"trust"},
	Needs:    []string{"unshare"},
	Targets:  []string{"p11-kit", "rhel", "pem", "openssl-trusted"},
	Lists:    true,
	try: command(func(_ context.Context, r *run) error {
		r.args = []string{"list"}
		return p11kit(r)
	},
		sign{`^    label: .*\n    trust: (anchor)`, Listed, ""},
	),
}

// p11kit lays the bundle over where the trust module of p11-kit looks: Debian's reads
// one file, in place of which a directory will do as well, and Fedora's a directory.
// A configuration of the module was the alternative; GnuTLS does not heed it.
func p11kit(r *run) error {
	const debian, fedora = "etc/ssl/certs/ca-certificates.crt", "etc/pki/ca-trust/source"
	if r.Bundle == "" {
		return nil
	}
	info, err := os.Stat(r.Bundle)
	if err != nil {
		return err
	}
	if info.IsDir() {
		for _, place := range []string{debian, fedora} {
			if err := os.CopyFS(filepath.Join(r.dir, place), os.DirFS(r.Bundle)); err != nil {
				return err
			}
		}
		return r.overEtc(nil)
	}
	data, err := os.ReadFile(r.Bundle)
	if err != nil {
		return err
	}
	for _, place := range []string{debian, fedora + "/anchors/" + filepath.Base(r.Bundle)} {
		if _, err := r.file(place, data); err != nil {
			return err
		}
	}
	return r.overEtc(nil)
}

// wgetClient knows no other way to a server under a name than DNS, so it is led
// there by a proxy. Debian's is made with GnuTLS, others with OpenSSL.
var wgetClient = Client{
	ID: "wget", Title: "wget",
	Programs: []string{"wget"},
	Targets:  []string{"pem", "openssl-dir"},
	try: command(func(ctx context.Context, r *run) error {
		proxy, err := r.proxy(ctx)
		r.env = []string{"https_proxy=http://" + proxy}
		r.args = []string{"--no-config", "--no-hsts", "--tries=1", "--timeout=15", "--output-document=page"}
		switch {
		case r.Bundle == "":
		case r.Target == "openssl-dir":
			r.args = append(r.args, "--ca-directory="+r.Bundle)
		default:
			r.args = append(r.args, "--ca-certificate="+r.Bundle)
		}
		r.args = append(r.args, r.url())
		return err
	},
		sign{`(?:request sent, awaiting response)()`, Accepted, ""},
		sign{`^ERROR: (Failed to open cert .*)`, Unloadable, ""},
		sign{`^ERROR: (.*(?:doesn't have a known issuer|is not trusted))`, Refused, Untrusted},
		sign{`^ERROR: cannot verify [^\n]*\n +(.*(?:issuer|[Ss]elf-signed).*)`, Refused, Untrusted},
		sign{`^(The certificate's owner does not match hostname.*)`, Refused, WrongName},
		sign{`^ERROR: (.*no certificate subject alternative name matches.*)`, Refused, WrongName},
		sign{`^ERROR: (.*certificate.*)`, Refused, Other},
	),
}
