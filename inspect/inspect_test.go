package inspect_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"muxkey/inspect"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

func withPassword(password string) keystore.Options {
	return keystore.Options{
		Unlock:   true,
		Password: func(context.Context) (string, error) { return password, nil },
	}
}

// The JSON is a contract. This is all of it for a small store; fields may be
// added, none may change.
func TestJSON(t *testing.T) {
	c := issue(t, template("mux.example.com", nil), keyOf("mux"), nil, nil)
	key, err := pkcs12x.ParsePrivateKey(pkcs8(t, keyOf("mux")))
	if err != nil {
		t.Fatal(err)
	}
	key.Protection = &pkcs12x.Protection{Name: "PBES2 AES-256-CBC", KDF: "PBKDF2-HMAC-SHA256", Iterations: 10000}
	s := &keystore.Store{
		Path:        "mux.pem",
		Format:      "pem",
		Size:        1234,
		Verified:    true,
		Integrity:   &pkcs12x.Integrity{Name: "HMAC-SHA256", KDF: "PKCS12-SHA256", Iterations: 10000},
		Protections: []pkcs12x.Protection{*key.Protection},
		Features:    []pkcs12x.Feature{pkcs12x.CipherAES256},
		Skipped:     []keystore.Skipped{{What: "DH PARAMETERS", Line: 7}},
		Entries: []*keystore.Entry{
			{Alias: "Mux", JavaAlias: "mux", Kind: pkcs12x.PrivateKey, Key: key, Chain: []*keystore.Certificate{c}, Created: now},
		},
	}
	got, err := json.MarshalIndent(inspect.NewReport(inspect.Inspect(s, now)), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "report.json")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, append(got, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got)+"\n" != string(want) {
		t.Errorf("the JSON is now\n%s", got)
	}
}

func TestEmptyReportHasItsLists(t *testing.T) {
	got, err := json.Marshal(inspect.NewReport())
	if err != nil || string(got) != `{"schemaVersion":1,"targets":[]}` {
		t.Errorf("%s, %v", got, err)
	}
	got, err = json.Marshal(inspect.Inspect(&keystore.Store{Locked: []error{pkcs12x.ErrLocked}}, now))
	if err != nil || !strings.Contains(string(got), `"entries":[]`) || !strings.Contains(string(got), `"remarks":[{`) {
		t.Errorf("%s, %v", got, err)
	}
}

func TestStoreFacts(t *testing.T) {
	target := inspect.Inspect(open(t, "../pkcs12x/testdata/openssl-default.p12"), now)
	equal(t, "format", target.Format, "pkcs12")
	equal(t, "title", target.FormatTitle, "PKCS#12 keystore")
	equal(t, "verified", target.Verified, true)
	equal(t, "integrity", *target.Integrity, inspect.Integrity{Name: "HMAC-SHA256", KDF: "PKCS12-SHA256", Iterations: 2048})
	if want := []inspect.Protection{{Name: "PBES2 AES-256-CBC", KDF: "PBKDF2-HMAC-SHA256", Iterations: 2048}}; !slices.Equal(target.Protections, want) {
		t.Errorf("protections are %v", target.Protections)
	}
	if len(target.OpensIn) == 0 || !slices.Contains(target.Features, string(pkcs12x.CipherAES256)) {
		t.Errorf("features are %q, readers %v", target.Features, target.OpensIn)
	}
	e := target.Entries[0]
	equal(t, "alias", e.Alias, "mux")
	equal(t, "kind", e.Kind, pkcs12x.PrivateKey)
	equal(t, "key", e.Key.Type, "EC P-256")
	equal(t, "locked", e.Key.Locked, false)
	equal(t, "match", *e.Key.MatchesCertificate, true)
	equal(t, "key of the certificate", e.Key.SHA256, e.Chain[0].PublicKey.SHA256)
	equal(t, "chain", len(e.Chain), 3)
	for _, a := range e.Attributes {
		switch a.Name {
		case "friendlyName":
			equalList(t, "name", a.Values, "mux")
		case "localKeyID":
			equal(t, "length of the ID", len(a.Values[0]), 40)
		default:
			t.Errorf("attribute %+v", a)
		}
	}
}

func TestWithoutPassword(t *testing.T) {
	s, err := keystore.Open(t.Context(), "../pkcs12x/testdata/openssl-default.p12", keystore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	target := inspect.Inspect(s, now)
	equal(t, "verified", target.Verified, false)
	equal(t, "locked parts", len(target.Locked), 1)
	e := target.Entries[0]
	equal(t, "locked", e.Key.Locked, true)
	equal(t, "reason", e.Key.Reason, "locked")
	equal(t, "protection", e.Key.Protection.Name, "PBES2 AES-256-CBC")
}

func TestTrustedAndSecretEntries(t *testing.T) {
	target := inspect.Inspect(open(t, "../pkcs12x/testdata/keytool-trust.p12"), now)
	for _, e := range target.Entries {
		equal(t, "kind", e.Kind, pkcs12x.TrustedCertificate)
		named := false
		for _, a := range e.Attributes {
			if a.Name == "trustedKeyUsage" {
				named = true
				equalList(t, "usages", a.Values, "anyExtendedKeyUsage")
			}
		}
		equal(t, "trusted usage is named", named, true)
	}
	target = inspect.Inspect(open(t, "../pkcs12x/testdata/keytool-secret.p12"), now)
	secrets := 0
	for _, e := range target.Entries {
		if e.Kind != pkcs12x.SecretKey {
			continue
		}
		secrets++
		if e.Secret == nil || e.Secret.Locked || e.Secret.Size == 0 || e.Secret.Algorithm == "" || e.Created.IsZero() {
			t.Errorf("entry is %+v, secret %+v", e, e.Secret)
		}
	}
	equal(t, "secret keys", secrets, 1)
}

func TestCSRFacts(t *testing.T) {
	target := inspect.Inspect(open(t, "../keystore/testdata/request.pem"), now)
	r := target.Entries[0].CSR
	equal(t, "subject", r.Subject, "CN=mux.example.com,O=Example")
	equal(t, "key", r.PublicKey.Type, "EC P-256")
	equal(t, "signature", r.SignatureAlgorithm, "SHA256withECDSA")
	equal(t, "valid", *r.SignatureValid, true)

	r = inspect.Inspect(open(t, "testdata/wishes.csr"), now).Entries[0].CSR
	equalList(t, "DNS names", r.SANs.DNS, "mux.example.com", "*.mux.example.com")
	equalList(t, "addresses", r.SANs.IP, "192.0.2.1")
	equalList(t, "key usage", r.KeyUsage, "digitalSignature")
	equalList(t, "extended key usage", r.ExtendedKeyUsage, "serverAuth")
	equal(t, "extensions", len(r.Extensions), 4)
	equal(t, "CA", r.CA, false)
	for _, a := range r.Attributes {
		if a.Name != "challengePassword" || a.Values != nil {
			t.Errorf("attribute %+v: a password was shown, or one more than expected", a)
		}
	}
	equal(t, "attributes", len(r.Attributes), 1)
	if raw, err := json.Marshal(r); err != nil || strings.Contains(string(raw), "s3cret") {
		t.Errorf("the challenge password is in %s (%v)", raw, err)
	}
}

func TestCRLFacts(t *testing.T) {
	l := inspect.Inspect(open(t, "../keystore/testdata/crl.der"), now).Entries[0].CRL
	equal(t, "issuer", l.Issuer, "O=Example,CN=Fixture CA") // the CA was made with O last
	equal(t, "this update", l.ThisUpdate, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	equal(t, "next update", l.NextUpdate, time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC))
	equal(t, "number", l.Number, "42")
	equal(t, "signature", l.SignatureAlgorithm, "SHA256withECDSA")
	equal(t, "revoked", l.RevokedCount, 2)
	equal(t, "length of the key ID", len(l.AuthorityKeyID), 40)
	want := []inspect.Revoked{
		{Serial: "0a", Date: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Reason: "keyCompromise"},
		{Serial: "0b", Date: time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)},
	}
	if !slices.Equal(l.Revoked, want) {
		t.Errorf("revoked are %v", l.Revoked)
	}
}

func TestPublicKeyFacts(t *testing.T) {
	certificate := inspect.Inspect(open(t, "../keystore/testdata/certificate.der"), now).Entries[0].Chain[0]
	for _, file := range []string{"public-ec.pem", "public.der"} {
		k := inspect.Inspect(open(t, "../keystore/testdata/"+file), now).Entries[0].PublicKey
		equal(t, file, *k, certificate.PublicKey)
	}
	k := inspect.Inspect(open(t, "../keystore/testdata/public-rsa-pkcs1.pem"), now).Entries[0].PublicKey
	equal(t, "type", k.Type, "RSA 2048")
}

// The facts of all files there are can be written as JSON, whatever is in them.
func TestEveryFixtureHasFacts(t *testing.T) {
	n := 0
	for _, pattern := range []string{"../keystore/testdata/*", "../pkcs12x/testdata/*.p12"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			for _, opts := range []keystore.Options{{}, withPassword("changeit")} {
				s, err := keystore.Open(t.Context(), file, opts)
				if err != nil {
					continue // the tests of keystore say which these are
				}
				if _, err := json.Marshal(inspect.Inspect(s, now)); err != nil {
					t.Errorf("%s: %v", file, err)
				}
				n++
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d files were read", n)
	}
}
