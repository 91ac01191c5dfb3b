//go:build !unix

package reload

import "syscall"

// signalNumber knows none: Windows can only end a process.
func signalNumber(string) (syscall.Signal, bool) { return 0, false }
