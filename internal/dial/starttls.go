package dial

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// protocol is one that begins in the clear and goes over to TLS.
type protocol struct {
	name string
	port string // where its servers listen as a rule
	// start speaks until the next byte is that of TLS.
	start func(t *talk) error
}

// protocols are those of "openssl s_client -starttls" that have a use for
// certificates today.
func protocols() []protocol {
	return []protocol{
		{"smtp", "25", smtp("EHLO")},                   // RFC 3207
		{"imap", "143", imap},                          // RFC 9051 section 6.2.1
		{"pop3", "110", pop3},                          // RFC 2595 section 4
		{"ftp", "21", ftp},                             // RFC 4217 section 4
		{"ldap", "389", ldap},                          // RFC 4511 section 4.14
		{"xmpp", "5222", xmpp("jabber:client")},        // RFC 6120 section 5.4
		{"xmpp-server", "5269", xmpp("jabber:server")}, // the same, between servers
		{"postgres", "5432", postgres},                 // PostgreSQL, Frontend/Backend Protocol, SSL Session Encryption
		{"mysql", "3306", mysql},                       // MySQL, Connection Phase, Protocol::SSLRequest; MariaDB too
		{"nntp", "119", nntp},                          // RFC 4642
		{"sieve", "4190", sieve},                       // RFC 5804 section 2.2
		{"lmtp", "24", smtp("LHLO")},                   // as SMTP, RFC 2033
	}
}

// Protocols are the names of the protocols that Endpoint.Protocol can have.
func Protocols() []string {
	var names []string
	for _, p := range protocols() {
		names = append(names, p.name)
	}
	return names
}

func protocolOf(name string) (protocol, bool) {
	for _, p := range protocols() {
		if p.name == name {
			return p, true
		}
	}
	return protocol{}, false
}

const (
	mostSaid = 64 << 10 // bytes of a server before TLS
	mostLine = 8 << 10  // and of one line; RFC 5321 wants 512
)

// talk is a conversation before TLS. Reading has an end in bytes; in time it has
// that of the connection.
type talk struct {
	conn net.Conn
	name string // of the server
	in   *bufio.Reader
}

// begin speaks the protocol until TLS can begin on the connection.
func begin(ctx context.Context, conn net.Conn, protocol, name string) error {
	p, ok := protocolOf(protocol)
	if !ok {
		return fmt.Errorf("%w: %q", ErrProtocol, protocol)
	}
	t := &talk{conn, name, bufio.NewReaderSize(&most{conn, mostSaid}, mostLine)}
	if err := within(ctx, conn, func() error { return p.start(t) }); err != nil {
		return err
	}
	if t.in.Buffered() > 0 {
		return ErrEarly
	}
	return nil
}

// most ends with ErrTooMuch, and not as if the server had.
type most struct {
	r    io.Reader
	left int
}

func (m *most) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, ErrTooMuch
	}
	n, err := m.r.Read(p[:min(len(p), m.left)])
	m.left -= n
	return n, err
}

func (t *talk) send(text string) error {
	_, err := io.WriteString(t.conn, text)
	return err
}

// line is the next one, without its end.
func (t *talk) line() (string, error) {
	text, err := t.in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", ErrTooMuch
	case errors.Is(err, io.EOF):
		return "", io.ErrUnexpectedEOF
	case err != nil:
		return "", err
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// reply reads one as SMTP and FTP have them: lines with a number of three digits,
// and a dash behind it in all but the last (RFC 5321 section 4.2). FTP allows
// lines without any in between (RFC 959 section 4.2).
func (t *talk) reply(want string) (lines []string, err error) {
	first, err := t.line()
	if err != nil {
		return nil, err
	}
	if n, err := strconv.Atoi(first[:min(3, len(first))]); err != nil || n < 100 {
		return nil, said(ErrProtocol, first)
	}
	code := first[:3]
	lines = append(lines, strings.TrimLeft(first[3:], " -"))
	for text := first; text != code && !strings.HasPrefix(text, code+" "); {
		if text, err = t.line(); err != nil {
			return nil, err
		}
		lines = append(lines, strings.TrimLeft(strings.TrimPrefix(text, code), " -"))
	}
	if code != want {
		return nil, said(ErrRefused, first)
	}
	return lines, nil
}

// said adds to an error what the server said.
func said(err error, text string) error {
	if text = printable(text); text == "" {
		return err
	}
	return fmt.Errorf("%w; it says: %s", err, text)
}

// smtp is also LMTP, which has another word of welcome (RFC 2033 section 4.1).
func smtp(hello string) func(*talk) error {
	return func(t *talk) error { return t.mail(hello) }
}

func (t *talk) mail(hello string) error {
	if _, err := t.reply("220"); err != nil {
		return err
	}
	// Who has no name says the address (RFC 5321 section 4.1.4).
	host, _, _ := net.SplitHostPort(t.conn.LocalAddr().String())
	if strings.Contains(host, ":") {
		host = "IPv6:" + host
	}
	if err := t.send(hello + " [" + host + "]\r\n"); err != nil {
		return err
	}
	offers, err := t.reply("250")
	if err != nil {
		return err
	}
	for _, offer := range offers[1:] {
		if strings.EqualFold(offer, "STARTTLS") {
			return t.ask("STARTTLS", "220")
		}
	}
	return ErrNoSTARTTLS
}

func ftp(t *talk) error {
	if _, err := t.reply("220"); err != nil {
		return err
	}
	return t.ask("AUTH TLS", "234")
}

// ask sends a command and wants a reply.
func (t *talk) ask(command, want string) error {
	if err := t.send(command + "\r\n"); err != nil {
		return err
	}
	_, err := t.reply(want)
	return err
}

func imap(t *talk) error {
	greeting, err := t.line()
	switch {
	case err != nil:
		return err
	case hasPrefixFold(greeting, "* BYE"), hasPrefixFold(greeting, "* PREAUTH"): // RFC 9051 section 7.1.4
		return said(ErrRefused, greeting)
	case !hasPrefixFold(greeting, "* OK"):
		return said(ErrProtocol, greeting)
	}
	const tag = "a1 "
	if err := t.send(tag + "STARTTLS\r\n"); err != nil {
		return err
	}
	for {
		answer, err := t.line()
		switch {
		case err != nil:
			return err
		case hasPrefixFold(answer, tag+"OK"):
			return nil
		case strings.HasPrefix(answer, "* "): // word of something else
		default:
			return said(ErrRefused, answer)
		}
	}
}

func pop3(t *talk) error {
	for _, command := range []string{"", "STLS\r\n"} {
		if err := t.send(command); err != nil {
			return err
		}
		answer, err := t.line()
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(answer, "-ERR"):
			return said(ErrRefused, answer)
		case !strings.HasPrefix(answer, "+OK"):
			return said(ErrProtocol, answer)
		}
	}
	return nil
}

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// ldap sends message 1, an extended request with the OID of StartTLS, and reads
// the result of the answer.
func ldap(t *talk) error {
	const oid = "1.3.6.1.4.1.1466.20037"
	element := func(tag byte, content string) string { return string([]byte{tag, byte(len(content))}) + content }
	if err := t.send(element(0x30, element(0x02, "\x01")+element(0x77, element(0x80, oid)))); err != nil {
		return err
	}
	message, err := t.element(0x30)
	if err != nil {
		return err
	}
	fields := &talk{in: bufio.NewReader(bytes.NewReader(message))}
	if _, err := fields.element(0x02); err != nil { // its number
		return err
	}
	response, err := fields.element(0x78)
	if err != nil {
		return err
	}
	fields.in.Reset(bytes.NewReader(response))
	code, err := fields.element(0x0a)
	if err != nil {
		return err
	}
	switch {
	case len(code) != 1:
		return ErrProtocol
	case code[0] == 0:
		return nil
	}
	_, _ = fields.element(0x04)     // the name that an error is about
	text, _ := fields.element(0x04) // for people
	return said(fmt.Errorf("%w with the result %d", ErrRefused, code[0]), string(text))
}

// element reads one of BER with that tag and a definite length (RFC 4511 section
// 5.1). Active Directory writes lengths longer than they need be, which
// cryptobyte and encoding/asn1 do not take.
func (t *talk) element(tag byte) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(t.in, head[:]); err != nil {
		return nil, ended(err)
	}
	length := uint64(head[1])
	switch more := int(head[1]) - 0x80; {
	case head[0] != tag || more == 0 || more > 4:
		return nil, ErrProtocol
	case more > 0:
		var long [8]byte
		if _, err := io.ReadFull(t.in, long[8-more:]); err != nil {
			return nil, ended(err)
		}
		length = binary.BigEndian.Uint64(long[:])
	}
	return t.bytes(length)
}

func (t *talk) bytes(length uint64) ([]byte, error) {
	if length > mostSaid {
		return nil, ErrTooMuch
	}
	out := make([]byte, length)
	_, err := io.ReadFull(t.in, out)
	return out, ended(err)
}

func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// xmpp opens a stream, waits for its features, and asks for TLS.
func xmpp(namespace string) func(*talk) error {
	return func(t *talk) error {
		var to strings.Builder
		if err := xml.EscapeText(&to, []byte(t.name)); err != nil {
			return err
		}
		const stream, tls = "http://etherx.jabber.org/streams", "urn:ietf:params:xml:ns:xmpp-tls"
		if err := t.send("<?xml version='1.0'?><stream:stream to='" + to.String() + "' version='1.0' xmlns='" + namespace +
			"' xmlns:stream='" + stream + "'>"); err != nil {
			return err
		}
		in := xml.NewDecoder(t.in) // which reads no byte too many from an io.ByteReader
		for {
			element, err := nextElement(in)
			switch {
			case err != nil:
				return err
			case element.Name == xml.Name{Space: stream, Local: "stream"}:
			case element.Name == xml.Name{Space: stream, Local: "features"}:
				var features struct {
					StartTLS *struct{} `xml:"urn:ietf:params:xml:ns:xmpp-tls starttls"`
				}
				if err := in.DecodeElement(&features, &element); err != nil {
					return strange(err)
				}
				if features.StartTLS == nil {
					return ErrNoSTARTTLS
				}
				if err := t.send("<starttls xmlns='" + tls + "'/>"); err != nil {
					return err
				}
			case element.Name == xml.Name{Space: tls, Local: "proceed"}:
				return strange(in.Skip())
			default:
				return said(ErrRefused, element.Name.Local)
			}
		}
	}
}

func nextElement(in *xml.Decoder) (xml.StartElement, error) {
	for {
		token, err := in.Token()
		if err != nil {
			return xml.StartElement{}, strange(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			return token, nil
		case xml.EndElement: // of the stream
			return xml.StartElement{}, ErrRefused
		}
	}
}

// strange tells what is no XML from a network that fails.
func strange(err error) error {
	if _, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	return ended(err)
}

// postgres sends an SSLRequest. The answer is one letter.
func postgres(t *talk) error {
	if err := t.send("\x00\x00\x00\x08\x04\xd2\x16\x2f"); err != nil { // the length, and 1234 and 5679
		return err
	}
	answer, err := t.in.ReadByte()
	switch {
	case err != nil:
		return ended(err)
	case answer == 'S':
		return nil
	case answer == 'N':
		return ErrNoSTARTTLS
	case answer == 'E':
		return ErrRefused
	}
	return ErrProtocol
}

// mysql reads the server's greeting, and answers with an SSLRequest.
func mysql(t *talk) error {
	head, err := t.bytes(4) // length and number
	if err != nil {
		return err
	}
	greeting, err := t.bytes(uint64(head[0]) | uint64(head[1])<<8 | uint64(head[2])<<16)
	if err != nil {
		return err
	}
	if len(greeting) > 3 && greeting[0] == 0xff { // an error with its number
		return said(ErrRefused, string(greeting[3:]))
	}
	version := bytes.IndexByte(greeting, 0)
	flags := version + 1 + 4 + 8 + 1 // behind it: a thread, the first part of a challenge, a zero
	const protocol41, ssl, authentication = 1 << 9, 1 << 11, 1 << 15
	switch {
	case len(greeting) == 0 || greeting[0] != 10 || version < 0 || len(greeting) < flags+2:
		return ErrProtocol
	case binary.LittleEndian.Uint16(greeting[flags:])&ssl == 0:
		return ErrNoSTARTTLS
	}
	const size, utf8 = 32, 33
	request := binary.LittleEndian.AppendUint32([]byte{size, 0, 0, 1}, protocol41|ssl|authentication)
	request = binary.LittleEndian.AppendUint32(request, 1<<24)
	request = append(append(request, utf8), make([]byte, 23)...)
	return t.send(string(request))
}

// nntp has replies of one line, each with a number.
func nntp(t *talk) error {
	for _, step := range []struct{ command, want string }{{"", "200 201"}, {"STARTTLS\r\n", "382"}} {
		if err := t.send(step.command); err != nil {
			return err
		}
		answer, err := t.line()
		if err != nil {
			return err
		}
		code := answer[:min(3, len(answer))]
		n, err := strconv.Atoi(code)
		switch {
		case err != nil || n < 100:
			return said(ErrProtocol, answer)
		case strings.Contains(step.want, code):
		case n == 500: // an unknown command, RFC 3977 section 3.2.1
			return said(ErrNoSTARTTLS, answer)
		default:
			return said(ErrRefused, answer)
		}
	}
	return nil
}

// sieve reads what the server can do, which it says unasked, and asks for TLS.
func sieve(t *talk) error {
	offered := false
	for _, command := range []string{"", "STARTTLS\r\n"} {
		if err := t.send(command); err != nil {
			return err
		}
		for done := false; !done; {
			answer, err := t.sieveLine()
			switch {
			case err != nil:
				return err
			case strings.HasPrefix(answer, `"`):
				offered = offered || hasPrefixFold(answer, `"STARTTLS"`)
			case hasPrefixFold(answer, "OK"):
				done = true
			case hasPrefixFold(answer, "NO"), hasPrefixFold(answer, "BYE"):
				return said(ErrRefused, answer)
			default:
				return said(ErrProtocol, answer)
			}
		}
		if !offered {
			return ErrNoSTARTTLS
		}
	}
	return nil
}

// sieveLine is a line with its literals, "{3}" and the bytes behind it (RFC 5804
// section 4).
func (t *talk) sieveLine() (string, error) {
	text, err := t.line()
	for err == nil && strings.HasSuffix(text, "}") {
		_, size, _ := strings.Cut(text[strings.LastIndexByte(text, ' ')+1:], "{")
		length, bad := strconv.ParseUint(strings.TrimSuffix(strings.TrimSuffix(size, "}"), "+"), 10, 32)
		if bad != nil {
			break
		}
		literal, err := t.bytes(length)
		if err != nil {
			return "", err
		}
		rest, err := t.line()
		if err != nil {
			return "", err
		}
		text += " " + string(literal) + rest
	}
	return text, err
}
