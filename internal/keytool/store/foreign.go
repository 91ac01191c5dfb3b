package store

import (
	"strings"

	"muxkey/internal/keytool/exception"
	"muxkey/pkcs12x"
)

// foreignSafe is what Java says of a PKCS#12 file whose certificates other programs
// have encrypted in a way that it does not know; nil of all others. Such files are
// refused though package pkcs12x reads them: scripts ask keytool whether Java does.
func foreignSafe(safes []pkcs12x.Safe, o Options) error {
	for _, s := range safes {
		if s.Protection == nil || s.Protection.Err != nil {
			continue
		}
		scheme, pbes2 := strings.CutPrefix(s.Protection.Name, "PBES2 ")
		switch {
		case pbes2 && s.Protection.KDF == "scrypt":
			return parameterError("PBKDF2", o)
		case pbes2 && scheme != "AES-128-CBC" && scheme != "AES-256-CBC":
			return parameterError("AES cipher", o)
		case s.Protection.Name == "PBE-SHA1-2DES", s.Protection.Name == "PBES1 SHA1-DES":
			return wrongPassword("keystore password was incorrect")
		}
	}
	return nil
}

func parameterError(expected string, o Options) error {
	message := "PBE parameter parsing error: expecting the object identifier for " + expected
	if o.Level.WrappedParameters {
		message = "parseAlgParameters failed: " + message
	}
	return exception.New(exception.IO, message)
}

// foreignMAC is Java's name for the MAC of a file that it does not know.
func foreignMAC(i *pkcs12x.Integrity, o Options) (name string, foreign bool) {
	family := "HmacPBE"
	if o.Level.PBMAC1 {
		family = "hmacpbe"
	}
	switch hash := strings.TrimPrefix(i.Name, "HMAC-"); {
	case strings.HasPrefix(hash, "SHA3-"):
		return family + "SHA3" + strings.TrimPrefix(hash, "SHA3-"), true
	case hash == "BLAKE2b-512":
		return family + "1.3.6.1.4.1.1722.12.2.1.16", true
	}
	return "", false
}
