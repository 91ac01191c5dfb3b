package jca

import (
	"crypto/sha1" // #nosec G505 -- RFC 5280 names it; it protects nothing

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// KeyID is the SHA-1 of the bits of a SubjectPublicKeyInfo in DER (RFC 5280 section
// 4.2.1.2, method 1). The error is ErrDamaged.
func KeyID(spki []byte) ([]byte, error) {
	input := cryptobyte.String(spki)
	var info, algorithm cryptobyte.String
	var key []byte
	if !input.ReadASN1(&info, asn1.SEQUENCE) || !info.ReadASN1(&algorithm, asn1.SEQUENCE) || !info.ReadASN1BitStringAsBytes(&key) {
		return nil, ErrDamaged
	}
	id := sha1.Sum(key) // #nosec G401 -- as above
	return id[:], nil
}
