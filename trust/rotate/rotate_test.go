package rotate_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/rotate"
)

var now = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

type pair struct {
	*pkcs12x.Certificate
	key *ecdsa.PrivateKey
}

// makeCertificate makes a certificate for some days, by a parent or by itself.
func makeCertificate(t *testing.T, parent *pair, ca bool, cn string, days int, hosts ...string) *pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: cn}, DNSNames: hosts, IsCA: ca, BasicConstraintsValid: true,
		NotBefore: now.Add(-day), NotAfter: now.Add(time.Duration(days) * day),
	}
	above, signer := template, key
	if parent != nil {
		above, signer = parent.X509, parent.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, above, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := pkcs12x.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &pair{c, key}
}

func set(t *testing.T, list ...*pair) *trust.Set {
	t.Helper()
	var b trust.Builder
	for _, p := range list {
		a, err := trust.Parse(p.Raw)
		if err != nil {
			t.Fatal(err)
		}
		b.Add(a)
	}
	return b.Set()
}

func chains(list ...*pair) [][]*pkcs12x.Certificate {
	var out [][]*pkcs12x.Certificate
	for _, p := range list {
		out = append(out, []*pkcs12x.Certificate{p.Certificate})
	}
	return out
}

func on(days int) time.Time { return now.Add(time.Duration(days) * day) }

func TestPlan(t *testing.T) {
	oldCA, newCA := makeCertificate(t, nil, true, "Old", 1000), makeCertificate(t, nil, true, "New", 3000)
	oldLeaf, newLeaf := makeCertificate(t, oldCA, false, "mux", 90, "mux.example.com", "a.example.com"), makeCertificate(t, newCA, false, "mux", 400, "mux.example.com", "*.example.com")
	narrow := makeCertificate(t, newCA, false, "mux", 400, "mux.example.com")
	again := makeCertificate(t, oldCA, false, "mux", 400, "mux.example.com", "a.example.com")
	other := makeCertificate(t, oldCA, false, "gms", 200, "gms.example.com")
	gone := makeCertificate(t, oldCA, false, "gone", -1, "gone.example.com")
	oldSelf, newSelf := makeCertificate(t, nil, true, "mux", 50, "mux.example.com"), makeCertificate(t, nil, true, "mux", 500, "mux.example.com")
	for _, tt := range []struct {
		name                       string
		old, new                   rotate.Side
		others                     []rotate.Other
		retiring, coming, vouched  int
		mayGo, atLatest, ends      time.Time
		oldAcceptsNew, newAccepted bool
	}{
		{
			name: "another CA", old: rotate.Side{Anchors: set(t, oldCA), Chains: chains(oldLeaf)}, new: rotate.Side{Anchors: set(t, newCA), Chains: chains(newLeaf)},
			retiring: 1, coming: 1, vouched: 1, atLatest: on(90), ends: on(1000), newAccepted: true,
		},
		{
			name: "a name is missing", old: rotate.Side{Anchors: set(t, oldCA), Chains: chains(oldLeaf)}, new: rotate.Side{Anchors: set(t, newCA), Chains: chains(narrow)},
			retiring: 1, coming: 1, vouched: 1, mayGo: on(90), atLatest: on(90), ends: on(1000), newAccepted: true,
		},
		{
			name: "another server", old: rotate.Side{Anchors: set(t, oldCA), Chains: chains(oldLeaf)}, new: rotate.Side{Anchors: set(t, newCA), Chains: chains(newLeaf)},
			others:   []rotate.Other{{Name: "gms.p12", Chain: chains(other)[0]}, {Name: "new", Chain: chains(newLeaf)[0]}, {Name: "gone", Chain: chains(gone)[0]}},
			retiring: 1, coming: 1, vouched: 2, mayGo: on(200), atLatest: on(200), ends: on(1000), newAccepted: true,
		},
		{
			name: "the same CA", old: rotate.Side{Anchors: set(t, oldCA), Chains: chains(oldLeaf)}, new: rotate.Side{Anchors: set(t, oldCA), Chains: chains(again)},
			oldAcceptsNew: true, newAccepted: true,
		},
		{
			name: "self-signed", old: rotate.Side{Anchors: set(t, oldSelf), Chains: chains(oldSelf)}, new: rotate.Side{Anchors: set(t, newSelf), Chains: chains(newSelf)},
			retiring: 1, coming: 1, vouched: 1, atLatest: on(50), newAccepted: true,
		},
		{
			name: "the new chain does not fit its anchor", old: rotate.Side{Anchors: set(t, oldSelf), Chains: chains(oldSelf)}, new: rotate.Side{Anchors: set(t, newCA), Chains: chains(newSelf)},
			retiring: 1, coming: 1, vouched: 1, atLatest: on(50),
		},
		{
			name: "anchors alone", old: rotate.Side{Anchors: set(t, oldCA)}, new: rotate.Side{Anchors: set(t, newCA, oldSelf)},
			retiring: 1, coming: 2, ends: on(1000), newAccepted: true,
		},
	} {
		p, err := rotate.Make(t.Context(), rotate.Change{Old: tt.old, New: tt.new, Others: tt.others, Purpose: trust.Server, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Retiring) != tt.retiring || len(p.Coming) != tt.coming || len(p.Vouched) != tt.vouched {
			t.Errorf("%s: retiring %d, coming %d, vouched %+v", tt.name, len(p.Retiring), len(p.Coming), p.Vouched)
		}
		if !p.OldMayGo().Equal(tt.mayGo) || !p.AtLatest().Equal(tt.atLatest) || !p.Ends.Equal(tt.ends) {
			t.Errorf("%s: may go %s, at latest %s, ends %s", tt.name, p.OldMayGo(), p.AtLatest(), p.Ends)
		}
		if p.OldAcceptsNew != tt.oldAcceptsNew || (p.Refused == "") != tt.newAccepted {
			t.Errorf("%s: the old accept the new: %v; all refuse it: %q", tt.name, p.OldAcceptsNew, p.Refused)
		}
		if want := len(tt.old.Anchors.Anchors) + tt.coming; len(p.Both.Anchors) != want {
			t.Errorf("%s: %d anchors, want %d", tt.name, len(p.Both.Anchors), want)
		}
	}
}
