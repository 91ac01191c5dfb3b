package example

import (
	"bytes"
	"crypto/x509"
)

func bundleExamples() []Example {
	bundle := func(list func(w *World) []*x509.Certificate) func(*World) {
		return func(w *World) { w.PEM("ca.pem", list(w)...) }
	}
	roots := func(name ...string) func(*World) {
		return bundle(func(w *World) []*x509.Certificate {
			var out []*x509.Certificate
			for _, n := range name {
				out = append(out, w.Root(n).Certificate)
			}
			return out
		})
	}
	mixed := func(w *World) {
		p := w.mux()
		w.Store("store.p12", "pkcs12", "open-sesame-27", w.Entry("mux", p.Key, p.chain()...), w.Trusted("ca", w.Root("Other CA").Certificate))
	}
	completed := func(w *World) {
		p := w.mux()
		w.Store("store.p12", "pkcs12", "open-sesame-27", w.Entry("mux", p.Key, p.chain()...), w.Trusted("ca", p.Above[0]))
	}
	const ofBundle, ofMixed = "path: ca.pem", "path: store.p12\npassword: env:OPEN-SESAME-27"
	return []Example{
		{Rule: "MUX-BUNDLE-001", Bad: true, Title: "the CA of mkcert", Policy: ofBundle, Make: roots("mkcert jane@laptop", "Example CA")},
		{Rule: "MUX-BUNDLE-001", Title: "the CA of a company", Policy: ofBundle, Make: roots("Example CA")},
		{Rule: "MUX-BUNDLE-002", Bad: true, Title: "a self-signed certificate that is not marked as a CA", Policy: "path: trust.p12\npassword: env:OPEN-SESAME-27", Make: func(w *World) {
			w.Store("trust.p12", "pkcs12", "open-sesame-27", w.Trusted("mux", w.Root("mux.example.com", func(t *x509.Certificate) { t.IsCA, t.KeyUsage = false, x509.KeyUsageDigitalSignature }).Certificate))
		}},
		{Rule: "MUX-BUNDLE-002", Title: "a root", Policy: ofBundle, Make: roots("Example CA")},
		{Rule: "MUX-BUNDLE-003", Bad: true, Title: "one root twice", Policy: ofBundle, Make: bundle(func(w *World) []*x509.Certificate {
			c := w.Root("Example CA").Certificate
			return []*x509.Certificate{c, w.Root("Other CA").Certificate, c}
		})},
		{Rule: "MUX-BUNDLE-003", Title: "two roots", Policy: ofBundle, Make: roots("Example CA", "Other CA")},
		{Rule: "MUX-BUNDLE-004", Bad: true, Title: "the root before and after its key was changed", Policy: ofBundle, Make: roots("Example CA", "Example CA")},
		{Rule: "MUX-BUNDLE-004", Title: "two names", Policy: ofBundle, Make: roots("Example CA", "Other CA")},
		{Rule: "MUX-BUNDLE-005", Bad: true, Title: "one file for the key of the server and for what it trusts", Policy: ofMixed, Make: mixed},
		{Rule: "MUX-BUNDLE-005", Title: "the root beside the chain, as keytool imports it", Policy: ofMixed, Make: completed},
		{Rule: "MUX-BUNDLE-006", Bad: true, Title: "a control character in a name", Policy: ofBundle, Make: bundle(func(w *World) []*x509.Certificate {
			c := w.Root("Exämple CA?.evil.example").Certificate
			raw := bytes.ReplaceAll(c.Raw, []byte("CA?"), []byte("CA\x01"))
			return []*x509.Certificate{must(x509.ParseCertificate(raw))}
		})},
		{Rule: "MUX-BUNDLE-006", Title: "letters", Policy: ofBundle, Make: roots("Example CA")},
		{Rule: "MUX-BUNDLE-007", Bad: true, Title: "an intermediate alone", Policy: "path: trust.p12\npassword: env:OPEN-SESAME-27", Make: func(w *World) {
			w.Store("trust.p12", "pkcs12", "open-sesame-27", w.Trusted("issuing", w.Intermediate(w.Root("Example Root"), "Example Issuing CA").Certificate))
		}},
		{Rule: "MUX-BUNDLE-007", Bad: true, Title: "an intermediate beside the root of another", Policy: ofBundle, Make: bundle(func(w *World) []*x509.Certificate {
			return []*x509.Certificate{w.Intermediate(w.Root("Example Root"), "Example Issuing CA").Certificate, w.Root("Other Root").Certificate}
		})},
		{Rule: "MUX-BUNDLE-007", Title: "a file with the intermediates that servers send", Policy: ofBundle, Make: bundle(func(w *World) []*x509.Certificate {
			return []*x509.Certificate{w.Intermediate(w.Root("Example Root"), "Example Issuing CA").Certificate}
		})},
		{Rule: "MUX-BUNDLE-007", Title: "a root", Policy: ofBundle, Make: roots("Example CA")},
	}
}
