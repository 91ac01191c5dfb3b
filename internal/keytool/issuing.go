package keytool

import (
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/extension"
	"muxkey/internal/keytool/startdate"
	"muxkey/internal/keytool/store"
	"muxkey/pkcs12x"
)

// defaultDays is -validity where it is not given.
const defaultDays = 90

// dates are those of a certificate or a revocation list.
func (t *tool) dates() (from, until time.Time, err error) {
	from = t.env.Now()
	if t.call.StartDate != nil {
		if from, err = startdate.Parse(*t.call.StartDate, from, t.zone); err != nil {
			return from, until, err
		}
	}
	const most = 1 << 30 // days; it is beyond all years that can be written
	until = from.UTC().AddDate(0, 0, int(min(t.days(), most)))
	if year := until.UTC().Year(); year > 9999 {
		return from, until, exception.New(exception.Plain, fmt.Sprintf("Validity period ends at calendar year %d which is greater than 9999", year))
	}
	return from, until, nil
}

// days is how long a certificate is valid.
func (t *tool) days() int64 {
	if t.call.Validity == nil {
		return defaultDays
	}
	return *t.call.Validity
}

// serial is a new serial number of the level's size, and not zero.
func (t *tool) serial() (*big.Int, error) {
	for {
		bits := make([]byte, (t.level.SerialBits+7)/8)
		if _, err := io.ReadFull(t.env.Rand, bits); err != nil {
			return nil, err
		}
		n := new(big.Int).SetBytes(bits)
		if n.Rsh(n, uint(8*len(bits)-t.level.SerialBits)); n.Sign() > 0 { // #nosec G115 -- less than eight
			return n, nil
		}
	}
}

// extensions are those of something new with a key. authority is the identifier of
// the key that signs; nil for the key itself.
func (t *tool) extensions(spki, authority []byte, given extension.Given) ([]pkix.Extension, error) {
	id, err := jca.KeyID(spki)
	if err != nil {
		return nil, exception.Wrap(exception.InvalidKey, err.Error(), err)
	}
	given.SubjectKeyID, given.AuthorityKeyID = id, authority
	return extension.Build(t.level, t.call.Ext, given)
}

// issuerKeyID is how certificates name the key of their issuer: as its own
// certificate does, else by a digest of the key. It is nil where that is the key
// that is certified.
func issuerKeyID(issuer *pkcs12x.Certificate, spki []byte) ([]byte, error) {
	if string(issuer.RawSPKI) == string(spki) {
		return nil, nil
	}
	if len(issuer.SubjectKeyID) > 0 {
		return issuer.SubjectKeyID, nil
	}
	return jca.KeyID(issuer.RawSPKI)
}

// signingKey reads a private key together with the certificate that belongs to it.
func signingKey(k *store.Key, cert *pkcs12x.Certificate) (*jca.PrivateKey, error) {
	key, err := jca.ParsePrivateKey(k.PKCS8)
	if err != nil {
		return nil, exception.Wrap(exception.InvalidKey, err.Error(), err)
	}
	key.Public.SPKI = cert.RawSPKI // not every private key tells its public half
	return key, nil
}

// signature is the algorithm that a key signs with: that of -sigalg, or the level's.
func (t *tool) signature(key jca.PublicKey) (jca.Signature, error) {
	name := text(t.call.SigAlg, t.level.SignatureFor(key.Algorithm, key.Group, key.Bits))
	if name == "" {
		return jca.Signature{}, exception.New(exception.Plain, "Cannot derive signature algorithm from "+key.Algorithm)
	}
	s, err := jca.FindSignature(name)
	if err != nil {
		return s, exception.Wrap(exception.NoSuchAlgorithm, name+" Signature not available", err)
	}
	if s.PSS != nil {
		if s.PSS, err = jca.PSSWith("SHA-" + t.level.RSAHash(key.Bits)); err != nil {
			return s, err
		}
	}
	if s, err = s.For(key); err != nil {
		return s, misfit(key, err)
	}
	return s, nil
}

// misfit is what Java says of a key and a signature that do not go together.
func misfit(key jca.PublicKey, err error) error {
	switch {
	case errors.Is(err, jca.ErrDigestTooShort):
		return exception.Wrap(exception.InvalidKey, fmt.Sprintf("The security strength of %s digest algorithm is not sufficient for this key size", "SHA-1"), err)
	case errors.Is(err, jca.ErrKeyTooShort):
		return exception.Wrap(exception.InvalidKey, "Key is too short for this signature algorithm", err)
	}
	return exception.Wrap(exception.InvalidKey, "No installed provider supports this key: "+privateClass(key.Algorithm), err)
}

// privateClass is the class of Java's private keys.
func privateClass(algorithm string) string {
	switch algorithm {
	case "EC":
		return "sun.security.ec.ECPrivateKeyImpl"
	case "EdDSA":
		return "sun.security.ec.ed.EdDSAPrivateKeyImpl"
	case "XDH":
		return "sun.security.ec.XDHPrivateKeyImpl"
	case "DSA":
		return "sun.security.provider.DSAPrivateKey"
	case "DH":
		return "com.sun.crypto.provider.DHPrivateKey"
	case "ML-DSA", "ML-KEM":
		return "sun.security.pkcs.NamedPKCS8Key"
	}
	return "sun.security.rsa.RSAPrivateCrtKeyImpl"
}
