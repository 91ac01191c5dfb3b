package cmd

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muxkey/certgen"
	"muxkey/certgen/template"
	"muxkey/chain"
	"muxkey/internal/acme"
	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/dial"
	"muxkey/internal/reload"
	"muxkey/internal/safefile"
	"muxkey/internal/secret"
	"muxkey/internal/signer"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/policy/check"
	"muxkey/policy/lint"
	"muxkey/trust/install"
	"muxkey/trust/source"
	"muxkey/trust/target"
)

func TestDiagnose(t *testing.T) {
	const path = "keystore.p12"
	notFound := &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	seen := map[string]bool{}
	for _, tt := range []struct {
		err    error
		status Status
		kind   string
		hint   string // a part of it; "" for none
	}{
		{context.Canceled, 130, "interrupted", ""},
		{&safefile.Error{Op: "lock", Path: path, Err: context.Canceled}, 130, "interrupted", ""},
		{&secret.SourceError{Origin: "the prompt", Err: context.Canceled}, 130, "interrupted", ""},
		{&safefile.Error{Op: "create", Path: path, Err: safefile.ErrExists}, 6, "exists", "--force"},
		{&safefile.Error{Op: "create", Path: path, Err: safefile.ErrNoDirectory}, 6, "output", "mkdir -p"},
		{&safefile.Error{Op: "write", Path: path, Err: syscall.ENOSPC}, 6, "output", ""},
		{&safefile.Error{Op: "write", Path: path, Err: fs.ErrPermission}, 6, "output", ""},
		{secret.ErrNone, 4, "no-password", "--password env:NAME"},
		{keystore.ErrNoPassword, 4, "no-password", "$MUXKEY_PASSWORD"},
		{pkcs12x.ErrLocked, 4, "no-password", "--password"},
		{&secret.SourceError{Origin: "the prompt", Err: console.ErrNoTerminal}, 4, "no-password", "--password"},
		{&secret.SourceError{Origin: "the prompt", Err: console.ErrNoAnswer}, 4, "no-password", "--password"},
		{secret.ErrEmpty, 4, "new-password", ""},
		{secret.ErrMismatch, 4, "new-password", ""},
		{&secret.SourceError{Origin: "the file pw.txt", Err: notFound}, 3, "password-source", ""},
		{keystore.ErrPassword, 4, "password", "Caps Lock"},
		{&Failure{Status: StatusPassword, Hint: "ends with a blank", Err: pkcs12x.ErrPassword}, 4, "password", "ends with a blank"},
		{&signer.ExistsError{URI: "pkcs11:object=root"}, 6, "key-exists", "another object"},
		{signer.ErrNoPIN, 4, "no-pin", "pin-source=env:NAME"},
		{&signer.PINError{Token: "CA"}, 4, "pin", "look up the PIN"},
		{&signer.PINError{Token: "CA", Locked: true}, 4, "pin", "security officer"},
		{&signer.KeyError{Token: "CA"}, 5, "no-key", ""},
		{fmt.Errorf("look for the key: %w", signer.ErrNoKey), 5, "no-key", ""},
		{&signer.UnavailableError{Scheme: signer.Schemes()[0]}, 2, "not-built", "make build-pkcs11"},
		{&signer.URIError{Why: "no name", Help: "add object=NAME"}, 2, "key-uri", "add object=NAME"},
		{&signer.KeyTypeError{Name: "dsa"}, 2, "key-uri", ""},
		{&signer.TokenError{Module: "m.so"}, 3, "token", ""},
		{&signer.ModuleError{Path: "m.so", Why: "it is not there"}, 3, "token", "module-path"},
		{&signer.DeviceError{Doing: "sign", Name: "CKR_DEVICE_REMOVED"}, 3, "token", ""},
		{&signer.DeviceError{Doing: "sign", Name: "CKR_MECHANISM_INVALID", Unsupported: true}, 3, "token", ""},
		{&signer.TimeoutError{Doing: "sign"}, 3, "token", ""},
		{signer.ErrMismatch, 3, "token", ""},
		{signer.ErrExportable, 3, "token", ""},
		{&keystore.NoAliasError{Path: path, Alias: "MUX", Have: []string{"mux"}, Near: "mux"}, 5, "alias", `did you mean "mux"?`},
		{&keystore.NoAliasError{Path: path, Alias: "x"}, 5, "alias", ""},
		{&keystore.AmbiguousAliasError{Path: path, Have: []string{"a", "b"}}, 5, "alias", "--alias"},
		{&keystore.KindError{Path: path, Want: pkcs12x.PrivateKey}, 5, "entry-kind", ""},
		{&pkcs12x.LimitError{Limit: "iterations", Asked: 1 << 31, Max: 5_000_000}, 3, "limit", "--max-iterations"},
		{&pkcs12x.LimitError{Limit: "bytes", Asked: 1 << 31, Max: 64 << 20}, 3, "limit", "--max-size"},
		{&pkcs12x.LimitError{Limit: "nesting", Asked: -1, Max: 64}, 3, "limit", ""},
		{pkcs12x.ErrUnsupported, 3, "unsupported", ""},
		{&keystore.FormatError{Path: path, What: "a PKCS#12 keystore", Damaged: true, Err: pkcs12x.ErrDamaged}, 3, "damaged", ""},
		{pkcs12x.ErrDamaged, 3, "damaged", ""},
		{&keystore.FormatError{Path: path, What: "a JKS keystore", Unread: true, Hint: "keytool -importkeystore"}, 3, "format", "keytool -importkeystore"},
		{pkcs12x.ErrNotPKCS12, 3, "format", ""},
		{&keystore.MemberError{Path: "all.yaml", Want: "b.p13", Have: []string{"a.p12", "b.p12"}}, 3, "member", "all.yaml#b.p12"},
		{&acme.TermsError{URL: "https://ca.example/terms"}, 2, "terms", "--agree-terms"},
		{acme.ErrBinding, 2, "acme-account", "--eab-kid"},
		{acme.ErrBindingKey, 2, "acme-account", "--eab-key"},
		{&acme.KeyError{Path: "account.key", Err: fs.ErrPermission}, 3, "acme-account-key", ""},
		{&acme.RequestError{Err: errors.New("an email address")}, 3, "acme-request", ""},
		{&acme.SolverError{Name: "*.a.example", Could: []string{"dns-01"}}, 2, "acme-proof", "--dns-hook"},
		{&acme.SolverError{Name: "192.0.2.1", Could: []string{"tls-alpn-01"}}, 2, "acme-proof", "--challenge tls-alpn-01 --listen"},
		{&acme.SolverError{Name: "a.example"}, 2, "acme-proof", ""},
		{&acme.ProfileError{Profile: "p"}, 2, "acme-proof", ""},
		{&acme.ListenError{Challenge: "http-01", Err: acme.ErrNoAddress}, 2, "acme-proof", "--listen"},
		{&acme.HookError{Err: acme.ErrNoHook}, 2, "acme-proof", "--dns-hook"},
		{&acme.HookError{Hook: []string{"hook"}, Err: fs.ErrNotExist}, 3, "acme-hook", ""},
		{&acme.ListenError{Challenge: "http-01", Address: ":80", Err: syscall.EACCES}, 7, "listen", "1024"},
		{&acme.Problem{Kind: acme.RateLimited}, 7, "acme-problem", "wait"},
		{&acme.ServerError{Directory: "https://ca.example/", Err: x509.UnknownAuthorityError{}}, 7, "acme-server", "--acme-ca"},
		{&acme.ServerError{Directory: "https://ca.example/", Err: syscall.ECONNREFUSED}, 7, "acme-server", ""},
		{acme.ErrTimeout, 7, "acme-server", ""},
		{&command.SplitError{Text: "a", Why: "it is empty"}, 2, "usage", ""},
		{&reload.SpecError{Reason: "this is no signal"}, 2, "usage", ""},
		{&certgen.NameError{Input: "a b", Pos: 2, Why: "a blank", Hint: "leave it out"}, 2, "name", "leave it out"},
		{&certgen.DNError{Input: "C", Why: "no value", Hint: "C=DE"}, 2, "name", "C=DE"},
		{certgen.ErrNoNames, 2, "name", ""},
		{&template.FieldError{Line: 2, Path: "sans[0]", Why: "a blank", Hint: "leave it out", Err: &certgen.NameError{Input: "a b"}}, 2, "template", "leave it out"},
		{&certgen.KeyError{Key: "RSA 1024", Err: certgen.ErrWeakKey}, 3, "key", ""},
		{certgen.ErrSignature, 3, "signature", ""},
		{certgen.ErrDamaged, 3, "damaged", ""},
		{&certgen.NotCAError{Subject: "CN=mux", Why: "CA:FALSE"}, 3, "not-a-ca", "muxkey ca create"},
		{certgen.ErrCannotCRL, 3, "not-a-ca", ""},
		{&certgen.ExpiredError{NotBefore: time.Unix(1, 0), NotAfter: time.Unix(2, 0), Now: time.Unix(3, 0)}, 3, "expired", "new CA"},
		{&certgen.ExpiredError{NotBefore: time.Unix(1, 0), NotAfter: time.Unix(2, 0), Now: time.Unix(0, 0)}, 3, "expired", "clock"},
		{certgen.ErrOtherCRL, 3, "other-ca", ""},
		{certgen.ErrKeyMismatch, 3, "other-key", ""},
		{&chain.OtherKeyError{}, 3, "other-key", ""},
		{&chain.CAError{}, 3, "reply", ""},
		{&chain.MissingNamesError{}, 3, "reply", ""},
		{chain.ErrEmpty, 3, "reply", ""},
		{&source.PrivateKeyError{Path: path, Line: 1}, 3, "private-key", "muxkey export"},
		{&target.SizeError{What: "a ConfigMap", Size: 2 << 20, Max: 1 << 20}, 6, "too-large", "--exclude"},
		{target.ErrNoAnchors, 3, "no-anchors", "docs/targets.md"},
		{&target.OptionError{Option: target.Name, Value: "A B", Why: "a blank"}, 2, "target-option", ""},
		{install.ErrNoCertutil, 6, "trust-store", "libnss3-tools"},
		{install.ErrNoLayout, 6, "trust-store", "--java"},
		{install.ErrOutside, 6, "trust-store", ""},
		{&install.RefreshError{Err: fs.ErrPermission}, 6, "trust-store", ""},
		{&install.CertutilError{Err: fs.ErrPermission}, 6, "trust-store", ""},
		{unchanged(install.Store{}, &safefile.Error{Err: fs.ErrPermission}), 6, "output", "sudo"},
		{&chain.MissingIssuerError{}, 3, "chain", ""},
		{&certgen.NotPermittedError{}, 2, "not-permitted", ""},
		{&certgen.OutlivesError{}, 2, "not-permitted", "leave out --days"},
		{&certgen.PathLenError{}, 2, "not-permitted", "--path-length"},
		{&certgen.UsageError{}, 2, "not-permitted", ""},
		{certgen.ErrOwnSubject, 2, "not-permitted", ""},
		{certgen.ErrReason, 2, "usage", ""},
		{certgen.ErrLifetime, 2, "usage", ""},
		{&secret.SpecError{Reason: "this names no source"}, 2, "usage", ""},
		{&check.PolicyError{File: "muxkey.yaml", Line: 3, Column: 1, Reason: "there is no setting \"hots\"", Nearest: "hosts"}, 2, "policy", "did you mean: hosts"},
		{&dial.EndpointError{Text: "mux", Reason: "an address is written HOST:PORT"}, 2, "usage", "HOST:PORT"},
		{&dial.ProxyError{Text: "mux:1080", Reason: "this does not say what kind of proxy it is"}, 2, "usage", "socks5h"},
		{&dial.Error{Stage: dial.StageConnect, Err: syscall.EACCES}, 7, "network", ""},
		{&dial.Error{Stage: dial.StageHandshake, Err: &dial.NotTLS{Protocol: "imap"}}, 7, "network", "imap+starttls://"},
		{&check.PolicyError{Reason: "there is no setting", Nearest: "password"}, 2, "policy", "password"},
		{&lint.GitError{Op: "finding what has changed", Err: fs.ErrPermission}, 3, "git", ""},
		{notFound, 3, "not-found", ""},
		{&fs.PathError{Op: "open", Path: path, Err: syscall.EACCES}, 3, "permission", ""},
		{errors.New("input/output error"), 3, "input", ""},
		{&Failure{Status: StatusUsage, Hint: "muxkey --help", Err: notFound}, 2, "usage", "muxkey --help"},
		{&Failure{Status: StatusOutput, Err: syscall.ENOSPC}, 6, "output", ""},
		{&Failure{Status: StatusNetwork, Err: syscall.ECONNREFUSED}, 7, "network", ""},
		{errFound, 1, "found", ""},
	} {
		for _, err := range []error{tt.err, fmt.Errorf("reading %s: %w", path, tt.err)} {
			d := diagnose(err)
			hint := tt.hint == "" && d.Hint == "" || tt.hint != "" && strings.Contains(d.Hint, tt.hint)
			message := err.Error()
			if errors.Is(err, context.Canceled) {
				message = "interrupted"
			}
			if d.Status != tt.status || d.Kind != tt.kind || !hint || d.Message != message {
				t.Errorf("%v: got %+v, want status %d, kind %s, hint %q", err, d, tt.status, tt.kind, tt.hint)
			}
		}
		seen[tt.kind] = true
	}
	for _, k := range Kinds() {
		if !seen[k.Name] {
			t.Errorf("no error of kind %s was tried", k.Name)
		}
		if k.Doc == "" {
			t.Errorf("kind %s is not documented", k.Name)
		}
	}
}

func TestComplain(t *testing.T) {
	first := &Failure{Status: StatusInput, Hint: "look\nhere", Err: errors.New("reading a\x1b[2Jb: damaged")}
	second := fmt.Errorf("reading c: %w", keystore.ErrPassword)
	for _, tt := range []struct {
		name   string
		err    error
		json   bool
		status Status
		want   string
	}{
		{"nothing", nil, false, 0, ""},
		{"nothing of many", join(nil, nil), false, 0, ""},
		{"said by the report", errFound, false, 1, ""},
		{"said by the report, JSON", errFound, true, 1, ""},
		{"control characters", first, false, 3, "muxkey: reading a\\x1b[2Jb: damaged\nhint: look\\nhere\n"},
		{"JSON", first, true, 3, `{
  "schemaVersion": 1,
  "error": {
    "status": 3,
    "kind": "input",
    "message": "reading a\u001b[2Jb: damaged",
    "hint": "look\nhere"
  }
}
`},
		{
			"several", join(first, nil, second), false, 4,
			"muxkey: reading a\\x1b[2Jb: damaged\nhint: look\\nhere\n" +
				"muxkey: reading c: wrong password\nhint: " + diagnose(second).Hint + "\n",
		},
		{"found and failed", join(errFound, errors.New("oh")), false, 3, "muxkey: oh\n"},
	} {
		var out strings.Builder
		status := complain(&out, tt.err, tt.json)
		if status != tt.status {
			t.Errorf("%s: status %d, want %d", tt.name, status, tt.status)
		}
		if diff := cmp.Diff(tt.want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
