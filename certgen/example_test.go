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

// A root, a request as somebody sends it, and the certificate for it.
func ExampleCA_Issue() {
	if err := issue(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// CA:TRUE: the profile server makes no CAs
	// CN=mux.example.com from CN=Example Root,O=Example until 2027-04-02
	// issuing a certificate: outside the constraints of CN=Example Root,O=Example: dns:mux.example.org (not permitted by dns:example.com)
}

func issue() error {
	random := rand.NewChaCha8([32]byte{})
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

	// The root may certify example.com, and no CAs below itself.
	rootKey, err := certgen.GenerateKey(context.Background(), random, "ec-p384")
	if err != nil {
		return err
	}
	profile, err := certgen.ParseProfile("ca")
	if err != nil {
		return err
	}
	root := profile.Content(rootKey.Public())
	root.PathLen = 0
	if root.Subject, err = certgen.ParseDN("CN=Example Root, O=Example"); err != nil {
		return err
	}
	if root.Constraints, err = certgen.ParseConstraints([]string{"example.com"}, nil); err != nil {
		return err
	}
	root.Constraints = root.Constraints.ForServers()
	var v certgen.Validity
	if v.NotBefore, v.NotAfter, err = certgen.Lifetime(now, certgen.RootDays); err != nil {
		return err
	}
	der, err := certgen.CreateRoot(random, rootKey, root, v, certgen.Signing{})
	if err != nil {
		return err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	ca, err := certgen.NewCA([]*x509.Certificate{cert}, rootKey)
	if err != nil {
		return err
	}

	// A request that wishes too much.
	key, err := certgen.GenerateKey(context.Background(), random, certgen.DefaultKeyType)
	if err != nil {
		return err
	}
	names, err := certgen.ParseServerNames([]string{"mux.example.com"})
	if err != nil {
		return err
	}
	request, err := certgen.CreateCSR(random, key, certgen.Content{Names: names, CA: true}, certgen.Signing{})
	if err != nil {
		return err
	}

	// What of it is granted.
	csr, err := certgen.ParseCSR(request)
	if err != nil {
		return err
	}
	if profile, err = certgen.ParseProfile("server"); err != nil {
		return err
	}
	content, left, err := certgen.Approval{Profile: profile}.Grant(csr)
	if err != nil {
		return err
	}
	for _, w := range left {
		fmt.Println(w.Text)
	}
	if v.NotBefore, v.NotAfter, err = certgen.Lifetime(now, profile.Days); err != nil {
		return err
	}
	v, _ = ca.Clamp(v)
	if der, err = ca.Issue(random, now, csr.PublicKey, content, v); err != nil {
		return err
	}
	if cert, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	fmt.Println(certgen.FormatDN(cert.RawSubject), "from", certgen.FormatDN(cert.RawIssuer), "until", cert.NotAfter.Format(time.DateOnly))

	if content.Names, err = certgen.ParseNames([]string{"mux.example.org"}); err != nil {
		return err
	}
	_, err = ca.Issue(random, now, csr.PublicKey, content, v)
	return err
}
