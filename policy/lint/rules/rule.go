// Package rules holds the rules of the trust-all linter: one file for each
// ecosystem, each rule a value with its own bad and good examples, from which its
// tests and its page in the documentation are made.
//
// To add a rule, write it into the list of its ecosystem's file; to add an
// ecosystem, write the file and its line in [All].
package rules

import (
	"path"
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/internal/named"
	"muxkey/policy/lint/syntax"
)

// Rule is a rule with how it finds.
type Rule struct {
	finding.Rule
	// Yields tells to which rules it leaves a place that both have found.
	Yields Yield
	Match  []*Match
	// Bad are files in which the rule finds what stands between « and », each of
	// them and nothing else. The marks are no part of the file.
	Bad []Example
	// Good are files in which it finds nothing: the safe way, and what looks
	// like the danger and is none.
	Good []Example
}

// Yield is to which rules one leaves a place: to all that yield to fewer.
type Yield int

// Who knows the product says more than who knows the language alone, and that one
// more than who knows neither.
const (
	ToNobody   Yield = iota // a product's
	ToProducts              // a programming language's
	ToAll                   // for whatever no other knows
)

// Example is a small file.
type Example struct {
	File string // its path, by which its language is known
	Text string
}

// Match is one way to find a place. All its conditions must hold.
type Match struct {
	// Literals: a file that holds none of them cannot match. They are compared
	// without case and without '-', '_' and '.', and written so here. Several with
	// '&' between must all be there, and no letter may stand before one that
	// begins with '^' or follow one that ends with '$': "^curl$&insecure$". Of a
	// match without literals every file is taken apart, so there are none such.
	Literals []string
	// Also are further literals, of which a file must hold one as well; none: there
	// is no more to ask for.
	Also []string
	// InCode are further literals, of which a file in a programming language must
	// hold one as well.
	InCode []string
	// Languages are the names of syntax.Languages; none: all of them.
	Languages []string
	// Files are patterns (path.Match) of the ends of paths, in lower case; none: all.
	Files []string
	// Find reports the places.
	Find func(f *syntax.File, report func(Hit))
	// Severity and Text replace those of the rule where they are set.
	Severity finding.Severity
	Text     string
	// Replace is what can stand in the place of what was found, and Remove tells
	// that it can go, with nothing else to think of. They are for changes that are
	// right wherever the match is.
	Replace *string
	Remove  bool
}

// Hit is a place that a match found.
type Hit struct {
	Span syntax.Span
	// Host is that of the peer, where it is known; on loopback a finding weighs less.
	Host string
	// Secret is the place of a secret within the line, to be covered.
	Secret syntax.Span
	// Text replaces that of the match where it says more.
	Text string
	// Replace goes before that of the match.
	Replace *string
	// Related are places that belong to it.
	Related []syntax.Span
	// Block is that of the setting that was found; 0 elsewhere.
	Block int
}

// clone is a copy to be changed: one match may be the beginning of several.
func (m *Match) clone() *Match {
	c := *m
	return &c
}

// In narrows a match to languages.
func (m *Match) In(languages ...string) *Match {
	m = m.clone()
	m.Languages = append(slices.Clip(m.Languages), languages...)
	return m
}

// At narrows a match to files whose path ends like one of the patterns.
func (m *Match) At(patterns ...string) *Match {
	m = m.clone()
	m.Files = append(slices.Clip(m.Files), patterns...)
	return m
}

// As sets the severity of a match, and what is said of it; empty: as the rule.
func (m *Match) As(s finding.Severity, text string) *Match {
	m = m.clone()
	m.Severity, m.Text = s, text
	return m
}

// Or sets what can be written in place of what was found.
func (m *Match) Or(safe string) *Match {
	m = m.clone()
	m.Replace = &safe
	return m
}

// Gone tells that what was found can be removed.
func (m *Match) Gone() *Match {
	m = m.clone()
	m.Remove = true
	return m
}

// Hinting replaces the literals, where those that a constructor derived are too
// common or not certain.
func (m *Match) Hinting(literals ...string) *Match {
	m = m.clone()
	m.Literals = literals
	return m
}

// Secret tells that what was found is a secret itself, to be covered where its
// line is shown.
func (m *Match) Secret() *Match {
	m = m.clone()
	find := m.Find
	m.Find = func(f *syntax.File, report func(Hit)) {
		find(f, func(h Hit) {
			h.Secret = h.Span
			report(h)
		})
	}
	return m
}

// If narrows a match to places for which a condition on the file holds, such as
// that another setting is beside them, or is missing.
func (m *Match) If(ok func(f *syntax.File, h Hit) bool) *Match {
	m = m.clone()
	find := m.Find
	m.Find = func(f *syntax.File, report func(Hit)) {
		find(f, func(h Hit) {
			if ok(f, h) {
				report(h)
			}
		})
	}
	return m
}

// With narrows a match to files that hold one of some literals as well.
func (m *Match) With(literals ...string) *Match {
	m = m.clone()
	m.Also = append(slices.Clip(m.Also), literals...)
	return m
}

// Covers tells whether a match is for a file.
func (m *Match) Covers(file, language string) bool {
	if len(m.Languages) > 0 && !slices.Contains(m.Languages, language) {
		return false
	}
	if len(m.Files) == 0 {
		return true
	}
	parts := strings.Split(strings.ToLower(file), "/")
	for _, pattern := range m.Files {
		n := strings.Count(pattern, "/") + 1
		if len(parts) < n {
			continue
		}
		if ok, _ := path.Match(pattern, strings.Join(parts[len(parts)-n:], "/")); ok {
			return true
		}
	}
	return false
}

// All returns every rule, in the order of the ecosystems and of their numbers.
func All() named.Set[Rule] {
	return named.New(func(r Rule) string { return r.ID }, slices.Concat(
		platforms(),
		curl(),
		git(),
		nginx(),
		apache(),
		haproxy(),
		traefik(),
		caddy(),
		envoy(),
		istio(),
		gateways(),
		cloudflared(),
		stunnel(),
		squid(),
		openvpn(),
		mail(),
		ldap(),
		syslog(),
		samba(),
		radius(),
		configManagement(),
		postgres(),
		mysql(),
		mssql(),
		oracle(),
		mongo(),
		redis(),
		kafka(),
		rabbitmq(),
		activemq(),
		messaging(),
		cassandra(),
		databases(),
		elastic(),
		logShippers(),
		wget(),
		vcs(),
		npm(),
		yarn(),
		node(),
		python(),
		ruby(),
		php(),
		gotool(),
		nuget(),
		maven(),
		gradle(),
		pkg(),
		docker(),
		containers(),
		kubectl(),
		helm(),
		argo(),
		cloud(),
		http(),
		transfer(),
		perl(),
		powershell(),
		openssl(),
		ssh(),
		jenkins(),
		ci(),
		hex(),
		cargo(),
		vagrant(),
		conan(),
		cmake(),
		browsers(),
		programs(),
	)...)
}
