package jca

import (
	"crypto"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"hash"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// A digest is what a signature is made over.
type digest struct {
	name string // as Java spells it
	oid  string
	hash crypto.Hash // 0 for one that crypto has no number for
	new  func() hash.Hash
}

func digests() []digest {
	return []digest{
		{"MD2", "1.2.840.113549.2.2", 0, newMD2},
		{"MD5", "1.2.840.113549.2.5", crypto.MD5, md5.New},
		{"SHA-1", "1.3.14.3.2.26", crypto.SHA1, sha1.New},
		{"SHA-224", "2.16.840.1.101.3.4.2.4", crypto.SHA224, sha256.New224},
		{"SHA-256", "2.16.840.1.101.3.4.2.1", crypto.SHA256, sha256.New},
		{"SHA-384", "2.16.840.1.101.3.4.2.2", crypto.SHA384, sha512.New384},
		{"SHA-512", "2.16.840.1.101.3.4.2.3", crypto.SHA512, sha512.New},
		{"SHA-512/224", "2.16.840.1.101.3.4.2.5", crypto.SHA512_224, sha512.New512_224},
		{"SHA-512/256", "2.16.840.1.101.3.4.2.6", crypto.SHA512_256, sha512.New512_256},
		{"SHA3-224", "2.16.840.1.101.3.4.2.7", crypto.SHA3_224, func() hash.Hash { return sha3.New224() }},
		{"SHA3-256", "2.16.840.1.101.3.4.2.8", crypto.SHA3_256, func() hash.Hash { return sha3.New256() }},
		{"SHA3-384", "2.16.840.1.101.3.4.2.9", crypto.SHA3_384, func() hash.Hash { return sha3.New384() }},
		{"SHA3-512", "2.16.840.1.101.3.4.2.10", crypto.SHA3_512, func() hash.Hash { return sha3.New512() }},
	}
}

func digestNamed(name string) (digest, bool) {
	for _, d := range digests() {
		if d.name == name {
			return d, true
		}
	}
	return digest{}, false
}

func (d digest) sum(message []byte) []byte {
	h := d.new()
	h.Write(message)
	return h.Sum(nil)
}

// info is the DigestInfo of a message (RFC 8017 section 9.2).
func (d digest) info(message []byte) []byte {
	return sequence(func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addOID(b, d.oid)
			b.AddASN1NULL()
		})
		b.AddASN1OctetString(d.sum(message))
	})
}
