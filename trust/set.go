package trust

import (
	"bytes"
	"cmp"
	"maps"
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
	s := &Set{Anchors: slices.Collect(maps.Values(b.anchors)), Skipped: slices.Clone(b.skipped), Findings: slices.Clone(b.findings)}
	keys := make(map[*Anchor]string, len(s.Anchors))
	for _, a := range s.Anchors {
		keys[a] = strings.ToLower(a.Name())
		slices.SortFunc(a.Origins, compareOrigins)
		a.Origins = slices.Compact(a.Origins)
	}
	slices.SortFunc(s.Anchors, func(a, b *Anchor) int {
		return cmp.Or(cmp.Compare(keys[a], keys[b]), bytes.Compare(a.SHA256[:], b.SHA256[:]))
	})
	slices.SortFunc(s.Skipped, func(a, b Skip) int {
		return cmp.Or(compareOrigins(a.Origin, b.Origin), cmp.Compare(a.Why, b.Why))
	})
	slices.SortStableFunc(s.Findings, func(a, b finding.Finding) int {
		return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.Rule, b.Rule))
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

// And leaves the names that both permit. Two lists that have nothing in common
// leave ".invalid" (RFC 6761), as an empty list would permit all.
func (n Names) And(o Names) Names {
	switch {
	case n.Empty():
		return o
	case o.Empty(), slices.Equal(n.DNS, o.DNS) && slices.Equal(n.IP, o.IP):
		return n
	}
	common := Names{DNS: intersection(n.DNS, o.DNS), IP: intersection(n.IP, o.IP)}
	if common.Empty() {
		common.DNS = []string{"invalid"}
	}
	return common
}

func union[T cmp.Ordered](a, b []T) []T {
	if len(a)+len(b) == 0 {
		return nil
	}
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

func intersection[T comparable](a, b []T) []T {
	both := make(map[T]bool, len(b))
	for _, x := range b {
		both[x] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(x T) bool { return !both[x] })
}
