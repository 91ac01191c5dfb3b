package path_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"muxkey/internal/peer"
	"muxkey/trust/path"
)

func (f *forge) crl(by *pair, template x509.RevocationList) *x509.RevocationList {
	f.t.Helper()
	template.Number = big.NewInt(1)
	if template.ThisUpdate.IsZero() {
		template.ThisUpdate, template.NextUpdate = f.now.Add(-time.Hour), f.now.Add(day)
	}
	der, err := x509.CreateRevocationList(rand.Reader, &template, by.Certificate, by.key)
	if err != nil {
		f.t.Fatal(err)
	}
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		f.t.Fatal(err)
	}
	return list
}

func revoked(p *pair, when time.Time) []x509.RevocationListEntry {
	return []x509.RevocationListEntry{{SerialNumber: p.SerialNumber, RevocationTime: when, ReasonCode: 1}}
}

func TestRevocationLists(t *testing.T) {
	f := newForge(t)
	r := f.root("Root")
	ca := f.ca(r, "CA")
	twin := f.ca(r, "CA")
	leaf := f.leaf(ca, func(c *x509.Certificate) { c.CRLDistributionPoints = []string{"http://crl.example.com/a.crl"} })
	w := world{shown: []*pair{leaf, ca}, trusted: []*pair{r}, host: "mux.example.com"}
	point := func(value ...byte) []pkix.Extension {
		return []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: append([]byte{0x30, byte(len(value))}, value...)}}
	}
	uri := func(s string) []byte {
		out := append([]byte{0x86, byte(len(s))}, s...)
		for _, tag := range []byte{0xa0, 0xa0} { // fullName, distributionPoint
			out = append([]byte{tag, byte(len(out))}, out...)
		}
		return out
	}
	openssl := ""
	if !testing.Short() {
		openssl = peer.Program(t, "openssl")
	}
	for _, tt := range []struct {
		name string
		list *x509.RevocationList
		want string // in the reason; empty when it is accepted
	}{
		{"clear", f.crl(ca, x509.RevocationList{}), ""},
		{"revoked", f.crl(ca, x509.RevocationList{RevokedCertificateEntries: revoked(leaf, f.now.Add(-time.Hour))}), "revoked on"},
		{"another is revoked", f.crl(ca, x509.RevocationList{RevokedCertificateEntries: revoked(ca, f.now.Add(-time.Hour))}), ""},
		{"of another CA", f.crl(r, x509.RevocationList{}), "none of the revocation lists is of its issuer"},
		{"of a CA of the same name", f.crl(twin, x509.RevocationList{}), "not signed by it"},
		{"out of date", f.crl(ca, x509.RevocationList{ThisUpdate: f.now.Add(-2 * day), NextUpdate: f.now.Add(-day)}), "should have been replaced"},
		{"of tomorrow", f.crl(ca, x509.RevocationList{ThisUpdate: f.now.Add(day), NextUpdate: f.now.Add(2 * day)}), "not valid before"},
		{"for all but CAs", f.crl(ca, x509.RevocationList{ExtraExtensions: point(0x81, 1, 0xff)}), ""},
		{"for CAs", f.crl(ca, x509.RevocationList{ExtraExtensions: point(0x82, 1, 0xff)}), "for certificates of CAs"},
		{"for some reasons", f.crl(ca, x509.RevocationList{ExtraExtensions: point(0x83, 2, 1, 2)}), "for some reasons"},
		{"indirect", f.crl(ca, x509.RevocationList{ExtraExtensions: point(0x84, 1, 0xff)}), "of another issuer as well"},
		{"of the right distribution point", f.crl(ca, x509.RevocationList{ExtraExtensions: point(uri("http://crl.example.com/a.crl")...)}), ""},
		{"of another distribution point", f.crl(ca, x509.RevocationList{ExtraExtensions: point(uri("http://crl.example.com/b.crl")...)}), "another distribution point"},
		{"critical", f.crl(ca, x509.RevocationList{ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}}), "critical extension"},
	} {
		q := w.question(t, f, path.Standard)
		q.CRLs = []*x509.RevocationList{tt.list}
		v := check(t, q)
		if v.Accepted != (tt.want == "") || !strings.Contains(v.Why, tt.want) {
			t.Errorf("%s: accepted %v: %s", tt.name, v.Accepted, v.Why)
		}
		if openssl == "" {
			continue
		}
		file := filepath.Join(t.TempDir(), "list.pem")
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: tt.list.Raw}), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, ok := run(t, openssl, "verify", "-trusted", writePEM(t, "root.pem", w.trusted), "-untrusted", writePEM(t, "ca.pem", w.shown[1:]),
			"-crl_check", "-CRLfile", file, writePEM(t, "leaf.pem", w.shown[:1])); ok != v.Accepted {
			t.Errorf("%s: openssl says %s", tt.name, out)
		}
	}

	// A list of the root is for the CA, and what comes later does not count.
	q := w.question(t, f, path.Standard)
	q.CRLs = []*x509.RevocationList{f.crl(ca, x509.RevocationList{}), f.crl(r, x509.RevocationList{RevokedCertificateEntries: revoked(ca, f.now.Add(-time.Hour))})}
	if v := check(t, q); v.Accepted || !strings.Contains(v.Why, "CN=CA,O=Example: it was revoked") {
		t.Errorf("the CA is revoked: %s", v.Why)
	}
	q.CRLs[1] = f.crl(r, x509.RevocationList{RevokedCertificateEntries: revoked(ca, f.now.Add(time.Hour))})
	if v := check(t, q); !v.Accepted {
		t.Errorf("the CA will be revoked: %s", v.Why)
	}
}

func TestOCSP(t *testing.T) {
	f := newForge(t)
	r := f.root("Root")
	ca := f.ca(r, "CA")
	leaf := f.leaf(ca, func(c *x509.Certificate) { c.OCSPServer = []string{"ldap://a/", "http://ocsp.example.com/"} })
	responder := f.leaf(ca, usages(x509.ExtKeyUsageOCSPSigning))
	expired := f.leaf(ca, usages(x509.ExtKeyUsageOCSPSigning), f.expired())
	stranger := f.leaf(f.root("Stranger"), usages(x509.ExtKeyUsageOCSPSigning))
	w := world{shown: []*pair{leaf, ca}, trusted: []*pair{r}, host: "mux.example.com"}
	type answer struct {
		status int
		by     *pair
		change func(*ocsp.Response)
		err    error
	}
	for _, tt := range []struct {
		name string
		answer
		want string
	}{
		{"good", answer{status: ocsp.Good, by: ca}, ""},
		{"good, says a delegate", answer{status: ocsp.Good, by: responder}, ""},
		{"revoked", answer{status: ocsp.Revoked, by: ca}, "it was revoked on"},
		{"unknown", answer{status: ocsp.Unknown, by: ca}, "does not know it"},
		{"another key", answer{status: ocsp.Good, by: r, change: func(r *ocsp.Response) { r.Certificate = nil }}, "not signed by its issuer"},
		{"another CA", answer{status: ocsp.Good, by: stranger}, "has not asked"},
		{"good, with the certificate of the CA", answer{status: ocsp.Good, by: ca, change: func(r *ocsp.Response) { r.Certificate = ca.Certificate }}, ""},
		{"another key, with the certificate of the CA", answer{status: ocsp.Good, by: stranger, change: func(r *ocsp.Response) { r.Certificate = ca.Certificate }}, "is no good"},
		{"a delegate that is none", answer{status: ocsp.Good, by: leaf}, "not for that"},
		{"a delegate that has expired", answer{status: ocsp.Good, by: expired}, "not valid"},
		{"out of date", answer{status: ocsp.Good, by: ca, change: func(r *ocsp.Response) { r.NextUpdate = f.now.Add(-time.Minute) }}, "should have been replaced"},
		{"of tomorrow", answer{status: ocsp.Good, by: ca, change: func(r *ocsp.Response) { r.ThisUpdate = f.now.Add(day) }}, "of a later time"},
		{"of another certificate", answer{status: ocsp.Good, by: ca, change: func(r *ocsp.Response) { r.SerialNumber = big.NewInt(99) }}, "is no good"},
		{"silent", answer{err: errors.New("nobody is there")}, "nobody is there"},
	} {
		asked := 0
		q := w.question(t, f, path.Standard)
		q.OCSP = func(_ context.Context, address string, request []byte) ([]byte, error) {
			asked++
			if address != "http://ocsp.example.com/" {
				t.Errorf("%s was asked", address)
			}
			if tt.err != nil {
				return nil, tt.err
			}
			r, err := ocsp.ParseRequest(request)
			if err != nil {
				return nil, err
			}
			template := ocsp.Response{
				Status: tt.status, SerialNumber: r.SerialNumber, ThisUpdate: f.now.Add(-time.Hour), NextUpdate: f.now.Add(time.Hour),
				RevokedAt: f.now.Add(-time.Hour), RevocationReason: ocsp.KeyCompromise,
			}
			if tt.by != ca && tt.by != nil {
				template.Certificate = tt.by.Certificate
			}
			if tt.change != nil {
				tt.change(&template)
			}
			return ocsp.CreateResponse(ca.Certificate, tt.by.Certificate, template, tt.by.key)
		}
		v := check(t, q)
		if v.Accepted != (tt.want == "") || !strings.Contains(v.Why, tt.want) || asked != 1 {
			t.Errorf("%s: accepted %v, asked %d times: %s", tt.name, v.Accepted, asked, v.Why)
		}
		// Of a path that does not hold anyway nobody is asked.
		asked, q.Hosts = 0, []string{"www.example.com"}
		if v := check(t, q); v.Accepted || asked != 0 {
			t.Errorf("%s: another host: accepted %v, asked %d times", tt.name, v.Accepted, asked)
		}
	}
}
