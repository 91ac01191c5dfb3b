package certgen

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// NameKind is one kind of subject alternative name. The strings are the
// prefixes that ParseNames takes and the words of JSON.
type NameKind string

// The kinds of subject alternative name that certificates for servers and
// people carry (RFC 5280 section 4.2.1.6).
const (
	DNS   NameKind = "dns"
	IP    NameKind = "ip"
	Email NameKind = "email"
	URI   NameKind = "uri"
	UPN   NameKind = "upn" // an otherName: the user principal name of Windows log-ons
)

// noun is empty for what is no kind of name.
func (k NameKind) noun() string {
	switch k {
	case DNS:
		return "host name"
	case IP:
		return "IP address"
	case Email:
		return "email address"
	case URI:
		return "URI"
	case UPN:
		return "user principal name"
	case DirectoryName:
		return "directory name"
	}
	return ""
}

// Name is one name that a certificate can carry.
type Name struct {
	Kind NameKind
	// Value is the name as it stands in the certificate: a host name in lower
	// case and A-labels, an address in its shortest form, an email address, a
	// URI.
	Value string
	// Display is Value with U-labels ("bücher.example" for
	// "xn--bcher-kva.example"). It is for showing only.
	Display string
	// Remarks say who may not accept a name that is allowed.
	Remarks []string
}

// String returns the name with the prefix of its kind, as ParseNames takes it.
func (n Name) String() string { return string(n.Kind) + ":" + n.Value }

// Names are names in the order they were given.
type Names []Name

// Values returns the values of the names of one kind.
func (ns Names) Values(kind NameKind) []string {
	var values []string
	for _, n := range ns {
		if n.Kind == kind {
			values = append(values, n.Value)
		}
	}
	return values
}

// ParseNames sorts each word into DNS, IP, email or URI by its form and checks
// it. A prefix dns:, ip:, email:, uri: or upn:, in any case, says the kind
// outright; a user principal name is known by its prefix only. Repeated names are merged into the first. The error is a *NameError for the
// first bad word.
//
// Host names come out in lower case, without a final dot, and with every
// internationalised label as A-label under the lookup profile of UTS #46: a
// certificate must hold what clients look up, and the registration profile
// refuses what they fold, such as capital letters. A wildcard is the whole
// left-most label with at least two labels below it. Names without a domain and
// names with an underscore are allowed with a remark.
//
// URIs need "://" or one of the schemes urn, sip and sips to be seen as such:
// anything else with a colon is more likely a host with a port.
func ParseNames(words []string) (Names, error) {
	var names Names
	for _, word := range words {
		n, err := parseName(word)
		if err != nil {
			return nil, err
		}
		names = names.with(n)
	}
	return names, nil
}

// ParseServerNames is ParseNames for a server: the first word must be a host
// name or an IP address, for it is the one that clients connect to. A URL there
// is refused with the host in the hint.
func ParseServerNames(words []string) (Names, error) {
	names, err := ParseNames(words)
	if err != nil || len(names) == 0 {
		return names, err
	}
	word := words[0]
	switch names[0].Kind {
	case Email, UPN:
		return nil, &NameError{
			Kind: DNS, Input: word, Pos: position(word, strings.Index(word, "@")), Why: `"@"`,
			Hint: "give the host name first and the " + names[0].Kind.noun() + " after it",
		}
	case URI:
		e := &NameError{
			Kind: DNS, Input: word, Pos: position(word, strings.Index(word, ":")), Why: `":"`,
			Hint: "give the host name first and the URI after it",
		}
		// The value parsed a moment ago.
		if u, err := url.Parse(names[0].Value); err == nil && u.Hostname() != "" {
			e.Hint = fmt.Sprintf("a certificate names hosts, not URLs: write %s, and after it uri:%s if a URI is wanted as well",
				u.Hostname(), names[0].Value)
		}
		return nil, e
	}
	return names, nil
}

func (ns Names) with(n Name) Names {
	for _, have := range ns {
		if have.Kind == n.Kind && have.Value == n.Value {
			return ns
		}
	}
	return append(ns, n)
}

// part is a piece of a name being parsed. Its errors quote the whole name.
type part struct {
	kind NameKind
	text string // the whole name
	from int    // the byte offset in text at which the piece begins
	s    string // the piece
}

func (p part) cut(from, to int) part { return part{p.kind, p.text, p.from + from, p.s[from:to]} }

// errorf makes an error for the byte offset in the part.
func (p part) errorf(offset int, hint, why string, args ...any) error {
	return &NameError{
		Kind: p.kind, Input: p.text, Pos: position(p.text, p.from+offset),
		Why: fmt.Sprintf(why, args...), Hint: hint,
	}
}

// whole makes an error that has no one place.
func (p part) whole(why string, args ...any) error {
	return &NameError{Kind: p.kind, Input: p.text, Why: fmt.Sprintf(why, args...)}
}

// position turns a byte offset into a 1-based character position.
func position(s string, offset int) int { return utf8.RuneCountInString(s[:offset]) + 1 }

// maxName bounds names of every kind. No URI in a certificate comes near it.
const maxName = 2048

func parseName(text string) (Name, error) {
	kind, from := DNS, 0
	if before, _, ok := strings.Cut(text, ":"); ok {
		switch k := NameKind(strings.ToLower(before)); k {
		case DNS, IP, Email, URI, UPN:
			kind, from = k, len(before)+1
		}
	}
	if from == 0 {
		kind = kindByForm(text)
	}
	p := part{kind, text, from, text[from:]}
	if p.s == "" {
		return Name{}, p.whole("empty")
	}
	if err := checkCredentials(p); err != nil {
		return Name{}, err
	}
	if len(text) > maxName {
		p.text = strings.ToValidUTF8(text[:maxHost], "") + "..."
		return Name{}, p.whole("more than %d characters", maxName)
	}
	if err := checkCharacters(p); err != nil {
		return Name{}, err
	}
	switch kind {
	case IP:
		return parseIP(p)
	case Email:
		return parseEmail(p)
	case URI:
		return parseURI(p)
	case UPN:
		return parseUPN(p)
	}
	value, display, err := parseHost(p, true)
	if err != nil {
		return Name{}, err
	}
	return Name{DNS, value, display, hostRemarks(value)}, nil
}

// kindByForm says what a word without a prefix looks most like, so that its
// error speaks of what its writer had in mind.
func kindByForm(s string) NameKind {
	scheme, _, colon := strings.Cut(s, ":")
	switch {
	case strings.Contains(s, "://"):
		return URI
	case colon && isOpaqueScheme(scheme):
		return URI
	case strings.Contains(s, "@"):
		return Email
	case strings.HasPrefix(s, "["), strings.Count(s, ":") > 1:
		return IP
	case strings.Contains(s, ".") && strings.ContainsAny(s, digits) && only(s, digits+".:/"):
		return IP
	}
	return DNS
}

const digits = "0123456789"

// isOpaqueScheme knows the schemes of URIs without "://" that certificates
// carry: urn of devices, sip of RFC 5922.
func isOpaqueScheme(s string) bool {
	switch strings.ToLower(s) {
	case "urn", "sip", "sips":
		return true
	}
	return false
}

func only(s, chars string) bool { return strings.Trim(s, chars) == "" }

// quotes are what shells, word processors and keytool put around names, and
// what arrives in them when pasted.
const quotes = "\"'`´‘’‚‛“”„‟‹›«»"

// checkCharacters refuses what no name of any kind holds. An apostrophe is
// refused only round a name: it is a letter of email addresses and URIs.
func checkCharacters(p part) error {
	unquoted := strings.Trim(p.s, quotes)
	hint := ""
	if unquoted != "" && unquoted != p.s && !strings.ContainsFunc(unquoted, func(r rune) bool { return !unicode.IsPrint(r) }) {
		hint = "leave the quotation marks out: " + unquoted
	}
	for i, r := range p.s {
		_, size := utf8.DecodeRuneInString(p.s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return p.errorf(i, "", "byte 0x%02x, which is not UTF-8,", p.s[i])
		case r == '\'' && i > 0 && i < len(p.s)-1:
		case strings.ContainsRune(quotes, r):
			return p.errorf(i, hint, "quotation mark %c", r)
		case r == '\t', r == '\n', r == '\r', unicode.Is(unicode.Z, r):
			return p.errorf(i, "one argument is one name: give each name as an argument of its own", "blank")
		case unicode.IsControl(r):
			return p.errorf(i, "", "control character %U", r)
		case unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d':
			// The joiners are part of some scripts, and idna knows where.
			return p.errorf(i, "type the name instead of pasting it", "invisible character %U", r)
		}
	}
	return nil
}

func parseIP(p part) (Name, error) {
	s := p.s
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") && strings.Contains(s, ":") {
		s = s[1 : len(s)-1]
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return Name{}, badIP(p)
	}
	if addr.Zone() != "" {
		return Name{}, p.errorf(strings.Index(p.s, "%"), "a zone means something on one machine only; leave it out", `"%%"`)
	}
	// An IPv4-mapped address in a certificate matches nothing: clients compare
	// the four bytes.
	v := addr.Unmap().String()
	return Name{Kind: IP, Value: v, Display: v}, nil
}

// badIP finds what is wrong with what is no IP address.
func badIP(p part) error {
	if a, err := netip.ParseAddrPort(p.s); err == nil {
		return p.errorf(strings.LastIndex(p.s, ":"), "a certificate names hosts, not ports: write "+a.Addr().String(), "port")
	}
	if n, err := netip.ParsePrefix(p.s); err == nil {
		return p.errorf(strings.Index(p.s, "/"), "a certificate names single addresses, not networks: write "+n.Addr().String(), `"/"`)
	}
	v6 := strings.Contains(p.s, ":")
	chars := digits + "."
	if v6 {
		chars = digits + "abcdefABCDEF.:[]"
	}
	for i, r := range p.s {
		if !strings.ContainsRune(chars, r) {
			return p.errorf(i, "", "%q", string(r))
		}
	}
	if v6 {
		return p.errorf(0, "", "no IPv6 address")
	}
	octets, at := strings.Split(p.s, "."), 0
	for i, octet := range octets {
		if _, err := netip.ParseAddr("0.0.0." + octet); err != nil || i > 3 {
			return p.errorf(min(at, len(p.s)-1), "an IPv4 address is four numbers from 0 to 255 without leading zeros", "no IPv4 address: %q", octet)
		}
		at += len(octet) + 1
	}
	return p.errorf(len(p.s)-1, "an IPv4 address is four numbers from 0 to 255", "no IPv4 address: it ends after %d numbers", len(octets))
}

// The limits of RFC 5321 section 4.5.3.1.
const (
	maxLocalPart = 64
	maxEmail     = 254
)

// parseEmail takes addresses of the plain form of RFC 5321, "local-part" as
// dot-atom: rfc822Name is ASCII, and what needs quoting in a local part works
// nearly nowhere.
func parseEmail(p part) (Name, error) {
	at := strings.LastIndex(p.s, "@")
	if at < 0 {
		return Name{}, p.errorf(len(p.s)-1, "an email address is name@host", `no "@"`)
	}
	local, host := p.cut(0, at), p.cut(at+1, len(p.s))
	if local.s == "" {
		return Name{}, p.errorf(0, "an email address is name@host", `"@" with nothing before it`)
	}
	if len(local.s) > maxLocalPart {
		return Name{}, p.whole("more than %d characters before the @", maxLocalPart)
	}
	last := '.'
	for i, r := range local.s {
		switch {
		case r > unicode.MaxASCII:
			return Name{}, local.errorf(i, "only the host of an email address can be international", "%q", string(r))
		case r == '.' && (last == '.' || i == len(local.s)-1):
			return Name{}, local.errorf(i, "", "misplaced dot")
		case !isAlphanumeric(r) && !strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r):
			return Name{}, local.errorf(i, "", "%q", string(r))
		}
		last = r
	}
	value, display, err := parseHost(host, false)
	if err != nil {
		return Name{}, err
	}
	n := Name{Kind: Email, Value: local.s + "@" + value, Display: local.s + "@" + display}
	if len(n.Value) > maxEmail {
		return Name{}, p.whole("more than %d characters", maxEmail)
	}
	return n, nil
}

// parseUPN takes what Active Directory has: a name and a suffix, which need not
// be a host name.
func parseUPN(p part) (Name, error) {
	if at := strings.LastIndex(p.s, "@"); at < 1 || at == len(p.s)-1 {
		return Name{}, p.whole("a user principal name is name@suffix")
	}
	return Name{Kind: UPN, Value: p.s, Display: p.s}, nil
}

// parseURI takes absolute URIs of RFC 3986 with, where there is an authority, a
// host in it (RFC 5280 section 4.2.1.6) and nothing before the host: a
// certificate is no place for credentials.
func parseURI(p part) (Name, error) {
	authority, end := findAuthority(p.s)
	for i, r := range p.s {
		inHost := i >= authority && i < end
		switch {
		case r > unicode.MaxASCII && !inHost:
			return Name{}, p.errorf(i, "percent-encode what is not ASCII", "%q", string(r))
		case strings.ContainsRune(`<>\^{|}`, r):
			return Name{}, p.errorf(i, "percent-encode it", "%q", string(r))
		case r == '%' && (i+2 >= len(p.s) || !isHex(p.s[i+1]) || !isHex(p.s[i+2])):
			return Name{}, p.errorf(i, "write %25 for a percent sign", `"%%" without two hexadecimal digits`)
		}
	}
	u, err := url.Parse(p.s)
	if err != nil || u.Scheme == "" || u.Host == "" && u.Opaque == "" {
		return Name{}, p.errorf(0, "a URI is scheme://host or scheme:name", "no absolute URI with a host")
	}
	display := u.String()
	if u.Host != "" {
		if display, err = normalizeHost(u, p, authority); err != nil {
			return Name{}, err
		}
	}
	n := Name{Kind: URI, Value: u.String(), Display: display}
	if u.Scheme == "http" || u.Scheme == "https" {
		n.Remarks = []string{"clients compare a host with host names and addresses only, never with a URI"}
	}
	return n, nil
}

// findAuthority returns where the authority of a URI begins and ends; an empty
// one at the end when it has none.
func findAuthority(s string) (from, to int) {
	scheme, rest, _ := strings.Cut(s, ":")
	rest, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return len(s), len(s)
	}
	from = len(scheme) + len("://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return from, from + i
	}
	return from, len(s)
}

// checkCredentials refuses a user name and password in an authority. It comes
// before every other check, whose error would show the password.
func checkCredentials(p part) error {
	from, to := findAuthority(p.s)
	at := strings.LastIndex(p.s[from:to], "@")
	if at < 0 {
		return nil
	}
	p.text = p.text[:p.from+from] + "***" + p.text[p.from+from+at:]
	if len(p.text) > maxName {
		p.text = p.text[:p.from+from] + "***@..."
	}
	return p.errorf(from, "leave out what stands before the @", "user name")
}

// normalizeHost puts the host of u into the form of a certificate and returns
// the URI with U-labels.
func normalizeHost(u *url.URL, p part, at int) (display string, err error) {
	host := u.Hostname()
	if addr, err := netip.ParseAddr(host); err == nil && addr.Zone() == "" {
		u.Host = strings.ToLower(u.Host)
		return u.String(), nil
	}
	if strings.HasPrefix(u.Host, "[") {
		return "", p.errorf(at, "", "no IPv6 address")
	}
	// url.Parse has undone percent-encoding, which moves what is after it.
	if !strings.HasPrefix(p.s[at:], host) {
		return "", p.errorf(at, "write the host as it is", "percent-encoded host")
	}
	if port := u.Port(); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", p.errorf(at+len(host)+1, "", "port over 65535")
		}
	}
	value, unicodeHost, err := parseHost(p.cut(at, at+len(host)), false)
	if err != nil {
		return "", err
	}
	port := strings.TrimPrefix(u.Host, host)
	u.Host = value + port
	// Not through a url.URL, whose String would percent-encode the U-labels.
	return strings.Replace(u.String(), "://"+value, "://"+unicodeHost, 1), nil
}

func isAlphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
