package certgen

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"slices"
	"strings"
)

// oidTimestamps are those of certificate transparency (RFC 6962).
const oidTimestamps = "1.3.6.1.4.1.11129.2.4.2"

// ofOneCertificate are extensions that a certificate has for itself alone, or
// that say how it came about.
var ofOneCertificate = []string{
	"2.5.29.14",               // subjectKeyIdentifier
	"2.5.29.35",               // authorityKeyIdentifier
	"2.5.29.18",               // issuerAltName
	"2.5.29.16",               // privateKeyUsagePeriod: dates
	oidTimestamps,             // they vouch for the old certificate
	"1.3.6.1.4.1.11129.2.4.3", // poison of a precertificate
	"1.3.6.1.4.1.311.21.1",    // Microsoft: which certificate of the CA
	"1.3.6.1.4.1.311.21.2",    // Microsoft: hash of the CA's certificate before
}

// Renewal returns what a certificate says, in the form that makes the next one.
//
// Subject, names, key usages, purposes, CA and path length go into their fields,
// and so do the URLs of the issuer (CRLs, OCSP, Issuers). Policies, name
// constraints and every other extension are in Extensions, as they stand there.
// Not taken over are serial number, dates, key identifiers, issuerAltName, signed
// certificate timestamps and what Microsoft's CAs say of themselves. Names that
// break the rules of ParseNames do not come over either; they are the errors.
//
// For CA.Issue the content is complete; ForCSR makes of it what to ask a CA for.
func Renewal(cert *x509.Certificate) (Content, []error) {
	c := Content{
		Subject: slices.Clone(cert.RawSubject), KeyUsage: cert.KeyUsage,
		CA: cert.BasicConstraintsValid && cert.IsCA, PathLen: -1,
		OCSP: cert.OCSPServer, Issuers: cert.IssuingCertificateURL, CRLs: cert.CRLDistributionPoints,
	}
	if cert.MaxPathLen > 0 || cert.MaxPathLenZero {
		c.PathLen = cert.MaxPathLen
	}
	var bad []error
	for _, e := range cert.Extensions {
		switch {
		case slices.Contains(ofOneCertificate, e.Id.String()):
		case e.Id.Equal(oidKeyUsage), e.Id.Equal(oidBasicConstraints), e.Id.Equal(oidCRLs), e.Id.Equal(oidAuthorityInfo):
			// crypto/x509 has read them. Of the last two it reads the URLs, which
			// is what there is in practice.
		case e.Id.Equal(oidExtKeyUsage):
			c.ExtKeyUsage = readExtKeyUsage(e.Value)
		case e.Id.Equal(oidSubjectAltName):
			var err error
			if c.Names, c.OtherNames, bad, err = readNames(e.Value); err != nil {
				bad = append(bad, err)
			}
		default:
			c.Extensions = append(c.Extensions, e)
		}
	}
	return c, bad
}

// ForCSR returns the content without what its issuer decides, and with which
// some CAs refuse a request: policies, the issuer's URLs, and Netscape's
// extensions.
func (c Content) ForCSR() Content {
	c.CRLs, c.OCSP, c.Issuers, c.Policies = nil, nil, nil, nil
	c.Extensions = slices.DeleteFunc(slices.Clone(c.Extensions), func(e pkix.Extension) bool {
		return e.Id.Equal(oidPolicies) || strings.HasPrefix(e.Id.String(), "2.16.840.1.113730.1.")
	})
	return c
}
