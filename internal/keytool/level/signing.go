package level

// HashRule is the digest of signatures by keys up to a size.
type HashRule struct {
	UpTo int    // bits; 0 for all others
	Hash string // "256"
}

func hash(rules []HashRule, bits int) string {
	for _, r := range rules {
		if bits <= r.UpTo || r.UpTo == 0 {
			return r.Hash
		}
	}
	return ""
}

// RSAHash is the digest that an RSA key of a size signs with: "256".
func (l Level) RSAHash(bits int) string { return hash(l.RSAHashes, bits) }

// SignatureFor is the signature algorithm of a key where none is asked for; empty
// for one that cannot sign. Algorithm and group are in the words of certgen/jca.
func (l Level) SignatureFor(algorithm, group string, bits int) string {
	switch algorithm {
	case "RSA":
		return "SHA" + l.RSAHash(bits) + "withRSA"
	case "EC":
		return "SHA" + hash(l.ECHashes, bits) + "withECDSA"
	case "DSA":
		return "SHA256withDSA"
	case "RSASSA-PSS":
		return algorithm
	case "EdDSA":
		return group
	case "ML-DSA":
		// 17 and 21 have it from an update, and their keytools were left as they were.
		if l.PostQuantum {
			return group
		}
	}
	return ""
}

// hashes8 are of JDK 8, which looks at no size; hashes11 of 9 to 18; and hashes19 of
// what came after JDK-8267319.
func hashes8() (rsa, ec []HashRule) {
	return []HashRule{{0, "256"}}, []HashRule{{0, "256"}}
}

func hashes11() (rsa, ec []HashRule) {
	return []HashRule{{3072, "256"}, {7680, "384"}, {0, "512"}}, []HashRule{{383, "256"}, {511, "384"}, {0, "512"}}
}

func hashes19() (rsa, ec []HashRule) {
	return []HashRule{{623, "256"}, {7680, "384"}, {0, "512"}}, []HashRule{{511, "384"}, {0, "512"}}
}
