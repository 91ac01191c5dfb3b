package certgen_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"muxkey/certgen"
)

// mustSelfSign fills in what a test leaves out of a request, and signs.
func mustSelfSign(t testing.TB, r certgen.Request) *x509.Certificate {
	t.Helper()
	if r.Names == nil {
		r.Names = mustNames(t, "mux.example.com")
	}
	if r.Key == nil {
		r.Key = mustKey(t, certgen.DefaultKeyType)
	}
	if r.NotAfter.IsZero() {
		r.NotBefore, r.NotAfter = now, now.AddDate(0, 0, 397)
	}
	der, err := certgen.SelfSigned(seeded(9), r)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func mustNames(t testing.TB, words ...string) certgen.Names {
	t.Helper()
	names, err := certgen.ParseNames(words)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// rsaKeys keeps the keys that take long to make.
var rsaKeys sync.Map

func mustKey(t testing.TB, keyType string) crypto.Signer {
	t.Helper()
	if key, ok := rsaKeys.Load(keyType); ok {
		return key.(crypto.Signer)
	}
	key, err := certgen.GenerateKey(t.Context(), seeded(1), keyType)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(keyType, "rsa") {
		rsaKeys.Store(keyType, key)
	}
	return key
}

func TestSelfSignedCertificateOfEachKeyType(t *testing.T) {
	const sign, encipher = x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, x509.KeyUsageKeyEncipherment
	for keyType, want := range map[string]struct {
		algorithm x509.SignatureAlgorithm
		usage     x509.KeyUsage
	}{
		"ec-p256":  {x509.ECDSAWithSHA256, sign},
		"ec-p384":  {x509.ECDSAWithSHA384, sign},
		"ec-p521":  {x509.ECDSAWithSHA512, sign},
		"rsa-2048": {x509.SHA256WithRSA, sign | encipher},
		"rsa-3072": {x509.SHA256WithRSA, sign | encipher},
		"rsa-4096": {x509.SHA256WithRSA, sign | encipher},
		"ed25519":  {x509.PureEd25519, sign},
	} {
		t.Run(keyType, func(t *testing.T) {
			names := mustNames(t, "mux.example.com", "*.chat.example.com", "10.0.0.1", "2001:db8::1", "a@example.com", "spiffe://example.org/mux")
			cert := mustSelfSign(t, certgen.Request{Key: mustKey(t, keyType), Names: names})
			if cert.Version != 3 || cert.SignatureAlgorithm != want.algorithm || cert.KeyUsage != want.usage {
				t.Errorf("version %d, %v, usage %b; want 3, %v, %b", cert.Version, cert.SignatureAlgorithm, cert.KeyUsage, want.algorithm, want.usage)
			}
			if !cert.BasicConstraintsValid || !cert.IsCA || cert.MaxPathLen != 0 || !cert.MaxPathLenZero {
				t.Errorf("basic constraints: %v CA:%v path length %d", cert.BasicConstraintsValid, cert.IsCA, cert.MaxPathLen)
			}
			if len(cert.ExtKeyUsage) != 1 || cert.ExtKeyUsage[0] != x509.ExtKeyUsageServerAuth {
				t.Errorf("extended key usage %v", cert.ExtKeyUsage)
			}
			if len(cert.SubjectKeyId) != 20 || cert.AuthorityKeyId != nil {
				t.Errorf("subject key identifier %x, authority key identifier %x", cert.SubjectKeyId, cert.AuthorityKeyId)
			}
			if !bytes.Equal(cert.RawSubject, cert.RawIssuer) || certgen.FormatDN(cert.RawSubject) != "CN=mux.example.com" {
				t.Errorf("subject %s, issuer %s", certgen.FormatDN(cert.RawSubject), certgen.FormatDN(cert.RawIssuer))
			}
			critical := map[string]bool{"2.5.29.15": true, "2.5.29.19": true}
			for _, e := range cert.Extensions {
				if e.Critical != critical[e.Id.String()] {
					t.Errorf("extension %v critical: %v", e.Id, e.Critical)
				}
			}
			roots := x509.NewCertPool()
			roots.AddCert(cert)
			for _, host := range []string{"mux.example.com", "x.chat.example.com", "10.0.0.1", "2001:db8::1"} {
				if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: host, CurrentTime: now}); err != nil {
					t.Errorf("for %s: %v", host, err)
				}
			}
			if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: "other.example.com", CurrentTime: now}); err == nil {
				t.Error("it is good for another host")
			}
			if len(cert.EmailAddresses) != 1 || len(cert.URIs) != 1 {
				t.Errorf("email %v, URIs %v", cert.EmailAddresses, cert.URIs)
			}
		})
	}
}

func TestSameRequestSameCertificate(t *testing.T) {
	for _, keyType := range []string{"ec-p256", "ec-p521", "rsa-2048", "ed25519"} {
		r := certgen.Request{Key: mustKey(t, keyType), Names: mustNames(t, "mux")}
		if a, b := mustSelfSign(t, r), mustSelfSign(t, r); !a.Equal(b) {
			t.Errorf("%s: two certificates from one request and one source", keyType)
		}
	}
}

func TestSerialNumber(t *testing.T) {
	r := certgen.Request{
		Key: mustKey(t, "ec-p256"), Names: mustNames(t, "mux"),
		NotBefore: now, NotAfter: now.AddDate(1, 0, 0),
	}
	der, err := certgen.SelfSigned(constant(0xff), r)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if got := cert.SerialNumber.Text(16); got != strings.Repeat("f", 32) {
		t.Errorf("serial number %s, want all 128 bits", got)
	}
	if _, err := certgen.SelfSigned(constant(0), r); err == nil {
		t.Error("serial number zero was taken")
	}
	if _, err := certgen.SelfSigned(strings.NewReader("short"), r); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("short randomness: %v", err)
	}
}

func TestDates(t *testing.T) {
	utc := func(year int, month time.Month, day, hour, minute, second int) time.Time {
		return time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	}
	for _, tt := range []struct{ notBefore, notAfter time.Time }{
		{utc(2026, 1, 1, 0, 0, 0), utc(2026, 1, 1, 0, 0, 1)},
		{utc(1950, 1, 1, 0, 0, 0), utc(2049, 12, 31, 23, 59, 59)},
		{utc(2049, 12, 31, 23, 59, 59), utc(2050, 1, 1, 0, 0, 0)}, // UTCTime, GeneralizedTime
		{utc(2050, 1, 1, 0, 0, 0), utc(9999, 12, 31, 23, 59, 59)},
	} {
		cert := mustSelfSign(t, certgen.Request{NotBefore: tt.notBefore.Add(time.Millisecond), NotAfter: tt.notAfter.Add(999 * time.Millisecond)})
		if !cert.NotBefore.Equal(tt.notBefore) || !cert.NotAfter.Equal(tt.notAfter) {
			t.Errorf("got %v to %v, want %v to %v", cert.NotBefore, cert.NotAfter, tt.notBefore, tt.notAfter)
		}
	}
	for _, tt := range []struct{ notBefore, notAfter time.Time }{
		{now, now},
		{now, now.Add(-time.Hour)},
		{utc(2026, 1, 1, 0, 0, 0), utc(2026, 1, 1, 0, 0, 0).Add(time.Millisecond)},
		{utc(1949, 12, 31, 23, 59, 59), now},
		{now, utc(10000, 1, 1, 0, 0, 0)},
		{time.Time{}, now},
		{now, time.Time{}},
	} {
		r := certgen.Request{Key: mustKey(t, "ec-p256"), Names: mustNames(t, "mux"), NotBefore: tt.notBefore, NotAfter: tt.notAfter}
		if _, err := certgen.SelfSigned(seeded(1), r); !errors.Is(err, certgen.ErrLifetime) {
			t.Errorf("%v to %v: %v", tt.notBefore, tt.notAfter, err)
		}
	}
}

func TestDefaultSubject(t *testing.T) {
	label := strings.Repeat("a", 30)
	long := label + "." + label + ".example.com"
	fits := strings.Repeat("a", 56) + ".example"
	for _, tt := range []struct {
		words []string
		want  string
	}{
		{[]string{"mux.example.com", "b.example.com"}, "CN=mux.example.com"},
		{[]string{"*.example.com"}, "CN=*.example.com"},
		{[]string{"bücher.example"}, "CN=xn--bcher-kva.example"},
		{[]string{"10.0.0.1", "mux"}, "CN=10.0.0.1"},
		{[]string{"a@example.com", "mux"}, "CN=mux"},
		{[]string{"a@example.com"}, "CN=a@example.com"},
		{[]string{fits}, "CN=" + fits},
		{[]string{long, "mux.example.com"}, "CN=mux.example.com"},
		{[]string{long}, "DC=" + label + ",DC=" + label + ",DC=example,DC=com"},
		{[]string{"*." + long, "a@example.com"}, "DC=*,DC=" + label + ",DC=" + label + ",DC=example,DC=com"},
	} {
		cert := mustSelfSign(t, certgen.Request{Names: mustNames(t, tt.words...)})
		if got := certgen.FormatDN(cert.RawSubject); got != tt.want {
			t.Errorf("%v: subject %s, want %s", tt.words, got, tt.want)
		}
	}
	if _, err := certgen.DefaultSubject(mustNames(t, "urn:"+strings.Repeat("a", 70))); !errors.Is(err, certgen.ErrNoSubject) {
		t.Errorf("a long URI alone: %v", err)
	}
	if _, err := certgen.DefaultSubject(nil); !errors.Is(err, certgen.ErrNoNames) {
		t.Errorf("no names: %v", err)
	}
}

func TestGivenSubject(t *testing.T) {
	subject, err := certgen.ParseDN("CN=Chat, O=Example, C=DE")
	if err != nil {
		t.Fatal(err)
	}
	cert := mustSelfSign(t, certgen.Request{Subject: subject})
	if !bytes.Equal(cert.RawSubject, subject) || !bytes.Equal(cert.RawIssuer, subject) {
		t.Errorf("subject %x, issuer %x, want %x", cert.RawSubject, cert.RawIssuer, subject)
	}
	if cert.Subject.CommonName != "Chat" || cert.Subject.Country[0] != "DE" {
		t.Errorf("crypto/x509 reads the subject as %v", cert.Subject)
	}
}

func TestImpossibleRequests(t *testing.T) {
	good := certgen.Request{
		Key: mustKey(t, "ec-p256"), Names: mustNames(t, "mux"),
		NotBefore: now, NotAfter: now.AddDate(1, 0, 0),
	}
	if _, err := certgen.SelfSigned(seeded(1), good); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*certgen.Request){
		"no key":              func(r *certgen.Request) { r.Key = nil },
		"no names":            func(r *certgen.Request) { r.Names = nil },
		"empty subject":       func(r *certgen.Request) { r.Subject = []byte{0x30, 0x00} },
		"subject of no bytes": func(r *certgen.Request) { r.Subject = []byte{} },
		"broken subject":      func(r *certgen.Request) { r.Subject = []byte("CN=mux") },
		"no address":          func(r *certgen.Request) { r.Names = certgen.Names{{Kind: certgen.IP, Value: "mux"}} },
		"no URI":              func(r *certgen.Request) { r.Names = certgen.Names{{Kind: certgen.URI, Value: "%"}} },
		"unknown kind":        func(r *certgen.Request) { r.Names = certgen.Names{{Kind: "x400", Value: "a"}} },
		"name not ASCII":      func(r *certgen.Request) { r.Names = certgen.Names{{Kind: certgen.DNS, Value: "ü"}} },
	} {
		r := good
		change(&r)
		if der, err := certgen.SelfSigned(seeded(1), r); err == nil {
			t.Errorf("%s: made a certificate of %d bytes", what, len(der))
		}
	}
}

func TestNetscapeCertTypeIsServerAndCA(t *testing.T) {
	cert := mustSelfSign(t, certgen.Request{})
	for _, e := range cert.Extensions {
		if e.Id.String() != "2.16.840.1.113730.1.1" {
			continue
		}
		var bits asn1.BitString
		if _, err := asn1.Unmarshal(e.Value, &bits); err != nil {
			t.Fatal(err)
		}
		for i := range 8 {
			if want := i == 1 || i == 5; (bits.At(i) == 1) != want {
				t.Errorf("bit %d is %d", i, bits.At(i))
			}
		}
		return
	}
	t.Error("there is none")
}
