package level

// Printing is how the keytool of a JDK reads, prints and judges certificates.
type Printing struct {
	// Disabled are the algorithms that java.security names in
	// jdk.certpath.disabledAlgorithms, Legacy those in jdk.security.legacyAlgorithms.
	Disabled, Legacy []Constraint
	// SizedSets tells that keys are printed with a size that are named by a set of
	// parameters ("255-bit Ed25519"), and others as being of unknown size; and that
	// new keys are told of with a number that has separators ("2,048 bit RSA").
	SizedSets bool
	// Deadline tells that of a weak signature algorithm is said that it will be
	// disabled in a future update: until JDK 18 (JDK-8172404).
	Deadline bool
	// SizeDeadline tells that of a weak key its size is said to be disabled in a
	// future update, and not the key: until the keys of sets of parameters had no
	// size any more.
	SizeDeadline bool
	// JudgesSecrets tells that secret keys are looked at, too.
	JudgesSecrets bool
	// PostQuantum tells that ML-DSA and ML-KEM are known.
	PostQuantum bool
	// MixedPEM tells that in PEM the lines of base64 alone end with CR LF.
	MixedPEM bool
	// OpenPEM tells that PEM that ends before its time is the end of what is read,
	// and no error, and that its first line may begin behind other text.
	OpenPEM bool
	// OwnZoneNames tells that time zones have names that are the JDK's own, and not
	// those of CLDR: until 23 (JDK-8174269).
	OwnZoneNames bool
	// StrictUsage tells that a certificate is not printed whose extended key usage
	// cannot be read.
	StrictUsage bool
}

// printing8 is that of 8 to 17.
func printing8() Printing {
	return Printing{Disabled: disabled(), Legacy: legacy(), SizedSets: true, Deadline: true, SizeDeadline: true, MixedPEM: true, OwnZoneNames: true}
}

// printing21 is that of 21, measured with 21.0.13: in its words for keys and its
// PEM it is as 17 still.
func printing21() Printing {
	return Printing{Disabled: disabled(), Legacy: append(legacy(), legacySecret()...), SizedSets: true, SizeDeadline: true, MixedPEM: true, OwnZoneNames: true, JudgesSecrets: true, StrictUsage: true}
}

// printing25 is that of 25.
func printing25() Printing {
	p := printing21()
	p.SizedSets, p.SizeDeadline, p.MixedPEM, p.OwnZoneNames = false, false, false, false
	p.PostQuantum, p.OpenPEM = true, true
	return p
}
