package dial

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"testing"
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
