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
	// BareSigners tells that the certificates of who signed a JAR have no numbers.
	BareSigners bool
	// JudgesLeaf tells that -list without -v judges a chain by its first certificate.
	JudgesLeaf bool
	// JudgesSecrets tells that secret keys are looked at, too.
	JudgesSecrets bool
	// LooseNames tells that general names are taken of which a part is missing.
	LooseNames bool
	// ShortHosts tells that of the host of a URI it is said that it must be a name or
	// an IPv4 address, where others know that an IPv6 address may stand there.
	ShortHosts bool
	// BarePathLength tells that a path length without a limit is printed as the
	// number that Java has for that.
	BarePathLength bool
	// BracketedSerials tells that serial numbers inside of lists and extensions are
	// printed in brackets, and in groups of digits.
	BracketedSerials bool
	// Numbered are the signature algorithms whose OIDs have no names: as patterns.
	Numbered []string
	// FewCurves tells that all curves but secp256r1, secp384r1 and secp521r1 are
	// disabled (jdk.disabled.namedCurves); since 16 there are few others.
	FewCurves bool
	// NativeZip tells that of what is no JAR is said in general that it does not open:
	// until 9, whose reader is in Java (JDK-8145260).
	NativeZip bool
	// SpacedNames tells that blanks stand between the other names of a curve.
	SpacedNames bool
	// SizeFirst tells that a key without a size is "unknown size X key", where others
	// have "X key of unknown size".
	SizeFirst bool
	// DH, XDH and EdDSA tell that keys of these kinds are known for what they are.
	DH, XDH, EdDSA bool
	// PostQuantum tells that ML-DSA and ML-KEM are known.
	PostQuantum bool
	// MixedPEM tells that in PEM the lines of base64 alone end with CR LF.
	MixedPEM bool
	// OpenPEM tells that PEM that ends before its time is the end of what is read,
	// and no error, and that its first line may begin behind other text.
	OpenPEM bool
	// OldReaders tells that nothing may stand behind the hyphens of PEM, not even
	// blanks, and that of a request it is said in words of their own that it is no
	// SEQUENCE, or too short for one.
	OldReaders bool
	// OwnZoneNames tells that time zones have names that are the JDK's own, and not
	// those of CLDR: until 23 (JDK-8174269).
	OwnZoneNames bool
	// KeystoreAlone tells that -printcrl knows of no other place to look for the
	// issuer than -keystore, and that -printcert opens no keystore: until 17
	// (JDK-8244148).
	KeystoreAlone bool
	// OldAttributes tells that an attribute of a request is a PrintableString or a
	// T61String, and no other string.
	OldAttributes bool
	// StrictUsage tells that a certificate is not printed whose extended key usage
	// cannot be read.
	StrictUsage bool
}

// Names tells whether a signature algorithm is known by the name and not by its OID.
func (p Printing) Names(signature string) bool { return !match(p.Numbered, signature) }

// printing8 is that of 8, measured with 8u504.
func printing8() Printing {
	p := printing11()
	p.SizeFirst, p.DH, p.XDH, p.JudgesLeaf, p.BareSigners, p.SpacedNames, p.NativeZip = true, false, false, true, true, true, true
	p.Numbered = append(p.Numbered, "SHA3-*", "Ed*", "SHA384withDSA", "SHA512withDSA")
	p.Disabled = disabled()[:len(disabled())-1] // it lets SHA-1 sign JARs in a chain of its own
	return p
}

// printing11 is that of 11, measured with 11.0.33.
func printing11() Printing {
	p := printing17()
	p.ShortHosts, p.BarePathLength, p.FewCurves, p.EdDSA = false, true, true, false
	p.BracketedSerials, p.Numbered = true, []string{"ML-*", "HSS*", "SHA3-*withDSA", "SHA3-*withECDSA"}
	p.KeystoreAlone, p.OldAttributes, p.OldReaders = true, true, true
	return p
}

// printing17 is that of 17.
func printing17() Printing {
	return Printing{
		Disabled: disabled(), Legacy: legacy(), SizedSets: true, Deadline: true, SizeDeadline: true, MixedPEM: true, OwnZoneNames: true,
		LooseNames: true, ShortHosts: true, DH: true, XDH: true, EdDSA: true,
	}
}

// printing21 is that of 21, measured with 21.0.13: in its words for keys and its
// PEM it is as 17 still.
func printing21() Printing {
	p := printing17()
	p.Legacy = append(legacy(), legacySecret()...)
	p.Deadline, p.LooseNames, p.JudgesSecrets, p.StrictUsage = false, false, true, true
	return p
}

// printing25 is that of 25.
func printing25() Printing {
	p := printing21()
	p.SizedSets, p.SizeDeadline, p.MixedPEM, p.OwnZoneNames, p.ShortHosts = false, false, false, false, false
	p.PostQuantum, p.OpenPEM = true, true
	return p
}
