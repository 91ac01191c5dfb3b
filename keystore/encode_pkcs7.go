package keystore

import (
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// EncodePKCS7 writes certificates as a degenerate SignedData: one without
// content and without signers (RFC 2315 section 9.1). Order is kept: RFC 2315
// asks for none of a SET OF in BER, and servers read the leaf first.
func EncodePKCS7(certificates [][]byte) ([]byte, error) {
	pkcs7 := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7}
	explicit0 := cbasn1.Tag(0).ContextSpecific().Constructed()
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(append(pkcs7, 2))
		b.AddASN1(explicit0, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1Int64(1)
				b.AddASN1(cbasn1.SET, func(*cryptobyte.Builder) {}) // digest algorithms
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(append(pkcs7, 1)) })
				b.AddASN1(explicit0, func(b *cryptobyte.Builder) { // certificates, IMPLICIT
					for _, c := range certificates {
						b.AddBytes(c)
					}
				})
				b.AddASN1(cbasn1.SET, func(*cryptobyte.Builder) {}) // signers
			})
		})
	})
	return b.Bytes()
}
