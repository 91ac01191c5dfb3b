package keystore_test

import (
	"bytes"
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"muxkey/keystore"
	"muxkey/keystore/bks"
	"muxkey/pkcs12x"
)

const bksFixtures = "bks/testdata/"

func TestBouncyCastleKeystores(t *testing.T) {
	for _, tt := range []struct {
		file, format, integrity string
		protections             []string
	}{
		{"store.bks", "bks", "HMAC-SHA1 (BKS)", []string{"BKS PBE-SHA1-3DES", "PBE-SHA1-3DES"}},
		{"store-v1.bks", "bks-v1", "HMAC-SHA1 with a key of 16 bits (BKS version 1, CVE-2018-5382)", []string{"BKS PBE-SHA1-3DES", "PBE-SHA1-3DES"}},
		{"store.uber", "uber", "SHA-1 digest under the encryption (UBER)", []string{"UBER PBE-SHA1-Twofish-256", "BKS PBE-SHA1-3DES", "PBE-SHA1-3DES"}},
	} {
		for _, unlock := range []bool{false, true} {
			o := withPassword(fixturePassword)
			o.Unlock = unlock
			s := open(t, bksFixtures+tt.file, o)
			var names []string
			for _, p := range s.Protections {
				names = append(names, p.Name)
			}
			for _, e := range s.Entries {
				for _, p := range s.Protections {
					if e.Key != nil && e.Key.Protection.Name == p.Name && e.Key.Protection.Iterations < p.Iterations {
						t.Errorf("%s: %q has %d iterations, and the least shown is %d", tt.file, e.Alias, e.Key.Protection.Iterations, p.Iterations)
					}
				}
			}
			slices.Sort(names)
			slices.Sort(tt.protections)
			if s.Format != tt.format || !s.Verified || s.Integrity.Name != tt.integrity || len(s.Skipped) != 0 || !slices.Equal(names, tt.protections) {
				t.Errorf("%s: %+v", tt.file, s)
			}
			got := summary(s)
			slices.Sort(got)
			if want := []string{
				"private-key Mux (3)", "private-key other (1)", "private-key protected (3)", "public-key public",
				"secret-key aes", "secret-key mac", "secret-key stored", "trusted-certificate root ca (1)",
			}; !slices.Equal(got, want) {
				t.Errorf("%s: %q", tt.file, got)
			}
			mux, stored := find(t, s, "mux"), find(t, s, "stored")
			if match, known := mux.Key.Matches(mux.Chain[0]); !match || !known || mux.JavaAlias != "Mux" || mux.Created.IsZero() || mux.Key.Shrouded == nil {
				t.Errorf("%s: %+v", tt.file, mux)
			}
			if stored.Key != nil || !bytes.Equal(stored.Value, []byte{2, 3, 5, 7, 11}) {
				t.Errorf("%s: %+v", tt.file, stored)
			}
			if raw, err := find(t, s, "mac").Key.Secret(); err != nil || string(raw) != "0123456789" {
				t.Errorf("%s: %q, %v", tt.file, raw, err)
			}
			if e := find(t, s, "public"); e.Key != nil || !bytes.Equal(e.Value, mux.Chain[0].RawSPKI) {
				t.Errorf("%s: %+v", tt.file, e)
			}
			// Two keys have a password of their own: one that Bouncy Castle sealed, and
			// one that it was given as protected already.
			other, protected := find(t, s, "other"), find(t, s, "protected")
			if !errors.Is(other.Key.Err, keystore.ErrPassword) || !errors.Is(protected.Key.Err, pkcs12x.ErrLocked) {
				t.Errorf("%s: %v, %v", tt.file, other.Key.Err, protected.Key.Err)
			}
			for _, e := range []*keystore.Entry{other, protected} {
				if err := s.UnlockKey(t.Context(), e, fixturePassword); !errors.Is(err, keystore.ErrPassword) {
					t.Errorf("%s: %s: %v", tt.file, e.Alias, err)
				}
				if err := s.UnlockKey(t.Context(), e, "own-secret"); err != nil || e.Key.Signer() == nil || e.Key.Shrouded == nil || e.Key.Protection == nil {
					t.Errorf("%s: %s: %+v, %v", tt.file, e.Alias, e.Key, err)
				}
			}
		}
		if _, err := keystore.Open(t.Context(), bksFixtures+tt.file, withPassword("wrong")); !errors.Is(err, keystore.ErrPassword) {
			t.Errorf("%s: %v", tt.file, err)
		}
	}
}

// Without a password BKS is listed, as Bouncy Castle does it, and of UBER nothing
// is known.
func TestBouncyCastleKeystoresWithoutPassword(t *testing.T) {
	s := open(t, bksFixtures+"store.bks", keystore.Options{Unlock: true})
	if s.Verified || len(s.Entries) != 8 || len(s.Locked) != 0 || len(find(t, s, "mux").Chain) != 3 {
		t.Errorf("%+v", s)
	}
	if k := find(t, s, "mux").Key; k.PKCS8 != nil || !errors.Is(k.Err, pkcs12x.ErrLocked) {
		t.Errorf("%+v", k)
	}
	s = open(t, bksFixtures+"store.uber", keystore.Options{Unlock: true})
	if s.Verified || len(s.Entries) != 0 || len(s.Locked) != 1 || !errors.Is(s.Locked[0], pkcs12x.ErrLocked) || len(s.Protections) != 1 {
		t.Errorf("%+v", s)
	}
	s = open(t, bksFixtures+"plain.bks", keystore.Options{})
	if k := find(t, s, "mux").Key; k.Signer() == nil || k.Shrouded != nil || k.Protection != nil || k.Err != nil || find(t, s, "public").Kind != keystore.PublicKey {
		t.Errorf("a key in the open: %+v", k)
	}
}

// Keys of a large store are left alone, and opened one by one.
func TestBouncyCastleUnlockAtMost(t *testing.T) {
	o := withPassword(fixturePassword)
	o.UnlockAtMost = 1
	s := open(t, bksFixtures+"store.bks", o)
	for alias, want := range map[string]keystore.Kind{"mux": pkcs12x.PrivateKey, "aes": pkcs12x.SecretKey} {
		e := find(t, s, alias)
		if e.Key == nil || e.Key.PKCS8 != nil || e.Key.Err != nil {
			t.Errorf("%s: %+v", alias, e.Key)
		}
		if err := s.UnlockKey(t.Context(), e, fixturePassword); err != nil || e.Kind != want || e.Key.PKCS8 == nil {
			t.Errorf("%s: %+v, %v", alias, e, err)
		}
	}
	public := find(t, s, "public")
	if err := s.UnlockKey(t.Context(), public, fixturePassword); !errors.Is(err, pkcs12x.ErrUnsupported) || public.Key == nil || !errors.Is(public.Key.Err, pkcs12x.ErrUnsupported) {
		t.Errorf("unlocking a public key: %+v, %v", public, err)
	}
}

// Bouncy Castle tells capitals and small letters apart, muxkey does not.
func TestBouncyCastleAliases(t *testing.T) {
	s := open(t, bksFixtures+"aliases.bks", withPassword("grün€😀"))
	var aliases, java []string
	for _, e := range s.Entries {
		aliases = append(aliases, strings.ToLower(e.Alias))
		java = append(java, e.JavaAlias)
	}
	slices.Sort(aliases)
	slices.Sort(java)
	if want := []string{"1", "grün € 😀", "half \ufffd", "mux", "mux-2", "nul\x00nul"}; !slices.Equal(aliases, want) {
		t.Errorf("aliases are %q, want %q", aliases, want)
	}
	if want := []string{"", "Mux", "grün € 😀", "half \ufffd", "mux", "nul\x00nul"}; !slices.Equal(java, want) {
		t.Errorf("Java's aliases are %q, want %q", java, want)
	}
}

func TestDamagedBouncyCastleKeystores(t *testing.T) {
	for file, want := range map[string]string{
		"cut.bks":    "it is a BKS keystore (Bouncy Castle), but damaged: a key is not all there (cut short?)",
		"cut-v1.bks": "it is a BKS version 1 keystore (Bouncy Castle), but damaged: a key is not all there (cut short?)",
		"cut.uber":   "it is an UBER keystore (Bouncy Castle), but damaged: the encrypted content has 968 octets, which are no whole blocks (cut short?)",
	} {
		_, err := keystore.Open(t.Context(), bksFixtures+file, withPassword(fixturePassword))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", file, err, want)
		}
	}
}

// What no certificate can be read from is carried or named, and sinks nothing.
func TestBouncyCastleKeystoreWithForeignParts(t *testing.T) {
	data, err := os.ReadFile(bksFixtures + "store.bks")
	if err != nil {
		t.Fatal(err)
	}
	f, err := bks.Parse(data, pkcs12x.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	pgp := bks.Certificate{Type: "OpenPGP", Raw: []byte("a ring")}
	seal := func(k bks.Key) []byte {
		content, err := bks.Seal(t.Context(), rand.Reader, k, fixturePassword, 1)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	i := slices.IndexFunc(f.Entries, func(e *bks.Entry) bool { return e.Alias == "Mux" })
	mux := f.Entries[i]
	mux.Chain = []bks.Certificate{mux.Chain[0], pgp, mux.Chain[2]}
	f.Entries = []*bks.Entry{
		mux,
		{Type: bks.CertificateEntry, Created: mux.Created.AddDate(1_000_000, 0, 0), Certificate: &pgp},
		{Alias: "root", Type: bks.CertificateEntry, Chain: mux.Chain[:1], Certificate: &mux.Chain[2]},
		{Alias: "serpent", Type: bks.SealedEntry, Content: seal(bks.Key{Type: bks.SecretKey, Algorithm: "Serpent", Encoded: []byte{1}})},
		{Alias: "no chain", Type: bks.SealedEntry, Content: seal(bks.Key{Type: bks.PrivateKey, Algorithm: "RSA", Encoded: []byte{1}})},
		{Alias: "with chain", Type: bks.SealedEntry, Chain: mux.Chain[:1], Content: seal(bks.Key{Type: bks.SecretKey, Algorithm: "AES", Encoded: []byte{1}})},
	}
	if data, err = f.Encode(t.Context(), rand.Reader, fixturePassword); err != nil {
		t.Fatal(err)
	}
	s, err := keystore.Decode(t.Context(), "x.bks", data, withPassword(fixturePassword))
	if err != nil {
		t.Fatal(err)
	}
	if e := find(t, s, "mux"); len(e.Chain) != 1 || e.Key.Signer() == nil || len(s.Skipped) != 3 || !strings.Contains(s.Skipped[0].What, `certificate 2 of "Mux" and what follows it, of type "OpenPGP"`) {
		t.Errorf("%+v, skipped %+v", e, s.Skipped)
	}
	if e := find(t, s, "1"); e.Kind != pkcs12x.Opaque || string(e.Value) != "a ring" || !e.Created.IsZero() {
		t.Errorf("%+v", e)
	}
	if e := find(t, s, "root"); e.Kind != pkcs12x.TrustedCertificate || len(e.Chain) != 1 || !strings.Contains(s.Skipped[2].What, `the chain of "root"`) {
		t.Errorf("%+v, skipped %+v", e, s.Skipped)
	}
	for _, alias := range []string{"serpent", "no chain"} {
		if e := find(t, s, alias); !errors.Is(e.Key.Err, pkcs12x.ErrUnsupported) || e.Key.PKCS8 != nil {
			t.Errorf("%s: %+v", alias, e.Key)
		}
	}
	if e := find(t, s, "with chain"); e.Kind != pkcs12x.SecretKey || len(e.Chain) != 1 || e.Key.PKCS8 == nil {
		t.Errorf("%+v", e)
	}
}

func encodeBKS(t *testing.T, format string, entries []*keystore.Entry, password string) *keystore.Store {
	t.Helper()
	data, err := keystore.Encode(t.Context(), rand.Reader, format, entries, keystore.Encoding{Password: password})
	if err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	s, err := keystore.Decode(t.Context(), "x", data, withPassword(password))
	if err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	if s.Format != format {
		t.Fatalf("%s became %s", format, s.Format)
	}
	return s
}

// sameBut compares two stores, and says of which entries the sealed key changed.
func sameBut(t *testing.T, got, want []*keystore.Entry) []string {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	var sealedAnew []string
	for i, w := range want {
		g := got[i]
		if g.Alias != w.Alias || g.Kind != w.Kind || !g.Created.Equal(w.Created) || !bytes.Equal(g.Value, w.Value) || len(g.Chain) != len(w.Chain) || (g.Key == nil) != (w.Key == nil) {
			t.Errorf("%+v became %+v", w, g)
			continue
		}
		for j := range w.Chain {
			if !bytes.Equal(g.Chain[j].Raw, w.Chain[j].Raw) {
				t.Errorf("%s: certificate %d differs", w.Alias, j)
			}
		}
		if w.Key != nil && !bytes.Equal(g.Key.PKCS8, w.Key.PKCS8) {
			t.Errorf("%s: another key", w.Alias)
		}
		if w.Key != nil && !bytes.Equal(g.Key.Shrouded, w.Key.Shrouded) {
			sealedAnew = append(sealedAnew, w.Alias)
		}
	}
	slices.Sort(sealedAnew)
	return sealedAnew
}

// What is not changed stays as it is, in each of the formats: keys that were
// opened to look at them are not sealed again, those of another password keep it.
func TestBouncyCastleKeystoreWrittenAgain(t *testing.T) {
	for _, file := range []string{"store.bks", "store-v1.bks", "store.uber"} {
		s := open(t, bksFixtures+file, withPassword(fixturePassword))
		// Bouncy Castle has no use for it, so it is not written as it is.
		protected := find(t, s, "protected")
		format, _ := keystore.Formats().Get(s.Format)
		if why := format.Refuses(protected, keystore.Encoding{}); why != "its key is locked" {
			t.Errorf("%s: %q", file, why)
		}
		if err := s.UnlockKey(t.Context(), protected, "own-secret"); err != nil {
			t.Fatal(err)
		}
		for _, to := range []string{s.Format, "bks", "bks-v1", "uber"} {
			again := encodeBKS(t, to, s.Entries, fixturePassword)
			if anew := sameBut(t, again.Entries, s.Entries); !slices.Equal(anew, []string{"protected"}) {
				t.Errorf("%s as %s: sealed anew are %q", file, to, anew)
			}
		}
		again := encodeBKS(t, s.Format, s.Entries, "another-secret")
		if anew := sameBut(t, again.Entries, s.Entries); !slices.Equal(anew, []string{"Mux", "aes", "mac", "protected"}) {
			t.Errorf("%s under another password: sealed anew are %q", file, anew)
		}
	}
	s := open(t, bksFixtures+"plain.bks", withPassword(fixturePassword))
	again := encodeBKS(t, "bks", s.Entries, fixturePassword)
	if anew := sameBut(t, again.Entries, s.Entries); !slices.Equal(anew, []string{"aes", "mux"}) {
		t.Errorf("keys in the open: sealed are %q", anew)
	}
}

func TestWhatBouncyCastleKeystoresRefuse(t *testing.T) {
	cert := open(t, bksFixtures+"trust.bks", withPassword(fixturePassword)).Entries[0].Chain
	nameless, err := pkcs12x.NewSecretKey(asn1.ObjectIdentifier{1, 2, 3}, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	locked := func(protection string) *keystore.Key {
		return &keystore.Key{Shrouded: []byte{0x30, 0}, Protection: &pkcs12x.Protection{Name: protection}}
	}
	for _, tt := range []struct {
		entry       keystore.Entry
		bks, pkcs12 string
	}{
		{keystore.Entry{Kind: pkcs12x.TrustedCertificate, Chain: cert}, "", ""},
		{keystore.Entry{Kind: pkcs12x.PlainCertificate, Chain: cert}, "BKS holds trusted certificates only, and this one is not marked as such", ""},
		{keystore.Entry{Kind: pkcs12x.CRL}, "BKS has no place for a crl", ""},
		{keystore.Entry{Kind: keystore.CSR}, "BKS has no place for a csr", "PKCS#12 has no place for a csr"},
		{keystore.Entry{Kind: keystore.PublicKey}, "", "PKCS#12 has no place for a public-key"},
		{keystore.Entry{Kind: pkcs12x.Opaque}, "its type is not known", ""},
		{keystore.Entry{Kind: pkcs12x.SecretKey, Key: nameless}, "Java has no name for the algorithm 1.2.3 of its key", ""},
		{keystore.Entry{Kind: pkcs12x.SecretKey, Value: []byte{1}}, "", "its secret has no type, which PKCS#12 wants"},
		{keystore.Entry{Kind: pkcs12x.SecretKey, Type: asn1.ObjectIdentifier{1, 2, 3}, Value: []byte{1}}, "its secret is in the form 1.2.3 of PKCS#12", ""},
		{keystore.Entry{Kind: pkcs12x.PrivateKey, Key: locked("BKS PBE-SHA1-3DES")}, "", "its key is locked"},
		{keystore.Entry{Kind: pkcs12x.PrivateKey, Key: locked("JKS key protector")}, "its key is locked", "its key is locked"},
		{keystore.Entry{Kind: pkcs12x.PrivateKey, Key: locked("PBES2")}, "its key is locked", ""},
	} {
		for format, want := range map[string]string{"bks": tt.bks, "bks-v1": tt.bks, "uber": tt.bks, "pkcs12": tt.pkcs12} {
			f, _ := keystore.Formats().Get(format)
			if got := f.Refuses(&tt.entry, keystore.Encoding{Profile: pkcs12x.Profiles()[0]}); got != want {
				t.Errorf("%s, %s: %q, want %q", format, tt.entry.Kind, got, want)
			}
		}
	}
	for _, format := range []string{"jks", "jceks"} {
		f, _ := keystore.Formats().Get(format)
		if why := f.Refuses(&keystore.Entry{Kind: pkcs12x.PrivateKey, Key: locked("BKS PBE-SHA1-3DES")}, keystore.Encoding{}); why != "its key is locked" {
			t.Errorf("%s takes a key sealed by Bouncy Castle: %q", format, why)
		}
	}
	trusted := func(alias string) *keystore.Entry {
		return &keystore.Entry{Alias: alias, Kind: pkcs12x.TrustedCertificate, Chain: cert}
	}
	_, err = keystore.Encode(t.Context(), rand.Reader, "bks", []*keystore.Entry{trusted("Root"), trusted("ROOT")}, keystore.Encoding{Password: fixturePassword})
	if !errors.Is(err, pkcs12x.ErrDuplicateAlias) || !strings.Contains(err.Error(), `"Root" and "ROOT"`) {
		t.Errorf("two aliases that differ in case: %v", err)
	}
	s := encodeBKS(t, "bks", []*keystore.Entry{trusted("Root")}, "")
	if e := s.Entries[0]; e.Alias != "Root" || !e.Created.IsZero() {
		t.Errorf("an entry without a date, under no password: %+v", e)
	}
}

// Each algorithm has the name that Java has for it, and a key of any other is kept
// under its identifier.
func TestBouncyCastleKeyAlgorithms(t *testing.T) {
	for file, want := range map[string]string{"key-rsa-pkcs1.pem": "RSA", "key-dsa.pem": "DSA", "key-secp256k1.pem": "EC", "ed448.pem": "Ed448"} {
		e := open(t, "testdata/"+file, withPassword(fixturePassword)).Entries[0]
		data, err := keystore.Encode(t.Context(), rand.Reader, "bks", []*keystore.Entry{e}, keystore.Encoding{Password: fixturePassword})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		f, err := bks.Parse(data, pkcs12x.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		k, err := f.UnlockKey(t.Context(), f.Entries[0], fixturePassword)
		if err != nil || k.Algorithm != want || !bytes.Equal(k.Encoded, e.Key.PKCS8) {
			t.Errorf("%s: %+v, %v", file, k, err)
		}
	}
}
