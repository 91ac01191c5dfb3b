package uri_test

import (
	"testing"

	"muxkey/internal/keytool/uri"
)

// Measured with java.net.URI of JDK 17.0.21 and 25.0.3; package extension holds
// many more against it.
func TestParse(t *testing.T) {
	for _, tt := range []struct {
		text string
		want uri.URI
		ok   bool
	}{
		{"http://u:p@a.b:80/x?y#z", uri.URI{Scheme: "http", Specific: "//u:p@a.b:80/x?y", Host: "a.b"}, true},
		{"http://[fe80::1%eth0]/", uri.URI{Scheme: "http", Specific: "//[fe80::1%eth0]/", Host: "[fe80::1%eth0]"}, true},
		{"http://a_b/", uri.URI{Scheme: "http", Specific: "//a_b/"}, true}, // an authority, and no host
		{"http://a.1/", uri.URI{Scheme: "http", Specific: "//a.1/"}, true},
		{"http://1.2.3.4/", uri.URI{Scheme: "http", Specific: "//1.2.3.4/", Host: "1.2.3.4"}, true},
		{"ldap:///cn=a", uri.URI{Scheme: "ldap", Specific: "///cn=a"}, true},
		{"urn:x:é", uri.URI{Scheme: "urn", Specific: "x:é"}, true},
		{".example.com", uri.URI{Specific: ".example.com"}, true},
		{"", uri.URI{}, true},
		{text: "http://"},
		{text: "http://a b/"},
		{text: "http://[x]/"},
		{text: "http://a/%zz"},
		{text: "http://a/{x}"},
		{text: "1http://a"},
		{text: "x:"},
		{text: "x:#a"},
		{text: ":x"},
	} {
		got, ok := uri.Parse(tt.text)
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("%q: got %+v, %t; want %+v, %t", tt.text, got, ok, tt.want, tt.ok)
		}
	}
	if got := uri.ASCII("x:e\u0301"); got != "x:%C3%A9" {
		t.Errorf("got %s", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"http://u@[::1%1]:80/p?q#f", "urn:a", "//a:b@c:1/", "x:/%41"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, ok := uri.Parse(text)
		if _, again := uri.Parse(uri.ASCII(text)); ok && !again && u.Host == "" && u.Scheme != "" {
			t.Errorf("%q is one, and %q is none", text, uri.ASCII(text))
		}
	})
}
