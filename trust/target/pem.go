package target

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"muxkey/internal/command"
	"muxkey/trust"
)

// pemTarget is what nearly everything but Java takes.
var pemTarget = Target{
	ID:      "pem",
	Title:   "PEM file",
	Clients: "OpenSSL, curl, wget, Go, GnuTLS, nginx, and most of what is named by an environment variable",
	Name:    "ca-bundle.pem",
	Options: []Option{Comments},
	Refuses: opensslRefuses,
	Write: func(_ context.Context, j Job) ([]File, error) {
		anchors, err := opensslTakes(j.Set.Anchors)
		if err != nil {
			return nil, err
		}
		return []File{{Data: pemOf(anchors, j.Comments)}}, nil
	},
	Use: func(path string, j Job) []Step {
		return []Step{{Text: "Name the file to the client, for curl:", Command: fmt.Sprintf("curl --cacert %s https://%s/", command.Quote(path), j.first())}}
	},
	Check: curlCheck("--cacert PATH "),
	Proof: "curl, openssl s_client, gnutls-cli and wget connect with it",
}

// pemOf writes certificates as RFC 7468 section 5.1 has them, with the label
// that every reader knows. Comments go between the blocks, one line each, as they
// break some readers within them.
func pemOf(anchors []*trust.Anchor, comments bool) []byte {
	if !comments {
		return pemBlocks(anchors)
	}
	var out bytes.Buffer
	for i, a := range anchors {
		comment(&out, a, i > 0)
		pemBlock(&out, pemLabel, a.Raw)
	}
	return out.Bytes()
}

// comment says what a certificate is, above its block.
func comment(out *bytes.Buffer, a *trust.Anchor, apart bool) {
	if apart {
		out.WriteByte('\n')
	}
	fmt.Fprintf(out, "# %s\n# %s, valid until %s\n# SHA-256 %s\n", oneLine(a.Name()), oneLine(a.DN()), a.NotAfter.UTC().Format(time.DateOnly), a.Fingerprint())
}

const pemLabel = "CERTIFICATE"

// pemBlocks lets each core write its part of the blocks to where it belongs.
func pemBlocks(anchors []*trust.Anchor) []byte {
	size := 0
	for _, a := range anchors {
		size += pemSize(pemLabel, len(a.Raw))
	}
	out := make([]byte, size)
	var wait sync.WaitGroup
	at := 0
	for part := range slices.Chunk(anchors, len(anchors)/runtime.GOMAXPROCS(0)+1) {
		from := at
		for _, a := range part {
			at += pemSize(pemLabel, len(a.Raw))
		}
		wait.Go(func() {
			to := out[from:from]
			for _, a := range part {
				to = appendPEM(to, pemLabel, a.Raw)
			}
		})
	}
	wait.Wait()
	return out
}

const pemOctets = 48 // make a line of 64 characters

func pemSize(label string, octets int) int {
	lines := (octets + pemOctets - 1) / pemOctets
	return len("-----BEGIN -----\n-----END -----\n") + 2*len(label) + base64.StdEncoding.EncodedLen(octets) + lines
}

func pemBlock(out *bytes.Buffer, label string, der []byte) {
	out.Write(appendPEM(out.AvailableBuffer(), label, der))
}

// appendPEM writes one block. encoding/pem copies each line through two writers,
// which shows where there are a hundred thousand certificates.
func appendPEM(out []byte, label string, der []byte) []byte {
	out = slices.Grow(out, pemSize(label, len(der)))
	out = append(append(append(out, "-----BEGIN "...), label...), "-----\n"...)
	const line = pemOctets / 3 * 4
	for ; len(der) > pemOctets; der = der[pemOctets:] {
		at := len(out)
		out = out[:at+line+1]
		base64.StdEncoding.Encode(out[at:], der[:pemOctets])
		out[at+line] = '\n'
	}
	if len(der) > 0 {
		out = append(base64.StdEncoding.AppendEncode(out, der), '\n')
	}
	return append(append(append(out, "-----END "...), label...), "-----\n"...)
}
