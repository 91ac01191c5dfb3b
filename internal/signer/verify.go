package signer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
)

// verifies tells whether a signature is one of the digest, or of the message
// where opts name no hash.
func verifies(public crypto.PublicKey, digest []byte, opts crypto.SignerOpts, signature []byte) bool {
	switch public := public.(type) {
	case *rsa.PublicKey:
		if pss, ok := opts.(*rsa.PSSOptions); ok {
			return rsa.VerifyPSS(public, pss.HashFunc(), digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}) == nil
		}
		return rsa.VerifyPKCS1v15(public, opts.HashFunc(), digest, signature) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(public, digest, signature)
	case ed25519.PublicKey:
		return opts.HashFunc() == 0 && len(public) == ed25519.PublicKeySize && ed25519.Verify(public, digest, signature)
	}
	return false
}
