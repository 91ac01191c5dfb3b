package extension

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	der "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
	"muxkey/internal/keytool/oid"
	"muxkey/internal/keytool/uri"
)

// The choices of a GeneralName (RFC 5280, 4.2.1.6).
const (
	emailTag = 1
	dnsTag   = 2
	uriTag   = 6
	ipTag    = 7
	oidTag   = 8
)

// generalName encodes a name of a kind: EMAIL, URI, DNS, IP or OID.
func generalName(kind, text string, wildcard bool, l level.Level) ([]byte, error) {
	i, err := choose(l, kind, []string{"EMAIL", "URI", "DNS", "IP", "OID"})
	if err != nil {
		return nil, err
	}
	var tag der.Tag
	var content []byte
	switch i {
	case 0:
		tag, content, err = emailTag, ia5(text), checkEmail(text)
	case 1:
		tag, content, err = uriTag, ia5(uri.ASCII(text)), checkURI(text, l)
	case 2:
		tag, content, err = dnsTag, ia5(text), checkDNS(text, wildcard, l)
	case 3:
		tag = ipTag
		content, err = ipName(text, l)
	case 4:
		tag = oidTag
		content, err = oidName(text)
	default:
		err = exception.New(exception.Plain, "Unrecognized GeneralName type: "+kind)
	}
	if err != nil {
		return nil, err
	}
	return element(tag.ContextSpecific(), content), nil
}

// ia5 has a question mark for each character that is not ASCII.
func ia5(text string) []byte {
	return []byte(strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf {
			return '?'
		}
		return r
	}, text))
}

func ioException(message string) error { return exception.New(exception.IO, message) }

func oidName(text string) ([]byte, error) {
	id, err := oid.Parse(text)
	if err != nil {
		return nil, exception.Wrap(exception.IO, "Unable to create OIDName: "+exception.Of(err).Error(), err)
	}
	return oid.Content(id), nil
}

func checkEmail(text string) error {
	if text == "" {
		return ioException("RFC822Name may not be null or empty")
	}
	_, domain, found := strings.Cut(text, "@")
	if !found {
		domain = text
	}
	switch domain {
	case "":
		return ioException("RFC822Name may not end with @")
	case ".":
		return ioException("RFC822Name domain may not be just .")
	}
	return nil
}

func checkDNS(name string, wildcard bool, l level.Level) error {
	labels := "components"
	if l.StrictLabels {
		labels = "labels"
	}
	switch {
	case name == "":
		return ioException("DNSName must not be null or empty")
	case strings.Contains(name, " "):
		return ioException("DNSName with blank " + labels + " is not permitted")
	case strings.HasPrefix(name, ".") || strings.HasSuffix(name, "."):
		return ioException("DNSName may not begin or end with a .")
	case l.StrictLabels:
		return checkLabels(name, wildcard)
	}
	return checkComponents(name, wildcard)
}

// checkLabels is the stricter way to look at the parts of a host name.
func checkLabels(name string, wildcard bool) error {
	if length(name) > 253 {
		return ioException("DNSName can't be longer than 253 characters")
	}
	if wildcard {
		name = strings.TrimPrefix(name, "*.")
	}
	for label := range strings.SplitSeq(name, ".") {
		switch {
		case label == "":
			return ioException("DNSName with empty labels is not permitted")
		case length(label) > 63:
			return ioException("DNSName label can't be longer than 63 characters")
		case strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-"):
			return ioException("DNSName label may not begin or end with a hyphen")
		case strings.ContainsFunc(label, func(r rune) bool { return !isAlphanumeric(r) && r != '-' }):
			return ioException("DNSName labels must consist of letters, digits, and hyphens")
		}
	}
	return nil
}

// checkComponents is the older way. A part that begins with neither letter nor
// digit passes when the whole begins with a star and the part is followed by a dot
// and by one of those.
func checkComponents(name string, wildcard bool) error {
	at := 0
	for part := range strings.SplitSeq(name, ".") {
		if part == "" {
			return ioException("DNSName with empty components are not permitted")
		}
		first, size := utf8.DecodeRuneInString(part)
		switch {
		case isAlphanumeric(first):
		case !wildcard:
			return ioException("DNSName components must begin with a letter or digit")
		default:
			if err := checkStar(name, at); err != nil {
				return err
			}
		}
		if strings.ContainsFunc(part[size:], func(r rune) bool { return !isAlphanumeric(r) && r != '-' }) {
			return ioException("DNSName components must consist of letters, digits, and hyphens")
		}
		at += len(part) + 1
	}
	return nil
}

// checkStar looks at a part that begins at a place of the name.
func checkStar(name string, at int) error {
	refused := ioException("DNSName components must begin with a letter, digit, or the first component can have only a wildcard character *")
	if len(name) < 3 || name[0] != '*' {
		return refused
	}
	for i, fits := range []func(byte) bool{
		func(c byte) bool { return c == '.' },
		func(c byte) bool { return isAlphanumeric(rune(c)) },
	} {
		next := at + 1 + i
		if next >= len(name) {
			n := length(name)
			return exception.New("java.lang.StringIndexOutOfBoundsException", fmt.Sprintf("Index %d out of bounds for length %d", n, n))
		}
		if !fits(name[next]) {
			return refused
		}
	}
	return nil
}

// length is in UTF-16 units, as Java counts.
func length(s string) int { return len(utf16.Encode([]rune(s))) }

func isAlphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
