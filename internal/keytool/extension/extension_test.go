package extension_test

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"muxkey/internal/keytool/extension"
	"muxkey/internal/keytool/level"
	"muxkey/internal/peer"
)

// keyID is the identifier of the key of testdata/Extensions.java.
const keyID = "de8a847bff8c343d69b853a215e6ee775ef2ef96"

// measured is what testdata/Extensions.java says with JDK 17.0.21, 21.0.13 and
// 25.0.3. With 26.0.2 it says what it does with 25.
func measured(number string) string { return "testdata/jdk" + number + ".txt" }

func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n").Replace(s)
}

func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(s)
}

// parse reads the extensions of a line of testdata.
func parse(t *testing.T, text string) []pkix.Extension {
	t.Helper()
	if text == "-" {
		return nil
	}
	der, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	var extensions []pkix.Extension
	if rest, err := asn1.Unmarshal(der, &extensions); err != nil || len(rest) > 0 {
		t.Fatalf("%s: %v", text, err)
	}
	return extensions
}

func TestBuild(t *testing.T) {
	id, err := hex.DecodeString(keyID)
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{"17", "21", "25"} {
		l, err := level.Parse(number)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(measured(number))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range strings.Lines(string(data)) {
			n++
			input, want, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " = ")
			words := strings.Split(unescape(input), "\t")
			given := extension.Given{
				SubjectKeyID: id, Request: words[0] != "-",
				Requested: parse(t, words[0]), Existing: parse(t, words[1]),
			}
			if given.Request {
				given.AuthorityKeyID = []byte{1, 2, 3, 4}
			}
			extensions, err := extension.Build(l, words[2:], given)
			var got []string
			for _, e := range extensions {
				critical := ""
				if e.Critical {
					critical = "!"
				}
				got = append(got, fmt.Sprintf("%s%s:%x", e.Id, critical, e.Value))
			}
			if err != nil {
				got = []string{escape(err.Error())}
			}
			if got := strings.Join(got, " "); got != want {
				t.Errorf("%s: %q\n got %s\nwant %s", number, words[2:], got, want)
			}
		}
		if n < 400 {
			t.Errorf("only %d lines in %s", n, measured(number))
		}
	}
}

// The older levels, measured with JDK 8u504 and 11.0.33.
func TestBuildOlder(t *testing.T) {
	const ambiguous = `java.lang.Exception: command kE is ambiguous:\n     keyEncipherment keyAgreement keyCertSign`
	for _, tt := range []struct{ number, values, want string }{
		{"8", "ku=dS,kE", ambiguous},
		{"11", "ku=dS,kE", ambiguous},
		{"11", "bc san=dns:a- 1.2.3=00", "1.2.3 2.5.29.14 2.5.29.17 2.5.29.19"},
		{"8", "bc san=dns:a- 1.2.3=00", "1.2.3 2.5.29.19 2.5.29.17 2.5.29.14"},
		{"8", "ku=dS eku=sA aia=ocsp:uri:http://a crl=uri:http://c ian=dns:b", "1.3.6.1.5.5.7.1.1 2.5.29.31 2.5.29.37 2.5.29.18 2.5.29.15 2.5.29.14"},
	} {
		l, err := level.Parse(tt.number)
		if err != nil {
			t.Fatal(err)
		}
		extensions, err := extension.Build(l, strings.Fields(tt.values), extension.Given{SubjectKeyID: []byte{1}})
		var got []string
		for _, e := range extensions {
			got = append(got, e.Id.String())
		}
		if err != nil {
			got = []string{escape(err.Error())}
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%s: %s: got %s, want %s", tt.number, tt.values, got, tt.want)
		}
	}
}

// What the JVM of the tests would ask the network for, or what has no measured
// line since only the whole tool says it.
func TestBuildRefuses(t *testing.T) {
	const unknown = "java.lang.RuntimeException: java.net.UnknownHostException: "
	for _, tt := range []struct{ number, value, want string }{
		{"11", "eku=,", "java.security.cert.CertificateEncodingException: java.io.IOException: No value to encode for the extension!"},
		{"21", "san=ip:256.1.1.1", unknown + "256.1.1.1: Name or service not known"},
		{"21", "san=ip:1.2.3.4.5", unknown + "1.2.3.4.5: Name or service not known"},
		{"21", "san=ip:1.16777216", unknown + "1.16777216: Name or service not known"},
		{"21", "san=ip:www.example.com", unknown + "www.example.com: Name or service not known"},
		{"21", "san=ip:g::", unknown + "g::: Name or service not known"},
		{"21", "san=ip: 1.2.3.4", unknown + " 1.2.3.4: Name or service not known"},
		{"21", "san=ip:1.2.3.4/x", unknown + "x: Name or service not known"},
		{"21", "san=ip:fe80::1%nosuch", unknown + "no such interface nosuch"},
		{"17", "eku=,", "java.security.cert.CertificateEncodingException: java.io.IOException: No value to encode for the extension!"},
		{"17", "san=,", "java.security.cert.CertificateEncodingException: java.io.IOException: No value to encode for the extension!"},
		{"21", "aia=,", "java.lang.IllegalArgumentException: accessDescriptions is null or empty"},
	} {
		l, err := level.Parse(tt.number)
		if err != nil {
			t.Fatal(err)
		}
		got, err := extension.Build(l, []string{tt.value}, extension.Given{SubjectKeyID: []byte{1}})
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: %s: got %v, %v; want %s", tt.number, tt.value, got, err, tt.want)
		}
	}
}

// The measured results are still Java's.
func TestBuildOfJava(t *testing.T) {
	java := peer.Program(t, "java")
	version, err := exec.CommandContext(t.Context(), java, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(string(version))
	number, _, _ := strings.Cut(words[1], ".")
	want, err := os.ReadFile(measured(number))
	if err != nil {
		t.Skipf("nothing is measured with java %s", words[1])
	}
	c := exec.CommandContext(t.Context(), java,
		"--add-exports", "java.base/sun.security.x509=ALL-UNNAMED",
		"--add-exports", "java.base/sun.security.util=ALL-UNNAMED",
		"--add-opens", "java.base/sun.security.tools.keytool=ALL-UNNAMED", "testdata/Extensions.java")
	c.Stdin = bytes.NewReader(want)
	got, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what java %s says now; it says\n%s", measured(number), words[1], got)
	}
}

func FuzzBuild(f *testing.F) {
	for _, seed := range []string{
		"bc:critical=ca:true,pathlen:3", "ku=dig,kCS", "eku=sA,1.2.3", "san=dns:*.a.b,ip:1.2.3.4,email:a@b",
		"san=uri:http://u@[::1%1]:80/p?q#f", "aia=ocsp:uri:http://a", "crl=uri:x:y", "1.2.3=01:02", "honored=all,-bc,san:critical", "san=ip:2001:db8::/32",
	} {
		f.Add(seed, "17")
		f.Add(seed, "25")
	}
	f.Fuzz(func(t *testing.T, value, number string) {
		l, err := level.Parse(number)
		if err != nil {
			return
		}
		requested := []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 19}, Value: []byte{0x30, 0}}}
		got, err := extension.Build(l, []string{value}, extension.Given{SubjectKeyID: []byte{1}, Request: true, Requested: requested})
		if err != nil {
			return
		}
		for _, e := range got {
			if _, err := asn1.Marshal(e); err != nil {
				t.Errorf("%q: %v: %v", value, e, err)
			}
		}
	})
}
