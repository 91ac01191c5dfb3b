package dial

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muxkey/internal/peer"
)

// running starts a proxy on a free port, and stops it when the test ends.
func running(t *testing.T, scheme, name string, args func(port string) []string) Proxy {
	t.Helper()
	program := peer.Program(t, name)
	at := closedPort(t)
	ctx, cancel := context.WithCancel(context.Background())
	said, err := os.Create(filepath.Join(t.TempDir(), "said")) // a pipe would be waited for as long as children have it
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = said.Close() }()
	c := exec.CommandContext(ctx, program, args(at.Port)...)
	c.Stdout, c.Stderr = said, said
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 5 * time.Second
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = c.Wait() // stopped by a signal
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	d := Dialer{Retries: 200, Backoff: 50 * time.Millisecond, Sleep: func(ctx context.Context, _ time.Duration) error {
		select {
		case <-ended:
			return errors.New("it has ended")
		case <-time.After(50 * time.Millisecond):
			return ctx.Err()
		}
	}}
	conn, err := d.Dial(ctx, at)
	if err != nil {
		cancel()
		<-ended
		text, _ := os.ReadFile(said.Name())
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	_ = conn.Close()
	p, err := ParseProxy(scheme + "://" + at.Address())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// config writes the file of settings of a program.
func config(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "proxy.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func microsocks(t *testing.T) Proxy {
	return running(t, "socks5h", "microsocks", func(port string) []string {
		return []string{"-i", "127.0.0.1", "-p", port, "-u", "me", "-P", "secret"}
	})
}

// dante speaks SOCKS4 and SOCKS5, and connects to no port below 1024. Of SOCKS4a it
// knows nothing, and connects to 0.0.0.1.
func dante(t *testing.T) Proxy {
	return running(t, "socks5", "danted", func(port string) []string {
		return []string{"-p", filepath.Join(t.TempDir(), "pid"), "-f", config(t, `
logoutput: stderr
internal: 127.0.0.1 port = `+port+`
external: 127.0.0.1
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 127.0.0.0/8 to: 127.0.0.0/8 }
socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 port 1024-65535 }
socks block { from: 0.0.0.0/0 to: 0.0.0.0/0 }
`)}
	})
}

func tinyproxy(t *testing.T) Proxy {
	return running(t, "http", "tinyproxy", func(port string) []string {
		return []string{"-d", "-c", config(t, "Port "+port+"\nListen 127.0.0.1\nAllow 127.0.0.1\nBasicAuth me secret\nTimeout 20\nMaxClients 20\n")}
	})
}

// openssh is the client's dynamic forwarding, which speaks SOCKS4a too. It comes out
// at a server of our own.
func openssh(t *testing.T) Proxy {
	signer, err := ssh.NewSignerFromKey(certificate(t, 1).PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cfg := &ssh.ServerConfig{NoClientAuth: true}
	cfg.AddHostKey(signer)
	at, _ := serve(t, func(c net.Conn) []byte {
		conn, channels, requests, err := ssh.NewServerConn(c, cfg)
		if err != nil {
			return nil
		}
		defer func() { _ = conn.Close() }()
		go ssh.DiscardRequests(requests)
		for n := range channels {
			go forwardSSH(t.Context(), n)
		}
		return nil
	})
	return running(t, "socks4a", "ssh", func(port string) []string {
		return []string{"-N", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-D", "127.0.0.1:" + port, "-p", at.Port, "me@127.0.0.1"}
	})
}

// forwardSSH connects a channel to where it is to lead (RFC 4254 section 7.2).
func forwardSSH(ctx context.Context, n ssh.NewChannel) {
	var to struct {
		Host   string
		Port   uint32
		Origin string
		From   uint32
	}
	if n.ChannelType() != "direct-tcpip" || ssh.Unmarshal(n.ExtraData(), &to) != nil {
		_ = n.Reject(ssh.UnknownChannelType, "")
		return
	}
	on, err := (&net.Dialer{}).DialContext(ctx, "tcp4", net.JoinHostPort(to.Host, fmt.Sprint(to.Port)))
	if err != nil {
		_ = n.Reject(ssh.ConnectionFailed, "")
		return
	}
	defer func() { _ = on.Close() }()
	channel, requests, err := n.Accept()
	if err != nil {
		return
	}
	defer func() { _ = channel.Close() }()
	go ssh.DiscardRequests(requests)
	go func() {
		_, _ = io.Copy(on, channel)
		_ = on.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(channel, on)
}

// as is the proxy as a user with a password asks for it, by another scheme.
func as(p Proxy, scheme, user, password string) Proxy {
	p.Scheme, p.User, p.Password = scheme, user, func() string { return password }
	return p
}

func TestInteropProxies(t *testing.T) {
	if os.Getuid() != 0 && os.Getenv("MUXKEY_INTEROP") != "require" {
		t.Skip("danted changes its user, which root alone can do")
	}
	micro, dante, tiny, ssh := microsocks(t), dante(t), tinyproxy(t), openssh(t)
	own := certificate(t, 1)
	address, _ := serve(t, func(c net.Conn) []byte {
		data, _ := io.ReadAll(tls.Server(c, &tls.Config{Certificates: []tls.Certificate{own}}))
		return data
	})
	name := address
	name.Host = "localhost"
	mail, _ := serve(t, plays([]turn{{"220 mail ESMTP\r\n", ""}, {"", "EHLO [127.0.0.1]\r\n"}, {"250-mail\r\n250 STARTTLS\r\n", "STARTTLS\r\n"}, {"220 go\r\n", ""}}, &tls.Config{Certificates: []tls.Certificate{own}}))
	mail.Protocol = "smtp"
	signedMicro, signedTiny := as(micro, "socks5h", "me", "secret"), as(tiny, "http", "me", "secret")
	for _, tt := range []struct {
		name  string
		chain []Proxy
	}{
		{"microsocks", []Proxy{signedMicro}},
		{"microsocks, resolved here", []Proxy{as(micro, "socks5", "me", "secret")}},
		{"danted, SOCKS4", []Proxy{as(dante, "socks4", "", "")}},
		{"danted, SOCKS4 with a user", []Proxy{as(dante, "socks4", "me", "")}},
		{"OpenSSH, SOCKS4", []Proxy{as(ssh, "socks4", "", "")}},
		{"OpenSSH, SOCKS4a", []Proxy{ssh}},
		{"OpenSSH, SOCKS4a with a user", []Proxy{as(ssh, "socks4a", "me", "")}},
		{"OpenSSH, SOCKS5", []Proxy{as(ssh, "socks5h", "", "")}},
		{"danted, SOCKS5", []Proxy{as(dante, "socks5", "", "")}},
		{"danted, SOCKS5, resolved there", []Proxy{as(dante, "socks5h", "me", "secret")}},
		{"tinyproxy", []Proxy{signedTiny}},
		{"microsocks, tinyproxy", []Proxy{signedMicro, signedTiny}},
		{"tinyproxy, microsocks", []Proxy{signedTiny, signedMicro}},
		{"OpenSSH, tinyproxy, microsocks", []Proxy{ssh, signedTiny, signedMicro}},
		{"danted, tinyproxy, microsocks", []Proxy{as(dante, "socks4", "", ""), signedTiny, signedMicro}},
	} {
		for _, at := range []Endpoint{address, name, mail} {
			t.Run(tt.name+" to "+at.Host+at.Protocol, func(t *testing.T) {
				d := Dialer{Proxies: tt.chain, Timeout: 10 * time.Second, Family: IPv4}
				got, err := d.Certificates(t.Context(), at, "")
				if err != nil || !bytes.Equal(got[0].Raw, own.Certificate[0]) {
					t.Error(err)
				}
			})
		}
	}
	gone, forbidden := closedPort(t), Endpoint{Host: "127.0.0.1", Port: "1"}
	for _, tt := range []struct {
		name  string
		chain []Proxy
		at    Endpoint
		kind  Kind
		text  string
	}{
		{"microsocks without a password", []Proxy{micro}, address, KindProxyAuth, "asks for"},
		{"microsocks with another password", []Proxy{as(micro, "socks5h", "me", "other")}, address, KindProxyAuth, "does not take"},
		{"microsocks, SOCKS4", []Proxy{as(micro, "socks4", "", "")}, address, KindProxyProtocol, "SOCKS"},
		{"microsocks, CONNECT", []Proxy{as(micro, "http", "", "")}, address, KindProxyProtocol, "SOCKS"},
		{"microsocks, nothing there", []Proxy{signedMicro}, gone, KindProxyRefused, "5, the server refuses"},
		{"microsocks, no such name", []Proxy{signedMicro}, Endpoint{Host: "mux.invalid", Port: "443"}, KindProxyRefused, "1, general failure"},
		{"danted, SOCKS4, nothing there", []Proxy{as(dante, "socks4", "", "")}, gone, KindProxyRefused, "91, "},
		{"danted, nothing there", []Proxy{dante}, gone, KindProxyRefused, "5, the server refuses"},
		{"danted, not allowed", []Proxy{dante}, forbidden, KindProxyRefused, "2, its rules"},
		{"danted, CONNECT", []Proxy{as(dante, "http", "", "")}, address, KindClosed, ""},
		{"tinyproxy without a password", []Proxy{tiny}, address, KindProxyAuth, "asks for"},
		{"tinyproxy with another password", []Proxy{as(tiny, "http", "me", "other")}, address, KindProxyAuth, "does not take"},
		{"tinyproxy, nothing there", []Proxy{signedTiny}, gone, KindProxyRefused, "500, "},
		// It waits for the end of a line.
		{"tinyproxy, SOCKS5", []Proxy{as(tiny, "socks5", "", "")}, address, KindTimeout, ""},
		{"tinyproxy, https", []Proxy{as(tiny, "https", "", "")}, address, KindTimeout, ""},
		{"OpenSSH, CONNECT", []Proxy{as(ssh, "http", "", "")}, address, KindClosed, ""},
		{"microsocks, no next proxy", []Proxy{signedMicro, {Scheme: "http", Host: gone.Host, Port: gone.Port}}, address, KindProxyRefused, "5, "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := Dialer{Proxies: tt.chain, Timeout: 10 * time.Second}
			if tt.kind == KindTimeout {
				d.Timeout = 500 * time.Millisecond
			}
			_, err := d.Dial(t.Context(), tt.at)
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Kind() != tt.kind || e.Stage != StageProxy || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v", err)
			}
		})
	}
}
