package target

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"fmt"
	"math/big"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"muxkey/trust"
)

// oddNames are names that break what is pasted together.
var oddNames = []string{
	"plain CA", "", "a<b>&\"c\" ]]> %s $(id) `id`", "it's \u2018quoted\u2019 \u201a\u201b '@ \"@", "new\nline\r\nEND", "nul\x00behind",
	"Ünïcödé € 😀 \u2028x", strings.Repeat("long ", 60), "twin", "Twin", "a = [b] ; \\", "..", "-", "]\r\n[-HKEY_LOCAL_MACHINE]",
}

// certificateOf makes a root, or what another has issued.
func certificateOf(t testing.TB, subject pkix.Name, parent *x509.Certificate, change func(*x509.Certificate)) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: subject,
		NotBefore: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if change != nil {
		change(c)
	}
	if parent == nil {
		parent = c
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func anchorOf(t testing.TB, raw []byte) *trust.Anchor {
	t.Helper()
	a, err := trust.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	a.Origins = []trust.Origin{{Source: "test"}}
	return a
}

// oddJob has all that a target must survive.
func oddJob(t testing.TB) Job {
	t.Helper()
	var b trust.Builder
	for _, name := range oddNames {
		subject := pkix.Name{CommonName: name}
		if name == "" {
			subject = pkix.Name{}
		}
		a := anchorOf(t, certificateOf(t, subject, nil, nil))
		if name != "" && a.Name() != strings.TrimSpace(name) {
			a.Label = name
		}
		b.Add(a)
	}
	b.Add(anchorOf(t, certificateOf(t, pkix.Name{CommonName: "twin"}, nil, nil)))
	other := &x509.Certificate{Subject: pkix.Name{CommonName: "some root"}}
	b.Add(anchorOf(t, certificateOf(t, pkix.Name{CommonName: "intermediate"}, other, nil)))
	b.Add(anchorOf(t, certificateOf(t, pkix.Name{CommonName: "leaf"}, other, func(c *x509.Certificate) { c.IsCA = false })))
	// keyUsage becomes a second basicConstraints, which crypto/x509 refuses.
	raw := certificateOf(t, pkix.Name{CommonName: "unparsable"}, nil, nil)
	bad := anchorOf(t, bytes.Replace(raw, []byte{0x55, 0x1d, 0x0f}, []byte{0x55, 0x1d, 0x13}, 1))
	if bad.Unparsable == "" {
		t.Fatal("crypto/x509 reads the certificate that it should refuse")
	}
	b.Add(bad)
	never := anchorOf(t, certificateOf(t, pkix.Name{CommonName: "never's"}, nil, nil))
	never.Terms = trust.Terms{Only: []trust.Purpose{}, Rejected: []trust.Purpose{trust.Client, trust.Code, trust.Email, trust.Server}}
	return Job{Set: b.Set(), Rejected: []*trust.Anchor{never}, Purposes: []trust.Purpose{trust.Server}, Name: "Example & <Söhne>", Password: "changeit"}
}

func write(t testing.TB, target Target, j Job) []File {
	t.Helper()
	files, err := target.Write(t.Context(), j)
	if err != nil {
		t.Fatalf("%s: %v", target.ID, err)
	}
	again, err := target.Write(t.Context(), j)
	if err != nil || !cmp.Equal(files, again) {
		t.Errorf("%s: the same anchors make other bytes, or %v", target.ID, err)
	}
	return files
}

func rawOf(anchors []*trust.Anchor) [][]byte {
	var out [][]byte
	for _, a := range anchors {
		out = append(out, a.Raw)
	}
	return out
}

// record is one of a Windows store, as [MS-OSHARED] 2.3.2.5.3 has it.
type record struct {
	ID, Encoding, Length uint32
}

// records takes a store apart with nothing of package winstore.
func records(t *testing.T, data []byte) (ids []uint32, values [][]byte) {
	t.Helper()
	in := bytes.NewReader(data)
	for in.Len() > 0 {
		var r record
		if err := binary.Read(in, binary.LittleEndian, &r); err != nil {
			t.Fatal(err)
		}
		value := make([]byte, r.Length)
		if n, _ := in.Read(value); n != len(value) || r.Encoding != 1 && r.ID != 0 {
			t.Fatalf("record %+v with %d octets", r, n)
		}
		ids, values = append(ids, r.ID), append(values, value)
	}
	return ids, values
}

func TestWindowsSST(t *testing.T) {
	j := oddJob(t)
	j.Set.Anchors[3].Terms.Only = []trust.Purpose{trust.Email, trust.Server}
	data := write(t, windowsSSTTarget, j)[0].Data
	if !bytes.HasPrefix(data, []byte("\x00\x00\x00\x00CERT")) {
		t.Fatalf("it begins with %x", data[:8])
	}
	ids, values := records(t, data[8:])
	var got [][]byte
	for i, id := range ids[:len(ids)-1] {
		switch {
		case id == 32:
			got = append(got, values[i])
		case id != 9 || len(got) != 3 || !bytes.Equal(values[i][2:], []byte("\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04")):
			t.Errorf("property %d with %x before certificate %d", id, values[i], len(got))
		}
	}
	if last := len(ids) - 1; ids[last] != 0 || len(values[last]) != 0 {
		t.Error("it does not end as a store does")
	}
	if !cmp.Equal(got, rawOf(j.Set.Anchors)) {
		t.Error("the certificates are not those of the set")
	}
}

// A file for regedit is read as regedit does: by lines, sections and values.
func TestWindowsReg(t *testing.T) {
	j := oddJob(t)
	j.Comments = true
	data := write(t, windowsRegTarget, j)[0].Data
	if !bytes.HasPrefix(data, []byte{0xff, 0xfe}) || len(data)%2 != 0 {
		t.Fatal("it has no mark of UTF-16")
	}
	units := make([]uint16, len(data)/2-1)
	if _, err := binary.Decode(data[2:], binary.LittleEndian, units); err != nil {
		t.Fatal(err)
	}
	text := string(utf16.Decode(units))
	if strings.Count(text, "\n") != strings.Count(text, "\r\n") || strings.Count(text, "\r") != strings.Count(text, "\r\n") {
		t.Error("its lines do not all end in CR LF")
	}
	lines := strings.Split(text, "\r\n")
	if lines[0] != "Windows Registry Editor Version 5.00" || lines[1] != "" || lines[len(lines)-1] != "" {
		t.Errorf("first lines %q", lines[:2])
	}
	for _, line := range lines {
		if len(line) > 80 && line[0] != '[' && line[0] != ';' {
			t.Errorf("a line of %d characters: %q", len(line), line)
		}
	}
	text = strings.ReplaceAll(text, "\\\r\n  ", "")
	section := regexp.MustCompile(`^\[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\SystemCertificates\\(\w+)\\Certificates\\([0-9A-F]{40})\]$`)
	value := regexp.MustCompile(`^"Blob"=hex:((?:[0-9a-f]{2},)*[0-9a-f]{2})$`)
	stores := map[string][][]byte{}
	names := map[string]bool{}
	var store, key string
	for _, line := range strings.Split(text, "\r\n")[1:] {
		if m := section.FindStringSubmatch(line); m != nil {
			store, key = m[1], m[2]
			continue
		}
		if line == "" || line[0] == ';' {
			continue
		}
		m := value.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("line %q", line)
			continue
		}
		blob, err := hex.DecodeString(strings.ReplaceAll(m[1], ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		ids, values := records(t, blob)
		if !slices.Equal(ids, []uint32{3, 11, 32}) {
			t.Errorf("properties %v", ids)
			continue
		}
		if sum := sha1.Sum(values[2]); !bytes.Equal(values[0], sum[:]) || key != fmt.Sprintf("%X", sum) {
			t.Errorf("the hash of %s", key)
		}
		units := make([]uint16, len(values[1])/2)
		if _, err := binary.Decode(values[1], binary.LittleEndian, units); err != nil {
			t.Fatal(err)
		}
		name := string(utf16.Decode(units))
		if i := strings.IndexByte(name, 0); i != len(name)-1 || i == 0 || names[strings.ToLower(name)] {
			t.Errorf("the name %q", name)
		}
		names[strings.ToLower(name)] = true
		stores[store] = append(stores[store], values[2])
	}
	want := map[string][][]byte{"Disallowed": rawOf(j.Rejected)}
	for _, a := range j.Set.Anchors {
		store := "ROOT"
		switch a.Name() {
		case "intermediate":
			store = "CA"
		case "leaf":
			store = "TrustedPeople"
		}
		want[store] = append(want[store], a.Raw)
	}
	if diff := cmp.Diff(want, stores); diff != "" {
		t.Error("the stores have other certificates")
	}
}

// What is trusted for something has its place among the trusted ones, without the
// purposes that are rejected.
func TestDistrustedForSomePurposes(t *testing.T) {
	a := anchorOf(t, certificateOf(t, pkix.Name{CommonName: "web"}, nil, nil))
	a.Terms.Rejected = []trust.Purpose{trust.Email}
	j := Job{Set: &trust.Set{Anchors: []*trust.Anchor{a}}, Rejected: []*trust.Anchor{a}}
	text := strings.ReplaceAll(string(write(t, windowsRegTarget, j)[0].Data), "\x00", "")
	if strings.Contains(text, "Disallowed") || !strings.Contains(strings.ReplaceAll(text, "\\\r\n  ", ""), "09,00,00,00,01,00,00,00,20,00,00,00,30,1e,") {
		t.Error(text)
	}
	if text := string(write(t, windowsPowershellTarget, j)[0].Data); strings.Contains(text, "Disallowed") {
		t.Error(text)
	}
}

// powershellStrings finds the verbatim strings of a script as the tokenizer of
// PowerShell does: five characters begin, end and, doubled, are in one. Comments and
// strings with expansion are taken out beforehand; rest is what stands between.
func powershellStrings(text string) (found []string, rest string) {
	quote := func(r rune) bool { return strings.ContainsRune("'\u2018\u2019\u201a\u201b", r) }
	runes := []rune(text)
	var out strings.Builder
	for i := 0; i < len(runes); i++ {
		if !quote(runes[i]) {
			out.WriteRune(runes[i])
			continue
		}
		var s strings.Builder
		for i++; i < len(runes); i++ {
			if quote(runes[i]) {
				if i+1 == len(runes) || !quote(runes[i+1]) {
					break
				}
				i++
			}
			s.WriteRune(runes[i])
		}
		found = append(found, s.String())
		out.WriteString("''")
	}
	return found, out.String()
}

func TestWindowsPowershell(t *testing.T) {
	j := oddJob(t)
	text := string(write(t, windowsPowershellTarget, j)[0].Data)
	text, ok := strings.CutPrefix(text, "\ufeff")
	if !ok {
		t.Error("it has no mark of UTF-8")
	}
	if strings.Count(text, "\n") != strings.Count(text, "\r\n") {
		t.Error("its lines do not all end in CR LF")
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text, ok = strings.CutPrefix(text, powershellHead)
	body, tail := text[:max(0, len(text)-len(powershellTail))], powershellTail
	if !ok || body+tail != text {
		t.Fatal("it has not the head and the tail")
	}
	found, rest := powershellStrings(body)
	const entry = "    @{ Store = ''; Name = ''\n       Thumbprint = ''\n       SHA256 = ''\n       Data = '' }\n"
	n := len(j.Set.Anchors) + len(j.Rejected)
	if rest != strings.Repeat(entry, n) {
		t.Fatalf("between the strings stands %q", rest)
	}
	for i, a := range append(slices.Clone(j.Set.Anchors), j.Rejected...) {
		s := found[5*i : 5*i+5]
		sum := sha1.Sum(a.Raw)
		raw, err := base64.StdEncoding.DecodeString(s[4])
		if err != nil || !bytes.Equal(raw, a.Raw) || s[2] != fmt.Sprintf("%X", sum) || s[3] != strings.ToUpper(a.Fingerprint()) {
			t.Errorf("%s: %q, %v", a.Name(), s, err)
		}
		if s[1] != strings.TrimSpace(oneLine(a.Name())) {
			t.Errorf("name %q of %q", s[1], a.Name())
		}
		if (s[0] == "Disallowed") != (i >= len(j.Set.Anchors)) {
			t.Errorf("%s goes into %s", a.Name(), s[0])
		}
	}
	for _, name := range oddNames {
		if s, rest := powershellStrings(powershellQuote(name)); rest != "''" || len(s) != 1 || s[0] != name {
			t.Errorf("%q is quoted as %s", name, powershellQuote(name))
		}
	}
}

// plistDict is a dictionary by its keys; all that is in one here is text.
func plistDict(t *testing.T, d *xml.Decoder) map[string]string {
	t.Helper()
	out := map[string]string{}
	key := ""
	for {
		token, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			var text string
			if err := d.DecodeElement(&text, &token); err != nil {
				t.Fatal(err)
			}
			if token.Name.Local == "key" {
				key = text
				continue
			}
			out[key] = token.Name.Local + ":" + text
		case xml.EndElement:
			return out
		}
	}
}

func TestAppleMobileconfig(t *testing.T) {
	j := oddJob(t)
	data := write(t, appleTarget, j)[0].Data
	d := xml.NewDecoder(bytes.NewReader(data))
	var payloads []map[string]string
	depth := 0
	for {
		token, err := d.Token()
		if err != nil {
			break
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "dict" {
			if depth++; depth > 1 {
				payloads = append(payloads, plistDict(t, d))
			}
		}
	}
	if len(payloads) != len(j.Set.Anchors) {
		t.Fatalf("%d payloads for %d anchors", len(payloads), len(j.Set.Anchors))
	}
	ids := map[string]bool{}
	uuid := regexp.MustCompile(`^string:[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`)
	for i, p := range payloads {
		a := j.Set.Anchors[i]
		raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(strings.TrimPrefix(p["PayloadContent"], "data:")), ""))
		if err != nil || !bytes.Equal(raw, a.Raw) {
			t.Errorf("%s: %v, another certificate", a.Name(), err)
		}
		kind := "string:com.apple.security.root"
		if a.Name() == "leaf" || a.Name() == "intermediate" {
			kind = "string:com.apple.security.pkcs1"
		}
		if p["PayloadType"] != kind || p["PayloadVersion"] != "integer:1" || p["PayloadDisplayName"] != "string:"+oneLine(a.Name()) || !uuid.MatchString(p["PayloadUUID"]) {
			t.Errorf("%q: %v", a.Name(), p)
		}
		if id := p["PayloadIdentifier"]; ids[id] || !strings.HasPrefix(id, "string:Example-S-hne.") {
			t.Errorf("identifier %q", id)
		}
		ids[p["PayloadIdentifier"]] = true
	}
	other := j
	other.Set = &trust.Set{Anchors: j.Set.Anchors[1:]}
	profile := regexp.MustCompile(`(?s)Configuration</string>\s*<key>PayloadUUID</key>\s*<string>([^<]*)`)
	if bytes.Equal(profile.FindSubmatch(data)[1], profile.FindSubmatch(write(t, appleTarget, other)[0].Data)[1]) {
		t.Error("other anchors make a profile of the same UUID")
	}
}

func TestUUID5(t *testing.T) {
	// As Python's uuid.uuid5(uuid.NAMESPACE_URL, ...) has it.
	if got, want := uuid5("urn:muxkey:certificate:00"), "066189FB-3416-5195-803B-79F69ECF9359"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// networkSecurity is what the documentation has of the elements.
type networkSecurity struct {
	XMLName xml.Name      `xml:"network-security-config"`
	Base    *securityFor  `xml:"base-config"`
	Domains []securityFor `xml:"domain-config"`
}

type securityFor struct {
	Domain []struct {
		Below string `xml:"includeSubdomains,attr"`
		Name  string `xml:",chardata"`
	} `xml:"domain"`
	Certificates []struct {
		Src string `xml:"src,attr"`
	} `xml:"trust-anchors>certificates"`
}

// androidConfigOf gives for "*" and each domain, with a dot before it where those
// below are meant, what is trusted: system, and certificates.
func androidConfigOf(t *testing.T, files []File) map[string][]string {
	t.Helper()
	raw := map[string][]string{}
	var config networkSecurity
	for _, f := range files {
		if dir, name := path.Split(f.Path); dir == "raw/" {
			resource := strings.TrimSuffix(name, ".pem")
			if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(resource) {
				t.Errorf("resource %q", resource)
			}
			for block, rest := pem.Decode(f.Data); block != nil; block, rest = pem.Decode(rest) {
				raw["@raw/"+resource] = append(raw["@raw/"+resource], anchorOf(t, block.Bytes).Name())
			}
		} else if f.Path != "xml/network_security_config.xml" {
			t.Errorf("file %q", f.Path)
		} else if err := xml.Unmarshal(f.Data, &config); err != nil {
			t.Fatal(err)
		}
	}
	out := map[string][]string{}
	add := func(name string, s securityFor) {
		for _, c := range s.Certificates {
			switch {
			case c.Src == "system":
				out[name] = append(out[name], "system")
			case raw[c.Src] == nil:
				t.Errorf("there is no %s", c.Src)
			}
			out[name] = append(out[name], raw[c.Src]...)
		}
	}
	if config.Base != nil {
		add("*", *config.Base)
	}
	for _, d := range config.Domains {
		for _, name := range d.Domain {
			prefix := map[string]string{"true": ".", "false": ""}[name.Below]
			if _, ok := out[prefix+name.Name]; ok {
				t.Errorf("%s is there twice", name.Name)
			}
			add(prefix+name.Name, d)
		}
	}
	return out
}

func TestAndroidConfig(t *testing.T) {
	var anchors []*trust.Anchor
	for _, name := range []string{"a", "b", "c"} {
		anchors = append(anchors, anchorOf(t, certificateOf(t, pkix.Name{CommonName: name}, nil, nil)))
	}
	scoped := func(names ...trust.Names) Job {
		set := &trust.Set{}
		for i, a := range anchors {
			c := *a
			c.Terms.Permitted = names[i]
			set.Anchors = append(set.Anchors, &c)
		}
		return Job{Set: set, Name: "Muxkey Trust 2!"}
	}
	all := trust.Names{}
	corp, lab := trust.Names{DNS: []string{"corp.example"}}, trust.Names{DNS: []string{"lab.corp.example"}, IP: []string{"10.0.0.1/32", "10.1.0.0/16", "fd00::1/128"}}
	at := func(j Job, hosts ...string) Job {
		j.Hosts = hosts
		return j
	}
	for name, tt := range map[string]struct {
		job  Job
		want map[string][]string
	}{
		"everywhere": {scoped(all, all, all), map[string][]string{"*": {"system", "a", "b", "c"}}},
		"at hosts": {
			at(scoped(all, all, all), "Mux.example:8443", "mux.example", "[::1]:443", "::1", "10.0.0.1"),
			map[string][]string{"mux.example": {"a", "b", "c"}, "::1": {"a", "b", "c"}, "10.0.0.1": {"a", "b", "c"}},
		},
		"held to names": {scoped(all, corp, lab), map[string][]string{
			"*": {"system", "a"}, ".corp.example": {"system", "a", "b"}, ".lab.corp.example": {"system", "a", "b", "c"},
			"10.0.0.1": {"system", "a", "c"}, "fd00::1": {"system", "a", "c"},
		}},
		"held to names, at hosts": {
			at(scoped(corp, corp, lab), "x.corp.example", "lab.corp.example", "other.example", "xcorp.example", "10.1.2.3"),
			map[string][]string{"x.corp.example": {"a", "b"}, "lab.corp.example": {"a", "b", "c"}, "10.1.2.3": {"c"}},
		},
	} {
		if diff := cmp.Diff(tt.want, androidConfigOf(t, write(t, androidConfigTarget, tt.job))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if _, err := androidConfigTarget.Write(t.Context(), at(scoped(corp, corp, corp), "other.example")); err == nil {
		t.Error("a configuration that trusts nothing was written")
	}
	j := oddJob(t)
	if got := androidConfigOf(t, write(t, androidConfigTarget, j))["*"]; len(got) != len(j.Set.Anchors)+1 {
		t.Errorf("%d of %d odd anchors", len(got)-1, len(j.Set.Anchors))
	}
	if steps := androidConfigTarget.Use("res", scoped(all, corp, lab)); !strings.Contains(steps[len(steps)-1].Text, "10.1.0.0/16") {
		t.Errorf("networks are lost silently: %+v", steps)
	}
}

func TestResourceName(t *testing.T) {
	for name, want := range map[string]string{
		"muxkey-trust": "muxkey_trust", "": "muxkey_trust", "9 lives": "lives", "Ünï": "n", "a__b  c-": "a_b_c", strings.Repeat("x", 100): strings.Repeat("x", 64),
	} {
		if got := resourceName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestAndroidSystem(t *testing.T) {
	j := oddJob(t)
	name := regexp.MustCompile(`^([0-9a-f]{8})\.([0-9]+)$`)
	numbers := map[string]int{}
	for i, f := range write(t, androidSystemTarget, j) {
		m := name.FindStringSubmatch(f.Path)
		if m == nil || m[2] != fmt.Sprint(numbers[m[1]]) {
			t.Fatalf("file %q", f.Path)
		}
		numbers[m[1]]++
		if block, rest := pem.Decode(f.Data); block == nil || len(rest) > 0 || !bytes.Equal(block.Bytes, j.Set.Anchors[i].Raw) {
			t.Errorf("%s has another certificate", f.Path)
		}
	}
	if !slices.Contains(slices.Collect(func(yield func(int) bool) {
		for _, n := range numbers {
			if !yield(n) {
				return
			}
		}
	}), 2) {
		t.Error("the twins have not one hash")
	}
}

func TestFirefox(t *testing.T) {
	j := oddJob(t)
	files := write(t, firefoxTarget, j)
	var policy struct {
		Policies struct {
			Certificates struct{ Install []string }
		} `json:"policies"`
	}
	if err := json.Unmarshal(files[0].Data, &policy); err != nil || files[0].Path != "policies.json" {
		t.Fatal(files[0].Path, err)
	}
	install := policy.Policies.Certificates.Install
	if len(install) != len(j.Set.Anchors) || len(files) != len(install)+1 {
		t.Fatalf("%d names, %d files", len(install), len(files))
	}
	for i, f := range files[1:] {
		if f.Path != "certificates/"+install[i] || !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*\.crt$`).MatchString(install[i]) {
			t.Errorf("file %q for %q", f.Path, install[i])
		}
		if block, rest := pem.Decode(f.Data); block == nil || len(rest) > 0 || !bytes.Equal(block.Bytes, j.Set.Anchors[i].Raw) {
			t.Errorf("%s has another certificate", f.Path)
		}
	}
}

func TestChromium(t *testing.T) {
	j := oddJob(t)
	anchors := j.Set.Anchors
	anchors[0].Terms.Permitted = trust.Names{DNS: []string{"corp.example"}}
	anchors[1].Terms.Permitted = trust.Names{IP: []string{"10.0.0.0/8", "fd00::/8"}}
	anchors[2].Terms.Only = []trust.Purpose{trust.Email}
	mail := *anchors[3] // rejected for another purpose, and trusted here
	mail.Terms.Rejected = []trust.Purpose{trust.Email}
	anchors[3] = &mail
	j.Rejected = append(j.Rejected, &mail)
	var policy map[string]json.RawMessage
	if err := json.Unmarshal(write(t, chromiumTarget, j)[0].Data, &policy); err != nil {
		t.Fatal(err)
	}
	encoded := func(anchors ...*trust.Anchor) []string {
		var out []string
		for _, a := range anchors {
			out = append(out, base64.StdEncoding.EncodeToString(a.Raw))
		}
		return out
	}
	for setting, want := range map[string]any{
		"CACertificates":           encoded(anchors[3:]...),
		"CADistrustedCertificates": encoded(j.Rejected[0]),
		"CACertificatesWithConstraints": []any{
			map[string]any{"certificate": encoded(anchors[0])[0], "constraints": map[string][]string{"permitted_dns_names": {"corp.example"}, "permitted_cidrs": {"255.255.255.255/32"}}},
			map[string]any{"certificate": encoded(anchors[1])[0], "constraints": map[string][]string{"permitted_dns_names": {"invalid"}, "permitted_cidrs": {"10.0.0.0/8", "fd00::/8"}}},
		},
	} {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got, wanted any
		if err := json.Unmarshal(policy[setting], &got); err != nil {
			t.Fatal(setting, err)
		}
		if err := json.Unmarshal(text, &wanted); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s: %s", setting, diff)
		}
		delete(policy, setting)
	}
	if len(policy) > 0 {
		t.Errorf("other settings: %v", policy)
	}
	for _, a := range anchors {
		a.Terms.Only = []trust.Purpose{trust.Code}
	}
	if _, err := chromiumTarget.Write(t.Context(), Job{Set: j.Set}); err == nil {
		t.Error("a policy without anchors was written")
	}
}
