package rules

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"muxkey/internal/finding"
	"muxkey/trust"
)

// usageRules are those about what a certificate and its key may be used for.
func usageRules() []Rule {
	const (
		baseline = "https://cabforum.org/working-groups/server/baseline-requirements/requirements/"
		purposes = "https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12"
		usages   = "https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3"
		strict   = "https://docs.python.org/3/whatsnew/3.13.html#ssl"
		again    = "Have it issued for what it is used for: `muxkey csr HOST --usage server`, or `client`, or `mutual` for both; `muxkey sign` takes the same."
	)
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-USE-001", Title: "the extended key usage does not allow what a certificate is used for", Severity: finding.High, CWE: 295,
				Why:        "Clients refuse it; and where a CA of the chain lacks the purpose, Go, OpenSSL, NSS and Windows refuse what is below it.",
				Fix:        again,
				References: []string{purposes},
			},
			Settings: []string{"purpose", "hosts"},
			Profiles: tls(),
			Subject:  purposeMissing,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-USE-002", Title: "a certificate does not say what it is for", Severity: finding.Low, CWE: 1220,
				Why:        "Without an extended key usage it is good for everything, such as signing code. Apple's systems refuse it for servers, and public CAs may not issue it.",
				Fix:        again,
				References: []string{purposes, "https://support.apple.com/en-us/103769"},
			},
			Profiles: tls(),
			Subject:  noPurpose,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-USE-003", Title: "a certificate is for every purpose", Severity: finding.Low, CWE: 1220,
				Why:        "It is good for everything, such as signing code. OpenSSL does not take anyExtendedKeyUsage for the purpose that it looks for.",
				Fix:        again,
				References: []string{purposes},
			},
			Profiles: tls(),
			Subject:  everyPurpose,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-USE-004", Title: "the key usage does not allow to sign a handshake", Severity: finding.High, CWE: 295,
				Why:        "TLS 1.3, and all suites with forward secrecy, need digitalSignature: Java and browsers refuse the certificate. With keyEncipherment alone there is only the old exchange by RSA.",
				Fix:        "Have it issued with digitalSignature: `muxkey csr HOST` asks for it.",
				References: []string{usages, "https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2.2"},
			},
			Settings: []string{"purpose", "hosts"},
			Profiles: tls(),
			Subject:  noSignature,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-USE-005", Title: "the key usage has what the key cannot do", Severity: finding.Low, CWE: 295,
				Why:        "Keys that are not RSA encrypt nothing: keyEncipherment and dataEncipherment must not stand with them, and strict programs refuse the certificate.",
				Fix:        "Have it issued without: `muxkey csr HOST` asks for what fits the key.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc8813#section-3"},
			},
			Subject: uselessUsage,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-USE-006", Title: "what is no CA may sign certificates", Severity: finding.Medium, CWE: 295,
				Why:        "keyCertSign and CA:FALSE contradict each other: clients that hold to RFC 5280 refuse the certificate, as Python does from 3.13 on, and others that look at the key usage alone take what it issues.",
				Fix:        "Have it issued without keyCertSign: `muxkey sign CSR --ca CA --usage server`.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9", strict},
			},
			Subject: signsWithoutCA,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-USE-007", Title: "a public certificate is for clients as well", Severity: finding.Low, CWE: 1220,
				Why:        "From 2027-03-15 on Chrome takes only CAs that issue for servers alone, and most public CAs have ceased before: what the certificate is used for as a client ends with its next renewal.",
				Fix:        "Use a certificate of a CA of one's own where this server is a client: `muxkey ca create`, then `muxkey sign CSR --ca CA --usage client`.",
				References: []string{"https://googlechrome.github.io/chromerootprogram/", "https://letsencrypt.org/2025/05/14/ending-tls-client-authentication/"},
			},
			Profiles: []Profile{PublicTLS},
			Subject:  publicClient,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-USE-008", Title: "the key usage of a CA does not fit", Severity: finding.Medium, CWE: 295,
				Why:        "Without keyCertSign no client takes what the CA issues, and without a key usage none that holds to RFC 5280, as Python from 3.13 on. Without cRLSign it can revoke nothing.",
				Fix:        "Have the CA issued anew; `muxkey ca create` gives it keyCertSign and cRLSign.",
				References: []string{usages, strict},
			},
			Subject: authorityUsage,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-USE-009", Title: "the key of a CA is for other things as well", Severity: finding.Low, CWE: 1220,
				Why:        "A key that handshakes and encrypts lies where servers are, and not where a CA should be. A root with an extended key usage is read in one way by one client, and in another by the next.",
				Fix:        "Make the CA with `muxkey ca create`, and a certificate of their own for servers.",
				References: []string{baseline, usages},
			},
			Profiles: []Profile{CA},
			Subject:  authorityForElse,
		},
	}
}

// purposeMissing asks the certificate that is shown and those above it, but not
// the root, which clients have of their own.
func purposeMissing(_ context.Context, s *Subject) []Fault {
	of := map[string]trust.Purpose{} // by alias
	for _, c := range s.Shown() {
		of[c.Entry.Alias] = s.purpose(c)
	}
	return each(s.Certificates(), func(c Certificate) string {
		p, shown := of[c.Entry.Alias]
		// A CA beside others is not shown, whatever its key usage.
		if !shown || p == "" || c.Depth > 0 && c.SelfSigned || serves(c.Certificate, p) {
			return ""
		}
		return fmt.Sprintf("%s is for %s, and not for %s", c.which(), strings.Join(c.ExtendedKeyUsage, ", "), p.ExtKeyUsage())
	})
}

// ends are the certificates that are shown and are of no CA.
func (s *Subject) ends() []Certificate {
	return slices.DeleteFunc(s.Shown(), func(c Certificate) bool { return c.CA && c.SANs.Empty() })
}

func noPurpose(_ context.Context, s *Subject) []Fault {
	return eachOf(s.ends(), func(c Certificate) Fault {
		if len(c.ExtendedKeyUsage) > 0 || s.purpose(c) == "" {
			return Fault{}
		}
		f := Fault{Text: c.which() + " has no extended key usage"}
		if s.Expect.Profile == PublicTLS {
			f.Severity = finding.Medium
		}
		return f
	})
}

func everyPurpose(_ context.Context, s *Subject) []Fault {
	return eachOf(s.ends(), func(c Certificate) Fault {
		if !slices.Contains(c.ExtendedKeyUsage, anyPurpose) {
			return Fault{}
		}
		f := Fault{Text: fmt.Sprintf("%s is for %s", c.which(), strings.Join(c.ExtendedKeyUsage, ", "))}
		if !slices.Contains(c.ExtendedKeyUsage, s.purpose(c).ExtKeyUsage()) {
			f.Severity = finding.Medium
		}
		return f
	})
}

func noSignature(_ context.Context, s *Subject) []Fault {
	return each(s.ends(), func(c Certificate) string {
		p := s.purpose(c)
		if p != trust.Server && p != trust.Client || len(c.KeyUsage) == 0 || slices.Contains(c.KeyUsage, "digitalSignature") {
			return ""
		}
		return fmt.Sprintf("the key usage of %s is %s", c.which(), strings.Join(c.KeyUsage, ", "))
	})
}

func uselessUsage(_ context.Context, s *Subject) []Fault {
	return each(s.Certificates(), func(c Certificate) string {
		if strings.HasPrefix(c.PublicKey.Algorithm, "RSA") || !slices.Contains([]string{"EC", "Ed25519", "Ed448", "DSA", "ML-DSA"}, c.PublicKey.Algorithm) {
			return ""
		}
		for _, u := range []string{"keyEncipherment", "dataEncipherment"} {
			if slices.Contains(c.KeyUsage, u) {
				return fmt.Sprintf("the key usage of %s has %s, and the key is of type %s", c.which(), u, c.PublicKey.Type)
			}
		}
		return ""
	})
}

func signsWithoutCA(_ context.Context, s *Subject) []Fault {
	return each(s.Certificates(), func(c Certificate) string {
		if c.CA || !slices.Contains(c.KeyUsage, "keyCertSign") {
			return ""
		}
		return fmt.Sprintf("the key usage of %s has keyCertSign, and it does not say CA:TRUE", c.which())
	})
}

// endOfClients is when Chrome wants CAs to issue for servers alone: Chrome Root
// Program Policy 1.8, section 1.3.2. Version 1.6 had said 2026-06-15.
func endOfClients() time.Time { return time.Date(2027, 3, 15, 0, 0, 0, 0, time.UTC) }

func publicClient(_ context.Context, s *Subject) []Fault {
	return eachOf(s.ends(), func(c Certificate) Fault {
		var other []string
		for _, u := range c.ExtendedKeyUsage {
			if u != trust.Server.ExtKeyUsage() {
				other = append(other, u)
			}
		}
		end := endOfClients().Format(time.DateOnly)
		switch {
		case len(other) == 0:
			return Fault{}
		case !c.NotBefore.Before(endOfClients()):
			return Fault{Severity: finding.Medium, Text: fmt.Sprintf("%s is for %s besides serverAuth, and CAs that Chrome takes do not issue such since %s", c.which(), strings.Join(other, ", "), end)}
		}
		return Fault{Text: fmt.Sprintf("%s is for %s besides serverAuth; one that is issued from %s on is not", c.which(), strings.Join(other, ", "), end)}
	})
}

func authorityUsage(_ context.Context, s *Subject) []Fault {
	return eachOf(s.authorities(), func(c Certificate) Fault {
		if !c.CA || c.Version < 3 {
			return Fault{}
		}
		f := Fault{}
		usage := strings.Join(c.KeyUsage, ", ")
		switch {
		case len(c.KeyUsage) == 0:
			f.Text = c.which() + " is of a CA and has no key usage"
		case !slices.Contains(c.KeyUsage, "keyCertSign"):
			f.Text, f.Severity = fmt.Sprintf("%s is of a CA, and its key usage %s has no keyCertSign", c.which(), usage), finding.High
		case s.Expect.Profile == CA && !slices.Contains(c.KeyUsage, "cRLSign"):
			f.Text = fmt.Sprintf("%s is of a CA, and its key usage %s has no cRLSign", c.which(), usage)
		case !c.extension("keyUsage").Critical:
			f.Text, f.Severity = fmt.Sprintf("%s is of a CA, and its key usage is not critical", c.which()), finding.Low
		}
		if !c.issues(s) {
			f.Severity = finding.Low
		}
		return f
	})
}

func authorityForElse(_ context.Context, s *Subject) []Fault {
	return each(s.authorities(), func(c Certificate) string {
		if !c.CA {
			return ""
		}
		for _, u := range c.KeyUsage {
			// digitalSignature is for OCSP answers that the CA signs itself.
			if !slices.Contains([]string{"keyCertSign", "cRLSign", "digitalSignature"}, u) {
				return fmt.Sprintf("the key usage of %s has %s", c.which(), u)
			}
		}
		switch {
		case c.SelfSigned && len(c.ExtendedKeyUsage) > 0:
			return fmt.Sprintf("%s is of a root and has the extended key usage %s", c.which(), strings.Join(c.ExtendedKeyUsage, ", "))
		case len(c.SANs.DNS)+len(c.SANs.IP) > 0:
			return fmt.Sprintf("%s is for hosts as well: %s", c.which(), strings.Join(c.SANs.All(), ", "))
		}
		return ""
	})
}
