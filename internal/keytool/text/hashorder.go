package text

import "unicode/utf16"

// hashOrder keeps strings in the order in which java.util.Hashtable gives them
// back: that of attributes in a request.
type hashOrder struct {
	buckets [][]string // the newest last; Java begins with that
	size    int
}

func newHashOrder(capacity int) *hashOrder { return &hashOrder{buckets: make([][]string, capacity)} }

func (h *hashOrder) put(s string) {
	for _, have := range *h.bucket(s) {
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
	}
	b := h.bucket(s)
	*b = append(*b, s)
	h.size++
}

func (h *hashOrder) bucket(s string) *[]string {
	var sum int32
	for _, unit := range utf16.Encode([]rune(s)) {
		sum = 31*sum + int32(unit)
	}
	return &h.buckets[int(sum&0x7fffffff)%len(h.buckets)]
}

func (h *hashOrder) keys() []string {
	var out []string
	for i := len(h.buckets) - 1; i >= 0; i-- {
		for j := len(h.buckets[i]) - 1; j >= 0; j-- {
			out = append(out, h.buckets[i][j])
		}
	}
	return out
}
