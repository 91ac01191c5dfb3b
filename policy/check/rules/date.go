package rules

import (
	"context"
	"fmt"
	"slices"
	"time"

	"muxkey/internal/finding"
)

// dateRules are those about when certificates are valid, and for how long.
func dateRules() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-DATE-001", Title: "a certificate has expired", Severity: finding.High, CWE: 298,
				Why:        "Clients refuse the server, and people learn to click warnings away.",
				Fix:        "Make a new certificate with `muxkey renew STORE`, and load it where the old one stands; where it is a CA that has expired, ask it for its new chain and `muxkey import` that.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5"},
			},
			Subject: expired,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DATE-002", Title: "a certificate expires soon", Severity: finding.Medium, CWE: 298,
				Why:        "When it has expired, clients refuse the server at once, and mostly at night.",
				Fix:        "Make a new certificate with `muxkey renew STORE`; `warn-days` and `fail-days` say when this is found. Without them it is 30 and 14 days (365 and 90 for a CA), and less for what lives less than three times as long.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5"},
			},
			Settings: []string{"warn-days", "fail-days"},
			Subject:  expiresSoon,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DATE-003", Title: "a certificate is not valid yet", Severity: finding.High, CWE: 298,
				Why: "Clients refuse it until then: it was loaded too early, or the clock of who made it is ahead.",
				Fix: "Keep the old certificate until the day, or set the clock right and make it anew with `muxkey renew STORE`.",
			},
			Subject: notYetValid,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DATE-004", Title: "the renewal of a certificate is late", Severity: finding.Medium, CWE: 298,
				Why:        "What should have renewed it by now has failed, and nobody has noticed: the time that is left is all there is.",
				Fix:        "See why the renewal has failed, and make the certificate with `muxkey renew STORE`; `renew-after` is the share of the lifetime after which it should be there.",
				References: []string{"https://letsencrypt.org/docs/integration-guide/"},
			},
			Settings: []string{"renew-after"},
			Subject:  renewalLate,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DATE-005", Title: "a certificate is valid for longer than the policy allows", Severity: finding.Medium, CWE: 324,
				Why: "Whoever takes its key can use it until the end, and a renewal that is rare is one that nobody has practised.",
				Fix: "Make a new one that ends earlier: `muxkey renew STORE --days N`.",
			},
			Settings: []string{"max-days"},
			Subject:  tooLong,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DATE-006", Title: "a public certificate is valid for longer than browsers take", Severity: finding.High, CWE: 324,
				Why: "No public CA may issue it, so browsers refuse it, or will when they hold CAs to it.",
				Fix: "Get a new one: 398 days are the most until 2026-03-14, 200 from 2026-03-15, 100 from 2027-03-15, 47 from 2029-03-15. With such lifetimes the renewal must be automatic. For a CA of one's own choose the profile internal.",
				References: []string{
					"https://cabforum.org/2025/04/11/ballot-sc081v3-introduce-schedule-of-reducing-validity-and-data-reuse-periods/",
					"https://cabforum.org/working-groups/server/baseline-requirements/requirements/",
				},
			},
			Profiles: []Profile{PublicTLS},
			Subject:  longerThanPublic,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DATE-007", Title: "Apple's systems refuse a certificate for how long it is valid", Severity: finding.Low, CWE: 324,
				Why:        "iOS, iPadOS and macOS take no certificate of a server that is valid for more than 825 days, not even under a CA that the owner has installed.",
				Fix:        "Make one of at most 825 days: `muxkey renew STORE --days 825`.",
				References: []string{"https://support.apple.com/en-us/103769"},
			},
			Profiles: []Profile{Internal, MutualTLS},
			Subject:  longerThanApple,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DATE-008", Title: "a certificate outlives its issuer", Severity: finding.Low, CWE: 298,
				Why: "It ends when the CA ends: whoever looks at its own date looks at the wrong one.",
				Fix: "Renew the CA first, or issue for no longer than it lives, as `muxkey sign` does.",
			},
			Subject: outlives,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DATE-009", Title: "a CA lives for longer than a key should", Severity: finding.Low, CWE: 324,
				Why:        "Nobody knows what its algorithms are worth by then, and whoever takes its key has it until the end. Public roots live for 25 years at most.",
				Fix:        "Make one that ends earlier, `muxkey ca create --days N`, and its successor in time; `max-days` says another limit.",
				References: []string{"https://cabforum.org/working-groups/server/baseline-requirements/requirements/"},
			},
			Settings: []string{"max-days"},
			Profiles: []Profile{CA},
			Subject:  longCA,
		},
	}
}

// spare tells whether a trust store has an anchor that is valid, so that one which is
// not weighs little: each system has roots that have expired.
func (s *Subject) spare() bool {
	return slices.ContainsFunc(s.Certificates(), func(c Certificate) bool {
		return !c.must(s) && c.Depth == 0 && c.CA && !c.Expired && !c.NotYetValid && c.DaysLeft > s.Expect.WarnDays
	})
}

func expired(_ context.Context, s *Subject) []Fault {
	spare := s.spare()
	return eachOf(s.Certificates(), func(c Certificate) Fault {
		if !c.Expired {
			return Fault{}
		}
		f := Fault{Text: fmt.Sprintf("%s expired on %s, %s ago", c.which(), c.NotAfter.Format(time.DateOnly), days(-c.DaysLeft-1))}
		switch {
		case c.must(s):
		case spare:
			f.Severity = finding.Low
		default:
			f.Severity = finding.Medium
		}
		return f
	})
}

// soon are the days left from which on an expiry is found. Where no policy says
// them they are no more than a third of the lifetime, and in the same proportion:
// a certificate of 47 days would else be found on most days of its life.
func (c Certificate) soon(e *Expect) (warn, fail int) {
	warn, fail = e.WarnDays, e.FailDays
	if third := c.lifetime() / 3; e.UsualDays && warn > third {
		warn, fail = third, fail*third/warn
	}
	return warn, fail
}

// expiresSoon is empty for what has expired.
func (c Certificate) expiresSoon(e *Expect) (text string, grave bool) {
	warn, fail := c.soon(e)
	word, limit := "warn-days", warn
	if grave = c.DaysLeft <= fail && fail > 0; grave {
		word, limit = "fail-days", fail
	}
	if c.Expired || c.NotAfter.IsZero() || limit == 0 || c.DaysLeft > limit {
		return "", false
	}
	return fmt.Sprintf("%s expires on %s, in %s; %s is %d", c.which(), c.NotAfter.Format(time.DateOnly), days(c.DaysLeft), word, limit), grave
}

func expiresSoon(_ context.Context, s *Subject) []Fault {
	spare := s.spare()
	return eachOf(s.Certificates(), func(c Certificate) Fault {
		text, grave := c.expiresSoon(s.Expect)
		f := Fault{Text: text, Severity: finding.Medium}
		if grave {
			f.Severity = finding.High
		}
		switch {
		case c.must(s):
		case spare:
			f.Severity = finding.Low
		default:
			f.Severity = f.Severity.Lower()
		}
		return f
	})
}

func notYetValid(_ context.Context, s *Subject) []Fault {
	return eachOf(s.Certificates(), func(c Certificate) Fault {
		if !c.NotYetValid {
			return Fault{}
		}
		f := Fault{Text: fmt.Sprintf("%s is not valid before %s", c.which(), c.NotBefore.Format(time.RFC3339))}
		if !c.must(s) {
			f.Severity = finding.Medium
		}
		return f
	})
}

func renewalLate(_ context.Context, s *Subject) []Fault {
	share := s.Expect.RenewAfter
	if share == 0 {
		return nil
	}
	return each(s.Shown(), func(c Certificate) string {
		due := time.Unix(c.NotBefore.Unix()+int64(share*float64(c.NotAfter.Unix()-c.NotBefore.Unix())), 0).UTC()
		soon, _ := c.expiresSoon(s.Expect)
		if c.Expired || soon != "" || c.lifetime() <= 0 || s.Now.Before(due) { // the other rules say so
			return ""
		}
		return fmt.Sprintf("%s was to be renewed by %s, when %.0f%% of its %s were over; %s are left",
			c.which(), due.Format(time.DateOnly), share*100, days(c.lifetime()), days(c.DaysLeft))
	})
}

func tooLong(_ context.Context, s *Subject) []Fault {
	if s.Expect.MaxDays == 0 {
		return nil
	}
	list := s.Shown()
	if s.Expect.Profile == CA {
		list = s.Certificates()
	}
	return each(list, func(c Certificate) string {
		if c.lifetime() <= s.Expect.MaxDays {
			return ""
		}
		return fmt.Sprintf("%s is valid for %s; max-days is %d", c.which(), days(c.lifetime()), s.Expect.MaxDays)
	})
}

// publicDays is the longest lifetime of a public certificate in days by when it
// begins: ballot SC-081v3 of the CA/Browser Forum. What began before 2020-09-01,
// when 825 days were allowed, has expired.
func publicDays(begins time.Time) int {
	for _, step := range []struct {
		from time.Time
		days int
	}{
		{time.Date(2029, 3, 15, 0, 0, 0, 0, time.UTC), 47},
		{time.Date(2027, 3, 15, 0, 0, 0, 0, time.UTC), 100},
		{time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC), 200},
	} {
		if !begins.Before(step.from) {
			return step.days
		}
	}
	return 398
}

func longerThanPublic(_ context.Context, s *Subject) []Fault {
	return each(s.Shown(), func(c Certificate) string {
		most := publicDays(c.NotBefore)
		if c.lifetime() <= most {
			return ""
		}
		return fmt.Sprintf("%s is valid for %s from %s on; browsers take at most %d", c.which(), days(c.lifetime()), c.NotBefore.Format(time.DateOnly), most)
	})
}

func longerThanApple(_ context.Context, s *Subject) []Fault {
	const most = 825
	since := time.Date(2019, 7, 1, 0, 0, 0, 0, time.UTC)
	return each(s.Servers(), func(c Certificate) string {
		if c.NotBefore.Before(since) || c.lifetime() <= most {
			return ""
		}
		return fmt.Sprintf("%s is valid for %s; Apple's systems take at most %d", c.which(), days(c.lifetime()), most)
	})
}

func outlives(_ context.Context, s *Subject) []Fault {
	return each(s.Certificates(), func(c Certificate) string {
		above := c.above()
		if above == nil || c.NotAfter.Sub(above.NotAfter) < 24*time.Hour { // both made by one script, for as many days
			return ""
		}
		return fmt.Sprintf("%s is valid until %s, and its issuer %s only until %s",
			c.which(), c.NotAfter.Format(time.DateOnly), above.Subject, above.NotAfter.Format(time.DateOnly))
	})
}

func longCA(_ context.Context, s *Subject) []Fault {
	const most = 9132 // CA/Browser Forum baseline requirements, section 7.1.2.1.1
	return each(s.authorities(), func(c Certificate) string {
		if s.Expect.MaxDays > 0 || c.lifetime() <= most { // MUX-DATE-005 holds it to what is set
			return ""
		}
		return fmt.Sprintf("%s is valid for %d years, until %s", c.which(), c.lifetime()/365, c.NotAfter.Format(time.DateOnly))
	})
}

// lifetime is in days, each of 86,400 seconds, of which the last may have begun.
// Both ends count (RFC 5280 section 4.1.2.5).
func (c Certificate) lifetime() int {
	const day = 24 * 60 * 60
	return int((c.NotAfter.Unix() - c.NotBefore.Unix() + 1 + day - 1) / day)
}

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}
