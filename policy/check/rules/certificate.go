package rules

import (
	"context"
	"errors"
	"fmt"

	"muxkey/certgen"
	"muxkey/internal/finding"
	"muxkey/policy/check/certlint"
)

// certificateRules are those about how a certificate is made.
func certificateRules() []Rule {
	const (
		baseline = "https://cabforum.org/working-groups/server/baseline-requirements/requirements/"
		strict   = "https://docs.python.org/3/whatsnew/3.13.html#ssl"
		renew    = "Have it issued anew: `muxkey renew STORE`."
	)
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-CERT-001", Title: "a certificate is signed with a broken hash", Severity: finding.High, CWE: 328,
				Why:        "Clients refuse it; and who does not takes another certificate that was made to have the same hash.",
				Fix:        "Have it issued anew by a CA that signs with SHA-256 or better: `muxkey renew STORE`.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc9155", "https://shattered.io/"},
			},
			Subject: weaklySigned,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CERT-002", Title: "a certificate is of an old version of X.509", Severity: finding.Medium, CWE: 295,
				Why:        "It cannot say whether it is of a CA, nor what it is for. Browsers refuse it for servers, and everybody below a CA.",
				Fix:        renew,
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.1"},
			},
			Subject: oldVersion,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CERT-003", Title: "a certificate breaks the rules of its encoding", Severity: finding.Medium, CWE: 295,
				Why:        "Programs made with Go refuse it, and others that are strict.",
				Fix:        renew,
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.1"},
			},
			Subject: unparsable,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CERT-004", Title: "a serial number is zero, negative or too long", Severity: finding.Medium, CWE: 295,
				Why:        "Some programs refuse the certificate, or cannot revoke it; Go refuses a negative one.",
				Fix:        renew,
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2"},
			},
			Subject: serialNumber,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CERT-005", Title: "the serial number of a public certificate can be guessed", Severity: finding.Medium, CWE: 331,
				Why:        "Public CAs must draw at least 64 bits at random, so that nobody can prepare a collision; one with less is revoked.",
				Fix:        "Ask the CA for another one. For a CA of one's own choose the profile internal.",
				References: []string{baseline},
			},
			Profiles: []Profile{PublicTLS},
			Subject:  serialEntropy,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CERT-006", Title: "a certificate carries too few signed certificate timestamps", Severity: finding.High, CWE: 295,
				Why:        "Chrome and Safari refuse a public certificate that was not logged: they want timestamps of two logs, and of three where it is valid for more than 180 days.",
				Fix:        "Ask the CA for one that is logged. For a CA of one's own choose the profile internal, or `scts: 0`.",
				References: []string{"https://googlechrome.github.io/CertificateTransparency/ct_policy.html", "https://support.apple.com/en-us/103214", "https://www.rfc-editor.org/rfc/rfc6962"},
			},
			Settings: []string{"scts"},
			Profiles: tls(),
			Subject:  timestamps,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CERT-007", Title: "the certificate of a server is that of a CA", Severity: finding.High, CWE: 295,
				Why:        "Whoever takes the key of the server can issue certificates for every name, to all who trust the CA above it.",
				Fix:        "Have it issued as what it is: `muxkey sign CSR --ca CA --usage server`. One that is self-signed has to say that it is a CA for some clients to trust it: there a CA of one's own is better, `muxkey ca create`.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9"},
			},
			Profiles: tls(),
			Subject:  leafIsCA,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CERT-008", Title: "a certificate that is to be of a CA is of none", Severity: finding.High, CWE: 295,
				Why:        "No client takes what it issues.",
				Fix:        "Make a CA with `muxkey ca create`, or choose another profile for what is none.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9"},
			},
			Profiles: []Profile{CA},
			Subject:  isNoCA,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CERT-009", Title: "that a certificate is of a CA is not critical", Severity: finding.Medium, CWE: 295,
				Why:        "RFC 5280 wants it so, and clients that hold to that refuse all below it: Python does from 3.13 on.",
				Fix:        "Have the CA issued anew; `muxkey ca create` marks it.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9", strict},
			},
			Subject: notCritical("basicConstraints"),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CERT-010", Title: "more CAs stand below a CA than it allows", Severity: finding.High, CWE: 295,
				Why:        "Clients refuse the whole chain.",
				Fix:        "Have the certificate issued by a CA that may, or the CA issued anew with a greater path length.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9"},
			},
			Subject: pathLength,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CERT-011", Title: "a name is outside of the name constraints of its CA", Severity: finding.High, CWE: 295,
				Why:        "Clients refuse the certificate.",
				Fix:        "Have it issued for names that the CA may vouch for, or by another CA.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10"},
			},
			Subject: outsideConstraints,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CERT-012", Title: "a certificate lacks the identifier of its key, or that of its issuer's", Severity: finding.Medium, CWE: 295,
				Why:        "Clients that hold to RFC 5280 refuse it, as Python does from 3.13 on; and all others have to try which of several CAs of one name it was.",
				Fix:        "Have it issued anew: `muxkey sign` and `muxkey ca create` put both in.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.1", strict},
			},
			Subject: keyIdentifiers,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CERT-013", Title: "a CA may vouch for every name", Severity: finding.Info, CWE: 295,
				Why:        "Whoever takes its key can speak for every server that its clients know. With name constraints it would be those below one's own domains.",
				Fix:        "Make the CA with the domains that it is for: `muxkey ca create --permit DOMAIN`.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10"},
			},
			Profiles: []Profile{CA},
			Subject:  unconstrained,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CERT-014", Title: "zlint finds that a certificate breaks a standard", Severity: finding.Medium, CWE: 295,
				Why:        "Clients that hold to the standard refuse it; a public CA has to revoke it.",
				Fix:        "Have it issued anew, as the place says that the finding names. `zlint` chooses the standards: RFC5280, CABF_BR, Mozilla, Apple and others, or single lints.",
				References: []string{"https://github.com/zmap/zlint", baseline},
			},
			Settings: []string{"zlint"},
			Subject:  linted,
		},
	}
}

// linted leaves out certificates that are only trusted, but for those of CAs of
// one's own.
func linted(_ context.Context, s *Subject) []Fault {
	if s.Expect.Linter == nil {
		return nil
	}
	// What should be is no more than that; what cannot be read is as bad as what
	// must not be.
	weight := map[certlint.Status]finding.Severity{certlint.Notice: finding.Info, certlint.Warn: finding.Low}
	var out []Fault
	for _, c := range s.Certificates() {
		if !c.must(s) && s.Expect.Profile != CA {
			continue
		}
		found, err := s.Expect.Linter.Lint(c.Source.Raw)
		if err != nil {
			out = append(out, Fault{Alias: c.Entry.Alias, Unknown: true, Text: fmt.Sprintf("linting %s: %v", c.which(), err)})
		}
		for _, r := range found {
			text := fmt.Sprintf("%s is against %s of %s (%s): %s", c.which(), r.Lint, r.Source, r.Citation, r.Description)
			if r.Details != "" {
				text += ": " + r.Details
			}
			out = append(out, Fault{Alias: c.Entry.Alias, Text: text, Severity: weight[r.Status], Key: c.Fingerprints.SHA256 + " " + r.Lint})
		}
	}
	return out
}

func weaklySigned(_ context.Context, s *Subject) []Fault {
	return eachOf(s.Certificates(), func(c Certificate) Fault {
		if !c.WeaklySigned() {
			return Fault{}
		}
		f := Fault{Text: fmt.Sprintf("%s is signed with %s", c.which(), c.SignatureAlgorithm)}
		if !c.must(s) { // who trusts it does not look at its signature
			f.Severity = finding.Low
		}
		return f
	})
}

func oldVersion(_ context.Context, s *Subject) []Fault {
	return each(s.Certificates(), func(c Certificate) string {
		if c.Version >= 3 || c.SelfSigned && !c.must(s) {
			return ""
		}
		return fmt.Sprintf("%s is X.509 version %d and cannot say what it is for", c.which(), c.Version)
	})
}

func unparsable(_ context.Context, s *Subject) []Fault {
	return each(s.Certificates(), func(c Certificate) string {
		if c.ParseError == "" {
			return ""
		}
		return fmt.Sprintf("%s cannot be checked in full: %s", c.which(), c.ParseError)
	})
}

func serialNumber(_ context.Context, s *Subject) []Fault {
	return eachOf(s.Certificates(), func(c Certificate) Fault {
		f := Fault{}
		if !c.must(s) { // roots of old, which nobody revokes
			f.Severity = finding.Info
		}
		// Twenty octets of two's complement: one bit is for the sign.
		switch n := c.Source.Serial; {
		case n.Sign() < 0:
			f.Text = fmt.Sprintf("the serial number of %s is negative: %s", c.which(), c.Serial)
		case n.Sign() == 0:
			f.Text = fmt.Sprintf("the serial number of %s is zero", c.which())
		case n.BitLen() > 20*8-1:
			f.Text = fmt.Sprintf("the serial number of %s has %d octets; 20 are the most", c.which(), n.BitLen()/8+1)
		}
		return f
	})
}

// serialEntropy finds what is an octet too short for 64 random bits: one in 256 of
// those that have no more would be found as well, and CAs take more.
func serialEntropy(_ context.Context, s *Subject) []Fault {
	return each(s.Shown(), func(c Certificate) string {
		if bits := c.Source.Serial.BitLen(); bits <= 56 {
			return fmt.Sprintf("the serial number of %s has %d bits; 64 must be random", c.which(), bits)
		}
		return ""
	})
}

func leafIsCA(_ context.Context, s *Subject) []Fault {
	return eachOf(s.Servers(), func(c Certificate) Fault {
		if !c.CA {
			return Fault{}
		}
		f := Fault{Text: fmt.Sprintf("%s says CA:TRUE", c.which())}
		if c.SelfSigned { // nobody but its own clients trusts it, and some only for that
			f.Severity = finding.Info
		}
		return f
	})
}

func isNoCA(_ context.Context, s *Subject) []Fault {
	return each(s.Certificates(), func(c Certificate) string {
		if c.CA || c.Depth > 0 || c.Version < 3 && c.SelfSigned { // which cannot say so
			return ""
		}
		return fmt.Sprintf("%s (%s) does not say CA:TRUE", c.which(), c.Subject)
	})
}

// notCritical finds CAs with an extension that ought to be critical.
func notCritical(name string) func(context.Context, *Subject) []Fault {
	return func(_ context.Context, s *Subject) []Fault {
		return eachOf(s.authorities(), func(c Certificate) Fault {
			e := c.extension(name)
			if e == nil || e.Critical || !c.CA {
				return Fault{}
			}
			f := Fault{Text: fmt.Sprintf("%s of %s is not critical", name, c.which())}
			if !c.issues(s) {
				f.Severity = finding.Low
			}
			return f
		})
	}
}

func pathLength(_ context.Context, s *Subject) []Fault {
	return each(s.authorities(), func(c Certificate) string {
		if c.PathLen == nil || !c.CA {
			return ""
		}
		below := 0
		for i := 1; i < c.Depth; i++ {
			if !c.Entry.Source.Chain[i].SelfIssued() { // RFC 5280 section 6.1.4 (l)
				below++
			}
		}
		if below <= *c.PathLen {
			return ""
		}
		return fmt.Sprintf("%s allows %d CAs below it, and there are %d", c.which(), *c.PathLen, below)
	})
}

// mostComparisons bounds how many names are held to how many constraints, as
// package path does.
const mostComparisons = 250_000

func outsideConstraints(_ context.Context, s *Subject) []Fault {
	return eachOf(s.Certificates(), func(c Certificate) Fault {
		if c.Depth == 0 || c.Source.X509 == nil || c.extension("nameConstraints") == nil {
			return Fault{}
		}
		constraints, err := certgen.ConstraintsOf(c.Source.X509)
		if err != nil {
			return Fault{Unknown: true, Text: fmt.Sprintf("the name constraints of %s cannot be read: %v", c.which(), err)}
		}
		work := 0
		for i, below := range c.Entry.Source.Chain[:c.Depth] {
			if below.X509 == nil || i > 0 && below.SelfIssued() { // RFC 5280 section 6.1.3 (b)
				continue
			}
			content, _ := certgen.Renewal(below.X509)
			if work += (len(content.Names) + 1) * (len(constraints.Permitted) + len(constraints.Excluded)); work > mostComparisons {
				return Fault{Unknown: true, Text: fmt.Sprintf("there are too many names to hold them to the name constraints of %s", c.which())}
			}
			_, err := constraints.Check(below.RawSubject, content.Names)
			if e, ok := errors.AsType[*certgen.NotPermittedError](err); ok {
				return Fault{Text: fmt.Sprintf("%s is not for %s: it is %s", c.which(), e.Refused[0].Name, e.Refused[0].Why)}
			}
		}
		return Fault{}
	})
}

func keyIdentifiers(_ context.Context, s *Subject) []Fault {
	return eachOf(s.Certificates(), func(c Certificate) Fault {
		f := Fault{}
		switch {
		case !c.must(s) && s.Expect.Profile != CA:
		case c.CA && c.SubjectKeyID == "":
			f.Text = c.which() + " is of a CA and has no subject key identifier"
		case c.AuthorityKeyID == "" && !c.SelfSigned:
			f.Text = c.which() + " has no authority key identifier"
		}
		if f.Text != "" && c.SelfSigned && !c.issues(s) {
			f.Severity = finding.Low
		}
		return f
	})
}

func unconstrained(_ context.Context, s *Subject) []Fault {
	return each(s.authorities(), func(c Certificate) string {
		if c.Depth > 0 || !c.CA {
			return ""
		}
		for i := range c.Entry.Chain {
			if (Certificate{Certificate: &c.Entry.Chain[i]}).extension("nameConstraints") != nil {
				return ""
			}
		}
		return c.which() + " has no name constraints, and nor have those above it"
	})
}
