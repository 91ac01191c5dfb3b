package keystore_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// FuzzDecode feeds the readers of PEM, DER, PKCS#7 and OpenSSH keys from all the fixtures.
// They must neither panic nor hang, and what they give must hold together.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*")
	if err != nil || len(files) < 30 {
		f.Fatalf("%d fixtures, %v", len(files), err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	limits := pkcs12x.DefaultLimits()
	limits.Work, limits.Memory = 5000, 1<<20
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := keystore.Decode(t.Context(), "x", data, keystore.Options{
			Unlock:   true,
			Limits:   limits,
			Password: func(context.Context) (string, error) { return fixturePassword, nil },
		})
		if err != nil {
			if err.Error() == "" || s != nil {
				t.Fatalf("error %q with store %v", err, s)
			}
			return
		}
		if s.Format == "pem" && len(s.Entries) > 0 {
			// Names that are told apart are the only thing that may change.
			out, err := s.Rewrite(t.Context(), rand.Reader, keystore.Encoding{})
			if again, e := keystore.Decode(t.Context(), "x", out, keystore.Options{Limits: limits}); err == nil && (e != nil || !slices.Equal(again.Aliases(), s.Aliases())) {
				t.Fatalf("written again: %v", e)
			}
		}
		if _, ok := keystore.Formats().Get(s.Format); !ok {
			t.Fatalf("format %q", s.Format)
		}
		seen := map[string]bool{}
		for _, e := range s.Entries {
			if seen[e.Alias] {
				t.Fatalf("alias %q occurs twice", e.Alias)
			}
			seen[e.Alias] = true
			if e.Kind == "" || e.Kind == pkcs12x.PrivateKey && e.Key == nil || e.Kind == pkcs12x.PlainCertificate && len(e.Chain) == 0 {
				t.Fatalf("entry %#v", e)
			}
		}
	})
}

// FuzzAliases: an entry is found under the alias that it was written with, or
// writing it is refused.
func FuzzAliases(f *testing.F) {
	for _, alias := range append(hostileAliases, "", "1", "2", "\xff", "a\xed\xa0\x80") {
		f.Add(alias, "mux")
		f.Add("MUX", alias)
	}
	data, err := os.ReadFile("testdata/certificate.der")
	if err != nil {
		f.Fatal(err)
	}
	c, err := pkcs12x.ParseCertificate(data)
	if err != nil {
		f.Fatal(err)
	}
	enc := keystore.Encoding{Profile: pkcs12x.Modern2023().WithIterations(1, 1), Password: fixturePassword}
	f.Fuzz(func(t *testing.T, a, b string) {
		for format := range keystore.Formats().All() {
			if format.Encode == nil || !format.KeepsAliases || format.ID == "bcfks" { // its 51,200 rounds are for the conformance suite
				continue
			}
			entries := []*keystore.Entry{
				{Alias: a, Kind: pkcs12x.TrustedCertificate, Chain: []*keystore.Certificate{c}},
				{Alias: b, Kind: pkcs12x.TrustedCertificate, Chain: []*keystore.Certificate{c}},
			}
			data, err := keystore.Encode(t.Context(), rand.Reader, format.ID, entries, enc)
			if err != nil {
				continue
			}
			st, err := keystore.Decode(t.Context(), "x", data, withPassword(fixturePassword))
			if err != nil {
				t.Fatal(err)
			}
			x, errA := st.Find(a)
			y, errB := st.Find(b)
			if errA != nil || errB != nil || x == y || len(st.Entries) != 2 {
				t.Fatalf("%s: %q and %q became %q", format.ID, a, b, st.Aliases())
			}
		}
	})
}
