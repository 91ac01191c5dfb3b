// Package dial is the way to servers: over proxies, through the protocols that are
// spoken before TLS (STARTTLS), again when the network fails, and no faster than
// is wanted. An [Endpoint] is where a server is, and a [Dialer] how it is reached.
package dial

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"time"

	"golang.org/x/time/rate"
)

// Family is the sort of IP addresses that are used where a name has both.
type Family string

// The families.
const (
	AnyFamily Family = ""
	IPv4      Family = "4"
	IPv6      Family = "6"
)

// Dialer says how servers are reached. The zero value goes straight to them, once
// and with no limit but that of the context. It is not changed by use: goroutines
// can share it.
type Dialer struct {
	// Proxies are gone through in this order.
	Proxies []Proxy
	// Family is that of names which are resolved here.
	Family Family
	// ConnectTimeout is for the first TCP connection, and Timeout for an attempt
	// until TLS can begin: the connection, the proxies and STARTTLS. Zero is none.
	ConnectTimeout, Timeout time.Duration
	// Retries is how often a server is tried again after an error that may pass.
	Retries int
	// Backoff is the pause before the first of them. It doubles each time, up to
	// half a minute.
	Backoff time.Duration
	// Rand shortens each pause by up to half, so that many do not come again at the
	// same moment. Without it they are whole. Goroutines that share the Dialer read it
	// at once.
	Rand io.Reader
	// Sleep waits, and ends early with the error of the context when that ends; nil
	// is to really do so.
	Sleep func(context.Context, time.Duration) error
	// Limiter is the rate of attempts, for all dialers that share it; nil is none.
	Limiter *rate.Limiter
	// ProxyTLS is for https proxies, which are verified for the names of their
	// URLs; nil is for the roots of the system.
	ProxyTLS *tls.Config
}

// Dial connects to a server. The next byte that is written to the connection and
// the next that is read from it are those of TLS: STARTTLS is over. The error is
// an *Error.
func (d Dialer) Dial(ctx context.Context, at Endpoint) (net.Conn, error) {
	for attempt := 1; ; attempt++ {
		conn, err := d.attempt(ctx, at)
		if err == nil {
			return conn, nil
		}
		err.Endpoint, err.Attempts = at, attempt
		if attempt > d.Retries || !err.Temporary() || ctx.Err() != nil {
			return nil, err
		}
		if d.sleep(ctx, attempt) != nil {
			if errors.Is(ctx.Err(), context.Canceled) {
				err.Err = ctx.Err()
			}
			return nil, err
		}
	}
}

// attempt is one. The caller fills in what it knows.
func (d Dialer) attempt(ctx context.Context, at Endpoint) (net.Conn, *Error) {
	if d.Limiter != nil {
		if err := d.Limiter.Wait(ctx); err != nil {
			if ctx.Err() == nil { // it would take longer than there is time
				err = context.DeadlineExceeded
			}
			return nil, &Error{Stage: StageConnect, Err: err}
		}
	}
	if d.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.Timeout)
		defer cancel()
	}
	hops := make([]Endpoint, 0, len(d.Proxies)+1)
	for _, p := range d.Proxies {
		hops = append(hops, Endpoint{Host: p.Host, Port: p.Port})
	}
	hops = append(hops, at)
	conn, err := (&net.Dialer{Timeout: d.ConnectTimeout}).DialContext(ctx, "tcp"+string(d.Family), hops[0].Address())
	if err != nil {
		e := &Error{Stage: StageConnect, Err: reason(err)}
		if len(d.Proxies) > 0 {
			e.Proxy = d.Proxies[0].String()
		}
		return nil, e
	}
	for i, p := range d.Proxies {
		next, err := d.through(ctx, conn, p, hops[i+1])
		if err != nil {
			_ = conn.Close() // nothing was written that matters
			return nil, &Error{Proxy: p.String(), Stage: StageProxy, Err: reason(err)}
		}
		conn = next
	}
	if at.Protocol != "" {
		if err := begin(ctx, conn, at.Protocol, at.name()); err != nil {
			_ = conn.Close()
			return nil, &Error{Stage: StageSTARTTLS, Err: reason(err)}
		}
	}
	return conn, nil
}

// sleep is the pause behind the attempt of that number.
func (d Dialer) sleep(ctx context.Context, attempt int) error {
	const longest = 30 * time.Second
	pause := min(d.Backoff, longest)
	for i := 1; i < attempt && pause < longest; i++ {
		pause = min(2*pause, longest)
	}
	if d.Rand != nil {
		var random [2]byte
		if _, err := io.ReadFull(d.Rand, random[:]); err != nil {
			return err
		}
		pause -= time.Duration(uint64(pause) / 2 * uint64(binary.BigEndian.Uint16(random[:])) >> 16)
	}
	if d.Sleep != nil {
		return d.Sleep(ctx, pause)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// within ends a conversation when the context does: a connection knows nothing of
// contexts.
func within(ctx context.Context, conn net.Conn, talk func() error) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	err := talk()
	if over := !stop(); over || err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return err
}
