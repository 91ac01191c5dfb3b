package text

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"muxkey/internal/keytool/der"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
)

// ReadCertificates reads what Java's CertificateFactory.generateCertificates does:
// a PKCS#7 of certificates, or certificates one behind the other, each in DER or in
// PEM under whatever label. Nothing at all is no error.
func ReadCertificates(data []byte, l level.Level) ([]*Certificate, error) {
	blocks, err := readBlocks(data, l, exception.Certificate, "No certificate data found")
	if err != nil || len(blocks) == 0 {
		return nil, err
	}
	if bag, err := readPKCS7(blocks[0].data, l); err == nil {
		return bag.Certificates, nil
	}
	var list []*Certificate
	for _, b := range blocks {
		if b.err != nil {
			return nil, unreadable(exception.Certificate, "", b.err)
		}
		c, err := ParseCertificate(b.data, l)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// ReadCertificate reads the first certificate as CertificateFactory's
// generateCertificate does, which takes no PKCS#7.
func ReadCertificate(data []byte, l level.Level) (*Certificate, error) {
	b, _, ok := nextBlock(data, l)
	switch {
	case b.err != nil:
		return nil, exception.Wrap(exception.Certificate, "Could not parse certificate: "+exception.Of(b.err).Error(), b.err)
	case !ok:
		return nil, exception.New(exception.Certificate, "Could not parse certificate: "+fail("Empty input").Error())
	}
	return ParseCertificate(b.data, l)
}

// ReadCRLs reads CRLs as CertificateFactory.generateCRLs does, in the forms of
// ReadCertificates.
func ReadCRLs(data []byte, l level.Level) ([]*CRL, error) {
	blocks, err := readBlocks(data, l, exception.CRL, "No CRL data found")
	if err != nil || len(blocks) == 0 {
		return nil, err
	}
	if bag, err := readPKCS7(blocks[0].data, l); err == nil {
		return bag.CRLs, nil
	}
	var list []*CRL
	for _, b := range blocks {
		if b.err != nil {
			return nil, exception.Wrap(exception.CRL, exception.Of(b.err).Message, b.err)
		}
		c, err := ParseCRL(b.data, l)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// block is one element of a file, or why there is none.
type block struct {
	data []byte
	err  error
}

// readBlocks reads the elements of a file. An error in the first comes back as an
// exception of that class; none at all, in a file that is not empty, is one too.
func readBlocks(data []byte, l level.Level, class, none string) ([]block, error) {
	if len(data) == 0 {
		return nil, nil
	}
	var list []block
	for {
		b, rest, ok := nextBlock(data, l)
		switch {
		case !ok && len(list) == 0:
			return nil, exception.New(class, none)
		case !ok:
			return list, nil
		case b.err != nil && len(list) == 0 && class == exception.CRL:
			return nil, exception.Wrap(class, exception.Of(b.err).Message, b.err)
		case b.err != nil && len(list) == 0:
			return nil, unreadable(class, "", b.err)
		}
		list = append(list, b)
		data = rest // nothing behind what cannot be read
	}
}

// nextBlock takes the next element; ok is false at the end.
func nextBlock(data []byte, l level.Level) (b block, rest []byte, ok bool) {
	if len(data) == 0 {
		return b, nil, false
	}
	if data[0] == der.Sequence {
		n, err := extent(data)
		if err != nil {
			return block{err: err}, nil, true
		}
		return block{data: data[:n]}, data[n:], true
	}
	if l.OpenPEM {
		return nextOpenPEM(data)
	}
	return nextPEM(data, l)
}

// extent is the length of the BER element at the beginning of a file.
func extent(data []byte) (int, error) {
	s := der.NewStream(data)
	_, err := s.Next()
	switch {
	case err != nil && exception.Of(err).Class == exception.EOF:
		err = fail("Incomplete BER/DER data")
	case err != nil && exception.Of(err).Message == "Invalid lenByte":
		err = fail("Invalid BER/DER data (too huge?)")
	}
	return len(data) - len(s.Rest()), err
}

const hyphens = "-----"

// nextPEM takes the next PEM block; text before it is passed over.
func nextPEM(data []byte, l level.Level) (b block, rest []byte, ok bool) {
	broken := func(what string) (block, []byte, bool) { return block{err: fail("%s", what)}, nil, true }
	start := header(data)
	if start < 0 {
		return b, nil, false
	}
	first, rest, ok := cutLine(data[start:])
	body, _, closed := bytes.Cut(rest, []byte("-"))
	if !ok || !closed {
		return broken("Incomplete data")
	}
	last, rest, _ := cutLine(rest[len(body):])
	begins, isBegin := label(first, "BEGIN ", l)
	ends, isEnd := label(last, "END ", l)
	switch {
	case !isBegin:
		return broken("Illegal header: " + string(first))
	case !isEnd:
		return broken("Illegal footer: " + string(last))
	case begins != ends:
		return broken("Header and footer do not match: " + string(first) + " " + string(last))
	}
	b.data, b.err = decodeBase64(withoutBlanks(body))
	return b, rest, true
}

// header is where the first line of a block begins, or -1.
func header(data []byte) int {
	for i := 0; ; {
		n := bytes.Index(data[i:], []byte(hyphens))
		if n < 0 {
			return -1
		}
		i += n
		if i == 0 || data[i-1] == '\n' || data[i-1] == '\r' {
			return i
		}
		for i < len(data) && data[i] == '-' {
			i++
		}
	}
}

// cutLine cuts at the first line end; ok is false where there is none.
func cutLine(data []byte) (line, rest []byte, ok bool) {
	i := bytes.IndexAny(data, "\r\n")
	if i < 0 {
		return data, nil, false
	}
	line, rest = data[:i], data[i+1:]
	if data[i] == '\r' && len(rest) > 0 && rest[0] == '\n' {
		rest = rest[1:]
	}
	return line, rest, true
}

func label(line []byte, word string, l level.Level) (string, bool) {
	text := der.Latin1(line)
	if !l.OldReaders {
		text = strings.TrimRight(text, " \t\v\f")
	}
	text, begins := strings.CutPrefix(text, hyphens+word)
	text, ends := strings.CutSuffix(text, hyphens)
	return text, begins && ends
}

// withoutBlanks takes out what Java's regular expressions call white space.
func withoutBlanks(body []byte) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n\v\f", r) {
			return -1
		}
		return r
	}, der.Latin1(body))
}

// decodeBase64 decodes as Java's basic decoder does: padding may be left out
// altogether.
func decodeBase64(text string) ([]byte, error) {
	if wrong := notBase64(text); wrong != "" {
		return nil, exception.New(exception.IO, exception.IllegalArgument+": "+wrong)
	}
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, exception.Wrap(exception.IO, exception.IllegalArgument+": "+err.Error(), err)
	}
	return data, nil
}

// notBase64 is what Java's decoder says of a text that is no base64; "" of one that is.
func notBase64(text string) string {
	const unit = "Input byte array has wrong 4-byte ending unit"
	if len(text) == 1 {
		return "Input byte[] should at least have 2 bytes for base64 bytes"
	}
	digits := strings.TrimLeft(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
	last := (len(text) - len(digits)) % 4
	padded := strings.HasPrefix(digits, "=")
	switch rest := strings.TrimPrefix(digits, "="); {
	case !padded && digits != "":
		return fmt.Sprintf("Illegal base64 character %x", int8([]rune(digits)[0])) // #nosec G115 -- Java's octets have signs
	case padded && (last == 0 || last == 2 && !strings.HasPrefix(rest, "=")):
		return unit
	case last == 1:
		return "Last unit does not have enough valid bits"
	case last == 2 && len(rest) > 1, last == 3 && rest != "":
		behind := len(text) - len(rest)
		if last == 2 {
			behind++
		}
		return fmt.Sprintf("Input byte array has incorrect ending byte at %d", behind)
	}
	return ""
}
