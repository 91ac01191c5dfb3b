package check

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// published is the schema of policies.
func published(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile("../../docs/schema/check.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("check.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("check.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fits(s *jsonschema.Schema, text string) error {
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

const wholePolicy = `version: 1
fail-on: high
baseline: known.json
defaults:
  profile: internal
  password: env:STORE_PW
  warn-days: 30
  fail-days: 14
profiles:
  lab:
    profile: internal
    warn-days: 3
    renew-after: 0.9
targets:
  - path: keystores/*.p12
    password: file:passwords/{name}.txt
    alias: mux
    hosts: [mux.example.com, www.example.com]
    trust: ca.pem
    clients: java openssl
    for: [java-17]
    profile: lab
    mode: "0640"
    pins: 0011223344556677001122334455667700112233445566770011223344556677
  - url: smtp+starttls://mail.example.com
    min-tls: "1.2"
    ocsp: staple
    timeout: 5s
  - inventory: fleet.csv
services:
  - name: mux
    keystore: keystores/mux.p12
    server: tls://mux.example.com:443
checks:
  - id: ORG-KEY-001
    title: keys are EC
    each: certificate
    require: 'true'
    severity: low
rules:
  only: [OPEN, MUX-POLICY-001]
  skip: MUX-OPEN-002
severities:
  MUX-OPEN: critical
allow:
  - rules: [MUX-OPEN-001]
    targets: keystores/old.p12
    reason: it goes in spring
    until: 2027-03-31
`

func TestWholePolicy(t *testing.T) {
	text := strings.ReplaceAll(wholePolicy, "  skip: MUX-OPEN-002\n", "")
	p, err := ParsePolicy([]byte(text), "etc/muxkey.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := fits(published(t), text); err != nil {
		t.Errorf("the schema refuses it: %v", err)
	}
	s, err := p.settings(p.Targets[0])
	if err != nil {
		t.Fatal(err)
	}
	if *s.WarnDays != 3 || *s.FailDays != 14 || s.Password != "file:passwords/{name}.txt" || len(s.Hosts) != 2 || len(s.Clients) != 2 || s.Profile != "lab" {
		t.Errorf("the target has %+v", s)
	}
	if got := p.base("lab"); got != "internal" {
		t.Errorf("lab stands on %s", got)
	}
	if p.Targets[1].line != 25 || p.Targets[1].column != 5 {
		t.Errorf("the second target stands at %d:%d", p.Targets[1].line, p.Targets[1].column)
	}
	if got := p.source(s.Password, "etc/keystores/mux.p12"); got != "file:etc/passwords/mux.txt" {
		t.Errorf("the password is in %s", got)
	}
}

// Sources are relative to the policy, wherever that and the target are.
func TestSources(t *testing.T) {
	for _, test := range []struct{ dir, spec, target, want string }{
		{".", "file:pw", "mux.p12", "file:pw"},
		{"etc", "file:pw", "etc/mux.p12", "file:etc/pw"},
		{"etc", "file:../pw", "mux.p12", "file:pw"},
		{"etc", "file:stores/pw", "stores/mux.p12", "file:etc/stores/pw"},
		{"etc", "file:{dir}/{name}.pw", "stores/mux.p12", "file:stores/mux.pw"},
		{"etc", "file:pw/{name}", "stores/mux.p12", "file:etc/pw/mux"},
		{"etc", "file:/run/{name}.pw", "stores/mux.jks", "file:/run/mux.pw"},
		{"etc", "env:PW", "mux.p12", "env:PW"},
	} {
		if got := (&Policy{Dir: test.dir}).source(test.spec, test.target); got != test.want {
			t.Errorf("%s in %s for %s: %s, want %s", test.spec, test.dir, test.target, got, test.want)
		}
	}
}

// The examples of the guide that are no sessions.
func TestGuide(t *testing.T) {
	text, err := os.ReadFile("../../docs/check.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := strings.Split(string(text), "\n```yaml\n")[1:]
	if len(examples) < 3 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, example := range examples {
		example, _, _ := strings.Cut(example, "```")
		if _, err := ParsePolicy([]byte(example), "muxkey.yaml"); err != nil {
			t.Errorf("%v:\n%s", err, example)
		}
		if err := fits(published(t), example); err != nil {
			t.Errorf("the schema refuses it: %v:\n%s", err, example)
		}
	}
}

func TestWrongPolicies(t *testing.T) {
	s := published(t)
	for _, tt := range []struct{ text, says, near string }{
		{"targets:\n  - path: a.p12\n    pasword: env:PW\n", `line 3, column 5: there is no setting "pasword" here`, "password"},
		{"target:\n  - path: a.p12\n", `line 1, column 1: there is no setting "target" here`, "targets"},
		{"targets:\n  - path: [a\n", "line 2, column 11", ""},
		{"targets:\n  - path: {a: b}\n", "line 2", ""},
		{"targets:\n  - hosts: a\n", "line 2, column 5: a target has one of path, url and inventory", ""},
		{"targets:\n  - path: a\n    url: tls://b:1\n", "a target has one of", ""},
		{"targets:\n  - path: a\n    profile: publik-tls\n", `there is no profile "publik-tls"`, "public-tls"},
		{"targets:\n-\n", "an item of a list is empty", ""},
		{"profiles:\n  a: {profile: b}\n  b: {profile: a}\n", "stands on none of", ""},
		{"defaults:\n  profile: lan\n", `there is no profile "lan"`, ""},
		{"version: 2\n", "version 2 is not known here", ""},
		{"fail-on: bad\n", `fail-on "bad"`, ""},
		{"rules:\n  skip: MUX-OPEN-101\n", `there is no rule and no group of rules "MUX-OPEN-101"`, "MUX-OPEN-001"},
		{"severities:\n  MUX-OPEN-001: bad\n", `the severity "bad"`, ""},
		{"allow:\n  - rules: MUX-OPEN-001\n", "line 2, column 5: this suppression gives no reason", ""},
		{"allow:\n  - rules: MUX-OPEN-001\n    reason: x\n    until: soon\n", `until "soon" is no date`, ""},
		{"services:\n  - keystore: a\n", "a service needs a name", ""},
		{strings.Repeat("#", maxPolicy+1), "more than", ""},
	} {
		_, err := ParsePolicy([]byte(tt.text), "muxkey.yaml")
		e, ok := errors.AsType[*PolicyError](err)
		switch {
		case !ok || !strings.Contains(err.Error(), tt.says) || !strings.HasPrefix(err.Error(), "reading the policy muxkey.yaml: "):
			t.Errorf("%.40q: got %v, want %q", tt.text, err, tt.says)
		case e.Nearest != tt.near || e.Hint() == "":
			t.Errorf("%.40q: meant %q, want %q", tt.text, e.Nearest, tt.near)
		}
	}
	for _, text := range []string{"targets:\n  - path: a.p12\n    pasword: env:PW\n", "fail-on: bad\n", "version: 2\n", "targets:\n  - path: {a: b}\n"} {
		if fits(s, text) == nil {
			t.Errorf("the schema takes %q", text)
		}
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add([]byte(wholePolicy))
	f.Add([]byte("targets: [{path: a, hosts: b}]"))
	f.Add([]byte("defaults: &a\n  warn-days: 1\nprofiles:\n  x: *a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePolicy(data, "muxkey.yaml")
		if err != nil {
			if _, ok := errors.AsType[*PolicyError](err); !ok {
				t.Errorf("%v is no *PolicyError", err)
			}
			return
		}
		for _, target := range p.Targets {
			_, _ = p.settings(target)
		}
	})
}
