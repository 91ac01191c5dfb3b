package source_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/source"
)

func oneDER() []byte {
	block, _ := pem.Decode([]byte(one))
	return block.Bytes
}

// anchor reads what must hold one anchor and nothing else.
func anchor(t *testing.T, text string) *trust.Anchor {
	t.Helper()
	set, err := read(t, text)
	if err != nil || len(set.Anchors) != 1 || len(set.Skipped) > 0 || len(set.Findings) > 0 {
		t.Fatalf("%v, %+v", err, set)
	}
	return set.Anchors[0]
}

func trusted(aux string) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "TRUSTED CERTIFICATE", Bytes: append(oneDER(), aux...)}))
}

const (
	server = "\x06\x08+\x06\x01\x05\x05\x07\x03\x01" // OIDs in DER
	email  = "\x06\x08+\x06\x01\x05\x05\x07\x03\x04"
	stamp  = "\x06\x08+\x06\x01\x05\x05\x07\x03\x08" // time stamping
	every  = "\x06\x04U\x1d%\x00"
)

// What OpenSSL keeps behind a certificate: "openssl x509 -addtrust ... -addreject ...
// -setalias ..." writes it.
func TestTrustedCertificate(t *testing.T) {
	all := []trust.Purpose{trust.Client, trust.Code, trust.Email, trust.Server}
	for what, tt := range map[string]struct {
		aux   string
		label string
		terms trust.Terms
	}{
		"nothing":            {"", "", trust.Terms{}},
		"empty":              {"0\x00", "", trust.Terms{}},
		"server":             {"0\x0c0\x0a" + server, "", trust.Terms{Only: []trust.Purpose{trust.Server}}},
		"all":                {"0\x080\x06" + every, "", trust.Terms{}},
		"none that is known": {"0\x0c0\x0a" + stamp, "", trust.Terms{Only: []trust.Purpose{}}},
		"none":               {"0\x020\x00", "", trust.Terms{Only: []trust.Purpose{}}},
		"rejected":           {"0\x0c\xa0\x0a" + email, "", trust.Terms{Rejected: []trust.Purpose{trust.Email}}},
		"all rejected":       {"0\x08\xa0\x06" + every, "", trust.Terms{Rejected: all}},
		"alias":              {"0\x04\x0c\x02ab", "ab", trust.Terms{}},
		"everything":         {"0\x200\x0a" + server + "\xa0\x0a" + email + "\x0c\x02ab\x04\x00\xa1\x00", "ab", trust.Terms{Only: []trust.Purpose{trust.Server}, Rejected: []trust.Purpose{trust.Email}}},
	} {
		a := anchor(t, trusted(tt.aux))
		if diff := cmp.Diff(tt.terms, a.Terms); diff != "" || a.Label != tt.label {
			t.Errorf("%s: label %q, %s", what, a.Label, diff)
		}
		if string(a.Raw) != string(oneDER()) {
			t.Errorf("%s: the certificate is another one", what)
		}
	}
	for what, aux := range map[string]string{"no sequence": "\x04\x00", "cut off": "0\x0c0\x0a", "no OIDs": "0\x050\x03\x02\x01\x01", "more behind it": "0\x00\x00", "more within": "0\x02\x05\x00"} {
		set, err := read(t, trusted(aux)+strings.ReplaceAll(one, "-----BEGIN", "\n-----BEGIN"))
		if err != nil || len(set.Anchors) != 1 || len(set.Skipped) != 1 || len(set.Findings) != 1 {
			t.Errorf("%s: %v, %+v", what, err, set)
		}
	}
}

// spki and the names of one, as certdata.txt and p11-kit files need them.
func percent(data []byte) string {
	var b strings.Builder
	for _, c := range data {
		fmt.Fprintf(&b, "%%%02x", c)
	}
	return b.String()
}

func multiline(data []byte) string {
	var b strings.Builder
	b.WriteString("MULTILINE_OCTAL\n")
	for i, c := range data {
		if i > 0 && i%16 == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "\\%03o", c)
	}
	return b.String() + "\nEND"
}

func certificateObject(extra string) string {
	return "CKA_CLASS CK_OBJECT_CLASS CKO_CERTIFICATE\nCKA_LABEL UTF8 \"F\\xc5\\x91tan \\\"A\\\" \\101\"\nCKA_VALUE " + multiline(oneDER()) + "\n" + extra
}

func trustObject(t *testing.T, extra string) string {
	a := anchor(t, one)
	serial := append([]byte{2, byte(len(a.Serial.Bytes()))}, a.Serial.Bytes()...)
	return "\nCKA_CLASS CK_OBJECT_CLASS CKO_NSS_TRUST\nCKA_LABEL UTF8 \"of one\"\nCKA_ISSUER " + multiline(a.Issuer) + "\nCKA_SERIAL_NUMBER " + multiline(serial) + "\n" + extra
}

func TestCertdata(t *testing.T) {
	head := "# comment\n#\nBEGINDATA\nCKA_CLASS CK_OBJECT_CLASS CKO_NSS_BUILTIN_ROOT_LIST\nCKA_LABEL UTF8 \"Mozilla Builtin Roots\"\n\n"
	a := anchor(t, head+certificateObject("CKA_NSS_SERVER_DISTRUST_AFTER "+multiline([]byte("250415235959Z"))+"\nCKA_NSS_EMAIL_DISTRUST_AFTER CK_BBOOL CK_FALSE\n")+
		trustObject(t, "CKA_TRUST_SERVER_AUTH CK_TRUST CKT_NSS_TRUSTED_DELEGATOR\nCKA_TRUST_EMAIL_PROTECTION CK_TRUST CKT_NSS_NOT_TRUSTED\nCKA_TRUST_CODE_SIGNING CK_TRUST CKT_NSS_MUST_VERIFY_TRUST\nCKA_TRUST_STEP_UP_APPROVED CK_BBOOL CK_FALSE\n"))
	want := trust.Terms{
		Only: []trust.Purpose{trust.Server}, Rejected: []trust.Purpose{trust.Email},
		DistrustAfter: map[trust.Purpose]time.Time{trust.Server: time.Date(2025, 4, 15, 23, 59, 59, 0, time.UTC)},
	}
	if diff := cmp.Diff(want, a.Terms); diff != "" || a.Label != `Főtan "A" A` {
		t.Errorf("label %q, %s", a.Label, diff)
	}
	sum := "CKA_CERT_SHA1_HASH " + multiline(make([]byte, 20)) + "\n"
	for what, tt := range map[string]struct {
		text                       string
		anchors, skipped, findings int
	}{
		"by names of old":       {certificateObject("") + strings.ReplaceAll(trustObject(t, "CKA_TRUST_SERVER_AUTH CK_TRUST CKT_NETSCAPE_TRUSTED_DELEGATOR\n"), "NSS", "NETSCAPE"), 1, 0, 0},
		"by names of 3.2":       {certificateObject("") + strings.ReplaceAll(trustObject(t, "CKA_TRUST_SERVER_AUTH CK_TRUST CKT_TRUST_ANCHOR\n"), "CKO_NSS", "CKO"), 1, 0, 0},
		"trust comes first":     {trustObject(t, "CKA_TRUST_SERVER_AUTH CK_TRUST CKT_NSS_TRUSTED_DELEGATOR\n") + certificateObject(""), 1, 0, 0},
		"no word":               {certificateObject(""), 0, 1, 0},
		"no word either":        {certificateObject("") + trustObject(t, "CKA_TRUST_SERVER_AUTH CK_TRUST CKT_NSS_MUST_VERIFY_TRUST\n"), 0, 1, 0},
		"of another one":        {certificateObject("") + trustObject(t, sum+"CKA_TRUST_SERVER_AUTH CK_TRUST CKT_NSS_TRUSTED_DELEGATOR\n"), 0, 2, 0},
		"of none":               {trustObject(t, "CKA_TRUST_SERVER_AUTH CK_TRUST CKT_NSS_NOT_TRUSTED\n"), 0, 1, 0},
		"no certificate":        {"CKA_CLASS CK_OBJECT_CLASS CKO_CERTIFICATE\nCKA_VALUE " + multiline([]byte("abc")) + "\n", 0, 1, 1},
		"a value without end":   {strings.TrimSuffix(certificateObject(""), "END\n"), 0, 1, 1},
		"a digit that is none":  {strings.Replace(certificateObject(""), `\060`, `\069`, 1), 0, 1, 1},
		"an octet too large":    {strings.Replace(certificateObject(""), `\060`, `\777`, 1), 0, 1, 1},
		"a date that is none":   {certificateObject("CKA_NSS_SERVER_DISTRUST_AFTER " + multiline([]byte("tomorrow")) + "\n"), 0, 1, 1},
		"broken, and the other": {strings.Replace(certificateObject(""), `\060`, `\069`, 1) + certificateObject("") + trustObject(t, "CKA_TRUST_SERVER_AUTH CK_TRUST CKT_NSS_TRUSTED_DELEGATOR\n"), 1, 1, 1},
	} {
		set, err := read(t, head+tt.text)
		if err != nil || len(set.Anchors) != tt.anchors || len(set.Skipped) != tt.skipped || len(set.Findings) != tt.findings {
			t.Errorf("%s: %v, %d anchors, %+v, %+v", what, err, len(set.Anchors), set.Skipped, set.Findings)
		}
	}
}

const header = "\n[p11-kit-object-v1]\n"

func publicKey(spki []byte) string {
	return "-----BEGIN PUBLIC KEY-----\n" + base64.StdEncoding.EncodeToString(spki) + "\n-----END PUBLIC KEY-----\n"
}

func staple(t *testing.T, extension string) string {
	return header + "class: x-certificate-extension\nvalue: \"" + percent([]byte(extension)) + "\"\n" + publicKey(anchor(t, one).SPKI)
}

func TestP11kit(t *testing.T) {
	const usages = "0\x13\x06\x03U\x1d%\x04\x0c0\x0a" // extendedKeyUsage with one
	// What p11-kit has for tests itself: DNS:example.com and DNS:corp.example.com.
	const names = "0.\x06\x03U\x1d\x1e\x04'0%\xa0#0\r\x82\x0bexample.com0\x12\x82\x10corp.example.com"
	all := []trust.Purpose{trust.Client, trust.Code, trust.Email, trust.Server}
	for what, tt := range map[string]struct {
		text  string
		label string
		terms trust.Terms
	}{
		"trusted":        {"# comment\n" + header + "trusted: true\nlabel: \"a%20%22b\"\n" + one, `a "b`, trust.Terms{}},
		"with a value":   {header + "class: certificate\n trusted : true \nvalue: \"" + percent(oneDER()) + "\"\n", "", trust.Terms{}},
		"distrusted":     {header + "x-distrusted: true\n" + one, "", trust.Terms{Only: []trust.Purpose{}, Rejected: all}},
		"for servers":    {header + "trusted: true\n" + one + staple(t, usages+server), "", trust.Terms{Only: []trust.Purpose{trust.Server}}},
		"the key first":  {staple(t, usages+server) + header + "trusted: true\n" + one, "", trust.Terms{Only: []trust.Purpose{trust.Server}}},
		"not for e-mail": {header + one + staple(t, "0\x1a\x06\x0a+\x06\x01\x04\x01\x99w\x06\x0a\x01\x04\x0c0\x0a"+email), "", trust.Terms{Only: []trust.Purpose{}, Rejected: []trust.Purpose{trust.Email}}},
		"for names":      {header + "trusted: true\n" + one + staple(t, names), "", trust.Terms{Permitted: trust.Names{DNS: []string{"corp.example.com", "example.com"}}}},
		"a field first":  {header + "trusted: true\nvalue: \"" + percent(oneDER()) + "\"\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "", trust.Terms{}},
		"of old": {header + "trusted: true\nnss-email-distrust-after: \"500101000000Z\"\n" + one, "", trust.Terms{
			DistrustAfter: map[trust.Purpose]time.Time{trust.Email: time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC)},
		}},
		"up to a day": {header + "trusted: true\nnss-server-distrust-after: \"250415235959Z\"\nnss-email-distrust-after: \"%00\"\n" + one, "", trust.Terms{
			DistrustAfter: map[trust.Purpose]time.Time{trust.Server: time.Date(2025, 4, 15, 23, 59, 59, 0, time.UTC)},
		}},
	} {
		a := anchor(t, tt.text)
		if diff := cmp.Diff(tt.terms, a.Terms); diff != "" || a.Label != tt.label {
			t.Errorf("%s: label %q, %s", what, a.Label, diff)
		}
	}
	for what, tt := range map[string]struct {
		text                       string
		anchors, skipped, findings int
	}{
		"no word":            {header + one, 0, 1, 0},
		"by number alone":    {header + "class: certificate\nissuer: \"a\"\nserial-number: \"%02%01%01\"\nx-distrusted: true\n", 0, 1, 0},
		"what is derived":    {header + "trusted: true\n" + one + header + "class: x-trust-assertion\nx-purpose: \"1.2\"\n" + header + "class: nss-builtin-root-list\n", 1, 0, 0},
		"another section":    {header + "trusted: true\n" + one + "\n[p11-kit-object-v2]\ntrusted: true\n" + one, 1, 1, 1},
		"no colon":           {header + "trusted\n" + one + header + "trusted: true\n" + one, 1, 1, 1},
		"no end":             {header + "trusted: true\n" + strings.TrimSuffix(one, "-----END CERTIFICATE-----\n"), 0, 1, 1},
		"broken percent":     {header + "trusted: true\nlabel: \"%2\"\n" + one, 0, 1, 1},
		"broken base64":      {header + "trusted: true\n" + strings.Replace(one, "MIIB", "!IIB", 1), 0, 1, 1},
		"a broken date":      {header + "trusted: true\nnss-email-distrust-after: \"soon\"\n" + one, 0, 1, 1},
		"a broken extension": {header + "trusted: true\n" + one + staple(t, "0\x01a"), 1, 1, 1},
		"names of persons":   {header + "trusted: true\n" + one + staple(t, "0\x12\x06\x03U\x1d\x1e\x04\x0b0\x09\xa0\x070\x05\x81\x03a@b"), 1, 1, 1},
		"names left out":     {header + "trusted: true\n" + one + staple(t, "0\x10\x06\x03U\x1d\x1e\x04\x090\x07\xa1\x050\x03\x82\x01a"), 1, 1, 1},
	} {
		set, err := read(t, tt.text)
		if err != nil || len(set.Anchors) != tt.anchors || len(set.Skipped) != tt.skipped || len(set.Findings) != tt.findings {
			t.Errorf("%s: %v, %d anchors, %+v, %+v", what, err, len(set.Anchors), set.Skipped, set.Findings)
		}
	}
	var key *source.PrivateKeyError
	if _, err := read(t, header+"trusted: true\n"+one+strings.ReplaceAll(one, "CERTIFICATE", "PRIVATE KEY")); !errors.As(err, &key) || key.Line == 0 {
		t.Errorf("a private key: %v", err)
	}
}

const x509GUID = "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72"

// signatures is an EFI_SIGNATURE_LIST of entries of one length.
func signatures(guid string, entries ...[]byte) string {
	size := 16 + len(entries[0])
	out := []byte(guid)
	for _, n := range []int{28 + size*len(entries), 0, size} {
		out = binary.LittleEndian.AppendUint32(out, uint32(n))
	}
	for _, e := range entries {
		out = append(append(out, make([]byte, 16)...), e...)
	}
	return string(out)
}

func TestUEFI(t *testing.T) {
	list := signatures(x509GUID, oneDER())
	hashes := signatures("\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28", make([]byte, 32), make([]byte, 32))
	for what, text := range map[string]string{
		"one":             list,
		"one twice":       signatures(x509GUID, oneDER(), oneDER()),
		"two lists":       list + list,
		"of a variable":   "\x27\x00\x00\x00" + list,
		"padded":          list + strings.Repeat("\x00", 64),
		"with its header": x509GUID + string(binary.LittleEndian.AppendUint32(nil, uint32(len(list)+4))) + "\x04\x00\x00\x00" + list[24:28] + "head" + list[28:],
	} {
		if a := anchor(t, text); a.Name() != "source test" {
			t.Errorf("%s: %s", what, a.Name())
		}
	}
	for _, more := range []string{hashes, signatures(strings.Repeat("?", 16), make([]byte, 5))} {
		set, err := read(t, list+more)
		if err != nil || len(set.Anchors) != 1 || len(set.Skipped) != 1 || set.Skipped[0].Origin.Entry != "list 2" {
			t.Errorf("%v, %+v", err, set)
		}
	}
	if set, err := read(t, hashes); err != nil || len(set.Skipped) != 1 || !strings.Contains(set.Skipped[0].Why, "2 SHA-256") {
		t.Errorf("%v, %+v", err, set)
	}
	lengths := func(total, header, size uint32) string {
		out := []byte(list)
		for i, n := range []uint32{total, header, size} {
			binary.LittleEndian.PutUint32(out[16+4*i:], n)
		}
		return string(out)
	}
	whole := uint32(len(list))
	for what, text := range map[string]string{
		"cut off":             list[:len(list)-1],
		"cut off in the head": list + list[:20],
		"no length":           lengths(0, 0, 0),
		"no entry size":       lengths(whole, 0, 0),
		"too large":           lengths(1<<32-1, 0, 17),
		"header too large":    lengths(whole, 1<<32-1, whole-28),
		"not a multiple":      lengths(whole, 0, whole-29),
		"no certificate":      signatures(x509GUID, []byte("abc")),
	} {
		var format *keystore.FormatError
		if _, err := read(t, text); !errors.As(err, &format) || !format.Damaged {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A file may not ask for more memory than its size allows for.
func TestObjectLimit(t *testing.T) {
	limits := pkcs12x.DefaultLimits()
	limits.Size = 128 * 10
	for _, object := range []string{header + "class: certificate\n", "CKA_CLASS CK_OBJECT_CLASS CKO_CERTIFICATE\n"} {
		var b trust.Builder
		err := source.Bytes(t.Context(), &b, source.Input{Name: "x", Data: []byte(strings.Repeat(object, 11)), Options: source.Options{Limits: limits}})
		var limit *pkcs12x.LimitError
		if !errors.As(err, &limit) || limit.Limit != "objects" {
			t.Errorf("%q: %v", object, err)
		}
	}
}

// FuzzLists feeds the readers of lists: none panics, and what they read is of the
// certificates that are there.
func FuzzLists(f *testing.F) {
	f.Add([]byte(trusted("0\x200\x0a" + server + "\xa0\x0a" + email + "\x0c\x02ab\x04\x00\xa1\x00")))
	f.Add([]byte("BEGINDATA\n" + certificateObject("CKA_NSS_SERVER_DISTRUST_AFTER "+multiline([]byte("250415235959Z"))+"\nCKA_TRUST_SERVER_AUTH CK_TRUST CKT_NSS_NOT_TRUSTED\n")))
	f.Add([]byte("BEGINDATA\nCKA_CLASS CK_OBJECT_CLASS CKO_NSS_TRUST\nCKA_ISSUER MULTILINE_OCTAL\n\\060\\000\nEND\nCKA_TRUST_SERVER_AUTH CK_TRUST CKT_NSS_NOT_TRUSTED\n"))
	f.Add([]byte(header + "trusted: true\nnss-server-distrust-after: \"250415235959Z\"\nlabel: \"%20\"\n" + one))
	f.Add([]byte(header + "class: x-certificate-extension\nvalue: \"0%0f%06%03U%1d%1e%04%080%06%a0%040%02%82%00\"\n" + publicKey([]byte("key"))))
	f.Add([]byte(signatures(x509GUID, oneDER(), oneDER())))
	f.Fuzz(func(t *testing.T, data []byte) {
		var b trust.Builder
		if err := source.Bytes(t.Context(), &b, source.Input{Name: "x", Data: data}); err != nil {
			return
		}
		for _, a := range b.Set().Anchors {
			if again, err := trust.Parse(a.Raw); err != nil || again.SHA256 != a.SHA256 {
				t.Fatal(err)
			}
			if !slices.IsSorted(a.Terms.Only) || !slices.IsSorted(a.Terms.Rejected) {
				t.Fatalf("%+v", a.Terms)
			}
		}
	})
}
