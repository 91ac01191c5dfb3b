package source

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // NSS names certificates by it
	"encoding/asn1"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/internal/finding"
	"muxkey/pkcs12x"
	"muxkey/trust"
)

// object is a PKCS#11 object of a list of anchors: certdata.txt of NSS and the
// files of p11-kit are two spellings of them.
type object struct {
	line  int
	class class
	label string

	der            []byte   // of the certificate
	issuer, serial []byte   // DER; what a trust object is of
	sha1           []byte   // of the certificate, likewise
	after          moments  // of a certificate
	verdicts       verdicts // of a trust object
	flagged        bool     // p11-kit: trusted and distrusted mean something
	trusted        bool     // CKA_TRUSTED
	distrusted     bool     // CKA_X_DISTRUSTED
	spki           []byte   // what an extension is stapled to
	extension      []byte   // DER of Extension
}

// objectReader collects objects, and leaves out those that are broken.
type objectReader struct {
	b    *trust.Builder
	in   Input
	list []object
	seen int    // objects that were begun
	why  string // why the last one is broken
}

// begin ends the last object and begins another. What has less than a hundred
// octets is none, so the size of the file bounds their number. Error:
// *pkcs12x.LimitError.
func (r *objectReader) begin(o object) error {
	r.end()
	if limit := r.in.Options.limits().Size / 128; r.seen >= limit {
		return fmt.Errorf("%s: %w", r.in.origin("").String(), &pkcs12x.LimitError{Limit: "objects", Asked: -1, Max: int64(limit)})
	}
	r.seen++
	r.list = append(r.list, o)
	return nil
}

func (r *objectReader) end() {
	if r.why == "" {
		return
	}
	last := len(r.list) - 1
	r.in.lost(r.b, r.list[last].line, r.why)
	r.list, r.why = r.list[:last], ""
}

// open is the object that attributes belong to; nil before the first one.
func (r *objectReader) open() *object {
	if len(r.list) == 0 {
		return nil
	}
	return &r.list[len(r.list)-1]
}

// broken takes note of why the open object cannot be read, the first time.
func (r *objectReader) broken(why string) {
	if r.why == "" && r.open() != nil {
		r.why = why
	}
}

// rows are the lines of a text without the blanks around them.
type rows struct {
	rest []byte
	line int // of the row that was read last, from 1
}

func (r *rows) next() (row []byte, ok bool) {
	if len(r.rest) == 0 {
		return nil, false
	}
	row, r.rest, _ = bytes.Cut(r.rest, []byte{'\n'})
	r.line++
	return bytes.TrimSpace(row), true
}

// firstRow is the first line that is neither empty nor a comment.
func firstRow(text []byte) []byte {
	rows := rows{rest: text}
	for row, ok := rows.next(); ok; row, ok = rows.next() {
		if len(row) > 0 && row[0] != '#' {
			return row
		}
	}
	return nil
}

// until reads on behind the row that ends a block and returns what stands before it.
func (r *rows) until(end func(row []byte) bool) (body []byte, ok bool) {
	from := r.rest
	for {
		length := len(from) - len(r.rest)
		row, ok := r.next()
		if !ok {
			return from, false
		}
		if end(row) {
			return from[:length], true
		}
	}
}

type (
	moments  map[trust.Purpose]time.Time
	verdicts map[trust.Purpose]verdict
)

type class int

const (
	otherClass class = iota
	certificateClass
	trustClass
	extensionClass
)

// verdict is a value of CK_TRUST.
type verdict int

const (
	noVerdict verdict = iota // others must vouch for it
	trusted
	rejected
)

// verdictOf reads a CK_TRUST by its name in NSS, of today and of old, in PKCS#11
// 3.2 or in p11-kit, without what stands before it.
func verdictOf(name string) verdict {
	switch name {
	case "TRUSTED_DELEGATOR", "TRUSTED", "TRUST_ANCHOR":
		return trusted
	case "NOT_TRUSTED", "UNTRUSTED":
		return rejected
	}
	return noVerdict
}

// purposeAttribute is the purpose in the name of a trust attribute, such as
// CKA_TRUST_SERVER_AUTH, without what stands before it.
func purposeAttribute(name string) (trust.Purpose, bool) {
	switch name {
	case "SERVER_AUTH":
		return trust.Server, true
	case "CLIENT_AUTH":
		return trust.Client, true
	case "EMAIL_PROTECTION":
		return trust.Email, true
	case "CODE_SIGNING":
		return trust.Code, true
	}
	return "", false
}

// objects adds the anchors that the objects of a file make together.
func objects(ctx context.Context, b *trust.Builder, in Input, list []object) error {
	said, known := map[string]trust.Terms{}, map[string]bool{}
	staples := map[string]trust.Terms{}
	for _, o := range list {
		switch o.class {
		case trustClass:
			said[o.identity()] = said[o.identity()].And(o.verdicts.terms())
		case extensionClass:
			terms := staples[string(o.spki)]
			if why := staple(&terms, o.extension); why != "" {
				in.lost(b, o.line, why)
			}
			staples[string(o.spki)] = terms
		}
	}
	for _, o := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		if o.class != certificateClass {
			continue
		}
		if len(o.der) == 0 { // p11-kit rejects by issuer and serial number alone
			in.skipObject(b, o, "it names a certificate and does not hold it")
			continue
		}
		a, err := trust.Parse(o.der)
		if err != nil {
			in.lost(b, o.line, "it is no certificate")
			continue
		}
		a.Label = o.label
		a.Origins = []trust.Origin{in.origin("")}
		a.Terms = o.terms()
		sum := sha1.Sum(o.der) //nolint:gosec // as above
		told := o.flagged
		for _, hash := range [][]byte{nil, sum[:]} {
			id := object{issuer: a.Issuer, serial: integer(a.Serial), sha1: hash}.identity()
			if terms, ok := said[id]; ok {
				known[id], told = true, true
				a.Terms = a.Terms.And(terms)
			}
		}
		a.Terms = a.Terms.And(staples[string(a.SPKI)])
		if !told || a.Terms.None() && len(a.Terms.Rejected) == 0 {
			in.skipObject(b, o, "the list neither trusts nor rejects it for a purpose that is known")
			continue
		}
		b.Add(a)
	}
	for _, o := range list {
		if o.class == trustClass && !known[o.identity()] {
			in.skipObject(b, o, "what it says is of a certificate that the file does not hold")
		}
	}
	return nil
}

// terms are those that stand on the certificate itself.
func (o object) terms() trust.Terms {
	t := trust.Terms{DistrustAfter: o.after}
	switch {
	case o.distrusted:
		t.Only = []trust.Purpose{}
		t.Rejected = slices.Sorted(slices.Values(trust.Purposes()))
	case o.flagged && !o.trusted:
		t.Only = []trust.Purpose{}
	}
	return t
}

// identity is how trust objects name certificates: by issuer and serial number, and
// by their hash where they have one.
func (o object) identity() string {
	return string(o.issuer) + "\x00" + string(o.serial) + "\x00" + string(o.sha1)
}

func (in Input) skipObject(b *trust.Builder, o object, why string) {
	b.Skip(in.origin(fmt.Sprintf("line %d", o.line)), strings.TrimSpace(why+" "+quotedLabel(o.label)))
}

func quotedLabel(label string) string {
	if label == "" {
		return ""
	}
	return fmt.Sprintf("(%q)", label)
}

// lost takes note of a part of the file that cannot be read.
func (in Input) lost(b *trust.Builder, line int, why string) {
	b.Skip(in.origin(fmt.Sprintf("line %d", line)), why)
	in.find(b, "damaged-block", finding.High, fmt.Sprintf("the object at line %d is lost: %s", line, why))
}

func (v verdicts) terms() trust.Terms {
	list := []trust.Purpose{}
	var t trust.Terms
	for _, p := range trust.Purposes() {
		switch v[p] {
		case trusted:
			list = append(list, p)
		case rejected:
			t.Rejected = append(t.Rejected, p)
		}
	}
	slices.Sort(list)
	slices.Sort(t.Rejected)
	t.Only = only(list)
	return t
}

func integer(n *big.Int) []byte {
	var b cryptobyte.Builder
	b.AddASN1BigInt(n)
	der, err := b.Bytes()
	if err != nil {
		return nil
	}
	return der
}

// moment reads CKA_NSS_SERVER_DISTRUST_AFTER and its like: a time as in RFC 5280
// section 4.1.2.5.
func moment(text []byte) (time.Time, bool) {
	when, err := time.Parse("20060102150405Z", string(text))
	if err != nil {
		when, err = time.Parse("060102150405Z", string(text))
		if when.Year() >= 2050 { // Go's two digits end elsewhere
			when = when.AddDate(-100, 0, 0)
		}
	}
	return when, err == nil
}

// staple narrows terms down by an extension that p11-kit puts on a key. It returns
// what of it is lost.
func staple(t *trust.Terms, der []byte) (why string) {
	in, inner := cryptobyte.String(der), cryptobyte.String(nil)
	var oid asn1.ObjectIdentifier
	var value cryptobyte.String
	if !in.ReadASN1(&inner, cbasn1.SEQUENCE) || !in.Empty() || !inner.ReadASN1ObjectIdentifier(&oid) ||
		!inner.SkipOptionalASN1(cbasn1.BOOLEAN) || !inner.ReadASN1(&value, cbasn1.OCTET_STRING) || !inner.Empty() {
		return "it is no extension"
	}
	switch oid.String() {
	case "2.5.29.37", "1.3.6.1.4.1.3319.6.10.1": // what it is for, and what not: common/oid.h of p11-kit
		var list cryptobyte.String
		if !value.ReadASN1(&list, cbasn1.SEQUENCE) {
			return "its purposes cannot be read"
		}
		oids, ok := readOIDs(list)
		if !ok {
			return "its purposes cannot be read"
		}
		if oid.String() == "2.5.29.37" {
			*t = t.And(trust.Terms{Only: only(trust.PurposesOf(oids))})
		} else {
			*t = t.And(trust.Terms{Rejected: trust.PurposesOf(oids)})
		}
	case "2.5.29.30":
		names, why := constraints(value)
		t.Permitted = t.Permitted.And(names)
		return why
	}
	return ""
}

// maxNames is far above what any CA is held to.
const maxNames = 4096

// constraints reads the names that NameConstraints (RFC 5280 section 4.2.1.10)
// permits. It returns what of it Terms cannot say.
func constraints(value cryptobyte.String) (names trust.Names, why string) {
	const unreadable = "its name constraints cannot be read"
	var sides [2]cryptobyte.String
	var inner cryptobyte.String
	if !value.ReadASN1(&inner, cbasn1.SEQUENCE) || !value.Empty() {
		return names, unreadable
	}
	for i := range sides {
		if !inner.ReadOptionalASN1(&sides[i], nil, cbasn1.Tag(i).ContextSpecific().Constructed()) {
			return names, unreadable
		}
	}
	for !sides[0].Empty() {
		if len(names.DNS)+len(names.IP) == maxNames {
			return trust.Names{DNS: []string{"invalid"}}, fmt.Sprintf("it permits more than %d names", maxNames)
		}
		tag, name, ok := subtree(&sides[0])
		if !ok {
			return names, unreadable
		}
		switch network, isNetwork := prefix(name); {
		case tag == dnsName:
			names.DNS = append(names.DNS, strings.ToLower(strings.TrimPrefix(string(name), ".")))
		case tag == ipAddress && isNetwork:
			names.IP = append(names.IP, network.String())
		default:
			why = "it permits names that are neither domains nor IP networks"
		}
	}
	slices.Sort(names.DNS)
	slices.Sort(names.IP)
	for !sides[1].Empty() {
		tag, name, ok := subtree(&sides[1])
		if !ok {
			return names, unreadable
		}
		// To exclude all of a kind is only the other side of permitting others.
		all := tag == dnsName && len(name) == 0 || tag == ipAddress && len(bytes.Trim(name, "\x00")) == 0
		if !all || names.Empty() {
			why = "it excludes names, and only permitted ones can be kept"
		}
	}
	return names, why
}

// Choices of GeneralName (RFC 5280 section 4.2.1.6).
const dnsName, ipAddress = 2, 7

// subtree reads a GeneralSubtree.
func subtree(in *cryptobyte.String) (tag int, name []byte, ok bool) {
	var tree, value cryptobyte.String
	var t cbasn1.Tag
	if !in.ReadASN1(&tree, cbasn1.SEQUENCE) || !tree.ReadAnyASN1(&value, &t) {
		return 0, nil, false
	}
	return int(t &^ 0xa0), value, true
}

// prefix reads a network as iPAddress of a name constraint has it.
func prefix(name []byte) (netip.Prefix, bool) {
	address, ok := netip.AddrFromSlice(name[:len(name)/2])
	if !ok || len(name)%2 != 0 {
		return netip.Prefix{}, false
	}
	ones, bits := net.IPMask(name[len(name)/2:]).Size()
	if bits == 0 {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(address, ones).Masked(), true
}
