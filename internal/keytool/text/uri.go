package text

import (
	"net/netip"
	"strings"
	"unicode"

	"muxkey/internal/keytool/level"
)

// uriText reads an uniformResourceIdentifier. Java takes what its class URI does
// (RFC 2396, and other letters than those of ASCII), with a scheme, and with a host
// that is an address or a name of letters, digits and hyphens. A name constraint
// has no scheme; what stands there is a host.
func uriText(l level.Level, name string, constraint bool) (string, error) {
	u, ok := parseURI(name)
	switch {
	case constraint && !ok:
		return "", fail("invalid URI name constraint:%s", name)
	case constraint && u.scheme:
		return "", fail("invalid URI name constraint (should not include scheme):%s", name)
	case constraint && !validDNS(strings.TrimPrefix(u.rest, ".")):
		return "", fail("invalid URI name constraint:%s", name)
	case constraint:
	case !ok:
		return "", fail("invalid URI name:%s", name)
	case !u.scheme:
		return "", fail("URI name must include scheme:%s", name)
	case u.host == "" || validDNS(u.host):
	case !strings.HasPrefix(u.host, "["):
		if l.ShortHosts {
			return "", fail("invalid URI name (host portion is not a valid DNSName or IPv4 address):%s", name)
		}
		return "", fail("invalid URI name (host portion is not a valid DNSName, IPv4 address, or IPv6 address):%s", name)
	}
	return "URIName: " + name, nil
}

// validDNS tells whether a name has Java's idea of a DNS name.
func validDNS(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		for i, r := range label {
			if !alphanumeric(r) && (i == 0 || r != '-') {
				return false
			}
		}
		if label == "" {
			return false
		}
	}
	return true
}

// uri is what matters here of a URI that Java takes.
type uri struct {
	scheme bool
	rest   string // without scheme and fragment
	host   string // with brackets if it is an IPv6 address; empty where the authority has another form
}

// parseURI reads a URI as java.net.URI does.
func parseURI(s string) (u uri, ok bool) {
	rest := s
	if i := strings.IndexAny(s, ":/?#"); i >= 0 && s[i] == ':' {
		if !validScheme(s[:i]) {
			return u, false
		}
		u.scheme, rest = true, s[i+1:]
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	u.rest = rest
	if !only(fragment, uricMarks) {
		return u, false
	}
	if u.scheme && !strings.HasPrefix(rest, "/") {
		return u, rest != "" && only(rest, uricMarks)
	}
	if after, authority := strings.CutPrefix(rest, "//"); authority {
		end := strings.IndexAny(after, "/?")
		if end < 0 {
			end = len(after)
		}
		if after == "" {
			return u, false
		}
		if u.host, ok = parseAuthority(after[:end]); !ok {
			return u, false
		}
		rest = after[end:]
	}
	path, query, _ := strings.Cut(rest, "?")
	return u, only(path, pathMarks) && only(query, uricMarks)
}

// The characters besides letters and digits that may stand in a part.
const (
	unreservedMarks = "-_.!~*'()"
	uricMarks       = unreservedMarks + ";/?:@&=+$,[]"
	pathMarks       = unreservedMarks + ":@&=+$,;/"
	registryMarks   = unreservedMarks + "$,;:@&=+"
	userMarks       = unreservedMarks + ";:&=+$,"
)

// parseAuthority reads what stands between "//" and the path.
func parseAuthority(s string) (host string, ok bool) {
	server := s
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		if !only(s[:i], userMarks) {
			return "", false
		}
		server = s[i+1:]
	}
	if strings.HasPrefix(server, "[") {
		end := strings.IndexByte(server, ']')
		if end < 0 {
			return "", false
		}
		address, err := netip.ParseAddr(server[1:end])
		return server[:end+1], err == nil && address.Is6() && validPort(server[end+1:])
	}
	name, port := server, ""
	if i := strings.IndexByte(server, ':'); i >= 0 {
		name, port = server[:i], server[i:]
	}
	if validPort(port) && validHost(name) {
		return name, true
	}
	return "", only(s, registryMarks)
}

func validPort(s string) bool {
	digits, ok := strings.CutPrefix(s, ":")
	return s == "" || ok && strings.Trim(digits, "0123456789") == "" && len(digits) < 10
}

// validHost tells whether a name is a host by RFC 2396: labels, of which the last
// begins with a letter, or an IPv4 address.
func validHost(name string) bool {
	if a, err := netip.ParseAddr(name); err == nil && a.Is4() {
		return true
	}
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	for _, l := range labels {
		if !validDNS(l) || strings.HasSuffix(l, "-") {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) == 1 || last[0] > '9'
}

func validScheme(s string) bool {
	for i, r := range s {
		if !alphanumeric(r) && !strings.ContainsRune("+-.", r) || i == 0 && (r <= '9') {
			return false
		}
	}
	return s != ""
}

func alphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// only tells whether a part has letters, digits, these marks, escapes, and
// characters outside of ASCII that are neither blanks nor controls.
func only(s, marks string) bool {
	for i, r := range s {
		switch {
		case alphanumeric(r), strings.ContainsRune(marks, r):
		case r == '%':
			if i+2 >= len(s) || !hexDigit(s[i+1]) || !hexDigit(s[i+2]) {
				return false
			}
		case r > 0x80 && !unicode.IsControl(r) && !unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp):
		default:
			return false
		}
	}
	return true
}

func hexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
