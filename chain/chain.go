// Package chain finds the chain of a certificate among others that lie about in
// any order: what a CA sent, what a store holds, what a system trusts.
//
// It is no part of certgen, which makes certificates and knows those that Go
// reads only: a CA's reply must also be sorted when its keys are on curves that
// Go does not have.
package chain

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/certgen"
	"muxkey/pkcs12x"
)

// Search says what is looked for, and among what.
type Search struct {
	// SPKI is the DER of the SubjectPublicKeyInfo that the leaf must have: that
	// of the pending key.
	SPKI []byte
	// Reply is what the CA sent. The leaf is one of these.
	Reply []*pkcs12x.Certificate
	// Pool are other certificates that may stand above it.
	Pool []*pkcs12x.Certificate
	// Anchors are trusted. They may stand above it as well.
	Anchors []*pkcs12x.Certificate
	// Names must all be among those of the leaf.
	Names certgen.Names
	// CA is set when the key is that of a CA: a certificate of a CA is then what
	// is wanted.
	CA  bool
	Now time.Time
}

// Result is a chain.
type Result struct {
	// Chain has the leaf first and each one's issuer behind it.
	Chain []*pkcs12x.Certificate
	// Complete: the last one is self-signed, or an anchor.
	Complete bool
	// Trusted: the last one is an anchor.
	Trusted bool
	// Unused are certificates of the reply that have no place in the chain.
	Unused []*pkcs12x.Certificate
	// Remarks say what may be wrong with it though it fits together: a
	// certificate that has expired, a name outside a CA's constraints, a
	// signature that cannot be checked here.
	Remarks []string
}

// ErrEmpty means that there is no certificate in the reply.
var ErrEmpty = errors.New("no certificate in the reply")

// OtherKeyError means that the reply is for another key.
type OtherKeyError struct {
	// Subjects of the reply's certificates that are not of CAs, as
	// certgen.FormatDN writes them; at most ten.
	Subjects []string
	// OnlyCAs: the reply has nothing but the certificates of CAs, so that the one
	// that was asked for is missing.
	OnlyCAs bool
}

func (e *OtherKeyError) Error() string {
	if e.OnlyCAs {
		return "the reply has certificates of CAs only, and not the one that was asked for"
	}
	return "the reply is for another key: it certifies that of " + strings.Join(e.Subjects, "; ")
}

// CAError means that the certificate for the key is one of a CA.
type CAError struct{ Subject string }

func (e *CAError) Error() string {
	return e.Subject + " is the certificate of a CA (CA:TRUE), and not of a server or client"
}

// MissingNamesError means that the leaf lacks names that it should have.
type MissingNamesError struct {
	Missing certgen.Names
	Have    []string // of the leaf, as host names and addresses
}

func (e *MissingNamesError) Error() string {
	var names []string
	for _, n := range e.Missing {
		names = append(names, n.Value)
	}
	have := "it has none"
	if len(e.Have) > 0 {
		have = "it has " + strings.Join(e.Have[:min(len(e.Have), 10)], ", ")
	}
	return fmt.Sprintf("the certificate lacks %s: %s", strings.Join(names, ", "), have)
}

// MissingIssuerError means that the chain ends without a root.
type MissingIssuerError struct {
	Subject string // of the last certificate that was found
	Issuer  string // of the one that is missing
	KeyID   string // of the one that is missing, in hex; empty when unknown
	// URLs where the last one says that its issuer can be had.
	URLs []string
	// Why says of certificates that have the issuer's name why they are not it.
	Why []string
}

// ChangedError means that a certificate is not as its issuer has signed it. It wraps
// certgen.ErrSignature.
type ChangedError struct {
	Subject string // of the certificate
	Issuer  string // which is there, with the key identifier that the certificate names
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%v: %s was changed or damaged after %s had signed it", certgen.ErrSignature, e.Subject, e.Issuer)
}

// Unwrap returns certgen.ErrSignature.
func (e *ChangedError) Unwrap() error { return certgen.ErrSignature }

func (e *MissingIssuerError) Error() string {
	s := fmt.Sprintf("the issuer of %s is missing: %s", e.Subject, e.Issuer)
	if e.KeyID != "" {
		s += " with key identifier " + e.KeyID
	}
	if len(e.Why) > 0 {
		s += " (" + strings.Join(e.Why, "; ") + ")"
	}
	return s
}

// Find finds the best chain for the key. In this order that is: one that ends in
// an anchor; one that ends in a root; one whose signatures can all be checked;
// one whose key identifiers agree; one that is valid now; the shortest, or of those without end the longest; the
// one that is valid longest; the one that comes first.
//
// Errors: ErrEmpty, *OtherKeyError, *CAError; with the result as far as it goes
// *MissingIssuerError, *ChangedError and *MissingNamesError.
//
// Of several certificates for the key it takes one that is not self-signed, then
// the one that is valid now, then the newest. Names are compared as RFC 5280
// section 7.1 has it; path lengths hold. The work is bounded: chains of maxDepth certificates, maxChecks
// signatures.
func (s Search) Find() (*Result, error) {
	f := &finder{Search: s, key: parseKey(s.SPKI)}
	leaf, err := f.leaf()
	if err != nil {
		return nil, err
	}
	f.index()
	f.walk([]*node{leaf})
	r := &Result{Complete: f.best.complete, Trusted: f.best.trusted}
	for _, n := range f.best.nodes {
		r.Chain = append(r.Chain, n.Certificate)
	}
	for _, c := range s.Reply {
		if !slices.ContainsFunc(r.Chain, func(in *pkcs12x.Certificate) bool { return bytes.Equal(in.Raw, c.Raw) }) {
			r.Unused = append(r.Unused, c)
		}
	}
	r.Remarks = f.remarks(f.best)
	if !r.Complete {
		if changed := f.changed(f.best); changed != nil {
			return r, changed
		}
	}
	if missing := f.missingNames(leaf); missing != nil {
		return r, missing
	}
	if !r.Complete {
		return r, f.missingIssuer(f.best)
	}
	return r, nil
}

const (
	maxDepth  = 12     // certificates in a chain; real ones have four or five
	maxChecks = 200    // of signatures; Go's verifier stops at a hundred
	maxSteps  = 20_000 // certificates that were looked at, the same one again and again
)

// node is a certificate with what is looked at again and again.
type node struct {
	*pkcs12x.Certificate
	subject, issuer string // to compare
	anchor          bool
}

type path struct {
	nodes             []*node
	complete, trusted bool
	unchecked         int // signatures that cannot be checked
	strangeIDs        int // issuers with another key identifier than was said
}

type finder struct {
	Search
	key       crypto.PublicKey
	bySubject map[string][]*node
	best      path
	checks    map[[2]*node]verdict
	steps     int
}

func parseKey(spki []byte) crypto.PublicKey {
	pub, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil
	}
	return pub
}

// has compares keys; by their bytes, if Go cannot read them, for the parameters
// of one key are written in more than one way.
func (f *finder) has(c *pkcs12x.Certificate) bool {
	if bytes.Equal(c.RawSPKI, f.SPKI) {
		return true
	}
	key, ok := f.key.(interface{ Equal(crypto.PublicKey) bool })
	return ok && c.X509 != nil && c.X509.PublicKey != nil && key.Equal(c.X509.PublicKey)
}

func selfIssued(c *pkcs12x.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

func (f *finder) validNow(c *pkcs12x.Certificate) bool {
	return !f.Now.Before(c.NotBefore) && !f.Now.After(c.NotAfter)
}

// oldRoot: before version 3 a certificate could not say that it is of a CA.
func oldRoot(c *pkcs12x.Certificate) bool { return c.Version < 3 && selfIssued(c) }

// isCA is what the certificate says of itself; one that Go does not read is given
// the benefit of the doubt above a leaf.
func isCA(c *pkcs12x.Certificate) bool {
	return c.X509 != nil && c.X509.BasicConstraintsValid && c.X509.IsCA
}

func (f *finder) leaf() (*node, error) {
	if len(f.Reply) == 0 {
		return nil, ErrEmpty
	}
	var own []*pkcs12x.Certificate
	other := &OtherKeyError{OnlyCAs: true}
	for _, c := range f.Reply {
		if f.has(c) {
			own = append(own, c)
			continue
		}
		if !isCA(c) && !oldRoot(c) {
			other.OnlyCAs = false
			if len(other.Subjects) < 10 {
				other.Subjects = append(other.Subjects, certgen.FormatDN(c.RawSubject))
			}
		}
	}
	if len(own) == 0 {
		return nil, other
	}
	first := func(a, b bool) int { // true before false
		switch {
		case a == b:
			return 0
		case a:
			return -1
		}
		return 1
	}
	slices.SortStableFunc(own, func(a, b *pkcs12x.Certificate) int {
		return cmp.Or(first(!selfIssued(a), !selfIssued(b)), first(isCA(a) == f.CA, isCA(b) == f.CA),
			first(f.validNow(a), f.validNow(b)), b.NotBefore.Compare(a.NotBefore))
	})
	// The self-signed certificate that muxkey and others make says CA:TRUE and is
	// a leaf all the same.
	if isCA(own[0]) && !f.CA && !selfIssued(own[0]) {
		return nil, &CAError{certgen.FormatDN(own[0].RawSubject)}
	}
	return f.node(own[0], false), nil
}

func (f *finder) node(c *pkcs12x.Certificate, anchor bool) *node {
	return &node{c, CanonicalName(c.RawSubject), CanonicalName(c.RawIssuer), anchor}
}

// CanonicalName is a form of a name in which equal ones are equal, whatever string
// types, case and blanks they have (RFC 5280 section 7.1). der is that of the name.
func CanonicalName(der []byte) string {
	return strings.ToLower(strings.Join(strings.Fields(certgen.FormatDN(der)), " "))
}

// index puts every certificate under its subject once, those of the reply first.
func (f *finder) index() {
	f.bySubject = map[string][]*node{}
	f.checks = map[[2]*node]verdict{}
	seen := map[string]*node{}
	for _, list := range [][]*pkcs12x.Certificate{f.Reply, f.Pool, f.Anchors} {
		for _, c := range list {
			if n := seen[string(c.Raw)]; n != nil {
				continue
			}
			n := f.node(c, false)
			seen[string(c.Raw)] = n
			f.bySubject[n.subject] = append(f.bySubject[n.subject], n)
		}
	}
	for _, c := range f.Anchors {
		seen[string(c.Raw)].anchor = true
	}
}

// walk goes up from the last certificate of a path, and keeps the best path.
func (f *finder) walk(nodes []*node) {
	top := nodes[len(nodes)-1]
	if len(nodes) == 1 && f.isAnchor(top) {
		top.anchor = true
	}
	if top.anchor || top.subject == top.issuer && f.check(top, top) != wrong {
		f.keep(nodes, true)
		return
	}
	dead := true
	if len(nodes) < maxDepth {
		// Those with the right key identifier first: checks are counted.
		for _, fits := range []bool{true, false} {
			for _, n := range f.bySubject[top.issuer] {
				if f.steps++; f.steps > maxSteps {
					break
				}
				if idsAgree(top, n) == fits && f.mayStandAbove(nodes, n) == "" {
					dead = false
					f.walk(append(slices.Clone(nodes), n))
				}
			}
		}
	}
	if dead {
		f.keep(nodes, false)
	}
}

// idsAgree compares key identifiers where both certificates have them.
func idsAgree(child, parent *node) bool {
	return len(child.AuthorityKeyID) == 0 || len(parent.SubjectKeyID) == 0 || bytes.Equal(child.AuthorityKeyID, parent.SubjectKeyID)
}

func (f *finder) isAnchor(n *node) bool {
	return slices.ContainsFunc(f.Anchors, func(c *pkcs12x.Certificate) bool { return bytes.Equal(c.Raw, n.Raw) })
}

// mayStandAbove returns why a certificate is not the issuer of the last one of a
// path, or "".
func (f *finder) mayStandAbove(nodes []*node, n *node) string {
	top := nodes[len(nodes)-1]
	for _, below := range nodes {
		// One key under one name twice is a cycle, or a way round one.
		if below.subject == n.subject && bytes.Equal(below.RawSPKI, n.RawSPKI) {
			return "it is in the chain already"
		}
	}
	switch {
	case n.X509 != nil && !isCA(n.Certificate) && !oldRoot(n.Certificate):
		return "it is not of a CA"
	case n.X509 != nil && n.X509.KeyUsage != 0 && n.X509.KeyUsage&x509.KeyUsageCertSign == 0:
		return "its keyUsage lacks keyCertSign"
	case !pathLenHolds(n, nodes):
		return "its path length does not allow the CAs below it"
	case f.check(top, n) == wrong:
		return "it has another key: the signature is not by it"
	}
	return ""
}

// pathLenHolds counts the CAs below that are not self-issued (RFC 5280 section
// 4.2.1.9).
func pathLenHolds(n *node, below []*node) bool {
	if n.X509 == nil || n.X509.MaxPathLen < 0 || n.X509.MaxPathLen == 0 && !n.X509.MaxPathLenZero {
		return true
	}
	cas := 0
	for _, c := range below[1:] {
		if c.subject != c.issuer {
			cas++
		}
	}
	return cas <= n.X509.MaxPathLen
}

type verdict int

const (
	unknown verdict = iota // not checked yet
	right
	wrong
	uncheckable // the algorithm or the key is not known to Go
)

// The sizes of RSA keys in between are checked: crypto/rsa refuses smaller ones,
// and larger ones take long.
const minRSABits, maxRSABits = 1024, 16384

// check tells whether one certificate was signed by the key of another.
func (f *finder) check(child, parent *node) verdict {
	pair := [2]*node{child, parent}
	if v := f.checks[pair]; v != unknown {
		return v
	}
	if len(f.checks) >= maxChecks {
		return wrong
	}
	v := right
	switch err := CheckSignature(child.Certificate, parent.Certificate); {
	case errors.Is(err, ErrUncheckable):
		v = uncheckable
	case err != nil:
		v = wrong
	}
	f.checks[pair] = v
	return v
}

// algorithmsAgree tells whether a certificate names the algorithm of its signature
// twice alike, as RFC 5280 section 4.1.1.2 demands: the name outside is not signed.
func algorithmsAgree(der []byte) bool {
	in := cryptobyte.String(der)
	var outer, tbs, outside, inside cryptobyte.String
	return in.ReadASN1(&outer, cbasn1.SEQUENCE) && outer.ReadASN1(&tbs, cbasn1.SEQUENCE) && outer.ReadASN1Element(&outside, cbasn1.SEQUENCE) &&
		tbs.SkipOptionalASN1(cbasn1.Tag(0).ContextSpecific().Constructed()) && tbs.SkipASN1(cbasn1.INTEGER) &&
		tbs.ReadASN1Element(&inside, cbasn1.SEQUENCE) && bytes.Equal(outside, inside)
}

// ErrUncheckable means that a signature is by an algorithm or a key that Go does
// not know, or no longer takes: MD5, DSA, RSA keys below 1024 and above 16384 bits.
var ErrUncheckable = errors.New("the signature cannot be checked here")

// CheckSignature tells whether a certificate was signed by the key of another.
// What both say besides does not count. Errors: ErrUncheckable, and others when the
// signature is wrong.
func CheckSignature(child, parent *pkcs12x.Certificate) error {
	// Not by what Go reads of them: a certificate that is damaged is not read.
	key := parseKey(parent.RawSPKI)
	if parent.X509 != nil {
		key = parent.X509.PublicKey
	}
	if !algorithmsAgree(child.Raw) {
		return fmt.Errorf("%w: it names two algorithms for its signature", certgen.ErrSignature)
	}
	k, ok := key.(*rsa.PublicKey)
	if key == nil || ok && (k.N.BitLen() < minRSABits || k.N.BitLen() > maxRSABits) {
		return ErrUncheckable
	}
	err := certgen.CheckSigned(key, child.Raw)
	if _, insecure := errors.AsType[x509.InsecureAlgorithmError](err); insecure || errors.Is(err, x509.ErrUnsupportedAlgorithm) {
		return fmt.Errorf("%w: %w", ErrUncheckable, err)
	}
	return err
}

// keep takes a path if it is better than the best so far.
func (f *finder) keep(nodes []*node, complete bool) {
	p := path{nodes: nodes, complete: complete, trusted: nodes[len(nodes)-1].anchor}
	for i := 1; i < len(nodes); i++ {
		if f.check(nodes[i-1], nodes[i]) == uncheckable {
			p.unchecked++
		}
		if !idsAgree(nodes[i-1], nodes[i]) {
			p.strangeIDs++
		}
	}
	if f.best.nodes == nil || f.better(p, f.best) {
		f.best = p
	}
}

func (f *finder) better(a, b path) bool {
	number := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	valid := func(p path) int {
		return number(!slices.ContainsFunc(p.nodes, func(n *node) bool { return !f.validNow(n.Certificate) }))
	}
	length := len(b.nodes) - len(a.nodes)
	if !a.complete {
		length = -length
	}
	return cmp.Or(
		number(a.trusted)-number(b.trusted),
		number(a.complete)-number(b.complete),
		number(a.unchecked == 0)-number(b.unchecked == 0),
		number(a.strangeIDs == 0)-number(b.strangeIDs == 0),
		valid(a)-valid(b),
		length,
		ends(a).Compare(ends(b)),
	) > 0
}

// ends is when the first certificate of a path expires.
func ends(p path) time.Time {
	end := p.nodes[0].NotAfter
	for _, n := range p.nodes {
		if n.NotAfter.Before(end) {
			end = n.NotAfter
		}
	}
	return end
}

func (f *finder) missingIssuer(p path) error {
	top := p.nodes[len(p.nodes)-1]
	e := &MissingIssuerError{
		Subject: certgen.FormatDN(top.RawSubject), Issuer: certgen.FormatDN(top.RawIssuer), KeyID: hex.EncodeToString(top.AuthorityKeyID),
	}
	if top.X509 != nil {
		e.URLs = top.X509.IssuingCertificateURL
	}
	if len(p.nodes) >= maxDepth {
		e.Why = append(e.Why, fmt.Sprintf("chains of more than %d certificates are not followed", maxDepth))
	}
	for _, n := range f.bySubject[top.issuer] {
		if why := f.mayStandAbove(p.nodes, n); why != "" && len(e.Why) < 3 {
			e.Why = append(e.Why, fmt.Sprintf("there is one of that name until %s, but %s", n.NotAfter.UTC().Format(time.DateOnly), why))
		}
	}
	return e
}

// changed tells whether a path ends because its last certificate is not the one that
// was signed: its issuer is there, by its name and the identifier of its key, or by its
// name alone where the certificate is too broken to be read.
func (f *finder) changed(p path) error {
	top := p.nodes[len(p.nodes)-1]
	for _, n := range f.bySubject[top.issuer] {
		// Only what was checked: there is a bound on that.
		named := top.X509 == nil || len(n.SubjectKeyID) > 0 && bytes.Equal(n.SubjectKeyID, top.AuthorityKeyID)
		if n != top && named && f.checks[[2]*node{top, n}] == wrong {
			return &ChangedError{certgen.FormatDN(top.RawSubject), certgen.FormatDN(n.RawSubject)}
		}
	}
	return nil
}

// missingNames holds the leaf to what was asked for. A wildcard stands for the
// hosts that clients take it for.
func (f *finder) missingNames(leaf *node) error {
	if len(f.Names) == 0 || leaf.X509 == nil {
		return nil
	}
	has, _ := certgen.Renewal(leaf.X509)
	e := &MissingNamesError{}
	for _, n := range has.Names {
		e.Have = append(e.Have, n.Value)
	}
	for _, want := range f.Names {
		if !slices.ContainsFunc(has.Names, func(n certgen.Name) bool {
			below, wild := strings.CutPrefix(n.Value, "*.")
			_, parent, _ := strings.Cut(want.Value, ".")
			return n.Kind == want.Kind && (n.Value == want.Value || wild && n.Kind == certgen.DNS && below == parent)
		}) {
			e.Missing = append(e.Missing, want)
		}
	}
	if len(e.Missing) == 0 {
		return nil
	}
	return e
}

func (f *finder) remarks(p path) []string {
	var out []string
	add := func(text string, args ...any) { out = append(out, fmt.Sprintf(text, args...)) }
	for _, n := range p.nodes {
		name := certgen.FormatDN(n.RawSubject)
		switch {
		case f.Now.After(n.NotAfter):
			add("%s expired on %s", name, n.NotAfter.UTC().Format(time.DateOnly))
		case f.Now.Before(n.NotBefore):
			add("%s is not valid before %s", name, n.NotBefore.UTC().Format(time.RFC3339))
		}
	}
	if p.unchecked > 0 {
		add("%d signatures cannot be checked here: they are by algorithms or keys that this program does not know", p.unchecked)
	}
	if p.strangeIDs > 0 {
		add("%d key identifiers do not agree with that of the issuer, though its signature is right: OpenSSL refuses the chain", p.strangeIDs)
	}
	leaf := p.nodes[0]
	if leaf.X509 == nil {
		if len(f.Names) > 0 {
			add("the names of %s cannot be compared with those that were asked for: %v", certgen.FormatDN(leaf.RawSubject), leaf.Err)
		}
		return out
	}
	content, _ := certgen.Renewal(leaf.X509)
	for _, n := range p.nodes[1:] {
		if n.X509 == nil {
			continue
		}
		constraints, err := certgen.ConstraintsOf(n.X509)
		if err != nil {
			add("%s: %v", certgen.FormatDN(n.RawSubject), err)
			continue
		}
		some, err := constraints.Check(leaf.RawSubject, content.Names)
		if err != nil {
			add("%s: %v", certgen.FormatDN(n.RawSubject), err)
		}
		for _, r := range some {
			add("%s under %s: %s", r.Sentence(), certgen.FormatDN(n.RawSubject), r.Why)
		}
	}
	return out
}
