package store

import (
	"fmt"
	"strings"
	"testing"
)

// The order is that of java.util.Hashtable after the same calls.
func TestHashtable(t *testing.T) {
	h := newHashtable()
	for i := range 20 {
		h.put(fmt.Sprintf("alias%d", i))
	}
	h.remove("alias3")
	h.remove("alias11")
	h.remove("nobody")
	for _, s := range []string{"grün€😀", "alias3", "alias5"} {
		h.put(s)
	}
	const java = "alias19 alias18 grün€😀 alias17 alias16 alias15 alias14 alias13 alias12 alias10 alias9 alias8 alias7 alias6 alias5 alias4 alias3 alias2 alias1 alias0"
	if got := strings.Join(h.keys(), " "); got != java || h.size != 20 {
		t.Errorf("%d: %s", h.size, got)
	}
}
