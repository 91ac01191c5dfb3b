package path

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"muxkey/certgen"
	"muxkey/chain"
	"muxkey/pkcs12x"
	"muxkey/trust"
)

// Client is whose rules count.
type Client string

// The clients.
const (
	// Standard holds to RFC 5280 and RFC 9525 throughout, also where they leave
	// it to the client: it treats an anchor as it does a CA, and heeds what the
	// sources say of it (trust.Terms).
	Standard Client = "standard"
	Go       Client = "go"      // crypto/x509 of Go 1.26
	OpenSSL  Client = "openssl" // OpenSSL 3.0 at security level 2, as curl and Python use it
	Java     Client = "java"    // the trust manager of Java 17, with its default settings
)

// Clients lists them, the standard first.
func Clients() []Client { return []Client{Standard, Go, OpenSSL, Java} }

// Title names the client for people.
func (c Client) Title() string {
	return map[Client]string{Standard: "RFC 5280", Go: "Go", OpenSSL: "OpenSSL", Java: "Java"}[c]
}

// Bundle is a set of anchors that are found by their subjects. It may serve several
// questions at once.
type Bundle struct {
	bySubject map[string][]*trust.Anchor
	// What questions have found out of anchors, which is the same for the next one:
	// *known by *trust.Anchor, and the answers of chain.CheckSignature by pairs of
	// *trust.Anchor.
	known, signed sync.Map
	rules         func() []Rule // made once for all questions
}

// known is an anchor that was parsed.
type known struct {
	*pkcs12x.Certificate
	subject, issuer string
}

// NewBundle makes a bundle of a set, which must not change afterwards.
func NewBundle(s *trust.Set) *Bundle {
	b := &Bundle{bySubject: map[string][]*trust.Anchor{}, rules: sync.OnceValue(Rules)}
	for _, a := range s.Anchors {
		name := chain.CanonicalName(a.Subject)
		b.bySubject[name] = append(b.bySubject[name], a)
	}
	return b
}

// Named are the anchors of a subject, DER, in any form of its strings.
func (b *Bundle) Named(subject []byte) []*trust.Anchor {
	return b.bySubject[chain.CanonicalName(subject)]
}

// Question is what is asked: would the client accept what is presented?
type Question struct {
	// Presented is what the server shows, or the client: its own certificate
	// first. The others may stand in any order.
	Presented []*pkcs12x.Certificate
	// Bundle is what the other side trusts; nil is nothing.
	Bundle *Bundle
	// Purpose is that of the first certificate; "" is trust.Server.
	Purpose trust.Purpose
	// Hosts are the names and addresses that a server is asked for by, in the form
	// of certgen.Name.Value. All of them must be its own; none are asked when
	// there are none.
	Hosts []string
	// At is the time for which the answer is to hold.
	At time.Time
	// Client is whose rules count; "" is Standard.
	Client Client
	// CRLs are asked whether a certificate is revoked, when there are any. The
	// first certificate must then have one of its issuer; a CA may do without.
	CRLs []*x509.RevocationList
	// OCSP is asked when it is not nil, for every certificate that names a
	// responder, on paths that nothing else speaks against.
	OCSP Responder
	// Limits of the work; zero fields mean those of DefaultLimits.
	Limits Limits
}

// Responder sends a request (RFC 6960, DER) to the address that a certificate
// names, and returns the answer. It is for the caller to bound it in time and
// size.
type Responder func(ctx context.Context, address string, request []byte) ([]byte, error)

// Limits bound the work that certificates of strangers can make.
type Limits struct {
	Depth      int // certificates in a path
	Paths      int // that are followed to their end
	Signatures int // that are checked
	Requests   int // of OCSP
}

// DefaultLimits are those of Question. Real paths have four or five certificates,
// and there are rarely more than three of them.
func DefaultLimits() Limits { return Limits{Depth: 12, Paths: 32, Signatures: 200, Requests: 8} }

// Ruling is what a rule has to say. The strings are part of the JSON contract.
type Ruling string

// The outcomes.
const (
	Pass    Ruling = "pass"    // the rule holds
	Fail    Ruling = "fail"    // it does not, and the client refuses the path
	Unknown Ruling = "unknown" // it cannot be told here; a path with it is not accepted
	Ignored Ruling = "ignored" // it does not hold, and the client does not mind
	Skipped Ruling = "skipped" // there was nothing to look at, and somebody should know
)

// Step is one rule at one certificate.
type Step struct {
	Rule    string `json:"rule"` // its ID
	Outcome Ruling `json:"outcome"`
	Text    string `json:"text"` // what was found, for people; may change its wording
}

// stops tells whether the step keeps a path from being accepted.
func (s Step) stops() bool { return s.Outcome == Fail || s.Outcome == Unknown }

// Role is the place of a certificate in a path. The strings are part of the JSON
// contract.
type Role string

// The roles.
const (
	Leaf         Role = "leaf"         // the one that is presented
	Intermediate Role = "intermediate" // one between the leaf and the anchor, or where the path ends without one
	Anchor       Role = "anchor"       // the one that is trusted
	TrustedLeaf  Role = "trusted-leaf" // the one that is presented, and trusted itself
)

// Link is one certificate of a path.
type Link struct {
	Role      Role      `json:"role"`
	Subject   string    `json:"subject"`   // RFC 4514
	Issuer    string    `json:"issuer"`    // RFC 4514
	Serial    string    `json:"serial"`    // hex
	SHA256    string    `json:"sha256"`    // of the DER
	NotBefore time.Time `json:"notBefore"` // RFC 3339
	NotAfter  time.Time `json:"notAfter"`  // RFC 3339
	From      string    `json:"from"`      // where it was found, for people
	Steps     []Step    `json:"steps"`     // the rules that apply to it, in order
}

// Path is one way up from the certificate that is presented.
type Path struct {
	Accepted     bool   `json:"accepted"`     // no step speaks against it
	Certificates []Link `json:"certificates"` // the one that is presented first
}

// Verdict is the answer.
type Verdict struct {
	Client   Client `json:"client"`   // whose rules were asked
	Accepted bool   `json:"accepted"` // there is a path that is accepted
	Why      string `json:"why"`      // the answer in one sentence, for people
	// Paths are those that were found: what is accepted first, then what comes
	// nearest to it. There is at least one.
	Paths []Path `json:"paths"`
	// Cut says which bound ended the search before all paths were found; empty when
	// none did.
	Cut string `json:"cut,omitempty"`
}

// ErrNothing means that no certificate was presented.
var ErrNothing = errors.New("there is no certificate to check")

// Check answers the question. It fails with ErrNothing, and when the context
// ends; that a certificate is no good is no error but the answer.
func Check(ctx context.Context, q Question) (*Verdict, error) {
	list, err := CheckAs(ctx, q, q.Client)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// CheckAs answers the question as each of some clients, in their order, at little
// more than the cost of one: signatures are checked once. Question.Client is not
// looked at. Errors are those of Check.
func CheckAs(ctx context.Context, q Question, clients ...Client) ([]*Verdict, error) {
	if len(q.Presented) == 0 {
		return nil, ErrNothing
	}
	var out []*Verdict
	var f *finder
	rules := Rules
	if q.Bundle != nil && q.Bundle.rules != nil {
		rules = q.Bundle.rules
	}
	for _, client := range clients {
		q.Client = client
		f = f.again(q.withDefaults())
		f.find()
		v := &Verdict{Client: f.Client}
		checker := newChecker(ctx, f, rules())
		for _, r := range f.routes {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			v.Paths = append(v.Paths, checker.path(r))
		}
		if err := ctx.Err(); err != nil { // of the last one
			return nil, err
		}
		slices.SortStableFunc(v.Paths, func(a, b Path) int { return a.against() - b.against() })
		v.Cut = f.cut
		v.conclude()
		out = append(out, v)
	}
	return out, nil
}

func (q Question) withDefaults() Question {
	if q.Purpose == "" {
		q.Purpose = trust.Server
	}
	if q.Client == "" {
		q.Client = Standard
	}
	if q.Bundle == nil {
		q.Bundle = &Bundle{}
	}
	standard := DefaultLimits()
	for _, l := range []struct {
		have *int
		want int
	}{
		{&q.Limits.Depth, standard.Depth},
		{&q.Limits.Paths, standard.Paths},
		{&q.Limits.Signatures, standard.Signatures},
		{&q.Limits.Requests, standard.Requests},
	} {
		if *l.have == 0 {
			*l.have = l.want
		}
	}
	return q
}

// against counts what speaks against a path.
func (p Path) against() int {
	n := 0
	for _, c := range p.Certificates {
		for _, s := range c.Steps {
			if s.stops() {
				n++
			}
		}
	}
	return n
}

// conclude says the answer in one sentence: the first step of the best path that
// stops it.
func (v *Verdict) conclude() {
	best := v.Paths[0]
	v.Accepted = best.Accepted
	last := best.Certificates[len(best.Certificates)-1]
	if v.Accepted {
		v.Why = "it is trusted itself"
		if n := len(best.Certificates); n > 1 {
			v.Why = fmt.Sprintf("a path of %d certificates leads to %s", n, last.Subject)
		}
		return
	}
	for _, c := range best.Certificates {
		for _, s := range c.Steps {
			if s.stops() {
				v.Why = c.Subject + ": " + s.Text
				if n := best.against() - 1; n > 0 {
					v.Why += fmt.Sprintf(" (and %d more)", n)
				}
				return
			}
		}
	}
}

// link gives the facts of a certificate.
func (n *node) link(role Role) Link {
	if n.described == nil {
		n.described = n.describe()
	}
	out := *n.described
	out.Role, out.Steps = role, []Step{}
	return out
}

func (n *node) describe() *Link {
	subject := certgen.FormatDN(n.RawSubject)
	if subject == "" {
		subject = fmt.Sprintf("serial number %x", n.Serial)
	}
	return &Link{
		Subject: subject, Issuer: certgen.FormatDN(n.RawIssuer), Serial: fmt.Sprintf("%x", n.Serial),
		SHA256: n.facts.Fingerprint(), NotBefore: n.NotBefore.UTC(), NotAfter: n.NotAfter.UTC(), From: n.from(),
	}
}
