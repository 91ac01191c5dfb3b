package dname

import (
	"crypto/x509"
	"strings"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/oid"
)

// The attributes whose values are IA5String.
const (
	emailAddress    = "1.2.840.113549.1.9.1"
	domainComponent = "0.9.2342.19200300.100.1.25"
)

// form is one of the ways to print a name.
type form int

const (
	java form = iota
	rfc1779
	rfc2253
)

// keyword is a short word for an attribute type.
type keyword struct {
	word, oid        string
	rfc1779, rfc2253 bool
}

// keywords are those that Java knows. Of several for one type the first is printed.
func keywords() []keyword {
	return []keyword{
		{"CN", "2.5.4.3", true, true},
		{"C", "2.5.4.6", true, true},
		{"L", "2.5.4.7", true, true},
		{"ST", "2.5.4.8", true, true},
		{"S", "2.5.4.8", false, false},
		{"O", "2.5.4.10", true, true},
		{"OU", "2.5.4.11", true, true},
		{"T", "2.5.4.12", false, false},
		{"IP", "1.3.6.1.4.1.42.2.11.2.1", false, false},
		{"STREET", "2.5.4.9", true, true},
		{"DC", domainComponent, false, true},
		{"DNQ", "2.5.4.46", false, false},
		{"DNQUALIFIER", "2.5.4.46", false, false},
		{"SURNAME", "2.5.4.4", false, false},
		{"GIVENNAME", "2.5.4.42", false, false},
		{"INITIALS", "2.5.4.43", false, false},
		{"GENERATION", "2.5.4.44", false, false},
		{"EMAILADDRESS", emailAddress, false, false},
		{"EMAIL", emailAddress, false, false},
		{"UID", "0.9.2342.19200300.100.1.1", false, true},
		{"SERIALNUMBER", "2.5.4.5", false, false},
	}
}

// attributeType reads what stands before "=": a keyword in any case, or an OID
// with or without "OID." before it.
func attributeType(word string) (x509.OID, error) {
	word = trim(strings.ToUpper(word))
	for _, k := range keywords() {
		if k.word == word {
			return oid.Parse(k.oid)
		}
	}
	word = strings.TrimPrefix(word, "OID.")
	if word == "" || word[0] < '0' || word[0] > '9' {
		return x509.OID{}, exception.New(exception.IO, `Invalid keyword "`+word+`"`)
	}
	return oid.Parse(word)
}

// typeWord is how a form prints an attribute type; ok is false where it has no
// keyword for it.
func typeWord(id x509.OID, f form) (word string, ok bool) {
	dotted := id.String()
	for _, k := range keywords() {
		if k.oid == dotted && (f == java || f == rfc1779 && k.rfc1779 || f == rfc2253 && k.rfc2253) {
			return k.word, true
		}
	}
	if f == rfc2253 {
		return dotted, false
	}
	return "OID." + dotted, false
}

// trim is Java's String.trim: control characters go as blanks do.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}
