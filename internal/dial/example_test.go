package dial_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"muxkey/internal/dial"
)

func ExampleParseHost() {
	for _, text := range []string{"mux.example.com", "mux.example.com:8443", "https://mux.example.com/login", "smtp+starttls://mail.example.com", "[::1]"} {
		at, err := dial.ParseHost(text, "443")
		fmt.Println(at, err)
	}
	// Output:
	// mux.example.com:443 <nil>
	// mux.example.com:8443 <nil>
	// mux.example.com:443 <nil>
	// smtp+starttls://mail.example.com:25 <nil>
	// [::1]:443 <nil>
}

// A proxy that wants to know who comes.
func ExampleDialer() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = l.Close() }()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = c.Write([]byte("\x05\xff"))
	}()
	p, err := dial.ParseProxy("socks5h://" + l.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	d := dial.Dialer{Proxies: []dial.Proxy{p}, Timeout: 5 * time.Second, Retries: 2, Backoff: time.Second}
	_, err = d.Dial(context.Background(), dial.Endpoint{Host: "mux.example.com", Port: "443"})
	if e, ok := errors.AsType[*dial.Error](err); ok {
		fmt.Println(e.Stage, e.Kind(), e.Err)
		fmt.Println(e.Hint())
	}
	// Output:
	// proxy proxy-auth it asks for a user and a password
	// write the user into the URL of the proxy, as in http://USER@HOST:PORT, and give the password by its source
}
