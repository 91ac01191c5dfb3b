package rules

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"muxkey/internal/finding"
	"muxkey/keystore"
)

// Fleet is all subjects together, as far as they have to do with each other.
type Fleet struct{ Members []Member }

// Member is a subject as the fleet sees it: a few hundred bytes, for there may be a
// hundred thousand.
type Member struct {
	Name     string      `json:"-"`
	Profile  Profile     `json:"profile,omitempty"` // that it was held against
	Server   bool        `json:"server,omitempty"`  // it is a server, and no file
	Password string      `json:"-"`                 // see Subject
	Keys     []KeyUse    `json:"keys,omitempty"`    // that it has
	Serials  []SerialUse `json:"serials,omitempty"` // of the first certificates of its entries
}

// KeyUse is a private key, or the key that a server has proved to have.
type KeyUse struct {
	Alias  string `json:"alias,omitempty"` // of its entry; missing for a server
	SHA256 string `json:"sha256"`          // of the SubjectPublicKeyInfo, lower-case hex
	Type   string `json:"type"`            // "RSA 2048"
	// Names are those of its certificate, one a line: a key may serve one host in
	// several places. They are empty where it has none.
	Names string `json:"names,omitempty"`
}

// SerialUse is the certificate of an entry, by its serial number under its issuer.
type SerialUse struct {
	Alias  string `json:"alias,omitempty"` // of the entry; missing for a server
	Issuer string `json:"issuer"`          // RFC 4514
	Serial string `json:"serial"`          // hex
	SHA256 string `json:"sha256"`          // of the certificate
	// IssuerKey tells apart issuers of one name: the identifier of the key, or for a
	// self-signed certificate the SHA-256 of its own; missing when nobody knows.
	IssuerKey string `json:"issuerKey,omitempty"`
	// Names, and the rest, are set where it is of no CA. They stand one a line.
	Names     string    `json:"names,omitempty"`
	Algorithm string    `json:"algorithm,omitempty"` // of its key
	NotBefore time.Time `json:"notBefore,omitzero"`  // RFC 3339
	NotAfter  time.Time `json:"notAfter,omitzero"`   // RFC 3339
}

// NewMember keeps of a subject what the fleet needs.
func NewMember(s *Subject) Member {
	m := Member{Name: s.Name, Profile: s.Expect.Profile, Server: s.Server != nil, Password: s.Password}
	for _, e := range s.Entries() {
		names := ""
		if len(e.Chain) > 0 {
			c := &e.Chain[0]
			names = cmp.Or(strings.Join(c.SANs.All(), "\n"), commonName(e.Source.Chain[0]), c.Subject)
			use := SerialUse{Alias: e.Alias, Issuer: c.Issuer, Serial: c.Serial, SHA256: c.Fingerprints.SHA256, IssuerKey: c.AuthorityKeyID}
			if c.SelfSigned {
				use.IssuerKey = c.PublicKey.SHA256
			}
			if !c.CA {
				use.Names, use.Algorithm, use.NotBefore, use.NotAfter = names, c.PublicKey.Algorithm, c.NotBefore, c.NotAfter
			}
			m.Serials = append(m.Serials, use)
		}
		switch {
		case e.Key != nil && e.Key.SHA256 != "":
			m.Keys = append(m.Keys, KeyUse{e.Alias, e.Key.SHA256, e.Key.Type, names})
		case s.Server != nil && len(e.Chain) > 0:
			m.Keys = append(m.Keys, KeyUse{e.Alias, e.Chain[0].PublicKey.SHA256, e.Chain[0].PublicKey.Type, names})
		}
	}
	return m
}

// commonName is the name of a server of old, as a host name.
func commonName(c *keystore.Certificate) string {
	if c.X509 == nil || c.X509.Subject.CommonName == "" {
		return ""
	}
	return "DNS:" + c.X509.Subject.CommonName
}

// fleetRules ask about subjects together.
func fleetRules() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-FLEET-001", Title: "one private key serves hosts that have nothing to do with each other", Severity: finding.High, CWE: 323,
				Why: "Who takes the key from one of them is all of them, and when it is revoked all of them stand still. Most often a keystore was copied where a new one should have been made.",
				Fix: "Make a key for each: `muxkey renew STORE --rekey`, or `muxkey create`. One key in the keystore, the PEM file and the server of one host is not found.",
			},
			Fleet: sharedKeys,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-FLEET-002", Title: "one issuer has given a serial number twice", Severity: finding.High, CWE: 694,
				Why:        "Firefox refuses the second one that it sees (SEC_ERROR_REUSED_ISSUER_AND_SERIAL), and a revocation list cannot tell them apart.",
				Fix:        "Issue one of them anew: `muxkey sign` and `muxkey create` take random serial numbers.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2"},
			},
			Fleet: sharedSerials,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-FLEET-003", Title: "keystores with different keys have one password", Severity: finding.Low, CWE: 1391,
				Why: "Who learns the password of one opens all.",
				Fix: "Give each its own: `muxkey password STORE --generate-password FILE`.",
			},
			Fleet: sharedPasswords, Secrets: true,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-FLEET-004", Title: "a certificate was renewed, and the old one is still in use", Severity: finding.Low, CWE: 298,
				Why: "The renewal did not reach this place: it stops working when the old certificate expires, while the new one lies ready elsewhere.",
				Fix: "Bring the new one here: `muxkey import STORE CERTIFICATE`, or copy the keystore that has it.",
			},
			Fleet: forgotten,
		},
	}
}

// grouped puts what has one key together, in the order in which the keys come.
func grouped[K comparable, T any](list func(yield func(key K, value T)), least int) [][]T {
	at := map[K]int{}
	var out [][]T
	list(func(key K, value T) {
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], value)
	})
	return slices.DeleteFunc(out, func(g []T) bool { return len(g) < least })
}

// use is a key or a certificate at its place.
type use[T any] struct {
	Place
	is T
}

func places[T any](list []use[T]) []Place {
	var out []Place
	for _, u := range list {
		out = append(out, u.Place)
	}
	return out
}

// sharedKeys takes uses with a name in common for one service, and so those that
// are bound together by others.
func sharedKeys(f *Fleet) []Spread {
	var out []Spread
	for _, group := range grouped(func(yield func(string, use[KeyUse])) {
		for i, m := range f.Members {
			for _, k := range m.Keys {
				yield(k.SHA256, use[KeyUse]{Place{i, k.Alias}, k})
			}
		}
	}, 2) {
		sets := services(group)
		if len(sets) < 2 {
			continue
		}
		all := 0
		for _, set := range sets {
			all += len(set)
		}
		kind := group[0].is.Type
		for i, set := range sets {
			s := Spread{Places: places(set), Key: group[0].is.SHA256, Of: all - len(set)}
			for j := 0; j < len(sets) && len(s.With) < mostNamed; j++ {
				if j != i {
					s.With = append(s.With, places(sets[j][:min(len(sets[j]), mostNamed)])...)
				}
			}
			s.Text = func(others string) string {
				return fmt.Sprintf("its private key (%s) is that of certificates for other names as well: %s", kind, others)
			}
			out = append(out, s)
		}
	}
	return out
}

// services parts uses into sets that have no name in common. What has no name is in
// none.
func services(group []use[KeyUse]) [][]use[KeyUse] {
	owner := map[string]int{} // of a name
	var above []int           // of a set: the one it was joined to, or itself
	root := func(i int) int {
		for above[i] != i {
			above[i] = above[above[i]]
			i = above[i]
		}
		return i
	}
	member := make([]int, len(group))
	for i, u := range group {
		set := -1
		for name := range strings.SplitSeq(u.is.Names, "\n") {
			if name == "" || loopback(name) {
				continue
			}
			other, known := owner[name]
			switch {
			case !known && set < 0:
				set = len(above)
				above = append(above, set)
			case known && set < 0:
				set = root(other)
			case known:
				above[root(other)] = set
			}
			owner[name] = set
		}
		member[i] = set
	}
	return grouped(func(yield func(int, use[KeyUse])) {
		for i, u := range group {
			if member[i] >= 0 {
				yield(root(member[i]), u)
			}
		}
	}, 1)
}

// loopback tells of names that stand in certificates of many hosts.
func loopback(name string) bool {
	_, host, _ := strings.Cut(name, ":")
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

func sharedSerials(f *Fleet) []Spread {
	var out []Spread
	for _, group := range grouped(certificatesOf(f, func(c SerialUse) string { return c.Serial + " " + c.Issuer }), 2) {
		first := group[0].is
		if !slices.ContainsFunc(group, func(u use[SerialUse]) bool { return u.is.SHA256 != first.SHA256 }) {
			continue
		}
		s := Spread{Places: places(group), Key: first.Serial, Text: func(others string) string {
			return fmt.Sprintf("%s has given the serial number %s to different certificates, also to that of %s", first.Issuer, first.Serial, others)
		}}
		if apart(group) {
			s.Severity = finding.Low
			s.Text = func(others string) string {
				return fmt.Sprintf("several issuers are named %s, and another one has given the serial number %s as well, to the certificate of %s", first.Issuer, first.Serial, others)
			}
		}
		out = append(out, s)
	}
	return out
}

// apart tells whether each certificate has an issuer of its own, by the key: a
// self-signed certificate of a test that was made anew, or the CAs of two clusters.
func apart(group []use[SerialUse]) bool {
	of := map[string]string{} // the certificate of a key
	for _, u := range group {
		key := u.is.IssuerKey
		if other, known := of[key]; key == "" || known && other != u.is.SHA256 {
			return false
		}
		of[key] = u.is.SHA256
	}
	return true
}

// certificatesOf goes through all certificates of a fleet; an empty key leaves one
// out.
func certificatesOf(f *Fleet, key func(SerialUse) string) func(yield func(string, use[SerialUse])) {
	return func(yield func(string, use[SerialUse])) {
		for i, m := range f.Members {
			for _, c := range m.Serials {
				if k := key(c); k != "" {
					yield(k, use[SerialUse]{Place{i, c.Alias}, c})
				}
			}
		}
	}
}

// sharedPasswords counts stores with the same keys once: they are copies.
func sharedPasswords(f *Fleet) []Spread {
	var out []Spread
	for _, group := range grouped(func(yield func(string, Place)) {
		for i, m := range f.Members {
			if m.Password != "" && len(m.Keys) > 0 {
				yield(m.Password, Place{Member: i})
			}
		}
	}, 2) {
		keys := map[string]bool{}
		var list []Place
		for _, p := range group {
			if key := f.Members[p.Member].Keys[0].SHA256; !keys[key] {
				keys[key] = true
				list = append(list, p)
			}
		}
		if len(list) < 2 {
			continue
		}
		out = append(out, Spread{Places: list, Once: true, Key: "password", Text: func(others string) string {
			return fmt.Sprintf("%d keystores with different keys have one password: this one and %s", len(list), others)
		}})
	}
	return out
}

// forgotten compares certificates of one issuer for the same names and kind of key.
// A renewal comes late in the life of the old one: several that are about as old
// are of several machines.
func forgotten(f *Fleet) []Spread {
	const late = 0.3 // of the lifetime
	var out []Spread
	for _, group := range grouped(certificatesOf(f, func(c SerialUse) string {
		if c.Names == "" {
			return ""
		}
		return c.Algorithm + "\x00" + c.Issuer + "\x00" + c.Names
	}), 2) {
		newest := slices.MaxFunc(group, func(a, b use[SerialUse]) int { return a.is.NotBefore.Compare(b.is.NotBefore) }).is
		old := map[string][]use[SerialUse]{}
		var current []Place
		for _, u := range group {
			gap := newest.NotBefore.Sub(u.is.NotBefore).Seconds()
			switch {
			case u.is.SHA256 == newest.SHA256:
				current = append(current, u.Place)
			case u.is.NotAfter.Before(newest.NotAfter) && gap > late*u.is.NotAfter.Sub(u.is.NotBefore).Seconds():
				old[u.is.SHA256] = append(old[u.is.SHA256], u)
			}
		}
		for _, sum := range slices.Sorted(maps.Keys(old)) {
			s := Spread{Places: places(old[sum]), With: current, Key: sum}
			if slices.ContainsFunc(s.Places, func(p Place) bool { return f.Members[p.Member].Server }) {
				s.Severity = finding.Medium
			}
			end := old[sum][0].is.NotAfter
			s.Text = func(others string) string {
				return fmt.Sprintf("its certificate ends on %s, and a newer one for the same names, until %s, is in %s",
					end.Format(time.DateOnly), newest.NotAfter.Format(time.DateOnly), others)
			}
			out = append(out, s)
		}
	}
	return out
}

// mostNamed is how many other places a text names.
const mostNamed = 3

// Others names the first places of a spread, but for one of them.
func (s Spread) Others(f *Fleet, but Place) string {
	list, n := s.Places, len(s.Places)-1
	if s.With != nil {
		list, n = s.With, max(len(s.With), s.Of)
	}
	var names []string
	for _, p := range list[:min(len(list), mostNamed+1)] {
		if p == but || len(names) == mostNamed {
			continue
		}
		name := f.Members[p.Member].Name
		if p.Alias != "" {
			name += "#" + p.Alias
		}
		names = append(names, name)
	}
	text := strings.Join(names, ", ")
	if n > mostNamed {
		text += fmt.Sprintf(" and %d more", n-mostNamed)
	}
	return text
}
