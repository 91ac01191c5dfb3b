package certgen

import (
	"errors"
	"fmt"
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
)

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
