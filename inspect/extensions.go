package inspect

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/certgen"
)

// Names are general names (RFC 5280 section 4.2.1.6) by their kind.
type Names struct {
	DNS   []string `json:"dns,omitempty"`   // host names
	IP    []string `json:"ip,omitempty"`    // addresses
	Email []string `json:"email,omitempty"` // mail addresses
	URI   []string `json:"uri,omitempty"`   // such as URLs
	// Other has the rest with its kind in front: "UPN:...", "DN:...", "RID:...".
	Other []string `json:"other,omitempty"`
}

// Empty tells whether there is no name at all.
func (n Names) Empty() bool {
	return len(n.DNS)+len(n.IP)+len(n.Email)+len(n.URI)+len(n.Other) == 0
}

// All lists the names with their kinds in front, as openssl does.
func (n Names) All() []string {
	var out []string
	for _, group := range []struct {
		kind  string
		names []string
	}{{"DNS:", n.DNS}, {"IP:", n.IP}, {"email:", n.Email}, {"URI:", n.URI}, {"", n.Other}} {
		for _, name := range group.names {
			out = append(out, group.kind+name)
		}
	}
	return out
}

// extensionType is what is known about an extension.
type extensionType struct {
	id   string
	name string
	// read summarises the value and keeps what has a field of its own; ok is
	// false for a value that breaks its format. Nil leaves the value as string
	// or hex.
	read func(c *Certificate, value cryptobyte.String) (summary string, ok bool)
}

// extensionTypes, from RFC 5280, 6960, 6962, 7633, 8737 and the vendors' arcs.
var extensionTypes = []extensionType{
	{"2.5.29.14", "subjectKeyIdentifier", readOctets},
	{"2.5.29.15", "keyUsage", readKeyUsage},
	{"2.5.29.16", "privateKeyUsagePeriod", nil},
	{"2.5.29.17", "subjectAltName", readSubjectAltName},
	{"2.5.29.18", "issuerAltName", readOtherNames},
	{"2.5.29.19", "basicConstraints", readBasicConstraints},
	{"2.5.29.30", "nameConstraints", readNameConstraints},
	{"2.5.29.31", "cRLDistributionPoints", readCRLs},
	{"2.5.29.32", "certificatePolicies", readPolicies},
	{"2.5.29.33", "policyMappings", nil},
	{"2.5.29.35", "authorityKeyIdentifier", readAuthorityKeyID},
	{"2.5.29.36", "policyConstraints", nil},
	{"2.5.29.37", "extendedKeyUsage", readExtendedKeyUsage},
	{"2.5.29.46", "freshestCRL", readOtherPoints},
	{"2.5.29.54", "inhibitAnyPolicy", nil},
	{"2.5.29.9", "subjectDirectoryAttributes", nil},
	{"1.3.6.1.5.5.7.1.1", "authorityInfoAccess", readAccess},
	{"1.3.6.1.5.5.7.1.11", "subjectInfoAccess", readOtherAccess},
	{"1.3.6.1.5.5.7.1.3", "qcStatements", nil},
	{"1.3.6.1.5.5.7.1.7", "ipAddrBlocks", nil},
	{"1.3.6.1.5.5.7.1.8", "autonomousSysIds", nil},
	{"1.3.6.1.5.5.7.1.24", "tlsFeature", readTLSFeature},
	{"1.3.6.1.5.5.7.1.31", "acmeIdentifier", nil},
	{"1.3.6.1.5.5.7.48.1.5", "ocspNoCheck", readNothing},
	{"1.3.6.1.4.1.11129.2.4.2", "signedCertificateTimestamps", readTimestamps},
	{"1.3.6.1.4.1.11129.2.4.3", "ctPoison", readNothing},
	{"1.3.6.1.4.1.311.20.2", "microsoftTemplateName", nil},
	{"1.3.6.1.4.1.311.21.1", "microsoftCAVersion", nil},
	{"1.3.6.1.4.1.311.21.2", "microsoftPreviousCAHash", readOctets},
	{"1.3.6.1.4.1.311.21.7", "microsoftTemplate", nil},
	{"1.3.6.1.4.1.311.21.10", "microsoftApplicationPolicies", nil},
	{"1.3.6.1.4.1.311.25.2", "microsoftSID", nil},
	{"2.16.840.1.113730.1.1", "netscapeCertType", nil},
	{"2.16.840.1.113730.1.13", "netscapeComment", nil},
	{"1.2.840.113533.7.65.0", "entrustVersion", nil},
	{"1.2.840.113549.1.9.15", "smimeCapabilities", nil},
}

// ExtensionNames lists the extensions that have a name here, as it stands in
// Extension.Name.
func ExtensionNames() []string {
	var out []string
	for _, t := range extensionTypes {
		out = append(out, t.name)
	}
	return out
}

// ExtensionID returns the OID of an extension by that name, in any case, in
// numbers and dots; empty when there is none.
func ExtensionID(name string) string {
	for _, t := range extensionTypes {
		if strings.EqualFold(t.name, name) {
			return t.id
		}
	}
	return ""
}

// extension names one extension and notes in c what has a field there.
func (c *Certificate) extension(e pkix.Extension) Extension {
	out := Extension{OID: e.Id.String(), Critical: e.Critical}
	for _, t := range extensionTypes {
		if t.id != out.OID {
			continue
		}
		out.Name = t.name
		if t.read != nil {
			if summary, ok := t.read(c, e.Value); ok {
				out.Value = summary
				return out
			}
		}
	}
	out.Value = stringOrHex(e.Value)
	return out
}

func readOctets(_ *Certificate, in cryptobyte.String) (string, bool) {
	var id cryptobyte.String
	ok := in.ReadASN1(&id, cbasn1.OCTET_STRING)
	return hex.EncodeToString(id), ok
}

func readNothing(*Certificate, cryptobyte.String) (string, bool) { return "", true }

func readKeyUsage(c *Certificate, in cryptobyte.String) (string, bool) {
	var bits asn1.BitString
	if !in.ReadASN1BitString(&bits) {
		return "", false
	}
	var usage x509.KeyUsage // its bits are those of the BIT STRING
	for i := range 9 {
		usage |= x509.KeyUsage(bits.At(i)) << i
	}
	c.KeyUsage = certgen.KeyUsageNames(usage)
	return strings.Join(c.KeyUsage, ", "), true
}

func readExtendedKeyUsage(c *Certificate, in cryptobyte.String) (string, bool) {
	ids, ok := readOIDs(in)
	for _, id := range ids {
		c.ExtendedKeyUsage = append(c.ExtendedKeyUsage, certgen.ExtKeyUsageName(id))
	}
	return strings.Join(c.ExtendedKeyUsage, ", "), ok
}

// readOIDs reads a SEQUENCE OF OBJECT IDENTIFIER.
func readOIDs(in cryptobyte.String) ([]asn1.ObjectIdentifier, bool) {
	var list cryptobyte.String
	if !in.ReadASN1(&list, cbasn1.SEQUENCE) {
		return nil, false
	}
	var out []asn1.ObjectIdentifier
	for !list.Empty() {
		var id asn1.ObjectIdentifier
		if !list.ReadASN1ObjectIdentifier(&id) {
			return out, false
		}
		out = append(out, id)
	}
	return out, true
}

func readBasicConstraints(c *Certificate, in cryptobyte.String) (string, bool) {
	var body cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || body.PeekASN1Tag(cbasn1.BOOLEAN) && !body.ReadASN1Boolean(&c.CA) {
		return "", false
	}
	summary := "no CA"
	if c.CA {
		summary = "CA"
	}
	if !body.Empty() {
		var n int
		if !body.ReadASN1Integer(&n) {
			return summary, false
		}
		c.PathLen = &n
		summary += fmt.Sprintf(", path length %d", n)
	}
	return summary, true
}

func readAuthorityKeyID(_ *Certificate, in cryptobyte.String) (string, bool) {
	var body, id, issuer, number cryptobyte.String
	var hasID, hasIssuer, hasSerial bool
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadOptionalASN1(&id, &hasID, specific(0)) ||
		!body.ReadOptionalASN1(&issuer, &hasIssuer, specific(1).Constructed()) || !body.ReadOptionalASN1(&number, &hasSerial, specific(2)) {
		return "", false
	}
	var parts []string
	if hasID {
		parts = append(parts, hex.EncodeToString(id))
	}
	if names, ok := readNames(issuer); hasIssuer && ok {
		parts = append(parts, names.All()...)
	}
	if hasSerial {
		parts = append(parts, "serial "+hex.EncodeToString(number))
	}
	return strings.Join(parts, ", "), true
}

func specific(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific() }

func readSubjectAltName(c *Certificate, in cryptobyte.String) (string, bool) {
	var list cryptobyte.String
	if !in.ReadASN1(&list, cbasn1.SEQUENCE) {
		return "", false
	}
	var ok bool
	c.SANs, ok = readNames(list)
	return strings.Join(c.SANs.All(), ", "), ok
}

func readOtherNames(_ *Certificate, in cryptobyte.String) (string, bool) {
	return readSubjectAltName(&Certificate{}, in)
}

// otherNames are kinds of otherName by OID.
var otherNames = []struct{ id, kind string }{
	{"1.3.6.1.4.1.311.20.2.3", "UPN"},
	{"1.3.6.1.5.5.7.8.5", "XMPP"},
	{"1.3.6.1.5.5.7.8.7", "SRV"},
	{"1.3.6.1.5.5.7.8.9", "email"},
	{"1.3.6.1.5.2.2", "KRB5"},
	{"1.3.6.1.5.5.7.8.4", "hardware"},
}

// readNames reads GeneralNames. What it cannot read is kept as hex.
func readNames(list cryptobyte.String) (n Names, ok bool) {
	for !list.Empty() {
		var body cryptobyte.String
		var tag cbasn1.Tag
		if !list.ReadAnyASN1(&body, &tag) {
			return n, false
		}
		switch tag {
		case specific(0).Constructed():
			n.Other = append(n.Other, otherName(body))
		case specific(1):
			n.Email = append(n.Email, printable(body))
		case specific(2):
			n.DNS = append(n.DNS, printable(body))
		case specific(4).Constructed():
			n.Other = append(n.Other, "DN:"+certgen.FormatDN(body))
		case specific(6):
			n.URI = append(n.URI, printable(body))
		case specific(7):
			n.IP = append(n.IP, address(body))
		case specific(8):
			n.Other = append(n.Other, "RID:"+contentOID(body))
		default:
			n.Other = append(n.Other, shortHex(body))
		}
	}
	return n, true
}

func otherName(body cryptobyte.String) string {
	var id asn1.ObjectIdentifier
	var value cryptobyte.String
	if !body.ReadASN1ObjectIdentifier(&id) || !body.ReadASN1(&value, specific(0).Constructed()) {
		return shortHex(body)
	}
	kind := id.String()
	for _, o := range otherNames {
		if o.id == kind {
			kind = o.kind
		}
	}
	return kind + ":" + stringOrHex(value)
}

// address formats an iPAddress; with a mask, as in name constraints, it is a
// network.
func address(b []byte) string {
	switch len(b) {
	case 4, 16:
		a, _ := netip.AddrFromSlice(b)
		return a.String()
	case 8, 32:
		a, _ := netip.AddrFromSlice(b[:len(b)/2])
		ones, bits := net.IPMask(b[len(b)/2:]).Size()
		if bits > 0 {
			return fmt.Sprintf("%s/%d", a, ones)
		}
	}
	return shortHex(b)
}

// contentOID reads the content octets of an implicitly tagged OID.
func contentOID(content []byte) string {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(content) })
	der, err := b.Bytes()
	in := cryptobyte.String(der)
	var id asn1.ObjectIdentifier
	if err != nil || !in.ReadASN1ObjectIdentifier(&id) {
		return shortHex(content)
	}
	return id.String()
}

// printable is a string without octets that could do harm on a terminal; the
// rest is escaped as in Go.
func printable(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&out, `\x%02x`, b[0])
		case r == '\\' || !unicode.IsPrint(r):
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
		b = b[n:]
	}
	return out.String()
}

func readNameConstraints(_ *Certificate, in cryptobyte.String) (string, bool) {
	var body cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) {
		return "", false
	}
	var parts []string
	for n, title := range []string{"permitted ", "excluded "} {
		var trees cryptobyte.String
		var has bool
		if !body.ReadOptionalASN1(&trees, &has, specific(uint8(n)).Constructed()) {
			return "", false
		}
		for has && !trees.Empty() {
			var tree, base cryptobyte.String
			if !trees.ReadASN1(&tree, cbasn1.SEQUENCE) || !tree.ReadAnyASN1Element(&base, nil) {
				return "", false
			}
			names, ok := readNames(base)
			if !ok {
				return "", false
			}
			for _, name := range names.All() {
				parts = append(parts, title+name)
			}
		}
	}
	return strings.Join(parts, ", "), true
}

func readCRLs(c *Certificate, in cryptobyte.String) (string, bool) {
	urls, ok := points(in)
	c.CRLs = append(c.CRLs, urls...)
	return strings.Join(urls, ", "), ok
}

func readOtherPoints(_ *Certificate, in cryptobyte.String) (string, bool) {
	urls, ok := points(in)
	return strings.Join(urls, ", "), ok
}

// points reads the names in CRLDistributionPoints (RFC 5280 section 4.2.1.13).
func points(in cryptobyte.String) (urls []string, ok bool) {
	var list cryptobyte.String
	if !in.ReadASN1(&list, cbasn1.SEQUENCE) {
		return nil, false
	}
	for !list.Empty() {
		var point, name, full cryptobyte.String
		var has bool
		if !list.ReadASN1(&point, cbasn1.SEQUENCE) || !point.ReadOptionalASN1(&name, &has, specific(0).Constructed()) {
			return urls, false
		}
		if !has || !name.ReadASN1(&full, specific(0).Constructed()) {
			continue
		}
		names, _ := readNames(full)
		urls = append(urls, names.URI...)
		urls = append(urls, names.Other...)
	}
	return urls, true
}

var (
	oidOCSP      = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1}
	oidCAIssuers = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 2}
)

func readAccess(c *Certificate, in cryptobyte.String) (string, bool) {
	var list cryptobyte.String
	if !in.ReadASN1(&list, cbasn1.SEQUENCE) {
		return "", false
	}
	var parts []string
	for !list.Empty() {
		var body cryptobyte.String
		var id asn1.ObjectIdentifier
		if !list.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1ObjectIdentifier(&id) {
			return "", false
		}
		names, ok := readNames(body)
		if !ok {
			return "", false
		}
		method := id.String()
		switch {
		case id.Equal(oidOCSP):
			method = "OCSP"
			c.OCSP = append(c.OCSP, names.URI...)
		case id.Equal(oidCAIssuers):
			method = "CA issuers"
			c.IssuerURLs = append(c.IssuerURLs, names.URI...)
		}
		parts = append(parts, method+" "+strings.Join(names.All(), " "))
	}
	return strings.Join(parts, ", "), true
}

func readOtherAccess(_ *Certificate, in cryptobyte.String) (string, bool) {
	return readAccess(&Certificate{}, in)
}

// policies with a name: those of the CA/Browser Forum (Baseline Requirements
// section 7.1.6.1).
var policyNames = []struct{ id, name string }{
	{"2.5.29.32.0", "anyPolicy"},
	{"2.23.140.1.1", "2.23.140.1.1 (extended validation)"},
	{"2.23.140.1.2.1", "2.23.140.1.2.1 (domain validated)"},
	{"2.23.140.1.2.2", "2.23.140.1.2.2 (organization validated)"},
	{"2.23.140.1.2.3", "2.23.140.1.2.3 (individual validated)"},
	{"2.23.140.1.4.1", "2.23.140.1.4.1 (code signing)"},
}

func readPolicies(c *Certificate, in cryptobyte.String) (string, bool) {
	var list cryptobyte.String
	if !in.ReadASN1(&list, cbasn1.SEQUENCE) {
		return "", false
	}
	for !list.Empty() {
		var body cryptobyte.String
		var id asn1.ObjectIdentifier
		if !list.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1ObjectIdentifier(&id) {
			return "", false
		}
		name := id.String()
		for _, p := range policyNames {
			if p.id == name {
				name = p.name
			}
		}
		c.Policies = append(c.Policies, name)
	}
	return strings.Join(c.Policies, ", "), true
}

func readTLSFeature(_ *Certificate, in cryptobyte.String) (string, bool) {
	var list cryptobyte.String
	if !in.ReadASN1(&list, cbasn1.SEQUENCE) {
		return "", false
	}
	var parts []string
	for !list.Empty() {
		var n int
		if !list.ReadASN1Integer(&n) {
			return "", false
		}
		switch n {
		case 5:
			parts = append(parts, "status_request (must staple)")
		case 17:
			parts = append(parts, "status_request_v2")
		default:
			parts = append(parts, fmt.Sprint(n))
		}
	}
	return strings.Join(parts, ", "), true
}

// readTimestamps counts the timestamps of a SignedCertificateTimestampList
// (RFC 6962 section 3.3).
func readTimestamps(_ *Certificate, in cryptobyte.String) (string, bool) {
	var octets, list cryptobyte.String
	if !in.ReadASN1(&octets, cbasn1.OCTET_STRING) || !octets.ReadUint16LengthPrefixed(&list) {
		return "", false
	}
	count := 0
	for !list.Empty() {
		var one cryptobyte.String
		if !list.ReadUint16LengthPrefixed(&one) {
			return "", false
		}
		count++
	}
	return fmt.Sprintf("%d timestamps", count), true
}

// attributeNames are the attributes of bags and CSRs that have a name.
var attributeNames = []struct{ id, name string }{
	{"1.2.840.113549.1.9.20", "friendlyName"},
	{"1.2.840.113549.1.9.21", "localKeyID"},
	{"2.16.840.1.113894.746875.1.1", "trustedKeyUsage"},
	{"1.3.6.1.4.1.311.17.1", "microsoftCSPName"},
	{"1.3.6.1.4.1.311.17.2", "microsoftLocalMachine"},
	{"1.2.840.113549.1.9.14", "extensionRequest"},
	{"1.3.6.1.4.1.311.2.1.14", "extensionRequest"},
	{"1.2.840.113549.1.9.7", "challengePassword"},
	{"1.2.840.113549.1.9.2", "unstructuredName"},
	{"1.3.6.1.4.1.311.13.2.3", "microsoftOSVersion"},
	{"1.3.6.1.4.1.311.13.2.2", "microsoftEnrollmentCSP"},
	{"1.3.6.1.4.1.311.21.20", "microsoftRequestClientInfo"},
	{"2.5.29.15", "keyUsage"},
}

func attributeName(id asn1.ObjectIdentifier) string {
	oid := id.String()
	for _, a := range attributeNames {
		if a.id == oid {
			return a.name
		}
	}
	return ""
}

// maxHex bounds the octets of an unknown value that are shown.
const maxHex = 64

// stringOrHex shows the value of one element of an unknown type: strings,
// numbers, booleans and OIDs as such, anything else as hex.
func stringOrHex(der []byte) string {
	in := cryptobyte.String(der)
	var body cryptobyte.String
	var tag cbasn1.Tag
	element := in
	if in.ReadAnyASN1(&body, &tag) && in.Empty() {
		switch tag {
		case cbasn1.UTF8String, cbasn1.PrintableString, cbasn1.IA5String, cbasn1.T61String, 26: // VisibleString
			return printable(body)
		case 30: // BMPString
			units := make([]uint16, len(body)/2)
			for i := range units {
				units[i] = uint16(body[2*i])<<8 | uint16(body[2*i+1])
			}
			return printable([]byte(string(utf16.Decode(units))))
		case cbasn1.INTEGER:
			var n int64
			if element.ReadASN1Integer(&n) {
				return fmt.Sprint(n)
			}
		case cbasn1.BOOLEAN:
			if len(body) == 1 {
				return fmt.Sprint(body[0] != 0)
			}
		case cbasn1.OBJECT_IDENTIFIER:
			return contentOID(body)
		case cbasn1.NULL:
			return ""
		}
	}
	return shortHex(der)
}

// shortHex is hex, cut off when it is long.
func shortHex(b []byte) string {
	if len(b) > maxHex {
		return fmt.Sprintf("#%x... (%d octets)", b[:maxHex], len(b))
	}
	return fmt.Sprintf("#%x", b)
}
