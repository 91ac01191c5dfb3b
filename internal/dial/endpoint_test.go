package dial

import (
	"errors"
	"strings"
	"testing"
)

func TestParseEndpoint(t *testing.T) {
	for text, want := range map[string]string{
		"mux.example.com:443":              "mux.example.com:443",
		"192.0.2.1:443":                    "192.0.2.1:443",
		"[2001:db8::1]:443":                "[2001:db8::1]:443",
		"mux:0443":                         "mux:443",
		"smtp+starttls://mail:587":         "smtp+starttls://mail:587",
		"smtp+starttls://mail":             "smtp+starttls://mail:25",
		"ldap+starttls://[2001:db8::1]":    "ldap+starttls://[2001:db8::1]:389",
		"xmpp-server+starttls://chat:5269": "xmpp-server+starttls://chat:5269",
		"":                                 "",
		"mux":                              "",
		":443":                             "",
		"mux:":                             "",
		"mux:https":                        "",
		"mux:0":                            "",
		"mux:65536":                        "",
		"2001:db8::1:443":                  "",
		"https://mux":                      "mux:443",
		"HTTPS://mux:8443/a:b?c@d#e":       "mux:8443",
		"https://[::1]/":                   "[::1]:443",
		"tls://mux":                        "mux:443",
		"ldaps://mux":                      "mux:636",
		"smtps://mux:1":                    "mux:1",
		"bücher.example:443":               "xn--bcher-kva.example:443",
		"sieve+starttls://mail":            "sieve+starttls://mail:4190",
		"http://mux":                       "",
		"tls://mux/":                       "",
		"https://":                         "",
		"https:///":                        "",
		"https://me:secret@mux":            "",
		"https://me:se@cret:secret@mux":    "",
		"me:secret@mux:443":                "",
		"mux\r\nHost: other:443":           "",
		"mu\x00x:443":                      "",
		"smtp://mail:25":                   "",
		"gopher+starttls://mail:70":        "",
		"+starttls://mail:70":              "",
		"smtp+starttls://":                 "",
		"smtp+starttls://mail:":            "",
		"smtp+starttls://mail/":            "",
		"smtp+starttls://me@mail":          "",
	} {
		got, err := ParseEndpoint(text)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
		if e, ok := errors.AsType[*EndpointError](err); err != nil && (!ok || !strings.Contains(e.Hint(), "postgres") || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%q: %v", text, err)
		}
		if again, err := ParseEndpoint(got.String()); want != "" && (err != nil || again != got) {
			t.Errorf("%q: %v, %v", got, again, err)
		}
	}
}
