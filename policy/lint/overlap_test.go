package lint

import (
	"testing"

	"muxkey/internal/finding"
	"muxkey/policy/lint/rules"
)

// TestOverlap: a rule for what no other knows yields to one that knows, a place
// is told once by a rule, and a secret is covered in the lines of all findings.
func TestOverlap(t *testing.T) {
	rule := func(id string, yields rules.Yield, match ...*rules.Match) rules.Rule {
		return rules.Rule{Rule: finding.Rule{ID: id, Title: id, Severity: finding.High}, Yields: yields, Match: match}
	}
	l := New([]rules.Rule{
		rule("MUX-ANY-001", rules.ToAll, rules.Key(rules.False, "tls", "plain"), rules.Key(rules.False, "cache.plain")),
		rule("MUX-CACHE-001", rules.ToNobody, rules.Key(rules.False, "cache.tls")),
		rule("MUX-SECRETS-001", rules.ToNobody, rules.Key(rules.Some, "pass").Secret()),
	}, Policy{})
	text := "cache.tls=false\ncache.plain=no\nurl.pass=häslich1\n"
	var got []string
	for _, f := range l.Text("a.properties", []byte(text)).Findings {
		got = append(got, f.Rule+" "+f.Place.Snippet)
	}
	want := []string{"MUX-CACHE-001 cache.tls=false", "MUX-ANY-001 cache.plain=no", "MUX-SECRETS-001 url.pass=********"}
	if len(got) != len(want) {
		t.Fatalf("found %q, wanted %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("found %q, wanted %q", got[i], want[i])
		}
	}
}
