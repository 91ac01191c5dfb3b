package target

import (
	"fmt"
	"strings"

	"muxkey/trust"
)

// uniqueNames gives each anchor a name that no other one has, in the form that
// clean makes of it. Names are told apart without regard to case, as Java and
// Windows do; what would be the same gets "-2", "-3" ... behind it.
func uniqueNames(anchors []*trust.Anchor, clean func(string) string) []string {
	return distinctNames(anchors, func(a *trust.Anchor) string { return clean(a.Name()) })
}

// distinctNames is uniqueNames for names that more than Anchor.Name goes into.
func distinctNames(anchors []*trust.Anchor, name func(*trust.Anchor) string) []string {
	taken := make(map[string]bool, len(anchors))
	next := map[string]int{} // the number to try, by a name that came again
	out := make([]string, len(anchors))
	for i, a := range anchors {
		base := name(a)
		if base == "" {
			base = a.Fingerprint()[:16]
		}
		small := strings.ToLower(base)
		unique, key := base, small
		for n := max(2, next[small]); taken[key]; n++ {
			unique = fmt.Sprintf("%s-%d", base, n)
			key = strings.ToLower(unique)
			next[small] = n + 1
		}
		taken[key] = true
		out[i] = unique
	}
	return out
}

// fileName makes of a name one that every file system takes: ASCII letters, digits
// and dashes, as Debian names its certificates.
func fileName(name string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '.' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 64 {
			break
		}
	}
	return strings.Trim(b.String(), "-.")
}

// oneLine is a name without what would end a line or a comment.
func oneLine(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, name)
}
