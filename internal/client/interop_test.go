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
		Set: &trust.Set{Anchors: []*trust.Anchor{anchor}}, Purposes: []trust.Purpose{trust.Server}, Password: password,
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
				if !c.Takes(to.ID) {
					continue
				}
				first := met == 0
				met++
				t.Run(to.ID, func(t *testing.T) {
					t.Parallel()
					right, wrong := ours.bundle(t, to), others.bundle(t, to)
					if found, err := client.TargetOf(right); err != nil || !c.Takes(found) {
						t.Errorf("it is taken for a bundle of %q: %v", found, err)
					}
					attempts := []attempt{
						{"with the bundle", right, host, client.Accepted, ""},
						{"with the wrong one", wrong, host, client.Refused, client.Untrusted},
						{"under a wrong name", right, "www.example.com", client.Refused, client.WrongName},
					}
					if first {
						attempts = append(attempts, attempt{"without it", "", host, client.Refused, client.Untrusted})
					}
					if c.Lists {
						attempts = []attempt{{"the bundle", right, host, client.Listed, ""}}
					}
					for _, a := range attempts {
						a.try(t, c, to.ID, server.Address)
					}
				})
			}
			if met == 0 {
				t.Skipf("none of its targets is made: %v", c.Targets)
			}
		})
	}
}

type attempt struct {
	name, bundle, host string
	verdict            client.Answer
	reason             client.Reason
}

func (a attempt) try(t *testing.T, c client.Client, to, address string) {
	t.Helper()
	start := time.Now()
	got := c.Try(t.Context(), client.Attempt{Target: to, Bundle: a.bundle, Password: password, Address: address, Host: a.host})
	t.Logf("%s: %s %s in %s: %s", a.name, got.Answer, got.Reason, time.Since(start).Round(time.Millisecond), got.Says)
	if got.Answer != a.verdict || got.Reason != a.reason {
		t.Errorf("%s: it is %s %s, want %s %s: %s", a.name, got.Answer, got.Reason, a.verdict, a.reason, got.Says)
	}
	if got.Answer == client.Refused && got.Says == "" {
		t.Errorf("%s: it refuses without a reason", a.name)
	}
}

// What is no bundle must never be taken for a reason to trust.
func TestClientsMeetGarbage(t *testing.T) {
	if testing.Short() && !interopRequired() {
		t.Skip("-short leaves out what meets other programs")
	}
	server := serve(t, newAuthority(t, "Proof CA").keystore(t, host))
	garbage := filepath.Join(t.TempDir(), "garbage")
	if err := os.WriteFile(garbage, []byte("-----BEGIN CERTIFICATE-----\nMIIB!!\n-----END CERTIFICATE-----\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for c := range client.Clients().All() {
		if _, err := c.Find(); err != nil || c.Takes("debian") || c.Lists {
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			got := c.Try(t.Context(), client.Attempt{Target: c.Targets[0], Bundle: garbage, Password: password, Address: server.Address, Host: host})
			t.Logf("%s %s: %s", got.Answer, got.Reason, got.Says)
			if got.Answer == client.Accepted || got.Says == "" {
				t.Errorf("got %+v", got)
			}
		})
	}
}
