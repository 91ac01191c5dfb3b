package client

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// proxy listens on a loopback address for CONNECT (RFC 9110 section 9.3.6) and leads
// all that ask for the host of the run to its server, whatever the name is worth in
// DNS. It ends with the context.
func (r *run) proxy(ctx context.Context) (address string, err error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	context.AfterFunc(ctx, func() { _ = l.Close() })
	want := net.JoinHostPort(r.Host, r.port)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go relay(ctx, conn, want, r.Address)
		}
	}()
	return l.Addr().String(), nil
}

func relay(ctx context.Context, conn net.Conn, want, address string) {
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	_ = conn.SetReadDeadline(deadline(ctx))
	in := bufio.NewReader(conn)
	request, err := http.ReadRequest(in)
	if err != nil || request.Method != http.MethodConnect || request.Host != want {
		_, _ = io.WriteString(conn, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
		return
	}
	server, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		_, _ = io.WriteString(conn, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
		return
	}
	defer func() { _ = server.Close() }()
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		_, _ = io.Copy(server, in)
		_ = server.Close()
	})
	_, _ = io.Copy(conn, server)
	_ = conn.Close()
	wait.Wait()
}

func deadline(ctx context.Context) time.Time {
	end, _ := ctx.Deadline()
	return end // zero for none
}
