package chain_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"time"

	"muxkey/certgen"
	"muxkey/chain"
	"muxkey/pkcs12x"
)

// A reply of two certificates in the wrong order, and a root that is trusted.
func ExampleSearch_Find() {
	leaf, intermediate, root, err := reply()
	if err != nil {
		fmt.Println(err)
		return
	}
	search := chain.Search{
		SPKI:  leaf.RawSPKI, // of the pending key
		Reply: []*pkcs12x.Certificate{intermediate, leaf},
		Now:   now,
	}
	_, err = search.Find()
	fmt.Println(err)

	search.Anchors = []*pkcs12x.Certificate{root}
	result, err := search.Find()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range result.Chain {
		fmt.Println(certgen.FormatDN(c.RawSubject))
	}
	fmt.Println(result.Trusted)
	// Output:
	// the issuer of CN=Intermediate is missing: CN=Root with key identifier 1dc31a6cdcc0d474bf8715a46532eca63db07bf1
	// CN=mux.example.com
	// CN=Intermediate
	// CN=Root
	// true
}

// reply issues a certificate below a root and an intermediate.
func reply() (leaf, intermediate, root *pkcs12x.Certificate, err error) {
	random := rand.NewChaCha8([32]byte{})
	v := certgen.Validity{NotBefore: now, NotAfter: now.Add(time.Hour)}
	var above *certgen.CA
	for _, step := range []struct {
		subject, profile string
		pathLen          int
		out              **pkcs12x.Certificate
	}{{"CN=Root", "ca", 1, &root}, {"CN=Intermediate", "ca", 0, &intermediate}, {"CN=mux.example.com", "client", 0, &leaf}} {
		key, err := certgen.GenerateKey(context.Background(), random, certgen.DefaultKeyType)
		if err != nil {
			return nil, nil, nil, err
		}
		profile, err := certgen.ParseProfile(step.profile)
		if err != nil {
			return nil, nil, nil, err
		}
		content := profile.Content(key.Public())
		content.PathLen = step.pathLen
		if content.Subject, err = certgen.ParseDN(step.subject); err != nil {
			return nil, nil, nil, err
		}
		var der []byte
		if above == nil {
			der, err = certgen.CreateRoot(random, key, content, v, certgen.Signing{})
		} else {
			der, err = above.Issue(random, now, key.Public(), content, v)
		}
		if err != nil {
			return nil, nil, nil, err
		}
		if *step.out, err = pkcs12x.ParseCertificate(der); err != nil {
			return nil, nil, nil, err
		}
		if content.CA {
			if above, err = certgen.NewCA([]*x509.Certificate{(*step.out).X509}, key); err != nil {
				return nil, nil, nil, err
			}
		}
	}
	return leaf, intermediate, root, nil
}
