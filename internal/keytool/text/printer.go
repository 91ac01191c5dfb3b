package text

import (
	"crypto/sha1" // #nosec G505 -- a fingerprint that keytool prints
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"muxkey/internal/keytool/level"
)

// Printer prints as the keytool of one level does, with dates in one zone.
type Printer struct {
	Level level.Level
	Zone  *time.Location
}

func decimal(n int) string { return strconv.Itoa(n) }

// Fingerprint256 is the SHA-256 fingerprint of a certificate.
func Fingerprint256(raw []byte) string {
	sum := sha256.Sum256(raw)
	return colons(sum[:], upperDigits)
}

// Fingerprint1 is the SHA-1 fingerprint of a certificate.
func Fingerprint1(raw []byte) string {
	sum := sha1.Sum(raw) // #nosec G401 -- see the import
	return colons(sum[:], upperDigits)
}

// Certificate is a certificate as -printcert and -list -v print it. The signature
// algorithm of one that is trusted is not judged.
func (p Printer) Certificate(c *Certificate, trusted bool) (string, error) {
	usage, err := UsageOf(c, p.Level)
	if err != nil {
		return "", err
	}
	signature := c.SignatureName
	if !trusted {
		v, _ := Judge(p.Level, signature, Context{Usage: usage})
		signature += v.mark()
	}
	lines := []string{
		"Owner: " + c.subject,
		"Issuer: " + c.issuer,
		"Serial number: " + c.Serial.Text(16),
		"Valid from: " + p.Date(c.NotBefore) + " until: " + p.Date(c.NotAfter),
		"Certificate fingerprints:",
		"\t SHA1: " + Fingerprint1(c.Raw),
		"\t SHA256: " + Fingerprint256(c.Raw),
		"Signature algorithm name: " + signature,
		"Subject Public Key Algorithm: " + p.Key(c.Key, Context{Usage: usage}),
		"Version: " + strconv.Itoa(c.Version),
	}
	return strings.Join(lines, "\n") + "\n" + p.extensions("Extensions: ", c.Extensions), nil
}

// Key is a key with its verdict: "1024-bit RSA key (weak)".
func (p Printer) Key(k Key, ctx Context) string {
	v := JudgeKey(p.Level, k, ctx)
	if v == Fine {
		return k.Describe(p.Level)
	}
	return k.Name(p.Level) + " key" + v.mark()
}

// extensions are those of a certificate or a request, under a title.
func (p Printer) extensions(title string, list []Extension) string {
	var out strings.Builder
	for i, e := range list {
		if i == 0 {
			out.WriteString("\n" + title + "\n\n")
		}
		out.WriteString("#" + strconv.Itoa(i+1) + ": " + e.text(p.Date))
		if e.body == nil && e.err == nil {
			out.WriteString(e.unknown())
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// PEM is data under a label, such as "CERTIFICATE".
func (p Printer) PEM(label string, data []byte) string {
	end := "\r\n"
	if p.Level.MixedPEM {
		end = "\n"
	}
	return "-----BEGIN " + label + "-----" + end + wrapped(data, "\r\n") + end + "-----END " + label + "-----" + end
}

// wrapped is base64 in lines of 64 characters, without an end of the last.
func wrapped(data []byte, end string) string {
	const width = 64
	text := base64.StdEncoding.EncodeToString(data)
	var lines []string
	for ; len(text) > width; text = text[width:] {
		lines = append(lines, text[:width])
	}
	return strings.Join(append(lines, text), end)
}
