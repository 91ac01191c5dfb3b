package text

import (
	"strings"

	"muxkey/internal/keytool/level"
	"muxkey/internal/keytool/uri"
)

// uriText reads an uniformResourceIdentifier. Java takes what its class URI does
// (RFC 2396, and other letters than those of ASCII), with a scheme, and with a host
// that is an address or a name of letters, digits and hyphens. A name constraint
// has no scheme; what stands there is a host.
func uriText(l level.Level, name string, constraint bool) (string, error) {
	u, ok := uri.Parse(name)
	switch {
	case constraint && !ok:
		return "", fail("invalid URI name constraint:%s", name)
	case constraint && u.Scheme != "":
		return "", fail("invalid URI name constraint (should not include scheme):%s", name)
	case constraint && !validDNS(strings.TrimPrefix(u.Specific, ".")):
		return "", fail("invalid URI name constraint:%s", name)
	case constraint:
	case !ok:
		return "", fail("invalid URI name:%s", name)
	case u.Scheme == "":
		return "", fail("URI name must include scheme:%s", name)
	case u.Host == "" || validDNS(u.Host):
	case !strings.HasPrefix(u.Host, "["):
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

func alphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}
