// Package certlint asks zlint what is wrong with a certificate: some four hundred
// lints, each of which holds it to one sentence of a standard, of the rules of the
// CA/Browser Forum or of a root programme.
//
// zlint reads certificates with a parser of its own that is made to accept wrong
// ones. It also computes with whatever numbers it finds, so that what it gets is
// bounded here.
package certlint

import (
	"bytes"
	"cmp"
	"errors"
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

const (
	// MaxSize is the most bytes of a certificate that is linted: a message of the
	// TLS handshake has room for no larger one in Go.
	MaxSize = 64 << 10
	// MaxKey is the most bytes of its public key, with the algorithm: enough for RSA
	// of 16,384 bits and for the largest of ML-DSA.
	MaxKey = 3 << 10
	// MaxExponent is the most bytes of an RSA exponent, as the baseline requirements
	// have it (section 6.1.6). The parser tries the signature of whatever calls itself
	// self-signed, which takes as long as the exponent is.
	MaxExponent = 32

	maxDetails = 1 << 10
)

// The errors.
var (
	// ErrUnknown is the error of a name that is neither a source nor a lint.
	ErrUnknown = errors.New("it is neither a source nor a lint of zlint")
	// ErrParse is the error of a certificate that zlint cannot read.
	ErrParse = errors.New("zlint cannot read it")
	// ErrLimit is the error of a certificate, or of a key in it, that is too large.
	ErrLimit = errors.New("it is larger than what zlint is asked about")
)

// Source is where lints have their sentences from.
type Source struct {
	Name  string // as zlint calls it: "CABF_BR"
	Title string
}

// Sources are all sources that say something of certificates.
func Sources() named.Set[Source] {
	return named.New(func(s Source) string { return s.Name },
		Source{"RFC3279", "Algorithms and Identifiers for the Internet X.509 PKI"},
		Source{"RFC5280", "Internet X.509 PKI Certificate and CRL Profile"},
		Source{"RFC5480", "Elliptic Curve Cryptography Subject Public Key Information"},
		Source{"RFC5891", "Internationalized Domain Names in Applications"},
		Source{"RFC6962", "Certificate Transparency"},
		Source{"RFC8813", "Clarifications for Elliptic Curve Cryptography Subject Public Key Information"},
		Source{"CABF_BR", "CA/Browser Forum Baseline Requirements for TLS Server Certificates"},
		Source{"CABF_EV", "CA/Browser Forum Guidelines for Extended Validation Certificates"},
		Source{"CABF_SMIME_BR", "CA/Browser Forum Baseline Requirements for S/MIME Certificates"},
		Source{"CABF_CS_BR", "CA/Browser Forum Baseline Requirements for Code-Signing Certificates"},
		Source{"Mozilla", "Mozilla Root Store Policy"},
		Source{"Apple", "Apple Root Certificate Program and Certificate Transparency Policy"},
		Source{"Chrome", "Chrome Root Program Policy"},
		Source{"ETSI_ESI", "ETSI Electronic Signatures and Infrastructures: qualified certificates"},
		Source{"Community", "What the community has agreed on, and known weaknesses"},
	)
}

// Status is how bad it is that a lint found something.
type Status string

// The statuses, the least first.
const (
	Notice Status = "notice" // somebody may want to know
	Warn   Status = "warn"   // against what should be
	Error  Status = "error"  // against what must be
	Fatal  Status = "fatal"  // what is there cannot be read, so that the lint has no answer
)

// Result is what a lint found.
type Result struct {
	Lint        string // its name in zlint: "e_basic_constraints_not_critical"
	Source      string // the name of a Source
	Status      Status
	Citation    string // the place in the source: "RFC 5280: 4.2.1.9"
	Description string // the sentence
	// Details say what was found, and may be empty. They can hold text of the
	// certificate, end at 1 KiB, and are not the same in every run: do not compare
	// results by them.
	Details string
}

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
