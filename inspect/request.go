package inspect

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/certgen"
)

// CSR is the facts of a certificate request (RFC 2986).
type CSR struct {
	Subject            string    `json:"subject"`
	PublicKey          PublicKey `json:"publicKey"`
	SignatureAlgorithm string    `json:"signatureAlgorithm"`
	SignatureOID       string    `json:"signatureOID"`
	// SignatureValid: the CSR was signed with its own key; missing when that
	// cannot be checked.
	SignatureValid   *bool       `json:"signatureValid,omitempty"`
	SANs             Names       `json:"sans"` // subject alternative names that it asks for; empty without any
	CA               bool        `json:"ca"`   // it asks to become a CA
	KeyUsage         []string    `json:"keyUsage,omitempty"`
	ExtendedKeyUsage []string    `json:"extendedKeyUsage,omitempty"`
	Extensions       []Extension `json:"extensions,omitempty"` // all that it asks for
	// Attributes are those beside the extensions. The value of a challenge
	// password is left out.
	Attributes   []Attribute `json:"attributes,omitempty"`
	Fingerprints Hashes      `json:"fingerprints"`
	ParseError   string      `json:"parseError,omitempty"`

	signatureHash string
}

var (
	oidExtensionRequest          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 14}
	oidMicrosoftExtensionRequest = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 1, 14}
	oidChallengePassword         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 7}
)

func (i *inspector) request(raw []byte) *CSR {
	out := &CSR{Fingerprints: fingerprints(raw)}
	out.SignatureOID, out.SignatureAlgorithm, out.signatureHash = signatureFacts(raw)
	parsed, err := x509.ParseCertificateRequest(raw)
	if err != nil {
		out.ParseError = err.Error()
	} else if i.mayVerify(parsed.RawSubjectPublicKeyInfo) {
		if right, known := verdict(parsed.CheckSignature()); known {
			out.SignatureValid = &right
		}
	}
	in := cryptobyte.String(raw)
	var body, info, subject, spki, list cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&info, cbasn1.SEQUENCE) || !info.SkipASN1(cbasn1.INTEGER) ||
		!info.ReadASN1Element(&subject, cbasn1.SEQUENCE) || !info.ReadASN1Element(&spki, cbasn1.SEQUENCE) {
		return out
	}
	out.Subject, out.PublicKey = certgen.FormatDN(subject), *publicKey(spki)
	if !info.ReadASN1(&list, specific(0).Constructed()) {
		return out
	}
	for !list.Empty() {
		var one, values, value cryptobyte.String
		var id asn1.ObjectIdentifier
		if !list.ReadASN1(&one, cbasn1.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&id) || !one.ReadASN1(&values, cbasn1.SET) {
			return out
		}
		a := Attribute{OID: id.String(), Name: attributeName(id)}
		for values.ReadAnyASN1Element(&value, nil) {
			switch {
			case id.Equal(oidExtensionRequest), id.Equal(oidMicrosoftExtensionRequest):
				out.wish(value)
			case id.Equal(oidChallengePassword): // a secret between requester and CA
			default:
				a.Values = append(a.Values, stringOrHex(value))
			}
		}
		if !id.Equal(oidExtensionRequest) && !id.Equal(oidMicrosoftExtensionRequest) {
			out.Attributes = append(out.Attributes, a)
		}
	}
	return out
}

// wish reads the extensions that a request asks for.
func (r *CSR) wish(value cryptobyte.String) {
	list := readExtensions(value)
	c := Certificate{}
	for _, e := range list {
		r.Extensions = append(r.Extensions, c.extension(e))
	}
	r.SANs, r.CA, r.KeyUsage, r.ExtendedKeyUsage = c.SANs, c.CA, c.KeyUsage, c.ExtendedKeyUsage
}

// readExtensions reads Extensions (RFC 5280 section 4.1) as far as they are
// well formed.
func readExtensions(in cryptobyte.String) []pkix.Extension {
	var list cryptobyte.String
	if !in.ReadASN1(&list, cbasn1.SEQUENCE) {
		return nil
	}
	var out []pkix.Extension
	for !list.Empty() {
		var body, value cryptobyte.String
		var e pkix.Extension
		if !list.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1ObjectIdentifier(&e.Id) ||
			body.PeekASN1Tag(cbasn1.BOOLEAN) && !body.ReadASN1Boolean(&e.Critical) || !body.ReadASN1(&value, cbasn1.OCTET_STRING) {
			return out
		}
		e.Value = value
		out = append(out, e)
	}
	return out
}

// CRL is the facts of a certificate revocation list.
type CRL struct {
	Issuer             string    `json:"issuer"`
	ThisUpdate         time.Time `json:"thisUpdate,omitzero"` // when it was made
	NextUpdate         time.Time `json:"nextUpdate,omitzero"` // when the next one is due
	Number             string    `json:"number,omitempty"`    // of the list, in decimal
	SignatureAlgorithm string    `json:"signatureAlgorithm"`
	SignatureOID       string    `json:"signatureOID"`
	AuthorityKeyID     string    `json:"authorityKeyID,omitempty"` // of the issuer, in hex
	// Delta: the list only says what has changed.
	Delta        bool   `json:"delta,omitempty"`
	RevokedCount int    `json:"revokedCount"` // of all revoked certificates
	Fingerprints Hashes `json:"fingerprints"`
	// Revoked are the first of them, at most 20.
	Revoked []Revoked `json:"revoked,omitempty"`

	signatureHash string
}

// Revoked is one certificate of a CRL.
type Revoked struct {
	Serial string    `json:"serial"`           // hex, with a minus sign where it is negative
	Date   time.Time `json:"date,omitzero"`    // of the revocation
	Reason string    `json:"reason,omitempty"` // as in RFC 5280: "keyCompromise"
}

// maxRevoked bounds the certificates of a CRL that are listed; lists of a
// million exist.
const maxRevoked = 20

func revocations(raw []byte) *CRL {
	out := &CRL{Fingerprints: fingerprints(raw)}
	out.SignatureOID, out.SignatureAlgorithm, out.signatureHash = signatureFacts(raw)
	in := cryptobyte.String(raw)
	var body, list, issuer cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&list, cbasn1.SEQUENCE) ||
		!list.SkipOptionalASN1(cbasn1.INTEGER) || !list.SkipASN1(cbasn1.SEQUENCE) || !list.ReadASN1Element(&issuer, cbasn1.SEQUENCE) {
		return out
	}
	out.Issuer = certgen.FormatDN(issuer)
	out.ThisUpdate = readTime(&list)
	if list.PeekASN1Tag(cbasn1.UTCTime) || list.PeekASN1Tag(cbasn1.GeneralizedTime) {
		out.NextUpdate = readTime(&list)
	}
	var revoked, wrapped cryptobyte.String
	if list.PeekASN1Tag(cbasn1.SEQUENCE) && list.ReadASN1(&revoked, cbasn1.SEQUENCE) {
		out.readRevoked(revoked)
	}
	if list.ReadASN1(&wrapped, specific(0).Constructed()) {
		for _, e := range readExtensions(wrapped) {
			value := cryptobyte.String(e.Value)
			switch e.Id.String() {
			case "2.5.29.20":
				n := new(big.Int)
				if value.ReadASN1Integer(n) {
					out.Number = n.String()
				}
			case "2.5.29.27":
				out.Delta = true
			case "2.5.29.35":
				var content, id cryptobyte.String
				if value.ReadASN1(&content, cbasn1.SEQUENCE) && content.ReadASN1(&id, specific(0)) {
					out.AuthorityKeyID = hex.EncodeToString(id)
				}
			}
		}
	}
	return out
}

// reasons by number (RFC 5280 section 5.3.1).
var reasons = map[int]string{
	0: "unspecified", 1: "keyCompromise", 2: "cACompromise", 3: "affiliationChanged", 4: "superseded",
	5: "cessationOfOperation", 6: "certificateHold", 8: "removeFromCRL", 9: "privilegeWithdrawn", 10: "aACompromise",
}

func (c *CRL) readRevoked(list cryptobyte.String) {
	for !list.Empty() {
		var body, number, extensions cryptobyte.String
		if !list.ReadASN1(&body, cbasn1.SEQUENCE) {
			return
		}
		if c.RevokedCount++; c.RevokedCount > maxRevoked {
			continue
		}
		var r Revoked
		if body.ReadASN1(&number, cbasn1.INTEGER) {
			n := new(big.Int).SetBytes(number)
			if len(number) > 0 && number[0]&0x80 != 0 {
				n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(number))))
			}
			r.Serial = serial(n)
		}
		r.Date = readTime(&body)
		if body.ReadASN1Element(&extensions, cbasn1.SEQUENCE) {
			for _, e := range readExtensions(extensions) {
				value := cryptobyte.String(e.Value)
				var n int
				if e.Id.String() == "2.5.29.21" && value.ReadASN1Enum(&n) {
					r.Reason = reasons[n]
				}
			}
		}
		c.Revoked = append(c.Revoked, r)
	}
}

// readTime reads UTCTime or GeneralizedTime in the forms of RFC 5280; anything
// else is the zero time.
func readTime(in *cryptobyte.String) time.Time {
	var t time.Time
	switch {
	case in.PeekASN1Tag(cbasn1.UTCTime):
		if !in.ReadASN1UTCTime(&t) {
			return time.Time{}
		}
	case !in.ReadASN1GeneralizedTime(&t):
		return time.Time{}
	}
	return readable(t)
}
