package certgen

import (
	"crypto"
	"crypto/rsa"
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
	"unicode/utf8"
)

// Request says what a certificate is to hold.
type Request struct {
	// Key signs the certificate and is the key that it certifies.
	Key crypto.Signer
	// Names are the subject alternative names, at least one. They are written
	// grouped by kind, each group in this order.
	Names Names
	// Subject is the DER of the subject's RDNSequence, as ParseDN makes it; nil
	// takes DefaultSubject of the names.
	Subject []byte
	// NotBefore and NotAfter are cut to whole seconds.
	NotBefore, NotAfter time.Time
}

// SelfSigned makes an X.509 v3 certificate for a server that is its own trust
// anchor, and returns its DER.
//
// It is made to be taken both as the server's certificate and as the anchor
// that clients import. No one form is asked for by all; this one was taken by
// every client that was tried, and what it holds is there because of one:
//
//   - basicConstraints CA:TRUE, critical: without it certtool ("issuer is not a
//     CA"), Chromium and NSS refuse the certificate when imported as a CA, and
//     HCL asks it of the signer of a Sametime certificate. Java, OpenSSL and Go
//     take CA:FALSE or nothing as well. The path length 0 keeps it from signing
//     CAs.
//   - keyCertSign in keyUsage: without it certtool and Chromium refuse what has
//     CA:TRUE.
//   - extendedKeyUsage serverAuth: Apple's systems want it since iOS 13 and
//     macOS 10.15 (support.apple.com/103769).
//   - Netscape certificate type SSL server and SSL CA, not critical: to NSS a
//     certificate with CA:TRUE and serverAuth is an SSL CA and nothing else
//     (cert_ComputeCertType in certdb.c), unless this old extension says that
//     it is a server, too. Leaving extendedKeyUsage out helps NSS as well, and
//     loses Apple.
//   - subjectKeyIdentifier. An authorityKeyIdentifier would repeat it and may
//     be left out (RFC 5280 section 4.2.1.1).
//   - a subject that is not empty: Java refuses an empty issuer, and this
//     certificate's issuer is its subject.
//
// Firefox takes no certificate as both: mozilla::pkix refuses a CA as server
// and a server as anchor. Its users confirm an exception, or get a CA and a
// leaf.
//
// The serial number has 128 bits of rand. The hash of the signature goes by the
// key: SHA-256 for P-256 and RSA, SHA-384 for P-384, SHA-512 for P-521; Ed25519
// has its own. ECDSA signatures are deterministic (RFC 6979) for keys in
// memory, so that the same request and rand give the same certificate.
func SelfSigned(rand io.Reader, r Request) ([]byte, error) {
	der, err := selfSigned(rand, r)
	if err != nil {
		return nil, fmt.Errorf("making a self-signed certificate: %w", err)
	}
	return der, nil
}

func selfSigned(rand io.Reader, r Request) ([]byte, error) {
	if r.Key == nil {
		return nil, errors.New("no key")
	}
	if len(r.Names) == 0 {
		return nil, ErrNoNames
	}
	server, err := ParseProfile("server")
	if err != nil {
		return nil, err
	}
	c := server.Content(r.Key.Public())
	c.Subject, c.Names = r.Subject, r.Names
	return certify{
		pub: r.Key.Public(), signer: r.Key, content: c.SelfSigned(), validity: Validity{r.NotBefore, r.NotAfter},
	}.sign(rand)
}

// SelfSigned returns what a certificate says that is to be its own trust anchor,
// for [CreateRoot]: the content, and what makes the form of [SelfSigned] of it.
// That is CA:TRUE with the path length 0, keyCertSign, and the Netscape
// certificate type for the TLS usages that are there. All else stays, and what
// Extensions says of the same OID stands in place of it.
func (c Content) SelfSigned() Content {
	c.CA, c.PathLen, c.KeyUsage = true, 0, c.KeyUsage|x509.KeyUsageCertSign
	if e, ok := netscapeTypes(c.ExtKeyUsage); ok && !hasExtension(c.Extensions, e.Id) {
		c.Extensions = append(slices.Clone(c.Extensions), e)
	}
	return c
}

// serialNumber draws 128 bits: RFC 5280 section 4.1.2.2 wants it positive and
// at most 20 octets, the baseline requirements at least 64 bits of randomness.
func serialNumber(rand io.Reader) (*big.Int, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(rand, b); err != nil {
		return nil, fmt.Errorf("reading randomness: %w", err)
	}
	serial := new(big.Int).SetBytes(b)
	if serial.Sign() == 0 {
		return nil, errors.New("the random source is broken: it gives zeros")
	}
	return serial, nil
}

// keyUsage is what a TLS server does with its key: RSA key exchange, which
// TLS 1.2 still has, enciphers with it; everything else signs.
func keyUsage(pub crypto.PublicKey) x509.KeyUsage {
	if _, ok := pub.(*rsa.PublicKey); ok {
		return x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
	}
	return x509.KeyUsageDigitalSignature
}

// netscapeTypes is the Netscape certificate type of an SSL CA (bit 5) that is an
// SSL client (bit 0) or an SSL server (bit 1) as well.
func netscapeTypes(usages []x509.OID) (pkix.Extension, bool) {
	const client, server, ca, unused = 0x80, 0x40, 0x04, 2
	bits := byte(0)
	for _, id := range usages {
		switch ExtKeyUsageName(id) {
		case "clientAuth":
			bits |= client
		case "serverAuth":
			bits |= server
		}
	}
	return pkix.Extension{
		Id:    asn1.ObjectIdentifier{2, 16, 840, 1, 113730, 1, 1},
		Value: []byte{0x03, 0x02, unused, bits | ca},
	}, bits != 0
}

// DefaultSubject makes a subject for a certificate with these names and returns
// its DER. It is the commonName alone: the first host name or address, or, as a
// commonName has at most 64 characters (RFC 5280 appendix A.1), the first that
// fits.
//
// When none fits, the first host name is spelled in domain components (RFC
// 2247), "DC=mux,DC=example,DC=com", which have room for every name. Rejected:
// an empty subject, which Java refuses in an issuer, and a shortened name,
// which is the name of another host. Without a host, the first other name is
// the commonName.
func DefaultSubject(names Names) ([]byte, error) {
	if len(names) == 0 {
		return nil, ErrNoNames
	}
	commonName, _ := attributeByKeyword("CN")
	fits := func(n Name) bool { return utf8.RuneCountInString(n.Value) <= commonName.max }
	for _, n := range names {
		if (n.Kind == DNS || n.Kind == IP) && fits(n) {
			return ParseDN("CN=" + escapeValue(n.Value))
		}
	}
	for _, n := range names {
		if n.Kind == DNS {
			return ParseDN("DC=" + strings.ReplaceAll(n.Value, ".", ",DC="))
		}
	}
	for _, n := range names {
		if fits(n) {
			return ParseDN("CN=" + escapeValue(n.Value))
		}
	}
	return nil, fmt.Errorf("%w: no name has at most %d characters, so one must be given", ErrNoSubject, commonName.max)
}
