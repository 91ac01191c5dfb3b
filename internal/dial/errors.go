package dial

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
)

// Error says why a server was not reached, or why TLS does not begin there.
type Error struct {
	Endpoint Endpoint
	// Proxy is that at which it failed, without a password; empty where it was the
	// server.
	Proxy    string
	Stage    Stage
	Err      error
	Attempts int // how many there were; 0 where there is no second one
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Endpoint.String() + ": ")
	if e.Proxy != "" {
		b.WriteString("the proxy " + e.Proxy + ": ")
	}
	if e.Stage != StageProxy {
		b.WriteString(e.Stage.words() + ": ")
	}
	dns, isDNS := errors.AsType[*net.DNSError](e.Err)
	switch kind := e.Kind(); {
	case kind == KindName && isDNS:
		fmt.Fprintf(&b, "the name %s does not resolve: %s", dns.Name, dns.Err)
	case kind == KindTimeout:
		b.WriteString("there is no answer in time")
	case kind == KindClosed:
		b.WriteString(e.who() + " ended the connection")
	case kind == KindReset:
		b.WriteString(e.who() + " broke the connection off")
	default:
		b.WriteString(e.Err.Error())
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " (%d attempts)", e.Attempts)
	}
	return b.String()
}

// who is the other side.
func (e *Error) who() string {
	if e.Proxy != "" {
		return "it"
	}
	return "the server"
}

// Hint says what may mend it; it can be empty.
func (e *Error) Hint() string {
	what, _ := errors.AsType[*NotTLS](e.Err)
	kind := e.Kind()
	switch {
	case kind == KindProxyAuth && errors.Is(e.Err, ErrProxyAuth):
		return "write the user into the URL of the proxy, as in http://USER@HOST:PORT, and give the password by its source"
	case what != nil && e.Proxy != "":
		scheme, rest, _ := strings.Cut(e.Proxy, "://")
		switch {
		case what.Protocol == "http" && scheme != "http":
			return "if the proxy is meant to be reached so, write http://" + rest
		case what.Protocol == "socks" && scheme != "socks5":
			return "if the proxy is meant to be reached so, write socks5://" + rest
		}
	case what != nil && what.Protocol == "mail":
		return "if this is a mail server, write " + e.spoken("smtp") + ", or for files " + e.spoken("ftp")
	case what != nil:
		if _, ok := protocolOf(what.Protocol); ok {
			return "TLS begins there with STARTTLS: " + e.spoken(what.Protocol)
		}
	case e.Stage == StageProxy && (kind == KindTimeout || kind == KindClosed):
		return "the proxy may be of another kind than its URL says: " + strings.Join(ProxySchemes(), ", ")
	case kind == KindTimeout && e.Stage == StageSTARTTLS:
		return "where TLS begins at once, write " + e.Endpoint.Address()
	}
	return ""
}

// spoken is the endpoint with a protocol before TLS.
func (e *Error) spoken(protocol string) string {
	at := e.Endpoint
	at.Protocol = protocol
	return at.String()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Stage is how far it came.
type Stage string

// The stages.
const (
	StageConnect   Stage = "connect"  // looking up the name, and the TCP connection
	StageProxy     Stage = "proxy"    // the talk with a proxy
	StageSTARTTLS  Stage = "starttls" // what is spoken before TLS
	StageHandshake Stage = "tls"      // the TLS handshake
)

func (s Stage) words() string {
	switch s {
	case StageConnect:
		return "connecting"
	case StageProxy:
		return "the proxy"
	case StageSTARTTLS:
		return "STARTTLS"
	}
	return "the TLS handshake"
}

// Kind is what went wrong, in a word for programs.
type Kind string

// The kinds.
const (
	KindCanceled      Kind = "canceled"       // the caller left
	KindTimeout       Kind = "timeout"        // no answer in time
	KindName          Kind = "name"           // the name does not resolve, or to no address of the family
	KindRefused       Kind = "refused"        // nothing listens at the port
	KindUnreachable   Kind = "unreachable"    // no way to the address
	KindReset         Kind = "reset"          // the connection was broken off
	KindClosed        Kind = "closed"         // the connection was ended where an answer was due
	KindProxyAuth     Kind = "proxy-auth"     // a proxy wants a user and password, or others
	KindProxyRefused  Kind = "proxy-refused"  // a proxy does not connect to the server
	KindProxyProtocol Kind = "proxy-protocol" // a proxy speaks another protocol
	KindNoSTARTTLS    Kind = "no-starttls"    // STARTTLS is not offered
	KindSTARTTLS      Kind = "starttls"       // STARTTLS is refused
	KindProtocol      Kind = "protocol"       // another protocol before TLS than was expected
	KindTooMuch       Kind = "too-much"       // more said before TLS than anybody needs
	KindEarly         Kind = "early"          // words in the clear where TLS should begin
	KindNotTLS        Kind = "not-tls"        // something else than TLS
	KindAlert         Kind = "alert"          // the server ends the handshake with an alert
	KindNoCertificate Kind = "no-certificate" // a handshake without a certificate
	KindTLS           Kind = "tls"            // the handshake fails for another reason
	KindOther         Kind = "other"
)

// The reasons for which no TLS begins, besides those of the network.
var (
	ErrNoSTARTTLS = errors.New("the server does not offer STARTTLS")
	ErrRefused    = errors.New("the server refuses")
	ErrProtocol   = errors.New("this is not the protocol that was expected")
	ErrTooMuch    = errors.New("too much is said before TLS")
	// ErrEarly: what comes in the clear behind the word to begin would be taken
	// for the server's own words under TLS (CVE-2021-23222, RFC 3207 section 6).
	ErrEarly = errors.New("the server goes on talking where TLS should begin")
	// ErrNoCertificate means that a handshake ended without a certificate.
	ErrNoCertificate = errors.New("the server showed no certificate")
	// ErrNoAddress means that a name has none that can be used.
	ErrNoAddress = errors.New("the name has no address that can be used")

	ErrProxyAuth     = errors.New("it asks for a user and a password")
	ErrProxyDenied   = errors.New("it does not take the user and the password")
	ErrProxyScheme   = errors.New("it asks for authentication, and not for a user and a password")
	ErrProxyProtocol = errors.New("this is not the kind of proxy that was expected")
)

// Kind says what went wrong.
func (e *Error) Kind() Kind {
	err := e.Err
	is := func(targets ...error) bool {
		return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
	}
	dns, isDNS := errors.AsType[*net.DNSError](err)
	_, isAddress := errors.AsType[*net.AddrError](err)
	_, isReply := errors.AsType[*ReplyError](err)
	_, isNotTLS := errors.AsType[*NotTLS](err)
	op, isOp := errors.AsType[*net.OpError](err)
	switch {
	case is(context.Canceled):
		return KindCanceled
	case is(context.DeadlineExceeded, os.ErrDeadlineExceeded, syscall.ETIMEDOUT), isDNS && dns.IsTimeout:
		return KindTimeout
	case isDNS, isAddress, is(ErrNoAddress):
		return KindName
	case is(syscall.ECONNREFUSED):
		return KindRefused
	case is(syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.EADDRNOTAVAIL):
		return KindUnreachable
	case is(syscall.ECONNRESET, syscall.EPIPE):
		return KindReset
	case is(ErrProxyAuth, ErrProxyDenied, ErrProxyScheme):
		return KindProxyAuth
	case isReply:
		return KindProxyRefused
	case is(ErrProxyProtocol):
		return KindProxyProtocol
	case is(ErrNoSTARTTLS):
		return KindNoSTARTTLS
	case is(ErrRefused):
		return KindSTARTTLS
	case is(ErrProtocol):
		return KindProtocol
	case is(ErrTooMuch):
		return KindTooMuch
	case is(ErrEarly):
		return KindEarly
	case is(ErrNoCertificate):
		return KindNoCertificate
	case isNotTLS:
		return KindNotTLS
	case isOp && op.Op == "remote error": // as crypto/tls has it
		return KindAlert
	case is(io.EOF, io.ErrUnexpectedEOF, net.ErrClosed):
		return KindClosed
	case e.Stage == StageHandshake, e.Stage == StageProxy && isTLS(err):
		return KindTLS
	}
	return KindOther
}

// isTLS knows the errors of a handshake with an https proxy.
func isTLS(err error) bool {
	_, verified := errors.AsType[*tls.CertificateVerificationError](err)
	return verified || strings.HasPrefix(err.Error(), "tls: ")
}

// Temporary tells whether another attempt could end otherwise.
func (e *Error) Temporary() bool {
	switch e.Kind() {
	case KindTimeout, KindRefused, KindUnreachable, KindReset, KindClosed:
		return true
	case KindName:
		dns, ok := errors.AsType[*net.DNSError](e.Err)
		return ok && dns.IsTemporary && !dns.IsNotFound
	case KindProxyRefused:
		r, _ := errors.AsType[*ReplyError](e.Err)
		return r.Temporary()
	}
	return false
}

// ReplyError is a proxy's no: it does not connect to the server.
type ReplyError struct {
	// Code is that of the reply: a status of HTTP, or a number of SOCKS4 (91 to
	// 93) or SOCKS5 (1 to 255).
	Code int
	Text string // what it means, or what the proxy says of it; printable
}

func (e *ReplyError) Error() string {
	return fmt.Sprintf("it does not connect to the server: %d, %s", e.Code, e.Text)
}

// Temporary tells whether another attempt could end otherwise.
func (e *ReplyError) Temporary() bool {
	switch e.Code {
	case 1, 3, 4, 5, 6, 91, // a failure, no network, no host, refused, too old; SOCKS4 has one number for them
		http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// reason leaves out what the *Error says already.
func reason(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil && op.Op != "remote error" {
		return op.Err
	}
	return err
}
