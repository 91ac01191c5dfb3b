package signer_test

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"

	"muxkey/internal/signer"
)

// A request that is signed by a key which stays in its token.
func ExampleOpen() {
	key, err := signer.Open(context.Background(), "pkcs11:token=CA;object=mux?pin-source=env:HSM_PIN", signer.Options{
		PIN: func(_ context.Context, r signer.PINRequest) (string, error) {
			return "the PIN of " + r.Token + " from " + r.Source, nil
		},
	})
	if err != nil {
		return // *signer.UnavailableError where the build has no PKCS#11
	}
	defer func() { _ = key.Close() }() // it only logs out
	csr, err := x509.CreateCertificateRequest(nil, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "mux.example.com"}}, key)
	if err != nil {
		return
	}
	fmt.Printf("%d bytes signed by %s\n", len(csr), key.URI)
}
