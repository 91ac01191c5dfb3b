package pkcs12x

import (
	"slices"
	"strings"
)

// Scheme is an encryption that this package writes. Its value is the Name that
// [Protection] shows for it.
type Scheme string

// The schemes. RC2-40 is there for programs that know nothing better: it hides
// nothing, and the profiles put only certificates, which are no secret, under it.
// The last four are in no profile; the JDK writes them when its properties say so.
const (
	SchemeNone          Scheme = ""                  // in the open
	SchemeAES256        Scheme = "PBES2 AES-256-CBC" // key by PBKDF2
	SchemeAES128        Scheme = "PBES2 AES-128-CBC" // key by PBKDF2
	SchemeSHA1TripleDES Scheme = "PBE-SHA1-3DES"     // pbeWithSHAAnd3-KeyTripleDES-CBC
	SchemeSHA1RC2x40    Scheme = "PBE-SHA1-RC2-40"   // pbeWithSHAAnd40BitRC2-CBC
	SchemeSHA1RC2x128   Scheme = "PBE-SHA1-RC2-128"  // pbeWithSHAAnd128BitRC2-CBC
	SchemeSHA1RC4x40    Scheme = "PBE-SHA1-RC4-40"   // pbeWithSHAAnd40BitRC4
	SchemeSHA1RC4x128   Scheme = "PBE-SHA1-RC4-128"  // pbeWithSHAAnd128BitRC4
	SchemeMD5DES        Scheme = "PBES1 MD5-DES"     // pbeWithMD5AndDES-CBC
)

// Encryption is a scheme with its cost. Iterations counts rounds of the
// derivation, SaltLen octets; PBES1 has 8 octets of salt whatever SaltLen says
// (RFC 8018 appendix A.3).
type Encryption struct {
	Scheme              Scheme
	Iterations, SaltLen int
	// PRF is the hash of PBKDF2 for the schemes of PBES2: "SHA1", "SHA512" ...;
	// empty means "SHA256".
	PRF string
	// SevenBits derives the keys of RFC 7292 from seven bits of each octet of the
	// password in UTF-8, as JDK 25 and 26 do. Beyond ASCII nothing else reads it.
	SevenBits bool
}

// MACSpec is the integrity check of a file. Hash is "SHA1", "SHA256" ...; when
// it is empty, the file gets no MAC. PBMAC1 chooses the form of RFC 9579 over
// that of RFC 7292, Hash then being both the PRF and the HMAC. Iterations counts
// rounds of the derivation, SaltLen octets.
type MACSpec struct {
	Hash                string
	PBMAC1              bool
	Iterations, SaltLen int
}

// Profile is one named set of algorithms to write a file with. A profile whose
// Key has no scheme is for certificates alone: private keys are never written
// in the open.
type Profile struct {
	// Name stays what it is for ever. Aliases may move to another profile from
	// one release to the next, as "modern" will.
	Name    string
	Aliases []string
	// Title is the profile in a few words, and Reads is who can read it.
	Title string
	Reads string

	Key, Cert Encryption
	MAC       MACSpec
}

// The counts of the JDK, which every profile but the open one takes: what it
// writes by default since 16, and what it wrote from 8u151 (JDK-8181692; 1024
// throughout before) to 15 and still does under keystore.pkcs12.legacy. Higher
// ones would lock readers out: .NET stops at 300,000 rounds,
// golang.org/x/crypto at 2^20.
const (
	modernIterations    = 10_000
	legacyIterations    = 50_000
	legacyMACIterations = 100_000
	saltLen             = 20

	maxJavaIterations = 5_000_000
)

// Modern2026 is AES-256 with a PBMAC1 (RFC 9579): all of it PBKDF2 and HMAC, so
// that programs in FIPS mode, which have no other derivation, can read it.
//
// It is read by Java 26 (and 25.0.5), OpenSSL 3.4, GnuTLS 3.8.6, NSS 3.101,
// Node.js 24.5, Bouncy Castle 1.86 and go-pkcs12 0.6, and by what came after
// them. No Windows, macOS, iOS or Android is known to read it.
func Modern2026() Profile {
	e := Encryption{Scheme: SchemeAES256, Iterations: modernIterations, SaltLen: saltLen}
	return Profile{
		Name: "modern-2026", Aliases: []string{"pbmac1"},
		Title: "AES-256, PBMAC1 with HMAC-SHA256",
		Reads: "Java 26, OpenSSL 3.4, GnuTLS 3.8.6, NSS 3.101, Node.js 24.5 and later; not Windows, macOS, iOS or Android",
		Key:   e, Cert: e, MAC: MACSpec{"SHA256", true, modernIterations, saltLen},
	}
}

// Modern2023 is AES-256 with an HMAC-SHA256, as keytool of Java 16 to 27 writes
// when left alone. It is the default.
//
// It is read by Java 8u301, 11.0.12 and all from 12 on, OpenSSL 1.0, Windows 10
// 1709 and Windows Server 2019, macOS 15, iOS 18, GnuTLS 3.7, NSS 3.30, Node.js,
// Bouncy Castle 1.68 and .NET 5, and by what came after them. Windows Server
// 2016, macOS 14 and Android 13 call the password wrong.
func Modern2023() Profile {
	e := Encryption{Scheme: SchemeAES256, Iterations: modernIterations, SaltLen: saltLen}
	return Profile{
		Name: "modern-2023", Aliases: []string{"modern"},
		Title: "AES-256, HMAC-SHA256",
		Reads: "Java 8u301 and 11.0.12, OpenSSL 1.0, Windows 10 1709 and Server 2019, macOS 15, iOS 18 and later; not Windows Server 2016, macOS 14 or Android 13",
		Key:   e, Cert: e, MAC: MACSpec{"SHA256", false, modernIterations, saltLen},
	}
}

// Legacy3DES is 3DES for keys and certificates with an HMAC-SHA1.
//
// It is read by everything in the table but programs in FIPS mode: by old Java,
// Windows, macOS and Android, and unlike LegacyRC2 by OpenSSL 3 without its
// legacy provider.
func Legacy3DES() Profile {
	e := Encryption{Scheme: SchemeSHA1TripleDES, Iterations: legacyIterations, SaltLen: saltLen}
	return Profile{
		Name: "legacy-3des", Aliases: []string{"3des"},
		Title: "3DES, HMAC-SHA1",
		Reads: "everything old and new; not programs in FIPS mode",
		Key:   e, Cert: e, MAC: MACSpec{"SHA1", false, legacyMACIterations, saltLen},
	}
}

// LegacyRC2 is what Java wrote from 8u151 to 15, and what OpenJDK 8u504, and
// keytool under -J-Dkeystore.pkcs12.legacy, still write: keys under 3DES,
// certificates under RC2 with 40 bits, an HMAC-SHA1. HCL's instructions for
// Sametime come to it.
//
// It is read by everything old. OpenSSL 3, and what stands on it, such as
// Node.js from 18 on, reads it with the legacy provider alone.
func LegacyRC2() Profile {
	return Profile{
		Name: "legacy-rc2", Aliases: []string{"legacy", "rc2"},
		Title: "3DES for keys, RC2-40 for certificates, HMAC-SHA1",
		Reads: "every Java, Windows, macOS and Android, OpenSSL before 3; not OpenSSL 3 without -legacy",
		Key:   Encryption{Scheme: SchemeSHA1TripleDES, Iterations: legacyIterations, SaltLen: saltLen},
		Cert:  Encryption{Scheme: SchemeSHA1RC2x40, Iterations: legacyIterations, SaltLen: saltLen},
		MAC:   MACSpec{"SHA1", false, legacyMACIterations, saltLen},
	}
}

// Passwordless is a trust store in the open: certificates alone, no encryption,
// no MAC, as the cacerts of the JDK is from 18 on (JDK-8275252).
//
// It is read by Java, with any password or none, by OpenSSL 3.5, and by the
// openssl command from 3.0 on. GnuTLS, NSS, macOS and iOS insist on a MAC.
func Passwordless() Profile {
	return Profile{
		Name: "passwordless", Aliases: []string{"open"},
		Title: "certificates in the open, no MAC",
		Reads: "Java, OpenSSL 3.5 and later; certificates only",
	}
}

// DefaultProfile is the name of what is written when nothing is asked for.
const DefaultProfile = "modern-2023"

// Profiles returns all profiles, the strongest first.
func Profiles() []Profile {
	return []Profile{Modern2026(), Modern2023(), Legacy3DES(), LegacyRC2(), Passwordless()}
}

// ProfileByName finds a profile by its name or an alias, in any case.
func ProfileByName(name string) (Profile, bool) {
	is := func(s string) bool { return strings.EqualFold(s, name) }
	for _, p := range Profiles() {
		if is(p.Name) || slices.ContainsFunc(p.Aliases, is) {
			return p, true
		}
	}
	return Profile{}, false
}

// WithIterations returns the profile with other iteration counts for encryption
// and MAC. A count below 1 leaves what was there. The JDK refuses counts above
// 5,000,000; Features says so.
func (p Profile) WithIterations(encryption, mac int) Profile {
	if encryption >= 1 {
		p.Key.Iterations, p.Cert.Iterations = encryption, encryption
	}
	if mac >= 1 {
		p.MAC.Iterations = mac
	}
	return p
}

// Features are what a program must know to open a file of this profile, with
// keys and certificates in it where the profile takes both.
func (p Profile) Features() []Feature {
	var set featureSet
	if p.Key.Scheme != SchemeNone {
		set.add(p.Key.features()...)
	}
	if p.Cert.Scheme == SchemeNone {
		set.add(PlainCertificates)
	} else {
		set.add(p.Cert.features()...)
	}
	switch {
	case p.MAC.Hash == "":
		set.add(NoMAC)
	case p.MAC.PBMAC1:
		set.add(MACPBMAC1)
	default:
		set.add(digestByName(p.MAC.Hash).mac)
	}
	if p.MAC.Hash != "" && p.MAC.Iterations > maxJavaIterations {
		set.add(IterationsOver5Million)
	}
	return set.list
}

func (e Encryption) features() []Feature {
	list := []Feature{CipherUnknown}
	for _, s := range blockSchemes {
		if e.Scheme == Scheme("PBES2 "+s.name) {
			list = []Feature{s.feature, digestByName(e.prf()).prf}
		}
	}
	for _, s := range passwordSchemes {
		if e.Scheme == Scheme(s.name) {
			list = []Feature{s.feature}
		}
	}
	if e.Iterations > maxJavaIterations {
		list = append(list, IterationsOver5Million)
	}
	return list
}

// Profile returns the algorithms that the file was written with, so that an
// edit can write it again in the same way, as the JDK does. exact is false when
// it uses one that this package does not write: AES-192, RC4, scrypt ...; the
// part of Modern2023 stands in its place.
func (f *File) Profile() (p Profile, exact bool) {
	modern := Modern2023()
	p = Profile{Name: "as before", Title: "as the file was", Key: modern.Key, Cert: Encryption{}, MAC: MACSpec{}}
	exact = true
	take := func(e *encryption, into *Encryption) {
		scheme, ok := e.scheme()
		if !ok || e.Err != nil {
			*into, exact = modern.Cert, false
			return
		}
		*into = Encryption{Scheme: scheme, Iterations: e.Iterations, SaltLen: max(len(e.key.salt), minSalt)}
		if e.key.kind == kdfPBKDF2 && e.key.hash != defaultPRF {
			into.PRF = e.key.hash
		}
	}
	keys := false
	for _, s := range f.safes {
		if s.encryption != nil {
			take(s.encryption, &p.Cert)
		}
		for _, b := range s.bags {
			if e, _, err := shrouded(b.value, f.limits); err == nil && b.id.Equal(oidShroudedBag) && !keys {
				take(&e, &p.Key)
				keys = true
			}
		}
	}
	if !keys && p.Cert.Scheme != SchemeNone && p.Cert.Scheme != SchemeSHA1RC2x40 {
		p.Key = p.Cert
	}
	if f.mac == nil {
		return p, exact
	}
	p.MAC = MACSpec{f.mac.digest.name, f.mac.key.kind == kdfPBKDF2, f.mac.key.iterations, max(len(f.mac.key.salt), minSalt)}
	if f.mac.Err != nil {
		p.MAC, exact = modern.MAC, false
	}
	return p, exact
}

// scheme returns the scheme of what was read; ok is false when it is none that
// this package writes.
func (e *encryption) scheme() (s Scheme, ok bool) {
	s = Scheme(e.Name)
	if s.pbes2() {
		return s, e.key.kind == kdfPBKDF2
	}
	_, ok = s.byPassword()
	return s, ok
}

// minSalt is the least salt that is written (RFC 8018 section 4.1).
const minSalt = 8
