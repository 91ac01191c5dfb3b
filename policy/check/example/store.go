package example

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"os"
	"path/filepath"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// mux is what most examples are about: a server certificate under a CA.
func (w *World) mux() *Pair { return w.Server(w.Root("Example CA"), "mux.example.com") }

// plainStore writes it into a keystore, with the password that the policies have.
func plainStore(w *World) { w.Keystore("keystore.p12", "pkcs12", "mux", "open-sesame-27", w.mux()) }

// ofStore is the policy of most examples.
const ofStore = "path: keystore.p12\npassword: env:OPEN-SESAME-27"

// storeAs writes the keystore with a profile that is changed.
func storeAs(change func(p *pkcs12x.Profile)) func(*World) {
	return func(w *World) {
		p, pair := standardProfile(), w.mux()
		change(&p)
		w.StoreAs("keystore.p12", "pkcs12", keystore.Encoding{Profile: p, Password: "open-sesame-27"}, w.Entry("mux", pair.Key, pair.chain()...))
	}
}

// append puts bytes behind the end of a file.
func (w *World) append(name, text string) {
	data := must(os.ReadFile(filepath.Join(w.Dir, name))) //nolint:gosec // made by the example
	w.Write(name, append(data, text...))
}

// pemOf is a key and certificates as PEM.
func (w *World) pemOf(name string, p *Pair) {
	w.KeyPEM(name, p.Key)
	var b bytes.Buffer
	for _, c := range p.chain() {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	w.append(name, b.String())
}

func openExamples() []Example {
	keyPassword := func(w *World) {
		p := w.mux()
		w.StoreAs("keystore.jks", "jks", keystore.Encoding{Password: "open-sesame-27", KeyPasswords: map[string]string{"mux": "inner-secret"}}, w.Entry("mux", p.Key, p.chain()...))
	}
	return []Example{
		{Rule: "MUX-OPEN-001", Bad: true, Title: "the password is that of another keystore", Policy: "path: keystore.p12\npassword: env:OTHER", Make: plainStore},
		{Rule: "MUX-OPEN-001", Title: "the password opens the keystore", Policy: ofStore, Make: plainStore},
		{Rule: "MUX-OPEN-002", Bad: true, Title: "certificates under another password", Policy: "path: keystore.p12\npassword: env:OPEN-SESAME-27", Make: twoPasswords},
		{Rule: "MUX-OPEN-002", Title: "one password for all", Policy: ofStore, Make: plainStore},
		{Rule: "MUX-OPEN-003", Bad: true, Title: "a key with a password of its own, which nobody gives", Policy: "path: keystore.jks\npassword: env:OPEN-SESAME-27", Make: keyPassword},
		{Rule: "MUX-OPEN-003", Title: "a key with a password of its own, which is given", Policy: "path: keystore.jks\npassword: env:OPEN-SESAME-27\nentry-password: env:INNER-SECRET", Make: keyPassword},
	}
}

func storeExamples() []Example {
	trusted := func(w *World) {
		w.Store("trust.p12", "pkcs12", "changeit", w.Trusted("ca", w.Root("Example CA").Certificate))
	}
	return []Example{
		{Rule: "MUX-STORE-001", Bad: true, Title: "certificates under RC2 with 40 bits", Policy: ofStore, Make: storeAs(func(p *pkcs12x.Profile) { *p = pkcs12x.LegacyRC2() })},
		{Rule: "MUX-STORE-001", Title: "AES-256", Policy: ofStore, Make: plainStore},
		{Rule: "MUX-STORE-002", Bad: true, Title: "no MAC", Policy: ofStore, Make: storeAs(func(p *pkcs12x.Profile) { p.MAC = pkcs12x.MACSpec{} })},
		{Rule: "MUX-STORE-002", Title: "a MAC", Policy: ofStore, Make: plainStore},
		{Rule: "MUX-STORE-003", Bad: true, Title: "fewer iterations than the policy asks for", Policy: ofStore + "\nmin-iterations: 100000", Make: plainStore},
		{Rule: "MUX-STORE-003", Title: "as many iterations as current JDKs take", Policy: ofStore + "\nmin-iterations: 10000", Make: plainStore},
		{Rule: "MUX-STORE-004", Bad: true, Title: "a key that is not encrypted", Policy: ofStore, Make: keyBag},
		{Rule: "MUX-STORE-004", Title: "an encrypted key", Policy: ofStore, Make: plainStore},
		{Rule: "MUX-STORE-005", Bad: true, Title: "a key in a JKS", Policy: "path: keystore.jks\npassword: env:OPEN-SESAME-27", Make: func(w *World) { w.Keystore("keystore.jks", "jks", "mux", "open-sesame-27", w.mux()) }},
		{Rule: "MUX-STORE-005", Title: "a trust store as JKS, which has nothing to hide", Policy: "path: trust.jks\npassword: env:OPEN-SESAME-27", Make: func(w *World) {
			w.Store("trust.jks", "jks", "open-sesame-27", w.Trusted("ca", w.Root("Example CA").Certificate))
		}},
		{Rule: "MUX-STORE-006", Bad: true, Title: "the password that keytool's documentation has", Policy: "path: keystore.p12\npassword: env:CHANGEIT", Make: func(w *World) { w.Keystore("keystore.p12", "pkcs12", "mux", "changeit", w.mux()) }},
		{Rule: "MUX-STORE-006", Bad: true, Title: "the same in a trust store, which is good to know", Policy: "path: trust.p12\npassword: env:CHANGEIT", Make: trusted},
		{Rule: "MUX-STORE-006", Bad: true, Title: "a PEM key under a published password", Policy: "path: mux.pem\npassword: env:CHANGEIT", Make: func(w *World) {
			p := w.mux()
			w.StoreAs("mux.pem", "pem", keystore.Encoding{Profile: standardProfile(), Password: "changeit"}, w.Entry("mux", p.Key, p.chain()...))
		}},
		{Rule: "MUX-STORE-006", Title: "a password of one's own", Policy: "path: keystore.p12\npassword: env:OWN-PASSWORD-OF-THE-STORE", Make: func(w *World) {
			w.Keystore("keystore.p12", "pkcs12", "mux", "own-password-of-the-store", w.mux())
		}},
		{Rule: "MUX-STORE-007", Bad: true, Title: "AES-256 for Windows Server 2016", Policy: ofStore + "\nfor: java-17 windows-server-2016", Make: plainStore},
		{Rule: "MUX-STORE-007", Title: "AES-256 for Java 17", Policy: ofStore + "\nfor: java-17", Make: plainStore},
		{Rule: "MUX-STORE-007", Title: "a JKS for Java 17", Policy: "path: keystore.jks\npassword: env:OPEN-SESAME-27\nfor: java-17", Make: func(w *World) { w.Keystore("keystore.jks", "jks", "mux", "open-sesame-27", w.mux()) }},
		{Rule: "MUX-STORE-008", Bad: true, Title: "a line behind the end", Policy: ofStore, Make: func(w *World) { plainStore(w); w.append("keystore.p12", "\nuploaded by ftp\n") }},
		{Rule: "MUX-STORE-008", Title: "nothing behind the end", Policy: ofStore, Make: plainStore},
	}
}

func fileExamples() []Example {
	mode := func(of string, mode os.FileMode) func(*World) {
		return func(w *World) {
			plainStore(w)
			w.pemOf("mux.pem", w.mux())
			w.Write("keystore.pw", []byte("open-sesame-27\n"))
			if err := os.Chmod(filepath.Join(w.Dir, of), mode); err != nil {
				panic(err)
			}
		}
	}
	return []Example{
		{Rule: "MUX-FILE-001", Bad: true, Title: "a key in the open that everybody can read", Policy: "path: mux.pem", Make: mode("mux.pem", 0o644)},
		{Rule: "MUX-FILE-001", Bad: true, Title: "a keystore that everybody can read", Policy: "path: keystore.p12\npassword: env:OPEN-SESAME-27", Make: mode("keystore.p12", 0o644)},
		{Rule: "MUX-FILE-001", Title: "a keystore that its group can read", Policy: "path: keystore.p12\npassword: env:OTHER", Make: mode("keystore.p12", 0o640)},
		{Rule: "MUX-FILE-001", Title: "a key in the open that the group of a server can read", Policy: "path: mux.pem", Make: mode("mux.pem", 0o640)},
		{Rule: "MUX-FILE-002", Bad: true, Title: "a keystore that everybody can change", Policy: ofStore, Make: mode("keystore.p12", 0o602)},
		{Rule: "MUX-FILE-002", Title: "a keystore that its owner can change", Policy: ofStore, Make: mode("keystore.p12", 0o644)},
		{Rule: "MUX-FILE-003", Bad: true, Title: "more than the policy allows", Policy: ofStore + "\nmode: \"0600\"", Make: mode("keystore.p12", 0o640)},
		{Rule: "MUX-FILE-003", Title: "less than the policy allows", Policy: ofStore + "\nmode: \"0640\"", Make: mode("keystore.p12", 0o600)},
		{Rule: "MUX-FILE-004", Bad: true, Title: "a password that everybody can read", Policy: "path: keystore.p12\npassword: file:keystore.pw", Make: mode("keystore.pw", 0o644)},
		{Rule: "MUX-FILE-004", Title: "a password for its owner", Policy: "path: keystore.p12\npassword: file:keystore.pw", Make: mode("keystore.pw", 0o600)},
		{Rule: "MUX-FILE-005", Bad: true, Title: "a directory that is open to everybody", Policy: "path: shared/keystore.p12\npassword: env:OPEN-SESAME-27", Make: directoryOf(0o777)},
		{Rule: "MUX-FILE-005", Title: "a directory like /tmp", Policy: "path: shared/keystore.p12\npassword: env:OPEN-SESAME-27", Make: directoryOf(0o777 | os.ModeSticky)},
	}
}

func directoryOf(mode os.FileMode) func(*World) {
	return func(w *World) {
		w.Keystore("shared/keystore.p12", "pkcs12", "mux", "open-sesame-27", w.mux())
		if err := os.Chmod(filepath.Join(w.Dir, "shared"), mode); err != nil {
			panic(err)
		}
	}
}

// contentInfo and pfx are the outer layers of a PKCS#12 file (RFC 7292 section 4).
type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"`
}

type pfx struct {
	Version  int
	AuthSafe contentInfo
}

// tagged is a value within [0].
func tagged(der []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: der}
}

// file writes a PKCS#12 file with safes and no MAC.
func (w *World) file(safes []byte) {
	list := must(asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: safes}))
	data := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	w.Write("keystore.p12", must(asn1.Marshal(pfx{3, contentInfo{data, tagged(must(asn1.Marshal(list)))}})))
}

// twoPasswords makes one file of two, whose safes have a password each.
func twoPasswords(w *World) {
	profile := standardProfile()
	profile.MAC = pkcs12x.MACSpec{}
	var safes []byte
	p := w.mux()
	for _, part := range []struct {
		password string
		entry    *keystore.Entry
	}{{"open-sesame-27", w.Entry("mux", p.Key, p.chain()...)}, {"another secret", w.Trusted("ca", w.Root("Other CA").Certificate)}} {
		data := must(profile.Encode(context.Background(), w.Rand, part.password, []*keystore.Entry{part.entry}))
		var file pfx
		var content []byte
		var list asn1.RawValue
		must(asn1.Unmarshal(data, &file))
		must(asn1.Unmarshal(file.AuthSafe.Content.Bytes, &content))
		must(asn1.Unmarshal(content, &list))
		safes = append(safes, list.Bytes...)
	}
	w.file(safes)
}

// keyBag makes a file with a key in the open (RFC 7292 section 4.2.1), which an
// Encode of ours does not.
func keyBag(w *World) {
	type bag struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	bags := must(asn1.Marshal([]bag{{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}, tagged(must(x509.MarshalPKCS8PrivateKey(w.Key())))}}))
	w.file(must(asn1.Marshal(contentInfo{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}, tagged(must(asn1.Marshal(bags)))})))
}
