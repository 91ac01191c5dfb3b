package target

import (
	"errors"
	"fmt"
)

// ErrNoAnchors means that a target can have none of the anchors that there are;
// Target.Losses says for each why.
var ErrNoAnchors = errors.New("none of the anchors can be written")

// SizeError means that the anchors do not fit into what a target is.
type SizeError struct {
	What      string // "a ConfigMap"
	Size, Max int    // in octets
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%s holds at most %d octets, and the certificates have %d", e.What, e.Max, e.Size)
}

// Hint says what makes it fit.
func (e *SizeError) Hint() string {
	return "take fewer anchors (--purpose, --not-expired, --exclude), or build them into the image with another target"
}

// OptionError means that an option has a value that a target cannot take.
type OptionError struct {
	Option Option
	Value  string
	Why    string
}

func (e *OptionError) Error() string { return fmt.Sprintf("--%s %q: %s", e.Option, e.Value, e.Why) }
