package jca

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// keyOf makes a key of each kind once.
func keyOf(t testing.TB, algorithm string, p Parameters) *PrivateKey {
	t.Helper()
	a, err := FindKeyAlgorithm(algorithm)
	if err != nil {
		t.Fatal(err)
	}
	k, err := a.Generate(context.Background(), rand.Reader, p)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// name is a Name of one common name.
func name(t testing.TB, cn string) []byte {
	t.Helper()
	der, err := asn1.Marshal(pkix.Name{CommonName: cn}.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func certificate(t testing.TB, k *PrivateKey) Certificate {
	t.Helper()
	return Certificate{
		Serial: big.NewInt(7), Issuer: name(t, "a"), Subject: name(t, "a"),
		NotBefore: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), NotAfter: time.Date(2056, 1, 2, 3, 4, 5, 0, time.UTC),
		SPKI: k.Public.SPKI,
		Extensions: []pkix.Extension{
			{Id: asn1.ObjectIdentifier{2, 5, 29, 15}, Critical: true, Value: []byte{3, 2, 1, 6}},
			{Id: asn1.ObjectIdentifier{2, 5, 29, 19}, Value: []byte{0x30, 3, 1, 1, 0xff}},
		},
	}
}

// fits are keys, and the signatures that they are for; each is made, and is found
// wrong when a bit of what is signed is another.
func fits() []struct {
	algorithm string
	p         Parameters
	names     []string
} {
	return []struct {
		algorithm string
		p         Parameters
		names     []string
	}{
		{"RSA", Parameters{Bits: 1024}, []string{
			"MD2withRSA", "MD5withRSA", "SHA1withRSA", "SHA224withRSA", "SHA256withRSA", "SHA384withRSA", "SHA512withRSA", "SHA512/224withRSA",
			"SHA512/256withRSA", "SHA3-224withRSA", "SHA3-256withRSA", "SHA3-384withRSA", "SHA3-512withRSA", "RSASSA-PSS",
		}},
		{"RSA", Parameters{Bits: 512}, []string{"MD2withRSA", "SHA256withRSA"}},
		{"RSA", Parameters{Bits: 1023}, []string{"SHA512withRSA", "RSASSA-PSS"}},
		{"RSA", Parameters{Bits: 1025}, []string{"SHA512withRSA", "RSASSA-PSS"}},
		{"RSASSA-PSS", Parameters{Bits: 1024}, []string{"RSASSA-PSS", "SHA256withRSA"}},
		{"DSA", Parameters{Bits: 1024}, []string{
			"SHA1withDSA", "SHA224withDSA", "SHA256withDSA", "SHA384withDSA", "SHA512withDSA", "SHA3-224withDSA", "SHA3-256withDSA", "SHA3-384withDSA", "SHA3-512withDSA",
		}},
		{"DSA", Parameters{Bits: 3072}, []string{"SHA256withDSA", "SHA3-512withDSA"}},
		{"EC", Parameters{Group: "secp521r1"}, []string{
			"SHA1withECDSA", "SHA224withECDSA", "SHA256withECDSA", "SHA384withECDSA", "SHA512withECDSA",
			"SHA3-224withECDSA", "SHA3-256withECDSA", "SHA3-384withECDSA", "SHA3-512withECDSA",
		}},
		{"EC", Parameters{Bits: 256}, []string{"SHA512withECDSA"}},
		{"EC", Parameters{}, []string{"SHA1withECDSA"}},
		{"Ed25519", Parameters{}, []string{"Ed25519", "EdDSA"}},
		{"Ed448", Parameters{}, []string{"Ed448", "EdDSA"}},
		{"ML-DSA-44", Parameters{}, []string{"ML-DSA-44", "ML-DSA"}},
		{"ML-DSA", Parameters{}, []string{"ML-DSA-65"}},
		{"ML-DSA-87", Parameters{}, []string{"ML-DSA-87"}},
	}
}

func TestSignatures(t *testing.T) {
	for _, tt := range fits() {
		k := keyOf(t, tt.algorithm, tt.p)
		for _, n := range tt.names {
			s, err := FindSignature(n)
			if err != nil {
				t.Fatal(err)
			}
			der, err := certificate(t, k).Sign(rand.Reader, k, s)
			if err != nil {
				t.Errorf("%s with %s %+v: %v", n, tt.algorithm, tt.p, err)
				continue
			}
			read, err := ParsePrivateKey(k.PKCS8)
			if err != nil {
				t.Fatal(err)
			}
			if err := Verify(der, read.Public); err != nil {
				t.Errorf("%s with %s %+v: %v", n, tt.algorithm, tt.p, err)
			}
			for _, at := range []int{bytes.Index(der, k.Public.SPKI) - 10, len(der) - 5} {
				bad := bytes.Clone(der)
				bad[at] ^= 1
				if err := Verify(bad, read.Public); !errors.Is(err, ErrSignature) {
					t.Errorf("%s with %s %+v, and byte %d of %d another: %v", n, tt.algorithm, tt.p, at, len(der), err)
				}
			}
		}
	}
}

// All signatures that Java knows and certificates have a name for are made by one
// of the keys.
func TestSignaturesAreAllTried(t *testing.T) {
	tried := map[string]bool{}
	for _, f := range fits() {
		for _, n := range f.names {
			tried[n] = true
		}
	}
	for _, s := range signatures() {
		if s.oid != "" && !tried[s.Name] {
			t.Errorf("%s is not tried", s.Name)
		}
	}
}

func TestWhatDoesNotFit(t *testing.T) {
	keys := sync.OnceValue(func() map[string]*PrivateKey {
		return map[string]*PrivateKey{
			"RSA 512": keyOf(t, "RSA", Parameters{Bits: 512}), "RSA 1024": keyOf(t, "RSA", Parameters{Bits: 1024}), "EC": keyOf(t, "EC", Parameters{}),
			"DSA": keyOf(t, "DSA", Parameters{}), "Ed25519": keyOf(t, "Ed25519", Parameters{}), "X25519": keyOf(t, "X25519", Parameters{}),
			"DH": keyOf(t, "DH", Parameters{Bits: 512}), "ML-DSA-65": keyOf(t, "ML-DSA-65", Parameters{}), "ML-KEM": keyOf(t, "ML-KEM", Parameters{}),
		}
	})
	for _, tt := range []struct {
		key, signature string
		want           error
	}{
		{"RSA 512", "SHA512withRSA", ErrKeyTooShort},
		{"RSA 512", "RSASSA-PSS", ErrKeyTooShort},
		{"RSA 1024", "SHA256withECDSA", ErrKeyMismatch},
		{"RSA 1024", "Ed25519", ErrKeyMismatch},
		{"RSA 1024", "NONEwithRSA", ErrSignatureAlgorithm},
		{"EC", "SHA256withRSA", ErrKeyMismatch},
		{"EC", "EdDSA", ErrKeyMismatch},
		{"EC", "SHA256withECDSAinP1363Format", ErrSignatureAlgorithm},
		{"DSA", "SHA1withDSA", ErrDigestTooShort},
		{"Ed25519", "Ed448", ErrKeyMismatch},
		{"Ed25519", "ML-DSA", ErrKeyMismatch},
		{"X25519", "Ed25519", ErrCannotSign},
		{"DH", "SHA256withDSA", ErrCannotSign},
		{"ML-DSA-65", "ML-DSA-44", ErrKeyMismatch},
		{"ML-KEM", "ML-DSA", ErrCannotSign},
	} {
		s, err := FindSignature(tt.signature)
		if err != nil {
			t.Fatal(err)
		}
		k := keys()[tt.key]
		if _, err := k.Sign(rand.Reader, s, nil); !errors.Is(err, tt.want) {
			t.Errorf("%s with %s: %v, not %v", tt.signature, tt.key, err, tt.want)
		}
		if err := k.Public.Verify(s, nil, nil); !errors.Is(err, tt.want) {
			t.Errorf("verifying %s with %s: %v, not %v", tt.signature, tt.key, err, tt.want)
		}
	}
}

func TestNamesOfSignatures(t *testing.T) {
	for _, tt := range []struct{ word, name string }{
		{"sha256WITHrsa", "SHA256withRSA"},
		{"OID.1.2.840.113549.1.1.5", "SHA1withRSA"},
		{"1.2.840.10045.4.3.4", "SHA512withECDSA"},
		{"dss", "SHA1withDSA"},
		{"SHA-1/DSA", "SHA1withDSA"},
		{"pss", "RSASSA-PSS"},
		{"sha3-256withecdsa", "SHA3-256withECDSA"},
		{"ed448", "Ed448"},
		{"rawdsa", "NONEwithDSA"},
		{"SHA-256withRSA", ""},
		{"SHA512/256withECDSA", ""},
		{"", ""},
	} {
		s, err := FindSignature(tt.word)
		if s.Name != tt.name || (tt.name == "") != errors.Is(err, ErrSignatureAlgorithm) {
			t.Errorf("%q is %q, %v, not %q", tt.word, s.Name, err, tt.name)
		}
	}
}

// The AlgorithmIdentifiers, as the JDK writes them into certificates.
func TestIdentifiers(t *testing.T) {
	pss384, err := PSSWith("SHA-384")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		pss  *PSS
		want string
	}{
		{"SHA256withRSA", nil, "300d06092a864886f70d01010b0500"},
		{"MD5withRSA", nil, "300d06092a864886f70d0101040500"},
		{"SHA384withECDSA", nil, "300a06082a8648ce3d040303"},
		{"SHA1withDSA", nil, "300906072a8648ce380403"},
		{"Ed448", nil, "300506032b6571"},
		{"ML-DSA-65", nil, "300b0609608648016503040312"},
		{"RSASSA-PSS", &PSS{"SHA-1", "SHA-1", 20}, "300d06092a864886f70d01010a3000"},
		{"RSASSA-PSS", pss384, "304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130"},
	} {
		s, err := FindSignature(tt.name)
		if err != nil {
			t.Fatal(err)
		}
		if tt.pss != nil {
			s.PSS = tt.pss
		}
		if got := hexOf(s.Identifier()); got != tt.want {
			t.Errorf("%s: %s, not %s", tt.name, got, tt.want)
		}
		back, err := SignatureOf(s.Identifier())
		if err != nil || !back.Equal(s) || tt.pss != nil && *back.PSS != *tt.pss {
			t.Errorf("%s: %+v, %v is read back", tt.name, back, err)
		}
	}
	for name, want := range map[string]string{
		"SHA256withECDSA": "300c06082a8648ce3d0403020500",
		"SHA256withDSA":   "300d06096086480165030403020500",
		"Ed25519":         "300506032b6570",
	} {
		s, err := FindSignature(name)
		if s.Null = true; err != nil || hexOf(s.Identifier()) != want {
			t.Errorf("%s with NULL: %s, %v", name, hexOf(s.Identifier()), err)
		}
	}
	for _, bad := range []string{"", "3000", "300506032b65ff", "300d06092a864886f70d01010a0500", "300b06092a864886f70d01010a"} {
		if s, err := SignatureOf(unhex(bad)); err == nil {
			t.Errorf("%q is taken for %s", bad, s.Name)
		}
	}
}

// MD2's test suite (RFC 1319 appendix A.5).
func TestMD2(t *testing.T) {
	for message, want := range map[string]string{
		"":                              "8350e5a3e24c153df2275c9f80692773",
		"a":                             "32ec01ec4a6dac72c0ab96fb34c0b5d1",
		"abc":                           "da853b0d3f88d99b30283a69e6ded6bb",
		"abcdefghijklmnopqrstuvwxyz":    "4e8ddff3650292ab5a4108c3aa47940b",
		strings.Repeat("1234567890", 8): "d5976f79d83d3a0dc9806c3c66f3efd8",
	} {
		h := newMD2()
		for i := range message {
			h.Write([]byte{message[i]})
		}
		if got := hexOf(h.Sum(nil)); got != want {
			t.Errorf("%q: %s, not %s", message, got, want)
		}
	}
}

// What crypto/x509 reads it reads as it was told.
func TestCertificateRequestAndCRL(t *testing.T) {
	k := keyOf(t, "EC", Parameters{Bits: 256})
	s, err := FindSignature("SHA256withECDSA")
	if err != nil {
		t.Fatal(err)
	}
	c := certificate(t, k)
	der, err := c.Sign(rand.Reader, k, s)
	if err != nil {
		t.Fatal(err)
	}
	read, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if !read.NotBefore.Equal(c.NotBefore) || !read.NotAfter.Equal(c.NotAfter) || read.SerialNumber.Cmp(c.Serial) != 0 ||
		!bytes.Equal(read.RawSubject, c.Subject) || len(read.Extensions) != 2 || !read.Extensions[0].Critical || read.Extensions[1].Critical ||
		read.Version != 3 || read.CheckSignatureFrom(read) != nil {
		t.Errorf("%+v", read)
	}
	if !bytes.Contains(der, []byte("\x17\x0d260102030405Z\x18\x0f20560102030405Z")) {
		t.Error("the dates are not a UTCTime and a GeneralizedTime")
	}

	der, err = Request{Subject: c.Subject, SPKI: c.SPKI, Extensions: c.Extensions}.Sign(rand.Reader, k, s)
	if err != nil {
		t.Fatal(err)
	}
	request, err := x509.ParseCertificateRequest(der)
	if err != nil {
		t.Fatal(err)
	}
	if len(request.Extensions) != 2 || !bytes.Equal(request.RawSubject, c.Subject) || request.CheckSignature() != nil || Verify(der, k.Public) != nil {
		t.Errorf("%+v", request)
	}

	list := CRL{
		Issuer: c.Issuer, ThisUpdate: c.NotBefore, NextUpdate: c.NotAfter,
		Revoked: []Revoked{
			{Serial: big.NewInt(1), Time: c.NotBefore, Extensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 21}, Value: []byte{10, 1, 1}}}},
			{Serial: big.NewInt(300), Time: c.NotBefore},
		},
	}
	if der, err = list.Sign(rand.Reader, k, s); err != nil {
		t.Fatal(err)
	}
	crl, err := x509.ParseRevocationList(der)
	if err != nil {
		t.Fatal(err)
	}
	if len(crl.RevokedCertificateEntries) != 2 || crl.RevokedCertificateEntries[0].ReasonCode != 1 || crl.RevokedCertificateEntries[1].SerialNumber.Int64() != 300 ||
		crl.CheckSignatureFrom(read) != nil || Verify(der, k.Public) != nil {
		t.Errorf("%+v", crl)
	}

	c.NotAfter = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, err := c.Sign(rand.Reader, k, s); err == nil {
		t.Error("a date that cannot be written is written")
	}
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }

func writePEM(t *testing.T, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
