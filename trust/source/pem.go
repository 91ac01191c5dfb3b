package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"muxkey/internal/finding"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/trust"
)

// pemKind is text with certificates in it. Bundles have a hundred thousand of
// them, so the blocks are decoded by all cores; package keystore, which looks for
// keys and what belongs to them, was the alternative.
var pemKind = Kind{
	ID:     "pem",
	Title:  "PEM file",
	Detect: detectPEM,
	Read:   readPEM,
}

// detectPEM looks for a certificate at the beginning of a line. Blocks that are
// indented stand in a manifest, which has other values too.
func detectPEM(data []byte) bool {
	const mark = "-----BEGIN "
	for at := 0; ; at += len(mark) {
		i := bytes.Index(data[at:], []byte(mark))
		if i < 0 {
			return false
		}
		before, label := bytes.TrimSuffix(data[:at+i], []byte(utf8Mark)), data[at+i+len(mark):]
		begins := len(before) == 0 || before[len(before)-1] == '\n' || before[len(before)-1] == '\r'
		label = bytes.TrimPrefix(bytes.TrimPrefix(label, []byte("X509 ")), []byte("TRUSTED "))
		if begins && bytes.HasPrefix(label, []byte("CERTIFICATE-----")) {
			return true
		}
		at += i
	}
}

const utf8Mark = "\xef\xbb\xbf"

// mostLost is how many blocks of a file may be lost or be something else. Nobody
// would read a longer list, and a file of nothing else asks for a gigabyte.
const mostLost = 10_000

// tooManyLost says that a file is rather none.
func (in Input) tooManyLost() error {
	return &keystore.FormatError{
		Path: in.origin("").String(), What: "a PEM file", Damaged: true,
		Err: fmt.Errorf("%w: more than %d of its blocks are no certificates", pkcs12x.ErrDamaged, mostLost),
	}
}

// block is one PEM block (RFC 7468 section 3).
type block struct {
	label string
	line  int
	body  []byte
	err   string // why it is none after all
}

func readPEM(ctx context.Context, b *trust.Builder, in Input) error {
	if in.Options.KeyIssuers {
		return keystoreKind.Read(ctx, b, in)
	}
	list, lost := blocks(in.Data)
	origins := []trust.Origin{in.origin("")} // of each; whoever adds to it makes a list of its own
	for _, k := range list {
		if strings.Contains(k.label, "PRIVATE KEY") {
			return &PrivateKeyError{in.origin("").String(), k.line}
		}
	}
	if lost > mostLost {
		return in.tooManyLost()
	}
	var wait sync.WaitGroup
	var broken atomic.Int64
	workers := min(runtime.GOMAXPROCS(0), len(list)/8+1)
	for w := range workers {
		wait.Go(func() {
			var room arena
			for i := w; i < len(list) && broken.Load() <= mostLost && ctx.Err() == nil; i += workers {
				if !readBlock(b, in, list[i], origins, &room) {
					broken.Add(1)
				}
			}
		})
	}
	wait.Wait()
	if broken.Load() > mostLost {
		return in.tooManyLost()
	}
	return ctx.Err()
}

// readBlock adds the certificate of a block, or takes note of why it has none.
func readBlock(b *trust.Builder, in Input, k block, origins []trust.Origin, room *arena) bool {
	damaged := func(why string) bool {
		b.Skip(in.origin(k.place()), why)
		in.find(b, "damaged-block", finding.High, fmt.Sprintf("the block at line %d is lost: %s", k.line, why))
		return false
	}
	switch {
	case k.err != "":
		return damaged(k.err)
	case !k.certificate():
		b.Skip(in.origin(k.place()), "it is a "+k.label)
		return false
	}
	der, err := k.decode(room.atLeast(base64.StdEncoding.DecodedLen(len(k.body))))
	if err != nil {
		return damaged("its base64 is broken")
	}
	if k.label == "TRUSTED CERTIFICATE" {
		a, err := trustedCertificate(der)
		if err != nil {
			return damaged("it is no certificate")
		}
		room.keep(der)
		a.Origins = slices.Clip(origins)
		b.Add(a)
		return true
	}
	if b.Again(sha256.Sum256(der), origins[0]) {
		return true
	}
	a, err := trust.Parse(der)
	if err != nil {
		return damaged("it is no certificate")
	}
	room.keep(der)
	a.Origins = slices.Clip(origins)
	if a.Trailing > 0 {
		in.add(b, k.place(), a)
	} else {
		b.Add(a)
	}
	return true
}

func (k block) place() string { return fmt.Sprintf("line %d", k.line) }

func (k block) certificate() bool {
	return k.label == "CERTIFICATE" || k.label == "X509 CERTIFICATE" || k.label == "TRUSTED CERTIFICATE"
}

// blocks takes text apart, and counts the blocks that are no certificates. It stops
// when those are too many.
func blocks(text []byte) (out []block, lost int) {
	if bytes.Count(text, []byte("\r")) > bytes.Count(text, []byte("\r\n")) { // lines end as on old Macs
		text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	}
	begin := -1 // where the body of the open block begins
	fail := func(why string) {
		if k := &out[len(out)-1]; k.err == "" {
			if k.err = why; k.certificate() {
				lost++
			}
		}
	}
	open := func(k block) {
		if out = append(out, k); k.err != "" || !k.certificate() {
			lost++
		}
	}
	line := 0
	for at := 0; at < len(text) && lost <= mostLost; {
		// A line with a mark has a dash in it, and what base64 stands for has none.
		dash := bytes.IndexByte(text[at:], '-')
		if dash < 0 {
			break
		}
		start := at + bytes.LastIndexByte(text[at:at+dash], '\n') + 1
		line += bytes.Count(text[at:start], []byte("\n"))
		at = start
		row, next := text[at:], len(text)
		if i := bytes.IndexByte(row, '\n'); i >= 0 {
			row, next = row[:i], at+i+1
		}
		line++
		if label, rest, ok := marked(row, "-----BEGIN "); ok {
			if begin >= 0 {
				fail("it has no end")
			}
			begin = next
			if open(block{label: label, line: line}); rest {
				fail("its first line goes on")
				if begin = next; bytes.Contains(row, []byte("-----END ")) {
					begin = -1
				}
			}
		} else if label, _, ok := marked(row, "-----END "); ok {
			if begin < 0 {
				open(block{label: label, line: line, err: "it has no beginning"})
			} else if out[len(out)-1].body = text[begin:at]; label != out[len(out)-1].label {
				fail("it ends as a " + label)
			}
			begin = -1
		}
		at = next
	}
	if begin >= 0 && lost <= mostLost {
		fail("it has no end")
	}
	return out, lost
}

// marked returns the label of a line that begins or ends a block, and whether
// something follows in it.
func marked(row []byte, mark string) (label string, more, ok bool) {
	if len(row) == 0 || row[0] != '-' && row[0] != ' ' && row[0] != '\t' && row[0] != utf8Mark[0] {
		return "", false, false // nearly all lines
	}
	row = bytes.TrimPrefix(bytes.TrimSpace(row), []byte(utf8Mark))
	rest, ok := bytes.CutPrefix(row, []byte(mark))
	if !ok {
		return "", false, false
	}
	text, after, ok := bytes.Cut(rest, []byte("-----"))
	if label = "CERTIFICATE"; string(text) != label { // which takes no memory a hundred thousand times
		label = string(text)
	}
	return label, len(after) > 0, ok
}

// arena is memory for many certificates: each by itself would be one more thing for
// the garbage collector to look at.
type arena struct{ free []byte }

// atLeast returns memory that stays free unless it is kept.
func (a *arena) atLeast(n int) []byte {
	const chunk = 256 << 10
	if len(a.free) < n {
		a.free = make([]byte, max(n, chunk))
	}
	return a.free
}

// keep keeps the beginning of what is free; what lies elsewhere needs no keeping.
func (a *arena) keep(b []byte) {
	if len(b) > 0 && len(a.free) > 0 && &b[0] == &a.free[0] {
		a.free = a.free[len(b):]
	}
}

// decode reads the base64 of a block, also with the blanks that mail and editors
// put into it. The result begins where der does, or lies elsewhere.
func (k block) decode(der []byte) ([]byte, error) {
	size := 0
	// Line by line, as the decoder is slow where it has to pass over their ends.
	for rest := k.body; len(rest) > 0; {
		row := rest
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			row, rest = rest[:i], rest[i+1:]
		} else {
			rest = nil
		}
		if n := len(row); n > 0 && row[n-1] == '\r' {
			row = row[:n-1]
		}
		n, err := base64.StdEncoding.Decode(der[size:], row)
		if err != nil || n%3 != 0 && len(bytes.TrimSpace(rest)) > 0 { // nothing follows on padding
			return k.decodeAny()
		}
		size += n
	}
	return der[:size:size], nil
}

// decodeAny is for lines of any length, whose groups of four characters may go on
// in the next.
func (k block) decodeAny() ([]byte, error) {
	text := bytes.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, k.body)
	return base64.StdEncoding.AppendDecode(nil, text)
}
