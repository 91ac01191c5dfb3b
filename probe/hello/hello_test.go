package hello_test

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"reflect"
	"slices"
	"testing"
	"testing/iotest"

	"muxkey/probe/hello"
)

// What a server of crypto/tls reads in a hello is what was to be said.
func TestMarshal(t *testing.T) {
	var got tls.ClientHelloInfo
	cfg := &tls.Config{MinVersion: tls.VersionTLS10, GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		got = *h
		return nil, errors.New("that is all")
	}}
	for _, tt := range []struct {
		name       string
		hello      hello.Hello
		versions   []uint16
		serverName string
		extensions []uint16
	}{
		{
			"TLS 1.3",
			hello.Hello{
				Versions: []hello.Version{hello.TLS12, hello.TLS13}, Suites: []uint16{0x1301, 0xC02F}, Groups: []uint16{hello.X25519, hello.X25519MLKEM768},
				Shares: []uint16{hello.X25519}, ServerName: "mux.example.", ALPN: []string{"h2", "http/1.1"}, Ticket: true,
			},
			[]uint16{tls.VersionTLS13, tls.VersionTLS12},
			"mux.example",
			[]uint16{0, 23, 0xFF01, 10, 11, 35, 16, 13, 43, 45, 51},
		},
		{
			"TLS 1.2",
			hello.Hello{Versions: []hello.Version{hello.TLS12}, Suites: []uint16{0xC02F, 0x0005}, Groups: []uint16{hello.Secp256r1}, ServerName: "192.0.2.1"},
			[]uint16{tls.VersionTLS12, tls.VersionTLS11, tls.VersionTLS10},
			"",
			[]uint16{23, 0xFF01, 10, 11, 13},
		},
		{
			"TLS 1.0",
			hello.Hello{Versions: []hello.Version{hello.TLS10}, Suites: []uint16{0x0005}, ServerName: "[2001:db8::1]"},
			[]uint16{tls.VersionTLS10},
			"",
			[]uint16{23, 0xFF01},
		},
		{
			"without extensions",
			hello.Hello{Versions: []hello.Version{hello.TLS11}, Suites: []uint16{0x0005}, ServerName: "mux.example", Bare: true},
			[]uint16{tls.VersionTLS11, tls.VersionTLS10},
			"", nil,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client, server := net.Pipe()
			go func() {
				_ = tls.Server(server, cfg).Handshake() // reads the hello
				_ = server.Close()
			}()
			_, err := hello.Ask(t.Context(), client, tt.hello, rand.Reader)
			if alert, ok := errors.AsType[*hello.AlertError](err); !ok || alert.Name() != "internal_error" {
				t.Errorf("answered with %v", err)
			}
			suites := tt.hello.Suites
			if tt.extensions == nil {
				suites = append(slices.Clone(suites), 0x00FF)
			}
			var groups []uint16
			for _, g := range got.SupportedCurves {
				groups = append(groups, uint16(g))
			}
			for _, c := range []struct {
				what      string
				got, want any
			}{
				{"versions", got.SupportedVersions, tt.versions},
				{"suites", got.CipherSuites, suites},
				{"groups", groups, tt.hello.Groups},
				{"name", got.ServerName, tt.serverName},
				{"ALPN", got.SupportedProtos, tt.hello.ALPN},
				{"extensions", got.Extensions, tt.extensions},
			} {
				if !reflect.DeepEqual(c.got, c.want) && reflect.ValueOf(c.got).Len()+reflect.ValueOf(c.want).Len() > 0 {
					t.Errorf("%s: got %v, want %v", c.what, c.got, c.want)
				}
			}
		})
	}
}

// SSLv3 has no extensions, and crypto/tls no SSLv3.
func TestMarshalSSLv3(t *testing.T) {
	h := hello.Hello{Versions: []hello.Version{hello.SSL30}, Suites: []uint16{0x0005}, Groups: []uint16{hello.X25519}, ServerName: "mux.example"}
	got, err := h.Marshal(bytes.NewReader(make([]byte, 64)))
	want := append([]byte{22, 3, 0, 0, 47, 1, 0, 0, 43, 3, 0}, make([]byte, 33)...) // no session
	want = append(want, 0, 4, 0, 5, 0, 0xFF, 1, 0)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %x, %v", got, err)
	}
	if size := binary.BigEndian.Uint16(got[3:]); int(size) != len(got)-5 {
		t.Errorf("the record says %d bytes of %d", size, len(got))
	}
}

func TestMarshalErrors(t *testing.T) {
	suite := []uint16{0x1301}
	for name, h := range map[string]hello.Hello{
		"no version":      {Suites: suite},
		"no suites":       {Versions: []hello.Version{hello.TLS13}},
		"SSLv2":           {Versions: []hello.Version{0x0002}, Suites: suite},
		"TLS 1.4":         {Versions: []hello.Version{0x0305}, Suites: suite},
		"no such key":     {Versions: []hello.Version{hello.TLS13}, Suites: suite, Shares: []uint16{0x0100}},
		"a long protocol": {Versions: []hello.Version{hello.TLS13}, Suites: suite, ALPN: []string{string(make([]byte, 256))}},
	} {
		if _, err := h.Marshal(rand.Reader); !errors.Is(err, hello.ErrHello) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	h := hello.Hello{Versions: []hello.Version{hello.TLS13}, Suites: suite, Shares: []uint16{hello.MLKEM1024}}
	for _, n := range []int64{0, 63, 64, 100} {
		if _, err := h.Marshal(iotest.TimeoutReader(io.LimitReader(rand.Reader, n))); !errors.Is(err, hello.ErrHello) {
			t.Errorf("%d random bytes: got %v", n, err)
		}
	}
}

// A server of crypto/tls takes the keys of each group that it has, and the others
// have their sizes.
func TestShares(t *testing.T) {
	cert := certificate(t, true)
	for _, group := range []uint16{
		hello.X25519, hello.Secp256r1, hello.Secp384r1, hello.Secp521r1,
		hello.X25519MLKEM768, hello.SecP256r1MLKEM768, hello.SecP384r1MLKEM1024,
	} {
		h := hello.Hello{Versions: []hello.Version{hello.TLS13}, Suites: []uint16{0x1301}, Groups: []uint16{hello.X25519, hello.Secp256r1, group}, Shares: []uint16{group}}
		dial := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{cert}, CurvePreferences: []tls.CurveID{tls.CurveID(group)}})
		for _, shares := range [][]uint16{{group}, nil} {
			h.Shares = shares
			conn, err := dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			a, err := hello.Ask(t.Context(), conn, h, rand.Reader)
			if err != nil || a.Group != group || a.Retry != (shares == nil) || a.Version != hello.TLS13 || a.Suite != 0x1301 || !a.Complete {
				t.Errorf("group %04x, keys for %04x: %+v, %v", group, shares, a, err)
			}
		}
	}
	for group, size := range map[uint16]int{hello.MLKEM768: 1184, hello.MLKEM1024: 1568} { // FIPS 203 table 3
		h := hello.Hello{Versions: []hello.Version{hello.TLS13}, Suites: []uint16{0x1301}, Groups: []uint16{group}}
		without, err := h.Marshal(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		h.Shares = []uint16{group}
		if with, err := h.Marshal(rand.Reader); err != nil || len(with)-len(without) != 4+size {
			t.Errorf("group %04x: %d bytes more, %v", group, len(with)-len(without), err)
		}
	}
}
