package lint

import (
	"strings"
	"testing"

	"muxkey/internal/finding"
	"muxkey/policy/lint/rules"
)

// TestPlaces: what a report shows of a line.
func TestPlaces(t *testing.T) {
	long := strings.Repeat("ä", 1000)
	for _, c := range []struct {
		text         string
		line, column int
		snippet      string
		begins       int
	}{
		{"a\r\n  marker b\r\nc", 2, 3, "  marker b", 0},
		{"marker", 1, 1, "marker", 0},
		{"ä\n\nöö marker", 3, 4, "öö marker", 0},
		{long + "marker" + long, 1, 1001, strings.Repeat("ä", 98) + "marker" + strings.Repeat("ä", 98), 903},
		{"marker" + long, 1, 1, "marker" + strings.Repeat("ä", 197), 0},
		{long + "marker", 1, 1001, strings.Repeat("ä", 197) + "marker", 804},
	} {
		list := marker().Text("a.txt", []byte(c.text)).Findings
		if len(list) != 1 {
			t.Fatalf("%.20q: %d findings", c.text, len(list))
		}
		p := list[0].Place
		if p.Line != c.line || p.Column != c.column || p.EndColumn != c.column+6 || p.Snippet != c.snippet || p.SnippetColumn != c.begins {
			t.Errorf("%.20q: %+v", c.text, p)
		}
	}
}

// TestSecretsAreCovered: a line with a finding may hold what nobody should read.
func TestSecretsAreCovered(t *testing.T) {
	for file, c := range map[string]struct{ text, snippet string }{
		"a.properties": {"url.password=s3cret-marker", "url.password=*************"},
		"b.properties": {"db.url=postgresql://me:s3cret@db.example.com/x?marker=1", "db.url=postgresql://me:******@db.example.com/x?marker=1"},
		"c.sh":         {"curl -u me:s3cret --marker https://a.example.com", "curl -u me:****** --marker https://a.example.com"},
		"d.sh":         {"tool --password s3cret --token=abcdef --marker", "tool --password ****** --token=****** --marker"},
		"g.yaml":       {"run: |\n  tool --password s3cret --marker\n", "  tool --password ****** --marker"},
		"e.properties": {"marker.password=${PASSWORD}", "marker.password=${PASSWORD}"},
		"f.properties": {"marker.use.password=true", "marker.use.password=true"},
	} {
		list := marker().Text(file, []byte(c.text)).Findings
		if len(list) != 1 || list[0].Place.Snippet != c.snippet {
			t.Errorf("%s: %+v, wanted %q", c.text, list, c.snippet)
		}
	}
}

// TestFingerprints: they survive what moves lines, and tell equal lines apart.
func TestFingerprints(t *testing.T) {
	prints := func(path, text string) []string {
		var out []string
		for _, f := range marker().Text(path, []byte(text)).Findings {
			out = append(out, f.Fingerprint)
		}
		return out
	}
	same := func(what string, a, b []string, want bool) {
		t.Helper()
		if (strings.Join(a, " ") == strings.Join(b, " ")) != want {
			t.Errorf("%s: %v and %v", what, a, b)
		}
	}
	first := prints("a.txt", "a: marker b\n")
	same("moved and indented", first, prints("a.txt", "x\ny\n\n   a:  marker b\r\nz\n"), true)
	same("another file", first, prints("b.txt", "a: marker b\n"), false)
	same("another line", first, prints("a.txt", "a: marker c\n"), false)
	two := prints("a.txt", "a: marker b\nmarker\na: marker b\n")
	if len(two) != 3 || two[0] != first[0] || two[0] == two[2] || two[1] == two[2] {
		t.Errorf("equal lines: %v", two)
	}
	same("two on one line", prints("a.txt", "marker marker\n")[:1], prints("a.txt", "marker marker\n")[1:], false)
	same("a secret that changes", prints("a.properties", "marker.password=one\n"), prints("a.properties", "marker.password=two\n"), true)
}

func TestContexts(t *testing.T) {
	for _, c := range []struct{ path, host, want string }{
		{"src/main/app.yaml", "", ""},
		{"src/test/app.yaml", "", "test"},
		{"Tests/app.yaml", "", "test"},
		{"pkg/client_test.go", "", "test"},
		{"src/ClientTest.java", "", "test"},
		{"src/contest/Latest.java", "", ""},
		{"attestation/a.go", "", ""},
		{"web/login.spec.ts", "", "test"},
		{"README.md", "", "documentation"},
		{"docs/install.sh", "", "documentation"},
		{"docs/test/a.sh", "", "test"},
		{"dockerfiles/Dockerfile", "", ""},
		{"deploy/values.yaml", "localhost", "loopback"},
		{"deploy/values.yaml", "127.8.9.1", "loopback"},
		{"deploy/values.yaml", "[::1]", "loopback"},
		{"deploy/values.yaml", "app.localhost", "loopback"},
		{"deploy/values.yaml", "localhost.example.com", ""},
		{"deploy/values.yaml", "127.0.0.1.example.com", ""},
		{"deploy/values.yaml", "10.0.0.1", ""},
		{"deploy/values.yaml", "Mux.example.com", "allowed host"},
		{"test/values.yaml", "localhost", "test loopback"},
	} {
		if got := strings.Join(contexts(c.path, c.host, []string{"mux.example.com"}), " "); got != c.want {
			t.Errorf("%s, host %q: %q, wanted %q", c.path, c.host, got, c.want)
		}
	}
	l := New([]rules.Rule{{Rule: finding.Rule{ID: "MUX-TEST-001", Severity: finding.High}, Match: marker().all[0].Match}}, Policy{})
	if f := l.Text("test/a.txt", []byte("marker")).Findings; len(f) != 1 || f[0].Severity != finding.Medium || strings.Join(f[0].Context, "") != "test" {
		t.Errorf("in a test: %+v", f)
	}
}
