package extension

import (
	"slices"
	"strings"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
)

// choose returns the place of the one of words that a word stands for: the same,
// else what it begins or abbreviates, else that without case; -1 for none. The
// older levels know the last alone. An abbreviation is the first letter and all that is not a small letter: "kCS" for
// "keyCertSign". Words from hidden on are not offered where several fit.
func choose(l level.Level, word string, words []string, hidden ...int) (int, error) {
	upper := strings.ToUpper(word)
	ways := []func(string) bool{
		func(w string) bool { return word == w },
		func(w string) bool { return word == abbreviation(w) || strings.HasPrefix(w, word) },
		func(w string) bool {
			return upper == strings.ToUpper(abbreviation(w)) || strings.HasPrefix(strings.ToUpper(w), upper)
		},
	}
	if l.FoldedWords {
		ways = ways[2:]
	}
	for _, fits := range ways {
		var found []int
		for i, w := range words {
			if fits(w) {
				found = append(found, i)
			}
		}
		if len(found) > 1 && len(hidden) > 0 {
			found = slices.DeleteFunc(found, func(i int) bool { return i >= hidden[0] })
		}
		if len(found) == 1 {
			return found[0], nil
		}
		if len(found) > 1 {
			text := []string{"command " + word + " is ambiguous:\n    "}
			for _, i := range found {
				text = append(text, words[i])
			}
			return 0, exception.New(exception.Plain, strings.Join(text, " "))
		}
	}
	return -1, nil
}

func abbreviation(word string) string {
	var b strings.Builder
	for i, c := range []byte(word) {
		if i == 0 || c < 'a' || c > 'z' {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// split is Java's String.split: no empty parts at the end, but one for the empty
// text.
func split(text, separator string) []string {
	parts := strings.Split(text, separator)
	for len(parts) > 0 && parts[len(parts)-1] == "" && text != "" {
		parts = parts[:len(parts)-1]
	}
	return parts
}
