package certgen

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// What a key must have to be certified. NIST SP 800-57 part 1 and the baseline
// requirements (6.1.5, 6.1.6) end at the same sizes; FIPS 186-5 section 5.4 has
// the exponent over 2^16. The upper bound keeps the arithmetic short.
const (
	minRSABits     = 2048
	maxRSABits     = 16384
	minRSAExponent = 65537
	minECBits      = 256
)

// CheckKey tells whether a public key may be certified. The error is a *KeyError
// around ErrWeakKey or ErrKeyUnsupported. It does not look for keys that are
// weak though they look good, such as those of Debian in 2008.
func CheckKey(pub crypto.PublicKey) error {
	weak := func(why string) error { return &KeyError{Key: KeyTypeOf(pub), Why: why, Err: ErrWeakKey} }
	switch k := pub.(type) {
	case *rsa.PublicKey:
		switch bits := k.N.BitLen(); {
		case bits < minRSABits:
			return weak(fmt.Sprintf("an RSA key needs %d bits", minRSABits))
		case bits > maxRSABits:
			return &KeyError{Key: KeyTypeOf(pub), Why: fmt.Sprintf("over %d bits nobody can use it", maxRSABits), Err: ErrKeyUnsupported}
		}
		if k.E < minRSAExponent || k.E%2 == 0 {
			return weak(fmt.Sprintf("its public exponent is %d; it must be odd and at least %d", k.E, minRSAExponent))
		}
		return nil
	case *ecdsa.PublicKey:
		if k.Curve.Params().BitSize < minECBits {
			return weak(fmt.Sprintf("an EC key needs %d bits", minECBits))
		}
		return nil
	case ed25519.PublicKey:
		return nil
	}
	name := KeyTypeOf(pub)
	if name == "" {
		name = fmt.Sprintf("%T", pub)
	}
	return &KeyError{Key: name, Why: "there are " + keyTypesThatSign, Err: ErrKeyUnsupported}
}

const keyTypesThatSign = "RSA, EC P-256 to P-521 and Ed25519"

// parseSPKI reads a SubjectPublicKeyInfo. For a key that Go does not know the
// error is a *KeyError that names it.
func parseSPKI(spki []byte) (crypto.PublicKey, error) {
	if pub, err := x509.ParsePKIXPublicKey(spki); err == nil {
		return pub, nil
	}
	in := cryptobyte.String(spki)
	var body, algorithm cryptobyte.String
	var id, curve asn1.ObjectIdentifier
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&id) {
		return nil, fmt.Errorf("%w: the public key", ErrDamaged)
	}
	name := id.String()
	for _, k := range foreignKeys {
		if k.oid == name {
			name = k.name
		}
	}
	err := &KeyError{Key: name, Why: "there are " + keyTypesThatSign, Err: ErrKeyUnsupported}
	switch {
	case name == nameEC && algorithm.ReadASN1ObjectIdentifier(&curve):
		err.Key = "EC " + curve.String()
		for _, c := range foreignCurves {
			if c.oid == curve.String() {
				err.Key = "EC " + c.name
				if c.bits < minECBits {
					err.Err, err.Why = ErrWeakKey, fmt.Sprintf("an EC key needs %d bits", minECBits)
				}
				return nil, err
			}
		}
		if known := curve.String(); known == "1.2.840.10045.3.1.7" || known == "1.3.132.0.34" || known == "1.3.132.0.35" {
			return nil, fmt.Errorf("%w: the public key is no point of its curve", ErrDamaged)
		}
	case name == nameEC:
		err.Key = "EC with parameters of its own"
	case name == nameRSA:
		return nil, fmt.Errorf("%w: the RSA public key", ErrDamaged)
	}
	return nil, err
}

const (
	nameEC  = "EC"
	nameRSA = "RSA"
)

// foreignKeys are key types by OID, of which requests have been seen or will be:
// RFC 3279, 4055, 5480, 8410, 9481, 9814, 9909.
var foreignKeys = []struct{ oid, name string }{
	{"1.2.840.10045.2.1", nameEC},
	{"1.2.840.113549.1.1.1", nameRSA},
	{"1.2.840.113549.1.1.10", "RSASSA-PSS"},
	{"1.2.840.10040.4.1", "DSA"},
	{"1.3.101.110", "X25519"},
	{"1.3.101.111", "X448"},
	{"1.3.101.112", "Ed25519"},
	{"1.3.101.113", "Ed448"},
	{"1.2.643.7.1.1.1.1", "GOST R 34.10-2012 256"},
	{"1.2.643.7.1.1.1.2", "GOST R 34.10-2012 512"},
	{"2.16.840.1.101.3.4.3.17", "ML-DSA-44"},
	{"2.16.840.1.101.3.4.3.18", "ML-DSA-65"},
	{"2.16.840.1.101.3.4.3.19", "ML-DSA-87"},
	{"2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128s"},
	{"2.16.840.1.101.3.4.4.1", "ML-KEM-512"},
	{"2.16.840.1.101.3.4.4.2", "ML-KEM-768"},
	{"2.16.840.1.101.3.4.4.3", "ML-KEM-1024"},
}

// foreignCurves are the named curves that crypto/x509 does not know: SEC 2, ANSI
// X9.62, RFC 5639.
var foreignCurves = []struct {
	oid, name string
	bits      int
}{
	{"1.2.840.10045.3.1.1", "P-192", 192},
	{"1.2.840.10045.3.1.2", "prime192v2", 192},
	{"1.2.840.10045.3.1.3", "prime192v3", 192},
	{"1.2.840.10045.3.1.4", "prime239v1", 239},
	{"1.3.132.0.8", "secp160r1", 160},
	{"1.3.132.0.9", "secp160k1", 160},
	{"1.3.132.0.10", "secp256k1", 256},
	{"1.3.132.0.31", "secp192k1", 192},
	{"1.3.132.0.32", "secp224k1", 224},
	{"1.3.132.0.1", "sect163k1", 163},
	{"1.3.132.0.15", "sect163r2", 163},
	{"1.3.132.0.26", "sect233k1", 233},
	{"1.3.132.0.27", "sect233r1", 233},
	{"1.3.132.0.16", "sect283k1", 283},
	{"1.3.132.0.17", "sect283r1", 283},
	{"1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1", 256},
	{"1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1", 384},
	{"1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1", 512},
	{"1.2.156.10197.1.301", "SM2", 256},
}
