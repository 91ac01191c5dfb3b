package trust

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/certgen"
	"muxkey/pkcs12x"
)

var oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}

// outlineCA reads cA of basicConstraints (RFC 5280 section 4.2.1.9) where
// crypto/x509 refuses the certificate.
func outlineCA(c *pkcs12x.Certificate) bool {
	for _, e := range c.Extensions {
		if !e.Id.Equal(oidBasicConstraints) {
			continue
		}
		in, inner, ca := cryptobyte.String(e.Value), cryptobyte.String(nil), false
		return in.ReadASN1(&inner, cbasn1.SEQUENCE) && inner.PeekASN1Tag(cbasn1.BOOLEAN) && inner.ReadASN1Boolean(&ca) && ca
	}
	return false
}

// weakKey applies the bounds of NIST SP 800-131A: RSA below 2048 bits, curves
// below 224; and no TLS client accepts DSA any more.
func weakKey(pub any) string {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		if bits := pub.N.BitLen(); bits < 2048 {
			return fmt.Sprintf("an RSA key of %d bits; at least 2048 are needed", bits)
		}
	case *ecdsa.PublicKey:
		if bits := pub.Params().BitSize; bits < 224 {
			return fmt.Sprintf("an EC key of %d bits; at least 224 are needed", bits)
		}
	}
	if strings.HasPrefix(certgen.KeyTypeOf(pub), "DSA") {
		return "a DSA key, which no TLS client accepts any more"
	}
	return ""
}

func weakSignature(a x509.SignatureAlgorithm) string {
	switch a {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return "signed with " + a.String()
	}
	return ""
}

func extKeyUsages(c *x509.Certificate) []string {
	var names []string
	for _, e := range c.ExtKeyUsage {
		names = append(names, certgen.ExtKeyUsageName(e.OID()))
	}
	for _, id := range c.UnknownExtKeyUsage {
		if oid, err := x509.ParseOID(id.String()); err == nil {
			names = append(names, certgen.ExtKeyUsageName(oid))
		}
	}
	return names
}

// constraints are the name constraints of a certificate (RFC 5280 section
// 4.2.1.10), the permitted ones first.
func constraints(c *x509.Certificate) []string {
	var out []string
	add := func(sign, kind string, names ...string) {
		for _, n := range names {
			out = append(out, sign+kind+":"+n)
		}
	}
	for _, side := range []struct {
		sign           string
		dns, mail, uri []string
		ips            []*net.IPNet
	}{
		{"+", c.PermittedDNSDomains, c.PermittedEmailAddresses, c.PermittedURIDomains, c.PermittedIPRanges},
		{"-", c.ExcludedDNSDomains, c.ExcludedEmailAddresses, c.ExcludedURIDomains, c.ExcludedIPRanges},
	} {
		add(side.sign, "dns", side.dns...)
		add(side.sign, "email", side.mail...)
		add(side.sign, "uri", side.uri...)
		for _, ip := range side.ips {
			add(side.sign, "ip", ip.String())
		}
	}
	return out
}

// Attributes of names (RFC 4519 section 2).
var (
	oidCommonName   = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidOrganization = asn1.ObjectIdentifier{2, 5, 4, 10}
	oidUnit         = asn1.ObjectIdentifier{2, 5, 4, 11}
	oidDomain       = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}
)

// telling is subjectName for a name that is parsed already; empty where that has
// nothing to say.
func telling(n *pkix.Name) string {
	if name := strings.TrimSpace(n.CommonName); name != "" {
		return name
	}
	for _, list := range [][]string{n.OrganizationalUnit, n.Organization} {
		for _, text := range slices.Backward(list) {
			if name := strings.TrimSpace(text); name != "" {
				return name
			}
		}
	}
	return ""
}

// subjectName is the part of a name that tells it from others: the common name,
// else the unit, else the organisation; of several the last, which is the most
// specific.
func subjectName(raw []byte) string {
	var found [4]string
	for id, text := range certgen.NameAttributes(raw) {
		for i, want := range [...]asn1.ObjectIdentifier{oidCommonName, oidUnit, oidOrganization, oidDomain} {
			if text = strings.TrimSpace(text); text != "" && id.EqualASN1OID(want) {
				found[i] = text
			}
		}
	}
	return cmp.Or(found[:]...)
}
