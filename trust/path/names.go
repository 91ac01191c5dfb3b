package path

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"muxkey/certgen"
)

// mostComparisons bounds how many names are held to how many constraints; Go has
// the same bound.
const mostComparisons = 250_000

// verifiers are the clients as package certgen names them.
var verifiers = map[Client]string{Go: "Go", OpenSSL: "OpenSSL", Java: "Java"}

// nameConstraints holds the certificates below to the constraints of their issuer.
func nameConstraints(v view) []Step {
	if !v.issues() || v.X509 == nil {
		return nil
	}
	constraints, err := certgen.ConstraintsOf(v.X509)
	if err != nil {
		return bad(fmt.Sprintf("its name constraints cannot be read: %v", err))
	}
	if constraints.Empty() {
		return nil
	}
	all := slices.Concat(constraints.Permitted, constraints.Excluded)
	if i := slices.IndexFunc(all, func(c certgen.Constraint) bool { return c.Kind == "other" }); i >= 0 {
		return step(Unknown, "it has constraints on a kind of names that is not known here: %s", all[i].Value)
	}
	comparisons := 0
	for i, n := range v.nodes[:v.at] {
		// RFC 5280 section 6.1.3 (b): but for the last, those that are self-issued
		// are passed over.
		if n.X509 == nil || i > 0 && n.selfIssued() && v.Client != Go {
			continue
		}
		content, broken := certgen.Renewal(n.X509)
		comparisons += (len(content.Names) + 1) * len(all)
		if comparisons > mostComparisons {
			return step(Unknown, "there are too many names and constraints to hold the ones to the others")
		}
		who := n.link(Leaf).Subject
		if len(broken) > 0 {
			return bad(fmt.Sprintf("%s has a name that cannot be held to its constraints: %v", who, broken[0]))
		}
		if r, ok := refused(v.Client, constraints, n, content.Names); ok {
			return bad(fmt.Sprintf("its name constraints do not allow %s: %s is %s", who, r.Name, r.Why))
		}
	}
	return good("all names below it are within its name constraints: %s", listed(constraints))
}

// refused is the first name that the client refuses.
func refused(client Client, constraints certgen.Constraints, n *node, names certgen.Names) (certgen.Refusal, bool) {
	some, err := constraints.Check(n.RawSubject, names)
	e, all := errors.AsType[*certgen.NotPermittedError](err)
	if client == Standard {
		if all {
			return e.Refused[0], true
		}
		return certgen.Refusal{}, false
	}
	if all {
		some = append(e.Refused, some...)
	}
	for _, r := range some {
		if slices.Contains(r.By, verifiers[client]) {
			return r, true
		}
	}
	return certgen.Refusal{}, false
}

func listed(c certgen.Constraints) string {
	var words []string
	for _, x := range c.Permitted {
		words = append(words, "+"+x.String())
	}
	for _, x := range c.Excluded {
		words = append(words, "-"+x.String())
	}
	const most = 6
	if len(words) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:most], ", "), len(words)-most)
	}
	return strings.Join(words, ", ")
}

// scope holds the leaf to what the sources of the anchor trust it for. Unlike with
// name constraints, kinds that are not spoken of are not permitted.
func scope(v view) []Step {
	leaf := v.nodes[0].X509
	if !v.trusted() || v.anchor.Terms.Permitted.Empty() || leaf == nil {
		return nil
	}
	p := v.anchor.Terms.Permitted
	permitted, err := certgen.ParseConstraints(append(prefixed("dns:", p.DNS), prefixed("ip:", p.IP)...), nil)
	if err != nil {
		return step(Unknown, "what it is trusted for cannot be read: %v", err)
	}
	content, broken := certgen.Renewal(leaf)
	if len(broken) > 0 {
		return bad(fmt.Sprintf("a name of the certificate cannot be held to what it is trusted for: %v", broken[0]))
	}
	if len(content.Names)*len(permitted.Permitted) > mostComparisons {
		return step(Unknown, "there are too many names to hold them to what it is trusted for")
	}
	for _, n := range content.Names {
		if n.Kind != certgen.DNS && n.Kind != certgen.IP {
			continue
		}
		spoken := slices.ContainsFunc(permitted.Permitted, func(c certgen.Constraint) bool { return c.Kind == n.Kind })
		_, err := permitted.Check(nil, certgen.Names{n})
		if !spoken || err != nil {
			return bad(fmt.Sprintf("the bundle trusts it for names below %s alone, and the certificate is for %s as well", strings.Join(append(slices.Clone(p.DNS), p.IP...), ", "), n.Value))
		}
	}
	return good("the names are within what the bundle trusts it for: %s", strings.Join(append(slices.Clone(p.DNS), p.IP...), ", "))
}

func prefixed(prefix string, words []string) []string {
	var out []string
	for _, w := range words {
		out = append(out, prefix+w)
	}
	return out
}
