package dial

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

const mysqlGreeting = "\x0a8.0.36\x00" + "\x01\x00\x00\x00" + "12345678" + "\x00" + "\xff\xff" + "\x21\x02\x00\xff\xdf\x15" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00123456789012\x00"

func mysqlPacket(text string) string { return string([]byte{byte(len(text)), 0, 0, 0}) + text }

const (
	xmppFeatures = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'>" +
		"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></stream:features>"
	xmppOpen = "<?xml version='1.0'?><stream:stream to='mux.example.com' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
	xmppAsk  = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
	xmppGo   = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

	ldapAsk = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + "1.3.6.1.4.1.1466.20037"
)

const sieveGreeting = "\"IMPLEMENTATION\" \"Example1 ManageSieved v001\"\r\n\"SASL\" \"\"\r\n\"SIEVE\" \"fileinto vacation\"\r\n\"STARTTLS\"\r\n\"VERSION\" \"1.0\"\r\nOK\r\n"

// turn is what a server says, and then waits for.
type turn struct{ say, hear string }

// plays answers with the turns, and then begins TLS.
func plays(turns []turn, cfg *tls.Config) func(net.Conn) []byte {
	return func(c net.Conn) []byte {
		for _, step := range turns {
			if _, err := io.WriteString(c, step.say); err != nil {
				return []byte(err.Error())
			}
			got := make([]byte, len(step.hear))
			if _, err := io.ReadFull(c, got); err != nil || string(got) != step.hear {
				return []byte("heard " + string(got) + ", wanted " + step.hear)
			}
		}
		if cfg == nil {
			return nil
		}
		data, _ := io.ReadAll(tls.Server(c, cfg))
		return data
	}
}

func TestSTARTTLS(t *testing.T) {
	own := certificate(t, 1)
	cfg := &tls.Config{Certificates: []tls.Certificate{own}}
	mysqlAsk := "\x20\x00\x00\x01" + "\x00\x8a\x00\x00" + "\x00\x00\x00\x01" + "\x21" + strings.Repeat("\x00", 23)
	spoken := map[string]bool{}
	for _, tt := range []struct {
		name, protocol string
		turns          []turn
	}{
		{"smtp", "smtp", []turn{{"220 mail ESMTP\r\n", "EHLO [127.0.0.1]\r\n"}, {"250-mail\r\n250-SIZE 1000\r\n250-STARTTLS\r\n250 HELP\r\n", "STARTTLS\r\n"}, {"220 go ahead\r\n", ""}}},
		{"smtp, long greeting", "smtp", []turn{{"220-mail\r\n220-no spam\r\n220 ESMTP\r\n", "EHLO [127.0.0.1]\r\n"}, {"250-mail\n250 starttls\n", "STARTTLS\r\n"}, {"220\r\n", ""}}},
		{"imap", "imap", []turn{{"* OK [CAPABILITY IMAP4rev1] ready\r\n", "a1 STARTTLS\r\n"}, {"* CAPABILITY IMAP4rev1\r\na1 OK begin\r\n", ""}}},
		{"pop3", "pop3", []turn{{"+OK ready <1@mail>\r\n", "STLS\r\n"}, {"+OK\r\n", ""}}},
		{"ftp", "ftp", []turn{{"220-Welcome\r\nto the files\r\n 220 of\r\n220 ready\r\n", "AUTH TLS\r\n"}, {"234 AUTH TLS OK\r\n", ""}}},
		{"ldap", "ldap", []turn{{"", ldapAsk}, {"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00", ""}}},
		{"ldap, Active Directory", "ldap", []turn{{"", ldapAsk}, {"\x30\x84\x00\x00\x00\x28\x02\x01\x01\x78\x84\x00\x00\x00\x1f\x0a\x01\x00\x04\x00\x04\x00\x8a\x16" + "1.3.6.1.4.1.1466.20037", ""}}},
		{"xmpp", "xmpp", []turn{{"", xmppOpen}, {xmppFeatures, xmppAsk}, {xmppGo, ""}}},
		{"xmpp, with an end tag", "xmpp", []turn{{"", xmppOpen}, {xmppFeatures, xmppAsk}, {"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'></proceed>", ""}}},
		{"xmpp-server", "xmpp-server", []turn{{"", strings.Replace(xmppOpen, "client", "server", 1)}, {strings.Replace(xmppFeatures, "client", "server", 1), xmppAsk}, {xmppGo, ""}}},
		{"postgres", "postgres", []turn{{"", "\x00\x00\x00\x08\x04\xd2\x16\x2f"}, {"S", ""}}},
		{"mysql", "mysql", []turn{{mysqlPacket(mysqlGreeting), mysqlAsk}}},
		{"lmtp", "lmtp", []turn{{"220 mail LMTP\r\n", "LHLO [127.0.0.1]\r\n"}, {"250-mail\r\n250 STARTTLS\r\n", "STARTTLS\r\n"}, {"220 go ahead\r\n", ""}}},
		{"nntp", "nntp", []turn{{"200 news.example ready\r\n", "STARTTLS\r\n"}, {"382 Continue\r\n", ""}}},
		{"nntp, no posting", "nntp", []turn{{"201\r\n", "STARTTLS\r\n"}, {"382\r\n", ""}}},
		{"sieve", "sieve", []turn{{sieveGreeting, "STARTTLS\r\n"}, {"OK \"begin\"\r\n", ""}}},
		{"sieve, literals", "sieve", []turn{{"\"IMPLEMENTATION\" {5}\r\nmail}\r\n\"starttls\"\r\nOK {3+}\r\nn\r\n\r\n", "STARTTLS\r\n"}, {"OK\r\n", ""}}},
	} {
		spoken[tt.protocol] = true
		t.Run(tt.name, func(t *testing.T) {
			at, heard := serve(t, plays(tt.turns, cfg))
			at.Protocol = tt.protocol
			got, err := Certificates(t.Context(), at, "mux.example.com")
			if err != nil || len(got) != 1 || !bytes.Equal(got[0].Raw, own.Certificate[0]) {
				t.Errorf("got %d certificates, %v", len(got), err)
			}
			if after := <-heard; len(after) > 0 {
				t.Errorf("%q", after)
			}
		})
	}
	for _, name := range Protocols() {
		if !spoken[name] {
			t.Errorf("no server here speaks %s", name)
		}
	}
}

func TestSTARTTLSRefused(t *testing.T) {
	endless := strings.Repeat("250-more and more\r\n", 10_000)
	for _, tt := range []struct {
		name, protocol string
		turns          []turn
		want           error
		text           string // of the error
	}{
		{"smtp, not offered", "smtp", []turn{{"220 mail\r\n", "EHLO [127.0.0.1]\r\n"}, {"250-STARTTLS is my name\r\n250 SIZE\r\n", ""}}, ErrNoSTARTTLS, ""},
		{"smtp, refused", "smtp", []turn{{"220 mail\r\n", "EHLO [127.0.0.1]\r\n"}, {"250-mail\r\n250 STARTTLS\r\n", "STARTTLS\r\n"}, {"454 not now\r\n", ""}}, ErrRefused, "it says: 454 not now"},
		{"smtp, no welcome", "smtp", []turn{{"554 go away\r\n", ""}}, ErrRefused, "go away"},
		{"smtp, endless", "smtp", []turn{{"220 mail\r\n", "EHLO [127.0.0.1]\r\n"}, {endless, ""}}, ErrTooMuch, ""},
		{"smtp, endless line", "smtp", []turn{{"220 " + strings.Repeat("x", 100_000), ""}}, ErrTooMuch, ""},
		{"smtp, injected", "smtp", []turn{{"220 mail\r\n", "EHLO [127.0.0.1]\r\n"}, {"250-mail\r\n250 STARTTLS\r\n", "STARTTLS\r\n"}, {"220 go\r\n250 more\r\n", ""}}, ErrEarly, ""},
		{"smtp, half a reply", "smtp", []turn{{"220-mail\r\n", ""}}, io.ErrUnexpectedEOF, ""},
		{"smtp at a web server", "smtp", []turn{{"HTTP/1.1 400 Bad Request\r\n\r\n", ""}}, ErrProtocol, "it says: HTTP/1.1 400"},
		{"smtp, TLS at once", "smtp", []turn{{"\x15\x03\x01\x00\x02\x02\x46\n", ""}}, ErrProtocol, ""},
		{"ftp, refused", "ftp", []turn{{"220 files\r\n", "AUTH TLS\r\n"}, {"502 unknown\r\n", ""}}, ErrRefused, "502 unknown"},
		{"imap, signed in", "imap", []turn{{"* PREAUTH hello\r\n", ""}}, ErrRefused, ""},
		{"imap, busy", "imap", []turn{{"* BYE busy\r\n", ""}}, ErrRefused, "busy"},
		{"imap, not offered", "imap", []turn{{"* OK ready\r\n", "a1 STARTTLS\r\n"}, {"a1 BAD what?\r\n", ""}}, ErrRefused, "what?"},
		{"imap, endless", "imap", []turn{{"* OK ready\r\n", "a1 STARTTLS\r\n"}, {strings.Repeat("* 1 EXISTS\r\n", 10_000), ""}}, ErrTooMuch, ""},
		{"imap at another", "imap", []turn{{"+OK POP3\r\n", ""}}, ErrProtocol, ""},
		{"pop3, not offered", "pop3", []turn{{"+OK\r\n", "STLS\r\n"}, {"-ERR unknown\r\n", ""}}, ErrRefused, "unknown"},
		{"pop3 at another", "pop3", []turn{{"220 mail\r\n", ""}}, ErrProtocol, ""},
		{"ldap, refused", "ldap", []turn{{"", ldapAsk}, {"\x30\x10\x02\x01\x01\x78\x0b\x0a\x01\x34\x04\x00\x04\x04none", ""}}, ErrRefused, "with the result 52; it says: none"},
		{"ldap, no result", "ldap", []turn{{"", ldapAsk}, {"\x30\x07\x02\x01\x01\x78\x02\x0a\x00", ""}}, ErrProtocol, ""},
		{"ldap, huge", "ldap", []turn{{"", ldapAsk}, {"\x30\x84\x7f\xff\xff\xff", ""}}, ErrTooMuch, ""},
		{"ldap, no length", "ldap", []turn{{"", ldapAsk}, {"\x30\x80\x02\x01", ""}}, ErrProtocol, ""},
		{"ldap, short inside", "ldap", []turn{{"", ldapAsk}, {"\x30\x05\x02\x01\x01\x78\x7f", ""}}, io.ErrUnexpectedEOF, ""},
		{"xmpp, not offered", "xmpp", []turn{{"", xmppOpen}, {strings.Replace(xmppFeatures, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>", "", 1), ""}}, ErrNoSTARTTLS, ""},
		{"xmpp, refused", "xmpp", []turn{{"", xmppOpen}, {xmppFeatures, xmppAsk}, {"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", ""}}, ErrRefused, "failure"},
		{"xmpp, over", "xmpp", []turn{{"", xmppOpen}, {xmppFeatures, xmppAsk}, {"</stream:stream>", ""}}, ErrRefused, ""},
		{"xmpp, injected", "xmpp", []turn{{"", xmppOpen}, {xmppFeatures, xmppAsk}, {xmppGo + "<message/>", ""}}, ErrEarly, ""},
		{"xmpp, endless", "xmpp", []turn{{"", xmppOpen}, {strings.Repeat("<a>", 100_000), ""}}, ErrRefused, ""},
		{"xmpp, endless text", "xmpp", []turn{{"", xmppOpen}, {"<!--" + strings.Repeat("a", 200_000), ""}}, ErrTooMuch, ""},
		{"xmpp at another", "xmpp", []turn{{"", xmppOpen}, {"<a/ b>", ""}}, ErrProtocol, ""},
		{"postgres, without", "postgres", []turn{{"", "\x00\x00\x00\x08\x04\xd2\x16\x2f"}, {"N", ""}}, ErrNoSTARTTLS, ""},
		{"postgres, an error", "postgres", []turn{{"", "\x00\x00\x00\x08\x04\xd2\x16\x2f"}, {"E\x00\x00\x00\x08no", ""}}, ErrRefused, ""},
		{"postgres, injected", "postgres", []turn{{"", "\x00\x00\x00\x08\x04\xd2\x16\x2f"}, {"Smore", ""}}, ErrEarly, ""},
		{"postgres at another", "postgres", []turn{{"", "\x00\x00\x00\x08\x04\xd2\x16\x2f"}, {"HTTP", ""}}, ErrProtocol, ""},
		{"mysql, without", "mysql", []turn{{mysqlPacket(strings.Replace(mysqlGreeting, "\xff\xff", "\xff\xf7", 1)), ""}}, ErrNoSTARTTLS, ""},
		{"mysql, blocked", "mysql", []turn{{mysqlPacket("\xff\x6a\x04Host is blocked"), ""}}, ErrRefused, "Host is blocked"},
		{"mysql, cut", "mysql", []turn{{mysqlPacket(mysqlGreeting[:20]), ""}}, ErrProtocol, ""},
		{"mysql, huge", "mysql", []turn{{"\xff\xff\xff\x00\x0a", ""}}, ErrTooMuch, ""},
		{"lmtp, not offered", "lmtp", []turn{{"220 mail\r\n", "LHLO [127.0.0.1]\r\n"}, {"250 mail\r\n", ""}}, ErrNoSTARTTLS, ""},
		{"nntp, unknown", "nntp", []turn{{"200 news\r\n", "STARTTLS\r\n"}, {"500 What?\r\n", ""}}, ErrNoSTARTTLS, "What?"},
		{"nntp, refused", "nntp", []turn{{"200 news\r\n", "STARTTLS\r\n"}, {"580 Can not initiate TLS\r\n", ""}}, ErrRefused, "580 Can"},
		{"nntp, closed", "nntp", []turn{{"400 \x1b[31mlater\r\n", ""}}, ErrRefused, "400 ?[31mlater"},
		{"nntp at another", "nntp", []turn{{"HTTP/1.1 200 OK\r\n", ""}}, ErrProtocol, ""},
		{"nntp, injected", "nntp", []turn{{"200 news\r\n", "STARTTLS\r\n"}, {"382 go\r\n200 more\r\n", ""}}, ErrEarly, ""},
		{"sieve, not offered", "sieve", []turn{{strings.Replace(sieveGreeting, "\"STARTTLS\"\r\n", "", 1), ""}}, ErrNoSTARTTLS, ""},
		{"sieve, refused", "sieve", []turn{{sieveGreeting, "STARTTLS\r\n"}, {"NO \"not now\"\r\n", ""}}, ErrRefused, "not now"},
		{"sieve, busy", "sieve", []turn{{"BYE {4}\r\nbusy\r\n", ""}}, ErrRefused, "busy"},
		{"sieve, huge literal", "sieve", []turn{{"OK {4294967295}\r\n", ""}}, ErrTooMuch, ""},
		{"sieve, endless", "sieve", []turn{{strings.Repeat("\"A\" \"B\"\r\n", 10_000), ""}}, ErrTooMuch, ""},
		{"sieve at another", "sieve", []turn{{"* OK IMAP4\r\n", ""}}, ErrProtocol, ""},
		{"nothing", "mysql", nil, io.ErrUnexpectedEOF, ""},
		{"no such protocol", "gopher", nil, ErrProtocol, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// The server says all it has to, whether or not it is heard.
			at, _ := serve(t, func(c net.Conn) []byte {
				told := plays(tt.turns, nil)(c)
				_ = c.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, c)
				return told
			})
			at.Protocol = tt.protocol
			_, err := Certificates(t.Context(), at, "mux.example.com")
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Stage != StageSTARTTLS || !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) || len(err.Error()) > 400 {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A server that says nothing, or says it slowly for ever, is left when the time
// is over, and at once when the caller goes.
func TestSTARTTLSWaits(t *testing.T) {
	slow := func(c net.Conn) []byte {
		for {
			if _, err := io.WriteString(c, "220-wait\r\n"); err != nil {
				return nil
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	silent := func(c net.Conn) []byte {
		_, _ = io.Copy(io.Discard, c)
		return nil
	}
	for _, answer := range []func(net.Conn) []byte{slow, silent} {
		at, _ := serve(t, answer)
		for _, at.Protocol = range Protocols() {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			start := time.Now()
			_, err := Certificates(ctx, at, "")
			if err == nil || time.Since(start) > 5*time.Second {
				t.Errorf("%s: %v after %s", at.Protocol, err, time.Since(start))
			}
			cancel()
		}
	}
	at, _ := serve(t, silent)
	at.Protocol = "smtp"
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Certificates(ctx, at, ""); !errors.Is(err, context.DeadlineExceeded) || !strings.HasSuffix(err.Error(), ": STARTTLS: there is no answer in time") {
		t.Errorf("got %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := Certificates(ctx, at, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// saidConn is a server that says one thing, whatever it hears.
type saidConn struct {
	net.Conn
	io.Reader
}

func (c saidConn) Read(p []byte) (int, error)  { return c.Reader.Read(p) }
func (c saidConn) Write(p []byte) (int, error) { return len(p), nil }
func (c saidConn) LocalAddr() net.Addr         { return &net.TCPAddr{IP: net.IPv6loopback, Port: 1} }

func FuzzSTARTTLS(f *testing.F) {
	for _, text := range []string{
		"220 mail\r\n250-mail\r\n250 STARTTLS\r\n220 go\r\n", "* OK\r\na1 OK\r\n", "+OK\r\n+OK\r\n", "220 files\r\n234 go\r\n",
		"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00", xmppFeatures + xmppGo, "S", mysqlPacket(mysqlGreeting),
		"200 news\r\n382 go\r\n", sieveGreeting + "OK {2}\r\ngo\r\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, p := range protocols() {
			in := bytes.NewReader(text)
			talked := &talk{saidConn{Reader: in}, "mux.example.com", bufio.NewReaderSize(&most{in, mostSaid}, mostLine)}
			if err := p.start(talked); err == nil && len(text) == 0 {
				t.Errorf("%s: silence will do", p.name)
			}
		}
	})
}
