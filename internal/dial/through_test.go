package dial

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
	"unicode"
)

// forwards plays the turns of a proxy and then joins the client to an address.
func forwards(t *testing.T, turns []turn, to string) func(net.Conn) []byte {
	return func(c net.Conn) []byte {
		if wrong := plays(turns, nil)(c); wrong != nil {
			t.Errorf("%s", wrong)
			return wrong
		}
		on, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", to)
		if err != nil {
			t.Error(err)
			return nil
		}
		defer func() { _ = on.Close() }()
		go func() {
			_, _ = io.Copy(on, c)
			_ = on.(*net.TCPConn).CloseWrite()
		}()
		_, _ = io.Copy(c, on)
		return nil
	}
}

const (
	socks5OK = "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"
	socks4OK = "\x00\x5a\x00\x00\x00\x00\x00\x00"
)

func TestProxies(t *testing.T) {
	own := certificate(t, 1)
	at, _ := serve(t, func(c net.Conn) []byte {
		data, _ := io.ReadAll(tls.Server(c, &tls.Config{Certificates: []tls.Certificate{own}}))
		return data
	})
	connect := "CONNECT mux.example:443 HTTP/1.1\r\nHost: mux.example:443\r\n"
	for _, tt := range []struct {
		name, proxy, password string
		host                  string
		turns                 []turn
	}{
		{"SOCKS4", "socks4://", "", "192.0.2.1", []turn{{"", "\x04\x01\x01\xbb\xc0\x00\x02\x01\x00"}, {socks4OK, ""}}},
		{"SOCKS4, resolved here", "socks4://me@", "", "localhost", []turn{{"", "\x04\x01\x01\xbb\x7f\x00\x00\x01me\x00"}, {socks4OK, ""}}},
		{"SOCKS4a", "socks4a://me@", "", "mux.example", []turn{{"", "\x04\x01\x01\xbb\x00\x00\x00\x01me\x00mux.example\x00"}, {socks4OK, ""}}},
		{"SOCKS4a, address", "socks4a://", "", "192.0.2.1", []turn{{"", "\x04\x01\x01\xbb\xc0\x00\x02\x01\x00"}, {socks4OK, ""}}},
		{"SOCKS5, name", "socks5h://", "", "mux.example", []turn{{"", "\x05\x01\x00"}, {"\x05\x00", "\x05\x01\x00\x03\x0bmux.example\x01\xbb"}, {socks5OK, ""}}},
		{"SOCKS5, address", "socks5h://", "", "192.0.2.1", []turn{{"", "\x05\x01\x00"}, {"\x05\x00", "\x05\x01\x00\x01\xc0\x00\x02\x01\x01\xbb"}, {socks5OK, ""}}},
		{"SOCKS5, IPv6", "socks5://", "", "::1", []turn{{"", "\x05\x01\x00"}, {"\x05\x00", "\x05\x01\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x01\xbb"}, {"\x05\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x50", ""}}},
		{"SOCKS5, password", "socks5h://me@", "secret", "mux.example", []turn{{"", "\x05\x02\x00\x02"}, {"\x05\x02", "\x01\x02me\x06secret"}, {"\x01\x00", "\x05\x01\x00\x03\x0bmux.example\x01\xbb"}, {"\x05\x00\x00\x03\x03mux\x00\x50", ""}}},
		{"SOCKS5, no password wanted", "socks5h://me@", "secret", "mux.example", []turn{{"", "\x05\x02\x00\x02"}, {"\x05\x00", "\x05\x01\x00\x03\x0bmux.example\x01\xbb"}, {socks5OK, ""}}},
		{"CONNECT", "http://", "", "mux.example", []turn{{"", connect + "\r\n"}, {"HTTP/1.1 200 Connection established\r\n\r\n", ""}}},
		{"CONNECT, with a length", "http://", "", "mux.example", []turn{{"", connect + "\r\n"}, {"HTTP/1.0 200\r\nContent-Length: 100\r\nVia: 1.1 it\r\n\r\n", ""}}},
		{"CONNECT, password", "http://me@", "secret", "mux.example", []turn{{"", connect + "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n"}, {"HTTP/1.1 200 OK\r\n\r\n", ""}}},
		{"CONNECT, IPv6", "http://", "", "2001:db8::1", []turn{{"", "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n"}, {"HTTP/1.1 200 OK\r\n\r\n", ""}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			via, _ := serve(t, forwards(t, tt.turns, at.Address()))
			p, err := ParseProxy(tt.proxy + via.Address())
			if err != nil {
				t.Fatal(err)
			}
			p.Password = func() string { return tt.password }
			d := Dialer{Proxies: []Proxy{p}}
			got, err := d.Certificates(t.Context(), Endpoint{Host: tt.host, Port: "443"}, "")
			if err != nil || len(got) != 1 || !bytes.Equal(got[0].Raw, own.Certificate[0]) {
				t.Errorf("got %d certificates, %v", len(got), err)
			}
		})
	}
}

// proxyAt is a proxy that plays a script.
func proxyAt(t *testing.T, text string, answer func(net.Conn) []byte) Proxy {
	t.Helper()
	at, _ := serve(t, answer)
	p, err := ParseProxy(text + at.Address())
	if err != nil {
		t.Fatal(err)
	}
	p.Password = func() string { return "secret" }
	return p
}

// saysAll says all at once, whatever it hears, and waits until it is left.
func saysAll(text string) func(net.Conn) []byte {
	return func(c net.Conn) []byte {
		_, _ = io.WriteString(c, text)
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, c)
		return nil
	}
}

func TestProxyRefuses(t *testing.T) {
	name, v6 := Endpoint{Host: "mux.example", Port: "443"}, Endpoint{Host: "2001:db8::1", Port: "443"}
	long := Endpoint{Host: strings.Repeat("a", 256), Port: "443"}
	for _, tt := range []struct {
		name, proxy, say string
		at               Endpoint
		kind             Kind
		text, hint       string
	}{
		{"SOCKS4, refused", "socks4a://", "\x00\x5b\x00\x00\x00\x00\x00\x00", name, KindProxyRefused, "does not connect to the server: 91, ", ""},
		{"SOCKS4, no identd", "socks4a://", "\x00\x5c\x00\x00\x00\x00\x00\x00", name, KindProxyRefused, "identd", ""},
		{"SOCKS4, other user", "socks4a://", "\x00\x5d\x00\x00\x00\x00\x00\x00", name, KindProxyRefused, "another user", ""},
		{"SOCKS4, unknown", "socks4a://", "\x00\x77\x00\x00\x00\x00\x00\x00", name, KindProxyProtocol, "", ""},
		{"SOCKS4, cut", "socks4a://", "\x00\x5a\x00", name, KindClosed, "it ended the connection", "of another kind"},
		{"SOCKS4 is SOCKS5", "socks4a://", "\x05\xff", name, KindProxyProtocol, "the answer is SOCKS", "socks5://127.0.0.1:"},
		{"SOCKS4, IPv6", "socks4a://", "", v6, KindName, "SOCKS4 knows none of IPv6", ""},
		{"SOCKS5, authentication", "socks5h://", "\x05\xff", name, KindProxyAuth, "asks for a user", "the password by its source"},
		{"SOCKS5, no password", "socks5h://me@", "\x05\xff", name, KindProxyAuth, "does not take the user", ""},
		{"SOCKS5, wrong password", "socks5h://me@", "\x05\x02\x01\x01", name, KindProxyAuth, "does not take the user", ""},
		{"SOCKS5, wrong password and closed", "socks5h://me@", "\x05\x02", name, KindProxyAuth, "does not take the user", ""},
		{"SOCKS5, a way not offered", "socks5h://", "\x05\x02", name, KindProxyProtocol, "", ""},
		{"SOCKS5, GSSAPI", "socks5h://me@", "\x05\x01", name, KindProxyProtocol, "", ""},
		{"SOCKS5, failure", "socks5h://", "\x05\x00\x05\x01\x00\x01\x00\x00\x00\x00\x00\x00", name, KindProxyRefused, "1, general failure", ""},
		{"SOCKS5, rules", "socks5h://", "\x05\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00", name, KindProxyRefused, "2, its rules", ""},
		{"SOCKS5, network", "socks5h://", "\x05\x00\x05\x03\x00\x01\x00\x00\x00\x00\x00\x00", name, KindProxyRefused, "3, the network is unreachable", ""},
		{"SOCKS5, host", "socks5h://", "\x05\x00\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00", name, KindProxyRefused, "4, the host is unreachable", ""},
		{"SOCKS5, refused", "socks5h://", "\x05\x00\x05\x05", name, KindProxyRefused, "5, the server refuses", ""},
		{"SOCKS5, too far", "socks5h://", "\x05\x00\x05\x06\x00\x01\x00\x00\x00\x00\x00\x00", name, KindProxyRefused, "6, the time to live", ""},
		{"SOCKS5, command", "socks5h://", "\x05\x00\x05\x07\x00\x01\x00\x00\x00\x00\x00\x00", name, KindProxyRefused, "7, it does not know", ""},
		{"SOCKS5, address", "socks5h://", "\x05\x00\x05\x08\x00\x01\x00\x00\x00\x00\x00\x00", name, KindProxyRefused, "8, it does not know this type", ""},
		{"SOCKS5, unknown", "socks5h://", "\x05\x00\x05\xfe\x00\x01\x00\x00\x00\x00\x00\x00", name, KindProxyRefused, "254, a code without", ""},
		{"SOCKS5, unknown address", "socks5h://", "\x05\x00\x05\x00\x00\x09\x00", name, KindProxyProtocol, "", ""},
		{"SOCKS5, cut", "socks5h://", "\x05\x00\x05\x00\x00\x03\xff12345", name, KindClosed, "", "of another kind"},
		{"SOCKS5, another version within", "socks5h://", "\x05\x00\x04\x00", name, KindProxyProtocol, "", ""},
		{"SOCKS5 is HTTP", "socks5h://", "HTTP/1.1 400 Bad Request\r\n\r\n", name, KindProxyProtocol, "the answer is plain HTTP: HTTP/1.1 400", "write http://127.0.0.1:"},
		{"SOCKS5 is SSH", "socks5h://", "SSH-2.0-OpenSSH_9.2\r\n", name, KindProxyProtocol, "SSH", ""},
		{"SOCKS5, long name", "socks5h://", "\x05\x00", long, KindName, "255", ""},
		{"SOCKS5, nothing", "socks5h://", "", name, KindClosed, "", "of another kind"},
		{"CONNECT, authentication", "http://", "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"it\"\r\n\r\n", name, KindProxyAuth, "asks for a user", "write the user into the URL"},
		{"CONNECT, wrong password", "http://me@", "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: basic realm=\"it\"\r\n\r\n", name, KindProxyAuth, "does not take the user", ""},
		{"CONNECT, other authentication", "http://me@", "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\n\r\n", name, KindProxyAuth, "not for a user", ""},
		{"CONNECT, wrong password, tinyproxy", "http://me@", "HTTP/1.0 401 Unauthorized\r\n\r\n", name, KindProxyAuth, "does not take the user", ""},
		{"CONNECT, forbidden", "http://", "HTTP/1.1 403 Filtered \x1b[31mby me\r\n\r\n", name, KindProxyRefused, "403, Filtered ?[31mby me", ""},
		{"CONNECT, echoed", "http://me@", "HTTP/1.1 400 what is Basic bWU6c2VjcmV0 or secret?\r\n\r\n", name, KindProxyRefused, "400, what is Basic *** or ***?", ""},
		{"CONNECT, echoed in a header", "http://me@", "HTTP/1.1 400 No\r\nme, secret\r\n\r\n", name, KindProxyProtocol, "it says: me, ***", ""},
		{"CONNECT, bad gateway", "http://", "HTTP/1.1 502\r\n\r\n", name, KindProxyRefused, "502, Bad Gateway", ""},
		{"CONNECT, a long no", "http://", "HTTP/1.1 504 " + strings.Repeat("no ", 2000) + "\r\n\r\n", name, KindProxyRefused, "504, no no", ""},
		{"CONNECT, no number", "http://", "HTTP/1.1 abc\r\n\r\n", name, KindProxyProtocol, "it says: abc", ""},
		{"CONNECT, informed", "http://", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", name, KindProxyRefused, "100", ""},
		{"CONNECT, header", "http://", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", name, KindProxyProtocol, "it says: no colon", ""},
		{"CONNECT, endless header", "http://", "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 20_000), name, KindTooMuch, "", ""},
		{"CONNECT, endless line", "http://", "HTTP/1.1 200 " + strings.Repeat("a", 200_000), name, KindTooMuch, "", ""},
		{"CONNECT, cut", "http://", "HTTP/1.1 200 OK\r\nA: b", name, KindClosed, "", "of another kind"},
		{"CONNECT, HTTP/2", "http://", "HTTP/2 200\r\n\r\n", name, KindProxyProtocol, "", ""},
		{"CONNECT is SOCKS5", "http://", "\x05\xff", name, KindProxyProtocol, "SOCKS", "socks5://127.0.0.1:"},
		{"CONNECT is SMTP", "http://", "220 mail ESMTP\r\n", name, KindProxyProtocol, "SMTP", ""},
		{"https is http", "https://", "HTTP/1.1 400 Bad Request\r\n\r\n", name, KindNotTLS, "plain HTTP", "write http://127.0.0.1:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := proxyAt(t, tt.proxy, saysAll(tt.say))
			conn, err := Dialer{Proxies: []Proxy{p}}.Dial(t.Context(), tt.at)
			if conn != nil {
				t.Fatal("connected")
			}
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Kind() != tt.kind || e.Stage != StageProxy || e.Proxy != p.String() || !strings.Contains(err.Error(), tt.text) {
				t.Fatalf("got %v, kind %s, stage %s", err, e.Kind(), e.Stage)
			}
			if hint := e.Hint(); (hint == "") != (tt.hint == "") || !strings.Contains(hint, tt.hint) {
				t.Errorf("%v: hint %q", err, hint)
			}
			if text := fmt.Sprintf("%v %+v", err, e); strings.Contains(text, "secret") || len(err.Error()) > 500 || strings.ContainsFunc(text, unicode.IsControl) {
				t.Errorf("%q", text)
			}
		})
	}
}

// A name with lines in it would be a request of its own.
func TestProxyHost(t *testing.T) {
	for _, scheme := range ProxySchemes() {
		p := proxyAt(t, scheme+"://", saysAll(""))
		_, err := Dialer{Proxies: []Proxy{p}}.Dial(t.Context(), Endpoint{Host: "mux\r\nX: y", Port: "443"})
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind() != KindOther || !strings.HasSuffix(err.Error(), "is no name of a host") {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

// Over one connection, each proxy is asked by way of those before it.
func TestChain(t *testing.T) {
	own := certificate(t, 1)
	at, _ := serve(t, func(c net.Conn) []byte {
		data, _ := io.ReadAll(tls.Server(c, &tls.Config{Certificates: []tls.Certificate{own}}))
		return data
	})
	first := proxyAt(t, "socks5h://", forwards(t, []turn{
		{"", "\x05\x01\x00"},
		{"\x05\x00", "\x05\x01\x00\x03\x0cnext.example\x0c\x38"},
		{socks5OK, "CONNECT 192.0.2.1:1080 HTTP/1.1\r\nHost: 192.0.2.1:1080\r\n\r\n"},
		{"HTTP/1.1 200 OK\r\n\r\n", "\x04\x01\x01\xbb\x00\x00\x00\x01\x00mux.example\x00"},
		{socks4OK, ""},
	}, at.Address()))
	chain := []Proxy{first, {Scheme: "http", Host: "next.example", Port: "3128"}, {Scheme: "socks4a", Host: "192.0.2.1", Port: "1080"}}
	got, err := Dialer{Proxies: chain}.Certificates(t.Context(), Endpoint{Host: "mux.example", Port: "443"}, "")
	if err != nil || !bytes.Equal(got[0].Raw, own.Certificate[0]) {
		t.Error(err)
	}
	first = proxyAt(t, "http://", saysAll("HTTP/1.1 200 OK\r\n\r\n\x05\xff"))
	_, err = Dialer{Proxies: []Proxy{first, {Scheme: "socks5", Host: "192.0.2.1", Port: "1080"}}}.Dial(t.Context(), Endpoint{Host: "127.0.0.1", Port: "443"})
	if e, ok := errors.AsType[*Error](err); !ok || e.Proxy != "socks5://192.0.2.1:1080" || e.Kind() != KindProxyAuth {
		t.Errorf("got %v", err)
	}
}

func TestHTTPSProxy(t *testing.T) {
	own, proxys := certificate(t, 1), proxyCertificate(t)
	at, _ := serve(t, func(c net.Conn) []byte {
		data, _ := io.ReadAll(tls.Server(c, &tls.Config{Certificates: []tls.Certificate{own}}))
		return data
	})
	p := proxyAt(t, "https://", func(c net.Conn) []byte {
		conn := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{proxys}})
		if conn.Handshake() != nil {
			return nil
		}
		return forwards(t, []turn{{"", "CONNECT mux.example:443 HTTP/1.1\r\nHost: mux.example:443\r\n\r\n"}, {"HTTP/1.1 200 OK\r\n\r\n", ""}}, at.Address())(conn)
	})
	mux := Endpoint{Host: "mux.example", Port: "443"}
	roots := x509.NewCertPool()
	root, err := x509.ParseCertificate(proxys.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(root)
	d := Dialer{Proxies: []Proxy{p}, ProxyTLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	if got, err := d.Certificates(t.Context(), mux, ""); err != nil || !bytes.Equal(got[0].Raw, own.Certificate[0]) {
		t.Error(err)
	}
	// Its certificate is for another name, or of nobody who is trusted.
	d.Proxies[0].Host = "localhost"
	for _, d.ProxyTLS = range []*tls.Config{d.ProxyTLS, nil} {
		_, err = d.Certificates(t.Context(), mux, "")
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Kind() != KindTLS || e.Stage != StageProxy || e.Temporary() {
			t.Errorf("got %v", err)
		}
	}
}

func proxyCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// A server that speaks first is heard, although the proxy's answer came with its
// words.
func TestServerSpeaksFirst(t *testing.T) {
	own := certificate(t, 1)
	p := proxyAt(t, "http://", func(c net.Conn) []byte {
		return plays([]turn{
			{"", "CONNECT mail.example:25 HTTP/1.1\r\nHost: mail.example:25\r\n\r\n"},
			{"HTTP/1.1 200 OK\r\n\r\n220 mail ESMTP\r\n", "EHLO [127.0.0.1]\r\n"},
			{"250-mail\r\n250 STARTTLS\r\n", "STARTTLS\r\n"},
			{"220 go\r\n", ""},
		}, &tls.Config{Certificates: []tls.Certificate{own}})(c)
	})
	d := Dialer{Proxies: []Proxy{p}}
	if _, err := d.Certificates(t.Context(), endpoint(t, "smtp+starttls://mail.example"), ""); err != nil {
		t.Error(err)
	}
	p = proxyAt(t, "http://", saysAll("HTTP/1.1 200 OK\r\n\r\n220 mail ESMTP\r\n"))
	d = Dialer{Proxies: []Proxy{p}}
	_, err := d.Certificates(t.Context(), endpoint(t, "mail.example:25"), "")
	e, ok := errors.AsType[*Error](err)
	if what, isNot := errors.AsType[*NotTLS](err); !ok || !isNot || what.Protocol != "smtp" || e.Proxy != "" || e.Stage != StageHandshake || e.Hint() != "TLS begins there with STARTTLS: smtp+starttls://mail.example:25" {
		t.Errorf("got %v", err)
	}
}

func FuzzProxy(f *testing.F) {
	for _, text := range []string{socks4OK, "\x05\x00" + socks5OK, "\x05\x02\x01\x00" + socks5OK, "\x05\x00\x05\x00\x00\x03\x01a\x00\x01", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 407 \r\nProxy-Authenticate: Basic\r\n\r\n", "\x05\xff"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, s := range schemes() {
			in := bytes.NewReader(text)
			conn := saidConn{Reader: in}
			r := &request{talk{conn, "proxy", bufio.NewReaderSize(&most{in, mostSaid}, mostLine)}, Proxy{Scheme: s.name, User: "me"}, "192.0.2.1", "443"}
			err := s.connect(r)
			if err == nil && len(text) < 8 {
				t.Errorf("%s: %q will do", s.name, text)
			}
			if err != nil {
				e := &Error{Stage: StageProxy, Proxy: "socks5://proxy:1080", Err: err}
				if e.Kind() == KindOther || len(e.Error()) > 500 || strings.ContainsFunc(e.Error()+e.Hint(), unicode.IsControl) {
					t.Errorf("%s: %q", s.name, e)
				}
			}
		}
	})
}
