package path

import (
	"crypto/x509"
	"fmt"
	"slices"
)

const anyPolicy = "2.5.29.32.0"

// policies goes through RFC 5280 section 6.1 as RFC 9618 has changed it, for a
// client that takes any policy. It needs to know only whether the graph is empty,
// and so keeps the lowest row of it: of each policy that is valid there those that
// are expected below.
//
// It speaks once for the path, at the leaf, and only when a certificate of it asks
// for policies.
func policies(v view) []Step {
	last := v.nodes[len(v.nodes)-1]
	if v.issues() || v.dead != "" || last.anchor == nil || len(v.nodes) == 1 {
		return nil
	}
	below := v.nodes[:len(v.nodes)-1]
	if !slices.ContainsFunc(below, func(n *node) bool {
		return n.X509 != nil && (n.X509.RequireExplicitPolicy > 0 || n.X509.RequireExplicitPolicyZero)
	}) {
		for _, n := range below[1:] {
			if n.X509 != nil && badMapping(n.X509) {
				return bad(n.link(Intermediate).Subject + " maps policies to, or from, any policy")
			}
		}
		return nil
	}
	s := newPolicyState(len(below))
	for i, n := range slices.Backward(below) {
		c := n.X509
		if c == nil {
			return nil // the rule of readable certificates has said so
		}
		who := n.link(Leaf).Subject
		selfIssued := n.selfIssued()
		s.process(c, i > 0 && selfIssued)
		if s.explicit == 0 && s.row == nil {
			return bad(fmt.Sprintf("a certificate policy is asked for above, and %s has none that is valid there", who))
		}
		if i == 0 {
			break
		}
		if badMapping(c) {
			return bad(who + " maps policies to, or from, any policy")
		}
		s.descend(c, selfIssued)
	}
	leaf := below[0].X509
	if s.explicit > 0 {
		s.explicit--
	}
	if leaf.RequireExplicitPolicyZero {
		s.explicit = 0
	}
	if s.explicit == 0 && len(s.row) == 0 {
		return bad("a certificate policy is asked for, and none is valid for the whole path")
	}
	return good("its certificate policies are those that its issuers ask for")
}

// policyState is that of section 6.1.2.
type policyState struct {
	row                        map[string][]string // nil: the graph is null
	explicit, mapping, inhibit int
}

func newPolicyState(n int) *policyState {
	return &policyState{row: map[string][]string{anyPolicy: {anyPolicy}}, explicit: n + 1, mapping: n + 1, inhibit: n + 1}
}

// process is section 6.1.3 (d) and (e).
func (s *policyState) process(c *x509.Certificate, selfIssued bool) {
	if len(c.Policies) == 0 {
		s.row = nil
	}
	if s.row == nil {
		return
	}
	expected := map[string]bool{}
	for _, list := range s.row {
		for _, p := range list {
			expected[p] = true
		}
	}
	_, hasAny := s.row[anyPolicy]
	row := map[string][]string{}
	takesAny := false
	for _, oid := range c.Policies {
		p := oid.String()
		switch {
		case p == anyPolicy:
			takesAny = s.inhibit > 0 || selfIssued
		case expected[p] || hasAny:
			row[p] = []string{p}
		}
	}
	if takesAny {
		for p := range expected {
			if row[p] == nil {
				row[p] = []string{p}
			}
		}
	}
	s.row = row
	if len(row) == 0 {
		s.row = nil
	}
}

// badMapping is section 6.1.4 (a).
func badMapping(c *x509.Certificate) bool {
	return slices.ContainsFunc(c.PolicyMappings, func(m x509.PolicyMapping) bool {
		return m.IssuerDomainPolicy.String() == anyPolicy || m.SubjectDomainPolicy.String() == anyPolicy
	})
}

// descend is section 6.1.4 (b) and (h) to (j).
func (s *policyState) descend(c *x509.Certificate, selfIssued bool) {
	if s.row != nil {
		s.remap(c)
	}
	if !selfIssued {
		for _, n := range []*int{&s.explicit, &s.mapping, &s.inhibit} {
			*n = max(0, *n-1)
		}
	}
	lower := func(n *int, to int, zero bool) {
		if (to > 0 || zero) && to < *n {
			*n = to
		}
	}
	lower(&s.explicit, c.RequireExplicitPolicy, c.RequireExplicitPolicyZero)
	lower(&s.mapping, c.InhibitPolicyMapping, c.InhibitPolicyMappingZero)
	lower(&s.inhibit, c.InhibitAnyPolicy, c.InhibitAnyPolicyZero)
}

func (s *policyState) remap(c *x509.Certificate) {
	to := map[string][]string{}
	for _, m := range c.PolicyMappings {
		from := m.IssuerDomainPolicy.String()
		to[from] = append(to[from], m.SubjectDomainPolicy.String())
	}
	_, hasAny := s.row[anyPolicy]
	for from, list := range to {
		_, valid := s.row[from]
		switch {
		case s.mapping == 0:
			delete(s.row, from)
		case valid || hasAny:
			s.row[from] = list
		}
	}
	if len(s.row) == 0 {
		s.row = nil
	}
}
