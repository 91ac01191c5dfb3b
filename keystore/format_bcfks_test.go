package keystore_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

const bcfksFixtures = "bcfks/testdata/"

func TestBouncyCastleFIPSKeystores(t *testing.T) {
	for _, tt := range []struct{ file, protection, integrity string }{
		{"default.bcfks", "BCFKS AES-256-CCM", "HMAC-SHA512"},
		{"scrypt.bcfks", "BCFKS AES-256-KWP", "HMAC-SHA3-512"},
	} {
		s := open(t, bcfksFixtures+tt.file, withPassword(fixturePassword))
		if s.Format != "bcfks" || !s.Verified || s.Integrity.Name != tt.integrity || len(s.Entries) != 3 || s.Protections[0].Name != tt.protection || len(s.Locked) != 0 {
			t.Errorf("%s: %+v", tt.file, s)
		}
		mux, other, root := find(t, s, "mux"), find(t, s, "other"), find(t, s, "root ca")
		if mux.Alias != "Mux" || mux.JavaAlias != "Mux" || len(mux.Chain) != 3 || mux.Created.Year() < 2026 || root.Kind != pkcs12x.TrustedCertificate ||
			!bytes.Equal(root.Chain[0].Raw, mux.Chain[2].Raw) {
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
		if _, err := keystore.Open(t.Context(), bcfksFixtures+tt.file, withPassword("wrong")); !errors.Is(err, keystore.ErrPassword) {
			t.Errorf("%s: %v", tt.file, err)
		}
	}
}

// Without a password it is known what protects the file, and nothing else.
func TestBCFKSWithoutPassword(t *testing.T) {
	s := open(t, bcfksFixtures+"default.bcfks", keystore.Options{Unlock: true})
	if s.Verified || s.Integrity.Iterations != 51200 || len(s.Entries) != 0 || len(s.Locked) != 1 || !errors.Is(s.Locked[0], pkcs12x.ErrLocked) || len(s.Protections) != 1 {
		t.Errorf("%+v", s)
	}
	s = open(t, bcfksFixtures+"open.bcfks", keystore.Options{Unlock: true})
	if s.Verified || len(s.Entries) != 4 || len(s.Locked) != 0 || !errors.Is(find(t, s, "aes").Key.Err, pkcs12x.ErrLocked) {
		t.Errorf("content in the open: %+v", s)
	}
	for _, alias := range []string{"pbe", "broken"} {
		if e := find(t, s, alias); e.Kind != pkcs12x.Opaque || len(e.Value) == 0 || e.Key != nil || e.Chain != nil {
			t.Errorf("%+v", e)
		}
	}
	s = open(t, bcfksFixtures+"signed-ecdsa.bcfks", keystore.Options{Unlock: true})
	if !s.Verified || len(s.Entries) != 1 || len(s.Locked) != 0 || !errors.Is(find(t, s, "mux").Key.Err, pkcs12x.ErrLocked) {
		t.Errorf("a signed store: %+v", s)
	}
	s = open(t, bcfksFixtures+"signed-bare.bcfks", withPassword(fixturePassword))
	if s.Verified || !errors.Is(s.Integrity.Err, pkcs12x.ErrUnsupported) || find(t, s, "mux").Key.Signer() == nil {
		t.Errorf("a store signed by nobody knows whom: %+v", s)
	}
}

func TestBCFKSUnlockAtMost(t *testing.T) {
	o := withPassword(fixturePassword)
	o.UnlockAtMost = 1
	s := open(t, bcfksFixtures+"default.bcfks", o)
	if k := find(t, s, "mux").Key; k.PKCS8 != nil || k.Err != nil || !s.Verified {
		t.Errorf("%+v", k)
	}
}

func TestBCFKSAliasesThatDifferInCase(t *testing.T) {
	s := open(t, bcfksFixtures+"aliases.bcfks", withPassword("grün€😀"))
	var aliases, java []string
	for _, e := range s.Entries {
		aliases = append(aliases, strings.ToLower(e.Alias))
		java = append(java, e.JavaAlias)
	}
	slices.Sort(aliases)
	slices.Sort(java)
	if want := []string{"1", "grün € 😀", "mux", "mux-2", "mux-3", "nul\x00nul"}; !slices.Equal(aliases, want) {
		t.Errorf("aliases are %q, want %q", aliases, want)
	}
	if want := []string{"", "MUX", "Mux", "grün € 😀", "mux", "nul\x00nul"}; !slices.Equal(java, want) {
		t.Errorf("Java's aliases are %q, want %q", java, want)
	}
}

// again writes the entries of a store and reads them.
func again(t *testing.T, s *keystore.Store, format, password string, old *keystore.Store) (*keystore.Store, error) {
	t.Helper()
	profile, _ := pkcs12x.ProfileByName(pkcs12x.DefaultProfile)
	data, err := keystore.Encode(t.Context(), rand.Reader, format, s.Entries, keystore.Encoding{Password: password, Profile: profile, Old: old})
	if err != nil {
		return nil, err
	}
	back, err := keystore.Decode(t.Context(), "back", data, withPassword(password))
	if err != nil {
		t.Fatal(err)
	}
	return back, nil
}

// An edit keeps the algorithms, the sealed keys, and what entries have no place
// for.
func TestBCFKSEdit(t *testing.T) {
	for _, file := range []string{"default.bcfks", "scrypt.bcfks", "protected.bcfks", "secret.bcfks", "open.bcfks"} {
		s := open(t, bcfksFixtures+file, withPassword(fixturePassword))
		back, err := again(t, s, "bcfks", fixturePassword, s)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if back.Integrity.Name != s.Integrity.Name || back.Integrity.KDF != s.Integrity.KDF || back.Size != s.Size || len(back.Protections) != len(s.Protections) || !slices.Equal(summary(back), summary(s)) {
			t.Errorf("%s: %+v, was %+v", file, back, s)
		}
		for i, e := range s.Entries {
			b := back.Entries[i]
			if !b.Created.Equal(e.Created) || !bytes.Equal(b.Value, e.Value) || e.Key != nil && !bytes.Equal(b.Key.Shrouded, e.Key.Shrouded) {
				t.Errorf("%s: %+v, was %+v", file, b, e)
			}
		}
	}
	// In the open it shows: the date of making, which entries have no place for,
	// and the comments.
	s := open(t, bcfksFixtures+"open.bcfks", withPassword(fixturePassword))
	data, err := keystore.Encode(t.Context(), rand.Reader, "bcfks", s.Entries, keystore.Encoding{Password: fixturePassword, Old: s})
	if err != nil || bytes.Count(data, []byte("20231114221320Z")) != 5 || !bytes.Contains(data, []byte("a comment")) || !bytes.Contains(data, []byte("on the whole")) {
		t.Errorf("%d dates, %v", bytes.Count(data, []byte("20231114221320Z")), err)
	}
	s = open(t, bcfksFixtures+"default.bcfks", withPassword(fixturePassword))
	back, err := again(t, s, "bcfks", "another", s)
	if err != nil {
		t.Fatal(err)
	}
	if mux, other := find(t, back, "mux"), find(t, back, "other"); mux.Key.Signer() == nil || other.Key.PKCS8 != nil || !bytes.Equal(other.Key.Shrouded, find(t, s, "other").Key.Shrouded) {
		t.Errorf("another password: %+v, %+v", mux.Key, other.Key)
	}
	signed := open(t, bcfksFixtures+"signed-rsa.bcfks", withPassword(fixturePassword))
	if _, err := again(t, signed, "bcfks", fixturePassword, signed); !errors.Is(err, keystore.ErrReadOnly) {
		t.Errorf("an edit of a signed store: %v", err)
	}
	if back, err := again(t, signed, "bcfks", fixturePassword, nil); err != nil || back.Integrity.Name != "HMAC-SHA512" {
		t.Errorf("a new store from a signed one: %v", err)
	}
}

func TestBCFKSConversions(t *testing.T) {
	s := open(t, bcfksFixtures+"default.bcfks", withPassword(fixturePassword))
	for _, format := range []string{"pkcs12", "jks", "jceks", "pem"} {
		_, err := again(t, s, format, "another", nil)
		u, ok := errors.AsType[*keystore.UnsupportedEntriesError](err)
		if !ok || u.Reasons["other"] != "its key is locked" || len(u.Reasons) != 1 {
			t.Errorf("%s with a locked key: %v", format, err)
		}
	}
	if err := s.UnlockKey(t.Context(), find(t, s, "other"), "own-secret"); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"pkcs12", "jks", "jceks"} {
		there, err := again(t, s, format, "another", nil)
		if err != nil {
			t.Fatal(err)
		}
		back, err := again(t, there, "bcfks", "a third", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, alias := range []string{"mux", "other", "root ca"} {
			want, got := find(t, s, alias), find(t, back, alias)
			if len(got.Chain) != len(want.Chain) || !bytes.Equal(got.Chain[0].Raw, want.Chain[0].Raw) || want.Key != nil && !bytes.Equal(got.Key.PKCS8, want.Key.PKCS8) {
				t.Errorf("%s by way of %s: %+v", alias, format, got)
			}
		}
		if back.Integrity.Iterations != 51200 || back.Integrity.KDF != "PBKDF2-HMAC-SHA512" || back.Protections[0].Name != "BCFKS AES-256-CCM" {
			t.Errorf("not what Bouncy Castle writes: %+v", back)
		}
	}
}

func TestWhatBCFKSRefuses(t *testing.T) {
	chain := open(t, "testdata/chain.pem", keystore.Options{}).Entries
	key := open(t, "testdata/key-pkcs8.der", keystore.Options{}).Entries
	opaque := open(t, bcfksFixtures+"open.bcfks", withPassword(fixturePassword)).Entries
	crl := open(t, "testdata/crl.der", keystore.Options{}).Entries
	rc2, err := pkcs12x.NewSecretKey([]int{1, 2, 840, 113549, 3, 2}, []byte("0123456789"))
	if err != nil {
		t.Fatal(err)
	}
	for why, entries := range map[string][]*keystore.Entry{
		"BCFKS holds trusted certificates only, and this one is not marked as such":   chain,
		"BCFKS needs a certificate with each private key":                             key,
		"BCFKS has no place for a crl":                                                crl,
		"its type is not known":                                                       opaque,
		"Bouncy Castle has no place for a secret key of algorithm 1.2.840.113549.3.2": {{Alias: "rc2", Kind: pkcs12x.SecretKey, Key: rc2}},
		"its key is locked":                                                           {{Alias: "x", Kind: pkcs12x.PrivateKey, Chain: chain[0].Chain, Key: &keystore.Key{Shrouded: []byte{0x30, 0}}}},
		"BCFKS has no place for a secret-key":                                         {{Alias: "x", Kind: pkcs12x.SecretKey, Value: []byte{5, 0}}},
	} {
		_, err := keystore.Encode(t.Context(), rand.Reader, "bcfks", entries, keystore.Encoding{Password: fixturePassword})
		u, ok := errors.AsType[*keystore.UnsupportedEntriesError](err)
		if !ok || !slices.Contains(slices.Collect(maps.Values(u.Reasons)), why) {
			t.Errorf("%s: %v", why, err)
		}
	}
	mux := find(t, open(t, bcfksFixtures+"default.bcfks", withPassword(fixturePassword)), "mux")
	mux.Created = time.Time{}
	data, err := keystore.Encode(t.Context(), rand.Reader, "bcfks", []*keystore.Entry{mux}, keystore.Encoding{Password: fixturePassword})
	if err != nil {
		t.Fatal(err)
	}
	back, err := keystore.Decode(t.Context(), "x", data, keystore.Options{Password: func(context.Context) (string, error) { return fixturePassword, nil }})
	if err != nil || !back.Entries[0].Created.IsZero() {
		t.Errorf("a date that is not known: %v, %v", back.Entries[0].Created, err)
	}
}
