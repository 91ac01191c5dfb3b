package client_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"muxkey/certgen"
	"muxkey/internal/client"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/target"
)

const (
	host     = "mux.example.com"
	password = "changeit"
)

// authority is a CA that the tests make.
type authority struct {
	ca   *certgen.CA
	root *x509.Certificate
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	now := time.Now()
	key := must(certgen.GenerateKey(t.Context(), rand.Reader, certgen.DefaultKeyType))(t)
	content := must(certgen.ParseProfile("ca"))(t).Content(key.Public())
	content.Subject = must(certgen.ParseDN("CN=" + name))(t)
	der := must(certgen.CreateRoot(rand.Reader, key, content, certgen.Validity{NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(5, 0, 0)}, certgen.Signing{}))(t)
	root := must(x509.ParseCertificate(der))(t)
	return &authority{must(certgen.NewCA([]*x509.Certificate{root}, key))(t), root}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// keystore is a PKCS#12 file for the host, as muxkey writes it.
func (a *authority) keystore(t *testing.T, host string) []byte {
	t.Helper()
	now := time.Now()
	key := must(certgen.GenerateKey(t.Context(), rand.Reader, certgen.DefaultKeyType))(t)
	content := must(certgen.ParseProfile("server"))(t).Content(key.Public())
	content.Names = must(certgen.ParseServerNames([]string{host}))(t)
	content.Subject = must(certgen.DefaultSubject(content.Names))(t)
	der := must(a.ca.Issue(rand.Reader, now, key.Public(), content, certgen.Validity{NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, 90)}))(t)
	pkcs8 := must(x509.MarshalPKCS8PrivateKey(key))(t)
	entry := &keystore.Entry{Alias: "mux", Kind: pkcs12x.PrivateKey, Key: &keystore.Key{PKCS8: pkcs8}}
	for _, raw := range [][]byte{der, a.root.Raw} {
		entry.Chain = append(entry.Chain, must(pkcs12x.ParseCertificate(raw))(t))
	}
	profile, _ := pkcs12x.ProfileByName(pkcs12x.DefaultProfile)
	return must(keystore.Encode(t.Context(), rand.Reader, "pkcs12", []*keystore.Entry{entry}, keystore.Encoding{Profile: profile, Password: password}))(t)
}

// serve starts a server with a keystore.
func serve(t *testing.T, data []byte) *client.Server {
	t.Helper()
	st := must(keystore.Decode(t.Context(), "keystore.p12", data, keystore.Options{
		Password: func(context.Context) (string, error) { return password, nil },
	}))(t)
	entry := must(st.PrivateKey(""))(t)
	if err := st.UnlockKey(t.Context(), entry, password); err != nil {
		t.Fatal(err)
	}
	var chain [][]byte
	for _, c := range entry.Chain {
		chain = append(chain, c.Raw)
	}
	key := must(x509.ParsePKCS8PrivateKey(entry.Key.PKCS8))(t)
	server := must(client.Serve(t.Context(), chain, key.(crypto.Signer)))(t)
	t.Cleanup(server.Close)
	return server
}

// bundle writes the root for a target and returns the path.
func (a *authority) bundle(t *testing.T, to target.Target) string {
	t.Helper()
	anchor := must(trust.Parse(a.root.Raw))(t)
	files := must(to.Write(t.Context(), target.Job{
		Set: &trust.Set{Anchors: []*trust.Anchor{anchor}}, Purpose: trust.Server, Password: password,
		Hosts: []string{host}, Name: "muxkey-trust", Namespace: "default", Rand: rand.Reader,
	}))(t)
	path := filepath.Join(t.TempDir(), to.Name)
	for _, f := range files {
		file := filepath.Join(path, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func interopRequired() bool { return os.Getenv("MUXKEY_INTEROP") == "require" }

// Every client, with every kind of bundle that it takes, meets a server: it must
// accept it for the right bundle and name, and for nothing else.
func TestClientsMeetServers(t *testing.T) {
	if testing.Short() && !interopRequired() {
		t.Skip("-short leaves out what meets other programs")
	}
	ours, others := newAuthority(t, "Proof CA"), newAuthority(t, "Another CA")
	server := serve(t, ours.keystore(t, host))
	for c := range client.Clients().All() {
		t.Run(c.ID, func(t *testing.T) {
			if _, err := c.Find(); err != nil {
				if interopRequired() {
					t.Fatal(err)
				}
				t.Skip(err)
			}
			met := 0
			for to := range target.Targets().All() {
				if c.Takes(to.ID) {
					met++
					t.Run(to.ID, func(t *testing.T) {
						t.Parallel()
						meet(t, c, to, ours.bundle(t, to), others.bundle(t, to), server.Address)
					})
				}
			}
			if met == 0 {
				t.Skipf("none of its targets is made: %v", c.Targets)
			}
		})
	}
}

func meet(t *testing.T, c client.Client, to target.Target, right, wrong, address string) {
	refused := func(r client.Reason) []client.Result {
		return []client.Result{{Verdict: client.Refused, Reason: r}}
	}
	attempts := []struct {
		name, bundle, host string
		want               []client.Result
	}{
		{"with the bundle", right, host, []client.Result{{Verdict: client.Accepted}}},
		{"without it", "", host, refused(client.Untrusted)},
		{"with the wrong one", wrong, host, refused(client.Untrusted)},
		{"under a wrong name", right, "www.example.com", refused(client.WrongName)},
	}
	if c.Lists {
		attempts = attempts[:1]
		attempts[0].want = []client.Result{{Verdict: client.Listed}}
	}
	for _, a := range attempts {
		start := time.Now()
		got := c.Try(t.Context(), client.Attempt{Target: to.ID, Bundle: a.bundle, Password: password, Address: address, Host: a.host})
		t.Logf("%s: %s %s %q in %s", a.name, got.Verdict, got.Reason, got.Says, time.Since(start).Round(time.Millisecond))
		ok := false
		for _, w := range a.want {
			ok = ok || got.Verdict == w.Verdict && got.Reason == w.Reason
		}
		if !ok {
			t.Errorf("%s: got %+v, want %+v", a.name, got, a.want)
		}
		if got.Verdict == client.Refused && got.Says == "" {
			t.Errorf("%s: it refuses without a reason", a.name)
		}
	}
}
