package dial

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParseProxy(t *testing.T) {
	for text, want := range map[string]string{
		"socks5h://user@host:1081":    "socks5h://user@host:1081",
		"socks5://host":               "socks5://host:1080",
		"SOCKS4://host":               "socks4://host:1080",
		"socks4a://me@[::1]":          "socks4a://me@[::1]:1080",
		"http://proxy.example/":       "http://proxy.example:80",
		"https://proxy.example":       "https://proxy.example:443",
		"http://a%40b@host:3128":      "http://a@b@host:3128",
		"http://a@b@host:3128":        "http://a@b@host:3128",
		"socks5://a%3Ab@host":         "socks5://a%3Ab@host:1080",
		"http://a%3Ab@host":           "",
		"host:1080":                   "",
		"ftp://host":                  "",
		"http://":                     "",
		"http://@host":                "",
		"http://host/path":            "",
		"http://host:0":               "",
		"http://%zz@host":             "",
		"socks4://a%00b@host":         "",
		"http://ho\r\nst":             "",
		"socks5://user:secret@host:1": "",
		"user:secret@host:1080":       "",
		"http://a:secret@b:c@host":    "",
		"http://:secret@host":         "",
	} {
		got, err := ParseProxy(text)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
		if e, ok := errors.AsType[*ProxyError](err); err != nil && (!ok || e.Hint() == "" || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%q: %v", text, err)
		}
		if again, err := ParseProxy(got.String()); want != "" && (err != nil || again.String() != got.String()) {
			t.Errorf("%q: %v, %v", got, again, err)
		}
	}
	p := Proxy{Scheme: "http", User: "me", Host: "host", Port: "1", Password: func() string { return "secret" }}
	if got := fmt.Sprintf("%v %+v %#v %s", p, p, p, &p); strings.Contains(got, "secret") {
		t.Error(got)
	}
}
