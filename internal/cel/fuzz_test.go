package cel_test

import (
	"context"
	"errors"
	"testing"
	"time"
	"unicode/utf8"

	"muxkey/internal/cel"
)

// Whatever is written, it is compiled or refused with its place, and evaluated
// or failed within bounds.
func FuzzExpression(f *testing.F) {
	for _, source := range corpus() {
		f.Add(source)
	}
	c := newCourt(f)
	f.Fuzz(func(t *testing.T, source string) {
		p, err := cel.Compile(source, c.ours, cel.Dyn)
		if err == nil {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			_, err = p.Eval(ctx, c.values)
			if errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("%q takes too long", source)
			}
		}
		if err == nil {
			return
		}
		var e *cel.Error
		if !errors.As(err, &e) || e.Line < 1 || e.Column < 1 || !utf8.ValidString(source) && !errors.Is(err, cel.ErrInvalid) && !errors.Is(err, cel.ErrLimit) {
			t.Fatalf("%q: %#v", source, err)
		}
	})
}
