package keystore_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muxkey/keystore"
	"muxkey/keystore/jks"
	"muxkey/pkcs12x"
)

const jksFixtures = "jks/testdata/"

func find(t *testing.T, s *keystore.Store, alias string) *keystore.Entry {
	t.Helper()
	e, err := s.Find(alias)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestJavaKeystores(t *testing.T) {
	for _, tt := range []struct{ file, format, protection, integrity string }{
		{"keytool.jks", "jks", "JKS key protector", "SHA-1 digest (JKS)"},
		{"keytool.jceks", "jceks", "JCEKS PBEWithMD5AndTripleDES", "SHA-1 digest (JCEKS)"},
	} {
		s := open(t, jksFixtures+tt.file, withPassword(fixturePassword))
		if s.Format != tt.format || !s.Verified || s.Integrity.Name != tt.integrity || len(s.Entries) != 3 || len(s.Protections) != 1 || len(s.Skipped) != 0 {
			t.Errorf("%s: %+v", tt.file, s)
		}
		mux, other, root := find(t, s, "MUX"), find(t, s, "other"), find(t, s, "root ca")
		if mux.Kind != pkcs12x.PrivateKey || mux.JavaAlias != "mux" || len(mux.Chain) != 3 || mux.Created.IsZero() ||
			root.Kind != pkcs12x.TrustedCertificate || len(root.Chain) != 1 || !bytes.Equal(root.Chain[0].Raw, mux.Chain[2].Raw) {
			t.Errorf("%s: %+v, %+v", tt.file, mux, root)
		}
		if match, known := mux.Key.Matches(mux.Chain[0]); !match || !known || mux.Key.Shrouded == nil || mux.Key.Protection.Name != tt.protection {
			t.Errorf("%s: %+v", tt.file, mux.Key)
		}
		if other.Key.PKCS8 != nil || !errors.Is(other.Key.Err, keystore.ErrPassword) {
			t.Errorf("%s: the key of another password: %+v", tt.file, other.Key)
		}
		if err := s.UnlockKey(t.Context(), other, fixturePassword); !errors.Is(err, keystore.ErrPassword) {
			t.Errorf("%s: %v", tt.file, err)
		}
		if err := s.UnlockKey(t.Context(), other, "own-secret"); err != nil || other.Key.Signer() == nil || other.Key.Shrouded == nil {
			t.Errorf("%s: %+v, %v", tt.file, other.Key, err)
		}
		_, err := keystore.Open(t.Context(), jksFixtures+tt.file, withPassword("wrong"))
		if !errors.Is(err, keystore.ErrPassword) {
			t.Errorf("%s: %v", tt.file, err)
		}
	}
}

// Without a password all is listed, as keytool does, and nothing is vouched for.
func TestJavaKeystoreWithoutPassword(t *testing.T) {
	s := open(t, jksFixtures+"keytool.jks", keystore.Options{Unlock: true})
	if s.Verified || s.Integrity == nil || len(s.Entries) != 3 || len(find(t, s, "mux").Chain) != 3 || len(s.Locked) != 0 {
		t.Errorf("%+v", s)
	}
	k := find(t, s, "mux").Key
	if k.PKCS8 != nil || !errors.Is(k.Err, pkcs12x.ErrLocked) {
		t.Errorf("%+v", k)
	}
}

// Keys of a large store are left alone, and opened one by one.
func TestJavaKeystoreUnlockAtMost(t *testing.T) {
	o := withPassword(fixturePassword)
	o.UnlockAtMost = 1
	s := open(t, jksFixtures+"keytool.jks", o)
	e := find(t, s, "mux")
	if e.Key.PKCS8 != nil || e.Key.Err != nil || !s.Verified {
		t.Errorf("%+v", e.Key)
	}
	if err := s.UnlockKey(t.Context(), e, fixturePassword); err != nil || e.Key.Signer() == nil {
		t.Errorf("%+v, %v", e.Key, err)
	}
}

func TestJavaSecretKeys(t *testing.T) {
	s := open(t, jksFixtures+"secret.jceks", withPassword(fixturePassword))
	for alias, want := range map[string]struct {
		oid  string
		size int
	}{"aes": {"2.16.840.1.101.3.4.1", 32}, "des": {"1.3.14.3.2.7", 8}, "desede": {"1.3.14.3.2.17", 24}, "hmacsha256": {"1.2.840.113549.2.9", 32}} {
		e := find(t, s, alias)
		raw, err := e.Key.Secret()
		if e.Kind != pkcs12x.SecretKey || err != nil || len(raw) != want.size || e.Key.Algorithm.String() != want.oid {
			t.Errorf("%s: %+v, %v", alias, e.Key, err)
		}
	}
}

func TestAliasesThatDifferInCase(t *testing.T) {
	s := open(t, jksFixtures+"aliases.jks", withPassword("grün€😀"))
	var aliases, java []string
	for _, e := range s.Entries {
		aliases = append(aliases, strings.ToLower(e.Alias))
		java = append(java, e.JavaAlias)
	}
	slices.Sort(aliases)
	slices.Sort(java)
	if want := []string{"grün € 😀", "half \ufffd", "mux", "mux-2", "mux-3", "nul\x00nul"}; !slices.Equal(aliases, want) {
		t.Errorf("aliases are %q, want %q", aliases, want)
	}
	if want := []string{"grün € 😀", "half \ufffd", "mux", "mux", "mux", "nul\x00nul"}; !slices.Equal(java, want) {
		t.Errorf("Java's aliases are %q, want %q", java, want)
	}
}

// What no certificate can be read from is carried or named, and sinks nothing.
func TestJavaKeystoreWithForeignParts(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(jksFixtures, "keytool.jks"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := jks.Parse(data, pkcs12x.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	pgp := jks.Certificate{Type: "OpenPGP", Raw: []byte("a ring")}
	secret, err := jks.SealSecretKey(bytes.NewReader(make([]byte, 8)), "Serpent", []byte{1, 2, 3}, fixturePassword, 1)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(f.Entries, func(e *jks.Entry) bool { return e.Alias == "mux" })
	mux := f.Entries[i]
	mux.Chain = []jks.Certificate{mux.Chain[0], pgp, mux.Chain[2]}
	f.Format = jks.JCEKS
	f.Entries = []*jks.Entry{
		mux,
		{Alias: "", Kind: pkcs12x.TrustedCertificate, Created: mux.Created.AddDate(1_000_000, 0, 0), Chain: []jks.Certificate{pgp}},
		{Alias: "serpent", Kind: pkcs12x.SecretKey, Sealed: secret},
		{Alias: "a-2", Kind: pkcs12x.TrustedCertificate, Chain: mux.Chain[:1]},
		{Alias: "a", Kind: pkcs12x.TrustedCertificate, Chain: mux.Chain[:1]},
		{Alias: "A", Kind: pkcs12x.TrustedCertificate, Chain: mux.Chain[:1]},
	}
	if data, err = f.Encode(fixturePassword); err != nil {
		t.Fatal(err)
	}
	s, err := keystore.Decode(t.Context(), "x.jceks", data, withPassword(fixturePassword))
	if err != nil {
		t.Fatal(err)
	}
	if e := find(t, s, "mux"); len(e.Chain) != 1 || e.Key.Signer() == nil || len(s.Skipped) != 2 || !strings.Contains(s.Skipped[0].What, `certificate 2 of "mux" and what follows it, of type "OpenPGP"`) {
		t.Errorf("%+v, skipped %+v", e, s.Skipped)
	}
	if e := find(t, s, "1"); e.Kind != pkcs12x.Opaque || string(e.Value) != "a ring" || !e.Created.IsZero() {
		t.Errorf("%+v", e)
	}
	if e := find(t, s, "serpent"); !errors.Is(e.Key.Err, pkcs12x.ErrUnsupported) || e.Key.PKCS8 != nil {
		t.Errorf("%+v", e.Key)
	}
	if e := find(t, s, "a-3"); e.Alias != "A-3" || e.JavaAlias != "a" {
		t.Errorf("%+v", e)
	}
	// A key under Java's own protection is never put into another format as it is.
	f12, _ := keystore.Formats().Get("pkcs12")
	profile := pkcs12x.Profiles()[0]
	locked := &keystore.Entry{Alias: "x", Kind: pkcs12x.PrivateKey, Key: &keystore.Key{
		Shrouded: mux.Sealed, Protection: &pkcs12x.Protection{Name: "JKS key protector"},
	}}
	if err := f12.Unsupported([]*keystore.Entry{locked}, keystore.Encoding{Profile: profile}); err == nil {
		t.Error("PKCS#12 takes a key sealed by JKS")
	}
}

func TestDamagedJavaKeystores(t *testing.T) {
	for data, want := range map[string]string{
		"\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x01": "it is a JKS keystore, but damaged: the number of entries is 1, more than fits into the file (cut short?)",
		"\xce\xce\xce\xce\x00\x00\x00\x03":                 "unsupported scheme: version 3 of the format",
	} {
		_, err := keystore.Decode(t.Context(), "x", []byte(data), keystore.Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%x: %v, want %s", data, err, want)
		}
	}
	many := binary.BigEndian.AppendUint32([]byte("\xfe\xed\xfe\xed\x00\x00\x00\x02"), 2_000_000)
	_, err := keystore.Decode(t.Context(), "x", append(many, make([]byte, 40_000_000)...), keystore.Options{})
	if _, over := errors.AsType[*pkcs12x.LimitError](err); !over {
		t.Errorf("two million entries: %v", err)
	}
}
