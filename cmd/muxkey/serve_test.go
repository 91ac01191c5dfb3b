package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// serve starts a TLS server on the loopback address that shows the certificates
// of a PEM file, which has the key as well, answers with one page, and ends with
// the story. A file that has changed is loaded for the next client, as after a
// reload. With "smtp" it speaks SMTP until STARTTLS, with "silent" it says nothing.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 || len(args) == 3 && args[2] != "smtp" && args[2] != "silent" {
		ts.Fatalf("usage: serve VARIABLE FILE.pem [smtp|silent]")
	}
	manner := append(args, "")[2]
	file := ts.MkAbs(args[1])
	load := func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		certificate, err := tls.LoadX509KeyPair(file, file)
		return &certificate, err
	}
	_, err := load(nil)
	ts.Check(err)
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv(args[0], l.Addr().String())
	cfg := &tls.Config{GetCertificate: load} // one, as it has the keys of its tickets
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answer(c, cfg, manner)
		}
	}()
}

func answer(c net.Conn, cfg *tls.Config, manner string) {
	defer func() { _ = c.Close() }()
	if c.SetDeadline(time.Now().Add(10*time.Second)) != nil {
		return
	}
	switch manner {
	case "smtp":
		if !startTLS(c) {
			return
		}
	case "silent":
		_, _ = io.Copy(io.Discard, c) // until the other side has had enough
		return
	}
	conn := tls.Server(c, cfg)
	r := bufio.NewReader(conn)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		if strings.TrimSpace(line) == "" {
			break
		}
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n")
	_ = conn.Close()
}

// startTLS plays a mail server up to RFC 3207 section 4.
func startTLS(c net.Conn) bool {
	r := bufio.NewReader(c)
	for _, say := range []string{"220 mail ESMTP\r\n", "250-mail\r\n250 STARTTLS\r\n", "220 go ahead\r\n"} {
		if _, err := io.WriteString(c, say); err != nil {
			return false
		}
		if strings.HasPrefix(say, "220 go") {
			return true
		}
		if _, err := r.ReadString('\n'); err != nil {
			return false
		}
	}
	return false
}

// getByGo is a program that gets a page over HTTP as all made with Go does.
func getByGo() {
	r, err := http.Get(os.Args[1]) //nolint:noctx,gosec // it ends with the process, and goes where the story says
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer func() { _ = r.Body.Close() }()
	if _, err := io.Copy(os.Stdout, r.Body); err != nil || r.StatusCode != http.StatusOK {
		fmt.Println(r.Status, err)
		os.Exit(1) //nolint:gocritic // the body is closed with the process
	}
}
