package certgen

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Signing is what a signature can be asked to be besides what goes by the key.
type Signing struct {
	// PSS takes RSASSA-PSS in place of PKCS #1 v1.5 for an RSA key, with
	// SHA-256. Other keys ignore it. Java before 8u251 and 11, and NSS before
	// 3.34, cannot check it.
	PSS bool
}

func (s Signing) algorithm(pub crypto.PublicKey) x509.SignatureAlgorithm {
	if _, ok := pub.(*rsa.PublicKey); ok && s.PSS {
		return x509.SHA256WithRSAPSS
	}
	return x509.UnknownSignatureAlgorithm // crypto/x509 goes by the key
}

// source returns what crypto/x509 is to draw from when it signs with a key.
func source(rand io.Reader, key crypto.Signer) io.Reader {
	if _, ok := key.(*ecdsa.PrivateKey); ok {
		return nil // crypto/ecdsa: RFC 6979; else it draws from the system's source
	}
	return rand
}

// CreateCSR makes a PKCS #10 request (RFC 2986) for a key and returns its DER.
//
// The wishes of the content are written as an extensionRequest, but for CRLs,
// OCSP and Issuers, which are the issuer's to say, and basicConstraints of no CA,
// which is plain anyway.
//
// An empty subject, not nil, is written as such: ACME has the names among the
// alternative names.
func CreateCSR(rand io.Reader, key crypto.Signer, c Content, s Signing) ([]byte, error) {
	der, err := createCSR(rand, key, c, s)
	if err != nil {
		return nil, fmt.Errorf("making a CSR: %w", err)
	}
	return der, nil
}

func createCSR(rand io.Reader, key crypto.Signer, c Content, s Signing) ([]byte, error) {
	if key == nil {
		return nil, errors.New("no key")
	}
	if err := CheckKey(key.Public()); err != nil {
		return nil, err
	}
	subject, err := c.subject()
	if err != nil {
		return nil, err
	}
	c.CRLs, c.OCSP, c.Issuers = nil, nil, nil
	extensions, err := c.extensions(keyIDs{}, isEmptySubject(subject))
	if err != nil {
		return nil, err
	}
	if !c.CA && !hasExtension(c.Extensions, oidBasicConstraints) {
		extensions = without(extensions, oidBasicConstraints)
	}
	der, err := x509.CreateCertificateRequest(source(rand, key), &x509.CertificateRequest{
		RawSubject: subject, ExtraExtensions: extensions, SignatureAlgorithm: s.algorithm(key.Public()),
	}, key)
	if err != nil {
		return nil, err
	}
	// Nobody gets a request from here that its CA cannot read.
	csr, err := ParseCSR(der)
	if err != nil {
		return nil, fmt.Errorf("reading it back: %w", err)
	}
	if err := csr.Check(); err != nil {
		return nil, fmt.Errorf("reading it back: %w", err)
	}
	return der, nil
}

func without(list []pkix.Extension, id asn1.ObjectIdentifier) []pkix.Extension {
	var out []pkix.Extension
	for _, e := range list {
		if !e.Id.Equal(id) {
			out = append(out, e)
		}
	}
	return out
}

// CSR is a certificate request as its sender wrote it.
type CSR struct {
	Raw       []byte // DER
	Subject   []byte // DER of the RDNSequence, may be empty
	SPKI      []byte // DER of the SubjectPublicKeyInfo
	PublicKey crypto.PublicKey
	// SignatureAlgorithm is 0 for one that is not known here.
	SignatureAlgorithm x509.SignatureAlgorithm
	// Names are the alternative names that are asked for; OtherNames those of
	// kinds that Names has no word for, as in Content.
	Names      Names
	OtherNames [][]byte
	// Extensions are all that are asked for, as they stand there.
	Extensions []pkix.Extension

	tbs, signature []byte
	keyErr         error
	badNames       []error
}

// maxCSR bounds a request, in octets. Real ones have 300 to 4,000.
const maxCSR = 1 << 18

// The two attributes that hold wishes: RFC 2985 section 5.4.2 and Microsoft's.
var (
	oidExtensionRequest          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 14}
	oidMicrosoftExtensionRequest = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 1, 14}
)

// ParseCSR reads the DER of a request of any version, with or without
// attributes, whatever its key, names and wishes are: what is wrong with them
// is for Check to say. An error wraps ErrDamaged.
func ParseCSR(der []byte) (*CSR, error) {
	damaged := func(what string) error { return fmt.Errorf("reading a CSR: %w: %s", ErrDamaged, what) }
	if len(der) > maxCSR {
		return nil, damaged(fmt.Sprintf("more than %d octets", maxCSR))
	}
	c := &CSR{Raw: der}
	var ok bool
	if c.tbs, c.SignatureAlgorithm, c.signature, ok = signedParts(der); !ok {
		return nil, damaged("it is no SEQUENCE of body, algorithm and signature")
	}
	tbs := cryptobyte.String(c.tbs)
	var info, subject, spki cryptobyte.String
	if !tbs.ReadASN1(&info, cbasn1.SEQUENCE) || !info.SkipASN1(cbasn1.INTEGER) ||
		!info.ReadASN1Element(&subject, cbasn1.SEQUENCE) || !info.ReadASN1Element(&spki, cbasn1.SEQUENCE) {
		return nil, damaged("its body lacks version, subject or key")
	}
	var rdns pkix.RDNSequence
	if rest, err := asn1.Unmarshal(subject, &rdns); err != nil || len(rest) > 0 {
		return nil, damaged("its subject")
	}
	c.Subject, c.SPKI = subject, spki
	c.PublicKey, c.keyErr = parseSPKI(spki)
	var attributes cryptobyte.String
	if info.ReadASN1(&attributes, cbasn1.Tag(0).ContextSpecific().Constructed()) { // some writers leave it out
		for !attributes.Empty() {
			var attribute, values, wishes cryptobyte.String
			var id asn1.ObjectIdentifier
			if !attributes.ReadASN1(&attribute, cbasn1.SEQUENCE) || !attribute.ReadASN1ObjectIdentifier(&id) ||
				!attribute.ReadASN1(&values, cbasn1.SET) {
				return nil, damaged("its attributes")
			}
			if !id.Equal(oidExtensionRequest) && !id.Equal(oidMicrosoftExtensionRequest) {
				continue
			}
			for values.ReadASN1(&wishes, cbasn1.SEQUENCE) {
				if err := c.wish(wishes); err != nil {
					return nil, fmt.Errorf("reading a CSR: %w", err)
				}
			}
		}
	}
	return c, nil
}

// signedParts takes apart what X.509 calls SIGNED (RFC 5280 section 4.1.1): a
// certificate, a request or a revocation list.
func signedParts(der []byte) (tbs []byte, algorithm x509.SignatureAlgorithm, signature []byte, ok bool) {
	in := cryptobyte.String(der)
	var outer, body, id cryptobyte.String
	var bits asn1.BitString
	ok = in.ReadASN1(&outer, cbasn1.SEQUENCE) && outer.ReadASN1Element(&body, cbasn1.SEQUENCE) &&
		outer.ReadASN1Element(&id, cbasn1.SEQUENCE) && outer.ReadASN1BitString(&bits)
	if !ok {
		return nil, 0, nil, false
	}
	return body, signatureAlgorithm(id), bits.RightAlign(), true
}

// CheckSigned tells whether a certificate, request or revocation list in DER is
// signed by a key, as CheckSignature does. It looks at the outer frame alone, so
// that something that crypto/x509 refuses to read is not taken for sound. An error is
// x509.ErrUnsupportedAlgorithm where nothing can be said.
func CheckSigned(pub crypto.PublicKey, der []byte) error {
	tbs, algorithm, signature, ok := signedParts(der)
	if !ok {
		return fmt.Errorf("%w: it is no SEQUENCE of body, algorithm and signature", ErrDamaged)
	}
	if algorithm == 0 {
		return x509.ErrUnsupportedAlgorithm
	}
	return CheckSignature(pub, algorithm, tbs, signature)
}

// wish reads Extensions. Of two with the same OID the first counts.
func (c *CSR) wish(list cryptobyte.String) error {
	for !list.Empty() {
		var body, value cryptobyte.String
		var e pkix.Extension
		if !list.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1ObjectIdentifier(&e.Id) ||
			body.PeekASN1Tag(cbasn1.BOOLEAN) && !body.ReadASN1Boolean(&e.Critical) || !body.ReadASN1(&value, cbasn1.OCTET_STRING) {
			return fmt.Errorf("%w: its extensions", ErrDamaged)
		}
		if hasExtension(c.Extensions, e.Id) {
			continue
		}
		if len(c.Extensions) >= maxExtensions {
			return fmt.Errorf("%w: more than %d extensions", ErrDamaged, maxExtensions)
		}
		e.Value = value
		c.Extensions = append(c.Extensions, e)
		if e.Id.Equal(oidSubjectAltName) {
			var err error
			if c.Names, c.OtherNames, c.badNames, err = readNames(value); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxExtensions bounds the extensions that are read. Certificates have some ten.
const maxExtensions = 100

// signatureAlgorithms by OID, of those that crypto/x509 checks. RSASSA-PSS goes
// by its parameters.
var signatureAlgorithms = []struct {
	oid string
	alg x509.SignatureAlgorithm
}{
	{"1.2.840.113549.1.1.5", x509.SHA1WithRSA},
	{"1.2.840.113549.1.1.11", x509.SHA256WithRSA},
	{"1.2.840.113549.1.1.12", x509.SHA384WithRSA},
	{"1.2.840.113549.1.1.13", x509.SHA512WithRSA},
	{"1.2.840.10045.4.1", x509.ECDSAWithSHA1},
	{"1.2.840.10045.4.3.2", x509.ECDSAWithSHA256},
	{"1.2.840.10045.4.3.3", x509.ECDSAWithSHA384},
	{"1.2.840.10045.4.3.4", x509.ECDSAWithSHA512},
	{"1.3.101.112", x509.PureEd25519},
	{"2.16.840.1.101.3.4.2.1", x509.SHA256WithRSAPSS},
	{"2.16.840.1.101.3.4.2.2", x509.SHA384WithRSAPSS},
	{"2.16.840.1.101.3.4.2.3", x509.SHA512WithRSAPSS},
}

// signatureAlgorithm reads an AlgorithmIdentifier. For RSASSA-PSS the hash, by
// whose OID the table has it, stands for the parameters; the salt may have any
// length.
func signatureAlgorithm(algorithm cryptobyte.String) x509.SignatureAlgorithm {
	var body, parameters, wrapped, hash cryptobyte.String
	var id asn1.ObjectIdentifier
	if !algorithm.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1ObjectIdentifier(&id) {
		return 0
	}
	if id.String() == "1.2.840.113549.1.1.10" {
		if !body.ReadASN1(&parameters, cbasn1.SEQUENCE) || !parameters.ReadASN1(&wrapped, cbasn1.Tag(0).ContextSpecific().Constructed()) ||
			!wrapped.ReadASN1(&hash, cbasn1.SEQUENCE) || !hash.ReadASN1ObjectIdentifier(&id) {
			return 0 // without parameters it is SHA-1
		}
	}
	for _, a := range signatureAlgorithms {
		if a.oid == id.String() {
			return a.alg
		}
	}
	return 0
}

// Check tells whether the request is sound: its key is one that may be certified
// (*KeyError), the signature is by that key (ErrSignature), and its names are
// names (*NameError).
func (c *CSR) Check() error {
	if c.keyErr != nil {
		return c.keyErr
	}
	if err := CheckKey(c.PublicKey); err != nil {
		return err
	}
	if c.SignatureAlgorithm == 0 {
		return fmt.Errorf("%w: its algorithm is not known", ErrSignature)
	}
	// SHA-1 will do: the signature shows who has the key, and nobody forges one by
	// a collision with himself.
	if err := CheckSignature(c.PublicKey, c.SignatureAlgorithm, c.tbs, c.signature); err != nil {
		return fmt.Errorf("%w: it was not made with the key in the CSR", ErrSignature)
	}
	return errors.Join(c.badNames...)
}

// CheckSignature tells whether a signature is by a key: what crypto/x509 does,
// but SHA-1 is taken, and the salt of RSASSA-PSS may have any length.
func CheckSignature(pub crypto.PublicKey, algorithm x509.SignatureAlgorithm, signed, signature []byte) error {
	hash, isPSS := map[x509.SignatureAlgorithm]crypto.Hash{
		x509.SHA256WithRSAPSS: crypto.SHA256, x509.SHA384WithRSAPSS: crypto.SHA384, x509.SHA512WithRSAPSS: crypto.SHA512,
	}[algorithm]
	if k, ok := pub.(*rsa.PublicKey); ok && isPSS {
		// crypto/x509 wants a salt as long as the hash; OpenSSL makes it as long
		// as fits.
		h := hash.New()
		h.Write(signed)
		return rsa.VerifyPSS(k, hash, h.Sum(nil), signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto})
	}
	signer := &x509.Certificate{PublicKey: pub, PublicKeyAlgorithm: publicKeyAlgorithm(pub)}
	return signer.CheckSignature(algorithm, signed, signature)
}

func publicKeyAlgorithm(pub crypto.PublicKey) x509.PublicKeyAlgorithm {
	switch pub.(type) {
	case *rsa.PublicKey:
		return x509.RSA
	case *ecdsa.PublicKey:
		return x509.ECDSA
	}
	return x509.Ed25519
}

// extension returns the value of a wish.
func (c *CSR) extension(id asn1.ObjectIdentifier) ([]byte, bool) {
	for _, e := range c.Extensions {
		if e.Id.Equal(id) {
			return e.Value, true
		}
	}
	return nil, false
}

// The wishes that go into a certificate in a form of the CA's making. What
// cannot be read is no wish.

func readKeyUsage(value []byte) x509.KeyUsage {
	in := cryptobyte.String(value)
	var bits asn1.BitString
	var out x509.KeyUsage
	if in.ReadASN1BitString(&bits) {
		for i := range 9 {
			out |= x509.KeyUsage(bits.At(i)) << i
		}
	}
	return out
}

func readExtKeyUsage(value []byte) []x509.OID {
	in := cryptobyte.String(value)
	var list cryptobyte.String
	if !in.ReadASN1(&list, cbasn1.SEQUENCE) {
		return nil
	}
	var out []x509.OID
	for !list.Empty() && len(out) < maxExtensions {
		var content cryptobyte.String
		var id x509.OID
		if !list.ReadASN1(&content, cbasn1.OBJECT_IDENTIFIER) || len(content) > maxOID || id.UnmarshalBinary(content) != nil {
			return out
		}
		out = append(out, id)
	}
	return out
}

// readBasicConstraints returns a path length of -1 where there is none.
func readBasicConstraints(value []byte) (ca bool, pathLen int) {
	in := cryptobyte.String(value)
	var body cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || body.PeekASN1Tag(cbasn1.BOOLEAN) && !body.ReadASN1Boolean(&ca) {
		return false, -1
	}
	if body.Empty() || !body.ReadASN1Integer(&pathLen) || pathLen < 0 {
		return ca, -1
	}
	return ca, pathLen
}
