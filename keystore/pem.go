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
}

const (
	pemBegin = "-----BEGIN "
	pemEnd   = "-----END "
	pemDash  = "-----"
)

// lines calls each with every line, without its end and the blanks around it,
// until it returns an error. LF, CRLF and a lone CR end a line.
func lines(data []byte, each func(number int, line string) error) error {
	for number := 1; len(data) > 0; number++ {
		line, rest := data, []byte(nil)
		if i := bytes.IndexAny(data, "\r\n"); i >= 0 {
			line, rest = data[:i], data[i+1:]
			if data[i] == '\r' && len(rest) > 0 && rest[0] == '\n' {
				rest = rest[1:]
			}
		}
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if err := each(number, string(bytes.Trim(line, " \t\v\f\x00\u00a0"))); err != nil {
			return err
		}
		data = rest
	}
	return nil
}

// pemScanner is the state between lines.
type pemScanner struct {
	each       func(pemBlock) error
	block      *pemBlock // being read
	body       []byte    // its base64 text
	inHeaders  bool
	bag        bool // OpenSSL's attributes go on
	attributes []Attribute
}

// scanPEM calls each with every block of a file. Errors: *PEMError, and what
// each returns.
func scanPEM(data []byte, each func(pemBlock) error) error {
	s := &pemScanner{each: each}
	if err := lines(data, s.line); err != nil {
		return err
	}
	if s.block != nil {
		return &PEMError{s.block.line, fmt.Sprintf("the %s block that begins here has no END line (cut short?)", s.block.label)}
	}
	return nil
}

func (s *pemScanner) line(number int, line string) error {
	switch {
	case strings.HasPrefix(line, pemBegin):
		return s.begin(number, line)
	case strings.HasPrefix(line, pemEnd):
		return s.end(number, line)
	case s.block == nil:
		s.text(line)
		return nil
	}
	return s.bodyLine(number, line)
}

func (s *pemScanner) begin(number int, line string) error {
	if s.block != nil {
		return &PEMError{number, fmt.Sprintf("a new block begins before the %s block of line %d has ended (cut short?)", s.block.label, s.block.line)}
	}
	label, rest, ok := strings.Cut(line[len(pemBegin):], pemDash)
	if !ok || label == "" || strings.HasPrefix(rest, "-") {
		return &PEMError{number, "a BEGIN line must have its label between five dashes on either side"}
	}
	s.block = &pemBlock{label: strings.TrimSpace(label), line: number, headers: map[string]string{}, attributes: s.attributes}
	s.body, s.inHeaders, s.attributes, s.bag = s.body[:0], true, nil, false
	if rest = strings.TrimSpace(rest); rest == "" {
		return nil
	}
	return s.bodyLine(number, rest)
}

// bodyLine takes a line between BEGIN and END. A block on one line, as
// environment variables have it, ends in the middle of it.
func (s *pemScanner) bodyLine(number int, line string) error {
	line, tail, ended := strings.Cut(line, pemEnd)
	if name, value, ok := strings.Cut(line, ":"); ok && s.inHeaders {
		s.block.headers[name] = strings.TrimSpace(value)
	} else if line != "" || len(s.block.headers) > 0 {
		s.inHeaders = line != "" && s.inHeaders && len(s.block.headers) > 0 && strings.HasSuffix(line, ",")
		if err := s.base64(number, line); err != nil {
			return err
		}
	}
	if ended {
		return s.end(number, pemEnd+tail)
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

func (s *pemScanner) end(number int, line string) error {
	label, rest, ok := strings.Cut(line[len(pemEnd):], pemDash)
	label = strings.TrimSpace(label)
	switch {
	case s.block == nil:
		return &PEMError{number, fmt.Sprintf("END %s without a BEGIN line (is the beginning missing?)", label)}
	case label != s.block.label:
		return &PEMError{number, fmt.Sprintf("END %s where the block of line %d is a %s", label, s.block.line, s.block.label)}
	case !ok || strings.HasPrefix(rest, "-"):
		return &PEMError{number, "an END line must have its label between five dashes on either side"}
	}
	b := *s.block
	s.block = nil
	if readLabel(b.label) {
		b.der = make([]byte, base64.StdEncoding.DecodedLen(len(s.body)))
		n, err := base64.StdEncoding.Decode(b.der, s.body)
		if err != nil {
			return &PEMError{number, fmt.Sprintf("the base64 of the %s block of line %d ends in the middle of a group of four letters (cut short?)", b.label, b.line)}
		}
		if b.der = b.der[:n]; n == 0 {
			return &PEMError{b.line, fmt.Sprintf("the %s block is empty", b.label)}
		}
	}
	if err := s.each(b); err != nil {
		return err
	}
	if rest = strings.TrimSpace(rest); strings.HasPrefix(rest, pemBegin) {
		return s.begin(number, rest)
	}
	return nil
}

// text takes a line outside of blocks. "openssl pkcs12" writes the attributes
// of a bag above its block, and they are the only place of the alias.
func (s *pemScanner) text(line string) {
	switch {
	case line == "Bag Attributes":
		s.bag, s.attributes = true, nil
	case line == "Key Attributes", !s.bag:
	case strings.HasPrefix(line, "friendlyName:"):
		s.attributes = append(s.attributes, pkcs12x.NewFriendlyName(strings.TrimSpace(line[len("friendlyName:"):])))
	case strings.HasPrefix(line, "localKeyID:"):
		id, err := hex.DecodeString(strings.ReplaceAll(line[len("localKeyID:"):], " ", ""))
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
	_ = lines(head, func(_ int, line string) error { // nothing but stop can come back
		if label, ok = strings.CutPrefix(line, pemBegin); !ok {
			label, ok = strings.CutPrefix(line, pemEnd)
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
	ecParametersLabel,
}

const ecParametersLabel = "EC PARAMETERS"

func readLabel(label string) bool { return slices.Contains(pemLabels, label) }
