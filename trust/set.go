package trust

import (
	"bytes"
	"cmp"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"muxkey/internal/finding"
)

// Skip is something in a source that was passed over.
type Skip struct {
	Origin Origin `json:"origin"` // where it stands
	Why    string `json:"why"`    // why it is no anchor
}

// Set is anchors in the order of their names, each certificate once, and what was
// noticed while they were read.
type Set struct {
	Anchors  []*Anchor
	Skipped  []Skip
	Findings []finding.Finding // of the sources; Judge has those of the anchors
}

// Builder merges anchors. The zero value is ready; its methods may be called from
// several goroutines, and the set does not depend on their order.
type Builder struct {
	mu       sync.Mutex
	anchors  map[[32]byte]*Anchor
	skipped  []Skip
	findings []finding.Finding
}

// Add takes an anchor. What is there already gets its origins, and the narrower
// of both terms: that a source trusts a certificate for more than another does
// not undo what the other has against it.
func (b *Builder) Add(a *Anchor) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old, ok := b.anchors[a.SHA256]
	if !ok {
		if b.anchors == nil {
			b.anchors = map[[32]byte]*Anchor{}
		}
		b.anchors[a.SHA256] = a
		return
	}
	old.Origins = append(old.Origins, a.Origins...)
	old.Label = firstLabel(old.Label, a.Label)
	old.Terms = old.Terms.And(a.Terms)
}

// Again takes note that a certificate with this SHA-256 was found in another place,
// which says nothing else of it. It tells whether there is such an anchor; then
// the certificate need not be parsed once more.
func (b *Builder) Again(sum [32]byte, o Origin) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	old, ok := b.anchors[sum]
	if ok {
		old.Origins = append(old.Origins, o)
	}
	return ok
}

// Skip takes note of something that is no anchor.
func (b *Builder) Skip(o Origin, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.skipped = append(b.skipped, Skip{o, why})
}

// Find takes note of something wrong with a source.
func (b *Builder) Find(f finding.Finding) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.findings = append(b.findings, f)
}

// Set is what was added so far.
func (b *Builder) Set() *Set {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &Set{Anchors: make([]*Anchor, 0, len(b.anchors)), Skipped: slices.Clone(b.skipped), Findings: slices.Clone(b.findings)}
	type keyed struct {
		name string
		*Anchor
	}
	list := make([]keyed, 0, len(b.anchors))
	for _, a := range b.anchors {
		list = append(list, keyed{a.sortKey(), a})
		if len(a.Origins) > 1 {
			slices.SortFunc(a.Origins, compareOrigins)
			a.Origins = slices.Compact(a.Origins)
		}
	}
	slices.SortFunc(list, func(a, b keyed) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return bytes.Compare(a.SHA256[:], b.SHA256[:])
	})
	for _, k := range list {
		s.Anchors = append(s.Anchors, k.Anchor)
	}
	slices.SortFunc(s.Skipped, func(a, b Skip) int {
		return cmp.Or(compareOrigins(a.Origin, b.Origin), cmp.Compare(a.Why, b.Why))
	})
	slices.SortFunc(s.Findings, func(a, b finding.Finding) int {
		return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Text, b.Text), cmp.Compare(a.Severity, b.Severity))
	})
	return s
}

func compareOrigins(a, b Origin) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Entry, b.Entry))
}

// firstLabel chooses between what two sources call a certificate, whichever came
// first.
func firstLabel(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return min(a, b)
}

// And is the trust that both terms leave.
func (t Terms) And(o Terms) Terms {
	switch {
	case t.Only == nil:
		t.Only = slices.Clone(o.Only)
	case o.Only != nil:
		t.Only = slices.DeleteFunc(slices.Clone(t.Only), func(p Purpose) bool { return !slices.Contains(o.Only, p) })
	}
	t.Rejected = union(t.Rejected, o.Rejected)
	if len(o.DistrustAfter) > 0 {
		after := map[Purpose]time.Time{}
		maps.Copy(after, t.DistrustAfter)
		for p, when := range o.DistrustAfter {
			if old, ok := after[p]; !ok || when.Before(old) {
				after[p] = when
			}
		}
		t.DistrustAfter = after
	}
	t.Permitted = t.Permitted.And(o.Permitted)
	return t
}

// And leaves the names that both permit: of a domain and one below it, or of a
// network and a part of it, the smaller. Two lists that have nothing in common
// leave ".invalid" (RFC 6761), as an empty list would permit all.
func (n Names) And(o Names) Names {
	switch {
	case n.Empty():
		return o
	case o.Empty(), slices.Equal(n.DNS, o.DNS) && slices.Equal(n.IP, o.IP):
		return n
	}
	common := Names{DNS: within(n.DNS, o.DNS, aboveDomain), IP: within(n.IP, o.IP, aboveNetwork)}
	if common.Empty() {
		common.DNS = []string{"invalid"}
	}
	return common
}

// within are the elements of either list that are one of the other or below it,
// without those that are below another of the result. It looks from each upwards,
// as hostile lists are long.
func within(a, b []string, above func(string) iter.Seq[string]) []string {
	smaller := func(a, b []string) []string {
		in := map[string]bool{}
		for _, x := range b {
			in[x] = true
		}
		return slices.DeleteFunc(slices.Clone(a), func(x string) bool {
			if in[x] {
				return false
			}
			for y := range above(x) {
				if in[y] {
					return false
				}
			}
			return true
		})
	}
	all := union(smaller(a, b), smaller(b, a))
	in := map[string]bool{}
	for _, x := range all {
		in[x] = true
	}
	return slices.DeleteFunc(all, func(x string) bool {
		for y := range above(x) {
			if in[y] {
				return true
			}
		}
		return false
	})
}

// aboveDomain are the domains that a domain is below. No name has more labels
// than these (RFC 1035 section 2.3.4).
func aboveDomain(x string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for range 127 {
			_, rest, ok := strings.Cut(x, ".")
			if !ok || !yield(rest) {
				return
			}
			x = rest
		}
	}
}

// aboveNetwork are the larger networks that a network is in.
func aboveNetwork(x string) iter.Seq[string] {
	return func(yield func(string) bool) {
		p, err := netip.ParsePrefix(x)
		for bits := p.Bits() - 1; err == nil && bits >= 0; bits-- {
			if !yield(netip.PrefixFrom(p.Addr(), bits).Masked().String()) {
				return
			}
		}
	}
}

func union[T cmp.Ordered](a, b []T) []T {
	if len(a)+len(b) == 0 {
		return nil
	}
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}
