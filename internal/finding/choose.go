package finding

import (
	"slices"
	"strings"
)

// Means tells whether a rule is meant by a word of a policy: its ID, or its group
// with or without the MUX in front, in any case.
func Means(id, word string) bool {
	word = strings.ToUpper(word)
	if id == word {
		return true
	}
	if !strings.HasPrefix(word, "MUX-") {
		word = "MUX-" + word
	}
	return id == word || strings.HasPrefix(id, word+"-")
}

// Chosen tells whether a rule is applied, where a policy has words for those that
// alone are, and for those that are not. Without only all are.
func Chosen(id string, only, skip []string) bool {
	is := func(word string) bool { return Means(id, word) }
	return (len(only) == 0 || slices.ContainsFunc(only, is)) && !slices.ContainsFunc(skip, is)
}

// SeverityFor is the severity that a policy has for a rule, by words: what is said
// of the rule itself goes before what is said of its group.
func SeverityFor(id string, by map[string]Severity) (Severity, bool) {
	longest, out := -1, Severity("")
	for word, s := range by {
		if Means(id, word) && len(word) > longest {
			longest, out = len(word), s
		}
	}
	return out, longest >= 0
}
