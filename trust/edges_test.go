package trust

import (
	"crypto/dsa" //nolint:staticcheck // a key that is to be called weak
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muxkey/internal/finding"
	"muxkey/pkcs12x"
)

// What is said of one place comes in one order, whichever core says it first.
func TestFindingsOfOnePlace(t *testing.T) {
	list := []finding.Finding{
		{Rule: "r", Severity: finding.High, Where: "w", Text: "a"},
		{Rule: "r", Severity: finding.High, Where: "w", Text: "b"},
		{Rule: "r", Severity: finding.Medium, Where: "w", Text: "b"},
	}
	for range 2 {
		var b Builder
		for _, f := range list {
			b.Find(f)
		}
		if got := b.Set().Findings; got[0].Text != "a" || got[1].Severity != finding.High {
			t.Errorf("%+v", got)
		}
		slices.Reverse(list)
	}
}

// The label decides where an anchor stands, not the subject, which it hides.
func TestOrderByLabel(t *testing.T) {
	a, b := anchor(t, pkix.Name{CommonName: "a"}, nil), anchor(t, pkix.Name{CommonName: "B"}, nil)
	a.Label = "C"
	if got := setOf(a, b).Anchors; got[0].Name() != "B" || got[1].Name() != "C" {
		t.Errorf("%s before %s", got[0].Name(), got[1].Name())
	}
}

func TestNames(t *testing.T) {
	for want, subject := range map[string]pkix.Name{
		"cn":   {CommonName: " cn ", Organization: []string{"o"}},
		"unit": {CommonName: "  ", OrganizationalUnit: []string{"one", "unit"}, Organization: []string{"o"}},
		"o":    {Organization: []string{"o"}},
	} {
		a := anchor(t, subject, nil)
		if got := a.Name(); got != want {
			t.Errorf("%v is called %q", subject, got)
		}
		a.common, a.folded = "", ""
		if got := a.Name(); got != want {
			t.Errorf("%v is called %q when its name is read again", subject, got)
		}
	}
	if got, a := anchor(t, pkix.Name{Country: []string{"DE"}}, nil).Name(), 8; len(got) != a {
		t.Errorf("without a name it is called %q", got)
	}
}

// Each of several anchors of one name, or of one key, hears of another one and not
// of itself.
func TestTwinsHearOfAnother(t *testing.T) {
	key := func() *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	one := key()
	for rule, anchors := range map[string][]*Anchor{
		"same-subject": {anchor(t, pkix.Name{CommonName: "x"}, nil), anchor(t, pkix.Name{CommonName: "x"}, nil), anchor(t, pkix.Name{CommonName: "x"}, nil)},
		"same-key":     {anchor(t, pkix.Name{CommonName: "a"}, one), anchor(t, pkix.Name{CommonName: "b"}, one), anchor(t, pkix.Name{CommonName: "c"}, one)},
	} {
		set := setOf(anchors...)
		list := set.Judge(noon)
		if len(list) != 3 {
			t.Fatalf("%s: %+v", rule, list)
		}
		for i, f := range list {
			if f.Rule != rule || strings.Contains(f.Text, set.Anchors[i].Fingerprint()[:16]) {
				t.Errorf("%s: anchor %d hears %q", rule, i, f.Text)
			}
			if first := set.Anchors[0].Fingerprint()[:16]; i > 0 && !strings.Contains(f.Text, first) {
				t.Errorf("%s: anchor %d does not hear of the first: %q", rule, i, f.Text)
			}
		}
	}
}

// A certificate is valid up to and including its last second (RFC 5280 section
// 4.1.2.5).
func TestLastSecond(t *testing.T) {
	a := setOf(anchor(t, pkix.Name{CommonName: "a"}, nil))
	for when, want := range map[time.Time]int{
		a.Anchors[0].NotAfter: 0, a.Anchors[0].NotAfter.Add(time.Second): 1,
		a.Anchors[0].NotBefore: 0, a.Anchors[0].NotBefore.Add(-time.Second): 1,
	} {
		if list := a.Judge(when); len(list) != want {
			t.Errorf("%v: %+v", when, list)
		}
	}
}

func TestVersionOne(t *testing.T) {
	a := anchor(t, pkix.Name{CommonName: "a"}, nil)
	a.CA, a.Version, a.KeyUsage = false, 1, 0
	if list := setOf(a).Judge(noon); len(list) != 1 || list[0].Rule != "not-ca" || !strings.Contains(list[0].Text, "version 1") {
		t.Errorf("%+v", list)
	}
	b := anchor(t, pkix.Name{CommonName: "b"}, nil)
	b.CA, b.Version = false, 2
	if list := setOf(b).Judge(noon); len(list) != 1 || !strings.Contains(list[0].Text, "version 2") {
		t.Errorf("%+v", list)
	}
}

func TestWeak(t *testing.T) {
	rsaOf := func(bits uint) *rsa.PublicKey {
		return &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), bits-1), E: 65537}
	}
	for _, tt := range []struct {
		pub  any
		weak bool
	}{
		{rsaOf(2047), true},
		{rsaOf(2048), false},
		{rsaOf(1024), true},
		{&ecdsa.PublicKey{Curve: elliptic.P224()}, false},
		{&ecdsa.PublicKey{Curve: elliptic.P256()}, false},
		{&ecdsa.PublicKey{Curve: &elliptic.CurveParams{BitSize: 192, Name: "P-192"}}, true},
		{&dsa.PublicKey{Parameters: dsa.Parameters{P: big.NewInt(23)}}, true},
	} {
		if got := weakKey(tt.pub) != ""; got != tt.weak {
			t.Errorf("%T: %q", tt.pub, weakKey(tt.pub))
		}
	}
	for _, a := range []x509.SignatureAlgorithm{x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1} {
		if weakSignature(a) == "" {
			t.Errorf("%v is no weak signature", a)
		}
	}
	if why := weakSignature(x509.SHA256WithRSA); why != "" {
		t.Error(why)
	}
}

// cA of a certificate that Go refuses: RFC 5280 section 4.2.1.9.
func TestOutlineCA(t *testing.T) {
	for value, want := range map[string]bool{
		"\x30\x03\x01\x01\xff":             true,
		"\x30\x06\x01\x01\xff\x02\x01\x00": true,
		"\x30\x03\x01\x01\x00":             false,
		"\x30\x00":                         false,
		"\x30\x03\x02\x01\x01":             false,
		"":                                 false,
	} {
		c := &pkcs12x.Certificate{Extensions: []pkix.Extension{{Id: []int{1, 2, 3}}, {Id: oidBasicConstraints, Value: []byte(value)}}}
		if got := outlineCA(c); got != want {
			t.Errorf("%x: %v", value, got)
		}
	}
}

// That an anchor is trusted for nothing is not what is said of one that is trusted
// for everything.
func TestFactsOfTerms(t *testing.T) {
	a := anchor(t, pkix.Name{CommonName: "a"}, nil)
	for only, want := range map[string]bool{"": false, "none": true} {
		a.Terms.Only = nil
		if only == "none" {
			a.Terms.Only = []Purpose{}
		}
		data, err := json.Marshal(a.Facts())
		if err != nil || strings.Contains(string(data), `"trustedFor":[]`) != want {
			t.Errorf("%q: %v, %s", only, err, data)
		}
	}
}

func TestCompare(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), nil)
	if err != nil {
		t.Fatal(err)
	}
	stays, narrowed := anchor(t, pkix.Name{CommonName: "stays"}, nil), anchor(t, pkix.Name{CommonName: "narrowed"}, nil)
	gone, renewed := anchor(t, pkix.Name{CommonName: "gone"}, key), anchor(t, pkix.Name{CommonName: "gone"}, key)
	twin, other := anchor(t, pkix.Name{CommonName: "gone"}, nil), anchor(t, pkix.Name{CommonName: "other"}, key)
	less := *narrowed
	less.Terms = Terms{Only: []Purpose{Email}, Rejected: []Purpose{Server}, DistrustAfter: map[Purpose]time.Time{Email: noon}, Permitted: Names{DNS: []string{"example.com"}}}
	var got []string
	for _, d := range Compare(setOf(stays, narrowed, gone), setOf(stays, &less, renewed, twin, other)) {
		what := "changed"
		if d.Old == nil {
			what = "added " + d.New.Name()
		} else if d.New == nil {
			what = "removed " + d.Old.Name()
		}
		slices.Sort(d.Changes)
		got = append(got, what+": "+strings.Join(d.Changes, "; "))
	}
	short := func(a *Anchor) string { return a.Fingerprint()[:16] }
	removed := []string{
		"replaced by " + short(renewed) + ": same subject and key",
		"replaced by " + short(other) + ": same key, subject CN=other",
		"replaced by " + short(twin) + ": same subject, another key",
	}
	slices.Sort(removed)
	added := []string{
		"added gone: in place of " + short(gone) + ": same subject and key",
		"added gone: in place of " + short(gone) + ": same subject, another key",
	}
	if twin.Fingerprint() < renewed.Fingerprint() { // they stand in this order
		slices.Reverse(added)
	}
	want := append([]string{
		"removed gone: " + strings.Join(removed, "; "),
		"changed: names: all, now example.com; never trusted for: nothing, now server; trusted as email for what was issued until: any day, now 2026-11-22; trusted for: everything, now email",
	}, append(added, "added other: in place of "+short(gone)+": same key, subject CN=gone")...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
