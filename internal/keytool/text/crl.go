package text

import (
	"bytes"
	"math/big"
	"strconv"
	"strings"
	"time"

	"muxkey/internal/keytool/der"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
)

// CRL is a certificate revocation list as the JDK reads it.
type CRL struct {
	// Raw is the list in DER, TBS the part that is signed, and Signature what signs
	// it.
	Raw, TBS, Signature []byte
	// Algorithm is the AlgorithmIdentifier of the signature in DER, and
	// SignatureName Java's name for it.
	Algorithm     []byte
	SignatureName string
	Issuer        []byte // in DER
	ThisUpdate    time.Time
	NextUpdate    time.Time // zero if there is none

	version    int
	algorithm  algorithm
	issuer     string
	entries    []crlEntry
	extensions []Extension // nil without the field
}

// crlEntry is a certificate that was revoked.
type crlEntry struct {
	serial     *big.Int
	revoked    time.Time
	extensions []Extension // nil without the field
	issuer     string      // of the certificate, if it is not that of the list
}

// ParseCRL reads a CRL that is all of the data.
func ParseCRL(data []byte, l level.Level) (*CRL, error) {
	parts, err := readSigned(data, exception.CRL, "Invalid DER-encoded CRL data")
	if err != nil {
		return nil, parsing(err)
	}
	c := &CRL{Raw: parts.raw, TBS: parts.body.Encode(), Signature: parts.signature, Algorithm: parts.identifier}
	c.algorithm, c.SignatureName = parts.algorithm, parts.algorithm.nameAt(l)
	inner, err := c.read(parts.body, l)
	if err != nil {
		return nil, parsing(err)
	}
	if !c.algorithm.equal(inner) {
		return nil, exception.New(exception.CRL, "Signature algorithm mismatch")
	}
	return c, nil
}

// parsing hides exceptions of DER behind one of CRLs.
func parsing(err error) error {
	if e := exception.Of(err); e.Class != exception.CRL {
		return exception.Wrap(exception.CRL, "Parsing error: "+e.Message, err)
	}
	return err
}

// read reads TBSCertList (RFC 5280 section 5.1) and returns its algorithm.
func (c *CRL) read(v der.Value, l level.Level) (a algorithm, err error) {
	if v.Tag != der.Sequence {
		return a, exception.New(exception.CRL, "signed CRL fields invalid")
	}
	s := v.Stream()
	next, err := s.Next()
	c.version = 1
	if err == nil && next.Tag == der.Integer {
		var n int
		if n, err = next.Int(); err == nil && n != 1 {
			err = exception.New(exception.CRL, "Invalid version")
		}
		if c.version = n + 1; err == nil {
			next, err = s.Next()
		}
	}
	if err != nil {
		return a, err
	}
	if a, err = readAlgorithm(next); err != nil {
		return a, err
	}
	if c.Issuer, c.issuer, err = nextName(s); err != nil {
		return a, err
	}
	if emptyName(c.Issuer) {
		return a, exception.New(exception.CRL, "Empty issuer DN not allowed in X509CRLs")
	}
	if next, err = s.Next(); err != nil {
		return a, err
	}
	if !isTime(next) {
		return a, exception.New(exception.CRL, "Invalid encoding for thisUpdate (tag="+strconv.Itoa(int(next.Signed()))+")")
	}
	if c.ThisUpdate, err = next.Time(); err != nil || s.Empty() {
		return a, err
	}
	return a, c.readOptional(s, l)
}

func isTime(v der.Value) bool { return v.Tag == der.UTCTime || v.Tag == der.GeneralizedTime }

// readOptional reads what may stand behind thisUpdate.
func (c *CRL) readOptional(s *der.Stream, l level.Level) error {
	next, err := s.Next()
	if err == nil && isTime(next) {
		if c.NextUpdate, err = next.Time(); err != nil || s.Empty() {
			return err
		}
		next, err = s.Next()
	}
	if err == nil && next.Tag == der.Sequence {
		if err = c.readEntries(next, l); err != nil || s.Empty() {
			return err
		}
		next, err = s.Next()
	}
	if err != nil || !next.Context(0) || !next.Constructed() {
		return err
	}
	c.extensions, err = crlExtensions(next.Stream(), l)
	return err
}

// crlExtensions reads the extensions of a list or of an entry.
func crlExtensions(s *der.Stream, l level.Level) ([]Extension, error) {
	tag, err := s.Peek()
	if err == nil && tag&^0x20 == 0x80 {
		var v der.Value
		v, err = s.Next()
		s = v.Stream()
	}
	var elements []der.Value
	if err == nil {
		elements, err = s.Elements(der.Sequence)
	}
	if err != nil {
		return nil, exception.Wrap(exception.CRL, "Parsing error: "+exception.Of(err).Error(), err)
	}
	list, err := readExtensions(l, elements, true)
	if err != nil {
		return nil, exception.Wrap(exception.CRL, exception.Of(err).Message, err)
	}
	if list == nil {
		list = []Extension{}
	}
	return list, nil
}

// readEntries reads the revoked certificates. One that names no issuer has that of
// the one before it.
func (c *CRL) readEntries(v der.Value, l level.Level) error {
	last, lastText := c.Issuer, ""
	return eachElement(v, func(e der.Value) error {
		entry, err := readEntry(e, l)
		if err != nil {
			return err
		}
		if x, ok := find(entry.extensions, oidCertificateIssuer); ok {
			name, text, err := directory(l, x.Value)
			if err != nil {
				return err
			}
			last, lastText = name, text
		}
		if !bytes.Equal(last, c.Issuer) {
			entry.issuer = lastText
		}
		c.entries = append(c.entries, entry)
		return nil
	})
}

// directory is the first directoryName of a CertificateIssuer.
func directory(l level.Level, value []byte) (name []byte, text string, err error) {
	v, err := der.Parse(value)
	if err != nil {
		return nil, "", err
	}
	names, err := generalNames(l, v)
	if err != nil {
		return nil, "", err
	}
	for _, n := range names {
		if n.choice == directoryName {
			return n.name, n.text, nil
		}
	}
	return nil, "", exception.New(exception.CRL, "Parsing error: CertificateIssuer field does not contain an X.500 DN")
}

func readEntry(v der.Value, l level.Level) (e crlEntry, err error) {
	if v.Tag != der.Sequence {
		return e, exception.New(exception.CRL, "Invalid encoded RevokedCertificate, starting sequence tag missing.")
	}
	s := v.Stream()
	if s.Empty() {
		return e, exception.New(exception.CRL, "No data encoded for RevokedCertificates")
	}
	serial, err := s.Next()
	if err == nil {
		e.serial, err = serial.BigInt()
	}
	if err != nil {
		return e, err
	}
	date, err := s.Next()
	if err != nil {
		return e, err
	}
	if !isTime(date) {
		return e, exception.New(exception.CRL, "Invalid encoding for revocation date")
	}
	if e.revoked, err = date.Time(); err != nil || s.Empty() {
		return e, err
	}
	e.extensions, err = crlExtensions(s, l)
	return e, err
}

// CRL is a list as -printcrl prints it.
func (p Printer) CRL(c *CRL) string {
	var out strings.Builder
	name := c.algorithm.String()
	out.WriteString("X.509 CRL v" + strconv.Itoa(c.version) + "\nSignature Algorithm: " + name + JudgeName(p.Level, name).mark() +
		", OID=" + c.algorithm.oid + "\nIssuer: " + c.issuer + "\n\nThis Update: " + p.Date(c.ThisUpdate) + "\n")
	if !c.NextUpdate.IsZero() {
		out.WriteString("Next Update: " + p.Date(c.NextUpdate) + "\n")
	}
	if len(c.entries) == 0 {
		out.WriteString("\nNO certificates have been revoked\n")
	} else {
		out.WriteString("\nRevoked Certificates: " + strconv.Itoa(len(c.entries)))
	}
	for i, e := range c.entries {
		out.WriteString("\n[" + strconv.Itoa(i+1) + "] " + p.crlEntry(e))
	}
	if c.extensions != nil {
		out.WriteString("\nCRL Extensions: " + strconv.Itoa(len(c.extensions)))
	}
	for i, e := range c.extensions {
		out.WriteString("\n[" + strconv.Itoa(i+1) + "]: " + p.crlExtension(e))
	}
	out.WriteString("\nSignature:\n" + hexDump(c.Signature) + "\n")
	return out.String()
}

func (p Printer) crlEntry(e crlEntry) string {
	var out strings.Builder
	out.WriteString(serialNumber(p.Level, e.serial) + "  On: " + p.Date(e.revoked))
	if e.issuer != "" {
		out.WriteString("\n    Certificate issuer: " + e.issuer)
	}
	if e.extensions != nil {
		out.WriteString("\n    CRL Entry Extensions: " + strconv.Itoa(len(e.extensions)))
	}
	for i, x := range e.extensions {
		out.WriteString("\n    [" + strconv.Itoa(i+1) + "]: " + p.crlExtension(x))
	}
	return out.String() + "\n"
}

func (p Printer) crlExtension(e Extension) string {
	if e.body == nil {
		return e.head() + e.unknownInCRL()
	}
	return e.text(p.Date)
}
