package store_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
	"muxkey/internal/keytool/store"
	"muxkey/pkcs12x"
)

// now is the clock of all tests: a time that keytool can print.
var now = time.Date(2026, 11, 22, 12, 0, 0, 5e6, time.UTC)

// password opens all stores of tests.
const password = "changeit"

// options are those of a level, with properties "name=value".
func options(t testing.TB, number string, properties ...string) store.Options {
	t.Helper()
	l, err := level.Parse(number)
	if err != nil {
		t.Fatal(err)
	}
	return store.Options{Level: l, Rand: rand.Reader, Now: func() time.Time { return now }, Property: func(name string) (string, bool) {
		for _, p := range properties {
			if value, ok := strings.CutPrefix(p, name+"="); ok {
				return value, true
			}
		}
		return "", false
	}}
}

// person makes a key and a certificate for it.
func person(t testing.TB, name string) (*store.Key, *pkcs12x.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(1000 * time.Hour),
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := pkcs12x.ParseOutline(raw)
	if err != nil {
		t.Fatal(err)
	}
	return &store.Key{Algorithm: "EC", PKCS8: pkcs8}, cert
}

// Every type gives back what was put in, under aliases without case.
func TestBackAndForth(t *testing.T) {
	for _, typ := range []string{"JKS", "JCEKS", "PKCS12", "CaseExactJKS"} {
		t.Run(typ, func(t *testing.T) {
			ctx, o := t.Context(), options(t, "21")
			s, err := store.New(typ, o)
			if err != nil {
				t.Fatal(err)
			}
			k, cert := person(t, "mux.example")
			_, ca := person(t, "ca.example")
			must(t, s.SetKey(ctx, "Mux", k, new(password), []*pkcs12x.Certificate{cert}))
			must(t, s.SetCertificate("CA One", ca))
			aes := &store.Key{Algorithm: "AES", Secret: []byte("0123456789abcdef")}
			withSecret := typ == "JCEKS" || typ == "PKCS12"
			err = s.SetKey(ctx, "s", aes, new(password), nil)
			switch {
			case withSecret:
				must(t, err)
			case err == nil || err.Error() != "java.security.KeyStoreException: Cannot store non-PrivateKeys":
				t.Errorf("a secret key: %v", err)
			}
			data, err := s.Encode(ctx, new(password))
			must(t, err)

			if s, err = store.Load(ctx, typ, data, new(password), o); err != nil {
				t.Fatal(err)
			}
			e, ok := s.Entry("Mux")
			if !ok || e.Kind != store.PrivateKeyEntry || !e.Created.Equal(now) || len(e.Chain) != 1 || !bytes.Equal(e.Chain[0].Raw, cert.Raw) {
				t.Errorf("the key: %+v", e)
			}
			if got, err := s.Key(ctx, "Mux", password); err != nil || got.Algorithm != "EC" || !bytes.Equal(got.PKCS8, k.PKCS8) {
				t.Errorf("the key: %+v, %v", got, err)
			}
			if e, ok := s.Entry("CA One"); !ok || e.Kind != store.TrustedCertEntry || !bytes.Equal(e.Chain[0].Raw, ca.Raw) {
				t.Errorf("the certificate: %+v", e)
			}
			if withSecret {
				if got, err := s.Key(ctx, "S", password); err != nil || got.Algorithm != "AES" || !bytes.Equal(got.Secret, aes.Secret) {
					t.Errorf("the secret key: %+v, %v", got, err)
				}
			}
			if _, ok := s.Entry("mux"); ok == (typ == "CaseExactJKS") {
				t.Errorf("found without case: %v", ok)
			}
			if got, ok := s.CertificateAlias(ca.Raw); !ok || !strings.EqualFold(got, "CA One") {
				t.Errorf("the certificate is that of %q", got)
			}
			if err := s.Delete("Mux"); err != nil {
				t.Error(err)
			}
			if s.Contains("Mux") || slices.Contains(s.Aliases(), "mux") {
				t.Error("it is still there")
			}
			err = s.SetCertificate("S", ca)
			switch want := map[string]string{"JCEKS": "Cannot overwrite secret key", "PKCS12": "Cannot overwrite own certificate"}[typ]; {
			case want == "":
				must(t, err)
			case err == nil || exception.Of(err).Message != want:
				t.Errorf("over a key: %v", err)
			}
		})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What is begun beside the loading is used for the file that was foreseen, once, and
// for no other.
func TestSaves(t *testing.T) {
	ctx, o := t.Context(), options(t, "21")
	s, err := store.New("PKCS12", o)
	must(t, err)
	_, cert := person(t, "one")
	must(t, s.SetCertificate("one", cert))
	data, err := s.Encode(ctx, new(password))
	must(t, err)
	o.Saves = true
	s, err = store.Load(ctx, "PKCS12", data, new(password), o)
	must(t, err)
	salts := map[string]bool{string(salt(t, data)): true}
	for _, word := range []string{password, password, "another"} {
		next, err := s.Encode(ctx, &word)
		must(t, err)
		if salts[string(salt(t, next))] {
			t.Errorf("%s: the salt of another file", word)
		}
		salts[string(salt(t, next))] = true
		back, err := store.Load(ctx, "PKCS12", next, &word, o)
		must(t, err)
		if !slices.Equal(back.Aliases(), []string{"one"}) {
			t.Errorf("%s: %q", word, back.Aliases())
		}
		must(t, back.Delete("one"))
		empty, err := back.Encode(ctx, &word)
		must(t, err)
		if back, err = store.Load(ctx, "PKCS12", empty, &word, o); err != nil || back.Size() != 0 {
			t.Errorf("%s: without an entry: %v", word, err)
		}
	}
}

// salt is that of the MAC, which ends a file: salt and iterations.
func salt(t *testing.T, data []byte) []byte {
	t.Helper()
	const iterations = 4 // 10,000 as an INTEGER
	if len(data) < 100 || data[len(data)-iterations-22] != 0x04 || data[len(data)-iterations-21] != 20 {
		t.Fatalf("no MAC at the end: %x", data[max(0, len(data)-60):])
	}
	return data[len(data)-iterations-20 : len(data)-iterations]
}

// A store named as the other type opens, and stays what it is.
func TestDualFormat(t *testing.T) {
	ctx, o := t.Context(), options(t, "21")
	_, cert := person(t, "ca.example")
	for wrote, read := range map[string]string{"JKS": "PKCS12", "PKCS12": "JKS"} {
		s, err := store.New(wrote, o)
		must(t, err)
		must(t, s.SetCertificate("ca", cert))
		data, err := s.Encode(ctx, new(password))
		must(t, err)
		if s, err = store.Load(ctx, read, data, new(password), o); err != nil {
			t.Fatal(err)
		}
		if data, err = s.Encode(ctx, new(password)); err != nil {
			t.Fatal(err)
		}
		if typ, err := store.Probe(data); typ != wrote || s.Type() != read {
			t.Errorf("%s is now %q, and named %s (%v)", wrote, typ, s.Type(), err)
		}
	}
}

func TestErrors(t *testing.T) {
	ctx, o := context.Background(), options(t, "21")
	k, cert := person(t, "mux.example")
	stores := map[string][]byte{}
	for _, typ := range []string{"JKS", "JCEKS", "PKCS12"} {
		s, err := store.New(typ, o)
		must(t, err)
		must(t, s.SetKey(ctx, "mux", k, new(password), []*pkcs12x.Certificate{cert}))
		stores[typ], err = s.Encode(ctx, new(password))
		must(t, err)
		_, err = s.Key(ctx, "mux", "wrong1")
		want := map[string]string{
			"JKS":    "java.security.UnrecoverableKeyException: Cannot recover key",
			"JCEKS":  "java.security.UnrecoverableKeyException: Given final block not properly padded. Such issues can arise if a bad key is used during decryption.",
			"PKCS12": "java.security.UnrecoverableKeyException: Get Key failed: Given final block not properly padded. Such issues can arise if a bad key is used during decryption.",
		}[typ]
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", typ, err)
		}
	}
	unicode, err := os.ReadFile("../../../pkcs12x/testdata/openssl-password-unicode.p12")
	must(t, err)
	wide := options(t, "25")
	if _, err := store.Load(ctx, "PKCS12", unicode, new("grün€😀"), wide); err != nil {
		t.Error(err)
	}
	// The octets of the right password, each as a character: what Java reads from a
	// pipe in a locale without UTF-8.
	var widened []rune
	for _, b := range []byte("grün€😀") {
		widened = append(widened, rune(b))
	}
	if _, err := store.Load(ctx, "PKCS12", unicode, new(string(widened)), wide); err == nil || err.Error() != "java.io.IOException: keystore password was incorrect" {
		t.Errorf("a password in octets: %v", err)
	}
	for _, tt := range []struct {
		typ      string
		data     []byte
		password string
		want     string
	}{
		{"JKS", stores["JKS"], "wrong1", "java.io.IOException: Keystore was tampered with, or password was incorrect"},
		{"JCEKS", stores["JCEKS"], "wrong1", "java.io.IOException: Keystore was tampered with, or password was incorrect"},
		{"PKCS12", stores["PKCS12"], "wrong1", "java.io.IOException: keystore password was incorrect"},
		{"PKCS12", stores["JKS"], "wrong1", "java.io.IOException: Keystore was tampered with, or password was incorrect"},
		{"JCEKS", stores["PKCS12"], password, "java.io.IOException: Invalid keystore format"},
		{"JKS", []byte("Zzzzzzzzz"), password, "java.io.IOException: Invalid keystore format"},
		{"PKCS12", []byte("Z\x03zzzzzzz"), password, "java.io.IOException: toDerInputStream rejects tag type 90"},
		{"PKCS12", []byte("Zzzzzzzzz"), password, "java.io.EOFException"},
		{"PKCS12", []byte("0"), password, "java.io.IOException: Short read of DER length"},
		{"NOSUCH", stores["JKS"], password, "java.security.KeyStoreException: NOSUCH not found"},
		{"", []byte("Zzzzzzzzz"), password, "java.security.KeyStoreException: Unrecognized keystore format. Please load it with a specified type"},
	} {
		var err error
		if tt.typ == "" {
			_, err = store.Open(ctx, tt.data, new(tt.password), o)
		} else {
			_, err = store.Load(ctx, tt.typ, tt.data, new(tt.password), o)
		}
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.typ, err, tt.want)
		}
	}
}
