package check_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"muxkey/keystore"
	"muxkey/policy/check"
	"muxkey/policy/check/example"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// stores makes three keystores in a directory, and the CA that has issued them.
func stores(t *testing.T) *example.World {
	t.Helper()
	w := &example.World{Dir: t.TempDir(), Now: noon, Rand: rand.Reader}
	root := w.Root("Example CA")
	w.PEM("ca.pem", root.Certificate)
	for _, host := range []string{"a", "b"} {
		w.Keystore("stores/"+host+".p12", "pkcs12", "mux", "ours-3", w.Server(root, host+".example.com"))
	}
	w.Keystore("stores/deep/c.jks", "jks", "mux", "ours-3", w.Server(root, "c.example.com"))
	return w
}

// runAt checks with a policy in the directory; passwords are those behind "env:", in
// lower case.
func runAt(t *testing.T, w *example.World, policy string, change func(*check.Options)) (*check.Report, error) {
	t.Helper()
	p, err := check.ParsePolicy([]byte(policy), filepath.Join(w.Dir, check.PolicyName))
	if err != nil {
		return nil, err
	}
	o := check.Options{Now: noon, Salt: []byte("x"), Password: func(_ context.Context, source, _ string) (string, error) {
		if name, ok := strings.CutPrefix(source, "env:"); ok {
			return strings.ToLower(name), nil
		}
		return "", keystore.ErrNoPassword
	}}
	if change != nil {
		change(&o)
	}
	return check.Run(t.Context(), p, o)
}

// outcomes are the targets below the directory with what became of them.
func outcomes(w *example.World, r *check.Report) []string {
	var out []string
	for _, c := range r.Targets {
		name, err := filepath.Rel(w.Dir, c.Name)
		if err != nil {
			name = c.Name
		}
		line := fmt.Sprintf("%s %s", filepath.ToSlash(name), c.Status)
		for _, f := range c.Findings {
			if f.Severity.AtLeast("medium") {
				line += " " + f.Rule
			}
		}
		out = append(out, line)
	}
	return out
}

func TestTargets(t *testing.T) {
	const secret = "defaults:\n  password: env:OURS-3\n  trust: ca.pem\n"
	for name, tt := range map[string]struct {
		policy string
		change func(w *example.World, o *check.Options)
		want   []string
	}{
		"a pattern for one directory":  {secret + "targets:\n  - path: stores/*\n", nil, []string{"stores/a.p12 ok", "stores/b.p12 ok"}},
		"a pattern for all below":      {secret + "targets:\n  - path: stores/**\n", nil, []string{"stores/a.p12 ok", "stores/b.p12 ok", "stores/deep/c.jks ok"}},
		"a directory":                  {secret + "targets:\n  - path: stores\n", nil, []string{"stores/a.p12 ok", "stores/b.p12 ok", "stores/deep/c.jks ok"}},
		"a pattern that finds nothing": {secret + "targets:\n  - path: stores/*.pem\n", nil, []string{"stores/*.pem unchecked"}},
		"a file that is gone":          {secret + "targets:\n  - path: gone.p12\n  - path: stores/a.p12\n", nil, []string{"gone.p12 unchecked", "stores/a.p12 ok"}},
		"later items go before earlier": {
			secret + "targets:\n  - path: stores/*.p12\n    hosts: a.example.com\n  - path: stores/b.p12\n    hosts: b.example.com\n", nil,
			[]string{"stores/a.p12 ok", "stores/b.p12 ok"},
		},
		"the wrong host is found": {
			secret + "targets:\n  - path: stores/*.p12\n    hosts: a.example.com\n", nil,
			[]string{"stores/a.p12 ok", "stores/b.p12 failed MUX-NAME-001"},
		},
		"a list, of which comments are none": {
			secret + "targets:\n  - inventory: list.txt\n    hosts: b.example.com\n",
			func(w *example.World, _ *check.Options) { w.Write("list.txt", []byte("# ours\n\nstores/b.p12\n")) },
			[]string{"stores/b.p12 ok"},
		},
		"an inventory in CSV": {
			"defaults:\n  trust: ca.pem\ntargets:\n  - inventory: list.csv\n",
			func(w *example.World, _ *check.Options) {
				w.Write("list.csv", []byte("path,password,hosts,warn-days,alias,min-tls,scts\nstores/a.p12,env:OURS-3,a.example.com,10,,1.2,0\nstores/b.p12,env:OTHER,,,,,\nstores/a.p12,,,,1,,\n"))
			},
			[]string{"stores/a.p12 failed MUX-ENTRY-001", "stores/b.p12 failed MUX-OPEN-001"},
		},
		"an inventory in YAML": {
			"defaults:\n  trust: ca.pem\ntargets:\n  - inventory: list.yaml\n    password: env:OURS-3\n",
			func(w *example.World, _ *check.Options) {
				w.Write("list.yaml", []byte("targets:\n  - path: stores/a.p12\n    alias: mux\n  - path: stores/b.p12\n    alias: web\n"))
			},
			[]string{"stores/a.p12 ok", "stores/b.p12 failed MUX-ENTRY-001"},
		},
		"an inventory that is gone": {"targets:\n  - inventory: gone.csv\n", nil, []string{"gone.csv unchecked"}},
		"what the command line names, as the policy has it": {
			secret + "targets:\n  - path: stores/*.p12\n    hosts: a.example.com\n",
			func(w *example.World, o *check.Options) { o.Targets = []string{filepath.Join(w.Dir, "stores/b.p12")} },
			[]string{"stores/b.p12 failed MUX-NAME-001"},
		},
		"what the command line names and the policy does not": {
			secret,
			func(w *example.World, o *check.Options) { o.Targets = []string{filepath.Join(w.Dir, "stores/a.p12")} },
			[]string{"stores/a.p12 ok"},
		},
		"a list on standard input": {
			secret,
			func(w *example.World, o *check.Options) { o.List = []byte(filepath.Join(w.Dir, "stores/a.p12") + "\n") },
			[]string{"stores/a.p12 ok"},
		},
		"profiles stand on profiles": {
			secret + "profiles:\n  lab: {profile: strict, hosts: a.example.com}\n  strict: {hosts: x.example.com, alias: mux}\ntargets:\n  - {path: stores/a.p12, profile: lab}\n  - {path: stores/b.p12, profile: strict}\n", nil,
			[]string{"stores/a.p12 ok", "stores/b.p12 failed MUX-NAME-001"},
		},
		"numbers where texts are meant": {
			secret + "targets:\n  - path: stores/a.p12\n    min-tls: 1.2\n    mode: 0600\n  - path: stores/b.p12\n    alias: 1\n", nil,
			[]string{"stores/a.p12 ok", "stores/b.p12 failed MUX-ENTRY-001"},
		},
		"rules that are left out": {
			secret + "rules:\n  skip: NAME\ntargets:\n  - path: stores/*.p12\n    hosts: a.example.com\n", nil,
			[]string{"stores/a.p12 ok", "stores/b.p12 ok"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := stores(t)
			r, err := runAt(t, w, tt.policy, func(o *check.Options) {
				if tt.change != nil {
					tt.change(w, o)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := outcomes(w, r); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if s := r.Summary; s.OK+s.Failed+s.Unchecked != s.Targets || s.Targets != len(r.Targets) {
				t.Errorf("the summary is %+v", s)
			}
		})
	}
}

// A signature holds the certificates of who has signed, which nobody renews.
func TestSignatures(t *testing.T) {
	w := &example.World{Dir: t.TempDir(), Now: noon, Rand: rand.Reader}
	data, err := os.ReadFile("../../keystore/testdata/signed-ber.p7m")
	if err != nil {
		t.Fatal(err)
	}
	w.Write("META-INF/SIGNER.RSA", data)
	r, err := runAt(t, w, "targets:\n- path: META-INF\n  max-days: 1\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Targets) != 1 || len(r.Targets[0].Certificates) == 0 || len(r.Targets[0].Findings) != 0 {
		t.Errorf("%+v", r.Targets)
	}
}

func TestShardsHaveEachTargetOnce(t *testing.T) {
	w := stores(t)
	seen := map[string]int{}
	for i := range 3 {
		r, err := runAt(t, w, "defaults:\n  password: env:OURS-3\ntargets:\n  - path: stores/**\n", func(o *check.Options) { o.Shard, o.Shards = i+1, 3 })
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Targets {
			seen[c.Name]++
		}
	}
	if len(seen) != 3 {
		t.Errorf("got %v", seen)
	}
	for name, n := range seen {
		if n != 1 {
			t.Errorf("%s is in %d shards", name, n)
		}
	}
}

// The first finding of the policy is told before any work is done.
func TestPolicyThatCannotBeUsed(t *testing.T) {
	for policy, says := range map[string]string{
		"targets:\n  - path: stores/a.p12\n    password: secret\n":  "line 2, column 5: password: ",
		"targets:\n  - path: stores/a.p12\n    hosts: 'a b/c'\n":    "hosts: ",
		"targets:\n  - path: stores/a.p12\n    for: java-99\n":      `no program "java-99"`,
		"targets:\n  - path: stores/a.p12\n    clients: netscape\n": `clients: "netscape"`,
		"targets:\n  - path: stores/a.p12\n    purpose: any\n":      `purpose "any"`,
		"targets:\n  - path: stores/a.p12\n    pins: abc\n":         "no SHA-256",
		"targets:\n  - path: stores/a.p12\n    mode: rw\n":          `mode "rw"`,
		"targets:\n  - path: stores/a.p12\n    min-tls: '1.4'\n":    `min-tls "1.4"`,
		"targets:\n  - path: stores/a.p12\n    ocsp: maybe\n":       `ocsp "maybe"`,
		"targets:\n  - path: stores/a.p12\n    timeout: soon\n":     `timeout "soon"`,
		"targets:\n  - path: stores/a.p12\n    renew-after: 2\n":    "renew-after 2",
		"targets:\n  - url: 'tls://'\n":                             "tls://",
	} {
		_, err := runAt(t, stores(t), policy, nil)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %q", policy, err, says)
		}
		if err != nil && strings.Contains(err.Error(), "password: secret") {
			t.Errorf("the password is shown: %v", err)
		}
	}
	_, err := runAt(t, stores(t), "targets:\n  - path: stores/a.p12\n    trust: gone.pem\n", nil)
	if err == nil || !strings.Contains(err.Error(), "gone.pem") {
		t.Errorf("got %v", err)
	}
}

func TestStateChangesWithWhatIsChecked(t *testing.T) {
	w := stores(t)
	file := filepath.Join(w.Dir, check.PolicyName)
	text := []byte("defaults:\n  password: file:secret.pw\n  trust: ca.pem\ntargets:\n  - path: stores/**\n")
	w.Write(check.PolicyName, text)
	w.Write("secret.pw", []byte("ours-3\n"))
	state := func() [32]byte {
		p, err := check.ParsePolicy(text, file)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := check.State(t.Context(), p, check.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	before := state()
	if state() != before {
		t.Error("nothing has changed, and the state has")
	}
	for _, name := range []string{"stores/a.p12", "stores/new.p12", "ca.pem", "secret.pw", check.PolicyName} {
		w.Write(name, []byte(name))
		now := state()
		if now == before {
			t.Errorf("%s has changed, and the state has not", name)
		}
		before = now
	}
	if err := os.Remove(filepath.Join(w.Dir, "stores/new.p12")); err != nil {
		t.Fatal(err)
	}
	if state() == before {
		t.Error("a file has gone, and the state has not changed")
	}
}
