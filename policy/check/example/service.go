package example

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
)

// Request writes a CSR.
func (w *World) Request(name string, key crypto.Signer, hosts ...string) {
	t := &x509.CertificateRequest{Subject: pkix.Name{CommonName: hosts[0]}, DNSNames: hosts}
	w.WriteMode(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: must(x509.CreateCertificateRequest(w.Rand, t, key))}), 0o644)
}

func serviceExamples() []Example {
	of := func(parts string) string {
		return "services:\n  - name: mux\n    keystore: keystore.p12\n    password: env:OPEN-SESAME-27\n" + parts
	}
	// files writes the keystore of one pair, and the files of another.
	files := func(list func(w *World, ca *Pair) (store, file *Pair)) func(*World) {
		return func(w *World) {
			ca := w.Root("Example CA")
			store, file := list(w, ca)
			w.Keystore("keystore.p12", "pkcs12", "mux", "open-sesame-27", store)
			w.PEM("mux.crt", file.chain()...)
			w.KeyPEM("mux.key", file.Key)
			w.PEM("ca.pem", ca.Certificate)
			w.PEM("other.pem", w.Root("Other CA").Certificate)
			w.Write("keystore.pw", []byte("open-sesame-27\n"))
			w.Write("old.pw", []byte("open-sesame-26\n"))
		}
	}
	one := func(w *World, ca *Pair) (*Pair, *Pair) {
		p := w.Server(ca, "mux.example.com")
		return p, p
	}
	earlier := func(t *x509.Certificate) { t.NotBefore = t.NotBefore.AddDate(0, 0, -90) }
	renewed := func(w *World, ca *Pair) (*Pair, *Pair) {
		p := w.Server(ca, "mux.example.com")
		return p, w.ServerWith(ca, p.Key, "mux.example.com", earlier)
	}
	served := func(list func(w *World, ca *Pair) (store, live *Pair)) func(*World) {
		return func(w *World) {
			store, live := list(w, w.Root("Example CA"))
			w.Keystore("keystore.p12", "pkcs12", "mux", "open-sesame-27", store)
			w.Serve(live, nil)
		}
	}
	swapped := func(w *World, ca *Pair) (*Pair, *Pair) {
		store, live := renewed(w, ca)
		return live, store
	}
	request := func(own bool, hosts ...string) func(*World) {
		return func(w *World) {
			p := w.mux()
			w.Keystore("keystore.p12", "pkcs12", "mux", "open-sesame-27", p)
			key := p.Key
			if !own {
				key = w.Key()
			}
			w.Request("mux.csr", key, hosts...)
		}
	}
	const (
		pair   = "    certificate: mux.crt\n    key: mux.key\n"
		csr    = "    csr: mux.csr\n"
		server = "    server: \"{url}\"\n"
	)
	return []Example{
		{Rule: "MUX-SERVICE-001", Bad: true, Title: "a PEM pair that was made anew, and a keystore that was not", Policy: of(pair), Make: files(func(w *World, ca *Pair) (*Pair, *Pair) {
			return w.Server(ca, "mux.example.com"), w.Server(ca, "mux.example.com")
		})},
		{Rule: "MUX-SERVICE-001", Title: "one key in the keystore and in the PEM pair", Policy: of(pair), Make: files(one)},
		{Rule: "MUX-SERVICE-002", Bad: true, Title: "a CSR of another key", Policy: of(csr), Make: request(false, "mux.example.com")},
		{Rule: "MUX-SERVICE-002", Title: "the CSR of the key", Policy: of(csr), Make: request(true, "mux.example.com")},
		{Rule: "MUX-SERVICE-003", Bad: true, Title: "the keystore is renewed, and the PEM file is not", Policy: of("    certificate: mux.crt\n"), Make: files(renewed)},
		{Rule: "MUX-SERVICE-003", Title: "one certificate", Policy: of("    certificate: mux.crt\n"), Make: files(one)},
		{Rule: "MUX-SERVICE-004", Bad: true, Title: "a new certificate that was not deployed", Policy: of(server), Make: served(renewed)},
		{Rule: "MUX-SERVICE-004", Bad: true, Title: "a server that has a newer one than the keystore", Policy: of(server), Make: served(swapped)},
		{Rule: "MUX-SERVICE-004", Bad: true, Title: "a server that leaves the intermediate out", Policy: of(server), Make: func(w *World) {
			p := w.three()
			w.Keystore("keystore.p12", "pkcs12", "mux", "open-sesame-27", p)
			w.Serve(&Pair{Certificate: p.Certificate, Key: p.Key}, nil)
		}},
		{Rule: "MUX-SERVICE-004", Title: "a server that shows what is in the keystore, but for the root", Policy: of(server), Make: func(w *World) {
			p := w.three()
			w.Keystore("keystore.p12", "pkcs12", "mux", "open-sesame-27", p)
			w.Serve(&Pair{Certificate: p.Certificate, Key: p.Key, Above: p.Above[:1]}, nil)
		}},
		{Rule: "MUX-SERVICE-005", Bad: true, Title: "the password of the year before", Policy: "services:\n  - name: mux\n    keystore: keystore.p12\n    password-file: old.pw\n", Make: files(one)},
		{Rule: "MUX-SERVICE-005", Bad: true, Title: "another password than the one that opens it", Policy: of("    password-file: old.pw\n"), Make: files(one)},
		{Rule: "MUX-SERVICE-005", Title: "the password of the keystore", Policy: of("    password-file: keystore.pw\n"), Make: files(one)},
		{Rule: "MUX-SERVICE-005", Title: "the password file alone", Policy: "services:\n  - name: mux\n    keystore: keystore.p12\n    password-file: keystore.pw\n", Make: files(one)},
		{Rule: "MUX-SERVICE-006", Bad: true, Title: "a trust store with another root", Policy: of("    truststore: other.pem\n"), Make: files(one)},
		{Rule: "MUX-SERVICE-006", Title: "a trust store with the root", Policy: of("    truststore: ca.pem\n"), Make: files(one)},
		{Rule: "MUX-SERVICE-007", Bad: true, Title: "a name that the CA has left out", Policy: of(csr), Make: request(true, "mux.example.com", "chat.example.com")},
		{Rule: "MUX-SERVICE-007", Title: "all names of the CSR", Policy: of(csr), Make: request(true, "mux.example.com")},
	}
}
