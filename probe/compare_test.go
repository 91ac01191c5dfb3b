package probe

import (
	"crypto/x509"
	"strings"
	"testing"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

func chainOf(t *testing.T, list ...*pair) []*pkcs12x.Certificate {
	t.Helper()
	var out []*pkcs12x.Certificate
	for _, p := range list {
		c, err := pkcs12x.ParseCertificate(p.Raw)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

func TestCompare(t *testing.T) {
	root := issue(t, nil, "Example Root", nil, authority)
	middle := issue(t, root, "Example CA", nil, authority)
	leaf := issue(t, middle, "mux.example.com", nil)
	renewed := issue(t, middle, "mux.example.com", leaf.key, func(c *x509.Certificate) { c.NotAfter = c.NotAfter.AddDate(0, 3, 0) })
	rekeyed := issue(t, middle, "mux.example.com", nil, func(c *x509.Certificate) { c.NotAfter = c.NotAfter.AddDate(0, 3, 0) })
	other := issue(t, middle, "www.example.com", nil)
	store := func(entries ...*keystore.Entry) *keystore.Store {
		return &keystore.Store{Path: "mux.p12", Entries: entries}
	}
	key := func(alias string, chain ...*pair) *keystore.Entry {
		return &keystore.Entry{Alias: alias, Kind: pkcs12x.PrivateKey, Chain: chainOf(t, chain...)}
	}
	file := store(&keystore.Entry{Kind: pkcs12x.PlainCertificate, Chain: chainOf(t, leaf)}, &keystore.Entry{Kind: pkcs12x.PlainCertificate, Chain: chainOf(t, middle)})
	file.Sequence = chainOf(t, leaf, middle)
	for _, tt := range []struct {
		name          string
		shown         []*pair
		store         *keystore.Store
		alias         string
		want          string // the alias
		same, sameKey bool
		text          string
	}{
		{"the same", []*pair{leaf, middle}, store(key("mux", leaf, middle)), "", "mux", true, true, "this very chain"},
		{"without the root, which need not be shown", []*pair{leaf, middle}, store(key("mux", leaf, middle, root)), "", "mux", true, true, "this very chain"},
		{"among others", []*pair{leaf, middle}, store(key("www", other, middle), key("mux", leaf, middle)), "", "mux", true, true, "this very chain"},
		{"a file of certificates", []*pair{leaf, middle}, file, "", "", true, true, "this very chain"},
		{"without the intermediate", []*pair{leaf}, store(key("mux", leaf, middle)), "", "mux", false, true, "a length of 1, and that of the keystore one of 2"},
		{"with another above it", []*pair{leaf, root}, store(key("mux", leaf, middle)), "", "mux", false, true, "those above it are others"},
		{"not loaded, with the same key", []*pair{leaf, middle}, store(key("mux", renewed, middle)), "", "mux", false, true, "still shows an older certificate of the same key, until 2026-12-22; the keystore has one until 2027-03-22"},
		{"a newer one there", []*pair{renewed, middle}, store(key("mux", leaf, middle)), "", "mux", false, true, "another certificate of the same key"},
		{"not loaded, with another key", []*pair{leaf, middle}, store(key("mux", rekeyed, middle)), "", "mux", false, false, "an older certificate of another key"},
		{"another", []*pair{leaf, middle}, store(key("www", other, middle)), "", "www", false, false, "another certificate: CN=mux.example.com, until 2026-12-22; the keystore has CN=www.example.com"},
		{"another by its alias", []*pair{leaf, middle}, store(key("www", other, middle), key("mux", leaf, middle)), "www", "www", false, false, "another certificate"},
		{"an empty store", []*pair{leaf}, store(), "", "", false, false, "has no certificate"},
		{"an empty server", nil, store(key("mux", leaf)), "", "", false, false, "shows no certificate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Compare(chainOf(t, tt.shown...), tt.store, tt.alias)
			if err != nil || c.Alias != tt.want || c.Same != tt.same || c.SameKey != tt.sameKey || !strings.Contains(c.Text, tt.text) {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
	if _, err := Compare(chainOf(t, leaf), store(key("mux", leaf)), "nobody"); err == nil {
		t.Error("there is no such alias")
	}
}

func TestFront(t *testing.T) {
	self := func(name string, change ...func(*x509.Certificate)) []*pair {
		return []*pair{issue(t, nil, name, nil, change...)}
	}
	under := func(ca string, organisation ...string) []*pair {
		root := issue(t, nil, ca, nil, authority, func(c *x509.Certificate) { c.Subject.Organization = organisation })
		return []*pair{issue(t, root, "mux.example.com", nil), root}
	}
	for _, tt := range []struct {
		name          string
		shown         []*pair
		kind, product string
	}{
		{"Traefik", self("TRAEFIK DEFAULT CERT"), FrontDefault, "Traefik"},
		{"ingress-nginx", self("Kubernetes Ingress Controller Fake Certificate"), FrontDefault, "ingress-nginx"},
		{"Fortinet itself", self("FortiGate", func(c *x509.Certificate) { c.Subject.Organization = []string{"Fortinet"} }), FrontDefault, "FortiGate"},
		{"Fortinet between", under("FG100", "Fortinet"), FrontBetween, "FortiGate"},
		{"mitmproxy", under("mitmproxy"), FrontBetween, "mitmproxy"},
		{"Zscaler", under("Zscaler Intermediate Root CA", "Zscaler Inc."), FrontBetween, "Zscaler"},
		{"localhost", self("localhost"), FrontSample, "a host that was not configured"},
		{"a host called so", self("localhost.example.com"), "", ""},
		{"localhost of a CA", under("localhost"), "", ""},
		{"a server", under("Example CA"), "", ""},
	} {
		f := frontOf(chainOf(t, tt.shown...))
		if f == nil {
			f = &Front{}
		}
		if f.Kind != tt.kind || f.Product != tt.product {
			t.Errorf("%s: %+v", tt.name, f)
		}
	}
}
