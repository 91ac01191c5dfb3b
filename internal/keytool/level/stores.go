package level

// Stores is how the keytool of a JDK opens and writes keystores.
type Stores struct {
	// StoreType is the type of new keystores: keystore.type of java.security. 9 went
	// from JKS to PKCS12 (JDK-8044445).
	StoreType string
	// Assumes tells that a keystore that is there is of StoreType, too, unless
	// -storetype says another: its content is looked at since 9 (JDK-8062552).
	Assumes bool
	// HereIsFile tells that the folder one is in counts as a file that is there under
	// the empty path (JDK-8024695, since 25).
	HereIsFile bool
	// NarrowPKCS12 tells that what is opened as PKCS12 must be that, and that what is
	// opened as JKS and is PKCS12 is listed as such.
	NarrowPKCS12 bool
	// KeysStay tells that -storepasswd leaves the keys of a PKCS12 store under the
	// password that they have, as -importkeystore does, and that what is opened under that name takes -new for
	// a password of keys, which cannot differ from the store's.
	KeysStay bool
	// Stranger is what a format besides JKS and JCEKS is called where one keystore
	// takes the place of another; empty for its own name.
	Stranger string
	// PKCS12Provider is the provider of PKCS12 stores: JSSE's until 8.
	PKCS12Provider string
	// LegacyPKCS12 tells that new PKCS12 stores are written as keystore.pkcs12.legacy
	// asks for: what JDK 16 left behind (JDK-8153005), and 11 with an update.
	LegacyPKCS12 bool
	// EmptyForNone tells that a PKCS12 store written without a password is written
	// with the empty one, as until 19 (JDK-8231107).
	EmptyForNone bool
	// WrappedParameters tells that a complaint about the parameters of an encryption
	// names the method that has it.
	WrappedParameters bool
	// WrappedChain tells that a chain which does not hold together is said to be a
	// matter of the algorithm.
	WrappedChain bool
	// DefiniteLengths tells that PKCS#12 with indefinite lengths is not known by its
	// content.
	DefiniteLengths bool
	// WidePasswords tells that PKCS12 takes passwords beyond ASCII, as 21 does not
	// and 25 does; importpass, too.
	WidePasswords bool
	// PBMAC1 tells that keystore.pkcs12.macAlgorithm can be one of PBMAC1, as since
	// 26 (JDK-8343232).
	PBMAC1 bool
	// Nameless are the algorithms of secret keys that no PKCS12 store takes, as the
	// JDK has no OID for them.
	Nameless []string
	// Missing are the algorithms of secret keys that the JDK does not make yet.
	Missing []string
	// EmptyKey is what is said of a secret key of no bits.
	EmptyKey string
	// IgnoresProtection tells that JKS and JCEKS take keys for which a protection is
	// named, and give them their own.
	IgnoresProtection bool
	// Outdated tells that JKS and JCEKS are warned of as outdated, and not as
	// proprietary: since 26 (JDK-8353749).
	Outdated bool
}

const emptyKey = "Empty key"

// stores8 is that of 8, measured with 8u504.
func stores8() Stores {
	return Stores{
		StoreType: "jks", Assumes: true, NarrowPKCS12: true, KeysStay: true, Stranger: "Non JKS/JCEKS",
		PKCS12Provider: "SunJSSE", LegacyPKCS12: true, EmptyForNone: true, WrappedParameters: true, WrappedChain: true,
		Nameless: []string{"DES", "DESede", "ARCFOUR", "Blowfish", "RC2", "HmacMD5"},
		Missing:  append([]string{"ChaCha20"}, missing11()...),
		EmptyKey: emptyKey, IgnoresProtection: true,
	}
}

func missing11() []string {
	return []string{"HmacSHA512/224", "HmacSHA512/256", "HmacSHA3-224", "HmacSHA3-256", "HmacSHA3-384", "HmacSHA3-512"}
}

// stores11 is that of 11, measured with 11.0.33.
func stores11() Stores {
	return Stores{
		StoreType: "pkcs12", PKCS12Provider: "SUN", EmptyForNone: true, WrappedParameters: true, WrappedChain: true, DefiniteLengths: true,
		Nameless: []string{"DES", "DESede", "Blowfish", "RC2", "HmacMD5"},
		Missing:  missing11(),
		EmptyKey: emptyKey,
	}
}

// stores17 is that of 17, whose table of OIDs is one for all (JDK-8242151).
func stores17() Stores {
	s := stores11()
	s.Nameless, s.Missing = []string{"Blowfish", "RC2", "HmacMD5"}, nil
	s.WrappedChain, s.DefiniteLengths = false, false
	return s
}

// stores21 is that of 21.
func stores21() Stores {
	s := stores17()
	s.Nameless, s.EmptyForNone, s.WrappedParameters = []string{"HmacMD5"}, false, false
	s.EmptyKey = "keysize must not be <= 0"
	return s
}

// stores25 is that of 25.
func stores25() Stores {
	s := stores21()
	s.WidePasswords, s.HereIsFile = true, true
	return s
}

// stores26 is that of 26.
func stores26() Stores {
	s := stores25()
	s.PBMAC1, s.Outdated = true, true
	return s
}
