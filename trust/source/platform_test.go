package source_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"muxkey/keystore"
	"muxkey/trust"
	"muxkey/trust/source"
	"muxkey/trust/target"
)

// anchorCalled makes a root, or a CA that another has issued.
func anchorCalled(t testing.TB, name, issuer string, terms trust.Terms) *trust.Anchor {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, &x509.Certificate{Subject: pkix.Name{CommonName: issuer}}, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	a, err := trust.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	a.Terms, a.Origins = terms, []trust.Origin{{Source: "test"}}
	return a
}

func written(t testing.TB, id string, j target.Job) []byte {
	t.Helper()
	tt, ok := target.Targets().Get(id)
	if !ok {
		t.Fatalf("there is no target %s", id)
	}
	files, err := tt.Write(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	return files[0].Data
}

func job(anchors ...*trust.Anchor) target.Job {
	var b trust.Builder
	for _, a := range anchors {
		b.Add(a)
	}
	return target.Job{Set: b.Set(), Purposes: []trust.Purpose{trust.Server}, Name: "test"}
}

// What a bundle can say comes back out of it, and what it says of certificates
// that it does not make trusted, too.
func TestBundlesReadBack(t *testing.T) {
	server, mail := []trust.Purpose{trust.Server}, []trust.Purpose{trust.Email}
	all := []trust.Purpose{trust.Client, trust.Code, trust.Email, trust.Server}
	after := map[trust.Purpose]time.Time{trust.Server: time.Date(2025, 4, 15, 23, 59, 59, 0, time.UTC)}
	names := trust.Names{DNS: []string{"corp.example"}, IP: []string{"10.0.0.0/8"}}
	plain := func() *trust.Anchor { return anchorCalled(t, "plain <&>", "plain <&>", trust.Terms{}) }
	inner := func() *trust.Anchor { return anchorCalled(t, "inner", "plain <&>", trust.Terms{}) }
	never := anchorCalled(t, "never", "never", trust.Terms{Only: []trust.Purpose{}, Rejected: all})
	for name, tt := range map[string]struct {
		target  string
		job     target.Job
		never   []*trust.Anchor
		want    []trust.Terms // of the anchors that are read, by name
		skipped string
	}{
		"sst":                      {"windows-sst", job(inner(), plain()), nil, []trust.Terms{{}, {}}, ""},
		"sst, for mail":            {"windows-sst", job(anchorCalled(t, "m", "m", trust.Terms{Only: mail})), nil, []trust.Terms{{Only: mail}}, ""},
		"sst, until":               {"windows-sst", job(anchorCalled(t, "m", "m", trust.Terms{DistrustAfter: after})), nil, []trust.Terms{{DistrustAfter: after}}, ""},
		"reg":                      {"windows-reg", job(inner(), plain()), []*trust.Anchor{never}, []trust.Terms{{Only: []trust.Purpose{}, Rejected: all}, {}}, "the store CA does not make it trusted"},
		"reg, for mail, until":     {"windows-reg", job(anchorCalled(t, "m", "m", trust.Terms{Only: mail, DistrustAfter: after})), nil, []trust.Terms{{Only: mail, DistrustAfter: after}}, ""},
		"mobileconfig":             {"apple-mobileconfig", job(inner(), plain()), nil, []trust.Terms{{}}, "it is no root, so the profile does not make it trusted"},
		"chromium":                 {"chromium", job(inner(), plain()), []*trust.Anchor{never}, []trust.Terms{{Only: server}, {Only: []trust.Purpose{}, Rejected: server}, {Only: server}}, ""},
		"chromium, held to names":  {"chromium", job(anchorCalled(t, "m", "m", trust.Terms{Permitted: names})), nil, []trust.Terms{{Only: server, Permitted: names}}, ""},
		"chromium, held to a name": {"chromium", job(anchorCalled(t, "m", "m", trust.Terms{Permitted: trust.Names{DNS: names.DNS}})), nil, []trust.Terms{{Only: server, Permitted: trust.Names{DNS: names.DNS, IP: []string{"255.255.255.255/32"}}}}, ""},
		"chromium, held to ranges": {"chromium", job(anchorCalled(t, "m", "m", trust.Terms{Permitted: trust.Names{IP: names.IP}})), nil, []trust.Terms{{Only: server, Permitted: trust.Names{IP: names.IP, DNS: []string{"invalid"}}}}, ""},
	} {
		tt.job.Rejected = tt.never
		set, err := read(t, string(written(t, tt.target, tt.job)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []trust.Terms
		for _, a := range set.Anchors {
			got = append(got, a.Terms)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		var skipped string
		if len(set.Skipped) > 0 {
			skipped = set.Skipped[0].Why
		}
		if skipped != tt.skipped || len(set.Findings) > 0 {
			t.Errorf("%s: skipped %q, found %v", name, skipped, set.Findings)
		}
	}
}

// A store of Windows that is cut off anywhere is refused, and what is behind its
// end is told of.
func TestCutStores(t *testing.T) {
	sst := written(t, "windows-sst", job(anchorCalled(t, "a", "a", trust.Terms{}), anchorCalled(t, "b", "b", trust.Terms{})))
	for n := len("\x00\x00\x00\x00CERT"); n < len(sst); n++ {
		var format *keystore.FormatError
		if _, err := read(t, string(sst[:n])); !errors.As(err, &format) || !format.Damaged {
			t.Fatalf("%d of %d octets: %v", n, len(sst), err)
		}
	}
	set, err := read(t, string(sst)+"rest")
	if err != nil || len(set.Anchors) != 2 || len(set.Findings) != 1 || set.Findings[0].Rule != "trailing-bytes" {
		t.Errorf("with a rest: %v, %+v", err, set)
	}
}

// derOfOne is the certificate of these tests.
func derOfOne() []byte {
	block, _ := pem.Decode([]byte(one))
	return block.Bytes
}

// blob is the value of a certificate in the registry, with a property before it.
func blob() string {
	der := derOfOne()
	out := append([]byte{20, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0xff}, 32, 0, 0, 0, 1, 0, 0, 0)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(der)))
	text := hex.EncodeToString(append(out, der...))
	var s strings.Builder
	for i := 0; i < len(text); i += 2 {
		if i > 0 {
			s.WriteByte(',')
		}
		if i%50 == 48 {
			s.WriteString("\\\r\n  ")
		}
		s.WriteString(text[i : i+2])
	}
	return s.String()
}

func TestRegistryFiles(t *testing.T) {
	hash := "\\" + strings.Repeat("0A", 20) + "]\r\n"
	root := `[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates` + hash
	value := "\"Blob\"=hex:" + blob() + "\r\n\r\n"
	const five, four = "Windows Registry Editor Version 5.00\r\n\r\n", "REGEDIT4\r\n\r\n"
	wide := func(text string, order binary.AppendByteOrder) string {
		var out []byte
		for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
			out = order.AppendUint16(out, unit)
		}
		return string(out)
	}
	for name, tt := range map[string]struct {
		text             string
		anchors, skipped int
	}{
		"UTF-16":             {wide(five+"; Ünïcödé 😀\r\n"+root+value, binary.LittleEndian), 1, 0},
		"UTF-16, big-endian": {wide(five+root+value, binary.BigEndian), 1, 0},
		"version 4":          {four + root + value, 1, 0},
		"LF":                 {strings.ReplaceAll(four+root+value, "\r", ""), 1, 0},
		"small letters":      {four + strings.ToLower(root) + strings.ToLower(value), 1, 0},
		"group policy":       {five + `[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot\Certificates` + hash + value, 1, 0},
		"enterprise":         {five + `[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\EnterpriseCertificates\Root\Certificates` + hash + value, 1, 0},
		"intermediates":      {five + strings.Replace(root, "ROOT", "CA", 1) + value, 0, 1},
		"personal":           {five + strings.Replace(root, "ROOT", "My", 1) + value, 0, 1},
		"removed":            {five + strings.Replace(root, "[", "[-", 1) + "\r\n", 0, 0},
		"other keys":         {five + "[HKEY_CURRENT_USER\\Software\\X]\r\n\"Blob\"=hex:01,02\r\n" + root + "\"Other\"=dword:00000001\r\n@=\"x\"\r\n" + value, 1, 0},
		"Disallowed":         {five + strings.Replace(root, "ROOT", "Disallowed", 1) + value, 1, 0},
	} {
		set, err := read(t, tt.text)
		if err != nil || len(set.Anchors) != tt.anchors || len(set.Skipped) != tt.skipped {
			t.Errorf("%s: %v, %+v", name, err, set)
			continue
		}
		for _, a := range set.Anchors {
			if a.SHA256 != sha256.Sum256(derOfOne()) || (len(a.Terms.Rejected) == 4) != (name == "Disallowed") {
				t.Errorf("%s: %+v", name, a)
			}
		}
	}
	for name, text := range map[string]string{
		"no hex":         four + root + "\"Blob\"=\"text\"\r\n",
		"odd":            four + root + "\"Blob\"=hex:0\r\n",
		"cut off":        four + root + value[:len(value)/2],
		"nothing in it":  four + root + "\"Blob\"=hex:\r\n",
		"no certificate": four + root + "\"Blob\"=hex:20,00,00,00,01,00,00,00,01,00,00,00,30\r\n",
	} {
		var format *keystore.FormatError
		if _, err := read(t, text); !errors.As(err, &format) || !format.Damaged || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// profile is one of Apple's with payloads of the types and contents.
func profile(payloads ...string) string {
	out := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\"><dict><key>PayloadContent</key><array>"
	for i := 0; i < len(payloads); i += 2 {
		out += fmt.Sprintf("<dict><key>PayloadType</key><string>com.apple.%s</string><key>PayloadDisplayName</key><string>a &lt;b&gt;</string><key>PayloadEnabled</key><true/><key>PayloadUUID</key><string>id-%d</string><key>PayloadContent</key><data>\n\t%s\n</data></dict>",
			payloads[i], i/2, base64.StdEncoding.EncodeToString([]byte(payloads[i+1])))
	}
	return out + "</array><key>PayloadType</key><string>Configuration</string><key>Dates</key><date>2026-01-01T00:00:00Z</date></dict></plist>\n"
}

func TestProfilesOfApple(t *testing.T) {
	der := string(derOfOne())
	for name, tt := range map[string]struct {
		text             string
		anchors, skipped int
	}{
		"root":              {profile("security.root", der), 1, 0},
		"the other name":    {profile("security.pkcs1", der), 1, 0},
		"PEM":               {profile("security.pem", one), 1, 0},
		"PEM in a root":     {profile("security.root", one), 1, 0},
		"other payloads":    {profile("wifi.managed", "x", "security.root", der, "vpn.managed", "y"), 1, 2},
		"none":              {profile(), 0, 0},
		"a mark before it":  {"\xef\xbb\xbf" + profile("security.root", der), 1, 0},
		"no declaration":    {profile("security.root", der)[len(`<?xml version="1.0" encoding="UTF-8"?>`):], 1, 0},
		"signed, as in CMS": {"0\x82\x10\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x82" + profile("security.root", der) + "\xa0\x82<signature>", 1, 0},
	} {
		set, err := read(t, tt.text)
		if err != nil || len(set.Anchors) != tt.anchors || len(set.Skipped) != tt.skipped {
			t.Errorf("%s: %v, %+v", name, err, set)
		}
	}
	set, err := read(t, profile("security.root", der))
	if err != nil || set.Anchors[0].Name() != "a <b>" || set.Anchors[0].Origins[0].Entry != "id-0" {
		t.Errorf("the anchor is %+v, %v", set.Anchors[0], err)
	}
	var key *source.PrivateKeyError
	if _, err := read(t, profile("security.root", der, "security.pkcs12", "store")); !errors.As(err, &key) || key.Path != "bundle.pem (id-1)" {
		t.Errorf("with an identity: %v", err)
	}
	whole := profile("security.root", der)
	for name, text := range map[string]string{
		"cut off":       whole[:len(whole)/2],
		"no dictionary": "<plist><array/></plist>",
		"base64":        strings.Replace(whole, "<data>", "<data>!", 1),
		"certificate":   profile("security.root", "x"),
		"deep":          "<plist><dict><key>a</key>" + strings.Repeat("<array>", 1000) + strings.Repeat("</array>", 1000) + "</dict></plist>",
		"wide":          "<plist><dict><key>a</key><array>" + strings.Repeat("<true/>", 300_000) + "</array></dict></plist>",
		"long tag":      strings.Replace(whole, "<array>", "<array "+strings.Repeat(`a="" `, 1<<14)+">", 1),
		"no type":       "<plist><dict><key>PayloadContent</key><array><dict/></array></dict></plist>",
		"empty":         "<plist>",
		"text":          "<plist><dict><key>a</key><string>a<b/></string></dict></plist>",
		"in pieces":     "0\x80" + whole[:300] + "\x04\x82\x03\xe8" + whole[300:],
	} {
		var format *keystore.FormatError
		if _, err := read(t, text); !errors.As(err, &format) || !format.Damaged {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPoliciesOfChromium(t *testing.T) {
	der := base64.StdEncoding.EncodeToString(derOfOne())
	set, err := read(t, `{"HomepageLocation": "about:blank", "CAHintCertificates": ["`+der+`"], "CACertificatesWithConstraints": [
		{"certificate": "`+der+`", "constraints": {"permitted_dns_names": [".Corp.Example"], "permitted_cidrs": []}},
		{"certificate": "`+der+`", "constraints": {}}]}`)
	if err != nil || len(set.Anchors) != 1 || len(set.Skipped) != 2 {
		t.Fatalf("%v, %+v", err, set)
	}
	if got := set.Anchors[0].Terms.Permitted.DNS; !cmp.Equal(got, []string{"corp.example"}) {
		t.Errorf("it is held to %q", got)
	}
	for name, text := range map[string]string{
		"cut off":     `{"CACertificates": ["` + der,
		"base64":      `{"CACertificates": ["!"]}`,
		"certificate": `{"CACertificates": ["AAAA"]}`,
		"empty":       `{"CADistrustedCertificates": [""]}`,
		"constraints": `{"CACertificatesWithConstraints": [{"certificate": "` + der + `", "constraints": {"permitted_cidrs": ["10.0.0.0/99"]}}]}`,
		"too many":    `{"CACertificatesWithConstraints": [{"certificate": "` + der + `", "constraints": {"permitted_dns_names": [` + strings.Repeat(`"a",`, 1<<18) + `"a"]}}]}`,
	} {
		var format *keystore.FormatError
		if _, err := read(t, text); !errors.As(err, &format) || !format.Damaged {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := read(t, `{"CACertificates": [`+strings.Repeat(`"",`, 1000)+`""]}`); err == nil || !strings.Contains(err.Error(), "0 octets") {
		t.Errorf("a list of nothings is read to its end: %v", err)
	}
	if _, err := read(t, `{"policies": {}}`); err == nil {
		t.Error("a policy without anchors is taken for one with some")
	}
}

func FuzzPlatforms(f *testing.F) {
	a := anchorCalled(f, "a", "a", trust.Terms{Only: []trust.Purpose{trust.Server}, DistrustAfter: map[trust.Purpose]time.Time{trust.Server: time.Unix(0, 0)}})
	for _, id := range []string{"windows-sst", "windows-reg", "apple-mobileconfig", "chromium"} {
		data := written(f, id, job(a))
		f.Add(data)
		f.Add(bytes.ToUpper(data))
		f.Add(data[:len(data)-20])
	}
	f.Add([]byte(profile("security.pem", one, "security.root", "x")))
	f.Fuzz(func(t *testing.T, data []byte) {
		var b trust.Builder
		if err := source.Bytes(t.Context(), &b, source.Input{Name: "x", Data: data}); err != nil {
			return
		}
		for _, a := range b.Set().Anchors {
			if a.Name() == "" || len(a.Origins) != 1 && len(a.Origins) > len(data) {
				t.Errorf("anchor %+v", a)
			}
		}
	})
}
