package certgen_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"time"

	"muxkey/certgen"
)

// A key and a certificate for a host with two names. A program takes
// crypto/rand.Reader and time.Now; here both are fixed, so that the output is.
func Example() {
	random := rand.NewChaCha8([32]byte{})
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

	names, err := certgen.ParseServerNames([]string{"mux.example.com", "10.0.0.1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := certgen.GenerateKey(context.Background(), random, certgen.DefaultKeyType)
	if err != nil {
		fmt.Println(err)
		return
	}
	notBefore, notAfter, err := certgen.Lifetime(now, certgen.DefaultDays)
	if err != nil {
		fmt.Println(err)
		return
	}
	der, err := certgen.SelfSigned(random, certgen.Request{
		Key: key, Names: names, NotBefore: notBefore, NotAfter: notAfter,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(certgen.FormatDN(cert.RawSubject), certgen.KeyTypeOf(cert.PublicKey))
	fmt.Println(cert.DNSNames, cert.IPAddresses)
	fmt.Println(cert.NotAfter.Format(time.RFC3339))
	// Output:
	// CN=mux.example.com EC P-256
	// [mux.example.com] [10.0.0.1]
	// 2027-04-02T11:54:59Z
}

func ExampleParseNames() {
	names, err := certgen.ParseNames([]string{"Bücher.example.", "[2001:db8::1]", "uri:urn:example:mux"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range names {
		fmt.Println(n, n.Display)
	}
	_, err = certgen.ParseNames([]string{"mux example.com"})
	fmt.Println(err)
	// Output:
	// dns:xn--bcher-kva.example bücher.example
	// ip:2001:db8::1 2001:db8::1
	// uri:urn:example:mux urn:example:mux
	// host name "mux example.com": blank at character 4
}

func ExampleParseDN() {
	der, err := certgen.ParseDN(`/C=de/O=Example, Inc./CN=mux.example.com`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(certgen.FormatDN(der))
	_, err = certgen.ParseDN(`CN=mux, O=Example, Inc.`)
	fmt.Println(err)
	// Output:
	// CN=mux.example.com,O=Example\, Inc.,C=DE
	// subject "CN=mux, O=Example, Inc.": "Inc." without "=" at character 20
}
