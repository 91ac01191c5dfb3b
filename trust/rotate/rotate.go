// Package rotate says how clients and servers get from one set of trust anchors to
// another without a day on which they do not understand each other: clients get
// both sets, the servers change, and when nothing is left that needs the old
// anchors, they go.
//
//   - Make compares the two sides and says what the old anchors still vouch for.
//   - Plan.OldMayGo and Plan.AtLatest are the days from which they may go.
package rotate

import (
	"context"
	"net"
	"slices"
	"strings"
	"time"

	"muxkey/certgen"
	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/path"
)

// Side is what there is before the change, or after it.
type Side struct {
	Anchors *trust.Set
	// Chains are what the servers show, each its own certificate first; none where
	// they are not known.
	Chains [][]*pkcs12x.Certificate
}

// Other is a server besides, which is not changed along with the others.
type Other struct {
	Name  string // for people: its keystore or address
	Chain []*pkcs12x.Certificate
}

// Change is a move from one side to another.
type Change struct {
	Old, New Side
	// Others are servers whose clients get the same bundle.
	Others  []Other
	Purpose trust.Purpose
	Now     time.Time
}

// Plan is what is known of a change.
type Plan struct {
	// Retiring are the anchors of the old side that the new one lacks; Coming are
	// those that are new.
	Retiring, Coming []*trust.Anchor
	// Both are the anchors of either side, for the time between.
	Both *trust.Set
	// OldAcceptsNew: who has the old anchors alone accepts what the new servers
	// show. NewAcceptsOld is the other way round. They are false where no chains are
	// known.
	OldAcceptsNew, NewAcceptsOld bool
	// Refused says why a client with all anchors refuses what a new server shows;
	// empty when it does not.
	Refused string
	// Vouched are the certificates that need a retiring anchor.
	Vouched []Vouched
	// Ends is when the last of the retiring anchors expires; what else they have
	// issued, nobody knows here. Zero where none of them is a CA but for itself.
	Ends time.Time
}

// Vouched is a certificate that clients accept for the sake of a retiring anchor.
type Vouched struct {
	From    string // "" for the old side, else the name of the other server
	Subject string // RFC 4514
	SHA256  string // of the DER
	// Until is when the path to the anchor ends: when the first certificate of it
	// expires.
	Until time.Time
	// Replaced: a certificate of the new side has all its names.
	Replaced bool
}

// Make makes the plan. It fails when the context ends.
func Make(ctx context.Context, c Change) (*Plan, error) {
	p := &Plan{Retiring: without(c.Old.Anchors, c.New.Anchors), Coming: without(c.New.Anchors, c.Old.Anchors)}
	var both trust.Builder
	for _, a := range slices.Concat(c.Old.Anchors.Anchors, c.New.Anchors.Anchors) {
		copied := *a // the builder adds to what it has
		both.Add(&copied)
	}
	p.Both = both.Set()
	var err error
	if p.OldAcceptsNew, _, err = c.allAccepted(ctx, c.New.Chains, c.Old.Anchors); err != nil {
		return nil, err
	}
	if p.NewAcceptsOld, _, err = c.allAccepted(ctx, c.Old.Chains, c.New.Anchors); err != nil {
		return nil, err
	}
	if len(c.New.Chains) > 0 {
		if _, p.Refused, err = c.allAccepted(ctx, c.New.Chains, p.Both); err != nil {
			return nil, err
		}
	}
	chains := slices.Clone(c.Others)
	for _, chain := range c.Old.Chains {
		chains = append(chains, Other{Chain: chain})
	}
	for _, o := range chains {
		v, ok, err := c.vouched(ctx, o, p.Both)
		if err != nil {
			return nil, err
		}
		if ok {
			p.Vouched = append(p.Vouched, v)
		}
	}
	for _, a := range p.Retiring {
		// A certificate that a server shows itself vouches for nothing else.
		own := slices.ContainsFunc(chains, func(o Other) bool { return string(o.Chain[0].Raw) == string(a.Raw) })
		if !own && a.NotAfter.After(p.Ends) {
			p.Ends = a.NotAfter
		}
	}
	return p, nil
}

// OldMayGo is when all that the retiring anchors are known to vouch for, and that
// the new side does not replace, has expired. It is zero where that is nothing:
// then they may go as soon as the servers have changed.
func (p *Plan) OldMayGo() time.Time {
	return latest(p.Vouched, func(v Vouched) bool { return !v.Replaced })
}

// AtLatest is when all of it has expired, replaced or not; zero where it is
// nothing.
func (p *Plan) AtLatest() time.Time {
	return latest(p.Vouched, func(Vouched) bool { return true })
}

func latest(list []Vouched, counts func(Vouched) bool) time.Time {
	var t time.Time
	for _, v := range list {
		if counts(v) && v.Until.After(t) {
			t = v.Until
		}
	}
	return t
}

func without(a, b *trust.Set) []*trust.Anchor {
	var out []*trust.Anchor
	for _, x := range a.Anchors {
		if !slices.ContainsFunc(b.Anchors, func(y *trust.Anchor) bool { return x.SHA256 == y.SHA256 }) {
			out = append(out, x)
		}
	}
	return out
}

// allAccepted asks whether a client with the anchors accepts all chains, and if not
// why; no chains are accepted by nobody.
func (c Change) allAccepted(ctx context.Context, chains [][]*pkcs12x.Certificate, anchors *trust.Set) (ok bool, why string, err error) {
	for _, chain := range chains {
		v, err := c.check(ctx, chain, anchors)
		if err != nil || !v.Accepted {
			if err == nil {
				why = v.Why
			}
			return false, why, err
		}
	}
	return len(chains) > 0, "", nil
}

// check asks for now, or for the day on which the certificate becomes valid.
func (c Change) check(ctx context.Context, chain []*pkcs12x.Certificate, anchors *trust.Set) (*path.Verdict, error) {
	at := c.Now
	if begins := chain[0].NotBefore; begins.After(at) {
		at = begins
	}
	return path.Check(ctx, path.Question{Presented: chain, Bundle: path.NewBundle(anchors), Purpose: c.Purpose, At: at})
}

// vouched tells whether a chain needs a retiring anchor.
func (c Change) vouched(ctx context.Context, o Other, both *trust.Set) (Vouched, bool, error) {
	with, err := c.check(ctx, o.Chain, both)
	if err != nil || !with.Accepted {
		return Vouched{}, false, err
	}
	if by, err := c.check(ctx, o.Chain, c.New.Anchors); err != nil || by.Accepted {
		return Vouched{}, false, err
	}
	first := with.Paths[0].Certificates[0]
	v := Vouched{From: o.Name, Subject: first.Subject, SHA256: first.SHA256, Until: first.NotAfter}
	for _, link := range with.Paths[0].Certificates {
		if link.NotAfter.Before(v.Until) {
			v.Until = link.NotAfter
		}
	}
	v.Replaced = o.Name == "" && slices.ContainsFunc(c.New.Chains, func(chain []*pkcs12x.Certificate) bool { return covers(chain[0], o.Chain[0]) })
	return v, true, nil
}

// covers tells whether a certificate has all names of another: wildcards by
// themselves, hosts also under a wildcard.
func covers(now, old *pkcs12x.Certificate) bool {
	if now.X509 == nil || old.X509 == nil {
		return false
	}
	for _, name := range old.X509.DNSNames {
		if strings.Contains(name, "*") && slices.ContainsFunc(now.X509.DNSNames, func(n string) bool { return strings.EqualFold(n, name) }) {
			continue
		}
		if now.X509.VerifyHostname(name) != nil {
			return false
		}
	}
	for _, ip := range old.X509.IPAddresses {
		if !slices.ContainsFunc(now.X509.IPAddresses, func(n net.IP) bool { return n.Equal(ip) }) {
			return false
		}
	}
	if len(old.X509.DNSNames)+len(old.X509.IPAddresses) == 0 {
		return certgen.SameDN(now.RawSubject, old.RawSubject)
	}
	return true
}
