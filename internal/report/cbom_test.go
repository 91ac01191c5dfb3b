package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"muxkey/inspect"
	stores "muxkey/keystore" // table_test.go has a keystore of its own
)

// schema is the official one, which the library carries for its own tests.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatalf("where is the schema? %v", err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "schema")
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(schemaLoader(func(url string) (any, error) {
		name := url[strings.LastIndex(url, "/")+1:]
		if name == "jsf-0.82.schema.json" {
			name = "jsf-0.82.schemax.json" // as the library calls it
		}
		return jsonschema.FileLoader{}.Load("file://" + filepath.ToSlash(filepath.Join(dir, name)))
	}))
	s, err := c.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

type schemaLoader func(url string) (any, error)

func (l schemaLoader) Load(url string) (any, error) { return l(url) }

func validate(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return s.Validate(v)
}

func targets(t *testing.T, now time.Time) []*inspect.Target {
	t.Helper()
	var list []*inspect.Target
	patterns := []string{"../../testdata/*.p12", "../../testdata/*.pem", "../../keystore/testdata/*", "../../keystore/jks/testdata/*"}
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			o := stores.Options{Unlock: true, WrongAsNone: true, Password: func(context.Context) (string, error) { return "changeit", nil }}
			if st, err := stores.Open(t.Context(), path, o); err == nil {
				target := inspect.Inspect(st, now)
				list = append(list, &target)
			}
		}
	}
	if len(list) < 20 {
		t.Fatalf("only %d stores are there to be described", len(list))
	}
	return list
}

func makeBill(t *testing.T, list []*inspect.Target, now time.Time) []byte {
	t.Helper()
	var out bytes.Buffer
	err := cbomFormat.Stream(&out, Stream{Items: func(yield func(Item) bool) {
		for _, target := range list {
			if !yield(Item{Value: target}) {
				return
			}
		}
	}}, Options{Now: now, Version: "v1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type bom struct {
	SerialNumber string
	Components   []component
}

type component struct {
	Type             string
	Ref              string `json:"bom-ref"`
	Name             string
	CryptoProperties struct {
		AssetType             string
		CertificateProperties struct{ SignatureAlgorithmRef, SubjectPublicKeyRef string }
		AlgorithmProperties   struct {
			Primitive                string
			NistQuantumSecurityLevel *int
		}
		RelatedCryptoMaterialProperties struct {
			Type, AlgorithmRef string
			SecuredBy          struct{ Mechanism, AlgorithmRef string }
		}
	}
	Evidence struct {
		Occurrences []struct{ Location, AdditionalContext string }
	}
}

func read(t *testing.T, text []byte) bom {
	t.Helper()
	var b bom
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	return b
}

var march = time.Date(2025, time.March, 1, 12, 0, 0, 0, time.UTC)

func TestBillIsValid(t *testing.T) {
	s := schema(t)
	text := makeBill(t, targets(t, march), march)
	if err := validate(t, s, text); err != nil {
		t.Errorf("%v", err)
	}
	if err := validate(t, s, makeBill(t, nil, march)); err != nil {
		t.Errorf("an empty one: %v", err)
	}
	// What must not pass does not.
	for _, edit := range [][2]string{
		{`"assetType": "certificate"`, `"assetType": "certificat"`},
		{`"bomFormat": "CycloneDX"`, `"bomFormat": "CycloneDY"`},
		{`"notValidAfter": "2`, `"notValidAfter": "x2`},
		{`"primitive": "pke"`, `"primitive": "RSA"`},
	} {
		broken := bytes.Replace(text, []byte(edit[0]), []byte(edit[1]), 1)
		if bytes.Equal(broken, text) {
			t.Errorf("there is no %s in it", edit[0])
		}
		if validate(t, s, broken) == nil {
			t.Errorf("the schema takes %s", edit[1])
		}
	}
}

// What the library of the standard's makers reads says the same again.
func TestBillIsReadWhole(t *testing.T) {
	text := makeBill(t, targets(t, march), march)
	var bill cdx.BOM
	if err := json.Unmarshal(text, &bill); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(bill)
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := errors.Join(json.Unmarshal(text, &want), json.Unmarshal(again, &got)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
}

func TestBillPointsToItself(t *testing.T) {
	b := read(t, makeBill(t, targets(t, march), march))
	have := map[string]bool{}
	kinds := map[string]int{}
	for _, c := range b.Components {
		if have[c.Ref] || c.Type != "cryptographic-asset" || c.Name == "" {
			t.Errorf("%s: a second time, of type %s, or without a name", c.Ref, c.Type)
		}
		have[c.Ref] = true
		kinds[c.CryptoProperties.AssetType+" "+c.CryptoProperties.RelatedCryptoMaterialProperties.Type]++
		if c.CryptoProperties.AssetType != "algorithm" && len(c.Evidence.Occurrences) == 0 {
			t.Errorf("%s: nothing says where it is", c.Ref)
		}
	}
	for _, c := range b.Components {
		p := c.CryptoProperties
		for _, ref := range []string{
			p.CertificateProperties.SignatureAlgorithmRef, p.CertificateProperties.SubjectPublicKeyRef,
			p.RelatedCryptoMaterialProperties.AlgorithmRef, p.RelatedCryptoMaterialProperties.SecuredBy.AlgorithmRef,
		} {
			if ref != "" && !have[ref] {
				t.Errorf("%s points to %s, which is not there", c.Ref, ref)
			}
		}
	}
	for _, want := range []string{"certificate ", "algorithm ", "related-crypto-material private-key", "related-crypto-material public-key", "related-crypto-material secret-key"} {
		if kinds[want] == 0 {
			t.Errorf("there is no %s, only %v", want, kinds)
		}
	}
}

// Made again at another time, it is the same bill; of other
// content it is another.
func TestBillIsDeterministic(t *testing.T) {
	list := targets(t, march)
	first := read(t, makeBill(t, list, march))
	if again := makeBill(t, list, march); !bytes.Equal(again, makeBill(t, list, march)) {
		t.Error("two runs differ")
	}
	if later := read(t, makeBill(t, list, march.AddDate(0, 1, 0))); later.SerialNumber != first.SerialNumber {
		t.Error("the serial number follows the clock")
	}
	if fewer := read(t, makeBill(t, list[1:], march)); fewer.SerialNumber == first.SerialNumber {
		t.Error("the serial number does not follow the content")
	}
}

func TestBillSaysWhatIsBroken(t *testing.T) {
	b := read(t, makeBill(t, targets(t, march), march))
	for name, want := range map[string]string{"RSA 2048": "pke", "EC P-256": "pke", "SHA256withRSA": "signature", "SHA256withECDSA": "signature"} {
		i := slices.IndexFunc(b.Components, func(c component) bool {
			return c.Ref == "algorithm:"+name
		})
		if i < 0 {
			t.Errorf("there is no %s", name)
			continue
		}
		p := b.Components[i].CryptoProperties.AlgorithmProperties
		if p.Primitive != want || p.NistQuantumSecurityLevel == nil || *p.NistQuantumSecurityLevel != 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
	for name, want := range map[string]int{"ML-DSA-44": 2, "ML-DSA-87": 5, "ML-KEM-768": 3, "SLH-DSA-SHA2-128s": 1} {
		if level := quantumLevel(name[:6], name); level == nil || *level != want {
			t.Errorf("%s: %v", name, level)
		}
	}
	if level := quantumLevel("GOST R 34.10-2012", "GOST R 34.10-2012 256"); level != nil {
		t.Errorf("a level is made up: %d", *level)
	}
}
