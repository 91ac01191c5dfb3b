package certgen

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"time"
)

// The lifetimes of CAs in days, for Lifetime. A root has to be brought to every
// client by hand, so it lasts ten years; an intermediate is replaced by whoever
// has the root, so it lasts five, with room for two generations of them and for
// leaves until the end.
const (
	RootDays         = 3650
	IntermediateDays = 1825
)

// Validity is the first and the last moment of a certificate, in whole seconds.
type Validity struct{ NotBefore, NotAfter time.Time }

func (v Validity) cut() Validity {
	return Validity{v.NotBefore.UTC().Truncate(time.Second), v.NotAfter.UTC().Truncate(time.Second)}
}

// CreateRoot makes a certificate that is signed with its own key and returns its
// DER. A root is Content with CA set, as that of the profile ca.
//
// Without CA it is a self-signed leaf of CA:FALSE, which Java and OpenSSL take
// as an anchor; [SelfSigned] makes one that all others take as well.
//
// Java takes from an anchor its name and key alone, and holds nothing to its name
// constraints and path length; put into an intermediate, they hold everywhere.
//
// There is no authorityKeyIdentifier: it would repeat the subject's (RFC 5280
// section 4.2.1.1).
func CreateRoot(rand io.Reader, key crypto.Signer, c Content, v Validity, s Signing) ([]byte, error) {
	if key == nil {
		return nil, errors.New("making a root certificate: no key")
	}
	der, err := certify{pub: key.Public(), signer: key, content: c, validity: v, signing: s}.sign(rand)
	if err != nil {
		return nil, fmt.Errorf("making a root certificate: %w", err)
	}
	return der, nil
}

// certify is a certificate to be.
type certify struct {
	pub      crypto.PublicKey
	content  Content
	validity Validity
	signing  Signing
	signer   crypto.Signer
	issuer   *x509.Certificate // nil for a root
}

func (t certify) sign(rand io.Reader) ([]byte, error) {
	if err := CheckKey(t.pub); err != nil {
		return nil, err
	}
	v := t.validity.cut()
	if err := checkLifetime(v.NotBefore, v.NotAfter); err != nil {
		return nil, err
	}
	subject, err := t.content.subject()
	if err != nil {
		return nil, err
	}
	var ids keyIDs
	if ids.subject, err = subjectKeyID(t.pub); err != nil {
		return nil, err
	}
	parent := &x509.Certificate{RawSubject: subject, PublicKey: t.pub}
	if t.issuer != nil {
		parent = t.issuer
		if ids.authority = parent.SubjectKeyId; ids.authority == nil {
			if ids.authority, err = subjectKeyID(parent.PublicKey); err != nil {
				return nil, err
			}
		}
	}
	extensions, err := t.content.extensions(ids, isEmptySubject(subject))
	if err != nil {
		return nil, err
	}
	serial, err := serialNumber(rand)
	if err != nil {
		return nil, err
	}
	return createCertificate(rand, &x509.Certificate{
		SerialNumber:       serial,
		RawSubject:         subject,
		NotBefore:          v.NotBefore,
		NotAfter:           v.NotAfter,
		SignatureAlgorithm: t.signing.algorithm(t.signer.Public()),
		ExtraExtensions:    extensions,
	}, parent, t.pub, t.signer)
}

// createCertificate signs, and reads back what it signed: nobody gets a
// certificate from here that cannot be read.
func createCertificate(rand io.Reader, template, parent *x509.Certificate, pub crypto.PublicKey, key crypto.Signer) ([]byte, error) {
	der, err := x509.CreateCertificate(source(rand, key), template, parent, pub, key)
	if err != nil {
		return nil, err
	}
	if _, err := x509.ParseCertificate(der); err != nil {
		return nil, fmt.Errorf("reading it back: %w", err)
	}
	return der, nil
}

// CA is a certificate authority that can issue.
type CA struct {
	// Chain has the CA's certificate first, and above it as many of its issuers
	// as are known. All of them limit what it issues.
	Chain []*x509.Certificate
	Key   crypto.Signer
	// Signing is how it signs.
	Signing Signing
}

// NewCA puts a CA together. The errors are *NotCAError, ErrKeyMismatch and
// *KeyError.
//
// Whatever says that it is a CA is taken: also a version 3 certificate without
// keyUsage. One of version 1 or 2, or without basicConstraints, is not: Java, Go
// and OpenSSL take it as a root at best.
func NewCA(chain []*x509.Certificate, key crypto.Signer) (*CA, error) {
	fail := func(err error) (*CA, error) { return nil, fmt.Errorf("taking a CA: %w", err) }
	if len(chain) == 0 || key == nil {
		return fail(errors.New("there is no certificate, or no key"))
	}
	if err := MayIssue(chain[0]); err != nil {
		return fail(err)
	}
	if isEmptySubject(chain[0].RawSubject) {
		return fail(&NotCAError{FormatDN(chain[0].RawSubject), "its subject is empty"})
	}
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(chain[0].PublicKey) {
		return fail(fmt.Errorf("%s: %w", FormatDN(chain[0].RawSubject), ErrKeyMismatch))
	}
	if err := CheckKey(key.Public()); err != nil {
		return fail(err)
	}
	return &CA{Chain: chain, Key: key}, nil
}

// MayIssue tells whether a certificate is one of a CA, as NewCA wants it: a
// self-signed one that says CA:TRUE for its own sake, as that of [SelfSigned], is
// none. The error is a *NotCAError.
func MayIssue(c *x509.Certificate) error {
	no := func(why string) error { return &NotCAError{FormatDN(c.RawSubject), why} }
	switch {
	case c.Version < 3:
		return no(fmt.Sprintf("a certificate of version %d cannot say that it is", c.Version))
	case !c.BasicConstraintsValid:
		return no("it has no basicConstraints")
	case !c.IsCA:
		return no("its basicConstraints say CA:FALSE")
	case c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0:
		return no("its keyUsage lacks keyCertSign")
	case ownAnchor(c):
		return no("it says CA:TRUE to be the trust anchor of its own server or client, and whoever trusts that would trust what it issues")
	}
	return nil
}

// ownAnchor tells whether a certificate has the form that [Content.SelfSigned] makes.
// That of a CA differs: it has no purpose of its own, or signs its CRLs.
func ownAnchor(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer) && len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) > 0 &&
		c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageCRLSign) == x509.KeyUsageDigitalSignature
}

// Certificate is the CA's own.
func (ca *CA) Certificate() *x509.Certificate { return ca.Chain[0] }

func (ca *CA) name() string { return FormatDN(ca.Chain[0].RawSubject) }

// Current tells whether all certificates of the CA are valid now. The error is
// an *ExpiredError.
func (ca *CA) Current(now time.Time) error {
	for _, c := range ca.Chain {
		if now.Before(c.NotBefore) || now.After(c.NotAfter) {
			return &ExpiredError{Subject: FormatDN(c.RawSubject), NotBefore: c.NotBefore, NotAfter: c.NotAfter, Now: now}
		}
	}
	return nil
}

// Clamp returns the part of a validity in which the CA is valid, too, and
// whether anything was cut off: a chain is checked as a whole, so that a
// certificate is of no use outside. What remains may be empty, which Issue
// refuses with ErrLifetime.
func (ca *CA) Clamp(v Validity) (Validity, bool) {
	out := v.cut()
	for _, c := range ca.Chain {
		if out.NotBefore.Before(c.NotBefore) {
			out.NotBefore = c.NotBefore.UTC()
		}
		if out.NotAfter.After(c.NotAfter) {
			out.NotAfter = c.NotAfter.UTC()
		}
	}
	return out, out != v.cut()
}

// Issue makes a certificate for a public key and returns its DER. Whoever asks
// for it must have shown that he has the private key: see CSR.Check.
//
// The errors, besides those of a request that is wrong in itself: *ExpiredError
// of the CA, *OutlivesError, *NotPermittedError, *PathLenError, *UsageError,
// ErrOwnSubject, *KeyError.
//
// The serial number has 128 bits of rand. The signature goes by the CA's key, as
// in [SelfSigned].
func (ca *CA) Issue(rand io.Reader, now time.Time, pub crypto.PublicKey, c Content, v Validity) ([]byte, error) {
	der, err := ca.issue(rand, now, pub, c, v)
	if err != nil {
		return nil, fmt.Errorf("issuing a certificate: %w", err)
	}
	return der, nil
}

func (ca *CA) issue(rand io.Reader, now time.Time, pub crypto.PublicKey, c Content, v Validity) ([]byte, error) {
	if err := ca.Current(now); err != nil {
		return nil, err
	}
	v = v.cut()
	for _, above := range ca.Chain {
		if v.NotBefore.Before(above.NotBefore) {
			return nil, &OutlivesError{FormatDN(above.RawSubject), above.NotBefore, above.NotAfter, v.NotBefore}
		}
		if v.NotAfter.After(above.NotAfter) {
			return nil, &OutlivesError{FormatDN(above.RawSubject), above.NotBefore, above.NotAfter, v.NotAfter}
		}
	}
	if _, err := ca.Check(c); err != nil {
		return nil, err
	}
	return certify{pub: pub, content: c, validity: v, signing: ca.Signing, signer: ca.Key, issuer: ca.Chain[0]}.sign(rand)
}

// Check tells whether the CA may issue a certificate of this content. The list
// has names that RFC 5280 permits and some verifiers do not.
func (ca *CA) Check(c Content) ([]Refusal, error) {
	subject, err := c.subject()
	if err != nil {
		return nil, err
	}
	// What is given as an extension counts in place of the fields.
	isCA, pathLen, usages, names := c.CA, c.PathLen, c.ExtKeyUsage, c.Names
	for _, e := range c.Extensions {
		switch {
		case e.Id.Equal(oidBasicConstraints):
			isCA, pathLen = readBasicConstraints(e.Value)
		case e.Id.Equal(oidExtKeyUsage):
			usages = readExtKeyUsage(e.Value)
		case e.Id.Equal(oidSubjectAltName):
			var bad []error
			if names, _, bad, err = readNames(e.Value); err != nil {
				return nil, err
			}
			if len(bad) > 0 {
				return nil, errors.Join(bad...)
			}
		}
	}
	if !isCA && SameDN(subject, ca.Chain[0].RawSubject) {
		return nil, fmt.Errorf("%w: %s", ErrOwnSubject, ca.name())
	}
	if isCA {
		if err := ca.checkPathLen(pathLen, SameDN(subject, ca.Chain[0].RawSubject)); err != nil {
			return nil, err
		}
	}
	if err := ca.checkUsages(usages); err != nil {
		return nil, err
	}
	return ca.checkNames(subject, names)
}

// checkPathLen counts the CAs that would stand between each of the chain and a
// leaf. Self-issued ones, which have the name of the one above, do not count
// (RFC 5280 section 4.2.1.9).
func (ca *CA) checkPathLen(asked int, selfIssued bool) error {
	between := 1 // the new one
	if selfIssued {
		between = 0
	}
	for _, above := range ca.Chain {
		if above.BasicConstraintsValid && above.IsCA && (above.MaxPathLen > 0 || above.MaxPathLen == 0 && above.MaxPathLenZero) {
			if asked < 0 {
				// It could say so and nothing would come of it; but whoever asks
				// for any number expects some.
				if between > above.MaxPathLen {
					return &PathLenError{FormatDN(above.RawSubject), above.MaxPathLen, between}
				}
				return &PathLenError{FormatDN(above.RawSubject), above.MaxPathLen, asked}
			}
			if between+asked > above.MaxPathLen {
				return &PathLenError{FormatDN(above.RawSubject), above.MaxPathLen, between + asked}
			}
		}
		if !SameDN(above.RawSubject, above.RawIssuer) {
			between++
		}
	}
	return nil
}

var anyExtKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 37, 0}

// checkUsages holds purposes to those of the CAs. RFC 5280 does not nest them,
// but Go, OpenSSL, Windows and NSS do; Go asks the root as well.
func (ca *CA) checkUsages(usages []x509.OID) error {
	for _, above := range ca.Chain {
		value, ok := extensionOf(above.Extensions, oidExtKeyUsage)
		if !ok {
			continue
		}
		has := readExtKeyUsage(value)
		e := &UsageError{Subject: FormatDN(above.RawSubject)}
		anything := false
		for _, id := range has {
			e.Has = append(e.Has, ExtKeyUsageName(id))
			anything = anything || id.EqualASN1OID(anyExtKeyUsage)
		}
		for _, id := range usages {
			if !hasOID(has, id) {
				e.Asked = append(e.Asked, ExtKeyUsageName(id))
			}
		}
		if !anything && len(e.Asked) > 0 {
			return e
		}
	}
	return nil
}

func extensionOf(list []pkix.Extension, id asn1.ObjectIdentifier) ([]byte, bool) {
	for _, e := range list {
		if e.Id.Equal(id) {
			return e.Value, true
		}
	}
	return nil, false
}

func (ca *CA) checkNames(subject []byte, names Names) ([]Refusal, error) {
	var out []Refusal
	for _, above := range ca.Chain {
		value, ok := extensionOf(above.Extensions, oidNameConstraints)
		if !ok {
			continue
		}
		constraints, err := readConstraints(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", FormatDN(above.RawSubject), err)
		}
		some, err := constraints.Check(subject, names)
		if err != nil {
			return nil, notPermitted(err, FormatDN(above.RawSubject))
		}
		out = append(out, some...)
	}
	return out, nil
}

// ConstraintsOf reads the name constraints of a certificate; they are empty when
// it has none.
func ConstraintsOf(c *x509.Certificate) (Constraints, error) {
	value, ok := extensionOf(c.Extensions, oidNameConstraints)
	if !ok {
		return Constraints{}, nil
	}
	return readConstraints(value)
}
