package pkcs12x

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"
)

// Kind says what an entry is, in the words of the Java KeyStore API.
type Kind string

// The kinds of entry. The strings are part of the JSON contract of the tools
// that print them.
const (
	PrivateKey         Kind = "private-key"
	TrustedCertificate Kind = "trusted-certificate" // carries Java's trusted-key-usage attribute
	SecretKey          Kind = "secret-key"
	PlainCertificate   Kind = "certificate" // neither trusted nor part of a chain: the JDK shows no such entry
	CRL                Kind = "crl"
	Opaque             Kind = "opaque" // a bag of a type this package does not know
)

// Store is the content of a PKCS#12 file as entries by alias, in the order in
// which the JDK would list them.
type Store struct {
	Entries []*Entry
	// Locked says for each safe that could not be decrypted why: ErrLocked
	// (Peek), ErrPassword (it has another password than the MAC) or
	// ErrUnsupported.
	Locked []error
	// Features are what a program must know to open the file, as far as it was
	// opened.
	Features []Feature
}

// Entry is one thing in a store: a key with its chain, a certificate, a secret.
type Entry struct {
	// Alias is unique in the store without regard to case. It is the
	// friendlyName as it stands in the file, else the number that the JDK would
	// show; a name that is taken gets "-2", "-3" ... behind it.
	Alias string
	// JavaAlias is the name under which the JDK lists the entry: lower case.
	// It is empty for what the JDK does not list.
	JavaAlias string
	Kind      Kind
	// Key is set for private and secret keys.
	Key *Key
	// Chain is the leaf and its issuers, leaf first, for a private key; the one
	// certificate for the certificate kinds.
	Chain []*Certificate
	// Type and Value are the type identifier and the DER content of a CRL, of a
	// secret that is not in the JDK's form, or of an opaque bag.
	Type  asn1.ObjectIdentifier
	Value []byte
	// Attributes of the bag for CRLs and opaque bags; keys and certificates
	// carry their own.
	Attributes []Attribute
	// Created is the date that the JDK keeps in localKeyID, or zero.
	Created time.Time

	// stored is Alias as it was read; while it is unchanged, friendlyName is
	// written back as it was, or left out as it was.
	stored *string
}

// Key is a private or a secret key. It is in one of three states: open (PKCS8
// is set), shrouded (PKCS8 is nil, Shrouded is set), or shrouded with Err when
// unlocking was tried in vain.
type Key struct {
	// PKCS8 is the PrivateKeyInfo in DER (RFC 5208, RFC 5958); for secret keys
	// the same structure around the raw key, as the JDK writes it.
	PKCS8 []byte
	// Shrouded is the EncryptedPrivateKeyInfo in DER as it stood in the file.
	Shrouded []byte
	// Protection is the scheme of Shrouded; nil for a key that was in the open.
	Protection *Protection
	// Algorithm and Parameters are the AlgorithmIdentifier of PKCS8; Parameters
	// is raw DER and may be nil.
	Algorithm  asn1.ObjectIdentifier
	Parameters []byte
	// Private is the parsed key: *rsa.PrivateKey (also for RSASSA-PSS),
	// *ecdsa.PrivateKey, ed25519.PrivateKey or *ecdh.PrivateKey. It is nil for
	// secret keys and for algorithms Go does not know, whose bytes are kept all
	// the same.
	Private any
	// Err says why the key is still locked or could not be parsed.
	Err        error
	Attributes []Attribute

	secret bool // PKCS8 holds a secret key
}

// Certificate is an X.509 certificate as the store holds it. Raw is always
// there; the outline is read without crypto/x509, which refuses, among others,
// unknown curves and negative serial numbers; X509 is nil when it does.
type Certificate struct {
	Raw  []byte
	X509 *x509.Certificate
	// Err says why X509 is nil.
	Err error

	Version            int // 1 to 3
	Serial             *big.Int
	SignatureAlgorithm asn1.ObjectIdentifier
	RawIssuer          []byte
	RawSubject         []byte
	NotBefore          time.Time
	NotAfter           time.Time
	RawSPKI            []byte // SubjectPublicKeyInfo
	KeyAlgorithm       asn1.ObjectIdentifier
	KeyParameters      []byte // raw DER, may be nil
	Extensions         []pkix.Extension
	SubjectKeyID       []byte
	AuthorityKeyID     []byte

	// Attributes are those of the bag.
	Attributes []Attribute
}

// Attribute is a bag attribute (RFC 7292 section 4.2). Values are the raw DER
// elements of its SET.
type Attribute struct {
	ID     asn1.ObjectIdentifier
	Values [][]byte
}

// Protection is one encryption scheme with its parameters, as found in a file.
type Protection struct {
	// Name is the scheme in the field's words: "PBES2 AES-256-CBC",
	// "PBE-SHA1-RC2-40" ...
	Name string
	// KDF is the derivation: "PBKDF2-HMAC-SHA256", "scrypt", "PKCS12-SHA1",
	// "PBKDF1-MD5".
	KDF string
	// Iterations of the KDF; N for scrypt.
	Iterations int
	// Features are what a program must know to undo it.
	Features []Feature
	// Err is set when this package cannot undo it: an unknown algorithm, or a
	// parameter over a limit.
	Err error
}

// Integrity is the MAC of a file.
type Integrity struct {
	// Name is "HMAC-SHA256" (key from RFC 7292 appendix B) or "PBMAC1
	// HMAC-SHA256" (RFC 9579) and so on.
	Name       string
	KDF        string
	Iterations int
	Features   []Feature
	Err        error
}
