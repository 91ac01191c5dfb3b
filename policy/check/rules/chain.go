package rules

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"muxkey/chain"
	"muxkey/internal/finding"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/policy/verify"
	"muxkey/trust"
)

// chainRules ask for the certificates behind the one that is shown.
func chainRules() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-CHAIN-001", Title: "the chain is incomplete", Severity: finding.Medium, CWE: 295,
				Why:        "Clients know roots and not what is below them: most refuse the server, while browsers that fetch the rest hide it from who tries.",
				Fix:        "Put in what the CA sent: `muxkey import STORE REPLY --ca-certs CHAIN`, where REPLY has the certificate again (`muxkey export STORE` has it too) and CHAIN those above it. If the chain ends under a root that clients have, name that in `trust`.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2"},
			},
			Settings: []string{"trust"},
			Subject:  incomplete,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CHAIN-002", Title: "the certificates of a chain are out of order", Severity: finding.Medium, CWE: 295,
				Why:        "Servers send them as they stand. TLS 1.2 asks for an order, and clients that hold to it refuse another.",
				Fix:        "Write them leaf first, each followed by its issuer: `muxkey fix FILE`.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5246#section-7.4.2"},
			},
			Subject: outOfOrder,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CHAIN-003", Title: "certificates that are not of the chain stand in it", Severity: finding.Medium, CWE: 295,
				Why: "They are sent with every handshake and help nobody; some clients take them for the chain and refuse it. Most often a renewal has left the old intermediate.",
				Fix: "Take out what is not needed, in a text editor where it is PEM; `muxkey import STORE REPLY --ca-certs CHAIN` puts the right chain into a keystore.",
			},
			Subject: stray,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CHAIN-004", Title: "the root is sent along", Severity: finding.Info, CWE: 1164,
				Why:        "A client trusts its own copy and looks at no other: a kilobyte for nothing in every handshake.",
				Fix:        "Leave it out of what the server sends.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2"},
			},
			Subject: rootSent,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CHAIN-005", Title: "a certificate stands twice in a chain", Severity: finding.Low, CWE: 1164,
				Why: "It makes every handshake longer, and clients that hold to the order of TLS 1.2 refuse the chain.",
				Fix: "Take the second copy out.",
			},
			Subject: twice,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CHAIN-006", Title: "a certificate is not signed by the next one of its chain", Severity: finding.High, CWE: 347,
				Why: "The issuer has the right name and another key, as after a renewal of the CA, or the certificate was changed. Clients refuse it.",
				Fix: "Put in the issuer that belongs to it: `muxkey import STORE REPLY --ca-certs CHAIN`.",
			},
			Subject: links(verify.NotSigned),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CHAIN-007", Title: "an issuer in the chain is no CA", Severity: finding.High, CWE: 295,
				Why:        "Clients refuse what a certificate has signed that may not sign any.",
				Fix:        "Issue it by a CA: `muxkey sign CSR --ca CA --out FILE`.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5280#section-6.1.4"},
			},
			Subject: links(verify.NoCA),
		},
	}
}

// shown is what is shown to others with one key.
type shown struct {
	alias string
	list  []*keystore.Certificate // as it stands; the first one need not come first
	own   *keystore.Certificate
	// asIs: it is sent as it stands, as by a server, or from a PEM file. From other
	// stores a program takes what it needs.
	asIs bool
	// held: a private key is there, or a server that has it.
	held bool
	path []*keystore.Certificate // up from own, through those of the list
	// purpose of own; empty when nobody knows.
	purpose trust.Purpose
}

// shows lists what a subject shows, and remembers it: several rules ask.
func (s *Subject) shows() []shown {
	if s.shown == nil {
		list := s.showing()
		for i := range list {
			list[i].path = list[i].follow()
		}
		s.shown = &list
	}
	return *s.shown
}

// showing lists them. A file of certificates only counts when it has one, and no
// more, that is of no CA: else it is a bundle.
func (s *Subject) showing() []shown {
	var out []shown
	alias := s.alias()
	for _, e := range s.Entries() {
		switch list := e.Source.Chain; {
		case len(list) == 0:
		case s.Server != nil:
			out = append(out, shown{alias: e.Alias, list: list, own: list[0], asIs: true, held: true, purpose: s.purpose(first(e))})
		case e.Kind == pkcs12x.PrivateKey && (alias == "" || strings.EqualFold(alias, e.Alias)):
			out = append(out, shown{alias: e.Alias, list: list, own: list[0], held: true, purpose: s.purpose(first(e))})
		}
	}
	if s.Store == nil || len(s.Store.Sequence) == 0 || s.Server != nil {
		return out
	}
	list := s.Store.Sequence
	switch len(out) {
	case 0:
		if own, ok := s.single(); ok {
			return []shown{{list: list, own: own.Source, asIs: s.Store.Format == "pem", purpose: s.purpose(own)}}
		}
	case 1:
		if s.Store.Format == "pem" {
			out[0].list, out[0].asIs = list, true
		}
	}
	return out
}

// first is the first certificate of an entry that has one.
func first(e Entry) Certificate { return Certificate{&e.Chain[0], e.Source.Chain[0], e, 0} }

// single is the only certificate of a file that is of no CA; false when there are
// several or none, or a key.
func (s *Subject) single() (own Certificate, ok bool) {
	list := s.certificates()
	issuers := map[string]bool{}
	for _, c := range list {
		if !c.Source.SelfIssued() {
			issuers[string(c.Source.RawIssuer)] = true
		}
	}
	for _, c := range list {
		if c.Entry.Key != nil {
			return own, false
		}
		// What has issued another is not meant for a leaf, whatever it says.
		if c.CA || c.Version < 3 && c.SelfSigned || issuers[string(c.Source.RawSubject)] && !c.Source.SelfIssued() {
			continue
		}
		if ok && !bytes.Equal(own.Source.Raw, c.Source.Raw) {
			return own, false
		}
		own, ok = c, true
	}
	return own, ok
}

// Real paths have four or five certificates, and a CA rarely more than two of one
// name.
const (
	maxPath  = 12
	maxNamed = 16
)

// follow goes up from the first certificate through those of the list: by names,
// and among several of one name by the signature.
func (s shown) follow() []*keystore.Certificate {
	byName := map[string][]*keystore.Certificate{}
	for _, c := range s.list {
		if same := byName[string(c.RawSubject)]; len(same) < maxNamed {
			byName[string(c.RawSubject)] = append(same, c)
		}
	}
	out := []*keystore.Certificate{s.own}
	for len(out) < maxPath {
		last := out[len(out)-1]
		if last.SelfIssued() {
			break
		}
		var next *keystore.Certificate
		for _, c := range byName[string(last.RawIssuer)] {
			if !has(out, c) && (next == nil || verify.NotSigned(last, next) != "" && verify.NotSigned(last, c) == "") {
				next = c
			}
		}
		if next == nil {
			break
		}
		out = append(out, next)
	}
	return out
}

// parts sorts a list: what belongs to the path, what does not, each once, and what
// stands there again.
func (s shown) parts() (path, stray, again []*keystore.Certificate) {
	seen := map[string]int{}
	for _, c := range s.list {
		key := string(c.Raw)
		seen[key]++
		switch seen[key] {
		case 1:
			if has(s.path, c) {
				path = append(path, c)
			} else {
				stray = append(stray, c)
			}
		case 2:
			again = append(again, c)
		}
	}
	return path, stray, again
}

func has(list []*keystore.Certificate, c *keystore.Certificate) bool {
	return slices.ContainsFunc(list, func(x *keystore.Certificate) bool { return bytes.Equal(x.Raw, c.Raw) })
}

// names are those of a few certificates, in their order.
func names(list []*keystore.Certificate) string {
	const most = 6
	var out []string
	for _, c := range list[:min(len(list), most)] {
		out = append(out, verify.Name(c))
	}
	if n := len(list) - most; n > 0 {
		out = append(out, fmt.Sprintf("%d more", n))
	}
	return strings.Join(out, "; ")
}

// incomplete takes a chain for complete when it ends in a root, or under an anchor
// of the bundle. Without a bundle nobody knows what clients have, and only a
// certificate all alone may lack something: that of cert-manager under a CA of one's
// own lacks nothing. Public CAs issue by intermediates, and say where those are.
func incomplete(ctx context.Context, s *Subject) []Fault {
	var out []Fault
	for _, x := range s.shows() {
		last := x.path[len(x.path)-1]
		if last.SelfIssued() || len(s.Facts.Locked) > 0 {
			continue
		}
		fault := Fault{Alias: x.alias, Text: verify.Missing(last)}
		if s.Expect.Bundle == nil && (len(x.path) > 1 || !x.held) {
			continue
		}
		if s.Expect.Bundle != nil {
			leads, err := s.leads(ctx, x)
			if err != nil || leads {
				continue
			}
			fault.Text += ", which the trust bundle does not have either"
			fault.Severity = finding.High
		}
		switch {
		case last.X509 != nil && len(last.X509.IssuingCertificateURL) > 0:
			fault.Text += " (it can be had at " + last.X509.IssuingCertificateURL[0] + ")"
		case s.Expect.Bundle == nil && s.Expect.Profile != PublicTLS:
			fault.Text += "; that is all right if it is a root"
			fault.Severity = finding.Low
		}
		out = append(out, fault)
	}
	return out
}

// outOfOrder looks at those of the list that belong to the path.
func outOfOrder(_ context.Context, s *Subject) []Fault {
	var out []Fault
	for _, x := range s.shows() {
		list, _, _ := x.parts()
		if i := chain.Misplaced(list); i > 0 || !bytes.Equal(list[0].Raw, x.own.Raw) {
			out = append(out, Fault{Alias: x.alias, Text: fmt.Sprintf("its certificates stand in the order %s; right would be %s", names(list), names(x.path))})
		}
	}
	return out
}

// stray weighs less where a program picks what it needs.
func stray(_ context.Context, s *Subject) []Fault {
	var out []Fault
	for _, x := range s.shows() {
		_, list, _ := x.parts()
		if len(list) == 0 {
			continue
		}
		f := Fault{Alias: x.alias, Text: fmt.Sprintf("%s not of the chain of %s: %s", isAre(len(list)), verify.Name(x.own), names(list))}
		if !x.asIs {
			f.Severity = finding.Low
		}
		out = append(out, f)
	}
	return out
}

func isAre(n int) string {
	if n == 1 {
		return "1 certificate is"
	}
	return fmt.Sprintf("%d certificates are", n)
}

func rootSent(_ context.Context, s *Subject) []Fault {
	var out []Fault
	for _, x := range s.shows() {
		if last := x.path[len(x.path)-1]; x.asIs && len(x.path) > 1 && last.SelfIssued() {
			out = append(out, Fault{Alias: x.alias, Text: "the root " + verify.Name(last) + " stands in it, which clients have themselves or do not trust"})
		}
	}
	return out
}

func twice(_ context.Context, s *Subject) []Fault {
	var out []Fault
	for _, x := range s.shows() {
		_, _, again := x.parts()
		if len(again) > 0 {
			out = append(out, Fault{Alias: x.alias, Text: "it has more than once: " + names(again)})
		}
	}
	return out
}

// links asks a question of each certificate of a path and the next one.
func links(ask func(child, issuer *keystore.Certificate) string) func(context.Context, *Subject) []Fault {
	return func(_ context.Context, s *Subject) []Fault {
		var out []Fault
		for _, x := range s.shows() {
			list := x.path
			for i := 1; i < len(list); i++ {
				if text := ask(list[i-1], list[i]); text != "" {
					out = append(out, Fault{Alias: x.alias, Text: text, Key: fmt.Sprint(i)})
				}
			}
		}
		return out
	}
}
