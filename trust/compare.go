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
	there := map[[32]byte]*Anchor{}
	for _, a := range now.Anchors {
		there[a.SHA256] = a
	}
	var out, added []Difference
	known := map[[32]byte]bool{}
	for _, a := range old.Anchors {
		known[a.SHA256] = true
		b, ok := there[a.SHA256]
		if !ok {
			out = append(out, Difference{Old: a, Changes: akin(a, now, "replaced by")})
		} else if changes := a.Terms.changes(b.Terms); len(changes) > 0 {
			out = append(out, Difference{a, b, changes})
		}
	}
	for _, b := range now.Anchors {
		if !known[b.SHA256] {
			added = append(added, Difference{New: b, Changes: akin(b, old, "in place of")})
		}
	}
	return append(out, added...)
}

// akin names the certificates of a set that have the key or the subject of a.
func akin(a *Anchor, in *Set, word string) []string {
	var out []string
	for _, b := range in.Anchors {
		if b.SHA256 == a.SHA256 {
			continue
		}
		switch key, subject := bytes.Equal(a.SPKI, b.SPKI), bytes.Equal(a.Subject, b.Subject); {
		case key && subject:
			out = append(out, fmt.Sprintf("%s %s: same subject and key", word, b.Fingerprint()[:16]))
		case key:
			out = append(out, fmt.Sprintf("%s %s: same key, subject %s", word, b.Fingerprint()[:16], b.DN()))
		case subject:
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
