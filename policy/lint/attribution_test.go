package lint

import (
	"strings"
	"testing"

	"muxkey/internal/finding"
	"muxkey/policy/lint/rules"
)

// TestOnePlaceOneRule lets all rules see the bad examples of each. Of a place only
// one group may speak, so that nobody reads what is wrong with a product that is
// not there.
func TestOnePlaceOneRule(t *testing.T) {
	all := rules.All()
	var list []rules.Rule
	for r := range all.All() {
		list = append(list, r)
	}
	linter := New(list, Policy{})
	group := func(id string) string { return strings.Split(id, "-")[1] }
	for _, r := range list {
		for _, e := range r.Bad {
			out := linter.Text(e.File, []byte(strings.NewReplacer("«", "", "»", "").Replace(e.Text)))
			for i, a := range out.Findings {
				for _, b := range out.Findings[i+1:] {
					if group(a.Rule) != group(b.Rule) && overlap(a.Place, b.Place) {
						t.Errorf("%s and %s speak of %q in the example %s of %s:\n%s", a.Rule, b.Rule, a.Place.Snippet, e.File, r.ID, e.Text)
					}
				}
			}
		}
	}
}

func overlap(a, b *finding.Location) bool {
	return a.Line == b.Line && a.EndLine == b.EndLine && a.Column < b.EndColumn && b.Column < a.EndColumn
}

// TestForeignKeys holds to whom a place of public trees belongs, which several
// products could claim by the name of its key.
func TestForeignKeys(t *testing.T) {
	var list []rules.Rule
	for r := range rules.All().All() {
		list = append(list, r)
	}
	linter := New(list, Policy{})
	for _, c := range []struct{ file, text, want string }{
		{"telegraf.conf", "[[inputs.vsphere]]\n  insecure_skip_verify = true\n", "MUX-LOGSHIPPERS-001"},
		{"influxdata/telegraf.conf", "[[outputs.influxdb]]\n  insecure_skip_verify = true\n", "MUX-LOGSHIPPERS-001"},
		{"vsphere.toml", "[client]\n  insecure_skip_verify = true\n", "MUX-ANY-001"},
		{"static.json", `{"providers": {"consul": {"tls": {"insecureSkipVerify": true}}}, "tracing": {"jaeger": {}}}`, "MUX-ANY-001"},
		{"file.yaml", "metrics:\n  otlp:\n    http:\n      tls:\n        insecureSkipVerify: true\n", "MUX-ANY-001"},
		{"nginx/configmap.yaml", "data:\n  nginx.conf: |\n    server {\n      location / {\n        proxy_pass https://b.corp.net;\n        proxy_ssl_verify off;\n      }\n    }\n", "MUX-NGINX-001"},
		{"zoo.cfg", "ssl.hostnameVerification=false\n", "MUX-KAFKA-004"},
		{"Zoo.java", "class Zoo { void f() { config.put(\"ssl.hostnameVerification\", \"false\"); } }\n", "MUX-KAFKA-004"},
		{"fetch.py", "fetch_url(module, url, validate_certs=False)\nARGS = {'validate_certs': False}\n", "MUX-PYTHON-104"},
		{"tasks/main.yml", "- uri:\n    url: https://b.corp.net\n    validate_certs: false\n", "MUX-ANSIBLE-001"},
		{"a.go", "package a\n\nvar m = map[string]any{\"Middleware\": dynamic.ForwardAuth{TLS: &dynamic.ClientTLS{InsecureSkipVerify: true}}}\n", "MUX-GO-001"},
	} {
		for _, f := range linter.Text(c.file, []byte(c.text)).Findings {
			if f.Rule != c.want {
				t.Errorf("%s of %s: %s, wanted %s", f.Place.Snippet, c.file, f.Rule, c.want)
			}
		}
		if len(linter.Text(c.file, []byte(c.text)).Findings) == 0 {
			t.Errorf("nothing was found in %s:\n%s", c.file, c.text)
		}
	}
}
