// Package uri tells what java.net.URI takes for a URI, and which host it finds
// there. It follows RFC 2396 as RFC 2732 changes it, with all that is not ASCII
// where there may be escapes; net/url takes other ones.
package uri

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The characters of the parts besides letters and digits.
const (
	mark          = "-_.!~*'()"
	uriChars      = ";/?:@&=+$,[]" + mark
	pathChars     = ";/:@&=+$," + mark
	userChars     = ";:&=+$," + mark
	registryChars = "$,;:@&=+" + mark
	serverChars   = userChars + "@[]"
)

// ASCII is the form that certificates have: what is not ASCII is composed and
// escaped.
func ASCII(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return text
	}
	var b strings.Builder
	for _, c := range []byte(norm.NFC.String(text)) {
		if c >= utf8.RuneSelf {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// URI has what matters of one.
type URI struct {
	// Scheme is empty where there is none.
	Scheme string
	// Specific is all without scheme and fragment.
	Specific string
	// Host is that of an authority of the form user@host:port, an IPv6 address in its
	// brackets; empty for other authorities, which are right all the same.
	Host string
}

// Parse takes a URI apart; ok is false for what is none.
func Parse(text string) (u URI, ok bool) {
	rest, fragment, hasFragment := strings.Cut(text, "#")
	if !made(fragment, uriChars, true) {
		return u, false
	}
	if i := strings.IndexAny(rest, "/?:"); i >= 0 && rest[i] == ':' {
		u.Scheme = rest[:i]
		if u.Scheme == "" || !isLetter(u.Scheme[0]) || !made(u.Scheme, "+-.", false) {
			return u, false
		}
		rest = rest[i+1:]
	}
	u.Specific = rest
	if u.Scheme != "" {
		if !strings.HasPrefix(rest, "/") {
			return u, rest != "" && made(rest, uriChars, true)
		}
	}
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		authority := after
		if i := strings.IndexAny(after, "/?"); i >= 0 {
			authority = after[:i]
		}
		rest = after[len(authority):]
		if authority == "" && rest == "" && !hasFragment {
			return u, false
		}
		if u.Host, ok = hostOf(authority); !ok {
			return u, false
		}
	}
	path, query, _ := strings.Cut(rest, "?")
	return u, made(path, pathChars, true) && made(query, uriChars, true)
}

// hostOf is the host of an authority. One whose form is another, but whose
// characters are right, has none.
func hostOf(authority string) (host string, ok bool) {
	if strings.Contains(authority, "]") {
		if !escapesRight(authority) {
			return "", false
		}
		return server(authority)
	}
	if !made(authority, registryChars, true) {
		return "", false
	}
	host, _ = server(authority)
	return host, true
}

// escapesRight looks at the escapes before the first bracket. Behind that a
// percent sign begins a scope.
func escapesRight(authority string) bool {
	before, _, _ := strings.Cut(authority, "[")
	return made(before, serverChars, true) && made(strings.ReplaceAll(authority[len(before):], "%", ""), serverChars, false)
}

// server takes user@host:port apart.
func server(authority string) (host string, ok bool) {
	if user, rest, found := strings.Cut(authority, "@"); found {
		if !made(user, userChars, true) {
			return "", false
		}
		authority = rest
	}
	if strings.HasPrefix(authority, "[") {
		end := strings.Index(authority, "]")
		if end < 0 || !isIPv6(authority[1:end]) {
			return "", false
		}
		return authority[:end+1], isPort(authority[end+1:])
	}
	host = authority
	if i := strings.Index(authority, ":"); i >= 0 {
		host = authority[:i]
	}
	if !isPort(authority[len(host):]) || !isHost(host) {
		return "", false
	}
	return host, true
}

// isPort tells whether nothing, a colon, or a colon and a number follows a host.
func isPort(text string) bool {
	digits, ok := strings.CutPrefix(text, ":")
	if !ok || digits == "" {
		return text == "" || ok
	}
	_, err := strconv.ParseInt(digits, 10, 32)
	return err == nil && strings.Trim(digits, "0123456789") == ""
}

func isIPv6(text string) bool {
	literal, scope, scoped := strings.Cut(text, "%")
	a, err := netip.ParseAddr(literal)
	return err == nil && a.Is6() && (!scoped || scope != "" && made(scope, "_.", false))
}

// isHost tells whether a text is an IPv4 address, or labels of letters, digits and
// inner hyphens of which the last, unless it is the only one, begins with a letter.
func isHost(text string) bool {
	if isIPv4(text) {
		return true
	}
	labels := strings.Split(strings.TrimSuffix(text, "."), ".")
	for _, label := range labels {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' || !made(label, "-", false) {
			return false
		}
	}
	return len(labels) == 1 || isLetter(labels[len(labels)-1][0])
}

// made tells whether a text is made of letters, digits and the other characters
// alone; with escapes also of those and of what is not ASCII and neither blank nor
// control.
func made(text, others string, escapes bool) bool {
	for i, r := range text {
		switch {
		case isAlphanumeric(r), r < utf8.RuneSelf && strings.ContainsRune(others, r):
		case escapes && r == '%':
			if len(text) < i+3 || !isHex(text[i+1]) || !isHex(text[i+2]) {
				return false
			}
		case escapes && r > utf8.RuneSelf && !unicode.Is(unicode.Z, r) && !unicode.Is(unicode.Cc, r):
		default:
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

// isIPv4 tells whether a text is four numbers of at most 255.
func isIPv4(text string) bool {
	words := strings.Split(text, ".")
	return len(words) == 4 && !slices.ContainsFunc(words, func(w string) bool {
		n, err := strconv.ParseUint(w, 10, 32)
		return err != nil || n > 255
	})
}

func isAlphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
