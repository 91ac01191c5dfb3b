package level

import "path"

// Algorithms are what the providers of a JDK lack, and how its keytool asks for it.
type Algorithms struct {
	// NoKeys are the algorithms that no key pairs are made for.
	NoKeys []string
	// DerivesFirst tells that the signature algorithm is sought before there is a
	// key, and that RSA, DSA and EC alone have one.
	DerivesFirst bool
	// NamesFirst tells that of a signature algorithm the OID is sought first, so that
	// an unknown one is a name that is not recognized. Unnamed are those without
	// an OID, and Unsigned those with one that nothing signs with: as patterns.
	NamesFirst        bool
	Unnamed, Unsigned []string
	// SignatureFirst tells that -certreq looks at the signature before -dname.
	SignatureFirst bool
	// NullParameters tells that signatures of DSA and ECDSA are written with NULL for
	// parameters.
	NullParameters bool
	// SmallerExponent tells that of an RSA key which is smaller than its exponent
	// that is said, and not how long the exponent may be.
	SmallerExponent bool
	// ReadName tells that the subject of a request is made of the printed name of the
	// certificate, as if it were a -dname.
	ReadName bool
}

// algorithms8 is that of 8, measured with 8u504.
func algorithms8() Algorithms {
	return Algorithms{
		NoKeys:       append([]string{"XDH", "X25519", "X448"}, noKeys11()...),
		DerivesFirst: true, NamesFirst: true, SignatureFirst: true, NullParameters: true, ReadName: true, SmallerExponent: true,
		Unnamed: []string{"SHA3-*", "SHA384withDSA", "SHA512withDSA", "Ed*", "ML-*"},
	}
}

// algorithms11 is that of 11, measured with 11.0.33: EdDSA came with 15
// (JDK-8166597), SHA-3 with 16 (JDK-8172366).
func algorithms11() Algorithms {
	return Algorithms{
		NoKeys:     noKeys11(),
		NamesFirst: true, SignatureFirst: true, NullParameters: true, ReadName: true, SmallerExponent: true,
		Unnamed:  []string{"SHA3-*withECDSA", "SHA3-*withDSA", "EdDSA", "ML-*"},
		Unsigned: []string{"SHA3-*withRSA", "SHA384withDSA", "SHA512withDSA", "Ed25519", "Ed448"},
	}
}

func noKeys11() []string {
	return []string{
		"EdDSA", "Ed25519", "Ed448",
		"ML-DSA", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "ML-KEM", "ML-KEM-512", "ML-KEM-768", "ML-KEM-1024",
	}
}

// HasName tells whether a signature algorithm has an OID, by Java's name for it.
func (a Algorithms) HasName(signature string) bool { return !match(a.Unnamed, signature) }

// Signs tells whether the JDK signs with an algorithm that has an OID.
func (a Algorithms) Signs(signature string) bool { return !match(a.Unsigned, signature) }

func match(patterns []string, name string) bool {
	for _, p := range patterns {
		if ok, err := path.Match(p, name); ok && err == nil {
			return true
		}
	}
	return false
}
