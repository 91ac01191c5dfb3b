package text

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"muxkey/internal/keytool/der"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
)

// fail is an IOException, as which Java has most of what can be wrong.
func fail(format string, a ...any) error {
	return exception.New(exception.IO, fmt.Sprintf(format, a...))
}

// eachElement reads the elements in a value one by one.
func eachElement(v der.Value, do func(der.Value) error) error {
	for s := v.Stream(); !s.Empty(); {
		e, err := s.Next()
		if err == nil {
			err = do(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// keyIdentifier is the text of a KeyIdentifier.
func keyIdentifier(id []byte) string { return "KeyIdentifier [\n" + hexDump(id) + "]\n" }

func subjectKeyID(v der.Value) (string, error) {
	id, err := v.Octets()
	return "SubjectKeyIdentifier [\n" + keyIdentifier(id) + "]\n", err
}

func authorityKeyID(l level.Level, v der.Value) (string, error) {
	if v.Tag != der.Sequence {
		return "", fail("Invalid encoding for AuthorityKeyIdentifierExtension.")
	}
	var id, names, serial string
	err := eachElement(v, func(e der.Value) error {
		switch {
		case e.Context(0) && !e.Constructed():
			if id != "" {
				return fail("Duplicate KeyIdentifier in AuthorityKeyIdentifier.")
			}
			octets, err := e.As(der.OctetString).Octets()
			id = keyIdentifier(octets)
			return err
		case e.Context(1) && e.Constructed():
			if names != "" {
				return fail("Duplicate GeneralNames in AuthorityKeyIdentifier.")
			}
			list, err := generalNames(l, e.As(der.Sequence))
			names = list.String() + "\n"
			return err
		case e.Context(2) && !e.Constructed():
			if serial != "" {
				return fail("Duplicate SerialNumber in AuthorityKeyIdentifier.")
			}
			n, err := e.As(der.Integer).BigInt()
			if err == nil {
				serial = serialNumber(l, n) + "\n"
			}
			return err
		}
		return fail("Invalid encoding of AuthorityKeyIdentifierExtension.")
	})
	return "AuthorityKeyIdentifier [\n" + id + names + serial + "]\n", err
}

// serialNumber is a serial number as Java's SerialNumber prints it: the octets of
// its minimal encoding, with colons.
func serialNumber(l level.Level, n *big.Int) string {
	if l.BracketedSerials {
		return "SerialNumber: [" + hexNumber(n) + "]"
	}
	return "SerialNumber: " + colons(twosComplement(n), lowerDigits)
}

// twosComplement is the minimal encoding of the content of an INTEGER.
func twosComplement(n *big.Int) []byte {
	if n.Sign() >= 0 {
		return append(make([]byte, 1-min(n.BitLen()%8, 1)), n.Bytes()...)
	}
	bits := new(big.Int).Not(n).BitLen() // -1 has none, -128 has 7
	size := bits/8 + 1
	return n.Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size))).FillBytes(make([]byte, size)) // #nosec G115 -- a length
}

func keyUsage(data []byte, _ bool) (body, error) {
	if len(data) == 0 {
		return nil, exception.New(exception.ArrayIndex, "Index 0 out of bounds for length 0")
	}
	v, err := der.Parse(data)
	if err == nil && v.Tag == der.OctetString {
		v, err = der.Parse(v.Content)
	}
	if err != nil {
		return nil, err
	}
	bits, err := v.BitString()
	return fixed("KeyUsage [\n" + flags(bits, "  ", []string{
		"DigitalSignature", "Non_repudiation", "Key_Encipherment", "Data_Encipherment", "Key_Agreement",
		"Key_CertSign", "Crl_Sign", "Encipher_Only", "Decipher_Only",
	}) + "]\n"), err
}

func netscapeCertType(v der.Value) (string, error) {
	bits, err := v.BitString()
	text := flags(bits, "   ", []string{"SSL client", "SSL server", "S/MIME", "Object Signing", "", "SSL CA", "S/MIME CA"})
	if bits.At(7) {
		text += "   Object Signing CA" // Java has no line end here
	}
	return "NetscapeCertType [\n" + text + "]\n", err
}

// flags has a line for each bit that is set and has a name.
func flags(bits der.Bits, indent string, names []string) string {
	var out strings.Builder
	for i, name := range names {
		if name != "" && bits.At(i) {
			out.WriteString(indent + name + "\n")
		}
	}
	return out.String()
}

func privateKeyUsage(data []byte, _ bool) (body, error) {
	list, err := der.NewStream(data).Elements(der.Sequence)
	if err != nil {
		return nil, err
	}
	var dates [2]*time.Time
	for _, e := range list {
		n := e.Number()
		if !e.Context(n) || n > 1 || e.Constructed() {
			return nil, fail("Invalid encoding of PrivateKeyUsageExtension")
		}
		if dates[n] != nil {
			return nil, exception.New(exception.CertificateParsing, "Duplicate "+[]string{"notBefore", "notAfter"}[n]+" in PrivateKeyUsage.")
		}
		t, err := e.As(der.GeneralizedTime).Time()
		if err != nil {
			return nil, err
		}
		dates[n] = &t
	}
	return func(date func(time.Time) string) string {
		var parts []string
		for i, label := range []string{"From: ", "To: "} {
			if dates[i] != nil {
				parts = append(parts, label+date(*dates[i]))
			}
		}
		return "PrivateKeyUsage: [\n" + strings.Join(parts, ", ") + "]\n"
	}, nil
}

// unlimited is a path length that is not there, as Java keeps it.
const unlimited = 1<<31 - 1

// constraints reads BasicConstraints. path is -1 where Java has none.
func constraints(v der.Value) (ca bool, path int, err error) {
	if v.Tag != der.Sequence {
		return false, -1, fail("Invalid encoding of BasicConstraints")
	}
	s := v.Stream()
	if s.Empty() {
		return false, -1, nil
	}
	e, err := s.Next()
	if err != nil || e.Tag != der.Boolean {
		return false, -1, err // a path length without the flag: not a CA, and so not read
	}
	if ca, err = e.Bool(); err != nil || s.Empty() {
		return ca, unlimited, err
	}
	e, err = s.Next()
	if err != nil {
		return ca, -1, err
	}
	if e.Tag != der.Integer {
		return ca, -1, fail("Invalid encoding of BasicConstraints")
	}
	path, err = e.Int()
	return ca, path, err
}

func basicConstraints(l level.Level, v der.Value) (string, error) {
	ca, path, err := constraints(v)
	length := strconv.Itoa(path)
	switch {
	case path < 0:
		length = " undefined"
	case path == unlimited && !l.BarePathLength:
		length = " no limit"
	}
	return "BasicConstraints:[\n  CA:" + strconv.FormatBool(ca) + "\n  PathLen:" + length + "\n]\n", err
}

// crlNumber reads CRLNumber and BaseCRLNumber.
func crlNumber(label string) func(der.Value) (string, error) {
	return func(v der.Value) (string, error) {
		n, err := v.BigInt()
		if err != nil {
			return "", err
		}
		return label + ": " + hexNumber(n) + "\n", nil
	}
}

// hexNumber is a number in hex, in groups of four octets and lines of 32.
func hexNumber(n *big.Int) string {
	var out strings.Builder
	digits, negative := strings.CutPrefix(n.Text(16), "-")
	out.WriteString("    ")
	if negative {
		out.Reset()
		out.WriteString("   -")
	}
	if len(digits)%2 != 0 {
		digits = "0" + digits
	}
	for i := 0; i < len(digits); i += 2 {
		switch {
		case i == 0:
		case i%64 == 0:
			out.WriteString("\n    ")
		case i%8 == 0:
			out.WriteByte(' ')
		}
		out.WriteString(digits[i : i+2])
	}
	return out.String()
}

func reasonCode(v der.Value) (string, error) {
	n, err := v.Enum()
	return "    Reason Code: " + reason(n), err
}

// reason is the name of a revocation reason in java.security.cert.CRLReason.
func reason(n int) string {
	names := []string{
		"UNSPECIFIED", "KEY_COMPROMISE", "CA_COMPROMISE", "AFFILIATION_CHANGED", "SUPERSEDED", "CESSATION_OF_OPERATION",
		"CERTIFICATE_HOLD", "UNUSED", "REMOVE_FROM_CRL", "PRIVILEGE_WITHDRAWN", "AA_COMPROMISE",
	}
	if n < 0 || n >= len(names) {
		n = 0
	}
	return names[n]
}

func policyConstraints(v der.Value) (string, error) {
	if v.Tag != der.Sequence {
		return "", fail("Sequence tag missing for PolicyConstraint.")
	}
	numbers := [2]int{-1, -1}
	err := eachElement(v, func(e der.Value) error {
		n := e.Number()
		if !e.Context(n) || n > 1 || e.Constructed() {
			return fail("Invalid encoding of PolicyConstraint")
		}
		if numbers[n] != -1 {
			return fail("Duplicate %s found in the PolicyConstraintsExtension", []string{"requireExplicitPolicy", "inhibitPolicyMapping"}[n])
		}
		var err error
		numbers[n], err = e.As(der.Integer).Int()
		return err
	})
	var words [2]string
	for i, n := range numbers {
		words[i] = "unspecified"
		if n != -1 {
			words[i] = strconv.Itoa(n)
		}
	}
	return "PolicyConstraints: [  Require: " + words[0] + ";\tInhibit: " + words[1] + " ]\n", err
}

func inhibitAnyPolicy(data []byte, critical bool) (body, error) {
	if !critical {
		return nil, fail("Criticality cannot be false for InhibitAnyPolicy")
	}
	v, err := der.Parse(data)
	if err != nil {
		return nil, err
	}
	if v.Tag != der.Integer {
		return nil, fail("Invalid encoding of InhibitAnyPolicy: data not integer")
	}
	n, err := v.Int()
	switch {
	case err != nil:
		return nil, err
	case n < -1:
		return nil, fail("Invalid value for skipCerts")
	case n == -1:
		n = unlimited
	}
	return fixed("InhibitAnyPolicy: " + strconv.Itoa(n) + "\n"), nil
}

// policyID is the text of a CertificatePolicyId.
func policyID(v der.Value) (string, error) {
	id, err := v.OID()
	return "CertificatePolicyId: [" + id + "]\n", err
}

func policyMappings(v der.Value) (string, error) {
	if v.Tag != der.Sequence {
		return "", fail("Invalid encoding for PolicyMappingsExtension.")
	}
	var maps []string
	err := eachElement(v, func(e der.Value) error {
		if e.Tag != der.Sequence {
			return fail("Invalid encoding for CertificatePolicyMap")
		}
		var ids [2]string
		s := e.Stream()
		for i := range ids {
			id, err := s.Next()
			if err == nil {
				ids[i], err = policyID(id)
			}
			if err != nil {
				return err
			}
		}
		maps = append(maps, "CertificatePolicyMap: [\nIssuerDomain:"+ids[0]+"SubjectDomain:"+ids[1]+"]\n")
		return nil
	})
	return "PolicyMappings [\n" + listed(maps) + "]\n", err
}

func certificatePolicies(v der.Value) (string, error) {
	if v.Tag != der.Sequence {
		return "", fail("Invalid encoding for CertificatePoliciesExtension.")
	}
	var out strings.Builder
	err := eachElement(v, func(e der.Value) error {
		text, err := policyInformation(e)
		out.WriteString(text)
		return err
	})
	return "CertificatePolicies [\n" + out.String() + "]\n", err
}

func policyInformation(v der.Value) (string, error) {
	if v.Tag != der.Sequence {
		return "", fail("Invalid encoding of PolicyInformation")
	}
	s := v.Stream()
	first, err := s.Next()
	if err != nil {
		return "", err
	}
	id, err := policyID(first)
	if err != nil || s.Empty() {
		return "  [" + id + "[]  ]\n", err
	}
	list, err := s.Next()
	switch {
	case err != nil:
		return "", err
	case list.Tag != der.Sequence:
		return "", fail("Invalid encoding of PolicyInformation")
	case len(list.Content) == 0:
		return "", fail("No data available in policyQualifiers")
	}
	var qualifiers []string
	err = eachElement(list, func(q der.Value) error {
		if q.Tag != der.Sequence {
			return fail("Invalid encoding for PolicyQualifierInfo")
		}
		in := q.Stream()
		name, err := in.OID()
		qualifiers = append(qualifiers, "PolicyQualifierInfo: [\n  qualifierID: "+name+"\n  qualifier: "+hexDump(in.Rest())+"\n]")
		return err
	})
	return "  [" + id + listed(qualifiers) + "  ]\n", err
}

// usages reads ExtendedKeyUsage.
func usages(v der.Value) ([]string, error) {
	if v.Tag != der.Sequence {
		return nil, fail("Invalid encoding for ExtendedKeyUsageExtension.")
	}
	var list []string
	err := eachElement(v, func(e der.Value) error {
		id, err := e.OID()
		list = append(list, id)
		return err
	})
	return list, err
}

func extendedKeyUsage(v der.Value) (string, error) {
	list, err := usages(v)
	names := make([]string, len(list))
	for i, id := range list {
		names[i] = nameOr(id)
	}
	return "ExtendedKeyUsages [\n  " + strings.Join(names, "\n  ") + "\n]\n", err
}
