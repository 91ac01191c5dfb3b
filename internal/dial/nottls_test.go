package dial

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
	"unicode"
)

// What servers say on a port without TLS, and how it is told.
func TestNotTLS(t *testing.T) {
	for _, tt := range []struct{ name, says, protocol, text, hint string }{
		{"HTTP", "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n", "http", "HTTP/1.1 400 Bad Request", ""},
		{"HTML alone", "<html>\r\n<head>", "http", "<html>", ""},
		{"SSH", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "ssh", "SSH-2.0-OpenSSH_9.2p1 Debian-2", ""},
		{"SMTP", "220 mail.example ESMTP Postfix\r\n", "smtp", "220 mail.example ESMTP Postfix", "smtp+starttls://127.0.0.1:"},
		{"FTP", "220-Welcome to our FTP\r\n220 ready\r\n", "ftp", "220-Welcome to our FTP", "ftp+starttls://127.0.0.1:"},
		{"mail or files", "220 ready\r\n", "mail", "220 ready", "smtp+starttls://127.0.0.1:"},
		{"POP3", "+OK\r\n", "pop3", "+OK", "pop3+starttls://127.0.0.1:"},
		{"IMAP", "* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n", "imap", "* OK [CAPABILITY", "imap+starttls://127.0.0.1:"},
		{"NNTP", "200 news.example InterNetNews\r\n", "nntp", "200 news", "nntp+starttls://127.0.0.1:"},
		{"VNC", "RFB 003.008\n", "vnc", "RFB 003.008", ""},
		{"MySQL", mysqlPacket(mysqlGreeting), "mysql", "8.0.36", "mysql+starttls://127.0.0.1:"},
		{"PostgreSQL", "E\x00\x00\x00\x85SFATAL\x00", "postgres", "", "postgres+starttls://127.0.0.1:"},
		{"SOCKS5", "\x05\xff", "socks", "", ""},
		{"SOCKS4", "\x00\x5b\x00\x00\x00\x00\x00\x00", "socks", "", ""},
		{"SSL 2.0", "\x80\x03\x00\x00\x01", "sslv2", "", ""},
		{"SSL 2.0, other length", "\x84\x1e\x04\x00\x01\x00\x02", "sslv2", "", ""},
		{"text", "hello, who is it?\r\n", "", "hello, who is it?", ""},
		{"text that obeys", "\x1b[31mred\r\n", "", "", ""},
		{"garbage", "\xde\xad\xbe\xef\xde\xad\xbe\xef", "", "", ""},
		{"short garbage", "\xde", "", "", ""},
		{"garbage like a record", "\x16\xde\xad\xbe\xef\xde\xad\xbe\xef", "", "", ""},
		{"much", strings.Repeat("abc ", 100_000), "", "abc abc", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, _ := serve(t, saysAll(tt.says))
			_, err := Certificates(t.Context(), at, "")
			e, ok := errors.AsType[*Error](err)
			what, isNot := errors.AsType[*NotTLS](err)
			if !ok || !isNot || e.Kind() != KindNotTLS || e.Stage != StageHandshake || what.Protocol != tt.protocol || !strings.HasPrefix(what.Text, tt.text) || tt.text == "" && what.Text != "" || len(err.Error()) > 400 {
				t.Fatalf("got %v", err)
			}
			if hint := e.Hint(); (hint == "") != (tt.hint == "") || !strings.Contains(hint, tt.hint) {
				t.Errorf("hint %q", hint)
			}
		})
	}
}

// What is TLS is not told to be something else.
func TestTLSThatFails(t *testing.T) {
	own := certificate(t, 1)
	for _, tt := range []struct {
		name   string
		answer func(net.Conn) []byte
		kind   Kind
		text   string
	}{
		{"an alert", saysAll("\x15\x03\x01\x00\x02\x02\x46"), KindAlert, "protocol version not supported"},
		{"its own alert", func(c net.Conn) []byte {
			_ = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{own}, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, errors.New("no") }}).Handshake()
			return nil
		}, KindAlert, "internal error"},
		{"SSL 3.0", saysAll("\x16\x03\x00\x00\x2a\x02\x00\x00\x26\x03\x00" + strings.Repeat("a", 32) + "\x00\x00\x35\x00"), KindTLS, ""},
		{"a record that is too long", saysAll("\x16\x03\x03\xff\xff"), KindTLS, "oversized record"},
		{"data at once", saysAll("\x17\x03\x03\x00\x02ab"), KindTLS, ""},
		{"a message that is too long", saysAll(strings.Repeat("\x16\x03\x03\x40\x00\x0b\xff\xff\xff"+strings.Repeat("a", 16380), 3)), KindTLS, ""},
		{"closed", saysAll(""), KindClosed, "the server ended the connection"},
		{"cut", saysAll("\x16\x03\x03\x00"), KindClosed, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, _ := serve(t, tt.answer)
			_, err := Certificates(t.Context(), at, "")
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Kind() != tt.kind || e.Stage != StageHandshake || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, kind %s", err, e.Kind())
			}
		})
	}
}

func TestIdentify(t *testing.T) {
	for _, tt := range []struct{ bytes, protocol, text string }{
		{"", "", ""},
		{"\x15\x03\x01\x00\x02\x02\x28", "alert", "handshake failure"},
		{"\x15\x03\x03", "alert", ""},
		{"\x17\x03\x03\x00\x10", "tls", ""},
		{"R\x00\x00\x00\x08\x00\x00\x00\x03", "postgres", ""},
		{"554 no SMTP here", "smtp", "554 no SMTP here"},
		{"- OK", "", "- OK"},
	} {
		if got := Identify([]byte(tt.bytes)); got.Protocol != tt.protocol || got.Text != tt.text {
			t.Errorf("%q: %+v", tt.bytes, got)
		}
	}
}

func FuzzIdentify(f *testing.F) {
	for _, text := range []string{"HTTP/1.1 400", "220 mail ESMTP", "\x15\x03\x01\x00\x02\x02\x28", "\x05\xff", "\x80\x03\x00", mysqlPacket(mysqlGreeting)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if text := Identify(b).Error(); len(text) > 1000 || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q: %q", b, text)
		}
	})
}

// A server that says a little and then nothing is told by that little, but not to
// who has left.
func TestNotTLSWaits(t *testing.T) {
	at, _ := serve(t, func(c net.Conn) []byte {
		_, _ = io.WriteString(c, "\x05\xff")
		_, _ = io.Copy(io.Discard, c)
		return nil
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := Certificates(ctx, at, "")
	if what, ok := errors.AsType[*NotTLS](err); !ok || what.Protocol != "socks" {
		t.Errorf("got %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := Certificates(ctx, at, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
