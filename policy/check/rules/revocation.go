package rules

import (
	"context"
	"strings"

	"muxkey/internal/finding"
	"muxkey/keystore"
	"muxkey/trust"
	"muxkey/trust/path"
)

// revocationRules ask whether what is shown was taken back.
func revocationRules() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-REVOKED-001", Title: "a certificate is revoked", Severity: finding.High, CWE: 299,
				Why:        "Its CA has taken it back, most often because somebody else has the key. Clients that look refuse it; the others may be talking to whoever has the key.",
				Fix:        "Make a new key and have it certified: `muxkey renew STORE --rekey`.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-6.3", "https://www.rfc-editor.org/rfc/rfc6960"},
			},
			Settings: []string{"crls", "ocsp", "trust"},
			Subject:  revoked,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-REVOKED-002", Title: "a revocation list should have been replaced", Severity: finding.Medium, CWE: 299,
				Why:        "Programs that hold to it refuse every certificate of its CA when the list is too old; the others do not learn what was revoked since.",
				Fix:        "Fetch the new list from the CA; for a CA of your own: `muxkey crl --ca CA --out FILE`.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-5.1.2.5"},
			},
			Subject: remarked("crl-outdated"),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-REVOKED-003", Title: "a server does not show that its certificate is good", Severity: finding.High, CWE: 299,
				Why:        "The policy, or the certificate itself, says that the server staples an OCSP answer. Without it clients ask the CA, or refuse the server where the certificate has the TLS feature for it.",
				Fix:        "Switch stapling on: `ssl_stapling on` in nginx, `SSLUseStapling on` in Apache; the server must reach the responder of the CA.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc6066#section-8", "https://www.rfc-editor.org/rfc/rfc7633"},
			},
			Settings: []string{"ocsp"},
			Subject:  unstapled,
		},
	}
}

// revoked asks lists and responders, and believes what a server staples. Of what
// has expired a CA need not keep account.
func revoked(ctx context.Context, s *Subject) []Fault {
	var out []Fault
	if s.Server != nil && s.Server.Staple != nil && s.Server.Staple.Status == "revoked" {
		out = append(out, Fault{Text: "the OCSP answer that the server itself shows says that its certificate is revoked", Key: "staple"})
	}
	if len(s.Expect.CRLs) == 0 && s.Expect.OCSP != OCSPAsk {
		return out
	}
	for _, x := range s.shows() {
		if x.own.SelfIssued() || s.Now.After(x.own.NotAfter) {
			continue
		}
		out = append(out, s.revocation(ctx, x)...)
	}
	return out
}

func (s *Subject) revocation(ctx context.Context, x shown) []Fault {
	cannot := func(why string) []Fault {
		return []Fault{{Alias: x.alias, Unknown: true, Text: "whether the certificate is revoked cannot be told: " + why}}
	}
	bundle := s.Expect.Bundle
	switch {
	case s.Expect.OCSP == OCSPAsk && s.Expect.Responder == nil:
		return cannot("no responder is asked here")
	case bundle == nil && len(x.path) < 2:
		return cannot("its issuer is not there")
	case bundle == nil:
		bundle = issuers(x.path[1:])
	}
	v, err := path.Check(ctx, path.Question{
		Presented: append([]*keystore.Certificate{x.own}, x.list...), Bundle: bundle, Purpose: x.purpose, At: s.Now,
		CRLs: s.Expect.CRLs, OCSP: s.Expect.Responder,
	})
	if err != nil {
		return cannot(err.Error())
	}
	var out []Fault
	answered := false // for the certificate itself
	for _, link := range v.Paths[0].Certificates {
		for _, step := range link.Steps {
			if step.Rule != "crl" && step.Rule != "ocsp" {
				continue
			}
			answered = answered || link.Role == path.Leaf && step.Outcome == path.Pass
			text := link.Subject + ": " + step.Text
			switch step.Outcome {
			case path.Fail:
				out = append(out, Fault{Alias: x.alias, Text: text, Key: link.SHA256})
			case path.Unknown:
				out = append(out, Fault{Alias: x.alias, Text: text, Unknown: true})
			}
		}
	}
	if len(out) > 0 || answered {
		return out
	}
	// Responders are asked only where nothing else speaks against the path.
	if v.Accepted {
		return cannot("it names no OCSP responder, and no revocation list is of its issuer")
	}
	return cannot(strings.TrimPrefix(v.Why, v.Paths[0].Certificates[0].Subject+": "))
}

// issuers makes anchors of those behind a certificate, where nothing is said of
// trust.
func issuers(list []*keystore.Certificate) *path.Bundle {
	var b trust.Builder
	for _, c := range list {
		if a, err := trust.Of(c); err == nil {
			b.Add(a)
		}
	}
	return path.NewBundle(b.Set())
}

// mustStaple tells whether a certificate has the TLS feature status_request (RFC
// 7633).
func mustStaple(c *keystore.Certificate) bool {
	for _, e := range c.Extensions {
		if e.Id.String() == "1.3.6.1.5.5.7.1.24" {
			return strings.Contains(string(e.Value), "\x02\x01\x05")
		}
	}
	return false
}

func unstapled(_ context.Context, s *Subject) []Fault {
	if s.Server == nil || len(s.Server.Presented) == 0 {
		return nil
	}
	why := "ocsp is staple"
	if mustStaple(s.Server.Presented[0]) {
		why = "its certificate says that it does (TLS feature status_request)"
	} else if s.Expect.OCSP != OCSPStaple {
		return nil
	}
	switch staple := s.Server.Staple; {
	case staple == nil:
		return one("the server shows no OCSP answer; " + why)
	case staple.Status == "revoked": // MUX-REVOKED-001 says so
	case staple.Problem != "":
		return one("the OCSP answer that the server shows does not count: " + staple.Problem + "; " + why)
	case staple.Status != "good":
		return one("the OCSP answer that the server shows says " + staple.Status + "; " + why)
	}
	return nil
}
