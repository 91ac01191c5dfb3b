//go:build (pkcs11 && cgo) || awskms

package signer

import (
	"context"
	"fmt"
	"time"
)

func (o Options) timeout() time.Duration {
	if o.Timeout <= 0 {
		return DefaultTimeout
	}
	return o.Timeout
}

// await runs f, which cannot be interrupted, while it holds busy, and returns when
// f ends or when the time is up, whichever is first. Of an f that was left behind,
// nothing that it writes may be read; it holds busy until it ends.
func await(ctx context.Context, limit time.Duration, doing string, busy chan struct{}, f func() error) error {
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ended := func() error {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
		return &TimeoutError{doing, limit}
	}
	select {
	case busy <- struct{}{}:
	case <-bounded.Done():
		return ended()
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-busy }()
		done <- f()
	}()
	select {
	case err := <-done:
		return err
	case <-bounded.Done():
		return ended()
	}
}
