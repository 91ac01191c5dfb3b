package trust

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Difference is one thing that two sets have not in common.
type Difference struct {
	// Old and New are the anchor in either set; one is nil where it is missing.
	Old, New *Anchor
	// Changes say in what an anchor that is in both differs, and of one that is in
	// one of them what it seems to replace.
	Changes []string
}

// Compare returns what has changed from one set to another: what was removed and
// what was changed in the order of the old one, then what was added in that of the
// new one. Labels and origins do not count: they say nothing of what is trusted.
func Compare(old, now *Set) []Difference {
	before, after := indexOf(old), indexOf(now)
	var out, added []Difference
	for _, a := range old.Anchors {
		b := after.anchors[a.SHA256]
		if b == nil {
			out = append(out, Difference{Old: a, Changes: after.akin(a, "replaced by")})
		} else if changes := a.Terms.changes(b.Terms); len(changes) > 0 {
			out = append(out, Difference{a, b, changes})
		}
	}
	for _, b := range now.Anchors {
		if before.anchors[b.SHA256] == nil {
			added = append(added, Difference{New: b, Changes: before.akin(b, "in place of")})
		}
	}
	return append(out, added...)
}

// index finds the anchors of a set.
type index struct {
	anchors        map[[32]byte]*Anchor
	keys, subjects map[string][]*Anchor // by the DER; mostAkin of each, as no more are named
}

// mostAkin is how many certificates are named that one seems to stand for. That
// many of one subject or key are a mistake, or meant to make work.
const mostAkin = 8

func indexOf(s *Set) *index {
	x := &index{map[[32]byte]*Anchor{}, map[string][]*Anchor{}, map[string][]*Anchor{}}
	for _, a := range s.Anchors {
		x.anchors[a.SHA256] = a
		if list := x.keys[string(a.SPKI)]; len(list) < mostAkin {
			x.keys[string(a.SPKI)] = append(list, a)
		}
		if list := x.subjects[string(a.Subject)]; len(list) < mostAkin {
			x.subjects[string(a.Subject)] = append(list, a)
		}
	}
	return x
}

// akin names the certificates of a set that have the key or the subject of a,
// which is not one of them.
func (x *index) akin(a *Anchor, word string) []string {
	var out []string
	for _, b := range x.keys[string(a.SPKI)] {
		if bytes.Equal(a.Subject, b.Subject) {
			out = append(out, fmt.Sprintf("%s %s: same subject and key", word, b.Fingerprint()[:16]))
		} else {
			out = append(out, fmt.Sprintf("%s %s: same key, subject %s", word, b.Fingerprint()[:16], b.DN()))
		}
	}
	for _, b := range x.subjects[string(a.Subject)] {
		if !bytes.Equal(a.SPKI, b.SPKI) {
			out = append(out, fmt.Sprintf("%s %s: same subject, another key", word, b.Fingerprint()[:16]))
		}
	}
	return out
}

// changes says in words what differs between two terms.
func (t Terms) changes(now Terms) []string {
	var out []string
	differ := func(what, before, after string) {
		if before != after {
			out = append(out, fmt.Sprintf("%s: %s, now %s", what, before, after))
		}
	}
	differ("trusted for", only(t.Only), only(now.Only))
	differ("never trusted for", none(t.Rejected), none(now.Rejected))
	differ("names", names(t.Permitted), names(now.Permitted))
	for _, p := range Purposes() {
		differ("trusted as "+string(p)+" for what was issued until", day(t.DistrustAfter[p]), day(now.DistrustAfter[p]))
	}
	return out
}

func only(list []Purpose) string {
	if list == nil {
		return "everything"
	}
	return none(list)
}

func none(purposes []Purpose) string {
	if len(purposes) == 0 {
		return "nothing"
	}
	sorted := slices.Sorted(slices.Values(purposes))
	return list(sorted)
}

func names(n Names) string {
	if n.Empty() {
		return "all"
	}
	return strings.Join(append(slices.Clone(n.DNS), n.IP...), ", ")
}

func day(t time.Time) string {
	if t.IsZero() {
		return "any day"
	}
	return t.UTC().Format(time.DateOnly)
}
