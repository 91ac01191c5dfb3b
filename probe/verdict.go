package probe

import (
	"context"
	"fmt"
	"slices"

	"muxkey/certgen"
	"muxkey/chain"
	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/path"
)

// judge says whether a client would take what was shown.
func (p *prober) judge(ctx context.Context, r *Server) error {
	if r.Order == "" {
		r.Order = order(r.Presented)
	}
	r.InOrder = r.Order == ""
	r.Front = frontOf(r.Presented)
	q := path.Question{Presented: r.Presented, Bundle: p.Bundle, Purpose: trust.Server, Hosts: []string{p.host}, At: p.Now(), Client: p.Client}
	if p.Bundle == nil {
		q.Presented = q.Presented[:1] // the name is all that is asked
	}
	answer, err := path.Check(ctx, q)
	if err != nil {
		return err
	}
	v := &Acceptance{Host: p.host, Why: answer.Why, Path: answer.Paths[0].Certificates}
	for _, s := range v.Path[0].Steps {
		if s.Rule == "host" {
			v.Named = s.Outcome == path.Pass
			if !v.Named {
				v.Why = s.Text
			}
		}
	}
	if v.Named && r.Front != nil && r.Front.Kind == FrontSample {
		r.Front = nil // it is what was asked for
	}
	r.Verdict = v
	if p.Bundle == nil {
		v.Path = []path.Link{}
		if v.Named {
			v.Why = "the certificate is for " + p.host + "; whether it is trusted was not asked"
		}
		return nil
	}
	v.Bundle, v.Client = p.BundleName, string(answer.Client)
	trusted := answer.Accepted
	if !trusted && !v.Named {
		q.Hosts = nil
		if answer, err = path.Check(ctx, q); err != nil {
			return err
		}
		trusted = answer.Accepted
	}
	v.Trusted = &trusted
	switch {
	case trusted && !v.Named:
		v.Why = "the certificate is trusted, but it is for another server: " + v.Why
	case !trusted && !v.Named:
		v.Why = answer.Why + "; and " + v.Why
	}
	return nil
}

// order says what is wrong with the order in which certificates are shown: each has
// to certify the one before it (RFC 8446 section 4.4.2). A root at the end is no
// fault, but of no use.
func order(list []*pkcs12x.Certificate) string {
	for i, c := range list[1:] {
		below := list[i]
		switch {
		case slices.ContainsFunc(list[:i+1], func(x *pkcs12x.Certificate) bool { return string(x.Raw) == string(c.Raw) }):
			return fmt.Sprintf("certificate %d is shown twice", i+2)
		case below.SelfIssued() && signed(below, below):
			return fmt.Sprintf("certificate %d follows on a self-signed one", i+2)
		case !signed(below, c):
			for j, other := range list {
				if j != i && j != i+1 && signed(below, other) {
					return fmt.Sprintf("certificate %d is not the issuer of the one before it, which is certificate %d", i+2, j+1)
				}
			}
			return fmt.Sprintf("certificate %d (%s) is not the issuer of the one before it, which is %s", i+2, certgen.FormatDN(c.RawSubject), certgen.FormatDN(below.RawIssuer))
		}
	}
	return ""
}

// signed tells whether a certificate was signed by another. What cannot be checked
// here is taken by its names.
func signed(child, parent *pkcs12x.Certificate) bool {
	if chain.CanonicalName(child.RawIssuer) != chain.CanonicalName(parent.RawSubject) {
		return false
	}
	err := chain.CheckSignature(child, parent)
	return err == nil || isUncheckable(err)
}
