package client

import (
	"context"
	"os"
	"path/filepath"
)

// nssClient is the client of NSS's own tools. They want a database that is complete,
// so certutil adds the key4.db that a bundle lacks.
var nssClient = Client{
	ID: "tstclnt", Title: "NSS (tstclnt)",
	Programs: []string{"tstclnt"},
	Needs:    []string{"certutil"},
	Targets:  []string{"nss"},
	try: command(func(_ context.Context, r *run) error {
		args := []string{"-h", r.ip, "-p", r.port, "-a", r.Host, "-Q"}
		if r.Bundle == "" {
			r.args = append(args, "-D", "-b")
			return nil
		}
		db := filepath.Join(r.dir, "db")
		r.args = append([]string{"-c", `certutil -N --empty-password -d sql:"$PWD/db" >/dev/null 2>&1; exec "$@"`, "sh", r.program, "-d", "sql:" + db}, args...)
		r.program = "sh"
		return r.nssDatabase(db)
	},
		sign{`(SSL_ERROR_BAD_CERT_DOMAIN: .*)`, Refused, WrongName},
		sign{`(SEC_ERROR_(?:UNKNOWN_ISSUER|UNTRUSTED_ISSUER|UNTRUSTED_CERT|CA_CERT_INVALID): .*)`, Refused, Untrusted},
		sign{`unable to open cert database: (.*)`, Unloadable, ""},
		sign{`authentication of server cert failed: (.*)`, Refused, Other},
		sign{`^Received \d+ Cert Status items()`, Accepted, ""},
	),
}

// chromiumClient takes the database of NSS, and the policy that administrators set.
var chromiumClient = Client{
	ID: "chromium", Title: "Chromium",
	Programs: []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"},
	Targets:  []string{"nss", "chromium"},
	try: command(func(_ context.Context, r *run) error {
		r.args = []string{
			"--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
			"--user-data-dir=" + filepath.Join(r.dir, "profile"), "--dump-dom",
		}
		if os.Getuid() == 0 || r.Target == "chromium" { // its sandbox cannot be made by root
			r.args = append(r.args, "--no-sandbox")
		}
		if r.ip != r.Host {
			r.args = append(r.args, "--host-resolver-rules=MAP "+r.Host+" "+r.ip+", MAP * ~NOTFOUND")
		}
		r.args = append(r.args, r.url())
		switch {
		case r.Bundle == "":
		case r.Target == "nss":
			return r.nssDatabase(filepath.Join(r.home(), ".pki", "nssdb"))
		case r.Target == "chromium":
			policy, err := os.ReadFile(r.Bundle)
			if err != nil {
				return err
			}
			return r.overEtc(map[string][]byte{
				"chromium/policies/managed/muxkey.json":   policy,
				"opt/chrome/policies/managed/muxkey.json": policy,
			})
		}
		return nil
	},
		sign{`net::(ERR_CERT_COMMON_NAME_INVALID)`, Refused, WrongName},
		sign{`net::(ERR_CERT_AUTHORITY_INVALID)`, Refused, Untrusted},
		sign{`net::(ERR_CERT_\w+)`, Refused, Other},
		// These come after the handshake, from servers that do not speak HTTP.
		sign{`net::(?:ERR_INVALID_HTTP_RESPONSE|ERR_EMPTY_RESPONSE|ERR_CONNECTION_CLOSED|ERR_HTTP2_PROTOCOL_ERROR)()`, Accepted, ""},
		sign{`net::(ERR_\w+)`, Failed, ""},
		sign{`<html()`, Accepted, ""},
	),
}

// nssDatabase copies the database, a directory or cert9.db alone, into a directory:
// NSS writes to what it reads.
func (r *run) nssDatabase(dir string) error {
	info, err := os.Stat(r.Bundle)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(dir, os.DirFS(r.Bundle))
	}
	data, err := os.ReadFile(r.Bundle)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "cert9.db"), data, 0o600)
}
