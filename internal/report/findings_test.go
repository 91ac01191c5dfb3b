package report

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif" // for the schema in its source
	"github.com/santhosh-tekuri/jsonschema/v6"

	"muxkey/internal/finding"
)

// theirs is the sort of text that files of strangers bring.
const theirs = "a<b>&\"'|`]]>*_[x](y) {{.}} <script>alert(1)</script> %0A::error::\r\n\x00\x1b[31m\u202e\ufffe,:"

func someFindings() map[string]*Findings {
	rule := finding.Rule{
		ID: "MUX-CURL-001", Title: "curl takes any certificate", Severity: finding.High, CWE: 295,
		Why: "It talks to whoever answers.", Fix: "Remove the option.", References: []string{"https://curl.se/docs/sslcerts.html"},
	}
	place := &finding.Location{File: "deploy/fetch.sh", Line: 3, Column: 6, EndLine: 3, EndColumn: 8, Snippet: "curl -k https://mux.example.com/"}
	one := finding.Finding{Rule: rule.ID, Severity: finding.High, Where: place.File, Text: rule.Title, Place: place, Fingerprint: "0011"}
	low := one
	low.Severity, low.Context, low.Place, low.Fingerprint = finding.Low, []string{"test"}, nil, "0022"
	foreign := one
	foreign.Text, foreign.Where, foreign.Fingerprint = theirs, theirs, "0033"
	foreign.Place = &finding.Location{File: theirs, Line: 1, Column: 300, EndLine: 2, EndColumn: 1, Snippet: theirs + strings.Repeat("x", 900)}
	foreign.Related = []finding.Location{*place}
	foreign.Repair = &finding.Repair{Start: 3, End: 7, With: theirs}
	one.Repair = &finding.Repair{Start: 3, End: 7}
	return map[string]*Findings{
		"none":    {Command: "lint", Files: 3},
		"some":    {Command: "lint", Rules: []finding.Rule{rule}, List: []finding.Finding{one, low}, Files: 1},
		"hostile": {Command: "lint", Rules: []finding.Rule{rule}, List: []finding.Finding{one, foreign}, Files: 2, Unread: []Unread{{Path: theirs, Reason: theirs}}},
	}
}

var someOptions = Options{Version: "1.2.3", Now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}

func written(t *testing.T, format string, f *Findings) string {
	t.Helper()
	found, err := Find(format)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := found.Report(&out, Document{Findings: f}, someOptions); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Every format that is for findings writes any of them, and tells of a full disk.
func TestFindingFormats(t *testing.T) {
	n := 0
	for f := range Formats().All() {
		if f.findings == nil {
			continue
		}
		n++
		for name, list := range someFindings() {
			text := written(t, f.Name, list)
			if name == "some" && !strings.Contains(text, "MUX-CURL-001") {
				t.Errorf("%s does not name the rule:\n%s", f.Name, text)
			}
			if strings.ContainsAny(text, "\x00\x1b") {
				t.Errorf("%s, %s: a character that steers got through", f.Name, name)
			}
			for room := 0; room < len(text); room += 1 + len(text)/50 {
				if err := f.Report(&full{room: room}, Document{Findings: list}, someOptions); !errors.Is(err, errFull) {
					t.Fatalf("%s, %s: the disk was full after %d bytes, and the error is %v", f.Name, name, room, err)
				}
			}
		}
	}
	if n < 8 {
		t.Errorf("there are %d formats for findings", n)
	}
}

// The schema of OASIS has the last word on SARIF.
func TestSARIFSchema(t *testing.T) {
	valid := schemaOf(t, sarifSchema(t))
	for name, list := range someFindings() {
		if text := written(t, "sarif", list); valid(text) != nil {
			t.Errorf("%s: %v\n%s", name, valid(text), text)
		}
	}
	for name, r := range someTargets() {
		if text := writtenTargets(t, "sarif", r); valid(text) != nil {
			t.Errorf("%s: %v\n%s", name, valid(text), text)
		}
	}
	// The schema sees what is wrong.
	if valid(strings.Replace(written(t, "sarif", someFindings()["some"]), `"startLine": 3`, `"startLine": 0`, 1)) == nil {
		t.Error("a line 0 is valid")
	}
}

// schemaOf asks a JSON schema.
func schemaOf(t *testing.T, schema string) func(text string) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(text string) error {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			return err
		}
		return compiled.Validate(doc)
	}
}

// sarifSchema is the schema as a constant in the source of go-sarif.
func sarifSchema(t *testing.T) string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif").Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && len(lit.Value) > len(text) {
			text, _ = strconv.Unquote(lit.Value)
		}
		return true
	})
	if len(text) < 100_000 {
		t.Fatalf("the schema is not where it was: %d bytes", len(text))
	}
	return text
}

// What code scanning needs besides the schema (docs.github.com: SARIF support).
func TestSARIFForGitHub(t *testing.T) {
	var log sarifLog
	if err := json.Unmarshal([]byte(written(t, "sarif", someFindings()["hostile"])), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	for _, r := range run.Results {
		uri := r.Locations[0].PhysicalLocation.ArtifactLocation.URI
		if !regexp.MustCompile(`^[A-Za-z0-9._~%/!$&'()*+,;=@:-]+$`).MatchString(uri) || r.PartialFingerprints["primaryLocationLineHash"] == "" || r.Message.Text == "" {
			t.Errorf("%q: %+v", uri, r)
		}
	}
	rule := run.Tool.Driver.Rules[0]
	if rule.Properties.SecuritySeverity != "8.0" || rule.Help.Markdown == "" || rule.Properties.Tags[1] != "external/cwe/cwe-295" {
		t.Errorf("%+v", rule)
	}
}

func TestXMLFormats(t *testing.T) {
	for _, format := range []string{"junit", "checkstyle"} {
		for name, list := range someFindings() {
			d := xml.NewDecoder(strings.NewReader(written(t, format, list)))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s, %s: %v", format, name, err)
				}
			}
		}
	}
	var suites junitSuites
	if err := xml.Unmarshal([]byte(written(t, "junit", someFindings()["some"])), &suites); err != nil {
		t.Fatal(err)
	}
	if suites.Tests != 2 || suites.Failures != 2 || len(suites.Suites) != 1 {
		t.Errorf("%+v", suites)
	}
}

// Each annotation is one line, whatever the texts hold.
func TestGitHubAnnotations(t *testing.T) {
	text := written(t, "github", someFindings()["hostile"])
	if n := strings.Count(text, "\n::"); n != 1 || strings.Count(text, "\n") != 3 {
		t.Errorf("annotations begin where none should:\n%s", text)
	}
	if !strings.HasPrefix(text, "::error file=deploy/fetch.sh,line=3,endLine=3,col=6,endColumn=8,title=MUX-CURL-001 (high)::curl takes any certificate. Remove the option.\n") {
		t.Error(text)
	}
}

func TestCaret(t *testing.T) {
	f := someFindings()["some"]
	want := "deploy/fetch.sh:3:6: high MUX-CURL-001: curl takes any certificate\n  curl -k https://mux.example.com/\n       ^^\n"
	if got := written(t, "table", f); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s", got)
	}
	f.List[0].Place.Snippet = "\t\x1b€\twide 界 -k"
	f.List[0].Place.Column, f.List[0].Place.EndColumn = 12, 14
	if got := written(t, "table", f); !strings.Contains(got, "\n  \\x1b€    wide 界 -k\n                   ^^\n") {
		t.Errorf("got\n%s", got)
	}
	f.List[0].Place.Snippet = strings.Repeat("x", 5000) + "-k" + strings.Repeat("y", 5000)
	f.List[0].Place.Column, f.List[0].Place.EndColumn = 5001, 5003
	if got := written(t, "table", f); !strings.Contains(got, "x-ky") || len(got) > 900 {
		t.Errorf("got\n%s", got)
	}
}

// Nothing that a file brings becomes markup.
func TestHTMLEscapes(t *testing.T) {
	text := written(t, "html", someFindings()["hostile"])
	if strings.Contains(text, "<script") || strings.Contains(text, "<b>|") || !strings.Contains(text, "&lt;script&gt;") {
		t.Error("what stands in a file became markup")
	}
	if strings.Count(text, "<details") != strings.Count(text, "</details>") || strings.Count(text, "<article") != 2 {
		t.Error("elements are not closed")
	}
}
