package hello_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"muxkey/probe/hello"
)

// pipes dials to a server in memory, for whose time nobody has to wait. The number
// of the connection says what answers it; nil refuses it.
func pipes(all *sync.WaitGroup, answer func(n int) func(net.Conn)) dialer {
	var made atomic.Int32
	return func(context.Context) (net.Conn, error) {
		serve := answer(int(made.Add(1)))
		if serve == nil {
			return nil, syscall.ECONNREFUSED
		}
		client, server := net.Pipe()
		all.Go(func() {
			serve(server)
			_ = server.Close()
		})
		return client, nil
	}
}

func hangUp(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }

func hang(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// A server that has had enough of us, in one of the ways there are, is named. What
// it answered until then stands, and the rest is not taken for refused.
func TestLimited(t *testing.T) {
	cert := certificate(t, false)
	talk := func(c net.Conn) {
		_ = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10}).Handshake()
	}
	for name, then := range map[string]func(net.Conn){"refuses": nil, "closes": hangUp, "hangs": hang} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var all sync.WaitGroup
				defer all.Wait()
				m, err := hello.Scan(t.Context(), pipes(&all, func(n int) func(net.Conn) {
					if n <= 20 {
						return talk
					}
					return then
				}), hello.Options{Randomness: rand.Reader, AtOnce: 1})
				limited, ok := errors.AsType[*hello.LimitedError](m.Cut)
				if err != nil || !ok || limited.After < 20 || limited.After > 35 || m.Connections > 35 {
					t.Fatalf("%v after %d connections, %v", m.Cut, m.Connections, err)
				}
				cut := 0
				for _, v := range m.Versions {
					if v.Cut {
						cut++
					}
					if _, ok := errors.AsType[*hello.AlertError](v.Refusal); v.Refusal != nil && !ok && (!v.Cut || !errors.Is(v.Refusal, hello.ErrCut)) {
						t.Errorf("%s: refused by %v", v.Version, v.Refusal)
					}
				}
				if cut == 0 || m.Usual.Version != hello.TLS13 {
					t.Errorf("%d versions cut, %s", cut, m.Usual.Version)
				}
			})
		})
	}
}

// A server that closes where others send an alert is asked once more, and believed.
// One that only cannot take so many at a time is not.
func TestClosesToRefuse(t *testing.T) {
	cert := certificate(t, false)
	cfg := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}
	quiet := func(c net.Conn) { _ = tls.Server(&alertless{Conn: c}, cfg).Handshake() }
	for _, limit := range []int{0, 15} { // connections in 300 ms
		name := "no alerts"
		if limit > 0 {
			name = "not so many at a time"
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var all sync.WaitGroup
				defer all.Wait()
				var since time.Time
				count, closed := 0, 0
				m, err := hello.Scan(t.Context(), pipes(&all, func(int) func(net.Conn) {
					if time.Since(since) > 300*time.Millisecond {
						since, count = time.Now(), 0
					}
					if count++; limit > 0 && count > limit {
						closed++
						return hangUp
					}
					return quiet
				}), hello.Options{Randomness: rand.Reader, AtOnce: 1, Connections: 500})
				if limit > 0 && closed == 0 {
					t.Error("there was no limit")
				}
				if err != nil || m.Cut != nil {
					t.Fatal(err, m.Cut)
				}
				for _, v := range m.Versions {
					if v.Accepted != (v.Version == hello.TLS12) || !v.Accepted && !errors.Is(v.Refusal, hello.ErrClosed) {
						t.Errorf("%s: %t, %v", v.Version, v.Accepted, v.Refusal)
					}
				}
				if v := m.Of(hello.TLS12); len(v.Suites) != 5 || len(v.Groups) != 4 || v.Cut {
					t.Errorf("%q, %q", suites(v.Suites), groups(v.Groups))
				}
			})
		})
	}
}

// alertless is a connection of a server that keeps its alerts to itself.
type alertless struct{ net.Conn }

func (a *alertless) Write(b []byte) (int, error) {
	if b[0] == 21 {
		return len(b), nil
	}
	return a.Conn.Write(b)
}

// The number of connections is kept to, and who stops says so.
func TestSpent(t *testing.T) {
	dial := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate(t, false)}, MinVersion: tls.VersionTLS10})
	full, err := hello.Scan(t.Context(), dial, hello.Options{Randomness: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 2, 6, 20, full.Connections - 1, full.Connections} {
		var made, open, most atomic.Int32
		m, err := hello.Scan(t.Context(), func(ctx context.Context) (net.Conn, error) {
			made.Add(1)
			c, err := dial(ctx)
			if now := open.Add(1); now > most.Load() {
				most.Store(now)
			}
			return &counted{Conn: c, open: &open}, err
		}, hello.Options{Randomness: rand.Reader, Connections: n, AtOnce: 3})
		if err != nil || int(made.Load()) != n || m.Connections != n || m.AtMost != n || most.Load() > 3 {
			t.Errorf("%d of %d connections, %d at once: %v", made.Load(), n, most.Load(), err)
		}
		if done := n == full.Connections; errors.Is(m.Cut, hello.ErrSpent) == done || done != (m.Cut == nil) || !done != slices.ContainsFunc(m.Versions, func(v hello.Support) bool { return v.Cut }) {
			t.Errorf("%d of %d: %v", n, full.Connections, m.Cut)
		}
	}
}

type counted struct {
	net.Conn
	open *atomic.Int32
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

// What is no TLS server at all is an error.
func TestScanErrors(t *testing.T) {
	http := script([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), 0, true)
	for _, tt := range []struct {
		name   string
		answer func(net.Conn)
		want   func(error) bool
		made   int
		within time.Duration
	}{
		{"refuses", nil, func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }, 1, 0},
		{"HTTP", http, func(err error) bool { _, ok := errors.AsType[*hello.NotTLSError](err); return ok }, 1, 0},
		{"closes", hangUp, func(err error) bool { return errors.Is(err, hello.ErrClosed) }, 10, 0},
		{"hangs", hang, func(err error) bool { return errors.Is(err, hello.ErrSilent) }, 6, 15 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var all sync.WaitGroup
				defer all.Wait()
				m, err := hello.Scan(t.Context(), pipes(&all, func(int) func(net.Conn) { return tt.answer }), hello.Options{Randomness: rand.Reader})
				if !tt.want(err) || m.Connections > tt.made || time.Since(start) > tt.within {
					t.Errorf("%d connections in %s: %v", m.Connections, time.Since(start), err)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		var all sync.WaitGroup
		defer all.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := hello.Scan(ctx, pipes(&all, func(int) func(net.Conn) { return hang }), hello.Options{Randomness: rand.Reader}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended with %v", err)
		}
	})
}
