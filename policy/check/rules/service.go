package rules

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"muxkey/inspect"
	"muxkey/internal/finding"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/path"
)

// Service is what belongs together: one key and certificate, wherever they stand.
// Its parts are those that the policy names; the others are nil.
type Service struct {
	Name                                                    string
	Keystore, TrustStore, Certificate, Key, Request, Server *Subject
	PasswordFile                                            *PasswordFile
	Expect                                                  *Expect
	Now                                                     time.Time
}

// PasswordFile is a file with the password of the keystore of a service.
type PasswordFile struct {
	Name     string
	Password string // tells it apart, as Subject.Password does
}

// serviceRules ask whether the parts of a service belong together.
func serviceRules() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-SERVICE-001", Title: "the parts of a service have different keys", Severity: finding.High, CWE: 295,
				Why: "Key and certificate work together only in pairs: with one part replaced and another forgotten, the server does not start, or part of it serves the old certificate.",
				Fix: "Make all of them of one: `muxkey convert KEYSTORE --out server.pem` writes key and chain of the keystore, `muxkey import KEYSTORE server.pem` the other way round.",
			},
			Service: differentKeys,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SERVICE-002", Title: "a CSR is for another key than the service has", Severity: finding.Medium, CWE: 295,
				Why: "What the CA answers will fit no key that is there.",
				Fix: "Make the CSR of the key that is there: `muxkey csr --from KEYSTORE`; where a new key is meant, the CSR belongs to the keystore that has it.",
			},
			Service: otherRequest,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SERVICE-003", Title: "the certificate in the keystore is not that of the file beside it", Severity: finding.Medium, CWE: 295,
				Why: "A renewal reached one of them: programs that read the other one show the old certificate until it expires.",
				Fix: "Put the newer one into both: `muxkey import KEYSTORE CERTIFICATE`, or `muxkey export KEYSTORE --out CERTIFICATE`.",
			},
			Service: otherCertificate,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SERVICE-004", Title: "the server does not show what the service has", Severity: finding.High, CWE: 295,
				Why: "A new certificate that was not deployed ends with the old one. A server that has a newer one got it elsewhere: the next restart with this keystore brings the old one back.",
				Fix: "Load the keystore: copy it to the server and restart or reload it. Where the server is ahead, fetch what it has: `muxkey probe SERVER --save chain.pem`.",
			},
			Service: deployed,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SERVICE-005", Title: "the password file of a service does not open its keystore", Severity: finding.High, CWE: 1188,
				Why: "The server does not come up again after the next restart.",
				Fix: "Write the password into the file that the keystore has, or give the keystore that of the file: `muxkey password KEYSTORE --new-password file:FILE`.",
			},
			Settings: []string{"password"},
			Service:  passwordOpens,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SERVICE-006", Title: "the trust store of a service does not accept its own certificate", Severity: finding.High, CWE: 295,
				Why: "Nodes of one service that connect to each other with these files refuse each other, and clients that were given the trust store refuse the server.",
				Fix: "Put the root of the certificate into the trust store: `muxkey import TRUSTSTORE ROOT --alias NAME`; `muxkey trust verify BUNDLE STORE` shows where the path ends.",
			},
			Settings: []string{"clients", "purpose"},
			Service:  trustsItself,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SERVICE-007", Title: "the certificate lacks names that its CSR asks for", Severity: finding.Medium, CWE: 297,
				Why: "Clients that use such a name refuse the server: the CA has left it out, or the certificate is of an earlier CSR.",
				Fix: "Ask the CA for the certificate of this CSR; `muxkey import` refuses one without all names.",
			},
			Service: missingNames,
		},
	}
}

// pair is what a part has of the key and certificate of the service.
type pair struct {
	*Subject
	what string // "the keystore"
	key  string // SHA-256 of the SubjectPublicKeyInfo; empty when it cannot be told
	own  *keystore.Certificate
	list []*keystore.Certificate // own, and those above it as they stand
	csr  *inspect.CSR
}

// pairOf reads a part; nil when there is none, or nothing of use in it.
func pairOf(s *Subject, what string) *pair {
	if s == nil || s.Facts == nil {
		return nil
	}
	p := &pair{Subject: s, what: what + " " + s.Name}
	keys, alias := 0, s.alias()
	for _, e := range s.Entries() {
		switch {
		case e.CSR != nil && p.csr == nil:
			p.csr, p.key = e.CSR, e.CSR.PublicKey.SHA256
		case e.Kind == pkcs12x.PrivateKey && (alias == "" || strings.EqualFold(alias, e.Alias)):
			keys++
			p.key = e.Key.SHA256
		}
	}
	if keys > 1 {
		return nil // MUX-ENTRY-002: nobody knows which is meant
	}
	if list := s.shows(); len(list) == 1 {
		p.own, p.list = list[0].own, list[0].path
		if list[0].asIs {
			p.list = list[0].list
		}
	} else if c := s.Certificates(); keys == 0 && len(c) > 0 { // a self-signed one, or a CA
		p.own, p.list = c[0].Source, []*keystore.Certificate{c[0].Source}
	}
	if p.key == "" && p.own != nil {
		p.key = publicKey(p.own)
	}
	if p.key == "" {
		return nil
	}
	return p
}

func publicKey(c *keystore.Certificate) string {
	return inspect.Describe(c, c.NotBefore).PublicKey.SHA256
}

// pairs are the parts with the key of the service, the one that counts first.
func (s *Service) pairs() []*pair {
	var out []*pair
	for _, p := range []*pair{pairOf(s.Keystore, "the keystore"), pairOf(s.Key, "the key"), pairOf(s.Certificate, "the certificate")} {
		if p != nil {
			out = append(out, p)
		}
	}
	return out
}

// held is the part whose certificate the service should show.
func (s *Service) held() *pair {
	for _, p := range s.pairs() {
		if p.own != nil {
			return p
		}
	}
	return nil
}

// differentKeys also says which parts tell nothing of a key.
func differentKeys(_ context.Context, s *Service) []Fault {
	list := s.pairs()
	var out []Fault
	for _, part := range []struct {
		subject *Subject
		what    string
	}{{s.Keystore, "the keystore"}, {s.Key, "the key"}, {s.Certificate, "the certificate"}, {s.Request, "the CSR"}, {s.Server, "the server"}} {
		switch {
		case part.subject == nil || pairOf(part.subject, "") != nil:
		case part.subject.Err != nil:
			out = append(out, unknown(fmt.Sprintf("%s %s does not open", part.what, part.subject.Name))...)
		default:
			out = append(out, unknown(fmt.Sprintf("which key is that of %s %s cannot be told", part.what, part.subject.Name))...)
		}
	}
	for i, p := range list {
		if i > 0 && p.key != list[0].key {
			out = append(out, Fault{Text: fmt.Sprintf("%s has another key than %s%s", p.what, list[0].what, newer(p, list[0])), Key: p.what})
		}
	}
	return out
}

func otherRequest(_ context.Context, s *Service) []Fault {
	list, request := s.pairs(), pairOf(s.Request, "the CSR")
	if len(list) == 0 || request == nil || request.key == list[0].key {
		return nil
	}
	return one(fmt.Sprintf("%s is for another key than that of %s", request.what, list[0].what))
}

func same(a, b *keystore.Certificate) bool { return bytes.Equal(a.Raw, b.Raw) }

// about tells certificates apart for people.
func about(c *keystore.Certificate) string {
	return fmt.Sprintf("serial number %s, until %s", c.Serial.Text(16), c.NotAfter.UTC().Format(time.DateOnly))
}

// otherCertificate leaves certificates of different keys to MUX-SERVICE-001.
func otherCertificate(_ context.Context, s *Service) []Fault {
	a, b := pairOf(s.Keystore, "the keystore"), pairOf(s.Certificate, "the file")
	if a == nil || b == nil || a.own == nil || b.own == nil || a.key != b.key || same(a.own, b.own) {
		return nil
	}
	return one(fmt.Sprintf("%s has another certificate (%s) than %s (%s)%s", a.what, about(a.own), b.what, about(b.own), newer(a, b)))
}

// newer says which of two parts has the newer certificate; empty when none has.
func newer(a, b *pair) string {
	switch {
	case a.own == nil || b.own == nil || a.own.NotBefore.Equal(b.own.NotBefore):
		return ""
	case a.own.NotBefore.After(b.own.NotBefore):
		return "; the certificate of " + a.what + " is the newer one"
	}
	return "; the certificate of " + b.what + " is the newer one"
}

// deployed compares what the server shows. A root at the end makes no difference:
// some send it, and some do not.
func deployed(_ context.Context, s *Service) []Fault {
	server, held := pairOf(s.Server, "the server"), s.held()
	if server == nil || server.own == nil || held == nil {
		return nil
	}
	if !same(server.own, held.own) {
		f := Fault{Text: fmt.Sprintf("%s shows another certificate (%s) than that of %s (%s)", server.what, about(server.own), held.what, about(held.own))}
		switch {
		case held.own.NotBefore.After(server.own.NotBefore):
			f.Text += ", which is newer and was not deployed"
		case server.own.NotBefore.After(held.own.NotBefore):
			f.Text += ", which is older: it was forgotten when the server got its new one"
			f.Severity = finding.Medium
		}
		return []Fault{f}
	}
	a, b := withoutRoot(server.list), withoutRoot(held.list)
	if len(held.list) < 2 || slices.EqualFunc(a, b, same) {
		return nil
	}
	return []Fault{{
		Text:     fmt.Sprintf("%s shows its certificate with another chain (%s) than that of %s (%s)", server.what, chainNames(a), held.what, chainNames(b)),
		Severity: finding.Medium, Key: "chain",
	}}
}

func withoutRoot(list []*keystore.Certificate) []*keystore.Certificate {
	if n := len(list) - 1; n > 0 && list[n].SelfIssued() {
		return list[:n]
	}
	return list
}

func chainNames(list []*keystore.Certificate) string {
	if len(list) < 2 {
		return "nothing behind it"
	}
	return names(list[1:])
}

func passwordOpens(_ context.Context, s *Service) []Fault {
	f, k := s.PasswordFile, s.Keystore
	switch {
	case f == nil || k == nil || f.Password == "" || k.Password == "":
		return nil
	case f.Password == k.Password && k.Err != nil:
		return one(fmt.Sprintf("the password in %s does not open %s", f.Name, k.Name))
	case f.Password != k.Password && k.Err == nil:
		return one(fmt.Sprintf("the password in %s is not the one that opens %s", f.Name, k.Name))
	}
	return nil
}

// trustsItself asks as all clients that a policy has in mind.
func trustsItself(ctx context.Context, s *Service) []Fault {
	held := cmp.Or(s.held(), pairOf(s.Server, "the server"))
	if s.TrustStore == nil || s.TrustStore.Facts == nil || held == nil || held.own == nil {
		return nil
	}
	if len(s.TrustStore.Facts.Locked) > 0 {
		return unknown("whether the trust store accepts the certificate cannot be told: a part of it is closed")
	}
	var b trust.Builder
	n := 0
	for _, a := range s.TrustStore.anchors() {
		if x, err := trust.Parse(a.Raw); err == nil {
			b.Add(x)
			n++
		}
	}
	if n == 0 {
		// A file of one certificate trusts that.
		for _, c := range s.TrustStore.Certificates() {
			if x, err := trust.Parse(c.Source.Raw); err == nil {
				b.Add(x)
			}
		}
	}
	expect := *s.Expect
	expect.Bundle = path.NewBundle(b.Set())
	asked := &Subject{Expect: &expect, Now: s.Now, shown: &[]shown{{list: held.list, own: held.own, held: true}}}
	out := refused(ctx, asked)
	for i := range out {
		out[i].Text = fmt.Sprintf("with the trust store %s, %s", s.TrustStore.Name, out[i].Text)
	}
	return out
}

func missingNames(_ context.Context, s *Service) []Fault {
	request, held := pairOf(s.Request, "the CSR"), s.held()
	if request == nil || request.csr == nil || held == nil || request.key != publicKey(held.own) {
		return nil
	}
	have := inspect.Describe(held.own, s.Now).SANs.All()
	var missing []string
	for _, n := range request.csr.SANs.All() {
		if !slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, n) }) {
			missing = append(missing, n)
		}
	}
	if missing == nil {
		return nil
	}
	const most = 5
	text := strings.Join(missing[:min(len(missing), most)], ", ")
	if n := len(missing) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return one(fmt.Sprintf("the certificate of %s lacks names that %s asks for: %s", held.what, request.what, text))
}
