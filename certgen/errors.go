package certgen

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The errors a caller may want to tell apart, with errors.Is. All of them, and
// [NameError] and [DNError], mean that the request was wrong, not that the work
// failed.
var (
	// ErrKeyType means that there is no key type of that name.
	ErrKeyType = errors.New("unknown key type")
	// ErrTime means that a word is no time that ParseTime reads.
	ErrTime = errors.New("not a time")
	// ErrLifetime means that a certificate would never be valid, or have a date
	// that X.509 cannot hold.
	ErrLifetime = errors.New("impossible lifetime")
	// ErrNoNames means that a certificate was asked for that names nothing.
	ErrNoNames = errors.New("no names for the certificate")
	// ErrNoSubject means that a certificate would have an empty subject.
	ErrNoSubject = errors.New("no subject")
	// ErrUsage means that there is no key usage or purpose of that name.
	ErrUsage = errors.New("unknown usage")
	// ErrProfile means that there is no profile of that name.
	ErrProfile = errors.New("unknown profile")
	// ErrReason means that there is no reason of that name for a revocation.
	ErrReason = errors.New("unknown reason")
)

// The errors about what others made: requests, CA certificates and CRLs.
var (
	// ErrDamaged means that the bytes are not what they should be.
	ErrDamaged = errors.New("damaged")
	// ErrSignature means that a signature is not by the key it should be by.
	ErrSignature = errors.New("wrong signature")
	// ErrWeakKey means that a key is too weak to be certified.
	ErrWeakKey = errors.New("weak key")
	// ErrKeyUnsupported means that keys of that type cannot be certified here.
	ErrKeyUnsupported = errors.New("unsupported key")
	// ErrKeyMismatch means that a private key does not belong to a certificate.
	ErrKeyMismatch = errors.New("the key does not belong to the certificate")
	// ErrOwnSubject means that a certificate would have the subject of its
	// issuer, and be taken for self-signed.
	ErrOwnSubject = errors.New("the subject is that of the CA")
	// ErrOtherCRL means that a CRL is not of the CA that is to continue it.
	ErrOtherCRL = errors.New("the CRL is not of this CA")
	// ErrCannotCRL means that a CA's certificate lacks what its CRLs need.
	ErrCannotCRL = errors.New("the CA cannot sign CRLs")
)

// KeyError says of which key and why. It wraps ErrWeakKey or ErrKeyUnsupported.
type KeyError struct {
	Key string // "RSA 1024", "EC P-192", "ML-DSA-65"
	Why string
	Err error
}

func (e *KeyError) Error() string { return fmt.Sprintf("%v: %s (%s)", e.Err, e.Key, e.Why) }

func (e *KeyError) Unwrap() error { return e.Err }

// NotCAError means that a certificate is not one of a CA.
type NotCAError struct {
	Subject string // as FormatDN writes it
	Why     string
}

func (e *NotCAError) Error() string { return fmt.Sprintf("%s is no CA: %s", e.Subject, e.Why) }

// ExpiredError means that a CA's certificate has expired or is not valid yet.
type ExpiredError struct {
	Subject             string // as FormatDN writes it
	NotBefore, NotAfter time.Time
	Now                 time.Time
}

func (e *ExpiredError) Error() string {
	if e.Now.Before(e.NotBefore) {
		return fmt.Sprintf("the certificate of %s is not valid before %s, and it is %s",
			e.Subject, e.NotBefore.UTC().Format(time.RFC3339), e.Now.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("the certificate of %s expired at %s", e.Subject, e.NotAfter.UTC().Format(time.RFC3339))
}

// OutlivesError means that a certificate would begin before its issuer's or end
// after it. CA.Clamp makes dates that do not.
type OutlivesError struct {
	Subject             string // the issuer's, as FormatDN writes it
	NotBefore, NotAfter time.Time
	// Asked is the date that lies outside.
	Asked time.Time
}

func (e *OutlivesError) Error() string {
	if e.Asked.Before(e.NotBefore) {
		return fmt.Sprintf("the certificate would begin at %s, but that of %s at %s",
			e.Asked.UTC().Format(time.RFC3339), e.Subject, e.NotBefore.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("the certificate would end at %s, but that of %s at %s",
		e.Asked.UTC().Format(time.RFC3339), e.Subject, e.NotAfter.UTC().Format(time.RFC3339))
}

// PathLenError means that a CA may not have the CA below it that is asked for.
type PathLenError struct {
	Subject string // of the CA that has the limit, as FormatDN writes it
	Limit   int    // how many CAs may stand below it
	Asked   int    // how many there would be; negative is any number
}

func (e *PathLenError) Error() string {
	if e.Asked < 0 {
		return fmt.Sprintf("%s may have at most %d CAs below it, and any number is asked for", e.Subject, e.Limit)
	}
	return fmt.Sprintf("%s may have at most %d CAs below it, and there would be %d", e.Subject, e.Limit, e.Asked)
}

// UsageError means that a CA is not made for the purposes that are asked for.
type UsageError struct {
	Subject string   // of the CA that has the limit, as FormatDN writes it
	Asked   []string // the purposes that it does not have
	Has     []string // those that it has
}

func (e *UsageError) Error() string {
	return fmt.Sprintf("%s may only issue for %s, not for %s", e.Subject, strings.Join(e.Has, ", "), strings.Join(e.Asked, ", "))
}

// NameError says what is wrong with a name and where.
type NameError struct {
	Kind  NameKind // what the name was taken for
	Input string   // as given, without credentials
	Pos   int      // 1-based character in Input, 0 when it is the whole of it
	Why   string   // what stands there
	Hint  string   // what to write instead; may be empty
}

func (e *NameError) Error() string {
	return locate(e.Kind.noun(), e.Input, e.Why, e.Pos)
}

// DNError says what is wrong with a distinguished name and where.
type DNError struct {
	Input string // as given
	Pos   int    // 1-based character in Input, 0 when it is the whole of it
	Why   string // what stands there
	Hint  string // what to write instead; may be empty
}

func (e *DNError) Error() string {
	return locate("subject", e.Input, e.Why, e.Pos)
}

func locate(what, input, why string, pos int) string {
	if pos == 0 {
		return fmt.Sprintf("%s %q: %s", what, input, why)
	}
	return fmt.Sprintf("%s %q: %s at character %d", what, input, why, pos)
}
