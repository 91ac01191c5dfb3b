package jca

import (
	"errors"
	"fmt"
)

var (
	// ErrKeyAlgorithm means that there is no key algorithm of that name.
	ErrKeyAlgorithm = errors.New("unknown key algorithm")
	// ErrSignatureAlgorithm means that there is no signature algorithm of that
	// name, or none that a certificate can name.
	ErrSignatureAlgorithm = errors.New("unknown signature algorithm")
	// ErrCurve means that there is no group of that name, or that nothing can be
	// done with keys of it.
	ErrCurve = errors.New("group not supported")
	// ErrKeyMismatch means that a key is of another kind than the signature.
	ErrKeyMismatch = errors.New("the key does not fit the signature algorithm")
	// ErrCannotSign means that keys of this kind agree on secrets, and sign
	// nothing.
	ErrCannotSign = errors.New("keys of this kind do not sign")
	// ErrDigestTooShort means that a digest is shorter than DSA's subgroup.
	ErrDigestTooShort = errors.New("the digest is too short for the key")
	// ErrKeyTooShort means that a key has no room for the digest.
	ErrKeyTooShort = errors.New("the key is too short for the signature")
	// ErrSignature means that a signature is not by the key.
	ErrSignature = errors.New("wrong signature")
	// ErrDamaged means that the bytes are not what they should be.
	ErrDamaged = errors.New("damaged")
)

// A SizeError tells that an algorithm has no keys of a size.
type SizeError struct {
	Algorithm string // as KeyAlgorithm.Name has it
	Size      int    // in bits
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%s has no keys of %d bits", e.Algorithm, e.Size)
}
