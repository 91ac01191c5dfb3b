package extension

import (
	"encoding/asn1"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
	"muxkey/internal/keytool/oid"
)

// kind is an extension that has a name.
type kind struct {
	name, id string
	encode   func(value) ([]byte, error)
}

// kinds are in keytool's order. The last one works, but is named nowhere.
func kinds() []kind {
	return []kind{
		{"BasicConstraints", "2.5.29.19", basicConstraints},
		{"KeyUsage", "2.5.29.15", keyUsage},
		{"ExtendedKeyUsage", "2.5.29.37", extendedKeyUsage},
		{"SubjectAlternativeName", "2.5.29.17", subjectNames},
		{"IssuerAlternativeName", "2.5.29.18", issuerNames},
		{"SubjectInfoAccess", "1.3.6.1.5.5.7.1.11", infoAccess},
		{"AuthorityInfoAccess", "1.3.6.1.5.5.7.1.1", infoAccess},
		{"CRLDistributionPoints", "2.5.29.31", distributionPoints},
	}
}

// kindOf finds the extension of a name; nil where it has to be an OID.
func kindOf(l level.Level, name string) (*kind, error) {
	all := kinds()
	names := make([]string, len(all))
	for i, k := range all {
		names[i] = k.name
	}
	i, err := choose(l, name, names, len(names)-1)
	if err != nil || i < 0 {
		return nil, err
	}
	return &all[i], nil
}

// nameOf is Java's name for an extension, and empty for what it knows by the OID
// alone.
func nameOf(id string) string {
	switch id {
	case "2.5.29.14":
		return "SubjectKeyIdentifier"
	case "2.5.29.35":
		return "AuthorityKeyIdentifier"
	}
	for _, k := range kinds() {
		if k.id == id {
			return k.name
		}
	}
	return ""
}

// value is one value of -ext.
type value struct {
	text     string // all of it
	body     string // behind "="
	given    bool   // there is a "="
	critical bool
	level    level.Level
}

func (v value) illegal() error { return exception.New(exception.Plain, "Illegal value: "+v.text) }

// items are the parts of the body between commas.
func (v value) items() ([]string, error) {
	if !v.given {
		return nil, v.illegal()
	}
	return split(v.body, ","), nil
}

// empty is what becomes of a list of nothing but commas: newer JDKs refuse it with
// these words, older ones make an extension without a value.
func (v value) empty(words string) ([]byte, error) {
	if v.level.EarlyExtensions {
		return nil, exception.New(exception.IllegalArgument, words)
	}
	return nil, nil
}

func basicConstraints(v value) ([]byte, error) {
	ca, path := true, int64(-1)
	if n, err := number(v.body); v.given && err == nil {
		path = n
	} else if v.given {
		ca = false
		for _, part := range split(v.body, ",") {
			pair := split(part, ":")
			switch {
			case len(pair) != 2:
				return nil, v.illegal()
			case strings.EqualFold(pair[0], "ca"):
				ca = strings.EqualFold(pair[1], "true")
			case strings.EqualFold(pair[0], "pathlen"):
				if path, err = number(pair[1]); err != nil {
					return nil, err
				}
			default:
				return nil, v.illegal()
			}
		}
	}
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		if !ca {
			return
		}
		b.AddASN1Boolean(true)
		if path >= 0 {
			b.AddASN1Int64(path)
		}
	})
	return b.Bytes()
}

// number is Java's Integer.parseInt.
func number(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, exception.Wrap("java.lang.NumberFormatException", `For input string: "`+text+`"`, err)
	}
	return n, nil
}

func keyUsage(v value) ([]byte, error) {
	items, err := v.items()
	if err != nil {
		return nil, err
	}
	names := []string{
		"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
		"keyCertSign", "cRLSign", "encipherOnly", "decipherOnly", "contentCommitment",
	}
	var bits []byte
	length := 0
	for _, item := range items {
		bit, err := choose(v.level, item, names)
		switch {
		case err != nil:
			return nil, err
		case bit < 0:
			return nil, exception.New(exception.Plain, "Unknown keyUsage type: "+item)
		case names[bit] == "contentCommitment": // the newer name of nonRepudiation
			bit = 1
		}
		bits = append(bits, make([]byte, max(0, bit/8+1-len(bits)))...)
		bits[bit/8] |= 0x80 >> (bit % 8)
		length = max(length, bit+1)
	}
	if length == 0 {
		return []byte{byte(der.BIT_STRING), 2, 7, 0}, nil // X.690 wants no byte here; Java has one
	}
	return asn1.Marshal(asn1.BitString{Bytes: bits, BitLength: length})
}

func extendedKeyUsage(v value) ([]byte, error) {
	items, err := v.items()
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return v.empty("key usages cannot be null or empty")
	}
	known := []named{
		{"anyExtendedKeyUsage", "2.5.29.37.0"},
		{"serverAuth", "1.3.6.1.5.5.7.3.1"},
		{"clientAuth", "1.3.6.1.5.5.7.3.2"},
		{"codeSigning", "1.3.6.1.5.5.7.3.3"},
		{"emailProtection", "1.3.6.1.5.5.7.3.4"},
		{"timeStamping", "1.3.6.1.5.5.7.3.8"},
		{"OCSPSigning", "1.3.6.1.5.5.7.3.9"},
	}
	var usages []byte
	for _, item := range items {
		id, err := chooseOID(v.level, item, known, "Unknown extendedkeyUsage type: ")
		if err != nil {
			return nil, err
		}
		usages = append(usages, id...)
	}
	return element(der.SEQUENCE, usages), nil
}

// named is a word for an OID.
type named struct{ word, id string }

// chooseOID encodes the OID of a word, or the OID that it is.
func chooseOID(l level.Level, word string, known []named, unknown string) ([]byte, error) {
	words := make([]string, len(known))
	for i, k := range known {
		words[i] = k.word
	}
	i, err := choose(l, word, words)
	if err != nil {
		return nil, err
	}
	dotted := word
	if i >= 0 {
		dotted = known[i].id
	}
	id, err := oid.Parse(dotted)
	if err != nil {
		return nil, exception.Wrap(exception.Plain, unknown+word, err)
	}
	return element(der.OBJECT_IDENTIFIER, oid.Content(id)), nil
}

func subjectNames(v value) ([]byte, error) { return alternativeNames(v, true) }
func issuerNames(v value) ([]byte, error)  { return alternativeNames(v, false) }

func alternativeNames(v value, wildcard bool) ([]byte, error) {
	names, err := v.generalNames(wildcard)
	switch {
	case err != nil:
		return nil, err
	case names == nil:
		return v.empty("names cannot be null or empty")
	}
	return element(der.SEQUENCE, names), nil
}

// generalNames encodes the names of a body, one behind the other.
func (v value) generalNames(wildcard bool) ([]byte, error) {
	items, err := v.items()
	if err != nil {
		return nil, err
	}
	var names []byte
	for _, item := range items {
		kind, text, ok := strings.Cut(item, ":")
		if !ok {
			return nil, exception.New(exception.Plain, "Illegal item "+item+" in "+v.text)
		}
		name, err := generalName(kind, text, wildcard, v.level)
		if err != nil {
			return nil, err
		}
		names = append(names, name...)
	}
	return names, nil
}

func infoAccess(v value) ([]byte, error) {
	if v.critical {
		return nil, exception.New(exception.Plain, "This extension cannot be marked as critical. "+v.text)
	}
	items, err := v.items()
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return v.empty("accessDescriptions is null or empty")
	}
	known := []named{
		{"OCSP", "1.3.6.1.5.5.7.48.1"},
		{"caIssuers", "1.3.6.1.5.5.7.48.2"},
		{"timeStamping", "1.3.6.1.5.5.7.48.3"},
		{"caRepository", "1.3.6.1.5.5.7.48.5"},
	}
	var descriptions []byte
	for _, item := range items {
		parts := strings.SplitN(item, ":", 3)
		if len(parts) < 3 {
			return nil, v.illegal()
		}
		method, err := chooseOID(v.level, parts[0], known, "Unknown AccessDescription type: ")
		if err != nil {
			return nil, err
		}
		name, err := generalName(parts[1], parts[2], false, v.level)
		if err != nil {
			return nil, err
		}
		descriptions = append(descriptions, element(der.SEQUENCE, method, name)...)
	}
	return element(der.SEQUENCE, descriptions), nil
}

func distributionPoints(v value) ([]byte, error) {
	names, err := v.generalNames(false)
	switch {
	case err != nil:
		return nil, err
	case names == nil:
		return nil, exception.New("java.lang.IndexOutOfBoundsException", "Range [1, 1 + -1) out of bounds for length 32")
	}
	outer := der.Tag(0).ContextSpecific().Constructed()
	return element(der.SEQUENCE, element(der.SEQUENCE, element(outer, element(outer, names)))), nil
}

// hexOf reads the digits of a body; what is no digit does not count.
func hexOf(v value) ([]byte, error) {
	digits := slices.DeleteFunc([]byte(v.body), func(c byte) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F')
	})
	if len(digits)%2 == 1 {
		return nil, exception.New(exception.Plain, "Odd number of hex digits found: "+v.text)
	}
	content := make([]byte, len(digits)/2)
	if _, err := hex.Decode(content, digits); err != nil {
		return nil, err
	}
	return content, nil
}
