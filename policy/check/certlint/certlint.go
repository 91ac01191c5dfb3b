// Package certlint asks zlint what is wrong with a certificate: some four hundred
// lints, each of which holds it to one sentence of a standard, of the rules of the
// CA/Browser Forum or of a root programme.
//
// zlint reads certificates with a parser of its own that is made to accept wrong
// ones. It also computes with whatever numbers it finds, so that what it gets is
// bounded here.
package certlint

import (
	"errors"

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
	// ErrPlatform is the error of lints that the program was built without.
	ErrPlatform = errors.New("zlint is not in the program for Windows")
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
