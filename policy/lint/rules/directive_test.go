package rules

import (
	"slices"
	"testing"

	"muxkey/policy/lint/syntax"
)

// picked are what a pick finds in a text.
func picked(text string, pick func(syntax.Value) []syntax.Span) []string {
	var out []string
	for _, s := range pick(syntax.Value{Text: text, Span: syntax.Span{Start: 0, End: len(text)}}) {
		out = append(out, text[s.Start:s.End])
	}
	return out
}

func TestOldProtocols(t *testing.T) {
	for _, c := range []struct {
		list string
		want []string
	}{
		{"TLSv1.2 TLSv1.3", nil},
		{"TLSv1 TLSv1.1 TLSv1.2", []string{"TLSv1", "TLSv1.1"}}, // nginx
		{"SSLv2,SSLv3", []string{"SSLv2", "SSLv3"}},
		{"all", []string{"all"}}, // Apache
		{"all -SSLv3", []string{"all"}},
		{"all -SSLv2 -SSLv3 -TLSv1", []string{"all"}},
		{"all -SSLv3 -TLSv1 -TLSv1.1", nil},
		{"-all +TLSv1.2 +TLSv1.3", nil},
		{"-all +TLSv1 +TLSv1.2", []string{"+TLSv1"}},
		{"+TLSv1 -TLSv1", nil},
		{"TLSv1 -all TLSv1.2", nil},
		{"!SSLv2, !SSLv3", nil}, // Postfix
		{"SSLv3, !TLSv1", []string{"SSLv3"}},
		{">=TLSv1.2, <=TLSv1.3", nil},
		{">=TLSv1", []string{">=TLSv1"}},
		{"<=TLSv1.2", nil},
		{"TLSv1_0", []string{"TLSv1_0"}},      // Envoy
		{"tls1.0 tls1.2", []string{"tls1.0"}}, // Caddy
		{"[\"TLSv1.1\", \"TLSv1.2\"]", []string{"TLSv1.1"}},
		{"'TLSv1'", []string{"TLSv1"}},
		{"SSLv23", nil}, // OpenSSL's name for the newest that both have
		{"TLS", nil},
		{"", nil},
		{"-", nil},
	} {
		if got := picked(c.list, oldProtocols); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, wanted %q", c.list, got, c.want)
		}
	}
	if got := oldProtocols(syntax.Value{Text: "{{ protocols | default('TLSv1') }}", Form: syntax.Template}); got != nil {
		t.Errorf("a template: %v", got)
	}
}

func TestBrokenCiphers(t *testing.T) {
	for _, c := range []struct {
		list         string
		want, triple []string
	}{
		{"HIGH:!aNULL:!MD5", nil, nil},
		{"ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384", nil, nil},
		{"HIGH:RC4-SHA", []string{"RC4-SHA"}, nil},
		{"RC4+RSA:+HIGH", []string{"RC4+RSA"}, nil},
		{"ALL:+RC4:@STRENGTH", nil, nil}, // only the order
		{"ECDHE-RSA-RC4-SHA:!RC4", nil, nil},
		{"ALL:aNULL", []string{"aNULL"}, nil},
		{"NULL-SHA:eNULL", []string{"NULL-SHA", "eNULL"}, nil},
		{"DES-CBC3-SHA:EDH-RSA-DES-CBC3-SHA", nil, []string{"DES-CBC3-SHA", "EDH-RSA-DES-CBC3-SHA"}},
		{"DES-CBC3-SHA:!3DES", nil, nil},
		{"DES-CBC-SHA", []string{"DES-CBC-SHA"}, nil},
		{"EXP-RC4-MD5", []string{"EXP-RC4-MD5"}, nil},
		{"EXP-RC4-MD5:!EXPORT", nil, nil},
		{"DEFAULT:@SECLEVEL=0", []string{"@SECLEVEL=0"}, nil},
		{"DEFAULT@SECLEVEL=1", nil, nil},
		{"DEFAULT@SECLEVEL=0", []string{"DEFAULT@SECLEVEL=0"}, nil},
		{"TLS_RSA_WITH_RC4_128_SHA", []string{"TLS_RSA_WITH_RC4_128_SHA"}, nil}, // IANA
		{"TLS_DH_anon_WITH_AES_128_CBC_SHA", []string{"TLS_DH_anon_WITH_AES_128_CBC_SHA"}, nil},
		{"TLS_RSA_WITH_3DES_EDE_CBC_SHA", nil, []string{"TLS_RSA_WITH_3DES_EDE_CBC_SHA"}},
		{"'HIGH:LOW'", []string{"LOW"}, nil},
	} {
		if got := picked(c.list, brokenCiphers); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, wanted %q", c.list, got, c.want)
		}
		if got := picked(c.list, tripleDES); !slices.Equal(got, c.triple) {
			t.Errorf("3DES in %q: %q, wanted %q", c.list, got, c.triple)
		}
	}
}
