package pkcs12x

import (
	"encoding/asn1"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// The attributes this package reads. The first two are of PKCS#9 (RFC 2985),
// the third is the JDK's, the last two are Microsoft's.
var (
	OIDFriendlyName    = below(rsadsi, 1, 9, 20)
	OIDLocalKeyID      = below(rsadsi, 1, 9, 21)
	OIDTrustedKeyUsage = asn1.ObjectIdentifier{2, 16, 840, 1, 113894, 746875, 1, 1}
	OIDMicrosoftCSP    = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 17, 1}
	OIDLocalMachine    = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 17, 2}
	// OIDAnyUsage is anyExtendedKeyUsage, what the JDK puts into its attribute.
	OIDAnyUsage = asn1.ObjectIdentifier{2, 5, 29, 37, 0}
)

// readAttributes reads the SET OF attributes at the end of a bag.
func readAttributes(in cryptobyte.String) ([]Attribute, error) {
	if in.Empty() {
		return nil, nil
	}
	var set cryptobyte.String
	if !in.ReadASN1(&set, cbasn1.SET) {
		return nil, fmt.Errorf("%w: attributes of a bag", ErrDamaged)
	}
	var list []Attribute
	for !set.Empty() {
		var (
			a            Attribute
			body, values cryptobyte.String
		)
		if !set.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1ObjectIdentifier(&a.ID) || !body.ReadASN1(&values, cbasn1.SET) {
			return nil, fmt.Errorf("%w: an attribute of a bag", ErrDamaged)
		}
		for !values.Empty() {
			var value cryptobyte.String
			if !values.ReadAnyASN1Element(&value, nil) {
				return nil, fmt.Errorf("%w: value of attribute %s", ErrDamaged, a.ID)
			}
			a.Values = append(a.Values, value)
		}
		list = append(list, a)
	}
	return list, nil
}

// attribute returns the first value of an attribute.
func attribute(list []Attribute, id asn1.ObjectIdentifier) ([]byte, bool) {
	for _, a := range list {
		if a.ID.Equal(id) && len(a.Values) > 0 {
			return a.Values[0], true
		}
	}
	return nil, false
}

// FriendlyName returns the friendlyName among attributes. It should be a
// BMPString; UTF8String and its narrower relatives occur and are taken as well.
func FriendlyName(list []Attribute) (string, bool) {
	value, ok := attribute(list, OIDFriendlyName)
	if !ok {
		return "", false
	}
	in := cryptobyte.String(value)
	var body cryptobyte.String
	var tag cbasn1.Tag
	if !in.ReadAnyASN1(&body, &tag) {
		return "", false
	}
	switch tag {
	case 30:
		return decodeBMP(body), true
	case cbasn1.UTF8String, cbasn1.PrintableString, cbasn1.IA5String, cbasn1.T61String:
		return strings.ToValidUTF8(string(body), "\uFFFD"), true
	}
	return "", false
}

// LocalKeyID returns the localKeyID among attributes.
func LocalKeyID(list []Attribute) ([]byte, bool) {
	value, ok := attribute(list, OIDLocalKeyID)
	if !ok {
		return nil, false
	}
	in := cryptobyte.String(value)
	var id cryptobyte.String
	if !in.ReadASN1(&id, cbasn1.OCTET_STRING) {
		return nil, false
	}
	return id, true
}

// TrustedUsages returns the extended key usages for which the JDK is to trust a
// certificate; ok tells whether the attribute is there at all.
func TrustedUsages(list []Attribute) (usages []asn1.ObjectIdentifier, ok bool) {
	for _, a := range list {
		if !a.ID.Equal(OIDTrustedKeyUsage) {
			continue
		}
		ok = true
		for _, value := range a.Values {
			in := cryptobyte.String(value)
			var id asn1.ObjectIdentifier
			if in.ReadASN1ObjectIdentifier(&id) {
				usages = append(usages, id)
			}
		}
	}
	return usages, ok
}

// created reads the date that the JDK keeps in localKeyID as "Time <ms>".
func created(list []Attribute) time.Time {
	id, _ := LocalKeyID(list)
	digits, ok := strings.CutPrefix(string(id), "Time ")
	if !ok {
		return time.Time{}
	}
	ms, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func attributeOf(id asn1.ObjectIdentifier, value func(*cryptobyte.Builder)) Attribute {
	var b cryptobyte.Builder
	value(&b)
	return Attribute{ID: id, Values: [][]byte{b.BytesOrPanic()}}
}

// NewFriendlyName makes the attribute of an alias: a BMPString (RFC 2985 section
// 5.5.1), which the JDK insists on.
func NewFriendlyName(alias string) Attribute {
	return attributeOf(OIDFriendlyName, func(b *cryptobyte.Builder) {
		b.AddASN1(30, func(b *cryptobyte.Builder) { b.AddBytes(bmpString(alias, false)) })
	})
}

func localKeyID(id []byte) Attribute {
	return attributeOf(OIDLocalKeyID, func(b *cryptobyte.Builder) { b.AddASN1OctetString(id) })
}

func trustedKeyUsage() Attribute {
	return attributeOf(OIDTrustedKeyUsage, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(OIDAnyUsage) })
}

// with returns list with a in place of any attribute of the same type.
func with(list []Attribute, a Attribute) []Attribute {
	out := make([]Attribute, 0, len(list)+1)
	placed := false
	for _, old := range list {
		if !old.ID.Equal(a.ID) {
			out = append(out, old)
		} else if !placed {
			out = append(out, a)
			placed = true
		}
	}
	if !placed {
		out = append(out, a)
	}
	return out
}

// without returns list less the attribute of one type.
func without(list []Attribute, id asn1.ObjectIdentifier) []Attribute {
	out := make([]Attribute, 0, len(list))
	for _, a := range list {
		if !a.ID.Equal(id) {
			out = append(out, a)
		}
	}
	return out
}
