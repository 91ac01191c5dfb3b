package differ

import (
	"strings"
)

// What a move is about: the stores, entries and files that there are by then.

// store is one of those made so far, or a new one.
func (g *generator) store() *store {
	if len(g.stores) == 0 {
		return g.newStore()
	}
	return g.stores[g.r.IntN(len(g.stores))]
}

func (g *generator) newStore() *store {
	s := &store{file: g.of("ks", "store", "trust", "server") + g.of("", ".p12", ".jks", ".ks"), kind: g.storetype(), password: g.password()}
	for _, other := range g.stores {
		if other.file == s.file {
			return other
		}
	}
	g.stores = append(g.stores, s)
	return s
}

func (g *generator) someStore(newInPercent int) *store {
	if g.chance(newInPercent) {
		return g.newStore()
	}
	return g.store()
}

// made notes that a call has most likely made an entry, with the store's type
// said by the first call only.
func (g *generator) made(s *store, e *entry) {
	s.entries = append(s.entries, e)
	g.last = s
	g.knows(s.password)
}

// fresh adds the type of a store that is not there yet.
func (g *generator) fresh(c *call, s *store) {
	if len(s.entries) == 0 && s.kind != "" {
		c.with("-storetype", s.kind)
	}
}

// entry is one of a store's, of a kind if there is one; at times one that the
// store does not have.
func (g *generator) entry(s *store, k kind) *entry {
	var fit []*entry
	for _, e := range s.entries {
		if e.kind == k || g.oddly(10) {
			fit = append(fit, e)
		}
	}
	if len(fit) == 0 && len(s.entries) > 0 && !g.oddly(50) {
		return s.entries[g.r.IntN(len(s.entries))]
	}
	if len(fit) == 0 || g.oddly(10) {
		return &entry{alias: g.alias(), kind: k}
	}
	return fit[g.r.IntN(len(fit))]
}

// kept is a store that has entries, if there is one.
func (g *generator) kept() *store {
	s := g.store()
	for range 4 {
		if len(s.entries) > 0 || g.oddly(10) {
			return s
		}
		s = g.store()
	}
	if !g.oddly(50) {
		g.genkeypair()
		s = g.last
	}
	return s
}

// anywhere is a store with an entry of a kind, if any has one.
func (g *generator) anywhere(k kind) (*store, *entry) {
	s := g.store()
	for range 4 {
		for _, e := range s.entries {
			if e.kind == k {
				return s, g.entry(s, k)
			}
		}
		s = g.store()
	}
	if k == key && !g.oddly(50) {
		g.genkeypair()
		s = g.last
	}
	return s, g.entry(s, k)
}

// named adds the alias, in another case at times, or leaves it out.
func (g *generator) named(c *call, option string, e *entry) {
	switch n := g.r.IntN(20); {
	case n == 0 && g.oddly(100) || e.alias == "mykey" && n < 8:
	case n == 1:
		c.with(option, strings.ToUpper(e.alias))
	default:
		c.with(option, e.alias)
	}
}

// certificate is a file with one certificate or several.
func (g *generator) certificate() string {
	if len(g.certs) > 0 && g.chance(60) {
		return g.certs[g.r.IntN(len(g.certs))]
	}
	if !g.oddly(60) {
		return g.of("fx/pki/root.pem", "fx/pki/other-root.pem", "fx/ks/certificate.der", "fx/ks/chain.pem", "fx/ks/certificate-v1.der")
	}
	return g.fixture("fx/pki/root.pem", ".pem", ".der", ".p7b", ".base64")
}

// fixture is one of the fixtures whose name ends in one of the ways given.
func (g *generator) fixture(usual string, suffixes ...string) string {
	if g.chance(35) {
		return usual
	}
	var fit []string
	for _, f := range g.files {
		for _, s := range suffixes {
			if strings.HasSuffix(f, s) {
				fit = append(fit, f)
			}
		}
	}
	return fit[g.r.IntN(len(fit))]
}

// keypass adds the password of a key: mostly where it has one of its own.
func (g *generator) keypass(c *call, s *store, e *entry) {
	switch {
	case e.password != "" && g.chance(75):
		g.secret(c, "-keypass", e.password)
	case e.password != "" && g.chance(50):
		c.answers(e.password)
	case g.chance(10):
		c.with("-keypass", g.mostly(50, s.password, "secret12", "wrong1"))
	}
}
