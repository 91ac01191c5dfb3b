package store

import (
	"encoding/asn1"
	"strconv"
	"strings"

	"muxkey/internal/keytool/exception"
	"muxkey/pkcs12x"
)

// keyAlgorithm is Java's name for the keys of an algorithm of private keys; empty
// when it has no KeyFactory for them.
func keyAlgorithm(id asn1.ObjectIdentifier) string {
	switch id.String() {
	case "1.2.840.113549.1.1.1":
		return "RSA"
	case "1.2.840.113549.1.1.10":
		return "RSASSA-PSS"
	case "1.2.840.10040.4.1":
		return "DSA"
	case "1.2.840.113549.1.3.1":
		return "DH"
	case "1.2.840.10045.2.1":
		return "EC"
	case "1.3.101.112", "1.3.101.113":
		return "EdDSA"
	case "1.3.101.110", "1.3.101.111":
		return "XDH"
	case "2.16.840.1.101.3.4.3.17", "2.16.840.1.101.3.4.3.18", "2.16.840.1.101.3.4.3.19":
		return "ML-DSA"
	case "2.16.840.1.101.3.4.4.1", "2.16.840.1.101.3.4.4.2", "2.16.840.1.101.3.4.4.3":
		return "ML-KEM"
	}
	return ""
}

// saltLen is the salt of all that the JDK writes, in octets.
const saltLen = 20

// encryption returns the scheme of one of Java's PBE algorithms; ok is false for one
// that PKCS#12 cannot name. Names are compared without case.
func encryption(name string) (e pkcs12x.Encryption, ok bool) {
	e.SaltLen = saltLen
	upper := strings.ToUpper(name)
	switch upper {
	case "PBEWITHSHA1ANDDESEDE":
		e.Scheme = pkcs12x.SchemeSHA1TripleDES
	case "PBEWITHSHA1ANDRC2_40":
		e.Scheme = pkcs12x.SchemeSHA1RC2x40
	case "PBEWITHSHA1ANDRC2_128":
		e.Scheme = pkcs12x.SchemeSHA1RC2x128
	case "PBEWITHSHA1ANDRC4_40":
		e.Scheme = pkcs12x.SchemeSHA1RC4x40
	case "PBEWITHSHA1ANDRC4_128":
		e.Scheme = pkcs12x.SchemeSHA1RC4x128
	case "PBEWITHMD5ANDDES", "PBE":
		e.Scheme = pkcs12x.SchemeMD5DES
	default:
		hash, cipher, found := strings.Cut(strings.TrimPrefix(upper, "PBEWITHHMAC"), "AND")
		switch hash {
		case "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA512/224", "SHA512/256":
			e.PRF = hash
		default:
			return e, false
		}
		switch cipher {
		case "AES_128":
			e.Scheme = pkcs12x.SchemeAES128
		case "AES_256":
			e.Scheme = pkcs12x.SchemeAES256
		default:
			found = false
		}
		return e, found && strings.HasPrefix(upper, "PBEWITHHMAC")
	}
	return e, true
}

// mac returns the MAC of one of Java's algorithms; ok is false for one that there is
// not.
func mac(name string, pbmac1 bool) (m pkcs12x.MACSpec, ok bool) {
	m.SaltLen = saltLen
	upper := strings.ToUpper(name)
	hash, classic := strings.CutPrefix(upper, "HMACPBE")
	if !classic {
		if hash, m.PBMAC1 = strings.CutPrefix(upper, "PBEWITHHMAC"); !m.PBMAC1 || !pbmac1 {
			return m, false
		}
	}
	switch hash {
	case "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA512/224", "SHA512/256":
		m.Hash = hash
		return m, true
	}
	return m, false
}

// settings are how a new PKCS#12 store, or a new key in one, is written.
type settings struct{ o Options }

// legacy tells that all is to be as it was before JDK 16.
func (s settings) legacy() bool {
	if s.o.Property != nil {
		if _, ok := s.o.Property("keystore.pkcs12.legacy"); ok {
			return true
		}
	}
	return false
}

// choose returns a setting: the legacy one, what the property says, or the default.
func (s settings) choose(property, legacy, modern string) string {
	if s.legacy() {
		return legacy
	}
	if text, ok := s.o.property(property); ok {
		return text
	}
	if s.o.Level.LegacyPKCS12 {
		return legacy
	}
	return modern
}

// maxIterations is what Java takes at most, in settings and in files.
const maxIterations = 5_000_000

func (s settings) count(property string, legacy, modern int) (int, error) {
	text := s.choose("keystore.pkcs12."+property, strconv.Itoa(legacy), strconv.Itoa(modern))
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, exception.Wrap(exception.IllegalArgument, "keystore.pkcs12."+property+" is not a number: "+text, err)
	}
	if n <= 0 || n > maxIterations {
		return 0, exception.New(exception.IllegalArgument, "Invalid keystore.pkcs12."+property+": "+text)
	}
	return int(n), nil
}

// The counts of the JDK (keystore.pkcs12.* in java.security).
const (
	modernCount    = 10_000
	legacyCount    = 50_000
	legacyMACCount = 100_000
	modernScheme   = "PBEWithHmacSHA256AndAES_256"
	none           = "NONE"
)

func (s settings) certAlgorithm() string {
	return s.choose("keystore.pkcs12.certProtectionAlgorithm", "PBEWithSHA1AndRC2_40", modernScheme)
}

func (s settings) certCount() (int, error) {
	return s.count("certPbeIterationCount", legacyCount, modernCount)
}

// keyAlgorithm heeds the other spelling of its property, too.
func (s settings) keyAlgorithm() string {
	name := "keystore.pkcs12.keyProtectionAlgorithm"
	if s.o.Property != nil {
		if _, ok := s.o.Property(name); !ok {
			name = "keystore.PKCS12.keyProtectionAlgorithm"
		}
	}
	return s.choose(name, "PBEWithSHA1AndDESede", modernScheme)
}

func (s settings) keyCount() (int, error) {
	return s.count("keyPbeIterationCount", legacyCount, modernCount)
}

func (s settings) macAlgorithm() string {
	return s.choose("keystore.pkcs12.macAlgorithm", "HmacPBESHA1", "HmacPBESHA256")
}

func (s settings) macCount() (int, error) {
	return s.count("macIterationCount", legacyMACCount, modernCount)
}

// Passwordless tells whether a new PKCS12 store gets neither encrypted certificates
// nor a MAC, so that no password is asked for.
func (o Options) Passwordless() bool {
	cert, _ := o.property("keystore.pkcs12.certProtectionAlgorithm")
	mac, _ := o.property("keystore.pkcs12.macAlgorithm")
	return cert == none && mac == none
}
