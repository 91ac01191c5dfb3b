package pkcs12x

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Basis says by whose word a row of the consumer table stands.
type Basis string

// The bases, the firmest first.
const (
	Measured   Basis = "measured" // files of every scheme were given to the program
	FromSource Basis = "source"   // read in the program's own source
	FromVendor Basis = "vendor"   // said by who makes it
	Reported   Basis = "reported" // said by users, in public threads
	Inferred   Basis = "inferred" // follows from another row
)

// Consumer is a program that reads PKCS#12 files, in one range of its versions.
type Consumer struct {
	// ID names the row for ever: "java-17", "windows-server-2016".
	ID string
	// Aliases are other names people type. A family's bare name ("java",
	// "windows") is an alias of its weakest release that its maker still
	// maintains, so that "for java" means every Java in use; it moves on as
	// releases end, which an ID never does.
	Aliases []string
	// Title is the row as people read it. It carries the first version of the
	// range, so that "and later" can follow; the family's first row, which
	// reaches back to the beginning, carries its last.
	Title string
	// Family groups the rows, which stand in order of release.
	Family string
	// Since is the first version that the row is true of; empty means from the
	// beginning. It holds until the Since of the family's next row.
	Since string
	// Reads is what the program is known to read. What nobody is known to have
	// tried is left out: not to be here means "not known to read".
	Reads []Feature
	// OnlyRSA tells that the maker's instructions for a server's key know RSA
	// and nothing else. A file with another key is read all the same; whether
	// the server works with it nobody vouches for.
	OnlyRSA bool
	// Notes are limits that Reads cannot say, and what is not known.
	Notes string
	Basis Basis
	// Source is where to look it up, or the versions that were measured.
	Source string
}

// featureTitles holds all features in the order of display. A title reads well
// after "cannot read".
var featureTitles = []struct {
	feature Feature
	title   string
}{
	{CipherAES256, "AES-256 encryption"},
	{CipherAES192, "AES-192 encryption"},
	{CipherAES128, "AES-128 encryption"},
	{CipherAESGCM, "AES-GCM encryption"},
	{CipherCamellia, "Camellia encryption"},
	{CipherPBES2TripleDES, "3DES encryption in its PBES2 form"},
	{CipherPBES2Legacy, "DES or RC2 encryption in its PBES2 form"},
	{CipherSHA1TripleDES, "3DES encryption"},
	{CipherSHA1TwoKeyDES, "3DES encryption with two keys"},
	{CipherSHA1RC2x128, "RC2 encryption with 128 bits"},
	{CipherSHA1RC2x40, "RC2 encryption with 40 bits"},
	{CipherSHA1RC4x128, "RC4 encryption with 128 bits"},
	{CipherSHA1RC4x40, "RC4 encryption with 40 bits"},
	{CipherPBES1, "DES or RC2 encryption in its PBES1 form"},
	{CipherUnknown, "an encryption outside the standards"},
	{PRFSHA1, "PBKDF2 with HMAC-SHA1"},
	{PRFSHA224, "PBKDF2 with HMAC-SHA224"},
	{PRFSHA256, "PBKDF2 with HMAC-SHA256"},
	{PRFSHA384, "PBKDF2 with HMAC-SHA384"},
	{PRFSHA512, "PBKDF2 with HMAC-SHA512"},
	{PRFSHA512Trunc, "PBKDF2 with a shortened HMAC-SHA512"},
	{PRFUnknown, "PBKDF2 with an HMAC outside the standards"},
	{KDFScrypt, "scrypt"},
	{MACPBMAC1, "a PBMAC1"},
	{MACSHA512, "an HMAC-SHA512 MAC"},
	{MACSHA384, "an HMAC-SHA384 MAC"},
	{MACSHA256, "an HMAC-SHA256 MAC"},
	{MACSHA224, "an HMAC-SHA224 MAC"},
	{MACSHA1, "an HMAC-SHA1 MAC"},
	{MACSHA512Trunc, "a shortened HMAC-SHA512 MAC"},
	{MACUnknown, "a MAC outside the standards"},
	{NoMAC, "a file without a MAC"},
	{PlainKeys, "private keys in the open"},
	{PlainCertificates, "certificates in the open"},
	{IterationsOver5Million, "more than 5,000,000 iterations"},
	{KeyEd25519, "an Ed25519 key"},
}

// AllFeatures returns every feature in the order of display.
func AllFeatures() []Feature {
	var list []Feature
	for _, t := range featureTitles {
		list = append(list, t.feature)
	}
	return list
}

// Title returns the feature in plain words that can follow "cannot read".
func (f Feature) Title() string {
	for _, t := range featureTitles {
		if t.feature == f {
			return t.title
		}
	}
	return string(f)
}

// Consumers returns the table of programs: families one after the other, each
// in order of release.
func Consumers() []Consumer { return slices.Clone(consumerTable()) }

// consumerTable is put together once, when it is first asked for.
var consumerTable = sync.OnceValue(func() []Consumer {
	table := slices.Concat(javaConsumers(), opensslConsumers(), libraryConsumers(), systemConsumers(), productConsumers())
	for i, c := range table {
		if slices.Contains(ed25519Readers, c.ID) {
			table[i].Reads = union(c.Reads, these(KeyEd25519))
		}
	}
	return table
})

// ed25519Readers know Ed25519 keys: Java since 15 (JEP 339), OpenSSL since 1.1.1
// and what stands on it, GnuTLS since 3.6, Bouncy Castle, Go. Measured: keytool
// 17, openssl 3.0.19, certtool 3.7.9, Node.js 20, and that NSS 3.87 refuses them
// on import. Of Windows, macOS and the rest nobody says so.
var ed25519Readers = []string{
	"java-17", "java-21", "java-25", "java-25.0.5", "java-26",
	"openssl-1.1.1", "openssl-3.0", "openssl-3.4", "openssl-3.5", "openssl-3-legacy", "openssl-fips",
	"nodejs-10", "nodejs-18", "nodejs-24", "python-cryptography-38", "python-cryptography-48",
	"gnutls-3.6", "gnutls-3.7", "gnutls-3.8.6", "bouncy-castle-1.68", "bouncy-castle-1.78", "bouncy-castle-1.86",
	"go-pkcs12-0.4", "go-pkcs12-0.5", "go-pkcs12-0.6", "genesys-gms-java-17", "teamwork-cloud",
}

// these is one set of features, union joins sets in the order of display.
func these(list ...Feature) []Feature { return list }

func union(sets ...[]Feature) []Feature {
	joined := slices.Concat(sets...)
	list := make([]Feature, 0, len(joined))
	for _, t := range featureTitles {
		if slices.Contains(joined, t.feature) {
			list = append(list, t.feature)
		}
	}
	return list
}

// The sets that rows have in common. The first is what everybody wrote for
// twenty years.
func oldForms() []Feature   { return these(CipherSHA1TripleDES, CipherSHA1RC2x40, MACSHA1) }
func otherWeak() []Feature  { return these(CipherSHA1RC2x128, CipherSHA1RC4x40, CipherSHA1RC4x128) }
func everyAES() []Feature   { return these(CipherAES128, CipherAES192, CipherAES256) }
func sha2PRFs() []Feature   { return these(PRFSHA224, PRFSHA256, PRFSHA384, PRFSHA512) }
func sha2MACs() []Feature   { return these(MACSHA224, MACSHA256, MACSHA384, MACSHA512) }
func inTheOpen() []Feature  { return these(PlainKeys, PlainCertificates, IterationsOver5Million) }
func javaBefore() []Feature { return union(oldForms(), otherWeak(), these(NoMAC, PlainCertificates)) }

func javaFrom8u301() []Feature {
	return union(javaBefore(), these(CipherAES128, CipherAES256, PRFSHA1, MACSHA512Trunc), sha2PRFs(), sha2MACs())
}

func javaConsumers() []Consumer {
	modern := javaFrom8u301()
	from20 := union(modern, these(PRFSHA512Trunc))
	pbmac1 := union(from20, these(MACPBMAC1))
	const (
		backport = "JDK-8267701 (HmacPBESHA256 is in JDK 12, and in 7u311, 8u301, 11.0.12); "
		limits   = "Shows no entry for keys in the open. Refuses more than 5,000,000 iterations. "
	)
	return []Consumer{
		{
			ID: "java-8-before-301", Aliases: []string{"java-8-old"}, Family: "Java before 8u301 and 11.0.12", Title: "Java 8 before 8u301", Since: "8",
			Reads: javaBefore(), Basis: FromSource, Source: "OpenJDK 8 PKCS12KeyStore.java, SunJCE.java: the MAC is HmacPBESHA1 alone, a safe under PBES2 finds no cipher",
			Notes: limits + "Reads AES keys of its own making, but no AES certificates.",
		},
		{
			ID: "java-11-before-12", Aliases: []string{"java-11-old", "java-9", "java-10"}, Family: "Java before 8u301 and 11.0.12", Title: "Java 9 to 11.0.11", Since: "9",
			Reads: javaBefore(), Basis: FromSource, Source: "openjdk/jdk11u-dev before commit 1fe34add2d (JDK-8076190): the MAC is HmacPBESHA1 alone",
			Notes: limits + "11 reads AES where the key length stands beside the PRF, as Java writes it, and the MAC is HMAC-SHA1.",
		},
		{
			ID: "java-8", Aliases: []string{"java", "jdk", "jre", "jdk-8", "jre-8", "openjdk-8", "java-1.8", "java-8u301"}, Family: "Java", Title: "Java 8u301", Since: "8u301",
			Reads: modern, Basis: Measured, Source: backport + "OpenJDK 8u504",
			Notes: limits + "8u301 is Oracle's number; which OpenJDK 8 was the first is not known. OpenJDK 8u504 writes legacy-rc2.",
		},
		{
			ID: "java-11", Aliases: []string{"jdk-11", "openjdk-11", "java-11.0.12"}, Family: "Java", Title: "Java 11.0.12", Since: "11.0.12",
			Reads: modern, Basis: Measured, Source: backport + "11.0.24, 11.0.33", Notes: limits + "Writes AES-256 from 11.0.12, an HMAC-SHA256 from 11.0.17 (JDK-8267880).",
		},
		{
			ID: "java-12", Aliases: []string{"java-13", "java-14", "java-15", "java-16"}, Family: "Java", Title: "Java 12", Since: "12",
			Reads: modern, Basis: FromSource, Source: "JDK-8076190, JDK-8267701", Notes: limits + "Writes legacy-rc2 up to 15, modern-2023 from 16 (JDK-8153005).",
		},
		{
			ID: "java-17", Aliases: []string{"jdk-17", "openjdk-17", "java-18", "java-19", "java-20"}, Family: "Java", Title: "Java 17", Since: "17",
			Reads: modern, Basis: Measured, Source: "17.0.15, 17.0.21", Notes: limits + "No Java reads AES-192.",
		},
		{
			ID: "java-21", Aliases: []string{"jdk-21", "openjdk-21", "java-22", "java-23", "java-24"}, Family: "Java", Title: "Java 21", Since: "21",
			Reads: from20, Basis: Measured, Source: "21.0.12.1", Notes: limits + "IBM Semeru 21 has PBMAC1 from September 2026 (ibmruntimes/openj9-openjdk-jdk21#463).",
		},
		{
			ID: "java-25", Aliases: []string{"jdk-25", "openjdk-25"}, Family: "Java", Title: "Java 25", Since: "25",
			Reads: from20, Basis: Measured, Source: "Temurin 25.0.3", Notes: limits + "25.0.3 refuses PBMAC1; 25.0.4 was not tried.",
		},
		{
			ID: "java-25.0.5", Aliases: []string{"jdk-25.0.5"}, Family: "Java", Title: "Java 25.0.5", Since: "25.0.5",
			Reads: pbmac1, Basis: Measured, Source: "OpenJDK 25.0.5 of Debian", Notes: limits,
		},
		{
			ID: "java-26", Aliases: []string{"jdk-26", "openjdk-26", "java-27", "jdk-27"}, Family: "Java", Title: "Java 26", Since: "26",
			Reads: pbmac1, Basis: Measured, Source: "JDK-8343232, JDK-8370042; 26.0.2.1, 27.0.1", Notes: limits,
		},
		{
			ID: "ibm-java-8", Aliases: []string{"ibm-java", "ibm-sdk-8"}, Family: "IBM Java", Title: "IBM SDK 8 before SR7 FP15",
			Reads: union(oldForms()), Basis: FromVendor, Source: "ibm.com/support/pages/node/6966722; openssl/openssl#17414",
			Notes: "Says \"Error extracting keyentry aliases from PFX\". Later service releases write AES; all that they read is not known.",
		},
	}
}

// opensslSets are what OpenSSL reads: before 3.0, from 3.0 on with the default
// provider, and from 3.5 on.
func opensslSets() (one, three, five []Feature) {
	common := union(these(CipherSHA1TripleDES, CipherSHA1TwoKeyDES, CipherPBES2TripleDES, CipherCamellia, PRFSHA1, MACSHA1), everyAES(), sha2PRFs(), sha2MACs(), inTheOpen())
	one = union(common, oldForms(), otherWeak(), these(CipherPBES1, CipherPBES2Legacy))
	three = union(common, these(KDFScrypt, PRFSHA512Trunc, MACSHA512Trunc))
	return one, three, union(three, these(MACPBMAC1, NoMAC))
}

func opensslConsumers() []Consumer {
	one, three, five := opensslSets()
	noSHA2 := union(oldForms(), otherWeak(), these(CipherSHA1TwoKeyDES, CipherPBES1, CipherPBES2TripleDES, CipherPBES2Legacy, PRFSHA1, PlainKeys, PlainCertificates), everyAES(), sha2MACs())
	const (
		wantsMAC = "The library call PKCS12_parse wants a MAC. "
		provider = "RC2, RC4 and DES need the legacy provider. "
	)
	return []Consumer{
		{
			ID: "openssl-0.9.8", Family: "OpenSSL", Title: "OpenSSL 0.9.8",
			Reads: noSHA2, Basis: FromSource, Source: "0.9.8zc crypto/evp/p5_crpt2.c (no PRF but HMAC-SHA1), crypto/evp/c_alld.c, crypto/pkcs12/p12_crpt.c",
			Notes: wantsMAC,
		},
		{
			ID: "openssl-1.0", Aliases: []string{"openssl-1.0.0", "openssl-1.0.1", "openssl-1.0.2"}, Family: "OpenSSL", Title: "OpenSSL 1.0", Since: "1.0.0",
			Reads: one, Basis: Measured, Source: "1.0.1u, 1.0.2o, 1.0.2s, in Node.js 0.12 to 8", Notes: wantsMAC,
		},
		{
			ID: "openssl-1.1.0", Family: "OpenSSL", Title: "OpenSSL 1.1.0", Since: "1.1.0",
			Reads: union(one, these(KDFScrypt)), Basis: Measured, Source: "1.1.0h, in Node.js 10.0", Notes: wantsMAC,
		},
		{
			ID: "openssl-1.1.1", Aliases: []string{"openssl-1.1"}, Family: "OpenSSL", Title: "OpenSSL 1.1.1", Since: "1.1.1",
			Reads: union(one, three), Basis: Measured, Source: "1.1.1w, and 1.1.1k, n, v in Node.js 10 to 16", Notes: wantsMAC,
		},
		{
			ID: "openssl-3.0", Aliases: []string{"openssl", "openssl-3", "openssl-3.1", "openssl-3.2", "openssl-3.3"}, Family: "OpenSSL", Title: "OpenSSL 3.0", Since: "3.0",
			Reads: three, Basis: Measured, Source: "3.0.19, and 3.0.16 in Node.js 18", Notes: provider + wantsMAC + "The openssl command reads a file without one.",
		},
		{
			ID: "openssl-3.4", Family: "OpenSSL", Title: "OpenSSL 3.4", Since: "3.4",
			Reads: union(three, these(MACPBMAC1)), Basis: FromSource, Source: "openssl/openssl CHANGES.md, from 3.3 to 3.4.0", Notes: provider + "Whether PKCS12_parse still wants a MAC was not tried.",
		},
		{
			ID: "openssl-3.5", Aliases: []string{"openssl-3.6", "openssl-4", "openssl-4.0"}, Family: "OpenSSL", Title: "OpenSSL 3.5", Since: "3.5",
			Reads: five, Basis: Measured, Source: "3.5.7, 3.6.5, 3.5.1 to 3.5.8 in Node.js, 4.0.0 in Python cryptography", Notes: provider,
		},
		{
			ID: "openssl-3-legacy", Aliases: []string{"openssl-legacy", "openssl-3.0-legacy"}, Family: "OpenSSL with the legacy provider", Title: "OpenSSL 3.0 with -legacy", Since: "3.0",
			Reads: union(one, three, these(NoMAC)), Basis: Measured, Source: "openssl pkcs12 -legacy of 3.0.19 and 3.5.7", Notes: "PBMAC1 too from 3.4 on.",
		},
		{
			ID: "openssl-fips", Aliases: []string{"openssl-3-fips"}, Family: "OpenSSL in FIPS mode", Title: "OpenSSL 3.4 with the FIPS provider alone", Since: "3.4",
			Reads: union(everyAES(), these(PRFSHA1, MACPBMAC1), sha2PRFs()), Basis: Reported, Source: "openssl/openssl#23755 (no PKCS12KDF in that provider); WASdev/ci.docker#784",
			Notes: "Opens no file whose MAC is not a PBMAC1. May refuse short passwords and salts as well.",
		},
		{
			ID: "libressl", Family: "LibreSSL", Title: "LibreSSL",
			Reads: union(noSHA2, sha2PRFs()), Basis: FromSource, Source: "libressl/openbsd evp_pbe.c and p12_kiss.c, of 2015 and of July 2026", Notes: wantsMAC + "No scrypt, no PBMAC1.",
		},
		{
			ID: "nodejs-8", Aliases: []string{"node-8", "node-4", "node-6"}, Family: "Node.js", Title: "Node.js 9",
			Reads: one, Basis: Measured, Source: "0.12.18, 4.9.1, 6.17.1, 8.17.0", Notes: "Carries OpenSSL 1.0.",
		},
		{
			ID: "nodejs-10", Aliases: []string{"node-10", "node-12", "node-14", "node-16"}, Family: "Node.js", Title: "Node.js 10", Since: "10",
			Reads: union(one, these(KDFScrypt)), Basis: Measured, Source: "10.0.0, 10.24.1, 12.22.12, 16.20.2", Notes: "Carries OpenSSL 1.1.0, later 1.1.1.",
		},
		{
			ID: "nodejs-18", Aliases: []string{"nodejs", "node", "node-18", "node-20", "nodejs-20", "node-22", "nodejs-22"}, Family: "Node.js", Title: "Node.js 18", Since: "18",
			Reads: three, Basis: Measured, Source: "18.20.8, 20.20.2", Notes: "Carries OpenSSL 3.0 without the legacy provider; says \"Unsupported PKCS12 PFX data\". 22 before 22.20 and 24 before 24.5 are the same.",
		},
		{
			ID: "nodejs-24", Aliases: []string{"node-24", "node-26", "nodejs-26"}, Family: "Node.js", Title: "Node.js 24.5", Since: "24.5",
			Reads: five, Basis: Measured, Source: "22.20.0, 22.23.3, 24.5.0, 24.21.0, 26.10.0", Notes: "Carries OpenSSL 3.5 without the legacy provider, as 22 does from 22.20 on.",
		},
		{
			ID: "python-cryptography-38", Aliases: []string{"cryptography-38"}, Family: "Python cryptography", Title: "Python cryptography 38", Since: "38",
			Reads: union(one, three), Basis: Measured, Source: "38.0.4", Notes: "Loads the legacy provider by itself. A later wheel with OpenSSL 3.4 brought PBMAC1; which one was not tried.",
		},
		{
			ID: "python-cryptography-48", Aliases: []string{"python-cryptography", "cryptography", "pyca"}, Family: "Python cryptography", Title: "Python cryptography 48", Since: "48",
			Reads: union(one, five), Basis: Measured, Source: "48.0.0 on OpenSSL 4.0.0", Notes: "Loads the legacy provider by itself.",
		},
	}
}

func libraryConsumers() []Consumer {
	gnutls := union(these(CipherSHA1TripleDES, CipherSHA1RC2x40, CipherSHA1RC4x128, CipherPBES2TripleDES, PRFSHA1, MACSHA1), everyAES(), sha2PRFs(), sha2MACs(), inTheOpen())
	nss := union(oldForms(), otherWeak(), these(CipherPBES2TripleDES, CipherPBES2Legacy, PRFSHA1), everyAES(), sha2PRFs(), sha2MACs(), inTheOpen())
	bouncy := union(oldForms(), otherWeak(), these(CipherSHA1TwoKeyDES, CipherPBES2TripleDES, CipherCamellia, PRFSHA1, MACSHA256, PlainCertificates), everyAES(), sha2PRFs())
	goModern := union(oldForms(), these(CipherSHA1RC2x128, PRFSHA1, PRFSHA256, MACSHA256), everyAES(), inTheOpen())
	go512 := union(goModern, these(PRFSHA512, MACSHA512))
	const (
		afterImport = "pk12util imports a file whose PBMAC1 it cannot check, and then fails. "
		bouncyMACs  = "Of the MACs knows SHA-1 and SHA-256 alone. Opens a file with neither MAC nor encryption with a null password only. "
		goLimits    = "DER alone, so nothing that NSS writes; one key a file."
	)
	return []Consumer{
		{
			ID: "gnutls-3.6", Aliases: []string{"gnutls-3", "gnutls-3.4"}, Family: "GnuTLS", Title: "GnuTLS 3.6",
			Reads: union(these(CipherSHA1TripleDES, CipherSHA1RC2x40, CipherSHA1RC4x128, MACSHA1)), Basis: FromSource, Source: "gnutls NEWS 1.3.1, 3.1.10, 3.6.0, 3.7.3",
			Notes: "NEWS speaks of AES from 2.x on and of SHA-384 and SHA-512 MACs from 3.6.0; not tried.",
		},
		{
			ID: "gnutls-3.7", Aliases: []string{"gnutls", "certtool"}, Family: "GnuTLS", Title: "GnuTLS 3.7.1", Since: "3.7.1",
			Reads: gnutls, Basis: Measured, Source: "certtool 3.7.1, 3.7.9", Notes: "certtool shows what is in a file without a MAC, and then fails.",
		},
		{
			ID: "gnutls-3.8.6", Aliases: []string{"gnutls-3.8"}, Family: "GnuTLS", Title: "GnuTLS 3.8.6", Since: "3.8.6",
			Reads: union(gnutls, these(MACPBMAC1)), Basis: Measured, Source: "gnutls NEWS 3.8.6; certtool 3.8.9, 3.8.13", Notes: "PBMAC1 with SHA-1 to SHA-512, not shortened.",
		},
		{
			ID: "nss-3.28", Family: "NSS", Title: "NSS 3.29",
			Reads: union(oldForms(), otherWeak()), Basis: FromSource, Source: "Mozilla bugs 1268143 (SHA-256 MAC, in 3.29) and 1268141 (AES, in 3.30)",
		},
		{
			ID: "nss-3.30", Family: "NSS", Title: "NSS 3.30", Since: "3.30",
			Reads: nss, Basis: Measured, Source: "pk12util 3.61", Notes: afterImport,
		},
		{
			ID: "nss-3.71", Family: "NSS", Title: "NSS 3.71", Since: "3.71",
			Reads: union(nss, these(CipherCamellia)), Basis: Measured, Source: "Mozilla bug 1373716; pk12util 3.87", Notes: afterImport,
		},
		{
			ID: "nss-3.101", Aliases: []string{"nss", "pk12util", "firefox", "thunderbird"}, Family: "NSS", Title: "NSS 3.101", Since: "3.101",
			Reads: union(nss, these(CipherCamellia, CipherSHA1TwoKeyDES, MACPBMAC1)), Basis: Measured, Source: "NSS 3.101 release notes (Mozilla bug 1793811); pk12util 3.110, 3.132",
			Notes: "PBMAC1 with SHA-1 to SHA-512, not shortened. Firefox 128 and later carry this or a newer one. 3.123 alone stopped at 5,000,000 iterations.",
		},
		{
			ID: "chromium-linux", Aliases: []string{"chromium", "chrome-linux"}, Family: "Chromium on Linux", Title: "Chromium on Linux",
			Reads: union(oldForms()), Basis: Reported, Source: "openssl/openssl#23600", Notes: "Stands on NSS, yet in 2024 called an AES file invalid that Firefox took. Newer ones were not tried.",
		},
		{
			ID: "bouncy-castle-1.68", Aliases: []string{"bouncy-castle", "bc"}, Family: "Bouncy Castle", Title: "Bouncy Castle 1.68", Since: "1.68",
			Reads: union(bouncy, these(IterationsOver5Million)), Basis: Measured, Source: "1.68 on Java 11, 1.72 on Java 17", Notes: bouncyMACs + "1.68 fails at AES on Java 17.",
		},
		{
			ID: "bouncy-castle-1.78", Family: "Bouncy Castle", Title: "Bouncy Castle 1.78", Since: "1.78",
			Reads: union(bouncy, these(CipherAESGCM, PlainKeys)), Basis: Measured, Source: "release notes 1.78; 1.80", Notes: bouncyMACs + "Refuses more than 5,000,000 iterations from 1.84 on.",
		},
		{
			ID: "bouncy-castle-1.86", Family: "Bouncy Castle", Title: "Bouncy Castle 1.86", Since: "1.86",
			Reads: union(bouncy, these(CipherAESGCM, PlainKeys, PRFSHA512Trunc, MACPBMAC1)), Basis: Measured, Source: "1.86.2", Notes: bouncyMACs + "PBMAC1 with SHA-256 or SHA-512 alone; 1.84 has it as type PKCS12-PBMAC1.",
		},
		{
			ID: "go-x-crypto", Aliases: []string{"x-crypto", "golang.org/x/crypto/pkcs12"}, Family: "golang.org/x/crypto/pkcs12", Title: "golang.org/x/crypto/pkcs12",
			Reads: union(oldForms(), these(PlainCertificates)), Basis: Measured, Source: "v0.58.0", Notes: "Frozen. One key with one certificate; at most 1,048,576 iterations.",
		},
		{
			ID: "go-pkcs12-0.4", Family: "go-pkcs12", Title: "go-pkcs12 0.4", Since: "0.4.0",
			Reads: goModern, Basis: Measured, Source: "v0.4.0", Notes: goLimits,
		},
		{
			ID: "go-pkcs12-0.5", Family: "go-pkcs12", Title: "go-pkcs12 0.5", Since: "0.5.0",
			Reads: go512, Basis: Measured, Source: "v0.5.0", Notes: goLimits,
		},
		{
			ID: "go-pkcs12-0.6", Aliases: []string{"go-pkcs12", "go-pkcs12-0.7"}, Family: "go-pkcs12", Title: "go-pkcs12 0.6", Since: "0.6.0",
			Reads: union(go512, these(MACPBMAC1)), Basis: Measured, Source: "v0.6.0, v0.7.0, v0.7.4", Notes: goLimits,
		},
		{
			ID: "node-forge", Aliases: []string{"forge"}, Family: "node-forge", Title: "node-forge",
			Reads: union(oldForms(), these(CipherPBES2TripleDES, PRFSHA1, PRFSHA256, PRFSHA384, PRFSHA512, MACSHA256, MACSHA384, MACSHA512, NoMAC), everyAES(), inTheOpen()),
			Basis: Measured, Source: "1.4.3",
		},
		{
			ID: "dotnet", Aliases: []string{".net", "dotnet-linux"}, Family: ".NET on Linux", Title: ".NET 5 on Linux", Since: "5",
			Reads: union(oldForms(), these(CipherSHA1TwoKeyDES, CipherSHA1RC2x128, CipherPBES1, CipherPBES2TripleDES, CipherPBES2Legacy, PRFSHA1, PRFSHA256, PRFSHA384, PRFSHA512, MACSHA256, MACSHA384, MACSHA512), everyAES()),
			Basis: FromSource, Source: "dotnet/runtime PasswordBasedEncryption.cs, PfxAsn.manual.cs, Pkcs12LoaderLimits.cs",
			Notes: "On Windows the system reads the file. X509CertificateLoader stops at 300,000 iterations. Files without a MAC were not looked into.",
		},
		{
			ID: "gskit-8", Aliases: []string{"gskit", "ikeyman", "gskcapicmd"}, Family: "IBM GSKit", Title: "IBM GSKit 8",
			Reads: union(oldForms()), Basis: Reported, Source: "openssl/openssl#17414 (iKeyman), zowe/docs-site#2459 (z/OS)", Notes: "Refused AES in 2022; which fix level reads it, if any, is not known.",
		},
	}
}

func systemConsumers() []Consumer {
	const (
		pbes2Export = "learn.microsoft.com PKCS12_PBES2_EXPORT_PARAMS (Windows 10 1709, Windows Server 2019); dsccommunity/CertificateDsc#153"
		windowsOld  = "Calls the password of an AES file wrong. RC2-128, RC4 and files without a MAC were not tried."
		windowsNew  = "AES-256 with SHA-256 is what Windows itself writes; other AES, and PBMAC1, are not known."
		security    = "apple-oss-distributions/Security "
	)
	windows := func(id, title, since string, aliases ...string) Consumer {
		return Consumer{
			ID: id, Aliases: aliases, Family: "Windows", Title: title, Since: since,
			Reads: union(oldForms()), Basis: FromVendor, Source: pbes2Export, Notes: windowsOld,
		}
	}
	windowsAES := func(id, title, since string, aliases ...string) Consumer {
		c := windows(id, title, since, aliases...)
		c.Reads, c.Notes = union(oldForms(), these(CipherAES256, PRFSHA256, MACSHA256)), windowsNew
		return c
	}
	apple := union(oldForms(), otherWeak(), these(PlainCertificates))
	apple256 := union(apple, these(CipherAES256, PRFSHA256), sha2MACs())
	android := union(oldForms(), these(CipherSHA1TwoKeyDES, CipherSHA1RC2x128))
	return []Consumer{
		windows("windows-7", "Windows 7", "", "windows-server-2008-r2", "windows-server-2008", "windows-2008"),
		windows("windows-8.1", "Windows 8.1", "8.1", "windows-8", "windows-server-2012-r2", "windows-server-2012", "windows-2012"),
		windows("windows-server-2016", "Windows Server 2016", "10", "windows", "windows-server", "windows-2016", "server-2016", "windows-10-1607"),
		windowsAES("windows-10", "Windows 10 1709", "10 1709", "windows-10-1709"),
		windowsAES("windows-server-2019", "Windows Server 2019", "Server 2019", "windows-2019", "server-2019"),
		windowsAES("windows-11", "Windows 11", "11"),
		windowsAES("windows-server-2022", "Windows Server 2022", "Server 2022", "windows-2022", "server-2022"),
		windowsAES("windows-server-2025", "Windows Server 2025", "Server 2025", "windows-2025", "server-2025"),
		{
			ID: "macos-14", Aliases: []string{"macos-11", "macos-12", "macos-13"}, Family: "macOS", Title: "macOS 14",
			Reads: apple, Basis: FromSource, Source: security + "p12import.c and pkcs12Crypto.cpp up to tag 61123; pyca/cryptography#7293",
			Notes: "Says \"MAC verification failed during PKCS12 import (wrong password?)\" of an AES file. Drops keys in the open.",
		},
		{
			ID: "macos-15", Aliases: []string{"macos", "macos-26"}, Family: "macOS", Title: "macOS 15", Since: "15",
			Reads: apple256, Basis: FromSource, Source: security + "p12import.c of tags 61439.1.1 and 61901; tauri-apps/tauri#15844",
			Notes: "Takes all PBES2 for AES-256 with HMAC-SHA256. On macOS 26 security import wants -f pkcs12. Drops keys in the open. No PBMAC1.",
		},
		{
			ID: "ios-17", Aliases: []string{"ipados-17", "ios-16", "ios-15"}, Family: "iOS", Title: "iOS 17",
			Reads: apple, Basis: FromSource, Source: security + "p12import.c up to tag 61123; gunnarhaslinger/SMIME-OpenSSL-CA#1", Notes: "Drops keys in the open.",
		},
		{
			ID: "ios-18", Aliases: []string{"ios", "ipados", "ipados-18", "ios-26"}, Family: "iOS", Title: "iOS 18", Since: "18",
			Reads: apple256, Basis: FromSource, Source: security + "p12import.c of tags 61439.1.1 and 61901, which macOS 15 and iOS 18 share", Notes: "Takes all PBES2 for AES-256 with HMAC-SHA256. Drops keys in the open. No PBMAC1.",
		},
		{
			ID: "android-13", Aliases: []string{"android-11", "android-12"}, Family: "Android", Title: "Android 13",
			Reads: android, Basis: FromSource, Source: "AOSP external/bouncycastle: PBEPBKDF2.java and SHA256.java leave out what PBES2 and the MAC need; strongswan/strongswan-docs#5",
			Notes: "Calls the password of an AES file wrong.",
		},
		{
			ID: "android-14", Aliases: []string{"android", "android-15", "android-16"}, Family: "Android", Title: "Android 14", Since: "14",
			Reads: android, Basis: Inferred, Source: "as android-13; thevindu-w/clip_share_server#48", Notes: "Users say that AES files work from 14 on; nothing from Google was found.",
		},
	}
}

func productConsumers() []Consumer {
	before, java17 := javaBefore(), javaFrom8u301()
	const (
		legacy = "HCL has stores made with an old keytool or -J-Dkeystore.pkcs12.legacy, which is legacy-rc2. Whether AES is read is not said, so nothing is built on it."
		jetty  = "The default type of Jetty 9.4 is JKS: set keyStoreType to PKCS12. "
	)
	return []Consumer{
		{
			ID: "sametime-11", Aliases: []string{"sametime-mux-11"}, Family: "HCL Sametime", Title: "HCL Sametime 11", OnlyRSA: true, Since: "11",
			Reads: union(oldForms()), Basis: Inferred, Source: "as sametime-12; help.hcltechsw.com/sametime/11.6/admin/implement_tls_configuration.html (GSKit, p12 or jks)", Notes: legacy,
		},
		{
			ID: "sametime-12", Aliases: []string{"sametime", "sametime-mux", "sametime-mux-12"}, Family: "HCL Sametime", Title: "HCL Sametime 12", OnlyRSA: true, Since: "12",
			Reads: union(oldForms()), Basis: FromVendor, Source: "HCL's slides for 12.0.1 FP1 (DNUG Stammtisch Wien); opensource.hcltechsw.com/sametime-doc: implement_tls_configuration", Notes: legacy,
		},
		{
			ID: "sametime-truststore", Aliases: []string{"sametime-ldap", "sametime-saml"}, Family: "HCL Sametime trust stores", Title: "HCL Sametime trust stores",
			Reads: union(oldForms()), Basis: FromVendor, Source: "opensource.hcltechsw.com/sametime-doc: t_troubleshooting_ldap_kubernetes, t_create_truststore_SAML", Notes: "The trust stores for LDAP, SAML and photos. " + legacy,
		},
		{
			ID: "genesys-gms-java-8", Aliases: []string{"genesys-gms", "gms", "gms-java-8"}, Family: "Genesys Mobile Services", Title: "Genesys Mobile Services on Java 8",
			Reads: before, Basis: Inferred, Source: "as java-8-before-301; docs.genesys.com GMS 8.5.2 (Java 1.8, Jetty 9.4)", Notes: jetty + "Where its Java is 8u301 or newer, name java-8.",
		},
		{
			ID: "genesys-gms-java-17", Aliases: []string{"gms-java-17"}, Family: "Genesys Mobile Services", Title: "Genesys Mobile Services on Java 17", Since: "8.5.227",
			Reads: java17, Basis: Inferred, Source: "as java-17; docs.genesys.com GMS 8.5.227", Notes: jetty,
		},
		{
			ID: "teamwork-cloud-java-8", Aliases: []string{"teamwork-cloud-java-11"}, Family: "Teamwork Cloud", Title: "Teamwork Cloud on Java 8 or 11", OnlyRSA: true,
			Reads: before, Basis: Inferred, Source: "as java-8-before-301, java-11-before-12", Notes: "Where its Java is 8u301, 11.0.12 or newer, name java-8 or java-11.",
		},
		{
			ID: "teamwork-cloud", Aliases: []string{"magic-collaboration-studio", "twc", "mcs", "teamwork-cloud-java-17"}, Family: "Teamwork Cloud", Title: "Teamwork Cloud on Java 17", OnlyRSA: true, Since: "Java 17",
			Reads: java17, Basis: Inferred, Source: "as java-17; docs.nomagic.com (keystore.p12, type PKCS12)", Notes: "So is Magic Collaboration Studio.",
		},
	}
}

// ConsumerByID finds a consumer by its ID or an alias. Case, blanks, hyphens,
// underscores and slashes do not count, dots only between digits: "Java17" and
// "java-17" are one, "java-1.8" and "java-18" are two.
func ConsumerByID(id string) (Consumer, bool) {
	want := bareName(id)
	is := func(s string) bool { return bareName(s) == want }
	for _, c := range consumerTable() {
		if is(c.ID) || slices.ContainsFunc(c.Aliases, is) {
			return c, true
		}
	}
	return Consumer{}, false
}

func bareName(id string) string {
	digit := func(i int) bool { return i >= 0 && i < len(id) && id[i] >= '0' && id[i] <= '9' }
	var b strings.Builder
	for i, r := range id {
		if strings.ContainsRune(" -_/", r) || r == '.' && (!digit(i-1) || !digit(i+1)) {
			continue
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// UnknownConsumerError means that no consumer has the name ID.
type UnknownConsumerError struct{ ID string }

func (e *UnknownConsumerError) Error() string { return fmt.Sprintf("unknown consumer %q", e.ID) }

// NoProfileError means that no profile is read by all the consumers named.
type NoProfileError struct {
	Consumers []Consumer
	// Best has for each of them the profile that it would get alone; the Name
	// is empty when there is none.
	Best []Profile
}

func (e *NoProfileError) Error() string {
	var needs []string
	for i, c := range e.Consumers {
		best := e.Best[i].Name
		if best == "" {
			best = "none of them"
		}
		needs = append(needs, c.ID+" reads "+best+" at best")
	}
	return "no one profile is read by all: " + strings.Join(needs, ", ")
}

// StrongestFor returns the strongest profile that all the consumers read, given
// by ID or alias; the default profile when none is given. Where a vendor's
// instructions come to one profile and all the others read that, it is that
// one. It is never the password-less one, which protects nothing.
//
// Errors: *UnknownConsumerError, *NoProfileError.
func StrongestFor(ids ...string) (Profile, error) {
	var named []Consumer
	for _, id := range ids {
		c, ok := ConsumerByID(id)
		if !ok {
			return Profile{}, &UnknownConsumerError{ID: id}
		}
		named = append(named, c)
	}
	if len(named) == 0 {
		return Modern2023(), nil
	}
	if p, ok := strongest(named); ok {
		return p, nil
	}
	e := &NoProfileError{Consumers: named}
	for _, c := range named {
		p, _ := strongest([]Consumer{c})
		e.Best = append(e.Best, p)
	}
	return Profile{}, e
}

func strongest(named []Consumer) (Profile, bool) {
	for _, p := range Profiles() {
		fails := func(c Consumer) bool { return len(c.Missing(p.Features())) > 0 }
		if p.Key.Scheme != SchemeNone && !slices.ContainsFunc(named, fails) {
			return p, true
		}
	}
	return Profile{}, false
}

// Missing returns those of the features that the consumer is not known to read.
func (c Consumer) Missing(features []Feature) []Feature {
	var missing []Feature
	for _, f := range features {
		if !slices.Contains(c.Reads, f) {
			missing = append(missing, f)
		}
	}
	return missing
}

// Verdict is whether a consumer opens a file.
type Verdict struct {
	Consumer Consumer
	// Reads is false also when nobody is known to have tried.
	Reads bool
	// Missing is what the file asks for beyond what the consumer reads.
	Missing []Feature
}

// Readers judges every consumer by the features of a file, in the order of the
// table.
func Readers(features []Feature) []Verdict {
	table := consumerTable()
	verdicts := make([]Verdict, 0, len(table))
	for _, c := range table {
		missing := c.Missing(features)
		verdicts = append(verdicts, Verdict{Consumer: c, Reads: len(missing) == 0, Missing: missing})
	}
	return verdicts
}
