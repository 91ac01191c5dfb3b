package lint

import (
	"slices"
	"strings"
	"testing"

	"muxkey/policy/lint/rules"
)

// TestExamples lets all rules together look at the examples of each, as the
// program does: a file for which the filter sees no reason is not taken apart.
func TestExamples(t *testing.T) {
	l := New(slices.Collect(rules.All().All()), Policy{})
	for r := range rules.All().All() {
		for _, e := range r.Bad {
			var want []int // the lines that are marked
			for i, line := range strings.Split(e.Text, "\n") {
				for range strings.Count(line, "«") {
					want = append(want, i+1)
				}
			}
			var got []int
			text := strings.NewReplacer("«", "", "»", "").Replace(e.Text)
			for _, f := range l.Text(e.File, []byte(text)).Findings {
				if f.Rule == r.ID {
					got = append(got, f.Place.Line)
				}
			}
			if !slices.Equal(got, want) && r.Yields == 0 {
				t.Errorf("%s in %s: lines %v, wanted %v\n%s", r.ID, e.File, got, want, text)
			}
		}
	}
}
