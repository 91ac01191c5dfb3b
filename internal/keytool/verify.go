package keytool

import (
	"crypto/x509"
	"errors"

	certtext "muxkey/internal/keytool/text"
)

var (
	errNoSignature = errors.New("an unknown signature algorithm")
	errNoKey       = errors.New("a key that does not fit the signature")
)

// verify checks a signature under an AlgorithmIdentifier in DER.
func verify(key certtext.Key, algorithm, message, signature []byte) error {
	public, err := x509.ParsePKIXPublicKey(key.SPKI)
	if err != nil {
		return errNoKey
	}
	_ = algorithm
	c := &x509.Certificate{PublicKey: public}
	for a := x509.MD2WithRSA; a <= x509.PureEd25519; a++ {
		if c.CheckSignature(a, message, signature) == nil {
			return nil
		}
	}
	return errors.New("no")
}
