package hello

import (
	"errors"
	"fmt"
	"strings"
)

// Why there is no answer. Each error of [Ask] is one of these, a *NotTLSError, an
// *AlertError or what the connection failed with.
var (
	// ErrClosed means that the server ended the connection without a word. Some
	// servers refuse a hello so; one that has enough of us looks the same.
	ErrClosed = errors.New("the server closed the connection without an answer")
	// ErrSilent means that the server took the hello and said nothing in time.
	ErrSilent = errors.New("the server does not answer in time")
	// ErrCutOff means that the server began an answer and did not end it in time, or
	// at all.
	ErrCutOff = errors.New("the server does not finish its answer")
	// ErrTooLong means that the answer is over the limit.
	ErrTooLong = fmt.Errorf("the answer is longer than %d KiB", maxAnswer>>10)
	// ErrMalformed means that the answer is TLS at first sight and cannot be read.
	ErrMalformed = errors.New("the answer is not well-formed TLS")
)

// AlertError is the alert that a server answers with (RFC 8446 section 6).
type AlertError struct {
	Level       uint8 // 1 is a warning, 2 is fatal
	Description uint8 // 40 is handshake_failure
}

// The alerts that this package tells apart.
const (
	alertCloseNotify           = 0
	alertProtocolVersion       = 70
	alertUserCanceled          = 90
	alertUnrecognizedName      = 112
	alertHandshakeFailure      = 40
	alertInsufficientSecurity  = 71
	alertIllegalParameter      = 47
	alertInappropriateFallback = 86
)

func (e *AlertError) Error() string {
	return fmt.Sprintf("the server refuses with the alert %s", e.Name())
}

// Name is the name in the registry "TLS Alerts" of IANA, as "handshake_failure",
// and a number for what it has none for.
func (e *AlertError) Name() string {
	switch e.Description {
	case alertCloseNotify:
		return "close_notify"
	case 10:
		return "unexpected_message"
	case 20:
		return "bad_record_mac"
	case 21:
		return "decryption_failed"
	case 22:
		return "record_overflow"
	case 30:
		return "decompression_failure"
	case alertHandshakeFailure:
		return "handshake_failure"
	case 41:
		return "no_certificate"
	case 42:
		return "bad_certificate"
	case 43:
		return "unsupported_certificate"
	case 44:
		return "certificate_revoked"
	case 45:
		return "certificate_expired"
	case 46:
		return "certificate_unknown"
	case alertIllegalParameter:
		return "illegal_parameter"
	case 48:
		return "unknown_ca"
	case 49:
		return "access_denied"
	case 50:
		return "decode_error"
	case 51:
		return "decrypt_error"
	case 60:
		return "export_restriction"
	case alertProtocolVersion:
		return "protocol_version"
	case alertInsufficientSecurity:
		return "insufficient_security"
	case 80:
		return "internal_error"
	case alertInappropriateFallback:
		return "inappropriate_fallback"
	case alertUserCanceled:
		return "user_canceled"
	case 100:
		return "no_renegotiation"
	case 109:
		return "missing_extension"
	case 110:
		return "unsupported_extension"
	case 111:
		return "certificate_unobtainable"
	case alertUnrecognizedName:
		return "unrecognized_name"
	case 113:
		return "bad_certificate_status_response"
	case 115:
		return "unknown_psk_identity"
	case 116:
		return "certificate_required"
	case 120:
		return "no_application_protocol"
	case 121:
		return "ech_required"
	}
	return fmt.Sprintf("%d", e.Description)
}

// DialError is a failure to get a connection, in [Scan].
type DialError struct{ Err error }

func (e *DialError) Error() string { return "connecting: " + e.Err.Error() }

// Unwrap returns Err.
func (e *DialError) Unwrap() error { return e.Err }

// NotTLSError says that the server speaks something else.
type NotTLSError struct {
	// Protocol is what it looks like ("HTTP", "SSH", "SMTP or FTP"), or empty.
	Protocol string
	Start    []byte // what it began with, 64 bytes at most
}

func (e *NotTLSError) Error() string {
	if e.Protocol != "" {
		return "the server speaks " + e.Protocol + " and not TLS"
	}
	return fmt.Sprintf("the server does not speak TLS: its answer begins with %+q", e.Start[:min(16, len(e.Start))])
}

// notTLS names the protocols whose servers are found where TLS was expected.
func notTLS(start []byte) *NotTLSError {
	e := &NotTLSError{Start: start}
	text := string(start)
	for _, p := range []struct{ start, name string }{
		{"HTTP/", "HTTP"},
		{"<", "HTTP"}, // HTTP 0.9: nginx and others answer a bad request with the page alone
		{"SSH-", "SSH"},
		{"220", "SMTP or FTP"},
		{"+OK", "POP3"},
		{"* OK", "IMAP"},
		{"200 ", "NNTP"},
		{"RFB ", "VNC"},
		{"\x05\x00", "SOCKS5"},
		{"\x05\xff", "SOCKS5"},
		{"\x00\x5a", "SOCKS4"},
		{"\x00\x5b", "SOCKS4"},
	} {
		if strings.HasPrefix(text, p.start) {
			e.Protocol = p.name
			return e
		}
	}
	if len(start) > 4 && start[3] == 0 && (start[4] == 10 || start[4] == 0xFF) { // a length, the sequence 0, version 10 or an error
		e.Protocol = "MySQL"
	}
	return e
}
