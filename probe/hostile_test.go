package probe

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muxkey/internal/dial"
)

// record is one of TLS.
func record(kind byte, content []byte) []byte {
	return append([]byte{kind, 3, 3, byte(len(content) >> 8), byte(len(content))}, content...)
}

// message is one of a handshake, which may say of itself that it is longer.
func message(kind byte, size int, content []byte) []byte {
	head := binary.BigEndian.AppendUint32(nil, uint32(size))
	head[0] = kind
	return append(head, content...)
}

// helloOf is a ServerHello of TLS 1.2.
func helloOf(suite uint16) []byte {
	body := append([]byte{3, 3}, make([]byte, 33)...)
	body = binary.BigEndian.AppendUint16(body, suite)
	body = append(body, 0)
	return record(22, message(2, len(body), body))
}

// afterHello reads a ClientHello, and then says something.
func afterHello(say func(c net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		head := make([]byte, 5)
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		if _, err := io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint16(head[3:]))); err != nil {
			return
		}
		say(c)
		_, _ = io.Copy(io.Discard, c)
	}
}

func saying(b []byte) func(net.Conn) {
	return func(c net.Conn) { _, _ = c.Write(b) }
}

// Whatever a server says: it is named, in bounded time and memory, with a bounded
// number of connections.
func TestHostile(t *testing.T) {
	certificates := func(n int, each []byte) []byte {
		var list []byte
		for range n {
			list = append(append(list, byte(len(each)>>16), byte(len(each)>>8), byte(len(each))), each...)
		}
		return message(11, len(list)+3, append([]byte{byte(len(list) >> 16), byte(len(list) >> 8), byte(len(list))}, list...))
	}
	records := func(b []byte) []byte {
		var out []byte
		for len(b) > 0 {
			n := min(len(b), 1<<14)
			out = append(out, record(22, b[:n])...)
			b = b[n:]
		}
		return out
	}
	small := issue(t, nil, "small", nil).Raw
	endless := bytes.Repeat(record(22, make([]byte, 1<<14)), 64)
	for _, tt := range []struct {
		name        string
		answer      func(net.Conn)
		kind        string
		speaks      string
		text        string // a part of it
		connections int64  // at most
	}{
		{"HTTP", afterHello(saying([]byte("HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n"))), "not-tls", "http", "plain HTTP", 1},
		{"SSH", saying([]byte("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")), "not-tls", "ssh", "SSH", 1},
		{"SMTP", saying([]byte("220 mail.example.com ESMTP\r\n")), "not-tls", "smtp", "SMTP", 1},
		{"SOCKS", saying([]byte{5, 0xff}), "", "", "", 1},
		{"garbage", saying(bytes.Repeat([]byte{0xde, 0xad, 0xbe, 0xef}, 1<<16)), "not-tls", "", "", 1},
		{"nothing", func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, "timeout", "", "no answer in time", 1},
		{"the end", func(c net.Conn) { _, _ = io.ReadFull(c, make([]byte, 5)) }, "", "", "the connection", fewConnections + 2},
		{"an alert", afterHello(saying(record(21, []byte{2, 40}))), "alert", "", "handshake failure", fewConnections + 2},
		{"a byte a second", afterHello(func(c net.Conn) {
			for _, b := range helloOf(0xc02f) {
				if _, err := c.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(200 * time.Millisecond)
			}
		}), "timeout", "", "no answer in time", 1},
		{"16 MiB of certificates", afterHello(func(c net.Conn) {
			_, _ = c.Write(helloOf(0xc02f))
			_, _ = c.Write(record(22, message(11, 1<<24-1, nil)))
			for {
				if _, err := c.Write(endless); err != nil {
					return
				}
			}
		}), "tls", "", "exceeds maximum of 262144 bytes", fewConnections + 2},
		{"10,000 certificates", afterHello(saying(append(helloOf(0xc02f), records(certificates(10000, small))...))), "tls", "", "exceeds maximum of 262144 bytes", fewConnections + 2},
		{"as many certificates as go in", afterHello(saying(append(helloOf(0xc02f), records(certificates(262000/(len(small)+3), small))...))), "", "", "", fewConnections + 2},
		{"certificates that are none", afterHello(saying(append(helloOf(0xc02f), records(append(certificates(3, []byte("hello")), 14, 0, 0, 0))...))), "tls", "", "failed to parse certificate", fewConnections + 2},
		{"a suite that was not offered", afterHello(saying(append(helloOf(0x0001), record(22, []byte{14, 0, 0, 0})...))), "legacy", "TLS 1.2", "with TLS_RSA_WITH_NULL_MD5", fewConnections + 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var connections atomic.Int64
			at := listen(t, func(c net.Conn) {
				connections.Add(1)
				tt.answer(c)
			})
			o := options()
			o.Timeout, o.Matrix, o.Resume = time.Second, true, true
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			r, err := Probe(t.Context(), at, o)
			runtime.ReadMemStats(&after)
			if took := time.Since(start); took > 4*time.Second {
				t.Errorf("took %s", took)
			}
			// The server's own are in it.
			if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 256 {
				t.Errorf("%d MiB", mib)
			}
			if n := connections.Load(); n > tt.connections {
				t.Errorf("%d connections, and %d are enough", n, tt.connections)
			}
			if _, ok := errors.AsType[*dial.Error](err); !ok || r == nil || r.Problem == nil || r.Certificates == nil {
				t.Fatalf("got %+v, %v", r, err)
			}
			if p := r.Problem; tt.kind != "" && p.Kind != tt.kind || p.Speaks != tt.speaks && tt.speaks != "" || !strings.Contains(p.Text, tt.text) || p.At != "handshake" {
				t.Errorf("%+v", p)
			}
		})
	}
}

// A server can show many certificates under a good handshake, and each of them can
// have issued each other.
func TestManyCertificates(t *testing.T) {
	root := issue(t, nil, "same", nil, authority)
	leaf := issue(t, root, "mux.example.com", nil)
	c := leaf.tls()
	for size := len(leaf.Raw); ; {
		next := issue(t, root, "same", root.key, authority)
		if size += len(next.Raw) + 3; size > 255<<10 {
			break
		}
		c.Certificate = append(c.Certificate, next.Raw)
	}
	o := options()
	o.Bundle = bundle(t, issue(t, nil, "another", nil, authority))
	start := time.Now()
	r, err := Probe(t.Context(), serve(t, &tls.Config{Certificates: []tls.Certificate{c}, MaxVersion: tls.VersionTLS12}), o)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); len(r.Certificates) < 500 || *r.Verdict.Trusted || took > 5*time.Second {
		t.Errorf("%d certificates, %+v in %s", len(r.Certificates), r.Verdict, took)
	}
}

func TestCanceled(t *testing.T) {
	at := listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	start := time.Now()
	if _, err := Probe(ctx, at, options()); !errors.Is(err, context.Canceled) || time.Since(start) > 3*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
}

// What answers nobody is told apart from what does not speak TLS.
func TestNobody(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at, err := dial.ParseEndpoint(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	r, err := Probe(t.Context(), at, options())
	if err == nil || r.Problem.At != "connect" || r.Problem.Kind != "refused" || r.Answers() || r.OK() {
		t.Errorf("%+v, %v", r.Problem, err)
	}
}
