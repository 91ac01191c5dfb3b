package keystore_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

const nssPassword = "nss-secret-1"

// nssFile unpacks a fixture of package nss.
func nssFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("nss/testdata/" + name + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if data, err = io.ReadAll(r); err != nil {
		t.Fatal(err)
	}
	return data
}

// nssDir makes a directory with a database, under names with a prefix.
func nssDir(t testing.TB, name, prefix string) string {
	t.Helper()
	dir := t.TempDir()
	for _, file := range []string{"cert9.db", "key4.db"} {
		write(t, filepath.Join(dir, prefix+file), nssFile(t, name+"-"+file))
	}
	return dir
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

var (
	nssCerts = []string{"private-key server (2)", "private-key rsa (2)", "private-key 1", "private-key 2", "private-key from p12 (1)", "trusted-certificate ca (1)", "certificate gone (1)"}
	nssRest  = []string{"secret-key aes", "secret-key generic"}
	nssAll   = append(append(slices.Clone(nssCerts), nssRest...), "crl 3")
)

func TestNSSDatabaseIsOneStore(t *testing.T) {
	plain, prefixed := nssDir(t, "empty", ""), nssDir(t, "empty", "my-")
	asked := keystore.Options{Unlock: true, Password: func(context.Context) (string, error) {
		t.Error("a password was asked for that is not needed")
		return "", nil
	}}
	for _, path := range []string{plain, plain + "/cert9.db", plain + "/key4.db", prefixed + "/my-cert9.db", prefixed + "/my-key4.db"} {
		s := open(t, path, asked)
		if got := summary(s); !slices.Equal(got, nssAll) || s.Path != path || s.Format != "nss" || !s.Verified || !s.NoPassword || s.Skipped != nil {
			t.Errorf("%s: %s at %s, verified %v, %q, skipped %v", path, s.Format, s.Path, s.Verified, got, s.Skipped)
		}
		for _, e := range s.Entries {
			if e.Key != nil && e.Key.PKCS8 == nil && e.Alias != "generic" {
				t.Errorf("%s: %q is locked: %v", path, e.Alias, e.Key.Err)
			}
			if e.Kind == pkcs12x.PrivateKey && len(e.Chain) > 0 {
				if match, known := e.Key.Matches(e.Chain[0]); !match || !known {
					t.Errorf("%s: the key of %q is not that of its certificate", path, e.Alias)
				}
			}
		}
		for alias, want := range map[string]string{"ca": "CT,C,C", "rsa": "Pu,u,u", "gone": "p,p,p", "server": "u,u,u", "1": ""} {
			e, err := s.Find(alias)
			if err != nil || s.Trust[e].Flags != want {
				t.Errorf("%s: trust of %q is %q, %v", path, alias, s.Trust[e].Flags, err)
			}
		}
		for _, e := range s.Entries {
			if want := e.Alias == "ca" || e.Alias == "rsa"; s.IsAnchor(e) != want {
				t.Errorf("%s: %q is an anchor: %v", path, e.Alias, !want)
			}
		}
		ca, _ := s.Find("ca")
		if usages, _ := pkcs12x.TrustedUsages(ca.Chain[0].Attributes); len(usages) != 4 {
			t.Errorf("%s: trusted for %v", path, usages)
		}
	}
	if _, err := keystore.Open(t.Context(), prefixed, asked); err == nil {
		t.Error("a directory with other names was taken for a database")
	}
}

func TestNSSFilesAlone(t *testing.T) {
	certs, err := keystore.Decode(t.Context(), "standard input", nssFile(t, "empty-cert9.db"), keystore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := summary(certs); len(got) != 6 || certs.Integrity != nil || certs.Verified {
		t.Errorf("cert9.db alone: %q", got)
	}
	keys, err := keystore.Decode(t.Context(), "standard input", nssFile(t, "password-key4.db"), withPassword(nssPassword))
	if err != nil {
		t.Fatal(err)
	}
	if got := summary(keys); len(got) != 7 || !keys.Verified {
		t.Errorf("key4.db alone: %q", got)
	}
	// Under a name of its own, a file has no other one.
	dir := nssDir(t, "empty", "")
	if err := os.Rename(dir+"/cert9.db", dir+"/store"); err != nil {
		t.Fatal(err)
	}
	if got := summary(open(t, dir+"/store", keystore.Options{})); len(got) != 6 {
		t.Errorf("renamed: %q", got)
	}
	if got := summary(open(t, dir, keystore.Options{})); len(got) != 7 {
		t.Errorf("a directory with key4.db: %q", got)
	}
}

func TestNSSPasswords(t *testing.T) {
	dir := nssDir(t, "password", "")
	if _, err := keystore.Open(t.Context(), dir, withPassword("another")); !errors.Is(err, keystore.ErrPassword) {
		t.Errorf("wrong password: %v", err)
	}
	for _, opts := range []keystore.Options{{Unlock: true}, {Password: withPassword(nssPassword).Password}} {
		s := open(t, dir, opts)
		if got := summary(s); !slices.Equal(got, nssAll) || s.Verified != (opts.Password != nil) || s.NoPassword {
			t.Errorf("locked: %q, verified %v", got, s.Verified)
		}
		e, err := s.PrivateKey("server")
		if err != nil || e.Key.PKCS8 != nil || !errors.Is(e.Key.Err, pkcs12x.ErrLocked) {
			t.Fatalf("%#v, %v", e, err)
		}
		if err := s.UnlockKey(t.Context(), e, "another"); opts.Password == nil && !errors.Is(err, keystore.ErrPassword) {
			t.Errorf("another password: %v", err)
		}
		if err := s.UnlockKey(t.Context(), e, nssPassword); err != nil || e.Key.Private == nil {
			t.Errorf("unlocking: %v", err)
		}
		if name, _ := pkcs12x.FriendlyName(e.Key.Attributes); name != "server" || e.Key.Protection == nil {
			t.Errorf("the open key has lost what stood with it")
		}
	}
}

// Who can write to cert9.db alone cannot make NSS trust a certificate, nor us.
func TestNSSTrustIsSigned(t *testing.T) {
	dir := nssDir(t, "password", "")
	data := nssFile(t, "password-cert9.db")
	forged := bytes.ReplaceAll(data, []byte("\xce\x53\x43\x5a"), []byte("\xce\x53\x43\x52"))
	if bytes.Equal(data, forged) {
		t.Fatal("there is nothing to forge")
	}
	write(t, dir+"/cert9.db", forged)
	s := open(t, dir, withPassword(nssPassword))
	e, err := s.Find("gone")
	if err != nil || e.Kind != pkcs12x.PlainCertificate || s.Trust[e].Flags != ",," {
		t.Errorf("it is %s, trusted for %q, %v", e.Kind, s.Trust[e].Flags, err)
	}
	if len(s.Skipped) != 1 || !strings.Contains(s.Skipped[0].What, `the trust CT,C,C of "gone": the signature over what it is trusted for: it is wrong`) {
		t.Errorf("skipped: %v", s.Skipped)
	}
	if e, _ := s.Find("ca"); e.Kind != pkcs12x.TrustedCertificate {
		t.Errorf("ca is %s", e.Kind)
	}
	// Without the password nobody can tell.
	if e, _ := open(t, dir, keystore.Options{}).Find("gone"); e.Kind != pkcs12x.TrustedCertificate {
		t.Errorf("without a password it is %s", e.Kind)
	}
}

func TestNSSUnfinishedChange(t *testing.T) {
	dir := nssDir(t, "empty", "")
	write(t, dir+"/key4.db-journal", make([]byte, 512)) // one that was used and kept
	open(t, dir, keystore.Options{})
	write(t, dir+"/key4.db-journal", append([]byte("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"), make([]byte, 504)...))
	_, err := keystore.Open(t.Context(), dir, keystore.Options{})
	e, ok := errors.AsType[*keystore.FormatError](err)
	if !ok || !strings.Contains(err.Error(), "a change to it was not finished (key4.db-journal)") || e.Hint == "" {
		t.Errorf("%v", err)
	}
}

func TestNSSIsNotWritten(t *testing.T) {
	s := open(t, nssDir(t, "empty", ""), keystore.Options{})
	if _, err := keystore.Encode(t.Context(), nil, "nss", s.Entries, keystore.Encoding{}); !errors.Is(err, keystore.ErrReadOnly) {
		t.Errorf("%v", err)
	}
	if f, _ := keystore.Formats().Get("nss"); !strings.Contains(f.Instead, "pk12util -i") {
		t.Errorf("instead: %q", f.Instead)
	}
}

func TestNSSCutShort(t *testing.T) {
	data := nssFile(t, "empty-key4.db")
	for n := len(data) - 1; n > 4096; n -= 1999 {
		_, err := keystore.Decode(t.Context(), "key4.db", data[:n], keystore.Options{})
		if e, ok := errors.AsType[*keystore.FormatError](err); !ok || !e.Damaged {
			t.Fatalf("cut to %d: %v", n, err)
		}
	}
	dir := nssDir(t, "empty", "")
	write(t, dir+"/key4.db", data[:30000])
	_, err := keystore.Open(t.Context(), dir+"/cert9.db", keystore.Options{})
	if err == nil || !strings.Contains(err.Error(), "key4.db beside it") || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("the other file is cut short: %v", err)
	}
}
