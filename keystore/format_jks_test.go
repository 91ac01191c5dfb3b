package keystore_test

import (
	"bytes"
	"crypto/rand"
	"encoding/asn1"
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
	many := binary.BigEndian.AppendUint32([]byte("\xfe\xed\xfe\xed\x00\x00\x00\x02"), 500_000)
	_, err := keystore.Decode(t.Context(), "x", append(many, make([]byte, 10_000_000)...), keystore.Options{})
	if _, over := errors.AsType[*pkcs12x.LimitError](err); !over {
		t.Errorf("half a million entries: %v", err)
	}
}

func encodeJKS(t *testing.T, format string, entries []*keystore.Entry, password string) []byte {
	t.Helper()
	data, err := keystore.Encode(t.Context(), rand.Reader, format, entries, keystore.Encoding{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// What is not changed stays as it is, to the octet: keys that were opened to
// look at them, keys of another password, dates, certificates.
func TestJavaKeystoreWrittenAgain(t *testing.T) {
	for _, file := range []string{"keytool.jks", "keytool.jceks", "secret.jceks", "trust.jks", "empty.jks"} {
		want, err := os.ReadFile(jksFixtures + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, unlock := range []bool{false, true} {
			o := withPassword(fixturePassword)
			o.Unlock = unlock
			s := open(t, jksFixtures+file, o)
			if got := encodeJKS(t, s.Format, s.Entries, fixturePassword); !bytes.Equal(got, want) {
				t.Errorf("%s, unlocked %t: what is written differs", file, unlock)
			}
		}
	}
}

// Under another password, and in the other format, open keys are sealed anew;
// what is still locked stays under its own.
func TestJavaKeystoreUnderAnotherPassword(t *testing.T) {
	for file, to := range map[string]string{"keytool.jks": "jceks", "keytool.jceks": "jceks"} {
		s := open(t, jksFixtures+file, withPassword(fixturePassword))
		mux, other := find(t, s, "mux"), find(t, s, "other")
		data := encodeJKS(t, to, s.Entries, "another-secret")
		again, err := keystore.Decode(t.Context(), "x."+to, data, withPassword("another-secret"))
		if err != nil {
			t.Fatal(err)
		}
		got := find(t, again, "mux")
		if !bytes.Equal(got.Key.PKCS8, mux.Key.PKCS8) || got.Key.Protection.Name != "JCEKS PBEWithMD5AndTripleDES" || !got.Created.Equal(mux.Created) {
			t.Errorf("%s: %+v", file, got.Key)
		}
		if locked := find(t, again, "other"); !bytes.Equal(locked.Key.Shrouded, other.Key.Shrouded) || locked.Key.PKCS8 != nil {
			t.Errorf("%s: %+v", file, locked.Key)
		}
	}
}

func TestWhatJavaKeystoresRefuse(t *testing.T) {
	cert := open(t, jksFixtures+"trust.jks", withPassword(fixturePassword)).Entries[0].Chain
	secret, err := pkcs12x.NewSecretKey(asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1}, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	nameless, err := pkcs12x.NewSecretKey(asn1.ObjectIdentifier{1, 2, 3}, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	locked := func(protection string) *keystore.Key {
		return &keystore.Key{Shrouded: []byte{0x30, 0}, Protection: &pkcs12x.Protection{Name: protection}}
	}
	for _, tt := range []struct {
		entry      keystore.Entry
		jks, jceks string
	}{
		{keystore.Entry{Kind: pkcs12x.TrustedCertificate, Chain: cert}, "", ""},
		{keystore.Entry{Kind: pkcs12x.PlainCertificate, Chain: cert}, "JKS holds trusted certificates only, and this one is not marked as such", "JCEKS holds trusted certificates only, and this one is not marked as such"},
		{keystore.Entry{Kind: pkcs12x.CRL}, "JKS has no place for a crl", "JCEKS has no place for a crl"},
		{keystore.Entry{Kind: keystore.CSR}, "JKS has no place for a csr", "JCEKS has no place for a csr"},
		{keystore.Entry{Kind: pkcs12x.Opaque}, "its type is not known", "its type is not known"},
		{keystore.Entry{Kind: pkcs12x.SecretKey, Key: secret}, "JKS has no place for a secret key, JCEKS has", ""},
		{keystore.Entry{Kind: pkcs12x.SecretKey, Key: nameless}, "JKS has no place for a secret key, JCEKS has", "Java has no name for the algorithm 1.2.3 of its key"},
		{keystore.Entry{Kind: pkcs12x.SecretKey, Key: &keystore.Key{Shrouded: []byte{0xac, 0xed}}}, "JKS has no place for a secret key, JCEKS has", ""},
		{keystore.Entry{Kind: pkcs12x.PrivateKey, Key: locked("JKS key protector")}, "", ""},
		{keystore.Entry{Kind: pkcs12x.PrivateKey, Key: locked("JCEKS PBEWithMD5AndTripleDES")}, "its key is locked", ""},
		{keystore.Entry{Kind: pkcs12x.PrivateKey, Key: locked("PBES2")}, "its key is locked", "its key is locked"},
	} {
		for format, want := range map[string]string{"jks": tt.jks, "jceks": tt.jceks} {
			f, _ := keystore.Formats().Get(format)
			if got := f.Refuses(&tt.entry, keystore.Encoding{}); got != want {
				t.Errorf("%s, %s: %q, want %q", format, tt.entry.Kind, got, want)
			}
		}
	}
	trusted := func(alias string) *keystore.Entry {
		return &keystore.Entry{Alias: alias, Kind: pkcs12x.TrustedCertificate, Chain: cert}
	}
	_, err = keystore.Encode(t.Context(), rand.Reader, "jks", []*keystore.Entry{trusted("Root"), trusted("ROOT")}, keystore.Encoding{Password: fixturePassword})
	if !errors.Is(err, pkcs12x.ErrDuplicateAlias) || !strings.Contains(err.Error(), `"Root" and "ROOT"`) {
		t.Errorf("two aliases that differ in case: %v", err)
	}
	data := encodeJKS(t, "jks", []*keystore.Entry{trusted("Root")}, fixturePassword)
	if f, err := jks.Parse(data, pkcs12x.DefaultLimits()); err != nil || f.Entries[0].Alias != "root" || f.Entries[0].Created.UnixMilli() != 0 {
		t.Errorf("an entry without a date: %+v, %v", f, err)
	}
	if s, err := keystore.Decode(t.Context(), "x.jks", data, withPassword(fixturePassword)); err != nil || !s.Entries[0].Created.IsZero() {
		t.Errorf("an entry without a date: %+v, %v", s, err)
	}
	key := find(t, open(t, jksFixtures+"keytool.jks", withPassword(fixturePassword)), "mux")
	_, err = keystore.Encode(t.Context(), rand.Reader, "jceks", []*keystore.Entry{key}, keystore.Encoding{Password: "grün"})
	if !errors.Is(err, pkcs12x.ErrUnsupported) || !strings.Contains(err.Error(), `the key of "mux"`) {
		t.Errorf("a password outside ASCII: %v", err)
	}
}
