package pkcs12x

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"math/big"
	mathrand "math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	gopkcs12 "software.sslmate.com/src/go-pkcs12"
)

// dice is randomness that comes out the same every time.
func dice() *mathrand.ChaCha8 { return mathrand.NewChaCha8([32]byte{1}) }

// fast lowers the iterations, so that a round trip over all fixtures is quick.
func fast(p Profile) Profile { return p.WithIterations(100, 100) }

// writeWith encodes under different readings of the password for MAC and bags.
func writeWith(t *testing.T, entries []*Entry, mac, bags reading) []byte {
	t.Helper()
	p, ok := ProfileByName("legacy-3des")
	if !ok {
		t.Fatal("no profile legacy-3des")
	}
	slots := make(chan struct{}, 1)
	w := &writer{profile: fast(p), rand: dice(), deriver: newDeriver(t.Context(), bags, slots), certs: map[string]bool{}, nameless: map[*Entry]bool{}}
	for _, e := range entries {
		if err := w.add(e); err != nil {
			t.Fatal(err)
		}
	}
	certs, err := w.sealer(w.profile.Cert)
	if err != nil {
		t.Fatal(err)
	}
	auth, err := w.authenticatedSafe(certs)
	if err != nil {
		t.Fatal(err)
	}
	w.deriver = newDeriver(t.Context(), mac, slots)
	k, salt, err := w.macKey()
	if err != nil {
		t.Fatal(err)
	}
	return build(t, sequence(func(b *cryptobyte.Builder) {
		b.AddASN1Int64(3)
		addContentInfo(b, oidData, func(b *cryptobyte.Builder) { b.AddASN1OctetString(auth) })
		if err := w.addMAC(b, *k, salt, auth); err != nil {
			t.Fatal(err)
		}
	}))
}

func newEntry(t *testing.T, alias string) *Entry {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{alias}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	k, err := ParsePrivateKey(pkcs8)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &Entry{Alias: alias, Kind: PrivateKey, Key: k, Chain: []*Certificate{c}}
}

// Every fixture, written in every profile, comes back with the same entries:
// names, keys, chains and attributes.
func TestRoundTrip(t *testing.T) {
	for name, pw := range fixtures(t) {
		st, err := Decode(fixture(t, name), pw)
		if err != nil {
			t.Fatal(name, err)
		}
		for _, p := range Profiles() {
			data, err := fast(p).Encode(t.Context(), dice(), pw, st.Entries)
			if p.Key.Scheme == SchemeNone && hasKey(st) {
				if !errors.Is(err, ErrUnsupported) {
					t.Errorf("%s: profile %s wrote a private key in the open: %v", name, p.Name, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s as %s: %v", name, p.Name, err)
				continue
			}
			again, err := Decode(data, pw)
			if err != nil {
				t.Errorf("%s as %s: %v", name, p.Name, err)
				continue
			}
			same(t, name+" as "+p.Name, st, again)
		}
	}
}

func hasKey(st *Store) bool {
	for _, e := range st.Entries {
		if e.Key != nil {
			return true
		}
	}
	return false
}

func same(t *testing.T, what string, a, b *Store) {
	t.Helper()
	byAlias := map[string]*Entry{}
	for _, e := range b.Entries {
		byAlias[e.Alias] = e
	}
	if len(a.Entries) != len(b.Entries) {
		t.Errorf("%s: %q became %q", what, summary(a), summary(b))
	}
	for _, x := range a.Entries {
		y := byAlias[x.Alias]
		if y == nil || x.Kind != y.Kind || !x.Type.Equal(y.Type) || !bytes.Equal(x.Value, y.Value) || !x.Created.Equal(y.Created) || len(x.Chain) != len(y.Chain) {
			t.Errorf("%s: entry %q: %q became %q", what, x.Alias, summary(a), summary(b))
			continue
		}
		if x.Key != nil {
			if !bytes.Equal(x.Key.PKCS8, y.Key.PKCS8) {
				t.Errorf("%s: key %q changed", what, x.Alias)
			}
			sameAttributes(t, what+" key "+x.Alias, x.Key.Attributes, y.Key.Attributes)
		}
		for i := range x.Chain {
			if !bytes.Equal(x.Chain[i].Raw, y.Chain[i].Raw) {
				t.Errorf("%s: certificate %d of %q changed", what, i, x.Alias)
			}
			sameAttributes(t, what+" certificate of "+x.Alias, x.Chain[i].Attributes, y.Chain[i].Attributes)
		}
	}
}

// sameAttributes allows for a localKeyID and a friendlyName where there was none.
func sameAttributes(t *testing.T, what string, a, b []Attribute) {
	t.Helper()
	if _, ok := LocalKeyID(a); !ok {
		b = without(b, OIDLocalKeyID)
	}
	if _, ok := FriendlyName(a); !ok {
		b = without(b, OIDFriendlyName)
	}
	if len(a)+len(b) > 0 && !reflect.DeepEqual(a, b) {
		t.Errorf("%s: attributes %v became %v", what, a, b)
	}
}

func TestEqualRandomnessGivesEqualBytes(t *testing.T) {
	entries := []*Entry{newEntry(t, "a"), newEntry(t, "b"), newEntry(t, "c")}
	for _, p := range Profiles() {
		if p.Key.Scheme == SchemeNone {
			continue
		}
		one, err := fast(p).Encode(t.Context(), dice(), password, entries)
		if err != nil {
			t.Fatal(err)
		}
		two, err := fast(p).Encode(t.Context(), dice(), password, entries)
		if err != nil || !bytes.Equal(one, two) {
			t.Errorf("%s: two runs differ (%v)", p.Name, err)
		}
		three, err := fast(p).Encode(t.Context(), mathrand.NewChaCha8([32]byte{2}), password, entries)
		if err != nil || bytes.Equal(one, three) {
			t.Errorf("%s: other randomness made no difference (%v)", p.Name, err)
		}
	}
}

// go-pkcs12 is an independent second opinion, both ways.
func TestGoPKCS12Agrees(t *testing.T) {
	e := newEntry(t, "mux")
	for _, p := range Profiles() {
		if p.Key.Scheme == SchemeNone {
			continue
		}
		data, err := fast(p).Encode(t.Context(), dice(), password, []*Entry{e})
		if err != nil {
			t.Fatal(err)
		}
		key, cert, err := gopkcs12.Decode(data, password)
		if err != nil || !cert.Equal(e.Chain[0].X509) || !key.(*ecdsa.PrivateKey).Equal(e.Key.Private) {
			t.Errorf("go-pkcs12 on %s: %v", p.Name, err)
		}
	}
	for name, encoder := range map[string]*gopkcs12.Encoder{
		"LegacyRC2": gopkcs12.LegacyRC2, "LegacyDES": gopkcs12.LegacyDES, "Modern2023": gopkcs12.Modern2023, "Modern2026": gopkcs12.Modern2026,
	} {
		data, err := encoder.Encode(e.Key.Private, e.Chain[0].X509, nil, password)
		if err != nil {
			t.Fatal(err)
		}
		st, err := Decode(data, password)
		if err != nil || len(st.Entries) != 1 || len(st.Entries[0].Chain) != 1 {
			t.Errorf("%s: %v", name, err)
		}
		trust, err := encoder.EncodeTrustStoreEntries([]gopkcs12.TrustStoreEntry{{Cert: e.Chain[0].X509, FriendlyName: "Root"}}, password)
		if err != nil {
			t.Fatal(err)
		}
		if st, err = Decode(trust, password); err != nil || strings.Join(summary(st), ";") != "Root/root trusted-certificate 1" {
			t.Errorf("%s trust store: %v", name, err)
		}
	}
}

func TestRename(t *testing.T) {
	st, err := Decode(fixture(t, "keytool-17.p12"), password)
	if err != nil {
		t.Fatal(err)
	}
	st.Entries[0].Alias = "Käse 🧀"
	p, _ := ProfileByName("modern-2023")
	data, err := fast(p).Encode(t.Context(), dice(), password, st.Entries)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode(data, password)
	if err != nil {
		t.Fatal(err)
	}
	e := again.Entries[0]
	leaf, _ := FriendlyName(e.Chain[0].Attributes)
	if e.Alias != "Käse 🧀" || leaf != e.Alias || e.Created.IsZero() {
		t.Errorf("alias %q, leaf %q, created %v", e.Alias, leaf, e.Created)
	}
}

// The JDK refuses a whole store for a friendlyName that is no BMPString.
func TestFriendlyNamesAreWrittenAsBMPString(t *testing.T) {
	e := newEntry(t, "mux")
	utf8 := attributeOf(OIDFriendlyName, func(b *cryptobyte.Builder) { b.AddASN1(12, func(b *cryptobyte.Builder) { b.AddBytes([]byte("mux")) }) })
	e.Key.Attributes = []Attribute{utf8}
	e.Chain[0].Attributes = []Attribute{utf8}
	data, err := fast(Modern2023()).Encode(t.Context(), dice(), password, []*Entry{e})
	if err != nil {
		t.Fatal(err)
	}
	st, err := Decode(data, password)
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]Attribute{st.Entries[0].Key.Attributes, st.Entries[0].Chain[0].Attributes} {
		if raw, ok := attribute(list, OIDFriendlyName); !ok || raw[0] != 30 {
			t.Errorf("friendlyName is %x", raw)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	p, _ := ProfileByName("modern-2023")
	a, b := newEntry(t, "mux"), newEntry(t, "MUX")
	if _, err := p.Encode(t.Context(), dice(), password, []*Entry{a, b}); !errors.Is(err, ErrDuplicateAlias) {
		t.Errorf("two entries under one alias: %v", err)
	}
	locked := &Entry{Alias: "x", Kind: PrivateKey, Key: &Key{}}
	if _, err := p.Encode(t.Context(), dice(), password, []*Entry{locked}); !errors.Is(err, ErrLocked) {
		t.Errorf("a locked key: %v", err)
	}
	for name, e := range map[string]*Entry{
		"nil":                       nil,
		"nothing in it":             {Alias: "x", Kind: TrustedCertificate},
		"a nil certificate":         {Alias: "x", Kind: TrustedCertificate, Chain: []*Certificate{nil}},
		"an empty certificate":      {Alias: "x", Kind: TrustedCertificate, Chain: []*Certificate{{}}},
		"a key that is none":        {Alias: "x", Kind: PrivateKey, Key: &Key{PKCS8: []byte("x")}},
		"an alias outside UTF-8":    {Alias: "\xff\xfe", Kind: a.Kind, Key: a.Key, Chain: a.Chain},
		"a CRL without a type":      {Alias: "x", Kind: CRL, Value: []byte{5, 0}},
		"a bag without a type":      {Alias: "x", Kind: Opaque, Value: []byte{5, 0}},
		"an attribute without type": {Alias: "x", Kind: a.Kind, Key: a.Key, Chain: a.Chain, Attributes: []Attribute{{}}},
	} {
		if _, err := p.Encode(t.Context(), dice(), password, []*Entry{e}); !errors.Is(err, ErrEntry) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Encode(t.Context(), strings.NewReader("short"), password, []*Entry{a}); err == nil {
		t.Error("no randomness and no error")
	}
}

func TestShroudedKeysAreCopied(t *testing.T) {
	f, err := Parse(fixture(t, "keytool-17.p12"), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	st, err := f.List(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := ProfileByName("legacy-3des")
	data, err := p.Encode(t.Context(), dice(), password, st.Entries)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode(data, password)
	if err != nil || again.Entries[0].Key.PKCS8 == nil || again.Entries[0].Key.Protection.Name != "PBES2 AES-256-CBC" {
		t.Errorf("the key was not copied as it was: %v", err)
	}
}

// FuzzPassword: what is written with a password opens with it, and with no
// other, whatever characters it has.
func FuzzPassword(f *testing.F) {
	for _, password := range []string{"", "changeit", "grün€😀", "\x00", "\xff", "p\xe4ss", "\xed\xa0\x80", strings.Repeat("x", 300)} {
		f.Add(password)
	}
	data := fixture(f, "openssl-default.p12")
	st, err := Decode(data, password)
	if err != nil {
		f.Fatal(err)
	}
	profiles := Profiles()
	f.Fuzz(func(t *testing.T, password string) {
		for _, p := range profiles {
			if p.Key.Scheme == SchemeNone {
				continue
			}
			data, err := p.WithIterations(1, 1).Encode(t.Context(), rand.Reader, password, st.Entries)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Decode(data, password)
			if err != nil || len(again.Entries) != 1 || again.Entries[0].Key.PKCS8 == nil {
				t.Fatalf("%s: %q does not open it: %v", p.Name, password, err)
			}
			if _, err := Decode(data, password+"x"); !errors.Is(err, ErrPassword) {
				t.Fatalf("%s: another than %q opens it: %v", p.Name, password, err)
			}
		}
	})
}
