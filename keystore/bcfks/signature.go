package bcfks

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha3"
	"crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"hash"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/pkcs12x"
)

// signatures are those that Bouncy Castle writes. DSA is named and not checked.
var signatures = []struct {
	name string
	id   asn1.ObjectIdentifier
	key  x509.PublicKeyAlgorithm
	hash crypto.Hash
	new  func() hash.Hash
}{
	{"SHA512withRSA", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}, x509.RSA, crypto.SHA512, sha512.New},
	{"SHA3-512withRSA", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 16}, x509.RSA, crypto.SHA3_512, newSHA3},
	{"SHA512withECDSA", asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}, x509.ECDSA, crypto.SHA512, sha512.New},
	{"SHA3-512withECDSA", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 12}, x509.ECDSA, crypto.SHA3_512, newSHA3},
	{"SHA512withDSA", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 4}, x509.DSA, crypto.SHA512, sha512.New},
	{"SHA3-512withDSA", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 8}, x509.DSA, crypto.SHA3_512, newSHA3},
}

func newSHA3() hash.Hash { return sha3.New512() }

// maxModulus bounds the RSA keys that a signature is checked with, in bits.
const maxModulus = 16_384

// checkSignature reads a SignatureCheck and checks the signature with the first
// of the certificates beside it. Without one nothing is known: Java is given the
// key from elsewhere.
func (f *File) checkSignature(body cryptobyte.String) error {
	broken := damagedf("the signature")
	explicit := cbasn1.Tag(0).ContextSpecific().Constructed()
	var algorithm, certificates, first cryptobyte.String
	var value []byte
	if !body.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) {
		return broken
	}
	id, ok := identifier(algorithm)
	if !ok {
		return broken
	}
	f.check.algorithm = algorithm
	if body.PeekASN1Tag(explicit) {
		if !body.ReadASN1(&certificates, explicit) || !certificates.ReadASN1(&certificates, cbasn1.SEQUENCE) ||
			!certificates.Empty() && !certificates.ReadASN1Element(&first, cbasn1.SEQUENCE) {
			return broken
		}
	}
	if !body.ReadASN1BitStringAsBytes(&value) {
		return broken
	}
	f.Integrity.Name = "signature with algorithm " + id.String()
	for _, s := range signatures {
		if !s.id.Equal(id) {
			continue
		}
		f.Integrity.Name = "signature " + s.name
		switch {
		case first == nil:
			f.Integrity.Err = fmt.Errorf("%w: a signature by a key that is not in the file", pkcs12x.ErrUnsupported)
			return nil
		case s.key == x509.DSA:
			f.Integrity.Err = fmt.Errorf("%w: a %s", pkcs12x.ErrUnsupported, f.Integrity.Name)
			return nil
		}
		h := s.new()
		h.Write(f.content)
		f.Verified, f.Integrity.Err = verify(first, s.hash, h.Sum(nil), value)
		if f.Integrity.Err == nil && !f.Verified {
			return damagedf("the signature is wrong")
		}
		return nil
	}
	f.Integrity.Err = fmt.Errorf("%w: a %s", pkcs12x.ErrUnsupported, f.Integrity.Name)
	return nil
}

func verify(certificate []byte, h crypto.Hash, digest, signature []byte) (bool, error) {
	c, err := x509.ParseCertificate(certificate)
	if err != nil {
		return false, fmt.Errorf("%w: a signature by a certificate that cannot be read (%w)", pkcs12x.ErrUnsupported, err)
	}
	switch key := c.PublicKey.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, digest, signature), nil
	case *rsa.PublicKey:
		if key.N.BitLen() <= maxModulus {
			return rsa.VerifyPKCS1v15(key, h, digest, signature) == nil, nil
		}
	}
	return false, fmt.Errorf("%w: a signature by a key of algorithm %s", pkcs12x.ErrUnsupported, c.PublicKeyAlgorithm)
}
