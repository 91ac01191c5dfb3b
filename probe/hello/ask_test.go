package hello_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muxkey/probe/hello"
)

func record(kind byte, content ...byte) []byte {
	return append([]byte{kind, 3, 1, byte(len(content) >> 8), byte(len(content))}, content...)
}

func message(kind byte, body ...byte) []byte {
	return append([]byte{kind, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
}

func alert(level, description byte) []byte { return record(21, level, description) }

// serverHello chooses TLS 1.0 or what is said, and a suite.
func serverHello(version byte, suite uint16, extensions ...byte) []byte {
	body := append([]byte{3, version}, make([]byte, 32)...)
	body = append(body, 0, byte(suite>>8), byte(suite), 0)
	if len(extensions) > 0 {
		body = append(append(body, byte(len(extensions)>>8), byte(len(extensions))), extensions...)
	}
	return message(2, body...)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func classic() hello.Hello {
	return hello.Hello{Versions: []hello.Version{hello.TLS12}, Suites: []uint16{0xC02F, 0x0005}, Groups: []uint16{hello.X25519}, ServerName: "mux.example"}
}

// script answers the hello and waits for the client to leave. Without a pause all
// is said at once, else byte by byte.
func script(answer []byte, pause time.Duration, closes bool) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := c.Read(make([]byte, 4096)); err != nil {
			return
		}
		if pause == 0 {
			_, _ = c.Write(answer)
		} else {
			for _, b := range answer {
				if _, err := c.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(pause)
			}
		}
		if !closes {
			_, _ = io.Copy(io.Discard, c)
		}
	}
}

func TestAsk(t *testing.T) {
	done := message(14)
	curve := message(12, 3, 0, 0x1D, 1, 9)
	for _, tt := range []struct {
		name   string
		answer []byte
		pause  time.Duration
		closes bool
		err    error
		text   string // of the error
		got    hello.Version
	}{
		{"TLS 1.2", join(record(22, serverHello(3, 0xC02F)...), record(22, message(11, 0, 0, 0)...), record(22, join(curve, done)...)), 0, false, nil, "", hello.TLS12},
		{"in pieces", record(22, join(serverHello(1, 0x0005), done)...), time.Millisecond, false, nil, "", hello.TLS10},
		{"many records for a message", join(record(22, serverHello(3, 5)[:3]...), record(22, serverHello(3, 5)[3:]...), record(22, done[:1]...), record(22), record(22, done[1:]...)), 0, false, nil, "", hello.TLS12},
		{"a warning ahead", join(alert(1, 112), record(22, serverHello(3, 5)...), record(22, done...)), 0, false, nil, "", hello.TLS12},
		{"an alert", alert(2, 40), 0, false, &hello.AlertError{Level: 2, Description: 40}, "handshake_failure", 0},
		{"an alert as a warning", alert(1, 40), 0, true, &hello.AlertError{Level: 1, Description: 40}, "handshake_failure", 0},
		{"a farewell", alert(1, 0), 0, false, &hello.AlertError{Level: 1}, "close_notify", 0},
		{"an alert nobody knows", alert(2, 200), 0, false, &hello.AlertError{Level: 2, Description: 200}, "alert 200", 0},
		{"nothing, closed", nil, 0, true, hello.ErrClosed, "without an answer", 0},
		{"nothing", nil, 0, false, hello.ErrSilent, "in time", 0},
		{"half a head", []byte{22, 3}, 0, false, hello.ErrCutOff, "does not finish", 0},
		{"half a hello, closed", record(22, serverHello(3, 5)...)[:20], 0, true, hello.ErrCutOff, "does not finish", 0},
		{"one byte at a time", record(22, serverHello(3, 5)...), 10 * time.Second, false, hello.ErrCutOff, "does not finish", 0},
		{"a hello and no more", record(22, serverHello(3, 5)...), 0, false, hello.ErrCutOff, "does not finish", hello.TLS12},
		{"an alert behind the hello", join(record(22, serverHello(3, 5)...), alert(2, 80)), 0, false, &hello.AlertError{Level: 2, Description: 80}, "internal_error", hello.TLS12},
		{"HTTP", []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), 0, true, &hello.NotTLSError{}, "speaks HTTP", 0},
		{"HTTP by the byte", []byte("HTTP/1.0 400 Bad Request\r\n\r\n"), time.Millisecond, false, &hello.NotTLSError{}, "speaks HTTP", 0},
		{"SSH", []byte("SSH-2.0-OpenSSH_9.2\r\n"), 0, false, &hello.NotTLSError{}, "speaks SSH", 0},
		{"MySQL", []byte("\x4a\x00\x00\x00\x0a8.0.36\x00"), 0, false, &hello.NotTLSError{}, "speaks MySQL", 0},
		{"a proxy that refuses", []byte("\x05\xff"), 0, true, &hello.NotTLSError{}, "speaks SOCKS5", 0},
		{"garbage", []byte{0xDE, 0xAD, 0xBE, 0xEF, 0, 1, 2}, 0, true, &hello.NotTLSError{}, `begins with "\u07ad\xbe`, 0},
		{"a handshake of version 7", []byte{22, 7, 0, 0, 1, 1}, 0, true, &hello.NotTLSError{}, "does not speak TLS", 0},
		{"data", record(23, 1, 2, 3), 0, false, &hello.NotTLSError{}, "does not speak TLS", 0},
		{"data behind the hello", join(record(22, serverHello(3, 5)...), record(23, 1)), 0, false, hello.ErrMalformed, "a record that begins", hello.TLS12},
		{"a long record", []byte{22, 3, 3, 0xFF, 0xFF, 0}, 0, false, hello.ErrMalformed, "record of 65535 bytes", 0},
		{"a long alert", record(21, 2, 40, 0), 0, false, hello.ErrMalformed, "alert of 3 bytes", 0},
		{"a client", record(22, message(1)...), 0, false, hello.ErrMalformed, "begins with message 1", 0},
		{"a short hello", record(22, message(2, 3, 3)...), 0, false, hello.ErrMalformed, "ends early", 0},
		{"SSL 2.0", record(22, join(serverHello(3, 5)[:4], []byte{0, 2}, serverHello(3, 5)[6:])...), 0, false, hello.ErrMalformed, "version 0x0002", 0},
		{"compression", record(22, append(serverHello(3, 5)[:41:41], 1)...), 0, false, hello.ErrMalformed, "compression", 0},
		{"extensions too long", record(22, serverHello(3, 5, 0, 16, 0, 9)...), 0, false, hello.ErrMalformed, "extension 16", 0},
		{"a long certificate", join(record(22, serverHello(3, 5)...), record(22, 11, 0xFF, 0xFF, 0xFF)), 0, false, hello.ErrTooLong, "message 11 has 16777215 bytes", hello.TLS12},
		{"records without end", bytes.Repeat(record(22), 100_000), 0, false, hello.ErrTooLong, "64 KiB", 0},
		{"warnings without end", bytes.Repeat(alert(1, 112), 100_000), 0, false, hello.ErrTooLong, "64 KiB", 0},
		{"messages without end", bytes.Repeat(record(22, message(0)...), 100_000), 0, false, hello.ErrTooLong, "64 KiB", 0},
		{"a key exchange that ends", join(record(22, serverHello(3, 0xC02F)...), record(22, message(12, 3, 0)...)), 0, false, hello.ErrMalformed, "ServerKeyExchange", hello.TLS12},
		{"names that end", join(record(22, serverHello(3, 5)...), record(22, message(13, 1, 1, 0, 2, 4, 1, 0, 3, 0, 5, 0)...)), 0, false, hello.ErrMalformed, "CertificateRequest", hello.TLS12},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := net.Pipe()
				finished := make(chan struct{})
				go func() {
					script(tt.answer, tt.pause, tt.closes)(server)
					_ = server.Close()
					close(finished)
				}()
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				a, err := hello.Ask(ctx, client, classic(), rand.Reader)
				waited := ctx.Err() != nil
				<-finished
				if a.Version != tt.got {
					t.Errorf("version %s, want %s", a.Version, tt.got)
				}
				switch want := tt.err.(type) { //nolint:errorlint // of the table
				case nil:
					if err != nil || !a.Complete {
						t.Errorf("%+v, %v", a, err)
					}
					return
				case *hello.AlertError:
					if got, ok := errors.AsType[*hello.AlertError](err); !ok || *got != *want {
						t.Errorf("got %v", err)
					}
				case *hello.NotTLSError:
					if got, ok := errors.AsType[*hello.NotTLSError](err); !ok || !bytes.HasPrefix(tt.answer, got.Start) || len(got.Start) == 0 {
						t.Errorf("got %#v", err)
					}
				default:
					if !errors.Is(err, want) {
						t.Errorf("got %v", err)
					}
				}
				if !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "\n") {
					t.Errorf("got %v, want %q in it", err, tt.text)
				}
				if waited != errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("waited: %t, error: %v", waited, err)
				}
			})
		})
	}
}

// The key exchange is read for each kind of suite.
func TestKeyExchange(t *testing.T) {
	prime := []byte{0, 9, 0, 0xF1, 2, 3, 4, 5, 6, 7, 8} // with a zero ahead
	for _, tt := range []struct {
		suite    uint16
		exchange []byte
		group    uint16
		bits     int
	}{
		{0xC02F, []byte{3, 0, 0x17, 1, 4}, hello.Secp256r1, 0},
		{0xC018, []byte{3, 0, 0x18, 1, 4}, hello.Secp384r1, 0}, // anonymous
		{0xC035, []byte{0, 2, 'h', 'i', 3, 0, 0x1D, 1, 9}, hello.X25519, 0},
		{0xC02F, []byte{1, 0}, 0xFF01, 0}, // a curve by its numbers
		{0x0033, prime, 0, 64},
		{0x0034, prime, 0, 64},
		{0x0090, append([]byte{0, 1, 'h'}, prime...), 0, 64},
		{0x008C, []byte{0, 1, 'h'}, 0, 0}, // PSK alone has the hint and no more
		{0x0003, []byte{0, 64}, 0, 0},     // an RSA key for export
	} {
		client, server := net.Pipe()
		go script(record(22, join(serverHello(3, tt.suite), message(12, tt.exchange...), message(14))...), 0, false)(server)
		a, err := hello.Ask(t.Context(), client, classic(), rand.Reader)
		if p := hello.Prime(a.Prime); err != nil || a.Group != tt.group || p.Bits() != tt.bits || len(p) != tt.bits/8 {
			t.Errorf("suite %04X: group %04X, a prime of %d bits, %v", tt.suite, a.Group, p.Bits(), err)
		}
	}
}

// What the server says is all there.
func TestAnswer(t *testing.T) {
	cert := certificate(t, false)
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	dial := serveTLS(t, &tls.Config{
		Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS10,
		CipherSuites: []uint16{0xC02F, 0x002F},
	})
	h := classic()
	h.ALPN = []string{"spdy/3", "h2"}
	ask := func() hello.Answer {
		conn, err := dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		a, err := hello.Ask(t.Context(), conn, h, rand.Reader)
		if err != nil || !a.AsksCertificate || len(a.Authorities) != 1 || !bytes.Equal(a.Authorities[0], leaf.RawSubject) || a.Retry || !a.SecureRenegotiation() {
			t.Errorf("%+v, %v", a, err)
		}
		return a
	}
	a := ask()
	if a.Version != hello.TLS12 || a.Suite != 0xC02F || a.Group != hello.X25519 || a.ALPN != "h2" || !a.ExtendedMasterSecret() {
		t.Errorf("%+v", a)
	}
	if got := hex.EncodeToString(a.Random[24:]); got != "444f574e47524401" { // it has TLS 1.3: RFC 8446 section 4.1.3
		t.Errorf("random ends in %s", got)
	}
	h.Versions, h.Suites, h.Bare = []hello.Version{hello.TLS11}, []uint16{0x002F}, true
	if a := ask(); a.Version != hello.TLS11 || a.Group != 0 || a.ALPN != "" || a.ExtendedMasterSecret() {
		t.Errorf("%+v", a)
	}
}

// The server is told that it is the end.
func TestGoodbye(t *testing.T) {
	for version, want := range map[byte]string{3: "1503030002015a" + "15030300020100", 0: "15030000020100"} {
		client, server := net.Pipe()
		heard := make(chan []byte)
		go func() {
			_, _ = server.Read(make([]byte, 4096))
			_, _ = server.Write(record(22, join(serverHello(version, 5), message(14))...))
			rest, _ := io.ReadAll(server)
			heard <- rest
		}()
		if _, err := hello.Ask(t.Context(), client, classic(), rand.Reader); err != nil {
			t.Error(err)
		}
		if got := hex.EncodeToString(<-heard); got != want {
			t.Errorf("version 3.%d: said %s, want %s", version, got, want)
		}
	}
}
