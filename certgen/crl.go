package certgen

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"time"
)

// CRLDays is how long a CRL is good for when nothing else is asked: a month,
// after which clients that check refuse all certificates of the CA. It is for
// lists that people make by hand; a timer does better with a week.
const CRLDays = 30

// Reason is why a certificate was revoked (RFC 5280 section 5.3.1).
type Reason int

type namedReason struct {
	code Reason
	name string
}

// reasons that a CRL of ours can hold. unspecified is written by leaving the
// reason out; removeFromCRL is for delta CRLs only.
var reasons = []namedReason{
	{0, "unspecified"},
	{1, "keyCompromise"},
	{2, "cACompromise"},
	{3, "affiliationChanged"},
	{4, "superseded"},
	{5, "cessationOfOperation"},
	{6, "certificateHold"},
	{9, "privilegeWithdrawn"},
	{10, "aACompromise"},
}

// CertificateHold is the one reason that can be taken back.
const CertificateHold Reason = 6

// ReasonNames lists the names of the reasons.
func ReasonNames() []string {
	var out []string
	for _, r := range reasons {
		out = append(out, r.name)
	}
	return out
}

// ParseReason reads the name of a reason, in any case, or its number. The error
// wraps ErrReason.
func ParseReason(word string) (Reason, error) {
	for _, r := range reasons {
		if strings.EqualFold(r.name, word) || fmt.Sprint(int(r.code)) == word {
			return r.code, nil
		}
	}
	return 0, fmt.Errorf("%w %q (there are %s)", ErrReason, word, strings.Join(ReasonNames(), ", "))
}

func (r Reason) String() string {
	for _, known := range reasons {
		if known.code == r {
			return known.name
		}
	}
	return fmt.Sprintf("reason %d", int(r))
}

// Revocation is one entry of a CRL.
type Revocation struct {
	Serial *big.Int
	Time   time.Time
	Reason Reason
	// Extensions are those besides the reason, as an older list has them.
	Extensions []pkix.Extension
}

// The extensions of CRLs that this package knows (RFC 5280 section 5).
var (
	oidCRLNumber  = asn1.ObjectIdentifier{2, 5, 29, 20}
	oidReasonCode = asn1.ObjectIdentifier{2, 5, 29, 21}
	oidDeltaCRL   = asn1.ObjectIdentifier{2, 5, 29, 27}
)

// CRL is the facts of a certificate revocation list.
type CRL struct {
	Raw        []byte   // DER
	Issuer     []byte   // DER of the RDNSequence
	Number     *big.Int // nil where there is none
	ThisUpdate time.Time
	NextUpdate time.Time // zero where there is none
	Revoked    []Revocation

	parsed *x509.RevocationList
}

// ParseCRL reads the DER of a CRL. The error wraps ErrDamaged. Its time and
// memory go by the length, which the caller bounds.
func ParseCRL(der []byte) (*CRL, error) {
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, fmt.Errorf("reading a CRL: %w: %w", ErrDamaged, err)
	}
	c := &CRL{
		Raw: der, Issuer: list.RawIssuer, Number: list.Number,
		ThisUpdate: list.ThisUpdate, NextUpdate: list.NextUpdate, parsed: list,
	}
	for _, e := range list.RevokedCertificateEntries {
		r := Revocation{Serial: e.SerialNumber, Time: e.RevocationTime, Reason: Reason(e.ReasonCode)}
		for _, x := range e.Extensions {
			if !x.Id.Equal(oidReasonCode) {
				r.Extensions = append(r.Extensions, x)
			}
		}
		c.Revoked = append(c.Revoked, r)
	}
	return c, nil
}

// Find returns the entry of a serial number.
func (c *CRL) Find(serial *big.Int) (Revocation, bool) {
	for _, r := range c.Revoked {
		if r.Serial.Cmp(serial) == 0 {
			return r, true
		}
	}
	return Revocation{}, false
}

// CRLUpdate says how a CRL goes on.
type CRLUpdate struct {
	// Old is the list that is continued: its entries and extensions are kept and
	// its number is raised by one. Nil begins with number 1; a CA that has had a list must not
	// begin again, for some clients refuse a number that falls.
	Old *CRL
	// Add are new entries. One that is in the list already stays as it is there,
	// with its date, unless it was on hold: then it becomes the new one.
	Add []Revocation
	// Drop leaves out old entries for which it is true: those of certificates
	// that have expired (RFC 5280 section 3.3 wants them on one more list after
	// that), and those on hold that are taken back. Nil keeps all.
	Drop func(Revocation) bool
	// ThisUpdate is now; NextUpdate is when the next list will be there.
	ThisUpdate, NextUpdate time.Time
}

// CreateCRL makes the CA's list and returns its DER. The errors: *ExpiredError
// of the CA's certificate, ErrCannotCRL, ErrOtherCRL, ErrSignature when the old
// list is not the CA's, ErrLifetime, ErrReason.
func (ca *CA) CreateCRL(rand io.Reader, u CRLUpdate) ([]byte, error) {
	der, err := ca.createCRL(rand, u)
	if err != nil {
		return nil, fmt.Errorf("making a CRL: %w", err)
	}
	return der, nil
}

func (ca *CA) createCRL(rand io.Reader, u CRLUpdate) ([]byte, error) {
	issuer := ca.Chain[0]
	when := Validity{u.ThisUpdate, u.NextUpdate}.cut()
	switch {
	case issuer.KeyUsage != 0 && issuer.KeyUsage&x509.KeyUsageCRLSign == 0:
		return nil, fmt.Errorf("%w: the keyUsage of %s lacks cRLSign", ErrCannotCRL, ca.name())
	case !when.NotAfter.After(when.NotBefore):
		return nil, fmt.Errorf("%w: the next update is not after this one", ErrLifetime)
	}
	if now := when.NotBefore; now.Before(issuer.NotBefore) || now.After(issuer.NotAfter) {
		return nil, &ExpiredError{Subject: ca.name(), NotBefore: issuer.NotBefore, NotAfter: issuer.NotAfter, Now: now}
	}
	template := &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: when.NotBefore, NextUpdate: when.NotAfter,
		SignatureAlgorithm: ca.Signing.algorithm(ca.Key.Public()),
	}
	var kept []Revocation
	if u.Old != nil {
		if err := ca.owns(u.Old); err != nil {
			return nil, err
		}
		if u.Old.Number != nil {
			template.Number.Add(template.Number, u.Old.Number)
		}
		for _, e := range u.Old.parsed.Extensions {
			if !e.Id.Equal(oidAuthorityKeyID) && !e.Id.Equal(oidCRLNumber) {
				template.ExtraExtensions = append(template.ExtraExtensions, e)
			}
		}
		for _, r := range u.Old.Revoked {
			if u.Drop == nil || !u.Drop(r) {
				kept = append(kept, r)
			}
		}
	}
	all, err := merge(kept, u.Add)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: r.Serial, RevocationTime: r.Time.UTC().Truncate(time.Second),
			ReasonCode: int(r.Reason), ExtraExtensions: r.Extensions,
		})
	}
	// crypto/x509 insists on what old CAs lack and need not have.
	parent := *issuer
	parent.KeyUsage |= x509.KeyUsageCRLSign
	if parent.SubjectKeyId == nil {
		if parent.SubjectKeyId, err = subjectKeyID(issuer.PublicKey); err != nil {
			return nil, err
		}
	}
	return x509.CreateRevocationList(source(rand, ca.Key), template, &parent, ca.Key)
}

// owns tells whether a list was made by this CA.
func (ca *CA) owns(list *CRL) error {
	issuer := ca.Chain[0]
	if !bytes.Equal(list.Issuer, issuer.RawSubject) {
		return fmt.Errorf("%w: it is of %s", ErrOtherCRL, FormatDN(list.Issuer))
	}
	p := list.parsed
	if p == nil {
		return errors.New("the old list was not read by ParseCRL")
	}
	if slices.ContainsFunc(p.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidDeltaCRL) }) {
		return fmt.Errorf("%w: it is a delta CRL, which only says what has changed", ErrOtherCRL)
	}
	if err := issuer.CheckSignature(p.SignatureAlgorithm, p.RawTBSRevocationList, p.Signature); err != nil {
		return fmt.Errorf("%w: the old CRL was not signed by %s", ErrSignature, ca.name())
	}
	return nil
}

// merge adds entries to those there are, by serial number.
func merge(kept, add []Revocation) ([]Revocation, error) {
	at := make(map[string]int, len(kept))
	for i, r := range kept {
		at[r.Serial.String()] = i
	}
	for _, r := range add {
		known := slices.ContainsFunc(reasons, func(k namedReason) bool { return k.code == r.Reason })
		switch {
		case r.Serial == nil || r.Serial.Sign() <= 0:
			return nil, errors.New("a revocation without serial number")
		case !known:
			return nil, fmt.Errorf("%w: %v", ErrReason, r.Reason)
		}
		i, have := at[r.Serial.String()]
		switch {
		case !have:
			at[r.Serial.String()] = len(kept)
			kept = append(kept, r)
		case kept[i].Reason == CertificateHold && r.Reason != CertificateHold:
			kept[i] = r
		}
	}
	return kept, nil
}
