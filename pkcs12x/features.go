package pkcs12x

// Feature is one thing that a program must know in order to open a file: a
// cipher, a derivation, a MAC, a habit such as leaving the MAC out, or a type of
// key that not everybody knows. The
// consumer table is made of them.
type Feature string

// The features. A file's set is the union over its safes, keys and MAC.
const (
	CipherSHA1TripleDES    Feature = "pbe-sha1-3des"      // pbeWithSHAAnd3-KeyTripleDES-CBC
	CipherSHA1TwoKeyDES    Feature = "pbe-sha1-3des-2key" // pbeWithSHAAnd2-KeyTripleDES-CBC
	CipherSHA1RC2x40       Feature = "pbe-sha1-rc2-40"
	CipherSHA1RC2x128      Feature = "pbe-sha1-rc2-128"
	CipherSHA1RC4x40       Feature = "pbe-sha1-rc4-40"
	CipherSHA1RC4x128      Feature = "pbe-sha1-rc4-128"
	CipherPBES1            Feature = "pbes1" // RFC 8018 PBES1: MD2, MD5 or SHA-1 with DES or RC2
	CipherAES128           Feature = "pbes2-aes-128"
	CipherAES192           Feature = "pbes2-aes-192"
	CipherAES256           Feature = "pbes2-aes-256"
	CipherAESGCM           Feature = "pbes2-aes-gcm"
	CipherPBES2TripleDES   Feature = "pbes2-3des"
	CipherPBES2Legacy      Feature = "pbes2-legacy" // DES, RC2 or RC5 in PBES2
	CipherCamellia         Feature = "pbes2-camellia"
	CipherUnknown          Feature = "unknown-cipher"
	PRFSHA1                Feature = "pbkdf2-sha1"
	PRFSHA224              Feature = "pbkdf2-sha224"
	PRFSHA256              Feature = "pbkdf2-sha256"
	PRFSHA384              Feature = "pbkdf2-sha384"
	PRFSHA512              Feature = "pbkdf2-sha512"
	PRFSHA512Trunc         Feature = "pbkdf2-sha512-t" // SHA-512/224 and SHA-512/256
	PRFUnknown             Feature = "pbkdf2-other"    // MD5, SHA-3 ...
	KDFScrypt              Feature = "scrypt"
	MACSHA1                Feature = "mac-sha1"
	MACSHA224              Feature = "mac-sha224"
	MACSHA256              Feature = "mac-sha256"
	MACSHA384              Feature = "mac-sha384"
	MACSHA512              Feature = "mac-sha512"
	MACSHA512Trunc         Feature = "mac-sha512-t" // SHA-512/224 and SHA-512/256
	MACPBMAC1              Feature = "pbmac1"
	MACUnknown             Feature = "unknown-mac" // MD5, SHA-3, GOST ...
	NoMAC                  Feature = "no-mac"
	PlainKeys              Feature = "plain-keys"         // keyBag: private keys in the open
	PlainCertificates      Feature = "plain-certificates" // certificates in an unencrypted safe
	IterationsOver5Million Feature = "iterations-over-5000000"
	KeyEd25519             Feature = "key-ed25519" // what is inside counts, too
)
