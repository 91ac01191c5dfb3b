package text

import (
	"strings"
)

// nextOpenPEM takes the next PEM block as since JDK 25: its lines may have anything
// before them, and one that ends before its time is the end of what is read.
func nextOpenPEM(data []byte) (b block, rest []byte, ok bool) {
	p := &pemScanner{rest: data}
	err := p.read()
	switch {
	case p.ended:
		return block{}, nil, false
	case err != nil:
		return block{err: err}, nil, true
	}
	b.data, b.err = decodeBase64(p.body)
	return b, p.rest, true
}

// pemScanner reads one block octet by octet, which is what the complaints hang on.
type pemScanner struct {
	rest []byte
	// ended tells that the data have ended where they must not.
	ended bool
	body  string
}

// next takes an octet; -1 at the end.
func (p *pemScanner) next() int {
	if len(p.rest) == 0 {
		return -1
	}
	c := p.rest[0]
	p.rest = p.rest[1:]
	return int(c)
}

// hyphens takes as many hyphens, and tells whether they were there.
func (p *pemScanner) hyphens(n int) bool {
	for range n {
		switch p.next() {
		case '-':
		case -1:
			p.ended = true
			return false
		default:
			return false
		}
	}
	return true
}

// until takes what comes before the next hyphen, and that.
func (p *pemScanner) until(skip string) string {
	var text strings.Builder
	for {
		switch c := p.next(); {
		case c == -1:
			p.ended = true
			return text.String()
		case c == '-':
			return text.String()
		case !strings.ContainsRune(skip, rune(c)):
			text.WriteRune(rune(c))
		}
	}
}

func (p *pemScanner) read() error {
	for found := 0; found < len(hyphens); {
		switch p.next() {
		case '-':
			found++
		case -1:
			p.ended = true
			return nil
		default:
			found = 0
		}
	}
	header := p.until("")
	switch line, _, broken := strings.Cut(header, "\n"); {
	case broken, strings.Contains(line, "\r"):
		p.ended = false
		return fail("Incomplete header")
	case p.ended:
		return nil
	case !p.hyphens(len(hyphens) - 1):
		p.ended = false
		return fail("Incomplete header")
	}
	label, ok := strings.CutPrefix(header, "BEGIN ")
	if !ok {
		return fail("Illegal header: %s", hyphens+header+hyphens)
	}
	var end int
	switch c := p.next(); c {
	case ' ':
		end = 0
	case '\n':
		end = '\n'
	case '\r':
		end = '\r'
		if len(p.rest) > 0 && p.rest[0] == '\n' {
			end = p.next()
		}
	default:
		return fail("No EOL character found")
	}
	if p.body = p.until(" \t\r\n"); p.ended {
		return nil
	}
	return p.footer(label, end)
}

// footer takes the last line, the first hyphen of which has been taken. end is the
// character that ends it.
func (p *pemScanner) footer(label string, end int) error {
	incomplete := func() error {
		if p.ended {
			return nil
		}
		return fail("Incomplete footer")
	}
	if !p.hyphens(len(hyphens) - 1) {
		return incomplete()
	}
	footer := p.until("")
	if p.ended || !p.hyphens(len(hyphens)-1) {
		return incomplete()
	}
	for c := p.next(); c != end && c != -1 && c != ' '; c = p.next() {
		if c != '\r' { // before a line feed
			return fail("Invalid PEM format:  No EOL char found in footer:  0x%02x", c)
		}
	}
	switch name, ok := strings.CutPrefix(footer, "END "); {
	case !ok:
		return fail("Illegal footer: %s", hyphens+footer+hyphens)
	case name != label:
		return fail("Header and footer do not match: %s %s", label, name)
	default:
		return nil
	}
}
