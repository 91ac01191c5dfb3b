package certgen

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Content is what a certificate, or a request for one, says, apart from its
// key, its dates, its serial number and its issuer.
type Content struct {
	// Subject is the DER of an RDNSequence, as ParseDN makes it; nil takes
	// DefaultSubject of the names. A CA's cannot be empty.
	Subject []byte
	// Names are the subject alternative names. They are written grouped by
	// kind, each group in this order.
	Names Names
	// OtherNames are alternative names of kinds that Names has no word for,
	// each the DER of a GeneralName. They are written after Names.
	OtherNames [][]byte
	KeyUsage   x509.KeyUsage // 0 leaves the extension out
	// ExtKeyUsage are purposes; ParseExtKeyUsage has their names.
	ExtKeyUsage []x509.OID
	CA          bool
	// PathLen is how many CAs may stand between this one and a leaf; negative
	// is any number. It means nothing without CA.
	PathLen     int
	Policies    []Policy
	Constraints Constraints // of a CA
	// CRLs, OCSP and Issuers are URLs of what the issuer provides: its CRL, its
	// OCSP responder, its own certificate. A request leaves them out.
	CRLs, OCSP, Issuers []string
	// Extensions are written as they are, last, and in place of what the fields
	// above make of the same OID.
	Extensions []pkix.Extension
}

// Policy is a certificate policy (RFC 5280 section 4.2.1.4).
type Policy struct {
	OID x509.OID
	CPS string // the URL of the practice statement; may be empty
}

// The extensions that this package writes and reads (RFC 5280 section 4.2).
var (
	oidSubjectKeyID     = asn1.ObjectIdentifier{2, 5, 29, 14}
	oidKeyUsage         = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidSubjectAltName   = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidNameConstraints  = asn1.ObjectIdentifier{2, 5, 29, 30}
	oidCRLs             = asn1.ObjectIdentifier{2, 5, 29, 31}
	oidPolicies         = asn1.ObjectIdentifier{2, 5, 29, 32}
	oidAuthorityKeyID   = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidExtKeyUsage      = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidAuthorityInfo    = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 1}
)

var emptySubject = []byte{0x30, 0x00}

// subject returns the DER of the subject, empty only where that is allowed.
func (c Content) subject() ([]byte, error) {
	if c.Subject == nil {
		return DefaultSubject(c.Names)
	}
	var rdns pkix.RDNSequence
	if rest, err := asn1.Unmarshal(c.Subject, &rdns); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("%w: the subject is no RDNSequence", ErrNoSubject)
	}
	if len(rdns) == 0 && (c.CA || len(c.Names)+len(c.OtherNames) == 0) {
		return nil, ErrNoSubject
	}
	return c.Subject, nil
}

// keyIDs are the identifiers that link a certificate to its issuer's. A nil one
// is left out.
type keyIDs struct{ subject, authority []byte }

// extensions encodes everything but the subject, in the order of crypto/x509.
func (c Content) extensions(ids keyIDs, subjectEmpty bool) ([]pkix.Extension, error) {
	// Certificates of CAs say that they are; others say that they are not,
	// because to some readers silence is a maybe (version 1 roots).
	all := []struct {
		id       asn1.ObjectIdentifier
		critical bool
		wanted   bool
		add      func(*cryptobyte.Builder)
	}{
		{oidKeyUsage, true, c.KeyUsage != 0, c.addKeyUsage},
		{oidExtKeyUsage, false, len(c.ExtKeyUsage) > 0, c.addExtKeyUsage},
		{oidBasicConstraints, true, true, c.addBasicConstraints},
		{oidSubjectKeyID, false, ids.subject != nil, func(b *cryptobyte.Builder) { b.AddASN1OctetString(ids.subject) }},
		{oidAuthorityKeyID, false, ids.authority != nil, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { addTagged(b, 0, ids.authority) })
		}},
		{oidAuthorityInfo, false, len(c.OCSP)+len(c.Issuers) > 0, c.addAuthorityInfo},
		{oidSubjectAltName, subjectEmpty, len(c.Names)+len(c.OtherNames) > 0, c.addNames},
		{oidPolicies, false, len(c.Policies) > 0, c.addPolicies},
		{oidNameConstraints, true, c.CA && !c.Constraints.Empty(), c.Constraints.add},
		{oidCRLs, false, len(c.CRLs) > 0, c.addCRLs},
	}
	var out []pkix.Extension
	for _, e := range all {
		if !e.wanted || hasExtension(c.Extensions, e.id) {
			continue
		}
		var b cryptobyte.Builder
		e.add(&b)
		value, err := b.Bytes()
		if err != nil {
			return nil, fmt.Errorf("encoding extension %v: %w", e.id, err)
		}
		out = append(out, pkix.Extension{Id: e.id, Critical: e.critical, Value: value})
	}
	for i, e := range c.Extensions {
		// RFC 5280 section 4.2: not more than one of a kind.
		if hasExtension(c.Extensions[:i], e.Id) {
			return nil, fmt.Errorf("extension %v is given twice", e.Id)
		}
	}
	return append(out, c.Extensions...), nil
}

func hasExtension(list []pkix.Extension, id asn1.ObjectIdentifier) bool {
	return slices.ContainsFunc(list, func(e pkix.Extension) bool { return e.Id.Equal(id) })
}

// addTagged adds an implicitly tagged string.
func addTagged(b *cryptobyte.Builder, tag uint8, content []byte) {
	b.AddASN1(cbasn1.Tag(tag).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(content) })
}

// addURL adds a uniformResourceIdentifier, which is an IA5String.
func addURL(b *cryptobyte.Builder, url string) {
	if url == "" || strings.ContainsFunc(url, func(r rune) bool { return r <= ' ' || r > '~' }) {
		b.SetError(fmt.Errorf("%q is no URL", url))
		return
	}
	addTagged(b, 6, []byte(url))
}

func addOID(b *cryptobyte.Builder, id x509.OID) {
	content, err := id.MarshalBinary()
	if err != nil {
		b.SetError(err)
		return
	}
	b.AddASN1(cbasn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(content) })
}

func (c Content) addKeyUsage(b *cryptobyte.Builder) {
	// Bit 0 of the BIT STRING is the highest of its first octet; DER leaves
	// trailing zeros out (X.690 section 11.2.2).
	var octets [2]byte
	length := 0
	for i := range 9 {
		if c.KeyUsage&(1<<i) != 0 {
			octets[i/8] |= 0x80 >> (i % 8)
			length = i + 1
		}
	}
	b.AddASN1(cbasn1.BIT_STRING, func(b *cryptobyte.Builder) {
		b.AddUint8(uint8((8 - length%8) % 8))
		b.AddBytes(octets[:(length+7)/8])
	})
}

func (c Content) addExtKeyUsage(b *cryptobyte.Builder) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, id := range c.ExtKeyUsage {
			addOID(b, id)
		}
	})
}

func (c Content) addBasicConstraints(b *cryptobyte.Builder) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		if !c.CA {
			return
		}
		b.AddASN1Boolean(true)
		if c.PathLen >= 0 {
			b.AddASN1Int64(int64(c.PathLen))
		}
	})
}

// The two methods of authorityInfoAccess (RFC 5280 section 4.2.2.1).
var (
	oidOCSP      = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1}
	oidCAIssuers = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 2}
)

func (c Content) addAuthorityInfo(b *cryptobyte.Builder) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, method := range []struct {
			id   asn1.ObjectIdentifier
			urls []string
		}{{oidOCSP, c.OCSP}, {oidCAIssuers, c.Issuers}} {
			for _, url := range method.urls {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(method.id)
					addURL(b, url)
				})
			}
		}
	})
}

// addCRLs writes each URL as a point of its own: the names of one point are
// ways to the same CRL, and some readers look at the first only.
func (c Content) addCRLs(b *cryptobyte.Builder) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, url := range c.CRLs {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { addURL(b, url) })
				})
			})
		}
	})
}

// oidCPS is the policy qualifier id-qt-cps.
var oidCPS = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 2, 1}

func (c Content) addPolicies(b *cryptobyte.Builder) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for i, p := range c.Policies {
			if slices.ContainsFunc(c.Policies[:i], func(q Policy) bool { return q.OID.Equal(p.OID) }) {
				b.SetError(fmt.Errorf("policy %v is given twice", p.OID))
			}
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				addOID(b, p.OID)
				if p.CPS == "" {
					return
				}
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier(oidCPS)
						b.AddASN1(cbasn1.IA5String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(p.CPS)) })
					})
				})
			})
		}
	})
}

// addNames writes GeneralNames.
func (c Content) addNames(b *cryptobyte.Builder) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, kind := range []NameKind{DNS, Email, IP, URI, UPN} {
			for _, n := range c.Names {
				if n.Kind == kind {
					addName(b, n)
				}
			}
		}
		for _, n := range c.Names {
			if n.Kind.noun() == "" {
				b.SetError(fmt.Errorf("unknown kind of name %q", n.Kind))
			}
		}
		for _, der := range c.OtherNames {
			b.AddBytes(der)
		}
	})
}

// oidUPN is Microsoft's user principal name, the otherName that logs people on.
var oidUPN = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3}

func addName(b *cryptobyte.Builder, n Name) {
	if n.Value == "" || n.Kind != UPN && strings.ContainsFunc(n.Value, func(r rune) bool { return r > '~' }) {
		b.SetError(fmt.Errorf("%q is no %s", n.Value, n.Kind.noun()))
		return
	}
	switch n.Kind {
	case DNS:
		addTagged(b, 2, []byte(n.Value))
	case Email:
		addTagged(b, 1, []byte(n.Value))
	case URI:
		addTagged(b, 6, []byte(n.Value))
	case IP:
		a, err := netip.ParseAddr(n.Value)
		if err != nil {
			b.SetError(fmt.Errorf("%q is no IP address", n.Value))
			return
		}
		addTagged(b, 7, a.Unmap().AsSlice())
	case UPN:
		b.AddASN1(cbasn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidUPN)
			b.AddASN1(cbasn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(n.Value)) })
			})
		})
	}
}

// maxNames bounds the alternative names that are read. CAs stop at a hundred or
// two.
const maxNames = 10_000

// readNames reads GeneralNames. Names of other kinds come back as DER, names of
// ours that break the rules as errors.
func readNames(value []byte) (names Names, others [][]byte, bad []error, err error) {
	in := cryptobyte.String(value)
	var list cryptobyte.String
	if !in.ReadASN1(&list, cbasn1.SEQUENCE) || !in.Empty() {
		return nil, nil, nil, fmt.Errorf("%w: subject alternative names", ErrDamaged)
	}
	for !list.Empty() {
		var element cryptobyte.String
		var tag cbasn1.Tag
		if !list.ReadAnyASN1Element(&element, &tag) {
			return nil, nil, nil, fmt.Errorf("%w: subject alternative names", ErrDamaged)
		}
		if len(names)+len(others)+len(bad) >= maxNames {
			return nil, nil, nil, fmt.Errorf("%w: more than %d subject alternative names", ErrDamaged, maxNames)
		}
		word, ok := nameWord(element)
		if !ok {
			others = append(others, element)
			continue
		}
		n, err := parseName(word)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		names = names.with(n)
	}
	return names, others, bad, nil
}

// nameWord turns a GeneralName into what ParseNames takes.
func nameWord(element cryptobyte.String) (string, bool) {
	var content cryptobyte.String
	var tag cbasn1.Tag
	if !element.ReadAnyASN1(&content, &tag) {
		return "", false
	}
	switch tag {
	case cbasn1.Tag(1).ContextSpecific():
		return string(Email) + ":" + string(content), true
	case cbasn1.Tag(2).ContextSpecific():
		return string(DNS) + ":" + string(content), true
	case cbasn1.Tag(6).ContextSpecific():
		return string(URI) + ":" + string(content), true
	case cbasn1.Tag(7).ContextSpecific():
		if a, ok := netip.AddrFromSlice(content); ok {
			return string(IP) + ":" + a.String(), true
		}
	case cbasn1.Tag(0).ContextSpecific().Constructed():
		var id asn1.ObjectIdentifier
		var wrapped, text cryptobyte.String
		if content.ReadASN1ObjectIdentifier(&id) && id.Equal(oidUPN) &&
			content.ReadASN1(&wrapped, cbasn1.Tag(0).ContextSpecific().Constructed()) && wrapped.ReadASN1(&text, cbasn1.UTF8String) {
			return string(UPN) + ":" + string(text), true
		}
	}
	return "", false
}

// subjectKeyID is the identifier of a key: method 1 of RFC 7093 section 2, as
// crypto/x509 has it.
func subjectKeyID(pub crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, err
	}
	in := cryptobyte.String(der)
	var spki cryptobyte.String
	var bits asn1.BitString
	if !in.ReadASN1(&spki, cbasn1.SEQUENCE) || !spki.SkipASN1(cbasn1.SEQUENCE) || !spki.ReadASN1BitString(&bits) {
		return nil, errors.New("a public key without bits")
	}
	sum := sha256.Sum256(bits.Bytes)
	return sum[:20], nil
}

// isEmptySubject tells the empty RDNSequence.
func isEmptySubject(subject []byte) bool { return bytes.Equal(subject, emptySubject) }
