package dial

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"strings"
	"unicode"
)

// mostKept is enough of what a server says instead of TLS to know it by.
const mostKept = 256

// NotTLS is what a server says where TLS should begin.
type NotTLS struct {
	// Protocol is a word for programs: "http", "ssh", "smtp", "ftp", "mail" (SMTP or
	// FTP: they begin alike), "imap", "pop3", "nntp", "mysql", "postgres", "vnc",
	// "socks" (a refusal), "alert" (TLS, but no handshake), "sslv2", "tls" (a record
	// that stands where none should); empty where it is nothing that is known.
	Protocol string
	// Text is what it says, shortened and printable; empty where that is no text.
	Text string
}

func (e *NotTLS) Error() string {
	what := "something unknown"
	switch e.Protocol {
	case "":
	case "http":
		what = "plain HTTP"
	case "ssh", "smtp", "ftp", "imap", "pop3", "nntp", "socks", "vnc":
		what = strings.ToUpper(e.Protocol)
	case "mail":
		what = "a greeting of SMTP or FTP"
	case "mysql":
		what = "MySQL"
	case "postgres":
		what = "PostgreSQL"
	case "alert":
		what = "an alert of TLS"
	case "sslv2":
		what = "SSL 2.0"
	case "tls":
		what = "a record of TLS that does not belong there"
	}
	if e.Text != "" {
		what += ": " + e.Text
	}
	return "the answer is " + what
}

// explain says what was heard where the handshake failed because that was no TLS.
func (b *beginning) explain(err error) error {
	if len(b.bytes) == 0 || errors.Is(err, context.Canceled) {
		return err
	}
	_, strange := errors.AsType[tls.RecordHeaderError](err)
	if isRecord := b.bytes[0] >= 20 && b.bytes[0] <= 24; isRecord && !strange {
		return err
	}
	if what := Identify(b.bytes); what.Protocol != "tls" {
		return what
	}
	return err // which says what is wrong with the record
}

// Identify tells from the first bytes that a server sends, no more than a few
// hundred of which are looked at, what it speaks instead of TLS.
func Identify(first []byte) *NotTLS {
	first = first[:min(len(first), mostKept)]
	return cmp.Or(identifyBinary(first), identifyText(first))
}

// identifyBinary knows those that are no text; else it is nil.
func identifyBinary(b []byte) *NotTLS {
	at := func(i int) int { // -1 behind the end
		if i < len(b) {
			return int(b[i])
		}
		return -1
	}
	const alert, handshake = 21, 22 // types of records, RFC 8446 section 5.1
	switch {
	case at(0) == alert && at(1) == 3 && len(b) >= 7 && binary.BigEndian.Uint16(b[3:]) == 2:
		return &NotTLS{"alert", strings.TrimPrefix(tls.AlertError(b[6]).Error(), "tls: ")}
	case at(0) == alert && at(1) == 3:
		return &NotTLS{"alert", ""}
	case at(0) >= 20 && at(0) <= 24 && at(1) == 3 && at(2) <= 4:
		return &NotTLS{"tls", ""}
	case at(0)&0x80 != 0 && at(0) >= 0 && (at(2) == 4 || at(2) == 0): // a short header, then SERVER-HELLO or ERROR
		return &NotTLS{"sslv2", ""}
	case len(b) == 2 && at(0) == 5, len(b) == 8 && at(0) == 0 && at(1) >= 90 && at(1) <= 93:
		return &NotTLS{"socks", ""}
	case len(b) > 5 && at(3) == 0 && (at(4) == 10 || at(4) == 0xff): // the number of the packet, and that of the protocol or an error
		text, _, _ := bytes.Cut(b[5:], []byte{0})
		return &NotTLS{"mysql", printable(string(text))}
	case len(b) > 5 && (at(0) == 'E' || at(0) == 'R') && at(1) == 0 && at(2) == 0: // ErrorResponse, or a wish for authentication
		return &NotTLS{"postgres", ""}
	}
	return nil
}

// identifyText knows those that begin with a line.
func identifyText(b []byte) *NotTLS {
	line, _, _ := strings.Cut(string(b), "\n")
	line = strings.TrimSpace(line)
	is := func(prefixes ...string) bool {
		for _, p := range prefixes {
			if hasPrefixFold(line, p) {
				return true
			}
		}
		return false
	}
	has := func(word string) bool { return strings.Contains(strings.ToUpper(line), word) }
	protocol := ""
	switch {
	case is("HTTP/", "<!DOCTYPE HTML", "<HTML"):
		protocol = "http"
	case is("SSH-"):
		protocol = "ssh"
	case is("RFB 0"):
		protocol = "vnc"
	case is("+OK", "-ERR"):
		protocol = "pop3"
	case is("* OK", "* BYE", "* PREAUTH"):
		protocol = "imap"
	case is("220 ", "220-", "421 ", "554 ") && has("SMTP"):
		protocol = "smtp"
	case is("220 ", "220-", "421 ") && has("FTP"):
		protocol = "ftp"
	case is("220 ", "220-", "421 ", "554 "):
		protocol = "mail"
	case is("200 ", "201 ") && (has("NNTP") || has("NEWS") || has("INN")):
		protocol = "nntp"
	}
	text := printable(line)
	if protocol == "" && strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		text = ""
	}
	return &NotTLS{protocol, text}
}

// printable is what can be shown of a text of others: one line, no more than a few
// words, and nothing that a terminal obeys.
func printable(text string) string {
	const enough = 200
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, strings.TrimSpace(strings.ToValidUTF8(text, "?")))
	if r := []rune(text); len(r) > enough {
		text = string(r[:enough])
	}
	return text
}
