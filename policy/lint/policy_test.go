package lint

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"muxkey/internal/finding"
	"muxkey/policy/lint/rules"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func allRules() []rules.Rule { return slices.Collect(rules.All().All()) }

// schema is the published one.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile("../../docs/schema/muxkey.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("muxkey.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("muxkey.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valid(t *testing.T, s *jsonschema.Schema, text string) error {
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

const wholePolicy = `version: 1
lint:
  fail-on: high
  rules:
    only: [MUX-CURL, git]
    skip: [MUX-GIT-002]
  severities:
    MUX-CURL: low
    MUX-CURL-001: critical
  include: ["*.sh", deploy/]
  exclude: ["vendor/**", "deploy/old"]
  allowed-hosts: ["*.lab.example.com", 10.0.0.0/8, db.example.com]
  baseline: known.json
`

func TestPolicy(t *testing.T) {
	p, err := ParsePolicy([]byte(wholePolicy), "/srv", allRules())
	if err != nil {
		t.Fatal(err)
	}
	if err := valid(t, schema(t), wholePolicy); err != nil {
		t.Errorf("the schema refuses it: %v", err)
	}
	for id, want := range map[string]bool{"MUX-CURL-001": true, "MUX-GIT-001": true, "MUX-GIT-002": false, "MUX-WGET-001": false} {
		if p.chooses(id) != want {
			t.Errorf("%s is chosen: %v", id, !want)
		}
	}
	for id, want := range map[string]finding.Severity{"MUX-CURL-001": finding.Critical, "MUX-CURL-002": finding.Low, "MUX-GIT-001": ""} {
		if got, _ := p.severity(id); got != want {
			t.Errorf("%s has the severity %q, want %q", id, got, want)
		}
	}
	for file, want := range map[string]bool{
		"/srv/a.sh": true, "/srv/x/y/a.sh": true, "/srv/a.py": false, "/srv/deploy/a.py": true, "/srv/deploy/old/a.sh": false,
		"/srv/vendor/a.sh": false, "/elsewhere/a.py": true,
	} {
		if p.reads(filepath.FromSlash(file), false) != want {
			t.Errorf("%s is read: %v", file, !want)
		}
	}
	if !p.reads("/srv/src", true) || p.reads("/srv/deploy/old", true) {
		t.Error("directories are chosen wrongly")
	}
	for host, want := range map[string]bool{
		"a.lab.example.com": true, "LAB.example.com": false, "10.1.2.3": true, "11.1.2.3": false, "db.example.com.": true, "xdb.example.com": false, "[::ffff:10.0.0.1]": true,
	} {
		if got := slices.ContainsFunc(p.AllowedHosts, func(a string) bool { return isHost(a, host) }); got != want {
			t.Errorf("%s is allowed: %v", host, got)
		}
	}
}

// What is wrong with a policy is said, and nothing of it is heeded: a word that is
// not understood may be the one that mattered.
func TestBadPolicies(t *testing.T) {
	s := schema(t)
	for _, tt := range []struct {
		text, want string
		schema     bool // refuses it too
	}{
		{"version: 2", "version 2", true},
		{"lint: {rulez: {}}", `unknown field "rulez"`, true},
		{"lint: {rules: {skip: [MUX-NOSUCH]}}", `no group of rules "MUX-NOSUCH"`, false},
		{"lint: {severities: {MUX-CURL-999: low}}", `"MUX-CURL-999"`, false},
		{"lint: {severities: {MUX-CURL: grave}}", `"grave"`, true},
		{"lint: {fail-on: always}", `"always"`, true},
		{"lint: {allowed-hosts: [10.0.0.0/99]}", `"10.0.0.0/99"`, false},
		{"lint: [", "it is no policy", true},
		{"lint: {exclude: {}}", "it is no policy", true},
		{strings.Repeat("#", maxPolicy+1), "more than", false},
	} {
		_, err := ParsePolicy([]byte(tt.text), "/srv", allRules())
		if !errors.Is(err, ErrPolicy) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.40s: got %v, want %s", tt.text, err, tt.want)
		}
		if tt.schema && valid(t, s, tt.text) == nil {
			t.Errorf("%.40s: the schema takes it", tt.text)
		}
	}
	for _, text := range []string{"", "# nothing\n", "version: 1\n", "lint: {}\n"} {
		if _, err := ParsePolicy([]byte(text), "/srv", allRules()); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSuppressions(t *testing.T) {
	const curl = "curl --insecure https://mux.example.com/"
	for _, tt := range []struct {
		name, file, text string
		want             []string // rule and line
	}{
		{"beside", "a.sh", curl + " # muxkey:allow MUX-CURL-001 reason=\"lab\"\n", nil},
		{"above", "a.sh", "# muxkey:allow MUX-CURL-001 reason=lab\n" + curl + "\n", nil},
		{"a group", "a.sh", "# muxkey:allow curl reason=lab\n" + curl + "\n", nil},
		{"two above", "a.sh", "# muxkey:allow MUX-GIT-001 reason=a\n# muxkey:allow MUX-CURL-001 reason=b\nGIT_SSL_NO_VERIFY=1 " + curl + "\n", nil},
		{"both in one", "a.sh", "# muxkey:allow MUX-GIT-001,MUX-CURL-001 reason=a\nGIT_SSL_NO_VERIFY=1 " + curl + "\n", nil},
		{"a command of several lines", "a.sh", "# muxkey:allow MUX-CURL-001 reason=a\ncurl \\\n  --insecure \\\n  https://mux.example.com\n", nil},
		{"no further", "a.sh", "# muxkey:allow MUX-CURL-001 reason=a\n" + curl + "\n" + curl + "\n", []string{"MUX-CURL-001 3"}},
		{"until today", "a.sh", "# muxkey:allow MUX-CURL-001 until=2026-11-22 reason=a\n" + curl + "\n", nil},
		{"until yesterday", "a.sh", "# muxkey:allow MUX-CURL-001 until=2026-11-21 reason=a\n" + curl + "\n", []string{"MUX-ALLOW-002 1", "MUX-CURL-001 2"}},
		{"no reason", "a.sh", "# muxkey:allow MUX-CURL-001\n" + curl + "\n", []string{"MUX-ALLOW-001 1", "MUX-CURL-001 2"}},
		{"an empty reason", "a.sh", "# muxkey:allow MUX-CURL-001 reason=\"\"\n" + curl + "\n", []string{"MUX-ALLOW-001 1", "MUX-CURL-001 2"}},
		{"another rule", "a.sh", "# muxkey:allow MUX-GIT-001 reason=a\n" + curl + "\n", []string{"MUX-ALLOW-003 1", "MUX-CURL-001 2"}},
		{"nothing there", "a.sh", "# muxkey:allow MUX-GIT-001 reason=a\ntrue\n", []string{"MUX-ALLOW-003 1"}},
		{"no such rule", "a.sh", "# muxkey:allow MUX-CURLS reason=a\n" + curl + "\n", []string{"MUX-ALLOW-004 1", "MUX-CURL-001 2"}},
		{"no rule", "a.sh", "# muxkey:allow reason=a\n" + curl + "\n", []string{"MUX-ALLOW-004 1", "MUX-CURL-001 2"}},
		{"a date that is none", "a.sh", "# muxkey:allow MUX-CURL-001 until=soon reason=a\n" + curl + "\n", []string{"MUX-ALLOW-004 1", "MUX-CURL-001 2"}},
		{"in YAML", "a.yml", "run: " + curl + " # muxkey:allow MUX-CURL-001 reason=a\n", nil},
		{"in XML", "a.config", "<!-- muxkey:allow MUX-CURL-001 reason=\"a\" -->\n<a/>\n", []string{"MUX-ALLOW-003 1"}},
		{"in JSON", ".devcontainer/package.json", "{\n  \"//\": \"muxkey:allow MUX-CURL-001 reason=\\\"a\\\"\",\n  \"scripts\": {\"a\": \"" + curl + "\"}\n}\n", nil},
		{"prose", "a.md", "Write `muxkey:allow RULE` into a comment.\n", nil},
		{"a string", "a.sh", "echo muxkey:allow MUX-CURL-001\n", nil},
	} {
		l := New(allRules(), Policy{Now: noon})
		var got []string
		for _, f := range l.Text(tt.file, []byte(tt.text)).Findings {
			got = append(got, f.Rule+" "+string(rune('0'+f.Place.Line)))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q in\n%s", tt.name, got, tt.want, tt.text)
		}
	}
}

// A suppression of a rule that is not applied is neither used nor unused.
func TestSuppressionOfWhatIsLeftOut(t *testing.T) {
	l := New(allRules(), Policy{Now: noon, Skip: []string{"curl"}})
	if out := l.Text("a.sh", []byte("# muxkey:allow curl reason=a\ntrue\n")); len(out.Findings) > 0 {
		t.Errorf("%+v", out.Findings)
	}
}

func TestFix(t *testing.T) {
	for _, tt := range []struct{ file, before, after string }{
		{"a.sh", "curl --insecure https://a.example/\n", "curl https://a.example/\n"},
		{"b.sh", "curl \\\n  --insecure \\\n  https://a.example/\n", "curl \\\n  https://a.example/\n"},
		{"c.gitconfig", "", ""},
		{".gitconfig", "[http]\n\tsslVerify = false\r\n", "[http]\n\tsslVerify = true\r\n"},
		{"two.sh", "curl --insecure a && curl --insecure b\n", "curl a && curl b\n"},
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, tt.file)
		if err := os.WriteFile(file, []byte(tt.before), 0o640); err != nil {
			t.Fatal(err)
		}
		l := New(allRules(), Policy{Now: noon})
		result, err := l.Run(t.Context(), Options{Paths: []string{file}})
		if err != nil {
			t.Fatal(err)
		}
		fixed, left := l.Fix(t.Context(), result.Findings)
		if len(left) > 0 {
			t.Errorf("%s: %v", tt.file, left[0].Err)
		}
		for _, f := range fixed {
			if err := f.Write(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil || string(got) != tt.after {
			t.Errorf("%s: got %q %v, want %q", tt.file, got, err, tt.after)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("%s: mode %v %v", tt.file, info.Mode(), err)
		}
	}
}

// What has changed since it was judged is left alone, and so is what is not UTF-8.
func TestFixLeaves(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.sh")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("curl --insecure https://a.example/\n")
	l := New(allRules(), Policy{Now: noon})
	result, err := l.Run(t.Context(), Options{Paths: []string{file}})
	if err != nil || len(result.Findings) != 1 {
		t.Fatal(result, err)
	}
	fixed, _ := l.Fix(t.Context(), result.Findings)
	write("true\ncurl --insecure https://a.example/\n")
	if err := fixed[0].Write(t.Context()); !errors.Is(err, ErrChanged) {
		t.Errorf("it was written: %v", err)
	}
	if _, left := l.Fix(t.Context(), result.Findings); len(left) != 1 || !errors.Is(left[0].Err, ErrChanged) {
		t.Errorf("%+v", left)
	}
	write("\uFEFFcurl --insecure https://a.example/\n")
	result, err = l.Run(t.Context(), Options{Paths: []string{file}})
	if err != nil || len(result.Findings) != 1 {
		t.Fatal(result, err)
	}
	if _, left := l.Fix(t.Context(), result.Findings); len(left) != 1 || !errors.Is(left[0].Err, ErrEncoding) {
		t.Errorf("%+v", left)
	}
}
