package rules

import (
	"context"
	"fmt"
	"slices"

	"muxkey/internal/finding"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/trust"
)

// bundleRules ask of a trust store whether its anchors should be trusted. Their
// dates, keys and signatures are asked for like those of all certificates, and
// whether a key is public is MUX-KEY-007.
func bundleRules() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-BUNDLE-001", Title: "a CA for development is trusted", Severity: finding.Medium, CWE: 295,
				Why: "The key of such a CA lies on the machine of a developer, or in a debugging proxy; who gets at it can stand in for any server.",
				Fix: "Take it out of what is deployed: `muxkey delete STORE --alias ALIAS`.",
			},
			Subject: judged("development"),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-BUNDLE-002", Title: "an anchor is no CA", Severity: finding.Medium, CWE: 295,
				Why:        "Some clients accept a server whose own certificate is trusted, and some do not: Go and OpenSSL differ, and Java by its version.",
				Fix:        "Trust the CA that has issued it. Where the certificate is self-signed, make it anew with `muxkey create`, which marks it so that all clients take it.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9"},
			},
			Subject: judged("leaf", "not-ca", "no-cert-sign"),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-BUNDLE-003", Title: "a certificate stands in a bundle more than once", Severity: finding.Low, CWE: 1164,
				Why: "Who takes one of them out believes that it is no longer trusted.",
				Fix: "Leave one: `muxkey delete STORE --alias ALIAS`; `muxkey trust build` writes each once.",
			},
			Subject: trustedTwice,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-BUNDLE-004", Title: "two anchors have one name and two keys", Severity: finding.Low, CWE: 694,
				Why: "Some clients try only one of them, and which that is depends on the order. While a CA changes its key it must be so; after that the old one is forgotten.",
				Fix: "Take out the one that nothing is issued under any more: `muxkey delete STORE --alias ALIAS`.",
			},
			Subject: judged("same-subject"),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-BUNDLE-005", Title: "a private key stands in a trust store", Severity: finding.Low, CWE: 522,
				Why: "A trust store is handed to everyone who has to trust it, and its password is no secret: the key goes along.",
				Fix: "Keep them apart: `muxkey trust build` makes a trust store of the anchors alone.",
			},
			Subject: keyAmongAnchors,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-BUNDLE-006", Title: "a name of an anchor has control characters in it", Severity: finding.Medium, CWE: 451,
				Why: "It looks like another name where people read it, and ends early for programs written in C.",
				Fix: "Find out where the certificate comes from, and take it out: `muxkey delete STORE --alias ALIAS`.",
			},
			Subject: judged("name-control"),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-BUNDLE-007", Title: "an anchor is an intermediate CA", Severity: finding.Info, CWE: 295,
				Why: "OpenSSL, curl and Python go on to its root, and refuse the chain when that is not trusted.",
				Fix: "Trust the root, or set the flag for partial chains in each client.",
			},
			Subject: judged("not-root"),
		},
	}
}

// anchor is a certificate that a store trusts.
type anchor struct {
	alias string
	*keystore.Certificate
}

// anchors are what a store trusts: none where it has a key and nothing else, or is
// the file of one certificate and those above it.
func (s *Subject) anchors() []anchor {
	if s.Store == nil || s.Server != nil {
		return nil
	}
	if _, single := s.single(); single && s.Store.Sequence != nil {
		return nil
	}
	var out []anchor
	keys, roots := false, false
	for _, e := range s.Entries() {
		keys = keys || e.Kind == pkcs12x.PrivateKey
		if len(e.Chain) > 0 && s.Store.IsAnchor(e.Source) {
			out = append(out, anchor{e.Alias, e.Source.Chain[0]})
			roots = roots || e.Source.Chain[0].SelfIssued()
		}
	}
	// In a file with a key the rest is its chain, in whatever order; and one without
	// a root is what servers send, or what somebody collects.
	if (keys || !roots) && s.Store.Sequence != nil {
		return nil
	}
	return out
}

// judged finds what package trust has against anchors.
func judged(ids ...string) func(context.Context, *Subject) []Fault {
	return func(_ context.Context, s *Subject) []Fault {
		var out []Fault
		for _, j := range s.judge() {
			if slices.Contains(ids, j.rule) {
				f := Fault{Alias: j.alias, Text: fmt.Sprintf("%s: %s", j.name, j.text), Key: j.key}
				if j.rule == "leaf" || j.rule == "not-ca" { // who pins a server means it
					f.Severity = finding.Low
				}
				out = append(out, f)
			}
		}
		return out
	}
}

// judgement is what package trust has against one anchor.
type judgement struct{ rule, alias, name, text, key string }

// judge asks package trust once, for all rules.
func (s *Subject) judge() []judgement {
	if s.judged != nil {
		return *s.judged
	}
	out := []judgement{}
	s.judged = &out
	list := s.anchors()
	if len(list) == 0 {
		return out
	}
	var b trust.Builder
	aliases := map[[32]byte]string{}
	for _, x := range list {
		a, err := trust.Of(x.Certificate)
		if err != nil {
			continue // MUX-CERT has what cannot be read
		}
		if _, known := aliases[a.SHA256]; !known {
			aliases[a.SHA256] = x.alias
			b.Add(a)
		}
	}
	set := b.Set()
	for i, f := range set.JudgeEach(s.Now) {
		a := set.Anchors[i]
		for _, x := range f {
			out = append(out, judgement{x.Rule, aliases[a.SHA256], a.Name(), x.Text, a.Fingerprint()})
		}
	}
	return out
}

func trustedTwice(_ context.Context, s *Subject) []Fault {
	type copies struct {
		first anchor
		n     int
	}
	seen := map[string]*copies{}
	var order []string
	for _, a := range s.anchors() {
		key := string(a.Raw)
		if seen[key] == nil {
			seen[key] = &copies{first: a}
			order = append(order, key)
		}
		seen[key].n++
	}
	// In files of certificates each stands alone in the sequence, and entries may
	// have merged what is the same.
	var out []Fault
	for _, key := range order {
		if c := seen[key]; c.n > 1 {
			facts := names([]*keystore.Certificate{c.first.Certificate})
			out = append(out, Fault{Alias: c.first.alias, Text: fmt.Sprintf("%s stands in it %d times", facts, c.n), Key: fmt.Sprintf("%x", c.first.Serial)})
		}
	}
	return out
}

// keyAmongAnchors leaves out stores where the trusted certificates are those above
// the key: keytool puts them there when it imports a reply.
func keyAmongAnchors(_ context.Context, s *Subject) []Fault {
	list := s.anchors()
	if len(list) == 0 {
		return nil
	}
	var own []*keystore.Certificate
	alias, keys := "", 0
	for _, e := range s.Entries() {
		if e.Kind == pkcs12x.PrivateKey {
			keys++
			alias = e.Alias
			own = append(own, e.Source.Chain...)
		}
	}
	others := 0
	for _, a := range list {
		if !has(own, a.Certificate) {
			others++
		}
	}
	if keys == 0 || others == 0 {
		return nil
	}
	return []Fault{{Alias: alias, Text: fmt.Sprintf("it has %s and trusts %s besides", count(keys, "private key"), count(others, "certificate"))}}
}
