// Package rules says what must hold for keystores, certificates, bundles and
// servers, and finds where it does not.
//
// A rule is a value: what there is to know of it, and a function that looks at
// one [Subject], at one [Service], or at the whole [Fleet]. What a team wants
// beyond that is in [Expect]; a rule for which nothing is expected finds nothing.
// To add one, write it in the file of its family, put it into the list of that
// family, and give it examples in package example.
package rules

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/internal/named"
)

// Rule is one thing that must hold.
type Rule struct {
	finding.Rule
	// Settings are the names of the settings of a policy that the rule heeds.
	Settings []string
	// Profiles for which it holds; nil: for all.
	Profiles []Profile
	// One of the three is set, but for the rules about the policy itself. Each returns what does not hold, and what cannot be
	// told; nothing when all is well, and when the question does not arise.
	Subject func(ctx context.Context, s *Subject) []Fault
	Service func(ctx context.Context, s *Service) []Fault
	Fleet   func(f *Fleet) []Spread
	// Secrets: the question of Fleet is about passwords. No report has anything of
	// them, so it cannot be asked again of several reports.
	Secrets bool
}

// Fault is one place where a rule does not hold.
type Fault struct {
	// Alias of the entry it is about; empty when it is about the whole.
	Alias string
	// Text is one sentence for people: what is wrong, with the values.
	Text string
	// Severity replaces that of the rule where it is set.
	Severity finding.Severity
	// Unknown: nobody can tell whether the rule holds. What it is about is then
	// neither good nor bad, and never counts as good.
	Unknown bool
	// Key tells apart several faults of one rule at one alias, the same whenever
	// the fault is the same: baselines know findings by it. It may be empty.
	Key string
}

// Spread is a fault of several subjects together. Each of them gets the finding,
// which names some of the others.
type Spread struct {
	// Severity replaces that of the rule where it is set, and Key is that of Fault.
	Severity finding.Severity
	Key      string
	Places   []Place
	// Once: the finding is that of the first place alone, as what is wrong is so of
	// all of them together.
	Once bool
	// With are the places that the text names, or the first ones of Of; nil: the
	// other ones of Places.
	With []Place
	Of   int
	// Text makes the sentence of the names of other places.
	Text func(others string) string
}

// Place is where in a fleet something is.
type Place struct {
	Member int // its place in Fleet.Members
	Alias  string
}

// Profile is what a certificate is for, and with that which rules hold.
type Profile string

// The profiles.
const (
	Internal  Profile = "internal"   // servers and clients under a CA of one's own
	PublicTLS Profile = "public-tls" // servers that browsers of strangers reach
	MutualTLS Profile = "mtls"       // both sides show certificates of a CA of one's own
	CA        Profile = "ca"         // certificate authorities of one's own
)

// Profiles lists them, the default first.
func Profiles() []Profile { return []Profile{Internal, PublicTLS, MutualTLS, CA} }

// Holds tells whether the rule holds for a profile.
func (r Rule) Holds(p Profile) bool { return r.Profiles == nil || slices.Contains(r.Profiles, p) }

// For names the profiles for which the rule holds, for people: "all", or a list.
func (r Rule) For() string {
	if r.Profiles == nil {
		return "all"
	}
	var names []string
	for _, p := range r.Profiles {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}

// All returns the rules in the order of their families.
func All() named.Set[Rule] {
	return named.New(func(r Rule) string { return r.ID }, slices.Concat(
		openRules(),
		entryRules(),
		chainRules(),
		trustRules(),
		revocationRules(),
		storeRules(),
		fileRules(),
		bundleRules(),
		fleetRules(),
		serviceRules(),
		policyRules(),
		certificateRules(),
		usageRules(),
		nameRules(),
		dateRules(),
		tlsRules(),
		keyRules(),
	)...)
}

// one is a single fault.
func one(text string) []Fault { return []Fault{{Text: text}} }

// unknown is what cannot be told.
func unknown(text string) []Fault { return []Fault{{Text: text, Unknown: true}} }

// remarked finds what package inspect has remarked under some codes.
func remarked(codes ...string) func(context.Context, *Subject) []Fault {
	return func(_ context.Context, s *Subject) []Fault {
		if s.Facts == nil {
			return nil
		}
		var out []Fault
		for _, r := range s.Facts.Remarks {
			if slices.Contains(codes, r.Code) {
				out = append(out, Fault{Alias: r.Alias, Text: r.Text, Key: r.Code})
			}
		}
		return out
	}
}

// count is a number with a noun in the plural where it needs one.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
