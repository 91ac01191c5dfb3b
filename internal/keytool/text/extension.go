package text

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"muxkey/internal/keytool/der"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
)

// Extension is one extension of a certificate, a request, a CRL or an entry of one.
type Extension struct {
	OID      string
	Critical bool
	// Value is the content of the OCTET STRING.
	Value []byte

	name string // Java's for the kind; the OID where it has none
	body body   // nil where Java has no text for the kind
	err  error  // why the value could not be read
}

// Broken tells that Java cannot make anything of the value, which it then shows and
// hands on to nobody.
func (e Extension) Broken() bool { return e.err != nil }

// body is the text of an extension behind its first line. What differs by zone is
// the dates.
type body func(date func(time.Time) string) string

// fixed is a body without dates.
func fixed(s string) body { return func(func(time.Time) string) string { return s } }

// kind is a type of extension that the JDK knows.
type kind struct {
	name string
	// decode reads the value.
	decode func(value []byte, critical bool) (body, error)
}

// kinds returns the kind of an extension; ok is false for those the JDK does not
// know. It has a text for InvalidityDate, but does not look for it.
func kinds(l level.Level, oid string) (k kind, ok bool) {
	at := func(decode func(level.Level, der.Value) (string, error)) func([]byte, bool) (body, error) {
		return value(func(v der.Value) (string, error) { return decode(l, v) })
	}
	switch oid {
	case oidSubjectKeyID:
		k = kind{"SubjectKeyIdentifier", value(subjectKeyID)}
	case "2.5.29.15":
		k = kind{"KeyUsage", keyUsage}
	case "2.5.29.16":
		k = kind{"PrivateKeyUsage", privateKeyUsage}
	case oidSubjectAltName:
		k = kind{"SubjectAlternativeName", value(alternativeName(l, "SubjectAlternativeName"))}
	case "2.5.29.18":
		k = kind{"IssuerAlternativeName", value(alternativeName(l, "IssuerAlternativeName"))}
	case oidBasicConstraints:
		k = kind{"BasicConstraints", at(basicConstraints)}
	case "2.5.29.20":
		k = kind{"CRLNumber", value(crlNumber("CRL Number"))}
	case "2.5.29.21":
		k = kind{"CRLReasonCode", value(reasonCode)}
	case "2.5.29.27":
		k = kind{"DeltaCRLIndicator", value(crlNumber("Base CRL Number"))}
	case "2.5.29.28":
		k = kind{"IssuingDistributionPoint", at(issuingDistributionPoint)}
	case oidCertificateIssuer:
		k = kind{"CertificateIssuer", at(certificateIssuer)}
	case "2.5.29.30":
		k = kind{"NameConstraints", at(nameConstraints)}
	case "2.5.29.31":
		k = kind{"CRLDistributionPoints", value(distributionPoints(l, "CRLDistributionPoints"))}
	case "2.5.29.32":
		k = kind{"CertificatePolicies", value(certificatePolicies)}
	case "2.5.29.33":
		k = kind{"PolicyMappings", value(policyMappings)}
	case "2.5.29.35":
		k = kind{"AuthorityKeyIdentifier", at(authorityKeyID)}
	case "2.5.29.36":
		k = kind{"PolicyConstraints", value(policyConstraints)}
	case oidExtendedKeyUsage:
		k = kind{"ExtendedKeyUsage", value(extendedKeyUsage)}
	case "2.5.29.46":
		k = kind{"FreshestCRL", value(distributionPoints(l, "FreshestCRL"))}
	case "2.5.29.54":
		k = kind{"InhibitAnyPolicy", inhibitAnyPolicy}
	case "1.3.6.1.5.5.7.1.1":
		k = kind{"AuthorityInfoAccess", value(infoAccess(l, "AuthorityInfoAccess"))}
	case "1.3.6.1.5.5.7.1.11":
		k = kind{"SubjectInfoAccess", value(infoAccess(l, "SubjectInfoAccess"))}
	case "1.3.6.1.5.5.7.48.1.5":
		k = kind{"OCSPNoCheck", func([]byte, bool) (body, error) { return fixed(""), nil }}
	case "2.16.840.1.113730.1.1":
		k = kind{"NetscapeCertType", value(netscapeCertType)}
	default:
		return k, false
	}
	return k, true
}

const (
	oidSubjectKeyID      = "2.5.29.14"
	oidSubjectAltName    = "2.5.29.17"
	oidBasicConstraints  = "2.5.29.19"
	oidCertificateIssuer = "2.5.29.29"
	oidExtendedKeyUsage  = "2.5.29.37"
)

// value is the decoder of an extension whose value is one element, and whose text
// has no dates.
func value(decode func(der.Value) (string, error)) func([]byte, bool) (body, error) {
	return func(data []byte, _ bool) (body, error) {
		v, err := der.Parse(data)
		if err != nil {
			return nil, err
		}
		text, err := decode(v)
		return fixed(text), err
	}
}

// readExtension reads one Extension (RFC 5280 section 4.1).
func readExtension(v der.Value) (e Extension, err error) {
	if v.Tag != der.Sequence && v.Tag != der.Set {
		return e, fail("toDerInputStream rejects tag type %d", v.Signed())
	}
	s := v.Stream()
	if e.OID, err = s.OID(); err != nil {
		return e, err
	}
	next, err := s.Next()
	if err == nil && next.Tag == der.Boolean {
		if e.Critical, err = next.Bool(); err == nil {
			next, err = s.Next()
		}
	}
	if err == nil {
		e.Value, err = next.Octets()
	}
	e.name = e.OID
	return e, err
}

// errDuplicate is for two extensions of one kind.
func errDuplicate() error { return fail("Duplicate extensions not allowed") }

// readExtensions reads Extensions. They come in the order in which Java prints
// them: by name, those that could not be read at the end. strict makes an
// extension that cannot be read an error even where it is not critical, as in a CRL.
func readExtensions(l level.Level, list []der.Value, strict bool) ([]Extension, error) {
	known, broken := map[string]Extension{}, map[string]Extension{}
	for _, v := range list {
		e, err := readExtension(v)
		if err != nil {
			return nil, err
		}
		if k, ok := kinds(l, e.OID); ok {
			e.name = k.name
			e.body, e.err = k.decode(e.Value, e.Critical)
		}
		switch {
		case e.err == nil:
			if _, twice := known[e.name]; twice {
				return nil, errDuplicate()
			}
			known[e.name] = e
		case strict:
			return nil, e.err
		case e.Critical:
			return nil, asIO(e.err)
		default:
			broken[e.OID] = e
		}
	}
	return append(sorted(known), sorted(broken)...), nil
}

// asIO is an exception as the IOException that Java throws for it.
func asIO(err error) error {
	if e := exception.Of(err); e.Class != exception.IO && e.Class != exception.EOF {
		return exception.Wrap(exception.IO, e.Error(), err)
	}
	return err
}

func sorted(m map[string]Extension) []Extension {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	list := make([]Extension, len(keys))
	for i, k := range keys {
		list[i] = m[k]
	}
	return list
}

// find returns the extension with that identifier, if it could be read.
func find(list []Extension, oid string) (Extension, bool) {
	i := slices.IndexFunc(list, func(e Extension) bool { return e.OID == oid && e.err == nil })
	if i < 0 {
		return Extension{}, false
	}
	return list[i], true
}

// head is the first line of each extension.
func (e Extension) head() string {
	return "ObjectId: " + e.OID + " Criticality=" + strconv.FormatBool(e.Critical) + "\n"
}

// text is the extension as Java's toString gives it; for those without a text that
// is the first line.
func (e Extension) text(date func(time.Time) string) string {
	switch {
	case e.err != nil:
		return e.head() + "Unparseable " + e.name + " extension due to\n" + exception.Of(e.err).Error() + "\n\n" + hexDump(e.Value)
	case e.body != nil:
		return e.head() + e.body(date)
	}
	return e.head()
}

// unknown is the text of an extension that Java has none for, in a certificate.
func (e Extension) unknown() string {
	if len(e.Value) == 0 {
		return "(Empty value)\n"
	}
	return hexDump(e.Value) + "\n"
}

// unknownInCRL is that in a CRL.
func (e Extension) unknownInCRL() string {
	return "Extension unknown: DER encoded OCTET string =\n" + hexDump(der.Value{Tag: der.OctetString, Content: e.Value}.Encode()) + "\n"
}

// listed is how Java prints a list.
func listed(items []string) string { return "[" + strings.Join(items, ", ") + "]" }
