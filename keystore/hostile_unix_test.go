//go:build unix

package keystore_test

import (
	"syscall"
	"time"
)

// worked is the time that the processors have spent on this process. Unlike that
// of the clock it does not depend on what else the machine does.
func worked() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
