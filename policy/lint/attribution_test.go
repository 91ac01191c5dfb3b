package lint

import (
	"strings"
	"testing"

	"muxkey/internal/finding"
	"muxkey/policy/lint/rules"
)

// TestOnePlaceOneRule lets all rules see the bad examples of each. Of a place only
// one group may speak, so that nobody reads what is wrong with a product that is
// not there.
func TestOnePlaceOneRule(t *testing.T) {
	all := rules.All()
	var list []rules.Rule
	for r := range all.All() {
		list = append(list, r)
	}
	linter := New(list, Policy{})
	group := func(id string) string { return strings.Split(id, "-")[1] }
	for _, r := range list {
		for _, e := range r.Bad {
			out := linter.Text(e.File, []byte(strings.NewReplacer("«", "", "»", "").Replace(e.Text)))
			for i, a := range out.Findings {
				for _, b := range out.Findings[i+1:] {
					if group(a.Rule) != group(b.Rule) && overlap(a.Place, b.Place) {
						t.Errorf("%s and %s speak of %q in the example %s of %s:\n%s", a.Rule, b.Rule, a.Place.Snippet, e.File, r.ID, e.Text)
					}
				}
			}
		}
	}
}

func overlap(a, b *finding.Location) bool {
	return a.Line == b.Line && a.EndLine == b.EndLine && a.Column < b.EndColumn && b.Column < a.EndColumn
}
