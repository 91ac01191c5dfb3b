package inspect_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/inspect"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// keyOf makes the same key from the same name. Ed25519 signatures do not
// depend on chance, so certificates made with it are the same every time.
func keyOf(name string) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, name)
	return ed25519.NewKeyFromSeed(seed)
}

// template is a good certificate for a server; change breaks it.
func template(name string, change func(*x509.Certificate)) *x509.Certificate {
	c := &x509.Certificate{
		SerialNumber:          big.NewInt(0x1234),
		Subject:               pkix.Name{CommonName: name, Organization: []string{"Example"}},
		NotBefore:             now.AddDate(0, -1, 0),
		NotAfter:              now.AddDate(1, 0, 0),
		DNSNames:              []string{name},
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	if change != nil {
		change(c)
	}
	return c
}

func ca(c *x509.Certificate) {
	c.IsCA, c.DNSNames, c.ExtKeyUsage = true, nil, nil
	c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
}

// issue makes a certificate; issuer and its key are nil for a self-signed one.
func issue(t *testing.T, c *x509.Certificate, key crypto.Signer, issuer *x509.Certificate, issuerKey crypto.Signer) *keystore.Certificate {
	t.Helper()
	if issuer == nil {
		issuer, issuerKey = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, issuer, key.Public(), issuerKey)
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, der)
}

func parsed(t *testing.T, der []byte) *keystore.Certificate {
	t.Helper()
	c, err := pkcs12x.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t *testing.T, path string) *keystore.Store {
	t.Helper()
	s, err := keystore.Open(t.Context(), path, withPassword("changeit"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func equalList(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s is %q, want %q", what, got, want)
	}
}

func TestCertificateFacts(t *testing.T) {
	authority := template("Example CA", ca)
	authority.SubjectKeyId = []byte{0xca, 0xfe}
	uri, err := url.Parse("https://mux.example.com/x")
	if err != nil {
		t.Fatal(err)
	}
	c := inspect.Describe(issue(t, template("mux.example.com", func(c *x509.Certificate) {
		c.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 1), net.ParseIP("2001:db8::1")}
		c.EmailAddresses = []string{"admin@example.com"}
		c.URIs = []*url.URL{uri}
		c.KeyUsage |= x509.KeyUsageKeyAgreement
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
		c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 2, 3}}
		c.SubjectKeyId = []byte{1, 2, 3}
		c.OCSPServer = []string{"http://ocsp.example.com"}
		c.IssuingCertificateURL = []string{"http://ca.example.com/ca.crt"}
		c.CRLDistributionPoints = []string{"http://ca.example.com/ca.crl"}
		c.Policies = []x509.OID{oid(t, "2.23.140.1.2.1"), oid(t, "1.2.3.4")}
	}), keyOf("mux"), authority, keyOf("ca")), now)

	equal(t, "subject", c.Subject, "CN=mux.example.com,O=Example")
	equal(t, "issuer", c.Issuer, "CN=Example CA,O=Example")
	equal(t, "serial", c.Serial, "1234")
	equal(t, "version", c.Version, 3)
	equal(t, "not before", c.NotBefore, now.AddDate(0, -1, 0))
	equal(t, "not after", c.NotAfter, now.AddDate(1, 0, 0))
	equal(t, "days left", c.DaysLeft, 365)
	equal(t, "expired", c.Expired, false)
	equal(t, "not yet valid", c.NotYetValid, false)
	equal(t, "key", c.PublicKey.Type, "Ed25519")
	equal(t, "signature", c.SignatureAlgorithm, "Ed25519")
	equal(t, "self-signed", c.SelfSigned, false)
	equal(t, "CA", c.CA, false)
	equal(t, "subject key ID", c.SubjectKeyID, "010203")
	equal(t, "authority key ID", c.AuthorityKeyID, "cafe")
	equalList(t, "DNS names", c.SANs.DNS, "mux.example.com")
	equalList(t, "addresses", c.SANs.IP, "192.0.2.1", "2001:db8::1")
	equalList(t, "email", c.SANs.Email, "admin@example.com")
	equalList(t, "URIs", c.SANs.URI, "https://mux.example.com/x")
	equalList(t, "key usage", c.KeyUsage, "digitalSignature", "keyAgreement")
	equalList(t, "extended key usage", c.ExtendedKeyUsage, "serverAuth", "clientAuth", "1.2.3")
	equalList(t, "OCSP", c.OCSP, "http://ocsp.example.com")
	equalList(t, "issuer URLs", c.IssuerURLs, "http://ca.example.com/ca.crt")
	equalList(t, "CRLs", c.CRLs, "http://ca.example.com/ca.crl")
	equalList(t, "policies", c.Policies, "2.23.140.1.2.1 (domain validated)", "1.2.3.4")
	for _, e := range c.Extensions {
		if e.Name == "" || e.Value == "" || strings.HasPrefix(e.Value, "#") {
			t.Errorf("extension %#v has no name or no summary", e)
		}
	}
	equal(t, "number of extensions", len(c.Extensions), 9)
}

func oid(t *testing.T, s string) x509.OID {
	t.Helper()
	id, err := x509.ParseOID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestCAFacts(t *testing.T) {
	c := inspect.Describe(issue(t, template("Root", func(c *x509.Certificate) {
		ca(c)
		c.MaxPathLen = 2
		c.PermittedDNSDomains, c.ExcludedDNSDomains = []string{".example.com"}, []string{"bad.example.com"}
		c.PermittedIPRanges = []*net.IPNet{{IP: net.IPv4(192, 0, 2, 0).To4(), Mask: net.CIDRMask(24, 32)}}
	}), keyOf("root"), nil, nil), now)
	equal(t, "self-signed", c.SelfSigned, true)
	equal(t, "CA", c.CA, true)
	if c.PathLen == nil || *c.PathLen != 2 {
		t.Errorf("path length is %v", c.PathLen)
	}
	for _, e := range c.Extensions {
		switch e.Name {
		case "nameConstraints":
			equal(t, "constraints", e.Value, "permitted DNS:.example.com, permitted IP:192.0.2.0/24, excluded DNS:bad.example.com")
		case "basicConstraints":
			equal(t, "constraints", e.Value, "CA, path length 2")
		}
	}
}

func TestLifetimeIsCountedInWholeDays(t *testing.T) {
	for _, tt := range []struct {
		from, to        string
		days            int
		expired, before bool
	}{
		{"2026-01-01T00:00:00Z", "2026-06-01T12:00:00Z", 0, false, false},
		{"2026-01-01T00:00:00Z", "2026-06-01T11:59:59Z", -1, true, false},
		{"2026-01-01T00:00:00Z", "2026-05-31T12:00:00Z", -1, true, false},
		{"2026-01-01T00:00:00Z", "2026-05-31T11:59:59Z", -2, true, false},
		{"2026-01-01T00:00:00Z", "2026-06-02T11:59:59Z", 0, false, false},
		{"2026-01-01T00:00:00Z", "2026-06-02T12:00:00Z", 1, false, false},
		{"2026-06-01T12:00:01Z", "2027-06-01T12:00:00Z", 365, false, true},
		{"2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 2912291, false, false}, // "no end", RFC 5280 section 4.1.2.5
	} {
		from, err1 := time.Parse(time.RFC3339, tt.from)
		to, err2 := time.Parse(time.RFC3339, tt.to)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		c := inspect.Describe(issue(t, template("a", func(c *x509.Certificate) { c.NotBefore, c.NotAfter = from, to }), keyOf("a"), nil, nil), now)
		if c.DaysLeft != tt.days || c.Expired != tt.expired || c.NotYetValid != tt.before {
			t.Errorf("%s to %s: %d days, expired %v, not yet valid %v", tt.from, tt.to, c.DaysLeft, c.Expired, c.NotYetValid)
		}
	}
}

// A certificate that carries the name of its issuer is not self-signed for
// that: a CA that renews its key issues such ones.
func TestSelfIssuedIsNotSelfSigned(t *testing.T) {
	c := issue(t, template("CA", ca), keyOf("new"), template("CA", ca), keyOf("old"))
	if !c.SelfIssued() {
		t.Fatal("the certificate is not self-issued")
	}
	equal(t, "self-signed", inspect.Describe(c, now).SelfSigned, false)
}

func TestKeyAndSignatureNames(t *testing.T) {
	ec := func(curve elliptic.Curve) crypto.Signer {
		k, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		key       crypto.Signer
		algorithm x509.SignatureAlgorithm
		family    string
		typ       string
		size      int
		signature string
	}{
		{ec(elliptic.P224()), x509.ECDSAWithSHA256, "EC", "EC P-224", 224, "SHA256withECDSA"},
		{ec(elliptic.P256()), x509.ECDSAWithSHA256, "EC", "EC P-256", 256, "SHA256withECDSA"},
		{ec(elliptic.P384()), x509.ECDSAWithSHA384, "EC", "EC P-384", 384, "SHA384withECDSA"},
		{ec(elliptic.P521()), x509.ECDSAWithSHA512, "EC", "EC P-521", 521, "SHA512withECDSA"},
		{rsaKey, x509.SHA256WithRSA, "RSA", "RSA 2048", 2048, "SHA256withRSA"},
		{rsaKey, x509.SHA384WithRSA, "RSA", "RSA 2048", 2048, "SHA384withRSA"},
		{rsaKey, x509.SHA256WithRSAPSS, "RSA", "RSA 2048", 2048, "RSASSA-PSS with SHA256"},
		{rsaKey, x509.SHA512WithRSAPSS, "RSA", "RSA 2048", 2048, "RSASSA-PSS with SHA512"},
		{keyOf("x"), x509.PureEd25519, "Ed25519", "Ed25519", 256, "Ed25519"},
	} {
		c := inspect.Describe(issue(t, template("a", func(c *x509.Certificate) { c.SignatureAlgorithm = tt.algorithm }), tt.key, nil, nil), now)
		if c.PublicKey.Algorithm != tt.family || c.PublicKey.Type != tt.typ || c.PublicKey.Size != tt.size || c.SignatureAlgorithm != tt.signature {
			t.Errorf("%s with %s is %+v, signed with %s", tt.typ, tt.algorithm, c.PublicKey, c.SignatureAlgorithm)
		}
	}
}

// What Go's parser does not know or refuses is described all the same.
func TestForeignAlgorithms(t *testing.T) {
	const dir = "../pkcs12x/testdata/openssl-key-"
	for _, tt := range []struct{ file, typ, family, curve string }{
		{"ed448", "Ed448", "Ed448", ""},
		{"secp256k1", "EC secp256k1", "EC", "secp256k1"},
		{"brainpool", "EC brainpoolP256r1", "EC", "brainpoolP256r1"},
		{"dsa", "DSA 2048", "DSA", ""},
		{"rsa-pss", "RSASSA-PSS 2048", "RSASSA-PSS", ""},
	} {
		target := inspect.Inspect(open(t, dir+tt.file+".p12"), now)
		e := target.Entries[0]
		c := e.Chain[0]
		for _, k := range []inspect.PublicKey{c.PublicKey, e.Key.PublicKey} {
			if k.Type != tt.typ || k.Algorithm != tt.family || k.Curve != tt.curve || k.Size == 0 {
				t.Errorf("%s: key is %+v", tt.file, k)
			}
		}
		if !strings.HasPrefix(c.Subject, "CN=") || len(c.SANs.DNS) != 1 || c.DaysLeft <= 0 || c.AuthorityKeyID == "" {
			t.Errorf("%s: certificate is %+v", tt.file, c)
		}
		if e.Key.Locked || e.Key.MatchesCertificate != nil && !*e.Key.MatchesCertificate {
			t.Errorf("%s: key is %+v", tt.file, e.Key)
		}
	}
}

func TestNegativeSerialNumber(t *testing.T) {
	c := issue(t, template("a", func(c *x509.Certificate) { c.SerialNumber = big.NewInt(0x7a7b7c7d) }), keyOf("a"), nil, nil)
	der := bytes.Replace(c.Raw, []byte{2, 4, 0x7a, 0x7b, 0x7c, 0x7d}, []byte{2, 4, 0x85, 0x84, 0x83, 0x83}, 1)
	got := inspect.Describe(parsed(t, der), now)
	equal(t, "serial", got.Serial, "-7a7b7c7d")
	equal(t, "subject", got.Subject, "CN=a,O=Example")
	equalList(t, "DNS names", got.SANs.DNS, "a")
}

func TestNamesInCertificatesAreSafeToPrint(t *testing.T) {
	// SEQUENCE of dNSName with an escape sequence, iPAddress of 3 octets, an
	// otherName with a UPN, a directoryName, registeredID 1.2.3, x400Address.
	value, err := hex.DecodeString("3047" + "82051b5b324a0a" + "8703010203" +
		"a015" + "060a2b060104018237140203" + "a0070c05" + "757365720a" +
		"a40f" + "300d310b300906035504030c02" + "686f" + "88022a03" + "a3020500")
	if err != nil {
		t.Fatal(err)
	}
	value[1] = byte(len(value) - 2)
	c := inspect.Describe(issue(t, template("a", func(c *x509.Certificate) {
		c.DNSNames = nil
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: value}}
	}), keyOf("a"), nil, nil), now)
	equalList(t, "DNS names", c.SANs.DNS, `\u001b[2J\u000a`)
	equalList(t, "addresses", c.SANs.IP, "#010203")
	equalList(t, "others", c.SANs.Other, `UPN:user\u000a`, "DN:CN=ho", "RID:1.2.3", "#0500")
}

func TestExtensionsAreNamed(t *testing.T) {
	for _, tt := range []struct{ oid, hex, name, value string }{
		{"1.3.6.1.5.5.7.1.24", "3003020105", "tlsFeature", "status_request (must staple)"},
		{"1.3.6.1.5.5.7.48.1.5", "0500", "ocspNoCheck", ""},
		{"1.3.6.1.4.1.11129.2.4.2", "040a" + "0008" + "00020102" + "00020304", "signedCertificateTimestamps", "2 timestamps"},
		{"2.16.840.1.113730.1.13", "160568656c6c6f", "netscapeComment", "hello"},
		{"1.3.6.1.4.1.311.20.2", "1e0a00550073006500720021", "microsoftTemplateName", "User!"},
		{"1.3.6.1.4.1.311.21.1", "02020100", "microsoftCAVersion", "256"},
		{"1.2.3.4", "0c0268c3", "", `h\xc3`},
		{"1.2.3.4", "0101ff", "", "true"},
		{"1.2.3.4", "06022a03", "", "1.2.3"},
		{"1.2.3.4", "deadbeef", "", "#deadbeef"},
		{"1.2.3.4", strings.Repeat("ab", 100), "", "#" + strings.Repeat("ab", 64) + "... (100 octets)"},
		{"2.5.29.15", "0c0131", "keyUsage", "1"}, // breaks its format
	} {
		value, err := hex.DecodeString(tt.hex)
		if err != nil {
			t.Fatal(err)
		}
		var id asn1.ObjectIdentifier
		for arc := range strings.SplitSeq(tt.oid, ".") {
			n, _ := new(big.Int).SetString(arc, 10)
			id = append(id, int(n.Int64()))
		}
		c := parsed(t, issue(t, template("a", nil), keyOf("a"), nil, nil).Raw)
		c.Extensions = []pkix.Extension{{Id: id, Critical: true, Value: value}}
		got := inspect.Describe(c, now).Extensions[0]
		if want := (inspect.Extension{OID: tt.oid, Name: tt.name, Critical: true, Value: tt.value}); got != want {
			t.Errorf("%s: %+v, want %+v", tt.oid, got, want)
		}
	}
}

// A signature check with a key of megabits takes minutes, and anybody can make
// such a key.
func TestHugeKeysAreNotComputedWith(t *testing.T) {
	signer, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	const bits = 1_000_000
	huge := new(big.Int).Lsh(big.NewInt(1), bits-1)
	huge.SetBit(huge, 0, 1)
	c := template("huge", func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA256WithRSA })
	der, err := x509.CreateCertificate(rand.Reader, c, c, &rsa.PublicKey{N: huge, E: 65537}, signer)
	if err != nil {
		t.Fatal(err)
	}
	in := cryptobyte.String(der)
	var body, tbs, algorithm cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1Element(&tbs, cbasn1.SEQUENCE) || !body.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) {
		t.Fatal("no certificate")
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(tbs)
		b.AddBytes(algorithm)
		b.AddASN1BitString(make([]byte, bits/8)) // as long as the key: else it is refused at once
	})
	start := time.Now()
	got := inspect.Describe(parsed(t, b.BytesOrPanic()), now)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	equal(t, "size", got.PublicKey.Size, bits)
	equal(t, "self-signed", got.SelfSigned, true)
}
