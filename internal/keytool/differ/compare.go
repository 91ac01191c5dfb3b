package differ

import (
	"bytes"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"regexp"
	"strings"
	"time"

	"muxkey/internal/lazy"
)

// Comparer compares what two tools say and write, where keys, serial numbers and
// clocks differ and all else must not.
//
// What is random is compared as pairs: a value of the one tool stands for one
// value of the other wherever it appears again in the same sequence. So equal
// things must stay equal and different ones different, which texts with
// placeholders in them would not tell. A Comparer serves one sequence.
type Comparer struct {
	ours, reference map[string]string // by the other's value
	varying         []class
}

// slack is how far apart two clocks may be: the tools run at the same time, on a
// machine that may be busy.
const slack = 20 * time.Second

// class is a form of text that differs from run to run.
type class struct {
	pattern *regexp.Regexp // its only group is what differs
	equal   func(c *Comparer, reference, ours string) bool
}

// NewComparer returns one that knows of no pairs.
func NewComparer() *Comparer {
	pair := (*Comparer).pair
	return &Comparer{
		ours: map[string]string{}, reference: map[string]string{},
		varying: []class{
			{regexp.MustCompile(`\b((?:[0-9A-F]{2}:){19,}[0-9A-F]{2})\b`), pair},                                                                       // fingerprints
			{regexp.MustCompile(`(?:Serial number: |SerialNumber: (?:\[ *)?)([0-9a-f][0-9a-f: ]*)`), pair},                                             // of certificates
			{regexp.MustCompile(`^  (?:modulus|public [xy] coord): (\d+)`), pair},                                                                      // of keys
			{regexp.MustCompile(`^    ((?:[0-9a-f]{8} ?)+[0-9a-f]{0,7})\n?$`), pair},                                                                   // of keys, in words
			{regexp.MustCompile(`\b((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [A-Z0-9+:-]+ \d{4})\b`), (*Comparer).closeDates}, // Date.toString
			{regexp.MustCompile(`[a-zA-Z;]@([0-9a-f]{1,8})\b`), func(*Comparer, string, string) bool { return true }},                                  // Object.toString
		},
	}
}

// pair reports whether a value of the reference and one of ours stand for each
// other.
func (c *Comparer) pair(reference, ours string) bool {
	o, known := c.ours[reference]
	r, taken := c.reference[ours]
	if !known && !taken {
		c.ours[reference], c.reference[ours] = ours, reference
		return true
	}
	return known && taken && o == ours && r == reference
}

// swapped is the Comparer for tools that have exchanged their files.
func (c *Comparer) swapped() *Comparer {
	s := NewComparer()
	s.ours, s.reference = c.reference, c.ours
	return s
}

func (c *Comparer) closeDates(reference, ours string) bool {
	// The zone's name says nothing to Go but must be the same.
	r, o := strings.Fields(reference), strings.Fields(ours)
	if r[4] != o[4] {
		return false
	}
	const layout = "Mon Jan 2 15:04:05 2006"
	rt, err := time.Parse(layout, strings.Join(append(r[:4:4], r[5]), " "))
	if err != nil {
		return false
	}
	ot, err := time.Parse(layout, strings.Join(append(o[:4:4], o[5]), " "))
	return err == nil && rt.Sub(ot).Abs() <= slack
}

// Text compares two texts and returns the first difference, or "".
func (c *Comparer) Text(reference, ours string) string {
	if reference == ours {
		return ""
	}
	r, rBlobs := chunks(reference)
	o, oBlobs := chunks(ours)
	for i := range max(len(r), len(o)) {
		switch {
		case i >= len(r):
			return difference("(end)", o[i])
		case i >= len(o):
			return difference(r[i], "(end)")
		case !c.line(r[i], o[i]):
			return difference(r[i], o[i])
		}
		rb, ob := rBlobs[i], oBlobs[i]
		if rb == nil {
			continue
		}
		if d := c.DER(rb, ob); d != "" {
			return fmt.Sprintf("in %s %s", r[i], d)
		}
	}
	return ""
}

func difference(reference, ours string) string {
	return fmt.Sprintf("reference: %q\n     ours: %q", reference, ours)
}

func (c *Comparer) line(reference, ours string) bool {
	if reference == ours {
		return true
	}
	r, rs := c.mask(reference)
	o, os := c.mask(ours)
	if r != o || len(rs) != len(os) {
		return false
	}
	for i := range rs {
		if rs[i].text != os[i].text && !rs[i].class.equal(c, rs[i].text, os[i].text) {
			return false
		}
	}
	return true
}

type varying struct {
	class *class
	text  string
}

// mask takes out what differs from run to run.
func (c *Comparer) mask(line string) (string, []varying) {
	var found []varying
	for i := range c.varying {
		v := &c.varying[i]
		var b strings.Builder
		end := 0
		for _, at := range v.pattern.FindAllStringSubmatchIndex(line, -1) {
			b.WriteString(line[end:at[2]])
			fmt.Fprintf(&b, "<%d>", i)
			found = append(found, varying{v, line[at[2]:at[3]]})
			end = at[3]
		}
		b.WriteString(line[end:])
		line = b.String()
	}
	return line, found
}

// chunks parts a text into lines. A PEM block becomes one line that keeps its
// label, its length of lines and its line ends; a hex dump one that says so. What
// they hold is in blobs at the same place. The frames of Java's stack traces go:
// they name lines of its source.
func chunks(text string) (lines []string, blobs map[int][]byte) {
	blobs = map[int][]byte{}
	all := strings.SplitAfter(text, "\n")
	for i := 0; i < len(all); i++ {
		line := all[i]
		switch {
		case frame(line):
			continue
		case strings.HasPrefix(line, "-----BEGIN "):
			if n, shape, der := armour(all[i:]); n > 0 {
				blobs[len(lines)] = der
				lines = append(lines, shape)
				i += n - 1
				continue
			}
		case dumpLine().MatchString(line):
			n := 0
			var dump []byte
			for ; i+n < len(all) && dumpLine().MatchString(all[i+n]); n++ {
				dump = append(dump, dumped(all[i+n])...)
			}
			blobs[len(lines)] = dump
			lines = append(lines, "hex dump")
			i += n - 1
			continue
		}
		lines = append(lines, line)
	}
	return lines, blobs
}

func frame(line string) bool {
	return strings.HasPrefix(line, "\tat ") || strings.HasPrefix(line, "\t... ") || strings.HasPrefix(line, "Caused by: ")
}

// dumpLine is a line of sun.security.util.HexDumpEncoder: offset, 16 bytes in hex,
// the same as text.
var dumpLine = lazy.Regexp(`^[0-9A-F]{4}: ((?:[0-9A-F]{2} ){1,8}(?:  (?:[0-9A-F]{2} ){1,8})?) *.{1,16}\n$`)

func dumped(line string) []byte {
	digits := dumpLine().FindStringSubmatch(line)[1]
	b, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
	if err != nil {
		panic(err) // the pattern lets nothing else through
	}
	return b
}

// firstPEM is the PEM block that data begins with, and what follows: more of them,
// or DER where files were joined.
func firstPEM(data []byte) (block string, rest []byte, ok bool) {
	if !bytes.HasPrefix(data, []byte("-----BEGIN ")) {
		return "", nil, false
	}
	end := bytes.Index(data, []byte("\n-----END "))
	if end < 0 {
		return "", nil, false
	}
	line := bytes.IndexByte(data[end+1:], '\n')
	if line < 0 {
		return "", nil, false
	}
	end += 1 + line + 1
	return string(data[:end]), data[end:], true
}

// armour reads the PEM block that the lines begin with: of how many lines it is,
// its shape and what is in it.
func armour(lines []string) (n int, shape string, der []byte) {
	for n = 1; n < len(lines) && !strings.HasPrefix(lines[n], "-----END "); n++ {
	}
	if n == len(lines) {
		return 0, "", nil
	}
	n++
	block, rest := pem.Decode([]byte(strings.Join(lines[:n], "")))
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		return 0, "", nil
	}
	var b strings.Builder
	b.WriteString(lines[0])
	for i, line := range lines[1 : n-1] {
		text := strings.TrimRight(line, "\r\n")
		if len(text) != 64 && i != n-3 {
			fmt.Fprintf(&b, "(%d)", len(text))
		}
		if i == 0 || i == n-3 {
			b.WriteString(line[len(text):])
		}
	}
	b.WriteString(lines[n-1])
	return n, b.String(), block.Bytes
}
