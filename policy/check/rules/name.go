package rules

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"muxkey/certgen"
	"muxkey/internal/finding"
	"muxkey/trust/path"
)

// nameRules are those about the names that a certificate is for.
func nameRules() []Rule {
	const hosts = "https://www.rfc-editor.org/rfc/rfc9525#section-6"
	const baseline = "https://cabforum.org/working-groups/server/baseline-requirements/requirements/"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-NAME-001", Title: "the certificate is not for a name that clients connect to", Severity: finding.High, CWE: 297,
				Why:        "Clients refuse the server, or are told not to look at names, and then take anybody's certificate.",
				Fix:        "Make one with all the names: `muxkey create HOST --san NAME`, or `muxkey csr HOST --san NAME` and have a CA sign it.",
				References: []string{hosts},
			},
			Settings: []string{"hosts", "clients", "alias"},
			Profiles: tls(),
			Subject:  hostsCovered,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-NAME-002", Title: "the certificate of a server has no subject alternative name", Severity: finding.High, CWE: 297,
				Why:        "Browsers, Go and Python do not look at the common name, and refuse it.",
				Fix:        "Make one with `muxkey create HOST`, or a request for a CA with `muxkey csr HOST`: both put the host into the alternative names.",
				References: []string{hosts, "https://support.apple.com/en-us/103769"},
			},
			Profiles: tls(),
			Subject:  noAlternativeName,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-NAME-003", Title: "the host in the common name is not among the subject alternative names", Severity: finding.Medium, CWE: 297,
				Why:        "Nobody looks at the common name when there are alternative names: the host that it shows is one that clients refuse.",
				Fix:        "Make one with the host among its alternative names, `muxkey csr HOST --san NAME`, or with another subject.",
				References: []string{hosts, baseline},
			},
			Profiles: tls(),
			Subject:  commonNameElsewhere,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-NAME-004", Title: "the certificate has a wildcard, which the policy does not allow", Severity: finding.Medium, CWE: 1220,
				Why: "Whoever takes the key of one host can speak for all of the domain.",
				Fix: "Make one with the names of its hosts, one by one: `muxkey csr HOST --san NAME`.",
			},
			Settings: []string{"wildcards"},
			Profiles: tls(),
			Subject:  wildcards,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-NAME-005", Title: "a wildcard stands for the domains of others", Severity: finding.High, CWE: 1220,
				Why:        "A wildcard right below a top-level domain, or below a suffix such as co.uk, is for the hosts of everybody there. Clients refuse it, and who does not is open to whoever has its key.",
				Fix:        "Put a domain of one's own below the wildcard, as in *.example.com.",
				References: []string{baseline, "https://publicsuffix.org/"},
			},
			Profiles: tls(),
			Subject:  broadWildcards,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-NAME-006", Title: "a subject alternative name is none", Severity: finding.Medium, CWE: 297,
				Why:        "No client ever looks for a URL, a port, an address as host name, or a wildcard within a label: the name does not work, and some programs refuse the certificate for it.",
				Fix:        "Make one with the name as clients look for it: `muxkey create` and `muxkey csr` take no others, and say what is wrong with a name.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6", hosts},
			},
			Profiles: tls(),
			Subject:  noNames,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-NAME-007", Title: "a public certificate has a name that is not public", Severity: finding.High, CWE: 297,
				Why:        "Many networks have such a name or address, so no public CA may issue for it: browsers refuse it, or its CA revokes it.",
				Fix:        "Take a name below a domain of one's own, or a CA of one's own and the profile internal.",
				References: []string{baseline, "https://www.rfc-editor.org/rfc/rfc6761", "https://www.iana.org/assignments/iana-ipv4-special-registry/"},
			},
			Profiles: []Profile{PublicTLS},
			Subject:  internalNames,
		},
	}
}

// hostsCovered holds that each host is among the names of a certificate that is
// shown. Without an alias that may be any: servers choose by the name that they are
// asked for.
func hostsCovered(_ context.Context, s *Subject) []Fault {
	list := slices.DeleteFunc(s.Shown(), func(c Certificate) bool {
		return s.Expect.Alias != "" && !strings.EqualFold(c.Entry.Alias, s.Expect.Alias)
	})
	switch {
	case len(s.Expect.Hosts) == 0 || len(s.Certificates()) == 0:
		return nil
	case len(list) == 0 && s.Expect.Alias != "" && s.Server == nil:
		return nil // that there is no key under the alias is said of the entries
	case len(list) == 0: // a certificate of a CA
		return one("there is no certificate of a server that could be for " + strings.Join(s.Expect.Hosts, ", "))
	}
	clients := s.Expect.Clients
	if len(clients) == 0 {
		clients = []path.Client{path.Standard}
	}
	var out []Fault
	for _, host := range s.Expect.Hosts {
		for _, client := range clients {
			f := Fault{Alias: list[0].Entry.Alias, Key: host}
			unread := slices.IndexFunc(list, func(c Certificate) bool { return c.Source.X509 == nil })
			covered := slices.ContainsFunc(list, func(c Certificate) bool {
				if c.Source.X509 == nil {
					return false
				}
				by, _ := path.Covers(client, c.Source.X509, host)
				return by != ""
			})
			switch {
			case covered:
				continue
			case unread >= 0:
				f.Unknown, f.Text = true, fmt.Sprintf("whether the certificate is for %s cannot be told: %s", host, list[unread].ParseError)
			case len(list) > 1:
				f.Alias, f.Text = "", fmt.Sprintf("none of the %d certificates is for %s", len(list), host)
			default:
				f.Text = fmt.Sprintf("%s is not among the names of the certificate: %s%s", host, path.NamesOf(list[0].Source.X509), tooDeep(list[0].SANs.DNS, host))
			}
			if client != path.Standard {
				f.Text = client.Title() + ": " + f.Text
			}
			out = append(out, f)
		}
	}
	return out
}

// tooDeep explains what people expect of wildcards in vain.
func tooDeep(names []string, host string) string {
	for _, n := range names {
		below, wild := strings.CutPrefix(strings.ToLower(n), "*")
		switch {
		case wild && "."+host == below:
			return fmt.Sprintf("; %s is not for the domain itself", n)
		case wild && strings.HasSuffix(host, below) && len(below) > 1:
			return fmt.Sprintf("; %s stands for one label, and there are more below it", n)
		}
	}
	return ""
}

func noAlternativeName(_ context.Context, s *Subject) []Fault {
	return each(s.Servers(), func(c Certificate) string {
		if !c.SANs.Empty() {
			return ""
		}
		return fmt.Sprintf("%s has no subject alternative name; its subject is %s", c.which(), c.Subject)
	})
}

func commonNameElsewhere(_ context.Context, s *Subject) []Fault {
	return eachOf(s.Servers(), func(c Certificate) Fault {
		name := strings.ToLower(certgen.CommonName(c.Source.RawSubject))
		if name == "" || c.SANs.Empty() || hasName(c, name) {
			return Fault{}
		}
		// People write it with their letters, and the alternative name has xn--.
		if names, err := certgen.ParseNames([]string{"dns:" + name}); err == nil && hasName(c, names[0].Value) {
			return Fault{}
		}
		f := Fault{Text: fmt.Sprintf("the common name %s is not among the subject alternative names: %s", name, strings.Join(c.SANs.All(), ", "))}
		if s.Expect.Profile == PublicTLS { // it must be one of them, whatever it is
			return f
		}
		if _, err := netip.ParseAddr(name); err != nil && !isHost(name) {
			return Fault{} // such as "Mux, production": nobody takes it for a host
		}
		return f
	})
}

// isHost tells whether people take the text for the name of a host in a domain.
func isHost(name string) bool {
	if !strings.Contains(name, ".") || strings.ContainsAny(name, " /:@") {
		return false
	}
	_, err := certgen.ParseNames([]string{"dns:" + name})
	return err == nil
}

func hasName(c Certificate, name string) bool {
	for _, list := range [][]string{c.SANs.DNS, c.SANs.IP, c.SANs.Email} {
		if slices.ContainsFunc(list, func(n string) bool { return strings.EqualFold(n, name) }) {
			return true
		}
	}
	return false
}

func wildcards(_ context.Context, s *Subject) []Fault {
	if s.Expect.Wildcards == nil || *s.Expect.Wildcards {
		return nil
	}
	return each(s.Shown(), func(c Certificate) string {
		for _, n := range c.SANs.DNS {
			if strings.Contains(n, "*") {
				return fmt.Sprintf("%s is for %s; wildcards is false", c.which(), n)
			}
		}
		return ""
	})
}

func broadWildcards(_ context.Context, s *Subject) []Fault {
	return each(s.Shown(), func(c Certificate) string {
		for _, n := range c.SANs.DNS {
			below, wild := strings.CutPrefix(strings.ToLower(n), "*.")
			switch {
			case n == "*":
				return fmt.Sprintf("%s is for %s, which is every host", c.which(), n)
			case !wild:
				continue
			}
			// What is delegated by its owner, such as github.io, is the owner's.
			if suffix, icann := publicsuffix.PublicSuffix(below); suffix == below && (icann || !strings.Contains(below, ".")) {
				return fmt.Sprintf("%s is for %s, and below %s anybody can have a domain", c.which(), n, below)
			}
		}
		return ""
	})
}

func noNames(_ context.Context, s *Subject) []Fault {
	return each(s.Shown(), func(c Certificate) string {
		for _, n := range c.SANs.DNS {
			if why := noName(n); why != "" {
				return fmt.Sprintf("%s has the name %q, which no client looks for: %s", c.which(), n, why)
			}
		}
		return ""
	})
}

// noName says why a DNS name of a certificate is none; empty when it is one. Those
// that are only too broad are left to their own rule.
func noName(name string) string {
	rest, wild := strings.CutPrefix(name, "*.")
	switch _, err := netip.ParseAddr(name); {
	case err == nil:
		return "addresses stand in names of the kind IP"
	case name == "*":
		return ""
	case strings.HasSuffix(name, "."):
		return "it ends in a dot"
	case strings.Contains(rest, "*"):
		return "a wildcard is the whole of the first label"
	case !wild:
		rest = name
	}
	_, err := certgen.ParseNames([]string{"dns:" + rest})
	if e, ok := errors.AsType[*certgen.NameError](err); ok {
		if at := e.Pos - len("dns:"); at > 0 {
			return fmt.Sprintf("%s at character %d", e.Why, at)
		}
		return e.Why
	}
	for _, r := range rest {
		if r > 0x7e {
			return "an internationalised name stands in it as xn--..."
		}
	}
	return ""
}

func internalNames(_ context.Context, s *Subject) []Fault {
	return each(s.Shown(), func(c Certificate) string {
		for _, n := range c.SANs.DNS {
			host := strings.TrimPrefix(strings.ToLower(n), "*.")
			suffix, icann := publicsuffix.PublicSuffix(host)
			if noName(n) == "" && !icann && !strings.Contains(suffix, ".") || strings.HasSuffix(host, ".home.arpa") {
				return fmt.Sprintf("%s is for %s, and there is no public domain %s", c.which(), n, suffix)
			}
		}
		for _, n := range c.SANs.IP {
			if a, err := netip.ParseAddr(n); err == nil && reserved(a) {
				return fmt.Sprintf("%s is for the address %s, which is not public", c.which(), n)
			}
		}
		return ""
	})
}

// reserved tells whether an address is in the registries of special addresses of
// IANA as one that is not reachable from everywhere.
func reserved(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return true
	}
	for _, block := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b:1::/48", "100::/64", "2001:2::/48", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		if netip.MustParsePrefix(block).Contains(a) {
			return true
		}
	}
	return false
}
