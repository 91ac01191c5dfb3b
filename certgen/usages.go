package certgen

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
)

type namedUsage struct {
	name string
	bit  x509.KeyUsage
}

// keyUsages are the bits of keyUsage by their names in RFC 5280 section 4.2.1.3.
var keyUsages = []namedUsage{
	{"digitalSignature", x509.KeyUsageDigitalSignature},
	{"nonRepudiation", x509.KeyUsageContentCommitment},
	{"contentCommitment", x509.KeyUsageContentCommitment}, // its newer name
	{"keyEncipherment", x509.KeyUsageKeyEncipherment},
	{"dataEncipherment", x509.KeyUsageDataEncipherment},
	{"keyAgreement", x509.KeyUsageKeyAgreement},
	{"keyCertSign", x509.KeyUsageCertSign},
	{"cRLSign", x509.KeyUsageCRLSign},
	{"encipherOnly", x509.KeyUsageEncipherOnly},
	{"decipherOnly", x509.KeyUsageDecipherOnly},
}

// ParseKeyUsage reads names of key usages, in any case. The error wraps
// ErrUsage.
func ParseKeyUsage(names []string) (x509.KeyUsage, error) {
	var out x509.KeyUsage
	for _, name := range names {
		i := slices.IndexFunc(keyUsages, func(u namedUsage) bool { return strings.EqualFold(u.name, name) })
		if i < 0 {
			return 0, fmt.Errorf("%w %q (there are %s)", ErrUsage, name, strings.Join(KeyUsageNames(^x509.KeyUsage(0)), ", "))
		}
		out |= keyUsages[i].bit
	}
	return out, nil
}

// KeyUsageNames lists the names of the bits that are set.
func KeyUsageNames(usage x509.KeyUsage) []string {
	var out []string
	for _, u := range keyUsages {
		if usage&u.bit != 0 && u.name != "contentCommitment" {
			out = append(out, u.name)
		}
	}
	return out
}

// extKeyUsages are the purposes with a name: RFC 5280 section 4.2.1.12, RFC
// 4945, 6187, 9336, 4556, Microsoft's and Netscape's.
var extKeyUsages = []struct{ name, oid string }{
	{"serverAuth", "1.3.6.1.5.5.7.3.1"},
	{"clientAuth", "1.3.6.1.5.5.7.3.2"},
	{"codeSigning", "1.3.6.1.5.5.7.3.3"},
	{"emailProtection", "1.3.6.1.5.5.7.3.4"},
	{"timeStamping", "1.3.6.1.5.5.7.3.8"},
	{"OCSPSigning", "1.3.6.1.5.5.7.3.9"},
	{"ipsecIKE", "1.3.6.1.5.5.7.3.17"},
	{"documentSigning", "1.3.6.1.5.5.7.3.36"},
	{"pkinitClient", "1.3.6.1.5.2.3.4"},
	{"pkinitKDC", "1.3.6.1.5.2.3.5"},
	{"microsoftSmartcardLogon", "1.3.6.1.4.1.311.20.2.2"},
	{"remoteDesktop", "1.3.6.1.4.1.311.54.1.2"},
	{"ipsecEndSystem", "1.3.6.1.5.5.7.3.5"},
	{"ipsecTunnel", "1.3.6.1.5.5.7.3.6"},
	{"ipsecUser", "1.3.6.1.5.5.7.3.7"},
	{"secureShellClient", "1.3.6.1.5.5.7.3.21"},
	{"secureShellServer", "1.3.6.1.5.5.7.3.22"},
	{"microsoftTrustListSigning", "1.3.6.1.4.1.311.10.3.1"},
	{"microsoftServerGatedCrypto", "1.3.6.1.4.1.311.10.3.3"},
	{"microsoftEncryptedFileSystem", "1.3.6.1.4.1.311.10.3.4"},
	{"microsoftDocumentSigning", "1.3.6.1.4.1.311.10.3.12"},
	{"netscapeServerGatedCrypto", "2.16.840.1.113730.4.1"},
	{"anyExtendedKeyUsage", "2.5.29.37.0"},
}

// ExtKeyUsageNames lists the purposes that have a name.
func ExtKeyUsageNames() []string {
	var out []string
	for _, u := range extKeyUsages {
		out = append(out, u.name)
	}
	return out
}

// ParseExtKeyUsage reads the name of a purpose, in any case, or its OID. The
// error wraps ErrUsage.
func ParseExtKeyUsage(word string) (x509.OID, error) {
	dotted := word
	for _, u := range extKeyUsages {
		if strings.EqualFold(u.name, word) {
			dotted = u.oid
		}
	}
	id, err := x509.ParseOID(dotted)
	if err != nil {
		return x509.OID{}, fmt.Errorf("%w %q (there are %s, and OIDs)", ErrUsage, word, strings.Join(ExtKeyUsageNames(), ", "))
	}
	return id, nil
}

// ExtKeyUsageName is the name of a purpose, or its OID where it has none. id is
// an x509.OID or an asn1.ObjectIdentifier.
func ExtKeyUsageName(id fmt.Stringer) string {
	dotted := id.String()
	for _, u := range extKeyUsages {
		if u.oid == dotted {
			return u.name
		}
	}
	return dotted
}

func usageNames(ids []x509.OID) string {
	var out []string
	for _, id := range ids {
		out = append(out, ExtKeyUsageName(id))
	}
	return strings.Join(out, ", ")
}

func hasOID(list []x509.OID, id x509.OID) bool {
	return slices.ContainsFunc(list, func(o x509.OID) bool { return o.Equal(id) })
}
