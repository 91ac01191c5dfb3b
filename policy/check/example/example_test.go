package example

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"muxkey/policy/check/rules"
)

func TestExamples(t *testing.T) {
	have := map[string][2]int{}
	for _, e := range All() {
		n := have[e.Rule]
		if e.Bad {
			n[0]++
		} else {
			n[1]++
		}
		have[e.Rule] = n
		t.Run(e.Rule+"/"+strings.ReplaceAll(e.Title, " ", "-"), func(t *testing.T) {
			t.Parallel()
			w := &World{Dir: t.TempDir(), Now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), Rand: rand.Reader}
			report, err := e.Run(t.Context(), w)
			if err != nil {
				t.Fatal(err)
			}
			if e.Finds(report) != e.Bad {
				t.Errorf("the rule finds something: %v, want %v; all there is: %+v, %+v", !e.Bad, e.Bad, report.Targets, report.Findings)
			}
			for _, c := range report.Targets {
				for _, f := range c.Findings {
					if f.Rule == e.Rule && (f.Text == "" || f.Fingerprint == "") {
						t.Errorf("the finding says nothing: %+v", f)
					}
				}
			}
		})
	}
	for r := range rules.All().All() {
		if n := have[r.ID]; n[0] == 0 || n[1] == 0 {
			t.Errorf("%s has %d bad and %d good examples", r.ID, n[0], n[1])
		}
	}
	for id := range have {
		if _, ok := rules.All().Get(id); !ok {
			t.Errorf("there is no rule %s", id)
		}
	}
}
