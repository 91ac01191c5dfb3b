package example

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"time"

	"golang.org/x/crypto/ocsp"
)

// List writes a revocation list of a CA, made an hour before now, and due in a
// number of days.
func (w *World) List(name string, ca *Pair, days int, revoked ...*x509.Certificate) {
	t := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: w.Now.Add(-time.Hour), NextUpdate: w.Now.AddDate(0, 0, days)}
	if days < 0 {
		t.ThisUpdate = w.Now.AddDate(0, 0, days-7)
	}
	for _, c := range revoked {
		t.RevokedCertificateEntries = append(t.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: w.Now.AddDate(0, 0, -2), ReasonCode: 1})
	}
	der := must(x509.CreateRevocationList(w.Rand, t, ca.Certificate, ca.Key))
	w.WriteMode(name, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}), 0o644)
}

// serveStapled serves a pair with an OCSP answer of its CA.
func (w *World) serveStapled(ca, p *Pair, status int) {
	answer := must(ocsp.CreateResponse(ca.Certificate, ca.Certificate, ocsp.Response{
		Status: status, SerialNumber: p.Certificate.SerialNumber, ThisUpdate: w.Now.Add(-time.Hour), NextUpdate: w.Now.AddDate(0, 0, 3), RevokedAt: w.Now.AddDate(0, 0, -2),
	}, ca.Key))
	shown := tls.Certificate{PrivateKey: p.Key, OCSPStaple: answer}
	for _, c := range p.chain() {
		shown.Certificate = append(shown.Certificate, c.Raw)
	}
	w.Serve(nil, &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{shown}})
}

func revocationExamples() []Example {
	stapled := func(status int) func(*World) {
		return func(w *World) {
			ca := w.Root("Example CA")
			w.serveStapled(ca, w.Server(ca, "mux.example.com"), status)
		}
	}
	listed := func(really bool) func(*World) {
		return func(w *World) {
			ca := w.Root("Example CA")
			p, other := w.Server(ca, "mux.example.com"), w.Server(ca, "other.example.com")
			w.Keystore("keystore.p12", "pkcs12", "mux", "open-sesame-27", p)
			if really {
				other = p
			}
			w.List("ca.crl", ca, 7, other.Certificate)
		}
	}
	old := func(days int) func(*World) {
		return func(w *World) { w.List("ca.crl", w.Root("Example CA"), days) }
	}
	feature := func(t *x509.Certificate) {
		// status_request, RFC 7633
		t.ExtraExtensions = append(t.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}, Value: []byte{0x30, 3, 2, 1, 5}})
	}
	return []Example{
		{Rule: "MUX-REVOKED-001", Bad: true, Title: "its CA has revoked it", Policy: ofStore + "\ncrls: ca.crl", Make: listed(true)},
		{Rule: "MUX-REVOKED-001", Bad: true, Title: "the server itself shows that its certificate is revoked", Policy: "url: \"{url}\"", Make: stapled(ocsp.Revoked)},
		{Rule: "MUX-REVOKED-001", Title: "its CA has revoked another one", Policy: ofStore + "\ncrls: ca.crl", Make: listed(false)},
		{Rule: "MUX-REVOKED-002", Bad: true, Title: "a list that was due two days ago", Policy: "path: ca.crl", Make: old(-2)},
		{Rule: "MUX-REVOKED-002", Title: "a list that is due in two days", Policy: "path: ca.crl", Make: old(2)},
		{Rule: "MUX-REVOKED-003", Bad: true, Title: "a server that should staple and does not", Policy: "url: \"{url}\"\nocsp: staple", Make: func(w *World) { w.Serve(w.mux(), nil) }},
		{Rule: "MUX-REVOKED-003", Bad: true, Title: "a certificate that says that its server staples", Policy: "url: \"{url}\"", Make: func(w *World) {
			w.Serve(w.Server(w.Root("Example CA"), "mux.example.com", feature), nil)
		}},
		{Rule: "MUX-REVOKED-003", Title: "a server that staples", Policy: "url: \"{url}\"\nocsp: staple", Make: stapled(ocsp.Good)},
		{Rule: "MUX-REVOKED-003", Title: "a server of which nothing of the kind is expected", Policy: "url: \"{url}\"", Make: func(w *World) { w.Serve(w.mux(), nil) }},
	}
}
