package target

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
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
	var out bytes.Buffer
	size := 0
	for _, a := range anchors {
		size += base64.StdEncoding.EncodedLen(len(a.Raw))*65/64 + 64
	}
	out.Grow(size)
	for i, a := range anchors {
		if comments {
			comment(&out, a, i > 0)
		}
		pemBlock(&out, "CERTIFICATE", a.Raw)
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

// pemBlock writes one block. encoding/pem copies each line through two writers,
// which shows where there are a hundred thousand certificates.
func pemBlock(out *bytes.Buffer, label string, der []byte) {
	out.WriteString("-----BEGIN " + label + "-----\n")
	const octets = 48 // make a line of 64 characters
	for len(der) > 0 {
		n := min(octets, len(der))
		out.Write(base64.StdEncoding.AppendEncode(out.AvailableBuffer(), der[:n]))
		out.WriteByte('\n')
		der = der[n:]
	}
	out.WriteString("-----END " + label + "-----\n")
}
