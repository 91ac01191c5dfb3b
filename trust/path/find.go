package path

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/chain"
	"muxkey/pkcs12x"
	"muxkey/trust"
)

// node is a certificate with what is looked at again and again.
type node struct {
	*pkcs12x.Certificate
	facts           *trust.Anchor
	subject, issuer string // to compare
	place           int    // among those that are presented, from 1; 0 when it is not
	anchor          *trust.Anchor
	described       *Link // once somebody has asked; without Role and Steps
}

func (n *node) from() string {
	shown := ""
	if n.place > 0 {
		shown = fmt.Sprintf("presented, number %d", n.place)
	}
	if n.anchor == nil {
		return shown
	}
	bundle := "the bundle"
	if len(n.anchor.Origins) > 0 {
		bundle = n.anchor.Origins[0].String()
	}
	if shown != "" {
		return shown + ", and " + bundle
	}
	return bundle
}

func (n *node) selfIssued() bool { return n.subject == n.issuer }

// seemsSelfSigned is what OpenSSL takes for self-signed without a look at the
// signature (ossl_x509v3_cache_extensions, EXFLAG_SS): names and key identifiers.
func (n *node) seemsSelfSigned() bool { return n.selfIssued() && idsAgree(n, n) }

func (n *node) validAt(t time.Time) bool { return !t.Before(n.NotBefore) && !t.After(n.NotAfter) }

// route is a candidate path, and why it goes no further where it does not end in
// an anchor.
type route struct {
	nodes []*node
	dead  string
}

// finder enumerates routes, depth first.
type finder struct {
	Question
	presented  []*node
	bySubject  map[string][]*node         // of those that are presented
	trusted    map[string][]*trust.Anchor // the set, by subject
	nodes      map[[32]byte]*node
	signatures map[[2]*node]error
	steps      int
	routes     []route
	cut        string
}

// maxSteps bounds how many certificates are looked at, the same one again and
// again.
const maxSteps = 20_000

func newFinder(q Question) *finder {
	f := &finder{
		Question: q, bySubject: map[string][]*node{}, trusted: q.Bundle.bySubject,
		nodes: map[[32]byte]*node{}, signatures: map[[2]*node]error{},
	}
	for i, c := range q.Presented {
		facts, err := trust.Of(c)
		if err != nil || f.nodes[facts.SHA256] != nil {
			continue // not even the outline of a certificate, or there already
		}
		n := f.node(c, facts)
		n.place = i + 1
		f.presented = append(f.presented, n)
		f.bySubject[n.subject] = append(f.bySubject[n.subject], n)
		for _, a := range f.trusted[n.subject] {
			if a.SHA256 == facts.SHA256 {
				n.anchor = a
			}
		}
	}
	return f
}

// again is a finder for the same certificates and bundle, which knows what the one
// before has found out. That one may be nil.
func (f *finder) again(q Question) *finder {
	if f == nil {
		return newFinder(q)
	}
	return &finder{Question: q, presented: f.presented, bySubject: f.bySubject, trusted: f.trusted, nodes: f.nodes, signatures: f.signatures}
}

func (f *finder) node(c *pkcs12x.Certificate, facts *trust.Anchor) *node {
	n := &node{Certificate: c, facts: facts, subject: chain.CanonicalName(c.RawSubject), issuer: chain.CanonicalName(c.RawIssuer)}
	f.nodes[facts.SHA256] = n
	return n
}

// anchorNode is the node of an anchor; nil when it is no certificate at all.
func (f *finder) anchorNode(a *trust.Anchor) *node {
	if n := f.nodes[a.SHA256]; n != nil {
		return n
	}
	k, ok := f.Bundle.known.Load(a)
	if !ok {
		c, err := pkcs12x.ParseCertificate(a.Raw)
		if err != nil {
			return nil
		}
		k, _ = f.Bundle.known.LoadOrStore(a, &known{c, chain.CanonicalName(c.RawSubject), chain.CanonicalName(c.RawIssuer)})
	}
	from := k.(*known) //nolint:forcetypeassert // nothing else is put there
	n := &node{Certificate: from.Certificate, facts: a, subject: from.subject, issuer: from.issuer, anchor: a}
	f.nodes[a.SHA256] = n
	return n
}

func (f *finder) find() {
	if len(f.presented) == 0 || f.presented[0].place != 1 {
		n := &node{Certificate: f.Presented[0], facts: &trust.Anchor{Raw: f.Presented[0].Raw}, place: 1}
		f.emit([]*node{n}, "it is no certificate")
		return
	}
	f.walk(f.presented[:1:1])
}

func (f *finder) emit(nodes []*node, dead string) {
	if len(f.routes) >= f.Limits.Paths {
		f.cut = fmt.Sprintf("there are more than %d paths", f.Limits.Paths)
		return
	}
	f.routes = append(f.routes, route{nodes, dead})
}

// walk goes up from the last certificate of a path.
func (f *finder) walk(nodes []*node) {
	top := nodes[len(nodes)-1]
	ends := top.anchor != nil
	if ends && (f.Client != OpenSSL || top.seemsSelfSigned() || len(nodes) > 1 && f.expressly(top)) {
		f.emit(nodes, "")
		// Who trusts a certificate asks for nothing above it, but one that is not
		// good for an anchor may still stand below another.
		if top.place == 0 || top.selfIssued() || f.Client == Java {
			return
		}
	}
	candidates := f.above(nodes)
	if len(candidates) == 0 {
		switch {
		case !ends:
			f.emit(nodes, f.missing(nodes))
		case f.Client == OpenSSL:
			f.emit(nodes, "") // the rule of self-signed anchors says why it is none
		}
		return
	}
	if len(nodes) >= f.Limits.Depth {
		f.cut = fmt.Sprintf("paths of more than %d certificates are not followed", f.Limits.Depth)
		f.emit(nodes, f.cut)
		return
	}
	for _, n := range candidates {
		if f.cut != "" && (len(f.routes) >= f.Limits.Paths || f.steps > maxSteps) {
			return
		}
		next := append(slices.Clone(nodes), n)
		err := f.check(top, n)
		if err != nil && !errors.Is(err, chain.ErrUncheckable) {
			f.emit(next, "") // the rule of signatures says why it is none
			continue
		}
		f.walk(next)
	}
}

// expressly tells whether an anchor is trusted for the purpose in so many words: to
// OpenSSL it need not be self-signed then (check_trust in x509_vfy.c).
func (q Question) expressly(n *node) bool {
	return n.anchor != nil && slices.Contains(n.anchor.Terms.Only, q.Purpose)
}

// above are the certificates that bear the name of the issuer of the last one:
// those that are trusted first, then by key identifier and validity.
func (f *finder) above(nodes []*node) []*node {
	top := nodes[len(nodes)-1]
	if f.Client == OpenSSL {
		return f.pick(nodes)
	}
	var out []*node
	add := func(n *node) {
		if n == nil || slices.Contains(out, n) || f.inPath(nodes, n) {
			return
		}
		out = append(out, n)
	}
	f.named(top.issuer, add)
	slices.SortStableFunc(out, func(a, b *node) int {
		for _, better := range []func(*node) bool{
			func(n *node) bool { return idsAgree(top, n) },
			func(n *node) bool { return n.anchor != nil },
			func(n *node) bool { return n.validAt(f.At) },
		} {
			if x, y := better(a), better(b); x != y {
				if x {
					return -1
				}
				return 1
			}
		}
		return 0
	})
	return out
}

// named calls use for each certificate of a name, anchors first.
func (f *finder) named(name string, use func(*node)) {
	for _, a := range f.trusted[name] {
		if f.steps++; f.steps > maxSteps {
			f.cut = fmt.Sprintf("more than %d certificates were looked at", maxSteps)
			return
		}
		use(f.anchorNode(a))
	}
	for _, n := range f.bySubject[name] {
		if f.steps++; f.steps > maxSteps {
			f.cut = fmt.Sprintf("more than %d certificates were looked at", maxSteps)
			return
		}
		use(n)
	}
}

// inPath tells whether the key stands under that name in the path already: a
// cycle, or a way round one.
func (f *finder) inPath(nodes []*node, n *node) bool {
	return slices.ContainsFunc(nodes, func(below *node) bool {
		return below.subject == n.subject && bytes.Equal(below.RawSPKI, n.RawSPKI)
	})
}

// pick is the one issuer that OpenSSL takes: it makes one path by names, key
// identifiers and dates, and checks it afterwards. It looks among what it trusts
// first, and once it has found something there no longer among what was presented
// (build_chain, find_issuer and X509_STORE_CTX_get1_issuer in crypto/x509 of
// OpenSSL). Where nothing will do, what bears the name shows why.
func (f *finder) pick(nodes []*node) []*node {
	top := nodes[len(nodes)-1]
	if top.seemsSelfSigned() {
		return nil
	}
	var trusted, shown, others []*node
	f.named(top.issuer, func(n *node) {
		switch {
		case n == nil || slices.Contains(nodes, n):
		case !likelyIssued(top, n):
			others = append(others, n)
		case n.anchor != nil:
			trusted = append(trusted, n)
		default:
			shown = append(shown, n)
		}
	})
	if len(trusted) == 0 && (len(nodes) == 1 || top.anchor == nil) {
		trusted = shown
	}
	if len(trusted) == 0 {
		return others
	}
	if i := slices.IndexFunc(trusted, func(n *node) bool { return n.validAt(f.At) }); i >= 0 {
		return trusted[i : i+1]
	}
	best := slices.MaxFunc(trusted, func(a, b *node) int { return a.NotAfter.Compare(b.NotAfter) })
	return []*node{best}
}

// likelyIssued is what OpenSSL asks of an issuer before it looks at signatures,
// besides the names (ossl_x509_likely_issued).
func likelyIssued(child, parent *node) bool {
	return idsAgree(child, parent) && (child.X509 == nil || parent.X509 == nil || keyOf(child.X509.SignatureAlgorithm) == parent.X509.PublicKeyAlgorithm)
}

// keyOf is the type of key that makes such signatures.
func keyOf(a x509.SignatureAlgorithm) x509.PublicKeyAlgorithm {
	switch name := a.String(); {
	case a == x509.PureEd25519:
		return x509.Ed25519
	case strings.HasPrefix(name, "ECDSA"):
		return x509.ECDSA
	case strings.HasPrefix(name, "DSA"):
		return x509.DSA
	case strings.Contains(name, "RSA"):
		return x509.RSA
	}
	return x509.UnknownPublicKeyAlgorithm
}

// idsAgree compares what a certificate says of the key and the certificate of its
// issuer with these, where both are there (RFC 5280 section 4.2.1.1).
func idsAgree(child, parent *node) bool {
	if len(child.AuthorityKeyID) > 0 && len(parent.SubjectKeyID) > 0 && !bytes.Equal(child.AuthorityKeyID, parent.SubjectKeyID) {
		return false
	}
	for _, e := range child.Extensions {
		if !e.Id.Equal(oidAuthorityKeyID) {
			continue
		}
		in := cryptobyte.String(e.Value)
		var body, serial cryptobyte.String
		var has bool
		if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.SkipOptionalASN1(cbasn1.Tag(0).ContextSpecific()) ||
			!body.SkipOptionalASN1(cbasn1.Tag(1).ContextSpecific().Constructed()) ||
			!body.ReadOptionalASN1(&serial, &has, cbasn1.Tag(2).ContextSpecific()) {
			return true // there is nothing to compare
		}
		return !has || new(big.Int).SetBytes(serial).Cmp(parent.Serial) == 0
	}
	return true
}

var oidAuthorityKeyID = asn1.ObjectIdentifier{2, 5, 29, 35}

// check tells whether the key of one certificate has signed the other.
func (f *finder) check(child, parent *node) error {
	pair := [2]*node{child, parent}
	if err, ok := f.signatures[pair]; ok {
		return err
	}
	if len(f.signatures) >= f.Limits.Signatures {
		f.cut = fmt.Sprintf("more than %d signatures would have to be checked", f.Limits.Signatures)
		return errTooMany
	}
	err := f.Bundle.checkSignature(child, parent)
	f.signatures[pair] = err
	return err
}

// checkSignature remembers what it has found of two anchors.
func (b *Bundle) checkSignature(child, parent *node) error {
	if child.anchor == nil || parent.anchor == nil {
		return chain.CheckSignature(child.Certificate, parent.Certificate)
	}
	pair := [2]*trust.Anchor{child.anchor, parent.anchor}
	if err, ok := b.signed.Load(pair); ok {
		err, _ := err.(error) // nil where all is well
		return err
	}
	err := chain.CheckSignature(child.Certificate, parent.Certificate)
	b.signed.Store(pair, err)
	return err
}

var errTooMany = errors.New("too many signatures to check them all")

// missing says why nothing stands above the last certificate of a path.
func (f *finder) missing(nodes []*node) string {
	top := nodes[len(nodes)-1]
	issuer := top.link(Leaf).Issuer
	switch {
	case !top.selfIssued():
	case f.check(top, top) == nil:
		return "it is self-signed, and the bundle does not have it"
	case f.Client == OpenSSL && top.seemsSelfSigned():
		return "OpenSSL takes it for self-signed, as it has the name of its issuer and no other key identifier, and the bundle does not have it"
	}
	there := false
	f.named(top.issuer, func(n *node) { there = there || n != nil && n != top && !slices.Contains(nodes, n) })
	switch {
	case there:
		return "no certificate of the name " + issuer + " will do for its issuer"
	case issuer == "":
		return "its issuer has no name"
	}
	return "its issuer is neither in the bundle nor presented: " + issuer
}
