package keytool

import (
	"muxkey/certgen/jca"
	certtext "muxkey/internal/keytool/text"
)

// verify checks a signature under an AlgorithmIdentifier in DER. Its errors are
// those of package jca.
func verify(key certtext.Key, algorithm, message, signature []byte) error {
	public, err := jca.ParsePublicKey(key.SPKI)
	if err != nil {
		return err
	}
	s, err := jca.SignatureOf(algorithm)
	if err != nil {
		return err
	}
	return public.Verify(s, message, signature)
}
