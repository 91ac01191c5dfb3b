package inspect

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"math/big"
	"slices"
	"time"

	"muxkey/certgen"
	"muxkey/keystore"
)

// Certificate is the facts of an X.509 certificate.
type Certificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Serial    string    `json:"serial"`             // hex, with a minus sign where it is negative
	Version   int       `json:"version"`            // 1 to 3
	NotBefore time.Time `json:"notBefore,omitzero"` // the first moment of validity; missing when it cannot be read
	NotAfter  time.Time `json:"notAfter,omitzero"`  // the last one; missing when it cannot be read
	// DaysLeft counts whole days until notAfter; below zero it has passed.
	DaysLeft    int       `json:"daysLeft"`
	Expired     bool      `json:"expired"`     // notAfter has passed
	NotYetValid bool      `json:"notYetValid"` // notBefore is still to come
	PublicKey   PublicKey `json:"publicKey"`
	// SignatureAlgorithm is the name that Java and keytool use:
	// "SHA256withRSA".
	SignatureAlgorithm string `json:"signatureAlgorithm"`
	SignatureOID       string `json:"signatureOID"`
	SANs               Names  `json:"sans"` // subject alternative names; empty without any
	Fingerprints       Hashes `json:"fingerprints"`
	// SelfSigned: issuer and subject are one, and the signature was made with
	// the certificate's own key, as far as that can be checked.
	SelfSigned bool `json:"selfSigned"`
	CA         bool `json:"ca"` // by its basic constraints
	// PathLen is the number of CAs allowed below; missing without a bound.
	PathLen          *int        `json:"pathLen,omitempty"`
	KeyUsage         []string    `json:"keyUsage,omitempty"`
	ExtendedKeyUsage []string    `json:"extendedKeyUsage,omitempty"`
	SubjectKeyID     string      `json:"subjectKeyID,omitempty"`   // in hex
	AuthorityKeyID   string      `json:"authorityKeyID,omitempty"` // of the issuer, in hex
	OCSP             []string    `json:"ocsp,omitempty"`           // URLs that answer whether it is revoked
	IssuerURLs       []string    `json:"issuerURLs,omitempty"`     // where the certificate of the issuer is
	CRLs             []string    `json:"crls,omitempty"`           // where the list of revoked certificates is
	Policies         []string    `json:"policies,omitempty"`       // OIDs, those of the CA/Browser Forum with their meaning; "anyPolicy"
	Extensions       []Extension `json:"extensions,omitempty"`     // all of them, in the order of the certificate
	// ParseError says why the parser of the Go library refuses the certificate.
	// Strict programs will refuse it too.
	ParseError string `json:"parseError,omitempty"`

	signatureHash string
}

// Hashes are fingerprints of a DER encoding, in hex.
type Hashes struct {
	SHA256 string `json:"sha256"` // 64 digits
	SHA1   string `json:"sha1"`   // 40 digits
}

func fingerprints(raw []byte) Hashes {
	long, short := sha256.Sum256(raw), sha1.Sum(raw)
	return Hashes{hex.EncodeToString(long[:]), hex.EncodeToString(short[:])}
}

// Extension is one extension with a summary of its value.
type Extension struct {
	OID      string `json:"oid"`
	Name     string `json:"name,omitempty"` // as in its RFC: "subjectAltName"
	Critical bool   `json:"critical"`       // a program that does not know it must refuse the certificate
	Value    string `json:"value"`          // a summary for people; of unknown ones text, or hex behind "#"
}

// Describe gives the facts of one certificate as of now.
func Describe(c *keystore.Certificate, now time.Time) Certificate {
	return (&inspector{now: now}).certificate(c)
}

func (i *inspector) certificate(c *keystore.Certificate) Certificate {
	out := Certificate{
		Subject:        certgen.FormatDN(c.RawSubject),
		Issuer:         certgen.FormatDN(c.RawIssuer),
		Serial:         serial(c.Serial),
		Version:        c.Version,
		NotBefore:      readable(c.NotBefore),
		NotAfter:       readable(c.NotAfter),
		PublicKey:      *publicKey(c.RawSPKI),
		Fingerprints:   fingerprints(c.Raw),
		SelfSigned:     i.selfSigned(c),
		SubjectKeyID:   hex.EncodeToString(c.SubjectKeyID),
		AuthorityKeyID: hex.EncodeToString(c.AuthorityKeyID),
		ParseError:     text(c.Err),
	}
	out.SignatureOID, out.SignatureAlgorithm, out.signatureHash = signatureFacts(c.Raw)
	if !out.NotAfter.IsZero() {
		out.DaysLeft = daysBetween(i.now, out.NotAfter)
		out.Expired = i.now.After(out.NotAfter)
	}
	out.NotYetValid = i.now.Before(out.NotBefore)
	for _, e := range c.Extensions {
		out.Extensions = append(out.Extensions, out.extension(e))
	}
	return out
}

// WeaklySigned tells whether the hash of the signature is one that clients refuse.
// Nobody checks the signature of a certificate that is its own issuer.
func (c *Certificate) WeaklySigned() bool {
	return !c.SelfSigned && slices.Contains([]string{"MD2", "MD4", "MD5", "SHA1"}, c.signatureHash)
}

// readable is t in UTC; a year that RFC 3339 cannot say gives the zero time.
func readable(t time.Time) time.Time {
	t = t.UTC()
	if t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// daysBetween counts whole days, rounded down. Differences of thousands of
// years do not fit into a time.Duration.
func daysBetween(from, to time.Time) int {
	const day = 24 * 60 * 60
	seconds := to.Unix() - from.Unix()
	days := seconds / day
	if seconds%day < 0 {
		days--
	}
	return int(days)
}

// serial is a serial number in hex, in whole octets as openssl writes it.
func serial(n *big.Int) string {
	if n == nil {
		return ""
	}
	digits := new(big.Int).Abs(n).Text(16)
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	if n.Sign() < 0 {
		return "-" + digits
	}
	return digits
}

// selfSigned checks the signature of a self-issued certificate with its own
// key. Where that cannot be done, the names and key identifiers decide.
func (i *inspector) selfSigned(c *keystore.Certificate) bool {
	if !c.SelfIssued() {
		return false
	}
	if len(c.SubjectKeyID) > 0 && len(c.AuthorityKeyID) > 0 && !bytes.Equal(c.SubjectKeyID, c.AuthorityKeyID) {
		return false
	}
	if c.X509 == nil || !i.mayVerify(c.RawSPKI) {
		return true
	}
	right, known := verdict(c.X509.CheckSignature(c.X509.SignatureAlgorithm, c.X509.RawTBSCertificate, c.X509.Signature))
	return right || !known
}

// The signatures checked for one store, and the size of the keys that check
// them in octets, are bounded: a key of megabytes takes hours, a hundred
// thousand small ones minutes. An RSA key of 16,384 bits has 2,086 octets.
const (
	maxVerified    = 2000
	maxVerifierKey = 2200
)

func (i *inspector) mayVerify(spki []byte) bool {
	i.verified++
	return i.verified <= maxVerified && len(spki) <= maxVerifierKey
}

// verdict reads the outcome of a signature check: an algorithm that crypto/x509
// does not know, or no longer trusts, says nothing.
func verdict(err error) (right, known bool) {
	_, insecure := errors.AsType[x509.InsecureAlgorithmError](err)
	return err == nil, !insecure && !errors.Is(err, x509.ErrUnsupportedAlgorithm)
}
