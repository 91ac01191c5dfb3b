package certgen_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muxkey/certgen"
	"muxkey/internal/peer"
)

func mustCSR(t testing.TB, keyType string, c certgen.Content) *certgen.CSR {
	t.Helper()
	der, err := certgen.CreateCSR(seeded(6), mustKey(t, keyType), c, certgen.Signing{})
	if err != nil {
		t.Fatal(err)
	}
	csr, err := certgen.ParseCSR(der)
	if err != nil {
		t.Fatal(err)
	}
	return csr
}

var tlsFeature = pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}, Value: []byte{0x30, 3, 2, 1, 5}}

func TestCSRSaysWhatItWasMadeOf(t *testing.T) {
	names := mustNames(t, "mux.example.com", "*.chat.example.com", "10.0.0.1", "2001:db8::1", "a@example.com", "spiffe://example.org/mux", "upn:a@corp.example.com")
	for _, kt := range certgen.KeyTypes() {
		content := must(certgen.ParseProfile("mutual")).Content(mustKey(t, kt.Name).Public())
		content.Names, content.Subject = names, must(certgen.ParseDN("CN=mux,O=Example"))
		content.Extensions = []pkix.Extension{tlsFeature}
		content.CRLs = []string{"http://crl.example.com/"}
		csr := mustCSR(t, kt.Name, content)
		if err := csr.Check(); err != nil {
			t.Errorf("%s: %v", kt.Name, err)
		}
		if !bytes.Equal(csr.Subject, content.Subject) || len(csr.OtherNames) != 0 {
			t.Errorf("%s: subject %x", kt.Name, csr.Subject)
		}
		var got, want []string
		for i := range names {
			got, want = append(got, csr.Names[i].String()), append(want, names[i].String())
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: names %v, want %v", kt.Name, got, want)
		}
		var ids []string
		for _, e := range csr.Extensions {
			ids = append(ids, e.Id.String())
		}
		if strings.Join(ids, " ") != "2.5.29.15 2.5.29.37 2.5.29.17 1.3.6.1.5.5.7.1.24" {
			t.Errorf("%s: extensions %v", kt.Name, ids)
		}
		theirs, err := x509.ParseCertificateRequest(csr.Raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := theirs.CheckSignature(); err != nil || theirs.SignatureAlgorithm != csr.SignatureAlgorithm {
			t.Errorf("%s: crypto/x509: %v, %v", kt.Name, err, theirs.SignatureAlgorithm)
		}
	}
}

func TestCSRWithPSSAndWithoutSubject(t *testing.T) {
	der, err := certgen.CreateCSR(seeded(6), mustKey(t, "rsa-2048"), certgen.Content{Names: mustNames(t, "mux"), Subject: []byte{0x30, 0}}, certgen.Signing{PSS: true})
	if err != nil {
		t.Fatal(err)
	}
	csr := must(certgen.ParseCSR(der))
	if err := csr.Check(); err != nil || csr.SignatureAlgorithm != x509.SHA256WithRSAPSS {
		t.Errorf("%v %v", csr.SignatureAlgorithm, err)
	}
	if len(csr.Extensions) != 1 || !csr.Extensions[0].Critical {
		t.Errorf("without subject the names must be critical: %v", csr.Extensions)
	}
	if _, err := certgen.CreateCSR(seeded(6), mustKey(t, "ec-p256"), certgen.Content{Subject: []byte{0x30, 0}}, certgen.Signing{}); !errors.Is(err, certgen.ErrNoSubject) {
		t.Errorf("neither names nor subject: %v", err)
	}
}

func TestBadCSRs(t *testing.T) {
	good := mustCSR(t, "ec-p256", certgen.Content{Names: mustNames(t, "mux.example.com")})
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	broken := bytes.Clone(good.Raw)
	i := bytes.Index(broken, []byte("mux.example.com"))
	broken[i] = 'n'
	if err := must(certgen.ParseCSR(broken)).Check(); !errors.Is(err, certgen.ErrSignature) {
		t.Errorf("a changed subject: %v", err)
	}
	small := sign(t, &x509.CertificateRequest{}, must(rsa.GenerateKey(nil, 1024)))
	if err := must(certgen.ParseCSR(small)).Check(); !errors.Is(err, certgen.ErrWeakKey) || !strings.Contains(err.Error(), "RSA 1024") {
		t.Errorf("a small key: %v", err)
	}
	badName := sign(t, &x509.CertificateRequest{DNSNames: []string{"mux example.com"}}, mustKey(t, "ec-p256").(*ecdsa.PrivateKey))
	var nameErr *certgen.NameError
	if err := must(certgen.ParseCSR(badName)).Check(); !errors.As(err, &nameErr) {
		t.Errorf("a name that is none: %v", err)
	}
	for _, der := range [][]byte{nil, {0x30, 0}, good.Raw[:len(good.Raw)-40], []byte("-----BEGIN"), make([]byte, 1<<20)} {
		if _, err := certgen.ParseCSR(der); !errors.Is(err, certgen.ErrDamaged) {
			t.Errorf("%d octets: %v", len(der), err)
		}
	}
}

func sign(t *testing.T, template *x509.CertificateRequest, key any) []byte {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0")
	der, err := x509.CreateCertificateRequest(neverRead{}, template, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

type neverRead struct{}

func (neverRead) Read(b []byte) (int, error) { return len(b), nil }

// A key that Go does not know is named.
func TestKeysByName(t *testing.T) {
	good := mustCSR(t, "ec-p256", certgen.Content{Names: mustNames(t, "mux")})
	ec, p256 := "06072a8648ce3d0201", "06082a8648ce3d030107"
	for _, tt := range []struct {
		what, old, new, text string
		want                 error
	}{
		{"another curve", p256, "06082a8648ce3d030101", "EC P-192", certgen.ErrWeakKey},
		{"a curve nobody knows", p256, "06082a8648ce3d03017f", "EC 1.2.840.10045.3.1.127", certgen.ErrKeyUnsupported},
		{"another type", ec, "06072a8648ce380401", "DSA", certgen.ErrKeyUnsupported},
		{"a type nobody knows", ec, "06072a8648ce3d0701", "1.2.840.10045.7.1", certgen.ErrKeyUnsupported},
	} {
		der := bytes.Replace(good.Raw, must(hex.DecodeString(tt.old)), must(hex.DecodeString(tt.new)), 1)
		csr, err := certgen.ParseCSR(der)
		if err != nil {
			t.Errorf("%s: %v", tt.what, err)
			continue
		}
		if err := csr.Check(); !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text+" ") {
			t.Errorf("%s: %v", tt.what, err)
		}
	}
	n := new(big.Int).SetBit(big.NewInt(1), 2047, 1)
	for _, tt := range []struct {
		key  any
		want error
	}{
		{&rsa.PublicKey{N: n, E: 65537}, nil},
		{&rsa.PublicKey{N: n, E: 3}, certgen.ErrWeakKey},
		{&rsa.PublicKey{N: n, E: 65538}, certgen.ErrWeakKey},
		{&rsa.PublicKey{N: new(big.Int).Rsh(n, 1), E: 65537}, certgen.ErrWeakKey},
		{&rsa.PublicKey{N: new(big.Int).Lsh(n, 16384), E: 65537}, certgen.ErrKeyUnsupported},
		{"no key", certgen.ErrKeyUnsupported},
	} {
		if err := certgen.CheckKey(tt.key); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", certgen.KeyTypeOf(tt.key), err)
		}
	}
}

func TestGrant(t *testing.T) {
	profile := func(name string) certgen.Profile { return must(certgen.ParseProfile(name)) }
	wishful := certgen.Content{
		Subject: must(certgen.ParseDN("CN=mux.example.com,O=Example")), Names: mustNames(t, "mux.example.com"),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, CA: true, PathLen: 3,
		ExtKeyUsage: append(profile("server").ExtKeyUsage(), profile("code").ExtKeyUsage()...),
		Extensions:  []pkix.Extension{tlsFeature},
	}
	csr := mustCSR(t, "rsa-2048", wishful)
	keytool := mustCSR(t, "ec-p256", certgen.Content{Subject: must(certgen.ParseDN("CN=mux.example.com,O=Example"))})
	nobody := mustCSR(t, "ec-p256", certgen.Content{Subject: must(certgen.ParseDN("CN=Joe Doe"))})

	c, left, err := certgen.Approval{Profile: profile("server")}.Grant(csr)
	if err != nil {
		t.Fatal(err)
	}
	if c.CA || c.KeyUsage != x509.KeyUsageDigitalSignature || len(c.ExtKeyUsage) != 1 || len(c.Extensions) != 0 || len(c.Names) != 1 {
		t.Errorf("granted %+v", c)
	}
	var texts []string
	for _, w := range left {
		texts = append(texts, map[bool]string{true: "! ", false: "- "}[w.Dangerous]+w.Text)
	}
	want := []string{
		"! keyUsage keyCertSign: not of the profile server",
		"! extendedKeyUsage codeSigning: not of the profile server",
		"! CA:TRUE: the profile server makes no CAs",
		"- extension 1.3.6.1.5.5.7.1.24: not taken over unless honoured",
	}
	if !slices.Equal(texts, want) {
		t.Errorf("left out:\n%s", strings.Join(texts, "\n"))
	}

	if c, left, err = (certgen.Approval{Profile: profile("server"), HonorAll: true}).Grant(csr); err != nil || len(left) != 0 || len(c.Extensions) != 5 {
		t.Errorf("all honoured: %+v, %v, %v", c, left, err)
	}
	if c, _, err = (certgen.Approval{Profile: profile("server"), Honor: []asn1.ObjectIdentifier{tlsFeature.Id}}).Grant(csr); err != nil || c.CA || len(c.Extensions) != 1 {
		t.Errorf("one honoured: %+v, %v", c, err)
	}
	for allowed, want := range map[int]int{0: 0, 5: 3, -1: 3} {
		if c, _, err = (certgen.Approval{Profile: profile("ca"), PathLen: allowed}).Grant(csr); err != nil || !c.CA || c.PathLen != want {
			t.Errorf("path length %d allowed: %+v, %v", allowed, c, err)
		}
	}
	if c, left, err = (certgen.Approval{Profile: profile("server")}).Grant(keytool); err != nil || c.Names[0].String() != "dns:mux.example.com" || len(left) != 1 {
		t.Errorf("keytool's: %+v, %v, %v", c, left, err)
	}
	if _, _, err = (certgen.Approval{Profile: profile("server")}).Grant(nobody); !errors.Is(err, certgen.ErrNoNames) {
		t.Errorf("a server without host: %v", err)
	}
	if c, _, err = (certgen.Approval{Profile: profile("client")}).Grant(nobody); err != nil || len(c.Names) != 0 {
		t.Errorf("a client without names: %+v, %v", c, err)
	}
	if c, _, err = (certgen.Approval{Profile: profile("server"), Names: mustNames(t, "other.example.com"), Subject: must(certgen.ParseDN("CN=other"))}).Grant(csr); err != nil ||
		c.Names[0].Value != "other.example.com" || certgen.FormatDN(c.Subject) != "CN=other" {
		t.Errorf("names of the CA's choice: %+v, %v", c, err)
	}
	allowed := must(certgen.ParseConstraints([]string{"example.org"}, nil))
	var not *certgen.NotPermittedError
	for _, r := range []*certgen.CSR{csr, keytool} {
		if _, _, err = (certgen.Approval{Profile: profile("server"), Allowed: allowed}).Grant(r); !errors.As(err, &not) || len(not.Refused) != 1 {
			t.Errorf("a foreign name: %v", err)
		}
	}
}

func TestOpenSSLAndKeytoolReadOurCSRs(t *testing.T) {
	openssl, keytool := peer.Program(t, "openssl"), peer.Program(t, "keytool")
	names := mustNames(t, "mux.example.com", "10.0.0.1", "a@example.com", "spiffe://example.org/mux", "upn:a@corp.example.com")
	for _, kt := range certgen.KeyTypes() {
		for _, s := range []certgen.Signing{{}, {PSS: true}} {
			if s.PSS && kt.Name != "rsa-2048" || !s.PSS && testing.Short() {
				continue
			}
			content := must(certgen.ParseProfile("server")).Content(mustKey(t, kt.Name).Public())
			content.Names = names
			der, err := certgen.CreateCSR(seeded(6), mustKey(t, kt.Name), content, s)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "mux.csr")
			if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}), 0o600); err != nil {
				t.Fatal(err)
			}
			out, ok := run(t, openssl, "req", "-in", file, "-noout", "-verify", "-text")
			for _, want := range []string{"DNS:mux.example.com", "IP Address:10.0.0.1", "email:a@example.com", "URI:spiffe", "TLS Web Server Authentication"} {
				if !ok || !strings.Contains(out, want) {
					t.Errorf("%s %v: openssl does not show %s: %s", kt.Name, s, want, out)
				}
			}
			if out, ok := run(t, keytool, "-printcertreq", "-file", file); !ok || !strings.Contains(out, "DNSName: mux.example.com") {
				t.Errorf("%s %v: keytool: %s", kt.Name, s, out)
			}
		}
	}
}

func TestCSRsOfOpenSSLAndKeytool(t *testing.T) {
	openssl, keytool := peer.Program(t, "openssl"), peer.Program(t, "keytool")
	dir := t.TempDir()
	read := func(file string) *certgen.CSR {
		t.Helper()
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(data)
		if block == nil {
			t.Fatalf("%s", data)
		}
		return must(certgen.ParseCSR(block.Bytes))
	}
	file := filepath.Join(dir, "a.csr")
	for _, tt := range []struct {
		args string
		want error
	}{
		{"-newkey rsa:2048 -sha1", nil},
		{"-newkey rsa:2048 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20", nil},
		{"-newkey rsa:1024", certgen.ErrWeakKey},
		{"-newkey rsa:2048 -pkeyopt rsa_keygen_pubexp:3", certgen.ErrWeakKey},
		{"-newkey ec -pkeyopt ec_paramgen_curve:P-256", nil},
		{"-newkey ec -pkeyopt ec_paramgen_curve:prime192v1", certgen.ErrWeakKey},
		{"-newkey ec -pkeyopt ec_paramgen_curve:brainpoolP256r1", certgen.ErrKeyUnsupported},
		{"-newkey rsa-pss -pkeyopt rsa_keygen_bits:2048", certgen.ErrKeyUnsupported},
		{"-newkey ed25519", nil},
		{"-newkey ed448", certgen.ErrKeyUnsupported},
	} {
		args := append([]string{"req", "-new", "-nodes", "-keyout", filepath.Join(dir, "a.key"), "-out", file, "-subj", "/CN=mux.example.com"}, strings.Fields(tt.args)...)
		if out, ok := run(t, openssl, args...); !ok {
			t.Fatalf("%s: %s", tt.args, out)
		}
		if err := read(file).Check(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.args, err)
		}
	}
	store := filepath.Join(dir, "a.p12")
	for _, args := range [][]string{
		{"-genkeypair", "-keyalg", "EC", "-dname", "CN=mux.example.com"},
		{"-certreq", "-file", file, "-ext", "san=dns:mux.example.com,ip:10.0.0.1", "-ext", "ku=digitalSignature"},
	} {
		if out, ok := run(t, keytool, append(args, "-keystore", store, "-storepass", "example", "-alias", "mux")...); !ok {
			t.Fatal(out)
		}
	}
	csr := read(file)
	if err := csr.Check(); err != nil || len(csr.Names) != 2 {
		t.Errorf("keytool's: %v, %v", csr.Names, err)
	}
}

func FuzzParseCSR(f *testing.F) {
	f.Add(mustCSR(f, "ec-p256", certgen.Content{Names: mustNames(f, "mux.example.com", "upn:a@b")}).Raw)
	f.Add(mustCSR(f, "ed25519", caContent(f, "CN=Sub", 2)).Raw)
	f.Fuzz(func(t *testing.T, der []byte) {
		csr, err := certgen.ParseCSR(der)
		if err != nil {
			if !errors.Is(err, certgen.ErrDamaged) {
				t.Errorf("%v", err)
			}
			return
		}
		_ = csr.Check()
		c, _, err := certgen.Approval{Profile: certgen.Profiles()[0]}.Grant(csr)
		if err == nil && (c.CA || len(c.Extensions) > 0) {
			t.Errorf("granted %+v", c)
		}
	})
}

func TestSameArgumentsSameCSR(t *testing.T) {
	for _, kt := range []string{"ec-p256", "rsa-2048", "ed25519"} {
		for _, s := range []certgen.Signing{{}, {PSS: true}} {
			c := certgen.Content{Names: mustNames(t, "mux.example.com")}
			a, b := must(certgen.CreateCSR(seeded(6), mustKey(t, kt), c, s)), must(certgen.CreateCSR(seeded(6), mustKey(t, kt), c, s))
			if !bytes.Equal(a, b) {
				t.Errorf("%s, PSS %v: two requests of the same", kt, s.PSS)
			}
		}
	}
}
