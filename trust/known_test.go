package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"muxkey/internal/finding"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// anchor makes a sound CA of a subject; key nil makes one.
func anchor(t *testing.T, subject pkix.Name, key *ecdsa.PrivateKey) *Anchor {
	t.Helper()
	if key == nil {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: subject, NotBefore: noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func setOf(anchors ...*Anchor) *Set {
	var b Builder
	for _, a := range anchors {
		b.Add(a)
	}
	return b.Set()
}

func TestKnownCompromisedIsWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range KnownCompromised() {
		if _, ok := ParseFingerprint(c.Key); !ok || c.Key != strings.ToLower(c.Key) || seen[c.Key] {
			t.Errorf("%s: the hash %q is none, or stands twice", c.Name, c.Key)
		}
		seen[c.Key] = true
		if c.Name == "" || c.Why == "" || !strings.HasPrefix(c.Source, "https://") {
			t.Errorf("%+v", c)
		}
	}
	if len(seen) < 30 {
		t.Errorf("%d keys are known", len(seen))
	}
}

// A row speaks of every certificate of its key, and of no other.
func TestCompromisedKey(t *testing.T) {
	bad, good := anchor(t, pkix.Name{CommonName: "bad"}, nil), anchor(t, pkix.Name{CommonName: "good"}, nil)
	key := sha256.Sum256(bad.SPKI)
	list := slices.Concat(setOf(bad, good).judge(noon, []Compromised{
		{Key: strings.Repeat("00", 32), Name: "another", Why: "x"},
		{Key: hex.EncodeToString(key[:]), Name: "Badfish", Why: "it is known", Source: "https://example.com/"},
	}, nil)...)
	if len(list) != 1 || list[0].Rule != "compromised" || list[0].Severity != finding.High || list[0].Where != "bad" || !strings.Contains(list[0].Text, "Badfish: it is known (https://example.com/)") {
		t.Errorf("%+v", list)
	}
}

// Two of the keys are at hand: one that stands in RFC 9500 section 2.3, and that
// of the package of Go that makes servers for tests.
func TestCompromisedForReal(t *testing.T) {
	secret, _ := hex.DecodeString("e6cb5bdd80aa45ae9c95e8c15476679ffec953c16851e711e743939589c64fc1")
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	acme, err := Parse(server.Certificate().Raw)
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]*Anchor{"testECCP256": anchor(t, pkix.Name{CommonName: "sound"}, key), "httptest": acme} {
		list := setOf(a).Judge(noon)
		if len(list) != 1 || list[0].Rule != "compromised" || !strings.Contains(list[0].Text, name) {
			t.Errorf("%s: %+v", name, list)
		}
	}
}

// The subjects are those of certificates that the programs have made.
func TestDevelopment(t *testing.T) {
	for program, subject := range map[string]pkix.Name{
		"mkcert":        {Organization: []string{"mkcert development CA"}, OrganizationalUnit: []string{"jane@host (Jane)"}, CommonName: "mkcert jane@host (Jane)"},
		"minica":        {CommonName: "minica root ca 5345e7"},
		"minikube":      {CommonName: "minikubeCA"},
		"Caddy":         {CommonName: "Caddy Local Authority - 2026 ECC Root"},
		"Fiddler":       {CommonName: "DO_NOT_TRUST_FiddlerRoot", Organization: []string{"DO_NOT_TRUST"}},
		"Charles":       {CommonName: "Charles Proxy CA (4 Sep 2018, host)", Organization: []string{"XK72 Ltd"}},
		"mitmproxy":     {CommonName: "mitmproxy", Organization: []string{"mitmproxy"}},
		"Burp Suite":    {CommonName: "PortSwigger CA", Organization: []string{"PortSwigger"}},
		"ZAP":           {CommonName: "OWASP Zed Attack Proxy Root CA", Organization: []string{"OWASP Root CA"}},
		"Proxyman":      {CommonName: "Proxyman CA", Organization: []string{"Proxyman"}},
		"ingress-nginx": {CommonName: "Kubernetes Ingress Controller Fake Certificate", Organization: []string{"Acme Co"}},
		"Traefik":       {CommonName: "TRAEFIK DEFAULT CERT"},
		"Let's Encrypt": {CommonName: "(STAGING) Pretend Pear X1", Organization: []string{"(STAGING) Internet Security Research Group"}},
		"environment":   {CommonName: "Fake LE Root X1"},
	} {
		list := setOf(anchor(t, subject, nil)).Judge(noon)
		if len(list) != 1 || list[0].Rule != "development" || list[0].Severity != finding.Medium || !strings.Contains(list[0].Text, program) {
			t.Errorf("%s: %+v", program, list)
		}
	}
	for _, subject := range []pkix.Name{
		{CommonName: "mkcertificates Ltd"},
		{CommonName: "Example minikubeCA"},
		{CommonName: "mitmproxy of a company"},
		{CommonName: "ca", OrganizationalUnit: []string{"mitmproxy"}},
	} {
		if list := setOf(anchor(t, subject, nil)).Judge(noon); len(list) != 0 {
			t.Errorf("%v: %+v", subject, list)
		}
	}
	for _, d := range KnownDevelopment() {
		if d.Prefix == "" || d.Program == "" || d.Why == "" {
			t.Errorf("%+v", d)
		}
	}
}

func TestNameControl(t *testing.T) {
	for text, want := range map[string]string{
		"www.example.com\x00.evil.test": "U+0000",
		"two\nlines":                    "U+000A",
		"\x1b[31mred":                   "U+001B",
		"delete\x7f":                    "U+007F",
		"C1\u0085":                      "U+0085",
		"ca\u202egnp":                   "U+202E",
	} {
		list := setOf(anchor(t, pkix.Name{CommonName: text}, nil)).Judge(noon)
		if len(list) != 1 || list[0].Rule != "name-control" || !strings.Contains(list[0].Text, want) || strings.ContainsAny(list[0].Text, text[:0]+"\x00\n\x1b\u202e") {
			t.Errorf("%q: %+v", text, list)
		}
	}
	// Also in types of strings that are no UTF-8, and in issuers.
	wide, err := asn1.Marshal(pkix.RDNSequence{{{Type: oidCommonName, Value: asn1.RawValue{Tag: asn1.TagBMPString, Bytes: []byte("\x00a\x00\x00\x00b")}}}})
	if err != nil {
		t.Fatal(err)
	}
	a := anchor(t, pkix.Name{CommonName: "sound"}, nil)
	a.Issuer = wide
	list := setOf(a).Judge(noon)
	if len(list) != 2 || list[0].Rule != "name-control" || !strings.Contains(list[0].Text, "issuer") {
		t.Errorf("%+v", list)
	}
	for _, text := range []string{"Grün €", "ACME (R&D)", "株式会社", "خدمات"} {
		if list := setOf(anchor(t, pkix.Name{CommonName: text}, nil)).Judge(noon); len(list) != 0 {
			t.Errorf("%q: %+v", text, list)
		}
	}
}

// Thirty thousand anchors of one subject and key are judged and compared
// in no time.
func TestManyOfOneName(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: 30,000 anchors")
	}
	one := anchor(t, pkix.Name{CommonName: "one"}, nil)
	old, now := &Set{}, &Set{}
	for i := range 30_000 {
		a, b := *one, *one
		a.SHA256 = sha256.Sum256(big.NewInt(int64(2 * i)).Bytes())
		b.SHA256 = sha256.Sum256(big.NewInt(int64(2*i + 1)).Bytes())
		old.Anchors, now.Anchors = append(old.Anchors, &a), append(now.Anchors, &b)
	}
	start := time.Now()
	if list := old.Judge(noon); len(list) != len(old.Anchors) || list[0].Rule != "same-key" {
		t.Errorf("%d findings", len(list))
	}
	if list := Compare(old, now); len(list) != 60_000 || len(list[0].Changes) != mostAkin {
		t.Errorf("%d differences, %d changes", len(list), len(list[0].Changes))
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}
