// Package level says in what the keytools of the JDKs differ, as one table. A
// difference is a field of [Level] and never a comparison of numbers elsewhere.
package level

import (
	"fmt"
	"strconv"
)

// Default is the level of whoever asks for none.
const Default = 21

// Level is what the keytool of a JDK does.
type Level struct {
	// Number is the JDK's: 8, 11, 17, 21, 25, 26. It is for messages and for -version.
	Number int

	// Stores is how keystores are opened and written.
	Stores
	// KeyAlgorithm and SecretAlgorithm are what -genkeypair and -genseckey take
	// without -keyalg; empty where that must be given (16, JDK-8212003).
	KeyAlgorithm, SecretAlgorithm string
	// RSABits, DHBits and ECGroup are what new keys are without -keysize.
	RSABits, DHBits int
	ECGroup         string
	// RSAHashes and ECHashes are the digests of signatures by the size of the key.
	RSAHashes, ECHashes []HashRule
	// QuietKeys tells that nothing is said of a new key without -v. CountedKeys tells
	// that it is said as "2,048 bit", with the size that was asked for, and -1 where
	// nobody has; UnsizedPSS, that nobody has for keys of RSASSA-PSS.
	QuietKeys, CountedKeys, UnsizedPSS bool
	// BareTitles tells that the curve of a new key is not said there, nor the size
	// that -groupname means: "256 bit EC", "-1 bit EC".
	BareTitles bool
	// Groups tells that there is -groupname, and that -keysize is warned of with EC
	// keys: since 12 (JDK-8213400), and in the updates of 11.
	Groups bool
	// ExactCurves tells that the case of letters counts in the name of a curve.
	ExactCurves bool
	// SerialBits is the size of new serial numbers: 64 since 16, 31 before.
	SerialBits int
	// NullPointers tells that the message of a NullPointerException says what was null
	// (JEP 358, since 15).
	NullPointers bool
	// ClassModules tells that the message of a ClassCastException says in which modules
	// the classes are, as since 11.
	ClassModules bool
	// PasswordKey is what a password is called that was stored under an algorithm of
	// its own; others are of PBE.
	PasswordKey string
	// Algorithms are those that are not there.
	Algorithms
	// Printing is how certificates are printed and judged.
	Printing
	// OldCommandLine is that of JDK 8, which is not looked through before it is
	// read: of several commands the last counts, nothing is said of options that
	// are given twice, there is no -conf, and providers are loaded by class alone. It
	// fails where a question finds the end of input.
	OldCommandLine bool
	// OpenInput tells that nothing is said of a password that may be seen while it
	// is typed: by 8 and 11.
	OpenInput bool
	// RawMLDSA tells that the signatures of ML-DSA take the octets of any private key
	// for their own, and complain about those, as in 26 and the updates of 17 and 21
	// (measured with 17.0.21 and 21.0.13).
	RawMLDSA bool
	// WholeReply tells that of several certificates in a reply each counts as often as
	// it is there, in the order of the file.
	WholeReply bool
	// LateWarnings tells that what there is to warn of is also said by a run that
	// fails, and not with -debug alone.
	LateWarnings bool
	// SeedKeys tells that private keys of ML-DSA and ML-KEM are written as their
	// seed: by 26, and since the updates of October 2026. 25.0.3 writes what is made
	// of it.
	SeedKeys bool
	// WrappedSizes tells that in the complaint about the size of an RSA key there is
	// the name of the exception behind it, too.
	WrappedSizes bool
	// NameHeader tells that the questions for a name have a line before them, and
	// that "." leaves a field out.
	NameHeader bool
	// EarlyExtensions tells that -ext refuses an empty value before it looks at
	// what it is of, as since JDK 20 rewrote the classes of extensions.
	EarlyExtensions bool
	// StrictLabels tells that the labels of a host name in -ext end in no hyphen
	// and have at most 63 characters, as in the updates of 2026 (measured with
	// 17.0.21 and 21.0.13).
	StrictLabels bool
	// FoldedWords tells that the words of -ext are abbreviated without case from
	// the start: "kE" is then any that begins with "ke".
	FoldedWords bool
	// NamedExtensions tells that extensions which Java knows are in the order of
	// Java's names for them, behind the others.
	NamedExtensions bool
}

// levels are the rows, the oldest first.
func levels() []Level {
	rsa8, ec8 := hashes8()
	rsa11, ec11 := hashes11()
	rsa19, ec19 := hashes19()
	l25 := Level{
		Number:       25,
		ClassModules: true,
		NullPointers: true,
		WrappedSizes: true,
		SerialBits:   64, Groups: true,
		RSAHashes: rsa19, ECHashes: ec19,
		PasswordKey:     "PBE",
		Stores:          stores25(),
		RSABits:         3072,
		DHBits:          3072,
		ECGroup:         "secp384r1",
		NameHeader:      true,
		LateWarnings:    true,
		EarlyExtensions: true,
		Printing:        printing25(),
	}
	l26 := l25
	l26.Number, l26.Stores = 26, stores26()
	l26.RawMLDSA, l26.SeedKeys = true, true
	return []Level{
		{
			Number:     8,
			OpenInput:  true,
			BareTitles: true,
			Algorithms: algorithms8(),
			SerialBits: 31,
			QuietKeys:  true, CountedKeys: true, UnsizedPSS: true,
			RSAHashes: rsa8, ECHashes: ec8,
			PasswordKey:    "PBEWithMD5AndDES",
			OldCommandLine: true, WholeReply: true,
			Stores:       stores8(),
			KeyAlgorithm: "DSA", SecretAlgorithm: "DES",
			RSABits:     2048,
			DHBits:      2048,
			ECGroup:     "secp256r1",
			FoldedWords: true, NamedExtensions: true,
			Printing: printing8(),
		},
		{
			Number:       11,
			ClassModules: true,
			OpenInput:    true,
			BareTitles:   true,
			Algorithms:   algorithms11(),
			SerialBits:   31, Groups: true, ExactCurves: true,
			QuietKeys: true, CountedKeys: true, UnsizedPSS: true,
			RSAHashes: rsa11, ECHashes: ec11,
			PasswordKey:  "PBEWithMD5AndDES",
			Stores:       stores11(),
			KeyAlgorithm: "DSA", SecretAlgorithm: "DES",
			RSABits:     2048,
			DHBits:      2048,
			ECGroup:     "secp256r1",
			FoldedWords: true,
			Printing:    printing11(),
		},
		{
			Number:       17,
			ClassModules: true,
			RawMLDSA:     true,
			NullPointers: true,
			SeedKeys:     true, UnsizedPSS: true,
			SerialBits: 64, Groups: true,
			CountedKeys: true,
			RSAHashes:   rsa11, ECHashes: ec11,
			PasswordKey:  "PBEWithMD5AndDES",
			Stores:       stores17(),
			RSABits:      2048,
			DHBits:       2048,
			ECGroup:      "secp256r1",
			StrictLabels: true,
			Printing:     printing17(),
		},
		{
			Number:       21,
			ClassModules: true,
			RawMLDSA:     true,
			NullPointers: true,
			SeedKeys:     true, WrappedSizes: true,
			SerialBits: 64, Groups: true,
			CountedKeys: true,
			RSAHashes:   rsa19, ECHashes: ec19,
			PasswordKey:     "PBE",
			Stores:          stores21(),
			RSABits:         3072,
			DHBits:          3072,
			ECGroup:         "secp384r1",
			NameHeader:      true,
			EarlyExtensions: true,
			StrictLabels:    true,
			Printing:        printing21(),
		},
		l25,
		l26,
	}
}

// Parse returns the level of a number; the empty word is [Default].
func Parse(word string) (Level, error) {
	if word == "" {
		word = strconv.Itoa(Default)
	}
	var known []int
	for _, l := range levels() {
		if strconv.Itoa(l.Number) == word {
			return l, nil
		}
		known = append(known, l.Number)
	}
	return Level{}, fmt.Errorf("there is no level %q of keytool; there are %v", word, known)
}
