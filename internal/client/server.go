package client

import (
	"context"
	"crypto"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// Server is a throw-away TLS server on a loopback address. To every request it
// answers one small page.
type Server struct {
	Address string // "127.0.0.1:PORT"

	listener net.Listener
	wait     sync.WaitGroup
	stop     context.CancelFunc
}

// page is what every client gets. Clients of other protocols than HTTP need none.
const page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 51\r\nConnection: close\r\n\r\n" +
	"<html><body><p>muxkey trust prove</p></body></html>"

// Serve starts a server with a key and the chain that is to be shown, leaf first.
// It ends with Close, or with the context.
func Serve(ctx context.Context, chain [][]byte, key crypto.Signer) (*Server, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	s := &Server{Address: l.Addr().String(), listener: l, stop: stop}
	context.AfterFunc(ctx, func() { _ = l.Close() })
	config := &tls.Config{
		Certificates: []tls.Certificate{{Certificate: chain, PrivateKey: key}},
		NextProtos:   []string{"http/1.1"},
		MinVersion:   tls.VersionTLS12,
	}
	s.wait.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				if errors.Is(err, net.ErrClosed) {
					return
				}
				continue
			}
			s.wait.Go(func() { answer(ctx, tls.Server(conn, config)) })
		}
	})
	return s, nil
}

// Close ends the server and waits until its connections have ended.
func (s *Server) Close() {
	s.stop()
	_ = s.listener.Close() // a second time does no harm
	s.wait.Wait()
}

// answer waits for the end of a request and sends the page. That a client goes away
// is no error: many do as soon as they have decided.
func answer(ctx context.Context, conn *tls.Conn) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = conn.NetConn().Close() })()
	defer func() { _ = conn.Close() }()
	if conn.HandshakeContext(ctx) != nil {
		return
	}
	const end = "\r\n\r\n"
	at := 0
	for buf := make([]byte, 1); at < len(end); {
		if _, err := conn.Read(buf); err != nil {
			return
		}
		switch buf[0] {
		case end[at]:
			at++
		case '\r':
			at = 1
		default:
			at = 0
		}
	}
	_, _ = conn.Write([]byte(page))
}
