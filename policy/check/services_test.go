package check_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"muxkey/keystore"
	"muxkey/policy/check"
	"muxkey/policy/check/example"
	"muxkey/trust/path"
)

func worldOf(t *testing.T) *example.World {
	t.Helper()
	return &example.World{Dir: t.TempDir(), Now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), Rand: rand.Reader}
}

// checkIn checks what a policy names in the directory of a world.
func checkIn(t *testing.T, w *example.World, text string, change func(o *check.Options)) *check.Report {
	t.Helper()
	p, err := check.ParsePolicy([]byte(text), filepath.Join(w.Dir, check.PolicyName))
	if err != nil {
		t.Fatal(err)
	}
	o := check.Options{Now: w.Now, Salt: []byte("salt"), Password: func(_ context.Context, source, _ string) (string, error) {
		if text, ok := strings.CutPrefix(source, "env:"); ok {
			return strings.ToLower(text), nil
		}
		return "", keystore.ErrNoPassword
	}}
	if change != nil {
		change(&o)
	}
	r, err := check.Run(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// only is the one target of a report, with the IDs of what was found.
func only(t *testing.T, r *check.Report) (c check.Checked, ids string) {
	t.Helper()
	if len(r.Targets) != 1 {
		t.Fatalf("%d targets: %+v", len(r.Targets), r.Targets)
	}
	for _, f := range r.Targets[0].Findings {
		ids += f.Rule + " "
	}
	return r.Targets[0], strings.TrimSpace(ids)
}

// A part that cannot be read is never green, and hides nothing of the others.
func TestServiceParts(t *testing.T) {
	w := worldOf(t)
	ca := w.Root("Example CA")
	p := w.Server(ca, "mux.example.com")
	w.Keystore("mux.p12", "pkcs12", "mux", "open-sesame-27", p)
	w.KeyPEM("mux.key", p.Key)
	w.KeyPEM("other.key", w.Key())
	w.Write("garbage.key", []byte("no key at all"))
	w.Store("two.p12", "pkcs12", "open-sesame-27", w.Entry("a", p.Key, p.Certificate), w.Entry("b", w.Key(), ca.Certificate))

	const service = "services:\n  - name: mux\n    keystore: mux.p12\n    password: env:OPEN-SESAME-27\n"
	for _, tt := range []struct {
		name, parts string
		status      check.TargetStatus
		ids, reason string
	}{
		{"all there", "    key: mux.key\n", check.OK, "", ""},
		{"another key", "    key: other.key\n", check.Failed, "MUX-SERVICE-001", ""},
		{"a file that is not there", "    key: mux.key\n    certificate: mux.crt\n", check.Unchecked, "", "the certificate "},
		{"the same, and another key", "    key: other.key\n    certificate: mux.crt\n", check.Failed, "MUX-SERVICE-001", "the certificate "},
		{"a file that is no key", "    key: garbage.key\n", check.Unchecked, "", "the key "},
		{"a password file that is not there", "    password-file: mux.pw\n", check.Unchecked, "", "the password file "},
		{"a server that is down", "    key: mux.key\n    server: tls://127.0.0.1:1\n", check.Unchecked, "", "the server "},
		{"two keys and no alias", "    key: two.p12\n", check.Unchecked, "", "MUX-SERVICE-001: which key is that of the key "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, ids := only(t, checkIn(t, w, service+tt.parts, nil))
			if c.Kind != check.Group || c.Status != tt.status || ids != tt.ids || c.Place == nil || c.Place.Line != 2 {
				t.Errorf("%s, %q: %+v", c.Status, ids, c)
			}
			if reasons := strings.Join(c.Reasons, "\n"); !strings.HasPrefix(reasons, tt.reason) || (tt.reason == "") != (reasons == "") {
				t.Errorf("reasons %q, want %q", reasons, tt.reason)
			}
			if c.Network != strings.Contains(tt.parts, "server:") {
				t.Errorf("network is %v", c.Network)
			}
		})
	}

	// What the policy says of a target holds for it as a part.
	r := checkIn(t, w, "targets:\n  - path: two.p12\n    password: env:OPEN-SESAME-27\n    alias: a\nservices:\n  - name: mux\n    keystore: two.p12\n    key: mux.key\n", nil)
	if n := len(r.Targets); n != 2 || r.Targets[1].Kind != check.Group || r.Targets[1].Status != check.OK {
		t.Errorf("%d targets: %+v", n, r.Targets)
	}
	// Who names a file asks about nothing else.
	r = checkIn(t, w, service, func(o *check.Options) { o.Targets = []string{filepath.Join(w.Dir, "mux.key")} })
	if c, _ := only(t, r); c.Kind != check.File {
		t.Errorf("%+v", c)
	}
}

// The responder of a certificate is asked where the policy says so.
func TestOCSPAsk(t *testing.T) {
	w := worldOf(t)
	ca := w.Root("Example CA")
	p := w.Server(ca, "mux.example.com", func(c *x509.Certificate) { c.OCSPServer = []string{"http://ocsp.example.com"} })
	w.Keystore("mux.p12", "pkcs12", "mux", "open-sesame-27", p)
	w.Keystore("plain.p12", "pkcs12", "mux", "open-sesame-27", w.Server(ca, "mux.example.com"))
	answer := func(status int) path.Responder {
		return func(context.Context, string, []byte) ([]byte, error) {
			return ocsp.CreateResponse(ca.Certificate, ca.Certificate, ocsp.Response{
				Status: status, SerialNumber: p.Certificate.SerialNumber, ThisUpdate: w.Now, NextUpdate: w.Now.AddDate(0, 0, 1), RevokedAt: w.Now.AddDate(0, 0, -1),
			}, ca.Key)
		}
	}
	down := func(context.Context, string, []byte) ([]byte, error) { return nil, errors.New("no route to host") }
	for _, tt := range []struct {
		name, file  string
		responder   path.Responder
		status      check.TargetStatus
		ids, reason string
	}{
		{"good", "mux.p12", answer(ocsp.Good), check.OK, "", ""},
		{"revoked", "mux.p12", answer(ocsp.Revoked), check.Failed, "MUX-REVOKED-001", ""},
		{"unknown", "mux.p12", answer(ocsp.Unknown), check.Unchecked, "", "does not know it"},
		{"down", "mux.p12", down, check.Unchecked, "", "no route to host"},
		{"nobody to ask with", "mux.p12", nil, check.Unchecked, "", "no responder is asked here"},
		{"no responder named", "plain.p12", down, check.Unchecked, "", "it names no OCSP responder"},
	} {
		r := checkIn(t, w, "targets:\n  - path: "+tt.file+"\n    password: env:OPEN-SESAME-27\n    ocsp: ask\n", func(o *check.Options) { o.Responder = tt.responder })
		c, ids := only(t, r)
		if reasons := strings.Join(c.Reasons, "\n"); c.Status != tt.status || ids != tt.ids || !strings.Contains(reasons, tt.reason) || (tt.reason == "") != (reasons == "") {
			t.Errorf("%s: %s, %q, %q", tt.name, c.Status, ids, reasons)
		}
	}
}

// Keys and parts that stay closed are said to be so, and are not green.
func TestClosed(t *testing.T) {
	w := worldOf(t)
	p := w.Server(w.Root("Example CA"), "mux.example.com")
	w.StoreAs("mux.jks", "jks", keystore.Encoding{Password: "open-sesame-27", KeyPasswords: map[string]string{"mux": "inner-27"}}, w.Entry("mux", p.Key, p.Certificate))
	w.Keystore("mux.p12", "pkcs12", "mux", "open-sesame-27", p)
	for _, tt := range []struct {
		name, policy string
		status       check.TargetStatus
		ids, reason  string
	}{
		{"no password", "path: mux.p12", check.Unchecked, "", "MUX-OPEN-001: a password is needed"},
		{"no password for a key", "path: mux.jks", check.Unchecked, "MUX-STORE-005", "MUX-OPEN-003: a password is needed"},
		{"a wrong password for the key", "path: mux.jks\n    password: env:OPEN-SESAME-27\n    entry-password: env:OTHER", check.Failed, "MUX-OPEN-003 MUX-STORE-005", ""},
		{"the password of the key", "path: mux.jks\n    password: env:OPEN-SESAME-27\n    entry-password: env:INNER-27", check.OK, "MUX-STORE-005", ""},
		{"the password of the store for the key of another", "path: mux.p12\n    password: env:OPEN-SESAME-27\n    entry-password: env:OTHER", check.OK, "", ""},
	} {
		c, ids := only(t, checkIn(t, w, "rules:\n  skip: CHAIN-001\ntargets:\n  - "+tt.policy+"\n", nil))
		if reasons := strings.Join(c.Reasons, "\n"); c.Status != tt.status || ids != tt.ids || !strings.HasPrefix(reasons, tt.reason) || (tt.reason == "") != (reasons == "") {
			t.Errorf("%s: %s, %q, %q", tt.name, c.Status, ids, reasons)
		}
	}
}
