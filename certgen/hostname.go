package certgen

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// The limits of RFC 1035 section 2.3.4, in the textual form without final dot.
const (
	maxLabel = 63
	maxHost  = 253
)

// lookup maps what people type to what clients look up (UTS #46, without the
// transitional ß to ss). It leaves hyphens and ASCII to parseLabel: real host
// names have "--" in odd places, and underscores.
var lookup = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.CheckHyphens(false), idna.StrictDomainName(false))

// parseHost checks a host name and returns it as it goes into a certificate and
// as it is shown. It speaks to people whose next guess is a URL or a port.
func parseHost(p part, wildcard bool) (value, display string, err error) {
	labels := splitLabels(p)
	if n := len(labels); n > 1 && labels[n-1].s == "" {
		labels = labels[:n-1] // the final dot of a fully qualified name
	}
	if len(labels) == 1 && labels[0].s == "" {
		return "", "", p.whole("no host name")
	}
	values, displays := make([]string, len(labels)), make([]string, len(labels))
	international := false
	for i, label := range labels {
		if label.s == "*" && i == 0 && wildcard {
			values[i], displays[i] = "*", "*"
			continue
		}
		if values[i], displays[i], err = parseLabel(p, label, wildcard); err != nil {
			return "", "", err
		}
		international = international || values[i] != displays[i]
	}
	if values[0] == "*" && len(values) < 3 {
		return "", "", p.errorf(0, "name the hosts one by one, or put a domain below the wildcard as in *.example.com",
			"wildcard with fewer than two labels below it")
	}
	if last := len(labels) - 1; isNumber(values[last]) {
		// WHATWG URL section 3.5: clients take such names for IPv4 addresses.
		hint := "the last part of a host name has a letter; an IPv4 address is four numbers from 0 to 255"
		if _, err := netip.ParseAddr(p.s); err == nil {
			hint = "for the IP address write ip:" + p.s
		}
		return "", "", labels[last].errorf(0, hint, "number at the end of a host name")
	}
	value, display = strings.Join(values, "."), strings.Join(displays, ".")
	if len(value) > maxHost {
		return "", "", p.whole("more than %d characters", maxHost)
	}
	if international {
		// Some rules hold for the name as a whole: RFC 5893 on the direction of
		// writing asks something of the ASCII labels, too.
		if _, err := lookup.ToASCII(strings.TrimPrefix(value, "*.")); err != nil {
			return "", "", p.errorf(0, "", "no valid internationalised name")
		}
	}
	return value, display, nil
}

// splitLabels cuts at the dots, and at the three others that IDNA takes for
// dots (UTS #46 section 2.3).
func splitLabels(p part) []part {
	var labels []part
	from := 0
	for i, r := range p.s {
		switch r {
		case '.', '。', '．', '｡':
			labels = append(labels, p.cut(from, i))
			from = i + utf8.RuneLen(r)
		}
	}
	return append(labels, p.cut(from, len(p.s)))
}

// parseLabel checks the label p of host.
func parseLabel(host, p part, wildcard bool) (value, display string, err error) {
	if p.s == "" {
		return "", "", p.errorf(0, "", "empty label")
	}
	ascii := true
	for i, r := range p.s {
		switch {
		case r >= utf8.RuneSelf:
			ascii = false
		case isAlphanumeric(r), r == '_', r == '-' && i > 0 && i < len(p.s)-1:
		default:
			return "", "", badHostCharacter(host, p.from-host.from+i, r, wildcard)
		}
	}
	value = strings.ToLower(p.s)
	display = value
	if !ascii || strings.HasPrefix(value, "xn--") {
		if value, err = lookup.ToASCII(p.s); err == nil {
			display, err = lookup.ToUnicode(value)
		}
		// Some characters map to nothing, or to ASCII that was refused above.
		if err != nil || value == "" || !only(value, digits+"abcdefghijklmnopqrstuvwxyz-_") {
			return "", "", p.errorf(0, "", "no valid internationalised label")
		}
	}
	if len(value) > maxLabel {
		return "", "", p.errorf(0, "", "label of more than %d characters", maxLabel)
	}
	return value, display, nil
}

// badHostCharacter makes the error for the character at the byte offset i of a
// host.
func badHostCharacter(host part, i int, r rune, wildcard bool) error {
	before, after := host.s[:i], host.s[i+utf8.RuneLen(r):]
	switch r {
	case '-':
		return host.errorf(i, "", "hyphen at the edge of a label")
	case '*':
		if !wildcard {
			return host.errorf(i, "only host names can have a wildcard", "wildcard")
		}
		return host.errorf(i, "a wildcard is the whole left-most label, as in *.example.com", "misplaced wildcard")
	case ':':
		if before != "" && only(after, digits+"/") {
			return host.errorf(i, "a certificate names hosts, not ports: write "+before, "port")
		}
	case '/':
		if before != "" {
			return host.errorf(i, "a certificate names hosts, not URLs: write "+before, `"/"`)
		}
	case ',', ';':
		return host.errorf(i, "give each name as an argument of its own", "%q", string(r))
	}
	return host.errorf(i, "", "%q", string(r))
}

// isNumber is the check of WHATWG URL section 3.5 on the last label.
func isNumber(label string) bool {
	if only(label, digits) {
		return true
	}
	hex, ok := strings.CutPrefix(strings.ToLower(label), "0x")
	return ok && only(hex, digits+"abcdef")
}

// hostRemarks says who will not accept a host name that stands the checks.
func hostRemarks(host string) []string {
	var remarks []string
	if !strings.Contains(host, ".") && host != "localhost" {
		remarks = append(remarks, "a name without a domain: it fits only clients that use the short name, and no public CA signs it")
	}
	if strings.Contains(host, "_") {
		remarks = append(remarks, "an underscore: Java clients refuse to connect to such a host, and no public CA signs it")
	}
	return remarks
}
