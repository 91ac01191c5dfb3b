package dname

import (
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/text/unicode/norm"
)

// Equal compares as X500Principal.equals does: without case, without blanks
// around values and runs of them, after compatibility decomposition, and without
// the order inside an RDN. PrintableString and UTF8String are one; values of
// other types, and those whose attributes have no keyword in RFC 2253, are the
// same bytes or differ.
func (n Name) Equal(other Name) bool {
	return slices.EqualFunc(n, other, func(a, b RDN) bool {
		return slices.Equal(canonical(a), canonical(b))
	})
}

// Same compares two encoded names as [Name.Equal] does. What is no name equals
// nothing.
func Same(a, b []byte) bool {
	first, err := Decode(a)
	if err != nil {
		return false
	}
	second, err := Decode(b)
	return err == nil && first.Equal(second)
}

// Canonical is a text that two encoded names share if they are [Same]; ok is false
// for what is no name.
func Canonical(der []byte) (key string, ok bool) {
	n, err := Decode(der)
	if err != nil {
		return "", false
	}
	rdns := make([]string, len(n))
	for i, rdn := range n {
		rdns[i] = strings.Join(canonical(rdn), "\x00")
	}
	return strings.Join(rdns, "\x01"), true
}

// canonical are the attributes of an RDN in a form that is the same for equal ones.
func canonical(rdn RDN) []string {
	var all []string
	for _, a := range rdn {
		word, known := typeWord(a.Type, rfc2253)
		all = append(all, word+"="+canonicalValue(a.Value, known))
	}
	slices.Sort(all)
	return all
}

func canonicalValue(value []byte, known bool) string {
	tag, _ := split(value)
	if !known || tag != asn1.PrintableString && tag != asn1.UTF8String {
		return dump(value)
	}
	text, _ := eightBit(value)
	for strings.Contains(text, "  ") {
		text = strings.ReplaceAll(text, "  ", " ")
	}
	return "=" + norm.NFKD.String(folded(trim(text))) // no dump begins with "="
}

// folded is a text in upper case and back. Of the characters whose upper case is
// several, or whose lower case is, those count here that NFKD does not take apart by
// itself: the sharp s, the I with a dot, and the Greek letters with an iota below.
func folded(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == 'ß':
			b.WriteString("ss")
		case r == 'İ' || r >= 0x1F80 && r <= 0x1FFC:
			b.WriteString(norm.NFD.String(string(r)))
		default:
			b.WriteRune(r)
		}
	}
	return strings.ToLower(strings.ToUpper(b.String()))
}
