package cmd

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"muxkey/internal/console"
	"muxkey/policy/check/rules"
)

// The commands in the advice of the rules are there, with their flags, and say what
// they stand on.
func TestFixesOfRulesAreCommands(t *testing.T) {
	quoted := regexp.MustCompile("`muxkey ([^`]*)`")
	placeholder := regexp.MustCompile(`^[A-Z][A-Z:]*$|\.pem$`)
	needs := map[string][]string{"sign": {"--ca"}, "crl": {"--ca"}, "delete": {"--alias"}, "convert": {"--out"}}
	n := 0
	for r := range rules.All().All() {
		for _, m := range quoted.FindAllStringSubmatch(r.Fix, -1) {
			words := strings.Fields(m[1])
			c, rest, err := New(&console.Env{}).Find(words)
			if err != nil {
				t.Errorf("%s: %q: %v", r.ID, m[0], err)
				continue
			}
			n++
			for i, word := range rest {
				name, flag := strings.CutPrefix(word, "--")
				switch {
				case flag && c.Flag(name) == nil:
					t.Errorf("%s: %q: there is no flag %s", r.ID, m[0], word)
				case !flag && (i == 0 || !strings.HasPrefix(rest[i-1], "--")) && !placeholder.MatchString(word):
					t.Errorf("%s: %q: %q is no command", r.ID, m[0], word)
				}
			}
			for _, need := range needs[c.Name()] {
				if len(rest) > 0 && !slices.Contains(rest, need) { // alone it is a name for people
					t.Errorf("%s: %q lacks %s", r.ID, m[0], need)
				}
			}
		}
	}
	if n < 30 {
		t.Errorf("there are only %d commands", n)
	}
}
