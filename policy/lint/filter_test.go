package lint

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// plainly is what a filter does, done without one.
func plainly(literals []string, text string) []int {
	squeezed := strings.Map(func(r rune) rune {
		if strings.ContainsRune(ignorable, r) {
			return -1
		}
		return r
	}, strings.ToLower(text))
	var out []int
	for id, l := range literals {
		l, end := strings.CutSuffix(l, "$")
		l, begin := strings.CutPrefix(l, "^")
		if !begin && !end {
			if strings.Contains(squeezed, l) {
				out = append(out, id)
			}
			continue
		}
		// With bytes to pass over between its letters, and no letters around it.
		pattern := strings.Join(strings.Split(regexp.QuoteMeta(l), ""), `[-_.]*`)
		if begin {
			pattern = `(^|[^a-z]|[\\-][a-z]|%.[a-z])` + pattern
		}
		if end {
			pattern += `([^a-z]|$)`
		}
		if regexp.MustCompile(`(?i)` + pattern).MatchString(text) {
			out = append(out, id)
		}
	}
	return out
}

func filtered(f *filter, literals []string, text string) []int {
	h := f.hits(len(literals))
	f.scan([]byte(text), h)
	return slices.Collect(h.all)
}

func TestFilter(t *testing.T) {
	literals := []string{"insecure", "secure", "cure", "insecureskipverify", "trustall", "allowall", "a/b:c", "ссл", "insecure", "cure$", "trustall$", "^cure", "^trustall$", "^all$"}
	f := newFilter(literals)
	for _, text := range []string{
		"", "insecur", "INSECURE", "in-se_cu.re", "InsecureSkipVerify: true", "insecureskipverif", "trust_all=1", "trusttrust-all", "TRUST.ALLOW-ALL", "A/B:C", "ссл", "-._", "tru\x00stall", "tru stall", "trustalls", "trustall_s", "trust-all1", "cures cure", "cures", "secure", `a\ncure`, "a%3Bcure", "procure", "_cure", "a-cure", "x.all", "xall", "-Dall", "x-Dall",
	} {
		if got, want := filtered(f, literals, text), plainly(literals, text); !slices.Equal(got, want) {
			t.Errorf("%q: %v, wanted %v", text, got, want)
		}
	}
	none := newFilter(nil)
	none.scan([]byte(strings.Repeat("some text ", 1000)), none.hits(0))
}

// TestFilterLanes moves a literal over all the borders of the lanes, spread by
// ignorable bytes.
func TestFilterLanes(t *testing.T) {
	literals := []string{"trustall", "stall"}
	f := newFilter(literals)
	for _, found := range []string{"TrustAll", "tr--------u.s.t__all"} {
		for at := range 2000 {
			text := strings.Repeat("t", at) + found + strings.Repeat("x", 2000-at)
			if got := filtered(f, literals, text); len(got) != 2 {
				t.Fatalf("%q at %d: %v", found, at, got)
			}
		}
	}
}

// TestFilterRandom compares with the plain way, over few letters, so that much is
// found and much is half found.
func TestFilterRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func(n int, letters string) string {
		var b strings.Builder
		for range n {
			b.WriteByte(letters[r.IntN(len(letters))])
		}
		return b.String()
	}
	for range 300 {
		var literals []string
		for range 1 + r.IntN(20) {
			literals = append(literals, word(1+r.IntN(8), "abc")+[]string{"", "$"}[r.IntN(2)])
			if r.IntN(3) == 0 {
				literals[len(literals)-1] = "^" + literals[len(literals)-1]
			}
		}
		f := newFilter(literals)
		text := word(r.IntN(3000), "abcABC-_.d  ")
		if got, want := filtered(f, literals, text), plainly(literals, text); !slices.Equal(got, want) {
			t.Fatalf("%q in %q: %v, wanted %v", literals, text, got, want)
		}
		// In pieces it is the same, or more: what follows a piece is not known.
		h := f.hits(len(literals))
		state := uint32(0)
		for piece := range slices.Chunk([]byte(text), 7) {
			state = f.run(state, piece, h)
		}
		for _, id := range plainly(literals, text) {
			if !h.have([]int{id}) {
				t.Fatalf("in pieces: %q is missing", literals[id])
			}
		}
	}
}

func BenchmarkFilter(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 4))
	letters := "eeeeeeeeeeeetttttttttaaaaaaaaooooooooiiiiiiinnnnnnnsssssshhhhhhrrrrrrddddllllccuummwwffggyyppbbvkjxqz"
	word := func(n int) string {
		var s strings.Builder
		for range n {
			s.WriteByte(letters[r.IntN(len(letters))])
		}
		return s.String()
	}
	var literals []string
	for range 1500 {
		literals = append(literals, word(6+r.IntN(14)))
	}
	f := newFilter(literals)
	var text []byte
	for len(text) < 1<<20 {
		text = append(text, word(2+r.IntN(8))+" "...)
	}
	h := f.hits(len(literals))
	b.Run("one lane", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			f.run(0, text, h)
		}
	})
	b.Run("lanes", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			f.scan(text, h)
		}
	})
	b.Run("making it", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			newFilter(literals)
		}
	})
}
