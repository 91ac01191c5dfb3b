package example

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"math/big"
)

// serial sets the serial number.
func serial(n *big.Int) Change {
	return func(t *x509.Certificate) { t.SerialNumber = n }
}

// logged embeds timestamps of so many logs, each of which it has twice.
func logged(logs int) Change {
	return func(t *x509.Certificate) {
		var list []byte
		for i := range 2 * logs {
			// Version, ID of the log, time, extensions, and a signature that nobody checks.
			sct := append([]byte{0, byte(i / 2)}, make([]byte, 31+8+2+2)...)
			list = append(binary.BigEndian.AppendUint16(list, uint16(len(sct)+2)), append(sct, 0, 0)...)
		}
		extension(t, []int{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, must(asn1.Marshal(append(binary.BigEndian.AppendUint16(nil, uint16(len(list))), list...)))) //nolint:gosec // a few hundred octets
	}
}

// extension adds one that is not critical, in place of what would be written.
func extension(t *x509.Certificate, id asn1.ObjectIdentifier, value []byte) {
	t.ExtraExtensions = append(t.ExtraExtensions, pkix.Extension{Id: id, Value: value})
}

// below is a server under an intermediate CA, in a PEM file as servers take it.
func below(ca, server func(t *x509.Certificate)) func(w *World) {
	return func(w *World) {
		p := w.Server(w.Intermediate(w.Root("Example Root"), "Example CA", ca), "mux.example.com", server)
		w.PEM("chain.pem", p.chain()...)
	}
}

func unchanged(*x509.Certificate) {}

// edited is a certificate of which fields of the TBSCertificate (RFC 5280 section
// 4.1) were changed in a way that no program of today makes it, signed anew.
func edited(w *World, p *Pair, by crypto.Signer, edit func(fields []asn1.RawValue) []asn1.RawValue) []byte {
	var outer, fields []asn1.RawValue
	must(asn1.Unmarshal(p.Certificate.Raw, &outer))
	must(asn1.Unmarshal(outer[0].FullBytes, &fields))
	body := must(asn1.Marshal(edit(fields)))
	sum := sha256.Sum256(body)
	signature := must(by.Sign(w.Rand, sum[:], crypto.SHA256))
	return must(asn1.Marshal([]asn1.RawValue{{FullBytes: body}, outer[1], {FullBytes: must(asn1.Marshal(asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}))}}))
}

// withSerial replaces the serial number.
func withSerial(n *big.Int) func([]asn1.RawValue) []asn1.RawValue {
	return func(fields []asn1.RawValue) []asn1.RawValue {
		fields[1] = asn1.RawValue{FullBytes: must(asn1.Marshal(n))}
		return fields
	}
}

// firstVersion leaves out version and extensions, the first and the last field.
func firstVersion(fields []asn1.RawValue) []asn1.RawValue { return fields[1 : len(fields)-1] }

func certificateExamples() []Example {
	of := func(changes ...Change) func(*World) []Change {
		return func(*World) []Change { return changes }
	}
	const public, chain = "profile: public-tls", "path: chain.pem"
	const der = "path: mux.der"
	pathLength := func(t *x509.Certificate) { t.MaxPathLenZero = true }
	ca := func(changes ...Change) func(*World) {
		return func(w *World) { w.PEM("ca.pem", w.Root("Example CA", changes...).Certificate) }
	}
	const authorities = "path: ca.pem\nprofile: ca"
	basic := func(t *x509.Certificate) {
		extension(t, []int{2, 5, 29, 19}, []byte{0x30, 3, 1, 1, 0xff})
	}
	permitted := func(t *x509.Certificate) {
		t.PermittedDNSDomains, t.PermittedDNSDomainsCritical = []string{"example.com"}, true
	}
	short := func(w *World) []Change { return []Change{logged(2), dates(w, -10, 80)} }
	return []Example{
		{Rule: "MUX-CERT-001", Bad: true, Title: "a certificate signed with SHA-1", Policy: chain, Make: func(w *World) {
			key := must(rsa.GenerateKey(w.Rand, 2048))
			w.PEM("chain.pem", w.Server(w.RootWith(key, "Example CA"), "mux.example.com", func(t *x509.Certificate) { t.SignatureAlgorithm = x509.SHA1WithRSA }).Certificate)
		}},
		{Rule: "MUX-CERT-001", Title: "certificates signed with SHA-256", Policy: chain, Make: below(unchanged, unchanged)},

		{Rule: "MUX-CERT-002", Bad: true, Title: "a certificate of version 1", Policy: der, Make: func(w *World) {
			root := w.Root("Example CA")
			w.Write("mux.der", edited(w, w.Server(root, "mux.example.com"), root.Key, firstVersion))
		}},
		{Rule: "MUX-CERT-002", Title: "a root of version 1 that is trusted", Policy: der, Make: func(w *World) {
			root := w.Root("Example CA")
			w.Write("mux.der", edited(w, root, root.Key, firstVersion))
		}},
		{Rule: "MUX-CERT-002", Title: "certificates of version 3", Policy: chain, Make: below(unchanged, unchanged)},

		{Rule: "MUX-CERT-003", Bad: true, Title: "a certificate that Go refuses, for its negative serial number", Policy: der, Make: func(w *World) {
			root := w.Root("Example CA")
			w.Write("mux.der", edited(w, w.Server(root, "mux.example.com"), root.Key, withSerial(big.NewInt(-5))))
		}},
		{Rule: "MUX-CERT-003", Title: "certificates in order", Policy: chain, Make: below(unchanged, unchanged)},

		{Rule: "MUX-CERT-004", Bad: true, Title: "a serial number of 21 octets", Policy: der, Make: func(w *World) {
			root := w.Root("Example CA")
			w.Write("mux.der", edited(w, w.Server(root, "mux.example.com"), root.Key, withSerial(new(big.Int).Lsh(big.NewInt(1), 160))))
		}},
		{Rule: "MUX-CERT-004", Bad: true, Title: "a negative serial number", Policy: der, Make: func(w *World) {
			root := w.Root("Example CA")
			w.Write("mux.der", edited(w, w.Server(root, "mux.example.com"), root.Key, withSerial(big.NewInt(-5))))
		}},
		certificateExample("MUX-CERT-004", false, "a serial number of 20 octets", "", of(serial(new(big.Int).Lsh(big.NewInt(1), 158)))),

		certificateExample("MUX-CERT-005", true, "a public certificate with the serial number 4711", public, of(serial(big.NewInt(4711)))),
		certificateExample("MUX-CERT-005", false, "a public certificate with a serial number of 103 bits", public, plain),
		certificateExample("MUX-CERT-005", false, "the serial number 4711 under a CA of one's own", "", of(serial(big.NewInt(4711)))),

		certificateExample("MUX-CERT-006", true, "a public certificate that was not logged", public, plain),
		certificateExample("MUX-CERT-006", true, "a public certificate of 397 days with timestamps of two logs", public, of(logged(2))),
		certificateExample("MUX-CERT-006", true, "a certificate without the timestamps that a policy wants", "scts: 1", plain),
		certificateExample("MUX-CERT-006", false, "a public certificate of 90 days with timestamps of two logs", public, short),
		certificateExample("MUX-CERT-006", false, "a public certificate of 397 days with timestamps of three logs", public, of(logged(3))),
		certificateExample("MUX-CERT-006", false, "a certificate under a CA of one's own", "", plain),

		certificateExample("MUX-CERT-007", true, "a server with the certificate of a CA", "", of(func(t *x509.Certificate) { t.IsCA = true })),
		{Rule: "MUX-CERT-007", Bad: true, Title: "a server that shows the certificate of a CA", Policy: "url: {url}", Make: func(w *World) {
			w.Serve(w.Root("Example CA"), nil)
		}},
		{Rule: "MUX-CERT-007", Bad: true, Title: "the certificate of a server that is a CA, without its key", Policy: "path: mux.pem", Make: func(w *World) {
			w.PEM("mux.pem", w.Server(w.Root("Example CA"), "mux.example.com", func(t *x509.Certificate) { t.IsCA = true }).Certificate)
		}},
		certificateExample("MUX-CERT-007", false, "a server with a certificate of its own", "", plain),
		{Rule: "MUX-CERT-007", Title: "a CA as kubeadm makes it", Policy: "path: ca.crt", Make: kubernetes},
		{Rule: "MUX-CERT-007", Title: "a keystore with a CA in it", Policy: "path: ca.p12\npassword: env:SECRET", Make: func(w *World) {
			w.Keystore("ca.p12", "pkcs12", "ca", "secret", w.Root("Example CA"))
		}},

		{Rule: "MUX-CERT-008", Bad: true, Title: "the certificate of a server among CAs", Policy: authorities, Make: ca(func(t *x509.Certificate) { t.IsCA, t.KeyUsage = false, x509.KeyUsageDigitalSignature })},
		{Rule: "MUX-CERT-008", Title: "the certificate of a CA", Policy: authorities, Make: ca()},

		{Rule: "MUX-CERT-009", Bad: true, Title: "an intermediate CA whose basic constraints are not critical", Policy: chain, Make: below(basic, unchanged)},
		{Rule: "MUX-CERT-009", Bad: true, Title: "a root whose basic constraints are not critical", Policy: authorities, Make: ca(basic)},
		{Rule: "MUX-CERT-009", Title: "CAs as they should be", Policy: chain, Make: below(unchanged, unchanged)},

		{Rule: "MUX-CERT-010", Bad: true, Title: "a CA below one that allows none", Policy: chain, Make: func(w *World) {
			p := w.Server(w.Intermediate(w.Root("Example Root", pathLength), "Example CA"), "mux.example.com")
			w.PEM("chain.pem", p.chain()...)
		}},
		{Rule: "MUX-CERT-010", Title: "a CA that allows none, and has none below it", Policy: chain, Make: below(pathLength, unchanged)},

		{Rule: "MUX-CERT-011", Bad: true, Title: "a server outside of the domains of its CA", Policy: chain, Make: below(permitted, func(t *x509.Certificate) { t.DNSNames = []string{"mux.example.org"} })},
		{Rule: "MUX-CERT-011", Title: "a server within the domains of its CA", Policy: chain, Make: below(permitted, unchanged)},

		{Rule: "MUX-CERT-012", Bad: true, Title: "a server and its CA, which has no subject key identifier", Policy: chain, Make: func(w *World) {
			root := w.Root("Example CA")
			root.Certificate.SubjectKeyId = nil // which the identifier of the issuer is taken from
			w.PEM("chain.pem", w.Server(root, "mux.example.com").Certificate)
		}},
		{Rule: "MUX-CERT-012", Title: "certificates with both identifiers", Policy: chain, Make: below(unchanged, unchanged)},

		{Rule: "MUX-CERT-013", Bad: true, Title: "a CA for all names", Policy: authorities, Make: ca()},
		{Rule: "MUX-CERT-013", Title: "a CA for example.com", Policy: authorities, Make: ca(permitted)},
		certificateExample("MUX-CERT-014", true, "a certificate that the rules for public CAs do not allow", "zlint: CABF_BR", plain),
		certificateExample("MUX-CERT-014", true, "a certificate with one lint against it", "zlint: e_sub_cert_aia_missing", plain),
		certificateExample("MUX-CERT-014", false, "a certificate as RFC 5280 wants it", "zlint: RFC5280", func(*World) []Change {
			return []Change{func(t *x509.Certificate) { t.SubjectKeyId = []byte{1, 2, 3, 4} }}
		}),
		certificateExample("MUX-CERT-014", false, "a certificate that nobody asks zlint about", "", plain),
		{Rule: "MUX-CERT-013", Title: "a server under a CA for all names", Policy: chain, Make: below(unchanged, unchanged)},
	}
}
