package inspect

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"sync"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// PublicKey is a public key, or the public half of a private one.
type PublicKey struct {
	// Algorithm is the family: "RSA", "EC", "Ed25519", "DSA", "ML-DSA" ...
	Algorithm string `json:"algorithm,omitempty"`
	// Type names algorithm and strength for people: "RSA 2048", "EC P-256".
	Type string `json:"type,omitempty"`
	// Size in bits: of the modulus, or of the field of the curve.
	Size int `json:"size,omitempty"`
	// Curve of an EC key: "P-256", "secp256k1", or its OID.
	Curve string `json:"curve,omitempty"`
	OID   string `json:"oid,omitempty"`
	// SHA256 of the SubjectPublicKeyInfo in hex; missing where only the
	// algorithm is known.
	SHA256 string `json:"sha256,omitempty"`
	// Pin is the same hash in the base64 that HTTP pinning and curl use.
	Pin string `json:"pin,omitempty"`
}

// keyAlgorithm is a public-key algorithm by its OID.
type keyAlgorithm struct {
	id     string
	family string
	name   string // where the OID alone says all; else empty
	size   int    // the same
}

// The OIDs of public keys, from RFC 3279, 4055, 5480, 8410, 4491, 9215, 9258,
// 9881, 9909, 9935 and NIST's CSOR.
var keyAlgorithms = sync.OnceValue(func() []keyAlgorithm {
	return append([]keyAlgorithm{
		{"1.2.840.113549.1.1.1", "RSA", "", 0},
		{"1.2.840.113549.1.1.10", "RSASSA-PSS", "", 0},
		{"1.2.840.113549.1.1.7", "RSAES-OAEP", "", 0},
		{"1.2.840.10040.4.1", "DSA", "", 0},
		{"1.2.840.10045.2.1", "EC", "", 0},
		{"1.3.132.1.12", "EC", "", 0}, // id-ecDH
		{"1.3.132.1.13", "EC", "", 0}, // id-ecMQV
		{"1.2.840.113549.1.3.1", "DH", "", 0},
		{"1.2.840.10046.2.1", "DH", "", 0},
		{"1.3.101.110", "X25519", "X25519", 256},
		{"1.3.101.111", "X448", "X448", 448},
		{"1.3.101.112", "Ed25519", "Ed25519", 256},
		{"1.3.101.113", "Ed448", "Ed448", 456},
		{"1.2.643.2.2.20", "GOST R 34.10-94", "GOST R 34.10-94", 1024},
		{"1.2.643.2.2.19", "GOST R 34.10-2001", "GOST R 34.10-2001", 256},
		{"1.2.643.7.1.1.1.1", "GOST R 34.10-2012", "GOST R 34.10-2012 256", 256},
		{"1.2.643.7.1.1.1.2", "GOST R 34.10-2012", "GOST R 34.10-2012 512", 512},
		{"1.2.804.2.1.1.1.1.3.1.1", "DSTU 4145", "DSTU 4145", 0},
		{"2.16.840.1.101.3.4.4.1", "ML-KEM", "ML-KEM-512", 512},
		{"2.16.840.1.101.3.4.4.2", "ML-KEM", "ML-KEM-768", 768},
		{"2.16.840.1.101.3.4.4.3", "ML-KEM", "ML-KEM-1024", 1024},
		{"1.2.840.113549.1.9.16.3.17", "HSS/LMS", "HSS/LMS", 0},
		{"1.3.6.1.5.5.7.6.34", "XMSS", "XMSS", 0},
		{"1.3.6.1.5.5.7.6.35", "XMSS", "XMSS^MT", 0},
	}, postQuantumSignatures()...)
})

// postQuantumSignatures are the arcs 17 to 46 below 2.16.840.1.101.3.4.3, which
// serve as key and as signature algorithm alike (NIST CSOR).
func postQuantumSignatures() []keyAlgorithm {
	var out []keyAlgorithm
	add := func(arc int, family, name string) {
		out = append(out, keyAlgorithm{fmt.Sprintf("2.16.840.1.101.3.4.3.%d", arc), family, name, 0})
	}
	for i, set := range []string{"44", "65", "87"} {
		add(17+i, "ML-DSA", "ML-DSA-"+set)
		add(32+i, "ML-DSA", "HashML-DSA-"+set+" with SHA512")
	}
	arc := 20
	hashes := []string{"SHA256", "SHAKE128", "SHA512", "SHAKE256"}
	for _, hash := range []string{"SHA2", "SHAKE"} {
		for i, set := range []string{"128s", "128f", "192s", "192f", "256s", "256f"} {
			add(arc, "SLH-DSA", "SLH-DSA-"+hash+"-"+set)
			pre := hashes[0]
			switch {
			case hash == "SHA2" && i >= 2:
				pre = hashes[2]
			case hash == "SHAKE" && i < 2:
				pre = hashes[1]
			case hash == "SHAKE":
				pre = hashes[3]
			}
			add(arc+15, "SLH-DSA", "HashSLH-DSA-"+hash+"-"+set+" with "+pre)
			arc++
		}
	}
	return out
}

// curve is a named curve.
type curve struct {
	id   string
	name string
	size int
}

// The curves of SEC 2, RFC 5639, ANSI X9.62, RFC 4357, RFC 7836 and GB/T 32918.
var curves = []curve{
	{"1.2.840.10045.3.1.1", "P-192", 192},
	{"1.3.132.0.33", "P-224", 224},
	{"1.2.840.10045.3.1.7", "P-256", 256},
	{"1.3.132.0.34", "P-384", 384},
	{"1.3.132.0.35", "P-521", 521},
	{"1.3.132.0.6", "secp112r1", 112},
	{"1.3.132.0.7", "secp112r2", 112},
	{"1.3.132.0.28", "secp128r1", 128},
	{"1.3.132.0.29", "secp128r2", 128},
	{"1.3.132.0.9", "secp160k1", 160},
	{"1.3.132.0.8", "secp160r1", 160},
	{"1.3.132.0.30", "secp160r2", 160},
	{"1.3.132.0.31", "secp192k1", 192},
	{"1.3.132.0.32", "secp224k1", 224},
	{"1.3.132.0.10", "secp256k1", 256},
	{"1.3.132.0.4", "sect113r1", 113},
	{"1.3.132.0.5", "sect113r2", 113},
	{"1.3.132.0.22", "sect131r1", 131},
	{"1.3.132.0.23", "sect131r2", 131},
	{"1.3.132.0.1", "sect163k1", 163},
	{"1.3.132.0.2", "sect163r1", 163},
	{"1.3.132.0.15", "sect163r2", 163},
	{"1.3.132.0.24", "sect193r1", 193},
	{"1.3.132.0.25", "sect193r2", 193},
	{"1.3.132.0.26", "sect233k1", 233},
	{"1.3.132.0.27", "sect233r1", 233},
	{"1.3.132.0.3", "sect239k1", 239},
	{"1.3.132.0.16", "sect283k1", 283},
	{"1.3.132.0.17", "sect283r1", 283},
	{"1.3.132.0.36", "sect409k1", 409},
	{"1.3.132.0.37", "sect409r1", 409},
	{"1.3.132.0.38", "sect571k1", 571},
	{"1.3.132.0.39", "sect571r1", 571},
	{"1.2.840.10045.3.1.2", "prime192v2", 192},
	{"1.2.840.10045.3.1.3", "prime192v3", 192},
	{"1.2.840.10045.3.1.4", "prime239v1", 239},
	{"1.2.840.10045.3.1.5", "prime239v2", 239},
	{"1.2.840.10045.3.1.6", "prime239v3", 239},
	{"1.3.36.3.3.2.8.1.1.1", "brainpoolP160r1", 160},
	{"1.3.36.3.3.2.8.1.1.2", "brainpoolP160t1", 160},
	{"1.3.36.3.3.2.8.1.1.3", "brainpoolP192r1", 192},
	{"1.3.36.3.3.2.8.1.1.4", "brainpoolP192t1", 192},
	{"1.3.36.3.3.2.8.1.1.5", "brainpoolP224r1", 224},
	{"1.3.36.3.3.2.8.1.1.6", "brainpoolP224t1", 224},
	{"1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1", 256},
	{"1.3.36.3.3.2.8.1.1.8", "brainpoolP256t1", 256},
	{"1.3.36.3.3.2.8.1.1.9", "brainpoolP320r1", 320},
	{"1.3.36.3.3.2.8.1.1.10", "brainpoolP320t1", 320},
	{"1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1", 384},
	{"1.3.36.3.3.2.8.1.1.12", "brainpoolP384t1", 384},
	{"1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1", 512},
	{"1.3.36.3.3.2.8.1.1.14", "brainpoolP512t1", 512},
	{"1.2.250.1.223.101.256.1", "FRP256v1", 256},
	{"1.2.156.10197.1.301", "SM2", 256},
}

// publicKey reads a SubjectPublicKeyInfo.
func publicKey(spki []byte) *PublicKey {
	sum := sha256.Sum256(spki)
	hashed := func(p PublicKey) *PublicKey {
		p.SHA256, p.Pin = hex.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(sum[:])
		return &p
	}
	in := cryptobyte.String(spki)
	var body, algorithm, key cryptobyte.String
	var id asn1.ObjectIdentifier
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&id) {
		return hashed(PublicKey{})
	}
	p := algorithmFacts(id, algorithm)
	if (p.Algorithm == "RSA" || p.Algorithm == "RSASSA-PSS" || p.Algorithm == "RSAES-OAEP") && body.ReadASN1(&key, cbasn1.BIT_STRING) && len(key) > 0 {
		p.Size = modulusSize(key[1:])
		p.Type = fmt.Sprintf("%s %d", p.Algorithm, p.Size)
	}
	return hashed(p)
}

// modulusSize reads the first number of an RSAPublicKey.
func modulusSize(der []byte) int {
	in := cryptobyte.String(der)
	var body, n cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&n, cbasn1.INTEGER) {
		return 0
	}
	return new(big.Int).SetBytes(n).BitLen()
}

// algorithmFacts is what an AlgorithmIdentifier says about a key.
func algorithmFacts(id asn1.ObjectIdentifier, parameters []byte) PublicKey {
	p := PublicKey{OID: id.String()}
	for _, a := range keyAlgorithms() {
		if a.id == p.OID {
			p.Algorithm, p.Type, p.Size = a.family, a.name, a.size
		}
	}
	switch p.Algorithm {
	case "EC":
		if parameters == nil { // a locked key in PEM says no more
			break
		}
		p.Curve, p.Size = curveOf(parameters)
		if p.Curve == "SM2" {
			p.Algorithm, p.Type = "SM2", "SM2"
			return p
		}
		p.Type = "EC " + p.Curve
	case "DSA", "DH":
		p.Size = firstNumberSize(parameters)
		p.Type = p.Algorithm
		if p.Size > 0 {
			p.Type = fmt.Sprintf("%s %d", p.Algorithm, p.Size)
		}
	case "":
		p.Type = "algorithm " + p.OID
	}
	if p.Type == "" {
		p.Type = p.Algorithm
	}
	return p
}

// curveOf reads EcpkParameters (RFC 3279 section 2.3.5): a name, or all the
// numbers of the curve.
func curveOf(parameters []byte) (name string, size int) {
	in := cryptobyte.String(parameters)
	var id asn1.ObjectIdentifier
	if in.PeekASN1Tag(cbasn1.OBJECT_IDENTIFIER) && in.ReadASN1ObjectIdentifier(&id) {
		for _, c := range curves {
			if c.id == id.String() {
				return c.name, c.size
			}
		}
		return id.String(), 0
	}
	var body, field cryptobyte.String
	if in.ReadASN1(&body, cbasn1.SEQUENCE) && body.SkipASN1(cbasn1.INTEGER) && body.ReadASN1(&field, cbasn1.SEQUENCE) &&
		field.ReadASN1ObjectIdentifier(&id) {
		switch {
		case id.Equal(asn1.ObjectIdentifier{1, 2, 840, 10045, 1, 1}): // prime field
			var prime cryptobyte.String
			if field.ReadASN1(&prime, cbasn1.INTEGER) {
				return "explicit parameters", new(big.Int).SetBytes(prime).BitLen()
			}
		case id.Equal(asn1.ObjectIdentifier{1, 2, 840, 10045, 1, 2}): // binary field
			var characteristic cryptobyte.String
			var m int
			if field.ReadASN1(&characteristic, cbasn1.SEQUENCE) && characteristic.ReadASN1Integer(&m) && m > 0 {
				return "explicit parameters", m
			}
		}
		return "explicit parameters", 0
	}
	return "unknown curve", 0
}

// firstNumberSize is the size of p in Dss-Parms and DHParameter.
func firstNumberSize(parameters []byte) int { return modulusSize(parameters) }

// marshalPublic cannot fail for the key types of pkcs12x; nil gives a
// PublicKey without facts.
func marshalPublic(pub any) []byte {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil
	}
	return der
}

// signatureAlgorithm is a signature algorithm by its OID, under the name that
// Java and keytool use.
type signatureAlgorithm struct{ id, name, hash string }

var signatureAlgorithms = []signatureAlgorithm{
	{"1.2.840.113549.1.1.2", "MD2withRSA", "MD2"},
	{"1.2.840.113549.1.1.3", "MD4withRSA", "MD4"},
	{"1.2.840.113549.1.1.4", "MD5withRSA", "MD5"},
	{"1.2.840.113549.1.1.5", "SHA1withRSA", "SHA1"},
	{"1.3.14.3.2.3", "MD5withRSA", "MD5"},
	{"1.3.14.3.2.29", "SHA1withRSA", "SHA1"},
	{"1.3.36.3.3.1.2", "RIPEMD160withRSA", "RIPEMD160"},
	{"1.2.840.113549.1.1.14", "SHA224withRSA", "SHA224"},
	{"1.2.840.113549.1.1.11", "SHA256withRSA", "SHA256"},
	{"1.2.840.113549.1.1.12", "SHA384withRSA", "SHA384"},
	{"1.2.840.113549.1.1.13", "SHA512withRSA", "SHA512"},
	{"1.2.840.113549.1.1.15", "SHA512/224withRSA", "SHA512/224"},
	{"1.2.840.113549.1.1.16", "SHA512/256withRSA", "SHA512/256"},
	{"2.16.840.1.101.3.4.3.13", "SHA3-224withRSA", "SHA3-224"},
	{"2.16.840.1.101.3.4.3.14", "SHA3-256withRSA", "SHA3-256"},
	{"2.16.840.1.101.3.4.3.15", "SHA3-384withRSA", "SHA3-384"},
	{"2.16.840.1.101.3.4.3.16", "SHA3-512withRSA", "SHA3-512"},
	{oidPSS, "RSASSA-PSS", ""},
	{"1.2.840.10040.4.3", "SHA1withDSA", "SHA1"},
	{"1.3.14.3.2.13", "SHA1withDSA", "SHA1"},
	{"1.3.14.3.2.27", "SHA1withDSA", "SHA1"},
	{"2.16.840.1.101.3.4.3.1", "SHA224withDSA", "SHA224"},
	{"2.16.840.1.101.3.4.3.2", "SHA256withDSA", "SHA256"},
	{"2.16.840.1.101.3.4.3.3", "SHA384withDSA", "SHA384"},
	{"2.16.840.1.101.3.4.3.4", "SHA512withDSA", "SHA512"},
	{"1.2.840.10045.4.1", "SHA1withECDSA", "SHA1"},
	{"1.2.840.10045.4.3.1", "SHA224withECDSA", "SHA224"},
	{"1.2.840.10045.4.3.2", "SHA256withECDSA", "SHA256"},
	{"1.2.840.10045.4.3.3", "SHA384withECDSA", "SHA384"},
	{"1.2.840.10045.4.3.4", "SHA512withECDSA", "SHA512"},
	{"2.16.840.1.101.3.4.3.9", "SHA3-224withECDSA", "SHA3-224"},
	{"2.16.840.1.101.3.4.3.10", "SHA3-256withECDSA", "SHA3-256"},
	{"2.16.840.1.101.3.4.3.11", "SHA3-384withECDSA", "SHA3-384"},
	{"2.16.840.1.101.3.4.3.12", "SHA3-512withECDSA", "SHA3-512"},
	{"1.3.101.112", "Ed25519", ""},
	{"1.3.101.113", "Ed448", ""},
	{"1.2.643.2.2.4", "GOST R 34.11-94 with GOST R 34.10-94", ""},
	{"1.2.643.2.2.3", "GOST R 34.11-94 with GOST R 34.10-2001", ""},
	{"1.2.643.7.1.1.3.2", "GOST R 34.11-2012-256 with GOST R 34.10-2012-256", ""},
	{"1.2.643.7.1.1.3.3", "GOST R 34.11-2012-512 with GOST R 34.10-2012-512", ""},
	{"1.2.156.10197.1.501", "SM3withSM2", "SM3"},
	{"1.2.840.113549.1.9.16.3.17", "HSS/LMS", ""},
	{"1.3.6.1.5.5.7.6.34", "XMSS", ""},
	{"1.3.6.1.5.5.7.6.35", "XMSS^MT", ""},
	{"1.3.6.1.5.5.7.6.2", "no signature", ""}, // id-alg-unsigned, RFC 9925
}

const oidPSS = "1.2.840.113549.1.1.10"

// hashNames for the parameters of RSASSA-PSS.
var hashNames = map[string]string{
	"1.2.840.113549.2.5":     "MD5",
	"1.3.14.3.2.26":          "SHA1",
	"2.16.840.1.101.3.4.2.1": "SHA256",
	"2.16.840.1.101.3.4.2.2": "SHA384",
	"2.16.840.1.101.3.4.2.3": "SHA512",
	"2.16.840.1.101.3.4.2.4": "SHA224",
	"2.16.840.1.101.3.4.2.5": "SHA512/224",
	"2.16.840.1.101.3.4.2.6": "SHA512/256",
	"2.16.840.1.101.3.4.2.7": "SHA3-224", "2.16.840.1.101.3.4.2.8": "SHA3-256",
	"2.16.840.1.101.3.4.2.9": "SHA3-384", "2.16.840.1.101.3.4.2.10": "SHA3-512",
}

// signatureFacts names a signature algorithm and its hash function. raw is the
// signed object: a SEQUENCE of what is signed, algorithm and signature.
func signatureFacts(raw []byte) (oid, name, hash string) {
	in := cryptobyte.String(raw)
	var body, algorithm cryptobyte.String
	var id asn1.ObjectIdentifier
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.SkipASN1(cbasn1.SEQUENCE) ||
		!body.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&id) {
		return "", "", ""
	}
	oid = id.String()
	if oid == oidPSS {
		hash = pssHash(algorithm)
		return oid, "RSASSA-PSS with " + hash, hash
	}
	for _, a := range signatureAlgorithms {
		if a.id == oid {
			return oid, a.name, a.hash
		}
	}
	for _, a := range postQuantumSignatures() {
		if a.id == oid {
			return oid, a.name, ""
		}
	}
	return oid, "algorithm " + oid, ""
}

// pssHash reads the hash function of RSASSA-PSS-params (RFC 4055 section 3.1),
// which is SHA-1 when left out.
func pssHash(parameters cryptobyte.String) string {
	var body, wrapped, hash cryptobyte.String
	var has bool
	var id asn1.ObjectIdentifier
	if !parameters.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadOptionalASN1(&wrapped, &has, cbasn1.Tag(0).ContextSpecific().Constructed()) || !has {
		return "SHA1"
	}
	if !wrapped.ReadASN1(&hash, cbasn1.SEQUENCE) || !hash.ReadASN1ObjectIdentifier(&id) {
		return "an unknown hash"
	}
	if name, ok := hashNames[id.String()]; ok {
		return name
	}
	return id.String()
}

// secretAlgorithms are the OIDs that the JDK writes for secret keys.
var secretAlgorithms = map[string]string{
	"2.16.840.1.101.3.4.1":    "AES",
	"2.16.840.1.101.3.4.1.2":  "AES-128-CBC",
	"2.16.840.1.101.3.4.1.22": "AES-192-CBC",
	"2.16.840.1.101.3.4.1.42": "AES-256-CBC",
	"1.2.840.113549.3.7":      "DESede",
	"1.3.14.3.2.7":            "DES",
	"1.3.14.3.2.17":           "DESede",
	"1.2.840.113549.3.2":      "RC2",
	"1.2.840.113549.3.4":      "RC4",
	"1.3.6.1.4.1.3029.1.2":    "Blowfish",
	"1.2.840.113549.1.5.13":   "PBES2",
	"1.2.840.113549.2.7":      "HmacSHA1",
	"1.2.840.113549.2.8":      "HmacSHA224",
	"1.2.840.113549.2.9":      "HmacSHA256",
	"1.2.840.113549.2.10":     "HmacSHA384",
	"1.2.840.113549.2.11":     "HmacSHA512",
	"1.3.6.1.5.5.8.1.1":       "HmacMD5",
}

func secretAlgorithm(id asn1.ObjectIdentifier) string {
	if name, ok := secretAlgorithms[id.String()]; ok {
		return name
	}
	return "algorithm " + id.String()
}

// KeyWords are what public keys are called here: the families, and the curves.
func KeyWords() []string {
	var out []string
	for _, a := range keyAlgorithms() {
		if !slices.Contains(out, a.family) {
			out = append(out, a.family)
		}
	}
	for _, c := range curves {
		out = append(out, c.name)
	}
	return out
}
