package rules

import (
	"context"
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/trust/path"
)

// trustRules ask whether the other side accepts what is shown.
func trustRules() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-TRUST-001", Title: "clients refuse the certificate", Severity: finding.High, CWE: 295,
				Why:        "Who trusts what the policy names cannot connect. Clients differ: what one accepts another refuses, and the finding says which, and why.",
				Fix:        "`muxkey trust verify BUNDLE STORE` shows every path that was tried, and where it ends; most often an intermediate is missing (`muxkey import STORE REPLY --ca-certs CHAIN`), or the bundle lacks the root.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-6"},
			},
			Settings: []string{"trust", "trust-password", "clients", "purpose"},
			Subject:  refused,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TRUST-002", Title: "neither certificate nor key is one of those that are expected", Severity: finding.High, CWE: 295,
				Why:        "Clients that are pinned to another one refuse the server; or somebody else's certificate stands there.",
				Fix:        "Find out who has changed it. `muxkey inspect` shows the fingerprints of certificate and key for `pins`.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc7469#section-2.4"},
			},
			Settings: []string{"pins"},
			Subject:  unpinned,
		},
	}
}

// verdict is what a client that trusts the bundle says of what is shown. All
// clients are asked together. Revocation is asked for elsewhere.
func (s *Subject) verdict(ctx context.Context, x shown, c path.Client) (*path.Verdict, error) {
	if known := s.verdicts[x.own]; known != nil {
		return known[c], nil
	}
	clients := s.Expect.clients()
	if !slices.Contains(clients, path.Standard) { // MUX-CHAIN-001 asks it
		clients = append(slices.Clone(clients), path.Standard)
	}
	// What stands behind the certificate may stand in any order.
	presented := append([]*keystore.Certificate{x.own}, x.list...)
	list, err := path.CheckAs(ctx, path.Question{
		Presented: presented, Bundle: s.Expect.Bundle, Purpose: x.purpose, Hosts: s.Expect.Hosts, At: s.Now,
	}, clients...)
	if err != nil {
		return nil, err
	}
	if s.verdicts == nil {
		s.verdicts = map[*keystore.Certificate]map[path.Client]*path.Verdict{}
	}
	s.verdicts[x.own] = map[path.Client]*path.Verdict{}
	for _, v := range list {
		s.verdicts[x.own][v.Client] = v
	}
	return s.verdicts[x.own][c], nil
}

// leads tells whether there is a path to an anchor at all.
func (s *Subject) leads(ctx context.Context, x shown) (bool, error) {
	v, err := s.verdict(ctx, x, path.Standard)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(v.Paths, func(p path.Path) bool {
		_, dead := objection(p, func(_ path.Link, step path.Step) bool { return step.Rule != "issuer" })
		return !dead
	}), nil
}

// objection is the first thing that speaks against a path, but for what is passed
// over.
func objection(p path.Path, passed func(path.Link, path.Step) bool) (text string, found bool) {
	for _, link := range p.Certificates {
		for _, step := range link.Steps {
			if (step.Outcome == path.Fail || step.Outcome == path.Unknown) && !passed(link, step) {
				return link.Subject + ": " + step.Text, true
			}
		}
	}
	return "", false
}

// elsewhere are the questions that other families of rules answer, and say more of:
// dates, hashes, limits and key usage of what is shown, and names. A CA is no server, so what only
// servers must have says nothing of it.
func (s shown) elsewhere(link path.Link, step path.Step) bool {
	switch step.Rule {
	case "dates":
		return link.Role != path.Anchor
	case "host":
		return true
	case "path-length", "name-constraints", "weak-signature":
		return link.Role == path.Leaf || link.Role == path.Intermediate
	case "usage":
		return s.purpose == "" || link.Role == path.Leaf
	case "extended-key-usage":
		return s.purpose == ""
	}
	return false
}

// clients are those that are asked.
func (e *Expect) clients() []path.Client {
	if len(e.Clients) > 0 {
		return e.Clients
	}
	return path.Clients()
}

// trusting are what the bundle is for: all that is shown, but not the anchors of a
// trust store.
func (s *Subject) trusting() []shown {
	if s.Expect.Bundle == nil {
		return nil
	}
	return s.shows()
}

func refused(ctx context.Context, s *Subject) []Fault {
	var out []Fault
	for _, x := range s.trusting() {
		var whys []string
		by := map[string][]path.Client{}
		for _, c := range s.Expect.clients() {
			v, err := s.verdict(ctx, x, c)
			if err != nil {
				return unknown("what clients think of it cannot be told: " + err.Error())
			}
			why := ""
			for i, p := range v.Paths {
				text, found := objection(p, x.elsewhere)
				if !found {
					why = ""
					break
				}
				if i == 0 { // the path that comes nearest
					why = text
				}
			}
			if why == "" {
				continue
			}
			if by[why] == nil {
				whys = append(whys, why)
			}
			by[why] = append(by[why], c)
		}
		for _, why := range whys {
			f := Fault{Alias: x.alias, Text: s.who(by[why]) + " refuse it: " + why, Key: x.alias + " " + clientIDs(by[why])}
			if slices.Equal(by[why], []path.Client{path.Standard}) && len(s.Expect.clients()) > 1 {
				f.Severity = finding.Medium // none of the programs minds
			}
			out = append(out, f)
		}
	}
	return out
}

// who names clients for a sentence.
func (s *Subject) who(list []path.Client) string {
	if len(list) == len(s.Expect.clients()) && len(list) > 1 {
		return "all clients"
	}
	var names []string
	for _, c := range list {
		if c == path.Standard {
			names = append(names, "clients that hold to RFC 5280")
			continue
		}
		names = append(names, "clients on "+c.Title())
	}
	return strings.Join(names, ", ")
}

func clientIDs(list []path.Client) string {
	var out []string
	for _, c := range list {
		out = append(out, string(c))
	}
	return strings.Join(out, " ")
}

// unpinned takes a store for right when one of its private-key entries is.
func unpinned(_ context.Context, s *Subject) []Fault {
	if len(s.Expect.Pins) == 0 {
		return nil
	}
	var first *Certificate
	alias := s.alias()
	list := s.Shown()
	if len(list) == 0 { // a CA
		list = s.Certificates()
	}
	for _, c := range list {
		if alias != "" && c.Entry.Kind == pkcs12x.PrivateKey && !strings.EqualFold(c.Entry.Alias, alias) {
			continue
		}
		if slices.Contains(s.Expect.Pins, c.Fingerprints.SHA256) || slices.Contains(s.Expect.Pins, c.PublicKey.SHA256) {
			return nil
		}
		if first == nil {
			first = &c
		}
		if c.CA {
			break
		}
	}
	if first == nil {
		if s.Facts == nil {
			return nil
		}
		return one("it has no certificate to compare with pins")
	}
	return []Fault{{Alias: first.Entry.Alias, Text: "the certificate " + first.Subject + " has the SHA-256 " + first.Fingerprints.SHA256 + " and its key " + first.PublicKey.SHA256 + "; neither is among pins"}}
}
