package keystore

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"muxkey/pkcs12x"
)

// encoding/pem passes over every block that is not perfect, so that a chain cut
// short in the middle reads as a shorter chain. The scanner here takes more
// (indentation, a lone CR, whole blocks on one line) and refuses what is broken
// with the number of the line.

// PEMError says what is wrong with a PEM file, and where.
type PEMError struct {
	Line    int // from 1
	Problem string
}

func (e *PEMError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Problem) }

// pemBlock is one block. Its attributes are those that OpenSSL writes above it.
type pemBlock struct {
	label      string
	line       int
	headers    map[string]string
	der        []byte
	attributes []Attribute
	place
}

// place is where a block stands in its file, in octets.
type place struct {
	about      int  // where the text begins that OpenSSL writes above a block; start without it
	start, end int  // the block's lines, the end of the last one included
	bag        int  // behind the line "Bag Attributes"; 0 without it
	name       span // the text of friendlyName
}

// span is a part of a file, in octets.
type span struct{ start, end int }

const (
	pemBegin = "-----BEGIN "
	pemEnd   = "-----END "
	pemDash  = "-----"
)

// line is a line of a text.
type line struct {
	number int    // from 1
	text   string // without the end and the blanks around it
	at     int    // where text begins in the file
	span          // the whole line with its end
}

// from is the part of the line that ends with rest.
func (l line) from(rest string) line {
	rest = strings.TrimSpace(rest)
	l.at += len(l.text) - len(rest)
	l.start, l.text = l.at, rest
	return l
}

// lines calls each with every line, until it returns an error. LF, CRLF and a
// lone CR end a line.
func lines(data []byte, each func(line) error) error {
	const blank = " \t\v\f\x00\u00a0"
	l := line{number: 1}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		l.end = len("\ufeff")
	}
	for ; l.end < len(data); l.number++ {
		l.start = l.end
		text := data[l.start:]
		l.end = len(data)
		if i := bytes.IndexAny(text, "\r\n"); i >= 0 {
			l.end = l.start + i + 1
			if bytes.HasPrefix(text[i:], []byte("\r\n")) {
				l.end++
			}
			text = text[:i]
		}
		trimmed := bytes.TrimLeft(text, blank)
		l.at = l.start + len(text) - len(trimmed)
		l.text = string(bytes.TrimRight(trimmed, blank))
		if err := each(l); err != nil {
			return err
		}
	}
	return nil
}

// pemScanner is the state between lines.
type pemScanner struct {
	each       func(pemBlock) error
	block      *pemBlock // being read
	body       []byte    // its base64 text
	inHeaders  bool
	attributes []Attribute
	above      place // what stands above the next block
}

// scanPEM calls each with every block of a file. Errors: *PEMError, and what
// each returns.
func scanPEM(data []byte, each func(pemBlock) error) error {
	s := &pemScanner{each: each}
	s.forget()
	if err := lines(data, s.line); err != nil {
		return err
	}
	if s.block != nil {
		return &PEMError{s.block.line, fmt.Sprintf("the %s block that begins here has no END line (cut short?)", s.block.label)}
	}
	return nil
}

func (s *pemScanner) line(l line) error {
	switch {
	case strings.HasPrefix(l.text, pemBegin):
		return s.begin(l)
	case strings.HasPrefix(l.text, pemEnd):
		return s.end(l)
	case s.block == nil:
		s.text(l)
		return nil
	}
	return s.bodyLine(l)
}

func (s *pemScanner) begin(l line) error {
	if s.block != nil {
		return &PEMError{l.number, fmt.Sprintf("a new block begins before the %s block of line %d has ended (cut short?)", s.block.label, s.block.line)}
	}
	label, rest, ok := strings.Cut(l.text[len(pemBegin):], pemDash)
	if !ok || label == "" || strings.HasPrefix(rest, "-") {
		return &PEMError{l.number, "a BEGIN line must have its label between five dashes on either side"}
	}
	s.block = &pemBlock{label: strings.TrimSpace(label), line: l.number, headers: map[string]string{}, attributes: s.attributes, place: s.above}
	if s.block.start = l.start; s.block.about < 0 {
		s.block.about = l.start
	}
	s.body, s.inHeaders = s.body[:0], true
	s.forget()
	if rest = strings.TrimSpace(rest); rest == "" {
		return nil
	}
	return s.bodyLine(l.from(rest))
}

// bodyLine takes a line between BEGIN and END. A block on one line, as
// environment variables have it, ends in the middle of it.
func (s *pemScanner) bodyLine(l line) error {
	text, _, ended := strings.Cut(l.text, pemEnd)
	if name, value, ok := strings.Cut(text, ":"); ok && s.inHeaders {
		s.block.headers[name] = strings.TrimSpace(value)
	} else if text != "" || len(s.block.headers) > 0 {
		s.inHeaders = text != "" && s.inHeaders && len(s.block.headers) > 0 && strings.HasSuffix(text, ",")
		if err := s.base64(l.number, text); err != nil {
			return err
		}
	}
	if ended {
		return s.end(l.from(l.text[len(text):]))
	}
	return nil
}

const base64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

func (s *pemScanner) base64(number int, line string) error {
	if !readLabel(s.block.label) {
		return nil // PGP has a checksum line, others may have anything
	}
	for i := range len(line) {
		c := line[i]
		switch {
		case c == ' ' || c == '\t':
			continue
		case c == '=':
		case strings.IndexByte(base64Letters, c) < 0:
			return &PEMError{number, fmt.Sprintf("%q at column %d is no base64", []rune(line[i:])[0], i+1)}
		case bytes.HasSuffix(s.body, []byte("=")):
			return &PEMError{number, "base64 goes on behind its padding"}
		}
		s.body = append(s.body, c)
	}
	return nil
}

func (s *pemScanner) end(l line) error {
	label, rest, ok := strings.Cut(l.text[len(pemEnd):], pemDash)
	label = strings.TrimSpace(label)
	switch {
	case s.block == nil:
		return &PEMError{l.number, fmt.Sprintf("END %s without a BEGIN line (is the beginning missing?)", label)}
	case label != s.block.label:
		return &PEMError{l.number, fmt.Sprintf("END %s where the block of line %d is a %s", label, s.block.line, s.block.label)}
	case !ok || strings.HasPrefix(rest, "-"):
		return &PEMError{l.number, "an END line must have its label between five dashes on either side"}
	}
	b := *s.block
	s.block = nil
	if b.end = l.end; strings.TrimSpace(rest) != "" {
		b.end = l.from(rest).start
	}
	if readLabel(b.label) {
		b.der = make([]byte, base64.StdEncoding.DecodedLen(len(s.body)))
		n, err := base64.StdEncoding.Decode(b.der, s.body)
		if err != nil {
			return &PEMError{l.number, fmt.Sprintf("the base64 of the %s block of line %d ends in the middle of a group of four letters (cut short?)", b.label, b.line)}
		}
		if b.der = b.der[:n]; n == 0 {
			return &PEMError{b.line, fmt.Sprintf("the %s block is empty", b.label)}
		}
	}
	if err := s.each(b); err != nil {
		return err
	}
	if rest = strings.TrimSpace(rest); strings.HasPrefix(rest, pemBegin) {
		return s.begin(l.from(rest))
	}
	return nil
}

// forget ends what was said about the next block.
func (s *pemScanner) forget() { s.attributes, s.above = nil, place{about: -1} }

// text takes a line outside of blocks. "openssl pkcs12" writes the attributes
// of a bag above its block, and they are the only place of the alias; behind
// them, and in front of other certificates, it writes subject and issuer.
func (s *pemScanner) text(l line) {
	inBag := s.above.bag > 0
	switch {
	case l.text == "Bag Attributes":
		s.forget()
		s.above.about, s.above.bag = l.start, l.end
	case !inBag && (strings.HasPrefix(l.text, "subject=") || strings.HasPrefix(l.text, "issuer=")):
		if s.above.about < 0 {
			s.above.about = l.start
		}
	case !inBag:
		s.above.about = -1
	case l.text == "Key Attributes":
	case strings.HasPrefix(l.text, "friendlyName:"):
		name := l.from(l.text[len("friendlyName:"):])
		if s.above.name == (span{}) {
			s.above.name = span{name.at, name.at + len(name.text)}
		}
		s.attributes = append(s.attributes, pkcs12x.NewFriendlyName(name.text))
	case strings.HasPrefix(l.text, "localKeyID:"):
		id, err := hex.DecodeString(strings.ReplaceAll(l.text[len("localKeyID:"):], " ", ""))
		if err == nil && len(id) > 0 {
			s.attributes = append(s.attributes, localKeyID(id))
		}
	}
}

// firstLabel is the label of the first block, where there is one. An END line
// counts as well: the beginning may be missing.
func firstLabel(head []byte) (label string, ok bool) {
	if !bytes.Contains(head, []byte(pemBegin)) && !bytes.Contains(head, []byte(pemEnd)) {
		return "", false // spares binary files the search for lines
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return "", false // a program that knows PEM, not PEM
	}
	stop := &PEMError{}
	_ = lines(head, func(l line) error { // nothing but stop can come back
		if label, ok = strings.CutPrefix(l.text, pemBegin); !ok {
			label, ok = strings.CutPrefix(l.text, pemEnd)
		}
		if ok {
			label, _, _ = strings.Cut(label, pemDash)
			return stop
		}
		return nil
	})
	return strings.TrimSpace(label), ok
}

// fromUTF16 turns the UTF-16 that Windows shells write into UTF-8; other data
// is returned as it is.
func fromUTF16(data []byte) []byte {
	if len(data) < 4 {
		return data
	}
	var order func(i int) uint16
	switch {
	case data[0] == 0xff && data[1] == 0xfe:
		order = func(i int) uint16 { return uint16(data[i]) | uint16(data[i+1])<<8 }
	case data[0] == 0xfe && data[1] == 0xff:
		order = func(i int) uint16 { return uint16(data[i])<<8 | uint16(data[i+1]) }
	default:
		return data
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 2; i+1 < len(data); i += 2 {
		units = append(units, order(i))
	}
	return []byte(string(utf16.Decode(units)))
}

// minBase64 is the least number of letters that are taken for base64 and not
// for words; the smallest key is longer.
const minBase64 = 40

// unwrap undoes base64 without PEM lines around it, as it comes by mail and in
// configuration files. armor is empty when data is nothing of the kind.
func unwrap(data []byte) (inner []byte, armor string) {
	text := bytes.TrimPrefix(data, []byte("\ufeff"))
	letters := make([]byte, 0, len(text))
	for _, c := range text {
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0:
		case c == '=' || strings.IndexByte(base64Letters, c) >= 0:
			letters = append(letters, c)
		default:
			return nil, ""
		}
	}
	if len(letters) < minBase64 {
		return nil, ""
	}
	letters = bytes.TrimRight(letters, "=")
	inner = make([]byte, base64.RawStdEncoding.DecodedLen(len(letters)))
	n, err := base64.RawStdEncoding.Decode(inner, letters)
	if err != nil {
		return nil, ""
	}
	return inner[:n], "base64"
}

// pemLabels are the labels of blocks that are read. What is inside is told from
// the bytes: writers mislabel.
var pemLabels = []string{
	"CERTIFICATE", "X509 CERTIFICATE", "X.509 CERTIFICATE", "TRUSTED CERTIFICATE",
	"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST",
	"X509 CRL", "CRL",
	"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "ANY PRIVATE KEY",
	"RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY",
	"PUBLIC KEY", "RSA PUBLIC KEY",
	"PKCS7", "PKCS #7 SIGNED DATA", "CMS",
	"PKCS12",
	opensshLabel,
	ecParametersLabel,
}

const ecParametersLabel = "EC PARAMETERS"

func readLabel(label string) bool { return slices.Contains(pemLabels, label) }
