package dname_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"muxkey/internal/keytool/dname"
	"muxkey/internal/peer"
)

// measured is what testdata/Names.java says with JDK 17.0.21 and with 25.0.3: each
// line has a name or an encoding, and what becomes of it.
const measured = "testdata/names.txt"

func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r", `\0`, "\x00").Replace(s)
}

func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`, "\x00", `\0`).Replace(s)
}

// read is the name of a line of testdata.
func read(kind, text string) (dname.Name, error) {
	if kind == "der" {
		der, err := hex.DecodeString(text)
		if err != nil {
			return nil, err
		}
		return dname.Decode(der)
	}
	return dname.Parse(unescape(text))
}

func TestNames(t *testing.T) {
	data, err := os.ReadFile(measured)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		words := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		name, err := read(words[0], words[1])
		got := fmt.Sprintf("%x\t%s\t%s\t%s", name.DER(), escape(name.String()), escape(name.RFC1779()), escape(name.RFC2253()))
		if err != nil {
			got = "!" + escape(err.Error())
		}
		if got != words[2] {
			t.Errorf("%s %s\n got %s\nwant %s", words[0], words[1], got, words[2])
		}
	}
	if n < 100 {
		t.Errorf("only %d names", n)
	}
}

// The measured results are still Java's.
func TestNamesOfJava(t *testing.T) {
	java := peer.Program(t, "java")
	want, err := os.ReadFile(measured)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), java, "--add-exports", "java.base/sun.security.x509=ALL-UNNAMED", "testdata/Names.java")
	c.Stdin = bytes.NewReader(want)
	got, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what Java says now; it says\n%s", measured, got)
	}
}

func TestEqual(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"CN=a, O=b", "cn=A,o=B", true},
		{"CN=a, O=b", "O=b, CN=a", false},
		{"CN=a+O=b", "O=b+CN=a", true},
		{"CN=a b", "CN=\\  a    B ", true},
		{"CN=a b", "CN=ab", false},
		{"CN=a", "CN=#0c0141", true},
		{"CN=a", "CN=#160161", false}, // IA5String
		{"CN=#160161", "CN=#160161", true},
		{"T=a", "T=A", false}, // no keyword in RFC 2253
		{"T=a", "2.5.4.12=a", true},
		{"DC=a", "DC=A", false},
		{"CN=Straße", "CN=STRASSE", true},
		{"CN=ᾀ", "CN=ἀι", true},
		{"CN=ﬁ", "CN=FI", true},
		{"CN=é", "CN=e\u0301", true},
		{"CN=\\#x", "CN=x", false},
		{"CN=#0401ff", "CN=\\#0401ff", false},
		{"", "", true},
		{"", "CN=a", false},
		{"CN=a", "CN=a, CN=a", false},
		{"CN=\u00a0a", "CN=a", false}, // NFKD makes a blank of it after the blanks went
	} {
		a, err := dname.Parse(tt.a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := dname.Parse(tt.b)
		if err != nil {
			t.Fatal(err)
		}
		if a.Equal(b) != tt.want || dname.Same(b.DER(), a.DER()) != tt.want {
			t.Errorf("%q equals %q: want %t", tt.a, tt.b, tt.want)
		}
	}
	if dname.Same(nil, nil) || dname.Same([]byte{0x30, 0}, []byte{0x31, 0}) {
		t.Error("what is no name equals a name")
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"CN=a, O=\"b, c\"+OU=x;C=DE", `CN=\C3\A9 \  `, "1.2.3=#0c0161", `OID.2.999.1="\"a\"" `, "cn=a\\\\+b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, err := dname.Parse(text)
		if err != nil {
			return
		}
		again, err := dname.Decode(name.DER())
		if err != nil {
			t.Fatalf("%q encodes as %x: %v", text, name.DER(), err)
		}
		if !again.Equal(name) || !bytes.Equal(again.DER(), name.DER()) {
			t.Errorf("%q comes back as %q", text, again)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"3000", "300c310a30080603550403130161", "300f310d300b06035504031e0400d8003d", "30163114300806035504031301613008060355040b130178"} {
		der, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		name, err := dname.Decode(der)
		if err != nil {
			return
		}
		again, err := dname.Decode(name.DER())
		if err != nil || !again.Equal(name) {
			t.Errorf("%x comes back as %q: %v", der, again, err)
		}
		if name.RFC2253() == "" && len(name) == 1 && len(name[0]) > 0 {
			t.Errorf("%x prints as nothing", der)
		}
	})
}
