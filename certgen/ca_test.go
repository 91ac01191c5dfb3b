package certgen_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"muxkey/certgen"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func parsed(t testing.TB, der []byte, err error) *x509.Certificate {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func writePEMAt(t testing.TB, file string, cert *x509.Certificate) string {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// lasting is a validity of an hour around now.
func lasting(now time.Time) certgen.Validity {
	return certgen.Validity{NotBefore: now.Add(-time.Minute), NotAfter: now.Add(time.Hour)}
}

// caContent is what a CA of ours says.
func caContent(t testing.TB, subject string, pathLen int) certgen.Content {
	t.Helper()
	profile, err := certgen.ParseProfile("ca")
	if err != nil {
		t.Fatal(err)
	}
	c := profile.Content(nil)
	c.Subject, c.PathLen = must(certgen.ParseDN(subject)), pathLen
	return c
}

// authority is a root, an intermediate and a leaf key, all of one key type.
type authority struct {
	root, sub *certgen.CA
}

func newAuthority(t testing.TB, keyType string, v certgen.Validity, s certgen.Signing) authority {
	t.Helper()
	key := mustKey(t, keyType)
	der, err := certgen.CreateRoot(seeded(3), key, caContent(t, "CN=Example Root, O=Example, C=DE", 1), v, s)
	root, err := certgen.NewCA([]*x509.Certificate{parsed(t, der, err)}, key)
	if err != nil {
		t.Fatal(err)
	}
	root.Signing = s
	subKey := mustKey(t, "ec-p384")
	der, err = root.Issue(seeded(4), v.NotBefore, subKey.Public(), caContent(t, "CN=Example CA, O=Example, C=DE", 0), v)
	sub, err := certgen.NewCA([]*x509.Certificate{parsed(t, der, err), root.Certificate()}, subKey)
	if err != nil {
		t.Fatal(err)
	}
	return authority{root, sub}
}

var year = certgen.Validity{NotBefore: now, NotAfter: now.AddDate(1, 0, 0)}

func serverContent(t testing.TB, names ...string) certgen.Content {
	t.Helper()
	c := must(certgen.ParseProfile("server")).Content(mustKey(t, "ec-p256").Public())
	c.Names = mustNames(t, names...)
	return c
}

func TestIssuedCertificateOfEachProfile(t *testing.T) {
	a := newAuthority(t, "ec-p256", year, certgen.Signing{})
	for _, profile := range certgen.Profiles() {
		for _, keyType := range []string{"ec-p256", "rsa-2048", "ed25519"} {
			t.Run(profile.Name+" "+keyType, func(t *testing.T) {
				ca, pub := a.sub, mustKey(t, keyType).Public()
				c := profile.Content(pub)
				c.Subject = must(certgen.ParseDN("CN=somebody"))
				if profile.Hosts {
					c.Names = mustNames(t, "mux.example.com", "10.0.0.1")
				}
				if profile.CA {
					ca = a.root
				}
				c.CRLs, c.OCSP, c.Issuers = []string{"http://crl.example.com/ca.crl"}, []string{"http://ocsp.example.com"}, []string{"http://example.com/ca.cer"}
				der, err := ca.Issue(seeded(5), now, pub, c, year)
				cert := parsed(t, der, err)
				if !bytes.Equal(cert.RawIssuer, ca.Certificate().RawSubject) || !bytes.Equal(cert.AuthorityKeyId, ca.Certificate().SubjectKeyId) {
					t.Error("it does not point to its issuer")
				}
				if len(cert.SubjectKeyId) != 20 {
					t.Errorf("subject key identifier %x", cert.SubjectKeyId)
				}
				if cert.IsCA != profile.CA || !cert.BasicConstraintsValid {
					t.Errorf("CA: %v", cert.IsCA)
				}
				wantUsage := map[string]string{
					"server ec-p256": "digitalSignature", "server rsa-2048": "digitalSignature, keyEncipherment", "server ed25519": "digitalSignature",
					"mutual ec-p256": "digitalSignature", "mutual rsa-2048": "digitalSignature, keyEncipherment", "mutual ed25519": "digitalSignature",
				}[profile.Name+" "+keyType]
				switch profile.Name {
				case "ca":
					wantUsage = "keyCertSign, cRLSign"
				case "client", "code":
					wantUsage = "digitalSignature"
				}
				if got := strings.Join(certgen.KeyUsageNames(cert.KeyUsage), ", "); got != wantUsage {
					t.Errorf("keyUsage %s, want %s", got, wantUsage)
				}
				want := map[string][]x509.ExtKeyUsage{
					"server": {x509.ExtKeyUsageServerAuth}, "client": {x509.ExtKeyUsageClientAuth},
					"mutual": {x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, "code": {x509.ExtKeyUsageCodeSigning},
				}[profile.Name]
				if !slices.Equal(cert.ExtKeyUsage, want) {
					t.Errorf("extended key usage %v, want %v", cert.ExtKeyUsage, want)
				}
				if !slices.Equal(cert.CRLDistributionPoints, c.CRLs) || !slices.Equal(cert.OCSPServer, c.OCSP) || !slices.Equal(cert.IssuingCertificateURL, c.Issuers) {
					t.Errorf("URLs: %v %v %v", cert.CRLDistributionPoints, cert.OCSPServer, cert.IssuingCertificateURL)
				}
				critical := map[string]bool{"2.5.29.15": true, "2.5.29.19": true}
				for _, e := range cert.Extensions {
					if e.Critical != critical[e.Id.String()] {
						t.Errorf("extension %v critical: %v", e.Id, e.Critical)
					}
				}
				if cert.SerialNumber.Sign() <= 0 || cert.SerialNumber.BitLen() > 128 {
					t.Errorf("serial number %x", cert.SerialNumber)
				}
				roots, between := x509.NewCertPool(), x509.NewCertPool()
				roots.AddCert(a.root.Certificate())
				between.AddCert(a.sub.Certificate())
				if want == nil {
					want = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
				}
				if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: want}); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestImpossibleIssues(t *testing.T) {
	key := mustKey(t, "ec-p256")
	rootOf := func(change func(*certgen.Content)) *certgen.CA {
		c := caContent(t, "CN=Root", 1)
		change(&c)
		der, err := certgen.CreateRoot(seeded(3), key, c, year, certgen.Signing{})
		return must(certgen.NewCA([]*x509.Certificate{parsed(t, der, err)}, key))
	}
	plain := rootOf(func(*certgen.Content) {})
	constrained := rootOf(func(c *certgen.Content) {
		c.Constraints = must(certgen.ParseConstraints([]string{"example.com"}, nil)).ForServers()
	})
	serverOnly := rootOf(func(c *certgen.Content) {
		c.ExtKeyUsage = must(certgen.ParseProfile("server")).ExtKeyUsage()
	})
	noPath := rootOf(func(c *certgen.Content) { c.PathLen = 0 })
	type issue struct {
		ca   *certgen.CA
		now  time.Time
		c    certgen.Content
		v    certgen.Validity
		weak bool
	}
	for what, tt := range map[string]struct {
		change func(*issue)
		want   any // an error to be, or a pointer to a type
		text   string
	}{
		"expired CA":        {func(i *issue) { i.now = now.AddDate(2, 0, 0) }, new(*certgen.ExpiredError), "expired at 2027"},
		"CA of the future":  {func(i *issue) { i.now = now.AddDate(-1, 0, 0) }, new(*certgen.ExpiredError), "is not valid before 2026"},
		"outlives the CA":   {func(i *issue) { i.v.NotAfter = i.v.NotAfter.Add(time.Second) }, new(*certgen.OutlivesError), "would end at"},
		"begins before it":  {func(i *issue) { i.v.NotBefore = i.v.NotBefore.Add(-time.Second) }, new(*certgen.OutlivesError), "would begin at"},
		"foreign name":      {func(i *issue) { i.ca, i.c = constrained, serverContent(t, "mux.other.org") }, new(*certgen.NotPermittedError), "outside the constraints of CN=Root: dns:mux.other.org"},
		"address":           {func(i *issue) { i.ca, i.c = constrained, serverContent(t, "mux.example.com", "10.0.0.1") }, new(*certgen.NotPermittedError), "ip:10.0.0.1 (excluded by ip:0.0.0.0/0)"},
		"foreign purpose":   {func(i *issue) { i.ca, i.c.ExtKeyUsage = serverOnly, must(certgen.ParseProfile("code")).ExtKeyUsage() }, new(*certgen.UsageError), "only issue for serverAuth, not for codeSigning"},
		"subject of the CA": {func(i *issue) { i.c.Subject = must(certgen.ParseDN("cn=root")) }, certgen.ErrOwnSubject, ""},
		"no path left":      {func(i *issue) { i.ca, i.c = noPath, caContent(t, "CN=Sub", 0) }, new(*certgen.PathLenError), "at most 0 CAs below it, and there would be 1"},
		"path too long":     {func(i *issue) { i.c = caContent(t, "CN=Sub", 1) }, new(*certgen.PathLenError), "there would be 2"},
		"path without end":  {func(i *issue) { i.c = caContent(t, "CN=Sub", -1) }, new(*certgen.PathLenError), "any number"},
		"CA as an extension": {func(i *issue) {
			i.ca = noPath
			i.c.Extensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 19}, Critical: true, Value: []byte{0x30, 3, 1, 1, 0xff}}}
		}, new(*certgen.PathLenError), ""},
		"names as an extension": {func(i *issue) {
			i.ca = constrained
			i.c.Extensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: []byte("\x30\x08\x82\x06ab.org")}}
		}, new(*certgen.NotPermittedError), "dns:ab.org"},
		"weak key":            {func(i *issue) { i.weak = true }, certgen.ErrWeakKey, "RSA 1024"},
		"empty subject":       {func(i *issue) { i.c = caContent(t, "CN=Sub", 0); i.c.Subject = []byte{0x30, 0} }, certgen.ErrNoSubject, ""},
		"no name at all":      {func(i *issue) { i.c.Names, i.c.Subject = nil, nil }, certgen.ErrNoNames, ""},
		"ends before it ends": {func(i *issue) { i.v.NotAfter = i.v.NotBefore }, certgen.ErrLifetime, ""},
		"extension twice": {func(i *issue) {
			e := pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: []byte{5, 0}}
			i.c.Extensions = []pkix.Extension{e, e}
		}, nil, "given twice"},
	} {
		i := issue{ca: plain, now: now, c: serverContent(t, "mux.example.com"), v: year}
		if _, err := i.ca.Issue(seeded(5), i.now, key.Public(), i.c, i.v); err != nil {
			t.Fatal(err)
		}
		tt.change(&i)
		pub := key.Public()
		if i.weak {
			pub = &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023), E: 65537}
		}
		_, err := i.ca.Issue(seeded(5), i.now, pub, i.c, i.v)
		ok := err != nil
		switch want := tt.want.(type) {
		case nil:
		case error:
			ok = errors.Is(err, want)
		default:
			ok = ok && errors.As(err, want)
		}
		if !ok || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestCACannotBeAnything(t *testing.T) {
	key := mustKey(t, "ec-p256")
	root := func(change func(*certgen.Content)) []*x509.Certificate {
		c := caContent(t, "CN=Root", 1)
		change(&c)
		der, err := certgen.CreateRoot(seeded(3), key, c, year, certgen.Signing{})
		return []*x509.Certificate{parsed(t, der, err)}
	}
	var not *certgen.NotCAError
	for what, tt := range map[string]struct {
		chain []*x509.Certificate
		key   crypto.Signer
		want  func(error) bool
	}{
		"a leaf":                         {root(func(c *certgen.Content) { c.CA = false }), key, func(err error) bool { return errors.As(err, &not) }},
		"one that signs no certificates": {root(func(c *certgen.Content) { c.KeyUsage = x509.KeyUsageCRLSign }), key, func(err error) bool { return errors.As(err, &not) }},
		"one with another key":           {root(func(*certgen.Content) {}), mustKey(t, "ed25519"), func(err error) bool { return errors.Is(err, certgen.ErrKeyMismatch) }},
		"a server's own anchor":          {[]*x509.Certificate{mustSelfSign(t, certgen.Request{Key: key})}, key, func(err error) bool { return errors.As(err, &not) && strings.Contains(err.Error(), "its own server") }},
		"no certificate":                 {nil, key, func(err error) bool { return err != nil }},
	} {
		if ca, err := certgen.NewCA(tt.chain, tt.key); !tt.want(err) {
			t.Errorf("%s: %v, %v", what, ca, err)
		}
	}
	if _, err := certgen.NewCA(root(func(c *certgen.Content) { c.KeyUsage = 0 }), key); err != nil {
		t.Errorf("without keyUsage: %v", err)
	}
	forServers := func(c *certgen.Content) {
		c.ExtKeyUsage, c.KeyUsage = must(certgen.ParseProfile("server")).ExtKeyUsage(), c.KeyUsage|x509.KeyUsageDigitalSignature
	}
	if _, err := certgen.NewCA(root(forServers), key); err != nil {
		t.Errorf("bound to servers: %v", err)
	}
}

func TestClamp(t *testing.T) {
	a := newAuthority(t, "ec-p256", year, certgen.Signing{})
	start := now.UTC().Truncate(time.Second)
	long := certgen.Validity{NotBefore: start.AddDate(0, 0, -1), NotAfter: start.AddDate(2, 0, 0)}
	if got, cut := a.sub.Clamp(long); !cut || got != (certgen.Validity{NotBefore: start, NotAfter: start.AddDate(1, 0, 0)}) {
		t.Errorf("%v, %v", got, cut)
	}
	inside := certgen.Validity{NotBefore: start, NotAfter: start.AddDate(0, 1, 0)}
	if got, cut := a.sub.Clamp(inside); cut || got != inside {
		t.Errorf("%v, %v", got, cut)
	}
}

func readPEM(file string) (*x509.Certificate, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	return x509.ParseCertificate(block.Bytes)
}

// bundle writes files one after the other into one.
func bundle(t testing.TB, files ...string) string {
	t.Helper()
	var all []byte
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	name := files[0] + ".chain"
	if err := os.WriteFile(name, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
