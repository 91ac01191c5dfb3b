package target_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"muxkey/keystore"
	"muxkey/keystore/nss"
	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/target"
)

// issuer makes self-signed certificates of one key.
type issuer struct {
	t   testing.TB
	key *ecdsa.PrivateKey
	n   int64
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &issuer{t: t, key: key}
}

func (i *issuer) anchor(subject pkix.Name, ca bool) *trust.Anchor {
	i.t.Helper()
	i.n++
	template := &x509.Certificate{
		Subject: subject, SerialNumber: big.NewInt(0x7f<<48 + i.n), BasicConstraintsValid: true, IsCA: ca,
		NotBefore: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC), NotAfter: time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, i.key.Public(), i.key)
	if err != nil {
		i.t.Fatal(err)
	}
	return i.parse(der)
}

func (i *issuer) parse(der []byte) *trust.Anchor {
	i.t.Helper()
	a, err := trust.Parse(der)
	if err != nil {
		i.t.Fatal(err)
	}
	return a
}

// odd are anchors that a target must survive.
func odd(i *issuer) []*trust.Anchor {
	refused := i.anchor(pkix.Name{CommonName: "negative serial"}, true)
	refused = i.parse(bytes.Replace(refused.Raw, []byte{0x02, 0x07, 0x7f}, []byte{0x02, 0x07, 0xff}, 1))
	if refused.Unparsable == "" {
		i.t.Fatal("crypto/x509 takes a negative serial number")
	}
	p256, p239 := []byte{0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}, []byte{0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 6}
	curve := i.parse(bytes.Replace(i.anchor(pkix.Name{CommonName: "unknown curve"}, true).Raw, p256, p239, 1))
	if curve.Unparsable == "" {
		i.t.Fatal("crypto/x509 takes a curve of 239 bits")
	}
	list := []*trust.Anchor{refused, curve, i.anchor(pkix.Name{}, true)}
	for _, name := range []string{
		"a\x00b", "two\nlines", `"quotes" & <tags>: 'all'`, "Wurzel-Zertifikat Zürich", "証明書", "😀 beyond the BMP",
		strings.Repeat("long ", 60), strings.Repeat("Ä", 2000), "twin", "TWIN", "Twin", "twin-2", "ΟΔΟΣ", "οδος", "οδοσ", "İ", "i\u0307", " ",
	} {
		list = append(list, i.anchor(pkix.Name{CommonName: name}, true))
	}
	labelled := i.anchor(pkix.Name{CommonName: "twin"}, false)
	labelled.Label = "bad \xff octets: here"
	return append(list, labelled)
}

func setOf(anchors []*trust.Anchor) *trust.Set {
	var b trust.Builder
	for _, a := range anchors {
		a.Origins = []trust.Origin{{Source: "test"}}
		b.Add(a)
	}
	return b.Set()
}

func write(t *testing.T, id string, j target.Job) []byte {
	t.Helper()
	to, ok := target.Targets().Get(id)
	if !ok {
		t.Fatalf("there is no target %s", id)
	}
	files, err := to.Write(t.Context(), j)
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: %d files, %v", id, len(files), err)
	}
	return files[0].Data
}

func job(anchors ...*trust.Anchor) target.Job {
	return target.Job{Set: setOf(anchors), Purposes: []trust.Purpose{trust.Server}, Password: "changeit", Rand: rand.Reader}
}

func decode(t *testing.T, id string, data []byte) *keystore.Store {
	t.Helper()
	password := func(context.Context) (string, error) { return "changeit", nil }
	limits := pkcs12x.DefaultLimits()
	limits.Bags = 100_000
	st, err := keystore.Decode(t.Context(), id, data, keystore.Options{Password: password, Limits: limits})
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return st
}

var keystores = []struct {
	id, format string
	same       bool // the same anchors make the same bytes
}{
	{"jks", "jks", true},
	{"jceks", "jceks", true},
	{"pkcs12", "pkcs12", false},
	{"pkcs12-passwordless", "pkcs12", true},
	{"bks", "bks", false},
	{"java-cacerts", "jks", true},
	{"nss", "nss", true},
}

// Every anchor is in every store, as a trust anchor of its own, under an alias
// that is the same for Java, with the date of the certificate. The one without a
// name Java does not read; it is told, and does not take the others with it.
func TestOddAnchorsInKeystores(t *testing.T) {
	anchors := odd(newIssuer(t))
	for _, tt := range keystores {
		data := write(t, tt.id, job(anchors...))
		st := decode(t, tt.id, data)
		want := len(anchors)
		to, _ := target.Targets().Get(tt.id)
		switch losses := to.Losses(job(anchors...)); {
		case tt.id == "nss" && len(losses) > 0:
			t.Errorf("nss: %d losses", len(losses))
		case tt.id == "nss":
		case len(losses) != 1 || !strings.Contains(losses[0].What, "left out: Java reads no certificate whose issuer has no name"):
			t.Errorf("%s: losses %v", tt.id, losses)
		default:
			want--
		}
		if st.Format != tt.format || len(st.Entries) != want || len(st.Skipped)+len(st.Locked) > 0 {
			t.Errorf("%s: a %s of %d entries, %d skipped", tt.id, st.Format, len(st.Entries), len(st.Skipped))
		}
		have := map[string]bool{}
		for _, e := range st.Entries {
			if !st.IsAnchor(e) {
				t.Errorf("%s: %q is no anchor", tt.id, e.Alias)
			}
			if tt.id != "nss" && (e.Alias != strings.ToLower(e.Alias) || e.Alias == "" || len([]rune(e.Alias)) > 255) {
				t.Errorf("%s: alias %q", tt.id, e.Alias)
			}
			if date := e.Chain[0].NotBefore; strings.HasSuffix(tt.format, "ks") && !e.Created.Equal(date) {
				t.Errorf("%s: %q is of %v, want %v", tt.id, e.Alias, e.Created, date)
			}
			have[string(e.Chain[0].Raw)] = true
		}
		if len(have) != want {
			t.Errorf("%s: %d certificates of %d", tt.id, len(have), want)
		}
		slices.Reverse(anchors)
		again := write(t, tt.id, job(anchors...))
		if bytes.Equal(again, data) != tt.same {
			t.Errorf("%s: the same anchors make the same bytes: %v", tt.id, !tt.same)
		}
		if !tt.same { // and what differs is the salt
			j := job(anchors...)
			j.Rand = bytes.NewReader(make([]byte, 1000))
			first := write(t, tt.id, j)
			j.Rand = bytes.NewReader(make([]byte, 1000))
			if !bytes.Equal(write(t, tt.id, j), first) {
				t.Errorf("%s: the same salts make other bytes", tt.id)
			}
		}
	}
}

func TestTenThousandAnchorsInKeystores(t *testing.T) {
	i := newIssuer(t)
	anchors := make([]*trust.Anchor, 10_000)
	for n := range anchors {
		anchors[n] = i.anchor(pkix.Name{CommonName: fmt.Sprintf("CA %d", n/2)}, true)
	}
	for _, tt := range keystores {
		start := time.Now()
		data := write(t, tt.id, job(anchors...))
		t.Logf("%s: %v, %d octets", tt.id, time.Since(start), len(data))
		if n := len(decode(t, tt.id, data).Entries); n != len(anchors) {
			t.Errorf("%s: %d entries", tt.id, n)
		}
	}
}

// An alias that a JDK has for a root stays what it is, whatever others call it.
func TestAliasesOfTheJDKStay(t *testing.T) {
	i := newIssuer(t)
	root := i.anchor(pkix.Name{CommonName: "Root"}, true)
	root.Label = "a name from elsewhere"
	j := job(root, i.anchor(pkix.Name{CommonName: "Own Root"}, true))
	root.Origins = []trust.Origin{{Source: "/tmp/own.jks", Entry: "a name from elsewhere"}, {Source: "/usr/lib/jvm/17/lib/security/cacerts", Entry: "debian:Root.pem"}}
	var got []string
	for _, e := range decode(t, "java-cacerts", write(t, "java-cacerts", j)).Entries {
		got = append(got, e.Alias)
	}
	if want := []string{"debian:root.pem", "own root"}; !slices.Equal(got, want) {
		t.Errorf("aliases %q, want %q", got, want)
	}
}

// What the sources say of an anchor is what NSS trusts it for.
func TestTermsInNSS(t *testing.T) {
	i := newIssuer(t)
	for _, tt := range []struct {
		name    string
		ca      bool
		terms   trust.Terms
		purpose trust.Purpose
		reject  bool // it is in Job.Rejected, and not trusted for what the bundle is for
		want    string
	}{
		{"nothing said", true, trust.Terms{}, trust.Server, false, "C,,"},
		{"nothing said, for mail", true, trust.Terms{}, trust.Email, false, ",C,"},
		{"no CA", false, trust.Terms{}, trust.Server, false, "P,,"},
		{"two purposes", true, trust.Terms{Only: []trust.Purpose{trust.Email, trust.Server}}, trust.Server, false, "C,C,"},
		{"all purposes", true, trust.Terms{Only: []trust.Purpose{trust.Client, trust.Code, trust.Email, trust.Server}}, trust.Server, false, "CT,C,C"},
		{"not for mail", true, trust.Terms{Rejected: []trust.Purpose{trust.Email}}, trust.Server, false, "C,p,"},
		{"for nothing", true, trust.Terms{Only: []trust.Purpose{}, Rejected: []trust.Purpose{trust.Client, trust.Code, trust.Email, trust.Server}}, trust.Server, true, "p,p,p"},
		{"not for servers", true, trust.Terms{Rejected: []trust.Purpose{trust.Server}}, trust.Server, true, "p,,"},
	} {
		a := i.anchor(pkix.Name{CommonName: "Root: " + tt.name}, tt.ca)
		a.Terms = tt.terms
		j := job(a)
		j.Purposes = []trust.Purpose{tt.purpose}
		if tt.reject {
			j.Set, j.Rejected = &trust.Set{}, []*trust.Anchor{a}
		}
		st := decode(t, "nss", write(t, "nss", j))
		if e := st.Entries[0]; len(st.Entries) != 1 || st.Trust[e].Flags != tt.want || e.Alias != "Root  "+tt.name {
			t.Errorf("%s: %q is trusted for %q, want %q", tt.name, e.Alias, st.Trust[e].Flags, tt.want)
		}
		j.Rejected = append(j.Rejected, j.Set.Anchors...) // trusted for one purpose, rejected for another
		if n := len(decode(t, "nss", write(t, "nss", j)).Entries); n != 1 {
			t.Errorf("%s: it is there %d times", tt.name, n)
		}
	}
	// Certificates of one subject have one nickname, others have others.
	list := []*trust.Anchor{i.anchor(pkix.Name{CommonName: "x"}, true), i.anchor(pkix.Name{CommonName: "x"}, true), i.anchor(pkix.Name{CommonName: "x", Country: []string{"CH"}}, true)}
	d, err := nss.ReadDatabase(write(t, "nss", job(list...)), nil, pkcs12x.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]int{}
	for _, c := range nss.Join(d, nil).Certificates {
		names[c.Nickname]++
	}
	if len(names) != 2 || names["x"]+names["x-2"] != 3 {
		t.Errorf("nicknames %v", names)
	}
}
