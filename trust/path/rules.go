package path

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"muxkey/certgen"
	"muxkey/chain"
	"muxkey/trust"
)

// Rule is one thing that is asked of a certificate in a path.
type Rule struct {
	ID     string
	Doc    string // what it asks
	Source string // where that stands
	// Departures are where clients do not hold to it, or do so in their own way.
	Departures []Departure
	// check says what it finds; nothing where the question does not arise.
	check func(v view) []Step
}

// Departure is where a client does otherwise than the standard.
type Departure struct {
	Client Client
	// On are the places that it is about; nil means all.
	On []Role
	// Ignores tells that the client does not look at it there at all. Else the
	// rule itself knows what the client does.
	Ignores bool
	Does    string // what it does instead, for people
	Source  string // where in its source or documentation that stands
}

// The sources that are cited again and again.
const (
	goVerify    = "Go crypto/x509 verify.go"
	javaAnchors = "Java 17 PKIXValidator.java, PKIX.java: an anchor is a name and a key"
	javaLeaf    = "Java 17 PKIXValidator.java engineValidate: a leaf that is trusted ends the check"
	javaEE      = "Java 17 EndEntityChecker.java"
	notInForm   = "its bundles have no form to say it"
)

// Rules lists them in the order in which they are asked.
func Rules() []Rule {
	return []Rule{
		{
			ID: "readable", Doc: "Can the certificate be read?", Source: "RFC 5280 section 4.1",
			check: readable,
		},
		{
			ID: "issuer", Doc: "Does the path lead to an anchor of the bundle?", Source: "RFC 5280 section 6.1",
			check: func(v view) []Step {
				if v.dead != "" && v.last() {
					return bad(v.dead)
				}
				return nil
			},
		},
		{
			ID: "signature", Doc: "Is it signed by the next one of the path?", Source: "RFC 5280 section 6.1.3 (a)(1)",
			check: signature,
		},
		{
			ID: "issuer-name", Doc: "Is its issuer written as the next one writes its own name, octet by octet?",
			Source: "RFC 5280 section 7.1 compares the texts, and takes either",
			Departures: []Departure{
				{Client: Standard, Ignores: true, Does: "compares the texts", Source: "RFC 5280 section 7.1"},
				{Client: OpenSSL, Ignores: true, Does: "compares the texts", Source: "OpenSSL x509_cmp.c X509_NAME_cmp"},
				{Client: Java, Ignores: true, Does: "compares the texts", Source: "Java X500Principal.equals"},
			},
			check: issuerName,
		},
		{
			ID: "key-identifiers", Doc: "Do the key identifiers agree with those of the next one?",
			Source: "RFC 5280 section 4.2.1.1: a help to find the issuer",
			Departures: []Departure{
				{Client: Standard, Ignores: true, Does: "takes them as a hint", Source: "RFC 5280 section 4.2.1.1"},
				{Client: Go, Ignores: true, Does: "takes them as a hint", Source: goVerify + ", cert_pool.go findPotentialParents"},
				{Client: Java, Ignores: true, Does: "takes them as a hint", Source: "Java 17 AdaptableX509CertSelector.java"},
			},
			check: keyIdentifiers,
		},
		{
			ID: "trusted-for", Doc: "Do the sources of the bundle trust it for the purpose?", Source: "p11-kit, NSS, OpenSSL x509 -addtrust",
			Departures: []Departure{
				{Client: Go, Ignores: true, Does: "knows of no such thing", Source: notInForm},
				{Client: Java, Ignores: true, Does: "knows of no such thing", Source: notInForm},
			},
			check: trustedFor,
		},
		{
			ID: "self-signed-anchor", Doc: "Is the anchor self-signed?", Source: "RFC 5280 section 6.1.1 (d) takes any certificate for an anchor",
			Departures: []Departure{
				{Client: Standard, Ignores: true, Does: "takes any certificate for an anchor", Source: "RFC 5280 section 6.1.1 (d)"},
				{Client: Go, Ignores: true, Does: "takes any certificate for an anchor", Source: goVerify},
				{Client: Java, Ignores: true, Does: "takes any certificate for an anchor", Source: javaAnchors},
			},
			check: selfSignedAnchor,
		},
		{
			ID: "distrust-after", Doc: "Was the certificate issued while its anchor was trusted?", Source: "CKA_NSS_SERVER_DISTRUST_AFTER of Mozilla",
			Departures: []Departure{
				{Client: Go, Ignores: true, Does: "knows of no such thing", Source: notInForm},
				{Client: OpenSSL, Ignores: true, Does: "knows of no such thing", Source: notInForm},
				{Client: Java, Ignores: true, Does: "knows of no such thing", Source: notInForm},
			},
			check: distrustAfter,
		},
		{
			ID: "scope", Doc: "Are the names within those that the bundle trusts the anchor for?", Source: "--scope of muxkey, CACertificatesWithConstraints of Chromium",
			Departures: []Departure{
				{Client: Go, Ignores: true, Does: "knows of no such thing", Source: notInForm},
				{Client: OpenSSL, Ignores: true, Does: "knows of no such thing", Source: notInForm},
				{Client: Java, Ignores: true, Does: "knows of no such thing", Source: notInForm},
			},
			check: scope,
		},
		{
			ID: "dates", Doc: "Is it valid at the time?", Source: "RFC 5280 section 6.1.3 (a)(2)",
			Departures: []Departure{
				{Client: Java, On: []Role{Anchor}, Ignores: true, Does: "does not look at the dates of an anchor", Source: javaAnchors},
				{Client: Java, On: []Role{TrustedLeaf}, Ignores: true, Does: "does not look at the dates of a leaf that is trusted itself", Source: javaLeaf},
			},
			check: dates,
		},
		{
			ID: "critical-extensions", Doc: "Are its critical extensions known?", Source: "RFC 5280 section 4.2",
			Departures: []Departure{
				{Client: Java, On: []Role{Anchor, TrustedLeaf}, Ignores: true, Does: "does not look at the extensions of an anchor", Source: javaAnchors},
			},
			check: criticalExtensions,
		},
		{
			ID: "ca", Doc: "Is what has issued another certificate a CA?", Source: "RFC 5280 section 6.1.4 (k)",
			Departures: []Departure{
				{Client: OpenSSL, On: []Role{Anchor}, Does: "takes a self-signed anchor without basicConstraints whose key usage has keyCertSign", Source: "OpenSSL v3_purp.c check_ca"},
			},
			check: isCA,
		},
		{
			ID: "key-usage", Doc: "May the key of an issuer sign certificates?", Source: "RFC 5280 section 6.1.4 (n)",
			check: certSign,
		},
		{
			ID: "path-length", Doc: "May so many CAs stand below it?", Source: "RFC 5280 sections 4.2.1.9 and 6.1.4 (m)",
			Departures: []Departure{
				{Client: Go, Does: "counts CAs that are self-issued as well", Source: goVerify + " isValid"},
				{Client: Java, On: []Role{Anchor}, Ignores: true, Does: "does not look at the path length of an anchor", Source: javaAnchors},
			},
			check: pathLength,
		},
		{
			ID: "extended-key-usage", Doc: "Does its extended key usage allow the purpose, at every certificate down the path?",
			Source: "RFC 5280 section 4.2.1.12 for the leaf; for CAs CA/Browser Forum baseline requirements 7.1.2.10",
			Departures: []Departure{
				{Client: OpenSSL, Does: "does not take anyExtendedKeyUsage for the purpose", Source: "OpenSSL v3_purp.c check_purpose_ssl_server, xku_reject"},
				{Client: Java, On: []Role{Intermediate, Anchor, TrustedLeaf}, Ignores: true, Does: "looks at the leaf alone", Source: javaEE},
			},
			check: extendedKeyUsage,
		},
		{
			ID: "usage", Doc: "Does the key usage of the leaf allow the handshake?", Source: "RFC 5280 sections 4.2.1.3 and 4.2.1.12",
			Departures: []Departure{
				{Client: Go, Ignores: true, Does: "does not look at it", Source: goVerify + " isValid"},
				{Client: Java, On: []Role{TrustedLeaf}, Ignores: true, Does: "does not look at the usage of a leaf that is trusted itself", Source: javaLeaf},
				{Client: Java, On: []Role{Leaf}, Does: "wants digitalSignature", Source: javaEE + " checkTLSServer"},
			},
			check: usage,
		},
		{
			ID: "name-constraints", Doc: "Are all names below it within its name constraints?", Source: "RFC 5280 section 6.1.3 (b) and (c)",
			Departures: []Departure{
				{Client: Java, On: []Role{Anchor}, Ignores: true, Does: "does not look at the name constraints of an anchor", Source: javaAnchors},
				{Client: Go, Does: "holds certificates that are self-issued to them as well, and refuses constraints on subjects", Source: goVerify + " checkChainConstraints"},
			},
			check: nameConstraints,
		},
		{
			ID: "policies", Doc: "Has it the certificate policies that its issuers ask for?", Source: "RFC 5280 section 6.1.3 (d) to (f), RFC 9618",
			Departures: []Departure{
				{Client: OpenSSL, Ignores: true, Does: "looks at policies only when told to", Source: "openssl-verification-options(1) -policy_check"},
			},
			check: policies,
		},
		{
			ID: "host", Doc: "Is it for the host?", Source: "RFC 9525 section 6",
			Departures: []Departure{
				{Client: OpenSSL, Does: "takes the common name where there is no host among the alternative names, wildcards that are a part of a label, and none right below a top-level domain", Source: "OpenSSL v3_utl.c do_x509_check"},
				{Client: Java, Does: "takes the common name where there is no host among the alternative names, and wildcards in any label", Source: "Java 17 HostnameChecker.java"},
			},
			check: hosts,
		},
		{
			ID: "weak-signature", Doc: "Is the hash of its signature strong enough?", Source: "RFC 9155, CA/Browser Forum baseline requirements 7.1.3",
			Departures: []Departure{
				{Client: Java, Does: "takes SHA-1 below roots that did not come with it", Source: "Java 17 java.security jdk.certpath.disabledAlgorithms: SHA1 jdkCA"},
			},
			check: weakSignature,
		},
		{
			ID: "weak-key", Doc: "Is its key strong enough?", Source: "NIST SP 800-131A",
			Departures: []Departure{
				{Client: Go, Does: "takes RSA keys from 1024 bits", Source: "Go crypto/rsa, GODEBUG rsa1024min"},
				{Client: Java, Does: "takes RSA keys from 1024 bits", Source: "Java 17 java.security jdk.certpath.disabledAlgorithms"},
			},
			check: weakKey,
		},
		{
			ID: "crl", Doc: "Is it on none of the revocation lists that were given?", Source: "RFC 5280 section 6.3",
			check: revocationLists,
		},
		// What is asked for over the network comes last, of paths that hold so far.
		{
			ID: "ocsp", Doc: "Does its OCSP responder say that it is good?", Source: "RFC 6960",
			check: onlineStatus,
		},
	}
}

// checker goes along routes.
type checker struct {
	Question
	ctx      context.Context //nolint:containedctx // lives for one call of Check
	rules    []Rule
	finder   *finder
	lists    map[listKey]error
	statuses map[*node][]Step
	requests int
}

func newChecker(ctx context.Context, f *finder, rules []Rule) *checker {
	return &checker{Question: f.Question, ctx: ctx, rules: rules, finder: f, lists: map[listKey]error{}, statuses: map[*node][]Step{}}
}

// view is one certificate of a route.
type view struct {
	*checker
	*node
	nodes []*node
	at    int
	role  Role
	dead  string
	clean bool // nothing stops the path so far
}

func (v view) last() bool { return v.at == len(v.nodes)-1 }

// trusted tells whether the certificate ends the path as what is trusted.
func (v view) trusted() bool { return v.role == Anchor || v.role == TrustedLeaf }

// issues tells whether there is something below it.
func (v view) issues() bool { return v.at > 0 }

func (c *checker) path(r route) Path {
	p := Path{}
	var views []view
	for i, n := range r.nodes {
		v := view{checker: c, node: n, nodes: r.nodes, at: i, role: Intermediate, dead: r.dead}
		ends := i == len(r.nodes)-1 && n.anchor != nil && r.dead == ""
		switch {
		case i == 0 && ends:
			v.role = TrustedLeaf
		case i == 0:
			v.role = Leaf
		case ends:
			v.role = Anchor
		}
		views = append(views, v)
		p.Certificates = append(p.Certificates, n.link(v.role))
	}
	stopped := false
	for _, rule := range c.rules {
		for i, v := range views {
			v.clean = !stopped
			for _, s := range rule.check(v) {
				s.Rule = rule.ID
				if d := rule.ignored(c.Client, v.role); d != nil && s.stops() {
					s.Outcome, s.Text = Ignored, fmt.Sprintf("%s; %s %s", s.Text, c.Client.Title(), d.Does)
				}
				stopped = stopped || s.stops()
				p.Certificates[i].Steps = append(p.Certificates[i].Steps, s)
			}
		}
	}
	p.Accepted = !stopped
	return p
}

// ignored is the departure by which a client passes over the rule in a role.
func (r Rule) ignored(c Client, role Role) *Departure {
	for _, d := range r.Departures {
		if d.Client == c && d.Ignores && (d.On == nil || slices.Contains(d.On, role)) {
			return &d
		}
	}
	return nil
}

func step(o Ruling, format string, args ...any) []Step {
	return []Step{{Outcome: o, Text: fmt.Sprintf(format, args...)}}
}

func good(format string, args ...any) []Step { return step(Pass, format, args...) }

func bad(text string) []Step { return []Step{{Outcome: Fail, Text: text}} }

func readable(v view) []Step {
	switch {
	case v.X509 != nil:
		return nil // nobody needs to be told
	case v.Client == Go:
		return bad("Go refuses to read it: " + v.unreadable())
	}
	return step(Unknown, "it cannot be checked here, as Go refuses to read it: %s", v.unreadable())
}

func (v view) unreadable() string {
	if v.Err == nil {
		return "it is damaged"
	}
	return strings.TrimPrefix(v.Err.Error(), "x509: ")
}

func signature(v view) []Step {
	if v.last() {
		return nil
	}
	issuer := v.nodes[v.at+1]
	if v.X509 == nil || issuer.X509 == nil {
		return nil // the rule of readable certificates says so
	}
	by := issuer.link(Intermediate).Subject
	err := v.finder.check(v.node, issuer)
	switch {
	case err == nil:
		return good("signed by %s (%s)", by, v.facts.Signature)
	case errors.Is(err, chain.ErrUncheckable):
		return step(Unknown, "whether %s has signed it cannot be told here: %s with a key of type %s", by, v.facts.Signature, issuer.facts.KeyType)
	case errors.Is(err, errTooMany):
		return step(Unknown, "%v", err)
	}
	return bad("it is not signed by this " + by + ", which has another key")
}

func issuerName(v view) []Step {
	if v.last() || bytes.Equal(v.RawIssuer, v.nodes[v.at+1].RawSubject) {
		return nil
	}
	return bad("its issuer is the name of the next one in other letters or string types")
}

func keyIdentifiers(v view) []Step {
	if v.last() || idsAgree(v.node, v.nodes[v.at+1]) {
		return nil
	}
	return bad("it names another key or serial number for its issuer than the next one has")
}

func selfSignedAnchor(v view) []Step {
	switch {
	case !v.trusted() || v.selfIssued():
		return nil
	case v.Client == OpenSSL && v.role == Anchor && v.expressly(v.node):
		return good("it is not self-signed, but its trust settings are for %s", v.Purpose)
	default:
		return bad("it is trusted, but not self-signed, and its issuer is not in the bundle; it takes the flag for partial chains, which curl sets")
	}
}

func trustedFor(v view) []Step {
	switch {
	case v.anchor == nil:
		return nil
	case slices.Contains(v.anchor.Terms.Rejected, v.Purpose):
		return bad(fmt.Sprintf("its sources say that it must not be trusted for %s", v.Purpose))
	case v.trusted() && !v.anchor.Terms.For(v.Purpose):
		return bad(fmt.Sprintf("its sources do not trust it for %s", v.Purpose))
	case v.trusted() && v.anchor.Terms.Only != nil:
		return good("its sources trust it for %s", v.Purpose)
	}
	return nil
}

func distrustAfter(v view) []Step {
	if v.role != Anchor {
		return nil
	}
	until, ok := v.anchor.Terms.DistrustAfter[v.Purpose]
	began := v.nodes[0].NotBefore
	switch {
	case !ok:
		return nil
	case began.After(until):
		return bad(fmt.Sprintf("it is trusted for what it issued until %s alone, and the certificate is of %s", date(until), date(began)))
	}
	return good("the certificate is of %s, and it is trusted for what it issued until %s", date(began), date(until))
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func dates(v view) []Step {
	switch {
	case v.At.Before(v.NotBefore):
		return bad("it is not valid before " + v.NotBefore.UTC().Format(time.RFC3339))
	case v.At.After(v.NotAfter):
		return bad("it expired on " + v.NotAfter.UTC().Format(time.RFC3339))
	}
	return good("valid until %s", v.NotAfter.UTC().Format(time.RFC3339))
}

var oidNameConstraints = asn1.ObjectIdentifier{2, 5, 29, 30}

func criticalExtensions(v view) []Step {
	if v.X509 == nil {
		return nil
	}
	var unknown []string
	for _, id := range v.X509.UnhandledCriticalExtensions {
		// Go knows only some kinds of name constraints; our rule knows more.
		if v.Client == Go || !id.Equal(oidNameConstraints) {
			unknown = append(unknown, id.String())
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return bad("it has critical extensions that clients do not know: " + strings.Join(unknown, ", "))
}

func isCA(v view) []Step {
	switch {
	case !v.issues():
		return nil
	case v.facts.CA:
		return good("it is a CA")
	case v.facts.Version < 3 && v.role == Anchor:
		return good("a certificate of version %d cannot say that it is a CA, and it is trusted", v.facts.Version)
	case v.facts.Version < 3:
		return bad(fmt.Sprintf("a certificate of version %d cannot say that it is a CA", v.facts.Version))
	case v.X509 != nil && v.X509.BasicConstraintsValid:
		return bad("it is no CA (CA:FALSE), and has issued a certificate")
	case v.Client == OpenSSL && v.role == Anchor && v.facts.KeyUsage != 0 && !lacksCertSign(v.node):
		return good("it does not say that it is a CA, but its key may sign certificates, and it is trusted")
	}
	return bad("it is no CA (without basicConstraints), and has issued a certificate")
}

func lacksCertSign(n *node) bool {
	return n.facts.KeyUsage != 0 && n.facts.KeyUsage&x509.KeyUsageCertSign == 0
}

func certSign(v view) []Step {
	switch {
	case !v.issues() || v.facts.KeyUsage == 0:
		return nil
	case lacksCertSign(v.node):
		return bad("its key usage does not allow it to sign certificates: " + usageNames(v.facts.KeyUsage))
	}
	return good("its key may sign certificates")
}

func usageNames(u x509.KeyUsage) string { return strings.Join(certgen.KeyUsageNames(u), ", ") }

func pathLength(v view) []Step {
	if !v.issues() || v.X509 == nil || !v.X509.BasicConstraintsValid || v.X509.MaxPathLen < 0 || v.X509.MaxPathLen == 0 && !v.X509.MaxPathLenZero {
		return nil
	}
	cas := 0
	for _, n := range v.nodes[1:v.at] {
		if v.Client == Go || !n.selfIssued() {
			cas++
		}
	}
	if cas > v.X509.MaxPathLen {
		return bad(fmt.Sprintf("CAs below it: %d, and its path length allows %d", cas, v.X509.MaxPathLen))
	}
	return good("CAs below it: %d, and its path length allows %d", cas, v.X509.MaxPathLen)
}

func extendedKeyUsage(v view) []Step {
	has := v.facts.ExtKeyUsage
	words := strings.Join(has, ", ")
	usage := v.Purpose.ExtKeyUsage()
	switch {
	case len(has) == 0:
		return nil
	case !v.facts.Serves(v.Purpose):
		return bad(fmt.Sprintf("its extended key usage is %s, and not %s", words, usage))
	case v.Client == OpenSSL && !slices.Contains(has, usage):
		return bad(fmt.Sprintf("its extended key usage is %s, which OpenSSL does not take for %s", words, usage))
	}
	return good("its extended key usage is %s", words)
}

// handshake are the key usages of which one must be there: for a server those of
// RFC 5280 section 4.2.1.12.
func handshake(c Client, p trust.Purpose) x509.KeyUsage {
	switch {
	case p == trust.Server && c == Java:
		return x509.KeyUsageDigitalSignature
	case p == trust.Server:
		return x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageKeyAgreement
	case p == trust.Client && c == Java:
		return x509.KeyUsageDigitalSignature
	case p == trust.Client:
		return x509.KeyUsageDigitalSignature | x509.KeyUsageKeyAgreement
	}
	return 0 // what mail and code need is not about paths
}

func usage(v view) []Step {
	want := handshake(v.Client, v.Purpose)
	switch {
	case v.issues() || v.facts.KeyUsage == 0 || want == 0:
		return nil
	case v.facts.KeyUsage&want == 0:
		return bad(fmt.Sprintf("its key usage is %s, and a handshake takes %s", usageNames(v.facts.KeyUsage), strings.ReplaceAll(usageNames(want), ", ", " or ")))
	}
	return good("its key usage is %s", usageNames(v.facts.KeyUsage))
}

func weakSignature(v view) []Step {
	if v.trusted() || v.facts.WeakSignature == "" { // nobody checks the signature of what is trusted
		return nil
	}
	if v.Client == Java && strings.Contains(v.facts.Signature, "SHA1") && !strings.HasPrefix(v.facts.Signature, "DSA") {
		return good("it is %s, which Java takes below roots that did not come with it", v.facts.WeakSignature)
	}
	return bad("it is " + v.facts.WeakSignature + ", which clients refuse")
}

func weakKey(v view) []Step {
	if v.facts.WeakKey == "" {
		return nil
	}
	if v.X509 != nil && (v.Client == Go || v.Client == Java) {
		if k, ok := v.X509.PublicKey.(*rsa.PublicKey); ok && k.N.BitLen() >= 1024 {
			return good("it has %s; %s takes 1024", v.facts.WeakKey, v.Client.Title())
		}
	}
	return bad("it has " + v.facts.WeakKey)
}
