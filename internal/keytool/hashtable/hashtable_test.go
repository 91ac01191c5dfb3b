package hashtable_test

import (
	"fmt"
	"strings"
	"testing"

	"muxkey/internal/keytool/hashtable"
)

// The order is that of java.util.Hashtable after the same calls.
func TestOrder(t *testing.T) {
	h := hashtable.New(11)
	for i := range 20 {
		h.Put(fmt.Sprintf("alias%d", i))
	}
	h.Remove("alias3")
	h.Remove("alias11")
	h.Remove("nobody")
	for _, s := range []string{"grün€😀", "alias3", "alias5"} {
		h.Put(s)
	}
	const java = "alias19 alias18 grün€😀 alias17 alias16 alias15 alias14 alias13 alias12 alias10 alias9 alias8 alias7 alias6 alias5 alias4 alias3 alias2 alias1 alias0"
	if got := strings.Join(h.Keys(), " "); got != java {
		t.Errorf("%s", got)
	}
}
