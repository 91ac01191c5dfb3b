package signer

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxURI bounds a URI, in bytes.
const maxURI = 4096

// locator is a PKCS#11 URI, taken apart (RFC 7512 section 2.3).
type locator struct {
	token     map[string]string // what the token, its slot and its module must be; keys are attribute names
	slot      *uint             // slot-id
	object    string            // CKA_LABEL
	id        []byte            // CKA_ID
	module    string            // module-path; empty for defaultModule
	pinSource string            // where the PIN comes from
}

// tokenAttributes are those of the token, slot and module that are compared with
// what these say of themselves.
func tokenAttributes() []string {
	return []string{
		"token", "manufacturer", "serial", "model",
		"slot-description", "slot-manufacturer",
		"library-manufacturer", "library-description",
	}
}

// parsePKCS11 takes a URI apart. One part of it that is not known is an error:
// RFC 7512 section 2.5 has such a URI match nothing, and a key that matches by
// luck is a wrong one.
//
// Values are percent-decoded and nothing more. go.step.sm/crypto/kms reads
// "id=1234" as the two bytes 12 34, and a "+" as a blank; the RFC does neither,
// and neither do p11tool and OpenSC, whose URIs people have.
func parsePKCS11(uri string) (*locator, error) {
	_, rest, _ := strings.Cut(uri, ":")
	if len(uri) > maxURI {
		return nil, &URIError{"it is too long", "", nil}
	}
	l := &locator{token: map[string]string{}}
	path, query, _ := strings.Cut(rest, "?")
	var attributes []string
	if path != "" {
		attributes = strings.Split(path, ";")
	}
	if query != "" {
		attributes = append(attributes, strings.Split(query, "&")...)
	}
	seen := map[string]bool{}
	for _, a := range attributes {
		name, text, ok := strings.Cut(a, "=")
		switch {
		case name == "pin-value":
			return nil, pinInURI()
		case !ok:
			return nil, &URIError{"a part of it is not name=value", "", nil}
		case seen[name]:
			return nil, &URIError{fmt.Sprintf("%q stands in it twice", name), "", nil}
		}
		seen[name] = true
		value, err := url.PathUnescape(text)
		if err != nil {
			return nil, &URIError{fmt.Sprintf("the percent-encoding of %q is wrong", name), "", nil}
		}
		if err := l.set(name, value); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// PINSource is where a URI says that the PIN comes from, percent-decoded; empty when
// it does not say, or is wrong.
func PINSource(uri string) string {
	if scheme, _, _ := strings.Cut(uri, ":"); !strings.EqualFold(scheme, "pkcs11") {
		return ""
	}
	l, err := parsePKCS11(uri)
	if err != nil {
		return ""
	}
	return l.pinSource
}

func checkPKCS11(uri string) error {
	_, err := parsePKCS11(uri)
	return err
}

// checkAWS refuses what the library would pass over without a word.
func checkAWS(uri string) error {
	_, rest, _ := strings.Cut(uri, ":")
	for part := range strings.FieldsFuncSeq(rest, func(r rune) bool { return strings.ContainsRune(";?&", r) }) {
		name, _, _ := strings.Cut(part, "=")
		if !slices.Contains([]string{"key-id", "name", "region", "profile", "credentials-file"}, name) {
			return &URIError{fmt.Sprintf("%q in it is not known here", line(name)), "take key-id, or name for a new key, and region, profile or credentials-file", nil}
		}
	}
	return nil
}

func (l *locator) set(name, value string) error {
	switch name {
	case "object":
		l.object = value
	case "id":
		l.id = []byte(value)
	case "module-path": // some write it before the question mark
		l.module = value
	case "pin-source":
		if strings.HasPrefix(value, "pass:") {
			return pinInURI()
		}
		l.pinSource = value
	case "slot-id":
		n, err := strconv.ParseUint(value, 10, 32)
		if err != nil {
			return &URIError{"its slot-id is not a number", "", nil}
		}
		slot := uint(n)
		l.slot = &slot
	case "type":
		if value != "private" {
			return &URIError{"it names an object that is no private key", "leave \"type\" out, or write type=private", nil}
		}
	default:
		if !slices.Contains(tokenAttributes(), name) {
			return &URIError{
				fmt.Sprintf("%q in it is not known here", line(name)),
				"take token, serial, slot-id, object and id, and after a question mark module-path and pin-source", nil,
			}
		}
		l.token[name] = value
	}
	return nil
}

func pinInURI() error {
	return &URIError{
		"it holds the PIN, which everybody on the machine can read in the list of processes",
		"say where the PIN comes from: pin-source=file:PATH or pin-source=env:NAME", nil,
	}
}

// line shortens what stands in an error.
func line(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
