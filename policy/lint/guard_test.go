package lint

import (
	"strings"
	"testing"
)

func TestGuarded(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"Go", "func f() {\n\tif opts.Insecure {\n\t\tc.InsecureSkipVerify = @true\n\t}\n}\n", true},
		{"Go, on", "func f() {\n\tif opts.Proxy != nil {\n\t\tc.InsecureSkipVerify = @true\n\t}\n}\n", false},
		{"Go, behind", "func f() {\n\tif opts.Insecure {\n\t\tlog.Print()\n\t}\n\tc.InsecureSkipVerify = @true\n}\n", false},
		{"Go, another function", "func f() {\n\tif insecure {\n\t\tg()\n\t}\n}\n\nfunc g() {\n\tc.InsecureSkipVerify = @true\n}\n", false},
		{"Go, a literal", "func f() {\n\tif opts.SkipVerify {\n\t\tc = &tls.Config{\n\t\t\tInsecureSkipVerify: @true,\n\t\t}\n\t}\n}\n", true},
		{"Python", "def f():\n    if not validate_certs:\n        ctx.verify_mode = @ssl.CERT_NONE\n", true},
		{"Python, else", "def f():\n    if self.verify:\n        a()\n        b()\n    else:\n        ctx.verify_mode = @ssl.CERT_NONE\n", true},
		{"Python, else of another", "def f():\n    if proxy:\n        a()\n    else:\n        ctx.verify_mode = @ssl.CERT_NONE\n", false},
		{"JavaScript, one line", "if (!options.strictSSL) o.rejectUnauthorized = @false;\n", true},
		{"JavaScript, by itself", "const o = { rejectUnauthorized: @false };\n", false},
		{"Ruby, behind", "http.verify_mode = @OpenSSL::SSL::VERIFY_NONE if insecure\n", true},
		{"PHP, else", "function f() {\n    if ($options['verify']) {\n        a();\n    } else {\n        $conf[CURLOPT_SSL_VERIFYPEER] = @false;\n    }\n}\n", true},
		{"C, brace below", "int f(void)\n{\n    if (data->insecure)\n    {\n        curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, @0L);\n    }\n}\n", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := strings.IndexByte(c.text, '@')
			if got := guarded([]byte(strings.Replace(c.text, "@", "", 1)), at); got != c.want {
				t.Errorf("guarded: %v", got)
			}
		})
	}
}

func TestGuards(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"Helm", "{{- if and .Values.tls .Values.useAutoTLS }}\na: @x\n{{- end }}\n", true},
		{"Helm, behind", "{{- if .Values.insecure }}\na: y\n{{- end }}\na: @x\n", false},
		{"Helm, of something else", "{{- if .Values.metrics }}\na: @x\n{{- end }}\n", false},
		{"Helm, around", "{{- if .Values.insecure }}{{ range .Values.list }}\na: @x\n{{ end }}{{ end }}\n", true},
		{"Helm, else", "{{- if .Values.verify }}\na: y\n{{- else }}\na: @x\n{{- end }}\n", true},
		{"Helm, else if", "{{- if .Values.a }}\na: y\n{{- else if .Values.skipVerify }}\na: @x\n{{- end }}\n", true},
		{"Jinja", "{% if not validate_certs %}\na: @x\n{% endif %}\n", true},
		{"Jinja, never closed", "{% if insecure %}\na: @x\n", true},
		{"more ends than beginnings", "{{ end }}{{ end }}{{ else }}\na: @x\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := strings.IndexByte(c.text, '@')
			got := false
			for _, s := range guards([]byte(strings.Replace(c.text, "@", "", 1))) {
				got = got || s.Start <= at && at < s.End
			}
			if got != c.want {
				t.Errorf("within a guard: %v", got)
			}
		})
	}
}
