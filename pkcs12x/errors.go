package pkcs12x

import (
	"errors"
	"fmt"
)

// The errors a caller may want to tell apart, with errors.Is.
var (
	// ErrNotPKCS12 means that the input is no PFX at all.
	ErrNotPKCS12 = errors.New("not a PKCS#12 file")
	// ErrDamaged means that the input began as a PFX and then broke its format.
	ErrDamaged = errors.New("damaged PKCS#12 file")
	// ErrPassword means that the password is wrong: the integrity check failed
	// under every reading of it, or, in a file without one, the decryption.
	ErrPassword = errors.New("wrong password")
	// ErrUnsupported means that the file uses a scheme this package cannot undo.
	// The password may well be right.
	ErrUnsupported = errors.New("unsupported scheme")
	// ErrLocked marks keys and safes that no password was given for.
	ErrLocked = errors.New("locked")
)

// LimitError says which of the Limits a file went over.
type LimitError struct {
	Limit string // the field of Limits, in lower case: "iterations", "work" ...
	Asked int64  // what the file asks for; -1 when it does not fit
	Max   int64
}

func (e *LimitError) Error() string {
	if e.Asked < 0 {
		return fmt.Sprintf("over the limit for %s (%d)", e.Limit, e.Max)
	}
	return fmt.Sprintf("asks for %d %s, the limit is %d", e.Asked, e.Limit, e.Max)
}
