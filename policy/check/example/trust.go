package example

import (
	"crypto/sha256"
	"crypto/x509"
	"fmt"
)

func trustExamples() []Example {
	// under writes the keystore, and the bundle that clients have.
	under := func(change ...Change) func(*World) {
		return func(w *World) {
			root := w.Root("Example CA")
			w.PEM("ca.pem", root.Certificate)
			w.PEM("other.pem", w.Root("Other CA").Certificate)
			w.Keystore("keystore.p12", "pkcs12", "mux", "open-sesame-27", w.Server(root, "mux.example.com", change...))
		}
	}
	pinned := func(pin func(p *Pair) string) func(*World) {
		return func(w *World) {
			p := w.mux()
			w.Keystore("keystore.p12", "pkcs12", "mux", "open-sesame-27", p)
			w.Pin = pin(p)
		}
	}
	const pins = ofStore + "\npins: \"{pin}\""
	return []Example{
		{Rule: "MUX-TRUST-001", Bad: true, Title: "clients have another root", Policy: ofStore + "\ntrust: other.pem", Make: under()},
		{Rule: "MUX-TRUST-001", Bad: true, Title: "a certificate for clients, at a server", Policy: ofStore + "\ntrust: ca.pem\nclients: java\npurpose: server", Make: under(func(t *x509.Certificate) {
			t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		})},
		{Rule: "MUX-TRUST-001", Title: "a key usage that Java refuses, which has a rule of its own", Policy: ofStore + "\ntrust: ca.pem", Make: under(usage(x509.KeyUsageKeyAgreement))},
		{Rule: "MUX-TRUST-001", Title: "clients have the root", Policy: ofStore + "\ntrust: ca.pem\nhosts: mux.example.com", Make: under()},
		{Rule: "MUX-TRUST-001", Title: "the same certificate, for clients", Policy: ofStore + "\ntrust: ca.pem\npurpose: client", Make: under(func(t *x509.Certificate) {
			t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		})},
		{Rule: "MUX-TRUST-002", Bad: true, Title: "another certificate than the one that is pinned", Policy: pins, Make: pinned(func(*Pair) string { return fmt.Sprintf("%064x", 1) })},
		{Rule: "MUX-TRUST-002", Title: "the key that is pinned", Policy: pins, Make: pinned(func(p *Pair) string {
			return fmt.Sprintf("%x", sha256.Sum256(p.Certificate.RawSubjectPublicKeyInfo))
		})},
		{Rule: "MUX-TRUST-002", Title: "the certificate that is pinned", Policy: pins, Make: pinned(func(p *Pair) string {
			return fmt.Sprintf("%X", sha256.Sum256(p.Certificate.Raw))
		})},
	}
}
