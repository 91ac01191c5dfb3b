package template_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"muxkey/certgen"
	"muxkey/certgen/template"
)

const whole = `# all fields
profile: mutual
key: rsa-3072
days: 90
pss: true
subject: O=Example, C=DE
sans: [chat.example.com, "10.0.0.1", "upn:a@corp"]
keyUsage:
  - digitalSignature
extKeyUsage: [serverAuth, 1.3.6.1.4.1.55555.7]
pathLen: 0
permit: [example.com, 10.0.0.0/8]
exclude: [bad.example.com]
policies:
  - oid: 1.3.6.1.4.1.55555.1
    cps: http://example.com/cps
  - {oid: 1.3.6.1.4.1.55555.2}
crls: [http://crl.example.com/ca.crl]
ocsp: [http://ocsp.example.com]
issuers: [ldap:///CN=CA]
extensions:
  - oid: 1.3.6.1.5.5.7.1.24
    hex: "3003020105"
  - {oid: 1.2.3, critical: true, hex: "0500"}
`

// The schema and the parser must agree on structure: what the parser takes, the
// schema takes; what is wrong in structure, both refuse.
func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile("../../docs/schema/template.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("template.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("template.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate holds a template, YAML or JSON, to the schema.
func validate(t testing.TB, s *jsonschema.Schema, text string) error {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func TestWholeTemplateInYAMLAndJSON(t *testing.T) {
	fromYAML, err := template.Parse([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.MarshalIndent(fromYAML, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	fromJSON, err := template.Parse(data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if !reflect.DeepEqual(fromYAML, fromJSON) {
		t.Errorf("YAML and JSON differ:\n%+v\n%+v", fromYAML, fromJSON)
	}
	s := schema(t)
	for _, text := range []string{whole, string(data), "profile: ca\n", "{}"} {
		if err := validate(t, s, text); err != nil {
			t.Errorf("the schema refuses what the parser takes: %v", err)
		}
		if _, err := template.Parse([]byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	// Every field is in the template above, so that nothing goes untested.
	v := reflect.ValueOf(*fromYAML)
	for f, v := range v.Fields() {
		if f.IsExported() && v.IsZero() {
			t.Errorf("%s is not in the test's template", f.Name)
		}
	}
}

func TestSchemaListsWhatThereIs(t *testing.T) {
	data, err := os.ReadFile("../../docs/schema/template.json")
	if err != nil {
		t.Fatal(err)
	}
	type property struct {
		Enum  []string
		Items struct {
			Enum  []string
			AnyOf []struct{ Enum []string }
		}
	}
	var s struct{ Properties map[string]property }
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, k := range certgen.KeyTypes() {
		keys = append(keys, k.Name)
	}
	for what, lists := range map[string][2][]string{
		"profile":     {s.Properties["profile"].Enum, certgen.ProfileNames()},
		"key":         {s.Properties["key"].Enum, keys},
		"keyUsage":    {s.Properties["keyUsage"].Items.Enum, certgen.KeyUsageNames(^x509.KeyUsage(0))},
		"extKeyUsage": {s.Properties["extKeyUsage"].Items.AnyOf[0].Enum, certgen.ExtKeyUsageNames()},
	} {
		if !slices.Equal(lists[0], lists[1]) {
			t.Errorf("%s: the schema has %v, there are %v", what, lists[0], lists[1])
		}
	}
	for f := range reflect.TypeFor[template.Template]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if _, ok := s.Properties[name]; !ok && f.IsExported() {
			t.Errorf("the schema has no %s", name)
		}
	}
}

func TestBadTemplates(t *testing.T) {
	s := schema(t)
	for _, tt := range []struct {
		text, want string
		// byParser: the schema cannot say it.
		byParser bool
	}{
		{"profile: mail\n", `line 1: profile: unknown word "mail"`, false},
		{"profile: server\nkey: rsa-1024\n", `line 2: key: unknown word "rsa-1024"`, false},
		{"days: 0\n", "line 1: days: 0 is no whole number from 1", false},
		{"days: 1.5\n", "line 1: days: 1.5 is no whole number", false},
		{"days: ten\n", "line 1: days: a string, where a number is wanted", false},
		{"pss: 1\n", "line 1: pss: a number, where true or false is wanted", false},
		{"subject: example\n", `line 1: subject: subject "example": "example" without "="`, true},
		{"subject:\n", "subject: null, where a string is wanted", false},
		{"sans: mux.example.com\n", "sans: a string, where a list is wanted", false},
		{"sans:\n  - mux.example.com\n  - a b\n", `line 3: sans[1]: host name "a b": blank`, true},
		{"sans: [1]\n", "line 1: sans[0]: a number, where a string is wanted", false},
		{"keyUsage: [sign]\n", `keyUsage[0]: unknown word "sign"`, false},
		{"keyUsage: [digitalsignature]\n", `keyUsage[0]: unknown word "digitalsignature"`, false},
		{"extKeyUsage: [serverauth]\n", "names are written as in serverAuth", false},
		{"extKeyUsage: [web]\n", `extKeyUsage[0]: unknown usage "web"`, false},
		{"pathLen: -1\n", "pathLen: -1 is no whole number", false},
		{"permit: [.example.com]\n", "permit[0]: ", true},
		{"policies: [{cps: http://a/}]\n", "policies[0].oid: missing", false},
		{"policies: [{oid: \"1\"}]\n", "policies[0].oid: no OID", false},
		{"policies: [{oid: 1.2}]\n", "policies[0].oid: a number", false},
		{"policies: [{oid: 1.2.3}, {oid: 1.2.3}]\n", "policies[1]: policy 1.2.3 is there twice", true},
		{"crls: [ca.crl]\n", "crls[0]: no URL", false},
		{"ocsp: [http://a:b@example.com/]\n", "ocsp[0]: a URL with a user name", true},
		{"extensions: [{oid: 1.2.3, hex: \"05\"}]\n", "extensions[0].hex: no DER value", false},
		{"extensions: [{oid: 1.2.3}]\n", "extensions[0].hex: missing", false},
		{"extensions: [{oid: 1.2.99999999999, hex: \"0500\"}]\n", "extensions[0].oid: a component over", true},
		{"extension: []\n", "line 1: extension: unknown field", false},
		{"days: 1\ndays: 2\n", "already defined", true},
		{`{"days": 1, "days": 2}`, "days: the field is there twice", true},
		{`{"days": 1`, "no JSON", true},
		{"{\n\"days\": 1\n} x", "line 3: template: ", true},
		{"- days: 1\n", "template: a list, where an object is wanted", false},
		{"a: &x 1\nb: *x\n", "YAML's anchor is not taken here", true},
		{"days: !!int 1\n", "YAML's tag is not taken here", true},
		{"days: 1\n---\ndays: 2\n", "2 YAML documents", true},
		{"", "line 1: template: empty", true},
		{"# nothing\n", "template: ", true},
		{"days: [\n", "no YAML", true},
		{strings.Repeat("[", 100), "too many levels", true},
		{"{" + strings.Repeat(`"a":{`, 100), "too many levels", true},
		{strings.Repeat("- ", 100), "too many levels", true},
		{strings.Repeat("# long\n", 10_000), "octets", true},
		{"subject: \xff\n", "not UTF-8", true},
	} {
		_, err := template.Parse([]byte(tt.text))
		var fieldErr *template.FieldError
		if err == nil || !strings.Contains(err.Error(), tt.want) || !errors.As(err, &fieldErr) {
			t.Errorf("%.60q: %v, want %q", tt.text, err, tt.want)
		}
		if !tt.byParser {
			if err := validate(t, s, tt.text); err == nil {
				t.Errorf("%q: the schema takes it", tt.text)
			}
		}
	}
	_, err := template.Parse([]byte("days: 0\nkey: x\nprofile: y\n"))
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("three mistakes: %v", err)
	}
	var nameErr *certgen.NameError
	if _, err = template.Parse([]byte("sans: [a b]")); !errors.As(err, &nameErr) {
		t.Errorf("%v", err)
	}
}

func TestContent(t *testing.T) {
	tmpl, err := template.Parse([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	key, err := certgen.GenerateKey(t.Context(), rand.NewChaCha8([32]byte{}), "ec-p256")
	if err != nil {
		t.Fatal(err)
	}
	names, err := certgen.ParseNames([]string{"mux.example.com", "10.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := tmpl.Content(key.Public(), names)
	if err != nil {
		t.Fatal(err)
	}
	if got := certgen.FormatDN(c.Subject); got != "CN=mux.example.com,O=Example,C=DE" {
		t.Errorf("subject %s", got)
	}
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	der, err := certgen.CreateRoot(rand.NewChaCha8([32]byte{1}), key, c, certgen.Validity{NotBefore: now, NotAfter: now.AddDate(0, 0, tmpl.Days)}, tmpl.Signing())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(cert.DNSNames, []string{"mux.example.com", "chat.example.com"}) || len(cert.IPAddresses) != 1 || cert.KeyUsage != x509.KeyUsageDigitalSignature ||
		len(cert.ExtKeyUsage) != 1 || len(cert.UnknownExtKeyUsage) != 1 || len(cert.Policies) != 2 || len(cert.CRLDistributionPoints) != 1 {
		t.Errorf("%+v", cert)
	}
	if len(cert.UnhandledCriticalExtensions) != 1 {
		t.Errorf("critical extensions %v", cert.UnhandledCriticalExtensions)
	}
	plain, err := template.Parse([]byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if c, err = plain.Content(key.Public(), names); err != nil || c.Subject != nil || plain.TheProfile().Name != "server" || len(c.ExtKeyUsage) != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	named, err := template.Parse([]byte("subject: CN=Chat"))
	if err != nil {
		t.Fatal(err)
	}
	if c, err = named.Content(key.Public(), names); err != nil || certgen.FormatDN(c.Subject) != "CN=Chat" {
		t.Errorf("%+v, %v", c, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{"profile": "ca", "pathLen": 1, "extensions": [{"oid": "1.2.3", "hex": "0500"}]}`))
	f.Add([]byte("sans:\n- a\n- |\n  b\n"))
	s := schema(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		tmpl, err := template.Parse(data)
		if err != nil {
			return
		}
		// What was taken is a template in the other notation, too, and to the
		// schema.
		again, err := json.Marshal(tmpl)
		if err != nil {
			t.Fatal(err)
		}
		other, err := template.Parse(again)
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		third, err := json.Marshal(other)
		if err != nil || !bytes.Equal(again, third) {
			t.Errorf("%s became %s", again, third)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(again))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("%s: %v", again, err)
		}
	})
}
