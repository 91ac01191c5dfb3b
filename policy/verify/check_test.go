package verify_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/policy/verify"
)

const password = "changeit"

// The certificates live from a year before now to a year after it.
var (
	now  = time.Date(2025, time.March, 1, 12, 0, 0, 0, time.UTC)
	past = now.AddDate(-1, 0, 0)
	next = now.AddDate(1, 0, 0)
)

// finding is a result that is not a pass.
type finding struct {
	ID      string
	Outcome verify.Outcome
	Text    string
}

type story struct {
	name    string
	subject verify.Subject
	want    []finding
}

// Each story is a store and what is asked of it. What it does not list passes.
func TestEntry(t *testing.T) {
	var (
		root   = issue(t, nil, ec(t, elliptic.P256()), ca("Root"))
		middle = issue(t, root, ec(t, elliptic.P256()), ca("Middle"))
		leaf   = issue(t, middle, ec(t, elliptic.P256()), server)
		self   = issue(t, nil, ec(t, elliptic.P256()), server, named("self.example.com"))
		other  = issue(t, nil, ec(t, elliptic.P256()), ca("Other Root"))

		oldMiddle  = issue(t, root, ec(t, elliptic.P256()), ca("Old"), until(now.AddDate(0, 0, -1)))
		oldRoot    = issue(t, nil, ec(t, elliptic.P256()), ca("Old Root"), signedWith(x509.ECDSAWithSHA1))
		weakMiddle = issue(t, root, rsaKey(t, 1024), ca("Weak"))
	)
	fail := func(id, text string) finding { return finding{id, verify.Fail, text} }
	warn := func(id, text string) finding { return finding{id, verify.Warning, text} }
	ask := func(s verify.Subject, questions ...func(*verify.Subject)) verify.Subject {
		for _, q := range questions {
			q(&s)
		}
		return s
	}
	host := func(name string) func(*verify.Subject) { return func(s *verify.Subject) { s.Host = name } }
	trust := func(anchors ...*identity) func(*verify.Subject) {
		return func(s *verify.Subject) { s.Trust = parsed(t, anchors...) }
	}
	system := func(anchors ...*identity) func(*verify.Subject) {
		return func(s *verify.Subject) {
			s.SystemRoots = func() (*x509.CertPool, error) {
				pool := x509.NewCertPool()
				for _, a := range anchors {
					pool.AddCert(a.certificate)
				}
				return pool, nil
			}
		}
	}
	at := func(now time.Time) func(*verify.Subject) { return func(s *verify.Subject) { s.Now = now } }

	seen := map[string]map[verify.Outcome]bool{}
	for _, tt := range []story{
		{"a chain, and everything asked", ask(store(t, leaf, middle, root), host("mux.example.com"), trust(root), readBy(t, "java-17", "openssl-3.0")), nil},
		{"a self-signed certificate", ask(store(t, self), host("mux.example.com"), trust(self)), nil},
		{"PEM in order", pemFile(t, leaf, leaf, middle, root), nil},

		// The key.
		{
			"the key of another certificate", store(t, leaf.with(other.key), middle, root),
			[]finding{fail("key", "the private key (EC P-256) does not belong to the certificate")},
		},
		{
			"no certificate", store(t, &identity{key: leaf.key}),
			[]finding{fail("key", "the private key has no certificate; a server cannot use it")},
		},
		{
			"a key that stayed locked", open(t, encode(t, pkcs12x.Modern2023(), leaf, middle, root), false),
			[]finding{fail("key", "the private key does not open: locked")},
		},
		{
			"a key of an algorithm that Go does not know", fixture(t, "openssl-key-ed448.p12"),
			[]finding{
				warn("key", "whether the private key (Ed448) belongs to the certificate cannot be told: its algorithm is not known here"),
				warn("strength", "Ed448, SHA256withECDSA: nothing is known here of its strength"),
			},
		},

		// The file.
		{
			"no integrity check", open(t, encode(t, withoutMAC(), leaf, middle, root), true),
			[]finding{warn("integrity", "the file has no integrity check: nobody can tell whether it was changed")},
		},

		// The chain.
		{
			"PEM in the wrong order", pemFile(t, leaf, leaf, root, middle),
			[]finding{fail("order", "certificate 2 of the file (CN=Root) is not the issuer of the one before it; servers send them as they stand")},
		},
		{
			"PEM that begins with an issuer", pemFile(t, leaf, middle, leaf, root),
			[]finding{fail("order", "certificate 2 of the file (CN=mux.example.com) is not the issuer of the one before it; servers send them as they stand")},
		},
		{
			"the intermediate is missing", store(t, leaf),
			[]finding{fail("chain", "the issuer of CN=mux.example.com is missing: CN=Middle")},
		},
		{
			"the intermediate is missing, and the root is there", store(t, leaf, root),
			[]finding{fail("chain", "the issuer of CN=mux.example.com is missing: CN=Middle")},
		},
		{
			"the root is missing", store(t, leaf, middle),
			[]finding{fail("chain", "the issuer of CN=Middle is missing: CN=Root")},
		},
		{"the root is missing, and clients have it", ask(store(t, leaf, middle), trust(root)), nil},
		{"the root is missing, and the system has it", ask(store(t, leaf, middle), system(root)), nil},
		{
			"the root is missing, and the system has others", ask(store(t, leaf, middle), system(other)),
			[]finding{fail("chain", "the issuer of CN=Middle is missing: CN=Root")},
		},
		{
			"the system has the root, but the clients do not", ask(store(t, leaf, middle), system(root), trust(other)),
			[]finding{
				fail("chain", "the issuer of CN=Middle is missing: CN=Root"),
				fail("trust", "a client with this trust bundle would refuse the server: x509: certificate signed by unknown authority"),
			},
		},
		{
			"an issuer of the right name and the wrong key", chain(t, leaf, issue(t, root, ec(t, elliptic.P256()), ca("Middle")), root),
			[]finding{fail("chain", "CN=mux.example.com is not signed by CN=Middle: x509: ECDSA verification failure")},
		},
		{
			"an issuer that is no CA", store(t, issue(t, leaf, ec(t, elliptic.P256()), server, named("below.example.com")), leaf, middle, root),
			[]finding{fail("chain", "CN=mux.example.com has signed CN=below.example.com, but is no CA")},
		},

		// The host.
		{"the host in other letters", ask(store(t, self), host("MUX.example.COM")), nil},
		{"the host as an address", ask(store(t, self), host("192.0.2.1")), nil},
		{"the host under a wildcard", ask(store(t, issue(t, nil, ec(t, elliptic.P256()), server, hosts("*.example.com"))), host("mux.example.com")), nil},
		{
			"a foreign host", ask(store(t, self), host("www.example.com")),
			[]finding{fail("host", "www.example.com is not among its names: mux.example.com, 192.0.2.1")},
		},
		{
			"no subject alternative name", ask(store(t, issue(t, nil, ec(t, elliptic.P256()), server, hosts())), host("mux.example.com")),
			[]finding{fail("host", "the certificate has no subject alternative name, which clients want; its subject is CN=mux.example.com")},
		},

		// The dates.
		{
			"expired", ask(store(t, self), at(next.AddDate(0, 0, 2))),
			[]finding{fail("dates", "CN=self.example.com expired on 2026-03-01T12:00:00Z, 2 days ago")},
		},
		{
			"not yet valid", ask(store(t, self), at(past.Add(-time.Second))),
			[]finding{fail("dates", "CN=self.example.com is not valid before 2024-03-01T12:00:00Z")},
		},
		{"valid to the second", ask(store(t, self), at(past)), nil},
		{
			"at its end", ask(store(t, self), at(next)),
			[]finding{warn("dates", "valid until 2026-03-01T12:00:00Z, 0 days left")},
		},
		{
			"ends soon", ask(store(t, self), at(next.AddDate(0, 0, -29))),
			[]finding{warn("dates", "valid until 2026-03-01T12:00:00Z, 29 days left")},
		},
		{"ends in a month", ask(store(t, self), at(next.AddDate(0, 0, -30))), nil},
		{
			"an intermediate that ends before the leaf", store(t, issue(t, oldMiddle, ec(t, elliptic.P256()), server), oldMiddle, root),
			[]finding{fail("dates", "CN=Old expired on 2025-02-28T12:00:00Z, 1 day ago")},
		},

		// The strength.
		{
			"a short RSA key", store(t, issue(t, nil, rsaKey(t, 1024), server)),
			[]finding{fail("strength", "CN=mux.example.com: RSA key of 1024 bits, at least 2048 are needed")},
		},
		{"an RSA key", store(t, issue(t, nil, rsaKey(t, 2048), server)), nil},
		{
			"a small curve", store(t, issue(t, nil, ec(t, elliptic.P224()), server)),
			[]finding{fail("strength", "CN=mux.example.com: EC key of 224 bits, at least 256 are needed")},
		},
		{
			"a DSA key", fixture(t, "openssl-key-dsa.p12"),
			[]finding{
				fail("chain", "the issuer of CN=dsa.example.com is missing: CN=Fixture CA"),
				fail("strength", "CN=dsa.example.com: DSA key, which TLS clients no longer take"),
			},
		},
		{"an RSA-PSS key", fixture(t, "openssl-key-rsa-pss.p12"), nil},
		{
			"a signature with SHA-1", store(t, issue(t, middle, ec(t, elliptic.P256()), server, signedWith(x509.ECDSAWithSHA1)), middle, root),
			[]finding{fail("strength", "CN=mux.example.com: signed with SHA1withECDSA, which clients refuse")},
		},
		{"a root with SHA-1, whose signature nobody checks", store(t, issue(t, oldRoot, ec(t, elliptic.P256()), server), oldRoot), nil},
		{
			"a weak intermediate", store(t, issue(t, weakMiddle, ec(t, elliptic.P256()), server), weakMiddle, root),
			[]finding{fail("strength", "CN=Weak: RSA key of 1024 bits, at least 2048 are needed")},
		},

		// The clients.
		{
			"clients with another root", ask(store(t, leaf, middle, root), trust(other)),
			[]finding{fail("trust", "a client with this trust bundle would refuse the server: x509: certificate signed by unknown authority")},
		},
		{
			"clients with no root at all", ask(store(t, leaf, middle, root), func(s *verify.Subject) { s.Trust = []*keystore.Certificate{} }),
			[]finding{fail("trust", "a client with this trust bundle would refuse the server: x509: certificate signed by unknown authority")},
		},
		{
			"a certificate that is not for servers", ask(store(t, issue(t, middle, ec(t, elliptic.P256()), server, usage(x509.ExtKeyUsageClientAuth)), middle, root), trust(root)),
			[]finding{fail("trust", "a client with this trust bundle would refuse the server: x509: certificate specifies an incompatible key usage")},
		},

		// The programs.
		{
			"a program that is too old", ask(store(t, self), readBy(t, "java-17", "windows-server-2016")),
			[]finding{fail("opens-in", "the password is right, but Windows Server 2016 cannot read an HMAC-SHA256 MAC, AES-256 encryption, PBKDF2 with HMAC-SHA256")},
		},
		{
			"a program that is too new", ask(open(t, encode(t, pkcs12x.LegacyRC2(), self), true), readBy(t, "windows-server-2016", "openssl-3.0")),
			[]finding{fail("opens-in", "the password is right, but OpenSSL 3.0 cannot read RC2 encryption with 40 bits")},
		},
		{
			"a file of which nothing is known", ask(pemFile(t, self, self), readBy(t, "java-17")),
			[]finding{warn("opens-in", "nothing is known of Java 17 and files that are not PKCS#12")},
		},

		// All at once.
		{
			"nothing is right", ask(store(t, issue(t, middle, rsaKey(t, 1024), server).with(other.key)),
				host("www.example.com"), trust(other), readBy(t, "android-13"), at(next.AddDate(1, 0, 0))),
			[]finding{
				fail("key", "the private key (RSA 1024) does not belong to the certificate"),
				fail("chain", "the issuer of CN=mux.example.com is missing: CN=Middle"),
				fail("host", "www.example.com is not among its names: mux.example.com, 192.0.2.1"),
				fail("dates", "CN=mux.example.com expired on 2026-03-01T12:00:00Z, 365 days ago"),
				fail("strength", "CN=mux.example.com: RSA key of 1024 bits, at least 2048 are needed"),
				fail("trust", "a client with this trust bundle would refuse the server: x509: certificate has expired or is not yet valid: current time 2027-03-01T12:00:00Z is after 2026-03-01T12:00:00Z"),
				fail("opens-in", "the password is right, but Android 13 cannot read an HMAC-SHA256 MAC, AES-256 encryption, PBKDF2 with HMAC-SHA256"),
			},
		},
	} {
		results := verify.Entry(tt.subject)
		for _, r := range results {
			if seen[r.Check] == nil {
				seen[r.Check] = map[verify.Outcome]bool{}
			}
			seen[r.Check][r.Outcome] = true
		}
		t.Run(tt.name, func(t *testing.T) {
			var got []finding
			for _, r := range results {
				if r.Text == "" {
					t.Errorf("check %s says nothing", r.Check)
				}
				if r.Outcome != verify.Pass {
					got = append(got, finding{r.Check, r.Outcome, r.Text})
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			failed := slices.ContainsFunc(got, func(f finding) bool { return f.Outcome == verify.Fail })
			if verify.Failed(results) != failed {
				t.Errorf("Failed says %v", !failed)
			}
		})
	}

	// A new check comes with stories in which it says yes and no.
	for _, c := range verify.Checks() {
		no := seen[c.ID][verify.Fail] || seen[c.ID][verify.Warning]
		yes := seen[c.ID][verify.Pass] || c.ID == "order" // which says nothing when all is well
		if !no || !yes {
			t.Errorf("no story has check %s say no (%v) and yes (%v)", c.ID, no, yes)
		}
	}
}

// What passes says what was found, for those who read it.
func TestPassTexts(t *testing.T) {
	root := issue(t, nil, ec(t, elliptic.P256()), ca("Root"))
	leaf := issue(t, root, ec(t, elliptic.P256()), server)
	s := store(t, leaf, root)
	s.Host, s.Trust = "mux.example.com", parsed(t, root)
	readBy(t, "java-17")(&s)
	want := []verify.Result{
		{Check: "integrity", Outcome: verify.Pass, Text: "the password is right, and the file is whole (HMAC-SHA256, 10000 iterations)"},
		{Check: "key", Outcome: verify.Pass, Text: "the private key (EC P-256) belongs to the certificate"},
		{Check: "chain", Outcome: verify.Pass, Text: "2 certificates in order, ending in the root CN=Root"},
		{Check: "host", Outcome: verify.Pass, Text: "mux.example.com is among its names"},
		{Check: "dates", Outcome: verify.Pass, Text: "valid until 2026-03-01T12:00:00Z, 365 days left"},
		{Check: "strength", Outcome: verify.Pass, Text: "EC P-256, SHA256withECDSA"},
		{Check: "trust", Outcome: verify.Pass, Text: "a client with this trust bundle accepts the server"},
		{Check: "opens-in", Outcome: verify.Pass, Text: "Java 17 reads it"},
	}
	if diff := cmp.Diff(want, verify.Entry(s)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}

	// Under a root that is not in the store.
	s = store(t, leaf)
	s.Trust = parsed(t, root)
	text := "1 certificate, under the trusted root CN=Root"
	if !slices.Contains(verify.Entry(s), verify.Result{Check: "chain", Outcome: verify.Pass, Text: text}) {
		t.Errorf("no %q among %v", text, verify.Entry(s))
	}
}

// A system whose roots cannot be read has none.
func TestSystemRootsUnreadable(t *testing.T) {
	root := issue(t, nil, ec(t, elliptic.P256()), ca("Root"))
	s := store(t, issue(t, root, ec(t, elliptic.P256()), server))
	s.SystemRoots = func() (*x509.CertPool, error) { return nil, errors.New("no such thing") }
	if !verify.Failed(verify.Entry(s)) {
		t.Errorf("nothing failed: %v", verify.Entry(s))
	}
}

// IDs are names in a contract, and documented.
func TestChecksAreDescribed(t *testing.T) {
	ids := map[string]bool{}
	for _, c := range verify.Checks() {
		if c.ID == "" || c.Doc == "" || c.Run == nil || ids[c.ID] {
			t.Errorf("check %+v is not whole, or there twice", c)
		}
		ids[c.ID] = true
	}
}

// identity is a key and a certificate for it.
type identity struct {
	key         crypto.Signer
	certificate *x509.Certificate
}

// with is the certificate with another key.
func (i *identity) with(key crypto.Signer) *identity { return &identity{key, i.certificate} }

func ec(t *testing.T, curve elliptic.Curve) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t *testing.T, bits int) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// An option is one property of a certificate.
type option func(*x509.Certificate)

func ca(name string) option {
	return func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: name}
		c.IsCA, c.BasicConstraintsValid = true, true
		c.KeyUsage = x509.KeyUsageCertSign
	}
}

func server(c *x509.Certificate) {
	c.Subject = pkix.Name{CommonName: "mux.example.com"}
	c.DNSNames, c.IPAddresses = []string{"mux.example.com"}, []net.IP{net.IPv4(192, 0, 2, 1)}
	c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
}

func named(name string) option {
	return func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: name} }
}

func hosts(names ...string) option {
	return func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = names, nil }
}
func until(end time.Time) option         { return func(c *x509.Certificate) { c.NotAfter = end } }
func usage(u ...x509.ExtKeyUsage) option { return func(c *x509.Certificate) { c.ExtKeyUsage = u } }
func signedWith(a x509.SignatureAlgorithm) option {
	return func(c *x509.Certificate) { c.SignatureAlgorithm = a }
}

// issue makes a certificate for key; without an issuer, key signs it.
func issue(t *testing.T, issuer *identity, key crypto.Signer, options ...option) *identity {
	t.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: serial, NotBefore: past, NotAfter: next}
	for _, o := range options {
		o(template)
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.certificate, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &identity{key, c}
}

func parsed(t *testing.T, list ...*identity) []*keystore.Certificate {
	t.Helper()
	var out []*keystore.Certificate
	for _, i := range list {
		c, err := pkcs12x.ParseCertificate(i.certificate.Raw)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// encode makes a PKCS#12 file of one private-key entry.
func encode(t *testing.T, p pkcs12x.Profile, leaf *identity, issuers ...*identity) []byte {
	t.Helper()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(leaf.key)
	if err != nil {
		t.Fatal(err)
	}
	key, err := pkcs12x.ParsePrivateKey(pkcs8)
	if err != nil {
		t.Fatal(err)
	}
	e := &pkcs12x.Entry{Alias: "mux", Kind: pkcs12x.PrivateKey, Key: key}
	if leaf.certificate != nil {
		e.Chain = parsed(t, append([]*identity{leaf}, issuers...)...)
	}
	data, err := p.Encode(t.Context(), rand.Reader, password, []*pkcs12x.Entry{e})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// withoutMAC is a profile that nobody should write with.
func withoutMAC() pkcs12x.Profile {
	p := pkcs12x.Modern2023()
	p.MAC = pkcs12x.MACSpec{}
	return p
}

// open reads a file as the command does.
func open(t *testing.T, data []byte, unlock bool) verify.Subject {
	t.Helper()
	st, err := keystore.Decode(t.Context(), "test.p12", data, keystore.Options{
		Password: func(context.Context) (string, error) { return password, nil },
		Unlock:   unlock,
	})
	if err != nil {
		t.Fatal(err)
	}
	e, err := st.PrivateKey("")
	if err != nil {
		t.Fatal(err)
	}
	return verify.Subject{Store: st, Entry: e, Now: now}
}

func store(t *testing.T, leaf *identity, issuers ...*identity) verify.Subject {
	t.Helper()
	return open(t, encode(t, pkcs12x.Modern2023(), leaf, issuers...), true)
}

// chain is a store with this very chain, which readers might put together in
// another way.
func chain(t *testing.T, leaf *identity, issuers ...*identity) verify.Subject {
	t.Helper()
	s := store(t, leaf)
	s.Entry.Chain = parsed(t, append([]*identity{leaf}, issuers...)...)
	return s
}

// pemFile is a file with the key of one certificate, and certificates as they
// stand.
func pemFile(t *testing.T, key *identity, certificates ...*identity) verify.Subject {
	t.Helper()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key.key)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	blocks := []*pem.Block{{Type: "PRIVATE KEY", Bytes: pkcs8}}
	for _, c := range certificates {
		blocks = append(blocks, &pem.Block{Type: "CERTIFICATE", Bytes: c.certificate.Raw})
	}
	for _, block := range blocks {
		if err := pem.Encode(&b, block); err != nil {
			t.Fatal(err)
		}
	}
	return open(t, b.Bytes(), true)
}

// fixture is a file that OpenSSL wrote in 2026.
func fixture(t *testing.T, name string) verify.Subject {
	t.Helper()
	data, err := os.ReadFile("../../pkcs12x/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, data, true)
	s.Now = time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC)
	return s
}

func readBy(t *testing.T, ids ...string) func(*verify.Subject) {
	t.Helper()
	return func(s *verify.Subject) {
		for _, id := range ids {
			c, ok := pkcs12x.ConsumerByID(id)
			if !ok {
				t.Fatalf("no consumer %q", id)
			}
			s.Consumers = append(s.Consumers, c)
		}
	}
}
