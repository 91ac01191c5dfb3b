package inspect

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"muxkey/pkcs12x"
)

// Layer is a layer of a container image.
type Layer struct {
	Image  string `json:"image"`  // its name: "app:1.0"; the beginning of the digest of one without a name
	Number int    `json:"number"` // from 1 for the lowest
	Of     int    `json:"of"`     // how many layers the image has
}

// Passed is something that was passed over.
type Passed struct {
	Path   string `json:"path"`   // named as in the targets
	Reason string `json:"reason"` // for people
}

// SharedKey is a private key that more than one file has.
type SharedKey struct {
	SHA256 string `json:"sha256"`         // of the SubjectPublicKeyInfo
	Type   string `json:"type,omitempty"` // "RSA 2048", "EC P-256"
	Files  int    `json:"files"`          // how many have it
	// Places are the entries that it stands in, the first of each file, and not
	// more than 20.
	Places []Place `json:"places"`
}

// Place is where a key stands.
type Place struct {
	Path  string `json:"path"` // that of a target
	Alias string `json:"alias"`
}

// Summary counts what was found.
type Summary struct {
	Stores int `json:"stores"` // files with entries, or with locked parts
	// Formats counts the stores of each format, by ID, in the order of the IDs.
	Formats      []Count `json:"formats"`
	PrivateKeys  int     `json:"privateKeys"`  // private-key entries, those of locked parts not included
	Certificates int     `json:"certificates"` // certificates in all entries, those of locked parts not included
	Locked       int     `json:"locked"`       // stores with a part, or a key, that was not opened
	Expired      int     `json:"expired"`      // stores whose own certificate has expired
	ExpiringSoon int     `json:"expiringSoon"` // stores whose own certificate expires within 30 days, those expired not included
	// PublishedPasswords counts the stores with a published password.
	PublishedPasswords int `json:"publishedPasswords"`
	SharedKeys         int `json:"sharedKeys"` // keys that more than one store has
	Errors             int `json:"errors"`     // files that could not be read
	Skipped            int `json:"skipped"`    // files that were passed over
	// KeysNotCompared counts the keys that were met when there were too many to
	// remember more.
	KeysNotCompared int `json:"keysNotCompared,omitempty"`
}

// Count is how many there are of something.
type Count struct {
	Name  string `json:"name"`  // of what is counted
	Count int    `json:"count"` // how many there are, at least one
}

// Tally sums up the targets of a report while they come by, and remembers which
// keys it has met. What it keeps is bounded: some 30 MB.
type Tally struct {
	summary Summary
	formats map[string]int
	keys    map[string]*SharedKey
	skipped []Passed
}

// The bounds of a Tally.
const (
	maxKeys    = 100_000 // keys remembered
	maxPlaces  = 20      // for each
	maxSkipped = 1000
)

// Add takes a target into account.
func (y *Tally) Add(t *Target) {
	if y.formats == nil {
		y.formats, y.keys = map[string]int{}, map[string]*SharedKey{}
	}
	s := &y.summary
	s.Stores++
	y.formats[t.Format]++
	locked, expired, soon := len(t.Locked) > 0, false, false
	here := map[string]bool{}
	for _, e := range t.Entries {
		s.Certificates += len(e.Chain)
		if e.Secret != nil {
			locked = locked || e.Secret.Locked
		}
		if e.Key == nil {
			continue
		}
		s.PrivateKeys++
		locked = locked || e.Key.Locked
		if len(e.Chain) > 0 {
			expired = expired || e.Chain[0].Expired
			soon = soon || expiring(e.Chain[0])
		}
		if e.Key.SHA256 != "" && !here[e.Key.SHA256] {
			here[e.Key.SHA256] = true
			y.key(t.Path, e)
		}
	}
	if len(here) == 0 && len(t.Entries) == 1 && len(t.Entries[0].Chain) == 1 && !t.Entries[0].Chain[0].CA { // a server's certificate in a file of its own
		c := t.Entries[0].Chain[0]
		expired, soon = c.Expired, expiring(c)
	}
	for _, n := range []struct {
		count *int
		is    bool
	}{{&s.Locked, locked}, {&s.Expired, expired}, {&s.ExpiringSoon, soon && !expired}, {&s.PublishedPasswords, t.PublishedPassword != ""}} {
		if n.is {
			*n.count++
		}
	}
}

func expiring(c Certificate) bool { return !c.Expired && !c.NotAfter.IsZero() && c.DaysLeft < soon }

func (y *Tally) key(path string, e Entry) {
	k := y.keys[e.Key.SHA256]
	if k == nil {
		if len(y.keys) >= maxKeys {
			y.summary.KeysNotCompared++
			return
		}
		k = &SharedKey{SHA256: e.Key.SHA256, Type: e.Key.Type}
		y.keys[k.SHA256] = k
	}
	if k.Files++; k.Files == 2 {
		y.summary.SharedKeys++
	}
	if len(k.Places) < maxPlaces {
		k.Places = append(k.Places, Place{path, e.Alias})
	}
}

// Error counts a file that could not be read.
func (y *Tally) Error() { y.summary.Errors++ }

// Skip takes note of a file that was passed over.
func (y *Tally) Skip(path, reason string) {
	y.summary.Skipped++
	if len(y.skipped) < maxSkipped {
		y.skipped = append(y.skipped, Passed{path, reason})
	}
}

// Summary of what was added so far.
func (y *Tally) Summary() Summary {
	s := y.summary
	s.Formats = []Count{}
	for _, name := range slices.Sorted(maps.Keys(y.formats)) {
		s.Formats = append(s.Formats, Count{name, y.formats[name]})
	}
	return s
}

// SharedKeys are the keys met in more than one file, those of the most files
// first.
func (y *Tally) SharedKeys() []SharedKey {
	var out []SharedKey
	for _, k := range y.keys {
		if k.Files > 1 {
			out = append(out, *k)
		}
	}
	slices.SortFunc(out, func(a, b SharedKey) int {
		return cmp.Or(b.Files-a.Files, cmp.Compare(a.Places[0].Path, b.Places[0].Path), cmp.Compare(a.SHA256, b.SHA256))
	})
	return out
}

// Skipped are the files passed over, the first thousand of them.
func (y *Tally) Skipped() []Passed { return y.skipped }

// EarliestExpiry is when the first certificate of a target expires: of those
// that belong to keys, where there are any. The time is zero when there is none.
func (t *Target) EarliestExpiry() time.Time {
	own := slices.ContainsFunc(t.Entries, func(e Entry) bool { return e.Kind == pkcs12x.PrivateKey && len(e.Chain) > 0 })
	var first time.Time
	for _, e := range t.Entries {
		if own && e.Kind != pkcs12x.PrivateKey {
			continue
		}
		for i, c := range e.Chain {
			if (!own || i == 0) && !c.NotAfter.IsZero() && (first.IsZero() || c.NotAfter.Before(first)) {
				first = c.NotAfter
			}
		}
	}
	return first
}
