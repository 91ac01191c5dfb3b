package example

import (
	"bytes"
	"context"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

func entryExamples() []Example {
	named := func(alias string) func(*World) {
		return func(w *World) { w.Keystore("keystore.p12", "pkcs12", alias, "open-sesame-27", w.mux()) }
	}
	two := func(w *World) {
		a, b := w.mux(), w.mux()
		w.Store("keystore.p12", "pkcs12", "open-sesame-27", w.Entry("mux", a.Key, a.chain()...), w.Entry("old", b.Key, b.chain()...))
	}
	trusted := func(change func(e *keystore.Entry)) func(*World) {
		return func(w *World) {
			e := w.Trusted("ca", w.Root("Example CA").Certificate)
			change(e)
			w.Store("trust.p12", "pkcs12", "open-sesame-27", e)
		}
	}
	asIs := func(*keystore.Entry) {}
	plain := func(e *keystore.Entry) { e.Kind = pkcs12x.PlainCertificate }
	const ofTrust = "path: trust.p12\npassword: env:OPEN-SESAME-27"
	return []Example{
		{Rule: "MUX-ENTRY-001", Bad: true, Title: "an alias that is not there", Policy: ofStore + "\nalias: mux", Make: named("1")},
		{Rule: "MUX-ENTRY-001", Bad: true, Title: "a certificate under the alias", Policy: "path: trust.p12\npassword: env:OPEN-SESAME-27\nalias: ca", Make: trusted(asIs)},
		{Rule: "MUX-ENTRY-001", Title: "the alias in other letters", Policy: ofStore + "\nalias: MUX", Make: named("mux")},
		{Rule: "MUX-ENTRY-001", Title: "a PEM file, whose entries have no names", Policy: "path: mux.pem\nalias: mux", Make: func(w *World) { w.pemOf("mux.pem", w.mux()) }},
		{Rule: "MUX-ENTRY-002", Bad: true, Title: "two keys and no alias", Policy: ofStore, Make: two},
		{Rule: "MUX-ENTRY-002", Title: "two keys, and the policy says which", Policy: ofStore + "\nalias: mux", Make: two},
		{Rule: "MUX-ENTRY-003", Bad: true, Title: "the certificate of another key", Policy: ofStore, Make: func(w *World) {
			w.Store("keystore.p12", "pkcs12", "open-sesame-27", w.Entry("mux", w.Key(), w.mux().chain()...))
		}},
		{Rule: "MUX-ENTRY-003", Bad: true, Title: "a PEM file with the key of another certificate", Policy: "path: mux.pem", Make: func(w *World) {
			p := w.mux()
			w.pemOf("mux.pem", &Pair{Certificate: p.Certificate, Key: w.Key(), Above: p.Above})
		}},
		{Rule: "MUX-ENTRY-003", Title: "the certificate of the key", Policy: ofStore, Make: plainStore},
		{Rule: "MUX-ENTRY-004", Bad: true, Title: "a key that waits for its certificate", Policy: ofStore, Make: func(w *World) {
			w.Store("keystore.p12", "pkcs12", "open-sesame-27", w.Entry("mux", w.Key()))
		}},
		{Rule: "MUX-ENTRY-004", Title: "a key with its certificate", Policy: ofStore, Make: plainStore},
		{Rule: "MUX-ENTRY-005", Bad: true, Title: "a trust store that trusts nobody", Policy: "path: trust.jks\npassword: env:OPEN-SESAME-27", Make: func(w *World) { w.Store("trust.jks", "jks", "open-sesame-27") }},
		{Rule: "MUX-ENTRY-005", Title: "a trust store with one CA", Policy: ofTrust, Make: trusted(asIs)},
		{Rule: "MUX-ENTRY-006", Bad: true, Title: "quotes out of a document", Policy: ofStore, Make: named("“mux”")},
		{Rule: "MUX-ENTRY-006", Bad: true, Title: "a blank at the end", Policy: ofStore, Make: named("mux ")},
		{Rule: "MUX-ENTRY-006", Title: "blanks between words", Policy: ofStore, Make: named("mux of example")},
		{Rule: "MUX-ENTRY-007", Bad: true, Title: "two certificates of one name", Policy: ofTrust, Make: oneName},
		{Rule: "MUX-ENTRY-007", Title: "a name for each", Policy: ofStore + "\nalias: mux", Make: two},
		{Rule: "MUX-ENTRY-008", Bad: true, Title: "an alias with capitals", Policy: ofStore, Make: named("Mux")},
		{Rule: "MUX-ENTRY-008", Title: "an alias in lower case", Policy: ofStore, Make: named("mux")},
		{Rule: "MUX-ENTRY-009", Bad: true, Title: "a trust store as openssl writes it, for Java", Policy: ofTrust + "\nfor: java-17", Make: trusted(plain)},
		{Rule: "MUX-ENTRY-009", Title: "the same for openssl", Policy: ofTrust + "\nfor: openssl-3.0", Make: trusted(plain)},
		{Rule: "MUX-ENTRY-009", Title: "a trust store as keytool writes it", Policy: ofTrust + "\nfor: java-17", Make: trusted(asIs)},
	}
}

// oneName changes the name of one entry into that of the other, in a file that is
// neither encrypted nor vouched for.
func oneName(w *World) {
	a, b := w.Trusted("ca", w.Root("Example CA").Certificate), w.Trusted("cb", w.Root("Other CA").Certificate)
	profile, _ := pkcs12x.ProfileByName("open")
	data := must(profile.Encode(context.Background(), w.Rand, "open-sesame-27", []*keystore.Entry{a, b}))
	bmp := func(name string) []byte { return []byte{0x1e, 4, 0, name[0], 0, name[1]} }
	w.Write("trust.p12", bytes.Replace(data, bmp("cb"), bmp("ca"), 1))
}
