package jca_test

import (
	"context"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"log"
	"math/big"
	"time"

	"muxkey/certgen/jca"
)

// A key and a certificate that Java makes and crypto/x509 does not.
func Example() {
	algorithm, err := jca.FindKeyAlgorithm("EdDSA")
	if err != nil {
		log.Fatal(err)
	}
	key, err := algorithm.Generate(context.Background(), rand.Reader, jca.Parameters{Group: "ed448"})
	if err != nil {
		log.Fatal(err)
	}
	signature, err := jca.FindSignature("eddsa")
	if err != nil {
		log.Fatal(err)
	}
	name, err := asn1.Marshal(pkix.Name{CommonName: "mux.example.com"}.ToRDNSequence())
	if err != nil {
		log.Fatal(err)
	}
	der, err := jca.Certificate{
		Serial: big.NewInt(1), Issuer: name, Subject: name, SPKI: key.Public.SPKI,
		NotBefore: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2027, 2, 20, 0, 0, 0, 0, time.UTC),
	}.Sign(rand.Reader, key, signature)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(key.Public.Algorithm, key.Public.Group, key.Public.Bits, jca.Verify(der, key.Public))
	// Output: EdDSA Ed448 448 <nil>
}
