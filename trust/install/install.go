// Package install puts trust anchors into the trust stores of a machine, and takes
// them out again.
//
// What it puts in carries the fingerprint in its name, so that it is known again,
// and nothing else is ever taken out. A Store is one place: System, NSS, or
// whatever its functions say. Store.Add and Store.Remove plan; Store.Apply does it.
package install

import (
	"context"
	"encoding/pem"
	"slices"
	"strings"

	"muxkey/internal/lazy"
	"muxkey/trust"
)

// Store is a place with trust anchors.
type Store struct {
	ID   string // "system", "java" or "nss"
	Path string // the directory or file
	// List says what is in it.
	List func(ctx context.Context) ([]Entry, error)
	// Apply makes the changes whose action is Add or Delete, all or none.
	Apply func(ctx context.Context, changes []Change) error
	// Taken finds out which anchors programs now get from it, where they get them
	// from another file than the one that was changed; nil where it is the same.
	Taken func(ctx context.Context) (map[[32]byte]bool, error)
	// Next is the command that is left to do after changes; nil where there is none.
	Next func(changes []Change) string
	// Extension of the names in it.
	Extension string
}

// Entry is an anchor that is in a store.
type Entry struct {
	Name   string // of the file, alias or nickname
	SHA256 [32]byte
}

// Ours tells whether the name is one that Name gives to this certificate.
func (e Entry) Ours() bool {
	m := ourNames().FindStringSubmatch(e.Name)
	return m != nil && m[1] == (&trust.Anchor{SHA256: e.SHA256}).Fingerprint()[:digits]
}

// Action is what becomes of an anchor in a store.
type Action string

// The actions.
const (
	Added   Action = "add"
	Deleted Action = "delete"
	Kept    Action = "keep" // it is there already, or was not put there by this program
	Absent  Action = "absent"
)

// Change is one line of a plan.
type Change struct {
	Action Action
	Name   string // in the store
	Anchor *trust.Anchor
	Why    string // where nothing is done
}

const (
	prefix = "muxkey-"
	digits = 16 // of the fingerprint
)

// ourNames are the names that Name gives, with what Debian makes of them for Java.
var ourNames = lazy.Regexp(`^(?:debian:)?` + prefix + `[a-z0-9.-]*?([0-9a-f]{16})(?:\.crt|\.pem)?$`)

// Name is what an anchor is called in a store: something of its own name, and the
// beginning of its fingerprint. It is good as a file name, as an alias of Java,
// which knows no case, and as a nickname of NSS, which takes no colon.
func Name(a *trust.Anchor) string {
	const most = 40
	var b strings.Builder
	for _, r := range strings.ToLower(a.Name()) {
		switch {
		case b.Len() >= most:
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '.' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	name := strings.Trim(b.String(), "-.")
	if name != "" {
		name += "-"
	}
	return prefix + name + a.Fingerprint()[:digits]
}

// Add plans to put anchors into a store. One that is there already, under whatever
// name, stays as it is.
func (s Store) Add(have []Entry, anchors []*trust.Anchor) []Change {
	var out []Change
	for _, a := range anchors {
		if i := slices.IndexFunc(have, func(e Entry) bool { return e.SHA256 == a.SHA256 }); i >= 0 {
			out = append(out, Change{Kept, have[i].Name, a, "it is there already"})
			continue
		}
		out = append(out, Change{Action: Added, Name: Name(a) + s.Extension, Anchor: a})
	}
	return out
}

// Remove plans to take anchors out of a store that were put there with this
// program.
func (Store) Remove(have []Entry, anchors []*trust.Anchor) []Change {
	var out []Change
	for _, a := range anchors {
		found := false
		for _, e := range have {
			if e.SHA256 != a.SHA256 {
				continue
			}
			found = true
			if e.Ours() {
				out = append(out, Change{Action: Deleted, Name: e.Name, Anchor: a})
			} else {
				out = append(out, Change{Kept, e.Name, a, "it was not installed with this program"})
			}
		}
		if !found {
			out = append(out, Change{Action: Absent, Anchor: a, Why: "it is not there"})
		}
	}
	return out
}

// RemoveAll plans to take everything out that was put in with this program.
func (Store) RemoveAll(have []Entry) []Change {
	var out []Change
	for _, e := range have {
		if e.Ours() {
			out = append(out, Change{Action: Deleted, Name: e.Name, Anchor: &trust.Anchor{SHA256: e.SHA256}})
		}
	}
	return out
}

// Changes tells whether there is anything to do.
func Changes(plan []Change) bool {
	return slices.ContainsFunc(plan, func(c Change) bool { return c.Action == Added || c.Action == Deleted })
}

func pemOf(a *trust.Anchor) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Raw})
}
