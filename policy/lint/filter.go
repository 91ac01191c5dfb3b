package lint

import (
	"math/bits"
	"slices"
	"strings"
)

// filter tells in one pass over the bytes of a file which of many literals stand
// in it: the automaton of Aho and Corasick (1975) with all its transitions in
// one table. Case does not count, and the bytes of ignorable are not there.
//
// A regular expression, the usual way, is ten times slower once its alternatives
// no longer fit into the tricks of its engine; so is looking for each of them.
type filter struct {
	class [256]uint8 // of each byte: its column of the table
	width uint32     // of a row
	next  []uint32   // rows; a state is the place at which its row begins
	first uint32     // the states from this one on end literals
	ends  [][]uint32 // of each of those: the literals that it ends
	edges []edges    // of each literal
	reach int        // the length of the longest literal
}

// edges are what is asked of the text around a literal.
type edges struct {
	size       int  // its length
	begin, end bool // there is no letter before it, and none behind it
}

// ignorable are the bytes in which the spellings of a key differ.
const ignorable = "-_."

// The classes that are no byte of a literal.
const (
	other = iota // leads back to the beginning
	same         // leaves the state as it is
	named        // the first that is one
)

// newFilter makes a filter for literals, which are known by their places. They
// are in lower case and without the bytes of ignorable. No letter stands before
// one that begins with '^', and none follows one that ends with '$'.
func newFilter(list []string) *filter {
	f := &filter{width: named, edges: make([]edges, len(list))}
	literals := make([]string, len(list))
	for i, l := range list {
		e := &f.edges[i]
		l, e.begin = strings.CutPrefix(l, "^")
		l, e.end = strings.CutSuffix(l, "$")
		literals[i], e.size = l, len(l)
	}
	for _, l := range literals {
		f.reach = max(f.reach, len(l))
		for _, b := range []byte(l) {
			if f.class[b] == other {
				f.class[b] = uint8(f.width) //nolint:gosec // there are no more than 256 bytes
				f.width++
			}
		}
	}
	for b := byte('A'); b <= 'Z'; b++ {
		f.class[b] = f.class[b-'A'+'a']
	}
	for _, b := range []byte(ignorable) {
		f.class[b] = same
	}

	// The trie: rows in the order in which they were needed, 0 for none.
	width := int(f.width)
	next := make([]uint32, width)
	ends := [][]uint32{nil}
	for id, l := range literals {
		state := 0
		for _, b := range []byte(l) {
			at := state*width + int(f.class[b])
			if next[at] == 0 {
				next[at] = uint32(len(ends))
				ends = append(ends, nil)
				next = append(next, make([]uint32, width)...)
			}
			state = int(next[at])
		}
		ends[state] = append(ends[state], uint32(id))
	}

	// The states by their distance from the beginning; what falls back from a
	// state is that of the longest end of it that begins a literal.
	fallback := make([]uint32, len(ends))
	order := make([]uint32, 0, len(ends))
	order = append(order, 0)
	for i := 0; i < len(order); i++ {
		state := order[i]
		row, back := next[int(state)*width:][:width], next[int(fallback[state])*width:][:width]
		for c := named; c < width; c++ {
			to := row[c]
			if to == 0 {
				row[c] = back[c]
				continue
			}
			if state != 0 {
				fallback[to] = back[c]
			}
			order = append(order, to)
		}
		row[same] = state
		if state != 0 {
			ends[state] = append(ends[state], ends[fallback[state]]...)
		}
	}

	// Renumbered: states that end nothing first, and within these those near the
	// beginning, where most bytes are, next to each other.
	slices.SortStableFunc(order, func(a, b uint32) int { return min(len(ends[a]), 1) - min(len(ends[b]), 1) })
	place := make([]uint32, len(ends))
	f.first = f.width * uint32(len(order))
	for i, state := range order {
		place[state] = uint32(i) * f.width
		if len(ends[state]) > 0 {
			f.first = min(f.first, place[state])
			f.ends = append(f.ends, ends[state])
		}
	}
	f.next = make([]uint32, len(next))
	for _, state := range order {
		for c, to := range next[int(state)*width:][:width] {
			f.next[int(place[state])+c] = place[to]
		}
	}
	return f
}

// hits is a set of literals.
type hits []uint64

func (f *filter) hits(literals int) hits { return make(hits, (literals+63)/64) }

func (h hits) any() bool {
	for _, word := range h {
		if word != 0 {
			return true
		}
	}
	return false
}

// have tells whether all of some literals are in the set.
func (h hits) have(ids []int) bool {
	for _, id := range ids {
		if h[id/64]&(1<<(id%64)) == 0 {
			return false
		}
	}
	return true
}

// haveGroup tells whether one of some groups is in the set, if there are any.
func (h hits) haveGroup(groups [][]int) bool {
	return len(groups) == 0 || slices.ContainsFunc(groups, h.have)
}

// haveOne tells whether one of some literals is in the set.
func (h hits) haveOne(ids []int) bool {
	return slices.ContainsFunc(ids, func(id int) bool { return h[id/64]&(1<<(id%64)) != 0 })
}

func (h hits) all(yield func(int) bool) {
	for i, word := range h {
		for ; word != 0; word &= word - 1 {
			if !yield(i*64 + bits.TrailingZeros64(word)) {
				return
			}
		}
	}
}

// found adds the literals that a state ends, which it gets to before an offset of
// the text.
func (f *filter) found(state uint32, text []byte, end int, into hits) {
	follows := end < len(text) && isLetter(text[end])
	for _, id := range f.ends[(state-f.first)/f.width] {
		if into[id/64]&(1<<(id%64)) != 0 {
			continue
		}
		e := &f.edges[id]
		if e.end && follows || e.begin && f.preceded(text, end, e.size) {
			continue
		}
		into[id/64] |= 1 << (id % 64)
	}
}

// preceded tells whether a letter stands before a literal of that size which ends
// before an offset. The n of "\n" in source code is none, nor are the B of "%3B"
// and the D of "-Dkey=value".
func (f *filter) preceded(text []byte, end, size int) bool {
	at := end
	for ; size > 0 && at > 0; at-- {
		if f.class[text[at-1]] != same {
			size--
		}
	}
	switch {
	case at == 0 || size > 0 || !isLetter(text[at-1]): // or it began in the piece before
		return false
	case at > 1 && (text[at-2] == '\\' || text[at-2] == '-'), at > 2 && text[at-3] == '%':
		return false
	}
	return true
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// run goes on from a state, and returns the one that it gets to. Text may be cut
// in pieces anywhere; what is in another piece is taken for no letter.
func (f *filter) run(state uint32, text []byte, into hits) uint32 {
	return f.walk(state, text, 0, len(text), into)
}

func (f *filter) walk(state uint32, text []byte, from, to int, into hits) uint32 {
	next, first := f.next, f.first
	for i, b := range text[from:to] {
		state = next[state+uint32(f.class[b])]
		if state >= first {
			f.found(state, text, from+i+1, into)
		}
	}
	return state
}

// lanes is how many parts of a text are looked at side by side. Each step waits
// for the one before it, so four take little more time than one.
const lanes = 4

// scan adds the literals that stand in a text.
func (f *filter) scan(text []byte, into hits) {
	n := len(text) / lanes
	if n < 256 {
		f.run(0, text, into)
		return
	}
	a, b, c, d := text[:n], text[n:][:n], text[2*n:][:n], text[3*n:][:n]
	var sa, sb, sc, sd uint32
	next, first, class := f.next, f.first, &f.class
	for i := range a {
		sa = next[sa+uint32(class[a[i]])]
		sb = next[sb+uint32(class[b[i]])]
		sc = next[sc+uint32(class[c[i]])]
		sd = next[sd+uint32(class[d[i]])]
		if max(sa, sb, sc, sd) >= first {
			for lane, s := range [lanes]uint32{sa, sb, sc, sd} {
				if s >= first {
					f.found(s, text, lane*n+i+1, into)
				}
			}
		}
	}
	f.across(sa, text, n, into)
	f.across(sb, text, 2*n, into)
	f.across(sc, text, 3*n, into)
	f.walk(sd, text, 4*n, len(text), into)
}

// across goes on as long as a literal may have begun before the offset.
func (f *filter) across(state uint32, text []byte, from int, into hits) {
	left := f.reach
	for i := from; i < len(text) && left > 0 && state != 0; i++ {
		class := f.class[text[i]]
		if class != same {
			left--
		}
		if state = f.next[state+uint32(class)]; state >= f.first {
			f.found(state, text, i+1, into)
		}
	}
}
