package text

import (
	"math/big"
	"strconv"
	"strings"

	"muxkey/internal/keytool/der"
	"muxkey/internal/keytool/level"
)

// Debug is a certificate as Java prints it for its own debugging
// (X509CertImpl.toString), without an end of the last line. The unique identifiers of
// version 2, which nobody has, are left out.
func (p Printer) Debug(c *Certificate) string {
	a := p.algorithmID(c.Algorithm)
	var out strings.Builder
	out.WriteString("[\n[\n  Version: V" + strconv.Itoa(c.Version) + "\n  Subject: " + c.subject +
		"\n  Signature Algorithm: " + a.text + ", OID = " + a.oid + "\n\n  Key:  " + p.debugKey(c.Key) +
		"\n  Validity: [From: " + p.Date(c.NotBefore) + ",\n               To: " + p.Date(c.NotAfter) +
		"]\n  Issuer: " + c.issuer + "\n  " + serialNumber(p.Level, c.Serial) + "\n")
	known, broken := 0, 0
	for _, e := range c.Extensions {
		if e.err != nil {
			broken++
		} else {
			known++
		}
	}
	if c.Extensions != nil {
		out.WriteString("\nCertificate Extensions: " + strconv.Itoa(known))
	}
	for i, e := range c.Extensions { // the broken ones stand last
		n := i + 1
		if i == known {
			out.WriteString("\nUnparseable certificate extensions: " + strconv.Itoa(broken))
		}
		if i >= known {
			n -= known
		}
		out.WriteString("\n[" + strconv.Itoa(n) + "]: " + e.text(p.Date))
		if e.body == nil && e.err == nil {
			out.WriteString(e.unknownInCRL())
		}
	}
	out.WriteString("\n]\n  Algorithm: [" + a.text + "]\n  Signature:\n" + hexDump(c.Signature) + "\n]")
	return out.String()
}

// DebugRequest is a request as Java prints it for its own debugging (PKCS10.toString),
// without an end of the last line.
func (p Printer) DebugRequest(r *Request) string {
	attributes := make([]string, len(r.attributes))
	for i, a := range r.attributes {
		var text string
		switch k, _ := attributeKinds(a.oid, p.Level); {
		case a.value == nil:
			text = p.debugExtensions(r.Extensions)
		case !k.single && len(k.tags) > 0:
			text = "[Ljava.lang.String;@0" // an address, which is another in each run
		default:
			text = a.value(p.Date)
		}
		attributes[i] = a.oid + "=" + text
	}
	return "[PKCS #10 certificate request:\n" + p.debugKey(r.Key) + " subject: <" + r.subject + ">\n attributes: " +
		strconv.Itoa(len(attributes)) + "\n{" + strings.Join(attributes, ", ") + "}\n]"
}

// debugExtensions are extensions as Java prints a map of them; the broken ones are in
// another.
func (p Printer) debugExtensions(list []Extension) string {
	var texts []string
	for _, e := range list {
		if e.err == nil {
			texts = append(texts, e.name+"="+e.text(p.Date))
		}
	}
	return "{" + strings.Join(texts, ", ") + "}"
}

// algorithmID is an AlgorithmIdentifier and its text.
type algorithmID struct{ oid, text string }

func (p Printer) algorithmID(encoded []byte) algorithmID {
	v, err := der.Parse(encoded)
	if err != nil {
		return algorithmID{}
	}
	a, err := readAlgorithm(v)
	if err != nil {
		return algorithmID{}
	}
	if name := a.nameAt(p.Level); name == a.oid {
		return algorithmID{a.oid, name}
	}
	return algorithmID{a.oid, a.String()}
}

// debugKey is a key with its numbers. It was read before, so that nothing fails.
func (p Printer) debugKey(k Key) string {
	v, err := der.Parse(k.SPKI)
	if err != nil {
		return ""
	}
	s := v.Stream()
	id, _ := s.Next()
	a, _ := readAlgorithm(id)
	element, _ := s.Next()
	bits, _ := element.BitString()
	switch k.Algorithm {
	case "RSA", "RSASSA-PSS":
		n, e, err := rsaNumbers(bits.Octets)
		if err != nil {
			return ""
		}
		parameters := "null"
		if set, err := readPSS(a.value); a.parameters != nil && k.Algorithm != "RSA" && err == nil {
			parameters = set.String()
		}
		return "Sun " + k.Algorithm + " public key, " + strconv.Itoa(n.BitLen()) + " bits\n  params: " + parameters +
			"\n  modulus: " + n.String() + "\n  public exponent: " + e.String()
	case "EC":
		c, _ := namedCurve(a.value)
		x, y := bits.Octets[1:1+c.octets], bits.Octets[1+c.octets:]
		oid, _ := a.value.OID()
		return "Sun EC public key, " + c.fieldBits() + " bits\n  public x coord: " + new(big.Int).SetBytes(x).String() +
			"\n  public y coord: " + new(big.Int).SetBytes(y).String() + "\n  parameters: " + c.name + c.aliases(p.Level) + " (" + oid + ")"
	case "DSA":
		text := "Sun DSA Public Key\n    Parameters:DSA"
		if a.parameters != nil {
			n := numbers(a.value.Stream())
			text += ", \n\tp: " + hexWords(n[0]) + "\n\tq: " + hexWords(n[1]) + "\n\tg: " + hexWords(n[2]) + "\n"
		}
		return text + "\n  y:\n" + hexWords(numbers(der.NewStream(bits.Octets))[0]) + "\n"
	case "DH":
		n := numbers(a.value.Stream())
		text := "SunJCE Diffie-Hellman Public Key:\ny:\n" + hexWords(numbers(der.NewStream(bits.Octets))[0]) +
			"\np:\n" + hexWords(n[0]) + "\ng:\n" + hexWords(n[1])
		if len(n) > 2 && n[2].Sign() != 0 {
			text += "\nl:\n    " + n[2].String()
		}
		return text
	}
	if strings.HasPrefix(k.Algorithm, "ML-") {
		return a.name() + " public key"
	}
	name := a.name()
	if k.Set == "" && k.Algorithm != "XDH" {
		name = k.Algorithm // older JDKs have other names, or none
	}
	if a.parameters != nil {
		name += ", params unparsed"
	}
	return "algorithm = " + name + ", unparsed keybits = \n" + hexDump(bits.Octets)
}

// numbers are the integers of a stream, as far as there are some.
func numbers(s *der.Stream) (out []*big.Int) {
	for !s.Empty() {
		v, err := s.Next()
		if err != nil {
			return out
		}
		n, err := v.BigInt()
		if err != nil {
			return out
		}
		out = append(out, n)
	}
	return out
}

// hexWords is a number as Java's Debug.toHexString has it: eight words a line.
func hexWords(n *big.Int) string {
	sign, digits := " ", new(big.Int).Abs(n).Text(16)
	if n.Sign() < 0 {
		sign = "-"
	}
	if len(digits)%2 != 0 {
		digits = "0" + digits
	}
	const word, line = 8, 64
	var out strings.Builder
	out.WriteString("   " + sign)
	for i := 0; i < len(digits); i += word {
		switch {
		case i == 0:
		case i%line == 0:
			out.WriteString("\n    ")
		default:
			out.WriteByte(' ')
		}
		out.WriteString(digits[i:min(i+word, len(digits))])
	}
	return out.String()
}

// fieldBits is the size of the field of a curve, which its name has.
func (c curve) fieldBits() string {
	const digits = 3
	for i := range len(c.name) - digits + 1 {
		if n := c.name[i : i+digits]; strings.Trim(n, "0123456789") == "" {
			return n
		}
	}
	return strconv.Itoa(c.bits)
}

// aliases are the other names of a curve, as Java lists them.
func (c curve) aliases(l level.Level) string {
	var names string
	switch c.name {
	case "secp192r1":
		names = "NIST P-192,X9.62 prime192v1"
	case "secp224r1":
		names = "NIST P-224"
	case "secp256r1":
		names = "NIST P-256,X9.62 prime256v1"
	case "secp384r1":
		names = "NIST P-384"
	case "secp521r1":
		names = "NIST P-521"
	default:
		return ""
	}
	if l.SpacedNames {
		names = strings.ReplaceAll(names, ",", ", ")
	}
	return " [" + names + "]"
}
