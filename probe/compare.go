package probe

import (
	"bytes"
	"fmt"

	"muxkey/certgen"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// Compare says how what a server shows differs from an entry of a keystore: from
// that of the alias, or without one from the entry that comes nearest. The error is
// one of keystore.Find.
func Compare(shown []*pkcs12x.Certificate, st *keystore.Store, alias string) (*Comparison, error) {
	c := &Comparison{Keystore: st.Path}
	if len(shown) == 0 {
		c.Text = "the server shows no certificate"
		return c, nil
	}
	e, err := entryFor(shown, st, alias)
	if err != nil {
		return nil, err
	}
	if e == nil || len(e.Chain) == 0 {
		c.Text = "the keystore has no certificate for it"
		return c, nil
	}
	c.Alias = e.Alias
	chain := e.Chain
	if alias == "" && e.Kind != pkcs12x.PrivateKey && len(st.Sequence) > 0 {
		c.Alias, chain = "", st.Sequence // a file of certificates, as servers have them
	}
	ours, theirs := chain[0], shown[0]
	c.SameKey = bytes.Equal(ours.RawSPKI, theirs.RawSPKI)
	leaf := bytes.Equal(ours.Raw, theirs.Raw)
	c.Same = leaf && sameAbove(chain, shown)
	switch {
	case c.Same:
		c.Text = "the server shows this very chain"
	case leaf:
		c.Text = fmt.Sprintf("the certificate is the same, but the chain of the server has a length of %d, and that of the keystore one of %d", len(shown), len(chain))
		if len(shown) == len(chain) {
			c.Text = "the certificate is the same, but those above it are others, or in another order"
		}
	case c.SameKey && theirs.NotAfter.Before(ours.NotAfter):
		c.Text = fmt.Sprintf("the server still shows an older certificate of the same key, until %s; the keystore has one until %s", day(theirs), day(ours))
	case c.SameKey:
		c.Text = fmt.Sprintf("the server shows another certificate of the same key, until %s; the keystore has one until %s", day(theirs), day(ours))
	case bytes.Equal(ours.RawSubject, theirs.RawSubject) && theirs.NotAfter.Before(ours.NotAfter):
		c.Text = fmt.Sprintf("the server still shows an older certificate of another key, until %s; the keystore has one until %s: it was not loaded, or another file was", day(theirs), day(ours))
	default:
		c.Text = fmt.Sprintf("the server shows another certificate: %s, until %s; the keystore has %s, until %s",
			certgen.FormatDN(theirs.RawSubject), day(theirs), certgen.FormatDN(ours.RawSubject), day(ours))
	}
	return c, nil
}

// sameAbove tells whether the chains are the same. A server need not show the root
// (RFC 8446 section 4.4.2).
func sameAbove(ours, shown []*pkcs12x.Certificate) bool {
	if n := len(ours) - 1; n > 0 && len(shown) == n && ours[n].SelfIssued() {
		ours = ours[:n]
	}
	if len(ours) != len(shown) {
		return false
	}
	for i := range ours {
		if !bytes.Equal(ours[i].Raw, shown[i].Raw) {
			return false
		}
	}
	return true
}

func day(c *pkcs12x.Certificate) string { return c.NotAfter.UTC().Format("2006-01-02") }

// entryFor is the entry of the alias; without one that with the same certificate,
// else with the same key, else the first private-key entry.
func entryFor(shown []*pkcs12x.Certificate, st *keystore.Store, alias string) (*keystore.Entry, error) {
	if alias != "" {
		return st.Find(alias)
	}
	var key, first *keystore.Entry
	for _, e := range st.Entries {
		if len(e.Chain) == 0 {
			continue
		}
		switch {
		case bytes.Equal(e.Chain[0].Raw, shown[0].Raw):
			return e, nil
		case key == nil && bytes.Equal(e.Chain[0].RawSPKI, shown[0].RawSPKI):
			key = e
		case first == nil || first.Kind != pkcs12x.PrivateKey && e.Kind == pkcs12x.PrivateKey:
			first = e
		}
	}
	if key != nil {
		return key, nil
	}
	return first, nil
}
