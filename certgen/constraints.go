package certgen

import (
	"cmp"
	"encoding/asn1"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// DirectoryName is the kind of constraints on subjects. Names have no such kind.
const DirectoryName NameKind = "dn"

// Constraint is one subtree of names (RFC 5280 section 4.2.1.10).
type Constraint struct {
	Kind NameKind // DNS, IP, Email, URI or DirectoryName
	// Value is a host, which covers the hosts below it; a network as 10.0.0.0/8;
	// an email address, a host of email addresses, or with a dot in front all
	// hosts below; a host of URIs, or with a dot in front all hosts below; a
	// subject as FormatDN writes it. Of hosts and email addresses, the empty
	// value is all.
	Value string

	dn []byte // of a DirectoryName: its DER
}

// String returns the constraint with the prefix of its kind, as ParseConstraint
// takes it.
func (c Constraint) String() string { return string(c.Kind) + ":" + c.Value }

// Constraints say which names the certificates below a CA may have. Of the
// kinds that are not permitted anywhere, all names are.
type Constraints struct {
	Permitted, Excluded []Constraint
}

// Empty tells that everything is permitted.
func (cs Constraints) Empty() bool { return len(cs.Permitted)+len(cs.Excluded) == 0 }

// ParseConstraint reads a subtree as people write it: "example.com",
// "10.0.0.0/8", "10.0.0.1", "O=Example, C=DE", and with a prefix
// "email:example.com", "uri:.example.com", "dns:localhost". The error is a
// *NameError or a *DNError.
//
// A host with a dot in front is refused: RFC 5280 has no such form for DNS, and
// without the dot the hosts below are covered as well.
func ParseConstraint(word string) (Constraint, error) {
	kind, value := DNS, word
	before, after, ok := strings.Cut(word, ":")
	switch k := NameKind(strings.ToLower(before)); {
	case ok && (k == DNS || k == IP || k == Email || k == URI || k == DirectoryName):
		kind, value = k, after
	case strings.Contains(word, "="):
		kind = DirectoryName
	case strings.Contains(word, "@"):
		kind = Email
	case ok, strings.Contains(word, "/"), word != "" && only(word, digits+"."):
		kind = IP
	}
	p := part{kind, word, len(word) - len(value), value}
	if kind == DirectoryName {
		der, err := ParseDN(value)
		if err != nil {
			return Constraint{}, err
		}
		return Constraint{Kind: kind, Value: FormatDN(der), dn: der}, nil
	}
	if p.s == "" {
		return Constraint{}, p.whole("empty")
	}
	if len(word) > maxName {
		return Constraint{}, part{kind: kind, text: word[:maxHost]}.whole("more than %d characters", maxName)
	}
	if err := checkCharacters(p); err != nil {
		return Constraint{}, err
	}
	switch {
	case kind == IP:
		return parseNetwork(p)
	case kind == Email && strings.Contains(value, "@"):
		n, err := parseEmail(p)
		return Constraint{Kind: kind, Value: n.Value}, err
	}
	dot := ""
	if strings.HasPrefix(value, ".") {
		if kind == DNS {
			return Constraint{}, p.errorf(0, "write "+value[1:]+", which covers the hosts below it as well", "dot in front")
		}
		dot, p = ".", p.cut(1, len(value))
	}
	host, _, err := parseHost(p, false)
	return Constraint{Kind: kind, Value: dot + host}, err
}

func parseNetwork(p part) (Constraint, error) {
	network, err := netip.ParsePrefix(p.s)
	if err != nil {
		addr, err := netip.ParseAddr(p.s)
		if err != nil || addr.Zone() != "" {
			return Constraint{}, p.errorf(0, "write it as 10.0.0.0/8 or 2001:db8::/32", "no IP network")
		}
		network = netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen())
	}
	if network.Masked() != network {
		return Constraint{}, p.errorf(0, "write "+network.Masked().String(), "network with bits behind its mask")
	}
	return Constraint{Kind: IP, Value: network.String()}, nil
}

// ParseConstraints reads subtrees that are permitted and excluded.
func ParseConstraints(permitted, excluded []string) (Constraints, error) {
	var out Constraints
	for _, list := range []struct {
		words []string
		to    *[]Constraint
	}{{permitted, &out.Permitted}, {excluded, &out.Excluded}} {
		for _, word := range list.words {
			c, err := ParseConstraint(word)
			if err != nil {
				return Constraints{}, err
			}
			*list.to = append(*list.to, c)
		}
	}
	return out, nil
}

// ForServers closes the hole that constraints by kind leave: a CA that is
// permitted example.com could still certify every IP address. When hosts are
// permitted and addresses are not spoken of, all addresses are excluded, as the
// baseline requirements ask of public CAs (section 7.1.2.10.8).
//
// The other way round there is no way: to exclude all hosts, the standard has an
// empty one, over which Java 17 fails with an exception, and under which OpenSSL
// refuses a commonName that is an IP address.
func (cs Constraints) ForServers() Constraints {
	hosts := slices.ContainsFunc(cs.Permitted, func(c Constraint) bool { return c.Kind == DNS })
	if !hosts || slices.ContainsFunc(slices.Concat(cs.Permitted, cs.Excluded), func(c Constraint) bool { return c.Kind == IP }) {
		return cs
	}
	return Constraints{cs.Permitted, append(slices.Clone(cs.Excluded), Constraint{Kind: IP, Value: "0.0.0.0/0"}, Constraint{Kind: IP, Value: "::/0"})}
}

// add encodes NameConstraints.
func (cs Constraints) add(b *cryptobyte.Builder) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for i, list := range [][]Constraint{cs.Permitted, cs.Excluded} {
			if len(list) == 0 {
				continue
			}
			b.AddASN1(cbasn1.Tag(i).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
				for _, c := range list {
					b.AddASN1(cbasn1.SEQUENCE, c.add)
				}
			})
		}
	})
}

func (c Constraint) add(b *cryptobyte.Builder) {
	switch c.Kind {
	case DNS:
		addTagged(b, 2, []byte(c.Value))
	case Email:
		addTagged(b, 1, []byte(c.Value))
	case URI:
		addTagged(b, 6, []byte(c.Value))
	case IP:
		network, err := netip.ParsePrefix(c.Value)
		if err != nil {
			b.SetError(fmt.Errorf("%q is no IP network", c.Value))
			return
		}
		bits := network.Addr().BitLen()
		addTagged(b, 7, append(network.Masked().Addr().AsSlice(), net.CIDRMask(network.Bits(), bits)...))
	case DirectoryName:
		der := c.dn
		if der == nil {
			var err error
			if der, err = ParseDN(c.Value); err != nil {
				b.SetError(err)
				return
			}
		}
		// Name is a CHOICE, so its tag is explicit (X.680 section 31.2.7).
		b.AddASN1(cbasn1.Tag(4).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { b.AddBytes(der) })
	default:
		b.SetError(fmt.Errorf("no constraints on names of kind %q", c.Kind))
	}
}

// unknownConstraint is the kind of subtrees that this package has no word for.
const unknownConstraint NameKind = "other"

// readConstraints reads NameConstraints.
func readConstraints(value []byte) (Constraints, error) {
	damaged := fmt.Errorf("%w: name constraints", ErrDamaged)
	var out Constraints
	in := cryptobyte.String(value)
	var body cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !in.Empty() {
		return out, damaged
	}
	for i, list := range []*[]Constraint{&out.Permitted, &out.Excluded} {
		var trees cryptobyte.String
		var has bool
		if !body.ReadOptionalASN1(&trees, &has, cbasn1.Tag(i).ContextSpecific().Constructed()) {
			return out, damaged
		}
		for has && !trees.Empty() {
			var tree, base cryptobyte.String
			var tag cbasn1.Tag
			if !trees.ReadASN1(&tree, cbasn1.SEQUENCE) || !tree.ReadAnyASN1(&base, &tag) {
				return out, damaged
			}
			*list = append(*list, readConstraint(tag, base))
		}
	}
	return out, nil
}

func readConstraint(tag cbasn1.Tag, base []byte) Constraint {
	switch tag {
	case cbasn1.Tag(1).ContextSpecific():
		return Constraint{Kind: Email, Value: string(base)}
	case cbasn1.Tag(2).ContextSpecific():
		return Constraint{Kind: DNS, Value: string(base)}
	case cbasn1.Tag(4).ContextSpecific().Constructed():
		return Constraint{Kind: DirectoryName, Value: FormatDN(base), dn: base}
	case cbasn1.Tag(6).ContextSpecific():
		return Constraint{Kind: URI, Value: string(base)}
	case cbasn1.Tag(7).ContextSpecific():
		if a, ok := netip.AddrFromSlice(base[:len(base)/2]); ok && len(base)%2 == 0 {
			// A mask with holes makes no prefix; Go refuses it as well.
			if ones, bits := net.IPMask(base[len(base)/2:]).Size(); bits > 0 {
				return Constraint{Kind: IP, Value: netip.PrefixFrom(a, ones).Masked().String()}
			}
		}
	}
	return Constraint{Kind: unknownConstraint, Value: fmt.Sprintf("[%d] %x", tag&0x1f, base[:min(len(base), 64)])}
}

// A Refusal is a name that a verifier does not take under a CA's constraints.
type Refusal struct {
	Name Name // Kind is DirectoryName for the subject
	// Why names the constraint: "not permitted by dns:example.com".
	Why string
	// By are the verifiers that refuse it, of "Go", "OpenSSL", "Java".
	By []string
}

// Sentence says who refuses what: "Java refuses dns:Sub".
func (r Refusal) Sentence() string {
	verb := "refuse"
	if len(r.By) == 1 {
		verb = "refuses"
	}
	return fmt.Sprintf("%s %s %s", strings.Join(r.By, " and "), verb, r.Name)
}

func (r Refusal) String() string { return fmt.Sprintf("%s (%s)", r.Name, r.Why) }

// verifiers that certificates are held against. The first is the standard, which
// decides; where the others differ from it, the code below says so. Those of Go
// 1.26, OpenSSL 3.0 and Java 17 were asked, and a test asks again.
var verifiers = []string{standard, "Go", "OpenSSL", "Java"}

const standard = "RFC 5280"

// Check holds a subject and alternative names to the constraints. What RFC 5280
// refuses is in the error, a *NotPermittedError; what only some verifiers refuse
// is in the list.
func (cs Constraints) Check(subject []byte, names Names) ([]Refusal, error) {
	if cs.Empty() {
		return nil, nil
	}
	var some, all []Refusal
	judge := func(n Name, dn []byte, judges []string) {
		r := Refusal{Name: n}
		for _, v := range judges {
			if why := cs.refuses(v, n, dn); why != "" {
				r.By = append(r.By, v)
				r.Why = cmp.Or(r.Why, why)
			}
		}
		switch {
		case len(r.By) == 0:
		case r.By[0] == standard:
			r.By = r.By[1:]
			all = append(all, r)
		default:
			some = append(some, r)
		}
	}
	for _, n := range names {
		judge(n, nil, verifiers)
	}
	if subject != nil && !isEmptySubject(subject) {
		judge(Name{Kind: DirectoryName, Value: FormatDN(subject), Display: FormatDN(subject)}, subject, verifiers)
	}
	// The names in the subject that RFC 5280 and others hold to the constraints of
	// alternative names.
	judges := []string{standard, "OpenSSL"}
	if len(names) == 0 {
		judges = append(judges, "Java")
	}
	for _, word := range attributeValues(subject, "emailAddress") {
		judge(Name{Kind: Email, Value: word, Display: word}, nil, judges)
	}
	for _, word := range attributeValues(subject, "CN") {
		// Where there is no alternative name of the kind, they fall back to this.
		noHost, noAddress := len(names.Values(DNS)) == 0, len(names.Values(IP)) == 0
		_, err := netip.ParseAddr(word)
		isAddress := err == nil
		if isAddress && noAddress {
			judge(Name{Kind: IP, Value: word, Display: word}, nil, []string{"Java"})
		}
		var by []string
		if noHost && hostToOpenSSL(word) {
			by = append(by, "OpenSSL") // also for an address
		}
		if noHost && !isAddress && hostToJava(word) {
			by = append(by, "Java")
		}
		judge(Name{Kind: DNS, Value: word, Display: word}, nil, by)
	}
	if all != nil {
		return some, &NotPermittedError{Refused: all}
	}
	return some, nil
}

// refuses returns why a verifier refuses a name, or "".
func (cs Constraints) refuses(verifier string, n Name, dn []byte) string {
	var of []string
	permitted := true
	for _, c := range cs.Permitted {
		if c.Kind != n.Kind {
			continue
		}
		of = append(of, c.String())
		if len(of) == 1 {
			permitted = false
		}
		permitted = permitted || c.covers(verifier, n.Value, dn)
	}
	if !permitted {
		return "not permitted by " + strings.Join(of, ", ")
	}
	for _, c := range cs.Excluded {
		if c.Kind == n.Kind && (c.covers(verifier, n.Value, dn) || c.overlaps(verifier, n)) {
			return "excluded by " + c.String()
		}
	}
	if n.Kind == URI && uriHost(n.Value) == "" {
		spoken := func(c Constraint) bool { return c.Kind == URI }
		switch {
		// RFC 5280: with constraints on URIs, one without a host name is refused.
		case slices.ContainsFunc(cs.Permitted, spoken), slices.ContainsFunc(cs.Excluded, spoken):
			return "a URI without host name cannot be held to constraints"
		case verifier == "Go":
			return "Go refuses URIs without host name under any constraints"
		}
	}
	if verifier == "Go" && n.Kind == DirectoryName {
		for _, c := range slices.Concat(cs.Permitted, cs.Excluded) {
			if c.Kind == DirectoryName || c.Kind == unknownConstraint {
				return "Go knows no constraints of this kind and refuses all certificates below: " + c.String()
			}
		}
	}
	return ""
}

// covers tells whether the subtree holds the name, to a verifier.
func (c Constraint) covers(verifier, name string, dn []byte) bool {
	switch c.Kind {
	case DNS:
		tree, host := strings.ToLower(c.Value), strings.ToLower(name)
		if tree == "" || tree[0] == '.' { // not in RFC 5280, but in certificates
			return strings.HasSuffix(host, tree)
		}
		return host == tree || strings.HasSuffix(host, "."+tree)
	case IP:
		network, err := netip.ParsePrefix(c.Value)
		addr, err2 := netip.ParseAddr(name)
		return err == nil && err2 == nil && network.Contains(addr)
	case Email:
		i := strings.LastIndex(name, "@")
		if i < 0 {
			return false
		}
		if j := strings.LastIndex(c.Value, "@"); j >= 0 {
			return c.Value[:j] == name[:i] && strings.EqualFold(c.Value[j:], name[i:])
		}
		return c.Value == "" || coversHost(verifier, c.Value, name[i+1:])
	case URI:
		host := uriHost(name)
		return host != "" && coversHost(verifier, c.Value, host)
	case DirectoryName:
		return coversDN(c.dn, dn)
	}
	return false
}

// coversHost is the rule for hosts in email addresses and URIs: the host, or with
// a dot in front those below it. Go takes both for both.
func coversHost(verifier, tree, host string) bool {
	tree, host = strings.ToLower(tree), strings.ToLower(host)
	if strings.HasPrefix(tree, ".") {
		return strings.HasSuffix(host, tree)
	}
	return host == tree || verifier == "Go" && strings.HasSuffix(host, "."+tree)
}

// overlaps tells that a wildcard could stand for an excluded host. OpenSSL does
// not look.
func (c Constraint) overlaps(verifier string, n Name) bool {
	if n.Kind != DNS || verifier == "OpenSSL" {
		return false
	}
	below, ok := strings.CutPrefix(n.Value, "*.")
	_, parent, _ := strings.Cut(strings.ToLower(c.Value), ".")
	return ok && parent == strings.ToLower(below)
}

// uriHost is the host name of a URI, empty without one and for IP addresses.
func uriHost(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return ""
	}
	return u.Hostname()
}

// coversDN tells whether the RDNs of a tree are the first of a name. Values are
// compared as RFC 5280 section 7.1 has it: as text, without case and with blanks
// folded.
func coversDN(tree, name []byte) bool {
	a, b := splitDN(tree), splitDN(name)
	return a != nil && len(a) <= len(b) && slices.Equal(a, b[:len(a)])
}

// splitDN returns the RDNs of a name in a form to compare.
func splitDN(der []byte) []string {
	in := cryptobyte.String(der)
	var sequence cryptobyte.String
	if !in.ReadASN1(&sequence, cbasn1.SEQUENCE) {
		return nil
	}
	out := []string{}
	for !sequence.Empty() {
		text, ok := formatRDN(&sequence)
		if !ok {
			return nil
		}
		out = append(out, strings.ToLower(strings.Join(strings.Fields(text), " ")))
	}
	return out
}

// SameDN tells whether two names are the same by RFC 5280 section 7.1, in
// whatever string types their values are encoded.
func SameDN(a, b []byte) bool {
	as, bs := splitDN(a), splitDN(b)
	return as != nil && slices.Equal(as, bs)
}

// CommonName returns the first commonName of a name, or "".
func CommonName(der []byte) string {
	for _, cn := range attributeValues(der, "CN") {
		return cn
	}
	return ""
}

// WithCommonName returns a subject with a commonName in place of its own, the most
// specific part. An empty or nil subject gives one of the commonName alone. The
// error is a *DNError.
func WithCommonName(subject []byte, name string) ([]byte, error) {
	own, err := ParseDN("CN=" + escapeValue(name))
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		in := cryptobyte.String(subject)
		var sequence, rdn cryptobyte.String
		in.ReadASN1(&sequence, cbasn1.SEQUENCE)
		for sequence.ReadASN1Element(&rdn, cbasn1.SET) {
			var one cryptobyte.Builder
			one.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(rdn) })
			if CommonName(one.BytesOrPanic()) == "" {
				b.AddBytes(rdn)
			}
		}
		in = own
		in.ReadASN1(&sequence, cbasn1.SEQUENCE)
		b.AddBytes(sequence)
	})
	return b.Bytes()
}

// attributeValues returns the values of one attribute of a name.
func attributeValues(der []byte, keyword string) []string {
	a, _ := attributeByKeyword(keyword)
	in := cryptobyte.String(der)
	var sequence cryptobyte.String
	if !in.ReadASN1(&sequence, cbasn1.SEQUENCE) {
		return nil
	}
	var out []string
	for !sequence.Empty() {
		var set cryptobyte.String
		if !sequence.ReadASN1(&set, cbasn1.SET) {
			return out
		}
		for !set.Empty() {
			var pair, value cryptobyte.String
			var id asn1.ObjectIdentifier
			var tag cbasn1.Tag
			if !set.ReadASN1(&pair, cbasn1.SEQUENCE) || !pair.ReadASN1ObjectIdentifier(&id) || !pair.ReadAnyASN1Element(&value, &tag) {
				return out
			}
			if text, ok := decodeString(value); ok && id.String() == a.oid {
				out = append(out, text)
			}
		}
	}
	return out
}

// hostToOpenSSL is cn2dnsid of v3_ncons.c: letters, digits, inner hyphens and
// underscores, and at least one inner dot.
func hostToOpenSSL(s string) bool {
	labels := strings.Split(s, ".")
	return len(labels) > 1 && !slices.ContainsFunc(labels, func(label string) bool {
		return label == "" || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, func(r rune) bool { return !isAlphanumeric(r) && r != '-' && r != '_' })
	})
}

// hostToJava is the constructor of sun.security.x509.DNSName: letters, digits,
// hyphens but in front, with or without a dot, so that "joe" is a host.
func hostToJava(s string) bool {
	return !slices.ContainsFunc(strings.Split(strings.TrimPrefix(s, "*."), "."), func(label string) bool {
		return label == "" || label[0] == '-' || strings.ContainsFunc(label, func(r rune) bool { return !isAlphanumeric(r) && r != '-' })
	})
}

// NotPermittedError names what the constraints of a CA do not let it issue.
type NotPermittedError struct {
	// By is the subject of the CA that has the constraints, as FormatDN writes
	// it; empty when a list of allowed names refused them.
	By      string
	Refused []Refusal
}

func (e *NotPermittedError) Error() string {
	by := "the names that are allowed"
	if e.By != "" {
		by = "the constraints of " + e.By
	}
	var names []string
	for i, r := range e.Refused {
		if i == 5 {
			names = append(names, fmt.Sprintf("and %d more", len(e.Refused)-i))
			break
		}
		names = append(names, r.String())
	}
	return "outside " + by + ": " + strings.Join(names, ", ")
}

// notPermitted puts the CA into an error of Check.
func notPermitted(err error, by string) error {
	if e, ok := errors.AsType[*NotPermittedError](err); ok {
		e.By = by
	}
	return err
}
