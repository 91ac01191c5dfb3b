package path

import (
	"crypto/x509"
	"net/netip"
	"slices"
	"strings"

	"muxkey/certgen"
)

// hosts asks for each host whether the leaf is for it.
func hosts(v view) []Step {
	if v.issues() || v.X509 == nil {
		return nil
	}
	var out []Step
	for _, host := range v.Hosts {
		switch by, common := Covers(v.Client, v.X509, host); {
		case by == "":
			out = append(out, bad(host+" is not among its names: "+NamesOf(v.X509))...)
		case common:
			out = append(out, good("it is for %s, by its common name %s alone", host, by)...)
		case by == host:
			out = append(out, good("it is for %s", host)...)
		default:
			out = append(out, good("it is for %s, by its name %s", host, by)...)
		}
	}
	return out
}

// NamesOf lists what a certificate is for, in words.
func NamesOf(c *x509.Certificate) string {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "it has none, and its subject is " + certgen.FormatDN(c.RawSubject)
	}
	const most = 10
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " ..."
	}
	return strings.Join(names, ", ")
}

// Covers returns the name by which a client takes the certificate for the host, and
// whether that is a common name; by is "" when it does not.
func Covers(client Client, c *x509.Certificate, host string) (by string, common bool) {
	if ip, err := netip.ParseAddr(host); err == nil {
		for _, has := range c.IPAddresses {
			if a, ok := netip.AddrFromSlice(has); ok && a.Unmap() == ip.Unmap() {
				return host, false
			}
		}
		return "", false // never by the common name, to any of them
	}
	patterns, match := c.DNSNames, wholeLabel
	switch client {
	case OpenSSL:
		match = opensslHost
	case Java:
		match = javaHost
	}
	if len(patterns) == 0 && (client == OpenSSL || client == Java) {
		patterns, common = commonNames(client, c), true
	}
	for _, p := range patterns {
		if match(strings.ToLower(p), strings.ToLower(host)) {
			return p, common
		}
	}
	return "", false
}

// commonNames are what stands in for alternative names: to OpenSSL all of them, to
// Java the most specific.
func commonNames(client Client, c *x509.Certificate) []string {
	var out []string
	for _, a := range c.Subject.Names {
		if text, ok := a.Value.(string); ok && a.Type.Equal([]int{2, 5, 4, 3}) {
			out = append(out, text)
		}
	}
	if client == Java && len(out) > 1 {
		out = out[len(out)-1:]
	}
	return out
}

// wholeLabel is the rule of RFC 9525 section 6.3: a wildcard is the whole of the
// first label and stands for one label. Go does the same.
func wholeLabel(pattern, host string) bool {
	below, wild := strings.CutPrefix(pattern, "*.")
	if !wild {
		return pattern != "" && pattern == host
	}
	label, parent, _ := strings.Cut(host, ".")
	return label != "" && below != "" && below == parent && !strings.Contains(below, "*")
}

// opensslHost is equal_wildcard of v3_utl.c: the wildcard may be any part of the
// first label, but not of one of an internationalised name, and two labels must
// follow.
func opensslHost(pattern, host string) bool {
	label, parent, _ := strings.Cut(pattern, ".")
	if pattern == host {
		return pattern != ""
	}
	head, tail, wild := strings.Cut(label, "*")
	first, rest, _ := strings.Cut(host, ".")
	switch {
	case !wild, strings.Contains(tail+parent, "*"), !strings.Contains(parent, "."), parent != rest:
		return false
	case head == "" && tail == "":
		return first != ""
	case strings.HasPrefix(label, "xn--"), strings.HasPrefix(first, "xn--"):
		return false
	}
	return len(first) >= len(head)+len(tail) && strings.HasPrefix(first, head) && strings.HasSuffix(first, tail)
}

// javaHost is matchAllWildcards of HostnameChecker: wildcards in any label, if
// another label follows the last of them.
func javaHost(pattern, host string) bool {
	if i := strings.LastIndexByte(pattern, '*'); i >= 0 && !strings.Contains(pattern[i:], ".") {
		return false
	}
	a, b := strings.Split(pattern, "."), strings.Split(host, ".")
	return pattern != "" && len(a) == len(b) && !slices.ContainsFunc(labels(a, b), func(p [2]string) bool { return !javaLabel(p[0], p[1]) })
}

func labels(a, b []string) [][2]string {
	out := make([][2]string, len(a))
	for i := range a {
		out[i] = [2]string{a[i], b[i]}
	}
	return out
}

func javaLabel(pattern, label string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == label
	}
	rest, ok := strings.CutPrefix(label, parts[0])
	last := len(parts) - 1
	for _, p := range parts[1:last] {
		_, after, found := strings.Cut(rest, p)
		rest, ok = after, ok && found
	}
	return ok && strings.HasSuffix(rest, parts[last])
}
