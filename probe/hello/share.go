package hello

import (
	"crypto/ecdh"
	"crypto/mlkem"
	"fmt"
	"io"
)

// keyShare is the public part of a key for a group. Nobody needs the other part:
// the handshake ends before it.
type keyShare struct {
	group  uint16
	public []byte
}

// keyShares makes keys for groups.
func keyShares(groups []uint16, randomness io.Reader) ([]keyShare, error) {
	var shares []keyShare
	for _, group := range groups {
		public, err := share(group, randomness)
		if err != nil {
			return nil, err
		}
		shares = append(shares, keyShare{group, public})
	}
	return shares, nil
}

// share is one or two keys in the order of draft-ietf-tls-ecdhe-mlkem section 3:
// by FIPS its approved part is the first, which X25519 is not.
func share(group uint16, randomness io.Reader) ([]byte, error) {
	switch group {
	case X25519:
		return point(ecdh.X25519(), randomness)
	case Secp256r1:
		return point(ecdh.P256(), randomness)
	case Secp384r1:
		return point(ecdh.P384(), randomness)
	case Secp521r1:
		return point(ecdh.P521(), randomness)
	case MLKEM768:
		return lattice768(randomness)
	case MLKEM1024:
		return lattice1024(randomness)
	case X25519MLKEM768:
		return both(lattice768, on(ecdh.X25519()), randomness)
	case SecP256r1MLKEM768:
		return both(on(ecdh.P256()), lattice768, randomness)
	case SecP384r1MLKEM1024:
		return both(on(ecdh.P384()), lattice1024, randomness)
	}
	return nil, fmt.Errorf("%w: no keys are made for group 0x%04X", ErrHello, group)
}

type maker func(randomness io.Reader) ([]byte, error)

func both(first, second maker, randomness io.Reader) ([]byte, error) {
	a, err := first(randomness)
	if err != nil {
		return nil, err
	}
	b, err := second(randomness)
	return append(a, b...), err
}

func on(curve ecdh.Curve) maker {
	return func(randomness io.Reader) ([]byte, error) { return point(curve, randomness) }
}

func point(curve ecdh.Curve, randomness io.Reader) ([]byte, error) {
	key, err := curve.GenerateKey(randomness)
	if err != nil {
		return nil, fmt.Errorf("%w: a key on %s: %w", ErrHello, curve, err)
	}
	return key.PublicKey().Bytes(), nil
}

func lattice768(randomness io.Reader) ([]byte, error) {
	var seed [mlkem.SeedSize]byte
	if _, err := io.ReadFull(randomness, seed[:]); err != nil {
		return nil, fmt.Errorf("%w: randomness: %w", ErrHello, err)
	}
	key, err := mlkem.NewDecapsulationKey768(seed[:])
	if err != nil {
		return nil, fmt.Errorf("%w: an ML-KEM-768 key: %w", ErrHello, err)
	}
	return key.EncapsulationKey().Bytes(), nil
}

func lattice1024(randomness io.Reader) ([]byte, error) {
	var seed [mlkem.SeedSize]byte
	if _, err := io.ReadFull(randomness, seed[:]); err != nil {
		return nil, fmt.Errorf("%w: randomness: %w", ErrHello, err)
	}
	key, err := mlkem.NewDecapsulationKey1024(seed[:])
	if err != nil {
		return nil, fmt.Errorf("%w: an ML-KEM-1024 key: %w", ErrHello, err)
	}
	return key.EncapsulationKey().Bytes(), nil
}
