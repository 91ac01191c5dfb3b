package der

import (
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"muxkey/internal/keytool/oid"
)

// OID reads an OBJECT IDENTIFIER in dotted form; its numbers may be of any size.
func (v Value) OID() (string, error) {
	if v.Tag != ObjectID {
		return "", fail("DerValue.getOID, not an OID %d", v.Signed())
	}
	id, err := oid.Decode(v.Content)
	if err != nil {
		return "", err
	}
	return id.String(), nil
}

// Text reads any of the types of string; ok is false for what is none.
func (v Value) Text() (text string, ok bool) {
	switch v.Tag {
	case UTF8String:
		return strings.ToValidUTF8(string(v.Content), string(utf8.RuneError)), true
	case PrintableString, IA5String, GeneralString:
		return ASCII(v.Content), true
	case T61String:
		return Latin1(v.Content), true
	case BMPString:
		return wide(v.Content, 2), true
	case UniversalString:
		return wide(v.Content, 4), true
	}
	return "", false
}

// ASCII decodes as Java's US_ASCII does: other octets become U+FFFD.
func ASCII(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		if c < utf8.RuneSelf {
			out.WriteByte(c)
		} else {
			out.WriteRune(utf8.RuneError)
		}
	}
	return out.String()
}

// Latin1 decodes ISO 8859-1.
func Latin1(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		out.WriteRune(rune(c))
	}
	return out.String()
}

// wide decodes UTF-16 or UTF-32, the higher octets first.
func wide(b []byte, size int) string {
	var units []uint16
	var out strings.Builder
	for ; len(b) >= size; b = b[size:] {
		if size == 2 {
			units = append(units, uint16(b[0])<<8|uint16(b[1]))
			continue
		}
		out.WriteRune(rune(uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]))) // #nosec G115 -- what is no rune becomes U+FFFD
	}
	out.WriteString(string(utf16.Decode(units)))
	if len(b) > 0 {
		out.WriteRune(utf8.RuneError)
	}
	return out.String()
}

// Time reads a UTCTime or a GeneralizedTime.
func (v Value) Time() (time.Time, error) {
	c := clock{digits: v.Content, kind: "Generalized"}
	switch n := len(v.Content); {
	case v.Tag == UTCTime && (n < 11 || n > 17):
		return time.Time{}, fail("DER UTC Time length error")
	case v.Tag == UTCTime:
		c.kind = "UTC"
	case v.Tag != GeneralizedTime:
		return time.Time{}, fail("DerValue.getGeneralizedTime, not a GeneralizedTime: %d", v.Signed())
	case n < 13:
		return time.Time{}, fail("DER Generalized Time length error")
	}
	return c.read()
}

// clock reads the digits of a time from the left.
type clock struct {
	digits []byte
	kind   string
	err    error
}

func (c *clock) wrong(what string) {
	if c.err == nil {
		c.err = fail("Parse %s time, %s", c.kind, what)
	}
}

func (c *clock) pair() int {
	n := 0
	for range 2 {
		if len(c.digits) == 0 || c.digits[0] < '0' || c.digits[0] > '9' {
			c.wrong("invalid format")
			return 0
		}
		n = 10*n + int(c.digits[0]-'0')
		c.digits = c.digits[1:]
	}
	return n
}

func (c *clock) read() (time.Time, error) {
	year := c.pair()
	switch {
	case c.kind != "UTC":
		year = 100*year + c.pair()
	case year < 50:
		year += 2000
	default:
		year += 1900
	}
	month, day, hour, minute := c.pair(), c.pair(), c.pair(), c.pair()
	second, millis := 0, 0
	if len(c.digits) > 2 {
		second = c.pair()
		if c.kind != "UTC" && len(c.digits) > 0 && (c.digits[0] == '.' || c.digits[0] == ',') {
			millis = c.fraction()
		}
	}
	if month == 0 || day == 0 || month > 12 || day > 31 || hour >= 24 || minute >= 60 || second >= 60 {
		c.wrong("invalid format")
	}
	offset := c.offset()
	if c.err != nil {
		return time.Time{}, c.err
	}
	// A day that the month does not have is one of the next month, as in Java.
	t := time.Date(year, time.Month(month), day, hour, minute, second, millis*int(time.Millisecond), time.UTC)
	return t.Add(-offset), nil
}

// fraction reads the point and the digits behind it.
func (c *clock) fraction() (millis int) {
	c.digits = c.digits[1:]
	if len(c.digits) == 0 {
		c.wrong("empty fractional part")
		return 0
	}
	place := 100
	for len(c.digits) > 0 && c.digits[0] >= '0' && c.digits[0] <= '9' {
		millis += place * int(c.digits[0]-'0')
		place /= 10
		c.digits = c.digits[1:]
	}
	switch {
	case len(c.digits) == 0:
		c.wrong("invalid fractional part")
	case place == 100:
		c.wrong("empty fractional part")
	}
	return millis
}

// offset reads Z, +hhmm or -hhmm.
func (c *clock) offset() time.Duration {
	if n := len(c.digits); n != 1 && n != 5 {
		c.wrong("invalid offset")
		return 0
	}
	sign := c.digits[0]
	zone := len(c.digits) == 5
	c.digits = c.digits[1:]
	switch {
	case sign == 'Z' && zone:
		c.wrong("invalid format")
	case sign == 'Z':
	case sign != '+' && sign != '-':
		c.wrong("garbage offset")
	case !zone:
		c.wrong("invalid offset")
	default:
		hours, minutes := c.pair(), c.pair()
		if hours >= 24 || minutes >= 60 {
			c.wrong(string(sign) + "hhmm")
		}
		offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
		if sign == '-' {
			return -offset
		}
		return offset
	}
	return 0
}
