package acme

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"muxkey/certgen"
)

func TestIdentifiers(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		template x509.CertificateRequest
		want     string // or what the error says
	}{
		{x509.CertificateRequest{DNSNames: []string{"Mux.Example.com", "mux.example.com", "*.example.com"}}, "mux.example.com, *.example.com"},
		{x509.CertificateRequest{IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1), net.ParseIP("2001:DB8::1")}}, "192.0.2.1, 2001:db8::1"},
		{x509.CertificateRequest{Subject: pkix.Name{CommonName: "mux.example.com"}, DNSNames: []string{"chat.example.com"}}, "chat.example.com, mux.example.com"},
		{x509.CertificateRequest{Subject: pkix.Name{CommonName: "mux.example.com"}, DNSNames: []string{"mux.example.com"}}, "mux.example.com"},
		{x509.CertificateRequest{Subject: pkix.Name{CommonName: "Mux Server"}, DNSNames: []string{"mux.example.com"}}, "mux.example.com"},
		{x509.CertificateRequest{Subject: pkix.Name{CommonName: "ops@example.com"}, DNSNames: []string{"mux.example.com"}}, "mux.example.com"},
		{x509.CertificateRequest{Subject: pkix.Name{CommonName: "mux"}, DNSNames: []string{"mux.example.com"}}, "mux.example.com"},
		{x509.CertificateRequest{Subject: pkix.Name{CommonName: "192.0.2.1"}}, "192.0.2.1"},
		{x509.CertificateRequest{DNSNames: strings.Split("a.example b.example c.example d.example e.example f.example g.example", " ")}, "a.example, b.example, c.example, d.example, e.example and 2 more"},
		{x509.CertificateRequest{}, "it names no host"},
		{x509.CertificateRequest{Subject: pkix.Name{CommonName: "Mux Server"}}, "it names no host"},
		{x509.CertificateRequest{DNSNames: []string{"mux.example.com"}, EmailAddresses: []string{"a@example.com"}}, "email addresses"},
		{x509.CertificateRequest{DNSNames: []string{"mux.example.com"}, URIs: []*url.URL{{Scheme: "urn", Opaque: "a"}}}, "URIs"},
		{x509.CertificateRequest{DNSNames: []string{"mux.*.example.com"}}, "mux.*.example.com"},
		{x509.CertificateRequest{DNSNames: []string{"-x.example"}}, "-x.example"},
	} {
		der, err := x509.CreateCertificateRequest(rand.Reader, &tt.template, key)
		if err != nil {
			t.Fatal(err)
		}
		_, ids, err := identifiers(der)
		if _, wrong := errors.AsType[*RequestError](err); err != nil && (!wrong || !strings.Contains(err.Error(), tt.want)) || err == nil && list(ids) != tt.want {
			t.Errorf("%s, %v; want %s", list(ids), err, tt.want)
		}
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{"mux.example.com"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	broken := append([]byte(nil), der...)
	broken[strings.Index(string(der), "mux")] = 'M'
	for _, bad := range [][]byte{nil, der[:len(der)-1], broken} {
		if _, _, err := identifiers(bad); err == nil {
			t.Errorf("%x was taken", bad)
		}
	}
}

func TestAssign(t *testing.T) {
	host, wild := identifier{certgen.DNS, "a.example"}, identifier{certgen.DNS, "*.a.example"}
	address := identifier{certgen.IP, "192.0.2.1"}
	for _, tt := range []struct {
		solvers []Solver
		ids     []identifier
		says    string
	}{
		{[]Solver{HTTP01{}}, []identifier{host, address}, ""},
		{[]Solver{TLSALPN01{}}, []identifier{host, address}, ""},
		{[]Solver{DNS01{}}, []identifier{host, wild}, ""},
		{[]Solver{HTTP01{}, DNS01{}}, []identifier{host, wild, address}, ""},
		{[]Solver{HTTP01{}, TLSALPN01{}}, []identifier{host, wild}, "*.a.example: http-01 or tls-alpn-01 cannot prove it, but dns-01 can"},
		{[]Solver{DNS01{}}, []identifier{address}, "192.0.2.1: dns-01 cannot prove it, but http-01 or tls-alpn-01 can"},
		{nil, []identifier{host}, "a.example: there is no way to prove it, but http-01 or tls-alpn-01 or dns-01 can"},
	} {
		_, err := assign(tt.solvers, tt.ids)
		if (err == nil) != (tt.says == "") || err != nil && err.Error() != tt.says {
			t.Errorf("%v; want %s", err, tt.says)
		}
	}
	a := authorization{proof: proof{id: host}}
	a.Challenges = append(a.Challenges, a.challenge)
	a.Challenges[0].Type = "dns-01"
	if err := a.pick([]Solver{HTTP01{}}, []int{0}, ""); err == nil || err.Error() != "a.example: http-01 cannot prove it to this ACME server, which offers dns-01" {
		t.Errorf("%v", err)
	}
}

func TestServerName(t *testing.T) {
	for name, want := range map[identifier]string{
		{certgen.DNS, "mux.example.com"}: "mux.example.com",
		{certgen.IP, "192.0.2.1"}:        "1.2.0.192.in-addr.arpa",
		// The example of RFC 3596 section 2.5.
		{certgen.IP, "4321:0:1:2:3:4:567:89ab"}: "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa",
	} {
		if got := serverName(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestParseEABKey(t *testing.T) {
	for text, want := range map[string]string{
		"_-8":          "\xff\xef",
		"/+8=":         "\xff\xef",
		" _-8=\n":      "\xff\xef",
		"":             "",
		"=":            "",
		"se cret":      "",
		"secret.value": "",
	} {
		got, err := ParseEABKey(text)
		if string(got) != want || (err == nil) != (want != "") || err != nil && (!errors.Is(err, ErrBindingKey) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%q: %x, %v", text, got, err)
		}
	}
}

func TestChecks(t *testing.T) {
	for _, tt := range []struct {
		solver     Solver
		says, hint string
	}{
		{HTTP01{":80"}, "", ""},
		{TLSALPN01{"[::1]:443"}, "", ""},
		{DNS01{Hook: []string{"go"}}, "", ""},
		{HTTP01{}, "http-01: there is no address to listen on", "listen on :80"},
		{TLSALPN01{}, "tls-alpn-01: there is no address to listen on", "listen on :443"},
		{HTTP01{"80"}, "http-01: listening on 80: missing port in address", ""},
		{DNS01{}, "DNS hook: there is no command", ""},
		{DNS01{Hook: []string{"no-such-hook", "-z"}}, "DNS hook no-such-hook -z: ", ""},
	} {
		err := tt.solver.check()
		if (err == nil) != (tt.says == "") || err != nil && !strings.HasPrefix(err.Error(), tt.says) {
			t.Errorf("%v; want %s", err, tt.says)
		}
		if e, ok := errors.AsType[*ListenError](err); ok && !strings.Contains(e.Hint(), tt.hint) {
			t.Errorf("hint: %s", e.Hint())
		}
	}
	if hint := (&ListenError{"http-01", ":80", syscall.EACCES}).Hint(); !strings.Contains(hint, "1024") {
		t.Errorf("hint: %s", hint)
	}
}

func TestToken(t *testing.T) {
	for token, want := range map[string]bool{
		"evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA": true, // RFC 8555 section 8.3
		"evaGxfADs6pSRb2LAv9IZ":                       false,
		"evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ/PCt92wr-oA": false,
		"evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ.PCt92wr-oA": false,
		"évaGxfADs6pSRb2LAv9IZf17Dt3juxGJPCt92wr-oA":  false,
		strings.Repeat("a", 513):                      false,
	} {
		if isToken(token) != want {
			t.Errorf("%q", token)
		}
	}
}
