package trust

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/certgen"
	"muxkey/pkcs12x"
)

// Purpose is something that an anchor can be trusted for.
type Purpose string

// The purposes, as p11-kit and NSS know them.
const (
	Server Purpose = "server" // to issue certificates of TLS servers
	Client Purpose = "client" // ... of TLS clients
	Email  Purpose = "email"  // ... for S/MIME
	Code   Purpose = "code"   // ... for code signing
)

// Purposes lists all of them.
func Purposes() []Purpose { return []Purpose{Server, Client, Email, Code} }

// Terms are what the sources say of an anchor besides its bytes. The zero value
// is trust for everything, for ever.
type Terms struct {
	// Only are the purposes it is trusted for; nil means all. It is sorted, and
	// empty without being nil where it is trusted for none.
	Only []Purpose
	// Rejected are those it must never be trusted for, whoever issued it.
	Rejected []Purpose
	// DistrustAfter says for a purpose that certificates issued later than this
	// are not trusted: Mozilla's CKA_NSS_SERVER_DISTRUST_AFTER.
	DistrustAfter map[Purpose]time.Time
	// Permitted are the DNS domains and IP networks that it may vouch for, over and
	// above what the certificate says itself; empty means all.
	Permitted Names
}

// Names are those that an anchor is held to.
type Names struct {
	DNS []string // domains, which stand for all below them as well
	IP  []string // networks in CIDR form
}

// Empty tells whether there is no name at all.
func (n Names) Empty() bool { return len(n.DNS) == 0 && len(n.IP) == 0 }

// For tells whether an anchor under these terms is trusted for a purpose.
func (t Terms) For(p Purpose) bool {
	return (t.Only == nil || slices.Contains(t.Only, p)) && !slices.Contains(t.Rejected, p)
}

// Origin is a place where an anchor was found.
type Origin struct {
	Source string `json:"source"`          // the file, directory or address, as it was named
	Entry  string `json:"entry,omitempty"` // the alias in it, or the name of the file in a directory
}

func (o Origin) String() string {
	if o.Entry == "" {
		return o.Source
	}
	return o.Source + " (" + o.Entry + ")"
}

// Anchor is a certificate that is to be trusted. It keeps what a bundle needs and
// not the parsed certificate, which takes ten times the memory; the slices are
// parts of Raw.
type Anchor struct {
	Raw     []byte // DER
	SHA256  [32]byte
	Subject []byte // DER of the name
	Issuer  []byte
	SPKI    []byte // SubjectPublicKeyInfo
	Serial  *big.Int

	NotBefore, NotAfter time.Time

	Version int
	CA      bool // basicConstraints says so
	// KeyUsage is 0 where the certificate has none. ExtKeyUsage are names as
	// certgen.ExtKeyUsageName has them, or OIDs.
	KeyUsage    x509.KeyUsage
	ExtKeyUsage []string
	// Constrained are the name constraints of the certificate itself, for people;
	// empty where it has none.
	Constrained []string
	KeyID       []byte // subjectKeyIdentifier

	// KeyType and Signature are for people: "RSA 2048", "SHA256-RSA"; OIDs where Go
	// knows no such algorithm.
	KeyType   string
	Signature string
	// WeakKey and WeakSignature say what is wrong with them; empty when nothing is.
	WeakKey, WeakSignature string
	// Unparsable says why crypto/x509, and all that is made with Go, refuses it;
	// empty when it does not.
	Unparsable string
	// Trailing is how many octets stood behind the certificate where it was read.
	Trailing int

	// Label is what its sources call it; Name falls back on the subject.
	Label   string
	Origins []Origin
	Terms   Terms

	// common is what subjectName gives, where parsing gave it as well, and folded
	// that in small letters: Set would make both by itself, on one core.
	common, folded string
}

// Parse makes an anchor of the DER of a certificate, also of one that crypto/x509
// refuses. What stands behind it is left out, and counted in Trailing. It fails
// with pkcs12x.ErrDamaged when not even the outline of a certificate is there.
func Parse(raw []byte) (*Anchor, error) {
	in, whole := cryptobyte.String(raw), cryptobyte.String(nil)
	if !in.ReadASN1Element(&whole, cbasn1.SEQUENCE) {
		return nil, fmt.Errorf("%w: no certificate", pkcs12x.ErrDamaged)
	}
	c, err := x509.ParseCertificate(whole)
	if err != nil {
		return parseOutline(whole, len(in), err)
	}
	return anchorOf(c, len(in)), nil
}

// Of is Parse for a certificate that was parsed already.
func Of(c *pkcs12x.Certificate) (*Anchor, error) {
	if c.X509 == nil {
		return Parse(c.Raw)
	}
	return anchorOf(c.X509, 0), nil
}

func anchorOf(c *x509.Certificate, trailing int) *Anchor {
	common := telling(&c.Subject)
	return &Anchor{
		Raw: c.Raw, SHA256: sha256.Sum256(c.Raw),
		Subject: c.RawSubject, Issuer: c.RawIssuer, SPKI: c.RawSubjectPublicKeyInfo, Serial: c.SerialNumber,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter,
		Version: c.Version, CA: c.BasicConstraintsValid && c.IsCA,
		KeyUsage: c.KeyUsage, KeyID: c.SubjectKeyId,
		KeyType: certgen.KeyTypeOf(c.PublicKey), Signature: c.SignatureAlgorithm.String(),
		WeakKey: weakKey(c.PublicKey), WeakSignature: weakSignature(c.SignatureAlgorithm),
		ExtKeyUsage: extKeyUsages(c), Constrained: constraints(c),
		Trailing: trailing, common: common, folded: strings.ToLower(common),
	}
}

func parseOutline(raw []byte, trailing int, refused error) (*Anchor, error) {
	c, err := pkcs12x.ParseCertificate(raw)
	if err != nil {
		return nil, err
	}
	return &Anchor{
		Raw: raw, SHA256: sha256.Sum256(raw),
		Subject: c.RawSubject, Issuer: c.RawIssuer, SPKI: c.RawSPKI, Serial: c.Serial,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, Version: c.Version,
		CA: outlineCA(c), KeyID: c.SubjectKeyID,
		KeyType: c.KeyAlgorithm.String(), Signature: c.SignatureAlgorithm.String(),
		Unparsable: strings.TrimPrefix(refused.Error(), "x509: "), Trailing: trailing,
	}, nil
}

// Fingerprint is the SHA-256 of the certificate in lower-case hex.
func (a *Anchor) Fingerprint() string { return hex.EncodeToString(a.SHA256[:]) }

// SelfIssued tells whether issuer and subject are the same name.
func (a *Anchor) SelfIssued() bool { return bytes.Equal(a.Subject, a.Issuer) }

// Certificate parses the anchor again. It fails where Unparsable says why.
func (a *Anchor) Certificate() (*x509.Certificate, error) { return x509.ParseCertificate(a.Raw) }

// DN is the subject as RFC 4514 writes it.
func (a *Anchor) DN() string { return certgen.FormatDN(a.Subject) }

// Name is what people call the anchor: its label, else the most telling part of
// its subject, else the beginning of its fingerprint. It is never empty.
func (a *Anchor) Name() string {
	if a.Label != "" {
		return a.Label
	}
	if a.common != "" {
		return a.common
	}
	if name := subjectName(a.Subject); name != "" {
		return name
	}
	return fmt.Sprintf("%x", a.SHA256[:4])
}

// sortKey is the name in small letters.
func (a *Anchor) sortKey() string {
	if a.Label == "" && a.folded != "" {
		return a.folded
	}
	return strings.ToLower(a.Name())
}
