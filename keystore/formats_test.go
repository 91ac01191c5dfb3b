package keystore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

const fixturePassword = "changeit"

func withPassword(password string) keystore.Options {
	return keystore.Options{
		Unlock:   true,
		Password: func(context.Context) (string, error) { return password, nil },
	}
}

func open(t *testing.T, path string, opts keystore.Options) *keystore.Store {
	t.Helper()
	s, err := keystore.Open(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// summary lists the entries of a store: "private-key mux (3)" has a chain of
// three certificates.
func summary(s *keystore.Store) []string {
	var out []string
	for _, e := range s.Entries {
		line := fmt.Sprintf("%s %s", e.Kind, e.Alias)
		if len(e.Chain) > 0 {
			line += fmt.Sprintf(" (%d)", len(e.Chain))
		}
		out = append(out, line)
	}
	return out
}

func TestEveryKindOfFileIsReadWithoutBeingNamed(t *testing.T) {
	for _, tt := range []struct {
		file, format, armor string
		want                []string
	}{
		{"../../pkcs12x/testdata/openssl-default.p12", "pkcs12", "", []string{"private-key mux (3)"}},
		{"../../pkcs12x/testdata/pk12util-default.p12", "pkcs12", "", []string{"private-key mux (3)"}},
		{"../bcfks/testdata/signed-rsa.bcfks", "bcfks", "", []string{"private-key Mux (3)"}},
		{"certtool-p12.pem", "pkcs12", "pem", []string{"private-key mux (1)"}},
		{"chain.pem", "pem", "", []string{"certificate 1 (1)", "certificate 2 (1)", "certificate 3 (1)"}},
		{"server.pem", "pem", "", []string{"private-key 1 (3)"}},
		{"server-encrypted.pem", "pem", "", []string{"private-key 1 (3)"}},
		{"bag-attributes.pem", "pem", "", []string{"private-key Mux Key (3)"}},
		{"trusted.pem", "pem", "", []string{"certificate fixture root (1)"}},
		{"ed448.pem", "pem", "", []string{"private-key 1 (1)"}},
		{"key-dsa.pem", "pem", "", []string{"private-key 1"}},
		{"key-ec-legacy.pem", "pem", "", []string{"private-key 1"}},
		{"key-ec-parameters.pem", "pem", "", []string{"private-key 1"}},
		{"key-rsa-legacy.pem", "pem", "", []string{"private-key 1"}},
		{"key-rsa-pkcs1.pem", "pem", "", []string{"private-key 1"}},
		{"key-secp256k1.pem", "pem", "", []string{"private-key 1"}},
		{"ssh-private", "pem", "", []string{"private-key 1"}},
		{"ssh-rsa-cbc", "pem", "", []string{"private-key 1"}},
		{"ssh-ecdsa-gcm", "pem", "", []string{"private-key 1"}},
		{"ssh-dsa", "pem", "", []string{"private-key 1"}},
		{"public-ec.pem", "pem", "", []string{"public-key 1"}},
		{"public-rsa-pkcs1.pem", "pem", "", []string{"public-key 1"}},
		{"request.pem", "pem", "", []string{"csr 1"}},
		{"crl.pem", "pem", "", []string{"crl 1"}},
		{"certificate.der", "der", "", []string{"certificate 1 (1)"}},
		{"certificate-v1.der", "der", "", []string{"certificate 1 (1)"}},
		{"certificates.der", "der", "", []string{"certificate 1 (1)", "certificate 2 (1)", "certificate 3 (1)"}},
		{"certificate.base64", "der", "base64", []string{"certificate 1 (1)"}},
		{"request.der", "der", "", []string{"csr 1"}},
		{"crl.der", "der", "", []string{"crl 1"}},
		{"key-sec1.der", "der", "", []string{"private-key 1"}},
		{"key-pkcs1.der", "der", "", []string{"private-key 1"}},
		{"key-pkcs8.der", "der", "", []string{"private-key 1"}},
		{"key-encrypted.der", "der", "", []string{"private-key 1"}},
		{"public.der", "der", "", []string{"public-key 1"}},
		{"chain.p7b", "pkcs7", "", []string{"certificate 1 (1)", "certificate 2 (1)", "certificate 3 (1)"}},
		{"chain-pem.p7b", "pkcs7", "pem", []string{"certificate 1 (1)", "certificate 2 (1)", "certificate 3 (1)"}},
		{"with-crl.p7b", "pkcs7", "", []string{"certificate 1 (1)", "crl 2"}},
		{"signed-ber.p7m", "pkcs7", "", []string{"certificate 1 (1)", "certificate 2 (1)"}},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", tt.file))
		if err != nil {
			t.Fatal(err)
		}
		// The name must not matter, so it is a wrong one.
		s, err := keystore.Decode(t.Context(), "picture.png", data, withPassword(fixturePassword))
		if err != nil {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		if s.Format != tt.format || s.Armor != tt.armor || s.Size != len(data) || s.Path != "picture.png" {
			t.Errorf("%s: format %q, armor %q, size %d, path %q", tt.file, s.Format, s.Armor, s.Size, s.Path)
		}
		if want := tt.file == "signed-ber.p7m"; s.Signed != want {
			t.Errorf("%s: signed is %v, want %v", tt.file, s.Signed, want)
		}
		if got := summary(s); !slices.Equal(got, tt.want) {
			t.Errorf("%s: entries are %q, want %q", tt.file, got, tt.want)
		}
		for _, e := range s.Entries {
			if e.Key != nil && e.Key.PKCS8 == nil {
				t.Errorf("%s: the key of %q stayed locked: %v", tt.file, e.Alias, e.Key.Err)
			}
			if len(e.Chain) > 0 && e.Key != nil {
				if match, known := e.Key.Matches(e.Chain[0]); known && !match {
					t.Errorf("%s: the key of %q does not match its certificate", tt.file, e.Alias)
				}
			}
		}
	}
}

// The other side of the table above: what each kind of key is must survive the
// way through its wrapping.
func TestKeysKeepTheirAlgorithm(t *testing.T) {
	for _, tt := range []struct {
		file, oid string
		parsed    bool
	}{
		{"key-rsa-pkcs1.pem", "1.2.840.113549.1.1.1", true},
		{"key-rsa-legacy.pem", "1.2.840.113549.1.1.1", true},
		{"key-pkcs1.der", "1.2.840.113549.1.1.1", true},
		{"key-sec1.der", "1.2.840.10045.2.1", true},
		{"key-ec-parameters.pem", "1.2.840.10045.2.1", true},
		{"key-ec-legacy.pem", "1.2.840.10045.2.1", true},
		{"key-secp256k1.pem", "1.2.840.10045.2.1", false},
		{"key-dsa.pem", "1.2.840.10040.4.1", false},
		{"ed448.pem", "1.3.101.113", false},
		{"ssh-private", "1.3.101.112", true},
		{"ssh-rsa-cbc", "1.2.840.113549.1.1.1", true},
		{"ssh-ecdsa-gcm", "1.2.840.10045.2.1", true},
		{"ssh-dsa", "1.2.840.10040.4.1", false},
	} {
		k := open(t, "testdata/"+tt.file, withPassword(fixturePassword)).Entries[0].Key
		if k.Algorithm.String() != tt.oid || (k.Private != nil) != tt.parsed {
			t.Errorf("%s: algorithm %s, private key %T, %v", tt.file, k.Algorithm, k.Private, k.Err)
		}
		again, err := pkcs12x.ParsePrivateKey(k.PKCS8)
		if err != nil || again.Algorithm.String() != tt.oid {
			t.Errorf("%s: its PKCS#8 does not read back: %v", tt.file, err)
		}
	}
}

func TestFormatsAreComplete(t *testing.T) {
	formats := keystore.Formats()
	want := []string{"pkcs12", "jks", "jceks", "bks", "bks-v1", "uber", "bcfks", "nss", "pkcs7", "kubernetes", "pem", "der", "directory"}
	if got := formats.Names(); !slices.Equal(got, want) {
		t.Errorf("formats are %q, want %q", got, want)
	}
	for f := range formats.All() {
		if f.Title == "" || len(f.Extensions) == 0 || f.Detect == nil {
			t.Errorf("%s lacks a title, extensions or detection", f.ID)
		}
		if f.Decode == nil && f.Members == nil && (f.Hint == nil || f.Hint("x.jks") == "") {
			t.Errorf("%s cannot be read and has no hint", f.ID)
		}
		for _, extension := range f.Extensions {
			if extension[0] != '.' || extension != strings.ToLower(extension) {
				t.Errorf("%s: extension %q", f.ID, extension)
			}
		}
		for _, head := range [][]byte{nil, {}, {0x30}, {0x30, 0x80}, {0x30, 0x82, 1}, []byte("-----BEGIN"), []byte("\xff\xfe")} {
			if c := f.Detect(head); c != keystore.No {
				t.Errorf("%s takes %q with confidence %d", f.ID, head, c)
			}
		}
	}
}

func TestOtherFilesAreNamed(t *testing.T) {
	const (
		none   = ", not a keystore, certificate or key"
		unread = ", which this version does not read"
		other  = ": such keys have no place in a keystore for TLS"
	)
	for _, tt := range []struct{ data, what, rest, hint string }{
		{"", "an empty file", none, ""},
		{"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a PNG image", none, ""},
		{"\xff\xd8\xff\xe0\x00\x10JFIF", "a JPEG image", none, ""},
		{"%PDF-1.7\n", "a PDF document", none, ""},
		{"PK\x03\x04\x14\x00", "a ZIP or JAR archive", none, "muxkey inspect --recursive 'my store.p12'"},
		{"\x1f\x8b\x08\x00", "a gzip archive", none, "muxkey inspect --recursive 'my store.p12'"},
		{"\x7fELF\x02\x01\x01", "an ELF program", none, ""},
		{strings.Repeat("\x00", 257) + "ustar\x0000", "a tar archive", none, "muxkey inspect --recursive 'my store.p12'"},
		{"SQLite format 3\x00\x10\x00", "an SQLite database", none, ""},
		{"\x00\x06\x15\x61\x00\x00\x00\x02", "a Berkeley DB file", none, "certutil -K -X -d sql:DIRECTORY"},
		{"\x00\x00\x00\x00CERT\x01\x00", "a Windows serialised certificate store (SST)", unread, "Export-PfxCertificate"},
		{"\x1e\xf1\xb5\xb0\x00", "a Microsoft private key (PVK)", unread, "openssl rsa -inform PVK -in 'my store.p12'"},
		{"7H\x06\x02\x00\x00\x00\x00X509KEY\x00", "an IBM key database (KDB)", unread, "gsk8capicmd -cert -export -db 'my store.p12'"},
		{
			strings.Repeat("\ufffd", 4) + "\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x01\x00\x03mux\x00",
			"a binary file that was copied as text: the octets over 127 are lost", none, "nonFilteredFileExtensions",
		},
		{"\x00\x00\x00\x02\x00\x00\x00\x14" + strings.Repeat("\ufffd", 20), "a binary file that was copied as text: the octets over 127 are lost", none, "nonFilteredFileExtensions"},
		{"0\ufffd\x01\x02\x02\x01\x030\ufffd\x01", "a binary file that was copied as text: the octets over 127 are lost", none, "nonFilteredFileExtensions"},
		{"0\x03\x0a\x01\x00", "an OCSP response", none, ""},
		{"0\x050\x03\x02\x01\x00", "a time-stamp response", none, ""},
		{"0\x03\x02\x01\x07", "a DER file that holds no certificate, CSR, CRL or key", none, ""},
		{"0\x20\x02\x01", "the beginning of a DER file (cut short?)", none, ""},
		{"PuTTY-User-Key-File-3: ssh-ed25519\r\n", "a PuTTY private key", other, ""},
		{"ssh-rsa AAAAB3NzaC1yc2E= me@host\n", "an SSH public key", other, ""},
		{"-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: 1\n\nabcd\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n", "a PGP public key", other, ""},
		{"-----BEGIN DH PARAMETERS-----\nMAA=\n-----END DH PARAMETERS-----\n", "a PEM file with nothing but DH PARAMETERS", none, ""},
		{"<!DOCTYPE html>\n<html></html>", "an HTML page", none, ""},
		{"<?xml version=\"1.0\"?>\n<a/>", "an XML file", none, ""},
		{`{"kty":"EC","crv":"P-256"}`, "a JSON web key (JWK)", none, ""},
		{`{"a":1}`, "a JSON file", none, ""},
		{"Dear colleague,\nplease find attached\n", "a text without any PEM block", none, ""},
		{"\xff\xfeD\x00e\x00a\x00r\x00", "a text without any PEM block", none, ""},
		{" \r\n\t\n", "a file of nothing but blanks", none, ""},
		{"\x00\x00\x00\x00\x00", "a file of nothing but zero octets", none, ""},
		{"–––––BEGIN CERTIFICATE–––––\nMIIB\n–––––END CERTIFICATE–––––\n", "a text that speaks of a certificate or key, but without a line of the form -----BEGIN CERTIFICATE----- (were the dashes changed?)", none, ""},
		{"\x01\x02\x03\x04", "a file of no known format", none, ""},
	} {
		_, err := keystore.Decode(t.Context(), "my store.p12", []byte(tt.data), keystore.Options{})
		e, ok := errors.AsType[*keystore.FormatError](err)
		if !ok || e.What != tt.what || e.Damaged || e.Unread != (tt.rest == unread) || !strings.Contains(e.Hint, tt.hint) || (tt.hint == "") != (e.Hint == "") {
			t.Errorf("%.20q: %#v, want %q", tt.data, err, tt.what)
			continue
		}
		if want := "reading my store.p12: it is " + tt.what + tt.rest; err.Error() != want {
			t.Errorf("the error says %q, want %q", err, want)
		}
	}
	_, err := keystore.Open(t.Context(), "testdata/enveloped.p7m", keystore.Options{})
	want := "reading testdata/enveloped.p7m: it is a PKCS#7 file: its content is an encrypted message (EnvelopedData), which holds no certificates in the open"
	if err == nil || err.Error() != want {
		t.Errorf("encrypted message: %v", err)
	}
}

// Every prefix of a file is refused, as that file: none is taken for something
// smaller, and the damage is named.
func TestTruncatedFilesAreRefused(t *testing.T) {
	for _, file := range []string{"server.pem", "certificate.der", "chain.p7b", "signed-ber.p7m", "store.jks", "store.jceks", "../bcfks/testdata/default.bcfks", "../../pkcs12x/testdata/openssl-default.p12"} {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		end := len(data)
		if filepath.Ext(file) == ".pem" {
			end = strings.LastIndex(string(data), "-----END") + 1 // the rest of the last line may go
		}
		for n := end - 1; n > 60; n -= 7 {
			if filepath.Ext(file) == ".pem" && (data[n-1] == '\n' && strings.HasSuffix(string(data[:n]), "-----\n") || strings.HasSuffix(string(data[:n]), "-----")) {
				continue // a shorter chain, and whole
			}
			if last := string(data[strings.LastIndex(string(data[:n]), "\n")+1 : n]); strings.HasPrefix("-----BEGIN ", last) {
				continue // looks like a line of dashes under a text
			}
			s, err := keystore.Decode(t.Context(), file, data[:n], withPassword(fixturePassword))
			e, ok := errors.AsType[*keystore.FormatError](err)
			if s != nil || !ok || !e.Damaged {
				t.Fatalf("%s cut to %d bytes: %v, %v", file, n, s, err)
			}
		}
	}
}
