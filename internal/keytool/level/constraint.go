package level

// Constraint is one rule of the algorithm properties of java.security. What it
// names is disabled, or legacy, under all of the conditions that are set.
type Constraint struct {
	// Algorithm is a part of the name of a signature, or that of a key.
	Algorithm string
	// KeyBelow, in bits, is for keys alone.
	KeyBelow int
	// JDKCA: if the chain ends at a certificate of cacerts.
	JDKCA bool
	// Usage: if the certificate is for that.
	Usage Usage
	// DenyAfter is the day from which on it holds, as in the property. All that are
	// in use have come; it is here for the message.
	DenyAfter string
}

// Usage is what a certificate is for, by its extended key usages, as far as
// constraints can name it.
type Usage string

// The usages, in the words of the property.
const (
	AnyUsage  Usage = ""
	TLSServer Usage = "TLSServer"
	SignedJAR Usage = "SignedJAR"
)

// disabled is jdk.certpath.disabledAlgorithms, without the curves that 8 and 11
// name there: no newer JDK makes keys on them.
func disabled() []Constraint {
	return []Constraint{
		{Algorithm: "MD2"},
		{Algorithm: "MD5"},
		{Algorithm: "SHA1", JDKCA: true, Usage: TLSServer},
		{Algorithm: "RSA", KeyBelow: 1024},
		{Algorithm: "DSA", KeyBelow: 1024},
		{Algorithm: "EC", KeyBelow: 224},
		{Algorithm: "SHA1", Usage: SignedJAR, DenyAfter: "2019-01-01"},
	}
}

// legacy is jdk.security.legacyAlgorithms up to 17.
func legacy() []Constraint {
	return []Constraint{{Algorithm: "SHA1"}, {Algorithm: "RSA", KeyBelow: 2048}, {Algorithm: "DSA", KeyBelow: 2048}}
}

// legacySecret is what 18 added, for secret keys.
func legacySecret() []Constraint {
	return []Constraint{{Algorithm: "DES"}, {Algorithm: "DESede"}, {Algorithm: "MD5"}, {Algorithm: "RC2"}, {Algorithm: "ARCFOUR"}}
}
