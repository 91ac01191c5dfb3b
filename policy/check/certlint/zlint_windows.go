package certlint

import "fmt"

// Linter is a choice of lints, of which there are none here: the parser of zlint does
// not build for Windows.
type Linter struct{}

// New returns [ErrPlatform].
func New(names ...string) (*Linter, error) {
	return nil, fmt.Errorf("%q: %w", names, ErrPlatform)
}

// Lint returns [ErrPlatform].
func (*Linter) Lint([]byte) ([]Result, error) { return nil, ErrPlatform }
