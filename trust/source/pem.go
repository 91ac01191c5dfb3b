package source

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync"

	"muxkey/internal/finding"
	"muxkey/trust"
)

// pemKind is text with certificates in it. Bundles have a hundred thousand of
// them, so the blocks are decoded by all cores; package keystore, which looks for
// keys and what belongs to them, was the alternative.
var pemKind = Kind{
	ID:    "pem",
	Title: "PEM file",
	// Blocks that are indented stand in a manifest, which has other values too.
	Detect: regexp.MustCompile(`(?m)^(\xef\xbb\xbf)?-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----`).Match,
	Read:   readPEM,
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
	list := blocks(in.Data)
	for _, k := range list {
		if strings.HasSuffix(k.label, "PRIVATE KEY") {
			return &PrivateKeyError{in.origin("").String(), k.line}
		}
	}
	var wait sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(list)/8+1)
	for w := range workers {
		wait.Go(func() {
			for i := w; i < len(list) && ctx.Err() == nil; i += workers {
				readBlock(b, in, list[i])
			}
		})
	}
	wait.Wait()
	return ctx.Err()
}

func readBlock(b *trust.Builder, in Input, k block) {
	entry := fmt.Sprintf("line %d", k.line)
	damaged := func(why string) {
		b.Skip(in.origin(entry), why)
		in.find(b, "damaged-block", finding.Error, fmt.Sprintf("the block at line %d is lost: %s", k.line, why))
	}
	switch {
	case k.err != "":
		damaged(k.err)
		return
	case k.label != "CERTIFICATE" && k.label != "X509 CERTIFICATE" && k.label != "TRUSTED CERTIFICATE":
		b.Skip(in.origin(entry), "it is a "+k.label)
		return
	}
	text := k.base64()
	der := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(der, text)
	if err != nil {
		damaged("its base64 is broken")
		return
	}
	parse := trust.Parse
	if k.label == "TRUSTED CERTIFICATE" {
		parse = trustedCertificate
	}
	a, err := parse(der[:n:n])
	if err != nil {
		damaged("it is no certificate")
		return
	}
	a.Origins = []trust.Origin{in.origin("")}
	b.Add(a)
}

// blocks takes text apart.
func blocks(text []byte) []block {
	var out []block
	begin := -1 // where the body of the open block begins
	fail := func(why string) {
		if k := &out[len(out)-1]; k.err == "" {
			k.err = why
		}
	}
	line := 0
	for at := 0; at < len(text); {
		row, next := text[at:], len(text)
		if i := bytes.IndexByte(row, '\n'); i >= 0 {
			row, next = row[:i], at+i+1
		}
		line++
		if label, ok := marked(row, "-----BEGIN "); ok {
			if begin >= 0 {
				fail("it has no end")
			}
			out = append(out, block{label: label, line: line})
			begin = next
		} else if label, ok := marked(row, "-----END "); ok {
			if begin < 0 {
				out = append(out, block{label: label, line: line, err: "it has no beginning"})
			} else if out[len(out)-1].body = text[begin:at]; label != out[len(out)-1].label {
				fail("it ends as a " + label)
			}
			begin = -1
		}
		at = next
	}
	if begin >= 0 {
		fail("it has no end")
	}
	return out
}

// marked returns the label of a line that begins or ends a block.
func marked(row []byte, mark string) (label string, ok bool) {
	if len(row) == 0 || row[0] != '-' && row[0] != ' ' && row[0] != '\t' && row[0] != 0xef {
		return "", false // nearly all lines
	}
	row = bytes.TrimPrefix(bytes.TrimSpace(row), []byte("\xef\xbb\xbf")) // the mark of UTF-8
	rest, ok := bytes.CutPrefix(row, []byte(mark))
	if !ok {
		return "", false
	}
	rest, ok = bytes.CutSuffix(rest, []byte("-----"))
	return string(rest), ok
}

// base64 is what stands in a block, without what mail and editors put into it. Line
// breaks may stay: the decoder passes over them.
func (k block) base64() []byte {
	if bytes.ContainsAny(k.body, " \t") {
		return bytes.Join(bytes.Fields(k.body), nil)
	}
	return k.body
}
