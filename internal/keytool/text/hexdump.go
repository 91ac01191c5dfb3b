package text

import "strings"

// hexDump is the dump of Java's HexDumpEncoder: sixteen octets a line, the offset
// of four digits before them (it starts again after 64 KiB) and ASCII behind.
func hexDump(data []byte) string {
	const width = 16
	var out strings.Builder
	for offset := 0; offset < len(data); offset += width {
		line := data[offset:min(offset+width, len(data))]
		for shift := 12; shift >= 0; shift -= 4 {
			out.WriteByte(upperDigits[offset>>shift&0xf])
		}
		out.WriteString(": ")
		for i := range width {
			if i < len(line) {
				out.Write([]byte{upperDigits[line[i]>>4], upperDigits[line[i]&0xf], ' '})
			} else {
				out.WriteString("   ")
			}
			if i == width/2-1 {
				out.WriteString("  ")
			}
		}
		out.WriteByte(' ')
		for _, b := range line {
			if b < ' ' || b > 'z' {
				b = '.'
			}
			out.WriteByte(b)
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// colons are octets in hex with colons between them, in the digits given.
func colons(data []byte, digits string) string {
	var out strings.Builder
	for i, b := range data {
		if i > 0 {
			out.WriteByte(':')
		}
		out.Write([]byte{digits[b>>4], digits[b&0xf]})
	}
	return out.String()
}

const (
	upperDigits = "0123456789ABCDEF"
	lowerDigits = "0123456789abcdef"
)
