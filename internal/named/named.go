// Package named holds ordered sets of things that have names: keystore formats,
// bundle targets, rules, report formats. A set is a value made from one explicit
// list, so its order is fixed and a test can make a small one of its own.
//
// Registration from init functions was the alternative. It saves the line in
// the list and costs the order, and a forgotten blank import then takes a whole
// group away without a sound.
package named

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Set is an ordered, unchanging set of items with unique names. The zero value
// is an empty set.
type Set[T any] struct {
	items []T
	names []string
	index map[string]int
}

// New returns the set of items, in the order given, each under the name that
// key returns for it. It panics on an empty name and on a name that occurs
// twice: the list is part of the program, so either is a programming error.
func New[T any](key func(T) string, items ...T) Set[T] {
	s := Set[T]{
		items: slices.Clone(items),
		names: make([]string, len(items)),
		index: make(map[string]int, len(items)),
	}
	for i, item := range s.items {
		name := key(item)
		if name == "" {
			panic(fmt.Sprintf("named: item %d has no name", i))
		}
		if first, taken := s.index[name]; taken {
			panic(fmt.Sprintf("named: items %d and %d are both called %q", first, i, name))
		}
		s.names[i] = name
		s.index[name] = i
	}
	return s
}

// Get returns the item of that exact name.
func (s Set[T]) Get(name string) (T, bool) {
	if i, ok := s.index[name]; ok {
		return s.items[i], true
	}
	var none T
	return none, false
}

// Len is the number of items.
func (s Set[T]) Len() int { return len(s.items) }

// Names returns the names in order. The slice is the caller's own.
func (s Set[T]) Names() []string { return slices.Clone(s.names) }

// All yields the items in order.
func (s Set[T]) All() iter.Seq[T] { return slices.Values(s.items) }

// Nearest returns the name that word was most likely meant to be, for a "did
// you mean", or "" when no name is near.
func (s Set[T]) Nearest(word string) string { return Nearest(word, s.names) }

// Nearest returns the first of the names with the fewest edits from word, or ""
// when none is near. An edit adds, drops or changes a character or swaps two
// neighbours; case does not count. A name is near when it takes no more than one
// edit for every three characters begun, and fewer edits than it has characters.
func Nearest(word string, names []string) string {
	best, bestCost := "", -1
	a := []rune(strings.ToLower(word))
	for _, name := range names {
		b := []rune(strings.ToLower(name))
		limit := (len(b) + 2) / 3
		if diff := len(a) - len(b); max(diff, -diff) > limit {
			continue // also keeps a very long word from being compared at all
		}
		cost := distance(a, b)
		if cost <= limit && cost < len(b) && (bestCost < 0 || cost < bestCost) {
			best, bestCost = name, cost
		}
	}
	return best
}

// distance is the optimal string alignment distance: Levenshtein's, and a swap
// of two neighbours counts once, because that is how people mistype.
func distance(a, b []rune) int {
	var before []int // the row before last
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(last[j]+1, row[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
