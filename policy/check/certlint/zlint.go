//go:build !windows

package certlint

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zmap/zcrypto/x509"
	"github.com/zmap/zlint/v3/lint"
	_ "github.com/zmap/zlint/v3/lints/apple" // lints register themselves
	_ "github.com/zmap/zlint/v3/lints/cabf_br"
	_ "github.com/zmap/zlint/v3/lints/cabf_cs_br"
	_ "github.com/zmap/zlint/v3/lints/cabf_ev"
	_ "github.com/zmap/zlint/v3/lints/cabf_smime_br"
	_ "github.com/zmap/zlint/v3/lints/chrome"
	_ "github.com/zmap/zlint/v3/lints/community"
	_ "github.com/zmap/zlint/v3/lints/etsi"
	_ "github.com/zmap/zlint/v3/lints/mozilla"
	_ "github.com/zmap/zlint/v3/lints/rfc"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/internal/named"
)

// Linter is a choice of lints. It may be used by several goroutines.
type Linter struct {
	lints  []*lint.CertificateLint // by name
	config lint.Configuration      // of zlint, which is its own
}

// New chooses lints, by the names of their sources or by their own. It returns
// [ErrUnknown] of another name.
func New(names ...string) (*Linter, error) {
	all, l := lint.GlobalRegistry().CertificateLints(), &Linter{config: lint.NewEmptyConfig()}
	for _, name := range names {
		if _, ok := Sources().Get(name); ok {
			l.lints = append(l.lints, all.BySource(lint.LintSource(name))...)
			continue
		}
		one := all.ByName(name)
		if one == nil {
			err := fmt.Errorf("%q: %w", name, ErrUnknown)
			if near := named.Nearest(name, append(Sources().Names(), all.Names()...)); near != "" {
				err = fmt.Errorf("%w; did you mean %q?", err, near)
			}
			return nil, err
		}
		l.lints = append(l.lints, one)
	}
	byName := func(a, b *lint.CertificateLint) int { return cmp.Compare(a.Name, b.Name) }
	slices.SortFunc(l.lints, byName)
	l.lints = slices.CompactFunc(l.lints, func(a, b *lint.CertificateLint) bool { return a == b })
	return l, nil
}

// Lint returns what the lints find in a certificate (DER), by their names. A lint
// whose rule was not yet in force, or no longer, when the certificate began to be
// valid finds nothing. The errors are [ErrParse] and [ErrLimit].
func (l *Linter) Lint(der []byte) ([]Result, error) {
	cert, err := parse(der)
	if err != nil {
		return nil, err
	}
	var found []Result
	for _, one := range l.lints {
		r := one.Execute(cert, l.config) // which turns a panic into a fatal result
		if r == nil || r.Status < lint.Notice {
			continue
		}
		found = append(found, Result{
			Lint: one.Name, Source: string(one.Source), Status: status(r.Status),
			Citation: one.Citation, Description: one.Description, Details: cut(r.Details),
		})
	}
	return found, nil
}

// parse reads a certificate within the bounds. A panic of the parser is an error.
func parse(der []byte) (cert *x509.Certificate, err error) {
	if len(der) > MaxSize {
		return nil, fmt.Errorf("%w: a certificate of %d bytes", ErrLimit, len(der))
	}
	key, ok := publicKey(der)
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: it has no public key where a certificate has it", ErrParse)
	case len(key) > MaxKey:
		return nil, fmt.Errorf("%w: a public key of %d bytes", ErrLimit, len(key))
	}
	if n := exponent(key); n > MaxExponent {
		return nil, fmt.Errorf("%w: an RSA exponent of %d bytes", ErrLimit, n)
	}
	defer func() {
		if p := recover(); p != nil {
			cert, err = nil, fmt.Errorf("%w: its parser gave up: %v", ErrParse, p)
		}
	}()
	if cert, err = x509.ParseCertificate(der); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrParse, err)
	}
	return cert, nil
}

// publicKey is the SubjectPublicKeyInfo of a certificate (RFC 5280 section 4.1).
func publicKey(der []byte) (cryptobyte.String, bool) {
	var cert, tbs, key cryptobyte.String
	input := cryptobyte.String(der)
	ok := input.ReadASN1(&cert, asn1.SEQUENCE) && cert.ReadASN1(&tbs, asn1.SEQUENCE) &&
		tbs.SkipOptionalASN1(asn1.Tag(0).ContextSpecific().Constructed()) && // version
		tbs.SkipASN1(asn1.INTEGER) && tbs.SkipASN1(asn1.SEQUENCE) && // serial number, signature
		tbs.SkipASN1(asn1.SEQUENCE) && tbs.SkipASN1(asn1.SEQUENCE) && tbs.SkipASN1(asn1.SEQUENCE) && // issuer, validity, subject
		tbs.ReadASN1(&key, asn1.SEQUENCE)
	return key, ok
}

// exponent is the length of the exponent of an RSA key (RFC 8017 section A.1.1), and
// 0 of other keys, none of which is a sequence of two integers.
func exponent(key cryptobyte.String) int {
	var bits, rsa, e cryptobyte.String
	var unused uint8
	if key.SkipASN1(asn1.SEQUENCE) && key.ReadASN1(&bits, asn1.BIT_STRING) && bits.ReadUint8(&unused) &&
		bits.ReadASN1(&rsa, asn1.SEQUENCE) && rsa.SkipASN1(asn1.INTEGER) && rsa.ReadASN1(&e, asn1.INTEGER) {
		return len(bytes.TrimLeft(e, "\x00"))
	}
	return 0
}

func status(s lint.LintStatus) Status {
	switch s {
	case lint.Notice:
		return Notice
	case lint.Warn:
		return Warn
	case lint.Error:
		return Error
	}
	return Fatal
}

func cut(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxDetails)], "")
}
