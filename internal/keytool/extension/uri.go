package extension

import (
	"strings"

	"muxkey/internal/keytool/level"
	"muxkey/internal/keytool/uri"
)

// checkURI holds a name to what Java takes for a URI with a scheme, and its host,
// where it has one, to what it takes for a host.
func checkURI(text string, l level.Level) error {
	u, ok := uri.Parse(text)
	switch {
	case !ok:
		return ioException("invalid URI name:" + text)
	case u.Scheme == "":
		return ioException("URI name must include scheme:" + text)
	case u.Host == "":
		return nil
	}
	if literal, ok := strings.CutPrefix(u.Host, "["); ok {
		if _, err := address(strings.TrimSuffix(literal, "]")); err != nil {
			return ioException("invalid URI name (host portion is not a valid IPv6 address):" + text)
		}
		return nil
	}
	if checkDNS(u.Host, false, l) == nil {
		return nil
	}
	if _, err := ipName(u.Host, l); err == nil {
		return nil
	}
	if l.StrictLabels {
		return ioException("invalid URI name (host portion is not a valid DNSName or IPv4 address):" + text)
	}
	return ioException("invalid URI name (host portion is not a valid DNSName, IPv4 address, or IPv6 address):" + text)
}
