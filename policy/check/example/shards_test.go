package example

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muxkey/internal/finding"
	"muxkey/policy/check"
	"muxkey/policy/check/rules"
)

// What is checked in parts, and put together from the JSON of the parts, is what is
// checked as a whole, for every example of every rule. What cannot be told of a
// part is left out: which suppressions have no use, and which passwords two parts
// have in common.
func TestShardsAreTheWhole(t *testing.T) {
	var apart atomic.Int32
	t.Run("all", func(t *testing.T) {
		for _, e := range All() {
			t.Run(e.Rule+"/"+strings.ReplaceAll(e.Title, " ", "-"), func(t *testing.T) {
				t.Parallel()
				shards := 3
				if strings.HasPrefix(e.Rule, "MUX-FLEET") {
					shards = 31 // the names of directories decide who meets whom
				}
				if merged, parts := e.inShards(t, shards); parts > 1 && strings.HasPrefix(e.Rule, "MUX-FLEET") && e.Bad && e.Finds(merged) {
					apart.Add(1)
				}
			})
		}
	})
	if apart.Load() == 0 {
		t.Error("no rule has found anything in targets of two parts")
	}
}

// A service knows the password that the policy has for its keystore among the
// targets, in whatever part that target is.
func TestServicesInShards(t *testing.T) {
	e := Example{
		Policy: "targets:\n- path: a.p12\n  password: env:OPEN-SESAME\nservices:\n- {name: one, keystore: a.p12}\n- {name: two, keystore: a.p12}\n- {name: three, keystore: a.p12}\n- {name: four, keystore: a.p12}\n",
		Make: func(w *World) {
			p := w.Server(w.Root("Root"), "a.example.com")
			w.Keystore("a.p12", "pkcs12", "a", "open-sesame", p)
		},
	}
	r, parts := e.inShards(t, 3)
	if parts < 2 || r.Summary.Targets != 5 || r.Summary.Unchecked != 0 {
		t.Errorf("%d parts: %+v", parts, r.Summary)
	}
}

// inShards checks an example as a whole and in parts, and returns what was put
// together, and how many of the parts had a target.
func (e Example) inShards(t *testing.T, shards int) (merged *check.Report, with int) {
	t.Helper()
	w := &World{Dir: t.TempDir(), Now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), Rand: rand.Reader}
	defer w.close()
	p, o, err := e.make(w)
	if err != nil {
		t.Fatal(err)
	}
	p.Skip = append(p.Skip, "MUX-FLEET-003")
	whole, err := check.Run(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	var parts []*check.Report
	for o.Shard, o.Shards = 1, shards; o.Shard <= shards; o.Shard++ {
		part, err := check.Run(t.Context(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		if part, err = check.ParseReport(bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		with += min(len(part.Targets), 1)
		parts = append(parts, part)
	}
	merged, err = check.Merge(parts, check.MergeOptions{Policy: p, Baseline: o.Baseline})
	if err != nil {
		t.Fatal(err)
	}
	whole.Findings = slices.DeleteFunc(whole.Findings, func(f finding.Finding) bool { return f.Rule == rules.UnusedAllow })
	if diff := cmp.Diff(asJSON(t, whole), asJSON(t, merged)); diff != "" {
		t.Errorf("(-whole +parts):\n%s", diff)
	}
	return merged, with
}

func asJSON(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
