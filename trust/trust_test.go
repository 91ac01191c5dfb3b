package trust_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"muxkey/internal/finding"
	"muxkey/trust"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// certificate makes one by itself, or by the parent.
func certificate(t *testing.T, name string, change func(*x509.Certificate)) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	parent := c
	if change != nil {
		change(c)
	}
	if c.Issuer.CommonName != "" {
		parent = &x509.Certificate{Subject: c.Issuer, RawSubject: nil}
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func parse(t *testing.T, raw []byte, origin string) *trust.Anchor {
	t.Helper()
	a, err := trust.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	a.Origins = []trust.Origin{{Source: origin}}
	return a
}

// Whatever comes first, and however many add at the same time, the set is the
// same: order, origins, labels and terms.
func TestOrderDoesNotMatter(t *testing.T) {
	one, two, three := certificate(t, "one", nil), certificate(t, "Two", nil), certificate(t, "three", nil)
	after := now.AddDate(0, 1, 0)
	add := []func(*trust.Builder){
		func(b *trust.Builder) { b.Add(parse(t, two, "a.pem")) },
		func(b *trust.Builder) {
			a := parse(t, one, "b.jks")
			a.Label, a.Terms.Only = "uno", []trust.Purpose{trust.Email, trust.Server}
			b.Add(a)
		},
		func(b *trust.Builder) {
			a := parse(t, one, "a.jks")
			a.Label, a.Terms.DistrustAfter = "eins", map[trust.Purpose]time.Time{trust.Server: after}
			b.Add(a)
		},
		func(b *trust.Builder) {
			a := parse(t, one, "c.pem")
			a.Terms.Rejected = []trust.Purpose{trust.Email}
			a.Terms.DistrustAfter = map[trust.Purpose]time.Time{trust.Server: after.AddDate(0, 0, 1)}
			b.Add(a)
		},
		func(b *trust.Builder) { b.Add(parse(t, three, "a.pem")) },
		func(b *trust.Builder) { b.Skip(trust.Origin{Source: "z"}, "why") },
		func(b *trust.Builder) { b.Skip(trust.Origin{Source: "y"}, "why") },
	}
	var want *trust.Set
	for range 20 {
		var b trust.Builder
		var wait sync.WaitGroup
		for _, f := range add {
			wait.Go(func() { f(&b) })
		}
		wait.Wait()
		got := b.Set()
		if want == nil {
			want = got
			continue
		}
		if diff := cmp.Diff(trust.List(want.Anchors), trust.List(got.Anchors)); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(want.Skipped, got.Skipped); diff != "" {
			t.Fatal(diff)
		}
		slices.Reverse(add)
	}
	names := []string{}
	for _, a := range want.Anchors {
		names = append(names, a.Name())
	}
	if diff := cmp.Diff([]string{"eins", "three", "Two"}, names); diff != "" {
		t.Error(diff)
	}
	first := want.Anchors[0]
	if len(first.Origins) != 3 || first.Origins[0].Source != "a.jks" {
		t.Errorf("origins %v", first.Origins)
	}
	if !first.Terms.For(trust.Server) || first.Terms.For(trust.Email) || first.Terms.For(trust.Code) {
		t.Errorf("the terms of three sources came to %+v", first.Terms)
	}
	if got := first.Terms.DistrustAfter[trust.Server]; !got.Equal(after) {
		t.Errorf("of two days the later one was taken: %v", got)
	}
}

func TestNamesThatBothPermit(t *testing.T) {
	example := trust.Names{DNS: []string{"example.com"}}
	both := trust.Names{DNS: []string{"example.com", "example.org"}, IP: []string{"10.0.0.0/8"}}
	for _, tt := range []struct{ a, b, want trust.Names }{
		{trust.Names{}, trust.Names{}, trust.Names{}},
		{trust.Names{}, example, example},
		{example, trust.Names{}, example},
		{both, example, trust.Names{DNS: []string{"example.com"}, IP: []string{}}},
		{trust.Names{DNS: []string{"a.example.com", "example.net"}}, both, trust.Names{DNS: []string{"a.example.com"}}},
		{both, trust.Names{DNS: []string{"notexample.com", "x.example.com", "y.x.example.com"}, IP: []string{"10.1.0.0/16", "11.0.0.0/8"}}, trust.Names{DNS: []string{"x.example.com"}, IP: []string{"10.1.0.0/16"}}},
		{trust.Names{IP: []string{"10.1.2.3/32"}}, both, trust.Names{IP: []string{"10.1.2.3/32"}}},
		{example, trust.Names{DNS: []string{"example.net"}}, trust.Names{DNS: []string{"invalid"}, IP: []string{}}},
	} {
		got := tt.a.And(tt.b)
		if strings.Join(got.DNS, " ") != strings.Join(tt.want.DNS, " ") || strings.Join(got.IP, " ") != strings.Join(tt.want.IP, " ") {
			t.Errorf("%v and %v permit %v, want %v", tt.a, tt.b, got, tt.want)
		}
		if diff := cmp.Diff(got, tt.b.And(tt.a), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%v and %v: the order matters: %s", tt.a, tt.b, diff)
		}
	}
}

func TestParseNames(t *testing.T) {
	got, err := trust.ParseNames([]string{"example.com", ".intern", "10.1.2.3/8", "192.0.2.7", "2001:db8::/32"})
	want := trust.Names{DNS: []string{"example.com", "intern"}, IP: []string{"10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"}}
	if err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v, %v", err, cmp.Diff(want, got))
	}
	for _, wrong := range []string{"", "*.example.com", "a b", "10.0.0.0/33", "fe80::1%eth0", "https://example.com/"} {
		if _, err := trust.ParseNames([]string{wrong}); err == nil {
			t.Errorf("%q was taken for a name", wrong)
		}
	}
}

func TestParseFingerprint(t *testing.T) {
	plain := strings.Repeat("0a", 32)
	for _, text := range []string{plain, strings.ToUpper(plain), strings.Repeat("0A:", 31) + "0A"} {
		if sum, ok := trust.ParseFingerprint(text); !ok || sum[31] != 10 {
			t.Errorf("%q is no fingerprint", text)
		}
	}
	for _, text := range []string{"", plain[2:], plain + "00", "ca.pem"} {
		if _, ok := trust.ParseFingerprint(text); ok {
			t.Errorf("%q is a fingerprint", text)
		}
	}
}

// Each rule speaks of its own case, and of no sound CA.
func TestJudge(t *testing.T) {
	issuer := pkix.Name{CommonName: "issuer"}
	cases := map[string][]byte{
		"expired":       certificate(t, "a", func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Hour) }),
		"not-yet-valid": certificate(t, "a", func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) }),
		"leaf":          certificate(t, "a", func(c *x509.Certificate) { c.IsCA, c.KeyUsage, c.Issuer = false, 0, issuer }),
		"not-ca":        certificate(t, "a", func(c *x509.Certificate) { c.IsCA = false }),
		"no-cert-sign":  certificate(t, "a", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }),
		"not-root":      certificate(t, "a", func(c *x509.Certificate) { c.Issuer = issuer }),
		"constrained": certificate(t, "a", func(c *x509.Certificate) {
			c.PermittedDNSDomains = []string{"example.com"}
			c.ExcludedIPRanges = []*net.IPNet{{IP: net.IP{10, 0, 0, 0}, Mask: net.CIDRMask(8, 32)}}
		}),
	}
	sound := certificate(t, "sound", nil)
	for rule, raw := range cases {
		var b trust.Builder
		b.Add(parse(t, raw, "a"))
		b.Add(parse(t, sound, "a"))
		list := b.Set().Judge(now)
		if len(list) != 1 || list[0].Rule != rule || list[0].Where != "a" || list[0].Text == "" {
			t.Errorf("%s: found %+v", rule, list)
		}
	}
	var b trust.Builder
	b.Add(parse(t, certificate(t, "twin", nil), "a"))
	b.Add(parse(t, certificate(t, "twin", nil), "b"))
	if list := b.Set().Judge(now); len(list) != 2 || list[0].Rule != "same-subject" {
		t.Errorf("twins: found %+v", list)
	}
	seen := map[string]bool{}
	for _, r := range trust.Rules() {
		if seen[r.ID] || r.Doc == "" || !slices.Contains(finding.Severities(), r.Severity) {
			t.Errorf("rule %+v", r)
		}
		seen[r.ID] = true
	}
}

func TestSelect(t *testing.T) {
	old := certificate(t, "old", func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Hour) })
	plain := certificate(t, "plain", func(c *x509.Certificate) { c.IsCA = false })
	mail := certificate(t, "mail", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} })
	none := certificate(t, "none", nil)
	sound := certificate(t, "sound", nil)
	var b trust.Builder
	for _, raw := range [][]byte{old, plain, mail, none, sound} {
		a := parse(t, raw, "x")
		if a.Name() == "none" {
			a.Terms.Rejected = []trust.Purpose{trust.Server}
		}
		b.Add(a)
	}
	set := b.Set()
	for _, tt := range []struct {
		name string
		by   trust.Selection
		left string
	}{
		{"all", trust.Selection{}, ""},
		{"server", trust.Selection{Purposes: []trust.Purpose{trust.Server}}, "mail none"},
		{"server or email", trust.Selection{Purposes: []trust.Purpose{trust.Server, trust.Email}}, ""},
		{"CAs", trust.Selection{OnlyCA: true}, "plain"},
		{"valid", trust.Selection{ValidAt: now}, "old"},
		{"without one", trust.Selection{Exclude: map[[32]byte]bool{parse(t, sound, "x").SHA256: true}}, "sound"},
	} {
		stays, left := set.Select(tt.by)
		var names []string
		for _, l := range left {
			names = append(names, l.Anchor.Name())
			if l.Why == "" {
				t.Errorf("%s: nothing says why %s is left out", tt.name, l.Anchor.Name())
			}
		}
		if got := strings.Join(names, " "); got != tt.left || len(stays.Anchors)+len(left) != 5 {
			t.Errorf("%s: left out %q, want %q", tt.name, got, tt.left)
		}
	}
	if r := set.Rejected([]trust.Purpose{trust.Server}); len(r) != 1 || r[0].Name() != "none" {
		t.Errorf("rejected: %v", r)
	}
}
