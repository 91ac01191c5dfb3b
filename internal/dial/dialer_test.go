package dial

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

func closedPort(t *testing.T) Endpoint {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return endpoint(t, l.Addr().String())
}

func TestRetries(t *testing.T) {
	at := closedPort(t)
	var pauses []time.Duration
	d := Dialer{Retries: 7, Backoff: time.Second, Sleep: func(_ context.Context, pause time.Duration) error {
		pauses = append(pauses, pause)
		return nil
	}}
	_, err := d.Dial(t.Context(), at)
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Attempts != 8 || e.Kind() != KindRefused || !strings.HasSuffix(err.Error(), "connecting: connect: connection refused (8 attempts)") {
		t.Errorf("got %v", err)
	}
	var seconds []float64
	for _, pause := range pauses {
		seconds = append(seconds, pause.Seconds())
	}
	if !slices.Equal(seconds, []float64{1, 2, 4, 8, 16, 30, 30}) {
		t.Errorf("paused %v", pauses)
	}
	// Randomness takes up to half.
	pauses = nil
	d.Retries, d.Rand = 3, bytes.NewReader([]byte{0, 0, 0xff, 0xff, 0x80, 0})
	if _, err := d.Dial(t.Context(), at); err == nil || len(pauses) != 3 || pauses[0] != time.Second || pauses[1] > 1001*time.Millisecond || pauses[1] < time.Second || pauses[2] != 3*time.Second {
		t.Errorf("paused %v, %v", pauses, err)
	}
	// What will not pass is not tried again.
	pauses = nil
	refusing := proxyAt(t, "socks5h://", saysAll("\x05\xff"))
	if _, err := (Dialer{Retries: 3, Proxies: []Proxy{refusing}, Sleep: d.Sleep}).Dial(t.Context(), at); err == nil || len(pauses) > 0 {
		t.Errorf("paused %v, %v", pauses, err)
	}
	// A server that comes up is reached.
	up, _ := serve(t, saysAll("HTTP/1.1 503 wait\r\n\r\n"))
	busy, err := ParseProxy("http://" + up.Address())
	if err != nil {
		t.Fatal(err)
	}
	free := proxyAt(t, "http://", saysAll("HTTP/1.1 200 OK\r\n\r\n"))
	d = Dialer{Proxies: []Proxy{busy}, Retries: 1}
	d.Sleep = func(context.Context, time.Duration) error {
		d.Proxies[0] = free
		return nil
	}
	conn, err := d.Dial(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	// Who leaves in a pause has left.
	ctx, cancel := context.WithCancel(t.Context())
	d = Dialer{Retries: 1, Backoff: time.Hour}
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := d.Dial(ctx, at); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := d.Dial(ctx, at); !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v", err)
	}
}

func TestLimiter(t *testing.T) {
	at, heard := serve(t, saysAll(""))
	d := Dialer{Limiter: rate.NewLimiter(rate.Every(time.Hour), 3)}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var wait sync.WaitGroup
	var lock sync.Mutex
	kinds := map[Kind]int{}
	for range 5 {
		wait.Go(func() {
			conn, err := d.Dial(ctx, at)
			lock.Lock()
			defer lock.Unlock()
			if e, ok := errors.AsType[*Error](err); ok {
				kinds[e.Kind()]++
				return
			}
			kinds[""]++
			_ = conn.Close()
		})
	}
	wait.Wait()
	for range 3 {
		<-heard
	}
	if kinds[""] != 3 || kinds[KindTimeout] != 2 {
		t.Errorf("got %v", kinds)
	}
}

func TestTimeouts(t *testing.T) {
	silent, _ := serve(t, func(c net.Conn) []byte {
		_, _ = io.Copy(io.Discard, c)
		return nil
	})
	mail := silent
	mail.Protocol = "smtp"
	for _, tt := range []struct {
		at    Endpoint
		stage Stage
		hint  string
		proxy string
	}{
		{mail, StageSTARTTLS, "where TLS begins at once, write " + silent.Address(), ""},
		{silent, StageProxy, "the proxy may be of another kind than its URL says: socks4, socks4a, socks5, socks5h, http, https", "socks4a"},
		{silent, StageProxy, "the proxy may be of another kind than its URL says: socks4, socks4a, socks5, socks5h, http, https", "socks5"},
		{silent, StageProxy, "the proxy may be of another kind than its URL says: socks4, socks4a, socks5, socks5h, http, https", "http"},
		{silent, StageProxy, "the proxy may be of another kind than its URL says: socks4, socks4a, socks5, socks5h, http, https", "https"},
	} {
		d := Dialer{Timeout: 50 * time.Millisecond}
		if tt.proxy != "" {
			d.Proxies = []Proxy{{Scheme: tt.proxy, Host: silent.Host, Port: silent.Port}}
		}
		start := time.Now()
		_, err := d.Dial(t.Context(), tt.at)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Kind() != KindTimeout || e.Stage != tt.stage || e.Hint() != tt.hint || !e.Temporary() || time.Since(start) > 5*time.Second {
			t.Errorf("%s: %v after %s", tt.proxy, err, time.Since(start))
		}
	}
	// No more than the time until TLS begins counts.
	conn, err := Dialer{Timeout: 50 * time.Millisecond}.Dial(t.Context(), silent)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(70 * time.Millisecond)
	if _, err := conn.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	_ = conn.Close()
	// A time of no length is over at once, also for the kernel.
	_, err = Dialer{ConnectTimeout: 1}.Dial(t.Context(), silent)
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind() != KindTimeout || e.Stage != StageConnect {
		t.Errorf("got %v", err)
	}
}

func TestFamily(t *testing.T) {
	at, _ := serve(t, saysAll(""))
	_, err := Dialer{Family: IPv6}.Dial(t.Context(), at)
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind() != KindName || e.Temporary() {
		t.Errorf("got %v", err)
	}
	p := proxyAt(t, "socks4://", saysAll(socks4OK))
	_, err = Dialer{Proxies: []Proxy{p}, Family: IPv6}.Dial(t.Context(), Endpoint{Host: "localhost", Port: "1"})
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind() != KindRefused && e.Kind() != KindName {
		t.Errorf("got %v", err)
	}
	at.Host = "localhost"
	conn, err := Dialer{Family: IPv4}.Dial(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}

// The errors of the network have their kinds and words.
func TestNames(t *testing.T) {
	mux := endpoint(t, "mux.example:443")
	for _, tt := range []struct {
		err       error
		kind      Kind
		temporary bool
		text      string
	}{
		{&net.DNSError{Name: "mux.example", Err: "no such host", IsNotFound: true}, KindName, false, "mux.example:443: connecting: the name mux.example does not resolve: no such host"},
		{&net.DNSError{Name: "mux.example", Err: "server misbehaving", IsTemporary: true}, KindName, true, "server misbehaving"},
		{&net.DNSError{Name: "mux.example", Err: "i/o timeout", IsTimeout: true}, KindTimeout, true, "connecting: there is no answer in time"},
		{context.Canceled, KindCanceled, false, "context canceled"},
		{errors.New("strange"), KindOther, false, "strange"},
	} {
		e := &Error{Endpoint: mux, Stage: StageConnect, Err: tt.err}
		if e.Kind() != tt.kind || e.Temporary() != tt.temporary || !strings.HasSuffix(e.Error(), tt.text) {
			t.Errorf("%v: kind %s, temporary %v", e, e.Kind(), e.Temporary())
		}
	}
}
