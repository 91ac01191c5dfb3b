package text

import (
	"math/big"
	"strconv"

	"muxkey/internal/keytool/der"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
)

// Key is a public key, as far as it matters how it is called.
type Key struct {
	// Algorithm is Java's name for it: "RSA", "EC", "EdDSA"; the object identifier of
	// one that Java does not know.
	Algorithm string
	// Set is the parameter set of a key that has no other size: "Ed25519",
	// "ML-DSA-65".
	Set string
	// Curve is the name of the curve of an EC key.
	Curve string
	// Bits is the size; -1 where there is none.
	Bits int
	// SPKI is the SubjectPublicKeyInfo in DER.
	SPKI []byte
}

// Name is the key's name with its size: "2048-bit RSA", "256-bit EC (secp256r1)".
func (k Key) Name(l level.Level) string {
	name := k.Algorithm
	if k.Curve != "" {
		name += " (" + k.Curve + ")"
	}
	if k.Set != "" {
		name = k.Set
		if !l.SizedSets {
			return name
		}
	}
	if k.Bits < 0 && !l.SizedSets {
		return name
	}
	return strconv.Itoa(k.Bits) + "-bit " + name
}

// Describe is the key as it is printed where nothing is wrong with it: "2048-bit
// RSA key".
func (k Key) Describe(l level.Level) string {
	switch {
	case k.Bits < 0 && l.SizeFirst:
		return "unknown size " + k.Algorithm + " key"
	case k.Bits < 0 && l.SizedSets:
		return k.Algorithm + " key of unknown size"
	}
	return k.Name(l) + " key"
}

// algorithm is an AlgorithmIdentifier.
type algorithm struct {
	oid string
	// parameters are encoded; nil for NULL and for none.
	parameters []byte
	value      der.Value // of the parameters
}

// readAlgorithm reads an AlgorithmIdentifier, and the parameters of algorithms
// that Java reads them of.
func readAlgorithm(v der.Value) (a algorithm, err error) {
	if v.Tag != der.Sequence {
		return a, fail("algid parse error, not a sequence")
	}
	s := v.Stream()
	if a.oid, err = s.OID(); err != nil || s.Empty() {
		return a, err
	}
	p, err := s.Next()
	switch {
	case err != nil:
		return a, err
	case p.Tag == der.Null && len(p.Content) > 0:
		return a, fail("invalid NULL")
	case !s.Empty():
		return a, fail("Invalid AlgorithmIdentifier: extra data")
	case p.Tag == der.Null:
		return a, nil
	}
	a.parameters, a.value = p.Encode(), p
	return a, a.check()
}

// check reads the parameters for which the JDK has a class.
func (a algorithm) check() error {
	switch a.name() {
	case "EC":
		_, err := namedCurve(a.value)
		return err
	case "DSA":
		_, err := dsaBits(a.value)
		return err
	case "RSASSA-PSS":
		_, err := readPSS(a.value)
		return err
	}
	return nil
}

// name is Java's name for the algorithm.
func (a algorithm) name() string { return nameOr(a.oid) }

// nameAt is the name of a signature at a level: older JDKs have none for newer ones.
func (a algorithm) nameAt(l level.Level) string {
	name := a.name()
	if !l.Names(name) {
		return a.oid
	}
	return name
}

// String is the name and the parameters, as Java prints an AlgorithmId.
func (a algorithm) String() string {
	if a.parameters == nil {
		return a.name()
	}
	switch a.name() {
	case "RSASSA-PSS":
		p, _ := readPSS(a.value)
		return a.name() + ", " + p.String()
	case "EC":
		c, _ := namedCurve(a.value)
		id, _ := a.value.OID()
		return a.name() + ", " + c.name + " (" + id + ")"
	}
	return a.name() + ", params unparsed"
}

func (a algorithm) equal(b algorithm) bool {
	return a.oid == b.oid && string(a.parameters) == string(b.parameters)
}

func namedCurve(v der.Value) (curve, error) {
	if v.Tag != der.ObjectID {
		return curve{}, fail("Only named ECParameters supported")
	}
	id, err := v.OID()
	if err != nil {
		return curve{}, err
	}
	c, ok := curves(id)
	if !ok {
		return c, fail("Unknown named curve: %s", id)
	}
	return c, nil
}

// dsaBits is the size of the p of DSA parameters.
func dsaBits(v der.Value) (int, error) {
	if v.Tag != der.Sequence {
		return 0, fail("DSA params parsing error")
	}
	s := v.Stream()
	var p *big.Int
	for i := range 3 {
		e, err := s.Next()
		if err != nil {
			return 0, err
		}
		n, err := e.BigInt()
		if err != nil {
			return 0, err
		}
		if i == 0 {
			p = n
		}
	}
	if !s.Empty() {
		return 0, fail("encoded params have %d extra bytes", len(s.Rest()))
	}
	return p.BitLen(), nil
}

// dhBits is the size of the p of DH parameters: those of PKCS #3, and not those of
// X9.42, which have another number where the length of the exponent is here.
func dhBits(v der.Value) (int, error) {
	if v.Tag != der.Sequence {
		return 0, fail("DH params parsing error")
	}
	s := v.Stream()
	var bits int
	for i := range 3 {
		if i == 2 && s.Empty() {
			break
		}
		e, err := s.Next()
		if err != nil {
			return 0, err
		}
		n, err := e.BigInt()
		if err == nil && i == 2 {
			_, err = e.Int()
		}
		if err != nil {
			return 0, err
		}
		if i == 0 {
			bits = n.BitLen()
		}
	}
	if !s.Empty() {
		return 0, fail("DH parameter parsing error: Extra data")
	}
	return bits, nil
}

// invalidKey is why a key is refused; Java wraps it in what read the key.
func invalidKey(message string) error {
	return fail("subject key, %s: %s", exception.InvalidKey, message)
}

// readKey reads a SubjectPublicKeyInfo.
func readKey(v der.Value, l level.Level) (k Key, err error) {
	if v.Tag != der.Sequence {
		return k, fail("corrupt subject key")
	}
	s := v.Stream()
	id, err := s.Next()
	if err != nil {
		return k, err
	}
	a, err := readAlgorithm(id)
	if err != nil {
		return k, err
	}
	bits, err := s.Next()
	if err != nil {
		return k, err
	}
	key, err := bits.BitString()
	if err != nil {
		return k, err
	}
	k = Key{Algorithm: a.name(), Bits: -1, SPKI: v.Encode()}
	if err := k.read(a, key, l); err != nil {
		return k, err
	}
	if !s.Empty() {
		return k, fail("excess subject key")
	}
	return k, nil
}

// read reads what kinds of keys the JDK knows; others it takes as they are.
func (k *Key) read(a algorithm, key der.Bits, l level.Level) error {
	switch k.Algorithm {
	case "RSA", "RSASSA-PSS":
		return k.readRSA(key.Octets)
	case "DSA":
		y, err := der.NewStream(key.Octets).Next()
		if err == nil {
			_, err = y.BigInt()
		}
		if err != nil {
			return invalidKey("Invalid key: y value\n" + exception.Of(err).Message)
		}
		if a.parameters != nil {
			k.Bits, _ = dsaBits(a.value)
		}
	case "EC":
		return k.readEC(a, key.Octets)
	case "DiffieHellman":
		if !l.DH {
			k.Algorithm = "Diffie-Hellman"
			return nil
		}
		return k.readDH(a, key.Octets)
	case "Ed25519":
		return k.readEdDSA(255, 32, a, key, l)
	case "Ed448":
		return k.readEdDSA(448, 57, a, key, l)
	case "X25519":
		return k.readXDH(255, 32, a, key, l)
	case "X448":
		return k.readXDH(448, 56, a, key, l)
	case "ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "ML-KEM-512", "ML-KEM-768", "ML-KEM-1024":
		if !l.EdDSA {
			k.Algorithm = a.oid
		}
		if l.PostQuantum {
			if a.parameters != nil {
				return invalidKey("algorithm identifier has params")
			}
			k.Algorithm, k.Set = k.Algorithm[:len("ML-DSA")], k.Algorithm
		}
	}
	return nil
}

// rsaMinBits is the size, in whole octets, of the smallest RSA key that Java takes.
const rsaMinBits = 512

func (k *Key) readRSA(octets []byte) error {
	n, e, err := rsaNumbers(octets)
	switch {
	case err != nil:
		return invalidKey("Invalid RSA public key")
	case (n.BitLen()+7)&^7 < rsaMinBits:
		return invalidKey("RSA keys must be at least 512 bits long")
	case n.BitLen() > 16384:
		return invalidKey("RSA keys must be no longer than 16384 bits")
	case n.BitLen() > 3072 && e.BitLen() > 64:
		return invalidKey("RSA exponents can be no longer than 64 bits  if modulus is greater than 3072 bits")
	case e.Cmp(n) >= 0:
		return invalidKey("exponent is larger than modulus")
	case e.Cmp(big.NewInt(3)) < 0:
		return invalidKey("exponent is smaller than 3")
	}
	k.Bits = n.BitLen()
	return nil
}

// rsaNumbers reads RSAPublicKey. Java takes negative numbers for positive ones.
func rsaNumbers(octets []byte) (n, e *big.Int, err error) {
	v, err := der.Parse(octets)
	if err == nil && v.Tag != der.Sequence {
		err = fail("Not a SEQUENCE")
	}
	if err != nil {
		return nil, nil, err
	}
	s := v.Stream()
	var numbers [2]*big.Int
	for i := range numbers {
		element, err := s.Next()
		if err == nil {
			_, err = element.BigInt()
		}
		if err != nil {
			return nil, nil, err
		}
		numbers[i] = new(big.Int).SetBytes(element.Content)
	}
	if !s.Empty() {
		return nil, nil, fail("Extra data available")
	}
	return numbers[0], numbers[1], nil
}

func (k *Key) readEC(a algorithm, point []byte) error {
	if a.parameters == nil {
		return invalidKey("EC domain parameters must be encoded in the algorithm identifier")
	}
	c, err := namedCurve(a.value)
	if err != nil || len(point) == 0 || point[0] != 4 || (len(point)-1)/2 != c.octets {
		return invalidKey("Invalid EC key")
	}
	k.Curve, k.Bits = c.name, c.bits
	return nil
}

func (k *Key) readDH(a algorithm, octets []byte) error {
	y, err := der.NewStream(octets).Next()
	if err == nil {
		_, err = y.BigInt()
	}
	if err != nil || a.parameters == nil {
		return invalidKey("Invalid encoding")
	}
	bits, err := dhBits(a.value)
	if err != nil {
		return invalidKey("Invalid encoding")
	}
	k.Algorithm, k.Bits = "DH", bits
	return nil
}

// readEdDSA reads a key of Ed25519 or Ed448.
func (k *Key) readEdDSA(bits, octets int, a algorithm, key der.Bits, l level.Level) error {
	switch {
	case l.EdDSA:
		return k.readSet("EdDSA", bits, octets, a, key)
	case !l.XDH:
		k.Algorithm = a.oid
	}
	return nil
}

// readXDH reads a key of X25519 or X448, whose size not all know that know it.
func (k *Key) readXDH(bits, octets int, a algorithm, key der.Bits, l level.Level) error {
	if !l.XDH {
		k.Algorithm = a.oid
		return nil
	}
	err := k.readSet("XDH", bits, octets, a, key)
	if !l.EdDSA {
		k.Set, k.Bits = "", -1
	}
	return err
}

// readSet reads a key of RFC 8410, which has a length and no parameters.
func (k *Key) readSet(family string, bits, octets int, a algorithm, key der.Bits) error {
	if a.parameters != nil {
		return invalidKey("algorithm identifier has params")
	}
	if key.Len != 8*octets {
		return invalidKey("key length must be " + strconv.Itoa(octets))
	}
	k.Algorithm, k.Set, k.Bits = family, k.Algorithm, bits
	return nil
}
