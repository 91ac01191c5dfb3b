package keytool

import (
	"context"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/oid"
	"muxkey/internal/keytool/startdate"
	"muxkey/internal/keytool/store"
	certtext "muxkey/internal/keytool/text"
)

// privateKey opens the private key of an entry, as key does.
func (t *tool) privateKey(ctx context.Context, alias string, keyPass *string) (*jca.PrivateKey, *string, error) {
	key, password, err := t.key(ctx, alias, t.call.StorePass, keyPass)
	if err != nil {
		return nil, nil, err
	}
	if key.PKCS8 == nil {
		return nil, nil, t.notPrivate(key)
	}
	private, err := jca.ParsePrivateKey(key.PKCS8)
	if err != nil {
		return nil, nil, exception.Wrap(exception.InvalidKey, err.Error(), err)
	}
	return private, password, nil
}

// notPrivate is what Java says of a secret key, by the classes that it has for them.
func (t *tool) notPrivate(k *store.Key) error {
	secret, private := "javax.crypto.spec.SecretKeySpec", "java.security.PrivateKey"
	if t.isPKCS12() && strings.HasPrefix(k.Algorithm, "PBE") {
		secret = "com.sun.crypto.provider.PBEKey"
	}
	if !t.level.ClassModules {
		return exception.New("java.lang.ClassCastException", secret+" cannot be cast to "+private)
	}
	return exception.New("java.lang.ClassCastException",
		fmt.Sprintf("class %[1]s cannot be cast to class %[2]s (%[1]s and %[2]s are in module java.base of loader 'bootstrap')", secret, private))
}

// ownCertificate is the first certificate of an entry; nil when it has none.
func (t *tool) ownCertificate(alias string) (*certtext.Certificate, error) {
	e, ok := t.store.Entry(alias)
	if !ok || len(e.Chain) == 0 {
		return nil, nil
	}
	return t.certificate(e.Chain[0].Raw)
}

// signerCertificate is ownCertificate for an entry that must have one; a secret key
// has none.
func (t *tool) signerCertificate(alias string) (*certtext.Certificate, error) {
	c, err := t.ownCertificate(alias)
	if err == nil && c == nil {
		err = t.nullPointer(`Cannot invoke "java.security.cert.Certificate.getEncoded()" because "signerCert" is null`)
	}
	return c, err
}

// authority is what signs for others, and for how long.
type authority struct {
	cert     *certtext.Certificate
	from, to time.Time
	key      *jca.PrivateKey
	// sigAlg is a name that has not been looked up yet.
	sigAlg string
}

// authority makes that of an entry, in the order in which keytool misses things.
func (t *tool) authority(ctx context.Context, alias string) (a authority, err error) {
	if a.cert, err = t.signerCertificate(alias); err != nil {
		return a, err
	}
	if a.from, a.to, err = t.dates(exception.Plain); err != nil {
		return a, err
	}
	if a.key, _, err = t.privateKey(ctx, alias, t.call.KeyPass); err != nil {
		return a, err
	}
	a.sigAlg, err = t.signatureName(a.key.Public)
	return a, err
}

// notDerived is the complaint about a key that no signature is known for.
const notDerived = "Cannot derive signature algorithm"

// signatureName is -sigalg, or what a key signs with when nobody says.
func (t *tool) signatureName(k jca.PublicKey) (string, error) {
	if t.call.SigAlg != nil {
		return *t.call.SigAlg, nil
	}
	if name := t.level.SignatureFor(k.Algorithm, k.Group, k.Bits); name != "" {
		return name, nil
	}
	return "", exception.New(exception.Plain, notDerived)
}

// namedSignature is the algorithm of a name as it is used with a key.
func (t *tool) namedSignature(name string, k jca.PublicKey) (jca.Signature, error) {
	s, err := jca.FindSignature(name)
	if t.level.NamesFirst && (err != nil || !t.level.HasName(s.Name)) {
		return s, exception.New(exception.NoSuchAlgorithm, "unrecognized algorithm name: "+name)
	}
	if err == nil && !t.level.Signs(s.Name) {
		err = jca.ErrSignatureAlgorithm
	}
	if err != nil {
		return s, exception.Wrap(exception.NoSuchAlgorithm, name+" Signature not available", err)
	}
	if s.PSS != nil {
		if strings.EqualFold(name, "PSS") {
			// Java knows the signature under this name, and not that it has parameters.
			return s, exception.New(exception.Signature, "Parameters required for RSASSA-PSS signatures")
		}
		if s.PSS, err = jca.PSSWith("SHA-" + t.level.RSAHash(k.Bits)); err != nil {
			return s, err
		}
	}
	used, err := s.For(k)
	if err != nil {
		return s, t.unfit(s, k, err)
	}
	used.Null = t.level.NullParameters
	return used, nil
}

// unfit says in Java's words why a key does not sign with an algorithm.
func (t *tool) unfit(s jca.Signature, k jca.PublicKey, err error) error {
	invalid := func(message string) error { return exception.Wrap(exception.InvalidKey, message, err) }
	switch {
	case errors.Is(err, jca.ErrSignatureAlgorithm):
		return exception.Wrap(exception.Signature, "Cannot derive AlgorithmIdentifier", err)
	case errors.Is(err, jca.ErrKeyTooShort) && s.PSS != nil:
		return invalid(fmt.Sprintf("Key is too short, need min %d bytes", 2*s.PSS.SaltLength+2))
	case errors.Is(err, jca.ErrKeyTooShort):
		return invalid("Key is too short for this signature algorithm")
	case errors.Is(err, jca.ErrDigestTooShort):
		return invalid("The security strength of " + s.Digest() + " digest algorithm is not sufficient for this key size")
	case errors.Is(err, jca.ErrCurve):
		return invalid("Unsupported curve")
	}
	switch {
	case strings.HasSuffix(s.Name, "inP1363Format"):
		return invalid("Not an EC key: " + k.Algorithm)
	case strings.HasPrefix(s.Name, "Ed") && k.Algorithm == "EdDSA":
		return invalid("Parameters must be " + s.Name)
	case strings.HasPrefix(s.Name, "Ed"):
		return invalid("Unsupported key type")
	case strings.HasPrefix(s.Name, "ML-DSA") && t.level.RawMLDSA && !strings.HasPrefix(k.Algorithm, "ML-"):
		return invalid(rawMLDSA(k))
	case strings.HasPrefix(s.Name, "ML-DSA") && (k.Algorithm == "ML-DSA" || k.Algorithm == "ML-KEM" || k.Algorithm == "EdDSA" || k.Algorithm == "XDH"):
		return invalid("Unsupported parameter set name: " + k.Group)
	case strings.HasPrefix(s.Name, "ML-DSA") && (k.Algorithm == "DSA" || k.Algorithm == "DH" || k.Algorithm == "EC"):
		return invalid("algorithm identifier has params")
	case strings.HasPrefix(s.Name, "ML-DSA"):
		return invalid("Cannot parse input")
	}
	return invalid("No installed provider supports this key: " + keyClass(k))
}

// rawMLDSA is what comes of reading another private key as one of ML-DSA.
func rawMLDSA(k jca.PublicKey) string {
	switch {
	case k.Algorithm == "RSA", k.Algorithm == "RSASSA-PSS":
		return "Invalid both"
	case k.Algorithm == "EdDSA", k.Algorithm == "XDH", k.Algorithm == "EC" && k.Bits > 256:
		return "Unexpected length"
	case k.Algorithm == "DH" && k.Bits > 2048:
		return "Wrong tag: 2"
	}
	return "Too short"
}

// keyClass is the class that Java has for private keys.
func keyClass(k jca.PublicKey) string {
	switch k.Algorithm {
	case "RSA", "RSASSA-PSS":
		return "sun.security.rsa.RSAPrivateCrtKeyImpl"
	case "DSA":
		return "sun.security.provider.DSAPrivateKey"
	case "DH":
		return "com.sun.crypto.provider.DHPrivateKey"
	case "EC":
		return "sun.security.ec.ECPrivateKeyImpl"
	case "EdDSA":
		return "sun.security.ec.ed.EdDSAPrivateKeyImpl"
	case "XDH":
		return "sun.security.ec.XDHPrivateKeyImpl"
	case "ML-DSA", "ML-KEM":
		return "sun.security.pkcs.NamedPKCS8Key"
	}
	return "sun.security.pkcs.PKCS8Key"
}

// serial is the number of a new certificate: random bits, as many as the level's,
// that are not all zero.
func (t *tool) serial() (*big.Int, error) {
	n := make([]byte, (t.level.SerialBits+7)/8)
	for range attempts {
		if _, err := io.ReadFull(t.env.Rand, n); err != nil {
			return nil, fmt.Errorf("reading randomness: %w", err)
		}
		s := new(big.Int).SetBytes(n)
		if s.Rsh(s, uint(8*len(n)-t.level.SerialBits)); s.Sign() != 0 { // #nosec G115 -- less than eight
			return s, nil
		}
	}
	return nil, errors.New("the random source is broken: it gives nothing but zeros")
}

// dates are -startdate and as many days behind it as -validity says. class is the
// exception for an end that cannot be written.
func (t *tool) dates(class string) (from, to time.Time, err error) {
	from = t.env.Now()
	if t.call.StartDate != nil {
		if from, err = startdate.Parse(*t.call.StartDate, from, t.zone); err != nil {
			return from, to, err
		}
	}
	// Java counts in milliseconds of 64 bits, which may run over.
	to = time.UnixMilli(from.UnixMilli() + t.days()*24*60*60*1000)
	if y := to.UTC().Year(); y > 9999 {
		err = exception.New(class, fmt.Sprintf("Validity period ends at calendar year %d which is greater than 9999", y))
	}
	return from, to, err
}

// days is -validity, or its default.
func (t *tool) days() int64 {
	if t.call.Validity == nil {
		return 90
	}
	return *t.call.Validity
}

// oidSubjectKeyID is the extension that names the key of a certificate.
const oidSubjectKeyID = "2.5.29.14"

// keyIdentifier is what a certificate calls its key by; where it does not say, what
// follows from the key.
func keyIdentifier(c *certtext.Certificate) ([]byte, error) {
	for _, e := range c.Extensions {
		var id []byte
		if e.OID != oidSubjectKeyID {
			continue
		}
		if rest, err := asn1.Unmarshal(e.Value, &id); err == nil && len(rest) == 0 {
			return id, nil
		}
	}
	return subjectKeyID(c.Key)
}

func subjectKeyID(k certtext.Key) ([]byte, error) {
	id, err := jca.KeyID(k.SPKI)
	if err != nil {
		return nil, exception.Wrap(exception.InvalidKey, err.Error(), err)
	}
	return id, nil
}

// pkixExtensions are extensions as package extension takes them, but for the broken.
func pkixExtensions(list []certtext.Extension) ([]pkix.Extension, error) {
	var all []pkix.Extension
	for _, e := range list {
		if e.Broken() {
			continue
		}
		id, err := oid.Arcs(e.OID)
		if err != nil {
			return nil, err
		}
		all = append(all, pkix.Extension{Id: id, Critical: e.Critical, Value: e.Value})
	}
	return all, nil
}

// entryOf is a key as keystores take it.
func entryOf(k *jca.PrivateKey) *store.Key {
	return &store.Key{Algorithm: k.Public.Algorithm, PKCS8: k.PKCS8}
}
