package keystore_test

import (
	"crypto/rand"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// blocks are the PEM blocks of a fixture.
func blocks(t *testing.T, file string) []string {
	t.Helper()
	var out []string
	for _, part := range strings.SplitAfter(fixture(t, file), "-----END ") {
		if i := strings.Index(part, "-----BEGIN "); i >= 0 {
			label, _, _ := strings.Cut(part[i+len("-----BEGIN "):], "-----")
			out = append(out, part[i:]+label+"-----\n")
		}
	}
	return out
}

func rewrite(t *testing.T, data string, e keystore.Encoding, change func(s *keystore.Store)) (string, error) {
	t.Helper()
	s, err := keystore.Decode(t.Context(), "x", []byte(data), withPassword(fixturePassword))
	if err != nil {
		t.Fatal(err)
	}
	change(s)
	out, err := s.Rewrite(t.Context(), rand.Reader, e)
	return string(out), err
}

// certOf is the certificate of a PEM block.
func certOf(t *testing.T, block string) *keystore.Certificate {
	t.Helper()
	s, err := keystore.Decode(t.Context(), "x", []byte(block), keystore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s.Sequence[0]
}

func remove(alias string) func(*keystore.Store) {
	return func(s *keystore.Store) {
		s.Entries = slices.DeleteFunc(s.Entries, func(e *keystore.Entry) bool { return e.Alias == alias })
	}
}

func rename(from, to string) func(*keystore.Store) {
	return func(s *keystore.Store) {
		for _, e := range s.Entries {
			if e.Alias == from {
				e.Alias = to
			}
		}
	}
}

func TestPEMEditsKeepWhatStandsBetween(t *testing.T) {
	certs := blocks(t, "chain.pem")
	leaf, ca, root := certs[0], certs[1], certs[2]
	server := blocks(t, "server.pem")
	key, other := server[0], blocks(t, "ed448.pem")[0]
	dh := fixture(t, "dh-parameters.pem")
	ec := blocks(t, "key-ec-parameters.pem")
	bag := func(name string) string { return "Bag Attributes\n    friendlyName: " + name + "\n" }
	full := "Bag Attributes\n    localKeyID: 01 02\n    friendlyName: old name\n    1.2.3: 04\nKey Attributes: <No Attributes>\n"
	issuer := "subject=CN = x\nissuer=CN = y\n"
	none := func(*keystore.Store) {}
	for _, tt := range []struct {
		name   string
		before string
		change func(*keystore.Store)
		after  string
	}{
		{"nothing", "\ufeffhead\r\n" + leaf + "between\n" + dh + ca + "tail", none, "\ufeffhead\r\n" + leaf + "between\n" + dh + ca + "tail"},
		{"delete", "# one\n" + leaf + "# two\n" + dh + ca + "# three\n" + root, remove("2"), "# one\n" + leaf + "# two\n" + dh + "# three\n" + root},
		{"delete the first", "# one\n" + leaf + "# two\n" + ca, remove("1"), "# one\n# two\n" + ca},
		{"delete with what openssl says of it", "# note\n" + issuer + leaf + "\n" + issuer + ca, remove("1"), "# note\n\n" + issuer + ca},
		{"delete with attributes", full + issuer + leaf + bag("b") + ca, remove("old name"), bag("b") + ca},
		{"delete a private key with its chain", key + "# chain\n" + leaf + "# end\n" + dh + ec[0] + ec[1], remove("1"), "# chain\n# end\n" + dh + ec[0] + ec[1]},
		{"delete an EC key with its parameters", "# a\n" + ec[0] + ec[1] + "# b\n" + root, func(s *keystore.Store) { s.Entries = s.Entries[1:] }, "# a\n# b\n" + root},
		{"delete one of two copies' name", leaf + ca + leaf, remove("2"), leaf + leaf},
		{"rename", "# one\n" + leaf + ca, rename("1", "my name"), "# one\n" + bag("my name") + leaf + ca},
		{"rename key and leaf", key + "# note\n" + leaf, rename("1", "my name"), bag("my name") + key + "# note\n" + bag("my name") + leaf},
		{"rename what has a name", full + leaf + bag("b") + ca, rename("old name", "new"), strings.Replace(full, "old name", "new", 1) + leaf + bag("b") + ca},
		{"rename what has other attributes", "Bag Attributes\n    localKeyID: 01\n" + leaf, rename("1", "new"), "Bag Attributes\n    friendlyName: new\n    localKeyID: 01\n" + leaf},
		{"rename on CRLF", strings.ReplaceAll(leaf+"note\n"+ca, "\n", "\r\n"), rename("2", "new"), strings.ReplaceAll(leaf+"note\n"+bag("new")+ca, "\n", "\r\n")},
		{"rename between blocks of one line", strings.TrimSpace(leaf) + " " + ca, rename("2", "new"), strings.TrimSpace(leaf) + " \n" + bag("new") + ca},
		{"rename a CSR", "# r\n" + fixture(t, "request.pem"), rename("1", "new"), "# r\n" + bag("new") + fixture(t, "request.pem")},
		{"names that were one", bag("a") + leaf + bag("a") + ca, none, bag("a") + leaf + bag("a-2") + ca},
		{"add", "# one\n" + leaf + "# tail", func(s *keystore.Store) {
			s.Entries = append(s.Entries, &keystore.Entry{Alias: "ca", Kind: pkcs12x.TrustedCertificate, Chain: open(t, "testdata/chain.pem", keystore.Options{}).Entries[1].Chain})
		}, "# one\n" + leaf + "# tail\n" + bag("ca") + ca},
		{"add on CRLF", strings.ReplaceAll(leaf, "\n", "\r\n"), func(s *keystore.Store) {
			s.Entries = append(s.Entries, &keystore.Entry{Alias: "ca", Kind: pkcs12x.TrustedCertificate, Chain: open(t, "testdata/chain.pem", keystore.Options{}).Entries[1].Chain})
		}, strings.ReplaceAll(leaf+bag("ca")+ca, "\n", "\r\n")},
		{"replace in place", "# one\n" + leaf + "# two\n" + root, func(s *keystore.Store) {
			s.Entries[0] = &keystore.Entry{Alias: "1", Kind: pkcs12x.TrustedCertificate, Chain: open(t, "testdata/chain.pem", keystore.Options{}).Entries[1].Chain}
		}, "# one\n" + bag("1") + ca + "# two\n" + root},
		{"renew", "# key\n" + key + "# leaf\n" + leaf + "# ca\n" + ca + "# end\n" + dh, func(s *keystore.Store) {
			s.Entries[0].Chain = []*keystore.Certificate{certOf(t, root), s.Sequence[1]}
		}, "# key\n" + key + "# leaf\n" + root + "# ca\n" + ca + "# end\n" + dh},
		{"renew before the key, with a name", bag("mux") + leaf + "# key\n" + bag("mux") + key, func(s *keystore.Store) {
			s.Entries[0].Chain = []*keystore.Certificate{certOf(t, root)}
		}, bag("mux") + root + "# key\n" + bag("mux") + key},
		{"complete a chain", key + "# leaf\n" + leaf + "# end", func(s *keystore.Store) {
			s.Entries[0].Chain = append(s.Entries[0].Chain, certOf(t, ca), certOf(t, root))
		}, key + "# leaf\n" + leaf + ca + root + "# end"},
		{"another key and certificate", "# key\n" + other + "# leaf\n" + root + "# end", func(s *keystore.Store) {
			from := open(t, "testdata/server.pem", keystore.Options{})
			e := s.Entries[0]
			e.Key, e.Chain = from.Entries[0].Key, []*keystore.Certificate{certOf(t, leaf)}
			s.Entries = s.Entries[:1]
		}, "# key\n" + key + "# leaf\n" + leaf + "# end"},
		{"a first certificate", "# key\n" + key + "# end", func(s *keystore.Store) {
			s.Entries[0].Chain = []*keystore.Certificate{certOf(t, leaf), certOf(t, ca)}
		}, "# key\n" + key + leaf + ca + "# end"},
		{"put in order", "# a\n" + root + "# b\n" + bag("leaf") + leaf + "# c\n" + ca, func(s *keystore.Store) {
			c := s.Sequence
			s.Sequence = []*keystore.Certificate{c[1], c[2], c[0]}
		}, "# a\n" + bag("leaf") + leaf + "# b\n" + ca + "# c\n" + root},
		{"put in order without copies", root + leaf + "# c\n" + root, func(s *keystore.Store) { s.Sequence = []*keystore.Certificate{s.Sequence[1], s.Sequence[0]} }, leaf + root + "# c\n"},
	} {
		got, err := rewrite(t, tt.before, keystore.Encoding{}, tt.change)
		if err != nil || got != tt.after {
			t.Errorf("%s: %v\n got %q\nwant %q", tt.name, err, shorten(got), shorten(tt.after))
		}
	}
}

// shorten leaves the base64 out.
func shorten(text string) string {
	var out []string
	for _, line := range strings.SplitAfter(text, "\n") {
		if len(line) > 66 {
			line = line[:4] + "~" + line[len(line)-80:]
		} else if len(line) > 60 {
			continue
		}
		out = append(out, line)
	}
	return strings.Join(out, "")
}

func TestPEMEditsThatAreRefused(t *testing.T) {
	twin := func(s *keystore.Store) {
		e := *s.Entries[0]
		e.Alias = "twin"
		s.Entries = append(s.Entries, &e)
	}
	if _, err := rewrite(t, fixture(t, "chain.pem"), keystore.Encoding{}, twin); err == nil || !strings.Contains(err.Error(), `cannot hold "twin" (it is there once, as "1")`) {
		t.Errorf("a copy: %v", err)
	}
	if _, err := rewrite(t, fixture(t, "certificate.base64"), keystore.Encoding{}, rename("1", "x")); !errors.Is(err, keystore.ErrReadOnly) {
		t.Errorf("DER: %v", err)
	}
	if _, err := rewrite(t, blocks(t, "chain.pem")[0], keystore.Encoding{}, remove("1")); err == nil {
		t.Error("a file without any block was made")
	}
}

// What a store is wrapped in is there again when it is written back.
func TestWrappingsStay(t *testing.T) {
	enc := keystore.Encoding{Password: fixturePassword, Profile: legacy(t)}
	for _, tt := range []struct{ file, format, armor string }{
		{"certtool-p12.pem", "pkcs12", "pem"},
		{"chain-pem.p7b", "pkcs7", "pem"},
	} {
		got, err := rewrite(t, "# head\n"+fixture(t, tt.file)+"# tail\n", enc, func(s *keystore.Store) { s.Entries = s.Entries[:1] })
		if err != nil {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		s, err := keystore.Decode(t.Context(), tt.file, []byte(got), withPassword(fixturePassword))
		if err != nil || s.Format != tt.format || s.Armor != tt.armor || len(s.Entries) != 1 || !strings.HasSuffix(got, "-----\n# tail\n") {
			t.Errorf("%s: %v, %+v", tt.file, err, s)
		}
	}
	data, err := os.ReadFile("../pkcs12x/testdata/openssl-default.p12")
	if err != nil {
		t.Fatal(err)
	}
	wrapped := base64Lines(data, 76, "\r\n")
	got, err := rewrite(t, wrapped, enc, rename("mux", "new"))
	if lines := strings.Split(got, "\r\n"); err != nil || len(lines[0]) != 76 || len(lines) < 10 || lines[len(lines)-1] != "" {
		t.Errorf("base64: %v, %.100q", err, got)
	}
	got, err = rewrite(t, inUTF16(fixture(t, "chain.pem")), enc, rename("1", "ü"))
	want := inUTF16("Bag Attributes\n    friendlyName: ü\n" + fixture(t, "chain.pem"))
	if err != nil || got != want {
		t.Errorf("UTF-16: %v, %.100q", err, got)
	}
}

func legacy(t *testing.T) pkcs12x.Profile {
	t.Helper()
	p, ok := pkcs12x.ProfileByName(pkcs12x.DefaultProfile)
	if !ok {
		t.Fatal("no profile")
	}
	return p.WithIterations(1, 1)
}

func base64Lines(data []byte, width int, newLine string) string {
	var b strings.Builder
	text := encode64(data)
	for part := range slices.Chunk([]byte(text), width) {
		b.WriteString(string(part) + newLine)
	}
	return b.String()
}

func TestUnchangedKeysKeepTheirEncryption(t *testing.T) {
	before := fixture(t, "server-encrypted.pem")
	got, err := rewrite(t, before, keystore.Encoding{Password: fixturePassword}, rename("1", "mux"))
	if err != nil {
		t.Fatal(err)
	}
	if got = strings.ReplaceAll(got, "Bag Attributes\n    friendlyName: mux\n", ""); got != before {
		t.Error("a block was written anew")
	}
	if !strings.Contains(before, "ENCRYPTED PRIVATE KEY") {
		t.Error("the fixture is another one")
	}
}

// To change the password is the one edit that encrypts keys anew, in their place.
func TestResealedKeysStayInTheirPlace(t *testing.T) {
	before := "# a\n" + strings.Join(blocks(t, "key-ec-parameters.pem"), "") + "# b\n" + fixture(t, "server-encrypted.pem")
	for name, enc := range map[string]keystore.Encoding{
		"for the file":          {Password: "another", Reseal: true, Profile: legacy(t)},
		"for one key by itself": {Password: "another", KeyPasswords: map[string]string{"1": "third one", "2": "third one"}, Reseal: true, Profile: legacy(t)},
	} {
		got, err := rewrite(t, before, enc, func(*keystore.Store) {})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		const begin = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
		rest, ok := strings.CutPrefix(got, "# a\n"+begin)
		if _, after, found := strings.Cut(rest, "-----END ENCRYPTED PRIVATE KEY-----\n# b\n"+begin); !ok || !found || !strings.HasSuffix(before, after[strings.Index(after, "-----END"):]) {
			t.Errorf("%s: %s", name, shorten(got))
		}
		password := "another"
		if enc.KeyPasswords != nil {
			password = "third one"
		}
		s, err := keystore.Decode(t.Context(), "x", []byte(got), withPassword(password))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, e := range s.Entries {
			if e.Key.PKCS8 == nil {
				t.Errorf("%s: %q is locked: %v", name, e.Alias, e.Key.Err)
			}
		}
	}
}
