package cmd

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muxkey/certgen"
	"muxkey/internal/console"
)

// pendingStore is a keystore whose key waits for its certificate, and what a CA
// with an intermediate sent for it.
type pendingStore struct {
	store              string
	leaf, issuer, root []byte // DER
}

// newPending issues with the address of the issuer in the leaf.
func newPending(t *testing.T, address string) pendingStore {
	t.Helper()
	dir := t.TempDir()
	p := pendingStore{store: filepath.Join(dir, "keystore.p12")}
	request := filepath.Join(dir, "mux.csr")
	if status, _, text := run(t, "csr", "mux.example.com", "-o", p.store, "--csr-out", request, "--password", "pass:open-sesame"); status != StatusDone {
		t.Fatal(text)
	}
	data, err := os.ReadFile(request)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	csr, err := certgen.ParseCSR(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	env, _ := console.Test()
	if _, err := io.ReadFull(env.Rand, make([]byte, 1<<16)); err != nil { // the command had the same randomness
		t.Fatal(err)
	}
	key := func() crypto.Signer {
		k, err := certgen.GenerateKey(t.Context(), env.Rand, certgen.DefaultKeyType)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	validity := func(days int) certgen.Validity {
		from, to, err := certgen.Lifetime(env.Now(), days)
		if err != nil {
			t.Fatal(err)
		}
		return certgen.Validity{NotBefore: from, NotAfter: to}
	}
	authority := func(chain []*x509.Certificate, key crypto.Signer) *certgen.CA {
		ca, err := certgen.NewCA(chain, key)
		if err != nil {
			t.Fatal(err)
		}
		return ca
	}
	profile, err := certgen.ParseProfile("ca")
	if err != nil {
		t.Fatal(err)
	}
	content := func(name string, key crypto.Signer, pathLen int) certgen.Content {
		c := profile.Content(key.Public())
		if c.Subject, err = certgen.ParseDN("CN=" + name); err != nil {
			t.Fatal(err)
		}
		c.PathLen = pathLen
		return c
	}
	rootKey, issuerKey := key(), key()
	if p.root, err = certgen.CreateRoot(env.Rand, rootKey, content("Root", rootKey, 1), validity(3650), certgen.Signing{}); err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(p.root)
	if err != nil {
		t.Fatal(err)
	}
	if p.issuer, err = authority([]*x509.Certificate{root}, rootKey).Issue(env.Rand, env.Now(), issuerKey.Public(), content("Issuer", issuerKey, 0), validity(1000)); err != nil {
		t.Fatal(err)
	}
	issuer, err := x509.ParseCertificate(p.issuer)
	if err != nil {
		t.Fatal(err)
	}
	granted, _, err := certgen.Approval{Profile: certgen.Profiles()[0]}.Grant(csr)
	if err != nil {
		t.Fatal(err)
	}
	if address != "" {
		granted.Issuers = []string{address}
	}
	if p.leaf, err = authority([]*x509.Certificate{issuer, root}, issuerKey).Issue(env.Rand, env.Now(), csr.PublicKey, granted, validity(300)); err != nil {
		t.Fatal(err)
	}
	return p
}

// file writes a file beside the store.
func (p pendingStore) file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(filepath.Dir(p.store), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (p pendingStore) install(t *testing.T, words ...string) (Status, string) {
	t.Helper()
	status, out, text := run(t, append([]string{"import", p.store, "--password", "pass:open-sesame"}, words...)...)
	return status, out + text
}

func TestIssuersAreFetchedWhenAsked(t *testing.T) {
	var p pendingStore
	asked := 0
	answer := func(w http.ResponseWriter) { _, _ = w.Write(p.issuer) }
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		answer(w)
	}))
	defer server.Close()
	p = newPending(t, server.URL+"/issuer.cer")
	leaf, root := p.file(t, "leaf.der", p.leaf), p.file(t, "root.der", p.root)

	status, text := p.install(t, leaf, "--ca-certs", root)
	if status != StatusInput || !strings.Contains(text, "fetch it with --fetch-issuers (from "+server.URL) || asked != 0 {
		t.Errorf("unasked: status %d, %d requests\n%s", status, asked, text)
	}
	for _, tt := range []struct {
		what   string
		answer func(http.ResponseWriter)
		status Status
		says   string
	}{
		{"not found", func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) }, StatusNetwork, "the server answers 404 Not Found"},
		{"too much", func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, maxIssuer+1)) }, StatusNetwork, "it is more than 1048576 octets"},
		{"something else", func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) }, StatusNetwork, "not a keystore, certificate or key"},
		{"another certificate", func(w http.ResponseWriter) { _, _ = w.Write(p.root) }, StatusInput, "the issuer of CN=mux.example.com is missing: CN=Issuer"},
		{"the issuer", func(w http.ResponseWriter) { _, _ = w.Write(p.issuer) }, StatusDone, "to the chain: CN=Issuer"},
	} {
		answer = tt.answer
		status, text := p.install(t, leaf, "--ca-certs", root, "--fetch-issuers")
		if status != tt.status || !strings.Contains(text, tt.says) {
			t.Errorf("%s: status %d, and\n%s", tt.what, status, text)
		}
	}
	if asked > 5*maxFetched {
		t.Errorf("%d requests", asked)
	}
}

func TestIssuersAreFetchedByHTTPOnly(t *testing.T) {
	env, _ := console.Test()
	for _, address := range []string{"file:///etc/passwd", "ldap://ca.example.com/cn=ca", "http://[", ""} {
		if list, err := fetchIssuers(context.Background(), env, []string{address}); err == nil || list != nil {
			t.Errorf("%q gave %d certificates", address, len(list))
		}
	}
}

func TestRepliesInArchives(t *testing.T) {
	p := newPending(t, "")
	archive := func(name string, members map[string][]byte) string {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for member, data := range members {
			f, err := w.Create(member)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write(data); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return p.file(t, name, b.Bytes())
	}
	many := map[string][]byte{}
	for i := range maxReplyFiles + 1 {
		many[fmt.Sprint(i)] = p.leaf
	}
	whole := archive("reply.zip", map[string][]byte{"certs/leaf.cer": p.leaf, "certs/ca.cer": p.issuer, "certs/root.cer": p.root, "README.txt": []byte("How to install"), "certs/": nil})
	cut, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		file   string
		status Status
		says   string
	}{
		{archive("many.zip", many), StatusInput, "it has more than 256 members"},
		{archive("bomb.zip", map[string][]byte{"leaf.cer": p.leaf, "bomb": append([]byte("-----BEGIN CERTIFICATE-----\n"), bytes.Repeat([]byte("A"), maxReplyFile)...)}), StatusInput, "#bomb: it has 1048604 bytes, the limit is 1048576"},
		{archive("text.zip", map[string][]byte{"README.txt": []byte("How to install")}), StatusInput, "a ZIP archive without a certificate in it"},
		{p.file(t, "cut.zip", cut[:len(cut)-30]), StatusInput, "it is a ZIP or JAR archive, but damaged"},
		{whole, StatusDone, "to the chain: CN=Root"},
	} {
		status, text := p.install(t, tt.file, "--yes")
		if status != tt.status || !strings.Contains(text, tt.says) {
			t.Errorf("%s: status %d, and\n%s", filepath.Base(tt.file), status, text)
		}
	}
}
