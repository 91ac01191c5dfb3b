package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muxkey/internal/keytool/store"
	"muxkey/pkcs12x"
)

// bags writes a store of bags, keys in the open and the others encrypted.
func bags(t testing.TB, keys, others []pkcs12x.Bag) []byte {
	t.Helper()
	data, err := pkcs12x.Modern2023().EncodeBags(t.Context(), options(t, "21").Rand, password, keys, others)
	must(t, err)
	return data
}

func certBag(t testing.TB, raw []byte, attributes ...pkcs12x.Attribute) pkcs12x.Bag {
	t.Helper()
	b, err := pkcs12x.NewX509Bag(raw, attributes)
	must(t, err)
	return b
}

func keyBag(t testing.TB, k *store.Key, attributes ...pkcs12x.Attribute) pkcs12x.Bag {
	t.Helper()
	o := options(t, "21")
	epki, err := pkcs12x.ShroudKey(t.Context(), o.Rand, k.PKCS8, password, pkcs12x.Encryption{Scheme: pkcs12x.SchemeAES256, Iterations: 1, SaltLen: 20})
	must(t, err)
	return pkcs12x.Bag{Type: pkcs12x.OIDShroudedKeyBag, Value: epki, Attributes: attributes}
}

func certificates(t testing.TB, data []byte) (n int) {
	t.Helper()
	f, err := pkcs12x.Parse(data, pkcs12x.DefaultLimits())
	must(t, err)
	in, err := f.Contents(t.Context(), new(password))
	must(t, err)
	for _, safe := range in.Safes {
		for _, b := range safe.Bags {
			if b.Type.Equal(pkcs12x.OIDCertBag) {
				n++
			}
		}
	}
	return n
}

// What Java does not list is gone after a change, as with Java, and not only what
// would look like an entry by then.
func TestNobodysBags(t *testing.T) {
	o := options(t, "21")
	k, leaf := person(t, "mux.example")
	_, stranger := person(t, "stranger.example")
	name := pkcs12x.NewFriendlyName("mux")
	id := pkcs12x.NewLocalKeyID([]byte{1})
	data := bags(t, []pkcs12x.Bag{keyBag(t, k, name, id), keyBag(t, k)}, []pkcs12x.Bag{certBag(t, leaf.Raw, name, id), certBag(t, stranger.Raw)})
	s, err := store.Load(t.Context(), "PKCS12", data, new(password), o)
	must(t, err)
	if s.Size() != 1 || certificates(t, data) != 2 {
		t.Fatalf("%d entries, %d certificates", s.Size(), certificates(t, data))
	}
	data, err = s.Encode(t.Context(), new(password))
	must(t, err)
	if got := certificates(t, data); got != 1 {
		t.Errorf("%d certificates", got)
	}
}

// A file in which thousands of keys and certificates look alike is read in the time
// that its length asks for.
func TestManyAlike(t *testing.T) {
	k, c := person(t, "mux.example")
	id := pkcs12x.NewLocalKeyID([]byte("same"))
	var keys, certs []pkcs12x.Bag
	key := keyBag(t, k)
	for i := range 4000 {
		key.Attributes = []pkcs12x.Attribute{pkcs12x.NewFriendlyName(fmt.Sprint("k", i)), id}
		keys = append(keys, key)
		certs = append(certs, certBag(t, c.Raw, pkcs12x.NewFriendlyName(fmt.Sprint("c", i)), id))
	}
	data := bags(t, keys, certs)
	begin := time.Now()
	s, err := store.Load(t.Context(), "PKCS12", data, new(password), options(t, "21"))
	must(t, err)
	if took := time.Since(begin); s.Size() != 4000 || took > 20*time.Second {
		t.Errorf("%d entries after %v", s.Size(), took)
	}
}

// What a JDK writes of its own accord.
func TestLevels(t *testing.T) {
	k, cert := person(t, "mux.example")
	for _, tt := range []struct {
		level    string
		property string
		cert     pkcs12x.Scheme
		rounds   int
		mac      string
	}{
		{"8", "", pkcs12x.SchemeSHA1RC2x40, 50_000, "{SHA1 false 100000 20}"},
		{"11", "", pkcs12x.SchemeAES256, 10_000, "{SHA256 false 10000 20}"},
		{"17", "", pkcs12x.SchemeAES256, 10_000, "{SHA256 false 10000 20}"},
		{"21", "", pkcs12x.SchemeAES256, 10_000, "{SHA256 false 10000 20}"},
		{"21", "keystore.pkcs12.legacy=", pkcs12x.SchemeSHA1RC2x40, 50_000, "{SHA1 false 100000 20}"},
		{"26", "keystore.pkcs12.macAlgorithm=PBEWithHmacSHA512", pkcs12x.SchemeAES256, 10_000, "{SHA512 true 10000 20}"},
	} {
		s, err := store.New("PKCS12", options(t, tt.level, tt.property))
		must(t, err)
		must(t, s.SetKey(t.Context(), "mux", k, new(password), []*pkcs12x.Certificate{cert}))
		data, err := s.Encode(t.Context(), new(password))
		must(t, err)
		f, err := pkcs12x.Parse(data, pkcs12x.DefaultLimits())
		must(t, err)
		in, err := f.Contents(t.Context(), new(password))
		must(t, err)
		mac, _ := f.MACSpec()
		if e := in.Safes[1].Encryption; in.Err != nil || e.Scheme != tt.cert || e.Iterations != tt.rounds || fmt.Sprint(mac) != tt.mac {
			t.Errorf("level %s %s: %+v, %v, %v", tt.level, tt.property, e, mac, in.Err)
		}
	}
}

// A chain whose certificates do not follow each other is refused, in words that
// changed.
func TestUnlinked(t *testing.T) {
	k, cert := person(t, "mux.example")
	_, stranger := person(t, "stranger.example")
	for level, want := range map[string]string{
		"11": "java.security.KeyStoreException: Key protection algorithm not found: java.security.KeyStoreException: Certificate chain is not valid",
		"17": "java.security.KeyStoreException: Certificate chain is not valid",
	} {
		s, err := store.New("PKCS12", options(t, level))
		must(t, err)
		if err := s.SetKey(t.Context(), "mux", k, new(password), []*pkcs12x.Certificate{cert, stranger}); err == nil || err.Error() != want {
			t.Errorf("%s: %v", level, err)
		}
	}
}

// No bytes make a panic, and what was read is written so that it reads the same.
func FuzzLoad(f *testing.F) {
	for _, name := range []string{"keystore/jks/testdata/aliases.jks", "testdata/two-keys.p12", "testdata/trust.p12"} {
		data, err := os.ReadFile(filepath.Join("../../..", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("\xce\xce\xce\xce\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x03"))
	f.Add([]byte("0\x80\x02\x01\x03"))
	o := options(f, "21", "keystore.pkcs12.certPbeIterationCount=1", "keystore.pkcs12.macIterationCount=1")
	o.Limits = pkcs12x.DefaultLimits()
	o.Limits.Work = 50_000
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, typ := range []string{"JKS", "JCEKS", "PKCS12", "DKS", "CaseExactJKS"} {
			s, err := store.Load(t.Context(), typ, data, nil, o)
			if err != nil {
				if s != nil || !strings.HasPrefix(err.Error(), "java") {
					t.Fatalf("%v, %v", s, err)
				}
				continue
			}
			for _, alias := range s.Aliases() {
				s.Entry(alias)
			}
			out, err := s.Encode(t.Context(), new(password))
			if err != nil {
				continue
			}
			again, err := store.Load(t.Context(), typ, out, new(password), o)
			if err != nil || again.Size() != s.Size() {
				t.Fatalf("%s: %d entries became %v, %v", typ, s.Size(), again, err)
			}
		}
	})
}
