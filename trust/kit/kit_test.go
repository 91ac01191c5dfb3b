package kit_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muxkey/trust"
	"muxkey/trust/kit"
	"muxkey/trust/target"
)

// issued is a root and the certificate of a server that it issued.
func issued(t testing.TB, root string, names ...string) (ca, leaf *trust.Anchor) {
	t.Helper()
	make1 := func(c, parent *x509.Certificate, key, by *ecdsa.PrivateKey) *trust.Anchor {
		raw, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by)
		if err != nil {
			t.Fatal(err)
		}
		a, err := trust.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	var keys [2]*ecdsa.PrivateKey
	for i := range keys {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		keys[i] = key
	}
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	parent := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: root}, NotBefore: begin, NotAfter: begin.AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	ca = make1(parent, parent, keys[0], keys[0])
	leaf = make1(&x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server"}, NotBefore: begin, NotAfter: begin.AddDate(1, 0, 0), DNSNames: names}, parent, keys[1], keys[0])
	return ca, leaf
}

func made(t testing.TB, ca, leaf *trust.Anchor) *kit.Kit {
	t.Helper()
	k, err := kit.Make(t.Context(), target.Job{
		Set: &trust.Set{Anchors: []*trust.Anchor{ca}}, Purposes: []trust.Purpose{trust.Server}, Password: "changeit", Name: "mux.example.com",
		Hosts: []string{"mux.example.com:8443"},
	}, kit.Server{Leaves: []*trust.Anchor{leaf}, Names: kit.Names([]*trust.Anchor{leaf})}, kit.Targets())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func Example() {
	ca, leaf := issued(&testing.B{}, "root", "mux.example.com")
	server := kit.Server{Leaves: []*trust.Anchor{leaf}, Names: kit.Names([]*trust.Anchor{leaf})}
	job := target.Job{
		Set: &trust.Set{Anchors: []*trust.Anchor{ca}}, Purposes: []trust.Purpose{trust.Server}, Password: "changeit",
		Name: "mux", Hosts: server.Names,
	}
	pem, _ := target.Targets().Get("pem")
	k, err := kit.Make(context.Background(), job, server, []target.Target{pem})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(k.Readme.Path)
	for _, f := range k.Parts[0].Files {
		fmt.Println(f.Path)
	}
	// Output:
	// README.md
	// pem/ca-bundle.pem
	// pem/README.md
}

// Each target that is for clients has a part, whose README says all that a person
// must know; and the same anchors make the same octets, also of what is encrypted.
func TestKit(t *testing.T) {
	ca, leaf := issued(t, "root", "mux.example.com", "*.example.com")
	k, again := made(t, ca, leaf), made(t, ca, leaf)
	if diff := cmp.Diff(k.Readme, again.Readme); diff != "" {
		t.Error(diff)
	}
	var ids []string
	for i, p := range k.Parts {
		ids = append(ids, p.ID)
		seen := map[string]bool{}
		for n, f := range p.Files {
			if string(f.Data) != string(again.Parts[i].Files[n].Data) {
				t.Errorf("%s is another one the second time", f.Path)
			}
			if !strings.HasPrefix(f.Path, p.ID+"/") || path.Clean(f.Path) != f.Path || seen[f.Path] {
				t.Errorf("a file %q", f.Path)
			}
			if strings.Contains(string(f.Data), "PRIVATE KEY") {
				t.Errorf("%s has a private key", f.Path)
			}
			seen[f.Path] = true
		}
		readme := p.Files[len(p.Files)-1]
		if readme.Path != p.ID+"/README.md" {
			t.Errorf("%s has no README", p.ID)
		}
		text := string(readme.Data)
		for _, want := range []string{colons(ca), colons(leaf), "mux.example.com:8443", "2027-01-01", "`*.example.com`", "## How to see that it worked"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not have %q", readme.Path, want)
			}
		}
		for _, step := range append(p.Use(p.Name, target.Job{Set: &trust.Set{}, Name: "mux.example.com", Hosts: []string{"mux.example.com:8443"}}), checks(p)...) {
			if !strings.Contains(text, strings.TrimSuffix(step.Command, "\n")) {
				t.Errorf("%s does not have the command %q", readme.Path, step.Command)
			}
		}
		if slices.Contains(p.Options, target.Password) && !strings.Contains(text, "Its password is `changeit`") {
			t.Errorf("%s does not say the password", readme.Path)
		}
		if !strings.Contains(string(k.Readme.Data), "("+readme.Path+")") {
			t.Errorf("the first README does not lead to %s", readme.Path)
		}
	}
	var want []string
	for x := range target.Targets().All() {
		if !x.Apart {
			want = append(want, x.ID)
		}
	}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Error(diff)
	}
	other, _ := issued(t, "root")
	if made(t, other, leaf).Readme.Data == nil || string(made(t, other, leaf).Readme.Data) == string(k.Readme.Data) {
		t.Error("another anchor makes the same README")
	}
}

func checks(p kit.Part) []target.Step {
	if p.Check == nil {
		return nil
	}
	return p.Check(p.Name, target.Job{Hosts: []string{"mux.example.com:8443"}, Name: "mux.example.com"})
}

func colons(a *trust.Anchor) string {
	return strings.ReplaceAll(strings.ToUpper(fmt.Sprintf("% x", a.SHA256)), " ", ":")
}

// A target that can have none of the anchors is named, with the reason.
func TestMissing(t *testing.T) {
	_, leaf := issued(t, "root", "mux.example.com")
	k := made(t, leaf, leaf)
	if len(k.Missing) != 1 || k.Missing[0].ID != "cluster-trust-bundle" || !strings.Contains(k.Missing[0].Why, "no CA") {
		t.Errorf("missing: %+v", k.Missing)
	}
	if !strings.Contains(string(k.Readme.Data), "## What is not here") {
		t.Error("the README does not tell")
	}
}

// A certificate is from strangers, and what it says of itself is only text.
func TestHostileNames(t *testing.T) {
	ca, leaf := issued(t, "a`b``c</code><script>x|[y](z)\n## Heading\u202e\x1b[1m", "mux.example.com")
	k := made(t, ca, leaf)
	for _, f := range append(slices.Clone(k.Parts[0].Files), k.Readme) {
		if !strings.HasSuffix(f.Path, ".md") {
			continue
		}
		text := string(f.Data)
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "## Heading") || strings.ContainsAny(line, "\u202e\x1b") {
				t.Errorf("%s: %q", f.Path, line)
			}
		}
		if !strings.Contains(text, "```a`b``c</code>") {
			t.Errorf("%s does not have the name as code", f.Path)
		}
	}
}
