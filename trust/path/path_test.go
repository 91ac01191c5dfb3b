package path_test

import (
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/path"
)

func (w world) question(t testing.TB, f *forge, client path.Client) path.Question {
	t.Helper()
	return path.Question{Presented: w.presented(t), Bundle: path.NewBundle(w.anchors(t)), Hosts: []string{w.host}, At: f.now, Client: client}
}

func check(t testing.TB, q path.Question) *path.Verdict {
	t.Helper()
	v, err := path.Check(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// goVerify is the verdict of crypto/x509.
func goVerify(w world, f *forge) error {
	roots, others := x509.NewCertPool(), x509.NewCertPool()
	for _, p := range w.trusted {
		roots.AddCert(p.Certificate)
	}
	for _, p := range w.shown[1:] {
		others.AddCert(p.Certificate)
	}
	_, err := w.shown[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: others, DNSName: w.host, CurrentTime: f.now})
	return err
}

// Every case has the verdict that the table says, for every client; and what the
// table says of Go, crypto/x509 says as well.
func TestVerdicts(t *testing.T) {
	for _, tt := range worldCases {
		t.Run(tt.name, func(t *testing.T) {
			f := newForge(t)
			w := tt.world(f)
			var refused []string
			for _, client := range path.Clients() {
				v := check(t, w.question(t, f, client))
				if !v.Accepted {
					refused = append(refused, string(client))
					if rule, _ := stopped(v); rule != tt.rule {
						t.Errorf("%s: refused by the rule %s, want %s: %s", client, rule, tt.rule, v.Why)
					}
				}
			}
			if got := strings.Join(refused, " "); got != tt.refused {
				t.Errorf("refused by %q, want %q", got, tt.refused)
			}
			if err := goVerify(w, f); (err != nil) != slices.Contains(strings.Fields(tt.refused), "go") {
				t.Errorf("crypto/x509 says %v", err)
			}
		})
	}
}

// stopped is the first step that stops the best path.
func stopped(v *path.Verdict) (rule, text string) {
	for _, c := range v.Paths[0].Certificates {
		for _, s := range c.Steps {
			if s.Outcome == path.Fail || s.Outcome == path.Unknown {
				return s.Rule, s.Text
			}
		}
	}
	return "", ""
}

// Each rule refuses something in the table, and each departure of a client from it
// is seen there: what it ignores it has passed over and accepted, and where it has
// its own way, its verdict is another than that of the standard.
func TestEveryRuleIsMeasured(t *testing.T) {
	refuses := map[string]bool{"readable": true, "crl": true, "ocsp": true} // they have tests of their own
	type departure struct {
		rule   string
		client path.Client
		role   path.Role
	}
	ignored, differs := map[departure]bool{}, map[departure]bool{}
	for _, tt := range worldCases {
		f := newForge(t)
		w := tt.world(f)
		standard := check(t, w.question(t, f, path.Standard))
		for _, client := range path.Clients() {
			v := check(t, w.question(t, f, client))
			if !v.Accepted {
				refuses[tt.rule] = true
			}
			if v.Accepted != standard.Accepted {
				differs[departure{tt.rule, client, ""}] = true
			}
			for _, c := range v.Paths[0].Certificates {
				for _, s := range c.Steps {
					if v.Accepted && s.Outcome == path.Ignored {
						ignored[departure{s.Rule, client, c.Role}] = true
						ignored[departure{s.Rule, client, ""}] = true
					}
				}
			}
		}
	}
	departures := 0
	for _, r := range path.Rules() {
		if !refuses[r.ID] {
			t.Errorf("no case is refused by the rule %s", r.ID)
		}
		for _, d := range r.Departures {
			departures++
			roles := d.On
			if d.On == nil || !d.Ignores {
				roles = []path.Role{""}
			}
			for _, role := range roles {
				if key := (departure{r.ID, d.Client, role}); d.Ignores && !ignored[key] || !d.Ignores && !differs[key] {
					t.Errorf("no case shows that %s departs from the rule %s at %q: %s", d.Client, r.ID, role, d.Does)
				}
			}
		}
	}
	if departures < 30 {
		t.Errorf("only %d departures were looked at", departures)
	}
}

// What crypto/x509 does not read is no pass for anybody.
func TestUnreadable(t *testing.T) {
	f := newForge(t)
	w := simple(f, nil, nil, nil)
	w.host = "mux.example.com"
	for i, name := range []string{"leaf", "intermediate"} {
		for _, client := range path.Clients() {
			q := w.question(t, f, client)
			q.Presented[i].X509, q.Presented[i].Err = nil, errors.New("x509: negative serial number")
			v := check(t, q)
			if v.Accepted || !strings.Contains(v.Why, "negative serial number") {
				t.Errorf("%s, %s: %v %s", name, client, v.Accepted, v.Why)
			}
		}
	}
	if _, err := path.Check(t.Context(), path.Question{}); !errors.Is(err, path.ErrNothing) {
		t.Errorf("nothing presented: %v", err)
	}
	v := check(t, path.Question{Presented: []*pkcs12x.Certificate{{Raw: []byte("no")}}})
	if v.Accepted || v.Why == "" {
		t.Errorf("no certificate: %+v", v)
	}
}

// Strangers cannot make the search long: a mesh of CAs that have all signed each
// other, thousands of anchors of one name, a chain without end.
func TestBounds(t *testing.T) {
	f := newForge(t)
	mesh := []*pair{}
	for i := range 12 {
		mesh = append(mesh, f.root("CA "+string(rune('A'+i))))
	}
	shown := []*pair{f.leaf(mesh[0])}
	for _, below := range mesh {
		for _, above := range mesh {
			if below != above {
				shown = append(shown, f.make(caTemplate(below.Subject.CommonName), below.key, above))
			}
		}
	}
	long := f.root("Root")
	chain := []*pair{}
	for i := range 40 {
		next := f.ca(long, "CA "+strings.Repeat("x", i))
		chain, long = append([]*pair{next}, chain...), next
	}
	chain = append([]*pair{f.leaf(long)}, chain...)
	twins := world{shown: []*pair{f.leaf(f.root("Root", noKeyID))}}
	for range 300 {
		twins.trusted = append(twins.trusted, f.root("Root", noKeyID))
	}
	for name, w := range map[string]world{
		"mesh": {shown: shown, trusted: []*pair{f.root("Other")}}, "chain": {shown: chain, trusted: []*pair{f.root("Other")}}, "twins": twins,
	} {
		for _, client := range path.Clients() {
			start := time.Now()
			v := check(t, w.question(t, f, client))
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("%s: %s took %s", name, client, took)
			}
			if limits := path.DefaultLimits(); v.Accepted || len(v.Paths) > limits.Paths || v.Cut == "" && client != path.OpenSSL {
				t.Errorf("%s, %s: accepted %v, %d paths, cut %q", name, client, v.Accepted, len(v.Paths), v.Cut)
			}
		}
	}
}

// A purpose that is not of servers asks for no host, and for its own usage.
func TestPurposes(t *testing.T) {
	f := newForge(t)
	w := simple(f, nil, nil, []change{usages(x509.ExtKeyUsageClientAuth)})
	for purpose, want := range map[trust.Purpose]bool{trust.Client: true, trust.Server: false, trust.Email: false, trust.Code: false} {
		q := w.question(t, f, path.Standard)
		q.Purpose, q.Hosts = purpose, nil
		if v := check(t, q); v.Accepted != want {
			t.Errorf("%s: accepted %v: %s", purpose, v.Accepted, v.Why)
		}
	}
	roots, others := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(w.trusted[0].Certificate)
	others.AddCert(w.shown[1].Certificate)
	if _, err := w.shown[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: others, CurrentTime: f.now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Errorf("crypto/x509: %v", err)
	}
}

// The paths that fail are explained as well, the nearest first.
func TestPaths(t *testing.T) {
	f := newForge(t)
	old, r := f.root("Old", f.expired()), f.root("Root")
	cross := f.make(caTemplate("Root"), r.key, old)
	c := f.ca(r, "CA")
	w := world{shown: []*pair{f.leaf(c), c, cross}, trusted: []*pair{old, r}, host: "mux.example.com"}
	v := check(t, w.question(t, f, path.Standard))
	if len(v.Paths) != 2 || !v.Paths[0].Accepted || v.Paths[1].Accepted {
		t.Fatalf("paths: %+v", v.Paths)
	}
	var roles []path.Role
	for _, c := range v.Paths[1].Certificates {
		roles = append(roles, c.Role)
	}
	if want := []path.Role{path.Leaf, path.Intermediate, path.Intermediate, path.Anchor}; !slices.Equal(roles, want) {
		t.Errorf("roles %v, want %v", roles, want)
	}
	last := v.Paths[1].Certificates[3]
	if i := slices.IndexFunc(last.Steps, func(s path.Step) bool { return s.Rule == "dates" }); i < 0 || last.Steps[i].Outcome != path.Fail || last.From != "the bundle" {
		t.Errorf("the old root: %+v", last)
	}
}

// Clients that are asked together say what each says alone, and so do several
// questions to one bundle at once.
func TestCheckAs(t *testing.T) {
	for _, tt := range worldCases {
		f := newForge(t)
		w := tt.world(f)
		var want []*path.Verdict
		for _, client := range path.Clients() {
			want = append(want, check(t, w.question(t, f, client)))
		}
		q := w.question(t, f, "")
		var wait sync.WaitGroup
		for range 2 {
			wait.Go(func() {
				got, err := path.CheckAs(t.Context(), q, path.Clients()...)
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("%s: %v (-alone +together):\n%s", tt.name, err, diff)
				}
			})
		}
		wait.Wait()
	}
}
