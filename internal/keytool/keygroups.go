package keytool

import (
	"strings"

	"muxkey/internal/keytool/exception"
)

// A curveName is what Java calls a curve.
type curveName struct {
	bits int // of -keysize; 0 for a curve that is known by name alone
	name string
	oid  string
	// aliases are its other names.
	aliases []string
}

// String is the name as Java prints a curve.
func (c curveName) String() string {
	s := c.name
	if len(c.aliases) > 0 {
		s += " [" + strings.Join(c.aliases, ",") + "]"
	}
	return s + " (" + c.oid + ")"
}

// curveNames are the curves that Java has a name for and no keys of, and those
// that it makes keys of, by the sizes that -keysize finds them under.
func curveNames() []curveName {
	return []curveName{
		{256, "secp256r1", "1.2.840.10045.3.1.7", []string{"NIST P-256", "X9.62 prime256v1"}},
		{384, "secp384r1", "1.3.132.0.34", []string{"NIST P-384"}},
		{521, "secp521r1", "1.3.132.0.35", []string{"NIST P-521"}},
		{112, "secp112r1", "1.3.132.0.6", nil},
		{0, "secp112r2", "1.3.132.0.7", nil},
		{113, "sect113r1", "1.3.132.0.4", nil},
		{0, "sect113r2", "1.3.132.0.5", nil},
		{128, "secp128r1", "1.3.132.0.28", nil},
		{0, "secp128r2", "1.3.132.0.29", nil},
		{131, "sect131r1", "1.3.132.0.22", nil},
		{0, "sect131r2", "1.3.132.0.23", nil},
		{160, "secp160k1", "1.3.132.0.9", nil},
		{0, "secp160r1", "1.3.132.0.8", nil},
		{0, "secp160r2", "1.3.132.0.30", nil},
		{0, "sect163k1", "1.3.132.0.1", []string{"NIST K-163"}},
		{0, "sect163r1", "1.3.132.0.2", nil},
		{163, "sect163r2", "1.3.132.0.15", []string{"NIST B-163"}},
		{191, "X9.62 c2tnb191v1", "1.2.840.10045.3.0.5", nil},
		{0, "X9.62 c2tnb191v2", "1.2.840.10045.3.0.6", nil},
		{0, "X9.62 c2tnb191v3", "1.2.840.10045.3.0.7", nil},
		{192, "secp192r1", "1.2.840.10045.3.1.1", []string{"NIST P-192", "X9.62 prime192v1"}},
		{0, "secp192k1", "1.3.132.0.31", nil},
		{0, "X9.62 prime192v2", "1.2.840.10045.3.1.2", nil},
		{0, "X9.62 prime192v3", "1.2.840.10045.3.1.3", nil},
		{193, "sect193r1", "1.3.132.0.24", nil},
		{0, "sect193r2", "1.3.132.0.25", nil},
		{224, "secp224r1", "1.3.132.0.33", []string{"NIST P-224"}},
		{0, "secp224k1", "1.3.132.0.32", nil},
		{233, "sect233k1", "1.3.132.0.26", []string{"NIST K-233"}},
		{0, "sect233r1", "1.3.132.0.27", []string{"NIST B-233"}},
		{239, "X9.62 prime239v1", "1.2.840.10045.3.1.4", nil},
		{0, "X9.62 prime239v2", "1.2.840.10045.3.1.5", nil},
		{0, "X9.62 prime239v3", "1.2.840.10045.3.1.6", nil},
		{0, "X9.62 c2tnb239v1", "1.2.840.10045.3.0.11", nil},
		{0, "X9.62 c2tnb239v2", "1.2.840.10045.3.0.12", nil},
		{0, "X9.62 c2tnb239v3", "1.2.840.10045.3.0.13", nil},
		{0, "sect239k1", "1.3.132.0.3", nil},
		{0, "secp256k1", "1.3.132.0.10", nil},
		{283, "sect283k1", "1.3.132.0.16", []string{"NIST K-283"}},
		{0, "sect283r1", "1.3.132.0.17", []string{"NIST B-283"}},
		{320, "brainpoolP320r1", "1.3.36.3.3.2.8.1.1.9", nil},
		{359, "X9.62 c2tnb359v1", "1.2.840.10045.3.0.18", nil},
		{409, "sect409k1", "1.3.132.0.36", []string{"NIST K-409"}},
		{0, "sect409r1", "1.3.132.0.37", []string{"NIST B-409"}},
		{431, "X9.62 c2tnb431r1", "1.2.840.10045.3.0.20", nil},
		{512, "brainpoolP512r1", "1.3.36.3.3.2.8.1.1.13", nil},
		{571, "sect571k1", "1.3.132.0.38", []string{"NIST K-571"}},
		{0, "sect571r1", "1.3.132.0.39", []string{"NIST B-571"}},
		{0, "brainpoolP160r1", "1.3.36.3.3.2.8.1.1.1", nil},
		{0, "brainpoolP192r1", "1.3.36.3.3.2.8.1.1.3", nil},
		{0, "brainpoolP224r1", "1.3.36.3.3.2.8.1.1.5", nil},
		{0, "brainpoolP256r1", "1.3.36.3.3.2.8.1.1.7", nil},
		{0, "brainpoolP384r1", "1.3.36.3.3.2.8.1.1.11", nil},
	}
}

// curveOfSize finds the curve that -keysize means.
func curveOfSize(bits int) (curveName, error) {
	for _, c := range curveNames() {
		if c.bits == bits && bits > 0 {
			return c, nil
		}
	}
	// Java ends with the address of an object, which is another in each run.
	return curveName{}, exception.New("java.security.spec.InvalidParameterSpecException", "Not a supported curve: sun.security.util.ECKeySizeParameterSpec@0")
}

// curveNamed finds the curve of one of its names or of its OID; exact tells that the
// case of letters counts.
func curveNamed(name string, exact bool) (curveName, bool) {
	for _, c := range curveNames() {
		for _, n := range append([]string{c.name, c.oid}, c.aliases...) {
			if n == name || !exact && strings.EqualFold(n, name) {
				return c, true
			}
		}
	}
	return curveName{}, false
}
