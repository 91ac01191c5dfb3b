package example

import (
	"crypto/x509"
	"slices"
)

// three is a server certificate under an intermediate under a root.
func (w *World) three() *Pair {
	return w.Server(w.Intermediate(w.Root("Example Root"), "Example Issuing CA"), "mux.example.com")
}

func chainExamples() []Example {
	// list makes a PEM file of a chain that is changed.
	list := func(change func(w *World, chain []*x509.Certificate) []*x509.Certificate) func(*World) {
		return func(w *World) { w.PEM("mux.pem", change(w, w.three().chain())...) }
	}
	fullchain := list(func(_ *World, c []*x509.Certificate) []*x509.Certificate { return c[:2] })
	const ofPEM = "path: mux.pem"
	forged := func(w *World) {
		p := w.three()
		other := w.Intermediate(w.Root("Example Root"), "Example Issuing CA")
		w.Keystore("keystore.jks", "jks", "mux", "open-sesame-27", p, p.Certificate, other.Certificate)
	}
	noCA := func(w *World) {
		w.Keystore("keystore.jks", "jks", "mux", "open-sesame-27", w.Server(w.Server(w.Root("Example Root"), "first.example.com"), "mux.example.com"))
	}
	ofJKS := "path: keystore.jks\npassword: env:OPEN-SESAME-27"
	return []Example{
		{Rule: "MUX-CHAIN-001", Bad: true, Title: "the certificate alone", Policy: ofStore, Make: func(w *World) {
			p := w.three()
			w.Keystore("keystore.p12", "pkcs12", "mux", "open-sesame-27", p, p.Certificate)
		}},
		{Rule: "MUX-CHAIN-001", Bad: true, Title: "a server that sends its certificate alone, and clients with the root", Policy: "url: \"{url}\"\ntrust: root.pem", Make: func(w *World) {
			p := w.three()
			w.PEM("root.pem", p.Above[1])
			w.Serve(&Pair{Certificate: p.Certificate, Key: p.Key}, nil)
		}},
		{Rule: "MUX-CHAIN-001", Title: "all but the root, which clients have", Policy: ofStore + "\ntrust: root.pem", Make: func(w *World) {
			p := w.three()
			w.PEM("root.pem", p.Above[1])
			w.Keystore("keystore.p12", "pkcs12", "mux", "open-sesame-27", p, p.chain()[:2]...)
		}},
		{Rule: "MUX-CHAIN-001", Title: "the whole chain", Policy: ofStore, Make: plainStore},
		{Rule: "MUX-CHAIN-002", Bad: true, Title: "the root before the intermediate", Policy: ofPEM, Make: list(func(_ *World, c []*x509.Certificate) []*x509.Certificate {
			return []*x509.Certificate{c[0], c[2], c[1]}
		})},
		{Rule: "MUX-CHAIN-002", Bad: true, Title: "the certificate of the server last", Policy: ofPEM, Make: list(func(_ *World, c []*x509.Certificate) []*x509.Certificate {
			slices.Reverse(c)
			return c
		})},
		{Rule: "MUX-CHAIN-002", Title: "each followed by its issuer", Policy: ofPEM, Make: fullchain},
		{Rule: "MUX-CHAIN-003", Bad: true, Title: "the intermediate of the year before", Policy: ofPEM, Make: list(func(w *World, c []*x509.Certificate) []*x509.Certificate {
			return append(c[:2], w.Intermediate(w.Root("Example Root"), "Old Issuing CA").Certificate)
		})},
		{Rule: "MUX-CHAIN-003", Title: "no more than the chain", Policy: ofPEM, Make: fullchain},
		{Rule: "MUX-CHAIN-003", Title: "a bundle of roots, which is no chain", Policy: ofPEM, Make: func(w *World) {
			w.PEM("mux.pem", w.Root("Example Root").Certificate, w.Root("Other Root").Certificate)
		}},
		{Rule: "MUX-CHAIN-004", Bad: true, Title: "a server that sends the root", Policy: "url: \"{url}\"", Make: func(w *World) { w.Serve(w.three(), nil) }},
		{Rule: "MUX-CHAIN-004", Title: "all but the root", Policy: ofPEM, Make: fullchain},
		{Rule: "MUX-CHAIN-005", Bad: true, Title: "the certificate of the server in front of a chain that has it", Policy: ofPEM, Make: list(func(_ *World, c []*x509.Certificate) []*x509.Certificate {
			return slices.Insert(c[:2], 0, c[0])
		})},
		{Rule: "MUX-CHAIN-005", Title: "each once", Policy: ofPEM, Make: fullchain},
		{Rule: "MUX-CHAIN-006", Bad: true, Title: "an issuer of the same name and another key", Policy: ofJKS, Make: forged},
		{Rule: "MUX-CHAIN-006", Title: "the issuer that has signed", Policy: ofStore, Make: plainStore},
		{Rule: "MUX-CHAIN-007", Bad: true, Title: "under the certificate of another server", Policy: ofJKS, Make: noCA},
		{Rule: "MUX-CHAIN-007", Bad: true, Title: "under the certificate of another server, in a file", Policy: "path: chain.pem", Make: func(w *World) {
			w.PEM("chain.pem", w.Server(w.Server(w.Root("Example Root"), "first.example.com"), "mux.example.com").chain()...)
		}},
		{Rule: "MUX-CHAIN-007", Title: "under a CA", Policy: ofStore, Make: plainStore},
	}
}
