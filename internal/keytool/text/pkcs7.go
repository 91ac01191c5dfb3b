package text

import (
	"math/big"
	"slices"

	"muxkey/internal/keytool/der"
	"muxkey/internal/keytool/level"
)

// SignedData is a PKCS#7 SignedData (RFC 2315) as the JDK reads it, or what stands
// for one: a Netscape certificate sequence.
type SignedData struct {
	Certificates []*Certificate
	CRLs         []*CRL
	// ContentType is the object identifier of what is signed, and Content the octets
	// of it; nil where they are elsewhere.
	ContentType string
	Content     []byte
	Signers     []Signer
}

// Signer is a SignerInfo.
type Signer struct {
	Issuer []byte // in DER
	Serial *big.Int
	// Digest and Encryption are Java's names of the algorithms, and Algorithm the
	// AlgorithmIdentifier of the latter in DER.
	Digest, Encryption string
	Algorithm          []byte
	Signature          []byte
	// Signed is the DER SET of the signed attributes, over which the signature is;
	// nil without any.
	Signed []byte
	// MessageDigest is that attribute; nil without it.
	MessageDigest []byte
	// Timestamp is the token of RFC 3161 among the other attributes; nil without one.
	Timestamp []byte
}

const (
	oidSignedData    = "1.2.840.113549.1.7.2"
	oidNetscape      = "2.16.840.1.113730.2.5"
	oidMessageDigest = "1.2.840.113549.1.9.4"
	oidTimestamp     = "1.2.840.113549.1.9.16.2.14"
)

// ReadSignedData reads a SignedData in DER or BER.
func ReadSignedData(data []byte, l level.Level) (*SignedData, error) { return readPKCS7(data, l) }

func readPKCS7(data []byte, l level.Level) (*SignedData, error) {
	id, content, err := contentInfo(der.NewStream(data))
	if err != nil {
		return nil, err
	}
	switch {
	case content == nil:
		return nil, fail("content is null")
	case id == oidSignedData:
		return readSignedData(*content, l)
	case id == oidNetscape:
		list, err := content.Elements(der.Sequence)
		if err != nil {
			return nil, err
		}
		certificates, err := parseCertificates(list, l)
		return &SignedData{Certificates: certificates}, err
	}
	return nil, fail("content type %s not supported.", id)
}

// contentInfo reads a ContentInfo; content is nil where there is none.
func contentInfo(s *der.Stream) (id string, content *der.Value, err error) {
	info, err := s.Elements(der.Sequence)
	if err != nil {
		return "", nil, err
	}
	if len(info) < 1 || len(info) > 2 {
		return "", nil, fail("Invalid length for ContentInfo")
	}
	if id, err = info[0].OID(); err != nil || len(info) == 1 {
		return id, nil, err
	}
	inner, err := info[1].Elements(0)
	if err == nil && len(inner) != 1 {
		err = fail("ContentInfo encoding error")
	}
	if err != nil {
		return "", nil, err
	}
	return id, &inner[0], nil
}

func parseCertificates(list []der.Value, l level.Level) ([]*Certificate, error) {
	var out []*Certificate
	for _, v := range list {
		if v.Tag != der.Sequence {
			continue // an extended or attribute certificate
		}
		c, err := ParseCertificate(v.Encode(), l)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func parseCRLs(list []der.Value, l level.Level) ([]*CRL, error) {
	var out []*CRL
	for _, v := range list {
		c, err := ParseCRL(v.Encode(), l)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// sequence wants a SEQUENCE or a SET, and reads what is in it.
func sequence(v der.Value) (*der.Stream, error) {
	if v.Tag != der.Sequence && v.Tag != der.Set {
		return nil, fail("toDerInputStream rejects tag type %d", v.Signed())
	}
	return v.Stream(), nil
}

func readSignedData(v der.Value, l level.Level) (*SignedData, error) {
	s, err := sequence(v)
	if err != nil {
		return nil, err
	}
	if err := skipVersion(s); err != nil {
		return nil, err
	}
	digests, err := s.Elements(der.Set)
	if err != nil {
		return nil, err
	}
	for _, d := range digests {
		if _, err := readAlgorithm(d); err != nil {
			return nil, err
		}
	}
	d := new(SignedData)
	id, content, err := contentInfo(s)
	if err != nil {
		return nil, err
	}
	if d.ContentType = id; content != nil {
		// A signature of version 1.5 may have something else here; nobody asks for
		// that.
		d.Content, _ = content.Octets()
	}
	next, err := s.Next()
	for n := byte(0); n <= 1 && err == nil; n++ {
		if !next.Context(n) {
			continue
		}
		var list []der.Value
		if list, err = next.Elements(0); err != nil {
			return nil, err
		}
		if n == 0 {
			d.Certificates, err = parseCertificates(list, l)
		} else {
			d.CRLs, err = parseCRLs(list, l)
		}
		if err == nil {
			next, err = s.Next()
		}
	}
	if err != nil {
		return nil, err
	}
	signers, err := next.Elements(der.Set)
	if err != nil {
		return nil, err
	}
	for _, v := range signers {
		signer, err := readSigner(v)
		if err != nil {
			return nil, err
		}
		d.Signers = append(d.Signers, signer)
	}
	return d, nil
}

func skipVersion(s *der.Stream) error {
	version, err := s.Next()
	if err == nil {
		_, err = version.BigInt()
	}
	return err
}

// readSigner reads a SignerInfo, whose signer Java knows by issuer and serial
// number alone.
func readSigner(v der.Value) (g Signer, err error) {
	s, err := sequence(v)
	if err != nil {
		return g, err
	}
	if err := skipVersion(s); err != nil {
		return g, err
	}
	id, err := s.Elements(der.Sequence)
	if err != nil {
		return g, err
	}
	if len(id) != 2 {
		return g, fail("Invalid length for IssuerAndSerialNumber")
	}
	if g.Issuer, _, err = readName(id[0]); err != nil {
		return g, err
	}
	if g.Serial, err = id[1].BigInt(); err != nil {
		return g, err
	}
	digest, _, err := nextAlgorithm(s)
	if err != nil {
		return g, err
	}
	g.Digest = digest.name()
	if tag, err := s.Peek(); err == nil && tag == 0xa0 {
		set, err := s.Next()
		if err != nil {
			return g, err
		}
		if err := g.readSigned(set); err != nil {
			return g, err
		}
	}
	encryption, identifier, err := nextAlgorithm(s)
	if err != nil {
		return g, err
	}
	g.Encryption, g.Algorithm = encryption.name(), identifier
	signature, err := s.Next()
	if err == nil && signature.Tag != der.OctetString {
		err = fail("DER input not an octet string")
	}
	if err != nil {
		return g, err
	}
	g.Signature = signature.Content
	return g, g.readUnsigned(s)
}

func nextAlgorithm(s *der.Stream) (a algorithm, identifier []byte, err error) {
	v, err := s.Next()
	if err != nil {
		return a, nil, err
	}
	a, err = readAlgorithm(v)
	return a, v.Encode(), err
}

// readSigned reads the signed attributes. The signature is over them as a SET in
// DER, whose elements are sorted.
func (g *Signer) readSigned(v der.Value) error {
	list, err := v.Elements(0)
	if err != nil {
		return err
	}
	var parts [][]byte
	for _, a := range list {
		id, values, err := readAttribute(a)
		if err != nil {
			return err
		}
		if id == oidMessageDigest && len(values) == 1 {
			if g.MessageDigest, err = values[0].Octets(); err != nil {
				return err
			}
		}
		parts = append(parts, a.Encode())
	}
	slices.SortFunc(parts, slices.Compare[[]byte])
	g.Signed = der.Value{Tag: der.Set, Content: slices.Concat(parts...)}.Encode()
	return nil
}

// readUnsigned reads the other attributes, of which Java knows the time stamp.
func (g *Signer) readUnsigned(s *der.Stream) error {
	if tag, err := s.Peek(); err == nil && tag == 0xa1 {
		set, err := s.Next()
		if err != nil {
			return err
		}
		list, err := set.Elements(0)
		if err != nil {
			return err
		}
		for _, a := range list {
			id, values, err := readAttribute(a)
			if err == nil && id == oidTimestamp && len(values) == 1 {
				g.Timestamp = values[0].Encode()
			}
		}
	}
	if !s.Empty() {
		return fail("extra data at the end")
	}
	return nil
}

// readAttribute reads an Attribute.
func readAttribute(v der.Value) (id string, values []der.Value, err error) {
	parts, err := v.Elements(der.Sequence)
	if err != nil {
		return "", nil, err
	}
	if len(parts) != 2 {
		return "", nil, fail("PKCS9Attribute doesn't have two components")
	}
	if id, err = parts[0].OID(); err != nil {
		return "", nil, err
	}
	values, err = parts[1].Elements(der.Set)
	return id, values, err
}
