// Package hashtable keeps strings in the order in which java.util.Hashtable gives
// them back. It is the order of entries in JKS and JCEKS files and of the attributes
// of a request as they are printed. It hangs on what has been put in and when, so
// it cannot be had by sorting.
package hashtable

import (
	"slices"
	"unicode/utf16"
)

// Table is the keys of a Hashtable.
type Table struct {
	buckets [][]string // the newest last; Java begins with that
	size    int
}

// New makes a table with that many buckets; Java's default is 11.
func New(capacity int) *Table { return &Table{buckets: make([][]string, capacity)} }

func (t *Table) bucket(s string) *[]string {
	var sum int32
	for _, r := range s {
		for _, unit := range utf16.AppendRune(make([]uint16, 0, 2), r) {
			sum = 31*sum + int32(unit)
		}
	}
	return &t.buckets[int(sum&0x7fffffff)%len(t.buckets)]
}

// Put adds a key; one that is there stays where it is.
func (t *Table) Put(s string) {
	b := t.bucket(s)
	if slices.Contains(*b, s) {
		return
	}
	if t.size >= len(t.buckets)*3/4 {
		old := t.Keys()
		t.buckets = make([][]string, 2*len(t.buckets)+1)
		for _, s := range old {
			b := t.bucket(s)
			*b = append(*b, s)
		}
		b = t.bucket(s)
	}
	*b = append(*b, s)
	t.size++
}

// Remove takes a key out.
func (t *Table) Remove(s string) {
	b := t.bucket(s)
	if i := slices.Index(*b, s); i >= 0 {
		*b = slices.Delete(*b, i, i+1)
		t.size--
	}
}

// Keys goes from the last bucket to the first.
func (t *Table) Keys() []string {
	out := make([]string, 0, t.size)
	for _, b := range slices.Backward(t.buckets) {
		for _, s := range slices.Backward(b) {
			out = append(out, s)
		}
	}
	return out
}
