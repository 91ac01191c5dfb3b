package certgen_test

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"testing"

	"muxkey/certgen"
)

// A certificate that is issued again says the same, but for what is its own.
func TestRenewedCertificateSaysTheSame(t *testing.T) {
	a := newAuthority(t, "ec-p256", year, certgen.Signing{})
	policy := must(x509.ParseOID("1.2.3.4"))
	server := serverContent(t, "mux.example.com", "10.0.0.1", "upn:a@corp")
	server.Policies = []certgen.Policy{{OID: policy, CPS: "http://example.com/cps"}}
	server.CRLs, server.OCSP = []string{"http://crl.example.com/"}, []string{"http://ocsp.example.com/"}
	server.Extensions = append(server.Extensions, tlsFeature)
	server.OtherNames = [][]byte{{0x88, 2, 0x2a, 3}} // a registered ID
	below := caContent(t, "CN=Sub", 0)
	below.Constraints = must(certgen.ParseConstraints([]string{"example.com", "O=Example"}, []string{"bad.example.com"}))
	for what, tt := range map[string]struct {
		ca *certgen.CA
		c  certgen.Content
	}{"server": {a.sub, server}, "CA": {a.root, below}} {
		issue := func(seed byte, c certgen.Content) *x509.Certificate {
			der, err := tt.ca.Issue(seeded(seed), now, mustKey(t, "ec-p256").Public(), c, year)
			return parsed(t, der, err)
		}
		old := issue(5, tt.c)
		content, bad := certgen.Renewal(old)
		if len(bad) > 0 {
			t.Error(bad)
		}
		renewed := issue(6, content)
		if renewed.SerialNumber.Cmp(old.SerialNumber) == 0 || !bytes.Equal(old.RawSubject, renewed.RawSubject) || len(renewed.Extensions) != len(old.Extensions) {
			t.Errorf("%s: serial %v, subject %v, %d extensions", what, renewed.SerialNumber, renewed.Subject, len(renewed.Extensions))
		}
		for _, e := range old.Extensions {
			for _, n := range renewed.Extensions {
				if e.Id.Equal(n.Id) && (!bytes.Equal(e.Value, n.Value) || e.Critical != n.Critical) {
					t.Errorf("%s: extension %v: %x, was %x", what, e.Id, n.Value, e.Value)
				}
			}
		}
		csr := mustCSR(t, "ec-p256", content.ForCSR())
		if err := csr.Check(); err != nil {
			t.Error(err)
		}
		for _, e := range csr.Extensions {
			for _, no := range []asn1.ObjectIdentifier{{2, 5, 29, 31}, {2, 5, 29, 32}, {2, 5, 29, 35}, {1, 3, 6, 1, 5, 5, 7, 1, 1}} {
				if e.Id.Equal(no) {
					t.Errorf("%s: the CSR asks for %v", what, no)
				}
			}
		}
	}
}
