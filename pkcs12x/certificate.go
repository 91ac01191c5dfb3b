package pkcs12x

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidSubjectKeyID   = asn1.ObjectIdentifier{2, 5, 29, 14}
	oidAuthorityKeyID = asn1.ObjectIdentifier{2, 5, 29, 35}
)

// ParseCertificate reads a certificate as far as it can. It fails, with
// ErrDamaged, only when not even the outline of a certificate is there.
func ParseCertificate(raw []byte) (*Certificate, error) {
	c := &Certificate{Raw: raw}
	c.X509, c.Err = x509.ParseCertificate(raw)
	if err := c.outline(); err != nil {
		return nil, err
	}
	return c, nil
}

// ParseOutline is ParseCertificate without crypto/x509, which takes nine tenths of
// its time: X509 and Err stay nil.
func ParseOutline(raw []byte) (*Certificate, error) {
	c := &Certificate{Raw: raw}
	return c, c.outline()
}

// outline reads the fields of TBSCertificate (RFC 5280 section 4.1).
func (c *Certificate) outline() error {
	broken := func(what string) error { return fmt.Errorf("%w: a certificate without %s", ErrDamaged, what) }
	in := cryptobyte.String(c.Raw)
	var outer, tbs cryptobyte.String
	if !in.ReadASN1(&outer, cbasn1.SEQUENCE) || !outer.ReadASN1(&tbs, cbasn1.SEQUENCE) {
		return broken("a body")
	}
	version := 0
	if !tbs.ReadOptionalASN1Integer(&version, cbasn1.Tag(0).Constructed().ContextSpecific(), 0) {
		return broken("a version")
	}
	c.Version = version + 1
	// Read by hand: cryptobyte wants serial numbers in minimal form, which
	// real certificates break.
	var serial cryptobyte.String
	if !tbs.ReadASN1(&serial, cbasn1.INTEGER) {
		return broken("a serial number")
	}
	c.Serial = new(big.Int).SetBytes(serial)
	if len(serial) > 0 && serial[0]&0x80 != 0 {
		c.Serial.Sub(c.Serial, new(big.Int).Lsh(big.NewInt(1), uint(8*len(serial))))
	}
	signature, ok := readAlgorithm(&tbs)
	if !ok {
		return broken("a signature algorithm")
	}
	c.SignatureAlgorithm = signature.id
	var issuer, validity, subject, spki cryptobyte.String
	if !tbs.ReadASN1Element(&issuer, cbasn1.SEQUENCE) || !tbs.ReadASN1(&validity, cbasn1.SEQUENCE) ||
		!tbs.ReadASN1Element(&subject, cbasn1.SEQUENCE) || !tbs.ReadASN1Element(&spki, cbasn1.SEQUENCE) {
		return broken("names, dates or a key")
	}
	c.RawIssuer, c.RawSubject, c.RawSPKI = issuer, subject, spki
	c.NotBefore, c.NotAfter = readTime(&validity), readTime(&validity)
	var body cryptobyte.String
	if !spki.ReadASN1(&body, cbasn1.SEQUENCE) {
		return broken("a key")
	}
	key, ok := readAlgorithm(&body)
	if !ok {
		return broken("a key algorithm")
	}
	c.KeyAlgorithm, c.KeyParameters = key.id, key.params
	c.outlineExtensions(tbs)
	return nil
}

// outlineExtensions is tolerant: a certificate with broken extensions is one
// without.
func (c *Certificate) outlineExtensions(tbs cryptobyte.String) {
	for _, id := range []cbasn1.Tag{1, 2} { // issuerUniqueID, subjectUniqueID
		if !tbs.SkipOptionalASN1(id.ContextSpecific()) || !tbs.SkipOptionalASN1(id.ContextSpecific().Constructed()) {
			return
		}
	}
	var wrapped, list cryptobyte.String
	if !tbs.ReadASN1(&wrapped, cbasn1.Tag(3).ContextSpecific().Constructed()) || !wrapped.ReadASN1(&list, cbasn1.SEQUENCE) {
		return
	}
	for !list.Empty() {
		var (
			e           pkix.Extension
			body, value cryptobyte.String
		)
		if !list.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1ObjectIdentifier(&e.Id) ||
			body.PeekASN1Tag(cbasn1.BOOLEAN) && !body.ReadASN1Boolean(&e.Critical) || !body.ReadASN1(&value, cbasn1.OCTET_STRING) {
			return
		}
		e.Value = value
		c.Extensions = append(c.Extensions, e)
		var content, id cryptobyte.String
		switch {
		case e.Id.Equal(oidSubjectKeyID):
			if value.ReadASN1(&id, cbasn1.OCTET_STRING) {
				c.SubjectKeyID = id
			}
		case e.Id.Equal(oidAuthorityKeyID):
			if value.ReadASN1(&content, cbasn1.SEQUENCE) && content.ReadASN1(&id, cbasn1.Tag(0).ContextSpecific()) {
				c.AuthorityKeyID = id
			}
		}
	}
}

// readTime reads UTCTime or GeneralizedTime; what is neither is the zero time.
// The zones and missing seconds that RFC 5280 forbids are accepted.
func readTime(in *cryptobyte.String) time.Time {
	var body cryptobyte.String
	var tag cbasn1.Tag
	if !in.ReadAnyASN1(&body, &tag) {
		return time.Time{}
	}
	layouts := []string{"20060102150405Z0700", "200601021504Z0700"}
	if tag == cbasn1.UTCTime {
		layouts = []string{"060102150405Z0700", "0601021504Z0700"}
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, string(body)); err == nil {
			if tag == cbasn1.UTCTime && t.Year() >= 2050 { // RFC 5280 section 4.1.2.5.1
				t = t.AddDate(-100, 0, 0)
			}
			return t.UTC()
		}
	}
	return time.Time{}
}

// SelfIssued tells whether issuer and subject are the same name.
func (c *Certificate) SelfIssued() bool { return bytes.Equal(c.RawIssuer, c.RawSubject) }

// issued tells whether c may be the issuer of child: the names chain and the
// key identifiers do not contradict.
func (c *Certificate) issued(child *Certificate) bool {
	if !bytes.Equal(c.RawSubject, child.RawIssuer) {
		return false
	}
	if len(c.SubjectKeyID) > 0 && len(child.AuthorityKeyID) > 0 && !bytes.Equal(c.SubjectKeyID, child.AuthorityKeyID) {
		return false
	}
	return true
}

// maxCheckedKey bounds the public keys whose signatures are checked: an RSA key
// of 16,384 bits takes 2,100 octets, and one of a million bits 19 s.
const maxCheckedKey = 2200

// signed tells whether c's key made the signature of child; known is false
// when crypto/x509 cannot say.
func (c *Certificate) signed(child *Certificate) (right, known bool) {
	if c.X509 == nil || child.X509 == nil || c.X509.PublicKey == nil || len(c.RawSPKI) > maxCheckedKey {
		return false, false
	}
	err := c.X509.CheckSignature(child.X509.SignatureAlgorithm, child.X509.RawTBSCertificate, child.X509.Signature)
	if err == nil {
		return true, true
	}
	_, insecure := errors.AsType[x509.InsecureAlgorithmError](err) // SHA-1, MD5
	return false, !insecure && !errors.Is(err, x509.ErrUnsupportedAlgorithm)
}
