package text

import (
	"net/netip"
	"strconv"
	"strings"

	"muxkey/internal/keytool/der"
	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/level"
)

// The GeneralName choices (RFC 5280 section 4.2.1.6).
const (
	otherName = iota
	rfc822Name
	dnsName
	x400Address
	directoryName
	ediPartyName
	uriName
	ipAddress
	registeredID
)

// generalName is a GeneralName with Java's text of it.
type generalName struct {
	choice int
	text   string
	name   []byte // the Name of a directoryName
}

type nameList []generalName

// String is the list as Java prints GeneralNames.
func (l nameList) String() string {
	texts := make([]string, len(l))
	for i, n := range l {
		texts[i] = n.text
	}
	return listed(texts)
}

// generalNames reads GeneralNames.
func generalNames(l level.Level, v der.Value) (nameList, error) {
	if v.Tag != der.Sequence {
		return nil, fail("Invalid encoding for GeneralNames.")
	}
	if len(v.Content) == 0 {
		return nil, fail("No data available in passed DER encoded value.")
	}
	var list nameList
	err := eachElement(v, func(e der.Value) error {
		n, err := readGeneralName(l, e, false)
		list = append(list, n)
		return err
	})
	return list, err
}

// readGeneralName reads a GeneralName; that of a name constraint has URIs of
// another form.
func readGeneralName(l level.Level, v der.Value, constraint bool) (generalName, error) {
	n := generalName{choice: int(v.Number())}
	var what string
	wantConstructed := false
	switch n.choice {
	case otherName:
		what, wantConstructed = "Other-Name", true
	case rfc822Name:
		what = "RFC822 name"
	case dnsName:
		what = "DNSName"
	case x400Address:
		what, wantConstructed = "X400Address name", true
	case directoryName:
		what, wantConstructed = "Directory name", true
	case ediPartyName:
		what, wantConstructed = "EDI name", true
	case uriName:
		what = "URI"
	case ipAddress:
		what = "IP address"
	case registeredID:
		what = "OID name"
	default:
		return n, fail("Unrecognized GeneralName tag, (%d)", n.choice)
	}
	if !v.ContextClass() || v.Constructed() != wantConstructed {
		return n, fail("Invalid encoding of %s", what)
	}
	var err error
	switch n.choice {
	case otherName:
		n.text, err = other(l, v)
	case rfc822Name:
		n.text, err = mailbox(der.ASCII(v.Content))
	case dnsName:
		n.text = "DNSName: " + der.ASCII(v.Content)
	case x400Address:
		n.text = "X400Address: <DER-encoded value>"
	case directoryName:
		n.name, n.text, err = innerName(v)
	case ediPartyName:
		n.text, err = ediParty(l, v.As(der.Sequence))
	case uriName:
		n.text, err = uriText(l, der.ASCII(v.Content), constraint)
	case ipAddress:
		n.text, err = address(v.Content)
	case registeredID:
		n.text, err = v.As(der.ObjectID).OID()
		n.text = "OIDName: " + n.text
	}
	return n, err
}

// other reads OtherName. Java knows no type of it.
func other(l level.Level, v der.Value) (string, error) {
	s := v.Stream()
	id, err := s.OID()
	if err != nil {
		return "", err
	}
	content, err := s.Next()
	if err == nil && !l.LooseNames && (!content.Context(0) || !content.Constructed()) {
		err = fail("value is not EXPLICTly tagged [0]")
	}
	return "Other-Name: Unrecognized ObjectIdentifier: " + id, err
}

func mailbox(name string) (string, error) {
	_, domain, ok := strings.Cut(name, "@")
	if !ok {
		domain = name
	}
	switch {
	case name == "":
		return "", fail("RFC822Name may not be null or empty")
	case domain == "":
		return "", fail("RFC822Name may not end with @")
	case domain == ".":
		return "", fail("RFC822Name domain may not be just .")
	}
	return "RFC822Name: " + name, nil
}

// innerName reads the Name in an explicit tag. Java takes one whose SEQUENCE was
// left out as well.
func innerName(v der.Value) (name []byte, text string, err error) {
	inner, err := v.Stream().Next()
	var rdns []der.Value
	if err == nil {
		rdns, err = inner.Elements(der.Sequence)
	}
	if err != nil {
		rdns, err = v.Elements(0)
	}
	if err != nil {
		return nil, "", err
	}
	return assembleName(rdns)
}

// readName reads a Name, and returns it in DER and as Java prints it.
func readName(v der.Value) (name []byte, text string, err error) {
	rdns, err := v.Elements(der.Sequence)
	if err != nil {
		return nil, "", err
	}
	return assembleName(rdns)
}

func assembleName(rdns []der.Value) (name []byte, text string, err error) {
	var content []byte
	for _, r := range rdns {
		rdn, err := readRDN(r)
		if err != nil {
			return nil, "", err
		}
		content = append(content, rdn...)
	}
	name = der.Value{Tag: der.Sequence, Content: content}.Encode()
	return name, dname.String(name), nil
}

// readRDN reads a RelativeDistinguishedName and returns it in DER: what was
// written with lengths that are not minimal is minimal now.
func readRDN(v der.Value) ([]byte, error) {
	if v.Tag != der.Set {
		return nil, fail("X500 RDN")
	}
	attributes, err := v.Elements(der.Set)
	if err != nil {
		return nil, err
	}
	var content []byte
	for _, a := range attributes {
		if a.Tag != der.Sequence {
			return nil, fail("AVA not a sequence")
		}
		s := a.Stream()
		id, err := s.Next()
		if err != nil {
			return nil, err
		}
		if _, err := id.OID(); err != nil {
			return nil, err
		}
		value, err := s.Next()
		switch {
		case err != nil:
			return nil, err
		case !s.Empty():
			return nil, fail("AVA, extra bytes = %d", len(s.Rest()))
		}
		if i := surrogate(value); i >= 0 {
			return nil, fail("Illegal character in BMPString, index: %d", i)
		}
		pair := der.Value{Tag: der.Sequence, Content: append(id.Encode(), value.Encode()...)}
		content = append(content, pair.Encode()...)
	}
	return der.Value{Tag: der.Set, Content: content}.Encode(), nil
}

// surrogate is where a BMPString has a character of two units, or -1. Half of one
// is no more to Java than an unknown character, which takes the next unit with it if
// it is the first half.
func surrogate(v der.Value) int {
	if v.Tag != der.BMPString {
		return -1
	}
	at := 0
	for c := v.Content; len(c) > 1; at++ {
		high := c[0]&0xfc == 0xd8
		c = c[2:]
		if high && len(c) > 1 {
			if c[0]&0xfc == 0xdc {
				return at
			}
			c = c[2:]
		}
	}
	return -1
}

// ediParty reads EDIPartyName. Java wants its strings in primitive tags, where no
// encoder puts them.
func ediParty(l level.Level, v der.Value) (string, error) {
	list, err := v.Elements(0)
	if err != nil {
		return "", err
	}
	if len(list) < 1 || len(list) > 2 {
		return "", fail("Invalid encoding of EDIPartyName")
	}
	assigner, party := "", ""
	for _, e := range list {
		for n, text := range []*string{&assigner, &party} {
			if !e.Context(byte(n)) || e.Constructed() { // #nosec G115 -- 0 or 1
				continue
			}
			if *text != "" {
				return "", fail("Duplicate %s found in EDIPartyName", []string{"nameAssigner", "partyName"}[n])
			}
			inner, err := e.Stream().Next()
			if err != nil {
				return "", err
			}
			*text, _ = inner.Text()
		}
	}
	if party == "" {
		if !l.LooseNames {
			return "", fail("party cannot be missing")
		}
		party = "null"
	}
	if assigner != "" {
		assigner = "  nameAssigner = " + assigner + ","
	}
	return "EDIPartyName: " + assigner + "  partyName = " + party, nil
}

// address is an iPAddress, with a mask in a name constraint.
func address(b []byte) (string, error) {
	size := len(b)
	if size == 8 || size == 32 {
		size /= 2
	}
	host, ok := netip.AddrFromSlice(b[:size])
	if !ok || len(b) != 4 && len(b) != 8 && len(b) != 16 && len(b) != 32 {
		return "", fail("Invalid IPAddressName")
	}
	text := "IPAddress: " + javaAddress(host)
	switch len(b) {
	case 8:
		mask, _ := netip.AddrFromSlice(b[4:])
		text += "/" + mask.String()
	case 32:
		ones, ok := prefix(b[16:])
		if !ok {
			return "IPAddress: " + hexDump(b), nil
		}
		text += "/" + strconv.Itoa(ones)
	}
	return text, nil
}

// prefix counts the ones of a mask; ok is false if there are more behind a zero.
func prefix(mask []byte) (ones int, ok bool) {
	set := func(i int) bool { return mask[i/8]&(0x80>>(i%8)) != 0 }
	for ones < 8*len(mask) && set(ones) {
		ones++
	}
	for i := ones; i < 8*len(mask); i++ {
		if set(i) {
			return ones, false
		}
	}
	return ones, true
}

// javaAddress is an address as InetAddress prints it: IPv6 without "::", and what
// stands for an IPv4 address as that.
func javaAddress(a netip.Addr) string {
	a = a.Unmap()
	if a.Is4() {
		return a.String()
	}
	b := a.As16()
	groups := make([]string, 8)
	for i := range groups {
		groups[i] = strconv.FormatUint(uint64(b[2*i])<<8|uint64(b[2*i+1]), 16)
	}
	return strings.Join(groups, ":")
}
