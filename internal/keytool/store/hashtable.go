package store

import "unicode/utf16"

// hashtable keeps aliases in the order in which java.util.Hashtable gives them
// back, which is that of JKS and JCEKS files. The order hangs on what has been put
// in and when, so it cannot be had by sorting.
type hashtable struct {
	buckets [][]string // the newest last; Java begins with that
	size    int
}

func newHashtable() *hashtable { return &hashtable{buckets: make([][]string, 11)} }

func (h *hashtable) bucket(s string) *[]string {
	var sum int32
	for _, unit := range utf16.Encode([]rune(s)) {
		sum = 31*sum + int32(unit)
	}
	return &h.buckets[int(sum&0x7fffffff)%len(h.buckets)]
}

func (h *hashtable) put(s string) {
	b := h.bucket(s)
	for _, have := range *b {
		if have == s {
			return
		}
	}
	if h.size >= len(h.buckets)*3/4 {
		old := h.keys()
		h.buckets = make([][]string, 2*len(h.buckets)+1)
		for _, s := range old {
			b := h.bucket(s)
			*b = append(*b, s)
		}
		b = h.bucket(s)
	}
	*b = append(*b, s)
	h.size++
}

func (h *hashtable) remove(s string) {
	b := h.bucket(s)
	for i, have := range *b {
		if have == s {
			*b = append((*b)[:i:i], (*b)[i+1:]...)
			h.size--
			return
		}
	}
}

// keys goes from the last bucket to the first.
func (h *hashtable) keys() []string {
	out := make([]string, 0, h.size)
	for i := len(h.buckets) - 1; i >= 0; i-- {
		for j := len(h.buckets[i]) - 1; j >= 0; j-- {
			out = append(out, h.buckets[i][j])
		}
	}
	return out
}
