package jca

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte"
)

// A Signature is a signature algorithm: what Java's Signature.getInstance gives.
type Signature struct {
	// Name is Java's: "SHA256withRSA", "RSASSA-PSS", "Ed25519".
	Name string
	// PSS are the parameters of RSASSA-PSS, nil for other algorithms. What
	// FindSignature returns has those that Java takes for keys of usual sizes since
	// 19: SHA-384. A key with parameters of its own overrides them.
	PSS *PSS
	// Null gives the Identifier of DSA and ECDSA the NULL that RFC 5758 section 3
	// forbids, as the JDKs 8 and 11 write it.
	Null bool

	oid     string // empty for what certificates have no name for
	key     string // the algorithm of keys that sign so, as PublicKey.Algorithm has it
	group   string // and their group; empty for any
	digest  digest
	aliases []string
}

// signatures returns all that there are.
func signatures() []Signature {
	var all []Signature
	add := func(key string, rows [][3]string) {
		for _, r := range rows {
			name, oid := r[0], r[1]
			d, _ := digestNamed(r[2])
			all = append(all, Signature{Name: name, oid: oid, key: key, digest: d, aliases: []string{oid}})
		}
	}
	add("RSA", [][3]string{
		{"SHA256withRSA", "1.2.840.113549.1.1.11", "SHA-256"},
		{"SHA384withRSA", "1.2.840.113549.1.1.12", "SHA-384"},
		{"SHA512withRSA", "1.2.840.113549.1.1.13", "SHA-512"},
		{"SHA224withRSA", "1.2.840.113549.1.1.14", "SHA-224"},
		{"SHA512/224withRSA", "1.2.840.113549.1.1.15", "SHA-512/224"},
		{"SHA512/256withRSA", "1.2.840.113549.1.1.16", "SHA-512/256"},
		{"SHA3-224withRSA", "2.16.840.1.101.3.4.3.13", "SHA3-224"},
		{"SHA3-256withRSA", "2.16.840.1.101.3.4.3.14", "SHA3-256"},
		{"SHA3-384withRSA", "2.16.840.1.101.3.4.3.15", "SHA3-384"},
		{"SHA3-512withRSA", "2.16.840.1.101.3.4.3.16", "SHA3-512"},
		{"SHA1withRSA", "1.2.840.113549.1.1.5", "SHA-1"},
		{"MD5withRSA", "1.2.840.113549.1.1.4", "MD5"},
		{"MD2withRSA", "1.2.840.113549.1.1.2", "MD2"},
	})
	add("EC", [][3]string{
		{"SHA256withECDSA", "1.2.840.10045.4.3.2", "SHA-256"},
		{"SHA384withECDSA", "1.2.840.10045.4.3.3", "SHA-384"},
		{"SHA512withECDSA", "1.2.840.10045.4.3.4", "SHA-512"},
		{"SHA224withECDSA", "1.2.840.10045.4.3.1", "SHA-224"},
		{"SHA1withECDSA", "1.2.840.10045.4.1", "SHA-1"},
		{"SHA3-224withECDSA", "2.16.840.1.101.3.4.3.9", "SHA3-224"},
		{"SHA3-256withECDSA", "2.16.840.1.101.3.4.3.10", "SHA3-256"},
		{"SHA3-384withECDSA", "2.16.840.1.101.3.4.3.11", "SHA3-384"},
		{"SHA3-512withECDSA", "2.16.840.1.101.3.4.3.12", "SHA3-512"},
	})
	add("DSA", [][3]string{
		{"SHA256withDSA", "2.16.840.1.101.3.4.3.2", "SHA-256"},
		{"SHA224withDSA", "2.16.840.1.101.3.4.3.1", "SHA-224"},
		{"SHA384withDSA", "2.16.840.1.101.3.4.3.3", "SHA-384"},
		{"SHA512withDSA", "2.16.840.1.101.3.4.3.4", "SHA-512"},
		{"SHA3-224withDSA", "2.16.840.1.101.3.4.3.5", "SHA3-224"},
		{"SHA3-256withDSA", "2.16.840.1.101.3.4.3.6", "SHA3-256"},
		{"SHA3-384withDSA", "2.16.840.1.101.3.4.3.7", "SHA3-384"},
		{"SHA3-512withDSA", "2.16.840.1.101.3.4.3.8", "SHA3-512"},
	})
	sha1, _ := digestNamed("SHA-1")
	sha384, _ := digestNamed("SHA-384")
	all = append(all,
		Signature{Name: "SHA1withDSA", oid: "1.2.840.10040.4.3", key: "DSA", digest: sha1, aliases: []string{
			"1.2.840.10040.4.3", "1.3.14.3.2.13", "1.3.14.3.2.27", "DSS", "DSA", "SHA/DSA", "SHA-1/DSA", "SHA1/DSA", "SHAwithDSA", "DSAWithSHA1",
		}},
		Signature{
			Name: "RSASSA-PSS", oid: oidPSS, key: "RSASSA-PSS", aliases: []string{oidPSS, "PSS"},
			PSS: &PSS{Hash: sha384.name, MGFHash: sha384.name, SaltLength: 48},
		},
		Signature{Name: "EdDSA", key: "EdDSA"},
		Signature{Name: "ML-DSA", key: "ML-DSA"},
	)
	for _, s := range sets() {
		if s.sign != nil {
			all = append(all, Signature{Name: s.name, oid: s.oid, key: s.family, group: s.name, aliases: []string{s.oid}})
		}
	}
	return append(all, unnamed()...)
}

// unnamed are those that Java has and certificates have no name for: raw digests,
// the plain pair of numbers of IEEE P1363, and the digests of TLS 1.0.
func unnamed() []Signature {
	all := []Signature{
		{Name: "NONEwithRSA", key: "RSA"},
		{Name: "NONEwithDSA", key: "DSA", aliases: []string{"RawDSA"}},
		{Name: "NONEwithECDSA", key: "EC"},
		{Name: "MD5andSHA1withRSA", key: "RSA"},
	}
	for _, k := range [][2]string{{"DSA", "DSA"}, {"ECDSA", "EC"}} {
		for _, d := range []string{"NONE", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512"} {
			all = append(all, Signature{Name: d + "with" + k[0] + "inP1363Format", key: k[1]})
		}
	}
	return all
}

// FindSignature finds an algorithm by one of its names, in any case: that of Java,
// another one that Java has for it, or its OID, "OID." before it or not. The error
// wraps ErrSignatureAlgorithm.
func FindSignature(name string) (Signature, error) {
	for _, s := range signatures() {
		if named(name, s.Name, s.aliases) {
			return s, nil
		}
	}
	return Signature{}, fmt.Errorf("%q: %w", name, ErrSignatureAlgorithm)
}

// SignatureOf reads the AlgorithmIdentifier of a signature in DER. The error wraps
// ErrSignatureAlgorithm or ErrDamaged.
func SignatureOf(der []byte) (Signature, error) {
	input := cryptobyte.String(der)
	id, ok := readIdentifier(&input)
	if !ok || !input.Empty() {
		return Signature{}, fmt.Errorf("signature algorithm: %w", ErrDamaged)
	}
	if id.oid == "1.3.14.3.2.29" || id.oid == "1.3.14.3.2.15" { // OIW's for SHA1withRSA
		id.oid = "1.2.840.113549.1.1.5"
	}
	s, err := FindSignature(id.oid)
	if err != nil || s.PSS == nil {
		return s, err
	}
	if s.PSS, err = readPSS(id.parameters); err != nil {
		return Signature{}, err
	}
	return s, nil
}

// For returns the algorithm as it is used with a key: EdDSA becomes Ed25519 or
// Ed448, and RSASSA-PSS has the parameters of a key that has its own. The errors:
//
//   - ErrCannotSign: keys of this algorithm sign nothing.
//   - ErrKeyMismatch: the key signs otherwise.
//   - ErrDigestTooShort: DSA with a digest that is shorter than the key's subgroup.
//   - ErrKeyTooShort: RSA with a digest that the key has no room for.
//   - ErrSignatureAlgorithm: the key fits, and certificates have no name for it.
func (s Signature) For(k PublicKey) (Signature, error) {
	wrong := func(why error) (Signature, error) {
		return Signature{}, fmt.Errorf("%s with a key of %s: %w", s.Name, k.describe(), why)
	}
	fits := k.Algorithm == s.key || isRSA(k.Algorithm) && isRSA(s.key)
	switch {
	case k.Algorithm == "DH", k.Algorithm == "XDH", k.Algorithm == "ML-KEM":
		return wrong(ErrCannotSign)
	case !fits, s.group != "" && s.group != k.Group:
		return wrong(ErrKeyMismatch)
	case s.key == "EdDSA", s.key == "ML-DSA":
		return FindSignature(k.Group)
	case s.oid == "":
		return wrong(ErrSignatureAlgorithm)
	case s.PSS != nil:
		if k.pss != nil {
			s.PSS = k.pss
		}
		d, ok := digestNamed(s.PSS.Hash)
		if !ok {
			return wrong(ErrSignatureAlgorithm)
		}
		if (k.Bits+6)/8 < d.new().Size()+s.PSS.SaltLength+2 {
			return wrong(ErrKeyTooShort)
		}
	case s.key == "RSA" && (k.Bits+7)/8 < len(s.digest.info(nil))+11:
		return wrong(ErrKeyTooShort)
	case s.key == "DSA" && 8*s.digest.new().Size() < k.subgroupBits:
		return wrong(ErrDigestTooShort)
	}
	return s, nil
}

// Digest is the digest that is signed, as Java spells it: "SHA-1". It is empty where
// the algorithm has none of its own, or is told which by its parameters.
func (s Signature) Digest() string { return s.digest.name }

// isRSA tells whether keys or signatures are of one of the two kinds of RSA, which
// Java takes for each other.
func isRSA(name string) bool { return name == "RSA" || name == "RSASSA-PSS" }

// Identifier is the AlgorithmIdentifier in DER, of what For has returned: RSA with
// the NULL that RFC 4055 asks for, all others but those with Null without parameters.
func (s Signature) Identifier() []byte {
	id := identifier{oid: s.oid}
	switch {
	case s.PSS != nil:
		id.parameters = s.PSS.der()
	case s.key == "RSA", s.Null && (s.key == "DSA" || s.key == "EC"):
		id.parameters = null()
	}
	return id.der()
}

// Equal tells whether two signature algorithms are the same, with their
// parameters.
func (s Signature) Equal(other Signature) bool {
	return strings.EqualFold(s.Name, other.Name) && bytes.Equal(s.Identifier(), other.Identifier())
}
