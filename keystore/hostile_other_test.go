//go:build !unix

package keystore_test

import "time"

var started = time.Now()

// worked is the time of the clock.
func worked() time.Duration { return time.Since(started) }
