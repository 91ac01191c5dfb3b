package keystore_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"muxkey/keystore"
)

func fixture(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func inUTF16(s string) string {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}

func TestPEMComesInManyShapes(t *testing.T) {
	chain := fixture(t, "chain.pem")
	body := func(s string) string { // the base64 of the first block
		s = s[strings.Index(s, "\n")+1:]
		return s[:strings.Index(s, "-----END")]
	}(chain)
	three := []string{"certificate 1 (1)", "certificate 2 (1)", "certificate 3 (1)"}
	one := three[:1]
	for _, tt := range []struct {
		name, data string
		want       []string
	}{
		{"as it is", chain, three},
		{"byte order mark", "\ufeff" + chain, three},
		{"UTF-16, as PowerShell writes it", inUTF16(chain), three},
		{"CRLF", strings.ReplaceAll(chain, "\n", "\r\n"), three},
		{"a lone CR", strings.ReplaceAll(chain, "\n", "\r"), three},
		{"indented, as in YAML", "    " + strings.ReplaceAll(chain, "\n", "\n    "), three},
		{"blanks at the ends of lines", strings.ReplaceAll(chain, "\n", " \t\n"), three},
		{"empty lines", strings.ReplaceAll(chain, "\n", "\n\n"), three},
		{"no line end at the end", strings.TrimRight(chain, "\n"), three},
		{"text before, between and behind", "Root: CA\n======\n" + strings.ReplaceAll(chain, "-----BEGIN", "subject=CN = x\nissuer: y\n-----BEGIN") + "\n-- \nGreetings\n", three},
		{"dashes in the text", "-------\n----- not a block -----\n" + chain, three},
		{"one line", strings.ReplaceAll(chain, "\n", " "), three},
		{"one long line of base64", "-----BEGIN CERTIFICATE-----\n" + strings.ReplaceAll(body, "\n", "") + "\n-----END CERTIFICATE-----\n", one},
		{"X509 CERTIFICATE", strings.ReplaceAll(chain, "CERTIFICATE", "X509 CERTIFICATE"), three},
		{"a label that is wrong", strings.ReplaceAll(chain, "CERTIFICATE", "PUBLIC KEY"), three},
		{"headers", "-----BEGIN CERTIFICATE-----\nName: a\nDate: b\n\n" + body + "-----END CERTIFICATE-----\n", one},
		{"a block of another program", "-----BEGIN FOO-----\n%&/()\n-----END FOO-----\n" + chain, three},
		{"CSR of old IIS", strings.ReplaceAll(fixture(t, "request.pem"), "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"), []string{"csr 1"}},
		{"the root first", fixture(t, "trusted.pem") + chain, append([]string{"certificate fixture root (1)"}, three...)},
	} {
		s, err := keystore.Decode(t.Context(), "x", []byte(tt.data), keystore.Options{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := summary(s); !slices.Equal(got, tt.want) {
			t.Errorf("%s: entries are %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestBrokenPEMIsRefusedWithTheLine(t *testing.T) {
	const begin, end = "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n"
	for _, tt := range []struct {
		name, data, problem string
		line                int
	}{
		{"no END", "\n" + begin + "MIIB\n", "the CERTIFICATE block that begins here has no END line (cut short?)", 2},
		{"a block inside", begin + "MIIB\n" + begin + "MIIB\n" + end, "a new block begins before the CERTIFICATE block of line 1 has ended (cut short?)", 3},
		{"another label", begin + "MIIB\n-----END PRIVATE KEY-----\n", "END PRIVATE KEY where the block of line 1 is a CERTIFICATE", 3},
		{"END alone", "MIIB\n" + end, "END CERTIFICATE without a BEGIN line (is the beginning missing?)", 2},
		{"bad letter", begin + "MIIB\nMI*B\n" + end, "'*' at column 3 is no base64", 3},
		{"bad letter, not ASCII", begin + "MIIB\nMIé=\n" + end, "'é' at column 3 is no base64", 3},
		{"after CR alone", "a\rb\r\n" + begin + "M!", "'!' at column 2 is no base64", 4},
		{"cut inside a group", begin + "MIIBM\n" + end, "the base64 of the CERTIFICATE block of line 1 ends in the middle of a group of four letters (cut short?)", 3},
		{"behind the padding", begin + "MIIBMA==\nMIIB\n" + end, "base64 goes on behind its padding", 3},
		{"nothing in it", begin + end, "the CERTIFICATE block is empty", 1},
		{"dashes missing", "-----BEGIN CERTIFICATE---\nMIIB\n" + end, "a BEGIN line must have its label between five dashes on either side", 1},
		{"dashes too many", "-----BEGIN CERTIFICATE------\nMIIB\n" + end, "a BEGIN line must have its label between five dashes on either side", 1},
		{"END without dashes", begin + "MIIB\n-----END CERTIFICATE\n", "an END line must have its label between five dashes on either side", 3},
		{"no certificate", begin + "MAMCAQc=\n" + end, "the CERTIFICATE block cannot be read: neither certificate, CSR, CRL nor key", 1},
		{"a certificate cut short", begin + "MIIBAAAA\n" + end, "the CERTIFICATE block cannot be read: it ends inside an element (cut short?): 254 octets are missing", 1},
		{"another program's block", "-----BEGIN FOO-----\n()\n" + end, "END CERTIFICATE where the block of line 1 is a FOO", 3},
		{"EC key without its curve", "-----BEGIN EC PRIVATE KEY-----\nMCUCAQEEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQ==\n-----END EC PRIVATE KEY-----\n", "the EC PRIVATE KEY block cannot be read: an EC private key that does not say its curve", 1},
	} {
		s, err := keystore.Decode(t.Context(), "x.pem", []byte(tt.data), keystore.Options{})
		format, ok := errors.AsType[*keystore.FormatError](err)
		if s != nil || !ok || !format.Damaged {
			t.Errorf("%s: %v, %v", tt.name, s, err)
			continue
		}
		e, ok := errors.AsType[*keystore.PEMError](err)
		if !ok || e.Line != tt.line || e.Problem != tt.problem {
			t.Errorf("%s: %v, want line %d: %s", tt.name, err, tt.line, tt.problem)
		}
	}
}

// A file in which a good certificate stands beside a broken one is not a
// shorter file.
func TestGoodBlocksDoNotHideABrokenOne(t *testing.T) {
	chain := fixture(t, "chain.pem")
	lines := strings.SplitAfter(chain, "\n")
	for i := range lines {
		broken := strings.Join(slices.Delete(slices.Clone(lines), i, i+1), "")
		if lines[i] == "" || broken == "" {
			continue
		}
		s, err := keystore.Decode(t.Context(), "x.pem", []byte(broken), keystore.Options{})
		if e, ok := errors.AsType[*keystore.FormatError](err); !ok || !e.Damaged {
			t.Errorf("without line %d (%s): %v, %v", i+1, strings.TrimSpace(lines[i]), s, err)
		}
	}
}

func TestAliasesComeFromTheTextBetweenBlocks(t *testing.T) {
	s := open(t, "testdata/bag-attributes.pem", keystore.Options{})
	e, err := s.PrivateKey("mux key")
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Chain) != 3 || e.Alias != "Mux Key" {
		t.Errorf("alias %q with a chain of %d", e.Alias, len(e.Chain))
	}
	// Without the key the certificates keep the names that stood above them.
	text := fixture(t, "bag-attributes.pem")
	s, err = keystore.Decode(t.Context(), "x", []byte(text[:strings.Index(text, "-----BEGIN PRIVATE KEY")]), keystore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"certificate Mux Key (1)", "certificate the CA (1)", "certificate the Root (1)"}
	if got := summary(s); !slices.Equal(got, want) {
		t.Errorf("entries are %q, want %q", got, want)
	}
}

func TestEqualNamesStayApart(t *testing.T) {
	one := "Bag Attributes\n    friendlyName: wish\n" + fixture(t, "request.pem")
	s, err := keystore.Decode(t.Context(), "x", []byte(one+one+strings.ReplaceAll(one, "wish", "WISH")+fixture(t, "request.pem")), keystore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"csr wish", "csr wish-2", "csr WISH-3", "csr 1"}
	if got := summary(s); !slices.Equal(got, want) {
		t.Errorf("entries are %q, want %q", got, want)
	}
}

func TestSkippedBlocksAreListed(t *testing.T) {
	s, err := keystore.Decode(t.Context(), "x", []byte(fixture(t, "chain.pem")+fixture(t, "dh-parameters.pem")), keystore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Count(fixture(t, "chain.pem"), "\n") + 1
	if want := []keystore.Skipped{{What: "DH PARAMETERS", Line: line}}; !slices.Equal(s.Skipped, want) {
		t.Errorf("skipped %v, want %v", s.Skipped, want)
	}
}
