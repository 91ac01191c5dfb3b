package text

import (
	"math/big"
	"slices"
	"time"

	"muxkey/internal/keytool/der"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
)

// Certificate is an X.509 certificate as the JDK reads it.
type Certificate struct {
	// Raw is the certificate in DER.
	Raw []byte
	// TBS is the part that is signed, and Signature what signs it.
	TBS, Signature []byte
	Version        int
	Serial         *big.Int
	// Algorithm is the AlgorithmIdentifier of the signature in DER, and
	// SignatureName Java's name for it.
	Algorithm     []byte
	SignatureName string
	// Issuer and Subject are the names in DER.
	Issuer, Subject     []byte
	NotBefore, NotAfter time.Time
	Key                 Key
	// Extensions stand in the order in which they are printed. It is nil for a
	// certificate without that field.
	Extensions []Extension

	issuer, subject string // as printed
}

// unreadable is an exception behind which Java hides one of DER.
func unreadable(class, prefix string, err error) error {
	return exception.Wrap(class, prefix+exception.Of(err).Error(), err)
}

// ParseCertificate reads a certificate that is all of the data. The exceptions are
// those of Java's X509CertImpl.
func ParseCertificate(data []byte, l level.Level) (*Certificate, error) {
	c := new(Certificate)
	parts, err := readSigned(data, exception.CertificateParsing, "invalid DER-encoded certificate data")
	if err != nil {
		if exception.Of(err).Class == exception.CertificateParsing {
			return nil, err
		}
		return nil, unreadable(exception.Certificate, "Unable to initialize, ", err)
	}
	c.Raw, c.TBS, c.Signature = parts.raw, parts.body.Encode(), parts.signature
	c.Algorithm, c.SignatureName = parts.identifier, parts.algorithm.nameAt(l)
	inner, err := c.read(parts.body.Stream(), l)
	if err != nil {
		if e := exception.Of(err); e.Class == exception.IO || e.Class == exception.EOF {
			return nil, unreadable(exception.CertificateParsing, "", err)
		}
		return nil, err
	}
	if !parts.algorithm.equal(inner) {
		return nil, exception.New(exception.Certificate, "Signature algorithm mismatch")
	}
	return c, nil
}

// signed is what is signed, with the signature.
type signed struct {
	raw        []byte
	body       der.Value
	algorithm  algorithm
	identifier []byte // the AlgorithmIdentifier
	signature  []byte
}

// readSigned reads the SEQUENCE around a certificate or a CRL. What is wrong with
// its form is an exception of that class.
func readSigned(data []byte, class, invalid string) (s signed, err error) {
	v, err := der.Parse(data)
	if err != nil {
		return s, err
	}
	if v.Tag != der.Sequence {
		return s, exception.New(class, invalid)
	}
	s.raw = v.Encode()
	in := v.Stream()
	var parts [3]der.Value
	for i := range parts {
		if parts[i], err = in.Next(); err != nil {
			return s, err
		}
	}
	if !in.Empty() {
		return s, exception.New(class, "signed overrun, bytes = "+decimal(len(in.Rest())))
	}
	s.body, s.identifier = parts[0], parts[1].Encode()
	if s.body.Tag != der.Sequence {
		fields := "signed fields invalid"
		if class == exception.CRL {
			fields = "signed CRL fields invalid"
		}
		return s, exception.New(class, fields)
	}
	if s.algorithm, err = readAlgorithm(parts[1]); err != nil {
		return s, err
	}
	bits, err := parts[2].BitString()
	s.signature = bits.Octets
	return s, err
}

// read reads TBSCertificate (RFC 5280 section 4.1) and returns its algorithm.
func (c *Certificate) read(s *der.Stream, l level.Level) (a algorithm, err error) {
	c.Version = 1
	next, err := s.Next()
	if err == nil && next.Context(0) {
		if c.Version, err = version(next); err == nil {
			next, err = s.Next()
		}
	}
	if err != nil {
		return a, err
	}
	if c.Serial, err = next.BigInt(); err != nil {
		return a, err
	}
	if next, err = s.Next(); err != nil {
		return a, err
	}
	if a, err = readAlgorithm(next); err != nil {
		return a, err
	}
	if c.Issuer, c.issuer, err = nextName(s); err != nil {
		return a, err
	}
	if emptyName(c.Issuer) {
		return a, exception.New(exception.CertificateParsing, "Empty issuer DN not allowed in X509Certificates")
	}
	if next, err = s.Next(); err != nil {
		return a, err
	}
	if c.NotBefore, c.NotAfter, err = validity(next); err != nil {
		return a, err
	}
	if c.Subject, c.subject, err = nextName(s); err != nil {
		return a, err
	}
	if c.Version == 1 && emptyName(c.Subject) {
		return a, exception.New(exception.CertificateParsing, "Empty subject DN not allowed in v1 certificate")
	}
	if next, err = s.Next(); err != nil {
		return a, err
	}
	if c.Key, err = readKey(next, l); err != nil {
		return a, err
	}
	return a, c.readOptional(s, l)
}

// readOptional reads what may stand behind the key.
func (c *Certificate) readOptional(s *der.Stream, l level.Level) error {
	if s.Empty() {
		return nil
	}
	if c.Version == 1 {
		return exception.New(exception.CertificateParsing, "no more data allowed for version 1 certificate")
	}
	next, err := s.Next()
	for n := byte(1); n <= 2 && err == nil; n++ { // the unique identifiers
		if !next.Context(n) {
			continue
		}
		if _, err = next.Bits(); err != nil || s.Empty() {
			return err
		}
		next, err = s.Next()
	}
	if err != nil {
		return err
	}
	if c.Version != 3 {
		return exception.New(exception.CertificateParsing, "Extensions not allowed in v2 certificate")
	}
	if next.Constructed() && next.Context(3) {
		list, err := next.Stream().Elements(der.Sequence)
		if err != nil {
			return err
		}
		if c.Extensions, err = readExtensions(l, list, false); err != nil {
			return err
		}
		if c.Extensions == nil {
			c.Extensions = []Extension{}
		}
	}
	return c.checkSubject()
}

// checkSubject wants a critical subjectAltName where the subject is empty.
func (c *Certificate) checkSubject() error {
	if !emptyName(c.Subject) {
		return nil
	}
	const incomplete = "X.509 Certificate is incomplete: "
	san, ok := find(c.Extensions, oidSubjectAltName)
	switch {
	case c.Extensions == nil:
		return exception.New(exception.CertificateParsing, incomplete+"subject field is empty, and certificate has no extensions")
	case !ok:
		return exception.New(exception.CertificateParsing, incomplete+"subject field is empty, and SubjectAlternativeName extension is absent")
	case !san.Critical:
		return exception.New(exception.CertificateParsing, incomplete+"SubjectAlternativeName extension MUST be marked critical when subject field is empty")
	}
	return nil
}

// version reads the version in its explicit tag.
func version(v der.Value) (int, error) {
	if !v.Constructed() {
		return 1, nil
	}
	inner, err := v.Stream().Next()
	if err != nil {
		return 0, err
	}
	n, err := inner.Int()
	return n + 1, err
}

// nextName reads a Name.
func nextName(s *der.Stream) (name []byte, text string, err error) {
	v, err := s.Next()
	if err != nil {
		return nil, "", err
	}
	return readName(v)
}

// emptyName tells whether a Name has no attribute.
func emptyName(name []byte) bool {
	rdns, err := der.NewStream(name).Elements(der.Sequence)
	return err == nil && !slices.ContainsFunc(rdns, func(r der.Value) bool { return len(r.Content) > 0 })
}

func validity(v der.Value) (from, until time.Time, err error) {
	const invalid = "Invalid encoding for CertificateValidity"
	if v.Tag != der.Sequence {
		return from, until, fail("Invalid encoded CertificateValidity, starting sequence tag missing.")
	}
	if len(v.Content) == 0 {
		return from, until, fail("No data encoded for CertificateValidity")
	}
	dates, err := v.Elements(der.Sequence)
	if err != nil {
		return from, until, err
	}
	if len(dates) != 2 {
		return from, until, fail(invalid)
	}
	for i, t := range []*time.Time{&from, &until} {
		if tag := dates[i].Tag; tag != der.UTCTime && tag != der.GeneralizedTime {
			return from, until, fail(invalid)
		}
		if *t, err = dates[i].Time(); err != nil {
			return from, until, err
		}
	}
	return from, until, nil
}

// PathLength is what Java's getBasicConstraints returns: the path length of a CA,
// and -1 for what is none.
func (c *Certificate) PathLength() int {
	e, ok := find(c.Extensions, oidBasicConstraints)
	if !ok {
		return -1
	}
	v, err := der.Parse(e.Value)
	if err != nil {
		return -1
	}
	ca, path, err := constraints(v)
	if err != nil || !ca {
		return -1
	}
	return path
}

// ExtendedKeyUsage are the object identifiers of that extension; nil without one.
// The error is that of an extension that cannot be read.
func (c *Certificate) ExtendedKeyUsage() ([]string, error) {
	i := slices.IndexFunc(c.Extensions, func(e Extension) bool { return e.OID == oidExtendedKeyUsage })
	if i < 0 {
		return nil, nil
	}
	v, err := der.Parse(c.Extensions[i].Value)
	if err != nil {
		return nil, err
	}
	return usages(v)
}

// Names are the issuer and the subject as they are printed.
func (c *Certificate) Names() (issuer, subject string) { return c.issuer, c.subject }
