package example

import "crypto/x509"

// purposes sets the extended key usage.
func purposes(list ...x509.ExtKeyUsage) Change {
	return func(t *x509.Certificate) { t.ExtKeyUsage = list }
}

// usage sets the key usage.
func usage(u x509.KeyUsage) Change {
	return func(t *x509.Certificate) { t.KeyUsage = u }
}

func usageExamples() []Example {
	of := func(changes ...Change) func(*World) []Change {
		return func(*World) []Change { return changes }
	}
	const public, chain, authorities = "profile: public-tls", "path: chain.pem", "path: ca.pem\nprofile: ca"
	ca := func(changes ...Change) func(*World) {
		return func(w *World) { w.PEM("ca.pem", w.Root("Example CA", changes...).Certificate) }
	}
	const server, client, anything = x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageAny
	const signs, encrypts, crls = x509.KeyUsageDigitalSignature, x509.KeyUsageKeyEncipherment, x509.KeyUsageCRLSign
	return []Example{
		certificateExample("MUX-USE-001", true, "a server with the certificate of a client", "hosts: [mux.example.com]", of(purposes(client))),
		certificateExample("MUX-USE-001", true, "a client with the certificate of a server", "purpose: client", plain),
		{Rule: "MUX-USE-001", Bad: true, Title: "a server below a CA for mail", Policy: chain, Make: below(purposes(x509.ExtKeyUsageEmailProtection), unchanged)},
		certificateExample("MUX-USE-001", false, "a server with the certificate of one", "", plain),
		certificateExample("MUX-USE-001", false, "the certificate of a client", "", of(purposes(client))),
		certificateExample("MUX-USE-001", false, "the certificate of a signer of code", "", of(purposes(x509.ExtKeyUsageCodeSigning))),
		certificateExample("MUX-USE-001", false, "a client where both sides show certificates", "profile: mtls", of(purposes(client))),
		{Rule: "MUX-USE-001", Title: "a server below a CA for servers and clients", Policy: chain, Make: below(purposes(server, client), unchanged)},

		certificateExample("MUX-USE-002", true, "a certificate without extended key usage", "", of(purposes())),
		certificateExample("MUX-USE-002", false, "a certificate for servers", "", plain),

		certificateExample("MUX-USE-003", true, "a certificate for any purpose", "", of(purposes(anything))),
		certificateExample("MUX-USE-003", false, "a certificate for servers and clients", "", of(purposes(server, client))),

		certificateExample("MUX-USE-004", true, "an EC key for key agreement alone", "", of(usage(x509.KeyUsageKeyAgreement))),
		certificateExample("MUX-USE-004", true, "a key that may encrypt alone", "", of(usage(encrypts))),
		certificateExample("MUX-USE-004", false, "a key that may sign", "", plain),
		certificateExample("MUX-USE-004", false, "a certificate without key usage", "", of(usage(0))),

		certificateExample("MUX-USE-005", true, "an EC key that is to encrypt", "", of(usage(signs|encrypts))),
		certificateExample("MUX-USE-005", false, "an EC key that signs", "", plain),

		certificateExample("MUX-USE-006", true, "a server that may sign certificates", "", of(usage(signs|x509.KeyUsageCertSign))),
		{Rule: "MUX-USE-006", Title: "a CA that may sign certificates", Policy: chain, Make: below(unchanged, unchanged)},

		certificateExample("MUX-USE-007", true, "a public certificate for servers and clients", public, of(purposes(server, client))),
		certificateExample("MUX-USE-007", false, "a public certificate for servers", public, plain),
		certificateExample("MUX-USE-007", false, "a certificate for both under a CA of one's own", "", of(purposes(server, client))),

		{Rule: "MUX-USE-008", Bad: true, Title: "a CA that may not sign certificates", Policy: chain, Make: below(usage(signs|crls), unchanged)},
		{Rule: "MUX-USE-008", Bad: true, Title: "a CA without key usage", Policy: chain, Make: below(usage(0), unchanged)},
		{Rule: "MUX-USE-008", Bad: true, Title: "a CA that may not sign revocation lists", Policy: authorities, Make: ca(usage(x509.KeyUsageCertSign))},
		{Rule: "MUX-USE-008", Title: "a CA that may sign both", Policy: authorities, Make: ca()},
		{Rule: "MUX-USE-008", Title: "a server below a CA that may sign certificates alone", Policy: chain, Make: below(usage(x509.KeyUsageCertSign), unchanged)},

		{Rule: "MUX-USE-009", Bad: true, Title: "a CA whose key encrypts", Policy: authorities, Make: ca(usage(x509.KeyUsageCertSign | crls | encrypts))},
		{Rule: "MUX-USE-009", Bad: true, Title: "a root with an extended key usage", Policy: authorities, Make: ca(purposes(server))},
		{Rule: "MUX-USE-009", Bad: true, Title: "a CA that is a server", Policy: authorities, Make: ca(func(t *x509.Certificate) { t.DNSNames = []string{"ca.example.com"} })},
		{Rule: "MUX-USE-009", Title: "a CA that signs certificates, lists and OCSP answers", Policy: authorities, Make: ca(usage(x509.KeyUsageCertSign | crls | signs))},
	}
}
