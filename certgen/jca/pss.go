package jca

import (
	"bytes"
	"crypto/rsa"
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// PSS are the parameters of RSASSA-PSS (RFC 8017 appendix A.2.3).
type PSS struct {
	// Hash and MGFHash are digests as Java spells them: "SHA-256".
	Hash, MGFHash string
	// SaltLength is in bytes.
	SaltLength int
}

// PSSWith are the usual parameters for a digest, named as Java spells it: the same
// digest for the mask, and a salt of its length. The error wraps
// ErrSignatureAlgorithm.
func PSSWith(hash string) (*PSS, error) {
	d, ok := digestNamed(hash)
	if !ok {
		return nil, fmt.Errorf("digest %q: %w", hash, ErrSignatureAlgorithm)
	}
	return &PSS{hash, hash, d.new().Size()}, nil
}

// oidMGF1 is the one mask generation function that there is.
const oidMGF1 = "1.2.840.113549.1.1.8"

// der encodes the parameters as Java does: what has its default value is left
// out, and digests have a NULL for parameters.
func (p PSS) der() []byte {
	def := defaultPSS()
	return sequence(func(b *cryptobyte.Builder) {
		if p.Hash != def.Hash {
			b.AddASN1(asn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
				addDigest(b, p.Hash)
			})
		}
		if p.MGFHash != def.MGFHash {
			b.AddASN1(asn1.Tag(1).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
				b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
					addOID(b, oidMGF1)
					addDigest(b, p.MGFHash)
				})
			})
		}
		if p.SaltLength != def.SaltLength {
			b.AddASN1(asn1.Tag(2).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
				b.AddASN1Int64(int64(p.SaltLength))
			})
		}
	})
}

func defaultPSS() PSS { return PSS{"SHA-1", "SHA-1", 20} }

func addDigest(b *cryptobyte.Builder, name string) {
	d, ok := digestNamed(name)
	if !ok {
		b.SetError(fmt.Errorf("digest %q: %w", name, ErrSignatureAlgorithm))
		return
	}
	identifier{d.oid, null()}.add(b)
}

// readPSS reads parameters.
func readPSS(der []byte) (*PSS, error) {
	p := defaultPSS()
	s := cryptobyte.String(der)
	var inner, field cryptobyte.String
	var present bool
	bad := fmt.Errorf("RSASSA-PSS parameters: %w", ErrDamaged)
	if !s.ReadASN1(&inner, asn1.SEQUENCE) || !s.Empty() {
		return nil, bad
	}
	if !inner.ReadOptionalASN1(&field, &present, asn1.Tag(0).ContextSpecific().Constructed()) {
		return nil, bad
	}
	if present {
		if p.Hash, present = readDigest(&field); !present {
			return nil, bad
		}
	}
	if !inner.ReadOptionalASN1(&field, &present, asn1.Tag(1).ContextSpecific().Constructed()) {
		return nil, bad
	}
	if present {
		id, ok := readIdentifier(&field)
		mgf := cryptobyte.String(id.parameters)
		if p.MGFHash, present = readDigest(&mgf); !ok || id.oid != oidMGF1 || !present {
			return nil, bad
		}
	}
	if !inner.ReadOptionalASN1(&field, &present, asn1.Tag(2).ContextSpecific().Constructed()) {
		return nil, bad
	}
	if present && (!field.ReadASN1Integer(&p.SaltLength) || p.SaltLength < 0 || p.SaltLength > rsaMax/8) {
		return nil, bad
	}
	trailer := 1
	if !inner.ReadOptionalASN1(&field, &present, asn1.Tag(3).ContextSpecific().Constructed()) ||
		present && !field.ReadASN1Integer(&trailer) || trailer != 1 || !inner.Empty() {
		return nil, bad
	}
	return &p, nil
}

func readDigest(s *cryptobyte.String) (string, bool) {
	id, ok := readIdentifier(s)
	if !ok {
		return "", false
	}
	for _, d := range digests() {
		if d.oid == id.oid {
			return d.name, true
		}
	}
	return "", false
}

// sign signs with crypto/rsa, which knows no other digest for the mask.
func (p PSS) sign(rand io.Reader, k *rsa.PrivateKey, message []byte) ([]byte, error) {
	d, ok := digestNamed(p.Hash)
	if !ok || d.hash == 0 || p.Hash != p.MGFHash || p.SaltLength == 0 {
		return nil, fmt.Errorf("RSASSA-PSS with %s, %s and a salt of %d bytes: %w", p.Hash, p.MGFHash, p.SaltLength, ErrSignatureAlgorithm)
	}
	return rsa.SignPSS(rand, k, d.hash, d.sum(message), &rsa.PSSOptions{SaltLength: p.SaltLength, Hash: d.hash})
}

// encode is EMSA-PSS-ENCODE (RFC 8017 section 9.1.1), for the keys that crypto/rsa
// refuses.
func (p PSS) encode(message []byte, bits int, fill func(salt []byte) error) ([]byte, error) {
	d, ok := digestNamed(p.Hash)
	mgf, ok2 := digestNamed(p.MGFHash)
	if !ok || !ok2 {
		return nil, fmt.Errorf("RSASSA-PSS with %s and %s: %w", p.Hash, p.MGFHash, ErrSignatureAlgorithm)
	}
	size := (bits + 7) / 8
	hashed := d.sum(message)
	if size < len(hashed)+p.SaltLength+2 {
		return nil, ErrKeyTooShort
	}
	salt := make([]byte, p.SaltLength)
	if err := fill(salt); err != nil {
		return nil, err
	}
	h := p.mix(d, hashed, salt)
	em := make([]byte, size)
	db := em[:size-len(h)-1]
	db[len(db)-len(salt)-1] = 1
	copy(db[len(db)-len(salt):], salt)
	mask(mgf, h, db)
	db[0] &= 0xff >> (8*size - bits)
	copy(em[len(db):], h)
	em[size-1] = 0xbc
	return em, nil
}

// check is EMSA-PSS-VERIFY (RFC 8017 section 9.1.2). A modulus of 8n+1 bits leaves
// a byte before what was encoded.
func (p PSS) check(message, em []byte, bits int) error {
	d, ok := digestNamed(p.Hash)
	mgf, ok2 := digestNamed(p.MGFHash)
	if !ok || !ok2 {
		return fmt.Errorf("RSASSA-PSS with %s and %s: %w", p.Hash, p.MGFHash, ErrSignatureAlgorithm)
	}
	size := (bits + 7) / 8
	if extra := len(em) - size; extra > 0 && em[0] == 0 {
		em = em[extra:]
	}
	hashed := d.sum(message)
	if len(em) != size || size < len(hashed)+p.SaltLength+2 || em[size-1] != 0xbc || em[0]>>(8-(8*size-bits)) != 0 {
		return ErrSignature
	}
	db, h := bytes.Clone(em[:size-len(hashed)-1]), em[size-len(hashed)-1:size-1]
	mask(mgf, h, db)
	db[0] &= 0xff >> (8*size - bits)
	zeros, salt := db[:len(db)-p.SaltLength-1], db[len(db)-p.SaltLength:]
	if len(bytes.Trim(zeros, "\x00")) > 0 || db[len(zeros)] != 1 || !bytes.Equal(h, p.mix(d, hashed, salt)) {
		return ErrSignature
	}
	return nil
}

// mix is the digest of eight zeros, a digest and a salt.
func (PSS) mix(d digest, hashed, salt []byte) []byte {
	return d.sum(bytes.Join([][]byte{make([]byte, 8), hashed, salt}, nil))
}

// mask masks data by MGF1 (RFC 8017 appendix B.2.1).
func mask(d digest, seed, data []byte) {
	for i := uint32(0); len(data) > 0; i++ {
		block := d.sum(binary.BigEndian.AppendUint32(bytes.Clone(seed), i))
		for j := range min(len(block), len(data)) {
			data[j] ^= block[j]
		}
		data = data[min(len(block), len(data)):]
	}
}
